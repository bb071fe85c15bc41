/*
 * Marks between row events: Rowboat's own (event.h) and Debezium's (its documentation, "Transaction
 * metadata", "Schema change topic", "heartbeat.interval.ms").
 */
#include <string.h>

#include "debezium.h"

static int transaction_mark(struct change_reader *r, const struct json_node *root,
			    struct change *c, struct err *e)
{
	const struct json_node *status = json_member(r->tree, root, "status");
	const struct json_node *position = json_member(r->tree, root, "position");

	c->transaction = without_lsn(text_of(json_member(r->tree, root, "id")));
	if (!c->transaction.p)
		return lacks(e, "Debezium", "id");
	if (json_is(status, "BEGIN")) {
		c->kind = CHANGE_BEGIN;
		return 0;
	}
	if (!json_is(status, "END"))
		return err_set(e, EXIT_BAD, "\"status\" is neither BEGIN nor END");
	c->kind = CHANGE_COMMIT;
	c->count = (uint64_t)int_of(json_member(r->tree, root, "event_count"), NULL);
	if (!position || position->kind != NODE_OBJECT)
		return 0;
	c->format = FORMAT_ROWBOAT;
	c->transaction = text_of(json_member(r->tree, root, "id"));
	c->resume = true;
	return set_position(r, c, position, e);
}

/* The columns of a changed table: "tableChanges":[{"table":{"columns":[{"name","typeName"}]}}]. */
static void take_columns(struct change_reader *r, const struct json_node *changes,
			 struct change *c)
{
	const struct json_tree *t = r->tree;
	const struct json_node *table = json_member(t, json_child(t, changes), "table");
	const struct json_node *columns = json_member(t, table, "columns");

	r->columns.n = 0;
	if (!columns || columns->kind != NODE_ARRAY)
		return;
	for (const struct json_node *m = json_child(t, columns); m; m = json_next(t, m)) {
		const struct json_node *type = json_member(t, m, "typeName");

		if (!text_of(json_member(t, m, "name")).p)
			continue;
		*store_add(&r->columns) = (struct change_field){
			.name = text_of(json_member(t, m, "name")),
			.value = text_of(type ? type : json_member(t, m, "typeExpression")),
		};
	}
	c->columns = (struct change_image){true, r->columns.f, r->columns.n};
}

/* Which tables of a statement on several the stream has: Rowboat's "tables". */
static void take_tables(struct change_reader *r, const struct json_node *tables,
			struct change *c)
{
	const struct json_tree *t = r->tree;
	size_t n = 0;

	if (!tables || tables->kind != NODE_ARRAY)
		return;
	if (r->tables_cap < tables->nchildren) {
		r->tables_cap = tables->nchildren;
		r->tables = xrealloc(r->tables, r->tables_cap * sizeof *r->tables);
	}
	for (const struct json_node *m = json_child(t, tables); m; m = json_next(t, m))
		r->tables[n++] = (struct change_table){text_of(json_member(t, m, "db")),
						       text_of(json_member(t, m, "table"))};
	c->tables = r->tables;
	c->ntables = n;
}

static int definition(struct change_reader *r, const struct json_node *root, struct change *c,
		      struct err *e)
{
	const struct json_tree *t = r->tree;
	const struct json_node *position = json_member(t, root, "position");
	struct origin o = origin_of(r, json_member(t, root, "source"));
	struct field db = text_of(json_member(t, root, "databaseName"));
	struct field schema = text_of(json_member(t, root, "schemaName"));

	c->kind = CHANGE_DDL;
	c->db = db.p ? db : o.db;
	c->schema = schema.p ? schema : o.schema;
	c->table = o.table;
	c->sql = text_of(json_member(t, root, "ddl"));
	c->ts_ms = o.ts_ms ? o.ts_ms : int_of(json_member(t, root, "ts_ms"), NULL);
	take_columns(r, json_member(t, root, "tableChanges"), c);
	if (is_own(&o)) {
		c->format = FORMAT_ROWBOAT;
		take_tables(r, json_member(t, root, "tables"), c);
		if (!position)
			return lacks(e, "Rowboat", "position");
		c->resume = true;
		if (set_position(r, c, position, e) < 0)
			return -1;
		/* PostgreSQL's is in the transaction behind the position. */
		c->begins = c->position.engine == ENGINE_POSTGRES;
		if (c->position.file)
			c->begins = field_is(o.file, c->position.file, strlen(c->position.file)) &&
				    int_of(o.pos, NULL) >= (int64_t)c->position.pos;
		return 0;
	}
	place_debezium(r, &o, c);
	return 0;
}

static int heartbeat(struct change_reader *r, const struct json_node *root, struct change *c,
		     struct err *e)
{
	const struct json_node *position = json_member(r->tree, root, "position");

	c->kind = CHANGE_HEARTBEAT;
	c->ts_ms = int_of(json_member(r->tree, root, "ts_ms"), NULL);
	if (!position)
		return 0;
	c->format = FORMAT_ROWBOAT;
	c->resume = true;
	return set_position(r, c, position, e);
}

int format_mark(struct change_reader *r, const struct json_node *root, struct change *c,
		struct err *e)
{
	c->format = FORMAT_DEBEZIUM;
	c->ts_ms = int_of(json_member(r->tree, root, "ts_ms"), NULL);
	if (json_member(r->tree, root, "status"))
		return transaction_mark(r, root, c, e);
	if (json_member(r->tree, root, "ddl") || json_member(r->tree, root, "tableChanges"))
		return definition(r, root, c, e);
	return heartbeat(r, root, c, e);
}
