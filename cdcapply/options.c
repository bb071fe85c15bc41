#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "zone.h"

#define MAX_GROUP 10000000 /* events */

static const char *const conflicts[] = {"error", "upsert", "skip", NULL};
static const char *const on_ddl[] = {"stop", "skip", "skip-first", "apply", NULL};
static const char *const on_truncate[] = {"apply", "skip", "error", NULL};
static const char *const formats[] = {"rowboat", "debezium", "unwrapped", "dms", "dms-csv",
				      "datastream", "maxwell", "canal", "wal2json", NULL};

bool options_duration(const char *text, uint64_t *ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60000}, {"min", 60000},
		     {"h", 3600000}, {"d", 86400000}};
	char *end;
	unsigned long long n;

	if (*text < '0' || *text > '9')
		return false;
	n = strtoull(text, &end, 10);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (!strcmp(end, units[i].unit)) {
			if (n > UINT64_MAX / 2 / units[i].ms)
				return false;
			*ms = n * units[i].ms;
			return true;
		}
	return false;
}

/* --group 5000, --group 200ms: how many events, how long they may wait. */
static void parse_groups(struct options *o)
{
	for (int i = 0; i < o->group.n; i++) {
		const char *text = o->group.v[i];
		size_t digits = strspn(text, "0123456789");
		char *end;

		if (digits && !text[digits]) {
			o->group_events = strtoull(text, &end, 10);
			if (!o->group_events || o->group_events > MAX_GROUP || digits > 8)
				opt_usage("--group: %s events; 1 to %d are possible", text,
					  MAX_GROUP);
		} else if (!options_duration(text, &o->group_ms)) {
			opt_usage("--group: '%s' is no number of events and no time like 200ms",
				  text);
		}
	}
}

static void parse_encodings(struct options *o)
{
	struct err e = ERR_INIT;

	for (int i = 0; i < o->encoding.n; i++)
		if (encodings_parse(&o->encodings, o->encoding.v[i], &e) < 0)
			opt_usage("%s", e.msg);
}

static void check_modes(const struct options *o)
{
	int reports = o->lag + o->from_checkpoint + !!o->set_checkpoint + !!o->wait_for + !!o->close;

	if (reports > 1)
		opt_usage("one thing at a time: --lag, --from-checkpoint, --set-checkpoint, "
			  "--wait-for or --close");
	if (!o->lag && (o->max || o->source))
		opt_usage("--max and --source go with --lag");
	if (o->timeout && !o->wait_for)
		opt_usage("--timeout goes with --wait-for");
	if (reports && (o->shadow || o->correlate || o->watch))
		opt_usage("--shadow, --correlate and --watch go with applying");
	if (o->of_table && !o->set_checkpoint)
		opt_usage("--of-table goes with --set-checkpoint");
	if (o->correlate && !o->shadow)
		opt_usage("--correlate goes with --shadow");
	if (!*o->stream)
		opt_usage("--stream: an empty name");
}

