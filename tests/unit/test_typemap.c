/* The mapping of types, and its rules. */
#include "unit.h"

#include "err.h"
#include "typemap.h"

/* Definitions own their strings; those here are literals and never freed. */
#pragma GCC diagnostic ignored "-Wdiscarded-qualifiers"

/* ---- Types ---- */

#define MY(n, l, ...) {ENGINE_MYSQL, {.name = n, .lt = l, __VA_ARGS__}}
#define PG(n, l, ...) {ENGINE_POSTGRES, {.name = n, .lt = l, .oid = 1, __VA_ARGS__}}

static const struct {
	struct {
		enum engine engine;
		struct coltype type;
	} from;
	const char *to;
} type_cases[] = {
	{MY("tinyint", LT_INT, .bits = 8), "smallint"},
	{MY("tinyint", LT_INT, .bits = 8, .is_unsigned = true), "smallint"},
	{MY("smallint", LT_INT, .bits = 16), "smallint"},
	{MY("smallint", LT_INT, .bits = 16, .is_unsigned = true), "integer"},
	{MY("mediumint", LT_INT, .bits = 24), "integer"},
	{MY("mediumint", LT_INT, .bits = 24, .is_unsigned = true), "integer"},
	{MY("int", LT_INT, .bits = 32), "integer"},
	{MY("int", LT_INT, .bits = 32, .is_unsigned = true), "bigint"},
	{MY("bigint", LT_INT, .bits = 64), "bigint"},
	{MY("bigint", LT_INT, .bits = 64, .is_unsigned = true), "numeric(20)"},
	{MY("year", LT_YEAR, .bits = 0), "smallint"},
	{MY("decimal", LT_DECIMAL, .precision = 65, .scale = 30), "numeric(65,30)"},
	{MY("float", LT_FLOAT, .bits = 32), "real"},
	{MY("double", LT_FLOAT, .bits = 64), "double precision"},
	{MY("char", LT_TEXT, .length = 3, .fixed = true), "char(3)"},
	{MY("char", LT_TEXT, .length = 0, .fixed = true), "char(1)"},
	{MY("varchar", LT_TEXT, .length = 190), "varchar(190)"},
	{MY("tinytext", LT_TEXT, .max_bytes = 255), "text"},
	{MY("longtext", LT_TEXT, .max_bytes = 4294967295), "text"},
	{MY("binary", LT_BYTES, .length = 16, .fixed = true), "bytea"},
	{MY("blob", LT_BYTES, .max_bytes = 65535), "bytea"},
	{MY("bit", LT_BITS, .length = 9, .fixed = true), "bit(9)"},
	{MY("date", LT_DATE, .precision = -1), "date"},
	{MY("datetime", LT_TIMESTAMP, .precision = 0), "timestamp(0)"},
	{MY("datetime", LT_TIMESTAMP, .precision = 6), "timestamp(6)"},
	{MY("timestamp", LT_TIMESTAMPTZ, .precision = 3), "timestamptz(3)"},
	{MY("time", LT_DURATION, .precision = 2), "interval(2)"},
	{MY("json", LT_JSON, .binary_json = true), "jsonb"},
	{MY("enum", LT_ENUM, .precision = -1), "text"},
	{MY("set", LT_SET, .precision = -1), "text"},
	{MY("point", LT_GEOMETRY, .srid = 4326), "bytea"},
	{MY("uuid", LT_UUID, .precision = -1), "uuid"},
	{MY("inet6", LT_INET, .precision = -1), "inet"},
	{MY("vector", LT_BYTES, .length = 12), "bytea"},
	{MY("strange", LT_OTHER, .precision = -1), "text"},

	{PG("int2", LT_INT, .bits = 16), "SMALLINT"},
	{PG("int4", LT_INT, .bits = 32), "INT"},
	{PG("int8", LT_INT, .bits = 64), "BIGINT"},
	{PG("oid", LT_INT, .bits = 32, .is_unsigned = true), "INT UNSIGNED"},
	{PG("numeric", LT_DECIMAL, .precision = 12, .scale = 3), "DECIMAL(12,3)"},
	{PG("numeric", LT_DECIMAL, .precision = -1, .scale = -1), "DECIMAL(65,30)"},
	{PG("numeric", LT_DECIMAL, .precision = 5, .scale = -2), "DECIMAL(7,0)"},
	{PG("numeric", LT_DECIMAL, .precision = 2, .scale = 4), "DECIMAL(4,4)"},
	{PG("numeric", LT_DECIMAL, .precision = 1000, .scale = 500), "DECIMAL(65,30)"},
	{PG("money", LT_DECIMAL, .precision = -1), "DECIMAL(19,2)"},
	{PG("float4", LT_FLOAT, .bits = 32), "FLOAT"},
	{PG("float8", LT_FLOAT, .bits = 64), "DOUBLE"},
	{PG("bool", LT_BOOL, .bits = 0), "TINYINT(1)"},
	{PG("text", LT_TEXT, .length = 0), "LONGTEXT"},
	{PG("varchar", LT_TEXT, .length = 16383), "VARCHAR(16383)"},
	{PG("varchar", LT_TEXT, .length = 16384), "LONGTEXT"},
	{PG("bpchar", LT_TEXT, .length = 255, .fixed = true), "CHAR(255)"},
	{PG("bpchar", LT_TEXT, .length = 256, .fixed = true), "VARCHAR(256)"},
	{PG("bytea", LT_BYTES, .length = 0), "LONGBLOB"},
	{PG("bit", LT_BITS, .length = 64, .fixed = true), "BIT(64)"},
	{PG("bit", LT_BITS, .length = 65, .fixed = true), "VARCHAR(65)"},
	{PG("varbit", LT_BITS, .length = 0), "LONGTEXT"},
	{PG("date", LT_DATE, .precision = -1), "DATE"},
	{PG("time", LT_TIME, .precision = -1), "TIME(6)"},
	{PG("timetz", LT_TIMETZ, .precision = -1), "VARCHAR(32)"},
	{PG("timestamp", LT_TIMESTAMP, .precision = 0), "DATETIME(0)"},
	{PG("timestamptz", LT_TIMESTAMPTZ, .precision = -1), "TIMESTAMP(6)"},
	{PG("interval", LT_INTERVAL, .precision = -1), "TIME(6)"},
	{PG("uuid", LT_UUID, .precision = -1), "CHAR(36)"},
	{PG("jsonb", LT_JSON, .binary_json = true), "JSON"},
	{PG("cidr", LT_INET, .precision = -1), "VARCHAR(43)"},
	{PG("mood", LT_ENUM, .precision = -1), "ENUM"},
	{PG("_int4", LT_ARRAY, .precision = -1), "LONGTEXT"},
	{PG("int4range", LT_RANGE, .precision = -1), "LONGTEXT"},
	{PG("geometry", LT_GEOMETRY, .precision = -1), "GEOMETRY"},
};

