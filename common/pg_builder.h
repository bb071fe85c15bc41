/*
 * A statement that applies changes, being written: pg_apply_match.c finds the row, pg_apply_sql.c
 * says what becomes of it.
 */
#ifndef PG_BUILDER_H
#define PG_BUILDER_H

#include "pg_apply.h"

struct pg_builder {
	struct pg_target *t;
	struct pg_statement *s;
	struct buf b;
	size_t *number;   /* the parameter of each field, from 1; 0: none yet */
	bool own_key;     /* the key's values are fields of the row itself */
	const char *from; /* sets: the alias whose columns stand in place of parameters, or NULL */
};

static inline const struct target_spec *pg_spec_of(const struct pg_builder *w)
{
	return &w->t->base.spec;
}

/* Adds $n for a field: of the row, or ncols + one of the key; in a set its column c_n. */
void pg_add_param(struct pg_builder *w, size_t field);

/* Adds a quoted name: a column's, the table's. */
void pg_add_name(struct pg_builder *w, const struct column *c);
void pg_add_target(struct pg_builder *w);

/* Whether `=` holds only for values of one canonical text. */
bool pg_equal_is_exact(const struct column *c);

/* Adds the condition that a row has the key. */
void pg_add_key(struct pg_builder *w);

/* Adds " WHERE …": a row of a table without key is found by its place, since it may have
 * equals. */
void pg_add_where(struct pg_builder *w);

#endif
