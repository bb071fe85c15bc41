/*
 * Which line of the input a row of the current run began on. The server names a
 * bad row by its number only, some time after it was sent; a ring of the last
 * rows is more than the connection can hold back.
 */
#ifndef LINES_H
#define LINES_H

#include <stdint.h>

#define LINES_KEPT (1u << 17) /* rows */

struct lines {
	uint64_t n; /* rows of this run so far */
	uint64_t line[LINES_KEPT];
};

static inline void lines_add(struct lines *l, uint64_t line)
{
	l->line[l->n++ & (LINES_KEPT - 1)] = line;
}

/* The line of a row of this run (from 0), or 0 if it is no longer known. */
static inline uint64_t lines_get(const struct lines *l, uint64_t row)
{
	if (row >= l->n || l->n - row > LINES_KEPT)
		return 0;
	return l->line[row & (LINES_KEPT - 1)];
}

#endif
