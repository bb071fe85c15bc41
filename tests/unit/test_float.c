#include "unit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "value.h"

/* The texts are what PostgreSQL 15 prints. */
static void test_add_float64(void **state)
{
	static const struct {
		double v;
		const char *text;
	} t[] = {
		{0, "0"},
		{-0.0, "-0"},
		{1, "1"},
		{-1.5, "-1.5"},
		{0.1, "0.1"},
		{0.1 + 0.2, "0.30000000000000004"},
		{100000000000000, "100000000000000"},
		{1e15, "1e+15"},
		{123456789012345, "123456789012345"},
		{1234567890123456, "1.234567890123456e+15"},
		{0.0001, "0.0001"},
		{0.00001, "1e-05"},
		{0.00012345678901234567, "0.00012345678901234567"},
		{1.5e-7, "1.5e-07"},
		{1e100, "1e+100"},
		{1e23, "9.999999999999999e+22"},
		{2e22, "2e+22"},
		{9007199254740993, "9.007199254740992e+15"},
		{DBL_MAX, "1.7976931348623157e+308"},
		{DBL_MIN, "2.2250738585072014e-308"},
		{0x1p-1074, "5e-324"},
		{0x1p-1073, "1e-323"},
		{0x1.fffffffffffffp-1023, "2.2250738585072014e-308"},
		{0x1p-44, "5.684341886080802e-14"},
		{NAN, "NaN"},
		{-NAN, "NaN"},
		{INFINITY, "Infinity"},
		{-INFINITY, "-Infinity"},
	};
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		value_add_float64(&b, t[i].v);
		assert_buf(&b, t[i].text);
	}
	buf_free(&b);
}

static void test_add_float32(void **state)
{
	static const struct {
		float v;
		const char *text;
	} t[] = {
		{-0.0f, "-0"},
		{0.1f, "0.1"},
		{16777216.0f, "1.6777216e+07"},
		{100000.0f, "100000"},
		{1000000.0f, "1e+06"},
		{123456.0f, "123456"},
		{1234567.0f, "1.234567e+06"},
		{12345678.0f, "1.2345678e+07"},
		{0.0001f, "0.0001"},
		{0.00001f, "1e-05"},
		{8.5e9f, "8.4999997e+09"},
		{3.14159274f, "3.1415927"},
		{FLT_MAX, "3.4028235e+38"},
		{FLT_MIN, "1.1754944e-38"},
		{0x1p-149f, "1e-45"},
		{NAN, "NaN"},
		{-INFINITY, "-Infinity"},
	};
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		value_add_float32(&b, t[i].v);
		assert_buf(&b, t[i].text);
	}
	buf_free(&b);
}

static void test_float64(void **state)
{
	static const struct {
		const char *text;
		enum value_status status;
		double v;
	} t[] = {
		{"1", VALUE_OK, 1},
		{"-0", VALUE_OK, -0.0},
		{"1.50000000000000000000000", VALUE_OK, 1.5},
		{"00000000000000000000000001e-1", VALUE_OK, 0.1},
		{"1e23", VALUE_OK, 1e23},
		{"0.1", VALUE_OK, 0.1},
		{"0.10000000000000001", VALUE_OK, 0.1},
		{"5000000000000000.1", VALUE_ROUNDS, 0},
		{"0.100000000000000005", VALUE_ROUNDS, 0},
		{"0.1000000000000000055511151231257827021181583404541015625", VALUE_OK, 0.1},
		{"0.1000000000000000055511151231257827021181583404541015624", VALUE_ROUNDS, 0},
		{"9007199254740992", VALUE_OK, 0x1p53},
		{"9007199254740993", VALUE_ROUNDS, 0},
		{"1152921504606846976", VALUE_OK, 0x1p60},
		{"1152921504606846977", VALUE_ROUNDS, 0},
		{"1.7976931348623157e308", VALUE_OK, DBL_MAX},
		{"1.7976931348623159e308", VALUE_RANGE, 0},
		{"5e-324", VALUE_OK, 0x1p-1074},
		{"4.9406564584124654e-324", VALUE_OK, 0x1p-1074},
		{"4e-324", VALUE_ROUNDS, 0},
		{"1e-324", VALUE_RANGE, 0},
		{"1e400", VALUE_RANGE, 0},
		{"1e-400", VALUE_RANGE, 0},
		{"0e400", VALUE_OK, 0},
		{"1e99999999999999", VALUE_RANGE, 0},
		{"Infinity", VALUE_OK, INFINITY},
		{"-inf", VALUE_OK, -INFINITY},
		{"", VALUE_SYNTAX, 0},
		{"1,5", VALUE_SYNTAX, 0},
		{"0x1p3", VALUE_SYNTAX, 0},
		{"1e5x", VALUE_SYNTAX, 0},
	};
	double v;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		assert_int_equal(value_float64(t[i].text, strlen(t[i].text), &v), t[i].status);
		if (t[i].status == VALUE_OK)
			assert_memory_equal(&v, &t[i].v, sizeof v);
	}
	assert_int_equal(value_float64("nan", 3, &v), VALUE_OK);
	assert_true(isnan(v));
}

