/* Tables and their columns, from pg_catalog (PostgreSQL manual, "System Catalogs"). */
#include "pg_impl.h"

#include <stdlib.h>
#include <string.h>

#define VARHDRSZ 4          /* a varlena header, which typmods count in */
#define INTERVAL_FULL 0xffff /* the precision of an interval that states none */

char *pg_text(const struct result *r, size_t row, size_t col)
{
	const char *s = result_get(r, row, col);

	return s ? xstrdup(s) : NULL;
}

bool pg_bool(const struct result *r, size_t row, size_t col)
{
	const char *s = result_get(r, row, col);

	return s && *s == 't';
}

long long pg_number(const struct result *r, size_t row, size_t col)
{
	const char *s = result_get(r, row, col);

	return s ? strtoll(s, NULL, 10) : 0;
}

/* ---- Types ---- */

/*
 * Joins a type OID and a typmod with the base type: domains are followed to it,
 * as getBaseTypeAndTypmod() does (src/backend/utils/cache/lsyscache.c). Then
 * TYPE_COLUMNS are what read_type() reads.
 */
#define BASE_TYPE(oid, typmod)                                                              \
	" CROSS JOIN LATERAL (WITH RECURSIVE d(oid, typmod, not_null) AS ("                  \
	"SELECT " oid "::oid, " typmod "::int, false UNION ALL "                            \
	"SELECT t.typbasetype, t.typtypmod, d.not_null OR t.typnotnull "                     \
	"FROM d JOIN pg_catalog.pg_type t ON t.oid = d.oid WHERE t.typtype = 'd') "         \
	"SELECT t.oid, t.typname, t.typtype, t.typcategory, t.typcollation, d.typmod, "     \
	"d.not_null, t.typnamespace = 'pg_catalog'::regnamespace AS builtin "                \
	"FROM d JOIN pg_catalog.pg_type t ON t.oid = d.oid WHERE t.typtype <> 'd') b "
#define TYPE_COLUMNS "b.oid, b.typname, b.typtype, b.typcategory, b.typmod, b.builtin"
#define NTYPE 6

/* Types that type.c leaves to their own text, but that this driver knows more of. */
static const struct {
	const char *name;
	enum logical lt;
	bool builtin;
} more_types[] = {
	{"name", LT_TEXT, true},
	{"xml", LT_TEXT, true},
	{"citext", LT_TEXT, false},
	{"geography", LT_GEOMETRY, false},
};

/* PostgreSQL's name means the built-in type; another schema's type may be called so, too. */
static void find_logical(struct coltype *t, const char *typtype, const char *category,
			 bool builtin)
{
	const struct type_name *known = type_find(ENGINE_POSTGRES, t->name);

	if (*typtype == 'e')
		t->lt = LT_ENUM;
	else if (*typtype == 'r' || *typtype == 'm')
		t->lt = LT_RANGE;
	else if (*typtype == 'b' && *category == 'A')
		t->lt = LT_ARRAY;
	else if (known && builtin == (known->lt != LT_GEOMETRY)) {
		t->lt = known->lt;
		t->bits = known->bits;
		t->fixed = known->fixed;
	}
	for (size_t i = 0; i < sizeof more_types / sizeof *more_types; i++)
		if (builtin == more_types[i].builtin && !strcmp(t->name, more_types[i].name))
			t->lt = more_types[i].lt;
	if (builtin && !strcmp(t->name, "oid")) {
		t->lt = LT_INT;
		t->bits = 32;
		t->is_unsigned = true;
	}
	t->binary_json = !strcmp(t->name, "jsonb");
}

/* What a typmod says: lengths, precision and scale (src/backend/utils/adt/numeric.c,
 * make_numeric_typmod; timestamp.c, intervaltypmodin; PostGIS's TYPMOD_GET_SRID). */
