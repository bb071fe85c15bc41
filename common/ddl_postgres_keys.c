/*
 * PostgreSQL's DDL after the data (manual, "ALTER TABLE", "CREATE INDEX").
 */
#include <stdlib.h>
#include <string.h>

#include "ddl_postgres.h"

static void alter_table(struct ddl *d, const struct table *t, const char *constraint)
{
	buf_adds(d->out, "ALTER TABLE ");
	ddl_table_name(d, t->schema, t->name);
	buf_adds(d->out, " ADD ");
	if (constraint) {
		buf_adds(d->out, "CONSTRAINT ");
		ddl_ident(d, constraint);
		buf_addc(d->out, ' ');
	}
}

static bool ignores_case(const struct table *t, const char *column)
{
	const struct column *c = table_column(t, column, strlen(column));

	return c && c->type.lt == LT_TEXT && c->collation && strstr(c->collation, "_ci");
}

/* MySQL's index of a column's first characters: an expression here. */
static void prefix_part(struct ddl *d, const struct ddl_table *dt, const struct key_part *p)
{
	const struct target_type *type = ddl_type(dt, p->column);

	buf_adds(d->out, type && type->lt == LT_BYTES ? "substring(" : "left(");
	ddl_ident(d, p->column);
	buf_addf(d->out, type && type->lt == LT_BYTES ? ", 1, %u)" : ", %u)", p->prefix);
}

static int key_part(struct ddl *d, const struct ddl_table *dt, const struct key_part *p)
{
	struct buf b = BUF_INIT;

	if (p->column && p->prefix) {
		prefix_part(d, dt, p);
	} else if (p->column) {
		ddl_ident(d, p->column);
	} else {
		if (!p->expr || ddl_expr(d, dt, p->expr, USE_INDEX, NULL, &b, NULL) < 0)
			return -1;
		buf_addf(d->out, "(%s)", buf_cstr(&b));
		buf_free(&b);
	}
	if (d->same && p->opclass) {
		buf_addc(d->out, ' ');
		ddl_ident(d, p->opclass);
	}
	if (p->desc)
		buf_adds(d->out, " DESC");
	if (d->same && p->desc != p->nulls_first)
		buf_adds(d->out, p->nulls_first ? " NULLS FIRST" : " NULLS LAST");
	return 0;
}

static int key_parts(struct ddl *d, const struct ddl_table *dt, const struct key *k)
{
	buf_addc(d->out, '(');
	for (size_t i = 0; i < k->nparts; i++) {
		buf_adds(d->out, i ? ", " : "");
		if (key_part(d, dt, &k->part[i]) < 0)
			return -1;
	}
	buf_addc(d->out, ')');
	if (k->include && *k->include) {
		buf_adds(d->out, " INCLUDE (");
		ddl_ident_list(d, k->include);
		buf_addc(d->out, ')');
	}
	return 0;
}

/* Whether a constraint can say it: plain columns, in rising order. */
static bool is_constraint(const struct ddl *d, const struct key *k)
{
	if (k->primary || d->same)
		return k->primary || k->constraint;
	if (!k->unique)
		return false;
	for (size_t i = 0; i < k->nparts; i++)
		if (!k->part[i].column || k->part[i].prefix || k->part[i].desc)
			return false;
	return true;
}

/* The access method, or NULL after a warning if there is none. */
static const char *method(struct ddl *d, const struct ddl_table *dt, const struct key *k)
{
	const struct target_type *type;

	if (d->same)
		return k->method ? k->method : "btree";
	if (k->method && !strcasecmp(k->method, "fulltext")) {
		ddl_warn(d, dt->t,
			 "index %s is left out: fulltext, which has no equal in PostgreSQL "
			 "(see gin and to_tsvector)",
			 k->name);
		return NULL;
	}
	if (k->method && !strcasecmp(k->method, "vector")) {
		ddl_warn(d, dt->t, "index %s is left out: vector, which needs pgvector", k->name);
		return NULL;
	}
	if (!k->method || strcasecmp(k->method, "spatial"))
		return "btree";
	type = k->nparts && k->part[0].column ? ddl_type(dt, k->part[0].column) : NULL;
	if (type && type->lt == LT_GEOMETRY)
		return "gist";
	ddl_warn(d, dt->t, "index %s is left out: spatial, which needs PostGIS (--postgis)",
		 k->name);
	return NULL;
}

