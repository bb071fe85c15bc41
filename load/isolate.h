/*
 * Rows from the reader into the table with --reject: bad rows are put aside,
 * all others land. Rows that do not fit are known before they are sent; those
 * that only the server can refuse (unique, foreign key, check) are found by
 * loading a chunk behind a savepoint and halving what fails.
 */
#ifndef ISOLATE_H
#define ISOLATE_H

#include "job.h"

/* Like feed_transaction(), but puts bad rows into job->rejects and counts them.
 * Past max_rejects of them (UINT64_MAX: no limit) it fails. */
int isolate_transaction(struct job *job, uint64_t max_rejects, struct err *e);

#endif
