/*
 * Digests that the server computes. OFFSET 0 keeps the planner from merging the subqueries,
 * so that each text and each digest is computed once.
 */
#include "pg_impl.h"

#include <string.h>

#define MAX_ARGS 90 /* of one call of format(): PostgreSQL takes 100 */

/* Texts of columns in the innermost SELECT: rowboat_c0, …, of the key's rowboat_k0, … */
static int add_texts(struct pg *pg, struct buf *b, const struct digest_column *col, size_t n,
		     char kind, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i ? ", " : "");
		if (pg_add_text(&pg->db, b, col[i].col, col[i].how.form, e) < 0)
			return -1;
		buf_addf(b, " AS rowboat_%c%zu", kind, i);
	}
	return 0;
}

/* Adds what format() is to make of one text; `b` is its format, `args` its arguments. */
static size_t add_value(struct buf *b, struct buf *args, const struct digest_column *d,
			const char *text, bool brief, bool utf8)
{
	bool not_null = d->col->not_null;

	if (d->how.plain) {
		buf_addf(args, ", %s", text);
		buf_adds(b, "%s");
		return 1;
	}
	buf_addf(args, utf8 ? ", pg_catalog.octet_length(%s)"
			    : ", pg_catalog.octet_length(pg_catalog.convert_to(%s, 'UTF8'))", text);
	if (!not_null)
		buf_addf(args, ", CASE WHEN %s IS NULL THEN '-' ELSE '%c' END", text,
			 brief ? ',' : ':');
	buf_addf(args, ", %s", text);
	buf_adds(b, !not_null ? "%s%s%s" : brief ? "%s,%s" : "%s:%s");
	return not_null ? 2 : 3;
}

/* Adds one call of format() for the columns from `from` on; returns where the next goes on. */
static size_t add_format(struct buf *b, const struct digest_column *col, size_t from, size_t n,
			 char kind, bool brief, bool utf8)
{
	struct buf args = BUF_INIT, text = BUF_INIT;
	size_t i = from, count = 0;

	buf_adds(b, "pg_catalog.format('");
	for (; i < n && count + 3 <= MAX_ARGS; i++) {
		buf_reset(&text);
		buf_addf(&text, "rowboat_%c%zu", kind, i);
		buf_adds(b, brief && i > 0 ? "," : "");
		count += add_value(b, &args, &col[i], buf_cstr(&text), brief, utf8);
	}
	buf_addc(b, '\'');
	buf_add(b, args.p, args.n);
	buf_addc(b, ')');
	buf_free(&args);
	buf_free(&text);
	return i;
}

/* Adds the digest, as hex digits, of the encoding (digest.h) of texts. */
static void add_hex_digest(struct buf *b, const struct digest_column *col, size_t n, char kind,
			   unsigned bits, bool brief, bool utf8)
{
	buf_addf(b, "pg_catalog.encode(pg_catalog.sha%u(pg_catalog.convert_to(", bits);
	for (size_t i = 0; i < n;) {
		buf_adds(b, i ? " || " : "");
		i = add_format(b, col, i, n, kind, brief, utf8);
	}
	buf_adds(b, ", 'UTF8')), 'hex')");
}

enum with_key { NO_KEY, KEY_TEXTS, KEY_COLUMNS };

/* Which interval a row is in; by numeric where a difference might overflow. */
static void add_interval(struct pg *pg, struct buf *b, const struct digest_select *s)
{
	buf_adds(b, s->short_split ? ", (" : ", pg_catalog.div(");
	pg_add_ident(&pg->db, b, s->split->name);
	buf_addf(b, s->short_split ? "::bigint - (%s)) / %s AS g"
				   : "::numeric - (%s), %s)::bigint AS g",
		 s->split_low, s->split_width);
}

static void add_key(struct pg *pg, struct buf *b, const struct digest_select *s)
{
	for (size_t i = 0; i < s->nkey; i++) {
		buf_adds(b, i ? ", " : "");
		pg_add_ident(&pg->db, b, s->key[i].col->name);
	}
}

