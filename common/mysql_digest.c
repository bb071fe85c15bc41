/*
 * Digests that the server computes. A row's digest is needed once for each lane; a user variable
 * keeps it, since MySQL would compute an expression anew at each place, even one of
 * a derived table. The arguments of aggregates are evaluated in the order of the SELECT list.
 */
#include "mysql_impl.h"

#include <string.h>

#define DIGEST_VARIABLE "@rowboat_digest"

enum style {
	STYLE_FULL,    /* digest.h */
	STYLE_BRIEF,   /* db.h */
	STYLE_BOUNDED, /* the same bytes from CONCAT_WS(), which passes over NULL: for rows whose
			* texts cannot be too long */
	STYLE_NATIVE,  /* see below */
};

/* Adds the column's own text, if that will do, which is cheaper than its canonical one. */
static bool add_own(struct my *m, struct buf *b, const struct digest_column *d, enum style style)
{
	const char *form = NULL;

	switch (d->col->type.lt) {
	case LT_BYTES:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
	case LT_DURATION:
		form = "";
		break;
	case LT_TEXT:
		form = style == STYLE_NATIVE ? "" : NULL;
		break;
	case LT_BITS:
		form = style == STYLE_NATIVE ? "+0" : NULL;
		break;
	case LT_FLOAT: /* the fewest digits that tell it from other DOUBLEs */
		form = "*1e0";
		break;
	default:
		break;
	}
	if (!d->how.own || !form)
		return false;
	db_add_ident(&m->db, b, d->col->name);
	buf_adds(b, form);
	return true;
}

static void add_length(struct my *m, struct buf *b, const struct digest_column *d,
		       const struct buf *text)
{
	bool own = d->how.own && d->col->type.lt != LT_BITS;

	if (!own && my_add_length(m, b, d->col, d->how.form))
		return;
	buf_adds(b, "OCTET_LENGTH(");
	buf_add(b, text->p, text->n);
	buf_addc(b, ')');
}

static void add_plain(struct buf *b, const struct column *c, const struct buf *text)
{
	buf_adds(b, c->not_null ? "" : "IFNULL(");
	buf_add(b, text->p, text->n);
	buf_adds(b, c->not_null ? "" : ",'')");
}

static void add_with_length(struct my *m, struct buf *b, const struct digest_column *d,
			    const struct buf *text, enum style style)
{
	if (!d->col->not_null) {
		buf_adds(b, "IF(");
		db_add_ident(&m->db, b, d->col->name);
		buf_adds(b, " IS NULL,'-',CONCAT(");
	}
	add_length(m, b, d, text);
	if (style == STYLE_BOUNDED && d->col->not_null)
		buf_addc(b, ',');
	else
		buf_adds(b, style == STYLE_FULL ? ",':'," : ",',',");
	buf_add(b, text->p, text->n);
	buf_adds(b, d->col->not_null ? "" : "))");
}

/*
 * The native encoding: columns with the byte FF behind each, which no UTF-8 has; NULL is FE, or
 * nothing where no text is empty. Other texts have their length before them, `-` for NULL.
 * No function is used that makes NULL of a long text, since CONCAT_WS() passes over NULL.
 */
#define NATIVE_END "CAST(X'FF' AS BINARY)"
#define NATIVE_NULL "CAST(X'FE' AS BINARY)"

enum native { NATIVE_NONE, NATIVE_PLAIN, NATIVE_UTF8, NATIVE_LENGTH };

/* By what is the same on both sides. */
static enum native native_of(const struct digest_column *d)
{
	enum logical lt = d->col->type.lt;

	if (d->how.plain || (d->how.own && lt == LT_BITS))
		return NATIVE_PLAIN;
	if (d->how.utf8 || (d->how.own && lt == LT_INET))
		return NATIVE_UTF8;
	return d->how.own && (lt == LT_BYTES || lt == LT_TEXT) ? NATIVE_LENGTH : NATIVE_NONE;
}

static bool is_native(const struct digest_column *col, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (native_of(&col[i]) == NATIVE_NONE)
			return false;
	return true;
}

static void add_native(struct buf *b, const struct digest_column *d, struct buf *text)
{
	const char *t = buf_cstr(text);

	if (native_of(d) == NATIVE_PLAIN)
		add_plain(b, d->col, text);
	else if (native_of(d) == NATIVE_UTF8)
		buf_addf(b, d->col->not_null ? "%s" : "IFNULL(%s," NATIVE_NULL ")", t);
	else
		buf_addf(b, d->col->not_null ? "OCTET_LENGTH(%s),%s"
					     : "IFNULL(OCTET_LENGTH(%s),'-'),IFNULL(%s,'')", t, t);
}

/* Adds the row's encoding, as bytes or in UTF-8. A text that is NULL where its column is not
 * (longer than max_allowed_packet) makes the whole NULL, which the caller counts. */
