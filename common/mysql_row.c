/*
 * Row images (MySQL source documentation, "Rows_log_event"): a bitmap of NULLs and the values
 * of those columns that are there.
 */
#include <string.h>

#include "event.h"
#include "mysql_row.h"

/* The value option of a PARTIAL_UPDATE_ROWS event that says that JSON columns may be diffs. */
#define PARTIAL_JSON 1

static inline bool bit(const unsigned char *map, size_t i)
{
	return map[i / 8] >> i % 8 & 1;
}

/* One image that is being read. */
struct image {
	struct my_rowdef *d;
	struct my_in in;
	const unsigned char *diffs; /* a bit for each JSON column; NULL: none is a diff */
	const struct row *before;
	struct row *row;
	struct buf *b;
	size_t json;  /* JSON columns so far */
};

static int bad_column(const struct my_rowdef *d, const struct my_col *c, const char *why,
		      struct err *e)
{
	return err_set(e, EXIT_BAD, "table %s.%s column %s: the value in the binary log %s",
		       d->schema, d->table, c->name, why);
}

static int bad_image(const struct my_rowdef *d, struct err *e)
{
	return err_set(e, EXIT_FAILED, "table %s.%s: a row in the binary log is cut off",
		       d->schema, d->table);
}

/* Fields that point into b move with it: those between b's old place and its end. */
static void rebase(struct row *row, size_t n, uintptr_t old, size_t used, const char *now)
{
	for (size_t i = 0; i < n; i++)
		if ((uintptr_t)row->f[i].p - old < used)
			row->f[i].p = now + ((uintptr_t)row->f[i].p - old);
}

/* A JSON column that is told by what has changed in it. */
static const char *apply_diff(struct image *m, const struct my_col *c)
{
	const unsigned char *length = my_take(&m->in, 4), *p;
	struct field before = {NULL, 0};
	size_t n;

	if (!length)
		return "is cut off";
	n = (size_t)my_le(length, 4);
	p = my_take(&m->in, n);
	if (!p)
		return "is cut off";
	if (c->out == SIZE_MAX)
		return NULL;
	if (m->before)
		before = m->before->f[c->out];
	if (!before.p || before.p == event_absent)
		return "is a partial JSON update of a value that the event does not hold";
	return my_json_apply(m->b, before, p, n);
}

static inline const char *read_value(struct image *m, const struct my_col *c, struct field *f)
{
	const char *why;
	size_t start = m->b->n;

	f->p = NULL;
	if (c->type == MY_JSON && m->diffs && bit(m->diffs, m->json - 1))
		why = apply_diff(m, c);
	else
		why = c->decode(c, &m->in, m->b, f);
	if (!why && !f->p)
		*f = (struct field){buf_room(m->b, 1) - (m->b->n - start), m->b->n - start};
	return why;
}

/* The end of time: the largest TIMESTAMP(6) (since MariaDB 11.5 of 32 bits without a sign), or
 * transaction number. */
static bool is_endless(const struct my_col *c, const unsigned char *p)
{
	static const unsigned char ends[3][8] = {
		{0x7f, 0xff, 0xff, 0xff, 0x0f, 0x42, 0x3f},
		{0xff, 0xff, 0xff, 0xff, 0x0f, 0x42, 0x3f},
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	};

	if (c->type == MY_LONGLONG)
		return !memcmp(p, ends[2], 8);
	return c->type != MY_TIMESTAMP2 || c->precision != 6 || !memcmp(p, ends[0], 7) ||
	       !memcmp(p, ends[1], 7);
}

static int read_values(struct image *m, const unsigned char *present, const unsigned char *nulls,
		       struct err *e)
{
	size_t k = 0, done = 0;

	for (size_t i = 0; i < m->d->n; i++) {
		const struct my_col *c = &m->d->col[i];
		const unsigned char *from = m->in.p;
		uintptr_t old = (uintptr_t)m->b->p;
		const char *why;
		size_t used = m->b->n;
		struct field f = {NULL, 0};

		m->json += c->type == MY_JSON;
		if (!bit(present, i)) {
			f.p = event_absent;
		} else if (!bit(nulls, k++)) {
			why = read_value(m, c, &f);
			if (why)
				return bad_column(m->d, c, why, e);
			if ((uintptr_t)m->b->p != old && used)
				rebase(m->row, done, old, used, m->b->p);
			if (c->row_end)
				m->d->past = !is_endless(c, from);
		}
		if (c->out == SIZE_MAX)
			m->b->n = used;
		else
			m->row->f[done++] = f;
	}
	m->row->n = done;
	return 0;
}

static int read_options(struct image *m, struct err *e)
{
	uint64_t options;

	if (my_take_packed(&m->in, &options) < 0)
		return bad_image(m->d, e);
	if (options & PARTIAL_JSON) {
		m->diffs = my_take(&m->in, (m->d->json + 7) / 8);
		if (!m->diffs)
			return bad_image(m->d, e);
	}
	return 0;
}

int my_row_decode(struct my_rowdef *d, const unsigned char **at, const unsigned char *end,
		  const unsigned char *present, bool partial, const struct row *before,
		  struct row *row, struct buf *b, struct err *e)
{
	struct image m = {.d = d, .in = {*at, end}, .before = before, .row = row, .b = b};
	const unsigned char *nulls;
	size_t n = 0;

	if (!d->columns.col)
		return err_set(e, EXIT_BAD, "table %s.%s: the definition is not known", d->schema,
			       d->table);
	buf_reset(b);
	d->past = false;
	if (partial && read_options(&m, e) < 0)
		return -1;
	for (size_t i = 0; i < d->n; i++)
		n += bit(present, i);
	/* It would take no bytes: there would be any number of them. */
	if (n == 0) {
		err_set(e, EXIT_BAD, "table %s.%s: a row in the binary log tells no columns",
			d->schema, d->table);
		return err_hint(e, "set binlog_row_image=FULL on the source");
	}
	nulls = my_take(&m.in, (n + 7) / 8);
	if (!nulls)
		return bad_image(d, e);
	if (read_values(&m, present, nulls, e) < 0)
		return -1;
	*at = m.in.p;
	return 0;
}
