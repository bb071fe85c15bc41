/*
 * Applying changes to PostgreSQL: what pg_apply.c (targets), pg_apply_run.c (runs of rows),
 * pg_apply_sql.c (their statements), pg_apply_set.c (whole sets) and pg_apply_copy.c (sets of new
 * rows) share.
 */
#ifndef PG_APPLY_H
#define PG_APPLY_H

#include "db_apply.h"
#include "pg_impl.h"

enum pg_statement_kind {
	PG_INSERT,
	PG_INSERT_NEW, /* a row of that key that is there stays as it is */
	PG_UPDATE, PG_DELETE, PG_UPSERT,
	PG_DELETE_SET, PG_UPSERT_SET,
	PG_STATEMENTS
};

/* A statement, made and prepared when it is first needed. */
struct pg_statement {
	char *sql;     /* NULL: not yet made */
	char *name;    /* NULL: not yet prepared */
	size_t *param; /* what each parameter is: a field of the row, or ncols + one of the key */
	size_t n;
};

struct pg_target {
	struct db_target base; /* first */
	struct pg *pg;
	struct pg_encoder enc;
	char **unique;         /* names of the unique indexes on just the key; NULL-ended */
	uint32_t *array;       /* the columns' array types; NULL: not yet asked for; 0: none */
	char **cast;           /* then: the types of columns that go as text, NULL for the others */
	struct pg_statement statement[PG_STATEMENTS];
	struct misfit why;
	enum { PG_COPY_UNKNOWN, PG_COPY_NEVER, PG_COPY_MAY } copy; /* sets of new rows */
	unsigned copy_backoff, copy_pause; /* so many sets go otherwise, since one failed */
};

static inline struct pg_target *pg_target_of(struct db_target *t)
{
	return (struct pg_target *)t;
}

/* The column that parameter i of a statement belongs to, as an index into the spec's. */
static inline size_t pg_param_column(const struct pg_target *t, const struct pg_statement *s,
				     size_t i)
{
	size_t at = s->param[i];

	return at < t->base.spec.ncols ? at : t->base.spec.key[at - t->base.spec.ncols];
}

/* Whether ON CONFLICT can name the key, and xmax tells what it did. */
bool pg_target_has_arbiter(const struct pg_target *t);

/* Whether an UPDATE cannot set a column whose value the changes give: it is compared then,
 * and the answer's last value is f if it differs. */
bool pg_target_has_fixed(const struct pg_target *t);

/* Makes s->sql and s->param (pg_apply_sql.c). */
void pg_statement_make(struct pg_target *t, enum pg_statement_kind kind);

/* Makes and prepares it, unless that is done. types: of the parameters, or NULL for those of
 * their columns. */
int pg_statement_prepare(struct pg_target *t, enum pg_statement_kind kind, struct err *e);

/* ---- pg_apply_run.c ---- */

int pg_apply(struct db *db, const struct target_row *rows, size_t n, struct target_outcome *out,
	     struct err *e);

/* ---- pg_apply_set.c ---- */

int pg_delete_set(struct db *db, const struct target_set *set, struct set_result *r,
		  bool *row_fault, struct err *e);
int pg_upsert_set(struct db *db, const struct target_set *set, struct set_result *r,
		  bool *row_fault, struct err *e);

/* ---- pg_apply_copy.c ---- */

/* Adds the rows of set->upsert by COPY, in a savepoint of its own: 1 done; 0: it will not do (a row
 * is there, the table is of another kind, …), and nothing has changed; -1 as pg_upsert_set(). */
int pg_copy_set(struct pg_target *t, const struct target_set *set, bool *row_fault,
		struct err *e);

#endif
