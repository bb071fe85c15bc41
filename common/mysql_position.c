/*
 * The position of the binary log (MySQL manual, "SHOW BINARY LOG STATUS
 * Statement"; MariaDB Knowledge Base, "Enhancements for START TRANSACTION WITH
 * CONSISTENT SNAPSHOT").
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_impl.h"
#include "stream.h"

static int binlog_off(struct err *e)
{
	err_set(e, EXIT_BAD, "the server writes no binary log, so it has no position");
	return err_hint(e, "start the server with log_bin, binlog_format=ROW and a server_id");
}

static int add_json(struct buf *b, const char *file, const char *pos, const char *gtid)
{
	struct buf one_line = BUF_INIT;

	/* long sets of GTIDs come with line breaks */
	for (const char *s = gtid ? gtid : ""; *s; s++)
		if (*s != '\n')
			buf_addc(&one_line, *s);
	buf_adds(b, "{\"connector\":\"mysql\",\"file\":");
	json_add_string(b, file, strlen(file));
	buf_addf(b, ",\"pos\":%s,\"gtid\":", pos);
	if (one_line.n)
		json_add_string(b, one_line.p, one_line.n);
	else
		buf_adds(b, "null");
	buf_addc(b, '}');
	buf_free(&one_line);
	return 0;
}

static int mysql_position(struct my *m, struct buf *b, struct err *e)
{
	struct result r;

	if (my_query(m, m->version >= 80200 ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS", &r,
		     e) < 0)
		return -1;
	if (r.nrows == 0) {
		result_free(&r);
		return binlog_off(e);
	}
	add_json(b, result_get(&r, 0, 0), result_get(&r, 0, 1),
		 r.ncols > 4 ? result_get(&r, 0, 4) : NULL);
	result_free(&r);
	return 0;
}

/* The server tells the snapshot's own position, if it has a snapshot. */
static int mariadb_snapshot(struct my *m, char **file, char **pos, struct err *e)
{
	struct result r;

	*file = *pos = NULL;
	if (my_query(m, "SHOW STATUS LIKE 'binlog\\_snapshot\\_%'", &r, e) < 0)
		return -1;
	for (size_t i = 0; i < r.nrows; i++) {
		const char *name = result_get(&r, i, 0), *value = result_get(&r, i, 1);

		if (!strcasecmp(name, "binlog_snapshot_file") && *value)
			*file = xstrdup(value);
		else if (!strcasecmp(name, "binlog_snapshot_position"))
			*pos = xstrdup(value);
	}
	result_free(&r);
	return 0;
}

static int mariadb_position(struct my *m, struct buf *b, struct err *e)
{
	struct result r = {0};
	struct buf sql = BUF_INIT;
	char *file = NULL, *pos = NULL;
	int status = 0;

	if (m->snapshot)
		status = mariadb_snapshot(m, &file, &pos, e);
	if (status == 0 && !(file && pos)) {
		status = my_query(m, "SHOW MASTER STATUS", &r, e);
		if (status == 0 && r.nrows) {
			free(file);
			free(pos);
			file = result_copy(&r, 0, 0);
			pos = result_copy(&r, 0, 1);
		}
		result_free(&r);
	}
	if (status == 0 && !(file && pos))
		status = binlog_off(e);
	if (status == 0) {
		buf_adds(&sql, "SELECT BINLOG_GTID_POS(");
		db_add_literal(&m->db, &sql, file, strlen(file));
		buf_addf(&sql, ", %s)", pos);
		status = my_query(m, buf_cstr(&sql), &r, e);
	}
	if (status == 0)
		add_json(b, file, pos, r.nrows ? result_get(&r, 0, 0) : NULL);
	result_free(&r);
	buf_free(&sql);
	free(file);
	free(pos);
	return status;
}

/*
 * What the binary log holds may not be visible yet: a transaction is written there before it
 * commits in the storage engine. So the position is taken while a global read lock keeps commits
 * out, for as long as two short statements take, as mysqldump does (MySQL manual, "mysqldump",
 * --source-data).
 */
