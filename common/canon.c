#include "canon.h"

#include <stdlib.h>

#include "err.h"

enum canon canon_of_type(const struct coltype *t)
{
	if (t->lt == LT_DECIMAL)
		return CANON_DECIMAL;
	return t->lt == LT_JSON ? CANON_JSON : CANON_NONE;
}

static bool is_exact_number(const struct coltype *t)
{
	return t->lt == LT_INT || t->lt == LT_DECIMAL || t->lt == LT_YEAR;
}

/* What can stand for a boolean, as 1 and 0. */
static bool is_flag(const struct coltype *t)
{
	return t->lt == LT_INT || t->lt == LT_BITS;
}

void canon_of_types(const struct coltype *a, const struct coltype *b, enum canon *of_a,
		    enum canon *of_b)
{
	enum canon both = CANON_NONE;

	if (is_exact_number(a) && is_exact_number(b))
		both = a->lt == LT_DECIMAL || b->lt == LT_DECIMAL ? CANON_DECIMAL : CANON_NONE;
	else if (a->lt == LT_JSON && b->lt == LT_JSON)
		both = CANON_JSON;
	else if (a->lt == LT_FLOAT && b->lt == LT_FLOAT && a->bits != b->bits)
		both = CANON_FLOAT64;
	*of_a = *of_b = both;
	if (a->lt == LT_BOOL && is_flag(b))
		*of_a = CANON_FLAG;
	else if (b->lt == LT_BOOL && is_flag(a))
		*of_b = CANON_FLAG;
	else if (a->lt == LT_TIMESTAMPTZ && b->lt == LT_TIMESTAMP)
		*of_a = CANON_UNZONED;
	else if (b->lt == LT_TIMESTAMPTZ && a->lt == LT_TIMESTAMP)
		*of_b = CANON_UNZONED;
	else if (a->lt == LT_BYTES && b->lt == LT_UUID)
		*of_a = CANON_UUID;
	else if (b->lt == LT_BYTES && a->lt == LT_UUID)
		*of_b = CANON_UUID;
}

/* NaN, Infinity and exponents have no other form. */
static bool is_plain_decimal(struct field f)
{
	size_t sign = f.n && f.p[0] == '-';

	if (f.n == sign || f.p[sign] < '0' || f.p[sign] > '9')
		return false;
	return !memchr(f.p, 'e', f.n) && !memchr(f.p, 'E', f.n);
}

static void add_uuid(struct buf *b, struct field f)
{
	if (f.n != 34 || f.p[0] != '\\') {
		buf_add(b, f.p, f.n);
		return;
	}
	for (size_t i = 2; i < 34; i += 4) {
		if (i == 10 || i == 14 || i == 18 || i == 22)
			buf_addc(b, '-');
		buf_add(b, f.p + i, 4);
	}
}

enum value_status canon_add(struct buf *b, enum canon how, struct field f)
{
	if (how == CANON_JSON)
		return value_add_json_canonical(b, f.p, f.n);
	if (how == CANON_DECIMAL && is_plain_decimal(f))
		value_add_decimal_canonical(b, f.p, f.n);
	else if (how == CANON_FLOAT64)
		value_add_float64_text(b, f.p, f.n);
	else if (how == CANON_FLAG && f.n == 1 && (*f.p == 't' || *f.p == 'f'))
		buf_addc(b, *f.p == 't' ? '1' : '0');
	else if (how == CANON_UNZONED && f.n > 3 && !memcmp(f.p + f.n - 3, "+00", 3))
		buf_add(b, f.p, f.n - 3);
	else if (how == CANON_UUID)
		add_uuid(b, f);
	else
		buf_add(b, f.p, f.n);
	return VALUE_OK;
}

void canon_row_open(struct canon_row *c, size_t n)
{
	*c = (struct canon_row){.n = n};
	c->how = xcalloc(n, sizeof *c->how);
	c->end = xcalloc(n, sizeof *c->end);
}

void canon_row_free(struct canon_row *c)
{
	free(c->how);
	free(c->end);
	buf_free(&c->text);
	*c = (struct canon_row){0};
}

int canon_row_apply(struct canon_row *c, struct field *f)
{
	size_t at = 0;
	int bad = -1;

	buf_reset(&c->text);
	for (size_t i = 0; i < c->n; i++) {
		if (c->how[i] != CANON_NONE && f[i].p &&
		    canon_add(&c->text, c->how[i], f[i]) != VALUE_OK) {
			bad = bad < 0 ? (int)i : bad;
			buf_add(&c->text, f[i].p, f[i].n);
		}
		c->end[i] = c->text.n;
	}
	buf_room(&c->text, 1); /* an empty value is not NULL */
	for (size_t i = 0; i < c->n; i++) {
		if (c->how[i] != CANON_NONE && f[i].p)
			f[i] = (struct field){c->text.p + at, c->end[i] - at};
		at = c->end[i];
	}
	return bad;
}
