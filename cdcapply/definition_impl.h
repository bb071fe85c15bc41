/* What statements on tables need: for cdcapply/definition_tables.c and definition_rename.c only. */
#ifndef DEFINITION_IMPL_H
#define DEFINITION_IMPL_H

#include "definition.h"

/* A table that a statement names, and where it is, or would be, in the target. */
struct spot {
	const char *source;      /* its name there */
	bool followed;           /* the stream tells of its rows */
	char *schema, *name;
	struct table *def;       /* NULL: the target has none */
	size_t content, after;   /* which spot's table it has while names change; NOTHING */
	bool origin;             /* its first table was renamed */
};

#define NOTHING SIZE_MAX

struct spots {
	struct spot *v;
	size_t n;
	size_t *of; /* per name of the statement */
};

/* Add the quoted name with its schema, if that is not NULL. */
void spot_add_place(struct sink *s, struct buf *sql, const char *schema, const char *name);
void spot_add(struct sink *s, struct buf *sql, const struct spot *p);

/* ---- RENAME (definition_rename.c): the statement's n names are pairs ---- */

/* Finds out which table is under which name when all is done. -1 with *e set: the target failed. */
int rename_follow(struct sink *s, struct spots *all, size_t n, struct err *e);

/* Whether the target has the names that are to be, and none that is to go. Where rows would have
 * come from a table that is not followed, nobody knows. */
bool rename_is_done(const struct spots *all);

/* The statements that rename. -1 with *e set: rows would be lost, or names are taken (EXIT_GATE). */
int rename_plan(struct sink *s, struct spots *all, size_t n, struct definition_do *d,
		struct err *e);

#endif
