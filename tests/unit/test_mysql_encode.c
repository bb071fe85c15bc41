/* Rows → lines of LOAD DATA: what is written, what is refused and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mysql_load.h"

static char *abc[] = {(char *)"a", (char *)"b,c", (char *)"", NULL};
static char *xyz[] = {(char *)"x", (char *)"y", (char *)"z", NULL};

#define COLUMN(n, cs, ...) \
	{.name = (char *)"c", .native = (char *)(n), .charset = (char *)(cs), .type = {__VA_ARGS__}}

static struct column
	tinyint = COLUMN("tinyint", NULL, .lt = LT_INT, .bits = 8),
	ubig = COLUMN("bigint unsigned", NULL, .lt = LT_INT, .bits = 64, .is_unsigned = true),
	big = COLUMN("bigint", NULL, .lt = LT_INT, .bits = 64),
	year = COLUMN("year", NULL, .lt = LT_YEAR),
	dec = COLUMN("decimal(4,2)", NULL, .lt = LT_DECIMAL, .precision = 4, .scale = 2),
	udec = COLUMN("decimal(4,2) unsigned", NULL, .lt = LT_DECIMAL, .precision = 4, .scale = 2,
		      .is_unsigned = true),
	real = COLUMN("float", NULL, .lt = LT_FLOAT, .bits = 32, .scale = -1),
	dbl = COLUMN("double", NULL, .lt = LT_FLOAT, .bits = 64, .scale = -1),
	fixed = COLUMN("float(5,2)", NULL, .lt = LT_FLOAT, .bits = 32, .precision = 5, .scale = 2),
	text = COLUMN("varchar(5)", "utf8mb4", .lt = LT_TEXT, .length = 5),
	text3 = COLUMN("varchar(5)", "utf8mb3", .lt = LT_TEXT, .length = 5),
	chr = COLUMN("char(5)", "utf8mb4", .lt = LT_TEXT, .length = 5, .fixed = true),
	ascii = COLUMN("varchar(5)", "ascii", .lt = LT_TEXT, .length = 5),
	tiny = COLUMN("tinytext", "utf8mb4", .lt = LT_TEXT, .max_bytes = 4),
	tiny1 = COLUMN("tinytext", "latin1", .lt = LT_TEXT, .max_bytes = 4),
	bin = COLUMN("binary(3)", NULL, .lt = LT_BYTES, .length = 3, .fixed = true),
	vbin = COLUMN("varbinary(3)", NULL, .lt = LT_BYTES, .length = 3),
	blob = COLUMN("blob", NULL, .lt = LT_BYTES, .max_bytes = 65535),
	bit1 = COLUMN("bit(1)", NULL, .lt = LT_BITS, .length = 1, .fixed = true),
	bit10 = COLUMN("bit(10)", NULL, .lt = LT_BITS, .length = 10, .fixed = true),
	date = COLUMN("date", NULL, .lt = LT_DATE),
	dt0 = COLUMN("datetime", NULL, .lt = LT_TIMESTAMP),
	dt6 = COLUMN("datetime(6)", NULL, .lt = LT_TIMESTAMP, .precision = 6),
	ts = COLUMN("timestamp", NULL, .lt = LT_TIMESTAMPTZ),
	tim = COLUMN("time(2)", NULL, .lt = LT_DURATION, .precision = 2),
	enu = COLUMN("enum('a','b,c','')", "utf8mb4", .lt = LT_ENUM, .labels = abc),
	set = COLUMN("set('x','y','z')", "utf8mb4", .lt = LT_SET, .labels = xyz),
	uuid = COLUMN("uuid", NULL, .lt = LT_UUID),
	geo = COLUMN("geometry", NULL, .lt = LT_GEOMETRY);

/* want: the field; or, if why is set, the reason of the refusal. */
static const struct {
	const struct column *c;
	const char *value, *want, *why;
} cases[] = {
	{&tinyint, "127", "127", NULL},
	{&tinyint, "-128", "-128", NULL},
	{&tinyint, "t", "1", NULL},
	{&tinyint, "f", "0", NULL},
	{&tinyint, "300", NULL, "300 does not fit tinyint (-128 to 127)"},
	{&tinyint, "-129", NULL, "-129 does not fit tinyint (-128 to 127)"},
	{&tinyint, "1.5", NULL, "1.5 is not of the type's form, for tinyint"},
	{&tinyint, "", NULL, " is not of the type's form, for tinyint"},
	{&ubig, "18446744073709551615", "18446744073709551615", NULL},
	{&ubig, "18446744073709551616", NULL,
	 "18446744073709551616 does not fit bigint unsigned (0 to 18446744073709551615)"},
	{&ubig, "-1", NULL, "-1 does not fit bigint unsigned (0 to 18446744073709551615)"},
	{&big, "9223372036854775808", NULL,
	 "9223372036854775808 does not fit bigint (-9223372036854775808 to 9223372036854775807)"},
	{&big, "-9223372036854775808", "-9223372036854775808", NULL},
	{&year, "0", "0000", NULL},
	{&year, "2155", "2155", NULL},
	{&year, "70", NULL, "70 does not fit year: years are 0 and 1901 to 2155"},
	{&dec, "-99.99", "-99.99", NULL},
	{&dec, "1.5000", "1.50", NULL},
	{&dec, "1.555", NULL, "1.555 does not fit decimal(4,2): it would be rounded"},
	{&dec, "100", NULL, "100 does not fit decimal(4,2)"},
	{&dec, "NaN", NULL, "NaN does not fit decimal(4,2)"},
	{&udec, "-0.01", NULL, "-0.01 does not fit decimal(4,2) unsigned"},
	{&udec, "0.01", "0.01", NULL},
	{&real, "0.1", "0.10000000149011612", NULL},
	{&real, "3.4028235e+38", "3.4028234663852886e+38", NULL},
	{&real, "0.123456789", NULL,
	 "0.123456789 does not fit float: it has more digits than the type keeps"},
	{&dbl, "5e-324", "5e-324", NULL},
	{&dbl, "Infinity", NULL, "Infinity does not fit double: it is not finite"},
	{&dbl, "NaN", NULL, "NaN does not fit double: it is not finite"},
	{&fixed, "123.45", "123.44999694824219", NULL},
	{&fixed, "1.234", NULL, "1.234 does not fit float(5,2)"},
	{&fixed, "1000", NULL, "1000 does not fit float(5,2)"},
	{&text, "a\tb\n\\", "a\\tb\\n\\\\", NULL},
	{&text, "", "", NULL},
	{&text, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
	 NULL},
	{&text, "abcdef", NULL, "abcdef (6 characters) does not fit varchar(5)"},
	{&text, "\xff", NULL, "\\xff is not UTF-8, for varchar(5)"},
	{&text, "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", NULL},
	{&text3, "\xf0\x9f\x98\x80", NULL,
	 "\xf0\x9f\x98\x80 does not fit the column's charset utf8mb3"},
	{&ascii, "\xc3\xa9", NULL, "\xc3\xa9 does not fit the column's charset ascii"},
	{&chr, "ab ", NULL, "ab  does not fit char(5): its trailing spaces would be lost"},
	{&text, "ab ", "ab ", NULL},
	{&tiny, "\xc3\xa9\xc3\xa9\xc3\xa9", NULL,
	 "\xc3\xa9\xc3\xa9\xc3\xa9 (6 bytes) does not fit tinytext (at most 4 bytes)"},
	{&tiny1, "\xc3\xa9\xc3\xa9\xc3\xa9", "\xc3\xa9\xc3\xa9\xc3\xa9", NULL},
	{&bin, "\\x615c63", "a\\\\c", NULL},
	{&bin, "\\x6162", NULL, "2 bytes would be padded with zeros in binary(3)"},
	{&vbin, "\\x61626364", NULL, "\\x61626364 (4 bytes) does not fit varbinary(3)"},
	{&vbin, "6162", NULL, "6162 is not of the type's form, for varbinary(3)"},
	{&blob, "\\x00090a5c1a0dff", "\\0\\t\\n\\\\\x1a\r\xff", NULL},
	{&blob, "\\x", "", NULL},
	{&bit10, "1000000001", "\x02\x01", NULL},
	{&bit1, "t", "\x01", NULL},
	{&bit10, "t", NULL, "t is not of the type's form, for bit(10)"},
	{&bit10, "101", NULL, "101 (3 bits) does not fit bit(10)"},
	{&bit10, "10000000x1", NULL, "10000000x1 is not of the type's form, for bit(10)"},
	{&date, "0000-00-00", "0000-00-00", NULL},
	{&date, "2020-00-01", "2020-00-01", NULL},
	{&date, "2024-02-29", "2024-02-29", NULL},
	{&date, "2024-02-30", NULL, "2024-02-30 does not fit date: no calendar has that day"},
	{&date, "1900-02-29", NULL, "1900-02-29 does not fit date: no calendar has that day"},
	{&date, "0044-03-15 BC", NULL,
	 "0044-03-15 BC does not fit date: MySQL has dates from the year 0 to 9999 only"},
	{&date, "infinity", NULL,
	 "infinity does not fit date: MySQL has dates from the year 0 to 9999 only"},
	{&date, "10000-01-01", NULL, "10000-01-01 does not fit date"},
	{&dt0, "2024-01-02 03:04:05", "2024-01-02 03:04:05", NULL},
	{&dt0, "2024-01-02T03:04:05.000Z", "2024-01-02 03:04:05", NULL},
	{&dt0, "2024-01-02 03:04:05+00", "2024-01-02 03:04:05", NULL},
	{&dt0, "2024-01-02", "2024-01-02 00:00:00", NULL},
	{&dt0, "2024-01-02 03:04:05.5", NULL,
	 "2024-01-02 03:04:05.5 does not fit datetime: its fraction would be rounded"},
	{&dt0, "2024-01-02 03:04:05+02", NULL,
	 "2024-01-02 03:04:05+02 does not fit datetime: the column keeps no time zone"},
	{&dt0, "2024-01-02 24:00:00", NULL, "2024-01-02 24:00:00 does not fit datetime"},
	{&dt6, "9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999", NULL},
	{&ts, "2024-01-02 00:30:00+02", "2024-01-01 22:30:00", NULL},
	{&ts, "2000-03-01 00:00:00+00:30", "2000-02-29 23:30:00", NULL},
	{&ts, "0000-00-00 00:00:00+00", "0000-00-00 00:00:00", NULL},
	{&ts, "2038-01-19 03:14:07+00", "2038-01-19 03:14:07", NULL},
	{&ts, "2038-01-19 03:14:08+00", NULL,
	 "2038-01-19 03:14:08+00 does not fit timestamp (1970-01-01 00:00:01 to 2038-01-19 03:14:07)"},
	{&tim, "-838:59:59", "-838:59:59", NULL},
	{&tim, "01:02:03.500", "01:02:03.5", NULL},
	{&tim, "839:00:00", NULL, "839:00:00 does not fit time(2): TIME ends at 838:59:59"},
	{&tim, "1 day 02:00:00", NULL,
	 "1 day 02:00:00 does not fit time(2): TIME holds hours, minutes and seconds only"},
	{&enu, "b,c", "b,c", NULL},
	{&enu, "", "", NULL},
	{&enu, "A", NULL, "A is not one of the values of enum('a','b,c','')"},
	{&set, "x,z", "x,z", NULL},
	{&set, "", "", NULL},
	{&set, "x,q", NULL, "q is not one of the values of set('x','y','z')"},
	{&set, "x,", NULL, " is not one of the values of set('x','y','z')"},
	{&uuid, "6ccd780c-baba-1026-9564-5b8c656024db", "6ccd780c-baba-1026-9564-5b8c656024db", NULL},
	{&uuid, "zz", NULL, "zz is not of the type's form, for uuid"},
	{&geo, "\\x0101", NULL, "\\x0101 does not fit geometry: it is no two-dimensional EWKB"},
};

