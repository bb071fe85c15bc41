/*
 * ALTER TABLE as MySQL's binary log has it, and types of columns as they are written in
 * definitions (MySQL manual, "ALTER TABLE Statement"; MariaDB Knowledge Base, "ALTER TABLE").
 */
#ifndef SQLALTER_H
#define SQLALTER_H

#include "err.h"
#include "table.h"

enum alter_kind {
	ALTER_ADD,    /* def */
	ALTER_DROP,   /* name */
	ALTER_RENAME, /* name, new_name */
	ALTER_CHANGE, /* name, def (whose name may be a new one) */
	ALTER_REST,   /* keys, options, defaults: rows hold what they held */
};

struct alter_action {
	enum alter_kind kind;
	char *name, *new_name;
	struct column def;  /* name, type, native, not_null, default_expr, identity */
	char *raw;          /* all of the definition behind the name, as it was written */
};

enum statement_kind {
	STATEMENT_ALTER,
	STATEMENT_CREATE_TABLE,
	STATEMENT_DROP_TABLE,
	STATEMENT_NO_ROWS,  /* indexes, views, comments, …: no table's rows change their form */
	STATEMENT_UNKNOWN,
};

struct sql_alter {
	enum statement_kind kind;
	char *schema, *table; /* STATEMENT_ALTER; schema: NULL if it is not said */
	struct alter_action *action;
	size_t n;
};

/* Reads a statement of MySQL. What is an ALTER TABLE, but cannot be understood in all its parts,
 * is STATEMENT_UNKNOWN. sqlalter_free() is due. */
void sqlalter_parse(struct sql_alter *a, const char *sql);
void sqlalter_free(struct sql_alter *a);

/* Sets t (and *native, owned by the caller) from a type as either engine writes it: "varchar(20)",
 * "int unsigned", "character varying(20)", "enum('a','b')". A type that is not known is LT_OTHER.
 * -1: that is no type. t->labels is owned by the caller. */
int sqltype_parse(enum engine engine, const char *text, struct coltype *t, char **native);

#endif
