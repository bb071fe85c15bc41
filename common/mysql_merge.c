/*
 * Staged rows into the table, by the key alone: ON DUPLICATE KEY UPDATE and
 * REPLACE would match any unique index. MySQL cannot name a temporary table
 * twice in one statement ("Restrictions on TEMPORARY Tables"), so surplus rows
 * of one key are noted in a second one and deleted first.
 */
#include <string.h>

#include "mysql_load.h"

void my_add_stage_column(struct my *m, struct buf *b, const struct column *c)
{
	buf_addc(b, ',');
	db_add_ident(&m->db, b, c->name);
	buf_addf(b, " %s", c->native);
	if (c->charset)
		buf_addf(b, " CHARACTER SET %s", c->charset);
	if (c->collation)
		buf_addf(b, " COLLATE %s", c->collation);
	buf_adds(b, " NULL");
}

int my_stage_create(struct my *m, struct my_load *l, struct err *e)
{
	struct buf b = BUF_INIT;
	int status;

	if (!l->spec.table->schema)
		return err_set(e, EXIT_BAD, "a staged load needs a database");
	/* temporary tables live in a database: the target's, as the session may have none */
	buf_adds(&b, "USE ");
	db_add_ident(&m->db, &b, l->spec.table->schema);
	status = m->database ? 0 : my_exec(m, buf_cstr(&b), e);
	buf_reset(&b);
	buf_adds(&b, "CREATE TEMPORARY TABLE " STAGE " (" STAGE_ROW
		     " BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY");
	for (size_t i = 0; i < l->n; i++)
		my_add_stage_column(m, &b, l->enc[i].c);
	buf_adds(&b, ") ENGINE=InnoDB");
	l->staged = true;
	if (status == 0)
		status = my_exec(m, "DROP TEMPORARY TABLE IF EXISTS " STAGE ", " SURPLUS, e);
	if (status == 0)
		status = my_exec(m, buf_cstr(&b), e);
	if (status == 0)
		status = my_exec(m, "CREATE TEMPORARY TABLE " SURPLUS
				    " (" STAGE_ROW " BIGINT UNSIGNED NOT NULL PRIMARY KEY)"
				    " ENGINE=InnoDB", e);
	buf_adds(&l->target, STAGE);
	buf_free(&b);
	return status;
}

/* ---- Statements ---- */

/* t.k = s.k AND … */
static void add_match(struct my *m, struct buf *b, const struct my_load *l)
{
	for (size_t i = 0; i < l->spec.nkey; i++) {
		buf_adds(b, i ? " AND t." : "t.");
		db_add_ident(&m->db, b, l->spec.key[i]->name);
		buf_adds(b, " = s.");
		db_add_ident(&m->db, b, l->spec.key[i]->name);
	}
}

static int run(struct my *m, struct buf *b, uint64_t *changed, struct load_result *r, struct err *e)
{
	int status = my_exec(m, buf_cstr(b), e);

	buf_reset(b);
	if (status < 0) {
		r->row_fault = my_row_fault(my_errno(m));
		return -1;
	}
	if (changed)
		*changed = my_affected(m);
	return 0;
}

/* Deletes all staged rows of one key but the last (or the first). Rows with
 * NULL in the key are all different. */
static int drop_surplus(struct my *m, const struct my_load *l, uint64_t *dropped,
			struct load_result *r, struct err *e)
{
	bool first = l->spec.mode == LOAD_IGNORE;
	struct buf b = BUF_INIT;
	int status;

