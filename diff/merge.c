#include "merge.h"

#include <stdlib.h>
#include <string.h>

#include "rowset.h"
#include "value.h"

#define GROUP_BYTES (16u << 20)

struct merge {
	struct source *s;
	struct report *r;
	const struct shape *shape;
	struct key_copy last; /* the key of the last row that is done with */
	bool ordered;         /* sort(1) made the order of both sides */
	struct rowset set[2];
};

static int out_of_order(const struct merge *m, int side, const struct field *key, struct err *e)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < m->shape->nkey; i++) {
		buf_adds(&b, i ? ", " : "");
		report_add_value(&b, key[i]);
	}
	buf_adds(&b, " stands behind ");
	for (size_t i = 0; i < m->shape->nkey; i++) {
		buf_adds(&b, i ? ", " : "");
		report_add_value(&b, m->last.f[i]);
	}
	err_set(e, EXIT_BAD, "%s: rows are not in the order of the key: %s", m->s[side].in->name,
		buf_cstr(&b));
	buf_free(&b);
	if (m->s[side].in->reader)
		err_hint(e, "without --sorted they are sorted first");
	return -1;
}

/*
 * Rows are done with in ascending order of keys, whichever side they stand on; so a side
 * that is out of order shows by a key below the last one. Of two equal rows one is looked at.
 */
static int check_order(struct merge *m, int side, const struct field *key, struct err *e)
{
	if (m->ordered)
		return 0;
	if (m->last.set && key_compare(m->shape->order, m->shape->nkey, m->last.f, key) > 0)
		return out_of_order(m, side, key, e);
	key_copy_set(&m->last, key);
	return 0;
}

static int next_both(struct merge *m, struct err *e)
{
	return source_next(&m->s[0], e) < 0 || source_next(&m->s[1], e) < 0 ? -1 : 0;
}

/* Gathers the rows of one side that have the key m->last. */
static int gather(struct merge *m, int side, struct err *e)
{
	struct source *s = &m->s[side];
	struct rowset *set = &m->set[side];

	rowset_reset(set);
	while (s->line) {
		const struct field *f = source_fields(s);

		if (set->n && key_compare(m->shape->order, m->shape->nkey, m->last.f, f) != 0)
			break;
		if (check_order(m, side, f, e) < 0)
			return -1;
		rowset_add(set, f);
		if (set->n > 1 && set->bytes.n > GROUP_BYTES) {
			err_set(e, EXIT_BAD, "%s: more than %u MiB of rows share one key",
				s->in->name, GROUP_BYTES >> 20);
			return err_hint(e, "name more columns with --key, or none with --no-key");
		}
		if (source_next(s, e) < 0)
			return -1;
	}
	return 0;
}

/* Rows of one key that differ. The key may not be unique: equal rows are set aside first,
 * the others are paired off. */
static int differing(struct merge *m, struct err *e)
{
	struct rowset *a = &m->set[0], *b = &m->set[1];
	size_t i = 0, k = 0;

	if (gather(m, 0, e) < 0 || gather(m, 1, e) < 0)
		return -1;
	if (a->n > 1 || b->n > 1)
		m->r->tally.equal += rowset_cancel(a, b);
	while (i < a->n || k < b->n) {
		const struct field *x = i < a->n ? rowset_row(a, i++) : NULL;
		const struct field *y = k < b->n ? rowset_row(b, k++) : NULL;

		if (x && y && report_equal(m->r, x, y))
			m->r->tally.equal++;
		else if (report_row(m->r, !y ? DIFF_MISSING : !x ? DIFF_SURPLUS : DIFF_CHANGED, x, y,
				    e) < 0)
			return -1;
	}
	return 0;
}

/* One step where the current rows are not the same bytes. */
static int step(struct merge *m, struct err *e)
{
	struct source *a = &m->s[0], *b = &m->s[1];
	const struct field *x = a->line ? source_fields(a) : NULL;
	const struct field *y = b->line ? source_fields(b) : NULL;
	int c = !x ? 1 : !y ? -1 : key_compare(m->shape->order, m->shape->nkey, x, y);

	if (c == 0 && report_equal(m->r, x, y)) {
		m->r->tally.equal++;
		return check_order(m, 0, x, e) < 0 ? -1 : next_both(m, e);
	}
	if (c == 0 && m->shape->positional)
		return report_row(m->r, DIFF_CHANGED, x, y, e) < 0 ? -1 : next_both(m, e);
	if (c == 0)
		return check_order(m, 0, x, e) < 0 ? -1 : differing(m, e);
	if (c < 0) {
		if (check_order(m, 0, x, e) < 0 || report_row(m->r, DIFF_MISSING, x, NULL, e) < 0)
			return -1;
		return source_next(a, e);
	}
	if (check_order(m, 1, y, e) < 0 || report_row(m->r, DIFF_SURPLUS, NULL, y, e) < 0)
		return -1;
	return source_next(b, e);
}

static int merge_rows(struct merge *m, struct progress *p, struct err *e)
{
	struct source *a = &m->s[0], *b = &m->s[1];

	if (next_both(m, e) < 0)
		return -1;
	while ((a->line || b->line) && !report_full(m->r)) {
		if (a->line && b->line && a->n == b->n && !memcmp(a->line, b->line, a->n)) {
			if (check_order(m, 0, m->ordered ? NULL : source_key(a), e) < 0)
				return -1;
			m->r->tally.equal++;
			if (next_both(m, e) < 0)
				return -1;
		} else {
			m->r->position = a->line ? a->rows : b->rows;
			if (step(m, e) < 0)
				return -1;
		}
		progress_rows(p, a->rows, a->rows);
	}
	return 0;
}

int merge(struct source s[2], struct report *r, struct progress *p, struct err *e)
{
	const struct shape *shape = r->shape;
	struct merge m = {.s = s, .r = r, .shape = shape};
	int status;

	m.ordered = shape->ordering[0] == ORDER_SORT && shape->ordering[1] == ORDER_SORT;
	key_copy_open(&m.last, shape->nkey);
	rowset_open(&m.set[0], shape->n);
	rowset_open(&m.set[1], shape->n);
	status = merge_rows(&m, p, e);
	for (int side = 0; side < 2; side++) {
		r->tally.rows[side] += s[side].rows;
		r->tally.bytes += s[side].bytes;
		rowset_free(&m.set[side]);
	}
	key_copy_free(&m.last);
	return status;
}
