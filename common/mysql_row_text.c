/*
 * Text and bytes of row images, and the types that are stored like them.
 */
#include <string.h>

#include "mysql_impl.h"
#include "mysql_inflate.h"
#include "mysql_row.h"
#include "value.h"

#define CUT "is cut off"

/* The value behind its length of c->size bytes. */
static const unsigned char *take_bytes(const struct my_col *c, struct my_in *in, size_t *n)
{
	const unsigned char *p = my_take(in, c->size);
	uint64_t length;

	if (!p)
		return NULL;
	length = my_le(p, c->size);
	if (length > my_left(in))
		return NULL;
	*n = (size_t)length;
	return my_take(in, *n);
}

static const char *add_text(const struct my_col *c, const unsigned char *p, size_t n,
			    struct buf *b, struct field *f)
{
	size_t start = b->n, chars;
	const char *why;

	if (c->charset->kind == MY_CHARSET_UTF8) {
		/* CHAR has no pad spaces, whoever wrote the event. */
		while (c->stripped && n && p[n - 1] == ' ')
			n--;
		if (value_text((const char *)p, n, true, &chars) != VALUE_OK)
			return MY_CHARSET_BAD;
		*f = (struct field){(const char *)p, n};
		return NULL;
	}
	why = my_charset_add(b, c->charset, p, n);
	while (c->stripped && b->n > start && b->p[b->n - 1] == ' ')
		b->n--;
	return why;
}

const char *my_decode_text(const struct my_col *c, struct my_in *in, struct buf *b, struct field *f)
{
	size_t n;
	const unsigned char *p = take_bytes(c, in, &n);

	return p ? add_text(c, p, n, b, f) : CUT;
}

/* The trailing zero bytes that BINARY has lost. */
static void add_missing_zeros(const struct my_col *c, struct buf *b, size_t n)
{
	if (c->stripped && n < c->width) {
		size_t more = 2 * (c->width - n);

		memset(buf_room(b, more), '0', more);
		b->n += more;
	}
}

const char *my_decode_bytes(const struct my_col *c, struct my_in *in, struct buf *b,
			    struct field *f)
{
	size_t n;
	const unsigned char *p = take_bytes(c, in, &n);

	(void)f;
	if (!p)
		return CUT;
	value_add_hex(b, p, n);
	add_missing_zeros(c, b, n);
	return NULL;
}

const char *my_decode_geometry(const struct my_col *c, struct my_in *in, struct buf *b,
			       struct field *f)
{
	size_t n;
	const unsigned char *p = take_bytes(c, in, &n);

	(void)f;
	if (!p)
		return CUT;
	my_add_ewkb(b, p, n);
	return NULL;
}

const char *my_decode_json(const struct my_col *c, struct my_in *in, struct buf *b, struct field *f)
{
	size_t n;
	const unsigned char *p = take_bytes(c, in, &n);

	(void)f;
	if (!p)
		return CUT;
	return my_json_add(b, p, n) < 0 ? "is no binary JSON" : NULL;
}

/* ---- MariaDB's COMPRESSED columns ---- */

/*
 * A byte whose high half is the method (0: none, 8: zlib), bit 3 of which says that there is
 * no zlib header, bits 0 to 2 how many bytes follow with the length, big-endian (MariaDB
 * source, sql/field_comp.cc).
 */
#define METHOD_ZLIB 8

static const char *unpack(struct buf *to, const unsigned char *p, size_t n)
{
	size_t more = p[0] & 7;
	uint64_t length;

	if (p[0] >> 4 == 0) {
		buf_add(to, p + 1, n - 1);
		return NULL;
	}
	if (p[0] >> 4 != METHOD_ZLIB || n < 1 + more)
		return "is compressed in an unknown way";
	length = my_be(p + 1, more);
	if (length > UINT32_MAX || my_inflate(to, p + 1 + more, n - 1 - more, length, p[0] & 8) < 0)
		return "is no compressed text";
	return NULL;
}

const char *my_decode_compressed(const struct my_col *c, struct my_in *in, struct buf *b,
				 struct field *f)
{
	size_t n;
	const unsigned char *p = take_bytes(c, in, &n);
	const char *why, *text;

