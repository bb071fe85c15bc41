#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mysql_log.h"
#include "mysql_payload.h"

/* ---- Tables of the group ---- */

struct my_feed_table *my_log_table(const struct my_log *l, uint64_t id)
{
	for (size_t i = l->nids; i; i--)
		if (l->ids[i - 1].id == id)
			return l->ids[i - 1].table;
	return NULL;
}

struct my_feed_table *my_log_map(struct my_log *l, const struct my_event *ev, struct err *e)
{
	struct field schema, name;
	struct my_feed_table *t;
	uint64_t id = my_event_table_id(ev);

	if (my_table_map_names(ev, &schema, &name, e) < 0)
		return NULL;
	t = my_feed_find(l->feed, schema, name);
	for (size_t i = 0; i < l->nids; i++)
		if (l->ids[i].id == id) {
			l->ids[i].table = t;
			return t;
		}
	l->ids = xrealloc(l->ids, (l->nids + 1) * sizeof *l->ids);
	l->ids[l->nids++] = (struct my_table_id){id, t};
	return t;
}

/* ---- Beginning and end ---- */

static void drop_savepoints(struct my_group *g, size_t keep)
{
	while (g->nsavepoints > keep)
		free(g->savepoint[--g->nsavepoints].name);
}

void my_group_drop(struct my_log *l)
{
	l->group.open = false;
	spool_reset(&l->group.spool);
	drop_savepoints(&l->group, 0);
	l->nids = 0;
}

void my_group_free(struct my_log *l)
{
	my_group_drop(l);
	for (size_t i = 0; i < l->nprepared; i++) {
		buf_free(&l->prepared[i].id);
		free(l->prepared[i].at);
		spool_free(&l->prepared[i].spool);
	}
	free(l->prepared);
	free(l->ids);
	free(l->group.savepoint);
	buf_free(&l->group.id);
	spool_free(&l->group.spool);
	position_free(&l->group.before);
}

static void name_group(struct my_log *l)
{
	struct my_group *g = &l->group;

	buf_reset(&g->id);
	if (l->mariadb && g->gtid.number)
		buf_addf(&g->id, "%u-%u-%llu", g->gtid.domain, g->gtid.server,
			 (unsigned long long)g->gtid.number);
	else if (*g->gtid.source)
		buf_addf(&g->id, "%s:%llu", g->gtid.source, (unsigned long long)g->gtid.number);
	else
		buf_addf(&g->id, "%s:%llu", l->file, (unsigned long long)g->begin);
	buf_cstr(&g->id);
}

static void begin(struct my_log *l, const struct my_group_event *gtid)
{
	struct my_group *g = &l->group;

	my_group_drop(l);
	my_feed_trim(l->feed);
	g->open = true;
	g->gtid = *gtid;
	g->transaction = l->mariadb && gtid->number && !gtid->standalone;
	g->skip = g->seen_rows = g->prepared = g->defines = false;
	g->begin = l->event_pos;
	name_group(l);
}

/* Behind this group a capture can go on. Returns whether there is something to tell. */
static int end(struct my_log *l, const struct my_event *ev, bool committed)
{
	struct my_group *g = &l->group;
	bool again;

	g->open = false;
	g->ts_ms = g->gtid.ts_us ? g->gtid.ts_us / 1000 : (int64_t)ev->timestamp * 1000;
	again = my_log_here(l);
	if (l->mariadb && g->gtid.number && !again)
		gtid_set_put(&l->gtids, g->gtid.domain, g->gtid.server, g->gtid.number);
	else if (*g->gtid.source)
		gtid_set_add(&l->gtids, g->gtid.source, g->gtid.number);
	l->nids = 0;
	drop_savepoints(g, 0);
	if (!committed || again)
		spool_reset(&g->spool);
	return spool_size(&g->spool) > 0;
}

/* ---- Statements ---- */

static int set_savepoint(struct my_log *l, const char *name)
{
	struct my_group *g = &l->group;

	g->savepoint = xrealloc(g->savepoint, (g->nsavepoints + 1) * sizeof *g->savepoint);
	g->savepoint[g->nsavepoints++] =
		(struct my_savepoint){xstrdup(name), spool_size(&g->spool)};
	return 0;
}

static int roll_back_to(struct my_log *l, const char *name, struct err *e)
{
	struct my_group *g = &l->group;

	for (size_t i = g->nsavepoints; i; i--)
		if (!strcasecmp(g->savepoint[i - 1].name, name)) {
			drop_savepoints(g, i);
			return spool_cut(&g->spool, g->savepoint[i - 1].size, e);
		}
	return err_set(e, EXIT_FAILED, "%s: ROLLBACK TO an unknown savepoint %.60s",
		       my_log_place(l, &l->scratch), name);
}

