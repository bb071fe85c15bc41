/*
 * One database that changes are applied to, with its checkpoint: what is applied and what
 * the checkpoint says move in one transaction.
 */
#ifndef SINK_H
#define SINK_H

#include "apply.h"
#include "checkpoint.h"
#include "group.h"
#include "place.h"

/* What was done, for the receipt and the metrics. */
struct sink_count {
	uint64_t events;       /* row events and emptied tables; committed */
	uint64_t transactions; /* source transactions; committed */
	uint64_t replayed;     /* events left out, since the checkpoint says they are applied */
	uint64_t ignored;      /* events left out, as --table and others say */
};

struct sink {
	const char *label;     /* for messages: "", "shadow: " */
	struct url *url;
	struct db *db;
	const struct options *options;
	struct tables tables;
	struct group group;
	struct apply apply;
	struct buf scratch;

	struct checkpoint start; /* as it stood when this program began */
	struct checkpoint now;   /* as it stands in the target, or will with this transaction */
	bool owns_position;    /* now.position has memory of its own; else it is reached's */
	bool skipped_ddl;      /* --on-ddl skip-first has had its one */
	struct buf definition; /* the statement dealt with last, with its position */
	uint64_t again;        /* events that came with the sequence at which it began */
	bool positioned;       /* its events tell positions */
	bool has_row;          /* the stream's row has been made */
	bool failed;           /* the target did, or refused a change: nothing more is applied */
	bool in_transaction;   /* of the target: a large transaction is being applied */

	/* What the checkpoint says once the whole transactions that wait are applied. */
	struct place place;
	struct place last;     /* of the transaction's last event, where its end may not tell */
	struct place reached;  /* what is committed; now points to it */
	bool moved;            /* it is not yet in the target */
	int64_t heard_ms;      /* when something of the source came last */
	int64_t source_ms;
	uint64_t waiting;      /* whole transactions that wait, with or without changes */
	uint64_t waiting_events; /* of these and of the transaction that is not yet whole */
	struct sink_count count;
	struct applied applied; /* what is committed */
	int64_t applied_ms;    /* when something was committed last */
	bool idle;             /* nothing came since */
};

/* Connects, reads the checkpoint. label and o must outlive it. */
int sink_open(struct sink *s, const char *label, char *url, const struct options *o,
	      struct err *e);
void sink_close(struct sink *s);

/* Takes a row event or an emptied table. */
int sink_add(struct sink *s, const struct change *c, uint64_t line, struct err *e);

/* A transaction of the source is whole; c told so, and may know the position. */
int sink_end_transaction(struct sink *s, const struct change *c, struct err *e);

/* The source is at the position that c tells, and all before it has been added. */
int sink_heard(struct sink *s, const struct change *c, struct err *e);

/* Likewise behind a change of a definition. */
int sink_defined(struct sink *s, const struct change *c, struct err *e);

/* Whether the checkpoint says that the change, which tells of no row, is dealt with. */
bool sink_is_behind(const struct sink *s, const struct change *c);

/* Applies all whole transactions and commits. With `part` it also applies what there is of the
 * last one, which is too large to be kept, and leaves the transaction open. */
int sink_flush(struct sink *s, bool part, struct err *e);

/* The parts of a flush, for who applies the changes himself: begins a transaction if none is
 * open; commits it with the checkpoint, once whole transactions' changes have left the group. */
int sink_begin(struct sink *s, struct err *e);
int sink_commit(struct sink *s, struct err *e);

/* A stream without positions has no checkpoint. */
bool sink_keeps_checkpoint(const struct sink *s);

/* Nothing waits: lets the checkpoint tell that the source was heard of, and where it is. At most
 * once a second, unless `now`. */
int sink_beat(struct sink *s, bool now, struct err *e);

/* Takes back what came of a transaction of the source that is not whole. */
int sink_drop_transaction(struct sink *s, struct err *e);

/* Bytes that wait. */
static inline size_t sink_bytes(const struct sink *s)
{
	return s->group.arena.bytes + s->group.n * sizeof *s->group.v;
}

#endif
