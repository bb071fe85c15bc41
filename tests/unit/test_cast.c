/* The rules of cast: how they are read, and what they make of single values. */
#include "unit.h"

#include <stdlib.h>

#include "../../load/cast_rules.h"

/* Applies the rule `v=RULE` and expects a result and a value. */
static void check(const char *text, struct field f, enum cast_result want, const char *value,
		  size_t n)
{
	struct err e = ERR_INIT;
	struct cast_why why = {NULL, NULL};
	struct buf to = BUF_INIT;
	struct rule r;
	enum cast_result got;

	assert_int_equal(rule_parse(&r, text, &e), 0);
	got = r.op->apply(&r, &f, &to, &why);
	if (got != want)
		print_message("%s: %d instead of %d\n", text, got, want);
	assert_int_equal(got, want);
	if (want == CAST_UNFIT || want == CAST_BAD) {
		assert_non_null(why.what);
	} else if (!value) {
		assert_null(f.p);
	} else {
		if (f.n != n || memcmp(f.p, value, n))
			print_message("%s: %.*s instead of %s\n", text, (int)f.n, f.p, value);
		assert_int_equal(f.n, n);
		assert_memory_equal(f.p, value, n);
	}
	buf_free(&to);
	rule_free(&r);
}

struct value_test {
	const char *rule, *in;
	enum cast_result result;
	const char *out; /* NULL where there is none */
};

static void check_all(const struct value_test *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* Exactly as long as the text, so that the sanitizer sees what is read beyond. */
		size_t length = strlen(t[i].in);
		char *in = malloc(length ? length : 1);

		memcpy(in, t[i].in, length);
		check(t[i].rule, (struct field){in, length}, t[i].result, t[i].out,
		      t[i].out ? strlen(t[i].out) : 0);
		free(in);
	}
}

static void test_numbers(void **state)
{
	static const struct value_test t[] = {
		{"v=boolean", "1", CAST_CHANGED, "t"},
		{"v=boolean", "t", CAST_SAME, "t"},
		{"v=boolean", "nO", CAST_CHANGED, "f"},
		{"v=boolean", "", CAST_UNFIT, NULL},
		{"v=boolean", "10", CAST_UNFIT, NULL},
		{"v=integer", "f", CAST_CHANGED, "0"},
		{"v=integer", "-0", CAST_SAME, "-0"},
		{"v=integer", "-", CAST_UNFIT, NULL},
		{"v=integer", "", CAST_UNFIT, NULL},
		{"v=scale:2", "1.00", CAST_SAME, "1.00"},
		{"v=scale:2", "1.0000", CAST_CHANGED, "1.00"},
		{"v=scale:2", "0.005", CAST_LOSS, "0.01"},
		{"v=scale:2", "-0.005", CAST_LOSS, "-0.01"},
		{"v=scale:2", "-0.0049", CAST_LOSS, "0.00"},
		{"v=scale:2", "999.999", CAST_LOSS, "1000.00"},
		{"v=scale:2", "-999.999", CAST_LOSS, "-1000.00"},
		{"v=scale:2", "00012.3", CAST_CHANGED, "12.30"},
		{"v=scale:2", "1.25e-1", CAST_LOSS, "0.13"},
		{"v=scale:2", "0.00125e3", CAST_CHANGED, "1.25"},
		{"v=scale:2", "5e-1000000000", CAST_LOSS, "0.00"},
		{"v=scale:2", "0e1000000000", CAST_CHANGED, "0.00"},
		{"v=scale:2", "1e1000000000", CAST_BAD, NULL},
		{"v=scale:0", "0.5", CAST_LOSS, "1"},
		{"v=scale:0", "9.5", CAST_LOSS, "10"},
		{"v=scale:0", "-0", CAST_CHANGED, "0"},
		{"v=scale:0", "0.00125e5", CAST_CHANGED, "125"},
		{"v=scale:3", "NaN", CAST_SAME, "NaN"},
		{"v=scale:3", "1,5", CAST_UNFIT, NULL},
		{"v=scale:3", "", CAST_UNFIT, NULL},
	};

	(void)state;
	check_all(t, COUNT(t));
}

