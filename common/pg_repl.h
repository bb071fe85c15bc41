/*
 * A connection to a walsender that decodes a logical slot with pgoutput (PostgreSQL manual,
 * "Streaming Replication Protocol", "Logical Streaming Replication Protocol").
 */
#ifndef PG_REPL_H
#define PG_REPL_H

#include "pg_impl.h"

struct pg_repl {
	struct pg *pg;      /* NULL: not connected */
	bool running;
	uint64_t received;  /* up to where the server has sent */
	uint64_t confirmed; /* what it may forget; never goes back */
	uint64_t told;      /* what it was told of that */
	int64_t status_ms;  /* when */
	bool asked;         /* the server waits for an answer */
	uint64_t bytes;     /* received so far; grows on over connections */
};

/* Connects and pins the session. pg_repl_close() is due also after a failure. */
int pg_repl_open(struct pg_repl *r, const struct url *u, struct err *e);

/* Confirms for the last time, ends the stream in order if that is quickly done, and
 * disconnects. pg_repl_open() may follow. */
void pg_repl_close(struct pg_repl *r);

struct pg_repl_start {
	const char *slot, *publication;
	uint64_t lsn;   /* transactions that commit before it are not sent; 0: as the slot says */
	bool streaming; /* send large transactions before they commit; from 14 on */
};

int pg_repl_start(struct pg_repl *r, const struct pg_repl_start *s, struct err *e);

enum pg_repl_kind { PG_REPL_FAILED = -1, PG_REPL_NOTHING, PG_REPL_DATA, PG_REPL_KEEPALIVE };

struct pg_repl_message {
	uint64_t lsn; /* of the change; keepalive: up to where all was sent that has committed */
	char *p;      /* writable, valid until the next call */
	size_t n;
};

/* The next message; waits at most so many milliseconds, less if a signal comes. Confirms what is
 * due. */
enum pg_repl_kind pg_repl_get(struct pg_repl *r, int ms, struct pg_repl_message *m, struct err *e);

/* Confirms, if that is due: something new was confirmed, 10 seconds are over, or the server asks;
 * but not more often than 10 times a second. */
int pg_repl_tick(struct pg_repl *r, struct err *e);

/* Whether the last failure may pass by itself: the connection was lost, the server is
 * restarted, the slot is still held by another walsender. */
bool pg_repl_passing(const struct pg_repl *r);

/* Milliseconds of the monotonic clock. */
int64_t pg_repl_clock(void);

#endif
