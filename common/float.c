#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "err.h"
#include "float_digits.h"
#include "value.h"

#define LEADING 19 /* digits that 64 bits hold whatever they are */
#define LARGE_EXP INT64_C(1000000)

/* ---- Binary numbers taken apart ---- */

struct binary {
	uint64_t c;
	int q;
	bool closer; /* see float_shortest() */
};

/* v is finite and above 0. */
static struct binary take_apart(double v, const struct float_format *f)
{
	struct binary b;
	uint64_t bits;
	int e;

	memcpy(&bits, &v, sizeof bits);
	e = (int)(bits >> 52);
	b.c = bits & ((UINT64_C(1) << 52) - 1);
	b.closer = b.c == 0 && e - 1023 > f->min_exp;
	if (e)
		b.c |= UINT64_C(1) << 52;
	else
		e = 1;
	b.q = e - 1075;
	if (f->bits < 53) {
		int cut = 53 - f->bits, least = f->min_exp - f->bits + 1;

		if (b.q + cut < least)
			cut = least - b.q;
		b.c >>= cut;
		b.q += cut;
	}
	return b;
}

static struct float_digits shortest(double v, const struct float_format *f)
{
	struct binary b = take_apart(v, f);

	return float_shortest(b.c, b.q, b.closer);
}

/* ---- Writing ---- */

/* Writes d and returns the number of its digits. */
static int write_digits(char *to, uint64_t d)
{
	char s[20], *at = s + sizeof s;

	for (; d >= 100; d /= 100) {
		unsigned pair = d % 100;

		*--at = (char)('0' + pair % 10);
		*--at = (char)('0' + pair / 10);
	}
	if (d >= 10)
		*--at = (char)('0' + d % 10);
	*--at = (char)('0' + (d >= 10 ? d / 10 : d));
	memcpy(to, at, (size_t)(s + sizeof s - at));
	return (int)(s + sizeof s - at);
}

static char *write_exponent(char *to, int e)
{
	*to++ = 'e';
	*to++ = e < 0 ? '-' : '+';
	e = abs(e);
	if (e < 10)
		*to++ = '0';
	return to + write_digits(to, (uint64_t)e);
}

/*
 * PostgreSQL's layout (src/common/d2s.c, f2s.c): an exponent of at least two
 * digits if it is below -4 or not below the digits that the type always keeps.
 */
static void add_digits(struct buf *b, bool negative, struct float_digits v,
		       const struct float_format *f)
{
	char *to = buf_room(b, 64), *start = to;
	int n, e;

	if (negative)
		*to++ = '-';
	n = write_digits(to, v.d);
	e = v.exp + n - 1;
	if (e < -4 || e >= f->digits) {
		if (n > 1) {
			memmove(to + 2, to + 1, (size_t)n - 1);
			to[1] = '.';
			n++;
		}
		to = write_exponent(to + n, e);
	} else if (e < 0) {
		memmove(to + 1 - e, to, (size_t)n);
		memset(to, '0', (size_t)(1 - e));
		to[1] = '.';
		to += 1 - e + n;
	} else if (v.exp >= 0) {
		memset(to + n, '0', (size_t)v.exp);
		to += e + 1;
	} else {
		memmove(to + e + 2, to + e + 1, (size_t)(n - e - 1));
		to[e + 1] = '.';
		to += n + 1;
	}
	b->n += (size_t)(to - start);
}

static void add_float(struct buf *b, double v, const struct float_format *f)
{
	bool negative = signbit(v);

	if (isnan(v))
		buf_adds(b, "NaN");
	else if (isinf(v))
		buf_adds(b, negative ? "-Infinity" : "Infinity");
	else if (v == 0)
		buf_adds(b, negative ? "-0" : "0");
	else if (fabs(v) < (f->bits == 53 ? 1e15 : 1e6) && v == (double)(int64_t)v)
		add_digits(b, negative, (struct float_digits){(uint64_t)fabs(v), 0}, f);
	else
		add_digits(b, negative, shortest(fabs(v), f), f);
}

void value_add_float64(struct buf *b, double v)
{
	add_float(b, v, &float_double);
}

void value_add_float32(struct buf *b, float v)
{
	add_float(b, (double)v, &float_single);
}

