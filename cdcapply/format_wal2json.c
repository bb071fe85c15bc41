/*
 * wal2json, the output plugin of PostgreSQL: format-version 2, one line per row, and 1, one
 * line per transaction (eulerto/wal2json, README).
 */
#include <stdlib.h>
#include <string.h>

#include "reader_impl.h"
#include "value.h"

/* The events of a transaction are behind a checkpoint that is at or behind the end of its
 * commit: nextlsn. */
static void place(struct change_reader *r, struct change *c)
{
	if (!r->next_lsn)
		return;
	c->position = (struct position){.engine = ENGINE_POSTGRES, .lsn = r->next_lsn - 1};
	c->at_position = true;
}

static bool take_lsn(const struct json_node *n, uint64_t *lsn)
{
	struct field f = text_of(n);

	*lsn = 0;
	return f.p && position_lsn(f.p, f.n, lsn) && *lsn > 0;
}

static void take_end(struct change *c, uint64_t lsn)
{
	c->kind = CHANGE_COMMIT;
	if (!lsn)
		return;
	c->position = (struct position){.engine = ENGINE_POSTGRES, .lsn = lsn};
	c->resume = true;
}

/* ---- Old rows ---- */

#define TABLES 1024 /* whose widths are remembered */

/* How many columns a table has, as far as its new rows have told. */
struct width {
	struct buf name; /* schema, NUL, table */
	size_t n;
};

struct widths {
	struct width table[TABLES];
	size_t n, last, next;
};

static bool is_table(const struct width *w, const struct change *c)
{
	return w->name.n == c->schema.n + 1 + c->table.n &&
	       (!c->schema.n || !memcmp(w->name.p, c->schema.p, c->schema.n)) &&
	       !memcmp(w->name.p + c->schema.n + 1, c->table.p, c->table.n);
}

static struct width *width_of(struct change_reader *r, const struct change *c)
{
	struct widths *k = r->widths;
	struct width *w;

	if (!k)
		k = r->widths = xcalloc(1, sizeof *k);
	for (size_t i = 0; i < k->n; i++) {
		size_t at = (k->last + i) % k->n;

		if (is_table(&k->table[at], c)) {
			k->last = at;
			return &k->table[at];
		}
	}
	w = &k->table[k->n < TABLES ? k->n++ : k->next++ % TABLES];
	w->n = 0;
	buf_reset(&w->name);
	buf_add(&w->name, c->schema.p, c->schema.n);
	buf_addc(&w->name, '\0');
	buf_add(&w->name, c->table.p, c->table.n);
	return w;
}

static void learn_width(struct change_reader *r, const struct change *c)
{
	struct width *w = width_of(r, c);

	if (w->n < c->after.n)
		w->n = c->after.n;
}

void widths_free(struct widths *k)
{
	for (size_t i = 0; k && i < k->n; i++)
		buf_free(&k->table[i].name);
	free(k);
}

/* Whether the old row is only what the replica identity names. REPLICA IDENTITY FULL has all
 * columns; the columns of an index are not null. */
static bool is_key(struct change_reader *r, const struct change *c)
{
	struct width *w = width_of(r, c);

	learn_width(r, c);
	if (w->n)
		return c->before.n < w->n;
	for (size_t i = 0; i < c->before.n; i++)
		if (!c->before.f[i].value.p)
			return false;
	return true;
}

/* ---- Version 2 ---- */

/* [{"name":…,"type":…,"value":…}] */
static int image_of_columns(struct change_reader *r, struct field_store *s,
			    const struct json_node *columns, struct change_image *image)
{
	s->n = 0;
	if (!columns || columns->kind != NODE_ARRAY)
		return -1;
	for (const struct json_node *m = json_child(r->tree, columns); m; m = json_next(r->tree, m)) {
		const struct json_node *value = json_member(r->tree, m, "value");
		struct change_field *f;

		if (!value || !text_of(json_member(r->tree, m, "name")).p)
			return -1;
		f = store_add(s);
		*f = field_of_node(value, ENC_TEXT);
		f->name = text_of(json_member(r->tree, m, "name"));
	}
	*image = (struct change_image){true, s->f, s->n};
	return 0;
}

