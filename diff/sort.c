#include "sort.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"

#define SORT_MEMORY "24M"
#define KEY_END '\1'

/*
 * Bytes that must not stand in a line of sort(1), or in a key before KEY_END, become two,
 * in the same order: a lead byte that sorts where they did, and a letter.
 */
static void add_escaped(struct buf *b, const char *p, size_t n)
{
	const char *end = p + n, *from = p;

	for (; p < end; p++) {
		unsigned char c = (unsigned char)*p;

		if (c > 2 && c != '\t' && c != '\n')
			continue;
		buf_add(b, from, (size_t)(p - from));
		from = p + 1;
		buf_addc(b, c <= 2 ? '\2' : '\t');
		buf_addc(b, (char)(c <= 2 ? 'a' + c : 'a' + (c - '\t')));
	}
	buf_add(b, from, (size_t)(p - from));
}

static void add_unescaped(struct buf *b, const char *p, size_t n)
{
	const char *end = p + n;

	buf_room(b, n + 1);
	for (; p < end; p++) {
		if ((*p != '\2' && *p != '\t') || p + 1 == end)
			b->p[b->n++] = *p;
		else if (*p++ == '\2')
			b->p[b->n++] = (char)(*p - 'a');
		else
			b->p[b->n++] = (char)('\t' + (*p - 'a'));
	}
}

static _Noreturn void run_sort(int in, int out)
{
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	setenv("LC_ALL", "C", 1);
	signal(SIGPIPE, SIG_DFL);
	execlp("sort", "sort", "-S", SORT_MEMORY, (char *)NULL);
	warn("cannot run sort: %s", strerror(errno));
	_exit(127);
}

int sorter_open(struct sorter *s, struct err *e)
{
	int to[2], from[2];
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	*s = (struct sorter){.to = -1, .from = -1};
	if (pipe2(to, O_CLOEXEC) < 0)
		return err_set(e, EXIT_FAILED, "cannot make a pipe: %s", strerror(errno));
	if (pipe2(from, O_CLOEXEC) < 0) {
		close(to[0]);
		close(to[1]);
		return err_set(e, EXIT_FAILED, "cannot make a pipe: %s", strerror(errno));
	}
	s->pid = fork();
	if (s->pid == 0)
		run_sort(to[0], from[1]);
	close(to[0]);
	close(from[1]);
	s->to = to[1];
	s->from = from[0];
	if (s->pid < 0)
		return err_set(e, EXIT_FAILED, "cannot start sort: %s", strerror(errno));
	/* If sort(1) fails, that shall be an error here and no silent end. */
	sigaction(SIGPIPE, &ignore, &s->old);
	return 0;
}

static int write_all(struct sorter *s, struct err *e)
{
	size_t at = 0;

	while (at < s->out.n) {
		ssize_t put = write(s->to, s->out.p + at, s->out.n - at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_set(e, EXIT_FAILED, "cannot write to sort: %s", strerror(errno));
		at += (size_t)put;
	}
	buf_reset(&s->out);
	return 0;
}

int sorter_add(struct sorter *s, const struct field *key, size_t nkey, const char *line, size_t n,
	       struct err *e)
{
	struct buf *b = &s->out;

	for (size_t i = 0; i < nkey; i++) {
		buf_addc(b, key[i].p ? '1' : '0');
		add_escaped(b, key[i].p, key[i].n);
		buf_addc(b, KEY_END);
	}
	buf_addc(b, KEY_END);
	add_escaped(b, line, n);
	buf_addc(b, '\n');
	return b->n < IO_CHUNK ? 0 : write_all(s, e);
}

int sorter_finish(struct sorter *s, struct err *e)
{
	int status = write_all(s, e);

	close(s->to);
	s->to = -1;
	sigaction(SIGPIPE, &s->old, NULL);
	return status;
}

static int check_exit(struct sorter *s, struct err *e)
{
	int status;
	pid_t pid = s->pid;

	s->pid = 0;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, EXIT_FAILED, "sort: %s", strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	err_set(e, EXIT_FAILED, "sort failed");
	return err_hint(e, "its temporary files lie below TMPDIR, or /tmp");
}

/* Takes the whole lines that are there. */
static void take_lines(struct sorter *s, struct buf *b)
{
	const char *end = s->in.p + s->in.n, *p = s->in.p + s->at;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *line;

		if (!nl)
			break;
		line = memmem(p, (size_t)(nl - p), "\1\1", 2);
		if (line) {
			line += 2;
			add_unescaped(b, line, (size_t)(nl - line));
		}
		buf_addc(b, '\n');
		p = nl + 1;
	}
	s->at = (size_t)(p - s->in.p);
}

int sorter_get(struct sorter *s, struct buf *b, struct err *e)
{
	size_t start = b->n;
	ssize_t got;

	while (b->n == start) {
		if (s->at)
			memmove(s->in.p, s->in.p + s->at, s->in.n - s->at);
		s->in.n -= s->at;
		s->at = 0;
		got = io_read(s->from, buf_room(&s->in, IO_CHUNK), IO_CHUNK, "sort", e);
		if (got <= 0)
			return got < 0 ? -1 : check_exit(s, e);
		s->in.n += (size_t)got;
		take_lines(s, b);
	}
	return 1;
}

void sorter_close(struct sorter *s)
{
	if (s->from >= 0)
		close(s->from);
	if (s->to >= 0)
		close(s->to);
	if (s->pid > 0)
		waitpid(s->pid, NULL, 0);
	buf_free(&s->in);
	buf_free(&s->out);
}
