#include "mysql_statement.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "mysql_scan.h"

/* ---- Names ---- */

static void take_if_exists(struct scan *s)
{
	if (scan_take(s, "if")) {
		scan_take(s, "not");
		scan_take(s, "exists");
	}
}

static bool is_name(const struct scan *s)
{
	return s->kind == T_WORD || s->kind == T_NAME;
}

static char *take_name(struct scan *s)
{
	char *name = xstrndup(s->text.n ? s->text.p : "", s->text.n);

	scan_next(s);
	return name;
}

/* WAIT 5, NOWAIT (MariaDB) */
static void take_wait(struct scan *s)
{
	if (scan_take(s, "wait"))
		scan_next(s);
	else
		scan_take(s, "nowait");
}

/* [schema.]name */
static bool take_table(struct scan *s, struct my_statement *st)
{
	struct my_statement_name n = {0};

	if (!is_name(s))
		return false;
	n.name = take_name(s);
	if (scan_is_char(s, '.')) {
		scan_next(s);
		if (!is_name(s)) {
			free(n.name);
			return false;
		}
		n.schema = n.name;
		n.name = take_name(s);
	}
	st->name = xrealloc(st->name, (st->n + 1) * sizeof *st->name);
	st->name[st->n++] = n;
	return true;
}

static void take_list(struct scan *s, struct my_statement *st)
{
	while (take_table(s, st) && scan_is_char(s, ','))
		scan_next(s);
}

/* ---- Statements ---- */

static enum my_statement_kind tables_or_other(const struct my_statement *st)
{
	return st->n ? STATEMENT_TABLES : STATEMENT_OTHER;
}

static enum my_statement_kind read_create(struct scan *s, struct my_statement *st)
{
	if (scan_take(s, "or"))
		scan_take(s, "replace");
	if (!scan_take(s, "table"))
		return STATEMENT_OTHER;
	take_if_exists(s);
	take_table(s, st);
	return tables_or_other(st);
}

/* A name that the table gets: RENAME [TO|AS] name, but not RENAME COLUMN, INDEX, KEY. */
static void read_alter_names(struct scan *s, struct my_statement *st)
{
	int depth = 0;
	bool begins = true; /* an action of ALTER's list */

	for (; s->kind != T_END; begins = depth == 0 && scan_is_char(s, ','), scan_next(s)) {
		if (scan_is_char(s, '('))
			depth++;
		else if (scan_is_char(s, ')'))
			depth--;
		if (!begins || !scan_is_word(s, "rename"))
			continue;
		scan_next(s);
		if (scan_is_word(s, "column") || scan_is_word(s, "index") || scan_is_word(s, "key"))
			continue;
		if (!scan_take(s, "to"))
			scan_take(s, "as");
		if (scan_is_char(s, '='))
			scan_next(s);
		take_table(s, st);
	}
}

static enum my_statement_kind read_alter(struct scan *s, struct my_statement *st)
{
	while (scan_take(s, "online") || scan_take(s, "offline") || scan_take(s, "ignore"))
		;
	if (!scan_take(s, "table"))
		return STATEMENT_OTHER;
	take_if_exists(s);
	if (take_table(s, st)) {
		take_wait(s);
		read_alter_names(s, st);
	}
	return tables_or_other(st);
}

static enum my_statement_kind read_drop(struct scan *s, struct my_statement *st)
{
	if (scan_take(s, "database") || scan_take(s, "schema")) {
		take_if_exists(s);
		if (!is_name(s))
			return STATEMENT_OTHER;
		st->name = xcalloc(1, sizeof *st->name);
		st->name[st->n++].schema = take_name(s);
		return STATEMENT_DATABASE;
	}
	if (!scan_take(s, "table") && !scan_take(s, "tables"))
		return STATEMENT_OTHER;
	take_if_exists(s);
	take_list(s, st);
	return tables_or_other(st);
}

static enum my_statement_kind read_rename(struct scan *s, struct my_statement *st)
{
	if (!scan_take(s, "table") && !scan_take(s, "tables"))
		return STATEMENT_OTHER;
	take_if_exists(s);
	do {
		if (scan_is_char(s, ','))
			scan_next(s);
		take_table(s, st);
		take_wait(s);
		if (scan_take(s, "to"))
			take_table(s, st);
	} while (scan_is_char(s, ','));
	return tables_or_other(st);
}

static enum my_statement_kind read_truncate(struct scan *s, struct my_statement *st)
{
	scan_take(s, "table");
	return take_table(s, st) ? STATEMENT_TRUNCATE : STATEMENT_OTHER;
}

