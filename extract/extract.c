/* extract: writes the rows of a table or query as CSV or NDJSON. See extract.1. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "canon.h"
#include "db.h"
#include "err.h"
#include "io.h"
#include "names.h"
#include "opt.h"
#include "progress.h"
#include "stream.h"

struct options {
	const char *where, *query, *columns, *order, *key, *seed, *snapshot, *position_file;
	uint64_t sample;
	int format;
	bool canonical, no_end, position;
	struct progress progress;
};

static void parse_options(int argc, char **argv, struct options *o, char **url, char **table)
{
	const struct opt opts[] = {
		OPT_STR('w', "where", "PREDICATE", &o->where, "only rows that match this SQL predicate"),
		OPT_STR('q', "query", "SELECT", &o->query, "the rows of a query instead of a table"),
		OPT_STR('c', "columns", "LIST", &o->columns, "only these columns, in this order"),
		OPT_STR('o', "order", "LIST", &o->order, "in the order of this SQL ORDER BY list"),
		OPT_FORMAT(&o->format),
		OPT_FLAG(0, "canonical", &o->canonical,
			 "decimals without trailing zeros, JSON in one form"),
		OPT_FLAG(0, "no-end", &o->no_end, "write no end mark"),
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
		OPT_GROUP("Progress"),
		OPT_PROGRESS(o->progress),
		OPT_END,
	};
	char **operand;
	int n = opt_parse(argc, argv, "[OPTION]... URL [TABLE]",
			  "Writes the rows of TABLE, in one consistent snapshot, to standard output.",
			  opts, 1, 2, &operand);

	*url = operand[0];
	*table = n > 1 ? operand[1] : NULL;
	if (o->position ? *table || o->query : !*table == !o->query)
		opt_usage(o->position ? "--position takes no TABLE and no --query"
				      : "give either a TABLE or --query");
	if (o->position_file && (o->position || o->snapshot))
		opt_usage("--position-file does not go with --position or --snapshot");
	if (o->query && (o->where || o->columns || o->order || o->sample))
		opt_usage("--query does not go with --where, --columns, --order or --sample");
	if (o->sample && o->order)
		opt_usage("--sample does not go with --order");
	if (!o->sample && (o->seed || o->key))
		opt_usage("--seed and --key go with --sample");
}

static int copy_rows(struct db *db, struct writer *w, const struct columns *cols,
		     struct canon_row *canon, struct progress *p, struct err *e)
{
	struct row row;
	int got, bad;

	while ((got = db_fetch(db, &row, e)) > 0) {
		if (canon->any && (bad = canon_row_apply(canon, row.f)) >= 0)
			return err_set(e, EXIT_BAD, "column %s: not JSON", cols->name[bad]);
		if (writer_row(w, &row, e) < 0)
			return -1;
		progress_rows(p, w->rows, w->rows);
	}
	return got;
}

static int copy_csv(struct db *db, struct writer *w, struct progress *p, struct err *e)
{
	uint64_t rows;
	int got;

	while ((got = db_fetch_csv(db, &w->out->b, &rows, e)) > 0) {
		w->rows += rows;
		if (out_drain(w->out, e) < 0)
			return -1;
		progress_rows(p, w->rows, w->rows);
	}
	return got;
}

static uint64_t expected_rows(const struct select *s)
{
	if (s->sample)
		return s->sample;
	return s->table && !s->where ? s->table->estimated_rows : 0;
}

static int extract_rows(struct db *db, const struct options *o, const struct select *select,
			struct out *out, struct err *e)
{
	struct progress progress = o->progress;
	struct canon_row canon;
	struct columns cols;
	struct writer w;
	enum json_kind *kinds;
	int status;

	if (db_select(db, select, &cols, e) < 0)
		return -1;
	kinds = xcalloc(cols.n, sizeof *kinds);
	canon_row_open(&canon, cols.n);
	for (size_t i = 0; i < cols.n; i++) {
		kinds[i] = type_json_kind(&cols.type[i]);
		canon.how[i] = o->canonical ? canon_of_type(&cols.type[i]) : CANON_NONE;
		canon.any |= canon.how[i] != CANON_NONE;
	}
	if (writer_open(&w, out, (enum stream_format)o->format, cols.n, cols.name, kinds, e) < 0)
		return -1;
	progress_start(&progress, select->table ? select->table->name : "query",
		       expected_rows(select));
	if (o->format == STREAM_CSV && !canon.any)
		status = copy_csv(db, &w, &progress, e);
	else
		status = copy_rows(db, &w, &cols, &canon, &progress, e);
	progress_clear(&progress);
	free(kinds);
	canon_row_free(&canon);
	if (status < 0) {
		struct err ignored = ERR_INIT;

		/* The rows so far help whoever watches; without the mark they are cut off. */
		out_flush(out, &ignored);
		err_clear(&ignored);
		return -1;
	}
	return writer_end(&w, o->no_end, e);
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

int main(int argc, char **argv)
{
	struct options o = {0};
	struct select select = {0};
	struct err e = ERR_INIT;
	char *url_text, *table_name, **columns = NULL, **key = NULL;
	struct table *table = NULL;
	struct url *url;
	struct db *db;
	struct out out;
	size_t n;

	set_progname(argv[0]);
	parse_options(argc, argv, &o, &url_text, &table_name);
	if ((o.columns && names_split(o.columns, &columns, &n, &e) < 0) ||
	    (o.key && names_split(o.key, &key, &n, &e) < 0))
		die_err(&e);
	url = url_parse(url_text, &e);
	if (!url || !(db = db_open(url, &e)))
		die_err(&e);
	out_open(&out, STDOUT_FILENO, "standard output");
	if (start_snapshot(db, &o, &e) < 0)
		die_err(&e);
	if (table_name && !(table = db_table(db, table_name, false, &e)))
		die_err(&e);
	select = (struct select){
		.table = table, .query = o.query, .columns = (const char *const *)columns,
		.where = o.where, .order = o.order, .sample = o.sample, .seed = o.seed,
		.key = (const char *const *)key,
	};
	if (o.position ? print_position(db, &out, &e) < 0
		       : extract_rows(db, &o, &select, &out, &e) < 0)
		die_err(&e);
	if (out_close(&out, &e) < 0)
		die_err(&e);
	db_close(db);
	table_free(table);
	url_free(url);
	names_free(columns);
	names_free(key);
	return EXIT_DONE;
}
