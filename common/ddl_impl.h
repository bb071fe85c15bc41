/*
 * What the DDL writers of the dialects share. For common/ddl*.c only.
 */
#ifndef DDL_IMPL_H
#define DDL_IMPL_H

#include "ddl.h"
#include "sqlexpr.h"

/* Names that are taken, so that made-up ones stay distinct. */
struct taken {
	char **v;
	size_t n;
};

struct ddl_table {
	const struct table *t;
	struct target_type *type; /* of its columns, in their order */
};

struct ddl {
	struct ddl_options options;
	struct typemap *map;
	enum engine from, to;
	bool same;                /* one engine on both sides */
	const struct dialect *dialect;
	struct ddl_table *table;  /* without the views */
	size_t ntables;
	struct table *const *all;
	size_t nall;
	struct taken taken;       /* indexes, types, constraints and what else the writer names */
	struct buf *out;
	bool begun;               /* the session's settings are written */
};

/* One engine's way of writing. The functions add to d->out. */
struct dialect {
	const char *label;    /* for messages */
	size_t max_name;      /* bytes of a name */
	bool columns_fold;    /* column names that differ only by case are one */
	const char *const *reserved; /* names that no column can have, NULL-ended; or NULL */
	void (*plan)(struct ddl *d, struct ddl_table *dt); /* adjusts the types of a table */
	void (*begin)(struct ddl *d);                      /* settings of the session */
	void (*before_tables)(struct ddl *d);              /* what tables are made of */
	void (*create_table)(struct ddl *d, const struct ddl_table *dt);
	/* Indexes, checks, sequence values. */
	void (*keys)(struct ddl *d, const struct ddl_table *dt);
	void (*foreign_key)(struct ddl *d, const struct ddl_table *dt, const struct fkey *f);
};

extern const struct dialect ddl_postgres, ddl_mysql;

/* Warns: "schema.table: …". */
void ddl_warn(struct ddl *d, const struct table *t, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a quoted name, a string literal. */
void ddl_ident(struct ddl *d, const char *name);
void ddl_string(struct ddl *d, const char *text);

/* Adds a table's name, with its schema unless that is the home. */
void ddl_table_name(struct ddl *d, const char *schema, const char *name);

/* Adds the names, which end with NULL, with commas. */
void ddl_ident_list(struct ddl *d, char *const *names);

/* Adds ('a','b'). */
void ddl_labels(struct ddl *d, char *const *labels);

/* The schema that things of a source schema are in: "" for the home. */
const char *ddl_scope(const struct ddl *d, const char *schema);

/* Takes a name: false if it was taken before. scope: the schema or table that
 * the name must be unique in, and the kind of thing. */
bool ddl_take(struct ddl *d, const char *scope, const char *name);

/* A name for something that belongs to table t: `name` itself if `as_is`, or
 * table_name, shortened to what the target allows with a hash of the whole behind it, and
 * distinct within the scope. Owned by the caller. */
char *ddl_name(struct ddl *d, const char *scope, const struct table *t, const char *name,
	       bool as_is);

/* Translates an expression of the source: 0, or -1 if it cannot be said in the
 * target; b is as it was then. *ignores_case may be NULL. */
int ddl_expr(struct ddl *d, const struct ddl_table *dt, const char *text, enum expr_use use,
	     const struct target_type *type, struct buf *b, bool *ignores_case);

/* The selected table of that name, or NULL. */
const struct ddl_table *ddl_find(const struct ddl *d, const char *schema, const char *name);

/* The target type of a column, or NULL. */
const struct target_type *ddl_type(const struct ddl_table *dt, const char *column);

/* Whether the check only says that a JSON column is JSON, as MariaDB's alias does. */
bool ddl_is_json_check(const struct table *t, const struct check *c);

/* Adds " DEFAULT …" if the column has one that can be said in the target. */
void ddl_default(struct ddl *d, const struct table *t, const struct column *c,
		 const struct target_type *type);

/* Adds " GENERATED ALWAYS AS (…)", and says whether it could. */
bool ddl_generated(struct ddl *d, const struct ddl_table *dt, size_t i);

/* The referenced columns are all of a primary key or unique key of the table. */
bool ddl_is_unique(const struct table *t, char *const *columns);

#endif
