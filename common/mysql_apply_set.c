/* Whole sets of changes. */
#include "mysql_apply.h"

#include <stdlib.h>

/* The changes one by one. */
static int run_rows(struct db *db, struct db_target *t, enum target_op op, struct field *values,
		    size_t width, size_t n, struct target_outcome *out, bool *row_fault,
		    struct err *e)
{
	struct target_row *rows = xcalloc(n, sizeof *rows);
	int status;

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct target_row){t, op, true, values + i * width, values + i * width};
	status = db_target_apply(db, rows, n, out, e);
	*row_fault = out->row_fault;
	free(rows);
	return status;
}

int my_delete_set(struct db *db, const struct target_set *set, struct set_result *r,
		  bool *row_fault, struct err *e)
{
	struct target_outcome out;
	int status = run_rows(db, set->target, TARGET_DELETE, set->delete, set->target->spec.nkey,
			      set->ndeletes, &out, row_fault, e);

	r->deleted += set->ndeletes - out.missing;
	r->missing += out.missing;
	return status;
}

int my_upsert_set(struct db *db, const struct target_set *set, struct set_result *r,
		  bool *row_fault, struct err *e)
{
	struct target_outcome out;
	int status = run_rows(db, set->target, TARGET_UPSERT, set->upsert, set->target->spec.ncols,
			      set->nupserts, &out, row_fault, e);

	r->inserted += out.inserted;
	r->updated += out.updated;
	return status;
}
