/*
 * A change as cdcapply understands it, whoever wrote it: Rowboat's capture and diff, Debezium,
 * AWS DMS, Datastream, Maxwell, Canal, wal2json (see cdcapply(1), FORMATS).
 */
#ifndef CHANGE_H
#define CHANGE_H

#include "event.h"
#include "position.h"
#include "row.h"
#include "table.h"

enum change_kind {
	CHANGE_ROW,       /* op, before, after */
	CHANGE_TRUNCATE,
	CHANGE_BEGIN,     /* of a transaction */
	CHANGE_COMMIT,    /* of a transaction: count (if it is told) */
	CHANGE_DDL,       /* sql, columns */
	CHANGE_HEARTBEAT,
	CHANGE_END,       /* the end mark: count */
	CHANGE_IGNORED,   /* something without effect on rows: a tombstone, a comment, … */
};

/* How a value is written, as far as the event tells. */
enum encoding {
	ENC_CANONICAL,   /* Rowboat's own text */
	ENC_TEXT,        /* as a string or number of the format; the target's column decides */
	ENC_PLAIN,       /* a string or number that is the value itself, as a schema says */
	ENC_MICROS,      /* as ENC_TEXT; numbers are times of day in µs (Debezium for MySQL) */
	ENC_DATE_DAYS,   /* io.debezium.time.Date and the like */
	ENC_TIMESTAMP_MS, ENC_TIMESTAMP_US, ENC_TIMESTAMP_NS, /* without zone */
	ENC_ZONED,       /* ISO text with zone */
	ENC_TIME_MS, ENC_TIME_US, ENC_TIME_NS, ENC_ZONED_TIME,
	ENC_INTERVAL_US, ENC_INTERVAL_ISO,
	ENC_DECIMAL,     /* base64 of the unscaled two's complement; scale */
	ENC_VARIABLE_DECIMAL, /* {"scale":…,"value":base64} */
	ENC_BASE64,
	ENC_HEX,         /* with or without 0x or \x */
	ENC_BITS,        /* base64, little-endian; length */
	ENC_GEOMETRY,    /* {"wkb":base64,"srid":…} */
	ENC_JSON, ENC_UUID, ENC_YEAR, ENC_BOOL, ENC_ARRAY, ENC_SET, ENC_MAP,
};

/* One column of an image. name and value.p are valid as long as the event. */
struct change_field {
	struct field name;
	struct field value;  /* p == NULL: null. Absent columns are not listed */
	enum json_kind kind; /* how it stood in JSON; nested: its JSON text */
	enum encoding encoding;
	int scale;           /* decimals; ENC_ARRAY: the encoding of its elements + 256 * their
	                      * scale */
};

struct change_image {
	bool there;
	struct change_field *f;
	size_t n;
};

enum change_format {
	FORMAT_ROWBOAT, FORMAT_DEBEZIUM, FORMAT_UNWRAPPED, FORMAT_DMS, FORMAT_DMS_CSV,
	FORMAT_DATASTREAM, FORMAT_MAXWELL, FORMAT_CANAL, FORMAT_WAL2JSON,
	FORMAT_COUNT
};

struct change_table {
	struct field db, table;
};

