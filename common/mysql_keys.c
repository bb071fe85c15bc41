/*
 * Keys, foreign keys and checks from information_schema.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "mysql_impl.h"

static int query_table(struct my *m, const char *select, const char *schema_column,
		       const char *name_column, const struct table *t, const char *order,
		       struct result *r, struct err *e)
{
	struct buf b = BUF_INIT;
	int status;

	buf_adds(&b, select);
	my_add_where_table(m, &b, schema_column, name_column, t);
	buf_adds(&b, order);
	status = my_query(m, buf_cstr(&b), r, e);
	buf_free(&b);
	return status;
}

static char *lower(const char *s)
{
	char *copy = xstrdup(s);

	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

/* ---- Keys ---- */

enum { K_NAME, K_NOT_UNIQUE, K_COLUMN, K_ORDER, K_PREFIX, K_METHOD, K_COMMENT, K_EXPR };

static struct key *start_key(struct table *t, const struct result *r, size_t i)
{
	struct key *k;

	t->key = xrealloc(t->key, (t->nkeys + 1) * sizeof *t->key);
	k = &t->key[t->nkeys++];
	*k = (struct key){.name = result_copy(r, i, K_NAME)};
	k->primary = !strcmp(k->name, "PRIMARY");
	k->unique = !strcmp(result_get(r, i, K_NOT_UNIQUE), "0");
	k->method = lower(result_get(r, i, K_METHOD));
	if (*result_get(r, i, K_COMMENT))
		k->comment = result_copy(r, i, K_COMMENT);
	return k;
}

static void add_part(struct my *m, struct key *k, const struct result *r, size_t i)
{
	const char *order = result_get(r, i, K_ORDER), *prefix = result_get(r, i, K_PREFIX);
	const char *column = result_get(r, i, K_COLUMN), *expr = result_get(r, i, K_EXPR);
	struct key_part *p;

	k->part = xrealloc(k->part, (k->nparts + 1) * sizeof *k->part);
	p = &k->part[k->nparts++];
	*p = (struct key_part){.column = column ? xstrdup(column) : NULL};
	if (!column && expr)
		p->expr = m->mariadb ? xstrdup(expr) : my_unescape(expr);
	p->desc = order && *order == 'D';
	if (prefix && strcmp(k->method, "spatial") && strcmp(k->method, "fulltext"))
		p->prefix = (unsigned)strtoul(prefix, NULL, 10);
}

int my_read_keys(struct my *m, struct table *t, struct err *e)
{
	struct result r;
	struct buf b = BUF_INIT;
	struct key *k = NULL;
	int status;

	buf_addf(&b, "SELECT INDEX_NAME, NON_UNIQUE, COLUMN_NAME, COLLATION, SUB_PART, INDEX_TYPE,"
		     " INDEX_COMMENT, %s FROM information_schema.STATISTICS WHERE ",
		 m->mariadb ? "NULL" : "EXPRESSION");
	status = query_table(m, buf_cstr(&b), "TABLE_SCHEMA", "TABLE_NAME", t,
			     " ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX", &r, e);
	buf_free(&b);
	if (status < 0)
		return -1;
	for (size_t i = 0; i < r.nrows; i++) {
		if (!k || strcmp(k->name, result_get(&r, i, K_NAME)))
			k = start_key(t, &r, i);
		add_part(m, k, &r, i);
	}
	result_free(&r);
	return 0;
}

/* ---- Foreign keys ---- */

static void add_name(char ***list, const char *name)
{
	size_t n = 0;

	while (*list && (*list)[n])
		n++;
	*list = xrealloc(*list, (n + 2) * sizeof **list);
	(*list)[n] = xstrdup(name);
	(*list)[n + 1] = NULL;
}

enum { F_NAME, F_COLUMN, F_SCHEMA, F_TABLE, F_REF_COLUMN };
enum { R_NAME, R_DELETE, R_UPDATE };

/* Their rules. In a join with the columns MariaDB would open every table of the server. */
static int read_rules(struct my *m, struct table *t, struct err *e)
{
	struct result r;

	if (query_table(m,
			"SELECT CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE"
			" FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE ",
			"CONSTRAINT_SCHEMA", "TABLE_NAME", t, "", &r, e) < 0)
		return -1;
	for (size_t i = 0; i < r.nrows; i++)
		for (size_t k = 0; k < t->nfkeys; k++) {
			struct fkey *f = &t->fkey[k];

			if (f->on_delete || strcmp(f->name, result_get(&r, i, R_NAME)) != 0)
				continue;
			f->on_delete = result_copy(&r, i, R_DELETE);
			f->on_update = result_copy(&r, i, R_UPDATE);
		}
	result_free(&r);
	return 0;
}

