/*
 * Changes of a PostgreSQL source, from a logical slot with pgoutput. What reads the messages is
 * in pgoutput.c, the connection in pg_repl.c, tables and values in pg_relation.c, transactions
 * that come before they commit in pg_spool.c; here they become one stream of events.
 *
 * A transaction is named XID:LSN, where the LSN is that of its commit record, in decimal digits as
 * in "source" (so does Debezium). A position is the LSN behind a commit record: the server
 * sends what commits from there on.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "pg_relation.h"
#include "pg_repl.h"
#include "pg_slot.h"
#include "pg_spool.h"

#define LOOK_EVERY 256     /* messages between looks at the clock */
#define RETRY_MS 60000     /* how long a lost connection is tried again */
#define RETRY_PAUSE_MS 250 /* the first pause; each is twice as long */
#define HELD_MS 10000      /* how long a slot may still be held by a process that just died */

struct pg_changes {
	struct changes changes; /* first: changes.h casts */
	const struct url *url;
	struct changes_options o;
	struct pg_repl repl;
	struct pg_relations relations;
	struct position position;  /* behind all that was told */
	uint64_t message_lsn;      /* of the last message outside of transactions */

	/* The message at hand. */
	struct pgoutput_parser parser;
	struct pgoutput message;
	uint64_t lsn;
	bool pending;              /* there is more to tell of it */
	uint32_t index;            /* TRUNCATE: the next relation */

	/* The transaction at hand. */
	bool open, begun, skipped; /* begun: its first change was seen */
	uint32_t xid;
	uint64_t commit_lsn, order, told; /* told: events of all kinds but DDL */
	int64_t ts_ms;
	struct buf id, source;     /* source: up to `source_head` the same in all its events */
	size_t source_head;

	/* A transaction that was broken off: so many of its events were told before. */
	uint64_t again_lsn, again, skip;

	/* Transactions that did not commit yet. */
	struct pg_spool **spool;
	size_t nspools;
	struct pg_spool *filling, *replaying;
	uint64_t end_lsn;          /* of the one that is replayed */

	/* The connection, when it is lost. */
	bool lost;
	int64_t lost_ms, retry_ms, pause_ms;
};

static struct pg_changes *pg_changes_of(struct changes *c)
{
	return (struct pg_changes *)c;
}

/* ---- Transactions ---- */

static void add_number(struct buf *b, uint64_t v)
{
	char digits[20];
	size_t n = sizeof digits;

	do
		digits[--n] = (char)('0' + v % 10);
	while (v /= 10);
	buf_add(b, digits + n, sizeof digits - n);
}

/* Microseconds since 2000 → milliseconds since 1970. */
static int64_t to_ms(int64_t time)
{
	return time / 1000 + INT64_C(946684800000);
}

static void begin(struct pg_changes *c, uint32_t xid, uint64_t commit_lsn, int64_t time)
{
	c->open = true;
	c->begun = c->skipped = false;
	c->xid = xid;
	c->commit_lsn = commit_lsn;
	c->ts_ms = to_ms(time);
	c->order = c->told = 0;
	c->skip = commit_lsn == c->again_lsn ? c->again : 0;
	buf_reset(&c->id);
	buf_addf(&c->id, "%u:%llu", xid, (unsigned long long)commit_lsn);
	buf_reset(&c->source);
	buf_addf(&c->source, ",\"ts_ms\":%lld,\"txId\":%u,\"commit_lsn\":%llu,\"lsn\":",
		 (long long)c->ts_ms, xid, (unsigned long long)commit_lsn);
	c->source_head = c->source.n;
}

