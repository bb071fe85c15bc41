/* What every unit test includes: cmocka and the headers that it wants first. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Checks that a buffer holds exactly this text, and empties it. */
static inline void assert_buf(struct buf *b, const char *want)
{
	assert_string_equal(buf_cstr(b), want);
	assert_int_equal(b->n, strlen(want));
	buf_reset(b);
}

/* A small generator with a fixed seed (xorshift64*, G. Marsaglia, S. Vigna). */
static inline uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

#endif
