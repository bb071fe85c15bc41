/* --correlate: rows go to the primary and to the shadow, each of which makes its own keys, and
 * tells the other's: dual_write_id in the shadow, shadow_id in the primary. */
#ifndef CORRELATE_H
#define CORRELATE_H

#include "sink.h"

#define CORRELATE_TABLE "rowboat_dual"

/* A pair of keys, as texts. */
struct key_pair {
	struct field primary, shadow;
};

struct correlate {
	struct sink *primary, *shadow;
	bool ready;
	bool keeps;            /* the pairs are kept, since the stream has positions */
	struct key_pair *old;  /* of the primary's last group before this program began */
	size_t nold, healed;   /* how many; how many of them the shadow has got */
	uint64_t n;            /* pairs of the group in hand */
	struct arena arena;    /* the old pairs */
	struct arena rows;     /* of one change */
	struct buf sql, lines; /* lines: to be written when both have committed */
};

void correlate_init(struct correlate *c, struct sink *primary, struct sink *shadow);
void correlate_free(struct correlate *c);

/* As sink_flush(), of both. Changes other than inserts are an error (EXIT_BAD). */
int correlate_flush(struct correlate *c, bool part, struct err *e);

#endif
