/* The text of a SELECT: what COPY TO STDOUT reads. */
#include "pg_type.h"

#include <stdlib.h>
#include <string.h>

static bool is_bpchar(const struct column *c)
{
	return c->type.lt == LT_TEXT && c->type.fixed;
}

static bool is_money(const struct column *c)
{
	return c->type.lt == LT_DECIMAL && !strcmp(c->type.name, "money");
}

/* Whether the server must make the canonical text of a column. char(n) loses its pad here
 * (pg_fetch.c): to cast it to text costs the server a third more. But in a row of that column
 * alone, the pad decides whether COPY quotes a value \. */
static bool needs_expression(const struct pg *pg, const struct column *c)
{
	return (is_bpchar(c) && pg->sel.n == 1) || is_money(c) || c->type.lt == LT_GEOMETRY;
}

/* Adds the expression whose text is canonical: money as a number, PostGIS's types as EWKB
 * (postgis: its quoted schema). */
static void add_expression(struct pg *pg, struct buf *b, const struct column *c,
			   const char *postgis)
{
	if (c->type.lt == LT_GEOMETRY)
		buf_addf(b, "%s.st_asewkb(", postgis);
	pg_add_ident(&pg->db, b, c->name);
	if (is_bpchar(c) && pg->sel.n == 1)
		buf_adds(b, "::text");
	else if (is_money(c))
		buf_adds(b, "::numeric");
	else if (c->type.lt == LT_GEOMETRY)
		buf_addf(b, "::%s.geometry)", postgis);
}

/* The quoted schema in which PostGIS lives, if a column needs it; else "". */
static char *find_postgis(struct pg *pg, struct err *e)
{
	for (size_t i = 0; i < pg->sel.n; i++)
		if (pg->sel.col[i]->type.lt == LT_GEOMETRY)
			return pg_type_schema(pg, pg->sel.col[i]->type.oid, e);
	return xstrdup("");
}

/*
 * Adds the text whose SHA-256 chooses a sample, the same bytes for the same key
 * from either engine: the seed (or nothing), `;`, then for each column of the
 * key in order the number of bytes of its canonical text in UTF-8, in decimal
 * digits, `:`, and that text; `-` alone for NULL. Rows with the smallest hashes,
 * compared as bytes, are the sample.
 */
static int add_sample_hash(struct pg *pg, struct buf *b, const struct select *s,
			   const struct column *const *key, size_t nkey, struct err *e)
{
	struct buf text = BUF_INIT;
	int status = 0;

	buf_adds(b, "pg_catalog.sha256(pg_catalog.convert_to(");
	pg_add_literal(&pg->db, b, s->seed ? s->seed : "", s->seed ? strlen(s->seed) : 0);
	buf_adds(b, " || ';'");
	for (size_t i = 0; status == 0 && i < nkey; i++) {
		buf_reset(&text);
		status = pg_add_text(&pg->db, &text, key[i], CANON_NONE, e);
		buf_cstr(&text);
		buf_addf(b, " || coalesce(pg_catalog.octet_length(pg_catalog.convert_to(%s, "
			    "'UTF8')) || ':' || %s, '-')", text.p, text.p);
	}
	buf_adds(b, ", 'UTF8'))");
	buf_free(&text);
	return status;
}

/* Finds the key's columns for a sample: those named, else the primary key. */
static const struct column **sample_key(const struct select *s, const struct table *t, size_t *n,
					struct err *e)
{
	const struct key *primary = table_primary(t);
	const struct column **key;

	*n = 0;
	if (s->key)
		while (s->key[*n])
			++*n;
	else if (primary)
		*n = primary->nparts;
	if (!*n) {
		err_set(e, EXIT_BAD, "a sample needs a key, and there is no primary key%s%s",
			t->name ? " on " : "", t->name ? t->name : "");
		err_hint(e, "name columns that tell the rows apart with --key");
		return NULL;
	}
	key = xcalloc(*n, sizeof *key);
	for (size_t i = 0; i < *n; i++) {
		key[i] = db_find_column(t, s->key ? s->key[i] : primary->part[i].column, e);
		if (key[i] && key[i]->type.lt == LT_GEOMETRY)
			err_set(e, EXIT_BAD, "column %s is no key to sample by", key[i]->name);
		if (e->msg) {
			free(key);
			return NULL;
		}
	}
	return key;
}

/* The length of a query without the semicolons and white space behind it. */
static int query_length(const char *query)
{
	size_t n = strlen(query);

	while (n && strchr("; \t\r\n", query[n - 1]))
		n--;
	return (int)n;
}

/* Adds FROM … WHERE …; the user's texts end with a line, since a comment may end them. */
static void add_from(struct pg *pg, struct buf *b, const struct select *s)
{
	buf_adds(b, " FROM ");
	if (s->query)
		buf_addf(b, "(%.*s\n) AS rowboat_query", query_length(s->query), s->query);
	else
		db_add_table(&pg->db, b, s->table);
	if (s->where)
		buf_addf(b, " WHERE (%s\n)", s->where);
}

/* A sample is chosen in an inner SELECT, so that `order` is its own matter. */
static int add_sample(struct pg *pg, struct buf *b, const struct select *s, const struct table *t,
		      struct err *e)
{
	size_t nkey;
	const struct column **key = sample_key(s, t, &nkey, e);
	int status;

