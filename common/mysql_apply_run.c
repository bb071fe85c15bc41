/*
 * Runs of changes: many statements in one packet (MySQL manual, "Multiple Statement
 * Execution Support"), so that a change costs no round trip; each tells how many rows it found.
 * INSERTs in a row become one. If one of those fails, or anything gives a warning, the run is
 * begun anew with one change at a time, which tells which it was.
 */
#include <stdlib.h>

#include "mysql_apply.h"
#include "mysql_load.h"

#define RUN "rowboat_run" /* the savepoint of a run */
#define BATCH_BYTES (1u << 20)
#define INSERT_ROWS 500

/* A statement of a batch: which changes it makes. */
struct item {
	size_t first, n;
	bool update_half; /* the UPDATE of an upsert, whose INSERT follows */
};

struct run {
	struct my *m;
	const struct target_row *rows;
	size_t n;
	bool single;       /* one change at a time */
	struct buf sql;
	struct item *item; /* of the batch */
	size_t nitems, room;
	size_t limit;      /* bytes of a batch */
	bool begun;        /* the savepoint is set */
	bool large;        /* the batch's last change is too large for it */
	bool doubtful;     /* something happened that only single changes can explain */
};

static void add_item(struct run *r, size_t first, size_t n, bool update_half)
{
	if (r->nitems == r->room) {
		r->room = r->room ? 2 * r->room : 64;
		r->item = xrealloc(r->item, r->room * sizeof *r->item);
	}
	r->item[r->nitems++] = (struct item){first, n, update_half};
}

/* Whether change i can be one more row of the INSERT before it. */
static bool joins_insert(const struct run *r, size_t i)
{
	const struct item *last = r->nitems ? &r->item[r->nitems - 1] : NULL;
	const struct target_row *row = &r->rows[i];

	return last && !r->single && last->n && last->n < INSERT_ROWS && row->op == TARGET_INSERT &&
	       !row->tolerate && row[-1].op == TARGET_INSERT && !row[-1].tolerate &&
	       last->first + last->n == i &&
	       row[-1].target == row->target;
}

static int add_change(struct run *r, size_t i, struct err *e)
{
	const struct target_row *row = &r->rows[i];
	struct my_target *t = my_target_of(row->target);
	int n = my_change_statements(row);

	if (joins_insert(r, i)) {
		buf_addc(&r->sql, ',');
		if (my_add_row(t, &r->sql, row->row, e) < 0)
			return -1;
		r->item[r->nitems - 1].n++;
		return 0;
	}
	for (int nth = 0; nth < n; nth++) {
		buf_adds(&r->sql, r->sql.n ? ";" : "");
		if (my_add_change(t, &r->sql, row, nth, e) < 0)
			return -1;
		add_item(r, i, 1, nth + 1 < n);
	}
	return 0;
}

/* Takes the last change back out of the batch. */
static void drop_change(struct run *r, size_t i, size_t sql)
{
	r->sql.n = sql;
	while (r->nitems && r->item[r->nitems - 1].first == i && r->item[r->nitems - 1].n)
		r->nitems--;
	if (r->nitems && r->item[r->nitems - 1].first + r->item[r->nitems - 1].n > i)
		r->item[r->nitems - 1].n--;
}

/* Makes a batch of the changes from `first` on; returns where it ends. A value that does not
 * fit ends it, with *e set. A change that is too large for a packet comes alone, without
 * statements. */
static size_t make_batch(struct run *r, size_t first, struct err *e)
{
	size_t i;

	buf_reset(&r->sql);
	r->nitems = 0;
	r->large = false;
	if (!r->begun) {
		buf_adds(&r->sql, "SAVEPOINT " RUN);
		add_item(r, first, 0, false);
	}
	for (i = first; i < r->n && r->sql.n < r->limit && !(r->single && i > first); i++) {
		size_t before = r->sql.n;

		if (add_change(r, i, e) < 0) {
			drop_change(r, i, before);
			break;
		}
		if (r->sql.n + 1 >= r->m->max_packet) {
			drop_change(r, i, before);
			r->large = i == first;
			return i + r->large;
		}
	}
	return i;
}

