/*
 * The client library, libpq: connecting, statements and COPY. This file alone includes its
 * header.
 */
#include "pg_impl.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define PIECE (256 * 1024) /* bytes given to libpq at once, which holds them a second time */

#define PUMP_EVERY 128    /* statements of a pipeline between looks at the socket */

struct pg_client {
	PGconn *conn;
	char *row;        /* COPY TO's last row, libpq's memory */
	bool reading;     /* a COPY TO runs */
	unsigned sent;    /* statements of pipelines */
};

/* ---- Errors ---- */

/* Fills *e from a failed result (NULL: the connection's own message). Returns -1. */
static int fail(struct pg *pg, const PGresult *res, struct err *e)
{
	struct pg_failure f = {
		.sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE),
		.primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY),
		.detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL),
		.hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT),
		.context = PQresultErrorField(res, PG_DIAG_CONTEXT),
		.constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME),
		.text = PQresultErrorMessage(res),
	};

	if (!*f.text)
		f.text = PQerrorMessage(pg->client->conn);
	return pg_fail(pg, &f, e);
}

/* ---- Connecting ---- */

static void ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

/* libpq quotes what it cannot read, which may be the password: only a parameter's name stays. */
static int check_url(const struct url *u, struct err *e)
{
	char *msg = NULL, *quote;
	PQconninfoOption *options = PQconninfoParse(u->text, &msg);

	if (options) {
		PQconninfoFree(options);
		return 0;
	}
	if (!msg)
		return err_set(e, EXIT_BAD, "%s is no URL that libpq can read", u->masked);
	quote = strstr(msg, ": \"");
	if (quote && strncmp(msg, "invalid URI query parameter", 27))
		*quote = '\0';
	msg[strcspn(msg, "\n")] = '\0';
	err_set(e, EXIT_BAD, "%s: %s", u->masked, msg);
	PQfreemem(msg);
	return -1;
}

/* With client_encoding UTF8 the server converts or, where its own encoding is SQL_ASCII, checks
 * all text (manual, "Character Set Support"). What stands before dbname the URL overrides. */
int pg_connect(struct pg *pg, const struct url *u, bool replication, struct err *e)
{
	struct pg_client *c = pg->client = xcalloc(1, sizeof *c);
	const char *keys[] = {"connect_timeout", "dbname", "client_encoding",
			      "fallback_application_name", "replication", NULL};
	const char *values[] = {replication ? "15" : NULL, u->text, "UTF8", "rowboat",
				replication ? "database" : NULL, NULL};

	if (check_url(u, e) < 0)
		return -1;
	c->conn = PQconnectdbParams(keys, values, 1);
	if (!c->conn)
		die(EXIT_FAILED, "out of memory");
	if (PQstatus(c->conn) != CONNECTION_OK)
		return pg_refused(PQerrorMessage(c->conn), PQconnectionNeedsPassword(c->conn), e);
	PQsetNoticeReceiver(c->conn, ignore_notice, NULL);
	return 0;
}

void pg_disconnect(struct pg *pg)
{
	if (!pg->client)
		return;
	PQfreemem(pg->client->row);
	PQfinish(pg->client->conn);
	free(pg->client);
	pg->client = NULL;
}

int pg_server_version(const struct pg *pg)
{
	return PQserverVersion(pg->client->conn);
}

const char *pg_parameter(const struct pg *pg, const char *name)
{
	return PQparameterStatus(pg->client->conn, name);
}

/* ---- Statements ---- */

/* Runs sql to its end; the result belongs to the caller. NULL with *e set if it failed. */
static PGresult *run(struct pg *pg, const char *sql, struct err *e)
{
	PGresult *res;

	pg_copy_out_stop(pg);
	res = PQexec(pg->client->conn, sql);
	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		return res;
	default:
		fail(pg, res, e);
		PQclear(res);
		return NULL;
	}
}

static uint64_t tag_count(PGresult *res)
{
	return strtoull(PQcmdTuples(res), NULL, 10);
}

