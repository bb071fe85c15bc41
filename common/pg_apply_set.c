/*
 * Whole sets of changes: one statement over arrays, one for each column, that unnest() makes
 * rows of. An array's elements have the same form as the fields of binary COPY
 * (src/backend/utils/adt/arrayfuncs.c, array_recv). That is cheaper than a temporary table,
 * which leaves dead rows in the catalogue or a file to truncate at each commit.
 */
#include "pg_apply.h"
#include "pg_binary.h"

#include <stdlib.h>
#include <string.h>

#define SET_ROWS 10000
#define SET_BYTES (16u << 20)
#define TEXT 25         /* type OIDs (src/include/catalog/pg_type.dat) */
#define TEXT_ARRAY 1009
#define ARRAY_HEADER 20 /* dimensions, flags, element type, length, lower bound */

/* ---- Arrays ---- */

/* Asks for the array types of the columns, 0 where there is none, and their types' names without
 * lengths: a cast to a length would cut. What has no binary form goes as text. */
static int read_array_types(struct pg_target *t, struct err *e)
{
	const struct target_spec *spec = &t->base.spec;
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	if (t->array)
		return 0;
	buf_adds(&b, "SELECT t.typarray, pg_catalog.format_type(t.oid, NULL) "
		     "FROM pg_catalog.unnest('{");
	for (size_t i = 0; i < spec->ncols; i++)
		buf_addf(&b, "%s%u", i ? "," : "", spec->col[i]->type.oid);
	buf_adds(&b, "}'::oid[]) WITH ORDINALITY AS c(oid, i) "
		     "JOIN pg_catalog.pg_type t ON t.oid = c.oid ORDER BY c.i");
	status = pg_query(&t->pg->db, buf_cstr(&b), &r, e);
	if (status == 0 && r.nrows != spec->ncols)
		status = err_set(e, EXIT_FAILED, "the type of a column is gone");
	for (size_t i = 0; status == 0 && i < spec->ncols; i++) {
		bool text = !t->enc.f[i].encode;

		if (!t->array) {
			t->array = xcalloc(spec->ncols, sizeof *t->array);
			t->cast = xcalloc(spec->ncols, sizeof *t->cast);
		}
		t->array[i] = text ? TEXT_ARRAY : (uint32_t)result_number(&r, i, 0);
		t->cast[i] = text ? result_copy(&r, i, 1) : NULL;
	}
	buf_free(&b);
	result_free(&r);
	return status;
}

/* Whether all columns of the statement can go as arrays. */
static bool goes_as_arrays(const struct pg_target *t, const struct pg_statement *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!t->array[pg_param_column(t, s, i)])
			return false;
	return s->n > 0;
}

/* An array that grows. */
struct array {
	struct buf b;
	bool null;
};

static void array_reset(struct array *a)
{
	buf_reset(&a->b);
	buf_room(&a->b, ARRAY_HEADER);
	a->b.n = ARRAY_HEADER;
	a->null = false;
}

static void array_close(struct array *a, uint32_t type, size_t n)
{
	char *p = a->b.p;

	pg_put32(p, 1);
	pg_put32(p + 4, a->null);
	pg_put32(p + 8, type);
	pg_put32(p + 12, (uint32_t)n);
	pg_put32(p + 16, 1);
}

/* ---- Sets ---- */

/* A set under way. */
struct set {
	struct pg_target *t;
	const struct pg_statement *s;
	const struct field *values; /* rows, or keys */
	size_t width, n;            /* values of each; how many */
	struct array *array;
	bool *row_fault;
};

/* Encodes the changes from `first` on that fit one statement; returns where it stopped, or 0
 * with *e set. */
static size_t encode(struct set *set, size_t first, struct err *e)
{
	struct pg_target *t = set->t;
	size_t ncols = t->base.spec.ncols, bytes = 0, i;

	for (size_t p = 0; p < set->s->n; p++)
		array_reset(&set->array[p]);
	for (i = first; i < set->n && i - first < SET_ROWS && bytes < SET_BYTES; i++) {
		const struct field *row = set->values + i * set->width;

		for (size_t p = 0; p < set->s->n; p++) {
			struct array *a = &set->array[p];
			size_t at = set->s->param[p], before = a->b.n;
			size_t col = pg_param_column(t, set->s, p);
			struct field v = row[at < ncols ? at : at - ncols];

			if (pg_encode_value(&t->enc, col, v, &a->b, &t->why) < 0) {
				*set->row_fault = true;
				db_target_misfit(&t->base, col, &t->why.text, e);
				return 0;
			}
			a->null |= !v.p;
			bytes += a->b.n - before;
		}
	}
	for (size_t p = 0; p < set->s->n; p++) {
		size_t col = pg_param_column(t, set->s, p);

		array_close(&set->array[p], t->cast[col] ? TEXT : t->base.col[col]->type.oid,
			    i - first);
	}
	return i;
}

