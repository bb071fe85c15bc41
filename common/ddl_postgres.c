/*
 * PostgreSQL's DDL before the data (manual, "CREATE TABLE", "CREATE TYPE").
 */
#include <stdlib.h>
#include <string.h>

#include "ddl_postgres.h"

/* An ENUM kept as one gets a type of its own, named after table and column. */
static void plan(struct ddl *d, struct ddl_table *dt)
{
	const struct table *t = dt->t;

	for (size_t i = 0; i < t->ncols; i++) {
		char *name;

		if (dt->type[i].labels != LABELS_TYPE || dt->type[i].text.n)
			continue;
		name = ddl_name(d, ddl_scope(d, t->schema), t, t->col[i].name, false);
		d->out = &dt->type[i].text;
		ddl_table_name(d, t->schema, name);
		free(name);
	}
}

static void begin(struct ddl *d)
{
	buf_adds(d->out, "SET client_encoding = 'UTF8';\n"
			 "SET standard_conforming_strings = on;\n"
			 "SET client_min_messages = warning;\n");
}

/* A default that takes from a sequence which no column owns needs that sequence. */
static void shared_sequence(struct ddl *d, const struct table *t, const struct column *c)
{
	static const char start[] = "nextval('";
	const char *end;
	char *name;

	if (!d->same || c->identity != IDENTITY_NO || !c->default_expr ||
	    strncmp(c->default_expr, start, sizeof start - 1))
		return;
	end = strstr(c->default_expr, "'::regclass");
	if (!end)
		return;
	name = xstrndup(c->default_expr + sizeof start - 1,
			(size_t)(end - c->default_expr) - sizeof start + 1);
	if (ddl_take(d, "sequence", name)) {
		buf_addf(d->out, "CREATE SEQUENCE IF NOT EXISTS %s;\n", name);
		ddl_warn(d, t, "column %s: the value of sequence %s is not carried", c->name, name);
	}
	free(name);
}

static void before_tables(struct ddl *d)
{
	bool postgis = false;

	for (size_t i = 0; i < d->ntables; i++)
		for (size_t c = 0; c < d->table[i].t->ncols; c++) {
			struct target_type *type = &d->table[i].type[c];
			const struct column *col = &d->table[i].t->col[c];

			postgis = postgis || type->lt == LT_GEOMETRY;
			shared_sequence(d, d->table[i].t, col);
			if (type->labels != LABELS_TYPE ||
			    !ddl_take(d, "type", buf_cstr(&type->text)))
				continue;
			buf_addf(d->out, "CREATE TYPE %s AS ENUM ", buf_cstr(&type->text));
			ddl_labels(d, col->type.labels);
			buf_adds(d->out, ";\n");
		}
	if (postgis)
		buf_adds(d->out, "CREATE EXTENSION IF NOT EXISTS postgis;\n");
}

bool postgres_has_sequence(const struct column *c)
{
	return c->identity != IDENTITY_NO;
}

/* The quoted name of a sequence that a column needs beside it: PostgreSQL's own
 * serials, and counters of types that identity columns cannot have. */
static char *own_sequence(struct ddl *d, const struct ddl_table *dt, size_t i)
{
	const struct column *c = &dt->t->col[i];
	struct buf b = BUF_INIT, *out = d->out;
	char *text, *name;

	if (d->same && c->identity == IDENTITY_SERIAL && c->sequence)
		return xstrdup(c->sequence);
	if (c->identity == IDENTITY_NO ||
	    (dt->type[i].lt == LT_INT && c->identity != IDENTITY_SERIAL))
		return NULL;
	text = xasprintf("%s_seq", c->name);
	name = ddl_name(d, ddl_scope(d, dt->t->schema), dt->t, text, false);
	d->out = &b;
	ddl_table_name(d, dt->t->schema, name);
	d->out = out;
	free(text);
	free(name);
	return buf_detach(&b);
}

static void create_sequence(struct ddl *d, const struct ddl_table *dt, size_t i, const char *name)
{
	const struct target_type *type = &dt->type[i];

	buf_addf(d->out, "CREATE SEQUENCE %s", name);
	if (type->lt == LT_INT && type->bits < 64)
		buf_adds(d->out, type->bits == 16 ? " AS smallint" : " AS integer");
	buf_adds(d->out, ";\n");
	if (d->same || type->lt == LT_INT)
		return;
	ddl_warn(d, dt->t, "column %s: no %s can be an identity column: it takes its values from "
		 "sequence %s", dt->t->col[i].name, buf_cstr((struct buf *)&type->text), name);
}

