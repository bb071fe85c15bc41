/*
 * --fit: whether every row of A fits the columns of B. Each way in which the
 * definitions leave room for a misfit is a predicate; A counts them all in one scan.
 */
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "fit.h"
#include "modes.h"
#include "value.h"

static struct fit_check *add_check(struct fit *f, const char *column, const char *kind)
{
	struct fit_check *c;

	f->check = xrealloc(f->check, (f->n + 1) * sizeof *f->check);
	c = &f->check[f->n++];
	*c = (struct fit_check){.column = xstrdup(column), .kind = kind};
	return c;
}

/* A misfit that no scan need look for. */
static void add_flaw(struct fit *f, const char *column, const char *kind, const char *what)
{
	struct fit_check *c = add_check(f, column, kind);

	buf_adds(&c->what, what);
	c->flaw = true;
}

static void check_column(struct fit *f, const struct column *a, const struct column *b)
{
	struct compat limits;

	compat_find(a, f->source->engine, b, f->target->engine, &limits);
	if (limits.incompatible) {
		struct fit_check *c = add_check(f, a->name, "type");

		buf_addf(&c->what, "%s does not become %s", a->native, b->native);
		c->flaw = true;
		return;
	}
	for (int k = 0; k < MISFIT_COUNT; k++) {
		struct fit_check *c;

		if (!limits.may[k])
			continue;
		c = add_check(f, a->name, compat_kind_name((enum misfit_kind)k));
		compat_add_misfit(&c->what, &limits, (enum misfit_kind)k);
		c->unchecked = !db_add_misfit(f->db, &c->predicate, a, &limits,
					      (enum misfit_kind)k);
	}
}

static void check_columns(struct fit *f)
{
	const struct table *a = f->source, *b = f->target;

	for (size_t i = 0; i < a->ncols; i++) {
		const struct column *c = table_column(b, a->col[i].name, strlen(a->col[i].name));

		if (c && c->generated == GEN_NO)
			check_column(f, &a->col[i], c);
		else if (!c && a->col[i].generated == GEN_NO)
			add_flaw(f, a->col[i].name, "missing", "no such column in the target");
	}
	for (size_t i = 0; i < b->ncols; i++) {
		const struct column *c = &b->col[i];

		if (c->not_null && !c->default_expr && c->identity == IDENTITY_NO &&
		    c->generated == GEN_NO && !table_column(a, c->name, strlen(c->name)))
			add_flaw(f, c->name, "missing", "no value for a column that is NOT NULL");
	}
}

/* ---- Keys ---- */

static bool is_same_text(const struct column *a, const struct column *b)
{
	if (a->type.lt != LT_TEXT || b->type.lt != LT_TEXT)
		return true;
	return a->collation && b->collation && !strcmp(a->collation, b->collation);
}

/* Whether a key of A keeps the columns as unique as one of B would. */
static bool is_kept_by(const struct fit *f, const struct key *theirs, const struct key *ours)
{
	if (!ours->unique || ours->where || ours->nparts > theirs->nparts)
		return false;
	for (size_t i = 0; i < ours->nparts; i++) {
		const struct column *a, *b = NULL;
		bool found = false;

		if (!ours->part[i].column || ours->part[i].prefix)
			return false;
		for (size_t k = 0; k < theirs->nparts && !found; k++)
			found = !strcmp(theirs->part[k].column, ours->part[i].column);
		if (!found)
			return false;
		a = table_column(f->source, ours->part[i].column, strlen(ours->part[i].column));
		b = table_column(f->target, ours->part[i].column, strlen(ours->part[i].column));
		/* Two texts that A tells apart may be one for a collation of MySQL's. */
		if (b->charset && !is_same_text(a, b))
			return false;
	}
	return true;
}

/* A unique key of B, all of whose columns A has and which nothing in A ensures. */
static bool needs_scan(const struct fit *f, const struct key *k)
{
	if (!k->unique || k->where)
		return false;
	for (size_t i = 0; i < k->nparts; i++) {
		const char *name = k->part[i].column;

		if (!name || k->part[i].prefix || !table_column(f->source, name, strlen(name)))
			return false;
	}
	for (size_t i = 0; i < f->source->nkeys; i++)
		if (is_kept_by(f, k, &f->source->key[i]))
			return false;
	return true;
}

