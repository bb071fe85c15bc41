#include "rowset.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

void rowset_open(struct rowset *s, size_t ncols)
{
	*s = (struct rowset){.ncols = ncols, .f = xcalloc(ncols, sizeof *s->f)};
}

void rowset_reset(struct rowset *s)
{
	s->n = 0;
	buf_reset(&s->bytes);
}

void rowset_free(struct rowset *s)
{
	buf_free(&s->bytes);
	free(s->length);
	free(s->start);
	free(s->f);
}

void rowset_add(struct rowset *s, const struct field *f)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 8;
		s->length = xrealloc(s->length, s->cap * s->ncols * sizeof *s->length);
		s->start = xrealloc(s->start, s->cap * sizeof *s->start);
	}
	s->start[s->n] = s->bytes.n;
	for (size_t i = 0; i < s->ncols; i++) {
		s->length[s->n * s->ncols + i] = f[i].p ? f[i].n : SIZE_MAX;
		buf_add(&s->bytes, f[i].p, f[i].n);
	}
	buf_room(&s->bytes, 1); /* an empty value is not NULL */
	s->n++;
}

const struct field *rowset_row(struct rowset *s, size_t i)
{
	const size_t *length = s->length + i * s->ncols;
	const char *p = s->bytes.p + s->start[i];

	for (size_t k = 0; k < s->ncols; k++) {
		bool null = length[k] == SIZE_MAX;

		s->f[k] = (struct field){null ? NULL : p, null ? 0 : length[k]};
		p += null ? 0 : length[k];
	}
	return s->f;
}

struct sorting {
	struct rowset *set;
	const enum key_order *order;
	struct field *f; /* of the other row */
};

static int compare_keys(const void *x, const void *y, void *ctx)
{
	struct sorting *s = ctx;
	size_t n = s->set->ncols;

	memcpy(s->f, rowset_row(s->set, *(const size_t *)x), n * sizeof *s->f);
	return key_compare(s->order, n, s->f, rowset_row(s->set, *(const size_t *)y));
}

size_t *rowset_sort(struct rowset *s, const enum key_order *order)
{
	struct sorting ctx = {s, order, xcalloc(s->ncols, sizeof *ctx.f)};
	size_t *list = xcalloc(s->n, sizeof *list);

	for (size_t i = 0; i < s->n; i++)
		list[i] = i;
	qsort_r(list, s->n, sizeof *list, compare_keys, &ctx);
	free(ctx.f);
	return list;
}

bool rowset_has(struct rowset *s, const enum key_order *order, const struct field *f)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		int c = key_compare(order, s->ncols, rowset_row(s, at), f);

		if (c == 0)
			return true;
		if (c < 0)
			low = at + 1;
		else
			high = at;
	}
	return false;
}

static size_t row_bytes(const struct rowset *s, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < s->ncols; k++)
		if (s->length[i * s->ncols + k] != SIZE_MAX)
			n += s->length[i * s->ncols + k];
	return n;
}

/* Any order in which equal rows are equal: by lengths, then by bytes. */
static int compare(const struct rowset *a, size_t i, const struct rowset *b, size_t k)
{
	int c = memcmp(a->length + i * a->ncols, b->length + k * b->ncols,
		       a->ncols * sizeof *a->length);

	return c ? c : memcmp(a->bytes.p + a->start[i], b->bytes.p + b->start[k], row_bytes(a, i));
}

static int compare_in(const void *x, const void *y, void *set)
{
	return compare(set, *(const size_t *)x, set, *(const size_t *)y);
}

static size_t *sorted(struct rowset *s)
{
	size_t *order = xcalloc(s->n, sizeof *order);

	for (size_t i = 0; i < s->n; i++)
		order[i] = i;
	qsort_r(order, s->n, sizeof *order, compare_in, s);
	return order;
}

/* Keeps the rows that are not gone. */
static void keep(struct rowset *s, const bool *gone)
{
	size_t to = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (gone[i])
			continue;
		s->start[to] = s->start[i];
		memmove(s->length + to * s->ncols, s->length + i * s->ncols,
			s->ncols * sizeof *s->length);
		to++;
	}
	s->n = to;
}

size_t rowset_cancel(struct rowset *a, struct rowset *b)
{
	size_t *x = sorted(a), *y = sorted(b), i = 0, k = 0, pairs = 0;
	bool *gone_a = xcalloc(a->n, sizeof *gone_a), *gone_b = xcalloc(b->n, sizeof *gone_b);

	while (i < a->n && k < b->n) {
		int c = compare(a, x[i], b, y[k]);

		if (c == 0) {
			gone_a[x[i++]] = gone_b[y[k++]] = true;
			pairs++;
		} else if (c < 0) {
			i++;
		} else {
			k++;
		}
	}
	keep(a, gone_a);
	keep(b, gone_b);
	free(x);
	free(y);
	free(gone_a);
	free(gone_b);
	return pairs;
}
