/* The load modes upsert, ignore and replace: a staging table, and moving it in by the key. */
#include "pg_impl.h"

#include <stdlib.h>
#include <string.h>

#define STAGE "pg_temp." PG_STAGE

/* ---- The stage ---- */

/* Adds a list of names as an SQL array, sorted by the server. */
static void add_key_array(struct pg *pg, struct buf *b, const struct column *const *key, size_t n)
{
	buf_adds(b, "(SELECT pg_catalog.array_agg(n ORDER BY n) FROM pg_catalog.unnest(ARRAY[");
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i ? ", " : "");
		pg_add_literal(&pg->db, b, key[i]->name, strlen(key[i]->name));
		buf_adds(b, "::name");
	}
	buf_adds(b, "]) AS n)");
}

void pg_add_unique_query(struct pg *pg, struct buf *b, const struct table *t,
			 const struct column *const *key, size_t n)
{
	struct buf name = BUF_INIT;

	db_add_table(&pg->db, &name, t);
	buf_addf(b, "SELECT %s, c.relname FROM pg_catalog.pg_index i "
		    "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = ",
		 pg->version >= 150000 ? "i.indnullsnotdistinct" : "false");
	pg_add_literal(&pg->db, b, name.p, name.n);
	buf_adds(b, "::regclass AND i.indisunique AND i.indisvalid AND i.indimmediate "
		    "AND i.indpred IS NULL AND i.indexprs IS NULL AND "
		    "(SELECT pg_catalog.array_agg(a.attname ORDER BY a.attname) "
		    "FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k "
		    "JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid "
		    "AND a.attnum = i.indkey[k]) = ");
	add_key_array(pg, b, key, n);
	buf_free(&name);
}

/* ON CONFLICT needs a unique index on just the key's columns; whether NULLs differ is its to
 * say. */
static int check_key(struct pg *pg, struct err *e)
{
	const struct load_spec *spec = &pg->load.spec;
	struct buf b = BUF_INIT, name = BUF_INIT;
	struct result r = {0};
	int status;

	pg_add_unique_query(pg, &b, spec->table, spec->key, spec->nkey);
	status = pg_query(&pg->db, buf_cstr(&b), &r, e);
	if (status == 0 && !r.nrows) {
		db_add_columns(&pg->db, &name, "", spec->key, spec->nkey);
		status = err_set(e, EXIT_BAD, "no unique index of %s covers just the key %s",
				 spec->table->name, buf_cstr(&name));
		err_hint(e, "name another key, or use --mode replace, which needs none");
	}
	pg->load.nulls_distinct = status == 0 && !result_bool(&r, 0, 0);
	buf_free(&b);
	buf_free(&name);
	result_free(&r);
	return status;
}

static int check_update(const struct load_spec *spec, struct err *e)
{
	for (size_t i = 0; i < spec->ncols; i++) {
		const struct column *c = spec->col[i];

		if (c->identity == IDENTITY_ALWAYS && !load_has_key(spec, c->name)) {
			err_set(e, EXIT_BAD, "column %s is GENERATED ALWAYS AS IDENTITY, so that "
				"an upsert by another key cannot set it", c->name);
			return err_hint(e, "leave it out of the input, or make it BY DEFAULT");
		}
	}
	return 0;
}

/* The stage has the loaded columns without their constraints, and one more that keeps the
 * order of the rows. */
