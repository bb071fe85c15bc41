/* Ranges of a key in PostgreSQL. */
#include "db_ranges.h"
#include "pg_impl.h"

static int open_ranges(struct db *db, struct err *e)
{
	(void)db;
	(void)e;
	return 0;
}

static void add_key(struct db *db, struct buf *b, const struct column *c)
{
	pg_add_ident(db, b, c->name);
}

/* A literal takes the type of what it is compared with (manual, "Operator Type Resolution"). */
static void add_compare(struct db *db, struct buf *b, const struct column *c, const char *op,
			struct field v)
{
	bool bare = c->type.lt == LT_INT && v.n && v.n < 10 && *v.p != '-';

	pg_add_ident(db, b, c->name);
	buf_addf(b, " %s ", op);
	if (bare)
		buf_add(b, v.p, v.n);
	else
		pg_add_literal(db, b, v.p, v.n);
}

static void add_sample(struct db *db, struct buf *from, struct buf *where, const struct table *t,
		       double share)
{
	(void)db;
	(void)where;
	if (t->kind == TABLE_PLAIN || t->kind == TABLE_PARTITIONED)
		buf_addf(from, " TABLESAMPLE SYSTEM (%.6f) REPEATABLE (1)", share * 100);
}

static int blocks(struct db *db, const struct table *t, uint64_t *n, struct err *e)
{
	struct buf sql = BUF_INIT, name = BUF_INIT;
	struct result r = {0};
	int status;

	*n = 0;
	if (t->kind != TABLE_PLAIN || t->has_children)
		return 0;
	db_add_table(db, &name, t);
	buf_adds(&sql, "SELECT pg_catalog.pg_relation_size(");
	pg_add_literal(db, &sql, name.p, name.n);
	buf_adds(&sql, "::regclass) / pg_catalog.current_setting('block_size')::bigint");
	status = db_query(db, buf_cstr(&sql), &r, e);
	if (status == 0)
		*n = (uint64_t)result_number(&r, 0, 0);
	result_free(&r);
	buf_free(&sql);
	buf_free(&name);
	return status;
}

static void add_blocks(struct db *db, struct buf *b, uint64_t low, uint64_t high)
{
	(void)db;
	if (!low && !high)
		buf_adds(b, "TRUE");
	if (low)
		buf_addf(b, "ctid >= '(%llu,0)'", (unsigned long long)low);
	if (low && high)
		buf_adds(b, " AND ");
	if (high)
		buf_addf(b, "ctid < '(%llu,0)'", (unsigned long long)high);
}

const struct range_ops pg_range_ops = {
	.open = open_ranges,
	.add_key = add_key,
	.add_compare = add_compare,
	.add_sample = add_sample,
	.blocks = blocks,
	.add_blocks = add_blocks,
};
