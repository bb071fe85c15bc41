/*
 * Loading rows by LOAD DATA LOCAL, and what belongs to a load: triggers, sequences, ledger.
 * With LOCAL the server turns errors into warnings and skips
 * rows (MySQL manual, "LOAD DATA Statement", "Duplicate-Key and Error
 * Handling"): so rows are counted and the warnings read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mysql_load.h"

/* ---- Opening ---- */

int my_check_engine(struct my *m, const struct table *t, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r;
	int status;

	buf_adds(&b, "SELECT t.ENGINE FROM information_schema.TABLES t"
		     " JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE"
		     " WHERE e.TRANSACTIONS <> 'YES' AND ");
	my_add_where_table(m, &b, "t.TABLE_SCHEMA", "t.TABLE_NAME", t);
	status = my_query(m, buf_cstr(&b), &r, e);
	buf_free(&b);
	if (status < 0)
		return -1;
	if (r.nrows) {
		err_set(e, EXIT_BAD, "table %s has engine %s, which cannot roll back what failed",
			t->name, result_get(&r, 0, 0));
		err_hint(e, "ALTER TABLE %s ENGINE=InnoDB", t->name);
		status = -1;
	}
	result_free(&r);
	return status;
}

/* Rows are told apart by the key: some unique index must lie within it. */
static int check_key(const struct load_spec *s, struct err *e)
{
	const struct table *t = s->table;

	for (size_t i = 0; i < s->nkey; i++) {
		bool found = false;

		for (size_t k = 0; k < s->ncols; k++)
			found = found || s->col[k] == s->key[i] ||
				!strcmp(s->col[k]->name, s->key[i]->name);
		if (!found)
			return err_set(e, EXIT_BAD, "key column %s is not among the input's columns",
				       s->key[i]->name);
	}
	for (size_t i = 0; i < t->nkeys; i++) {
		const struct key *k = &t->key[i];
		bool within = k->unique && k->nparts;

		for (size_t j = 0; within && j < k->nparts; j++)
			within = k->part[j].column && !k->part[j].prefix &&
				 load_has_key(s, k->part[j].column);
		if (within)
			return 0;
	}
	err_set(e, EXIT_BAD, "table %s has no unique index on the key", t->name);
	return err_hint(e, "name the columns of its primary key or of a unique index with --key");
}

/* The statement: columns that need their text converted go through variables. */
static void build_load(struct my *m, struct my_load *l)
{
	struct buf *b = &l->sql;
	bool first = true;

	buf_reset(b);
	buf_adds(b, "LOAD DATA LOCAL INFILE 'rowboat' INTO TABLE ");
	buf_adds(b, buf_cstr(&l->target));
	buf_adds(b, " CHARACTER SET binary FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\'"
		    " LINES TERMINATED BY '\\n' (");
	for (size_t i = 0; i < l->n; i++) {
		buf_adds(b, i ? "," : "");
		if (l->enc[i].convert)
			buf_addf(b, "@rowboat_%zu", i);
		else
			db_add_ident(&m->db, b, l->enc[i].c->name);
	}
	buf_addc(b, ')');
	for (size_t i = 0; i < l->n; i++)
		if (l->enc[i].convert) {
			buf_adds(b, first ? " SET " : ", ");
			db_add_ident(&m->db, b, l->enc[i].c->name);
			buf_addf(b, "=CONVERT(@rowboat_%zu USING utf8mb4)", i);
			first = false;
		}
}

int my_load_open(struct db *db, const struct load_spec *spec, struct err *e)
{
	struct my *m = my_of(db);
	struct my_load *l;
	bool convert = false;

	if (my_load_close(db, e) < 0)
		return -1;
	if (spec->table->kind != TABLE_VIEW && my_check_engine(m, spec->table, e) < 0)
		return -1;
	if (spec->mode != LOAD_INSERT && check_key(spec, e) < 0)
		return -1;
	m->load = l = xcalloc(1, sizeof *l);
	l->spec = *spec;
	l->n = spec->ncols;
	l->enc = xcalloc(l->n, sizeof *l->enc);
	for (size_t i = 0; i < l->n; i++) {
		my_encoder_init(&l->enc[i], spec->col[i], m->mariadb, m->version);
		convert = convert || l->enc[i].convert;
	}
	/* A SET clause makes the server forget that a 0 for AUTO_INCREMENT was given. */
	for (size_t i = 0; convert && i < l->n; i++)
		if (spec->col[i]->identity == IDENTITY_AUTO_INCREMENT)
			l->enc[i].convert = true;
	if (spec->mode == LOAD_INSERT)
		db_add_table(db, &l->target, spec->table);
	else if (my_stage_create(m, l, e) < 0)
		return -1;
	build_load(m, l);
	return 0;
}

int my_load_encode(struct db *db, const struct row *row, struct buf *b, struct misfit *why)
{
	const struct my_load *l = my_of(db)->load;

	return my_encode_row(l->enc, l->n, row, b, why);
}

