/* Ranges of a key: what both engines have in common. */
#include "db_ranges.h"

#include <stdlib.h>
#include <string.h>

#include "db_driver.h"

/* A sample has so many rows for each part, and at least for so many parts. */
#define SAMPLE_ROWS 10000
#define SAMPLE_PARTS 10

uint64_t range_count(const struct range_query *q, uint64_t rows)
{
	uint64_t n = q->count ? q->count : rows / q->rows + (rows % q->rows != 0);

	n = n > rows ? rows : n;
	return n ? n : 1;
}

/* ---- Cuts ---- */

struct scan {
	struct db *db;
	const struct range_query *q;
	uint64_t rows, nulls; /* in the table */
	struct buf sql;
};

static void add_list(struct scan *s, const char *prefix)
{
	for (size_t i = 0; i < s->q->nkey; i++)
		buf_addf(&s->sql, "%s%s%zu", i ? ", " : "", prefix, i);
}

/* Adds `word` and a test of each column that may be NULL. */
static bool add_nulls(struct scan *s, const char *word, const char *between, const char *test)
{
	bool any = false;

	for (size_t i = 0; i < s->q->nkey; i++) {
		if (s->q->key[i]->not_null)
			continue;
		buf_adds(&s->sql, any ? between : word);
		db_add_ident(s->db, &s->sql, s->q->key[i]->name);
		buf_adds(&s->sql, test);
		any = true;
	}
	return any;
}

static int count_rows(struct scan *s, bool nulls, uint64_t *n, struct err *e)
{
	struct result r = {0};
	int status = 0;

	*n = 0;
	buf_reset(&s->sql);
	buf_adds(&s->sql, "SELECT count(*) FROM ");
	db_add_table(s->db, &s->sql, s->q->table);
	if (nulls && !add_nulls(s, " WHERE ", " OR ", " IS NULL"))
		return 0;
	status = db_query(s->db, buf_cstr(&s->sql), &r, e);
	if (status == 0)
		*n = (uint64_t)result_number(&r, 0, 0);
	result_free(&r);
	return status;
}

/* How much of the table a sample is: a power of two, so that it stays the same when the statistics
 * change a little. */
static double sample_share(const struct scan *s)
{
	double wanted = SAMPLE_ROWS * (double)range_count(s->q, s->rows), share = 1;

	wanted = wanted < SAMPLE_ROWS * SAMPLE_PARTS ? SAMPLE_ROWS * SAMPLE_PARTS : wanted;
	while (share / 2 * (double)s->rows >= wanted)
		share /= 2;
	return share;
}

/* Adds the key of each row, numbered in its order; with a sample, the number of all. */
static void add_numbered(struct scan *s)
{
	struct buf where = BUF_INIT, key = BUF_INIT;
	bool any;

	buf_adds(&s->sql, "SELECT ");
	for (size_t i = 0; i < s->q->nkey; i++) {
		buf_adds(&key, i ? ", " : "");
		s->db->ops->ranges->add_key(s->db, &s->sql, s->q->key[i]);
		s->db->ops->ranges->add_key(s->db, &key, s->q->key[i]);
		buf_addf(&s->sql, " AS r%zu, ", i);
	}
	buf_addf(&s->sql, "row_number() OVER (ORDER BY %s) + %llu AS n%s FROM ", buf_cstr(&key),
		 (unsigned long long)s->nulls, s->q->estimate ? ", count(*) OVER () AS total" : "");
	db_add_table(s->db, &s->sql, s->q->table);
	if (s->q->estimate)
		s->db->ops->ranges->add_sample(s->db, &s->sql, &where, s->q->table, sample_share(s));
	any = add_nulls(s, " WHERE ", " AND ", " IS NOT NULL");
	if (where.n)
		buf_addf(&s->sql, " %s %s", any ? "AND" : "WHERE", buf_cstr(&where));
	buf_free(&where);
	buf_free(&key);
}

/*
 * The keys of the rows at which parts begin, and how each compares to the one before: parts begin
 * where, of T rows and C parts, row number * C passes a multiple of T. The first row is there to be
 * compared with: nothing lies below it.
 */
