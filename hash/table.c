#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"

/* ---- Ranges ---- */

struct ranges {
	char **v;
	size_t n;
};

/* Predicates, one a line; empty lines do not count. */
static int read_ranges(struct job *job, struct ranges *r, struct err *e)
{
	bool standard = !strcmp(job->range, "-");
	FILE *f = standard ? stdin : fopen(job->range, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int status = 0;

	if (!f)
		return err_set(e, EXIT_BAD, "%s: %s", job->range, strerror(errno));
	while ((n = getline(&line, &room, f)) > 0) {
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		if (!n)
			continue;
		r->v = xrealloc(r->v, (r->n + 1) * sizeof *r->v);
		r->v[r->n++] = xstrdup(line);
	}
	if (ferror(f))
		status = err_set(e, EXIT_FAILED, "%s: %s", job->range, strerror(errno));
	else if (!r->n)
		status = err_set(e, EXIT_BAD, "%s: there is no predicate", job->range);
	free(line);
	if (!standard)
		fclose(f);
	return status;
}

static void free_ranges(struct ranges *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->v[i]);
	free(r->v);
}

static int write_ranges(struct job *job, const struct ranges *r, const char *const *columns,
			size_t n, const struct digest_sum *sums, struct err *e)
{
	int status = manifest_header(&job->out, "ranges", columns, n, e);

	for (size_t i = 0; i < r->n && status == 0; i++)
		status = manifest_line(&job->out, r->v[i], &sums[i], e);
	return status < 0 ? -1 : manifest_end(&job->out, e);
}

/* ---- A table's columns and key ---- */

/* The key asked for, else the primary key; NULL-ended. */
static const char **key_names(const struct job *job, const struct table *t, struct err *e)
{
	const struct key *k = table_primary(t);
	const char **names;
	size_t n = k ? k->nparts : 0;

	if (!job->key && !k) {
		err_set(e, EXIT_BAD, "table %s has no primary key", t->name);
		err_hint(e, "name the columns that tell its rows apart with --key");
		return NULL;
	}
	for (n = job->key ? 0 : n; job->key && job->key[n]; n++)
		continue;
	names = xcalloc(n + 1, sizeof *names);
	for (size_t i = 0; i < n; i++)
		names[i] = job->key ? job->key[i] : k->part[i].column;
	return names;
}

/* The columns that are digested, for the header. */
static const char **column_names(const struct job *job, const struct table *t, size_t *n)
{
	const char **names;
	size_t room = t->ncols;

	for (*n = 0; job->columns && job->columns[*n]; ++*n)
		continue;
	names = xcalloc(*n + room + 1, sizeof *names);
	for (size_t i = 0; i < *n; i++)
		names[i] = job->columns[i];
	for (size_t i = 0; !job->columns && i < t->ncols; i++)
		if (t->col[i].generated == GEN_NO)
			names[(*n)++] = t->col[i].name;
	return names;
}

/* ---- In the database ---- */

static int emit(struct job *job, struct db *db, const struct digest_query *q, struct err *e)
{
	struct buf b = BUF_INIT;
	int status = job->by_key ? db_digest_rows(db, q, &b, e) : db_digest_sql(db, q, &b, e);

	if (status == 0 && job->by_key)
		buf_adds(&b, ";\n");
	if (status == 0)
		status = out_add(job->out.out, b.p, b.n, e);
	buf_free(&b);
	return status;
}

/* The key's columns and the digest are the rows of a query. */
static int by_key_in_database(struct job *job, struct db *db, const struct digest_query *q,
			      struct err *e)
{
	struct buf b = BUF_INIT;
	struct source s = {0};
	int status = db_digest_rows(db, q, &b, e);

	if (status == 0)
		status = source_open_query(&s, db, buf_cstr(&b), q->table->name, e);
	if (status == 0)
		status = rows_by_key(job, &s, q->key, e);
	source_close(&s);
	buf_free(&b);
	return status;
}

static int sums_in_database(struct job *job, struct db *db, const struct digest_query *q,
			    const struct ranges *r, struct err *e)
{
	size_t groups = q->nranges ? q->nranges : q->buckets ? q->buckets : 1, n;
	struct digest_sum *sums = xcalloc(groups, sizeof *sums);
	const char **names = column_names(job, q->table, &n);
	int status = db_digest(db, q, sums, e);

	if (status == 0 && q->nranges)
		status = write_ranges(job, r, names, n, sums, e);
	else if (status == 0 && q->buckets)
		status = rows_buckets(job, q->key, names, n, sums, e);
	else if (status == 0)
		status = manifest_line(&job->out, q->table->name, sums, e);
	free(names);
	free(sums);
	return status;
}

/* ---- By reading the rows ---- */

/* A SELECT for each range, all in one snapshot. */
static int read_each_range(struct job *job, struct db *db, const struct table *t,
			   const struct ranges *r, struct err *e)
{
	struct digest_sum *sums = xcalloc(r->n, sizeof *sums);
	size_t n;
	const char **names = column_names(job, t, &n);
	struct buf where = BUF_INIT;
	int status = 0;

	for (size_t i = 0; i < r->n && status == 0; i++) {
		struct source s;

		buf_reset(&where);
		if (job->where)
			buf_addf(&where, "(%s\n) AND ", job->where);
		buf_addf(&where, "(%s\n)", r->v[i]);
		status = source_open_table(&s, job, db, t, buf_cstr(&where), e);
		if (status == 0)
			status = rows_sum(job, &s, &sums[i], e);
		source_close(&s);
	}
	if (status == 0)
		status = write_ranges(job, r, names, n, sums, e);
	free(sums);
	free(names);
	buf_free(&where);
	return status;
}

static int read_table(struct job *job, struct db *db, const struct table *t,
		      const char *const *key, struct err *e)
{
	struct source s;
	int status = source_open_table(&s, job, db, t, job->where, e);

	if (status == 0)
		status = job->by_key ? rows_by_key(job, &s, key, e) : rows_digest(job, &s, key, e);
	source_close(&s);
	return status;
}

static int digest_table(struct job *job, struct db *db, const struct table *t,
			const struct ranges *r, const char *const *key, struct err *e)
{
	struct digest_query q = {
		.table = t, .columns = (const char *const *)job->columns, .where = job->where,
		.algorithm = job->algorithm, .canonical = job->canonical, .key = key,
		.buckets = job->buckets, .range = (const char *const *)r->v, .nranges = r->n,
	};

	if (job->emit_sql)
		return emit(job, db, &q, e);
	if (job->in_database)
		return job->by_key ? by_key_in_database(job, db, &q, e)
				   : sums_in_database(job, db, &q, r, e);
	return job->range ? read_each_range(job, db, t, r, e) : read_table(job, db, t, key, e);
}

int table_digest(struct job *job, struct db *db, const char *name, struct err *e)
{
	struct table *t = db_table(db, name, false, e);
	struct md *md = md_open(job->algorithm, e);
	const char **key = NULL;
	struct ranges r = {0};
	int status = t && md ? 0 : -1;

	if (status == 0 && (job->buckets || job->by_key) && !(key = key_names(job, t, e)))
		status = -1;
	if (status == 0 && job->range)
		status = read_ranges(job, &r, e);
	if (status == 0) {
		manifest_begin(&job->out, md_name(md), md_size(md) / 8);
		status = digest_table(job, db, t, &r, key, e);
	}
	free_ranges(&r);
	free(key);
	md_free(md);
	table_free(t);
	return status;
}
