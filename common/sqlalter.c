#include "sqlalter.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sqllex.h"

/* The statement under the lexer: start is where the token in it begins. */
struct parser {
	struct lexer l;
	const char *start;
	char *sql; /* without comments */
};

static void next(struct parser *p)
{
	p->start = p->l.at;
	while (isspace((unsigned char)*p->start))
		p->start++;
	lexer_next(&p->l);
}

static bool at_word(struct parser *p, const char *word)
{
	return p->l.kind == TOKEN_WORD && !strcmp(buf_cstr(&p->l.text), word);
}

static bool at_op(struct parser *p, const char *op)
{
	return p->l.kind == TOKEN_OP && !strcmp(buf_cstr(&p->l.text), op);
}

static bool take(struct parser *p, const char *word)
{
	if (!at_word(p, word))
		return false;
	next(p);
	return true;
}

/* Takes any of the words, which a space separates. */
static bool take_any(struct parser *p, const char *words)
{
	const char *text = buf_cstr(&p->l.text);
	size_t n = p->l.text.n;

	if (p->l.kind != TOKEN_WORD)
		return false;
	for (const char *w = words; *w; w += *w == ' ') {
		size_t len = strcspn(w, " ");

		if (len == n && !memcmp(w, text, n)) {
			next(p);
			return true;
		}
		w += len;
	}
	return false;
}

/* An unquoted name keeps the case of its letters. */
static char *take_name(struct parser *p)
{
	char *name;

	if (p->l.kind == TOKEN_WORD)
		name = xstrndup(p->start, p->l.text.n);
	else if (p->l.kind == TOKEN_IDENT)
		name = xstrndup(buf_cstr(&p->l.text), p->l.text.n);
	else
		return NULL;
	next(p);
	return name;
}

/* Comments are space; those with ! are statements to the server. */
static char *without_comments(const char *s)
{
	struct buf b = BUF_INIT;

	for (char quote = 0; *s; s++) {
		if (quote) {
			if (*s == '\\' && quote != '`' && s[1])
				buf_addc(&b, *s++);
			else if (*s == quote)
				quote = 0;
		} else if (*s == '\'' || *s == '"' || *s == '`') {
			quote = *s;
		} else if (s[0] == '/' && s[1] == '*' && s[2] != '!' && s[2] != 'M') {
			const char *end = strstr(s + 2, "*/");

			buf_addc(&b, ' ');
			s = end ? end + 1 : s + strlen(s) - 1;
			continue;
		} else if (*s == '#' || (s[0] == '-' && s[1] == '-' && isspace((unsigned char)s[2]))) {
			s += strcspn(s, "\n");
			if (!*s)
				break;
		}
		buf_addc(&b, *s);
	}
	return buf_detach(&b);
}

/* ---- Definitions of columns ---- */

static bool at_end_of_action(struct parser *p)
{
	return p->l.kind == TOKEN_END || at_op(p, ",") || at_op(p, ")");
}

/* Passes a bracket with all in it. */
static int skip_brackets(struct parser *p)
{
	int depth = 0;

	do {
		depth += at_op(p, "(") - at_op(p, ")");
		if (p->l.kind == TOKEN_END || depth < 0)
			return -1;
		next(p);
	} while (depth);
	return 0;
}

/* The words and brackets that make a type. */
static int take_type(struct parser *p, struct column *c)
{
	const char *begin = p->start, *end;
	char *text;
	int status;

	if (p->l.kind != TOKEN_WORD)
		return -1;
	next(p);
	take_any(p, "precision varying");
	if (at_op(p, "(") && skip_brackets(p) < 0)
		return -1;
	while (take_any(p, "unsigned signed zerofill"))
		;
	end = p->l.kind == TOKEN_END ? begin + strlen(begin) : p->start;
	text = xstrndup(begin, (size_t)(end - begin));
	status = sqltype_parse(ENGINE_MYSQL, text, &c->type, &c->native);
	free(text);
	return status;
}

