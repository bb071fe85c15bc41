/*
 * Rowboat's own events (event.h, stream(5)) and Debezium's envelope, which they have the shape
 * of (Debezium documentation, "Debezium connector for MySQL", "… for PostgreSQL": "Data change
 * events", "Transaction metadata", "Schema change topic").
 */
#include <string.h>

#include "reader_impl.h"
#include "value.h"

#define OWN "rowboat"

/* The members of "source" that matter. */
struct origin {
	struct field version, connector, db, schema, table;
	struct field file, gtid, sequence, tx;
	const struct json_node *pos, *lsn, *commit_lsn, *change_lsn, *snapshot;
	int64_t ts_ms;
};

static bool is(struct field f, const char *text, size_t n)
{
	return f.n == n && !memcmp(f.p, text, n);
}
#define IS(f, text) is(f, text, sizeof text - 1)

static void take_member(struct origin *o, const struct json_node *m)
{
	struct field k = m->key, v = text_of(m);

	switch (k.n) {
	case 2:
		if (IS(k, "db"))
			o->db = v;
		break;
	case 3:
		if (IS(k, "pos"))
			o->pos = m;
		else if (IS(k, "lsn"))
			o->lsn = m;
		break;
	case 4:
		if (IS(k, "file"))
			o->file = v;
		else if (IS(k, "gtid"))
			o->gtid = v;
		else if (IS(k, "txId"))
			o->tx = v;
		break;
	case 5:
		if (IS(k, "table"))
			o->table = v;
		else if (IS(k, "ts_ms"))
			o->ts_ms = int_of(m, NULL);
		break;
	case 6:
		if (IS(k, "schema"))
			o->schema = v;
		break;
	case 7:
		if (IS(k, "version"))
			o->version = v;
		break;
	case 8:
		if (IS(k, "sequence"))
			o->sequence = v;
		else if (IS(k, "snapshot"))
			o->snapshot = m;
		break;
	case 9:
		if (IS(k, "connector"))
			o->connector = v;
		break;
	case 10:
		if (IS(k, "commit_lsn"))
			o->commit_lsn = m;
		else if (IS(k, "change_lsn"))
			o->change_lsn = m;
		break;
	}
}

static struct origin origin_of(struct change_reader *r, const struct json_node *source)
{
	struct origin o = {0};

	for (const struct json_node *m = json_child(r->tree, source); m; m = json_next(r->tree, m))
		take_member(&o, m);
	return o;
}

static bool is_own(const struct origin *o)
{
	return o->version.n >= sizeof OWN - 1 && !memcmp(o->version.p, OWN, sizeof OWN - 1);
}

/* Where the event stands in its source. */
static int place_own(struct change_reader *r, const struct origin *o, struct change *c,
		     struct err *e)
{
	struct field lsn = text_of(o->commit_lsn), pos = text_of(o->pos);
	uint64_t v;

	if (lsn.p) {
		c->position = (struct position){.engine = ENGINE_POSTGRES};
		if (value_uint(lsn.p, lsn.n, &c->position.lsn) != VALUE_OK &&
		    !position_lsn(lsn.p, lsn.n, &c->position.lsn))
			return err_set(e, EXIT_BAD,
				       "\"commit_lsn\" is no number and not like 0/16B3748");
		c->at_position = true;
	} else if (o->file.p) {
		if (!pos.p || value_uint(pos.p, pos.n, &v) != VALUE_OK)
			return err_set(e, EXIT_BAD, "\"pos\" is not a whole number");
		set_binlog_position(r, &c->position, o->file, v, o->gtid);
		c->at_position = true;
	}
	return 0;
}

/* The next whole number in a text like ["24023119","24023128"]. */
static bool next_number(struct field *f, uint64_t *v)
{
	const char *from;

	for (; f->n && (*f->p < '0' || *f->p > '9'); f->p++)
		f->n--;
	from = f->p;
	for (; f->n && *f->p >= '0' && *f->p <= '9'; f->p++)
		f->n--;
	return value_uint(from, (size_t)(f->p - from), v) == VALUE_OK;
}

