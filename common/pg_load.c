/* Loading rows by COPY FROM STDIN, and what belongs to a load: triggers, sequences, ledger. */
#include "pg_impl.h"

#include <stdlib.h>
#include <string.h>

#define LEDGER "rowboat_once"
#define KEEP (1024 * 1024) /* bytes of the row buffer kept after a huge row */

/* ---- Opening and closing ---- */

static bool has_money(const struct column *const *col, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct coltype *t = &col[i]->type;

		if (t->lt == LT_DECIMAL && !strcmp(t->name, "money"))
			return true;
	}
	return false;
}

/* It depends on lc_monetary. */
int pg_money_scale(struct pg *pg, const struct column *const *col, size_t n, int *scale,
		   struct err *e)
{
	struct result r = {0};
	int status = 0;

	*scale = 0;
	if (!has_money(col, n))
		return 0;
	status = pg_query(&pg->db, "SELECT pg_catalog.scale(1::money::numeric)", &r, e);
	if (status == 0)
		*scale = (int)result_number(&r, 0, 0);
	result_free(&r);
	return status;
}

/* In COPY's text form money is read by lc_monetary's rules: only "C" reads plain numbers. */
static int plain_money(struct pg *pg, int scale, struct err *e)
{
	if (scale == 2)
		return pg_exec(&pg->db, "SET lc_monetary = 'C'", e);
	err_set(e, EXIT_BAD, "money with %d digits behind the point cannot be loaded together with "
		"arrays and other types that go as text", scale);
	return err_hint(e, "make the money column numeric");
}

static void *copy_pointers(const void *p, size_t n)
{
	void *copy = xcalloc(n, sizeof(void *));

	return n ? memcpy(copy, p, n * sizeof(void *)) : copy;
}

int pg_load_open(struct db *db, const struct load_spec *spec, struct err *e)
{
	struct pg *pg = pg_of(db);
	struct pg_load *l = &pg->load;
	int scale;

	if (l->open && pg_load_close(db, e) < 0)
		return -1;
	l->spec = *spec;
	l->spec.col = copy_pointers(spec->col, spec->ncols);
	l->spec.key = copy_pointers(spec->key, spec->nkey);
	l->open = true;
	if (pg_money_scale(pg, spec->col, spec->ncols, &scale, e) < 0)
		return -1;
	pg_encoder_init(&l->enc, spec->col, spec->ncols, pg->version, scale);
	if (has_money(spec->col, spec->ncols) && !l->enc.binary && plain_money(pg, scale, e) < 0)
		return -1;
	return spec->mode == LOAD_INSERT ? 0 : pg_stage_open(pg, e);
}

void pg_load_free(struct pg *pg)
{
	struct pg_load *l = &pg->load;

	pg_encoder_free(&l->enc);
	free(l->spec.col);
	free(l->spec.key);
	*l = (struct pg_load){0};
}

int pg_load_close(struct db *db, struct err *e)
{
	struct pg *pg = pg_of(db);
	bool staged = pg->load.open && pg->load.spec.mode != LOAD_INSERT;

	pg_load_free(pg);
	return staged ? pg_exec(db, "DROP TABLE IF EXISTS pg_temp." PG_STAGE, e) : 0;
}

int pg_load_encode(struct db *db, const struct row *row, struct buf *b, struct misfit *why)
{
	return pg_encode_row(&pg_of(db)->load.enc, row, b, why);
}

/* ---- COPY ---- */

static int start_copy(struct pg *pg, struct err *e)
{
	const struct load_spec *spec = &pg->load.spec;
	struct buf b = BUF_INIT;
	int status;

	buf_adds(&b, "COPY ");
	if (spec->mode == LOAD_INSERT)
		db_add_table(&pg->db, &b, spec->table);
	else
		buf_adds(&b, "pg_temp." PG_STAGE);
	buf_adds(&b, " (");
	db_add_columns(&pg->db, &b, "", spec->col, spec->ncols);
	buf_addf(&b, ") FROM STDIN (FORMAT %s)", pg->load.enc.binary ? "binary" : "text");
	pg->copying = spec->mode == LOAD_INSERT ? spec->table->name : PG_STAGE;
	status = pg_copy_in(pg, buf_cstr(&b), e);
	buf_free(&b);
	return status;
}