static void test_times(void **state)
{
	static const struct value_test t[] = {
		{"v=zero-date:null", "0000-00-00", CAST_LOSS, NULL},
		{"v=zero-date:null", "2024-00-01", CAST_LOSS, NULL},
		{"v=zero-date:null", "2024-01-00 00:00:00.5", CAST_LOSS, NULL},
		{"v=zero-date:null", "2024-02-30", CAST_SAME, "2024-02-30"},
		{"v=zero-date:null", "0000-00-0", CAST_SAME, "0000-00-0"},
		{"v=zero-date:epoch", "0000-00-00 00:00:00+00", CAST_LOSS, "1970-01-01 00:00:00+00"},
		{"v=zero-date:error", "0000-00-00", CAST_BAD, NULL},
		{"v=tz:Europe/Paris", "2024-01-01 00:30:00", CAST_CHANGED, "2023-12-31 23:30:00+00"},
		{"v=tz:Europe/Paris", "1970-01-01 01:00:00.000001", CAST_CHANGED,
		 "1970-01-01 00:00:00.000001+00"},
		{"v=tz:Europe/Paris", "1950-01-01 00:00:00.1", CAST_CHANGED,
		 "1949-12-31 23:00:00.1+00"},
		{"v=tz:Europe/Paris", "0001-01-01 00:00:00", CAST_CHANGED,
		 "0001-12-31 23:50:39+00 BC"},
		{"v=tz:Europe/Paris", "10000-01-01 00:00:00", CAST_CHANGED,
		 "9999-12-31 23:00:00+00"},
		{"v=tz:Europe/Paris", "2024-10-27 02:00:00", CAST_BAD, NULL},
		{"v=tz:Europe/Paris", "2024-10-27 01:59:59.999999", CAST_CHANGED,
		 "2024-10-26 23:59:59.999999+00"},
		{"v=tz:Europe/Paris", "2024-03-31 03:00:00", CAST_CHANGED, "2024-03-31 01:00:00+00"},
		{"v=tz:Europe/Paris", "2024-03-31 02:00:00", CAST_BAD, NULL},
		{"v=tz:Pacific/Apia", "2011-12-30 12:00:00", CAST_BAD, NULL},
		{"v=tz:Pacific/Apia:first", "2011-12-30 12:00:00", CAST_LOSS,
		 "2011-12-30 22:00:00+00"},
		{"v=tz:Pacific/Apia:second", "2011-12-30 12:00:00", CAST_LOSS,
		 "2011-12-29 22:00:00+00"},
		{"v=tz:UTC", "-infinity", CAST_SAME, "-infinity"},
		{"v=tz:UTC", "2024-01-01 00:00:00Z", CAST_UNFIT, NULL},
		{"v=tz:UTC", "", CAST_UNFIT, NULL},
		{"v=to-tz:Europe/Paris", "2024-02-28 23:30:00.25+00", CAST_CHANGED,
		 "2024-02-29 00:30:00.25"},
		{"v=to-tz:Europe/Paris", "2024-10-27 00:00:00+00", CAST_LOSS, "2024-10-27 02:00:00"},
		{"v=to-tz:Europe/Paris", "2024-10-26 23:59:59+00", CAST_CHANGED,
		 "2024-10-27 01:59:59"},
		{"*=to-tz:Europe/Paris", "2024-10-27 00:00:00", CAST_UNFIT, NULL},
	};

	(void)state;
	check_all(t, COUNT(t));
}

