/* What can be seen from outside while changes are applied: --metrics and --watch. */
#ifndef WATCH_H
#define WATCH_H

#include "run.h"

/* After each flush; and about twice a second when nothing happens. */
int watch_flush(struct run *r, struct err *e);
int watch_tick(struct run *r, struct err *e);

/* Wipes the live line away, before any message. */
void watch_clear(struct run *r);

#endif
