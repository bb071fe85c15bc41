/* The tables of two databases, side by side. */
#ifndef DIFF_TABLES_H
#define DIFF_TABLES_H

#include "options.h"

struct table_pair {
	char *title;   /* for reports */
	char *name[2]; /* as db_table() reads it; NULL: that side has no such table */
	struct table *t[2]; /* of table_pair_read(); NULL: there is none */
};

struct tables {
	struct table_pair *pair;
	size_t n;
};

/* The tables named in the options, which both sides are to have; or all tables of both
 * databases, those of one side too, joined by name, or by schema and name where a name stands
 * in several schemas. Rowboat's own ledgers are left out. Returns 0 or -1; tables_free() in any
 * case. */
int tables_open(struct tables *t, const struct options *o, const struct input in[2],
		struct err *e);
void tables_free(struct tables *t);

/* Reads the definitions of both tables. Returns 0 or -1; table_pair_drop() in any case. */
int table_pair_read(struct table_pair *p, const struct input in[2], bool deep, struct err *e);
void table_pair_drop(struct table_pair *p);

/* Adds the report on one pair, whose definitions are read, to b, and sets *differs where there
 * is something to report. */
typedef int (*table_pair_compare)(const struct options *o, const struct input in[2],
				  const struct table_pair *p, struct buf *b, bool *differs,
				  struct err *e);

/* Connects to both databases, with `snapshot` reading A's rows at one moment, compares
 * all pairs of tables, and writes the report. 1 if something differs, 0, or -1. */
int tables_compare(const struct options *o, bool snapshot, table_pair_compare compare,
		   struct err *e);

#endif
