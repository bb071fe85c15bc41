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

/* Whether the two texts of a --map can be read: -1 with *e set (EXIT_BAD). */
int mapping_check(const struct options *o, struct err *e);

#endif
