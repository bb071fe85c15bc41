#include "options.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const formats[] = {"default", "events", "text", "summary", NULL};
static const char *const colors[] = {"auto", "always", "never", NULL};
static const char *const orders[] = {"no", "bytes", "numbers", NULL};

static const char usage[] = "[OPTION]... A TABLE B [TABLE] | -k KEY FILE FILE | "
			    "--count|--types|--fit|--checks=LIST A B [TABLE]...";
static const char summary[] =
	"Compares the rows of two tables or files; exit status 0: the same, 1: different, 2: trouble.";

enum format options_format(const struct options *o, enum format preset)
{
	return o->format == FORMAT_DEFAULT ? preset : (enum format)o->format;
}

bool options_color(const struct options *o)
{
	if (o->color == COLOR_AUTO)
		return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	return o->color == COLOR_ALWAYS;
}

/* Takes one side off the operands. */
static void take_side(struct operand *op, char ***arg, int *n, bool table)
{
	if (!*n)
		opt_usage("a second side to compare with is missing");
	*op = (struct operand){.arg = **arg, .live = operand_is_url(**arg)};
	++*arg;
	--*n;
	if (table && op->live && *n && !operand_is_url(**arg)) {
		op->table = **arg;
		++*arg;
		--*n;
	}
}

static void take_sides(struct options *o, char **arg, int n)
{
	struct operand *a = &o->side[0], *b = &o->side[1];

	take_side(a, &arg, &n, true);
	take_side(b, &arg, &n, true);
	if (n)
		opt_usage("too many operands: usage: %s %s", progname, usage);
	if (b->live && !b->table)
		b->table = a->table;
	if (a->live && !a->table)
		a->table = b->table;
	for (int side = 0; side < 2; side++)
		if (o->side[side].live && !o->side[side].table)
			opt_usage("which TABLE of %s?", side ? "B" : "A");
	if (!strcmp(a->arg, "-") && !strcmp(b->arg, "-"))
		opt_usage("standard input can be one side only");
	if (!a->live && !b->live && !o->key && !o->no_key)
		opt_usage("files need the columns of their key (--key), or --no-key");
}

/* --count and the like: two databases, then tables. */
static void take_databases(struct options *o, char **arg, int n)
{
	take_side(&o->side[0], &arg, &n, false);
	take_side(&o->side[1], &arg, &n, false);
	if (!o->side[0].live || !o->side[1].live)
		opt_usage("two databases are wanted, as URLs");
	o->table = arg;
	o->ntables = n;
}

/* Which of the modes is asked for. */
static void choose_mode(struct options *o)
{
	const struct {
		bool on;
		enum mode mode;
	} modes[] = {{o->sample && !o->checks, MODE_SAMPLE}, {o->query || o->query_file, MODE_QUERY},
		     {o->count, MODE_COUNT}, {o->types, MODE_TYPES},
		     {o->fit, MODE_FIT}, {o->checks, MODE_CHECKS}};

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		if (!modes[i].on)
			continue;
		if (o->mode != MODE_ROWS)
			opt_usage("one thing at a time: --sample, --query, --count, --types, --fit or "
				  "--checks");
		o->mode = modes[i].mode;
	}
}

static void check_mode(const struct options *o)
{
	bool of_rows = o->key || o->no_key || o->columns || o->treat.n || o->sorted || o->no_end ||
		       o->limit;

	bool rows = o->mode == MODE_ROWS || o->mode == MODE_SAMPLE || o->mode == MODE_QUERY;

	if (!rows && of_rows)
		opt_usage("--key, --no-key, --columns, --treat, --sorted, --no-end and --limit go "
			  "with rows");
	if ((!rows || o->mode == MODE_QUERY) && o->format == FORMAT_EVENTS)
		opt_usage("there are events of tables' rows only; take --format summary or text");
	if (o->recheck && o->mode != MODE_ROWS && o->mode != MODE_SAMPLE && o->mode != MODE_CHECKS)
		opt_usage("--recheck goes with the comparison of rows");
	if (o->in_database && ((o->mode != MODE_ROWS && o->mode != MODE_CHECKS) ||
			       (o->recheck && o->mode == MODE_ROWS) || o->treat.n))
		opt_usage("--in-database goes with the comparison of all rows, without --recheck "
			  "and --treat");
	if (o->seed && o->mode != MODE_SAMPLE && o->mode != MODE_CHECKS)
		opt_usage("--seed goes with --sample");
	if ((o->query && o->query_file) || (o->query_b && !o->query) ||
	    (o->query_file_b && !o->query_file))
		opt_usage("--query goes with --query-b, --query-file with --query-file-b");
	if (o->ordered && (o->mode != MODE_QUERY || o->key || o->no_key))
		opt_usage("--ordered goes with queries, and without a key");
	if (o->where && o->mode == MODE_QUERY)
		opt_usage("--where does not go with queries");
	if (o->mode == MODE_QUERY && (o->sorted || o->no_end))
		opt_usage("--sorted and --no-end are for files");
	if (o->where && o->mode == MODE_TYPES)
		opt_usage("--where is for rows");
	if (o->estimate && (o->mode != MODE_COUNT || o->where))
		opt_usage("--estimate goes with --count, and not with --where");
}

