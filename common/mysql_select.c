/*
 * Reading rows: the SELECT's text and the change of MySQL's value texts into
 * canonical ones, chosen once per column.
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_impl.h"
#include "mysql_sample.h"
#include "stream.h"
#include "value.h"
#include "word.h"

#define CSV_CHUNK 32768 /* db_fetch_csv() gathers about so many bytes at once */
#define MAX_BIT_DIGITS 64

/* What is to be done to a column's text. */
enum convert {
	CONV_PLAIN,   /* as it is; can need no quotes in CSV */
	CONV_TEXT,    /* as it is; may need quotes */
	CONV_HEX,
	CONV_BITS,
	CONV_TIME,    /* trim the fraction */
	CONV_ZONED,   /* and put +00 behind */
	CONV_YEAR,    /* 0000 is 0 */
	CONV_NUMBER,  /* ZEROFILL: strip zeros */
	CONV_FLOAT32, /* text of the DOUBLE */
	CONV_FLOAT64,
	CONV_GEOMETRY,
};

struct my_select {
	struct my_meta *meta; /* of a query */
	const char **name;
	struct coltype *type;
	enum convert *conv;
	size_t n;
	struct field *f;
	struct buf *text; /* per column: a converted value */
};

void my_select_free(struct my *m)
{
	struct my_select *s = m->sel;

	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		buf_free(&s->text[i]);
	if (s->meta)
		my_meta_free(s->meta, s->n);
	free(s->name);
	free(s->type);
	free(s->conv);
	free(s->f);
	free(s->text);
	free(s);
	m->sel = NULL;
}

static struct my_select *select_new(size_t n)
{
	struct my_select *s = xcalloc(1, sizeof *s);

	s->n = n;
	s->name = xcalloc(n, sizeof *s->name);
	s->type = xcalloc(n, sizeof *s->type);
	s->conv = xcalloc(n, sizeof *s->conv);
	s->f = xcalloc(n, sizeof *s->f);
	s->text = xcalloc(n, sizeof *s->text);
	return s;
}

static enum convert conversion(const struct coltype *t, bool zerofill)
{
	switch (t->lt) {
	case LT_INT:
	case LT_DECIMAL:
		return zerofill ? CONV_NUMBER : CONV_PLAIN;
	case LT_FLOAT:
		return t->bits == 32 ? CONV_FLOAT32 : CONV_FLOAT64;
	case LT_YEAR:
		return CONV_YEAR;
	case LT_DATE:
	case LT_UUID:
		return CONV_PLAIN;
	case LT_DURATION:
	case LT_TIMESTAMP:
		return t->precision > 0 ? CONV_TIME : CONV_PLAIN;
	case LT_TIMESTAMPTZ:
		return CONV_ZONED;
	case LT_BYTES:
		return CONV_HEX;
	case LT_BITS:
		return CONV_BITS;
	case LT_GEOMETRY:
		return CONV_GEOMETRY;
	default:
		return CONV_TEXT;
	}
}

/* ---- The statement ---- */

/* FLOAT comes rounded to six digits and FLOAT(M,D), DOUBLE(M,D) with D digits; times
 * 1e0 is a DOUBLE of the same value, whose text is exact (-0 stays -0). */
static void add_column(struct my *m, struct buf *b, const struct column *c)
{
	bool exact = c->type.lt != LT_FLOAT || (c->type.bits == 64 && c->type.scale < 0);

	db_add_ident(&m->db, b, c->name);
	if (!exact || (c->type.lt == LT_FLOAT && strstr(c->native, "zerofill")))
		buf_adds(b, "*1e0");
}

static int choose_columns(const struct select *s, const struct column ***list, size_t *n,
			  struct err *e)
{
	const struct table *t = s->table;
	size_t room = t->ncols;

