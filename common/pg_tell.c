/* What is told of a message: events of the transaction at hand. */
#include "pg_changes.h"

#include <string.h>

/* ---- Transactions ---- */

/* Microseconds since 2000 → milliseconds since 1970. */
static int64_t to_ms(int64_t time)
{
	return time / 1000 + INT64_C(946684800000);
}

int pg_tell_begin(struct pg_changes *c, uint32_t xid, uint64_t commit_lsn, int64_t time,
		  struct err *e)
{
	if (c->again && commit_lsn != c->again_lsn)
		return err_set(e, EXIT_FAILED, "the server does not send again the transaction "
			       "that it broke off");
	c->open = true;
	c->begun = c->skipped = false;
	c->xid = xid;
	c->commit_lsn = commit_lsn;
	c->ts_ms = to_ms(time);
	c->order = c->told = 0;
	c->skip = c->again;
	buf_reset(&c->id);
	buf_addu(&c->id, xid);
	buf_addc(&c->id, ':');
	buf_addu(&c->id, commit_lsn);
	buf_reset(&c->source);
	buf_adds(&c->source, ",\"ts_ms\":");
	buf_addu(&c->source, (unsigned long long)c->ts_ms);
	buf_adds(&c->source, ",\"txId\":");
	buf_addu(&c->source, xid);
	buf_adds(&c->source, ",\"commit_lsn\":");
	buf_addu(&c->source, commit_lsn);
	buf_adds(&c->source, ",\"lsn\":");
	c->source_head = c->source.n;
	return 0;
}

static const char *source_text(struct pg_changes *c)
{
	c->source.n = c->source_head;
	buf_addu(&c->source, c->lsn);
	return buf_cstr(&c->source);
}

/* Fills in what all events of the transaction have. */
static void fill_event(struct pg_changes *c, struct captured *ev, enum changes_kind kind)
{
	*ev = (struct captured){
		.kind = kind, .source = source_text(c), .transaction = buf_cstr(&c->id),
		.order = c->order, .ts_ms = c->ts_ms, .position = &c->position,
	};
}

static enum changes_kind commit(struct pg_changes *c, uint64_t end_lsn, struct captured *ev)
{
	c->open = false;
	c->moved = true;
	c->again = 0;
	if (end_lsn > c->position.lsn)
		c->position.lsn = end_lsn;
	if (!c->told)
		return CHANGES_IDLE;
	fill_event(c, ev, CHANGES_COMMIT);
	return CHANGES_COMMIT;
}

/* ---- Telling the message at hand ---- */

/* Whether the change is to be told; the first of a transaction may leave all of it out. */
static bool is_wanted(struct pg_changes *c, const struct pg_relation *r)
{
	if (!c->begun) {
		c->begun = true;
		c->skipped = c->o.skip_applied && r->checkpoint;
	}
	return r->wanted && !c->skipped;
}

/* Counts an event. False: it was told before the connection was lost. */
static bool count(struct pg_changes *c)
{
	c->told++;
	if (!c->skip)
		return true;
	c->skip--;
	return false;
}

static enum changes_kind tell_ddl(struct pg_changes *c, const struct pg_relation *r,
				  struct captured *ev)
{
	fill_event(c, ev, CHANGES_DDL);
	ev->schema = r->schema;
	ev->name = r->name;
	ev->definition = r->definition;
	return CHANGES_DDL;
}

/* A relation's definition must be told before its first change, unless that was told before. */
static enum changes_kind refresh(struct pg_changes *c, struct pg_relation *r,
				 struct captured *ev, struct err *e)
{
	int status = pg_relation_refresh(&c->relations, r, e);

	if (status < 0)
		return CHANGES_FAILED;
	return status && !c->skip ? tell_ddl(c, r, ev) : CHANGES_IDLE;
}

static enum changes_kind tell_row(struct pg_changes *c, struct captured *ev, struct err *e)
{
	struct pgoutput *m = &c->message;
	struct pg_relation *r = pg_relations_find(&c->relations, m->relation, e);
	enum changes_kind kind;

