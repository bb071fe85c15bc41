#include "run.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "definition.h"
#include "watch.h"

#define MEMORY (16u << 20) /* bytes of changes that wait in one target */
#define GATHER 20          /* milliseconds between groups, as long as changes keep coming */
#define TICK 500           /* milliseconds between looks at the clock when nothing comes */

static volatile sig_atomic_t stopped;

static void on_signal(int signal)
{
	stopped = signal;
}

static void catch_signals(void)
{
	struct sigaction a = {.sa_handler = on_signal};

	sigemptyset(&a.sa_mask);
	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGINT, &a, NULL);
}

static double now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double run_seconds(const struct run *r)
{
	return now_seconds() - r->started;
}

/* ---- Applying ---- */

static bool any_waiting(const struct run *r)
{
	for (size_t i = 0; i < r->nsinks; i++)
		if (r->sink[i].waiting)
			return true;
	return false;
}

/* The primary first; a crash between the two heals when the events are replayed. */
static int flush(struct run *r, bool part, struct err *e)
{
	if (r->correlate && correlate_flush(r->correlate, part, e) < 0)
		return -1;
	for (size_t i = 0; i < r->nsinks && !r->correlate; i++)
		if (sink_flush(&r->sink[i], part, e) < 0)
			return -1;
	r->first_ms = 0;
	r->flushed_ms = checkpoint_now();
	return watch_look(r, false, e);
}

static bool too_large(const struct run *r)
{
	for (size_t i = 0; i < r->nsinks; i++)
		if (sink_bytes(&r->sink[i]) > MEMORY)
			return true;
	return false;
}

/* After a whole transaction: is it time? */
static bool is_due(struct run *r)
{
	int64_t now = checkpoint_now();

	if (!r->first_ms)
		r->first_ms = now;
	for (size_t i = 0; i < r->nsinks; i++)
		if (r->sink[i].group.n >= r->options->group_events)
			return true;
	return now - r->first_ms >= (int64_t)r->options->group_ms;
}

/* ---- Transactions ---- */

static int end_transaction(struct run *r, const struct change *c, struct err *e)
{
	r->open = r->begun = r->loose = false;
	for (size_t i = 0; i < r->nsinks; i++)
		if (sink_end_transaction(&r->sink[i], c, e) < 0)
			return -1;
	return is_due(r) || too_large(r) ? flush(r, false, e) : 0;
}

/* The same without an event that tells of the end: another transaction has begun, or nothing
 * more came, which may be no end. */
static int end_silently(struct run *r, bool known, struct err *e)
{
	const struct change none = {.kind = known ? CHANGE_COMMIT : CHANGE_IGNORED,
				    .ts_ms = r->source_ms};

	return r->open ? end_transaction(r, &none, e) : 0;
}

static void open_transaction(struct run *r, const struct change *c)
{
	r->open = true;
	buf_reset(&r->transaction);
	buf_add(&r->transaction, c->transaction.p, c->transaction.n);
}

/* The transaction that is open is not whole, and will not be. */
static int drop_transaction(struct run *r, struct err *e)
{
	r->open = r->begun = r->loose = false;
	r->order = 0;
	for (size_t i = 0; i < r->nsinks; i++)
		if (sink_drop_transaction(&r->sink[i], e) < 0)
			return -1;
	return 0;
}

static bool is_open(const struct run *r, const struct change *c)
{
	return r->open && r->transaction.n == c->transaction.n &&
	       !memcmp(r->transaction.p, c->transaction.p, c->transaction.n);
}

/* Formats whose transactions always have an end. */
static bool has_ends(const struct run *r, const struct change *c)
{
	return r->marks || c->format == FORMAT_ROWBOAT || c->format == FORMAT_MAXWELL;
}

/* Before a row: to which transaction does it belong? *single: to none but its own. */
static int enter(struct run *r, const struct change *c, bool *single, struct err *e)
{
	/* A capture that begins again tells the transaction again in which it was broken off. */
	bool again = r->open && c->format == FORMAT_ROWBOAT &&
		     (!is_open(r, c) || (c->order && c->order <= r->order));

	*single = false;
	if (again && drop_transaction(r, e) < 0)
		return -1;
	r->order = c->order;
	if (r->begun || (c->transaction.n && is_open(r, c)))
		return 0;
	if (end_silently(r, true, e) < 0)
		return -1;
	*single = !c->transaction.n;
	if (!*single) {
		open_transaction(r, c);
		r->loose = !has_ends(r, c);
	}
	return 0;
}

static int on_row(struct run *r, const struct change *c, struct err *e)
{
	uint64_t line = change_reader_line(r->in);
	bool single;

	if (enter(r, c, &single, e) < 0)
		return -1;
	r->events++;
	if (c->ts_ms)
		r->source_ms = c->ts_ms;
	for (size_t i = 0; i < r->nsinks; i++)
		if (sink_add(&r->sink[i], c, line, e) < 0)
			return -1;
	if (single || c->commit)
		return end_transaction(r, c, e);
	return too_large(r) ? flush(r, true, e) : 0;
}

static int on_begin(struct run *r, const struct change *c, struct err *e)
{
	if (end_silently(r, true, e) < 0)
		return -1;
	open_transaction(r, c);
	r->begun = r->marks = true;
	return 0;
}