static void check_options(const struct options *o)
{
	if (o->key && o->no_key)
		opt_usage("--key does not go with --no-key");
	if (o->no_key && o->sorted)
		opt_usage("--sorted goes with a key");
	if (o->where && !o->side[0].live && !o->side[1].live)
		opt_usage("--where is for tables");
}

void options_parse(struct options *o, int argc, char **argv)
{
	const struct opt opts[] = {
		OPT_STR('k', "key", "LIST", &o->key,
			"the columns that tell rows apart (default: the primary key)"),
		OPT_FLAG(0, "no-key", &o->no_key, "compare whole rows, and how often each is there"),
		OPT_STR('c', "columns", "LIST", &o->columns, "compare only these columns"),
		OPT_STR('w', "where", "PREDICATE", &o->where,
			"only rows that match this SQL predicate"),
		OPT_LIST('t', "treat", "[COLUMN=]POLICY", &o->treat,
			 "values that differ count as equal under float:DIGITS, char:rtrim, ts:ms, "
			 "ts:s, json:parsed, null=empty"),
		OPT_FLAG(0, "in-database", &o->in_database,
			 "compare digests inside the databases, fetch only what differs"),
		OPT_NUM(0, "sample", "ROWS", &o->sample, 1, UINT64_MAX / 2,
			"only the rows with so many keys, chosen by a hash on both sides"),
		OPT_STR(0, "seed", "TEXT", &o->seed, "choose another sample"),
		OPT_NUM(0, "recheck", "SECONDS", &o->recheck, 1, 86400,
			"look again at rows that differ, so much later"),
		OPT_GROUP("Queries, A and B being databases"),
		OPT_STR('q', "query", "SELECT", &o->query, "compare the results of a query"),
		OPT_STR(0, "query-b", "SELECT", &o->query_b, "the query for B, if it is another one"),
		OPT_STR(0, "query-file", "FILE", &o->query_file,
			"queries, each behind a line `-- name: NAME`"),
		OPT_STR(0, "query-file-b", "FILE", &o->query_file_b, "those for B that are others"),
		OPT_FLAG(0, "ordered", &o->ordered, "compare the rows in the order they come in"),
		OPT_GROUP("Output"),
		OPT_ENUM('f', "format", "FORMAT", &o->format, formats,
			 "events that turn B into A (default), text, or a summary in JSON"),
		OPT_NUM('n', "limit", "ROWS", &o->limit, 1, UINT64_MAX / 2,
			"stop after so many differences (summary: samples)"),
		OPT_ENUM(0, "color", "WHEN", &o->color, colors, "auto, always or never"),
		OPT_GROUP("Databases, all tables or some"),
		OPT_FLAG(0, "count", &o->count, "compare the numbers of rows"),
		OPT_FLAG(0, "estimate", &o->estimate, "with --count: as the servers' statistics have them"),
		OPT_FLAG(0, "types", &o->types, "compare definitions: can B hold what A may have?"),
		OPT_FLAG(0, "fit", &o->fit, "look for rows of A that the columns of B cannot hold"),
		OPT_STR(0, "checks", "LIST", &o->checks,
			"several of count, types, fit, digest, sample and rows, a line for each"),
		OPT_GROUP("Files"),
		OPT_ENUM(0, "sorted", "ORDER", &o->sorted, orders,
			 "they have their keys in this order: bytes, or numbers by value"),
		OPT_FLAG(0, "no-end", &o->no_end, "take end of file as the end of the rows"),
		OPT_GROUP("Progress"),
		OPT_PROGRESS(o->progress),
		OPT_END,
	};
	char **operand;
	int n = opt_parse(argc, argv, usage, summary, opts, 2, INT_MAX, &operand);

	choose_mode(o);
	check_mode(o);
	if (o->mode == MODE_ROWS || o->mode == MODE_SAMPLE) {
		take_sides(o, operand, n);
		check_options(o);
	} else {
		take_databases(o, operand, n);
		if (o->mode == MODE_QUERY && o->ntables)
			opt_usage("queries take no TABLE");
	}
}
