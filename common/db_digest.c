/* Digests that the server computes: what both engines have in common. */
#include "db_driver.h"

#include <stdlib.h>
#include <string.h>

#define BRIEF_LANES 1
#define LONG_STATEMENT (512 * 1024) /* a UNION grows up to so many bytes, */
#define MOST_GROUPS 128             /* or so many SELECTs */

/* ---- Columns ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct digest_column *)a)->col->name,
		      ((const struct digest_column *)b)->col->name);
}

static struct digest_how how_of(const struct digest_query *q, const struct column *c)
{
	if (q->canonical)
		return (struct digest_how){.form = canon_of_type(&c->type)};
	for (size_t i = 0; q->how && q->columns[i]; i++)
		if (!strcmp(q->columns[i], c->name))
			return q->how[i];
	return (struct digest_how){.form = CANON_NONE};
}

/* The columns of these names (NULL: all); the caller's to free, or NULL. */
static struct digest_column *choose(const struct digest_query *q, const char *const *names,
				    size_t *n, struct err *e)
{
	const struct column **col = db_choose_columns(q->table, names, n, e);
	struct digest_column *list;

	if (!col)
		return NULL;
	list = xcalloc(*n, sizeof *list);
	for (size_t i = 0; i < *n; i++)
		list[i] = (struct digest_column){col[i], how_of(q, col[i])};
	free(col);
	return list;
}

/* ---- Statements ---- */

struct plan {
	struct digest_select select;
	struct digest_column *col, *key;
	const struct column *apart; /* its intervals are a SELECT each; NULL: they are not */
	size_t selects;
	struct buf where;
};

static void plan_free(struct plan *p)
{
	free(p->col);
	free(p->key);
	buf_free(&p->where);
}

/* The engines have SHA-2 alone in common. */
static int plan_algorithm(struct digest_select *s, const char *algorithm, struct err *e)
{
	struct md *md = md_open(algorithm, e);

	if (!md)
		return -1;
	s->lanes = md_size(md) / 8;
	if (!strncmp(md_name(md), "sha", 3) && strlen(md_name(md)) == 6)
		s->bits = (unsigned)strtoul(md_name(md) + 3, NULL, 10);
	if (!s->bits) {
		err_set(e, EXIT_BAD, "the databases cannot compute %s", md_name(md));
		err_hint(e, "in a database there are sha224, sha256, sha384 and sha512");
	}
	md_free(md);
	return s->bits ? 0 : -1;
}

/* 10^14 times 2^12 splits, from 10^18 on, is less than 2^63. */
static bool is_short_split(const struct digest_query *q, const struct column *c)
{
	return c->type.lt == LT_INT && q->splits <= 4096 && strlen(q->split_low) <= 18 &&
	       strlen(q->split_high) <= 18 && strlen(q->split_width) <= 14;
}

static int plan_splits(struct plan *p, struct db *db, const struct digest_query *q, struct err *e)
{
	struct digest_select *s = &p->select;

	s->split = table_column(q->table, q->split, strlen(q->split));
	if (!s->split)
		return err_set(e, EXIT_BAD, "table %s has no column %s", q->table->name, q->split);
	s->split_low = q->split_low;
	s->split_width = q->split_width;
	s->short_split = is_short_split(q, s->split);
	if (!s->short_split || !db->ops->digest_apart(q->table, s->split))
		return 0;
	p->apart = s->split;
	p->selects = q->splits;
	s->split = NULL;
	return 0;
}

static int plan_open(struct plan *p, struct db *db, const struct digest_query *q, bool need_key,
		     struct err *e)
{
	struct digest_select *s = &p->select;

	*p = (struct plan){.select = {.table = q->table, .where = q->where, .buckets = q->buckets,
				      .brief = q->brief, .native = q->native,
				      .unique = q->unique},
			   .selects = q->nranges ? q->nranges : 1};
	if (plan_algorithm(s, q->algorithm, e) < 0)
		return -1;
	if (q->brief)
		s->lanes = BRIEF_LANES;
	p->col = choose(q, q->columns, &s->ncols, e);
	if (!p->col)
		return -1;
	qsort(p->col, s->ncols, sizeof *p->col, by_name);
	s->col = p->col;
	if (q->splits && plan_splits(p, db, q, e) < 0)
		return -1;
	if (need_key) {
		p->key = choose(q, q->key, &s->nkey, e);
		s->key = p->key;
	}
	return need_key && !p->key ? -1 : 0;
}

/* Adds the predicate of all intervals, or of one that is a SELECT. */
static void add_interval(struct db *db, struct buf *b, const struct plan *p,
			 const struct digest_query *q, size_t i)
{
	struct buf id = BUF_INIT;

	db_add_ident(db, &id, q->split);
	if (p->apart) {
		long long width = strtoll(q->split_width, NULL, 10);
		long long low = strtoll(q->split_low, NULL, 10) + width * (long long)i;
		long long high = strtoll(q->split_high, NULL, 10);

		high = high < low + width ? high : low + width - 1;
		buf_addf(b, "%s BETWEEN %lld AND %lld", buf_cstr(&id), low, high);
	} else {
		buf_addf(b, "%s BETWEEN %s AND %s", buf_cstr(&id), q->split_low, q->split_high);
	}
	buf_free(&id);
}

