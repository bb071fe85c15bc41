/*
 * Closing a database. New sessions get default_transaction_read_only from the database; sessions
 * that are open, and those that set it back, meet a trigger on every table. Making that trigger
 * waits for the transactions that have written to the table, and holds new ones off meanwhile
 * (manual, "Explicit Locking": SHARE ROW EXCLUSIVE); so once all tables have it, nothing that was
 * written before is uncommitted. One table is locked at a time, so there are no deadlocks.
 */
#include <stdlib.h>
#include <string.h>

#include "db_apply.h"
#include "db_fence.h"
#include "pg_impl.h"

#define TRIGGER FENCE_TABLE  /* of this name, and its function too */
#define WAIT 2000   /* ms for a lock: longer than deadlock_timeout, in which an autovacuum in the
                     * way gives up */
#define GLANCE 50   /* ms for those behind one that was not to be had */
#define LOCK_NOT_AVAILABLE "55P03"

/* The tables: not those of extensions, which are not the user's to close; partitions too, since
 * rows can be written to them directly. The last column: whether it may be closed by us. */
#define TABLES                                                                                  \
	"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "   \
	"WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' "                        \
	"AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' "                         \
	"AND c.relname <> '" FENCE_TABLE "' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend "   \
	"WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid AND deptype = 'e') "

#define HAS_TRIGGER                                                                             \
	"EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid "                   \
	"AND t.tgname = '" TRIGGER "' AND t.tgenabled IN ('O', 'A'))"

#define DATABASE_SETTING                                                                        \
	"(SELECT pg_catalog.max(pg_catalog.substr(x, 31)) "                                      \
	"FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) x "                \
	"WHERE s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_catalog.pg_database "       \
	"WHERE datname = pg_catalog.current_database()) "                                        \
	"AND x LIKE 'default_transaction_read_only=%')"

/* ---- State ---- */

/* The owner's rights are needed; told before anything is changed. */
static int check_owner(struct db *db, struct err *e)
{
	struct result r = {0};

	if (db_query(db, "SELECT 'database ' || pg_catalog.quote_ident(datname), "
		     "pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(datdba)), current_user "
		     "FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database() "
		     "AND NOT pg_catalog.pg_has_role(datdba, 'USAGE') UNION ALL "
		     "(SELECT 'table ' || c.oid::regclass, "
		     "pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)), current_user "
		     TABLES "AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE') LIMIT 1)", &r, e) < 0)
		return -1;
	if (r.nrows) {
		err_set(e, EXIT_BAD, "%s belongs to another role, so writes cannot be stopped",
			result_get(&r, 0, 0));
		err_hint(e, "GRANT %s TO \"%s\"", result_get(&r, 0, 1), result_get(&r, 0, 2));
	}
	result_free(&r);
	return e->msg ? -1 : 0;
}

static int settings(struct db *db, char **earlier, struct err *e)
{
	struct result r = {0};

	if (check_owner(db, e) < 0 ||
	    db_query(db, "SELECT COALESCE(" DATABASE_SETTING ", '')", &r, e) < 0)
		return -1;
	*earlier = result_copy(&r, 0, 0);
	result_free(&r);
	return 0;
}

static bool is_on(const char *setting)
{
	return setting && (!strcmp(setting, "on") || !strcmp(setting, "true") ||
			   !strcmp(setting, "yes") || !strcmp(setting, "1"));
}

static int state(struct db *db, struct fence_state *s, struct err *e)
{
	struct result r = {0};
	struct buf b = BUF_INIT;
	long long tables, closed;
	bool setting, standby;

	if (db_query(db, "SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE " HAS_TRIGGER
		     "), COALESCE(" DATABASE_SETTING ", (SELECT reset_val FROM pg_catalog.pg_settings"
		     " WHERE name = 'default_transaction_read_only')), pg_catalog.pg_is_in_recovery() "
		     TABLES, &r, e) < 0)
		return -1;
	tables = result_number(&r, 0, 0);
	closed = result_number(&r, 0, 1);
	setting = is_on(result_get(&r, 0, 2));
	standby = result_bool(&r, 0, 3);
	result_free(&r);
	s->writes = FENCE_ON;
	if (standby) {
		s->writes = FENCE_OFF;
		buf_adds(&b, "the server is a standby");
	} else if (s->recorded) {
		s->writes = setting && closed == tables ? FENCE_OFF : FENCE_PARTLY;
		if (!setting)
			buf_adds(&b, "default_transaction_read_only is off");
		if (closed < tables)
			buf_addf(&b, "%s%lld of %lld tables are still open to open sessions",
				 b.n ? "; " : "", tables - closed, tables);
	} else if (setting) {
		s->writes = FENCE_PARTLY;
		buf_adds(&b, "default_transaction_read_only is on");
	}
	s->detail = b.n ? buf_detach(&b) : NULL;
	return 0;
}

/* ---- Closing ---- */

/* Adds the trigger's function: with `closed` one that refuses, else one that does nothing, so
 * that a database is open at once, whatever triggers are left. */
