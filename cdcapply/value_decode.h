/*
 * What the decoders of values share; no other file includes this one. Each decoder adds the
 * canonical text to d->b, or sets d->out to where the text stands already. 0, or -1 with *d->e set.
 */
#ifndef VALUE_DECODE_H
#define VALUE_DECODE_H

#include "change.h"
#include "value.h"

struct decode {
	const struct encodings *enc;
	enum change_format format;
	const struct change_field *in;
	struct field v;             /* the value's text */
	enum json_kind kind;
	enum encoding encoding;
	int scale;
	const struct column *column;
	const struct coltype *type; /* the column's, or that of an array's elements */
	enum engine engine;
	struct buf *b;
	struct field out;           /* p == NULL: the text was added to b */
	struct err *e;
};

/* By the encoding and the type: the way of all values, elements of arrays as well. */
int decode_value(struct decode *d);

/* "column total: '12x' WHY"; always -1. */
int decode_bad(struct decode *d, const char *why);
int decode_status(struct decode *d, enum value_status s);

/* The value is canonical as it stands. */
int decode_as_is(struct decode *d);

bool is_debezium(const struct decode *d);

/* ---- value_number.c ---- */
int decode_integer(struct decode *d);
int decode_decimal_text(struct decode *d);
int decode_decimal_bytes(struct decode *d);
int decode_variable_decimal(struct decode *d);
int decode_float(struct decode *d);
int decode_bool(struct decode *d);
int decode_bits(struct decode *d);

/* ---- value_time.c ---- */

/* A whole number of `unit`s per second since 1970, or of the day; 1 for days. */
int decode_days(struct decode *d);
int decode_epoch(struct decode *d, int64_t per_second);
int decode_since_midnight(struct decode *d, int64_t per_second);
int decode_duration_us(struct decode *d);
int decode_date(struct decode *d);
int decode_time(struct decode *d);
int decode_timestamp(struct decode *d);
int decode_interval(struct decode *d);

/* ---- value_bytes.c ---- */

/* Adds the bytes; false: not base64 (RFC 4648, also its URL-safe alphabet, with or without
 * padding), not hex (0x and \x may stand before it). */
bool add_base64(struct buf *b, struct field f);
bool add_hex_bytes(struct buf *b, struct field f);

/* WKT → WKB. (value_wkt.c) */
bool add_wkt(struct buf *b, struct field f);

int decode_bytes(struct decode *d);
int decode_bits_bytes(struct decode *d);
int decode_uuid(struct decode *d);
int decode_geometry(struct decode *d);

/* ---- value_nested.c ---- */
int decode_array(struct decode *d);
int decode_map(struct decode *d);
int decode_set(struct decode *d);
int decode_enum(struct decode *d);
int decode_json(struct decode *d);

#endif
