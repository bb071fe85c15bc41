/* What changes of definitions mean for the target's table. */
#include <stdlib.h>
#include <string.h>

#include "definition.h"
#include "sqlexpr.h"
#include "typemap.h"

static enum engine source_engine(const struct change *c)
{
	return c->sql.p || c->position.engine == ENGINE_MYSQL ? ENGINE_MYSQL : ENGINE_POSTGRES;
}

static struct column *find(const struct table *def, const char *name)
{
	return table_column(def, name, strlen(name));
}

/* The target's type for a column. t->text is due to be freed. */
static void map_type(const struct sink *s, const struct change *c, const struct table *def,
		     const struct column *col, struct target_type *t)
{
	struct typemap map = {.from = source_engine(c), .to = db_engine(s->db)};

	*t = (struct target_type){0};
	typemap_column(&map, def, col, t);
	typemap_free(&map);
}

/* ---- From the list of columns ---- */

static int read_column(enum engine engine, const struct change_field *f, struct column *col,
		       struct err *e)
{
	char *type = f->value.p ? xstrndup(f->value.p, f->value.n) : xstrdup("");
	int status = sqltype_parse(engine, type, &col->type, &col->native);

	free(type);
	if (status < 0)
		return err_set(e, EXIT_GATE, "the type of column %.*s is not understood",
			       (int)f->name.n, f->name.p);
	col->name = xstrndup(f->name.p, f->name.n);
	return 0;
}

/* What the list has more than the table is added. What it lacks stays: it may be the target's
 * own, and does no harm. But both at once may be a new name, and nobody can tell. */
static int from_columns(const struct change *c, const struct table *def, struct sql_alter *a,
			struct err *e)
{
	enum engine engine = source_engine(c);
	size_t common = 0;

	for (size_t i = 0; i < c->columns.n; i++) {
		const struct change_field *f = &c->columns.f[i];
		struct alter_action *action;

		if (table_column(def, f->name.p, f->name.n)) {
			common++;
			continue;
		}
		a->action = xrealloc(a->action, (a->n + 1) * sizeof *a->action);
		action = &a->action[a->n];
		*action = (struct alter_action){.kind = ALTER_ADD};
		if (read_column(engine, f, &action->def, e) < 0)
			return -1;
		a->n++;
	}
	if (a->n && common < def->ncols)
		return err_set(e, EXIT_GATE, "column %s may be new, or an old one's new name",
			       a->action[0].def.name);
	return 0;
}

/* ---- Actions ---- */

int definition_actions(const struct change *c, const struct table *def, struct sql_alter *a,
		       struct err *e)
{
	*a = (struct sql_alter){.kind = STATEMENT_ALTER};
	return c->columns.there ? from_columns(c, def, a, e)
				: err_set(e, EXIT_GATE, "the event does not tell how");
}

static bool same_labels(char *const *a, char *const *b)
{
	for (; *a && *b && !strcmp(*a, *b); a++, b++)
		;
	return *a == *b;
}

/* Whether values have as many digits as on the source: a server that has room for fewer rounds
 * them. PostgreSQL's numeric may have no limit. */
static bool same_digits(const struct coltype *source, const struct coltype *t)
{
	switch (t->lt) {
	case LT_DECIMAL:
		return t->precision < 0 || source->lt != LT_DECIMAL ||
		       (source->precision == t->precision && source->scale == t->scale);
	case LT_TIME:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
	case LT_INTERVAL:
	case LT_DURATION:
		return t->precision < 0 || (source->precision > 0 ? source->precision : 0) == t->precision;
	default:
		return true;
	}
}

/* Whether the target's column takes what the source's column takes, whose type there is t. */
static bool same_type(const struct sink *s, const struct target_type *t,
		      const struct coltype *source, const struct column *c)
{
	if (t->lt != c->type.lt || t->bits != c->type.bits || t->length != c->type.length ||
	    !same_digits(source, &c->type))
		return false;
	if (c->type.labels && source->labels && !same_labels(source->labels, c->type.labels))
		return false;
	return db_engine(s->db) != ENGINE_MYSQL || source->is_unsigned == c->type.is_unsigned;
}