/* Judges a statement's count of rows. */
static int judge(const struct run *r, const struct item *it, uint64_t affected,
		 struct target_outcome *out, bool *updated, struct err *e)
{
	const struct target_row *row = &r->rows[it->first];

	if (!it->n) /* the savepoint */
		return 0;
	if (it->update_half) {
		*updated = affected > 0;
		out->updated += *updated;
		return 0;
	}
	switch (row->op) {
	case TARGET_UPSERT:
		out->inserted += affected;
		if (!affected && !*updated)
			return err_set(e, EXIT_FAILED, "an upsert found no row and made none");
		return 0;
	case TARGET_INSERT:
		if (affected == it->n)
			return 0;
		out->existing++;
		if (row->tolerate)
			return 0;
		return err_set(e, EXIT_FAILED, "of %zu rows %llu arrived", it->n,
			       (unsigned long long)affected);
	default:
		if (affected)
			return 0;
		out->missing++;
		out->result = row->tolerate ? TARGET_DONE : TARGET_MISSING;
		return 0;
	}
}

/* Whether a failed INSERT says that there is a row of that key: it is looked up, since the
 * message may name any index. */
static bool is_key_taken(struct my *m, const struct target_row *row)
{
	struct my_target *t = my_target_of(row->target);
	struct err unused = ERR_INIT;
	struct result res = {0};
	struct buf b = BUF_INIT;
	bool taken = false;

	if (row->op != TARGET_INSERT || t->base.spec.whole_row || my_errno(m) != 1062)
		return false;
	buf_adds(&b, "SELECT 1 FROM ");
	buf_add(&b, t->table.p, t->table.n);
	buf_adds(&b, " WHERE ");
	if (my_add_key(t, &b, my_own_key(t, row->row), &unused) == 0 &&
	    my_query(m, buf_cstr(&b), &res, &unused) == 0)
		taken = res.nrows > 0;
	err_clear(&unused);
	result_free(&res);
	buf_free(&b);
	return taken;
}

/* What the warnings mean of statement i of a batch; they can be read of the last alone. */
static int read_warnings(struct run *r, size_t i, struct err *e)
{
	struct load_result warned;
	uint64_t affected, harmless;
	unsigned warnings;

	if (i + 1 < r->nitems)
		return err_set(e, EXIT_BAD, "the server warns of the first half of an upsert");
	if (my_batch_next(r->m, &affected, &warnings, e) < 0)
		return -1;
	return my_read_warnings(r->m, &warned, &harmless, e);
}

/* Reads what became of the batch, up to the first change that stops the run. */
static int read_batch(struct run *r, struct target_outcome *out, struct err *e)
{
	bool updated = false;
	uint64_t affected;
	unsigned warnings;

	for (size_t i = 0; i < r->nitems; i++) {
		const struct item *it = &r->item[i];
		const struct target_row *row = &r->rows[it->first];

		out->done = it->first;
		if (my_batch_next(r->m, &affected, &warnings, e) <= 0) {
			r->doubtful = r->doubtful || it->n > 1;
			out->row_fault = my_row_fault(my_errno(r->m));
			if (!r->doubtful && is_key_taken(r->m, row)) {
				err_clear(e);
				out->row_fault = false;
				out->result = TARGET_EXISTS;
				return 0;
			}
			return -1;
		}
		r->begun = true;
		r->doubtful = r->doubtful || (warnings && !r->single);
		if (judge(r, it, affected, out, &updated, e) < 0) {
			out->row_fault = true;
			return -1;
		}
		if (warnings && r->single && read_warnings(r, i, e) < 0) {
			out->row_fault = true;
			return -1;
		}
		if (out->result != TARGET_DONE)
			return 0;
	}
	return 0;
}

/* Reads the answers that are left: the connection must be free for the next statement. */
static void drain(struct my *m)
{
	struct err unused = ERR_INIT;
	uint64_t affected;
	unsigned warnings;

	while (my_batch_next(m, &affected, &warnings, &unused) > 0)
		continue;
	err_clear(&unused);
}

/* A change whose statement would be larger than the server takes: long values go apart from
 * it, as parameters in their binary form. */
