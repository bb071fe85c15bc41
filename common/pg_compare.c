/* SQL that finds rows by key and puts them into the order that a client can follow. */
#include "pg_impl.h"

#include <string.h>

#include "value.h"

/* Text in byte order; UTF-8's own order is that of collation "C". */
static void add_text_order(struct pg *pg, struct buf *b, const struct column *c)
{
	bool plain = !strcmp(c->type.name, "text") || !strcmp(c->type.name, "varchar");

	if (!pg->utf8)
		buf_adds(b, "pg_catalog.convert_to(");
	pg_add_ident(&pg->db, b, c->name);
	if (!plain)
		buf_adds(b, "::text");
	buf_adds(b, pg->utf8 ? " COLLATE \"C\"" : ", 'UTF8')");
}

bool pg_add_order(struct db *db, struct buf *b, const struct column *c)
{
	switch (c->type.lt) {
	case LT_DECIMAL:
		if (!strcmp(c->type.name, "money"))
			return false;
		/* fall through */
	case LT_INT:
	case LT_BOOL:
	case LT_UUID:
	case LT_BYTES:
		pg_add_ident(db, b, c->name);
		break;
	case LT_TEXT:
	case LT_ENUM:
	case LT_DATE:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		add_text_order(pg_of(db), b, c);
		break;
	default:
		return false;
	}
	if (!c->not_null)
		buf_adds(b, " NULLS FIRST");
	return true;
}

/* Whether the server would read the text as a value of the type. */
static bool is_value(const struct coltype *t, struct field v)
{
	unsigned char uuid[16];
	struct decimal d;
	int64_t us;
	int32_t days;
	size_t chars;
	bool zoned;

	switch (t->lt) {
	case LT_INT:
	case LT_DECIMAL:
		return value_decimal(v.p, v.n, &d) == VALUE_OK;
	case LT_DATE:
		return value_date(v.p, v.n, &days) == VALUE_OK;
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		return value_timestamp(v.p, v.n, &us, &zoned) == VALUE_OK;
	case LT_UUID:
		return value_uuid(v.p, v.n, uuid) == VALUE_OK;
	case LT_BOOL:
		return v.n == 1 && strchr("tf10", *v.p);
	case LT_BYTES:
		return value_uuid(v.p, v.n, uuid) == VALUE_OK ||
		       (v.n >= 2 && v.p[0] == '\\' && v.p[1] == 'x');
	default:
		return value_text(v.p, v.n, false, &chars) == VALUE_OK;
	}
}

bool pg_add_equal(struct db *db, struct buf *b, const struct column *c, struct field v)
{
	bool number = c->type.lt == LT_INT || c->type.lt == LT_DECIMAL;
	struct buf none = BUF_INIT;
	bool ordered = pg_add_order(db, &none, c);

	buf_free(&none);
	if (!ordered)
		return false;
	if (v.p && !is_value(&c->type, v)) {
		buf_adds(b, "FALSE");
		return true;
	}
	pg_add_ident(db, b, c->name);
	if (!v.p) {
		buf_adds(b, " IS NULL");
		return true;
	}
	if (c->type.lt == LT_BYTES && *v.p != '\\') {
		buf_adds(b, " = pg_catalog.uuid_send(");
		pg_add_literal(db, b, v.p, v.n);
		buf_addc(b, ')');
		return true;
	}
	buf_adds(b, c->type.lt == LT_ENUM ? "::text = " : " = ");
	if (number && strchr("-0123456789", *v.p) && v.p[v.n - 1] <= '9')
		buf_add(b, v.p, v.n);
	else
		pg_add_literal(db, b, v.p, v.n);
	return true;
}
