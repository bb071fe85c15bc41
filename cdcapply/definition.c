#include "definition.h"

#include <stdlib.h>
#include <string.h>

#include "mapping.h"
#include "value.h"

#define SHOWN 300 /* bytes of a statement in a message */

static void add_statement(struct buf *b, const struct change *c)
{
	size_t n = c->sql.n < SHOWN ? c->sql.n : SHOWN;

	while (n < c->sql.n && n && ((unsigned char)c->sql.p[n] & 0xc0) == 0x80)
		n--; /* a character as a whole */
	for (size_t i = 0; i < n; i++)
		buf_addc(b, (unsigned char)c->sql.p[i] < ' ' ? ' ' : c->sql.p[i]);
	buf_adds(b, n < c->sql.n ? "…" : "");
}

/* The target failed at it. */
static int failed(const struct change *c, uint64_t line, struct err *e)
{
	struct buf statement = BUF_INIT;

	if (c->sql.p)
		add_statement(&statement, c);
	err_prefix(e, "line %llu: a definition changed on the source: %s",
		   (unsigned long long)line, buf_cstr(&statement));
	buf_free(&statement);
	return -1;
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

/* ---- Running statements ---- */

struct buf *definition_statement(struct definition_do *d)
{
	d->sql = xrealloc(d->sql, (d->n + 1) * sizeof *d->sql);
	d->sql[d->n] = (struct buf)BUF_INIT;
	return &d->sql[d->n++];
}

static void free_statements(struct definition_do *d)
{
	for (size_t i = 0; i < d->n; i++)
		buf_free(&d->sql[i]);
	free(d->sql);
}

/* In PostgreSQL they are in one transaction, which the checkpoint ends. */
static int run_statements(struct sink *s, const struct change *c, const struct definition_do *d,
			  struct err *e)
{
	bool whole = db_engine(s->db) == ENGINE_POSTGRES;
	struct err ignored = ERR_INIT;
	int status = 0;

	tables_forget(&s->tables); /* no prepared statement is to stand in the way */
	s->positioned |= c->resume || c->at_position;
	if (whole && sink_begin(s, e) < 0) {
		s->failed = true;
		return -1;
	}
	for (size_t i = 0; i < d->n && status == 0; i++)
		status = db_exec(s->db, buf_cstr(&d->sql[i]), e);
	if (status < 0 && whole && sink_drop_transaction(s, &ignored) < 0)
		err_clear(&ignored);
	return status;
}

/* ---- Changed columns ---- */

/* The statements of all actions that are not yet done. */
static int plan_actions(const struct sink *s, const struct change *c, const struct table *def,
			const struct sql_alter *a, struct definition_do *d, struct err *e)
{
	for (size_t i = 0; i < a->n; i++)
		if (!definition_is_done(s, c, def, &a->action[i]) &&
		    definition_add_sql(s, c, def, &a->action[i], definition_statement(d), e) < 0)
			return -1;
	return 0;
}

static bool all_done(const struct sink *s, const struct change *c, const struct table *def,
		     const struct sql_alter *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (!definition_is_done(s, c, def, &a->action[i]))
			return false;
	return true;
}

/* A table that the target has: as definition_tables(). */
static int alter(struct sink *s, const struct change *c, const struct table *def,
		 const struct sql_alter *a, struct definition_do *d, struct err *e)
{
	if (all_done(s, c, def, a))
		return 1;
	if (s->options->on_ddl != DDL_APPLY)
		return 0;
	return plan_actions(s, c, def, a, d, e) < 0 ? -1 : 2;
}

/* The table that the event names. */
static int alter_named(struct sink *s, const struct change *c, struct sql_alter *a,
		       struct definition_do *d, struct err *e)
{
	struct table *def = NULL;
	bool missing = false;
	int status = find_table(s, c, &def, &missing, e);

	if (status <= 0)
		return status < 0 ? -1 : !missing;
	if (!c->sql.p && definition_actions(c, def, a, e) < 0)
		status = -1;
	else
		status = alter(s, c, def, a, d, e);
	table_free(def);
	return status;
}

/* ALTER … RENAME TO: the columns first, under whichever name the table has. */
static int alter_and_rename(struct sink *s, const struct change *c, struct sql_alter *a,
			    struct definition_do *d, struct err *e)
{
	struct change named = *c;
	struct definition_do last = {0};
	int columns = 1, name = definition_tables(s, c, a, &last, e);

	if (name >= 0 && a->n) {
		const struct sql_name *n = &a->name[name == 1];

		named.table = (struct field){n->table, strlen(n->table)};
		if (n->schema)
			named.db = (struct field){n->schema, strlen(n->schema)};
		columns = alter_named(s, &named, a, d, e);
	}
	for (size_t i = 0; i < last.n; i++)
		buf_add(definition_statement(d), last.sql[i].p, last.sql[i].n);
	free_statements(&last);
	if (name < 0 || columns < 0)
		return -1;
	return name == 0 || columns == 0 ? 0 : name == 2 || columns == 2 ? 2 : 1;
}

/* ---- The whole ---- */

static int judge_statement(struct sink *s, const struct change *c, struct sql_alter *a,
			   struct definition_do *d, struct err *e)
{
	bool missing;
	struct table *def;
	int status;

	switch (a->kind) {
	case STATEMENT_NO_ROWS:
		return 1;
	case STATEMENT_ALTER:
		return a->nnames > 1 ? alter_and_rename(s, c, a, d, e) : alter_named(s, c, a, d, e);
	case STATEMENT_CREATE_TABLE:
	case STATEMENT_DROP_TABLE:
	case STATEMENT_RENAME_TABLE:
		return definition_tables(s, c, a, d, e);
	case STATEMENT_UNKNOWN:
		break;
	}
	if (!c->table.p)
		return err_set(e, EXIT_GATE, "the statement is not understood");
	status = find_table(s, c, &def, &missing, e);
	if (status == 0 && !missing)
		return 1; /* not wanted */
	if (status > 0)
		table_free(def);
	return status < 0 ? -1 : err_set(e, EXIT_GATE, "the statement is not understood");
}

/* 1 nothing is to be done, 2 what d says, 0 that is for the policy to say, -1. */
static int judge(struct sink *s, const struct change *c, struct definition_do *d, struct err *e)
{
	struct sql_alter a = {0};
	int status;

	if (c->sql.p && memchr(c->sql.p, 0, c->sql.n)) {
		status = err_set(e, EXIT_GATE, "the statement is not understood");
	} else if (c->sql.p) {
		char *sql = xstrndup(c->sql.p, c->sql.n);

		sqlalter_parse(&a, sql);
		free(sql);
		definition_fold_names(c, &a);
		status = judge_statement(s, c, &a, d, e);
	} else if (c->table.p) {
		status = alter_named(s, c, &a, d, e);
	} else {
		status = err_set(e, EXIT_GATE, "the event does not tell of what table");
	}
	sqlalter_free(&a);
	return status;
}

/* 1 dealt with, 0 not (*why), -1. */
static int deal_with(struct sink *s, const struct change *c, char **why, struct err *e)
{
	struct definition_do d = {0};
	int status = judge(s, c, &d, e);

	if (status == 2)
		status = run_statements(s, c, &d, e) < 0 ? -1 : 1;
	free_statements(&d);
	if (status < 0 && e->status != EXIT_FAILED && !s->failed) {
		*why = xstrdup(e->msg);
		err_clear(e);
		status = 0;
	}
	return status;
}

/* A statement on several tables comes once for each: it is dealt with as a whole at the first. */
static bool is_again(struct sink *s, const struct change *c)
{
	struct buf key = BUF_INIT;
	bool again;

	if (!c->resume || !c->sql.p)
		return false;
	position_add(&key, &c->position);
	buf_add(&key, c->sql.p, c->sql.n);
	again = key.n == s->definition.n && !memcmp(key.p, s->definition.p, key.n);
	buf_free(&s->definition);
	s->definition = key;
	return again;
}

/* A status of judge() that stops the stream unless the policy leaves the change out. */
static bool is_skipped(struct sink *s)
{
	if (s->options->on_ddl == DDL_SKIP)
		return true;
	if (s->options->on_ddl != DDL_SKIP_FIRST || s->skipped_ddl)
		return false;
	return s->skipped_ddl = true;
}

/* In MySQL a definition commits what is there: the rows must come again behind it. */
static int apply_inside(struct sink *s, const struct change *c, struct definition_do *d,
			uint64_t line, bool *drop, struct err *e)
{
	bool whole = db_engine(s->db) == ENGINE_POSTGRES;

	if (whole ? sink_flush(s, true, e) < 0 : sink_drop_transaction(s, e) < 0)
		return -1;
	*drop = !whole;
	if (run_statements(s, c, d, e) < 0)
		return failed(c, line, e);
	if (whole)
		return 0;
	err_set(e, EXIT_FAILED, "line %llu: a definition changed inside a transaction; the target has "
		"been changed likewise, and nothing of the transaction is applied yet",
		(unsigned long long)line);
	return err_hint(e, "begin again");
}

int definition_inside(struct sink *s, const struct change *c, uint64_t line, bool *drop,
		      struct err *e)
{
	struct definition_do d = {0};
	int status;

	*drop = false;
	if (sink_is_behind(s, c))
		return 0;
	status = s->options->on_ddl == DDL_SKIP ? 1 : judge(s, c, &d, e);
	if (status == 2) {
		status = apply_inside(s, c, &d, line, drop, e);
	} else if (status != 1 && (status == 0 || e->status != EXIT_FAILED)) {
		char *why = xstrdup(status == 0 ? "" : e->msg);

		err_clear(e);
		*drop = !is_skipped(s);
		status = *drop ? stop(c, line, why, e) : 0;
		free(why);
	}
	free_statements(&d);
	return status < 0 ? -1 : 0;
}

int definition_change(struct sink *s, const struct change *c, uint64_t line, struct err *e)
{
	char *why = NULL;
	int status;

	if (sink_is_behind(s, c) || is_again(s, c))
		return 0;
	tables_forget(&s->tables);
	status = s->options->on_ddl == DDL_SKIP ? 1 : deal_with(s, c, &why, e);
	if (status == 0 && !is_skipped(s))
		status = stop(c, line, why ? why : "", e);
	else if (status < 0)
		status = failed(c, line, e);
	free(why);
	if (status < 0 || sink_defined(s, c, e) < 0)
		return -1;
	tables_forget(&s->tables);
	return s->in_transaction ? sink_commit(s, e) : sink_beat(s, true, e);
}
