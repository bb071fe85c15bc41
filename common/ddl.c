#include "ddl_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ddl_warn(struct ddl *d, const struct table *t, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	if (t->schema)
		buf_addf(&b, "%s.", t->schema);
	buf_addf(&b, "%s: %s", t->name, s);
	d->options.warning(d->options.ctx, buf_cstr(&b));
	buf_free(&b);
	free(s);
}

static bool is_reserved(const struct ddl *d, const char *name)
{
	for (const char *const *r = d->dialect->reserved; r && *r; r++)
		if (!strcmp(*r, name))
			return true;
	return false;
}

static int check_names(struct ddl *d, const struct table *t, struct err *e)
{
	size_t max = d->dialect->max_name;

	if (strlen(t->name) > max)
		return err_set(e, EXIT_BAD, "%s: the table's name has %zu bytes, %s takes %zu",
			       t->name, strlen(t->name), d->dialect->label, max);
	for (size_t i = 0; i < t->ncols; i++) {
		const char *name = t->col[i].name;

		if (strlen(name) > max)
			return err_set(e, EXIT_BAD,
				       "%s: column %s: its name has %zu bytes, %s takes %zu",
				       t->name, name, strlen(name), d->dialect->label, max);
		if (is_reserved(d, name))
			return err_set(e, EXIT_BAD, "%s: column %s: %s keeps this name for itself",
				       t->name, name, d->dialect->label);
		for (size_t k = 0; d->dialect->columns_fold && k < i; k++)
			if (!strcasecmp(name, t->col[k].name))
				return err_set(e, EXIT_BAD,
					       "%s: columns %s and %s are one name to %s", t->name,
					       t->col[k].name, name, d->dialect->label);
	}
	return 0;
}

/* ---- Looking up ---- */

const struct ddl_table *ddl_find(const struct ddl *d, const char *schema, const char *name)
{
	for (size_t i = 0; i < d->ntables; i++) {
		const struct table *t = d->table[i].t;

		if (!strcmp(t->name, name) && (!schema || !t->schema || !strcmp(schema, t->schema)))
			return &d->table[i];
	}
	return NULL;
}

const struct target_type *ddl_type(const struct ddl_table *dt, const char *column)
{
	const struct column *c = table_column(dt->t, column, strlen(column));

	return c ? &dt->type[c - dt->t->col] : NULL;
}

bool ddl_is_unique(const struct table *t, char *const *columns)
{
	size_t n = 0;

	while (columns[n])
		n++;
	for (size_t i = 0; i < t->nkeys; i++) {
		const struct key *k = &t->key[i];
		size_t found = 0;

		if (!k->unique || k->where || k->nparts != n)
			continue;
		for (size_t p = 0; p < n; p++)
			for (size_t c = 0; c < n; c++)
				found += k->part[p].column && !k->part[p].prefix &&
					 !strcmp(k->part[p].column, columns[c]);
		if (found == n)
			return true;
	}
	return false;
}

/* ---- Expressions ---- */

int ddl_expr(struct ddl *d, const struct ddl_table *dt, const char *text, enum expr_use use,
	     const struct target_type *type, struct buf *b, bool *ignores_case)
{
	struct expr_env env = {.from = d->from, .to = d->to, .table = dt->t, .types = dt->type};
	struct expr x;
	int status;

	if (d->same) {
		buf_adds(b, text);
		return 0;
	}
	if (expr_parse(&x, d->from, text) < 0)
		return -1;
	status = expr_write(b, &env, x.root, use, type);
	expr_free(&x);
	if (ignores_case)
		*ignores_case = env.ignores_case;
	return status;
}

bool ddl_is_json_check(const struct table *t, const struct check *c)
{
	struct expr x;
	const struct column *col = NULL;

	if (t->engine != ENGINE_MYSQL || expr_parse(&x, t->engine, c->expr) < 0)
		return false;
	if (x.root->kind == EXPR_CALL && !strcmp(x.root->text.p, "json_valid") &&
	    x.root->nargs == 1 && x.root->arg[0]->kind == EXPR_COLUMN)
		col = table_column(t, x.root->arg[0]->text.p, x.root->arg[0]->text.n);
	expr_free(&x);
	return col && col->type.lt == LT_JSON;
}

