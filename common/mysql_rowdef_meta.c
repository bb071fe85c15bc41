/*
 * The optional metadata behind a TABLE_MAP event's columns (MySQL source documentation,
 * "Table_map_log_event", table of optional metadata; MariaDB has the types up to 11).
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_row.h"

enum { SIGNEDNESS = 1, DEFAULT_CHARSET, COLUMN_CHARSET, COLUMN_NAME, SET_VALUES, ENUM_VALUES,
       GEOMETRY_TYPE, PRIMARY_KEY, PREFIX_PRIMARY_KEY, LIST_DEFAULT_CHARSET,
       LIST_COLUMN_CHARSET, VISIBILITY };

static int cut_off(struct err *e)
{
	return err_set(e, EXIT_FAILED, "the optional metadata of a TABLE_MAP event is malformed");
}

int my_take_packed(struct my_in *in, uint64_t *v)
{
	const unsigned char *p = my_take(in, 1);
	size_t n;

	if (!p || *p == 251 || *p == 255)
		return -1;
	if (*p < 251) {
		*v = *p;
		return 0;
	}
	n = *p == 252 ? 2 : *p == 253 ? 3 : 8;
	p = my_take(in, n);
	if (!p)
		return -1;
	*v = my_le(p, n);
	return 0;
}

/* A text behind its length. */
static const char *take_text(struct my_in *in, size_t *n)
{
	uint64_t length;

	if (my_take_packed(in, &length) < 0 || length > my_left(in))
		return NULL;
	*n = (size_t)length;
	return (const char *)my_take(in, *n);
}

/* A bit for each numeric column, the highest first. */
static int read_signs(struct my_rowdef *d, struct my_in *in, struct err *e)
{
	size_t bit = 0, bits = 8 * my_left(in);

	for (size_t i = 0; i < d->n; i++) {
		struct my_col *c = &d->col[i];

		if (!my_col_is_numeric(c))
			continue;
		if (bit == bits)
			return cut_off(e);
		c->is_unsigned = in->p[bit / 8] >> (7 - bit % 8) & 1;
		c->sign_known = true;
		bit++;
	}
	return 0;
}

typedef bool column_class(const struct my_col *c);

static bool is_collated(const struct my_col *c)
{
	return c->collated;
}

/* One collation for all columns of the class, then columns (counted in the class) that differ
 * and theirs. */
static int read_default_charset(struct my_rowdef *d, struct my_in *in, column_class *class,
				struct err *e)
{
	uint64_t most, next = UINT64_MAX, other = 0, at = 0;

	if (my_take_packed(in, &most) < 0)
		return cut_off(e);
	if (my_left(in) && (my_take_packed(in, &next) < 0 || my_take_packed(in, &other) < 0))
		return cut_off(e);
	for (size_t i = 0; i < d->n; i++) {
		bool differs = at == next;

		if (!class(&d->col[i]))
			continue;
		d->col[i].charset = my_charset_of_collation(differs ? other : most, d->mariadb);
		if (differs && my_left(in) &&
		    (my_take_packed(in, &next) < 0 || my_take_packed(in, &other) < 0))
			return cut_off(e);
		at++;
	}
	return 0;
}

static int read_charsets(struct my_rowdef *d, struct my_in *in, column_class *class, struct err *e)
{
	uint64_t id;

	for (size_t i = 0; i < d->n; i++) {
		if (!class(&d->col[i]))
			continue;
		if (my_take_packed(in, &id) < 0)
			return cut_off(e);
		d->col[i].charset = my_charset_of_collation(id, d->mariadb);
	}
	return 0;
}

static int read_names(struct my_rowdef *d, struct my_in *in, struct err *e)
{
	for (size_t i = 0; i < d->n; i++) {
		size_t n;
		const char *p = take_text(in, &n);

		if (!p || memchr(p, '\0', n))
			return cut_off(e);
		free(d->col[i].name);
		d->col[i].name = xstrndup(p, n);
	}
	return 0;
}

/* ---- Labels ---- */

/* Labels are in the column's character set, which may be told behind them: they are
 * converted at the end. */
static int read_labels(struct my_rowdef *d, struct my_in *in, struct my_in *of, enum logical lt,
		       struct err *e)
{
	for (size_t i = 0; i < d->n; i++) {
		uint64_t count;
		size_t n;

		if (d->col[i].lt != lt)
			continue;
		of[i].p = in->p;
		if (my_take_packed(in, &count) < 0 || count > my_left(in) ||
		    count > (lt == LT_SET ? 64 : 65535))
			return cut_off(e);
		for (; count; count--)
			if (!take_text(in, &n))
				return cut_off(e);
		of[i].end = in->p;
	}
	return 0;
}

static int convert_labels(struct my_col *c, struct my_in in, struct err *e)
{
	uint64_t count;
	struct buf b = BUF_INIT;
	char **list;
	const char *why = NULL;

	if (my_take_packed(&in, &count) < 0)
		return cut_off(e);
	list = xcalloc(count + 1, sizeof *list);
	for (uint64_t i = 0; !why && i < count; i++) {
		size_t n;
		const char *p = take_text(&in, &n);

		buf_reset(&b);
		why = p ? my_charset_add(&b, c->charset, p, n) : "is cut off";
		list[i] = xstrndup(buf_cstr(&b), b.n);
	}
	if (!why)
		my_col_set_labels(c, list, count);
	for (uint64_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
	buf_free(&b);
	return why ? err_set(e, EXIT_BAD, "a label of a column %s", why) : 0;
}

/* ---- All of it ---- */

static int read_field(struct my_rowdef *d, int type, struct my_in *in, struct my_in *labels,
		      struct err *e)
{
	switch (type) {
	case SIGNEDNESS:
		return read_signs(d, in, e);
	case DEFAULT_CHARSET:
		return read_default_charset(d, in, is_collated, e);
	case COLUMN_CHARSET:
		return read_charsets(d, in, is_collated, e);
	case LIST_DEFAULT_CHARSET:
		return read_default_charset(d, in, my_col_is_list, e);
	case LIST_COLUMN_CHARSET:
		return read_charsets(d, in, my_col_is_list, e);
	case COLUMN_NAME:
		return read_names(d, in, e);
	case SET_VALUES:
		return read_labels(d, in, labels, LT_SET, e);
	case ENUM_VALUES:
		return read_labels(d, in, labels, LT_ENUM, e);
	default: /* what decoding does not need, and what later servers add */
		return 0;
	}
}

static int read_fields(struct my_rowdef *d, struct my_in *in, struct my_in *labels, struct err *e)
{
	while (my_left(in)) {
		const unsigned char *type = my_take(in, 1);
		uint64_t length;
		struct my_in field;

		if (my_take_packed(in, &length) < 0 || length > my_left(in))
			return cut_off(e);
		field.p = my_take(in, (size_t)length);
		field.end = in->p;
		if (read_field(d, *type, &field, labels, e) < 0)
			return -1;
	}
	return 0;
}

int my_rowdef_read_metadata(struct my_rowdef *d, struct my_in *in, struct err *e)
{
	struct my_in *labels = xcalloc(d->n + 1, sizeof *labels);
	int status = read_fields(d, in, labels, e);

	for (size_t i = 0; status == 0 && i < d->n; i++)
		if (labels[i].end && d->col[i].charset)
			status = convert_labels(&d->col[i], labels[i], e);
	free(labels);
	return status;
}
