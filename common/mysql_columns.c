/*
 * Columns from information_schema (MySQL manual, "The INFORMATION_SCHEMA COLUMNS Table";
 * MariaDB Knowledge Base, "Information Schema COLUMNS Table").
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_impl.h"

static uint64_t number(const char *s)
{
	return s ? strtoull(s, NULL, 10) : 0;
}

/* The character that COLUMN_TYPE writes as a backslash and c (sql/sql_show.cc,
 * append_unescaped). */
static char unescaped(char c)
{
	return c == 'n' ? '\n' : c == 'r' ? '\r' : c == '0' ? '\0' : c;
}

/* ENUM and SET labels from the column's type: enum('a','b''c'). */
static char **parse_labels(const char *type)
{
	const char *p = strchr(type, '(');
	char **list = xcalloc(1, sizeof *list);
	size_t n = 0;

	while (p && p[1] == '\'') {
		struct buf b = BUF_INIT;

		for (p += 2; *p && (*p != '\'' || p[1] == '\''); p++) {
			bool escape = *p == '\\' && p[1];

			buf_addc(&b, escape ? unescaped(p[1]) : *p);
			p += escape || *p == '\'';
		}
		list = xrealloc(list, (n + 2) * sizeof *list);
		list[n++] = buf_detach(&b);
		list[n] = NULL;
		p = *p && p[1] == ',' ? p + 1 : NULL;
	}
	return list;
}

enum {
	C_NAME, C_DEFAULT, C_NULLABLE, C_TYPE, C_LENGTH, C_PRECISION, C_SCALE, C_FRACTION,
	C_CHARSET, C_COLLATION, C_NATIVE, C_EXTRA, C_COMMENT, C_EXPR, C_SRID
};

static void read_type(struct my *m, const struct result *r, size_t i, struct coltype *t)
{
	const char *name = result_get(r, i, C_TYPE), *native = result_get(r, i, C_NATIVE);
	const char *scale = result_get(r, i, C_SCALE), *fraction = result_get(r, i, C_FRACTION);
	const char *precision = result_get(r, i, C_PRECISION);
	const struct type_name *tn = type_find(ENGINE_MYSQL, name);

	*t = (struct coltype){.name = xstrdup(name), .precision = -1, .scale = -1};
	if (!tn)
		return;
	t->lt = tn->lt;
	t->bits = tn->bits;
	t->fixed = tn->fixed;
	t->max_bytes = tn->max_bytes;
	t->is_unsigned = strstr(native, " unsigned") && t->lt != LT_ENUM && t->lt != LT_SET;
	t->binary_json = t->lt == LT_JSON;
	t->srid = (uint32_t)number(result_get(r, i, C_SRID));
	if (t->lt == LT_BITS)
		t->length = number(precision);
	else if ((t->lt == LT_TEXT || t->lt == LT_BYTES) && !t->max_bytes)
		t->length = number(result_get(r, i, C_LENGTH));
	if (!strcmp(name, "vector"))
		t->length = strchr(native, '(') ? 4 * number(strchr(native, '(') + 1) : 0;
	if (t->lt == LT_DECIMAL || (t->lt == LT_FLOAT && scale)) {
		t->precision = (int)number(precision);
		t->scale = (int)number(scale);
	}
	if (fraction)
		t->precision = (int)number(fraction);
	t->to_2106 = t->lt == LT_TIMESTAMPTZ && my_timestamps_to_2106(m->mariadb, m->version);
	if (t->lt == LT_ENUM || t->lt == LT_SET)
		t->labels = parse_labels(native);
}

/* MySQL gives a literal default as its bare text. */
static char *mysql_default(struct my *m, const struct column *c, const char *text,
			   const char *extra)
{
	struct buf b = BUF_INIT;

	if (strstr(extra, "DEFAULT_GENERATED")) {
		char *plain = my_unescape(text);

		if (!strncasecmp(plain, "CURRENT_TIMESTAMP", 17) || plain[0] == '(')
			return plain;
		buf_addf(&b, "(%s)", plain);
		free(plain);
		return buf_detach(&b);
	}
	switch (c->type.lt) {
	case LT_INT:
	case LT_YEAR:
	case LT_DECIMAL:
	case LT_FLOAT:
	case LT_BITS:
		return xstrdup(text);
	case LT_BYTES:
		if (!strncmp(text, "0x", 2))
			return xstrdup(text);
		break;
	default:
		break;
	}
	db_add_literal(&m->db, &b, text, strlen(text));
	return buf_detach(&b);
}

