/* The rows of a SELECT as a stream. */
#ifndef ROWS_H
#define ROWS_H

#include "db.h"
#include "io.h"
#include "progress.h"

struct extract_how {
	int format; /* enum stream_format */
	bool canonical, no_end;
	struct progress progress;
};

/* Writes the rows and, unless no_end, the end mark. Returns 0; -1 with the rows so far written
 * and no mark behind them; EXTRACT_OUTDATED with nothing written and *e set: another snapshot
 * will do, see db_outdated_snapshot(). */
#define EXTRACT_OUTDATED 1
int extract_rows(struct db *db, const struct extract_how *o, const struct select *select,
		 struct out *out, struct err *e);

/* A socket of that name, on which processes of the same user can ask for rows; or -1. */
int serve_open(const char *path, struct err *e);

/* Answers requests from there, one after the other, all in the session's one snapshot, until
 * standard input ends. A request that fails ends it, with the stream cut off. Closes the socket.
 * Returns 0 or -1. */
int serve(struct db *db, const struct extract_how *o, int listener, struct err *e);

/* Asks a session for the rows of a table (where: NULL for all), which it writes to standard
 * output. Returns 0 when all are written, or -1. */
int ask(const char *path, const char *table, const char *where, struct err *e);

#endif
