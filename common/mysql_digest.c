/*
 * Digests that the server computes. A row's digest is needed once for each lane; a user variable
 * keeps it, since MySQL would compute an expression anew at each place, even one of
 * a derived table. The arguments of aggregates are evaluated in the order of the SELECT list.
 */
#include "mysql_impl.h"

#define DIGEST_VARIABLE "@rowboat_digest"

/* Adds the row's encoding (digest.h). A text that is NULL where its column is not (longer
 * than max_allowed_packet) makes the whole NULL, which the caller counts. */
static int add_encoding(struct my *m, struct buf *b, const struct digest_column *col, size_t n,
			struct err *e)
{
	struct buf text = BUF_INIT;
	int status = 0;

	buf_adds(b, "CONCAT(CAST('' AS BINARY)");
	for (size_t i = 0; i < n && status == 0; i++) {
		const struct column *c = col[i].col;

		buf_reset(&text);
		status = my_add_text(m, &text, c, col[i].form, e);
		buf_addc(b, ',');
		if (!c->not_null) {
			buf_adds(b, "IF(");
			db_add_ident(&m->db, b, c->name);
			buf_adds(b, " IS NULL,'-',CONCAT(");
		}
		if (!my_add_length(m, b, c, col[i].form)) {
			buf_adds(b, "OCTET_LENGTH(");
			buf_add(b, text.p, text.n);
			buf_addc(b, ')');
		}
		buf_adds(b, ",':',");
		buf_add(b, text.p, text.n);
		buf_adds(b, c->not_null ? "" : "))");
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

/* Which interval a row is in; by DECIMAL, which does not overflow. */
static void add_interval(struct my *m, struct buf *b, const struct digest_select *s)
{
	buf_adds(b, "(CAST(");
	db_add_ident(&m->db, b, s->split->name);
	buf_addf(b, " AS DECIMAL(20))-(%s)) DIV %s", s->split_low, s->split_width);
}

static void add_from(struct my *m, struct buf *b, const struct digest_select *s)
{
	buf_adds(b, " FROM ");
	db_add_table(&m->db, b, s->table);
	if (s->where)
		buf_addf(b, " WHERE (%s\n)", s->where);
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
	for (size_t i = 0; i < s->lanes; i++) {
		buf_adds(b, ",SUM(CAST(CONV(SUBSTR(" DIGEST_VARIABLE);
		if (i == 0) {
			buf_adds(b, ":=");
			if (add_row_digest(m, b, s, e) < 0)
				return -1;
		}
		buf_addf(b, ",%zu,16),16,10) AS UNSIGNED))", 1 + 16 * i);
	}
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
