#include "line.h"

#include <string.h>

#include "stream.h"

const char *line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	while (nl) {
		const char *q = memchr(p, '"', (size_t)(nl - p));

		if (!q)
			return nl;
		q = memchr(q + 1, '"', (size_t)(end - q - 1));
		if (!q)
			return NULL;
		p = q + 1;
		if (p > nl)
			nl = memchr(p, '\n', (size_t)(end - p));
	}
	return NULL;
}

/* A field in quotes; p stands behind the first one. Returns where the comma or the end is. */
static const char *unquote(const char *p, const char *end, struct field *f, struct buf *arena)
{
	const char *q = memchr(p, '"', (size_t)(end - p));
	size_t start = arena->n;

	if (q && (q + 1 == end || q[1] != '"')) {
		*f = (struct field){p, (size_t)(q - p)};
		return q + 1;
	}
	while (q && end - q > 1 && q[1] == '"') {
		buf_add(arena, p, (size_t)(q + 1 - p));
		p = q + 2;
		q = p < end ? memchr(p, '"', (size_t)(end - p)) : NULL;
	}
	q = q ? q : end;
	buf_add(arena, p, (size_t)(q - p));
	*f = (struct field){arena->p + start, arena->n - start};
	return q < end ? q + 1 : end;
}

size_t line_split(const char *p, size_t len, struct field *f, size_t n, struct buf *arena)
{
	const char *end = p + len;

	buf_reset(arena);
	buf_room(arena, len + 1); /* so that it does not move */
	for (size_t i = 0; i < n; i++) {
		if (p < end && *p == '"') {
			p = unquote(p + 1, end, &f[i], arena);
		} else {
			const char *comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL;
			const char *stop = comma ? comma : end;

			f[i] = (struct field){stop > p ? p : NULL, (size_t)(stop - p)};
			p = stop;
		}
		if (p >= end)
			return i + 1;
		p++;
	}
	return n;
}

void line_add(struct buf *b, const struct field *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		csv_add_field(b, f[i], n == 1);
		buf_addc(b, i + 1 < n ? ',' : '\n');
	}
}
