/*
 * Rows to binary COPY, byte by byte, against what PostgreSQL's receive functions read; and
 * what does not fit.
 */
#include <stdlib.h>

#include "pg_impl.h"
#include "unit.h"

/* A column of a type; its typmod's parts as given. */
static struct column column(const char *type, enum logical lt, int bits, uint64_t length,
			    int precision, int scale)
{
	return (struct column){
		.name = (char *)"c",
		.type = {
			.lt = lt,
			.name = type,
			.bits = bits,
			.length = length,
			.precision = precision,
			.scale = scale,
			.fixed = !strcmp(type, "bpchar") || !strcmp(type, "bit"),
		},
	};
}

/* A value alone has the same bytes as in its row, or the same reason. */
static void check_alone(struct pg_encoder *enc, struct field f, const struct buf *row,
			struct buf *said)
{
	struct misfit why = {0};
	struct buf b = BUF_INIT;

	if (pg_encode_value(enc, 0, f, &b, &why) == 0) {
		assert_int_equal(b.n, row->n - 8);
		assert_memory_equal(b.p, row->p + 8, b.n);
	} else {
		assert_string_equal(buf_cstr(&why.text), buf_cstr(said));
	}
	buf_free(&b);
	buf_free(&why.text);
}

/* Encodes one value (NULL: null) and gives the bytes behind the row's head as hex; or, where
 * it does not fit, the reason. The caller frees the text. */
static char *encode(const struct column *c, const char *text, size_t n)
{
	struct field f = {text, n};
	struct row row = {&f, 1};
	struct misfit why = {0};
	struct pg_encoder enc;
	struct buf b = BUF_INIT, said = BUF_INIT;

	pg_encoder_init(&enc, &c, 1, 150000, 2);
	assert_true(enc.binary);
	buf_adds(&b, "before");
	if (pg_encode_row(&enc, &row, &b, &why) == 0) {
		assert_memory_equal(b.p, "before\0\1", 8);
		for (size_t i = 8; i < b.n; i++)
			buf_addf(&said, "%02x", (unsigned char)b.p[i]);
	} else {
		assert_int_equal(b.n, 6);
		buf_add(&said, why.text.p, why.text.n);
	}
	check_alone(&enc, f, &b, &said);
	buf_free(&b);
	buf_free(&why.text);
	pg_encoder_free(&enc);
	return buf_detach(&said);
}

static void check(const struct column *c, const char *text, const char *expected)
{
	char *said = encode(c, text, text ? strlen(text) : 0);

	assert_string_equal(said, expected);
	free(said);
}

static void test_integers(void **state)
{
	struct column i2 = column("int2", LT_INT, 16, 0, -1, -1);
	struct column i4 = column("int4", LT_INT, 32, 0, -1, -1);
	struct column i8 = column("int8", LT_INT, 64, 0, -1, -1);
	struct column oid = column("oid", LT_INT, 32, 0, -1, -1);

	(void)state;
	oid.type.is_unsigned = true;
	check(&i2, "-32768", "000000028000");
	check(&i2, "32767", "000000027fff");
	check(&i2, "32768", "32768 does not fit smallint (-32768 to 32767)");
	check(&i4, "-2147483648", "0000000480000000");
	check(&i4, "2147483648",
	      "2147483648 does not fit integer (-2147483648 to 2147483647)");
	check(&i4, "t", "t is no integer");
	check(&i4, "", "an empty string is no integer");
	check(&i4, "1.0", "1.0 is no integer");
	check(&i4, NULL, "ffffffff");
	check(&i8, "-9223372036854775808", "000000088000000000000000");
	check(&i8, "9223372036854775808", "9223372036854775808 does not fit bigint "
	      "(-9223372036854775808 to 9223372036854775807)");
	check(&oid, "4294967295", "00000004ffffffff");
	check(&oid, "4294967296", "4294967296 does not fit oid (0 to 4294967295)");
}

static void test_not_null(void **state)
{
	struct column c = column("int4", LT_INT, 32, 0, -1, -1);

	(void)state;
	c.not_null = true;
	check(&c, "7", "0000000400000007");
	check(&c, NULL, "null in a NOT NULL column");
}

