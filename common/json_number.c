#include "value.h"

#define PLAIN_DIGITS 40 /* a longer number is written with an exponent */

/* The digits of a number from the first to the last that is not 0; the point
 * stands `point` digits behind the first one. */
struct digits {
	const struct decimal *d;
	size_t first, n;
	int64_t point;
};

static void add_digits(struct buf *b, const struct digits *g, size_t from, size_t n)
{
	size_t at = g->first + from, whole = at < g->d->nwhole ? g->d->nwhole - at : 0;

	if (whole > n)
		whole = n;
	buf_add(b, g->d->whole + at, whole);
	if (n > whole)
		buf_add(b, g->d->frac + (at + whole - g->d->nwhole), n - whole);
}

static void add_zeros(struct buf *b, int64_t n)
{
	while (n-- > 0)
		buf_addc(b, '0');
}

static void add_plain(struct buf *b, const struct digits *g)
{
	int64_t n = (int64_t)g->n;

	if (g->point <= 0) {
		buf_adds(b, "0.");
		add_zeros(b, -g->point);
		add_digits(b, g, 0, g->n);
	} else if (g->point >= n) {
		add_digits(b, g, 0, g->n);
		add_zeros(b, g->point - n);
	} else {
		add_digits(b, g, 0, (size_t)g->point);
		buf_addc(b, '.');
		add_digits(b, g, (size_t)g->point, g->n - (size_t)g->point);
	}
}

void value_add_json_number(struct buf *b, const char *p, size_t n)
{
	struct decimal d;
	struct digits g = {.d = &d};
	int64_t plain;

	if (value_decimal(p, n, &d) != VALUE_OK) {
		buf_add(b, p, n);
		return;
	}
	while (d.nfrac && d.frac[d.nfrac - 1] == '0')
		d.nfrac--;
	g.point = (int64_t)d.nwhole + d.exp;
	for (; d.nwhole == 0 && g.first < d.nfrac && d.frac[g.first] == '0'; g.first++)
		g.point--;
	g.n = d.nwhole + d.nfrac - g.first;
	if (d.nfrac == 0)
		while (g.n && d.whole[g.n - 1] == '0')
			g.n--;
	if (g.n == 0) {
		buf_addc(b, '0');
		return;
	}
	if (d.negative)
		buf_addc(b, '-');
	plain = g.point <= 0 ? 1 - g.point + (int64_t)g.n
			     : g.point > (int64_t)g.n ? g.point : (int64_t)g.n;
	if (plain <= PLAIN_DIGITS) {
		add_plain(b, &g);
		return;
	}
	add_digits(b, &g, 0, 1);
	if (g.n > 1) {
		buf_addc(b, '.');
		add_digits(b, &g, 1, g.n - 1);
	}
	buf_addf(b, "e%+lld", (long long)g.point - 1);
}
