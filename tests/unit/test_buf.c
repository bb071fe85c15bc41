/* The lowest layer: buffers, checked I/O, errors, options, progress. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "opt.h"
#include "progress.h"

static void test_buf(void **state)
{
	struct buf b = BUF_INIT;
	char *s;

	(void)state;
	assert_string_equal(buf_cstr(&b), "");
	for (int i = 0; i < 10000; i++)
		buf_addc(&b, (char)('a' + i % 26));
	assert_int_equal(b.n, 10000);
	assert_true(b.cap >= b.n && b.p[9999] == 'a' + 9999 % 26);
	buf_reset(&b);
	buf_adds(&b, "ab");
	buf_add(&b, "\0c", 2);
	buf_addf(&b, "%d%%", 12);
	assert_int_equal(b.n, 7);
	assert_memory_equal(b.p, "ab\0c12%", 7);
	s = buf_detach(&b);
	assert_memory_equal(s, "ab\0c12%", 8);
	free(s);
	assert_null(b.p);
	assert_int_equal(b.n + b.cap, 0);
	buf_room(&b, 100000);
	buf_trim(&b, 4096);
	assert_int_equal(b.cap, 0);
	buf_free(&b);
}

static void test_err(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, EXIT_BAD, "age: %d does not fit", 300), -1);
	assert_int_equal(err_prefix(&e, "line %d", 17), -1);
	assert_int_equal(err_hint(&e, "look %s", "there"), -1);
	assert_string_equal(e.msg, "line 17: age: 300 does not fit");
	assert_string_equal(e.hint, "look there");
	assert_int_equal(e.status, EXIT_BAD);
	err_set(&e, EXIT_FAILED, "gone");
	assert_null(e.hint);
	assert_int_equal(e.status, EXIT_FAILED);
	err_clear(&e);
	assert_null(e.msg);
}

static void test_progname(void **state)
{
	const char *before = progname;

	(void)state;
	set_progname("/usr/bin/row-load");
	assert_string_equal(progname, "load");
	set_progname("extract");
	assert_string_equal(progname, "extract");
	progname = before;
}

static void test_io(void **state)
{
	struct err e = ERR_INIT;
	struct out out;
	char back[16];
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	out_open(&out, fd[1], "the pipe");
	assert_int_equal(out_add(&out, "abc", 3, &e), 0);
	assert_int_equal(out_flush(&out, &e), 0);
	assert_int_equal(out_add(&out, "de", 2, &e), 0);
	assert_int_equal(out_close(&out, &e), 0);
	assert_int_equal(io_read(fd[0], back, sizeof back, "the pipe", &e), 5);
	assert_memory_equal(back, "abcde", 5);
	assert_int_equal(io_read(fd[0], back, sizeof back, "the pipe", &e), 0);
	close(fd[0]);
	assert_int_equal(io_read(fd[0], back, sizeof back, "the pipe", &e), -1);
	assert_string_equal(e.msg, "cannot read the pipe: Bad file descriptor");
	assert_int_equal(e.status, EXIT_FAILED);
	err_clear(&e);
}

static void test_full(void **state)
{
	struct err e = ERR_INIT;
	struct out out;
	static char chunk[IO_CHUNK];

	(void)state;
	out_open(&out, open("/dev/full", O_WRONLY), "standard output");
	assert_true(out.fd >= 0);
	assert_int_equal(out_add(&out, "abc", 3, &e), 0);
	assert_int_equal(out_close(&out, &e), -1);
	assert_string_equal(e.msg, "cannot write standard output: No space left on device");
	assert_int_equal(e.status, EXIT_FAILED);
	err_clear(&e);
	out_open(&out, open("/dev/full", O_WRONLY), "standard output");
	assert_int_equal(out_add(&out, chunk, sizeof chunk, &e), -1);
	err_clear(&e);
	out_close(&out, &e);
	err_clear(&e);
}

/* ---- Options ---- */

struct options {
	bool flag;
	const char *text;
	uint64_t number;
	int format;
	struct opt_list list;
};

/* Runs opt_parse() in a child, whose exit status is returned; if it parses,
 * the values are its output, else the usage error. */
