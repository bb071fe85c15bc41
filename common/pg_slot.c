/* Settings and rights of the source, and its replication slot. */
#include "pg_slot.h"

#include <stdlib.h>
#include <string.h>

#include "pg_repl.h"

/* ---- Settings and rights ---- */

/* Managed services give the right to replicate through a role of theirs. */
static const char source_sql[] =
	"SELECT pg_catalog.current_setting('wal_level'), pg_catalog.pg_is_in_recovery(), "
	"r.rolsuper OR r.rolreplication OR EXISTS (SELECT FROM pg_catalog.pg_roles m "
	"WHERE m.rolname = 'rds_replication' AND pg_catalog.pg_has_role(r.oid, m.oid, 'member')), "
	"pg_catalog.quote_ident(r.rolname), "
	"pg_catalog.current_setting('max_wal_senders')::int, "
	"pg_catalog.current_setting('max_replication_slots')::int "
	"FROM pg_catalog.pg_roles r WHERE r.rolname = current_user";

static int check_source(const struct pg *pg, const struct result *r, struct err *e)
{
	if (strcmp(result_get(r, 0, 0), "logical")) {
		err_set(e, EXIT_BAD, "the server's wal_level is %s: it logs too little to tell "
			"changes",
			result_get(r, 0, 0));
		return err_hint(e, "ALTER SYSTEM SET wal_level = logical; then restart the server "
				"(on Amazon RDS: rds.logical_replication = 1)");
	}
	if (result_bool(r, 0, 1) && pg->version < 160000) {
		err_set(e, EXIT_BAD, "the server is a standby, which tells changes only from "
			"PostgreSQL 16 on");
		return err_hint(e, "name the primary server in the URL");
	}
	if (!result_bool(r, 0, 2)) {
		err_set(e, EXIT_BAD, "the user may not replicate");
		return err_hint(e, "ALTER ROLE %s REPLICATION (on Amazon RDS: GRANT "
				"rds_replication TO %s)", result_get(r, 0, 3), result_get(r, 0, 3));
	}
	if (!result_number(r, 0, 4) || !result_number(r, 0, 5)) {
		err_set(e, EXIT_BAD, "the server allows no replication: max_wal_senders is %lld, "
			"max_replication_slots is %lld", result_number(r, 0, 4),
			result_number(r, 0, 5));
		return err_hint(e, "ALTER SYSTEM SET max_wal_senders = 10, likewise "
				"max_replication_slots; then restart the server");
	}
	return 0;
}

int pg_check_source(struct db *db, struct err *e)
{
	struct result r = {0};
	int status = db_query(db, source_sql, &r, e);

	if (status == 0 && r.nrows == 1)
		status = check_source(pg_of(db), &r, e);
	result_free(&r);
	return status;
}

/* With synchronous_commit off, what has committed may still be in memory; a transaction that
 * writes (a message that no stream of ours tells) and commits synchronously takes it along. A
 * standby has nothing of its own. */
int pg_changes_flush(struct db *db, struct err *e)
{
	struct result r = {0};
	int status = db_query(db, "SELECT pg_catalog.pg_is_in_recovery()", &r, e);

	if (status == 0 && !result_bool(&r, 0, 0))
		status = db_exec(db, "BEGIN; SET LOCAL synchronous_commit = local; "
				 "SELECT pg_catalog.pg_logical_emit_message(true, '"
				 PG_OWN_PREFIX "', ''); COMMIT", e);
	result_free(&r);
	return status;
}

/* ---- Finding the slot ---- */

static int check_slot(const char *name, const struct result *r, uint64_t *lsn, struct err *e)
{
	const char *plugin = result_get(r, 0, 0), *database = result_get(r, 0, 1);
	const char *confirmed = result_get(r, 0, 3), *status = result_get(r, 0, 4);

	if (!plugin || strcmp(plugin, "pgoutput")) {
		err_set(e, EXIT_BAD, "slot %s is one of %s, not of pgoutput", name,
			plugin ? plugin : "physical replication");
		return err_hint(e, "name another one with --slot, and make it with --create-slot");
	}
	if (!result_bool(r, 0, 2)) {
		err_set(e, EXIT_BAD, "slot %s belongs to database %s", name, database);
		return err_hint(e, "name another one with --slot, and make it with --create-slot");
	}
	if (status && !strcmp(status, "lost")) {
		err_set(e, EXIT_BAD, "slot %s is lost: the server has removed WAL that it "
			"needs", name);
		return err_hint(e, "raise max_slot_wal_keep_size, then load the tables again from "
				"a new slot (capture --drop-slot, --create-slot)");
	}
	*lsn = 0;
	if (confirmed && !position_lsn(confirmed, strlen(confirmed), lsn))
		return err_set(e, EXIT_FAILED, "slot %s is confirmed up to '%s'", name, confirmed);
	return 0;
}

