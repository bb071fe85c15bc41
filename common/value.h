/*
 * Values: reading canonical text (and what other programs write for it) into
 * numbers, and checking it. Everything here is exact: a value that would have
 * to be rounded, cut or guessed is refused with a status that says why. No
 * function looks at the locale.
 *
 * PostgreSQL's units are used throughout: days and microseconds since
 * 2000-01-01 (manual, "Date/Time Types"; src/include/datatype/timestamp.h).
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum value_status {
	VALUE_OK,
	VALUE_SYNTAX,    /* not of the type's form */
	VALUE_RANGE,     /* of the form, but out of the type's range */
	VALUE_ROUNDS,    /* holds digits that the type would round away */
	VALUE_NO_DATE,   /* a day that no calendar has: 2024-02-30 */
	VALUE_ZERO_DATE, /* MySQL's 0000-00-00 or 2020-00-01 */
	VALUE_ZONE,      /* a zone other than UTC where the type has none */
	VALUE_TOO_LONG,  /* more characters, bytes or bits than the column holds */
	VALUE_TOO_SHORT, /* a fixed bit string of another length */
	VALUE_NUL,       /* a NUL byte in text */
	VALUE_UTF8,      /* bytes that are not UTF-8 (surrogates included) */
};

/* What a status means, for messages: "is not a number", … without the value. */
const char *value_status_text(enum value_status s);

/* ---- Numbers (num.c) ---- */

/* Digits with an optional sign; leading zeros are allowed, spaces are not. */
enum value_status value_int(const char *p, size_t n, int64_t *v);
enum value_status value_uint(const char *p, size_t n, uint64_t *v);

/* t, f, true, false, 1, 0 (in any case of letters). */
enum value_status value_bool(const char *p, size_t n, bool *v);

/* A decimal number taken apart: the digits point into the text. Its value is
 * ±(whole frac) * 10^-(nfrac) * 10^exp. */
struct decimal {
	enum { DECIMAL_FINITE, DECIMAL_NAN, DECIMAL_INF } kind;
	bool negative;
	const char *whole; /* digits before the point, without leading zeros */
	size_t nwhole;
	const char *frac;  /* digits behind the point as written, trailing zeros kept */
	size_t nfrac;
	int exp;           /* of an "e" part; 0 without one */
};
enum value_status value_decimal(const char *p, size_t n, struct decimal *d);

/* Checks a decimal against numeric(precision, scale); precision 0: no limit;
 * a negative scale is allowed as in PostgreSQL. Trailing zeros of the fraction
 * do not count. */
enum value_status value_decimal_fits(const struct decimal *d, int precision, int scale);

/* Floating point. VALUE_ROUNDS if the text says more digits than the bits
 * keep: the shortest text of the result is another number. NaN, Infinity,
 * -Infinity (also "inf", any case) are read. */
enum value_status value_float64(const char *p, size_t n, double *v);
enum value_status value_float32(const char *p, size_t n, float *v);

/* Adds the shortest text that reads back to the same bits, laid out as
 * PostgreSQL does (fixed from 1e-04 up to the type's digits, else d.ddde+XX). */
void value_add_float64(struct buf *b, double v);
void value_add_float32(struct buf *b, float v);

/* Adds a number whose text has the shortest digits already, laid out otherwise
 * ("1e20", "0.00001", "1.50", as MySQL prints a DOUBLE), as value_add_float64()
 * lays it out; text that is no number is added as it stands. */
void value_add_float64_text(struct buf *b, const char *p, size_t n);

/* Adds a decimal without trailing zeros of its fraction, without "-0": the one
 * form of `--canonical`. The text must be a finite number without exponent. */
void value_add_decimal_canonical(struct buf *b, const char *p, size_t n);

/* ---- Dates and times (datetime.c, interval.c) ---- */

#define VALUE_DATE_INF INT32_MAX   /* 'infinity'; INT32_MIN is '-infinity' */
#define VALUE_TIME_INF INT64_MAX   /* 'infinity'; INT64_MIN is '-infinity' */

