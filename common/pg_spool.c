#include "pg_spool.h"

#include <stdlib.h>

struct pg_spool *pg_spool_open(uint32_t xid)
{
	struct pg_spool *s = xcalloc(1, sizeof *s);

	s->xid = s->newest = xid;
	return s;
}

void pg_spool_close(struct pg_spool *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nkept; i++)
		free(s->kept[i].p);
	free(s->kept);
	free(s->sub);
	buf_free(&s->message);
	spool_free(&s->spool);
	free(s);
}

/* Notes where a subtransaction begins. Their ids grow, so that one above all before is new. */
static void note_subxact(struct pg_spool *s, uint32_t xid)
{
	if (xid == s->xid || (s->nsubs && s->sub[s->nsubs - 1].xid == xid))
		return;
	if ((int32_t)(xid - s->newest) <= 0)
		for (size_t i = s->nsubs; i-- > 0;)
			if (s->sub[i].xid == xid)
				return;
	if (s->nsubs == s->subs_room) {
		s->subs_room = 2 * s->subs_room + 16;
		s->sub = xrealloc(s->sub, s->subs_room * sizeof *s->sub);
	}
	s->sub[s->nsubs++] = (struct pg_subxact){xid, spool_size(&s->spool), s->nkept};
	if ((int32_t)(xid - s->newest) > 0)
		s->newest = xid;
}

static void keep(struct pg_spool *s, uint64_t lsn, const struct buf *message)
{
	struct pg_kept kept = {lsn, xmalloc(message->n), message->n};

	memcpy(kept.p, message->p, message->n);
	if (s->nkept == s->kept_room) {
		s->kept_room = 2 * s->kept_room + 16;
		s->kept = xrealloc(s->kept, s->kept_room * sizeof *s->kept);
	}
	s->kept[s->nkept++] = kept;
}

int pg_spool_add(struct pg_spool *s, uint32_t subxid, uint64_t lsn, char kind, const char *p,
		 size_t n, bool stays, struct err *e)
{
	note_subxact(s, subxid);
	buf_reset(&s->message);
	buf_addc(&s->message, kind);
	buf_add(&s->message, p, n);
	if (stays)
		keep(s, lsn, &s->message);
	return spool_add(&s->spool, lsn, s->message.p, s->message.n, e);
}

/* A subtransaction's changes and those of its own subtransactions stand together: it ends, one way
 * or the other, before its parent goes on. */
int pg_spool_abort(struct pg_spool *s, uint32_t subxid, struct err *e)
{
	size_t i = s->nsubs;

	while (i > 0 && s->sub[i - 1].xid != subxid)
		i--;
	if (i == 0)
		return 0;
	s->nsubs = i - 1;
	if (spool_cut(&s->spool, s->sub[s->nsubs].begin, e) < 0)
		return -1;
	for (size_t k = s->sub[s->nsubs].nkept; k < s->nkept; k++)
		if (spool_add(&s->spool, s->kept[k].lsn, s->kept[k].p, s->kept[k].n, e) < 0)
			return -1;
	return 0;
}

int pg_spool_next(struct pg_spool *s, uint64_t *lsn, const char **p, size_t *n, struct err *e)
{
	const void *message;
	int got;

	if (!s->reading)
		spool_rewind(&s->spool);
	s->reading = true;
	got = spool_next(&s->spool, lsn, &message, n, e);
	if (got > 0)
		*p = message;
	return got;
}
