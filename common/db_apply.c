#include "db_apply.h"

#include <stdlib.h>
#include <string.h>

#include "db_driver.h"

int db_target_open(struct db *db, const struct target_spec *spec, struct db_target **target,
		   struct err *e)
{
	*target = NULL;
	return db->ops->apply->open(db, spec, target, e);
}

void db_target_close(struct db_target *t)
{
	if (t)
		t->ops->close(t);
}

int db_target_apply(struct db *db, const struct target_row *rows, size_t n,
		    struct target_outcome *out, struct err *e)
{
	*out = (struct target_outcome){0};
	return n ? db->ops->apply->apply(db, rows, n, out, e) : 0;
}

int db_target_delete_set(struct db *db, const struct target_set *set, struct set_result *r,
			 bool *row_fault, struct err *e)
{
	*row_fault = false;
	if (!set->ndeletes || db->ops->apply->delete_set(db, set, r, row_fault, e) == 0)
		return 0;
	return err_prefix(e, "%s", set->target->spec.table->name);
}

int db_target_upsert_set(struct db *db, const struct target_set *set, struct set_result *r,
			 bool *row_fault, struct err *e)
{
	*row_fault = false;
	if (!set->nupserts || db->ops->apply->upsert_set(db, set, r, row_fault, e) == 0)
		return 0;
	return err_prefix(e, "%s", set->target->spec.table->name);
}

int db_target_truncate(struct db *db, const struct table *t, struct err *e)
{
	return db->ops->apply->truncate(db, t, e);
}

int db_replica_role(struct db *db, struct err *e)
{
	return db->ops->apply->replica_role(db, e);
}

bool db_silences_triggers(const struct db *db)
{
	return db->ops->apply->silences_triggers;
}

int db_durable_commits(struct db *db, const char **why, struct err *e)
{
	return db->ops->apply->durable_commits(db, why, e);
}

int db_exec_count(struct db *db, const char *sql, uint64_t *rows, struct err *e)
{
	return db->ops->apply->exec_count(db, sql, rows, e);
}

/* ---- For the drivers ---- */

void db_target_init(struct db_target *t, const struct apply_ops *ops,
		    const struct target_spec *spec)
{
	t->ops = ops;
	t->spec = *spec;
	t->spec.col = t->col = xcalloc(spec->ncols, sizeof *t->col);
	t->spec.key = t->key = xcalloc(spec->nkey, sizeof *t->key);
	for (size_t i = 0; i < spec->ncols; i++)
		t->col[i] = spec->col[i];
	for (size_t i = 0; i < spec->nkey; i++)
		t->key[i] = spec->key[i];
}

void db_target_destroy(struct db_target *t)
{
	free(t->col);
	free(t->key);
}

bool db_target_in_key(const struct db_target *t, size_t i)
{
	for (size_t k = 0; k < t->spec.nkey; k++)
		if (t->key[k] == i)
			return true;
	return false;
}

int db_target_misfit(const struct db_target *t, size_t col, const struct buf *why, struct err *e)
{
	return err_set(e, EXIT_BAD, "column %s: %.*s", t->col[col]->name, (int)why->n, why->p);
}

const char *db_name_type(const struct db *db)
{
	return db->ops->apply->name_type;
}

const char *db_last_key_sql(const struct db *db)
{
	return db->ops->apply->last_key;
}
