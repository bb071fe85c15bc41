/*
 * Writing streams: the bytes, what is refused, failed writes, and that random
 * rows come back as they were.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "buf.h"
#include "stream.h"

static struct field text(const char *s)
{
	return (struct field){s, s ? strlen(s) : 0};
}

static void test_csv_field(void **state)
{
	static const struct {
		const char *in, *out;
		bool only;
	} t[] = {
		{NULL, "", false}, {"", "\"\"", false}, {"x", "x", false}, {" x\t", " x\t", false},
		{",", "\",\"", false}, {"a\"b", "\"a\"\"b\"", false}, {"\"\"", "\"\"\"\"\"\"", false},
		{"a\nb", "\"a\nb\"", false}, {"a\rb", "\"a\rb\"", false}, {"\\.", "\\.", false},
		{"\\.", "\"\\.\"", true}, {"\\.x", "\\.x", true}, {NULL, "", true},
		{"12345678", "12345678", false}, {"1234567,", "\"1234567,\"", false},
		{"123456789abcd\"", "\"123456789abcd\"\"\"", false},
		{"12345678\n9abcdef01", "\"12345678\n9abcdef01\"", false},
		{"\xac\x8d\x8a\xa2\xac\x8d\x8a\xa2", "\xac\x8d\x8a\xa2\xac\x8d\x8a\xa2", false},
	};
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		buf_reset(&b);
		csv_add_field(&b, text(t[i].in), t[i].only);
		assert_string_equal(buf_cstr(&b), t[i].out);
	}
	buf_free(&b);
}

/* A special byte is seen wherever it stands. */
static void test_csv_field_positions(void **state)
{
	struct buf b = BUF_INIT;
	char s[40];

	(void)state;
	for (size_t n = 1; n < sizeof s; n++) {
		for (size_t i = 0; i <= n; i++) {
			memset(s, '-', sizeof s); /* one bit from ',' */
			if (i < n)
				s[i] = ",\"\n\r"[(n + i) % 4];
			buf_reset(&b);
			csv_add_field(&b, (struct field){s, n}, false);
			assert_int_equal(b.p[0] == '"', i < n);
		}
	}
	buf_free(&b);
}

static void test_json_string(void **state)
{
	static const char *const bad[] = {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3"};
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(json_add_string(&b, "\"\\/\b\f\n\r\t\x1f\0\x7f\xc3\xa4", 13), 0);
	assert_string_equal(buf_cstr(&b), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u001f\\u0000\x7f\xc3\xa4\"");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		size_t n = b.n;

		assert_int_equal(json_add_string(&b, bad[i], strlen(bad[i])), -1);
		assert_int_equal(b.n, n);
	}
	buf_free(&b);
}

/* What writing the rows gives, the stream's end included. */
static int write_rows(struct buf *to, enum stream_format format, size_t ncols,
		      const char *const *names, const enum json_kind *kinds, struct field *f,
		      size_t nrows, struct err *e)
{
	struct out out;
	struct writer w;
	int fd = memfd_create("output", 0), status;
	off_t end;

	out_open(&out, fd, "memory");
	status = writer_open(&w, &out, format, ncols, names, kinds, e);
	for (size_t i = 0; i < nrows && status == 0; i++) {
		struct row row = {f + i * ncols, ncols};

		status = writer_row(&w, &row, e);
	}
	if (status == 0)
		status = writer_end(&w, false, e);
	else
		writer_end(&w, true, &(struct err)ERR_INIT);
	buf_reset(to);
	end = lseek(fd, 0, SEEK_END);
	assert_int_equal(pread(fd, buf_room(to, (size_t)end), (size_t)end, 0), end);
	to->n = (size_t)end;
	assert_int_equal(out_close(&out, e), 0);
	return status;
}