static void test_texts(void **state)
{
	static const struct value_test t[] = {
		{"v=truncate:0", "x", CAST_LOSS, ""},
		{"v=truncate:2", "", CAST_SAME, ""},
		{"v=truncate:2", "\xf0\x9f\x98\x80\xc3\xa9x", CAST_LOSS, "\xf0\x9f\x98\x80\xc3\xa9"},
		{"v=truncate:3", "\xf0\x9f\x98\x80\xc3\xa9x", CAST_SAME, "\xf0\x9f\x98\x80\xc3\xa9x"},
		{"v=truncate:1", "\xff\xff", CAST_UNFIT, NULL},
		{"v=trim", "   ", CAST_LOSS, ""},
		{"v=trim", "\ta ", CAST_LOSS, "\ta"},
		{"v=null:", "", CAST_CHANGED, NULL},
		{"v=null:", " ", CAST_SAME, " "},
		{"v=encoding:latin1", "\xc3\x83\xc2\xa9", CAST_LOSS, "\xc3\xa9"},
		{"v=encoding:latin1", "\xc3\xa9", CAST_SAME, "\xc3\xa9"},
		{"v=encoding:latin1", "\xc3\xb0\xc5\xb8\xcb\x9c\xe2\x82\xac", CAST_LOSS,
		 "\xf0\x9f\x98\x80"},
		{"v=encoding:latin1", "\xf0\x9f\x98\x80", CAST_SAME, "\xf0\x9f\x98\x80"},
		{"v=encoding:latin1", "\xff", CAST_SAME, "\xff"},
		{"v=encoding:latin1", "", CAST_SAME, ""},
	};

	(void)state;
	check_all(t, COUNT(t));
	check("v=nul:strip", (struct field){"\0", 1}, CAST_LOSS, "", 0);
	check("v=nul:strip", (struct field){"a\0\0b\0", 5}, CAST_LOSS, "ab", 2);
	check("v=nul:replace:", (struct field){"\0b", 2}, CAST_LOSS, "b", 1);
	check("v=nul:replace:a:b", (struct field){"\0b", 2}, CAST_LOSS, "a:bb", 4);
	check("v=nul:error", (struct field){"\0b", 2}, CAST_BAD, NULL, 0);
	check("v=default:", (struct field){NULL, 0}, CAST_CHANGED, "", 0);
}