static void add_cuts(struct scan *s)
{
	unsigned long long count = range_count(s->q, s->rows);

	buf_reset(&s->sql);
	buf_adds(&s->sql, "SELECT ");
	add_list(s, "r");
	buf_adds(&s->sql, ", CASE WHEN n = 1 THEN 2 WHEN p0 IS NULL THEN 1 WHEN (");
	add_list(s, "p");
	buf_adds(&s->sql, ") < (");
	add_list(s, "r");
	buf_adds(&s->sql, ") THEN 1 WHEN (");
	add_list(s, "p");
	buf_adds(&s->sql, ") = (");
	add_list(s, "r");
	buf_adds(&s->sql, ") THEN 0 ELSE -1 END AS above FROM (SELECT ");
	add_list(s, "r");
	for (size_t i = 0; i < s->q->nkey; i++)
		buf_addf(&s->sql, ", lag(r%zu) OVER (ORDER BY n) AS p%zu", i, i);
	buf_adds(&s->sql, ", n FROM (");
	add_numbered(s);
	buf_addf(&s->sql, ") AS numbered WHERE n = 1 OR (n - 1) * %llu %% ", count);
	if (s->q->estimate)
		buf_adds(&s->sql, "total");
	else
		buf_addf(&s->sql, "%llu", (unsigned long long)s->rows);
	buf_addf(&s->sql, " < %llu) AS cuts ORDER BY n", count);
}

/* Keeps the fields of a row, whose bytes go into `arena`: by their offsets, for now. */
static void keep_row(struct bounds *out, size_t *room, struct buf *arena, const struct row *row)
{
	if (out->n == *room) {
		*room = *room ? *room * 2 : 64;
		out->f = xrealloc(out->f, *room * out->nkey * sizeof *out->f);
	}
	for (size_t i = 0; i < out->nkey; i++) {
		struct field *f = &out->f[out->n * out->nkey + i];

		*f = (struct field){(const char *)(uintptr_t)arena->n, row->f[i].n};
		buf_add(arena, row->f[i].p, row->f[i].n);
	}
	out->n++;
}

static int read_cuts(struct scan *s, struct bounds *out, struct err *e)
{
	struct select select = {.query = buf_cstr(&s->sql)};
	struct buf arena = BUF_INIT;
	struct columns cols;
	struct row row;
	size_t room = 0;
	int got;

	if (db_select(s->db, &select, &cols, e) < 0)
		return -1;
	while ((got = db_fetch(s->db, &row, e)) > 0) {
		const struct field *above = &row.f[out->nkey];

		if (*above->p == '1') {
			keep_row(out, &room, &arena, &row);
		} else if (*above->p == '-') {
			got = err_set(e, EXIT_BAD, "the server does not sort %s as it compares it",
				      s->q->key[0]->name);
			break;
		}
	}
	buf_cstr(&arena);
	out->arena = arena.p;
	for (size_t i = 0; i < out->n * out->nkey; i++)
		out->f[i].p = out->arena + (uintptr_t)out->f[i].p;
	return got < 0 ? -1 : 0;
}

int db_bounds(struct db *db, const struct range_query *q, struct bounds *out, struct err *e)
{
	struct scan s = {.db = db, .q = q, .rows = q->table->estimated_rows};
	int status = db->ops->ranges->open(db, e);

	*out = (struct bounds){.nkey = q->nkey};
	if (status == 0 && (!q->estimate || !s.rows))
		status = count_rows(&s, false, &s.rows, e);
	if (status == 0 && !q->estimate)
		status = count_rows(&s, true, &s.nulls, e);
	if (status == 0 && range_count(q, s.rows) > 1) {
		add_cuts(&s);
		status = read_cuts(&s, out, e);
	}
	buf_free(&s.sql);
	return status;
}

void bounds_free(struct bounds *bounds)
{
	free(bounds->f);
	free(bounds->arena);
	*bounds = (struct bounds){0};
}

/* ---- Predicates ---- */

/* Adds the comparison of columns i to n as a row, expanded: k1 > a OR (k1 = a AND k2 >= b). */
static void add_row(struct db *db, struct buf *b, const struct column *const *key, size_t i,
		    size_t n, bool below, const struct field *v)
{
	const struct range_ops *ops = db->ops->ranges;
	bool last = i + 1 == n;

	ops->add_compare(db, b, key[i], below ? "<" : last ? ">=" : ">", v[i]);
	if (last)
		return;
	buf_adds(b, " OR (");
	ops->add_compare(db, b, key[i], "=", v[i]);
	buf_adds(b, i + 2 < n ? " AND (" : " AND ");
	add_row(db, b, key, i + 1, n, below, v);
	buf_adds(b, i + 2 < n ? "))" : ")");
}

