/* Values of all formats as canonical text. */
#include "unit.h"

#include <stdlib.h>

#include "../../cdcapply/change.h"
#include "zone.h"

static char *labels[] = {(char[]){"a"}, (char[]){"b"}, (char[]){"c d"}, NULL};

static struct column columns[] = {
	{.name = (char[]){"i"}, .type = {.lt = LT_INT, .bits = 32}},
	{.name = (char[]){"u"}, .type = {.lt = LT_INT, .bits = 64, .is_unsigned = true}},
	{.name = (char[]){"n"}, .type = {.lt = LT_DECIMAL, .precision = 10, .scale = 2}},
	{.name = (char[]){"n0"}, .type = {.lt = LT_DECIMAL, .precision = -1, .scale = -1}},
	{.name = (char[]){"f"}, .type = {.lt = LT_FLOAT, .bits = 32}},
	{.name = (char[]){"d"}, .type = {.lt = LT_FLOAT, .bits = 64}},
	{.name = (char[]){"l"}, .type = {.lt = LT_BOOL}},
	{.name = (char[]){"t"}, .type = {.lt = LT_TEXT}},
	{.name = (char[]){"c"}, .type = {.lt = LT_TEXT, .fixed = true, .length = 5}},
	{.name = (char[]){"b"}, .type = {.lt = LT_BYTES}},
	{.name = (char[]){"b16"}, .type = {.lt = LT_BYTES, .fixed = true, .length = 16}},
	{.name = (char[]){"x"}, .type = {.lt = LT_BITS, .fixed = true, .length = 10}},
	{.name = (char[]){"x1"}, .type = {.lt = LT_BITS, .fixed = true, .length = 1}},
	{.name = (char[]){"day"}, .type = {.lt = LT_DATE}},
	{.name = (char[]){"tm"}, .type = {.lt = LT_TIME, .precision = -1}},
	{.name = (char[]){"tm3"}, .type = {.lt = LT_TIME, .precision = 3}},
	{.name = (char[]){"tmz"}, .type = {.lt = LT_TIMETZ, .precision = -1}},
	{.name = (char[]){"ts"}, .type = {.lt = LT_TIMESTAMP, .precision = -1}},
	{.name = (char[]){"ts3"}, .type = {.lt = LT_TIMESTAMP, .precision = 3}},
	{.name = (char[]){"tz"}, .type = {.lt = LT_TIMESTAMPTZ, .precision = -1}},
	{.name = (char[]){"iv"}, .type = {.lt = LT_INTERVAL, .precision = -1}},
	{.name = (char[]){"du"}, .type = {.lt = LT_DURATION, .precision = 6}},
	{.name = (char[]){"id"}, .type = {.lt = LT_UUID}},
	{.name = (char[]){"e"}, .type = {.lt = LT_ENUM, .labels = labels}},
	{.name = (char[]){"s"}, .type = {.lt = LT_SET, .labels = labels}},
	{.name = (char[]){"j"}, .type = {.lt = LT_JSON}},
	{.name = (char[]){"g"}, .type = {.lt = LT_GEOMETRY}},
	{.name = (char[]){"ai"}, .type = {.lt = LT_ARRAY, .name = "_int4"}},
	{.name = (char[]){"at"}, .type = {.lt = LT_ARRAY, .name = "_text"}},
	{.name = (char[]){"ad"}, .type = {.lt = LT_ARRAY, .name = "_date"}},
	{.name = (char[]){"h"}, .type = {.lt = LT_OTHER, .name = "hstore"}},
	{.name = (char[]){"y"}, .type = {.lt = LT_YEAR}},
};

static const struct column *column(const char *name)
{
	for (size_t i = 0; i < COUNT(columns); i++)
		if (!strcmp(columns[i].name, name))
			return &columns[i];
	fail_msg("no column %s", name);
	return NULL;
}

/* The text as it stands in JSON tells its kind. */
static struct change_field field_of(const char *text, enum encoding encoding, int scale)
{
	struct change_field f = {.value = {text, strlen(text)}, .encoding = encoding, .scale = scale};

