/*
 * The MySQL/MariaDB driver: statements, results and errors on MariaDB
 * Connector/C. This file alone includes its header. What a connection needs
 * to be opened is in mysql_open(); sessions are pinned there.
 */
#include <ctype.h>
#include <errmsg.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "mysql_impl.h"
#include "value.h"

#define MIN_MYSQL 80000u    /* window functions, CHECK, SKIP of old quirks */
#define MIN_MARIADB 100600u /* INVISIBLE, IGNORED, strict defaults */
#define SESSION_SECONDS 604800u /* a consumer may be slow for a week */
#define CLIENT_PACKET (1ul << 30)
#define TYPE_VECTOR 242 /* MySQL 9's, which MariaDB's header lacks */

/* ---- Errors ---- */

unsigned my_errno(struct my *m)
{
	if (m->stmt && mysql_stmt_errno(m->stmt))
		return mysql_stmt_errno(m->stmt);
	return m->conn ? mysql_errno(m->conn) : 0;
}

/* Error numbers from the manuals: "MySQL Server Error Message Reference", "MariaDB
 * Error Codes". */
bool my_row_fault(unsigned code)
{
	static const unsigned codes[] = {
		1022, 1048, 1062, 1169, 1216, 1217, 1263, 1264, 1265, 1292, 1366, 1367, 1369,
		1406, 1411, 1416, 1441, 1451, 1452, 1526, 1557, 1586, 1644, 1690, 1748, 1761,
		1762, 1767, 1859, 1862, 3140, 3141, 3146, 3156, 3157, 3643, 3819, 3820, 4025,
		4026, 4037, 4038, 4078, 6137};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i] == code)
			return true;
	return false;
}

static enum exit_status error_status(unsigned code, const char *state)
{
	if (code >= 2000 && code < 3000)
		return code == 2054 || code == 2058 || code == 2059 || code == 2061 ? EXIT_BAD
										    : EXIT_FAILED;
	if (code == 1040 || code == 1203 || code == 1226)
		return EXIT_FAILED;
	/* 1221, 1288: a view that is no target of LOAD DATA. */
	if (code == 1045 || code == 1698 || code == 1227 || code == 1221 || code == 1288 ||
	    code == 3118 || code == 3159)
		return EXIT_BAD;
	if (!strncmp(state, "42", 2) || !strncmp(state, "28", 2) || !strncmp(state, "22", 2) ||
	    !strncmp(state, "23", 2) || !strncmp(state, "3D", 2) || !strncmp(state, "21", 2) ||
	    !strncmp(state, "25", 2))
		return EXIT_BAD;
	return my_row_fault(code) ? EXIT_BAD : EXIT_FAILED;
}

static const char *error_hint(unsigned code)
{
	switch (code) {
	case 1045:
	case 1698:
		return "check user and password: in the URL, an option file ([client]) or MYSQL_PWD";
	case 1044:
	case 1142:
	case 1143:
	case 1227:
	case 1370:
		return "the user lacks a privilege: see SHOW GRANTS";
	case 1049:
		return "check the database in the URL: SHOW DATABASES lists those that the user may see";
	case 2002:
	case 2003:
	case 2005:
		return "check host, port or socket in the URL, and that the server is up";
	case 2026:
		return "check ssl-mode, ssl-ca, ssl-cert and ssl-key in the URL";
	case 3159:
		return "the server wants TLS: add ?ssl-mode=REQUIRED to the URL";
	case 1205:
	case 1213:
		return "another session holds locks on these rows: try again";
	default:
		return NULL;
	}
}

/* The server's message as one lower-case line without a full stop. */
static char *error_text(const char *msg)
{
	char *s = xstrdup(msg && *msg ? msg : "the server gave no message");
	size_t n = strlen(s);

	if (isupper((unsigned char)s[0]) && islower((unsigned char)s[1]))
		s[0] = (char)tolower((unsigned char)s[0]);
	for (size_t i = 0; i < n; i++)
		if (s[i] == '\n' || s[i] == '\r')
			s[i] = ' ';
	while (n && (s[n - 1] == '.' || s[n - 1] == ' '))
		s[--n] = '\0';
	return s;
}

