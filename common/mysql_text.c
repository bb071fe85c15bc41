/*
 * The canonical text of columns as SQL of MySQL and MariaDB: what mysql_select.c makes of
 * the text protocol, made by the server, as an argument of CONCAT(). Where that text is not exact, the column is refused.
 */
#include "mysql_impl.h"

#include <string.h>

/* Text in UTF-8. Character sets that are UTF-8 already need no conversion. */
static void add_characters(struct buf *b, const struct column *c, const char *k)
{
	buf_addf(b, column_is_utf8(c) ? "%s" : "CONVERT(%s USING utf8mb4)", k);
}

/* ZEROFILL is display: an expression has none. */
static void add_number(struct buf *b, const struct column *c, enum canon form, const char *k)
{
	const char *fill = strstr(c->native, "zerofill");
	bool trim = form == CANON_DECIMAL && c->type.lt == LT_DECIMAL && c->type.scale > 0;

	buf_adds(b, trim ? "TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM " : "");
	if (c->type.lt == LT_DECIMAL && fill)
		buf_addf(b, "CAST(%s AS DECIMAL(%d,%d))", k, c->type.precision, c->type.scale);
	else
		buf_addf(b, fill || c->type.lt == LT_YEAR ? "%s+0" : "%s", k);
	buf_adds(b, trim ? "))" : "");
}

static bool shows_zone(const struct column *c, enum canon form)
{
	return c->type.lt == LT_TIMESTAMPTZ && form != CANON_UNZONED;
}

static void add_time(struct buf *b, const struct column *c, enum canon form, const char *k)
{
	bool zoned = shows_zone(c, form);

	buf_adds(b, zoned ? "CONCAT(" : "");
	if (c->type.precision > 0)
		buf_addf(b, "TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM CAST(%s AS CHAR)))", k);
	else
		buf_adds(b, k);
	buf_adds(b, zoned ? ",'+00')" : "");
}

static bool is_uuid(const struct column *c)
{
	return c->type.fixed && c->type.length == 16;
}

static void add_bytes(struct buf *b, const struct column *c, enum canon form, const char *k)
{
	const char *bytes = "CONCAT('\\\\x',LOWER(HEX(%s)))";

	if (form != CANON_UUID) {
		buf_addf(b, bytes, k);
		return;
	}
	buf_adds(b, "IF(");
	buf_addf(b, is_uuid(c) ? "TRUE," : "OCTET_LENGTH(%s)=16,", k);
	buf_addf(b, "INSERT(INSERT(INSERT(INSERT("
		    "LOWER(HEX(%s)),9,0,'-'),14,0,'-'),19,0,'-'),24,0,'-'),", k);
	buf_addf(b, bytes, k);
	buf_addc(b, ')');
}

/*
 * MySQL keeps the SRID and WKB, little-endian (manual, "Internal Geometry Storage Format");
 * EWKB has the SRID behind the type, whose highest byte tells of it.
 */
static void add_geometry(struct buf *b, const char *k)
{
	buf_addf(b, "CONCAT('\\\\x',LOWER(IF(LEFT(HEX(%s),8)='00000000',SUBSTR(HEX(%s),9),"
		    "CONCAT(SUBSTR(HEX(%s),9,8),'20',LEFT(HEX(%s),8),SUBSTR(HEX(%s),19)))))",
		 k, k, k, k, k);
}

/* Why SQL cannot make a column's text, or NULL. */
static const char *refusal(struct my *m, const struct column *c, enum canon form)
{
	switch (c->type.lt) {
	case LT_OTHER:
		return "its type is not known";
	case LT_JSON:
		return form == CANON_JSON ? "SQL cannot bring JSON into the form of --canonical" : NULL;
	case LT_FLOAT:
		return my_float_refusal(m, c);
	default:
		return NULL;
	}
}

int my_add_text(struct my *m, struct buf *b, const struct column *c, enum canon form,
		struct err *e)
{
	const char *why = refusal(m, c, form), *k;
	struct buf id = BUF_INIT;

	if (why) {
		err_set(e, EXIT_BAD, "column %s (%s) cannot be digested in the database: %s",
			c->name, c->native, why);
		return err_hint(e, "leave it out with --columns, or do without --in-database");
	}
	db_add_ident(&m->db, &id, c->name);
	k = buf_cstr(&id);
	switch (c->type.lt) {
	case LT_INT:
	case LT_YEAR:
	case LT_DECIMAL:
		add_number(b, c, form, k);
		break;
	case LT_FLOAT:
		my_add_float_text(b, c, k);
		break;
	case LT_BYTES:
		add_bytes(b, c, form, k);
		break;
	case LT_GEOMETRY:
		add_geometry(b, k);
		break;
	case LT_BITS:
		buf_addf(b, "LPAD(BIN(%s+0),%llu,'0')", k, (unsigned long long)c->type.length);
		break;
	case LT_DURATION:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		add_time(b, c, form, k);
		break;
	case LT_DATE:
		buf_adds(b, k);
		break;
	case LT_UUID:
	case LT_INET:
		buf_addf(b, "CAST(%s AS CHAR)", k);
		break;
	default:
		add_characters(b, c, k);
	}
	buf_free(&id);
	return 0;
}

bool my_add_length(struct my *m, struct buf *b, const struct column *c, enum canon form)
{
	switch (c->type.lt) {
	case LT_BYTES:
		if (form == CANON_UUID)
			return false;
		buf_adds(b, "2+2*OCTET_LENGTH(");
		db_add_ident(&m->db, b, c->name);
		buf_addc(b, ')');
		return true;
	case LT_BITS:
		buf_addf(b, "%llu", (unsigned long long)c->type.length);
		return true;
	case LT_DATE:
		buf_adds(b, "10");
		return true;
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		if (c->type.precision > 0)
			return false;
		buf_adds(b, shows_zone(c, form) ? "22" : "19");
		return true;
	default:
		return false;
	}
}
