/*
 * The rule set: a PostgreSQL array, {a,b}, as the members of a MySQL SET, 'a,b'.
 * The array is read as PostgreSQL's array_in() does (manual, "Array Input and Output
 * Syntax"), of one dimension.
 */
#include <string.h>
#include <strings.h>

#include "cast_ops.h"

struct cursor {
	const char *p, *end;
};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_spaces(struct cursor *c)
{
	while (c->p < c->end && is_space(*c->p))
		c->p++;
}

static bool take(struct cursor *c, char want)
{
	if (c->p == c->end || *c->p != want)
		return false;
	c->p++;
	return true;
}

/* Takes an element in quotes, from behind the first one. */
static bool add_quoted(struct cursor *c, struct buf *to)
{
	for (; c->p < c->end && *c->p != '"'; c->p++) {
		if (*c->p == '\\' && ++c->p == c->end)
			return false;
		buf_addc(to, *c->p);
	}
	return take(c, '"');
}

/* Takes an element without quotes; spaces at its end do not belong to it. */
static bool add_bare(struct cursor *c, struct buf *to)
{
	size_t keep = to->n;

	for (; c->p < c->end && *c->p != ',' && *c->p != '}'; c->p++) {
		bool escaped = *c->p == '\\';

		if (*c->p == '{' || *c->p == '"' || (escaped && ++c->p == c->end))
			return false;
		buf_addc(to, *c->p);
		if (escaped || !is_space(*c->p))
			keep = to->n;
	}
	to->n = keep;
	return true;
}

/* Takes one element. NULL, or what is wrong with it. */
static const char *add_member(struct cursor *c, struct buf *to)
{
	size_t start = to->n, n;
	bool quoted;

	skip_spaces(c);
	quoted = take(c, '"');
	if (quoted ? !add_quoted(c, to) : !add_bare(c, to))
		return "is not an array of one dimension";
	n = to->n - start;
	if (!quoted && n == 0)
		return "is not an array of one dimension";
	if (!quoted && n == 4 && !strncasecmp(to->p + start, "null", 4))
		return "has a NULL element, which no set can hold";
	if (n && memchr(to->p + start, ',', n))
		return "has an element with a comma, which no member of a set can hold";
	if (n == 0)
		return "has an empty element, which no set keeps apart from none";
	skip_spaces(c);
	return NULL;
}

static const char *add_set(struct field f, struct buf *to)
{
	struct cursor c = {f.p, f.p + f.n};
	const char *wrong;

	if (!take(&c, '{'))
		return "is not an array of one dimension";
	skip_spaces(&c);
	if (c.p < c.end && *c.p != '}')
		for (;;) {
			wrong = add_member(&c, to);
			if (wrong)
				return wrong;
			if (!take(&c, ','))
				break;
			buf_addc(to, ',');
		}
	return take(&c, '}') && c.p == c.end ? NULL : "is not an array of one dimension";
}

static enum cast_result apply_set(const struct rule *r, struct field *f, struct buf *to,
				  struct cast_why *why)
{
	const char *wrong = add_set(*f, to);

	(void)r;
	return wrong ? cast_unfit(why, wrong) : cast_give(f, to, CAST_CHANGED);
}

const struct cast_op cast_set = {
	.name = "set", .arg = "", .parse = cast_parse_nothing, .apply = apply_set,
};