/* Rows that only the server could compute. */
static int refuse_statement(struct my_log *l, const char *word, struct err *e)
{
	err_set(e, EXIT_BAD, "%s: a session logged %s as a statement, not its rows",
		my_log_place(l, &l->scratch), word);
	return err_hint(e, "SET GLOBAL binlog_format = 'ROW', end that session, and begin anew from a "
			   "fresh copy behind this position");
}

static bool same_id(const struct buf *id, struct field text)
{
	while (text.n && strchr(" \t\n;", text.p[text.n - 1]))
		text.n--;
	return id->n == text.n && !strncasecmp(id->p, text.p, text.n);
}

/* The outcome of a transaction that was prepared. */
static int settle(struct my_log *l, const struct my_event *ev, const struct my_statement *st,
		  struct err *e)
{
	struct my_group *g = &l->group;
	bool commit = st->kind == STATEMENT_XA_COMMIT;

	for (size_t i = 0; i < l->nprepared; i++) {
		struct my_prepared *p = &l->prepared[i];

		if (!same_id(&p->id, st->rest))
			continue;
		spool_free(&g->spool);
		g->spool = p->spool;
		g->prepared = true;
		buf_free(&p->id);
		free(p->at);
		memmove(p, p + 1, (--l->nprepared - i) * sizeof *p);
		return end(l, ev, commit);
	}
	/* What is read again may have been prepared earlier still, and was told then. */
	if (!commit || l->replaying)
		return end(l, ev, false);
	err_set(e, EXIT_BAD, "%s: XA COMMIT %.*s: it was prepared (XA PREPARE) before the position "
		"that was begun at, so that its rows are not known", my_log_place(l, &l->scratch),
		(int)(st->rest.n < 300 ? st->rest.n : 300), st->rest.p);
	return err_hint(e, "begin before its XA PREPARE, or anew from a fresh copy");
}

/* Whether one of the tables is wanted. */
static bool concerns(const struct my_log *l, const struct my_statement *st,
		     const struct my_query_event *q)
{
	char *schema = xstrndup(q->schema.p, q->schema.n);
	bool wanted = st->kind == STATEMENT_DATABASE &&
		      my_feed_wants_in(l->feed, st->name[0].schema);

	for (size_t i = 0; i < st->n && st->name[i].name && !wanted; i++)
		wanted = my_feed_wants(l->feed, st->name[i].schema ? st->name[i].schema : schema,
				       st->name[i].name);
	free(schema);
	return wanted;
}

static int take_definition(struct my_log *l, const struct my_event *ev,
			   const struct my_statement *st, const struct my_query_event *q,
			   struct err *e)
{
	struct my_group *g = &l->group;

	if (!g->gtid.pending && concerns(l, st, q)) {
		if (spool_add(&g->spool, l->event_pos, ev->raw, MY_EVENT_HEADER + ev->n, e) < 0)
			return -1;
		position_free(&g->before);
		position_copy(&g->before, my_log_after(l));
		g->defines = g->transaction;
	}
	return g->transaction ? 0 : end(l, ev, true);
}

static int take_statement(struct my_log *l, const struct my_event *ev,
			  const struct my_statement *st, const struct my_query_event *q,
			  struct err *e)
{
	struct my_group *g = &l->group;

	switch (st->kind) {
	case STATEMENT_BEGIN:
	case STATEMENT_XA_START:
		g->transaction = true;
		return 0;
	case STATEMENT_XA_END:
		return 0;
	case STATEMENT_COMMIT:
	case STATEMENT_ROLLBACK:
		return end(l, ev, st->kind == STATEMENT_COMMIT);
	case STATEMENT_SAVEPOINT:
		return set_savepoint(l, st->name[0].name);
	case STATEMENT_ROLLBACK_TO:
		return roll_back_to(l, st->name[0].name, e);
	case STATEMENT_XA_COMMIT:
	case STATEMENT_XA_ROLLBACK:
		return settle(l, ev, st, e);
	case STATEMENT_ROWS:
		return refuse_statement(l, st->word, e);
	case STATEMENT_TABLES:
	case STATEMENT_TRUNCATE:
	case STATEMENT_DATABASE:
		return take_definition(l, ev, st, q, e);
	case STATEMENT_OTHER:
		break;
	}
	return g->transaction ? 0 : end(l, ev, true);
}

static int take_query(struct my_log *l, const struct my_event *ev, struct err *e)
{
	static const struct my_group_event none;
	struct my_query_event q;
	struct my_statement st;
	int status;

	if (my_query_read(&q, ev, &l->scratch, e) < 0)
		return -1;
	if (!l->group.open)
		begin(l, &none);
	my_statement_read(&st, q.sql, q.ansi_quotes, q.no_backslash);
	if (l->fold_names)
		my_statement_fold(&st);
	status = take_statement(l, ev, &st, &q, e);
	my_statement_free(&st);
	return status;
}

/* ---- Rows ---- */

static int begun_inside(struct my_log *l, struct err *e)
{
	return err_set(e, EXIT_BAD, "%s: the position that was begun at is inside of a transaction",
		       my_log_place(l, &l->scratch));
}