/* Length, number of digits, weight, sign, scale, digits: as numeric_send() writes them. */
static void test_numeric(void **state)
{
	struct column n = column("numeric", LT_DECIMAL, 0, 0, -1, -1);

	(void)state;
	check(&n, "0", "00000008" "0000" "0000" "0000" "0000");
	check(&n, "-0.00", "00000008" "0000" "0000" "0000" "0002");
	check(&n, "1", "0000000a" "0001" "0000" "0000" "0000" "0001");
	check(&n, "10000", "0000000a" "0001" "0001" "0000" "0000" "0001");
	check(&n, "123456.78", "0000000e" "0003" "0001" "0000" "0002" "000c" "0d80" "1e78");
	check(&n, "-0.0001", "0000000a" "0001" "ffff" "4000" "0004" "0001");
	check(&n, "0.00001", "0000000a" "0001" "fffe" "0000" "0005" "03e8");
	check(&n, "0.10", "0000000a" "0001" "ffff" "0000" "0002" "03e8");
	check(&n, "9999.9999", "0000000c" "0002" "0000" "0000" "0004" "270f" "270f");
	check(&n, "100000000.0000", "0000000a" "0001" "0002" "0000" "0004" "0001");
	check(&n, "1e20", "0000000a" "0001" "0005" "0000" "0000" "0001");
	check(&n, "1.5e-3", "0000000a" "0001" "ffff" "0000" "0004" "000f");
	check(&n, "12345678901234567890123.5", "00000016" "0007" "0005" "0000" "0001"
	      "007b" "11d7" "22c5" "0929" "1a85" "007b" "1388");
	check(&n, "0.00000000000000000001", "0000000a" "0001" "fffb" "0000" "0014" "0001");
	check(&n, "0.12345678901234567", "00000012" "0005" "ffff" "0000" "0011"
	      "04d2" "162e" "2334" "0d80" "1b58");
	check(&n, "NaN", "00000008" "0000" "0000" "c000" "0000");
	check(&n, "-Infinity", "00000008" "0000" "0000" "f000" "0000");
	check(&n, "1e131072", "1e131072 does not fit numeric");
	check(&n, "1.2.3", "1.2.3 is no numeric");
	check(&n, ".", ". is no numeric");
	check(&n, "-", "- is no numeric");
}

static void test_numeric_limits(void **state)
{
	struct column n = column("numeric", LT_DECIMAL, 0, 0, 7, 2);
	struct column wide = column("numeric", LT_DECIMAL, 0, 0, 5, -2);
	struct column small = column("numeric", LT_DECIMAL, 0, 0, 3, 5);
	struct column money = column("money", LT_DECIMAL, 0, 0, -1, -1);

	(void)state;
	check(&n, "99999.99", "0000000e" "0003" "0001" "0000" "0002" "0009" "270f" "26ac");
	check(&n, "1.500", "0000000c" "0002" "0000" "0000" "0003" "0001" "1388");
	check(&n, "100000", "100000 does not fit numeric(7,2): at most 5 digits before the point");
	check(&n, "12345.678",
	      "12345.678 does not fit numeric(7,2): at most 2 digits behind the point");
	check(&n, "Infinity",
	      "Infinity does not fit numeric(7,2): at most 5 digits before the point");
	check(&wide, "9999900", "0000000c" "0002" "0001" "0000" "0000" "03e7" "26ac");
	check(&wide, "150", "150 does not fit numeric(5,-2): only multiples of 1e2");
	check(&small, "0.00999", "0000000c" "0002" "ffff" "0000" "0005" "0063" "2328");
	check(&small, "0.01",
	      "0.01 does not fit numeric(3,5): only below 1e-2");
	check(&money, "-92233720368547758.08", "00000008" "8000000000000000");
	check(&money, "1.5", "00000008" "0000000000000096");
	check(&money, "1e2", "00000008" "0000000000002710");
	check(&money, "92233720368547758.08", "92233720368547758.08 does not fit money");
	check(&money, "0.001", "0.001 does not fit money: at most 2 digits behind the point");
}

static void test_floats(void **state)
{
	struct column f4 = column("float4", LT_FLOAT, 32, 0, -1, -1);
	struct column f8 = column("float8", LT_FLOAT, 64, 0, -1, -1);

	(void)state;
	check(&f4, "1.5", "000000043fc00000");
	check(&f4, "0.123456789123",
	      "0.123456789123 does not fit real: it would be rounded");
	check(&f4, "1e39", "1e39 does not fit real");
	check(&f8, "-0", "000000088000000000000000");
	check(&f8, "-Infinity", "00000008fff0000000000000");
}

