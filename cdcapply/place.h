/* A position in buffers of its own, which the next one uses again. */
#ifndef PLACE_H
#define PLACE_H

#include "position.h"

struct place {
	bool set;
	struct position at; /* points into the buffers */
	struct buf file, gtid;
};

void place_set(struct place *p, const struct position *at);
void place_free(struct place *p);

#endif
