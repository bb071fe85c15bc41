/* What a MySQL database has besides tables and views. */
#include <stdlib.h>
#include <string.h>

#include "mysql_impl.h"

/* Each gives schema, name and kind of things, in the databases that the condition on the schema
 * behind it leaves. */
static const struct {
	const char *select, *schema, *name;
} sources[] = {
	{"SELECT TRIGGER_SCHEMA, TRIGGER_NAME, CONCAT('a trigger on ', EVENT_OBJECT_TABLE)"
	 " FROM information_schema.TRIGGERS WHERE ", "TRIGGER_SCHEMA", "TRIGGER_NAME"},
	{"SELECT ROUTINE_SCHEMA, ROUTINE_NAME, CONCAT('a ', LOWER(ROUTINE_TYPE))"
	 " FROM information_schema.ROUTINES WHERE ", "ROUTINE_SCHEMA", "ROUTINE_NAME"},
	{"SELECT EVENT_SCHEMA, EVENT_NAME, 'an event'"
	 " FROM information_schema.EVENTS WHERE ", "EVENT_SCHEMA", "EVENT_NAME"},
	{"SELECT TABLE_SCHEMA, TABLE_NAME, 'a sequence'"
	 " FROM information_schema.TABLES WHERE TABLE_TYPE = 'SEQUENCE' AND ", "TABLE_SCHEMA",
	 "TABLE_NAME"},
};

static int read_extras(struct my *m, size_t source, char ***texts, size_t *n, struct err *e)
{
	const char *schema = sources[source].schema;
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	buf_addf(&b, "%s%s", sources[source].select, schema);
	if (m->database) {
		buf_adds(&b, " = ");
		db_add_literal(&m->db, &b, m->database, strlen(m->database));
	} else {
		buf_adds(&b, " NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')");
	}
	buf_addf(&b, " ORDER BY CAST(%s AS BINARY), CAST(%s AS BINARY)", schema,
		 sources[source].name);
	status = my_query(m, buf_cstr(&b), &r, e);
	buf_free(&b);
	*texts = xrealloc(*texts, (*n + r.nrows + 1) * sizeof **texts);
	for (size_t i = 0; i < r.nrows; i++)
		(*texts)[(*n)++] = xasprintf("%s.%s: %s", result_get(&r, i, 0),
					     result_get(&r, i, 1), result_get(&r, i, 2));
	result_free(&r);
	return status;
}

int my_extras(struct db *db, char ***texts, size_t *n, struct err *e)
{
	int status = 0;

	*texts = NULL;
	*n = 0;
	for (size_t i = 0; i < sizeof sources / sizeof *sources && status == 0; i++)
		status = read_extras(my_of(db), i, texts, n, e);
	return status;
}
