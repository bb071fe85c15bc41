/*
 * numeric and money in binary COPY's form. A numeric travels as its digits in
 * base 10000 (src/backend/utils/adt/numeric.c, numeric_recv): number of digits, weight of
 * the first (10000^weight), sign, scale shown; then the digits.
 */
#include "pg_binary.h"

#define BASE 10000
#define BASE_DIGITS 4
#define HEADER 12               /* length and the four numbers before the digits */
#define MAX_SCALE 0x3fff        /* NUMERIC_DSCALE_MAX */
#define MAX_WHOLE 131072        /* digits before the point (manual, "Numeric Types") */
#define SHORT_DIGITS 18         /* that fit an int64_t */
#define SHORT_SCALE 16          /* of them behind the point: four digits in base 10000 */

enum { POSITIVE = 0x0000, NEGATIVE = 0x4000, NOT_A_NUMBER = 0xc000, PLUS_INF = 0xd000,
       MINUS_INF = 0xf000 };

/* Writes all that stands before the digits, ndigits of which follow. */
static void put_header(char *p, int ndigits, int weight, int sign, int scale)
{
	pg_put32(p, (uint32_t)(8 + 2 * ndigits));
	pg_put16(p + 4, (uint16_t)ndigits);
	pg_put16(p + 6, (uint16_t)weight);
	pg_put16(p + 8, (uint16_t)sign);
	pg_put16(p + 10, (uint16_t)scale);
}

/* ---- Short numbers, the usual ones: up to 18 digits, no exponent ---- */

static const int64_t powers[SHORT_DIGITS + 1] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
	10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
	1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
};

struct short_number {
	uint64_t v; /* its digits without the point */
	int frac;   /* how many stand behind it */
	bool negative;
};

/* Reads [-]digits[.digits]; false for anything else. */
static bool read_short(const char *p, size_t n, struct short_number *s)
{
	const char *end = p + n, *point = NULL, *digits;
	uint64_t v = 0;

	s->negative = n && *p == '-';
	p += s->negative;
	digits = p;
	if (end - p > SHORT_DIGITS + 1)
		return false;
	for (; p < end; p++) {
		unsigned d = (unsigned char)*p - '0';

		if (d <= 9)
			v = v * 10 + d;
		else if (*p == '.' && !point && p > digits)
			point = p;
		else
			return false;
	}
	s->v = v;
	s->frac = point ? (int)(end - point) - 1 : 0;
	return end - digits - (point != NULL) <= SHORT_DIGITS && end > digits &&
	       (!point || (s->frac && s->frac <= SHORT_SCALE));
}

static void add_short(struct buf *b, const struct short_number *s)
{
	int groups = (s->frac + BASE_DIGITS - 1) / BASE_DIGITS; /* behind the point */
	int pad = groups * BASE_DIGITS - s->frac;
	uint64_t last = s->frac ? (uint64_t)powers[s->frac] : 1;
	uint64_t whole = s->v / last, frac = (s->v % last) * (uint64_t)powers[pad];
	uint16_t digit[2 * SHORT_DIGITS / BASE_DIGITS + 2];
	int n = 0, weight, top = 0;
	char *p;

	/* Lowest digit first. */
	for (int i = 0; i < groups; i++, frac /= BASE)
		digit[n++] = (uint16_t)(frac % BASE);
	for (; whole; whole /= BASE)
		digit[n++] = (uint16_t)(whole % BASE);
	weight = n - groups - 1;
	while (n > top && !digit[n - 1]) {
		n--;
		weight--;
	}
	while (top < n && !digit[top])
		top++;
	p = buf_room(b, HEADER + 2 * (size_t)(n - top));
	put_header(p, n - top, n > top ? weight : 0, s->negative && n > top ? NEGATIVE : POSITIVE,
		   s->frac);
	b->n += HEADER + 2 * (size_t)(n - top);
	for (p += HEADER; n > top; p += 2)
		pg_put16(p, digit[--n]);
}

/* Whether a short number surely fits numeric(precision, scale). */
static bool short_fits(const struct pg_field *f, const struct short_number *s)
{
	int room = f->precision - f->scale + s->frac;

	if (!f->precision)
		return true;
	return f->scale >= s->frac && room >= 0 &&
	       (room > SHORT_DIGITS || s->v < (uint64_t)powers[room]);
}