int pg_slot_find(struct db *db, const struct changes_options *o, uint64_t *lsn, int *pid,
		 struct err *e)
{
	const char *name = pg_slot_name(o);
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	buf_adds(&b, "SELECT plugin, database, database = current_database(), confirmed_flush_lsn, "
		     "wal_status, active_pid FROM pg_catalog.pg_replication_slots WHERE slot_name "
		     "= ");
	db_add_literal(db, &b, name, strlen(name));
	status = db_query(db, buf_cstr(&b), &r, e);
	if (status == 0 && !r.nrows) {
		status = err_set(e, EXIT_BAD, "there is no replication slot %s", name);
		err_hint(e, "make it with capture --create-slot; the changes are told from then "
			"on");
	} else if (status == 0) {
		*pid = (int)result_number(&r, 0, 5);
		status = check_slot(name, &r, lsn, e);
	}
	buf_free(&b);
	result_free(&r);
	return status;
}

/* ---- Making and dropping the slot ---- */

struct changes_slot {
	struct pg_repl repl;
};

static int refuse_mysql(const struct url *u, struct err *e)
{
	if (u->engine == ENGINE_POSTGRES)
		return 0;
	err_set(e, EXIT_BAD, "MySQL has no replication slots");
	return err_hint(e, "take a position with extract --position, and keep the binary logs");
}

static int create(struct changes_slot *s, const char *name, struct position *position,
		  char **snapshot, struct err *e)
{
	struct pg *pg = s->repl.pg;
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	buf_adds(&b, "CREATE_REPLICATION_SLOT ");
	db_add_ident(&pg->db, &b, name);
	buf_adds(&b, pg->version >= 150000 ? " LOGICAL pgoutput (SNAPSHOT 'export')"
					   : " LOGICAL pgoutput EXPORT_SNAPSHOT");
	status = db_query(&pg->db, buf_cstr(&b), &r, e);
	buf_free(&b);
	if (status == 0) {
		const char *point = result_get(&r, 0, 1);

		*position = (struct position){.engine = ENGINE_POSTGRES};
		*snapshot = result_copy(&r, 0, 2);
		if (!point || !*snapshot || !position_lsn(point, strlen(point), &position->lsn)) {
			free(*snapshot);
			status = err_set(e, EXIT_FAILED, "the server made slot %s without a "
				"snapshot",
					 name);
		}
	} else if (!strcmp(pg->sqlstate, "42710")) {
		err_hint(e, "remove it with capture --drop-slot, or name another one with --slot");
	}
	result_free(&r);
	return status;
}

/* A slot begins when all transactions that have changed something by now have ended: a user wants
 * to know what the server waits for. */
static int warn_of_running(struct db *db, struct err *e)
{
	struct result r = {0};
	int status = db_query(db, "SELECT pg_catalog.string_agg(name, ', ') FROM ("
			      "SELECT 'PID ' || pid FROM pg_catalog.pg_stat_activity "
			      "WHERE backend_xid IS NOT NULL AND pid <> pg_catalog.pg_backend_pid() "
			      "AND xact_start < now() - interval '2 seconds' UNION ALL "
			      "SELECT 'prepared transaction ' || pg_catalog.quote_literal(gid) "
			      "FROM pg_catalog.pg_prepared_xacts) AS running(name)", &r, e);

	if (status == 0 && result_get(&r, 0, 0))
		warn("making the slot waits until transactions that run already have ended: %s",
		     result_get(&r, 0, 0));
	result_free(&r);
	return status;
}

struct changes_slot *changes_slot_create(const struct url *u, const struct changes_options *o,
					 struct position *position, char **snapshot,
					 struct err *e)
{
	struct changes_slot *s = xcalloc(1, sizeof *s);
	struct db *db = NULL;
	int status = refuse_mysql(u, e);

	if (status == 0)
		db = db_open(u, e);
	if (!db || pg_check_source(db, e) < 0 || pg_publication_prepare(db, o, e) < 0 ||
	    pg_repl_open(&s->repl, u, e) < 0 || warn_of_running(db, e) < 0 ||
	    create(s, pg_slot_name(o), position, snapshot, e) < 0) {
		changes_slot_release(s);
		s = NULL;
	}
	db_close(db);
	return s;
}

void changes_slot_release(struct changes_slot *s)
{
	if (!s)
		return;
	pg_repl_close(&s->repl);
	free(s);
}

/* Another slot may need the publication as well. */
static int has_other_slots(struct db *db, struct err *e)
{
	struct result r = {0};
	int status = db_query(db, "SELECT FROM pg_catalog.pg_replication_slots WHERE "
			      "plugin = 'pgoutput' AND database = current_database()", &r, e);

	if (status == 0)
		status = r.nrows > 0;
	result_free(&r);
	return status;
}

int changes_slot_drop(const struct url *u, const struct changes_options *o, struct err *e)
{
	const char *name = pg_slot_name(o);
	struct buf b = BUF_INIT;
	struct db *db = NULL;
	int status = refuse_mysql(u, e), others = 1;

	if (status == 0)
		db = db_open(u, e);
	if (!db)
		return -1;
	buf_adds(&b, "SELECT pg_catalog.pg_drop_replication_slot(");
	db_add_literal(db, &b, name, strlen(name));
	buf_addc(&b, ')');
	status = db_exec(db, buf_cstr(&b), e);
	if (status == 0)
		status = others = has_other_slots(db, e);
	if (status >= 0 && !others)
		status = pg_publication_drop(db, pg_publication_name(o), e);
	buf_free(&b);
	db_close(db);
	return status < 0 ? -1 : 0;
}
