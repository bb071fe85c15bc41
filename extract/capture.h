/* Writing a change stream as events: what capture's files share. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "changes.h"
#include "io.h"
#include "progress.h"

struct capture {
	struct changes *changes;
	enum engine engine;
	struct out out;
	struct db *target;       /* whose checkpoint says what is applied; NULL: what is written is */
	const char *stream;      /* the stream's name there */
	uint64_t heartbeat;      /* seconds; 0: never */
	bool no_end;
	struct position until;   /* where to end */
	bool has_until;
	struct progress progress;

	struct position written; /* behind the last whole transaction that was written */
	struct position safe;    /* what was confirmed last */
	struct position told;    /* the last one that the reader knows */
	bool has_written, has_safe, has_told;
	bool open;               /* inside a transaction */
	int64_t beat_ms, look_ms, flush_ms; /* the last heartbeat, look at what is applied, … */
	uint64_t events;
	struct buf text;         /* of positions and transactions */
};

/* Writes all that c->changes tells, up to c->until, a signal (SIGTERM or SIGINT: at the next
 * commit) or for ever; then the end mark. Returns 0, or -1 with *e set: the stream is cut off. */
int capture_write(struct capture *c, struct err *e);

/* Frees what was gathered meanwhile. */
void capture_free(struct capture *c);

#endif
