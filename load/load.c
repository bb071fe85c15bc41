/* load: rows from standard input into a table. See load.1. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "db.h"
#include "err.h"
#include "feed.h"
#include "io.h"
#include "isolate.h"
#include "job.h"
#include "lines.h"
#include "match.h"
#include "names.h"
#include "opt.h"
#include "rejects.h"
#include "stream.h"

static const char *const modes[] = {"insert", "upsert", "ignore", "replace", NULL};

struct options {
	int mode;
	const char *key, *columns, *once, *reject;
	uint64_t batch, max_rejects, sequence_least, sequence_gap;
	bool truncate, into_empty, ignore_extra, no_end, disable_triggers, set_sequences;
	struct progress progress;
	char *url, *table;
};

static void check_options(const struct options *o)
{
	if (o->key && o->mode == LOAD_INSERT)
		opt_usage("--key goes with --mode upsert, ignore or replace");
	if (o->once && o->batch)
		opt_usage("--once does not go with --batch: its record and its rows are one transaction");
	if (o->truncate && o->batch)
		opt_usage("--truncate does not go with --batch: "
			  "old rows go in the transaction that brings the new ones");
	if (o->truncate && o->into_empty)
		opt_usage("--truncate does not go with --into-empty");
	if ((o->sequence_least || o->sequence_gap) && !o->set_sequences)
		opt_usage("--sequence-least and --sequence-gap go with --set-sequences");
	if (o->max_rejects != UINT64_MAX && !o->reject)
		opt_usage("--max-rejects goes with --reject");
	if (o->max_rejects != UINT64_MAX && o->batch)
		opt_usage("--max-rejects does not go with --batch: earlier batches are committed");
}

static void parse_options(int argc, char **argv, struct options *o)
{
	const struct opt opts[] = {
		OPT_ENUM('m', "mode", "MODE", &o->mode, modes,
			 "insert, upsert, ignore or replace (default insert)"),
		OPT_STR('k', "key", "LIST", &o->key,
			"the unique key that --mode goes by (default: the primary key)"),
		OPT_FLAG(0, "truncate", &o->truncate, "delete the table's rows first, in the same transaction"),
		OPT_FLAG(0, "into-empty", &o->into_empty, "load nothing if the table has rows"),
		OPT_STR('c', "columns", "LIST", &o->columns,
			"load only these columns; the table's others take their defaults"),
		OPT_FLAG(0, "ignore-extra", &o->ignore_extra,
			 "drop columns of the input that the table lacks or computes"),
		OPT_FLAG(0, "no-end", &o->no_end, "take end of file as the end of the rows"),
		OPT_GROUP("Transactions (default: one)"),
		OPT_NUM('b', "batch", "ROWS", &o->batch, 1, UINT64_MAX / 2, "commit every so many rows"),
		OPT_STR(0, "once", "ID", &o->once,
			"record ID in the same transaction; do nothing if it is recorded"),
		OPT_GROUP("Bad rows (default: the first one ends the load, nothing is committed)"),
		OPT_STR(0, "reject", "FILE", &o->reject, "put bad rows there and load all others"),
		OPT_NUM(0, "max-rejects", "ROWS", &o->max_rejects, 0, UINT64_MAX / 2,
			"commit nothing if there are more of them"),
		OPT_GROUP("The target"),
		OPT_FLAG(0, "disable-triggers", &o->disable_triggers,
			 "fire no triggers, check no foreign keys"),
		OPT_FLAG(0, "set-sequences", &o->set_sequences,
			 "let the identity column go on above the largest value"),
		OPT_NUM(0, "sequence-least", "VALUE", &o->sequence_least, 0, INT64_MAX,
			"with --set-sequences: at this value or above"),
		OPT_NUM(0, "sequence-gap", "VALUES", &o->sequence_gap, 0, INT64_MAX,
			"with --set-sequences: leave so many values out"),
		OPT_GROUP("Progress"),
		OPT_PROGRESS(o->progress),
		OPT_END,
	};
	char **operand;

	opt_parse(argc, argv, "[OPTION]... URL TABLE",
		  "Loads rows from standard input (CSV or NDJSON) into TABLE and prints a receipt.",
		  opts, 2, 2, &operand);
	o->url = operand[0];
	o->table = operand[1];
	check_options(o);
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Reads the table's definition and joins its columns with the input's. */
static int prepare(struct job *job, const struct options *o, struct err *e)
{
	char **only = NULL, **key = NULL;
	size_t n;
	int status = 0;

	job->table = db_table(job->db, o->table, false, e);
	if (!job->table)
		return -1;
	job->table_name = job->table->name;
	job->spec.table = job->table;
	job->spec.mode = (enum load_mode)o->mode;
	if (!reader_ncolumns(job->in))
		return 0;
	if ((o->columns && names_split(o->columns, &only, &n, e) < 0) ||
	    (o->key && names_split(o->key, &key, &n, e) < 0))
		status = -1;
	if (status == 0)
		status = match_columns(job, only, o->ignore_extra, e);
	if (status == 0 && job->spec.mode != LOAD_INSERT)
		status = match_key(job, key, e);
	names_free(only);
	names_free(key);
	return status < 0 ? -1 : db_load_open(job->db, &job->spec, e);
}

