/*
 * Streams of rows: every input is read again at every chunk size, and must
 * tell the same story each time.
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

static int memory_file(const char *p, size_t n)
{
	struct err e = ERR_INIT;
	int fd = memfd_create("input", 0);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, p, n, "memory", &e), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Adds how a stream ended: "! STATUS MESSAGE". */
static void tell_err(struct buf *story, const char *sign, struct err *e)
{
	buf_addf(story, "%s %d %s\n", sign, (int)e->status, e->msg);
	err_clear(e);
}

/* Adds what the reader gives: the columns, one line per row ("LINE|field|~|"), "?"
 * and the raw text for a malformed one, "." at the end. */
static void tell(struct buf *story, struct reader *r)
{
	struct err e = ERR_INIT;
	enum reader_status status;
	struct row row;

	for (size_t i = 0; i < reader_ncolumns(r); i++)
		buf_addf(story, "%s%s", i ? "," : "", reader_column(r, i));
	buf_addc(story, '\n');
	while ((status = reader_next(r, &row, &e)) > 0) {
		if (status == READER_MALFORMED) {
			struct field raw = reader_raw(r);

			tell_err(story, "?", &e);
			buf_add(story, raw.p, raw.n);
			buf_addc(story, '\n');
			continue;
		}
		assert_int_equal(row.n, reader_ncolumns(r));
		buf_addf(story, "%llu|", (unsigned long long)reader_line(r));
		for (size_t i = 0; i < row.n; i++) {
			buf_add(story, row.f[i].p ? row.f[i].p : "~", row.f[i].p ? row.f[i].n : 1);
			buf_addc(story, '|');
		}
		buf_addc(story, '\n');
	}
	if (status == READER_FAILED)
		tell_err(story, "!", &e);
	else
		buf_addf(story, ". %llu\n", (unsigned long long)reader_rows(r));
}

static void read_fd(struct buf *story, int fd, bool no_end, size_t chunk)
{
	struct reader_options options = {.no_end = no_end, .chunk = chunk};
	struct err e = ERR_INIT;
	struct reader *r = reader_open(fd, "in", &options, &e);

	buf_reset(story);
	if (r)
		tell(story, r);
	else
		tell_err(story, "!", &e);
	reader_free(r);
}

struct example {
	const char *in;
	const char *story;
	bool no_end;
};

