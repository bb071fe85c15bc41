#include "unit.h"

#include "value.h"

static void check_text(const char *p, size_t n, bool nul, enum value_status status, size_t want)
{
	size_t chars = 0;

	assert_int_equal(value_text(p, n, nul, &chars), status);
	if (status == VALUE_OK)
		assert_int_equal(chars, want);
}

static void test_text(void **state)
{
	(void)state;
	check_text("", 0, false, VALUE_OK, 0);
	check_text("abc", 3, false, VALUE_OK, 3);
	check_text("a\0c", 3, false, VALUE_NUL, 0);
	check_text("a\0c", 3, true, VALUE_OK, 3);
	check_text("h\xc3\xa9llo w\xc3\xb6rld", 13, false, VALUE_OK, 11);
	check_text("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80", 8, false, VALUE_OK, 4);
	check_text("\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", 9, false, VALUE_OK, 3);
	check_text("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8, false, VALUE_OK, 2);
}

static void test_bad_utf8(void **state)
{
	static const char *const bad[] = {
		"\x80",		    "\xbf",	    "\xc0\x80",	       "\xc1\xbf",
		"\xc3",		    "\xc3(",	    "\xe0\x9f\xbf",    "\xe2\x82",
		"\xe2(\xa1",	    "\xe2\x82(",    "\xed\xa0\x80",    "\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xf0\x9f(\x80",    "\xfe",	    "\xff",
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		size_t n = strlen(bad[i]);

		/* At every place beside the words of ASCII. */
		for (size_t at = 0; at + n <= sizeof text; at++) {
			memset(text, 'x', sizeof text);
			memcpy(text + at, bad[i], n);
			check_text(text, sizeof text, false, VALUE_UTF8, 0);
			check_text(text, at + n, false, VALUE_UTF8, 0);
		}
	}
}

static void test_nul_anywhere(void **state)
{
	char text[80];

	(void)state;
	for (size_t n = 1; n <= sizeof text; n++)
		for (size_t at = 0; at < n; at++) {
			memset(text, '\x01', sizeof text);
			text[at] = '\0';
			check_text(text, n, false, VALUE_NUL, 0);
			check_text(text, n, true, VALUE_OK, n);
			text[at] = '\x7f';
			check_text(text, n, false, VALUE_OK, n);
		}
}

static void test_hex(void **state)
{
	static const char *const wrong[] = {"", "\\", "00", "\\x0", "\\xg0", "\\x0g", "\\x0 ",
					    "x00"};
	struct buf b = BUF_INIT;

	(void)state;
	value_add_hex(&b, "\x00\xff\x5c", 3);
	assert_buf(&b, "\\x00ff5c");
	value_add_hex(&b, "", 0);
	assert_buf(&b, "\\x");
	assert_int_equal(value_add_unhex(&b, "\\x00fF5C", 8), VALUE_OK);
	assert_int_equal(b.n, 3);
	assert_memory_equal(b.p, "\x00\xff\x5c", 3);
	buf_reset(&b);
	assert_int_equal(value_add_unhex(&b, "\\x", 2), VALUE_OK);
	assert_int_equal(b.n, 0);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_int_equal(value_add_unhex(&b, wrong[i], strlen(wrong[i])), VALUE_SYNTAX);
		assert_int_equal(b.n, 0);
	}
	buf_free(&b);
}

static void test_bits(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(value_add_bits(&b, "1010000011", 10), VALUE_OK);
	assert_int_equal(b.n, 2);
	assert_memory_equal(b.p, "\xa0\xc0", 2);
	assert_int_equal(value_add_bits(&b, "", 0), VALUE_OK);
	assert_int_equal(b.n, 2);
	assert_int_equal(value_add_bits(&b, "102", 3), VALUE_SYNTAX);
	assert_int_equal(b.n, 2);
	buf_free(&b);
}

static void test_uuid(void **state)
{
	static const char *const good[] = {
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",	  "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
		"a0eebc999c0b4ef8bb6d6bb9bd380a11",	  "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}",
		"a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
	};
	static const char *const wrong[] = {
		"",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g",
		"a-0eebc999c0b4ef8bb6d6bb9bd380a11",
		"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
		"-a0eebc999c0b4ef8bb6d6bb9bd380a11",
	};
	unsigned char out[16];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(value_uuid(good[i], strlen(good[i]), out), VALUE_OK);
		assert_memory_equal(out,
				    "\xa0\xee\xbc\x99\x9c\x0b\x4e\xf8\xbb\x6d\x6b\xb9\xbd\x38\x0a"
				    "\x11", 16);
	}
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(value_uuid(wrong[i], strlen(wrong[i]), out), VALUE_SYNTAX);
}

static void test_quoted(void **state)
{
	struct buf b = BUF_INIT;
	char long_text[100];

	(void)state;
	value_add_quoted(&b, "a\tb\x01\xff\xc2\x9b\xc3\xa9", 9);
	assert_buf(&b, "a\\x09b\\x01\\xff\\xc2\\x9b\xc3\xa9");
	memset(long_text, 'a', sizeof long_text);
	value_add_quoted(&b, long_text, 60);
	assert_int_equal(b.n, 60);
	buf_reset(&b);
	value_add_quoted(&b, long_text, 61);
	assert_int_equal(b.n, 63);
	assert_memory_equal(b.p + 60, "…", 3);
	buf_reset(&b);
	value_add_quoted(&b, "", 0);
	assert_buf(&b, "");
	buf_free(&b);
}

static void test_status_text(void **state)
{
	(void)state;
	for (int s = VALUE_OK; s <= VALUE_UTF8; s++)
		assert_true(strlen(value_status_text((enum value_status)s)) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),  cmocka_unit_test(test_bad_utf8),
		cmocka_unit_test(test_nul_anywhere), cmocka_unit_test(test_hex),
		cmocka_unit_test(test_bits),  cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_quoted), cmocka_unit_test(test_status_text),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
