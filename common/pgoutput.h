/*
 * The messages of PostgreSQL's output plugin pgoutput, protocol versions 1 and 2 (PostgreSQL
 * manual, "Logical Replication Message Formats"). Pure: bytes in, a struct out. What the server
 * wrote is believed in nothing: every length is checked against the bytes that are there.
 */
#ifndef PGOUTPUT_H
#define PGOUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "row.h"

enum pgoutput_kind {
	PGOUTPUT_BEGIN = 'B',
	PGOUTPUT_COMMIT = 'C',
	PGOUTPUT_ORIGIN = 'O',
	PGOUTPUT_RELATION = 'R',
	PGOUTPUT_TYPE = 'Y',
	PGOUTPUT_INSERT = 'I',
	PGOUTPUT_UPDATE = 'U',
	PGOUTPUT_DELETE = 'D',
	PGOUTPUT_TRUNCATE = 'T',
	PGOUTPUT_MESSAGE = 'M',
	PGOUTPUT_STREAM_START = 'S',
	PGOUTPUT_STREAM_STOP = 'E',
	PGOUTPUT_STREAM_COMMIT = 'c',
	PGOUTPUT_STREAM_ABORT = 'A',
};

/* TRUNCATE's options. */
enum { PGOUTPUT_CASCADE = 1, PGOUTPUT_RESTART_IDENTITY = 2 };

/* One message. Only the members of its kind are set. Texts and fields point into the message. */
struct pgoutput {
	enum pgoutput_kind kind;
	uint32_t xid;        /* Begin and all that belongs to streams; there, changes have their
	                      * subtransaction's own */
	uint32_t subxid;     /* Stream Abort: what is taken back; xid: all of it */
	uint64_t commit_lsn; /* Begin, Commit, Stream Commit: the commit record's beginning */
	uint64_t end_lsn;    /* Commit, Stream Commit: behind it */
	int64_t time;        /* likewise: microseconds since 2000 */
	uint64_t lsn;        /* Message */
	uint32_t relation;   /* OID; Relation, Insert, Update, Delete */
	struct field body;   /* Relation: all that follows the OID; see pgoutput_relation() */
	char old_kind;       /* Update, Delete: 'K' the old key, 'O' the whole old row, 0 none */
	struct row old, new; /* fields that are unchanged TOAST are event_absent; 0 fields: none */
	uint8_t flags;       /* Truncate: options; Message: 1 if it belongs to a transaction */
	uint32_t nrelations; /* Truncate: pgoutput_truncated() gives them */
	const char *relations;
	const char *prefix;  /* Message: NUL-ended */
	struct field content;
};

/* Where fields are put; grows to the widest table. Start it with zeros. */
struct pgoutput_parser {
	struct field *old, *new;
	size_t old_room, new_room;
};

/* Parses one message. in_stream: it stands between Stream Start and Stream Stop, where changes
 * begin with a transaction id. Returns 0, or -1 with *e set (EXIT_FAILED). */
int pgoutput_parse(struct pgoutput_parser *parser, const char *p, size_t n, bool in_stream,
		   struct pgoutput *m, struct err *e);
void pgoutput_parser_free(struct pgoutput_parser *parser);

/* The bytes at the beginning of a message in a stream that a message elsewhere lacks, behind its
 * first byte: the transaction id. */
enum { PGOUTPUT_STREAM_XID = 4 };

/* The OID of a truncated relation. */
uint32_t pgoutput_truncated(const struct pgoutput *m, uint32_t i);

/* A relation's definition. */
struct pgoutput_column {
	const char *name; /* NUL-ended, in the message */
	bool key;         /* part of the replica identity */
	uint32_t type;    /* OID */
	int32_t typmod;
};

struct pgoutput_relation {
	const char *schema; /* NUL-ended, in the message; "" is pg_catalog */
	const char *name;
	char identity;      /* as pg_class.relreplident: d, n, f, i */
	struct pgoutput_column *col; /* owned by the caller: free() it */
	size_t ncols;
};

/* Parses the body of a Relation message. Returns 0, or -1 with *e set, then without columns. */
int pgoutput_relation(struct field body, struct pgoutput_relation *r, struct err *e);

#endif
