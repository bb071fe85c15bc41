/*
 * The tables of a binary log: which are wanted, and how to decode the rows of those.
 */
#ifndef MYSQL_FEED_H
#define MYSQL_FEED_H

#include "changes.h"
#include "mysql_binlog.h"
#include "mysql_rowdef.h"

struct my_feed_table {
	char *schema, *name;
	bool wanted;
	bool checkpoint;          /* it is a rowboat_checkpoint */
	uint32_t defined_at;      /* the end of its last definition in the log; 0: none seen */
	struct buf map;           /* the TABLE_MAP that the rest was made of; empty: none yet */
	struct my_rowdef *def;
	struct event_table event;
	struct row before, after;
	struct buf b[2];          /* their bytes */
};

struct my_feed;

/* Both are borrowed. */
struct my_feed *my_feed_open(const struct url *u, const struct changes_options *o,
			     bool mariadb);
void my_feed_close(struct my_feed *f);

/* Whether changes of the table are to be told; schema and name end with a NUL. */
bool my_feed_wants(const struct my_feed *f, const char *schema, const char *name);

/* Whether tables that are wanted are known to be in that database. */
bool my_feed_wants_in(const struct my_feed *f, const char *schema);

/* The table of that name; it stays until my_feed_close() or my_feed_trim(). */
struct my_feed_table *my_feed_find(struct my_feed *f, struct field schema, struct field name);

/* Makes a wanted table ready to decode the rows behind this TABLE_MAP; it is wanted no longer if
 * it turns out to be a sequence. */
int my_feed_map(struct my_feed *f, struct my_feed_table *t, const struct my_event *map,
		struct err *e);

/* Makes event ready for an event without rows (TRUNCATE). */
int my_feed_name(struct my_feed_table *t, struct err *e);

/* A definition changed: nothing of what is known of any table counts. */
void my_feed_forget(struct my_feed *f);

/* The definition that the catalogue has now (table_free() is due), if it is not younger than
 * t->defined_at; else NULL. */
struct table *my_feed_definition(struct my_feed *f, const struct my_feed_table *t);

/* Forgets names that came by, once there are many. */
void my_feed_trim(struct my_feed *f);

/* ---- Patience with a server that is away ---- */

struct my_patience {
	int64_t since; /* ms; 0: not begun */
	unsigned pause;
};

/* Sleeps a little longer each time; false: a minute is over. */
bool my_patience_wait(struct my_patience *p);

#endif
