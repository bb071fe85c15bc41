/*
 * Changes of a PostgreSQL source, from a logical slot with pgoutput. What reads the messages is
 * in pgoutput.c, the connection in pg_repl.c, tables and values in pg_relation.c, transactions
 * that come before they commit in pg_spool.c. Of all these one stream of events is made: messages
 * are taken in by pg_take.c and told by pg_tell.c; pg_changes.c asks for them, and connects
 * again.
 *
 * A transaction is named XID:LSN, where the LSN is that of its commit record, in decimal digits as
 * in "source" (so does Debezium). A position is the LSN behind a commit record: the server
 * sends what commits from there on.
 */
#ifndef PG_CHANGES_H
#define PG_CHANGES_H

#include "pg_relation.h"
#include "pg_repl.h"
#include "pg_slot.h"
#include "pg_spool.h"

struct pg_changes {
	struct changes changes; /* first: changes.h casts */
	const struct url *url;
	struct changes_options o;
	struct pg_repl repl;
	struct pg_relations relations;
	struct position position;  /* behind all that was told */
	unsigned steps;            /* messages taken, to look at the clock now and then */
	uint64_t message_lsn;      /* of the last message outside of transactions */

	/* The message at hand. */
	struct pgoutput_parser parser;
	struct pgoutput message;
	uint64_t lsn;
	bool pending;              /* there is more to tell of it */
	uint32_t index;            /* TRUNCATE: the next relation */

	/* The transaction at hand. */
	bool open, begun, skipped; /* begun: its first change was seen */
	uint32_t xid;
	uint64_t commit_lsn, order, told; /* told: events of all kinds but DDL */
	int64_t ts_ms;
	struct buf id, source;     /* source: up to `source_head` the same in all its events */
	size_t source_head;

	/* A transaction that was broken off: so many of its events were told before. */
	uint64_t again_lsn, again, skip;

	/* Transactions that did not commit yet. */
	struct pg_spool **spool;
	size_t nspools;
	struct pg_spool *filling, *replaying;
	uint64_t end_lsn;          /* of the one that is replayed */

	/* The connection, when it is lost. */
	bool lost;
	bool moved;                /* it gave something new */
	int64_t start_ms, lost_ms, retry_ms, pause_ms;
};

/* ---- pg_take.c ---- */

/* Takes in a message of pgoutput with its LSN: what it means at once; of what is to be told,
 * c->pending says that there is something. */
int pg_take(struct pg_changes *c, uint64_t lsn, char *p, size_t n, struct err *e);

/* Takes in the next message of the transaction that c->replaying put aside; at its end, its
 * commit. */
int pg_take_replayed(struct pg_changes *c, struct err *e);

/* Forgets all transactions that did not commit. */
void pg_take_reset(struct pg_changes *c);

/* ---- pg_tell.c ---- */

/* A transaction begins; commit_lsn and time as in struct pgoutput. */
int pg_tell_begin(struct pg_changes *c, uint32_t xid, uint64_t commit_lsn, int64_t time,
		  struct err *e);

/* The next event of the message at hand, or CHANGES_IDLE: there is none left. */
enum changes_kind pg_tell(struct pg_changes *c, struct captured *ev, struct err *e);

/* The connection is lost: how far the transaction at hand was told is remembered. */
void pg_tell_break(struct pg_changes *c);

#endif
