/* Policies under which values that differ may count as equal: --treat [COLUMN=]POLICY. */
#ifndef DIFF_TREAT_H
#define DIFF_TREAT_H

#include <stdbool.h>
#include <stdint.h>

#include "shape.h"

enum policy_kind {
	POLICY_EMPTY, /* null=empty */
	POLICY_RTRIM, /* char:rtrim */
	POLICY_JSON,  /* json:parsed */
	POLICY_FLOAT, /* float:DIGITS */
	POLICY_TIME,  /* ts:s, ts:ms */
};

struct policy {
	const char *text; /* as given; borrowed */
	char *column;     /* NULL: every one that is not of the key */
	int at;           /* its index, or -1 */
	enum policy_kind kind;
	int64_t size;     /* digits; microseconds */
	uint64_t rows;    /* that are equal only under it (and others) */
	bool used;        /* for the row at hand */
};

struct treat {
	struct policy *policy;
	size_t n;
	struct buf text[2];
};

/* Reads the policies, n texts. Returns 0, or -1 with *e set (EXIT_BAD). */
int treat_open(struct treat *t, const char *const *texts, size_t n, const struct shape *shape,
	       struct err *e);
void treat_free(struct treat *t);

/* Begins a row. */
void treat_row(struct treat *t);

/* Whether two values of a column, which are not the same bytes, count as equal. */
bool treat_equal(struct treat *t, size_t column, struct field a, struct field b);

/* Counts the row, which is equal under the policies that were used. */
void treat_count(struct treat *t);

#endif
