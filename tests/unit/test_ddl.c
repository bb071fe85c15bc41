/* The mapping of types, the translation of expressions and defaults, and DDL. */
#include "unit.h"

#include <stdlib.h>

#include "ddl.h"
#include "err.h"
#include "sqlexpr.h"

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

/* ---- Expressions ---- */

#define COLUMN(n, l, ...) {.name = n, .native = "?", .type = {.name = "?", .lt = l, __VA_ARGS__}}

static struct column expr_columns[] = {
	COLUMN("a", LT_INT, .bits = 32), COLUMN("b", LT_INT, .bits = 8),
	COLUMN("x", LT_DECIMAL, .precision = 10, .scale = 2), COLUMN("f", LT_FLOAT, .bits = 64),
	COLUMN("s", LT_TEXT, .length = 10), COLUMN("flag", LT_BOOL, .bits = 0),
	COLUMN("d", LT_DATE, .precision = -1), COLUMN("ts", LT_TIMESTAMP, .precision = 6),
	COLUMN("tz", LT_TIMESTAMPTZ, .precision = 6), COLUMN("j", LT_JSON, .precision = -1),
};

struct expr_case {
	const char *from, *to; /* to: NULL if it is refused */
};

static const struct expr_case mysql_checks[] = {
	{"`a` > 0 and `x` >= 0", "((\"a\" > 0) AND (\"x\" >= 0))"},
	{"(`a` <> 1) or not `b`", "((\"a\" <> 1) OR (NOT (\"b\" <> 0)))"},
	{"`s` in (_utf8mb4'x',_utf8mb4'it\\'s')", "(\"s\" IN ('x', 'it''s'))"},
	{"(`s` in (_utf8mb4\\'x\\',_utf8mb4\\'y\\'))", "(\"s\" IN ('x', 'y'))"},
	{"`s` like 'A\\_%' and `s` not like \"z\"", "((\"s\" LIKE 'A\\_%') AND (NOT (\"s\" LIKE "
						    "'z')))"},
	{"`a` between 1 and 10 and `b` not between 2 and 3", "((\"a\" BETWEEN 1 AND 10) AND (\"b\" "
							     "NOT BETWEEN 2 AND 3))"},
	{"`a` is null or `b` is not null", "((\"a\" IS NULL) OR (\"b\" IS NOT NULL))"},
	{"`j` is not null", "(\"j\" IS NOT NULL)"},
	{"`a` <=> `b`", "(\"a\" IS NOT DISTINCT FROM \"b\")"},
	{"length(`s`) > 3 and char_length(`s`) < 9", "((octet_length(\"s\") > 3) AND "
						     "(char_length(\"s\") < 9))"},
	{"if(`a` > 1,`b`,0) = 2", "(CASE WHEN (\"a\" > 1) THEN \"b\" ELSE 0 END = 2)"},
	{"case `a` when 1 then `b` > 2 else 1 end", "(CASE WHEN (\"a\" = 1) THEN ((\"b\" > "
						    "2))::integer ELSE 1 END <> 0)"},
	{"`a` % 10 = 1", "((\"a\" % 10) = 1)"},
	{"-`a` < - 5 + 2 * 3", "((-\"a\") < ((-5) + (2 * 3)))"},
	{"`d` >= '2000-01-01'", "(\"d\" >= '2000-01-01')"},
	{"year(`d`) > 2000", "((EXTRACT(year FROM \"d\")::integer) > 2000)"},
	{"`a` > '5'", "(\"a\" > 5)"},
	{"json_valid(`j`)", NULL},
	{"`a` / 2 > 1", NULL},
	{"`a` DIV 2 > 1", NULL},
	{"`a` % `b` = 1", NULL},
	{"`s` regexp '^A'", NULL},
	{"`s` || 'x' = 'y'", NULL},
	{"`s` > 5", NULL},
	{"`a` > 'abc'", NULL},
	{"`tz` > '2000-01-01'", NULL},
	{"`nosuch` > 1", NULL},
	{"json_extract(`j`,'$.a') = 1", NULL},
	{"`a` ^ 2 > 1", NULL},
	{"`a` > (select 1)", NULL},
	{"`s` collate utf8mb4_bin = 'a'", NULL},
	{"`a` > 1 garbage", NULL},
	{"'unclosed", NULL},
	{"((((", NULL},
	{"", NULL},
};

