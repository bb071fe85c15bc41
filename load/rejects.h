/*
 * The file of --reject: rows that could not be loaded, in the input's own
 * format with two more columns, the line they stood on and the reason. Mended,
 * it can be loaded again as it is: load drops those two columns.
 */
#ifndef REJECTS_H
#define REJECTS_H

#include "job.h"

struct rejects;

/* Creates the file; one that holds something already is refused, since its
 * rows may be the only trace of what an earlier run left out. The table's types
 * tell which values NDJSON writes as numbers. NULL on failure. */
struct rejects *rejects_open(const char *path, const struct reader *in, const struct table *t,
			     struct err *e);

/* Adds a row of the input (all its fields). */
int rejects_add(struct rejects *r, const struct row *row, uint64_t line, const char *reason,
		struct err *e);

/* Adds a row that is not of the stream's form, as the text that stood there:
 * as many of its fields as there are columns cannot be told, so the text goes
 * into the reason. */
int rejects_add_raw(struct rejects *r, struct field raw, uint64_t line, const char *reason,
		    struct err *e);

/* Makes the rows so far durable: call it before each commit, so that no row is
 * neither in the table nor in the file. */
int rejects_sync(struct rejects *r, struct err *e);

/* Writes the end mark, makes the file durable and closes it: call it before the
 * last commit. A file without rows is removed. */
int rejects_finish(struct rejects *r, struct err *e);

/* The load failed: removes the file if all its rows were rolled back, or with
 * `keep` leaves it without an end mark. */
void rejects_abandon(struct rejects *r, bool keep);

#endif
