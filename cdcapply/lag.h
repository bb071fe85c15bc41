/* What is done with a stream's checkpoint alone: --lag, --from-checkpoint, --set-checkpoint,
 * --wait-for, --close. */
#ifndef LAG_H
#define LAG_H

#include "options.h"

/* Each does it and returns the exit status; failures end the process. */
int lag_report(const struct options *o);
int lag_from_checkpoint(const struct options *o);
int lag_set_checkpoint(const struct options *o);
int lag_wait_for(const struct options *o);
int lag_close(const struct options *o);

#endif
