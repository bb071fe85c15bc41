/* capture: writes the changes of a source's rows as events. See capture.1. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "checkpoint.h"
#include "db_apply.h"
#include "names.h"
#include "opt.h"
#include "patterns.h"
#include "stream.h"

struct options {
	struct opt_list tables, excluded;
	const char *from, *until, *checkpoint, *slot, *publication;
	uint64_t server_id;
	bool create_slot, drop_slot, hold, skip_applied, streaming;
	struct capture c;
};

static void parse_options(int argc, char **argv, struct options *o, char **url)
{
	const struct opt opts[] = {
		OPT_LIST('t', "table", "PATTERN", &o->tables,
			 "only tables that match; may be repeated"),
		OPT_LIST('x', "exclude", "PATTERN", &o->excluded,
			 "no tables that match; may be repeated"),
		OPT_STR(0, "from", "POSITION", &o->from,
			"begin there, or `now` (the default; PostgreSQL: what the slot holds)"),
		OPT_STR(0, "until", "POSITION", &o->until,
			"end there, or `now`: at what the source has done by now"),
		OPT_NUM(0, "heartbeat", "SECONDS", &o->c.heartbeat, 0, 86400,
			"say where the source is when nothing happens (default 10; 0: never)"),
		OPT_FLAG(0, "skip-applied", &o->skip_applied,
			 "leave out transactions that cdcapply wrote"),
		OPT_FLAG(0, "no-end", &o->c.no_end, "write no end mark"),
		OPT_GROUP("What is applied (default: what was written counts as applied)"),
		OPT_STR(0, "checkpoint", "URL", &o->checkpoint,
			"go by the checkpoint in this target"),
		OPT_STR('s', "stream", "NAME", &o->c.stream, "the stream's name there (default rowboat)"),
		OPT_GROUP("MySQL and MariaDB"),
		OPT_NUM(0, "server-id", "ID", &o->server_id, 1, UINT32_MAX,
			"as which replica to connect (default: a number of its own)"),
		OPT_GROUP("PostgreSQL"),
		OPT_STR(0, "slot", "NAME", &o->slot, "the replication slot (default rowboat)"),
		OPT_STR(0, "publication", "NAME", &o->publication,
			"the publication (default rowboat), made if it is not there"),
		OPT_FLAG(0, "create-slot", &o->create_slot, "make the slot, print its position and end"),
		OPT_FLAG(0, "hold", &o->hold,
			 "with --create-slot: keep its snapshot until standard input ends"),
		OPT_FLAG(0, "drop-slot", &o->drop_slot, "remove the slot and end"),
		OPT_FLAG(0, "streaming", &o->streaming,
			 "have large transactions sent before they commit (14 and later)"),
		OPT_GROUP("Progress"),
		OPT_PROGRESS(o->c.progress),
		OPT_END,
	};
	char **operand;

	opt_parse(argc, argv, "[OPTION]... URL",
		  "Writes the committed changes of a database's rows to standard output, as events.",
		  opts, 1, 1, &operand);
	*url = operand[0];
	if (o->create_slot && o->drop_slot)
		opt_usage("--create-slot does not go with --drop-slot");
	if (o->hold && !o->create_slot)
		opt_usage("--hold goes with --create-slot");
	if (o->c.stream && !o->checkpoint)
		opt_usage("--stream goes with --checkpoint");
	if (!o->c.stream)
		o->c.stream = "rowboat";
}

/* ---- Beginning ---- */

/* Where to begin: the checkpoint, else --from. *p is set if 1 is returned. */
static int find_beginning(const struct options *o, struct position *p, struct err *e)
{
	const struct capture *c = &o->c;
	struct checkpoint point;
	int found = 0;

	if (c->target) {
		if (checkpoint_read(c->target, c->stream, &point, e) < 0)
			return -1;
		if (point.at_position) {
			position_copy(p, &point.position);
			found = 1;
		}
		if (point.closed)
			found = checkpoint_is_closed(c->stream, point.closed, e);
		checkpoint_free(&point);
	}
	if (found || !o->from || !strcmp(o->from, "now"))
		return found;
	return position_parse(p, o->from, strlen(o->from), e) < 0 ? -1 : 1;
}

static int find_end(struct options *o, const struct url *u, struct err *e)
{
	struct capture *c = &o->c;
	const char *until = o->until;

	if (!until)
		return 0;
	c->has_until = true;
	if (!strcmp(until, "now"))
		return changes_now(u, &c->until, e);
	if (position_parse(&c->until, until, strlen(until), e) < 0)
		return -1;
	if (c->until.engine != u->engine || (u->engine == ENGINE_MYSQL && !c->until.file))
		return err_set(e, EXIT_BAD, "--until wants a position of the source, with a file in MySQL");
	return 0;
}

