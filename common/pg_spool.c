#include "pg_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK (256 * 1024) /* bytes written or read at once */
#define HEAD 12            /* each message: its length, its LSN */

static const char *directory(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
}

static int fail(const char *what, struct err *e)
{
	err_set(e, EXIT_FAILED, "cannot %s a temporary file in %s: %s", what, directory(),
		strerror(errno));
	return err_hint(e, "TMPDIR can name another folder; without --streaming the server keeps "
			"large transactions itself");
}

struct pg_spool *pg_spool_open(uint32_t xid, struct err *e)
{
	char *path = xasprintf("%s/rowboat.XXXXXX", directory());
	int fd = mkostemp(path, O_CLOEXEC);
	struct pg_spool *s;

	if (fd < 0) {
		fail("make", e);
		free(path);
		return NULL;
	}
	unlink(path);
	free(path);
	s = xcalloc(1, sizeof *s);
	s->xid = s->newest = xid;
	s->fd = fd;
	return s;
}

void pg_spool_close(struct pg_spool *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s->sub);
	buf_free(&s->tail);
	buf_free(&s->kept);
	buf_free(&s->block);
	free(s);
}

static int write_tail(struct pg_spool *s, struct err *e)
{
	for (size_t done = 0; done < s->tail.n;) {
		ssize_t n = pwrite(s->fd, s->tail.p + done, s->tail.n - done,
				   (off_t)(s->written + done));

		if (n < 0 && errno != EINTR)
			return fail("write", e);
		done += n < 0 ? 0 : (size_t)n;
	}
	s->written += s->tail.n;
	buf_reset(&s->tail);
	buf_trim(&s->tail, 2 * BLOCK);
	return 0;
}

/* ---- Subtransactions ---- */

/* Notes where a subtransaction begins. Their ids grow, so that one above all before is new. */
static void note_subxact(struct pg_spool *s, uint32_t xid)
{
	if (xid == s->xid || (s->nsubs && s->sub[s->nsubs - 1].xid == xid))
		return;
	if ((int32_t)(xid - s->newest) <= 0)
		for (size_t i = s->nsubs; i-- > 0;)
			if (s->sub[i].xid == xid)
				return;
	if (s->nsubs == s->subs_room) {
		s->subs_room = 2 * s->subs_room + 16;
		s->sub = xrealloc(s->sub, s->subs_room * sizeof *s->sub);
	}
	s->sub[s->nsubs++] = (struct pg_subxact){xid, s->written + s->tail.n, s->kept.n};
	if ((int32_t)(xid - s->newest) > 0)
		s->newest = xid;
}

static void add_message(struct buf *b, uint64_t lsn, char kind, const char *p, size_t n)
{
	uint32_t size = (uint32_t)n + 1;

	buf_add(b, &size, sizeof size);
	buf_add(b, &lsn, sizeof lsn);
	buf_addc(b, kind);
	buf_add(b, p, n);
}

int pg_spool_add(struct pg_spool *s, uint32_t subxid, uint64_t lsn, char kind, const char *p,
		 size_t n, bool keep, struct err *e)
{
	note_subxact(s, subxid);
	if (keep)
		add_message(&s->kept, lsn, kind, p, n);
	add_message(&s->tail, lsn, kind, p, n);
	return s->tail.n < BLOCK ? 0 : write_tail(s, e);
}

/* A subtransaction's changes and those of its own subtransactions stand together: it ends, one way
 * or the other, before its parent goes on. */
int pg_spool_abort(struct pg_spool *s, uint32_t subxid, struct err *e)
{
	size_t i = s->nsubs;
	uint64_t begin;

	while (i > 0 && s->sub[i - 1].xid != subxid)
		i--;
	if (i == 0)
		return 0;
	s->nsubs = i - 1;
	begin = s->sub[s->nsubs].begin;
	if (begin >= s->written) {
		s->tail.n = (size_t)(begin - s->written);
	} else {
		buf_reset(&s->tail);
		if (ftruncate(s->fd, (off_t)begin) < 0)
			return fail("shorten", e);
		s->written = begin;
	}
	buf_add(&s->tail, s->kept.p + s->sub[s->nsubs].nkept,
		s->kept.n - s->sub[s->nsubs].nkept);
	return 0;
}

/* ---- Reading ---- */

/* Makes n bytes from s->read on stand in the block: 1, 0 at the end of the file, -1. */
static int fill(struct pg_spool *s, size_t n, struct err *e)
{
	size_t skip = (size_t)(s->read - s->block_at);

	if (s->block.n - skip >= n)
		return 1;
	if (skip) {
		memmove(s->block.p, s->block.p + skip, s->block.n - skip);
		s->block.n -= skip;
		s->block_at = s->read;
	}
	while (s->block.n < n) {
		size_t want = n > BLOCK ? n - s->block.n : BLOCK;
		ssize_t got = pread(s->fd, buf_room(&s->block, want), want,
				    (off_t)(s->block_at + s->block.n));

		if (got < 0 && errno != EINTR)
			return fail("read", e);
		if (got == 0)
			return 0;
		s->block.n += got < 0 ? 0 : (size_t)got;
	}
	return 1;
}

int pg_spool_next(struct pg_spool *s, uint64_t *lsn, char **p, size_t *n, struct err *e)
{
	uint32_t size;
	int got = s->tail.n ? write_tail(s, e) : 0;

	if (got == 0)
		got = fill(s, HEAD, e);
	if (got <= 0)
		return got;
	memcpy(&size, s->block.p + (s->read - s->block_at), sizeof size);
	memcpy(lsn, s->block.p + (s->read - s->block_at) + sizeof size, sizeof *lsn);
	got = fill(s, HEAD + size, e);
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(e, EXIT_FAILED, "a temporary file in %s has become "
			"shorter", directory());
	*p = s->block.p + (s->read - s->block_at) + HEAD;
	*n = size;
	s->read += HEAD + size;
	return 1;
}
