/*
 * The rules of cast: what one RULE on the command line says, and what it does to
 * a value. Rules are parsed once; for a value, only the rule's function runs.
 */
#ifndef CAST_RULES_H
#define CAST_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "row.h"
#include "type.h"

enum cast_result {
	CAST_SAME,    /* the value stays as it is */
	CAST_CHANGED, /* there is a new value */
	CAST_LOSS,    /* likewise, and the old one cannot be told from it */
	CAST_UNFIT,   /* not of the form that the rule takes; `*=` leaves it as it is */
	CAST_BAD,     /* of the form, but refused, by `*=` too */
};

/* Why a value is refused: "is not a boolean"; hint may be NULL. */
struct cast_why {
	const char *what;
	const char *hint;
};

struct rule;

/* One kind of rule on values. */
struct cast_op {
	const char *name;
	const char *arg;     /* what follows the name, for the list: ":DIGITS"; or "" */
	bool every;          /* may stand behind `*=` */
	bool nulls;          /* is asked for NULL, too */
	bool typed;          /* in NDJSON its values are of this kind; else changed ones are strings */
	enum json_kind kind;

	/* Reads the text behind the colon, NULL without one, into the rule. 0, or -1:
	 * it is not what `arg` says, or *e tells what else is wrong. */
	int (*parse)(struct rule *r, const char *arg, struct err *e);

	/* Applies the rule to *f and, if it changes, sets it to the new value: a part
	 * of the old one, the rule's own text, or bytes added to `to`, which is empty
	 * and belongs to this rule on this column. CAST_UNFIT and CAST_BAD set *why. */
	enum cast_result (*apply)(const struct rule *r, struct field *f, struct buf *to,
				  struct cast_why *why);
	void (*free)(struct rule *r); /* frees r->state; may be NULL */
};

enum rule_kind { RULE_VALUE, RULE_ADD, RULE_DROP, RULE_RENAME };

struct rule {
	enum rule_kind kind;
	const char *text;    /* as it was given; borrowed */
	char *column;        /* owned; NULL: every column */
	char *to;            /* owned; the new name, or a new column's constant, NULL for NULL */
	enum json_kind json; /* of the constant */

	const struct cast_op *op; /* RULE_VALUE */
	int choice;          /* parsed: one of a few words, a flag */
	uint64_t number;     /* parsed: a length, a count of digits */
	struct field word;   /* parsed: a text; borrowed from the rule's text */
	void *state;         /* the op's own; owned */
	struct field salt;   /* for mask, set by the program; borrowed */

	uint64_t losses;     /* values that the rule changed with loss */
};

/* Reads one RULE; the text stays in use. Returns 0, or -1 with *e set. */
int rule_parse(struct rule *r, const char *text, struct err *e);

void rule_free(struct rule *r);

/* Adds the names of all rules on values, with their arguments. */
void rule_add_list(struct buf *b);

/* For an op without arguments. */
int cast_parse_nothing(struct rule *r, const char *arg, struct err *e);

/* Reads one of the NULL-ended words into r->choice. 0 or -1. */
int cast_parse_word(struct rule *r, const char *arg, const char *const *words);

/* Reads a number from 0 to max into r->number. 0 or -1. */
int cast_parse_number(struct rule *r, const char *arg, uint64_t max);

/* Ends an apply function: *f becomes what was added to `to`. */
static inline enum cast_result cast_give(struct field *f, struct buf *to, enum cast_result result)
{
	buf_room(to, 1);
	*f = (struct field){to->p, to->n};
	return result;
}

static inline enum cast_result cast_unfit(struct cast_why *why, const char *what)
{
	*why = (struct cast_why){what, NULL};
	return CAST_UNFIT;
}

static inline enum cast_result cast_bad(struct cast_why *why, const char *what, const char *hint)
{
	*why = (struct cast_why){what, hint};
	return CAST_BAD;
}

#endif
