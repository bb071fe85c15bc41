#include "mysql_feed.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mysql_impl.h"
#include "names.h"

#define MANY_TABLES 10000
#define FIRST_PAUSE 100u /* ms */
#define LAST_PAUSE 5000u
#define PATIENCE 60000

struct my_feed {
	const struct url *u;
	const struct changes_options *o;
	bool mariadb;
	struct db *catalogue; /* NULL until it is asked */
	struct my_feed_table **table; /* in the order of their names */
	size_t n;
};

/* ---- Patience ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool my_patience_wait(struct my_patience *p)
{
	struct timespec t;

	if (!p->since) {
		p->since = now_ms();
		p->pause = FIRST_PAUSE;
	}
	if (now_ms() - p->since >= PATIENCE)
		return false;
	t = (struct timespec){p->pause / 1000, p->pause % 1000 * 1000000l};
	nanosleep(&t, NULL);
	p->pause = p->pause * 2 > LAST_PAUSE ? LAST_PAUSE : p->pause * 2;
	return true;
}

/* ---- Tables ---- */

struct my_feed *my_feed_open(const struct url *u, const struct changes_options *o,
			     bool mariadb)
{
	struct my_feed *f = xcalloc(1, sizeof *f);

	f->u = u;
	f->o = o;
	f->mariadb = mariadb;
	return f;
}

static void forget(struct my_feed_table *t)
{
	if (t->def) {
		my_rowdef_free(t->def);
		free(t->before.f);
		free(t->after.f);
		t->before = t->after = (struct row){0};
	}
	event_table_free(&t->event);
	t->def = NULL;
	buf_reset(&t->map);
}

static void free_table(struct my_feed_table *t)
{
	forget(t);
	buf_free(&t->map);
	buf_free(&t->b[0]);
	buf_free(&t->b[1]);
	free(t->schema);
	free(t->name);
	free(t);
}

static void free_tables(struct my_feed *f)
{
	for (size_t i = 0; i < f->n; i++)
		free_table(f->table[i]);
	f->n = 0;
}

void my_feed_close(struct my_feed *f)
{
	if (!f)
		return;
	free_tables(f);
	free(f->table);
	db_close(f->catalogue);
	free(f);
}

void my_feed_trim(struct my_feed *f)
{
	if (f->n > MANY_TABLES)
		free_tables(f);
}


static bool is_system(const char *schema)
{
	static const char *const names[] = {"mysql", "information_schema", "performance_schema",
					    "sys"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcasecmp(schema, names[i]))
			return true;
	return false;
}

bool my_feed_wants(const struct my_feed *f, const char *schema, const char *name)
{
	if (is_system(schema) || table_is_own(name))
		return false;
	if (f->o->wanted)
		return f->o->wanted(f->o->ctx, schema, name);
	return !f->u->database || !strcmp(f->u->database, schema);
}

bool my_feed_wants_in(const struct my_feed *f, const char *schema)
{
	if (f->u->database)
		return !strcmp(f->u->database, schema);
	for (size_t i = 0; i < f->n; i++)
		if (f->table[i]->wanted && !strcmp(f->table[i]->schema, schema))
			return true;
	return !f->o->wanted && !is_system(schema);
}

void my_feed_forget(struct my_feed *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct my_feed_table *t = f->table[i];

		forget(t);
		t->wanted = my_feed_wants(f, t->schema, t->name);
	}
}

static int compare(const struct my_feed_table *t, struct field schema, struct field name)
{
	int order = strncmp(t->schema, schema.p, schema.n);

	if (!order)
		order = t->schema[schema.n] != '\0';
	if (!order)
		order = strncmp(t->name, name.p, name.n);
	return order ? order : t->name[name.n] != '\0';
}

struct my_feed_table *my_feed_find(struct my_feed *f, struct field schema, struct field name)
{
	size_t low = 0, high = f->n;
	struct my_feed_table *t;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = compare(f->table[mid], schema, name);

		if (!order)
			return f->table[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	t = xcalloc(1, sizeof *t);
	t->schema = xstrndup(schema.p, schema.n);
	t->name = xstrndup(name.p, name.n);
	t->wanted = my_feed_wants(f, t->schema, t->name);
	t->checkpoint = !strcmp(t->name, CHANGES_CHECKPOINT_TABLE);
	f->table = xrealloc(f->table, (f->n + 1) * sizeof *f->table);
	memmove(f->table + low + 1, f->table + low, (f->n - low) * sizeof *f->table);
	f->n++;
	return f->table[low] = t;
}

/* ---- The catalogue ---- */

static struct table *ask(struct my_feed *f, const char *schema, const char *name, struct err *e)
{
	if (!f->catalogue && !(f->catalogue = db_open(f->u, e)))
		return NULL;
	return my_table(f->catalogue, schema, name, false, e);
}

/* The table, or NULL with *e set; a server that is away is waited for. */
static struct table *catalogue_table(struct my_feed *f, const char *schema, const char *name,
				     struct err *e)
{
	struct my_patience patience = {0};
	struct table *t;

