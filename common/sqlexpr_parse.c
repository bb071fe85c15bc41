/*
 * The parser of SQL expressions: precedence climbing over both dialects, as
 * their catalogues write them. What it does not know it refuses as a whole.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "sqlexpr.h"

enum precedence { PREC_OR = 1, PREC_AND, PREC_NOT, PREC_COMPARE, PREC_CONCAT, PREC_ADD, PREC_MUL };

#define MAX_DEPTH 200

struct parser {
	struct lexer l;
	struct expr *x;
	int depth;
};

static struct expr_node *parse(struct parser *p, int prec);

struct expr_node *expr_add(struct expr *x, enum expr_kind kind, const char *text, size_t n)
{
	struct expr_node *e = xcalloc(1, sizeof *e);

	e->kind = kind;
	buf_add(&e->text, text, n);
	buf_cstr(&e->text);
	e->next = x->all;
	x->all = e;
	return e;
}

void expr_add_arg(struct expr_node *n, struct expr_node *arg)
{
	n->arg = xrealloc(n->arg, (n->nargs + 1) * sizeof *n->arg);
	n->arg[n->nargs++] = arg;
}

void expr_free(struct expr *x)
{
	struct expr_node *next;

	for (struct expr_node *n = x->all; n; n = next) {
		next = n->next;
		buf_free(&n->text);
		free(n->arg);
		free(n);
	}
	*x = (struct expr){0};
}

bool expr_names_column(const struct expr_node *n, const char *column)
{
	if (n->kind == EXPR_COLUMN && !strcasecmp(n->text.p, column))
		return true;
	for (size_t i = 0; i < n->nargs; i++)
		if (expr_names_column(n->arg[i], column))
			return true;
	return false;
}

static struct expr_node *make(struct parser *p, enum expr_kind kind, const char *text)
{
	return expr_add(p->x, kind, text, strlen(text));
}

static bool is(struct parser *p, enum token_kind kind, const char *text)
{
	return p->l.kind == kind && !strcmp(buf_cstr(&p->l.text), text);
}

static bool accept(struct parser *p, enum token_kind kind, const char *text)
{
	if (!is(p, kind, text))
		return false;
	lexer_next(&p->l);
	return true;
}

#define ACCEPT_OP(p, t) accept(p, TOKEN_OP, t)
#define ACCEPT_WORD(p, t) accept(p, TOKEN_WORD, t)

/* Takes the current token as a node of that kind. */
static struct expr_node *take(struct parser *p, enum expr_kind kind)
{
	struct expr_node *n = expr_add(p->x, kind, p->l.text.p, p->l.text.n);

	lexer_next(&p->l);
	return n;
}

/* Adds the next argument; false if it is not understood. */
static bool argument(struct parser *p, struct expr_node *n, int prec)
{
	struct expr_node *a = parse(p, prec);

	if (a)
		expr_add_arg(n, a);
	return a != NULL;
}

/* Arguments up to the closing bracket. */
static struct expr_node *arguments(struct parser *p, struct expr_node *n, const char *close)
{
	if (ACCEPT_OP(p, close))
		return n;
	do {
		if (!argument(p, n, PREC_OR))
			return NULL;
	} while (ACCEPT_OP(p, ","));
	return ACCEPT_OP(p, close) ? n : NULL;
}

/* CASE behind its word. The form with a base becomes comparisons. */
static struct expr_node *parse_case(struct parser *p)
{
	struct expr_node *n = make(p, EXPR_CASE, ""), *base = NULL;

	if (!is(p, TOKEN_WORD, "when") && !(base = parse(p, PREC_OR)))
		return NULL;
	while (ACCEPT_WORD(p, "when")) {
		if (base) {
			struct expr_node *equal = make(p, EXPR_OP, "=");

			expr_add_arg(equal, base);
			if (!argument(p, equal, PREC_OR))
				return NULL;
			expr_add_arg(n, equal);
		} else if (!argument(p, n, PREC_OR)) {
			return NULL;
		}
		if (!ACCEPT_WORD(p, "then") || !argument(p, n, PREC_OR))
			return NULL;
	}
	if (ACCEPT_WORD(p, "else") && !argument(p, n, PREC_OR))
		return NULL;
	return n->nargs >= 2 && ACCEPT_WORD(p, "end") ? n : NULL;
}

/* The functions that take words between their arguments: the opening
 * bracket is passed. */