	if (*text == '"') {
		f.value = (struct field){text + 1, strlen(text) - 2};
		f.kind = JSON_STRING;
	} else if (*text == '{' || *text == '[') {
		f.kind = JSON_NESTED;
	} else if (*text == 't' || *text == 'f') {
		f.value.n = 1;
		f.kind = JSON_BOOL;
	} else {
		f.kind = JSON_NUMBER;
	}
	return f;
}

static void check(const char *option, enum change_format format, enum encoding encoding, int scale,
		  const char *name, const char *text, const char *want)
{
	struct change_field in = field_of(text, encoding, scale);
	struct encodings enc = {0};
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT, got = BUF_INIT;
	struct field out;

	if (option)
		assert_int_equal(encodings_parse(&enc, option, &e), 0);
	if (change_value(&enc, format, &in, column(name), ENGINE_POSTGRES, &b, &out, &e) < 0)
		buf_addf(&got, "! %s", e.msg);
	else
		buf_add(&got, out.p, out.n);
	if (strcmp(buf_cstr(&got), want))
		fail_msg("%s: %s: %s instead of %s", name, text, buf_cstr(&got), want);
	zone_free(enc.zone);
	err_clear(&e);
	buf_free(&b);
	buf_free(&got);
}

/* ---- Debezium ---- */

#define SCHEMA(encoding, scale, name, text, want) \
	check(NULL, FORMAT_DEBEZIUM, encoding, scale, name, text, want)

