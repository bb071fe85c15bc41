/*
 * Change streams: what happens to the rows of a source from some position on, as a MySQL or
 * MariaDB binary log or a PostgreSQL logical slot tells it. Only committed transactions are
 * told, in the order of their commits; all changes of one come together, then its end.
 * Values are canonical text, byte for byte as db_fetch() gives it for the same row.
 *
 * Functions return 0, or -1 with *e set, unless said otherwise (statuses as in db.h).
 */
#ifndef CHANGES_H
#define CHANGES_H

#include "db.h"
#include "event.h"
#include "position.h"
#include "row.h"

struct changes_options {
	const struct position *from; /* NULL: from now (PostgreSQL: from what the slot holds) */
	/* Which tables; by name as the source writes it. NULL: all that users made. */
	bool (*wanted)(void *ctx, const char *schema, const char *table);
	void *ctx;
	const char *slot;        /* PostgreSQL: its name; "rowboat" if NULL */
	const char *publication; /* PostgreSQL: its name; "rowboat" if NULL; made if it is not there */
	char **tables;           /* PostgreSQL: what a publication that is made is of; NULL-ended,
	                          * as db_tables() writes them; NULL: all tables */
	uint32_t server_id;      /* MySQL: as a replica; 0: one that hardly any other has */
	bool skip_applied;       /* leave out transactions that move a rowboat_checkpoint */
	bool streaming;          /* PostgreSQL 14+: large transactions are sent before they commit and
	                          * wait in a temporary file here */
};

enum changes_kind {
	CHANGES_FAILED = -1,
	CHANGES_IDLE = 0,   /* nothing for as long as was waited; position is set */
	CHANGES_ROW = 1,    /* op, table, before, after, source, order, transaction, ts_ms */
	CHANGES_TRUNCATE,   /* table, likewise */
	CHANGES_DDL,        /* a definition changed: schema, table (NULL: not told), sql (NULL: not
	                     * told), columns; position, source, ts_ms. Comes before the first row of the new
	                     * definition, never inside a transaction of rows in MySQL */
	CHANGES_MESSAGE,    /* PostgreSQL: pg_logical_emit_message(): prefix, content */
	CHANGES_COMMIT,     /* transaction, order (the number of its events), position, ts_ms */
};

/* One thing that happened; all of it is valid until the next call. */
struct captured {
	enum changes_kind kind;
	enum event_op op;
	const struct event_table *table;
	const struct row *before, *after; /* NULL, or with fields that may be event_absent */
	const char *source;      /* more members of "source", each behind a comma: file, pos, row,
	                          * gtid, or lsn, commit_lsn, txId; and ts_ms */
	const char *transaction; /* its id: a GTID, or FILE:POS of its beginning; XID:LSN, the LSN
	                          * that of the commit record, in decimal digits; NULL for a message
	                          * outside of transactions */
	uint64_t order;          /* from 1 in the transaction; messages and DDL are not counted */
	int64_t ts_ms;           /* when the source did it (PostgreSQL: committed it) */
	const struct position *position; /* from here a capture can go on behind this */
	const char *schema, *name; /* CHANGES_DDL: of the table, or the default schema */
	const char *sql;
	const struct event_source *tables; /* CHANGES_DDL of several tables: db and table of those that */
	size_t ntables;          /* are told; each has such an event */
	const struct table *definition; /* CHANGES_DDL: the new columns, as far as they are known */
	const char *prefix;
	struct field content;
};

struct changes;

/* Checks that the server's settings and the user's rights can work (binlog_format, row image,
 * wal_level, identities, REPLICATION …), each refusal with the statement that mends it as the
 * hint; warns (warn()) of foreign keys with cascades, whose effects MySQL's binary log lacks.
 * Then connects. A position that the server has purged is an error (EXIT_BAD) that says so.
 * u and what o points to must live as long as the stream. */
struct changes *changes_open(const struct url *u, const struct changes_options *o, struct err *e);
void changes_close(struct changes *c);

/* Waits at most so many milliseconds. A lost connection is made again with growing pauses (up
 * to a minute in all) and goes on behind the last commit that was told; events of a transaction
 * that was broken off are not told twice. */
enum changes_kind changes_next(struct changes *c, int ms, struct captured *ev, struct err *e);

/* Everything before this position is safe in the target: the source may forget it (PostgreSQL:
 * the slot's confirmed position). MySQL: nothing to do. */
int changes_confirm(struct changes *c, const struct position *p, struct err *e);

/* The source's position now, from a connection of its own. */
int changes_now(const struct url *u, struct position *p, struct err *e);

/* What the stream has read from the server so far, in bytes. */
uint64_t changes_bytes(const struct changes *c);

/* ---- PostgreSQL's slots; EXIT_BAD for MySQL ---- */

/* Makes the slot (and the publication if it is not there), prints nothing. *position is where
 * it begins, *snapshot (owned by the caller) the exported snapshot of that very moment, which
 * lives until changes_slot_release(). */
struct changes_slot;
struct changes_slot *changes_slot_create(const struct url *u, const struct changes_options *o,
					 struct position *position, char **snapshot,
					 struct err *e);
void changes_slot_release(struct changes_slot *s);

/* Drops the slot, and the publication if rowboat made it. */
int changes_slot_drop(const struct url *u, const struct changes_options *o, struct err *e);

/* ---- The drivers ---- */

struct changes_ops {
	struct changes *(*open)(const struct url *u, const struct changes_options *o,
				struct err *e);
	void (*close)(struct changes *c);
	enum changes_kind (*next)(struct changes *c, int ms, struct captured *ev, struct err *e);
	int (*confirm)(struct changes *c, const struct position *p, struct err *e);
};

/* The driver's struct begins with this one. */
struct changes {
	const struct changes_ops *ops;
	uint64_t bytes;
};

struct changes *my_changes_open(const struct url *u, const struct changes_options *o,
				struct err *e);
struct changes *pg_changes_open(const struct url *u, const struct changes_options *o,
				struct err *e);

/* Makes the server write out all that has committed, so that its position is behind it. */
int pg_changes_flush(struct db *db, struct err *e);

/* Where cdcapply keeps its checkpoints: see skip_applied. */
#define CHANGES_CHECKPOINT_TABLE "rowboat_checkpoint"

#endif
