/* What two sides have in common: the columns that are compared, and their key. */
#ifndef DIFF_SHAPE_H
#define DIFF_SHAPE_H

#include "canon.h"
#include "input.h"
#include "key.h"

/* How a side's rows come into the order of the key. */
enum ordering {
	ORDER_SERVER, /* ORDER BY */
	ORDER_GIVEN,  /* the file has it; it is checked */
	ORDER_SORT,   /* sort(1) */
};

struct shape {
	size_t n;                /* columns, those of the key first */
	size_t nkey;
	bool whole;              /* no key: all columns are, and rows count */
	bool positional;         /* no key either: rows are compared as they come */
	const char **name;       /* NULL-ended; borrowed from the inputs */
	enum json_kind *kind;
	size_t *shown;           /* indexes of columns in the order of the table */
	enum key_order *order;   /* of the key's columns */
	enum ordering ordering[2];
	enum canon *canon[2];    /* each side's forms */
	bool any_canon[2];
	bool key_canon[2];       /* one of the key's columns has a form */
	const char **missing;    /* columns that only A has, only B has; NULL-ended */
	const char **surplus;
};

struct shape_options {
	char **key;     /* NULL: chosen */
	char **columns; /* NULL: all of both sides */
	int sorted;     /* files: SORTED_… */
	bool no_key;    /* compare whole rows even if a table has a key */
	bool positional;
};
enum { SORTED_NO, SORTED_BYTES, SORTED_NUMBERS };

/* Finds the columns and the key. Returns 0, or -1 with *e set (EXIT_BAD): a column that is
 * named but absent, nothing in common. */
int shape_open(struct shape *s, const struct input in[2], const struct shape_options *o,
	       struct err *e);
void shape_free(struct shape *s);

/* The index of a column, or -1. */
int shape_column(const struct shape *s, const char *name);

#endif
