/* Whether the rows of a table fit another's columns. */
#ifndef DIFF_FIT_H
#define DIFF_FIT_H

#include "compat.h"
#include "options.h"

struct fit_check {
	char *column;         /* or several: a,b */
	const char *kind;     /* "length", "missing", … */
	struct buf what;      /* in words */
	struct buf predicate; /* for rows that do not fit; duplicates: for those that may not */
	char *group;          /* duplicates: the GROUP BY list */
	bool flaw;            /* a misfit whatever the rows are */
	bool unchecked;       /* the engine cannot tell */
	uint64_t rows;        /* that do not fit */
};

struct fit {
	struct db *db; /* of the source */
	const struct table *source, *target; /* NULL: there is none; borrowed */
	struct fit_check *check;
	size_t n;
	uint64_t rows; /* of the source */
};

/* Finds what has to be checked. fit_free() afterwards. */
void fit_open(struct fit *f, struct db *db, const struct table *source,
	      const struct table *target);
void fit_free(struct fit *f);

/* Counts the rows that do not fit. */
int fit_scan(struct fit *f, const char *where, struct err *e);

bool fit_is_misfit(const struct fit_check *c);

/* Adds the report on one table; with the keys of a few rows, which are read for it. */
int fit_report(struct fit *f, const char *title, const struct options *o, struct buf *b,
	       struct err *e);

#endif
