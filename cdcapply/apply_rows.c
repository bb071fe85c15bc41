/* Changes one by one, and what is done when rows are missing or there already. */
#include <stdlib.h>

#include "apply.h"
#include "net.h"
#include "value.h"

#define RUN 2048 /* rows at once */

static int place(const struct pending *p, struct err *e)
{
	return err_prefix(e, "line %llu: %s", (unsigned long long)p->line, p->table->label);
}

static int fill_row(struct apply *a, const struct pending *p, struct target_row *r, struct err *e)
{
	if (shape_open(a->tables, p->shape, e) < 0)
		return place(p, e);
	*r = (struct target_row){.target = p->shape->target, .op = p->op, .key = p->key,
				 .row = p->row};
	return 0;
}

static void count_done(struct apply *a, enum target_op op)
{
	a->count.inserted += op == TARGET_INSERT;
	a->count.updated += op == TARGET_UPDATE;
	a->count.deleted += op == TARGET_DELETE;
}

/* "id=5, name='x'" */
static void add_key(struct buf *b, const struct pending *p)
{
	for (size_t i = 0; i < p->shape->nkey; i++) {
		struct field f = p->op == TARGET_INSERT ? p->row[p->shape->key[i]] : p->key[i];

		buf_addf(b, "%s%s=", i ? ", " : "", p->shape->col[p->shape->key[i]]->name);
		if (f.p)
			value_add_quoted(b, f.p, f.n);
		else
			buf_adds(b, "null");
	}
}

static int refuse(const struct pending *p, enum target_result result, struct err *e)
{
	struct buf b = BUF_INIT;

	add_key(&b, p);
	err_set(e, EXIT_BAD, "%s of a row that is %s (%s)",
		p->op == TARGET_INSERT ? "insert" : p->op == TARGET_UPDATE ? "update" : "delete",
		result == TARGET_EXISTS ? "there already" : "not there", buf_cstr(&b));
	buf_free(&b);
	return place(p, e);
}

/* One change by itself. 1: it was applied; 0: *result says why not; -1: failed, and *row_fault
 * whether for its row. */
static int try_one(struct apply *a, const struct pending *p, enum target_result *result,
		   bool *row_fault, struct err *e)
{
	struct target_row r;
	struct target_outcome out = {0};

	*row_fault = false;
	*result = TARGET_DONE;
	if (fill_row(a, p, &r, e) < 0)
		return -1;
	if (db_target_apply(a->db, &r, 1, &out, e) < 0) {
		*row_fault = out.row_fault;
		return -1;
	}
	*result = out.result;
	if (out.result != TARGET_DONE)
		return 0;
	count_done(a, p->op);
	return 1;
}

/* The change as an insert of the new row, or as an update of the row with the new key. */
static struct pending turned(struct apply *a, const struct pending *p, enum target_op op)
{
	struct pending t = *p;

	t.op = op;
	if (op == TARGET_UPDATE) {
		t.key = arena_take(&a->arena, p->shape->nkey * sizeof *t.key);
		for (size_t i = 0; i < p->shape->nkey; i++)
			t.key[i] = p->row[p->shape->key[i]];
	}
	return t;
}

/* The new row, whatever is there under its key. */
static int put(struct apply *a, const struct pending *p, struct err *e)
{
	struct pending insert = turned(a, p, TARGET_INSERT), update = turned(a, p, TARGET_UPDATE);
	enum target_result result;
	bool row_fault;
	int status = try_one(a, &update, &result, &row_fault, e);

	if (status == 0)
		status = try_one(a, &insert, &result, &row_fault, e);
	if (status == 0)
		status = refuse(p, result, e);
	return status < 0 ? -1 : 0;
}

/* Deals with a change that met a conflict. */
static int settle(struct apply *a, const struct pending *p, enum target_result result,
		  struct err *e)
{
	if (a->options->conflict == CONFLICT_ERROR)
		return refuse(p, result, e);
	if (p->op == TARGET_DELETE) {
		a->count.gone++;
		return 0;
	}
	if (p->op == TARGET_INSERT)
		a->count.existing++;
	else if (p->full)
		a->count.missing++;
	else
		a->count.missing_partly++;
	if (a->options->conflict == CONFLICT_SKIP || (p->op == TARGET_UPDATE && !p->full))
		return 0;
	return put(a, p, e);
}

static bool moves(const struct pending *p)
{
	if (p->op != TARGET_UPDATE || p->shape->kind != KEY_TABLE)
		return false;
	for (size_t i = 0; i < p->shape->nkey; i++) {
		struct field a = p->key[i], b = p->row[p->shape->key[i]];

		if (a.n != b.n || memcmp(a.p, b.p, a.n) != 0)
			return true;
	}
	return false;
}

/* A row that moves to a key that is taken, as it is when changes are caught up with that are
 * in the target already: the old row goes, the new one stays as this change has it. */
static int replace(struct apply *a, const struct pending *p, struct err *e)
{
	struct pending gone = *p;
	struct err first = *e;
	enum target_result result;
	bool row_fault;

	if (!moves(p) || !p->full || a->options->conflict != CONFLICT_UPSERT)
		return place(p, e);
	*e = (struct err)ERR_INIT;
	gone.op = TARGET_DELETE;
	if (try_one(a, &gone, &result, &row_fault, e) >= 0 && put(a, p, e) == 0) {
		err_clear(&first);
		a->count.existing++;
		return 0;
	}
	err_clear(e);
	*e = first;
	return place(p, e);
}

/* Applies v[0..n), at most as many as a run has. Returns how many it came past, or -1. */
static ssize_t run_of(struct apply *a, const struct pending *const *v, size_t n, struct err *e)
{
	struct target_outcome out = {0};
	int status;

	for (size_t i = 0; i < n; i++)
		if (fill_row(a, v[i], &a->rows[i], e) < 0)
			return -1;
	status = db_target_apply(a->db, a->rows, n, &out, e);
	if (status < 0 && (!out.row_fault || out.done >= n))
		return n == 1 ? place(v[0], e) : -1;
	if (status == 0 && out.result == TARGET_DONE) {
		for (size_t i = 0; i < n; i++)
			count_done(a, v[i]->op);
		return (ssize_t)n;
	}
	/* The run was taken back: first what went well. */
	if (out.done) {
		err_clear(e);
		a->run = out.done;
		return 0;
	}
	a->run = 1;
	return (status < 0 ? replace(a, v[0], e) : settle(a, v[0], out.result, e)) < 0 ? -1 : 1;
}

int apply_rows(struct apply *a, const struct pending *v, size_t n, bool only_rows, struct err *e)
{
	const struct pending **left = xcalloc(n + 1, sizeof *left);
	size_t total = 0;
	ssize_t got = 0;

	for (size_t i = 0; i < n; i++)
		if (!only_rows || v[i].table->net->by_rows)
			left[total++] = &v[i];
	if (!a->rows)
		a->rows = xcalloc(RUN, sizeof *a->rows);
	if (!a->run)
		a->run = RUN;
	for (size_t i = 0; i < total && got >= 0; i += got > 0 ? (size_t)got : 0) {
		size_t m = total - i < a->run ? total - i : a->run;

		got = run_of(a, left + i, m, e);
		if (got == (ssize_t)m && m > 0)
			a->run = 2 * a->run < RUN ? 2 * a->run : RUN;
	}
	free(left);
	return got < 0 ? -1 : 0;
}