int my_load_close(struct db *db, struct err *e)
{
	struct my *m = my_of(db);
	struct my_load *l = m->load;
	int status = 0;

	if (!l)
		return 0;
	m->load = NULL;
	if (l->staged)
		status = my_exec(m, "DROP TEMPORARY TABLE IF EXISTS " STAGE ", " SURPLUS, e);
	for (size_t i = 0; i < l->n; i++)
		my_encoder_free(&l->enc[i]);
	free(l->enc);
	buf_free(&l->target);
	buf_free(&l->sql);
	free(l);
	return status;
}

/* ---- What the server says of a run ---- */

int64_t my_named_row(const char *text)
{
	const char *at = strstr(text, " at row "), *next;

	if (!at)
		return -1;
	while ((next = strstr(at + 1, " at row ")))
		at = next;
	return (int64_t)strtoll(at + 8, NULL, 10) - 1;
}

/* Warnings that do not mean a changed value. 1051: unknown table (DROP IF EXISTS); 1287,
 * 1681: deprecated; 4037, 4038 come beside the failed check itself. */
static bool harmless(unsigned code)
{
	return code == 1051 || code == 1287 || code == 1681;
}

static bool beside_another(unsigned code)
{
	return code == 4037 || code == 4038;
}

int my_read_warnings(struct my *m, struct load_result *r, uint64_t *harmless_ones,
		     struct err *e)
{
	struct result w;
	int64_t at = -1;

	*harmless_ones = 0;
	if (my_query(m, "SHOW WARNINGS", &w, e) < 0)
		return -1;
	for (size_t i = 0; i < w.nrows; i++) {
		unsigned code = (unsigned)strtoul(result_get(&w, i, 1), NULL, 10);

		if (harmless(code))
			++*harmless_ones;
		else if (at < 0 || (beside_another((unsigned)strtoul(result_get(&w, (size_t)at, 1),
								     NULL, 10)) &&
				    !beside_another(code)))
			at = (int64_t)i;
	}
	if (at >= 0) {
		const char *code = result_get(&w, (size_t)at, 1);
		const char *text = result_get(&w, (size_t)at, 2);

		r->bad_row = my_named_row(text);
		r->row_fault = true;
		err_set(e, EXIT_BAD, "the server would drop or change a row: %s (%s)", text, code);
	}
	result_free(&w);
	return at >= 0 ? -1 : 0;
}

/* The counts that LOAD DATA reports. */
static bool read_counts(const char *info, uint64_t *records, uint64_t *skipped,
			uint64_t *warnings)
{
	unsigned long long r, d, s, w;

	if (!info || sscanf(info, "Records: %llu Deleted: %llu Skipped: %llu Warnings: %llu", &r,
			    &d, &s, &w) != 4)
		return false;
	*records = r;
	*skipped = s;
	*warnings = w;
	return true;
}

/* Compares what was sent with what the server says it took. */
static int check_run(struct my *m, uint64_t sent, struct load_result *r, struct err *e)
{
	uint64_t records, skipped, warnings, harmless_ones = 0;

	if (!read_counts(my_info(m), &records, &skipped, &warnings))
		return err_set(e, EXIT_FAILED, "the server does not tell how many rows it took");
	if (warnings && my_read_warnings(m, r, &harmless_ones, e) < 0)
		return -1;
	if (records == sent && skipped == 0 && warnings <= harmless_ones) {
		r->rows = records;
		return 0;
	}
	r->row_fault = skipped > 0 || warnings > harmless_ones;
	return err_set(e, r->row_fault ? EXIT_BAD : EXIT_FAILED,
		       "of %llu rows sent the server took %llu, with %llu warnings",
		       (unsigned long long)sent, (unsigned long long)(records - skipped),
		       (unsigned long long)warnings);
}

/* ---- Running ---- */

int my_load_run(struct db *db, load_source src, void *ctx, struct load_result *r, struct err *e)
{
	struct my *m = my_of(db);
	struct my_load *l = m->load;
	struct my_infile in = {.src = src, .ctx = ctx, .e = e};
	int status;

	if (!m->local_infile) {
		if (!m->told_no_infile)
			warn("local_infile is off on the server: loading with INSERT, which is slower");
		m->told_no_infile = true;
		return my_run_inserts(m, l, src, ctx, r, e);
	}
	status = my_load_data(m, buf_cstr(&l->sql), &in, e);
	buf_free(&in.b);
	if (status < 0) {
		r->row_fault = !in.failed && my_row_fault(my_errno(m));
		r->bad_row = r->row_fault ? my_named_row(e->msg) : -1;
		return -1;
	}
	return check_run(m, in.rows, r, e);
}

/* ---- Around a load ---- */

