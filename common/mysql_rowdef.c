/*
 * TABLE_MAP events (MySQL source documentation, "Table_map_log_event").
 */
#include "mysql_rowdef.h"

#include <stdlib.h>
#include <string.h>

#include "mysql_row.h"

#define FIXED_PART 8 /* the table's number and flags */

static int malformed(struct err *e)
{
	return err_set(e, EXIT_FAILED, "a TABLE_MAP event is malformed");
}

/* A name behind its length of one byte, with a NUL behind. */
static char *take_name(struct my_in *in)
{
	const unsigned char *n = my_take(in, 1), *p = n ? my_take(in, *n + 1u) : NULL;

	return p && !p[*n] && !memchr(p, '\0', *n) ? xstrndup((const char *)p, *n) : NULL;
}

static int read_columns(struct my_rowdef *d, struct my_in *in, struct err *e)
{
	uint64_t n;
	const unsigned char *types, *nulls;
	struct my_in meta;

	if (my_take_packed(in, &n) < 0 || n > my_left(in))
		return malformed(e);
	types = my_take(in, (size_t)n);
	d->n = (size_t)n;
	d->col = xcalloc(d->n + 1, sizeof *d->col);
	if (my_take_packed(in, &n) < 0 || n > my_left(in))
		return malformed(e);
	meta.p = my_take(in, (size_t)n);
	meta.end = in->p;
	for (size_t i = 0; i < d->n; i++)
		if (my_col_set_type(&d->col[i], types[i], &meta, e) < 0)
			return -1;
	nulls = my_take(in, (d->n + 7) / 8);
	if (!nulls || my_left(&meta))
		return malformed(e);
	for (size_t i = 0; i < d->n; i++) {
		d->col[i].nullable = nulls[i / 8] >> i % 8 & 1;
		d->json += d->col[i].type == MY_JSON;
		/* Stored like a BLOB, so that it has one, too. */
		d->col[i].collated = my_col_is_text(&d->col[i]) ||
				     d->col[i].type == (d->mariadb ? MY_GEOMETRY : MY_VECTOR);
	}
	return 0;
}

static int read_body(struct my_rowdef *d, struct my_in *in, struct err *e)
{
	if (!my_take(in, FIXED_PART))
		return malformed(e);
	d->schema = take_name(in);
	d->table = d->schema ? take_name(in) : NULL;
	if (!d->table)
		return malformed(e);
	if (read_columns(d, in, e) < 0 || my_rowdef_read_metadata(d, in, e) < 0)
		return err_prefix(e, "table %s.%s", d->schema, d->table);
	return 0;
}

/* ---- The columns of the rows ---- */

static void drop_columns(struct my_rowdef *d)
{
	for (size_t i = 0; i < d->columns.ncols; i++)
		free(d->columns.col[i].type.labels);
	free(d->columns.col);
	d->columns.col = NULL;
	d->columns.ncols = 0;
}

static char **list_labels(const struct my_col *c)
{
	char **list = xcalloc(c->labels + 1, sizeof *list);

	for (size_t i = 0; i < c->labels; i++)
		list[i] = (char *)c->label[i].p;
	return list;
}

/* Once all is known: decoders, and what my_rowdef_columns() tells. Its texts are d's. */
static void settle(struct my_rowdef *d)
{
	struct table *t = &d->columns;

	drop_columns(d);
	t->engine = ENGINE_MYSQL;
	t->schema = d->schema;
	t->name = d->table;
	t->col = xcalloc(d->n + 1, sizeof *t->col);
	for (size_t i = 0; i < d->n; i++) {
		struct my_col *c = &d->col[i];
		struct column *k = &t->col[t->ncols];

		my_col_settle(c);
		c->scratch = &d->scratch;
		c->out = c->hidden || c->generated ? SIZE_MAX : t->ncols++;
		if (c->out == SIZE_MAX)
			continue;
		my_col_type(c, &k->type);
		if (my_col_is_list(c))
			k->type.labels = list_labels(c);
		k->name = c->name;
		k->native = (char *)c->type_name;
		k->not_null = !c->nullable;
		if (c->charset && c->lt != LT_BYTES)
			k->charset = (char *)c->charset->name;
	}
}

/* Whether the values of a column can be read, and the column be named. */
static bool is_known(const struct my_col *c)
{
	if (!c->name)
		return false;
	if (my_col_is_numeric(c))
		return c->sign_known;
	if (my_col_is_text(c))
		return c->charset != NULL;
	if (my_col_is_list(c))
		return c->label != NULL;
	return !my_col_is_time(c) || c->precision >= 0;
}

