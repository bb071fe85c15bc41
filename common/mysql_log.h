/*
 * The binary log as groups of events: what was committed together, transaction or
 * single statement. mysql_log.c has the connection and the positions, mysql_group.c
 * what the events of a group are.
 */
#ifndef MYSQL_LOG_H
#define MYSQL_LOG_H

#include "changes.h"
#include "mysql_binlog.h"
#include "mysql_feed.h"
#include "mysql_gtid.h"
#include "mysql_impl.h"
#include "spool.h"
#include "mysql_statement.h"

struct my_rpl;

struct my_savepoint {
	char *name;
	uint64_t size; /* of the spool then */
};

/* A transaction that waits for its XA COMMIT. */
struct my_prepared {
	struct buf id;
	char *at;      /* FILE:POS of its beginning */
	struct spool spool;
};

/* A table's number in the group, and the table. */
struct my_table_id {
	uint64_t id;
	struct my_feed_table *table;
};

struct my_group {
	bool open;             /* its end was not read yet */
	bool transaction;      /* not a single statement */
	bool skip;             /* it is to be left out whole */
	bool seen_rows;
	bool prepared;         /* it was prepared earlier, at other positions */
	struct my_group_event gtid;
	struct buf id;         /* the GTID, or FILE:POS of its beginning */
	uint64_t begin;
	bool defines;          /* a transaction that makes a table: CREATE TABLE … SELECT; then */
	struct position before; /* is where a capture goes on before it */
	int64_t ts_ms;         /* of its commit */
	struct spool spool;    /* QUERY, TABLE_MAP and rows events of wanted tables, each with its
	                        * position */
	struct my_savepoint *savepoint;
	size_t nsavepoints;
};

struct my_log {
	const struct url *u;
	const struct changes_options *o;
	struct my_feed *feed;
	uint64_t *bytes;       /* counted up */
	uint32_t server_id;
	bool mariadb;
	bool fold_names;

	struct db *db;         /* NULL: not connected */
	struct my_rpl *rpl;
	bool checksums;
	char *file;            /* what is read now */
	uint64_t pos;          /* where the event that comes next begins */
	uint64_t event_pos;    /* and where the last one began */

	struct position after; /* behind the last group: its file is NULL as long as only a GTID
	                        * is known; its gtid is brought up to date by my_log_after() */
	struct gtid_set gtids;
	bool knows_gtids;
	bool replaying;        /* what is before `after` is read for the transactions prepared there, and */
	struct position replay; /* here that goes on */

	struct my_group group;
	struct my_prepared *prepared; /* in the order of their XA PREPARE */
	size_t nprepared;
	struct my_table_id *ids;
	size_t nids;
	struct buf scratch;
};

/* Connects and asks for the log from o->from, or from now, up to the first events. What it
 * was given is borrowed. my_log_close() is due also after a failure. */
int my_log_open(struct my_log *l, struct err *e);
void my_log_close(struct my_log *l);

/* Reads on: 1 a group has ended that has something to tell, 0 none for so many
 * milliseconds, -1. A lost connection is made again. */
int my_log_next(struct my_log *l, int ms, struct err *e);

/* From there a capture can go on behind the last group. */
const struct position *my_log_after(struct my_log *l);

/* Adds "file:pos" of the last event, for messages. */
const char *my_log_place(struct my_log *l, struct buf *b);

/* Here, between two groups, a capture can go on. Whether what ends here was told before, and is
 * only read again. */
bool my_log_here(struct my_log *l);

/* ---- mysql_log_begin.c ---- */

/* Sets what depends on the position to begin at: o->from, or the end of the log. */
int my_log_begin(struct my_log *l, struct err *e);

/* ---- mysql_group.c ---- */

/* Takes an event in: 1 if it ends a group that has something to tell, 0, -1. */
int my_group_take(struct my_log *l, const struct my_event *ev, struct err *e);
void my_group_drop(struct my_log *l);
void my_group_free(struct my_log *l);

/* The table that rows with this number are of; NULL: not told. Anew in each group. */
struct my_feed_table *my_log_table(const struct my_log *l, uint64_t id);

/* Notes the table of a TABLE_MAP; NULL with *e set. */
struct my_feed_table *my_log_map(struct my_log *l, const struct my_event *ev, struct err *e);

#endif
