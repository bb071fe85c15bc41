/*
 * Inside the decoder of row images: what mysql_rowdef*.c and mysql_row*.c share.
 * Formats: MySQL source, sql/log_event.cc (log_event_print_value()), sql/field.cc (pack()),
 * mysys/my_time.cc, strings/decimal.cc; MariaDB source, the same files.
 */
#ifndef MYSQL_ROW_H
#define MYSQL_ROW_H

#include <stdint.h>

#include "mysql_charset.h"
#include "mysql_rowdef.h"

/* The column types of a TABLE_MAP event (MySQL source, include/field_types.h; MariaDB's own
 * are 140 and 141). */
enum my_binlog_type {
	MY_TINY = 1, MY_SHORT = 2, MY_LONG = 3, MY_FLOAT = 4, MY_DOUBLE = 5, MY_TIMESTAMP = 7,
	MY_LONGLONG = 8, MY_INT24 = 9, MY_DATE = 10, MY_TIME = 11, MY_DATETIME = 12, MY_YEAR = 13,
	MY_NEWDATE = 14, MY_VARCHAR = 15, MY_BIT = 16, MY_TIMESTAMP2 = 17, MY_DATETIME2 = 18,
	MY_TIME2 = 19, MY_BLOB_COMPRESSED = 140, MY_VARCHAR_COMPRESSED = 141, MY_VECTOR = 242,
	MY_JSON = 245, MY_NEWDECIMAL = 246, MY_ENUM = 247, MY_SET = 248, MY_TINY_BLOB = 249,
	MY_MEDIUM_BLOB = 250, MY_LONG_BLOB = 251, MY_BLOB = 252, MY_VAR_STRING = 253,
	MY_STRING = 254, MY_GEOMETRY = 255
};

/* Bytes that are being read; p never passes end. */
struct my_in {
	const unsigned char *p, *end;
};

static inline size_t my_left(const struct my_in *in)
{
	return (size_t)(in->end - in->p);
}

/* The next n bytes, or NULL if there are fewer. */
static inline const unsigned char *my_take(struct my_in *in, size_t n)
{
	const unsigned char *p = in->p;

	if (my_left(in) < n)
		return NULL;
	in->p += n;
	return p;
}