struct change {
	enum change_kind kind;
	enum change_format format;
	enum event_op op;
	struct field db, schema, table; /* p == NULL: not told */
	/* before: the old row, or only its key (or, Maxwell and Canal, only what changed: the
	 * reader has filled it up from after). after: the new row. */
	struct change_image before, after;
	bool before_is_key;   /* before lists only what names the row, and what it lists is all of it */
	struct field key[16]; /* names of the key's columns, where the event tells them */
	size_t nkey;
	struct field transaction; /* its id; n == 0: not told */
	uint64_t order;       /* which event of it this is, from 1; 0: not told */
	bool commit;          /* this event is the last of its transaction (Maxwell) */
	bool at_position;     /* position is of this event (its transaction's commit in PostgreSQL):
	                       * a checkpoint behind it means that it is applied already */
	struct position position;
	bool has_row;         /* at_position: several events share the position, and this is */
	uint64_t row;         /* … the one with this number, which grows */
	bool begins;          /* CHANGE_DDL: position is where to go on to have this event again */
	bool resume;          /* CHANGE_COMMIT, CHANGE_DDL, CHANGE_HEARTBEAT: position is where to go
	                       * on behind this event; a checkpoint at or behind it means applied */
	struct field sequence; /* other formats' order of events, if it grows from event to event of
	                        * a stream: compared byte by byte (numbers have one width) */
	int64_t ts_ms;        /* the source's time; 0: not told */
	uint64_t count;       /* CHANGE_COMMIT, CHANGE_END */
	struct field sql;     /* CHANGE_DDL; p == NULL: not told */
	const struct change_table *tables; /* CHANGE_DDL: those of its tables that the stream has; */
	size_t ntables;       /* 0: not told */
	struct change_image columns; /* CHANGE_DDL of PostgreSQL: name and type of each column now */
};

/* ---- Reading events (reader.c) ---- */

struct change_reader;

struct change_reader_options {
	int format;           /* enum change_format that is wanted; -1: told apart line by line */
	const char *database, *table; /* for formats that name none (unwrapped, S3 CSV) */
	const char *const *columns; /* of S3 CSV without a header; NULL-ended; NULL: not told */
	const char *csv_null;       /* S3 CSV: what stands for null; NULL: "NULL", as DMS has it */
	bool no_end;
	size_t chunk;         /* for tests; 0: IO_CHUNK */
	uint64_t max_line;    /* bytes; 0: 1 GiB */
};

struct change_reader *change_reader_open(int fd, const char *name,
					 const struct change_reader_options *o, struct err *e);
void change_reader_free(struct change_reader *r);

/* The next change, valid until the next call: 1; 0 at the end (the end mark, c->kind is CHANGE_END
 * then, or the end of input with no_end); -1 with *e set: the line is no event of a known shape
 * (EXIT_BAD), or the input ends without an end mark (EXIT_FAILED); both name the line. Lines that
 * hold several changes (Canal, wal2json v1) give them one by one. If no input comes for `ms`
 * milliseconds: 2 (with ms < 0 it waits for ever). Input already read is given without waiting. */
int change_reader_next(struct change_reader *r, int ms, struct change *c, struct err *e);

/* Whether another change is there without reading from the descriptor again. */
bool change_reader_buffered(const struct change_reader *r);

uint64_t change_reader_line(const struct change_reader *r);
uint64_t change_reader_bytes(const struct change_reader *r);

/* ---- Values (value_decode.c) ---- */

/* What the data leaves open, as --encoding settles it. All zero: each format's own default. */
struct encodings {
	enum { BINARY_DEFAULT, BINARY_BASE64, BINARY_HEX, BINARY_LATIN1 } binary;
	enum {
		TIME_DEFAULT, TIME_ADAPTIVE, TIME_ADAPTIVE_MICROS, TIME_CONNECT, TIME_ISO, TIME_MICROS,
		TIME_NANOS,
	} time;      /* Debezium's time.precision.mode */
	enum { DECIMAL_PRECISE, DECIMAL_STRING, DECIMAL_DOUBLE } decimal; /* decimal.handling.mode */
	struct zone *zone; /* of times without one that a column with time zone takes; NULL: */
	int32_t east;      /* this offset from UTC in seconds */
	const char *null;  /* for change_reader_options.csv_null; borrowed */
};

/* Parses `NAME=VALUE`, as cdcapply(1) lists them: -1 with *e set for what is not known. */
int encodings_parse(struct encodings *enc, const char *text, struct err *e);

/* The canonical text of a value for a column of the target: *out points to the value itself or
 * to what was added to b (which must not move before it is used: reserve, or use offsets). -1
 * with *e set (EXIT_BAD: "column age: …"). */
int change_value(const struct encodings *enc, enum change_format format,
		 const struct change_field *in, const struct column *target, enum engine engine,
		 struct buf *b, struct field *out, struct err *e);

#endif
