/*
 * Checked input and output on file descriptors. Nothing that a program writes
 * is ever lost without an exit status that says so: out_close() reports what
 * write(2) and close(2) report, /dev/full included.
 */
#ifndef IO_H
#define IO_H

#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "err.h"

#define IO_CHUNK 65536 /* bytes that are read or written at once */

/* read(2) that goes on after EINTR. Returns the bytes read, 0 at end of file,
 * -1 with *e set (name is said in the message). */
ssize_t io_read(int fd, void *p, size_t n, const char *name, struct err *e);

/* Writes all n bytes. Returns 0, or -1 with *e set. A broken pipe is the
 * signal SIGPIPE, which is left at its default: the process ends quietly. */
int io_write(int fd, const void *p, size_t n, const char *name, struct err *e);

/* A temporary file without a name, in TMPDIR or /tmp: its descriptor, or -1 with *e set. */
int io_temporary(struct err *e);

/* Lets a pipe hold 1 MiB instead of 64 KiB, so that its two ends wait for each
 * other less often (Linux, F_SETPIPE_SZ in fcntl(2)). No pipe, or not allowed:
 * nothing happens. */
void io_widen_pipe(int fd);

/* A buffered output. b holds what is not yet written. */
struct out {
	int fd;
	const char *name; /* for messages; borrowed */
	struct buf b;
	uint64_t bytes;   /* written so far */
};

void out_open(struct out *o, int fd, const char *name);

/* Adds bytes; writes once IO_CHUNK of them have gathered. Returns 0 or -1. */
int out_add(struct out *o, const void *p, size_t n, struct err *e);

/* Writes what is buffered, if it is IO_CHUNK bytes or more. For callers that
 * add to o->b themselves and then count the bytes here. Returns 0 or -1. */
int out_drain(struct out *o, struct err *e);

/* Writes all that is buffered. Returns 0 or -1. */
int out_flush(struct out *o, struct err *e);

/* Flushes, closes the descriptor and frees the buffer, all checked. */
int out_close(struct out *o, struct err *e);

#endif
