#include "key.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "value.h"

static int compare_bytes(struct field a, struct field b)
{
	int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* Digits without sign and leading zeros, as almost all keys are. */
static bool is_short_number(struct field f)
{
	if (f.n == 0 || f.n > 19 || (*f.p == '0' && f.n > 1))
		return false;
	for (size_t i = 0; i < f.n; i++)
		if (f.p[i] < '0' || f.p[i] > '9')
			return false;
	return true;
}

/* Where a value stands before the digits count. */
enum rank { MINUS_INFINITY, NEGATIVE, ZERO, POSITIVE, INFINITE, NOT_A_NUMBER, NO_NUMBER };

static enum rank rank(struct field f, struct decimal *d)
{
	if (value_decimal(f.p, f.n, d) != VALUE_OK || (d->kind == DECIMAL_FINITE && d->exp))
		return NO_NUMBER;
	if (d->kind == DECIMAL_NAN)
		return NOT_A_NUMBER;
	if (d->kind == DECIMAL_INF)
		return d->negative ? MINUS_INFINITY : INFINITE;
	while (d->nfrac && d->frac[d->nfrac - 1] == '0')
		d->nfrac--;
	if (!d->nwhole && !d->nfrac)
		return ZERO;
	return d->negative ? NEGATIVE : POSITIVE;
}

static int compare_numbers(struct field a, struct field b)
{
	struct decimal x, y;
	enum rank rx = rank(a, &x), ry = rank(b, &y);
	int c;

	if (rx != ry)
		return rx < ry ? -1 : 1;
	if (rx == NO_NUMBER)
		return compare_bytes(a, b);
	if (rx != NEGATIVE && rx != POSITIVE)
		return 0;
	if (x.nwhole != y.nwhole)
		c = x.nwhole < y.nwhole ? -1 : 1;
	else
		c = x.nwhole ? memcmp(x.whole, y.whole, x.nwhole) : 0;
	if (c == 0 && (x.nfrac || y.nfrac))
		c = compare_bytes((struct field){x.nfrac ? x.frac : "", x.nfrac},
				  (struct field){y.nfrac ? y.frac : "", y.nfrac});
	return rx == NEGATIVE ? -c : c;
}

int key_compare_field(enum key_order order, struct field a, struct field b)
{
	if (!a.p || !b.p)
		return (a.p != NULL) - (b.p != NULL);
	if (order == KEY_BYTES)
		return compare_bytes(a, b);
	if (is_short_number(a) && is_short_number(b)) {
		if (a.n != b.n)
			return a.n < b.n ? -1 : 1;
		return memcmp(a.p, b.p, a.n);
	}
	return compare_numbers(a, b);
}

int key_compare(const enum key_order *order, size_t n, const struct field *a,
		const struct field *b)
{
	for (size_t i = 0; i < n; i++) {
		int c = key_compare_field(order[i], a[i], b[i]);

		if (c)
			return c;
	}
	return 0;
}

void key_copy_open(struct key_copy *k, size_t n)
{
	*k = (struct key_copy){.n = n, .f = xcalloc(n, sizeof *k->f)};
}

void key_copy_set(struct key_copy *k, const struct field *f)
{
	size_t bytes = 1;

	for (size_t i = 0; i < k->n; i++)
		bytes += f[i].n;
	buf_reset(&k->bytes);
	buf_room(&k->bytes, bytes);
	for (size_t i = 0; i < k->n; i++) {
		k->f[i] = (struct field){f[i].p ? k->bytes.p + k->bytes.n : NULL, f[i].n};
		buf_add(&k->bytes, f[i].p, f[i].n);
	}
	k->set = true;
}

void key_copy_free(struct key_copy *k)
{
	free(k->f);
	buf_free(&k->bytes);
	*k = (struct key_copy){0};
}
