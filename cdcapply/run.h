/* Events in, changes out: which events belong together, and when they are applied. */
#ifndef RUN_H
#define RUN_H

#include "change.h"
#include "correlate.h"
#include "options.h"
#include "sink.h"

struct run {
	const struct options *options;
	struct change_reader *in;
	struct sink *sink;      /* the primary, then the shadow */
	size_t nsinks;
	struct correlate *correlate; /* NULL: without */

	bool open;              /* a transaction of the source has begun and is not whole yet */
	bool begun;             /* … by a mark of its own */
	struct buf transaction; /* its id */
	uint64_t order;         /* of its last event */
	bool marks;             /* the events mark where transactions end */
	bool loose;             /* … and may be applied in parts, since nothing tells its end */

	int64_t first_ms;       /* when the first change that waits came; 0: none waits */
	int64_t flushed_ms;     /* when something was applied last */
	int64_t ticked_ms;
	uint64_t events;        /* row events read */
	int64_t source_ms;      /* of the last event */
	double started;         /* seconds of the monotonic clock */
	int signal;             /* that ended the run; 0: none */
	struct {                /* see watch.h */
		int64_t looked_ms;
		double drawn;
		uint64_t events;
		bool visible;
	} watch;
};

/* Applies all events until the end. 0: the end mark came (or a signal, r->signal); -1 with *e
 * set: then all whole transactions read before are applied, if the target could. */
int run_all(struct run *r, struct err *e);

double run_seconds(const struct run *r);

#endif