static void add_duplicate_check(struct fit *f, const struct key *k)
{
	struct buf names = BUF_INIT, columns = BUF_INIT, folded = BUF_INIT;
	struct fit_check *c;

	for (size_t i = 0; i < k->nparts; i++) {
		const char *name = k->part[i].column;

		buf_addf(&names, "%s%s", i ? "," : "", name);
		buf_adds(&columns, i ? " AND " : "");
		db_add_ident(f->db, &columns, name);
		buf_adds(&columns, " IS NOT NULL");
		buf_adds(&folded, i ? ", " : "");
		db_add_folded(f->db, &folded, table_column(f->source, name, strlen(name)),
			      table_column(f->target, name, strlen(name)));
	}
	c = add_check(f, buf_cstr(&names), "duplicate");
	buf_addf(&c->what, "that the target's unique key %s takes for equal to another's",
		 k->name ? k->name : "");
	c->group = buf_detach(&folded);
	buf_addf(&c->predicate, "%s", buf_cstr(&columns));
	buf_free(&names);
	buf_free(&columns);
}

static void check_keys(struct fit *f)
{
	for (size_t i = 0; i < f->target->nkeys; i++)
		if (needs_scan(f, &f->target->key[i]))
			add_duplicate_check(f, &f->target->key[i]);
}

/* ---- The scans ---- */

static int scan_rows(struct fit *f, const char *where, struct err *e)
{
	struct buf sql = BUF_INIT;
	struct result r = {0};
	size_t column = 1;
	int status;

	buf_adds(&sql, "SELECT count(*)");
	for (size_t i = 0; i < f->n; i++)
		if (f->check[i].predicate.n && !f->check[i].group)
			buf_addf(&sql, ", count(CASE WHEN %s THEN 1 END)",
				 buf_cstr(&f->check[i].predicate));
	buf_adds(&sql, " FROM ");
	db_add_table(f->db, &sql, f->source);
	if (where)
		buf_addf(&sql, " WHERE (%s\n)", where);
	status = db_query(f->db, buf_cstr(&sql), &r, e);
	if (status == 0)
		value_uint(result_get(&r, 0, 0), strlen(result_get(&r, 0, 0)), &f->rows);
	for (size_t i = 0; i < f->n && status == 0; i++)
		if (f->check[i].predicate.n && !f->check[i].group) {
			const char *n = result_get(&r, 0, column++);

			value_uint(n, strlen(n), &f->check[i].rows);
		}
	result_free(&r);
	buf_free(&sql);
	return status;
}

/* Rows beyond the first of each group. */
static int scan_duplicates(struct fit *f, struct fit_check *c, const char *where, struct err *e)
{
	struct buf sql = BUF_INIT;
	struct result r = {0};
	int status;

	buf_adds(&sql, "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM ");
	db_add_table(f->db, &sql, f->source);
	buf_addf(&sql, " WHERE %s", buf_cstr(&c->predicate));
	if (where)
		buf_addf(&sql, " AND (%s\n)", where);
	buf_addf(&sql, " GROUP BY %s HAVING count(*) > 1) AS g", c->group);
	status = db_query(f->db, buf_cstr(&sql), &r, e);
	if (status == 0)
		value_uint(result_get(&r, 0, 0), strlen(result_get(&r, 0, 0)), &c->rows);
	result_free(&r);
	buf_free(&sql);
	return status;
}

int fit_scan(struct fit *f, const char *where, struct err *e)
{
	int status = scan_rows(f, where, e);

	for (size_t i = 0; i < f->n && status == 0; i++)
		if (f->check[i].group)
			status = scan_duplicates(f, &f->check[i], where, e);
	return status;
}

void fit_open(struct fit *f, struct db *db, const struct table *source,
	      const struct table *target)
{
	*f = (struct fit){.db = db, .source = source, .target = target};
	if (!source || !target) {
		add_flaw(f, "", "missing", source ? "no such table in the target"
						  : "no such table in the source");
		return;
	}
	check_columns(f);
	check_keys(f);
}

bool fit_is_misfit(const struct fit_check *c)
{
	return c->flaw || c->rows > 0;
}

void fit_free(struct fit *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->check[i].column);
		free(f->check[i].group);
		buf_free(&f->check[i].what);
		buf_free(&f->check[i].predicate);
	}
	free(f->check);
}

int fit_of_pair(const struct options *o, const struct input in[2], const struct table_pair *p,
		struct buf *b, bool *differs, struct err *e)
{
	struct fit f;
	int status;

	if (!p->t[0]) /* a table that only B has takes no rows of A */
		return 0;
	fit_open(&f, in[0].db, p->t[0], p->t[1]);
	status = p->t[1] ? fit_scan(&f, o->where, e) : 0;
	for (size_t i = 0; i < f.n; i++)
		*differs |= fit_is_misfit(&f.check[i]);
	if (status == 0)
		status = fit_report(&f, p->title, o, b, e);
	if (status < 0)
		err_prefix(e, "%s", p->title);
	fit_free(&f);
	return status;
}

int diff_fit(const struct options *o, struct err *e)
{
	return tables_compare(o, true, fit_of_pair, e);
}
