/*
 * Applying changes of rows: pipelines of prepared statements, whose parameters have the binary
 * form that the encoders of COPY make (the two are the same: the type's receive function
 * reads them).
 */
#include "pg_apply.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define RUN "rowboat_run" /* the savepoint of a run */

/* ---- Targets ---- */

/* The names of unique indexes that cover just the key's columns. */
static int read_unique(struct pg_target *t, struct err *e)
{
	const struct target_spec *spec = &t->base.spec;
	const struct column **key = xcalloc(spec->nkey + 1, sizeof *key);
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status = 0;

	for (size_t k = 0; k < spec->nkey; k++)
		key[k] = spec->col[spec->key[k]];
	pg_add_unique_query(t->pg, &b, spec->table, key, spec->nkey);
	if (!spec->whole_row)
		status = pg_query(&t->pg->db, buf_cstr(&b), &r, e);
	t->unique = xcalloc(r.nrows + 1, sizeof *t->unique);
	for (size_t i = 0; i < r.nrows; i++)
		t->unique[i] = result_copy(&r, i, 1);
	result_free(&r);
	buf_free(&b);
	free(key);
	return status;
}

static void target_close(struct db_target *base)
{
	struct pg_target *t = pg_target_of(base);
	struct err unused = ERR_INIT;

	for (size_t i = 0; i < PG_STATEMENTS; i++) {
		struct pg_statement *s = &t->statement[i];

		if (s->name) {
			char *sql = xasprintf("DEALLOCATE %s", s->name);

			pg_exec(&t->pg->db, sql, &unused);
			err_clear(&unused);
			free(sql);
		}
		free(s->name);
		free(s->sql);
		free(s->param);
	}
	for (char **name = t->unique; name && *name; name++)
		free(*name);
	free(t->unique);
	for (size_t i = 0; t->cast && i < base->spec.ncols; i++)
		free(t->cast[i]);
	free(t->cast);
	free(t->array);
	pg_encoder_free(&t->enc);
	buf_free(&t->why.text);
	db_target_destroy(base);
	free(t);
}

/*
 * Plans are made once, for any values. A table that is small when its plan is made may be large
 * when it is used, so that the key's index is used in any case; and what has no index must not
 * look so dear that it is compiled.
 */
static int pin_plans(struct pg *pg, struct err *e)
{
	if (pg->plans_pinned)
		return 0;
	if (pg_exec(&pg->db, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "
			     "SET jit = off", e) < 0)
		return -1;
	pg->plans_pinned = true;
	return 0;
}

static int target_open(struct db *db, const struct target_spec *spec, struct db_target **target,
		       struct err *e)
{
	struct pg_target *t = xcalloc(1, sizeof *t);
	int scale;

	db_target_init(&t->base, &pg_apply_ops, spec);
	t->pg = pg_of(db);
	if (pin_plans(t->pg, e) < 0 || read_unique(t, e) < 0 ||
	    pg_money_scale(t->pg, spec->col, spec->ncols, &scale, e) < 0) {
		target_close(&t->base);
		return -1;
	}
	pg_encoder_init(&t->enc, t->base.spec.col, spec->ncols, t->pg->version, scale);
	*target = &t->base;
	return 0;
}

int pg_statement_prepare(struct pg_target *t, enum pg_statement_kind kind, struct err *e)
{
	struct pg_statement *s = &t->statement[kind];
	uint32_t *type;
	char *name;

	if (s->name)
		return 0;
	if (!s->sql)
		pg_statement_make(t, kind);
	type = xcalloc(s->n, sizeof *type);
	for (size_t i = 0; i < s->n; i++) {
		size_t col = pg_param_column(t, s, i);

		type[i] = kind >= PG_DELETE_SET ? t->array[col] : t->base.spec.col[col]->type.oid;
	}
	name = xasprintf("rowboat_%u", ++t->pg->statements);
	if (pg_prepare(t->pg, name, s->sql, type, s->n, e) == 0)
		s->name = name;
	else
		free(name);
	free(type);
	return s->name ? 0 : -1;
}

/* ---- Runs ---- */

/* A run's parameters, used again for each row. */
struct binding {
	struct buf b;
	struct pg_params params;
	size_t *at; /* where in b each parameter begins */
	size_t room;
};

static void binding_free(struct binding *k)
{
	buf_free(&k->b);
	free(k->params.p);
	free(k->params.length);
	free(k->params.binary);
	free(k->at);
}

