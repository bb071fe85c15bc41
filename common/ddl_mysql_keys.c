/*
 * MySQL's DDL after the data: one ALTER TABLE a table, so that the table is
 * built anew only once (MySQL manual, "ALTER TABLE Statement").
 */
#include <stdlib.h>
#include <string.h>

#include "ddl_mysql.h"

#define INDEX_COMMENT 1024

/* The clauses of one ALTER TABLE, as they come. */
struct alter {
	struct ddl *d;
	const struct ddl_table *dt;
	size_t n;
};

static void clause(struct alter *a)
{
	struct ddl *d = a->d;

	if (a->n++) {
		buf_adds(d->out, ",\n\t");
		return;
	}
	buf_adds(d->out, "ALTER TABLE ");
	ddl_table_name(d, a->dt->t->schema, a->dt->t->name);
	buf_adds(d->out, "\n\t");
}

/* The column of an index of its first characters, left(c, n), and their number; or NULL. */
static const struct column *prefix_of(const struct ddl_table *dt, const struct key_part *p,
				      uint64_t *prefix)
{
	const struct column *c = NULL;
	struct expr x;

	if (p->column || !p->expr || expr_parse(&x, dt->t->engine, p->expr) < 0)
		return NULL;
	if (x.root->kind == EXPR_CALL && !strcmp(x.root->text.p, "left") && x.root->nargs == 2 &&
	    x.root->arg[1]->kind == EXPR_NUMBER) {
		const struct expr_node *of = x.root->arg[0];

		while (of->kind == EXPR_CAST)
			of = of->arg[0];
		*prefix = strtoull(x.root->arg[1]->text.p, NULL, 10);
		if (of->kind == EXPR_COLUMN && *prefix &&
		    *prefix <= MYSQL_KEY_BYTES / MYSQL_CHAR_BYTES)
			c = table_column(dt->t, of->text.p, of->text.n);
	}
	expr_free(&x);
	return c && ddl_type(dt, c->name)->lt == LT_TEXT ? c : NULL;
}

/* Why an index cannot be made in MySQL, or NULL. */
static const char *obstacle(const struct ddl_table *dt, const struct key *k)
{
	if (k->where)
		return "a partial index";
	if (k->nulls_not_distinct)
		return "unique with NULLS NOT DISTINCT";
	if (k->nparts > MYSQL_KEY_PARTS)
		return "of more than 16 columns";
	if (k->method && strcmp(k->method, "btree") && strcmp(k->method, "hash"))
		return k->method;
	for (size_t i = 0; i < k->nparts; i++) {
		const struct target_type *type;
		uint64_t prefix;

		if (prefix_of(dt, &k->part[i], &prefix))
			continue;
		if (!k->part[i].column)
			return "an index of an expression";
		type = ddl_type(dt, k->part[i].column);
		if (type && !mysql_can_index(type))
			return "an index of a type that MySQL cannot index";
	}
	return NULL;
}

static void key_part(struct ddl *d, const struct ddl_table *dt, const struct key *k, size_t i)
{
	const struct key_part *p = &k->part[i];
	uint64_t prefix = p->prefix;
	const struct column *c = d->same ? NULL : prefix_of(dt, p, &prefix);

	if (c) {
		ddl_ident(d, c->name);
		buf_addf(d->out, "(%llu)", (unsigned long long)prefix);
	} else if (!p->column) {
		buf_addf(d->out, "(%s)", p->expr);
	} else {
		ddl_ident(d, p->column);
		if (!d->same && !k->unique) {
			const char **columns = xcalloc(k->nparts, sizeof *columns);

			for (size_t n = 0; n < k->nparts; n++)
				columns[n] = k->part[n].column ? k->part[n].column : "";
			prefix = mysql_key_share(dt, columns, k->nparts, p->column);
			free(columns);
		}
		if (prefix)
			buf_addf(d->out, "(%llu)", (unsigned long long)prefix);
	}
	if (p->desc)
		buf_adds(d->out, " DESC");
}

static const char *kind_of_key(const struct key *k)
{
	if (k->unique)
		return "UNIQUE KEY ";
	if (k->method && !strcasecmp(k->method, "fulltext"))
		return "FULLTEXT KEY ";
	if (k->method && !strcasecmp(k->method, "vector"))
		return "VECTOR KEY ";
	return k->method && !strcasecmp(k->method, "spatial") ? "SPATIAL KEY " : "KEY ";
}

