/* CREATE TABLE: what a table of MySQL is to be, for a target of another engine. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sqlalter_impl.h"

static struct column *add_column(struct table *t)
{
	t->col = xrealloc(t->col, (t->ncols + 1) * sizeof *t->col);
	t->col[t->ncols] = (struct column){0};
	return &t->col[t->ncols++];
}

/* The primary key is the first one. */
static struct key *add_key(struct table *t, bool primary, bool unique)
{
	struct key *k;

	t->key = xrealloc(t->key, (t->nkeys + 1) * sizeof *t->key);
	k = &t->key[t->nkeys++];
	if (primary) {
		memmove(t->key + 1, t->key, (t->nkeys - 1) * sizeof *t->key);
		k = t->key;
	}
	*k = (struct key){.primary = primary, .unique = unique, .method = xstrdup("btree"),
			  .constraint = primary || unique};
	return k;
}

static struct key_part *add_part(struct key *k)
{
	k->part = xrealloc(k->part, (k->nparts + 1) * sizeof *k->part);
	k->part[k->nparts] = (struct key_part){0};
	return &k->part[k->nparts++];
}

/* ---- Keys ---- */

/* (name[(length)] [ASC|DESC], …). Expressions are not understood. */
static int take_parts(struct parser *p, struct key *k)
{
	do {
		struct key_part *part = add_part(k);

		sqlalter_next(p); /* the bracket or comma */
		part->column = sqlalter_take_name(p);
		if (!part->column)
			return -1;
		if (sqlalter_at_op(p, "(")) {
			sqlalter_next(p);
			part->prefix = (unsigned)strtoul(buf_cstr(&p->l.text), NULL, 10);
			if (p->l.kind != TOKEN_NUMBER)
				return -1;
			sqlalter_next(p);
			if (!sqlalter_at_op(p, ")"))
				return -1;
			sqlalter_next(p);
		}
		part->desc = sqlalter_take(p, "desc");
		sqlalter_take(p, "asc");
	} while (sqlalter_at_op(p, ","));
	if (!sqlalter_at_op(p, ")"))
		return -1;
	sqlalter_next(p);
	return 0;
}

/* [name] [USING BTREE] (parts) options */
static int take_key(struct parser *p, struct table *t, bool primary, bool unique)
{
	struct key *k = add_key(t, primary, unique);

	if (!sqlalter_at_op(p, "(") && !sqlalter_take(p, "using"))
		k->name = sqlalter_take_name(p);
	while (sqlalter_take_any(p, "using btree hash"))
		;
	if (!sqlalter_at_op(p, "(") || take_parts(p, k) < 0)
		return -1;
	if (!k->name || primary) {
		free(k->name);
		k->name = xstrdup(primary ? "PRIMARY" : k->part[0].column);
	}
	return sqlalter_skip_rest(p);
}

