/*
 * Rows → lines of LOAD DATA (MySQL manual, "LOAD DATA Statement"): fields end
 * with a tab, lines with a newline, \N is NULL, a backslash escapes. All that
 * can be known without the server is checked here. Statements run with
 * CHARACTER SET binary: bytes arrive as they are.
 */
#include "mysql_impl.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

/* Zero of these bytes, eight at a time. */
#define ONES 0x0101010101010101ull
#define HIGHS 0x8080808080808080ull

static inline uint64_t has_byte(uint64_t w, unsigned char c)
{
	uint64_t x = w ^ (ONES * c);

	return (x - ONES) & ~x & HIGHS;
}

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
			if (!(has_byte(w, '\t') | has_byte(w, '\n') | has_byte(w, '\\') |
			      has_byte(w, 0))) {
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
	return (all & HIGHS) != 0 ? 0x80 : 0;
}

/* ---- Why a value does not fit ---- */

static const char *type_text(const struct my_encoder *enc)
{
	return enc->c->native;
}

/* "VALUE does not fit TYPE", with a reason behind where there is one. */
static int misfit(const struct my_encoder *enc, struct buf *why, const char *p, size_t n,
		  const char *reason)
{
	buf_reset(why);
	value_add_quoted(why, p, n);
	buf_addf(why, " does not fit %s%s%s", type_text(enc), reason ? ": " : "",
		 reason ? reason : "");
	return -1;
}

static int bad_status(const struct my_encoder *enc, struct buf *why, const char *p, size_t n,
		      enum value_status s)
{
	buf_reset(why);
	value_add_quoted(why, p, n);
	if (s == VALUE_RANGE || s == VALUE_TOO_LONG || s == VALUE_ROUNDS)
		buf_addf(why, " does not fit %s", type_text(enc));
	else
		buf_addf(why, " %s, for %s", value_status_text(s), type_text(enc));
	return -1;
}

/* "VALUE (60 characters) does not fit TYPE": count is in those units. */
static int bad_length(const struct my_encoder *enc, struct buf *why, const char *p, size_t n,
		      size_t count, const char *unit)
{
	const struct coltype *t = &enc->c->type;

	buf_reset(why);
	value_add_quoted(why, p, n);
	buf_addf(why, " (%zu %s%s) does not fit %s", count, unit, count == 1 ? "" : "s",
		 type_text(enc));
	if (!t->length && t->max_bytes)
		buf_addf(why, " (at most %" PRIu64 " bytes)", t->max_bytes);
	return -1;
}

/* ---- Numbers ---- */

static int int_range(const struct my_encoder *enc, struct buf *why, const char *p, size_t n)
{
	buf_reset(why);
	value_add_quoted(why, p, n);
	buf_addf(why, " does not fit %s (%" PRId64 " to %" PRIu64 ")", type_text(enc), enc->min,
		 enc->max);
	return -1;
}

static int add_int(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		   struct buf *why)
{
	enum value_status s;
	int64_t v;
	uint64_t u;

	/* PostgreSQL's booleans; only for the type that MySQL has for them */
	if (n == 1 && (*p == 't' || *p == 'f') && enc->c->type.bits == 8) {
		buf_addc(b, *p == 't' ? '1' : '0');
		return 0;
	}
	s = value_int(p, n, &v);
	if (s == VALUE_RANGE && *p != '-') {
		s = value_uint(p, n, &u);
		if (s == VALUE_RANGE || (s == VALUE_OK && u > enc->max))
			return int_range(enc, why, p, n);
	} else if (s == VALUE_RANGE) {
		return int_range(enc, why, p, n);
	} else if (s == VALUE_OK && (v < enc->min || (v >= 0 && (uint64_t)v > enc->max))) {
		return int_range(enc, why, p, n);
	}
	if (s != VALUE_OK)
		return bad_status(enc, why, p, n, s);
	buf_add(b, p, n);
	return 0;
}

