/* Change events, and the common forms of values. */
#include "unit.h"

#include <stdlib.h>

#include "canon.h"
#include "event.h"

#define FIELD(s) {(s), sizeof(s) - 1}

static void test_events(void **state)
{
	const struct event_source source = {"mysql", "shop", NULL, "a\"b"};
	const char *const names[] = {"id", "na\"me", "ok"};
	const enum json_kind kinds[] = {JSON_NUMBER, JSON_STRING, JSON_BOOL};
	struct field one[] = {FIELD("1"), FIELD("x\n"), FIELD("t")};
	struct field two[] = {FIELD("NaN"), {NULL, 0}, FIELD("f")};
	struct row before = {one, 3}, after = {two, 3};
	struct event_place place = {.ts_ms = 7};
	struct event_table t;
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(event_table_open(&t, &source, 3, names, kinds, &e), 0);
	assert_int_equal(event_add(&b, &t, EVENT_UPDATE, &before, &after, &place, &e), 0);
	assert_buf(&b, "{\"op\":\"u\",\"before\":{\"id\":1,\"na\\\"me\":\"x\\n\",\"ok\":true},"
		       "\"after\":{\"id\":\"NaN\",\"na\\\"me\":null,\"ok\":false},"
		       "\"source\":{" EVENT_VERSION ",\"connector\":\"mysql\",\"db\":\"shop\",\"schema\":null,"
		       "\"table\":\"a\\\"b\"},\"ts_ms\":7}\n");
	one[1].p = event_absent;
	place.source = ",\"pos\":4";
	place.transaction = "{\"id\":\"5\"}";
	assert_int_equal(event_add(&b, &t, EVENT_DELETE, &before, NULL, &place, &e), 0);
	assert_buf(&b, "{\"op\":\"d\",\"before\":{\"id\":1,\"ok\":true},\"after\":null,"
		       "\"source\":{" EVENT_VERSION ",\"connector\":\"mysql\",\"db\":\"shop\",\"schema\":null,"
		       "\"table\":\"a\\\"b\",\"pos\":4},\"transaction\":{\"id\":\"5\"},\"ts_ms\":7}\n");
	one[1] = (struct field)FIELD("\xff");
	buf_adds(&b, "kept");
	assert_int_equal(event_add(&b, &t, EVENT_CREATE, NULL, &before, &place, &e), -1);
	assert_int_equal(e.status, EXIT_BAD);
	assert_buf(&b, "kept");
	event_table_free(&t);
	err_clear(&e);
	buf_free(&b);
}

static const char *form(enum canon how, const char *text)
{
	static char out[200];
	struct buf b = BUF_INIT;

	assert_int_equal(canon_add(&b, how, (struct field){text, strlen(text)}), VALUE_OK);
	assert_true(b.n < sizeof out);
	memcpy(out, buf_cstr(&b), b.n + 1);
	buf_free(&b);
	return out;
}

static void test_forms(void **state)
{
	(void)state;
	assert_string_equal(form(CANON_DECIMAL, "1.500"), "1.5");
	assert_string_equal(form(CANON_DECIMAL, "-0.0"), "0");
	assert_string_equal(form(CANON_DECIMAL, "NaN"), "NaN");
	assert_string_equal(form(CANON_DECIMAL, ""), "");
	assert_string_equal(form(CANON_JSON, "{\"b\": 1.0, \"a\":[ ]}"), "{\"a\":[],\"b\":1}");
	assert_string_equal(form(CANON_FLAG, "t"), "1");
	assert_string_equal(form(CANON_FLAG, "2"), "2");
	assert_string_equal(form(CANON_UNZONED, "2024-01-01 00:00:00+00"), "2024-01-01 00:00:00");
	assert_string_equal(form(CANON_UUID, "\\xf47ac10b58cc4372a5670e02b2c3d479"),
			    "f47ac10b-58cc-4372-a567-0e02b2c3d479");
	assert_string_equal(form(CANON_UUID, "\\x00"), "\\x00");
	assert_string_equal(form(CANON_FLOAT64, "1.2345678e+07"), "12345678");
}

static void test_pairs(void **state)
{
	static const struct {
		enum logical a, b;
		enum canon of_a, of_b;
	} pairs[] = {
		{LT_INT, LT_INT, CANON_NONE, CANON_NONE},
		{LT_INT, LT_DECIMAL, CANON_DECIMAL, CANON_DECIMAL},
		{LT_JSON, LT_JSON, CANON_JSON, CANON_JSON},
		{LT_JSON, LT_TEXT, CANON_NONE, CANON_NONE},
		{LT_BOOL, LT_INT, CANON_FLAG, CANON_NONE},
		{LT_BITS, LT_BOOL, CANON_NONE, CANON_FLAG},
		{LT_TIMESTAMP, LT_TIMESTAMPTZ, CANON_NONE, CANON_UNZONED},
		{LT_BYTES, LT_UUID, CANON_UUID, CANON_NONE},
		{LT_TEXT, LT_TEXT, CANON_NONE, CANON_NONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct coltype a = {.lt = pairs[i].a}, b = {.lt = pairs[i].b};
		enum canon of_a, of_b;

		canon_of_types(&a, &b, &of_a, &of_b);
		assert_int_equal(of_a, pairs[i].of_a);
		assert_int_equal(of_b, pairs[i].of_b);
	}
}

static void test_rows(void **state)
{
	struct field f[] = {FIELD("1.50"), {NULL, 0}, FIELD("x"), FIELD("{"), FIELD("0.0")};
	struct canon_row c;

	(void)state;
	canon_row_open(&c, 5);
	c.how[0] = c.how[1] = c.how[4] = CANON_DECIMAL;
	c.how[3] = CANON_JSON;
	assert_int_equal(canon_row_apply(&c, f), 3);
	assert_memory_equal(f[0].p, "1.5", 3);
	assert_int_equal(f[0].n, 3);
	assert_null(f[1].p);
	assert_int_equal(f[2].n, 1);
	assert_memory_equal(f[3].p, "{", 1);
	assert_int_equal(f[4].n, 1);
	canon_row_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
