/* Types and typmods of the catalogue → logical types. */
#include "pg_type.h"

#include <stdlib.h>
#include <string.h>

#define VARHDRSZ 4          /* a varlena header, which typmods count in */
#define INTERVAL_FULL 0xffff /* the precision of an interval that states none */

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

void pg_read_type(const struct result *r, size_t row, size_t at, struct coltype *t)
{
	t->oid = (uint32_t)strtoul(result_get(r, row, at), NULL, 10);
	t->name = result_copy(r, row, at + 1);
	find_logical(t, result_get(r, row, at + 2), result_get(r, row, at + 3),
		     result_bool(r, row, at + 5));
	read_typmod(t, (int)result_number(r, row, at + 4));
}

/* Gives the labels of column c's type, which stand in r in order. */
static void take_labels(struct column *c, const struct result *r)
{
	size_t n = 0;

	c->type.labels = xcalloc(r->nrows + 1, sizeof *c->type.labels);
	for (size_t i = 0; i < r->nrows; i++)
		if ((uint32_t)strtoul(result_get(r, i, 0), NULL, 10) == c->type.oid)
			c->type.labels[n++] = result_copy(r, i, 1);
}

int pg_read_labels(struct pg *pg, struct table *t, struct err *e)
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

char *pg_type_schema(struct pg *pg, uint32_t oid, struct err *e)
{
	struct result r = {0};
	char *sql = xasprintf("SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_type t "
			      "JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace "
			      "WHERE t.oid = %u", oid);
	char *schema = NULL;

	if (pg_query(&pg->db, sql, &r, e) == 0)
		schema = r.nrows ? result_copy(&r, 0, 0) : xstrdup("public");
	free(sql);
	result_free(&r);
	return schema;
}
