/*
 * Rows from the reader into the table, the plain way: one COPY or LOAD DATA a
 * transaction, ended by the first bad row.
 */
#ifndef FEED_H
#define FEED_H

#include "job.h"

/* Loads rows up to job->batch (or all) inside the open transaction, adds to
 * job->rows, and sets job->at_end. Any bad row or cut-off stream is a failure
 * with *e naming line, column, value and limit. */
int feed_transaction(struct job *job, struct err *e);

/* Sets *e to job->why with the place: "table line 17: column age: 300 does
 * not fit smallint". Returns -1. */
int feed_misfit(const struct job *job, uint64_t line, struct err *e);

#endif
