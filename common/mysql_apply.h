/*
 * Applying changes to MySQL: what mysql_apply.c (targets), mysql_apply_run.c (runs of rows),
 * mysql_apply_sql.c (their statements) and mysql_apply_set.c (whole sets) share.
 */
#ifndef MYSQL_APPLY_H
#define MYSQL_APPLY_H

#include "db_apply.h"
#include "mysql_encode.h"

/* How a value stands in SQL. */
enum my_literal {
	MY_NUMBER, MY_DECIMAL, MY_FLOAT, MY_BITS, MY_TIME, MY_LABEL, MY_TEXT, MY_JSON, MY_BYTES,
};

/* Long values of a statement, which stand in it as `?`. */
struct my_long {
	struct my_param *param;
	size_t n, room;
	struct buf arena;
};

struct my_target {
	struct db_target base; /* first */
	struct my_long *apart; /* NULL: all values stand in the statement itself */
	struct my *m;
	struct my_encoder *enc;
	enum my_literal *literal;
	struct buf table;      /* its quoted name */
	struct buf columns;    /* "(`a`,`b`)": those that are written */
	struct buf unset;      /* ", `c` = `c`": what an UPDATE would change by itself */
	struct field *own_key; /* of nkey: those of a row */
	struct buf scratch, why;
	struct buf stage;      /* the quoted name of its temporary table */
	enum { MY_STAGE_NONE, MY_STAGE_MADE, MY_STAGE_REFUSED } staged;
	uint64_t stage_rows;   /* in it; the next row's number */
};

static inline struct my_target *my_target_of(struct db_target *t)
{
	return (struct my_target *)t;
}

/* ---- mysql_apply_sql.c. All return 0, or -1 with *e set for a value that does not fit. ---- */

void my_target_prepare(struct my_target *t);

/* Adds "(1,'x')": the written columns' values. */
int my_add_row(struct my_target *t, struct buf *b, const struct field *row, struct err *e);

/* Adds a value as a literal, checked. */
int my_add_value(struct my_target *t, size_t col, struct buf *b, struct field v, struct err *e);

/* Adds "`k`=1 AND …": what finds the row of a key. */
int my_add_key(struct my_target *t, struct buf *b, const struct field *key, struct err *e);

/* The key's values of a row; valid until the next call. */
const struct field *my_own_key(struct my_target *t, const struct field *row);

/* How many statements a change is: one, or two for an upsert, an UPDATE and an INSERT that does
 * nothing if the UPDATE found the row. Adds the nth of them. */
int my_change_statements(const struct target_row *row);
int my_add_change(struct my_target *t, struct buf *b, const struct target_row *row, int nth,
		  struct err *e);

/* ---- mysql_apply_run.c ---- */

int my_apply(struct db *db, const struct target_row *rows, size_t n, struct target_outcome *out,
	     struct err *e);

/* ---- mysql_apply_set.c ---- */

int my_delete_set(struct db *db, const struct target_set *set, struct set_result *r,
		  bool *row_fault, struct err *e);
int my_upsert_set(struct db *db, const struct target_set *set, struct set_result *r,
		  bool *row_fault, struct err *e);

/* Drops the temporary table, if there is one. */
void my_stage_drop(struct my_target *t);

#endif
