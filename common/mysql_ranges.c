/* Ranges of a key in MySQL and MariaDB. */
#include <string.h>

#include "db_ranges.h"
#include "mysql_impl.h"
#include "value.h"

/* Sorting looks at the first max_sort_length bytes of a text, 1024 unless set; an index's key has
 * 3072 at most, and the weights of a collation are longer than its text. */
static int open_ranges(struct db *db, struct err *e)
{
	return my_exec(my_of(db), "SET SESSION max_sort_length = 16384", e);
}

/* Types that sort by a number and compare as text. */
static bool is_numbered(const struct column *c)
{
	return c->type.lt == LT_ENUM || c->type.lt == LT_SET || c->type.lt == LT_BITS;
}

static void add_key(struct db *db, struct buf *b, const struct column *c)
{
	bool cast = is_numbered(c);

	buf_adds(b, cast ? "CAST(" : "");
	db_add_ident(db, b, c->name);
	if (cast)
		buf_adds(b, " AS UNSIGNED)");
	else if (c->type.lt == LT_FLOAT)
		buf_adds(b, "*1e0"); /* a DOUBLE of the same value, whose text is exact */
}

static bool is_number(struct field v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!v.p[i] || !strchr("-+.e0123456789", v.p[i]))
			return false;
	return v.n > 0;
}

/* MySQL 8 has an error for a date that it does not know, zero dates among them; those are
 * compared as the numbers that dates are in MySQL: 20240102030405.5. */
static void add_date(struct db *db, struct buf *b, const struct column *c, const char *op,
		     struct field v)
{
	int64_t us;
	bool zoned;

	if (v.n > 3 && !memcmp(v.p + v.n - 3, "+00", 3))
		v.n -= 3;
	if (v.n > 4 && memcmp(v.p, "0000", 4) != 0 &&
	    value_timestamp(v.p, v.n, &us, &zoned) == VALUE_OK) {
		db_add_ident(db, b, c->name);
		buf_addf(b, " %s ", op);
		db_add_literal(db, b, v.p, v.n);
		return;
	}
	db_add_ident(db, b, c->name);
	buf_addf(b, "+0 %s ", op);
	for (size_t i = 0; i < v.n; i++)
		if ((v.p[i] >= '0' && v.p[i] <= '9') || v.p[i] == '.')
			buf_addc(b, v.p[i]);
}

/* Numbers stay bare: compared with a string, they would be compared as DOUBLE. */
static void add_number(struct db *db, struct buf *b, const struct column *c, const char *op,
		       struct field v)
{
	add_key(db, b, c);
	buf_addf(b, " %s ", op);
	buf_add(b, v.p, v.n);
	if (c->type.lt == LT_FLOAT && !memchr(v.p, 'e', v.n))
		buf_adds(b, "e0");
}

static void add_compare(struct db *db, struct buf *b, const struct column *c, const char *op,
			struct field v)
{
	switch (c->type.lt) {
	case LT_INT:
	case LT_YEAR:
	case LT_DECIMAL:
	case LT_FLOAT:
	case LT_BOOL:
	case LT_ENUM:
	case LT_SET:
	case LT_BITS:
		if (is_number(v)) {
			add_number(db, b, c, op, v);
			return;
		}
		break;
	case LT_DATE:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		add_date(db, b, c, op, v);
		return;
	case LT_BYTES:
		if (v.n >= 2 && v.p[0] == '\\' && v.p[1] == 'x') {
			db_add_ident(db, b, c->name);
			buf_addf(b, " %s X'%.*s'", op, (int)v.n - 2, v.p + 2);
			return;
		}
		break;
	default:
		break;
	}
	db_add_ident(db, b, c->name);
	buf_addf(b, " %s ", op);
	db_add_literal(db, b, v.p, v.n);
}

static void add_sample(struct db *db, struct buf *from, struct buf *where, const struct table *t,
		       double share)
{
	(void)db;
	(void)from;
	(void)t;
	if (share < 1)
		buf_addf(where, "rand(1) < %.9f", share);
}

static int blocks(struct db *db, const struct table *t, uint64_t *n, struct err *e)
{
	(void)db;
	(void)t;
	(void)e;
	*n = 0;
	return 0;
}

static void add_blocks(struct db *db, struct buf *b, uint64_t low, uint64_t high)
{
	(void)db;
	(void)low;
	(void)high;
	buf_adds(b, "TRUE");
}

const struct range_ops mysql_range_ops = {
	.open = open_ranges,
	.add_key = add_key,
	.add_compare = add_compare,
	.add_sample = add_sample,
	.blocks = blocks,
	.add_blocks = add_blocks,
};
