/*
 * A transaction that the server sends before it commits: its messages wait in a temporary file
 * without a name until it does. What subtransactions that were rolled back have written is
 * taken out again.
 */
#ifndef PG_SPOOL_H
#define PG_SPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "err.h"

struct pg_subxact {
	uint32_t xid;
	uint64_t begin; /* where its first message stands */
	size_t nkept;   /* how many messages were to be kept then */
};

struct pg_spool {
	uint32_t xid;       /* the transaction's */
	int fd;
	uint64_t written;   /* bytes in the file */
	struct buf tail;    /* what follows them */
	struct pg_subxact *sub; /* in the order of their beginnings */
	size_t nsubs, subs_room;
	uint32_t newest;    /* the last one added */
	struct buf kept;    /* messages that stay though their subtransaction is taken back */
	uint64_t read;      /* where the next message is read */
	struct buf block;   /* bytes of the file from `block_at` on */
	uint64_t block_at;
};

/* Makes the file in TMPDIR or /tmp. NULL with *e set if that fails. */
struct pg_spool *pg_spool_open(uint32_t xid, struct err *e);
void pg_spool_close(struct pg_spool *s);

/* Adds a message of the subtransaction subxid: its first byte, then n bytes. keep: it stays even
 * if the subtransaction is rolled back. */
int pg_spool_add(struct pg_spool *s, uint32_t subxid, uint64_t lsn, char kind, const char *p,
		 size_t n, bool keep, struct err *e);

/* Takes out what was written since the subtransaction began. */
int pg_spool_abort(struct pg_spool *s, uint32_t subxid, struct err *e);

/* The next message from the first on: 1, 0 at the end, -1. Valid until the next call, and
 * writable. */
int pg_spool_next(struct pg_spool *s, uint64_t *lsn, char **p, size_t *n, struct err *e);

#endif
