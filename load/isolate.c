#include "isolate.h"

#include <stdlib.h>

#include "feed.h"
#include "io.h"
#include "match.h"
#include "rejects.h"

#define CHUNK_BYTES (4u << 20) /* of rows held at once, or one row */

/* Rows held in memory, as the reader gave them. */
struct held {
	struct buf arena;     /* fields one after the other */
	struct field *f;      /* nrows * ncols; p is an offset into arena plus 1, or NULL */
	uint64_t *line;
	size_t nrows, room, ncols;
};

struct isolate {
	struct job *job;
	struct held held;
	struct row row;       /* room for one held row */
	uint64_t max_rejects;
	size_t at, end;       /* the rows that a run still has to send */
};

static void held_add(struct held *h, const struct row *row, uint64_t line)
{
	if (h->nrows == h->room) {
		h->room = h->room ? h->room * 2 : 1024;
		h->f = xrealloc(h->f, h->room * h->ncols * sizeof *h->f);
		h->line = xrealloc(h->line, h->room * sizeof *h->line);
	}
	for (size_t i = 0; i < h->ncols; i++) {
		struct field *f = &h->f[h->nrows * h->ncols + i];

		*f = (struct field){NULL, row->f[i].n};
		if (row->f[i].p) {
			f->p = (const char *)(h->arena.n + 1);
			buf_add(&h->arena, row->f[i].p, row->f[i].n);
		}
	}
	h->line[h->nrows++] = line;
}

static size_t held_bytes(const struct held *h)
{
	return h->arena.n + h->nrows * (h->ncols * sizeof *h->f + sizeof *h->line);
}

/* Fills *row (with room for ncols fields) from the i-th held row. */
static void held_get(const struct held *h, size_t i, struct row *row)
{
	row->n = h->ncols;
	for (size_t k = 0; k < h->ncols; k++) {
		const struct field *f = &h->f[i * h->ncols + k];

		row->f[k].n = f->n;
		row->f[k].p = f->p ? (h->arena.p ? h->arena.p : "") + ((size_t)f->p - 1) : NULL;
	}
}

static int count_reject(struct isolate *s, struct err *e)
{
	struct job *job = s->job;

	if (++job->rejected <= s->max_rejects)
		return 0;
	return err_set(e, EXIT_GATE, "%s: more than %llu rows rejected, nothing committed",
		       job->table_name, (unsigned long long)s->max_rejects);
}

static int reject_row(struct isolate *s, const struct row *row, uint64_t line,
		      const char *reason, struct err *e)
{
	if (rejects_add(s->job->rejects, row, line, reason, e) < 0)
		return -1;
	return count_reject(s, e);
}

/* Takes the next row from the reader: 1 if it is worth sending and held now,
 * 2 if it was put aside, 0 at the end, -1. */
static int take_row(struct isolate *s, struct buf *scratch, struct err *e)
{
	struct job *job = s->job;
	struct row row;
	struct buf reason = BUF_INIT;
	uint64_t line;
	int status;

	switch (reader_next(job->in, &row, e)) {
	case READER_END:
		job->at_end = true;
		return 0;
	case READER_FAILED:
		return -1;
	case READER_MALFORMED:
		buf_adds(&reason, e->msg);
		err_clear(e);
		status = rejects_add_raw(job->rejects, reader_raw(job->in), reader_line(job->in),
					 buf_cstr(&reason), e);
		buf_free(&reason);
		return status < 0 || count_reject(s, e) < 0 ? -1 : 2;
	case READER_ROW:
		break;
	}
	line = reader_line(job->in);
	buf_reset(scratch);
	if (db_load_encode(job->db, match_row(job, &row), scratch, &job->why) == 0) {
		held_add(&s->held, &row, line);
		return 1;
	}
	buf_addf(&reason, "column %s: ", job->spec.col[job->why.col]->name);
	buf_add(&reason, job->why.text.p, job->why.text.n);
	status = reject_row(s, &row, line, buf_cstr(&reason), e);
	buf_free(&reason);
	return status < 0 ? -1 : 2;
}

