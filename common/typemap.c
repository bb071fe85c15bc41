#include "typemap.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rules ---- */

/* Adds text in lower case, runs of spaces as one, none around brackets and commas. */
static void add_squeezed(struct buf *b, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = (char)tolower((unsigned char)p[i]);

		if (!isspace((unsigned char)c)) {
			if ((c == '(' || c == ')' || c == ',') && b->n && b->p[b->n - 1] == ' ')
				b->n--;
			buf_addc(b, c);
		} else if (b->n && !strchr(" (,", b->p[b->n - 1])) {
			buf_addc(b, ' ');
		}
	}
	if (b->n && b->p[b->n - 1] == ' ')
		b->n--;
}

/* Where the rule's = stands: the first one outside quotes. */
static const char *find_equals(const char *p)
{
	char quote = 0;

	for (; *p; p++) {
		if (quote)
			quote = *p == quote ? 0 : quote;
		else if (*p == '"' || *p == '`')
			quote = *p;
		else if (*p == '=')
			return p;
	}
	return NULL;
}

/* Splits at dots outside quotes into up to three parts; returns their number, 0
 * for a text that is no dotted name. */
static int split_dots(const char *p, const char *end, char *part[3])
{
	struct buf b = BUF_INIT;
	int n = 0;
	char quote = 0;

	for (;; p++) {
		if (p < end && quote ? *p == quote : p < end && (*p == '"' || *p == '`')) {
			quote = quote ? 0 : *p;
		} else if (p == end || (*p == '.' && !quote)) {
			if (n < 3)
				part[n] = buf_detach(&b);
			n++;
			buf_reset(&b);
			if (p == end)
				break;
		} else {
			buf_addc(&b, *p);
		}
	}
	buf_free(&b);
	if (n == 2 || n == 3)
		return n;
	for (int i = 0; i < n && i < 3; i++)
		free(part[i]);
	return 0;
}

/* A type is words, perhaps quoted, with brackets; nothing that could end a statement. */
static bool looks_like_type(const char *p)
{
	if (!isalpha((unsigned char)*p) && *p != '"' && *p != '`')
		return false;
	for (; *p; p++)
		if (!isalnum((unsigned char)*p) && (unsigned char)*p < 0x80 &&
		    !strchr(" _(),.'\"`[]", *p))
			return false;
	return true;
}

int typemap_add_rule(struct typemap *m, const char *text, struct err *e)
{
	const char *equals = find_equals(text);
	struct cast_rule r = {.text = text};
	struct buf from = BUF_INIT;
	char *part[3];
	int n;

	if (!equals || equals == text || !looks_like_type(equals + 1)) {
		err_set(e, EXIT_BAD, "--cast: '%s' is not a rule", text);
		return err_hint(e, "FROM=TO: 'tinyint(1)=boolean', 'users.age=integer'");
	}
	n = memchr(text, '(', (size_t)(equals - text)) ? 0 : split_dots(text, equals, part);
	if (n) {
		r.column = part[n - 1];
		r.table = part[n - 2];
		r.schema = n == 3 ? part[0] : NULL;
	} else {
		add_squeezed(&from, text, (size_t)(equals - text));
		r.from = buf_detach(&from);
	}
	r.to = xstrdup(equals + 1);
	m->rule = xrealloc(m->rule, (m->nrules + 1) * sizeof *m->rule);
	m->rule[m->nrules++] = r;
	return 0;
}

void typemap_free(struct typemap *m)
{
	for (size_t i = 0; i < m->nrules; i++) {
		free(m->rule[i].from);
		free(m->rule[i].schema);
		free(m->rule[i].table);
		free(m->rule[i].column);
		free(m->rule[i].to);
	}
	free(m->rule);
	m->rule = NULL;
	m->nrules = 0;
}

/* Whether `from` is base, then what the native type has in brackets if
 * `with`, then the rest behind the brackets. */
static bool matches(struct buf *b, const char *from, const char *base, size_t nbase,
		    const char *native, bool with, const char *suffix)
{
	const char *open = strchr(native, '('), *close = open ? strrchr(open, ')') : NULL;

	buf_reset(b);
	buf_add(b, base, nbase);
	if (with && close)
		buf_add(b, open, (size_t)(close + 1 - open));
	buf_adds(b, suffix);
	return !strcmp(buf_cstr(b), from);
}

/* A type's rule names the native type ("bigint(20) unsigned"), the same without its
 * brackets, the catalogue's bare name ("int8", "varchar") with or without
 * them, or, for MariaDB's JSON and spatial types, the kind. */