int pg_exec_count(struct pg *pg, const char *sql, uint64_t *rows, struct err *e)
{
	PGresult *res = run(pg, sql, e);

	if (!res)
		return -1;
	if (rows)
		*rows = tag_count(res);
	PQclear(res);
	return 0;
}

int pg_query(struct db *db, const char *sql, struct result *r, struct err *e)
{
	PGresult *res = run(pg_of(db), sql, e);
	size_t size = 0, k = 0;
	char *at;

	if (!res)
		return -1;
	r->nrows = (size_t)PQntuples(res);
	r->ncols = (size_t)PQnfields(res);
	r->f = xcalloc(r->nrows * r->ncols, sizeof *r->f);
	for (int i = 0; i < PQntuples(res); i++)
		for (int j = 0; j < PQnfields(res); j++)
			size += (size_t)PQgetlength(res, i, j) + 1;
	r->arena = at = xmalloc(size);
	for (int i = 0; i < PQntuples(res); i++) {
		for (int j = 0; j < PQnfields(res); j++, k++) {
			size_t n = (size_t)PQgetlength(res, i, j);

			memcpy(at, PQgetvalue(res, i, j), n + 1);
			if (!PQgetisnull(res, i, j))
				r->f[k] = (struct field){at, n};
			at += n + 1;
		}
	}
	PQclear(res);
	return 0;
}

int pg_describe(struct pg *pg, const char *query, pg_described tell, void *ctx, struct err *e)
{
	PGresult *res;
	bool ok;

	pg_copy_out_stop(pg);
	res = PQprepare(pg->client->conn, "", query, 0, NULL);
	ok = PQresultStatus(res) == PGRES_COMMAND_OK;
	if (ok) {
		PQclear(res);
		res = PQdescribePrepared(pg->client->conn, "");
		ok = PQresultStatus(res) == PGRES_COMMAND_OK;
	}
	if (!ok)
		fail(pg, res, e);
	for (int i = 0; ok && i < PQnfields(res); i++)
		tell(ctx, PQfname(res, i), PQftype(res, i), PQfmod(res, i));
	PQclear(res);
	return ok ? 0 : -1;
}

/* ---- COPY ---- */

/* Takes the results that are left, to the last; 0, or -1 with *e of the first failure. */
static int finish(struct pg *pg, uint64_t *rows, struct err *e)
{
	PGconn *conn = pg->client->conn;
	PGresult *res;
	int status = 0;
	bool any = false;

	while ((res = PQgetResult(conn)) != NULL) {
		ExecStatusType s = PQresultStatus(res);

		if (s == PGRES_COMMAND_OK && rows)
			*rows = tag_count(res);
		if (s != PGRES_COMMAND_OK && status == 0)
			status = fail(pg, res, e);
		any = true;
		PQclear(res);
		if (s == PGRES_COPY_IN || s == PGRES_COPY_OUT)
			break; /* the connection is lost: libpq would repeat this for ever */
	}
	return any ? status : fail(pg, NULL, e);
}

/* Starts a COPY of the kind wanted. */
static int start_copy(struct pg *pg, const char *sql, ExecStatusType want, struct err *e)
{
	PGresult *res;
	bool ok;

	pg_copy_out_stop(pg);
	res = PQexec(pg->client->conn, sql);
	ok = PQresultStatus(res) == want;
	if (!ok)
		fail(pg, res, e);
	PQclear(res);
	return ok ? 0 : -1;
}

int pg_copy_out(struct pg *pg, const char *sql, struct err *e)
{
	if (start_copy(pg, sql, PGRES_COPY_OUT, e) < 0)
		return -1;
	pg->client->reading = true;
	return 0;
}

int pg_copy_out_row(struct pg *pg, char **p, size_t *n, struct err *e)
{
	struct pg_client *client = pg->client;
	int got;

	PQfreemem(client->row);
	client->row = NULL;
	got = PQgetCopyData(client->conn, &client->row, 0);
	if (got > 0) {
		*p = client->row;
		*n = (size_t)got;
		return 1;
	}
	client->reading = false;
	return finish(pg, NULL, e);
}