/* ---- Events ---- */

static int on_heartbeat(struct run *r, const struct change *c, struct err *e)
{
	if (r->open)
		return 0;
	for (size_t i = 0; i < r->nsinks; i++)
		if (sink_heard(&r->sink[i], c, e) < 0 ||
		    (!r->sink[i].waiting && sink_beat(&r->sink[i], false, e) < 0))
			return -1;
	return 0;
}

/* Rows of a transaction that is not whole came before it. */
static int on_ddl_inside(struct run *r, const struct change *c, struct err *e)
{
	for (size_t i = 0; i < r->nsinks; i++) {
		struct err ignored = ERR_INIT;
		bool drop;

		if (definition_inside(&r->sink[i], c, change_reader_line(r->in), &drop, e) == 0)
			continue;
		if (drop && drop_transaction(r, &ignored) < 0)
			err_clear(&ignored);
		return -1;
	}
	return 0;
}

static int on_ddl(struct run *r, const struct change *c, struct err *e)
{
	if (r->open && !r->loose && !c->sql.p && c->format == FORMAT_ROWBOAT)
		return on_ddl_inside(r, c, e);
	if (end_silently(r, false, e) < 0 || flush(r, false, e) < 0)
		return -1;
	for (size_t i = 0; i < r->nsinks; i++)
		if (definition_change(&r->sink[i], c, change_reader_line(r->in), e) < 0)
			return -1;
	return 0;
}

static int on_change(struct run *r, const struct change *c, struct err *e)
{
	for (size_t i = 0; i < r->nsinks; i++)
		r->sink[i].heard_ms = checkpoint_now();
	switch (c->kind) {
	case CHANGE_ROW:
	case CHANGE_TRUNCATE:
		return on_row(r, c, e);
	case CHANGE_BEGIN:
		return on_begin(r, c, e);
	case CHANGE_COMMIT:
		r->marks = true;
		return end_transaction(r, c, e);
	case CHANGE_DDL:
		return on_ddl(r, c, e);
	case CHANGE_HEARTBEAT:
		return on_heartbeat(r, c, e);
	case CHANGE_END:
	case CHANGE_IGNORED:
		break;
	}
	return 0;
}

/* Nothing came for a while. */
static int on_lull(struct run *r, struct err *e)
{
	if (r->loose && end_silently(r, false, e) < 0)
		return -1;
	return any_waiting(r) ? flush(r, false, e) : 0;
}

static int tick(struct run *r, bool now, struct err *e)
{
	for (size_t i = 0; i < r->nsinks; i++) {
		r->sink[i].idle = !r->sink[i].waiting && !r->open;
		if (sink_beat(&r->sink[i], now, e) < 0)
			return -1;
	}
	return watch_look(r, now, e);
}

/* Milliseconds that a pause must last before what waits is applied: groups that follow each other
 * closely would be small ones. */
static int patience(const struct run *r)
{
	int64_t most = r->options->group_ms < GATHER ? (int64_t)r->options->group_ms : GATHER;
	int64_t since = checkpoint_now() - r->flushed_ms;

	return any_waiting(r) && since >= 0 && since < most ? (int)(most - since) : 0;
}

/* The next change as change_reader_next() gives it. Before this waits for more, what is there is
 * applied. */
static int next(struct run *r, struct change *c, struct err *e)
{
	int status, ms;

	if (change_reader_buffered(r->in))
		return change_reader_next(r->in, -1, c, e);
	status = change_reader_next(r->in, 0, c, e);
	if (status == 2 && (ms = patience(r)) > 0)
		status = change_reader_next(r->in, ms, c, e);
	if (status != 2)
		return status;
	if (on_lull(r, e) < 0 || tick(r, false, e) < 0)
		return -1;
	return change_reader_next(r->in, TICK, c, e);
}

static int read_all(struct run *r, struct err *e)
{
	struct change c;
	int status;

	while (!stopped && (status = next(r, &c, e)) != 0)
		if (status < 0 || (status == 1 && on_change(r, &c, e) < 0))
			return -1;
	if (stopped || !r->open || r->loose)
		return 0;
	return err_set(e, EXIT_FAILED, "the events end inside a transaction, which is not applied");
}

/* What is whole is applied, whatever else happened; what is not is taken back. */
static int finish(struct run *r, struct err *e)
{
	for (size_t i = 0; i < r->nsinks; i++)
		if (r->sink[i].failed)
			return 0;
	if ((r->loose && end_silently(r, false, e) < 0) || flush(r, false, e) < 0)
		return -1;
	return r->open && drop_transaction(r, e) < 0 ? -1 : 0;
}

int run_all(struct run *r, struct err *e)
{
	struct err later = ERR_INIT;

	r->started = now_seconds();
	catch_signals();
	if (read_all(r, e) == 0) {
		r->signal = stopped;
		return finish(r, e) < 0 ? -1 : tick(r, true, e);
	}
	/* If the input is the trouble, what came before it still counts. */
	if (finish(r, &later) < 0 || tick(r, true, &later) < 0)
		err_clear(&later);
	return -1;
}