static void add_function(struct buf *b, bool closed)
{
	buf_adds(b, "CREATE OR REPLACE FUNCTION " TRIGGER "() RETURNS trigger LANGUAGE plpgsql AS "
		    "$rowboat$ BEGIN ");
	if (closed)
		buf_adds(b, "IF pg_catalog.current_setting('" PG_OWN_SETTING "', true) IS DISTINCT "
			    "FROM 'on' THEN RAISE EXCEPTION 'database % is closed for writes', "
			    "pg_catalog.current_database() USING ERRCODE = "
			    "'read_only_sql_transaction'; END IF; ");
	buf_adds(b, "RETURN NULL; END $rowboat$");
}

/* The setting of the database: on, off or as before; `setting` is "" for none. */
static void add_setting(struct db *db, struct buf *b, const char *database, const char *setting)
{
	buf_adds(b, "ALTER DATABASE ");
	db_add_ident(db, b, database);
	if (*setting) {
		buf_adds(b, " SET default_transaction_read_only = ");
		db_add_literal(db, b, setting, strlen(setting));
	} else {
		buf_adds(b, " RESET default_transaction_read_only");
	}
}

static int set_database(struct db *db, bool closed, const char *setting, const char *more,
			struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status = db_query(db, "SELECT pg_catalog.current_database()", &r, e);

	if (status == 0) {
		buf_adds(&b, "BEGIN; ");
		add_setting(db, &b, result_get(&r, 0, 0), setting);
		buf_adds(&b, "; ");
		add_function(&b, closed);
		buf_addf(&b, "; %s COMMIT", more);
		status = db_exec(db, buf_cstr(&b), e);
		if (status < 0) {
			struct err unused = ERR_INIT;

			db_exec(db, "ROLLBACK", &unused);
			err_clear(&unused);
		}
	}
	result_free(&r);
	buf_free(&b);
	return status;
}

/* Runs a transaction on one table: 1; 0: others hold locks on it, or it is gone; -1. */
static int on_table(struct db *db, const char *sql, struct err *e)
{
	struct pg *pg = pg_of(db);
	struct err unused = ERR_INIT;

	if (db_exec(db, sql, e) == 0)
		return 1;
	if (strcmp(pg->sqlstate, LOCK_NOT_AVAILABLE) && strcmp(pg->sqlstate, "42P01"))
		return -1;
	err_clear(e);
	if (db_exec(db, "ROLLBACK", &unused) < 0) {
		*e = unused;
		return -1;
	}
	return 0;
}

static void add_close_table(struct buf *b, const char *name, bool foreign, bool there, int ms)
{
	buf_addf(b, "BEGIN; SET LOCAL lock_timeout = %d; ", ms);
	if (!foreign)
		buf_addf(b, "LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE; ", name);
	if (!there)
		buf_addf(b, "DROP TRIGGER IF EXISTS " TRIGGER " ON %s; CREATE TRIGGER " TRIGGER
			    " BEFORE INSERT OR UPDATE OR DELETE%s ON %s FOR EACH STATEMENT "
			    "EXECUTE FUNCTION " TRIGGER "(); ", name, foreign ? "" : " OR TRUNCATE", name);
	buf_adds(b, "COMMIT");
}

static int close_tables(struct db *db, int ms, struct err *e)
{
	struct result r = {0};
	struct buf b = BUF_INIT;
	bool all = true;
	int status = 0;

	if (db_query(db, "SELECT pg_catalog.quote_ident(n.nspname) || '.' || "
		     "pg_catalog.quote_ident(c.relname), c.relkind = 'f', " HAS_TRIGGER " " TABLES
		     "ORDER BY 3, c.oid", &r, e) < 0)
		return -1;
	for (size_t i = 0; i < r.nrows && status >= 0; i++) {
		buf_reset(&b);
		add_close_table(&b, result_get(&r, i, 0), result_bool(&r, i, 1),
				result_bool(&r, i, 2), all ? ms : ms < GLANCE ? ms : GLANCE);
		status = on_table(db, buf_cstr(&b), e);
		all = all && status > 0;
	}
	buf_free(&b);
	result_free(&r);
	return status < 0 ? -1 : all;
}

static int pg_fence_close(struct db *db, const struct fence_options *o, struct err *e)
{
	int ms = o->wait_ms < WAIT ? o->wait_ms : WAIT;

	if (check_owner(db, e) < 0 || set_database(db, true, "on", "", e) < 0)
		return -1;
	return close_tables(db, ms < 1 ? 1 : ms, e);
}

/* ---- Opening ---- */

/* Triggers that do nothing any more are taken away where no reader holds the table. Returns how
 * many are left, or -1. */
