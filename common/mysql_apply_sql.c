/*
 * The statements that apply changes of rows. Values are checked as for LOAD DATA, whose
 * escapes are those of string literals, too, but for the quote.
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_apply.h"
#include "mysql_load.h"

#define LONG_VALUE 65536 /* bytes of those that my_target.apart takes */

/* ---- Values ---- */

static enum my_literal literal_of(const struct coltype *t)
{
	switch (t->lt) {
	case LT_INT:
	case LT_YEAR:
		return MY_NUMBER;
	case LT_DECIMAL:
		return MY_DECIMAL;
	case LT_FLOAT:
		return MY_FLOAT;
	case LT_BITS:
		return MY_BITS;
	case LT_DATE:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
	case LT_DURATION:
		return MY_TIME;
	case LT_ENUM:
	case LT_SET:
	case LT_UUID:
	case LT_INET:
		return MY_LABEL;
	case LT_BYTES:
	case LT_GEOMETRY:
		return MY_BYTES;
	case LT_JSON:
		return t->binary_json ? MY_JSON : MY_TEXT;
	default:
		return MY_TEXT;
	}
}

static void add_quoted(struct buf *b, const char *p, size_t n)
{
	const char *end = p + n, *quote;

	buf_addc(b, '\'');
	while ((quote = memchr(p, '\'', (size_t)(end - p)))) {
		buf_add(b, p, (size_t)(quote - p));
		buf_add(b, "''", 2);
		p = quote + 1;
	}
	buf_add(b, p, (size_t)(end - p));
	buf_addc(b, '\'');
}

static bool has_exponent(const struct buf *text)
{
	return memchr(text->p, 'e', text->n) || memchr(text->p, 'E', text->n);
}

static void add_bits(struct buf *b, struct field v)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < v.n; i++)
		bits = bits << 1 | (v.p[i] == '1' || v.p[i] == 't');
	buf_addf(b, "%llu", (unsigned long long)bits);
}

/* Adds `?` and keeps the value, its escapes undone, as a parameter. */
static void add_apart(struct my_target *t, size_t col, struct buf *b)
{
	struct my_long *l = t->apart;

	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 8;
		l->param = xrealloc(l->param, l->room * sizeof *l->param);
	}
	buf_addc(&t->scratch, '\n');
	my_decode_row(&t->enc[col], 1, t->scratch.p, &l->param[l->n++], &l->arena);
	buf_addc(b, '?');
}

/* Adds what the encoder made of v as a literal. A number with a point is a DECIMAL in SQL, one
 * with an exponent a DOUBLE. */
static void add_literal(struct my_target *t, size_t col, struct buf *b, struct field v)
{
	struct buf *text = &t->scratch;

	if (t->apart && text->n >= LONG_VALUE && t->literal[col] >= MY_TEXT) {
		add_apart(t, col, b);
		return;
	}
	switch (t->literal[col]) {
	case MY_BITS:
		add_bits(b, v);
		break;
	case MY_FLOAT:
		buf_add(b, text->p, text->n);
		buf_adds(b, has_exponent(text) ? "" : "e0");
		break;
	case MY_DECIMAL:
		if (has_exponent(text)) {
			buf_adds(b, "CAST(");
			add_quoted(b, text->p, text->n);
			buf_addf(b, " AS DECIMAL(%d,%d))", t->base.col[col]->type.precision,
				 t->base.col[col]->type.scale);
			break;
		}
		/* fall through */
	case MY_NUMBER:
		buf_add(b, text->p, text->n);
		break;
	case MY_BYTES:
		buf_adds(b, "_binary");
		/* fall through */
	default:
		add_quoted(b, text->p, text->n);
	}
}

