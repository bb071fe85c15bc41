/* Database URLs: their parts, and that no password is ever shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "url.h"

static void same(const char *got, const char *want)
{
	if (want && got)
		assert_string_equal(got, want);
	else
		assert_true(want == got);
}

static const struct {
	const char *url, *user, *password, *host, *database;
	unsigned port;
	const char *masked, *argv;
} mysql[] = {
	{"mysql://", NULL, NULL, NULL, NULL, 0, "mysql://", "mysql://"},
	{"mysql://h", NULL, NULL, "h", NULL, 0, "mysql://h", "mysql://h"},
	{"mariadb://u@h:3306/shop", "u", NULL, "h", "shop", 3306,
	 "mariadb://u@h:3306/shop", "mariadb://u@h:3306/shop"},
	{"mysql://u:secret@h/d", "u", "secret", "h", "d", 0, "mysql://u:***@h/d", "mysql://u:xxx@h/d"},
	{"mysql://u:s@h/d", "u", "s", "h", "d", 0, "mysql://u:***@h/d", "mysql://u:x@h/d"},
	{"mysql://u:@h/d", "u", "", "h", "d", 0, "mysql://u:***@h/d", "mysql://u:@h/d"},
	{"mysql://u:p%40%3a%2F%25@h/a%20b", "u", "p@:/%", "h", "a b", 0,
	 "mysql://u:***@h/a%20b", "mysql://u:xxx@h/a%20b"},
	{"mysql://u:a@b:c@h/d", "u", "a@b:c", "h", "d", 0, "mysql://u:***@h/d", "mysql://u:xxx@h/d"},
	{"mysql://%75:pass@[::1]:65535/", "u", "pass", "::1", NULL, 65535,
	 "mysql://%75:***@[::1]:65535/", "mysql://%75:xxx@[::1]:65535/"},
	{"mysql://u:pass@[fe80::1]", "u", "pass", "fe80::1", NULL, 0,
	 "mysql://u:***@[fe80::1]", "mysql://u:xxx@[fe80::1]"},
	{"mysql://u@/d?socket=/run/m.sock", "u", NULL, NULL, "d", 0,
	 "mysql://u@/d?socket=/run/m.sock", "mysql://u@/d?socket=/run/m.sock"},
	{"mysql://u@h:/d", "u", NULL, "h", "d", 0, "mysql://u@h:/d", "mysql://u@h:/d"},
	{"mysql://h/d?p%61ssword=topsecret&x=1", NULL, NULL, "h", "d", 0,
	 "mysql://h/d?p%61ssword=***&x=1", "mysql://h/d?p%61ssword=xxx&x=1"},
};

static void test_mysql(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mysql / sizeof *mysql; i++) {
		struct err e = ERR_INIT;
		char *arg = xstrdup(mysql[i].url);
		struct url *u = url_parse(arg, &e);

		assert_non_null(u);
		assert_int_equal(u->engine, ENGINE_MYSQL);
		same(u->text, mysql[i].url);
		same(u->masked, mysql[i].masked);
		same(u->user, mysql[i].user);
		same(u->password, mysql[i].password);
		same(u->host, mysql[i].host);
		same(u->database, mysql[i].database);
		assert_int_equal(u->port, mysql[i].port);
		same(arg, mysql[i].argv);
		url_free(u);
		free(arg);
	}
}

static const struct {
	const char *url, *text, *masked, *argv;
} postgres[] = {
	{"postgres://", "postgres://", "postgres://", "postgres://"},
	{"postgresql:///db?host=/run&service=x", "postgresql:///db?host=/run&service=x",
	 "postgresql:///db?host=/run&service=x", "postgresql:///db?host=/run&service=x"},
	{"postgres://u:secret@a:1,[::1]:2,c/db", "postgres://u:secret@a:1,[::1]:2,c/db",
	 "postgres://u:***@a:1,[::1]:2,c/db", "postgres://u:xxx@a:1,[::1]:2,c/db"},
	{"postgres://u:se@cr@h/db", "postgres://u:se%40cr@h/db", "postgres://u:***@h/db",
	 "postgres://u:xxx@h/db"},
	{"postgres://u:one@h/db?password=two2&sslpassword=three&a=b",
	 "postgres://u:one@h/db?password=two2&sslpassword=three&a=b",
	 "postgres://u:***@h/db?password=***&sslpassword=***&a=b",
	 "postgres://u:xxx@h/db?password=xxx&sslpassword=xxx&a=b"},
	{"postgres://%2Frun%2Fpg/db", "postgres://%2Frun%2Fpg/db", "postgres://%2Frun%2Fpg/db",
	 "postgres://%2Frun%2Fpg/db"},
};

static void test_postgres(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof postgres / sizeof *postgres; i++) {
		struct err e = ERR_INIT;
		char *arg = xstrdup(postgres[i].url);
		struct url *u = url_parse(arg, &e);

		assert_non_null(u);
		assert_int_equal(u->engine, ENGINE_POSTGRES);
		same(u->text, postgres[i].text);
		same(u->masked, postgres[i].masked);
		same(arg, postgres[i].argv);
		url_free(u);
		free(arg);
	}
}

/* Every message is free of the password, "sesame". */
static void test_refused(void **state)
{
	static const char *const bad[] = {
		"", "users", "sesame@h", "host=h password=sesame", "dbname=x://sesame",
		"oracle://u:sesame@h", "Mysql://u:sesame@h", "mysql:/u:sesame@h", "://u:sesame@h",
		"mysql://u:sesame/x@h/d", "postgres://u:sesame/x@h/d", "postgres://u:1/sesame@h/d",
		"mysql://u:1/sesame@h", "mysql://u:sesame?x@h/d", "postgres://u:sesame?x@h/d",
		"mysql://u:sesame%@h", "mysql://u:sesame%4@h", "mysql://u:sesame%g0@h",
		"postgres://u:sesame%zz@h", "postgres://u:sesame%00@h", "mysql://u:sesame%00@h",
		"mysql://u:sesame@h:0", "mysql://u:sesame@h:65536", "mysql://u:sesame@h:-1",
		"mysql://u:sesame@h:99999999999999999999", "mysql://u:sesame@h:1x", "mysql://u@h:sesame",
		"postgres://u@h:sesame/d", "postgres://u@a:1,h:sesame/d", "mysql://u:sesame@[::1",
		"mysql://u:sesame@[::1]x", "mysql://u:sesame@h/a/b", "mysql://h/d?sesame",
		"postgres://h/d?password=se=same", "mysql://h/d?a=b&&password=sesame",
		"mysql://h/d?password=sesame%", "postgres://h/%",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = ERR_INIT;
		char *arg = xstrdup(bad[i]);

		if (url_parse(arg, &e))
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(e.status, EXIT_BAD);
		assert_non_null(e.hint);
		assert_null(strstr(e.msg, "sesame"));
		assert_null(strstr(e.hint, "sesame"));
		assert_null(strstr(arg, "sesame"));
		err_clear(&e);
		free(arg);
	}
}

static void test_params(void **state)
{
	char arg[] = "mysql://h/d?ssl-mode=VERIFY_CA&ssl-ca=%2Ftmp%2Fa%26b&empty=";
	struct err e = ERR_INIT;
	struct url *u = url_parse(arg, &e);

	(void)state;
	assert_non_null(u);
	assert_int_equal(u->nparams, 3);
	same(url_param(u, "ssl-mode"), "VERIFY_CA");
	same(url_param(u, "ssl-ca"), "/tmp/a&b");
	same(url_param(u, "empty"), "");
	same(url_param(u, "socket"), NULL);
	url_free(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mysql),
		cmocka_unit_test(test_postgres),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_params),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
