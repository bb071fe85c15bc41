/* What can be seen from outside while changes are applied: --metrics and --watch. */
#ifndef WATCH_H
#define WATCH_H

#include "run.h"

/* Tells where things are, twice a second at most, unless it is for the last time. */
int watch_look(struct run *r, bool last, struct err *e);

/* Wipes the live line away, before any message. */
void watch_clear(struct run *r);

#endif
