/* Maxwell's daemon (maxwells-daemon.io, "Data format"). */
#include <string.h>

#include "reader_impl.h"
#include "value.h"

static const struct {
	const char *name;
	enum event_op op;
} types[] = {
	{"insert", EVENT_CREATE}, {"update", EVENT_UPDATE}, {"delete", EVENT_DELETE},
	{"bootstrap-insert", EVENT_READ},
};

/* "master.000006:800911". */
static void take_position(struct change_reader *r, const struct json_node *root, struct change *c)
{
	struct field at = text_of(json_member(r->tree, root, "position"));
	const char *colon = at.n ? memrchr(at.p, ':', at.n) : NULL;
	uint64_t pos;

	if (!colon || c->op == EVENT_READ ||
	    value_uint(colon + 1, at.n - (size_t)(colon + 1 - at.p), &pos) != VALUE_OK)
		return;
	set_binlog_position(r, &c->position, (struct field){at.p, (size_t)(colon - at.p)}, pos,
			    text_of(json_member(r->tree, root, "gtid")));
	c->at_position = true;
}

static int take_row(struct change_reader *r, const struct json_node *root, struct change *c,
		    struct err *e)
{
	const struct json_node *data = json_member(r->tree, root, "data");
	const struct json_node *old = json_member(r->tree, root, "old");
	const struct json_node *commit = json_member(r->tree, root, "commit");
	bool gone = c->op == EVENT_DELETE;

	c->commit = commit && commit->kind == NODE_TRUE;
	set_key(r, c, json_member(r->tree, root, "primary_key_columns"));
	take_position(r, root, c);
	if (image_of_object(r, gone ? &r->before : &r->after, data, ENC_TEXT,
			    gone ? &c->before : &c->after) < 0)
		return lacks(e, "Maxwell", "data");
	if (c->op != EVENT_UPDATE)
		return 0;
	if (old && image_of_object(r, &r->before, old, ENC_TEXT, &c->before) < 0)
		return err_set(e, EXIT_BAD, "\"old\" is no object");
	fill_before(r, c);
	return 0;
}

/* "table-alter", "database-create", … */
static bool is_definition(struct field type)
{
	return (type.n > 6 && !memcmp(type.p, "table-", 6)) ||
	       (type.n > 9 && !memcmp(type.p, "database-", 9));
}

int format_maxwell(struct change_reader *r, const struct json_node *root, struct change *c,
		   struct err *e)
{
	const struct json_node *type = json_member(r->tree, root, "type");

	c->format = FORMAT_MAXWELL;
	c->db = text_of(json_member(r->tree, root, "database"));
	c->table = text_of(json_member(r->tree, root, "table"));
	c->transaction = text_of(json_member(r->tree, root, "xid"));
	c->ts_ms = int_of(json_member(r->tree, root, "ts"), NULL);
	if (is_definition(text_of(type))) { /* whose ts is in ms */
		c->kind = CHANGE_DDL;
		c->sql = text_of(json_member(r->tree, root, "sql"));
		take_position(r, root, c);
		return 0;
	}
	if (c->ts_ms > 0 && c->ts_ms < INT64_MAX / 1000)
		c->ts_ms *= 1000;
	if (json_is(type, "bootstrap-start") || json_is(type, "bootstrap-complete") ||
	    json_is(type, "heartbeat")) {
		c->kind = CHANGE_IGNORED;
		return 0;
	}
	if (!c->table.n)
		return lacks(e, "Maxwell", "table");
	c->kind = CHANGE_ROW;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (json_is(type, types[i].name)) {
			c->op = types[i].op;
			return take_row(r, root, c, e);
		}
	return err_set(e, EXIT_BAD, "\"type\" is none that Maxwell has");
}