	for (size_t i = 0; s->columns && s->columns[i]; i++)
		room = i + 1;
	*list = xcalloc(room, sizeof **list);
	*n = 0;
	for (size_t i = 0; !s->columns && i < t->ncols; i++)
		if (t->col[i].generated == GEN_NO)
			(*list)[(*n)++] = &t->col[i];
	for (size_t i = 0; s->columns && s->columns[i]; i++) {
		const struct column *c = table_column(t, s->columns[i], strlen(s->columns[i]));

		if (!c) {
			struct buf b = BUF_INIT;

			for (size_t k = 0; k < t->ncols; k++)
				buf_addf(&b, "%s%s", k ? ", " : "", t->col[k].name);
			err_set(e, EXIT_BAD, "table %s has no column %s", t->name, s->columns[i]);
			err_hint(e, "it has %s", buf_cstr(&b));
			buf_free(&b);
			free(*list);
			return -1;
		}
		(*list)[(*n)++] = c;
	}
	return 0;
}

static void add_tail(struct buf *b, const char *word, const char *sql)
{
	if (sql)
		buf_addf(b, " %s (\n%s\n)", word, sql);
}

static int build(struct my *m, const struct select *s, const struct column **list, size_t n,
		 struct buf *b, struct err *e)
{
	bool nested = s->sample && s->order;

	buf_adds(b, "SELECT ");
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i ? "," : "");
		add_column(m, b, list[i]);
	}
	if (n == 0)
		buf_adds(b, "NULL");
	buf_adds(b, " FROM ");
	if (nested) {
		buf_adds(b, "(SELECT ");
		for (size_t i = 0; i < s->table->ncols; i++) {
			buf_adds(b, i ? "," : "");
			db_add_ident(&m->db, b, s->table->col[i].name);
		}
		buf_adds(b, " FROM ");
	}
	db_add_table(&m->db, b, s->table);
	add_tail(b, "WHERE", s->where);
	if (s->sample && my_add_sample(m, b, s, e) < 0)
		return -1;
	if (nested) {
		buf_adds(b, ") AS ");
		db_add_ident(&m->db, b, s->table->name);
	}
	if (s->order)
		buf_addf(b, " ORDER BY %s", s->order);
	return 0;
}

static int select_table(struct my *m, const struct select *s, struct err *e)
{
	struct buf b = BUF_INIT;
	const struct column **list;
	struct my_select *sel;
	size_t n;
	int status;

	if (choose_columns(s, &list, &n, e) < 0)
		return -1;
	m->sel = sel = select_new(n);
	for (size_t i = 0; i < n; i++) {
		const struct column *c = list[i];

		sel->name[i] = c->name;
		sel->type[i] = c->type;
		sel->conv[i] = conversion(&c->type, strstr(c->native, "zerofill") != NULL);
	}
	status = build(m, s, list, n, &b, e);
	if (status == 0)
		status = my_start_text(m, buf_cstr(&b), e);
	buf_free(&b);
	free(list);
	return status;
}

/* ---- Queries ---- */

static int check_names(const struct my_select *sel, struct err *e)
{
	for (size_t i = 0; i < sel->n; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(sel->name[i], sel->name[k])) {
				err_set(e, EXIT_BAD, "the query gives two columns of the name %s",
					sel->name[i]);
				return err_hint(e, "give one of them another name with AS");
			}
	return 0;
}

static int select_query(struct my *m, const char *query, struct err *e)
{
	struct my_meta *meta;
	bool binary = false;
	size_t n;

	if (my_prepare_select(m, query, &meta, &n, e) < 0)
		return -1;
	if (n == 0) {
		free(meta);
		return err_set(e, EXIT_BAD, "the query gives no rows: it is no SELECT");
	}
	m->sel = select_new(n);
	m->sel->meta = meta;
	for (size_t i = 0; i < n; i++) {
		m->sel->name[i] = meta[i].name;
		m->sel->type[i] = meta[i].type;
		m->sel->conv[i] = conversion(&meta[i].type, meta[i].zerofill);
		binary = binary || meta[i].inexact;
	}
	if (check_names(m->sel, e) < 0)
		return -1;
	if (!binary)
		return my_start_text(m, query, e);
	for (size_t i = 0; i < n; i++)
		if (meta[i].type.lt == LT_FLOAT)
			m->sel->conv[i] = CONV_PLAIN;
	return my_start_binary(m, e);
}

