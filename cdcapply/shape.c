/* The sets of columns that changes of a table come with. */
#include <stdlib.h>
#include <string.h>

#include "tables.h"

static int by_index(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

static bool shape_is(const struct shape *s, const size_t *col, size_t n,
		     const struct key_choice *key)
{
	if (s->ncols != n || s->nkey != key->n || s->kind != key->kind ||
	    memcmp(s->index, col, n * sizeof *col) != 0)
		return false;
	for (size_t i = 0; i < key->n; i++)
		if (s->index[s->key[i]] != key->col[i])
			return false;
	return true;
}

static struct shape *shape_new(struct target_table *d, const size_t *col, size_t n,
			       const struct key_choice *key)
{
	struct shape *s = xcalloc(1, sizeof *s);

	s->table = d;
	s->ncols = n;
	s->kind = key->kind;
	s->all = n == d->nwritable;
	s->col = xcalloc(n + 1, sizeof *s->col);
	s->index = xcalloc(n + 1, sizeof *s->index);
	s->slot = xcalloc(d->def->ncols + 1, sizeof *s->slot);
	for (size_t i = 0; i < d->def->ncols; i++)
		s->slot[i] = NO_COLUMN;
	for (size_t i = 0; i < n; i++) {
		s->col[i] = &d->def->col[col[i]];
		s->index[i] = col[i];
		s->slot[col[i]] = i;
	}
	s->nkey = key->n;
	s->key = xcalloc(key->n + 1, sizeof *s->key);
	for (size_t i = 0; i < key->n; i++)
		s->key[i] = s->slot[key->col[i]];
	s->next = d->shapes;
	d->shapes = s;
	d->nshapes++;
	return s;
}

struct shape *shape_of(struct target_table *d, size_t *col, size_t n,
			      const struct key_choice *key)
{
	size_t kept = 0;

	qsort(col, n, sizeof *col, by_index);
	for (size_t i = 0; i < n; i++)
		if (!kept || col[kept - 1] != col[i])
			col[kept++] = col[i];
	for (struct shape *s = d->shapes; s; s = s->next)
		if (shape_is(s, col, kept, key))
			return s;
	return shape_new(d, col, kept, key);
}

void shapes_free(struct target_table *t)
{
	for (struct shape *s = t->shapes, *next; s; s = next) {
		next = s->next;
		if (s->target)
			db_target_close(s->target);
		free(s->col);
		free(s->index);
		free(s->slot);
		free(s->key);
		free(s);
	}
	t->shapes = NULL;
	t->nshapes = 0;
}

int shape_open(struct tables *t, struct shape *s, struct err *e)
{
	const struct target_spec spec = {
		.table = s->table->def, .col = s->col, .ncols = s->ncols,
		.key = s->key, .nkey = s->nkey, .whole_row = s->kind == KEY_ROW,
	};

	return s->target ? 0 : db_target_open(t->db, &spec, &s->target, e);
}