static const struct expr_case postgres_checks[] = {
	{"(a > 0) AND (x >= (0)::numeric)", "((`a` > 0) AND (`x` >= 0))"},
	{"(s)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[])",
	 "(`s` IN ('a', 'it''s'))"},
	{"s <> ALL (ARRAY['a\\b'::text])", "(`s` NOT IN ('a\\\\b'))"},
	{"(s ~~ 'A%'::text) AND (s !~~ 'z'::text)", "((`s` LIKE 'A%') AND (NOT (`s` LIKE 'z')))"},
	{"flag OR (NOT (flag IS TRUE))", "(`flag` OR (NOT (`flag` IS TRUE)))"},
	{"flag = true", "(`flag` = true)"},
	{"a > '-10'::integer", "(`a` > -10)"},
	{"a IS DISTINCT FROM b", "(NOT (`a` <=> `b`))"},
	{"\"substring\"(s, 1, 2) = 'ab'::text", "(substring(`s`, 1, 2) = 'ab')"},
	{"SUBSTRING(s FROM 1 FOR 2) = 'ab'::text", "(substring(`s`, 1, 2) = 'ab')"},
	{"TRIM(BOTH FROM s) = s", "(trim(`s`) = `s`)"},
	{"length(s) > 1", "(char_length(`s`) > 1)"},
	{"EXTRACT(year FROM d) > (2000)::numeric", "(EXTRACT(year FROM `d`) > 2000)"},
	{"((s || ' '::text) || s) <> ''::text", "(concat(concat(`s`, ' '), `s`) <> '')"},
	{"s ~ '^a'::text", NULL},
	{"s ~~* 'a'::text", NULL},
	{"(j ->> 'a'::text) = 'b'::text", NULL},
	{"a = ANY (ARRAY[b, 1])", "(`a` IN (`b`, 1))"},
	{"(a / 2) > 1", NULL},
	{"(x)::integer > 1", NULL},
	{"(s)::character(1) = 'a'::bpchar", NULL},
	{"(d)::timestamp without time zone > now()", NULL},
	{"concat(s, s) = 'a'::text", NULL},
	{"s = ('a'::text COLLATE \"C\")", NULL},
};

static void run_checks(enum engine from, const struct expr_case *cases, size_t n)
{
	enum engine to = from == ENGINE_MYSQL ? ENGINE_POSTGRES : ENGINE_MYSQL;
	struct target_type types[COUNT(expr_columns)];
	struct table t = {.engine = from, .name = "t", .col = expr_columns,
			  .ncols = COUNT(expr_columns)};
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < COUNT(expr_columns); i++)
		types[i] = (struct target_type){.lt = expr_columns[i].type.lt == LT_BOOL
							      ? LT_INT
							      : expr_columns[i].type.lt};
	for (size_t i = 0; i < n; i++) {
		struct expr_env env = {.from = from, .to = to, .table = &t, .types = types};
		struct expr x;
		int status = expr_parse(&x, from, cases[i].from);

		if (status == 0) {
			status = expr_write(&b, &env, x.root, USE_CHECK, NULL);
			expr_free(&x);
		}
		assert_int_equal(status, cases[i].to ? 0 : -1);
		assert_buf(&b, cases[i].to ? cases[i].to : "");
	}
	buf_free(&b);
}

static void test_expressions(void **state)
{
	(void)state;
	run_checks(ENGINE_MYSQL, mysql_checks, COUNT(mysql_checks));
	run_checks(ENGINE_POSTGRES, postgres_checks, COUNT(postgres_checks));
}

/* Deeply nested and cut texts end in a refusal, not in a crash. */
static void test_expression_limits(void **state)
{
	static const char text[] = "case when `a` in (1,2) then cast(x'41' as char) else (1 + "
				   "-b'01') end";
	struct buf b = BUF_INIT;
	struct expr x;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, '(');
	assert_int_equal(expr_parse(&x, ENGINE_MYSQL, buf_cstr(&b)), -1);
	for (size_t n = 0; n < sizeof text; n++)
		for (int engine = 0; engine < 2; engine++) {
			buf_reset(&b);
			buf_add(&b, text, n);
			if (expr_parse(&x, (enum engine)engine, buf_cstr(&b)) == 0)
				expr_free(&x);
		}
	buf_free(&b);
}

