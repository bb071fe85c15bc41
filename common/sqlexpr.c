/*
 * Writing the tree of an expression for the other engine. Each part has a
 * class; operations are written only between classes that both engines treat alike.
 */
#include "sqlexpr_class.h"

#include <string.h>

#include "value.h"

static int add(struct buf *b, struct expr_env *env, const struct expr_node *n,
	       enum value_class want);

/* Adds the arguments from..to with a separator, each as class c. */
static int add_args(struct buf *b, struct expr_env *env, const struct expr_node *n, size_t from,
		    size_t to, const char *separator, enum value_class c)
{
	for (size_t i = from; i < to; i++) {
		if (i > from)
			buf_adds(b, separator);
		if (add(b, env, n->arg[i], c) < 0)
			return -1;
	}
	return 0;
}

static int add_literal(struct buf *b, struct expr_env *env, const struct expr_node *n,
		       enum value_class want)
{
	struct decimal d;

	if (class_is_number(want)) {
		if (value_decimal(n->text.p, n->text.n, &d) != VALUE_OK || d.kind != DECIMAL_FINITE)
			return -1;
		buf_add(b, n->text.p, n->text.n);
		return 0;
	}
	if (want == CLASS_BOOL || value_text(n->text.p, n->text.n, false, &(size_t){0}) != VALUE_OK)
		return -1;
	sql_add_string(b, env->to, n->text.p, n->text.n);
	return 0;
}

/* A padded column's text depends on MySQL's SQL mode (PAD_CHAR_TO_FULL_LENGTH), so
 * that MariaDB refuses it in generated columns but under RTRIM (MariaDB Knowledge
 * Base, "Generated Columns"). */
static int add_column(struct buf *b, struct expr_env *env, const struct expr_node *n,
		      enum value_class want)
{
	size_t i;
	const struct column *c = class_column(env, n->text.p, &i);
	bool number = class_is_number(class_of_type(c->type.lt));
	bool padded =
		env->to == ENGINE_MYSQL && want == CLASS_TEXT && env->types[i].fixed && !number;

	buf_adds(b, padded ? "rtrim(" : "");
	sql_add_ident(b, env->to, c->name);
	buf_adds(b, padded ? ")" : "");
	if (env->to != ENGINE_POSTGRES)
		return 0;
	if (want == CLASS_TEXT && number)
		buf_adds(b, "::text");
	else if (class_is_number(want) && env->types[i].lt == LT_BOOL)
		buf_adds(b, "::integer");
	return 0;
}

/* Notes a comparison of texts whose collation ignores case. */
static void note_case(struct expr_env *env, const struct expr_node *n)
{
	size_t i;
	const struct column *c = n->kind == EXPR_COLUMN ? class_column(env, n->text.p, &i) : NULL;

	if (c && c->collation && strstr(c->collation, "_ci") && env->to == ENGINE_POSTGRES)
		env->ignores_case = true;
	for (i = 0; i < n->nargs; i++)
		note_case(env, n->arg[i]);
}

static int add_compare(struct buf *b, struct expr_env *env, const struct expr_node *n,
		       const char *op)
{
	enum value_class c = class_of_args(env, n, 0, 1);

	if (c == CLASS_BAD || c == CLASS_OTHER || n->nargs != 2)
		return -1;
	if (!strcmp(op, "like") && c != CLASS_TEXT && c != CLASS_STRING)
		return -1;
	if (c == CLASS_TEXT)
		note_case(env, n);
	if (!strcmp(op, "<=>") && env->to == ENGINE_POSTGRES)
		op = "IS NOT DISTINCT FROM";
	buf_addc(b, '(');
	if (add(b, env, n->arg[0], c) < 0)
		return -1;
	buf_addf(b, " %s ", !strcmp(op, "like") ? "LIKE" : op);
	if (add(b, env, n->arg[1], c) < 0)
		return -1;
	buf_addc(b, ')');
	return 0;
}

/* Joins texts: MySQL's CONCAT(a,b), PostgreSQL's a || b; NULL if one is NULL. */
static int add_concat(struct buf *b, struct expr_env *env, const struct expr_node *n)
{
	bool postgres = env->to == ENGINE_POSTGRES;

	for (size_t i = 0; i < n->nargs; i++) {
		enum value_class c = class_of(env, n->arg[i]);

		if (c != CLASS_TEXT && c != CLASS_STRING &&
		    !(c == CLASS_INT && n->arg[i]->kind == EXPR_COLUMN))
			return -1;
	}
	buf_adds(b, postgres ? "(" : "concat(");
	if (!n->nargs || add_args(b, env, n, 0, n->nargs, postgres ? " || " : ", ", CLASS_TEXT) < 0)
		return -1;
	buf_addc(b, ')');
	return 0;
}

