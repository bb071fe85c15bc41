/*
 * Debezium's events after the transformation ExtractNewRecordState: flat rows, with what
 * add.fields and delete.handling.mode=rewrite add (Debezium documentation, "New Record State
 * Extraction").
 */
#include <string.h>

#include "reader_impl.h"
#include "value.h"

/* What may be added: `__` and a name, also of source's members (`__source_ts_ms`). */
enum mark {
	MARK_OP, MARK_DELETED, MARK_TABLE, MARK_DB, MARK_SCHEMA, MARK_TS, MARK_CONNECTOR,
	MARK_FILE, MARK_POS, MARK_GTID, MARK_TRANSACTION, MARK_OTHER, MARK_COUNT
};

static const struct {
	const char *name;
	enum mark mark;
} marks[] = {
	{"op", MARK_OP}, {"deleted", MARK_DELETED}, {"table", MARK_TABLE}, {"db", MARK_DB},
	{"schema", MARK_SCHEMA}, {"ts_ms", MARK_TS}, {"connector", MARK_CONNECTOR},
	{"file", MARK_FILE}, {"pos", MARK_POS}, {"gtid", MARK_GTID},
	{"transaction_id", MARK_TRANSACTION}, {"lsn", MARK_OTHER}, {"row", MARK_OTHER},
	{"name", MARK_OTHER}, {"version", MARK_OTHER}, {"snapshot", MARK_OTHER},
	{"sequence", MARK_OTHER}, {"txId", MARK_OTHER}, {"xmin", MARK_OTHER},
	{"server_id", MARK_OTHER}, {"thread", MARK_OTHER}, {"query", MARK_OTHER},
	{"ts_us", MARK_OTHER}, {"ts_ns", MARK_OTHER}, {"scn", MARK_OTHER},
	{"commit_scn", MARK_OTHER}, {"change_lsn", MARK_OTHER}, {"commit_lsn", MARK_OTHER},
	{"event_serial_no", MARK_OTHER}, {"transaction_total_order", MARK_OTHER},
	{"transaction_data_collection_order", MARK_OTHER},
};

static enum mark mark_of(struct field key)
{
	if (key.n < 4 || key.p[0] != '_' || key.p[1] != '_')
		return MARK_COUNT;
	key = (struct field){key.p + 2, key.n - 2};
	if (key.n > 7 && !memcmp(key.p, "source_", 7))
		key = (struct field){key.p + 7, key.n - 7};
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (key.n == strlen(marks[i].name) && !memcmp(key.p, marks[i].name, key.n))
			return marks[i].mark;
	return MARK_COUNT;
}

bool is_unwrapped(const struct change_reader *r, const struct json_node *root)
{
	for (const struct json_node *m = json_child(r->tree, root); m; m = json_next(r->tree, m)) {
		enum mark mark = mark_of(m->key);

		if (mark == MARK_OP || mark == MARK_DELETED || mark == MARK_TABLE)
			return true;
	}
	return false;
}

/* Splits the members into the row and the marks. */
static void split(struct change_reader *r, const struct json_node *root,
		  const struct json_node **found, struct field_store *s)
{
	s->n = 0;
	for (const struct json_node *m = json_child(r->tree, root); m; m = json_next(r->tree, m)) {
		enum mark mark = mark_of(m->key);

		if (mark == MARK_COUNT)
			*store_add(s) = field_of_node(m, ENC_TEXT);
		else
			found[mark] = m;
	}
}

static int take_op(const struct json_node *const *found, struct change *c, struct err *e)
{
	const struct json_node *op = found[MARK_OP], *deleted = found[MARK_DELETED];

	/* Without a mark it may be new or not: as if read. */
	c->op = EVENT_READ;
	if (json_is(op, "c"))
		c->op = EVENT_CREATE;
	else if (json_is(op, "u"))
		c->op = EVENT_UPDATE;
	else if (json_is(op, "d"))
		c->op = EVENT_DELETE;
	else if (json_is(op, "t"))
		c->op = EVENT_TRUNCATE;
	else if (op && op->kind != NODE_NULL && !json_is(op, "r"))
		return err_set(e, EXIT_BAD, "\"__op\" is none of c, u, d, r, t");
	if (json_is(deleted, "true") || (deleted && deleted->kind == NODE_TRUE))
		c->op = EVENT_DELETE;
	c->kind = c->op == EVENT_TRUNCATE ? CHANGE_TRUNCATE : CHANGE_ROW;
	return 0;
}

static struct field named(const char *name)
{
	return (struct field){name, name ? strlen(name) : 0};
}

int format_unwrapped(struct change_reader *r, const struct json_node *root, struct change *c,
		     struct err *e)
{
	const struct json_node *found[MARK_COUNT] = {NULL};
	struct change_image *image;
	struct field_store *s;
	uint64_t pos;
	struct field at;

	split(r, root, found, &r->after);
	c->format = FORMAT_UNWRAPPED;
	if (take_op(found, c, e) < 0)
		return -1;
	c->db = found[MARK_DB] ? text_of(found[MARK_DB]) : named(r->o.database);
	c->schema = text_of(found[MARK_SCHEMA]);
	c->table = found[MARK_TABLE] ? text_of(found[MARK_TABLE]) : named(r->o.table);
	if (!c->table.n) {
		lacks(e, "unwrapped Debezium", "__table");
		return err_hint(e, "add.fields=op,table in the connector, or cdcapply --default-table");
	}
	c->ts_ms = int_of(found[MARK_TS], NULL);
	c->transaction = text_of(found[MARK_TRANSACTION]);
	at = text_of(found[MARK_POS]);
	if (c->op != EVENT_READ && text_of(found[MARK_FILE]).n && at.p &&
	    value_uint(at.p, at.n, &pos) == VALUE_OK) {
		set_binlog_position(r, &c->position, text_of(found[MARK_FILE]), pos,
				    text_of(found[MARK_GTID]));
		c->at_position = true;
	}
	if (c->kind != CHANGE_ROW)
		return 0;
	image = c->op == EVENT_DELETE ? &c->before : &c->after;
	s = &r->after;
	*image = (struct change_image){true, s->f, s->n};
	if (debezium_encoding(text_of(found[MARK_CONNECTOR])) == ENC_MICROS)
		for (size_t i = 0; i < image->n; i++)
			image->f[i].encoding = ENC_MICROS;
	debezium_values(r, c);
	return 0;
}
