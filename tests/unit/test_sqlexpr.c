/* The translation of expressions and defaults. */
#include "unit.h"

#include "sqlexpr.h"

/* Definitions own their strings; those here are literals and never freed. */
#pragma GCC diagnostic ignored "-Wdiscarded-qualifiers"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_expression_limits),
		cmocka_unit_test(test_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
