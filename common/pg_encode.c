/*
 * Rows to the two formats of COPY FROM: binary, whose values are checked and
 * converted here (pg_binary.c), or text where a column's type has no binary
 * form here; the other columns are checked all the same.
 */
#include "pg_binary.h"

#include <endian.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* SQL's names of types in messages, for those whose catalogue name is another. */
static const char *const sql_names[][2] = {
	{"int2", "smallint"},      {"int4", "integer"}, {"int8", "bigint"},
	{"float4", "real"},        {"float8", "double precision"},
	{"bool", "boolean"},       {"bpchar", "char"},  {"varbit", "bit varying"},
};

/* "varchar(50)", "numeric(7,2)", "timestamp(3)". */
static char *type_label(const struct coltype *t)
{
	const char *name = t->name;

	for (size_t i = 0; i < sizeof sql_names / sizeof *sql_names; i++)
		if (!strcmp(name, sql_names[i][0]))
			name = sql_names[i][1];
	if (t->length)
		return xasprintf("%s(%llu)", name, (unsigned long long)t->length);
	if (t->lt == LT_DECIMAL && t->precision > 0)
		return xasprintf("%s(%d,%d)", name, t->precision, t->scale);
	if (t->precision >= 0 && t->lt >= LT_TIME && t->lt <= LT_INTERVAL)
		return xasprintf("%s(%d)", name, t->precision);
	return xstrdup(name);
}

/* The smallest field that an interval's type keeps ("interval day to hour"); the server would
 * cut off what is below (src/backend/utils/adt/timestamp.c, AdjustIntervalForTypmod). */
static int64_t interval_unit(const char *native)
{
	static const struct {
		const char *last;
		int64_t unit;
	} units[] = {
		{" year", PG_UNIT_YEAR}, {" month", PG_UNIT_MONTH}, {" day", PG_UNIT_DAY},
		{" hour", 3600000000}, {" minute", 60000000},
	};
	size_t n = native ? strlen(native) : 0;

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		size_t len = strlen(units[i].last);

		if (n > len && !strcmp(native + n - len, units[i].last))
			return units[i].unit;
	}
	return 0;
}

static void init_field(struct pg_field *f, const struct column *c, int version, int money_scale)
{
	const struct coltype *t = &c->type;

	*f = (struct pg_field){
		.col = c,
		.label = type_label(t),
		.length = t->length,
		.padded = t->lt == LT_TEXT && t->fixed,
		.precision = t->precision,
		.scale = t->scale,
	};
	if (t->lt == LT_DECIMAL) {
		f->infinite = version >= 140000 && t->precision <= 0;
		if (t->precision <= 0)
			f->precision = f->scale = 0;
		if (!strcmp(t->name, "money"))
			f->scale = money_scale;
	} else if (t->lt == LT_INTERVAL) {
		f->infinite = version >= 170000;
		f->unit = interval_unit(c->native);
	}
	pg_choose_encoding(f);
}

void pg_encoder_init(struct pg_encoder *enc, const struct column *const *col, size_t ncols,
		     int version, int money_scale)
{
	*enc = (struct pg_encoder){.n = ncols, .binary = true};
	enc->f = xcalloc(ncols, sizeof *enc->f);
	for (size_t i = 0; i < ncols; i++) {
		init_field(&enc->f[i], col[i], version, money_scale);
		enc->binary &= enc->f[i].encode != NULL;
	}
}

void pg_encoder_free(struct pg_encoder *enc)
{
	for (size_t i = 0; i < enc->n; i++)
		free(enc->f[i].label);
	free(enc->f);
	buf_free(&enc->scratch);
	*enc = (struct pg_encoder){0};
}

void pg_encode_header(const struct pg_encoder *enc, struct buf *b)
{
	/* The signature, flags, and the length of a header extension. */
	static const char header[] = "PGCOPY\n\377\r\n\0" "\0\0\0\0" "\0\0\0\0";

	if (enc->binary)
		buf_add(b, header, sizeof header - 1);
}

