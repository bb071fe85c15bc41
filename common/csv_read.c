/*
 * CSV by libcsv (csv(3)). libcsv knows neither the end mark nor lines: the
 * input is cut at every line that reads `\.`, and whether the parser stands
 * between two rows there is told by its row callback for the byte before.
 *
 * One read's rows are gathered at once: their fields lie in an arena that does
 * not move while libcsv runs; a field too long for it keeps libcsv's own buffer.
 */
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "stream_impl.h"

#define CSV_OPTIONS (CSV_STRICT | CSV_REPALL_NL | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL)
#define ENTRY_BLOCK (256 * 1024) /* libcsv's buffer for one field grows by this at least */
#define ARENA_FIELD (64 * 1024)  /* a field longer than this stays in libcsv's buffer */

/* How the rows gathered so far are followed. */
enum after {
	MORE,         /* by more input */
	END,          /* by the end mark or an accepted end of file */
	CUT_OFF,
	BAD_QUOTES,   /* libcsv's strict mode */
	OPEN_QUOTES,  /* end of file inside quotes */
	SURPLUS,      /* data behind the end mark */
};

/* Where a row ends: what of each store belongs to it and those before. */
struct row_end {
	size_t f, arena, block;
};

struct csv_state {
	struct csv_parser parser;
	char *arena;
	size_t arena_n, arena_cap;
	struct field *f;         /* fields of the gathered rows and of the unfinished one */
	size_t nf, fcap;
	struct field *block;     /* libcsv's buffers that long fields were left in; owned */
	size_t nblocks, blocks_cap;
	struct row_end *end;     /* per gathered row */
	size_t nrows, rows_cap;
	size_t row;              /* the next row to give */
	struct field null;       /* the one field of a blank line */
	bool at_row_end;         /* the last byte parsed ended a row */
	bool after_cr;           /* … and was a CR */
	bool marked;             /* the end mark was read */
	char last;               /* the last byte parsed */
	enum after after;
	size_t line_row;         /* row line_row begins on line `line` */
	uint64_t line;
	uint64_t last_line;      /* on which the last row that is no longer here began */
};

static int no_space(unsigned char c)
{
	(void)c;
	return 0;
}

/* Stands in for free() while csv_free() lets go of a buffer that a row keeps. */
static void keep_block(void *p)
{
	(void)p;
}

static void grow_array(void *array, size_t *cap, size_t n, size_t size)
{
	void **p = array;

	if (n < *cap)
		return;
	*cap = *cap + *cap / 2 + 64;
	*p = xrealloc(*p, *cap * size);
}

/* Leaves a long field in the buffer that libcsv read it into and lets libcsv
 * get another one, so that a huge value is in memory once. */
static struct field keep_entry(struct csv_state *s, char *p, size_t n)
{
	grow_array(&s->block, &s->blocks_cap, s->nblocks, sizeof *s->block);
	s->block[s->nblocks++] = (struct field){p, n};
	csv_set_free_func(&s->parser, keep_block);
	csv_free(&s->parser);
	csv_set_free_func(&s->parser, free);
	return (struct field){p, n};
}

static void on_field(void *p, size_t n, void *state)
{
	struct csv_state *s = state;
	struct field *f;

	if (s->nf == s->fcap)
		grow_array(&s->f, &s->fcap, s->nf, sizeof *s->f);
	f = &s->f[s->nf++];
	s->after_cr = false;
	if (!p) {
		*f = (struct field){NULL, 0};
	} else if (n > ARENA_FIELD) {
		*f = keep_entry(s, p, n);
	} else {
		*f = (struct field){memcpy(s->arena + s->arena_n, p, n), n};
		s->arena_n += n;
	}
}

/* What ends before row i begins. */
static struct row_end row_start(const struct csv_state *s, size_t i)
{
	return i ? s->end[i - 1] : (struct row_end){0, 0, 0};
}

static void on_row(int c, void *state)
{
	struct csv_state *s = state;

	s->at_row_end = true;
	if (c == '\n' && s->after_cr) { /* libcsv reports CR and LF each */
		s->after_cr = false;
		return;
	}
	s->after_cr = c == '\r';
	if (s->nrows == s->rows_cap)
		grow_array(&s->end, &s->rows_cap, s->nrows, sizeof *s->end);
	s->end[s->nrows++] = (struct row_end){s->nf, s->arena_n, s->nblocks};
}

