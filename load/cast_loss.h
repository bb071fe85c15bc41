/*
 * What changed with loss: counted by rule, listed in the file of --loss, or
 * refused with --no-loss.
 */
#ifndef CAST_LOSS_H
#define CAST_LOSS_H

#include "cast_rules.h"
#include "io.h"
#include "stream.h"

/* One such change. */
struct cast_change {
	uint64_t line;
	const char *column;
	struct field old, new;
};

struct cast_loss {
	bool refuse;        /* --no-loss */
	const char *path;   /* of --loss, or NULL */
	bool regular;       /* a file that can be removed and made durable */
	struct out out;
	size_t *key;        /* the input's fields that name a row */
	size_t nkey;
};

/* Creates the file if `path` is not NULL; one that holds something already is
 * refused: it may be the only trace of what an earlier run changed. keys
 * (NULL-ended, or NULL) are columns of the input. Returns 0 or -1. */
int loss_open(struct cast_loss *l, const char *path, char **keys, const struct reader *in,
	      const char *in_name, struct err *e);

/* Counts a change and writes it down; `row` is the input's. Returns 0 or -1. */
int loss_add(struct cast_loss *l, struct rule *r, const struct cast_change *c,
	     const struct reader *in, const struct row *row, struct err *e);

/* Makes the file durable and closes it: to be called before the end mark is
 * written, which vouches for it. Returns 0 or -1. */
int loss_close(struct cast_loss *l, struct err *e);

/* cast failed: removes the file. */
void loss_abandon(struct cast_loss *l);

/* Prints one line with the count of each rule to standard error, if there is any. */
void loss_report(const struct rule *rules, size_t nrules);

#endif