void pg_copy_out_stop(struct pg *pg)
{
	struct err unused = ERR_INIT;
	char reason[256];
	PGcancel *cancel;
	size_t n;
	char *p;

	if (!pg->client->reading)
		return;
	cancel = PQgetCancel(pg->client->conn);
	if (cancel)
		PQcancel(cancel, reason, sizeof reason);
	PQfreeCancel(cancel);
	while (pg_copy_out_row(pg, &p, &n, &unused) > 0)
		continue;
	err_clear(&unused);
}

int pg_copy_in(struct pg *pg, const char *sql, struct err *e)
{
	if (start_copy(pg, sql, PGRES_COPY_IN, e) < 0)
		return -1;
	PQsetnonblocking(pg->client->conn, 1);
	return 0;
}

/* Waits at most so long (in ms, -1: for ever) until the socket can be read or, if `write`,
 * written. Returns 1 if it can be read or is broken, 0, -1. */
static int wait_socket(PGconn *conn, bool read, bool write, int ms)
{
	struct pollfd fd = {
		.fd = PQsocket(conn),
		.events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0)),
	};
	int got = poll(&fd, 1, ms);

	if (got < 0)
		return errno == EINTR ? 0 : -1;
	return (fd.revents & ((read ? POLLIN : 0) | POLLERR | POLLHUP | POLLNVAL)) != 0;
}

/* Sends what libpq holds back. If `heed`, the socket is watched for input, too: during a COPY
 * FROM the server speaks only to refuse, and libpq itself would not tell. */
static int flush(struct pg *pg, bool heed)
{
	PGconn *conn = pg->client->conn;
	int left, status;

	while ((left = PQflush(conn)) > 0) {
		status = wait_socket(conn, heed, true, -1);
		if (status)
			return status;
	}
	return left < 0 || !heed ? left : wait_socket(conn, true, false, 0);
}

int pg_copy_in_put(struct pg *pg, const void *p, size_t n)
{
	PGconn *conn = pg->client->conn;
	const char *at = p;

	while (n) {
		size_t piece = n < PIECE ? n : PIECE;
		int put = PQputCopyData(conn, at, (int)piece);
		int status = put < 0 ? -1 : flush(pg, true);

		if (status)
			return status;
		if (put > 0) {
			at += piece;
			n -= piece;
		}
	}
	return 0;
}

int pg_copy_in_end(struct pg *pg, const char *abort, uint64_t *rows, struct err *e)
{
	PGconn *conn = pg->client->conn;

	flush(pg, false);
	PQsetnonblocking(conn, 0);
	if (PQputCopyEnd(conn, abort) < 0) {
		finish(pg, rows, e);
		return e->msg ? -1 : fail(pg, NULL, e);
	}
	return finish(pg, rows, e);
}

/* ---- Prepared statements and pipelines ---- */

int pg_prepare(struct pg *pg, const char *name, const char *sql, const uint32_t *types, size_t n,
	       struct err *e)
{
	PGresult *res;
	bool ok;

	pg_copy_out_stop(pg);
	res = PQprepare(pg->client->conn, name, sql, (int)n, types);
	ok = PQresultStatus(res) == PGRES_COMMAND_OK;
	if (!ok)
		fail(pg, res, e);
	PQclear(res);
	return ok ? 0 : -1;
}

int pg_pipeline_start(struct pg *pg, struct err *e)
{
	PGconn *conn = pg->client->conn;

	pg_copy_out_stop(pg);
	if (!PQenterPipelineMode(conn))
		return fail(pg, NULL, e);
	PQsetnonblocking(conn, 1);
	return 0;
}

/* The server's answers are read meanwhile: it would wait for that. */
static void pump(PGconn *conn)
{
	while (PQflush(conn) > 0)
		if (wait_socket(conn, true, true, -1) && !PQconsumeInput(conn))
			return;
}