static int add_year(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		    struct buf *why)
{
	int64_t v;
	enum value_status s = value_int(p, n, &v);

	if (s != VALUE_OK)
		return bad_status(enc, why, p, n, s);
	if (v != 0 && (v < 1901 || v > 2155))
		return misfit(enc, why, p, n, "years are 0 and 1901 to 2155");
	buf_addf(b, "%04d", (int)v); /* a bare 0 would be the year 2000 in a string */
	return 0;
}

static int add_decimal(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		       struct buf *why)
{
	const struct coltype *t = &enc->c->type;
	struct decimal d;
	enum value_status s;

	s = value_decimal(p, n, &d);
	if (s == VALUE_OK && d.kind != DECIMAL_FINITE)
		return misfit(enc, why, p, n, NULL);
	if (s == VALUE_OK)
		s = value_decimal_fits(&d, t->precision, t->scale);
	if (s == VALUE_ROUNDS)
		return misfit(enc, why, p, n, "it would be rounded");
	if (s != VALUE_OK)
		return bad_status(enc, why, p, n, s);
	if (t->is_unsigned && d.negative)
		for (size_t i = 0; i < d.nwhole + d.nfrac; i++)
			if ((i < d.nwhole ? d.whole[i] : d.frac[i - d.nwhole]) != '0')
				return misfit(enc, why, p, n, NULL);
	/* zeros behind the scale would be cut with a note */
	while (!d.exp && d.nfrac > (size_t)t->scale && d.nfrac && p[n - 1] == '0') {
		d.nfrac--;
		n--;
	}
	if (n && p[n - 1] == '.')
		n--;
	buf_add(b, p, n);
	return 0;
}

/* FLOAT(M,D), DOUBLE(M,D): the server rounds to D decimals in just this way
 * (Field_real::truncate() of both servers). */
static bool survives_rounding(const struct my_encoder *enc, double v)
{
	double whole = floor(v), rounded = whole + rint((v - whole) * enc->step) / enc->step;

	if (v > enc->limit || v < -enc->limit)
		return false;
	return enc->c->type.bits == 32 ? (float)rounded == (float)v : rounded == v;
}

static int add_float(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		     struct buf *why)
{
	const struct coltype *t = &enc->c->type;
	double v;
	float f = 0;
	enum value_status s = value_float64(p, n, &v);

	if (t->bits == 32)
		s = value_float32(p, n, &f);
	if (s == VALUE_ROUNDS)
		return misfit(enc, why, p, n, "it has more digits than the type keeps");
	if (s != VALUE_OK)
		return bad_status(enc, why, p, n, s);
	if (t->bits == 32)
		v = (double)f;
	if (v != v || v - v != 0)
		return misfit(enc, why, p, n, "it is not finite");
	if (t->is_unsigned && v < 0)
		return misfit(enc, why, p, n, NULL);
	if (enc->step != 0 && !survives_rounding(enc, v))
		return misfit(enc, why, p, n, NULL);
	if (t->bits == 32) /* the server reads a double and rounds that: give it one that is exact */
		value_add_float64(b, v);
	else
		buf_add(b, p, n);
	return 0;
}

/* ---- Text ---- */

static int check_text_limits(const struct my_encoder *enc, const char *p, size_t n, size_t chars,
			     struct buf *why)
{
	const struct coltype *t = &enc->c->type;
	size_t bytes = enc->single_byte ? chars : n;

	if (t->length && chars > t->length)
		return bad_length(enc, why, p, n, chars, "character");
	if (t->max_bytes && bytes > t->max_bytes)
		return bad_length(enc, why, p, n, bytes, "byte");
	if (t->fixed && n && p[n - 1] == ' ')
		return misfit(enc, why, p, n, "its trailing spaces would be lost");
	return 0;
}

