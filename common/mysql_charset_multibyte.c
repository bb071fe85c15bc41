/*
 * Character sets of several bytes, by the C library's iconv(). Where it differs from the
 * servers, what they do stands here (`SELECT HEX(CONVERT(CONVERT(X'A145' USING big5) USING
 * ucs2))`).
 */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "mysql_charset.h"
#include "value.h"

/* Characters from first to last (in the order of the character set's rows) are those from
 * `to` on. */
struct exception {
	uint32_t first, last, to;
};

static const struct exception sjis[] = {
	{0x5c, 0x5c, 0x5c}, {0x7e, 0x7e, 0x7e}, {0x815f, 0x815f, 0x5c}, {0, 0, 0},
};

static const struct exception ujis[] = {
	{0xa1c0, 0xa1c0, 0x5c}, {0xf5a1, 0xfefe, 0xe000}, {0x8fa2b7, 0x8fa2b7, 0x7e},
	{0x8ff5a1, 0x8ffefe, 0xe3ac}, {0, 0, 0},
};

static const struct exception big5[] = {
	{0xa145, 0xa145, 0x2022}, {0xa14e, 0xa14e, 0xff64}, {0xa15a, 0xa15a, 0xfffd},
	{0xa1c2, 0xa1c2, 0x203e}, {0xa1c3, 0xa1c3, 0xfffd}, {0xa1c5, 0xa1c5, 0xfffd},
	{0xa1e3, 0xa1e3, 0x223c}, {0xa1f2, 0xa1f2, 0x2641}, {0xa1f3, 0xa1f3, 0x2609},
	{0xa1fe, 0xa1fe, 0xfffd}, {0xa240, 0xa240, 0xfffd}, {0xa241, 0xa241, 0xff0f},
	{0xa242, 0xa242, 0xff3c}, {0xa244, 0xa244, 0xa5}, {0xa246, 0xa247, 0xa2},
	{0xa2cc, 0xa2cc, 0xfffd}, {0xa2ce, 0xa2ce, 0xfffd}, {0xc6a1, 0xc6a1, 0x30fe},
	{0xc6a2, 0xc6a3, 0x309d}, {0xc6a4, 0xc6a4, 0x3005}, {0xc6a5, 0xc6f7, 0x3041},
	{0xc6f8, 0xc7b0, 0x30a1}, {0xc7b1, 0xc7b2, 0x414}, {0xc7b3, 0xc7b3, 0x401},
	{0xc7b4, 0xc7ba, 0x416}, {0xc7bb, 0xc7cd, 0x423}, {0xc7ce, 0xc7ce, 0x451},
	{0xc7cf, 0xc7e8, 0x436}, {0xc7e9, 0xc7f2, 0x2460}, {0xc7f3, 0xc7fc, 0x2474}, {0, 0, 0},
};

static const struct exception *exceptions(const struct my_charset *cs)
{
	if (!strcmp(cs->name, "sjis"))
		return sjis;
	if (!strcmp(cs->name, "ujis"))
		return ujis;
	return !strcmp(cs->name, "big5") ? big5 : NULL;
}

/* The bytes of the character that begins with c. */
static size_t width(const struct exception *of, unsigned char c)
{
	if (of == sjis)
		return (c >= 0x81 && c <= 0x9f) || (c >= 0xe0 && c <= 0xfc) ? 2 : 1;
	if (of == big5)
		return c >= 0xa1 && c <= 0xf9 ? 2 : 1;
	return c == 0x8f ? 3 : c == 0x8e || c >= 0xa1 ? 2 : 1;
}

/* The place of a character in the rows: 94 to each, in big5 63 more before them. */
static uint32_t place(const struct exception *of, uint32_t c)
{
	uint32_t row = c >> 8, trail = c & 0xff;

	if (of != big5)
		return row * 94 + trail - 0xa1;
	return row * 157 + (trail < 0xa1 ? trail - 0x40 : trail - 0xa1 + 63);
}

/* Whether a row has a place for a character's last byte. */
static bool is_trail(const struct exception *of, unsigned char c)
{
	return (c >= 0xa1 && c <= 0xfe) || (of == big5 && c >= 0x40 && c <= 0x7e);
}

/* What is said of a character here: its code point, or 0. */
static uint32_t find(const struct exception *of, const unsigned char *p, size_t n)
{
	uint32_t c = 0;

	for (size_t i = 0; i < n; i++)
		c = c << 8 | p[i];
	for (const struct exception *x = of; x->to; x++) {
		if (c < x->first || c > x->last)
			continue;
		if (x->first == x->last)
			return x->to;
		if (is_trail(of, p[n - 1]))
			return x->to + place(of, c) - place(of, x->first);
	}
	return 0;
}

/* The converters, opened at their first use and kept. */
static iconv_t converter(const struct my_charset *cs)
{
	static struct {
		const struct my_charset *cs;
		iconv_t cd;
	} *open;
	static size_t n;

	for (size_t i = 0; i < n; i++)
		if (open[i].cs == cs)
			return open[i].cd;
	open = xrealloc(open, (n + 1) * sizeof *open);
	open[n].cs = cs;
	open[n].cd = iconv_open("UTF-8", cs->iconv);
	return open[n++].cd;
}

static const char *convert(struct buf *b, iconv_t cd, const unsigned char *p, size_t n)
{
	char *from = (char *)p;

	if (n)
		iconv(cd, NULL, NULL, NULL, NULL);
	while (n) {
		size_t room = n * 4 + 16;
		char *to = buf_room(b, room), *at = to;
		size_t status = iconv(cd, &from, &n, &at, &room);

		b->n += (size_t)(at - to);
		if (status == (size_t)-1 && errno != E2BIG)
			return MY_CHARSET_BAD;
	}
	return NULL;
}

/* Text between exceptions goes to iconv() as a whole. */
static const char *convert_with(struct buf *b, iconv_t cd, const struct exception *of,
				const unsigned char *p, size_t n)
{
	const char *why = NULL;
	size_t from = 0, size;

	for (size_t i = 0; !why && i < n; i += size) {
		uint32_t c;

		size = width(of, p[i]);
		if (size > n - i)
			return MY_CHARSET_BAD;
		c = find(of, p + i, size);
		if (c) {
			why = convert(b, cd, p + from, i - from);
			value_add_utf8(b, c);
			from = i + size;
		}
	}
	return why ? why : convert(b, cd, p + from, n - from);
}

const char *my_charset_add_multibyte(struct buf *b, const struct my_charset *cs,
				     const unsigned char *p, size_t n)
{
	const struct exception *of = exceptions(cs);
	iconv_t cd = converter(cs);
	size_t start = b->n;
	const char *why;

	if (cd == (iconv_t)-1)
		return "is of a character set that the C library does not know";
	why = of ? convert_with(b, cd, of, p, n) : convert(b, cd, p, n);
	if (why)
		b->n = start;
	return why;
}