int pg_stage_open(struct pg *pg, struct err *e)
{
	const struct load_spec *spec = &pg->load.spec;
	struct buf b = BUF_INIT;
	int status;

	pg->load.nulls_distinct = true;
	if (spec->mode != LOAD_REPLACE && check_key(pg, e) < 0)
		return -1;
	if (spec->mode == LOAD_UPSERT && check_update(spec, e) < 0)
		return -1;
	buf_adds(&b, "DROP TABLE IF EXISTS " STAGE "; "
		     "CREATE TEMPORARY TABLE " PG_STAGE " ON COMMIT DELETE ROWS AS SELECT ");
	db_add_columns(&pg->db, &b, "", spec->col, spec->ncols);
	buf_adds(&b, " FROM ");
	db_add_table(&pg->db, &b, spec->table);
	buf_adds(&b, " WITH NO DATA; ALTER TABLE " STAGE " ADD " PG_STAGE_ORDER
		     " bigint GENERATED ALWAYS AS IDENTITY (CACHE 10000)");
	status = pg_exec(&pg->db, buf_cstr(&b), e);
	buf_free(&b);
	return status < 0 ? err_prefix(e, "staging table") : 0;
}

/* ---- Moving ---- */

/* Adds the key's columns; rows whose key holds a NULL are each a key of their own, if NULLs
 * are distinct. */
static void add_key_of_row(struct pg *pg, struct buf *b)
{
	const struct load_spec *spec = &pg->load.spec;
	bool nullable = false;

	db_add_columns(&pg->db, b, "", spec->key, spec->nkey);
	for (size_t i = 0; i < spec->nkey; i++)
		nullable |= !spec->key[i]->not_null;
	if (!nullable || !pg->load.nulls_distinct)
		return;
	buf_adds(b, ", CASE WHEN ");
	for (size_t i = 0; i < spec->nkey; i++) {
		buf_adds(b, i ? " OR " : "");
		pg_add_ident(&pg->db, b, spec->key[i]->name);
		buf_adds(b, " IS NULL");
	}
	buf_adds(b, " THEN " PG_STAGE_ORDER " END");
}

/* Adds INSERT … SELECT: of rows with one key the last, or (ignore) all in order. */
static void add_insert(struct pg *pg, struct buf *b)
{
	const struct load_spec *spec = &pg->load.spec;

	buf_adds(b, "INSERT INTO ");
	db_add_table(&pg->db, b, spec->table);
	buf_adds(b, " (");
	db_add_columns(&pg->db, b, "", spec->col, spec->ncols);
	buf_adds(b, ") OVERRIDING SYSTEM VALUE SELECT ");
	if (spec->mode != LOAD_IGNORE) {
		buf_adds(b, "DISTINCT ON (");
		add_key_of_row(pg, b);
		buf_adds(b, ") ");
	}
	db_add_columns(&pg->db, b, "", spec->col, spec->ncols);
	buf_adds(b, " FROM " STAGE " ORDER BY ");
	if (spec->mode == LOAD_IGNORE) {
		buf_adds(b, PG_STAGE_ORDER);
		return;
	}
	add_key_of_row(pg, b);
	buf_adds(b, ", " PG_STAGE_ORDER " DESC");
}

static void add_conflict(struct pg *pg, struct buf *b)
{
	const struct load_spec *spec = &pg->load.spec;
	size_t n = 0;

	buf_adds(b, " ON CONFLICT (");
	db_add_columns(&pg->db, b, "", spec->key, spec->nkey);
	buf_adds(b, ") DO ");
	for (size_t i = 0; spec->mode == LOAD_UPSERT && i < spec->ncols; i++) {
		if (load_has_key(spec, spec->col[i]->name))
			continue;
		buf_adds(b, n++ ? ", " : "UPDATE SET ");
		pg_add_ident(&pg->db, b, spec->col[i]->name);
		buf_adds(b, " = EXCLUDED.");
		pg_add_ident(&pg->db, b, spec->col[i]->name);
	}
	if (!n)
		buf_adds(b, "NOTHING");
}

/* Adds the condition that a row of the table, rowboat_old, has the key of a staged one. */
static void add_same_key(struct pg *pg, struct buf *b)
{
	const struct load_spec *spec = &pg->load.spec;

	for (size_t i = 0; i < spec->nkey; i++) {
		buf_adds(b, i ? " AND rowboat_old." : "rowboat_old.");
		pg_add_ident(&pg->db, b, spec->key[i]->name);
		buf_adds(b, " = rowboat_new.");
		pg_add_ident(&pg->db, b, spec->key[i]->name);
	}
}

