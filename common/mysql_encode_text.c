/*
 * Text, bytes and bits for LOAD DATA, escaped (MySQL manual, "LOAD DATA Statement", "Field
 * and Line Handling").
 */
#include <string.h>

#include "mysql_encode.h"
#include "value.h"
#include "word.h"

static const char escapes[256] = {['\t'] = 't', ['\n'] = 'n', ['\\'] = '\\'};

/* Adds bytes, escaped; returns the OR of all, whose high bit tells of non-ASCII. */
static unsigned char add_escaped(struct buf *b, const char *p, size_t n)
{
	char *to = buf_room(b, 2 * n);
	uint64_t all = 0;
	size_t i = 0;

	while (i < n) {
		uint64_t w;
		unsigned char c;

		if (i + 8 <= n) {
			memcpy(&w, p + i, 8);
			if (!(word_has(w, '\t') | word_has(w, '\n') | word_has(w, '\\') |
			      word_has(w, 0))) {
				memcpy(to, &w, 8);
				all |= w;
				to += 8;
				i += 8;
				continue;
			}
		}
		for (size_t stop = i + 8 < n ? i + 8 : n; i < stop; i++) {
			c = (unsigned char)p[i];
			all |= c;
			if (escapes[c] || !c) {
				*to++ = '\\';
				*to++ = c ? escapes[c] : '0';
			} else {
				*to++ = (char)c;
			}
		}
	}
	b->n = (size_t)(to - b->p);
	return (all & WORD_HIGHS) ? 0x80 : 0;
}

/* ---- Text ---- */

static int check_text_limits(const struct my_encoder *enc, const char *p, size_t n, size_t chars,
			     struct buf *why)
{
	const struct coltype *t = &enc->c->type;
	size_t bytes = enc->single_byte ? chars : n;

	if (t->length && chars > t->length)
		return my_bad_length(enc, why, p, n, chars, "character");
	if (t->max_bytes && bytes > t->max_bytes)
		return my_bad_length(enc, why, p, n, bytes, "byte");
	if (t->fixed && n && p[n - 1] == ' ')
		return my_misfit(enc, why, p, n, "its trailing spaces would be lost");
	return 0;
}

int my_encode_text(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		    struct buf *why)
{
	size_t start = b->n, chars = n;

	if (add_escaped(b, p, n) & 0x80) {
		enum value_status s = value_text(p, n, true, &chars);

		if (s != VALUE_OK) {
			b->n = start;
			return my_bad_status(enc, why, p, n, s);
		}
		for (size_t i = 0; (enc->narrow || enc->ascii) && i < n; i++)
			if ((unsigned char)p[i] >= (enc->ascii ? 0x80 : 0xf0)) {
				b->n = start;
				buf_reset(why);
				value_add_quoted(why, p, n);
				buf_addf(why, " does not fit the column's charset %s",
					 enc->c->charset);
				return -1;
			}
	}
	if (check_text_limits(enc, p, n, chars, why) < 0) {
		b->n = start;
		return -1;
	}
	return 0;
}

static bool is_label(const struct my_encoder *enc, const char *p, size_t n)
{
	char **label = enc->c->type.labels;

	for (size_t i = 0; label && label[i]; i++)
		if (enc->label_length[i] == n && !memcmp(label[i], p, n))
			return true;
	return false;
}

int my_encode_enum(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		    struct buf *why)
{
	if (!is_label(enc, p, n)) {
		buf_reset(why);
		value_add_quoted(why, p, n);
		buf_addf(why, " is not one of the values of %s", enc->c->native);
		return -1;
	}
	add_escaped(b, p, n);
	return 0;
}

int my_encode_set(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		   struct buf *why)
{
	for (size_t at = 0; n && at <= n;) {
		const char *comma = memchr(p + at, ',', n - at);
		size_t end = comma ? (size_t)(comma - p) : n;

		if (!is_label(enc, p + at, end - at))
			return my_encode_enum(enc, b, p + at, end - at, why); /* says why */
		at = end + 1;
	}
	add_escaped(b, p, n);
	return 0;
}

int my_encode_uuid(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		    struct buf *why)
{
	unsigned char id[16];
	enum value_status s = value_uuid(p, n, id);

	if (s != VALUE_OK)
		return my_bad_status(enc, why, p, n, s);
	buf_add(b, p, n);
	return 0;
}

/* ---- Bytes and bits ---- */

/* Escapes what was added to b from `start` on, in place. */
static void escape_tail(struct buf *b, size_t start)
{
	size_t n = b->n - start, more = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)b->p[start + i];

		more += escapes[c] || !c;
	}
	if (!more)
		return;
	buf_room(b, more);
	for (size_t from = b->n, to = b->n + more; to > from;) {
		unsigned char c = (unsigned char)b->p[--from];

		if (escapes[c] || !c) {
			b->p[--to] = c ? escapes[c] : '0';
			b->p[--to] = '\\';
		} else {
			b->p[--to] = (char)c;
		}
	}
	b->n += more;
}

int my_encode_bytes(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		     struct buf *why)
{
	const struct coltype *t = &enc->c->type;
	size_t start = b->n, bytes;
	enum value_status s = value_add_unhex(b, p, n);

	bytes = b->n - start;
	if (s != VALUE_OK) {
		b->n = start;
		return my_bad_status(enc, why, p, n, s);
	}
	if ((t->length && bytes > t->length) || (t->max_bytes && bytes > t->max_bytes)) {
		b->n = start;
		return my_bad_length(enc, why, p, n, bytes, "byte");
	}
	if (t->fixed && bytes < t->length) {
		b->n = start;
		buf_reset(why);
		buf_addf(why, "%zu bytes would be padded with zeros in %s", bytes, enc->c->native);
		return -1;
	}
	escape_tail(b, start);
	return 0;
}

int my_encode_geometry(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
			struct buf *why)
{
	struct buf raw = BUF_INIT;
	size_t start = b->n;
	enum value_status s = value_add_unhex(&raw, p, n);
	int status = s == VALUE_OK ? my_add_geometry(b, (unsigned char *)raw.p, raw.n) : -1;

	buf_free(&raw);
	if (status < 0) {
		b->n = start;
		return my_misfit(enc, why, p, n, "it is no two-dimensional EWKB");
	}
	escape_tail(b, start);
	return 0;
}

int my_encode_bits(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		    struct buf *why)
{
	size_t bits = (size_t)enc->c->type.length, start = b->n;
	uint64_t v = 0;

	if (n == 1 && bits == 1 && (*p == 't' || *p == 'f')) {
		v = *p == 't';
	} else {
		for (size_t i = 0; i < n; i++) {
			if (p[i] != '0' && p[i] != '1')
				return my_bad_status(enc, why, p, n, VALUE_SYNTAX);
			v = v << 1 | (p[i] == '1');
		}
		if (n != bits)
			return my_bad_length(enc, why, p, n, n, "bit");
	}
	for (size_t i = (bits + 7) / 8; i-- > 0;)
		buf_addc(b, (char)(v >> 8 * i & 255));
	escape_tail(b, start);
	return 0;
}