static int fail_with(struct err *e, unsigned code, const char *state, const char *msg)
{
	char *text = error_text(msg);
	const char *hint = error_hint(code);

	err_set(e, error_status(code, state), "%s (%u)", text, code);
	if (hint)
		err_hint(e, "%s", hint);
	free(text);
	return -1;
}

int my_fail(struct my *m, struct err *e)
{
	if (m->stmt && mysql_stmt_errno(m->stmt))
		return fail_with(e, mysql_stmt_errno(m->stmt), mysql_stmt_sqlstate(m->stmt),
				 mysql_stmt_error(m->stmt));
	return fail_with(e, mysql_errno(m->conn), mysql_sqlstate(m->conn), mysql_error(m->conn));
}

/* ---- Small statements ---- */

int my_exec(struct my *m, const char *sql, struct err *e)
{
	MYSQL_RES *res;

	my_drop_result(m);
	if (mysql_real_query(m->conn, sql, (unsigned long)strlen(sql)))
		return my_fail(m, e);
	res = mysql_use_result(m->conn);
	if (res) {
		while (mysql_fetch_row(res))
			;
		mysql_free_result(res);
	}
	return mysql_errno(m->conn) ? my_fail(m, e) : 0;
}

static int copy_result(MYSQL_RES *res, struct result *r)
{
	struct buf arena = BUF_INIT;
	MYSQL_ROW row;
	size_t i = 0;

	r->nrows = (size_t)mysql_num_rows(res);
	r->ncols = mysql_num_fields(res);
	r->f = xcalloc(r->nrows * r->ncols + 1, sizeof *r->f);
	while ((row = mysql_fetch_row(res))) {
		unsigned long *length = mysql_fetch_lengths(res);

		for (size_t c = 0; c < r->ncols; c++, i++) {
			r->f[i].n = row[c] ? length[c] + 1 : 0;
			buf_add(&arena, row[c], row[c] ? length[c] : 0);
			if (row[c])
				buf_addc(&arena, '\0');
		}
	}
	r->arena = arena.p;
	for (size_t at = 0, k = 0; k < i; k++) {
		size_t n = r->f[k].n;

		if (n)
			r->f[k] = (struct field){arena.p + at, n - 1};
		at += n;
	}
	return 0;
}

int my_query(struct my *m, const char *sql, struct result *r, struct err *e)
{
	MYSQL_RES *res;

	*r = (struct result){0};
	my_drop_result(m);
	if (mysql_real_query(m->conn, sql, (unsigned long)strlen(sql)))
		return my_fail(m, e);
	res = mysql_store_result(m->conn);
	if (!res)
		return mysql_errno(m->conn) ? my_fail(m, e) : 0;
	copy_result(res, r);
	mysql_free_result(res);
	return 0;
}

uint64_t my_affected(struct my *m)
{
	return m->stmt ? mysql_stmt_affected_rows(m->stmt) : mysql_affected_rows(m->conn);
}

/* ---- What a result says about its columns ---- */

static void set_type(struct coltype *t, enum logical lt, const char *name, int bits)
{
	t->lt = lt;
	t->name = name;
	t->bits = bits;
}

static void string_type(const MYSQL_FIELD *f, struct coltype *t)
{
	bool blob = f->type >= MYSQL_TYPE_TINY_BLOB && f->type <= MYSQL_TYPE_BLOB;
	bool bytes = f->charsetnr == 63;

	if (f->flags & ENUM_FLAG)
		set_type(t, LT_ENUM, "enum", 0);
	else if (f->flags & SET_FLAG)
		set_type(t, LT_SET, "set", 0);
	else if (blob)
		set_type(t, bytes ? LT_BYTES : LT_TEXT, bytes ? "longblob" : "longtext", 0);
	else if (f->type == MYSQL_TYPE_STRING)
		set_type(t, bytes ? LT_BYTES : LT_TEXT, bytes ? "binary" : "char", 0);
	else
		set_type(t, bytes ? LT_BYTES : LT_TEXT, bytes ? "varbinary" : "varchar", 0);
	t->fixed = f->type == MYSQL_TYPE_STRING && (t->lt == LT_TEXT || t->lt == LT_BYTES);
	if (!blob && (t->lt == LT_TEXT || t->lt == LT_BYTES))
		t->length = bytes ? f->length : f->length / 4; /* utf8mb4 */
}

