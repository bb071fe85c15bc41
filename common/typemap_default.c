/*
 * The default mappings. The ranges come from the manuals' chapters on data
 * types of both engines.
 */
#include <string.h>

#include "typemap.h"

#define MYSQL_VARCHAR_MAX 16383ull /* characters of four bytes in a row of 65,535 bytes */
#define MYSQL_CHAR_MAX 255ull
#define MYSQL_BIT_MAX 64ull
#define MYSQL_DECIMAL_DIGITS 65
#define MYSQL_DECIMAL_SCALE 30

static void note(struct target_type *t, const char *text)
{
	t->note = text;
}

static void narrower(struct target_type *t, const char *text)
{
	t->note = text;
	t->warn = true;
}

static int seconds_digits(const struct coltype *s)
{
	return s->precision < 0 || s->precision > 6 ? 6 : s->precision;
}

/* ---- MySQL to PostgreSQL ---- */

static void int_to_postgres(const struct coltype *s, struct target_type *t)
{
	int bits = s->is_unsigned ? s->bits + 1 : s->bits;

	if (bits > 64) {
		target_set(t, LT_DECIMAL, "numeric(20)");
		note(t, "no integer of PostgreSQL holds it");
		return;
	}
	t->bits = bits <= 16 ? 16 : bits <= 32 ? 32 : 64;
	target_set(t, LT_INT, t->bits == 16 ? "smallint" : t->bits == 32 ? "integer" : "bigint");
	if (s->is_unsigned)
		note(t, "takes negative numbers too");
}

static void text_to_postgres(const struct coltype *s, struct target_type *t)
{
	unsigned long long n = s->length ? s->length : 1;

	t->fixed = s->fixed;
	if (s->max_bytes) {
		target_set(t, LT_TEXT, "text");
		return;
	}
	t->length = n;
	target_set(t, LT_TEXT, s->fixed ? "char(%llu)" : "varchar(%llu)", n);
}

void typemap_to_postgres(const struct coltype *s, struct target_type *t)
{
	int p = seconds_digits(s);

	t->precision = p;
	switch (s->lt) {
	case LT_INT:
		int_to_postgres(s, t);
		break;
	case LT_YEAR:
		target_set(t, LT_INT, "smallint");
		t->bits = 16;
		break;
	case LT_DECIMAL:
		target_set(t, LT_DECIMAL, "numeric(%d,%d)", s->precision,
			   s->scale < 0 ? 0 : s->scale);
		break;
	case LT_FLOAT:
		target_set(t, LT_FLOAT, s->bits == 32 ? "real" : "double precision");
		break;
	case LT_BOOL:
		target_set(t, LT_BOOL, "boolean");
		break;
	case LT_TEXT:
		text_to_postgres(s, t);
		break;
	case LT_BYTES:
		target_set(t, LT_BYTES, "bytea");
		if (s->length)
			note(t, "has no length limit");
		break;
	case LT_BITS:
		t->length = s->length;
		t->fixed = true;
		target_set(t, LT_BITS, "bit(%llu)", (unsigned long long)s->length);
		break;
	case LT_DATE:
		target_set(t, LT_DATE, "date");
		break;
	case LT_TIME:
	case LT_TIMETZ:
		target_set(t, s->lt, s->lt == LT_TIME ? "time(%d)" : "timetz(%d)", p);
		break;
	case LT_TIMESTAMP:
		target_set(t, LT_TIMESTAMP, "timestamp(%d)", p);
		break;
	case LT_TIMESTAMPTZ:
		target_set(t, LT_TIMESTAMPTZ, "timestamptz(%d)", p);
		break;
	case LT_INTERVAL:
	case LT_DURATION:
		target_set(t, LT_INTERVAL, "interval(%d)", p);
		break;
	case LT_UUID:
		target_set(t, LT_UUID, "uuid");
		break;
	case LT_INET:
		target_set(t, LT_INET, "inet");
		break;
	case LT_ENUM:
		target_set(t, LT_TEXT, "text");
		t->labels = LABELS_CHECK;
		note(t, "sorts by text, not by the labels' order");
		break;
	case LT_SET:
		target_set(t, LT_TEXT, "text");
		note(t, "members are not checked");
		break;
	case LT_JSON:
		target_set(t, LT_JSON, "jsonb");
		note(t, "jsonb orders keys and drops doubled ones");
		break;
	case LT_GEOMETRY:
		target_set(t, LT_BYTES, "bytea");
		note(t, "EWKB bytes; --postgis makes it a geometry");
		break;
	default:
		target_set(t, LT_TEXT, "text");
		note(t, "the source's own text");
	}
}

/* ---- PostgreSQL to MySQL ---- */