/* Before a commit: the rows that it leaves out must be on disk. */
static int keep_rejects(struct job *job, struct err *e)
{
	struct rejects *r = job->rejects;

	if (!r || !job->at_end)
		return r ? rejects_sync(r, e) : 0;
	job->rejects = NULL;
	return rejects_finish(r, e);
}

/* Reads the rest of the input, so that its producer ends as usual. */
static int drain(struct err *e)
{
	static char chunk[IO_CHUNK];
	ssize_t got;

	do
		got = io_read(STDIN_FILENO, chunk, sizeof chunk, "standard input", e);
	while (got > 0);
	return (int)got;
}

/* What --into-empty and --truncate want of the rows that are there. */
static int deal_with_old_rows(struct job *job, const struct options *o, struct err *e)
{
	int empty;

	if (o->truncate)
		return db_clear(job->db, job->table, e);
	if (!o->into_empty || job->committed)
		return 0;
	empty = db_is_empty(job->db, job->table, e);
	if (empty == 0) {
		err_set(e, EXIT_GATE, "the table has rows already, so nothing was loaded");
		err_prefix(e, "%s", job->table_name);
		return err_hint(e, "load --truncate deletes them first, --mode upsert goes over them");
	}
	return empty < 0 ? -1 : 0;
}

/* One transaction; its ID first, so that of two loads with one ID the second waits. */
static int load_transaction(struct job *job, const struct options *o, bool *skipped, struct err *e)
{
	int entered = 1;

	if (db_begin(job->db, e) < 0)
		return -1;
	if (o->once && (entered = db_ledger_enter(job->db, o->once, e)) < 0)
		return -1;
	*skipped = entered == 0;
	if (*skipped)
		return db_rollback(job->db, e) < 0 ? -1 : drain(e);
	if (deal_with_old_rows(job, o, e) < 0)
		return -1;
	if (!reader_ncolumns(job->in))
		job->at_end = true;
	else if (job->rejects ? isolate_transaction(job, o->max_rejects, e) < 0
			      : feed_transaction(job, e) < 0)
		return -1;
	if (keep_rejects(job, e) < 0)
		return -1;
	return db_commit(job->db, e);
}

/* An NDJSON stream without rows has no columns, but may be cut off all the same. */
static int read_empty(struct job *job, struct err *e)
{
	struct row row;

	return reader_ncolumns(job->in) || reader_next(job->in, &row, e) == READER_END ? 0 : -1;
}

