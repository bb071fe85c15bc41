/*
 * Memory for the changes of one group: taken piece by piece, given back all at once. What
 * was taken never moves.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>
#include <string.h>

#include "row.h"

struct arena_block;

struct arena {
	struct arena_block *block; /* the one in use, the older ones behind it */
	char *at, *end;            /* what is left of it */
	size_t bytes;              /* taken since the last reset, about */
};

/* Takes memory from a new block. */
void *arena_more(struct arena *a, size_t n);

/* n bytes, aligned for pointers. */
static inline void *arena_take(struct arena *a, size_t n)
{
	char *p = a->at;

	n = (n + 7) & ~(size_t)7;
	if ((size_t)(a->end - a->at) < n)
		return arena_more(a, n);
	a->at += n;
	a->bytes += n;
	return p;
}

/* A copy of the value; NULL stays NULL. */
static inline struct field arena_field(struct arena *a, struct field f)
{
	char *p;

	if (!f.p)
		return f;
	p = arena_take(a, f.n ? f.n : 1);
	memcpy(p, f.p, f.n);
	return (struct field){p, f.n};
}

/* Gives everything back; keeps one block for the next time. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#endif