static void test_schema(void **state)
{
	(void)state;
	SCHEMA(ENC_PLAIN, 0, "i", "12", "12");
	SCHEMA(ENC_PLAIN, 0, "i", "-0", "0");
	SCHEMA(ENC_PLAIN, 0, "n", "\"12.5\"", "12.50");
	SCHEMA(ENC_PLAIN, 0, "n", "1.25E1", "12.50");
	SCHEMA(ENC_PLAIN, 0, "n", "-0.001", "-0.001");
	SCHEMA(ENC_PLAIN, 0, "n0", "1E3", "1000");
	SCHEMA(ENC_PLAIN, 0, "n0", "\"NaN\"", "NaN");
	SCHEMA(ENC_DECIMAL, 2, "n", "\"BNI=\"", "12.34");
	SCHEMA(ENC_DECIMAL, 2, "n", "\"+y4=\"", "-12.34");
	SCHEMA(ENC_DECIMAL, 2, "n", "\"AA==\"", "0.00");
	SCHEMA(ENC_DECIMAL, 2, "n", "\"/w==\"", "-0.01");
	SCHEMA(ENC_DECIMAL, 0, "n", "\"gA==\"", "-128.00");
	SCHEMA(ENC_DECIMAL, 4, "n", "\"AeJA\"", "12.3456");
	SCHEMA(ENC_DECIMAL, 4, "n", "\"AfQA\"", "12.80");
	SCHEMA(ENC_DECIMAL, -2, "n0", "\"DA==\"", "1200");
	SCHEMA(ENC_DECIMAL, 3, "n0", "\"AfQA\"", "128.000");
	SCHEMA(ENC_DECIMAL, 0, "n0", "\"AP////////////////////8=\"",
	       "340282366920938463463374607431768211455");
	SCHEMA(ENC_DECIMAL, 0, "n0", "\"gAAAAAAAAAAAAAAAAAAAAA==\"",
	       "-170141183460469231731687303715884105728");
	SCHEMA(ENC_DECIMAL, 0, "u", "\"AP//////////\"", "18446744073709551615");
	SCHEMA(ENC_DECIMAL, 2, "n", "\"1.5\"", "! column n: 1.5 is not the base64 of a number");
	SCHEMA(ENC_VARIABLE_DECIMAL, 0, "n0", "{\"scale\":3,\"value\":\"AeJA\"}", "123.456");
	SCHEMA(ENC_VARIABLE_DECIMAL, 0, "n0", "{\"scale\":\"x\",\"value\":\"AeJA\"}",
	       "! column n0: {\"scale\":\"x\",\"value\":\"AeJA\"} is not a number with scale and value");
	SCHEMA(ENC_DATE_DAYS, 0, "day", "19724", "2024-01-02");
	SCHEMA(ENC_DATE_DAYS, 0, "day", "-719164", "0001-12-30 BC");
	SCHEMA(ENC_TIMESTAMP_MS, 0, "ts", "1704164645120", "2024-01-02 03:04:05.12");
	SCHEMA(ENC_TIMESTAMP_US, 0, "ts", "1704164645000001", "2024-01-02 03:04:05.000001");
	SCHEMA(ENC_TIMESTAMP_NS, 0, "ts", "1704164645000001000", "2024-01-02 03:04:05.000001");
	SCHEMA(ENC_TIMESTAMP_NS, 0, "ts", "1704164645000000001",
	       "! column ts: 1704164645000000001 has digits that would be rounded away");
	SCHEMA(ENC_TIMESTAMP_US, 0, "ts", "-1", "1969-12-31 23:59:59.999999");
	SCHEMA(ENC_TIMESTAMP_US, 0, "ts", "9223372036825200000", "infinity");
	SCHEMA(ENC_TIMESTAMP_US, 0, "ts", "-9223372036832400000", "-infinity");
	SCHEMA(ENC_TIMESTAMP_MS, 0, "day", "1704153600000", "2024-01-02");
	SCHEMA(ENC_ZONED, 0, "tz", "\"2024-01-02T03:04:05.120Z\"", "2024-01-02 03:04:05.12+00");
	SCHEMA(ENC_ZONED, 0, "tz", "\"2024-01-02T03:04:05+02:00\"", "2024-01-02 01:04:05+00");
	SCHEMA(ENC_ZONED, 0, "ts", "\"2024-01-02T03:04:05Z\"", "2024-01-02 03:04:05");
	SCHEMA(ENC_ZONED, 0, "day", "\"2024-01-02Z\"", "2024-01-02");
	SCHEMA(ENC_TIME_US, 0, "tm", "11045000001", "03:04:05.000001");
	SCHEMA(ENC_TIME_US, 0, "du", "-3020399000000", "-838:59:59");
	SCHEMA(ENC_ZONED_TIME, 0, "tmz", "\"03:04:05Z\"", "03:04:05+00");
	SCHEMA(ENC_ZONED_TIME, 0, "tmz", "\"03:04:05.5-05:30\"", "03:04:05.5-05:30");
	SCHEMA(ENC_ZONED_TIME, 0, "tm", "\"03:04:05Z\"", "03:04:05");
	SCHEMA(ENC_INTERVAL_US, 0, "iv", "3723000000", "01:02:03");
	SCHEMA(ENC_INTERVAL_ISO, 0, "iv", "\"P1Y2M3DT4H5M6.78S\"", "1 year 2 mons 3 days 04:05:06.78");
	SCHEMA(ENC_INTERVAL_ISO, 0, "iv", "\"P0Y0M-3DT0H0M6S\"", "-3 days +00:00:06");
	SCHEMA(ENC_INTERVAL_ISO, 0, "iv", "\"P1X\"", "! column iv: P1X is not of the type's form");
	SCHEMA(ENC_BITS, 10, "x", "\"BQI=\"", "1000000101");
	SCHEMA(ENC_BITS, 10, "x", "\"Bf8=\"", "! column x: Bf8= is too long");
	SCHEMA(ENC_BOOL, 0, "x1", "true", "1");
	SCHEMA(ENC_BOOL, 0, "i", "true", "1");
	SCHEMA(ENC_PLAIN, 0, "l", "0", "f");
	SCHEMA(ENC_BASE64, 0, "b", "\"AP8=\"", "\\x00ff");
	SCHEMA(ENC_BASE64, 0, "b", "\"\"", "\\x");
	SCHEMA(ENC_UUID, 0, "id", "\"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11\"",
	       "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
	SCHEMA(ENC_UUID, 0, "b16", "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"",
	       "\\xa0eebc999c0b4ef8bb6d6bb9bd380a11");
	SCHEMA(ENC_GEOMETRY, 0, "g", "{\"wkb\":\"AQEAAAAAAAAAAADwPwAAAAAAAABA\",\"srid\":4326}",
	       "\\x0101000020e6100000000000000000f03f0000000000000040");
	SCHEMA(ENC_GEOMETRY, 0, "g", "{\"x\":1,\"wkb\":\"AQEAAAAAAAAAAADwPwAAAAAAAABA\",\"srid\":null}",
	       "\\x0101000000000000000000f03f0000000000000040");
	SCHEMA(ENC_ARRAY, ENC_PLAIN, "ai", "[1,null,-3]", "{1,NULL,-3}");
	SCHEMA(ENC_ARRAY, ENC_PLAIN, "at", "[\"a\",\"b c\",\"q\\\"\\\\\",\"\",\"null\"]",
	       "{a,\"b c\",\"q\\\"\\\\\",\"\",\"null\"}");
	SCHEMA(ENC_ARRAY, ENC_DATE_DAYS, "ad", "[[0],[19724]]", "{{1970-01-01},{2024-01-02}}");
	SCHEMA(ENC_MAP, 0, "h", "{\"a\":\"1\",\"b\\\"\":null}", "\"a\"=>\"1\", \"b\\\"\"=>NULL");
	SCHEMA(ENC_SET, 0, "s", "\"a,c d\"", "a,c d");
	SCHEMA(ENC_JSON, 0, "j", "\"{}\"", "{}");
	SCHEMA(ENC_YEAR, 0, "y", "2024", "2024");
}

#define PLAIN(option, name, text, want) \
	check(option, FORMAT_DEBEZIUM, ENC_TEXT, 0, name, text, want)

static void test_no_schema(void **state)
{
	(void)state;
	PLAIN(NULL, "day", "19724", "2024-01-02");
	PLAIN(NULL, "ts", "1704164645000001", "2024-01-02 03:04:05.000001");
	PLAIN(NULL, "ts3", "1704164645120", "2024-01-02 03:04:05.12");
	PLAIN("time=connect", "ts", "1704164645120", "2024-01-02 03:04:05.12");
	PLAIN("time=microseconds", "ts3", "1704164645120000", "2024-01-02 03:04:05.12");
	PLAIN("time=nanoseconds", "ts", "1704164645000001000", "2024-01-02 03:04:05.000001");
	PLAIN("time=isostring", "ts", "\"2024-01-02T03:04:05Z\"", "2024-01-02 03:04:05");
	PLAIN(NULL, "tm3", "11045120", "03:04:05.12");
	PLAIN("time=adaptive_time_microseconds", "tm3", "11045120000", "03:04:05.12");
	check(NULL, FORMAT_DEBEZIUM, ENC_MICROS, 0, "tm3", "11045120000", "03:04:05.12");
	PLAIN("time=connect", "tm", "11045120", "03:04:05.12");
	PLAIN(NULL, "n", "\"BNI=\"", "12.34");
	PLAIN(NULL, "n", "12.34", "12.34");
	PLAIN("decimal=string", "n", "\"1234\"", "1234.00");
	PLAIN("decimal=double", "n", "1.5E1", "15.00");
	PLAIN(NULL, "n0", "\"BNI=\"",
	      "! column n0: BNI= has a scale that neither the event nor the column tells");
	PLAIN(NULL, "n0", "{\"scale\":0,\"value\":\"BNI=\"}", "1234");
	PLAIN(NULL, "b", "\"AP8=\"", "\\x00ff");
	PLAIN(NULL, "b", "\"AP-_\"", "\\x00ffbf");
	PLAIN("binary=hex", "b", "\"00ff\"", "\\x00ff");
	PLAIN(NULL, "b", "\"A\"", "! column b: A is not base64");
	PLAIN(NULL, "x", "\"BQI=\"", "1000000101");
	PLAIN(NULL, "u", "-1", "! column u: -1 is negative, and the column is unsigned");
	PLAIN(NULL, "d", "1.0E10", "10000000000");
	PLAIN(NULL, "d", "\"Infinity\"", "Infinity");
	PLAIN(NULL, "d", "2.0000000000000001", "2");
	PLAIN(NULL, "d", "2.00000000000000010001",
	      "! column d: 2.00000000000000010001 has digits that would be rounded away");
	PLAIN(NULL, "f", "0.10000000149011612", "0.1");
	PLAIN(NULL, "f", "0.12345678901",
	      "! column f: 0.12345678901 has digits that would be rounded away");
	PLAIN(NULL, "b", "\"\\x00fF\"", "\\x00ff");
	PLAIN(NULL, "x", "\"1000000101\"", "1000000101");
	PLAIN(NULL, "n0", "\"NaN\"", "NaN");
	PLAIN(NULL, "iv", "3723000000", "01:02:03");
	PLAIN(NULL, "at", "[\"a\"]", "{a}");
	PLAIN(NULL, "ad", "[19724]", "{2024-01-02}");
	PLAIN(NULL, "t", "true", "true");
	PLAIN(NULL, "t", "{\"a\":1}", "{\"a\":1}");
}

/* ---- The others ---- */

static void test_others(void **state)
{
#define OTHER(format, name, text, want) check(NULL, format, ENC_TEXT, 0, name, text, want)
	(void)state;
	OTHER(FORMAT_DMS, "b", "\"0x00FF\"", "\\x00ff");
	OTHER(FORMAT_DMS, "b", "\"00ff\"", "\\x00ff");
	OTHER(FORMAT_DMS, "b", "\"0xg\"", "! column b: 0xg is not hex");
	OTHER(FORMAT_DMS, "ts", "\"2024-01-02T03:04:05.120000Z\"", "2024-01-02 03:04:05.12");
	OTHER(FORMAT_DMS, "day", "\"2024-01-02\"", "2024-01-02");
	OTHER(FORMAT_DMS, "x", "\"0x0205\"", "1000000101");
	OTHER(FORMAT_DMS_CSV, "n", "\"12.3\"", "12.30");
	OTHER(FORMAT_DMS_CSV, "i", "\"12\"", "12");
	OTHER(FORMAT_DMS_CSV, "i", "\"\"", "! column i:  is not of the type's form");
	OTHER(FORMAT_MAXWELL, "j", "{\"a\":[1]}", "{\"a\":[1]}");
	OTHER(FORMAT_MAXWELL, "j", "\"x\"", "\"x\"");
	OTHER(FORMAT_MAXWELL, "j", "true", "true");
	OTHER(FORMAT_MAXWELL, "j", "1.0", "1.0");
	OTHER(FORMAT_MAXWELL, "s", "[\"a\",\"c d\"]", "a,c d");
	OTHER(FORMAT_MAXWELL, "s", "[\"\"]", "");
	OTHER(FORMAT_MAXWELL, "x", "517", "1000000101");
	OTHER(FORMAT_MAXWELL, "b", "\"AP8=\"", "\\x00ff");
	OTHER(FORMAT_MAXWELL, "g", "\"POINT (1 2)\"",
	      "\\x0101000000000000000000f03f0000000000000040");
	OTHER(FORMAT_MAXWELL, "g", "\"GEOMETRYCOLLECTION (MULTIPOINT ((1 2), (2 1)), LINESTRING EMPTY)\"",
	      "\\x0107000000020000000104000000020000000101000000000000000000f03f0000000000000040"
	      "01010000000000000000000040000000000000f03f010200000000000000");
	OTHER(FORMAT_MAXWELL, "g", "\"POLYGON((0 0,1 0,0 1e0,0 0))\"",
	      "\\x0103000000010000000400000000000000000000000000000000000000000000000000f03f"
	      "00000000000000000000000000000000000000000000f03f"
	      "00000000000000000000000000000000");
	OTHER(FORMAT_MAXWELL, "g", "\"POINT (1 2\"",
	      "! column g: POINT (1 2 is a geometry neither as WKB, nor as its hex, nor as WKT");
	OTHER(FORMAT_MAXWELL, "b16", "\"AP8=\"", "\\x00ff0000000000000000000000000000");
	OTHER(FORMAT_MAXWELL, "tz", "\"2024-01-02 03:04:05\"", "2024-01-02 03:04:05+00");
	OTHER(FORMAT_MAXWELL, "ts", "\"0000-00-00 00:00:00\"",
	      "! column ts: 0000-00-00 00:00:00 is a zero date");
	check("zone=+08:00", FORMAT_CANAL, ENC_TEXT, 0, "tz", "\"2024-01-02 03:04:05\"",
	      "2024-01-01 19:04:05+00");
	check("zone=Europe/Paris", FORMAT_CANAL, ENC_TEXT, 0, "tz", "\"2024-07-02 03:04:05.5\"",
	      "2024-07-02 01:04:05.5+00");
	check("zone=Europe/Paris", FORMAT_CANAL, ENC_TEXT, 0, "tz", "\"2024-10-27 02:30:00\"",
	      "! column tz: 2024-10-27 02:30:00 comes twice when the clock is set back");
	OTHER(FORMAT_CANAL, "i", "\"0012\"", "12");
	OTHER(FORMAT_CANAL, "b", "\"\xc3\xbf\x01\xc2\x80\"", "\\xff0180");
	OTHER(FORMAT_CANAL, "b", "\"\xe2\x82\xac\"",
	      "! column b: \xe2\x82\xac holds a character that is no byte");
	OTHER(FORMAT_CANAL, "e", "\"2\"", "b");
	OTHER(FORMAT_CANAL, "e", "\"a\"", "a");
	OTHER(FORMAT_CANAL, "s", "\"5\"", "a,c d");
	OTHER(FORMAT_CANAL, "s", "\"8\"", "! column s: 8 has bits beyond the set's labels");
	OTHER(FORMAT_CANAL, "x", "\"517\"", "1000000101");
	OTHER(FORMAT_CANAL, "l", "\"1\"", "t");
	OTHER(FORMAT_CANAL, "du", "\"-01:02:03.500\"", "-01:02:03.5");
	OTHER(FORMAT_WAL2JSON, "b", "\"00ff\"", "\\x00ff");
	OTHER(FORMAT_WAL2JSON, "x", "\"1000000101\"", "1000000101");
	OTHER(FORMAT_WAL2JSON, "c", "\"ab   \"", "ab");
	OTHER(FORMAT_WAL2JSON, "tz", "\"2024-01-02 03:04:05.12-03\"", "2024-01-02 06:04:05.12+00");
	OTHER(FORMAT_WAL2JSON, "ai", "\"{1,2}\"", "{1,2}");
	OTHER(FORMAT_WAL2JSON, "j", "\"{\\\"a\\\": 1}\"", "{\\\"a\\\": 1}");
	OTHER(FORMAT_WAL2JSON, "g", "\"0101000000000000000000F03F0000000000000040\"",
	      "\\x0101000000000000000000f03f0000000000000040");
	OTHER(FORMAT_DATASTREAM, "ts", "\"2024-01-02T03:04:05.120Z\"", "2024-01-02 03:04:05.12");
	OTHER(FORMAT_DATASTREAM, "g",
	      "{\"value\":\"AQEAAAAAAAAAAADwPwAAAAAAAABA\",\"srid\":0,\"type\":\"POINT\"}",
	      "\\x0101000000000000000000f03f0000000000000040");
}

static void test_options(void **state)
{
	struct encodings enc = {0};
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(encodings_parse(&enc, "time=soon", &e), -1);
	assert_string_equal(e.msg, "--encoding: time has no way of writing called soon");
	assert_int_equal(encodings_parse(&enc, "colour=red", &e), -1);
	assert_int_equal(encodings_parse(&enc, "zone=Mars/Olympus", &e), -1);
	assert_int_equal(encodings_parse(&enc, "zone=-02:30", &e), 0);
	assert_int_equal(enc.east, -9000);
	assert_int_equal(encodings_parse(&enc, "zone=UTC", &e), 0);
	assert_int_equal(enc.east, 0);
	err_clear(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_no_schema),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
