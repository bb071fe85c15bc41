#include "sink.h"

#include <stdlib.h>

#include "err.h"

#define MOVE_MS 250  /* between heartbeats that move the checkpoint */
#define SEEN_MS 1000 /* and those that only tell that the source was heard of */

int sink_open(struct sink *s, const char *label, char *url, const struct options *o,
	      struct err *e)
{
	const char *why;
	int role = 0;

	*s = (struct sink){.label = label, .options = o};
	s->url = url_parse(url, e);
	if (!s->url || !(s->db = db_open(s->url, e)))
		return -1;
	if (checkpoint_read(s->db, o->stream, &s->start, e) < 0 ||
	    checkpoint_read(s->db, o->stream, &s->now, e) < 0)
		return -1;
	if (s->start.closed)
		return checkpoint_is_closed(o->stream, s->start.closed, e);
	/* What the server cannot promise is capture's to tell of. */
	if (db_durable_commits(s->db, &why, e) < 0)
		return -1;
	place_begin(&s->last, &s->start);
	s->owns_position = true;
	s->has_row = s->start.there;
	if (!o->fire_triggers && (role = db_replica_role(s->db, e)) < 0)
		return -1;
	tables_init(&s->tables, s->db, o, role == 1);
	apply_init(&s->apply, s->db, &s->tables, o);
	return 0;
}

void sink_close(struct sink *s)
{
	tables_free(&s->tables);
	group_free(&s->group);
	apply_free(&s->apply);
	buf_free(&s->scratch);
	buf_free(&s->definition);
	place_free(&s->place);
	place_free(&s->last);
	place_free(&s->reached);
	checkpoint_free(&s->start);
	if (s->owns_position)
		checkpoint_free(&s->now);
	db_close(s->db);
	url_free(s->url);
}

/* ---- What is applied already ---- */

static int other_source(const struct sink *s, struct err *e)
{
	err_set(e, EXIT_BAD, "%sthe checkpoint of stream %s is of another source than these events",
		s->label, s->options->stream);
	return err_hint(e, "give each source a --stream of its own");
}

/*
 * 1: the event is applied already; 0; -1 with *e set. Of several events with the checkpoint's
 * sequence (rows of a COPY have one LSN) those that came are known by their number, if the
 * stream began before them; a stream that begins with them goes on where it was cut.
 */
static int passed(struct sink *s, const struct change *c, struct err *e)
{
	int status = s->start.there ? place_passed(&s->start, c) : 0;
	uint64_t count = status == 2 ? place_count(&s->start) : 0;

	if (status == 2)
		status = count == UINT64_MAX || (s->count.replayed && s->again++ < count);
	return status < 0 ? other_source(s, e) : status;
}

bool sink_is_behind(const struct sink *s, const struct change *c)
{
	return s->start.there && place_passed(&s->start, c) == 1;
}

/* ---- Adding ---- */

static int add_truncate(struct sink *s, struct source_table *t, uint64_t line, struct err *e)
{
	switch (s->options->on_truncate) {
	case TRUNCATE_ERROR:
		err_set(e, EXIT_BAD, "%s was emptied on the source", t->target->label);
		return err_hint(e, "--on-truncate apply or skip goes on");
	case TRUNCATE_SKIP:
		s->count.ignored++;
		return 0;
	}
	group_add_truncate(&s->group, t->target, line);
	s->waiting_events++;
	return 0;
}

/* Whether the table's rows hold the change already, since it was copied later. */
static bool before_copy(const struct checkpoint *since, const struct change *c)
{
	return since->at_position && c->at_position &&
	       position_comparable(&since->position, &c->position) &&
	       position_compare(&since->position, &c->position) > 0;
}

int sink_add(struct sink *s, const struct change *c, uint64_t line, struct err *e)
{
	struct source_table *t;
	int is_passed = passed(s, c, e);

	if (is_passed < 0)
		return -1;
	if (is_passed) {
		s->count.replayed++;
		return 0;
	}
	s->positioned |= c->at_position || c->sequence.n;
	/* Who tells where to go on tells it at the end of the transaction. */
	if (c->format != FORMAT_ROWBOAT && (c->at_position || c->sequence.n))
		place_set(&s->last, c);
	t = tables_find(&s->tables, c, e);
	if (!t)
		return err_prefix(e, "%sline %llu", s->label, (unsigned long long)line);
	if (!t->target) {
		s->count.ignored++;
		return 0;
	}
	if (before_copy(&t->target->since, c)) {
		s->count.replayed++;
		return 0;
	}
	if (c->kind == CHANGE_TRUNCATE ? add_truncate(s, t, line, e) < 0
				       : group_add(&s->group, &s->tables, t, c, line, &s->scratch, e) < 0)
		return err_prefix(e, "%sline %llu", s->label, (unsigned long long)line);
	s->waiting_events += c->kind == CHANGE_ROW;
	return 0;
}

int sink_heard(struct sink *s, const struct change *c, struct err *e)
{
	int is_passed;

	if (!c->resume)
		return 0;
	is_passed = passed(s, c, e);
	if (is_passed == 0) {
		place_set(&s->place, c);
		s->moved = true;
	}
	return is_passed;
}

/* The source's order of commits is not that of its definitions where these come by themselves:
 * the checkpoint never moves back. */
