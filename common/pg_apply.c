/* Applying changes: targets, and what goes with them. */
#include "pg_apply.h"

#include <stdlib.h>
#include <string.h>

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

static int durable_commits(struct db *db, const char **why, struct err *e)
{
	(void)why;
	/* remote_write and remote_apply, which promise more, stay as they are */
	return pg_exec(db, "SELECT pg_catalog.set_config('synchronous_commit', 'on', false) WHERE "
			   "pg_catalog.current_setting('synchronous_commit') = 'off'", e) < 0 ? -1 : 1;
}

static int exec_count(struct db *db, const char *sql, uint64_t *rows, struct err *e)
{
	return pg_exec_count(pg_of(db), sql, rows, e);
}

const struct apply_ops pg_apply_ops = {
	.silences_triggers = true,
	.open = target_open,
	.close = target_close,
	.apply = pg_apply,
	.delete_set = pg_delete_set,
	.upsert_set = pg_upsert_set,
	.truncate = truncate,
	.replica_role = replica_role,
	.durable_commits = durable_commits,
	.exec_count = exec_count,
	.has_table = pg_has_own_table,
	.name_type = "text COLLATE \"C\"",
	.last_key = "SELECT pg_catalog.lastval()",
};