/* Debezium's: MySQL's events have a position. PostgreSQL's are in the order of their commits:
 * the last commit before and the own LSN, by which they grow. SQL Server's LSNs are
 * fixed-width hex. */
static void place_debezium(struct change_reader *r, const struct origin *o, struct change *c)
{
	struct field pos = text_of(o->pos), s = o->sequence, commit = text_of(o->commit_lsn);
	uint64_t v, lsn;

	if (c->op == EVENT_READ)
		return;
	if (o->file.n && pos.p && value_uint(pos.p, pos.n, &v) == VALUE_OK) {
		set_binlog_position(r, &c->position, o->file, v, o->gtid);
		c->at_position = true;
		return;
	}
	buf_reset(&r->sequence);
	if (s.n && next_number(&s, &v) && next_number(&s, &lsn)) {
		buf_addf(&r->sequence, "%020llu:%020llu", (unsigned long long)v,
			 (unsigned long long)lsn);
	} else if (commit.n && text_of(o->change_lsn).n) {
		buf_add(&r->sequence, commit.p, commit.n);
		buf_addc(&r->sequence, ':');
		buf_add(&r->sequence, text_of(o->change_lsn).p, text_of(o->change_lsn).n);
	}
	c->sequence = (struct field){r->sequence.p, r->sequence.n};
}

/* "571:53195829": in Debezium for PostgreSQL each event's LSN stands behind the transaction's
 * number, so that only the number is the same in all of them. */
static struct field without_lsn(struct field id)
{
	size_t i = 0;

	while (i < id.n && id.p[i] >= '0' && id.p[i] <= '9')
		i++;
	if (i == 0 || i == id.n || id.p[i] != ':')
		return id;
	for (size_t k = i + 1; k < id.n; k++)
		if (id.p[k] < '0' || id.p[k] > '9')
			return id;
	return (struct field){id.p, i};
}

static int take_op(const struct json_node *op, struct change *c, struct err *e)
{
	c->kind = CHANGE_ROW;
	switch (op->text.n == 1 ? *op->text.p : 0) {
	case 'c':
	case 'u':
	case 'd':
	case 'r':
		c->op = (enum event_op)*op->text.p;
		return 0;
	case 't':
		c->op = EVENT_TRUNCATE;
		c->kind = CHANGE_TRUNCATE;
		return 0;
	case 'm': /* pg_logical_emit_message() */
		c->kind = CHANGE_IGNORED;
		return 0;
	}
	return err_set(e, EXIT_BAD, "\"op\" is none of c, u, d, r, t, m");
}

/* ---- Rows ---- */

#define UNAVAILABLE "__debezium_unavailable_value"

/* What Debezium for PostgreSQL writes for a column that was stored out of line and did not
 * change: the text (an option of the connector has another one), its base64, an array of it or
 * a map. */
static bool is_unavailable(const struct change_field *f)
{
	static const char base64[] = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==";
	struct field v = f->value;

	if (v.n < sizeof UNAVAILABLE - 1 || !v.p)
		return false;
	if (f->kind == JSON_NESTED)
		return v.n >= sizeof UNAVAILABLE + 2 && v.n <= 2 * sizeof UNAVAILABLE + 8 &&
		       (v.p[0] == '[' || v.p[0] == '{') && v.p[1] == '"' &&
		       !memcmp(v.p + 2, UNAVAILABLE "\"", sizeof UNAVAILABLE);
	return f->kind == JSON_STRING && (IS(v, UNAVAILABLE) || IS(v, base64));
}

/* The old row of Debezium for PostgreSQL has null for what the replica identity leaves out: where
 * the new row lacks a value too, null is not one. */
static void drop_unavailable(struct change *c)
{
	for (size_t i = 0; i < c->after.n;) {
		if (!is_unavailable(&c->after.f[i])) {
			i++;
			continue;
		}
		for (size_t k = 0; k < c->before.n; k++)
			if (!c->before.f[k].value.p &&
			    is(c->before.f[k].name, c->after.f[i].name.p, c->after.f[i].name.n)) {
				image_drop(&c->before, k);
				break;
			}
		image_drop(&c->after, i);
	}
	for (size_t i = 0; i < c->before.n;)
		if (is_unavailable(&c->before.f[i]))
			image_drop(&c->before, i);
		else
			i++;
}

