#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sqlalter_impl.h"

static bool at_word(struct parser *p, const char *word)
{
	return p->l.kind == TOKEN_WORD && !strcmp(buf_cstr(&p->l.text), word);
}

/* The end of what opens a comment that is a statement to the server, with the release that
 * wants it; NULL: none begins here. */
static const char *behind_version(const char *s)
{
	if (s[0] != '/' || s[1] != '*' || (s[2] != '!' && !(s[2] == 'M' && s[3] == '!')))
		return NULL;
	s += s[2] == '!' ? 3 : 4;
	return s + strspn(s, "0123456789");
}

/* Comments are space. */
static char *without_comments(const char *s)
{
	struct buf b = BUF_INIT;
	bool versioned = false;

	for (char quote = 0; *s; s++) {
		const char *inside = quote ? NULL : behind_version(s);

		if (quote) {
			if (*s == '\\' && quote != '`' && s[1])
				buf_addc(&b, *s++);
			else if (*s == quote)
				quote = 0;
		} else if (*s == '\'' || *s == '"' || *s == '`') {
			quote = *s;
		} else if (inside || (versioned && s[0] == '*' && s[1] == '/')) {
			versioned = inside != NULL;
			buf_addc(&b, ' ');
			s = inside ? inside - 1 : s + 1;
			continue;
		} else if (s[0] == '/' && s[1] == '*') {
			const char *end = strstr(s + 2, "*/");

			buf_addc(&b, ' ');
			s = end ? end + 1 : s + strlen(s) - 1;
			continue;
		} else if (*s == '#' ||
			   (s[0] == '-' && s[1] == '-' && isspace((unsigned char)s[2]))) {
			s += strcspn(s, "\n");
			if (!*s)
				break;
		}
		buf_addc(&b, *s);
	}
	return buf_detach(&b);
}

/* ---- Actions ---- */

static struct alter_action *add(struct sql_alter *a, enum alter_kind kind)
{
	a->action = xrealloc(a->action, (a->n + 1) * sizeof *a->action);
	a->action[a->n] = (struct alter_action){.kind = kind};
	return &a->action[a->n++];
}

void sqlalter_take_exists(struct parser *p)
{
	if (sqlalter_take(p, "if")) {
		sqlalter_take(p, "not");
		sqlalter_take(p, "exists");
	}
}

static int skip_action(struct parser *p, struct sql_alter *a)
{
	add(a, ALTER_REST);
	return sqlalter_skip_rest(p);
}

static int add_column(struct parser *p, struct sql_alter *a)
{
	struct alter_action *action = add(a, ALTER_ADD);

	sqlalter_take_exists(p);
	action->def.name = sqlalter_take_name(p);
	return action->def.name ? sqlalter_take_definition(p, action) : -1;
}

#define NO_COLUMN                                                                              \
	"index key unique primary fulltext spatial constraint foreign check partition period "  \
	"system"

static int parse_add(struct parser *p, struct sql_alter *a)
{
	if (sqlalter_take_any(p, NO_COLUMN))
		return skip_action(p, a);
	sqlalter_take(p, "column");
	if (!sqlalter_at_op(p, "("))
		return add_column(p, a);
	do {
		sqlalter_next(p);
		if (sqlalter_take_any(p, NO_COLUMN) ? skip_action(p, a) < 0 : add_column(p, a) < 0)
			return -1;
	} while (sqlalter_at_op(p, ","));
	if (!sqlalter_at_op(p, ")"))
		return -1;
	sqlalter_next(p);
	return 0;
}

static int parse_drop(struct parser *p, struct sql_alter *a)
{
	if (at_word(p, "partition"))
		return -1; /* its rows go */
	if (sqlalter_take_any(p, NO_COLUMN))
		return skip_action(p, a);
	sqlalter_take(p, "column");
	sqlalter_take_exists(p);
	add(a, ALTER_DROP)->name = sqlalter_take_name(p);
	sqlalter_take_any(p, "restrict cascade");
	return a->action[a->n - 1].name ? 0 : -1;
}

static int parse_rename(struct parser *p, struct sql_alter *a)
{
	struct alter_action *action;

	if (sqlalter_take_any(p, "index key"))
		return skip_action(p, a);
	if (!sqlalter_take(p, "column")) { /* the table itself */
		if (!sqlalter_take(p, "to"))
			sqlalter_take(p, "as");
		if (sqlalter_at_op(p, "="))
			sqlalter_next(p);
		return a->nnames == 1 ? sqlalter_take_table(p, a) : -1;
	}
	sqlalter_take_exists(p);
	action = add(a, ALTER_RENAME);
	action->name = sqlalter_take_name(p);
	if (!action->name || !sqlalter_take(p, "to"))
		return -1;
	action->new_name = sqlalter_take_name(p);
	return action->new_name ? 0 : -1;
}

/* CHANGE a b …, MODIFY a … */
static int parse_change(struct parser *p, struct sql_alter *a, bool renames)
{
	struct alter_action *action = add(a, ALTER_CHANGE);

	sqlalter_take(p, "column");
	sqlalter_take_exists(p);
	action->name = sqlalter_take_name(p);
	if (!action->name)
		return -1;
	action->def.name = renames ? sqlalter_take_name(p) : xstrdup(action->name);
	return action->def.name ? sqlalter_take_definition(p, action) : -1;
}

