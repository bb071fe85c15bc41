/* Applying changes: targets, and what goes with them. */
#include <stdlib.h>

#include "mysql_apply.h"

/* ---- Targets ---- */

static void target_close(struct db_target *base)
{
	struct my_target *t = my_target_of(base);

	my_stage_drop(t);
	for (size_t i = 0; i < base->spec.ncols; i++)
		my_encoder_free(&t->enc[i]);
	free(t->enc);
	free(t->literal);
	free(t->own_key);
	buf_free(&t->table);
	buf_free(&t->columns);
	buf_free(&t->unset);
	buf_free(&t->stage);
	buf_free(&t->scratch);
	buf_free(&t->why);
	db_target_destroy(base);
	free(t);
}

static int target_open(struct db *db, const struct target_spec *spec, struct db_target **target,
		       struct err *e)
{
	struct my_target *t;

	if (spec->table->kind != TABLE_VIEW && my_check_engine(my_of(db), spec->table, e) < 0)
		return -1;
	t = xcalloc(1, sizeof *t);
	db_target_init(&t->base, &my_apply_ops, spec);
	t->m = my_of(db);
	my_target_prepare(t);
	*target = &t->base;
	return 0;
}

/* ---- Around them ---- */

static int replica_role(struct db *db, struct err *e)
{
	return my_exec(my_of(db), "SET SESSION foreign_key_checks = 0", e) < 0 ? -1 : 1;
}

static int durable_commits(struct db *db, const char **why, struct err *e)
{
	struct result r;
	bool durable;

	if (my_query(my_of(db), "SELECT @@innodb_flush_log_at_trx_commit", &r, e) < 0)
		return -1;
	durable = result_number(&r, 0, 0) == 1;
	result_free(&r);
	*why = "innodb_flush_log_at_trx_commit is not 1";
	return durable;
}

static int exec_count(struct db *db, const char *sql, uint64_t *rows, struct err *e)
{
	if (my_exec(my_of(db), sql, e) < 0)
		return -1;
	*rows = my_affected(my_of(db));
	return 0;
}

const struct apply_ops my_apply_ops = {
	.open = target_open,
	.close = target_close,
	.apply = my_apply,
	.delete_set = my_delete_set,
	.upsert_set = my_upsert_set,
	.truncate = my_clear,
	.replica_role = replica_role,
	.durable_commits = durable_commits,
	.exec_count = exec_count,
	.has_table = my_has_own_table,
	.name_type = "varbinary(255)",
	.last_key = "SELECT LAST_INSERT_ID()",
};
