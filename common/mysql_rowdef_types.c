/*
 * Column types of TABLE_MAP events and their metadata (MySQL source documentation,
 * "Table_map_log_event", table of column types), and what the catalogue adds.
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_row.h"

static void set(struct my_col *c, enum logical lt, const char *name, size_t size)
{
	c->lt = lt;
	c->type_name = name;
	c->size = size;
}

static int invalid(const struct my_col *c, struct err *e)
{
	return err_set(e, EXIT_FAILED, "a TABLE_MAP event has impossible metadata of type %d",
		       (int)c->type);
}

/* CHAR, BINARY, ENUM, SET: the real type, whose bits 4 and 5 are inverted by the length's bits
 * 8 and 9, and the length. */
static int set_string(struct my_col *c, const unsigned char *m, struct err *e)
{
	size_t width = m[1];
	int type = m[0];

	if ((type & 0x30) != 0x30) {
		width |= (size_t)((type & 0x30) ^ 0x30) << 4;
		type |= 0x30;
	}
	c->type = (enum my_binlog_type)type;
	c->width = width;
	switch (type) {
	case MY_ENUM:
		set(c, LT_ENUM, "enum", width);
		return width == 1 || width == 2 ? 0 : invalid(c, e);
	case MY_SET:
		set(c, LT_SET, "set", width);
		return width >= 1 && width <= 8 ? 0 : invalid(c, e);
	case MY_STRING:
	case MY_VAR_STRING:
		set(c, LT_TEXT, "char", width > 255 ? 2 : 1);
		c->stripped = true;
		return 0;
	default:
		return invalid(c, e);
	}
}

static int set_decimal(struct my_col *c, const unsigned char *m, struct err *e)
{
	c->precision = m[0];
	c->scale = m[1];
	if (c->precision < 1 || c->precision > 65 || c->scale > c->precision)
		return invalid(c, e);
	set(c, LT_DECIMAL, "decimal", my_decimal_size(c->precision, c->scale));
	return 0;
}

static int set_bit(struct my_col *c, const unsigned char *m, struct err *e)
{
	if (m[0] > 7 || m[1] > 8)
		return invalid(c, e);
	c->width = m[1] * 8u + m[0];
	set(c, LT_BITS, "bit", (c->width + 7) / 8);
	return c->width >= 1 && c->width <= 64 ? 0 : invalid(c, e);
}

static int set_blob(struct my_col *c, enum logical lt, const char *name, const unsigned char *m,
		    struct err *e)
{
	set(c, lt, name, *m);
	return *m >= 1 && *m <= 4 ? 0 : invalid(c, e);
}

static int set_time(struct my_col *c, enum logical lt, const char *name, const unsigned char *m,
		    struct err *e)
{
	set(c, lt, name, 0);
	c->precision = *m;
	return *m <= 6 ? 0 : invalid(c, e);
}

/* MariaDB's old temporal types do not tell their precision. */
static int set_old_time(struct my_col *c, enum logical lt, const char *name)
{
	set(c, lt, name, 0);
	c->precision = -1;
	return 0;
}

static int set_fixed(struct my_col *c, enum logical lt, const char *name, size_t size)
{
	set(c, lt, name, size);
	return 0;
}

static int set_varchar(struct my_col *c, const unsigned char *m)
{
	c->width = (size_t)my_le(m, 2);
	set(c, LT_TEXT, "varchar", c->width > 255 ? 2 : 1);
	return 0;
}

/* The bytes of metadata that a type has. */
static size_t metadata_size(int type)
{
	switch (type) {
	case MY_VARCHAR: case MY_VARCHAR_COMPRESSED: case MY_BIT: case MY_NEWDECIMAL: case MY_ENUM:
	case MY_SET: case MY_VAR_STRING: case MY_STRING:
		return 2;
	case MY_FLOAT: case MY_DOUBLE: case MY_TIMESTAMP2: case MY_DATETIME2: case MY_TIME2:
	case MY_BLOB_COMPRESSED: case MY_VECTOR: case MY_JSON: case MY_TINY_BLOB:
	case MY_MEDIUM_BLOB: case MY_LONG_BLOB: case MY_BLOB: case MY_GEOMETRY:
		return 1;
	default:
		return 0;
	}
}

