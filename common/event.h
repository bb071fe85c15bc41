/*
 * Change events: NDJSON, one event a line, in the shape of Debezium's envelope
 * (Debezium documentation, "Data change events"). Values are canonical text as in
 * NDJSON rows. A column has three states: a value, null, absent.
 */
#ifndef EVENT_H
#define EVENT_H

#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "row.h"
#include "type.h"

enum event_op {
	EVENT_CREATE = 'c',
	EVENT_UPDATE = 'u',
	EVENT_DELETE = 'd',
	EVENT_READ = 'r',
	EVENT_TRUNCATE = 't',
};

/* The first member of "source": by it a reader knows that values are canonical text. */
#define EVENT_VERSION "\"version\":\"rowboat " ROWBOAT_VERSION "\""

/* A field whose p is this is absent: it is left out of the event. */
extern const char event_absent[];

/* What all events of one table have in common. */
struct event_table {
	struct buf source;    /* `"source":{"connector":…,"table":…`, not closed */
	struct buf *key;      /* per column `"name":` */
	enum json_kind *kind; /* per column */
	size_t n;
};

/* Where a table stands; NULL: not known. */
struct event_source {
	const char *connector; /* "mysql", "postgresql" */
	const char *db, *schema, *table;
};

/* Those of a table in its engine's terms: MySQL's schemas are databases. */
struct event_source event_source_of(enum engine engine, const char *schema, const char *table);

/* Prepares events of a table with n columns. Returns 0, or -1 with *e set for a
 * name that is not UTF-8 (EXIT_BAD). event_table_free() in any case. */
int event_table_open(struct event_table *t, const struct event_source *source, size_t n,
		     const char *const *names, const enum json_kind *kinds, struct err *e);
void event_table_free(struct event_table *t);

/* What one event has of its own. */
struct event_place {
	const char *source;      /* more members of "source", each behind a comma; NULL: none */
	const char *transaction; /* an object; NULL: none */
	int64_t ts_ms;           /* milliseconds since 1970 */
};

/* Adds one event with its line end; before or after may be NULL. Returns 0, or -1 with *e
 * set and b as it was: a value is not UTF-8 (EXIT_BAD). */
int event_add(struct buf *b, const struct event_table *t, enum event_op op,
	      const struct row *before, const struct row *after,
	      const struct event_place *place, struct err *e);

/* Adds the end of a transaction; position is a JSON object (see position.h). */
void event_add_end(struct buf *b, const char *transaction, uint64_t events, int64_t ts_ms,
		   const char *position);

/* Adds a heartbeat: nothing happened, and a capture can go on from there. */
void event_add_heartbeat(struct buf *b, int64_t ts_ms, const char *position);

/* A changed definition. */
struct event_ddl {
	struct event_source source;
	const char *place;       /* as event_place.source */
	const char *sql;         /* the statement; NULL: the source does not tell it */
	const char *const *name; /* the columns now and their types in the source's own words; */
	const char *const *type; /* n is 0 if they are not known */
	size_t n;
	const struct event_source *tables; /* which of several tables that it names the stream has: */
	size_t ntables;                    /* db and table; 0: it names one */
	int64_t ts_ms;
	const char *position;
};

/* Adds it in the shape of Debezium's schema change events. -1 as event_add(). */
int event_add_ddl(struct buf *b, const struct event_ddl *ddl, struct err *e);

#endif
