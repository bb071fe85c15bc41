/* SQL that finds rows by key and puts them into the order that a client can follow. */
#include <string.h>

#include "mysql_impl.h"
#include "value.h"

/* ORDER BY looks at so many bytes of a text (max_sort_length, MySQL's default). */
#define SORT_LENGTH 1024

static void add_binary(struct db *db, struct buf *b, const char *before, const struct column *c,
		       const char *behind)
{
	buf_adds(b, before);
	db_add_ident(db, b, c->name);
	buf_adds(b, behind);
}

bool my_add_order(struct db *db, struct buf *b, const struct column *c)
{
	switch (c->type.lt) {
	case LT_INT:
	case LT_YEAR:
	case LT_DECIMAL:
	case LT_DATE:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		db_add_ident(db, b, c->name);
		return true;
	case LT_BYTES:
		if (!c->type.length || c->type.length > SORT_LENGTH)
			return false;
		db_add_ident(db, b, c->name);
		return true;
	case LT_TEXT:
		if (!c->type.length || c->type.length * 4 > SORT_LENGTH)
			return false;
		/* fall through */
	case LT_ENUM:
		add_binary(db, b, "CAST(CONVERT(", c, " USING utf8mb4) AS BINARY)");
		return true;
	case LT_UUID:
		add_binary(db, b, "CAST(CAST(", c, " AS CHAR(36)) AS BINARY)");
		return true;
	default:
		return false;
	}
}

static bool is_number(struct field v)
{
	size_t i = v.n && v.p[0] == '-';

	for (; i < v.n; i++)
		if ((v.p[i] < '0' || v.p[i] > '9') && v.p[i] != '.')
			return false;
	return v.n && v.p[v.n - 1] >= '0';
}

/* A date that MySQL does not know is an error in its comparisons; zero dates among them. */
static void add_date(struct db *db, struct buf *b, const struct column *c, struct field v)
{
	int64_t us;
	bool zoned;

	if (v.n > 3 && !memcmp(v.p + v.n - 3, "+00", 3))
		v.n -= 3;
	if (v.n > 4 && v.p[4] == '-' && memcmp(v.p, "0000", 4) != 0 &&
	    value_timestamp(v.p, v.n, &us, &zoned) == VALUE_OK && v.p[v.n - 1] != 'C') {
		add_binary(db, b, "", c, " = ");
		db_add_literal(db, b, v.p, v.n);
		return;
	}
	add_binary(db, b, "CAST(", c, " AS CHAR) LIKE CONCAT(");
	db_add_literal(db, b, v.p, v.n);
	buf_adds(b, ", '%')");
}

bool my_add_equal(struct db *db, struct buf *b, const struct column *c, struct field v)
{
	unsigned char uuid[16];
	struct buf none = BUF_INIT;
	bool ordered = my_add_order(db, &none, c);

	buf_free(&none);
	if (!ordered)
		return false;
	if (!v.p) {
		add_binary(db, b, "", c, " IS NULL");
		return true;
	}
	switch (c->type.lt) {
	case LT_INT:
	case LT_YEAR:
	case LT_DECIMAL:
		if (!is_number(v))
			break;
		add_binary(db, b, "", c, " = ");
		buf_add(b, v.p, v.n);
		return true;
	case LT_BYTES:
		if (value_uuid(v.p, v.n, uuid) == VALUE_OK) {
			add_binary(db, b, "", c, " = X'");
			for (size_t i = 0; i < sizeof uuid; i++)
				buf_addf(b, "%02x", uuid[i]);
			buf_addc(b, '\'');
			return true;
		}
		if (v.n < 2 || v.p[0] != '\\' || v.p[1] != 'x')
			break;
		add_binary(db, b, "", c, " = X'");
		buf_add(b, v.p + 2, v.n - 2);
		buf_addc(b, '\'');
		return true;
	case LT_DATE:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		add_date(db, b, c, v);
		return true;
	case LT_UUID:
		if (value_uuid(v.p, v.n, uuid) != VALUE_OK)
			break;
		/* fall through */
	default:
		if (c->type.lt == LT_ENUM)
			add_binary(db, b, "CAST(", c, " AS CHAR) = ");
		else
			add_binary(db, b, "", c, " = ");
		db_add_literal(db, b, v.p, v.n);
		return true;
	}
	buf_adds(b, "FALSE");
	return true;
}