static int add_arithmetic(struct buf *b, struct expr_env *env, const struct expr_node *n)
{
	enum value_class c = class_of_args(env, n, 0, 1);
	const char *op = n->text.p;

	if (!class_is_number(c))
		return -1;
	/* Division by zero and of whole numbers differ. */
	if (*op == '/' || (*op == '%' && !class_is_positive(n->arg[1])))
		return -1;
	buf_addc(b, '(');
	if (n->nargs == 1)
		buf_addc(b, *op);
	else if (add(b, env, n->arg[0], c) < 0)
		return -1;
	else
		buf_addf(b, " %s ", op);
	if (add(b, env, n->arg[n->nargs - 1], c) < 0)
		return -1;
	buf_addc(b, ')');
	return 0;
}

static int add_op(struct buf *b, struct expr_env *env, const struct expr_node *n)
{
	const char *op = n->text.p;

	if (!strcmp(op, "||"))
		return add_concat(b, env, n);
	if (strchr("+-*/%", *op))
		return add_arithmetic(b, env, n);
	if (!strcmp(op, "not")) {
		buf_adds(b, "(NOT ");
	} else if (strcmp(op, "and") && strcmp(op, "or")) {
		return add_compare(b, env, n, op);
	} else {
		buf_addc(b, '(');
		if (add(b, env, n->arg[0], CLASS_BOOL) < 0)
			return -1;
		buf_adds(b, *op == 'a' ? " AND " : " OR ");
	}
	if (add(b, env, n->arg[n->nargs - 1], CLASS_BOOL) < 0)
		return -1;
	buf_addc(b, ')');
	return 0;
}

static int add_membership(struct buf *b, struct expr_env *env, const struct expr_node *n)
{
	enum value_class c = class_of_args(env, n, 0, 1);
	bool in = n->kind == EXPR_IN;

	if (c == CLASS_BAD || c == CLASS_OTHER || n->nargs < 2)
		return -1;
	if (c == CLASS_TEXT)
		note_case(env, n);
	buf_addc(b, '(');
	if (add(b, env, n->arg[0], c) < 0)
		return -1;
	buf_addf(b, " %s%s", n->negated ? "NOT " : "", in ? "IN (" : "BETWEEN ");
	if (add_args(b, env, n, 1, n->nargs, in ? ", " : " AND ", c) < 0)
		return -1;
	buf_adds(b, in ? "))" : ")");
	return 0;
}

static int add_is(struct buf *b, struct expr_env *env, const struct expr_node *n)
{
	bool null = !strcmp(n->text.p, "null");

	buf_addc(b, '(');
	if (add(b, env, n->arg[0], null ? class_of(env, n->arg[0]) : CLASS_BOOL) < 0)
		return -1;
	buf_addf(b, " IS %s%s)", n->negated ? "NOT " : "",
		 null ? "NULL" : *n->text.p == 't' ? "TRUE" : "FALSE");
	return 0;
}

static int add_case(struct buf *b, struct expr_env *env, const struct expr_node *n)
{
	enum value_class c = class_of(env, n);
	size_t i;

	buf_adds(b, "CASE");
	for (i = 0; i + 1 < n->nargs; i += 2) {
		buf_adds(b, " WHEN ");
		if (add(b, env, n->arg[i], CLASS_BOOL) < 0)
			return -1;
		buf_adds(b, " THEN ");
		if (add(b, env, n->arg[i + 1], c) < 0)
			return -1;
	}
	if (i < n->nargs) {
		buf_adds(b, " ELSE ");
		if (add(b, env, n->arg[i], c) < 0)
			return -1;
	}
	buf_adds(b, " END");
	return 0;
}

static int add_date_part(struct buf *b, struct expr_env *env, const char *part,
			 const struct expr_node *of)
{
	enum value_class c = class_of(env, of);

	if (c != CLASS_TIMESTAMP &&
	    (c != CLASS_DATE || !strcmp(part, "hour") || !strcmp(part, "minute")))
		return -1;
	buf_addf(b, "%sEXTRACT(%s FROM ", env->to == ENGINE_POSTGRES ? "(" : "", part);
	if (add(b, env, of, c) < 0)
		return -1;
	buf_adds(b, env->to == ENGINE_POSTGRES ? ")::integer)" : ")");
	return 0;
}

