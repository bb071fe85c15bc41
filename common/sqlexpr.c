/*
 * Writing the tree of an expression for the other engine. Each part has a
 * class; operations are written only between classes that both engines treat alike.
 */
#include "sqlexpr.h"

#include <stdlib.h>
#include <string.h>

#include "value.h"

enum class {
	CLASS_BAD,
	CLASS_NULL,
	CLASS_STRING, /* a literal, which takes the type of its other side */
	CLASS_BOOL,
	CLASS_INT,
	CLASS_DECIMAL,
	CLASS_FLOAT,
	CLASS_TEXT,
	CLASS_DATE,
	CLASS_TIME,
	CLASS_TIMESTAMP,
	CLASS_OTHER,  /* only IS NULL can be asked of it */
};

static int add(struct buf *b, struct expr_env *env, const struct expr_node *n, enum class want);

static bool is_number(enum class c)
{
	return c == CLASS_INT || c == CLASS_DECIMAL || c == CLASS_FLOAT;
}

static enum class class_of_type(enum logical lt)
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
static enum class common(enum class a, enum class b)
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
	if (is_number(a) && is_number(b))
		return a > b ? a : b;
	if ((a == CLASS_BOOL && b == CLASS_INT) || (a == CLASS_INT && b == CLASS_BOOL))
		return CLASS_INT;
	return CLASS_BAD;
}

/* ---- Functions ---- */

/* Functions that mean the same under either name. The result's class is that
 * of the arguments where it is CLASS_NULL. */
struct function {
	const char *mysql, *postgres;
	size_t min, max;
	enum class arg, result;
	bool counts; /* arguments behind the first are positive numbers */
};

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

static const struct function *find_function(const struct expr_env *env, const struct expr_node *n)
{
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		const struct function *f = &functions[i];
		const char *name = env->from == ENGINE_MYSQL ? f->mysql : f->postgres;

		if (!strcmp(name, n->text.p) && n->nargs >= f->min && n->nargs <= f->max)
			return f;
	}
	return NULL;
}

static bool is_call(const struct expr_node *n, const char *name, size_t nargs)
{
	return n->kind == EXPR_CALL && n->nargs == nargs && !strcmp(n->text.p, name);
}

static bool is_positive(const struct expr_node *n)
{
	return n->kind == EXPR_NUMBER && strspn(n->text.p, "0123456789") == n->text.n &&
	       strspn(n->text.p, "0") < n->text.n;
}

