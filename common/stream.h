/*
 * Streams of rows: CSV and NDJSON, with an end mark (see stream.5). A reader
 * tells the two formats apart by itself: a stream whose first byte that is no
 * white space is '{' is NDJSON.
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "io.h"
#include "row.h"
#include "type.h"

enum stream_format { STREAM_CSV, STREAM_NDJSON };

/* ---- Reading ---- */

struct reader;

struct reader_options {
	bool no_end;   /* accept end of file as the end; an end mark is still taken as one */
	size_t chunk;  /* bytes read at once, for tests; 0: IO_CHUNK */
};

/* What reader_next() found. */
enum reader_status {
	READER_FAILED = -1, /* *e is set: cut off (EXIT_FAILED) or unreadable (EXIT_BAD) */
	READER_END = 0,     /* the end mark (or, with no_end, end of file) */
	READER_ROW = 1,     /* *row is a row of reader_columns() many fields */
	READER_MALFORMED = 2, /* one row is not of the stream's form (ragged CSV row, NDJSON line
	                       * that is no object, lacks a column, has a surplus or doubled one);
	                       * *e says why with the line. The reader can go on: a caller may put
	                       * reader_raw() aside and ask for the next row. */
};

/* Opens a stream on fd (not closed by the reader) and reads as far as the
 * column names: CSV's header, the first object's keys. `name` is for messages
 * ("standard input", a file's name). An NDJSON stream without rows has no
 * columns. Returns the reader, which the caller frees, or NULL with *e set. */
struct reader *reader_open(int fd, const char *name, const struct reader_options *options,
			   struct err *e);

size_t reader_ncolumns(const struct reader *r);

/* The column's name; NUL-ended, may hold any other byte. */
const char *reader_column(const struct reader *r, size_t i);

enum stream_format reader_format(const struct reader *r);

/* The next row. Its fields are canonical text: NULL for an unquoted empty CSV
 * field and for null; JSON's true and false are "t" and "f", numbers and
 * nested values are their JSON text. Valid until the next call. */
enum reader_status reader_next(struct reader *r, struct row *row, struct err *e);

/* How field i of the last row stood in NDJSON; in CSV every field is a string. */
enum json_kind reader_kind(const struct reader *r, size_t i);

/* After READER_END: whether an end mark was there (with no_end it need not be). */
bool reader_marked(const struct reader *r);

/* The line (from 1) on which the last row began. */
uint64_t reader_line(const struct reader *r);

/* After READER_MALFORMED: the row as it stood in the input, without its line
 * end (for CSV: its fields written again as CSV). Valid until the next call. */
struct field reader_raw(const struct reader *r);

/* Rows and bytes read so far, the header not counted among the rows. */
uint64_t reader_rows(const struct reader *r);
uint64_t reader_bytes(const struct reader *r);

void reader_free(struct reader *r);

/* ---- Writing ---- */

struct writer {
	struct out *out;
	enum stream_format format;
	size_t ncols;
	enum json_kind *kind;   /* NDJSON: per column; owned */
	struct buf *key;        /* NDJSON: per column `{"name":` or `,"name":`; owned */
	uint64_t rows;
};

/* Starts a stream on `out`, which the caller opened and closes: writes CSV's
 * header. kinds may be NULL for CSV. Returns 0, or -1 with *e set. */
int writer_open(struct writer *w, struct out *out, enum stream_format format, size_t ncols,
		const char *const *names, const enum json_kind *kinds, struct err *e);

/* Writes one row of ncols fields. Returns 0 or -1. In NDJSON, a JSON_NUMBER
 * field that is not a JSON number (NaN, Infinity, leading zeros) is written as
 * a string; bytes that are no UTF-8 are an error (EXIT_BAD). */
int writer_row(struct writer *w, const struct row *row, struct err *e);


/* Instead of writer_end(), before any row: as if it had not been opened. */
void writer_abandon(struct writer *w);

/* Writes the end mark (not if no_end) and flushes; frees what writer_open() made. */
int writer_end(struct writer *w, bool no_end, struct err *e);

/* Adds one CSV field: NULL is nothing, the empty string "", and quotes stand
 * where PostgreSQL's COPY puts them: around commas, quotes, CR, LF, and
 * around \. in a row of one column (`only`), so that equal rows are equal bytes. */
void csv_add_field(struct buf *b, struct field f, bool only);

/* Adds a JSON string with its quotes; control characters, quotes and
 * backslashes are escaped, all else stays UTF-8. Returns 0, or -1 if the
 * bytes are not UTF-8 (b is unchanged then). */
int json_add_string(struct buf *b, const char *p, size_t n);

/* Adds a canonical text as NDJSON rows have it (see writer_row()); null for NULL. Returns 0
 * or -1 likewise. */
int json_add_value(struct buf *b, enum json_kind kind, struct field f);

#endif