/* Adds the number of rows that upsert updates, as far as RETURNING does not tell it. */
static void add_old_count(struct pg *pg, struct buf *b)
{
	buf_adds(b, "(SELECT pg_catalog.count(*) FROM ");
	db_add_table(&pg->db, b, pg->load.spec.table);
	buf_adds(b, " AS rowboat_old WHERE EXISTS (SELECT FROM " STAGE " AS rowboat_new WHERE ");
	add_same_key(pg, b);
	buf_adds(b, "))");
}

/* Upsert and ignore. A row that was there before has a row lock, xmax, from ON CONFLICT; in a
 * partitioned table xmax cannot be read there, and the old rows are counted by the key. */
static int move_by_conflict(struct pg *pg, struct merge_result *m, struct err *e)
{
	bool upsert = pg->load.spec.mode == LOAD_UPSERT;
	bool tells = upsert && pg->load.spec.table->kind == TABLE_PLAIN;
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	buf_adds(&b, "WITH moved AS (");
	add_insert(pg, &b);
	add_conflict(pg, &b);
	buf_addf(&b, " RETURNING %s AS old) SELECT (SELECT pg_catalog.count(*) FROM " STAGE "), "
		     "(SELECT pg_catalog.count(*) FROM moved), ", tells ? "xmax <> 0" : "false");
	if (upsert && !tells)
		add_old_count(pg, &b);
	else
		buf_adds(&b, "(SELECT pg_catalog.count(*) FROM moved WHERE old)");
	status = pg_query(&pg->db, buf_cstr(&b), &r, e);
	if (status == 0) {
		uint64_t moved = (uint64_t)result_number(&r, 0, 1);

		m->updated = (uint64_t)result_number(&r, 0, 2);
		m->inserted = moved - m->updated;
		m->ignored = (uint64_t)result_number(&r, 0, 0) - moved;
	}
	buf_free(&b);
	result_free(&r);
	return status;
}

static int delete_old(struct pg *pg, uint64_t *deleted, struct err *e)
{
	struct buf b = BUF_INIT;
	int status;

	buf_adds(&b, "ANALYZE " STAGE "; DELETE FROM ");
	db_add_table(&pg->db, &b, pg->load.spec.table);
	buf_adds(&b, " AS rowboat_old USING " STAGE " AS rowboat_new WHERE ");
	add_same_key(pg, &b);
	status = pg_exec_count(pg, buf_cstr(&b), deleted, e);
	buf_free(&b);
	return status;
}

static int move_by_delete(struct pg *pg, struct merge_result *m, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r = {0};
	uint64_t deleted = 0, inserted = 0;
	int status = delete_old(pg, &deleted, e);

	add_insert(pg, &b);
	if (status == 0)
		status = pg_exec_count(pg, buf_cstr(&b), &inserted, e);
	if (status == 0)
		status = pg_query(&pg->db, "SELECT pg_catalog.count(*) FROM " STAGE, &r, e);
	if (status == 0) {
		m->updated = deleted < inserted ? deleted : inserted;
		m->inserted = inserted - m->updated;
		m->ignored = (uint64_t)result_number(&r, 0, 0) - inserted;
	}
	buf_free(&b);
	result_free(&r);
	return status;
}

int pg_load_merge(struct db *db, struct merge_result *m, struct load_result *r, struct err *e)
{
	struct pg *pg = pg_of(db);
	int status = pg->load.spec.mode == LOAD_REPLACE ? move_by_delete(pg, m, e)
							: move_by_conflict(pg, m, e);

	if (status < 0) {
		r->row_fault = pg_row_fault(pg);
		return -1;
	}
	r->rows = m->inserted + m->updated;
	return pg_exec(db, "TRUNCATE " STAGE, e);
}
