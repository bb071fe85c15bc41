/*
 * The rules joined with the columns of one input: which columns come out, where
 * their values come from, and what is done to them.
 */
#ifndef CAST_PLAN_H
#define CAST_PLAN_H

#include "cast_rules.h"
#include "stream.h"

struct cast_loss;

/* One rule on one column. */
struct cast_step {
	struct rule *rule;
	struct buf to; /* the value that it made of the last row's */
};

struct cast_column {
	char *name;             /* owned */
	bool added;             /* a new one: its value is the constant */
	size_t from;            /* else: the field of the input */
	struct field constant;
	enum json_kind kind;    /* how NDJSON writes it, where the input does not tell */
	struct cast_step *step; /* in the order of the rules */
	size_t nsteps;
};

struct cast_plan {
	struct reader *in;
	const char *in_name;
	struct rule *rule;
	size_t nrules;
	struct cast_column *col;
	size_t ncols;
	size_t *active;         /* the columns that have steps */
	size_t nactive;
	struct row row;         /* the last row that came out */
	enum json_kind *kind;   /* how NDJSON writes its values */
	struct cast_loss *loss;
};

/* Applies the rules, from left to right, to the columns of the reader. A column that
 * does not exist is an error that names those that do. Returns 0 or -1; the caller
 * frees the plan either way. The rules stay the caller's. */
int plan_make(struct cast_plan *p, struct reader *in, const char *in_name, struct rule *rules,
	      size_t nrules, struct cast_loss *loss, struct err *e);

void plan_free(struct cast_plan *p);

/* Puts the row of the reader into p->row, cast, and how NDJSON writes each value
 * into p->kind. Valid until the reader's next row. A value that a rule does not take
 * is an error (EXIT_BAD). Returns 0 or -1. */
int plan_row(struct cast_plan *p, const struct row *in, struct err *e);

#endif
