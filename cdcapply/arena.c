#include "arena.h"

#include <stdlib.h>

#include "err.h"

#define BLOCK (256u << 10) /* bytes; a larger piece has a block of its own */

struct arena_block {
	struct arena_block *older;
	size_t size;
	char data[];
};

void *arena_more(struct arena *a, size_t n)
{
	size_t size = n > BLOCK ? n : BLOCK;
	struct arena_block *b = xmalloc(sizeof *b + size);

	b->size = size;
	b->older = a->block;
	a->block = b;
	a->at = b->data + n;
	a->end = b->data + size;
	a->bytes += n;
	return b->data;
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = NULL, *b, *older;

	for (b = a->block; b; b = older) {
		older = b->older;
		if (!keep && b->size == BLOCK)
			keep = b;
		else
			free(b);
	}
	*a = (struct arena){.block = keep};
	if (keep) {
		keep->older = NULL;
		a->at = keep->data;
		a->end = keep->data + keep->size;
	}
}

void arena_free(struct arena *a)
{
	arena_reset(a);
	free(a->block);
	*a = (struct arena){0};
}