/* DEFAULT 5, 'x', (expression), current_timestamp(6), -1 */
static int take_default(struct parser *p, struct column *c)
{
	const char *begin = p->start, *end;

	while (at_op(p, "-") || at_op(p, "+"))
		next(p);
	if (at_op(p, "(")) {
		if (skip_brackets(p) < 0)
			return -1;
	} else {
		if (p->l.kind == TOKEN_END || p->l.kind == TOKEN_BAD || p->l.kind == TOKEN_OP)
			return -1;
		next(p);
		if (at_op(p, "(") && skip_brackets(p) < 0)
			return -1;
	}
	end = p->l.kind == TOKEN_END ? begin + strlen(begin) : p->start;
	while (end > begin && isspace((unsigned char)end[-1]))
		end--;
	if (end - begin == 4 && !strncasecmp(begin, "null", 4))
		return 0;
	free(c->default_expr);
	c->default_expr = xstrndup(begin, (size_t)(end - begin));
	return 0;
}

/* One attribute behind the type; 0: it is none that is known. */
static int take_attribute(struct parser *p, struct column *c)
{
	char *name;

	if (take(p, "not")) {
		c->not_null = true;
		return take(p, "null") ? 1 : -1;
	}
	if (take(p, "default"))
		return take_default(p, c) < 0 ? -1 : 1;
	if (take(p, "auto_increment")) {
		c->identity = IDENTITY_AUTO_INCREMENT;
		return 1;
	}
	if (take_any(p, "comment")) {
		next(p);
		return 1;
	}
	if (take_any(p, "character")) {
		if (!take(p, "set"))
			return -1;
		free(take_name(p));
		return 1;
	}
	if (take_any(p, "charset collate")) {
		name = take_name(p);
		free(name);
		return name ? 1 : -1;
	}
	if (take(p, "on"))
		return take(p, "update") && take_default(p, &(struct column){0}) == 0 ? 1 : -1;
	if (take(p, "check"))
		return skip_brackets(p) < 0 ? -1 : 1;
	return take_any(p, "null unique primary key binary ascii unicode visible invisible") ? 1 : 0;
}

static int take_definition(struct parser *p, struct alter_action *a)
{
	const char *begin = p->start, *end;
	int status;

	if (take_type(p, &a->def) < 0)
		return -1;
	while ((status = take_attribute(p, &a->def)) > 0)
		;
	if (status < 0)
		return -1;
	end = p->l.kind == TOKEN_END ? begin + strlen(begin) : p->start;
	a->raw = xstrndup(begin, (size_t)(end - begin));
	if (take(p, "after"))
		free(take_name(p));
	else
		take(p, "first");
	return at_end_of_action(p) ? 0 : -1;
}

/* ---- Actions ---- */

static struct alter_action *add(struct sql_alter *a, enum alter_kind kind)
{
	a->action = xrealloc(a->action, (a->n + 1) * sizeof *a->action);
	a->action[a->n] = (struct alter_action){.kind = kind};
	return &a->action[a->n++];
}

static void take_exists(struct parser *p)
{
	if (take(p, "if")) {
		take(p, "not");
		take(p, "exists");
	}
}

static int skip_action(struct parser *p, struct sql_alter *a)
{
	add(a, ALTER_REST);
	while (!at_end_of_action(p)) {
		if (p->l.kind == TOKEN_BAD)
			return -1;
		if (!at_op(p, "("))
			next(p);
		else if (skip_brackets(p) < 0)
			return -1;
	}
	return 0;
}

static int add_column(struct parser *p, struct sql_alter *a)
{
	struct alter_action *action = add(a, ALTER_ADD);

	take_exists(p);
	action->def.name = take_name(p);
	return action->def.name ? take_definition(p, action) : -1;
}

#define NO_COLUMN "index key unique primary fulltext spatial constraint foreign check partition period system"

static int parse_add(struct parser *p, struct sql_alter *a)
{
	if (take_any(p, NO_COLUMN))
		return skip_action(p, a);
	take(p, "column");
	if (!at_op(p, "("))
		return add_column(p, a);
	do {
		next(p);
		if (take_any(p, NO_COLUMN) ? skip_action(p, a) < 0 : add_column(p, a) < 0)
			return -1;
	} while (at_op(p, ","));
	if (!at_op(p, ")"))
		return -1;
	next(p);
	return 0;
}

static int parse_drop(struct parser *p, struct sql_alter *a)
{
	if (take_any(p, NO_COLUMN))
		return skip_action(p, a);
	take(p, "column");
	take_exists(p);
	add(a, ALTER_DROP)->name = take_name(p);
	take_any(p, "restrict cascade");
	return a->action[a->n - 1].name ? 0 : -1;
}

