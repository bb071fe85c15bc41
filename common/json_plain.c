#include "json_plain.h"

#include <string.h>

#define DEPTH 64 /* deeper ones are left to the other parser */

struct scan {
	const char *p, *end, *start;
	const struct json_handler *h;
	void *ctx;
	size_t *at;
	size_t depth;
	char open[DEPTH]; /* the brackets around */
};

/* Behind a token: its handler may be called. */
static void mark(struct scan *s)
{
	*s->at = (size_t)(s->p - s->start);
}

static bool next_is(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* A string behind its first quote, up to behind the second. */
static bool string(struct scan *s, const unsigned char **from, size_t *n)
{
	const char *p = s->p;

	while (p < s->end && (unsigned char)*p >= ' ' && *p != '"' && *p != '\\')
		p++;
	*from = (const unsigned char *)s->p;
	*n = (size_t)(p - s->p);
	s->p = p;
	return next_is(s, '"');
}

static bool digits(struct scan *s)
{
	const char *p = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > p;
}

/* RFC 8259, 6. */
static bool number(struct scan *s)
{
	const char *from = s->p;

	next_is(s, '-');
	if (!next_is(s, '0') && !digits(s))
		return false;
	if (next_is(s, '.') && !digits(s))
		return false;
	if (next_is(s, 'e') || next_is(s, 'E')) {
		if (!next_is(s, '+'))
			next_is(s, '-');
		if (!digits(s))
			return false;
	}
	mark(s);
	return s->h->on_number(s->ctx, from, (size_t)(s->p - from));
}

static bool word(struct scan *s, const char *text, size_t n)
{
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, text, n) != 0)
		return false;
	s->p += n;
	mark(s);
	return true;
}

/* A member's name with its colon. */
static bool key(struct scan *s)
{
	const unsigned char *from;
	size_t n;

	if (!next_is(s, '"') || !string(s, &from, &n))
		return false;
	mark(s);
	return s->h->on_key(s->ctx, from, n) && next_is(s, ':');
}

static bool close_bracket(struct scan *s, char c)
{
	if (s->p == s->end || *s->p++ != c || !s->depth || s->open[s->depth - 1] != c)
		return false;
	s->depth--;
	mark(s);
	return c == '}' ? s->h->on_end_map(s->ctx) : s->h->on_end_array(s->ctx);
}

/* *whole: the value ends here; else the next one, inside of it, begins here. */
static bool open_bracket(struct scan *s, char end, bool *whole)
{
	if (s->depth == DEPTH)
		return false;
	s->open[s->depth++] = end;
	mark(s);
	if (!(end == '}' ? s->h->on_start_map(s->ctx) : s->h->on_start_array(s->ctx)))
		return false;
	*whole = s->p < s->end && *s->p == end;
	if (*whole)
		return close_bracket(s, end);
	return end == ']' || key(s);
}

static bool value(struct scan *s, bool *whole)
{
	const unsigned char *from;
	size_t n;

	*whole = true;
	if (s->p == s->end)
		return false;
	switch (*s->p) {
	case '"':
		s->p++;
		if (!string(s, &from, &n))
			return false;
		mark(s);
		return s->h->on_string(s->ctx, from, n);
	case '{':
		s->p++;
		return open_bracket(s, '}', whole);
	case '[':
		s->p++;
		return open_bracket(s, ']', whole);
	case 'n':
		return word(s, "null", 4) && s->h->on_null(s->ctx);
	case 't':
		return word(s, "true", 4) && s->h->on_boolean(s->ctx, 1);
	case 'f':
		return word(s, "false", 5) && s->h->on_boolean(s->ctx, 0);
	default:
		return number(s);
	}
}

bool json_plain(const char *p, size_t n, const struct json_handler *h, void *ctx, size_t *at)
{
	struct scan s = {.p = p, .end = p + n, .start = p, .h = h, .ctx = ctx, .at = at};
	bool whole;

	do {
		if (!value(&s, &whole))
			return false;
		while (whole && s.depth) {
			char end = s.open[s.depth - 1];

			if (!next_is(&s, ',')) {
				if (!close_bracket(&s, end))
					return false;
				continue;
			}
			if (end == '}' && !key(&s))
				return false;
			whole = false;
		}
	} while (!whole);
	return s.p == s.end;
}