static int add_encoding(struct my *m, struct buf *b, const struct digest_column *col, size_t n,
			enum style style, struct err *e)
{
	struct buf text = BUF_INIT;
	int status = 0;

	if (style == STYLE_NATIVE)
		buf_adds(b, "CONCAT_WS(" NATIVE_END);
	else
		buf_adds(b, style == STYLE_BOUNDED ? "CONCAT_WS(','" : "CONCAT(CAST('' AS BINARY)");
	for (size_t i = 0; i < n && status == 0; i++) {
		buf_reset(&text);
		if (!add_own(m, &text, &col[i], style))
			status = my_add_text(m, &text, col[i].col, col[i].how.form, e);
		buf_adds(b, style == STYLE_BRIEF && i > 0 ? ",','," : ",");
		if (style == STYLE_NATIVE)
			add_native(b, &col[i], &text);
		else if (col[i].how.plain)
			add_plain(b, col[i].col, &text);
		else
			add_with_length(m, b, &col[i], &text, style);
	}
	buf_addc(b, ')');
	buf_free(&text);
	return status;
}

/* The most bytes that a column's text may have; 0: not known. */
static uint64_t most_bytes(const struct column *c)
{
	switch (c->type.lt) {
	case LT_INT:
	case LT_YEAR:
	case LT_DECIMAL:
	case LT_DATE:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
	case LT_DURATION:
	case LT_UUID:
		return 128;
	case LT_TEXT:
	case LT_BYTES:
		return 128 + 4 * (c->type.max_bytes ? c->type.max_bytes : c->type.length);
	default:
		return 0;
	}
}

static bool is_bounded(const struct my *m, const struct digest_column *col, size_t n)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t most = most_bytes(col[i].col);

		if (!most)
			return false;
		bytes += most;
	}
	return bytes < m->max_packet;
}

static enum style style_of(struct my *m, const struct digest_select *s)
{
	if (!s->brief)
		return STYLE_FULL;
	if (s->native && is_native(s->col, s->ncols))
		return STYLE_NATIVE;
	return is_bounded(m, s->col, s->ncols) ? STYLE_BOUNDED : STYLE_BRIEF;
}

static int add_row_digest(struct my *m, struct buf *b, const struct digest_select *s, struct err *e)
{
	buf_adds(b, "SHA2(");
	if (add_encoding(m, b, s->col, s->ncols, style_of(m, s), e) < 0)
		return -1;
	buf_addf(b, ",%u)", s->bits);
	return 0;
}

bool my_digest_apart(const struct table *t, const struct column *c)
{
	const struct key *k = table_primary(t);

	/* GROUP BY takes a temporary table; without an index, each SELECT would read all rows. */
	return k && !strcmp(k->part[0].column, c->name);
}

int my_add_bucket(struct db *db, struct buf *b, const struct digest_select *s, struct err *e)
{
	struct my *m = my_of(db);

	/* Any hash tells rows apart well enough for a bucket. */
	buf_adds(b, s->native ? "CRC32(" : "CAST(CONV(SUBSTR(SHA2(");
	if (add_encoding(m, b, s->key, s->nkey, s->brief ? STYLE_BRIEF : STYLE_FULL, e) < 0)
		return -1;
	buf_adds(b, s->native ? ")" : ",256),1,16),16,10) AS UNSIGNED)");
	buf_addf(b, "%%%llu", (unsigned long long)s->buckets);
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

/*
 * 64 bits of the row's SHA-256: each half a CRC-32 of its hex digits, all of them and the first
 * 12, which mixes them no worse than to cut 16 off, and costs half as much as CONV(). They are
 * summed; or, which is faster, but would lose a row that is there twice, put together by XOR.
 */
static int add_native_lane(struct my *m, struct buf *b, const struct digest_select *s,
			   struct err *e)
{
	buf_addf(b, ",%s(CRC32(" DIGEST_VARIABLE ":=", s->unique ? "BIT_XOR" : "SUM");
	if (add_row_digest(m, b, s, e) < 0)
		return -1;
	buf_addf(b, ")<<32|CRC32(LEFT(" DIGEST_VARIABLE ",12))),COUNT(%s)",
		 is_bounded(m, s->col, s->ncols) ? "*" : DIGEST_VARIABLE);
	return 0;
}

static int add_lanes(struct my *m, struct buf *b, const struct digest_select *s, struct err *e)
{
	if (s->native)
		return add_native_lane(m, b, s, e);
	/* One lane of what is never NULL needs no variable. */
	if (style_of(m, s) == STYLE_BOUNDED) {
		buf_adds(b, ",SUM(CAST(CONV(LEFT(");
		if (add_row_digest(m, b, s, e) < 0)
			return -1;
		buf_adds(b, ",16),16,10) AS UNSIGNED)),COUNT(*)");
		return 0;
	}
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
