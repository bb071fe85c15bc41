/*
 * --in-database: digests of groups of rows, computed by the servers. Only the rows of groups that
 * differ are fetched and merged. The groups are ranges of the key where its first column is
 * a whole number, so that indexes serve them; else they are buckets of a hash of the key, which
 * need neither an order nor an index.
 */
#include "in_database.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- What is digested ---- */

static const struct column *column(const struct comparison *c, int side, size_t i)
{
	const char *name = c->shape.name[i];

	return table_column(c->in[side].table, name, strlen(name));
}

/*
 * The form in which SQL has to make a column's text. JSON and floats of two widths, for which it
 * has none, stay as they are: where the texts differ, the rows are fetched. Decimals of
 * one scale need none, which saves the servers time.
 */
static enum canon sql_form(const struct comparison *c, int side, size_t i)
{
	const struct coltype *a = &column(c, 0, i)->type, *b = &column(c, 1, i)->type;
	enum canon form = c->shape.canon[side][i];

	if (form == CANON_JSON || form == CANON_FLOAT64)
		return CANON_NONE;
	if (form == CANON_DECIMAL && a->lt == b->lt && a->scale >= 0 && a->scale == b->scale)
		return CANON_NONE;
	return form;
}

static bool is_plain(const struct coltype *t)
{
	switch (t->lt) {
	case LT_INT:
	case LT_YEAR:
	case LT_DECIMAL:
	case LT_FLOAT:
	case LT_BOOL:
	case LT_DATE:
	case LT_TIME:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
	case LT_DURATION:
	case LT_INTERVAL:
	case LT_UUID:
		return true;
	default:
		return false;
	}
}

static bool is_text(const struct column *c)
{
	enum logical lt = c->type.lt;

	return lt == LT_TEXT || lt == LT_ENUM || lt == LT_SET || lt == LT_JSON;
}

static bool same_charset(const struct column *a, const struct column *b)
{
	return a->charset && b->charset ? !strcmp(a->charset, b->charset)
					: a->charset == b->charset;
}

static bool one_engine(const struct comparison *c)
{
	return db_engine(c->in[0].db) == db_engine(c->in[1].db);
}

static struct digest_how how(const struct comparison *c, int side, size_t i)
{
	const struct column *a = column(c, 0, i), *b = column(c, 1, i);

	return (struct digest_how){
		.form = sql_form(c, side, i),
		.plain = is_plain(&a->type) && is_plain(&b->type),
		.own = one_engine(c) && !strcmp(a->native, b->native) && same_charset(a, b),
		.utf8 = is_text(a) && is_text(b) && column_is_utf8(a) && column_is_utf8(b),
	};
}

/* Whether equal values have equal texts on both sides. */
static bool is_exact(const struct comparison *c, size_t i)
{
	enum canon form = c->shape.canon[0][i];

	return form != CANON_JSON && form != CANON_FLOAT64;
}

/* The columns that choose the bucket: those of the key whose texts are the same on both
 * sides; equal rows in different buckets would all be fetched. */
static const char **bucket_key(const struct comparison *c)
{
	const char **key = xcalloc(c->shape.nkey + 1, sizeof *key);
	size_t n = 0;

	for (size_t i = 0; i < c->shape.nkey; i++)
		if (is_exact(c, i))
			key[n++] = c->shape.name[i];
	for (size_t i = 0; n == 0 && i < c->shape.nkey; i++)
		key[i] = c->shape.name[i];
	return key;
}

/* Whether the columns tell all rows of that side apart. */
static bool is_unique(const struct comparison *c, int side)
{
	const struct key *k = table_primary(c->in[side].table);
	size_t found = 0;

	for (size_t i = 0; k && i < k->nparts; i++)
		for (size_t j = 0; j < c->shape.n; j++)
			found += !strcmp(c->shape.name[j], k->part[i].column);
	return k && found == k->nparts;
}

