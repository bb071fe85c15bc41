/*
 * The parser of SQL expressions: precedence climbing over both dialects, as
 * their catalogues write them. What it does not know it refuses as a whole.
 */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "sqlexpr_parse.h"

#define MAX_DEPTH 200

static struct expr_node *negate(struct parser *p, struct expr_node *n)
{
	struct expr_node *wrap = parser_make(p, EXPR_OP, "not");

	expr_add_arg(wrap, n);
	return wrap;
}

/* IS [NOT] NULL, TRUE, FALSE, DISTINCT FROM: behind IS. */
static struct expr_node *parse_is(struct parser *p, struct expr_node *left)
{
	struct expr_node *n;
	bool negated = ACCEPT_WORD(p, "not");

	if (ACCEPT_WORD(p, "distinct")) {
		n = parser_make(p, EXPR_OP, "<=>");
		expr_add_arg(n, left);
		if (!ACCEPT_WORD(p, "from") || !parser_argument(p, n, PREC_CONCAT))
			return NULL;
		return negated ? n : negate(p, n);
	}
	if (!parser_is(p, TOKEN_WORD, "null") && !parser_is(p, TOKEN_WORD, "true") &&
	    !parser_is(p, TOKEN_WORD, "false"))
		return NULL;
	n = parser_take(p, EXPR_IS);
	n->negated = negated;
	expr_add_arg(n, left);
	return n;
}

/* Behind = ANY or <> ALL: an array, perhaps cast, becomes a list. */
static struct expr_node *parse_any(struct parser *p, struct expr_node *left, bool negated)
{
	struct expr_node *n = parser_make(p, EXPR_IN, ""), *a;

	if (!ACCEPT_OP(p, "(") || !(a = parser_expr(p, PREC_OR)) || !ACCEPT_OP(p, ")"))
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
	struct expr_node *n;

	if (ACCEPT_WORD(p, "in")) {
		n = parser_make(p, EXPR_IN, "");
		expr_add_arg(n, left);
		n->negated = negated;
		return ACCEPT_OP(p, "(") ? parser_arguments(p, n, ")") : NULL;
	}
	if (ACCEPT_WORD(p, "between")) {
		n = parser_make(p, EXPR_BETWEEN, "");
		expr_add_arg(n, left);
		n->negated = negated;
		return parser_argument(p, n, PREC_CONCAT) && ACCEPT_WORD(p, "and") &&
		       parser_argument(p, n, PREC_CONCAT) ? n : NULL;
	}
	if (!ACCEPT_WORD(p, "like"))
		return NULL;
	n = parser_make(p, EXPR_OP, "like");
	expr_add_arg(n, left);
	if (!parser_argument(p, n, PREC_CONCAT) || parser_is(p, TOKEN_WORD, "escape"))
		return NULL;
	return negated ? negate(p, n) : n;
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
		struct expr_node *n;
		bool negated = !strcmp(binary[i].text, "!~~");

		if (binary[i].prec < prec || !parser_accept(p, binary[i].kind, binary[i].text))
			continue;
		*found = true;
		if (p->l.engine == ENGINE_MYSQL && !strcmp(binary[i].op, "||"))
			return NULL; /* OR or concatenation, as the SQL mode of its day had it */
		if (!strcmp(binary[i].op, "=") && ACCEPT_WORD(p, "any"))
			return parse_any(p, left, false);
		if (!strcmp(binary[i].op, "<>") && ACCEPT_WORD(p, "all"))
			return parse_any(p, left, true);
		n = parser_make(p, EXPR_OP, negated ? "like" : binary[i].op);
		expr_add_arg(n, left);
		if (!parser_argument(p, n, binary[i].prec + 1))
			return NULL;
		return negated ? negate(p, n) : n;
	}
	return left;
}

struct expr_node *parser_expr(struct parser *p, int prec)
{
	struct expr_node *n;
	bool found = true;

	if (++p->depth > MAX_DEPTH)
		return NULL;
	n = parser_operand(p);
	while (n && found) {
		found = false;
		if (prec <= PREC_COMPARE && ACCEPT_WORD(p, "is")) {
			found = true;
			n = parse_is(p, n);
		} else if (prec <= PREC_COMPARE &&
			   (parser_is(p, TOKEN_WORD, "not") || parser_is(p, TOKEN_WORD, "in") ||
			    parser_is(p, TOKEN_WORD, "between") ||
			    parser_is(p, TOKEN_WORD, "like"))) {
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
	x->root = parser_expr(&p, PREC_OR);
	if (p.l.kind != TOKEN_END)
		x->root = NULL;
	lexer_close(&p.l);
	free(copy);
	if (x->root)
		return 0;
	expr_free(x);
	return -1;
}
