/*
 * Values as the fields of LOAD DATA's lines.
 */
#ifndef MYSQL_ENCODE_H
#define MYSQL_ENCODE_H

#include "mysql_impl.h"
#include "value.h"

struct my_encoder;

/* Adds a value's field to b: 0, or -1 with *why set if it does not fit; b is then as it was. */
typedef int my_encode_value(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
			    struct buf *why);

/* How a value travels in LOAD DATA and what is checked. */
struct my_encoder {
	const struct column *c;
	my_encode_value *encode;
	bool convert;          /* the column needs `SET c = CONVERT(@v USING utf8mb4)` */
	bool bytes;            /* the value is no text (prepared statements) */
	int64_t min;           /* integers */
	uint64_t max;
	double step, limit;    /* FLOAT(M,D): 10^D and the largest value; 0: none */
	bool narrow;           /* utf8mb3: no characters above U+FFFF */
	bool ascii;
	bool single_byte;      /* TEXT: one byte a character in the column */
	const char *last_timestamp;
	bool mariadb;
	size_t *label_length;  /* ENUM, SET */
};
void my_encoder_init(struct my_encoder *enc, const struct column *c, bool mariadb,
		     unsigned version);
void my_encoder_free(struct my_encoder *enc);

/* Adds one row as a line of LOAD DATA; see db_load_encode(). */
int my_encode_row(const struct my_encoder *enc, size_t n, const struct row *row, struct buf *b,
		  struct misfit *why);

/* ---- mysql_encode_number.c ---- */
my_encode_value my_encode_int, my_encode_year, my_encode_decimal, my_encode_float;

/* ---- mysql_encode_time.c ---- */
my_encode_value my_encode_date, my_encode_timestamp, my_encode_duration;

/* ---- mysql_encode_text.c ---- */
my_encode_value my_encode_text, my_encode_enum, my_encode_set, my_encode_uuid;
my_encode_value my_encode_bytes, my_encode_geometry, my_encode_bits;

/* ---- mysql_encode.c: why a value does not fit. All return -1. ---- */

/* "VALUE does not fit TYPE", with a reason behind where there is one. */
int my_misfit(const struct my_encoder *enc, struct buf *why, const char *p, size_t n,
	      const char *reason);

/* The same by what value.h says of it. */
int my_bad_status(const struct my_encoder *enc, struct buf *why, const char *p, size_t n,
		  enum value_status s);

/* "VALUE (60 characters) does not fit TYPE": count is in those units. */
int my_bad_length(const struct my_encoder *enc, struct buf *why, const char *p, size_t n,
		  size_t count, const char *unit);

#endif
