#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job.h"

/* ---- Keys ---- */

/* Finds the key's columns among those of the source. */
static size_t *find_key(const struct source *s, const char *const *key, size_t *n, struct err *e)
{
	size_t *at;

	for (*n = 0; key[*n]; ++*n)
		continue;
	at = xcalloc(*n + 1, sizeof *at);
	for (size_t i = 0; i < *n; i++) {
		size_t k = 0;

		while (k < s->n && strcmp(s->column[k], key[i]))
			k++;
		at[i] = k;
		if (k < s->n)
			continue;
		err_set(e, EXIT_BAD, "the rows of %s have no key column %s", s->where, key[i]);
		free(at);
		return NULL;
	}
	return at;
}

static char *join(const char *const *names)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; names[i]; i++)
		buf_addf(&b, "%s%s", i ? "," : "", names[i]);
	return buf_detach(&b);
}

/* ---- Sums ---- */

/* Counts rows until the source or, unless it is 0, `most` of them end: 1 if there may be more. */
static int count(struct job *job, struct source *s, struct digest *d, uint64_t most,
		 uint64_t *before, struct digest_sum *sum, struct err *e)
{
	struct row row;
	int got = 1;

	while ((!most || sum->rows < most) && (got = source_next(s, &row, e)) > 0) {
		digest_sum_row(sum, d, digest_row(d, &row));
		progress_rows(&job->progress, *before + sum->rows, *before + sum->rows);
	}
	*before += sum->rows;
	return got;
}

static int whole(struct job *job, struct source *s, struct digest *d, struct err *e)
{
	struct digest_sum sum = {0};
	uint64_t before = 0;

	if (count(job, s, d, 0, &before, &sum, e) < 0)
		return -1;
	progress_clear(&job->progress);
	return manifest_line(&job->out, s->name, &sum, e);
}

/* A part for every so many rows in their order. */
static int every(struct job *job, struct source *s, struct digest *d, struct err *e)
{
	uint64_t done = 0;
	int got = 1;
	char *parts = xasprintf("every %llu rows", (unsigned long long)job->every);

	if (manifest_header(&job->out, parts, s->column, s->n, e) < 0)
		got = -1;
	free(parts);
	while (got > 0) {
		struct digest_sum sum = {0};
		uint64_t first = done + 1;
		char *name;

		got = count(job, s, d, job->every, &done, &sum, e);
		if (got < 0 || !sum.rows)
			break;
		name = xasprintf("rows %llu to %llu", (unsigned long long)first,
				 (unsigned long long)done);
		if (manifest_line(&job->out, name, &sum, e) < 0)
			got = -1;
		free(name);
	}
	progress_clear(&job->progress);
	return got < 0 ? -1 : manifest_end(&job->out, e);
}

int rows_buckets(struct job *job, const char *const *key, const char *const *columns, size_t n,
		 const struct digest_sum *sums, struct err *e)
{
	char *keys = join(key);
	char *parts = xasprintf("buckets %llu of %s", (unsigned long long)job->buckets, keys);
	int status = manifest_header(&job->out, parts, columns, n, e);

	for (uint64_t i = 0; i < job->buckets && status == 0; i++) {
		char *name = xasprintf("bucket %llu", (unsigned long long)i);

		status = manifest_line(&job->out, name, &sums[i], e);
		free(name);
	}
	free(keys);
	free(parts);
	return status < 0 ? -1 : manifest_end(&job->out, e);
}

static int buckets(struct job *job, struct source *s, struct digest *d, const char *const *key,
		   struct err *e)
{
	struct digest_sum *sums;
	size_t nkey = 0, *at = NULL;
	uint64_t rows = 0;
	struct row row;
	int got = 0;

	if (s->n && !(at = find_key(s, key, &nkey, e)))
		return -1;
	sums = xcalloc(job->buckets, sizeof *sums);
	while (s->n && (got = source_next(s, &row, e)) > 0) {
		uint64_t bucket = digest_bucket(d, &row, at, nkey, job->buckets);

		digest_sum_row(&sums[bucket], d, digest_row(d, &row));
		rows++;
		progress_rows(&job->progress, rows, rows);
	}
	progress_clear(&job->progress);
	if (got == 0)
		got = rows_buckets(job, key, s->column, s->n, sums, e);
	free(sums);
	free(at);
	return got;
}

/* An NDJSON stream without rows has no columns, but may be cut off all the same. */
static int read_empty(struct source *s, struct err *e)
{
	struct row row;

	return s->n ? 0 : source_next(s, &row, e);
}