/* ---- All others ---- */

/* The digit that counts 10^exp. */
static int digit_at(const struct decimal *d, long point, long exp)
{
	long i = point - 1 - exp;

	if (i < 0 || i >= (long)(d->nwhole + d->nfrac))
		return 0;
	return (i < (long)d->nwhole ? d->whole[i] : d->frac[i - (long)d->nwhole]) - '0';
}

/* floor(exp / 4) */
static long group_of(long exp)
{
	return exp >= 0 ? exp / BASE_DIGITS : -((-exp + BASE_DIGITS - 1) / BASE_DIGITS);
}

static enum value_status add_special(const struct pg_field *f, const struct decimal *d,
				     struct buf *b)
{
	if (d->kind == DECIMAL_INF && !f->infinite)
		return VALUE_RANGE;
	put_header(buf_room(b, HEADER), 0, 0, d->kind == DECIMAL_NAN ? NOT_A_NUMBER
					      : d->negative	     ? MINUS_INF
								     : PLUS_INF, 0);
	b->n += HEADER;
	return VALUE_OK;
}

static enum value_status add_long(const struct decimal *d, struct buf *b)
{
	long point = (long)d->nwhole + d->exp, total = (long)(d->nwhole + d->nfrac);
	long scale = (long)d->nfrac - d->exp, high, low, first = 0, last = total;
	size_t size;
	char *p;

	while (first < total && !digit_at(d, point, point - 1 - first))
		first++;
	while (last > first && !digit_at(d, point, point - last))
		last--;
	if (scale < 0)
		scale = 0;
	if (scale > MAX_SCALE)
		return VALUE_ROUNDS;
	if (first < last && point - first > MAX_WHOLE)
		return VALUE_RANGE;
	high = first < last ? group_of(point - 1 - first) : 0;
	low = first < last ? group_of(point - last) : 1;
	size = HEADER + 2 * (size_t)(high - low + 1);
	p = buf_room(b, size);
	put_header(p, (int)(high - low + 1), (int)high,
		   d->negative && first < last ? NEGATIVE : POSITIVE, (int)scale);
	b->n += size;
	p += HEADER;
	for (long g = high; g >= low; g--, p += 2) {
		int v = 0;

		for (long exp = g * BASE_DIGITS + BASE_DIGITS - 1; exp >= g * BASE_DIGITS; exp--)
			v = v * 10 + digit_at(d, point, exp);
		pg_put16(p, (uint16_t)v);
	}
	return VALUE_OK;
}

enum value_status pg_encode_numeric(const struct pg_field *f, const char *p, size_t n,
				    struct buf *b)
{
	struct short_number s;
	struct decimal d;
	enum value_status status;

	if (read_short(p, n, &s) && short_fits(f, &s)) {
		add_short(b, &s);
		return VALUE_OK;
	}
	status = value_decimal(p, n, &d);
	if (status != VALUE_OK)
		return status;
	if (d.kind != DECIMAL_FINITE)
		return add_special(f, &d, b);
	status = value_decimal_fits(&d, f->precision, f->scale);
	return status == VALUE_OK ? add_long(&d, b) : status;
}

/* money is an int64 of its smallest unit (src/backend/utils/adt/cash.c, cash_recv). */
enum value_status pg_encode_money(const struct pg_field *f, const char *p, size_t n,
				  struct buf *b)
{
	struct decimal d;
	enum value_status status = value_decimal(p, n, &d);
	int64_t v = 0;
	long point;

	if (status != VALUE_OK)
		return status;
	if (d.kind != DECIMAL_FINITE)
		return VALUE_RANGE;
	status = value_decimal_fits(&d, 19, f->scale);
	if (status != VALUE_OK)
		return status;
	point = (long)d.nwhole + d.exp;
	for (long exp = 19; exp >= -f->scale; exp--) {
		int digit = digit_at(&d, point, exp);

		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, d.negative ? -digit : digit, &v))
			return VALUE_RANGE;
	}
	return pg_add64(b, (uint64_t)v);
}
