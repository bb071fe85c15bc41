/* ALTER TABLE as binary logs have it, and types as definitions write them. */
#include <stdio.h>
#include <stdlib.h>

#include "sqlalter.h"
#include "unit.h"

static const char *text(const char *s)
{
	return s ? s : "-";
}

/* " or replace (NAME TYPE [not null], …; [primary|unique] key NAME(COLUMN …)…) REST" */
static void add_created(struct buf *b, const struct sql_alter *a)
{
	const struct table *t = a->table;

	buf_adds(b, a->or_replace ? " or replace" : "");
	buf_adds(b, t ? " (" : "");
	for (size_t i = 0; t && i < t->ncols; i++)
		buf_addf(b, "%s%s %s%s%s%s", i ? ", " : "", t->col[i].name, t->col[i].native,
			 t->col[i].not_null ? " not null" : "",
			 t->col[i].generation_expr ? " as " : "",
			 t->col[i].generation_expr ? t->col[i].generation_expr : "");
	for (size_t i = 0; t && i < t->nkeys; i++) {
		const struct key *k = &t->key[i];

		buf_addf(b, "; %s%s(", k->primary ? "" : k->unique ? "unique " : "key ", k->name);
		for (size_t n = 0; n < k->nparts; n++)
			buf_addf(b, "%s%s:%u", n ? " " : "", k->part[n].column, k->part[n].prefix);
		buf_addc(b, ')');
	}
	buf_adds(b, t ? ")" : "");
	buf_adds(b, a->left_out ? " left out" : "");
	buf_addf(b, " [%s]", text(a->body));
}

/* The statement in short: "alter [schema.]table: add NAME TYPE [not null] [default X], …". */
static void add_short(struct buf *b, const char *sql)
{
	static const char *const kinds[] = {"add", "drop", "rename", "change", "rest"};
	static const char *const statements[] = {"alter", "create table", "drop table",
						 "rename table", "no rows", "unknown"};
	struct sql_alter a;

	sqlalter_parse(&a, sql);
	buf_adds(b, statements[a.kind]);
	for (size_t i = 0; i < a.nnames; i++)
		assert_non_null(a.name[i].table);
	for (size_t i = 0; i < a.nnames && a.kind < STATEMENT_NO_ROWS; i++)
		buf_addf(b, " %s.%s", text(a.name[i].schema), a.name[i].table);
	if (a.kind == STATEMENT_ALTER)
		buf_addc(b, ':');
	if (a.kind == STATEMENT_CREATE_TABLE)
		add_created(b, &a);
	for (size_t i = 0; a.kind == STATEMENT_ALTER && i < a.n; i++) {
		const struct alter_action *act = &a.action[i];

		buf_addf(b, "%s %s", i ? "," : "", kinds[act->kind]);
		if (act->name)
			buf_addf(b, " <%s>", act->name);
		if (act->new_name)
			buf_addf(b, " to <%s>", act->new_name);
		if (act->def.name)
			buf_addf(b, " <%s> %s%s", act->def.name, act->def.native,
				 act->def.not_null ? " not null" : "");
		if (act->def.default_expr)
			buf_addf(b, " default %s", act->def.default_expr);
	}
	sqlalter_free(&a);
}

static void is(const char *sql, const char *want)
{
	struct buf b = BUF_INIT;

	add_short(&b, sql);
	assert_string_equal(buf_cstr(&b), want);
	buf_free(&b);
}

static void statements(void **state)
{
	(void)state;
	is("ALTER TABLE t ADD COLUMN a INT", "alter -.t: add <a> int");
	is("alter table `s``x`.`T` add (a int unsigned not null, B varchar(20) default 'x,y')",
	   "alter s`x.T: add <a> int unsigned not null, add <B> varchar(20) default 'x,y'");
	is("ALTER TABLE t /* ; DROP TABLE x */ DROP a, DROP COLUMN `b c` -- end",
	   "alter -.t: drop <a>, drop <b c>");
	is("ALTER TABLE t RENAME COLUMN a TO B", "alter -.t: rename <a> to <B>");
	is("ALTER TABLE t CHANGE a b DECIMAL(10,2) NOT NULL DEFAULT -1.5 AFTER c",
	   "alter -.t: change <a> <b> decimal(10,2) not null default -1.5");
	is("ALTER TABLE t MODIFY a enum('x','it''s') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL",
	   "alter -.t: change <a> <a> enum('x','it''s')");
	is("ALTER TABLE t ADD a datetime(3) DEFAULT current_timestamp(3) ON UPDATE "
	   "current_timestamp(3) COMMENT 'it''s, (so)' FIRST, ADD KEY k (a, b(10)), ENGINE=InnoDB",
	   "alter -.t: add <a> datetime(3) default current_timestamp(3), rest, rest");
	is("ALTER TABLE t ADD INDEX (a), ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (b)",
	   "alter -.t: rest, rest");
	is("ALTER TABLE IF EXISTS t ADD COLUMN IF NOT EXISTS ok BOOLEAN DEFAULT NULL",
	   "alter -.t: add <ok> tinyint(1)");
}

