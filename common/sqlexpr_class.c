/*
 * What kind of value an expression gives.
 */
#include <string.h>

#include "sqlexpr_class.h"

bool class_is_number(enum value_class c)
{
	return c == CLASS_INT || c == CLASS_DECIMAL || c == CLASS_FLOAT;
}

enum value_class class_of_type(enum logical lt)
{
	switch (lt) {
	case LT_BOOL: return CLASS_BOOL;
	case LT_INT:
	case LT_YEAR: return CLASS_INT;
	case LT_DECIMAL: return CLASS_DECIMAL;
	case LT_FLOAT: return CLASS_FLOAT;
	case LT_TEXT:
	case LT_ENUM: return CLASS_TEXT;
	case LT_DATE: return CLASS_DATE;
	case LT_TIME: return CLASS_TIME;
	case LT_TIMESTAMP: return CLASS_TIMESTAMP;
	default: return CLASS_OTHER;
	}
}

/* The class that both sides share, or CLASS_BAD. */
enum value_class class_common(enum value_class a, enum value_class b)
{
	if (a == CLASS_BAD || b == CLASS_BAD)
		return CLASS_BAD;
	if (a == CLASS_NULL || a == b)
		return b;
	if (b == CLASS_NULL)
		return a;
	if (a == CLASS_STRING)
		return b == CLASS_OTHER ? CLASS_BAD : b;
	if (b == CLASS_STRING)
		return a == CLASS_OTHER ? CLASS_BAD : a;
	if (class_is_number(a) && class_is_number(b))
		return a > b ? a : b;
	if ((a == CLASS_BOOL && b == CLASS_INT) || (a == CLASS_INT && b == CLASS_BOOL))
		return CLASS_INT;
	return CLASS_BAD;
}

/* ---- Functions ---- */

static const struct function functions[] = {
	{"lower", "lower", 1, 1, CLASS_TEXT, CLASS_TEXT, false},
	{"lcase", "lower", 1, 1, CLASS_TEXT, CLASS_TEXT, false},
	{"upper", "upper", 1, 1, CLASS_TEXT, CLASS_TEXT, false},
	{"ucase", "upper", 1, 1, CLASS_TEXT, CLASS_TEXT, false},
	{"char_length", "char_length", 1, 1, CLASS_TEXT, CLASS_INT, false},
	{"character_length", "character_length", 1, 1, CLASS_TEXT, CLASS_INT, false},
	{"octet_length", "octet_length", 1, 1, CLASS_TEXT, CLASS_INT, false},
	{"trim", "btrim", 1, 1, CLASS_TEXT, CLASS_TEXT, false},
	{"trim", "trim", 1, 1, CLASS_TEXT, CLASS_TEXT, false},
	{"ltrim", "ltrim", 1, 1, CLASS_TEXT, CLASS_TEXT, false},
	{"rtrim", "rtrim", 1, 1, CLASS_TEXT, CLASS_TEXT, false},
	{"reverse", "reverse", 1, 1, CLASS_TEXT, CLASS_TEXT, false},
	{"replace", "replace", 3, 3, CLASS_TEXT, CLASS_TEXT, false},
	{"left", "left", 2, 2, CLASS_TEXT, CLASS_TEXT, true},
	{"right", "right", 2, 2, CLASS_TEXT, CLASS_TEXT, true},
	{"substr", "substr", 2, 3, CLASS_TEXT, CLASS_TEXT, true},
	{"substring", "substring", 2, 3, CLASS_TEXT, CLASS_TEXT, true},
	{"coalesce", "coalesce", 1, 100, CLASS_NULL, CLASS_NULL, false},
	{"nullif", "nullif", 2, 2, CLASS_NULL, CLASS_NULL, false},
	{"abs", "abs", 1, 1, CLASS_DECIMAL, CLASS_NULL, false},
	{"floor", "floor", 1, 1, CLASS_DECIMAL, CLASS_DECIMAL, false},
	{"ceiling", "ceil", 1, 1, CLASS_DECIMAL, CLASS_DECIMAL, false},
	{"ceiling", "ceiling", 1, 1, CLASS_DECIMAL, CLASS_DECIMAL, false},
	{"ceil", "ceil", 1, 1, CLASS_DECIMAL, CLASS_DECIMAL, false},
	/* Names that mean something else on the other side. */
	{"length", "octet_length", 1, 1, CLASS_TEXT, CLASS_INT, false},
	{"char_length", "length", 1, 1, CLASS_TEXT, CLASS_INT, false},
	{"ifnull", "coalesce", 2, 2, CLASS_NULL, CLASS_NULL, false},
	{"mid", "substr", 3, 3, CLASS_TEXT, CLASS_TEXT, true},
};

const struct function *class_function(const struct expr_env *env, const struct expr_node *n)
{
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		const struct function *f = &functions[i];
		const char *name = env->from == ENGINE_MYSQL ? f->mysql : f->postgres;

		if (!strcmp(name, n->text.p) && n->nargs >= f->min && n->nargs <= f->max)
			return f;
	}
	return NULL;
}

