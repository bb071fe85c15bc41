#include "cast_rules.h"

#include <stdlib.h>
#include <string.h>

#include "cast_ops.h"
#include "names.h"
#include "value.h"

static const struct cast_op *const ops[] = {
	&cast_boolean, &cast_integer, &cast_scale, &cast_zero_date, &cast_tz,
	&cast_to_tz, &cast_truncate, &cast_nul, &cast_encoding, &cast_trim,
	&cast_null, &cast_default, &cast_uuid, &cast_bytes, &cast_array,
	&cast_set, &cast_mask,
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char arrow[] = "\xe2\x86\x92"; /* U+2192 */

void rule_add_list(struct buf *b)
{
	for (size_t i = 0; i < COUNT(ops); i++)
		buf_addf(b, "%s%s%s", i ? ", " : "", ops[i]->name, ops[i]->arg);
}

/* ---- What the ops' parse functions share ---- */

int cast_parse_nothing(struct rule *r, const char *arg, struct err *e)
{
	(void)r;
	(void)e;
	return arg ? -1 : 0;
}

int cast_parse_word(struct rule *r, const char *arg, const char *const *words)
{
	for (int i = 0; arg && words[i]; i++)
		if (!strcmp(words[i], arg)) {
			r->choice = i;
			return 0;
		}
	return -1;
}

int cast_parse_number(struct rule *r, const char *arg, uint64_t max)
{
	if (!arg || value_uint(arg, strlen(arg), &r->number) != VALUE_OK || r->number > max)
		return -1;
	return 0;
}

/* ---- One rule ---- */

/* The first of `=`, `->` and `→` in the text, or its end. */
static const char *separator(const char *text)
{
	const char *at = text + strcspn(text, "=");
	const char *ascii = strstr(text, "->"), *wide = strstr(text, arrow);

	if (ascii && ascii < at)
		at = ascii;
	return wide && wide < at ? wide : at;
}

/* Takes a column's name up to a separator. NULL if there is none. */
static char *take_column(const char **at)
{
	const char *from = *at;

	if (*from == '"' || *from == '`')
		return names_next(at, "=-\xe2");
	*at = separator(from);
	return *at > from ? xstrndup(from, (size_t)(*at - from)) : NULL;
}

static int unclear(const char *text, struct err *e)
{
	err_set(e, EXIT_BAD, "'%s' is not a rule", text);
	return err_hint(e, "COLUMN=RULE, OLD->NEW, -COLUMN, or +COLUMN='TEXT'");
}

static const struct cast_op *find_op(const char *name, size_t n)
{
	for (size_t i = 0; i < COUNT(ops); i++)
		if (strlen(ops[i]->name) == n && !memcmp(ops[i]->name, name, n))
			return ops[i];
	return NULL;
}

static int parse_value_rule(struct rule *r, const char *text, struct err *e)
{
	size_t n = strcspn(text, ":");
	struct buf list = BUF_INIT;

	r->kind = RULE_VALUE;
	r->op = find_op(text, n);
	if (!r->op) {
		err_set(e, EXIT_BAD, "'%s': there is no rule '%.*s'", r->text, (int)n, text);
		rule_add_list(&list);
		err_hint(e, "the rules are %s", buf_cstr(&list));
		buf_free(&list);
		return -1;
	}
	if (!r->column && !r->op->every)
		return err_set(e, EXIT_BAD, "'%s': %s takes the name of a column, not *", r->text,
			       r->op->name);
	if (r->op->parse(r, text[n] ? text + n + 1 : NULL, e) == 0)
		return 0;
	if (r->op->free)
		r->op->free(r);
	if (e->msg)
		return err_prefix(e, "'%s'", r->text);
	if (!r->op->arg[0])
		return err_set(e, EXIT_BAD, "'%s': %s takes nothing behind it", r->text,
			       r->op->name);
	return err_set(e, EXIT_BAD, "'%s': wanted is %s%s", r->text, r->op->name, r->op->arg);
}

/* 'text', with doubled quotes inside. */
static int parse_quoted(struct rule *r, const char *text)
{
	struct buf b = BUF_INIT;
	const char *p = text + 1;

	for (; *p && (*p != '\'' || p[1] == '\''); p++) {
		buf_addc(&b, *p);
		p += *p == '\'';
	}
	r->to = buf_detach(&b);
	return p[0] == '\'' && !p[1] ? 0 : -1;
}

/* The constant of a new column: 'text', NULL, a number, true or false. */
static int parse_constant(struct rule *r, const char *text, struct err *e)
{
	struct decimal d;

	r->json = JSON_STRING;
	if (*text == '\'' && parse_quoted(r, text) == 0)
		return 0;
	if (!strcmp(text, "NULL") || !strcmp(text, "null"))
		return 0;
	if (!strcmp(text, "true") || !strcmp(text, "false")) {
		r->json = JSON_BOOL;
		r->to = xstrdup(*text == 't' ? "t" : "f");
		return 0;
	}
	if (value_decimal(text, strlen(text), &d) == VALUE_OK) {
		r->json = JSON_NUMBER;
		r->to = xstrdup(text);
		return 0;
	}
	err_set(e, EXIT_BAD, "'%s': the new column's value is none", r->text);
	return err_hint(e, "'TEXT' in quotes, a number, true, false or NULL");
}

static int parse_rename(struct rule *r, const char *text, struct err *e)
{
	const char *at = text;

	r->kind = RULE_RENAME;
	if (*text == '"' || *text == '`')
		r->to = names_next(&at, "");
	else if (!strpbrk(text, "=\"`"))
		r->to = xstrdup(text);
	return r->to && *r->to ? 0 : unclear(r->text, e);
}

static int parse_rule(struct rule *r, const char *text, struct err *e)
{
	const char *at = text;

	if (!strncmp(at, "->", 2))
		return unclear(text, e);
	if (*at == '-' || *at == '+') {
		at++;
		r->kind = *text == '-' ? RULE_DROP : RULE_ADD;
		r->column = take_column(&at);
		if (r->column && r->kind == RULE_DROP && !*at)
			return 0;
		if (r->column && r->kind == RULE_ADD && *at == '=')
			return parse_constant(r, at + 1, e);
		return unclear(text, e);
	}
	if (!strncmp(at, "*=", 2))
		return parse_value_rule(r, at + 2, e);
	r->column = take_column(&at);
	if (r->column && *at == '=')
		return parse_value_rule(r, at + 1, e);
	if (r->column && !strncmp(at, "->", 2))
		return parse_rename(r, at + 2, e);
	if (r->column && !strncmp(at, arrow, strlen(arrow)))
		return parse_rename(r, at + strlen(arrow), e);
	return unclear(text, e);
}

int rule_parse(struct rule *r, const char *text, struct err *e)
{
	*r = (struct rule){.text = text};
	if (parse_rule(r, text, e) == 0)
		return 0;
	r->op = NULL;
	rule_free(r);
	return -1;
}

void rule_free(struct rule *r)
{
	if (r->op && r->op->free)
		r->op->free(r);
	free(r->column);
	free(r->to);
	r->op = NULL;
	r->column = r->to = NULL;
}