static void test_values(void **state)
{
	struct misfit why = {0};
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct my_encoder enc;
		struct field f = {cases[i].value, strlen(cases[i].value)};
		struct row row = {&f, 1};
		int status;

		my_encoder_init(&enc, cases[i].c, false, 80036);
		buf_reset(&b);
		buf_adds(&b, "before");
		status = my_encode_row(&enc, 1, &row, &b, &why);
		if (cases[i].why) {
			assert_int_equal(status, -1);
			assert_string_equal(buf_cstr(&why.text), cases[i].why);
			assert_string_equal(buf_cstr(&b), "before");
		} else {
			assert_int_equal(status, 0);
			assert_int_equal(b.n, 6 + strlen(cases[i].want) + 1);
			assert_memory_equal(b.p + 6, cases[i].want, b.n - 7);
			assert_int_equal(b.p[b.n - 1], '\n');
		}
		my_encoder_free(&enc);
	}
	buf_free(&b);
	buf_free(&why.text);
}

static void test_null(void **state)
{
	struct column need = text;
	struct my_encoder enc[2];
	struct field f[2] = {{NULL, 0}, {"x", 1}};
	struct row row = {f, 2};
	struct buf b = BUF_INIT;
	struct misfit why = {0};

	(void)state;
	need.not_null = true;
	my_encoder_init(&enc[0], &text, true, 101100);
	my_encoder_init(&enc[1], &need, true, 101100);
	assert_int_equal(my_encode_row(enc, 2, &row, &b, &why), 0);
	assert_string_equal(buf_cstr(&b), "\\N\tx\n");
	f[1] = (struct field){NULL, 0};
	assert_int_equal(my_encode_row(enc, 2, &row, &b, &why), -1);
	assert_int_equal(why.col, 1);
	assert_string_equal(buf_cstr(&why.text), "null does not fit a NOT NULL column");
	assert_string_equal(buf_cstr(&b), "\\N\tx\n");
	buf_free(&b);
	buf_free(&why.text);
}