int sink_defined(struct sink *s, const struct change *c, struct err *e)
{
	const struct place *p = s->place.set ? &s->place : &s->reached;

	if (c->resume)
		return sink_heard(s, c, e) < 0 ? -1 : 0;
	if (!c->at_position ||
	    (p->set && p->at_position && position_comparable(&p->at, &c->position) &&
	     position_compare(&p->at, &c->position) > 0))
		return 0;
	s->positioned = s->moved = true;
	place_set(&s->place, c);
	return 0;
}

int sink_end_transaction(struct sink *s, const struct change *c, struct err *e)
{
	int is_passed = sink_heard(s, c, e);

	s->group.complete = s->group.n;
	if (is_passed)
		return is_passed < 0 ? -1 : 0;
	/* If its end told nothing, it ends where its last event was. */
	if (!c->resume && s->last.set) {
		place_copy(&s->place, &s->last);
		if (c->kind == CHANGE_COMMIT || c->commit)
			place_whole(&s->place);
		s->moved = true;
	}
	s->last.set = false;
	if (c->ts_ms)
		s->source_ms = c->ts_ms;
	s->waiting++;
	return 0;
}

/* ---- Applying ---- */

/* A stream without positions has no checkpoint, and needs no table for it. */
bool sink_keeps_checkpoint(const struct sink *s)
{
	return s->positioned || s->place.set || s->start.there;
}

int sink_begin(struct sink *s, struct err *e)
{
	if (s->in_transaction)
		return 0;
	if (sink_keeps_checkpoint(s) && !s->has_row) {
		if (checkpoint_create(s->db, s->options->stream, e) < 0 ||
		    checkpoint_read(s->db, s->options->stream, &s->now, e) < 0)
			return -1;
		s->has_row = true;
	}
	if (db_begin(s->db, e) < 0)
		return -1;
	s->in_transaction = true;
	return s->has_row ? checkpoint_begin(s->db, s->options->stream, &s->now, e) : 0;
}

/* What is committed is known: *c says it. */
static void committed(struct sink *s, const struct checkpoint *c, uint64_t events)
{
	if (s->place.set && s->owns_position)
		checkpoint_free(&s->now);
	s->now = *c;
	if (s->place.set) {
		s->owns_position = false;
		place_copy(&s->reached, &s->place);
		place_tell(&s->reached, &s->now);
	}
	s->in_transaction = s->moved = s->idle = false;
	s->count.transactions += s->waiting;
	s->count.events += events;
	s->waiting = 0;
	s->waiting_events -= events;
	s->applied = s->apply.count;
	s->applied_ms = checkpoint_now();
}

int sink_commit(struct sink *s, struct err *e)
{
	/* what is left in the group belongs to a transaction that is not whole */
	uint64_t events = s->waiting ? s->waiting_events - s->group.n : 0;
	struct checkpoint c = s->now;

	if (s->place.set)
		place_tell(&s->place, &c);
	if (s->source_ms)
		c.source_ms = s->source_ms;
	c.seen_ms = checkpoint_now();
	if (s->waiting)
		c.applied_ms = c.seen_ms;
	c.events += events;
	c.transactions += s->waiting;
	if (s->has_row && checkpoint_write(s->db, s->options->stream, &c, e) < 0)
		return -1;
	if (db_commit(s->db, e) < 0)
		return -1;
	committed(s, &c, events);
	return 0;
}

/* Applies the first n changes that wait. */
static int apply(struct sink *s, size_t n, struct err *e)
{
	if (sink_begin(s, e) < 0 || apply_changes(&s->apply, s->group.v, n, e) < 0)
		return -1;
	group_drop(&s->group, n);
	return 0;
}

static int fail(struct sink *s, struct err *e)
{
	s->failed = true;
	return *s->label ? err_prefix(e, "%s", s->label) : -1;
}

int sink_flush(struct sink *s, bool part, struct err *e)
{
	if (s->waiting && (apply(s, s->group.complete, e) < 0 || sink_commit(s, e) < 0))
		return fail(s, e);
	if (part && s->group.n && apply(s, s->group.n, e) < 0)
		return fail(s, e);
	if (!s->in_transaction && !s->group.n)
		tables_trim(&s->tables);
	return 0;
}

int sink_beat(struct sink *s, bool now, struct err *e)
{
	int64_t ms = checkpoint_now(), pause = s->moved ? MOVE_MS : SEEN_MS;

	if (s->waiting || s->in_transaction || !sink_keeps_checkpoint(s) ||
	    (!now && ms - s->now.seen_ms < pause))
		return 0;
	if (s->moved)
		return sink_begin(s, e) < 0 || sink_commit(s, e) < 0 ? fail(s, e) : 0;
	if (!s->has_row || s->now.seen_ms >= s->heard_ms)
		return 0;
	s->now.seen_ms = ms;
	return checkpoint_seen(s->db, s->options->stream, ms, e);
}

int sink_drop_transaction(struct sink *s, struct err *e)
{
	uint64_t rest = s->group.n - s->group.complete;
	bool was = s->in_transaction;

	s->group.n = s->group.complete;
	s->waiting_events = was ? 0 : s->waiting_events - rest;
	s->last.set = false;
	if (!was)
		return 0;
	/* All that is whole has been committed before a part was applied. */
	s->in_transaction = false;
	s->apply.count = s->applied;
	if (s->has_row)
		s->now.started--; /* as it was before checkpoint_begin() */
	tables_forget(&s->tables);
	return db_rollback(s->db, e);
}