/* ---- Defaults ---- */

static const struct {
	enum engine from;
	struct coltype type;
	const char *expr;
	struct {
		enum logical lt;
		const char *text;
		int precision;
		uint64_t length;
		bool fixed;
	} to;
	const char *want; /* NULL: refused; "": none */
} default_cases[] = {
#define M ENGINE_MYSQL
#define P ENGINE_POSTGRES
	{M, {.lt = LT_INT}, "5", {.lt = LT_INT, .text = "integer"}, "5"},
	{M, {.lt = LT_INT}, "-5", {.lt = LT_INT, .text = "integer"}, "-5"},
	{M, {.lt = LT_INT}, "'5'", {.lt = LT_INT, .text = "integer"}, "5"},
	{M, {.lt = LT_INT}, "1", {.lt = LT_BOOL, .text = "boolean"}, "true"},
	{M, {.lt = LT_INT}, "2", {.lt = LT_BOOL, .text = "boolean"}, NULL},
	{M, {.lt = LT_INT}, "NULL", {.lt = LT_INT, .text = "integer"}, ""},
	{M, {.lt = LT_INT}, "(1 + 2)", {.lt = LT_INT, .text = "integer"}, "((1 + 2))"},
	{M, {.lt = LT_BITS}, "b'0'", {.lt = LT_BOOL, .text = "boolean"}, "false"},
	{M,
	 {.lt = LT_BITS},
	 "b'101'",
	 {.lt = LT_BITS, .text = "bit(5)", .length = 5, .fixed = true},
	 "B'00101'"},
	{M,
	 {.lt = LT_TEXT},
	 "'O\\'Brien ''x'' \\\\'",
	 {.lt = LT_TEXT, .text = "text"},
	 "'O''Brien ''x'' \\'"},
	{M, {.lt = LT_TEXT}, "''", {.lt = LT_TEXT, .text = "text"}, "''"},
	{M, {.lt = LT_TEXT}, "_utf8mb4'x'", {.lt = LT_TEXT, .text = "text"}, "'x'"},
	{M, {.lt = LT_TEXT}, "upper('x')", {.lt = LT_TEXT, .text = "text"}, "(upper('x'))"},
	{M, {.lt = LT_TEXT}, "database()", {.lt = LT_TEXT, .text = "text"}, NULL},
	{M,
	 {.lt = LT_BYTES, .fixed = true, .length = 4},
	 "'ab'",
	 {.lt = LT_BYTES, .text = "bytea"},
	 "'\\x61620000'"},
	{M, {.lt = LT_BYTES}, "0x00ff", {.lt = LT_BYTES, .text = "bytea"}, "'\\x00ff'"},
	{M, {.lt = LT_DATE}, "'2000-01-02'", {.lt = LT_DATE, .text = "date"}, "'2000-01-02'"},
	{M, {.lt = LT_DATE}, "'0000-00-00'", {.lt = LT_DATE, .text = "date"}, NULL},
	{M,
	 {.lt = LT_TIMESTAMP},
	 "'0000-00-00 00:00:00'",
	 {.lt = LT_TIMESTAMP, .text = "timestamp"},
	 NULL},
	{M,
	 {.lt = LT_TIMESTAMPTZ},
	 "'2020-01-01 00:00:00'",
	 {.lt = LT_TIMESTAMPTZ, .text = "timestamptz"},
	 "'2020-01-01 00:00:00+00'"},
	{M,
	 {.lt = LT_TIMESTAMPTZ},
	 "'2020-01-01 00:00:00'",
	 {.lt = LT_TIMESTAMP, .text = "timestamp"},
	 "'2020-01-01 00:00:00'"},
	{M,
	 {.lt = LT_TIMESTAMP},
	 "current_timestamp(3)",
	 {.lt = LT_TIMESTAMP, .text = "timestamp(3)", .precision = 3},
	 "CURRENT_TIMESTAMP(3)"},
	{M,
	 {.lt = LT_TIMESTAMP},
	 "CURRENT_TIMESTAMP",
	 {.lt = LT_TIMESTAMP, .text = "timestamp(0)", .precision = 0},
	 "CURRENT_TIMESTAMP"},
	{M, {.lt = LT_DATE}, "(curdate())", {.lt = LT_DATE, .text = "date"}, "CURRENT_DATE"},
	{M, {.lt = LT_TEXT}, "(uuid())", {.lt = LT_TEXT, .text = "char(36)"}, "gen_random_uuid()"},
	{M,
	 {.lt = LT_DURATION},
	 "'838:59:59'",
	 {.lt = LT_INTERVAL, .text = "interval(0)"},
	 "'838:59:59'"},
	{M, {.lt = LT_JSON}, "'{}'", {.lt = LT_JSON, .text = "jsonb"}, "'{}'"},

	{P,
	 {.lt = LT_TEXT, .oid = 1},
	 "'x\\y'::text",
	 {.lt = LT_TEXT, .text = "LONGTEXT"},
	 "('x\\\\y')"},
	{P,
	 {.lt = LT_TEXT, .oid = 1},
	 "E'a\\nb'::text",
	 {.lt = LT_TEXT, .text = "VARCHAR(9)"},
	 "'a\nb'"},
	{P, {.lt = LT_INT, .oid = 1}, "'-5'::integer", {.lt = LT_INT, .text = "INT"}, "-5"},
	{P, {.lt = LT_BOOL, .oid = 1}, "true", {.lt = LT_INT, .text = "TINYINT(1)"}, "1"},
	{P,
	 {.lt = LT_FLOAT, .oid = 1},
	 "'NaN'::double precision",
	 {.lt = LT_FLOAT, .text = "DOUBLE"},
	 NULL},
	{P,
	 {.lt = LT_TEXT, .oid = 1},
	 "NULL::character varying",
	 {.lt = LT_TEXT, .text = "TEXT"},
	 ""},
	{P,
	 {.lt = LT_BITS, .oid = 1},
	 "'101'::\"bit\"",
	 {.lt = LT_BITS, .text = "BIT(3)", .length = 3, .fixed = true},
	 "b'101'"},
	{P,
	 {.lt = LT_BYTES, .oid = 1},
	 "'\\x0102'::bytea",
	 {.lt = LT_BYTES, .text = "LONGBLOB"},
	 "(x'0102')"},
	{P,
	 {.lt = LT_TIMESTAMP, .oid = 1},
	 "now()",
	 {.lt = LT_TIMESTAMP, .text = "DATETIME(6)", .precision = 6},
	 "CURRENT_TIMESTAMP(6)"},
	{P,
	 {.lt = LT_TIMESTAMP, .oid = 1},
	 "'infinity'::timestamp without time zone",
	 {.lt = LT_TIMESTAMP, .text = "DATETIME(6)", .precision = 6},
	 NULL},
	{P,
	 {.lt = LT_TIMESTAMPTZ, .oid = 1},
	 "'2020-01-01 00:00:00+00'::timestamp with time zone",
	 {.lt = LT_TIMESTAMPTZ, .text = "TIMESTAMP(6)", .precision = 6},
	 "'2020-01-01 00:00:00'"},
	{P,
	 {.lt = LT_INTERVAL, .oid = 1},
	 "'1 day'::interval",
	 {.lt = LT_DURATION, .text = "TIME(6)"},
	 NULL},
	{P,
	 {.lt = LT_UUID, .oid = 1},
	 "gen_random_uuid()",
	 {.lt = LT_UUID, .text = "CHAR(36)"},
	 "(uuid())"},
	{P, {.lt = LT_ENUM, .oid = 1}, "'it''s'::mood", {.lt = LT_ENUM, .text = "ENUM"}, "'it''s'"},
	{P,
	 {.lt = LT_ARRAY, .oid = 1},
	 "'{}'::text[]",
	 {.lt = LT_TEXT, .text = "LONGTEXT"},
	 "('{}')"},
	{P,
	 {.lt = LT_INT, .oid = 1},
	 "nextval('s'::regclass)",
	 {.lt = LT_INT, .text = "INT"},
	 NULL},
	{P, {.lt = LT_FLOAT, .oid = 1}, "random()", {.lt = LT_FLOAT, .text = "DOUBLE"}, NULL},
};

