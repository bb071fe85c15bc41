/*
 * Reading rows: MySQL's value texts → canonical ones.
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_select.h"
#include "stream.h"
#include "value.h"
#include "word.h"

#define CSV_CHUNK 32768 /* db_fetch_csv() gathers about so many bytes at once */

/* ---- Values ---- */

enum convert my_conversion(const struct coltype *t, bool zerofill)
{
	switch (t->lt) {
	case LT_INT:
	case LT_DECIMAL:
		return zerofill ? CONV_NUMBER : CONV_PLAIN;
	case LT_FLOAT:
		return t->bits == 32 ? CONV_FLOAT32 : CONV_FLOAT64;
	case LT_YEAR:
		return CONV_YEAR;
	case LT_DATE:
	case LT_UUID:
		return CONV_PLAIN;
	case LT_DURATION:
	case LT_TIMESTAMP:
		return t->precision > 0 ? CONV_TIME : CONV_PLAIN;
	case LT_TIMESTAMPTZ:
		return CONV_ZONED;
	case LT_BYTES:
		return CONV_HEX;
	case LT_BITS:
		return CONV_BITS;
	case LT_GEOMETRY:
		return CONV_GEOMETRY;
	default:
		return CONV_TEXT;
	}
}

/* ZEROFILL is display: no leading zeros, but one before a point. */
static struct field strip_zeros(const char *p, size_t n)
{
	while (n > 1 && *p == '0' && p[1] >= '0' && p[1] <= '9') {
		p++;
		n--;
	}
	return (struct field){p, n};
}

/* Big-endian bytes → as many digits as the column has bits. */
static void add_bits(struct buf *b, const unsigned char *p, size_t n, size_t bits)
{
	char *to = buf_room(b, bits);

	for (size_t i = 0; i < bits; i++) {
		size_t from_right = bits - 1 - i, byte = from_right / 8;

		to[i] = byte < n && p[n - 1 - byte] >> from_right % 8 & 1 ? '1' : '0';
	}
	b->n += bits;
}

/* MySQL writes doubles with the shortest digits, laid out by its own rules:
 * with fewer than 15 digits and no exponent both layouts are the same. */
static bool is_canonical(const char *p, size_t n)
{
	size_t digits = 0, i = n && *p == '-';

	if (n - i > 1 && p[i] == '0' && p[i + 1] == '.')
		return n - i > 2 && (p[i + 2] != '0');
	for (; i < n && p[i] >= '0' && p[i] <= '9'; i++)
		digits++;
	return digits < 15 && !memchr(p + i, 'e', n - i);
}

static void add_float64(struct buf *b, const char *p, size_t n)
{
	if (is_canonical(p, n))
		buf_add(b, p, n);
	else
		value_add_float64_text(b, p, n);
}

/* p is the text of the DOUBLE that the FLOAT is. */
static void add_float32(struct buf *b, const char *p, size_t n)
{
	char text[512];

	if (n >= sizeof text) /* DOUBLE(255,30) has at most 340 characters */
		n = sizeof text - 1;
	memcpy(text, p, n);
	text[n] = '\0';
	value_add_float32(b, (float)strtod(text, NULL));
}

static void add_converted(struct buf *b, enum convert conv, const struct coltype *t, const char *p,
			  size_t n)
{
	struct field f;

	switch (conv) {
	case CONV_HEX:
		value_add_hex(b, p, n);
		break;
	case CONV_BITS:
		add_bits(b, (const unsigned char *)p, n, t->length);
		break;
	case CONV_TIME:
		buf_add(b, p, value_trim_fraction(p, n));
		break;
	case CONV_ZONED:
		buf_add(b, p, t->precision > 0 ? value_trim_fraction(p, n) : n);
		buf_add(b, "+00", 3);
		break;
	case CONV_YEAR:
	case CONV_NUMBER:
		f = strip_zeros(p, n);
		buf_add(b, f.p, f.n);
		break;
	case CONV_FLOAT32:
		add_float32(b, p, n);
		break;
	case CONV_FLOAT64:
		add_float64(b, p, n);
		break;
	case CONV_GEOMETRY:
		my_add_ewkb(b, (const unsigned char *)p, n);
		break;
	case CONV_PLAIN:
	case CONV_TEXT:
		buf_add(b, p, n);
	}
}

