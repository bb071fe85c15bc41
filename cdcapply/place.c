#include "place.h"

static char *keep(struct buf *b, const char *s)
{
	if (!s)
		return NULL;
	buf_reset(b);
	buf_add(b, s, strlen(s) + 1);
	return b->p;
}

void place_set(struct place *p, const struct position *at)
{
	p->set = true;
	p->at = *at;
	p->at.file = keep(&p->file, at->file);
	p->at.gtid = keep(&p->gtid, at->gtid);
}

void place_free(struct place *p)
{
	buf_free(&p->file);
	buf_free(&p->gtid);
}
