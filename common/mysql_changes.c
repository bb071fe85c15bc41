/*
 * The change stream of MySQL and MariaDB: groups of the binary log, told row by row.
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_changes.h"
#include "mysql_log.h"
#include "stream.h"

struct my_changes {
	struct changes base; /* first */
	struct my_log log;
	struct position here;       /* of what is told */
	bool telling;               /* the group in the log's spool */
	uint64_t order;             /* events of it that were told */
	struct buf source;          /* "source" of the row: what rows of an event share, */
	struct buf tail;            /* and what stands behind the number of the row */
	uint64_t row;               /* that number, and of which event */
	uint64_t row_pos;

	struct my_rows_event rows;  /* being told */
	struct my_feed_table *table;
	uint32_t ts;
	struct buf inflated;

	struct my_statement statement; /* being told: its name number `name` comes next */
	size_t name;
	char *schema;               /* its default database */
	char *sql;
	struct event_source *told;  /* its tables that are wanted, if it names several */
	size_t ntold;
	uint32_t defined_at;        /* when it was done */
	struct table *definition;
};

static struct my_changes *my_changes_of(struct changes *c)
{
	return (struct my_changes *)c;
}

/* ---- What all events tell ---- */

static int64_t ts_ms(const struct my_changes *c)
{
	const struct my_group *g = &c->log.group;

	return g->gtid.ts_us ? g->gtid.ts_us / 1000 : (int64_t)c->ts * 1000;
}

/* ,"file":…,"pos":…,"row":N,"gtid":…,"ts_ms":…, up to the number of the row and from there. */
static void set_source(struct my_changes *c, uint64_t pos, uint32_t ts)
{
	const struct my_group *g = &c->log.group;

	/* A transaction that was prepared comes where it is committed. */
	if (g->prepared)
		pos = g->begin;
	if (pos != c->row_pos || !c->order)
		c->row = 0;
	c->row_pos = pos;
	c->ts = ts;
	buf_reset(&c->source);
	buf_adds(&c->source, ",\"file\":");
	json_add_string(&c->source, c->here.file, strlen(c->here.file));
	buf_addf(&c->source, ",\"pos\":%llu,\"row\":", (unsigned long long)pos);
	buf_reset(&c->tail);
	if (g->gtid.number) {
		buf_adds(&c->tail, ",\"gtid\":");
		json_add_string(&c->tail, g->id.p, g->id.n);
	}
	buf_addf(&c->tail, ",\"ts_ms\":%lld", (long long)ts_ms(c));
}

static void fill_event(struct my_changes *c, struct captured *ev, enum changes_kind kind)
{
	size_t n = c->source.n;

	buf_addu(&c->source, c->row++);
	buf_add(&c->source, c->tail.p, c->tail.n);
	ev->kind = kind;
	ev->source = buf_cstr(&c->source);
	ev->transaction = c->log.group.id.p;
	ev->ts_ms = ts_ms(c);
	ev->position = &c->here;
	c->source.n = n; /* the bytes stay for the caller */
}

/* ---- Rows ---- */

static int decode(struct my_changes *c, const unsigned char *present, const struct row *before,
		  struct row *row, struct buf *b, struct err *e)
{
	bool partial = c->rows.partial && before;

	return my_row_decode(c->table->def, &c->rows.at, c->rows.end, present, partial, before, row,
			     b, e);
}

/* 1, 0 for a row of the past, which is not told, -1. */
static int tell_row(struct my_changes *c, struct captured *ev, struct err *e)
{
	struct my_feed_table *t = c->table;
	const struct my_rows_event *r = &c->rows;
	bool before = r->before, after = r->after;

	if (before && decode(c, r->before, NULL, &t->before, &t->b[0], e) < 0)
		return err_prefix(e, "%s:%llu", c->here.file, (unsigned long long)c->row_pos);
	before = before && !my_rowdef_is_past(t->def);
	if (after &&
	    decode(c, r->after, r->before ? &t->before : NULL, &t->after, &t->b[1], e) < 0)
		return err_prefix(e, "%s:%llu", c->here.file, (unsigned long long)c->row_pos);
	after = after && !my_rowdef_is_past(t->def);
	fill_event(c, ev, CHANGES_ROW);
	if (!before && !after)
		return 0;
	/* An update that makes it past is the deletion of a row of a system-versioned table. */
	ev->op = !before ? EVENT_CREATE : !after ? EVENT_DELETE : EVENT_UPDATE;
	ev->table = &t->event;
	ev->before = before ? &t->before : NULL;
	ev->after = after ? &t->after : NULL;
	ev->order = ++c->order;
	return 1;
}

