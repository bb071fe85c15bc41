/*
 * A load under way: what mysql_load.c and mysql_merge.c share.
 */
#ifndef MYSQL_LOAD_H
#define MYSQL_LOAD_H

#include "mysql_encode.h"

/* The temporary tables: the rows in the order they came, and the numbers of
 * those that a later (or earlier) row of the same key makes surplus. */
#define STAGE "`rowboat_stage`"
#define SURPLUS "`rowboat_surplus`"
#define STAGE_ROW "`rowboat_row`"

struct my_load {
	struct load_spec spec;
	size_t n;
	struct my_encoder *enc;
	struct buf target; /* the quoted table that LOAD DATA fills */
	struct buf sql;
	bool staged;
};

/* Makes the temporary tables and sets l->target. */
int my_stage_create(struct my *m, struct my_load *l, struct err *e);

#endif
