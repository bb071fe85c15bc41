/* Tokens of ALTER TABLE, and columns as it defines them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sqlalter_impl.h"

void sqlalter_next(struct parser *p)
{
	p->start = p->l.at;
	while (isspace((unsigned char)*p->start))
		p->start++;
	lexer_next(&p->l);
}

bool sqlalter_at_op(struct parser *p, const char *op)
{
	return p->l.kind == TOKEN_OP && !strcmp(buf_cstr(&p->l.text), op);
}

bool sqlalter_take(struct parser *p, const char *word)
{
	if (p->l.kind != TOKEN_WORD || strcmp(buf_cstr(&p->l.text), word) != 0)
		return false;
	sqlalter_next(p);
	return true;
}

bool sqlalter_take_any(struct parser *p, const char *words)
{
	const char *text = buf_cstr(&p->l.text);
	size_t n = p->l.text.n;

	if (p->l.kind != TOKEN_WORD)
		return false;
	for (const char *w = words; *w; w += *w == ' ') {
		size_t len = strcspn(w, " ");

		if (len == n && !memcmp(w, text, n)) {
			sqlalter_next(p);
			return true;
		}
		w += len;
	}
	return false;
}

char *sqlalter_take_name(struct parser *p)
{
	char *name;

	if (p->l.kind == TOKEN_WORD)
		name = xstrndup(p->start, p->l.text.n);
	else if (p->l.kind == TOKEN_IDENT && p->l.text.n)
		name = xstrndup(buf_cstr(&p->l.text), p->l.text.n);
	else
		return NULL;
	sqlalter_next(p);
	return name;
}

/* ---- Definitions ---- */

bool sqlalter_at_end(struct parser *p)
{
	return p->l.kind == TOKEN_END || sqlalter_at_op(p, ",") || sqlalter_at_op(p, ")");
}

int sqlalter_skip_brackets(struct parser *p)
{
	int depth = 0;

	do {
		depth += sqlalter_at_op(p, "(") - sqlalter_at_op(p, ")");
		if (p->l.kind == TOKEN_END || depth < 0)
			return -1;
		sqlalter_next(p);
	} while (depth);
	return 0;
}

int sqlalter_skip_rest(struct parser *p)
{
	while (!sqlalter_at_end(p)) {
		if (p->l.kind == TOKEN_BAD)
			return -1;
		if (!sqlalter_at_op(p, "("))
			sqlalter_next(p);
		else if (sqlalter_skip_brackets(p) < 0)
			return -1;
	}
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
	sqlalter_next(p);
	sqlalter_take_any(p, "precision varying");
	if (sqlalter_at_op(p, "(") && sqlalter_skip_brackets(p) < 0)
		return -1;
	while (sqlalter_take_any(p, "unsigned signed zerofill"))
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

	while (sqlalter_at_op(p, "-") || sqlalter_at_op(p, "+"))
		sqlalter_next(p);
	if (sqlalter_at_op(p, "(")) {
		if (sqlalter_skip_brackets(p) < 0)
			return -1;
	} else {
		if (p->l.kind == TOKEN_END || p->l.kind == TOKEN_BAD || p->l.kind == TOKEN_OP)
			return -1;
		sqlalter_next(p);
		if (sqlalter_at_op(p, "(") && sqlalter_skip_brackets(p) < 0)
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

static int take_on_update(struct parser *p)
{
	struct column ignored = {0};
	int status = sqlalter_take(p, "update") ? take_default(p, &ignored) : -1;

	free(ignored.default_expr);
	return status < 0 ? -1 : 1;
}

/* [GENERATED ALWAYS] AS (expression) [VIRTUAL|STORED|PERSISTENT] */
static int take_generated(struct parser *p, struct column *c)
{
	const char *begin, *end;

	if (sqlalter_take(p, "generated") && !sqlalter_take(p, "always"))
		return -1;
	if (!sqlalter_take(p, "as") || !sqlalter_at_op(p, "("))
		return -1;
	begin = p->start + 1;
	if (sqlalter_skip_brackets(p) < 0)
		return -1;
	end = p->l.kind == TOKEN_END ? begin + strlen(begin) : p->start;
	while (end > begin && end[-1] != ')')
		end--;
	free(c->generation_expr);
	c->generation_expr = xstrndup(begin, (size_t)(end - begin - 1));
	c->generated = sqlalter_take_any(p, "stored persistent") ? GEN_STORED : GEN_VIRTUAL;
	sqlalter_take(p, "virtual");
	return 1;
}

static int take_key(struct parser *p, struct alter_action *a)
{
	if (sqlalter_take(p, "unique"))
		a->unique = true;
	else if (sqlalter_take(p, "primary"))
		a->primary = true;
	else
		return 0;
	sqlalter_take(p, "key");
	return 1;
}

/* The bytes of a charset `binary` are no text. */
static int take_charset(struct parser *p)
{
	char *name = sqlalter_take_name(p);
	int status = name && strcasecmp(name, "binary") != 0 ? 1 : -1;

	free(name);
	return status;
}

/* One attribute behind the type; 0: it is none that is known. */
static int take_attribute(struct parser *p, struct alter_action *a)
{
	struct column *c = &a->def;

	if (sqlalter_take(p, "not")) {
		c->not_null = true;
		return sqlalter_take(p, "null") ? 1 : -1;
	}
	if (sqlalter_take(p, "default"))
		return take_default(p, c) < 0 ? -1 : 1;
	if (sqlalter_take(p, "auto_increment")) {
		c->identity = IDENTITY_AUTO_INCREMENT;
		return 1;
	}
	if (sqlalter_take(p, "comment")) {
		sqlalter_next(p);
		return 1;
	}
	if (sqlalter_take(p, "character"))
		return sqlalter_take(p, "set") ? take_charset(p) : -1;
	if (sqlalter_take_any(p, "charset collate"))
		return take_charset(p);
	if (sqlalter_take(p, "on"))
		return take_on_update(p);
	if (sqlalter_take(p, "check")) {
		a->check = true;
		return sqlalter_skip_brackets(p) < 0 ? -1 : 1;
	}
	if (p->l.kind == TOKEN_WORD && (!strcmp(buf_cstr(&p->l.text), "generated") ||
					!strcmp(buf_cstr(&p->l.text), "as")))
		return take_generated(p, c);
	if (sqlalter_take(p, "key")) {
		a->primary = true;
		return 1;
	}
	return take_key(p, a) || sqlalter_take_any(p, "null binary ascii unicode visible invisible");
}

int sqlalter_take_definition(struct parser *p, struct alter_action *a)
{
	const char *begin = p->start, *end;
	int status;

	if (take_type(p, &a->def) < 0)
		return -1;
	while ((status = take_attribute(p, a)) > 0)
		;
	if (status < 0)
		return -1;
	end = p->l.kind == TOKEN_END ? begin + strlen(begin) : p->start;
	a->raw = xstrndup(begin, (size_t)(end - begin));
	if (sqlalter_take(p, "after"))
		free(sqlalter_take_name(p));
	else
		sqlalter_take(p, "first");
	return sqlalter_at_end(p) ? 0 : -1;
}
