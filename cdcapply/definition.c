#include "definition.h"

#include <stdlib.h>

#include "mapping.h"
#include "value.h"

#define SHOWN 300 /* characters of a statement in a message */

static void add_statement(struct buf *b, const struct change *c)
{
	size_t n = c->sql.n < SHOWN ? c->sql.n : SHOWN;

	for (size_t i = 0; i < n; i++)
		buf_addc(b, (unsigned char)c->sql.p[i] < ' ' ? ' ' : c->sql.p[i]);
	buf_adds(b, n < c->sql.n ? "…" : "");
}

/* Sets the error with which the stream stops before this change. */
static int stop(const struct change *c, uint64_t line, const char *why, struct err *e)
{
	struct buf statement = BUF_INIT, position = BUF_INIT;

	if (c->sql.p)
		add_statement(&statement, c);
	else if (c->table.p)
		buf_addf(&statement, "the columns of %.*s", (int)c->table.n, c->table.p);
	if (c->resume)
		position_add(&position, &c->position);
	err_set(e, EXIT_GATE, "line %llu: a definition changed on the source%s%s: %s",
		(unsigned long long)line, *why ? ", and " : "", why, buf_cstr(&statement));
	err_hint(e, "change the target likewise and begin again, or go on behind %s with "
		 "--on-ddl skip-first", position.n ? buf_cstr(&position) : "it");
	buf_free(&statement);
	buf_free(&position);
	return -1;
}

/* The table of the target: 1, 0 it is none of ours or not there (*missing), -1. */
static int find_table(struct sink *s, const struct change *c, struct table **def, bool *missing,
		      struct err *e)
{
	*missing = false;
	*def = mapping_find(&s->tables, &c->db, &c->schema, &c->table, e);
	if (*def)
		return 1;
	if (!e->msg)
		return 0;
	if (e->status != EXIT_BAD)
		return -1;
	*missing = true;
	err_clear(e);
	return 0;
}

/* Runs the statements of all actions that are not yet done. */
static int apply_actions(struct sink *s, const struct change *c, const struct table *def,
			 const struct sql_alter *a, struct err *e)
{
	struct buf sql = BUF_INIT;
	int status = 0;

	for (size_t i = 0; i < a->n && status == 0; i++) {
		if (definition_is_done(s, c, def, &a->action[i]))
			continue;
		buf_reset(&sql);
		status = definition_add_sql(s, c, def, &a->action[i], &sql, e);
		if (status == 0 && sql.n)
			status = db_exec(s->db, buf_cstr(&sql), e);
	}
	buf_free(&sql);
	return status;
}

static bool all_done(const struct sink *s, const struct change *c, const struct table *def,
		     const struct sql_alter *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (!definition_is_done(s, c, def, &a->action[i]))
			return false;
	return true;
}

/* A table that the target has: 1 dealt with, 0 the stream is to stop or to skip (*why), -1. */
static int alter(struct sink *s, const struct change *c, const struct table *def, char **why,
		 struct err *e)
{
	struct sql_alter a = {0};
	int status = definition_actions(s, c, def, &a, e);

	if (status < 0) {
		*why = xstrdup(e->msg);
		err_clear(e);
		sqlalter_free(&a);
		return 0;
	}
	if (a.kind == STATEMENT_NO_ROWS || all_done(s, c, def, &a)) {
		status = 1;
	} else if (s->options->on_ddl == DDL_APPLY) {
		tables_forget(&s->tables); /* no prepared statement is to stand in the way */
		status = apply_actions(s, c, def, &a, e) < 0 ? -1 : 1;
		if (status < 0 && e->status != EXIT_FAILED) {
			*why = xstrdup(e->msg);
			err_clear(e);
			status = 0;
		}
	}
	sqlalter_free(&a);
	return status;
}

/* Statements of which it is not known what table they are about, or whose table is not there. */
static int judge_statement(const struct change *c, bool has_table)
{
	struct sql_alter a;
	char *sql;
	enum statement_kind kind;

	if (!c->sql.p)
		return 0;
	sql = xstrndup(c->sql.p, c->sql.n);
	sqlalter_parse(&a, sql);
	kind = a.kind;
	sqlalter_free(&a);
	free(sql);
	if (kind == STATEMENT_CREATE_TABLE)
		return has_table;
	if (kind == STATEMENT_DROP_TABLE)
		return !has_table;
	return kind == STATEMENT_NO_ROWS;
}

/* 1 dealt with, 0 not, -1. */
static int deal_with(struct sink *s, const struct change *c, char **why, struct err *e)
{
	struct table *def = NULL;
	bool missing = false;
	int status;

	if (!c->table.p)
		return judge_statement(c, false);
	status = find_table(s, c, &def, &missing, e);
	if (status == 0 && !missing)
		return 1; /* not wanted */
	if (status < 0 || missing)
		return status < 0 ? -1 : judge_statement(c, false);
	status = judge_statement(c, true) ? 1 : alter(s, c, def, why, e);
	table_free(def);
	return status;
}

int definition_change(struct sink *s, const struct change *c, uint64_t line, struct err *e)
{
	char *why = NULL;
	int status;

	if (sink_is_behind(s, c))
		return 0;
	tables_forget(&s->tables);
	status = s->options->on_ddl == DDL_SKIP ? 1 : deal_with(s, c, &why, e);
	if (status == 0 && s->options->on_ddl == DDL_SKIP_FIRST && !s->skipped_ddl)
		status = s->skipped_ddl = true;
	if (status == 0)
		status = stop(c, line, why ? why : "", e);
	free(why);
	if (status < 0)
		return -1;
	return sink_heard(s, c, e) < 0 ? -1 : sink_beat(s, true, e);
}