static void add_collation(struct ddl *d, const struct column *c)
{
	if (!d->same || !c->collation || !strcmp(c->collation, "default"))
		return;
	buf_adds(d->out, " COLLATE ");
	ddl_ident(d, c->collation);
}

static void column(struct ddl *d, const struct ddl_table *dt, size_t i, const char *sequence)
{
	const struct column *c = &dt->t->col[i];
	const struct target_type *type = &dt->type[i];

	ddl_ident(d, c->name);
	buf_addc(d->out, ' ');
	buf_add(d->out, type->text.p, type->text.n);
	add_collation(d, c);
	if (c->generated != GEN_NO) {
		if (ddl_generated(d, dt, i))
			buf_adds(d->out,
				 d->same && c->generated == GEN_VIRTUAL ? " VIRTUAL" : " STORED");
	} else if (sequence) {
		buf_adds(d->out, " DEFAULT nextval(");
		ddl_string(d, sequence);
		buf_adds(d->out, ")");
	} else if (c->identity != IDENTITY_NO) {
		buf_addf(d->out, " GENERATED %s AS IDENTITY",
			 c->identity == IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT");
	} else {
		ddl_default(d, dt->t, c, type);
	}
	if (c->not_null || c->identity == IDENTITY_AUTO_INCREMENT)
		buf_adds(d->out, " NOT NULL");
}

#define FIRST_USER_OID 16384u /* src/include/access/transam.h: FirstNormalObjectId */

static void warn_of_column(struct ddl *d, const struct table *t, const struct column *c)
{
	if (c->on_update)
		ddl_warn(d, t, "column %s: ON UPDATE %s needs a trigger in PostgreSQL", c->name,
			 c->on_update);
	if (c->invisible)
		ddl_warn(d, t, "column %s: is visible in PostgreSQL", c->name);
	if (d->same && c->type.oid >= FIRST_USER_OID && c->type.lt != LT_ENUM &&
	    c->type.lt != LT_GEOMETRY)
		ddl_warn(d, t, "column %s: its type %s must exist in the target", c->name,
			 c->native);
}

static void comments(struct ddl *d, const struct table *t)
{
	if (t->comment && *t->comment) {
		buf_adds(d->out, "COMMENT ON TABLE ");
		ddl_table_name(d, t->schema, t->name);
		buf_adds(d->out, " IS ");
		ddl_string(d, t->comment);
		buf_adds(d->out, ";\n");
	}
	for (size_t i = 0; i < t->ncols; i++) {
		if (!t->col[i].comment || !*t->col[i].comment)
			continue;
		buf_adds(d->out, "COMMENT ON COLUMN ");
		ddl_table_name(d, t->schema, t->name);
		buf_addc(d->out, '.');
		ddl_ident(d, t->col[i].name);
		buf_adds(d->out, " IS ");
		ddl_string(d, t->col[i].comment);
		buf_adds(d->out, ";\n");
	}
}

static void create_table(struct ddl *d, const struct ddl_table *dt)
{
	const struct table *t = dt->t;
	char **sequence = xcalloc(t->ncols, sizeof *sequence);

	buf_addc(d->out, '\n');
	for (size_t i = 0; i < t->ncols; i++) {
		warn_of_column(d, t, &t->col[i]);
		sequence[i] = own_sequence(d, dt, i);
		if (sequence[i])
			create_sequence(d, dt, i, sequence[i]);
	}
	buf_adds(d->out, "CREATE TABLE ");
	ddl_table_name(d, t->schema, t->name);
	buf_adds(d->out, " (");
	for (size_t i = 0; i < t->ncols; i++) {
		buf_adds(d->out, i ? ",\n\t" : "\n\t");
		column(d, dt, i, sequence[i]);
	}
	buf_adds(d->out, "\n);\n");
	for (size_t i = 0; i < t->ncols; i++) {
		if (!sequence[i])
			continue;
		buf_addf(d->out, "ALTER SEQUENCE %s OWNED BY ", sequence[i]);
		ddl_table_name(d, t->schema, t->name);
		buf_addc(d->out, '.');
		ddl_ident(d, t->col[i].name);
		buf_adds(d->out, ";\n");
		free(sequence[i]);
	}
	free(sequence);
	comments(d, t);
}

/* Columns that every table has (manual, "System Columns"). */
static const char *const system_columns[] = {"tableoid", "xmin", "cmin", "xmax",
					     "cmax",     "ctid", NULL};

const struct dialect ddl_postgres = {
	.label = "PostgreSQL",
	.max_name = 63,
	.reserved = system_columns,
	.plan = plan,
	.begin = begin,
	.before_tables = before_tables,
	.create_table = create_table,
	.keys = postgres_keys,
	.foreign_key = postgres_foreign_key,
};
