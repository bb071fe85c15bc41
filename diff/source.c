#include "source.h"

#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "line.h"

#define KEEP (4 * IO_CHUNK) /* of the memory that a huge row took */

static const char *order_by(const struct source *s, struct buf *b)
{
	for (size_t i = 0; i < s->shape->nkey; i++) {
		const char *name = s->shape->name[i];

		buf_adds(b, i ? ", " : "");
		db_add_order(s->in->db, b, table_column(s->in->table, name, strlen(name)));
	}
	return buf_cstr(b);
}

static int start_select(struct source *s, const char *where, struct err *e)
{
	struct buf order = BUF_INIT;
	struct select select = {.table = s->in->table, .columns = s->shape->name, .where = where};
	int status;

	if (s->shape->ordering[s->side] == ORDER_SERVER)
		select.order = order_by(s, &order);
	status = db_select(s->in->db, &select, &s->columns, e);
	buf_free(&order);
	return status;
}

/* Where each column stands in the rows of a file or a query. */
static void map_fields(struct source *s)
{
	s->field = xcalloc(s->shape->n, sizeof *s->field);
	for (size_t i = 0; i < s->shape->n; i++)
		while (strcmp(s->in->column[s->field[i]], s->shape->name[i]) != 0)
			s->field[i]++;
}

static int next_row(struct source *s, struct row *row, struct err *e)
{
	enum reader_status status;

	if (s->in->db)
		return db_fetch(s->in->db, row, e);
	status = reader_next(s->in->reader, row, e);
	return status == READER_MALFORMED ? -1 : (int)status;
}

/* Reads rows of a file or a query until a chunk is full. */
static int fill_rows(struct source *s, struct buf *b, struct err *e)
{
	struct row row;
	int got = 1;

	while (b->n < IO_CHUNK && (got = next_row(s, &row, e)) > 0) {
		for (size_t i = 0; i < s->shape->n; i++)
			s->f[i] = row.f[s->field[i]];
		line_add(b, s->f, s->shape->n);
	}
	return got < 0 ? -1 : b->n > 0;
}

/* More lines as the input has them: 1, 0, -1. */
static int fill_unsorted(struct source *s, struct buf *b, struct err *e)
{
	uint64_t rows = 0;
	int got;

	if (s->field)
		return fill_rows(s, b, e);
	got = db_fetch_csv(s->in->db, b, &rows, e);
	s->bytes += b->n;
	return got;
}

/* The next line of the buffer, or false. */
static bool take_line(struct source *s)
{
	const char *p = s->lines.p + s->at, *end;

	if (s->at == s->lines.n)
		return false;
	end = line_end(p, s->lines.p + s->lines.n);
	s->line = p;
	s->n = (size_t)(end - p);
	s->at += s->n + 1;
	return true;
}

static int refill(struct source *s, struct err *e)
{
	int got;

	buf_reset(&s->lines);
	buf_trim(&s->lines, KEEP);
	s->at = 0;
	if (s->sorted)
		got = sorter_get(&s->sorter, &s->lines, e);
	else
		got = fill_unsorted(s, &s->lines, e);
	if (got < 0)
		err_prefix(e, "%s", s->in->name);
	return got;
}

/* Moves to the next line: 0, or -1. */
static int next_line(struct source *s, struct err *e)
{
	int got;

	if (take_line(s))
		return 0;
	got = refill(s, e);
	s->line = NULL;
	if (got > 0)
		take_line(s);
	return got < 0 ? -1 : 0;
}

int source_next(struct source *s, struct err *e)
{
	do
		if (next_line(s, e) < 0)
			return -1;
	while (s->line && s->only && !rowset_has(s->only, s->shape->order, source_key(s)));
	s->rows += s->line != NULL;
	return 0;
}

const struct field *source_fields(struct source *s)
{
	size_t n = s->shape->n;

	for (size_t i = line_split(s->line, s->n, s->f, n, &s->arena); i < n; i++)
		s->f[i] = (struct field){NULL, 0};
	if (s->canon.any)
		canon_row_apply(&s->canon, s->f);
	return s->f;
}

const struct field *source_key(struct source *s)
{
	if (s->shape->key_canon[s->side])
		return source_fields(s);
	line_split(s->line, s->n, s->f, s->shape->nkey, &s->arena);
	return s->f;
}

/* Gives all rows to sort(1), in the forms in which they are compared. */
static int sort_rows(struct source *s, struct err *e)
{
	struct buf line = BUF_INIT;
	size_t n = s->shape->n;
	int status;

	if (sorter_open(&s->sorter, e) < 0)
		return -1;
	while ((status = source_next(s, e)) == 0 && s->line) {
		const struct field *f = source_fields(s);

		buf_reset(&line);
		buf_trim(&line, KEEP);
		line_add(&line, f, n);
		status = sorter_add(&s->sorter, f, s->shape->nkey, line.p, line.n - 1, e);
		if (status < 0)
			break;
	}
	buf_free(&line);
	if (status < 0 || sorter_finish(&s->sorter, e) < 0)
		return -1;
	s->sorted = true;
	s->rows = 0;
	return 0;
}

/* A stream of NDJSON without rows has no columns, but may be cut off. */
static bool is_empty(const struct source *s)
{
	return s->in->reader && !reader_ncolumns(s->in->reader);
}

int source_open(struct source *s, struct input *in, const struct shape *shape, int side,
		const char *where, struct err *e)
{
	*s = (struct source){.in = in, .shape = shape, .side = side, .only = s->only,
			     .sorter = {.to = -1, .from = -1}};
	s->f = xcalloc(shape->n, sizeof *s->f);
	canon_row_open(&s->canon, shape->n);
	memcpy(s->canon.how, shape->canon[side], shape->n * sizeof *s->canon.how);
	s->canon.any = shape->any_canon[side];
	if (!in->table && !is_empty(s))
		map_fields(s);
	else if (in->table && start_select(s, where, e) < 0)
		return err_prefix(e, "%s", in->name);
	if (is_empty(s))
		s->field = xcalloc(1, sizeof *s->field);
	return shape->ordering[side] == ORDER_SORT ? sort_rows(s, e) : 0;
}

void source_close(struct source *s)
{
	if (s->sorter.from >= 0)
		sorter_close(&s->sorter);
	canon_row_free(&s->canon);
	buf_free(&s->lines);
	buf_free(&s->arena);
	free(s->field);
	free(s->f);
}
