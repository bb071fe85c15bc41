#include "type.h"

#include <string.h>

#define KIB 1024ull
#define MYSQL_TINY 255ull
#define MYSQL_SHORT (64 * KIB - 1)
#define MYSQL_MEDIUM (16 * KIB * KIB - 1)
#define MYSQL_LONG (4 * KIB * KIB * KIB - 1)

/*
 * Both engines' type names, as pg_type.typname and MySQL's
 * information_schema.columns.data_type spell them (PostgreSQL manual, chapter
 * "Data Types"; MySQL manual, "Data Type Storage Requirements" for the limits).
 */
static const struct type_name names[] = {
	{ENGINE_POSTGRES, "int2", LT_INT, 16, false, 0},
	{ENGINE_POSTGRES, "int4", LT_INT, 32, false, 0},
	{ENGINE_POSTGRES, "int8", LT_INT, 64, false, 0},
	{ENGINE_POSTGRES, "numeric", LT_DECIMAL, 0, false, 0},
	{ENGINE_POSTGRES, "money", LT_DECIMAL, 0, false, 0},
	{ENGINE_POSTGRES, "float4", LT_FLOAT, 32, false, 0},
	{ENGINE_POSTGRES, "float8", LT_FLOAT, 64, false, 0},
	{ENGINE_POSTGRES, "bool", LT_BOOL, 0, false, 0},
	{ENGINE_POSTGRES, "text", LT_TEXT, 0, false, 0},
	{ENGINE_POSTGRES, "varchar", LT_TEXT, 0, false, 0},
	{ENGINE_POSTGRES, "bpchar", LT_TEXT, 0, true, 0},
	{ENGINE_POSTGRES, "bytea", LT_BYTES, 0, false, 0},
	{ENGINE_POSTGRES, "bit", LT_BITS, 0, true, 0},
	{ENGINE_POSTGRES, "varbit", LT_BITS, 0, false, 0},
	{ENGINE_POSTGRES, "date", LT_DATE, 0, false, 0},
	{ENGINE_POSTGRES, "time", LT_TIME, 0, false, 0},
	{ENGINE_POSTGRES, "timetz", LT_TIMETZ, 0, false, 0},
	{ENGINE_POSTGRES, "timestamp", LT_TIMESTAMP, 0, false, 0},
	{ENGINE_POSTGRES, "timestamptz", LT_TIMESTAMPTZ, 0, false, 0},
	{ENGINE_POSTGRES, "interval", LT_INTERVAL, 0, false, 0},
	{ENGINE_POSTGRES, "uuid", LT_UUID, 0, false, 0},
	{ENGINE_POSTGRES, "inet", LT_INET, 0, false, 0},
	{ENGINE_POSTGRES, "cidr", LT_INET, 0, false, 0},
	{ENGINE_POSTGRES, "json", LT_JSON, 0, false, 0},
	{ENGINE_POSTGRES, "jsonb", LT_JSON, 0, false, 0},
	{ENGINE_POSTGRES, "geometry", LT_GEOMETRY, 0, false, 0},

	{ENGINE_MYSQL, "tinyint", LT_INT, 8, false, 0},
	{ENGINE_MYSQL, "smallint", LT_INT, 16, false, 0},
	{ENGINE_MYSQL, "mediumint", LT_INT, 24, false, 0},
	{ENGINE_MYSQL, "int", LT_INT, 32, false, 0},
	{ENGINE_MYSQL, "bigint", LT_INT, 64, false, 0},
	{ENGINE_MYSQL, "year", LT_YEAR, 0, false, 0},
	{ENGINE_MYSQL, "decimal", LT_DECIMAL, 0, false, 0},
	{ENGINE_MYSQL, "float", LT_FLOAT, 32, false, 0},
	{ENGINE_MYSQL, "double", LT_FLOAT, 64, false, 0},
	{ENGINE_MYSQL, "char", LT_TEXT, 0, true, 0},
	{ENGINE_MYSQL, "varchar", LT_TEXT, 0, false, 0},
	{ENGINE_MYSQL, "tinytext", LT_TEXT, 0, false, MYSQL_TINY},
	{ENGINE_MYSQL, "text", LT_TEXT, 0, false, MYSQL_SHORT},
	{ENGINE_MYSQL, "mediumtext", LT_TEXT, 0, false, MYSQL_MEDIUM},
	{ENGINE_MYSQL, "longtext", LT_TEXT, 0, false, MYSQL_LONG},
	{ENGINE_MYSQL, "binary", LT_BYTES, 0, true, 0},
	{ENGINE_MYSQL, "varbinary", LT_BYTES, 0, false, 0},
	{ENGINE_MYSQL, "tinyblob", LT_BYTES, 0, false, MYSQL_TINY},
	{ENGINE_MYSQL, "blob", LT_BYTES, 0, false, MYSQL_SHORT},
	{ENGINE_MYSQL, "mediumblob", LT_BYTES, 0, false, MYSQL_MEDIUM},
	{ENGINE_MYSQL, "longblob", LT_BYTES, 0, false, MYSQL_LONG},
	{ENGINE_MYSQL, "bit", LT_BITS, 0, true, 0},
	{ENGINE_MYSQL, "date", LT_DATE, 0, false, 0},
	{ENGINE_MYSQL, "time", LT_DURATION, 0, false, 0},
	{ENGINE_MYSQL, "datetime", LT_TIMESTAMP, 0, false, 0},
	{ENGINE_MYSQL, "timestamp", LT_TIMESTAMPTZ, 0, false, 0},
	{ENGINE_MYSQL, "uuid", LT_UUID, 0, false, 0},
	{ENGINE_MYSQL, "inet4", LT_INET, 0, false, 0},
	{ENGINE_MYSQL, "inet6", LT_INET, 0, false, 0},
	{ENGINE_MYSQL, "enum", LT_ENUM, 0, false, 0},
	{ENGINE_MYSQL, "set", LT_SET, 0, false, 0},
	{ENGINE_MYSQL, "json", LT_JSON, 0, false, 0},
	{ENGINE_MYSQL, "geometry", LT_GEOMETRY, 0, false, 0},
	{ENGINE_MYSQL, "point", LT_GEOMETRY, 0, false, 0},
	{ENGINE_MYSQL, "linestring", LT_GEOMETRY, 0, false, 0},
	{ENGINE_MYSQL, "polygon", LT_GEOMETRY, 0, false, 0},
	{ENGINE_MYSQL, "multipoint", LT_GEOMETRY, 0, false, 0},
	{ENGINE_MYSQL, "multilinestring", LT_GEOMETRY, 0, false, 0},
	{ENGINE_MYSQL, "multipolygon", LT_GEOMETRY, 0, false, 0},
	{ENGINE_MYSQL, "geomcollection", LT_GEOMETRY, 0, false, 0},
	{ENGINE_MYSQL, "geometrycollection", LT_GEOMETRY, 0, false, 0},
	{ENGINE_MYSQL, "vector", LT_BYTES, 0, false, 0},
};