static inline uint64_t my_le(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static inline uint64_t my_be(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* A length-encoded integer (MySQL source, "net_field_length"). -1: cut off or NULL's mark. */
int my_take_packed(struct my_in *in, uint64_t *v);

/* NUL-ended, but may hold NUL as well. */
struct my_label {
	const char *p;
	size_t n;
};

struct my_col;

/*
 * Reads one value. Text that stands in the event is told by *f; else the text is added to b
 * and *f is left alone. Returns NULL, or what is wrong ("is cut off", …).
 */
typedef const char *my_decoder(const struct my_col *c, struct my_in *in, struct buf *b,
			       struct field *f);

/* What is known of a column, from the event first and the catalogue second. */
struct my_col {
	my_decoder *decode;
	size_t size;          /* bytes of a fixed size, or of the length before the value */
	int precision, scale; /* DECIMAL; precision: also digits of the fraction of seconds */
	bool is_unsigned;
	bool stripped;        /* BINARY: to be filled with zero bytes up to width */
	size_t width;         /* in bytes, of character types; bits of BIT; labels of ENUM, SET */
	const struct my_charset *charset; /* NULL: not known */
	struct my_label *label;           /* ENUM, SET: `labels` of them, owned */
	size_t labels;
	struct buf *scratch;  /* all columns share one */
	size_t out;           /* its place in the rows, or SIZE_MAX: left out */

	enum my_binlog_type type;
	enum logical lt;
	const char *type_name; /* as type_find() knows it */
	bool row_end;          /* until when a row of a system-versioned table stands */
	bool collated;         /* optional metadata tells its collation */
	bool sign_known, nullable, hidden, generated;
	char *name;            /* NULL: not known; owned */
};

struct my_rowdef {
	char *schema, *table;
	bool mariadb;
	size_t n;
	struct my_col *col;
	size_t json;          /* how many columns are JSON */
	struct buf scratch;
	bool past;            /* see my_rowdef_is_past() */
	struct table columns;
};

/* ---- mysql_rowdef_types.c ---- */

/* Sets what type and metadata say; moves *meta behind what belongs to the column. -1 with
 * *e set: unknown type, or metadata that is cut off or impossible. */
int my_col_set_type(struct my_col *c, int type, struct my_in *meta, struct err *e);

/* Sets the decoder, once all is known. */
void my_col_settle(struct my_col *c);

/* The type as a result's column tells it; nothing in it is owned by *t but the labels. */
void my_col_type(const struct my_col *c, struct coltype *t);

/* Signs, character sets, labels, and digits of the fraction matter to these. */
bool my_col_is_numeric(const struct my_col *c);
bool my_col_is_text(const struct my_col *c);
bool my_col_is_list(const struct my_col *c);
bool my_col_is_time(const struct my_col *c);

/* ---- mysql_rowdef_catalog.c ---- */

/* Whether a column of the catalogue can be this one. */
bool my_col_fits(const struct my_col *c, const struct column *k);

/* Takes from the catalogue what is not known yet. */
void my_col_take(struct my_col *c, const struct column *k);

/* Copies the labels of an ENUM or SET, in UTF-8. */
void my_col_set_labels(struct my_col *c, char *const *labels, size_t n);

/* ---- mysql_rowdef_meta.c ---- */

/* Reads the optional metadata to the end. */
int my_rowdef_read_metadata(struct my_rowdef *d, struct my_in *in, struct err *e);

/* ---- mysql_row_number.c ---- */

my_decoder my_decode_int8, my_decode_int16, my_decode_int24, my_decode_int32, my_decode_int64,
	my_decode_float, my_decode_double, my_decode_decimal, my_decode_bit, my_decode_year;

/* Adds digits. */
void my_add_unsigned(struct buf *b, uint64_t v);
void my_add_signed(struct buf *b, int64_t v);
/* Adds the text of a DECIMAL in its binary form of my_decimal_size() bytes. */
size_t my_decimal_size(int precision, int scale);
void my_add_decimal(struct buf *b, const unsigned char *p, int precision, int scale);

/* ---- mysql_row_time.c ---- */

my_decoder my_decode_date, my_decode_time2, my_decode_datetime2, my_decode_timestamp2,
	my_decode_time, my_decode_datetime, my_decode_timestamp, my_decode_time_hires,
	my_decode_datetime_hires, my_decode_timestamp_hires;

/* Two digits, as they are everywhere in dates. */
char *my_put2(char *to, unsigned v);
/* Adds "YYYY-MM-DD". */
void my_add_date(struct buf *b, unsigned year, unsigned month, unsigned day);
/* Adds "[-]H+:MM:SS". */
void my_add_time(struct buf *b, bool negative, unsigned hour, unsigned minute, unsigned second);

/* ---- mysql_row_text.c ---- */

my_decoder my_decode_text, my_decode_bytes, my_decode_compressed, my_decode_enum, my_decode_set,
	my_decode_geometry, my_decode_json, my_decode_uuid, my_decode_inet;

/* ---- mysql_json.c, mysql_json_number.c, mysql_json_diff.c ---- */

/* Adds a JSON string as the server writes it. */
void my_json_add_string(struct buf *b, const char *p, size_t n);
/* Adds a finite DOUBLE as the server writes it. */
void my_json_add_double(struct buf *b, double v);

/* Applies the diffs in p to a JSON text as the server prints it; adds the new text to b.
 * Returns NULL, or what is wrong. */
const char *my_json_apply(struct buf *b, struct field before, const void *p, size_t n);

#endif