/* EXTRACT and MySQL's functions for the same parts of a date. */
static const char *date_part(const struct expr_node *n, const struct expr_node **of)
{
	static const char *const parts[] = {"year", "month", "day", "hour", "minute"};
	const char *name = n->text.p;

	if (n->kind != EXPR_CALL)
		return NULL;
	if (is_call(n, "extract", 2)) {
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

static enum class class_of(const struct expr_env *env, const struct expr_node *n);

static const struct column *find_column(const struct expr_env *env, const char *name, size_t *i)
{
	for (*i = 0; env->table && *i < env->table->ncols; ++*i)
		if (!strcasecmp(env->table->col[*i].name, name))
			return &env->table->col[*i];
	return NULL;
}

static enum class common_of_args(const struct expr_env *env, const struct expr_node *n, size_t from,
				 size_t step)
{
	enum class c = CLASS_NULL;

	for (size_t i = from; i < n->nargs; i += step)
		c = common(c, class_of(env, n->arg[i]));
	return c;
}

static enum class class_of_call(const struct expr_env *env, const struct expr_node *n)
{
	const struct function *f;
	const struct expr_node *of;

	if (is_call(n, "concat", n->nargs) && env->from == ENGINE_MYSQL)
		return CLASS_TEXT;
	if (is_call(n, "if", 3) && env->from == ENGINE_MYSQL)
		return common(class_of(env, n->arg[1]), class_of(env, n->arg[2]));
	if (date_part(n, &of))
		return CLASS_INT;
	f = find_function(env, n);
	if (!f)
		return CLASS_BAD;
	return f->result != CLASS_NULL ? f->result : common_of_args(env, n, 0, 1);
}

/* A cast that says only what is there already: of a literal, of text to text, of
 * a whole number to an exact one; and to text, which is written. */
static enum class class_of_cast(const struct expr_env *env, const struct expr_node *n)
{
	enum class inner = class_of(env, n->arg[0]), c;
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
	if (c == CLASS_TEXT && !strchr(n->text.p, '(') && inner == CLASS_INT)
		return c;
	return CLASS_BAD;
}

static enum class class_of_op(const struct expr_env *env, const struct expr_node *n)
{
	const char *op = n->text.p;
	enum class c;

	if (!strcmp(op, "||"))
		return CLASS_TEXT;
	if (!strchr("+-*/%", *op))
		return CLASS_BOOL;
	c = common_of_args(env, n, 0, 1);
	return c == CLASS_BOOL || is_number(c) ? c : CLASS_BAD;
}

static enum class class_of(const struct expr_env *env, const struct expr_node *n)
{
	const struct column *c;
	size_t i;

	switch (n->kind) {
	case EXPR_NULL: return CLASS_NULL;
	case EXPR_NUMBER: return strpbrk(n->text.p, "eE") ? CLASS_FLOAT
			       : strchr(n->text.p, '.') ? CLASS_DECIMAL : CLASS_INT;
	case EXPR_STRING: return CLASS_STRING;
	case EXPR_COLUMN:
		c = find_column(env, n->text.p, &i);
		return c ? class_of_type(c->type.lt) : CLASS_BAD;
	case EXPR_CALL: return class_of_call(env, n);
	case EXPR_OP: return class_of_op(env, n);
	case EXPR_CASE:
		i = common_of_args(env, n, 1, 2);
		return n->nargs % 2 ? common((enum class)i, class_of(env, n->arg[n->nargs - 1]))
				    : (enum class)i;
	case EXPR_CAST: return class_of_cast(env, n);
	case EXPR_BOOL:
	case EXPR_IS:
	case EXPR_IN:
	case EXPR_BETWEEN: return CLASS_BOOL;
	default: return CLASS_BAD;
	}
}

/* ---- Writing ---- */

/* Adds the arguments from..to with a separator, each as class c. */
static int add_args(struct buf *b, struct expr_env *env, const struct expr_node *n, size_t from,
		    size_t to, const char *separator, enum class c)
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
		       enum class want)
{
	struct decimal d;

	if (is_number(want)) {
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

static int add_column(struct buf *b, struct expr_env *env, const struct expr_node *n,
		      enum class want)
{
	size_t i;
	const struct column *c = find_column(env, n->text.p, &i);
	bool text = want == CLASS_TEXT && is_number(class_of_type(c->type.lt));

	sql_add_ident(b, env->to, c->name);
	if (env->to != ENGINE_POSTGRES)
		return 0;
	if (text)
		buf_adds(b, "::text");
	else if (is_number(want) && env->types[i].lt == LT_BOOL)
		buf_adds(b, "::integer");
	return 0;
}

/* Notes a comparison of texts whose collation ignores case. */
static void note_case(struct expr_env *env, const struct expr_node *n)
{
	size_t i;
	const struct column *c = n->kind == EXPR_COLUMN ? find_column(env, n->text.p, &i) : NULL;

	if (c && c->collation && strstr(c->collation, "_ci") && env->to == ENGINE_POSTGRES)
		env->ignores_case = true;
	for (i = 0; i < n->nargs; i++)
		note_case(env, n->arg[i]);
}

static int add_compare(struct buf *b, struct expr_env *env, const struct expr_node *n, const char *op)
{
	enum class c = common_of_args(env, n, 0, 1);

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
		enum class c = class_of(env, n->arg[i]);

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
	enum class c = common_of_args(env, n, 0, 1);
	const char *op = n->text.p;

	if (!is_number(c))
		return -1;
	/* Division by zero and of whole numbers differ. */
	if (*op == '/' || (*op == '%' && !is_positive(n->arg[1])))
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
	enum class c = common_of_args(env, n, 0, 1);
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
	enum class c = class_of(env, n);
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
	enum class c = class_of(env, of);

	if (c != CLASS_TIMESTAMP && (c != CLASS_DATE || !strcmp(part, "hour") || !strcmp(part, "minute")))
		return -1;
	buf_addf(b, "%sEXTRACT(%s FROM ", env->to == ENGINE_POSTGRES ? "(" : "", part);
	if (add(b, env, of, c) < 0)
		return -1;
	buf_adds(b, env->to == ENGINE_POSTGRES ? ")::integer)" : ")");
	return 0;
}

static int add_call(struct buf *b, struct expr_env *env, const struct expr_node *n)
{
	const struct function *f = find_function(env, n);
	const struct expr_node *of;
	const char *part;
	enum class c;

	if (env->from == ENGINE_MYSQL && !strcmp(n->text.p, "concat"))
		return add_concat(b, env, n);
	if (env->from == ENGINE_MYSQL && is_call(n, "if", 3)) {
		return add_case(b, env, n);
	}
	part = date_part(n, &of);
	if (part)
		return add_date_part(b, env, part, of);
	if (!f)
		return -1;
	c = f->counts ? class_of(env, n->arg[0]) : common_of_args(env, n, 0, 1);
	if (c == CLASS_OTHER || (f->arg == CLASS_TEXT && c != CLASS_TEXT && c != CLASS_STRING) ||
	    (f->arg == CLASS_DECIMAL && !is_number(c)))
		return -1;
	if (!strcmp(f->mysql, "nullif") && c == CLASS_TEXT)
		note_case(env, n);
	buf_adds(b, env->to == ENGINE_MYSQL ? f->mysql : f->postgres);
	buf_addc(b, '(');
	if (add_args(b, env, n, 0, f->counts ? 1 : n->nargs, ", ", c) < 0)
		return -1;
	for (size_t i = 1; f->counts && i < n->nargs; i++) {
		if (!is_positive(n->arg[i]))
			return -1;
		buf_addf(b, ", %s", n->arg[i]->text.p);
	}
	buf_addc(b, ')');
	return 0;
}

static int add_cast(struct buf *b, struct expr_env *env, const struct expr_node *n, enum class want)
{
	const struct expr_node *inner = n->arg[0];

	if (class_of(env, n) == CLASS_TEXT && is_number(class_of(env, inner))) {
		buf_adds(b, "cast(");
		if (add(b, env, inner, class_of(env, inner)) < 0)
			return -1;
		buf_adds(b, env->to == ENGINE_MYSQL ? " as char)" : " as text)");
		return 0;
	}
	return add(b, env, inner, want);
}

static int add_node(struct buf *b, struct expr_env *env, const struct expr_node *n, enum class want)
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

	return n->kind == EXPR_COLUMN && find_column(env, n->text.p, &i) &&
	       env->types[i].lt == LT_BOOL;
}

/* Adds n as a value of the class: truth values and numbers are one thing in
 * MySQL, two in PostgreSQL. */
static int add(struct buf *b, struct expr_env *env, const struct expr_node *n, enum class want)
{
	enum class c = class_of(env, n);
	bool postgres = env->to == ENGINE_POSTGRES;

	if (c == CLASS_BAD || want == CLASS_BAD)
		return -1;
	if (want == CLASS_BOOL && is_number(c) && postgres && !becomes_bool(env, n)) {
		buf_addc(b, '(');
		if (add_node(b, env, n, c) < 0)
			return -1;
		buf_adds(b, " <> 0)");
		return 0;
	}
	if (want == CLASS_BOOL && c != CLASS_BOOL && c != CLASS_NULL && !is_number(c))
		return -1;
	if (is_number(want) && c == CLASS_BOOL && postgres) {
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
	enum class have = class_of(env, n), want = have;
	size_t start = out->n;
	bool fits = true;

	if (use == USE_CHECK) {
		want = CLASS_BOOL;
	} else if (use == USE_COLUMN || use == USE_DEFAULT) {
		want = class_of_type(type->lt);
		fits = want != CLASS_OTHER && common(have, want) != CLASS_BAD;
	}
	if (fits && add(out, env, n, want) == 0)
		return 0;
	out->n = start;
	return -1;
}
