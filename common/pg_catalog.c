/* Tables and their columns, from pg_catalog (PostgreSQL manual, "System Catalogs"). */
#include "pg_type.h"

#include <stdlib.h>
#include <string.h>

/* ---- Columns ---- */

enum {
	COL_NAME = PG_NTYPE, COL_NATIVE, COL_NOT_NULL, COL_GENERATED, COL_IDENTITY, COL_DEFAULT,
	COL_SEQUENCE, COL_COLLATION, COL_COMMENT
};

static const char columns_sql[] =
	"SELECT " PG_TYPE_COLUMNS ", a.attname, "
	"pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull OR b.not_null, "
	"a.attgenerated, a.attidentity, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid), "
	"CASE WHEN a.attidentity <> '' OR "
	"pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) LIKE 'nextval(%%' THEN "
	"pg_catalog.pg_get_serial_sequence(a.attrelid::regclass::text, a.attname) END, "
	"CASE WHEN a.attcollation <> b.typcollation AND a.attcollation <> 0 THEN co.collname END, "
	"pg_catalog.col_description(a.attrelid, a.attnum) "
	"FROM pg_catalog.pg_attribute a "
	"LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum "
	"LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation"
	PG_BASE_TYPE("a.atttypid", "a.atttypmod")
	"WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

static void read_column(const struct result *r, size_t row, struct column *c)
{
	const char *generated = result_get(r, row, COL_GENERATED);
	const char *identity = result_get(r, row, COL_IDENTITY);

	pg_read_type(r, row, 0, &c->type);
	c->name = result_copy(r, row, COL_NAME);
	c->native = result_copy(r, row, COL_NATIVE);
	c->not_null = result_bool(r, row, COL_NOT_NULL);
	c->sequence = result_copy(r, row, COL_SEQUENCE);
	c->collation = result_copy(r, row, COL_COLLATION);
	c->comment = result_copy(r, row, COL_COMMENT);
	if (*identity)
		c->identity = *identity == 'a' ? IDENTITY_ALWAYS : IDENTITY_BY_DEFAULT;
	else if (c->sequence)
		c->identity = IDENTITY_SERIAL;
	if (*generated) {
		c->generated = *generated == 'v' ? GEN_VIRTUAL : GEN_STORED;
		c->generation_expr = result_copy(r, row, COL_DEFAULT);
	} else if (c->identity == IDENTITY_NO) {
		c->default_expr = result_copy(r, row, COL_DEFAULT);
	}
}

static int read_columns(struct pg *pg, struct table *t, const char *oid, struct err *e)
{
	char *sql = xasprintf(columns_sql, oid);
	struct result r = {0};
	int status = pg_query(&pg->db, sql, &r, e);

	free(sql);
	t->ncols = r.nrows;
	t->col = xcalloc(r.nrows, sizeof *t->col);
	for (size_t i = 0; i < r.nrows; i++)
		read_column(&r, i, &t->col[i]);
	result_free(&r);
	return status < 0 ? -1 : pg_read_labels(pg, t, e);
}

/* ---- Tables ---- */

#define ESTIMATE                                                                              \
	"CASE c.relkind WHEN 'p' THEN (SELECT pg_catalog.sum(greatest(l.reltuples, 0)) "      \
	"FROM pg_catalog.pg_partition_tree(c.oid) p JOIN pg_catalog.pg_class l "              \
	"ON l.oid = p.relid WHERE p.isleaf) ELSE greatest(c.reltuples, 0) END::bigint"

static const char table_sql[] =
	"SELECT c.oid, n.nspname, c.relname, c.relkind, "
	ESTIMATE ", "
	"EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhparent = c.oid), "
	"EXISTS (SELECT FROM pg_catalog.pg_trigger "
	"WHERE tgrelid = c.oid AND NOT tgisinternal AND tgtype & 1 = 1), "
	"pg_catalog.obj_description(c.oid, 'pg_class') "
	"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
	"WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname = ";

/* Names that the user may have meant: another case, another schema, with or without
 * underscores or the plural's s. Returns -1. */
static int near_misses(struct pg *pg, const char *name, struct err *e)
{
	struct err unused = ERR_INIT;
	struct buf b = BUF_INIT, all = BUF_INIT;
	struct result r = {0};

	buf_adds(&b, "SELECT pg_catalog.quote_ident(n.nspname) || '.' || "
		     "pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c "
		     "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
		     "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND "
		     "n.nspname <> 'information_schema' AND "
		     "pg_catalog.rtrim(replace(lower(c.relname), '_', ''), 's') = "
		     "pg_catalog.rtrim(replace(lower(");
	pg_add_literal(&pg->db, &b, name, strlen(name));
	buf_adds(&b, "), '_', ''), 's') ORDER BY 1 LIMIT 5");
	if (pg_query(&pg->db, buf_cstr(&b), &r, &unused) == 0)
		for (size_t i = 0; i < r.nrows; i++)
			buf_addf(&all, "%s%s", i ? ", " : "", result_get(&r, i, 0));
	if (all.n)
		err_hint(e, "there is %s", buf_cstr(&all));
	else
		err_hint(e, "tables are named as [schema.]table, in the case of their letters");
	err_clear(&unused);
	buf_free(&b);
	buf_free(&all);
	result_free(&r);
	return -1;
}

static struct table *read_table(struct pg *pg, const struct result *r, bool deep, struct err *e)
{
	struct table *t = xcalloc(1, sizeof *t);
	const char *oid = result_get(r, 0, 0);

