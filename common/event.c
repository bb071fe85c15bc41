#include "event.h"

#include <stdlib.h>
#include <string.h>

#include "stream.h"

const char event_absent[] = "";

/* A string member, behind a comma unless it is an object's first. */
static int add_member(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s\"%s\":", b->p[b->n - 1] == '{' ? "" : ",", name);
	if (!value)
		buf_adds(b, "null");
	else if (json_add_string(b, value, strlen(value)) < 0)
		return -1;
	return 0;
}

static int add_source(struct buf *b, const struct event_source *source, struct err *e)
{
	buf_adds(b, "\"source\":{" EVENT_VERSION);
	if (add_member(b, "connector", source->connector) < 0 ||
	    add_member(b, "db", source->db) < 0 || add_member(b, "schema", source->schema) < 0 ||
	    add_member(b, "table", source->table) < 0)
		return err_set(e, EXIT_BAD, "the name of the table is not UTF-8");
	return 0;
}

struct event_source event_source_of(enum engine engine, const char *schema, const char *table)
{
	if (engine == ENGINE_POSTGRES)
		return (struct event_source){.connector = "postgresql", .schema = schema, .table = table};
	return (struct event_source){.connector = "mysql", .db = schema, .table = table};
}

int event_table_open(struct event_table *t, const struct event_source *source, size_t n,
		     const char *const *names, const enum json_kind *kinds, struct err *e)
{
	*t = (struct event_table){.n = n};
	t->key = xcalloc(n, sizeof *t->key);
	t->kind = xcalloc(n, sizeof *t->kind);
	if (add_source(&t->source, source, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		t->kind[i] = kinds[i];
		if (json_add_string(&t->key[i], names[i], strlen(names[i])) < 0)
			return err_set(e, EXIT_BAD, "the name of column %zu is not UTF-8", i + 1);
		buf_addc(&t->key[i], ':');
	}
	return 0;
}

void event_table_free(struct event_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		buf_free(&t->key[i]);
	free(t->key);
	free(t->kind);
	buf_free(&t->source);
	*t = (struct event_table){0};
}

static int add_image(struct buf *b, const struct event_table *t, const struct row *row,
		     struct err *e)
{
	bool first = true;

	if (!row) {
		buf_adds(b, "null");
		return 0;
	}
	buf_addc(b, '{');
	for (size_t i = 0; i < t->n; i++) {
		if (row->f[i].p == event_absent)
			continue;
		if (!first)
			buf_addc(b, ',');
		first = false;
		buf_add(b, t->key[i].p, t->key[i].n);
		if (json_add_value(b, t->kind[i], row->f[i]) < 0)
			return err_set(e, EXIT_BAD, "column %.*s holds bytes that are not UTF-8",
				       (int)t->key[i].n - 1, t->key[i].p);
	}
	buf_addc(b, '}');
	return 0;
}

int event_add(struct buf *b, const struct event_table *t, enum event_op op,
	      const struct row *before, const struct row *after,
	      const struct event_place *place, struct err *e)
{
	size_t start = b->n;

	buf_adds(b, "{\"op\":\"");
	buf_addc(b, (char)op);
	buf_adds(b, "\",\"before\":");
	if (add_image(b, t, before, e) == 0) {
		buf_adds(b, ",\"after\":");
		if (add_image(b, t, after, e) == 0) {
			buf_addc(b, ',');
			buf_add(b, t->source.p, t->source.n);
			buf_adds(b, place->source ? place->source : "");
			buf_addc(b, '}');
			if (place->transaction) {
				buf_adds(b, ",\"transaction\":");
				buf_adds(b, place->transaction);
			}
			buf_adds(b, ",\"ts_ms\":");
			buf_addu(b, (unsigned long long)place->ts_ms);
			buf_adds(b, "}\n");
			return 0;
		}
	}
	b->n = start;
	return -1;
}

void event_add_end(struct buf *b, const char *transaction, uint64_t events, int64_t ts_ms,
		   const char *position)
{
	buf_adds(b, "{\"status\":\"END\",\"id\":");
	json_add_string(b, transaction, strlen(transaction));
	buf_adds(b, ",\"event_count\":");
	buf_addu(b, events);
	buf_adds(b, ",\"ts_ms\":");
	buf_addu(b, (unsigned long long)ts_ms);
	buf_adds(b, ",\"position\":");
	buf_adds(b, position);
	buf_adds(b, "}\n");
}

void event_add_heartbeat(struct buf *b, int64_t ts_ms, const char *position)
{
	buf_addf(b, "{\"ts_ms\":%lld,\"position\":%s}\n", (long long)ts_ms, position);
}

/* "tableChanges":[{"type":"ALTER","id":…,"table":{"columns":[{"name":…,"typeName":…}]}}] */
static int add_columns(struct buf *b, const struct event_ddl *ddl)
{
	buf_adds(b, ",\"tableChanges\":[{\"type\":\"ALTER\",\"table\":{\"columns\":[");
	for (size_t i = 0; i < ddl->n; i++) {
		buf_adds(b, i ? ",{" : "{");
		if (add_member(b, "name", ddl->name[i]) < 0 ||
		    add_member(b, "typeName", ddl->type[i]) < 0)
			return -1;
		buf_addc(b, '}');
	}
	buf_adds(b, "]}}]");
	return 0;
}

/* "tables":[{"db":…,"table":…},…] */
static int add_tables(struct buf *b, const struct event_ddl *ddl)
{
	buf_adds(b, ",\"tables\":[");
	for (size_t i = 0; i < ddl->ntables; i++) {
		buf_adds(b, i ? ",{" : "{");
		if (add_member(b, "db", ddl->tables[i].db) < 0 ||
		    add_member(b, "table", ddl->tables[i].table) < 0)
			return -1;
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
	return 0;
}

int event_add_ddl(struct buf *b, const struct event_ddl *ddl, struct err *e)
{
	size_t start = b->n;

	buf_addc(b, '{');
	if (add_source(b, &ddl->source, e) == 0) {
		buf_addf(b, "%s}", ddl->place ? ddl->place : "");
		if (add_member(b, "databaseName", ddl->source.db) == 0 &&
		    add_member(b, "schemaName", ddl->source.schema) == 0 &&
		    add_member(b, "ddl", ddl->sql) == 0 && (!ddl->n || add_columns(b, ddl) == 0) &&
		    (!ddl->ntables || add_tables(b, ddl) == 0)) {
			buf_addf(b, ",\"ts_ms\":%lld,\"position\":%s}\n",
				 (long long)ddl->ts_ms, ddl->position);
			return 0;
		}
		err_set(e, EXIT_BAD, "a statement that changes a definition is not UTF-8");
	}
	b->n = start;
	return -1;
}