static const struct example csv[] = {
	{"a,b\n1,2\n\\.\n", "a,b\n2|1|2|\n. 1\n", false},
	{"a,b\n1,2\n\\.", "a,b\n2|1|2|\n. 1\n", false},
	{"a,b\r\n1,2\r\n\\.\r\n", "a,b\n2|1|2|\n. 1\n", false},
	{"a,b\r\n1,2\r\n\\.\r", "a,b\n2|1|2|\n. 1\n", false},
	{"a,b\r1,2\r3,4\r\\.\r", "a,b\n2|1|2|\n3|3|4|\n. 2\n", false},
	{"\xef\xbb\xbf" "a\n1\n\\.\n", "a\n2|1|\n. 1\n", false},
	/* NULL, the empty string, spaces */
	{"a,b\n,\"\"\n , \t\n\\.\n", "a,b\n2|~||\n3| | \t|\n. 2\n", false},
	{"a\n\n\"\"\n\n\\.\n", "a\n2|~|\n3||\n4|~|\n. 3\n", false},
	/* quotes, lines in values */
	{"a,b\n\"x\ny\",\"q\"\"\"\n\"\r\n\r\n\",2\n3,4\n\\.\n",
	 "a,b\n2|x\ny|q\"|\n4|\r\n\r\n|2|\n7|3|4|\n. 3\n", false},
	/* values like the end mark */
	{"a\n\"\\.\"\n\"x\n\\.\ny\"\n\\.x\n\\\n\\.\n",
	 "a\n2|\\.|\n3|x\n\\.\ny|\n6|\\.x|\n7|\\|\n. 4\n", false},
	{"a,b\n\\.,1\n\"\\.\",2\n\\.\n", "a,b\n2|\\.|1|\n3|\\.|2|\n. 2\n", false},
	/* cut off */
	{"a\n1\n", "a\n2|1|\n! 3 in line 3: the stream was cut off: no end mark after row 1\n",
	 false},
	{"a\n1\n\\", "a\n2|1|\n! 3 in line 3: the stream was cut off: no end mark after row 1\n",
	 false},
	{"a\n1\n22", "a\n2|1|\n! 3 in line 3: the stream was cut off: no end mark after row 1\n",
	 false},
	{"a\n\"x\n\\.\n", "a\n! 3 in line 2: the stream was cut off: no end mark after row 0\n",
	 false},
	{"a,b", "! 3 in line 1: the stream was cut off: no end mark after row 0\n", false},
	{"", "! 3 in line 1: the stream was cut off: no end mark after row 0\n", false},
	/* data after the end mark */
	{"a\n1\n\\.\na\n2\n\\.\n", "a\n2|1|\n! 2 in line 4: data after the end mark\n", false},
	{"a\n1\n\\.\r\n\n", "a\n2|1|\n! 2 in line 4: data after the end mark\n", false},
	{"a\n1\n\\.\n2", "a\n2|1|\n! 2 in line 4: data after the end mark\n", true},
	/* without an end mark */
	{"a\n1\n\\.\n", "a\n2|1|\n. 1\n", true},
	{"a,b\n1,2\n3,4", "a,b\n2|1|2|\n3|3|4|\n. 2\n", true},
	{"a,b\n1,2\n\\", "a,b\n2|1|2|\n? 2 in line 3: 1 field where the header has 2\n\\\n. 2\n",
	 true},
	{"a\n\"1", "a\n! 2 in line 2: a quoted field is not closed at end of file\n", true},
	{"a,b\n", "a,b\n. 0\n", true},
	/* malformed rows */
	{"a,b\n1\n\n1,\"x,\"\"\",3\n4,5\n\\.\n",
	 "a,b\n? 2 in line 2: 1 field where the header has 2\n1\n"
	 "? 2 in line 3: 0 fields where the header has 2\n\n"
	 "? 2 in line 4: 3 fields where the header has 2\n1,\"x,\"\"\",3\n5|4|5|\n. 4\n", false},
	{"a,b\n1,2\n3,x\"y\n\\.\n",
	 "a,b\n2|1|2|\n! 2 in line 3: a quote in a field without quotes, or text behind the "
	 "closing quote\n", false},
	{"a,b\n1,2\n\"3\n4\" ,5\n\\.\n",
	 "a,b\n2|1|2|\n! 2 in line 3: a quote in a field without quotes, or text behind the "
	 "closing quote\n", false},
	/* headers */
	{"", "! 2 in has no header\n", true},
	{"\\.\n", "! 2 in has no header\n", false},
	{"a,,b\n\\.\n", "! 2 in: column 2 has no name\n", false},
	{"\n\\.\n", "! 2 in has no columns\n", false},
	{"a,b,a,b,a\n\\.\n", "! 2 in: column names that stand there twice: a, b\n", false},
	{"\"{\",\"x\ny\"\n1,2\n\\.\n", "{,x\ny\n3|1|2|\n. 1\n", false},
};

