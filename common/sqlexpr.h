/*
 * SQL expressions of one engine, read into a tree and written for the other.
 * Only what surely means the same there is translated; everything else is
 * refused, and the caller leaves the expression out with a warning.
 */
#ifndef SQLEXPR_H
#define SQLEXPR_H

#include "buf.h"
#include "sqllex.h"
#include "table.h"
#include "typemap.h"

enum expr_kind {
	EXPR_NULL,
	EXPR_BOOL,    /* text: "true" or "false" */
	EXPR_NUMBER,  /* text */
	EXPR_STRING,  /* text */
	EXPR_BYTES,   /* text: the bytes */
	EXPR_BITS,    /* text: the digits */
	EXPR_COLUMN,  /* text: the name */
	EXPR_CALL,    /* text: the function, lower case */
	EXPR_OP,      /* text: + - * / % || = <> < <= > >= <=> and or not like; 1 or 2 arguments */
	EXPR_IS,      /* text: null, true, false; negated */
	EXPR_IN,      /* first argument among the others; negated */
	EXPR_BETWEEN, /* three arguments; negated */
	EXPR_CASE,    /* condition, value, …; an odd last one is ELSE */
	EXPR_CAST,    /* text: the type */
	EXPR_ARRAY,
};

struct expr_node {
	enum expr_kind kind;
	bool negated;
	struct buf text;
	struct expr_node **arg;
	size_t nargs;
	struct expr_node *next; /* chain of all nodes, for freeing */
};

struct expr {
	struct expr_node *root;
	struct expr_node *all;
};

/* Reads an expression: 0, or -1 if it is not understood (x is empty then). The
 * caller frees x with expr_free() after success. */
int expr_parse(struct expr *x, enum engine engine, const char *text);
void expr_free(struct expr *x);

/* Adds a node to the tree (the parser's own). */
struct expr_node *expr_add(struct expr *x, enum expr_kind kind, const char *text, size_t n);
void expr_add_arg(struct expr_node *n, struct expr_node *arg);

/* Whether the tree below n names that column. */
bool expr_names_column(const struct expr_node *n, const char *column);

/* What an expression is written for. */
enum expr_use { USE_CHECK, USE_COLUMN, USE_INDEX, USE_DEFAULT };

struct expr_env {
	enum engine from, to;
	const struct table *table;       /* whose columns may be named; NULL: none */
	const struct target_type *types; /* the targets of its columns, in their order */
	bool ignores_case;               /* set if a case-insensitive column is compared */
};

/* Adds the expression for env->to: 0, or -1 (out is as it was) if it cannot
 * be said there. type: the target column's, for USE_COLUMN and USE_DEFAULT. */
int expr_write(struct buf *out, struct expr_env *env, const struct expr_node *n, enum expr_use use,
	       const struct target_type *type);

/* Adds the DEFAULT value (without the word) that c's default becomes in a
 * column of type t: 1; 0 if c has none, or one that is NULL; -1 if it cannot be
 * said there: *why then says it. Between two databases of one engine the text is kept. */
int expr_write_default(struct buf *out, enum engine from, enum engine to, const struct column *c,
		       const struct target_type *t, const char **why);

#endif
