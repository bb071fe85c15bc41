/*
 * Tables from information_schema (MySQL manual, chapter "INFORMATION_SCHEMA
 * Tables"; MariaDB Knowledge Base, "Information Schema Tables").
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_impl.h"

static uint64_t number(const char *s)
{
	return s ? strtoull(s, NULL, 10) : 0;
}

char *my_unescape(const char *s)
{
	struct buf b = BUF_INIT;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		buf_addc(&b, *s);
	}
	return buf_detach(&b);
}

static void add_equals(struct my *m, struct buf *b, const char *column, const char *value)
{
	buf_addf(b, "%s = ", column);
	db_add_literal(&m->db, b, value, strlen(value));
}

void my_add_where_table(struct my *m, struct buf *b, const char *schema_column,
			const char *name_column, const struct table *t)
{
	add_equals(m, b, schema_column, t->schema);
	buf_adds(b, " AND ");
	add_equals(m, b, name_column, t->name);
}

static int read_triggers(struct my *m, struct table *t, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r;
	int status;

	buf_adds(&b, "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE ");
	my_add_where_table(m, &b, "EVENT_OBJECT_SCHEMA", "EVENT_OBJECT_TABLE", t);
	status = my_query(m, buf_cstr(&b), &r, e);
	buf_free(&b);
	if (status < 0)
		return -1;
	t->has_triggers = strcmp(result_get(&r, 0, 0), "0") != 0;
	result_free(&r);
	return 0;
}

/* ---- Finding the table ---- */

/* A hint with names that differ only by case, begin alike, or stand in another database. */
static int not_found(struct my *m, const char *schema, const char *name, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r;
	struct err ignored = ERR_INIT;

	err_set(e, EXIT_BAD, "table %s.%s does not exist", schema, name);
	buf_adds(&b, "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.TABLES"
		     " WHERE (LOWER(TABLE_NAME) = LOWER(");
	db_add_literal(&m->db, &b, name, strlen(name));
	buf_adds(&b, ") OR (TABLE_SCHEMA = ");
	db_add_literal(&m->db, &b, schema, strlen(schema));
	buf_adds(&b, " AND SOUNDEX(TABLE_NAME) = SOUNDEX(");
	db_add_literal(&m->db, &b, name, strlen(name));
	buf_adds(&b, "))) AND TABLE_SCHEMA NOT IN ('mysql', 'information_schema',"
		     " 'performance_schema', 'sys') ORDER BY 1 LIMIT 5");
	if (my_query(m, buf_cstr(&b), &r, &ignored) == 0) {
		buf_reset(&b);
		for (size_t i = 0; i < r.nrows; i++)
			buf_addf(&b, "%s%s", i ? ", " : "", result_get(&r, i, 0));
		if (r.nrows)
			err_hint(e, "there is %s", buf_cstr(&b));
		else
			err_hint(e, "SHOW TABLES lists those that the user may see");
		result_free(&r);
	}
	err_clear(&ignored);
	buf_free(&b);
	return -1;
}

enum { T_SCHEMA, T_NAME, T_TYPE, T_ROWS, T_OPTIONS, T_COMMENT, T_NEXT };

static struct table *make_table(const struct result *r, size_t i)
{
	struct table *t = xcalloc(1, sizeof *t);
	const char *options = result_get(r, i, T_OPTIONS), *comment = result_get(r, i, T_COMMENT);

	t->engine = ENGINE_MYSQL;
	t->schema = result_copy(r, i, T_SCHEMA);
	t->name = result_copy(r, i, T_NAME);
	if (strstr(result_get(r, i, T_TYPE), "VIEW"))
		t->kind = TABLE_VIEW;
	else if (options && strstr(options, "partitioned"))
		t->kind = TABLE_PARTITIONED;
	t->estimated_rows = number(result_get(r, i, T_ROWS));
	t->next_value = number(result_get(r, i, T_NEXT));
	if (comment && *comment && t->kind != TABLE_VIEW)
		t->comment = xstrdup(comment);
	return t;
}

