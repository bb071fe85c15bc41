/*
 * Character sets: numbers and names → conversion to UTF-8.
 */
#include "mysql_charset.h"

#include <string.h>

#include "value.h"

enum { ARMSCII8, ASCII, BIG5, BINARY, CP1250, CP1251, CP1256, CP1257, CP850, CP852, CP866, CP932,
       DEC8, EUCJPMS, EUCKR, GB18030, GB2312, GBK, GEOSTD8, GREEK, HEBREW, HP8, KEYBCS2, KOI8R,
       KOI8U, LATIN1, LATIN2, LATIN5, LATIN7, MACCE, MACROMAN, SJIS, SWE7, TIS620, UCS2, UJIS,
       UTF16, UTF16LE, UTF32, UTF8MB3, UTF8MB4, CHARSETS };

#define TABLE(name) {#name, MY_CHARSET_BYTES, 1, my_charset_##name, NULL}
#define ICONV(name, max, iconv) {#name, MY_CHARSET_ICONV, max, NULL, iconv}

static const struct my_charset charsets[CHARSETS] = {
	[ARMSCII8] = TABLE(armscii8),
	[ASCII] = {"ascii", MY_CHARSET_UTF8, 1, NULL, NULL},
	[BIG5] = ICONV(big5, 2, "BIG5"),
	[BINARY] = {"binary", MY_CHARSET_BINARY, 1, NULL, NULL},
	[CP1250] = TABLE(cp1250),
	[CP1251] = TABLE(cp1251),
	[CP1256] = TABLE(cp1256),
	[CP1257] = TABLE(cp1257),
	[CP850] = TABLE(cp850),
	[CP852] = TABLE(cp852),
	[CP866] = TABLE(cp866),
	[CP932] = ICONV(cp932, 2, "CP932"),
	[DEC8] = TABLE(dec8),
	[EUCJPMS] = ICONV(eucjpms, 3, "EUC-JP-MS"),
	[EUCKR] = ICONV(euckr, 2, "UHC"),
	[GB18030] = ICONV(gb18030, 4, "GB18030"),
	[GB2312] = ICONV(gb2312, 2, "GB2312"),
	[GBK] = ICONV(gbk, 2, "GBK"),
	[GEOSTD8] = TABLE(geostd8),
	[GREEK] = TABLE(greek),
	[HEBREW] = TABLE(hebrew),
	[HP8] = TABLE(hp8),
	[KEYBCS2] = TABLE(keybcs2),
	[KOI8R] = TABLE(koi8r),
	[KOI8U] = TABLE(koi8u),
	[LATIN1] = TABLE(latin1),
	[LATIN2] = TABLE(latin2),
	[LATIN5] = TABLE(latin5),
	[LATIN7] = TABLE(latin7),
	[MACCE] = TABLE(macce),
	[MACROMAN] = TABLE(macroman),
	[SJIS] = ICONV(sjis, 2, "SJIS"),
	[SWE7] = TABLE(swe7),
	[TIS620] = TABLE(tis620),
	[UCS2] = ICONV(ucs2, 2, "UCS-2BE"),
	[UJIS] = ICONV(ujis, 3, "EUC-JP"),
	[UTF16] = ICONV(utf16, 4, "UTF-16BE"),
	[UTF16LE] = ICONV(utf16le, 4, "UTF-16LE"),
	[UTF32] = ICONV(utf32, 4, "UTF-32BE"),
	[UTF8MB3] = {"utf8mb3", MY_CHARSET_UTF8, 3, NULL, NULL},
	[UTF8MB4] = {"utf8mb4", MY_CHARSET_UTF8, 4, NULL, NULL},
};

/* The numbers of collations, `first` to `last`, in order (information_schema.
 * COLLATION_CHARACTER_SET_APPLICABILITY of MySQL 9 and MariaDB 10.11). */
