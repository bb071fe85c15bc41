#include <stdlib.h>
#include <string.h>

#include "stream_impl.h"
#include "value.h"

/* How a byte is written in a JSON string (RFC 8259, 7): 0 as it is, 'u' as
 * \u00XX, else as a backslash and this letter. */
static char escape(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return c < 0x20 ? 'u' : 0;
	}
}

int json_add_string(struct buf *b, const char *p, size_t n)
{
	const char *end = p + n, *from = p;
	size_t chars;

	if (value_text(p, n, true, &chars) != VALUE_OK)
		return -1;
	buf_room(b, n + 2);
	buf_addc(b, '"');
	for (; p < end; p++) {
		char how;

		if ((unsigned char)*p >= 0x20 && *p != '"' && *p != '\\')
			continue;
		how = escape((unsigned char)*p);
		buf_add(b, from, (size_t)(p - from));
		from = p + 1;
		buf_addc(b, '\\');
		buf_addc(b, how);
		if (how == 'u')
			buf_addf(b, "%04x", (unsigned char)*p);
	}
	buf_add(b, from, (size_t)(p - from));
	buf_addc(b, '"');
	return 0;
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* Whether the text is a number by JSON's grammar (RFC 8259, 6). */
static bool is_number(const char *p, size_t n)
{
	const char *end = p + n, *q;

	p += n && *p == '-';
	q = skip_digits(p, end);
	if (q == p || (*p == '0' && q > p + 1))
		return false;
	if (q < end && *q == '.') {
		p = q + 1;
		q = skip_digits(p, end);
		if (q == p)
			return false;
	}
	if (q < end && (*q == 'e' || *q == 'E')) {
		p = q + 1;
		p += p < end && (*p == '-' || *p == '+');
		q = skip_digits(p, end);
		if (q == p)
			return false;
	}
	return q == end;
}

int json_writer_open(struct writer *w, const char *const *names, const enum json_kind *kinds,
		     struct err *e)
{
	if (w->ncols == 1 && !strcmp(names[0], "$end")) {
		err_set(e, EXIT_BAD, "a row with the one column $end would look like an end mark");
		return err_hint(e, "write CSV, or give the column another name");
	}
	w->kind = xcalloc(w->ncols, sizeof *w->kind);
	w->key = xcalloc(w->ncols, sizeof *w->key);
	for (size_t i = 0; i < w->ncols; i++) {
		w->kind[i] = kinds ? kinds[i] : JSON_STRING;
		buf_addc(&w->key[i], i ? ',' : '{');
		if (json_add_string(&w->key[i], names[i], strlen(names[i])) < 0)
			return err_set(e, EXIT_BAD, "the name of column %zu is not UTF-8", i + 1);
		buf_addc(&w->key[i], ':');
	}
	return 0;
}

int json_add_value(struct buf *b, enum json_kind kind, struct field f)
{
	if (!f.p)
		buf_add(b, "null", 4);
	else if (kind == JSON_NUMBER && is_number(f.p, f.n))
		buf_add(b, f.p, f.n);
	else if (kind == JSON_BOOL && f.n == 1 && *f.p == 't')
		buf_add(b, "true", 4);
	else if (kind == JSON_BOOL && f.n == 1 && *f.p == 'f')
		buf_add(b, "false", 5);
	else if (kind == JSON_NESTED)
		buf_add(b, f.p, f.n);
	else
		return json_add_string(b, f.p, f.n);
	return 0;
}

int json_writer_row(struct writer *w, const struct row *row, struct err *e)
{
	struct buf *b = &w->out->b;
	size_t start = b->n;

	for (size_t i = 0; i < row->n; i++) {
		buf_add(b, w->key[i].p, w->key[i].n);
		if (json_add_value(b, w->kind[i], row->f[i]) == 0)
			continue;
		b->n = start;
		return err_set(e, EXIT_BAD, "row %llu: column %.*s holds bytes that are not UTF-8",
			       (unsigned long long)w->rows, (int)w->key[i].n - 2, w->key[i].p + 1);
	}
	buf_add(b, "}\n", 2);
	return out_drain(w->out, e);
}

void json_writer_free(struct writer *w)
{
	for (size_t i = 0; i < w->ncols && w->key; i++)
		buf_free(&w->key[i]);
	free(w->key);
	free(w->kind);
	w->key = NULL;
	w->kind = NULL;
}
