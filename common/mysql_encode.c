/*
 * Rows → lines of LOAD DATA (MySQL manual, "LOAD DATA Statement"): fields end
 * with a tab, lines with a newline, \N is NULL, a backslash escapes. All that
 * can be known without the server is checked here. Statements run with
 * CHARACTER SET binary: bytes arrive as they are.
 */
#include "mysql_encode.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

/* ---- Why a value does not fit ---- */

/* "VALUE does not fit TYPE", with a reason behind where there is one. */
int my_misfit(const struct my_encoder *enc, struct buf *why, const char *p, size_t n,
		  const char *reason)
{
	buf_reset(why);
	value_add_quoted(why, p, n);
	buf_addf(why, " does not fit %s%s%s", enc->c->native, reason ? ": " : "",
		 reason ? reason : "");
	return -1;
}

int my_bad_status(const struct my_encoder *enc, struct buf *why, const char *p, size_t n,
		      enum value_status s)
{
	buf_reset(why);
	value_add_quoted(why, p, n);
	if (s == VALUE_RANGE || s == VALUE_TOO_LONG || s == VALUE_ROUNDS)
		buf_addf(why, " does not fit %s", enc->c->native);
	else
		buf_addf(why, " %s, for %s", value_status_text(s), enc->c->native);
	return -1;
}

/* "VALUE (60 characters) does not fit TYPE": count is in those units. */
int my_bad_length(const struct my_encoder *enc, struct buf *why, const char *p, size_t n,
		      size_t count, const char *unit)
{
	const struct coltype *t = &enc->c->type;

	buf_reset(why);
	value_add_quoted(why, p, n);
	buf_addf(why, " (%zu %s%s) does not fit %s", count, unit, count == 1 ? "" : "s",
		 enc->c->native);
	if (!t->length && t->max_bytes)
		buf_addf(why, " (at most %" PRIu64 " bytes)", t->max_bytes);
	return -1;
}

/* ---- Which encoder ---- */

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

	*enc = (struct my_encoder){.c = c, .mariadb = mariadb, .encode = my_encode_text};
	text_charset(enc, c->charset);
	enc->last_timestamp = my_timestamps_to_2106(mariadb, version) ? "2106-02-07 06:28:15"
								      : "2038-01-19 03:14:07";
	switch (t->lt) {
	case LT_INT:
		enc->encode = my_encode_int;
		enc->min = type_int_min(t);
		enc->max = type_int_max(t);
		break;
	case LT_YEAR: enc->encode = my_encode_year; break;
	case LT_DECIMAL: enc->encode = my_encode_decimal; break;
	case LT_FLOAT:
		enc->encode = my_encode_float;
		if (t->scale >= 0) {
			enc->step = pow(10, t->scale);
			enc->limit = pow(10, t->precision - t->scale) - 1 / enc->step;
		}
		break;
	case LT_DATE: enc->encode = my_encode_date; break;
	case LT_DURATION: enc->encode = my_encode_duration; break;
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ: enc->encode = my_encode_timestamp; break;
	case LT_BYTES: enc->encode = my_encode_bytes; enc->bytes = true; break;
	case LT_BITS: enc->encode = my_encode_bits; enc->bytes = true; break;
	case LT_GEOMETRY: enc->encode = my_encode_geometry; enc->bytes = true; break;
	case LT_ENUM: enc->encode = my_encode_enum; init_labels(enc); return;
	case LT_SET: enc->encode = my_encode_set; init_labels(enc); return;
	case LT_UUID: enc->encode = my_encode_uuid; return;
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
			if (enc->encode(enc, b, f->p, f->n, &why->text) == 0)
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
