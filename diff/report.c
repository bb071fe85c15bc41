#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "stream.h"
#include "value.h"

int report_open(struct report *r, const struct report_ops *ops, const struct shape *shape,
		const struct input *in, struct err *e)
{
	r->ops = ops;
	r->shape = shape;
	r->in = in;
	r->changed = xcalloc(shape->n, sizeof *r->changed);
	r->tally.column = xcalloc(shape->n, sizeof *r->tally.column);
	return ops->open(r, e);
}

bool report_equal(struct report *r, const struct field *a, const struct field *b)
{
	bool equal = true, treated = false;

	if (r->treat->n)
		treat_row(r->treat);
	for (size_t i = 0; i < r->shape->n; i++) {
		bool differs = a[i].n != b[i].n || !a[i].p != !b[i].p ||
			       (a[i].n && memcmp(a[i].p, b[i].p, a[i].n) != 0);

		if (i < r->shape->nkey)
			differs = false; /* the keys are equal, though perhaps not their texts */
		if (differs && r->treat->n && treat_equal(r->treat, i, a[i], b[i])) {
			treated = true;
			differs = false;
		}
		r->changed[i] = differs;
		equal &= !differs;
	}
	if (equal && treated)
		treat_count(r->treat);
	return equal;
}

int report_row(struct report *r, enum difference d, const struct field *a, const struct field *b,
	       struct err *e)
{
	struct tally *t = &r->tally;

	t->missing += d == DIFF_MISSING;
	t->surplus += d == DIFF_SURPLUS;
	t->changed += d == DIFF_CHANGED;
	for (size_t i = 0; d == DIFF_CHANGED && i < r->shape->n; i++)
		t->column[i] += r->changed[i];
	if (r->ops->row(r, d, a, b, r->changed, e) < 0)
		return -1;
	r->told++;
	return out_drain(r->out, e);
}

bool report_full(const struct report *r)
{
	return r->limit && r->told >= r->limit && r->ops != &report_summary;
}

bool report_differs(const struct report *r)
{
	const struct tally *t = &r->tally;

	return t->missing || t->surplus || t->changed || *r->shape->missing || *r->shape->surplus;
}

int report_close(struct report *r, struct err *e)
{
	return r->ops->close(r, e) < 0 ? -1 : out_flush(r->out, e);
}

void report_free(struct report *r)
{
	if (r->ops && r->ops->free && r->state)
		r->ops->free(r);
	free(r->changed);
	free(r->tally.column);
}

static bool is_number(struct field f)
{
	struct decimal d;

	return value_decimal(f.p, f.n, &d) == VALUE_OK && d.kind == DECIMAL_FINITE;
}

void report_add_value(struct buf *b, struct field f)
{
	if (!f.p)
		buf_adds(b, "NULL");
	else if (is_number(f))
		buf_add(b, f.p, f.n);
	else {
		buf_addc(b, '\'');
		value_add_quoted(b, f.p, f.n);
		buf_addc(b, '\'');
	}
}

int report_add_key(const struct report *r, struct buf *b, const struct field *f)
{
	char open = '{';

	if (r->shape->positional) {
		buf_addf(b, "{\"row\":%llu}", (unsigned long long)r->position);
		return 0;
	}
	for (size_t k = 0; k < r->shape->n; k++) {
		size_t i = r->shape->shown[k];

		if (i >= r->shape->nkey)
			continue;
		buf_addc(b, open);
		open = ',';
		if (json_add_string(b, r->shape->name[i], strlen(r->shape->name[i])) < 0)
			return -1;
		buf_addc(b, ':');
		if (json_add_value(b, r->shape->kind[i], f[i]) < 0)
			return -1;
	}
	buf_addc(b, '}');
	return 0;
}
