/* How changes find their row. */
#include "pg_builder.h"

#include <string.h>

/* ---- Pieces of statements ---- */

void pg_add_param(struct pg_builder *w, size_t field)
{
	const struct target_spec *spec = pg_spec_of(w);
	size_t col = field < spec->ncols ? field : spec->key[field - spec->ncols];

	if (w->own_key)
		field = col;
	if (!w->number[field]) {
		w->s->param[w->s->n++] = field;
		w->number[field] = w->s->n;
	}
	if (!w->from) {
		buf_addf(&w->b, "$%zu", w->number[field]);
		return;
	}
	buf_addf(&w->b, "%s.c%zu", w->from, w->number[field]);
	if (w->t->cast[col])
		buf_addf(&w->b, "::%s", w->t->cast[col]);
}

void pg_add_name(struct pg_builder *w, const struct column *c)
{
	pg_add_ident(&w->t->pg->db, &w->b, c->name);
}

void pg_add_target(struct pg_builder *w)
{
	db_add_table(&w->t->pg->db, &w->b, pg_spec_of(w)->table);
}

/* ---- Finding the row ---- */

bool pg_equal_is_exact(const struct column *c)
{
	switch (c->type.lt) {
	case LT_INT:
	case LT_BOOL:
	case LT_BYTES:
	case LT_BITS:
	case LT_DATE:
	case LT_TIME:
	case LT_TIMETZ:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
	case LT_UUID:
	case LT_INET:
	case LT_ENUM:
		return true;
	case LT_DECIMAL:
		return c->type.precision > 0 || !strcmp(c->type.name, "money");
	case LT_TEXT:
		return !c->collation && strcmp(c->type.name, "citext");
	default:
		return false;
	}
}

/* Types without `=`, or whose `=` means something else (box: the area). */
static bool has_no_equal(const struct column *c)
{
	switch (c->type.lt) {
	case LT_JSON:
		return !c->type.binary_json;
	case LT_OTHER:
	case LT_GEOMETRY:
	case LT_ARRAY:
		return true;
	default:
		return !strcmp(c->type.name, "xml");
	}
}

static void add_equal(struct pg_builder *w, size_t k)
{
	const struct target_spec *spec = pg_spec_of(w);
	const struct column *c = spec->col[spec->key[k]];
	bool text = has_no_equal(c) && (spec->whole_row || c->type.lt != LT_ARRAY);
	bool null = spec->whole_row && !c->not_null;

	buf_adds(&w->b, w->from ? "t." : "");
	pg_add_name(w, c);
	buf_adds(&w->b, text ? "::text" : "");
	buf_adds(&w->b, null ? " IS NOT DISTINCT FROM " : " = ");
	pg_add_param(w, spec->ncols + k);
	buf_adds(&w->b, text ? "::text" : "");
}

/* Of several rows that `=` takes for equal the one that looks the same comes first. */
static void add_closest(struct pg_builder *w)
{
	const struct target_spec *spec = pg_spec_of(w);
	size_t n = 0;

	for (size_t k = 0; k < spec->nkey; k++) {
		const struct column *c = spec->col[spec->key[k]];

		if (c->generated != GEN_NO || pg_equal_is_exact(c) || has_no_equal(c))
			continue;
		buf_adds(&w->b, n++ ? " AND " : " ORDER BY (");
		pg_add_name(w, c);
		buf_adds(&w->b, "::text IS NOT DISTINCT FROM ");
		pg_add_param(w, spec->ncols + k);
		buf_adds(&w->b, "::text");
	}
	buf_adds(&w->b, n ? ") DESC" : "");
}

void pg_add_key(struct pg_builder *w)
{
	const struct target_spec *spec = pg_spec_of(w);
	size_t n = 0;

	for (size_t k = 0; k < spec->nkey; k++) {
		if (spec->whole_row && spec->col[spec->key[k]]->generated != GEN_NO)
			continue;
		buf_adds(&w->b, n++ ? " AND " : "");
		add_equal(w, k);
	}
	buf_adds(&w->b, n ? "" : "true");
}

void pg_add_where(struct pg_builder *w)
{
	const struct target_spec *spec = pg_spec_of(w);
	bool many = spec->table->kind == TABLE_PARTITIONED || spec->table->has_children;

	buf_adds(&w->b, " WHERE ");
	if (!spec->whole_row) {
		pg_add_key(w);
		return;
	}
	buf_adds(&w->b, many ? "(tableoid, ctid) = (SELECT tableoid, ctid FROM "
			     : "ctid = (SELECT ctid FROM ");
	pg_add_target(w);
	buf_adds(&w->b, " WHERE ");
	pg_add_key(w);
	add_closest(w);
	buf_adds(&w->b, " LIMIT 1)");
}