static void test_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(type_cases); i++) {
		enum engine from = type_cases[i].from.engine;
		struct typemap map = {
			.from = from, .to = from == ENGINE_MYSQL ? ENGINE_POSTGRES : ENGINE_MYSQL};
		struct column c = {.name = "c", .native = "?", .type = type_cases[i].from.type};
		struct table t = {.engine = from, .name = "t", .col = &c, .ncols = 1};
		struct target_type type = {0};

		typemap_column(&map, &t, &c, &type);
		assert_string_equal(buf_cstr(&type.text), type_cases[i].to);
		buf_free(&type.text);
	}
}

/* ---- Rules ---- */

static const struct {
	const char *rules[3];
	const char *native, *name;
	bool is_unsigned;
	const char *to; /* "" where no rule matches */
	enum logical lt;
} rule_cases[] = {
	{{"tinyint(1)=boolean"}, "tinyint(1)", "tinyint", false, "boolean", LT_BOOL},
	{{"tinyint(1)=boolean"}, "tinyint(4)", "tinyint", false, "", LT_OTHER},
	{{"TinyInt=int8"}, "tinyint(4)", "tinyint", false, "int8", LT_INT},
	{{"bigint=text"}, "bigint(20) unsigned", "bigint", true, "", LT_OTHER},
	{{"bigint  Unsigned=bigint"}, "bigint(20) unsigned", "bigint", true, "bigint", LT_INT},
	{{"int unsigned=oid"}, "int(10) unsigned zerofill", "int", true, "oid", LT_OTHER},
	{{"decimal( 10, 2 )=money"}, "decimal(10,2)", "decimal", false, "money", LT_DECIMAL},
	{{"int=text", "int=bigint"}, "int(11)", "int", false, "bigint", LT_INT},
	{{"t.c=bigint", "int=text"}, "int(11)", "int", false, "bigint", LT_INT},
	{{"s.t.c=varchar(5)", "other.t.c=x"}, "int(11)", "int", false, "varchar(5)", LT_TEXT},
	{{"\"t\".`c`=character varying(5)"}, "int", "int", false, "character varying(5)", LT_TEXT},
	{{"u.c=text", "t.d=text"}, "int", "int", false, "", LT_OTHER},
	{{"int=timestamp(3) with time zone"}, "int", "int", false, "timestamp(3) with time zone",
	 LT_TIMESTAMPTZ},
	{{"int=integer[]"}, "int", "int", false, "integer[]", LT_ARRAY},
};

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rule_cases); i++) {
		struct typemap map = {.from = ENGINE_MYSQL, .to = ENGINE_POSTGRES};
		struct column c = {.name = "c", .native = (char *)rule_cases[i].native,
				   .type = {.name = rule_cases[i].name,
					    .is_unsigned = rule_cases[i].is_unsigned}};
		struct table t = {.engine = ENGINE_MYSQL, .schema = "s", .name = "t"};
		struct target_type type = {0};
		struct err e = ERR_INIT;
		bool matched = *rule_cases[i].to != '\0';

		for (size_t r = 0; r < 3 && rule_cases[i].rules[r]; r++)
			assert_int_equal(typemap_add_rule(&map, rule_cases[i].rules[r], &e), 0);
		typemap_column(&map, &t, &c, &type);
		assert_string_equal(buf_cstr(&type.text), matched ? rule_cases[i].to : "text");
		if (matched)
			assert_int_equal(type.lt, rule_cases[i].lt);
		buf_free(&type.text);
		typemap_free(&map);
	}
}

static void test_bad_rules(void **state)
{
	static const char *const bad[] = {
		"", "int", "=int", "int=", "int=a;b", "int=-1", "t.c=a--b"};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct typemap map = {.from = ENGINE_MYSQL, .to = ENGINE_POSTGRES};
		struct err e = ERR_INIT;

		assert_int_equal(typemap_add_rule(&map, bad[i], &e), -1);
		assert_int_equal(e.status, EXIT_BAD);
		err_clear(&e);
		typemap_free(&map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_bad_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
