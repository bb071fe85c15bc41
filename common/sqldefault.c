/*
 * Defaults: literals are rewritten for the type that the column has in the
 * target; of expressions, those are known that give the time or a UUID.
 */
#include <stdlib.h>
#include <string.h>

#include "sqlexpr.h"
#include "value.h"

struct target {
	struct buf *out;
	enum engine engine;
	const struct column *c;
	const struct target_type *t;
};

static const char unknown[] = "is not the same expression there";
static const char misfit[] = "does not fit the new type";

static bool is_zero_date(enum logical lt, const char *p, size_t n)
{
	int32_t days;
	int64_t us;
	bool zoned;

	if (lt == LT_DATE)
		return value_date(p, n, &days) != VALUE_OK;
	return value_timestamp(p, n, &us, &zoned) != VALUE_OK;
}

/* MySQL takes literals for its long types only as expressions in brackets. */
static bool wants_brackets(const struct target *g)
{
	const char *p = buf_cstr((struct buf *)&g->t->text);

	return g->engine == ENGINE_MYSQL &&
	       (g->t->lt == LT_JSON || g->t->lt == LT_GEOMETRY || strcasestr(p, "TEXT") ||
		strcasestr(p, "BLOB"));
}

static void add_string(const struct target *g, const char *p, size_t n)
{
	bool brackets = wants_brackets(g);

	buf_adds(g->out, brackets ? "(" : "");
	sql_add_string(g->out, g->engine, p, n);
	buf_adds(g->out, brackets ? ")" : "");
}

static int add_bytes(const struct target *g, const struct expr_node *n)
{
	struct buf b = BUF_INIT;
	bool brackets = wants_brackets(g);
	int status = 1;

	if (n->kind == EXPR_STRING && g->c->type.oid) { /* bytea's own text: \x… */
		if (n->text.n < 2 || memcmp(n->text.p, "\\x", 2) ||
		    value_add_unhex(&b, n->text.p, n->text.n) != VALUE_OK)
			status = -1;
	} else {
		buf_add(&b, n->text.p, n->text.n);
		while (g->c->type.fixed && b.n < g->c->type.length)
			buf_addc(&b, '\0');
	}
	if (status == 1 && g->engine == ENGINE_MYSQL) {
		struct buf hex = BUF_INIT;

		value_add_hex(&hex, b.p, b.n);
		buf_addf(g->out, "%sx'%s'%s", brackets ? "(" : "", buf_cstr(&hex) + 2,
			 brackets ? ")" : "");
		buf_free(&hex);
	} else if (status == 1) {
		buf_addc(g->out, '\'');
		value_add_hex(g->out, b.p, b.n);
		buf_addc(g->out, '\'');
	}
	buf_free(&b);
	return status;
}

/* A number, with its sign, from a number, a string that is one, or a truth value. */
static int add_number(const struct target *g, const struct expr_node *n, bool minus)
{
	struct decimal d;

	if (n->kind == EXPR_BOOL) {
		buf_adds(g->out, *n->text.p == 't' ? "1" : "0");
		return 1;
	}
	if (n->kind == EXPR_BITS && n->text.n <= 63) {
		buf_addf(g->out, "%llu", strtoull(n->text.p, NULL, 2));
		return 1;
	}
	if ((n->kind != EXPR_NUMBER && n->kind != EXPR_STRING) ||
	    value_decimal(n->text.p, n->text.n, &d) != VALUE_OK || d.kind != DECIMAL_FINITE)
		return -1;
	buf_adds(g->out, minus ? "-" : "");
	buf_add(g->out, n->text.p, n->text.n);
	return 1;
}

static int add_bool(const struct target *g, const struct expr_node *n)
{
	bool v = false, ok;
	size_t bits = n->kind == EXPR_BITS ? strspn(n->text.p, "0") : 0;

	if (n->kind == EXPR_BITS) { /* b'0', b'1', also padded */
		v = n->text.n - bits == 1;
		ok = n->text.n - bits <= 1;
	} else {
		ok = n->kind != EXPR_BYTES && value_bool(n->text.p, n->text.n, &v) == VALUE_OK;
	}
	if (!ok)
		return -1;
	buf_adds(g->out, v ? "true" : "false");
	return 1;
}

