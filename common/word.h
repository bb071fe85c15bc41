/*
 * Eight bytes of text at a time.
 */
#ifndef WORD_H
#define WORD_H

#include <stdint.h>
#include <string.h>

/* A word of eight bytes `byte`. */
#define WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define WORD_HIGHS WORD_EACH(0x80)

static inline uint64_t word_at(const void *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof w);
	return w;
}

/* Not zero if one of the eight bytes is c. */
static inline uint64_t word_has(uint64_t w, unsigned char c)
{
	uint64_t x = w ^ WORD_EACH(c);

	return (x - WORD_EACH(1)) & ~x & WORD_HIGHS;
}

#endif
