/* The statements by which cdcapply changes rows, in both engines. */
#include <stdlib.h>

#include "mysql_apply.h"
#include "pg_apply.h"
#include "unit.h"

/* id int NOT NULL, n "a""b" text, f float8, g generated; id is the key. */
static struct column columns[] = {
	{.name = (char *)"id", .not_null = true, .native = (char *)"int",
	 .type = {.lt = LT_INT, .name = "int4", .bits = 32, .oid = 23}},
	{.name = (char *)"a\"`b", .native = (char *)"text",
	 .type = {.lt = LT_TEXT, .name = "text", .oid = 25}},
	{.name = (char *)"f", .native = (char *)"float",
	 .type = {.lt = LT_FLOAT, .name = "float8", .bits = 64, .oid = 701, .scale = -1}},
	{.name = (char *)"g", .generated = GEN_STORED, .native = (char *)"int",
	 .type = {.lt = LT_INT, .name = "int4", .bits = 32, .oid = 23}},
};
static const struct column *const col[] = {&columns[0], &columns[1], &columns[2], &columns[3]};
static struct table table = {.schema = (char *)"s", .name = (char *)"t", .col = columns, .ncols = 4};
static const size_t all[] = {0, 1, 2, 3};

static struct target_spec spec(bool whole_row)
{
	return (struct target_spec){&table, col, 4, all, whole_row ? 4 : 1, whole_row};
}

/* ---- PostgreSQL ---- */

static void check_pg(const struct target_spec *s, bool indexed, enum pg_statement_kind kind,
		     const char *expected)
{
	struct db *db = pg_new();
	char *unique[] = {indexed ? (char *)"t_pkey" : NULL, NULL}, *cast[] = {0, 0, 0, 0};
	struct pg_target t = {.pg = (struct pg *)db, .unique = unique, .cast = cast};

	db_target_init(&t.base, &pg_apply_ops, s);
	pg_statement_make(&t, kind);
	assert_string_equal(t.statement[kind].sql, expected);
	free(t.statement[kind].sql);
	free(t.statement[kind].param);
	db_target_destroy(&t.base);
	db->ops->close(db);
}

static void test_pg_rows(void **state)
{
	struct target_spec s = spec(false);

	(void)state;
	check_pg(&s, true, PG_INSERT,
		 "INSERT INTO \"s\".\"t\" (\"id\", \"a\"\"`b\", \"f\") "
		 "OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3)");
	check_pg(&s, true, PG_UPDATE,
		 "UPDATE \"s\".\"t\" AS t SET \"id\" = $1, \"a\"\"`b\" = $2, \"f\" = $3 "
		 "WHERE \"id\" = $4");
	check_pg(&s, true, PG_DELETE, "DELETE FROM \"s\".\"t\" WHERE \"id\" = $1");
	check_pg(&s, true, PG_UPSERT,
		 "INSERT INTO \"s\".\"t\" (\"id\", \"a\"\"`b\", \"f\") "
		 "OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3) ON CONFLICT (\"id\") DO "
		 "UPDATE SET \"a\"\"`b\" = EXCLUDED.\"a\"\"`b\", \"f\" = EXCLUDED.\"f\" "
		 "RETURNING xmax <> 0");
	check_pg(&s, false, PG_UPSERT,
		 "WITH u AS (UPDATE \"s\".\"t\" AS t SET \"a\"\"`b\" = $1, \"f\" = $2 "
		 "WHERE \"id\" = $3 RETURNING true AS same), "
		 "i AS (INSERT INTO \"s\".\"t\" (\"id\", \"a\"\"`b\", \"f\") "
		 "OVERRIDING SYSTEM VALUE SELECT $3, $1, $2 WHERE NOT EXISTS (SELECT FROM u)) "
		 "SELECT pg_catalog.count(*) > 0, pg_catalog.bool_and(same) FROM u");
}

static void test_pg_whole_row(void **state)
{
	struct target_spec s = spec(true);

	(void)state;
	check_pg(&s, false, PG_DELETE,
		 "DELETE FROM \"s\".\"t\" WHERE ctid = (SELECT ctid FROM \"s\".\"t\" WHERE "
		 "\"id\" = $1 AND \"a\"\"`b\" IS NOT DISTINCT FROM $2 AND "
		 "\"f\" IS NOT DISTINCT FROM $3 "
		 "ORDER BY (\"f\"::text IS NOT DISTINCT FROM $3::text) DESC LIMIT 1)");
}

