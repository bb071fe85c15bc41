/*
 * Closing a server: read_only, and super_read_only where it is asked for and there (MySQL manual,
 * "Server System Variables", read_only; MariaDB's likewise). Setting it waits for statements that
 * write and for LOCK TABLES; a transaction that is open then cannot commit what it wrote.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db_fence.h"
#include "mysql_impl.h"

#define LOCK_WAIT_TIMEOUT 1205
#define MARIADB_SPLIT 101100 /* from there on SUPER alone does not write on a read-only server */

/* ---- State ---- */

static bool is_off(const char *value)
{
	return !value || !strcasecmp(value, "OFF") || !strcmp(value, "0");
}

static int settings(struct db *db, char **earlier, struct err *e)
{
	struct my *m = my_of(db);
	struct result r = {0};

	if (my_query(m, m->mariadb ? "SELECT @@GLOBAL.read_only, 0"
				   : "SELECT @@GLOBAL.read_only, @@GLOBAL.super_read_only", &r, e) < 0)
		return -1;
	*earlier = xasprintf("%s %s", is_off(result_get(&r, 0, 0)) ? "OFF" : "ON",
			     is_off(result_get(&r, 0, 1)) ? "OFF" : "ON");
	result_free(&r);
	return 0;
}

static int state(struct db *db, struct fence_state *s, struct err *e)
{
	char *now;

	if (settings(db, &now, e) < 0)
		return -1;
	s->writes = !strncmp(now, "ON", 2) ? FENCE_OFF : FENCE_ON;
	if (s->recorded && s->writes == FENCE_ON)
		s->detail = xstrdup("read_only is off: the server was started again since, or "
				    "fence off did not finish");
	else if (!strcmp(now, "ON ON"))
		s->detail = xstrdup("super_read_only is on");
	else if (!s->recorded && s->writes == FENCE_OFF)
		s->detail = xstrdup("read_only is on");
	free(now);
	return 0;
}

/* ---- Closing and opening ---- */

/* Sets a hint with the privilege that is lacking, if that is the failure. Returns -1. */
static int explain(struct my *m, const char *mysql, const char *mariadb, struct err *e)
{
	struct err unused = ERR_INIT;
	struct result r = {0};

	if (my_errno(m) == 1227 && my_query(m, "SELECT CURRENT_USER()", &r, &unused) == 0) {
		const char *user = result_get(&r, 0, 0), *at = strrchr(user, '@');

		err_hint(e, "GRANT %s ON *.* TO '%.*s'%s%s%s", m->mariadb ? mariadb : mysql,
			 at ? (int)(at - user) : (int)strlen(user), user, at ? "@'" : "",
			 at ? at + 1 : "", at ? "'" : "");
	}
	result_free(&r);
	err_clear(&unused);
	return -1;
}

static int set_global(struct my *m, const char *sql, struct err *e)
{
	if (my_exec(m, "SET SESSION lock_wait_timeout = 1", e) < 0)
		return -1;
	if (my_exec(m, sql, e) == 0)
		return 1;
	if (my_errno(m) == LOCK_WAIT_TIMEOUT) {
		err_clear(e);
		return 0;
	}
	return explain(m, "SYSTEM_VARIABLES_ADMIN, CONNECTION_ADMIN, PROCESS",
		       "READ_ONLY ADMIN, PROCESS", e);
}

static int my_fence_close(struct db *db, const struct fence_options *o, struct err *e)
{
	struct my *m = my_of(db);

	if (o->all && m->mariadb) {
		err_set(e, EXIT_BAD, "MariaDB's read_only never stops users with READ_ONLY ADMIN");
		return err_hint(e, "REVOKE READ_ONLY ADMIN ON *.* FROM those users, and leave --all "
				"away");
	}
	if (m->mariadb)
		return set_global(m, "SET GLOBAL read_only = 1", e);
	/* Setting super_read_only sets read_only, and leaves it when it is cleared. */
	return set_global(m, o->all ? "SET GLOBAL super_read_only = 1"
				    : "SET GLOBAL read_only = 1, GLOBAL super_read_only = 0", e);
}

static int my_fence_open(struct db *db, const struct fence_state *s, char **left, struct err *e)
{
	struct my *m = my_of(db);
	bool was_closed = s->earlier && !strncmp(s->earlier, "ON", 2);
	bool was_super = s->earlier && !strcmp(s->earlier, "ON ON");

	if (was_closed)
		*left = xstrdup("read_only was on before fence off, and stays");
	else if (set_global(m, m->mariadb ? "SET GLOBAL read_only = 0"
					  : "SET GLOBAL super_read_only = 0, GLOBAL read_only = 0",
			    e) != 1)
		return -1;
	if (was_closed && !was_super && !m->mariadb &&
	    set_global(m, "SET GLOBAL super_read_only = 0", e) < 0)
		return -1;
	return s->recorded ? my_exec(m, "DROP TABLE IF EXISTS " FENCE_TABLE, e) : 0;
}