int rows_digest(struct job *job, struct source *s, const char *const *key, struct err *e)
{
	struct digest *d = digest_open(job->algorithm, s->column, s->n, e);
	int status;

	if (!d || read_empty(s, e) < 0) {
		digest_free(d);
		return -1;
	}
	manifest_begin(&job->out, digest_algorithm(d), digest_lanes(d));
	progress_start(&job->progress, s->name, s->total);
	if (job->buckets)
		status = buckets(job, s, d, key, e);
	else if (job->every)
		status = every(job, s, d, e);
	else
		status = whole(job, s, d, e);
	progress_clear(&job->progress);
	digest_free(d);
	return status;
}

int rows_sum(struct job *job, struct source *s, struct digest_sum *sum, struct err *e)
{
	struct digest *d = digest_open(job->algorithm, s->column, s->n, e);
	uint64_t before = 0;
	int status;

	if (!d)
		return -1;
	progress_start(&job->progress, s->name, s->total);
	status = count(job, s, d, 0, &before, sum, e);
	progress_clear(&job->progress);
	digest_free(d);
	return status;
}

/* ---- Key and digest of each row ---- */

/* Starts a stream of the key's columns and the digest. */
static int open_writer(struct job *job, struct writer *w, const struct source *s,
		       const char *const *key, const size_t *at, size_t nkey, struct err *e)
{
	const char **names = xcalloc(nkey + 2, sizeof *names);
	enum json_kind *kinds = xcalloc(nkey + 2, sizeof *kinds);
	int status = 0;

	for (size_t i = 0; i < nkey; i++) {
		names[i] = key[i];
		kinds[i] = s->type ? type_json_kind(&s->type[at[i]]) : JSON_STRING;
		if (!strcmp(names[i], "digest"))
			status = err_set(e, EXIT_BAD, "the key has a column digest, the name that a "
					 "row's digest has here");
	}
	names[nkey] = "digest";
	kinds[nkey] = JSON_STRING;
	if (status == 0)
		status = writer_open(w, job->out.out, job->out.format == MANIFEST_NDJSON
				     ? STREAM_NDJSON : STREAM_CSV, nkey + 1, names, kinds, e);
	free(names);
	free(kinds);
	return status;
}

static struct field hex(struct buf *b, const unsigned char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *to;

	buf_reset(b);
	to = buf_room(b, 2 * n);
	for (size_t i = 0; i < n; i++) {
		to[2 * i] = digits[p[i] >> 4];
		to[2 * i + 1] = digits[p[i] & 15];
	}
	b->n = 2 * n;
	return (struct field){b->p, b->n};
}

/* d NULL: the database computed the digest, which is the column behind the key. */
static int write_rows(struct job *job, struct source *s, struct digest *d, const size_t *at,
		      size_t nkey, struct writer *w, struct err *e)
{
	struct field *f = xcalloc(nkey + 1, sizeof *f);
	struct row row, keyed = {f, nkey + 1};
	struct buf text = BUF_INIT;
	int got;

	while ((got = source_next(s, &row, e)) > 0) {
		f[nkey] = d ? hex(&text, digest_row(d, &row), digest_size(d)) : row.f[nkey];
		for (size_t i = 0; i < nkey; i++)
			f[i] = row.f[at[i]];
		if (writer_row(w, &keyed, e) < 0) {
			got = -1;
			break;
		}
		progress_rows(&job->progress, w->rows, w->rows);
	}
	free(f);
	buf_free(&text);
	return got;
}

int rows_by_key(struct job *job, struct source *s, const char *const *key, struct err *e)
{
	struct digest *d = NULL;
	size_t nkey, *at = s->n ? find_key(s, key, &nkey, e) : NULL;
	struct writer w;
	int status;

	if (s->n && !at)
		return -1;
	if (!s->n)
		return err_set(e, EXIT_BAD, "%s has no columns, and so no key", s->where);
	if (!job->in_database && !(d = digest_open(job->algorithm, s->column, s->n, e))) {
		free(at);
		return -1;
	}
	progress_start(&job->progress, s->name, s->total);
	status = open_writer(job, &w, s, key, at, nkey, e);
	if (status == 0)
		status = write_rows(job, s, d, at, nkey, &w, e);
	progress_clear(&job->progress);
	if (status == 0)
		status = writer_end(&w, false, e);
	free(at);
	digest_free(d);
	return status;
}