static void test_defaults(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(default_cases); i++) {
		struct column c = {.name = "c", .type = default_cases[i].type,
				   .default_expr = (char *)default_cases[i].expr};
		struct target_type t = {.lt = default_cases[i].to.lt,
					.precision = default_cases[i].to.precision,
					.length = default_cases[i].to.length,
					.fixed = default_cases[i].to.fixed};
		const char *want = default_cases[i].want, *why = NULL;
		enum engine from = default_cases[i].from;
		int status;

		buf_adds(&t.text, default_cases[i].to.text);
		status = expr_write_default(&b, from, from == M ? P : M, &c, &t, &why);
		assert_int_equal(status, !want ? -1 : *want ? 1 : 0);
		assert_buf(&b, want ? want : "");
		if (status < 0)
			assert_non_null(why);
		buf_free(&t.text);
	}
	buf_free(&b);
}

/* ---- DDL ---- */

static void gather(void *ctx, const char *text)
{
	buf_addf(ctx, "%s\n", text);
}

static char *list_id[] = {"id", NULL}, *list_cid[] = {"customer id", NULL};
static char *labels[] = {"new", "it's", NULL};
static struct column my_columns[] = {
	{.name = "id",
	 .native = "int(11)",
	 .type = {.name = "int", .lt = LT_INT, .bits = 32},
	 .not_null = true,
	 .identity = IDENTITY_AUTO_INCREMENT},
	{.name = "customer id",
	 .native = "int(11)",
	 .type = {.name = "int", .lt = LT_INT, .bits = 32}},
	{.name = "q\"t",
	 .native = "varchar(9)",
	 .collation = "utf8mb4_general_ci",
	 .charset = "utf8mb4",
	 .type = {.name = "varchar", .lt = LT_TEXT, .length = 9},
	 .default_expr = "'x'",
	 .comment = "it's"},
	{.name = "status",
	 .native = "enum('new','it''s')",
	 .not_null = true,
	 .type = {.name = "enum", .lt = LT_ENUM, .labels = labels},
	 .default_expr = "'new'"},
	{.name = "up",
	 .native = "varchar(9)",
	 .generated = GEN_VIRTUAL,
	 .type = {.name = "varchar", .lt = LT_TEXT, .length = 9},
	 .generation_expr = "ucase(`q\"t`)"},
};
static struct key_part part_id = {.column = "id"}, part_q = {.column = "q\"t"},
		       part_prefix = {.column = "q\"t", .prefix = 3};