bool my_rowdef_complete(const struct my_rowdef *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (!is_known(&d->col[i]))
			return false;
	return true;
}

/* ---- Opening ---- */

struct my_rowdef *my_rowdef_open(const void *body, size_t n, bool mariadb, struct err *e)
{
	struct my_rowdef *d = xcalloc(1, sizeof *d);
	struct my_in in = {body, (const unsigned char *)body + n};

	d->mariadb = mariadb;
	if (read_body(d, &in, e) < 0) {
		my_rowdef_free(d);
		return NULL;
	}
	if (my_rowdef_complete(d))
		settle(d);
	return d;
}

void my_rowdef_free(struct my_rowdef *d)
{
	if (!d)
		return;
	drop_columns(d);
	for (size_t i = 0; i < d->n; i++) {
		free(d->col[i].name);
		free(d->col[i].label);
	}
	free(d->col);
	buf_free(&d->scratch);
	free(d->schema);
	free(d->table);
	free(d);
}

const char *my_rowdef_schema(const struct my_rowdef *d)
{
	return d->schema;
}

const char *my_rowdef_table(const struct my_rowdef *d)
{
	return d->table;
}

size_t my_rowdef_width(const struct my_rowdef *d)
{
	return d->n;
}

bool my_rowdef_is_past(const struct my_rowdef *d)
{
	return d->past;
}

const struct table *my_rowdef_columns(const struct my_rowdef *d)
{
	return &d->columns;
}

/* ---- The catalogue ---- */

static int mismatch(const struct my_rowdef *d, struct err *e, const char *column)
{
	err_set(e, EXIT_BAD,
		"table %s.%s has changed since the event was written: %s%s", d->schema, d->table,
		column ? "column " : "another number of columns", column ? column : "");
	return err_hint(e, "set binlog_row_metadata=FULL on the source, so that events tell "
			   "their own definition; older ones can no longer be read");
}

/* MariaDB's own columns, which its catalogue does not list: of system versioning, and the hash
 * of long unique keys. */
static bool is_hidden_name(const char *name)
{
	return !strcmp(name, "row_start") || !strcmp(name, "row_end") ||
	       !strncmp(name, "DB_ROW_HASH_", 12);
}

/* With names, a column that is not as in the catalogue any more stays what the event tells. */
static void take_by_name(struct my_rowdef *d, const struct table *t)
{
	for (size_t i = 0; i < d->n; i++) {
		struct my_col *c = &d->col[i];
		const struct column *k = table_column(t, c->name, strlen(c->name));

		if (k && my_col_fits(c, k))
			my_col_take(c, k);
		else if (!k && d->mariadb && is_hidden_name(c->name))
			c->hidden = true;
		c->row_end = c->row_end || (c->hidden && !strcmp(c->name, "row_end"));
	}
}

/* A type that one of MariaDB's own columns has. */
static bool is_hidden_type(const struct my_rowdef *d, const struct my_col *c)
{
	return d->mariadb && (c->type == MY_LONGLONG ||
			      (c->type == MY_TIMESTAMP2 && c->precision == 6));
}

static int take_in_order(struct my_rowdef *d, const struct table *t, struct err *e)
{
	size_t times = 0;

	if (d->n < t->ncols)
		return mismatch(d, e, NULL);
	for (size_t i = 0; i < d->n; i++) {
		struct my_col *c = &d->col[i];

		if (i >= t->ncols) {
			if (!is_hidden_type(d, c))
				return mismatch(d, e, NULL);
			c->hidden = true;
			c->row_end = c->type == MY_TIMESTAMP2 && ++times == 2;
			continue;
		}
		if (!my_col_fits(c, &t->col[i]))
			return mismatch(d, e, t->col[i].name);
	}
	for (size_t i = 0; i < t->ncols; i++) {
		my_col_take(&d->col[i], &t->col[i]);
		free(d->col[i].name);
		d->col[i].name = xstrdup(t->col[i].name);
	}
	return 0;
}

int my_rowdef_complete_by(struct my_rowdef *d, const struct table *t, struct err *e)
{
	bool named = d->n > 0 && d->col[0].name;

	if (named)
		take_by_name(d, t);
	else if (take_in_order(d, t, e) < 0)
		return -1;
	for (size_t i = 0; i < d->n; i++)
		if (!d->col[i].hidden && !is_known(&d->col[i]))
			return mismatch(d, e, d->col[i].name);
	settle(d);
	return 0;
}
