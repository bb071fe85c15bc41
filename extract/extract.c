/* extract: writes the rows of a table or query as CSV or NDJSON. See extract.1. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "err.h"
#include "io.h"
#include "names.h"
#include "opt.h"
#include "rows.h"

enum { TRIES = 5 };

struct options {
	const char *where, *query, *columns, *order, *key, *seed, *snapshot, *position_file;
	uint64_t sample;
	const char *serve, *ask;
	bool position, hold;
	struct extract_how how;
};

/* Rows of a session: the only operand is their TABLE. */
static void check_ask(const struct options *o, int n)
{
	if (n > 1 || o->query || o->columns || o->order || o->sample || o->position || o->hold ||
	    o->serve || o->snapshot || o->position_file || o->how.canonical || o->how.no_end ||
	    o->how.format)
		opt_usage("--ask goes with a TABLE, --where and nothing else");
}

/* Rows of a table, or of a query, or something else. */
static void check_work(const struct options *o, const char *table)
{
	int others = o->position + o->hold + !!o->serve;

	if (others ? others > 1 || table || o->query : !table == !o->query)
		opt_usage(others ? "--position, --hold and --serve go with no TABLE, no --query "
				   "and not together"
				 : "give either a TABLE or --query");
	if (o->hold && o->snapshot)
		opt_usage("--hold does not go with --snapshot");
	if (others && (o->where || o->columns || o->order || o->sample))
		opt_usage("--where, --columns, --order and --sample go with rows");
}

static void parse_options(int argc, char **argv, struct options *o, char **url, char **table)
{
	const struct opt opts[] = {
		OPT_STR('w', "where", "PREDICATE", &o->where, "only rows that match this SQL predicate"),
		OPT_STR('q', "query", "SELECT", &o->query, "the rows of a query instead of a table"),
		OPT_STR('c', "columns", "LIST", &o->columns, "only these columns, in this order"),
		OPT_STR('o', "order", "LIST", &o->order, "in the order of this SQL ORDER BY list"),
		OPT_FORMAT(&o->how.format),
		OPT_FLAG(0, "canonical", &o->how.canonical,
			 "decimals without trailing zeros, JSON in one form"),
		OPT_FLAG(0, "no-end", &o->how.no_end, "write no end mark"),
		OPT_GROUP("Samples, the same rows from every database"),
		OPT_NUM(0, "sample", "ROWS", &o->sample, 1, UINT64_MAX / 2,
			"so many rows, chosen by a hash of the key"),
		OPT_STR(0, "seed", "TEXT", &o->seed, "choose another sample"),
		OPT_STR('k', "key", "LIST", &o->key, "the key's columns (default: the primary key)"),
		OPT_GROUP("Moments"),
		OPT_STR(0, "snapshot", "ID", &o->snapshot,
			"join a snapshot that another PostgreSQL session exported"),
		OPT_FLAG(0, "position", &o->position,
			 "print the position of the source's change stream instead of rows"),
		OPT_STR(0, "position-file", "FILE", &o->position_file,
			"write there from which position on changes are not in these rows"),
		OPT_FLAG(0, "hold", &o->hold, "hold a moment for other runs, until standard input ends"),
		OPT_STR(0, "serve", "SOCKET", &o->serve,
			"answer those that ask there, in one snapshot, until standard input ends"),
		OPT_STR(0, "ask", "SOCKET", &o->ask, "rows of TABLE from a session that serves there"),
		OPT_GROUP("Progress"),
		OPT_PROGRESS(o->how.progress),
		OPT_END,
	};
	char **operand;
	int n = opt_parse(argc, argv, "[OPTION]... URL [TABLE] | --ask=SOCKET TABLE",
			  "Writes the rows of TABLE, in one consistent snapshot, to standard output.",
			  opts, 1, 2, &operand);

	*url = operand[0];
	*table = o->ask ? operand[0] : n > 1 ? operand[1] : NULL;
	if (o->ask)
		check_ask(o, n);
	else
		check_work(o, *table);
	if (o->position_file && (o->position || o->snapshot || o->hold))
		opt_usage("--position-file does not go with --position, --snapshot or --hold");
	if (o->query && (o->where || o->columns || o->order || o->sample))
		opt_usage("--query does not go with --where, --columns, --order or --sample");
	if (o->sample && o->order)
		opt_usage("--sample does not go with --order");
	if (!o->sample && (o->seed || o->key))
		opt_usage("--seed and --key go with --sample");
}

