/* hash: digests of rows, the same from a stream and from each engine. See hash.1. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "job.h"
#include "names.h"
#include "opt.h"
#include "url.h"

static const char *const formats[] = {"text", "ndjson", NULL};

struct options {
	const char *columns, *key;
	bool sum;
};

/* Options that rows must be read for, and those that go with a table only. */
static void check_options(const struct job *job, const struct options *o, bool table, int n)
{
	if (job->by_key + !!job->buckets + !!job->every + !!job->range + o->sum > 1)
		opt_usage("--by-key, --buckets, --every, --range and --sum exclude each other");
	if (o->sum && (o->key || o->columns || table))
		opt_usage("--sum takes manifests, and no --key or --columns");
	if (!table && (job->where || job->canonical || job->in_database || job->range))
		opt_usage("--where, --canonical, --range and --in-database go with URL and TABLE");
	if (table && n < 2)
		opt_usage("which TABLE?");
	if (table && (job->every || job->no_end))
		opt_usage("--every and --no-end go with streams: extract -o KEY URL TABLE | hash");
	if (!table && (job->by_key || job->buckets) && !o->key)
		opt_usage("--by-key and --buckets need --key LIST for a stream");
	if (o->key && !job->by_key && !job->buckets)
		opt_usage("--key goes with --by-key and --buckets");
	if ((job->by_key || job->range) && n > (table ? 2 : 1))
		opt_usage("--by-key and --range take one table or file");
}

static int parse_options(int argc, char **argv, struct job *job, struct options *o,
			 char ***operands)
{
	const struct opt opts[] = {
		OPT_STR('w', "where", "PREDICATE", &job->where, "only rows that match this SQL predicate"),
		OPT_STR('c', "columns", "LIST", &o->columns, "only these columns"),
		OPT_FLAG(0, "canonical", &job->canonical,
			 "decimals without trailing zeros, JSON in one form"),
		OPT_STR('a', "algorithm", "NAME", &job->algorithm,
			"another message digest of OpenSSL's (default sha256)"),
		OPT_FLAG(0, "no-end", &job->no_end, "take end of file as the end of the rows"),
		OPT_ENUM('f', "format", "text|ndjson", &job->format, formats,
			 "format of the output (default text)"),
		OPT_GROUP("Parts (default: one digest of all rows)"),
		OPT_STR('k', "key", "LIST", &o->key, "the key's columns (a table: its primary key)"),
		OPT_FLAG(0, "by-key", &job->by_key, "key and digest of each row, as CSV or NDJSON"),
		OPT_NUM(0, "buckets", "N", &job->buckets, 1, DIGEST_MAX_BUCKETS,
			"a digest for each of N buckets of the key's hash"),
		OPT_NUM(0, "every", "ROWS", &job->every, 1, UINT64_MAX / 2,
			"a digest for every so many rows of a stream"),
		OPT_STR(0, "range", "FILE", &job->range,
			"a digest for each SQL predicate of FILE, one a line (-: standard input)"),
		OPT_FLAG(0, "sum", &o->sum, "add up the digests of manifests"),
		OPT_GROUP("Databases"),
		OPT_FLAG(0, "in-database", &job->in_database, "let the server compute the digest"),
		OPT_FLAG(0, "emit-sql", &job->emit_sql, "print the statement for that instead"),
		OPT_GROUP("Progress"),
		OPT_PROGRESS(job->progress),
		OPT_END,
	};
	int n = opt_parse(argc, argv, "[OPTION]... [FILE... | URL TABLE... | --sum MANIFEST...]",
			  "Writes an order-independent digest of the rows of a stream or a table.",
			  opts, 0, INT_MAX, operands);

	job->in_database |= job->emit_sql;
	return n;
}

static int hash_streams(struct job *job, char **files, struct err *e)
{
	char dash[] = "-", *standard[] = {dash, NULL};
	int status = 0;

	for (char **f = *files ? files : standard; *f && status == 0; f++) {
		const char *const *key = (const char *const *)job->key;
		struct source s;

		status = source_open_stream(&s, job, *f, e);
		if (status == 0)
			status = job->by_key ? rows_by_key(job, &s, key, e)
					     : rows_digest(job, &s, key, e);
		source_close(&s);
	}
	return status;
}

static int hash_tables(struct job *job, char *text, char **tables, struct err *e)
{
	struct url *url = url_parse(text, e);
	struct db *db = url ? db_open(url, e) : NULL;
	int status = db ? db_snapshot(db, NULL, e) : -1;

	for (char **t = tables; *t && status == 0; t++)
		status = table_digest(job, db, *t, e);
	if (db)
		db_close(db);
	url_free(url);
	return status;
}

int main(int argc, char **argv)
{
	struct job job = {0};
	struct options o = {0};
	struct err e = ERR_INIT;
	struct out out;
	char **operand;
	bool table;
	size_t n;
	int count, status;

	set_progname(argv[0]);
	count = parse_options(argc, argv, &job, &o, &operand);
	table = count && strstr(operand[0], "://");
	check_options(&job, &o, table, count);
	if ((o.columns && names_split(o.columns, &job.columns, &n, &e) < 0) ||
	    (o.key && names_split(o.key, &job.key, &n, &e) < 0))
		die_err(&e);
	out_open(&out, STDOUT_FILENO, "standard output");
	job.out.out = &out;
	job.out.format = (enum manifest_format)job.format;
	if (o.sum)
		status = manifest_sum(&out, job.out.format, operand, &e);
	else if (table)
		status = hash_tables(&job, operand[0], operand + 1, &e);
	else
		status = hash_streams(&job, operand, &e);
	if (status < 0 || out_close(&out, &e) < 0)
		die_err(&e);
	names_free(job.columns);
	names_free(job.key);
	return EXIT_DONE;
}