/* ---- Reading ---- */

/* The digits of a decimal from the first to the last that is not 0. */
struct significant {
	const struct decimal *text;
	size_t first, n; /* positions in whole and frac taken together */
	uint64_t w;      /* the first LEADING digits */
	int64_t exp;     /* of w's last digit */
};

static inline char digit_at(const struct decimal *d, size_t i)
{
	return i < d->nwhole ? d->whole[i] : d->frac[i - d->nwhole];
}

static struct significant significant(const struct decimal *d)
{
	struct significant s = {.text = d};
	size_t nfrac = d->nfrac, nwhole = d->nwhole, lead, i;

	while (nfrac && d->frac[nfrac - 1] == '0')
		nfrac--;
	while (nfrac == 0 && nwhole && d->whole[nwhole - 1] == '0')
		nwhole--;
	while (nwhole == 0 && s.first < nfrac && d->frac[s.first] == '0')
		s.first++;
	s.n = nfrac ? d->nwhole + nfrac - s.first : nwhole;
	lead = s.n < LEADING ? s.n : LEADING;
	if (nwhole > lead)
		nwhole = lead;
	for (i = 0; i < nwhole; i++)
		s.w = s.w * 10 + (uint64_t)(d->whole[i] - '0');
	for (i = s.first; nwhole < lead; nwhole++, i++)
		s.w = s.w * 10 + (uint64_t)(d->frac[i] - '0');
	s.exp = (int64_t)d->nwhole - (int64_t)(s.first + lead) + d->exp;
	return s;
}

static locale_t c_locale;
static once_flag locale_made = ONCE_FLAG_INIT;

static void make_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!c_locale)
		die(EXIT_FAILED, "out of memory");
}

/* Reads with the C library. Beyond the digits that a double can have, only
 * whether any digit follows matters. */
static double read_slowly(const struct significant *s, const struct float_format *f)
{
	char text[FLOAT_EXACT_MAX + 32];
	size_t n = s->n < FLOAT_EXACT_MAX ? s->n : FLOAT_EXACT_MAX, lead;
	int64_t exp;

	for (size_t i = 0; i < n; i++)
		text[i] = digit_at(s->text, s->first + i);
	lead = s->n < LEADING ? s->n : LEADING;
	exp = s->exp - (int64_t)(n - lead);
	if (n < s->n) {
		text[n++] = '1';
		exp--;
	}
	if (exp > LARGE_EXP)
		exp = LARGE_EXP;
	if (exp < -LARGE_EXP)
		exp = -LARGE_EXP;
	text[n++] = 'e';
	if (exp < 0)
		text[n++] = '-';
	n += (size_t)write_digits(text + n, (uint64_t)(exp < 0 ? -exp : exp));
	text[n] = '\0';
	call_once(&locale_made, make_locale);
	return f->bits == 53 ? strtod_l(text, NULL, c_locale)
			     : (double)strtof_l(text, NULL, c_locale);
}

/* The number of the format that is nearest; 0 or infinite if it has none. */
static double nearest(const struct significant *s, const struct float_format *f)
{
	static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
				       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
				       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	double v, next;

	/* Both operands are exact, so the one operation rounds rightly. */
	if (s->w < UINT64_C(1) << 53 && s->n <= LEADING && f->bits == 53 && s->exp >= -22 &&
	    s->exp <= 22)
		return s->exp < 0 ? (double)s->w / power[-s->exp] : (double)s->w * power[s->exp];
	if (s->w < UINT64_C(1) << 24 && s->n <= LEADING && f->bits == 24 && s->exp >= -10 &&
	    s->exp <= 10)
		return (double)(s->exp < 0 ? (float)s->w / (float)power[-s->exp]
					   : (float)s->w * (float)power[s->exp]);
	if (!float_nearest(s->w, s->exp, f, &v))
		return read_slowly(s, f);
	if (s->n > LEADING && (!float_nearest(s->w + 1, s->exp, f, &next) || next != v))
		return read_slowly(s, f);
	return v;
}

/* Whether the digits are all digits of c * 2^q (they are many), or those of
 * it rounded to as many digits (they are few). */