void pg_encode_trailer(const struct pg_encoder *enc, struct buf *b)
{
	if (enc->binary)
		buf_add(b, "\377\377", 2);
}

/* ---- Why a value does not fit ---- */

/* The limits that a value out of range has crossed. */
static void add_range(struct buf *b, const struct pg_field *f)
{
	const struct coltype *t = &f->col->type;

	long long max = t->bits == 64 ? LLONG_MAX : t->bits ? (1ll << (t->bits - 1)) - 1 : 0;

	if (t->lt == LT_INT && t->is_unsigned)
		buf_addf(b, " (0 to %llu)", (1ull << t->bits) - 1);
	else if (t->lt == LT_INT)
		buf_addf(b, " (%lld to %lld)", -max - 1, max);
	else if (t->lt == LT_DECIMAL && f->precision && f->precision <= f->scale)
		buf_addf(b, ": only below 1e%d", f->precision - f->scale);
	else if (t->lt == LT_DECIMAL && f->precision)
		buf_addf(b, ": at most %d digits before the point", f->precision - f->scale);
}

static void add_rounds(struct buf *b, const struct pg_field *f)
{
	const struct coltype *t = &f->col->type;

	if (t->lt == LT_DECIMAL && f->scale < 0)
		buf_addf(b, ": only multiples of 1e%d", -f->scale);
	else if (t->lt == LT_DECIMAL)
		buf_addf(b, ": at most %d digits behind the point", f->scale);
	else if (t->lt == LT_INTERVAL && f->unit)
		buf_adds(b, ": it holds smaller units");
	else if (t->lt >= LT_TIME && t->lt <= LT_INTERVAL)
		buf_addf(b, ": at most %d digits of a fraction",
			 f->precision < 0 ? 6 : f->precision);
	else
		buf_adds(b, ": it would be rounded");
}

static void add_length(struct buf *b, const struct pg_field *f, const char *p, size_t n)
{
	const char *noun = f->col->type.lt == LT_BITS ? "bit" : f->length ? "character" : "byte";
	size_t count = n;

	if (*noun == 'c')
		value_text(p, n, false, &count);
	value_add_quoted(b, p, n);
	buf_addf(b, " (%zu %s%s) does not fit %s", count, noun, count == 1 ? "" : "s", f->label);
}

static void explain(struct buf *b, const struct pg_field *f, enum value_status status,
		    const char *p, size_t n)
{
	if (status == VALUE_TOO_LONG || status == VALUE_TOO_SHORT) {
		add_length(b, f, p, n);
		return;
	}
	if (status == VALUE_NUL) {
		buf_adds(b, "a NUL byte in text, which PostgreSQL cannot hold");
		return;
	}
	if (n)
		value_add_quoted(b, p, n);
	else
		buf_adds(b, "an empty string");
	switch (status) {
	case VALUE_RANGE:
		buf_addf(b, " does not fit %s", f->label);
		add_range(b, f);
		break;
	case VALUE_ROUNDS:
		buf_addf(b, " does not fit %s", f->label);
		add_rounds(b, f);
		break;
	case VALUE_NO_DATE:
		buf_adds(b, " is no date");
		break;
	case VALUE_ZERO_DATE:
		buf_adds(b, " is a zero date, which PostgreSQL cannot hold");
		break;
	case VALUE_ZONE:
		buf_addf(b, " has a time zone, which %s does not", f->label);
		break;
	case VALUE_UTF8:
		buf_adds(b, " is not UTF-8");
		break;
	default:
		if (f->col->type.lt == LT_ENUM)
			buf_addf(b, " is no label of enum %s", f->label);
		else if (f->col->type.lt == LT_BYTES || f->col->type.lt == LT_GEOMETRY)
			buf_addf(b, " is no %s: bytes are written as \\x and hex digits", f->label);
		else
			buf_addf(b, " is no %s", f->label);
	}
}