/* Bits are padded on the left to the fixed length, as MySQL pads. */
static int add_bits(const struct target *g, const struct expr_node *n)
{
	struct buf b = BUF_INIT;
	int status = -1;
	bool digits = strspn(buf_cstr((struct buf *)&n->text), "01") == n->text.n;

	if (n->kind == EXPR_BITS || (n->kind == EXPR_STRING && digits)) {
		for (size_t i = n->text.n; g->t->fixed && i < g->t->length; i++)
			buf_addc(&b, '0');
		buf_add(&b, n->text.p, n->text.n);
		status = 1;
	} else if (n->kind == EXPR_NUMBER && g->t->length && g->t->length <= 64) {
		uint64_t v = 0;

		status = value_uint(n->text.p, n->text.n, &v) == VALUE_OK ? 1 : -1;
		for (uint64_t i = g->t->length; i > 0; i--)
			buf_addc(&b, (v >> (i - 1)) & 1 ? '1' : '0');
	}
	if (status == 1)
		buf_addf(g->out, "%s'%s'", g->engine == ENGINE_MYSQL ? "b" : "B", buf_cstr(&b));
	buf_free(&b);
	return status;
}

/* Timestamps with a zone: the sessions are in UTC on both sides. */
static int add_time(const struct target *g, const struct expr_node *n)
{
	struct buf b = BUF_INIT;
	bool from_zoned = g->c->type.lt == LT_TIMESTAMPTZ;
	size_t len = n->text.n;

	if (n->kind != EXPR_STRING)
		return -1;
	if (from_zoned && len > 3 && !memcmp(n->text.p + len - 3, "+00", 3))
		len -= 3;
	if (is_zero_date(g->c->type.lt, n->text.p, len) || strchr("i-", *n->text.p) ||
	    strstr(n->text.p, "BC"))
		return -1;
	buf_add(&b, n->text.p, len);
	if (from_zoned && g->t->lt == LT_TIMESTAMPTZ && g->engine == ENGINE_POSTGRES)
		buf_adds(&b, "+00");
	add_string(g, b.p, b.n);
	buf_free(&b);
	return 1;
}

/* MySQL's TIME holds no days and ends at 838:59:59. */
static int add_interval(const struct target *g, const struct expr_node *n)
{
	const int64_t most = INT64_C(838) * 3600 * 1000000 + INT64_C(3599) * 1000000;
	struct interval v;

	if (n->kind != EXPR_STRING || value_interval(n->text.p, n->text.n, &v) != VALUE_OK)
		return -1;
	if (g->t->lt == LT_DURATION && (v.days || v.months || v.us > most || v.us < -most))
		return -1;
	add_string(g, n->text.p, n->text.n);
	return 1;
}

static int add_literal(const struct target *g, const struct expr_node *n, bool minus)
{
	size_t chars;

	if (minus && n->kind != EXPR_NUMBER)
		return -1;
	switch (g->t->lt) {
	case LT_INT:
	case LT_YEAR:
	case LT_DECIMAL:
	case LT_FLOAT:
		return add_number(g, n, minus);
	case LT_BOOL:
		return minus ? -1 : add_bool(g, n);
	case LT_BITS:
		return minus ? -1 : add_bits(g, n);
	case LT_BYTES:
		return minus ? -1 : add_bytes(g, n);
	case LT_DATE:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		return add_time(g, n);
	case LT_INTERVAL:
	case LT_DURATION:
		return add_interval(g, n);
	default:
		if (minus) {
			buf_adds(g->out, wants_brackets(g) ? "('-" : "'-");
			buf_add(g->out, n->text.p, n->text.n);
			buf_adds(g->out, wants_brackets(g) ? "')" : "'");
			return 1;
		}
		if (n->kind == EXPR_BITS && g->t->lt != LT_TEXT)
			return -1;
		if (value_text(n->text.p, n->text.n, false, &chars) != VALUE_OK)
			return -1;
		add_string(g, n->text.p, n->text.n);
		return 1;
	}
}

/* The function of an expression without its arguments' casts. */
static bool is_one_of(const struct expr_node *n, const char *const *names)
{
	if (n->kind != EXPR_CALL)
		return false;
	for (; *names; names++)
		if (!strcmp(n->text.p, *names))
			return true;
	return false;
}

static const char *const now_names[] = {"now", "current_timestamp", "localtimestamp", "localtime",
					"transaction_timestamp", "statement_timestamp",
					"clock_timestamp", "sysdate", NULL};