static const struct {
	uint16_t first, last;
	uint8_t charset;
} collations[] = {
	{1, 1, BIG5}, {2, 2, LATIN2}, {3, 3, DEC8}, {4, 4, CP850}, {5, 5, LATIN1}, {6, 6, HP8},
	{7, 7, KOI8R}, {8, 8, LATIN1}, {9, 9, LATIN2}, {10, 10, SWE7}, {11, 11, ASCII},
	{12, 12, UJIS}, {13, 13, SJIS}, {14, 14, CP1251}, {15, 15, LATIN1}, {16, 16, HEBREW},
	{18, 18, TIS620}, {19, 19, EUCKR}, {20, 20, LATIN7}, {21, 21, LATIN2}, {22, 22, KOI8U},
	{23, 23, CP1251}, {24, 24, GB2312}, {25, 25, GREEK}, {26, 26, CP1250}, {27, 27, LATIN2},
	{28, 28, GBK}, {29, 29, CP1257}, {30, 30, LATIN5}, {31, 31, LATIN1}, {32, 32, ARMSCII8},
	{33, 33, UTF8MB3}, {34, 34, CP1250}, {35, 35, UCS2}, {36, 36, CP866}, {37, 37, KEYBCS2},
	{38, 38, MACCE}, {39, 39, MACROMAN}, {40, 40, CP852}, {41, 42, LATIN7}, {43, 43, MACCE},
	{44, 44, CP1250}, {45, 46, UTF8MB4}, {47, 49, LATIN1}, {50, 52, CP1251},
	{53, 53, MACROMAN}, {54, 55, UTF16}, {56, 56, UTF16LE}, {57, 57, CP1256},
	{58, 59, CP1257}, {60, 61, UTF32}, {62, 62, UTF16LE}, {63, 63, BINARY},
	{64, 64, ARMSCII8}, {65, 65, ASCII}, {66, 66, CP1250}, {67, 67, CP1256}, {68, 68, CP866},
	{69, 69, DEC8}, {70, 70, GREEK}, {71, 71, HEBREW}, {72, 72, HP8}, {73, 73, KEYBCS2},
	{74, 74, KOI8R}, {75, 75, KOI8U}, {76, 76, UTF8MB3}, {77, 77, LATIN2}, {78, 78, LATIN5},
	{79, 79, LATIN7}, {80, 80, CP850}, {81, 81, CP852}, {82, 82, SWE7}, {83, 83, UTF8MB3},
	{84, 84, BIG5}, {85, 85, EUCKR}, {86, 86, GB2312}, {87, 87, GBK}, {88, 88, SJIS},
	{89, 89, TIS620}, {90, 90, UCS2}, {91, 91, UJIS}, {92, 93, GEOSTD8}, {94, 94, LATIN1},
	{95, 96, CP932}, {97, 98, EUCJPMS}, {99, 99, CP1250}, {101, 124, UTF16},
	{128, 151, UCS2}, {159, 159, UCS2}, {160, 183, UTF32}, {192, 215, UTF8MB3},
	{223, 223, UTF8MB3}, {224, 247, UTF8MB4}, {248, 250, GB18030}, {255, 323, UTF8MB4},
	{576, 578, UTF8MB3}, {608, 610, UTF8MB4}, {640, 642, UCS2}, {672, 674, UTF16},
	{736, 738, UTF32},
};

/* MariaDB's collations without padding stand 1024 above those with it. */
#define NOPAD 1024
/* MariaDB's UCA 14.0.0 collations: 256 for each of these character sets. */
#define UCA1400 2048

static const struct my_charset *find_collation(uint64_t id)
{
	size_t low = 0, high = sizeof collations / sizeof *collations;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (id > collations[middle].last)
			low = middle + 1;
		else if (id < collations[middle].first)
			high = middle;
		else
			return &charsets[collations[middle].charset];
	}
	return NULL;
}

const struct my_charset *my_charset_of_collation(uint64_t id, bool mariadb)
{
	static const uint8_t uca1400[] = {UTF8MB3, UTF8MB4, UCS2, UTF16, UTF32};

	if (id < NOPAD)
		return find_collation(id);
	if (!mariadb)
		return NULL;
	if (id < UCA1400)
		return find_collation(id - NOPAD);
	id = (id - UCA1400) / 256;
	return id < sizeof uca1400 ? &charsets[uca1400[id]] : NULL;
}

const struct my_charset *my_charset_named(const char *name)
{
	if (!strcmp(name, "utf8"))
		name = "utf8mb3";
	for (size_t i = 0; i < CHARSETS; i++)
		if (!strcmp(charsets[i].name, name))
			return &charsets[i];
	return NULL;
}

/* ---- Conversion ---- */

static const char *add_bytes(struct buf *b, const struct my_charset *cs, const unsigned char *p,
			     size_t n)
{
	unsigned base = cs == &charsets[SWE7] ? 0 : 128;
	size_t start = b->n;

	for (size_t i = 0; i < n; i++) {
		unsigned c = p[i];

		if (c - base < 128)
			c = cs->table[c - base];
		else if (c >= 128)
			c = 0;
		if (!c && p[i]) {
			b->n = start;
			return MY_CHARSET_BAD;
		}
		if (c < 128)
			buf_addc(b, (char)c);
		else
			value_add_utf8(b, c);
	}
	return NULL;
}

const char *my_charset_add(struct buf *b, const struct my_charset *cs, const void *p, size_t n)
{
	size_t chars;

	switch (cs->kind) {
	case MY_CHARSET_BYTES:
		return add_bytes(b, cs, p, n);
	case MY_CHARSET_ICONV:
		return my_charset_add_multibyte(b, cs, p, n);
	case MY_CHARSET_UTF8:
		if (value_text(p, n, true, &chars) != VALUE_OK)
			return MY_CHARSET_BAD;
		break;
	case MY_CHARSET_BINARY:
		break;
	}
	buf_add(b, p, n);
	return NULL;
}
