/*
 * Digests of buckets: the servers put each row into one of many by a hash of its key, the same
 * on both sides, in one scan; a second one finds the rows of those that differ.
 */
#include "in_database.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 32

/* So many that a bucket has a few rows; a power of two, which is the cheapest to compute. */
static uint64_t bucket_count(uint64_t rows)
{
	uint64_t n = FIRST_BUCKETS;

	while (n < DIGEST_MAX_BUCKETS && n * FEW_ROWS < rows)
		n *= 2;
	return n;
}

struct buckets {
	uint64_t n;
	struct digest_sum *sum[2];
	uint64_t *differing; /* the buckets' numbers */
	size_t ndiffering;
	uint64_t rows;       /* of the side that has more */
};

static void buckets_free(struct buckets *k)
{
	free(k->sum[0]);
	free(k->sum[1]);
	free(k->differing);
}

static void find_differing(struct buckets *k)
{
	uint64_t rows[2] = {0, 0};

	for (uint64_t i = 0; i < k->n; i++) {
		rows[0] += k->sum[0][i].rows;
		rows[1] += k->sum[1][i].rows;
		if (!digest_sum_equal(&k->sum[0][i], &k->sum[1][i]))
			k->differing[k->ndiffering++] = i;
	}
	k->rows = rows[0] > rows[1] ? rows[0] : rows[1];
}

/* Digests all rows in n buckets. */
static int take(struct digests *d, struct buckets *k, const char *const where[2], uint64_t n,
		struct err *e)
{
	*k = (struct buckets){.n = n, .differing = xcalloc(n, sizeof *k->differing)};
	for (int side = 0; side < 2; side++) {
		k->sum[side] = xcalloc(n, sizeof *k->sum[side]);
		d->query[side].where = where[side];
		d->query[side].splits = 0;
		d->query[side].split = NULL;
		d->query[side].buckets = n;
	}
	if (digests_take(d, k->sum, e) < 0)
		return -1;
	for (uint64_t i = 0; i < n; i++)
		digests_count_bytes(d, &k->sum[0][i], &k->sum[1][i]);
	find_differing(k);
	return 0;
}

/* Fetches and merges the rows of the buckets that differ. */
static int fetch(struct digests *d, struct buckets *k, const char *const where[2], struct err *e)
{
	struct buf sql[2] = {BUF_INIT, BUF_INIT};
	const char *found[2];
	int status = 0;

	for (int side = 0; side < 2 && status == 0; side++) {
		if (where[side])
			buf_addf(&sql[side], "(%s\n) AND ", where[side]);
		status = db_add_in_buckets(d->c->in[side].db, &d->query[side], k->differing,
					   k->ndiffering, &sql[side], e);
		found[side] = buf_cstr(&sql[side]);
	}
	if (status == 0)
		status = comparison_merge(d->c, found, &d->c->report, e);
	buf_free(&sql[0]);
	buf_free(&sql[1]);
	return status;
}

static int compare(struct digests *d, struct buckets *k, const char *const where[2],
		   struct err *e)
{
	/* So many buckets differ that to choose their rows is in vain. */
	if (k->ndiffering > k->n / 2)
		return comparison_merge(d->c, where, &d->c->report, e);
	for (uint64_t i = 0; i < k->n; i++)
		if (digest_sum_equal(&k->sum[0][i], &k->sum[1][i]))
			digests_count_equal(d, &k->sum[0][i]);
	return k->ndiffering ? fetch(d, k, where, e) : 0;
}

int compare_buckets(struct digests *d, const char *const where[2], uint64_t rows, struct err *e)
{
	uint64_t n = bucket_count(rows), better;
	struct buckets k;
	int status = take(d, &k, where, n, e);

	/* The estimate may have been far off. */
	better = bucket_count(k.rows);
	if (status == 0 && k.ndiffering && better / 8 >= n) {
		buckets_free(&k);
		status = take(d, &k, where, better, e);
	}
	if (status == 0)
		status = compare(d, &k, where, e);
	buckets_free(&k);
	return status;
}