int my_col_set_type(struct my_col *c, int type, struct my_in *meta, struct err *e)
{
	const unsigned char *m = my_take(meta, metadata_size(type));

	c->type = (enum my_binlog_type)type;
	c->precision = c->scale = -1;
	if (!m)
		return err_set(e, EXIT_FAILED, "the metadata of a TABLE_MAP event is cut off");
	switch (type) {
	case MY_TINY: return set_fixed(c, LT_INT, "tinyint", 1);
	case MY_SHORT: return set_fixed(c, LT_INT, "smallint", 2);
	case MY_INT24: return set_fixed(c, LT_INT, "mediumint", 3);
	case MY_LONG: return set_fixed(c, LT_INT, "int", 4);
	case MY_LONGLONG: return set_fixed(c, LT_INT, "bigint", 8);
	case MY_YEAR: return set_fixed(c, LT_YEAR, "year", 1);
	case MY_FLOAT: return set_fixed(c, LT_FLOAT, "float", 4);
	case MY_DOUBLE: return set_fixed(c, LT_FLOAT, "double", 8);
	case MY_NEWDECIMAL: return set_decimal(c, m, e);
	case MY_BIT: return set_bit(c, m, e);
	case MY_DATE:
	case MY_NEWDATE: return set_fixed(c, LT_DATE, "date", 3);
	case MY_TIME: return set_old_time(c, LT_DURATION, "time");
	case MY_DATETIME: return set_old_time(c, LT_TIMESTAMP, "datetime");
	case MY_TIMESTAMP: return set_old_time(c, LT_TIMESTAMPTZ, "timestamp");
	case MY_TIME2: return set_time(c, LT_DURATION, "time", m, e);
	case MY_DATETIME2: return set_time(c, LT_TIMESTAMP, "datetime", m, e);
	case MY_TIMESTAMP2: return set_time(c, LT_TIMESTAMPTZ, "timestamp", m, e);
	case MY_VARCHAR:
	case MY_VARCHAR_COMPRESSED: return set_varchar(c, m);
	case MY_ENUM: case MY_SET: case MY_VAR_STRING:
	case MY_STRING: return set_string(c, m, e);
	case MY_TINY_BLOB: case MY_MEDIUM_BLOB: case MY_LONG_BLOB: case MY_BLOB:
	case MY_BLOB_COMPRESSED: return set_blob(c, LT_TEXT, "longtext", m, e);
	case MY_GEOMETRY: return set_blob(c, LT_GEOMETRY, "geometry", m, e);
	case MY_JSON: return set_blob(c, LT_JSON, "json", m, e);
	case MY_VECTOR: return set_blob(c, LT_BYTES, "vector", m, e);
	default:
		return err_set(e, EXIT_BAD, "a TABLE_MAP event has a column of unknown type %d",
			       type);
	}
}

/* ---- Classes ---- */

bool my_col_is_numeric(const struct my_col *c)
{
	return c->lt == LT_INT || c->lt == LT_FLOAT || c->lt == LT_DECIMAL || c->lt == LT_YEAR;
}

bool my_col_is_text(const struct my_col *c)
{
	return c->type == MY_VARCHAR || c->type == MY_VARCHAR_COMPRESSED || c->type == MY_STRING ||
	       c->type == MY_VAR_STRING || c->type == MY_BLOB_COMPRESSED ||
	       (c->type >= MY_TINY_BLOB && c->type <= MY_BLOB);
}

bool my_col_is_list(const struct my_col *c)
{
	return c->lt == LT_ENUM || c->lt == LT_SET;
}