/* The load_source: sends the held rows at .. end. They were encoded before,
 * so they fit. */
static int held_source(void *ctx, struct buf *b, uint64_t *rows, struct err *e)
{
	struct isolate *s = ctx;

	for (; s->at < s->end && b->n < IO_CHUNK; s->at++, (*rows)++) {
		held_get(&s->held, s->at, &s->row);
		if (db_load_encode(s->job->db, match_row(s->job, &s->row), b, &s->job->why) < 0)
			return feed_misfit(s->job, s->held.line[s->at], e);
	}
	return b->n > 0;
}

/* Sends rows from .. to, and merges them where the mode asks for it. */
static int try_rows(struct isolate *s, size_t from, size_t to, struct load_result *r,
		    struct err *e)
{
	struct job *job = s->job;
	struct merge_result m = {0};

	s->at = from;
	s->end = to;
	if (db_savepoint(job->db, e) < 0)
		return -1;
	if (db_load_run(job->db, held_source, s, r, e) < 0)
		return -1;
	if (job->spec.mode != LOAD_INSERT && db_load_merge(job->db, &m, r, e) < 0)
		return -1;
	job->merged.inserted += m.inserted;
	job->merged.updated += m.updated;
	job->merged.ignored += m.ignored;
	job->rows += to - from;
	return 0;
}

/* Loads rows from .. to; those that the server refuses are put aside. Each
 * level halves what is left, or leaves out the row that the server named, so
 * good rows go in bulk. */
static int load_rows(struct isolate *s, size_t from, size_t to, struct err *e)
{
	while (from < to) {
		struct load_result r = {.bad_row = -1};
		size_t bad, mid;

		if (try_rows(s, from, to, &r, e) == 0)
			return 0;
		if (!r.row_fault)
			return err_prefix(e, "%s", s->job->table_name);
		if (to - from == 1 || (r.bad_row >= 0 && (size_t)r.bad_row < to - from)) {
			struct err refused = *e;
			int status;

			*e = (struct err)ERR_INIT;
			bad = from + (to - from == 1 ? 0 : (size_t)r.bad_row);
			status = db_rollback_savepoint(s->job->db, e);
			if (status == 0)
				status = load_rows(s, from, bad, e);
			if (status == 0) {
				held_get(&s->held, bad, &s->row);
				status = reject_row(s, &s->row, s->held.line[bad], refused.msg, e);
			}
			err_clear(&refused);
			if (status < 0)
				return -1;
			from = bad + 1;
			continue;
		}
		err_clear(e);
		mid = from + (to - from) / 2;
		if (db_rollback_savepoint(s->job->db, e) < 0 || load_rows(s, from, mid, e) < 0)
			return -1;
		from = mid;
	}
	return 0;
}

/* Gathers a chunk and loads it: 1 if there may be more, 0 at the end, -1. */
static int load_chunk(struct isolate *s, uint64_t *left, struct buf *scratch, struct err *e)
{
	struct held *h = &s->held;
	int got = 1;

	h->nrows = 0;
	buf_reset(&h->arena);
	buf_trim(&h->arena, CHUNK_BYTES * 2);
	while (got > 0 && *left && held_bytes(h) < CHUNK_BYTES) {
		got = take_row(s, scratch, e);
		if (got > 0)
			(*left)--;
	}
	if (got < 0 || load_rows(s, 0, h->nrows, e) < 0)
		return -1;
	job_progress(s->job);
	return got > 0 && *left;
}

int isolate_transaction(struct job *job, uint64_t max_rejects, struct err *e)
{
	struct isolate s = {.job = job, .max_rejects = max_rejects};
	uint64_t left = job->batch ? job->batch : UINT64_MAX;
	struct buf scratch = BUF_INIT;
	int status;

	s.held.ncols = reader_ncolumns(job->in);
	s.row.f = xcalloc(s.held.ncols, sizeof *s.row.f);
	do
		status = load_chunk(&s, &left, &scratch, e);
	while (status > 0);
	buf_free(&scratch);
	buf_free(&s.held.arena);
	free(s.held.f);
	free(s.held.line);
	free(s.row.f);
	return status;
}