static bool at_constraint(struct parser *p)
{
	static const char *const words[] = {"constraint", "primary", "unique", "key", "index",
					    "foreign", "check", "fulltext", "spatial"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (p->l.kind == TOKEN_WORD && !strcmp(buf_cstr(&p->l.text), words[i]))
			return true;
	return false;
}

static int take_constraint(struct parser *p, struct sql_alter *a)
{
	char *name = NULL;

	if (sqlalter_take(p, "constraint") && !at_constraint(p))
		name = sqlalter_take_name(p);
	free(name);
	if (sqlalter_take(p, "primary"))
		return sqlalter_take(p, "key") ? take_key(p, a->table, true, true) : -1;
	if (sqlalter_take(p, "unique")) {
		sqlalter_take_any(p, "key index");
		return take_key(p, a->table, false, true);
	}
	if (sqlalter_take_any(p, "key index"))
		return take_key(p, a->table, false, false);
	if (!sqlalter_take_any(p, "foreign check fulltext spatial"))
		return -1;
	a->left_out = true;
	return sqlalter_skip_rest(p);
}

/* ---- Columns ---- */

static int take_column(struct parser *p, struct sql_alter *a)
{
	struct alter_action def = {.kind = ALTER_ADD};
	struct column *c;

	def.def.name = sqlalter_take_name(p);
	if (!def.def.name || sqlalter_take_definition(p, &def) < 0 ||
	    def.def.type.lt == LT_OTHER) {
		sqlalter_free_action(&def);
		return -1;
	}
	c = add_column(a->table);
	*c = def.def;
	c->type.name = xstrdup(def.def.type.name ? def.def.type.name : "");
	def.def = (struct column){0};
	a->left_out |= def.check;
	if (def.primary || def.unique) {
		struct key *k = add_key(a->table, def.primary, true);

		k->name = xstrdup(def.primary ? "PRIMARY" : c->name);
		add_part(k)->column = xstrdup(c->name);
	}
	sqlalter_free_action(&def);
	return 0;
}

/* The columns of keys are there; those of the primary key are never null. */
static int check_keys(const struct table *t)
{
	for (size_t i = 0; i < t->nkeys; i++)
		for (size_t n = 0; n < t->key[i].nparts; n++) {
			const char *name = t->key[i].part[n].column;
			struct column *c = NULL;

			for (size_t k = 0; k < t->ncols && !c; k++)
				if (!strcasecmp(t->col[k].name, name))
					c = &t->col[k];
			if (!c)
				return -1;
			if (strcmp(c->name, name) != 0) {
				free(t->key[i].part[n].column);
				t->key[i].part[n].column = xstrdup(c->name);
			}
			c->not_null |= t->key[i].primary;
		}
	return t->nkeys > 1 && t->key[1].primary ? -1 : 0;
}

static int take_list(struct parser *p, struct sql_alter *a)
{
	do {
		sqlalter_next(p); /* the bracket or comma */
		if (at_constraint(p) ? take_constraint(p, a) < 0 : take_column(p, a) < 0)
			return -1;
	} while (sqlalter_at_op(p, ","));
	if (!sqlalter_at_op(p, ")"))
		return -1;
	sqlalter_next(p);
	return check_keys(a->table);
}

/* ---- The whole ---- */

/* [(] LIKE table [)] */
static int take_like(struct parser *p, struct sql_alter *a)
{
	bool bracket = sqlalter_at_op(p, "(");

	if (bracket)
		sqlalter_next(p);
	if (!sqlalter_take(p, "like") || sqlalter_take_table(p, a) < 0)
		return -1;
	if (bracket && sqlalter_at_op(p, ")"))
		sqlalter_next(p);
	return p->l.kind == TOKEN_END ? 0 : -1;
}

/* Behind the columns; the end of what a server is to be told (MySQL logs CREATE TABLE … SELECT
 * with START TRANSACTION at the end, and tells of the rows by themselves). -1: a query, whose
 * rows are not known. */
static int take_options(struct parser *p, struct sql_alter *a, const char **end)
{
	while (p->l.kind != TOKEN_END) {
		*end = p->start;
		if (sqlalter_take(p, "start"))
			return sqlalter_take(p, "transaction") && p->l.kind == TOKEN_END ? 0 : -1;
		if (p->l.kind == TOKEN_BAD ||
		    sqlalter_take_any(p, "select as ignore replace with values"))
			return -1;
		if (sqlalter_take(p, "partition"))
			a->left_out = true;
		else if (sqlalter_at_op(p, "(") ? sqlalter_skip_brackets(p) < 0
						: (sqlalter_next(p), false))
			return -1;
	}
	*end = NULL;
	return 0;
}

static bool is_like(const char *s)
{
	for (s += *s == '('; isspace((unsigned char)*s);)
		s++;
	return !strncasecmp(s, "like", 4) && (isspace((unsigned char)s[4]) || s[4] == '`');
}

int sqlcreate_parse(struct parser *p, struct sql_alter *a)
{
	const char *begin = p->start, *end;
	struct parser list;

	if (is_like(begin))
		return take_like(p, a);
	if (!sqlalter_at_op(p, "("))
		return -1;
	/* The list once for its end, and once for what it says. */
	lexer_open(&list.l, ENGINE_MYSQL, begin);
	list.start = list.sql = (char *)begin;
	if (sqlalter_skip_brackets(p) < 0) {
		lexer_close(&list.l);
		return -1;
	}
	a->table = xcalloc(1, sizeof *a->table);
	a->table->engine = ENGINE_MYSQL;
	if (take_list(&list, a) < 0 || list.start != p->start) {
		table_free(a->table);
		a->table = NULL;
	}
	lexer_close(&list.l);
	if (take_options(p, a, &end) < 0)
		return -1;
	a->body = end ? xstrndup(begin, (size_t)(end - begin)) : xstrdup(begin);
	return 0;
}