static bool same_digits(const struct significant *s, struct binary b, bool rounded)
{
	char digits[FLOAT_EXACT_MAX];
	int exp;
	size_t n = float_exact(b.c, b.q, digits, &exp), i;
	int64_t text_exp = s->exp - (int64_t)(s->n > LEADING ? s->n - LEADING : 0);

	if (rounded && n > s->n) {
		bool up, tie = digits[s->n] == '5' && n == s->n + 1;

		up = tie ? (digits[s->n - 1] - '0') % 2 : digits[s->n] >= '5';
		exp += (int)(n - s->n);
		for (n = i = s->n; up && i > 0; i--) {
			up = digits[i - 1] == '9';
			digits[i - 1] = up ? '0' : (char)(digits[i - 1] + 1);
		}
	}
	if (n != s->n || exp != text_exp)
		return false;
	for (i = 0; i < n; i++)
		if (digits[i] != digit_at(s->text, s->first + i))
			return false;
	return true;
}

/* Whether v, which the digits read to, says them all. */
static bool keeps(const struct significant *s, double v, const struct float_format *f)
{
	struct float_digits d;
	struct binary b;
	int decided = -1;

	if (s->n <= (size_t)f->digits && v >= (f->bits == 53 ? 0x1p-1022 : 0x1p-126))
		return true;
	b = take_apart(v, f);
	d = float_shortest(b.c, b.q, b.closer);
	if (s->n <= LEADING && s->w == d.d && s->exp == d.exp)
		return true;
	if (s->n > (size_t)f->full)
		return same_digits(s, b, false);
	if (s->exp >= -LARGE_EXP && s->exp <= LARGE_EXP)
		decided = float_rounds_to(b.c, b.q, s->w, (int)s->exp);
	return decided < 0 ? same_digits(s, b, true) : decided;
}

static enum value_status read_float(const char *p, size_t n, const struct float_format *f,
				    double *v)
{
	struct decimal d;
	struct significant s;
	enum value_status status = value_decimal(p, n, &d);

	if (status != VALUE_OK)
		return status;
	if (d.kind == DECIMAL_NAN) {
		*v = NAN;
		return VALUE_OK;
	}
	s = significant(&d);
	*v = d.kind == DECIMAL_INF ? INFINITY : s.n ? nearest(&s, f) : 0;
	if (d.kind == DECIMAL_FINITE && s.n) {
		if (*v == 0 || isinf(*v))
			return VALUE_RANGE;
		if (!keeps(&s, *v, f))
			status = VALUE_ROUNDS;
	}
	if (d.negative)
		*v = -*v;
	return status;
}

enum value_status value_float64(const char *p, size_t n, double *v)
{
	return read_float(p, n, &float_double, v);
}

enum value_status value_float32(const char *p, size_t n, float *v)
{
	double wide;
	enum value_status s = read_float(p, n, &float_single, &wide);

	if (s == VALUE_OK || s == VALUE_ROUNDS)
		*v = (float)wide;
	return s;
}

/*
 * Only from 2^53 to 10^41 can the shortest digits of other programs differ from
 * PostgreSQL's: there lie short decimals right between two numbers, as 1e23,
 * which PostgreSQL does not take for either.
 */
void value_add_float64_text(struct buf *b, const char *p, size_t n)
{
	struct decimal d;
	struct significant s;
	int64_t size;

	if (value_decimal(p, n, &d) != VALUE_OK) {
		buf_add(b, p, n);
		return;
	}
	if (d.kind != DECIMAL_FINITE) {
		add_float(b, d.kind == DECIMAL_NAN ? NAN : d.negative ? -INFINITY : INFINITY,
			  &float_double);
		return;
	}
	s = significant(&d);
	size = s.exp + (int64_t)(s.n < LEADING ? s.n : LEADING);
	if (s.n == 0)
		buf_adds(b, d.negative ? "-0" : "0");
	else if (s.n > (size_t)float_double.full || (size > 15 && size < 43))
		add_float(b, d.negative ? -nearest(&s, &float_double) : nearest(&s, &float_double),
			  &float_double);
	else
		add_digits(b, d.negative, (struct float_digits){s.w, (int)s.exp}, &float_double);
}
