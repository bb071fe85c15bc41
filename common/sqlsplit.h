/*
 * A script of SQL, split into its statements at the semicolons that are no part of a string, a
 * name or a comment. Sources of the rules: PostgreSQL manual, "Lexical Structure"; MySQL
 * manual, "String Literals", "Comments". DELIMITER, a command of mysql(1), is not known.
 */
#ifndef SQLSPLIT_H
#define SQLSPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "type.h"

struct sql_script {
	enum engine engine;
	const char *at, *end;
	size_t line;      /* from 1 */
	size_t paragraph; /* paragraphs lie apart by lines that are blank or comments */
};

struct sql_statement {
	const char *text; /* in the script, without blanks and comments before it, and its `;` */
	size_t n;
	size_t line, paragraph;
};

/* Starts on a script of n bytes, which is borrowed. */
void sql_script_open(struct sql_script *s, enum engine engine, const char *text, size_t n);

/* The next statement; false behind the last one. A string or comment that does not end is
 * given as it stands, for the server to judge. */
bool sql_script_next(struct sql_script *s, struct sql_statement *st);

#endif