static const char *const date_names[] = {"curdate", "current_date", NULL};
static const char *const uuid_names[] = {"uuid", "gen_random_uuid", "uuid_generate_v4",
					 "uuid_generate_v1", "uuidv4", "uuidv7", NULL};

/* MySQL wants the fraction of CURRENT_TIMESTAMP to be that of the column. */
static int add_call(const struct target *g, const struct expr_node *n)
{
	bool mysql = g->engine == ENGINE_MYSQL;

	if (is_one_of(n, now_names) &&
	    (g->t->lt == LT_TIMESTAMP || g->t->lt == LT_TIMESTAMPTZ)) {
		buf_adds(g->out, "CURRENT_TIMESTAMP");
		if (g->t->precision && (mysql || g->t->precision < 6))
			buf_addf(g->out, "(%d)", g->t->precision);
		return 1;
	}
	if ((is_one_of(n, date_names) || is_one_of(n, now_names)) && g->t->lt == LT_DATE) {
		buf_adds(g->out, mysql ? "(curdate())" : "CURRENT_DATE");
		return 1;
	}
	if (is_one_of(n, uuid_names) && (g->t->lt == LT_UUID || g->t->lt == LT_TEXT)) {
		buf_adds(g->out, mysql ? "(uuid())" : "gen_random_uuid()");
		return 1;
	}
	return -1;
}

static int translate(const struct target *g, enum engine from, const struct expr_node *n)
{
	struct expr_env env = {.from = from, .to = g->engine};
	struct buf b = BUF_INIT;
	int status = -1;

	if (expr_write(&b, &env, n, USE_DEFAULT, g->t) == 0) {
		buf_addf(g->out, "(%s)", buf_cstr(&b));
		status = 1;
	}
	buf_free(&b);
	return status;
}

/* MySQL's own text: literals and CURRENT_TIMESTAMP stand bare, other
 * expressions in brackets, as literals of the long types do. */
static void as_it_is(const struct target *g, const struct expr_node *n)
{
	const char *text = g->c->default_expr;
	bool bare = g->engine == ENGINE_POSTGRES || *text == '(';

	if (n && !bare)
		bare = is_one_of(n, now_names) ||
		       (n->kind != EXPR_CALL && n->kind != EXPR_OP && !wants_brackets(g)) ||
		       (n->kind == EXPR_OP && n->nargs == 1 && n->arg[0]->kind == EXPR_NUMBER);
	buf_addf(g->out, bare ? "%s" : "(%s)", text);
}

static int write_other(const struct target *g, enum engine from, const struct expr_node *n,
		       const char **why)
{
	const struct expr_node *inner = n;
	bool minus;
	int status;

	while (inner->kind == EXPR_CAST)
		inner = inner->arg[0];
	minus = inner->kind == EXPR_OP && !strcmp(inner->text.p, "-") && inner->nargs == 1;
	if (minus)
		inner = inner->arg[0];
	if (inner->kind == EXPR_NULL)
		return 0;
	if (inner->kind <= EXPR_BITS) {
		status = add_literal(g, inner, minus);
		*why = misfit;
		if (status < 0 && inner->kind == EXPR_STRING &&
		    (g->c->type.lt == LT_DATE || g->c->type.lt == LT_TIMESTAMP ||
		     g->c->type.lt == LT_TIMESTAMPTZ))
			*why = "is no date there";
		return status;
	}
	*why = unknown;
	status = add_call(g, inner);
	return status == 1 ? 1 : translate(g, from, n);
}

int expr_write_default(struct buf *out, enum engine from, enum engine to, const struct column *c,
		       const struct target_type *t, const char **why)
{
	struct target g = {.out = out, .engine = to, .c = c, .t = t};
	struct expr x;
	size_t start = out->n;
	bool parsed, same = from == to && t->lt == c->type.lt;
	int status;

	if (!c->default_expr)
		return 0;
	parsed = expr_parse(&x, from, c->default_expr) == 0;
	if (same && !(parsed && x.root->kind == EXPR_NULL)) {
		as_it_is(&g, parsed ? x.root : NULL);
		status = 1;
	} else if (parsed) {
		status = write_other(&g, from, x.root, why);
	} else {
		*why = unknown;
		status = -1;
	}
	if (parsed)
		expr_free(&x);
	if (status < 0)
		out->n = start;
	return status;
}
