/* Where a stream is, in buffers of its own, which the next place uses again. */
#ifndef PLACE_H
#define PLACE_H

#include "change.h"
#include "checkpoint.h"

struct place {
	bool set;
	bool at_position;
	struct position at;   /* points into the buffers */
	bool has_sequence;
	struct buf file, gtid, prepared;
	struct buf sequence;  /* NUL-ended; see checkpoint.h */
	size_t nsequence;     /* bytes of the event's own sequence in it, before `#count` */
	uint64_t count;       /* events in a row that had it */
};

/* Behind what the change tells: a place to go on from, or the event itself. */
void place_set(struct place *p, const struct change *c);
void place_copy(struct place *to, const struct place *from);

/* No other event with the same sequence can follow: the transaction is known to be whole. */
void place_whole(struct place *p);

/* Begins with the sequence of a checkpoint. */
void place_begin(struct place *p, const struct checkpoint *at);

/* How many events have the checkpoint's sequence; UINT64_MAX: all that there are. */
uint64_t place_count(const struct checkpoint *at);

/* Lets the checkpoint say this place, in memory that stays the place's. */
void place_tell(const struct place *p, struct checkpoint *c);

/* Whether a stream whose checkpoint is `at` is past the event: 1, 0; 2: it has the checkpoint's own
 * sequence, which several events may have; -1: the two have nothing to do with each other. */
int place_passed(const struct checkpoint *at, const struct change *c);

void place_free(struct place *p);

#endif
