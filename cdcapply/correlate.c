#include "correlate.h"

#include <stdlib.h>
#include <unistd.h>

#include "io.h"
#include "stream.h"

void correlate_init(struct correlate *c, struct sink *primary, struct sink *shadow)
{
	*c = (struct correlate){.primary = primary, .shadow = shadow};
}

void correlate_free(struct correlate *c)
{
	arena_free(&c->arena);
	arena_free(&c->rows);
	buf_free(&c->sql);
	buf_free(&c->lines);
	free(c->old);
}

/* ---- The pairs of the last group ---- */

static void add_where(struct correlate *c)
{
	const char *stream = c->primary->options->stream;

	buf_adds(&c->sql, " WHERE stream = ");
	db_add_literal(c->primary->db, &c->sql, stream, strlen(stream));
}

static int create_table(struct correlate *c, struct err *e)
{
	buf_reset(&c->sql);
	buf_addf(&c->sql, "CREATE TABLE IF NOT EXISTS " CORRELATE_TABLE " (stream %s NOT NULL, "
		 "n bigint NOT NULL, id text NOT NULL, shadow_id text NOT NULL, "
		 "PRIMARY KEY (stream, n))", db_name_type(c->primary->db));
	return db_exec(c->primary->db, buf_cstr(&c->sql), e);
}

static struct field keep(struct arena *a, const char *s)
{
	return arena_field(a, (struct field){s, strlen(s)});
}

static int read_pairs(struct correlate *c, struct err *e)
{
	struct result r;

	buf_reset(&c->sql);
	buf_adds(&c->sql, "SELECT id, shadow_id FROM " CORRELATE_TABLE);
	add_where(c);
	buf_adds(&c->sql, " ORDER BY n");
	if (db_query(c->primary->db, buf_cstr(&c->sql), &r, e) < 0)
		return -1;
	c->old = xcalloc(r.nrows + 1, sizeof *c->old);
	for (c->nold = 0; c->nold < r.nrows; c->nold++)
		c->old[c->nold] = (struct key_pair){keep(&c->arena, result_get(&r, c->nold, 0)),
						    keep(&c->arena, result_get(&r, c->nold, 1))};
	result_free(&r);
	return 0;
}

static int get_ready(struct correlate *c, struct err *e)
{
	c->ready = true;
	c->keeps = sink_keeps_checkpoint(c->primary);
	return c->keeps && (create_table(c, e) < 0 || read_pairs(c, e) < 0) ? -1 : 0;
}

static int forget_pairs(struct correlate *c, struct err *e)
{
	buf_reset(&c->sql);
	buf_adds(&c->sql, "DELETE FROM " CORRELATE_TABLE);
	add_where(c);
	return db_exec(c->primary->db, buf_cstr(&c->sql), e);
}

static int keep_pair(struct correlate *c, const struct key_pair *k, struct err *e)
{
	struct db *db = c->primary->db;
	const char *stream = c->primary->options->stream;

	if (!c->keeps)
		return 0;
	buf_reset(&c->sql);
	buf_adds(&c->sql, "INSERT INTO " CORRELATE_TABLE " (stream, n, id, shadow_id) VALUES (");
	db_add_literal(db, &c->sql, stream, strlen(stream));
	buf_addf(&c->sql, ", %llu, ", (unsigned long long)c->n);
	db_add_literal(db, &c->sql, k->primary.p, k->primary.n);
	buf_adds(&c->sql, ", ");
	db_add_literal(db, &c->sql, k->shadow.p, k->shadow.n);
	buf_addc(&c->sql, ')');
	return db_exec(db, buf_cstr(&c->sql), e);
}

/* ---- One row ---- */

/* The column that names rows, or NO_COLUMN with *e set. */
static size_t key_of(const struct target_table *d, struct err *e)
{
	const struct key *k = table_primary(d->def);

	if (k && k->nparts == 1 && k->part[0].column)
		return (size_t)(table_column(d->def, k->part[0].column,
					     strlen(k->part[0].column)) - d->def->col);
	err_set(e, EXIT_BAD, "--correlate needs a primary key of one column in %s", d->label);
	return NO_COLUMN;
}

