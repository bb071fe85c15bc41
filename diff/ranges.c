/*
 * --in-database: digests of ranges of the key, computed by the servers. Ranges that differ
 * are split until they are small; only their rows are fetched and merged. The ranges go by the
 * first column of the key, which must be a whole number.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "modes.h"
#include "rows.h"
#include "value.h"

#define FIRST_ROWS 32768 /* in a range of the first round */
#define FIRST_MAX 1024   /* ranges of the first round */
#define SPLITS 32        /* of a range that differs */
#define FEW_ROWS 512     /* that are fetched rather than split */
#define SUM_BYTES 100    /* that the digest of a range takes on its way here */

/* Holds signed and unsigned 64-bit keys, and differences of them. */
#define wide __int128

struct range {
	wide low, high; /* inclusive */
};

struct ranges {
	struct comparison *c;
	const char *column;
	struct digest_query query[2];
	struct digest_sum *sum[2];
	struct range *small; /* that differ and are to be fetched; in order */
	size_t n;
};

static char *wide_text(wide v)
{
	bool negative = v < 0;
	unsigned __int128 u = negative ? -(unsigned __int128)v : (unsigned __int128)v;
	char text[48], *p = text + sizeof text;

	*--p = '\0';
	do
		*--p = (char)('0' + (int)(u % 10));
	while (u /= 10);
	if (negative)
		*--p = '-';
	return xstrdup(p);
}

static wide wide_of(const char *text)
{
	bool negative = *text == '-';
	wide v = 0;

	for (text += negative; *text >= '0' && *text <= '9'; text++)
		v = v * 10 + (*text - '0');
	return negative ? -v : v;
}

/* ---- What can be compared so ---- */

static bool is_whole_number(const struct coltype *t)
{
	if (t->lt == LT_DECIMAL)
		return t->scale == 0 && t->precision > 0 && t->precision <= 20;
	return t->lt == LT_INT || t->lt == LT_YEAR;
}

static const struct column *key_column(const struct comparison *c, int side)
{
	return table_column(c->in[side].table, c->shape.name[0], strlen(c->shape.name[0]));
}

static int check(const struct comparison *c, struct err *e)
{
	if (!c->in[0].table || !c->in[1].table)
		return err_set(e, EXIT_BAD, "--in-database needs two tables");
	for (int side = 0; side < 2; side++) {
		const struct column *k = key_column(c, side);

		if (!c->shape.whole && is_whole_number(&k->type))
			continue;
		err_set(e, EXIT_BAD, "%s: --in-database needs a key whose first column is a whole "
			"number%s%s", c->in[side].name, c->shape.whole ? "" : ", unlike ",
			c->shape.whole ? "" : k->name);
		return err_hint(e, "name another key with --key, or do without --in-database");
	}
	return 0;
}

/* Where a decimal may be written with another scale on the other side, the digest takes
 * decimals without trailing zeros, which costs the servers time. */
static bool need_canonical(const struct comparison *c)
{
	for (size_t i = 0; i < c->shape.n; i++) {
		const char *name = c->shape.name[i];
		const struct coltype *a = &table_column(c->in[0].table, name, strlen(name))->type;
		const struct coltype *b = &table_column(c->in[1].table, name, strlen(name))->type;

		if (c->shape.canon[0][i] == CANON_DECIMAL &&
		    (a->lt != b->lt || a->scale < 0 || a->scale != b->scale))
			return true;
	}
	return false;
}

