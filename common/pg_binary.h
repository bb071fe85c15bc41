/*
 * Writing values in binary COPY's form, for pg_binary.c, pg_time.c and pg_numeric.c: the
 * functions that these files give each other, and bytes in network order.
 */
#ifndef PG_BINARY_H
#define PG_BINARY_H

#include <endian.h>
#include <string.h>

#include "pg_impl.h"

/* Encoders: see struct pg_field. */
enum value_status pg_encode_date(const struct pg_field *f, const char *p, size_t n,
				 struct buf *b);
enum value_status pg_encode_timestamptz(const struct pg_field *f, const char *p, size_t n,
					struct buf *b);
enum value_status pg_encode_timestamp(const struct pg_field *f, const char *p, size_t n,
				      struct buf *b);
enum value_status pg_encode_time(const struct pg_field *f, const char *p, size_t n,
				 struct buf *b);
enum value_status pg_encode_timetz(const struct pg_field *f, const char *p, size_t n,
				   struct buf *b);
enum value_status pg_encode_interval(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b);
enum value_status pg_encode_numeric(const struct pg_field *f, const char *p, size_t n,
				    struct buf *b);
enum value_status pg_encode_money(const struct pg_field *f, const char *p, size_t n,
				  struct buf *b);

static inline void pg_put16(char *p, uint16_t v)
{
	v = htobe16(v);
	memcpy(p, &v, sizeof v);
}

static inline void pg_put32(char *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof v);
}

static inline void pg_put64(char *p, uint64_t v)
{
	v = htobe64(v);
	memcpy(p, &v, sizeof v);
}

/* A value of four bytes with its length; likewise of eight, and of n. */
static inline enum value_status pg_add32(struct buf *b, uint32_t v)
{
	pg_put64(buf_room(b, 8), 4ull << 32 | v);
	b->n += 8;
	return VALUE_OK;
}

static inline enum value_status pg_add64(struct buf *b, uint64_t v)
{
	char *p = buf_room(b, 12);

	pg_put32(p, 8);
	pg_put64(p + 4, v);
	b->n += 12;
	return VALUE_OK;
}

static inline void pg_add_bytes(struct buf *b, const void *p, size_t n)
{
	char *to = buf_room(b, n + 4);

	pg_put32(to, (uint32_t)n);
	memcpy(to + 4, p, n);
	b->n += n + 4;
}

#endif