static void test_pg_sets(void **state)
{
	struct target_spec s = spec(false);

	(void)state;
	check_pg(&s, true, PG_DELETE_SET,
		 "DELETE FROM \"s\".\"t\" AS t USING unnest($1) AS s(c1) WHERE t.\"id\" = s.c1");
	check_pg(&s, true, PG_UPSERT_SET,
		 "WITH moved(old) AS (INSERT INTO \"s\".\"t\" (\"id\", \"a\"\"`b\", \"f\") "
		 "OVERRIDING SYSTEM VALUE SELECT s.c1, s.c2, s.c3 "
		 "FROM unnest($1, $2, $3) AS s(c1, c2, c3) ON CONFLICT (\"id\") DO "
		 "UPDATE SET \"a\"\"`b\" = EXCLUDED.\"a\"\"`b\", \"f\" = EXCLUDED.\"f\" "
		 "RETURNING xmax <> 0) "
		 "SELECT pg_catalog.count(*) FILTER (WHERE NOT old), true FROM moved");
}

/* ---- MySQL ---- */

static struct field text(const char *s)
{
	return (struct field){s, s ? strlen(s) : 0};
}

/* The statements of a change, with " ; " between them, or why there are none. */
static void check_my(const struct target_spec *s, enum target_op op, const char *name,
		     const char *expected)
{
	struct db *db = mysql_new();
	struct my_target *t = xcalloc(1, sizeof *t);
	struct field row[] = {text("7"), text(name), text("1.5"), text("0")};
	struct target_row change = {&t->base, op, false, row, row};
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;
	int status = 0;

	db_target_init(&t->base, &my_apply_ops, s);
	t->m = (struct my *)db;
	my_target_prepare(t);
	for (int i = 0; i < my_change_statements(&change) && status == 0; i++) {
		buf_adds(&b, i ? " ; " : "");
		status = my_add_change(t, &b, &change, i, &e);
	}
	assert_string_equal(status < 0 ? e.msg : buf_cstr(&b), expected);
	err_clear(&e);
	buf_free(&b);
	t->base.ops->close(&t->base);
	db->ops->close(db);
}

static void test_my_rows(void **state)
{
	struct target_spec s = spec(false);

	(void)state;
	check_my(&s, TARGET_INSERT, "it's\\\n",
		 "INSERT INTO `s`.`t` (`id`,`a\"``b`,`f`) VALUES (7,'it''s\\\\\\n',1.5e0)");
	check_my(&s, TARGET_UPDATE, NULL,
		 "UPDATE `s`.`t` SET `id`=7,`a\"``b`=NULL,`f`=1.5e0 WHERE `id` = 7");
	check_my(&s, TARGET_DELETE, "x", "DELETE FROM `s`.`t` WHERE `id` = 7");
	check_my(&s, TARGET_UPSERT, "x",
		 "UPDATE `s`.`t` SET `id`=7,`a\"``b`='x',`f`=1.5e0 WHERE `id` = 7 ; "
		 "INSERT INTO `s`.`t` (`id`,`a\"``b`,`f`) SELECT 7,'x',1.5e0 FROM DUAL "
		 "WHERE NOT EXISTS (SELECT 1 FROM `s`.`t` WHERE `id` = 7)");
	check_my(&s, TARGET_INSERT, "\xff", "column a\"`b: \\xff is not UTF-8, for text");
}

static void test_my_whole_row(void **state)
{
	struct target_spec s = spec(true);

	(void)state;
	check_my(&s, TARGET_DELETE, "A'",
		 "DELETE FROM `s`.`t` WHERE `id` <=> 7 AND `a\"``b` <=> 'A''' AND "
		 "CAST(CONVERT(`a\"``b` USING utf8mb4) AS BINARY) <=> _binary'A''' AND "
		 "`f` <=> 1.5e0 LIMIT 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pg_rows),
		cmocka_unit_test(test_pg_whole_row),
		cmocka_unit_test(test_pg_sets),
		cmocka_unit_test(test_my_rows),
		cmocka_unit_test(test_my_whole_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
