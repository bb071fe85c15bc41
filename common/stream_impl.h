/*
 * What the reader's parts share: stream.c reads the file and tells the formats
 * apart, csv_read.c and json_read.c parse. No other file includes this one.
 */
#ifndef STREAM_IMPL_H
#define STREAM_IMPL_H

#include "buf.h"
#include "stream.h"

#define READER_HUGE (1 << 20) /* memory above this is given back after a row that took it */

struct reader_ops {
	/* Reads as far as the column names; calls reader_set_columns(). 0 or -1. */
	int (*open)(struct reader *r, struct err *e);
	enum reader_status (*next)(struct reader *r, struct row *row, struct err *e);
	uint64_t (*line)(const struct reader *r);
	void (*free)(struct reader *r);
};

struct reader {
	int fd;
	char *name;
	bool no_end;
	size_t chunk;
	enum stream_format format;
	const struct reader_ops *ops;
	void *state;            /* the parser's own */

	struct buf in;          /* bytes read and, from `at` on, not yet parsed */
	size_t at;
	bool eof;
	uint64_t bytes;

	char **column;          /* owned */
	size_t ncols;
	const enum json_kind *kind; /* NDJSON: of the last row's fields; else NULL */
	uint64_t rows;          /* given to the caller, malformed ones too */
	bool marked;            /* the end mark was read */
	struct buf raw;         /* of the malformed row */
};

extern const struct reader_ops csv_reader_ops;
extern const struct reader_ops json_reader_ops;

/* Drops the parsed bytes and reads once more behind the others. 1, 0 at end of
 * file (r->eof is set), -1. */
int reader_fill(struct reader *r, struct err *e);

/* Takes the column names: at least one, none empty, none twice, no NUL bytes.
 * 0 or -1 with *e set (EXIT_BAD). */
int reader_set_columns(struct reader *r, const struct field *names, size_t n, struct err *e);

/* Refuses column names that are empty or stand there twice (EXIT_BAD); `what`
 * is the stream in the message. 0 or -1. */
int stream_check_names(const char *const *names, size_t n, const char *what, struct err *e);

/* Errors that more than one format has: each sets *e and returns -1. */
int reader_cut_off(const struct reader *r, uint64_t line, struct err *e);
int reader_after_end(const struct reader *r, uint64_t line, struct err *e);
int reader_no_header(const struct reader *r, struct err *e);

/* JSON's parts of the writer (json_write.c). */
int json_writer_open(struct writer *w, const char *const *names, const enum json_kind *kinds,
		     struct err *e);
int json_writer_row(struct writer *w, const struct row *row, struct err *e);
void json_writer_free(struct writer *w);

#endif
