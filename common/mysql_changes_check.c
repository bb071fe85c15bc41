#include "mysql_changes.h"

#include <string.h>
#include <strings.h>

/* ---- Settings ---- */

/* The first letter decides where it says only ON or OFF in one release, 1 or 0 in another. */
static bool is_off(const char *value)
{
	return !strcasecmp(value, "OFF") || !strcmp(value, "0");
}

static int check_log_bin(const char *value, struct err *e)
{
	if (!is_off(value))
		return 0;
	err_set(e, EXIT_BAD, "the server writes no binary log");
	return err_hint(e, "start the server with --log-bin, --binlog-format=ROW and a --server-id");
}

static int check_format(const char *value, struct err *e)
{
	if (!strcasecmp(value, "ROW"))
		return 0;
	err_set(e, EXIT_BAD, "the server's binlog_format is %s, which does not tell all changes of "
		"rows", value);
	return err_hint(e, "SET GLOBAL binlog_format = 'ROW', then end the sessions that there are");
}

static int check_server_id(const char *value, struct err *e)
{
	if (strcmp(value, "0"))
		return 0;
	err_set(e, EXIT_BAD, "the server's server_id is 0, so it serves no replicas");
	return err_hint(e, "SET GLOBAL server_id = 1");
}

static int check_settings(struct my *m, struct err *e)
{
	static const struct {
		const char *name;
		int (*check)(const char *value, struct err *e);
	} checks[] = {{"log_bin", check_log_bin},
		      {"binlog_format", check_format},
		      {"server_id", check_server_id}};
	struct result r;
	int status = 0;

	if (my_query(m, "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format',"
			" 'server_id')", &r, e) < 0)
		return -1;
	for (size_t c = 0; c < sizeof checks / sizeof *checks && status == 0; c++)
		for (size_t i = 0; i < r.nrows && status == 0; i++)
			if (!strcasecmp(result_get(&r, i, 0), checks[c].name))
				status = checks[c].check(result_get(&r, i, 1), e);
	result_free(&r);
	return status;
}

/* Asking for the position wants the same privilege as reading the log's events, but for
 * REPLICATION SLAVE, which the server asks for then. */
static int check_privileges(struct my *m, struct err *e)
{
	struct buf b = BUF_INIT;
	int status = my_position(&m->db, &b, e);

	buf_free(&b);
	return status;
}

/* ---- What the log lacks ---- */

/* From MySQL 9.6 on the server itself sees to foreign keys, and logs what they change, unless
 * it is told to leave that to InnoDB. */
static bool logs_cascades(struct my *m)
{
	struct err ignored = ERR_INIT;
	struct result r;
	bool yes = false;

	if (m->mariadb || m->version < 90600)
		return false;
	if (my_query(m, "SHOW GLOBAL VARIABLES LIKE 'innodb\\_native\\_foreign\\_keys'", &r,
		     &ignored) == 0) {
		yes = r.nrows && is_off(result_get(&r, 0, 1));
		result_free(&r);
	}
	err_clear(&ignored);
	return yes;
}

static int warn_of_cascades(struct my *m, const struct my_feed *f, struct err *e)
{
	struct buf list = BUF_INIT;
	struct result r;

	if (logs_cascades(m))
		return 0;
	if (my_query(m, "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME FROM"
			" information_schema.REFERENTIAL_CONSTRAINTS WHERE"
			" DELETE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR"
			" UPDATE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT') ORDER BY 1, 2, 3",
		     &r, e) < 0)
		return -1;
	for (size_t i = 0; i < r.nrows; i++)
		if (my_feed_wants(f, result_get(&r, i, 0), result_get(&r, i, 1)))
			buf_addf(&list, "%s%s.%s (%s)", list.n ? ", " : "", result_get(&r, i, 0),
				 result_get(&r, i, 1), result_get(&r, i, 2));
	if (list.n)
		warn("warning: the binary log lacks what foreign keys change by themselves; the target needs"
		     " the same ones, and cdcapply --fire-triggers: %s", buf_cstr(&list));
	result_free(&r);
	buf_free(&list);
	return 0;
}

int my_changes_check(struct my *m, const struct my_feed *f, struct err *e)
{
	if (check_settings(m, e) < 0 || check_privileges(m, e) < 0)
		return -1;
	return warn_of_cascades(m, f, e);
}
