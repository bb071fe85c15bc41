/*
 * The operands of SQL expressions: literals, names, calls, CASE, casts; and what the
 * two halves of the parser share.
 */
#include <stdlib.h>
#include <string.h>

#include "sqlexpr_parse.h"

struct expr_node *parser_make(struct parser *p, enum expr_kind kind, const char *text)
{
	return expr_add(p->x, kind, text, strlen(text));
}

bool parser_is(struct parser *p, enum token_kind kind, const char *text)
{
	return p->l.kind == kind && !strcmp(buf_cstr(&p->l.text), text);
}

bool parser_accept(struct parser *p, enum token_kind kind, const char *text)
{
	if (!parser_is(p, kind, text))
		return false;
	lexer_next(&p->l);
	return true;
}

/* Takes the current token as a node of that kind. */
struct expr_node *parser_take(struct parser *p, enum expr_kind kind)
{
	struct expr_node *n = expr_add(p->x, kind, p->l.text.p, p->l.text.n);

	lexer_next(&p->l);
	return n;
}

/* Adds the next argument; false if it is not understood. */
bool parser_argument(struct parser *p, struct expr_node *n, int prec)
{
	struct expr_node *a = parser_expr(p, prec);

	if (a)
		expr_add_arg(n, a);
	return a != NULL;
}

/* Arguments up to the closing bracket. */
struct expr_node *parser_arguments(struct parser *p, struct expr_node *n, const char *close)
{
	if (ACCEPT_OP(p, close))
		return n;
	do {
		if (!parser_argument(p, n, PREC_OR))
			return NULL;
	} while (ACCEPT_OP(p, ","));
	return ACCEPT_OP(p, close) ? n : NULL;
}

/* CASE behind its word. The form with a base becomes comparisons. */
static struct expr_node *parse_case(struct parser *p)
{
	struct expr_node *n = parser_make(p, EXPR_CASE, ""), *base = NULL;

	if (!parser_is(p, TOKEN_WORD, "when") && !(base = parser_expr(p, PREC_OR)))
		return NULL;
	while (ACCEPT_WORD(p, "when")) {
		if (base) {
			struct expr_node *equal = parser_make(p, EXPR_OP, "=");

			expr_add_arg(equal, base);
			if (!parser_argument(p, equal, PREC_OR))
				return NULL;
			expr_add_arg(n, equal);
		} else if (!parser_argument(p, n, PREC_OR)) {
			return NULL;
		}
		if (!ACCEPT_WORD(p, "then") || !parser_argument(p, n, PREC_OR))
			return NULL;
	}
	if (ACCEPT_WORD(p, "else") && !parser_argument(p, n, PREC_OR))
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
		expr_add_arg(n, parser_take(p, EXPR_STRING));
		if (!ACCEPT_WORD(p, "from") || !parser_argument(p, n, PREC_OR))
			return NULL;
		return ACCEPT_OP(p, ")") ? n : NULL;
	}
	if (!strcmp(n->text.p, "trim") && ACCEPT_WORD(p, "both") && !ACCEPT_WORD(p, "from"))
		return NULL;
	if (!strcmp(n->text.p, "substring") && !parser_is(p, TOKEN_OP, ")")) {
		if (!parser_argument(p, n, PREC_OR))
			return NULL;
		if (ACCEPT_WORD(p, "from")) {
			if (!parser_argument(p, n, PREC_OR) ||
			    (ACCEPT_WORD(p, "for") && !parser_argument(p, n, PREC_OR)))
				return NULL;
			return ACCEPT_OP(p, ")") ? n : NULL;
		}
		if (!ACCEPT_OP(p, ","))
			return ACCEPT_OP(p, ")") ? n : NULL;
	}
	return parser_arguments(p, n, ")");
}

/* A name: a column, a call, or the last part of a dotted one. */
static struct expr_node *parse_name(struct parser *p)
{
	bool word = p->l.kind == TOKEN_WORD;
	struct expr_node *n = parser_take(p, EXPR_COLUMN);

	while (ACCEPT_OP(p, ".")) {
		if (p->l.kind != TOKEN_WORD && p->l.kind != TOKEN_IDENT)
			return NULL;
		word = p->l.kind == TOKEN_WORD;
		n = parser_take(p, EXPR_COLUMN);
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
		if (parser_is(p, TOKEN_WORD, refused[i]))
			return NULL;
	if (ACCEPT_WORD(p, "null"))
		return parser_make(p, EXPR_NULL, "");
	if (parser_is(p, TOKEN_WORD, "true") || parser_is(p, TOKEN_WORD, "false"))
		return parser_take(p, EXPR_BOOL);
	if (ACCEPT_WORD(p, "case"))
		return parse_case(p);
	if (ACCEPT_WORD(p, "array"))
		return ACCEPT_OP(p, "[") ? parser_arguments(p, parser_make(p, EXPR_ARRAY, ""), "]")
					 : NULL;
	return parse_name(p);
}

static struct expr_node *parse_unary(struct parser *p, const char *op, int prec)
{
	struct expr_node *n = parser_make(p, EXPR_OP, op);

	return parser_argument(p, n, prec) ? n : NULL;
}

static struct expr_node *parse_primary(struct parser *p)
{
	struct expr_node *n;

	switch (p->l.kind) {
	case TOKEN_NUMBER:
		return parser_take(p, EXPR_NUMBER);
	case TOKEN_STRING:
		return parser_take(p, EXPR_STRING);
	case TOKEN_BYTES:
		return parser_take(p, EXPR_BYTES);
	case TOKEN_BITS:
		return parser_take(p, EXPR_BITS);
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
			n = parser_expr(p, PREC_OR);
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
	static const char *const more[] = {"precision", "varying", "with",
					   "without",	"time",	   "zone"};
	bool again = true;

	if (p->l.kind != TOKEN_WORD && p->l.kind != TOKEN_IDENT)
		return false;
	while (again) {
		buf_add(b, p->l.text.p, p->l.text.n);
		lexer_next(&p->l);
		if (ACCEPT_OP(p, "("))
			for (buf_addc(b, '('); !ACCEPT_OP(p, ")"); lexer_next(&p->l)) {
				if (p->l.kind != TOKEN_NUMBER && !parser_is(p, TOKEN_OP, ","))
					return false;
				buf_add(b, p->l.text.p, p->l.text.n);
			}
		if (ACCEPT_OP(p, "."))
			buf_reset(b);
		else
			for (again = false; p->l.kind == TOKEN_WORD && !again;) {
				for (size_t i = 0; i < sizeof more / sizeof *more; i++)
					again = again || parser_is(p, TOKEN_WORD, more[i]);
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

struct expr_node *parser_operand(struct parser *p)
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
