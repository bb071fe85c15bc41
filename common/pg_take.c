/* Messages of pgoutput are taken in; transactions that come before they commit are put aside. */
#include "pg_changes.h"

#include <stdlib.h>
#include <string.h>

static struct pg_spool **find_spool(struct pg_changes *c, uint32_t xid)
{
	for (size_t i = 0; i < c->nspools; i++)
		if (c->spool[i]->xid == xid)
			return &c->spool[i];
	return NULL;
}

static void drop_spool(struct pg_changes *c, struct pg_spool **s)
{
	pg_spool_close(*s);
	*s = c->spool[--c->nspools];
}

void pg_take_reset(struct pg_changes *c)
{
	while (c->nspools)
		drop_spool(c, c->spool);
	c->filling = c->replaying = NULL;
}

static void start_stream(struct pg_changes *c, uint32_t xid)
{
	struct pg_spool **s = find_spool(c, xid);

	if (!s) {
		c->spool = xrealloc(c->spool, (c->nspools + 1) * sizeof *c->spool);
		s = &c->spool[c->nspools++];
		*s = pg_spool_open(xid);
	}
	c->filling = *s;
}

/* A message between Stream Start and Stream Stop. It is put aside without its transaction id,
 * as it would stand elsewhere. Relations stay even if their subtransaction does not: the server
 * describes each only once in a transaction. */
static int put_aside(struct pg_changes *c, uint64_t lsn, const char *p, size_t n, struct err *e)
{
	uint32_t xid;

	if (n < 1 + PGOUTPUT_STREAM_XID)
		return err_set(e, EXIT_FAILED, "a message of pgoutput in a stream has %zu "
			"bytes", n);
	memcpy(&xid, p + 1, sizeof xid);
	return pg_spool_add(c->filling, __builtin_bswap32(xid), lsn, *p, p + 1 + PGOUTPUT_STREAM_XID,
			    n - 1 - PGOUTPUT_STREAM_XID, *p == PGOUTPUT_RELATION, e);
}

static int commit_stream(struct pg_changes *c, struct err *e)
{
	const struct pgoutput *m = &c->message;
	struct pg_spool **s = find_spool(c, m->xid);

	if (!s)
		return err_set(e, EXIT_FAILED, "the server commits transaction %u, which it did "
			       "not send", m->xid);
	if (pg_tell_begin(c, m->xid, m->commit_lsn, m->time, e) < 0)
		return -1;
	c->replaying = *s;
	c->end_lsn = m->end_lsn;
	return 0;
}

static int abort_stream(struct pg_changes *c, struct err *e)
{
	const struct pgoutput *m = &c->message;
	struct pg_spool **s = find_spool(c, m->xid);

	if (!s)
		return 0;
	if (m->subxid != m->xid)
		return pg_spool_abort(*s, m->subxid, e);
	drop_spool(c, s);
	return 0;
}

/* ---- Taking in messages ---- */

/* What a message means at once; what is to be told of it is left to pg_tell(). */
static int take(struct pg_changes *c, uint64_t lsn, const char *p, size_t n, struct err *e)
{
	struct pgoutput *m = &c->message;

	if (pgoutput_parse(&c->parser, p, n, false, m, e) < 0)
		return -1;
	c->lsn = lsn;
	c->index = 0;
	switch (m->kind) {
	case PGOUTPUT_BEGIN:
		return pg_tell_begin(c, m->xid, m->commit_lsn, m->time, e);
	case PGOUTPUT_RELATION:
		return pg_relations_note(&c->relations, m, e);
	case PGOUTPUT_STREAM_START:
		start_stream(c, m->xid);
		return 0;
	case PGOUTPUT_STREAM_COMMIT:
		return commit_stream(c, e);
	case PGOUTPUT_STREAM_ABORT:
		return abort_stream(c, e);
	case PGOUTPUT_ORIGIN:
	case PGOUTPUT_TYPE:
	case PGOUTPUT_STREAM_STOP:
		return 0;
	default:
		c->pending = true;
		return 0;
	}
}

int pg_take(struct pg_changes *c, uint64_t lsn, char *p, size_t n, struct err *e)
{
	if (c->filling && n && *p == PGOUTPUT_STREAM_STOP)
		c->filling = NULL;
	return c->filling ? put_aside(c, lsn, p, n, e) : take(c, lsn, p, n, e);
}

int pg_take_replayed(struct pg_changes *c, struct err *e)
{
	uint64_t lsn;
	const char *p;
	size_t n;
	int got = pg_spool_next(c->replaying, &lsn, &p, &n, e);

	if (got)
		return got < 0 ? -1 : take(c, lsn, p, n, e);
	drop_spool(c, find_spool(c, c->replaying->xid));
	c->replaying = NULL;
	c->message = (struct pgoutput){.kind = PGOUTPUT_COMMIT, .end_lsn = c->end_lsn};
	c->pending = true;
	return 0;
}