static const char *const logical_names[LT_COUNT] = {
	[LT_OTHER] = "other",
	[LT_INT] = "integer",
	[LT_YEAR] = "year",
	[LT_DECIMAL] = "decimal",
	[LT_FLOAT] = "float",
	[LT_BOOL] = "boolean",
	[LT_TEXT] = "text",
	[LT_BYTES] = "bytes",
	[LT_BITS] = "bits",
	[LT_DATE] = "date",
	[LT_TIME] = "time",
	[LT_TIMETZ] = "time with time zone",
	[LT_TIMESTAMP] = "timestamp",
	[LT_TIMESTAMPTZ] = "timestamp with time zone",
	[LT_INTERVAL] = "interval",
	[LT_DURATION] = "duration",
	[LT_UUID] = "uuid",
	[LT_INET] = "inet",
	[LT_ENUM] = "enum",
	[LT_SET] = "set",
	[LT_ARRAY] = "array",
	[LT_RANGE] = "range",
	[LT_JSON] = "json",
	[LT_GEOMETRY] = "geometry",
};

const char *type_logical_name(enum logical lt)
{
	return logical_names[lt];
}

const struct type_name *type_find(enum engine engine, const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].engine == engine && !strcmp(names[i].name, name))
			return &names[i];
	return NULL;
}

enum json_kind type_json_kind(const struct coltype *t)
{
	switch (t->lt) {
	case LT_INT:
	case LT_YEAR:
	case LT_DECIMAL:
	case LT_FLOAT:
		return JSON_NUMBER;
	case LT_BOOL:
		return JSON_BOOL;
	default:
		return JSON_STRING;
	}
}

int64_t type_int_min(const struct coltype *t)
{
	return t->is_unsigned ? 0 : t->bits >= 64 ? INT64_MIN : -(INT64_C(1) << (t->bits - 1));
}

uint64_t type_int_max(const struct coltype *t)
{
	int bits = t->is_unsigned ? t->bits : t->bits - 1;

	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}
