/* Bytes of other formats, as value_decode.h says. */
#include <string.h>

#include "json_tree.h"
#include "value_decode.h"

#define MAX_BINARY 255 /* the longest BINARY(n) */

static int digit_of_base64(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

bool add_base64(struct buf *b, struct field f)
{
	size_t start = b->n;
	uint32_t v = 0;
	size_t n = 0, pad = 0;

	while (f.n && f.p[f.n - 1] == '=' && pad < 2) {
		f.n--;
		pad++;
	}
	if (f.n % 4 == 1 || (pad && (f.n + pad) % 4))
		return false;
	buf_room(b, f.n / 4 * 3 + 3);
	for (size_t i = 0; i < f.n; i++) {
		int digit = digit_of_base64((unsigned char)f.p[i]);

		if (digit < 0) {
			b->n = start;
			return false;
		}
		v = v << 6 | (uint32_t)digit;
		if (++n == 4) {
			buf_addc(b, (char)(v >> 16));
			buf_addc(b, (char)(v >> 8));
			buf_addc(b, (char)v);
			v = 0;
			n = 0;
		}
	}
	if (n == 3)
		buf_addc(b, (char)(v >> 10));
	if (n == 3)
		buf_addc(b, (char)(v >> 2));
	if (n == 2)
		buf_addc(b, (char)(v >> 4));
	return true;
}

bool add_hex_bytes(struct buf *b, struct field f)
{
	struct buf text = BUF_INIT;
	bool right;

	if (f.n >= 2 && (f.p[0] == '0' || f.p[0] == '\\') && (f.p[1] == 'x' || f.p[1] == 'X'))
		f = (struct field){f.p + 2, f.n - 2};
	buf_adds(&text, "\\x");
	buf_add(&text, f.p, f.n);
	right = value_add_unhex(b, text.p, text.n) == VALUE_OK;
	buf_free(&text);
	return right;
}

/* Text whose characters are bytes (ISO 8859-1), in UTF-8. */
static bool add_latin1(struct buf *b, struct field f)
{
	size_t start = b->n;

	for (size_t i = 0; i < f.n; i++) {
		unsigned char c = (unsigned char)f.p[i];

		if (c >= 0x80) {
			if (c < 0xc2 || c > 0xc3 || i + 1 == f.n) {
				b->n = start;
				return false;
			}
			c = (unsigned char)((c & 3) << 6 | (f.p[++i] & 0x3f));
		}
		buf_addc(b, (char)c);
	}
	return true;
}

/* How the format writes bytes, unless --encoding or the schema says otherwise. */
static int way_of(const struct decode *d)
{
	if (d->encoding == ENC_BASE64)
		return BINARY_BASE64;
	if (d->encoding == ENC_HEX)
		return BINARY_HEX;
	if (d->v.n >= 2 && d->v.p[0] == '\\' && d->v.p[1] == 'x') /* Rowboat's and PostgreSQL's */
		return BINARY_HEX;
	if (d->enc->binary)
		return d->enc->binary;
	switch (d->format) {
	case FORMAT_DMS:
	case FORMAT_DMS_CSV:
	case FORMAT_WAL2JSON:
		return BINARY_HEX;
	case FORMAT_CANAL:
		return BINARY_LATIN1;
	default:
		return BINARY_BASE64;
	}
}

static int add_bytes(struct decode *d, struct buf *bytes)
{
	switch (way_of(d)) {
	case BINARY_HEX:
		return add_hex_bytes(bytes, d->v) ? 0 : decode_bad(d, "is not hex");
	case BINARY_LATIN1:
		return add_latin1(bytes, d->v) ? 0
					       : decode_bad(d, "holds a character that is no byte");
	}
	if (add_base64(bytes, d->v))
		return 0;
	decode_bad(d, "is not base64");
	return err_hint(d->e, "--encoding binary=hex takes hex");
}

int decode_bytes(struct decode *d)
{
	struct buf bytes = BUF_INIT;
	unsigned char id[16];
	int status;

	if (d->kind != JSON_STRING)
		return decode_bad(d, "is not a text of bytes");
	if (d->type->length == sizeof id && d->v.n == 36 &&
	    value_uuid(d->v.p, d->v.n, id) == VALUE_OK) {
		value_add_hex(d->b, id, sizeof id);
		return 0;
	}
	status = add_bytes(d, &bytes);
	if (status == 0) {
		/* The binary log leaves out the zeros at the end of BINARY(n). */
		while (d->type->fixed && bytes.n < d->type->length && bytes.n < MAX_BINARY)
			buf_addc(&bytes, '\0');
		value_add_hex(d->b, bytes.p ? bytes.p : "", bytes.n);
	}
	buf_free(&bytes);
	return status;
}

/* Bytes with a number's bits: Debezium writes the lowest byte first, others the highest. */
int decode_bits_bytes(struct decode *d)
{
	struct buf bytes = BUF_INIT;
	size_t length = d->type->length, n;
	bool little = is_debezium(d);

	if (d->kind != JSON_STRING)
		return decode_bits(d);
	if (d->v.n > 2 && d->v.p[0] == '0' && d->v.p[1] == 'x' ? !add_hex_bytes(&bytes, d->v)
							       : !add_base64(&bytes, d->v)) {
		buf_free(&bytes);
		return decode_bad(d, "is not the base64 of bits");
	}
	n = bytes.n * 8;
	if (!length)
		length = n;
	for (size_t i = n > length ? n : length; i-- > 0;) {
		size_t at = little ? i / 8 : bytes.n - 1 - i / 8;
		bool set = i < n && (bytes.p[at] >> i % 8 & 1);

		if (i < length) {
			buf_addc(d->b, set ? '1' : '0');
		} else if (set) {
			buf_free(&bytes);
			return decode_status(d, VALUE_TOO_LONG);
		}
	}
	buf_free(&bytes);
	return 0;
}

int decode_uuid(struct decode *d)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char id[16];

	if (value_uuid(d->v.p, d->v.n, id) != VALUE_OK)
		return decode_bad(d, "is not a UUID");
	if (d->type->lt == LT_BYTES) {
		value_add_hex(d->b, id, sizeof id);
		return 0;
	}
	for (size_t i = 0; i < sizeof id; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_addc(d->b, '-');
		buf_addc(d->b, hex[id[i] >> 4]);
		buf_addc(d->b, hex[id[i] & 15]);
	}
	return 0;
}