	while (!(t = ask(f, schema, name, e)) && e->status == EXIT_FAILED &&
	       my_patience_wait(&patience)) {
		db_close(f->catalogue);
		f->catalogue = NULL;
		err_clear(e);
	}
	return t;
}

/* Whether the table's definition was made later than that second. False if nobody knows. */
static bool is_younger(struct my_feed *f, const struct table *t, uint32_t at)
{
	struct my *m = my_of(f->catalogue);
	struct err ignored = ERR_INIT;
	struct buf b = BUF_INIT;
	struct result r;
	bool younger = false;

	buf_addf(&b, "SELECT UNIX_TIMESTAMP(CREATE_TIME) > %u FROM information_schema.TABLES WHERE ",
		 at);
	my_add_where_table(m, &b, "TABLE_SCHEMA", "TABLE_NAME", t);
	if (my_query(m, buf_cstr(&b), &r, &ignored) == 0) {
		younger = r.nrows && result_number(&r, 0, 0) == 1;
		result_free(&r);
	}
	err_clear(&ignored);
	buf_free(&b);
	return younger;
}

struct table *my_feed_definition(struct my_feed *f, const struct my_feed_table *ft)
{
	struct err ignored = ERR_INIT;
	struct table *t = ask(f, ft->schema, ft->name, &ignored);

	err_clear(&ignored);
	if (t && is_younger(f, t, ft->defined_at)) {
		table_free(t);
		t = NULL;
	}
	return t;
}

static bool has_columns_of_sequence(const struct my_rowdef *d)
{
	const struct table *t = my_rowdef_columns(d);

	return t->ncols == 8 && t->col[0].name && !strcmp(t->col[0].name, "next_not_cached_value") &&
	       t->col[7].name && !strcmp(t->col[7].name, "cycle_count");
}

/* MariaDB's sequences are tables of one row to the log; they may be gone by now. */
static bool is_sequence(struct my_feed *f, const struct my_feed_table *ft)
{
	struct table t = {.schema = ft->schema, .name = ft->name};
	struct err ignored = ERR_INIT;
	struct buf b = BUF_INIT;
	struct result r;
	bool yes = false;

	if (!f->mariadb || !f->catalogue)
		return false;
	if (my_rowdef_complete(ft->def) && has_columns_of_sequence(ft->def))
		return true;
	buf_adds(&b, "SELECT 1 FROM information_schema.TABLES WHERE TABLE_TYPE = 'SEQUENCE' AND ");
	my_add_where_table(my_of(f->catalogue), &b, "TABLE_SCHEMA", "TABLE_NAME", &t);
	if (my_query(my_of(f->catalogue), buf_cstr(&b), &r, &ignored) == 0) {
		yes = r.nrows > 0;
		result_free(&r);
	}
	err_clear(&ignored);
	buf_free(&b);
	return yes;
}

static int hint_full(struct err *e)
{
	return err_hint(e, "SET GLOBAL binlog_row_metadata = 'FULL', so that the log tells the columns; "
			   "for what was logged before that, begin anew from a fresh copy");
}

static int refuse(const struct my_feed_table *ft, const char *why, struct err *e)
{
	err_set(e, EXIT_BAD, "table %s.%s: the binary log tells no names of columns, and %s",
		ft->schema, ft->name, why);
	return hint_full(e);
}

/* A definition that tells all needs the catalogue only to know generated columns; if the table
 * is gone or has changed since, they count as others. */
static int complete(struct my_feed *f, struct my_feed_table *ft, uint32_t at, struct err *e)
{
	bool complete = my_rowdef_complete(ft->def);
	struct table *t = catalogue_table(f, ft->schema, ft->name, e);
	int status = 0;

	/* Rows of a statement that waited for the definition bear an earlier time. */
	at = at > ft->defined_at ? at : ft->defined_at;
	if (!t && e->status == EXIT_FAILED)
		return -1;
	if (!t && is_sequence(f, ft)) {
		err_clear(e);
		ft->wanted = false;
		return 0;
	}
	if (!t && !complete)
		return refuse(ft, "the table is gone", e);
	if (t && !complete && is_younger(f, t, at))
		status = refuse(ft, "its definition has changed since", e);
	else if (t && my_rowdef_complete_by(ft->def, t, e) < 0 && !complete)
		status = hint_full(e);
	if (status == 0)
		err_clear(e);
	table_free(t);
	return status;
}

/* ---- Making ready ---- */

static int open_event(struct my_feed_table *t, size_t n, const struct column *col, struct err *e)
{
	struct event_source source = event_source_of(ENGINE_MYSQL, t->schema, t->name);
	const char **name = xcalloc(n, sizeof *name);
	enum json_kind *kind = xcalloc(n, sizeof *kind);
	int status;

	for (size_t i = 0; i < n; i++) {
		name[i] = col[i].name;
		kind[i] = type_json_kind(&col[i].type);
	}
	event_table_free(&t->event);
	status = event_table_open(&t->event, &source, n, name, kind, e);
	free(name);
	free(kind);
	return status;
}

int my_feed_name(struct my_feed_table *t, struct err *e)
{
	return t->event.source.n ? 0 : open_event(t, 0, NULL, e);
}

int my_feed_map(struct my_feed *f, struct my_feed_table *t, const struct my_event *map,
		struct err *e)
{
	const struct table *columns;

	if (t->def && t->map.n == map->n && !memcmp(t->map.p, map->body, map->n))
		return 0;
	forget(t);
	t->def = my_rowdef_open(map->body, map->n, f->mariadb, e);
	if (!t->def || complete(f, t, map->timestamp, e) < 0)
		return -1;
	if (!t->wanted)
		return 0;
	columns = my_rowdef_columns(t->def);
	t->before = (struct row){xcalloc(columns->ncols, sizeof *t->before.f), columns->ncols};
	t->after = (struct row){xcalloc(columns->ncols, sizeof *t->after.f), columns->ncols};
	if (open_event(t, columns->ncols, columns->col, e) < 0)
		return -1;
	buf_add(&t->map, map->body, map->n);
	return 0;
}
