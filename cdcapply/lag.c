#include "lag.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "changes.h"
#include "checkpoint.h"
#include "io.h"
#include "tables.h"
#include "stream.h"

#define WAIT_US 30000 /* between looks at the checkpoint */
#define SILENCE 30000 /* ms without a word from the source: three of capture's heartbeats */

static struct db *connect_to(char *text, struct url **url)
{
	struct err e = ERR_INIT;
	struct db *db;

	*url = url_parse(text, &e);
	if (!*url || !(db = db_open(*url, &e)))
		die_err(&e);
	return db;
}

static void read_checkpoint(const struct options *o, struct checkpoint *c)
{
	struct err e = ERR_INIT;
	struct url *url;
	struct db *db = connect_to(o->url, &url);

	if (checkpoint_read(db, o->stream, c, &e) < 0)
		die_err(&e);
	db_close(db);
	url_free(url);
}

static void print(struct buf *b)
{
	struct err e = ERR_INIT;
	struct out out;

	out_open(&out, STDOUT_FILENO, "standard output");
	if (out_add(&out, b->p, b->n, &e) < 0 || out_close(&out, &e) < 0)
		die_err(&e);
	buf_free(b);
}

/* ---- --from-checkpoint, --set-checkpoint ---- */

int lag_from_checkpoint(const struct options *o)
{
	struct checkpoint c;
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	read_checkpoint(o, &c);
	if (c.closed && checkpoint_is_closed(o->stream, c.closed, &e) < 0)
		die_err(&e);
	if (!c.at_position)
		die(EXIT_GATE, "the target has no position of stream %s", o->stream);
	position_add(&b, &c.position);
	buf_addc(&b, '\n');
	print(&b);
	checkpoint_free(&c);
	return EXIT_DONE;
}

/* Moves the checkpoint and nothing else; a stream that was closed is open then. */
static int move(struct db *db, const char *stream, const struct position *p, struct err *e)
{
	struct checkpoint c;
	int status;

	if (checkpoint_create(db, stream, e) < 0 || checkpoint_read(db, stream, &c, e) < 0)
		return -1;
	if (c.closed && (checkpoint_close(db, stream, NULL, e) < 0 ||
			 checkpoint_read(db, stream, &c, e) < 0))
		return -1;
	checkpoint_free(&c);
	c.at_position = true;
	c.position = *p;
	c.seen_ms = checkpoint_now();
	status = db_begin(db, e) < 0 || checkpoint_begin(db, stream, &c, e) < 0 ||
		 checkpoint_write(db, stream, &c, e) < 0 || db_commit(db, e) < 0;
	return status ? -1 : 0;
}

/* The stream's name, or the one under which it keeps a table's position. */
static char *stream_name(const struct options *o, struct db *db, struct err *e)
{
	struct table *t;
	char *label, *name;

	if (!o->of_table)
		return xstrdup(o->stream);
	t = db_table(db, o->of_table, false, e);
	if (!t)
		return NULL;
	label = tables_label(t);
	name = checkpoint_of_table(o->stream, label);
	free(label);
	table_free(t);
	return name;
}

int lag_set_checkpoint(const struct options *o)
{
	struct position p;
	struct err e = ERR_INIT;
	struct url *url;
	struct db *db;
	char *name;

	if (position_parse(&p, o->set_checkpoint, strlen(o->set_checkpoint), &e) < 0)
		die_err(&e);
	db = connect_to(o->url, &url);
	name = stream_name(o, db, &e);
	if (!name || move(db, name, &p, &e) < 0)
		die_err(&e);
	free(name);
	position_free(&p);
	db_close(db);
	url_free(url);
	return EXIT_DONE;
}

/* ---- --wait-for, --close ---- */

/* Whether all before p is applied. *c is the checkpoint. */
static bool has_reached(const struct options *o, struct db *db, const struct position *p,
			struct checkpoint *c)
{
	struct err e = ERR_INIT;

	if (checkpoint_read(db, o->stream, c, &e) < 0)
		die_err(&e);
	if (!c->there)
		die(EXIT_GATE, "the target has no checkpoint of stream %s", o->stream);
	if (c->at_position && !position_comparable(&c->position, p))
		die(EXIT_BAD, "the checkpoint of stream %s is of another source", o->stream);
	if (c->closed && checkpoint_is_closed(o->stream, c->closed, &e) < 0)
		die_err(&e);
	return c->at_position && position_compare(&c->position, p) >= 0;
}

static int wait_for(const struct options *o, struct db *db, const struct position *p)
{
	int64_t start = checkpoint_now();
	struct buf b = BUF_INIT;
	struct checkpoint c;

	while (!has_reached(o, db, p, &c)) {
		if ((uint64_t)(checkpoint_now() - start) >= o->timeout_ms) {
			if (c.at_position)
				position_add(&b, &c.position);
			warn("stream %s has not reached the position within %s: it is at %s",
			     o->stream, o->timeout, c.at_position ? buf_cstr(&b) : "none");
			buf_free(&b);
			checkpoint_free(&c);
			return EXIT_GATE;
		}
		checkpoint_free(&c);
		usleep(WAIT_US);
	}
	checkpoint_free(&c);
	return EXIT_DONE;
}