static const struct example json[] = {
	{"{\"a\":1,\"b\":\"x\"}\n{\"$end\":1}\n", "a,b\n1|1|x|\n. 1\n", false},
	{"{\"a\":1}\r\n \n{\"$end\": 1 }", "a\n1|1|\n. 1\n", false},
	{"\xef\xbb\xbf\n {\"a\":null}\n{\"$end\":1}\n\n \n", "a\n2|~|\n. 1\n", false},
	{"{\"$end\":0}\n", "\n. 0\n", false},
	/* values */
	{"{\"a\":123456789012345678901234567890.10,\"b\":-1e-7,\"c\":true,\"d\":false}\n{\"$end\":1}\n",
	 "a,b,c,d\n1|123456789012345678901234567890.10|-1e-7|t|f|\n. 1\n", false},
	{"{\"a\":[1, {\"x\":\"]\"}],\"b\": {} ,\"c\":\"\\u00e4\\ud83d\\ude00\\/\\n\",\"d\":\"\"}\n"
	 "{\"$end\":1}\n",
	 "a,b,c,d\n1|[1, {\"x\":\"]\"}]|{}|\xc3\xa4\xf0\x9f\x98\x80/\n||\n. 1\n", false},
	/* keys in any order */
	{"{\"a\":1,\"b\":2,\"c\":3}\n{\"c\":3,\"a\":1,\"b\":2}\n{\"b\":[{\"a\":0}],\"c\":3,\"a\":1}\n"
	 "{\"$end\":3}\n", "a,b,c\n1|1|2|3|\n2|1|2|3|\n3|1|[{\"a\":0}]|3|\n. 3\n", false},
	{"{\"$end\":1,\"a\":2}\n{\"a\":3,\"$end\":4}\n{\"$end\":2}\n",
	 "$end,a\n1|1|2|\n2|4|3|\n. 2\n", false},
	/* malformed lines */
	{"{\"a\":1,\"b\":2}\n{\"a\":1}\n{\"a\":1,\"b\":2,\"c\":3}\n{\"a\":1,\"b\":2,\"a\":3}\n"
	 "[1]\n5\n{\"a\":1,\"b\":2} {}\n{\"a\":1,\n\"b\":2}\n{\"a\":01,\"b\":2}\n"
	 "{\"a\":\"\\ud800\",\"b\":2}\n{\"a\":\"\xff\",\"b\":2}\n{\"a\":\"\\\\ud800\",\"b\":2}\n"
	 "{\"$end\":13}\n",
	 "a,b\n1|1|2|\n"
	 "? 2 in line 2: column b is missing\n{\"a\":1}\n"
	 "? 2 in line 3: the first row has no column c\n{\"a\":1,\"b\":2,\"c\":3}\n"
	 "? 2 in line 4: column a stands there twice\n{\"a\":1,\"b\":2,\"a\":3}\n"
	 "? 2 in line 5: the line is no JSON object\n[1]\n"
	 "? 2 in line 6: the line is no JSON object\n5\n"
	 "? 2 in line 7: the line holds more than one value\n{\"a\":1,\"b\":2} {}\n"
	 "? 2 in line 8: the object does not end on its line\n{\"a\":1,\n"
	 "? 2 in line 9: the line is no JSON: parse error: unallowed token at this "
	 "point in JSON text\n\"b\":2}\n"
	 "? 2 in line 10: the line is no JSON: parse error: after key and value, inside map, I "
	 "expect ',' o\xe2\x80\xa6\n{\"a\":01,\"b\":2}\n"
	 "? 2 in line 11: the line holds half of a surrogate pair\n{\"a\":\"\\ud800\",\"b\":2}\n"
	 "? 2 in line 12: the line is not UTF-8\n{\"a\":\"\xff\",\"b\":2}\n"
	 "13|\\ud800|2|\n. 13\n", false},
	{"{\"a\":1}\n{\"a\":1}{\"a\":\n{\"a\":2}\n{\"$end\":3}\n",
	 "a\n1|1|\n? 2 in line 2: the object does not end on its line\n{\"a\":1}{\"a\":\n"
	 "3|2|\n. 3\n", false},
	/* ends */
	{"{\"a\":1}\n", "a\n1|1|\n! 3 in line 2: the stream was cut off: no end mark after row 1\n",
	 false},
	{"{\"a\":1}\n{\"a\":2}",
	 "a\n1|1|\n! 3 in line 2: the stream was cut off: no end mark after row 1\n", false},
	{"{\"a\":1}\n{\"$end\":",
	 "a\n1|1|\n! 3 in line 2: the stream was cut off: no end mark after row 1\n", false},
	{"{\"a\":1}\n{\"$end\":2}\n", "a\n1|1|\n! 3 in line 2: the end mark counts 2 rows, but 1 came\n",
	 false},
	{"{\"a\":1}\n{\"$end\":1}\n{\"a\":1}\n", "a\n1|1|\n! 2 in line 3: data after the end mark\n",
	 false},
	{"{\"a\":1}\n{\"a\":2}", "a\n1|1|\n2|2|\n. 2\n", true},
	{"{\"a\":1}\n{\"$end\":1}", "a\n1|1|\n. 1\n", true},
	/* the first line */
	{"{\"a\":", "! 3 in line 1: the stream was cut off: no end mark after row 0\n", false},
	{"{}\n{\"$end\":1}\n", "! 2 in has no columns\n", false},
	{"{\"a\":1,\"a\":2}\n", "! 2 in: column names that stand there twice: a\n", false},
	{"{\"\":1}\n", "! 2 in: column 1 has no name\n", false},
	{"{\"a\\u0000\":1}\n", "! 2 in: the name of column 1 holds a NUL byte\n", false},
};

static void try_example(const struct example *x)
{
	struct buf story = BUF_INIT;
	size_t n = strlen(x->in);

	for (size_t chunk = 0; chunk <= n; chunk++) {
		int fd = memory_file(x->in, n);

		read_fd(&story, fd, x->no_end, chunk);
		if (strcmp(buf_cstr(&story), x->story))
			print_error("chunk size %zu of: %s\n", chunk, x->in);
		assert_string_equal(buf_cstr(&story), x->story);
		close(fd);
	}
	buf_free(&story);
}

static void test_csv(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof csv / sizeof *csv; i++)
		try_example(&csv[i]);
}

static void test_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof json / sizeof *json; i++)
		try_example(&json[i]);
}

