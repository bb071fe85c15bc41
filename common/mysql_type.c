/*
 * What a result says of its columns: the protocol's column definitions → logical types
 * (MySQL Source Code Documentation, "COM_QUERY Response", "Column Definition").
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_impl.h"

#define CHARSET_BINARY 63
#define EXACT_DECIMALS 31 /* a DOUBLE that states no number of decimals */

/* The protocol's numbers of types and bits of flags. */
enum {
	TYPE_DECIMAL = 0, TYPE_TINY = 1, TYPE_SHORT = 2, TYPE_LONG = 3, TYPE_FLOAT = 4,
	TYPE_DOUBLE = 5, TYPE_NULL = 6, TYPE_TIMESTAMP = 7, TYPE_LONGLONG = 8, TYPE_INT24 = 9,
	TYPE_DATE = 10, TYPE_TIME = 11, TYPE_DATETIME = 12, TYPE_YEAR = 13, TYPE_NEWDATE = 14,
	TYPE_BIT = 16, TYPE_JSON = 245, TYPE_NEWDECIMAL = 246, TYPE_TINY_BLOB = 249,
	TYPE_BLOB = 252, TYPE_STRING = 254, TYPE_GEOMETRY = 255
};
enum { FLAG_UNSIGNED = 32, FLAG_ZEROFILL = 64, FLAG_ENUM = 256, FLAG_SET = 2048 };

static void set_type(struct coltype *t, enum logical lt, const char *name, int bits)
{
	t->lt = lt;
	t->name = name;
	t->bits = bits;
}

static void string_type(const struct my_field *f, struct coltype *t)
{
	bool blob = f->type >= TYPE_TINY_BLOB && f->type <= TYPE_BLOB;
	bool bytes = f->charset == CHARSET_BINARY;

	if (f->flags & FLAG_ENUM)
		set_type(t, LT_ENUM, "enum", 0);
	else if (f->flags & FLAG_SET)
		set_type(t, LT_SET, "set", 0);
	else if (blob)
		set_type(t, bytes ? LT_BYTES : LT_TEXT, bytes ? "longblob" : "longtext", 0);
	else if (f->type == TYPE_STRING)
		set_type(t, bytes ? LT_BYTES : LT_TEXT, bytes ? "binary" : "char", 0);
	else
		set_type(t, bytes ? LT_BYTES : LT_TEXT, bytes ? "varbinary" : "varchar", 0);
	t->fixed = f->type == TYPE_STRING && (t->lt == LT_TEXT || t->lt == LT_BYTES);
	if (!blob && (t->lt == LT_TEXT || t->lt == LT_BYTES))
		t->length = bytes ? f->length : f->length / 4; /* utf8mb4 */
}

static bool is_named(struct field name, const char *word)
{
	return name.p && name.n == strlen(word) && !memcmp(name.p, word, name.n);
}

/* MariaDB tells types that the protocol does not have by name. */
static void extended_type(const struct my_field *f, struct coltype *t)
{
	if (is_named(f->data_type, "uuid"))
		set_type(t, LT_UUID, "uuid", 0);
	else if (is_named(f->data_type, "inet4"))
		set_type(t, LT_INET, "inet4", 0);
	else if (is_named(f->data_type, "inet6"))
		set_type(t, LT_INET, "inet6", 0);
	if (is_named(f->format, "json"))
		set_type(t, LT_JSON, "json", 0);
	if (t->lt == LT_UUID || t->lt == LT_INET)
		t->length = 0, t->fixed = false;
}

static void field_type(const struct my_field *f, struct coltype *t)
{
	bool sign = !(f->flags & FLAG_UNSIGNED);

	*t = (struct coltype){.is_unsigned = !sign, .precision = -1, .scale = -1};
	switch (f->type) {
	case TYPE_TINY: set_type(t, LT_INT, "tinyint", 8); break;
	case TYPE_SHORT: set_type(t, LT_INT, "smallint", 16); break;
	case TYPE_INT24: set_type(t, LT_INT, "mediumint", 24); break;
	case TYPE_LONG: set_type(t, LT_INT, "int", 32); break;
	case TYPE_LONGLONG: set_type(t, LT_INT, "bigint", 64); break;
	case TYPE_YEAR: set_type(t, LT_YEAR, "year", 0); break;
	case TYPE_FLOAT: set_type(t, LT_FLOAT, "float", 32); break;
	case TYPE_DOUBLE: set_type(t, LT_FLOAT, "double", 64); break;
	case TYPE_DECIMAL:
	case TYPE_NEWDECIMAL:
		set_type(t, LT_DECIMAL, "decimal", 0);
		t->scale = (int)f->decimals;
		t->precision = (int)f->length - (f->decimals > 0) - sign;
		break;
	case TYPE_DATE:
	case TYPE_NEWDATE: set_type(t, LT_DATE, "date", 0); break;
	case TYPE_TIME: set_type(t, LT_DURATION, "time", 0); break;
	case TYPE_DATETIME: set_type(t, LT_TIMESTAMP, "datetime", 0); break;
	case TYPE_TIMESTAMP: set_type(t, LT_TIMESTAMPTZ, "timestamp", 0); break;
	case TYPE_BIT:
		set_type(t, LT_BITS, "bit", 0);
		t->length = f->length;
		t->fixed = true;
		break;
	case TYPE_JSON:
		set_type(t, LT_JSON, "json", 0);
		t->binary_json = true;
		break;
	case TYPE_GEOMETRY: set_type(t, LT_GEOMETRY, "geometry", 0); break;
	case MY_TYPE_VECTOR: set_type(t, LT_BYTES, "vector", 0); break;
	case TYPE_NULL: set_type(t, LT_TEXT, "char", 0); break;
	default:
		string_type(f, t);
		extended_type(f, t);
	}
	if (t->lt == LT_DURATION || t->lt == LT_TIMESTAMP || t->lt == LT_TIMESTAMPTZ)
		t->precision = (int)f->decimals;
	if (t->lt != LT_INT && t->lt != LT_DECIMAL && t->lt != LT_FLOAT)
		t->is_unsigned = false;
}

void my_read_field(const struct my_field *f, struct my_meta *meta)
{
	field_type(f, &meta->type);
	meta->zerofill = f->flags & FLAG_ZEROFILL;
	meta->inexact = f->type == TYPE_FLOAT ||
			(f->type == TYPE_DOUBLE && f->decimals < EXACT_DECIMALS);
}

void my_meta_free(struct my_meta *meta, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(meta[i].name);
	free(meta);
}
