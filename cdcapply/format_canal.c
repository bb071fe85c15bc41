/*
 * Canal's flat messages (alibaba/canal, "FlatMessage"), which TiCDC writes, too (TiDB
 * documentation, "TiCDC Canal-JSON Protocol"). One message may hold several rows.
 */
#include <string.h>

#include "reader_impl.h"
#include "value.h"

static const struct {
	const char *name;
	enum event_op op;
} types[] = {
	{"INSERT", EVENT_CREATE}, {"UPDATE", EVENT_UPDATE}, {"DELETE", EVENT_DELETE},
	{"INIT", EVENT_READ}, /* of Canal's client adapters */
};

/* What all rows of the message have in common. */
static int take_message(struct change_reader *r, const struct json_node *root, struct change *c,
			struct err *e)
{
	const struct json_tree *t = r->tree;
	const struct json_node *type = json_member(t, root, "type");
	const struct json_node *own = json_member(t, root, "_tidb");

	c->format = FORMAT_CANAL;
	c->db = text_of(json_member(t, root, "database"));
	c->table = text_of(json_member(t, root, "table"));
	c->ts_ms = int_of(json_member(t, root, "es"), NULL);
	c->transaction = text_of(json_member(t, own, "commitTs"));
	if (!c->transaction.n)
		c->transaction = text_of(json_member(t, root, "gtid"));
	set_key(r, c, json_member(t, root, "pkNames"));
	if (!c->table.n)
		return lacks(e, "Canal", "table");
	c->kind = CHANGE_ROW;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (json_is(type, types[i].name)) {
			c->op = types[i].op;
			return 0;
		}
	return err_set(e, EXIT_BAD, "\"type\" is none that Canal has");
}

/* The next row: 1, 0 behind the last, -1. */
static int next_row(struct change_reader *r, struct change *c, struct err *e)
{
	const struct json_node *row = r->item, *old = r->item_old;
	bool gone;

	if (!row)
		return 0;
	*c = r->message;
	r->item = json_next(r->tree, row);
	r->item_old = json_next(r->tree, old);
	gone = c->op == EVENT_DELETE;
	if (image_of_object(r, gone ? &r->before : &r->after, row, ENC_TEXT,
			    gone ? &c->before : &c->after) < 0)
		return err_set(e, EXIT_BAD, "a row in \"data\" is no object");
	if (c->op != EVENT_UPDATE)
		return 1;
	if (old && old->kind == NODE_OBJECT)
		image_of_object(r, &r->before, old, ENC_TEXT, &c->before);
	fill_before(r, c);
	return 1;
}

static void take_definition(struct change_reader *r, const struct json_node *root,
			    struct change *c)
{
	const struct json_tree *t = r->tree;

	c->kind = CHANGE_DDL;
	if (json_is(json_member(t, root, "type"), "TRUNCATE") &&
	    text_of(json_member(t, root, "table")).n) {
		c->kind = CHANGE_TRUNCATE;
		c->op = EVENT_TRUNCATE;
	}
	c->db = text_of(json_member(t, root, "database"));
	c->table = text_of(json_member(t, root, "table"));
	c->sql = text_of(json_member(t, root, "sql"));
	c->ts_ms = int_of(json_member(t, root, "es"), NULL);
}

int format_canal(struct change_reader *r, const struct json_node *root, struct change *c,
		 struct err *e)
{
	const struct json_tree *t = r->tree;
	const struct json_node *data = json_member(t, root, "data");
	const struct json_node *old = json_member(t, root, "old");
	const struct json_node *ddl = json_member(t, root, "isDdl");
	int status;

	r->message = (struct change){0};
	c->format = FORMAT_CANAL;
	if (json_is(json_member(t, root, "type"), "TIDB_WATERMARK")) {
		c->kind = CHANGE_HEARTBEAT;
		c->ts_ms = int_of(json_member(t, root, "es"), NULL);
		return 0;
	}
	if (ddl && ddl->kind == NODE_TRUE) {
		take_definition(r, root, c);
		return 0;
	}
	if (json_is(json_member(t, root, "type"), "QUERY")) { /* a statement without rows */
		c->kind = CHANGE_IGNORED;
		return 0;
	}
	if (!data || data->kind != NODE_ARRAY)
		return lacks(e, "Canal", "data");
	if (take_message(r, root, &r->message, e) < 0)
		return -1;
	r->item = json_child(t, data);
	r->item_old = old && old->kind == NODE_ARRAY ? json_child(t, old) : NULL;
	status = next_row(r, c, e);
	if (status == 0)
		c->kind = CHANGE_IGNORED;
	r->more = r->item ? next_row : NULL;
	return status < 0 ? -1 : 0;
}