static int start_rows(struct my_changes *c, const struct my_event *event, uint64_t pos,
		      struct err *e)
{
	c->table = my_log_table(&c->log, my_event_table_id(event));
	if (c->table && !c->table->wanted) /* a sequence */
		return 0;
	if (!c->table || !c->table->def)
		return err_set(e, EXIT_FAILED, "%s:%llu: rows of a table that was not told of",
			       c->here.file, (unsigned long long)pos);
	if (my_rows_read(&c->rows, event, &c->inflated, e) < 0)
		return -1;
	if (c->rows.width != my_rowdef_width(c->table->def))
		return err_set(e, EXIT_FAILED, "%s:%llu: rows of %zu columns in a table of %zu",
			       c->here.file, (unsigned long long)pos, c->rows.width,
			       my_rowdef_width(c->table->def));
	/* A row of defaults alone has no bytes in a MINIMAL image, so that nobody can count them. */
	if (c->rows.at == c->rows.end) {
		err_set(e, EXIT_BAD, "%s:%llu: rows of %s without any column", c->here.file,
			(unsigned long long)pos, c->table->name);
		return err_hint(e, "SET GLOBAL binlog_row_image = FULL; copy the table again");
	}
	set_source(c, pos, event->timestamp);
	return 0;
}

/* ---- Statements ---- */

static void end_statement(struct my_changes *c)
{
	my_statement_free(&c->statement);
	table_free(c->definition);
	free(c->schema);
	free(c->sql);
	free(c->told);
	c->told = NULL;
	c->ntold = 0;
	c->definition = NULL;
	c->schema = c->sql = NULL;
	c->name = 0;
}

static struct field field_of(const char *s)
{
	return (struct field){s, strlen(s)};
}

static struct my_feed_table *find_named(struct my_changes *c, size_t i)
{
	const struct my_statement_name *n = &c->statement.name[i];

	return my_feed_find(c->log.feed, field_of(n->schema ? n->schema : c->schema),
			    field_of(n->name));
}

/* Each table once. */
static void list_tables(struct my_changes *c)
{
	if (c->statement.n < 2)
		return;
	c->told = xcalloc(c->statement.n, sizeof *c->told);
	for (size_t i = 0; i < c->statement.n; i++) {
		const struct my_feed_table *t = find_named(c, i);
		bool again = false;

		for (size_t k = 0; k < c->ntold; k++)
			again |= c->told[k].table == t->name;
		if (t->wanted && !again)
			c->told[c->ntold++] = (struct event_source){.db = t->schema, .table = t->name};
	}
}

static int start_statement(struct my_changes *c, const struct my_event *event, uint64_t pos,
			   struct err *e)
{
	struct my_query_event q;

	if (my_query_read(&q, event, &c->inflated, e) < 0)
		return -1;
	end_statement(c);
	my_statement_read(&c->statement, q.sql, q.ansi_quotes, q.no_backslash);
	if (c->log.fold_names)
		my_statement_fold(&c->statement);
	c->schema = xstrndup(q.schema.p, q.schema.n);
	c->sql = xstrndup(q.sql.p, q.sql.n);
	my_feed_forget(c->log.feed);
	list_tables(c);
	c->defined_at = event->timestamp + q.seconds;
	set_source(c, pos, event->timestamp);
	return 0;
}

static int tell_truncate(struct my_changes *c, struct my_feed_table *t, struct captured *ev,
			 struct err *e)
{
	if (my_feed_name(t, e) < 0)
		return -1;
	fill_event(c, ev, CHANGES_TRUNCATE);
	ev->op = EVENT_TRUNCATE;
	ev->table = &t->event;
	ev->order = ++c->order;
	return 1;
}

/* t is NULL where the definition is that of a database. */
static void tell_definition(struct my_changes *c, const struct my_feed_table *t,
			    const char *schema, struct captured *ev)
{
	fill_event(c, ev, CHANGES_DDL);
	if (c->log.group.defines)
		ev->position = &c->log.group.before;
	table_free(c->definition);
	c->definition = NULL;
	if (t && strcmp(c->statement.word, "DROP"))
		c->definition = my_feed_definition(c->log.feed, t);
	ev->schema = schema;
	ev->name = t ? t->name : NULL;
	ev->sql = c->sql;
	ev->tables = c->told;
	ev->ntables = c->ntold;
	ev->definition = c->definition;
}

