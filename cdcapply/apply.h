/*
 * Applies changes inside a transaction that has begun: as sets of net changes where that
 * comes to the same, else row by row in the source's order.
 */
#ifndef APPLY_H
#define APPLY_H

#include "group.h"

/* What was done. */
struct applied {
	uint64_t inserted, updated, deleted, truncated;
	/* Conflicts: */
	uint64_t existing;       /* inserts of a row that is there */
	uint64_t missing;        /* updates of a row that is not there */
	uint64_t missing_partly; /* … of which too little is known to insert it: left out */
	uint64_t gone;           /* deletes of a row that is not there */
};

uint64_t applied_conflicts(const struct applied *a);

struct apply {
	struct db *db;
	struct tables *tables;
	const struct options *options;
	struct applied count;
	struct arena arena;        /* net rows of one run */
	struct target_row *rows;   /* room for a run */
	struct field *set;         /* room for a set */
	size_t nset;
	size_t run;                /* rows of a run; fewer after conflicts */
	unsigned by_rows, backoff; /* so many runs go row by row, since a set failed */
};

void apply_init(struct apply *a, struct db *db, struct tables *t, const struct options *o);
void apply_free(struct apply *a);

/* Applies v[0..n) in a way that ends as if they were applied one by one. -1 with *e set, which
 * names the line and the table; the transaction must be rolled back then. */
int apply_changes(struct apply *a, const struct pending *v, size_t n, struct err *e);

/* Row by row (apply_rows.c). With only_rows: those of tables whose net says by_rows. */
int apply_rows(struct apply *a, const struct pending *v, size_t n, bool only_rows,
	       struct err *e);

/* The net changes of all tables that are not by_rows (apply_sets.c): 1 done; 0: it cannot be
 * done so, and the caller must go back to its savepoint; -1 failed. */
int apply_sets(struct apply *a, struct err *e);

#endif