bool definition_is_done(const struct sink *s, const struct change *c, const struct table *def,
			const struct alter_action *a)
{
	struct target_type t;
	const struct column *col;
	bool done;

	switch (a->kind) {
	case ALTER_ADD:
		return find(def, a->def.name) != NULL;
	case ALTER_DROP:
		return !find(def, a->name);
	case ALTER_RENAME:
		return !find(def, a->name) && find(def, a->new_name);
	case ALTER_REST:
		return true;
	case ALTER_CHANGE:
		break;
	}
	col = find(def, a->def.name);
	if (!col || (strcmp(a->name, a->def.name) != 0 && find(def, a->name)))
		return false;
	map_type(s, c, def, &a->def, &t);
	done = same_type(s, &t, &a->def.type, col) && col->not_null <= a->def.not_null;
	buf_free(&t.text);
	return done;
}

/* ---- Statements ---- */

/* So many zeros. */
static void add_zeros(struct buf *b, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		buf_addc(b, '0');
}

/* What MySQL gives the rows that are there when a column without a default must not be null
 * (MySQL manual, "Data Type Default Values"), for PostgreSQL; nothing where PostgreSQL has no such
 * value, as for dates: then it takes the column if there are no rows. */
static void add_implicit(const struct sink *s, struct buf *b, const struct column *col,
			 enum logical target)
{
	const struct coltype *t = &col->type;

	if (t->lt == LT_ENUM && t->labels && *t->labels)
		db_add_literal(s->db, b, *t->labels, strlen(*t->labels));
	else if (target == LT_INT || target == LT_DECIMAL || target == LT_FLOAT)
		buf_adds(b, "0");
	else if (target == LT_BOOL)
		buf_adds(b, "false");
	else if (t->lt == LT_TEXT || t->lt == LT_SET)
		buf_adds(b, "''");
	else if (t->lt == LT_DURATION)
		buf_adds(b, "'00:00:00'");
	else if (t->lt == LT_BYTES || t->lt == LT_BITS) {
		buf_adds(b, t->lt == LT_BITS ? "B'" : "'\\x");
		add_zeros(b, t->lt == LT_BITS ? t->length : t->fixed ? 2 * t->length : 0);
		buf_addc(b, '\'');
	}
}

static void begin(const struct sink *s, const struct table *def, struct buf *sql)
{
	buf_adds(sql, "ALTER TABLE ");
	db_add_table(s->db, sql, def);
}

/* The type with its labels, where it has them. */
static int add_type(const struct sink *s, const struct target_type *t, const struct column *col,
		    struct buf *sql, struct err *e)
{
	struct target_type *text = (struct target_type *)t;

	if (t->labels == LABELS_TYPE)
		return err_set(e, EXIT_GATE, "column %s needs a type of its own", col->name);
	buf_addf(sql, " %s", buf_cstr(&text->text));
	if (t->labels == LABELS_INLINE && col->type.labels) {
		buf_addc(sql, '(');
		for (size_t i = 0; col->type.labels[i]; i++) {
			buf_adds(sql, i ? "," : "");
			db_add_literal(s->db, sql, col->type.labels[i],
				       strlen(col->type.labels[i]));
		}
		buf_addc(sql, ')');
	}
	return 0;
}

/* What the definition says of the column's value: DEFAULT, NOT NULL. */
static int add_value(const struct sink *s, const struct change *c, const struct table *def,
		     const struct column *col, const struct target_type *t, struct buf *sql,
		     struct err *e)
{
	struct buf value = BUF_INIT;
	const char *why = "";
	int has_default = expr_write_default(&value, source_engine(c), db_engine(s->db), col, t, &why);

	if (has_default < 0) {
		buf_free(&value);
		return err_set(e, EXIT_GATE, "column %s: default %s: it %s", col->name,
			       col->default_expr, why);
	}
	if (!has_default && col->not_null && db_engine(s->db) == ENGINE_POSTGRES)
		add_implicit(s, &value, col, t->lt);
	if (value.n)
		buf_addf(sql, " DEFAULT %s", buf_cstr(&value));
	if (col->not_null)
		buf_adds(sql, " NOT NULL");
	if (value.n && !has_default) {
		buf_adds(sql, "; ");
		begin(s, def, sql);
		buf_adds(sql, " ALTER COLUMN ");
		db_add_ident(s->db, sql, col->name);
		buf_adds(sql, " DROP DEFAULT");
	}
	buf_free(&value);
	return 0;
}