static void test_bool(void **state)
{
	struct column c = column("bool", LT_BOOL, 0, 0, -1, -1);

	(void)state;
	check(&c, "t", "0000000101");
	check(&c, "0", "0000000100");
	check(&c, "2", "2 is no boolean");
}

static void test_text(void **state)
{
	struct column v = column("varchar", LT_TEXT, 0, 3, -1, -1);
	struct column c = column("bpchar", LT_TEXT, 0, 3, -1, -1);
	struct column name = column("name", LT_TEXT, 0, 0, -1, -1);
	char *said;

	(void)state;
	check(&v, "", "00000000");
	check(&v, "äöü", "00000006c3a4c3b6c3bc");
	check(&v, "abcd", "abcd (4 characters) does not fit varchar(3)");
	check(&v, "abc ", "abc  (4 characters) does not fit varchar(3)");
	check(&c, "abc  ", "000000056162632020");
	check(&c, "abcd", "abcd (4 characters) does not fit char(3)");
	check(&v, "a\xff", "a\\xff is not UTF-8");
	check(&name, "0123456789012345678901234567890123456789012345678901234567890123",
	      "012345678901234567890123456789012345678901234567890123456789\xe2\x80\xa6 (64 bytes) "
	      "does not fit name");
	said = encode(&v, "a\0b", 3);
	assert_string_equal(said, "a NUL byte in text, which PostgreSQL cannot hold");
	free(said);
}

static void test_enum(void **state)
{
	static char *labels[] = {(char *)"sad", (char *)"ok", NULL};
	struct column c = column("mood", LT_ENUM, 0, 0, -1, -1);

	(void)state;
	c.type.labels = labels;
	check(&c, "sad", "00000003736164");
	check(&c, "sa", "sa is no label of enum mood");
	check(&c, "", "an empty string is no label of enum mood");
}

static void test_bytes(void **state)
{
	struct column by = column("bytea", LT_BYTES, 0, 0, -1, -1);
	struct column jb = column("jsonb", LT_JSON, 0, 0, -1, -1);
	struct column bit = column("bit", LT_BITS, 0, 3, -1, -1);
	struct column varbit = column("varbit", LT_BITS, 0, 9, -1, -1);

	(void)state;
	check(&by, "\\x00ff5C", "0000000300ff5c");
	check(&by, "\\x", "00000000");
	check(&by, "ab", "ab is no bytea: bytes are written as \\x and hex digits");
	check(&jb, "[]", "00000003015b5d");
	check(&bit, "101", "0000000500000003a0");
	check(&bit, "10", "10 (2 bits) does not fit bit(3)");
	check(&bit, "1010", "1010 (4 bits) does not fit bit(3)");
	check(&varbit, "", "0000000400000000");
	check(&varbit, "111111111", "0000000600000009ff80");
}

static void test_times(void **state)
{
	struct column d = column("date", LT_DATE, 0, 0, -1, -1);
	struct column ts = column("timestamp", LT_TIMESTAMP, 0, 0, 3, -1);
	struct column tz = column("timestamptz", LT_TIMESTAMPTZ, 0, 0, -1, -1);
	struct column tt = column("timetz", LT_TIMETZ, 0, 0, -1, -1);

	(void)state;
	check(&d, "2000-01-02", "0000000400000001");
	check(&d, "-infinity", "0000000480000000");
	check(&d, "2024-02-30", "2024-02-30 is no date");
	check(&d, "0000-00-00", "0000-00-00 is a zero date, which PostgreSQL cannot hold");
	check(&ts, "2000-01-01 00:00:00.001", "0000000800000000000003e8");
	check(&ts, "2000-01-01 00:00:00+00", "000000080000000000000000");
	check(&ts, "2000-01-01 00:00:00Z", "000000080000000000000000");
	check(&ts, "infinity", "000000087fffffffffffffff");
	check(&ts, "2000-01-01 00:00:00.0001",
	      "2000-01-01 00:00:00.0001 does not fit timestamp(3): at most 3 digits of a fraction");
	check(&ts, "2000-01-01 00:00:00+02",
	      "2000-01-01 00:00:00+02 has a time zone, which timestamp(3) does not");
	check(&tz, "2000-01-01 01:00:00+01", "000000080000000000000000");
	check(&tt, "00:00:01+01", "0000000c" "00000000000f4240" "fffff1f0");
}

