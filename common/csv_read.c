/*
 * The CSV reader. libcsv does not know the end mark: the input is cut at every
 * line that reads `\.`, and whether the parser stands between two rows there is
 * told by its row callback for the byte before.
 */
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "stream_impl.h"

/* How the rows gathered so far are followed. */
enum after {
	MORE,         /* by more input */
	END,          /* by the end mark or an accepted end of file */
	CUT_OFF,
	BAD_QUOTES,   /* libcsv's strict mode */
	OPEN_QUOTES,  /* end of file inside quotes */
	SURPLUS,      /* data behind the end mark */
};

struct csv_state {
	struct csv_rows rows;
	enum after after;
	char last;         /* the last byte parsed */
	struct field null; /* the one field of a blank line */
};

enum mark { NO_MARK, MARK, MARK_UNSURE };

/* Whether an end mark stands at q; *n is its length with its line end. Unsure:
 * the bytes read so far do not tell. */
static enum mark mark_at(const char *q, const char *end, bool eof, size_t *n)
{
	size_t left = (size_t)(end - q);

	*n = 2;
	if (left < 2)
		return eof ? NO_MARK : MARK_UNSURE;
	if (q[1] != '.')
		return NO_MARK;
	if (left == 2)
		return eof ? MARK : MARK_UNSURE;
	*n = 3;
	if (q[2] != '\r')
		return q[2] == '\n' ? MARK : NO_MARK;
	if (left == 3)
		return eof ? MARK : MARK_UNSURE;
	*n = 3 + (q[3] == '\n');
	return MARK;
}

static int feed(struct csv_state *s, const char *p, size_t n)
{
	if (n == 0)
		return 0;
	s->last = p[n - 1];
	if (csv_rows_feed(&s->rows, p, n) == 0)
		return 0;
	s->after = BAD_QUOTES;
	return -1;
}

/* Parses what was read, up to an end mark or to a tail that may become one. */
static void parse(struct reader *r)
{
	struct csv_state *s = r->state;
	const char *p = r->in.p + r->at, *end = r->in.p + r->in.n, *q = p;
	size_t n = 0;

	while (q < end && (q = memchr(q, '\\', (size_t)(end - q)))) {
		char before = q > p ? q[-1] : s->last;
		enum mark mark = before == '\n' || before == '\r'
			? mark_at(q, end, r->eof, &n) : NO_MARK;

		if (mark == NO_MARK) {
			q++;
			continue;
		}
		if (feed(s, p, (size_t)(q - p)) < 0)
			return;
		p = q;
		r->at = (size_t)(p - r->in.p);
		if (s->rows.at_row_end) {
			r->marked = mark == MARK;
			r->at += r->marked ? n : 0;
			return;
		}
		q++;
	}
	if (feed(s, p, (size_t)(end - p)) == 0)
		r->at = r->in.n;
}

/* At the end of the file. */
static enum after finish(struct reader *r)
{
	struct csv_state *s = r->state;

	if (!r->no_end)
		return CUT_OFF;
	if (csv_rows_finish(&s->rows) < 0)
		return OPEN_QUOTES;
	return END;
}

/* Gathers the next rows, or finds out in s->after why there are none. 0 or -1. */
static int gather(struct reader *r, struct err *e)
{
	struct csv_state *s = r->state;

	csv_rows_drop(&s->rows);
	while (s->rows.nrows == 0 && s->after == MORE) {
		if (r->marked && r->at < r->in.n) {
			s->after = SURPLUS;
		} else if (!r->eof && reader_fill(r, e) < 0) {
			return -1;
		} else if (r->marked) {
			if (r->eof)
				s->after = END;
		} else {
			csv_rows_reserve(&s->rows, r->in.n - r->at);
			parse(r);
			if (r->eof && !r->marked && s->after == MORE)
				s->after = finish(r);
		}
	}
	return 0;
}

/* The state of s->after once all rows before it were given. */
static enum reader_status csv_ended(struct reader *r, struct err *e)
{
	struct csv_state *s = r->state;

	switch (s->after) {
	case MORE:
	case END:
		return READER_END;
	case CUT_OFF:
		reader_cut_off(r, s->rows.line, e);
		break;
	case SURPLUS:
		reader_after_end(r, s->rows.line + 1, e);
		break;
	case BAD_QUOTES:
		err_set(e, EXIT_BAD, "%s line %llu: a quote in a field without quotes, "
			"or text behind the closing quote", r->name, (unsigned long long)s->rows.line);
		err_hint(e, "a quote inside quotes is written twice");
		break;
	case OPEN_QUOTES:
		err_set(e, EXIT_BAD, "%s line %llu: a quoted field is not closed at end of file",
			r->name, (unsigned long long)s->rows.line);
		break;
	}
	return READER_FAILED;
}

static enum reader_status malformed(struct reader *r, const struct field *f, size_t n,
				    struct err *e)
{
	struct csv_state *s = r->state;

	buf_reset(&r->raw);
	buf_trim(&r->raw, READER_HUGE);
	buf_room(&r->raw, 1);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(&r->raw, ',');
		csv_add_field(&r->raw, f[i], n == 1);
	}
	err_set(e, EXIT_BAD, "%s line %llu: %zu field%s where the header has %zu", r->name,
		(unsigned long long)csv_rows_line(&s->rows), n, n == 1 ? "" : "s", r->ncols);
	return READER_MALFORMED;
}

static enum reader_status csv_next(struct reader *r, struct row *row, struct err *e)
{
	struct csv_state *s = r->state;

	if (s->rows.row == s->rows.nrows) {
		if (gather(r, e) < 0)
			return READER_FAILED;
		if (s->rows.nrows == 0)
			return csv_ended(r, e);
	}
	row->f = csv_rows_next(&s->rows, &row->n);
	r->rows++;
	if (row->n == r->ncols)
		return READER_ROW;
	if (row->n > 0 || r->ncols != 1)
		return malformed(r, row->f, row->n, e);
	s->null = (struct field){NULL, 0};
	*row = (struct row){&s->null, 1}; /* a blank line */
	return READER_ROW;
}

static uint64_t csv_line(const struct reader *r)
{
	struct csv_state *s = r->state;

	return csv_rows_line(&s->rows);
}

static int csv_open(struct reader *r, struct err *e)
{
	struct csv_state *s = xcalloc(1, sizeof *s);
	struct field *names;
	size_t n;

	r->state = s;
	s->last = '\n';
	csv_rows_init(&s->rows);
	csv_rows_reserve(&s->rows, r->in.n);
	parse(r);
	if (s->rows.nrows == 0 && s->after == MORE && gather(r, e) < 0)
		return -1;
	if (s->rows.nrows == 0 && (s->after == END || s->after == MORE))
		return reader_no_header(r, e);
	if (s->rows.nrows == 0) {
		csv_ended(r, e);
		return -1;
	}
	names = csv_rows_next(&s->rows, &n);
	return reader_set_columns(r, names, n, e);
}

static void csv_close(struct reader *r)
{
	struct csv_state *s = r->state;

	if (s)
		csv_rows_free(&s->rows);
	free(s);
}

const struct reader_ops csv_reader_ops = {csv_open, csv_next, csv_line, csv_close};