/* MariaDB tells types that the protocol does not have by name. */
static void extended_type(const MYSQL_FIELD *f, struct coltype *t)
{
	MARIADB_CONST_STRING name;

	if (!mariadb_field_attr(&name, f, MARIADB_FIELD_ATTR_DATA_TYPE_NAME) && name.length) {
		if (name.length == 4 && !memcmp(name.str, "uuid", 4))
			set_type(t, LT_UUID, "uuid", 0);
		else if (name.length == 5 && !memcmp(name.str, "inet", 4))
			set_type(t, LT_INET, name.str[4] == '4' ? "inet4" : "inet6", 0);
	}
	if (!mariadb_field_attr(&name, f, MARIADB_FIELD_ATTR_FORMAT_NAME) && name.length == 4 &&
	    !memcmp(name.str, "json", 4))
		set_type(t, LT_JSON, "json", 0);
	if (t->lt == LT_UUID || t->lt == LT_INET)
		t->length = 0, t->fixed = false;
}

static void field_type(const MYSQL_FIELD *f, struct coltype *t)
{
	bool sign = !(f->flags & UNSIGNED_FLAG);

	*t = (struct coltype){.is_unsigned = !sign, .precision = -1, .scale = -1};
	switch ((int)f->type) {
	case MYSQL_TYPE_TINY: set_type(t, LT_INT, "tinyint", 8); break;
	case MYSQL_TYPE_SHORT: set_type(t, LT_INT, "smallint", 16); break;
	case MYSQL_TYPE_INT24: set_type(t, LT_INT, "mediumint", 24); break;
	case MYSQL_TYPE_LONG: set_type(t, LT_INT, "int", 32); break;
	case MYSQL_TYPE_LONGLONG: set_type(t, LT_INT, "bigint", 64); break;
	case MYSQL_TYPE_YEAR: set_type(t, LT_YEAR, "year", 0); break;
	case MYSQL_TYPE_FLOAT: set_type(t, LT_FLOAT, "float", 32); break;
	case MYSQL_TYPE_DOUBLE: set_type(t, LT_FLOAT, "double", 64); break;
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL:
		set_type(t, LT_DECIMAL, "decimal", 0);
		t->scale = (int)f->decimals;
		t->precision = (int)f->length - (f->decimals > 0) - sign;
		break;
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_NEWDATE: set_type(t, LT_DATE, "date", 0); break;
	case MYSQL_TYPE_TIME: set_type(t, LT_DURATION, "time", 0); break;
	case MYSQL_TYPE_DATETIME: set_type(t, LT_TIMESTAMP, "datetime", 0); break;
	case MYSQL_TYPE_TIMESTAMP: set_type(t, LT_TIMESTAMPTZ, "timestamp", 0); break;
	case MYSQL_TYPE_BIT:
		set_type(t, LT_BITS, "bit", 0);
		t->length = f->length;
		t->fixed = true;
		break;
	case MYSQL_TYPE_JSON:
		set_type(t, LT_JSON, "json", 0);
		t->binary_json = true;
		break;
	case MYSQL_TYPE_GEOMETRY: set_type(t, LT_GEOMETRY, "geometry", 0); break;
	case TYPE_VECTOR: set_type(t, LT_BYTES, "vector", 0); break;
	case MYSQL_TYPE_NULL: set_type(t, LT_TEXT, "char", 0); break;
	default:
		string_type(f, t);
		extended_type(f, t);
	}
	if (t->lt == LT_DURATION || t->lt == LT_TIMESTAMP || t->lt == LT_TIMESTAMPTZ)
		t->precision = (int)f->decimals;
	if (t->lt != LT_INT && t->lt != LT_DECIMAL && t->lt != LT_FLOAT)
		t->is_unsigned = false;
}

