/* One side's rows, one after the other, as lines with the columns in the shape's order. */
#ifndef DIFF_SOURCE_H
#define DIFF_SOURCE_H

#include "shape.h"
#include "rowset.h"
#include "sort.h"

struct source {
	struct input *in;
	const struct shape *shape;
	int side;
	struct buf lines;
	size_t at;         /* where the next one begins */
	const char *line;  /* the current row without line end; NULL at the end */
	size_t n;
	uint64_t rows;     /* given so far */
	uint64_t bytes;    /* received from a database */

	struct columns columns;
	size_t *field;     /* files, queries: per column, its place in a row */
	struct field *f;   /* scratch of shape->n fields */
	struct buf arena;
	struct canon_row canon;
	struct sorter sorter;
	struct rowset *only; /* keys in order: rows with others are passed over; NULL: none */
	bool sorted;       /* by sort(1), which has all rows */
};

/* Starts reading: a SELECT, or the file's rows; where sort(1) has to order them, all are
 * read here. where: a predicate or NULL. s->only is set by the caller. Returns 0, or -1. */
int source_open(struct source *s, struct input *in, const struct shape *shape, int side,
		const char *where, struct err *e);

/* Moves to the next row (from source_open(): to the first): 0, at the end too, or -1. */
int source_next(struct source *s, struct err *e);

/* Takes the current row apart, values in the forms in which they are compared. The fields
 * are valid until the next call. */
const struct field *source_fields(struct source *s);

/* Likewise the key's columns only. */
const struct field *source_key(struct source *s);

void source_close(struct source *s);

#endif