static void test_pipe(void **state)
{
	struct buf story = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof csv / sizeof *csv; i++) {
		struct err e = ERR_INIT;
		int fd[2];

		assert_int_equal(pipe(fd), 0);
		assert_int_equal(io_write(fd[1], csv[i].in, strlen(csv[i].in), "pipe", &e), 0);
		close(fd[1]);
		read_fd(&story, fd[0], csv[i].no_end, i % 7);
		assert_string_equal(buf_cstr(&story), csv[i].story);
		close(fd[0]);
	}
	buf_free(&story);
}

/* A stream that ends anywhere before its end mark never ends well. */
static void test_every_prefix_is_cut_off(void **state)
{
	static const char *const streams[] = {
		"a,b\n1,\"x\n\\.\n\"\n\n,\"\"\"\"\n\\.\n",
		"{\"a\":1,\"b\":\"\\n\"}\n{\"a\":true,\"b\":{\"$end\":1}}\n{\"$end\":2}\n",
	};
	struct buf story = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(streams[i]);

		for (size_t cut = 0; cut <= n; cut++) {
			int fd = memory_file(streams[i], cut);
			const char *text;

			read_fd(&story, fd, false, 0);
			text = buf_cstr(&story);
			if ((cut + 1 < n) == !strstr(text, "! 3 in line"))
				print_error("cut at %zu: %s\n", cut, text);
			if (cut + 1 < n)
				assert_non_null(strstr(text, "! 3 in line"));
			else
				assert_null(strstr(text, "! "));
			close(fd);
		}
	}
	buf_free(&story);
}

static void test_read_failure(void **state)
{
	struct reader_options options = {.chunk = 4};
	struct err e = ERR_INIT;
	struct reader *r;
	struct row row;
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_null(reader_open(fd, "in", NULL, &e));
	assert_string_equal(e.msg, "cannot read in: Is a directory");
	assert_int_equal(e.status, EXIT_FAILED);
	err_clear(&e);
	close(fd);

	for (int i = 0; i < 2; i++) {
		const char *text = i ? "{\"a\":1}\n{\"a\":2}\n{\"$end\":2}\n" : "a\n1\n2\n3\n4\n\\.\n";
		enum reader_status status;

		fd = memory_file(text, strlen(text));
		r = reader_open(fd, "in", &options, &e);
		assert_non_null(r);
		close(fd);
		while ((status = reader_next(r, &row, &e)) == READER_ROW)
			;
		assert_int_equal(status, READER_FAILED);
		assert_string_equal(e.msg, "cannot read in: Bad file descriptor");
		assert_int_equal(e.status, EXIT_FAILED);
		err_clear(&e);
		reader_free(r);
	}
}

/* Long and many fields: those that stay in the parser's own buffer, too. */
static void test_huge(void **state)
{
	static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 300000, 5000000, 3};
	const size_t nsizes = sizeof sizes / sizeof *sizes;

	(void)state;
	for (int format = 0; format < 2; format++) {
		struct buf text = BUF_INIT;
		struct err e = ERR_INIT;
		struct reader *r;
		struct row row;
		int fd;

		buf_adds(&text, format ? "" : "a,b,c\n");
		for (size_t i = 0; i < nsizes; i++) {
			buf_adds(&text, format ? "{\"a\":\"k\",\"b\":\"\\\"" : "k,\"\"\"");
			memset(buf_room(&text, sizes[i]), 'x', sizes[i]);
			text.n += sizes[i];
			buf_adds(&text, format ? "\\n\",\"c\":\"\"}\n" : "\n\",\"\"\n");
		}
		buf_adds(&text, format ? "{\"$end\":8}\n" : "\\.\n");
		fd = memory_file(text.p, text.n);
		r = reader_open(fd, "in", NULL, &e);
		for (size_t i = 0; i < nsizes; i++) {
			assert_int_equal(reader_next(r, &row, &e), READER_ROW);
			assert_int_equal(reader_line(r), format ? i + 1 : 2 * i + 2);
			assert_true(row.f[0].n == 1 && row.f[0].p[0] == 'k');
			assert_int_equal(row.f[1].n, sizes[i] + 2);
			assert_true(row.f[1].p[0] == '"' && row.f[1].p[sizes[i] + 1] == '\n');
			assert_null(memchr(row.f[1].p + 1, '"', sizes[i]));
			assert_true(row.f[2].p && row.f[2].n == 0);
		}
		assert_int_equal(reader_next(r, &row, &e), READER_END);
		reader_free(r);
		close(fd);
		buf_free(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_every_prefix_is_cut_off),
		cmocka_unit_test(test_read_failure),
		cmocka_unit_test(test_huge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
