/*
 * DDL of tables for PostgreSQL or MySQL, from definitions of either. Needs no
 * connection. What the target cannot express is left out with a warning that
 * names it; names that the target cannot hold are an error.
 */
#ifndef DDL_H
#define DDL_H

#include "buf.h"
#include "err.h"
#include "table.h"
#include "typemap.h"

struct ddl_options {
	const char *home;    /* the source's schema whose tables are written without one; or NULL */
	const char
		*collate; /* MySQL's collation for all texts; NULL: the source's, or utf8mb4_bin */
	void (*warning)(void *ctx, const char *text);
	void *ctx;
};

struct ddl;

/* Prepares DDL for tables, all of engine map->from, to be written for map->to.
 * Everything given is borrowed until ddl_free(). NULL with *e set (EXIT_BAD)
 * if a name does not fit the target. Views are only warned of. */
struct ddl *ddl_new(const struct ddl_options *options, struct typemap *map,
		    struct table *const *tables, size_t n, struct err *e);

/* Adds a section to out. */
void ddl_pre_data(struct ddl *d, struct buf *out);
/* What comes behind the rows: keys, checks and sequences, each table a paragraph; then
 * foreign keys. */
void ddl_keys(struct ddl *d, struct buf *out);
void ddl_foreign_keys(struct ddl *d, struct buf *out);

/* Adds the mapping of types, a line a column, fields apart by tabs: table,
 * column, source type, target type, note. */
void ddl_data_types(struct ddl *d, struct buf *out);

void ddl_free(struct ddl *d);

#endif
