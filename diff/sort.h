/*
 * Rows sorted by sort(1), whose temporary files (below TMPDIR) hold what memory should
 * not. A row goes in and comes out as a CSV line, in the byte order of its key.
 */
#ifndef DIFF_SORT_H
#define DIFF_SORT_H

#include <signal.h>
#include <sys/types.h>

#include "buf.h"
#include "err.h"
#include "row.h"

struct sorter {
	pid_t pid;
	int to, from;
	struct buf out;  /* not yet written */
	struct sigaction old; /* what SIGPIPE did before */
	struct buf in;   /* what sort(1) gave and nobody has taken yet */
	size_t at;
};

/* Starts sort(1). */
int sorter_open(struct sorter *s, struct err *e);

/* Adds a row: its key, and its line without line end. */
int sorter_add(struct sorter *s, const struct field *key, size_t nkey, const char *line, size_t n,
	       struct err *e);

/* Ends the adding. */
int sorter_finish(struct sorter *s, struct err *e);

/* Adds a few lines in order to b: 1, 0 at the end, -1. */
int sorter_get(struct sorter *s, struct buf *b, struct err *e);

void sorter_close(struct sorter *s);

#endif
