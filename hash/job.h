/* What a run of hash does, and what its files share. */
#ifndef JOB_H
#define JOB_H

#include "canon.h"
#include "db.h"
#include "manifest.h"
#include "progress.h"
#include "stream.h"

struct job {
	/* options */
	const char *where, *algorithm, *range;
	char **columns, **key; /* NULL-ended, or NULL */
	uint64_t buckets, every;
	int format;            /* enum manifest_format */
	bool by_key, canonical, no_end, in_database, emit_sql;
	struct progress progress;

	struct manifest out;
};

/* Rows one by one, from a stream or from a database. */
struct source {
	struct reader *in;     /* or NULL, then db */
	int fd;                /* that the stream is on */
	struct db *db;
	const char *name;      /* what the digest is of */
	const char *where;     /* for messages: the stream's name or the table's */
	const char **column;   /* names of the columns of each row; owned */
	struct coltype *type;  /* NULL for a stream; owned */
	size_t n;
	size_t *pick;          /* which of the stream's fields these are; NULL: all in order */
	struct field *f;       /* the fields picked */
	struct canon_row canon;
	uint64_t total;        /* rows expected; 0: not known */
};

/* ---- source.c ---- */

/* A stream on a file; "-" is standard input. */
int source_open_stream(struct source *s, const struct job *job, const char *file, struct err *e);

/* The rows of a table that match the predicate (NULL: all), which db's snapshot holds. */
int source_open_table(struct source *s, const struct job *job, struct db *db,
		      const struct table *t, const char *where, struct err *e);

/* The rows of a query, as they come. */
int source_open_query(struct source *s, struct db *db, const char *query, const char *name,
		      struct err *e);

/* The next row: 1, 0 at the end, -1. Valid until the next call. */
int source_next(struct source *s, struct row *row, struct err *e);

void source_close(struct source *s);

/* ---- rows.c: digests of the rows of a source ---- */

/* Writes the source's digest: one line, or the parts asked for. key: names of the key's
 * columns, NULL-ended; NULL where none is needed. */
int rows_digest(struct job *job, struct source *s, const char *const *key, struct err *e);

/* Writes each row's key and digest as a stream of rows. */
int rows_by_key(struct job *job, struct source *s, const char *const *key, struct err *e);

/* Writes the parts of --buckets: one sum for each. */
int rows_buckets(struct job *job, const char *const *key, const char *const *columns, size_t n,
		 const struct digest_sum *sums, struct err *e);

/* Adds the rows of the source to *sum and writes nothing. */
int rows_sum(struct job *job, struct source *s, struct digest_sum *sum, struct err *e);

/* ---- table.c ---- */

/* Writes the digests of one table. */
int table_digest(struct job *job, struct db *db, const char *name, struct err *e);

#endif