static void read_default(struct my *m, struct column *c, const char *text, const char *extra)
{
	if (!text || c->generated != GEN_NO)
		return;
	if (!m->mariadb)
		c->default_expr = mysql_default(m, c, text, extra);
	else if (strcmp(text, "NULL"))
		c->default_expr = xstrdup(text);
}

static void read_column(struct my *m, const struct result *r, size_t i, struct column *c)
{
	const char *extra = result_get(r, i, C_EXTRA), *expr = result_get(r, i, C_EXPR);
	const char *update = strcasestr(extra, "on update ");

	c->name = result_copy(r, i, C_NAME);
	c->native = result_copy(r, i, C_NATIVE);
	read_type(m, r, i, &c->type);
	c->not_null = !strcmp(result_get(r, i, C_NULLABLE), "NO");
	c->invisible = strstr(extra, "INVISIBLE") != NULL;
	if (strstr(extra, "STORED GENERATED") || strstr(extra, "PERSISTENT"))
		c->generated = GEN_STORED;
	else if (strstr(extra, "VIRTUAL GENERATED"))
		c->generated = GEN_VIRTUAL;
	if (c->generated != GEN_NO && expr)
		c->generation_expr = m->mariadb ? xstrdup(expr) : my_unescape(expr);
	if (strstr(extra, "auto_increment"))
		c->identity = IDENTITY_AUTO_INCREMENT;
	if (update) {
		update += strlen("on update ");
		c->on_update = xstrndup(update, strcspn(update, " ,"));
	}
	read_default(m, c, result_get(r, i, C_DEFAULT), extra);
	c->charset = result_copy(r, i, C_CHARSET);
	c->collation = result_copy(r, i, C_COLLATION);
	if (*result_get(r, i, C_COMMENT))
		c->comment = result_copy(r, i, C_COMMENT);
}

int my_read_columns(struct my *m, struct table *t, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r;
	int status;

	buf_addf(&b,
		 "SELECT COLUMN_NAME, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE,"
		 " CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION,"
		 " CHARACTER_SET_NAME, COLLATION_NAME, COLUMN_TYPE, EXTRA, COLUMN_COMMENT,"
		 " GENERATION_EXPRESSION, %s FROM information_schema.COLUMNS WHERE ",
		 m->mariadb ? "NULL" : "SRS_ID");
	my_add_where_table(m, &b, "TABLE_SCHEMA", "TABLE_NAME", t);
	buf_adds(&b, " ORDER BY ORDINAL_POSITION");
	status = my_query(m, buf_cstr(&b), &r, e);
	buf_free(&b);
	if (status < 0)
		return -1;
	t->ncols = r.nrows;
	t->col = xcalloc(r.nrows, sizeof *t->col);
	for (size_t i = 0; i < r.nrows; i++)
		read_column(m, &r, i, &t->col[i]);
	result_free(&r);
	return 0;
}

/* The catalogue cuts or spoils the bytes of a literal default of BINARY, VARBINARY: the
 * server is asked for them (DEFAULT() of a row that an outer join makes up). */
static int read_bytes_default(struct my *m, const struct table *t, struct column *c, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r;
	int status;

	buf_adds(&b, "SELECT HEX(DEFAULT(t.");
	db_add_ident(&m->db, &b, c->name);
	buf_adds(&b, ")) FROM (SELECT 1) AS one LEFT JOIN ");
	db_add_table(&m->db, &b, t);
	buf_adds(&b, " AS t ON FALSE");
	status = my_query(m, buf_cstr(&b), &r, e);
	buf_free(&b);
	if (status < 0)
		return -1;
	if (r.nrows == 1 && result_get(&r, 0, 0)) {
		free(c->default_expr);
		c->default_expr = xasprintf("x'%s'", result_get(&r, 0, 0));
	}
	result_free(&r);
	return 0;
}

int my_read_bytes_defaults(struct my *m, struct table *t, struct err *e)
{
	for (size_t i = 0; t->kind != TABLE_VIEW && i < t->ncols; i++) {
		struct column *c = &t->col[i];
		const char *text = c->default_expr;

		if (c->type.lt == LT_BYTES && text && (*text == '\'' || !strncmp(text, "0x", 2)) &&
		    read_bytes_default(m, t, c, e) < 0)
			return -1;
	}
	return 0;
}
