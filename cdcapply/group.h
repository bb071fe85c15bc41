/*
 * The changes that wait to be applied together, in the source's order, with their values as
 * the target takes them.
 */
#ifndef GROUP_H
#define GROUP_H

#include "arena.h"
#include "tables.h"

struct pending {
	bool truncate;         /* of table; nothing else is set then */
	bool full;             /* row is a whole image */
	enum target_op op;
	struct target_table *table;
	struct shape *shape;
	struct field *key;     /* shape->nkey old values: update, delete */
	struct field *row;     /* shape->ncols values: insert, update */
	uint64_t line;
};

struct group {
	struct pending *v;
	size_t n, cap;
	size_t complete;       /* so many, from the first, are of whole transactions */
	struct arena arena;
};

/* Adds a change of a row, or an emptied table. -1 with *e set: a value does not fit its
 * column, or the change does not tell enough. */
int group_add(struct group *g, struct tables *t, struct source_table *s, const struct change *c,
	      uint64_t line, struct buf *scratch, struct err *e);
void group_add_truncate(struct group *g, struct target_table *t, uint64_t line);

/* Forgets the first n changes. */
void group_drop(struct group *g, size_t n);

void group_free(struct group *g);

#endif