int my_locked_snapshot(struct my *m, const char *sql, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct buf b = BUF_INIT;
	int status;

	free(m->position);
	m->position = NULL;
	if (my_exec(m, "FLUSH TABLES WITH READ LOCK", e) < 0) {
		err_prefix(e, "the snapshot's position wants a short read lock");
		return err_hint(e, "GRANT RELOAD ON *.* TO the user");
	}
	status = my_exec(m, sql, e);
	if (status == 0)
		status = mysql_position(m, &b, e);
	if (my_exec(m, "UNLOCK TABLES", status == 0 ? e : &ignored) < 0)
		status = -1;
	if (status == 0)
		m->position = buf_detach(&b);
	err_clear(&ignored);
	buf_free(&b);
	return status;
}

/* The lock waits for the statements that run, and keeps writes waiting meanwhile. */
int my_hold(struct db *db, struct buf *b, struct err *e)
{
	struct my *m = my_of(db);
	struct err ignored = ERR_INIT;
	struct buf position = BUF_INIT;

	if (my_exec(m, "SET SESSION lock_wait_timeout = 60", e) < 0)
		return -1;
	if (my_exec(m, "FLUSH TABLES WITH READ LOCK", e) < 0) {
		err_prefix(e, "snapshots that show one moment want a short read lock");
		return err_hint(e, "GRANT RELOAD ON *.* TO the user; and no statement may run for "
				   "longer than a minute just then");
	}
	buf_adds(b, "{\"snapshot\":null,\"state\":");
	if (my_position(db, &position, &ignored) < 0)
		buf_adds(b, "null");
	else
		json_add_string(b, buf_cstr(&position), position.n);
	buf_addc(b, '}');
	err_clear(&ignored);
	buf_free(&position);
	return 0;
}

int my_lacks_replication(struct my *m, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct result r;

	if (my_query(m, "SELECT QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)),"
			" QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1))", &r, &ignored) == 0) {
		err_hint(e, "GRANT REPLICATION SLAVE, %s ON *.* TO %s@%s",
			 m->mariadb ? "BINLOG MONITOR" : "REPLICATION CLIENT",
			 result_get(&r, 0, 0), result_get(&r, 0, 1));
		result_free(&r);
	}
	err_clear(&ignored);
	return -1;
}

int my_position(struct db *db, struct buf *b, struct err *e)
{
	struct my *m = my_of(db);
	int status;

	if (m->position) {
		buf_adds(b, m->position);
		return 0;
	}
	status = m->mariadb ? mariadb_position(m, b, e) : mysql_position(m, b, e);
	return status < 0 && my_errno(m) == MY_LACKS_PRIVILEGE ? my_lacks_replication(m, e) : status;
}

int my_next_binlog(struct my *m, const char *file, char **next, struct err *e)
{
	struct result r;

	*next = NULL;
	if (my_query(m, "SHOW BINARY LOGS", &r, e) < 0)
		return -1;
	for (size_t i = 0; i + 1 < r.nrows; i++)
		if (!strcmp(result_get(&r, i, 0), file))
			*next = result_copy(&r, i + 1, 0);
	result_free(&r);
	return 0;
}

int my_position_bytes(struct db *db, const struct position *from, const struct position *to,
		      uint64_t *bytes, struct err *e)
{
	bool in = !strcmp(to->file, from->file);
	struct result r;

	*bytes = to->pos - from->pos;
	if (in)
		return 1;
	if (my_query(my_of(db), "SHOW BINARY LOGS", &r, e) < 0)
		return -1;
	for (size_t i = 0; i < r.nrows && strcmp(result_get(&r, i, 0), to->file); i++) {
		in = in || !strcmp(result_get(&r, i, 0), from->file);
		if (in)
			*bytes += (uint64_t)result_number(&r, i, 1);
	}
	result_free(&r);
	return in;
}
