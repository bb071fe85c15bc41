/* The statements that apply changes of rows. */
#include "pg_apply.h"

#include <stdlib.h>
#include <string.h>

/* A statement being written. */
struct builder {
	struct pg_target *t;
	struct pg_statement *s;
	struct buf b;
	size_t *number;   /* the parameter of each field, from 1; 0: none yet */
	bool own_key;     /* the key's values are fields of the row itself */
	const char *from; /* sets: the alias whose columns stand in place of parameters, or NULL */
};

static const struct target_spec *spec_of(const struct builder *w)
{
	return &w->t->base.spec;
}

/* Adds $n for a field: of the row, or ncols + one of the key; in a set its column c_n. */
static void add_param(struct builder *w, size_t field)
{
	size_t col;

	if (w->own_key && field >= spec_of(w)->ncols)
		field = spec_of(w)->key[field - spec_of(w)->ncols];
	if (!w->number[field]) {
		w->s->param[w->s->n++] = field;
		w->number[field] = w->s->n;
	}
	if (!w->from) {
		buf_addf(&w->b, "$%zu", w->number[field]);
		return;
	}
	buf_addf(&w->b, "%s.c%zu", w->from, w->number[field]);
	col = field < spec_of(w)->ncols ? field : spec_of(w)->key[field - spec_of(w)->ncols];
	if (w->t->cast[col])
		buf_addf(&w->b, "::%s", w->t->cast[col]);
}

static void add_name(struct builder *w, const struct column *c)
{
	pg_add_ident(&w->t->pg->db, &w->b, c->name);
}

static void add_table(struct builder *w)
{
	db_add_table(&w->t->pg->db, &w->b, spec_of(w)->table);
}

/* ---- Finding the row ---- */

/* Whether `=` holds only for values of one canonical text. */
static bool is_exact(const struct column *c)
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

static void add_equal(struct builder *w, size_t k)
{
	const struct target_spec *spec = spec_of(w);
	const struct column *c = spec->col[spec->key[k]];
	bool text = has_no_equal(c) && (spec->whole_row || c->type.lt != LT_ARRAY);
	bool null = spec->whole_row && !c->not_null;

	buf_adds(&w->b, w->from ? "t." : "");
	add_name(w, c);
	buf_adds(&w->b, text ? "::text" : "");
	buf_adds(&w->b, null ? " IS NOT DISTINCT FROM " : " = ");
	add_param(w, spec->ncols + k);
	buf_adds(&w->b, text ? "::text" : "");
}

/* Of several rows that `=` takes for equal the one that looks the same comes first. */
static void add_closest(struct builder *w)
{
	const struct target_spec *spec = spec_of(w);
	size_t n = 0;

	for (size_t k = 0; k < spec->nkey; k++) {
		const struct column *c = spec->col[spec->key[k]];

		if (c->generated != GEN_NO || is_exact(c) || has_no_equal(c))
			continue;
		buf_adds(&w->b, n++ ? " AND " : " ORDER BY (");
		add_name(w, c);
		buf_adds(&w->b, "::text IS NOT DISTINCT FROM ");
		add_param(w, spec->ncols + k);
		buf_adds(&w->b, "::text");
	}
	buf_adds(&w->b, n ? ") DESC" : "");
}

static void add_key(struct builder *w)
{
	const struct target_spec *spec = spec_of(w);
	size_t n = 0;

	for (size_t k = 0; k < spec->nkey; k++) {
		if (spec->whole_row && spec->col[spec->key[k]]->generated != GEN_NO)
			continue;
		buf_adds(&w->b, n++ ? " AND " : "");
		add_equal(w, k);
	}
	buf_adds(&w->b, n ? "" : "true");
}

/* " WHERE …": a row of a table without key is found by its place, since it may have equals. */
static void add_where(struct builder *w)
{
	const struct target_spec *spec = spec_of(w);
	bool many = spec->table->kind == TABLE_PARTITIONED || spec->table->has_children;

	buf_adds(&w->b, " WHERE ");
	if (!spec->whole_row) {
		add_key(w);
		return;
	}
	buf_adds(&w->b, many ? "(tableoid, ctid) = (SELECT tableoid, ctid FROM "
			     : "ctid = (SELECT ctid FROM ");
	add_table(w);
	buf_adds(&w->b, " WHERE ");
	add_key(w);
	add_closest(w);
	buf_adds(&w->b, " LIMIT 1)");
}

/* ---- Statements ---- */

/* A column GENERATED ALWAYS AS IDENTITY takes a value from INSERT, not from UPDATE. */
static bool is_settable(const struct column *c)
{
	return c->generated == GEN_NO && c->identity != IDENTITY_ALWAYS;
}

bool pg_target_has_fixed(const struct pg_target *t)
{
	for (size_t i = 0; i < t->base.spec.ncols; i++)
		if (t->base.spec.col[i]->identity == IDENTITY_ALWAYS)
			return true;
	return false;
}

