#include "apply.h"

#include <stdlib.h>

#include "net.h"

#define MAX_BACKOFF 64 /* runs */
#define SMALL_RUN 16   /* changes: not worth a set */

uint64_t applied_conflicts(const struct applied *a)
{
	return a->existing + a->missing + a->missing_partly + a->gone;
}

void apply_init(struct apply *a, struct db *db, struct tables *t, const struct options *o)
{
	*a = (struct apply){.db = db, .tables = t, .options = o};
}

void apply_free(struct apply *a)
{
	arena_free(&a->arena);
	free(a->rows);
	free(a->set);
}

/* Whether the foreign keys of the target could see the order of changes of two tables. */
static bool related(const struct tables *t, const struct target_table *d)
{
	for (const struct target_table *o = t->targets; o; o = o->next)
		if (o != d && o->net && o->net->in_use &&
		    (tables_refers(d, o) || tables_refers(o, d)))
			return true;
	return false;
}

/* Which tables go as sets. False: none. */
static bool choose_sets(struct apply *a, const struct pending *v, size_t n)
{
	bool sets = false, order = !a->tables->role;

	net_build(v, n, order, a->tables, &a->arena);
	for (struct target_table *d = a->tables->targets; d; d = d->next) {
		if (!d->net || !d->net->in_use)
			continue;
		if (d->net->changes < SMALL_RUN)
			d->net->by_rows = true;
		if (d->net->by_rows && order && related(a->tables, d))
			return false;
		sets = sets || !d->net->by_rows;
	}
	return sets;
}

/* Opens what a set needs before the savepoint is set, lest going back to it takes that away. */
static int open_shapes(struct apply *a, struct err *e)
{
	for (struct target_table *d = a->tables->targets; d; d = d->next) {
		struct net *n = d->net;

		if (!n || !n->in_use || n->by_rows)
			continue;
		if ((n->shape && shape_open(a->tables, n->shape, e) < 0) ||
		    (n->keys && shape_open(a->tables, n->keys, e) < 0))
			return err_prefix(e, "%s", d->label);
	}
	return 0;
}

/* After a set that failed the next runs go row by row; ever more, if that happens again. */
static void back_off(struct apply *a)
{
	a->backoff = a->backoff ? 2 * a->backoff : 1;
	if (a->backoff > MAX_BACKOFF)
		a->backoff = MAX_BACKOFF;
	a->by_rows = a->backoff;
}

static int apply_run(struct apply *a, const struct pending *v, size_t n, struct err *e)
{
	struct applied before = a->count;
	int status;

	if (n < SMALL_RUN || a->by_rows || !choose_sets(a, v, n)) {
		a->by_rows -= a->by_rows > 0;
		return apply_rows(a, v, n, false, e);
	}
	if (open_shapes(a, e) < 0 || db_savepoint(a->db, e) < 0)
		return -1;
	status = apply_sets(a, e);
	if (status < 0)
		return -1;
	if (status) {
		a->backoff = 0;
		return apply_rows(a, v, n, true, e);
	}
	a->count = before;
	back_off(a);
	return db_rollback_savepoint(a->db, e) < 0 ? -1 : apply_rows(a, v, n, false, e);
}

static int empty_table(struct apply *a, const struct pending *p, struct err *e)
{
	if (db_target_truncate(a->db, p->table->def, e) < 0)
		return err_prefix(e, "line %llu: %s", (unsigned long long)p->line,
				  p->table->label);
	a->count.truncated++;
	return 0;
}

int apply_changes(struct apply *a, const struct pending *v, size_t n, struct err *e)
{
	int status = 0;

	/* What empties a table is passed by nothing. */
	for (size_t i = 0, end; i < n && status == 0; i = end) {
		for (end = i; end < n && !v[end].truncate; end++)
			;
		if (end > i)
			status = apply_run(a, v + i, end - i, e);
		arena_reset(&a->arena);
		if (status == 0 && end < n)
			status = empty_table(a, &v[end++], e);
	}
	return status;
}