static bool rule_names_type(const char *from, const struct column *c)
{
	struct buf native = BUF_INIT, b = BUF_INIT;
	const char *open, *close, *rest = "", *name = c->type.name ? c->type.name : "";
	const char *suffix = c->type.is_unsigned ? " unsigned" : "";
	char *zerofill;
	bool yes;

	add_squeezed(&native, c->native, strlen(c->native));
	zerofill = strstr((char *)buf_cstr(&native), " zerofill");
	if (zerofill)
		*zerofill = '\0';
	open = strchr(native.p, '(');
	close = open ? strrchr(open, ')') : NULL;
	if (close)
		rest = close + 1;
	yes = !strcmp(from, native.p) ||
	      (close && matches(&b, from, native.p, (size_t)(open - native.p), "", false, rest)) ||
	      matches(&b, from, name, strlen(name), native.p, false, suffix) ||
	      matches(&b, from, name, strlen(name), native.p, true, suffix) ||
	      (c->type.lt == LT_JSON && !strcmp(from, "json")) ||
	      (c->type.lt == LT_GEOMETRY && !strcmp(from, "geometry")) ||
	      (c->type.lt == LT_ENUM && !strcmp(from, "enum")) ||
	      (!strcmp(from, "int") && !strcmp(native.p, "integer"));
	buf_free(&native);
	buf_free(&b);
	return yes;
}

static struct cast_rule *find_rule(struct typemap *m, const struct table *tab,
				   const struct column *c)
{
	struct cast_rule *found = NULL;

	for (size_t i = 0; i < m->nrules; i++) {
		struct cast_rule *r = &m->rule[i];

		if (!r->column) {
			if (!(found && found->column) && rule_names_type(r->from, c))
				found = r;
		} else if (!strcmp(r->column, c->name) && !strcmp(r->table, tab->name) &&
			   (!r->schema || (tab->schema && !strcmp(r->schema, tab->schema)))) {
			found = r;
		}
	}
	return found;
}

/* ---- Targets ---- */

void target_set(struct target_type *t, enum logical lt, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	buf_reset(&t->text);
	buf_adds(&t->text, s);
	free(s);
	t->lt = lt;
}

/* Names that SQL has for the catalogues' names. */
static const struct {
	enum engine engine;
	const char *alias, *name;
} aliases[] = {
	{ENGINE_POSTGRES, "smallint", "int2"},
	{ENGINE_POSTGRES, "int", "int4"},
	{ENGINE_POSTGRES, "integer", "int4"},
	{ENGINE_POSTGRES, "bigint", "int8"},
	{ENGINE_POSTGRES, "decimal", "numeric"},
	{ENGINE_POSTGRES, "real", "float4"},
	{ENGINE_POSTGRES, "double precision", "float8"},
	{ENGINE_POSTGRES, "boolean", "bool"},
	{ENGINE_POSTGRES, "character varying", "varchar"},
	{ENGINE_POSTGRES, "character", "bpchar"},
	{ENGINE_POSTGRES, "char", "bpchar"},
	{ENGINE_POSTGRES, "bit varying", "varbit"},
	{ENGINE_POSTGRES, "time without time zone", "time"},
	{ENGINE_POSTGRES, "time with time zone", "timetz"},
	{ENGINE_POSTGRES, "timestamp without time zone", "timestamp"},
	{ENGINE_POSTGRES, "timestamp with time zone", "timestamptz"},
	{ENGINE_MYSQL, "integer", "int"},
	{ENGINE_MYSQL, "boolean", "tinyint"},
	{ENGINE_MYSQL, "bool", "tinyint"},
	{ENGINE_MYSQL, "numeric", "decimal"},
	{ENGINE_MYSQL, "real", "double"},
	{ENGINE_MYSQL, "double precision", "double"},
};

const struct type_name *typemap_name(enum engine engine, const char *name)
{
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (aliases[i].engine == engine && !strcmp(aliases[i].alias, name))
			name = aliases[i].name;
	return type_find(engine, name);
}