static struct table *find_table(struct my *m, const char *schema, const char *name, struct err *e)
{
	struct table *t = NULL, wanted = {.schema = (char *)schema, .name = (char *)name};
	struct buf b = BUF_INIT;
	struct result r;
	int status;

	buf_adds(&b, "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TABLE_ROWS, CREATE_OPTIONS,"
		     " TABLE_COMMENT, AUTO_INCREMENT FROM information_schema.TABLES WHERE ");
	my_add_where_table(m, &b, "TABLE_SCHEMA", "TABLE_NAME", &wanted);
	status = my_query(m, buf_cstr(&b), &r, e);
	buf_free(&b);
	if (status < 0)
		return NULL;
	/* The catalogue's collation may fold case where the server's names do not. */
	for (size_t i = 0; i < r.nrows && !t; i++)
		if (m->fold_names || (!strcmp(result_get(&r, i, T_NAME), name) &&
				      !strcmp(result_get(&r, i, T_SCHEMA), schema))) {
			t = make_table(&r, i);
			if (!strcmp(result_get(&r, i, T_TYPE), "SEQUENCE")) {
				err_set(e, EXIT_BAD, "%s.%s is a sequence, not a table", schema, name);
				table_free(t);
				result_free(&r);
				return NULL;
			}
		}
	result_free(&r);
	if (!t)
		not_found(m, schema, name, e);
	return t;
}

struct table *my_table(struct db *db, const char *schema, const char *name, bool deep,
		       struct err *e)
{
	struct my *m = my_of(db);
	struct table *t;

	if (!schema && !m->database) {
		err_set(e, EXIT_BAD, "no database to find table %s in", name);
		err_hint(e, "name it in the URL (mysql://host/database) or as database.table");
		return NULL;
	}
	t = find_table(m, schema ? schema : m->database, name, e);
	if (!t)
		return NULL;
	if (my_read_columns(m, t, e) < 0 || read_triggers(m, t, e) < 0 || my_read_keys(m, t, e) < 0 ||
	    my_read_checks(m, t, e) < 0 || (deep && my_read_fkeys(m, t, e) < 0) ||
	    (deep && my_read_bytes_defaults(m, t, e) < 0)) {
		table_free(t);
		return NULL;
	}
	return t;
}

int my_tables(struct db *db, bool views, char ***names, uint64_t **rows, size_t *n,
	      struct err *e)
{
	struct my *m = my_of(db);
	struct buf b = BUF_INIT;
	struct result r;
	int status;

	/* For names alone no table is opened. */
	buf_addf(&b, "SELECT TABLE_SCHEMA, TABLE_NAME%s FROM information_schema.TABLES WHERE"
		     " TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED'", rows ? ", TABLE_ROWS" : "");
	buf_adds(&b, views ? ", 'VIEW')" : ")");
	buf_adds(&b, " AND TABLE_NAME NOT REGEXP '" OWN_TABLES "' AND ");
	if (m->database)
		add_equals(m, &b, "TABLE_SCHEMA", m->database);
	else
		buf_adds(&b, "TABLE_SCHEMA NOT IN ('mysql', 'information_schema',"
			     " 'performance_schema', 'sys')");
	buf_adds(&b, " ORDER BY CAST(TABLE_SCHEMA AS BINARY), CAST(TABLE_NAME AS BINARY)");
	status = my_query(m, buf_cstr(&b), &r, e);
	buf_free(&b);
	if (status < 0)
		return -1;
	*names = xcalloc(r.nrows + 1, sizeof **names);
	if (rows)
		*rows = xcalloc(r.nrows + 1, sizeof **rows);
	*n = r.nrows;
	for (size_t i = 0; i < r.nrows; i++) {
		if (rows)
			(*rows)[i] = number(result_get(&r, i, 2));
		db_add_ident(db, &b, result_get(&r, i, 0));
		buf_addc(&b, '.');
		db_add_ident(db, &b, result_get(&r, i, 1));
		(*names)[i] = buf_detach(&b);
	}
	result_free(&r);
	return 0;
}