static int load_all(struct job *job, const struct options *o, bool *skipped, struct err *e)
{
	if (read_empty(job, e) < 0 || (o->once && db_ledger_create(job->db, e) < 0))
		return -1;
	if (o->disable_triggers && db_disable_triggers(job->db, job->table, e) < 0)
		return -1;
	do {
		if (load_transaction(job, o, skipped, e) < 0) {
			if (job->committed)
				err_hint(e, "%llu rows of earlier batches are committed",
					 (unsigned long long)job->committed);
			return -1;
		}
		job->committed = job->rows;
	} while (!*skipped && !job->at_end);
	if (reader_ncolumns(job->in) && db_load_close(job->db, e) < 0)
		return -1;
	if (o->set_sequences && db_set_sequences(job->db, job->table, o->sequence_least,
						 o->sequence_gap, e) < 0)
		return err_prefix(e, "the rows are committed, but");
	return 0;
}

static int print_receipt(const struct job *job, const struct options *o, bool skipped,
			 double seconds, struct err *e)
{
	struct out out;

	out_open(&out, STDOUT_FILENO, "standard output");
	buf_adds(&out.b, "{\"table\":");
	json_add_string(&out.b, o->table, strlen(o->table));
	buf_addf(&out.b, ",\"rows\":%llu,\"rejected\":%llu", (unsigned long long)job->rows,
		 (unsigned long long)job->rejected);
	if (job->spec.mode != LOAD_INSERT)
		buf_addf(&out.b, ",\"inserted\":%llu,\"updated\":%llu,\"ignored\":%llu",
			 (unsigned long long)job->merged.inserted,
			 (unsigned long long)job->merged.updated,
			 (unsigned long long)job->merged.ignored);
	if (o->once)
		buf_addf(&out.b, ",\"skipped\":%s", skipped ? "true" : "false");
	buf_addf(&out.b, ",\"bytes\":%llu,\"seconds\":%.3f}\n",
		 (unsigned long long)reader_bytes(job->in), seconds);
	return out_close(&out, e);
}

/* The bytes of a regular file, for progress; 0 for a pipe. */
static uint64_t file_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

static void free_job(struct job *job)
{
	db_close(job->db);
	reader_free(job->in);
	table_free(job->table);
	free(job->spec.col);
	free(job->spec.key);
	free(job->field);
	free(job->mapped.f);
	free(job->lines);
	buf_free(&job->why.text);
}

int main(int argc, char **argv)
{
	struct options o = {.max_rejects = UINT64_MAX};
	struct job job = {.in_name = "standard input"};
	struct reader_options reading = {0};
	struct err e = ERR_INIT;
	bool skipped = false;
	double start = seconds_now();
	struct url *url;

	set_progname(argv[0]);
	parse_options(argc, argv, &o);
	reading.no_end = o.no_end;
	url = url_parse(o.url, &e);
	if (!url || !(job.db = db_open(url, &e)))
		die_err(&e);
	job.in = reader_open(STDIN_FILENO, job.in_name, &reading, &e);
	if (!job.in || prepare(&job, &o, &e) < 0)
		die_err(&e);
	if (o.reject && !(job.rejects = rejects_open(o.reject, job.in, job.table, &e)))
		die_err(&e);
	job.lines = xcalloc(1, sizeof *job.lines);
	job.batch = o.batch;
	job.progress = o.progress;
	progress_start(&job.progress, job.table_name, file_size(STDIN_FILENO));
	if (load_all(&job, &o, &skipped, &e) < 0) {
		/* Closing the connection rolls the transaction back. */
		progress_clear(&job.progress);
		if (job.rejects)
			rejects_abandon(job.rejects, job.committed || e.status == EXIT_GATE);
		die_err(&e);
	}
	progress_clear(&job.progress);
	if (job.rejects)
		rejects_abandon(job.rejects, false);
	if (print_receipt(&job, &o, skipped, seconds_now() - start, &e) < 0)
		die_err(&e);
	free_job(&job);
	url_free(url);
	return job.rejected ? EXIT_GATE : EXIT_DONE;
}