/* ---- Prepared statements ---- */

/* The bindings of a SELECT: floats arrive as such, all else as text. */
struct my_binary {
	size_t n;
	MYSQL_BIND *bind;
	struct buf *data;
	unsigned long *length;
	my_bool *null, *cut;
	char **row;
	unsigned long *row_length;
	struct buf *text; /* floats as canonical text */
	bool rebind;
};

static void drop_statement(struct my *m)
{
	struct my_binary *bin = m->binary;

	for (size_t i = 0; bin && i < bin->n; i++) {
		buf_free(&bin->data[i]);
		buf_free(&bin->text[i]);
	}
	if (bin) {
		free(bin->bind);
		free(bin->data);
		free(bin->length);
		free(bin->null);
		free(bin->cut);
		free(bin->row);
		free(bin->row_length);
		free(bin->text);
		free(bin);
	}
	m->binary = NULL;
	if (m->stmt)
		mysql_stmt_close(m->stmt);
	m->stmt = NULL;
}

void my_meta_free(struct my_meta *meta, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(meta[i].name);
	free(meta);
}

int my_prepare_select(struct my *m, const char *sql, struct my_meta **meta, size_t *n,
		      struct err *e)
{
	MYSQL_RES *res;

	my_drop_result(m);
	m->stmt = mysql_stmt_init(m->conn);
	if (!m->stmt || mysql_stmt_prepare(m->stmt, sql, (unsigned long)strlen(sql)))
		return my_fail(m, e);
	res = mysql_stmt_result_metadata(m->stmt);
	*n = res ? mysql_num_fields(res) : 0;
	*meta = xcalloc(*n, sizeof **meta);
	for (size_t i = 0; i < *n; i++) {
		const MYSQL_FIELD *f = mysql_fetch_field_direct(res, (unsigned)i);
		struct my_meta *c = &(*meta)[i];

		c->name = xstrndup(f->name, f->name_length);
		field_type(f, &c->type);
		c->zerofill = f->flags & ZEROFILL_FLAG;
		c->inexact = f->type == MYSQL_TYPE_FLOAT ||
			     (f->type == MYSQL_TYPE_DOUBLE && f->decimals < 31);
	}
	if (res)
		mysql_free_result(res);
	return 0;
}

static void bind_column(struct my_binary *bin, size_t i, const MYSQL_FIELD *f)
{
	MYSQL_BIND *b = &bin->bind[i];
	bool number = f->type == MYSQL_TYPE_FLOAT || f->type == MYSQL_TYPE_DOUBLE;

	b->buffer_type = number ? f->type : MYSQL_TYPE_STRING;
	b->buffer = buf_room(&bin->data[i], 256);
	b->buffer_length = (unsigned long)bin->data[i].cap;
	b->length = &bin->length[i];
	b->is_null = &bin->null[i];
	b->error = &bin->cut[i];
}