int my_add_value(struct my_target *t, size_t col, struct buf *b, struct field v, struct err *e)
{
	const struct my_encoder *enc = &t->enc[col];

	if (!v.p && !enc->c->not_null) {
		buf_adds(b, "NULL");
		return 0;
	}
	buf_reset(&t->scratch);
	buf_reset(&t->why);
	if (v.p && enc->encode(enc, &t->scratch, v.p, v.n, &t->why) == 0) {
		add_literal(t, col, b, v);
		return 0;
	}
	if (!v.p)
		buf_adds(&t->why, "null does not fit a NOT NULL column");
	return db_target_misfit(&t->base, col, &t->why, e);
}

int my_add_row(struct my_target *t, struct buf *b, const struct field *row, struct err *e)
{
	bool first = true;

	buf_addc(b, '(');
	for (size_t i = 0; i < t->base.spec.ncols; i++) {
		if (t->base.col[i]->generated != GEN_NO)
			continue;
		buf_adds(b, first ? "" : ",");
		first = false;
		if (my_add_value(t, i, b, row[i], e) < 0)
			return -1;
	}
	buf_addc(b, ')');
	return 0;
}

/* ---- Finding the row ---- */

/* " AND CAST(… AS BINARY) <=> …": a collation takes other texts for equal, too. */
static int add_same_bytes(struct my_target *t, struct buf *b, size_t col, struct field v,
			  struct err *e)
{
	buf_adds(b, " AND CAST(CONVERT(");
	db_add_ident(&t->m->db, b, t->base.col[col]->name);
	buf_adds(b, " USING utf8mb4) AS BINARY) <=> ");
	if (v.p)
		buf_adds(b, "_binary");
	return my_add_value(t, col, b, v, e);
}

static int add_equal(struct my_target *t, struct buf *b, size_t col, struct field v,
		     struct err *e)
{
	const struct column *c = t->base.col[col];
	bool whole = t->base.spec.whole_row, geometry = c->type.lt == LT_GEOMETRY;
	bool json = t->literal[col] == MY_JSON && v.p;

	buf_adds(b, geometry ? "HEX(" : "");
	db_add_ident(&t->m->db, b, c->name);
	buf_adds(b, geometry ? ")" : "");
	buf_adds(b, whole ? " <=> " : " = ");
	buf_adds(b, json ? "CAST(" : geometry ? "HEX(" : "");
	if (my_add_value(t, col, b, v, e) < 0)
		return -1;
	buf_adds(b, json ? " AS JSON)" : geometry ? ")" : "");
	return whole && t->literal[col] == MY_TEXT ? add_same_bytes(t, b, col, v, e) : 0;
}

int my_add_key(struct my_target *t, struct buf *b, const struct field *key, struct err *e)
{
	const struct target_spec *spec = &t->base.spec;
	bool first = true;

	for (size_t k = 0; k < spec->nkey; k++) {
		if (spec->whole_row && spec->col[spec->key[k]]->generated != GEN_NO)
			continue;
		buf_adds(b, first ? "" : " AND ");
		first = false;
		if (add_equal(t, b, spec->key[k], key[k], e) < 0)
			return -1;
	}
	buf_adds(b, first ? "TRUE" : "");
	return 0;
}

/* ---- Statements ---- */

static void add_insert(struct my_target *t, struct buf *b)
{
	buf_adds(b, "INSERT INTO ");
	buf_add(b, t->table.p, t->table.n);
	buf_add(b, t->columns.p, t->columns.n);
}

/* Adds " WHERE …"; of several equal rows one is meant. */
static int add_where(struct my_target *t, struct buf *b, const struct field *key, struct err *e)
{
	buf_adds(b, " WHERE ");
	if (my_add_key(t, b, key, e) < 0)
		return -1;
	buf_adds(b, t->base.spec.whole_row ? " LIMIT 1" : "");
	return 0;
}

