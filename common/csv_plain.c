/*
 * The short cut for plain rows: lines whose fields stand without quotes, or in quotes
 * that hold neither quotes nor line ends, need no parser, they are cut at commas. Their
 * fields stay where they were read. Everything else is libcsv's; both give the same rows.
 */
#include "csv_rows.h"

#include <string.h>

static const char stops[256] = {[','] = 1, ['\n'] = 1, ['"'] = 1};

/* The field at p, up to its comma or newline; returns that, or NULL if the field is
 * not plain. A newline stands at or behind p. */
static const char *plain_field(struct csv_rows *s, const char *p)
{
	const char *field = p;

	if (*p == '"') {
		field++;
		do
			p++;
		while (*p != '"' && *p != '\n');
		if (*p != '"' || (p[1] != ',' && p[1] != '\n'))
			return NULL;
		csv_rows_add_field(s, field, (size_t)(p - field));
		return p + 1;
	}
	while (!stops[(unsigned char)*p])
		p++;
	if (*p == '"')
		return NULL;
	csv_rows_add_field(s, p > field ? field : NULL, (size_t)(p - field));
	return p;
}

/* The line at p; returns the next line's start, or NULL if it is not plain. */
static const char *plain_line(struct csv_rows *s, const char *p)
{
	if (*p == '\n') /* a blank line: a row without fields */
		return p + 1;
	for (;;) {
		p = plain_field(s, p);
		if (!p)
			return NULL;
		if (*p++ == '\n')
			return p;
	}
}

size_t csv_rows_plain(struct csv_rows *s, const char *p, size_t n)
{
	const char *start = p, *end = memrchr(p, '\n', n);

	while (end && p <= end) {
		size_t fields = s->nf;
		const char *next = plain_line(s, p);

		if (!next) {
			s->nf = fields;
			break;
		}
		csv_rows_end_row(s);
		p = next;
	}
	return (size_t)(p - start);
}
