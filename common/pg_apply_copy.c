/*
 * Sets of rows that are new: COPY straight into the table takes half the time of INSERT … ON
 * CONFLICT over arrays, but fails at the first row that is there. Then the set goes the other
 * way, and for a while all that follow.
 */
#include "pg_apply.h"
#include "pg_binary.h"

#include <stdlib.h>
#include <string.h>

#define COPY_FEW 100     /* fewer rows are not worth a savepoint and waiting for COPY */
#define MAX_BACKOFF 64   /* sets */
#define PIECE (64 * 1024)
#define SAVEPOINT "rowboat_copy"

/* ---- Whether it will do ---- */

/* COPY takes no notice of rules. */
static int ask_table(struct pg_target *t, struct err *e)
{
	const struct target_spec *spec = &t->base.spec;
	struct buf b = BUF_INIT, name = BUF_INIT;
	struct result r = {0};
	int status;

	db_add_table(&t->pg->db, &name, spec->table);
	buf_adds(&b, "SELECT relhasrules FROM pg_catalog.pg_class WHERE oid = ");
	pg_add_literal(&t->pg->db, &b, name.p, name.n);
	buf_adds(&b, "::regclass");
	status = pg_query(&t->pg->db, buf_cstr(&b), &r, e);
	t->copy = status == 0 && r.nrows && !result_bool(&r, 0, 0) ? PG_COPY_MAY : PG_COPY_NEVER;
	buf_free(&b);
	buf_free(&name);
	result_free(&r);
	return status;
}

static bool is_written(const struct pg_target *t, size_t i)
{
	return t->base.spec.col[i]->generated == GEN_NO;
}

static uint16_t count_written(const struct pg_target *t)
{
	uint16_t n = 0;

	for (size_t i = 0; i < t->base.spec.ncols; i++)
		n = (uint16_t)(n + is_written(t, i));
	return n;
}

/* Whether rows have the binary form, and an index tells at once of a row that is there. */
static bool is_fit(const struct pg_target *t)
{
	const struct target_spec *spec = &t->base.spec;
	bool whole = spec->table->kind == TABLE_PARTITIONED ||
		     (spec->table->kind == TABLE_PLAIN && !spec->table->has_children);

	for (size_t i = 0; i < spec->ncols; i++)
		if (is_written(t, i) && !t->enc.f[i].encode)
			return false;
	return whole && t->unique[0] && count_written(t);
}

static int choose(struct pg_target *t, size_t n, struct err *e)
{
	if (n < COPY_FEW || t->copy == PG_COPY_NEVER)
		return 0;
	if (t->copy == PG_COPY_UNKNOWN) {
		t->copy = PG_COPY_NEVER;
		if (is_fit(t) && ask_table(t, e) < 0)
			return -1;
	}
	if (t->copy_pause) {
		t->copy_pause--;
		return 0;
	}
	return t->copy == PG_COPY_MAY;
}

static void back_off(struct pg_target *t)
{
	t->copy_backoff = t->copy_backoff ? 2 * t->copy_backoff : 1;
	if (t->copy_backoff > MAX_BACKOFF)
		t->copy_backoff = MAX_BACKOFF;
	t->copy_pause = t->copy_backoff;
}

/* ---- Doing it ---- */

static int start_copy(struct pg_target *t, struct err *e)
{
	const struct target_spec *spec = &t->base.spec;
	struct pg *pg = t->pg;
	struct buf b = BUF_INIT;
	size_t n = 0;
	int status;

	buf_adds(&b, "SAVEPOINT " SAVEPOINT "; COPY ");
	db_add_table(&pg->db, &b, spec->table);
	for (size_t i = 0; i < spec->ncols; i++) {
		if (!is_written(t, i))
			continue;
		buf_adds(&b, n++ ? ", " : " (");
		pg_add_ident(&pg->db, &b, spec->col[i]->name);
	}
	buf_adds(&b, ") FROM STDIN (FORMAT binary)");
	pg->copying = spec->table->name;
	status = pg_copy_in(pg, buf_cstr(&b), e);
	buf_free(&b);
	return status;
}

/* Adds a row. -1 with *e set: a value does not fit its column. */
static int add_row(struct pg_target *t, const struct field *row, uint16_t n, struct buf *b,
		   struct err *e)
{
	char count[] = {(char)(n >> 8), (char)n};

	buf_add(b, count, sizeof count);
	for (size_t i = 0; i < t->base.spec.ncols; i++)
		if (is_written(t, i) && pg_encode_value(&t->enc, i, row[i], b, &t->why) < 0)
			return db_target_misfit(&t->base, i, &t->why.text, e);
	return 0;
}

/* Sends all rows: 0; 1 if the server has answered meanwhile or is gone; -1 with *e set. */
static int send_rows(struct pg_target *t, const struct target_set *set, struct err *e)
{
	size_t ncols = t->base.spec.ncols;
	uint16_t written = count_written(t);
	struct buf b = BUF_INIT;
	int status = 0;

	pg_encode_header(&(struct pg_encoder){.binary = true}, &b);
	for (size_t i = 0; i < set->nupserts && status == 0; i++) {
		status = add_row(t, set->upsert + i * ncols, written, &b, e);
		if (status == 0 && b.n >= PIECE) {
			status = pg_copy_in_put(t->pg, b.p, b.n) ? 1 : 0;
			buf_reset(&b);
		}
	}
	if (status == 0) {
		pg_encode_trailer(&(struct pg_encoder){.binary = true}, &b);
		status = pg_copy_in_put(t->pg, b.p, b.n) ? 1 : 0;
	}
	buf_free(&b);
	return status;
}

static int take_back(struct pg_target *t, struct err *e)
{
	return pg_exec(&t->pg->db, "ROLLBACK TO SAVEPOINT " SAVEPOINT "; "
		       "RELEASE SAVEPOINT " SAVEPOINT, e);
}

/* The server refused it: 0 if the set may go the other way, or -1. */
static int refused(struct pg_target *t, struct err *e)
{
	/* 0A000: not supported, as of a foreign partition */
	if (!pg_row_fault(t->pg) && strcmp(t->pg->sqlstate, "0A000"))
		return -1;
	err_clear(e);
	back_off(t);
	return take_back(t, e);
}

int pg_copy_set(struct pg_target *t, const struct target_set *set, bool *row_fault,
		struct err *e)
{
	struct err unused = ERR_INIT;
	uint64_t rows = 0;
	int status = choose(t, set->nupserts, e);

	if (status <= 0)
		return status;
	if (start_copy(t, e) < 0)
		return refused(t, e);
	status = send_rows(t, set, e);
	if (status < 0) {
		pg_copy_in_end(t->pg, "a value does not fit", &rows, &unused);
		err_clear(&unused);
		*row_fault = true;
		return -1;
	}
	if (pg_copy_in_end(t->pg, status ? "broken off" : NULL, &rows, e) < 0)
		return refused(t, e);
	if (status)
		return err_set(e, EXIT_FAILED, "the server ended the COPY before its end");
	if (rows != set->nupserts) { /* a trigger dropped some */
		t->copy = PG_COPY_NEVER;
		return take_back(t, e);
	}
	t->copy_backoff = 0;
	return pg_exec(&t->pg->db, "RELEASE SAVEPOINT " SAVEPOINT, e) < 0 ? -1 : 1;
}
