/*
 * Numbers of row images: integers, FLOAT, DOUBLE, DECIMAL, BIT, YEAR.
 */
#include <string.h>

#include "mysql_row.h"
#include "value.h"

#define CUT "is cut off"

static const char pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

char *my_put2(char *to, unsigned v)
{
	memcpy(to, pairs + 2 * v, 2);
	return to + 2;
}

/* Writes digits so that they end before `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t v)
{
	while (v >= 100) {
		my_put2(end -= 2, (unsigned)(v % 100));
		v /= 100;
	}
	if (v >= 10)
		my_put2(end -= 2, (unsigned)v);
	else
		*--end = (char)('0' + v);
	return end;
}

void my_add_unsigned(struct buf *b, uint64_t v)
{
	char text[24], *end = text + sizeof text, *start = digits_before(end, v);

	buf_add(b, start, (size_t)(end - start));
}

void my_add_signed(struct buf *b, int64_t v)
{
	char text[24], *end = text + sizeof text;
	char *start = digits_before(end, v < 0 ? -(uint64_t)v : (uint64_t)v);

	if (v < 0)
		*--start = '-';
	buf_add(b, start, (size_t)(end - start));
}

static inline const char *add_int(const struct my_col *c, struct my_in *in, struct buf *b,
				  size_t bytes)
{
	const unsigned char *p = my_take(in, bytes);
	uint64_t v, sign = 1ull << (8 * bytes - 1);

	if (!p)
		return CUT;
	v = my_le(p, bytes);
	if (c->is_unsigned || !(v & sign))
		my_add_unsigned(b, v);
	else
		my_add_signed(b, (int64_t)(v - sign - sign));
	return NULL;
}

const char *my_decode_int8(const struct my_col *c, struct my_in *in, struct buf *b, struct field *f)
{
	(void)f;
	return add_int(c, in, b, 1);
}

const char *my_decode_int16(const struct my_col *c, struct my_in *in, struct buf *b,
			    struct field *f)
{
	(void)f;
	return add_int(c, in, b, 2);
}

const char *my_decode_int24(const struct my_col *c, struct my_in *in, struct buf *b,
			    struct field *f)
{
	(void)f;
	return add_int(c, in, b, 3);
}

const char *my_decode_int32(const struct my_col *c, struct my_in *in, struct buf *b,
			    struct field *f)
{
	(void)f;
	return add_int(c, in, b, 4);
}

const char *my_decode_int64(const struct my_col *c, struct my_in *in, struct buf *b,
			    struct field *f)
{
	(void)f;
	return add_int(c, in, b, 8);
}

/* Both servers store floats in little-endian order. */
const char *my_decode_float(const struct my_col *c, struct my_in *in, struct buf *b,
			    struct field *f)
{
	const unsigned char *p = my_take(in, 4);
	uint32_t bits;
	float v;

	(void)c, (void)f;
	if (!p)
		return CUT;
	bits = (uint32_t)my_le(p, 4);
	memcpy(&v, &bits, sizeof v);
	value_add_float32(b, v);
	return NULL;
}

const char *my_decode_double(const struct my_col *c, struct my_in *in, struct buf *b,
			     struct field *f)
{
	const unsigned char *p = my_take(in, 8);
	uint64_t bits;
	double v;

	(void)c, (void)f;
	if (!p)
		return CUT;
	bits = my_le(p, 8);
	memcpy(&v, &bits, sizeof v);
	value_add_float64(b, v);
	return NULL;
}

/* 0 is MySQL's year 0000. */
const char *my_decode_year(const struct my_col *c, struct my_in *in, struct buf *b, struct field *f)
{
	const unsigned char *p = my_take(in, 1);

	(void)c, (void)f;
	if (!p)
		return CUT;
	my_add_unsigned(b, *p ? 1900u + *p : 0);
	return NULL;
}

/* Big-endian; the highest bits of the first byte are unused. */
const char *my_decode_bit(const struct my_col *c, struct my_in *in, struct buf *b, struct field *f)
{
	const unsigned char *p = my_take(in, c->size);
	char *to;

	(void)f;
	if (!p)
		return CUT;
	to = buf_room(b, c->width);
	for (size_t i = 0, bit = c->width; bit-- > 0; i++)
		to[i] = (char)('0' + (p[c->size - 1 - bit / 8] >> bit % 8 & 1));
	b->n += c->width;
	return NULL;
}

/* ---- DECIMAL ---- */

/*
 * Nine digits are four bytes, big-endian; fewer digits at both ends take fewer bytes. The
 * first bit is the sign: clear for negative numbers, all of whose bytes are inverted (MySQL
 * source, strings/decimal.cc, decimal2bin()).
 */
#define GROUP 9

static const unsigned char digits_bytes[GROUP + 1] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};

size_t my_decimal_size(int precision, int scale)
{
	int whole = precision - scale;

	return (size_t)(whole / GROUP * 4 + digits_bytes[whole % GROUP] + scale / GROUP * 4 +
			digits_bytes[scale % GROUP]);
}

/* Writes exactly `digits` digits of a group; returns what is behind them. */
static char *put_group(char *to, const unsigned char *p, size_t bytes, unsigned char mask,
		       int digits)
{
	uint32_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | (p[i] ^ mask);
	for (int i = digits; i-- > 0; v /= 10)
		to[i] = (char)('0' + v % 10);
	return to + digits;
}

/* Writes digits from p on, groups counted from the point. */
static char *put_digits(char *to, const unsigned char **p, int digits, bool partial_first,
			unsigned char mask)
{
	int rest = digits % GROUP;

	if (partial_first && rest) {
		to = put_group(to, *p, digits_bytes[rest], mask, rest);
		*p += digits_bytes[rest];
	}
	for (int i = digits / GROUP; i > 0; i--, *p += 4)
		to = put_group(to, *p, 4, mask, GROUP);
	if (!partial_first && rest) {
		to = put_group(to, *p, digits_bytes[rest], mask, rest);
		*p += digits_bytes[rest];
	}
	return to;
}

void my_add_decimal(struct buf *b, const unsigned char *p, int precision, int scale)
{
	unsigned char bytes[32], mask = p[0] & 0x80 ? 0 : 0xff; /* 65 digits take at most 30 bytes */
	char *to = buf_room(b, (size_t)precision + 4), *start, *end;
	const unsigned char *at = bytes;
	size_t zeros = 0;

	memcpy(bytes, p, my_decimal_size(precision, scale));
	bytes[0] ^= 0x80;
	if (mask)
		*to++ = '-';
	start = to;
	end = put_digits(start, &at, precision - scale, true, mask);
	while (start + zeros < end && start[zeros] == '0')
		zeros++;
	to = end - zeros;
	memmove(start, start + zeros, (size_t)(to - start));
	if (to == start)
		*to++ = '0';
	if (scale) {
		*to++ = '.';
		to = put_digits(to, &at, scale, false, mask);
	}
	b->n = (size_t)(to - b->p);
}

const char *my_decode_decimal(const struct my_col *c, struct my_in *in, struct buf *b,
			      struct field *f)
{
	const unsigned char *p = my_take(in, c->size);

	(void)f;
	if (!p)
		return CUT;
	my_add_decimal(b, p, c->precision, c->scale);
	return NULL;
}
