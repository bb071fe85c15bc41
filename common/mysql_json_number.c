/*
 * How MySQL writes a DOUBLE in JSON: the shortest digits, laid out as my_gcvt() does (MySQL
 * source, strings/dtoa.cc).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mysql_row.h"
#include "value.h"

/* Significant digits and where the point stands behind them: 12.5 is "125" and 2. */
struct digits {
	char d[24];
	int n, point;
};

/* Takes the text of a number above 0 apart. */
static void read_digits(struct digits *v, const char *p, const char *end)
{
	bool behind = false;

	*v = (struct digits){.n = 0};
	for (; p < end && *p != 'e'; p++) {
		if (*p < '0' || *p > '9') {
			behind = true;
		} else if (v->n || *p != '0') {
			v->d[v->n++] = *p;
			v->point += !behind;
		} else {
			v->point -= behind;
		}
	}
	if (p < end) {
		int e = 0;

		for (const char *q = p + 2; q < end; q++)
			e = e * 10 + *q - '0';
		v->point += p[1] == '-' ? -e : e;
	}
	while (v->n > 1 && v->d[v->n - 1] == '0')
		v->n--;
}

/*
 * value_add_float64() takes only decimals nearer to the number than to its neighbours; the
 * server also those that lie in the middle and are read as it (1e23). Whole numbers alone
 * have such a decimal of fewer digits, which is the one that rounding to a digit less gives.
 */
static void try_shorter(struct digits *v, double number)
{
	char text[40];
	struct digits less;
	double back;
	int n;

	if (number < 9007199254740992.0 || v->n < 16)
		return;
	n = snprintf(text, sizeof text, "%.*e", v->n - 2, number);
	read_digits(&less, text, text + n);
	n = snprintf(text, sizeof text, "%.*se%d", less.n, less.d, less.point - less.n);
	value_float64(text, (size_t)n, &back);
	if (back == number)
		*v = less;
}

/* Fixed for -14 <= point <= 15, or where digits stand behind the point; always with a point
 * or an exponent. */
static void add_digits(struct buf *b, const struct digits *v)
{
	if (v->point < -14 || (v->point > 15 && v->n <= v->point)) {
		buf_addc(b, v->d[0]);
		if (v->n > 1)
			buf_addc(b, '.');
		buf_add(b, v->d + 1, (size_t)v->n - 1);
		buf_addf(b, "e%d", v->point - 1);
		return;
	}
	if (v->point <= 0)
		buf_addf(b, "0.%.*s", -v->point, "00000000000000");
	for (int i = 0; i < v->n || i < v->point; i++) {
		if (i == v->point && i)
			buf_addc(b, '.');
		buf_addc(b, i < v->n ? v->d[i] : '0');
	}
	if (v->n <= v->point)
		buf_adds(b, ".0");
}

void my_json_add_double(struct buf *b, double v)
{
	size_t start;
	struct digits digits;

	if (signbit(v))
		buf_addc(b, '-');
	v = fabs(v);
	if (v == 0) {
		buf_adds(b, "0.0");
		return;
	}
	start = b->n;
	value_add_float64(b, v);
	read_digits(&digits, b->p + start, b->p + b->n);
	b->n = start;
	try_shorter(&digits, v);
	add_digits(b, &digits);
}
