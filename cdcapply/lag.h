/* Reports on a stream's checkpoint: --lag and --from-checkpoint. */
#ifndef LAG_H
#define LAG_H

#include "options.h"

/* Each prints to standard output and returns the exit status; failures end the process. */
int lag_report(const struct options *o);
int lag_from_checkpoint(const struct options *o);

/* --set-checkpoint: writes it. Returns the exit status; ends the process on failure. */
int lag_set_checkpoint(const struct options *o);

#endif