static void test_float32(void **state)
{
	static const struct {
		const char *text;
		enum value_status status;
		float v;
	} t[] = {
		{"0.1", VALUE_OK, 0.1f},
		{"0.100000001", VALUE_OK, 0.1f},
		{"0.10000001", VALUE_OK, 0.10000001f},
		{"0.1000000015", VALUE_ROUNDS, 0},
		{"0.100000001490116119384765625", VALUE_OK, 0.1f},
		{"16777216", VALUE_OK, 16777216},
		{"16777217", VALUE_ROUNDS, 0},
		{"3.4028235e38", VALUE_OK, FLT_MAX},
		{"3.4028234e38", VALUE_ROUNDS, 0},
		{"3.4028236e38", VALUE_RANGE, 0},
		{"3.5e38", VALUE_RANGE, 0},
		{"1e-45", VALUE_OK, 0x1p-149f},
		{"1e-46", VALUE_RANGE, 0},
		/* Nearest to a double that lies right between two floats. */
		{"1.00000017881393432617187499", VALUE_ROUNDS, 0},
	};
	float v;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		assert_int_equal(value_float32(t[i].text, strlen(t[i].text), &v), t[i].status);
		if (t[i].status == VALUE_OK)
			assert_memory_equal(&v, &t[i].v, sizeof v);
	}
	assert_int_equal(value_float32("1.00000017881393432617187499", 28, &v), VALUE_ROUNDS);
	assert_true(v == 0x1.000002p0f);
}

static void test_float64_text(void **state)
{
	static const char *const t[][2] = {
		{"1e20", "1e+20"},
		{"1.5e-7", "1.5e-07"},
		{"0.00001", "1e-05"},
		{"0.0001", "0.0001"},
		{"1000000000000000", "1e+15"},
		{"1.50", "1.5"},
		{"-0", "-0"},
		{"0.00", "0"},
		{"1e23", "9.999999999999999e+22"},
		{"1.7976931348623157e308", "1.7976931348623157e+308"},
		{"5e-324", "5e-324"},
		{"0.30000000000000004", "0.30000000000000004"},
		{"-inf", "-Infinity"},
		{"nan", "NaN"},
		{"12x", "12x"},
	};
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		value_add_float64_text(&b, t[i][0], strlen(t[i][0]));
		assert_buf(&b, t[i][1]);
	}
	buf_free(&b);
}

/* Each text reads back to the same bits, with 17 digits as well, and no text
 * with one digit less does. */
static void test_random64(void **state)
{
	uint64_t seed = 42;
	struct buf b = BUF_INIT;
	char text[64];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t bits = next_random(&seed);
		double v, got;

		if (i % 4 == 1)
			bits &= UINT64_C(0xfff0000000000000);
		if (i % 4 == 2)
			bits &= UINT64_C(0x800fffffffffffff);
		memcpy(&v, &bits, sizeof v);
		if (!isfinite(v))
			continue;
		buf_reset(&b);
		value_add_float64(&b, v);
		assert_true(strtod(buf_cstr(&b), NULL) == v);
		assert_int_equal(value_float64(b.p, b.n, &got), VALUE_OK);
		assert_memory_equal(&got, &v, sizeof v);
		buf_addc(&b, '|');
		value_add_float64_text(&b, b.p, b.n - 1);
		assert_memory_equal(b.p, b.p + b.n / 2 + 1, b.n / 2);
		snprintf(text, sizeof text, "%.16e", v);
		assert_int_equal(value_float64(text, strlen(text), &got), VALUE_OK);
		assert_memory_equal(&got, &v, sizeof v);
	}
	buf_free(&b);
}

static void test_random32(void **state)
{
	uint64_t seed = 43;
	struct buf b = BUF_INIT;
	char text[64];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint32_t bits = (uint32_t)(next_random(&seed) >> 32);
		float v, got;

		if (i % 4 == 1)
			bits &= UINT32_C(0xff800000);
		if (i % 4 == 2)
			bits &= UINT32_C(0x807fffff);
		memcpy(&v, &bits, sizeof v);
		if (!isfinite(v))
			continue;
		buf_reset(&b);
		value_add_float32(&b, v);
		assert_true(strtof(buf_cstr(&b), NULL) == v);
		assert_int_equal(value_float32(b.p, b.n, &got), VALUE_OK);
		assert_memory_equal(&got, &v, sizeof v);
		snprintf(text, sizeof text, "%.8e", (double)v);
		assert_int_equal(value_float32(text, strlen(text), &got), VALUE_OK);
		assert_memory_equal(&got, &v, sizeof v);
	}
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_float64),  cmocka_unit_test(test_add_float32),
		cmocka_unit_test(test_float64),	     cmocka_unit_test(test_float32),
		cmocka_unit_test(test_float64_text), cmocka_unit_test(test_random64),
		cmocka_unit_test(test_random32),
	};

	return cmocka_run_group_tests_name("float", tests, NULL, NULL);
}