/* Adds that the key is below v, or not. An index serves the comparison of the first column, which
 * is said by itself for it. */
static void add_side(struct db *db, struct buf *b, const struct column *const *key, size_t n,
		     bool below, const struct field *v)
{
	if (n > 1) {
		db->ops->ranges->add_compare(db, b, key[0], below ? "<=" : ">=", v[0]);
		buf_adds(b, " AND (");
	}
	add_row(db, b, key, 0, n, below, v);
	buf_adds(b, n > 1 ? ")" : "");
}

static void add_null_tests(struct db *db, struct buf *b, const struct column *const *key, size_t n,
			   size_t from, const char *before, const char *test)
{
	for (size_t i = from; i < n; i++) {
		if (key[i]->not_null)
			continue;
		buf_adds(b, before);
		db_add_ident(db, b, key[i]->name);
		buf_adds(b, test);
	}
}

void db_add_range(struct db *db, struct buf *b, const struct column *const *key,
		  const struct bounds *bounds, size_t i)
{
	const struct field *high = bounds->n > i ? &bounds->f[i * bounds->nkey] : NULL;
	size_t n = bounds->nkey;

	if (!bounds->n) {
		buf_adds(b, "TRUE");
		return;
	}
	if (i == 0) {
		/* AND binds more tightly than OR */
		add_side(db, b, key, n, true, high);
		add_null_tests(db, b, key, n, 0, " OR ", " IS NULL");
		return;
	}
	add_side(db, b, key, n, false, high ? high - n : &bounds->f[(bounds->n - 1) * n]);
	if (high) {
		buf_adds(b, " AND ");
		add_side(db, b, key, n, true, high);
	}
	/* The first column is compared anyhow. */
	add_null_tests(db, b, key, n, 1, " AND ", " IS NOT NULL");
}

/* ---- The same order on two sides ---- */

enum order { ORDER_OWN, ORDER_NUMBER, ORDER_BYTES, ORDER_DATE, ORDER_MOMENT };

static enum order order_of(const struct column *c)
{
	switch (c->type.lt) {
	case LT_INT:
	case LT_YEAR:
		return ORDER_NUMBER;
	case LT_DECIMAL:
		return strcmp(c->type.name, "money") ? ORDER_NUMBER : ORDER_OWN;
	case LT_BYTES:
		return ORDER_BYTES;
	case LT_DATE:
		return ORDER_DATE;
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		return ORDER_MOMENT;
	default:
		return ORDER_OWN;
	}
}

bool range_same_order(const struct db *a, const struct column *of_a, const struct db *b,
		      const struct column *of_b)
{
	const struct coltype *t = &of_a->type, *u = &of_b->type;

	if (order_of(of_a) != ORDER_OWN)
		return order_of(of_a) == order_of(of_b);
	if (a->engine != b->engine || t->lt != u->lt || strcmp(t->name, u->name) != 0)
		return false;
	/* The order of a collation changes with the release of the server or its libraries. */
	return t->lt == LT_UUID || t->lt == LT_BOOL;
}

/* ---- Blocks ---- */

int db_place_ranges(struct db *db, const struct range_query *q, char ***predicates, size_t *n,
		    struct err *e)
{
	struct scan s = {.db = db, .q = q, .rows = q->table->estimated_rows};
	uint64_t blocks, count;
	int status = db->ops->ranges->blocks(db, q->table, &blocks, e);

	if (status < 0 || !blocks)
		return status;
	if (!q->count && (!q->estimate || !s.rows))
		status = count_rows(&s, false, &s.rows, e);
	buf_free(&s.sql);
	if (status < 0)
		return -1;
	count = q->count ? q->count : range_count(q, s.rows);
	count = count > blocks ? blocks : count;
	*predicates = xcalloc(count, sizeof **predicates);
	for (*n = 0; *n < count; ++*n) {
		struct buf b = BUF_INIT;

		db->ops->ranges->add_blocks(db, &b, blocks * *n / count,
					    *n + 1 < count ? blocks * (*n + 1) / count : 0);
		(*predicates)[*n] = buf_detach(&b);
	}
	return 1;
}
