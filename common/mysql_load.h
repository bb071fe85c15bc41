/*
 * A load under way: what mysql_load.c, mysql_insert.c and mysql_merge.c share.
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

/* The row that "… at row 17" names in a message, from 0; -1: none. */
int64_t my_named_row(const char *text);

/* mysql_merge.c: adds ",`a` int(11) NULL": a column of the table without its constraints. */
void my_add_stage_column(struct my *m, struct buf *b, const struct column *c);

/* mysql_merge.c: makes the temporary tables and sets l->target. */
int my_stage_create(struct my *m, struct my_load *l, struct err *e);

/* ---- mysql_insert.c ---- */

/* As db_load_run(), with INSERT. */
int my_run_inserts(struct my *m, const struct my_load *l, load_source src, void *ctx,
		   struct load_result *r, struct err *e);

/* Takes the line at `at` apart again into n parameters whose bytes are added to
 * arena; returns where the next line begins. my_params_settle() sets their
 * pointers once the arena grows no more. */
const char *my_decode_row(const struct my_encoder *enc, size_t n, const char *at,
			  struct my_param *param, struct buf *arena);
void my_params_settle(struct my_param *param, size_t n, const struct buf *arena);

#endif
