/*
 * Net changes: what is left of the changes of a table when those of one key are merged.
 *
 *   insert, update   = insert        insert, delete = delete (of a row that may not be there)
 *   update, delete   = delete        delete, insert = update
 *   update of a key  = delete of the old one, insert of the new
 *
 * A table whose changes do not allow that (rows of which not all is known, no key, …) is
 * left to be applied row by row.
 */
#ifndef NET_H
#define NET_H

#include "group.h"

/* One key's end state. */
struct net_entry {
	struct field *key;     /* nkey values */
	struct field *row;     /* ncols values of net->shape; NULL: the row is to be gone */
	uint64_t hash;
	bool existed;          /* the row was in the target before, unless there is a conflict */
};

struct net {
	bool in_use;           /* the table has changes in this run */
	bool by_rows;          /* not to be merged */
	size_t changes;
	struct shape *shape;   /* of all rows; NULL: only deletes */
	struct shape *keys;    /* of the deletes */
	struct net_entry *entry;
	size_t n, cap;
	uint32_t *slot;        /* hash table of indexes + 1 */
	size_t nslots;         /* a power of two */
	size_t nkey;
};

/* Merges the changes of all tables in v[0..n): each table's ->net is made. Rows that are merged
 * are made in arena. keep_order: foreign keys and triggers of the target see the changes, so that
 * a changed key must stay an update. */
void net_build(const struct pending *v, size_t n, bool keep_order, struct tables *t,
	       struct arena *arena);

void net_free(struct net *n);

#endif