/* YYYY-MM-DD, more digits for later years, " BC" behind, infinity. */
enum value_status value_date(const char *p, size_t n, int32_t *days);

/* A date alone (midnight), or date, space or T, HH:MM[:SS[.ffffff]], then optionally Z or ±HH[[:]MM[[:]SS]],
 * then " BC". *us is in UTC where a zone is given (*zoned is set then; a text
 * without zone is taken as it stands: sessions are pinned to UTC). More than
 * six digits of fraction must be zeros. 24:00:00 and leap second :60 are refused. */
enum value_status value_timestamp(const char *p, size_t n, int64_t *us, bool *zoned);

/* Time of day, up to 24:00:00. */
enum value_status value_time(const char *p, size_t n, int64_t *us);
/* Likewise with a zone; *west is the zone's offset in seconds west of UTC, as
 * PostgreSQL's timetz sends it. */
enum value_status value_timetz(const char *p, size_t n, int64_t *us, int32_t *west);

/* An interval in PostgreSQL's output style (intervalstyle postgres), which
 * MySQL's TIME text is a special case of: [N years] [N mons] [N days]
 * [-]HH:MM:SS[.ffffff]. "infinity" has all three at their largest value, which
 * only PostgreSQL 17 and later take for it. */
struct interval {
	int64_t us;
	int32_t days, months;
};
enum value_status value_interval(const char *p, size_t n, struct interval *v);

/* Adds the canonical text (datetime_write.c): a time of day may be negative or beyond 24 hours, as
 * MySQL's TIME; `zone` ("" or "+00") stands behind a timestamp. */
void value_add_date(struct buf *b, int32_t days);
void value_add_time(struct buf *b, int64_t us);
void value_add_timestamp(struct buf *b, int64_t us, const char *zone);

/* Whether a number of microseconds has no digits below `precision` digits of
 * the fraction; VALUE_OK or VALUE_ROUNDS. */
enum value_status value_fraction_fits(int64_t us, int precision);

/* The length of a date or time text without trailing zeros of its fraction:
 * "12:00:00.500000" → 10, "12:00:00.000000" → 8. For canonical text. */
size_t value_trim_fraction(const char *p, size_t n);

/* ---- Text and bytes (text.c) ---- */

/* Checks UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF) and
 * counts characters. VALUE_UTF8, or VALUE_NUL if there is a NUL byte and
 * `nul` is false. ASCII runs are checked a word at a time. */
enum value_status value_text(const char *p, size_t n, bool nul, size_t *chars);

/* Adds the UTF-8 of a code point up to U+10FFFF. */
void value_add_utf8(struct buf *b, unsigned c);

/* Adds `\x` and lower-case hex. */
void value_add_hex(struct buf *b, const void *p, size_t n);

/* Adds the bytes that `\x…` (either case) stands for. */
enum value_status value_add_unhex(struct buf *b, const char *p, size_t n);

/* 0 and 1 digits → bytes, the first digit the highest bit of the first byte
 * (PostgreSQL's bit order). */
enum value_status value_add_bits(struct buf *b, const char *p, size_t n);

/* 32 hex digits, with or without hyphens and braces → 16 bytes. */
enum value_status value_uuid(const char *p, size_t n, unsigned char out[16]);

/* Adds a JSON text with its object keys sorted (by bytes, doubled keys: last
 * one stays), without insignificant spaces, numbers in one exact decimal form
 * (no exponent up to 40 digits, no trailing zeros). VALUE_SYNTAX if it is no JSON. */
enum value_status value_add_json_canonical(struct buf *b, const char *p, size_t n);

/* Adds a JSON number in that form. An exponent too large for an int leaves it as
 * it stands. */
void value_add_json_number(struct buf *b, const char *p, size_t n);

/* Adds text for a message: at most 60 characters, control characters and
 * broken UTF-8 as \xNN, "…" where it was cut. */
void value_add_quoted(struct buf *b, const char *p, size_t n);

#endif
