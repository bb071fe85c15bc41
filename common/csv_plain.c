/*
 * The short cut for plain rows: lines without quotes and carriage returns need
 * no parser, they end at newlines and are cut at commas. Their fields stay
 * where they were read. Everything else is libcsv's; both give the same rows.
 */
#include "csv_rows.h"

#include <string.h>

size_t csv_rows_plain(struct csv_rows *s, const char *p, size_t n)
{
	const char *start = p, *quote = memchr(p, '"', n), *end, *field;

	end = memrchr(p, '\n', quote ? (size_t)(quote - p) : n);
	if (!end)
		return 0;
	while (p <= end) {
		if (*p == '\n') { /* a blank line: a row without fields */
			csv_rows_end_row(s);
			p++;
			continue;
		}
		do {
			field = p;
			while (*p != ',' && *p != '\n')
				p++;
			csv_rows_add_field(s, p > field ? field : NULL, (size_t)(p - field));
		} while (*p++ == ',');
		csv_rows_end_row(s);
	}
	return (size_t)(p - start);
}
