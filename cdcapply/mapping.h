/*
 * Which table of the target a table of the source is: --map, --table, and by default the one
 * of the same name.
 */
#ifndef MAPPING_H
#define MAPPING_H

#include "tables.h"

/* The definition, with its keys, owned by the caller. NULL with *e set: the target has no such
 * table (EXIT_BAD) or failed; NULL without: its events are left out, as options say. */
struct table *mapping_find(struct tables *t, const struct field *db, const struct field *schema,
			   const struct field *name, struct err *e);

/* Whether events of the table are wanted; then *schema (NULL: not said) and *name, owned by the
 * caller, are where --map lets it go, or its own name. */
bool mapping_place(const struct tables *t, const struct field *db, const struct field *schema,
		   const struct field *table, char **to_schema, char **to_name);

/* The target's table of exactly that schema (NULL: the default one) and name. NULL with *e set:
 * there is none (EXIT_BAD), or the target failed. */
struct table *mapping_read(struct tables *t, const char *schema, const char *name,
			   struct err *e);

/* Whether the two texts of a --map can be read: -1 with *e set (EXIT_BAD). */
int mapping_check(const struct options *o, struct err *e);

#endif
