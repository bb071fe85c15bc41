#include "feed.h"

#include "io.h"
#include "lines.h"
#include "match.h"

struct feed {
	struct job *job;
	uint64_t rows;    /* given so far */
	bool source_failed;
};

int feed_misfit(const struct job *job, uint64_t line, struct err *e)
{
	return err_set(e, EXIT_BAD, "%s line %llu: column %s: %.*s", job->table_name,
		       (unsigned long long)line, job->spec.col[job->why.col]->name,
		       (int)job->why.text.n, job->why.text.p);
}

/* Takes one row from the reader into b: 1, 0 at the end, -1. */
static int feed_row(struct feed *f, struct buf *b, struct err *e)
{
	struct job *job = f->job;
	struct row row;

	switch (reader_next(job->in, &row, e)) {
	case READER_END:
		job->at_end = true;
		return 0;
	case READER_ROW:
		break;
	case READER_FAILED:
	case READER_MALFORMED:
		return -1;
	}
	lines_add(job->lines, reader_line(job->in));
	if (db_load_encode(job->db, match_row(job, &row), b, &job->why) < 0)
		return feed_misfit(job, reader_line(job->in), e);
	f->rows++;
	return 1;
}

/* The load_source: gathers rows until there is enough to send. */
static int feed_source(void *ctx, struct buf *b, uint64_t *rows, struct err *e)
{
	struct feed *f = ctx;
	uint64_t before = f->rows;
	int got = 1;

	while (b->n < IO_CHUNK && got > 0) {
		if (f->job->batch && f->rows == f->job->batch)
			break;
		got = feed_row(f, b, e);
	}
	*rows += f->rows - before;
	job_progress(f->job);
	f->source_failed = got < 0;
	return got < 0 ? -1 : b->n > 0;
}

/* Says where a row that the server refused stood in the input. */
static int at_bad_row(const struct job *job, const struct load_result *r, struct err *e)
{
	uint64_t line = r->bad_row < 0 ? 0 : lines_get(job->lines, (uint64_t)r->bad_row);

	if (line)
		return err_prefix(e, "%s line %llu", job->table_name, (unsigned long long)line);
	if (r->bad_row >= 0)
		return err_prefix(e, "%s row %lld", job->table_name, (long long)r->bad_row + 1);
	if (r->row_fault && !e->hint)
		err_hint(e, "--reject FILE finds the row and loads the others");
	return err_prefix(e, "%s", job->table_name);
}

int feed_transaction(struct job *job, struct err *e)
{
	struct feed f = {.job = job};
	struct load_result r;
	struct merge_result m;

	job->lines->n = 0;
	if (db_load_run(job->db, feed_source, &f, &r, e) < 0)
		return f.source_failed ? -1 : at_bad_row(job, &r, e);
	if (job->spec.mode != LOAD_INSERT) {
		if (db_load_merge(job->db, &m, &r, e) < 0)
			return at_bad_row(job, &r, e);
		job->merged.inserted += m.inserted;
		job->merged.updated += m.updated;
		job->merged.ignored += m.ignored;
	}
	job->rows += f.rows;
	return 0;
}