int my_select(struct db *db, const struct select *s, struct columns *c, struct err *e)
{
	struct my *m = my_of(db);

	my_drop_result(m);
	my_select_free(m);
	if ((s->table ? select_table(m, s, e) : select_query(m, s->query, e)) < 0)
		return -1;
	*c = (struct columns){m->sel->name, m->sel->type, m->sel->n};
	return 0;
}

int my_snapshot(struct db *db, const char *id, struct err *e)
{
	static const char start[] = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
	struct my *m = my_of(db);

	if (id) {
		err_set(e, EXIT_BAD, "MySQL and MariaDB cannot join an exported snapshot");
		return err_hint(e, "--snapshot ID is for PostgreSQL; each run here takes its own snapshot");
	}
	if (my_exec(m, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", e) < 0)
		return -1;
	m->snapshot = true;
	return m->mariadb ? my_exec(m, start, e) : my_snapshot_position(m, start, e);
}

/* ---- Values ---- */

/* ZEROFILL is display: no leading zeros, but one before a point. */
static struct field strip_zeros(const char *p, size_t n)
{
	while (n > 1 && *p == '0' && p[1] >= '0' && p[1] <= '9') {
		p++;
		n--;
	}
	return (struct field){p, n};
}

/* Big-endian bytes → as many digits as the column has bits. */
static void add_bits(struct buf *b, const unsigned char *p, size_t n, size_t bits)
{
	char *to = buf_room(b, bits);

	for (size_t i = 0; i < bits; i++) {
		size_t from_right = bits - 1 - i, byte = from_right / 8;

		to[i] = byte < n && p[n - 1 - byte] >> from_right % 8 & 1 ? '1' : '0';
	}
	b->n += bits;
}

/* MySQL writes doubles with the shortest digits, laid out by its own rules:
 * with fewer than 15 digits and no exponent both layouts are the same. */
static bool float_is_canonical(const char *p, size_t n)
{
	size_t digits = 0, i = n && *p == '-';

	if (n - i > 1 && p[i] == '0' && p[i + 1] == '.')
		return n - i > 2 && (p[i + 2] != '0');
	for (; i < n && p[i] >= '0' && p[i] <= '9'; i++)
		digits++;
	return digits < 15 && !memchr(p + i, 'e', n - i);
}

static void add_float(struct buf *b, const char *p, size_t n, bool single)
{
	char text[512];
	double v;

	if (!single && float_is_canonical(p, n)) {
		buf_add(b, p, n);
		return;
	}
	if (n >= sizeof text) /* DOUBLE(255,30) has at most 340 characters */
		n = sizeof text - 1;
	memcpy(text, p, n);
	text[n] = '\0';
	v = strtod(text, NULL);
	if (single)
		value_add_float32(b, (float)v);
	else
		value_add_float64(b, v);
}

/* SRID (4 bytes, little-endian) and WKB → EWKB, whose type word tells of the
 * SRID in the byte order of the WKB (PostGIS manual, "OpenGIS WKB and WKT"). */
static void add_ewkb(struct buf *b, const unsigned char *p, size_t n)
{
	unsigned char head[9];

	if (n < 9) {
		value_add_hex(b, p, n);
		return;
	}
	if (!(p[0] | p[1] | p[2] | p[3])) {
		value_add_hex(b, p + 4, n - 4);
		return;
	}
	memcpy(head, p + 4, 5);
	head[head[0] ? 4 : 1] |= 0x20;
	for (int i = 0; i < 4; i++)
		head[5 + i] = head[0] ? p[i] : p[3 - i];
	value_add_hex(b, head, sizeof head);
	for (size_t at = 9; at < n; at++) {
		static const char digits[] = "0123456789abcdef";
		char two[2] = {digits[p[at] >> 4], digits[p[at] & 15]};

		buf_add(b, two, 2);
	}
}

static void add_converted(struct buf *b, enum convert conv, const struct coltype *t, const char *p,
			  size_t n)
{
	struct field f;

	switch (conv) {
	case CONV_HEX:
		value_add_hex(b, p, n);
		break;
	case CONV_BITS:
		add_bits(b, (const unsigned char *)p, n, t->length);
		break;
	case CONV_TIME:
		buf_add(b, p, value_trim_fraction(p, n));
		break;
	case CONV_ZONED:
		buf_add(b, p, t->precision > 0 ? value_trim_fraction(p, n) : n);
		buf_add(b, "+00", 3);
		break;
	case CONV_YEAR:
	case CONV_NUMBER:
		f = strip_zeros(p, n);
		buf_add(b, f.p, f.n);
		break;
	case CONV_FLOAT32:
	case CONV_FLOAT64:
		add_float(b, p, n, conv == CONV_FLOAT32);
		break;
	case CONV_GEOMETRY:
		add_ewkb(b, (const unsigned char *)p, n);
		break;
	case CONV_PLAIN:
	case CONV_TEXT:
		buf_add(b, p, n);
	}
}

int my_fetch(struct db *db, struct row *row, struct err *e)
{
	struct my *m = my_of(db);
	struct my_select *s = m->sel;
	unsigned long *length;
	char **v;
	int status = my_next(m, &v, &length, e);

	if (status <= 0)
		return status;
	for (size_t i = 0; i < s->n; i++) {
		if (!v[i]) {
			s->f[i] = (struct field){NULL, 0};
		} else if (s->conv[i] <= CONV_TEXT) {
			s->f[i] = (struct field){v[i], length[i]};
		} else {
			buf_reset(&s->text[i]);
			add_converted(&s->text[i], s->conv[i], &s->type[i], v[i], length[i]);
			s->f[i] = (struct field){s->text[i].p, s->text[i].n};
		}
	}
	*row = (struct row){s->f, s->n};
	return 1;
}

/* ---- CSV ---- */

/* Copies a short text without the cost of a call of memcpy(). */
static inline char *put(char *to, const char *p, size_t n)
{
	uint64_t a, b;

	if (n >= 8 && n <= 16) {
		memcpy(&a, p, 8);
		memcpy(&b, p + n - 8, 8);
		memcpy(to, &a, 8);
		memcpy(to + n - 8, &b, 8);
	} else if (n < 8) {
		for (size_t i = 0; i < n; i++)
			to[i] = p[i];
	} else {
		memcpy(to, p, n);
	}
	return to + n;
}

/* Copies text as long as it needs no quotes: the new end, or NULL once it does. */
static inline char *put_unquoted(char *to, const char *p, size_t n)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t w;

		memcpy(&w, p + i, 8);
		if (word_has(w, ',') | word_has(w, '"') | word_has(w, '\n') | word_has(w, '\r'))
			return NULL;
		memcpy(to + i, &w, 8);
	}
	for (; i < n; i++) {
		if (p[i] == ',' || p[i] == '"' || p[i] == '\n' || p[i] == '\r')
			return NULL;
		to[i] = p[i];
	}
	return to + n;
}

