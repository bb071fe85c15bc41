#include "csv_rows.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "stream_impl.h"

#define OPTIONS (CSV_STRICT | CSV_REPALL_NL | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL)
#define ENTRY_BLOCK (256 * 1024) /* libcsv's buffer for one field grows by this at least */
#define ARENA_FIELD (64 * 1024)  /* a field longer than this stays in libcsv's buffer */

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

void csv_rows_grow(struct csv_rows *s)
{
	grow_array(&s->f, &s->fcap, s->nf, sizeof *s->f);
	grow_array(&s->end, &s->rows_cap, s->nrows, sizeof *s->end);
}

/* Leaves a long field in the buffer that libcsv read it into and lets libcsv
 * get another one, so that a huge value is in memory once. */
static char *keep_entry(struct csv_rows *s, char *p, size_t n)
{
	grow_array(&s->block, &s->blocks_cap, s->nblocks, sizeof *s->block);
	s->block[s->nblocks++] = (struct field){p, n};
	csv_set_free_func(s->parser, keep_block);
	csv_free(s->parser);
	csv_set_free_func(s->parser, free);
	return p;
}

static void on_field(void *p, size_t n, void *state)
{
	struct csv_rows *s = state;

	s->after_cr = false;
	if (p && n > ARENA_FIELD) {
		p = keep_entry(s, p, n);
	} else if (p) {
		p = memcpy(s->arena + s->arena_n, p, n);
		s->arena_n += n;
	}
	csv_rows_add_field(s, p, n);
}

/* What ends before row i begins. */
static struct csv_row_end row_start(const struct csv_rows *s, size_t i)
{
	return i ? s->end[i - 1] : (struct csv_row_end){0, 0, 0};
}

static void on_row(int c, void *state)
{
	struct csv_rows *s = state;

	s->at_row_end = true;
	if (c == '\n' && s->after_cr) { /* libcsv reports CR and LF each */
		s->after_cr = false;
		return;
	}
	s->after_cr = c == '\r';
	csv_rows_end_row(s);
}

/* The last byte is parsed alone, so that at_row_end is about it. */
static int parse(struct csv_rows *s, const char *p, size_t n)
{
	if (csv_parse(s->parser, p, n - 1, on_field, on_row, s) == n - 1) {
		s->at_row_end = false;
		if (csv_parse(s->parser, p + n - 1, 1, on_field, on_row, s) == 1)
			return 0;
	}
	if (csv_error(s->parser) != CSV_EPARSE)
		die(EXIT_FAILED, "out of memory");
	return -1;
}

/* libcsv gets the lines that need it; a row may take several. Behind a CR, too,
 * what follows is libcsv's, since an LF may belong to it. */
int csv_rows_feed(struct csv_rows *s, const char *p, size_t n)
{
	const char *end = p + n, *cr = memchr(p, '\r', n), *newline;

	while (p < end) {
		if (!cr && s->at_row_end && !s->after_cr)
			p += csv_rows_plain(s, p, (size_t)(end - p));
		if (p == end)
			break;
		newline = cr ? NULL : memchr(p, '\n', (size_t)(end - p));
		n = (size_t)((newline ? newline + 1 : end) - p);
		if (parse(s, p, n) < 0)
			return -1;
		p += n;
	}
	return 0;
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
static void count_lines(struct csv_rows *s, size_t i)
{
	struct csv_row_end from = row_start(s, s->line_row), to = row_start(s, i);

	if (i == s->line_row)
		return;
	s->line += i - s->line_row + newlines(s->arena + from.arena, to.arena - from.arena);
	for (size_t k = from.block; k < to.block; k++)
		s->line += newlines(s->block[k].p, s->block[k].n);
	s->line_row = i;
}

uint64_t csv_rows_line(struct csv_rows *s)
{
	if (s->row == 0)
		return s->last_line;
	if (s->line_row < s->row)
		count_lines(s, s->row - 1);
	return s->line;
}

/* After the arena's bytes moved from address `from` to address `to`. */
static void move_fields(struct csv_rows *s, uintptr_t from, uintptr_t to)
{
	for (size_t i = 0; i < s->nf && from != to; i++) {
		uintptr_t at = (uintptr_t)s->f[i].p;

		if (s->f[i].p && at - from <= s->arena_n)
			s->f[i].p = (char *)(to + (at - from));
	}
}

/* The unfinished row moves to the front. */
void csv_rows_drop(struct csv_rows *s)
{
	struct csv_row_end gone = row_start(s, s->nrows);
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

void csv_rows_reserve(struct csv_rows *s, size_t n)
{
	uintptr_t old = (uintptr_t)s->arena;
	size_t need = s->arena_n + ARENA_FIELD + n;
	size_t entry = csv_get_buffer_size(s->parser);

	if (s->arena_cap < need || (s->arena_cap > READER_HUGE && need < s->arena_cap / 8)) {
		s->arena_cap = need + need / 2;
		s->arena = xrealloc(s->arena, s->arena_cap);
		move_fields(s, old, (uintptr_t)s->arena);
	}
	if (s->fcap > READER_HUGE && s->nf < s->fcap / 8) {
		s->fcap /= 8;
		s->f = xrealloc(s->f, s->fcap * sizeof *s->f);
	}
	csv_set_blk_size(s->parser, entry / 2 > ENTRY_BLOCK ? entry / 2 : ENTRY_BLOCK);
}

int csv_rows_finish(struct csv_rows *s)
{
	return csv_fini(s->parser, on_field, on_row, s) < 0 ? -1 : 0;
}

struct field *csv_rows_next(struct csv_rows *s, size_t *n)
{
	struct csv_row_end from = row_start(s, s->row);

	*n = s->end[s->row++].f - from.f;
	return s->f + from.f;
}

void csv_rows_init(struct csv_rows *s)
{
	*s = (struct csv_rows){.line = 1, .last_line = 1, .at_row_end = true};
	csv_rows_grow(s); /* a blank row points there, too */
	s->parser = xcalloc(1, sizeof *s->parser);
	csv_init(s->parser, OPTIONS);
	csv_set_space_func(s->parser, no_space);
}

void csv_rows_free(struct csv_rows *s)
{
	csv_free(s->parser);
	free(s->parser);
	for (size_t i = 0; i < s->nblocks; i++)
		free((char *)s->block[i].p);
	free(s->block);
	free(s->arena);
	free(s->f);
	free(s->end);
}
