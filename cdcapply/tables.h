/*
 * Tables of the target and the names under which events tell of them. Definitions are read
 * at the first event of a table, and again after a change of definitions.
 */
#ifndef TABLES_H
#define TABLES_H

#include "change.h"
#include "checkpoint.h"
#include "db_apply.h"
#include "options.h"

#define NO_COLUMN SIZE_MAX

/* What names a row in the target. */
enum key_kind {
	KEY_TABLE, /* the key of the table by which net changes are told apart */
	KEY_EVENT, /* columns that the event says name it */
	KEY_ROW,   /* all columns: a table without a key */
};

/* The columns that a change has values of, and its key among them. */
struct shape {
	struct target_table *table;
	const struct column **col;
	size_t ncols;
	size_t *index;        /* of each in the table's definition, ascending */
	size_t *slot;         /* of each column of the table in col; NO_COLUMN: not among them */
	enum key_kind kind;
	size_t *key;          /* indexes into col */
	size_t nkey;
	bool all;             /* every column of the table that can be written */
	struct db_target *target; /* NULL: not open */
	struct shape *next;
};

struct net;

/* A table of the target. */
struct target_table {
	struct table *def;
	char *label;          /* as messages name it */
	struct checkpoint since; /* at_position: the rows hold what the source did before */
	bool *writable;       /* per column: not generated */
	size_t nwritable;
	size_t *key;          /* indexes of columns of the definition; chosen at the first event */
	size_t nkey;          /* 0: none of the target's keys is among the events' columns */
	bool key_chosen;
	struct shape *shapes;
	size_t nshapes;
	struct net *net;      /* see net.h */
	struct target_table *next;
};

/* Names of an image's columns in their order, and where they go. */
struct layout {
	struct field *name;
	size_t n;
	size_t *col;          /* per name: index of the column of the definition, or NO_COLUMN */
	struct layout *next;
};

/* How changes with images of these layouts are applied. */
struct plan {
	const struct layout *before, *after; /* NULL: the event has none */
	bool before_is_key;
	enum target_op op;
	struct shape *shape;
	bool *from_before;    /* per column of the key: its old value stands in before */
	bool full;            /* the row is a whole image */
	struct plan *next;
};

/* A table of the source. */
struct source_table {
	struct field db, schema, name; /* as events have them; owned */
	uint64_t hash;
	struct target_table *target;   /* NULL: its events are left out */
	struct layout *layouts;
	size_t nlayouts;
	struct plan *plans;
	bool *known;          /* per column of the definition: an event had it */
	bool sure;            /* a whole row has been seen, so that known is all there is */
	struct source_table *next; /* in the same bucket */
};

/* One target's tables. */
struct tables {
	struct db *db;
	const struct options *options;
	bool role;            /* db_replica_role() is in force */
	struct source_table *bucket[256];
	struct source_table *last;
	struct target_table *targets;
	struct field *scratch;   /* of the largest table: old values, new values */
	size_t nscratch;
};

void tables_init(struct tables *t, struct db *db, const struct options *o, bool role);
void tables_free(struct tables *t);

/* [schema.]name, which the caller owns. */
char *tables_label(const struct table *def);

/* Forgets all definitions: they may have changed. No change may be waiting. */
void tables_forget(struct tables *t);

/* Forgets shapes if there are very many. No change may be waiting. */
void tables_trim(struct tables *t);

/* The source's table that an event names. NULL with *e set: it has no place in the target
 * (EXIT_BAD), or the target failed. */
struct source_table *tables_find(struct tables *t, const struct change *c, struct err *e);

/* A copy of a name, which may hold any byte, that the caller owns. */
struct field tables_keep(struct field f);

/* Whether the foreign keys of one table refer to the other. */
bool tables_refers(const struct target_table *from, const struct target_table *to);

/* ---- Layouts (layout.c), shapes (shape.c), plans (plan.c) ---- */

/* The layout of an image; NULL with *e set: a column has no place (EXIT_BAD). */
struct layout *layout_of(struct tables *t, struct source_table *s, const struct change_image *im,
			 struct err *e);
void layouts_free(struct source_table *s);

/* By which columns a row is found. */
struct key_choice {
	enum key_kind kind;
	size_t *col; /* indexes of columns of the definition; room for all of them */
	size_t n;
};

/* The shape with the columns that col lists, in any order and perhaps twice (it is sorted). */
struct shape *shape_of(struct target_table *d, size_t *col, size_t n,
		       const struct key_choice *key);

/* Opens the shape's target in the database, if it is not open. */
int shape_open(struct tables *t, struct shape *s, struct err *e);
void shapes_free(struct target_table *t);

/* How to apply the change; NULL with *e set. */
const struct plan *plan_of(struct tables *t, struct source_table *s, const struct change *c,
			   enum target_op op, struct err *e);
void plans_free(struct source_table *s);

#endif