static void refused(void **state)
{
	(void)state;
	is("ALTER TABLE t RENAME TO u, RENAME TO v", "unknown");
	is("ALTER TABLE t ADD a varchar(9) CHARACTER SET binary", "unknown");
	is("ALTER TABLE t CONVERT TO CHARACTER SET latin1", "unknown");
	is("ALTER TABLE t ADD a int; DROP TABLE t", "unknown");
	is("ALTER TABLE t ADD a int) , DROP b", "unknown");
	is("ALTER TABLE t ADD a int DEFAULT (1", "unknown");
	is("ALTER TABLE t ADD 'a' int", "unknown");
	is("ALTER TABLE", "unknown");
	is("", "unknown");
	is("CREATE TABLE t", "unknown");
	is("CREATE TABLE t (a int", "unknown");
	is("CREATE TABLE t (a int) SELECT 1", "unknown");
	is("CREATE TABLE t AS SELECT 1", "unknown");
	is("DROP TABLE t; DROP TABLE u", "unknown");
	is("RENAME TABLE t", "unknown");
	is("RENAME TABLE t TO u, v", "unknown");
	is("RENAME TABLE t TO u.", "unknown");
	/* rows go, which no event tells */
	is("ALTER TABLE t DROP PARTITION p0", "unknown");
	is("ALTER TABLE t ADD a int, DROP PARTITION IF EXISTS p0", "unknown");
	is("ALTER TABLE t TRUNCATE PARTITION p0", "unknown");
	is("ALTER IGNORE TABLE t ADD UNIQUE (a)", "unknown");
	is("ALTER TABLE t ADD PARTITION (PARTITION p1 VALUES LESS THAN (2))", "alter -.t: rest");
	is("ALTER TABLE t DROP `partition`", "alter -.t: drop <partition>");
	/* no names where names must be: of MySQL, or as other sql_modes have them */
	is("DROP TABLE 5", "unknown");
	is("DROP TABLE a, \"b\"", "unknown");
	is("DROP TABLE a.", "unknown");
	is("DROP TABLE ``", "unknown");
	is("ALTER TABLE \"t\" ADD a int", "unknown");
	is("CREATE TABLE 2t (a int)", "unknown");
	is("CREATE TABLE t LIKE 'u'", "unknown");
	is("CREATE UNIQUE INDEX i ON t (a)", "no rows");
	is("CREATE TEMPORARY TABLE t (a int)", "no rows");
	is("DROP TEMPORARY TABLE IF EXISTS t", "no rows");
}

static void tables(void **state)
{
	(void)state;
	is("ALTER TABLE s.t ADD a int, RENAME AS `u v`", "alter s.t -.u v: add <a> int");
	is("ALTER TABLE t RENAME = u", "alter -.t -.u:");
	is("DROP TABLE IF EXISTS `a`.`b c`, d /* generated by server */",
	   "drop table a.b c -.d");
	is("drop tables a wait 5 cascade", "drop table -.a");
	is("RENAME TABLE t TO `t old`, s.n NOWAIT TO s.t", "rename table -.t -.t old s.n s.t");
	is("CREATE TABLE t LIKE s.u", "create table -.t s.u [-]");
	is("CREATE TABLE t (LIKE u);", "create table -.t -.u [-]");
	is("CREATE OR REPLACE TABLE t (a int)", "create table -.t or replace (a int) [(a int)]");
}

