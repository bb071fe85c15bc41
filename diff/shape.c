#include "shape.h"

#include <stdlib.h>
#include <string.h>

static int find(const struct input *in, const char *name)
{
	for (size_t i = 0; i < in->n; i++)
		if (!strcmp(in->column[i], name))
			return (int)i;
	return -1;
}

static bool is_generated(const struct input *in, size_t i)
{
	return in->table && in->table->col[i].generated != GEN_NO;
}

int shape_column(const struct shape *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->name[i], name))
			return (int)i;
	return -1;
}

/* The columns that stand on one side only. A column that this side computes is no loss. */
static const char **only_in(const struct input *in, const struct input *other)
{
	const char **list = xcalloc(in->n + 1, sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < in->n; i++)
		if (!is_generated(in, i) && find(other, in->column[i]) < 0)
			list[n++] = in->column[i];
	return list;
}

/* The columns of both sides in the order of A; what B computes itself cannot be told to it. */
static void take_common(struct shape *s, const struct input in[2])
{
	for (size_t i = 0; i < in[0].n; i++) {
		int k = find(&in[1], in[0].column[i]);

		if (k >= 0 && !is_generated(&in[1], (size_t)k))
			s->name[s->n++] = in[0].column[i];
	}
	s->missing = only_in(&in[0], &in[1]);
	s->surplus = only_in(&in[1], &in[0]);
}

static int take_named(struct shape *s, const struct input in[2], char **names, struct err *e)
{
	for (char **c = names; *c; c++) {
		for (int side = 0; side < 2; side++)
			if (find(&in[side], *c) < 0)
				return err_set(e, EXIT_BAD, "%s has no column %s", in[side].name,
					       *c);
		if (shape_column(s, *c) < 0)
			s->name[s->n++] = *c;
	}
	s->missing = xcalloc(1, sizeof *s->missing);
	s->surplus = xcalloc(1, sizeof *s->surplus);
	return 0;
}

/* Moves a column to the place behind the key's columns so far. */
static void put_first(struct shape *s, size_t at)
{
	const char *name = s->name[at];
	size_t shown = s->shown[at];

	for (; at > s->nkey; at--) {
		s->name[at] = s->name[at - 1];
		s->shown[at] = s->shown[at - 1];
	}
	s->name[at] = name;
	s->shown[at] = shown;
	s->nkey++;
}

static bool is_not_null(const struct table *t, const char *name)
{
	const struct column *c = table_column(t, name, strlen(name));

	return c && c->not_null;
}

/* Whether rows can be told apart by a key: plain columns, never NULL, that both sides have. */
static bool is_usable(const struct shape *s, const struct table *t, const struct key *k)
{
	if (!k->unique || k->where)
		return false;
	for (size_t i = 0; i < k->nparts; i++) {
		const struct key_part *p = &k->part[i];

		if (!p->column || p->prefix || !is_not_null(t, p->column) ||
		    shape_column(s, p->column) < 0)
			return false;
	}
	return k->nparts > 0;
}

static const struct key *choose_key(const struct shape *s, const struct input in[2])
{
	for (int side = 0; side < 2; side++) {
		const struct table *t = in[side].table;

		for (size_t i = 0; t && i < t->nkeys; i++)
			if (is_usable(s, t, &t->key[i]))
				return &t->key[i];
	}
	return NULL;
}

static int take_key(struct shape *s, const struct input in[2], const struct shape_options *o,
		    struct err *e)
{
	const struct key *k = o->key || o->no_key ? NULL : choose_key(s, in);

	for (size_t i = 0; o->key && o->key[i]; i++) {
		int at = shape_column(s, o->key[i]);

		if (at < 0 || (size_t)at < s->nkey)
			return err_set(e, EXIT_BAD, at < 0 ? "key column %s is not on both sides"
							   : "key column %s is named twice",
				       o->key[i]);
		put_first(s, (size_t)at);
	}
	for (size_t i = 0; k && i < k->nparts; i++)
		put_first(s, (size_t)shape_column(s, k->part[i].column));
	s->positional = o->positional;
	s->whole = s->nkey == 0 && !s->positional;
	if (s->whole)
		s->nkey = s->n;
	return 0;
}

/* shown[] was, per column, where it stood; now it lists the columns in that order. */
static void invert_shown(struct shape *s)
{
	size_t *list = xcalloc(s->n, sizeof *list);

	for (size_t i = 0; i < s->n; i++)
		list[s->shown[i]] = i;
	free(s->shown);
	s->shown = list;
}

