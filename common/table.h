/*
 * The definition of a table as the catalogue of its database gives it. All
 * strings are owned by the struct; NULL where there is nothing.
 */
#ifndef TABLE_H
#define TABLE_H

#include "type.h"

enum generated { GEN_NO, GEN_STORED, GEN_VIRTUAL };

enum identity { IDENTITY_NO, IDENTITY_BY_DEFAULT, IDENTITY_ALWAYS, IDENTITY_SERIAL, IDENTITY_AUTO_INCREMENT };

struct column {
	char *name;
	struct coltype type;
	char *native;          /* the type as its engine writes it: "bigint(20) unsigned" */
	bool not_null;
	bool invisible;        /* left out of SELECT * */
	enum generated generated;
	char *generation_expr; /* in the engine's own SQL */
	char *default_expr;    /* in the engine's own SQL: 'x', 0, current_timestamp(); NULL: none */
	char *on_update;       /* MySQL: ON UPDATE current_timestamp() */
	enum identity identity;
	char *sequence;        /* PostgreSQL: quoted name of the sequence behind it */
	char *charset;         /* MySQL */
	char *collation;
	char *comment;
};

struct key_part {
	char *column;      /* NULL for an expression */
	char *expr;        /* in the engine's own SQL */
	unsigned prefix;   /* MySQL: characters of a prefix index; 0 for all */
	bool desc;
	bool nulls_first;  /* PostgreSQL */
	char *opclass;     /* PostgreSQL: its operator class, where it is not the type's default */
};

struct key {
	char *name;
	bool primary;
	bool unique;
	char *method;          /* "btree", "hash", "gin", "gist", "fulltext", "spatial", "vector", … */
	struct key_part *part;
	size_t nparts;
	char **include;        /* PostgreSQL's INCLUDE columns; NULL-ended, or NULL */
	char *where;           /* predicate of a partial index */
	bool nulls_not_distinct;
	bool constraint;       /* PostgreSQL: made by a constraint, not by CREATE INDEX */
	char *comment;
};

struct fkey {
	char *name;
	char **columns;        /* NULL-ended */
	char *ref_schema;
	char *ref_table;
	char **ref_columns;    /* NULL-ended */
	char *on_delete;       /* "NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT" */
	char *on_update;
	bool deferrable, deferred;
};

struct check {
	char *name;
	char *expr;            /* in the engine's own SQL, without CHECK and outer brackets */
	bool enforced;
};

enum table_kind { TABLE_PLAIN, TABLE_VIEW, TABLE_PARTITIONED, TABLE_FOREIGN };

struct table {
	enum engine engine;
	char *schema;          /* PostgreSQL's schema, MySQL's database */
	char *name;
	enum table_kind kind;
	bool has_children;     /* PostgreSQL: inheritance or partitions: COPY t TO would leave rows out */
	struct column *col;
	size_t ncols;
	struct key *key;       /* the primary key, if any, is key[0] */
	size_t nkeys;
	struct fkey *fkey;
	size_t nfkeys;
	struct check *check;
	size_t nchecks;
	char *comment;
	uint64_t next_value;   /* of the identity column's sequence; 0: none or unknown */
	uint64_t estimated_rows;
	bool has_triggers;     /* row triggers of users */
};

void table_free(struct table *t);

/* The column of that exact name, or NULL. */
struct column *table_column(const struct table *t, const char *name, size_t n);

/* Whether the engine keeps the column's texts as UTF-8 (MySQL; false elsewhere). */
bool column_is_utf8(const struct column *c);

/* The primary key, or NULL; its parts are all plain columns. */
const struct key *table_primary(const struct table *t);

/* Rowboat's own tables, no data to be moved: --once's, cdcapply's, fence's, and those from which
 * backfill fills columns. As a regular expression, and whether a name (without schema) is one. */
#define OWN_TABLES "^rowboat_(once|checkpoint|dual|fence|backfill_[0-9a-f]{12})$"
bool table_is_own(const char *name);

#endif