static int add_call(struct buf *b, struct expr_env *env, const struct expr_node *n)
{
	const struct function *f = class_function(env, n);
	const struct expr_node *of;
	const char *part;
	enum value_class c;

	if (env->from == ENGINE_MYSQL && !strcmp(n->text.p, "concat"))
		return add_concat(b, env, n);
	if (env->from == ENGINE_MYSQL && class_is_call(n, "if", 3)) {
		return add_case(b, env, n);
	}
	part = class_date_part(n, &of);
	if (part)
		return add_date_part(b, env, part, of);
	if (!f)
		return -1;
	c = f->counts ? class_of(env, n->arg[0]) : class_of_args(env, n, 0, 1);
	if (c == CLASS_OTHER || (f->arg == CLASS_TEXT && c != CLASS_TEXT && c != CLASS_STRING) ||
	    (f->arg == CLASS_DECIMAL && !class_is_number(c)))
		return -1;
	if (!strcmp(f->mysql, "nullif") && c == CLASS_TEXT)
		note_case(env, n);
	buf_adds(b, env->to == ENGINE_MYSQL ? f->mysql : f->postgres);
	buf_addc(b, '(');
	if (add_args(b, env, n, 0, f->counts ? 1 : n->nargs, ", ", c) < 0)
		return -1;
	for (size_t i = 1; f->counts && i < n->nargs; i++) {
		if (!class_is_positive(n->arg[i]))
			return -1;
		buf_addf(b, ", %s", n->arg[i]->text.p);
	}
	buf_addc(b, ')');
	return 0;
}

static int add_cast(struct buf *b, struct expr_env *env, const struct expr_node *n,
		    enum value_class want)
{
	const struct expr_node *inner = n->arg[0];

	if (class_of(env, n) == CLASS_TEXT && class_is_number(class_of(env, inner))) {
		buf_adds(b, "cast(");
		if (add(b, env, inner, class_of(env, inner)) < 0)
			return -1;
		buf_adds(b, env->to == ENGINE_MYSQL ? " as char)" : " as text)");
		return 0;
	}
	return add(b, env, inner, want);
}

static int add_node(struct buf *b, struct expr_env *env, const struct expr_node *n,
		    enum value_class want)
{
	switch (n->kind) {
	case EXPR_NULL:
		buf_adds(b, "NULL");
		return 0;
	case EXPR_BOOL:
		buf_adds(b, n->text.p);
		return 0;
	case EXPR_NUMBER:
		buf_add(b, n->text.p, n->text.n);
		return 0;
	case EXPR_STRING: return add_literal(b, env, n, want);
	case EXPR_COLUMN: return add_column(b, env, n, want);
	case EXPR_CALL: return add_call(b, env, n);
	case EXPR_OP: return add_op(b, env, n);
	case EXPR_IS: return add_is(b, env, n);
	case EXPR_IN:
	case EXPR_BETWEEN: return add_membership(b, env, n);
	case EXPR_CASE: return add_case(b, env, n);
	case EXPR_CAST: return add_cast(b, env, n, want);
	default: return -1;
	}
}

/* Whether a column is a boolean in the target, whatever it was in the source. */
static bool becomes_bool(struct expr_env *env, const struct expr_node *n)
{
	size_t i;

	return n->kind == EXPR_COLUMN && class_column(env, n->text.p, &i) &&
	       env->types[i].lt == LT_BOOL;
}

/* Adds n as a value of the class: truth values and numbers are one thing in
 * MySQL, two in PostgreSQL. */
static int add(struct buf *b, struct expr_env *env, const struct expr_node *n,
	       enum value_class want)
{
	enum value_class c = class_of(env, n);
	bool postgres = env->to == ENGINE_POSTGRES;

	if (c == CLASS_BAD || want == CLASS_BAD)
		return -1;
	if (want == CLASS_BOOL && class_is_number(c) && postgres && !becomes_bool(env, n)) {
		buf_addc(b, '(');
		if (add_node(b, env, n, c) < 0)
			return -1;
		buf_adds(b, " <> 0)");
		return 0;
	}
	if (want == CLASS_BOOL && c != CLASS_BOOL && c != CLASS_NULL && !class_is_number(c))
		return -1;
	if (class_is_number(want) && c == CLASS_BOOL && postgres) {
		buf_addc(b, '(');
		if (add_node(b, env, n, c) < 0)
			return -1;
		buf_adds(b, ")::integer");
		return 0;
	}
	return add_node(b, env, n, want);
}

int expr_write(struct buf *out, struct expr_env *env, const struct expr_node *n, enum expr_use use,
	       const struct target_type *type)
{
	enum value_class have = class_of(env, n), want = have;
	size_t start = out->n;
	bool fits = true;

	if (use == USE_CHECK) {
		want = CLASS_BOOL;
	} else if (use == USE_COLUMN || use == USE_DEFAULT) {
		want = class_of_type(type->lt);
		fits = want != CLASS_OTHER && class_common(have, want) != CLASS_BAD;
	}
	if (fits && add(out, env, n, want) == 0)
		return 0;
	out->n = start;
	return -1;
}