static void key_of_columns(struct change_reader *r, const struct json_node *pk, struct change *c)
{
	if (!pk || pk->kind != NODE_ARRAY)
		return;
	for (const struct json_node *m = json_child(r->tree, pk); m; m = json_next(r->tree, m)) {
		struct field name = text_of(json_member(r->tree, m, "name"));

		if (!name.p || c->nkey == sizeof c->key / sizeof *c->key) {
			c->nkey = 0;
			return;
		}
		c->key[c->nkey++] = name;
	}
}

static int take_row(struct change_reader *r, const struct json_node *root, struct change *c,
		    struct err *e)
{
	const struct json_node *identity = json_member(r->tree, root, "identity");
	const struct json_node *columns = json_member(r->tree, root, "columns");

	c->kind = CHANGE_ROW;
	key_of_columns(r, json_member(r->tree, root, "pk"), c);
	if (c->op != EVENT_DELETE && image_of_columns(r, &r->after, columns, &c->after) < 0)
		return lacks(e, "wal2json", "columns");
	if (c->op == EVENT_CREATE || (c->op == EVENT_UPDATE && !identity)) {
		learn_width(r, c);
		return 0;
	}
	if (image_of_columns(r, &r->before, identity, &c->before) < 0) {
		lacks(e, "wal2json", "identity");
		return err_hint(e, "the table needs a replica identity");
	}
	c->before_is_key = is_key(r, c);
	return 0;
}

int format_wal2json(struct change_reader *r, const struct json_node *root, struct change *c,
		    struct err *e)
{
	const struct json_tree *t = r->tree;
	struct field action = text_of(json_member(t, root, "action"));
	const struct json_node *next = json_member(t, root, "nextlsn");
	uint64_t lsn;

	c->format = FORMAT_WAL2JSON;
	c->transaction = text_of(json_member(t, root, "xid"));
	c->ts_ms = time_of(text_of(json_member(t, root, "timestamp")));
	c->schema = text_of(json_member(t, root, "schema"));
	c->table = text_of(json_member(t, root, "table"));
	switch (action.n == 1 ? *action.p : 0) {
	case 'B':
		c->kind = CHANGE_BEGIN;
		take_lsn(next, &r->next_lsn);
		return 0;
	case 'C':
		if (!take_lsn(next, &lsn))
			lsn = r->next_lsn;
		take_end(c, lsn);
		r->next_lsn = 0;
		return 0;
	case 'M':
		c->kind = CHANGE_IGNORED;
		return 0;
	case 'I':
		c->op = EVENT_CREATE;
		break;
	case 'U':
		c->op = EVENT_UPDATE;
		break;
	case 'D':
		c->op = EVENT_DELETE;
		break;
	case 'T':
		c->op = EVENT_TRUNCATE;
		break;
	default:
		return err_set(e, EXIT_BAD, "\"action\" is none of B, C, I, U, D, T, M");
	}
	if (!c->table.n)
		return lacks(e, "wal2json", "table");
	place(r, c);
	if (c->op != EVENT_TRUNCATE)
		return take_row(r, root, c, e);
	c->kind = CHANGE_TRUNCATE;
	return 0;
}

/* ---- Version 1 ---- */

/* "columnnames":[…], "columnvalues":[…] */
static int image_of_lists(struct change_reader *r, struct field_store *s,
			  const struct json_node *names, const struct json_node *values,
			  struct change_image *image)
{
	const struct json_tree *t = r->tree;
	const struct json_node *name = json_child(t, names), *value = json_child(t, values);