static int run_large(struct run *r, size_t i, struct target_outcome *out, struct err *e)
{
	const struct target_row *row = &r->rows[i];
	struct my_target *t = my_target_of(row->target);
	struct my_long apart = {0};
	struct load_result warned;
	uint64_t harmless;
	int n = my_change_statements(row), status = 0;
	bool updated = false;

	out->done = i;
	t->apart = &apart;
	for (int nth = 0; nth < n && status == 0 && !updated; nth++) {
		struct item it = {i, 1, nth + 1 < n};

		apart.n = apart.arena.n = r->sql.n = 0;
		status = my_add_change(t, &r->sql, row, nth, e);
		my_params_settle(apart.param, apart.n, &apart.arena);
		if (status == 0 && r->sql.n + apart.arena.n + 64 >= r->m->max_packet) {
			err_set(e, EXIT_BAD, "a row of %zu bytes does not fit the server's "
				"max_allowed_packet of %llu", apart.arena.n,
				(unsigned long long)r->m->max_packet);
			status = err_hint(e, "SET GLOBAL max_allowed_packet = 1073741824");
		}
		out->row_fault = status < 0;
		if (status < 0)
			break;
		status = my_insert(r->m, buf_cstr(&r->sql), apart.param, apart.n, e);
		out->row_fault = status < 0 && my_row_fault(my_errno(r->m));
		if (status == 0)
			status = judge(r, &it, my_affected(r->m), out, &updated, e);
		if (status == 0 && my_read_warnings(r->m, &warned, &harmless, e) < 0) {
			out->row_fault = true;
			status = -1;
		}
	}
	t->apart = NULL;
	if (status < 0 && is_key_taken(r->m, row)) {
		err_clear(e);
		out->row_fault = false;
		out->result = TARGET_EXISTS;
		status = 0;
	}
	my_drop_result(r->m);
	free(apart.param);
	buf_free(&apart.arena);
	return status;
}

static int run_batch(struct run *r, struct target_outcome *out, struct err *e)
{
	int status;

	my_batch(r->m, r->sql.p, r->sql.n);
	status = read_batch(r, out, e);
	drain(r->m);
	return status;
}

static int run_all(struct run *r, struct target_outcome *out, struct err *e)
{
	struct err misfit = ERR_INIT;
	size_t at = 0;
	int status = 0;

	*out = (struct target_outcome){0};
	while (status == 0 && at < r->n && !r->doubtful && out->result == TARGET_DONE &&
	       !misfit.msg) {
		at = make_batch(r, at, &misfit);
		if (r->nitems)
			status = run_batch(r, out, e);
		if (status == 0 && r->large)
			status = run_large(r, at - 1, out, e);
	}
	if (status || r->doubtful || out->result != TARGET_DONE) {
		err_clear(&misfit);
		return status;
	}
	out->done = at;
	if (!misfit.msg)
		return 0;
	out->row_fault = true;
	*e = misfit;
	return -1;
}

/* Back to before the run. A deadlock has rolled all of the transaction back: then there is no
 * savepoint, and the failure that is told of already stays. */
static int undo_run(struct my *m, int status, struct err *e)
{
	struct err unused = ERR_INIT;

	if (my_exec(m, "ROLLBACK TO SAVEPOINT " RUN, status < 0 ? &unused : e) < 0)
		status = -1;
	err_clear(&unused);
	return status;
}

int my_apply(struct db *db, const struct target_row *rows, size_t n,
		 struct target_outcome *out, struct err *e)
{
	struct run r = {.m = my_of(db), .rows = rows, .n = n, .limit = BATCH_BYTES};
	int status;

	if (r.m->max_packet / 2 < r.limit)
		r.limit = (size_t)(r.m->max_packet / 2);
	status = run_all(&r, out, e);
	if (r.doubtful) {
		err_clear(e);
		r.doubtful = false;
		r.single = true;
		status = undo_run(r.m, 0, e);
		if (status == 0)
			status = run_all(&r, out, e);
	}
	buf_free(&r.sql);
	free(r.item);
	return out->done == n && status == 0 ? 0 : undo_run(r.m, status, e);
}
