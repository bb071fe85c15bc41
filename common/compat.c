#include "compat.h"

#include <stdio.h>
#include <string.h>

/* A text of PostgreSQL's has less than so many bytes (manual, "Character Types"). */
#define PG_TEXT_BYTES (UINT64_C(1) << 30)

/* ---- Numbers ---- */

static void limit_range(struct compat *c, int64_t min, uint64_t max)
{
	c->may[MISFIT_RANGE] = true;
	snprintf(c->min, sizeof c->min, "%lld", (long long)min);
	snprintf(c->max, sizeof c->max, "%llu", (unsigned long long)max);
}

static int digits_of(uint64_t v)
{
	int n = 1;

	while (v >= 10) {
		v /= 10;
		n++;
	}
	return n;
}

static void limit_digits(struct compat *c, const struct coltype *b)
{
	c->may[MISFIT_DIGITS] = true;
	c->precision = b->lt == LT_DECIMAL ? b->precision : 0;
	c->scale = b->lt == LT_DECIMAL ? b->scale : 0;
}

/* Digits before the point; -1: no limit. */
static int whole_digits(const struct coltype *t)
{
	return t->precision > 0 ? t->precision - (t->scale > 0 ? t->scale : 0) : -1;
}

static void int_into(const struct coltype *a, const struct coltype *b, struct compat *c)
{
	int64_t min = a->lt == LT_YEAR ? 0 : type_int_min(a);
	uint64_t max = a->lt == LT_YEAR ? 2155 : type_int_max(a);

	if (b->lt == LT_INT) {
		if (min < type_int_min(b) || max > type_int_max(b))
			limit_range(c, type_int_min(b), type_int_max(b));
	} else if (b->lt == LT_DECIMAL) {
		int whole = whole_digits(b);

		if (whole >= 0 && digits_of(max) > whole)
			limit_digits(c, b);
		else if (b->is_unsigned && min < 0)
			limit_range(c, 0, UINT64_MAX);
	} else if (b->lt == LT_FLOAT) {
		uint64_t exact = UINT64_C(1) << (b->bits == 32 ? 24 : 53);

		if (max > exact)
			limit_range(c, -(int64_t)exact, exact);
	} else if (b->lt == LT_YEAR) {
		if (a->lt != LT_YEAR)
			limit_range(c, 0, 2155);
	} else if (b->lt == LT_BOOL) {
		limit_range(c, 0, 1);
	} else {
		c->incompatible = true;
	}
}

static void decimal_into(const struct coltype *a, const struct coltype *b, struct compat *c)
{
	if (b->lt == LT_DECIMAL) {
		int whole = whole_digits(b), from = whole_digits(a);

		if (b->precision > 0 && (from < 0 || from > whole || a->scale > b->scale))
			limit_digits(c, b);
		if (b->is_unsigned && !a->is_unsigned)
			limit_range(c, 0, UINT64_MAX);
	} else if (b->lt == LT_INT) {
		if (a->scale > 0 || whole_digits(a) < 0)
			limit_digits(c, b);
		if (whole_digits(a) < 0 || whole_digits(a) >= digits_of(type_int_max(b)))
			limit_range(c, type_int_min(b), type_int_max(b));
	} else if (b->lt != LT_FLOAT) {
		c->incompatible = true;
	} else if (a->precision <= 0 || a->precision > (b->bits == 32 ? 6 : 15)) {
		c->may[MISFIT_DIGITS] = true;
		c->precision = 0;
		c->scale = -1;
	}
}

static void float_into(const struct coltype *a, const struct coltype *b, struct compat *c)
{
	if (b->lt == LT_DECIMAL) {
		if (b->precision > 0)
			limit_digits(c, b);
	} else if (b->lt != LT_FLOAT) {
		c->incompatible = true;
	} else if (a->bits > b->bits) {
		c->may[MISFIT_DIGITS] = true;
		c->scale = -1;
	}
}

/* ---- Texts ---- */

static void limit_length(struct compat *c, uint64_t limit, bool in_bytes)
{
	c->may[MISFIT_LENGTH] = true;
	c->limit = limit;
	c->in_bytes = in_bytes;
}

