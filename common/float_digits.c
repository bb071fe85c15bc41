#include "float_digits.h"

#include <stdatomic.h>
#include <string.h>
#include <threads.h>

#define POWER_MAX 345 /* 10^-345 to 10^345 are in the table */
#define LIMBS 40      /* of 32 bits, in the table's making: 2^1279 */
#define GROUP 1000000000u
#define GROUPS (FLOAT_EXACT_MAX / 9)

const struct float_format float_double = {53, -1022, 1023, 15, 17};
const struct float_format float_single = {24, -126, 127, 6, 9};

/* ---- Powers of ten ---- */

/* 10^k as g * 2^(log2_power(k) - 127), rounded up to 128 bits with the highest
 * one set; exact for k from 0 to 55. */
struct power {
	uint64_t high, low;
};

static struct power table[2 * POWER_MAX + 1];
static once_flag table_made = ONCE_FLAG_INIT;
static atomic_bool ready; /* spares the call */

/* floor(log2(10^k)), right for |k| <= 1233. */
static inline int log2_power(int k)
{
	return (k * 1741647) >> 19;
}

/* The highest 128 bits of an integer in 32-bit limbs, lowest first. */
static struct power top_bits(const uint32_t *limb, int n, bool round_up)
{
	unsigned __int128 g = 0;
	int shift;

	while (limb[n - 1] == 0)
		n--;
	for (int i = 1; i <= 4; i++)
		g = g << 32 | (n >= i ? limb[n - i] : 0);
	shift = __builtin_clz(limb[n - 1]);
	if (shift)
		g = g << shift | (n >= 5 ? limb[n - 5] >> (32 - shift) : 0);
	for (int i = 0; i < n - 4 && !round_up; i++)
		round_up = i < n - 5 ? limb[i] != 0 : (uint32_t)(limb[i] << shift) != 0;
	g += round_up;
	return (struct power){(uint64_t)(g >> 64), (uint64_t)g};
}

static void make_table(void)
{
	uint32_t up[LIMBS] = {1}, down[LIMBS] = {0};

	down[LIMBS - 1] = UINT32_C(1) << 31;
	for (int k = 0; k <= POWER_MAX; k++) {
		uint64_t carry = 0, rest = 0;

		table[POWER_MAX + k] = top_bits(up, LIMBS, false);
		if (k)
			table[POWER_MAX - k] = top_bits(down, LIMBS, true);
		for (int i = 0; i < LIMBS; i++) {
			carry += up[i] * UINT64_C(10);
			up[i] = (uint32_t)carry;
			carry >>= 32;
			rest = rest << 32 | down[LIMBS - 1 - i];
			down[LIMBS - 1 - i] = (uint32_t)(rest / 10);
			rest %= 10;
		}
	}
	atomic_store_explicit(&ready, true, memory_order_release);
}

static inline struct power power_of_ten(int k)
{
	if (!atomic_load_explicit(&ready, memory_order_acquire))
		call_once(&table_made, make_table);
	return table[POWER_MAX + k];
}

/* The highest 128 of the 192 bits of a * g. */
static inline unsigned __int128 multiply(uint64_t a, struct power g)
{
	return (unsigned __int128)a * g.high + (uint64_t)((unsigned __int128)a * g.low >> 64);
}

/* ---- Binary to decimal ---- */

/* a * g / 2^128, its lowest bit set if anything was cut off: enough to compare
 * it rightly with any even number. */
static inline uint64_t multiply_to_odd(uint64_t a, struct power g)
{
	unsigned __int128 p = multiply(a, g);

	return (uint64_t)(p >> 64) | ((uint64_t)p > 1);
}

static struct float_digits without_zeros(uint64_t d, int exp)
{
	while (d % 10000 == 0) {
		d /= 10000;
		exp += 4;
	}
	while (d % 10 == 0) {
		d /= 10;
		exp++;
	}
	return (struct float_digits){d, exp};
}

/*
 * Schubfach (Raffaello Giulietti, "The Schubfach way to render doubles", 2020),
 * with open intervals: the power of ten 10^k is chosen such that the interval
 * of numbers that round to c * 2^q holds at least one multiple of 10^k and at
 * most one of 10^(k+1). All numbers below are in quarters of 10^k.
 */
struct float_digits float_shortest(uint64_t c, int q, bool closer)
{
	const int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22; /* floor(log10 of the width) */
	const int h = q + log2_power(-k) + 1;
	const struct power g = power_of_ten(-k);
	const uint64_t low = multiply_to_odd((4 * c - 2 + closer) << h, g) + 1;
	const uint64_t mid = multiply_to_odd((4 * c) << h, g);
	const uint64_t high = multiply_to_odd((4 * c + 2) << h, g) - 1;
	const uint64_t s = mid / 4;
	bool below, above;

