/* The rows of a SELECT as a stream. */
#include <stdlib.h>

#include "canon.h"
#include "rows.h"
#include "stream.h"

static int copy_rows(struct db *db, struct writer *w, const struct columns *cols,
		     struct canon_row *canon, struct progress *p, struct err *e)
{
	struct row row;
	int got, bad;

	while ((got = db_fetch(db, &row, e)) > 0) {
		if (canon->any && (bad = canon_row_apply(canon, row.f)) >= 0)
			return err_set(e, EXIT_BAD, "column %s: not JSON", cols->name[bad]);
		if (writer_row(w, &row, e) < 0)
			return -1;
		progress_rows(p, w->rows, w->rows);
	}
	return got;
}

static int copy_csv(struct db *db, struct writer *w, struct progress *p, struct err *e)
{
	uint64_t rows;
	int got;

	while ((got = db_fetch_csv(db, &w->out->b, &rows, e)) > 0) {
		w->rows += rows;
		if (out_drain(w->out, e) < 0)
			return -1;
		progress_rows(p, w->rows, w->rows);
	}
	return got;
}

static uint64_t expected_rows(const struct select *s)
{
	if (s->sample)
		return s->sample;
	return s->table && !s->where ? s->table->estimated_rows : 0;
}

int extract_rows(struct db *db, const struct extract_how *o, const struct select *select,
		 struct out *out, struct err *e)
{
	struct progress progress = o->progress;
	struct canon_row canon;
	struct columns cols;
	struct writer w;
	enum json_kind *kinds;
	int status;

	if (db_select(db, select, &cols, e) < 0)
		return db_outdated_snapshot(db) ? EXTRACT_OUTDATED : -1;
	kinds = xcalloc(cols.n, sizeof *kinds);
	canon_row_open(&canon, cols.n);
	for (size_t i = 0; i < cols.n; i++) {
		kinds[i] = type_json_kind(&cols.type[i]);
		canon.how[i] = o->canonical ? canon_of_type(&cols.type[i]) : CANON_NONE;
		canon.any |= canon.how[i] != CANON_NONE;
	}
	if (writer_open(&w, out, (enum stream_format)o->format, cols.n, cols.name, kinds, e) < 0)
		return -1;
	progress_start(&progress, select->table ? select->table->name : "query",
		       expected_rows(select));
	if (o->format == STREAM_CSV && !canon.any)
		status = copy_csv(db, &w, &progress, e);
	else
		status = copy_rows(db, &w, &cols, &canon, &progress, e);
	progress_clear(&progress);
	free(kinds);
	canon_row_free(&canon);
	if (status < 0 && !w.rows && !out->bytes && db_outdated_snapshot(db)) {
		writer_abandon(&w);
		return EXTRACT_OUTDATED;
	}
	if (status < 0) {
		struct err ignored = ERR_INIT;

		/* The rows so far help whoever watches; without the mark they are cut off. */
		out_flush(out, &ignored);
		err_clear(&ignored);
		return -1;
	}
	return writer_end(&w, o->no_end, e);
}