static const char *source_text(struct pg_changes *c)
{
	c->source.n = c->source_head;
	add_number(&c->source, c->lsn);
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
	c->lost_ms = 0;
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

/* The next event of the message at hand, or CHANGES_IDLE: there is none left. */
static enum changes_kind tell(struct pg_changes *c, struct captured *ev, struct err *e)
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

/* ---- Transactions that come before they commit ---- */

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

static void drop_spools(struct pg_changes *c)
{
	while (c->nspools)
		drop_spool(c, c->spool);
	c->filling = c->replaying = NULL;
}

static int start_stream(struct pg_changes *c, uint32_t xid, struct err *e)
{
	struct pg_spool **s = find_spool(c, xid);

	if (!s) {
		struct pg_spool *new = pg_spool_open(xid, e);

		if (!new)
			return -1;
		c->spool = xrealloc(c->spool, (c->nspools + 1) * sizeof *c->spool);
		s = &c->spool[c->nspools++];
		*s = new;
	}
	c->filling = *s;
	return 0;
}

/* A message between Stream Start and Stream Stop. It is put aside without its transaction id,
 * as it would stand elsewhere. Relations stay even if their subtransaction does not: the server
 * describes each only once in a transaction. */
static int put_aside(struct pg_changes *c, uint64_t lsn, const char *p, size_t n, struct err *e)
{
	uint32_t xid;

	if (n < 1 + PGOUTPUT_STREAM_XID)
		return err_set(e, EXIT_FAILED, "a message of pgoutput in a stream has %zu bytes", n);
	memcpy(&xid, p + 1, sizeof xid);
	return pg_spool_add(c->filling, __builtin_bswap32(xid), lsn, *p, p + 1 + PGOUTPUT_STREAM_XID,
			    n - 1 - PGOUTPUT_STREAM_XID, *p == PGOUTPUT_RELATION, e);
}

static int commit_stream(struct pg_changes *c, struct err *e)
{
	const struct pgoutput *m = &c->message;
	struct pg_spool **s = find_spool(c, m->xid);

	if (!s)
		return err_set(e, EXIT_FAILED, "the server commits transaction %u, which it did not "
			       "send", m->xid);
	begin(c, m->xid, m->commit_lsn, m->time);
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

/* What a message means at once; what is to be told of it is left to tell(). */
static int take(struct pg_changes *c, uint64_t lsn, const char *p, size_t n, struct err *e)
{
	struct pgoutput *m = &c->message;

	if (pgoutput_parse(&c->parser, p, n, false, m, e) < 0)
		return -1;
	c->lsn = lsn;
	c->index = 0;
	switch (m->kind) {
	case PGOUTPUT_BEGIN:
		begin(c, m->xid, m->commit_lsn, m->time);
		return 0;
	case PGOUTPUT_RELATION:
		return pg_relations_note(&c->relations, m, e);
	case PGOUTPUT_STREAM_START:
		return start_stream(c, m->xid, e);
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

/* The next message of a transaction that was put aside; at the end, its commit. */
static int replay(struct pg_changes *c, struct err *e)
{
	uint64_t lsn;
	size_t n;
	char *p;
	int got = pg_spool_next(c->replaying, &lsn, &p, &n, e);

	if (got)
		return got < 0 ? -1 : take(c, lsn, p, n, e);
	drop_spool(c, find_spool(c, c->replaying->xid));
	c->replaying = NULL;
	c->message = (struct pgoutput){.kind = PGOUTPUT_COMMIT, .end_lsn = c->end_lsn};
	c->pending = true;
	return 0;
}

/* Everything that committed before a keepalive's LSN was sent before it. */
static void keep_alive(struct pg_changes *c, uint64_t lsn)
{
	if (c->open)
		return;
	c->lost_ms = 0;
	if (lsn > c->position.lsn)
		c->position.lsn = lsn;
}

/* Takes the next message from the server: 1, 0 if none comes in time, -1. */
static int receive(struct pg_changes *c, int ms, struct err *e)
{
	struct pg_repl_message m;
	enum pg_repl_kind kind = pg_repl_get(&c->repl, ms, &m, e);

	c->changes.bytes = c->repl.bytes;
	if (kind == PG_REPL_FAILED) {
		c->lost = pg_repl_passing(&c->repl);
		return -1;
	}
	if (kind == PG_REPL_KEEPALIVE)
		keep_alive(c, m.lsn);
	if (kind != PG_REPL_DATA)
		return kind == PG_REPL_KEEPALIVE;
	if (c->filling && m.n && *m.p == PGOUTPUT_STREAM_STOP)
		c->filling = NULL;
	if (c->filling)
		return put_aside(c, m.lsn, m.p, m.n, e) < 0 ? -1 : 1;
	return take(c, m.lsn, m.p, m.n, e) < 0 ? -1 : 1;
}

/* ---- Connecting ---- */

static int start(struct pg_changes *c, struct err *e)
{
	struct pg_repl_start s = {
		.slot = pg_slot_name(&c->o), .publication = pg_publication_name(&c->o),
		.lsn = c->position.lsn, .streaming = c->o.streaming,
	};

	if (pg_repl_open(&c->repl, c->url, e) < 0 || pg_repl_start(&c->repl, &s, e) < 0)
		return -1;
	c->lost = false;
	return 0;
}

/* The connection is lost: what was told of the transaction at hand is remembered. */
static void note_loss(struct pg_changes *c)
{
	if (c->open) {
		if (c->commit_lsn != c->again_lsn || c->told > c->again)
			c->again = c->told;
		c->again_lsn = c->commit_lsn;
	}
	c->open = c->pending = false;
	drop_spools(c);
	pg_repl_close(&c->repl);
	if (!c->lost_ms) {
		c->lost_ms = pg_repl_clock();
		c->pause_ms = RETRY_PAUSE_MS;
	}
	c->retry_ms = pg_repl_clock() + c->pause_ms;
	c->pause_ms *= 2;
}

/* Connects again if it is time to, or waits: 0, or -1: it is of no use. */
static int reconnect(struct pg_changes *c, int ms, struct err *e)
{
	int64_t left = c->retry_ms - pg_repl_clock();

	if (left > 0) {
		poll(NULL, 0, left < ms ? (int)left : ms);
		return 0;
	}
	if (start(c, e) == 0)
		return 0;
	if (e->status != EXIT_FAILED || !pg_repl_passing(&c->repl) ||
	    pg_repl_clock() - c->lost_ms >= RETRY_MS)
		return -1;
	err_clear(e);
	note_loss(c);
	return 0;
}

/* One step: a message, or a try to connect. 1, 0 if nothing came in time, -1. */
static int step(struct pg_changes *c, int ms, struct err *e)
{
	int got;

	if (c->replaying)
		return replay(c, e) < 0 ? -1 : 1;
	if (c->lost)
		return reconnect(c, ms, e);
	got = receive(c, ms, e);
	if (got < 0 && c->lost) {
		err_clear(e);
		note_loss(c);
		return 0;
	}
	return got;
}

/* While a transaction is replayed the server is not listened to, but hears of us. */
static void tick(struct pg_changes *c)
{
	struct err ignored = ERR_INIT;

	if (!c->lost && c->repl.running)
		pg_repl_tick(&c->repl, &ignored);
	err_clear(&ignored);
}

static enum changes_kind pg_next(struct changes *changes, int ms, struct captured *ev,
				 struct err *e)
{
	struct pg_changes *c = pg_changes_of(changes);
	int64_t until = pg_repl_clock() + ms, left = ms;

	for (unsigned n = 1;; n++) {
		enum changes_kind kind = c->pending ? tell(c, ev, e) : CHANGES_IDLE;
		int got;

		if (kind != CHANGES_IDLE)
			return kind;
		if (c->pending)
			continue;
		if (n % LOOK_EVERY == 0) {
			tick(c);
			left = until - pg_repl_clock();
			if (left <= 0)
				break;
		}
		got = step(c, (int)left, e);
		if (got < 0)
			return CHANGES_FAILED;
		if (got > 0)
			continue;
		left = until - pg_repl_clock();
		if (left <= 0)
			break;
	}
	*ev = (struct captured){.kind = CHANGES_IDLE, .position = &c->position};
	return CHANGES_IDLE;
}

/* Never more than was told: a checkpoint may be another stream's. */
static int pg_confirm(struct changes *changes, const struct position *p, struct err *e)
{
	struct pg_changes *c = pg_changes_of(changes);
	uint64_t lsn = p->lsn < c->position.lsn ? p->lsn : c->position.lsn;

	if (p->engine != ENGINE_POSTGRES)
		return err_set(e, EXIT_BAD, "what was applied is no position of PostgreSQL");
	if (lsn > c->repl.confirmed)
		c->repl.confirmed = lsn;
	tick(c);
	return 0;
}

static void pg_changes_close(struct changes *changes)
{
	struct pg_changes *c = pg_changes_of(changes);

	pg_repl_close(&c->repl);
	drop_spools(c);
	free(c->spool);
	pg_relations_free(&c->relations);
	pgoutput_parser_free(&c->parser);
	buf_free(&c->id);
	buf_free(&c->source);
	free(c);
}

/* ---- Opening ---- */

static const struct changes_ops pg_changes_ops = {
	.open = pg_changes_open,
	.close = pg_changes_close,
	.next = pg_next,
	.confirm = pg_confirm,
};

static int add_lsn_error(struct err *e, const char *text, uint64_t a, uint64_t b)
{
	struct buf at = BUF_INIT, bound = BUF_INIT;

	position_add_lsn(&at, a);
	position_add_lsn(&bound, b);
	err_set(e, EXIT_BAD, text, buf_cstr(&at), buf_cstr(&bound));
	buf_free(&at);
	buf_free(&bound);
	return -1;
}

/* A slot gives nothing again that was confirmed to it; and WAL that is not there yet is another
 * server's. */
static int check_beginning(struct pg_changes *c, struct db *db, struct err *e)
{
	uint64_t from = c->o.from->lsn, end = 0;
	struct buf b = BUF_INIT;
	struct position now;
	int status = db_position(db, &b, e);

	if (status == 0 && (status = position_parse(&now, b.p, b.n, e)) == 0) {
		end = now.lsn;
		position_free(&now);
	}
	buf_free(&b);
	if (status < 0)
		return -1;
	if (from < c->position.lsn) {
		add_lsn_error(e, "the slot was told that everything before %2$s is applied: the changes "
			      "from %1$s on are gone", from, c->position.lsn);
		return err_hint(e, "load the tables again from a new slot (capture --drop-slot, "
				"--create-slot)");
	}
	if (from > end) {
		add_lsn_error(e, "the position %s lies ahead of the server's WAL, which ends at %s",
			      from, end);
		return err_hint(e, "it is another server's, or this one was restored from a backup");
	}
	c->position.lsn = from;
	return 0;
}

/* A process that was killed may hold the slot for a moment longer. */
static int wait_for_slot(struct pg_changes *c, struct db *db, struct err *e)
{
	int64_t until = pg_repl_clock() + HELD_MS;
	uint64_t lsn;
	int pid;

	for (;;) {
		if (pg_slot_find(db, &c->o, &lsn, &pid, e) < 0)
			return -1;
		if (!pid)
			break;
		if (pg_repl_clock() >= until) {
			err_set(e, EXIT_FAILED, "slot %s is used by another process (PID %d on the "
				"server)", pg_slot_name(&c->o), pid);
			return err_hint(e, "end it, or SELECT pg_terminate_backend(%d)", pid);
		}
		poll(NULL, 0, 100);
	}
	c->position.lsn = c->repl.confirmed = lsn;
	return 0;
}

struct changes *pg_changes_open(const struct url *u, const struct changes_options *o,
				struct err *e)
{
	struct pg_changes *c = xcalloc(1, sizeof *c);
	struct db *db = db_open(u, e);

	c->changes.ops = &pg_changes_ops;
	c->url = u;
	c->o = *o;
	c->position.engine = ENGINE_POSTGRES;
	if (db && pg_check_source(db, e) == 0 && wait_for_slot(c, db, e) == 0 &&
	    pg_publication_prepare(db, o, e) == 0 && (!o->from || check_beginning(c, db, e) == 0)) {
		int status = pg_relations_open(&c->relations, u, &c->o, db, e);

		db = NULL;
		if (status == 0 && start(c, e) == 0)
			return &c->changes;
	}
	db_close(db);
	pg_changes_close(&c->changes);
	return NULL;
}
