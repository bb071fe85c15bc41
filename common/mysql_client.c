/*
 * The client library, MariaDB Connector/C: connecting, statements, rows and LOAD
 * DATA LOCAL. This file alone includes its header.
 */
#include <mysql.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "mysql_impl.h"
#include "value.h"

#define SESSION_SECONDS 604800u /* a consumer may be slow for a week */
#define CLIENT_PACKET (1ul << 30)

struct my_client {
	MYSQL *conn;
	MYSQL_RES *res;          /* a SELECT under way, unbuffered */
	MYSQL_STMT *stmt;
	char *insert_sql;        /* what stmt is, if it is an INSERT */
	bool multi;              /* several statements may come at once */
	enum { BATCH_NONE, BATCH_FAILED, BATCH_FIRST, BATCH_NEXT } batch;
	struct binary *binary;   /* bindings of stmt, if it is a SELECT that runs */
};

/* ---- Errors ---- */

unsigned my_errno(struct my *m)
{
	struct my_client *c = m->client;

	if (c->stmt && mysql_stmt_errno(c->stmt))
		return mysql_stmt_errno(c->stmt);
	return c->conn ? mysql_errno(c->conn) : 0;
}

const char *my_error(struct my *m)
{
	return m->client ? mysql_error(m->client->conn) : "";
}

int my_fail(struct my *m, struct err *e)
{
	struct my_client *c = m->client;

	if (c->stmt && mysql_stmt_errno(c->stmt))
		return my_fail_with(e, mysql_stmt_errno(c->stmt), mysql_stmt_sqlstate(c->stmt),
				    mysql_stmt_error(c->stmt));
	return my_fail_with(e, mysql_errno(c->conn), mysql_sqlstate(c->conn), mysql_error(c->conn));
}

/* ---- Connecting ---- */

