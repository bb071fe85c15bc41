/*
 * One line of NDJSON, taken apart by yajl: it gets the line whole, with its line
 * end, so that its strings and numbers point into the line; only strings with
 * escapes are copied. One yajl handle reads all lines; a line that it refuses
 * costs a new one.
 */
#ifndef JSON_LINE_H
#define JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "row.h"
#include "type.h"

/* Why a line is no row. */
enum json_flaw {
	FLAW_NONE,
	FLAW_NOT_OBJECT,
	FLAW_SEVERAL,     /* a second value behind the object */
	FLAW_NO_END_HERE, /* the object does not end on its line */
	FLAW_NO_JSON,     /* yajl's message is in text */
	FLAW_ENCODING,
	FLAW_SURROGATE,
	FLAW_SURPLUS,     /* a key that is no column; it is in text, as in the next two */
	FLAW_DOUBLED,
	FLAW_LACKING,
};

struct json_line {
	struct json_sax *sax;
	const char *p;          /* the line being parsed, with its line end */
	size_t n;
	uint64_t no;            /* its number, from 1 */
	struct buf copy;        /* unescaped strings; does not move while a line is parsed */

	size_t ncols, cap;
	struct field *name;     /* per column */
	struct field *f;        /* the row */
	enum json_kind *kind;   /* and how its values are written; NULL: as a string */
	uint64_t *seen;         /* the line that last had the column */
	size_t *sorted;         /* columns in the order of their names */
	bool learning;          /* each key is a new column */

	/* The line being parsed. */
	unsigned values;        /* on the top level */
	size_t depth;
	size_t nkeys;
	size_t col, next;       /* the column of the value to come, a guess at the next key's */
	size_t nested_at;       /* where the nested value began */
	bool end_key;           /* the first key was "$end" */
	struct field end_value; /* its number */
	enum json_flaw flaw;
	struct buf text;        /* the key, or yajl's message, that goes with the flaw */
};

void json_line_init(struct json_line *s);
void json_line_free(struct json_line *s);

/* Takes line s->p of s->n bytes apart: the row is in s->f, or s->flaw says why there
 * is none. The fields are valid as long as the line, until the next call. */
void json_line_parse(struct json_line *s);

/* Likewise the first line, whose keys are the columns. */
void json_line_learn(struct json_line *s);

/* Fixes the columns that were learnt; names[i] are their names, which stay. */
void json_line_columns(struct json_line *s, char *const *names);

/* Whether the line is an end mark; s->end_value is its count then. */
bool json_line_is_end(const struct json_line *s);

#endif