static void test_intervals(void **state)
{
	struct column iv = column("interval", LT_INTERVAL, 0, 0, -1, -1);

	(void)state;
	check(&iv, "1 year 2 mons -3 days -00:00:01",
	      "00000010" "fffffffffff0bdc0" "fffffffd" "0000000e");
	check(&iv, "838:59:59", "00000010" "000002bf3dcf39c0" "00000000" "00000000");
	check(&iv, "infinity", "infinity does not fit interval");
	iv.native = (char *)"interval day to hour";
	check(&iv, "1 day 02:00:00", "00000010" "00000001ad274800" "00000001" "00000000");
	check(&iv, "00:01:00", "00:01:00 does not fit interval: it holds smaller units");
	iv.native = (char *)"interval year";
	check(&iv, "13 mons", "13 mons does not fit interval: it holds smaller units");
	check(&iv, "2 years", "00000010" "0000000000000000" "00000000" "00000018");
}

static void test_addresses(void **state)
{
	struct column inet = column("inet", LT_INET, 0, 0, -1, -1);
	struct column cidr = column("cidr", LT_INET, 0, 0, -1, -1);
	struct column uuid = column("uuid", LT_UUID, 0, 0, -1, -1);

	(void)state;
	check(&inet, "1.2.3.4", "00000008" "02200004" "01020304");
	check(&inet, "1.2.3.4/8", "00000008" "02080004" "01020304");
	check(&inet, "::1", "00000014" "03800010" "00000000000000000000000000000001");
	check(&inet, "1.2.3.4/33", "1.2.3.4/33 is no inet");
	check(&cidr, "10.0.0.0/8", "00000008" "02080104" "0a000000");
	check(&cidr, "10.0.0.1/8", "10.0.0.1/8 is no cidr");
	check(&uuid, "00112233-4455-6677-8899-aabbccddeeff",
	      "00000010" "00112233445566778899aabbccddeeff");
}

/* One type without a binary form makes all columns text; the others are checked all the same. */
static void test_text_form(void **state)
{
	struct column i = column("int4", LT_INT, 32, 0, -1, -1);
	struct column a = column("_int4", LT_ARRAY, 0, 0, -1, -1);
	struct column g = column("geometry", LT_GEOMETRY, 0, 0, -1, -1);
	const struct column *cols[] = {&i, &a, &g};
	struct field f[] = {{"1", 1}, {"a\tb\\c\nd\re", 9}, {"\\x01ff", 6}};
	struct row row = {f, 3};
	struct misfit why = {0};
	struct buf b = BUF_INIT;
	struct pg_encoder enc;

	(void)state;
	pg_encoder_init(&enc, cols, 3, 150000, 0);
	assert_false(enc.binary);
	pg_encode_header(&enc, &b);
	assert_int_equal(pg_encode_row(&enc, &row, &b, &why), 0);
	assert_string_equal(buf_cstr(&b), "1\ta\\tb\\\\c\\nd\\re\t01ff\n");
	f[0] = f[1] = f[2] = (struct field){NULL, 0};
	buf_reset(&b);
	assert_int_equal(pg_encode_row(&enc, &row, &b, &why), 0);
	assert_string_equal(buf_cstr(&b), "\\N\t\\N\t\\N\n");
	f[0] = (struct field){"x", 1};
	assert_int_equal(pg_encode_row(&enc, &row, &b, &why), -1);
	assert_int_equal(why.col, 0);
	assert_string_equal(buf_cstr(&why.text), "x is no integer");
	buf_free(&b);
	buf_free(&why.text);
	pg_encoder_free(&enc);
}

static void test_frame(void **state)
{
	struct pg_encoder enc = {.binary = true};
	struct buf b = BUF_INIT;

	(void)state;
	pg_encode_header(&enc, &b);
	assert_int_equal(b.n, 19);
	assert_memory_equal(b.p, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
	buf_reset(&b);
	pg_encode_trailer(&enc, &b);
	assert_int_equal(b.n, 2);
	assert_memory_equal(b.p, "\377\377", 2);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_not_null),
		cmocka_unit_test(test_numeric),
		cmocka_unit_test(test_numeric_limits),
		cmocka_unit_test(test_floats),
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_enum),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_text_form),
		cmocka_unit_test(test_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