int my_clear(struct db *db, const struct table *t, struct err *e)
{
	struct buf b = BUF_INIT;
	int status;

	/* TRUNCATE would commit */
	buf_adds(&b, "DELETE FROM ");
	db_add_table(db, &b, t);
	status = my_exec(my_of(db), buf_cstr(&b), e);
	buf_free(&b);
	return status;
}

int my_disable_triggers(struct db *db, const struct table *t, struct err *e)
{
	struct my *m = my_of(db);
	struct buf b = BUF_INIT;
	struct result r;
	int status;

	buf_adds(&b, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE ");
	my_add_where_table(m, &b, "EVENT_OBJECT_SCHEMA", "EVENT_OBJECT_TABLE", t);
	buf_adds(&b, " ORDER BY 1");
	status = my_query(m, buf_cstr(&b), &r, e);
	if (status == 0 && r.nrows) {
		buf_reset(&b);
		for (size_t i = 0; i < r.nrows; i++)
			buf_addf(&b, "%s%s", i ? ", " : "", result_get(&r, i, 0));
		err_set(e, EXIT_BAD, "table %s has triggers, which MySQL cannot put off: %s", t->name,
			buf_cstr(&b));
		status = err_hint(e, "drop them and make them again after the load");
	}
	result_free(&r);
	buf_free(&b);
	return status < 0 ? -1 : my_exec(m, "SET SESSION foreign_key_checks = 0", e);
}

/* InnoDB's counter follows explicit values by itself. ALTER TABLE never sets it
 * below the largest value; it commits, so it runs only where the counter is low. */
int my_set_sequences(struct db *db, const struct table *t, uint64_t least, uint64_t gap,
		     struct err *e)
{
	struct my *m = my_of(db);
	struct buf b = BUF_INIT;
	struct result r = {0};
	const struct column *c = NULL;
	uint64_t next = 0, wanted = 0;
	int status = 0;

	for (size_t i = 0; i < t->ncols; i++)
		if (t->col[i].identity == IDENTITY_AUTO_INCREMENT)
			c = &t->col[i];
	if (!c || c->type.lt != LT_INT)
		return 0;
	buf_adds(&b, "SELECT (SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE ");
	my_add_where_table(m, &b, "TABLE_SCHEMA", "TABLE_NAME", t);
	buf_adds(&b, "), (SELECT GREATEST(COALESCE(MAX(");
	db_add_ident(db, &b, c->name);
	buf_adds(&b, "), 0), 0) FROM ");
	db_add_table(db, &b, t);
	buf_addc(&b, ')');
	status = my_query(m, buf_cstr(&b), &r, e);
	if (status == 0 && result_get(&r, 0, 0) && result_get(&r, 0, 1)) {
		next = strtoull(result_get(&r, 0, 0), NULL, 10);
		wanted = strtoull(result_get(&r, 0, 1), NULL, 10);
		wanted = (wanted < least ? least - 1 : wanted) + (wanted || least ? gap : 0);
	}
	if (status == 0 && next && next <= wanted && wanted < UINT64_MAX) {
		buf_reset(&b);
		buf_adds(&b, "ALTER TABLE ");
		db_add_table(db, &b, t);
		buf_addf(&b, " AUTO_INCREMENT = %llu", (unsigned long long)wanted + 1);
		status = my_exec(m, buf_cstr(&b), e);
	}
	result_free(&r);
	buf_free(&b);
	return status;
}

int my_has_own_table(struct db *db, const char *name, struct err *e)
{
	struct result r = {0};
	char *sql;
	int status;

	if (!my_of(db)->database) {
		err_set(e, EXIT_BAD, "no database to keep the table %s in", name);
		return err_hint(e, "name it in the URL (mysql://host/database)");
	}
	sql = xasprintf("SELECT TABLE_NAME FROM information_schema.TABLES"
			" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '%s'", name);
	status = my_query(my_of(db), sql, &r, e);
	free(sql);
	if (status == 0)
		status = r.nrows > 0;
	result_free(&r);
	return status;
}

int my_ledger_create(struct db *db, struct err *e)
{
	if (my_of(db)->database)
		return my_exec(my_of(db),
			       "CREATE TABLE IF NOT EXISTS rowboat_once (id VARBINARY(255) NOT NULL"
			       " PRIMARY KEY, loaded_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)"
			       " ENGINE=InnoDB", e);
	err_set(e, EXIT_BAD, "no database to keep the table rowboat_once in");
	return err_hint(e, "name it in the URL (mysql://host/database)");
}

int my_ledger_enter(struct db *db, const char *id, struct err *e)
{
	struct my *m = my_of(db);
	struct buf b = BUF_INIT;
	int status;

	buf_adds(&b, "INSERT INTO rowboat_once (id) VALUES (");
	db_add_literal(db, &b, id, strlen(id));
	buf_addc(&b, ')');
	status = my_exec(m, buf_cstr(&b), e);
	buf_free(&b);
	if (status == 0)
		return 1;
	if (my_errno(m) != 1062)
		return -1;
	err_clear(e);
	return 0;
}
