/*
 * Closing a database for writes and opening it again, and who is connected to it. What `fence`
 * is made of; see fence(1) for what each engine promises.
 *
 * The sessions of Rowboat's own programs are let through, and are no clients here: they hold a
 * lock of their own for as long as they are open, by which the server tells them apart.
 */
#ifndef DB_FENCE_H
#define DB_FENCE_H

#include "db.h"

#define FENCE_TABLE "rowboat_fence" /* the record, in the database itself */

struct fence_client {
	char *id;           /* as the server names the session */
	char *user, *host, *application, *state; /* NULL: not known */
	int64_t connected, transaction, lasting; /* seconds: since it connected, of its open
	                     * transaction, in that state; -1: none, or not known */
	bool writes;        /* PostgreSQL: its open transaction has written something, or tries;
	                     * MySQL: it may write though the server is closed */
	bool prepared;      /* no session, but a transaction prepared for a two-phase commit */
};

struct fence_clients {
	struct fence_client *v;
	size_t n;
};

/* All clients of the database, those that have been there for longest first. */
int fence_clients(struct db *db, struct fence_clients *c, struct err *e);
void fence_clients_free(struct fence_clients *c);

/* Those of them that fence_close() waits for come to the front; returns how many. All that may,
 * where the server does not tell who holds a lock. */
size_t fence_in_the_way(struct db *db, struct fence_clients *c);

/* Whether nobody can write to a closed database; if not, a client's `writes` says who can. */
bool fence_stops_all(const struct db *db);

/* Ends a client's session: 1, or 0: it was gone, or is a prepared transaction, which is never
 * ended here. */
int fence_kill(struct db *db, const struct fence_client *c, struct err *e);

enum fence_writes { FENCE_ON, FENCE_PARTLY, FENCE_OFF };

struct fence_state {
	enum fence_writes writes;
	bool recorded;      /* closed by fence_close(), or begun */
	int64_t since_ms;   /* of 1970; of the record */
	char *by, *earlier; /* of the record; owned */
	char *detail;       /* what is to be known about it, or NULL; owned */
};

int fence_read(struct db *db, struct fence_state *s, struct err *e);
void fence_state_free(struct fence_state *s);

struct fence_options {
	const char *by;     /* who closes it, for the record */
	bool all;           /* administrators too, and thereby Rowboat's own programs, where the
	                     * server can do that (MySQL's super_read_only) */
	int wait_ms;        /* for locks, at most; MySQL: a second at least */
};

/* Closes the database, step by step; each step can be repeated, and a call whose predecessor
 * was killed goes on where that stopped. Waits two seconds at most, or wait_ms, for transactions
 * that write: 1: it is closed; 0: not yet, call again; -1. */
int fence_close(struct db *db, const struct fence_options *o, struct err *e);

/* Opens it as it was before fence_close(). *left: what a person should know, owned by the
 * caller, or NULL. force: also what something else than fence_close() has closed. Returns 0; 1:
 * it was open already; -1 (EXIT_GATE: something else closed it). */
int fence_open(struct db *db, bool force, char **left, struct err *e);

/* ---- The drivers ---- */

struct fence_ops {
	/* The settings that open() shall restore, as a text; the caller owns it. Fails if the user
	 * may not close the database, as far as that can be told beforehand. */
	int (*settings)(struct db *db, char **earlier, struct err *e);
	/* writes and detail of *s, whose record has been read. */
	int (*state)(struct db *db, struct fence_state *s, struct err *e);
	/* As fence_close(); the record is there. */
	int (*close)(struct db *db, const struct fence_options *o, struct err *e);
	/* Restores `earlier` (NULL: writes on) and removes the record. */
	int (*open)(struct db *db, const struct fence_state *s, char **left, struct err *e);
	/* A query: id, user, host, application, state, connected, transaction, lasting,
	 * writes ('t' or 'f'), prepared. */
	int (*add_clients)(struct db *db, struct buf *b, struct err *e);
	int (*kill)(struct db *db, const char *id, struct err *e);
	bool tells_writers; /* the column `writes` says who holds locks */
};

extern const struct fence_ops pg_fence_ops, my_fence_ops;

#endif