bool class_is_call(const struct expr_node *n, const char *name, size_t nargs)
{
	return n->kind == EXPR_CALL && n->nargs == nargs && !strcmp(n->text.p, name);
}

bool class_is_positive(const struct expr_node *n)
{
	return n->kind == EXPR_NUMBER && strspn(n->text.p, "0123456789") == n->text.n &&
	       strspn(n->text.p, "0") < n->text.n;
}

/* EXTRACT and MySQL's functions for the same parts of a date. */
const char *class_date_part(const struct expr_node *n, const struct expr_node **of)
{
	static const char *const parts[] = {"year", "month", "day", "hour", "minute"};
	const char *name = n->text.p;

	if (n->kind != EXPR_CALL)
		return NULL;
	if (class_is_call(n, "extract", 2)) {
		name = n->arg[0]->text.p;
		*of = n->arg[1];
	} else if (n->nargs == 1) {
		*of = n->arg[0];
	} else {
		return NULL;
	}
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (!strcmp(parts[i], !strcmp(name, "dayofmonth") ? "day" : name))
			return parts[i];
	return NULL;
}

/* ---- Classes ---- */

const struct column *class_column(const struct expr_env *env, const char *name, size_t *i)
{
	for (*i = 0; env->table && *i < env->table->ncols; ++*i)
		if (!strcasecmp(env->table->col[*i].name, name))
			return &env->table->col[*i];
	return NULL;
}

enum value_class class_of_args(const struct expr_env *env, const struct expr_node *n, size_t from,
				 size_t step)
{
	enum value_class c = CLASS_NULL;

	for (size_t i = from; i < n->nargs; i += step)
		c = class_common(c, class_of(env, n->arg[i]));
	return c;
}

static enum value_class class_of_call(const struct expr_env *env, const struct expr_node *n)
{
	const struct function *f;
	const struct expr_node *of;

	if (class_is_call(n, "concat", n->nargs) && env->from == ENGINE_MYSQL)
		return CLASS_TEXT;
	if (class_is_call(n, "if", 3) && env->from == ENGINE_MYSQL)
		return class_common(class_of(env, n->arg[1]), class_of(env, n->arg[2]));
	if (class_date_part(n, &of))
		return CLASS_INT;
	f = class_function(env, n);
	if (!f)
		return CLASS_BAD;
	return f->result != CLASS_NULL ? f->result : class_of_args(env, n, 0, 1);
}

/* A cast that says only what is there already: of a literal, of text to text, of
 * a whole number to an exact one; and to text, which is written. */
static enum value_class class_of_cast(const struct expr_env *env, const struct expr_node *n)
{
	enum value_class inner = class_of(env, n->arg[0]), c;
	struct target_type t = {0};

	target_parse(&t, env->from, n->text.p);
	c = class_of_type(t.lt);
	buf_free(&t.text);
	if (inner == CLASS_STRING || inner == CLASS_NULL)
		return c == CLASS_OTHER ? CLASS_STRING : c;
	if (inner == c && (c == CLASS_INT || (c == CLASS_TEXT && !strchr(n->text.p, '('))))
		return c;
	if (c == CLASS_DECIMAL && (inner == CLASS_INT || inner == CLASS_DECIMAL) &&
	    !strchr(n->text.p, '('))
		return c;
	if (c == CLASS_INT && inner == CLASS_BOOL && env->to == ENGINE_MYSQL)
		return c;
	if (c == CLASS_TEXT && !strchr(n->text.p, '(') && inner == CLASS_INT)
		return c;
	return CLASS_BAD;
}

static enum value_class class_of_op(const struct expr_env *env, const struct expr_node *n)
{
	const char *op = n->text.p;
	enum value_class c;

	if (!strcmp(op, "||"))
		return CLASS_TEXT;
	if (!strchr("+-*/%", *op))
		return CLASS_BOOL;
	c = class_of_args(env, n, 0, 1);
	return c == CLASS_BOOL || class_is_number(c) ? c : CLASS_BAD;
}

enum value_class class_of(const struct expr_env *env, const struct expr_node *n)
{
	const struct column *c;
	enum value_class values;
	size_t i;

	switch (n->kind) {
	case EXPR_NULL: return CLASS_NULL;
	case EXPR_NUMBER: return strpbrk(n->text.p, "eE") ? CLASS_FLOAT
			       : strchr(n->text.p, '.') ? CLASS_DECIMAL : CLASS_INT;
	case EXPR_STRING: return CLASS_STRING;
	case EXPR_COLUMN:
		c = class_column(env, n->text.p, &i);
		return c ? class_of_type(c->type.lt) : CLASS_BAD;
	case EXPR_CALL: return class_of_call(env, n);
	case EXPR_OP: return class_of_op(env, n);
	case EXPR_CASE:
		values = class_of_args(env, n, 1, 2);
		return n->nargs % 2 ? class_common(values, class_of(env, n->arg[n->nargs - 1]))
				    : values;
	case EXPR_CAST: return class_of_cast(env, n);
	case EXPR_BOOL:
	case EXPR_IS:
	case EXPR_IN:
	case EXPR_BETWEEN: return CLASS_BOOL;
	default: return CLASS_BAD;
	}
}
