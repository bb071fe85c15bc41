/* --types: whether the definitions of tables let every row of A into B. */
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "compat.h"
#include "modes.h"
#include "stream.h"

/* The mismatches of one table, each a text. */
struct list {
	char **v;
	size_t n;
};

static void add_mismatch(struct list *l, struct buf *b)
{
	l->v = xrealloc(l->v, (l->n + 1) * sizeof *l->v);
	l->v[l->n++] = buf_detach(b);
}

static void compare_columns(const struct column *a, enum engine from, const struct column *b,
			    enum engine to, struct list *l)
{
	struct compat c;
	struct buf text = BUF_INIT;

	compat_find(a, from, b, to, &c);
	if (c.incompatible) {
		buf_addf(&text, "Type mismatch for %s: %s -> %s", a->name, a->native, b->native);
		add_mismatch(l, &text);
	} else {
		compat_add_text(&text, &c);
		if (text.n) {
			char *why = buf_detach(&text);

			buf_addf(&text, "Type mismatch for %s: %s -> %s (%s)", a->name, a->native,
				 b->native, why);
			free(why);
			add_mismatch(l, &text);
		}
	}
	if (a->not_null != b->not_null) {
		buf_addf(&text, "Nullability mismatch for %s: %s -> %s", a->name,
			 a->not_null ? "not null" : "null", b->not_null ? "not null" : "null");
		add_mismatch(l, &text);
	}
}

/* Whether a column must be given a value in an INSERT. */
static bool is_required(const struct column *c)
{
	return c->not_null && !c->default_expr && c->identity == IDENTITY_NO &&
	       c->generated == GEN_NO;
}

static void compare_all_columns(const struct table *a, const struct table *b, struct list *l)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < a->ncols; i++) {
		const struct column *c = table_column(b, a->col[i].name, strlen(a->col[i].name));

		if (c) {
			compare_columns(&a->col[i], a->engine, c, b->engine, l);
		} else if (a->col[i].generated == GEN_NO) {
			buf_addf(&text, "Column %s missing in target", a->col[i].name);
			add_mismatch(l, &text);
		}
	}
	for (size_t i = 0; i < b->ncols; i++) {
		const struct column *c = &b->col[i];

		if (c->generated != GEN_NO || table_column(a, c->name, strlen(c->name)))
			continue;
		buf_addf(&text, "Column %s missing in source%s", c->name,
			 is_required(c) ? " (not null, without a default)" : "");
		add_mismatch(l, &text);
	}
}

/* ---- Keys ---- */

static void add_key_columns(struct buf *b, const struct key *k)
{
	for (size_t i = 0; i < k->nparts; i++)
		buf_addf(b, "%s%s", i ? ", " : "", k->part[i].column ? k->part[i].column : "…");
}

static bool has_column(const struct key *k, const char *name)
{
	for (size_t i = 0; i < k->nparts; i++)
		if (k->part[i].column && !strcmp(k->part[i].column, name))
			return true;
	return false;
}

/* The same set of columns, without prefixes and expressions. */
static bool is_same_key(const struct key *a, const struct key *b)
{
	if (a->nparts != b->nparts || a->primary != b->primary || !a->unique != !b->unique)
		return false;
	for (size_t i = 0; i < a->nparts; i++)
		if (!a->part[i].column || !has_column(b, a->part[i].column))
			return false;
	return true;
}

/* The unique keys of x that y lacks. Expressions of two engines cannot be compared. */
static void missing_keys(const struct table *x, const struct table *y, const char *side,
			 struct list *l)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < x->nkeys; i++) {
		const struct key *k = &x->key[i];
		bool found = !k->unique || k->where;

		for (size_t p = 0; p < k->nparts; p++)
			found |= !k->part[p].column || k->part[p].prefix;
		for (size_t n = 0; n < y->nkeys && !found; n++)
			found = is_same_key(k, &y->key[n]);
		if (found)
			continue;
		buf_addf(&text, "%s (", k->primary ? "Primary key" : "Unique key");
		add_key_columns(&text, k);
		buf_addf(&text, ") missing in %s", side);
		add_mismatch(l, &text);
	}
}