	buf_adds(&b, "INSERT INTO " SURPLUS " SELECT " STAGE_ROW " FROM (SELECT " STAGE_ROW
		     ", ROW_NUMBER() OVER (PARTITION BY ");
	db_add_columns(&m->db, &b, "", l->spec.key, l->spec.nkey);
	buf_addf(&b, " ORDER BY " STAGE_ROW "%s) AS nth FROM " STAGE " WHERE ", first ? "" : " DESC");
	for (size_t i = 0; i < l->spec.nkey; i++) {
		buf_adds(&b, i ? " AND " : "");
		db_add_ident(&m->db, &b, l->spec.key[i]->name);
		buf_adds(&b, " IS NOT NULL");
	}
	buf_adds(&b, ") AS numbered WHERE nth > 1");
	status = run(m, &b, dropped, r, e);
	if (status == 0 && *dropped) {
		buf_adds(&b, "DELETE s FROM " STAGE " AS s JOIN " SURPLUS
			     " AS d ON d." STAGE_ROW " = s." STAGE_ROW);
		status = run(m, &b, NULL, r, e);
	}
	if (status == 0 && *dropped) {
		buf_adds(&b, "DELETE FROM " SURPLUS);
		status = run(m, &b, NULL, r, e);
	}
	buf_free(&b);
	return status;
}

/* UPDATE of the rows that are there. The connection counts matched rows, not changed ones. */
static int update_matches(struct my *m, const struct my_load *l, struct load_result *r,
			  struct err *e)
{
	struct buf b = BUF_INIT;
	bool any = false;
	int status = 0;

	buf_adds(&b, "UPDATE ");
	db_add_table(&m->db, &b, l->spec.table);
	buf_adds(&b, " AS t JOIN " STAGE " AS s ON ");
	add_match(m, &b, l);
	for (size_t i = 0; i < l->n; i++)
		if (!load_has_key(&l->spec, l->enc[i].c->name)) {
			buf_adds(&b, any ? ", t." : " SET t.");
			db_add_ident(&m->db, &b, l->enc[i].c->name);
			buf_adds(&b, " = s.");
			db_add_ident(&m->db, &b, l->enc[i].c->name);
			any = true;
		}
	if (any)
		status = run(m, &b, NULL, r, e);
	buf_free(&b);
	return status;
}

/* Deletes staged rows whose key is in the table, or (replace) the table's rows
 * whose key is staged. */
static int delete_matches(struct my *m, const struct my_load *l, const char *which,
			  uint64_t *deleted, struct load_result *r, struct err *e)
{
	struct buf b = BUF_INIT;
	int status;

	buf_addf(&b, "DELETE %s FROM ", which);
	db_add_table(&m->db, &b, l->spec.table);
	buf_adds(&b, " AS t JOIN " STAGE " AS s ON ");
	add_match(m, &b, l);
	status = run(m, &b, deleted, r, e);
	buf_free(&b);
	return status;
}

static int insert_rest(struct my *m, const struct my_load *l, uint64_t *inserted,
		       struct load_result *r, struct err *e)
{
	struct buf b = BUF_INIT;
	int status;

	buf_adds(&b, "INSERT INTO ");
	db_add_table(&m->db, &b, l->spec.table);
	buf_adds(&b, " (");
	db_add_columns(&m->db, &b, "", l->spec.col, l->n);
	buf_adds(&b, ") SELECT ");
	db_add_columns(&m->db, &b, "s.", l->spec.col, l->n);
	buf_adds(&b, " FROM " STAGE " AS s ORDER BY s." STAGE_ROW);
	status = run(m, &b, inserted, r, e);
	buf_free(&b);
	return status;
}

int my_load_merge(struct db *db, struct merge_result *mr, struct load_result *r, struct err *e)
{
	struct my *m = my_of(db);
	const struct my_load *l = m->load;
	uint64_t surplus, matched = 0;

	if (drop_surplus(m, l, &surplus, r, e) < 0)
		return -1;
	if (l->spec.mode == LOAD_UPSERT && update_matches(m, l, r, e) < 0)
		return -1;
	if (delete_matches(m, l, l->spec.mode == LOAD_REPLACE ? "t" : "s", &matched, r, e) < 0)
		return -1;
	if (insert_rest(m, l, &mr->inserted, r, e) < 0)
		return -1;
	if (l->spec.mode == LOAD_IGNORE)
		mr->ignored = surplus + matched;
	else
		mr->updated = matched;
	if (l->spec.mode == LOAD_REPLACE)
		mr->inserted -= matched < mr->inserted ? matched : mr->inserted;
	r->rows = mr->inserted + mr->updated;
	return my_exec(m, "DELETE FROM " STAGE, e);
}
