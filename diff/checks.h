/*
 * What can be checked of a pair of tables. Each function is a table_pair_compare: it adds what it
 * found to b, as a member of an object (count, types, fit) or as an object of its own.
 */
#ifndef DIFF_CHECKS_H
#define DIFF_CHECKS_H

#include "tables.h"

int count_of_pair(const struct options *o, const struct input in[2], const struct table_pair *p,
		  struct buf *b, bool *differs, struct err *e);
int types_of_pair(const struct options *o, const struct input in[2], const struct table_pair *p,
		  struct buf *b, bool *differs, struct err *e);
int fit_of_pair(const struct options *o, const struct input in[2], const struct table_pair *p,
		struct buf *b, bool *differs, struct err *e);

/* The digests of all rows. With --in-database the servers compute them, as far as they can: equal
 * ones prove the tables equal. Otherwise the canonical rows tell, and b has both digests. */
int digest_of_pair(const struct options *o, const struct input in[2], const struct table_pair *p,
		   struct buf *b, bool *differs, struct err *e);

#endif
