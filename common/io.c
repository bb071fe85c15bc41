#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t io_read(int fd, void *p, size_t n, const char *name, struct err *e)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(e, EXIT_FAILED, "cannot read %s: %s", name, strerror(errno));
	return got;
}

/* libmariadb has SIGPIPE ignored, so the default that it took away is done here. */
static void end_quietly(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

int io_write(int fd, const void *p, size_t n, const char *name, struct err *e)
{
	const char *at = p;

	while (n) {
		ssize_t put = write(fd, at, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && errno == EPIPE)
			end_quietly();
		if (put < 0)
			return err_set(e, EXIT_FAILED, "cannot write %s: %s", name,
				       strerror(errno));
		at += put;
		n -= (size_t)put;
	}
	return 0;
}

int io_temporary(struct err *e)
{
	const char *dir = getenv("TMPDIR");
	char *path = xasprintf("%s/rowboat.XXXXXX", dir && *dir ? dir : "/tmp");
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0) {
		err_set(e, EXIT_FAILED, "cannot make %s: %s", path, strerror(errno));
		err_hint(e, "TMPDIR can name another folder for temporary files");
	} else {
		unlink(path);
	}
	free(path);
	return fd;
}

void io_widen_pipe(int fd)
{
#ifdef F_SETPIPE_SZ
	fcntl(fd, F_SETPIPE_SZ, 1 << 20);
#else
	(void)fd;
#endif
}

void out_open(struct out *o, int fd, const char *name)
{
	io_widen_pipe(fd);
	*o = (struct out){.fd = fd, .name = name};
}

int out_flush(struct out *o, struct err *e)
{
	size_t n = o->b.n;

	buf_reset(&o->b);
	o->bytes += n;
	return n ? io_write(o->fd, o->b.p, n, o->name, e) : 0;
}

int out_drain(struct out *o, struct err *e)
{
	return o->b.n < IO_CHUNK ? 0 : out_flush(o, e);
}

int out_add(struct out *o, const void *p, size_t n, struct err *e)
{
	buf_add(&o->b, p, n);
	return out_drain(o, e);
}

int out_close(struct out *o, struct err *e)
{
	int status = out_flush(o, e);

	buf_free(&o->b);
	if (close(o->fd) < 0 && status == 0)
		status = err_set(e, EXIT_FAILED, "cannot close %s: %s", o->name,
				 strerror(errno));
	return status;
}
