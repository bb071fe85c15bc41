#include "net.h"

#include <stdlib.h>

#include "err.h"

/* ---- The hash table of keys ---- */

static uint64_t mix(uint64_t h)
{
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

static uint64_t hash_key(const struct field *key, size_t n)
{
	uint64_t h = 0x9e3779b97f4a7c15u, word;

	for (size_t i = 0; i < n; i++) {
		const char *p = key[i].p;
		size_t left = key[i].n;

		for (; left >= sizeof word; left -= sizeof word, p += sizeof word) {
			memcpy(&word, p, sizeof word);
			h = mix(h ^ word);
		}
		word = left + 1; /* so that ("a", "") and ("", "a") differ */
		if (left)
			memcpy((char *)&word + 1, p, left);
		h = mix(h ^ word);
	}
	return h;
}

static bool same_key(const struct field *a, const struct field *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].n != b[i].n || (a[i].n && memcmp(a[i].p, b[i].p, a[i].n) != 0))
			return false;
	return true;
}

static void grow(struct net *n)
{
	n->nslots = n->nslots ? 2 * n->nslots : 1024;
	n->slot = xrealloc(n->slot, n->nslots * sizeof *n->slot);
	memset(n->slot, 0, n->nslots * sizeof *n->slot);
	for (size_t i = 0; i < n->n; i++) {
		size_t at = n->entry[i].hash & (n->nslots - 1);

		while (n->slot[at])
			at = (at + 1) & (n->nslots - 1);
		n->slot[at] = (uint32_t)i + 1;
	}
}

/* The entry of a key, valid until the next call; *fresh: it is new, and nothing is known but the
 * key. */
static struct net_entry *entry_of(struct net *n, struct field *key, bool *fresh)
{
	uint64_t hash = hash_key(key, n->nkey);
	size_t at;

	if (2 * n->n >= n->nslots)
		grow(n);
	for (at = hash & (n->nslots - 1); n->slot[at]; at = (at + 1) & (n->nslots - 1)) {
		struct net_entry *en = &n->entry[n->slot[at] - 1];

		if (en->hash == hash && same_key(en->key, key, n->nkey)) {
			*fresh = false;
			return en;
		}
	}
	if (n->n == n->cap) {
		n->cap = n->cap ? 2 * n->cap : 512;
		n->entry = xrealloc(n->entry, n->cap * sizeof *n->entry);
	}
	n->slot[at] = (uint32_t)n->n + 1;
	n->entry[n->n] = (struct net_entry){.key = key, .hash = hash};
	*fresh = true;
	return &n->entry[n->n++];
}

/* ---- Merging ---- */

/* All rows of a set have one shape. */
static bool fits(struct net *n, const struct pending *p)
{
	if (!n->shape)
		n->shape = p->shape;
	return n->shape == p->shape;
}

static struct field *new_key(struct net *n, const struct pending *p, struct arena *a)
{
	struct field *key = arena_take(a, n->nkey * sizeof *key);

	for (size_t i = 0; i < n->nkey; i++)
		key[i] = p->row[p->shape->key[i]];
	return key;
}

static bool merge_insert(struct net *n, const struct pending *p, struct arena *a)
{
	bool fresh;
	struct net_entry *en;

	if (!fits(n, p))
		return false;
	en = entry_of(n, new_key(n, p, a), &fresh);
	/* A row in place of a deleted one takes its other columns' defaults. */
	if (!fresh && !en->row && !p->shape->all)
		return false;
	en->row = p->row;
	return true;
}

/* The row after an update: NULL if not all of it is known. */
static struct field *updated_row(struct net *n, const struct pending *p,
				 const struct field *earlier, struct arena *a)
{
	struct field *row;

	if (p->full)
		return fits(n, p) ? p->row : NULL;
	if (!earlier)
		return NULL;
	row = arena_take(a, n->shape->ncols * sizeof *row);
	memcpy(row, earlier, n->shape->ncols * sizeof *row);
	for (size_t i = 0; i < p->shape->ncols; i++) {
		size_t to = n->shape->slot[p->shape->index[i]];

		if (to == NO_COLUMN)
			return NULL;
		row[to] = p->row[i];
	}
	return row;
}

static bool merge_update(struct net *n, const struct pending *p, bool keep_order, struct arena *a)
{
	struct field *key = new_key(n, p, a), *row;
	bool moved = !same_key(key, p->key, n->nkey), fresh;
	struct net_entry *en;

	if (moved && keep_order)
		return false;
	en = entry_of(n, p->key, &fresh);
	en->existed = en->existed || fresh;
	row = updated_row(n, p, en->row, a);
	if (!row)
		return false;
	en->row = moved ? NULL : row;
	if (moved) {
		en = entry_of(n, key, &fresh);
		if (!fresh && !en->row && !n->shape->all)
			return false;
		en->row = row;
	}
	return true;
}

static bool merge(struct net *n, const struct pending *p, bool keep_order, struct arena *a)
{
	bool fresh;
	struct net_entry *en;

	if (p->op == TARGET_INSERT)
		return merge_insert(n, p, a);
	if (p->op == TARGET_UPDATE)
		return merge_update(n, p, keep_order, a);
	en = entry_of(n, p->key, &fresh);
	en->existed = en->existed || fresh;
	en->row = NULL;
	return true;
}

/* ---- The changes of a run ---- */

/* Deletes go by a shape of the key alone. */
static struct shape *key_shape(struct target_table *d)
{
	struct key_choice key = {KEY_TABLE, d->key, d->nkey};
	size_t *col = xcalloc(d->nkey + 1, sizeof *col);
	struct shape *s;

	memcpy(col, d->key, d->nkey * sizeof *col);
	s = shape_of(d, col, d->nkey, &key);
	free(col);
	return s;
}

static void start(struct target_table *d)
{
	struct net *n = d->net;

	if (!n)
		n = d->net = xcalloc(1, sizeof *n);
	n->in_use = true;
	n->by_rows = false;
	n->changes = 0;
	n->shape = n->keys = NULL;
	n->n = 0;
	n->nkey = d->nkey;
	if (n->nslots)
		memset(n->slot, 0, n->nslots * sizeof *n->slot);
}

static void finish(struct target_table *d)
{
	struct net *n = d->net;
	bool deletes = false;

	for (size_t i = 0; i < n->n && !deletes; i++)
		deletes = !n->entry[i].row;
	if (deletes && !n->by_rows)
		n->keys = key_shape(d);
}

void net_build(const struct pending *v, size_t n, bool keep_order, struct tables *t,
	       struct arena *arena)
{
	for (struct target_table *d = t->targets; d; d = d->next)
		if (d->net)
			d->net->in_use = false;
	for (size_t i = 0; i < n; i++) {
		struct target_table *d = v[i].table;

		if (!d->net || !d->net->in_use)
			start(d);
		d->net->changes++;
		if (!d->net->by_rows &&
		    (v[i].shape->kind != KEY_TABLE || !merge(d->net, &v[i], keep_order, arena)))
			d->net->by_rows = true;
	}
	for (struct target_table *d = t->targets; d; d = d->next)
		if (d->net && d->net->in_use)
			finish(d);
}

void net_free(struct net *n)
{
	if (!n)
		return;
	free(n->entry);
	free(n->slot);
	free(n);
}
