#include "unit.h"

#include <inttypes.h>
#include <stdio.h>

#include "value.h"

static void test_int(void **state)
{
	static const struct {
		const char *text;
		enum value_status status;
		int64_t v;
	} t[] = {
		{"0", VALUE_OK, 0},
		{"-0", VALUE_OK, 0},
		{"+7", VALUE_OK, 7},
		{"-128", VALUE_OK, -128},
		{"00042", VALUE_OK, 42},
		{"9223372036854775807", VALUE_OK, INT64_MAX},
		{"-9223372036854775808", VALUE_OK, INT64_MIN},
		{"0000000000000000000000009223372036854775807", VALUE_OK, INT64_MAX},
		{"9223372036854775808", VALUE_RANGE, 0},
		{"-9223372036854775809", VALUE_RANGE, 0},
		{"18446744073709551616", VALUE_RANGE, 0},
		{"99999999999999999999999999", VALUE_RANGE, 0},
		{"99999999999999999999999999x", VALUE_SYNTAX, 0},
		{"", VALUE_SYNTAX, 0},
		{"-", VALUE_SYNTAX, 0},
		{"+-1", VALUE_SYNTAX, 0},
		{" 1", VALUE_SYNTAX, 0},
		{"1 ", VALUE_SYNTAX, 0},
		{"1.0", VALUE_SYNTAX, 0},
		{"1e3", VALUE_SYNTAX, 0},
		{"0x10", VALUE_SYNTAX, 0},
		{"1,000", VALUE_SYNTAX, 0},
		{"\xd9\xa1", VALUE_SYNTAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		int64_t v = 0;

		assert_int_equal(value_int(t[i].text, strlen(t[i].text), &v), t[i].status);
		if (t[i].status == VALUE_OK)
			assert_int_equal(v, t[i].v);
	}
}

static void test_uint(void **state)
{
	uint64_t v;

	(void)state;
	assert_int_equal(value_uint("18446744073709551615", 20, &v), VALUE_OK);
	assert_true(v == UINT64_MAX);
	assert_int_equal(value_uint("18446744073709551616", 20, &v), VALUE_RANGE);
	assert_int_equal(value_uint("-1", 2, &v), VALUE_RANGE);
	assert_int_equal(value_uint("-0", 2, &v), VALUE_OK);
	assert_int_equal(v, 0);
	assert_int_equal(value_uint("", 0, &v), VALUE_SYNTAX);
	/* Only n bytes count. */
	assert_int_equal(value_uint("123x", 3, &v), VALUE_OK);
	assert_int_equal(v, 123);
}

static void test_int_random(void **state)
{
	uint64_t seed = 20240229;
	char text[32];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		int64_t want = (int64_t)next_random(&seed) >> (i % 64), v;
		int n = snprintf(text, sizeof text, "%" PRId64, want);

		assert_int_equal(value_int(text, (size_t)n, &v), VALUE_OK);
		assert_true(v == want);
	}
}

static void test_bool(void **state)
{
	static const char *const yes[] = {"t", "T", "true", "TRUE", "True", "1"};
	static const char *const no[] = {"f", "F", "false", "FALSE", "0"};
	static const char *const wrong[] = {"", "2", "tr", "yes", "truefalse", " t", "00"};
	bool v;

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++) {
		v = false;
		assert_int_equal(value_bool(yes[i], strlen(yes[i]), &v), VALUE_OK);
		assert_true(v);
	}
	for (size_t i = 0; i < COUNT(no); i++) {
		v = true;
		assert_int_equal(value_bool(no[i], strlen(no[i]), &v), VALUE_OK);
		assert_false(v);
	}
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(value_bool(wrong[i], strlen(wrong[i]), &v), VALUE_SYNTAX);
}

static void test_decimal(void **state)
{
	static const struct {
		const char *text;
		bool negative;
		const char *whole, *frac;
		int exp;
	} t[] = {
		{"0", false, "", "", 0},
		{"-1.50", true, "1", "50", 0},
		{"+007.0", false, "7", "0", 0},
		{".5", false, "", "5", 0},
		{"5.", false, "5", "", 0},
		{"1e10", false, "1", "", 10},
		{"-12.34E-5", true, "12", "34", -5},
		{"0e99999999999999999999", false, "", "", 0},
	};
	struct decimal d;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		assert_int_equal(value_decimal(t[i].text, strlen(t[i].text), &d), VALUE_OK);
		assert_int_equal(d.kind, DECIMAL_FINITE);
		assert_int_equal(d.negative, t[i].negative);
		assert_int_equal(d.nwhole, strlen(t[i].whole));
		assert_memory_equal(d.whole, t[i].whole, d.nwhole);
		assert_int_equal(d.nfrac, strlen(t[i].frac));
		assert_memory_equal(d.frac, t[i].frac, d.nfrac);
		assert_int_equal(d.exp, t[i].exp);
	}
}