static struct key my_keys[] = {
	{.name = "PRIMARY", .primary = true, .unique = true, .method = "btree", .part = &part_id,
	 .nparts = 1},
	{.name = "q", .unique = true, .method = "btree", .part = &part_q, .nparts = 1},
	{.name = "p", .method = "btree", .part = &part_prefix, .nparts = 1},
	{.name = "ft", .method = "fulltext", .part = &part_q, .nparts = 1},
};
static struct fkey my_fkey = {.name = "fk", .columns = list_cid, .ref_schema = "shop",
			      .ref_table = "t", .ref_columns = list_id, .on_delete = "CASCADE",
			      .on_update = "NO ACTION"};
static struct check my_check = {.name = "c", .expr = "`id` > 0", .enforced = true};
static struct table my_table = {
	.engine = ENGINE_MYSQL, .schema = "shop", .name = "t", .col = my_columns,
	.ncols = COUNT(my_columns), .key = my_keys, .nkeys = COUNT(my_keys), .fkey = &my_fkey,
	.nfkeys = 1, .check = &my_check, .nchecks = 1, .next_value = 42, .comment = "all",
};

static const char postgres_start[] = "SET client_encoding = 'UTF8';\n"
				     "SET standard_conforming_strings = on;\n"
				     "SET client_min_messages = warning;\n";
static const char postgres_pre[] =
	"\nCREATE TABLE \"t\" (\n"
	"\t\"id\" integer GENERATED BY DEFAULT AS IDENTITY NOT NULL,\n"
	"\t\"customer id\" integer,\n"
	"\t\"q\"\"t\" varchar(9) DEFAULT 'x',\n"
	"\t\"status\" text DEFAULT 'new' NOT NULL,\n"
	"\t\"up\" varchar(9) GENERATED ALWAYS AS (upper(\"q\"\"t\")) STORED\n"
	");\n"
	"COMMENT ON TABLE \"t\" IS 'all';\n"
	"COMMENT ON COLUMN \"t\".\"q\"\"t\" IS 'it''s';\n";