	if (!key)
		return -1;
	buf_adds(b, " FROM (SELECT *");
	add_from(pg, b, s);
	buf_adds(b, " ORDER BY ");
	status = add_sample_hash(pg, b, s, key, nkey, e);
	buf_addf(b, " LIMIT %llu) AS ", (unsigned long long)s->sample);
	pg_add_ident(&pg->db, b, t->name ? t->name : "rowboat_query");
	free(key);
	return status;
}

/* Adds the SELECT in brackets. Expressions get names of their own, so that ORDER BY
 * means the column. */
static int add_query(struct pg *pg, struct buf *b, const struct select *s, const struct table *t,
		     struct err *e)
{
	char *postgis = find_postgis(pg, e);
	int status = 0;

	if (!postgis)
		return -1;
	buf_adds(b, "(SELECT ");
	for (size_t i = 0; i < pg->sel.n; i++) {
		buf_adds(b, i ? ", " : "");
		add_expression(pg, b, pg->sel.col[i], postgis);
		if (needs_expression(pg, pg->sel.col[i]))
			buf_addf(b, " AS rowboat_%zu", i);
	}
	if (s->sample)
		status = add_sample(pg, b, s, t, e);
	else
		add_from(pg, b, s);
	if (s->order)
		buf_addf(b, " ORDER BY %s\n", s->order);
	buf_addc(b, ')');
	free(postgis);
	return status;
}

/* Takes the columns asked for, by default all that are stored. */
static int take_columns(struct pg *pg, const struct select *s, const struct table *t,
			struct err *e)
{
	struct pg_select *sel = &pg->sel;
	size_t n;

	sel->col = db_choose_columns(t, s->columns, &n, e);
	if (!sel->col)
		return -1;
	sel->n = n;
	sel->name = xcalloc(n, sizeof *sel->name);
	sel->type = xcalloc(n, sizeof *sel->type);
	sel->padded = xcalloc(n, sizeof *sel->padded);
	sel->f = xcalloc(n, sizeof *sel->f);
	for (size_t i = 0; i < n; i++) {
		sel->name[i] = sel->col[i]->name;
		sel->type[i] = sel->col[i]->type;
		sel->padded[i] = is_bpchar(sel->col[i]);
		if (sel->padded[i])
			sel->last_padded = i + 1;
	}
	return 0;
}

/* Whether COPY can read the table itself, which is faster than a SELECT. */
static bool is_plain_copy(struct pg *pg, const struct select *s)
{
	if (s->query || s->where || s->order || s->sample || s->table->kind != TABLE_PLAIN ||
	    s->table->has_children)
		return false;
	for (size_t i = 0; i < pg->sel.n; i++)
		if (needs_expression(pg, pg->sel.col[i]) || pg->sel.col[i]->generated != GEN_NO)
			return false;
	return true;
}

static bool is_bare_query(struct pg *pg, const struct select *s)
{
	if (!s->query || s->where || s->order || s->sample || s->columns)
		return false;
	for (size_t i = 0; i < pg->sel.n; i++)
		if (needs_expression(pg, pg->sel.col[i]))
			return false;
	return true;
}

void pg_select_free(struct pg *pg)
{
	struct pg_select *sel = &pg->sel;

	table_free(sel->described);
	free(sel->col);
	free(sel->name);
	free(sel->type);
	free(sel->padded);
	free(sel->f);
	buf_free(&sel->source);
	*sel = (struct pg_select){0};
}

/* Has the server plan the SELECT, so that what it refuses is known before the first row. */
static int check_select(struct pg *pg, const struct table *t, bool plain, struct err *e)
{
	struct buf b = BUF_INIT;
	int status;

	buf_adds(&b, "EXPLAIN ");
	if (plain) {
		buf_adds(&b, "SELECT ");
		db_add_columns(&pg->db, &b, "", pg->sel.col, pg->sel.n);
		buf_adds(&b, " FROM ");
		db_add_table(&pg->db, &b, t);
	} else {
		buf_add(&b, pg->sel.source.p, pg->sel.source.n);
	}
	status = pg_exec(&pg->db, buf_cstr(&b), e);
	buf_free(&b);
	return status;
}

int pg_select_start(struct db *db, const struct select *s, struct columns *c, struct err *e)
{
	struct pg *pg = pg_of(db);
	struct pg_select *sel = &pg->sel;
	const struct table *t = s->table;
	bool plain;

	pg_copy_out_stop(pg);
	pg_select_free(pg);
	if (s->query)
		t = sel->described = pg_describe_query(pg, s->query, e);
	if (!t || take_columns(pg, s, t, e) < 0)
		return -1;
	plain = is_plain_copy(pg, s);
	if (plain) {
		db_add_table(db, &sel->source, t);
		buf_adds(&sel->source, " (");
		db_add_columns(&pg->db, &sel->source, "", sel->col, sel->n);
		buf_addc(&sel->source, ')');
	} else if (is_bare_query(pg, s)) {
		buf_addf(&sel->source, "(%.*s\n)", query_length(s->query), s->query);
	} else if (add_query(pg, &sel->source, s, t, e) < 0) {
		return -1;
	}
	if (check_select(pg, t, plain, e) < 0)
		return -1;
	sel->state = PG_READY;
	*c = (struct columns){.name = sel->name, .type = sel->type, .n = sel->n};
	return 0;
}
