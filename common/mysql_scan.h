/*
 * Tokens of MySQL's and MariaDB's statements: words, quoted names, strings, single characters.
 * Comments are left out, but what stands in executable ones is read.
 */
#ifndef MYSQL_SCAN_H
#define MYSQL_SCAN_H

#include <stdbool.h>

#include "buf.h"

enum token { T_END, T_WORD, T_NAME, T_STRING, T_CHAR };

/* Set at, end (the text, which must stay) and the two of sql_mode, then call scan_next();
 * free text at the end. */
struct scan {
	const char *at, *end;
	bool ansi_quotes, no_backslash;
	enum token kind;
	struct buf text; /* the token's, without quotes */
};

/* Reads the next token. */
void scan_next(struct scan *s);

/* Moves `at` behind spaces and comments. */
void scan_skip_blank(struct scan *s);

/* Whether the token is this character, this word (in any case). */
bool scan_is_char(struct scan *s, char c);
bool scan_is_word(struct scan *s, const char *word);

/* Passes the word if it is there. */
bool scan_take(struct scan *s, const char *word);

#endif
