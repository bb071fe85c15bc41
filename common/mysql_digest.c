/*
 * Digests that the server computes. A row's digest is needed once for each lane; a user variable
 * keeps it, since MySQL would compute an expression anew at each place, even one of
 * a derived table. The arguments of aggregates are evaluated in the order of the SELECT list.
 */
#include "mysql_impl.h"

#define DIGEST_VARIABLE "@rowboat_digest"

/* Whether the column as it is will do, which is cheaper than its canonical text. */
static bool own_will_do(const struct digest_column *d)
{
	switch (d->col->type.lt) {
	case LT_BYTES:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
	case LT_DURATION:
		return d->how.own;
	default:
		return false;
	}
}

static void add_length(struct my *m, struct buf *b, const struct digest_column *d,
		       const struct buf *text)
{
	if (!own_will_do(d) && my_add_length(m, b, d->col, d->how.form))
		return;
	buf_adds(b, "OCTET_LENGTH(");
	buf_add(b, text->p, text->n);
	buf_addc(b, ')');
}

static void add_plain(struct buf *b, const struct column *c, const struct buf *text)
{
	buf_adds(b, c->not_null ? "" : "IFNULL(");
	buf_add(b, text->p, text->n);
	buf_adds(b, c->not_null ? ",','" : ",''),','");
}

/* A text that is NULL where its column is not (longer than max_allowed_packet) makes the whole
 * NULL, which the caller counts. */
static void add_with_length(struct my *m, struct buf *b, const struct digest_column *d,
			    const struct buf *text)
{
	if (!d->col->not_null) {
		buf_adds(b, "IF(");
		db_add_ident(&m->db, b, d->col->name);
		buf_adds(b, " IS NULL,'-',CONCAT(");
	}
	add_length(m, b, d, text);
	buf_adds(b, ",':',");
	buf_add(b, text->p, text->n);
	buf_adds(b, d->col->not_null ? "" : "))");
}

/* Adds the row's encoding (digest.h), or the brief one. What CONCAT() takes is bytes, as
 * its first argument is. */
static int add_encoding(struct my *m, struct buf *b, const struct digest_column *col, size_t n,
			struct err *e)
{
	struct buf text = BUF_INIT;
	int status = 0;

	buf_adds(b, "CONCAT(CAST('' AS BINARY)");
	for (size_t i = 0; i < n && status == 0; i++) {
		buf_reset(&text);
		if (own_will_do(&col[i]))
			db_add_ident(&m->db, &text, col[i].col->name);
		else
			status = my_add_text(m, &text, col[i].col, col[i].how.form, e);
		buf_addc(b, ',');
		if (col[i].how.plain)
			add_plain(b, col[i].col, &text);
		else
			add_with_length(m, b, &col[i], &text);
	}
	buf_addc(b, ')');
	buf_free(&text);
	return status;
}

static int add_row_digest(struct my *m, struct buf *b, const struct digest_select *s, struct err *e)
{
	buf_adds(b, "SHA2(");
	if (add_encoding(m, b, s->col, s->ncols, e) < 0)
		return -1;
	buf_addf(b, ",%u)", s->bits);
	return 0;
}

int my_add_bucket(struct db *db, struct buf *b, const struct digest_select *s, struct err *e)
{
	buf_adds(b, "CAST(CONV(SUBSTR(SHA2(");
	if (add_encoding(my_of(db), b, s->key, s->nkey, e) < 0)
		return -1;
	buf_addf(b, ",256),1,16),16,10) AS UNSIGNED)%%%llu", (unsigned long long)s->buckets);
	return 0;
}

/* Which interval a row is in; by DECIMAL where a difference might overflow. */
static void add_interval(struct my *m, struct buf *b, const struct digest_select *s)
{
	buf_adds(b, s->short_split ? "(" : "(CAST(");
	db_add_ident(&m->db, b, s->split->name);
	buf_adds(b, s->short_split ? "" : " AS DECIMAL(20))");
	buf_addf(b, "-(%s)) DIV %s", s->split_low, s->split_width);
}

static void add_from(struct my *m, struct buf *b, const struct digest_select *s)
{
	buf_adds(b, " FROM ");
	db_add_table(&m->db, b, s->table);
	if (s->where)
		buf_addf(b, " WHERE (%s\n)", s->where);
}

/* CRC32() takes 32 bits out of 32 hex digits in less time than CONV() takes 64 out of 16. */
static int add_lanes(struct my *m, struct buf *b, const struct digest_select *s, struct err *e)
{
	unsigned digits = s->own ? 32 : 16;

	for (size_t i = 0; i < s->lanes; i++) {
		buf_adds(b, s->own ? ",SUM(CRC32(SUBSTR(" DIGEST_VARIABLE
				   : ",SUM(CAST(CONV(SUBSTR(" DIGEST_VARIABLE);
		if (i == 0) {
			buf_adds(b, ":=");
			if (add_row_digest(m, b, s, e) < 0)
				return -1;
		}
		buf_addf(b, ",%zu,%u)%s", 1 + digits * i, digits,
			 s->own ? "))" : ",16,10) AS UNSIGNED))");
	}
	return 0;
}

int my_add_digest(struct db *db, struct buf *b, const struct digest_select *s, struct err *e)
{
	struct my *m = my_of(db);

	buf_adds(b, "SELECT ");
	if (s->split)
		add_interval(m, b, s);
	else if (!s->buckets)
		buf_addf(b, "%zu", s->label);
	else if (my_add_bucket(db, b, s, e) < 0)
		return -1;
	buf_adds(b, " AS rowboat_group,COUNT(*)");
	if (add_lanes(m, b, s, e) < 0)
		return -1;
	buf_adds(b, ",COUNT(" DIGEST_VARIABLE ")");
	add_from(m, b, s);
	buf_adds(b, s->buckets || s->split ? " GROUP BY rowboat_group" : "");
	return 0;
}

int my_add_digest_rows(struct db *db, struct buf *b, const struct digest_select *s, struct err *e)
{
	struct my *m = my_of(db);

	buf_adds(b, "SELECT ");
	for (size_t i = 0; i < s->nkey; i++) {
		db_add_ident(db, b, s->key[i].col->name);
		buf_addc(b, ',');
	}
	if (add_row_digest(m, b, s, e) < 0)
		return -1;
	buf_adds(b, " AS digest");
	add_from(m, b, s);
	return 0;
}
