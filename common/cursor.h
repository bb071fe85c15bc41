/*
 * Reading the parts of dates, times and intervals: what datetime.c and interval.c share.
 * cursor_…() take a part from the text, or tell that it is not there.
 */
#ifndef CURSOR_H
#define CURSOR_H

#include <string.h>
#include <strings.h>

#include "value.h"

/* A place in a text that is being read. */
struct cursor {
	const char *p;
	const char *end;
};

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static inline bool cursor_take(struct cursor *c, char want)
{
	if (c->p == c->end || *c->p != want)
		return false;
	c->p++;
	return true;
}

static inline bool cursor_word(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return false;
	c->p += n;
	return true;
}

/* Takes at least `least` digits, all that there are; a number that is too
 * large for any date or time is cut to one that is still too large. */
static inline bool cursor_number(struct cursor *c, int least, int64_t *v)
{
	const char *start = c->p;
	int64_t u = 0;

	for (; c->p < c->end && is_digit(*c->p); c->p++)
		if (u < INT64_C(100000000000000000))
			u = u * 10 + (*c->p - '0');
	*v = u;
	return c->p - start >= least;
}

/* Takes exactly two digits. */
static inline bool cursor_two(struct cursor *c, int *v)
{
	if (c->end - c->p < 2 || !is_digit(c->p[0]) || !is_digit(c->p[1]))
		return false;
	*v = (c->p[0] - '0') * 10 + c->p[1] - '0';
	c->p += 2;
	return true;
}

/* Takes the digits behind the point; those behind the sixth must be zeros. */
static inline enum value_status cursor_fraction(struct cursor *c, int64_t *us)
{
	static const int32_t unit[] = {0, 100000, 10000, 1000, 100, 10, 1};
	int32_t v = 0;
	int n = 0;

	for (; n < 6 && c->p < c->end && is_digit(*c->p); c->p++, n++)
		v = v * 10 + (*c->p - '0');
	*us += v * unit[n];
	if (n == 0)
		return VALUE_SYNTAX;
	v = 0;
	for (; c->p < c->end && is_digit(*c->p); c->p++)
		v |= *c->p - '0';
	return v ? VALUE_ROUNDS : VALUE_OK;
}

/* 1 for "infinity", -1 for "-infinity", else 0. */
static inline int infinity_sign(const char *p, size_t n)
{
	if (n == 8 && !strncasecmp(p, "infinity", n))
		return 1;
	return n == 9 && !strncasecmp(p, "-infinity", n) ? -1 : 0;
}

#endif
