/* A change's rows as canonical text. pgoutput sends what the types' output functions write, as COPY
 * does; three types want more. */
#include <string.h>

#include "pg_relation.h"

/* money comes as lc_monetary writes it: its digits are those of the smallest unit; a minus or
 * brackets say that it is negative (src/backend/utils/adt/cash.c, cash_out). */
static void fix_money(struct buf *b, struct field *f, int scale)
{
	size_t start = b->n, digits = 0;

	if (memchr(f->p, '-', f->n) || memchr(f->p, '(', f->n))
		buf_addc(b, '-');
	for (size_t i = 0; i < f->n; i++)
		digits += f->p[i] >= '0' && f->p[i] <= '9';
	for (size_t i = 0; i < f->n; i++) {
		if (f->p[i] < '0' || f->p[i] > '9')
			continue;
		if (digits-- == (size_t)scale && scale)
			buf_addc(b, '.');
		buf_addc(b, f->p[i]);
	}
	*f = (struct field){b->p + start, b->n - start};
}

/* PostGIS writes EWKB as capital hex digits. */
static void fix_geometry(struct buf *b, struct field *f)
{
	size_t start = b->n;

	buf_adds(b, "\\x");
	for (size_t i = 0; i < f->n; i++)
		buf_addc(b, f->p[i] >= 'A' && f->p[i] <= 'F' ? f->p[i] | 0x20 : f->p[i]);
	*f = (struct field){b->p + start, b->n - start};
}

static void fix_row(struct pg_relations *rs, const struct pg_relation *r, struct row *row)
{
	for (size_t i = 0; i < row->n; i++) {
		struct field *f = &row->f[i];

		if (!f->p || f->p == event_absent)
			continue;
		switch (r->fix[i]) {
		case PG_FIX_NONE:
			break;
		case PG_FIX_PAD:
			while (f->n && f->p[f->n - 1] == ' ')
				f->n--;
			break;
		case PG_FIX_MONEY:
			fix_money(&rs->fixed, f, rs->money_scale);
			break;
		case PG_FIX_GEOMETRY:
			fix_geometry(&rs->fixed, f);
			break;
		}
	}
}

/* The room that a row's fixed values may take, so that they do not move. */
static size_t fixed_size(const struct row *row)
{
	size_t n = 0;

	for (size_t i = 0; i < row->n; i++)
		n += row->f[i].n + 2;
	return n;
}

int pg_relation_rows(struct pg_relations *rs, const struct pg_relation *r, struct pgoutput *m,
		     struct err *e)
{
	size_t n = r->definition->ncols;

	if ((m->old.n && m->old.n != n) || (m->new.n && m->new.n != n))
		return err_set(e, EXIT_FAILED, "a change of table %s has %zu columns instead of "
			"%zu",
			       r->name, m->new.n ? m->new.n : m->old.n, n);
	/* A partition's identity can be all columns where its table's is a key that is not there. */
	if (m->old_kind == 'K' && r->has_key)
		for (size_t i = 0; i < m->old.n; i++)
			if (!r->key[i])
				m->old.f[i] = (struct field){event_absent, 0};
	if (r->has_fix) {
		buf_reset(&rs->fixed);
		buf_room(&rs->fixed, fixed_size(&m->old) + fixed_size(&m->new));
		fix_row(rs, r, &m->old);
		fix_row(rs, r, &m->new);
	}
	for (size_t i = 0; m->old.n && i < m->new.n; i++)
		if (m->new.f[i].p == event_absent)
			m->new.f[i] = m->old.f[i];
	return 0;
}
