/* Keys: how the rows of both sides are ordered. */
#ifndef DIFF_KEY_H
#define DIFF_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "row.h"

enum key_order {
	KEY_BYTES,   /* canonical texts as bytes */
	KEY_NUMBERS, /* numbers by value, before all that is none; the rest as bytes */
};

/* As memcmp(); NULL stands before all else. */
int key_compare_field(enum key_order order, struct field a, struct field b);

/* Of n fields, each in its own order. */
int key_compare(const enum key_order *order, size_t n, const struct field *a,
		const struct field *b);

/* A key kept for later. */
struct key_copy {
	struct buf bytes;
	struct field *f; /* n fields, pointing into bytes; owned */
	size_t n;
	bool set;
};

void key_copy_open(struct key_copy *k, size_t n);
void key_copy_set(struct key_copy *k, const struct field *f);
void key_copy_free(struct key_copy *k);

#endif