int lag_wait_for(const struct options *o)
{
	struct position p;
	struct err e = ERR_INIT;
	struct url *url;
	struct db *db;
	int status;

	if (position_parse(&p, o->wait_for, strlen(o->wait_for), &e) < 0)
		die_err(&e);
	db = connect_to(o->url, &url);
	status = wait_for(o, db, &p);
	position_free(&p);
	db_close(db);
	url_free(url);
	return status;
}

int lag_close(const struct options *o)
{
	struct err e = ERR_INIT;
	struct url *url;
	struct db *db = connect_to(o->url, &url);

	if (checkpoint_close(db, o->stream, o->close, &e) < 0)
		die_err(&e);
	db_close(db);
	url_free(url);
	return EXIT_DONE;
}

/* ---- --lag ---- */

struct lag {
	const char *state;   /* "idle", "applying", "silent" */
	int64_t ms;
	bool knows_bytes;
	uint64_t bytes;
	bool pending;        /* there are changes that are not applied; known with --source */
};

/* Compares with the position of the source. */
static void compare(const struct options *o, const struct checkpoint *c, struct lag *lag)
{
	struct err e = ERR_INIT;
	struct position now;
	struct url *url;
	struct db *db = connect_to(o->source, &url);

	if (changes_now(url, &now, &e) < 0)
		die_err(&e);
	if (!position_comparable(&c->position, &now))
		die(EXIT_BAD, "the checkpoint of stream %s is of another source", o->stream);
	lag->pending = position_compare(&c->position, &now) < 0;
	lag->knows_bytes = true;
	if (!lag->pending)
		lag->bytes = 0;
	else
		lag->knows_bytes = db_position_bytes(db, &c->position, &now, &lag->bytes, &e) > 0;
	err_clear(&e);
	position_free(&now);
	db_close(db);
	url_free(url);
}

/*
 * What the checkpoint tells. seen_ms is written with each commit, and by itself when the source
 * was heard of and nothing waited: then all that the source had said was applied at that time.
 */
static void judge(const struct options *o, const struct checkpoint *c, struct lag *lag)
{
	int64_t now = checkpoint_now(), silent = now - c->seen_ms;
	bool caught_up = c->seen_ms > c->applied_ms;
	int64_t since = caught_up || !c->source_ms ? c->seen_ms : c->source_ms;

	if (silent > SILENCE) {
		lag->state = "silent";
		lag->ms = now - since;
	} else if (caught_up || !c->source_ms) {
		lag->state = "idle";
	} else {
		lag->state = "applying";
		lag->ms = c->applied_ms - c->source_ms;
	}
	if (o->source && c->at_position) {
		compare(o, c, lag);
		if (!lag->pending) {
			lag->state = "idle";
			lag->ms = 0;
		} else if (!lag->ms) {
			lag->ms = now - since;
		}
	}
	if (lag->ms < 0) /* their clocks differ */
		lag->ms = 0;
}

static void print_lag(const struct options *o, const struct checkpoint *c, const struct lag *lag)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"stream\":");
	json_add_string(&b, o->stream, strlen(o->stream));
	buf_addf(&b, ",\"state\":\"%s\",\"seconds\":%.3f", lag->state, (double)lag->ms / 1e3);
	if (lag->knows_bytes)
		buf_addf(&b, ",\"bytes\":%llu", (unsigned long long)lag->bytes);
	buf_addf(&b, ",\"events\":%llu,\"transactions\":%llu,\"position\":",
		 (unsigned long long)c->events, (unsigned long long)c->transactions);
	if (c->at_position)
		position_add(&b, &c->position);
	else
		buf_adds(&b, "null");
	buf_adds(&b, "}\n");
	print(&b);
}

static void add_duration(struct buf *b, uint64_t ms)
{
	if (ms >= 120000)
		buf_addf(b, "%llu minutes", (unsigned long long)(ms / 60000));
	else
		buf_addf(b, "%.1f seconds", (double)ms / 1e3);
}

/* The limit is passed: what a person can do. */
static int alarm_of(const struct options *o, const struct lag *lag)
{
	struct buf b = BUF_INIT;

	add_duration(&b, (uint64_t)lag->ms);
	warn("stream %s is %s behind, more than %s: the cut-over window is at risk", o->stream,
	     buf_cstr(&b), o->max);
	if (!strcmp(lag->state, "silent"))
		warn("hint: nothing has come from the source for a while: "
		     "do capture and cdcapply run?");
	else
		warn("hint: pause writes on the source, or give the target more power; "
		     "a larger --group applies more at once");
	buf_free(&b);
	return EXIT_GATE;
}

int lag_report(const struct options *o)
{
	struct checkpoint c;
	struct lag lag = {0};

	read_checkpoint(o, &c);
	if (!c.there)
		die(EXIT_GATE, "the target has no checkpoint of stream %s", o->stream);
	judge(o, &c, &lag);
	print_lag(o, &c, &lag);
	checkpoint_free(&c);
	return (uint64_t)lag.ms > o->max_ms ? alarm_of(o, &lag) : EXIT_DONE;
}