int my_fetch(struct db *db, struct row *row, struct err *e)
{
	struct my *m = my_of(db);
	struct my_select *s = m->sel;
	unsigned long *length;
	char **v;
	int status = my_next(m, &v, &length, e);

	if (status <= 0)
		return status;
	for (size_t i = 0; i < s->n; i++) {
		if (!v[i]) {
			s->f[i] = (struct field){NULL, 0};
		} else if (s->conv[i] <= CONV_TEXT) {
			s->f[i] = (struct field){v[i], length[i]};
		} else {
			buf_reset(&s->text[i]);
			add_converted(&s->text[i], s->conv[i], &s->type[i], v[i], length[i]);
			s->f[i] = (struct field){s->text[i].p, s->text[i].n};
		}
	}
	*row = (struct row){s->f, s->n};
	return 1;
}

/* ---- CSV ---- */

/* Copies a short text without the cost of a call of memcpy(). */
static inline char *put(char *to, const char *p, size_t n)
{
	uint64_t a, b;

	if (n >= 8 && n <= 16) {
		memcpy(&a, p, 8);
		memcpy(&b, p + n - 8, 8);
		memcpy(to, &a, 8);
		memcpy(to + n - 8, &b, 8);
	} else if (n < 8) {
		for (size_t i = 0; i < n; i++)
			to[i] = p[i];
	} else {
		memcpy(to, p, n);
	}
	return to + n;
}

/* Copies text as long as it needs no quotes: the new end, or NULL once it does. */
static inline char *put_unquoted(char *to, const char *p, size_t n)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t w;

		memcpy(&w, p + i, 8);
		if (word_has(w, ',') | word_has(w, '"') | word_has(w, '\n') | word_has(w, '\r'))
			return NULL;
		memcpy(to + i, &w, 8);
	}
	for (; i < n; i++) {
		if (p[i] == ',' || p[i] == '"' || p[i] == '\n' || p[i] == '\r')
			return NULL;
		to[i] = p[i];
	}
	return to + n;
}

/* A field that may need quotes, or a conversion. */
static void add_csv(const struct my_select *s, size_t i, struct buf *out, const char *p, size_t n)
{
	char *end;

	if (s->conv[i] != CONV_TEXT) {
		add_converted(out, s->conv[i], &s->type[i], p, n);
		return;
	}
	end = n && s->n > 1 ? put_unquoted(buf_room(out, n), p, n) : NULL;
	if (end)
		out->n = (size_t)(end - out->p);
	else
		csv_add_field(out, (struct field){p, n}, s->n == 1);
}

int my_fetch_csv(struct db *db, struct buf *out, uint64_t *rows, struct err *e)
{
	struct my *m = my_of(db);
	const struct my_select *s = m->sel;
	size_t start = out->n;

	do {
		unsigned long *length;
		char **v;
		int status = my_next(m, &v, &length, e);

		if (status <= 0)
			return out->n > start && status == 0 ? 1 : status;
		for (size_t i = 0; i < s->n; i++) {
			if (v[i] && s->conv[i] == CONV_PLAIN) {
				char *to = buf_room(out, length[i]);

				out->n = (size_t)(put(to, v[i], length[i]) - out->p);
			} else if (v[i]) {
				add_csv(s, i, out, v[i], length[i]);
			}
			buf_addc(out, ',');
		}
		out->p[out->n - 1] = '\n';
		++*rows;
	} while (out->n - start < CSV_CHUNK);
	return 1;
}
