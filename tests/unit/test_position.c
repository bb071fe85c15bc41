/* Positions of change streams. */
#include "unit.h"

#include "position.h"

static const char *form(const char *text)
{
	static struct buf b;
	struct position p;
	struct err e = ERR_INIT;

	buf_reset(&b);
	if (position_parse(&p, text, strlen(text), &e) < 0) {
		assert_int_equal(e.status, EXIT_BAD);
		buf_addf(&b, "%s", strstr(e.msg, "is no position: ") + 16);
		err_clear(&e);
	} else {
		position_add(&b, &p);
		position_free(&p);
	}
	return buf_cstr(&b);
}

static void test_forms(void **state)
{
	static const char *const same[] = {
		"{\"connector\":\"mysql\",\"file\":\"binlog.000002\",\"pos\":1234,\"gtid\":\"0-1-55\"}",
		"{\"connector\":\"mysql\",\"file\":\"b\\\"x.000002\",\"pos\":4,\"gtid\":null}",
		"{\"connector\":\"mysql\",\"file\":null,\"pos\":null,\"gtid\":\"0-1-55\"}",
		"{\"connector\":\"mysql\",\"file\":\"b.000002\",\"pos\":4,\"gtid\":null,"
		"\"prepared\":\"b.000001:99\"}",
		"{\"connector\":\"postgresql\",\"lsn\":\"FFFFFFFF/16B3748\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_string_equal(form(same[i]), same[i]);
	assert_string_equal(form(" 0/16b3748\n"), "{\"connector\":\"postgresql\",\"lsn\":\"0/16B3748\"}");
	assert_string_equal(form("bin:log.1:9223372036854775808"),
			    "{\"connector\":\"mysql\",\"file\":\"bin:log.1\","
			    "\"pos\":9223372036854775808,\"gtid\":null}");
	assert_string_equal(form("gtid:0-1-5,1-2-3"),
			    "{\"connector\":\"mysql\",\"file\":null,\"pos\":null,\"gtid\":\"0-1-5,1-2-3\"}");
}

static void test_refusals(void **state)
{
	(void)state;
	assert_string_equal(form(""), "it has none of their forms");
	assert_string_equal(form("0/123456789"), "it has none of their forms");
	assert_string_equal(form("binlog.000001:"), "it has none of their forms");
	assert_string_equal(form("binlog.000001:99999999999999999999"), "it has none of their forms");
	assert_string_equal(form("{\"connector\":\"mysql\"}"), "it has neither \"file\" nor \"gtid\"");
	assert_string_equal(form("{\"connector\":\"mysql\",\"file\":\"a.1\",\"pos\":-1}"),
			    "its \"pos\" is not a whole number");
	assert_string_equal(form("{\"connector\":\"mysql\",\"file\":\"a.1\",\"pos\":1,"
				 "\"prepared\":\"4\"}"), "its \"prepared\" is not FILE:POS");
	assert_string_equal(form("{\"connector\":\"postgresql\",\"lsn\":12}"), "its \"lsn\" is not an LSN");
	assert_string_equal(form("{}"), "its \"connector\" is neither mysql nor postgresql");
}

/* -1, 0, 1, or 9 for two that cannot be compared. */
static int order(const char *a, const char *b)
{
	struct position p, q;
	struct err e = ERR_INIT;
	int result;

	assert_int_equal(position_parse(&p, a, strlen(a), &e), 0);
	assert_int_equal(position_parse(&q, b, strlen(b), &e), 0);
	result = position_comparable(&p, &q) ? position_compare(&p, &q) : 9;
	position_free(&p);
	position_free(&q);
	return result;
}

static void test_order(void **state)
{
	(void)state;
	assert_int_equal(order("binlog.000009:500", "binlog.000010:4"), -1);
	assert_int_equal(order("binlog.1000000:4", "binlog.999999:500"), 1);
	assert_int_equal(order("binlog.000009:500", "binlog.000009:500"), 0);
	assert_int_equal(order("binlog.000009:500", "other.000009:500"), 9);
	assert_int_equal(order("binlog.000009:500", "0/5"), 9);
	assert_int_equal(order("gtid:0-1-5", "binlog.000009:500"), 9);
	assert_int_equal(order("0/FFFFFFFF", "1/0"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
