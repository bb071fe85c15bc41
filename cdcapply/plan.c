/*
 * How a change is applied: which columns it sets, and by which it finds its row. That is found
 * out once for each combination of images that occurs.
 */
#include <stdlib.h>
#include <string.h>

#include "tables.h"

#define MANY_LAYOUTS 64 /* of one table */

static bool has(const struct layout *l, size_t col)
{
	for (size_t i = 0; l && i < l->n; i++)
		if (l->col[i] == col)
			return true;
	return false;
}

static bool has_all(const struct layout *l, const size_t *col, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!has(l, col[i]))
			return false;
	return n > 0;
}

/* Fills col with a key's columns, or says that it cannot name rows here. */
static bool key_columns(const struct table *def, const struct key *k, size_t *col)
{
	if (!k->primary && (!k->unique || k->where))
		return false;
	for (size_t i = 0; i < k->nparts; i++) {
		const struct key_part *p = &k->part[i];
		const struct column *c =
			p->column ? table_column(def, p->column, strlen(p->column)) : NULL;

		if (!c || p->prefix || (!k->primary && !c->not_null) || c->generated != GEN_NO)
			return false;
		col[i] = (size_t)(c - def->col);
	}
	return k->nparts > 0;
}

/* The first key of the target whose columns the event has. */
static void choose_key(struct target_table *d, const struct layout *before,
		       const struct layout *after)
{
	size_t *col = xcalloc(d->def->ncols + 1, sizeof *col);

	for (size_t i = 0; i < d->def->nkeys && !d->nkey; i++) {
		const struct key *k = &d->def->key[i];

		if (k->nparts > d->def->ncols || !key_columns(d->def, k, col) ||
		    (!has_all(after, col, k->nparts) && !has_all(before, col, k->nparts)))
			continue;
		d->key = xcalloc(k->nparts, sizeof *d->key);
		memcpy(d->key, col, k->nparts * sizeof *col);
		d->nkey = k->nparts;
	}
	free(col);
	d->key_chosen = true;
}

static void choose_columns(const struct layout *l, struct key_choice *key, enum key_kind kind)
{
	key->kind = kind;
	key->n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (l->col[i] != NO_COLUMN)
			key->col[key->n++] = l->col[i];
}

/* The columns that the event itself calls the key. */
static bool event_key(const struct source_table *s, const struct change *c,
		      const struct layout *image, struct key_choice *key)
{
	const struct table *def = s->target->def;

	key->kind = KEY_EVENT;
	key->n = 0;
	for (size_t i = 0; i < c->nkey; i++) {
		const struct column *col = table_column(def, c->key[i].p, c->key[i].n);

		if (!col || key->n == def->ncols)
			return false;
		key->col[key->n++] = (size_t)(col - def->col);
	}
	return has_all(image, key->col, key->n);
}

/* By what the change's row is found, or, for an insert, which rows are the same. */
static int choose(const struct source_table *s, const struct change *c, enum target_op op,
		  const struct layout *before, const struct layout *after, struct key_choice *key,
		  struct err *e)
{
	const struct target_table *d = s->target;
	const struct layout *image = before && op != TARGET_INSERT ? before : after;
	/* A key that before does not name has not changed; not so where before is only
	 * the key: it names the row by other columns. */
	const struct layout *names_row =
		has_all(image, d->key, d->nkey) || (before && c->before_is_key) ? image : after;

	if (names_row && has_all(names_row, d->key, d->nkey)) {
		key->kind = KEY_TABLE;
		key->n = d->nkey;
		memcpy(key->col, d->key, d->nkey * sizeof *d->key);
		return 0;
	}
	if (image && event_key(s, c, image, key))
		return 0;
	if (image && (image == before || op == TARGET_INSERT)) {
		choose_columns(image, key,
			       image == before && c->before_is_key ? KEY_EVENT : KEY_ROW);
		if (key->n)
			return 0;
	}
	err_set(e, EXIT_BAD, "%s: the event does not tell which row it means", d->label);
	return err_hint(e, "the table needs a primary key, or the source must write old rows "
			"whole (REPLICA IDENTITY FULL; binlog_row_image=FULL)");
}

