/* The two halves of the parser of SQL expressions; for them only. */
#ifndef SQLEXPR_PARSE_H
#define SQLEXPR_PARSE_H

#include "sqlexpr.h"

enum precedence { PREC_OR = 1, PREC_AND, PREC_NOT, PREC_COMPARE, PREC_CONCAT, PREC_ADD, PREC_MUL };

struct parser {
	struct lexer l;
	struct expr *x;
	int depth;
};

/* Both return NULL for what is not understood: an expression of operators that
 * bind at least as strongly as prec; an operand with the casts behind it. */
struct expr_node *parser_expr(struct parser *p, int prec);
struct expr_node *parser_operand(struct parser *p);

/* Adds a node with that text; with the current token's, which is passed. */
struct expr_node *parser_make(struct parser *p, enum expr_kind kind, const char *text);
struct expr_node *parser_take(struct parser *p, enum expr_kind kind);

/* Whether the current token is that; passes it if so. */
bool parser_is(struct parser *p, enum token_kind kind, const char *text);
bool parser_accept(struct parser *p, enum token_kind kind, const char *text);
#define ACCEPT_OP(p, t) parser_accept(p, TOKEN_OP, t)
#define ACCEPT_WORD(p, t) parser_accept(p, TOKEN_WORD, t)

/* Adds the next expression to n; false if it is not understood. */
bool parser_argument(struct parser *p, struct expr_node *n, int prec);

/* Adds expressions up to the closing bracket: n, or NULL. */
struct expr_node *parser_arguments(struct parser *p, struct expr_node *n, const char *close);

#endif
