#include "unit.h"

#include <stdio.h>

#include "value.h"

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

/* The numbers of days are PostgreSQL's: date '…' - date '2000-01-01'. */
static void test_date(void **state)
{
	static const struct {
		const char *text;
		enum value_status status;
		int32_t days;
	} t[] = {
		{"2000-01-01", VALUE_OK, 0},
		{"1999-12-31", VALUE_OK, -1},
		{"1970-01-01", VALUE_OK, -10957},
		{"2024-02-29", VALUE_OK, 8825},
		{"9999-12-31", VALUE_OK, 2921939},
		{"10000-01-01", VALUE_OK, 2921940},
		{"5874897-12-31", VALUE_OK, 2145031948},
		{"5874898-01-01", VALUE_RANGE, 0},
		{"99999999999999999999-01-01", VALUE_RANGE, 0},
		{"0001-01-01", VALUE_OK, -730119},
		{"0001-12-31 BC", VALUE_OK, -730120},
		{"4714-11-24 BC", VALUE_OK, -2451545},
		{"4714-11-23 BC", VALUE_RANGE, 0},
		{"infinity", VALUE_OK, INT32_MAX},
		{"-infinity", VALUE_OK, INT32_MIN},
		{"0000-00-00", VALUE_ZERO_DATE, 0},
		{"2020-00-01", VALUE_ZERO_DATE, 0},
		{"2020-01-00", VALUE_ZERO_DATE, 0},
		{"0000-01-01", VALUE_ZERO_DATE, 0},
		{"2020-00-32", VALUE_NO_DATE, 0},
		{"2024-02-30", VALUE_NO_DATE, 0},
		{"2023-02-29", VALUE_NO_DATE, 0},
		{"1900-02-29", VALUE_NO_DATE, 0},
		{"2000-02-29", VALUE_OK, 59},
		{"2024-13-01", VALUE_NO_DATE, 0},
		{"2024-04-31", VALUE_NO_DATE, 0},
		{"", VALUE_SYNTAX, 0},
		{"2024-1-2", VALUE_SYNTAX, 0},
		{"24-01-02", VALUE_SYNTAX, 0},
		{"2024/01/02", VALUE_SYNTAX, 0},
		{"2024-01-0a", VALUE_SYNTAX, 0},
		{"2024-01-02 ", VALUE_SYNTAX, 0},
		{"2024-01-02BC", VALUE_SYNTAX, 0},
		{"2024-01-\xb0\xb1", VALUE_SYNTAX, 0},
		{"today", VALUE_SYNTAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		int32_t days = 1;

		assert_int_equal(value_date(t[i].text, strlen(t[i].text), &days), t[i].status);
		if (t[i].status == VALUE_OK)
			assert_int_equal(days, t[i].days);
	}
}

/* Every day of 800 years follows the one before it. */
static void test_date_sequence(void **state)
{
	static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int32_t want = -146097, days;
	char text[16];

	(void)state;
	for (int y = 1600; y < 2400; y++) {
		bool leap = (y % 4 == 0 && y % 100) || y % 400 == 0;

		for (int m = 1; m <= 12; m++)
			for (int d = 1; d <= 31; d++) {
				bool real = d <= length[m - 1] + (leap && m == 2);

				snprintf(text, sizeof text, "%04d-%02d-%02d", y, m, d);
				assert_int_equal(value_date(text, 10, &days),
						 real ? VALUE_OK : VALUE_NO_DATE);
				if (real)
					assert_int_equal(days, want++);
			}
	}
}

static void test_timestamp(void **state)
{
	static const struct {
		const char *text;
		enum value_status status;
		int64_t us;
		bool zoned;
	} t[] = {
		{"2000-01-01 00:00:00", VALUE_OK, 0, false},
		{"2000-01-01T00:00", VALUE_OK, 0, false},
		{"2000-01-01 00:00:00.000001", VALUE_OK, 1, false},
		{"2000-01-01 00:00:00.12", VALUE_OK, 120000, false},
		{"2000-01-01 00:00:00.1234560000", VALUE_OK, 123456, false},
		{"2000-01-01 00:00:00.1234561", VALUE_ROUNDS, 0, false},
		{"1999-12-31 23:59:59.999999", VALUE_OK, -1, false},
		{"2000-01-01 00:00:00+00", VALUE_OK, 0, true},
		{"2000-01-01 00:00:00Z", VALUE_OK, 0, true},
		{"2000-01-01 05:30:00+05:30", VALUE_OK, 0, true},
		{"2000-01-01 05:30:00+0530", VALUE_OK, 0, true},
		{"2000-01-01 00:00:00.5-01:02:03", VALUE_OK, HOUR + 123 * SECOND + 500000, true},
		{"2000-01-01 00:00:00+15:59:59", VALUE_OK, SECOND - 16 * HOUR, true},
		{"2000-01-01 00:00:00+16", VALUE_RANGE, 0, true},
		{"4714-11-24 00:00:00 BC", VALUE_OK, INT64_C(-211813488000000000), false},
		{"4714-11-24 00:00:00+00 BC", VALUE_OK, INT64_C(-211813488000000000), true},
		{"4714-11-24 00:00:00+01 BC", VALUE_RANGE, 0, true},
		{"294276-12-31 23:59:59.999999", VALUE_OK, INT64_C(9223371331199999999), false},
		{"294277-01-01 00:30:00+01", VALUE_OK, INT64_C(9223371329400000000), true},
		{"294277-01-01 00:00:00", VALUE_RANGE, 0, false},
		{"5874897-12-31 00:00:00", VALUE_RANGE, 0, false},
		{"infinity", VALUE_OK, INT64_MAX, false},
		{"-infinity", VALUE_OK, INT64_MIN, false},
		{"0000-00-00 00:00:00", VALUE_ZERO_DATE, 0, false},
		{"2024-02-30 00:00:00", VALUE_NO_DATE, 0, false},
		{"2024-02-03 24:00:00", VALUE_RANGE, 0, false},
		{"2024-02-03 23:59:60", VALUE_RANGE, 0, false},
		{"2024-02-03 23:60:00", VALUE_RANGE, 0, false},
		{"2024-02-03", VALUE_OK, INT64_C(760233600000000), false},
		{"4714-11-24 BC", VALUE_OK, INT64_C(-211813488000000000), false},
		{"294277-01-01", VALUE_RANGE, 0, false},
		{"2024-02-30", VALUE_NO_DATE, 0, false},
		{"2024-02-03 ", VALUE_SYNTAX, 0, false},
		{"2024-02-03  00:00:00", VALUE_SYNTAX, 0, false},
		{"2024-02-03 00:00:00.", VALUE_SYNTAX, 0, false},
		{"2024-02-03 00:00:00 +00", VALUE_SYNTAX, 0, false},
		{"2024-02-03 00:00:00 UTC", VALUE_SYNTAX, 0, false},
		{"2024-02-03 00:00:00+", VALUE_SYNTAX, 0, false},
		{"2024-02-03 0:00:00", VALUE_SYNTAX, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		bool zoned = false;
		int64_t us = 1;

		assert_int_equal(value_timestamp(t[i].text, strlen(t[i].text), &us, &zoned),
				 t[i].status);
		if (t[i].status != VALUE_OK)
			continue;
		assert_true(us == t[i].us);
		assert_int_equal(zoned, t[i].zoned);
	}
}

static void test_time(void **state)
{
	int64_t us;
	int32_t west;

	(void)state;
	assert_int_equal(value_time("23:59:59.999999", 15, &us), VALUE_OK);
	assert_true(us == DAY - 1);
	assert_int_equal(value_time("24:00:00", 8, &us), VALUE_OK);
	assert_true(us == DAY);
	assert_int_equal(value_time("24:00:00.000001", 15, &us), VALUE_RANGE);
	assert_int_equal(value_time("25:00:00", 8, &us), VALUE_RANGE);
	assert_int_equal(value_time("12:30", 5, &us), VALUE_OK);
	assert_int_equal(value_time("12:30:00+01", 11, &us), VALUE_SYNTAX);
	assert_int_equal(value_time("-01:00:00", 9, &us), VALUE_SYNTAX);
	assert_int_equal(value_time("12", 2, &us), VALUE_SYNTAX);
	assert_int_equal(value_timetz("12:00:00+02", 11, &us, &west), VALUE_OK);
	assert_true(us == 12 * HOUR);
	assert_int_equal(west, -7200);
	assert_int_equal(value_timetz("12:00:00-03:30", 14, &us, &west), VALUE_OK);
	assert_int_equal(west, 12600);
	assert_int_equal(value_timetz("12:00:00", 8, &us, &west), VALUE_OK);
	assert_int_equal(west, 0);
}

static void test_interval(void **state)
{
	static const struct {
		const char *text;
		enum value_status status;
		struct interval v;
	} t[] = {
		{"00:00:00", VALUE_OK, {0, 0, 0}},
		{"838:59:59", VALUE_OK, {839 * HOUR - SECOND, 0, 0}},
		{"-838:59:59", VALUE_OK, {SECOND - 839 * HOUR, 0, 0}},
		{"-01:02:03.5", VALUE_OK, {-(3723 * SECOND + 500000), 0, 0}},
		{"-00:00:00.000001", VALUE_OK, {-1, 0, 0}},
		{"1 year", VALUE_OK, {0, 0, 12}},
		{"1 mon", VALUE_OK, {0, 0, 1}},
		{"1 day", VALUE_OK, {0, 1, 0}},
		{"-1 days", VALUE_OK, {0, -1, 0}},
		{"-1 years -2 mons +3 days -04:05:06", VALUE_OK, {-14706 * SECOND, 3, -14}},
		{"1 year -1 days", VALUE_OK, {0, -1, 12}},
		{"178956970 years 7 mons 2147483647 days 2562047788:00:54.775807", VALUE_OK,
		 {INT64_MAX, INT32_MAX, INT32_MAX}},
		{"-178956970 years -8 mons -2147483648 days -2562047788:00:54.775808", VALUE_OK,
		 {INT64_MIN, INT32_MIN, INT32_MIN}},
		{"2562047788:00:54.775808", VALUE_RANGE, {0, 0, 0}},
		{"99999999999999999999:00:00", VALUE_RANGE, {0, 0, 0}},
		{"178956971 years", VALUE_RANGE, {0, 0, 0}},
		{"2147483648 days", VALUE_RANGE, {0, 0, 0}},
		{"00:00:00.0000001", VALUE_ROUNDS, {0, 0, 0}},
		{"00:60:00", VALUE_RANGE, {0, 0, 0}},
		{"", VALUE_SYNTAX, {0, 0, 0}},
		{"1", VALUE_SYNTAX, {0, 0, 0}},
		{"1 day 1 year", VALUE_SYNTAX, {0, 0, 0}},
		{"1 day 1 day", VALUE_SYNTAX, {0, 0, 0}},
		{"1 days ", VALUE_SYNTAX, {0, 0, 0}},
		{"1 dayss", VALUE_SYNTAX, {0, 0, 0}},
		{"1 week", VALUE_SYNTAX, {0, 0, 0}},
		{"00:00:00 1 day", VALUE_SYNTAX, {0, 0, 0}},
		{"00:00:00+00", VALUE_SYNTAX, {0, 0, 0}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		struct interval v;

		assert_int_equal(value_interval(t[i].text, strlen(t[i].text), &v), t[i].status);
		if (t[i].status != VALUE_OK)
			continue;
		assert_true(v.us == t[i].v.us);
		assert_int_equal(v.days, t[i].v.days);
		assert_int_equal(v.months, t[i].v.months);
	}
}

static void test_fraction(void **state)
{
	(void)state;
	assert_int_equal(value_fraction_fits(1, 6), VALUE_OK);
	assert_int_equal(value_fraction_fits(1, 5), VALUE_ROUNDS);
	assert_int_equal(value_fraction_fits(-120000, 2), VALUE_OK);
	assert_int_equal(value_fraction_fits(-120000, 1), VALUE_ROUNDS);
	assert_int_equal(value_fraction_fits(SECOND, 0), VALUE_OK);
	assert_int_equal(value_fraction_fits(500000, 0), VALUE_ROUNDS);
	assert_int_equal(value_fraction_fits(INT64_MAX, 0), VALUE_OK);
	assert_int_equal(value_fraction_fits(INT64_MIN, 0), VALUE_OK);
	assert_int_equal(value_trim_fraction("12:00:00.500000", 15), 10);
	assert_int_equal(value_trim_fraction("12:00:00.000000", 15), 8);
	assert_int_equal(value_trim_fraction("12:00:00.123456", 15), 15);
	assert_int_equal(value_trim_fraction("12:00:00", 8), 8);
	assert_int_equal(value_trim_fraction("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),	  cmocka_unit_test(test_date_sequence),
		cmocka_unit_test(test_timestamp), cmocka_unit_test(test_time),
		cmocka_unit_test(test_interval),  cmocka_unit_test(test_fraction),
	};

	return cmocka_run_group_tests_name("datetime", tests, NULL, NULL);
}