static int drop_triggers(struct db *db, struct err *e)
{
	struct result r = {0};
	struct buf b = BUF_INIT;
	int left = 0, status = 0;

	if (db_query(db, "SELECT c.oid::regclass FROM pg_catalog.pg_trigger t "
		     "JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid WHERE t.tgname = '" TRIGGER
		     "' AND NOT t.tgisinternal", &r, e) < 0)
		return -1;
	for (size_t i = 0; i < r.nrows && status >= 0; i++) {
		buf_reset(&b);
		buf_addf(&b, "BEGIN; SET LOCAL lock_timeout = %d; DROP TRIGGER IF EXISTS "
			     TRIGGER " ON %s; COMMIT", left ? GLANCE : WAIT, result_get(&r, i, 0));
		status = on_table(db, buf_cstr(&b), e);
		left += status == 0;
	}
	buf_free(&b);
	result_free(&r);
	if (status >= 0 && !left)
		status = db_exec(db, "DROP FUNCTION IF EXISTS " TRIGGER "()", e);
	return status < 0 ? -1 : left;
}

static int count_stale(struct db *db, const struct fence_state *s, long long *n, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	*n = 0;
	if (!s->recorded)
		return 0;
	buf_addf(&b, "SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE "
		     "a.backend_start > pg_catalog.to_timestamp(%lld / 1000.0) AND a.pid IN (SELECT "
		     "id::int FROM (", (long long)s->since_ms);
	status = pg_fence_ops.add_clients(db, &b, e);
	buf_adds(&b, ") c (id, u, h, a, s, c, t, l, w, p) WHERE NOT p)");
	if (status == 0)
		status = db_query(db, buf_cstr(&b), &r, e);
	if (status == 0)
		*n = result_number(&r, 0, 0);
	result_free(&r);
	buf_free(&b);
	return status;
}

static int pg_fence_open(struct db *db, const struct fence_state *s, char **left, struct err *e)
{
	struct buf b = BUF_INIT;
	long long stale;
	int triggers;

	if (count_stale(db, s, &stale, e) < 0 ||
	    set_database(db, false, s->earlier ? s->earlier : "",
			 "DROP TABLE IF EXISTS " FENCE_TABLE ";", e) < 0)
		return -1;
	triggers = drop_triggers(db, e);
	if (triggers < 0)
		return -1;
	if (is_on(s->earlier))
		buf_adds(&b, "default_transaction_read_only was on before, and is again");
	if (stale)
		buf_addf(&b, "%s%lld connections that began meanwhile stay read-only until they "
			     "connect again", b.n ? "; " : "", stale);
	if (triggers)
		buf_addf(&b, "%s%d tables in use keep the trigger " TRIGGER ", which does nothing "
			     "now: fence on again removes it", b.n ? "; " : "", triggers);
	*left = b.n ? buf_detach(&b) : NULL;
	return 0;
}

/* ---- Clients ---- */

/* Locks that a statement takes that writes to a table or changes its definition. */
#define WRITING                                                                                 \
	"EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c "                  \
	"ON c.oid = l.relation WHERE l.pid = a.pid AND l.granted AND l.locktype = 'relation' "   \
	"AND l.database = a.datid AND c.relpersistence <> 't' AND c.oid >= 16384 "               \
	"AND l.mode NOT IN ('AccessShareLock', 'RowShareLock'))"

#define SECONDS_SINCE(when)                                                                     \
	"pg_catalog.floor(extract(epoch FROM pg_catalog.clock_timestamp() - " when "))::bigint"

static int add_clients(struct db *db, struct buf *b, struct err *e)
{
	(void)db;
	(void)e;
	buf_addf(b, "SELECT a.pid::text, a.usename::text, COALESCE(pg_catalog.host(a.client_addr), "
		    "CASE WHEN a.client_port = -1 THEN 'socket' END), NULLIF(a.application_name, ''), "
		    "a.state, " SECONDS_SINCE("a.backend_start") ", " SECONDS_SINCE("a.xact_start")
		    ", " SECONDS_SINCE("a.state_change") ", " WRITING ", false "
		    "FROM pg_catalog.pg_stat_activity a WHERE a.datname = "
		    "pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid() "
		    "AND COALESCE(a.backend_type, 'client backend') = 'client backend' "
		    "AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid = a.pid "
		    "AND l.locktype = 'advisory' AND l.classid = %u AND l.objid = %u) "
		    "UNION ALL SELECT x.gid, x.owner::text, NULL, NULL, 'prepared transaction', NULL, "
		    SECONDS_SINCE("x.prepared") ", NULL, true, true FROM pg_catalog.pg_prepared_xacts x "
		    "WHERE x.database = pg_catalog.current_database() ORDER BY 6 DESC NULLS LAST, 1",
		 PG_OWN_LOCK, PG_OWN_LOCK);
	return 0;
}

static int kill_client(struct db *db, const char *id, struct err *e)
{
	struct result r = {0};
	char *sql = xasprintf("SELECT pg_catalog.pg_terminate_backend(%ld)", strtol(id, NULL, 10));
	int status = db_query(db, sql, &r, e);

	free(sql);
	if (status == 0)
		status = result_bool(&r, 0, 0);
	else if (!strcmp(pg_of(db)->sqlstate, "42501"))
		err_hint(e, "GRANT pg_signal_backend TO the role in the URL");
	result_free(&r);
	return status;
}

const struct fence_ops pg_fence_ops = {
	.settings = settings,
	.state = state,
	.close = pg_fence_close,
	.open = pg_fence_open,
	.add_clients = add_clients,
	.kill = kill_client,
	.tells_writers = true,
};