bool pg_target_has_arbiter(const struct pg_target *t)
{
	const struct target_spec *spec = &t->base.spec;

	for (size_t i = 0; i < spec->ncols; i++)
		if (spec->col[i]->identity == IDENTITY_ALWAYS && !db_target_in_key(&t->base, i))
			return false;
	return t->unique[0] && spec->table->kind == TABLE_PLAIN && !spec->table->has_children;
}

/* Adds "INSERT INTO t (…) OVERRIDING SYSTEM VALUE " and, behind `select`, the values. */
static void add_insert(struct builder *w, const char *select, const char *end)
{
	const struct target_spec *spec = spec_of(w);
	size_t n = 0;

	buf_adds(&w->b, "INSERT INTO ");
	add_table(w);
	for (size_t i = 0; i < spec->ncols; i++) {
		if (spec->col[i]->generated != GEN_NO)
			continue;
		buf_adds(&w->b, n++ ? ", " : " (");
		add_name(w, spec->col[i]);
	}
	if (!n) {
		buf_adds(&w->b, " DEFAULT VALUES");
		return;
	}
	buf_addf(&w->b, ") OVERRIDING SYSTEM VALUE %s", select);
	n = 0;
	for (size_t i = 0; i < spec->ncols; i++) {
		if (spec->col[i]->generated != GEN_NO)
			continue;
		buf_adds(&w->b, n++ ? ", " : "");
		add_param(w, i);
	}
	buf_adds(&w->b, end);
}

/* Adds "UPDATE t SET …", without a WHERE; or "SELECT FROM t" if there is nothing to set. */
static void add_update(struct builder *w, bool key_too)
{
	const struct target_spec *spec = spec_of(w);
	size_t start = w->b.n, n = 0;

	buf_adds(&w->b, "UPDATE ");
	add_table(w);
	buf_adds(&w->b, " AS t");
	for (size_t i = 0; i < spec->ncols; i++) {
		if (!is_settable(spec->col[i]) || (!key_too && db_target_in_key(&w->t->base, i)))
			continue;
		buf_adds(&w->b, n++ ? ", " : " SET ");
		add_name(w, spec->col[i]);
		buf_adds(&w->b, " = ");
		add_param(w, i);
	}
	if (n)
		return;
	w->b.n = start;
	buf_adds(&w->b, "SELECT 1 FROM ");
	add_table(w);
	buf_adds(&w->b, " AS t");
}

static bool is_update(const struct builder *w, size_t start)
{
	return w->b.p[start] == 'U';
}

/* Adds whether the columns that UPDATE cannot set are as they shall be. */
static void add_same(struct builder *w)
{
	const struct target_spec *spec = spec_of(w);
	size_t n = 0;

	for (size_t i = 0; i < spec->ncols; i++) {
		if (spec->col[i]->identity != IDENTITY_ALWAYS)
			continue;
		buf_adds(&w->b, n++ ? " AND t." : "t.");
		add_name(w, spec->col[i]);
		buf_adds(&w->b, " = ");
		add_param(w, i);
	}
	buf_adds(&w->b, n ? "" : "true");
}

static void make_insert(struct builder *w)
{
	add_insert(w, "VALUES (", ")");
}

static void make_update(struct builder *w)
{
	add_update(w, true);
	add_where(w);
	if (pg_target_has_fixed(w->t) && is_update(w, 0)) {
		buf_adds(&w->b, " RETURNING ");
		add_same(w);
	}
}

static void make_delete(struct builder *w)
{
	buf_adds(&w->b, "DELETE FROM ");
	add_table(w);
	add_where(w);
}

static void add_arbiter(struct builder *w)
{
	const struct target_spec *spec = spec_of(w);

	buf_adds(&w->b, " ON CONFLICT (");
	for (size_t k = 0; k < spec->nkey; k++) {
		buf_adds(&w->b, k ? ", " : "");
		add_name(w, spec->col[spec->key[k]]);
	}
	buf_adds(&w->b, ") DO ");
}

static void make_insert_new(struct builder *w)
{
	make_insert(w);
	if (w->t->unique[0]) {
		add_arbiter(w);
		buf_adds(&w->b, "NOTHING");
	}
}

/* A row that was there before has a row lock, xmax, from ON CONFLICT. */
static void add_conflict_update(struct builder *w)
{
	const struct target_spec *spec = spec_of(w);
	size_t n = 0;

	add_arbiter(w);
	for (size_t i = 0; i < spec->ncols; i++) {
		if (!is_settable(spec->col[i]) || db_target_in_key(&w->t->base, i))
			continue;
		buf_adds(&w->b, n++ ? ", " : "UPDATE SET ");
		add_name(w, spec->col[i]);
		buf_adds(&w->b, " = EXCLUDED.");
		add_name(w, spec->col[i]);
	}
	buf_adds(&w->b, n ? " RETURNING xmax <> 0" : "NOTHING RETURNING false");
}