static size_t column_of(const struct target_table *d, const char *name, struct err *e)
{
	const struct column *col = table_column(d->def, name, strlen(name));

	if (col)
		return (size_t)(col - d->def->col);
	err_set(e, EXIT_BAD, "--correlate needs a column %s in %s", name, d->label);
	return NO_COLUMN;
}

/* A value more for a row. */
struct extra {
	size_t col;
	struct field value;
};

/* Inserts the row with n values more (of columns that it does not have). */
static int insert(struct correlate *c, struct sink *s, const struct pending *p,
		  const struct extra *extra, size_t n, struct err *e)
{
	size_t ncols = p->shape->ncols;
	size_t *col = arena_take(&c->rows, (ncols + n) * sizeof *col);
	size_t *key = arena_take(&c->rows, (ncols + n) * sizeof *key);
	struct target_outcome out = {0};
	struct target_row row = {.op = TARGET_INSERT};
	struct key_choice choice = {KEY_ROW, key, ncols + n};
	struct shape *shape;

	memcpy(col, p->shape->index, ncols * sizeof *col);
	for (size_t i = 0; i < n; i++)
		col[ncols + i] = extra[i].col;
	memcpy(key, col, (ncols + n) * sizeof *key);
	shape = shape_of(p->table, col, ncols + n, &choice);
	if (shape_open(&s->tables, shape, e) < 0)
		return -1;
	row.target = shape->target;
	row.row = arena_take(&c->rows, shape->ncols * sizeof *row.row);
	for (size_t i = 0; i < ncols; i++)
		row.row[shape->slot[p->shape->index[i]]] = p->row[i];
	for (size_t i = 0; i < n; i++)
		row.row[shape->slot[extra[i].col]] = extra[i].value;
	return db_target_apply(s->db, &row, 1, &out, e);
}

/* The key of the row just inserted: it came with the row, or the database made it. */
static int new_key(struct correlate *c, struct sink *s, const struct pending *p, struct field *key,
		   struct err *e)
{
	size_t col = key_of(p->table, e);
	struct result r;

	if (col == NO_COLUMN)
		return -1;
	if (p->shape->slot[col] != NO_COLUMN) {
		*key = p->row[p->shape->slot[col]];
		return 0;
	}
	if (db_query(s->db, db_last_key_sql(s->db), &r, e) < 0)
		return -1;
	*key = keep(&c->rows, result_get(&r, 0, 0));
	result_free(&r);
	return 0;
}

/* Puts the shadow's key into the primary's row. */
static int tell_primary(struct correlate *c, const struct pending *p, const struct key_pair *k,
			struct err *e)
{
	struct sink *s = c->primary;
	size_t col[2] = {key_of(p->table, e), column_of(p->table, "shadow_id", e)};
	struct key_choice choice = {KEY_EVENT, &(size_t){col[0]}, 1};
	struct field key = k->primary, values[2];
	struct target_outcome out = {0};
	struct target_row row = {.op = TARGET_UPDATE, .key = &key, .row = values};
	struct shape *shape;
	size_t id = col[0], other = col[1];

	if (id == NO_COLUMN || other == NO_COLUMN)
		return -1;
	shape = shape_of(p->table, col, 2, &choice);
	if (shape_open(&s->tables, shape, e) < 0)
		return -1;
	row.target = shape->target;
	values[shape->slot[id]] = k->primary;
	values[shape->slot[other]] = k->shadow;
	if (db_target_apply(s->db, &row, 1, &out, e) < 0)
		return -1;
	return out.result == TARGET_DONE ? 0
					 : err_set(e, EXIT_FAILED, "the row just written is gone");
}

static void add_line(struct correlate *c, const struct pending *p, const struct key_pair *k)
{
	buf_adds(&c->lines, "{\"table\":");
	json_add_string(&c->lines, p->table->def->name, strlen(p->table->def->name));
	buf_adds(&c->lines, ",\"id\":");
	json_add_value(&c->lines, JSON_NUMBER, k->primary);
	buf_adds(&c->lines, ",\"shadow_id\":");
	json_add_value(&c->lines, JSON_NUMBER, k->shadow);
	buf_adds(&c->lines, "}\n");
}

