/* Sets of global transaction ids. */
#include "../../cdcapply/gtid.h"
#include "unit.h"

static void mariadb(void **state)
{
	(void)state;
	assert_int_equal(gtid_contains("0-1-55", "0-1-55"), 1);
	assert_int_equal(gtid_contains("0-1-55", "0-2-54"), 1);
	assert_int_equal(gtid_contains("0-1-55", "0-1-56"), 0);
	assert_int_equal(gtid_contains("0-1-55,7-3-9", "7-1-9,0-1-1"), 1);
	assert_int_equal(gtid_contains("0-1-55", "7-1-9"), 0);
	assert_int_equal(gtid_contains("", "0-1-1"), 0);
	assert_int_equal(gtid_contains("0-1-55", "0-1"), -1);
}

#define A "3e11fa47-71ca-11e1-9e33-c80aa9429562"
#define B "4E11FA47-71CA-11E1-9E33-C80AA9429562"
#define B_LOW "4e11fa47-71ca-11e1-9e33-c80aa9429562"

static void mysql(void **state)
{
	(void)state;
	assert_int_equal(gtid_contains(A ":1-5", A ":5"), 1);
	assert_int_equal(gtid_contains(A ":1-5", A ":6"), 0);
	assert_int_equal(gtid_contains(A ":1-5:7-9", A ":2-4:8"), 1);
	assert_int_equal(gtid_contains(A ":1-5:7-9", A ":4-8"), 0);
	assert_int_equal(gtid_contains(A ":1-5,\n" B ":1-3", B_LOW ":3"), 1);
	assert_int_equal(gtid_contains(A ":1-5", B ":1"), 0);
	assert_int_equal(gtid_contains(A ":tag:1-5", A ":tag:3"), 1);
	assert_int_equal(gtid_contains(A ":tag:1-5", A ":3"), 0);
	assert_int_equal(gtid_contains("0-1-55", A ":1"), -1);
	assert_int_equal(gtid_contains(A ":1-5", A), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mariadb),
		cmocka_unit_test(mysql),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
