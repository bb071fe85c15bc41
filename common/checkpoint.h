/*
 * The checkpoint of a change stream: one row of the table rowboat_checkpoint in the target,
 * which moves in the very transaction that applies the changes. So what was applied and what the
 * checkpoint says never differ, whatever crashes.
 *
 *   stream        the stream's name, the primary key
 *   position      text: see position.h; NULL before the first change
 *   sequence      of streams whose positions do not tell events apart, or that have none: what
 *                 orders the events, of the last one applied (at that position), and `#COUNT`
 *                 if so many events with it came and more may follow; else NULL
 *   source_ms     when the source committed the last transaction applied, ms since 1970
 *   applied_ms    when it was applied here
 *   seen_ms       when cdcapply last heard of the source (an event or heartbeat)
 *   events        row events applied so far
 *   transactions  source transactions applied so far
 *   closed        why nothing more may be applied (a cutover ended the stream); else NULL
 *   started       grows by one when a transaction of the target begins (so that its first
 *                 change is of this table: capture --skip-applied knows it by that)
 */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "db.h"
#include "position.h"

#define CHECKPOINT_TABLE "rowboat_checkpoint"

struct checkpoint {
	bool there;        /* the stream has a row */
	bool at_position;  /* position is set */
	struct position position;
	char *sequence;    /* NULL: none */
	int64_t source_ms, applied_ms, seen_ms; /* 0: not known */
	uint64_t events, transactions, started;
	char *closed;      /* NULL: the stream is open */
};

/* Makes the table if need be and the stream's row; outside a transaction. */
int checkpoint_create(struct db *db, const char *stream, struct err *e);

/* Reads it; no table or no row is .there = false, not an error. checkpoint_free() is due. */
int checkpoint_read(struct db *db, const char *stream, struct checkpoint *c, struct err *e);
void checkpoint_free(struct checkpoint *c);

/* The first statement of a transaction: raises `started` (there and in *c), and locks the row.
 * After a rollback the checkpoint must be read again. Another process that has moved the
 * checkpoint since c was read is an error (EXIT_FAILED: "another cdcapply …"), and so is a
 * stream that is closed (EXIT_GATE). */
int checkpoint_begin(struct db *db, const char *stream, struct checkpoint *c, struct err *e);

/* Inside that transaction: writes all of *c as it is now. */
int checkpoint_write(struct db *db, const char *stream, const struct checkpoint *c,
		     struct err *e);

/* Closes the stream, whoever feeds it, and says why; NULL opens it again. Outside a
 * transaction. */
int checkpoint_close(struct db *db, const char *stream, const char *why, struct err *e);

/* The error of a stream that is closed, EXIT_GATE. Returns -1. */
int checkpoint_is_closed(const char *stream, const char *why, struct err *e);

/* Writes seen_ms alone, in a transaction of its own. */
int checkpoint_seen(struct db *db, const char *stream, int64_t seen_ms, struct err *e);

/* The name under which a stream keeps, in a row of its own, where it begins for one table
 * (`label` is its [schema.]name in the target): a table that was copied later than the
 * stream began. The caller owns it. */
char *checkpoint_of_table(const char *stream, const char *label);

/* Milliseconds since 1970, now. */
int64_t checkpoint_now(void);

#endif
