/*
 * The mapping of a source column's type to the target engine's, with rules of
 * the user (`--cast FROM=TO`) before the defaults.
 */
#ifndef TYPEMAP_H
#define TYPEMAP_H

#include "buf.h"
#include "err.h"
#include "table.h"

/* FROM is a source type ("tinyint(1)", "bigint unsigned", "timestamp") or a column
 * ("table.column", "schema.table.column"). */
struct cast_rule {
	const char *text; /* as given; borrowed */
	char *from;       /* a type in lower case, spaces squeezed; NULL for a column's rule */
	char *schema, *table, *column;
	char *to;
	bool used;
};

struct typemap {
	enum engine from, to;
	struct cast_rule *rule; /* in the order given; later ones win, columns before types */
	size_t nrules;
};

enum label_use {
	LABELS_NONE,
	LABELS_INLINE, /* follow the type's name: ENUM('a','b') */
	LABELS_CHECK,  /* a text column with a check */
	LABELS_TYPE, /* an enum type of its own; text is its name, or empty: the writer names it */
};

/* What a column becomes. */
struct target_type {
	struct buf text;  /* the type as DDL says it, without labels */
	enum logical lt;  /* what it is in the target; LT_OTHER if unknown */
	int bits;         /* LT_INT */
	bool fixed;
	uint64_t length;  /* characters, bytes or bits; 0: no limit */
	int precision;    /* digits of the fraction of seconds */
	enum label_use labels;
	const char *note; /* what is lost or narrower; static text or NULL */
	bool warn;        /* values that the source allows may not fit, so say it */
};

/* Adds a rule FROM=TO. Returns 0, or -1 with *e set (EXIT_BAD). */
int typemap_add_rule(struct typemap *m, const char *text, struct err *e);
void typemap_free(struct typemap *m);

/* Fills *t, whose text is reused (start with a zeroed struct, free t->text in the
 * end), for column c of table tab; marks the rule that it used. */
void typemap_column(struct typemap *m, const struct table *tab, const struct column *c,
		    struct target_type *t);

/* The entry of a type's name as the catalogue or as SQL spells it ("integer", "character
 * varying"), in lower case; NULL for others. */
const struct type_name *typemap_name(enum engine engine, const char *name);

/* Sets the type's text from a format, and what it is. */
void target_set(struct target_type *t, enum logical lt, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Sets the type's text as a user wrote it; what it is, is read from it. */
void target_parse(struct target_type *t, enum engine engine, const char *text);

/* The defaults, MySQL to PostgreSQL and back (typemap.c's own). */
void typemap_to_postgres(const struct coltype *s, struct target_type *t);
void typemap_to_mysql(const struct coltype *s, struct target_type *t);

#endif