static int add_text(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		    struct buf *why)
{
	size_t start = b->n, chars = n;

	if (add_escaped(b, p, n) & 0x80) {
		enum value_status s = value_text(p, n, true, &chars);

		if (s != VALUE_OK) {
			b->n = start;
			return bad_status(enc, why, p, n, s);
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

static int add_enum(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
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

static int add_set(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		   struct buf *why)
{
	for (size_t at = 0; n && at <= n;) {
		const char *comma = memchr(p + at, ',', n - at);
		size_t end = comma ? (size_t)(comma - p) : n;

		if (!is_label(enc, p + at, end - at))
			return add_enum(enc, b, p + at, end - at, why); /* says why */
		at = end + 1;
	}
	add_escaped(b, p, n);
	return 0;
}

static int add_uuid(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		    struct buf *why)
{
	unsigned char id[16];
	enum value_status s = value_uuid(p, n, id);

	if (s != VALUE_OK)
		return bad_status(enc, why, p, n, s);
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

static int add_bytes(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		     struct buf *why)
{
	const struct coltype *t = &enc->c->type;
	size_t start = b->n, bytes;
	enum value_status s = value_add_unhex(b, p, n);

	bytes = b->n - start;
	if (s != VALUE_OK) {
		b->n = start;
		return bad_status(enc, why, p, n, s);
	}
	if ((t->length && bytes > t->length) || (t->max_bytes && bytes > t->max_bytes)) {
		b->n = start;
		return bad_length(enc, why, p, n, bytes, "byte");
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

static int add_geometry(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
			struct buf *why)
{
	struct buf raw = BUF_INIT;
	size_t start = b->n;
	enum value_status s = value_add_unhex(&raw, p, n);
	int status = s == VALUE_OK ? my_add_geometry(b, (unsigned char *)raw.p, raw.n) : -1;

	buf_free(&raw);
	if (status < 0) {
		b->n = start;
		return misfit(enc, why, p, n, "it is no two-dimensional EWKB");
	}
	escape_tail(b, start);
	return 0;
}

static int add_bits(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		    struct buf *why)
{
	size_t bits = (size_t)enc->c->type.length, start = b->n;
	uint64_t v = 0;

	if (n == 1 && bits == 1 && (*p == 't' || *p == 'f')) {
		v = *p == 't';
	} else {
		for (size_t i = 0; i < n; i++) {
			if (p[i] != '0' && p[i] != '1')
				return bad_status(enc, why, p, n, VALUE_SYNTAX);
			v = v << 1 | (p[i] == '1');
		}
		if (n != bits)
			return bad_length(enc, why, p, n, n, "bit");
	}
	for (size_t i = (bits + 7) / 8; i-- > 0;)
		buf_addc(b, (char)(v >> 8 * i & 255));
	escape_tail(b, start);
	return 0;
}

/* ---- Which encoder ---- */

static void int_limits(struct my_encoder *enc, const struct coltype *t)
{
	if (t->is_unsigned) {
		enc->min = 0;
		enc->max = t->bits == 64 ? UINT64_MAX : (1ull << t->bits) - 1;
	} else {
		enc->max = (1ull << (t->bits - 1)) - 1;
		enc->min = -(int64_t)enc->max - 1;
	}
}

static void text_charset(struct my_encoder *enc, const char *charset)
{
	static const char *const wide[] = {"utf8mb4", "utf8mb3", "utf8", "ascii", NULL};
	static const char *const multi[] = {"ucs2", "utf16", "utf16le", "utf32", "big5", "gbk",
					    "gb2312", "gb18030", "sjis", "cp932", "ujis",
					    "eucjpms", "euckr", NULL};
	enc->convert = true;
	if (!charset)
		return;
	enc->single_byte = true;
	for (int i = 0; wide[i]; i++)
		if (!strcmp(charset, wide[i]))
			enc->convert = enc->single_byte = false;
	for (int i = 0; multi[i]; i++)
		if (!strcmp(charset, multi[i]))
			enc->single_byte = false;
	enc->narrow = !strcmp(charset, "utf8mb3") || !strcmp(charset, "utf8");
	enc->ascii = !strcmp(charset, "ascii");
}

static void init_labels(struct my_encoder *enc)
{
	char **label = enc->c->type.labels;
	size_t n = 0;

	while (label && label[n])
		n++;
	enc->label_length = xcalloc(n + 1, sizeof *enc->label_length);
	for (size_t i = 0; i < n; i++)
		enc->label_length[i] = strlen(label[i]);
}

void my_encoder_init(struct my_encoder *enc, const struct column *c, bool mariadb, unsigned version)
{
	const struct coltype *t = &c->type;

	*enc = (struct my_encoder){.c = c, .mariadb = mariadb, .add = add_text};
	text_charset(enc, c->charset);
	/* MariaDB 11.5 and later, on 64-bit machines: unsigned 32-bit seconds */
	enc->last_timestamp = mariadb && version >= 110500 ? "2106-02-07 06:28:15"
							   : "2038-01-19 03:14:07";
	switch (t->lt) {
	case LT_INT: enc->add = add_int; int_limits(enc, t); break;
	case LT_YEAR: enc->add = add_year; break;
	case LT_DECIMAL: enc->add = add_decimal; break;
	case LT_FLOAT:
		enc->add = add_float;
		if (t->scale >= 0) {
			enc->step = pow(10, t->scale);
			enc->limit = pow(10, t->precision - t->scale) - 1 / enc->step;
		}
		break;
	case LT_DATE: enc->add = my_add_date; break;
	case LT_DURATION: enc->add = my_add_duration; break;
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ: enc->add = my_add_timestamp; break;
	case LT_BYTES: enc->add = add_bytes; enc->bytes = true; break;
	case LT_BITS: enc->add = add_bits; enc->bytes = true; break;
	case LT_GEOMETRY: enc->add = add_geometry; enc->bytes = true; break;
	case LT_ENUM: enc->add = add_enum; init_labels(enc); return;
	case LT_SET: enc->add = add_set; init_labels(enc); return;
	case LT_UUID: enc->add = add_uuid; return;
	case LT_TEXT:
		return;
	case LT_JSON:
		/* MySQL's own JSON takes no text of charset binary */
		enc->convert = t->binary_json || enc->convert;
		return;
	default:
		return;
	}
	enc->convert = false;
}

void my_encoder_free(struct my_encoder *enc)
{
	free(enc->label_length);
}

/* ---- Rows ---- */

int my_encode_row(const struct my_encoder *enc, size_t n, const struct row *row, struct buf *b,
		  struct misfit *why)
{
	size_t start = b->n;

	for (size_t i = 0; i < n; i++, enc++) {
		const struct field *f = &row->f[i];

		if (i)
			buf_addc(b, '\t');
		if (f->p) {
			if (enc->add(enc, b, f->p, f->n, &why->text) == 0)
				continue;
		} else if (!enc->c->not_null) {
			buf_add(b, "\\N", 2);
			continue;
		} else {
			buf_reset(&why->text);
			buf_adds(&why->text, "null does not fit a NOT NULL column");
		}
		why->col = i;
		b->n = start;
		return -1;
	}
	buf_addc(b, '\n');
	return 0;
}

/* One field of a line back into its bytes; returns where it ends. */
static const char *decode_field(const char *p, struct buf *arena, bool *null)
{
	*null = p[0] == '\\' && p[1] == 'N' && (p[2] == '\t' || p[2] == '\n');
	if (*null)
		return p + 2;
	for (; *p != '\t' && *p != '\n'; p++) {
		char c = *p;

		if (c == '\\') {
			c = *++p;
			c = c == 't' ? '\t' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
		}
		buf_addc(arena, c);
	}
	return p;
}

const char *my_decode_row(const struct my_encoder *enc, size_t n, const char *at,
			  struct my_param *param, struct buf *arena)
{
	for (size_t i = 0; i < n; i++, at++) {
		size_t start = arena->n;
		bool null;

		at = decode_field(at, arena, &null);
		param[i].null = null;
		param[i].at = start;
		param[i].n = arena->n - start;
		param[i].bytes = enc[i].bytes;
	}
	return at;
}

void my_params_settle(struct my_param *param, size_t n, const struct buf *arena)
{
	for (size_t i = 0; i < n; i++)
		param[i].p = param[i].null ? NULL : param[i].n ? arena->p + param[i].at : "";
}
