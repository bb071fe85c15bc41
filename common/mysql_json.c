/*
 * MySQL's binary JSON (MySQL source, sql-common/json_binary.h) → text as the server prints it
 * (sql-common/json_dom.cc, Json_wrapper::to_string()).
 */
#include <math.h>
#include <string.h>

#include "mysql_row.h"
#include "value.h"

#define MAX_DEPTH 100 /* the server's limit */

enum { SMALL_OBJECT, LARGE_OBJECT, SMALL_ARRAY, LARGE_ARRAY, LITERAL, INT16, UINT16, INT32,
       UINT32, INT64, UINT64, DOUBLE, STRING, OPAQUE = 15 };

/* A document. No byte of it belongs to two values, so that what all values take is at most
 * its size: `budget` is what is left of it, which stops documents that refer to one value
 * again and again. */
struct json {
	struct buf *b;
	size_t budget;
};

static int spend(struct json *j, size_t n)
{
	if (n > j->budget)
		return -1;
	j->budget -= n;
	return 0;
}

/* ---- Strings ---- */

static void add_escaped(struct buf *b, unsigned char c)
{
	static const char names[] = "btn\0fr";

	if (c >= 8 && c <= 13 && c != 11)
		buf_addf(b, "\\%c", names[c - 8]);
	else if (c < 32)
		buf_addf(b, "\\u%04x", c);
	else
		buf_addf(b, "\\%c", c);
}

void my_json_add_string(struct buf *b, const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t from = 0;

	buf_addc(b, '"');
	for (size_t i = 0; i < n; i++)
		if (p[i] < 32 || p[i] == '"' || p[i] == '\\') {
			buf_add(b, p + from, i - from);
			add_escaped(b, p[i]);
			from = i + 1;
		}
	buf_add(b, p + from, n - from);
	buf_addc(b, '"');
}

static int add_text(struct json *j, const unsigned char *p, size_t n)
{
	size_t chars;

	if (spend(j, n) < 0 || value_text((const char *)p, n, true, &chars) != VALUE_OK)
		return -1;
	my_json_add_string(j->b, (const char *)p, n);
	return 0;
}

/* ---- Values of other types than JSON's ---- */

static void add_packed_time(struct buf *b, int64_t v)
{
	bool negative = v < 0;
	uint64_t m = negative ? -(uint64_t)v : (uint64_t)v;
	unsigned hms = (unsigned)(m >> 24);

	my_add_time(b, negative, hms >> 12 & 1023, hms >> 6 & 63, hms & 63);
	buf_addf(b, ".%06u", (unsigned)(m & 0xffffff));
}

static void add_packed_datetime(struct buf *b, int64_t v, bool date_only)
{
	uint64_t m = v < 0 ? -(uint64_t)v : (uint64_t)v, ymd = m >> 41;
	unsigned hms = m >> 24 & 0x1ffff;

	my_add_date(b, (unsigned)((ymd >> 5) / 13), (unsigned)((ymd >> 5) % 13), ymd & 31);
	if (date_only)
		return;
	buf_addc(b, ' ');
	my_add_time(b, false, hms >> 12, hms >> 6 & 63, hms & 63);
	buf_addf(b, ".%06u", (unsigned)(m & 0xffffff));
}

static int add_json_decimal(struct buf *b, const unsigned char *p, size_t n)
{
	int precision, scale;

	if (n < 2)
		return -1;
	precision = p[0];
	scale = p[1];
	if (precision < 1 || precision > 65 || scale > precision ||
	    n - 2 < my_decimal_size(precision, scale))
		return -1;
	my_add_decimal(b, p + 2, precision, scale);
	return 0;
}

static void add_base64(struct buf *b, const unsigned char *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		unsigned v = p[i] << 16u;

		v |= left > 1 ? p[i + 1] << 8u : 0;
		v |= left > 2 ? p[i + 2] : 0;
		if (i && i % 57 == 0) /* the server breaks lines of 76 characters */
			buf_adds(b, "\\n");
		buf_addc(b, digits[v >> 18]);
		buf_addc(b, digits[v >> 12 & 63]);
		buf_addc(b, left > 1 ? digits[v >> 6 & 63] : '=');
		buf_addc(b, left > 2 ? digits[v & 63] : '=');
	}
}

static int add_opaque(struct json *j, int type, const unsigned char *p, size_t n)
{
	struct buf *b = j->b;

	if (spend(j, n) < 0)
		return -1;
	if (type == MY_NEWDECIMAL)
		return add_json_decimal(b, p, n);
	buf_addc(b, '"');
	if (type == MY_DATE || type == MY_DATETIME || type == MY_TIMESTAMP || type == MY_TIME) {
		if (n != 8)
			return -1;
		if (type == MY_TIME)
			add_packed_time(b, (int64_t)my_le(p, 8));
		else
			add_packed_datetime(b, (int64_t)my_le(p, 8), type == MY_DATE);
	} else {
		buf_addf(b, "base64:type%d:", type);
		add_base64(b, p, n);
	}
	buf_addc(b, '"');
	return 0;
}

/* ---- Values ---- */

/* A length of 7 bits a byte, the lowest first, and that many bytes. */
static const unsigned char *take_variable(struct my_in *in, size_t *n)
{
	uint64_t v = 0;

	for (int shift = 0; shift < 35; shift += 7) {
		const unsigned char *p = my_take(in, 1);

		if (!p)
			return NULL;
		v |= (uint64_t)(*p & 127) << shift;
		if (!(*p & 128)) {
			if (v > my_left(in))
				return NULL;
			*n = (size_t)v;
			return my_take(in, *n);
		}
	}
	return NULL;
}