/* Parses n bytes, the last one alone, so that at_row_end is about it.
 * 0, or -1 with s->after set. */
static int feed(struct csv_state *s, const char *p, size_t n)
{
	if (n == 0)
		return 0;
	if (csv_parse(&s->parser, p, n - 1, on_field, on_row, s) == n - 1) {
		s->at_row_end = false;
		s->last = p[n - 1];
		if (csv_parse(&s->parser, p + n - 1, 1, on_field, on_row, s) == 1)
			return 0;
	}
	if (csv_error(&s->parser) != CSV_EPARSE)
		die(EXIT_FAILED, "out of memory");
	s->after = BAD_QUOTES;
	return -1;
}

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
		if (s->at_row_end) {
			s->marked = mark == MARK;
			r->at += s->marked ? n : 0;
			return;
		}
		q++;
	}
	if (feed(s, p, (size_t)(end - p)) == 0)
		r->at = r->in.n;
}

static uint64_t newlines(const char *p, size_t n)
{
	const char *end = p + n;
	uint64_t count = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		count++;
		p++;
	}
	return count;
}

/* Counts lines up to the start of row i, which is not before s->line_row. */
static void count_lines(struct csv_state *s, size_t i)
{
	struct row_end from = row_start(s, s->line_row), to = row_start(s, i);

	if (i == s->line_row)
		return;
	s->line += i - s->line_row + newlines(s->arena + from.arena, to.arena - from.arena);
	for (size_t k = from.block; k < to.block; k++)
		s->line += newlines(s->block[k].p, s->block[k].n);
	s->line_row = i;
}

static uint64_t csv_line(const struct reader *r)
{
	struct csv_state *s = r->state;

	if (s->row == 0)
		return s->last_line;
	if (s->line_row < s->row)
		count_lines(s, s->row - 1);
	return s->line;
}

/* After the arena's bytes moved from address `from` to address `to`. */
static void move_fields(struct csv_state *s, uintptr_t from, uintptr_t to)
{
	for (size_t i = 0; i < s->nf && from != to; i++) {
		uintptr_t at = (uintptr_t)s->f[i].p;

		if (s->f[i].p && at - from <= s->arena_n)
			s->f[i].p = (char *)(to + (at - from));
	}
}

/* Forgets the gathered rows; the unfinished one moves to the front. */
static void drop_rows(struct csv_state *s)
{
	struct row_end gone = row_start(s, s->nrows);
	uintptr_t arena = (uintptr_t)s->arena;

	if (s->nrows) {
		count_lines(s, s->nrows - 1);
		s->last_line = s->line;
		count_lines(s, s->nrows);
	}
	for (size_t i = 0; i < gone.block; i++)
		free((char *)s->block[i].p);
	s->nblocks -= gone.block;
	s->nf -= gone.f;
	s->arena_n -= gone.arena;
	if (s->nblocks)
		memmove(s->block, s->block + gone.block, s->nblocks * sizeof *s->block);
	if (s->nf)
		memmove(s->f, s->f + gone.f, s->nf * sizeof *s->f);
	if (s->arena_n && gone.arena) {
		memmove(s->arena, s->arena + gone.arena, s->arena_n);
		move_fields(s, arena + gone.arena, arena);
	}
	s->nrows = s->row = s->line_row = 0;
}

/* Makes room for all that one read can bring, so that nothing moves while
 * libcsv runs, and gives back what a huge row took. */
static void reserve(struct csv_state *s, size_t chunk)
{
	uintptr_t old = (uintptr_t)s->arena;
	size_t need = s->arena_n + ARENA_FIELD + chunk;
	size_t entry = csv_get_buffer_size(&s->parser);

	if (s->arena_cap < need || (s->arena_cap > READER_HUGE && need < s->arena_cap / 8)) {
		s->arena_cap = need + need / 2;
		s->arena = xrealloc(s->arena, s->arena_cap);
		move_fields(s, old, (uintptr_t)s->arena);
	}
	if (s->fcap > READER_HUGE && s->nf < s->fcap / 8) {
		s->fcap /= 8;
		s->f = xrealloc(s->f, s->fcap * sizeof *s->f);
	}
	csv_set_blk_size(&s->parser, entry / 2 > ENTRY_BLOCK ? entry / 2 : ENTRY_BLOCK);
}