/* Adds the SELECT of one group. A user's predicate ends with a line, as a comment may end it. */
static int add_group(struct db *db, struct buf *b, struct plan *p, const struct digest_query *q,
		     size_t i, struct err *e)
{
	struct digest_select *s = &p->select;

	s->label = i;
	if (q->nranges || q->splits) {
		buf_reset(&p->where);
		if (q->where)
			buf_addf(&p->where, "(%s\n) AND ", q->where);
		buf_addc(&p->where, '(');
		if (q->splits)
			add_interval(db, &p->where, p, q, i);
		else
			buf_adds(&p->where, q->range[i]);
		buf_adds(&p->where, "\n)");
		s->where = buf_cstr(&p->where);
	}
	return db->ops->add_digest(db, b, s, e);
}

/* Adds the next statement, for as many groups as go into it; *next is the first one left. */
static int add_statement(struct db *db, struct buf *b, struct plan *p,
			 const struct digest_query *q, size_t *next, struct err *e)
{
	size_t start = b->n;

	for (size_t i = *next; i < p->selects; i++) {
		size_t before = b->n, size;

		if (i > *next)
			buf_adds(b, "\nUNION ALL\n");
		if (add_group(db, b, p, q, i, e) < 0)
			return -1;
		size = b->n - before;
		if (i + 1 == p->selects || i + 1 - *next == MOST_GROUPS ||
		    b->n - start + size > LONG_STATEMENT) {
			*next = i + 1;
			return 0;
		}
	}
	return 0;
}

/* ---- Results ---- */

/* A decimal integer modulo 2^64; NULL (the sum of no rows) is 0. */
static uint64_t modulo(const char *p)
{
	bool negative = p && *p == '-';
	uint64_t v = 0;

	for (p += negative; p && *p >= '0' && *p <= '9'; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	return negative ? -v : v;
}

static int read_group(const struct digest_query *q, const struct result *r, size_t i,
		      size_t groups, struct digest_sum *sums, struct err *e)
{
	uint64_t group = modulo(result_get(r, i, 0)), rows = modulo(result_get(r, i, 1));
	uint64_t counted = modulo(result_get(r, i, r->ncols - 1));

	if (group >= groups)
		return err_set(e, EXIT_FAILED, "the server gave a digest of no group");
	if (rows != counted) {
		err_set(e, EXIT_BAD, "table %s: the server could not digest %llu of %llu rows",
			q->table->name, (unsigned long long)(rows - counted),
			(unsigned long long)rows);
		return err_hint(e, "their texts are longer than the server's max_allowed_packet: "
			    "do without --in-database");
	}
	sums[group].rows = rows;
	for (size_t k = 0; k + 3 < r->ncols && k < DIGEST_LANES; k++)
		sums[group].lane[k] = modulo(result_get(r, i, 2 + k));
	return 0;
}

static int run(struct db *db, const struct digest_query *q, const char *sql, size_t groups,
	       struct digest_sum *sums, struct err *e)
{
	struct result r;
	int status;

	if (db_query(db, sql, &r, e) < 0)
		return -1;
	status = 0;
	for (size_t i = 0; i < r.nrows && status == 0; i++)
		status = read_group(q, &r, i, groups, sums, e);
	result_free(&r);
	return status;
}

int db_digest(struct db *db, const struct digest_query *q, struct digest_sum *sums, struct err *e)
{
	size_t groups = q->nranges ? q->nranges : q->buckets ? q->buckets : q->splits, next = 0;
	struct buf b = BUF_INIT;
	struct plan p;
	int status = plan_open(&p, db, q, q->buckets > 0, e);

	groups = groups ? groups : 1;
	memset(sums, 0, groups * sizeof *sums);
	do {
		buf_reset(&b);
		if (status == 0)
			status = add_statement(db, &b, &p, q, &next, e);
		if (status == 0)
			status = run(db, q, buf_cstr(&b), groups, sums, e);
	} while (status == 0 && next < p.selects);
	plan_free(&p);
	buf_free(&b);
	return status;
}

int db_digest_sql(struct db *db, const struct digest_query *q, struct buf *b, struct err *e)
{
	size_t next = 0;
	struct plan p;
	int status = plan_open(&p, db, q, q->buckets > 0, e);

	do {
		if (status == 0)
			status = add_statement(db, b, &p, q, &next, e);
		buf_adds(b, ";\n");
	} while (status == 0 && next < p.selects);
	plan_free(&p);
	return status;
}

int db_digest_rows(struct db *db, const struct digest_query *q, struct buf *b, struct err *e)
{
	struct plan p;
	int status = plan_open(&p, db, q, true, e);

	if (status == 0)
		status = db->ops->add_digest_rows(db, b, &p.select, e);
	plan_free(&p);
	return status;
}

int db_add_in_buckets(struct db *db, const struct digest_query *q, const uint64_t *bucket,
		      size_t n, struct buf *b, struct err *e)
{
	struct plan p;
	int status = plan_open(&p, db, q, true, e);

	if (status == 0)
		status = db->ops->add_bucket(db, b, &p.select, e);
	for (size_t i = 0; i < n; i++)
		buf_addf(b, i ? ",%llu" : " IN (%llu", (unsigned long long)bucket[i]);
	buf_addc(b, ')');
	plan_free(&p);
	return status;
}
