#include "value.h"
#include "word.h"

#define QUOTED_CHARS 60 /* the most characters of a value that a message shows */

const char *value_status_text(enum value_status s)
{
	switch (s) {
	case VALUE_OK:
		return "is right";
	case VALUE_SYNTAX:
		return "is not of the type's form";
	case VALUE_RANGE:
		return "is out of range";
	case VALUE_ROUNDS:
		return "has digits that would be rounded away";
	case VALUE_NO_DATE:
		return "is not a day of the calendar";
	case VALUE_ZERO_DATE:
		return "is a zero date";
	case VALUE_ZONE:
		return "has a time zone other than UTC";
	case VALUE_TOO_LONG:
		return "is too long";
	case VALUE_TOO_SHORT:
		return "is too short";
	case VALUE_NUL:
		return "holds a NUL byte";
	case VALUE_UTF8:
		return "is not UTF-8";
	}
	return "is not valid";
}

/* ---- UTF-8 ---- */

/* Nonzero if a byte of the word is 0 or, with `high` set in it, above 0x7f. A
 * byte of 1 to 0x7f plus 0x7f sets the highest bit without a carry. */
static inline uint64_t not_plain(uint64_t w)
{
	return (w | ~(w + WORD_EACH(0x7f))) & WORD_HIGHS;
}

/* The length of the run of bytes from 1 to 0x7f that p starts with, or less:
 * whole words only. */
static size_t plain_run(const unsigned char *p, size_t n)
{
	size_t i = 0;

	for (; n - i >= 32; i += 32)
		if (not_plain(word_at(p + i)) | not_plain(word_at(p + i + 8)) |
		    not_plain(word_at(p + i + 16)) | not_plain(word_at(p + i + 24)))
			break;
	while (n - i >= 8 && !not_plain(word_at(p + i)))
		i += 8;
	return i;
}

/* The length of the character at p, 0 if it is none (RFC 3629, section 4). */
static inline size_t utf8_length(const unsigned char *p, size_t n)
{
	unsigned char a = p[0], b = n > 1 ? p[1] : 0;

	if (a < 0x80)
		return 1;
	if (a < 0xc2 || (b & 0xc0) != 0x80)
		return 0;
	if (a < 0xe0)
		return 2;
	if (n < 3 || (p[2] & 0xc0) != 0x80)
		return 0;
	if (a < 0xf0) {
		if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f))
			return 0;
		return 3;
	}
	if (n < 4 || (p[3] & 0xc0) != 0x80 || a > 0xf4)
		return 0;
	return (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f) ? 0 : 4;
}

enum value_status value_text(const char *text, size_t n, bool nul, size_t *chars)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + n;
	size_t count = n, length;

	/* Most text is ASCII to its end, which one word then covers again. */
	p += plain_run(p, n);
	if (p < end && n >= 8 && !not_plain(word_at(end - 8)) && end - p < 8)
		p = end;
	while (p < end) {
		if (*p < 0x80) {
			if (*p == 0 && !nul)
				return VALUE_NUL;
			p++;
			if (end - p >= 8 && !not_plain(word_at(p)))
				p += plain_run(p, (size_t)(end - p));
			continue;
		}
		length = utf8_length(p, (size_t)(end - p));
		if (length == 0)
			return VALUE_UTF8;
		p += length;
		count -= length - 1;
	}
	*chars = count;
	return VALUE_OK;
}

void value_add_utf8(struct buf *b, unsigned c)
{
	if (c < 0x80) {
		buf_addc(b, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_addc(b, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_addc(b, (char)(0xe0 | c >> 12));
		} else {
			buf_addc(b, (char)(0xf0 | c >> 18));
			buf_addc(b, (char)(0x80 | (c >> 12 & 63)));
		}
		buf_addc(b, (char)(0x80 | (c >> 6 & 63)));
	}
	buf_addc(b, (char)(0x80 | (c & 63)));
}

/* ---- Bytes ---- */

static const char hex_digits[] = "0123456789abcdef";

static inline int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void value_add_hex(struct buf *b, const void *p, size_t n)
{
	const unsigned char *from = p;
	char *to = buf_room(b, 2 + n * 2);

	*to++ = '\\';
	*to++ = 'x';
	for (size_t i = 0; i < n; i++) {
		*to++ = hex_digits[from[i] >> 4];
		*to++ = hex_digits[from[i] & 15];
	}
	b->n += 2 + n * 2;
}

enum value_status value_add_unhex(struct buf *b, const char *p, size_t n)
{
	int high, low, wrong = 0;
	char *to;

	if (n < 2 || n % 2 || p[0] != '\\' || (p[1] != 'x' && p[1] != 'X'))
		return VALUE_SYNTAX;
	to = buf_room(b, n / 2);
	for (size_t i = 2; i < n; i += 2) {
		high = hex_value(p[i]);
		low = hex_value(p[i + 1]);
		wrong |= high | low;
		*to++ = (char)((unsigned)high << 4 | (unsigned)low);
	}
	if (wrong < 0)
		return VALUE_SYNTAX;
	b->n += n / 2 - 1;
	return VALUE_OK;
}

enum value_status value_add_bits(struct buf *b, const char *p, size_t n)
{
	size_t bytes = n / 8 + (n % 8 != 0);
	char *to = buf_room(b, bytes);

	if (bytes)
		memset(to, 0, bytes);
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '0' && p[i] != '1')
			return VALUE_SYNTAX;
		to[i / 8] |= (char)((p[i] - '0') << (7 - i % 8));
	}
	b->n += bytes;
	return VALUE_OK;
}

/* Hyphens may stand where PostgreSQL takes them: behind every four digits. */
enum value_status value_uuid(const char *p, size_t n, unsigned char out[16])
{
	size_t at = 0;

	if (n >= 2 && p[0] == '{' && p[n - 1] == '}') {
		p++;
		n -= 2;
	}
	for (size_t i = 0; i < 16; i++) {
		int high, low;

		if (i && i % 2 == 0 && at < n && p[at] == '-')
			at++;
		if (n - at < 2)
			return VALUE_SYNTAX;
		high = hex_value(p[at]);
		low = hex_value(p[at + 1]);
		if (high < 0 || low < 0)
			return VALUE_SYNTAX;
		out[i] = (unsigned char)(high << 4 | low);
		at += 2;
	}
	return at == n ? VALUE_OK : VALUE_SYNTAX;
}

/* ---- Messages ---- */

/* C0 and C1 control characters and DEL. */
static bool is_control(const unsigned char *p)
{
	return *p < 0x20 || *p == 0x7f || (p[0] == 0xc2 && p[1] < 0xa0);
}

void value_add_quoted(struct buf *b, const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + n;
	size_t length;

	for (int shown = 0; p < end; shown++) {
		if (shown == QUOTED_CHARS) {
			buf_adds(b, "…");
			return;
		}
		length = utf8_length(p, (size_t)(end - p));
		if (length && !is_control(p)) {
			buf_add(b, p, length);
			p += length;
			continue;
		}
		for (length += length == 0; length; length--)
			buf_addf(b, "\\x%02x", *p++);
	}
}
