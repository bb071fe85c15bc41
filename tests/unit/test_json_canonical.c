#include "unit.h"

#include "value.h"

static void check(const char *text, const char *want)
{
	struct buf b = BUF_INIT;

	assert_int_equal(value_add_json_canonical(&b, text, strlen(text)), VALUE_OK);
	assert_string_equal(buf_cstr(&b), want);
	/* The canonical form is its own canonical form. */
	buf_reset(&b);
	assert_int_equal(value_add_json_canonical(&b, want, strlen(want)), VALUE_OK);
	assert_string_equal(buf_cstr(&b), want);
	buf_free(&b);
}

static void test_values(void **state)
{
	static const char *const t[][2] = {
		{" null ", "null"},
		{"true", "true"},
		{"[ ]", "[]"},
		{"{ }", "{}"},
		{"[1, [2,[ ]], {} ,\"[\",\"\"]", "[1,[2,[]],{},\"[\",\"\"]"},
		{"{\"b\":1, \"a\":{\"d\":[], \"c\":0}}", "{\"a\":{\"c\":0,\"d\":[]},\"b\":1}"},
		{"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"},
		{"{\"a\":1,\"\\u0061\":3}", "{\"a\":3}"},
		{"{\"aa\":1,\"a\":2,\"\":3}", "{\"\":3,\"a\":2,\"aa\":1}"},
		/* Keys sort by what they say, not by how it is escaped. */
		{"{\"\\\\\":1,\"#\":2,\"\\\"\":3,\"\\t\":4,\"\\u0001\":5}",
		 "{\"\\u0001\":5,\"\\t\":4,\"\\\"\":3,\"#\":2,\"\\\\\":1}"},
		{"{\"\\ud801\":1,\"\\ud800\":2,\"\xee\x80\x80\":3,\"\\ud800x\":4}",
		 "{\"\\ud800\":2,\"\\ud800x\":4,\"\\ud801\":1,\"\xee\x80\x80\":3}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++)
		check(t[i][0], t[i][1]);
}

static void test_strings(void **state)
{
	static const char *const t[][2] = {
		{"\"\\u0041\\/\\b\\f\\n\\r\\t\\\"\\\\\"", "\"A/\\b\\f\\n\\r\\t\\\"\\\\\""},
		{"\"\\u0000\\u001F\\u007f\"", "\"\\u0000\\u001f\x7f\""},
		{"\"\\u00e9\\u20AC\\ud83d\\uDE00\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
		{"\"\\uD800\"", "\"\\ud800\""},
		{"\"\\udc00\\ud800\\u0041\"", "\"\\udc00\\ud800A\""},
		{"\"\\ud800\\ud83d\\ude00\"", "\"\\ud800\xf0\x9f\x98\x80\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++)
		check(t[i][0], t[i][1]);
}

static void test_numbers(void **state)
{
	static const char *const t[][2] = {
		{"0", "0"},
		{"-0", "0"},
		{"-0.0e5", "0"},
		{"1.10", "1.1"},
		{"11e-1", "1.1"},
		{"0.11E+1", "1.1"},
		{"-100", "-100"},
		{"1e2", "100"},
		{"1.5e2", "150"},
		{"123456789012345678901234567890.5", "123456789012345678901234567890.5"},
		{"1e39", "1000000000000000000000000000000000000000"},
		{"1e40", "1e+40"},
		{"10e39", "1e+40"},
		{"1.25e41", "1.25e+41"},
		{"1e-39", "0.000000000000000000000000000000000000001"},
		{"1e-40", "1e-40"},
		{"-12.5e-50", "-1.25e-49"},
		{"1e99999999999999999999", "1e99999999999999999999"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++)
		check(t[i][0], t[i][1]);
}

static void test_no_json(void **state)
{
	static const char *const t[] = {
		"",	   " ",	       "nul",	    "nullx",	"true false", "[",	 "]",
		"[1,]",	   "[,1]",     "[1 2]",	    "{",	"{\"a\"}",    "{\"a\":}", "{a:1}",
		"{\"a\":1,}", "{1:2}", "\"",	    "\"\\\"",	"\"\\x\"",    "\"\\u12\"", "\"\t\"",
		"01",	   "1.",       ".5",	    "+1",	"-",	      "1e",	 "1e+",
		"NaN",	   "Infinity", "'a'",	    "\"\\ud800\\u12\"", "[1}", "{\"a\":1]",  "0x1",
	};
	struct buf b = BUF_INIT;

	(void)state;
	buf_adds(&b, "kept");
	for (size_t i = 0; i < COUNT(t); i++)
		assert_int_equal(value_add_json_canonical(&b, t[i], strlen(t[i])), VALUE_SYNTAX);
	assert_int_equal(value_add_json_canonical(&b, "\"a\0b\"", 5), VALUE_SYNTAX);
	assert_int_equal(value_add_json_canonical(&b, "\"\xff\"", 3), VALUE_UTF8);
	assert_buf(&b, "kept");
	buf_free(&b);
}

static void test_depth(void **state)
{
	struct buf in = BUF_INIT, out = BUF_INIT;

	(void)state;
	for (int depth = 1000; depth <= 1001; depth++) {
		buf_reset(&in);
		buf_reset(&out);
		for (int i = 0; i < depth; i++)
			buf_addc(&in, '[');
		for (int i = 0; i < depth; i++)
			buf_addc(&in, ']');
		assert_int_equal(value_add_json_canonical(&out, in.p, in.n),
				 depth > 1000 ? VALUE_SYNTAX : VALUE_OK);
	}
	buf_reset(&in);
	for (int i = 0; i < 1000000; i++)
		buf_adds(&in, "{\"a\":");
	assert_int_equal(value_add_json_canonical(&out, in.p, in.n), VALUE_SYNTAX);
	buf_free(&in);
	buf_free(&out);
}

/* Every text of a few bytes that JSON is made of: no crash, and what is taken
 * is its own canonical form. */
static void test_random(void **state)
{
	static const char alphabet[] = "{}[],:\"\\u0aDd8c1.e-+ tn";
	struct buf b = BUF_INIT, again = BUF_INIT;
	uint64_t seed = 7;
	char text[12];

	(void)state;
	for (int i = 0; i < 300000; i++) {
		size_t n = next_random(&seed) % sizeof text;

		for (size_t k = 0; k < n; k++)
			text[k] = alphabet[(next_random(&seed) >> 8) % (sizeof alphabet - 1)];
		buf_reset(&b);
		buf_reset(&again);
		if (value_add_json_canonical(&b, text, n) != VALUE_OK)
			continue;
		assert_int_equal(value_add_json_canonical(&again, b.p, b.n), VALUE_OK);
		assert_int_equal(b.n, again.n);
		assert_memory_equal(b.p, again.p, b.n);
	}
	buf_free(&b);
	buf_free(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	cmocka_unit_test(test_strings),
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_no_json),
		cmocka_unit_test(test_depth),	cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("json_canonical", tests, NULL, NULL);
}