static int write_both(struct correlate *c, const struct pending *p, const struct pending *q,
		      struct err *e)
{
	struct key_pair k;
	struct extra extra = {column_of(q->table, "dual_write_id", e), {NULL, 0}};

	if (extra.col == NO_COLUMN || insert(c, c->primary, p, NULL, 0, e) < 0 ||
	    new_key(c, c->primary, p, &k.primary, e) < 0)
		return -1;
	extra.value = k.primary;
	if (insert(c, c->shadow, q, &extra, 1, e) < 0 ||
	    new_key(c, c->shadow, q, &k.shadow, e) < 0 || tell_primary(c, p, &k, e) < 0 ||
	    keep_pair(c, &k, e) < 0)
		return -1;
	c->n++;
	add_line(c, p, &k);
	return 0;
}

/* A row that the primary committed, but not the shadow. */
static int heal(struct correlate *c, const struct pending *q, struct err *e)
{
	struct extra extra[2];
	size_t key = key_of(q->table, e);

	if (key == NO_COLUMN)
		return -1;
	if (c->healed == c->nold)
		return err_set(e, EXIT_BAD, "the shadow is further behind than the primary's "
			       CORRELATE_TABLE " can tell: fill it anew");
	extra[0] = (struct extra){column_of(q->table, "dual_write_id", e),
				  c->old[c->healed].primary};
	extra[1] = (struct extra){key, c->old[c->healed].shadow};
	c->healed++;
	if (extra[0].col == NO_COLUMN)
		return -1;
	return insert(c, c->shadow, q, extra, q->shape->slot[key] == NO_COLUMN ? 2 : 1, e);
}

/* ---- Groups ---- */

static int check(const struct pending *p, struct err *e)
{
	if (!p->truncate && p->op == TARGET_INSERT)
		return 0;
	return err_set(e, EXIT_BAD, "line %llu: %s: --correlate takes inserts only",
		       (unsigned long long)p->line, p->table->label);
}

static int place(const struct pending *p, struct err *e)
{
	return err_prefix(e, "line %llu", (unsigned long long)p->line);
}

/* The shadow's first rows may be such that the primary has already. */
static int apply(struct correlate *c, size_t np, size_t ns, struct err *e)
{
	const struct pending *p = c->primary->group.v, *q = c->shadow->group.v;

	if (np > ns)
		return err_set(e, EXIT_BAD, "the shadow is ahead of the primary: another stream "
			       "has written it");
	if (sink_begin(c->primary, e) < 0 || sink_begin(c->shadow, e) < 0)
		return -1;
	if (c->keeps && c->n == 0 && np && forget_pairs(c, e) < 0)
		return -1;
	for (size_t i = 0; i < ns; i++) {
		int status = check(&q[i], e);

		if (status == 0)
			status = i < ns - np ? heal(c, &q[i], e)
					     : write_both(c, &p[i - (ns - np)], &q[i], e);
		arena_reset(&c->rows);
		if (status < 0)
			return place(&q[i], e);
		c->primary->apply.count.inserted += i >= ns - np;
		c->shadow->apply.count.inserted++;
	}
	group_drop(&c->primary->group, np);
	group_drop(&c->shadow->group, ns);
	return 0;
}

static int commit(struct correlate *c, struct err *e)
{
	int status;

	if (sink_commit(c->primary, e) < 0 || sink_commit(c->shadow, e) < 0)
		return -1;
	c->n = 0;
	status = io_write(STDOUT_FILENO, c->lines.p, c->lines.n, "standard output", e);
	buf_reset(&c->lines);
	return status;
}

static int flush(struct correlate *c, bool part, struct err *e)
{
	struct group *p = &c->primary->group, *q = &c->shadow->group;

	if (!c->ready && get_ready(c, e) < 0)
		return -1;
	if ((c->primary->waiting || c->shadow->waiting) &&
	    (apply(c, p->complete, q->complete, e) < 0 || commit(c, e) < 0))
		return -1;
	return part ? apply(c, p->n, q->n, e) : 0;
}

int correlate_flush(struct correlate *c, bool part, struct err *e)
{
	int status = flush(c, part, e);

	if (status < 0)
		c->primary->failed = c->shadow->failed = true;
	return status;
}
