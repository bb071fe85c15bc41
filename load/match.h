#ifndef MATCH_H
#define MATCH_H

#include "job.h"

/* Columns of reject files, dropped on reading. */
#define REJECT_LINE "rowboat_line"
#define REJECT_REASON "rowboat_reason"

/* Joins the input's columns and the table's by name and fills job->spec's
 * columns and job->field. `only`: load just these (NULL-ended, or NULL for
 * all); the table's others take their defaults. Surplus columns of the input
 * are an error that lists them unless ignore_extra; so are columns that the
 * table has and the input lacks, unless `only` is given, and generated ones. */
int match_columns(struct job *job, char **only, bool ignore_extra, struct err *e);

/* Fills job->spec's key from names (NULL-ended), or from the primary key. */
int match_key(struct job *job, char **names, struct err *e);

/* The row in the order of spec.col. Valid as long as `row` is. */
const struct row *match_row(struct job *job, const struct row *row);

#endif