/* Adds FROM with the texts of columns and what is wanted of the key. */
static int add_from(struct pg *pg, struct buf *b, const struct digest_select *s,
		    enum with_key key, struct err *e)
{
	buf_adds(b, " FROM (SELECT ");
	if (key == KEY_COLUMNS)
		add_key(pg, b, s);
	else if (key == KEY_TEXTS && add_texts(pg, b, s->key, s->nkey, 'k', e) < 0)
		return -1;
	buf_adds(b, key != NO_KEY ? ", " : "");
	if (add_texts(pg, b, s->col, s->ncols, 'c', e) < 0)
		return -1;
	if (s->split)
		add_interval(pg, b, s);
	buf_adds(b, " FROM ");
	db_add_table(&pg->db, b, s->table);
	if (s->where)
		buf_addf(b, " WHERE (%s\n)", s->where);
	buf_adds(b, " OFFSET 0) AS v");
	return 0;
}

/* A lane is unsigned: its halves, which fit a signed bigint, are taken modulo one by one. A power
 * of two needs but its lowest bits. */
static void add_bucket(struct buf *b, const struct digest_select *s, bool utf8)
{
	unsigned long long n = (unsigned long long)s->buckets;
	struct buf hash = BUF_INIT;
	const char *h;

	add_hex_digest(&hash, s->key, s->nkey, 'k', 256, s->brief, utf8);
	h = buf_cstr(&hash);
	if (n & (n - 1))
		buf_addf(b, "((('x' || pg_catalog.substr(%s, 1, 8))::bit(32)::bigint %% %llu) * %llu"
			    " + ('x' || pg_catalog.substr(%s, 9, 8))::bit(32)::bigint) %% %llu",
			 h, n, (1ull << 32) % n, h, n);
	else
		buf_addf(b, "('x' || pg_catalog.substr(%s, 9, 8))::bit(32)::bigint & %llu", h,
			 n - 1);
	buf_free(&hash);
}

int pg_add_digest(struct db *db, struct buf *b, const struct digest_select *s, struct err *e)
{
	struct pg *pg = pg_of(db);

	buf_adds(b, "SELECT ");
	if (s->buckets || s->split)
		buf_adds(b, "g");
	else
		buf_addf(b, "%zu::bigint", s->label);
	buf_adds(b, ", count(*)");
	for (size_t i = 0; i < s->lanes; i++)
		buf_addf(b, ", sum(('x' || pg_catalog.substr(h, %zu, 16))::bit(64)::bigint)",
			 1 + 16 * i);
	buf_adds(b, ", count(h) FROM (SELECT ");
	if (s->buckets) {
		add_bucket(b, s, pg->utf8);
		buf_adds(b, " AS g, ");
	}
	buf_adds(b, s->split ? "g, " : "");
	add_hex_digest(b, s->col, s->ncols, 'c', s->bits, s->brief, pg->utf8);
	buf_adds(b, " AS h");
	if (add_from(pg, b, s, s->buckets ? KEY_TEXTS : NO_KEY, e) < 0)
		return -1;
	buf_adds(b, " OFFSET 0) AS d");
	buf_adds(b, s->buckets || s->split ? " GROUP BY g" : "");
	return 0;
}

int pg_add_digest_rows(struct db *db, struct buf *b, const struct digest_select *s, struct err *e)
{
	struct pg *pg = pg_of(db);

	buf_adds(b, "SELECT ");
	add_key(pg, b, s);
	buf_adds(b, ", ");
	add_hex_digest(b, s->col, s->ncols, 'c', s->bits, s->brief, pg->utf8);
	buf_adds(b, " AS digest");
	return add_from(pg, b, s, KEY_COLUMNS, e);
}

bool pg_digest_apart(const struct table *t, const struct column *c)
{
	(void)t;
	(void)c;
	return false;
}

int pg_add_bucket(struct db *db, struct buf *b, const struct digest_select *s, struct err *e)
{
	struct pg *pg = pg_of(db);

	buf_adds(b, "(SELECT ");
	add_bucket(b, s, pg->utf8);
	buf_adds(b, " FROM (SELECT ");
	if (add_texts(pg, b, s->key, s->nkey, 'k', e) < 0)
		return -1;
	buf_adds(b, " OFFSET 0) AS k)");
	return 0;
}
