/*
 * Values in binary COPY's form: a length of four bytes, then what the type's
 * receive function reads (src/backend/utils/adt/, functions named …recv),
 * all in network byte order.
 */
#include "pg_binary.h"

#include <arpa/inet.h>
#include <string.h>

/* ---- Numbers ---- */

static enum value_status encode_bool(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b)
{
	bool v;
	enum value_status status = value_bool(p, n, &v);
	char byte = status == VALUE_OK && v;

	(void)f;
	if (status == VALUE_OK)
		pg_add_bytes(b, &byte, 1);
	return status;
}

static enum value_status encode_int2(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b)
{
	int64_t v;
	enum value_status status = value_int(p, n, &v);
	char *to;

	(void)f;
	if (status != VALUE_OK)
		return status;
	if (v < INT16_MIN || v > INT16_MAX)
		return VALUE_RANGE;
	to = buf_room(b, 6);
	pg_put32(to, 2);
	pg_put16(to + 4, (uint16_t)v);
	b->n += 6;
	return VALUE_OK;
}

static enum value_status encode_int4(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b)
{
	int64_t v;
	enum value_status status = value_int(p, n, &v);

	(void)f;
	if (status != VALUE_OK)
		return status;
	return v < INT32_MIN || v > INT32_MAX ? VALUE_RANGE : pg_add32(b, (uint32_t)v);
}

static enum value_status encode_int8(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b)
{
	int64_t v;
	enum value_status status = value_int(p, n, &v);

	(void)f;
	return status == VALUE_OK ? pg_add64(b, (uint64_t)v) : status;
}

static enum value_status encode_oid(const struct pg_field *f, const char *p, size_t n,
				    struct buf *b)
{
	uint64_t v;
	enum value_status status = value_uint(p, n, &v);

	(void)f;
	if (status != VALUE_OK)
		return status;
	return v > UINT32_MAX ? VALUE_RANGE : pg_add32(b, (uint32_t)v);
}

static enum value_status encode_float4(const struct pg_field *f, const char *p, size_t n,
				       struct buf *b)
{
	float v;
	uint32_t bits;
	enum value_status status = value_float32(p, n, &v);

	(void)f;
	if (status != VALUE_OK)
		return status;
	memcpy(&bits, &v, sizeof bits);
	return pg_add32(b, bits);
}

static enum value_status encode_float8(const struct pg_field *f, const char *p, size_t n,
				       struct buf *b)
{
	double v;
	uint64_t bits;
	enum value_status status = value_float64(p, n, &v);

	(void)f;
	if (status != VALUE_OK)
		return status;
	memcpy(&bits, &v, sizeof bits);
	return pg_add64(b, bits);
}

/* ---- Text and bytes ---- */

/* Too long for varchar(n), or for char(n), whose trailing spaces are no data. */
static bool is_too_long(const struct pg_field *f, const char *p, size_t n, size_t chars)
{
	if (!f->length || chars <= f->length)
		return false;
	if (f->padded)
		while (n && p[n - 1] == ' ' && chars > f->length) {
			n--;
			chars--;
		}
	return chars > f->length;
}

static enum value_status encode_text(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b)
{
	size_t chars;
	enum value_status status = value_text(p, n, false, &chars);

	if (status != VALUE_OK)
		return status;
	if (is_too_long(f, p, n, chars))
		return VALUE_TOO_LONG;
	pg_add_bytes(b, p, n);
	return VALUE_OK;
}

static enum value_status encode_name(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b)
{
	return n > 63 ? VALUE_TOO_LONG : encode_text(f, p, n, b); /* NAMEDATALEN - 1 */
}

/* jsonb's form has a version, 1, before the text. */
static enum value_status encode_jsonb(const struct pg_field *f, const char *p, size_t n,
				      struct buf *b)
{
	size_t chars;
	enum value_status status = value_text(p, n, false, &chars);
	char *to;

	(void)f;
	if (status != VALUE_OK)
		return status;
	to = buf_room(b, n + 5);
	pg_put32(to, (uint32_t)n + 1);
	to[4] = 1;
	memcpy(to + 5, p, n);
	b->n += n + 5;
	return VALUE_OK;
}

static enum value_status encode_enum(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b)
{
	for (char **label = f->col->type.labels; label && *label; label++) {
		if (!strncmp(*label, p, n) && !(*label)[n]) {
			pg_add_bytes(b, p, n);
			return VALUE_OK;
		}
	}
	return VALUE_SYNTAX;
}

/* Leaves room for a length, which end_value() writes. */
static size_t begin_value(struct buf *b)
{
	size_t start = b->n;

	buf_room(b, 4);
	b->n += 4;
	return start;
}

static void end_value(struct buf *b, size_t start)
{
	pg_put32(b->p + start, (uint32_t)(b->n - start - 4));
}

