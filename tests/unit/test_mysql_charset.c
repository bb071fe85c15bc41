/* Text of MySQL's character sets in UTF-8. */
#include "unit.h"

#include "mysql_charset.h"

#define BAD "bad"

static const struct {
	const char *charset, *text, *utf8; /* utf8 BAD: no text of the character set */
} cases[] = {
	{"ascii", "abc", "abc"},
	{"ascii", "\xc3\xa4", "\303\244"},
	{"utf8", "\xc3\xa4", "\303\244"},
	{"utf8mb4", "\xf0\x9f\x98\x80", "\360\237\230\200"},
	{"utf8mb4", "\xff", BAD},
	{"utf8mb4", "\xed\xa0\x80", BAD},
	{"latin1", "\x80\x81\xe4", "\342\202\254\302\201\303\244"}, /* cp1252, holes are C1 */
	{"latin2", "\xb1", "\304\205"},
	{"cp1250", "\x8a\x81", BAD},
	{"cp1251", "\xc0\xff", "\320\220\321\217"},
	{"swe7", "[\\]a", "\303\204\303\226\303\205a"},
	{"swe7", "\x80", BAD},
	{"greek", "\xe1", "\316\261"},
	{"gbk", "a\xc4\xe3", "a\344\275\240"},
	{"gbk", "a\xc4", BAD},
	{"gb18030", "\x81\x30\x81\x30", "\302\200"},
	{"sjis", "\x93\xfa\\~\x81\x5f\xb1", "\346\227\245\\~\\\357\275\261"},
	{"cp932", "\x81\x60", "\357\275\236"},
	{"ujis", "\xc6\xfc\x8e\xb1\xa1\xc0\xf5\xa2\x8f\xa2\xb7", 
	 "\346\227\245\357\275\261\\\356\200\201~"},
	{"ujis", "\xc6", BAD},
	{"big5", "\xa4\xa4" "a\xa1\x45\xc6\xa6\xa2\x47", "\344\270\255a\342\200\242\343\201\202\302\243"},
	{"big5", "\xc7\x40", "\343\202\250"},
	{"euckr", "\x81\x41", "\352\260\202"},
};

static void test_text(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct my_charset *cs = my_charset_named(cases[i].charset);
		const char *text = cases[i].text, *why;

		assert_non_null(cs);
		buf_adds(&b, "kept");
		why = my_charset_add(&b, cs, text, strlen(text));
		if (!strcmp(cases[i].utf8, BAD))
			assert_non_null(why);
		else
			buf_adds(&b, why ? why : "");
		assert_memory_equal(b.p, "kept", 4);
		memmove(b.p, b.p + 4, b.n -= 4);
		assert_buf(&b, why ? "" : cases[i].utf8);
	}
	buf_free(&b);
}

static void test_wide(void **state)
{
	static const struct {
		const char *charset, *text;
		size_t n;
		const char *utf8;
	} wide[] = {
		{"ucs2", "\0a\0\xe4", 4, "a\303\244"},
		{"utf16", "\0a\xd8\x3d\xde\0", 6, "a\360\237\230\200"},
		{"utf16le", "a\0\x3d\xd8\0\xde", 6, "a\360\237\230\200"},
		{"utf32", "\0\1\xf6\0", 4, "\360\237\230\200"},
	};
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(wide); i++) {
		const struct my_charset *cs = my_charset_named(wide[i].charset);

		assert_null(my_charset_add(&b, cs, wide[i].text, wide[i].n));
		assert_buf(&b, wide[i].utf8);
		assert_non_null(my_charset_add(&b, cs, wide[i].text, wide[i].n - 1));
		assert_int_equal(b.n, 0);
	}
	buf_free(&b);
}

static void test_collations(void **state)
{
	static const struct {
		unsigned id;
		const char *charset;
	} known[] = {
		{8, "latin1"}, {28, "gbk"}, {33, "utf8mb3"}, {45, "utf8mb4"}, {63, "binary"},
		{76, "utf8mb3"}, {83, "utf8mb3"}, {101, "utf16"}, {151, "ucs2"}, {224, "utf8mb4"},
		{249, "gb18030"}, {255, "utf8mb4"}, {323, "utf8mb4"}, {1069, "utf8mb4"},
		{1032, "latin1"}, {2048, "utf8mb3"}, {2304, "utf8mb4"}, {2503, "utf8mb4"},
		{2560, "ucs2"}, {2816, "utf16"}, {3271, "utf32"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		assert_non_null(my_charset_of_collation(known[i].id, true));
		assert_string_equal(my_charset_of_collation(known[i].id, true)->name, known[i].charset);
	}
	assert_null(my_charset_of_collation(0, true));
	assert_null(my_charset_of_collation(17, true));
	assert_null(my_charset_of_collation(500, true));
	assert_null(my_charset_of_collation(UINT64_MAX, true));
	assert_null(my_charset_of_collation(1032, false)); /* there, users' own */
	assert_null(my_charset_named("utf9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_collations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