int my_start_binary(struct my *m, struct err *e)
{
	MYSQL_RES *res = mysql_stmt_result_metadata(m->stmt);
	struct my_binary *bin;
	size_t n = res ? mysql_num_fields(res) : 0;

	m->binary = bin = xcalloc(1, sizeof *bin);
	bin->n = n;
	bin->bind = xcalloc(n, sizeof *bin->bind);
	bin->data = xcalloc(n, sizeof *bin->data);
	bin->text = xcalloc(n, sizeof *bin->text);
	bin->length = xcalloc(n, sizeof *bin->length);
	bin->null = xcalloc(n, sizeof *bin->null);
	bin->cut = xcalloc(n, sizeof *bin->cut);
	bin->row = xcalloc(n, sizeof *bin->row);
	bin->row_length = xcalloc(n, sizeof *bin->row_length);
	for (size_t i = 0; i < n; i++)
		bind_column(bin, i, mysql_fetch_field_direct(res, (unsigned)i));
	if (res)
		mysql_free_result(res);
	if (mysql_stmt_execute(m->stmt))
		return my_fail(m, e);
	/* The library cannot take MySQL 9's VECTOR apart; it is sent as a BLOB is. */
	for (size_t i = 0; i < n; i++)
		if ((int)((MYSQL_STMT *)m->stmt)->fields[i].type == TYPE_VECTOR)
			((MYSQL_STMT *)m->stmt)->fields[i].type = MYSQL_TYPE_BLOB;
	bin->rebind = true;
	return 0;
}

/* Points row i at its value; a longer one than there was room for is fetched
 * again into a larger buffer. */
static int settle_column(struct my *m, struct my_binary *bin, size_t i)
{
	MYSQL_BIND *b = &bin->bind[i];

	bin->row[i] = NULL;
	if (bin->null[i])
		return 0;
	if (b->buffer_type != MYSQL_TYPE_STRING) {
		double d;
		float f;

		buf_reset(&bin->text[i]);
		memcpy(&d, b->buffer, sizeof d);
		memcpy(&f, b->buffer, sizeof f);
		if (b->buffer_type == MYSQL_TYPE_FLOAT)
			value_add_float32(&bin->text[i], f);
		else
			value_add_float64(&bin->text[i], d);
		bin->row[i] = bin->text[i].p;
		bin->row_length[i] = (unsigned long)bin->text[i].n;
		return 0;
	}
	if (bin->length[i] > b->buffer_length) {
		b->buffer = buf_room(&bin->data[i], bin->length[i] + 1);
		b->buffer_length = (unsigned long)bin->data[i].cap;
		bin->rebind = true;
		if (mysql_stmt_fetch_column(m->stmt, b, (unsigned)i, 0))
			return -1;
	}
	bin->row[i] = b->buffer;
	bin->row_length[i] = bin->length[i];
	return 0;
}

static int next_binary(struct my *m, char ***row, unsigned long **length, struct err *e)
{
	struct my_binary *bin = m->binary;
	int status;

	if (bin->rebind && mysql_stmt_bind_result(m->stmt, bin->bind))
		return my_fail(m, e);
	bin->rebind = false;
	status = mysql_stmt_fetch(m->stmt);
	if (status == MYSQL_NO_DATA) {
		drop_statement(m);
		return 0;
	}
	if (status == 1)
		return my_fail(m, e);
	for (size_t i = 0; i < bin->n; i++)
		if (settle_column(m, bin, i) < 0)
			return my_fail(m, e);
	*row = bin->row;
	*length = bin->row_length;
	return 1;
}

int my_insert(struct my *m, const char *sql, const struct my_param *param, size_t n, struct err *e)
{
	MYSQL_BIND *bind = xcalloc(n, sizeof *bind);
	int bad = 0;

	if (!m->insert_sql || strcmp(m->insert_sql, sql)) {
		my_drop_result(m);
		m->stmt = mysql_stmt_init(m->conn);
		free(m->insert_sql);
		m->insert_sql = NULL;
		bad = !m->stmt || mysql_stmt_prepare(m->stmt, sql, (unsigned long)strlen(sql));
		if (!bad)
			m->insert_sql = xstrdup(sql);
	}
	for (size_t i = 0; i < n; i++) {
		bind[i].buffer_type = !param[i].p	 ? MYSQL_TYPE_NULL
				      : param[i].bytes ? MYSQL_TYPE_BLOB
						       : MYSQL_TYPE_STRING;
		bind[i].buffer = (void *)param[i].p;
		bind[i].buffer_length = (unsigned long)param[i].n;
		bind[i].length_value = (unsigned long)param[i].n;
	}
	bad = bad || mysql_stmt_bind_param(m->stmt, bind) || mysql_stmt_execute(m->stmt);
	free(bind);
	return bad ? my_fail(m, e) : 0;
}

