/*
 * Whole sets of changes: a temporary table takes the rows, then a join deletes, updates or
 * inserts by the key alone (ON DUPLICATE KEY UPDATE would match any unique index). It lives as
 * long as the target; the rows of a set are told by their numbers, since deleting them would
 * cost as much as inserting them, and TRUNCATE commits.
 */
#include <stdlib.h>

#include "mysql_apply.h"
#include "mysql_load.h"

#define NUMBER "`rowboat_row`"
#define STAGE_ROWS 100000 /* then it is made anew */
#define FILL_BYTES (1u << 20)

/* ---- The changes one by one, where there are few or no table can be made ---- */

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

/* ---- The temporary table ---- */

void my_stage_drop(struct my_target *t)
{
	struct err unused = ERR_INIT;
	struct buf b = BUF_INIT;

	if (t->staged != MY_STAGE_MADE)
		return;
	buf_addf(&b, "DROP TEMPORARY TABLE IF EXISTS %s", buf_cstr(&t->stage));
	my_exec(t->m, buf_cstr(&b), &unused);
	err_clear(&unused);
	buf_free(&b);
	t->staged = MY_STAGE_NONE;
}

/* Makes it: neither that nor dropping it commits. Where the user may not, or the server refuses
 * such a table, sets go row by row. -1 only if the connection is lost. */
static int make_stage(struct my_target *t, struct err *e)
{
	const struct target_spec *spec = &t->base.spec;
	struct db *db = &t->m->db;
	struct buf b = BUF_INIT;
	int status;

	if (t->stage_rows > STAGE_ROWS)
		my_stage_drop(t);
	if (t->staged != MY_STAGE_NONE)
		return 0;
	buf_reset(&t->stage);
	db_add_ident(db, &t->stage, spec->table->schema);
	buf_addf(&t->stage, ".`rowboat_stage_%u`", ++t->m->stages);
	buf_addf(&b, "CREATE TEMPORARY TABLE %s (" NUMBER " BIGINT UNSIGNED NOT NULL PRIMARY KEY",
		 buf_cstr(&t->stage));
	for (size_t i = 0; i < spec->ncols; i++)
		if (spec->col[i]->generated == GEN_NO || db_target_in_key(&t->base, i))
			my_add_stage_column(t->m, &b, spec->col[i]);
	buf_adds(&b, ") ENGINE=InnoDB");
	status = my_exec(t->m, buf_cstr(&b), e);
	buf_free(&b);
	t->stage_rows = 0;
	t->staged = status == 0 ? MY_STAGE_MADE : MY_STAGE_REFUSED;
	if (status == 0 || (my_errno(t->m) >= 2000 && my_errno(t->m) < 3000))
		return status;
	err_clear(e);
	return 0;
}

/* A set under way. */
struct set {
	struct my_target *t;
	const struct field *values; /* rows, or keys */
	size_t width, n;            /* values of each; how many */
	bool keys;
	uint64_t first;             /* the number of its first row in the stage */
	struct buf sql;
	bool *row_fault;
};

/* Runs the statement made so far; a warning is a failure. */
static int run(struct set *s, uint64_t *affected, struct err *e)
{
	struct my *m = s->t->m;
	struct load_result warned;
	uint64_t harmless;
	unsigned warnings = 0;
	int status;

	my_batch(m, s->sql.p, s->sql.n);
	status = my_batch_next(m, affected, &warnings, e);
	buf_reset(&s->sql);
	if (status > 0 && !warnings)
		return my_batch_next(m, &harmless, &warnings, e);
	*s->row_fault = status > 0 || my_row_fault(my_errno(m));
	if (status > 0)
		status = my_batch_next(m, &harmless, &warnings, e);
	if (status == 0)
		status = my_read_warnings(m, &warned, &harmless, e);
	*s->row_fault &= status < 0;
	return status;
}

/* The column that value i of a change belongs to. */
static size_t column_of(const struct set *s, size_t i)
{
	return s->keys ? s->t->base.spec.key[i] : i;
}

static bool is_staged(const struct set *s, size_t i)
{
	size_t col = column_of(s, i);

	return s->keys || s->t->base.col[col]->generated == GEN_NO ||
	       db_target_in_key(&s->t->base, col);
}

