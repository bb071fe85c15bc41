/*
 * The relations that a stream of pgoutput tells of: their definitions, as the last Relation
 * message had them, with the types that the catalogue knows; and their rows as canonical text.
 */
#ifndef PG_RELATION_H
#define PG_RELATION_H

#include "changes.h"
#include "pgoutput.h"

enum pg_fix { PG_FIX_NONE, PG_FIX_PAD, PG_FIX_MONEY, PG_FIX_GEOMETRY };

struct pg_relation {
	uint32_t oid;
	struct buf body;          /* of the last Relation message */
	char *schema, *name;
	bool wanted, checkpoint;  /* rowboat_checkpoint is never wanted */
	bool stale;               /* the rest is not of that message yet */
	struct buf shape;         /* name and columns, to find out what is another definition */
	struct table *definition; /* columns: name, type, native; */
	struct event_table table;
	bool *key;                /* per column: part of the replica identity */
	bool has_key;
	enum pg_fix *fix;
	bool has_fix;
};

struct pg_relations {
	const struct url *url;
	const struct changes_options *o;
	struct db *catalogue;     /* NULL: not connected */
	char *database;
	int money_scale;          /* -1: not known yet */
	struct pg_relation **slot;
	size_t room, n;           /* room is a power of 2, or 0 */
	struct pg_relation *last;
	struct buf fixed;         /* values of the row at hand */
};

/* Takes over the connection to the catalogue. */
int pg_relations_open(struct pg_relations *rs, const struct url *u,
		      const struct changes_options *o, struct db *catalogue, struct err *e);
void pg_relations_free(struct pg_relations *rs);

/* Notes a Relation message. */
int pg_relations_note(struct pg_relations *rs, const struct pgoutput *m, struct err *e);

/* The relation of a change, or NULL with *e set. */
struct pg_relation *pg_relations_find(struct pg_relations *rs, uint32_t oid, struct err *e);

/* Brings the relation's definition up to its last Relation message: 1 if it differs from the one
 * before, 0 if not (or there was none), -1. */
int pg_relation_refresh(struct pg_relations *rs, struct pg_relation *r, struct err *e);

/* Makes a change's rows canonical text: of an old key, only the key's columns stay; unchanged
 * TOAST is taken from the old row if that has it. Valid as long as the message and until the
 * next call. */
int pg_relation_rows(struct pg_relations *rs, const struct pg_relation *r, struct pgoutput *m,
		     struct err *e);

#endif