static void decimal_to_mysql(const struct coltype *s, struct target_type *t)
{
	int digits = s->precision, scale = s->scale;

	if (s->name && !strcmp(s->name, "money")) {
		target_set(t, LT_DECIMAL, "DECIMAL(19,2)");
		return;
	}
	if (digits <= 0) {
		target_set(t, LT_DECIMAL, "DECIMAL(65,30)");
		narrower(t, "holds 35 digits before and 30 behind the point, no NaN or Infinity");
		return;
	}
	if (scale < 0) { /* numeric(5,-2): seven digits, rounded to hundreds */
		digits -= scale;
		scale = 0;
	}
	if (scale > digits)
		digits = scale;
	if (scale > MYSQL_DECIMAL_SCALE || digits > MYSQL_DECIMAL_DIGITS)
		narrower(t, "holds at most 65 digits, 30 of them behind the point");
	if (scale > MYSQL_DECIMAL_SCALE)
		scale = MYSQL_DECIMAL_SCALE;
	if (digits > MYSQL_DECIMAL_DIGITS)
		digits = MYSQL_DECIMAL_DIGITS;
	target_set(t, LT_DECIMAL, "DECIMAL(%d,%d)", digits, scale);
}

static void text_to_mysql(const struct coltype *s, struct target_type *t)
{
	unsigned long long n = s->length;

	t->length = n;
	t->fixed = s->fixed && n <= MYSQL_CHAR_MAX && n;
	if (t->fixed)
		target_set(t, LT_TEXT, "CHAR(%llu)", n);
	else if (n && n <= MYSQL_VARCHAR_MAX)
		target_set(t, LT_TEXT, "VARCHAR(%llu)", n);
	else
		target_set(t, LT_TEXT, "LONGTEXT");
	if (n > MYSQL_VARCHAR_MAX) {
		t->length = 0;
		note(t, "has no length limit");
	}
}

static void bits_to_mysql(const struct coltype *s, struct target_type *t)
{
	unsigned long long n = s->length;

	t->length = n;
	if (s->fixed && n && n <= MYSQL_BIT_MAX) {
		target_set(t, LT_BITS, "BIT(%llu)", n);
		t->fixed = true;
		return;
	}
	if (n && n <= MYSQL_VARCHAR_MAX)
		target_set(t, LT_TEXT, "VARCHAR(%llu)", n);
	else
		target_set(t, LT_TEXT, "LONGTEXT");
	note(t, "the digits as text");
}

static void int_to_mysql(const struct coltype *s, struct target_type *t)
{
	t->bits = s->bits;
	target_set(t, LT_INT, "%s%s", s->bits == 16 ? "SMALLINT" : s->bits == 32 ? "INT" : "BIGINT",
		   s->is_unsigned ? " UNSIGNED" : "");
}

static void limited_text(struct target_type *t, unsigned length)
{
	target_set(t, LT_TEXT, "VARCHAR(%u)", length);
	t->length = length;
}

void typemap_to_mysql(const struct coltype *s, struct target_type *t)
{
	int p = seconds_digits(s);

	t->precision = p;
	switch (s->lt) {
	case LT_INT:
		int_to_mysql(s, t);
		break;
	case LT_DECIMAL:
		decimal_to_mysql(s, t);
		break;
	case LT_FLOAT:
		target_set(t, LT_FLOAT, s->bits == 32 ? "FLOAT" : "DOUBLE");
		note(t, "no NaN or Infinity");
		break;
	case LT_BOOL:
		target_set(t, LT_INT, "TINYINT(1)");
		t->bits = 8;
		break;
	case LT_TEXT:
		text_to_mysql(s, t);
		break;
	case LT_BYTES:
		target_set(t, LT_BYTES, "LONGBLOB");
		break;
	case LT_BITS:
		bits_to_mysql(s, t);
		break;
	case LT_DATE:
		target_set(t, LT_DATE, "DATE");
		note(t, "years 0 to 9999");
		break;
	case LT_TIME:
		target_set(t, LT_DURATION, "TIME(%d)", p);
		break;
	case LT_TIMETZ:
		limited_text(t, 32);
		note(t, "as text");
		break;
	case LT_TIMESTAMP:
		target_set(t, LT_TIMESTAMP, "DATETIME(%d)", p);
		note(t, "years 0 to 9999");
		break;
	case LT_TIMESTAMPTZ:
		target_set(t, LT_TIMESTAMPTZ, "TIMESTAMP(%d)", p);
		note(t, "years 1970 to 2038; --cast timestamptz=datetime(6) for more");
		break;
	case LT_INTERVAL:
	case LT_DURATION:
		target_set(t, LT_DURATION, "TIME(%d)", p);
		narrower(t, "holds hours up to 838:59:59, no days or months");
		break;
	case LT_UUID:
		target_set(t, LT_UUID, "CHAR(36)");
		t->length = 36;
		t->fixed = true;
		break;
	case LT_INET:
		limited_text(t, 43);
		break;
	case LT_ENUM:
		target_set(t, LT_ENUM, "ENUM");
		t->labels = LABELS_INLINE;
		break;
	case LT_JSON:
		target_set(t, LT_JSON, "JSON");
		note(t, "MySQL orders keys and keeps numbers as doubles");
		break;
	case LT_GEOMETRY:
		target_set(t, LT_GEOMETRY, "GEOMETRY");
		break;
	default:
		target_set(t, LT_TEXT, "LONGTEXT");
		note(t, "the source's own text");
	}
}
