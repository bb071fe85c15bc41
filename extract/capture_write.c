#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "checkpoint.h"
#include "stream.h"

#define IDLE_MS 250  /* how long a wait for changes may delay everything else */
#define NEWS_MS 500 /* how long the reader may not know that the source has moved on */
#define GATHER_MS 2  /* between pieces that leave, as long as changes keep coming */

/* ---- Ending at a signal ---- */

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* The first SIGTERM or SIGINT ends the stream at the next commit, the second one the process. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESETHAND};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/* ---- The stream ---- */

static void remember(struct position *p, bool *has, const struct position *new)
{
	if (*has)
		position_free(p);
	position_copy(p, new);
	*has = true;
}

static bool at_end(const struct capture *c, const struct position *p)
{
	if (stopped)
		return true;
	return c->has_until && position_comparable(p, &c->until) &&
	       position_compare(p, &c->until) >= 0;
}

static const char *position_text(struct capture *c, const struct position *p)
{
	buf_reset(&c->text);
	position_add(&c->text, p);
	return buf_cstr(&c->text);
}

static int write_row(struct capture *c, const struct captured *ev, int64_t now, struct err *e)
{
	enum event_op op = ev->kind == CHANGES_TRUNCATE ? EVENT_TRUNCATE : ev->op;
	struct event_place place = {.source = ev->source, .ts_ms = now};

	buf_reset(&c->text);
	buf_adds(&c->text, "{\"id\":");
	if (json_add_string(&c->text, ev->transaction, strlen(ev->transaction)) < 0)
		buf_adds(&c->text, "null");
	buf_adds(&c->text, ",\"total_order\":");
	buf_addu(&c->text, ev->order);
	buf_addc(&c->text, '}');
	place.transaction = buf_cstr(&c->text);
	c->events++;
	c->open = true;
	return event_add(&c->out.b, ev->table, op, ev->before, ev->after, &place, e);
}

static int write_ddl(struct capture *c, const struct captured *ev, struct err *e)
{
	const struct table *t = ev->definition;
	struct event_ddl ddl = {
		.source = event_source_of(c->engine, ev->schema, ev->name),
		.place = ev->source, .sql = ev->sql, .n = t ? t->ncols : 0,
		.tables = ev->tables, .ntables = ev->ntables,
		.ts_ms = ev->ts_ms, .position = position_text(c, ev->position),
	};
	const char **name = xcalloc(ddl.n + 1, sizeof *name);
	const char **type = xcalloc(ddl.n + 1, sizeof *type);
	int status;

	for (size_t i = 0; i < ddl.n; i++) {
		name[i] = t->col[i].name;
		type[i] = t->col[i].native ? t->col[i].native : t->col[i].type.name;
	}
	ddl.name = name;
	ddl.type = type;
	status = event_add_ddl(&c->out.b, &ddl, e);
	free(name);
	free(type);
	return status;
}

/* What the target's checkpoint says is applied; without a target, what was written. */
static int confirm(struct capture *c, int64_t now, struct err *e)
{
	struct checkpoint point;
	int status = 0;

	c->look_ms = now;
	if (!c->target) {
		if (!c->has_written)
			return 0;
		remember(&c->safe, &c->has_safe, &c->written);
		return changes_confirm(c->changes, &c->safe, e);
	}
	if (checkpoint_read(c->target, c->stream, &point, e) < 0)
		return -1;
	if (point.closed) {
		status = checkpoint_is_closed(c->stream, point.closed, e);
	} else if (point.at_position) {
		remember(&c->safe, &c->has_safe, &point.position);
		status = changes_confirm(c->changes, &c->safe, e);
	}
	checkpoint_free(&point);
	return status;
}

/* A heartbeat is due in its time; earlier where the source has moved on without an event, so
 * that who waits for a position need not wait for long. */