static void test_containers(void **state)
{
	static const struct value_test t[] = {
		{"v=uuid", "\\xffffffffffffffffffffffffffffffff", CAST_CHANGED,
		 "ffffffff-ffff-ffff-ffff-ffffffffffff"},
		{"v=uuid", "ffffffff-ffff-ffff-ffff-ffffffffffff", CAST_SAME,
		 "ffffffff-ffff-ffff-ffff-ffffffffffff"},
		{"v=uuid", "\\x", CAST_UNFIT, NULL},
		{"v=uuid", "", CAST_UNFIT, NULL},
		{"v=bytes", "", CAST_UNFIT, NULL},
		{"v=bytes", "\\x00", CAST_UNFIT, NULL},
		{"v=array", "", CAST_CHANGED, "{}"},
		{"v=array", ",", CAST_CHANGED, "{\"\",\"\"}"},
		{"v=array", "nUlL", CAST_CHANGED, "{\"nUlL\"}"},
		{"v=array", "[\"\\\\\\\"\\/\\b\"]", CAST_CHANGED, "{\"\\\\\\\"/\b\"}"},
		{"v=array", "[ true , null,-1.0e5 ]", CAST_CHANGED, "{true,NULL,-1.0e5}"},
		{"v=array", "[\"{[\"]", CAST_CHANGED, "{\"{[\"}"},
		{"v=array", "[\"\\ud83d\\ude00\"]", CAST_CHANGED, "{\xf0\x9f\x98\x80}"},
		{"v=array", "[\"\\ud83d\"]", CAST_UNFIT, NULL},
		{"v=array", "[\"\\ud83d\\u0041\"]", CAST_UNFIT, NULL},
		{"v=array", "[\"\\ude00\\ud83d\"]", CAST_UNFIT, NULL},
		{"v=array", "[\"\\u0000\"]", CAST_UNFIT, NULL},
		{"v=array", "[{}]", CAST_UNFIT, NULL},
		{"v=array", "[\"\\", CAST_CHANGED, "{\"[\\\"\\\\\"}"},
		{"v=set", "{}", CAST_CHANGED, ""},
		{"v=set", " {}", CAST_UNFIT, NULL},
		{"v=set", "{ a , \"b\" ,c\\ }", CAST_CHANGED, "a,b,c "},
		{"v=set", "{\"\\\"\"}", CAST_CHANGED, "\""},
		{"v=set", "{\"null\"}", CAST_CHANGED, "null"},
		{"v=set", "{null}", CAST_UNFIT, NULL},
		{"v=set", "{\"\"}", CAST_UNFIT, NULL},
		{"v=set", "{,}", CAST_UNFIT, NULL},
		{"v=set", "{a,}", CAST_UNFIT, NULL},
		{"v=set", "{a}b", CAST_UNFIT, NULL},
		{"v=set", "{a\\", CAST_UNFIT, NULL},
		{"v=set", "{\"a\\", CAST_UNFIT, NULL},
		{"v=set", "{\"a", CAST_UNFIT, NULL},
		{"v=set", "{", CAST_UNFIT, NULL},
		{"v=set", "", CAST_UNFIT, NULL},
	};

	(void)state;
	check_all(t, COUNT(t));
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		enum rule_kind kind;
		const char *column, *to;
	} t[] = {
		{"a=trim", RULE_VALUE, "a", NULL},
		{"*=trim", RULE_VALUE, NULL, NULL},
		{"\"*\"=trim", RULE_VALUE, "*", NULL},
		{"a-b=trim", RULE_VALUE, "a-b", NULL},
		{"a=null:x->y", RULE_VALUE, "a", NULL},
		{"`a=b`=trim", RULE_VALUE, "a=b", NULL},
		{"-a", RULE_DROP, "a", NULL},
		{"-\"->\"", RULE_DROP, "->", NULL},
		{"a->b", RULE_RENAME, "a", "b"},
		{"a-->b", RULE_RENAME, "a-", "b"},
		{"a\xe2\x86\x92" "b c", RULE_RENAME, "a", "b c"},
		{"a->\"b=\"\"c\"", RULE_RENAME, "a", "b=\"c"},
		{"+a=''", RULE_ADD, "a", ""},
		{"+a='it''s'", RULE_ADD, "a", "it's"},
		{"+a=NULL", RULE_ADD, "a", NULL},
		{"+a=1e5", RULE_ADD, "a", "1e5"},
		{"+a=false", RULE_ADD, "a", "f"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		struct err e = ERR_INIT;
		struct rule r;

		assert_int_equal(rule_parse(&r, t[i].text, &e), 0);
		assert_int_equal(r.kind, t[i].kind);
		if (t[i].column)
			assert_string_equal(r.column, t[i].column);
		else
			assert_null(r.column);
		if (t[i].to)
			assert_string_equal(r.to, t[i].to);
		else
			assert_null(r.to);
		rule_free(&r);
	}
}

static void test_parse_errors(void **state)
{
	static const char *const bad[] = {
		"", "a", "=trim", "a=", "a=x", "*", "*=boolean", "a=trim:", "a=scale:", "a=scale:16384",
		"a=tz:Europe/Paris:", "a=tz:Mars/Base", "\"a", "\"a\"b=trim", "-", "-a=trim", "-a->b",
		"->", "->a", "a->", "a->b=trim", "+", "+a", "+a=", "+a='", "+a='x'y", "+a=x",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct err e = ERR_INIT;
		struct rule r;

		if (rule_parse(&r, bad[i], &e) != -1)
			fail_msg("%s is taken", bad[i]);
		assert_int_equal(e.status, EXIT_BAD);
		assert_non_null(e.msg);
		err_clear(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	    cmocka_unit_test(test_times),
		cmocka_unit_test(test_texts),	    cmocka_unit_test(test_containers),
		cmocka_unit_test(test_parse),	    cmocka_unit_test(test_parse_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