/* The server empties MEMORY tables after a restart by a DELETE without condition. */
static enum my_statement_kind read_delete(struct scan *s, struct my_statement *st)
{
	if (scan_take(s, "from") && take_table(s, st) && s->kind == T_END)
		return STATEMENT_TRUNCATE;
	return STATEMENT_ROWS;
}

static enum my_statement_kind read_rollback(struct scan *s, struct my_statement *st)
{
	scan_take(s, "work");
	if (!scan_take(s, "to"))
		return STATEMENT_ROLLBACK;
	scan_take(s, "savepoint");
	return take_table(s, st) ? STATEMENT_ROLLBACK_TO : STATEMENT_OTHER;
}

static enum my_statement_kind read_savepoint(struct scan *s, struct my_statement *st)
{
	return take_table(s, st) ? STATEMENT_SAVEPOINT : STATEMENT_OTHER;
}

static enum my_statement_kind read_xa(struct scan *s, struct my_statement *st)
{
	static const struct {
		const char *word;
		enum my_statement_kind kind;
	} verbs[] = {{"start", STATEMENT_XA_START}, {"begin", STATEMENT_XA_START},
		     {"end", STATEMENT_XA_END}, {"commit", STATEMENT_XA_COMMIT},
		     {"rollback", STATEMENT_XA_ROLLBACK}};

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (scan_is_word(s, verbs[i].word)) {
			scan_skip_blank(s);
			st->rest = (struct field){s->at, (size_t)(s->end - s->at)};
			return verbs[i].kind;
		}
	return STATEMENT_OTHER;
}

static enum my_statement_kind read_begin(struct scan *s, struct my_statement *st)
{
	(void)s;
	(void)st;
	return STATEMENT_BEGIN;
}

static enum my_statement_kind read_commit(struct scan *s, struct my_statement *st)
{
	(void)s;
	(void)st;
	return STATEMENT_COMMIT;
}

static enum my_statement_kind read_rows(struct scan *s, struct my_statement *st)
{
	(void)s;
	(void)st;
	return STATEMENT_ROWS;
}

/* SET STATEMENT variable=value, … FOR statement (MariaDB). */
static bool take_set_statement(struct scan *s)
{
	if (!scan_take(s, "set") || !scan_take(s, "statement"))
		return false;
	while (s->kind != T_END && !scan_is_word(s, "for"))
		scan_next(s);
	return scan_take(s, "for");
}

static enum my_statement_kind read_statement(struct scan *s, struct my_statement *st)
{
	static const struct {
		const char *word;
		enum my_statement_kind (*read)(struct scan *s, struct my_statement *st);
	} verbs[] = {{"begin", read_begin},       {"commit", read_commit},
		     {"insert", read_rows},       {"update", read_rows},
		     {"replace", read_rows},      {"load", read_rows},
		     {"with", read_rows},         {"call", read_rows},
		     {"delete", read_delete},     {"alter", read_alter},
		     {"create", read_create},     {"drop", read_drop},
		     {"truncate", read_truncate}, {"rename", read_rename},
		     {"rollback", read_rollback}, {"savepoint", read_savepoint},
		     {"xa", read_xa}};

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (scan_is_word(s, verbs[i].word)) {
			for (size_t k = 0; k < s->text.n && k + 1 < sizeof st->word; k++)
				st->word[k] = (char)toupper((unsigned char)s->text.p[k]);
			scan_next(s);
			return verbs[i].read(s, st);
		}
	return STATEMENT_OTHER;
}

void my_statement_read(struct my_statement *st, struct field sql, bool ansi_quotes,
		       bool no_backslash)
{
	struct scan s = {.at = sql.p, .end = sql.p + sql.n, .ansi_quotes = ansi_quotes,
			 .no_backslash = no_backslash};

	*st = (struct my_statement){0};
	scan_next(&s);
	if (scan_is_word(&s, "set") && !take_set_statement(&s)) {
		buf_free(&s.text);
		return;
	}
	st->kind = read_statement(&s, st);
	buf_free(&s.text);
}

static void fold(char *s)
{
	for (; s && *s; s++)
		*s = (char)tolower((unsigned char)*s);
}

void my_statement_fold(struct my_statement *st)
{
	for (size_t i = 0; i < st->n; i++) {
		fold(st->name[i].schema);
		fold(st->name[i].name);
	}
}

void my_statement_free(struct my_statement *st)
{
	for (size_t i = 0; i < st->n; i++) {
		free(st->name[i].schema);
		free(st->name[i].name);
	}
	free(st->name);
	*st = (struct my_statement){0};
}
