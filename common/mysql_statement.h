/*
 * What a statement in the binary log is, as far as a stream of row changes must
 * know it: marks of transactions, definitions with the tables they name, changes of rows that
 * were logged as statements.
 */
#ifndef MYSQL_STATEMENT_H
#define MYSQL_STATEMENT_H

#include <stdbool.h>

#include "buf.h"
#include "row.h"

enum my_statement_kind {
	STATEMENT_OTHER,       /* users, views, routines, indexes, temporary tables, … */
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
	STATEMENT_SAVEPOINT,   /* name[0] */
	STATEMENT_ROLLBACK_TO, /* name[0] */
	STATEMENT_XA_START,
	STATEMENT_XA_END,
	STATEMENT_XA_COMMIT,   /* rest: the id */
	STATEMENT_XA_ROLLBACK, /* rest: the id */
	STATEMENT_TABLES,      /* a definition: the tables it names */
	STATEMENT_TRUNCATE,    /* all rows go: the table it names */
	STATEMENT_DATABASE,    /* DROP DATABASE: name[0].schema */
	STATEMENT_ROWS,        /* INSERT and the like */
};

struct my_statement_name {
	char *schema; /* NULL: not written */
	char *name;
};

struct my_statement {
	enum my_statement_kind kind;
	char word[16];                  /* its first word, upper case: "INSERT" */
	struct my_statement_name *name;
	size_t n;
	struct field rest;              /* of the statement's text, behind what was read */
};

/* Takes it apart (n bytes); ansi_quotes, no_backslash: as the sql_mode has it. Never
 * fails: what it does not understand is STATEMENT_OTHER. my_statement_free() is due. */
void my_statement_read(struct my_statement *s, struct field sql, bool ansi_quotes,
		       bool no_backslash);

/* Writes its names in lower case, as servers do that have lower_case_table_names. */
void my_statement_fold(struct my_statement *s);
void my_statement_free(struct my_statement *s);

#endif