void ddl_default(struct ddl *d, const struct table *t, const struct column *c,
		 const struct target_type *type)
{
	struct buf b = BUF_INIT;
	const char *why = "";
	int status = expr_write_default(&b, d->from, d->to, c, type, &why);

	if (status > 0)
		buf_addf(d->out, " DEFAULT %s", buf_cstr(&b));
	else if (status < 0)
		ddl_warn(d, t, "column %s: default %s is left out: it %s", c->name,
			 c->default_expr, why);
	buf_free(&b);
}

bool ddl_generated(struct ddl *d, const struct ddl_table *dt, size_t i)
{
	const struct column *c = &dt->t->col[i];
	struct buf b = BUF_INIT;
	bool ignores_case = false;
	int status = -1;

	if (c->generation_expr)
		status = ddl_expr(d, dt, c->generation_expr, USE_COLUMN, &dt->type[i], &b,
				  &ignores_case);
	if (status < 0)
		ddl_warn(d, dt->t,
			 "column %s: generated as %s, which %s cannot say: it is an ordinary "
			 "column there, whose values only `extract -c` carries",
			 c->name, c->generation_expr ? c->generation_expr : "?", d->dialect->label);
	else
		buf_addf(d->out, " GENERATED ALWAYS AS (%s)", buf_cstr(&b));
	if (ignores_case)
		ddl_warn(d, dt->t, "column %s: its expression compares texts regardless of case, "
			 "%s does not", c->name, d->dialect->label);
	buf_free(&b);
	return status == 0;
}

/* ---- Sections ---- */

static void warn_of_kind(struct ddl *d, const struct table *t)
{
	if (t->kind == TABLE_VIEW)
		ddl_warn(d, t, "a view: not translated");
	else if (t->kind == TABLE_PARTITIONED)
		ddl_warn(d, t, "its partitions are not translated: it is one plain table");
	else if (t->kind == TABLE_FOREIGN)
		ddl_warn(d, t, "a foreign table: it becomes a plain one");
	else if (t->has_children)
		ddl_warn(d, t, "inheritance is not translated");
}

/* The session's settings stand before the first section only. */
static void begin(struct ddl *d, struct buf *out)
{
	d->out = out;
	if (!d->begun)
		d->dialect->begin(d);
	d->begun = true;
}

void ddl_pre_data(struct ddl *d, struct buf *out)
{
	begin(d, out);
	for (size_t i = 0; i < d->ntables; i++) {
		const struct table *t = d->table[i].t;

		if (!*ddl_scope(d, t->schema) || !ddl_take(d, "schema", t->schema))
			continue;
		if (d->to == ENGINE_POSTGRES && !strcmp(t->schema, "public"))
			continue;
		buf_adds(out, "CREATE SCHEMA IF NOT EXISTS ");
		ddl_ident(d, t->schema);
		buf_adds(out, ";\n");
	}
	d->dialect->before_tables(d);
	for (size_t i = 0; i < d->nall; i++)
		warn_of_kind(d, d->all[i]);
	for (size_t i = 0; i < d->ntables; i++) {
		const struct ddl_table *dt = &d->table[i];

		for (size_t c = 0; c < dt->t->ncols; c++)
			if (dt->type[c].warn)
				ddl_warn(d, dt->t, "column %s: %s becomes %s, which %s",
					 dt->t->col[c].name, dt->t->col[c].native,
					 buf_cstr(&dt->type[c].text), dt->type[c].note);
		d->dialect->create_table(d, dt);
	}
}