static int take_rows(struct my_log *l, const struct my_event *ev, struct err *e)
{
	struct my_group *g = &l->group;
	struct my_feed_table *t = my_log_table(l, my_event_table_id(ev));

	if (!g->open)
		return begun_inside(l, e);
	if (!g->seen_rows && t) {
		g->seen_rows = true;
		g->skip = l->o->skip_applied && t->checkpoint;
	}
	if (!t || !t->wanted || g->skip)
		return 0;
	return spool_add(&g->spool, l->event_pos, ev->raw, MY_EVENT_HEADER + ev->n, e);
}

static int take_map(struct my_log *l, const struct my_event *ev, struct err *e)
{
	struct my_group *g = &l->group;
	struct my_feed_table *t = my_log_map(l, ev, e);

	if (!t)
		return -1;
	if (!t->wanted || g->skip)
		return 0;
	return spool_add(&g->spool, l->event_pos, ev->raw, MY_EVENT_HEADER + ev->n, e);
}

static int take_prepare(struct my_log *l, const struct my_event *ev, struct err *e)
{
	struct my_prepared p = {0};
	bool one_phase;

	if (my_xa_read(ev, &p.id, &one_phase, e) < 0) {
		buf_free(&p.id);
		return -1;
	}
	if (one_phase) {
		buf_free(&p.id);
		return end(l, ev, true);
	}
	p.at = xasprintf("%s:%llu", l->file, (unsigned long long)l->group.begin);
	p.spool = l->group.spool;
	l->group.spool = (struct spool){0};
	l->prepared = xrealloc(l->prepared, (l->nprepared + 1) * sizeof *l->prepared);
	l->prepared[l->nprepared++] = p;
	return end(l, ev, true);
}

static int take_payload(struct my_log *l, const struct my_event *ev, struct err *e)
{
	struct my_payload *p = my_payload_open(ev->body, ev->n, e);
	struct my_event inner;
	const void *raw;
	int status = 0, more = -1;
	size_t n;

	while (p && status >= 0 && (more = my_payload_next(p, &raw, &n, e)) > 0) {
		status = my_event_plain(&inner, raw, n, e);
		if (status == 0)
			status = my_group_take(l, &inner, e);
	}
	my_payload_close(p);
	return more < 0 ? -1 : status;
}

/* ---- Events ---- */

static int take_gtid(struct my_log *l, const struct my_event *ev, struct err *e)
{
	struct my_group_event gtid;

	if (my_group_read(&gtid, ev, e) < 0)
		return -1;
	begin(l, &gtid);
	return 0;
}

static int refuse_event(struct my_log *l, const struct my_event *ev, struct err *e)
{
	if (ev->type == MY_INCIDENT) {
		err_set(e, EXIT_BAD, "%s: the server says that its binary log lacks changes",
			my_log_place(l, &l->scratch));
		return err_hint(e, "begin anew from a fresh copy");
	}
	return err_set(e, EXIT_BAD, "%s: binary log events of type %u are not known",
		       my_log_place(l, &l->scratch), ev->type);
}

/* What tells nothing of rows: STOP, INTVAR, RAND, USER_VAR, IGNORABLE, ROWS_QUERY,
 * TRANSACTION_CONTEXT, VIEW_CHANGE; MariaDB's ANNOTATE_ROWS, BINLOG_CHECKPOINT, GTID_LIST,
 * START_ENCRYPTION. */
static bool is_silent(const struct my_event *ev)
{
	static const unsigned char types[] = {3, 5, 13, 14, 28, 29, 36, 37, 160, 161, 163, 164};

	return ev->flags & MY_EVENT_IGNORABLE ||
	       (ev->type < 256 && memchr(types, (int)ev->type, sizeof types));
}

int my_group_take(struct my_log *l, const struct my_event *ev, struct err *e)
{
	if (my_is_rows(ev->type))
		return take_rows(l, ev, e);
	switch (ev->type) {
	case MY_QUERY:
	case MY_QUERY_COMPRESSED:
		return take_query(l, ev, e);
	case MY_TABLE_MAP:
		return l->group.open ? take_map(l, ev, e) : begun_inside(l, e);
	case MY_XID:
		return l->group.open ? end(l, ev, true) : begun_inside(l, e);
	case MY_GTID:
	case MY_GTID_LOG:
	case MY_ANONYMOUS_GTID:
	case MY_GTID_TAGGED:
		return take_gtid(l, ev, e);
	case MY_PAYLOAD:
		return l->group.open ? take_payload(l, ev, e) : begun_inside(l, e);
	case MY_XA_PREPARE:
		return take_prepare(l, ev, e);
	case MY_BEGIN_LOAD:
	case MY_EXECUTE_LOAD:
		return refuse_statement(l, "LOAD DATA", e);
	default:
		return is_silent(ev) ? 0 : refuse_event(l, ev, e);
	}
}
