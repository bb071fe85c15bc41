/* MySQL's binary JSON, and partial updates of it. */
#include "unit.h"

#include <stdlib.h>

#include "mysql_row.h"

static const char *text_of(struct buf *b, const void *p, size_t n)
{
	unsigned char *copy = malloc(n ? n : 1); /* so that reads beyond it are seen */

	memcpy(copy, p, n);
	buf_reset(b);
	if (my_json_add(b, copy, n) < 0)
		buf_adds(b, "malformed");
	free(copy);
	return buf_cstr(b);
}

#define TEXT(b, bytes) text_of(b, bytes, sizeof(bytes) - 1)

static void test_values(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_string_equal(TEXT(&b, ""), "null");
	assert_string_equal(TEXT(&b, "\4\0"), "null");
	assert_string_equal(TEXT(&b, "\4\1"), "true");
	assert_string_equal(TEXT(&b, "\4\3"), "malformed");
	assert_string_equal(TEXT(&b, "\5\xff\xff"), "-1");
	assert_string_equal(TEXT(&b, "\6\xff\xff"), "65535");
	assert_string_equal(TEXT(&b, "\6\xff"), "malformed");
	assert_string_equal(TEXT(&b, "\12\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615");
	assert_string_equal(TEXT(&b, "\13\0\0\0\0\0\0\xf0\x7f"), "malformed"); /* infinity */
	assert_string_equal(TEXT(&b, "\14\3a\"\n"), "\"a\\\"\\n\"");
	assert_string_equal(TEXT(&b, "\14\4a"), "malformed");
	assert_string_equal(TEXT(&b, "\14\1\xff"), "malformed");
	assert_string_equal(TEXT(&b, "\2\0\0\4\0"), "[]");
	assert_string_equal(TEXT(&b, "\2\1\0\7\0\5\7\0"), "[7]");
	assert_string_equal(TEXT(&b, "\2\2\0\7\0\5\7\0"), "malformed");
	assert_string_equal(TEXT(&b, "\0\1\0\x0c\0\x0b\0\1\0\5\7\0k"), "{\"k\": 7}");
	assert_string_equal(TEXT(&b, "\0\1\0\x0c\0\x0b\0\2\0\5\7\0k"), "malformed");
	assert_string_equal(TEXT(&b, "\x0e\0"), "malformed");
	assert_string_equal(TEXT(&b, "\x0f\xf6\3\3\2\x80"), "malformed"); /* DECIMAL cut off */
	buf_free(&b);
}

/* How a DOUBLE is laid out; the texts are MySQL's own. */
static void test_doubles(void **state)
{
	static const struct {
		double v;
		const char *text;
	} cases[] = {
		{0, "0.0"}, {-0.0, "-0.0"}, {1, "1.0"}, {1e14, "100000000000000.0"}, {1e15, "1e15"},
		{123456789012345, "123456789012345.0"}, {1234567890123456, "1.234567890123456e15"},
		{0.1, "0.1"}, {1e-5, "0.00001"}, {1e-14, "0.00000000000001"}, {1e-15, "0.000000000000001"}, {1e-16, "1e-16"},
		{1.2345678901234567e-10, "0.00000000012345678901234568"}, {1e22, "1e22"},
		{1e23, "1e23"}, {12345678901234567., "1.2345678901234568e16"},
		{1.7976931348623157e308, "1.7976931348623157e308"}, {5e-324, "5e-324"},
		{-1.5e300, "-1.5e300"}, {2. / 3, "0.6666666666666666"}, {100, "100.0"}, {1049965794270508.75, "1049965794270508.8"},
	};
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned char p[9] = {11};
		uint64_t bits;

		memcpy(&bits, &cases[i].v, 8);
		for (int k = 0; k < 8; k++)
			p[1 + k] = (unsigned char)(bits >> 8 * k);
		assert_string_equal(text_of(&b, p, 9), cases[i].text);
	}
	buf_free(&b);
}

/* Arrays that hold each other by one offset would have no end, or 2^100 elements. */
static void test_hostile(void **state)
{
	unsigned char p[1 + 200 * 10];
	size_t n = 0;
	struct buf b = BUF_INIT;

	(void)state;
	assert_string_equal(TEXT(&b, "\2\1\0\7\0\2\0\0"), "malformed");
	p[n++] = 2;
	for (int i = 0; i < 90; i++) { /* [x, x] with both at the next one */
		unsigned char a[] = {2, 0, 0, 0, 2, 10, 0, 2, 10, 0};
		size_t left = (size_t)(90 - i) * 10;

		a[2] = (unsigned char)left;
		a[3] = (unsigned char)(left >> 8);
		memcpy(p + n, a, sizeof a);
		n += sizeof a;
	}
	p[n - 10] = 0; /* the last one is empty */
	assert_string_equal(text_of(&b, p, n), "malformed");
	/* Every byte of something sound changed to anything. */
	for (size_t i = 0; i < 12; i++)
		for (unsigned v = 0; v < 256; v++) {
			char doc[] = "\0\1\0\x0c\0\x0b\0\1\0\5\7\0k";

			doc[i] = (char)v;
			text_of(&b, doc, sizeof doc - 1);
		}
	buf_free(&b);
}