static struct expr_node *parse_call(struct parser *p, struct expr_node *n)
{
	if (!strcmp(n->text.p, "extract")) {
		if (p->l.kind != TOKEN_WORD && p->l.kind != TOKEN_STRING)
			return NULL;
		expr_add_arg(n, take(p, EXPR_STRING));
		if (!ACCEPT_WORD(p, "from") || !argument(p, n, PREC_OR))
			return NULL;
		return ACCEPT_OP(p, ")") ? n : NULL;
	}
	if (!strcmp(n->text.p, "trim") && ACCEPT_WORD(p, "both") && !ACCEPT_WORD(p, "from"))
		return NULL;
	if (!strcmp(n->text.p, "substring") && !is(p, TOKEN_OP, ")")) {
		if (!argument(p, n, PREC_OR))
			return NULL;
		if (ACCEPT_WORD(p, "from")) {
			if (!argument(p, n, PREC_OR) ||
			    (ACCEPT_WORD(p, "for") && !argument(p, n, PREC_OR)))
				return NULL;
			return ACCEPT_OP(p, ")") ? n : NULL;
		}
		if (!ACCEPT_OP(p, ","))
			return ACCEPT_OP(p, ")") ? n : NULL;
	}
	return arguments(p, n, ")");
}

/* A name: a column, a call, or the last part of a dotted one. */
static struct expr_node *parse_name(struct parser *p)
{
	bool word = p->l.kind == TOKEN_WORD;
	struct expr_node *n = take(p, EXPR_COLUMN);

	while (ACCEPT_OP(p, ".")) {
		if (p->l.kind != TOKEN_WORD && p->l.kind != TOKEN_IDENT)
			return NULL;
		word = p->l.kind == TOKEN_WORD;
		n = take(p, EXPR_COLUMN);
	}
	if (ACCEPT_OP(p, "(")) {
		n->kind = EXPR_CALL;
		return parse_call(p, n);
	}
	if (word && (!strncmp(n->text.p, "current_", 8) || !strncmp(n->text.p, "local", 5)))
		n->kind = EXPR_CALL;
	return n;
}

static struct expr_node *parse_word(struct parser *p)
{
	static const char *const refused[] = {"cast", "convert", "interval", "row", "select",
					      "exists", "collate", "any", "all", "some"};

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (is(p, TOKEN_WORD, refused[i]))
			return NULL;
	if (ACCEPT_WORD(p, "null"))
		return make(p, EXPR_NULL, "");
	if (is(p, TOKEN_WORD, "true") || is(p, TOKEN_WORD, "false"))
		return take(p, EXPR_BOOL);
	if (ACCEPT_WORD(p, "case"))
		return parse_case(p);
	if (ACCEPT_WORD(p, "array"))
		return ACCEPT_OP(p, "[") ? arguments(p, make(p, EXPR_ARRAY, ""), "]") : NULL;
	return parse_name(p);
}

static struct expr_node *parse_unary(struct parser *p, const char *op, int prec)
{
	struct expr_node *n = make(p, EXPR_OP, op);

	return argument(p, n, prec) ? n : NULL;
}

static struct expr_node *parse_primary(struct parser *p)
{
	struct expr_node *n;

	switch (p->l.kind) {
	case TOKEN_NUMBER:
		return take(p, EXPR_NUMBER);
	case TOKEN_STRING:
		return take(p, EXPR_STRING);
	case TOKEN_BYTES:
		return take(p, EXPR_BYTES);
	case TOKEN_BITS:
		return take(p, EXPR_BITS);
	case TOKEN_IDENT:
		return parse_name(p);
	case TOKEN_WORD:
		if (ACCEPT_WORD(p, "not"))
			return parse_unary(p, "not", PREC_NOT);
		return parse_word(p);
	case TOKEN_OP:
		if (ACCEPT_OP(p, "-"))
			return parse_unary(p, "-", PREC_MUL + 1);
		if (ACCEPT_OP(p, "!"))
			return parse_unary(p, "not", PREC_MUL + 1);
		if (ACCEPT_OP(p, "(")) {
			n = parse(p, PREC_OR);
			return n && ACCEPT_OP(p, ")") ? n : NULL;
		}
		return NULL;
	default:
		return NULL;
	}
}

