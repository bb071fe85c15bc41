/*
 * MySQL's and MariaDB's DDL before the data (MySQL manual, "CREATE TABLE
 * Statement"); what is written is read by both.
 */
#include <stdlib.h>
#include <string.h>

#include "ddl_mysql.h"

#define DEFAULT_COLLATION "utf8mb4_bin"
#define COLUMN_COMMENT 1024u /* characters */
#define TABLE_COMMENT 2048u

static void begin(struct ddl *d)
{
	buf_adds(d->out,
		 "SET NAMES utf8mb4;\n"
		 "SET SESSION time_zone = '+00:00';\n"
		 "SET SESSION sql_mode = "
		 "'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION';\n");
}

static void before_tables(struct ddl *d)
{
	(void)d;
}

const struct column *mysql_auto_column(const struct table *t)
{
	for (size_t i = 0; i < t->ncols; i++)
		if (t->col[i].identity != IDENTITY_NO)
			return &t->col[i];
	return NULL;
}

/* Adds a comment cut to what MySQL takes. */
static void comment(struct ddl *d, const struct table *t, const char *text, size_t max,
		    const char *before)
{
	size_t chars = 0, n = 0;

	if (!text || !*text)
		return;
	for (; text[n]; n++)
		if (((unsigned char)text[n] & 0xc0) != 0x80 && ++chars > max)
			break;
	if (text[n])
		ddl_warn(d, t, "a comment is cut to %zu characters", max);
	buf_addf(d->out, "%s ", before);
	sql_add_string(d->out, d->to, text, n);
}

/* Texts have a collation of their own only where the source is MySQL too; else
 * that of the table. */
static void collation(struct ddl *d, const struct column *c, const struct target_type *type)
{
	bool text = type->lt == LT_TEXT || type->lt == LT_ENUM || type->lt == LT_SET;

	if (!d->same || !text || !c->charset)
		return;
	if (d->options.collate)
		buf_addf(d->out, " COLLATE %s", d->options.collate);
	else if (c->collation)
		buf_addf(d->out, " CHARACTER SET %s COLLATE %s", c->charset, c->collation);
}

/* A generated column cannot be made of the one that counts up. */
static bool names_counter(struct ddl *d, const struct table *t, const struct column *c)
{
	const struct column *counter = mysql_auto_column(t);
	struct expr x;
	bool yes;

	if (!counter || !c->generation_expr || expr_parse(&x, d->from, c->generation_expr) < 0)
		return false;
	yes = expr_names_column(x.root, counter->name);
	expr_free(&x);
	return yes;
}

void mysql_column(struct ddl *d, const struct ddl_table *dt, size_t i, bool auto_increment)
{
	const struct column *c = &dt->t->col[i];
	const struct target_type *type = &dt->type[i];
	bool generated = false, not_null = c->not_null || c->identity != IDENTITY_NO;

	ddl_ident(d, c->name);
	buf_addc(d->out, ' ');
	buf_add(d->out, type->text.p, type->text.n);
	if (type->labels == LABELS_INLINE)
		ddl_labels(d, c->type.labels);
	collation(d, c, type);
	if (c->generated != GEN_NO && !d->same && names_counter(d, dt->t, c))
		ddl_warn(d, dt->t,
			 "column %s: is an ordinary column in MySQL: it is generated from the "
			 "AUTO_INCREMENT column", c->name);
	else if (c->generated != GEN_NO)
		generated = ddl_generated(d, dt, i);
	if (generated) {
		buf_adds(d->out, c->generated == GEN_VIRTUAL ? " VIRTUAL" : " STORED");
		/* MariaDB takes no NOT NULL here, and skips this comment, which MySQL reads. */
		buf_adds(d->out, not_null ? " /*!80000 NOT NULL */" : "");
	} else {
		/* An old TIMESTAMP is NOT NULL by itself, so NULL is said. */
		if (not_null)
			buf_adds(d->out, " NOT NULL");
		else if (type->lt == LT_TIMESTAMPTZ)
			buf_adds(d->out, " NULL");
		if (auto_increment)
			buf_adds(d->out, " AUTO_INCREMENT");
		else if (c->identity == IDENTITY_NO)
			ddl_default(d, dt->t, c, type);
		if (c->on_update && d->same)
			buf_addf(d->out, " ON UPDATE %s", c->on_update);
	}
	if (c->invisible)
		buf_adds(d->out, " INVISIBLE");
	comment(d, dt->t, c->comment, COLUMN_COMMENT, " COMMENT");
}

static void warn_of_columns(struct ddl *d, const struct table *t)
{
	const struct column *counter = mysql_auto_column(t);

	for (size_t i = 0; i < t->ncols; i++) {
		const struct column *c = &t->col[i];

		if (c->identity == IDENTITY_ALWAYS)
			ddl_warn(d, t,
				 "column %s: GENERATED ALWAYS becomes AUTO_INCREMENT, which takes "
				 "other values too",
				 c->name);
		if (c->identity != IDENTITY_NO && c != counter)
			ddl_warn(d, t, "column %s: its sequence is left out: MySQL has one "
				 "AUTO_INCREMENT in a table", c->name);
	}
}

static void create_table(struct ddl *d, const struct ddl_table *dt)
{
	const struct table *t = dt->t;

	warn_of_columns(d, t);
	buf_adds(d->out, "\nCREATE TABLE ");
	ddl_table_name(d, t->schema, t->name);
	buf_adds(d->out, " (");
	for (size_t i = 0; i < t->ncols; i++) {
		buf_adds(d->out, i ? ",\n\t" : "\n\t");
		mysql_column(d, dt, i, false);
	}
	buf_adds(d->out, "\n) ENGINE=InnoDB");
	if (!d->same || d->options.collate)
		buf_addf(d->out, " DEFAULT CHARACTER SET utf8mb4 COLLATE %s",
			 d->options.collate ? d->options.collate : DEFAULT_COLLATION);
	comment(d, t, t->comment, TABLE_COMMENT, " COMMENT =");
	buf_adds(d->out, ";\n");
}

const struct dialect ddl_mysql = {
	.label = "MySQL",
	.max_name = 256, /* 64 characters, of up to 4 bytes */
	.columns_fold = true,
	.plan = mysql_plan,
	.begin = begin,
	.before_tables = before_tables,
	.create_table = create_table,
	.keys = mysql_keys,
	.foreign_key = mysql_foreign_key,
};
