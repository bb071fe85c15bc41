/*
 * Numbers for LOAD DATA, checked against their column's range: nothing is left
 * for the server to round.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "mysql_encode.h"
#include "value.h"

static int int_range(const struct my_encoder *enc, struct buf *why, const char *p, size_t n)
{
	buf_reset(why);
	value_add_quoted(why, p, n);
	buf_addf(why, " does not fit %s (%" PRId64 " to %" PRIu64 ")", enc->c->native, enc->min,
		 enc->max);
	return -1;
}

int my_encode_int(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		   struct buf *why)
{
	enum value_status s;
	int64_t v;
	uint64_t u;

	/* PostgreSQL's booleans; only for the type that MySQL has for them */
	if (n == 1 && (*p == 't' || *p == 'f') && enc->c->type.bits == 8) {
		buf_addc(b, *p == 't' ? '1' : '0');
		return 0;
	}
	s = value_int(p, n, &v);
	if (s == VALUE_RANGE && *p != '-') {
		s = value_uint(p, n, &u);
		if (s == VALUE_RANGE || (s == VALUE_OK && u > enc->max))
			return int_range(enc, why, p, n);
	} else if (s == VALUE_RANGE) {
		return int_range(enc, why, p, n);
	} else if (s == VALUE_OK && (v < enc->min || (v >= 0 && (uint64_t)v > enc->max))) {
		return int_range(enc, why, p, n);
	}
	if (s != VALUE_OK)
		return my_bad_status(enc, why, p, n, s);
	buf_add(b, p, n);
	return 0;
}

int my_encode_year(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		    struct buf *why)
{
	int64_t v;
	enum value_status s = value_int(p, n, &v);

	if (s != VALUE_OK)
		return my_bad_status(enc, why, p, n, s);
	if (v != 0 && (v < 1901 || v > 2155))
		return my_misfit(enc, why, p, n, "years are 0 and 1901 to 2155");
	buf_addf(b, "%04d", (int)v); /* a bare 0 would be the year 2000 in a string */
	return 0;
}

int my_encode_decimal(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		       struct buf *why)
{
	const struct coltype *t = &enc->c->type;
	struct decimal d;
	enum value_status s;

	s = value_decimal(p, n, &d);
	if (s == VALUE_OK && d.kind != DECIMAL_FINITE)
		return my_misfit(enc, why, p, n, NULL);
	if (s == VALUE_OK)
		s = value_decimal_fits(&d, t->precision, t->scale);
	if (s == VALUE_ROUNDS)
		return my_misfit(enc, why, p, n, "it would be rounded");
	if (s != VALUE_OK)
		return my_bad_status(enc, why, p, n, s);
	if (t->is_unsigned && d.negative)
		for (size_t i = 0; i < d.nwhole + d.nfrac; i++)
			if ((i < d.nwhole ? d.whole[i] : d.frac[i - d.nwhole]) != '0')
				return my_misfit(enc, why, p, n, NULL);
	/* zeros behind the scale would be cut with a note */
	while (!d.exp && d.nfrac > (size_t)t->scale && d.nfrac && p[n - 1] == '0') {
		d.nfrac--;
		n--;
	}
	if (n && p[n - 1] == '.')
		n--;
	buf_add(b, p, n);
	return 0;
}

/* FLOAT(M,D), DOUBLE(M,D): the server rounds to D decimals in just this way
 * (Field_real::truncate() of both servers). */
static bool survives_rounding(const struct my_encoder *enc, double v)
{
	double whole = floor(v), rounded = whole + rint((v - whole) * enc->step) / enc->step;

	if (v > enc->limit || v < -enc->limit)
		return false;
	return enc->c->type.bits == 32 ? (float)rounded == (float)v : rounded == v;
}

int my_encode_float(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		     struct buf *why)
{
	const struct coltype *t = &enc->c->type;
	double v;
	float f = 0;
	enum value_status s = value_float64(p, n, &v);

	if (t->bits == 32)
		s = value_float32(p, n, &f);
	if (s == VALUE_ROUNDS)
		return my_misfit(enc, why, p, n, "it has more digits than the type keeps");
	if (s != VALUE_OK)
		return my_bad_status(enc, why, p, n, s);
	if (t->bits == 32)
		v = (double)f;
	if (v != v || v - v != 0)
		return my_misfit(enc, why, p, n, "it is not finite");
	if (t->is_unsigned && v < 0)
		return my_misfit(enc, why, p, n, NULL);
	if (enc->step != 0 && !survives_rounding(enc, v))
		return my_misfit(enc, why, p, n, NULL);
	if (t->bits == 32) /* the server reads a double and rounds that: give it one that is exact */
		value_add_float64(b, v);
	else
		buf_add(b, p, n);
	return 0;
}