void pg_pipeline_query(struct pg *pg, const char *sql)
{
	PQsendQueryParams(pg->client->conn, sql, 0, NULL, NULL, NULL, NULL, 0);
}

void pg_pipeline_send(struct pg *pg, const char *name, const struct pg_params *params)
{
	struct pg_client *c = pg->client;

	PQsendQueryPrepared(c->conn, name, params->n, params->p, params->length, params->binary, 0);
	if (++c->sent % PUMP_EVERY == 0)
		pump(c->conn);
}

void pg_pipeline_sync(struct pg *pg)
{
	PGconn *conn = pg->client->conn;

	PQpipelineSync(conn);
	pump(conn);
	PQsetnonblocking(conn, 0);
}

static void read_answer(PGresult *res, struct pg_answer *a)
{
	a->rows = tag_count(res);
	for (int i = 0; i < 2 && PQntuples(res) && i < PQnfields(res); i++)
		a->value[i] = *PQgetvalue(res, 0, i);
	if (a->value[0])
		a->number = strtoull(PQgetvalue(res, 0, 0), NULL, 10);
}

int pg_pipeline_answer(struct pg *pg, struct pg_answer *a, struct err *e)
{
	PGconn *conn = pg->client->conn;
	PGresult *res = PQgetResult(conn);
	int status = 1;

	*a = (struct pg_answer){0};
	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		read_answer(res, a);
		break;
	case PGRES_PIPELINE_ABORTED:
		a->skipped = true;
		break;
	case PGRES_PIPELINE_SYNC:
		status = 0;
		break;
	default:
		status = fail(pg, res, e);
	}
	PQclear(res);
	if (status && PQstatus(conn) == CONNECTION_OK)
		PQclear(PQgetResult(conn)); /* NULL: the end of the statement's results */
	return status;
}

int pg_pipeline_stop(struct pg *pg, struct err *e)
{
	PGconn *conn = pg->client->conn;
	struct pg_answer a;
	struct err unused = ERR_INIT;

	while (!PQexitPipelineMode(conn)) {
		if (PQstatus(conn) != CONNECTION_OK)
			return fail(pg, NULL, e);
		pg_pipeline_answer(pg, &a, &unused);
		err_clear(&unused);
	}
	return 0;
}

/* ---- Replication: COPY in both directions ---- */

int pg_copy_both(struct pg *pg, const char *sql, struct err *e)
{
	return start_copy(pg, sql, PGRES_COPY_BOTH, e);
}

/* Rows that libpq holds already come first: then the socket is only looked at. */
int pg_copy_both_get(struct pg *pg, char **p, size_t *n, int ms, struct err *e)
{
	struct pg_client *client = pg->client;

	for (bool looked = false;; looked = true) {
		int got;

		PQfreemem(client->row);
		client->row = NULL;
		got = PQgetCopyData(client->conn, &client->row, 1);
		if (got > 0) {
			*p = client->row;
			*n = (size_t)got;
			return 1;
		}
		if (got < 0)
			return finish(pg, NULL, e) < 0 ? -1 : fail(pg, NULL, e);
		if (looked)
			return 0;
		got = wait_socket(client->conn, true, false, ms);
		if (got <= 0)
			return got < 0 ? fail(pg, NULL, e) : 0;
		if (!PQconsumeInput(client->conn))
			return fail(pg, NULL, e);
	}
}

int pg_copy_both_put(struct pg *pg, const void *p, size_t n, struct err *e)
{
	PGconn *conn = pg->client->conn;

	return PQputCopyData(conn, p, (int)n) == 1 && PQflush(conn) == 0 ? 0 : fail(pg, NULL, e);
}

void pg_copy_both_end(struct pg *pg)
{
	if (PQputCopyEnd(pg->client->conn, NULL) == 1)
		PQflush(pg->client->conn);
}
