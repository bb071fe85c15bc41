/*
 * A row: canonical texts, one per column. The bytes belong to whoever filled
 * the row (a stream reader, a driver) and stay valid until the next row is
 * asked for. p == NULL is SQL's NULL; an empty string has p != NULL and n == 0.
 * Text is not NUL-ended.
 */
#ifndef ROW_H
#define ROW_H

#include <stddef.h>

struct field {
	const char *p;
	size_t n;
};

struct row {
	struct field *f;
	size_t n;
};

#endif
