/*
 * Events of the binary log, taken apart (MySQL source documentation, "Binary Log
 * Event Structure", "Log_event_type"; MariaDB Knowledge Base, "Replication
 * Protocol"). Pure: no connection.
 */
#ifndef MYSQL_BINLOG_H
#define MYSQL_BINLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "row.h"

enum my_event_type {
	MY_QUERY = 2,
	MY_STOP = 3,
	MY_ROTATE = 4,
	MY_FORMAT = 15,
	MY_XID = 16,
	MY_BEGIN_LOAD = 17,
	MY_EXECUTE_LOAD = 18,
	MY_TABLE_MAP = 19,
	MY_WRITE_V1 = 23,
	MY_UPDATE_V1,
	MY_DELETE_V1,
	MY_INCIDENT = 26,
	MY_HEARTBEAT = 27,
	MY_WRITE = 30,
	MY_UPDATE,
	MY_DELETE,
	MY_GTID_LOG = 33, /* MySQL's */
	MY_ANONYMOUS_GTID = 34,
	MY_PREVIOUS_GTIDS = 35,
	MY_XA_PREPARE = 38,
	MY_PARTIAL_UPDATE = 39,
	MY_PAYLOAD = 40, /* a whole transaction, compressed */
	MY_HEARTBEAT_V2 = 41,
	MY_GTID_TAGGED = 42,
	MY_GTID = 162, /* MariaDB's, as all that follow */
	MY_GTID_LIST = 163,
	MY_QUERY_COMPRESSED = 165,
	MY_WRITE_COMPRESSED_V1 = 166,
	MY_UPDATE_COMPRESSED_V1,
	MY_DELETE_COMPRESSED_V1,
	MY_WRITE_COMPRESSED = 169,
	MY_UPDATE_COMPRESSED,
	MY_DELETE_COMPRESSED,
};

#define MY_EVENT_HEADER 19u
#define MY_EVENT_ARTIFICIAL 0x20u /* made by the server for us, it stands in no file */
#define MY_EVENT_IGNORABLE 0x80u

static inline uint64_t my_uint(const unsigned char *p, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = bytes; i; i--)
		v = v << 8 | p[i - 1];
	return v;
}

struct my_event {
	unsigned type; /* enum my_event_type, or another number */
	uint32_t timestamp;
	uint32_t server_id;
	uint32_t length; /* as in the log: with header and checksum */
	uint32_t end;    /* where the next one begins, modulo 2^32; 0: it stands in no file */
	unsigned flags;
	const unsigned char *raw, *body; /* with, without the header; no checksum */
	size_t n;                        /* of the body */
};

/* Reads an event (n bytes, header first). *checksums says whether events carry one, which a
 * FORMAT event sets; it is compared. Returns 0, or -1 with *e set (EXIT_FAILED). */
int my_event_read(struct my_event *ev, const void *p, size_t n, bool *checksums, struct err *e);

/* As above for an event without checksum, of a payload or a spool. */
int my_event_plain(struct my_event *ev, const void *p, size_t n, struct err *e);

struct my_query_event {
	struct field schema; /* the default database; of 0 bytes: none */
	struct field sql;
	bool ansi_quotes, no_backslash; /* of its sql_mode */
	uint32_t seconds; /* that it took, from the event's timestamp on */
};
/* A compressed statement goes to b, which is reset. */
int my_query_read(struct my_query_event *q, const struct my_event *ev, struct buf *b,
		  struct err *e);

struct my_rows_event {
	char op; /* 'c', 'u', 'd' */
	bool partial;
	uint64_t table_id;
	bool last; /* of its statement */
	size_t width;
	const unsigned char *before, *after; /* bitmaps of columns; NULL if there is no such image */
	const unsigned char *at, *end;       /* the row images */
};
/* Whether the type is one of rows. */
bool my_is_rows(unsigned type);
/* Compressed row images go to b, which is reset. */
int my_rows_read(struct my_rows_event *r, const struct my_event *ev, struct buf *b, struct err *e);

/* The table of a TABLE_MAP or rows event; UINT64_MAX if it is cut short. */
uint64_t my_event_table_id(const struct my_event *ev);

/* The names in a TABLE_MAP. */
int my_table_map_names(const struct my_event *ev, struct field *schema, struct field *table,
		       struct err *e);

/* A group begins. */
struct my_group_event {
	char source[80]; /* MySQL: uuid or uuid:tag; empty: anonymous, or MariaDB */
	uint32_t domain, server;
	uint64_t number;
	bool standalone; /* MariaDB: one statement, no transaction */
	bool pending;    /* MariaDB: an ALTER that only begins, or was given up */
	int64_t ts_us;   /* MySQL: when it was committed here; 0: not told */
};
int my_group_read(struct my_group_event *g, const struct my_event *ev, struct err *e);

/* Adds an XA_PREPARE event's id as statements write it: X'…',X'…',1. *one_phase: it is a
 * commit. */
int my_xa_read(const struct my_event *ev, struct buf *id, bool *one_phase, struct err *e);

/* A ROTATE event: the next file (not NUL-ended), and where to begin in it. */
int my_rotate_read(const struct my_event *ev, struct field *file, uint64_t *pos, struct err *e);

/* A protocol's length-encoded number; false: cut short. */
bool my_lenenc(const unsigned char **at, const unsigned char *end, uint64_t *v);

#endif
