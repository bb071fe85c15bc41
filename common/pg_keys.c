/* Keys, foreign keys, checks and sequence values of a table, from pg_catalog. */
#include "pg_impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- Keys ---- */

enum {
	KEY_NAME, KEY_PRIMARY, KEY_UNIQUE, KEY_METHOD, KEY_WHERE, KEY_NULLS_NOT_DISTINCT,
	KEY_CONSTRAINT, KEY_COMMENT, KEY_INCLUDED, KEY_COLUMN, KEY_EXPR, KEY_OPCLASS, KEY_DESC,
	KEY_NULLS_FIRST
};

/* One row for each part of each index, the primary key first. indoption's bits: src/include/
 * catalog/pg_index.h. */
static const char keys_sql[] =
	"SELECT ic.relname, i.indisprimary, i.indisunique, am.amname, "
	"pg_catalog.pg_get_expr(i.indpred, i.indrelid), %s, "
	"EXISTS (SELECT FROM pg_catalog.pg_constraint "
	"WHERE conindid = i.indexrelid AND contype IN ('p', 'u', 'x')), "
	"pg_catalog.obj_description(i.indexrelid, 'pg_class'), k > i.indnkeyatts, a.attname, "
	"CASE WHEN a.attname IS NULL THEN "
	"pg_catalog.pg_get_indexdef(i.indexrelid, k, true) END, "
	"CASE WHEN NOT oc.opcdefault THEN oc.opcname END, "
	"i.indoption[k - 1] & 1 <> 0, i.indoption[k - 1] & 2 <> 0 "
	"FROM pg_catalog.pg_index i "
	"JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid "
	"JOIN pg_catalog.pg_am am ON am.oid = ic.relam "
	"CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnatts) AS k "
	"LEFT JOIN pg_catalog.pg_attribute a "
	"ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND i.indkey[k - 1] <> 0 "
	"LEFT JOIN pg_catalog.pg_opclass oc ON oc.oid = i.indclass[k - 1] "
	"WHERE i.indrelid = %s AND i.indislive AND (i.indisvalid OR ic.relkind = 'I')%s "
	"ORDER BY NOT i.indisprimary, ic.relname, k";

static struct key *add_key(struct table *t, const struct result *r, size_t row)
{
	struct key *k;

	t->key = xrealloc(t->key, (t->nkeys + 1) * sizeof *t->key);
	k = &t->key[t->nkeys++];
	*k = (struct key){
		.name = result_copy(r, row, KEY_NAME),
		.primary = result_bool(r, row, KEY_PRIMARY),
		.unique = result_bool(r, row, KEY_UNIQUE),
		.method = result_copy(r, row, KEY_METHOD),
		.where = result_copy(r, row, KEY_WHERE),
		.nulls_not_distinct = result_bool(r, row, KEY_NULLS_NOT_DISTINCT),
		.constraint = result_bool(r, row, KEY_CONSTRAINT),
		.comment = result_copy(r, row, KEY_COMMENT),
	};
	return k;
}

/* Adds a copy of s to a NULL-ended list. */
static void add_to_list(char ***list, const char *s)
{
	size_t n = 0;

	while (*list && (*list)[n])
		n++;
	*list = xrealloc(*list, (n + 2) * sizeof **list);
	(*list)[n] = xstrdup(s);
	(*list)[n + 1] = NULL;
}

static void add_part(struct key *k, const struct result *r, size_t row)
{
	if (result_bool(r, row, KEY_INCLUDED)) {
		add_to_list(&k->include, result_get(r, row, KEY_COLUMN));
		return;
	}
	k->part = xrealloc(k->part, (k->nparts + 1) * sizeof *k->part);
	k->part[k->nparts++] = (struct key_part){
		.column = result_copy(r, row, KEY_COLUMN),
		.expr = result_copy(r, row, KEY_EXPR),
		.opclass = result_copy(r, row, KEY_OPCLASS),
		.desc = result_bool(r, row, KEY_DESC),
		.nulls_first = result_bool(r, row, KEY_NULLS_FIRST),
	};
}

static int read_keys(struct pg *pg, struct table *t, const char *oid, bool deep, struct err *e)
{
	char *sql = xasprintf(keys_sql, pg->version >= 150000 ? "i.indnullsnotdistinct" : "false",
			      oid, deep ? "" : " AND i.indisprimary");
	struct result r = {0};
	int status = pg_query(&pg->db, sql, &r, e);
	struct key *k = NULL;

	free(sql);
	for (size_t i = 0; i < r.nrows; i++) {
		if (!k || strcmp(k->name, result_get(&r, i, KEY_NAME)))
			k = add_key(t, &r, i);
		add_part(k, &r, i);
	}
	result_free(&r);
	return status;
}

/* ---- Foreign keys ---- */

enum {
	FK_NAME, FK_SCHEMA, FK_TABLE, FK_ON_DELETE, FK_ON_UPDATE, FK_DEFERRABLE, FK_DEFERRED,
	FK_COLUMN, FK_REF_COLUMN
};

/* One row for each column pair. */
static const char fkeys_sql[] =
	"SELECT c.conname, n.nspname, rc.relname, c.confdeltype, c.confupdtype, "
	"c.condeferrable, c.condeferred, a.attname, ra.attname "
	"FROM pg_catalog.pg_constraint c "
	"JOIN pg_catalog.pg_class rc ON rc.oid = c.confrelid "
	"JOIN pg_catalog.pg_namespace n ON n.oid = rc.relnamespace "
	"CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(c.conkey), "
	"pg_catalog.unnest(c.confkey)) WITH ORDINALITY AS k(here, there, i) "
	"JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.here "
	"JOIN pg_catalog.pg_attribute ra ON ra.attrelid = c.confrelid AND ra.attnum = k.there "
	"WHERE c.conrelid = %s AND c.contype = 'f' ORDER BY c.conname, c.oid, k.i";