/* Runs the statement over the arrays. */
static int run(struct set *set, struct pg_answer *a, struct err *e)
{
	struct pg *pg = set->t->pg;
	struct pg_params params = {.n = (int)set->s->n};
	struct err unused = ERR_INIT;
	int status;

	params.p = xcalloc(set->s->n, sizeof *params.p);
	params.length = xcalloc(set->s->n, sizeof *params.length);
	params.binary = xcalloc(set->s->n, sizeof *params.binary);
	for (size_t p = 0; p < set->s->n; p++) {
		params.p[p] = set->array[p].b.p;
		params.length[p] = (int)set->array[p].b.n;
		params.binary[p] = 1;
	}
	status = pg_pipeline_start(pg, e);
	if (status == 0) {
		pg_pipeline_send(pg, set->s->name, &params);
		pg_pipeline_sync(pg);
		if (pg_pipeline_answer(pg, a, e) < 0) {
			*set->row_fault = pg_row_fault(pg);
			status = -1;
		}
		if (pg_pipeline_stop(pg, status < 0 ? &unused : e) < 0)
			status = -1;
		err_clear(&unused);
	}
	free(params.p);
	free(params.length);
	free(params.binary);
	return status;
}

/* Runs it over all; *count grows by what the answers tell. */
static int run_all(struct set *set, bool by_value, uint64_t *count, struct err *e)
{
	int status = 0;

	set->array = xcalloc(set->s->n, sizeof *set->array);
	for (size_t at = 0; status == 0 && at < set->n;) {
		struct pg_answer a;

		at = encode(set, at, e);
		status = at ? run(set, &a, e) : -1;
		if (status == 0)
			*count += by_value ? a.number : a.rows;
	}
	for (size_t p = 0; p < set->s->n; p++)
		buf_free(&set->array[p].b);
	free(set->array);
	return status;
}

/* The changes one by one, where there are few or arrays will not do. */
static int run_rows(struct db *db, const struct set *set, enum target_op op,
		    struct target_outcome *out, struct err *e)
{
	struct target_row *rows = xcalloc(set->n, sizeof *rows);
	int status;

	for (size_t i = 0; i < set->n; i++) {
		struct field *values = (struct field *)set->values + i * set->width;

		rows[i] = (struct target_row){&set->t->base, op, true, values, values};
	}
	status = db_target_apply(db, rows, set->n, out, e);
	*set->row_fault = out->row_fault;
	free(rows);
	return status;
}

/* Whether the set goes as arrays; -1 with *e set. */
static int prepare(struct pg_target *t, enum pg_statement_kind kind, size_t n, struct err *e)
{
	if (n < TARGET_FEW)
		return 0;
	if (read_array_types(t, e) < 0)
		return -1;
	if (!t->statement[kind].sql)
		pg_statement_make(t, kind);
	if (!goes_as_arrays(t, &t->statement[kind]) ||
	    (kind == PG_UPSERT_SET && !pg_target_has_arbiter(t) && pg_target_has_fixed(t)))
		return 0;
	return pg_statement_prepare(t, kind, e) < 0 ? -1 : 1;
}

int pg_delete_set(struct db *db, const struct target_set *in, struct set_result *r,
		  bool *row_fault, struct err *e)
{
	struct pg_target *t = pg_target_of(in->target);
	struct set set = {t, &t->statement[PG_DELETE_SET], in->delete, in->target->spec.nkey,
			  in->ndeletes, NULL, row_fault};
	struct target_outcome out;
	uint64_t deleted = 0;
	int status = prepare(t, PG_DELETE_SET, set.n, e);

	if (status < 0)
		return -1;
	if (status) {
		status = run_all(&set, false, &deleted, e);
	} else {
		status = run_rows(db, &set, TARGET_DELETE, &out, e);
		deleted = set.n - out.missing;
	}
	r->deleted += deleted;
	r->missing += set.n - deleted;
	return status;
}

int pg_upsert_set(struct db *db, const struct target_set *in, struct set_result *r,
		  bool *row_fault, struct err *e)
{
	struct pg_target *t = pg_target_of(in->target);
	struct set set = {t, &t->statement[PG_UPSERT_SET], in->upsert, in->target->spec.ncols,
			  in->nupserts, NULL, row_fault};
	struct target_outcome out;
	uint64_t inserted = 0;
	int status = in->fresh ? pg_copy_set(t, in, row_fault, e) : 0;

	if (status) {
		r->inserted += status > 0 ? set.n : 0;
		return status < 0 ? -1 : 0;
	}
	status = prepare(t, PG_UPSERT_SET, set.n, e);
	if (status < 0)
		return -1;
	if (status) {
		status = run_all(&set, true, &inserted, e);
	} else {
		status = run_rows(db, &set, TARGET_UPSERT, &out, e);
		inserted = out.inserted;
	}
	r->inserted += inserted;
	r->updated += set.n - inserted;
	return status;
}
