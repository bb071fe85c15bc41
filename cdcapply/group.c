#include "group.h"

#include <stdlib.h>

#include "err.h"

static struct pending *add(struct group *g)
{
	if (g->n == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 1024;
		g->v = xrealloc(g->v, g->cap * sizeof *g->v);
	}
	return &g->v[g->n];
}

/* Brings an image's values into v, which has a place for each column of the table. */
static int take(struct group *g, struct tables *t, const struct target_table *d,
		const struct layout *l, const struct change *c, const struct change_image *im,
		struct field *v, struct buf *scratch, struct err *e)
{
	enum engine engine = db_engine(t->db);

	for (size_t i = 0; i < l->n; i++) {
		struct field out;

		if (l->col[i] == NO_COLUMN)
			continue;
		buf_reset(scratch);
		if (change_value(&t->options->encodings, c->format, &im->f[i],
				 &d->def->col[l->col[i]], engine, scratch, &out, e) < 0)
			return err_prefix(e, "%s", d->label);
		v[l->col[i]] = arena_field(&g->arena, out);
	}
	return 0;
}

/* The values that stay from the old row, where the new one does not tell. */
static void fill_row(struct pending *p, const struct shape *s, const struct layout *after,
		     const struct field *old, const struct field *new)
{
	for (size_t i = 0; i < s->ncols; i++)
		p->row[i] = old[s->index[i]];
	for (size_t i = 0; i < after->n; i++)
		if (after->col[i] != NO_COLUMN)
			p->row[s->slot[after->col[i]]] = new[after->col[i]];
}

static int fill(struct group *g, struct tables *t, const struct plan *plan, struct pending *p,
		const struct change *c, struct buf *scratch, struct err *e)
{
	const struct target_table *d = p->table;
	const struct shape *s = plan->shape;
	struct field *old = t->scratch, *new = t->scratch + d->def->ncols;

	if ((plan->before && take(g, t, d, plan->before, c, &c->before, old, scratch, e) < 0) ||
	    (plan->after && take(g, t, d, plan->after, c, &c->after, new, scratch, e) < 0))
		return -1;
	if (plan->op != TARGET_DELETE) {
		p->row = arena_take(&g->arena, s->ncols * sizeof *p->row);
		fill_row(p, s, plan->after, old, new);
	}
	if (plan->op != TARGET_INSERT) {
		p->key = arena_take(&g->arena, s->nkey * sizeof *p->key);
		for (size_t i = 0; i < s->nkey; i++)
			p->key[i] = (plan->from_before[i] ? old : new)[s->index[s->key[i]]];
	}
	return 0;
}

static enum target_op op_of(enum event_op op)
{
	if (op == EVENT_UPDATE)
		return TARGET_UPDATE;
	return op == EVENT_DELETE ? TARGET_DELETE : TARGET_INSERT;
}

int group_add(struct group *g, struct tables *t, struct source_table *s, const struct change *c,
	      uint64_t line, struct buf *scratch, struct err *e)
{
	enum target_op op = op_of(c->op);
	const struct plan *plan;
	struct pending *p;

	if (op == TARGET_DELETE ? !c->before.there : !c->after.there)
		return err_set(e, EXIT_BAD, "%s: the event lacks its %s row", s->target->label,
			       op == TARGET_DELETE ? "old" : "new");
	plan = plan_of(t, s, c, op, e);
	if (!plan)
		return -1;
	p = add(g);
	*p = (struct pending){.op = op, .table = s->target, .shape = plan->shape,
			      .full = plan->full, .line = line};
	if (fill(g, t, plan, p, c, scratch, e) < 0)
		return -1;
	g->n++;
	return 0;
}

void group_add_truncate(struct group *g, struct target_table *t, uint64_t line)
{
	struct pending *p = add(g);

	*p = (struct pending){.truncate = true, .table = t, .line = line};
	g->n++;
}

static struct field *copy(struct arena *a, const struct field *from, size_t n)
{
	struct field *to;

	if (!from)
		return NULL;
	to = arena_take(a, n * sizeof *to);
	for (size_t i = 0; i < n; i++)
		to[i] = arena_field(a, from[i]);
	return to;
}

void group_drop(struct group *g, size_t n)
{
	struct arena fresh = {0};

	if (n == g->n) {
		arena_reset(&g->arena);
	} else if (n) {
		for (size_t i = n; i < g->n; i++) {
			struct pending *p = &g->v[i - n];

			*p = g->v[i];
			if (p->truncate)
				continue;
			p->key = copy(&fresh, p->key, p->shape->nkey);
			p->row = copy(&fresh, p->row, p->shape->ncols);
		}
		arena_free(&g->arena);
		g->arena = fresh;
	}
	g->n -= n;
	g->complete -= n < g->complete ? n : g->complete;
}

void group_free(struct group *g)
{
	arena_free(&g->arena);
	free(g->v);
}