static void test_decimal_special(void **state)
{
	static const char *const wrong[] = {"", "-", ".", "-.", "e5", "1e", "1e+", "1e5.5", "1.2.3",
					    "--1", "-nan", "nano", "infin", "1 ", "0x1", "1_000"};
	struct decimal d;

	(void)state;
	assert_int_equal(value_decimal("NaN", 3, &d), VALUE_OK);
	assert_int_equal(d.kind, DECIMAL_NAN);
	assert_int_equal(value_decimal("-Infinity", 9, &d), VALUE_OK);
	assert_int_equal(d.kind, DECIMAL_INF);
	assert_true(d.negative);
	assert_int_equal(value_decimal("inf", 3, &d), VALUE_OK);
	assert_int_equal(d.kind, DECIMAL_INF);
	assert_false(d.negative);
	assert_int_equal(value_decimal("1e99999999999", 13, &d), VALUE_RANGE);
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(value_decimal(wrong[i], strlen(wrong[i]), &d), VALUE_SYNTAX);
}

static void test_decimal_fits(void **state)
{
	static const struct {
		const char *text;
		int precision, scale;
		enum value_status status;
	} t[] = {
		{"999.99", 5, 2, VALUE_OK},
		{"1000", 5, 2, VALUE_RANGE},
		{"1000.001", 5, 2, VALUE_RANGE},
		{"1.001", 5, 2, VALUE_ROUNDS},
		{"1.00100", 5, 3, VALUE_OK},
		{"1.000000000", 5, 2, VALUE_OK},
		{"0.00", 1, 0, VALUE_OK},
		{"0.01", 1, 0, VALUE_ROUNDS},
		{"12345e-2", 5, 2, VALUE_OK},
		{"1e2", 5, 2, VALUE_OK},
		{"1e3", 5, 2, VALUE_RANGE},
		{"100e1", 5, 2, VALUE_RANGE},
		{"0.100e-1", 5, 2, VALUE_OK},
		{"0e500", 5, 2, VALUE_OK},
		{"12300", 3, -2, VALUE_OK},
		{"12340", 3, -2, VALUE_ROUNDS},
		{"100000", 3, -2, VALUE_RANGE},
		{"99900", 3, -2, VALUE_OK},
		{"0.00123", 3, 5, VALUE_OK},
		{"0.0123", 3, 5, VALUE_RANGE},
		{"0.001234", 3, 5, VALUE_ROUNDS},
		{"1e131071", 0, 0, VALUE_OK},
		{"1e131072", 0, 0, VALUE_RANGE},
		{"1e-16383", 0, 0, VALUE_OK},
		{"1e-16384", 0, 0, VALUE_ROUNDS},
		{"NaN", 5, 2, VALUE_OK},
		{"Infinity", 5, 2, VALUE_RANGE},
		{"Infinity", 0, 0, VALUE_OK},
		{"99999999999999999999999999999999999.999999999999999999999999999999", 65, 30,
		 VALUE_OK},
		{"199999999999999999999999999999999999.9", 65, 30, VALUE_RANGE},
	};
	struct decimal d;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		assert_int_equal(value_decimal(t[i].text, strlen(t[i].text), &d), VALUE_OK);
		assert_int_equal(value_decimal_fits(&d, t[i].precision, t[i].scale), t[i].status);
	}
}

static void test_decimal_canonical(void **state)
{
	static const char *const t[][2] = {
		{"0", "0"},	  {"-0", "0"},	      {"-0.00", "0"},	 {"1.10", "1.1"},
		{"100", "100"},	  {"100.00", "100"},  {"-.50", "-0.5"}, {"007", "7"},
		{"+1", "1"},	  {"NaN", "NaN"},     {"12a", "12a"},
	};
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		value_add_decimal_canonical(&b, t[i][0], strlen(t[i][0]));
		assert_buf(&b, t[i][1]);
	}
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_int),
		cmocka_unit_test(test_uint),
		cmocka_unit_test(test_int_random),
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_decimal_special),
		cmocka_unit_test(test_decimal_fits),
		cmocka_unit_test(test_decimal_canonical),
	};

	return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
