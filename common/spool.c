#include "spool.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "io.h"

#define KEPT (4u << 20)   /* at most so many bytes stay in memory */
#define CHUNK (256u << 10)

struct head {
	uint64_t tag;
	uint64_t n;
};

static int fail(const char *what, struct err *e)
{
	err_set(e, EXIT_FAILED, "cannot %s a temporary file: %s", what, strerror(errno));
	return err_hint(e, "TMPDIR can name another folder for it");
}

static int write_tail(struct spool *s, struct err *e)
{
	if (s->fd <= 0 && (s->fd = io_temporary(e)) < 0)
		return -1;
	for (size_t done = 0; done < s->tail.n;) {
		ssize_t n = pwrite(s->fd, s->tail.p + done, s->tail.n - done,
				   (off_t)(s->filed + done));

		if (n < 0 && errno != EINTR)
			return fail("write", e);
		done += n > 0 ? (size_t)n : 0;
	}
	s->filed += s->tail.n;
	buf_reset(&s->tail);
	return 0;
}

int spool_add(struct spool *s, uint64_t tag, const void *p, size_t n, struct err *e)
{
	struct head head = {tag, n};

	if (s->tail.n + n > KEPT && s->tail.n && write_tail(s, e) < 0)
		return -1;
	buf_add(&s->tail, &head, sizeof head);
	buf_add(&s->tail, p, n);
	return 0;
}

uint64_t spool_size(const struct spool *s)
{
	return s->filed + s->tail.n;
}

int spool_cut(struct spool *s, uint64_t size, struct err *e)
{
	if (size >= s->filed) {
		s->tail.n = (size_t)(size - s->filed);
		return 0;
	}
	buf_reset(&s->tail);
	s->filed = size;
	if (ftruncate(s->fd, (off_t)size) < 0)
		return fail("cut", e);
	return 0;
}

void spool_rewind(struct spool *s)
{
	s->at = 0;
	s->read = 0;
	buf_reset(&s->chunk);
}

/* Has the chunk hold the n bytes at s->read, reading on in the file. */
static int fill(struct spool *s, size_t n, struct err *e)
{
	size_t left = s->chunk.n - s->read, want;

	if (left >= n)
		return 0;
	if (left)
		memmove(s->chunk.p, s->chunk.p + s->read, left);
	s->at += s->read;
	s->read = 0;
	s->chunk.n = left;
	want = n - left > CHUNK ? n - left : CHUNK;
	if (want > s->filed - s->at - left)
		want = (size_t)(s->filed - s->at - left);
	buf_room(&s->chunk, want);
	while (want) {
		ssize_t got = pread(s->fd, s->chunk.p + s->chunk.n, want,
				    (off_t)(s->at + s->chunk.n));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail("read", e);
		s->chunk.n += (size_t)got;
		want -= (size_t)got;
	}
	return s->chunk.n >= n ? 0 : err_set(e, EXIT_FAILED, "a temporary file was cut short");
}

int spool_next(struct spool *s, uint64_t *tag, const void **p, size_t *n, struct err *e)
{
	uint64_t here = s->at + s->read;
	const char *from;
	struct head head;

	if (here >= spool_size(s))
		return 0;
	if (here >= s->filed) {
		from = s->tail.p + (here - s->filed);
		memcpy(&head, from, sizeof head);
	} else {
		if (fill(s, sizeof head, e) < 0)
			return -1;
		memcpy(&head, s->chunk.p + s->read, sizeof head);
		if (fill(s, sizeof head + head.n, e) < 0)
			return -1;
		from = s->chunk.p + s->read;
	}
	s->read += sizeof head + head.n;
	*tag = head.tag;
	*p = from + sizeof head;
	*n = head.n;
	return 1;
}

void spool_reset(struct spool *s)
{
	if (s->filed && ftruncate(s->fd, 0) < 0) {
		close(s->fd); /* a new one will do */
		s->fd = 0;
	}
	s->filed = 0;
	buf_reset(&s->tail);
	spool_rewind(s);
	buf_trim(&s->tail, 2 * KEPT);
	buf_trim(&s->chunk, 2 * KEPT);
}

void spool_free(struct spool *s)
{
	if (s->fd > 0)
		close(s->fd);
	buf_free(&s->tail);
	buf_free(&s->chunk);
	*s = (struct spool){0};
}
