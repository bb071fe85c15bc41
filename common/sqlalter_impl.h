/* What the parser of ALTER TABLE is made of; for common/sqlalter*.c only. */
#ifndef SQLALTER_IMPL_H
#define SQLALTER_IMPL_H

#include "sqlalter.h"
#include "sqllex.h"

/* The statement under the lexer: start is where the token in it begins. */
struct parser {
	struct lexer l;
	const char *start;
	char *sql; /* without comments */
};

/* The next token. */
void sqlalter_next(struct parser *p);

bool sqlalter_at_op(struct parser *p, const char *op);

/* Takes the word, or any of the words, which a space separates; false: it is not there. */
bool sqlalter_take(struct parser *p, const char *word);
bool sqlalter_take_any(struct parser *p, const char *words);

/* Takes a name, which keeps the case of its letters; NULL: there is none. Owned by the caller. */
char *sqlalter_take_name(struct parser *p);

/* Takes [schema.]table into a->name. -1: there is none. */
int sqlalter_take_table(struct parser *p, struct sql_alter *a);

/* Passes IF [NOT] EXISTS; WAIT n, NOWAIT. */
void sqlalter_take_exists(struct parser *p);
void sqlalter_take_wait(struct parser *p);

/* The rest of CREATE TABLE, behind the name (sqlcreate.c). -1: it is not understood at all. */
int sqlcreate_parse(struct parser *p, struct sql_alter *a);

/* Passes a bracket with all in it. -1: it is not closed. */
int sqlalter_skip_brackets(struct parser *p);
/* Behind the rest of an action, definition or statement: before its comma or at the end. */
int sqlalter_skip_rest(struct parser *p);

/* Whether an action of the statement ends here. */
bool sqlalter_at_end(struct parser *p);

/* Takes a column's definition behind its name: a->def, a->raw. -1: it is not understood. */
int sqlalter_take_definition(struct parser *p, struct alter_action *a);

/* Frees what an action has. */
void sqlalter_free_action(struct alter_action *a);

#endif
