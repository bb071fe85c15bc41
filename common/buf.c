#include "buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "err.h"

void buf_grow(struct buf *b, size_t more)
{
	size_t want, cap = b->cap ? b->cap : 64;

	if (more > SIZE_MAX / 2 - b->n)
		die(EXIT_FAILED, "out of memory: a buffer of %zu bytes", b->n);
	want = b->n + more;
	while (cap < want)
		cap += cap / 2 + 64;
	b->p = xrealloc(b->p, cap);
	b->cap = cap;
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addu(struct buf *b, unsigned long long n)
{
	char digits[24], *p = digits + sizeof digits;

	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	buf_add(b, p, (size_t)(digits + sizeof digits - p));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	size_t room = b->cap - b->n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room ? b->p + b->n : NULL, room, fmt, ap);
	va_end(ap);
	if (n < 0)
		die(EXIT_FAILED, "cannot format a message");
	if ((size_t)n >= room) {
		va_start(ap, fmt);
		vsnprintf(buf_room(b, (size_t)n + 1), (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->n += (size_t)n;
}

const char *buf_cstr(struct buf *b)
{
	*buf_room(b, 1) = '\0';
	return b->p;
}

char *buf_detach(struct buf *b)
{
	char *s;

	buf_cstr(b);
	s = b->p;
	*b = (struct buf)BUF_INIT;
	return s;
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf)BUF_INIT;
}

void buf_trim(struct buf *b, size_t keep)
{
	if (b->n == 0 && b->cap > keep)
		buf_free(b);
}