/* What confdeltype and confupdtype stand for. */
static const char *action(const char *code)
{
	switch (*code) {
	case 'r':
		return "RESTRICT";
	case 'c':
		return "CASCADE";
	case 'n':
		return "SET NULL";
	case 'd':
		return "SET DEFAULT";
	default:
		return "NO ACTION";
	}
}

static struct fkey *add_fkey(struct table *t, const struct result *r, size_t row)
{
	struct fkey *f;

	t->fkey = xrealloc(t->fkey, (t->nfkeys + 1) * sizeof *t->fkey);
	f = &t->fkey[t->nfkeys++];
	*f = (struct fkey){
		.name = result_copy(r, row, FK_NAME),
		.ref_schema = result_copy(r, row, FK_SCHEMA),
		.ref_table = result_copy(r, row, FK_TABLE),
		.on_delete = xstrdup(action(result_get(r, row, FK_ON_DELETE))),
		.on_update = xstrdup(action(result_get(r, row, FK_ON_UPDATE))),
		.deferrable = result_bool(r, row, FK_DEFERRABLE),
		.deferred = result_bool(r, row, FK_DEFERRED),
	};
	return f;
}

static int read_fkeys(struct pg *pg, struct table *t, const char *oid, struct err *e)
{
	char *sql = xasprintf(fkeys_sql, oid);
	struct result r = {0};
	int status = pg_query(&pg->db, sql, &r, e);
	struct fkey *f = NULL;

	free(sql);
	for (size_t i = 0; i < r.nrows; i++) {
		if (!f || strcmp(f->name, result_get(&r, i, FK_NAME)))
			f = add_fkey(t, &r, i);
		add_to_list(&f->columns, result_get(&r, i, FK_COLUMN));
		add_to_list(&f->ref_columns, result_get(&r, i, FK_REF_COLUMN));
	}
	result_free(&r);
	return status;
}

/* ---- Checks ---- */

/* pg_get_expr() puts one pair of brackets around all of an operator expression. */
static char *strip_brackets(const char *expr)
{
	size_t n = strlen(expr);
	int depth = 0;
	char quote = 0;

	if (n < 2 || expr[0] != '(' || expr[n - 1] != ')')
		return xstrdup(expr);
	for (size_t i = 0; i < n; i++) {
		if (quote)
			quote = expr[i] == quote ? 0 : quote;
		else if (expr[i] == '\'' || expr[i] == '"')
			quote = expr[i];
		else if (expr[i] == '(')
			depth++;
		else if (expr[i] == ')' && --depth == 0 && i + 1 < n)
			return xstrdup(expr); /* the first bracket ends before the end */
	}
	return xstrndup(expr + 1, n - 2);
}

static int read_checks(struct pg *pg, struct table *t, const char *oid, struct err *e)
{
	char *sql = xasprintf("SELECT conname, pg_catalog.pg_get_expr(conbin, conrelid), %s "
			      "FROM pg_catalog.pg_constraint WHERE conrelid = %s "
			      "AND contype = 'c' ORDER BY conname",
			      pg->version >= 180000 ? "conenforced" : "true", oid);
	struct result r = {0};
	int status = pg_query(&pg->db, sql, &r, e);

	free(sql);
	t->nchecks = r.nrows;
	t->check = xcalloc(r.nrows, sizeof *t->check);
	for (size_t i = 0; i < r.nrows; i++)
		t->check[i] = (struct check){
			.name = result_copy(&r, i, 0),
			.expr = strip_brackets(result_get(&r, i, 1)),
			.enforced = result_bool(&r, i, 2),
		};
	result_free(&r);
	return status;
}

/* ---- Sequences ---- */

/* The next value of the identity column's sequence; 0 without one, or without the right to
 * read it. */
static int read_next_value(struct pg *pg, struct table *t, const char *sequence, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	buf_adds(&b, "SELECT pg_catalog.has_sequence_privilege(");
	pg_add_literal(&pg->db, &b, sequence, strlen(sequence));
	buf_adds(&b, ", 'SELECT')");
	status = pg_query(&pg->db, buf_cstr(&b), &r, e);
	if (status == 0 && result_bool(&r, 0, 0)) {
		result_free(&r);
		buf_reset(&b);
		buf_addf(&b, "SELECT last_value + CASE WHEN is_called THEN seqincrement ELSE 0 END "
			     "FROM %s, pg_catalog.pg_sequence WHERE seqrelid = ", sequence);
		pg_add_literal(&pg->db, &b, sequence, strlen(sequence));
		buf_adds(&b, "::regclass");
		status = pg_query(&pg->db, buf_cstr(&b), &r, e);
		if (status == 0 && r.nrows && result_number(&r, 0, 0) > 0)
			t->next_value = (uint64_t)result_number(&r, 0, 0);
	}
	buf_free(&b);
	result_free(&r);
	return status;
}

int pg_read_constraints(struct pg *pg, struct table *t, const char *oid, bool deep,
			struct err *e)
{
	if (read_keys(pg, t, oid, deep, e) < 0)
		return -1;
	if (!deep)
		return 0;
	for (size_t i = 0; i < t->ncols; i++)
		if (t->col[i].sequence && !t->next_value &&
		    read_next_value(pg, t, t->col[i].sequence, e) < 0)
			return -1;
	return read_fkeys(pg, t, oid, e) < 0 ? -1 : read_checks(pg, t, oid, e);
}
