/*
 * A growing byte buffer. Invariants: p is NULL or points to cap bytes, n of
 * which are used; the bytes may hold NUL; nothing but buf_cstr() ends them with
 * one. A buffer is emptied with buf_reset() and used again, so that a loop
 * over rows allocates only while rows grow.
 */
#ifndef BUF_H
#define BUF_H

#include <stddef.h>
#include <string.h>

struct buf {
	char *p;
	size_t n;
	size_t cap;
};

#define BUF_INIT {NULL, 0, 0}

/* Makes room for `more` bytes behind the used ones and returns where they go;
 * the caller writes them and adds to b->n. */
void buf_grow(struct buf *b, size_t more);
static inline char *buf_room(struct buf *b, size_t more)
{
	if (b->cap - b->n < more)
		buf_grow(b, more);
	return b->p + b->n;
}

static inline void buf_add(struct buf *b, const void *p, size_t n)
{
	if (n) {
		memcpy(buf_room(b, n), p, n);
		b->n += n;
	}
}

static inline void buf_addc(struct buf *b, char c)
{
	*buf_room(b, 1) = c;
	b->n++;
}

static inline void buf_reset(struct buf *b)
{
	b->n = 0;
}

void buf_adds(struct buf *b, const char *s);
/* Adds digits, as buf_addf("%llu") would; for loops over rows. */
void buf_addu(struct buf *b, unsigned long long n);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The bytes as a C string: valid until the next change of b. */
const char *buf_cstr(struct buf *b);

/* The bytes as an allocated C string that the caller owns; *b is empty then. */
char *buf_detach(struct buf *b);

void buf_free(struct buf *b);

/* Gives memory above `keep` bytes back, for loops in which one huge row must
 * not be paid for ever after. The contents must be empty. */
void buf_trim(struct buf *b, size_t keep);

#endif
