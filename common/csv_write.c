/*
 * CSV fields, quoted exactly where PostgreSQL's COPY … CSV quotes them
 * (src/backend/commands/copyto.c, CopyAttributeOutCSV): its rows can pass
 * through, and equal rows are equal bytes.
 */
#include "stream.h"
#include "word.h"

static inline uint64_t has_special(uint64_t w)
{
	return word_has(w, ',') | word_has(w, '"') | word_has(w, '\n') | word_has(w, '\r');
}

static bool needs_quotes(const char *p, size_t n)
{
	uint64_t found = 0;
	size_t i = 0;

	if (n < 8) {
		for (; i < n; i++)
			if (p[i] == ',' || p[i] == '"' || p[i] == '\n' || p[i] == '\r')
				return true;
		return n == 0;
	}
	for (; i + 8 <= n; i += 8)
		found |= has_special(word_at(p + i));
	return (found | has_special(word_at(p + n - 8))) != 0;
}

static void add_quoted(struct buf *b, const char *p, size_t n)
{
	const char *end = p + n, *q;

	buf_room(b, n + 2);
	buf_addc(b, '"');
	while ((q = memchr(p, '"', (size_t)(end - p)))) {
		buf_add(b, p, (size_t)(q - p) + 1);
		buf_addc(b, '"');
		p = q + 1;
		if (p == end)
			break;
	}
	buf_add(b, p, (size_t)(end - p));
	buf_addc(b, '"');
}

void csv_add_field(struct buf *b, struct field f, bool only)
{
	if (!f.p)
		return;
	if (needs_quotes(f.p, f.n) || (only && f.n == 2 && !memcmp(f.p, "\\.", 2)))
		add_quoted(b, f.p, f.n);
	else
		buf_add(b, f.p, f.n);
}
