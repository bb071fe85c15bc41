/* Differences for people, in the manner of diff(1): < only in A, > only in B. */
#include "report.h"

#include <string.h>

#define RED "\33[31m"
#define GREEN "\33[32m"
#define PLAIN "\33[0m"
#define SHOWN 60  /* bytes of a value, as in messages */
#define BEFORE 20 /* of them before the first difference */

static void paint(struct report *r, const char *color)
{
	if (r->color)
		buf_adds(&r->out->b, color);
}

static int open_text(struct report *r, struct err *e)
{
	(void)e;
	for (const char **c = r->shape->missing; *c; c++) {
		paint(r, RED);
		buf_addf(&r->out->b, "< column %s", *c);
		paint(r, PLAIN);
		buf_addc(&r->out->b, '\n');
	}
	for (const char **c = r->shape->surplus; *c; c++) {
		paint(r, GREEN);
		buf_addf(&r->out->b, "> column %s", *c);
		paint(r, PLAIN);
		buf_addc(&r->out->b, '\n');
	}
	return 0;
}

static void add_column(struct report *r, size_t i, const struct field *f)
{
	buf_addf(&r->out->b, " %s=", r->shape->name[i]);
	report_add_value(&r->out->b, f[i]);
}

/* The columns of the key, or all others. */
static void add_columns(struct report *r, const struct field *f, bool key)
{
	if (key && r->shape->positional)
		buf_addf(&r->out->b, " row=%llu", (unsigned long long)r->position);
	for (size_t k = 0; k < r->shape->n; k++)
		if ((r->shape->shown[k] < r->shape->nkey) == key)
			add_column(r, r->shape->shown[k], f);
}

/* Where the part of two long texts begins that shows their difference. */
static size_t first_shown(struct field a, struct field b)
{
	size_t n = a.n < b.n ? a.n : b.n, i = 0;

	if (!a.p || !b.p || (a.n <= SHOWN && b.n <= SHOWN))
		return 0;
	while (i < n && a.p[i] == b.p[i])
		i++;
	if (i <= SHOWN / 2)
		return 0;
	for (i -= BEFORE; i && ((unsigned char)a.p[i] & 0xc0) == 0x80; i--)
		continue; /* not inside a character */
	return i;
}

static void add_part(struct report *r, struct field f, size_t from)
{
	if (!from) {
		report_add_value(&r->out->b, f);
		return;
	}
	buf_adds(&r->out->b, "…");
	report_add_value(&r->out->b, (struct field){f.p + from, f.n - from});
}

static void add_changed(struct report *r, size_t i, struct field a, struct field b)
{
	size_t from = first_shown(a, b);

	buf_addf(&r->out->b, " %s: ", r->shape->name[i]);
	paint(r, RED);
	add_part(r, a, from);
	paint(r, PLAIN);
	buf_adds(&r->out->b, " → ");
	paint(r, GREEN);
	add_part(r, b, from);
	paint(r, PLAIN);
}

static int text_of_row(struct report *r, enum difference d, const struct field *a,
		       const struct field *b, const bool *changed, struct err *e)
{
	const char *between = "";

	(void)e;
	if (d != DIFF_CHANGED) {
		paint(r, d == DIFF_MISSING ? RED : GREEN);
		buf_addc(&r->out->b, d == DIFF_MISSING ? '<' : '>');
		add_columns(r, a ? a : b, true);
		if (!r->shape->whole)
			add_columns(r, a ? a : b, false);
		paint(r, PLAIN);
	} else {
		buf_addc(&r->out->b, '-');
		add_columns(r, a, true);
		for (size_t k = 0; k < r->shape->n; k++) {
			size_t i = r->shape->shown[k];

			if (!changed[i])
				continue;
			buf_adds(&r->out->b, between);
			add_changed(r, i, a[i], b[i]);
			between = ",";
		}
	}
	buf_addc(&r->out->b, '\n');
	return 0;
}

static int close_text(struct report *r, struct err *e)
{
	(void)r;
	(void)e;
	return 0;
}

const struct report_ops report_text = {open_text, text_of_row, close_text, NULL};