/* ---- LOAD DATA ---- */

struct infile {
	load_source src;
	void *ctx;
	struct buf b;
	size_t at;
	uint64_t rows;
	struct err *e;
	bool failed;
};

static int infile_init(void **p, const char *name, void *ctx)
{
	(void)name;
	*p = ctx;
	return 0;
}

static int infile_read(void *p, char *to, unsigned int room)
{
	struct infile *in = p;
	size_t n;

	if (in->at == in->b.n) {
		int more;

		buf_reset(&in->b);
		in->at = 0;
		more = in->src(in->ctx, &in->b, &in->rows, in->e);
		in->failed = more < 0;
		if (more <= 0)
			return more;
	}
	n = in->b.n - in->at < room ? in->b.n - in->at : room;
	memcpy(to, in->b.p + in->at, n);
	in->at += n;
	return (int)n;
}

static void infile_end(void *p)
{
	(void)p;
}

static int infile_error(void *p, char *msg, unsigned int room)
{
	(void)p;
	snprintf(msg, room, "the source of the rows failed");
	return CR_UNKNOWN_ERROR;
}

int my_load_data(struct my *m, const char *sql, load_source src, void *ctx, uint64_t *rows,
		 unsigned *code, struct err *e)
{
	struct infile in = {.src = src, .ctx = ctx, .e = e};
	unsigned on = 1;
	int bad;

	my_drop_result(m);
	mysql_options(m->conn, MYSQL_OPT_LOCAL_INFILE, &on);
	mysql_set_local_infile_handler(m->conn, infile_init, infile_read, infile_end, infile_error,
				       &in);
	bad = mysql_real_query(m->conn, sql, (unsigned long)strlen(sql));
	mysql_set_local_infile_handler(m->conn, NULL, NULL, NULL, NULL, NULL);
	buf_free(&in.b);
	*rows = in.rows;
	*code = 0;
	if (in.failed)
		return -1;
	if (!bad)
		return 0;
	*code = my_errno(m);
	return my_fail(m, e);
}

bool my_load_counts(struct my *m, uint64_t *records, uint64_t *skipped, uint64_t *warnings)
{
	const char *info = mysql_info(m->conn);
	unsigned long long r, d, s, w;

	if (!info || sscanf(info, "Records: %llu Deleted: %llu Skipped: %llu Warnings: %llu", &r,
			    &d, &s, &w) != 4)
		return false;
	*records = r;
	*skipped = s;
	*warnings = w;
	return true;
}

/* ---- Rows ---- */

void my_drop_result(struct my *m)
{
	drop_statement(m);
	free(m->insert_sql);
	m->insert_sql = NULL;
	if (m->res)
		mysql_free_result(m->res);
	m->res = NULL;
}

int my_start_text(struct my *m, const char *sql, struct err *e)
{
	my_drop_result(m);
	if (mysql_real_query(m->conn, sql, (unsigned long)strlen(sql)))
		return my_fail(m, e);
	m->res = mysql_use_result(m->conn);
	return m->res ? 0 : my_fail(m, e);
}

int my_next(struct my *m, char ***row, unsigned long **length, struct err *e)
{
	if (m->binary)
		return next_binary(m, row, length, e);
	if (!m->res)
		return 0;
	*row = mysql_fetch_row(m->res);
	if (*row) {
		*length = mysql_fetch_lengths(m->res);
		return 1;
	}
	if (mysql_errno(m->conn))
		return my_fail(m, e);
	mysql_free_result(m->res);
	m->res = NULL;
	return 0;
}

/* ---- Opening ---- */

static const char *const known_params[] = {"socket", "ssl-mode", "ssl-ca", "ssl-cert", "ssl-key",
					   "connect-timeout", "compress", NULL};
static const char *const ssl_modes[] = {"DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA",
					"VERIFY_IDENTITY", NULL};
