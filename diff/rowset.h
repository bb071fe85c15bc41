/* Rows kept in memory. */
#ifndef DIFF_ROWSET_H
#define DIFF_ROWSET_H

#include "buf.h"
#include "key.h"
#include "row.h"

struct rowset {
	size_t n;          /* rows */
	size_t ncols;
	struct buf bytes;
	size_t *length;    /* per field: SIZE_MAX for NULL */
	size_t *start;     /* per row: where its bytes begin */
	size_t cap;        /* rows that there is room for */
	struct field *f;   /* of the row asked for last */
};

void rowset_open(struct rowset *s, size_t ncols);
void rowset_reset(struct rowset *s);
void rowset_free(struct rowset *s);

void rowset_add(struct rowset *s, const struct field *f);

/* A row's fields, valid until the set changes or another row is asked for. */
const struct field *rowset_row(struct rowset *s, size_t i);

/* The rows' numbers in the order of the columns, which are a key. Owned by the caller. */
size_t *rowset_sort(struct rowset *s, const enum key_order *order);

/* Whether the rows, which stand in that order, hold this one. */
bool rowset_has(struct rowset *s, const enum key_order *order, const struct field *f);

/* Takes pairs of equal rows out of both sets; returns how many. */
size_t rowset_cancel(struct rowset *a, struct rowset *b);

#endif
