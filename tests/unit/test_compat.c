/* What of a column's values another column may not hold. */
#include "unit.h"

#include "compat.h"

/* The words for what a column of type a may not get into one of type b. */
static void check(const struct coltype *a, enum engine from, const struct coltype *b,
		  enum engine to, const char *want)
{
	struct column ca = {.type = *a, .not_null = true}, cb = {.type = *b, .not_null = true};
	struct buf text = BUF_INIT;
	struct compat c;

	compat_find(&ca, from, &cb, to, &c);
	if (c.incompatible)
		buf_adds(&text, "incompatible");
	else
		compat_add_text(&text, &c);
	assert_buf(&text, want);
	buf_free(&text);
}

#define INT(b, u) {.lt = LT_INT, .bits = (b), .is_unsigned = (u)}
#define DECIMAL(p, s) {.lt = LT_DECIMAL, .precision = (p), .scale = (s)}
#define TEXT(n) {.lt = LT_TEXT, .length = (n)}
#define AT(l, p) {.lt = (l), .precision = (p)}

static void test_numbers(void **state)
{
	static const struct {
		struct coltype a, b;
		const char *want;
	} pairs[] = {
		{INT(32, false), INT(32, false), ""},
		{INT(8, true), INT(16, false), ""},
		{INT(64, false), INT(32, false), "may be outside -2147483648 to 2147483647"},
		{INT(64, true), INT(64, false),
		 "may be outside -9223372036854775808 to 9223372036854775807"},
		{INT(64, true), DECIMAL(20, 0), ""},
		{INT(64, true), DECIMAL(19, 0), "may have more digits than numeric(19,0) keeps"},
		{INT(32, false), {.lt = LT_FLOAT, .bits = 32}, "may be outside -16777216 to 16777216"},
		{INT(32, false), {.lt = LT_FLOAT, .bits = 64}, ""},
		{INT(8, false), {.lt = LT_BOOL}, "may be outside 0 to 1"},
		{INT(8, false), {.lt = LT_DATE}, "incompatible"},
		{DECIMAL(10, 2), DECIMAL(12, 4), ""},
		{DECIMAL(10, 2), DECIMAL(0, -1), ""},
		{DECIMAL(10, 2), DECIMAL(10, 3), "may have more digits than numeric(10,3) keeps"},
		{DECIMAL(0, -1), DECIMAL(65, 30), "may have more digits than numeric(65,30) keeps"},
		{DECIMAL(4, 0), INT(16, false), ""},
		{DECIMAL(10, 2), {.lt = LT_FLOAT, .bits = 64}, ""},
		{{.lt = LT_FLOAT, .bits = 64}, {.lt = LT_FLOAT, .bits = 32},
		 "may have more digits than it keeps"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++)
		check(&pairs[i].a, ENGINE_MYSQL, &pairs[i].b, ENGINE_POSTGRES, pairs[i].want);
}

static void test_texts(void **state)
{
	static char one[] = "a", two[] = "bb";
	static char *some[] = {one, NULL}, *more[] = {one, two, NULL};
	static const struct {
		struct coltype a, b;
		const char *want;
	} pairs[] = {
		{TEXT(50), TEXT(50), ""},
		{TEXT(50), TEXT(0), ""},
		{TEXT(100), TEXT(50), "may be longer than 50 characters"},
		{TEXT(0), TEXT(50), "may be longer than 50 characters"},
		{TEXT(0), {.lt = LT_TEXT, .max_bytes = 65535}, "may be longer than 65535 bytes"},
		{TEXT(0), {.lt = LT_TEXT, .max_bytes = UINT32_MAX}, ""},
		{TEXT(100), {.lt = LT_TEXT, .max_bytes = 65535}, ""},
		{{.lt = LT_ENUM, .labels = more}, {.lt = LT_ENUM, .labels = some},
		 "may be none of the labels"},
		{{.lt = LT_ENUM, .labels = some}, {.lt = LT_ENUM, .labels = more}, ""},
		{{.lt = LT_ENUM, .labels = more}, TEXT(2), ""},
		{{.lt = LT_ENUM, .labels = more}, TEXT(1), "may be longer than 1 characters"},
		{TEXT(10), {.lt = LT_ENUM, .labels = more}, "may be none of the labels"},
		{{.lt = LT_BYTES, .length = 16}, {.lt = LT_UUID}, ""},
		{{.lt = LT_UUID}, {.lt = LT_BYTES, .length = 16}, ""},
		{{.lt = LT_UUID}, TEXT(36), ""},
		{TEXT(10), {.lt = LT_BYTES}, "incompatible"},
		{{.lt = LT_BYTES, .length = 9}, {.lt = LT_BYTES, .length = 8},
		 "may be longer than 8 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++)
		check(&pairs[i].a, ENGINE_POSTGRES, &pairs[i].b, ENGINE_MYSQL, pairs[i].want);
}

static void test_times(void **state)
{
	struct column a = {.type = AT(LT_TIMESTAMP, 6)}, b = {.type = AT(LT_TIMESTAMPTZ, 6)};
	const struct coltype exact = AT(LT_TIMESTAMP, 6), rough = AT(LT_TIMESTAMP, 0);
	const struct coltype duration = AT(LT_DURATION, 0), day = AT(LT_TIME, 0);
	const struct coltype interval = AT(LT_INTERVAL, 6);
	struct compat c;

	(void)state;
	check(&exact, ENGINE_MYSQL, &exact, ENGINE_POSTGRES, "");
	check(&exact, ENGINE_MYSQL, &rough, ENGINE_POSTGRES,
	      "may have more than 0 digits of the second's fraction");
	check(&duration, ENGINE_MYSQL, &interval, ENGINE_POSTGRES, "");
	check(&duration, ENGINE_MYSQL, &day, ENGINE_POSTGRES,
	      "may be outside 00:00:00 to 24:00:00");
	check(&exact, ENGINE_MYSQL, &day, ENGINE_POSTGRES, "incompatible");
	compat_find(&a, ENGINE_MYSQL, &b, ENGINE_POSTGRES, &c);
	assert_true(c.may[MISFIT_ZERO_DATE] && !c.may[MISFIT_DATE]);
	compat_find(&a, ENGINE_POSTGRES, &b, ENGINE_MYSQL, &c);
	assert_true(!c.may[MISFIT_ZERO_DATE] && c.may[MISFIT_DATE]);
	assert_string_equal(c.first, "1970-01-01 00:00:01");
	assert_string_equal(c.last, "2038-01-19 03:14:07.999999");
	b.type.to_2106 = true;
	compat_find(&a, ENGINE_POSTGRES, &b, ENGINE_MYSQL, &c);
	assert_string_equal(c.last, "2106-02-07 06:28:15.999999");
	compat_find(&b, ENGINE_MYSQL, &b, ENGINE_MYSQL, &c);
	assert_false(c.may[MISFIT_DATE]);
	a = b;
	a.type.to_2106 = false;
	compat_find(&b, ENGINE_MYSQL, &a, ENGINE_MYSQL, &c);
	assert_true(c.may[MISFIT_DATE]);
	compat_find(&a, ENGINE_MYSQL, &b, ENGINE_MYSQL, &c);
	assert_false(c.may[MISFIT_DATE]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
