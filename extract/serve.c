/*
 * extract --serve: many streams of rows from one session; extract --ask: one of them.
 *
 * Over a local socket. The one that asks sends `[schema.]table [NUL predicate]`, with its standard
 * output as ancillary data, and ends that direction. The session writes the stream there itself,
 * closes it, and answers with a byte. So no row is copied, and whoever ends, however, the other
 * one is told by the kernel and never waits in vain.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rows.h"

/* The control data of one file descriptor. */
union control {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/* Names a socket by its folder, since an address has room for 107 bytes only. Returns the
 * folder's descriptor, to be closed after the use of the address, or -1. */
static int address(struct sockaddr_un *a, const char *path, struct err *e)
{
	char *folder = xstrdup(path), *name = xstrdup(path);
	int fd = open(dirname(folder), O_PATH | O_DIRECTORY | O_CLOEXEC), n;

	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(a->sun_path, sizeof a->sun_path, "/proc/self/fd/%d/%s", fd, basename(name));
	if (fd < 0) {
		err_set(e, EXIT_FAILED, "%s: %s", path, strerror(errno));
	} else if ((size_t)n >= sizeof a->sun_path) {
		err_set(e, EXIT_BAD, "%s: too long for the name of a socket", path);
		close(fd);
		fd = -1;
	}
	free(folder);
	free(name);
	return fd;
}

/* ---- The one that asks ---- */

static int send_request(int to, const char *table, const char *where, struct err *e)
{
	struct buf line = BUF_INIT;
	struct iovec text;
	union control control = {{0}};
	struct msghdr m = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = control.space,
			   .msg_controllen = sizeof control.space};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int output = STDOUT_FILENO;
	ssize_t n;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof output);
	memcpy(CMSG_DATA(c), &output, sizeof output);
	buf_adds(&line, table);
	if (where)
		buf_add(&line, "", 1);
	buf_adds(&line, where ? where : "");
	text = (struct iovec){.iov_base = line.p, .iov_len = line.n};
	n = sendmsg(to, &m, MSG_NOSIGNAL);
	if (n >= 0 && (size_t)n < line.n) { /* a part of a predicate is another predicate */
		n = -1;
		errno = EINTR;
	}
	buf_free(&line);
	if (n < 0 || shutdown(to, SHUT_WR) < 0)
		return err_set(e, EXIT_FAILED, "cannot ask the session: %s", strerror(errno));
	return 0;
}

int ask(const char *path, const char *table, const char *where, struct err *e)
{
	struct sockaddr_un a;
	int folder = address(&a, path, e), fd, status = -1;
	char done;

	if (folder < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		err_set(e, EXIT_FAILED, "%s: no session: %s", path, strerror(errno));
	else
		status = send_request(fd, table, where, e);
	close(folder);
	if (status == 0 && io_read(fd, &done, 1, path, e) <= 0)
		status = err_set(e, EXIT_FAILED, "%s: the session ended before all rows were there",
				 path);
	if (fd >= 0)
		close(fd);
	return status;
}

/* ---- The session ---- */

static int take_output(struct msghdr *m)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

/* Reads a request. Returns where the stream goes, or -1: whoever asked has gone, or is none of
 * ours. */
static int take_request(int from, struct buf *request)
{
	int output = -1;
	ssize_t n;

	buf_reset(request);
	do {
		union control control;
		struct iovec text = {.iov_base = buf_room(request, IO_CHUNK), .iov_len = IO_CHUNK};
		/* the kernel drops what there is no room for: all descriptors but one */
		struct msghdr m = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = control.space,
				   .msg_controllen = output < 0 ? CMSG_LEN(sizeof output) : 0};

		n = recvmsg(from, &m, MSG_CMSG_CLOEXEC);
		if (n > 0 && output < 0)
			output = take_output(&m);
		request->n += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n == 0 && output >= 0)
		return output;
	if (output >= 0)
		close(output);
	return -1;
}

static int write_rows(struct db *db, const struct extract_how *o, struct buf *request, int fd,
		      struct err *e)
{
	const char *name = buf_cstr(request), *behind = name + strlen(name);
	struct table *table = db_table(db, name, false, e);
	struct select select = {.table = table,
				.where = behind < name + request->n ? behind + 1 : NULL};
	struct out out;
	int status = -1;

	out_open(&out, fd, name);
	if (table)
		status = extract_rows(db, o, &select, &out, e);
	if (status == 0) {
		status = out_close(&out, e);
	} else {
		buf_free(&out.b);
		close(fd);
	}
	table_free(table);
	return status == 0 ? 0 : -1;
}

static int answer(struct db *db, const struct extract_how *o, int listener, struct buf *request,
		  struct err *e)
{
	int from = accept4(listener, NULL, NULL, SOCK_CLOEXEC), output, status = 0;

	if (from < 0)
		return errno == EINTR || errno == ECONNABORTED
			       ? 0 : err_set(e, EXIT_FAILED, "accept: %s", strerror(errno));
	output = take_request(from, request);
	if (output >= 0) {
		status = write_rows(db, o, request, output, e);
		if (status == 0)
			send(from, "", 1, MSG_NOSIGNAL);
	}
	close(from);
	return status;
}

/* 1: there is a request; 0: standard input has ended; -1. */
static int wait_for_request(int listener, struct err *e)
{
	char ignored[256];
	struct pollfd p[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			     {.fd = listener, .events = POLLIN}};

	for (;;) {
		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_set(e, EXIT_FAILED, "poll: %s", strerror(errno));
		}
		if (p[0].revents) {
			ssize_t n = io_read(STDIN_FILENO, ignored, sizeof ignored, "standard input",
					    e);

			if (n <= 0)
				return (int)n;
		}
		if (p[1].revents)
			return 1;
	}
}

/* Others may not even connect. */
static int bind_private(int fd, const struct sockaddr_un *a)
{
	mode_t mask = umask(0177);
	int status = bind(fd, (const struct sockaddr *)a, sizeof *a);

	umask(mask);
	return status;
}

int serve_open(const char *path, struct err *e)
{
	struct sockaddr_un a;
	int folder = address(&a, path, e), fd;

	if (folder < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind_private(fd, &a) < 0 || listen(fd, 16) < 0) {
		bool there = errno == EADDRINUSE;

		err_set(e, EXIT_FAILED, "%s: %s", path, strerror(errno));
		if (there)
			err_hint(e, "remove it, if it is what a session that was killed has left");
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	close(folder);
	return fd;
}

int serve(struct db *db, const struct extract_how *o, int listener, struct err *e)
{
	struct buf request = BUF_INIT;
	int status;

	while ((status = wait_for_request(listener, e)) > 0) {
		status = answer(db, o, listener, &request, e);
		if (status < 0)
			break;
	}
	buf_free(&request);
	close(listener);
	return status;
}
