#include "mysql_statement.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"

/* ---- Tokens: words, quoted names, strings, single characters; comments are left out, but
 * what stands in executable ones is read ---- */

enum token { T_END, T_WORD, T_NAME, T_STRING, T_CHAR };

struct scan {
	const char *at, *end;
	bool ansi_quotes, no_backslash;
	enum token kind;
	struct buf text;
};

static void skip_line(struct scan *s)
{
	while (s->at < s->end && *s->at != '\n')
		s->at++;
}

static bool at_text(const struct scan *s, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(s->end - s->at) >= n && !memcmp(s->at, text, n);
}

/* Of an executable comment, MySQL's or MariaDB's, only the opening mark and the version. */
static void skip_comment(struct scan *s)
{
	if (at_text(s, "/*!") || at_text(s, "/*M!")) {
		s->at = (const char *)memchr(s->at, '!', (size_t)(s->end - s->at)) + 1;
		while (s->at < s->end && isdigit((unsigned char)*s->at))
			s->at++;
		return;
	}
	for (s->at += 2; s->at < s->end && !at_text(s, "*/"); s->at++)
		;
	s->at = s->at < s->end ? s->at + 2 : s->end;
}

static void skip_blank(struct scan *s)
{
	for (;;) {
		while (s->at < s->end && isspace((unsigned char)*s->at))
			s->at++;
		if (at_text(s, "/*"))
			skip_comment(s);
		else if (at_text(s, "*/"))
			s->at += 2;
		else if (at_text(s, "#") || at_text(s, "-- ") || at_text(s, "--\n"))
			skip_line(s);
		else
			return;
	}
}

static void quoted(struct scan *s, char quote, bool escapes)
{
	for (s->at++; s->at < s->end; s->at++) {
		if (*s->at == '\\' && escapes && s->at + 1 < s->end) {
			s->at++;
		} else if (*s->at == quote) {
			if (s->at + 1 == s->end || s->at[1] != quote)
				break;
			s->at++;
		}
		buf_addc(&s->text, *s->at);
	}
	if (s->at < s->end)
		s->at++;
}

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static void next(struct scan *s)
{
	char c;

	skip_blank(s);
	buf_reset(&s->text);
	s->kind = T_END;
	if (s->at >= s->end)
		return;
	c = *s->at;
	if (c == '`' || (c == '"' && s->ansi_quotes)) {
		s->kind = T_NAME;
		quoted(s, c, false);
	} else if (c == '\'' || c == '"') {
		s->kind = T_STRING;
		quoted(s, c, !s->no_backslash);
	} else if (word_char(c)) {
		s->kind = T_WORD;
		while (s->at < s->end && word_char(*s->at))
			buf_addc(&s->text, *s->at++);
	} else {
		s->kind = T_CHAR;
		buf_addc(&s->text, c);
		s->at++;
	}
}

static bool is_char(struct scan *s, char c)
{
	return s->kind == T_CHAR && *s->text.p == c;
}

static bool is_word(struct scan *s, const char *word)
{
	return s->kind == T_WORD && !strcasecmp(buf_cstr(&s->text), word);
}

/* Passes the word if it is there. */
static bool take(struct scan *s, const char *word)
{
	if (!is_word(s, word))
		return false;
	next(s);
	return true;
}

static void take_if_exists(struct scan *s)
{
	if (take(s, "if")) {
		take(s, "not");
		take(s, "exists");
	}
}

/* ---- Names ---- */

static bool is_name(const struct scan *s)
{
	return s->kind == T_WORD || s->kind == T_NAME;
}

static char *take_name(struct scan *s)
{
	char *name = xstrndup(s->text.n ? s->text.p : "", s->text.n);

	next(s);
	return name;
}

/* WAIT 5, NOWAIT (MariaDB) */
static void take_wait(struct scan *s)
{
	if (take(s, "wait"))
		next(s);
	else
		take(s, "nowait");
}

/* [schema.]name */
static bool take_table(struct scan *s, struct my_statement *st)
{
	struct my_statement_name n = {0};

	if (!is_name(s))
		return false;
	n.name = take_name(s);
	if (is_char(s, '.')) {
		next(s);
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
	while (take_table(s, st) && is_char(s, ','))
		next(s);
}

/* ---- Statements ---- */

static enum my_statement_kind tables_or_other(const struct my_statement *st)
{
	return st->n ? STATEMENT_TABLES : STATEMENT_OTHER;
}

static enum my_statement_kind read_create(struct scan *s, struct my_statement *st)
{
	if (take(s, "or"))
		take(s, "replace");
	if (!take(s, "table"))
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

	for (; s->kind != T_END; begins = depth == 0 && is_char(s, ','), next(s)) {
		if (is_char(s, '('))
			depth++;
		else if (is_char(s, ')'))
			depth--;
		if (!begins || !is_word(s, "rename"))
			continue;
		next(s);
		if (is_word(s, "column") || is_word(s, "index") || is_word(s, "key"))
			continue;
		if (!take(s, "to"))
			take(s, "as");
		if (is_char(s, '='))
			next(s);
		take_table(s, st);
	}
}

static enum my_statement_kind read_alter(struct scan *s, struct my_statement *st)
{
	while (take(s, "online") || take(s, "offline") || take(s, "ignore"))
		;
	if (!take(s, "table"))
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
	if (take(s, "database") || take(s, "schema")) {
		take_if_exists(s);
		if (!is_name(s))
			return STATEMENT_OTHER;
		st->name = xcalloc(1, sizeof *st->name);
		st->name[st->n++].schema = take_name(s);
		return STATEMENT_DATABASE;
	}
	if (!take(s, "table") && !take(s, "tables"))
		return STATEMENT_OTHER;
	take_if_exists(s);
	take_list(s, st);
	return tables_or_other(st);
}

static enum my_statement_kind read_rename(struct scan *s, struct my_statement *st)
{
	if (!take(s, "table") && !take(s, "tables"))
		return STATEMENT_OTHER;
	take_if_exists(s);
	do {
		if (is_char(s, ','))
			next(s);
		take_table(s, st);
		take_wait(s);
		if (take(s, "to"))
			take_table(s, st);
	} while (is_char(s, ','));
	return tables_or_other(st);
}

static enum my_statement_kind read_truncate(struct scan *s, struct my_statement *st)
{
	take(s, "table");
	return take_table(s, st) ? STATEMENT_TRUNCATE : STATEMENT_OTHER;
}

/* The server empties MEMORY tables after a restart by a DELETE without condition. */
static enum my_statement_kind read_delete(struct scan *s, struct my_statement *st)
{
	if (take(s, "from") && take_table(s, st) && s->kind == T_END)
		return STATEMENT_TRUNCATE;
	return STATEMENT_ROWS;
}

static enum my_statement_kind read_rollback(struct scan *s, struct my_statement *st)
{
	take(s, "work");
	if (!take(s, "to"))
		return STATEMENT_ROLLBACK;
	take(s, "savepoint");
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
		if (is_word(s, verbs[i].word)) {
			skip_blank(s);
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
	if (!take(s, "set") || !take(s, "statement"))
		return false;
	while (s->kind != T_END && !is_word(s, "for"))
		next(s);
	return take(s, "for");
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
		if (is_word(s, verbs[i].word)) {
			for (size_t k = 0; k < s->text.n && k + 1 < sizeof st->word; k++)
				st->word[k] = (char)toupper((unsigned char)s->text.p[k]);
			next(s);
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
	next(&s);
	if (is_word(&s, "set") && !take_set_statement(&s)) {
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
