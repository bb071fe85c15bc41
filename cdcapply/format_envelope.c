/*
 * Row events: Rowboat's own (event.h, stream(5)) and Debezium's envelope, which they have the
 * shape of (Debezium documentation, "Debezium connector for MySQL", "… for PostgreSQL": "Data
 * change events").
 */
#include "debezium.h"

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
	c->order = (uint64_t)int_of(json_member(r->tree, transaction, "total_order"), NULL);
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