/* One diff: operation, path, and (unless it removes) a small integer. */
static const char *apply(struct buf *b, const char *before, int operation, const char *path)
{
	struct buf diff = BUF_INIT;
	const char *why;

	buf_addc(&diff, (char)operation);
	buf_addc(&diff, (char)strlen(path));
	buf_adds(&diff, path);
	if (operation != 2)
		buf_add(&diff, "\3\5\x2a\0", 4); /* 42 */
	buf_reset(b);
	why = my_json_apply(b, (struct field){before, strlen(before)}, diff.p, diff.n);
	buf_free(&diff);
	return why ? why : buf_cstr(b);
}

#define MISFIT "is a partial JSON update that does not fit the value before it"
#define BROKEN "is a malformed partial JSON update"
enum { REPLACE, INSERT, REMOVE };

static void test_diffs(void **state)
{
	static const char object[] = "{\"a\": 1, \"b\": [1, \"x, ]\", {\"c\": null}], \"aa\": {}}";
	static const struct {
		const char *before;
		int operation;
		const char *path, *after;
	} cases[] = {
		{object, REPLACE, "$.a", "{\"a\": 42, \"b\": [1, \"x, ]\", {\"c\": null}], \"aa\": {}}"},
		{object, REPLACE, "$.b[1]", "{\"a\": 1, \"b\": [1, 42, {\"c\": null}], \"aa\": {}}"},
		{object, REPLACE, "$.b[last].c", "{\"a\": 1, \"b\": [1, \"x, ]\", {\"c\": 42}], \"aa\": {}}"},
		{object, REPLACE, "$.b[last-2]", "{\"a\": 1, \"b\": [42, \"x, ]\", {\"c\": null}], \"aa\": {}}"},
		{object, REPLACE, "$.c", MISFIT},
		{object, REPLACE, "$.a.b", MISFIT},
		{object, REPLACE, "$[0]", MISFIT},
		{object, INSERT, "$.aa.k", "{\"a\": 1, \"b\": [1, \"x, ]\", {\"c\": null}], \"aa\": {\"k\": 42}}"},
		{object, INSERT, "$.ab", "{\"a\": 1, \"b\": [1, \"x, ]\", {\"c\": null}], \"aa\": {}, \"ab\": 42}"},
		{object, INSERT, "$.aB", "{\"a\": 1, \"b\": [1, \"x, ]\", {\"c\": null}], \"aB\": 42, \"aa\": {}}"},
		{object, INSERT, "$.\"\"", "{\"\": 42, \"a\": 1, \"b\": [1, \"x, ]\", {\"c\": null}], \"aa\": {}}"},
		{object, INSERT, "$.a", MISFIT},
		{object, INSERT, "$.b[0]", "{\"a\": 1, \"b\": [42, 1, \"x, ]\", {\"c\": null}], \"aa\": {}}"},
		{object, INSERT, "$.b[2]", "{\"a\": 1, \"b\": [1, \"x, ]\", 42, {\"c\": null}], \"aa\": {}}"},
		{object, INSERT, "$.b[9]", "{\"a\": 1, \"b\": [1, \"x, ]\", {\"c\": null}, 42], \"aa\": {}}"},
		{object, REMOVE, "$.a", "{\"b\": [1, \"x, ]\", {\"c\": null}], \"aa\": {}}"},
		{object, REMOVE, "$.aa", "{\"a\": 1, \"b\": [1, \"x, ]\", {\"c\": null}]}"},
		{object, REMOVE, "$.b[1]", "{\"a\": 1, \"b\": [1, {\"c\": null}], \"aa\": {}}"},
		{object, REMOVE, "$.b[2].c", "{\"a\": 1, \"b\": [1, \"x, ]\", {}], \"aa\": {}}"},
		{object, REMOVE, "$.b[3]", MISFIT},
		{"[]", INSERT, "$[0]", "[42]"},
		{"[]", INSERT, "$[last]", "[42]"},
		{"[1, 2]", INSERT, "$[last-5]", "[42, 1, 2]"},
		{"{}", INSERT, "$.\"a b\\\"\\u00e4\"", "{\"a b\\\"\303\244\": 42}"},
		{"{\"a\\\\\": 1}", REPLACE, "$.\"a\\\\\"", "{\"a\\\\\": 42}"},
		{"{\"\\u0001\": 1}", REMOVE, "$.\"\\u0001\"", "{}"},
		{"7", REPLACE, "$.a", MISFIT},
		{"{}", INSERT, "$", BROKEN},
		{"{}", INSERT, "a", BROKEN},
		{"{}", INSERT, "$.", BROKEN},
		{"{}", INSERT, "$.\"a", BROKEN},
		{"[]", INSERT, "$[", BROKEN},
		{"[]", INSERT, "$[x]", BROKEN},
		{"[]", 3, "$[0]", BROKEN},
		{"", REPLACE, "$.a", MISFIT},
	};
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(apply(&b, cases[i].before, cases[i].operation, cases[i].path),
				    cases[i].after);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_diffs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
