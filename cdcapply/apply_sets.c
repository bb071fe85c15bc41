/* Net changes of whole tables. */
#include <stdlib.h>

#include "apply.h"
#include "net.h"

static bool is_set(const struct target_table *d)
{
	return d->net && d->net->in_use && !d->net->by_rows;
}

static struct field *room(struct apply *a, size_t n)
{
	if (a->nset < n) {
		a->nset = n;
		a->set = xrealloc(a->set, n * sizeof *a->set);
	}
	return a->set;
}

/* The tables that go as sets, those that others refer to first as far as there are no cycles.
 * Owned by the caller. */
static struct target_table **in_order(const struct apply *a, size_t *n)
{
	struct target_table **v;
	size_t total = 0;

	for (struct target_table *d = a->tables->targets; d; d = d->next)
		total += is_set(d);
	v = xcalloc(total + 1, sizeof *v);
	*n = 0;
	for (struct target_table *d = a->tables->targets; d; d = d->next)
		if (is_set(d))
			v[(*n)++] = d;
	if (a->tables->role)
		return v;
	for (size_t i = 0; i < total; i++)
		for (size_t k = i; k < total; k++) {
			struct target_table *d = v[k];
			bool waits = false;

			for (size_t o = i; o < total && !waits; o++)
				waits = o != k && tables_refers(d, v[o]);
			if (waits)
				continue;
			v[k] = v[i];
			v[i] = d;
			break;
		}
	return v;
}

/* A failure in the rows may vanish when they go one by one. */
static int outcome(int status, const bool *row_fault, struct err *e)
{
	if (status == 0)
		return 1;
	if (!*row_fault)
		return -1;
	err_clear(e);
	return 0;
}

static int delete_set(struct apply *a, struct target_table *d, struct err *e)
{
	struct net *n = d->net;
	struct target_set set = {.delete = room(a, n->n * n->nkey)};
	struct set_result r = {0};
	struct field *to = set.delete;
	uint64_t transient = 0; /* rows that came and went */
	bool row_fault = false;
	int status;

	for (size_t i = 0; i < n->n; i++) {
		if (n->entry[i].row)
			continue;
		memcpy(to, n->entry[i].key, n->nkey * sizeof *to);
		to += n->nkey;
		transient += !n->entry[i].existed;
		set.ndeletes++;
	}
	if (!set.ndeletes)
		return 1;
	set.target = n->keys->target;
	status = outcome(db_target_delete_set(a->db, &set, &r, &row_fault, e), &row_fault,
			 e);
	a->count.deleted += r.deleted;
	a->count.gone += r.missing > transient ? r.missing - transient : 0;
	return status;
}

/* existed: the rows that were there, or those that were not. */
static int upsert_set(struct apply *a, struct target_table *d, bool existed, struct err *e)
{
	struct net *n = d->net;
	struct target_set set = {0};
	struct set_result r = {0};
	struct field *to;
	bool row_fault = false;
	int status;

	if (!n->shape)
		return 1;
	to = set.upsert = room(a, n->n * n->shape->ncols);
	for (size_t i = 0; i < n->n; i++) {
		if (!n->entry[i].row || n->entry[i].existed != existed)
			continue;
		memcpy(to, n->entry[i].row, n->shape->ncols * sizeof *to);
		to += n->shape->ncols;
		set.nupserts++;
	}
	if (!set.nupserts)
		return 1;
	set.target = n->shape->target;
	set.fresh = !existed;
	status = outcome(db_target_upsert_set(a->db, &set, &r, &row_fault, e), &row_fault,
			 e);
	a->count.inserted += r.inserted;
	a->count.updated += r.updated;
	if (existed)
		a->count.missing += r.inserted;
	else
		a->count.existing += r.updated;
	return status;
}

int apply_sets(struct apply *a, struct err *e)
{
	uint64_t conflicts = applied_conflicts(&a->count);
	size_t n;
	struct target_table **v = in_order(a, &n);
	int status = 1;

	for (size_t i = n; i-- > 0 && status == 1;)
		status = delete_set(a, v[i], e);
	/* What is updated first makes room in unique keys for what is inserted. */
	for (size_t i = 0; i < n && status == 1; i++) {
		status = upsert_set(a, v[i], true, e);
		if (status == 1)
			status = upsert_set(a, v[i], false, e);
	}
	free(v);
	/* Conflicts that are not to be smoothed over are found row by row. */
	if (status == 1 && a->options->conflict != CONFLICT_UPSERT &&
	    applied_conflicts(&a->count) != conflicts)
		status = 0;
	return status;
}
