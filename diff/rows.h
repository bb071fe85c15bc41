/* The comparison of all rows. */
#ifndef DIFF_ROWS_H
#define DIFF_ROWS_H

#include "options.h"
#include "rowset.h"

/* Everything that a comparison of two sides needs. */
struct comparison {
	const struct options *o;
	char **key, **columns; /* as named; NULL: not */
	struct input in[2];
	struct shape shape;
	struct treat treat;
	struct report report;
	struct progress progress;
	struct out out;
	struct rowset *only; /* of comparison_merge(): rows with these keys, in order; NULL: all */
};

/* Opens both sides and the report. query: per side, instead of a table; or NULL. Returns 0 or
 * -1; comparison_finish() in any case. */
int comparison_open(struct comparison *c, const struct options *o, const char *const *query,
		    const struct report_ops *ops, struct err *e);

/* Likewise between two tables of open connections, for a summary; these stay the caller's. */
int comparison_lend(struct comparison *c, const struct options *o, const struct input in[2],
		    char *const name[2], struct table *const t[2], struct err *e);

/* The end of that one: adds the summary to b and sets *differs. Returns 0 or -1. */
int comparison_return(struct comparison *c, int status, struct buf *b, bool *differs,
		      struct err *e);

/* Merges the rows of both sides that match `where` (per side; may be NULL). */
int comparison_merge(struct comparison *c, const char *const where[2], struct report *to,
		     struct err *e);

/* Ends the report and the comparison. status: 0 or -1, how it went. Returns what the modes
 * return (modes.h). */
int comparison_finish(struct comparison *c, int status, struct err *e);

/* Compares digests of groups of rows inside the databases, and the rows where these differ. */
int compare_in_database(struct comparison *c, struct err *e);

/* Compares all rows twice, or those with these keys (NULL: all), as --recheck wants. */
struct keys;
int recheck(struct comparison *c, struct keys *keys, struct err *e);

/* Compares all rows, in the way that the options ask for. */
int compare_rows(struct comparison *c, struct err *e);

/* Compares a sample of them. */
int compare_samples(struct comparison *c, struct err *e);

const struct report_ops *report_of(enum format f);

#endif
