/*
 * CSV rows by libcsv: bytes go in, whole rows are gathered. One feeding's rows
 * are kept at once: their fields lie in an arena that does not move while libcsv
 * runs; a field too long for it keeps libcsv's own buffer, so that a huge value is
 * in memory once. csv_rows.c is the only file that sees csv.h.
 */
#ifndef CSV_ROWS_H
#define CSV_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "row.h"

/* Where a row ends: what of each store belongs to it and those before. */
struct csv_row_end {
	size_t f, arena, block;
};

struct csv_rows {
	struct csv_parser *parser;
	char *arena;
	size_t arena_n, arena_cap;
	struct field *f;         /* fields of the gathered rows and of the unfinished one */
	size_t nf, fcap;
	struct field *block;     /* libcsv's buffers that long fields were left in; owned */
	size_t nblocks, blocks_cap;
	struct csv_row_end *end; /* per gathered row */
	size_t nrows, rows_cap;
	size_t row;              /* the next row to give */
	bool at_row_end;         /* the last byte parsed ended a row */
	bool after_cr;           /* … and was a CR */
	size_t line_row;         /* row line_row begins on line `line` */
	uint64_t line;
	uint64_t last_line;      /* on which the last row that is no longer here began */
};

void csv_rows_init(struct csv_rows *s);
void csv_rows_free(struct csv_rows *s);

/* Forgets the gathered rows; what is unfinished stays. s->line is the line on
 * which the next row begins then. */
void csv_rows_drop(struct csv_rows *s);

/* Makes room for all that feeding n bytes can bring; to be called before, when
 * nothing of the gathered rows is in use. Gives back what a huge row took. */
void csv_rows_reserve(struct csv_rows *s, size_t n);

/* Parses bytes, which stay where they are as long as the rows are in use. 0,
 * or -1 where quotes are misplaced. */
int csv_rows_feed(struct csv_rows *s, const char *p, size_t n);

/* At end of file: a row without line end is complete. 0, or -1 inside quotes. */
int csv_rows_finish(struct csv_rows *s);

/* The next gathered row (s->row < s->nrows) and its number of fields; a blank
 * line has none. Valid until csv_rows_drop(). */
struct field *csv_rows_next(struct csv_rows *s, size_t *n);

/* The line on which the row given last began. */
uint64_t csv_rows_line(struct csv_rows *s);

/* ---- Between csv_rows.c and csv_plain.c ---- */

/* Gathers the plain lines (see csv_plain.c) at the start of p's n bytes, no CR among
 * them, and returns how many bytes they take. To be called between two rows. */
size_t csv_rows_plain(struct csv_rows *s, const char *p, size_t n);

void csv_rows_grow(struct csv_rows *s);

/* Adds a field to the unfinished row; its bytes are not copied. */
static inline void csv_rows_add_field(struct csv_rows *s, const char *p, size_t n)
{
	if (s->nf == s->fcap)
		csv_rows_grow(s);
	s->f[s->nf++] = (struct field){p, n};
}

/* Ends the unfinished row. */
static inline void csv_rows_end_row(struct csv_rows *s)
{
	if (s->nrows == s->rows_cap)
		csv_rows_grow(s);
	s->end[s->nrows++] = (struct csv_row_end){s->nf, s->arena_n, s->nblocks};
}

#endif
