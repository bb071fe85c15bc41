/*
 * Binary floating point and decimal digits: the arithmetic behind the
 * value_float functions. A binary number is c * 2^q, a decimal one d * 10^exp;
 * signs are left to the caller. Integer arithmetic only, no locale.
 */
#ifndef FLOAT_DIGITS_H
#define FLOAT_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most digits that a finite double has: 767, and as many zeros as fill
 * the last group of nine. */
#define FLOAT_EXACT_MAX 800

struct float_digits {
	uint64_t d; /* no trailing zeros */
	int exp;
};

struct float_format {
	int bits;     /* of the significand, the hidden one among them */
	int min_exp;  /* the smallest normal number is 2^min_exp */
	int max_exp;  /* all finite numbers are below 2^(max_exp + 1) */
	int digits;   /* so many decimal digits are always kept (DBL_DIG) */
	int full;     /* so many tell all numbers apart (DBL_DECIMAL_DIG) */
};

extern const struct float_format float_double, float_single;

/* The shortest decimal number that lies nearer to c * 2^q than to its
 * neighbours (nearer, not as near: as PostgreSQL does it), and of the shortest
 * ones the closest. c > 0; `closer`: the neighbour below is half as far away
 * as the one above, since c is a power of two. */
struct float_digits float_shortest(uint64_t c, int q, bool closer);

/* The number of format f that is nearest to w * 10^exp, w > 0. Returns false
 * for what 128 bits cannot decide: a near tie, an exponent out of the range of
 * normal numbers. */
bool float_nearest(uint64_t w, int64_t exp, const struct float_format *f, double *v);

/* Whether w is c * 2^q / 10^exp rounded to an integer: 1, 0, or -1 for what 128
 * bits cannot decide. w < 10^17. */
int float_rounds_to(uint64_t c, int q, uint64_t w, int exp);

/* Writes all digits of c * 2^q, no zeros at either end, and the power of ten of
 * the last one. Returns their number. */
size_t float_exact(uint64_t c, int q, char digits[FLOAT_EXACT_MAX], int *exp);

#endif
