/* What diff can do. Each function returns 0 if the sides are the same, 1 if they differ, -1 with
 * *e set, or 2: trouble that is told already. */
#ifndef DIFF_MODES_H
#define DIFF_MODES_H

#include "options.h"

int diff_rows(const struct options *o, struct err *e);  /* rows.c */
int diff_sample(const struct options *o, struct err *e); /* sample.c */
int diff_query(const struct options *o, struct err *e); /* query.c */
int diff_count(const struct options *o, struct err *e); /* count.c */
int diff_fit(const struct options *o, struct err *e);   /* fit.c */
int diff_types(const struct options *o, struct err *e); /* types.c */
int diff_checks(const struct options *o, struct err *e); /* checks.c */

#endif