static void key(struct alter *a, const struct key *k)
{
	struct ddl *d = a->d;
	const struct table *t = a->dt->t;
	const char *why = d->same ? NULL : obstacle(a->dt, k);

	if (why) {
		ddl_warn(d, t, "index %s is left out: %s, which has no equal in MySQL", k->name,
			 why);
		return;
	}
	if (k->include && *k->include)
		ddl_warn(d, t, "index %s: its INCLUDE columns are left out", k->name);
	if (k->method && !strcasecmp(k->method, "vector"))
		ddl_warn(d, t, "index %s: its M and DISTANCE, which the catalogue does not tell, "
			 "become the server's defaults", k->name);
	clause(a);
	buf_adds(d->out, "ADD ");
	if (k->primary) {
		buf_adds(d->out, "PRIMARY KEY ");
	} else {
		buf_adds(d->out, kind_of_key(k));
		ddl_ident(d, k->name);
		buf_addc(d->out, ' ');
	}
	buf_addc(d->out, '(');
	for (size_t i = 0; i < k->nparts; i++) {
		buf_adds(d->out, i ? ", " : "");
		key_part(d, a->dt, k, i);
	}
	buf_addc(d->out, ')');
	if (k->comment && *k->comment && strlen(k->comment) <= INDEX_COMMENT) {
		buf_adds(d->out, " COMMENT ");
		ddl_string(d, k->comment);
	}
}

/* MySQL wants the counting column first in a key of its own engine's kind. */
static bool leads_a_key(const struct ddl *d, const struct ddl_table *dt, const struct column *c)
{
	for (size_t i = 0; i < dt->t->nkeys; i++) {
		const struct key *k = &dt->t->key[i];

		if (k->nparts && k->part[0].column && !strcmp(k->part[0].column, c->name) &&
		    (d->same || !obstacle(dt, k)))
			return true;
	}
	return false;
}

static void counter(struct alter *a)
{
	const struct table *t = a->dt->t;
	const struct column *c = mysql_auto_column(t);

	if (!c)
		return;
	if (a->dt->type[c - t->col].lt != LT_INT && a->dt->type[c - t->col].lt != LT_FLOAT) {
		ddl_warn(a->d, t,
			 "column %s: its sequence is left out: MySQL counts integers only; "
			 "--cast '%s=bigint unsigned' makes it one",
			 c->name, c->native);
		return;
	}
	if (!leads_a_key(a->d, a->dt, c)) {
		clause(a);
		buf_adds(a->d->out, "ADD KEY (");
		ddl_ident(a->d, c->name);
		buf_addc(a->d->out, ')');
	}
	clause(a);
	buf_adds(a->d->out, "MODIFY COLUMN ");
	mysql_column(a->d, a->dt, (size_t)(c - t->col), true);
	if (t->next_value > 1) {
		clause(a);
		buf_addf(a->d->out, "AUTO_INCREMENT = %llu", (unsigned long long)t->next_value);
	}
}

/* Columns that a foreign key's action changes, and the counter, cannot be in
 * a check (MySQL manual, "CHECK Constraints"). */
static const char *check_obstacle(const struct ddl_table *dt, const struct expr_node *n)
{
	const struct table *t = dt->t;
	const struct column *counts = mysql_auto_column(t);

	if (counts && expr_names_column(n, counts->name))
		return "it names the AUTO_INCREMENT column";
	for (size_t i = 0; i < t->nfkeys; i++) {
		const struct fkey *f = &t->fkey[i];
		bool changes = (f->on_update && (!strcmp(f->on_update, "CASCADE") ||
						 !strcmp(f->on_update, "SET NULL"))) ||
			       (f->on_delete && !strcmp(f->on_delete, "SET NULL"));

		for (char **c = f->columns; changes && *c; c++)
			if (expr_names_column(n, *c))
				return "it names a column that a foreign key changes";
	}
	return NULL;
}

static const char *why_no_check(struct ddl *d, const struct ddl_table *dt, const struct check *c,
				struct buf *b)
{
	struct expr x;
	const char *why = NULL;

	if (expr_parse(&x, d->from, c->expr) == 0) {
		why = check_obstacle(dt, x.root);
		expr_free(&x);
	}
	if (!why && ddl_expr(d, dt, c->expr, USE_CHECK, NULL, b, NULL) < 0)
		why = "it is not the same in MySQL";
	return d->same ? NULL : why;
}

static void check(struct alter *a, const struct check *c)
{
	struct ddl *d = a->d;
	struct buf b = BUF_INIT;
	const char *why = why_no_check(d, a->dt, c, &b);
	char *name;

	if (d->same && !b.n)
		buf_adds(&b, c->expr);
	if (why) {
		ddl_warn(d, a->dt->t, "check %s is left out: %s: %s", c->name, why, c->expr);
	} else {
		clause(a);
		buf_adds(d->out, "ADD ");
		if (c->name) {
			name = ddl_name(d, "check", a->dt->t, c->name, true);
			buf_adds(d->out, "CONSTRAINT ");
			ddl_ident(d, name);
			buf_addc(d->out, ' ');
			free(name);
		}
		buf_addf(d->out, "CHECK (%s)%s", buf_cstr(&b),
			 c->enforced ? "" : " /*!80016 NOT ENFORCED */");
	}
	buf_free(&b);
}

