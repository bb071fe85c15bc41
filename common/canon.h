/*
 * Common forms of values: where equal values may have several canonical texts
 * (1.10 and 1.1, JSON's spaces), the one text that stands for all of them; and
 * where two engines keep the same value under different types (a flag as 1 or as t),
 * a text that both have.
 */
#ifndef CANON_H
#define CANON_H

#include "buf.h"
#include "row.h"
#include "type.h"
#include "value.h"

enum canon {
	CANON_NONE,
	CANON_DECIMAL,  /* no trailing zeros of the fraction */
	CANON_JSON,     /* see value_add_json_canonical() */
	CANON_FLOAT64,  /* laid out as a double */
	CANON_FLAG,     /* t and f as 1 and 0 */
	CANON_UNZONED,  /* without +00 */
	CANON_UUID,     /* \x and 32 hex digits as a uuid's text */
};

/* The form of `--canonical`. */
enum canon canon_of_type(const struct coltype *t);

/* The forms in which values of two types are compared. */
void canon_of_types(const struct coltype *a, const struct coltype *b, enum canon *of_a,
		    enum canon *of_b);

/* Adds the form of a value that is not NULL. A value that has none (NaN, a
 * flag that is 2) is added as it stands; VALUE_SYNTAX for text that is no
 * JSON, and nothing is added then. */
enum value_status canon_add(struct buf *b, enum canon how, struct field f);

/* The forms of a row's values. */
struct canon_row {
	enum canon *how; /* per column; set by the caller */
	size_t *end;     /* per column: where its text ends in `text` */
	size_t n;
	struct buf text;
	bool any;        /* set by the caller: a form is not CANON_NONE */
};

void canon_row_open(struct canon_row *c, size_t n);
void canon_row_free(struct canon_row *c);

/* Replaces the fields by their forms, valid until the next call. Text that is
 * no JSON stays as it is; returns its column, or -1 if there is none. */
int canon_row_apply(struct canon_row *c, struct field *f);

#endif