static void binding_grow(struct binding *k, size_t n)
{
	if (n <= k->room)
		return;
	k->room = n;
	k->params.p = xrealloc(k->params.p, n * sizeof *k->params.p);
	k->params.length = xrealloc(k->params.length, n * sizeof *k->params.length);
	k->params.binary = xrealloc(k->params.binary, n * sizeof *k->params.binary);
	k->at = xrealloc(k->at, n * sizeof *k->at);
}

/* Encodes the parameters of one change; -1 with *e set for a value that does not fit. */
static int encode_params(struct binding *k, struct pg_target *t, const struct pg_statement *s,
		const struct target_row *row, struct err *e)
{
	const struct target_spec *spec = &t->base.spec;

	binding_grow(k, s->n);
	buf_reset(&k->b);
	for (size_t i = 0; i < s->n; i++) {
		size_t at = s->param[i], col = pg_param_column(t, s, i);
		struct field v = at < spec->ncols ? row->row[at] : row->key[at - spec->ncols];

		k->at[i] = k->b.n;
		if (pg_encode_value(&t->enc, col, v, &k->b, &t->why) < 0)
			return db_target_misfit(&t->base, col, &t->why.text, e);
		buf_addc(&k->b, '\0'); /* libpq takes texts for C strings */
		k->params.binary[i] = t->enc.f[col].encode != NULL;
	}
	for (size_t i = 0; i < s->n; i++) {
		uint32_t n;

		memcpy(&n, k->b.p + k->at[i], sizeof n);
		k->params.length[i] = (int)be32toh(n);
		k->params.p[i] = be32toh(n) == UINT32_MAX ? NULL : k->b.p + k->at[i] + 4;
	}
	k->params.n = (int)s->n;
	return 0;
}

static enum pg_statement_kind statement_of(const struct target_row *row)
{
	const struct pg_target *t = pg_target_of(row->target);

	switch (row->op) {
	case TARGET_UPDATE:
		return PG_UPDATE;
	case TARGET_DELETE:
		return PG_DELETE;
	case TARGET_UPSERT:
		return PG_UPSERT;
	default:
		/* A partition's index has another name than the key's, so that a failure would not
		 * tell. */
		return row->tolerate || t->base.spec.table->kind != TABLE_PLAIN ? PG_INSERT_NEW
									       : PG_INSERT;
	}
}

/* Whether a failed INSERT says that there is a row of that key. */
static bool is_key_taken(const struct target_row *row, const struct pg *pg)
{
	char **name = pg_target_of(row->target)->unique;

	if (row->op != TARGET_INSERT || strcmp(pg->sqlstate, "23505") || !pg->constraint)
		return false;
	while (*name && strcmp(*name, pg->constraint))
		name++;
	return *name != NULL;
}

static int fixed_differs(const struct target_row *row, struct err *e)
{
	const struct target_spec *spec = &row->target->spec;
	size_t i = 0;

	while (spec->col[i]->identity != IDENTITY_ALWAYS)
		i++;
	err_set(e, EXIT_BAD, "column %s: it is GENERATED ALWAYS AS IDENTITY, so that an update "
		"cannot change it", spec->col[i]->name);
	return err_hint(e, "ALTER TABLE … ALTER COLUMN %s SET GENERATED BY DEFAULT",
			spec->col[i]->name);
}

/* What a change's answer means: 0 with out->result set, or -1 with *e set. */
static int judge(const struct target_row *row, const struct pg_answer *a,
		 struct target_outcome *out, struct err *e)
{
	switch (row->op) {
	case TARGET_UPSERT:
		if (a->value[1] == 'f')
			return fixed_differs(row, e);
		if (a->value[0] == 't' || !a->rows)
			out->updated++;
		else
			out->inserted++;
		return 0;
	case TARGET_INSERT:
		if (a->rows)
			return 0;
		if (statement_of(row) == PG_INSERT || !*pg_target_of(row->target)->unique)
			return err_set(e, EXIT_BAD, "a trigger or rule dropped the row");
		out->existing++;
		out->result = row->tolerate ? TARGET_DONE : TARGET_EXISTS;
		return 0;
	default:
		if (a->rows)
			return a->value[0] == 'f' ? fixed_differs(row, e) : 0;
		out->missing++;
		out->result = row->tolerate ? TARGET_DONE : TARGET_MISSING;
		return 0;
	}
}

/* Sends the run; returns how many of its changes. A value that does not fit ends it, with *e
 * set. */