/* Tells of the statement's next table that is wanted: 1, 0 none is left, -1. */
static int tell_statement(struct my_changes *c, struct captured *ev, struct err *e)
{
	while (c->name < c->statement.n) {
		const struct my_statement_name *n = &c->statement.name[c->name++];
		const char *schema = n->schema ? n->schema : c->schema;
		struct my_feed_table *t = NULL;

		if (n->name) {
			t = find_named(c, c->name - 1);
			t->defined_at = c->defined_at;
			if (!t->wanted)
				continue;
		}
		if (t && c->statement.kind == STATEMENT_TRUNCATE)
			return tell_truncate(c, t, ev, e);
		tell_definition(c, t, schema, ev);
		return 1;
	}
	return 0;
}

/* ---- Groups ---- */

static void set_here(struct my_changes *c, const struct position *p)
{
	position_free(&c->here);
	position_copy(&c->here, p);
}

static void start_group(struct my_changes *c)
{
	spool_rewind(&c->log.group.spool);
	c->telling = true;
	c->order = 0;
	c->row_pos = UINT64_MAX;
	set_here(c, my_log_after(&c->log));
}

/* What the next event of the group's spool brings: 1 something may be told, 0 the end, -1. */
static int next_event(struct my_changes *c, struct err *e)
{
	struct my_event event;
	const void *raw;
	uint64_t pos;
	size_t n;
	int status = spool_next(&c->log.group.spool, &pos, &raw, &n, e);

	if (status <= 0)
		return status;
	if (my_event_plain(&event, raw, n, e) < 0)
		return -1;
	if (event.type == MY_TABLE_MAP) {
		struct my_feed_table *t = my_log_map(&c->log, &event, e);

		return t && my_feed_map(c->log.feed, t, &event, e) == 0 ? 1 : -1;
	}
	if (my_is_rows(event.type))
		return start_rows(c, &event, pos, e) < 0 ? -1 : 1;
	return start_statement(c, &event, pos, e) < 0 ? -1 : 1;
}

static void tell_end(struct my_changes *c, struct captured *ev)
{
	const struct my_group *g = &c->log.group;

	ev->kind = CHANGES_COMMIT;
	ev->transaction = g->id.p;
	ev->order = c->order;
	ev->ts_ms = g->ts_ms;
	ev->position = &c->here;
}

/* The next of the group's events: 1, 0 the group has no more, -1. */
static int tell(struct my_changes *c, struct captured *ev, struct err *e)
{
	int status = 1;

	while (status > 0) {
		while (c->rows.at < c->rows.end) {
			status = tell_row(c, ev, e);
			if (status)
				return status;
		}
		status = tell_statement(c, ev, e);
		if (status)
			return status;
		status = next_event(c, e);
	}
	if (status < 0)
		return -1;
	c->telling = false;
	end_statement(c);
	c->log.nids = 0;
	if (!c->order)
		return 0;
	tell_end(c, ev);
	return 1;
}

static enum changes_kind op_next(struct changes *base, int ms, struct captured *ev, struct err *e)
{
	struct my_changes *c = my_changes_of(base);
	int status;

	*ev = (struct captured){0};
	for (;;) {
		if (c->telling && (status = tell(c, ev, e)))
			return status < 0 ? CHANGES_FAILED : ev->kind;
		status = my_log_next(&c->log, ms, e);
		if (status < 0)
			return CHANGES_FAILED;
		if (status == 0)
			break;
		start_group(c);
	}
	set_here(c, my_log_after(&c->log));
	ev->kind = CHANGES_IDLE;
	ev->position = &c->here;
	return CHANGES_IDLE;
}

/* ---- Opening ---- */

static int op_confirm(struct changes *base, const struct position *p, struct err *e)
{
	(void)base;
	(void)p;
	(void)e;
	return 0;
}

static void op_close(struct changes *base)
{
	struct my_changes *c = my_changes_of(base);

	end_statement(c);
	my_log_close(&c->log);
	my_feed_close(c->log.feed);
	position_free(&c->here);
	buf_free(&c->source);
	buf_free(&c->tail);
	buf_free(&c->inflated);
	free(c);
}

static const struct changes_ops ops = {.close = op_close, .next = op_next, .confirm = op_confirm};

struct changes *my_changes_open(const struct url *u, const struct changes_options *o,
				struct err *e)
{
	struct my_changes *c;
	struct db *db = db_open(u, e);

	if (!db)
		return NULL;
	c = xcalloc(1, sizeof *c);
	c->base.ops = &ops;
	c->log = (struct my_log){.u = u, .o = o, .db = db, .bytes = &c->base.bytes};
	c->log.feed = my_feed_open(u, o, my_of(db)->mariadb);
	if (my_changes_check(my_of(db), c->log.feed, e) < 0 || my_log_open(&c->log, e) < 0) {
		op_close(&c->base);
		return NULL;
	}
	return &c->base;
}
