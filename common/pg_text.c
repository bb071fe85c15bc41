/*
 * The canonical text of columns as SQL of PostgreSQL: what COPY writes in a pinned session. A
 * cast to text is not always that: boolean's is `true`, inet's shows the mask of a host.
 */
#include "pg_type.h"

#include <stdlib.h>
#include <string.h>

static int add_geometry(struct pg *pg, struct buf *b, const struct column *c, const char *k,
			struct err *e)
{
	char *schema = pg_type_schema(pg, c->type.oid, e);

	if (!schema)
		return -1;
	buf_addf(b, "%s.st_asewkb(%s::%s.geometry)::text", schema, k, schema);
	free(schema);
	return 0;
}

static bool is_money(const struct column *c)
{
	return !strcmp(c->type.name, "money");
}

/* Types whose cast to text gives what their output function does, without char(n)'s pad;
 * xml's does not. */
static bool is_plain_text(const struct column *c)
{
	static const char *const names[] = {"text", "varchar", "bpchar", "name", NULL};
	size_t i = 0;

	while (names[i] && strcmp(names[i], c->type.name))
		i++;
	return names[i] != NULL;
}

/* The type's output function, for which NULL is an empty text. */
static void add_output(struct buf *b, const char *k)
{
	buf_addf(b, "CASE WHEN %s IS NOT DISTINCT FROM NULL THEN NULL "
		    "ELSE pg_catalog.format('%%s', %s) END", k, k);
}

static void add_zoned(struct buf *b, enum canon form, const char *k)
{
	buf_addf(b, form == CANON_UNZONED ? "(%s AT TIME ZONE 'UTC')::text" : "%s::text", k);
}

static void add_bool(struct buf *b, enum canon form, const char *k)
{
	bool flag = form == CANON_FLAG;

	buf_addf(b, "CASE WHEN %s THEN '%c' WHEN NOT %s THEN '%c' END", k, flag ? '1' : 't', k,
		 flag ? '0' : 'f');
}

static void add_bytes(struct buf *b, enum canon form, const char *k)
{
	if (form == CANON_UUID)
		buf_addf(b, "CASE pg_catalog.octet_length(%s) WHEN 16 THEN "
			    "pg_catalog.encode(%s, 'hex')::uuid::text ELSE %s::text END", k, k, k);
	else
		buf_addf(b, "%s::text", k);
}

static int refuse(const struct column *c, struct err *e)
{
	err_set(e, EXIT_BAD, "column %s (%s) cannot be digested in the database: "
		"SQL cannot bring JSON into the form of --canonical", c->name, c->native);
	return err_hint(e, "leave it out with --columns, or do without --in-database");
}

int pg_add_text(struct db *db, struct buf *b, const struct column *c, enum canon form,
		struct err *e)
{
	struct pg *pg = pg_of(db);
	struct buf id = BUF_INIT;
	const char *k;
	int status = 0;

	pg_add_ident(db, &id, c->name);
	k = buf_cstr(&id);
	switch (c->type.lt) {
	case LT_INT:
	case LT_YEAR:
	case LT_FLOAT:
	case LT_BITS:
	case LT_DATE:
	case LT_TIME:
	case LT_TIMETZ:
	case LT_TIMESTAMP:
	case LT_INTERVAL:
	case LT_UUID:
		buf_addf(b, "%s::text", k);
		break;
	case LT_TIMESTAMPTZ:
		add_zoned(b, form, k);
		break;
	case LT_BYTES:
		add_bytes(b, form, k);
		break;
	case LT_DECIMAL:
		if (form == CANON_DECIMAL)
			buf_addf(b, "pg_catalog.trim_scale(%s::numeric)::text", k);
		else
			buf_addf(b, is_money(c) ? "%s::numeric::text" : "%s::text", k);
		break;
	case LT_BOOL:
		add_bool(b, form, k);
		break;
	case LT_GEOMETRY:
		status = add_geometry(pg, b, c, k, e);
		break;
	case LT_TEXT:
		if (is_plain_text(c))
			buf_addf(b, "%s::text", k);
		else
			add_output(b, k);
		break;
	case LT_JSON:
		if (form == CANON_JSON)
			status = refuse(c, e);
		else
			buf_addf(b, "%s::text", k);
		break;
	default:
		add_output(b, k);
	}
	buf_free(&id);
	return status;
}