/* The tables that exist and match, for a publication that is made of them; NULL: of all. */
static char **matching_tables(const struct url *u, struct patterns *p, struct err *e)
{
	struct db *db = db_open(u, e);
	char **names = NULL, *schema, *table;
	size_t n = 0, kept = 0;

	if (!db || db_tables(db, false, &names, NULL, &n, e) < 0) {
		db_close(db);
		return NULL;
	}
	db_close(db);
	for (size_t i = 0; i < n; i++) {
		bool match = false;

		if (db_split_name(names[i], &schema, &table, e) < 0)
			return NULL;
		match = patterns_match(p, schema, table);
		free(schema);
		free(table);
		if (match)
			names[kept++] = names[i];
		else
			free(names[i]);
	}
	if (!kept) {
		err_set(e, EXIT_BAD, "no table of the source matches --table");
		free(names);
		return NULL;
	}
	names = xrealloc(names, (kept + 1) * sizeof *names);
	names[kept] = NULL;
	return names;
}

/* Prints the new slot's position, with the slot's and the snapshot's names. */
static int create_slot(const struct options *o, const struct url *u,
		       const struct changes_options *co, struct err *e)
{
	struct position p;
	char *snapshot, rest[256];
	struct changes_slot *slot = changes_slot_create(u, co, &p, &snapshot, e);
	struct out out;
	int status;

	if (!slot)
		return -1;
	out_open(&out, STDOUT_FILENO, "standard output");
	position_add(&out.b, &p);
	out.b.n--; /* the brace */
	buf_adds(&out.b, ",\"slot\":");
	json_add_string(&out.b, co->slot, strlen(co->slot));
	if (o->hold) {
		buf_adds(&out.b, ",\"snapshot\":");
		json_add_string(&out.b, snapshot, strlen(snapshot));
	}
	buf_adds(&out.b, "}\n");
	status = out_flush(&out, e);
	while (status == 0 && o->hold && io_read(STDIN_FILENO, rest, sizeof rest, "standard input", e) > 0)
		;
	changes_slot_release(slot);
	free(snapshot);
	position_free(&p);
	return out_close(&out, e) < 0 ? -1 : status;
}

static int run(struct options *o, const struct url *u, struct changes_options *co, struct err *e)
{
	struct capture *c = &o->c;
	struct position from;
	int found = find_beginning(o, &from, e), status = -1;

	if (found < 0)
		return -1;
	co->from = found ? &from : NULL;
	if (find_end(o, u, e) == 0 && (c->changes = changes_open(u, co, e))) {
		out_open(&c->out, STDOUT_FILENO, "standard output");
		io_widen_pipe(STDOUT_FILENO);
		status = capture_write(c, e);
		if (status == 0)
			status = out_close(&c->out, e);
	}
	changes_close(c->changes);
	capture_free(c);
	position_free(&c->until);
	if (found)
		position_free(&from);
	return status;
}

/* A slot forgets what the checkpoint says is applied: a crash of the target must not take it. */
static int check_target(struct db *target, const struct url *source, struct err *e)
{
	const char *why;
	int durable = 1;

	if (target && source->engine == ENGINE_POSTGRES)
		durable = db_durable_commits(target, &why, e);
	if (durable == 0)
		warn("warning: a crash of the target may lose changes that the slot has let go of: %s", why);
	return durable < 0 ? -1 : 0;
}

static int read_patterns(const struct options *o, struct patterns *p, struct err *e)
{
	for (int i = 0; i < o->tables.n; i++)
		if (patterns_add(p, o->tables.v[i], true, e) < 0)
			return -1;
	for (int i = 0; i < o->excluded.n; i++)
		if (patterns_add(p, o->excluded.v[i], false, e) < 0)
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = {.c = {.heartbeat = 10}};
	struct patterns patterns = {0};
	struct changes_options co = {.wanted = patterns_match, .ctx = &patterns};
	struct err e = ERR_INIT;
	struct url *url, *target = NULL;
	char *url_text;
	int status;

	set_progname(argv[0]);
	parse_options(argc, argv, &o, &url_text);
	url = url_parse(url_text, &e);
	if (!url || read_patterns(&o, &patterns, &e) < 0 ||
	    (o.checkpoint && (!(target = url_parse((char *)o.checkpoint, &e)) ||
			      !(o.c.target = db_open(target, &e)))) ||
	    check_target(o.c.target, url, &e) < 0)
		die_err(&e);
	o.c.engine = url->engine;
	patterns.schema = url_home(url);
	patterns.only = url->engine == ENGINE_MYSQL && url->database;
	if (url->engine == ENGINE_POSTGRES && o.tables.n && !o.drop_slot &&
	    !(co.tables = matching_tables(url, &patterns, &e)))
		die_err(&e);
	co.slot = o.slot ? o.slot : "rowboat";
	co.publication = o.publication ? o.publication : "rowboat";
	co.server_id = (uint32_t)o.server_id;
	co.skip_applied = o.skip_applied;
	co.streaming = o.streaming;
	if (o.drop_slot)
		status = changes_slot_drop(url, &co, &e);
	else if (o.create_slot)
		status = create_slot(&o, url, &co, &e);
	else
		status = run(&o, url, &co, &e);
	if (status < 0)
		die_err(&e);
	names_free(co.tables);
	patterns_free(&patterns);
	free(o.tables.v);
	free(o.excluded.v);
	db_close(o.c.target);
	url_free(target);
	url_free(url);
	return EXIT_DONE;
}