static void test_csv_stream(void **state)
{
	struct field f[] = {text("1"), text(NULL), text("\\."), text("")};
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(write_rows(&b, STREAM_CSV, 2, (const char *[]){"a", "b,\""}, NULL, f, 2, &e), 0);
	assert_string_equal(buf_cstr(&b), "a,\"b,\"\"\"\n1,\n\\.,\"\"\n\\.\n");
	assert_int_equal(write_rows(&b, STREAM_CSV, 1, (const char *[]){" {a"}, NULL, f, 4, &e), 0);
	assert_string_equal(buf_cstr(&b), "\" {a\"\n1\n\n\"\\.\"\n\"\"\n\\.\n");
	assert_int_equal(write_rows(&b, STREAM_CSV, 1, (const char *[]){" "}, NULL, f, 0, &e), 0);
	assert_string_equal(buf_cstr(&b), "\" \"\n\\.\n");
	assert_int_equal(write_rows(&b, STREAM_CSV, 1, (const char *[]){"\\."}, NULL, f, 0, &e), 0);
	assert_string_equal(buf_cstr(&b), "\"\\.\"\n\\.\n");
	buf_free(&b);
}

static void test_json_stream(void **state)
{
	static const char *const names[] = {"n\"", "b", "s"};
	static const enum json_kind kinds[] = {JSON_NUMBER, JSON_BOOL, JSON_STRING};
	struct field f[] = {
		text("-0.10e+5"), text("t"), text("1"),
		text("NaN"), text("f"), text(NULL),
		text("007"), text("x"), text(""),
		text("1."), text("true"), text("\t"),
		text("-"), text(NULL), text("\xc3\xa4"),
		text("0"), text(""), text("\\"),
		text(""), text("ff"), text("{}"),
		text("1e"), text("1"), text("null"),
	};
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(write_rows(&b, STREAM_NDJSON, 3, names, kinds, f, 8, &e), 0);
	assert_string_equal(buf_cstr(&b),
		"{\"n\\\"\":-0.10e+5,\"b\":true,\"s\":\"1\"}\n"
		"{\"n\\\"\":\"NaN\",\"b\":false,\"s\":null}\n"
		"{\"n\\\"\":\"007\",\"b\":\"x\",\"s\":\"\"}\n"
		"{\"n\\\"\":\"1.\",\"b\":\"true\",\"s\":\"\\t\"}\n"
		"{\"n\\\"\":\"-\",\"b\":null,\"s\":\"\xc3\xa4\"}\n"
		"{\"n\\\"\":0,\"b\":\"\",\"s\":\"\\\\\"}\n"
		"{\"n\\\"\":\"\",\"b\":\"ff\",\"s\":\"{}\"}\n"
		"{\"n\\\"\":\"1e\",\"b\":\"1\",\"s\":\"null\"}\n"
		"{\"$end\":8}\n");
	buf_free(&b);
}

static void test_refused(void **state)
{
	static const struct {
		enum stream_format format;
		size_t ncols;
		const char *names[2], *value, *msg;
	} t[] = {
		{STREAM_CSV, 0, {NULL}, NULL, "there are no columns to write"},
		{STREAM_CSV, 2, {"a", "a"}, NULL,
		 "the rows to write: column names that stand there twice: a"},
		{STREAM_NDJSON, 1, {"$end"}, NULL,
		 "a row with the one column $end would look like an end mark"},
		{STREAM_NDJSON, 1, {"\xff"}, NULL, "the name of column 1 is not UTF-8"},
		{STREAM_NDJSON, 1, {"a"}, "\xff", "row 1: column \"a\" holds bytes that are not UTF-8"},
	};
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct field f = text(t[i].value);

		assert_int_equal(write_rows(&b, t[i].format, t[i].ncols, t[i].names, NULL, &f, 1, &e),
				 -1);
		assert_string_equal(e.msg, t[i].msg);
		assert_int_equal(e.status, EXIT_BAD);
		err_clear(&e);
	}
	buf_free(&b);
}

