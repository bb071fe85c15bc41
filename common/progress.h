/*
 * Progress on standard error: rows, rate and, when the total is known, share
 * and time left, on one line that is drawn over and wiped away at the end. It
 * is shown after a second, if standard error is a terminal or it is forced.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool force, quiet;  /* --progress, --quiet: see OPT_PROGRESS */
	const char *what;   /* borrowed */
	uint64_t total;     /* 0: not known */
	uint64_t next;      /* the clock is looked at when so many rows are done */
	uint64_t step;      /* rows between looks at the clock */
	double started, looked, drawn; /* seconds of the monotonic clock */
	bool visible;       /* there is a line to wipe away */
};

/* Starts the clock. what: a table's name or so, shown first. total: of what
 * progress_rows() is told as `done`: rows, or bytes of a file; 0 if not known.
 * force and quiet are set already. */
void progress_start(struct progress *p, const char *what, uint64_t total);

void progress_look(struct progress *p, uint64_t rows, uint64_t done);

/* Tells how many rows there were so far, and how much of the total is done.
 * Costs one comparison as a rule, so it may be called for each row. */
static inline void progress_rows(struct progress *p, uint64_t rows, uint64_t done)
{
	if (rows >= p->next)
		progress_look(p, rows, done);
}

/* Wipes the line away: call it before any message, and at the end. It comes
 * back with the next look at the clock. */
void progress_clear(struct progress *p);

#endif