void options_parse(struct options *o, int argc, char **argv)
{
	const struct opt opts[] = {
		OPT_STR('s', "stream", "NAME", &o->stream,
			"whose checkpoint moves in the target (default: rowboat)"),
		OPT_GROUP("Events"),
		OPT_ENUM('f', "format", "FORMAT", &o->format, formats,
			 "take every line for this format (default: told apart line by line)"),
		OPT_LIST('e', "encoding", "NAME=VALUE", &o->encoding,
			 "how values are written where events do not tell; see the manual page"),
		OPT_STR(0, "default-table", "[SCHEMA.]TABLE", &o->default_table,
			"the table of events that name none"),
		OPT_FLAG(0, "no-end", &o->no_end, "take end of file as the end of the events"),
		OPT_GROUP("Tables"),
		OPT_LIST('m', "map", "SOURCE=TARGET", &o->map,
			 "apply a table's changes to another one; or SCHEMA.*=SCHEMA.*"),
		OPT_LIST('t', "table", "PATTERN", &o->table, "only tables whose name matches"),
		OPT_FLAG(0, "ignore-unmapped", &o->ignore_unmapped,
			 "leave out events of tables that the target lacks"),
		OPT_FLAG(0, "ignore-extra", &o->ignore_extra,
			 "leave out columns that the target lacks"),
		OPT_GROUP("Applying"),
		OPT_LIST('g', "group", "EVENTS|TIME", &o->group,
			 "the most that one transaction gathers (default 10000 and 200ms)"),
		OPT_ENUM('c', "conflict", "POLICY", &o->conflict, conflicts,
			 "rows that are missing or there already: error, upsert (default) or skip"),
		OPT_ENUM(0, "on-ddl", "POLICY", &o->on_ddl, on_ddl,
			 "changed definitions: stop (default), skip, skip-first or apply"),
		OPT_ENUM(0, "on-truncate", "POLICY", &o->on_truncate, on_truncate,
			 "emptied tables: apply (default), skip or error"),
		OPT_FLAG(0, "fire-triggers", &o->fire_triggers,
			 "let the target's triggers fire and foreign keys be checked"),
		OPT_GROUP("Dual-write"),
		OPT_STR(0, "shadow", "URL", &o->shadow, "apply to this database as well"),
		OPT_FLAG(0, "correlate", &o->correlate,
			 "keep each other's generated keys in dual_write_id and shadow_id"),
		OPT_GROUP("Watching"),
		OPT_STR(0, "metrics", "FILE", &o->metrics, "write metrics there, for Prometheus"),
		OPT_FLAG(0, "watch", &o->watch, "show a live line on the terminal"),
		OPT_GROUP("Reports instead of applying"),
		OPT_FLAG(0, "lag", &o->lag, "how far the stream's checkpoint is behind"),
		OPT_STR(0, "max", "TIME", &o->max, "with --lag: exit status 1 beyond it"),
		OPT_STR(0, "source", "URL", &o->source,
			"with --lag: compare with the source's position"),
		OPT_FLAG(0, "from-checkpoint", &o->from_checkpoint,
			 "print the position from which capture is to go on"),
		OPT_STR(0, "set-checkpoint", "POSITION", &o->set_checkpoint,
			"the target holds the source as it was there"),
		OPT_STR(0, "wait-for", "POSITION", &o->wait_for,
			"wait until all before it is applied"),
		OPT_STR(0, "timeout", "TIME", &o->timeout, "with --wait-for: exit status 1 then"),
		OPT_STR(0, "close", "WHY", &o->close,
			"let nothing more be applied, until --set-checkpoint"),
		OPT_STR(0, "of-table", "TABLE", &o->of_table,
			"with --set-checkpoint: only this table, copied later than others"),
		OPT_END,
	};
	char **operand;

	*o = (struct options){.stream = "rowboat", .format = -1, .conflict = CONFLICT_UPSERT,
			      .group_events = 10000, .group_ms = 200, .max_ms = UINT64_MAX,
			      .timeout_ms = UINT64_MAX};
	opt_parse(argc, argv, "[OPTION]... URL",
		  "Applies change events from standard input to a database, exactly once.", opts,
		  1, 1, &operand);
	o->url = operand[0];
	parse_groups(o);
	parse_encodings(o);
	if (o->max && !options_duration(o->max, &o->max_ms))
		opt_usage("--max: '%s' is no time like 30m, 90s or 2h", o->max);
	if (o->timeout && !options_duration(o->timeout, &o->timeout_ms))
		opt_usage("--timeout: '%s' is no time like 30m, 90s or 2h", o->timeout);
	check_modes(o);
}

void options_free(struct options *o)
{
	free(o->map.v);
	free(o->table.v);
	free(o->group.v);
	free(o->encoding.v);
	zone_free(o->encodings.zone);
}