static bool is_beat_due(const struct capture *c, const struct position *p, int64_t now)
{
	int64_t since = now - c->beat_ms;

	if (!c->heartbeat || since < NEWS_MS)
		return false;
	return since >= (int64_t)c->heartbeat * 1000 || !c->has_told ||
	       (position_comparable(&c->told, p) && position_compare(&c->told, p) < 0);
}

/* Nothing has come for a while: all that was written leaves, and the reader hears of it. */
static int idle(struct capture *c, const struct captured *ev, int64_t now, struct err *e)
{
	if (c->out.b.n && now >= c->flush_ms && now - c->flush_ms < GATHER_MS)
		return 0;
	if (!c->open && ev->position) {
		if (is_beat_due(c, ev->position, now)) {
			event_add_heartbeat(&c->out.b, now, position_text(c, ev->position));
			c->beat_ms = now;
			remember(&c->told, &c->has_told, ev->position);
		}
		remember(&c->written, &c->has_written, ev->position);
	}
	if (c->out.b.n)
		c->flush_ms = now;
	if (out_flush(&c->out, e) < 0)
		return -1;
	return now - c->look_ms >= 1000 ? confirm(c, now, e) : 0;
}

static int commit(struct capture *c, const struct captured *ev, int64_t now, struct err *e)
{
	c->open = false;
	if (ev->order)
		event_add_end(&c->out.b, ev->transaction, ev->order, ev->ts_ms,
			      position_text(c, ev->position));
	remember(&c->written, &c->has_written, ev->position);
	if (ev->order)
		remember(&c->told, &c->has_told, ev->position);
	c->beat_ms = now;
	if (now - c->look_ms < 1000)
		return 0;
	if (out_flush(&c->out, e) < 0)
		return -1;
	return confirm(c, now, e);
}

/* One thing that happened: 1 to go on, 0 at the end, -1. */
static int write_change(struct capture *c, const struct captured *ev, struct err *e)
{
	int64_t now = checkpoint_now();
	int status = 0;
	bool over = false;

	switch (ev->kind) {
	case CHANGES_ROW:
	case CHANGES_TRUNCATE:
		status = write_row(c, ev, now, e);
		break;
	case CHANGES_DDL:
		status = write_ddl(c, ev, e);
		over = !c->open && at_end(c, ev->position);
		break;
	case CHANGES_COMMIT:
		status = commit(c, ev, now, e);
		over = at_end(c, ev->position);
		break;
	case CHANGES_IDLE:
		status = idle(c, ev, now, e);
		over = !c->open && (ev->position ? at_end(c, ev->position) : stopped);
		break;
	case CHANGES_MESSAGE:
	case CHANGES_FAILED:
		break;
	}
	if (status < 0 || out_drain(&c->out, e) < 0)
		return -1;
	progress_rows(&c->progress, c->events, c->out.bytes);
	return !over;
}

int capture_write(struct capture *c, struct err *e)
{
	struct captured ev;
	int status = 1, wait = 0;

	catch_signals();
	c->beat_ms = checkpoint_now();
	progress_start(&c->progress, "changes", 0);
	while (status > 0) {
		if (changes_next(c->changes, wait, &ev, e) == CHANGES_FAILED)
			status = -1;
		else
			status = write_change(c, &ev, e);
		/* What is there is taken at once; only then is it worth to wait. */
		wait = ev.kind != CHANGES_IDLE ? 0 : c->out.b.n ? GATHER_MS : IDLE_MS;
	}
	progress_clear(&c->progress);
	if (status < 0) {
		struct err ignored = ERR_INIT;

		out_flush(&c->out, &ignored);
		err_clear(&ignored);
		return -1;
	}
	if (!c->no_end)
		buf_addf(&c->out.b, "{\"$end\":%llu}\n", (unsigned long long)c->events);
	if (out_flush(&c->out, e) < 0)
		return -1;
	return confirm(c, checkpoint_now(), e);
}

void capture_free(struct capture *c)
{
	if (c->has_written)
		position_free(&c->written);
	if (c->has_told)
		position_free(&c->told);
	if (c->has_safe)
		position_free(&c->safe);
	buf_free(&c->text);
}