/* Where ON CONFLICT will not do: UPDATE, and INSERT if that found nothing. */
static void make_update_or_insert(struct builder *w)
{
	bool update;
	size_t start;

	buf_adds(&w->b, "WITH u AS (");
	start = w->b.n;
	add_update(w, false);
	update = is_update(w, start);
	add_where(w);
	if (update) {
		buf_adds(&w->b, " RETURNING ");
		add_same(w);
		buf_adds(&w->b, " AS same");
	}
	buf_adds(&w->b, "), i AS (");
	add_insert(w, "SELECT ", " WHERE NOT EXISTS (SELECT FROM u)");
	buf_addf(&w->b, ") SELECT pg_catalog.count(*) > 0, %s FROM u",
		 update ? "pg_catalog.bool_and(same)" : "true");
}

/* A table without key just gets one more row. */
static void make_upsert(struct builder *w)
{
	w->own_key = true;
	if (!spec_of(w)->whole_row && !pg_target_has_arbiter(w->t)) {
		make_update_or_insert(w);
		return;
	}
	add_insert(w, "VALUES (", ")");
	if (!spec_of(w)->whole_row)
		add_conflict_update(w);
}

/* ---- Sets: arrays in place of values ---- */

/* Adds "unnest($1, $2, …) AS s(c1, c2, …)" for the fields whose parameters are numbered. */
static void add_unnest(struct builder *w, const char *more)
{
	buf_adds(&w->b, "unnest(");
	for (size_t i = 1; i <= w->s->n; i++)
		buf_addf(&w->b, "%s$%zu", i > 1 ? ", " : "", i);
	buf_addf(&w->b, ")%s AS s(", *more ? " WITH ORDINALITY" : "");
	for (size_t i = 1; i <= w->s->n; i++)
		buf_addf(&w->b, "%sc%zu", i > 1 ? ", " : "", i);
	buf_addf(&w->b, "%s)", more);
}

static void number_param(struct builder *w, size_t field)
{
	w->s->param[w->s->n++] = field;
	w->number[field] = w->s->n;
}

static void make_delete_set(struct builder *w)
{
	w->from = "s";
	for (size_t k = 0; k < spec_of(w)->nkey; k++)
		number_param(w, spec_of(w)->ncols + k);
	buf_adds(&w->b, "DELETE FROM ");
	add_table(w);
	buf_adds(&w->b, " AS t USING ");
	add_unnest(w, "");
	buf_adds(&w->b, " WHERE ");
	add_key(w);
}

/* The statement tells how many rows there are, and how many were there before. */
static void make_upsert_set(struct builder *w)
{
	const struct target_spec *spec = spec_of(w);
	size_t start;

	w->own_key = true;
	w->from = "s";
	for (size_t i = 0; i < spec->ncols; i++)
		if (spec->col[i]->generated == GEN_NO)
			number_param(w, i);
	if (pg_target_has_arbiter(w->t)) {
		buf_adds(&w->b, "WITH moved(old) AS (");
		add_insert(w, "SELECT ", " FROM ");
		add_unnest(w, "");
		add_conflict_update(w);
		buf_adds(&w->b, ") SELECT pg_catalog.count(*) FILTER (WHERE NOT old), true FROM moved");
		return;
	}
	buf_adds(&w->b, "WITH s AS MATERIALIZED (SELECT * FROM ");
	add_unnest(w, ", nth");
	buf_adds(&w->b, "), u AS (");
	start = w->b.n;
	add_update(w, false);
	if (is_update(w, start)) {
		buf_adds(&w->b, " FROM s WHERE ");
		add_key(w);
		buf_adds(&w->b, " RETURNING s.nth");
	} else {
		w->b.n = start;
		buf_adds(&w->b, "SELECT s.nth FROM s JOIN ");
		add_table(w);
		buf_adds(&w->b, " AS t ON ");
		add_key(w);
	}
	buf_adds(&w->b, "), i AS (");
	add_insert(w, "SELECT ", " FROM s WHERE nth NOT IN (SELECT nth FROM u) RETURNING 1");
	buf_adds(&w->b, ") SELECT pg_catalog.count(*), true FROM i");
}

void pg_statement_make(struct pg_target *t, enum pg_statement_kind kind)
{
	static void (*const make[PG_STATEMENTS])(struct builder *) = {
		[PG_INSERT] = make_insert, [PG_INSERT_NEW] = make_insert_new,
		[PG_UPDATE] = make_update, [PG_DELETE] = make_delete, [PG_UPSERT] = make_upsert,
		[PG_DELETE_SET] = make_delete_set, [PG_UPSERT_SET] = make_upsert_set,
	};
	size_t n = t->base.spec.ncols + t->base.spec.nkey;
	struct builder w = {.t = t, .s = &t->statement[kind], .number = xcalloc(n, sizeof n)};

	w.s->param = xcalloc(n, sizeof n);
	make[kind](&w);
	w.s->sql = buf_detach(&w.b);
	free(w.number);
}