static void check_length(const struct coltype *a, const struct coltype *b, struct compat *c)
{
	uint64_t bytes = a->length ? a->length * 4 : a->max_bytes ? a->max_bytes : PG_TEXT_BYTES;

	if (b->length && (!a->length || a->length > b->length))
		limit_length(c, b->length, false);
	else if (b->max_bytes && bytes > b->max_bytes)
		limit_length(c, b->max_bytes, true);
}

static bool has_label(char *const *labels, const char *label)
{
	for (; labels && *labels; labels++)
		if (!strcmp(*labels, label))
			return true;
	return false;
}

static void check_labels(const struct coltype *a, const struct coltype *b, struct compat *c)
{
	bool known = a->lt == LT_ENUM || a->lt == LT_SET;

	c->may[MISFIT_LABEL] = !known || !a->labels;
	for (char **l = a->labels; known && l && *l; l++)
		c->may[MISFIT_LABEL] |= !has_label(b->labels, *l);
	c->labels = b->labels;
}

static uint64_t longest_label(const struct coltype *t)
{
	uint64_t longest = 0, all = 0;

	for (char **l = t->labels; l && *l; l++) {
		uint64_t n = strlen(*l);

		all += n + 1;
		longest = n > longest ? n : longest;
	}
	return t->lt == LT_SET ? all : longest;
}

/* How wide a charset's characters are: each one holds what those before it hold. */
static int charset_width(const char *charset)
{
	if (!charset)
		return 4;
	if (!strcmp(charset, "ascii"))
		return 1;
	if (!strcmp(charset, "latin1"))
		return 2;
	if (!strcmp(charset, "utf8mb3") || !strcmp(charset, "utf8") || !strcmp(charset, "ucs2"))
		return 3;
	return 4;
}

static void check_charset(const struct column *a, const struct column *b, struct compat *c)
{
	c->charset = b->charset;
	c->may[MISFIT_CHARSET] = charset_width(a->charset) > charset_width(b->charset);
}

/* What any type's text needs in a text column. */
static void into_text(const struct column *a, const struct column *b, struct compat *c)
{
	uint64_t need = 0;

	switch (a->type.lt) {
	case LT_TEXT:
		check_length(&a->type, &b->type, c);
		check_charset(a, b, c);
		return;
	case LT_ENUM:
	case LT_SET:
		need = longest_label(&a->type);
		check_charset(a, b, c);
		break;
	case LT_UUID:
		need = 36;
		break;
	case LT_INT:
	case LT_YEAR:
		need = 20;
		break;
	case LT_BYTES:
	case LT_GEOMETRY:
		c->incompatible = true;
		return;
	default:
		need = b->type.length ? UINT64_MAX : 0;
	}
	if (b->type.length && need > b->type.length)
		limit_length(c, b->type.length, false);
}

static void into_bytes(const struct coltype *a, const struct coltype *b, struct compat *c)
{
	uint64_t bytes = a->length ? a->length : a->max_bytes ? a->max_bytes : PG_TEXT_BYTES;

	if (a->lt == LT_UUID)
		bytes = 16;
	else if (a->lt != LT_BYTES && a->lt != LT_GEOMETRY)
		c->incompatible = true;
	if (b->length && bytes > b->length)
		limit_length(c, b->length, true);
	else if (b->max_bytes && bytes > b->max_bytes)
		limit_length(c, b->max_bytes, true);
}

/* ---- Times ---- */

/* What a type without given precision keeps: PostgreSQL 6 digits, MySQL none. */
static int fraction_digits(const struct coltype *t, enum engine engine)
{
	if (t->lt == LT_DATE)
		return 0;
	return t->precision >= 0 ? t->precision : engine == ENGINE_POSTGRES ? 6 : 0;
}