static size_t send_run(struct db *db, const struct target_row *rows, size_t n, struct err *e)
{
	struct pg *pg = pg_of(db);
	struct binding k = {0};
	size_t i;

	if (db->in_run)
		pg_pipeline_query(pg, "RELEASE SAVEPOINT " RUN);
	pg_pipeline_query(pg, "SAVEPOINT " RUN);
	for (i = 0; i < n; i++) {
		struct pg_target *t = pg_target_of(rows[i].target);
		const struct pg_statement *s = &t->statement[statement_of(&rows[i])];

		if (encode_params(&k, t, s, &rows[i], e) < 0)
			break;
		pg_pipeline_send(pg, s->name, &k.params);
	}
	pg_pipeline_sync(pg);
	binding_free(&k);
	return i;
}

/* Reads the answers to the changes sent, up to the first that stops the run. */
static int read_run(struct pg *pg, const struct target_row *rows, size_t sent,
		    struct target_outcome *out, struct err *e)
{
	for (size_t i = 0; i < sent; i++) {
		struct pg_answer a;

		out->done = i;
		if (pg_pipeline_answer(pg, &a, e) < 0) {
			if (!is_key_taken(&rows[i], pg)) {
				out->row_fault = pg_row_fault(pg);
				return -1;
			}
			err_clear(e);
			out->result = TARGET_EXISTS;
			return 0;
		}
		if (judge(&rows[i], &a, out, e) < 0) {
			out->row_fault = true;
			return -1;
		}
		if (out->result != TARGET_DONE)
			return 0;
	}
	out->done = sent;
	return 0;
}

/* The answers to the run's savepoint. */
static int read_savepoint(struct db *db, struct err *e)
{
	struct pg_answer a;

	if (db->in_run && pg_pipeline_answer(pg_of(db), &a, e) < 0)
		return -1;
	db->in_run = false;
	if (pg_pipeline_answer(pg_of(db), &a, e) < 0)
		return -1;
	db->in_run = true;
	return 0;
}

static int prepare_run(const struct target_row *rows, size_t n, struct target_outcome *out,
		       struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		out->done = i;
		if (pg_statement_prepare(pg_target_of(rows[i].target), statement_of(&rows[i]), e) < 0)
			return -1;
	}
	return 0;
}

/* Back to before the run; a failure that is told of already stays. */
static int undo_run(struct db *db, int status, struct err *e)
{
	struct err unused = ERR_INIT;

	if (db->in_run && pg_exec(db, "ROLLBACK TO SAVEPOINT " RUN, status < 0 ? &unused : e) < 0)
		status = -1;
	err_clear(&unused);
	return status;
}

static int apply(struct db *db, const struct target_row *rows, size_t n,
		 struct target_outcome *out, struct err *e)
{
	struct pg *pg = pg_of(db);
	struct err misfit = ERR_INIT, stop = ERR_INIT;
	size_t sent;
	int status;

	if (prepare_run(rows, n, out, e) < 0 || pg_pipeline_start(pg, e) < 0)
		return -1;
	sent = send_run(db, rows, n, &misfit);
	status = read_savepoint(db, e);
	if (status == 0)
		status = read_run(pg, rows, sent, out, e);
	if (pg_pipeline_stop(pg, &stop) < 0 && status == 0) {
		*e = stop;
		return -1;
	}
	err_clear(&stop);
	if (status == 0 && out->done == sent && misfit.msg) {
		*e = misfit;
		out->row_fault = true;
		return undo_run(db, -1, e);
	}
	err_clear(&misfit);
	return out->done == n ? status : undo_run(db, status, e);
}

/* ---- Around them ---- */

static int truncate(struct db *db, const struct table *t, struct err *e)
{
	return pg_clear(db, t, e);
}

static int replica_role(struct db *db, struct err *e)
{
	struct pg *pg = pg_of(db);

	if (pg_exec(db, "SET session_replication_role = replica", e) == 0)
		return 1;
	if (strcmp(pg->sqlstate, "42501"))
		return -1;
	err_clear(e);
	return 0;
}

static int exec_count(struct db *db, const char *sql, uint64_t *rows, struct err *e)
{
	return pg_exec_count(pg_of(db), sql, rows, e);
}

const struct apply_ops pg_apply_ops = {
	.open = target_open,
	.close = target_close,
	.apply = apply,
	.delete_set = pg_delete_set,
	.upsert_set = pg_upsert_set,
	.truncate = truncate,
	.replica_role = replica_role,
	.exec_count = exec_count,
	.has_table = pg_has_own_table,
	.name_type = "text COLLATE \"C\"",
};