void debezium_values(struct change_reader *r, struct change *c)
{
	schema_apply(r->schema, &c->before);
	schema_apply(r->schema, &c->after);
	drop_unavailable(c);
}

static int take_images(struct change_reader *r, const struct json_node *before,
		       const struct json_node *after, enum encoding encoding, struct change *c,
		       struct err *e)
{
	bool wants_after = c->op != EVENT_DELETE;

	if (before && before->kind != NODE_NULL &&
	    image_of_object(r, &r->before, before, encoding, &c->before) < 0)
		return err_set(e, EXIT_BAD, "\"before\" is no object");
	if (after && after->kind != NODE_NULL &&
	    image_of_object(r, &r->after, after, encoding, &c->after) < 0)
		return err_set(e, EXIT_BAD, "\"after\" is no object");
	if (wants_after && !c->after.there)
		return err_set(e, EXIT_BAD, "op %c without \"after\"", (char)c->op);
	if (!wants_after && !c->before.there) {
		err_set(e, EXIT_BAD, "op d without \"before\"");
		return err_hint(e, "PostgreSQL tells old rows only of tables with a replica identity");
	}
	return 0;
}

enum encoding debezium_encoding(struct field connector)
{
	return IS(connector, "mysql") || IS(connector, "mariadb") ? ENC_MICROS : ENC_TEXT;
}

int format_envelope(struct change_reader *r, const struct json_node *root, struct change *c,
		    struct err *e)
{
	const struct json_node *op = NULL, *before = NULL, *after = NULL, *source = NULL,
			       *transaction = NULL, *ts = NULL;
	struct origin o;

	for (const struct json_node *m = json_child(r->tree, root); m; m = json_next(r->tree, m)) {
		if (IS(m->key, "op"))
			op = m;
		else if (IS(m->key, "before"))
			before = m;
		else if (IS(m->key, "after"))
			after = m;
		else if (IS(m->key, "source"))
			source = m;
		else if (IS(m->key, "transaction"))
			transaction = m;
		else if (IS(m->key, "ts_ms"))
			ts = m;
	}
	if (!op || op->kind != NODE_STRING)
		return lacks(e, "Debezium", "op");
	if (!source || source->kind != NODE_OBJECT)
		return lacks(e, "Debezium", "source");
	o = origin_of(r, source);
	c->format = is_own(&o) ? FORMAT_ROWBOAT : FORMAT_DEBEZIUM;
	if (take_op(op, c, e) < 0 || c->kind == CHANGE_IGNORED)
		return e->msg ? -1 : 0;
	c->db = o.db;
	c->schema = o.schema;
	c->table = o.table;
	if (!c->table.n)
		return lacks(e, c->format == FORMAT_ROWBOAT ? "Rowboat" : "Debezium", "source.table");
	c->ts_ms = o.ts_ms ? o.ts_ms : int_of(ts, NULL);
	c->transaction = text_of(json_member(r->tree, transaction, "id"));
	if (c->format == FORMAT_DEBEZIUM) {
		c->transaction = without_lsn(c->transaction);
		if (!c->transaction.n && c->op != EVENT_READ) /* without provide.transaction.metadata */
			c->transaction = o.tx.n ? o.tx : o.gtid;
		place_debezium(r, &o, c);
	} else if (place_own(r, &o, c, e) < 0) {
		return -1;
	}
	if (c->kind != CHANGE_ROW)
		return 0;
	if (c->format == FORMAT_ROWBOAT)
		return take_images(r, before, after, ENC_CANONICAL, c, e);
	if (take_images(r, before, after, debezium_encoding(o.connector), c, e) < 0)
		return -1;
	debezium_values(r, c);
	return 0;
}

/* ---- Marks ---- */

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
		if (!position)
			return lacks(e, "Rowboat", "position");
		c->resume = true;
		return set_position(r, c, position, e);
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