static void take_types(struct shape *s, const struct input in[2])
{
	for (size_t i = 0; i < s->n; i++) {
		const struct coltype *t[2] = {NULL, NULL};

		for (int side = 0; side < 2; side++)
			if (in[side].type)
				t[side] = &in[side].type[find(&in[side], s->name[i])];
		s->kind[i] = t[1] ? type_json_kind(t[1]) : t[0] ? type_json_kind(t[0]) : JSON_STRING;
		if (t[0] || t[1])
			canon_of_types(t[0] ? t[0] : t[1], t[1] ? t[1] : t[0], &s->canon[0][i],
				       &s->canon[1][i]);
		for (int side = 0; side < 2; side++) {
			bool any = s->canon[side][i] != CANON_NONE;

			s->any_canon[side] |= any;
			s->key_canon[side] |= any && i < s->nkey;
		}
	}
}

static bool is_number(const struct coltype *t)
{
	return t->lt == LT_INT || t->lt == LT_YEAR || t->lt == LT_DECIMAL;
}

/* Whether a server sorts its rows by the key as this program compares keys. */
static bool can_order(const struct shape *s, const struct input *in, bool numbers)
{
	struct buf b = BUF_INIT;
	bool can = in->table != NULL;

	for (size_t i = 0; can && i < s->nkey; i++) {
		const struct column *c = &in->table->col[find(in, s->name[i])];

		can = db_add_order(in->db, &b, c) && (numbers || !is_number(&c->type)) &&
		      s->canon[0][i] != CANON_JSON;
	}
	buf_free(&b);
	return can;
}

/* Two tables are merged as their servers sort them, if both can and agree which columns are
 * numbers; everything else in byte order, sorted here. */
static void choose_order(struct shape *s, const struct input in[2], int sorted)
{
	bool numbers = !s->whole && (sorted == SORTED_NUMBERS || (in[0].table && in[1].table));

	for (int side = 0; side < 2; side++)
		if (in[side].db && numbers)
			numbers = can_order(s, &in[side], true);
	for (size_t i = 0; i < s->nkey; i++) {
		bool number[2] = {true, true};

		for (int side = 0; side < 2; side++)
			if (in[side].type)
				number[side] = is_number(&in[side].type[find(&in[side],
									    s->name[i])]);
		s->order[i] = numbers && number[0] && number[1] ? KEY_NUMBERS : KEY_BYTES;
		if (in[0].table && in[1].table && number[0] != number[1])
			numbers = false;
	}
	for (size_t i = 0; !numbers && i < s->nkey; i++)
		s->order[i] = KEY_BYTES;
	for (int side = 0; side < 2; side++) {
		if (s->positional)
			s->ordering[side] = ORDER_GIVEN;
		else if (in[side].db)
			s->ordering[side] = !s->whole && can_order(s, &in[side], numbers)
						    ? ORDER_SERVER : ORDER_SORT;
		else
			s->ordering[side] = !s->whole && sorted != SORTED_NO ? ORDER_GIVEN
									     : ORDER_SORT;
	}
}

int shape_open(struct shape *s, const struct input in[2], const struct shape_options *o,
	       struct err *e)
{
	size_t room = in[0].n + 1;

	for (char **c = o->columns; c && *c; c++)
		room++;
	*s = (struct shape){.name = xcalloc(room, sizeof *s->name)};
	if (o->columns && take_named(s, in, o->columns, e) < 0)
		return -1;
	if (!o->columns)
		take_common(s, in);
	if (!s->n)
		return err_set(e, EXIT_BAD, "%s and %s have no column in common%s", in[0].name,
			       in[1].name, in[0].query ? "; name them alike with AS" : "");
	s->shown = xcalloc(s->n, sizeof *s->shown);
	for (size_t i = 0; i < s->n; i++)
		s->shown[i] = i;
	if (take_key(s, in, o, e) < 0)
		return -1;
	invert_shown(s);
	s->kind = xcalloc(s->n, sizeof *s->kind);
	s->order = xcalloc(s->nkey, sizeof *s->order);
	s->canon[0] = xcalloc(s->n, sizeof *s->canon[0]);
	s->canon[1] = xcalloc(s->n, sizeof *s->canon[1]);
	take_types(s, in);
	choose_order(s, in, o->sorted);
	return 0;
}

void shape_free(struct shape *s)
{
	free(s->name);
	free(s->shown);
	free(s->kind);
	free(s->order);
	free(s->canon[0]);
	free(s->canon[1]);
	free(s->missing);
	free(s->surplus);
	*s = (struct shape){0};
}
