/* The statements that apply changes of rows. */
#include "pg_builder.h"

#include <stdlib.h>
#include <string.h>

/* A column GENERATED ALWAYS AS IDENTITY takes a value from INSERT, not from UPDATE. */
static bool is_settable(const struct column *c)
{
	return c->generated == GEN_NO && c->identity != IDENTITY_ALWAYS;
}

/* Whether an upsert sets column i of a row that is there: not one that found it, unless it may
 * look otherwise. */
static bool is_changed(const struct pg_builder *w, size_t i)
{
	const struct column *c = pg_spec_of(w)->col[i];

	return is_settable(c) && !(db_target_in_key(&w->t->base, i) && pg_equal_is_exact(c));
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
static void add_insert(struct pg_builder *w, const char *select, const char *end)
{
	const struct target_spec *spec = pg_spec_of(w);
	size_t n = 0;

	buf_adds(&w->b, "INSERT INTO ");
	pg_add_target(w);
	for (size_t i = 0; i < spec->ncols; i++) {
		if (spec->col[i]->generated != GEN_NO)
			continue;
		buf_adds(&w->b, n++ ? ", " : " (");
		pg_add_name(w, spec->col[i]);
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
		pg_add_param(w, i);
	}
	buf_adds(&w->b, end);
}

/* Adds "UPDATE t SET …", without a WHERE; or "SELECT FROM t" if there is nothing to set. */
static void add_update(struct pg_builder *w, bool key_too)
{
	const struct target_spec *spec = pg_spec_of(w);
	size_t start = w->b.n, n = 0;

	buf_adds(&w->b, "UPDATE ");
	pg_add_target(w);
	buf_adds(&w->b, " AS t");
	for (size_t i = 0; i < spec->ncols; i++) {
		if (!(key_too ? is_settable(spec->col[i]) : is_changed(w, i)))
			continue;
		buf_adds(&w->b, n++ ? ", " : " SET ");
		pg_add_name(w, spec->col[i]);
		buf_adds(&w->b, " = ");
		pg_add_param(w, i);
	}
	if (n)
		return;
	w->b.n = start;
	buf_adds(&w->b, "SELECT 1 FROM ");
	pg_add_target(w);
	buf_adds(&w->b, " AS t");
}

static bool is_update(const struct pg_builder *w, size_t start)
{
	return w->b.p[start] == 'U';
}

/* Adds whether the columns that UPDATE cannot set are as they shall be. */
static void add_same(struct pg_builder *w)
{
	const struct target_spec *spec = pg_spec_of(w);
	size_t n = 0;

	for (size_t i = 0; i < spec->ncols; i++) {
		if (spec->col[i]->identity != IDENTITY_ALWAYS)
			continue;
		buf_adds(&w->b, n++ ? " AND t." : "t.");
		pg_add_name(w, spec->col[i]);
		buf_adds(&w->b, " = ");
		pg_add_param(w, i);
	}
	buf_adds(&w->b, n ? "" : "true");
}

static void make_insert(struct pg_builder *w)
{
	add_insert(w, "VALUES (", ")");
}

static void make_update(struct pg_builder *w)
{
	add_update(w, true);
	pg_add_where(w);
	if (pg_target_has_fixed(w->t) && is_update(w, 0)) {
		buf_adds(&w->b, " RETURNING ");
		add_same(w);
	}
}

static void make_delete(struct pg_builder *w)
{
	buf_adds(&w->b, "DELETE FROM ");
	pg_add_target(w);
	pg_add_where(w);
}

static void add_arbiter(struct pg_builder *w)
{
	const struct target_spec *spec = pg_spec_of(w);

	buf_adds(&w->b, " ON CONFLICT (");
	for (size_t k = 0; k < spec->nkey; k++) {
		buf_adds(&w->b, k ? ", " : "");
		pg_add_name(w, spec->col[spec->key[k]]);
	}
	buf_adds(&w->b, ") DO ");
}

static void make_insert_new(struct pg_builder *w)
{
	make_insert(w);
	if (w->t->unique[0]) {
		add_arbiter(w);
		buf_adds(&w->b, "NOTHING");
	}
}

/* A row that was there before has a row lock, xmax, from ON CONFLICT. */
static void add_conflict_update(struct pg_builder *w)
{
	const struct target_spec *spec = pg_spec_of(w);
	size_t n = 0;

	add_arbiter(w);
	for (size_t i = 0; i < spec->ncols; i++) {
		if (!is_changed(w, i))
			continue;
		buf_adds(&w->b, n++ ? ", " : "UPDATE SET ");
		pg_add_name(w, spec->col[i]);
		buf_adds(&w->b, " = EXCLUDED.");
		pg_add_name(w, spec->col[i]);
	}
	buf_adds(&w->b, n ? " RETURNING xmax <> 0" : "NOTHING RETURNING false");
}

/* Where ON CONFLICT will not do: UPDATE, and INSERT if that found nothing. */
static void make_update_or_insert(struct pg_builder *w)
{
	bool update;
	size_t start;

	buf_adds(&w->b, "WITH u AS (");
	start = w->b.n;
	add_update(w, false);
	update = is_update(w, start);
	pg_add_where(w);
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
static void make_upsert(struct pg_builder *w)
{
	w->own_key = true;
	if (!pg_spec_of(w)->whole_row && !pg_target_has_arbiter(w->t)) {
		make_update_or_insert(w);
		return;
	}
	add_insert(w, "VALUES (", ")");
	if (!pg_spec_of(w)->whole_row)
		add_conflict_update(w);
}

/* ---- Sets: arrays in place of values ---- */

/* Adds "unnest($1, $2, …) AS s(c1, c2, …)" for the fields whose parameters are numbered. */
static void add_unnest(struct pg_builder *w, const char *more)
{
	buf_adds(&w->b, "unnest(");
	for (size_t i = 1; i <= w->s->n; i++)
		buf_addf(&w->b, "%s$%zu", i > 1 ? ", " : "", i);
	buf_addf(&w->b, ")%s AS s(", *more ? " WITH ORDINALITY" : "");
	for (size_t i = 1; i <= w->s->n; i++)
		buf_addf(&w->b, "%sc%zu", i > 1 ? ", " : "", i);
	buf_addf(&w->b, "%s)", more);
}

static void number_param(struct pg_builder *w, size_t field)
{
	w->s->param[w->s->n++] = field;
	w->number[field] = w->s->n;
}

static void make_delete_set(struct pg_builder *w)
{
	w->from = "s";
	for (size_t k = 0; k < pg_spec_of(w)->nkey; k++)
		number_param(w, pg_spec_of(w)->ncols + k);
	buf_adds(&w->b, "DELETE FROM ");
	pg_add_target(w);
	buf_adds(&w->b, " AS t USING ");
	add_unnest(w, "");
	buf_adds(&w->b, " WHERE ");
	pg_add_key(w);
}

/* The statement tells how many rows there are, and how many were there before. */
static void make_upsert_set(struct pg_builder *w)
{
	const struct target_spec *spec = pg_spec_of(w);
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
		buf_adds(&w->b, ") SELECT pg_catalog.count(*) FILTER (WHERE NOT old), true "
				"FROM moved");
		return;
	}
	buf_adds(&w->b, "WITH s AS MATERIALIZED (SELECT * FROM ");
	add_unnest(w, ", nth");
	buf_adds(&w->b, "), u AS (");
	start = w->b.n;
	add_update(w, false);
	if (is_update(w, start)) {
		buf_adds(&w->b, " FROM s WHERE ");
		pg_add_key(w);
		buf_adds(&w->b, " RETURNING s.nth");
	} else {
		w->b.n = start;
		buf_adds(&w->b, "SELECT s.nth FROM s JOIN ");
		pg_add_target(w);
		buf_adds(&w->b, " AS t ON ");
		pg_add_key(w);
	}
	buf_adds(&w->b, "), i AS (");
	add_insert(w, "SELECT ", " FROM s WHERE nth NOT IN (SELECT nth FROM u) RETURNING 1");
	buf_adds(&w->b, ") SELECT pg_catalog.count(*), true FROM i");
}

void pg_statement_make(struct pg_target *t, enum pg_statement_kind kind)
{
	static void (*const make[PG_STATEMENTS])(struct pg_builder *) = {
		[PG_INSERT] = make_insert, [PG_INSERT_NEW] = make_insert_new,
		[PG_UPDATE] = make_update, [PG_DELETE] = make_delete, [PG_UPSERT] = make_upsert,
		[PG_DELETE_SET] = make_delete_set, [PG_UPSERT_SET] = make_upsert_set,
	};
	size_t n = t->base.spec.ncols + t->base.spec.nkey;
	struct pg_builder w = {.t = t, .s = &t->statement[kind], .number = xcalloc(n, sizeof n)};

	w.s->param = xcalloc(n, sizeof n);
	make[kind](&w);
	w.s->sql = buf_detach(&w.b);
	free(w.number);
}