/* A field that may need quotes, or a conversion. */
static void add_csv(const struct my_select *s, size_t i, struct buf *out, const char *p, size_t n)
{
	char *end;

	if (s->conv[i] != CONV_TEXT) {
		add_converted(out, s->conv[i], &s->type[i], p, n);
		return;
	}
	end = n && s->n > 1 ? put_unquoted(buf_room(out, n), p, n) : NULL;
	if (end)
		out->n = (size_t)(end - out->p);
	else
		csv_add_field(out, (struct field){p, n}, s->n == 1);
}

int my_fetch_csv(struct db *db, struct buf *out, uint64_t *rows, struct err *e)
{
	struct my *m = my_of(db);
	const struct my_select *s = m->sel;
	size_t start = out->n;

	do {
		unsigned long *length;
		char **v;
		int status = my_next(m, &v, &length, e);

		if (status <= 0)
			return out->n > start && status == 0 ? 1 : status;
		for (size_t i = 0; i < s->n; i++) {
			if (v[i] && s->conv[i] == CONV_PLAIN) {
				char *to = buf_room(out, length[i]);

				out->n = (size_t)(put(to, v[i], length[i]) - out->p);
			} else if (v[i]) {
				add_csv(s, i, out, v[i], length[i]);
			}
			buf_addc(out, ',');
		}
		out->p[out->n - 1] = '\n';
		++*rows;
	} while (out->n - start < CSV_CHUNK);
	return 1;
}
