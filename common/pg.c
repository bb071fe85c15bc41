/*
 * The PostgreSQL driver: opening and pinning a session, quoting, and the table of its
 * operations.
 */
#include "pg_impl.h"

#include "db_fence.h"
#include "db_ranges.h"

#include <stdlib.h>
#include <string.h>

#define OLDEST 130000

int pg_exec(struct db *db, const char *sql, struct err *e)
{
	return pg_exec_count(pg_of(db), sql, NULL, e);
}

/* ---- Opening ---- */

/*
 * lc_monetary stays the database's own: it says where money's point is. With row_security off
 * a policy is an error and never silently fewer rows; no message but an error reaches COPY FROM.
 * The last two let our sessions write to a database that a fence closes for others.
 */
static const struct {
	const char *name, *value;
	int since;
} pins[] = {
	{"datestyle", "ISO, YMD", 0},
	{"timezone", "UTC", 0},
	{"intervalstyle", "postgres", 0},
	{"extra_float_digits", "1", 0},
	{"bytea_output", "hex", 0},
	{"standard_conforming_strings", "on", 0},
	{"xmloption", "content", 0},
	{"row_security", "off", 0},
	{"synchronize_seqscans", "off", 0},
	{"quote_all_identifiers", "off", 0},
	{"client_min_messages", "error", 0},
	{"statement_timeout", "0", 0},
	{"idle_in_transaction_session_timeout", "0", 0},
	{"idle_session_timeout", "0", 140000},
	{"transaction_timeout", "0", 170000},
	{"default_transaction_read_only", "off", 0},
	{PG_OWN_SETTING, "on", 0},
};

int pg_pin_session(struct pg *pg, struct err *e)
{
	struct buf b = BUF_INIT;
	int status;

	for (size_t i = 0; i < sizeof pins / sizeof *pins; i++)
		if (pg->version >= pins[i].since)
			buf_addf(&b, "%s pg_catalog.set_config('%s', '%s', false)",
				 b.n ? "," : "SELECT", pins[i].name, pins[i].value);
	buf_addf(&b, ", pg_catalog.pg_try_advisory_lock_shared(%u, %u)", PG_OWN_LOCK, PG_OWN_LOCK);
	status = pg_exec(&pg->db, buf_cstr(&b), e);
	buf_free(&b);
	return status;
}

static int pg_open(struct db *db, const struct url *u, struct err *e)
{
	struct pg *pg = pg_of(db);
	const char *encoding;

	if (pg_connect(pg, u, false, e) < 0)
		return -1;
	pg->version = pg_server_version(pg);
	if (pg->version < OLDEST) {
		err_set(e, EXIT_BAD, "the server is PostgreSQL %s, which is too old",
			pg_parameter(pg, "server_version"));
		return err_hint(e, "PostgreSQL %d or newer is needed", OLDEST / 10000);
	}
	encoding = pg_parameter(pg, "server_encoding");
	pg->utf8 = encoding && !strcmp(encoding, "UTF8");
	return pg_pin_session(pg, e);
}

static void pg_close(struct db *db)
{
	struct pg *pg = pg_of(db);

	pg_select_free(pg);
	pg_load_free(pg);
	pg_disconnect(pg);
	free(pg->lsn);
	free(pg->constraint);
	free(pg);
}

/* ---- Quoting ---- */

void pg_add_ident(struct db *db, struct buf *b, const char *name)
{
	(void)db;
	buf_addc(b, '"');
	for (; *name; name++) {
		if (*name == '"')
			buf_addc(b, '"');
		buf_addc(b, *name);
	}
	buf_addc(b, '"');
}

/* standard_conforming_strings is on, so that only the quote is special. */
/* On one line, whatever there is in it: an E'' string, if need be (manual, "String Constants
 * with C-Style Escapes"). */
void pg_add_literal(struct db *db, struct buf *b, const char *p, size_t n)
{
	static const char special[] = "\n\r\t", letter[] = "nrt";
	bool escape = false;

	(void)db;
	for (size_t i = 0; i < n && !escape; i++)
		escape = p[i] && strchr(special, p[i]);
	buf_adds(b, escape ? "E'" : "'");
	for (size_t i = 0; i < n; i++) {
		const char *at = escape && p[i] ? strchr(special, p[i]) : NULL;

		if (p[i] == '\'' || (escape && p[i] == '\\'))
			buf_addc(b, p[i]);
		if (at)
			buf_addc(b, '\\');
		buf_addc(b, at ? letter[at - special] : p[i]);
	}
	buf_addc(b, '\'');
}

/* ---- The operations ---- */

static const struct db_ops pg_ops = {
	.apply = &pg_apply_ops,
	.fence = &pg_fence_ops,
	.ranges = &pg_range_ops,
	.schemas = true,
	.open = pg_open,
	.close = pg_close,
	.exec = pg_exec,
	.query = pg_query,
	.exists_already = pg_exists_already,
	.outdated_snapshot = pg_outdated_snapshot,
	.add_ident = pg_add_ident,
	.add_literal = pg_add_literal,
	.table = pg_table,
	.tables = pg_tables,
	.extras = pg_extras,
	.snapshot = pg_snapshot,
	.position_snapshot = pg_position_snapshot,
	.hold = pg_hold,
	.select = pg_select_start,
	.fetch = pg_fetch,
	.fetch_csv = pg_fetch_csv,
	.add_order = pg_add_order,
	.add_equal = pg_add_equal,
	.add_misfit = pg_add_misfit,
	.add_folded = pg_add_folded,
	.position = pg_position,
	.position_bytes = pg_position_bytes,
	.add_digest = pg_add_digest,
	.add_digest_rows = pg_add_digest_rows,
	.digest_apart = pg_digest_apart,
	.add_bucket = pg_add_bucket,
	.load_open = pg_load_open,
	.load_encode = pg_load_encode,
	.load_run = pg_load_run,
	.load_merge = pg_load_merge,
	.load_close = pg_load_close,
	.clear = pg_clear,
	.disable_triggers = pg_disable_triggers,
	.set_sequences = pg_set_sequences,
	.ledger_create = pg_ledger_create,
	.ledger_enter = pg_ledger_enter,
};

struct db *pg_new(void)
{
	struct pg *pg = xcalloc(1, sizeof *pg);

	pg->db.ops = &pg_ops;
	pg->bad_line = -1;
	return &pg->db;
}