static void set_tls(MYSQL *conn, const struct my_options *o)
{
	my_bool on = o->ssl_mode != MY_SSL_DISABLED;
	my_bool verify = o->ssl_mode == MY_SSL_VERIFY_IDENTITY;

	/* The library demands a TLS session for "enforce" only if it verifies; the
	 * modes above PREFERRED are checked again once connected. */
	mysql_optionsv(conn, MYSQL_OPT_SSL_ENFORCE, &on);
	mysql_optionsv(conn, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	if (o->ssl_ca)
		mysql_optionsv(conn, MYSQL_OPT_SSL_CA, o->ssl_ca);
	if (o->ssl_cert)
		mysql_optionsv(conn, MYSQL_OPT_SSL_CERT, o->ssl_cert);
	if (o->ssl_key)
		mysql_optionsv(conn, MYSQL_OPT_SSL_KEY, o->ssl_key);
}

static void set_options(MYSQL *conn, const struct my_options *o)
{
	unsigned on = 1, slow = SESSION_SECONDS, tcp = MYSQL_PROTOCOL_TCP;
	size_t packet = CLIENT_PACKET;

	mysql_optionsv(conn, MYSQL_READ_DEFAULT_GROUP, "client");
	mysql_optionsv(conn, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_optionsv(conn, MYSQL_OPT_LOCAL_INFILE, &on);
	mysql_optionsv(conn, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
	mysql_optionsv(conn, MYSQL_OPT_WRITE_TIMEOUT, &slow);
	mysql_optionsv(conn, MYSQL_OPT_CONNECT_TIMEOUT, &o->connect_seconds);
	if (o->compress)
		mysql_optionsv(conn, MYSQL_OPT_COMPRESS, NULL);
	if (o->tcp) /* localhost with a port is no socket */
		mysql_optionsv(conn, MYSQL_OPT_PROTOCOL, &tcp);
	set_tls(conn, o);
}

/* Option files are read by the library on connecting, after our own settings: a
 * file that weakens what the URL asks for is an error. */
static int check_tls(MYSQL *conn, const struct my_options *o, struct err *e)
{
	const char *ca = NULL;
	my_bool verify = 0;

	if (o->ssl_mode < MY_SSL_REQUIRED)
		return 0;
	if (!mysql_get_ssl_cipher(conn)) {
		err_set(e, EXIT_BAD, "the server offers no TLS, which ssl-mode=%s asks for",
			o->ssl_mode_name);
		return err_hint(e, "set ssl_cert and ssl_key on the server, or ssl-mode=PREFERRED");
	}
	mysql_get_optionv(conn, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	mysql_get_optionv(conn, MYSQL_OPT_SSL_CA, &ca);
	if ((o->ssl_mode == MY_SSL_VERIFY_IDENTITY && !verify) ||
	    (o->ssl_ca && (!ca || strcmp(o->ssl_ca, ca))))
		return err_set(e, EXIT_BAD, "an option file overrides ssl-mode or ssl-ca of the URL");
	return 0;
}

int my_connect(struct my *m, const struct url *u, const struct my_options *o, struct err *e)
{
	struct my_client *c = m->client = xcalloc(1, sizeof *c);

	c->conn = mysql_init(NULL);
	if (!c->conn)
		return err_set(e, EXIT_FAILED, "out of memory");
	set_options(c->conn, o);
	if (!mysql_real_connect(c->conn, u->host, u->user, u->password, u->database, u->port,
				o->socket, CLIENT_LOCAL_FILES | CLIENT_FOUND_ROWS)) {
		my_fail(m, e);
		return err_prefix(e, "cannot connect to %s", m->db.masked_url);
	}
	return check_tls(c->conn, o, e);
}

void my_disconnect(struct my *m)
{
	struct my_client *c = m->client;

	if (!c)
		return;
	/* The rows of a SELECT under way are not read to the end, the connection is cut. */
	if (c->res)
		shutdown(mysql_get_socket(c->conn), SHUT_RDWR);
	if (c->conn) {
		my_drop_result(m);
		mysql_close(c->conn);
	}
	free(c);
	m->client = NULL;
}

void *my_handle(struct my *m)
{
	return m->client->conn;
}

/* ---- Statements ---- */

int my_start_text(struct my *m, const char *sql, struct err *e)
{
	struct my_client *c = m->client;

	my_drop_result(m);
	if (mysql_real_query(c->conn, sql, (unsigned long)strlen(sql)))
		return my_fail(m, e);
	c->res = mysql_use_result(c->conn);
	return !c->res && mysql_errno(c->conn) ? my_fail(m, e) : 0;
}

size_t my_width(struct my *m)
{
	return mysql_field_count(m->client->conn);
}

uint64_t my_affected(struct my *m)
{
	struct my_client *c = m->client;

	return c->stmt ? mysql_stmt_affected_rows(c->stmt) : mysql_affected_rows(c->conn);
}

void my_batch(struct my *m, const char *sql, size_t n)
{
	struct my_client *c = m->client;
	bool bad;

	my_drop_result(m);
	bad = (!c->multi && mysql_set_server_option(c->conn, MYSQL_OPTION_MULTI_STATEMENTS_ON)) ||
	      mysql_real_query(c->conn, sql, (unsigned long)n);
	c->multi = c->multi || !bad;
	c->batch = bad ? BATCH_FAILED : BATCH_FIRST;
}

int my_batch_next(struct my *m, uint64_t *affected, unsigned *warnings, struct err *e)
{
	struct my_client *c = m->client;
	int status = c->batch == BATCH_FIRST ? 0 : c->batch == BATCH_NEXT ? -1 : 1;

	if (c->batch == BATCH_NONE)
		return 0;
	if (c->batch == BATCH_NEXT)
		status = mysql_next_result(c->conn);
	c->batch = status ? BATCH_NONE : BATCH_NEXT;
	if (status)
		return status < 0 ? 0 : my_fail(m, e);
	*affected = mysql_affected_rows(c->conn);
	*warnings = mysql_warning_count(c->conn);
	return 1;
}

/* ---- Prepared SELECTs ---- */

/* A column's value: floats arrive as such, all else as text. */
struct cell {
	struct buf data;
	unsigned long length;
	my_bool null, cut;
	struct buf text; /* a float's canonical text */
};

struct binary {
	size_t n;
	MYSQL_BIND *bind;
	struct cell *cell;
	char **row;
	unsigned long *length;
	bool rebind;
};

static void drop_statement(struct my_client *c)
{
	struct binary *bin = c->binary;

	if (bin) {
		for (size_t i = 0; i < bin->n; i++) {
			buf_free(&bin->cell[i].data);
			buf_free(&bin->cell[i].text);
		}
		free(bin->bind);
		free(bin->cell);
		free(bin->row);
		free(bin->length);
		free(bin);
	}
	c->binary = NULL;
	free(c->insert_sql);
	c->insert_sql = NULL;
	if (c->stmt)
		mysql_stmt_close(c->stmt);
	c->stmt = NULL;
}

/* Makes m's statement of sql. */
static int prepare(struct my *m, const char *sql, struct err *e)
{
	struct my_client *c = m->client;

	my_drop_result(m);
	c->stmt = mysql_stmt_init(c->conn);
	if (!c->stmt || mysql_stmt_prepare(c->stmt, sql, (unsigned long)strlen(sql)))
		return my_fail(m, e);
	return 0;
}

static void read_meta(const MYSQL_FIELD *f, struct my_meta *meta)
{
	struct my_field field = {(int)f->type, f->flags, f->charsetnr, f->decimals, f->length,
				 {NULL, 0}, {NULL, 0}};
	MARIADB_CONST_STRING s;

	if (!mariadb_field_attr(&s, f, MARIADB_FIELD_ATTR_DATA_TYPE_NAME))
		field.data_type = (struct field){s.str, s.length};
	if (!mariadb_field_attr(&s, f, MARIADB_FIELD_ATTR_FORMAT_NAME))
		field.format = (struct field){s.str, s.length};
	meta->name = xstrndup(f->name, f->name_length);
	my_read_field(&field, meta);
}

int my_prepare_select(struct my *m, const char *sql, struct my_meta **meta, size_t *n,
		      struct err *e)
{
	MYSQL_RES *res;

	if (prepare(m, sql, e) < 0)
		return -1;
	res = mysql_stmt_result_metadata(m->client->stmt);
	*n = res ? mysql_num_fields(res) : 0;
	*meta = xcalloc(*n, sizeof **meta);
	for (size_t i = 0; i < *n; i++)
		read_meta(mysql_fetch_field_direct(res, (unsigned)i), &(*meta)[i]);
	if (res)
		mysql_free_result(res);
	return 0;
}

static void bind_cell(MYSQL_BIND *b, struct cell *cell, enum enum_field_types type)
{
	bool number = type == MYSQL_TYPE_FLOAT || type == MYSQL_TYPE_DOUBLE;

	b->buffer_type = number ? type : MYSQL_TYPE_STRING;
	b->buffer = buf_room(&cell->data, 256);
	b->buffer_length = (unsigned long)cell->data.cap;
	b->length = &cell->length;
	b->is_null = &cell->null;
	b->error = &cell->cut;
}

int my_start_binary(struct my *m, struct err *e)
{
	MYSQL_STMT *stmt = m->client->stmt;
	struct binary *bin = m->client->binary = xcalloc(1, sizeof *bin);

	bin->n = mysql_stmt_field_count(stmt);
	bin->bind = xcalloc(bin->n, sizeof *bin->bind);
	bin->cell = xcalloc(bin->n, sizeof *bin->cell);
	bin->row = xcalloc(bin->n, sizeof *bin->row);
	bin->length = xcalloc(bin->n, sizeof *bin->length);
	bin->rebind = true;
	for (size_t i = 0; i < bin->n; i++)
		bind_cell(&bin->bind[i], &bin->cell[i], stmt->fields[i].type);
	if (mysql_stmt_execute(stmt))
		return my_fail(m, e);
	/* The library cannot take MySQL 9's VECTOR apart; it is sent as a BLOB is. */
	for (size_t i = 0; i < bin->n; i++)
		if ((int)stmt->fields[i].type == MY_TYPE_VECTOR)
			stmt->fields[i].type = MYSQL_TYPE_BLOB;
	return 0;
}

static void float_text(const MYSQL_BIND *b, struct buf *text)
{
	double d;
	float f;

	buf_reset(text);
	memcpy(&d, b->buffer, sizeof d);
	memcpy(&f, b->buffer, sizeof f);
	if (b->buffer_type == MYSQL_TYPE_FLOAT)
		value_add_float32(text, f);
	else
		value_add_float64(text, d);
}

/* Points column i of the row at its value; a longer one than there was room for is
 * fetched again into a larger buffer. */
static int settle_cell(MYSQL_STMT *stmt, struct binary *bin, size_t i)
{
	MYSQL_BIND *b = &bin->bind[i];
	struct cell *cell = &bin->cell[i];

	bin->row[i] = NULL;
	if (cell->null)
		return 0;
	if (b->buffer_type != MYSQL_TYPE_STRING) {
		float_text(b, &cell->text);
		bin->row[i] = cell->text.p;
		bin->length[i] = (unsigned long)cell->text.n;
		return 0;
	}
	if (cell->length > b->buffer_length) {
		b->buffer = buf_room(&cell->data, cell->length + 1);
		b->buffer_length = (unsigned long)cell->data.cap;
		bin->rebind = true;
		if (mysql_stmt_fetch_column(stmt, b, (unsigned)i, 0))
			return -1;
	}
	bin->row[i] = b->buffer;
	bin->length[i] = cell->length;
	return 0;
}

static int next_binary(struct my *m, char ***row, unsigned long **length, struct err *e)
{
	struct my_client *c = m->client;
	struct binary *bin = c->binary;
	int status;

	if (bin->rebind && mysql_stmt_bind_result(c->stmt, bin->bind))
		return my_fail(m, e);
	bin->rebind = false;
	status = mysql_stmt_fetch(c->stmt);
	if (status == MYSQL_NO_DATA) {
		drop_statement(c);
		return 0;
	}
	if (status == 1)
		return my_fail(m, e);
	for (size_t i = 0; i < bin->n; i++)
		if (settle_cell(c->stmt, bin, i) < 0)
			return my_fail(m, e);
	*row = bin->row;
	*length = bin->length;
	return 1;
}

/* ---- Rows ---- */

void my_drop_result(struct my *m)
{
	struct my_client *c = m->client;

	drop_statement(c);
	if (c->res)
		mysql_free_result(c->res);
	c->res = NULL;
}

int my_next(struct my *m, char ***row, unsigned long **length, struct err *e)
{
	struct my_client *c = m->client;

	if (c->binary)
		return next_binary(m, row, length, e);
	if (!c->res)
		return 0;
	*row = mysql_fetch_row(c->res);
	if (*row) {
		*length = mysql_fetch_lengths(c->res);
		return 1;
	}
	if (mysql_errno(c->conn))
		return my_fail(m, e);
	mysql_free_result(c->res);
	c->res = NULL;
	return 0;
}

/* ---- Loading ---- */

int my_insert(struct my *m, const char *sql, const struct my_param *param, size_t n, struct err *e)
{
	struct my_client *c = m->client;
	MYSQL_BIND *bind;
	int bad;

	if (!c->insert_sql || strcmp(c->insert_sql, sql)) {
		if (prepare(m, sql, e) < 0)
			return -1;
		c->insert_sql = xstrdup(sql);
	}
	bind = xcalloc(n, sizeof *bind);
	for (size_t i = 0; i < n; i++) {
		bind[i].buffer_type = param[i].bytes ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
		if (!param[i].p)
			bind[i].buffer_type = MYSQL_TYPE_NULL;
		bind[i].buffer = (void *)param[i].p;
		bind[i].buffer_length = (unsigned long)param[i].n;
		bind[i].length_value = (unsigned long)param[i].n;
	}
	bad = mysql_stmt_bind_param(c->stmt, bind) || mysql_stmt_execute(c->stmt);
	free(bind);
	return bad ? my_fail(m, e) : 0;
}

int my_load_data(struct my *m, const char *sql, struct my_infile *in, struct err *e)
{
	MYSQL *conn = m->client->conn;
	unsigned on = 1;
	int bad;

	my_drop_result(m);
	mysql_options(conn, MYSQL_OPT_LOCAL_INFILE, &on);
	mysql_set_local_infile_handler(conn, my_infile_init, my_infile_read, my_infile_end,
				       my_infile_error, in);
	bad = mysql_real_query(conn, sql, (unsigned long)strlen(sql));
	mysql_set_local_infile_handler(conn, NULL, NULL, NULL, NULL, NULL);
	if (in->failed)
		return -1;
	return bad ? my_fail(m, e) : 0;
}

const char *my_info(struct my *m)
{
	return mysql_info(m->client->conn);
}