static bool same_names(char **a, char **b)
{
	for (; *a && *b; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return *a == *b;
}

static void missing_foreign_keys(const struct table *a, const struct table *b, struct list *l)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < a->nfkeys; i++) {
		const struct fkey *f = &a->fkey[i];
		bool found = false;

		for (size_t k = 0; k < b->nfkeys && !found; k++)
			found = !strcmp(f->ref_table, b->fkey[k].ref_table) &&
				same_names(f->columns, b->fkey[k].columns) &&
				same_names(f->ref_columns, b->fkey[k].ref_columns);
		if (found)
			continue;
		buf_adds(&text, "Foreign key (");
		for (char **c = f->columns; *c; c++)
			buf_addf(&text, "%s%s", c == f->columns ? "" : ", ", *c);
		buf_addf(&text, ") to %s missing in target", f->ref_table);
		add_mismatch(l, &text);
	}
}

static void compare_tables(const struct table *a, const struct table *b, struct list *l)
{
	struct buf text = BUF_INIT;

	if (!a || !b) {
		buf_addf(&text, "Table missing in %s", a ? "target" : "source");
		add_mismatch(l, &text);
		return;
	}
	compare_all_columns(a, b, l);
	missing_keys(a, b, "target", l);
	missing_keys(b, a, "source", l);
	missing_foreign_keys(a, b, l);
}

/* ---- The report ---- */

static int add_string(struct buf *b, const char *s, struct err *e)
{
	if (json_add_string(b, s, strlen(s)) < 0)
		return err_set(e, EXIT_BAD, "a name is not UTF-8");
	return 0;
}

static int add_types(struct buf *b, const char *key, const struct table *t, struct err *e)
{
	buf_addf(b, "\"%s\":", key);
	if (!t) {
		buf_adds(b, "null,");
		return 0;
	}
	buf_addc(b, '{');
	for (size_t i = 0; i < t->ncols; i++) {
		buf_adds(b, i ? "," : "");
		if (add_string(b, t->col[i].name, e) < 0)
			return -1;
		buf_addc(b, ':');
		if (add_string(b, t->col[i].native, e) < 0)
			return -1;
	}
	buf_adds(b, "},");
	return 0;
}

static int add_json(struct buf *b, const char *title, struct table *const t[2],
		    const struct list *l, struct err *e)
{
	buf_addc(b, b->n ? ',' : '{');
	if (add_string(b, title, e) < 0)
		return -1;
	buf_addf(b, ":{\"match\":%s,", l->n ? "false" : "true");
	if (add_types(b, "source_types", t[0], e) < 0 || add_types(b, "target_types", t[1], e) < 0)
		return -1;
	buf_adds(b, "\"mismatches\":[");
	for (size_t i = 0; i < l->n; i++) {
		buf_adds(b, i ? "," : "");
		if (add_string(b, l->v[i], e) < 0)
			return -1;
	}
	buf_adds(b, "]}");
	return 0;
}

static void add_text(struct buf *b, const char *title, const struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		buf_addf(b, "%s: %s\n", title, l->v[i]);
}

int types_of_pair(const struct options *o, const struct input in[2], const struct table_pair *p,
		  struct buf *b, bool *differs, struct err *e)
{
	struct list l = {0};
	int status = 0;

	(void)in;
	compare_tables(p->t[0], p->t[1], &l);
	*differs |= l.n > 0;
	if (options_format(o, FORMAT_SUMMARY) == FORMAT_TEXT)
		add_text(b, p->title, &l);
	else
		status = add_json(b, p->title, p->t, &l, e);
	for (size_t i = 0; i < l.n; i++)
		free(l.v[i]);
	free(l.v);
	return status;
}

int diff_types(const struct options *o, struct err *e)
{
	return tables_compare(o, false, types_of_pair, e);
}