/* Sends all that src gives and counts it. Returns what src said last (0 or -1); *answered is
 * set if the server spoke meanwhile or is gone. */
static int send_rows(struct pg *pg, load_source src, void *ctx, uint64_t *sent, bool *answered,
		     struct err *e)
{
	struct buf b = BUF_INIT;
	int got = 0;

	pg_encode_header(&pg->load.enc, &b);
	*answered = pg_copy_in_put(pg, b.p, b.n) != 0;
	while (!*answered) {
		buf_reset(&b);
		buf_trim(&b, KEEP);
		got = src(ctx, &b, sent, e);
		if (got <= 0)
			break;
		*answered = pg_copy_in_put(pg, b.p, b.n) != 0;
	}
	if (got == 0 && !*answered) {
		buf_reset(&b);
		pg_encode_trailer(&pg->load.enc, &b);
		*answered = pg_copy_in_put(pg, b.p, b.n) != 0;
	}
	buf_free(&b);
	return got < 0 ? -1 : 0;
}

/* The server answers before the end only to refuse, so that the statement is then
 * broken off in any case. */
int pg_load_run(struct db *db, load_source src, void *ctx, struct load_result *r, struct err *e)
{
	struct pg *pg = pg_of(db);
	struct err unused = ERR_INIT;
	uint64_t sent = 0, rows = 0;
	bool answered = false;

	if (start_copy(pg, e) < 0)
		return -1;
	if (send_rows(pg, src, ctx, &sent, &answered, e) < 0) {
		pg_copy_in_end(pg, "the input failed", &rows, &unused);
		err_clear(&unused);
		return -1;
	}
	if (pg_copy_in_end(pg, answered ? "broken off" : NULL, &rows, e) < 0) {
		r->row_fault = pg_row_fault(pg);
		if (r->row_fault && pg->bad_line > 0)
			r->bad_row = pg->bad_line - 1;
		return -1;
	}
	r->rows = rows;
	if (answered)
		return err_set(e, EXIT_FAILED, "the server ended the COPY before its end");
	if (rows != sent) {
		err_set(e, EXIT_BAD, "the server took %llu of %llu rows",
			(unsigned long long)rows, (unsigned long long)sent);
		return err_hint(e, "a trigger or rule of %s drops rows; --disable-triggers puts "
				"triggers off", pg->copying);
	}
	return 0;
}

/* ---- The target ---- */

/* TRUNCATE, or DELETE where TRUNCATE is not to be had: views, tables that foreign keys of
 * others refer to, no privilege for it. */
int pg_clear(struct db *db, const struct table *t, struct err *e)
{
	struct buf name = BUF_INIT, b = BUF_INIT;
	struct result r = {0};
	int status;

	db_add_table(db, &name, t);
	buf_cstr(&name);
	buf_adds(&b, "SELECT c.relkind IN ('r', 'p') AND "
		     "pg_catalog.has_table_privilege(c.oid, 'TRUNCATE') AND NOT EXISTS ("
		     "SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f' "
		     "AND confrelid = c.oid AND conrelid <> c.oid) "
		     "FROM pg_catalog.pg_class c WHERE c.oid = ");
	pg_add_literal(db, &b, name.p, name.n);
	buf_adds(&b, "::regclass");
	status = pg_query(db, buf_cstr(&b), &r, e);
	if (status == 0) {
		buf_reset(&b);
		buf_addf(&b, "%s %s", result_bool(&r, 0, 0) ? "TRUNCATE" : "DELETE FROM", name.p);
		status = pg_exec(db, buf_cstr(&b), e);
	}
	buf_free(&name);
	buf_free(&b);
	result_free(&r);
	return status;
}

int pg_disable_triggers(struct db *db, const struct table *t, struct err *e)
{
	struct pg *pg = pg_of(db);

	(void)t;
	if (pg_exec(db, "SET session_replication_role = replica", e) == 0)
		return 0;
	if (!strcmp(pg->sqlstate, "42501"))
		err_hint(e, pg->version >= 150000
			 ? "a superuser can allow it: GRANT SET ON PARAMETER "
			   "session_replication_role TO the role"
			 : "only a superuser may put triggers off");
	return -1;
}

