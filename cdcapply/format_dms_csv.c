/*
 * AWS DMS's CSV files on S3 (AWS Database Migration Service User Guide, "Using Amazon S3 as a
 * target"): I, U or D and the columns; a full load has no such field unless it was asked for
 * (IncludeOpForFullLoad), so it is for load, not for here. A header of column names is there
 * with AddColumnName; its first field is Op. The rows of a file are of one table, which the
 * file does not name.
 */
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "reader_impl.h"

struct csv_events {
	struct csv_rows rows;
	bool begun, bad, over;
	uint64_t unfinished;     /* bytes parsed since a row ended */
	struct buf names;        /* each NUL-ended */
	struct field *name;      /* of the columns, the first field (Op) left out */
	size_t n;
};

static void take_names(struct csv_events *s, const struct field *f, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++)
		buf_add(&s->names, f[i].p, f[i].n);
	s->name = xcalloc(n + 1, sizeof *s->name);
	for (size_t i = 0; i < n; i++) {
		s->name[i] = (struct field){s->names.p ? s->names.p + at : "", f[i].n};
		at += f[i].n;
	}
	s->n = n;
}

static void take_given_names(struct csv_events *s, const char *const *columns)
{
	size_t n = 0;
	struct field *f;

	while (columns[n])
		n++;
	f = xcalloc(n + 1, sizeof *f);
	for (size_t i = 0; i < n; i++)
		f[i] = (struct field){columns[i], strlen(columns[i])};
	take_names(s, f, n);
	free(f);
}

static struct csv_events *begin(struct change_reader *r)
{
	struct csv_events *s = r->csv = xcalloc(1, sizeof *s);

	csv_rows_init(&s->rows);
	s->rows.line = s->rows.last_line = r->line;
	return s;
}

void dms_csv_free(struct csv_events *s)
{
	if (!s)
		return;
	csv_rows_free(&s->rows);
	buf_free(&s->names);
	free(s->name);
	free(s);
}

bool dms_csv_buffered(const struct csv_events *s)
{
	return s->rows.row < s->rows.nrows;
}

/* Gathers rows: 1, 0 at the end of input, 2, -1. */
static int gather(struct change_reader *r, int ms, struct err *e)
{
	struct csv_events *s = r->csv;
	int status = 1;

	csv_rows_drop(&s->rows);
	while (s->rows.nrows == 0 && !s->over) {
		size_t n = r->in.n - r->at;

		if (n) {
			csv_rows_reserve(&s->rows, n);
			s->unfinished += n;
			r->at = r->in.n;
			if (csv_rows_feed(&s->rows, r->in.p + r->at - n, n) < 0)
				s->bad = s->over = true;
		} else if (r->eof) {
			s->over = true;
			if (csv_rows_finish(&s->rows) < 0)
				s->bad = true;
		} else if (s->unfinished > r->o.max_line) {
			return err_set(e, EXIT_BAD, "the row is longer than %llu bytes",
				       (unsigned long long)r->o.max_line);
		} else if ((status = lines_read(r, ms, e)) != 1) {
			return status;
		}
	}
	if (s->rows.nrows == 0)
		return 0;
	s->unfinished = 0;
	return 1;
}

static bool is_op(struct field f)
{
	return f.n == 1 && (*f.p == 'I' || *f.p == 'U' || *f.p == 'D');
}

/* The first row: a header, or already a change. 1: it was a header. */
static int take_header(struct change_reader *r, const struct field *f, size_t n, struct err *e)
{
	struct csv_events *s = r->csv;

	s->begun = true;
	if (n && f[0].n == 2 && !strncasecmp(f[0].p, "op", 2)) {
		take_names(s, f + 1, n - 1);
		return 1;
	}
	if (!is_op(f[0]))
		return err_set(e, EXIT_BAD, "the line is neither a JSON object nor a row of DMS's CSV "
			       "files, which begin with I, U or D");
	if (!r->o.columns) {
		err_set(e, EXIT_BAD, "the names of the columns are not told: there is no header");
		return err_hint(e, "AddColumnName=true in DMS, or cdcapply --default-table");
	}
	take_given_names(s, r->o.columns);
	return 0;
}

/* The text that stands for null is not quoted; so an empty field is an empty text, unless null
 * is written as nothing (CsvNullValue). */
static struct field value_of(const struct change_reader *r, struct field f)
{
	const char *null = r->o.csv_null ? r->o.csv_null : "NULL";

	if (f.n == strlen(null) && (f.n == 0 ? !f.p : !memcmp(f.p, null, f.n)))
		return (struct field){NULL, 0};
	return f.p ? f : (struct field){"", 0};
}

static int take_row(struct change_reader *r, const struct field *f, size_t n, struct change *c,
		    struct err *e)
{
	struct csv_events *s = r->csv;
	struct change_image *image;

	if (!is_op(f[0]))
		return err_set(e, EXIT_BAD, "the first field is none of I, U, D");
	if (n - 1 != s->n)
		return err_set(e, EXIT_BAD, "%zu columns behind the operation where there are %zu", n - 1,
			       s->n);
	if (!r->o.table) {
		err_set(e, EXIT_BAD, "DMS's CSV files do not name their table");
		return err_hint(e, "cdcapply --default-table names it");
	}
	c->kind = CHANGE_ROW;
	c->format = FORMAT_DMS_CSV;
	c->op = *f[0].p == 'I' ? EVENT_CREATE : *f[0].p == 'U' ? EVENT_UPDATE : EVENT_DELETE;
	c->table = (struct field){r->o.table, strlen(r->o.table)};
	if (r->o.database)
		c->db = (struct field){r->o.database, strlen(r->o.database)};
	r->after.n = 0;
	for (size_t i = 0; i < s->n; i++)
		*store_add(&r->after) = (struct change_field){
			.name = s->name[i], .value = value_of(r, f[i + 1]), .kind = JSON_STRING,
			.encoding = ENC_TEXT};
	image = c->op == EVENT_DELETE ? &c->before : &c->after;
	*image = (struct change_image){true, r->after.f, r->after.n};
	return 1;
}

static bool is_mark(const struct field *f, size_t n)
{
	return n == 1 && f[0].n == 2 && !memcmp(f[0].p, "\\.", 2);
}

int dms_csv_next(struct change_reader *r, int ms, struct change *c, struct err *e)
{
	struct csv_events *s = r->csv ? r->csv : begin(r);
	int status;

	for (;;) {
		const struct field *f;
		size_t n;

		if (s->rows.row == s->rows.nrows && (status = gather(r, ms, e)) != 1) {
			r->line = s->rows.line;
			return s->bad ? err_set(e, EXIT_BAD, "a quoted field is not closed, or text "
						"stands behind the closing quote") : status;
		}
		f = csv_rows_next(&s->rows, &n);
		r->line = csv_rows_line(&s->rows);
		if (n == 0)
			continue;
		if (is_mark(f, n)) {
			r->marked = true;
			continue;
		}
		if (r->marked)
			return err_set(e, EXIT_BAD, "data after the end mark");
		if (!s->begun) {
			if ((status = take_header(r, f, n, e)) < 0)
				return -1;
			if (status == 1)
				continue;
		}
		return take_row(r, f, n, c, e);
	}
}