static int parse_rename(struct parser *p, struct sql_alter *a)
{
	struct alter_action *action;

	if (take_any(p, "index key"))
		return skip_action(p, a);
	if (!take(p, "column"))
		return -1; /* the table itself */
	take_exists(p);
	action = add(a, ALTER_RENAME);
	action->name = take_name(p);
	if (!action->name || !take(p, "to"))
		return -1;
	action->new_name = take_name(p);
	return action->new_name ? 0 : -1;
}

/* CHANGE a b …, MODIFY a … */
static int parse_change(struct parser *p, struct sql_alter *a, bool renames)
{
	struct alter_action *action = add(a, ALTER_CHANGE);

	take(p, "column");
	take_exists(p);
	action->name = take_name(p);
	if (!action->name)
		return -1;
	action->def.name = renames ? take_name(p) : xstrdup(action->name);
	return action->def.name ? take_definition(p, action) : -1;
}

static int parse_action(struct parser *p, struct sql_alter *a)
{
	if (take(p, "add"))
		return parse_add(p, a);
	if (take(p, "drop"))
		return parse_drop(p, a);
	if (take(p, "rename"))
		return parse_rename(p, a);
	if (take(p, "change"))
		return parse_change(p, a, true);
	if (take(p, "modify"))
		return parse_change(p, a, false);
	if (at_word(p, "convert") || at_word(p, "exchange") || at_word(p, "truncate") ||
	    at_word(p, "import") || at_word(p, "discard"))
		return -1; /* rows may hold something else afterwards */
	return p->l.kind == TOKEN_WORD ? skip_action(p, a) : -1;
}

static int parse_table(struct parser *p, struct sql_alter *a)
{
	take_exists(p);
	a->table = take_name(p);
	if (a->table && at_op(p, ".")) {
		next(p);
		a->schema = a->table;
		a->table = take_name(p);
	}
	if (!a->table)
		return -1;
	if (take(p, "wait"))
		next(p);
	else
		take(p, "nowait");
	do {
		if (at_op(p, ","))
			next(p);
		if (parse_action(p, a) < 0)
			return -1;
	} while (at_op(p, ","));
	return p->l.kind == TOKEN_END ? 0 : -1;
}

/* ---- Statements ---- */

static enum statement_kind parse_statement(struct parser *p, struct sql_alter *a)
{
	static const char others[] = "index unique fulltext spatial view trigger procedure function "
				     "event user role algorithm definer sql aggregate";

	if (take(p, "alter")) {
		while (take_any(p, "online offline ignore"))
			;
		if (take(p, "table"))
			return parse_table(p, a) == 0 ? STATEMENT_ALTER : STATEMENT_UNKNOWN;
		return take_any(p, others) ? STATEMENT_NO_ROWS : STATEMENT_UNKNOWN;
	}
	if (take(p, "create")) {
		if (take(p, "or"))
			take(p, "replace");
		if (take(p, "table"))
			return STATEMENT_CREATE_TABLE;
		return take_any(p, others) ? STATEMENT_NO_ROWS : STATEMENT_UNKNOWN;
	}
	if (take(p, "drop")) {
		if (take_any(p, "table tables"))
			return STATEMENT_DROP_TABLE;
		return take_any(p, others) ? STATEMENT_NO_ROWS : STATEMENT_UNKNOWN;
	}
	return take_any(p, "analyze optimize repair grant revoke") ? STATEMENT_NO_ROWS
								  : STATEMENT_UNKNOWN;
}

void sqlalter_parse(struct sql_alter *a, const char *sql)
{
	struct parser p = {.sql = without_comments(sql)};
	size_t n = strlen(p.sql);

	*a = (struct sql_alter){.kind = STATEMENT_UNKNOWN};
	while (n && (isspace((unsigned char)p.sql[n - 1]) || p.sql[n - 1] == ';'))
		p.sql[--n] = '\0';
	p.start = p.sql;
	lexer_open(&p.l, ENGINE_MYSQL, p.sql);
	while (isspace((unsigned char)*p.start))
		p.start++;
	a->kind = parse_statement(&p, a);
	lexer_close(&p.l);
	free(p.sql);
}

void sqlalter_free(struct sql_alter *a)
{
	for (size_t i = 0; i < a->n; i++) {
		struct alter_action *act = &a->action[i];

		free(act->name);
		free(act->new_name);
		free(act->raw);
		free(act->def.name);
		free(act->def.native);
		free(act->def.default_expr);
		for (char **l = act->def.type.labels; l && *l; l++)
			free(*l);
		free(act->def.type.labels);
	}
	free(a->action);
	free(a->schema);
	free(a->table);
}