/* At the end of the file. */
static enum after finish(struct reader *r)
{
	struct csv_state *s = r->state;

	if (!r->no_end)
		return CUT_OFF;
	if (csv_fini(&s->parser, on_field, on_row, s) < 0)
		return OPEN_QUOTES;
	return END;
}

/* Gathers the next rows, or finds out in s->after why there are none. 0 or -1. */
static int gather(struct reader *r, struct err *e)
{
	struct csv_state *s = r->state;

	drop_rows(s);
	while (s->nrows == 0 && s->after == MORE) {
		if (s->marked && r->at < r->in.n) {
			s->after = SURPLUS;
		} else if (!r->eof && reader_fill(r, e) < 0) {
			return -1;
		} else if (s->marked) {
			if (r->eof)
				s->after = END;
		} else {
			reserve(s, r->in.n - r->at);
			parse(r);
			if (r->eof && !s->marked && s->after == MORE)
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
		reader_cut_off(r, s->line, e);
		break;
	case SURPLUS:
		reader_after_end(r, s->line + 1, e);
		break;
	case BAD_QUOTES:
		err_set(e, EXIT_BAD, "%s line %llu: a quote in a field without quotes, "
			"or text behind the closing quote", r->name, (unsigned long long)s->line);
		err_hint(e, "a quote inside quotes is written twice");
		break;
	case OPEN_QUOTES:
		err_set(e, EXIT_BAD, "%s line %llu: a quoted field is not closed at end of file",
			r->name, (unsigned long long)s->line);
		break;
	}
	return READER_FAILED;
}

static enum reader_status malformed(struct reader *r, const struct field *f, size_t n,
				    struct err *e)
{
	buf_reset(&r->raw);
	buf_trim(&r->raw, READER_HUGE);
	buf_room(&r->raw, 1);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(&r->raw, ',');
		csv_add_field(&r->raw, f[i], n == 1);
	}
	err_set(e, EXIT_BAD, "%s line %llu: %zu field%s where the header has %zu", r->name,
		(unsigned long long)csv_line(r), n, n == 1 ? "" : "s", r->ncols);
	return READER_MALFORMED;
}

static enum reader_status csv_next(struct reader *r, struct row *row, struct err *e)
{
	struct csv_state *s = r->state;
	struct row_end from;
	size_t n;

	if (s->row == s->nrows) {
		if (gather(r, e) < 0)
			return READER_FAILED;
		if (s->nrows == 0)
			return csv_ended(r, e);
	}
	from = row_start(s, s->row);
	n = s->end[s->row].f - from.f;
	s->row++;
	r->rows++;
	*row = (struct row){s->f + from.f, n};
	if (n == r->ncols)
		return READER_ROW;
	if (n > 0 || r->ncols != 1)
		return malformed(r, row->f, n, e);
	s->null = (struct field){NULL, 0};
	*row = (struct row){&s->null, 1}; /* a blank line */
	return READER_ROW;
}

static int csv_open(struct reader *r, struct err *e)
{
	struct csv_state *s = xcalloc(1, sizeof *s);

	r->state = s;
	s->line = s->last_line = 1;
	s->last = '\n';
	s->at_row_end = true;
	csv_init(&s->parser, CSV_OPTIONS);
	csv_set_space_func(&s->parser, no_space);
	reserve(s, r->in.n);
	parse(r);
	if (s->nrows == 0 && s->after == MORE && gather(r, e) < 0)
		return -1;
	if (s->nrows == 0 && (s->after == END || s->after == MORE))
		return reader_no_header(r, e);
	if (s->nrows == 0) {
		csv_ended(r, e);
		return -1;
	}
	s->row = 1;
	return reader_set_columns(r, s->f, s->end[0].f, e);
}

static void csv_close(struct reader *r)
{
	struct csv_state *s = r->state;

	if (!s)
		return;
	csv_free(&s->parser);
	for (size_t i = 0; i < s->nblocks; i++)
		free((char *)s->block[i].p);
	free(s->block);
	free(s->arena);
	free(s->f);
	free(s->end);
	free(s);
}

const struct reader_ops csv_reader_ops = {csv_open, csv_next, csv_line, csv_close};
