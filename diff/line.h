/*
 * Rows as CSV lines, in the one form in which writer_row() and db_fetch_csv() write
 * them: equal rows are equal bytes.
 */
#ifndef DIFF_LINE_H
#define DIFF_LINE_H

#include "buf.h"
#include "row.h"

/* The line end that closes the row at p, or NULL: not one in quotes. */
const char *line_end(const char *p, const char *end);

/* Takes the first n fields of a row apart. They point into the line and into the arena,
 * whose old bytes are dropped. Returns how many fields there were, at most n. */
size_t line_split(const char *p, size_t len, struct field *f, size_t n, struct buf *arena);

/* Adds a row with its line end. */
void line_add(struct buf *b, const struct field *f, size_t n);

#endif
