/*
 * Digests of ranges of the key's first column, a whole number. Ranges that differ are split until
 * they are small; one value of the column with many rows is compared by buckets.
 */
#include "in_database.h"

#include <stdlib.h>
#include <string.h>

#include "value.h"

#define FIRST_ROWS 4096  /* in a range of the first round */
#define FIRST_MAX 4096   /* ranges of the first round */
#define SPLITS 32        /* of a range that differs */

/* Holds signed and unsigned 64-bit keys, and differences of them. */
#define wide __int128

struct range {
	wide low, high; /* inclusive */
	uint64_t rows;  /* of the side that has more */
};

struct ranges {
	struct digests *d;
	struct comparison *c;
	const char *column;
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

static void add_small(struct ranges *r, struct range range)
{
	r->small = xrealloc(r->small, (r->n + 1) * sizeof *r->small);
	r->small[r->n++] = range;
}

/* Digests a range in n intervals of one width. */
static int digest_range(struct ranges *r, struct range of, wide width, size_t n,
			struct digest_sum *const sum[2], struct err *e)
{
	char *low = wide_text(of.low), *high = wide_text(of.high), *step = wide_text(width);
	int status;

	for (int side = 0; side < 2; side++) {
		struct digest_query *q = &r->d->query[side];

		q->where = r->c->o->where;
		q->buckets = 0;
		q->split = r->column;
		q->split_low = low;
		q->split_high = high;
		q->split_width = step;
		q->splits = n;
	}
	status = digests_take(r->d, sum, e);
	free(low);
	free(high);
	free(step);
	return status;
}

static int compare_range(struct ranges *r, struct range of, size_t n, struct err *e);

/* Compares the n parts of a range by their digests. */
static int compare_parts(struct ranges *r, struct range of, wide width, size_t n,
			 struct digest_sum *const sum[2], struct err *e)
{
	size_t differing = 0;

	for (size_t i = 0; i < n; i++)
		differing += !digest_sum_equal(&sum[0][i], &sum[1][i]);
	for (size_t i = 0; i < n; i++) {
		const struct digest_sum *a = &sum[0][i], *b = &sum[1][i];
		struct range part = {of.low + width * (wide)i, of.low + width * (wide)(i + 1) - 1,
				     a->rows > b->rows ? a->rows : b->rows};

		part.high = part.high < of.high ? part.high : of.high;
		digests_count_bytes(r->d, a, b);
		if (digest_sum_equal(a, b))
			digests_count_equal(r->d, a);
		/* Few rows; or so many ranges differ that to split them is in vain. */
		else if (part.rows <= FEW_ROWS || part.low == part.high ||
			 (n >= SPLITS && differing > n / 2))
			add_small(r, part);
		else if (compare_range(r, part, SPLITS, e) < 0)
			return -1;
	}
	return 0;
}

static int compare_range(struct ranges *r, struct range of, size_t n, struct err *e)
{
	wide width = (of.high - of.low) / (wide)n + 1;
	struct digest_sum *sum[2] = {xcalloc(n, sizeof **sum), xcalloc(n, sizeof **sum)};
	int status = digest_range(r, of, width, n, sum, e);

	if (status == 0)
		status = compare_parts(r, of, width, n, sum, e);
	free(sum[0]);
	free(sum[1]);
	return status;
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
					    wide_of(result_get(&res, 0, 1)), 0};

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

/* Whether one value has so many rows that they are worth another look inside the databases. */
static bool is_large(const struct range *range)
{
	return range->low == range->high && range->rows > FEW_ROWS;
}

/* How many ranges from `at` on go into a statement. */
static size_t together(const struct ranges *r, size_t at)
{
	size_t n = 1;

	while (!is_large(&r->small[at]) && at + n < r->n && n < SPLITS &&
	       !is_large(&r->small[at + n]))
		n++;
	return n;
}

/* Fetches and merges the rows of n ranges. */
static int fetch_ranges(struct ranges *r, size_t at, size_t n, struct err *e)
{
	struct buf sql[2] = {BUF_INIT, BUF_INIT};
	const char *where[2];
	int status;

	for (int side = 0; side < 2; side++) {
		digests_add_where(r->d, &sql[side]);
		for (size_t i = 0; i < n; i++) {
			buf_adds(&sql[side], i ? " OR (" : "((");
			add_range(r, side, &sql[side], r->small[at + i]);
			buf_addc(&sql[side], ')');
		}
		buf_addc(&sql[side], ')');
		where[side] = buf_cstr(&sql[side]);
	}
	if (is_large(&r->small[at]))
		status = compare_buckets(r->d, where, r->small[at].rows, e);
	else
		status = comparison_merge(r->c, where, &r->c->report, e);
	buf_free(&sql[0]);
	buf_free(&sql[1]);
	return status;
}

static bool may_be_null(const struct ranges *r)
{
	for (int side = 0; side < 2; side++)
		if (!table_column(r->c->in[side].table, r->column, strlen(r->column))->not_null)
			return true;
	return false;
}

/* Rows without a key are in no range. */
static int compare_nulls(struct ranges *r, struct err *e)
{
	struct buf sql[2] = {BUF_INIT, BUF_INIT};
	const char *where[2];
	int status;

	for (int side = 0; side < 2; side++) {
		digests_add_where(r->d, &sql[side]);
		db_add_ident(r->c->in[side].db, &sql[side], r->column);
		buf_adds(&sql[side], " IS NULL");
		where[side] = buf_cstr(&sql[side]);
	}
	status = compare_buckets(r->d, where, 0, e);
	buf_free(&sql[0]);
	buf_free(&sql[1]);
	return status;
}

static int compare_all(struct ranges *r, struct err *e)
{
	struct range all = {0, 0, 0};
	bool any;

	if ((may_be_null(r) && compare_nulls(r, e) < 0) || find_limits(r, &all, &any, e) < 0)
		return -1;
	if (any && compare_range(r, all, first_ranges(r, &all), e) < 0)
		return -1;
	for (size_t at = 0, n; at < r->n && !report_full(&r->c->report); at += n) {
		n = together(r, at);
		if (fetch_ranges(r, at, n, e) < 0)
			return -1;
	}
	return 0;
}

int compare_ranges(struct digests *d, struct err *e)
{
	struct ranges r = {.d = d, .c = d->c, .column = d->c->shape.name[0]};
	int status = compare_all(&r, e);

	free(r.small);
	return status;
}
