/* Rules on text: truncate, nul, trim, null, default. */
#include <string.h>

#include "cast_ops.h"
#include "value.h"

/* ---- truncate ---- */

static int parse_truncate(struct rule *r, const char *arg, struct err *e)
{
	(void)e;
	return cast_parse_number(r, arg, UINT64_MAX / 2);
}

static enum cast_result apply_truncate(const struct rule *r, struct field *f, struct buf *to,
				       struct cast_why *why)
{
	size_t chars, i = 0;

	(void)to;
	if (f->n <= r->number)
		return CAST_SAME;
	if (value_text(f->p, f->n, true, &chars) != VALUE_OK)
		return cast_unfit(why, "is not UTF-8");
	if (chars <= r->number)
		return CAST_SAME;
	if (chars == f->n) {
		f->n = (size_t)r->number;
		return CAST_LOSS;
	}
	for (uint64_t left = r->number; left; left--)
		do
			i++;
		while (((unsigned char)f->p[i] & 0xc0) == 0x80);
	f->n = i;
	return CAST_LOSS;
}

/* ---- nul ---- */

enum { NUL_STRIP, NUL_ERROR, NUL_REPLACE };

static int parse_nul(struct rule *r, const char *arg, struct err *e)
{
	static const char *const words[] = {"strip", "error", NULL};

	(void)e;
	if (!arg || strncmp(arg, "replace:", 8))
		return cast_parse_word(r, arg, words);
	r->choice = NUL_REPLACE;
	r->word = (struct field){arg + 8, strlen(arg + 8)};
	return 0;
}

static enum cast_result apply_nul(const struct rule *r, struct field *f, struct buf *to,
				  struct cast_why *why)
{
	const char *p = f->p, *end = p + f->n, *nul = f->n ? memchr(p, 0, f->n) : NULL;

	if (!nul)
		return CAST_SAME;
	if (r->choice == NUL_ERROR)
		return cast_bad(why, "holds a NUL byte", "nul:strip takes NUL bytes out, "
				"nul:replace:TEXT puts TEXT in their place");
	for (; nul; nul = p < end ? memchr(p, 0, (size_t)(end - p)) : NULL) {
		buf_add(to, p, (size_t)(nul - p));
		buf_add(to, r->word.p, r->word.n);
		p = nul + 1;
	}
	buf_add(to, p, (size_t)(end - p));
	return cast_give(f, to, CAST_LOSS);
}

/* ---- trim ---- */

static enum cast_result apply_trim(const struct rule *r, struct field *f, struct buf *to,
				   struct cast_why *why)
{
	size_t n = f->n;

	(void)r;
	(void)to;
	(void)why;
	while (f->n && f->p[f->n - 1] == ' ')
		f->n--;
	for (; f->n && *f->p == ' '; f->n--)
		f->p++;
	return f->n == n ? CAST_SAME : CAST_LOSS;
}

/* ---- null, default ---- */

static int parse_value(struct rule *r, const char *arg, struct err *e)
{
	(void)e;
	if (arg)
		r->word = (struct field){arg, strlen(arg)};
	return arg ? 0 : -1;
}

static enum cast_result apply_null(const struct rule *r, struct field *f, struct buf *to,
				   struct cast_why *why)
{
	(void)to;
	(void)why;
	if (f->n != r->word.n || memcmp(f->p, r->word.p, f->n))
		return CAST_SAME;
	*f = (struct field){NULL, 0};
	return CAST_CHANGED;
}

static enum cast_result apply_default(const struct rule *r, struct field *f, struct buf *to,
				      struct cast_why *why)
{
	(void)to;
	(void)why;
	if (f->p)
		return CAST_SAME;
	*f = r->word;
	return CAST_CHANGED;
}

const struct cast_op cast_truncate = {
	.name = "truncate", .arg = ":CHARACTERS", .every = true,
	.parse = parse_truncate, .apply = apply_truncate,
};
const struct cast_op cast_nul = {
	.name = "nul", .arg = ":strip|error|replace:TEXT", .every = true,
	.parse = parse_nul, .apply = apply_nul,
};
const struct cast_op cast_trim = {
	.name = "trim", .arg = "", .every = true,
	.parse = cast_parse_nothing, .apply = apply_trim,
};
const struct cast_op cast_null = {
	.name = "null", .arg = ":VALUE", .every = true,
	.parse = parse_value, .apply = apply_null,
};
const struct cast_op cast_default = {
	.name = "default", .arg = ":VALUE", .every = true, .nulls = true,
	.parse = parse_value, .apply = apply_default,
};