static int parse_action(struct parser *p, struct sql_alter *a)
{
	if (sqlalter_take(p, "add"))
		return parse_add(p, a);
	if (sqlalter_take(p, "drop"))
		return parse_drop(p, a);
	if (sqlalter_take(p, "rename"))
		return parse_rename(p, a);
	if (sqlalter_take(p, "change"))
		return parse_change(p, a, true);
	if (sqlalter_take(p, "modify"))
		return parse_change(p, a, false);
	if (at_word(p, "convert") || at_word(p, "exchange") || at_word(p, "truncate") ||
	    at_word(p, "import") || at_word(p, "discard"))
		return -1; /* rows may hold something else afterwards */
	return p->l.kind == TOKEN_WORD ? skip_action(p, a) : -1;
}

int sqlalter_take_table(struct parser *p, struct sql_alter *a)
{
	struct sql_name n = {NULL, sqlalter_take_name(p)};

	if (n.table && sqlalter_at_op(p, ".")) {
		sqlalter_next(p);
		n.schema = n.table;
		n.table = sqlalter_take_name(p);
	}
	if (!n.table) {
		free(n.schema);
		return -1;
	}
	a->name = xrealloc(a->name, (a->nnames + 1) * sizeof *a->name);
	a->name[a->nnames++] = n;
	return 0;
}

void sqlalter_take_wait(struct parser *p)
{
	if (sqlalter_take(p, "wait"))
		sqlalter_next(p);
	else
		sqlalter_take(p, "nowait");
}

static int parse_table(struct parser *p, struct sql_alter *a)
{
	sqlalter_take_exists(p);
	if (sqlalter_take_table(p, a) < 0)
		return -1;
	sqlalter_take_wait(p);
	do {
		if (sqlalter_at_op(p, ","))
			sqlalter_next(p);
		if (parse_action(p, a) < 0)
			return -1;
	} while (sqlalter_at_op(p, ","));
	return p->l.kind == TOKEN_END ? 0 : -1;
}

/* ---- Statements ---- */

static enum statement_kind parse_create(struct parser *p, struct sql_alter *a)
{
	if (!sqlalter_take(p, "table"))
		return STATEMENT_UNKNOWN;
	sqlalter_take_exists(p);
	if (sqlalter_take_table(p, a) < 0 || sqlcreate_parse(p, a) < 0)
		return STATEMENT_UNKNOWN;
	return STATEMENT_CREATE_TABLE;
}

static enum statement_kind parse_drop_tables(struct parser *p, struct sql_alter *a)
{
	sqlalter_take_exists(p);
	do {
		if (sqlalter_at_op(p, ","))
			sqlalter_next(p);
		if (sqlalter_take_table(p, a) < 0)
			return STATEMENT_UNKNOWN;
	} while (sqlalter_at_op(p, ","));
	sqlalter_take_wait(p);
	sqlalter_take_any(p, "restrict cascade");
	return p->l.kind == TOKEN_END ? STATEMENT_DROP_TABLE : STATEMENT_UNKNOWN;
}

static enum statement_kind parse_rename_tables(struct parser *p, struct sql_alter *a)
{
	if (!sqlalter_take_any(p, "table tables"))
		return sqlalter_take(p, "user") ? STATEMENT_NO_ROWS : STATEMENT_UNKNOWN;
	sqlalter_take_exists(p);
	do {
		if (sqlalter_at_op(p, ","))
			sqlalter_next(p);
		if (sqlalter_take_table(p, a) < 0)
			return STATEMENT_UNKNOWN;
		sqlalter_take_wait(p);
		if (!sqlalter_take(p, "to") || sqlalter_take_table(p, a) < 0)
			return STATEMENT_UNKNOWN;
	} while (sqlalter_at_op(p, ","));
	return p->l.kind == TOKEN_END ? STATEMENT_RENAME_TABLE : STATEMENT_UNKNOWN;
}

static enum statement_kind parse_statement(struct parser *p, struct sql_alter *a)
{
	static const char others[] = "index unique fulltext spatial view trigger procedure "
				     "function event user role algorithm definer sql aggregate "
				     "temporary sequence";

	if (sqlalter_take(p, "alter")) {
		/* IGNORE, which drops rows that are in the way of a key, is not understood. */
		while (sqlalter_take_any(p, "online offline"))
			;
		if (sqlalter_take(p, "table"))
			return parse_table(p, a) == 0 ? STATEMENT_ALTER : STATEMENT_UNKNOWN;
		return sqlalter_take_any(p, others) ? STATEMENT_NO_ROWS : STATEMENT_UNKNOWN;
	}
	if (sqlalter_take(p, "create")) {
		if (sqlalter_take(p, "or"))
			a->or_replace = sqlalter_take(p, "replace");
		return sqlalter_take_any(p, others) ? STATEMENT_NO_ROWS : parse_create(p, a);
	}
	if (sqlalter_take(p, "drop")) {
		if (sqlalter_take_any(p, "table tables"))
			return parse_drop_tables(p, a);
		return sqlalter_take_any(p, others) ? STATEMENT_NO_ROWS : STATEMENT_UNKNOWN;
	}
	if (sqlalter_take(p, "rename"))
		return parse_rename_tables(p, a);
	return sqlalter_take_any(p, "analyze optimize repair grant revoke") ? STATEMENT_NO_ROWS
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

void sqlalter_free_action(struct alter_action *act)
{
	free(act->name);
	free(act->new_name);
	free(act->raw);
	free(act->def.name);
	free(act->def.native);
	free(act->def.default_expr);
	free(act->def.generation_expr);
	for (char **l = act->def.type.labels; l && *l; l++)
		free(*l);
	free(act->def.type.labels);
}

void sqlalter_free(struct sql_alter *a)
{
	for (size_t i = 0; i < a->n; i++)
		sqlalter_free_action(&a->action[i]);
	for (size_t i = 0; i < a->nnames; i++) {
		free(a->name[i].schema);
		free(a->name[i].table);
	}
	free(a->action);
	free(a->name);
	free(a->body);
	table_free(a->table);
}