static int print_position(struct db *db, struct out *out, struct err *e)
{
	if (db_position(db, &out->b, e) < 0)
		return -1;
	return out_add(out, "\n", 1, e);
}

static int write_position(struct db *db, const char *file, struct err *e)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct out out;

	if (fd < 0)
		return err_set(e, EXIT_FAILED, "%s: %s", file, strerror(errno));
	out_open(&out, fd, file);
	return print_position(db, &out, e) < 0 ? -1 : out_close(&out, e);
}

static int start_snapshot(struct db *db, const struct options *o, struct err *e)
{
	if (!o->position_file && (!o->position || o->snapshot))
		return db_snapshot(db, o->snapshot, e);
	if (db_position_snapshot(db, e) < 0)
		return -1;
	return o->position_file ? write_position(db, o->position_file, e) : 0;
}

/* What others wait for: that the moment is held, or the snapshot open. */
static int tell(struct buf *b, struct err *e)
{
	buf_addc(b, '\n');
	return io_write(STDOUT_FILENO, b->p, b->n, "standard output", e);
}

static int hold(struct db *db, struct err *e)
{
	struct buf b = BUF_INIT;
	char ignored[256];
	ssize_t n = db_hold(db, &b, e) < 0 || tell(&b, e) < 0 ? -1 : 1;

	while (n > 0)
		n = io_read(STDIN_FILENO, ignored, sizeof ignored, "standard input", e);
	buf_free(&b);
	return (int)n;
}

static int begin_serving(struct db *db, const struct options *o, struct err *e)
{
	struct buf b = BUF_INIT;
	int listener = serve_open(o->serve, e), status;

	if (listener < 0)
		return -1;
	buf_adds(&b, "ready");
	status = tell(&b, e);
	buf_free(&b);
	if (status == 0)
		status = serve(db, &o->how, listener, e);
	else
		close(listener);
	unlink(o->serve);
	return status;
}

/* A snapshot, then what was asked for in it; EXTRACT_OUTDATED as extract_rows(). */
static int extract(struct db *db, const struct options *o, const char *table_name,
		   struct select *select, struct out *out, struct err *e)
{
	struct table *table = NULL;
	int status = -1;

	if (start_snapshot(db, o, e) < 0 ||
	    (table_name && !(table = db_table(db, table_name, false, e))))
		return -1;
	select->table = table;
	if (o->serve)
		status = begin_serving(db, o, e);
	else if (o->position)
		status = print_position(db, out, e);
	else
		status = extract_rows(db, &o->how, select, out, e);
	table_free(table);
	return status;
}

/* A table that is altered or emptied between the snapshot and the SELECT wants another
 * snapshot, in another session. */
static int try_to_extract(const struct url *url, const struct options *o, const char *table_name,
			  struct select *select, struct out *out, struct err *e)
{
	struct db *db;
	int status, try = 0;

	do {
		err_clear(e);
		db = db_open(url, e);
		if (!db)
			return -1;
		status = o->hold ? hold(db, e) : extract(db, o, table_name, select, out, e);
		db_close(db);
	} while (status == EXTRACT_OUTDATED && ++try < TRIES);
	return status == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct options o = {0};
	struct select select = {0};
	struct err e = ERR_INIT;
	char *url_text, *table_name, **columns = NULL, **key = NULL;
	struct url *url;
	struct out out;
	size_t n;

	set_progname(argv[0]);
	parse_options(argc, argv, &o, &url_text, &table_name);
	if (o.ask) {
		if (ask(o.ask, table_name, o.where, &e) < 0)
			die_err(&e);
		return EXIT_DONE;
	}
	if ((o.columns && names_split(o.columns, &columns, &n, &e) < 0) ||
	    (o.key && names_split(o.key, &key, &n, &e) < 0))
		die_err(&e);
	url = url_parse(url_text, &e);
	if (!url)
		die_err(&e);
	out_open(&out, STDOUT_FILENO, "standard output");
	select = (struct select){
		.query = o.query, .columns = (const char *const *)columns, .where = o.where,
		.order = o.order, .sample = o.sample, .seed = o.seed,
		.key = (const char *const *)key,
	};
	if (try_to_extract(url, &o, table_name, &select, &out, &e) < 0 ||
	    out_close(&out, &e) < 0)
		die_err(&e);
	url_free(url);
	names_free(columns);
	names_free(key);
	return EXIT_DONE;
}
