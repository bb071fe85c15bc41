/*
 * Definitions of tables as MySQL's binary log has them, and types of columns as they are written
 * there (MySQL manual, "ALTER TABLE Statement", "CREATE TABLE Statement", "RENAME TABLE
 * Statement"; MariaDB Knowledge Base, the same).
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
	bool primary, unique; /* the definition makes a key of it */
	bool check;         /* it has a CHECK, which def lacks */
};

enum statement_kind {
	STATEMENT_ALTER,        /* name[0]; name[1], if there is one, is its new name */
	STATEMENT_CREATE_TABLE, /* name[0]; name[1], if there is one, is what it is LIKE */
	STATEMENT_DROP_TABLE,   /* all names */
	STATEMENT_RENAME_TABLE, /* pairs of names, renamed one after another */
	STATEMENT_NO_ROWS,  /* indexes, views, comments, …: no table's rows change their form */
	STATEMENT_UNKNOWN,
};

struct sql_name {
	char *schema, *table; /* schema: NULL if it is not said */
};

struct sql_alter {
	enum statement_kind kind;
	struct sql_name *name;
	size_t nnames;
	struct alter_action *action; /* STATEMENT_ALTER */
	size_t n;
	bool or_replace;      /* STATEMENT_CREATE_TABLE: an older one goes */
	char *body;           /* all behind the name, as it was written; NULL: LIKE */
	struct table *table;  /* what it says; NULL: it is not understood in all its parts */
	bool left_out;        /* table lacks foreign keys, checks or partitions that it says */
};

/* Reads a statement of MySQL. What cannot be understood in all its parts is STATEMENT_UNKNOWN,
 * but for the body of a CREATE TABLE. sqlalter_free() is due. */
void sqlalter_parse(struct sql_alter *a, const char *sql);
void sqlalter_free(struct sql_alter *a);

/* Sets t (and *native, owned by the caller) from a type as either engine writes it: "varchar(20)",
 * "int unsigned", "character varying(20)", "enum('a','b')". A type that is not known is LT_OTHER.
 * -1: that is no type. t->labels is owned by the caller. */
int sqltype_parse(enum engine engine, const char *text, struct coltype *t, char **native);

#endif