static void begin_fill(struct set *s)
{
	buf_adds(&s->sql, "INSERT INTO ");
	buf_add(&s->sql, s->t->stage.p, s->t->stage.n);
	buf_adds(&s->sql, " (" NUMBER);
	for (size_t i = 0; i < s->width; i++)
		if (is_staged(s, i)) {
			buf_addc(&s->sql, ',');
			db_add_ident(&s->t->m->db, &s->sql, s->t->base.col[column_of(s, i)]->name);
		}
	buf_adds(&s->sql, ") VALUES ");
}

/* Puts the set into the temporary table. */
static int fill(struct set *s, struct err *e)
{
	size_t limit = s->t->m->max_packet / 2 < FILL_BYTES ? (size_t)(s->t->m->max_packet / 2)
							    : FILL_BYTES;
	struct my_target *t = s->t;
	uint64_t taken;

	s->first = t->stage_rows;
	for (size_t at = 0; at < s->n; at++) {
		if (!s->sql.n)
			begin_fill(s);
		else
			buf_addc(&s->sql, ',');
		buf_addf(&s->sql, "(%llu", (unsigned long long)t->stage_rows++);
		for (size_t i = 0; i < s->width; i++) {
			if (!is_staged(s, i))
				continue;
			buf_addc(&s->sql, ',');
			if (my_add_value(t, column_of(s, i), &s->sql, s->values[at * s->width + i],
					 e) < 0) {
				*s->row_fault = true;
				return -1;
			}
		}
		buf_addc(&s->sql, ')');
		if ((s->sql.n >= limit || at + 1 == s->n) && run(s, &taken, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- Statements ---- */

/* "`stage` AS s STRAIGHT_JOIN `t` AS t ON t.`k` = s.`k`": each row of the set is looked up by the
 * key's index. */
static void add_join(struct set *s)
{
	const struct target_spec *spec = &s->t->base.spec;

	buf_add(&s->sql, s->t->stage.p, s->t->stage.n);
	buf_adds(&s->sql, " AS s STRAIGHT_JOIN ");
	buf_add(&s->sql, s->t->table.p, s->t->table.n);
	buf_adds(&s->sql, " AS t");
	for (size_t k = 0; k < spec->nkey; k++) {
		buf_adds(&s->sql, k ? " AND t." : " ON t.");
		db_add_ident(&s->t->m->db, &s->sql, spec->col[spec->key[k]]->name);
		buf_adds(&s->sql, " = s.");
		db_add_ident(&s->t->m->db, &s->sql, spec->col[spec->key[k]]->name);
	}
}

static void add_range(struct set *s)
{
	buf_addf(&s->sql, " WHERE s." NUMBER " BETWEEN %llu AND %llu", (unsigned long long)s->first,
		 (unsigned long long)(s->first + s->n - 1));
}

/* Updates the rows that are there; *found says how many. */
static int update_found(struct set *s, uint64_t *found, struct err *e)
{
	const struct target_spec *spec = &s->t->base.spec;
	size_t n = 0;

	buf_adds(&s->sql, "UPDATE ");
	add_join(s);
	for (size_t i = 0; i < spec->ncols; i++) {
		if (spec->col[i]->generated != GEN_NO)
			continue;
		buf_adds(&s->sql, n++ ? ", t." : " SET t.");
		db_add_ident(&s->t->m->db, &s->sql, spec->col[i]->name);
		buf_adds(&s->sql, " = s.");
		db_add_ident(&s->t->m->db, &s->sql, spec->col[i]->name);
	}
	buf_add(&s->sql, s->t->unset.p, s->t->unset.n);
	add_range(s);
	return run(s, found, e);
}

/* Inserts those that are not; `some`: a few of the set are there. */
static int insert_rest(struct set *s, bool some, uint64_t *inserted, struct err *e)
{
	const struct target_spec *spec = &s->t->base.spec;
	size_t n = 0;

	buf_adds(&s->sql, "INSERT INTO ");
	buf_add(&s->sql, s->t->table.p, s->t->table.n);
	buf_add(&s->sql, s->t->columns.p, s->t->columns.n);
	for (size_t i = 0; i < spec->ncols; i++) {
		if (spec->col[i]->generated != GEN_NO)
			continue;
		buf_adds(&s->sql, n++ ? ", s." : " SELECT s.");
		db_add_ident(&s->t->m->db, &s->sql, spec->col[i]->name);
	}
	buf_adds(&s->sql, " FROM ");
	buf_add(&s->sql, s->t->stage.p, s->t->stage.n);
	buf_adds(&s->sql, " AS s");
	add_range(s);
	if (some) {
		buf_adds(&s->sql, " AND NOT EXISTS (SELECT 1 FROM ");
		buf_add(&s->sql, s->t->table.p, s->t->table.n);
		buf_adds(&s->sql, " AS t WHERE ");
		for (size_t k = 0; k < spec->nkey; k++) {
			buf_adds(&s->sql, k ? " AND t." : "t.");
			db_add_ident(&s->t->m->db, &s->sql, spec->col[spec->key[k]]->name);
			buf_adds(&s->sql, " = s.");
			db_add_ident(&s->t->m->db, &s->sql, spec->col[spec->key[k]]->name);
		}
		buf_addc(&s->sql, ')');
	}
	return run(s, inserted, e);
}

/* ---- Sets ---- */

static int delete_staged(struct set *s, uint64_t *deleted, struct err *e)
{
	if (fill(s, e) < 0)
		return -1;
	buf_adds(&s->sql, "DELETE t FROM ");
	add_join(s);
	add_range(s);
	return run(s, deleted, e);
}

int my_delete_set(struct db *db, const struct target_set *in, struct set_result *r,
		  bool *row_fault, struct err *e)
{
	struct my_target *t = my_target_of(in->target);
	struct set s = {.t = t, .values = in->delete, .width = in->target->spec.nkey,
			.n = in->ndeletes, .keys = true, .row_fault = row_fault};
	struct target_outcome out = {0};
	uint64_t deleted = 0;
	int status = 0;

	if (s.n >= TARGET_FEW && make_stage(t, e) < 0)
		return -1;
	if (s.n >= TARGET_FEW && t->staged == MY_STAGE_MADE) {
		status = delete_staged(&s, &deleted, e);
	} else {
		status = run_rows(db, in->target, TARGET_DELETE, in->delete, s.width, s.n, &out,
				  row_fault, e);
		deleted = s.n - out.missing;
	}
	buf_free(&s.sql);
	r->deleted += deleted;
	r->missing += s.n - deleted;
	return status;
}

/* Whether each row fits a statement, its escapes counted: my_apply() knows what to do else. */
static bool rows_fit(const struct set *s)
{
	for (size_t at = 0; at < s->n; at++) {
		size_t bytes = 32;

		for (size_t i = 0; i < s->width; i++)
			bytes += 2 * s->values[at * s->width + i].n + 16;
		if (bytes > s->t->m->max_packet / 2)
			return false;
	}
	return true;
}

static int upsert_staged(struct set *s, struct set_result *r, struct err *e)
{
	uint64_t found = 0, inserted = 0;

	if (fill(s, e) < 0 || update_found(s, &found, e) < 0)
		return -1;
	if (found < s->n && insert_rest(s, found > 0, &inserted, e) < 0)
		return -1;
	if (found + inserted != s->n) {
		*s->row_fault = true;
		return err_set(e, EXIT_FAILED, "of %zu rows %llu were found and %llu inserted",
			       s->n, (unsigned long long)found, (unsigned long long)inserted);
	}
	r->updated += found;
	r->inserted += inserted;
	return 0;
}

int my_upsert_set(struct db *db, const struct target_set *in, struct set_result *r,
		  bool *row_fault, struct err *e)
{
	struct my_target *t = my_target_of(in->target);
	struct set s = {.t = t, .values = in->upsert, .width = in->target->spec.ncols,
			.n = in->nupserts, .row_fault = row_fault};
	bool many = s.n >= TARGET_FEW && rows_fit(&s);
	struct target_outcome out;
	int status;

	if (many && make_stage(t, e) < 0)
		return -1;
	if (many && t->staged == MY_STAGE_MADE) {
		status = upsert_staged(&s, r, e);
		buf_free(&s.sql);
		return status;
	}
	status = run_rows(db, in->target, TARGET_UPSERT, in->upsert, s.width, s.n, &out, row_fault,
			  e);
	r->inserted += out.inserted;
	r->updated += out.updated;
	return status;
}