static int add_update(struct my_target *t, struct buf *b, const struct field *key,
		      const struct field *row, struct err *e)
{
	bool first = true;

	buf_adds(b, "UPDATE ");
	buf_add(b, t->table.p, t->table.n);
	for (size_t i = 0; i < t->base.spec.ncols; i++) {
		if (t->base.col[i]->generated != GEN_NO)
			continue;
		buf_adds(b, first ? " SET " : ",");
		first = false;
		db_add_ident(&t->m->db, b, t->base.col[i]->name);
		buf_addc(b, '=');
		if (my_add_value(t, i, b, row[i], e) < 0)
			return -1;
	}
	buf_add(b, t->unset.p, t->unset.n);
	return add_where(t, b, key, e);
}

/* An INSERT that leaves a row of that key as it is. */
static int add_insert_new(struct my_target *t, struct buf *b, const struct field *key,
			  const struct field *row, struct err *e)
{
	size_t start;

	add_insert(t, b);
	buf_adds(b, " SELECT ");
	start = b->n;
	if (my_add_row(t, b, row, e) < 0)
		return -1;
	memmove(b->p + start, b->p + start + 1, b->n - start - 1);
	b->n -= 2; /* without the brackets */
	buf_adds(b, " FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM ");
	buf_add(b, t->table.p, t->table.n);
	buf_adds(b, " WHERE ");
	if (my_add_key(t, b, key, e) < 0)
		return -1;
	buf_addc(b, ')');
	return 0;
}

const struct field *my_own_key(struct my_target *t, const struct field *row)
{
	for (size_t k = 0; k < t->base.spec.nkey; k++)
		t->own_key[k] = row[t->base.spec.key[k]];
	return t->own_key;
}

int my_change_statements(const struct target_row *row)
{
	return row->op == TARGET_UPSERT && !row->target->spec.whole_row ? 2 : 1;
}

int my_add_change(struct my_target *t, struct buf *b, const struct target_row *row, int nth,
		  struct err *e)
{
	bool whole = t->base.spec.whole_row;

	switch (row->op) {
	case TARGET_UPDATE:
		return add_update(t, b, row->key, row->row, e);
	case TARGET_DELETE:
		buf_adds(b, "DELETE FROM ");
		buf_add(b, t->table.p, t->table.n);
		return add_where(t, b, row->key, e);
	case TARGET_UPSERT:
		if (whole)
			break;
		if (nth == 0)
			return add_update(t, b, my_own_key(t, row->row), row->row, e);
		return add_insert_new(t, b, my_own_key(t, row->row), row->row, e);
	default:
		if (row->tolerate && !whole)
			return add_insert_new(t, b, my_own_key(t, row->row), row->row, e);
	}
	add_insert(t, b);
	buf_adds(b, " VALUES ");
	return my_add_row(t, b, row->row, e);
}

void my_target_prepare(struct my_target *t)
{
	const struct target_spec *spec = &t->base.spec;
	struct db *db = &t->m->db;
	size_t n = 0;

	t->enc = xcalloc(spec->ncols, sizeof *t->enc);
	t->literal = xcalloc(spec->ncols, sizeof *t->literal);
	t->own_key = xcalloc(spec->nkey, sizeof *t->own_key);
	db_add_table(db, &t->table, spec->table);
	buf_adds(&t->columns, " (");
	for (size_t i = 0; i < spec->ncols; i++) {
		my_encoder_init(&t->enc[i], spec->col[i], t->m->mariadb, t->m->version);
		t->literal[i] = literal_of(&spec->col[i]->type);
		if (spec->col[i]->generated != GEN_NO)
			continue;
		buf_adds(&t->columns, n++ ? "," : "");
		db_add_ident(db, &t->columns, spec->col[i]->name);
	}
	buf_addc(&t->columns, ')');
	for (size_t i = 0; i < spec->table->ncols; i++) {
		const struct column *c = &spec->table->col[i];
		bool given = !c->on_update;

		for (size_t k = 0; !given && k < spec->ncols; k++)
			given = !strcmp(spec->col[k]->name, c->name);
		if (given)
			continue;
		buf_adds(&t->unset, ",");
		db_add_ident(db, &t->unset, c->name);
		buf_addc(&t->unset, '=');
		db_add_ident(db, &t->unset, c->name);
	}
}