static int add_column(const struct sink *s, const struct change *c, const struct table *def,
		      const struct column *col, struct buf *sql, struct err *e)
{
	struct target_type t;
	int status;

	if (col->generated != GEN_NO)
		return err_set(e, EXIT_GATE, "column %s is generated", col->name);
	if (col->identity != IDENTITY_NO)
		return err_set(e, EXIT_GATE, "column %s numbers the rows that are there", col->name);
	map_type(s, c, def, col, &t);
	begin(s, def, sql);
	buf_adds(sql, " ADD COLUMN ");
	db_add_ident(s->db, sql, col->name);
	status = add_type(s, &t, col, sql, e);
	if (status == 0)
		status = add_value(s, c, def, col, &t, sql, e);
	buf_free(&t.text);
	return status;
}

static void rename_column(const struct sink *s, const struct table *def, const char *from,
			  const char *to, struct buf *sql)
{
	begin(s, def, sql);
	buf_adds(sql, " RENAME COLUMN ");
	db_add_ident(s->db, sql, from);
	buf_adds(sql, " TO ");
	db_add_ident(s->db, sql, to);
}

/* PostgreSQL: the type and NOT NULL. */
static int change_type(const struct sink *s, const struct change *c, const struct table *def,
		       const struct alter_action *a, struct buf *sql, struct err *e)
{
	struct target_type t;
	struct buf name = BUF_INIT;
	int status;

	db_add_ident(s->db, &name, a->def.name);
	begin(s, def, sql);
	map_type(s, c, def, &a->def, &t);
	buf_addf(sql, " ALTER COLUMN %s TYPE", buf_cstr(&name));
	status = add_type(s, &t, &a->def, sql, e);
	buf_addf(sql, " USING %s::%s, ALTER COLUMN %s %s NOT NULL", buf_cstr(&name),
		 buf_cstr(&t.text), buf_cstr(&name), a->def.not_null ? "SET" : "DROP");
	buf_free(&t.text);
	buf_free(&name);
	return status;
}

static int add_change(const struct sink *s, const struct change *c, const struct table *def,
		      const struct alter_action *a, struct buf *sql, struct err *e)
{
	if (source_engine(c) == ENGINE_POSTGRES)
		return err_set(e, EXIT_GATE, "the type of %s changed", a->name);
	if (a->def.generated != GEN_NO && db_engine(s->db) == ENGINE_POSTGRES)
		return err_set(e, EXIT_GATE, "column %s is generated", a->name);
	if (db_engine(s->db) == ENGINE_MYSQL) {
		begin(s, def, sql);
		buf_adds(sql, " CHANGE COLUMN ");
		db_add_ident(s->db, sql, find(def, a->name) ? a->name : a->def.name);
		buf_addc(sql, ' ');
		db_add_ident(s->db, sql, a->def.name);
		buf_addf(sql, " %s", a->raw);
		return 0;
	}
	if (strcmp(a->name, a->def.name) != 0 && find(def, a->name)) {
		rename_column(s, def, a->name, a->def.name, sql);
		buf_adds(sql, "; ");
	}
	return change_type(s, c, def, a, sql, e);
}

int definition_add_sql(const struct sink *s, const struct change *c, const struct table *def,
		       const struct alter_action *a, struct buf *sql, struct err *e)
{
	switch (a->kind) {
	case ALTER_ADD:
		/* One engine on both sides: the definition as it was written. */
		if (a->raw && db_engine(s->db) == ENGINE_MYSQL) {
			begin(s, def, sql);
			buf_adds(sql, " ADD COLUMN ");
			db_add_ident(s->db, sql, a->def.name);
			buf_addf(sql, " %s", a->raw);
			return 0;
		}
		return add_column(s, c, def, &a->def, sql, e);
	case ALTER_DROP:
		begin(s, def, sql);
		buf_adds(sql, " DROP COLUMN ");
		db_add_ident(s->db, sql, a->name);
		return 0;
	case ALTER_RENAME:
		rename_column(s, def, a->name, a->new_name, sql);
		return 0;
	case ALTER_CHANGE:
		return add_change(s, c, def, a, sql, e);
	case ALTER_REST:
		break;
	}
	return 0;
}