/* The type behind :: as words with single spaces. */
static bool parse_type(struct parser *p, struct buf *b)
{
	/* Words that go on a type's name. */
	static const char *const more[] = {"precision", "varying", "with", "without", "time", "zone"};
	bool again = true;

	if (p->l.kind != TOKEN_WORD && p->l.kind != TOKEN_IDENT)
		return false;
	while (again) {
		buf_add(b, p->l.text.p, p->l.text.n);
		lexer_next(&p->l);
		if (ACCEPT_OP(p, "("))
			for (buf_addc(b, '('); !ACCEPT_OP(p, ")"); lexer_next(&p->l)) {
				if (p->l.kind != TOKEN_NUMBER && !is(p, TOKEN_OP, ","))
					return false;
				buf_add(b, p->l.text.p, p->l.text.n);
			}
		if (ACCEPT_OP(p, "."))
			buf_reset(b);
		else
			for (again = false; p->l.kind == TOKEN_WORD && !again;) {
				for (size_t i = 0; i < sizeof more / sizeof *more; i++)
					again = again || is(p, TOKEN_WORD, more[i]);
				if (!again)
					break;
				buf_addc(b, ' ');
			}
	}
	while (ACCEPT_OP(p, "[")) {
		if (!ACCEPT_OP(p, "]"))
			return false;
		buf_adds(b, "[]");
	}
	return true;
}

static struct expr_node *parse_postfix(struct parser *p)
{
	struct expr_node *n = parse_primary(p);

	while (n && ACCEPT_OP(p, "::")) {
		struct buf type = BUF_INIT;
		struct expr_node *cast = NULL;

		if (parse_type(p, &type))
			cast = expr_add(p->x, EXPR_CAST, type.p, type.n);
		buf_free(&type);
		if (!cast)
			return NULL;
		expr_add_arg(cast, n);
		n = cast;
	}
	return n;
}

/* IS [NOT] NULL, TRUE, FALSE, DISTINCT FROM: behind IS. */
static struct expr_node *parse_is(struct parser *p, struct expr_node *left)
{
	struct expr_node *n, *wrap;
	bool negated = ACCEPT_WORD(p, "not");

	if (ACCEPT_WORD(p, "distinct")) {
		n = make(p, EXPR_OP, "<=>");
		expr_add_arg(n, left);
		if (!ACCEPT_WORD(p, "from") || !argument(p, n, PREC_CONCAT))
			return NULL;
		if (negated)
			return n;
		wrap = make(p, EXPR_OP, "not");
		expr_add_arg(wrap, n);
		return wrap;
	}
	if (!is(p, TOKEN_WORD, "null") && !is(p, TOKEN_WORD, "true") && !is(p, TOKEN_WORD, "false"))
		return NULL;
	n = take(p, EXPR_IS);
	n->negated = negated;
	expr_add_arg(n, left);
	return n;
}

/* Behind = ANY or <> ALL: an array, perhaps cast, becomes a list. */
static struct expr_node *parse_any(struct parser *p, struct expr_node *left, bool negated)
{
	struct expr_node *n = make(p, EXPR_IN, ""), *a;

	if (!ACCEPT_OP(p, "(") || !(a = parse(p, PREC_OR)) || !ACCEPT_OP(p, ")"))
		return NULL;
	while (a->kind == EXPR_CAST)
		a = a->arg[0];
	if (a->kind != EXPR_ARRAY)
		return NULL;
	n->negated = negated;
	expr_add_arg(n, left);
	for (size_t i = 0; i < a->nargs; i++)
		expr_add_arg(n, a->arg[i]);
	return n;
}

/* [NOT] IN, BETWEEN, LIKE. */
static struct expr_node *parse_predicate(struct parser *p, struct expr_node *left)
{
	bool negated = ACCEPT_WORD(p, "not");
	struct expr_node *n, *wrap;

	if (ACCEPT_WORD(p, "in")) {
		n = make(p, EXPR_IN, "");
		expr_add_arg(n, left);
		n->negated = negated;
		return ACCEPT_OP(p, "(") ? arguments(p, n, ")") : NULL;
	}
	if (ACCEPT_WORD(p, "between")) {
		n = make(p, EXPR_BETWEEN, "");
		expr_add_arg(n, left);
		n->negated = negated;
		return argument(p, n, PREC_CONCAT) && ACCEPT_WORD(p, "and") &&
		       argument(p, n, PREC_CONCAT) ? n : NULL;
	}
	if (!ACCEPT_WORD(p, "like"))
		return NULL;
	n = make(p, EXPR_OP, "like");
	expr_add_arg(n, left);
	if (!argument(p, n, PREC_CONCAT) || is(p, TOKEN_WORD, "escape"))
		return NULL;
	if (!negated)
		return n;
	wrap = make(p, EXPR_OP, "not");
	expr_add_arg(wrap, n);
	return wrap;
}

