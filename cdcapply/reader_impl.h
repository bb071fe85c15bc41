/*
 * What the reader's parts share: reader.c reads lines and tells the formats apart, a
 * format_*.c each makes changes of its lines. No other file includes this one.
 */
#ifndef READER_IMPL_H
#define READER_IMPL_H

#include "change.h"
#include "json_tree.h"

/* Fields of an image; the array stays for the next line. */
struct field_store {
	struct change_field *f;
	size_t n, cap;
};

struct change_reader {
	int fd;
	char *name;
	struct change_reader_options o;
	struct buf in;          /* bytes read and, from `at` on, not yet parsed */
	size_t at, scanned;     /* bytes behind `at` that hold no line end */
	bool eof, marked;
	bool unended;           /* the line ends with the file, not with a line end */
	uint64_t line, bytes;
	uint64_t events;        /* of rows, and truncations */
	struct csv_events *csv; /* NULL: the lines are JSON */

	struct json_tree *tree; /* of the line */
	struct field_store before, after, columns;
	struct buf file, gtid;  /* of the position, NUL-ended */
	struct buf sequence;
	struct buf text;        /* other texts that a change points to */

	/* A line that holds several changes: gives the next one, 1, or 0 if there are no more. */
	int (*more)(struct change_reader *r, struct change *c, struct err *e);
	const struct json_node *root, *item, *item_old; /* of that line; what comes next */
	uint64_t item_no;

	uint64_t commit_lsn;    /* wal2json v2: told by BEGIN; 0: not */
	struct schema_cache *schemas; /* Debezium's, see format_schema.c */
};

/* ---- Lines to changes: each 0, or -1 with *e set (without the place). ---- */

int format_envelope(struct change_reader *r, const struct json_node *root, struct change *c,
		    struct err *e);

/* Marks of Debezium: BEGIN and END, heartbeats, definitions; also Rowboat's own. */
int format_mark(struct change_reader *r, const struct json_node *root, struct change *c,
		struct err *e);

/* ---- What the formats share (reader_util.c) ---- */

/* Adds the members of an object to a store, and sets the image. Values are as they stand; their
 * encoding is what is said. -1 if the node is no object: what says which one. */
int image_of_object(struct change_reader *r, struct field_store *s, const struct json_node *n,
		    enum encoding encoding, struct change_image *image);

/* The field with a node's value; its name is the node's key. */
struct change_field field_of_node(const struct json_node *n, enum encoding encoding);

/* Room for one more field; what pointed into the store is not valid any more. */
struct change_field *store_add(struct field_store *s);

/* A string or number as text; p == NULL for all else, and for no node. */
struct field text_of(const struct json_node *n);

/* A whole number (as a number or a string) or 0; *there (if not NULL) whether it is one. */
int64_t int_of(const struct json_node *n, bool *there);

/* Sets a MySQL position, whose texts the reader keeps. */
void set_binlog_position(struct change_reader *r, struct position *p, struct field file,
			 uint64_t pos, struct field gtid);

/* Sets *c's position from an object or string as position.h has it. 0 or -1. */
int set_position(struct change_reader *r, struct change *c, const struct json_node *n,
		 struct err *e);

/* "the event lacks X": always -1. */
int lacks(struct err *e, const char *format, const char *member);

#endif