static void digests_open(struct digests *d, struct comparison *c)
{
	*d = (struct digests){.c = c, .key = bucket_key(c)};
	for (int side = 0; side < 2; side++) {
		d->how[side] = xcalloc(c->shape.n, sizeof *d->how[side]);
		for (size_t i = 0; i < c->shape.n; i++)
			d->how[side][i] = how(c, side, i);
		d->query[side] = (struct digest_query){
			.table = c->in[side].table, .columns = c->shape.name,
			.how = d->how[side], .key = d->key, .brief = true,
			.native = one_engine(c), .unique = is_unique(c, 0) && is_unique(c, 1)};
	}
}

static void digests_free(struct digests *d)
{
	free(d->how[0]);
	free(d->how[1]);
	free(d->key);
}

void digests_add_where(const struct digests *d, struct buf *b)
{
	if (d->c->o->where)
		buf_addf(b, "(%s\n) AND ", d->c->o->where);
}

/* ---- Digests of both sides at once ---- */

struct job {
	struct db *db;
	const struct digest_query *query;
	struct digest_sum *sum;
	struct err e;
	int status;
};

static void *run_job(void *arg)
{
	struct job *j = arg;

	j->status = db_digest(j->db, j->query, j->sum, &j->e);
	return NULL;
}

int digests_take(struct digests *d, struct digest_sum *const sum[2], struct err *e)
{
	struct job job[2];
	pthread_t thread;
	int failed;

	for (int side = 0; side < 2; side++)
		job[side] = (struct job){.db = d->c->in[side].db, .query = &d->query[side],
					 .sum = sum[side], .e = ERR_INIT};
	failed = pthread_create(&thread, NULL, run_job, &job[1]);
	run_job(&job[0]);
	if (failed)
		run_job(&job[1]);
	else
		pthread_join(thread, NULL);
	for (int side = 0; side < 2; side++) {
		if (job[side].status == 0)
			continue;
		err_set(e, job[side].e.status, "%s: %s", d->c->in[side].name, job[side].e.msg);
		if (job[side].e.hint)
			err_hint(e, "%s", job[side].e.hint);
	}
	err_clear(&job[0].e);
	err_clear(&job[1].e);
	return e->msg ? -1 : 0;
}

void digests_count_bytes(struct digests *d, const struct digest_sum *a,
			 const struct digest_sum *b)
{
	d->c->report.tally.bytes += ((a->rows > 0) + (b->rows > 0)) * DIGEST_BYTES;
}

void digests_count_equal(struct digests *d, const struct digest_sum *a)
{
	struct tally *t = &d->c->report.tally;

	t->equal += a->rows;
	t->rows[0] += a->rows;
	t->rows[1] += a->rows;
}

/* ---- All of the table ---- */

static bool is_whole_number(const struct coltype *t)
{
	if (t->lt == LT_DECIMAL)
		return t->scale == 0 && t->precision > 0 && t->precision <= 20;
	return t->lt == LT_INT || t->lt == LT_YEAR;
}

static bool has_ranges(const struct comparison *c)
{
	return !c->shape.whole && is_whole_number(&column(c, 0, 0)->type) &&
	       is_whole_number(&column(c, 1, 0)->type);
}

int compare_in_database(struct comparison *c, struct err *e)
{
	const char *where[2] = {c->o->where, c->o->where};
	uint64_t rows[2];
	struct digests d;
	int status;

	if (!c->in[0].table || !c->in[1].table)
		return err_set(e, EXIT_BAD, "--in-database needs two tables");
	digests_open(&d, c);
	for (int side = 0; side < 2; side++)
		rows[side] = c->in[side].table->estimated_rows;
	if (has_ranges(c))
		status = compare_ranges(&d, e);
	else
		status = compare_buckets(&d, where, rows[0] > rows[1] ? rows[0] : rows[1], e);
	digests_free(&d);
	return status;
}
