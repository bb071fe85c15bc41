/*
 * Records that wait until it is known whether they count: the events of a transaction that
 * is not yet whole. Few stay in memory, the rest goes to a temporary file without a name.
 */
#ifndef SPOOL_H
#define SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

struct spool {
	struct buf tail;  /* written, not yet in the file */
	struct buf chunk; /* read from the file */
	int fd;           /* 0: none */
	uint64_t filed;   /* bytes in the file, before the tail's */
	uint64_t at;      /* where the chunk begins */
	size_t read;      /* bytes of it that were read */
};

/* Adds a record: a number, n bytes. */
int spool_add(struct spool *s, uint64_t tag, const void *p, size_t n, struct err *e);

/* The bytes kept; spool_cut() back to what it was. */
uint64_t spool_size(const struct spool *s);
int spool_cut(struct spool *s, uint64_t size, struct err *e);

/* From the first record on; the spool is not to be added to until spool_reset(). */
void spool_rewind(struct spool *s);

/* The next record: 1, 0 at the end, -1. *p is valid until the next call. */
int spool_next(struct spool *s, uint64_t *tag, const void **p, size_t *n, struct err *e);

/* Empties it. */
void spool_reset(struct spool *s);
void spool_free(struct spool *s);

#endif