void mysql_keys(struct ddl *d, const struct ddl_table *dt)
{
	struct alter a = {.d = d, .dt = dt};

	for (size_t i = 0; i < dt->t->nkeys; i++)
		key(&a, &dt->t->key[i]);
	counter(&a);
	for (size_t i = 0; i < dt->t->nchecks; i++)
		if (!ddl_is_json_check(dt->t, &dt->t->check[i]))
			check(&a, &dt->t->check[i]);
	if (a.n)
		buf_adds(d->out, ";\n");
}

/* Both ends must be of one type; texts may differ in length. */
static bool types_agree(const struct ddl *d, const struct ddl_table *dt, const struct fkey *f)
{
	const struct ddl_table *ref = ddl_find(d, f->ref_schema, f->ref_table);

	for (size_t i = 0; ref && f->columns[i]; i++) {
		const struct target_type *a = ddl_type(dt, f->columns[i]);
		const struct target_type *b = ddl_type(ref, f->ref_columns[i]);

		if (!a || !b || (a->lt == LT_TEXT && b->lt == LT_TEXT))
			continue;
		if (a->text.n != b->text.n || memcmp(a->text.p, b->text.p, a->text.n))
			return false;
	}
	return true;
}

/* InnoDB has no SET DEFAULT. */
static void action(struct ddl *d, const struct ddl_table *dt, const struct fkey *f, const char *on,
		   const char *what)
{
	if (!what || !strcmp(what, "NO ACTION"))
		return;
	if (!strcmp(what, "SET DEFAULT"))
		ddl_warn(d, dt->t, "foreign key %s: ON %s SET DEFAULT becomes NO ACTION", f->name,
			 on);
	else
		buf_addf(d->out, " ON %s %s", on, what);
}

/* The statement up to the referenced table. */
static void fkey_start(struct ddl *d, const struct ddl_table *dt, const struct fkey *f)
{
	char *name = ddl_name(d, "fkey", dt->t, f->name, true);

	buf_adds(d->out, "ALTER TABLE ");
	ddl_table_name(d, dt->t->schema, dt->t->name);
	buf_adds(d->out, " ADD CONSTRAINT ");
	ddl_ident(d, name);
	buf_adds(d->out, " FOREIGN KEY (");
	ddl_ident_list(d, f->columns);
	buf_adds(d->out, ") REFERENCES ");
	free(name);
}

static void fkey_end(struct ddl *d, const struct ddl_table *dt, const struct fkey *f)
{
	ddl_table_name(d, f->ref_schema, f->ref_table);
	buf_adds(d->out, " (");
	ddl_ident_list(d, f->ref_columns);
	buf_addc(d->out, ')');
	action(d, dt, f, "DELETE", f->on_delete);
	action(d, dt, f, "UPDATE", f->on_update);
}

/* A table of another database refers to one of the home, whose name there only
 * the session knows; without one MySQL looks in the other database. */
static void fkey_to_home(struct ddl *d, const struct ddl_table *dt, const struct fkey *f)
{
	struct buf start = BUF_INIT, end = BUF_INIT, *out = d->out;

	d->out = &start;
	fkey_start(d, dt, f);
	buf_addc(&start, '`');
	d->out = &end;
	buf_adds(&end, "`.");
	fkey_end(d, dt, f);
	d->out = out;
	buf_adds(out, "\nSET @rowboat = CONCAT(");
	ddl_string(d, buf_cstr(&start));
	buf_adds(out, ", REPLACE(DATABASE(), '`', '``'), ");
	ddl_string(d, buf_cstr(&end));
	buf_adds(out, ");\nPREPARE rowboat FROM @rowboat;\nEXECUTE rowboat;\n"
		      "DEALLOCATE PREPARE rowboat;\n");
	buf_free(&start);
	buf_free(&end);
}

void mysql_foreign_key(struct ddl *d, const struct ddl_table *dt, const struct fkey *f)
{
	if (!d->same && !types_agree(d, dt, f)) {
		ddl_warn(d, dt->t,
			 "foreign key %s is left out: its columns differ in type from those "
			 "in %s",
			 f->name, f->ref_table);
		return;
	}
	if (f->deferrable)
		ddl_warn(d, dt->t, "foreign key %s: MySQL checks it at once, not at the commit",
			 f->name);
	if (*ddl_scope(d, dt->t->schema) && !*ddl_scope(d, f->ref_schema)) {
		fkey_to_home(d, dt, f);
		return;
	}
	buf_addc(d->out, '\n');
	fkey_start(d, dt, f);
	fkey_end(d, dt, f);
	buf_adds(d->out, ";\n");
}