static int parse(const char *const *args, char *out, size_t size)
{
	struct options o = {.number = 7};
	const struct opt table[] = {
		OPT_FLAG('v', "verbose", &o.flag, "more"),
		OPT_STR('w', "where", "SQL", &o.text, "which rows"),
		OPT_NUM('n', "number", "N", &o.number, 1, 100, "how many"),
		OPT_LIST(0, "item", "X", &o.list, "one more"),
		OPT_FORMAT(&o.format),
		OPT_END,
	};
	char *argv[16] = {(char *)"test"}, **operands;
	int argc = 1, n, fd[2], status;
	size_t used = 0;
	ssize_t got;
	pid_t pid;

	for (; args[argc - 1]; argc++)
		argv[argc] = (char *)args[argc - 1];
	fflush(NULL);
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fd[1], 1);
		dup2(fd[1], 2);
		close(fd[0]);
		n = opt_parse(argc, argv, "[OPTION]... URL", "Does a test.", table, 0, 1,
			      &operands);
		printf("%d %s %d %s %d %d", n, n ? operands[0] : "-", o.flag,
		       o.text ? o.text : "-", (int)o.number, o.format);
		for (int i = 0; i < o.list.n; i++)
			printf(" %s", o.list.v[i]);
		fflush(stdout);
		_exit(0);
	}
	close(fd[1]);
	while (used + 1 < size && (got = read(fd[0], out + used, size - 1 - used)) > 0)
		used += (size_t)got;
	out[used] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_options(void **state)
{
	static const struct {
		const char *args[8];
		int status;
		const char *out; /* which the output begins with, or holds if there was an error */
	} t[] = {
		{{NULL}, 0, "0 - 0 - 7 0"},
		{{"-v", "-w", "a=1", "-n", "5", "url", NULL}, 0, "1 url 1 a=1 5 0"},
		{{"url", "--number=100", "--format=ndjson", NULL}, 0, "1 url 0 - 100 1"},
		{{"--item", "a", "--item=b", "--", "-v", NULL}, 0, "1 -v 0 - 7 0 a b"},
		{{"--number=0", NULL}, 2, "'0' is not a number from 1 to 100"},
		{{"--number=101", NULL}, 2, "'101' is not a number"},
		{{"--number=5x", NULL}, 2, "'5x' is not a number"},
		{{"--number=", NULL}, 2, "'' is not a number"},
		{{"--number=18446744073709551617", NULL}, 2, "is not a number"},
		{{"-f", "xml", NULL}, 2, "'xml' is none of csv, ndjson"},
		{{"--no-such", NULL}, 2, "--help"},
		{{"a", "b", NULL}, 2, "too many operands"},
		{{"--help", NULL}, 0, "usage: "},
		{{"--version", NULL}, 0, "(Rowboat) "},
	};
	char out[8192];

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		assert_int_equal(parse(t[i].args, out, sizeof out), t[i].status);
		assert_non_null(strstr(out, t[i].out));
	}
}

/* ---- Progress ---- */

/* Tells of `rows` rows, one a millisecond if slow, with standard error in a
 * pipe, and returns the number of bytes that were shown. */
static ssize_t shown(struct progress *p, uint64_t rows, bool slow, char *out, size_t size)
{
	int fd[2], saved = dup(2);
	ssize_t n;

	assert_int_equal(pipe(fd), 0);
	dup2(fd[1], 2);
	progress_start(p, "users", 2000);
	for (uint64_t i = 1; i <= rows; i++) {
		progress_rows(p, i, i);
		if (slow)
			usleep(1000);
	}
	progress_clear(p);
	dup2(saved, 2);
	close(saved);
	close(fd[1]);
	n = read(fd[0], out, size - 1);
	out[n < 0 ? 0 : n] = '\0';
	close(fd[0]);
	return n;
}

static void test_progress(void **state)
{
	struct progress silent = {0}, quiet = {.force = true, .quiet = true},
			forced = {.force = true};
	char out[4096];

	(void)state;
	assert_int_equal(shown(&silent, 1000, false, out, sizeof out), 0);
	assert_int_equal(shown(&quiet, 1000, false, out, sizeof out), 0);
	assert_int_equal(shown(&forced, 1000000, false, out, sizeof out), 0);
	assert_true(shown(&forced, 1300, true, out, sizeof out) > 0);
	assert_non_null(strstr(out, "users: "));
	assert_non_null(strstr(out, " rows/s, "));
	assert_non_null(strstr(out, "%, 0:0"));
	assert_string_equal(out + strlen(out) - 4, "\r\033[K");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf),	cmocka_unit_test(test_err),
		cmocka_unit_test(test_progname), cmocka_unit_test(test_io),
		cmocka_unit_test(test_full),	cmocka_unit_test(test_options),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