/* ---- Plans ---- */

static void plan_free(struct plan *p)
{
	free(p->from_before);
	free(p);
}

void plans_free(struct source_table *s)
{
	for (struct plan *p = s->plans, *next; p; p = next) {
		next = p->next;
		plan_free(p);
	}
	s->plans = NULL;
}

/* Remembers which columns the source has; a new one makes earlier plans doubtful. */
static void learn(struct source_table *s, const struct change *c, enum target_op op,
		  const struct layout *before, const struct layout *after)
{
	bool sure = op == TARGET_INSERT || (before && !c->before_is_key), news = sure && !s->sure;

	s->sure = s->sure || sure;
	for (int side = 0; side < 2; side++) {
		const struct layout *l = side ? after : before;

		for (size_t i = 0; l && i < l->n; i++)
			if (l->col[i] != NO_COLUMN && !s->known[l->col[i]])
				news = s->known[l->col[i]] = true;
	}
	if (news)
		plans_free(s);
}

static bool is_full(const struct source_table *s, const struct shape *shape)
{
	if (shape->all)
		return true;
	for (size_t i = 0; i < s->target->def->ncols; i++)
		if (s->known[i] && shape->slot[i] == NO_COLUMN)
			return false;
	return s->sure;
}

static struct plan *plan_new(struct source_table *s, const struct change *c, enum target_op op,
			     const struct layout *before, const struct layout *after,
			     struct err *e)
{
	size_t ncols = s->target->def->ncols, n = 0;
	struct key_choice key = {.col = xcalloc(ncols + 1, sizeof *key.col)};
	size_t *col = xcalloc(3 * ncols + 1, sizeof *col);
	struct plan *p = NULL;

	if (choose(s, c, op, before, after, &key, e) == 0) {
		p = xcalloc(1, sizeof *p);
		*p = (struct plan){.before = before, .after = after, .op = op,
				   .before_is_key = c->before_is_key, .next = s->plans};
		for (size_t i = 0; i < key.n; i++)
			col[n++] = key.col[i];
		/* A delete needs its key alone; an update keeps what only before has. */
		for (size_t i = 0; op != TARGET_DELETE && after && i < after->n; i++)
			if (after->col[i] != NO_COLUMN)
				col[n++] = after->col[i];
		for (size_t i = 0; op == TARGET_UPDATE && before && i < before->n; i++)
			if (before->col[i] != NO_COLUMN)
				col[n++] = before->col[i];
		p->shape = shape_of(s->target, col, n, &key);
		p->from_before = xcalloc(key.n + 1, sizeof *p->from_before);
		for (size_t i = 0; i < key.n; i++)
			p->from_before[i] = op != TARGET_INSERT && has(before, key.col[i]);
		p->full = op != TARGET_UPDATE || is_full(s, p->shape);
		s->plans = p;
	}
	free(key.col);
	free(col);
	return p;
}

const struct plan *plan_of(struct tables *t, struct source_table *s, const struct change *c,
			       enum target_op op, struct err *e)
{
	const struct layout *before = NULL, *after = NULL;

	if (s->nlayouts > MANY_LAYOUTS)
		layouts_free(s);
	if (c->before.there && op != TARGET_INSERT && !(before = layout_of(t, s, &c->before, e)))
		return NULL;
	if (c->after.there && op != TARGET_DELETE && !(after = layout_of(t, s, &c->after, e)))
		return NULL;
	for (struct plan *p = s->plans; p; p = p->next)
		if (p->before == before && p->after == after && p->op == op &&
		    p->before_is_key == c->before_is_key)
			return p;
	if (!s->target->key_chosen)
		choose_key(s->target, before, after);
	learn(s, c, op, before, after);
	return plan_new(s, c, op, before, after, e);
}