/* ---- Rows ---- */

/* Adds a value of COPY's text format: backslash, tab and line ends are escaped. */
static void add_escaped(struct buf *b, const char *p, size_t n)
{
	char *out = buf_room(b, 2 * n), *at = out;

	for (size_t i = 0; i < n; i++) {
		switch (p[i]) {
		case '\\':
			*at++ = '\\';
			*at++ = '\\';
			break;
		case '\n':
			*at++ = '\\';
			*at++ = 'n';
			break;
		case '\r':
			*at++ = '\\';
			*at++ = 'r';
			break;
		case '\t':
			*at++ = '\\';
			*at++ = 't';
			break;
		default:
			*at++ = p[i];
		}
	}
	b->n += (size_t)(at - out);
}

static enum value_status encode_text(struct pg_encoder *enc, const struct pg_field *f,
				     const char *p, size_t n, struct buf *b)
{
	enum value_status status;
	size_t chars;

	buf_reset(&enc->scratch);
	status = f->encode ? f->encode(f, p, n, &enc->scratch) : value_text(p, n, false, &chars);
	if (status != VALUE_OK)
		return status;
	if (f->col->type.lt == LT_GEOMETRY) /* PostGIS reads bare hex */
		add_escaped(b, p + 2, n - 2);
	else
		add_escaped(b, p, n);
	return VALUE_OK;
}

static enum value_status encode_field(struct pg_encoder *enc, const struct pg_field *f,
				      struct field v, struct buf *b)
{
	static const char null_binary[] = {-1, -1, -1, -1};

	if (!enc->binary)
		return v.p ? encode_text(enc, f, v.p, v.n, b) : (buf_add(b, "\\N", 2), VALUE_OK);
	if (v.p)
		return f->encode(f, v.p, v.n, b);
	buf_add(b, null_binary, sizeof null_binary);
	return VALUE_OK;
}

static int misfit(struct misfit *why, size_t col, const struct pg_field *f,
		  enum value_status status, struct field v)
{
	why->col = col;
	buf_reset(&why->text);
	if (v.p)
		explain(&why->text, f, status, v.p, v.n);
	else
		buf_adds(&why->text, "null in a NOT NULL column");
	buf_cstr(&why->text);
	return -1;
}

int pg_encode_row(struct pg_encoder *enc, const struct row *row, struct buf *b,
		  struct misfit *why)
{
	size_t start = b->n;

	if (enc->binary) {
		uint16_t n = htobe16((uint16_t)enc->n);

		buf_add(b, &n, sizeof n);
	}
	for (size_t i = 0; i < enc->n; i++) {
		const struct pg_field *f = &enc->f[i];
		struct field v = row->f[i];
		enum value_status status = VALUE_OK;

		if (!enc->binary && i)
			buf_addc(b, '\t');
		if (v.p || !f->col->not_null)
			status = encode_field(enc, f, v, b);
		if (status != VALUE_OK || (!v.p && f->col->not_null)) {
			b->n = start;
			return misfit(why, i, f, status, v);
		}
	}
	if (!enc->binary)
		buf_addc(b, '\n');
	return 0;
}

int pg_encode_value(struct pg_encoder *enc, size_t i, struct field v, struct buf *b,
		    struct misfit *why)
{
	const struct pg_field *f = &enc->f[i];
	enum value_status status = VALUE_OK;
	size_t start = b->n, chars;

	if (!v.p) {
		pg_put32(buf_room(b, 4), UINT32_MAX);
		b->n += 4;
		return f->col->not_null ? misfit(why, i, f, status, v) : 0;
	}
	if (f->encode) {
		status = f->encode(f, v.p, v.n, b);
	} else {
		status = value_text(v.p, v.n, false, &chars);
		pg_add_bytes(b, v.p, v.n);
	}
	if (status == VALUE_OK)
		return 0;
	b->n = start;
	return misfit(why, i, f, status, v);
}