enum ssl_mode { SSL_OFF, SSL_PREFERRED, SSL_REQUIRED, SSL_VERIFY_CA, SSL_VERIFY_IDENTITY };

static int list_index(const char *const *list, const char *s)
{
	for (int i = 0; list[i]; i++)
		if (!strcasecmp(list[i], s))
			return i;
	return -1;
}

static int not_in_list(struct err *e, const char *what, const char *value, const char *const *list)
{
	struct buf b = BUF_INIT;

	for (int i = 0; list[i]; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", list[i]);
	err_set(e, EXIT_BAD, "%s '%s' in the URL is not known", what, value);
	err_hint(e, "known are %s", buf_cstr(&b));
	buf_free(&b);
	return -1;
}

static int check_params(const struct url *u, struct err *e)
{
	for (size_t i = 0; i < u->nparams; i++) {
		const char *name = u->param[i].name;

		if (!strcmp(name, "charset")) {
			err_set(e, EXIT_BAD, "the URL cannot choose a charset");
			return err_hint(e, "the connection is always utf8mb4: leave it out");
		}
		if (list_index(known_params, name) < 0)
			return not_in_list(e, "parameter", name, known_params);
	}
	return 0;
}

static int set_tls(MYSQL *c, const struct url *u, enum ssl_mode *mode, struct err *e)
{
	const char *name = url_param(u, "ssl-mode"), *ca = url_param(u, "ssl-ca");
	my_bool on, verify;
	int i = SSL_PREFERRED;

	if (name)
		i = list_index(ssl_modes, name);
	if (i < 0)
		return not_in_list(e, "ssl-mode", name, ssl_modes);
	*mode = (enum ssl_mode)i;
	if (*mode == SSL_VERIFY_CA && !ca)
		return err_set(e, EXIT_BAD, "ssl-mode=VERIFY_CA needs ssl-ca=FILE in the URL");
	on = *mode != SSL_OFF;
	verify = *mode == SSL_VERIFY_IDENTITY;
	/* The library demands a TLS session for "enforce" only if it verifies; the
	 * modes above PREFERRED are checked again once connected. */
	mysql_optionsv(c, MYSQL_OPT_SSL_ENFORCE, &on);
	mysql_optionsv(c, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	if (ca)
		mysql_optionsv(c, MYSQL_OPT_SSL_CA, ca);
	if (url_param(u, "ssl-cert"))
		mysql_optionsv(c, MYSQL_OPT_SSL_CERT, url_param(u, "ssl-cert"));
	if (url_param(u, "ssl-key"))
		mysql_optionsv(c, MYSQL_OPT_SSL_KEY, url_param(u, "ssl-key"));
	return 0;
}

static int set_options(struct my *m, const struct url *u, enum ssl_mode *mode, struct err *e)
{
	const char *timeout = url_param(u, "connect-timeout"), *compress = url_param(u, "compress");
	unsigned on = 1, seconds = 30, slow = SESSION_SECONDS, tcp = MYSQL_PROTOCOL_TCP;
	size_t packet = CLIENT_PACKET;
	uint64_t v;

	mysql_optionsv(m->conn, MYSQL_READ_DEFAULT_GROUP, "client");
	mysql_optionsv(m->conn, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_optionsv(m->conn, MYSQL_OPT_LOCAL_INFILE, &on);
	mysql_optionsv(m->conn, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
	mysql_optionsv(m->conn, MYSQL_OPT_WRITE_TIMEOUT, &slow);
	if (timeout) {
		if (value_uint(timeout, strlen(timeout), &v) != VALUE_OK || v > 86400)
			return err_set(e, EXIT_BAD, "connect-timeout '%s' is not a number of seconds",
				       timeout);
		seconds = (unsigned)v;
	}
	mysql_optionsv(m->conn, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
	if (compress && strcmp(compress, "0"))
		mysql_optionsv(m->conn, MYSQL_OPT_COMPRESS, NULL);
	if (u->port && !url_param(u, "socket")) /* localhost with a port is no socket */
		mysql_optionsv(m->conn, MYSQL_OPT_PROTOCOL, &tcp);
	return set_tls(m->conn, u, mode, e);
}

/* Option files are read by the library on connecting, after our own settings: a
 * file that weakens what the URL asks for is an error. */
static int check_tls(struct my *m, const struct url *u, enum ssl_mode mode, struct err *e)
{
	const char *ca = url_param(u, "ssl-ca"), *used = NULL;
	my_bool verify = 0;

	if (mode < SSL_REQUIRED)
		return 0;
	if (!mysql_get_ssl_cipher(m->conn)) {
		err_set(e, EXIT_BAD, "the server offers no TLS, which ssl-mode=%s asks for",
			ssl_modes[mode]);
		return err_hint(e, "set ssl_cert and ssl_key on the server, or ssl-mode=PREFERRED");
	}
	mysql_get_optionv(m->conn, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	mysql_get_optionv(m->conn, MYSQL_OPT_SSL_CA, &used);
	if ((mode == SSL_VERIFY_IDENTITY && !verify) || (ca && (!used || strcmp(ca, used))))
		return err_set(e, EXIT_BAD, "an option file overrides ssl-mode or ssl-ca of the URL");
	return 0;
}

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
	m->database = result_get(&r, 0, 2) ? xstrdup(result_get(&r, 0, 2)) : NULL;
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

/* Strict, but zero dates are data; an explicit 0 in an AUTO_INCREMENT column stays 0. */
/* How many warnings the server keeps to be read; beyond that, harmless ones make a load fail.
 * MySQL 9 allows it to SESSION_VARIABLES_ADMIN only, so it is done where it may be. */
static void keep_warnings(struct my *m)
{
	struct err ignored = ERR_INIT;

	my_exec(m, "SET SESSION max_error_count = 65535", &ignored);
	err_clear(&ignored);
}

static int pin_session(struct my *m, struct err *e)
{
	keep_warnings(m);
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
	enum ssl_mode mode;

	if (check_params(u, e) < 0)
		return -1;
	m->conn = mysql_init(NULL);
	if (!m->conn)
		return err_set(e, EXIT_FAILED, "out of memory");
	if (set_options(m, u, &mode, e) < 0)
		return -1;
	if (!mysql_real_connect(m->conn, u->host, u->user, u->password, u->database, u->port,
				url_param(u, "socket"), CLIENT_LOCAL_FILES | CLIENT_FOUND_ROWS)) {
		my_fail(m, e);
		return err_prefix(e, "cannot connect to %s", db->masked_url);
	}
	if (check_tls(m, u, mode, e) < 0)
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
	/* A SELECT under way: its rows are not read to the end, the connection is cut. */
	if (m->res && m->conn)
		shutdown(mysql_get_socket(m->conn), SHUT_RDWR);
	if (m->conn) {
		my_drop_result(m);
		mysql_close(m->conn);
	}
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
	(void)db;
	buf_addc(b, '\'');
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\0') {
			buf_adds(b, "\\0");
			continue;
		}
		if (p[i] == '\'' || p[i] == '\\')
			buf_addc(b, p[i] == '\'' ? '\'' : '\\');
		buf_addc(b, p[i]);
	}
	buf_addc(b, '\'');
}

static const struct db_ops ops = {
	.open = my_open,
	.close = my_close,
	.exec = op_exec,
	.query = op_query,
	.add_ident = my_add_ident,
	.add_literal = my_add_literal,
	.table = my_table,
	.tables = my_tables,
	.snapshot = my_snapshot,
	.select = my_select,
	.fetch = my_fetch,
	.fetch_csv = my_fetch_csv,
	.add_order = my_add_order,
	.add_equal = my_add_equal,
	.position = my_position,
	.add_text = my_add_column_text,
	.add_digest = my_add_digest,
	.add_digest_rows = my_add_digest_rows,
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
