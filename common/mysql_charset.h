/*
 * Character sets of MySQL and MariaDB: which one a collation's number stands for, and text of
 * each to UTF-8.
 */
#ifndef MYSQL_CHARSET_H
#define MYSQL_CHARSET_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

enum my_charset_kind {
	MY_CHARSET_BINARY, /* no text at all */
	MY_CHARSET_UTF8,   /* also ASCII: the bytes are UTF-8 */
	MY_CHARSET_BYTES,  /* a byte a character */
	MY_CHARSET_ICONV,
};

struct my_charset {
	const char *name;      /* as the catalogue calls it */
	enum my_charset_kind kind;
	unsigned max;          /* bytes of its longest character */
	const uint16_t *table; /* MY_CHARSET_BYTES: of the upper half; swe7: of the lower one */
	const char *iconv;     /* MY_CHARSET_ICONV: the C library's name */
};

/* The character set of a collation's number, or of that name; NULL: unknown (a server may be
 * told collations of its own). */
const struct my_charset *my_charset_of_collation(uint64_t id, bool mariadb);
const struct my_charset *my_charset_named(const char *name);

/* Adds text as UTF-8. Returns NULL, or what is wrong with it; b is as it was then. */
const char *my_charset_add(struct buf *b, const struct my_charset *cs, const void *p, size_t n);

/* What is wrong with most text that is wrong. */
#define MY_CHARSET_BAD "holds bytes that are no text of its character set"

/* mysql_charset_multibyte.c: of MY_CHARSET_ICONV */
const char *my_charset_add_multibyte(struct buf *b, const struct my_charset *cs,
				     const unsigned char *p, size_t n);

/* mysql_charset_table.c */
extern const uint16_t my_charset_armscii8[128], my_charset_cp1250[128], my_charset_cp1251[128],
	my_charset_cp1256[128], my_charset_cp1257[128], my_charset_cp850[128],
	my_charset_cp852[128], my_charset_cp866[128], my_charset_dec8[128],
	my_charset_geostd8[128], my_charset_greek[128], my_charset_hebrew[128],
	my_charset_hp8[128], my_charset_keybcs2[128], my_charset_koi8r[128],
	my_charset_koi8u[128], my_charset_latin1[128], my_charset_latin2[128],
	my_charset_latin5[128], my_charset_latin7[128], my_charset_macce[128],
	my_charset_macroman[128], my_charset_swe7[128], my_charset_tis620[128];

#endif