	(void)f;
	if (!p)
		return CUT;
	buf_reset(c->scratch);
	why = n ? unpack(c->scratch, p, n) : NULL;
	if (why)
		return why;
	text = c->scratch->n ? c->scratch->p : "";
	if (c->charset->kind != MY_CHARSET_BINARY)
		return my_charset_add(b, c->charset, text, c->scratch->n);
	value_add_hex(b, text, c->scratch->n);
	return NULL;
}

/* ---- ENUM, SET ---- */

const char *my_decode_enum(const struct my_col *c, struct my_in *in, struct buf *b, struct field *f)
{
	const unsigned char *p = my_take(in, c->size);
	uint64_t i;

	(void)b;
	if (!p)
		return CUT;
	i = my_le(p, c->size);
	if (i > c->labels)
		return "has an index beyond its labels";
	/* 0 is the empty error value. */
	*f = i ? (struct field){c->label[i - 1].p, c->label[i - 1].n} : (struct field){"", 0};
	return NULL;
}

const char *my_decode_set(const struct my_col *c, struct my_in *in, struct buf *b, struct field *f)
{
	const unsigned char *p = my_take(in, c->size);
	size_t start = b->n;
	uint64_t bits;

	(void)f;
	if (!p)
		return CUT;
	bits = my_le(p, c->size);
	if (c->labels < 64 && bits >> c->labels)
		return "has a bit beyond its labels";
	for (size_t i = 0; bits; i++, bits >>= 1)
		if (bits & 1) {
			if (b->n > start)
				buf_addc(b, ',');
			buf_add(b, c->label[i].p, c->label[i].n);
		}
	return NULL;
}

/* ---- MariaDB's types that the event tells as BINARY ---- */

/* Fills up what has lost its trailing zero bytes; n is at most 16. */
static int take_fixed(const struct my_col *c, struct my_in *in, unsigned char out[16])
{
	size_t n;
	const unsigned char *p = take_bytes(c, in, &n);

	if (!p || n > 16)
		return -1;
	memset(out, 0, 16);
	memcpy(out, p, n);
	return 0;
}

const char *my_decode_uuid(const struct my_col *c, struct my_in *in, struct buf *b, struct field *f)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char v[16];
	char *to;

	(void)f;
	if (take_fixed(c, in, v) < 0)
		return CUT;
	to = buf_room(b, 36);
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = hex[v[i] >> 4];
		*to++ = hex[v[i] & 15];
	}
	b->n += 36;
	return NULL;
}

/* The first of the longest runs of zero words in an IPv6 address; also one alone counts. */
static int longest_gap(const unsigned *word, int *length)
{
	int best = -1, run = 0;

	*length = 0;
	for (int i = 0; i < 8; i++) {
		run = word[i] ? 0 : run + 1;
		if (run > *length) {
			*length = run;
			best = i - run + 1;
		}
	}
	return best;
}

static void add_inet4(struct buf *b, const unsigned char *v)
{
	for (int i = 0; i < 4; i++) {
		my_add_unsigned(b, v[i]);
		if (i < 3)
			buf_addc(b, '.');
	}
}

/* As MariaDB writes it, which is not as inet_ntop() does (plugin/type_inet/sql_type_inet.cc). */
static void add_inet6(struct buf *b, const unsigned char *v)
{
	unsigned word[8];
	int at, length;

	for (int i = 0; i < 8; i++)
		word[i] = (unsigned)my_be(v + 2 * i, 2);
	at = longest_gap(word, &length);
	for (int i = 0; i < 8; i++) {
		if (i == at) {
			buf_adds(b, i ? ":" : "::");
			i += length - 1;
		} else if (i == 6 && at == 0 &&
			   (length == 6 || (length == 5 && word[5] == 0xffff))) {
			add_inet4(b, v + 12);
			return;
		} else {
			buf_addf(b, i < 7 ? "%x:" : "%x", word[i]);
		}
	}
}

const char *my_decode_inet(const struct my_col *c, struct my_in *in, struct buf *b, struct field *f)
{
	unsigned char v[16];

	(void)f;
	if (take_fixed(c, in, v) < 0)
		return CUT;
	if (c->width == 4)
		add_inet4(b, v);
	else
		add_inet6(b, v);
	return NULL;
}