	if (!r)
		return CHANGES_FAILED;
	c->pending = false;
	if (!is_wanted(c, r))
		return CHANGES_IDLE;
	kind = r->stale ? refresh(c, r, ev, e) : CHANGES_IDLE;
	if (kind != CHANGES_IDLE) {
		c->pending = kind == CHANGES_DDL;
		return kind;
	}
	c->order++;
	if (!count(c))
		return CHANGES_IDLE;
	if (pg_relation_rows(&c->relations, r, m, e) < 0)
		return CHANGES_FAILED;
	fill_event(c, ev, CHANGES_ROW);
	ev->table = &r->table;
	ev->op = m->kind == PGOUTPUT_INSERT ? EVENT_CREATE
		 : m->kind == PGOUTPUT_UPDATE ? EVENT_UPDATE : EVENT_DELETE;
	ev->before = m->old_kind ? &m->old : NULL;
	ev->after = m->kind != PGOUTPUT_DELETE ? &m->new : NULL;
	return CHANGES_ROW;
}

static enum changes_kind tell_truncate(struct pg_changes *c, struct captured *ev, struct err *e)
{
	for (; c->index < c->message.nrelations; c->index++) {
		uint32_t oid = pgoutput_truncated(&c->message, c->index);
		struct pg_relation *r = pg_relations_find(&c->relations, oid, e);
		enum changes_kind kind;

		if (!r)
			return CHANGES_FAILED;
		if (!is_wanted(c, r))
			continue;
		kind = refresh(c, r, ev, e);
		if (kind != CHANGES_IDLE)
			return kind;
		c->order++;
		if (!count(c))
			continue;
		c->index++;
		fill_event(c, ev, CHANGES_TRUNCATE);
		ev->op = EVENT_TRUNCATE;
		ev->table = &r->table;
		return CHANGES_TRUNCATE;
	}
	c->pending = false;
	return CHANGES_IDLE;
}

/* Messages are no changes of rows: they have no number of their own. One outside of transactions
 * has its LSN behind its record, so that it is a position, too. */
static enum changes_kind tell_message(struct pg_changes *c, struct captured *ev)
{
	const struct pgoutput *m = &c->message;

	c->pending = false;
	if (!strcmp(m->prefix, PG_OWN_PREFIX))
		return CHANGES_IDLE;
	if (m->flags & 1) {
		if (c->skipped || !count(c))
			return CHANGES_IDLE;
		fill_event(c, ev, CHANGES_MESSAGE);
	} else {
		if (m->lsn <= c->message_lsn)
			return CHANGES_IDLE;
		c->message_lsn = m->lsn;
		if (!c->open && m->lsn > c->position.lsn)
			c->position.lsn = m->lsn;
		*ev = (struct captured){.kind = CHANGES_MESSAGE, .position = &c->position};
	}
	ev->prefix = m->prefix;
	ev->content = m->content;
	return CHANGES_MESSAGE;
}

enum changes_kind pg_tell(struct pg_changes *c, struct captured *ev, struct err *e)
{
	switch (c->message.kind) {
	case PGOUTPUT_INSERT:
	case PGOUTPUT_UPDATE:
	case PGOUTPUT_DELETE:
		return tell_row(c, ev, e);
	case PGOUTPUT_TRUNCATE:
		return tell_truncate(c, ev, e);
	case PGOUTPUT_MESSAGE:
		return tell_message(c, ev);
	case PGOUTPUT_COMMIT:
		c->pending = false;
		return commit(c, c->message.end_lsn, ev);
	default:
		c->pending = false;
		return CHANGES_IDLE;
	}
}

/* When it breaks off while events are skipped, fewer were counted than told. */
void pg_tell_break(struct pg_changes *c)
{
	if (c->open && c->told > c->again) {
		c->again = c->told;
		c->moved = true;
	}
	if (c->open && c->again)
		c->again_lsn = c->commit_lsn;
	c->open = c->pending = false;
}
