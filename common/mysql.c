/*
 * The MySQL/MariaDB driver: opening and pinning a session, statements, quoting, and the
 * table of its operations.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db_fence.h"
#include "db_ranges.h"
#include "mysql_impl.h"

#define MIN_MYSQL 80000u    /* window functions, CHECK */
#define MIN_MARIADB 100600u /* INVISIBLE, IGNORED, strict defaults */

/* ---- Statements ---- */

int my_exec(struct my *m, const char *sql, struct err *e)
{
	unsigned long *length;
	char **row;
	int status;

	if (my_start_text(m, sql, e) < 0)
		return -1;
	while ((status = my_next(m, &row, &length, e)) > 0)
		;
	return status;
}

/* Adds a row whose fields have, until set_fields(), only their lengths plus 1; 0: NULL. */
static void add_row(struct result *r, struct buf *arena, char **row, const unsigned long *length)
{
	struct field *f;

	if ((r->nrows & (r->nrows - 1)) == 0) /* room for twice as many */
		r->f = xrealloc(r->f, 2 * (r->nrows + 1) * r->ncols * sizeof *r->f);
	f = r->f + r->nrows++ * r->ncols;
	for (size_t c = 0; c < r->ncols; c++) {
		f[c].n = row[c] ? length[c] + 1 : 0;
		buf_add(arena, row[c], row[c] ? length[c] : 0);
		if (row[c])
			buf_addc(arena, '\0');
	}
}

static void set_fields(struct result *r, struct buf *arena)
{
	const char *at = r->arena = arena->p;

	for (size_t i = 0; i < r->nrows * r->ncols; i++) {
		size_t n = r->f[i].n;

		r->f[i] = n ? (struct field){at, n - 1} : (struct field){NULL, 0};
		at += n;
	}
}

int my_query(struct my *m, const char *sql, struct result *r, struct err *e)
{
	struct buf arena = BUF_INIT;
	unsigned long *length;
	char **row;
	int status;

	*r = (struct result){0};
	if (my_start_text(m, sql, e) < 0)
		return -1;
	r->ncols = my_width(m);
	while ((status = my_next(m, &row, &length, e)) > 0)
		add_row(r, &arena, row, length);
	set_fields(r, &arena);
	if (status < 0)
		result_free(r);
	return status;
}

/* ---- Opening ---- */

static unsigned parse_version(const char *s)
{
	unsigned a = 0, b = 0, c = 0;

	sscanf(s, "%u.%u.%u", &a, &b, &c);
	return a * 10000 + b * 100 + c;
}

static int read_server(struct my *m, struct err *e)
{
	struct result r;
	const char *version;

	if (my_query(m, "SELECT VERSION(), @@lower_case_table_names, DATABASE(), "
			"@@max_allowed_packet, @@local_infile", &r, e) < 0)
		return -1;
	version = result_get(&r, 0, 0);
	m->mariadb = strcasestr(version, "mariadb") != NULL;
	m->version = parse_version(version);
	m->fold_names = strcmp(result_get(&r, 0, 1), "0") != 0;
	m->database = result_copy(&r, 0, 2);
	m->max_packet = strtoull(result_get(&r, 0, 3), NULL, 10);
	m->local_infile = !strcmp(result_get(&r, 0, 4), "1");
	if (m->version < (m->mariadb ? MIN_MARIADB : MIN_MYSQL)) {
		err_set(e, EXIT_BAD, "the server is too old: %s", version);
		err_hint(e, "MySQL 8.0 or MariaDB 10.6 at least");
		result_free(&r);
		return -1;
	}
	result_free(&r);
	return 0;
}

/* How many warnings the server keeps to be read; beyond that, harmless ones make a load fail.
 * MySQL 9 allows it to SESSION_VARIABLES_ADMIN only, so it is done where it may be. */
static void keep_warnings(struct my *m)
{
	struct err ignored = ERR_INIT;

	my_exec(m, "SET SESSION max_error_count = 65535", &ignored);
	err_clear(&ignored);
}

/* A server that has no such locks (a cluster may refuse them) does without. */
static void take_own_lock(struct my *m)
{
	struct err ignored = ERR_INIT;

	my_exec(m, "DO GET_LOCK(CONCAT('" MY_OWN_LOCK "', CONNECTION_ID()), 0)", &ignored);
	err_clear(&ignored);
}

