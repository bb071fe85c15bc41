/*
 * Reading the types of columns from pg_catalog: of tables and of queries.
 */
#ifndef PG_TYPE_H
#define PG_TYPE_H

#include "pg_impl.h"

/*
 * Joins a type OID and a typmod with the base type: domains are followed to it,
 * as getBaseTypeAndTypmod() does (src/backend/utils/cache/lsyscache.c). Then
 * PG_TYPE_COLUMNS are what pg_read_type() reads.
 */
#define PG_BASE_TYPE(oid, typmod)                                                       \
	" CROSS JOIN LATERAL (WITH RECURSIVE d(oid, typmod, not_null) AS ("             \
	"SELECT " oid "::oid, " typmod "::int, false UNION ALL "                        \
	"SELECT t.typbasetype, t.typtypmod, d.not_null OR t.typnotnull "                \
	"FROM d JOIN pg_catalog.pg_type t ON t.oid = d.oid WHERE t.typtype = 'd') "     \
	"SELECT t.oid, t.typname, t.typtype, t.typcategory, t.typcollation, d.typmod, " \
	"d.not_null, t.typnamespace = 'pg_catalog'::regnamespace AS builtin "           \
	"FROM d JOIN pg_catalog.pg_type t ON t.oid = d.oid WHERE t.typtype <> 'd') b "
#define PG_TYPE_COLUMNS "b.oid, b.typname, b.typtype, b.typcategory, b.typmod, b.builtin"
#define PG_NTYPE 6

/* Reads PG_TYPE_COLUMNS, which begin at column `at` of a result. */
void pg_read_type(const struct result *r, size_t row, size_t at, struct coltype *t);

/* Reads the types of t's columns from a list of VALUES, each (index, type OID, typmod), and what
 * they are called. A type that is not there any more leaves its column as it was. */
int pg_read_types(struct pg *pg, struct table *t, const char *values, struct err *e);

/* The quoted schema of a type, which the caller frees; or NULL. */
char *pg_type_schema(struct pg *pg, uint32_t oid, struct err *e);

/* Reads the labels of all enum columns. */
int pg_read_labels(struct pg *pg, struct table *t, struct err *e);

#endif