/* Every byte at every place of a word comes back. */
static void test_decode(void **state)
{
	struct my_encoder enc;
	struct buf hex = BUF_INIT, b = BUF_INIT, arena = BUF_INIT;
	struct my_param param;
	struct misfit why = {0};

	(void)state;
	my_encoder_init(&enc, &blob, false, 80036);
	for (int c = 0; c < 256; c++)
		for (int at = 0; at < 11; at++) {
			char want[11];
			struct field f;
			struct row row = {&f, 1};

			memset(want, 'a', sizeof want);
			want[at] = (char)c;
			buf_reset(&hex);
			buf_adds(&hex, "\\x");
			for (size_t i = 0; i < sizeof want; i++)
				buf_addf(&hex, "%02x", (unsigned char)want[i]);
			f = (struct field){hex.p, hex.n};
			buf_reset(&b);
			buf_reset(&arena);
			assert_int_equal(my_encode_row(&enc, 1, &row, &b, &why), 0);
			assert_ptr_equal(my_decode_row(&enc, 1, b.p, &param, &arena), b.p + b.n);
			my_params_settle(&param, 1, &arena);
			assert_int_equal(param.n, sizeof want);
			assert_memory_equal(param.p, want, sizeof want);
			assert_true(param.bytes);
		}
	buf_free(&hex);
	buf_free(&b);
	buf_free(&arena);
}

static void test_geometry(void **state)
{
	/* POINT(1 2), SRID 4326, big-endian EWKB */
	static const unsigned char big_endian[] = {0, 0x20, 0, 0, 1, 0, 0, 0x10, 0xe6, 0x3f, 0xf0, 0, 0,
						   0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0};
	static const unsigned char want[] = {0xe6, 0x10, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0,
					     0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x40};
	/* a collection that says it has 2^32-1 members */
	static const unsigned char cut[] = {1, 7, 0, 0, 0, 255, 255, 255, 255};
	static const unsigned char with_z[] = {1, 1, 0, 0, 0x80, 0, 0, 0, 0};
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(my_add_geometry(&b, big_endian, sizeof big_endian), 0);
	assert_int_equal(b.n, sizeof want);
	assert_memory_equal(b.p, want, sizeof want);
	assert_int_equal(my_add_geometry(&b, cut, sizeof cut), -1);
	assert_int_equal(my_add_geometry(&b, with_z, sizeof with_z), -1);
	for (size_t n = 0; n < sizeof big_endian; n++)
		assert_int_equal(my_add_geometry(&b, big_endian, n), -1);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_geometry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