static void warn_of_key(struct ddl *d, const struct table *t, const struct key *k)
{
	for (size_t i = 0; i < k->nparts && !d->same; i++) {
		const struct key_part *p = &k->part[i];

		if (p->prefix)
			ddl_warn(d, t,
				 "index %s: of the first %u characters of column %s, it becomes "
				 "an index of an expression",
				 k->name, p->prefix, p->column);
		if (k->unique && p->column && ignores_case(t, p->column))
			ddl_warn(d, t,
				 "index %s: column %s was unique regardless of case, PostgreSQL "
				 "compares exactly",
				 k->name, p->column);
	}
}

static void key_comment(struct ddl *d, const struct table *t, const struct key *k, const char *name)
{
	if (!k->comment || !*k->comment)
		return;
	buf_adds(d->out, "COMMENT ON INDEX ");
	ddl_table_name(d, t->schema, name);
	buf_adds(d->out, " IS ");
	ddl_string(d, k->comment);
	buf_adds(d->out, ";\n");
}

static int write_key(struct ddl *d, const struct ddl_table *dt, const struct key *k,
		     const char *name, const char *with)
{
	if (is_constraint(d, k)) {
		alter_table(d, dt->t, name);
		buf_adds(d->out, k->primary ? "PRIMARY KEY " : "UNIQUE ");
		if (k->nulls_not_distinct)
			buf_adds(d->out, "NULLS NOT DISTINCT ");
		return key_parts(d, dt, k);
	}
	buf_addf(d->out, "CREATE %sINDEX ", k->unique ? "UNIQUE " : "");
	ddl_ident(d, name);
	buf_adds(d->out, " ON ");
	ddl_table_name(d, dt->t->schema, dt->t->name);
	buf_addf(d->out, " USING %s ", with);
	if (key_parts(d, dt, k) < 0)
		return -1;
	if (k->nulls_not_distinct)
		buf_adds(d->out, " NULLS NOT DISTINCT");
	if (k->where)
		buf_addf(d->out, " WHERE %s", k->where);
	return 0;
}

static void key(struct ddl *d, const struct ddl_table *dt, const struct key *k)
{
	const char *with, *wanted = k->primary && !d->same ? "pkey" : k->name;
	size_t start = d->out->n;
	char *name;

	if (k->constraint && !k->primary && !k->unique) {
		ddl_warn(d, dt->t, "constraint %s is left out: an exclusion constraint", k->name);
		return;
	}
	with = method(d, dt, k);
	if (!with)
		return;
	name = ddl_name(d, ddl_scope(d, dt->t->schema), dt->t, wanted, d->same);
	if (write_key(d, dt, k, name, with) < 0) {
		d->out->n = start;
		ddl_warn(d, dt->t,
			 "index %s is left out: its expression is not the same in PostgreSQL",
			 k->name);
	} else {
		buf_adds(d->out, ";\n");
		warn_of_key(d, dt->t, k);
		key_comment(d, dt->t, k, name);
	}
	free(name);
}

static void check(struct ddl *d, const struct ddl_table *dt, const struct check *c)
{
	struct buf b = BUF_INIT;
	bool ci = false;
	char *name;

	if (!d->same && ddl_is_json_check(dt->t, c))
		return;
	if (!d->same && !c->enforced)
		ddl_warn(d, dt->t, "check %s is left out: it is not enforced", c->name);
	else if (ddl_expr(d, dt, c->expr, USE_CHECK, NULL, &b, &ci) < 0)
		ddl_warn(d, dt->t, "check %s is left out: %s is not the same in PostgreSQL",
			 c->name, c->expr);
	if (b.n) {
		char *scope = xasprintf("%s.%s.check", ddl_scope(d, dt->t->schema), dt->t->name);

		name = c->name ? ddl_name(d, scope, dt->t, c->name, true) : NULL;
		free(scope);
		alter_table(d, dt->t, name);
		buf_addf(d->out, "CHECK (%s)%s;\n", buf_cstr(&b),
			 c->enforced ? "" : " NOT ENFORCED");
		free(name);
	}
	if (ci)
		ddl_warn(d, dt->t,
			 "check %s: compares texts regardless of case, PostgreSQL exactly",
			 c->name);
	buf_free(&b);
}

