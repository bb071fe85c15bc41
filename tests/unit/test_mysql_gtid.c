/* Sets of global transaction ids. */
#include "unit.h"

#include "mysql_gtid.h"

#define A "11111111-aaaa-11e1-9e33-c80aa9429562"
#define B "22222222-bbbb-11e1-9e33-c80aa9429562"

/* The text that a set's text becomes; "refused" if it is none. */
static const char *form(bool mariadb, const char *text)
{
	static struct buf b;
	struct gtid_set s;
	struct err e = ERR_INIT;

	buf_reset(&b);
	if (gtid_set_parse(&s, mariadb, text, &e) < 0) {
		assert_int_equal(e.status, EXIT_BAD);
		buf_adds(&b, "refused");
		err_clear(&e);
	} else {
		gtid_set_text(&s, &b);
	}
	gtid_set_free(&s);
	return buf_cstr(&b);
}

static void test_mysql_text(void **state)
{
	(void)state;
	assert_string_equal(form(false, ""), "");
	assert_string_equal(form(false, A ":1"), A ":1");
	assert_string_equal(form(false, A ":5-7:1-3:4"), A ":1-7");
	assert_string_equal(form(false, A ":1-3:5-7"), A ":1-3:5-7");
	assert_string_equal(form(false, A ":1-9:3-4:20"), A ":1-9:20");
	assert_string_equal(form(false, B ":1 ,\n" A ":2-3"), A ":2-3," B ":1");
	assert_string_equal(form(false, "11111111-AAAA-11E1-9E33-C80AA9429562:1"), A ":1");
	assert_string_equal(form(false, A ":1-5:Tag:1-2:b_1:7," B ":3"),
			    A ":1-5:b_1:7:tag:1-2," B ":3");
	assert_string_equal(form(false, A ":tag:1-2"), A ":tag:1-2");
	assert_string_equal(form(false, A ":tag:2:tag:1"), A ":tag:1-2");
}

static void test_mysql_refusals(void **state)
{
	static const char *const bad[] = {"0-1-5", A ":", A ":0", A ":5-3", A ":1-", A ":1,,",
					  "1111:1", A ":99999999999999999999", A ":1 x", A ":1;"};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_string_equal(form(false, bad[i]), "refused");
	assert_string_equal(form(false, A), ""); /* a server without transactions */
}

static void test_mariadb_text(void **state)
{
	static const char *const bad[] = {"0-1", "0-1-", "-1-2", "0-1-2-3", "x",
					  "4294967296-1-1", A ":1"};

	(void)state;
	assert_string_equal(form(true, ""), "");
	assert_string_equal(form(true, "0-1-55"), "0-1-55");
	assert_string_equal(form(true, " 7-2-3 , 0-1-55"), "0-1-55,7-2-3");
	assert_string_equal(form(true, "0-1-55,0-2-56"), "0-2-56");
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_string_equal(form(true, bad[i]), "refused");
}

static void test_growing(void **state)
{
	struct gtid_set s = {0};
	struct buf b = BUF_INIT;

	(void)state;
	gtid_set_add(&s, A, 1);
	gtid_set_add(&s, A, 3);
	gtid_set_add(&s, B, 9);
	gtid_set_add(&s, A, 2);
	gtid_set_add(&s, A ":t", 1);
	gtid_set_add(&s, A, 2);
	gtid_set_text(&s, &b);
	assert_buf(&b, A ":1-3:t:1," B ":9");
	gtid_set_free(&s);
	s.mariadb = true;
	gtid_set_put(&s, 1, 10, 5);
	gtid_set_put(&s, 0, 10, 6);
	gtid_set_put(&s, 1, 11, 7);
	gtid_set_text(&s, &b);
	assert_buf(&b, "0-10-6,1-11-7");
	gtid_set_free(&s);
	buf_free(&b);
}

/* Whatever the order, intervals end up merged as they should. */
static void test_any_order(void **state)
{
	uint64_t seed = 4711;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct gtid_set s = {0};
		bool in[40] = {false};
		struct buf got = BUF_INIT, want = BUF_INIT;

		buf_adds(&want, A);
		for (int i = 0; i < 25; i++) {
			uint64_t n = 1 + next_random(&seed) % (COUNT(in) - 2);

			in[n] = true;
			gtid_set_add(&s, A, n);
		}
		for (size_t i = 1; i < COUNT(in); i++) {
			size_t last = i;

			while (in[last] && in[last + 1])
				last++;
			if (in[i])
				buf_addf(&want, last > i ? ":%zu-%zu" : ":%zu", i, last);
			i = last;
		}
		gtid_set_text(&s, &got);
		assert_buf(&got, buf_cstr(&want));
		gtid_set_free(&s);
		buf_free(&got);
		buf_free(&want);
	}
}

static void test_bytes(void **state)
{
	static const char *const sets[] = {"", A ":1-3:7", A ":1," B ":2-9", A ":1:t:4-5",
					   A ":abc:1:b:2," B ":1"};
	struct err e = ERR_INIT;
	struct gtid_set s, t;
	struct buf b = BUF_INIT, text = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(sets); i++) {
		assert_int_equal(gtid_set_parse(&s, false, sets[i], &e), 0);
		buf_reset(&b);
		gtid_set_encode(&s, &b);
		assert_int_equal(gtid_set_decode(&t, b.p, b.n, &e), 0);
		gtid_set_text(&t, &text);
		assert_buf(&text, sets[i]);
		gtid_set_free(&t);
		for (size_t n = 0; n < b.n; n++) { /* cut short anywhere */
			assert_int_equal(gtid_set_decode(&t, b.p, n, &e), -1);
			err_clear(&e);
			assert_int_equal(t.n, 0);
		}
		gtid_set_free(&s);
	}
	/* A server's own: one source, one interval 1 to 4. */
	assert_int_equal(gtid_set_decode(&t, "\1\0\0\0\0\0\0\0"
					     "\x11\x11\x11\x11\xaa\xaa\x11\xe1\x9e\x33\xc8\x0a\xa9"
					     "\x42\x95\x62\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\5\0\0\0\0\0\0",
					 48, &e), 0);
	gtid_set_text(&t, &text);
	assert_buf(&text, A ":1-4");
	gtid_set_free(&t);
	buf_free(&b);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mysql_text),   cmocka_unit_test(test_mysql_refusals),
		cmocka_unit_test(test_mariadb_text), cmocka_unit_test(test_growing),
		cmocka_unit_test(test_any_order),    cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