static const char postgres_post[] =
	"ALTER TABLE \"t\" ADD CONSTRAINT \"t_pkey\" PRIMARY KEY (\"id\");\n"
	"ALTER TABLE \"t\" ADD CONSTRAINT \"t_q\" UNIQUE (\"q\"\"t\");\n"
	"CREATE INDEX \"t_p\" ON \"t\" USING btree (left(\"q\"\"t\", 3));\n"
	"ALTER TABLE \"t\" ADD CONSTRAINT \"t_status_check\" CHECK (\"status\" IN ('new', "
	"'it''s'));\n"
	"ALTER TABLE \"t\" ADD CONSTRAINT \"c\" CHECK ((\"id\" > 0));\n"
	"SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('\"t\"', 'id'), v::bigint) "
	"FROM (SELECT greatest(41, max(\"id\")) AS v FROM \"t\") AS s WHERE v > 0;\n"
	"ALTER TABLE \"t\" ADD CONSTRAINT \"fk\" FOREIGN KEY (\"customer id\") "
	"REFERENCES \"t\" (\"id\") ON DELETE CASCADE;\n";
static const char postgres_warnings[] =
	"shop.t: index q: column q\"t was unique regardless of case, PostgreSQL compares exactly\n"
	"shop.t: index p: of the first 3 characters of column q\"t, it becomes an index of an "
	"expression\n"
	"shop.t: index ft is left out: fulltext, which has no equal in PostgreSQL (see gin and "
	"to_tsvector)\n";

/* Each section by itself. */
static void write_all(enum engine to, const char *home, struct buf *pre, struct buf *post,
		      struct buf *warnings)
{
	struct typemap map = {.from = ENGINE_MYSQL, .to = to};
	struct ddl_options options = {.home = home, .warning = gather, .ctx = warnings};
	struct table *tables[] = {&my_table};
	struct err e = ERR_INIT;
	struct ddl *d = ddl_new(&options, &map, tables, 1, &e);

	assert_non_null(d);
	ddl_pre_data(d, pre);
	ddl_free(d);
	d = ddl_new(&options, &map, tables, 1, &e);
	ddl_post_data(d, post);
	ddl_free(d);
	typemap_free(&map);
}

static void test_to_postgres(void **state)
{
	struct buf pre = BUF_INIT, post = BUF_INIT, warnings = BUF_INIT, want = BUF_INIT;

	(void)state;
	write_all(ENGINE_POSTGRES, "shop", &pre, &post, &warnings);
	buf_addf(&want, "%s%s", postgres_start, postgres_pre);
	assert_buf(&pre, buf_cstr(&want));
	buf_reset(&want);
	buf_addf(&want, "%s%s", postgres_start, postgres_post);
	assert_buf(&post, buf_cstr(&want));
	assert_buf(&warnings, postgres_warnings);
	/* In another schema than the home everything is qualified. */
	write_all(ENGINE_POSTGRES, "elsewhere", &pre, &post, &warnings);
	assert_non_null(strstr(buf_cstr(&pre), "CREATE SCHEMA IF NOT EXISTS \"shop\";\n"));
	assert_non_null(strstr(buf_cstr(&pre), "CREATE TABLE \"shop\".\"t\" ("));
	assert_non_null(strstr(buf_cstr(&post), "REFERENCES \"shop\".\"t\" (\"id\")"));
	assert_non_null(strstr(buf_cstr(&post), "pg_get_serial_sequence('\"shop\".\"t\"', 'id')"));
	buf_free(&pre);
	buf_free(&post);
	buf_free(&warnings);
	buf_free(&want);
}

static const char mysql_start[] = "SET NAMES utf8mb4;\nSET SESSION time_zone = '+00:00';\n"
				  "SET SESSION sql_mode = "
				  "'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION'"
				  ";\n";