static int add_literal(struct buf *b, unsigned v)
{
	static const char *const names[] = {"null", "true", "false"};

	if (v > 2)
		return -1;
	buf_adds(b, names[v]);
	return 0;
}

static int add_number(struct json *j, int type, const unsigned char *p)
{
	uint64_t bits = my_le(p, 8);
	double v;

	memcpy(&v, &bits, sizeof v);
	if (type == DOUBLE && !isfinite(v))
		return -1;
	if (type == DOUBLE)
		my_json_add_double(j->b, v);
	else if (type == INT64)
		my_add_signed(j->b, (int64_t)bits);
	else
		my_add_unsigned(j->b, bits);
	return 0;
}

/* The small ones, which also stand inside objects and arrays. */
static int add_inlined(struct json *j, int type, const unsigned char *p, size_t n)
{
	size_t size = type == LITERAL ? 1 : type <= UINT16 ? 2 : 4;

	if (n < size)
		return -1;
	switch (type) {
	case LITERAL:
		return add_literal(j->b, *p);
	case INT16:
		my_add_signed(j->b, (int16_t)my_le(p, 2));
		return 0;
	case INT32:
		my_add_signed(j->b, (int32_t)my_le(p, 4));
		return 0;
	default:
		my_add_unsigned(j->b, my_le(p, size));
		return 0;
	}
}

static int add_value(struct json *j, int type, const unsigned char *p, size_t n, int depth);

/* An object's or array's header, and one entry of it. */
struct container {
	const unsigned char *p;
	size_t n;     /* bytes in all */
	size_t word;  /* 2 or 4: bytes of an offset */
	size_t count, key, entry; /* where the entries begin */
};

static int open_container(struct container *c, int type, const unsigned char *p, size_t n)
{
	bool object = type <= LARGE_OBJECT;
	size_t room;

	c->p = p;
	c->word = type == SMALL_OBJECT || type == SMALL_ARRAY ? 2 : 4;
	if (n < 2 * c->word)
		return -1;
	c->count = (size_t)my_le(p, c->word);
	c->n = (size_t)my_le(p + c->word, c->word);
	if (c->n > n || c->n < 2 * c->word)
		return -1;
	room = (object ? c->word + 2 : 0) + c->word + 1;
	if (c->count > (c->n - 2 * c->word) / room)
		return -1;
	c->key = 2 * c->word;
	c->entry = c->key + (object ? c->count * (c->word + 2) : 0);
	return 0;
}

static int add_key(struct json *j, const struct container *c, size_t i)
{
	const unsigned char *k = c->p + c->key + i * (c->word + 2);
	size_t at = (size_t)my_le(k, c->word), n = (size_t)my_le(k + c->word, 2);

	if (at > c->n || n > c->n - at || add_text(j, c->p + at, n) < 0)
		return -1;
	buf_adds(j->b, ": ");
	return 0;
}

static int add_entry(struct json *j, const struct container *c, size_t i, int depth)
{
	const unsigned char *v = c->p + c->entry + i * (c->word + 1);
	int type = *v;
	size_t at;

	if (type >= LITERAL && type <= (c->word == 4 ? UINT32 : UINT16))
		return add_inlined(j, type, v + 1, c->word);
	at = (size_t)my_le(v + 1, c->word);
	return at > c->n ? -1 : add_value(j, type, c->p + at, c->n - at, depth);
}

static int add_container(struct json *j, int type, const unsigned char *p, size_t n, int depth)
{
	bool object = type <= LARGE_OBJECT;
	struct container c;

	if (depth >= MAX_DEPTH || open_container(&c, type, p, n) < 0 ||
	    spend(j, c.entry + c.count * (c.word + 1)) < 0)
		return -1;
	buf_addc(j->b, object ? '{' : '[');
	for (size_t i = 0; i < c.count; i++) {
		if (i)
			buf_adds(j->b, ", ");
		if ((object && add_key(j, &c, i) < 0) || add_entry(j, &c, i, depth + 1) < 0)
			return -1;
	}
	buf_addc(j->b, object ? '}' : ']');
	return 0;
}

static int add_value(struct json *j, int type, const unsigned char *p, size_t n, int depth)
{
	struct my_in in = {p, p + n};
	const unsigned char *text;
	size_t length;

	if (type <= LARGE_ARRAY)
		return add_container(j, type, p, n, depth);
	if (type <= UINT32)
		return add_inlined(j, type, p, n);
	if (type <= DOUBLE)
		return n < 8 ? -1 : add_number(j, type, p);
	if (type != STRING && type != OPAQUE)
		return -1;
	if (type == OPAQUE && !my_take(&in, 1))
		return -1;
	text = take_variable(&in, &length);
	if (!text)
		return -1;
	return type == STRING ? add_text(j, text, length) : add_opaque(j, *p, text, length);
}

int my_json_add(struct buf *b, const void *p, size_t n)
{
	struct json j = {b, n};
	const unsigned char *bytes = p;
	size_t start = b->n;

	/* INSERT IGNORE of NULL into a column that is NOT NULL leaves no bytes. */
	if (n == 0)
		return add_literal(b, 0);
	if (add_value(&j, bytes[0], bytes + 1, n - 1, 0) < 0) {
		b->n = start;
		return -1;
	}
	return 0;
}
