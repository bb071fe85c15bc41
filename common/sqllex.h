/*
 * Tokens of the SQL expressions that catalogues give for defaults, checks and
 * generated columns, in the dialect of their engine. Sources of the rules:
 * PostgreSQL manual, "Lexical Structure"; MySQL manual, "Literal Values".
 */
#ifndef SQLLEX_H
#define SQLLEX_H

#include "buf.h"
#include "type.h"

enum token_kind {
	TOKEN_END,
	TOKEN_BAD,    /* nothing that is known here: a byte, or all behind an open quote */
	TOKEN_WORD,   /* an unquoted name or keyword, in lower case */
	TOKEN_IDENT,  /* a quoted name */
	TOKEN_NUMBER,
	TOKEN_STRING, /* its value, escapes resolved */
	TOKEN_BYTES,  /* x'41', 0x41: the bytes */
	TOKEN_BITS,   /* b'01': the digits */
	TOKEN_OP,
};

struct lexer {
	enum engine engine;
	const char *at;
	enum token_kind kind;
	struct buf text; /* the token's text; valid until the next token */
};

/* Starts on an expression, which must outlive the lexer, and reads the first token. */
void lexer_open(struct lexer *l, enum engine engine, const char *text);

/* Reads the next token into kind and text. */
void lexer_next(struct lexer *l);

void lexer_close(struct lexer *l);

/* Adds a quoted identifier or a string literal in the engine's dialect. MySQL's
 * literals are written for a session without NO_BACKSLASH_ESCAPES. */
void sql_add_ident(struct buf *b, enum engine engine, const char *name);
void sql_add_string(struct buf *b, enum engine engine, const char *p, size_t n);

#endif