/* ---- Clients ---- */

/* Without PROCESS the server shows a user only his own sessions. */
static int check_process(struct my *m, struct err *e)
{
	struct result r = {0};
	bool may = false;

	if (my_query(m, "SHOW GRANTS", &r, e) < 0)
		return -1;
	for (size_t i = 0; i < r.nrows; i++) {
		const char *grant = result_get(&r, i, 0), *on = strstr(grant, " ON *.* ");
		const char *process = strstr(grant, "PROCESS");

		may = may || (on && !strncmp(grant, "GRANT ALL PRIVILEGES ON", 23)) ||
		      (on && process && process < on);
	}
	result_free(&r);
	if (may)
		return 0;
	err_set(e, EXIT_BAD, "the user may not see who is connected");
	return err_hint(e, "GRANT PROCESS ON *.* TO the user in the URL");
}

/* Names of programs: only where performance_schema is on, and may be read. */
static bool has_attributes(struct my *m)
{
	struct err unused = ERR_INIT;
	struct result r = {0};
	bool yes = my_query(m, "SELECT 1 FROM performance_schema.session_connect_attrs LIMIT 1", &r,
			    &unused) == 0 && r.nrows;

	result_free(&r);
	err_clear(&unused);
	return yes;
}

/* Adds whether user p may write on the closed server. Roles do not show there. */
static int add_bypass(struct my *m, struct buf *b, struct err *e)
{
	char *now;
	bool all;

	if (settings(&m->db, &now, e) < 0)
		return -1;
	all = !strcmp(now, "ON ON");
	free(now);
	if (all) {
		buf_adds(b, "'f'");
		return 0;
	}
	buf_addf(b, "IF(p.USER IN (SELECT SUBSTR(SUBSTRING_INDEX(GRANTEE, '''@''', 1), 2) FROM "
		    "information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE IN ("
		    "'CONNECTION_ADMIN', 'READ_ONLY ADMIN'%s)), 't', 'f')",
		 m->mariadb && m->version >= MARIADB_SPLIT ? "" : ", 'SUPER'");
	return 0;
}

static int add_clients(struct db *db, struct buf *b, struct err *e)
{
	struct my *m = my_of(db);
	bool attributes;

	if (check_process(m, e) < 0)
		return -1;
	attributes = has_attributes(m);
	buf_addf(b, "SELECT p.ID, p.USER, p.HOST, %s, p.COMMAND, NULL, t.seconds, p.TIME, ",
		 attributes ? "a.ATTR_VALUE" : "NULL");
	if (add_bypass(m, b, e) < 0)
		return -1;
	/* The server's own zone is that of trx_started. */
	buf_adds(b, ", 'f' FROM information_schema.PROCESSLIST p LEFT JOIN (SELECT "
		    "trx_mysql_thread_id AS id, MAX(TIMESTAMPDIFF(SECOND, trx_started, "
		    "CONVERT_TZ(NOW(), @@SESSION.time_zone, 'SYSTEM'))) AS seconds "
		    "FROM information_schema.INNODB_TRX GROUP BY 1) t ON t.id = p.ID");
	if (attributes)
		buf_adds(b, " LEFT JOIN performance_schema.session_connect_attrs a "
			    "ON a.PROCESSLIST_ID = p.ID AND a.ATTR_NAME = 'program_name'");
	buf_adds(b, " WHERE p.ID <> CONNECTION_ID() AND p.COMMAND NOT IN ('Daemon', 'Binlog Dump', "
		    "'Binlog Dump GTID', 'Slave_IO', 'Slave_SQL', 'Slave_worker') "
		    "AND p.USER NOT IN ('system user', 'event_scheduler', 'unauthenticated user') "
		    "AND COALESCE(IS_USED_LOCK(CONCAT('" MY_OWN_LOCK "', p.ID)), 0) <> p.ID "
		    "AND (p.DB IS NULL OR DATABASE() IS NULL OR p.DB = DATABASE()) ORDER BY p.ID");
	return 0;
}

static int kill_client(struct db *db, const char *id, struct err *e)
{
	struct my *m = my_of(db);
	char *sql = xasprintf("KILL CONNECTION %lld", strtoll(id, NULL, 10));
	int status = my_exec(m, sql, e);

	free(sql);
	if (status == 0)
		return 1;
	if (my_errno(m) == 1094) { /* no such session */
		err_clear(e);
		return 0;
	}
	if (my_errno(m) == 1095)
		err_hint(e, "GRANT %s ON *.* TO the user in the URL",
			 m->mariadb ? "CONNECTION ADMIN" : "CONNECTION_ADMIN");
	return -1;
}

const struct fence_ops my_fence_ops = {
	.settings = settings,
	.state = state,
	.close = my_fence_close,
	.open = my_fence_open,
	.add_clients = add_clients,
	.kill = kill_client,
};