/* An ENUM that became text keeps its labels as a check. */
static void labels_check(struct ddl *d, const struct ddl_table *dt, size_t i)
{
	const struct column *c = &dt->t->col[i];
	char *text, *name, *scope;

	if (dt->type[i].labels != LABELS_CHECK)
		return;
	text = xasprintf("%s_check", c->name);
	scope = xasprintf("%s.%s.check", ddl_scope(d, dt->t->schema), dt->t->name);
	name = ddl_name(d, scope, dt->t, text, false);
	alter_table(d, dt->t, name);
	buf_adds(d->out, "CHECK (");
	ddl_ident(d, c->name);
	buf_adds(d->out, " IN ");
	ddl_labels(d, c->type.labels);
	buf_adds(d->out, ");\n");
	free(text);
	free(scope);
	free(name);
}

/* The next value is above both the source's last one and what was loaded. */
static void sequence_value(struct ddl *d, const struct ddl_table *dt, size_t i, bool first)
{
	const struct column *c = &dt->t->col[i];
	struct buf table = BUF_INIT, *out = d->out;
	unsigned long long last = first && dt->t->next_value ? dt->t->next_value - 1 : 0;

	d->out = &table;
	ddl_table_name(d, dt->t->schema, dt->t->name);
	d->out = out;
	buf_adds(out, "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(");
	ddl_string(d, buf_cstr(&table));
	buf_adds(out, ", ");
	ddl_string(d, c->name);
	buf_addf(out, "), v::bigint) FROM (SELECT greatest(%llu, max(", last);
	ddl_ident(d, c->name);
	buf_addf(out, ")) AS v FROM %s) AS s WHERE v > 0;\n", buf_cstr(&table));
	buf_free(&table);
}

void postgres_keys(struct ddl *d, const struct ddl_table *dt)
{
	const struct table *t = dt->t;
	bool first = true;

	for (size_t i = 0; i < t->nkeys; i++)
		key(d, dt, &t->key[i]);
	for (size_t i = 0; i < t->ncols; i++)
		labels_check(d, dt, i);
	for (size_t i = 0; i < t->nchecks; i++)
		check(d, dt, &t->check[i]);
	for (size_t i = 0; i < t->ncols; i++) {
		if (!postgres_has_sequence(&t->col[i]))
			continue;
		sequence_value(d, dt, i, first);
		first = false;
	}
}

void postgres_foreign_key(struct ddl *d, const struct ddl_table *dt, const struct fkey *f)
{
	const char *no_action = "NO ACTION";
	char *scope = xasprintf("%s.%s.check", ddl_scope(d, dt->t->schema), dt->t->name);
	char *name = ddl_name(d, scope, dt->t, f->name, true);

	alter_table(d, dt->t, name);
	buf_adds(d->out, "FOREIGN KEY (");
	ddl_ident_list(d, f->columns);
	buf_adds(d->out, ") REFERENCES ");
	ddl_table_name(d, f->ref_schema, f->ref_table);
	buf_adds(d->out, " (");
	ddl_ident_list(d, f->ref_columns);
	buf_addc(d->out, ')');
	if (f->on_update && strcmp(f->on_update, no_action))
		buf_addf(d->out, " ON UPDATE %s", f->on_update);
	if (f->on_delete && strcmp(f->on_delete, no_action))
		buf_addf(d->out, " ON DELETE %s", f->on_delete);
	if (f->deferrable)
		buf_adds(d->out, f->deferred ? " DEFERRABLE INITIALLY DEFERRED" : " DEFERRABLE");
	buf_adds(d->out, ";\n");
	for (size_t i = 0; f->columns[i] && !d->same; i++)
		if (ignores_case(dt->t, f->columns[i]))
			ddl_warn(d, dt->t, "foreign key %s: column %s referred regardless of case, "
				 "PostgreSQL compares exactly", f->name, f->columns[i]);
	free(scope);
	free(name);
}
