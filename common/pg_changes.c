/* The stream of changes: connecting, asking for messages, connecting again. */
#include "pg_changes.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_EVERY 256     /* messages between looks at the clock */
#define RETRY_MS 60000     /* how long a lost connection is tried again */
#define RETRY_PAUSE_MS 250 /* the first pause; each is twice as long */
#define HELD_MS 10000      /* how long a slot may still be held by a process that just died */

#define LSN(lsn) (unsigned)((lsn) >> 32), (unsigned)(lsn) /* for the format %X/%X */

static struct pg_changes *pg_changes_of(struct changes *c)
{
	return (struct pg_changes *)c;
}

/* ---- Messages ---- */

/* Everything that committed before a keepalive's LSN was sent before it. */
static void keep_alive(struct pg_changes *c, uint64_t lsn)
{
	if (c->open || lsn <= c->position.lsn)
		return;
	c->position.lsn = lsn;
	c->moved = true;
}

/* What the server says of a slot or publication that it cannot go on with. Returns -1. */
static int explain(const struct pg_changes *c, struct err *e)
{
	const char *sqlstate = c->repl.pg->sqlstate;

	if (!strcmp(sqlstate, "42704")) /* undefined object */
		return err_hint(e, "a slot cannot use a publication that is younger than it: make "
				"both anew (capture --drop-slot, --create-slot)");
	if (!strcmp(sqlstate, "XX000") && c->o.streaming)
		return err_hint(e, "PostgreSQL cannot send every transaction before it commits "
				"(such as one that takes back definitions): go on without "
				"--streaming");
	if (strcmp(sqlstate, "55000")) /* object not in prerequisite state */
		return -1;
	e->status = EXIT_BAD;
	return err_hint(e, "load the tables again from a new slot (capture --drop-slot, "
			"--create-slot)");
}

/* Takes the next message from the server: 1, 0 if none comes in time, -1. */
static int receive(struct pg_changes *c, int ms, struct err *e)
{
	struct pg_repl_message m;
	enum pg_repl_kind kind = pg_repl_get(&c->repl, ms, &m, e);

	c->changes.bytes = c->repl.bytes;
	if (kind == PG_REPL_FAILED) {
		c->lost = pg_repl_passing(&c->repl);
		return explain(c, e);
	}
	if (kind == PG_REPL_KEEPALIVE)
		keep_alive(c, m.lsn);
	if (kind != PG_REPL_DATA)
		return kind == PG_REPL_KEEPALIVE;
	return pg_take(c, m.lsn, m.p, m.n, e) < 0 ? -1 : 1;
}

/* ---- Connecting ---- */

static int start(struct pg_changes *c, struct err *e)
{
	struct pg_repl_start s = {
		.slot = pg_slot_name(&c->o), .publication = pg_publication_name(&c->o),
		.lsn = c->position.lsn, .streaming = c->o.streaming,
	};

	if (pg_repl_open(&c->repl, c->url, e) < 0 || pg_repl_start(&c->repl, &s, e) < 0)
		return explain(c, e);
	c->lost = c->moved = false;
	c->start_ms = pg_repl_clock();
	return 0;
}

/* The connection is lost; the pause until the next try is twice as long each time, unless the
 * connection before was of use. */
static void note_loss(struct pg_changes *c)
{
	pg_tell_break(c);
	if (c->moved || (c->repl.running && pg_repl_clock() - c->start_ms >= RETRY_MS))
		c->lost_ms = 0;
	pg_take_reset(c);
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
		return pg_take_replayed(c, e) < 0 ? -1 : 1;
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

/* The server hears of us even while all it sends keeps us busy. */
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
	int64_t until = 0, left = ms;

	for (;;) {
		enum changes_kind kind = c->pending ? pg_tell(c, ev, e) : CHANGES_IDLE;
		int got;

		if (kind != CHANGES_IDLE)
			return kind;
		if (!until)
			until = pg_repl_clock() + ms;
		got = step(c, (int)left, e);
		if (got < 0)
			return CHANGES_FAILED;
		if (got && ++c->steps % LOOK_EVERY)
			continue;
		tick(c);
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
	pg_take_reset(c);
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
		err_set(e, EXIT_BAD, "the changes from %X/%X on are gone: the slot was told that "
			"all before %X/%X is applied", LSN(from), LSN(c->position.lsn));
		return err_hint(e, "load the tables again from a new slot (capture --drop-slot, "
				"--create-slot)");
	}
	if (from > end) {
		err_set(e, EXIT_BAD, "the position %X/%X lies ahead of the server's WAL, which "
			"ends at %X/%X", LSN(from), LSN(end));
		return err_hint(e, "it is another server's, or this one was restored from a "
			"backup");
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
