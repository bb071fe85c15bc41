/*
 * AWS DMS to Kafka or Kinesis (AWS Database Migration Service User Guide, "Using Apache Kafka
 * as a target", "Using a before image to view original values of CDC rows").
 */
#include <string.h>

#include "reader_impl.h"
#include "value.h"

static const struct {
	const char *name;
	enum event_op op;
} operations[] = {
	{"load", EVENT_READ}, {"insert", EVENT_CREATE}, {"update", EVENT_UPDATE},
	{"delete", EVENT_DELETE},
};

/* A control record: DMS creates, drops and empties its target's tables, and tells of changed
 * definitions. What it does to its target cannot be told from what happened at the source. */
static void take_control(const struct json_node *operation, struct change *c)
{
	if (json_is(operation, "truncate-table")) {
		c->kind = CHANGE_TRUNCATE;
		c->op = EVENT_TRUNCATE;
	} else if (json_is(operation, "create-table") || json_is(operation, "drop-table") ||
		   (c->table.n > 7 && !memcmp(c->table.p, "awsdms_", 7))) {
		c->kind = CHANGE_IGNORED;
	} else {
		c->kind = CHANGE_DDL;
	}
}

/* MySQL's stream-position is FILE:POS:…, of the event. */
static void take_position(struct change_reader *r, struct field at, struct change *c)
{
	const char *colon = at.n ? memchr(at.p, ':', at.n) : NULL, *end;
	size_t file;
	uint64_t pos;

	if (!colon || c->op == EVENT_READ)
		return;
	file = (size_t)(colon - at.p);
	if (!memchr(at.p, '.', file) || memchr(at.p, '/', file))
		return;
	end = memchr(colon + 1, ':', at.n - file - 1);
	if (!end)
		end = at.p + at.n;
	if (value_uint(colon + 1, (size_t)(end - colon - 1), &pos) != VALUE_OK)
		return;
	set_binlog_position(r, &c->position, (struct field){at.p, file}, pos,
			    (struct field){NULL, 0});
	c->at_position = true;
}

static int take_row(struct change_reader *r, const struct json_node *root, struct change *c,
		    struct err *e)
{
	const struct json_node *data = json_member(r->tree, root, "data");
	const struct json_node *before = json_member(r->tree, root, "before-image");
	bool has_before = before && before->kind == NODE_OBJECT && before->nchildren;

	if (c->op == EVENT_DELETE && has_before)
		return image_of_object(r, &r->before, before, ENC_TEXT, &c->before);
	if (c->op == EVENT_DELETE && data)
		return image_of_object(r, &r->before, data, ENC_TEXT, &c->before) < 0
			? lacks(e, "AWS DMS", "data") : 0;
	if (image_of_object(r, &r->after, data, ENC_TEXT, &c->after) < 0)
		return lacks(e, "AWS DMS", "data");
	if (c->op == EVENT_UPDATE && has_before) {
		image_of_object(r, &r->before, before, ENC_TEXT, &c->before);
		c->before_is_key = c->before.n < c->after.n; /* BeforeImageSettings: pk-only */
	}
	return 0;
}

int format_dms(struct change_reader *r, const struct json_node *root, struct change *c,
	       struct err *e)
{
	const struct json_tree *t = r->tree;
	const struct json_node *meta = json_member(t, root, "metadata");
	const struct json_node *type = json_member(t, meta, "record-type");
	const struct json_node *operation = json_member(t, meta, "operation");

	c->format = FORMAT_DMS;
	c->schema = text_of(json_member(t, meta, "schema-name"));
	c->table = text_of(json_member(t, meta, "table-name"));
	c->transaction = text_of(json_member(t, meta, "transaction-id"));
	c->ts_ms = time_of(text_of(json_member(t, meta, "commit-timestamp")));
	if (!c->ts_ms)
		c->ts_ms = time_of(text_of(json_member(t, meta, "timestamp")));
	if (json_is(type, "control")) {
		take_control(operation, c);
		return 0;
	}
	if (!json_is(type, "data"))
		return lacks(e, "AWS DMS", "metadata.record-type");
	if (!c->table.n)
		return lacks(e, "AWS DMS", "metadata.table-name");
	c->kind = CHANGE_ROW;
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (json_is(operation, operations[i].name)) {
			c->op = operations[i].op;
			take_position(r, text_of(json_member(t, meta, "stream-position")), c);
			/* rows of one event have one position */
			c->row = (uint64_t)int_of(json_member(t, meta, "transaction-record-id"),
						  &c->has_row);
			c->has_row = c->has_row && c->at_position;
			return take_row(r, root, c, e);
		}
	return err_set(e, EXIT_BAD, "\"metadata.operation\" is none of load, insert, update, delete");
}