static void foreign_key(struct ddl *d, const struct ddl_table *dt, const struct fkey *f)
{
	const struct ddl_table *ref = ddl_find(d, f->ref_schema, f->ref_table);

	if (!ref) {
		ddl_warn(d, dt->t,
			 "foreign key %s: refers to %s%s%s, which is not among the tables", f->name,
			 f->ref_schema ? f->ref_schema : "", f->ref_schema ? "." : "",
			 f->ref_table);
	} else if (!ddl_is_unique(ref->t, f->ref_columns)) {
		ddl_warn(d, dt->t,
			 "foreign key %s is left out: its columns in %s are no unique key", f->name,
			 f->ref_table);
		return;
	}
	d->dialect->foreign_key(d, dt, f);
}

void ddl_keys(struct ddl *d, struct buf *out)
{
	begin(d, out);
	for (size_t i = 0; i < d->ntables; i++) {
		size_t before = out->n;

		buf_addc(out, '\n');
		d->dialect->keys(d, &d->table[i]);
		if (out->n == before + 1)
			out->n = before;
	}
}

void ddl_foreign_keys(struct ddl *d, struct buf *out)
{
	begin(d, out);
	for (size_t i = 0; i < d->ntables; i++)
		for (size_t k = 0; k < d->table[i].t->nfkeys; k++)
			foreign_key(d, &d->table[i], &d->table[i].t->fkey[k]);
}

void ddl_data_types(struct ddl *d, struct buf *out)
{
	d->out = out;
	buf_adds(out, "table\tcolumn\tsource\ttarget\tnote\n");
	for (size_t i = 0; i < d->ntables; i++) {
		const struct table *t = d->table[i].t;

		for (size_t c = 0; c < t->ncols; c++) {
			const struct target_type *type = &d->table[i].type[c];

			if (t->schema)
				buf_addf(out, "%s.", t->schema);
			buf_addf(out, "%s\t%s\t%s\t", t->name, t->col[c].name, t->col[c].native);
			buf_add(out, type->text.p, type->text.n);
			if (type->labels == LABELS_INLINE)
				ddl_labels(d, t->col[c].type.labels);
			else if (type->labels == LABELS_TYPE && !type->text.n)
				buf_adds(out, "enum");
			buf_addf(out, "\t%s\n", type->note ? type->note : "");
		}
	}
}

/* ---- The whole ---- */

static void plan_table(struct ddl *d, const struct table *t)
{
	struct ddl_table *dt = &d->table[d->ntables++];

	dt->t = t;
	dt->type = xcalloc(t->ncols, sizeof *dt->type);
	for (size_t i = 0; i < t->ncols; i++)
		typemap_column(d->map, t, &t->col[i], &dt->type[i]);
	ddl_take(d, ddl_scope(d, t->schema), t->name);
}

struct ddl *ddl_new(const struct ddl_options *options, struct typemap *map,
		    struct table *const *tables, size_t n, struct err *e)
{
	struct ddl *d = xcalloc(1, sizeof *d);

	d->options = *options;
	d->map = map;
	d->from = map->from;
	d->to = map->to;
	d->same = d->from == d->to;
	d->dialect = d->to == ENGINE_POSTGRES ? &ddl_postgres : &ddl_mysql;
	d->all = tables;
	d->nall = n;
	d->table = xcalloc(n, sizeof *d->table);
	for (size_t i = 0; i < n; i++) {
		if (tables[i]->kind == TABLE_VIEW)
			continue;
		if (check_names(d, tables[i], e) < 0) {
			ddl_free(d);
			return NULL;
		}
		plan_table(d, tables[i]);
	}
	for (size_t i = 0; !d->same && i < d->ntables; i++)
		d->dialect->plan(d, &d->table[i]);
	for (size_t i = 0; i < map->nrules; i++)
		if (!map->rule[i].used) {
			char *text = xasprintf("--cast %s matches no column", map->rule[i].text);

			options->warning(options->ctx, text);
			free(text);
		}
	return d;
}

void ddl_free(struct ddl *d)
{
	for (size_t i = 0; i < d->ntables; i++) {
		for (size_t c = 0; c < d->table[i].t->ncols; c++)
			buf_free(&d->table[i].type[c].text);
		free(d->table[i].type);
	}
	for (size_t i = 0; i < d->taken.n; i++)
		free(d->taken.v[i]);
	free(d->taken.v);
	free(d->table);
	free(d);
}
