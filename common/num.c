#include <limits.h>
#include <string.h>
#include <strings.h>

#include "value.h"

/* What PostgreSQL's unconstrained numeric holds (manual, "Numeric Types"). */
#define NUMERIC_WHOLE 131072
#define NUMERIC_FRACTION 16383

#define SAFE_DIGITS 19 /* so many decimal digits never overflow 64 bits */

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* Reads digits alone into 64 bits; n > 0. */
static enum value_status digits(const char *p, size_t n, uint64_t *v)
{
	const char *end = p + n, *safe = n > SAFE_DIGITS ? p + SAFE_DIGITS : end;
	uint64_t u = 0;
	unsigned d;

	for (; p < safe; p++) {
		d = (unsigned char)(*p - '0');
		if (d > 9)
			return VALUE_SYNTAX;
		u = u * 10 + d;
	}
	for (; p < end; p++) {
		d = (unsigned char)(*p - '0');
		if (d > 9)
			return VALUE_SYNTAX;
		if (__builtin_mul_overflow(u, 10, &u) || __builtin_add_overflow(u, d, &u))
			goto range;
	}
	*v = u;
	return VALUE_OK;
range:
	while (p < end)
		if (!is_digit(*p++))
			return VALUE_SYNTAX;
	return VALUE_RANGE;
}

/* Takes a sign off. */
static bool take_sign(const char **p, size_t *n)
{
	bool negative = *n && **p == '-';

	if (negative || (*n && **p == '+')) {
		++*p;
		--*n;
	}
	return negative;
}

enum value_status value_int(const char *p, size_t n, int64_t *v)
{
	bool negative = take_sign(&p, &n);
	enum value_status s;
	uint64_t u;

	if (n == 0)
		return VALUE_SYNTAX;
	s = digits(p, n, &u);
	if (s != VALUE_OK)
		return s;
	if (u > (uint64_t)INT64_MAX + negative)
		return VALUE_RANGE;
	*v = (int64_t)(negative ? -u : u);
	return VALUE_OK;
}

enum value_status value_uint(const char *p, size_t n, uint64_t *v)
{
	bool negative = take_sign(&p, &n);
	enum value_status s;

	if (n == 0)
		return VALUE_SYNTAX;
	s = digits(p, n, v);
	return s == VALUE_OK && negative && *v ? VALUE_RANGE : s;
}

static bool is_word(const char *p, size_t n, const char *word)
{
	return n == strlen(word) && !strncasecmp(p, word, n);
}

enum value_status value_bool(const char *p, size_t n, bool *v)
{
	if (n == 1 && (*p == 't' || *p == '1' || *p == 'T'))
		*v = true;
	else if (n == 1 && (*p == 'f' || *p == '0' || *p == 'F'))
		*v = false;
	else if (is_word(p, n, "true"))
		*v = true;
	else if (is_word(p, n, "false"))
		*v = false;
	else
		return VALUE_SYNTAX;
	return VALUE_OK;
}

/* NaN, which has no sign, and the infinities, behind whose sign p stands. */
static enum value_status not_finite(const char *p, size_t n, bool sign, struct decimal *d)
{
	if (is_word(p, n, "nan") && !sign)
		d->kind = DECIMAL_NAN;
	else if (is_word(p, n, "infinity") || is_word(p, n, "inf"))
		d->kind = DECIMAL_INF;
	else
		return VALUE_SYNTAX;
	return VALUE_OK;
}

/* Reads what follows an "e". A zero may have any exponent: it is 0 then. */
static enum value_status exponent(const char *p, size_t n, struct decimal *d)
{
	int64_t v;
	enum value_status s = value_int(p, n, &v);

	if (s == VALUE_SYNTAX)
		return s;
	if (s == VALUE_OK && v >= INT_MIN / 2 && v <= INT_MAX / 2) {
		d->exp = (int)v;
		return VALUE_OK;
	}
	for (size_t i = 0; i < d->nfrac; i++)
		if (d->frac[i] != '0')
			return VALUE_RANGE;
	return d->nwhole ? VALUE_RANGE : VALUE_OK;
}

enum value_status value_decimal(const char *p, size_t n, struct decimal *d)
{
	const char *end = p + n, *start, *text = p;

	*d = (struct decimal){.kind = DECIMAL_FINITE};
	if (p < end && (*p == '-' || *p == '+'))
		d->negative = *p++ == '-';
	start = p;
	while (p < end && *p == '0')
		p++;
	d->whole = p;
	while (p < end && is_digit(*p))
		p++;
	d->nwhole = (size_t)(p - d->whole);
	n = (size_t)(p - start);
	d->frac = p;
	if (p < end && *p == '.') {
		d->frac = ++p;
		while (p < end && is_digit(*p))
			p++;
		d->nfrac = (size_t)(p - d->frac);
		n += d->nfrac;
	}
	if (n == 0)
		return not_finite(start, (size_t)(end - start), start > text, d);
	if (p == end)
		return VALUE_OK;
	if (*p != 'e' && *p != 'E')
		return VALUE_SYNTAX;
	return exponent(p + 1, (size_t)(end - p - 1), d);
}

/* Whether the last digit that is not 0 stands at 10^-scale or above and the
 * first one below 10^limit. */
static enum value_status digits_fit(const struct decimal *d, int64_t limit, int64_t scale)
{
	int64_t high, low;
	size_t first = 0, nfrac = d->nfrac, nwhole = d->nwhole;

	while (nfrac && d->frac[nfrac - 1] == '0')
		nfrac--;
	if (nwhole == 0) {
		while (first < nfrac && d->frac[first] == '0')
			first++;
		if (first == nfrac)
			return VALUE_OK;
	}
	high = (nwhole ? (int64_t)nwhole : -(int64_t)first) + d->exp;
	if (high > limit)
		return VALUE_RANGE;
	if (nfrac == 0)
		while (d->whole[nwhole - 1] == '0')
			nwhole--;
	low = (nfrac ? -(int64_t)nfrac : (int64_t)(d->nwhole - nwhole)) + d->exp;
	return low < -scale ? VALUE_ROUNDS : VALUE_OK;
}

enum value_status value_decimal_fits(const struct decimal *d, int precision, int scale)
{
	if (d->kind == DECIMAL_NAN)
		return VALUE_OK;
	if (d->kind == DECIMAL_INF)
		return precision ? VALUE_RANGE : VALUE_OK;
	if (precision == 0)
		return digits_fit(d, NUMERIC_WHOLE, NUMERIC_FRACTION);
	if (d->exp == 0 && (int64_t)d->nfrac <= scale && (int64_t)d->nwhole <= precision - scale)
		return VALUE_OK;
	return digits_fit(d, precision - scale, scale);
}

void value_add_decimal_canonical(struct buf *b, const char *p, size_t n)
{
	struct decimal d;

	if (value_decimal(p, n, &d) != VALUE_OK || d.kind != DECIMAL_FINITE || d.exp) {
		buf_add(b, p, n);
		return;
	}
	while (d.nfrac && d.frac[d.nfrac - 1] == '0')
		d.nfrac--;
	if (d.negative && (d.nwhole || d.nfrac))
		buf_addc(b, '-');
	if (d.nwhole)
		buf_add(b, d.whole, d.nwhole);
	else
		buf_addc(b, '0');
	if (d.nfrac) {
		buf_addc(b, '.');
		buf_add(b, d.frac, d.nfrac);
	}
}