static void plan(struct ranges *r, struct comparison *c)
{
	*r = (struct ranges){.c = c, .column = c->shape.name[0]};
	for (int side = 0; side < 2; side++) {
		r->query[side] = (struct digest_query){
			.table = c->in[side].table, .columns = c->shape.name,
			.canonical = need_canonical(c), .split = r->column,
		};
		r->sum[side] = xcalloc(FIRST_MAX, sizeof *r->sum[side]);
	}
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

static int digest_both(struct ranges *r, struct err *e)
{
	struct job job[2];
	pthread_t thread;
	int failed;

	for (int side = 0; side < 2; side++)
		job[side] = (struct job){.db = r->c->in[side].db, .query = &r->query[side],
					 .sum = r->sum[side], .e = ERR_INIT};
	failed = pthread_create(&thread, NULL, run_job, &job[1]);
	run_job(&job[0]);
	if (failed)
		run_job(&job[1]);
	else
		pthread_join(thread, NULL);
	for (int side = 0; side < 2; side++) {
		if (job[side].status == 0)
			continue;
		err_set(e, job[side].e.status, "%s: %s", r->c->in[side].name, job[side].e.msg);
		if (job[side].e.hint)
			err_hint(e, "%s", job[side].e.hint);
	}
	err_clear(&job[0].e);
	err_clear(&job[1].e);
	return e->msg ? -1 : 0;
}

/* Adds the predicate of a range. */
static void add_range(struct ranges *r, int side, struct buf *b, struct range of)
{
	char *low = wide_text(of.low), *high = wide_text(of.high);
	struct buf id = BUF_INIT;

	db_add_ident(r->c->in[side].db, &id, r->column);
	buf_addf(b, "%s >= %s AND %s <= %s", buf_cstr(&id), low, buf_cstr(&id), high);
	buf_free(&id);
	free(low);
	free(high);
}

static void add_where(const struct ranges *r, struct buf *b)
{
	if (r->c->o->where)
		buf_addf(b, "(%s\n) AND ", r->c->o->where);
}

static void add_small(struct ranges *r, struct range range)
{
	r->small = xrealloc(r->small, (r->n + 1) * sizeof *r->small);
	r->small[r->n++] = range;
}

/* Digests a range in n intervals of one width, and counts what is equal. */
static int digest_range(struct ranges *r, struct range of, wide width, size_t n, struct err *e)
{
	char *low = wide_text(of.low), *step = wide_text(width);
	struct buf where[2] = {BUF_INIT, BUF_INIT};
	int status;

	for (int side = 0; side < 2; side++) {
		add_where(r, &where[side]);
		add_range(r, side, &where[side], of);
		r->query[side].where = buf_cstr(&where[side]);
		r->query[side].split_low = low;
		r->query[side].split_width = step;
		r->query[side].splits = n;
	}
	status = digest_both(r, e);
	buf_free(&where[0]);
	buf_free(&where[1]);
	free(low);
	free(step);
	return status;
}

static int compare_range(struct ranges *r, struct range of, size_t n, struct err *e)
{
	struct tally *t = &r->c->report.tally;
	wide width = (of.high - of.low) / (wide)n + 1;
	struct digest_sum *sum[2];
	size_t differing = 0;

	if (digest_range(r, of, width, n, e) < 0)
		return -1;
	/* A copy, since ranges within this one are digested meanwhile. */
	for (int side = 0; side < 2; side++) {
		sum[side] = xcalloc(n, sizeof *sum[side]);
		memcpy(sum[side], r->sum[side], n * sizeof *sum[side]);
	}
	for (size_t i = 0; i < n; i++)
		differing += !digest_sum_equal(&sum[0][i], &sum[1][i]);
	for (size_t i = 0; i < n; i++) {
		const struct digest_sum *a = &sum[0][i], *b = &sum[1][i];
		struct range part = {of.low + width * (wide)i, of.low + width * (wide)(i + 1) - 1};

		part.high = part.high < of.high ? part.high : of.high;
		t->bytes += ((a->rows > 0) + (b->rows > 0)) * SUM_BYTES;
		if (digest_sum_equal(a, b)) {
			t->equal += a->rows;
			t->rows[0] += a->rows;
			t->rows[1] += b->rows;
		} else if ((a->rows > b->rows ? a->rows : b->rows) <= FEW_ROWS ||
			   part.low == part.high || (n >= SPLITS && differing > n / 2)) {
			/* Few rows; or so many ranges differ that to split them is in vain. */
			add_small(r, part);
		} else if (compare_range(r, part, SPLITS, e) < 0) {
			break;
		}
	}
	free(sum[0]);
	free(sum[1]);
	return e->msg ? -1 : 0;
}

/* ---- All of the table ---- */

/* The smallest and the largest key of both sides; *any is false without rows. */
static int find_limits(struct ranges *r, struct range *all, bool *any, struct err *e)
{
	*any = false;
	for (int side = 0; side < 2; side++) {
		struct db *db = r->c->in[side].db;
		struct buf sql = BUF_INIT, id = BUF_INIT;
		struct result res = {0};
		int status;

		db_add_ident(db, &id, r->column);
		buf_addf(&sql, "SELECT min(%s), max(%s) FROM ", buf_cstr(&id), buf_cstr(&id));
		db_add_table(db, &sql, r->c->in[side].table);
		status = db_query(db, buf_cstr(&sql), &res, e);
		if (status == 0 && result_get(&res, 0, 0)) {
			struct range own = {wide_of(result_get(&res, 0, 0)),
					    wide_of(result_get(&res, 0, 1))};

			all->low = *any && all->low < own.low ? all->low : own.low;
			all->high = *any && all->high > own.high ? all->high : own.high;
			*any = true;
		}
		result_free(&res);
		buf_free(&sql);
		buf_free(&id);
		if (status < 0)
			return err_prefix(e, "%s", r->c->in[side].name);
	}
	return 0;
}

static size_t first_ranges(const struct ranges *r, const struct range *all)
{
	uint64_t rows = r->c->in[0].table->estimated_rows, n;

	if (rows < r->c->in[1].table->estimated_rows)
		rows = r->c->in[1].table->estimated_rows;
	n = rows / FIRST_ROWS + 1;
	n = n > FIRST_MAX ? FIRST_MAX : n < SPLITS ? SPLITS : n;
	return all->high - all->low < (wide)n ? (size_t)(all->high - all->low) + 1 : (size_t)n;
}

/* Fetches and merges the rows of the ranges from `at` on, as many as go into a statement. */
static int fetch_ranges(struct ranges *r, size_t at, size_t n, struct err *e)
{
	struct buf sql[2] = {BUF_INIT, BUF_INIT};
	const char *where[2];
	int status;

	for (int side = 0; side < 2; side++) {
		add_where(r, &sql[side]);
		for (size_t i = 0; i < n; i++) {
			buf_adds(&sql[side], i ? " OR (" : "((");
			add_range(r, side, &sql[side], r->small[at + i]);
			buf_addc(&sql[side], ')');
		}
		buf_addc(&sql[side], ')');
		where[side] = buf_cstr(&sql[side]);
	}
	status = comparison_merge(r->c, where, &r->c->report, e);
	buf_free(&sql[0]);
	buf_free(&sql[1]);
	return status;
}

/* Rows without a key are in no range. */
static int fetch_nulls(struct ranges *r, struct err *e)
{
	struct buf sql[2] = {BUF_INIT, BUF_INIT};
	const char *where[2];
	int status;

	if (key_column(r->c, 0)->not_null && key_column(r->c, 1)->not_null)
		return 0;
	for (int side = 0; side < 2; side++) {
		add_where(r, &sql[side]);
		db_add_ident(r->c->in[side].db, &sql[side], r->column);
		buf_adds(&sql[side], " IS NULL");
		where[side] = buf_cstr(&sql[side]);
	}
	status = comparison_merge(r->c, where, &r->c->report, e);
	buf_free(&sql[0]);
	buf_free(&sql[1]);
	return status;
}

static int compare_all(struct ranges *r, struct err *e)
{
	struct range all = {0, 0};
	bool any;

	if (fetch_nulls(r, e) < 0 || find_limits(r, &all, &any, e) < 0)
		return -1;
	if (any && compare_range(r, all, first_ranges(r, &all), e) < 0)
		return -1;
	for (size_t at = 0; at < r->n && !report_full(&r->c->report); at += SPLITS)
		if (fetch_ranges(r, at, r->n - at < SPLITS ? r->n - at : SPLITS, e) < 0)
			return -1;
	return 0;
}

int compare_in_database(struct comparison *c, struct err *e)
{
	struct ranges r;
	int status = check(c, e);

	if (status < 0)
		return -1;
	plan(&r, c);
	status = compare_all(&r, e);
	free(r.sum[0]);
	free(r.sum[1]);
	free(r.small);
	return status;
}
