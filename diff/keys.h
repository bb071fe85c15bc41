/*
 * Keys put aside in a temporary file (below TMPDIR), and the comparison of just the rows
 * that have them.
 */
#ifndef DIFF_KEYS_H
#define DIFF_KEYS_H

#include "rows.h"

struct keys {
	struct out to;
	size_t nkey;
	uint64_t n;
};

int keys_open(struct keys *k, size_t nkey, struct err *e);
int keys_add(struct keys *k, const struct field *f, struct err *e);
void keys_close(struct keys *k);

/* Whether both sides of a comparison can be asked for rows by key: 0, or -1 with *e set;
 * `option` wants it. */
int keys_check(const struct comparison *c, const char *option, struct err *e);

/* Fetches the rows with these keys, which were added in ascending order, from both sides and
 * compares them; the report's tally grows by them. */
int keys_compare(struct comparison *c, struct keys *k, struct report *to, struct err *e);

/* A report that puts the keys of differing rows aside; r->state is a struct keys. */
extern const struct report_ops report_keys;

#endif