/* bytea; PostGIS's types, which read EWKB. */
static enum value_status encode_bytes(const struct pg_field *f, const char *p, size_t n,
				      struct buf *b)
{
	size_t start = begin_value(b);
	enum value_status status = value_add_unhex(b, p, n);

	(void)f;
	end_value(b, start);
	return status;
}

static enum value_status encode_bits(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b)
{
	size_t start = begin_value(b);
	enum value_status status;

	pg_put32(buf_room(b, 4), (uint32_t)n);
	b->n += 4;
	status = value_add_bits(b, p, n);
	end_value(b, start);
	if (status == VALUE_OK && f->length && n > f->length)
		return VALUE_TOO_LONG;
	if (status == VALUE_OK && f->col->type.fixed && n < f->length)
		return VALUE_TOO_SHORT;
	return status;
}

static enum value_status encode_uuid(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b)
{
	unsigned char bytes[16];
	enum value_status status = value_uuid(p, n, bytes);

	(void)f;
	if (status == VALUE_OK)
		pg_add_bytes(b, bytes, sizeof bytes);
	return status;
}

/* Whether all bits of an address behind its prefix are zero, as cidr demands. */
static bool is_network(const unsigned char *addr, unsigned size, unsigned bits)
{
	for (unsigned i = bits; i < 8 * size; i++)
		if (addr[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

/* inet and cidr: family (2 for IPv4, 3 for IPv6), prefix length, is_cidr, size, address. */
static enum value_status encode_inet(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b)
{
	bool cidr = !strcmp(f->col->type.name, "cidr");
	const char *slash = memchr(p, '/', n);
	size_t len = slash ? (size_t)(slash - p) : n;
	bool v6 = memchr(p, ':', len) != NULL;
	unsigned size = v6 ? 16 : 4;
	uint64_t bits = 8 * size;
	char text[INET6_ADDRSTRLEN];
	unsigned char value[4 + 16];

	if (len >= sizeof text || memchr(p, '\0', len))
		return VALUE_SYNTAX;
	memcpy(text, p, len);
	text[len] = '\0';
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, value + 4) != 1)
		return VALUE_SYNTAX;
	if (slash && value_uint(slash + 1, n - len - 1, &bits) != VALUE_OK)
		return VALUE_SYNTAX;
	if (bits > 8 * size || (cidr && !is_network(value + 4, size, (unsigned)bits)))
		return VALUE_SYNTAX;
	value[0] = v6 ? 3 : 2;
	value[1] = (unsigned char)bits;
	value[2] = cidr;
	value[3] = (unsigned char)size;
	pg_add_bytes(b, value, 4 + size);
	return VALUE_OK;
}

/* ---- Choice ---- */

void pg_choose_encoding(struct pg_field *f)
{
	static const struct {
		const char *name;
		enum logical lt; /* another schema may call its own type so */
		enum value_status (*encode)(const struct pg_field *f, const char *p, size_t n,
					    struct buf *b);
	} encodings[] = {
		{"int4", LT_INT, encode_int4},
		{"int2", LT_INT, encode_int2},
		{"int8", LT_INT, encode_int8},
		{"oid", LT_INT, encode_oid},
		{"bool", LT_BOOL, encode_bool},
		{"float4", LT_FLOAT, encode_float4},
		{"float8", LT_FLOAT, encode_float8},
		{"numeric", LT_DECIMAL, pg_encode_numeric},
		{"money", LT_DECIMAL, pg_encode_money},
		{"text", LT_TEXT, encode_text},
		{"varchar", LT_TEXT, encode_text},
		{"bpchar", LT_TEXT, encode_text},
		{"citext", LT_TEXT, encode_text},
		{"name", LT_TEXT, encode_name},
		{"json", LT_JSON, encode_text},
		{"jsonb", LT_JSON, encode_jsonb},
		{"bytea", LT_BYTES, encode_bytes},
		{"geometry", LT_GEOMETRY, encode_bytes},
		{"geography", LT_GEOMETRY, encode_bytes},
		{"date", LT_DATE, pg_encode_date},
		{"time", LT_TIME, pg_encode_time},
		{"timetz", LT_TIMETZ, pg_encode_timetz},
		{"timestamp", LT_TIMESTAMP, pg_encode_timestamp},
		{"timestamptz", LT_TIMESTAMPTZ, pg_encode_timestamptz},
		{"interval", LT_INTERVAL, pg_encode_interval},
		{"uuid", LT_UUID, encode_uuid},
		{"bit", LT_BITS, encode_bits},
		{"varbit", LT_BITS, encode_bits},
		{"inet", LT_INET, encode_inet},
		{"cidr", LT_INET, encode_inet},
	};
	const struct coltype *t = &f->col->type;

	if (t->lt == LT_ENUM)
		f->encode = encode_enum;
	for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
		if (t->lt == encodings[i].lt && !strcmp(t->name, encodings[i].name))
			f->encode = encodings[i].encode;
}