void target_parse(struct target_type *t, enum engine engine, const char *text)
{
	const char *open = strchr(text, '('), *close = open ? strrchr(open, ')') : NULL;
	struct buf bare = BUF_INIT, low = BUF_INIT;
	const struct type_name *name;
	const char *unsign;

	buf_add(&bare, text, open ? (size_t)(open - text) : strlen(text));
	if (close)
		buf_adds(&bare, close + 1);
	add_squeezed(&low, bare.p, bare.n);
	unsign = strstr(buf_cstr(&low), " unsigned");
	if (unsign)
		low.n = (size_t)(unsign - low.p);
	name = typemap_name(engine, buf_cstr(&low));
	target_set(t, name ? name->lt : strchr(text, '[') ? LT_ARRAY : LT_OTHER, "%s", text);
	if (name) {
		t->bits = name->bits;
		t->fixed = name->fixed;
	}
	t->length = close ? strtoull(open + 1, NULL, 10) : 0;
	t->precision = close ? (int)strtol(open + 1, NULL, 10)
			     : engine == ENGINE_POSTGRES ? 6 : 0;
	buf_free(&bare);
	buf_free(&low);
}

/* PostGIS's geometry(Point,4326) for MySQL's spatial types. */
static void set_postgis(const struct coltype *s, struct target_type *t)
{
	const char *kind =
		s->name && strcmp(s->name, "geomcollection") ? s->name : "geometrycollection";

	if (s->srid)
		target_set(t, LT_GEOMETRY, "geometry(%s,%u)", kind, (unsigned)s->srid);
	else if (strcmp(kind, "geometry"))
		target_set(t, LT_GEOMETRY, "geometry(%s)", kind);
	else
		target_set(t, LT_GEOMETRY, "geometry");
}

static void by_rule(struct typemap *m, const struct cast_rule *r, const struct column *c,
		    struct target_type *t)
{
	bool postgres = m->to == ENGINE_POSTGRES;

	if (!strcasecmp(r->to, "postgis") && postgres && c->type.lt == LT_GEOMETRY) {
		set_postgis(&c->type, t);
	} else if (!strcasecmp(r->to, "enum") && c->type.labels) {
		target_set(t, LT_ENUM, "%s", postgres ? "" : "ENUM");
		t->labels = postgres ? LABELS_TYPE : LABELS_INLINE;
	} else if (!strcasecmp(r->to, "boolean") && !postgres) {
		target_set(t, LT_INT, "TINYINT(1)");
		t->bits = 8;
	} else {
		target_parse(t, m->to, r->to);
	}
}

#define FIRST_USER_OID 16384u /* src/include/access/transam.h: FirstNormalObjectId */

/* PostgreSQL: a domain over a built-in type; its name is none that is built in. */
static bool is_domain(const struct column *c)
{
	struct target_type t = {0};
	bool domain;

	if (!c->type.oid || c->type.oid >= FIRST_USER_OID || c->type.lt == LT_OTHER ||
	    c->type.lt == LT_ARRAY || c->type.lt == LT_RANGE || !strcmp(c->native, c->type.name))
		return false;
	target_parse(&t, ENGINE_POSTGRES, c->native);
	domain = t.lt == LT_OTHER;
	buf_free(&t.text);
	return domain;
}

static void base_type(const struct coltype *s, struct target_type *t)
{
	target_set(t, s->lt, "%s", s->name);
	if (s->length)
		buf_addf(&t->text, "(%llu)", (unsigned long long)s->length);
	else if (s->lt == LT_DECIMAL && s->precision > 0)
		buf_addf(&t->text, "(%d,%d)", s->precision, s->scale);
	else if (s->lt >= LT_TIME && s->lt <= LT_INTERVAL && s->precision >= 0)
		buf_addf(&t->text, "(%d)", s->precision);
	t->note = "is the domain's base type, without its checks";
	t->warn = true;
}

/* Between two databases of one engine a type is what its own engine calls it;
 * MariaDB's alias JSON is a longtext with a check, and said as what it means. */
static void as_it_is(const struct column *c, struct target_type *t)
{
	bool alias = c->type.lt == LT_JSON && !strcmp(c->native, "longtext");

	if (is_domain(c))
		base_type(&c->type, t);
	else
		target_set(t, c->type.lt, "%s", alias ? "json" : c->native);
	t->bits = c->type.bits;
	t->fixed = c->type.fixed;
	t->length = c->type.length;
	t->precision = c->type.precision;
	if (c->type.lt == LT_ENUM && c->type.oid)
		t->labels = LABELS_TYPE;
}

void typemap_column(struct typemap *m, const struct table *tab, const struct column *c,
		    struct target_type *t)
{
	struct cast_rule *r = find_rule(m, tab, c);

	*t = (struct target_type){.text = t->text};
	if (r) {
		r->used = true;
		by_rule(m, r, c, t);
	} else if (m->from == m->to) {
		as_it_is(c, t);
	} else if (m->to == ENGINE_POSTGRES) {
		typemap_to_postgres(&c->type, t);
	} else {
		typemap_to_mysql(&c->type, t);
	}
}
