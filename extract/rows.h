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

/* Answers requests from a FIFO, a line each, `FILE TAB [schema.]table [TAB predicate]`: opens
 * the file, as a rule another FIFO, and writes these rows to it, all in the session's one
 * snapshot; until standard input ends. A request that fails ends it, with its file's stream
 * cut off. Returns 0 or -1. */
int serve(struct db *db, const struct extract_how *o, const char *fifo, struct err *e);

#endif