static void test_full(void **state)
{
	static const char *const name = "a";
	struct field f = text("0123456789");
	struct row row = {&f, 1};

	(void)state;
	for (int format = 0; format < 2; format++) {
		struct err e = ERR_INIT;
		struct writer w;
		struct out out;
		int i = 0;

		out_open(&out, open("/dev/full", O_WRONLY), "output");
		assert_int_equal(writer_open(&w, &out, (enum stream_format)format, 1, &name, NULL, &e), 0);
		while (i < 100000 && writer_row(&w, &row, &e) == 0)
			i++;
		assert_in_range(i, 1, 99999);
		assert_string_equal(e.msg, "cannot write output: No space left on device");
		assert_int_equal(e.status, EXIT_FAILED);
		err_clear(&e);
		assert_int_equal(writer_end(&w, false, &e), -1);
		assert_int_equal(e.status, EXIT_FAILED);
		err_clear(&e);
		out_close(&out, &e);
		err_clear(&e);
	}
}

#define COLS 3
#define ROWS 200

/* A random value of bytes that parsers care for; UTF-8, without NUL. */
static struct field random_field(struct buf *arena, unsigned *seed)
{
	static const char *const pieces[] = {"\"", ",", "\n", "\r", "\\", ".", "\\.\n", " ", "{", "}",
		"a", "0", "$end", ":", "\xc3\xa4", "\xf0\x9f\x98\x80", "longer than eight bytes", "\t"};
	size_t start = arena->n, n = (size_t)rand_r(seed) % 8;

	if (n == 7)
		return (struct field){NULL, 0};
	for (size_t i = 0; i < n; i++)
		buf_adds(arena, pieces[(size_t)rand_r(seed) % (sizeof pieces / sizeof *pieces)]);
	return (struct field){arena->p + start, arena->n - start};
}

static void compare(struct reader *r, const struct field *f, size_t ncols, size_t nrows)
{
	struct err e = ERR_INIT;
	struct row row;

	for (size_t i = 0; i < nrows; i++) {
		assert_int_equal(reader_next(r, &row, &e), READER_ROW);
		assert_int_equal(row.n, ncols);
		for (size_t k = 0; k < ncols; k++) {
			const struct field *want = f + i * ncols + k;

			assert_int_equal(row.f[k].n, want->n);
			assert_int_equal(!row.f[k].p, !want->p);
			if (want->n)
				assert_memory_equal(row.f[k].p, want->p, want->n);
		}
	}
	assert_int_equal(reader_next(r, &row, &e), READER_END);
	assert_int_equal(reader_rows(r), nrows);
}

static void test_round_trip(void **state)
{
	static const char *const names[] = {"{ \"first\" }", "$end", "\xc3\xa4,\n"};
	static const size_t chunks[] = {0, 1, 2, 3, 7, 64, 1000};
	struct buf arena = BUF_INIT, b = BUF_INIT;
	struct field f[ROWS * COLS];
	struct err e = ERR_INIT;
	unsigned seed = 20240102;

	(void)state;
	buf_room(&arena, ROWS * COLS * 8 * 32); /* so that it does not move */
	for (size_t round = 0; round < 30; round++) {
		size_t ncols = 1 + round % COLS;
		enum stream_format format = round / COLS % 2 ? STREAM_NDJSON : STREAM_CSV;

		buf_reset(&arena);
		for (size_t i = 0; i < ROWS * ncols; i++)
			f[i] = random_field(&arena, &seed);
		assert_int_equal(write_rows(&b, format, ncols, names, NULL, f, ROWS, &e), 0);
		for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
			struct reader_options options = {.chunk = chunks[i]};
			int fd = memfd_create("input", 0);
			struct reader *r;

			assert_int_equal(io_write(fd, b.p, b.n, "memory", &e), 0);
			lseek(fd, 0, SEEK_SET);
			r = reader_open(fd, "in", &options, &e);
			assert_non_null(r);
			assert_int_equal(reader_format(r), format);
			for (size_t k = 0; k < ncols; k++)
				assert_string_equal(reader_column(r, k), names[k]);
			compare(r, f, ncols, ROWS);
			assert_int_equal(reader_bytes(r), b.n);
			reader_free(r);
			close(fd);
		}
	}
	buf_free(&arena);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv_field),
		cmocka_unit_test(test_csv_field_positions),
		cmocka_unit_test(test_json_string),
		cmocka_unit_test(test_csv_stream),
		cmocka_unit_test(test_json_stream),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