	t->engine = ENGINE_POSTGRES;
	t->schema = result_copy(r, 0, 1);
	t->name = result_copy(r, 0, 2);
	switch (*result_get(r, 0, 3)) {
	case 'r':
		t->kind = TABLE_PLAIN;
		break;
	case 'p':
		t->kind = TABLE_PARTITIONED;
		break;
	case 'f':
		t->kind = TABLE_FOREIGN;
		break;
	default:
		t->kind = TABLE_VIEW;
	}
	t->estimated_rows = (uint64_t)result_number(r, 0, 4);
	t->has_children = result_bool(r, 0, 5);
	t->has_triggers = result_bool(r, 0, 6);
	t->comment = result_copy(r, 0, 7);
	if (read_columns(pg, t, oid, e) < 0 || pg_read_constraints(pg, t, oid, deep, e) < 0) {
		table_free(t);
		return NULL;
	}
	return t;
}

struct table *pg_table(struct db *db, const char *schema, const char *name, bool deep,
		       struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r = {0};
	struct table *t = NULL;

	buf_adds(&b, table_sql);
	pg_add_literal(db, &b, name, strlen(name));
	if (schema) {
		buf_adds(&b, " AND n.nspname = ");
		pg_add_literal(db, &b, schema, strlen(schema));
	} else {
		buf_adds(&b, " AND pg_catalog.pg_table_is_visible(c.oid)");
	}
	if (pg_query(db, buf_cstr(&b), &r, e) == 0) {
		if (r.nrows) {
			t = read_table(pg_of(db), &r, deep, e);
		} else {
			err_set(e, EXIT_BAD, "there is no table %s%s%s", schema ? schema : "",
				schema ? "." : "", name);
			near_misses(pg_of(db), name, e);
		}
	}
	buf_free(&b);
	result_free(&r);
	return t;
}

/* Partitions belong to their table, extensions' tables to the extension. */
int pg_tables(struct db *db, bool views, char ***names, uint64_t **rows, size_t *n,
	      struct err *e)
{
	struct result r = {0};
	char *sql = xasprintf(
		"SELECT pg_catalog.quote_ident(n.nspname) || '.' || "
		"pg_catalog.quote_ident(c.relname), " ESTIMATE " FROM pg_catalog.pg_class c "
		"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
		"WHERE c.relkind IN ('r', 'p'%s) AND NOT c.relispartition "
		"AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' "
		"AND c.relname !~ '" OWN_TABLES "' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend "
		"WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid "
		"AND deptype = 'e') ORDER BY n.nspname, c.relname",
		views ? ", 'v', 'm', 'f'" : "");
	int status = pg_query(db, sql, &r, e);

	free(sql);
	*n = r.nrows;
	*names = xcalloc(r.nrows + 1, sizeof **names);
	if (rows)
		*rows = xcalloc(r.nrows + 1, sizeof **rows);
	for (size_t i = 0; i < r.nrows; i++) {
		(*names)[i] = result_copy(&r, i, 0);
		if (rows)
			(*rows)[i] = (uint64_t)result_number(&r, i, 1);
	}
	result_free(&r);
	return status;
}

/* ---- Queries ---- */

struct described {
	struct table *table;
	struct buf values; /* (ordinal, type OID, typmod), … */
};

static void take_described(void *ctx, const char *name, uint32_t oid, int typmod)
{
	struct described *d = ctx;
	struct table *t = d->table;

	t->col = xrealloc(t->col, (t->ncols + 1) * sizeof *t->col);
	t->col[t->ncols] = (struct column){.name = xstrdup(name)};
	buf_addf(&d->values, "%s(%zu, %u, %d)", t->ncols ? ", " : "", t->ncols, oid, typmod);
	t->ncols++;
}

/* A stream's columns are told apart by their names. */
static int check_names(const struct table *t, struct err *e)
{
	for (size_t i = 0; i < t->ncols; i++) {
		const char *name = t->col[i].name;

		if (!*name || table_column(t, name, strlen(name)) != &t->col[i]) {
			err_set(e, EXIT_BAD, *name ? "two columns of the query are called %s"
						   : "a column of the query has no name%s", name);
			return err_hint(e, "name them: SELECT expression AS name");
		}
	}
	if (!t->ncols)
		return err_set(e, EXIT_BAD, "the query returns no columns");
	return 0;
}

int pg_read_types(struct pg *pg, struct table *t, const char *values, struct err *e)
{
	struct result r = {0};
	char *sql = xasprintf("SELECT " PG_TYPE_COLUMNS ", pg_catalog.format_type(v.oid, v.typmod), "
			      "v.i FROM (VALUES %s) AS v(i, oid, typmod)"
			      PG_BASE_TYPE("v.oid", "v.typmod") "ORDER BY v.i", values);
	int status = pg_query(&pg->db, sql, &r, e);

	free(sql);
	for (size_t i = 0; i < r.nrows; i++) {
		struct column *c = &t->col[result_number(&r, i, PG_NTYPE + 1)];

		pg_read_type(&r, i, 0, &c->type);
		c->native = result_copy(&r, i, PG_NTYPE);
	}
	result_free(&r);
	return status < 0 ? -1 : pg_read_labels(pg, t, e);
}

struct table *pg_describe_query(struct pg *pg, const char *query, struct err *e)
{
	struct described d = {.table = xcalloc(1, sizeof *d.table)};

	d.table->engine = ENGINE_POSTGRES;
	d.table->kind = TABLE_VIEW;
	if (pg_describe(pg, query, take_described, &d, e) < 0 || check_names(d.table, e) < 0 ||
	    pg_read_types(pg, d.table, buf_cstr(&d.values), e) < 0) {
		table_free(d.table);
		d.table = NULL;
	}
	buf_free(&d.values);
	return d.table;
}