	s->n = 0;
	if (!names || !values || names->kind != NODE_ARRAY || values->kind != NODE_ARRAY ||
	    names->nchildren != values->nchildren)
		return -1;
	for (; name; name = json_next(t, name), value = json_next(t, value)) {
		struct change_field *f = store_add(s);

		if (name->kind != NODE_STRING)
			return -1;
		*f = field_of_node(value, ENC_TEXT);
		f->name = name->text;
	}
	*image = (struct change_image){true, s->f, s->n};
	return 0;
}

static int take_change(struct change_reader *r, const struct json_node *n, struct change *c,
		       struct err *e)
{
	const struct json_tree *t = r->tree;
	const struct json_node *kind = json_member(t, n, "kind"), *old = json_member(t, n, "oldkeys");

	c->kind = CHANGE_ROW;
	c->schema = text_of(json_member(t, n, "schema"));
	c->table = text_of(json_member(t, n, "table"));
	c->op = json_is(kind, "insert") ? EVENT_CREATE : json_is(kind, "update") ? EVENT_UPDATE
	      : json_is(kind, "delete") ? EVENT_DELETE : EVENT_TRUNCATE;
	if (json_is(kind, "message")) {
		c->kind = CHANGE_IGNORED;
		return 0;
	}
	if (c->op == EVENT_TRUNCATE && !json_is(kind, "truncate"))
		return err_set(e, EXIT_BAD, "\"kind\" is none of insert, update, delete, truncate, "
			       "message");
	if (!c->table.n)
		return lacks(e, "wal2json", "table");
	place(r, c);
	if (c->op == EVENT_TRUNCATE) {
		c->kind = CHANGE_TRUNCATE;
		return 0;
	}
	set_key(r, c, json_member(t, json_member(t, n, "pk"), "pknames"));
	if (c->op != EVENT_DELETE &&
	    image_of_lists(r, &r->after, json_member(t, n, "columnnames"),
			   json_member(t, n, "columnvalues"), &c->after) < 0)
		return err_set(e, EXIT_BAD, "\"columnnames\" and \"columnvalues\" do not match");
	if (c->op == EVENT_CREATE || (c->op == EVENT_UPDATE && !old)) {
		learn_width(r, c);
		return 0;
	}
	if (image_of_lists(r, &r->before, json_member(t, old, "keynames"),
			   json_member(t, old, "keyvalues"), &c->before) < 0)
		return err_set(e, EXIT_BAD, "\"keynames\" and \"keyvalues\" do not match");
	c->before_is_key = is_key(r, c);
	return 0;
}

/* BEGIN, the changes, and the end: 1, 0 behind it, -1. */
static int next_change(struct change_reader *r, struct change *c, struct err *e)
{
	const struct json_node *n = r->item;

	*c = r->message;
	if (n) {
		r->item = json_next(r->tree, n);
		r->item_no++;
		if (n->kind != NODE_OBJECT)
			return err_set(e, EXIT_BAD, "a change is no object");
		return take_change(r, n, c, e) < 0
			? err_prefix(e, "change %llu", (unsigned long long)r->item_no) : 1;
	}
	take_end(c, r->next_lsn);
	r->next_lsn = 0;
	r->more = NULL;
	return 1;
}

int format_wal2json_v1(struct change_reader *r, const struct json_node *root, struct change *c,
		       struct err *e)
{
	const struct json_node *changes = json_member(r->tree, root, "change");

	if (changes->kind != NODE_ARRAY)
		return err_set(e, EXIT_BAD, "\"change\" is no array");
	c->format = FORMAT_WAL2JSON;
	c->kind = CHANGE_BEGIN;
	c->transaction = text_of(json_member(r->tree, root, "xid"));
	c->ts_ms = time_of(text_of(json_member(r->tree, root, "timestamp")));
	take_lsn(json_member(r->tree, root, "nextlsn"), &r->next_lsn);
	r->message = *c;
	r->item = json_child(r->tree, changes);
	r->item_no = 0;
	r->more = next_change;
	return 0;
}