/* Moves one column's sequence on, if its next value is before the wanted one. A sequence that
 * counts down is kept below the smallest value instead. */
static int set_sequence(struct pg *pg, const struct table *t, const struct column *c,
			uint64_t least, uint64_t gap, struct err *e)
{
	struct buf b = BUF_INIT, column = BUF_INIT, name = BUF_INIT;
	int status;

	pg_add_ident(&pg->db, &column, c->name);
	pg_add_literal(&pg->db, &name, c->sequence, strlen(c->sequence));
	buf_cstr(&column);
	buf_cstr(&name);
	buf_addf(&b, "SELECT pg_catalog.setval(%s::regclass, CASE WHEN step > 0 "
		     "THEN GREATEST(wanted - step, bottom) ELSE LEAST(wanted - step, top) END) "
		     "FROM (SELECT d.seqincrement AS step, d.seqmin AS bottom, d.seqmax AS top, "
		     "s.last_value + CASE WHEN s.is_called THEN d.seqincrement ELSE 0 END AS next, "
		     "CASE WHEN d.seqincrement > 0 "
		     "THEN GREATEST(m.high + d.seqincrement, NULLIF(%llu, 0)) + %llu "
		     "ELSE m.low + d.seqincrement - %llu END AS wanted "
		     "FROM %s AS s, pg_catalog.pg_sequence AS d, "
		     "(SELECT pg_catalog.max(%s)::bigint AS high, "
		     "pg_catalog.min(%s)::bigint AS low FROM ",
		 name.p, (unsigned long long)least, (unsigned long long)gap,
		 (unsigned long long)gap, c->sequence, column.p, column.p);
	db_add_table(&pg->db, &b, t);
	buf_addf(&b, ") AS m WHERE d.seqrelid = %s::regclass) AS x "
		     "WHERE CASE WHEN step > 0 THEN next < wanted ELSE next > wanted END", name.p);
	status = pg_exec(&pg->db, buf_cstr(&b), e);
	buf_free(&b);
	buf_free(&column);
	buf_free(&name);
	return status < 0 ? err_prefix(e, "sequence %s", c->sequence) : 0;
}

int pg_set_sequences(struct db *db, const struct table *t, uint64_t least, uint64_t gap,
		     struct err *e)
{
	for (size_t i = 0; i < t->ncols; i++)
		if (t->col[i].sequence && set_sequence(pg_of(db), t, &t->col[i], least, gap, e) < 0)
			return -1;
	return 0;
}

/* ---- The ledger of --once ---- */

/* 1 if the table stands there, 0, -1. */
int pg_has_own_table(struct db *db, const char *name, struct err *e)
{
	struct result r = {0};
	char *sql = xasprintf("SELECT pg_catalog.to_regclass('%s') IS NOT NULL", name);
	int status = pg_query(db, sql, &r, e);

	free(sql);
	if (status == 0)
		status = result_bool(&r, 0, 0);
	result_free(&r);
	return status;
}

/* It is looked up first, since CREATE needs a privilege even where the table stands; and
 * again after a failure, since another load may have made it meanwhile. */
int pg_ledger_create(struct db *db, struct err *e)
{
	struct err unused = ERR_INIT;
	int status = pg_has_own_table(db, LEDGER, e);

	if (status)
		return status < 0 ? -1 : 0;
	status = pg_exec(db, "CREATE TABLE " LEDGER " (id text COLLATE \"C\" PRIMARY KEY, "
			     "loaded_at timestamptz NOT NULL DEFAULT now())", e);
	if (status < 0 && pg_has_own_table(db, LEDGER, &unused) > 0) {
		err_clear(e);
		status = 0;
	}
	err_clear(&unused);
	return status;
}

int pg_ledger_enter(struct db *db, const char *id, struct err *e)
{
	struct buf b = BUF_INIT;
	uint64_t rows = 0;
	int status;

	buf_adds(&b, "INSERT INTO " LEDGER " (id) VALUES (");
	pg_add_literal(db, &b, id, strlen(id));
	buf_adds(&b, ") ON CONFLICT DO NOTHING");
	status = pg_exec_count(pg_of(db), buf_cstr(&b), &rows, e);
	buf_free(&b);
	return status < 0 ? -1 : rows > 0;
}
