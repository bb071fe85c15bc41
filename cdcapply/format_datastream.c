/* Google Cloud Datastream (its documentation, "Events and streams"). */
#include <string.h>

#include "reader_impl.h"
#include "value.h"

static const struct {
	const char *name;
	enum event_op op;
} types[] = {
	{"INSERT", EVENT_CREATE}, {"UPDATE", EVENT_UPDATE}, {"DELETE", EVENT_DELETE},
	/* A changed key comes as two events: the old row goes, the new one is written. */
	{"UPDATE-DELETE", EVENT_DELETE}, {"UPDATE-INSERT", EVENT_CREATE},
};

/* sort_keys: numbers and texts, compared in their order. */
static void take_sequence(struct change_reader *r, const struct json_node *keys, struct change *c)
{
	buf_reset(&r->sequence);
	if (!keys || keys->kind != NODE_ARRAY)
		return;
	for (const struct json_node *m = json_child(r->tree, keys); m; m = json_next(r->tree, m)) {
		uint64_t v;

		if (r->sequence.n)
			buf_addc(&r->sequence, ':');
		if (m->kind == NODE_NUMBER && value_uint(m->text.p, m->text.n, &v) == VALUE_OK)
			buf_addf(&r->sequence, "%020llu", (unsigned long long)v);
		else if (m->kind == NODE_STRING)
			buf_add(&r->sequence, m->text.p, m->text.n);
	}
	c->sequence = (struct field){r->sequence.p, r->sequence.n};
}

static int take_op(const struct json_tree *t, const struct json_node *meta, bool backfill,
		   struct change *c, struct err *e)
{
	const struct json_node *type = json_member(t, meta, "change_type");
	const struct json_node *deleted = json_member(t, meta, "is_deleted");

	c->kind = CHANGE_ROW;
	c->op = EVENT_READ; /* of a backfill */
	for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
		if (json_is(type, types[i].name))
			c->op = types[i].op;
	if (deleted && deleted->kind == NODE_TRUE)
		c->op = EVENT_DELETE;
	if (backfill)
		c->op = EVENT_READ;
	if (c->op == EVENT_READ && type && type->kind == NODE_STRING && !backfill &&
	    !json_is(type, "READ"))
		return err_set(e, EXIT_BAD, "\"source_metadata.change_type\" is none of INSERT, "
			       "UPDATE, UPDATE-INSERT, UPDATE-DELETE, DELETE");
	return 0;
}

int format_datastream(struct change_reader *r, const struct json_node *root, struct change *c,
		      struct err *e)
{
	const struct json_tree *t = r->tree;
	const struct json_node *meta = json_member(t, root, "source_metadata");
	const struct json_node *payload = json_member(t, root, "payload");
	struct field method = text_of(json_member(t, root, "read_method"));
	struct field file = text_of(json_member(t, meta, "log_file"));
	struct field pos = text_of(json_member(t, meta, "log_position"));
	uint64_t at;

	c->format = FORMAT_DATASTREAM;
	c->db = text_of(json_member(t, meta, "database"));
	c->schema = text_of(json_member(t, meta, "schema"));
	c->table = text_of(json_member(t, meta, "table"));
	if (!c->table.n)
		return lacks(e, "Datastream", "source_metadata.table");
	c->transaction = text_of(json_member(t, meta, "tx_id"));
	c->ts_ms = time_of(text_of(json_member(t, root, "source_timestamp")));
	set_key(r, c, json_member(t, meta, "primary_keys"));
	take_sequence(r, json_member(t, root, "sort_keys"), c);
	if (take_op(t, meta, method.n && memmem(method.p, method.n, "backfill", 8), c,
		    e) < 0)
		return -1;
	if (c->op != EVENT_READ && file.n && pos.p && value_uint(pos.p, pos.n, &at) == VALUE_OK) {
		set_binlog_position(r, &c->position, file, at, (struct field){NULL, 0});
		c->at_position = true;
	}
	if (image_of_object(r, c->op == EVENT_DELETE ? &r->before : &r->after, payload, ENC_TEXT,
			    c->op == EVENT_DELETE ? &c->before : &c->after) < 0)
		return lacks(e, "Datastream", "payload");
	return 0;
}
