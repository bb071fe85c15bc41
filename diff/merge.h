/* The merge of two sides whose rows come in the order of the key. */
#ifndef DIFF_MERGE_H
#define DIFF_MERGE_H

#include <stdint.h>

#include "progress.h"
#include "report.h"
#include "source.h"

/* Compares all rows, tells r of those that differ and counts in r->tally. Returns 0; or -1
 * with *e set, also for rows that are out of order. Stops early if r wants no more. */
int merge(struct source s[2], struct report *r, struct progress *p, struct err *e);

#endif
