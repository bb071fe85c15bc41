/*
 * A transaction that the server sends before it commits: its messages wait in a temporary file
 * without a name until it does. What subtransactions that were rolled back have written is
 * taken out again.
 */
#ifndef PG_SPOOL_H
#define PG_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "spool.h"

struct pg_subxact {
	uint32_t xid;
	uint64_t begin; /* where its first message stands */
	size_t nkept;   /* how many messages were to be kept then */
};

struct pg_kept {
	uint64_t lsn;
	char *p; /* owned */
	size_t n;
};

struct pg_spool {
	uint32_t xid;           /* the transaction's */
	struct spool spool;     /* tags are LSNs, records are messages */
	struct pg_subxact *sub; /* in the order of their beginnings */
	size_t nsubs, subs_room;
	uint32_t newest;        /* the last one added */
	struct pg_kept *kept;   /* messages that stay though their subtransaction is taken back */
	size_t nkept, kept_room;
	bool reading;
	struct buf message;     /* one that is being put together */
};

struct pg_spool *pg_spool_open(uint32_t xid);
void pg_spool_close(struct pg_spool *s);

/* Adds a message of the subtransaction subxid: its first byte, then n bytes. stays: even
 * if the subtransaction is rolled back. */
int pg_spool_add(struct pg_spool *s, uint32_t subxid, uint64_t lsn, char kind, const char *p,
		 size_t n, bool stays, struct err *e);

/* Takes out what was written since the subtransaction began. */
int pg_spool_abort(struct pg_spool *s, uint32_t subxid, struct err *e);

/* The next message from the first on: 1, 0 at the end, -1. Valid until the next call. */
int pg_spool_next(struct pg_spool *s, uint64_t *lsn, const char **p, size_t *n, struct err *e);

#endif