/* Strict, but zero dates are data; an explicit 0 in an AUTO_INCREMENT column stays 0. */
static int pin_session(struct my *m, struct err *e)
{
	keep_warnings(m);
	take_own_lock(m);
	if (my_exec(m, "SET NAMES utf8mb4", e) < 0 ||
	    my_exec(m, "SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,"
		       "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO',"
		       " net_read_timeout = 604800,"
		       " net_write_timeout = 604800, wait_timeout = 604800, sql_select_limit = DEFAULT,"
		       " autocommit = 1", e) < 0 ||
	    read_server(m, e) < 0)
		return -1;
	return my_exec(m, m->mariadb ? "SET SESSION max_statement_time = 0"
				     : "SET SESSION information_schema_stats_expiry = 0,"
				       " max_execution_time = 0", e);
}

static int my_open(struct db *db, const struct url *u, struct err *e)
{
	struct my *m = my_of(db);
	struct my_options o;

	if (my_read_options(u, &o, e) < 0 || my_connect(m, u, &o, e) < 0)
		return -1;
	return pin_session(m, e);
}

static void my_close(struct db *db)
{
	struct my *m = my_of(db);
	struct err e = ERR_INIT;

	my_load_close(db, &e);
	err_clear(&e);
	my_select_free(m);
	my_disconnect(m);
	free(m->database);
	free(m->position);
	free(m);
}

static int op_exec(struct db *db, const char *sql, struct err *e)
{
	return my_exec(my_of(db), sql, e);
}

static int op_query(struct db *db, const char *sql, struct result *r, struct err *e)
{
	return my_query(my_of(db), sql, r, e);
}

/* ---- Quoting ---- */

static void my_add_ident(struct db *db, struct buf *b, const char *name)
{
	(void)db;
	buf_addc(b, '`');
	for (; *name; name++) {
		if (*name == '`')
			buf_addc(b, '`');
		buf_addc(b, *name);
	}
	buf_addc(b, '`');
}

static void my_add_literal(struct db *db, struct buf *b, const char *p, size_t n)
{
	static const char special[] = "\n\r\t\\", letter[] = "nrt\\";

	(void)db;
	buf_addc(b, '\'');
	for (size_t i = 0; i < n; i++) {
		const char *at = p[i] ? strchr(special, p[i]) : NULL;

		if (!p[i] || at) {
			buf_addc(b, '\\');
			buf_addc(b, at ? letter[at - special] : '0');
			continue;
		}
		if (p[i] == '\'')
			buf_addc(b, '\'');
		buf_addc(b, p[i]);
	}
	buf_addc(b, '\'');
}

/* ---- The operations ---- */

static const struct db_ops ops = {
	.apply = &my_apply_ops,
	.fence = &my_fence_ops,
	.ranges = &mysql_range_ops,
	.open = my_open,
	.close = my_close,
	.exec = op_exec,
	.query = op_query,
	.exists_already = my_exists_already,
	.outdated_snapshot = my_outdated_snapshot,
	.add_ident = my_add_ident,
	.add_literal = my_add_literal,
	.table = my_table,
	.tables = my_tables,
	.extras = my_extras,
	.snapshot = my_snapshot,
	.position_snapshot = my_position_snapshot,
	.hold = my_hold,
	.select = my_select,
	.fetch = my_fetch,
	.fetch_csv = my_fetch_csv,
	.add_order = my_add_order,
	.add_equal = my_add_equal,
	.add_misfit = my_add_misfit,
	.add_folded = my_add_folded,
	.position = my_position,
	.position_bytes = my_position_bytes,
	.add_digest = my_add_digest,
	.add_digest_rows = my_add_digest_rows,
	.digest_apart = my_digest_apart,
	.add_bucket = my_add_bucket,
	.load_open = my_load_open,
	.load_encode = my_load_encode,
	.load_run = my_load_run,
	.load_merge = my_load_merge,
	.load_close = my_load_close,
	.clear = my_clear,
	.disable_triggers = my_disable_triggers,
	.set_sequences = my_set_sequences,
	.ledger_create = my_ledger_create,
	.ledger_enter = my_ledger_enter,
};

struct db *mysql_new(void)
{
	struct my *m = xcalloc(1, sizeof *m);

	m->db.ops = &ops;
	return &m->db;
}
