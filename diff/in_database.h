/* --in-database: digests that the servers compute, of which both sides' are compared. */
#ifndef DIFF_IN_DATABASE_H
#define DIFF_IN_DATABASE_H

#include "rows.h"

#define DIGEST_BYTES 45 /* that the digest of a group takes on its way here */
#define FEW_ROWS 512     /* that are fetched rather than digested in smaller groups */

struct digests {
	struct comparison *c;
	struct digest_query query[2]; /* what groups, and of which rows: set by the caller */
	struct digest_how *how[2];    /* per column */
	const char **key;             /* for buckets */
};

/* Digests the groups of both sides, which work at the same time; there is room for them in
 * sum[side]. Returns 0 or -1. */
int digests_take(struct digests *d, struct digest_sum *const sum[2], struct err *e);

/* Counts a group that is equal on both sides, or may be. */
void digests_count_bytes(struct digests *d, const struct digest_sum *a,
			 const struct digest_sum *b);
void digests_count_equal(struct digests *d, const struct digest_sum *a);

/* Adds the user's predicate and AND, if there is one. */
void digests_add_where(const struct digests *d, struct buf *b);

/* buckets.c: compares the rows that match `where` (per side; NULL: all) by buckets of their
 * keys, which need no order; about so many rows. */
int compare_buckets(struct digests *d, const char *const where[2], uint64_t rows, struct err *e);

/* ranges.c: compares all rows by ranges of the key's first column, a whole number. */
int compare_ranges(struct digests *d, struct err *e);

#endif