static void check_dates(const struct coltype *a, enum engine from, const struct coltype *b,
			enum engine to, struct compat *c)
{
	c->may[MISFIT_ZERO_DATE] = from == ENGINE_MYSQL && to == ENGINE_POSTGRES;
	if (to != ENGINE_MYSQL)
		return;
	if (b->lt == LT_TIMESTAMPTZ && (a->lt != LT_TIMESTAMPTZ || from != ENGINE_MYSQL ||
					(a->to_2106 && !b->to_2106))) {
		c->may[MISFIT_DATE] = true;
		c->first = a->to_2106 ? "0000-00-00" : "1970-01-01 00:00:01";
		c->last = b->to_2106 ? "2106-02-07 06:28:15.999999"
				     : "2038-01-19 03:14:07.999999";
	} else if (from == ENGINE_POSTGRES) {
		c->may[MISFIT_DATE] = true;
		c->first = "0001-01-01";
		c->last = "9999-12-31 23:59:59.999999";
	}
}

static bool is_date(enum logical lt)
{
	return lt == LT_DATE || lt == LT_TIMESTAMP || lt == LT_TIMESTAMPTZ;
}

static bool is_time(enum logical lt)
{
	return lt == LT_TIME || lt == LT_INTERVAL || lt == LT_DURATION || lt == LT_TIMETZ;
}

static void time_into(const struct coltype *a, enum engine from, const struct coltype *b,
		      enum engine to, struct compat *c)
{
	int keeps = fraction_digits(b, to);

	if (is_date(a->lt) != is_date(b->lt) || (a->lt == LT_TIMETZ) != (b->lt == LT_TIMETZ) ||
	    (a->lt != LT_DATE && b->lt == LT_DATE)) {
		c->incompatible = true;
		return;
	}
	if (fraction_digits(a, from) > keeps) {
		c->may[MISFIT_FRACTION] = true;
		c->fraction = keeps;
	}
	if (is_date(a->lt))
		check_dates(a, from, b, to, c);
	else if (b->lt == LT_TIME && a->lt != LT_TIME) {
		c->may[MISFIT_DURATION] = true;
		c->first = "00:00:00";
		c->last = "24:00:00";
	} else if (b->lt == LT_DURATION && a->lt == LT_INTERVAL) {
		c->may[MISFIT_DURATION] = true;
		c->first = "-838:59:59";
		c->last = "838:59:59";
	}
}

/* ---- All ---- */

static bool is_flag(const struct coltype *t)
{
	return t->lt == LT_BOOL || (t->lt == LT_BITS && t->length == 1);
}

static void find_type(const struct column *ca, enum engine from, const struct column *cb,
		      enum engine to, struct compat *c)
{
	const struct coltype *a = &ca->type, *b = &cb->type;

	if (b->lt == LT_TEXT)
		into_text(ca, cb, c);
	else if (b->lt == LT_BYTES)
		into_bytes(a, b, c);
	else if (a->lt == LT_INT || a->lt == LT_YEAR)
		int_into(a, b, c);
	else if (a->lt == LT_DECIMAL)
		decimal_into(a, b, c);
	else if (a->lt == LT_FLOAT)
		float_into(a, b, c);
	else if ((is_date(a->lt) || is_time(a->lt)) && (is_date(b->lt) || is_time(b->lt)))
		time_into(a, from, b, to, c);
	else if ((b->lt == LT_ENUM || b->lt == LT_SET) && (a->lt == b->lt || a->lt == LT_TEXT))
		check_labels(a, b, c);
	else if (a->lt == LT_BITS && b->lt == LT_BITS)
		check_length(a, b, c);
	else if (a->lt == LT_BOOL && (b->lt == LT_INT || is_flag(b)))
		return;
	else if (is_flag(a) && b->lt == LT_BOOL)
		return;
	else if (a->lt == LT_BYTES && b->lt == LT_UUID && a->length == 16)
		return;
	else if (a->lt != b->lt || (a->lt == LT_OTHER && strcmp(a->name, b->name) != 0))
		c->incompatible = true;
}

void compat_find(const struct column *a, enum engine from, const struct column *b,
		 enum engine to, struct compat *c)
{
	*c = (struct compat){0};
	find_type(a, from, b, to, c);
	c->may[MISFIT_NULL] = !a->not_null && b->not_null;
	c->may[MISFIT_NUL] = from == ENGINE_MYSQL && to == ENGINE_POSTGRES &&
			     a->type.lt == LT_TEXT && b->type.lt != LT_BYTES;
}