/* ---- Geometry ---- */

#define EWKB_SRID 0x20 /* in the highest byte of the type */

/* Adds EWKB: WKB with the SRID behind its type, unless it is 0 or there already. */
static int add_ewkb(struct decode *d, const struct buf *wkb, int64_t srid)
{
	const unsigned char *p = (const unsigned char *)wkb->p;
	struct buf out = BUF_INIT;
	size_t high;

	if (wkb->n < 5 || p[0] > 1)
		return decode_bad(d, "is no WKB");
	high = p[0] ? 4 : 1;
	if (srid <= 0 || srid > UINT32_MAX || p[high] & EWKB_SRID) {
		value_add_hex(d->b, p, wkb->n);
		return 0;
	}
	buf_add(&out, p, 5);
	out.p[high] = (char)(p[high] | EWKB_SRID);
	for (int i = 0; i < 4; i++)
		buf_addc(&out, (char)((uint64_t)srid >> 8 * (p[0] ? i : 3 - i)));
	buf_add(&out, p + 5, wkb->n - 5);
	value_add_hex(d->b, out.p, out.n);
	buf_free(&out);
	return 0;
}

/* {"wkb":"AQEAAAA…","srid":4326}; Datastream's has "value". */
static int from_object(struct decode *d)
{
	struct json_tree *t = json_tree_new();
	struct err e = ERR_INIT;
	const struct json_node *root = json_tree_parse(t, d->v.p, d->v.n, &e);
	const struct json_node *wkb = json_member(t, root, "wkb");
	const struct json_node *srid = json_member(t, root, "srid");
	struct buf bytes = BUF_INIT;
	int64_t n = 0;
	int status;

	if (!wkb)
		wkb = json_member(t, root, "value");
	if (srid && srid->kind == NODE_NUMBER)
		value_int(srid->text.p, srid->text.n, &n);
	if (!wkb || wkb->kind != NODE_STRING || !add_base64(&bytes, wkb->text))
		status = decode_bad(d, "is no geometry: it has no \"wkb\" in base64");
	else
		status = add_ewkb(d, &bytes, n);
	buf_free(&bytes);
	err_clear(&e);
	json_tree_free(t);
	return status;
}

int decode_geometry(struct decode *d)
{
	struct buf bytes = BUF_INIT;
	bool is_hex = d->v.n >= 10;
	int status = -1;

	if (d->kind == JSON_NESTED)
		return from_object(d);
	for (size_t i = d->v.n >= 2 && d->v.p[1] == 'x' ? 2 : 0; i < d->v.n && is_hex; i++)
		is_hex = memchr("0123456789abcdefABCDEF", d->v.p[i], 22) != NULL;
	if (d->kind == JSON_STRING && (is_hex ? add_hex_bytes(&bytes, d->v) : add_wkt(&bytes, d->v)))
		status = add_ewkb(d, &bytes, 0);
	else
		decode_bad(d, "is a geometry neither as WKB, nor as its hex, nor as WKT");
	buf_free(&bytes);
	return status;
}