static void read_typmod(struct coltype *t, int typmod)
{
	t->precision = t->scale = -1;
	if (typmod < 0)
		return;
	switch (t->lt) {
	case LT_TEXT:
		t->length = (uint64_t)(typmod - VARHDRSZ);
		break;
	case LT_BITS:
		t->length = (uint64_t)typmod;
		break;
	case LT_DECIMAL:
		t->precision = ((typmod - VARHDRSZ) >> 16) & 0xffff;
		t->scale = (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
		break;
	case LT_TIME:
	case LT_TIMETZ:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		t->precision = typmod;
		break;
	case LT_INTERVAL:
		if ((typmod & 0xffff) != INTERVAL_FULL)
			t->precision = typmod & 0xffff;
		break;
	case LT_GEOMETRY:
		t->srid = (uint32_t)(typmod & 0x0fffff00) >> 8;
		break;
	default:
		break;
	}
}

/* Reads TYPE_COLUMNS, which begin at column `at` of a result. */
static void read_type(const struct result *r, size_t row, size_t at, struct coltype *t)
{
	t->oid = (uint32_t)strtoul(result_get(r, row, at), NULL, 10);
	t->name = pg_text(r, row, at + 1);
	find_logical(t, result_get(r, row, at + 2), result_get(r, row, at + 3),
		     pg_bool(r, row, at + 5));
	read_typmod(t, (int)pg_number(r, row, at + 4));
}

/* Gives the labels of column c's type, which stand in r in order. */
static void take_labels(struct column *c, const struct result *r)
{
	size_t n = 0;

	c->type.labels = xcalloc(r->nrows + 1, sizeof *c->type.labels);
	for (size_t i = 0; i < r->nrows; i++)
		if ((uint32_t)strtoul(result_get(r, i, 0), NULL, 10) == c->type.oid)
			c->type.labels[n++] = pg_text(r, i, 1);
}

/* Reads the labels of all enum columns. */
static int read_labels(struct pg *pg, struct table *t, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	for (size_t i = 0; i < t->ncols; i++)
		if (t->col[i].type.lt == LT_ENUM)
			buf_addf(&b, "%s%u", b.n ? ", " : "SELECT enumtypid, enumlabel FROM "
				 "pg_catalog.pg_enum WHERE enumtypid IN (", t->col[i].type.oid);
	if (!b.n)
		return 0;
	buf_adds(&b, ") ORDER BY enumtypid, enumsortorder");
	status = pg_query(&pg->db, buf_cstr(&b), &r, e);
	for (size_t i = 0; status == 0 && i < t->ncols; i++)
		if (t->col[i].type.lt == LT_ENUM)
			take_labels(&t->col[i], &r);
	buf_free(&b);
	result_free(&r);
	return status;
}

/* ---- Columns ---- */

enum {
	COL_NAME = NTYPE, COL_NATIVE, COL_NOT_NULL, COL_GENERATED, COL_IDENTITY, COL_DEFAULT,
	COL_SEQUENCE, COL_COLLATION, COL_COMMENT
};

static const char columns_sql[] =
	"SELECT " TYPE_COLUMNS ", a.attname, "
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
	BASE_TYPE("a.atttypid", "a.atttypmod")
	"WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

static void read_column(const struct result *r, size_t row, struct column *c)
{
	const char *generated = result_get(r, row, COL_GENERATED);
	const char *identity = result_get(r, row, COL_IDENTITY);

	read_type(r, row, 0, &c->type);
	c->name = pg_text(r, row, COL_NAME);
	c->native = pg_text(r, row, COL_NATIVE);
	c->not_null = pg_bool(r, row, COL_NOT_NULL);
	c->sequence = pg_text(r, row, COL_SEQUENCE);
	c->collation = pg_text(r, row, COL_COLLATION);
	c->comment = pg_text(r, row, COL_COMMENT);
	if (*identity)
		c->identity = *identity == 'a' ? IDENTITY_ALWAYS : IDENTITY_BY_DEFAULT;
	else if (c->sequence)
		c->identity = IDENTITY_SERIAL;
	if (*generated) {
		c->generated = *generated == 'v' ? GEN_VIRTUAL : GEN_STORED;
		c->generation_expr = pg_text(r, row, COL_DEFAULT);
	} else if (c->identity == IDENTITY_NO) {
		c->default_expr = pg_text(r, row, COL_DEFAULT);
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
	return status < 0 ? -1 : read_labels(pg, t, e);
}

/* ---- Tables ---- */

static const char table_sql[] =
	"SELECT c.oid, n.nspname, c.relname, c.relkind, "
	"CASE c.relkind WHEN 'p' THEN (SELECT pg_catalog.sum(greatest(l.reltuples, 0)) "
	"FROM pg_catalog.pg_partition_tree(c.oid) p JOIN pg_catalog.pg_class l ON l.oid = p.relid "
	"WHERE p.isleaf) ELSE greatest(c.reltuples, 0) END::bigint, "
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
	t->schema = pg_text(r, 0, 1);
	t->name = pg_text(r, 0, 2);
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
	t->estimated_rows = (uint64_t)pg_number(r, 0, 4);
	t->has_children = pg_bool(r, 0, 5);
	t->has_triggers = pg_bool(r, 0, 6);
	t->comment = pg_text(r, 0, 7);
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
int pg_tables(struct db *db, bool views, char ***names, size_t *n, struct err *e)
{
	struct result r = {0};
	char *sql = xasprintf(
		"SELECT pg_catalog.quote_ident(n.nspname) || '.' || "
		"pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c "
		"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
		"WHERE c.relkind IN ('r', 'p'%s) AND NOT c.relispartition "
		"AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' "
		"AND c.relname <> 'rowboat_once' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend "
		"WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid "
		"AND deptype = 'e') ORDER BY n.nspname, c.relname",
		views ? ", 'v', 'm', 'f'" : "");
	int status = pg_query(db, sql, &r, e);

	free(sql);
	*n = r.nrows;
	*names = xcalloc(r.nrows + 1, sizeof **names);
	for (size_t i = 0; i < r.nrows; i++)
		(*names)[i] = pg_text(&r, i, 0);
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

static int read_query_types(struct pg *pg, struct described *d, struct err *e)
{
	struct result r = {0};
	char *sql = xasprintf("SELECT " TYPE_COLUMNS ", pg_catalog.format_type(v.oid, v.typmod) "
			      "FROM (VALUES %s) AS v(i, oid, typmod)"
			      BASE_TYPE("v.oid", "v.typmod") "ORDER BY v.i", buf_cstr(&d->values));
	int status = pg_query(&pg->db, sql, &r, e);

	free(sql);
	for (size_t i = 0; i < r.nrows && i < d->table->ncols; i++) {
		read_type(&r, i, 0, &d->table->col[i].type);
		d->table->col[i].native = pg_text(&r, i, NTYPE);
	}
	result_free(&r);
	return status < 0 ? -1 : read_labels(pg, d->table, e);
}

struct table *pg_describe_query(struct pg *pg, const char *query, struct err *e)
{
	struct described d = {.table = xcalloc(1, sizeof *d.table)};

	d.table->engine = ENGINE_POSTGRES;
	d.table->kind = TABLE_VIEW;
	if (pg_describe(pg, query, take_described, &d, e) < 0 || check_names(d.table, e) < 0 ||
	    read_query_types(pg, &d, e) < 0) {
		table_free(d.table);
		d.table = NULL;
	}
	buf_free(&d.values);
	return d.table;
}
