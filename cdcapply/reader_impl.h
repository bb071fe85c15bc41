/*
 * What the reader's parts share: reader_lines.c reads lines, reader.c tells the formats apart, a
 * format_*.c each makes changes of its lines. No other file includes this one.
 */
#ifndef READER_IMPL_H
#define READER_IMPL_H

#include "change.h"
#include "json_tree.h"

#define MAX_COLUMNS 8192 /* no server has as many; so that a hostile row costs no endless time */

/* Fields of an image; the array stays for the next line. */
struct field_store {
	struct change_field *f;
	size_t n, cap;
	bool over; /* there were more than MAX_COLUMNS, which change_reader_next() refuses */
};

struct change_reader {
	int fd;
	char *name;
	struct change_reader_options o;
	struct buf in;          /* bytes read and, from `at` on, not yet parsed */
	size_t at, scanned;     /* bytes behind `at` that hold no line end */
	bool eof, marked;
	bool begun;             /* a line was JSON */
	bool tall;              /* the line is an object over several lines */
	bool unended;           /* the line ends with the file, not with a line end */
	uint64_t line, bytes;
	uint64_t events;        /* of rows, and truncations */
	struct csv_events *csv; /* NULL: the lines are JSON */

	struct json_tree *tree; /* of the line */
	struct field_store before, after, columns;
	struct change_table *tables; /* of a definition */
	size_t tables_cap;
	struct buf file, gtid, prepared; /* of the position, NUL-ended */
	struct buf sequence;
	struct buf text;        /* other texts that a change points to */

	/* A line that holds several changes: gives the next one, 1, or 0 if there are no more. */
	int (*more)(struct change_reader *r, struct change *c, struct err *e);
	struct change message;  /* what all changes of that line have in common */
	const struct json_node *item, *item_old; /* what comes next */
	uint64_t item_no;

	uint64_t next_lsn;      /* wal2json: told by BEGIN; 0: not */
	struct widths *widths;  /* of the tables of wal2json */
	const struct schema *schema; /* of the event, NULL: it has none */
	struct schema_cache *schemas; /* Debezium's, see format_schema.c */
};

/* ---- Lines to changes: each 0, or -1 with *e set (without the place). ---- */

int format_envelope(struct change_reader *r, const struct json_node *root, struct change *c,
		    struct err *e);

/* Marks of Debezium: BEGIN and END, heartbeats, definitions; also Rowboat's own. */
int format_mark(struct change_reader *r, const struct json_node *root, struct change *c,
		struct err *e);

/* How Debezium's values are encoded where no schema tells it. */
enum encoding debezium_encoding(struct field connector);

/* Encodings by the schema; values that are not there are left out. */
void debezium_values(struct change_reader *r, struct change *c);

int format_unwrapped(struct change_reader *r, const struct json_node *root, struct change *c,
		     struct err *e);
int format_dms(struct change_reader *r, const struct json_node *root, struct change *c,
	       struct err *e);
int format_datastream(struct change_reader *r, const struct json_node *root, struct change *c,
		      struct err *e);
int format_maxwell(struct change_reader *r, const struct json_node *root, struct change *c,
		   struct err *e);
int format_canal(struct change_reader *r, const struct json_node *root, struct change *c,
		 struct err *e);
int format_wal2json(struct change_reader *r, const struct json_node *root, struct change *c,
		    struct err *e);
int format_wal2json_v1(struct change_reader *r, const struct json_node *root, struct change *c,
		       struct err *e);

void widths_free(struct widths *k);

/* Whether a row has one of the members that ExtractNewRecordState adds. */
bool is_unwrapped(const struct change_reader *r, const struct json_node *root);

/* DMS's files on S3. The next change: 1, 0 at the end of input, 2, -1. (format_dms_csv.c) */
int dms_csv_next(struct change_reader *r, int ms, struct change *c, struct err *e);
bool dms_csv_buffered(const struct csv_events *s);
void dms_csv_free(struct csv_events *s);

/* ---- Schemas of Kafka Connect (format_schema.c) ---- */

/* What a schema says of the fields of a row. */
struct schema_field {
	struct field name;
	enum encoding encoding;
	int scale;
};

struct schema {
	char *text;             /* as it stands in the event; the names point into `names` */
	size_t ntext;
	struct buf names;
	struct schema_field *f;
	size_t n;
};

/* The fields of the row that a schema tells of: an envelope's "after", or those of the schema
 * itself. Kept, as nearly all events of a table have the same text. */
const struct schema *schema_of(struct change_reader *r, const struct json_node *schema);
void schemas_free(struct schema_cache *s);

/* Sets the encodings of an image's fields. */
void schema_apply(const struct schema *s, struct change_image *image);

/* ---- What the formats share (reader_util.c) ---- */

/* Adds the members of an object to a store, and sets the image. Values are as they stand; their
 * encoding is what is said. -1 if the node is no object: what says which one. */
int image_of_object(struct change_reader *r, struct field_store *s, const struct json_node *n,
		    enum encoding encoding, struct change_image *image);

/* The field with a node's value; its name is the node's key. */
struct change_field field_of_node(const struct json_node *n, enum encoding encoding);

/* Fills up an old row that has only what changed: all else is as in the new one. */
void fill_before(struct change_reader *r, struct change *c);

/* Leaves out a field, which moves those behind it. */
void image_drop(struct change_image *image, size_t i);

/* Takes the names of an array's strings as those of the key. */
void set_key(const struct change_reader *r, struct change *c, const struct json_node *names);

/* A time like 2019-10-31T22:53:59.721201Z in ms since 1970; 0 if it is none. */
int64_t time_of(struct field text);

/* Reads from the descriptor once: 1 (r->eof may be set), 2 if nothing came in time, -1. Parsed
 * bytes are dropped: r->in moves. */
int lines_read(struct change_reader *r, int ms, struct err *e);

/* The next line without its end: 1, 0 at end of file, 2 if it did not come in time, -1. An object
 * over several lines is one line here. r->line counts; r->unended is set. */
int lines_next(struct change_reader *r, int ms, struct field *line, struct err *e);

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