/* The binary operators as they are written, and as the tree names them. */
static const struct {
	enum token_kind kind;
	const char *text, *op;
	int prec;
} binary[] = {
	{TOKEN_WORD, "or", "or", PREC_OR},       {TOKEN_WORD, "and", "and", PREC_AND},
	{TOKEN_OP, "&&", "and", PREC_AND},       {TOKEN_OP, "=", "=", PREC_COMPARE},
	{TOKEN_OP, "<>", "<>", PREC_COMPARE},    {TOKEN_OP, "!=", "<>", PREC_COMPARE},
	{TOKEN_OP, "<", "<", PREC_COMPARE},      {TOKEN_OP, "<=", "<=", PREC_COMPARE},
	{TOKEN_OP, ">", ">", PREC_COMPARE},      {TOKEN_OP, ">=", ">=", PREC_COMPARE},
	{TOKEN_OP, "<=>", "<=>", PREC_COMPARE},  {TOKEN_OP, "~~", "like", PREC_COMPARE},
	{TOKEN_OP, "!~~", "!~~", PREC_COMPARE},  {TOKEN_OP, "||", "||", PREC_CONCAT},
	{TOKEN_OP, "+", "+", PREC_ADD},          {TOKEN_OP, "-", "-", PREC_ADD},
	{TOKEN_OP, "*", "*", PREC_MUL},          {TOKEN_OP, "/", "/", PREC_MUL},
	{TOKEN_OP, "%", "%", PREC_MUL},          {TOKEN_WORD, "mod", "%", PREC_MUL},
};

static struct expr_node *parse_binary(struct parser *p, struct expr_node *left, int prec,
				      bool *found)
{
	for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) {
		struct expr_node *n, *wrap;
		bool negated = !strcmp(binary[i].text, "!~~");

		if (binary[i].prec < prec || !accept(p, binary[i].kind, binary[i].text))
			continue;
		*found = true;
		if (p->l.engine == ENGINE_MYSQL && !strcmp(binary[i].op, "||"))
			return NULL; /* OR or concatenation, as the SQL mode of its day had it */
		if (!strcmp(binary[i].op, "=") && ACCEPT_WORD(p, "any"))
			return parse_any(p, left, false);
		if (!strcmp(binary[i].op, "<>") && ACCEPT_WORD(p, "all"))
			return parse_any(p, left, true);
		n = make(p, EXPR_OP, negated ? "like" : binary[i].op);
		expr_add_arg(n, left);
		if (!argument(p, n, binary[i].prec + 1))
			return NULL;
		if (!negated)
			return n;
		wrap = make(p, EXPR_OP, "not");
		expr_add_arg(wrap, n);
		return wrap;
	}
	return left;
}

static struct expr_node *parse(struct parser *p, int prec)
{
	struct expr_node *n;
	bool found = true;

	if (++p->depth > MAX_DEPTH)
		return NULL;
	n = parse_postfix(p);
	while (n && found) {
		found = false;
		if (prec <= PREC_COMPARE && ACCEPT_WORD(p, "is")) {
			found = true;
			n = parse_is(p, n);
		} else if (prec <= PREC_COMPARE &&
			   (is(p, TOKEN_WORD, "not") || is(p, TOKEN_WORD, "in") ||
			    is(p, TOKEN_WORD, "between") || is(p, TOKEN_WORD, "like"))) {
			found = true;
			n = parse_predicate(p, n);
		} else {
			n = parse_binary(p, n, prec, &found);
		}
	}
	p->depth--;
	return n;
}

/* MySQL 8's information_schema gives expressions with their quotes escaped
 * once more: _utf8mb4\'x\'. A backslash before the first quote tells. */
static char *unescape(const char *text)
{
	const char *quote = strchr(text, '\'');
	struct buf b = BUF_INIT;

	if (!quote || quote == text || quote[-1] != '\\')
		return xstrdup(text);
	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		buf_addc(&b, *text);
	}
	return buf_detach(&b);
}

int expr_parse(struct expr *x, enum engine engine, const char *text)
{
	struct parser p = {.x = x};
	char *copy = engine == ENGINE_MYSQL ? unescape(text) : xstrdup(text);

	*x = (struct expr){0};
	lexer_open(&p.l, engine, copy);
	x->root = parse(&p, PREC_OR);
	if (p.l.kind != TOKEN_END)
		x->root = NULL;
	lexer_close(&p.l);
	free(copy);
	if (x->root)
		return 0;
	expr_free(x);
	return -1;
}
