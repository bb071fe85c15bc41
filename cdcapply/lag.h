/* Reports on a stream's checkpoint: --lag and --from-checkpoint. */
#ifndef LAG_H
#define LAG_H

#include "options.h"

/* Each prints to standard output and returns the exit status; failures end the process. */
int lag_report(const struct options *o);
int lag_from_checkpoint(const struct options *o);

#endif