	if (s >= 10) {
		const uint64_t tens = s / 10;

		below = low <= 40 * tens;
		above = 40 * tens + 40 <= high;
		if (below != above)
			return without_zeros(tens + above, k + 1);
	}
	below = low <= 4 * s;
	above = 4 * s + 4 <= high;
	if (below == above)
		above = mid > 4 * s + 2 || (mid == 4 * s + 2 && s % 2);
	return without_zeros(s + above, k);
}

int float_rounds_to(uint64_t c, int q, uint64_t w, int exp)
{
	const unsigned __int128 one = 1;
	unsigned __int128 p, fraction, half;
	int zeros = __builtin_clzll(c), shift;
	uint64_t whole;

	if (exp < -POWER_MAX || exp > POWER_MAX)
		return -1;
	p = multiply(c << zeros, power_of_ten(-exp));
	shift = 63 - (log2_power(-exp) + q - zeros);
	if (shift < 64 || shift > 127)
		return -1;
	whole = (uint64_t)(p >> shift);
	fraction = p & ((one << shift) - 1);
	half = one << (shift - 1);
	if (fraction > half - 3 && fraction < half + 3)
		return -1;
	return whole + (fraction > half) == w;
}

/* Multiplies a number in groups of nine digits, lowest first. Returns its length. */
static int multiply_groups(uint32_t *group, int n, uint32_t times)
{
	uint64_t carry = 0;

	for (int i = 0; i < n; i++) {
		carry += (uint64_t)group[i] * times;
		group[i] = (uint32_t)(carry % GROUP);
		carry /= GROUP;
	}
	for (; carry; carry /= GROUP)
		group[n++] = (uint32_t)(carry % GROUP);
	return n;
}

/* c * 2^q with q < 0 is c * 5^-q * 10^q. */
size_t float_exact(uint64_t c, int q, char digits[FLOAT_EXACT_MAX], int *exp)
{
	uint32_t group[GROUPS] = {(uint32_t)(c % GROUP), (uint32_t)(c / GROUP)};
	int n = 2, left, step;
	size_t first = 0, at;

	for (; q < 0 && c % 2 == 0; q++) {
		c /= 2;
		group[0] = (uint32_t)(c % GROUP);
		group[1] = (uint32_t)(c / GROUP);
	}
	for (left = q < 0 ? -q : q; left; left -= step) {
		uint32_t times = 1;

		for (step = 0; step < left && step < 12; step++)
			times *= q < 0 ? 5 : 2;
		n = multiply_groups(group, n, times);
	}
	at = (size_t)n * 9;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < 9; j++) {
			digits[--at] = (char)('0' + group[i] % 10);
			group[i] /= 10;
		}
	while (digits[first] == '0')
		first++;
	at = (size_t)n * 9;
	for (*exp = q < 0 ? q : 0; digits[at - 1] == '0'; ++*exp)
		at--;
	memmove(digits, digits + first, at - first);
	return at - first;
}

/* ---- Decimal to binary ---- */

/*
 * The product of w and the power of ten, 128 bits of it, is less than 2 in its
 * last place above the true one (the idea of D. Lemire, "Number Parsing at a
 * Gigabyte per Second", 2021). Where that decides the rounding, it is done.
 */
bool float_nearest(uint64_t w, int64_t exp, const struct float_format *f, double *v)
{
	const unsigned __int128 one = 1;
	unsigned __int128 p, rest, half;
	int zeros = __builtin_clzll(w), e, shift;
	uint64_t m;

	if (exp < -POWER_MAX || exp > POWER_MAX)
		return false;
	p = multiply(w << zeros, power_of_ten((int)exp));
	e = log2_power((int)exp) + 63 - zeros;
	shift = 128 - f->bits - 1;
	if (p >> 127) {
		e++;
		shift++;
	}
	m = (uint64_t)(p >> shift);
	rest = p & ((one << shift) - 1);
	half = one << (shift - 1);
	if (rest > half - 3 && rest < half + 3)
		return false;
	m += rest > half;
	if (m >> f->bits) {
		m /= 2;
		e++;
	}
	if (e < f->min_exp || e > f->max_exp)
		return false;
	m <<= 53 - f->bits;
	m = (m & ((UINT64_C(1) << 52) - 1)) | (uint64_t)(e + 1023) << 52;
	memcpy(v, &m, sizeof m);
	return true;
}