bool my_col_is_time(const struct my_col *c)
{
	return c->lt == LT_DURATION || c->lt == LT_TIMESTAMP || c->lt == LT_TIMESTAMPTZ;
}

/* ---- The decoder ---- */

static my_decoder *int_decoder(const struct my_col *c)
{
	switch (c->size) {
	case 1: return my_decode_int8;
	case 2: return my_decode_int16;
	case 3: return my_decode_int24;
	case 4: return my_decode_int32;
	default: return my_decode_int64;
	}
}

static my_decoder *time_decoder(const struct my_col *c)
{
	bool plain = c->precision <= 0;

	switch (c->type) {
	case MY_TIME2: return my_decode_time2;
	case MY_DATETIME2: return my_decode_datetime2;
	case MY_TIMESTAMP2: return my_decode_timestamp2;
	case MY_TIME: return plain ? my_decode_time : my_decode_time_hires;
	case MY_DATETIME: return plain ? my_decode_datetime : my_decode_datetime_hires;
	default: return plain ? my_decode_timestamp : my_decode_timestamp_hires;
	}
}

/* Character types whose character set is binary are bytes. */
static void settle_bytes(struct my_col *c)
{
	if (!my_col_is_text(c) || c->lt != LT_TEXT || !c->charset ||
	    c->charset->kind != MY_CHARSET_BINARY)
		return;
	c->lt = LT_BYTES;
	c->type_name = c->type == MY_STRING || c->type == MY_VAR_STRING ? "binary" :
		       c->type == MY_VARCHAR || c->type == MY_VARCHAR_COMPRESSED ? "varbinary" :
		       "longblob";
}

void my_col_settle(struct my_col *c)
{
	settle_bytes(c);
	switch (c->lt) {
	case LT_INT: c->decode = int_decoder(c); break;
	case LT_YEAR: c->decode = my_decode_year; break;
	case LT_FLOAT: c->decode = c->size == 4 ? my_decode_float : my_decode_double; break;
	case LT_DECIMAL: c->decode = my_decode_decimal; break;
	case LT_BITS: c->decode = my_decode_bit; break;
	case LT_DATE: c->decode = my_decode_date; break;
	case LT_DURATION:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ: c->decode = time_decoder(c); break;
	case LT_ENUM: c->decode = my_decode_enum; break;
	case LT_SET: c->decode = my_decode_set; break;
	case LT_JSON: c->decode = c->type == MY_JSON ? my_decode_json : my_decode_text; break;
	case LT_GEOMETRY: c->decode = my_decode_geometry; break;
	case LT_UUID: c->decode = my_decode_uuid; break;
	case LT_INET: c->decode = my_decode_inet; break;
	case LT_BYTES: c->decode = my_decode_bytes; break;
	default: c->decode = my_decode_text;
	}
	if (c->type == MY_VARCHAR_COMPRESSED || c->type == MY_BLOB_COMPRESSED)
		c->decode = my_decode_compressed;
}

/* ---- What a column is called ---- */

void my_col_type(const struct my_col *c, struct coltype *t)
{
	*t = (struct coltype){.lt = c->lt, .name = c->type_name, .precision = -1, .scale = -1,
			      .is_unsigned = c->is_unsigned && c->lt != LT_YEAR};
	switch (c->lt) {
	case LT_INT:
		t->bits = (int)c->size * 8;
		break;
	case LT_FLOAT:
		t->bits = (int)c->size * 8;
		break;
	case LT_DECIMAL:
		t->scale = c->scale;
		t->precision = c->precision;
		break;
	case LT_DURATION:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		t->precision = c->precision < 0 ? 0 : c->precision;
		break;
	case LT_BITS:
		t->length = c->width;
		t->fixed = true;
		break;
	case LT_TEXT:
	case LT_BYTES:
		t->fixed = c->stripped;
		if (c->width)
			t->length = c->width / (c->charset ? c->charset->max : 1);
		break;
	case LT_JSON:
		t->binary_json = c->type == MY_JSON;
		break;
	default:
		break;
	}
}