int my_read_fkeys(struct my *m, struct table *t, struct err *e)
{
	struct result r;
	struct fkey *f = NULL;

	if (query_table(m,
			"SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA,"
			" REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME"
			" FROM information_schema.KEY_COLUMN_USAGE"
			" WHERE REFERENCED_TABLE_NAME IS NOT NULL AND ",
			"TABLE_SCHEMA", "TABLE_NAME", t,
			" ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION", &r, e) < 0)
		return -1;
	for (size_t i = 0; i < r.nrows; i++) {
		if (!f || strcmp(f->name, result_get(&r, i, F_NAME))) {
			t->fkey = xrealloc(t->fkey, (t->nfkeys + 1) * sizeof *t->fkey);
			f = &t->fkey[t->nfkeys++];
			*f = (struct fkey){.name = result_copy(&r, i, F_NAME),
					   .ref_schema = result_copy(&r, i, F_SCHEMA),
					   .ref_table = result_copy(&r, i, F_TABLE)};
		}
		add_name(&f->columns, result_get(&r, i, F_COLUMN));
		add_name(&f->ref_columns, result_get(&r, i, F_REF_COLUMN));
	}
	result_free(&r);
	return t->nfkeys ? read_rules(m, t, e) : 0;
}

/* ---- Checks ---- */

/* MariaDB's JSON is LONGTEXT with a check of its own: json_valid(`column`). Returns
 * the column that the check belongs to, or NULL. */
static struct column *json_alias(struct my *m, struct table *t, const char *expr)
{
	for (size_t i = 0; m->mariadb && i < t->ncols; i++) {
		struct column *c = &t->col[i];
		struct buf b = BUF_INIT;
		bool same;

		if (strcmp(c->type.name, "longtext"))
			continue;
		buf_adds(&b, "json_valid(");
		db_add_ident(&m->db, &b, c->name);
		buf_addc(&b, ')');
		same = !strcmp(buf_cstr(&b), expr);
		buf_free(&b);
		if (same)
			return c;
	}
	return NULL;
}

/* The expression without the brackets that stand around all of it. */
static char *strip_brackets(char *s)
{
	size_t n = strlen(s), i;
	int depth = 0;
	char quote = 0;

	if (n < 2 || s[0] != '(' || s[n - 1] != ')')
		return s;
	for (i = 0; i < n - 1; i++) {
		if (quote) {
			if (s[i] == '\\' && quote != '`')
				i++;
			else if (s[i] == quote)
				quote = 0;
		} else if (s[i] == '\'' || s[i] == '"' || s[i] == '`') {
			quote = s[i];
		} else {
			depth += (s[i] == '(') - (s[i] == ')');
			if (depth == 0)
				return s;
		}
	}
	memmove(s, s + 1, n - 2);
	s[n - 2] = '\0';
	return s;
}

static void add_check(struct my *m, struct table *t, const struct result *r, size_t i)
{
	const char *expr = result_get(r, i, 1);
	struct column *c = json_alias(m, t, expr);
	struct check *k;

	if (c) {
		c->type.lt = LT_JSON;
		return;
	}
	t->check = xrealloc(t->check, (t->nchecks + 1) * sizeof *t->check);
	k = &t->check[t->nchecks++];
	k->name = result_copy(r, i, 0);
	k->expr = strip_brackets(m->mariadb ? xstrdup(expr) : my_unescape(expr));
	k->enforced = strcmp(result_get(r, i, 2), "NO") != 0;
}

int my_read_checks(struct my *m, struct table *t, struct err *e)
{
	struct result r;
	int status;

	if (m->mariadb)
		status = query_table(m,
				     "SELECT CONSTRAINT_NAME, CHECK_CLAUSE, 'YES'"
				     " FROM information_schema.CHECK_CONSTRAINTS WHERE ",
				     "CONSTRAINT_SCHEMA", "TABLE_NAME", t,
				     " ORDER BY CONSTRAINT_NAME", &r, e);
	else
		status = query_table(m,
				     "SELECT c.CONSTRAINT_NAME, c.CHECK_CLAUSE, t.ENFORCED"
				     " FROM information_schema.TABLE_CONSTRAINTS t"
				     " JOIN information_schema.CHECK_CONSTRAINTS c"
				     " ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA"
				     " AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME"
				     " WHERE t.CONSTRAINT_TYPE = 'CHECK' AND ",
				     "t.TABLE_SCHEMA", "t.TABLE_NAME", t,
				     " ORDER BY c.CONSTRAINT_NAME", &r, e);
	if (status < 0)
		return -1;
	for (size_t i = 0; i < r.nrows; i++)
		add_check(m, t, &r, i);
	result_free(&r);
	return 0;
}