static const char mysql_pre[] =
	"\nCREATE TABLE `t` (\n"
	"\t`id` int(11) NOT NULL,\n"
	"\t`customer id` int(11),\n"
	"\t`q\"t` varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci DEFAULT 'x' "
	"COMMENT 'it''s',\n"
	"\t`status` enum('new','it''s') NOT NULL DEFAULT 'new',\n"
	"\t`up` varchar(9) GENERATED ALWAYS AS (ucase(`q\"t`)) VIRTUAL\n"
	") ENGINE=InnoDB COMMENT = 'all';\n";
static const char mysql_post[] =
	"\nALTER TABLE `t`\n"
	"\tADD PRIMARY KEY (`id`),\n"
	"\tADD UNIQUE KEY `q` (`q\"t`),\n"
	"\tADD KEY `p` (`q\"t`(3)),\n"
	"\tADD FULLTEXT KEY `ft` (`q\"t`),\n"
	"\tMODIFY COLUMN `id` int(11) NOT NULL AUTO_INCREMENT,\n"
	"\tAUTO_INCREMENT = 42,\n"
	"\tADD CONSTRAINT `c` CHECK (`id` > 0);\n"
	"\nALTER TABLE `t` ADD CONSTRAINT `fk` FOREIGN KEY (`customer id`) REFERENCES `t` (`id`) "
	"ON DELETE CASCADE;\n";

static void test_to_mysql(void **state)
{
	struct buf pre = BUF_INIT, post = BUF_INIT, warnings = BUF_INIT, want = BUF_INIT;

	(void)state;
	write_all(ENGINE_MYSQL, "shop", &pre, &post, &warnings);
	buf_addf(&want, "%s%s", mysql_start, mysql_pre);
	assert_buf(&pre, buf_cstr(&want));
	buf_reset(&want);
	buf_addf(&want, "%s%s", mysql_start, mysql_post);
	assert_buf(&post, buf_cstr(&want));
	assert_buf(&warnings, "");
	buf_free(&pre);
	buf_free(&post);
	buf_free(&warnings);
	buf_free(&want);
}

/* A row of MySQL holds 65,535 bytes and a key 3,072: long columns give way. */
static void test_mysql_limits(void **state)
{
	struct column c[3] = {
		{.name = "k", .native = "text", .type = {.name = "text", .lt = LT_TEXT, .oid = 25}},
		{.name = "v", .native = "character varying(10000)",
		 .type = {.name = "varchar", .lt = LT_TEXT, .oid = 1043, .length = 10000}},
		{.name = "w", .native = "character varying(9000)",
		 .type = {.name = "varchar", .lt = LT_TEXT, .oid = 1043, .length = 9000}},
	};
	struct key_part part = {.column = "k"}, plain = {.column = "w"};
	struct key keys[] = {
		{.name = "u", .unique = true, .method = "btree", .part = &part, .nparts = 1},
		{.name = "i", .method = "btree", .part = &plain, .nparts = 1},
	};
	struct table t = {.engine = ENGINE_POSTGRES, .schema = "public", .name = "t", .col = c,
			  .ncols = 3, .key = keys, .nkeys = 2};
	struct table *tables[] = {&t};
	struct typemap map = {.from = ENGINE_POSTGRES, .to = ENGINE_MYSQL};
	struct buf b = BUF_INIT, warnings = BUF_INIT;
	struct ddl_options options = {.home = "public", .warning = gather, .ctx = &warnings};
	struct err e = ERR_INIT;
	struct ddl *d = ddl_new(&options, &map, tables, 1, &e);

	(void)state;
	ddl_data_types(d, &b);
	assert_non_null(strstr(buf_cstr(&b), "k\ttext\tVARCHAR(768)\t"));
	assert_non_null(strstr(buf_cstr(&b), "v\tcharacter varying(10000)\tTEXT\t"));
	assert_non_null(strstr(buf_cstr(&b), "w\tcharacter varying(9000)\tVARCHAR(9000)\t"));
	buf_reset(&b);
	ddl_post_data(d, &b);
	assert_non_null(strstr(buf_cstr(&b), "ADD UNIQUE KEY `u` (`k`)"));
	assert_non_null(strstr(buf_cstr(&b), "ADD KEY `i` (`w`(768))"));
	ddl_free(d);
	buf_free(&b);
	buf_free(&warnings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_bad_rules),
		cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_expression_limits),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_to_postgres),
		cmocka_unit_test(test_to_mysql),
		cmocka_unit_test(test_mysql_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