static void created(void **state)
{
	(void)state;
	is("CREATE TABLE IF NOT EXISTS `t` (`id` bigint unsigned NOT NULL AUTO_INCREMENT, "
	   "Name varchar(20) COLLATE utf8mb4_bin DEFAULT 'a)b', period date, "
	   "PRIMARY KEY (`ID`) USING BTREE, UNIQUE KEY `u` (Name(5),id DESC) COMMENT 'x', "
	   "KEY (period)) ENGINE=InnoDB COMMENT='(x'",
	   "create table -.t (id bigint unsigned not null, Name varchar(20), period date; "
	   "PRIMARY(id:0); unique u(Name:5 id:0); key period(period:0)) "
	   "[(`id` bigint unsigned NOT NULL AUTO_INCREMENT, "
	   "Name varchar(20) COLLATE utf8mb4_bin DEFAULT 'a)b', period date, "
	   "PRIMARY KEY (`ID`) USING BTREE, UNIQUE KEY `u` (Name(5),id DESC) COMMENT 'x', "
	   "KEY (period)) ENGINE=InnoDB COMMENT='(x']");
	is("CREATE TABLE t (a int PRIMARY KEY, b int AS (a + (1)) STORED UNIQUE, "
	   "c int GENERATED ALWAYS AS (a) VIRTUAL, CONSTRAINT k UNIQUE (a, b), "
	   "CONSTRAINT f FOREIGN KEY (a) REFERENCES u (x) ON DELETE CASCADE, CHECK (a > 0)) "
	   "START TRANSACTION",
	   "create table -.t (a int not null, b int as a + (1), c int as a; PRIMARY(a:0); "
	   "unique b(b:0); unique a(a:0 b:0)) left out "
	   "[(a int PRIMARY KEY, b int AS (a + (1)) STORED UNIQUE, "
	   "c int GENERATED ALWAYS AS (a) VIRTUAL, CONSTRAINT k UNIQUE (a, b), "
	   "CONSTRAINT f FOREIGN KEY (a) REFERENCES u (x) ON DELETE CASCADE, CHECK (a > 0)) ]");
	is("CREATE TABLE t (a int CHECK (a > 0))",
	   "create table -.t (a int) left out [(a int CHECK (a > 0))]");
	is("CREATE TABLE t (a int /*!80023 INVISIBLE */) /*!50100 PARTITION BY HASH (a) */",
	   "create table -.t (a int) left out [(a int   INVISIBLE  )   PARTITION BY HASH (a)]");
	/* operators that no expression of ours has */
	is("ALTER TABLE t ADD a int AS (b & 1), ADD c int CHECK (c ^ 1 > (2 | d))",
	   "alter -.t: add <a> int, add <c> int");
	is("CREATE TABLE t (a json, b int AS (a->>'$.b)' & @x) VIRTUAL)",
	   "create table -.t (a json, b int as a->>'$.b)' & @x) "
	   "[(a json, b int AS (a->>'$.b)' & @x) VIRTUAL)]");
	is("ALTER TABLE t ADD a int AS (b & '1", "unknown");
	/* bodies that another engine cannot have */
	is("CREATE TABLE t (a nonsense)", "create table -.t [(a nonsense)]");
	is("CREATE TABLE t (a int, KEY (b))", "create table -.t [(a int, KEY (b))]");
	is("CREATE TABLE t (a int, KEY ((a + 1)))", "create table -.t [(a int, KEY ((a + 1)))]");
}

static void type_is(enum engine engine, const char *sql, enum logical lt, int bits,
		    uint64_t length, int precision, int scale)
{
	struct coltype t;
	char *native = NULL;

	assert_int_equal(sqltype_parse(engine, sql, &t, &native), 0);
	assert_int_equal(t.lt, lt);
	assert_int_equal(t.bits, bits);
	assert_int_equal(t.length, length);
	assert_int_equal(t.precision, precision);
	assert_int_equal(t.scale, scale);
	free(native);
}

static void types(void **state)
{
	struct coltype t;
	char *native;

	(void)state;
	type_is(ENGINE_POSTGRES, "character varying(20)", LT_TEXT, 0, 20, -1, -1);
	type_is(ENGINE_POSTGRES, "timestamp(3) with time zone", LT_TIMESTAMPTZ, 0, 0, 3, -1);
	type_is(ENGINE_POSTGRES, "numeric(10,2)", LT_DECIMAL, 0, 0, 10, 2);
	type_is(ENGINE_POSTGRES, "integer[]", LT_ARRAY, 0, 0, -1, -1);
	type_is(ENGINE_POSTGRES, "public.\"My Type\"", LT_OTHER, 0, 0, -1, -1);
	type_is(ENGINE_MYSQL, "bigint(20) unsigned", LT_INT, 64, 0, -1, -1);
	type_is(ENGINE_MYSQL, "decimal", LT_DECIMAL, 0, 0, 10, 0);
	type_is(ENGINE_MYSQL, "char", LT_TEXT, 0, 1, -1, -1);
	type_is(ENGINE_MYSQL, "double precision", LT_FLOAT, 64, 0, -1, -1);
	assert_int_equal(sqltype_parse(ENGINE_POSTGRES, "int; DROP TABLE x", &t, &native), -1);
	assert_int_equal(sqltype_parse(ENGINE_POSTGRES, "int) x", &t, &native), -1);
	assert_int_equal(sqltype_parse(ENGINE_MYSQL, "", &t, &native), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements),
		cmocka_unit_test(refused),
		cmocka_unit_test(tables),
		cmocka_unit_test(created),
		cmocka_unit_test(types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
