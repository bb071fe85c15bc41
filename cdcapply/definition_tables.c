/* Tables that come and go: CREATE, DROP TABLE; with RENAME, what all such statements share. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ddl.h"
#include "definition_impl.h"
#include "mapping.h"

static struct field field(const char *s)
{
	return (struct field){s, s ? strlen(s) : 0};
}

static bool same(struct field a, struct field b)
{
	return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

/* The database that has the table: the default one, if no other is said. */
static struct field db_of(const struct change *c, const struct sql_name *n)
{
	return n->schema ? field(n->schema) : c->db;
}

void definition_fold_names(const struct change *c, struct sql_alter *a)
{
	bool exact = false, other_case = false;

	for (size_t i = 0; i < a->nnames; i++) {
		size_t n = strlen(a->name[i].table);

		if (n != c->table.n || strncasecmp(a->name[i].table, c->table.p, n) != 0)
			continue;
		other_case = true;
		exact = exact || !memcmp(a->name[i].table, c->table.p, n);
	}
	for (size_t i = 0; other_case && !exact && i < a->nnames; i++) {
		for (char *s = a->name[i].table; *s; s++)
			*s |= *s >= 'A' && *s <= 'Z' ? 32 : 0;
		for (char *s = a->name[i].schema; s && *s; s++)
			*s |= *s >= 'A' && *s <= 'Z' ? 32 : 0;
	}
}

/* ---- Where tables are ---- */

/* Whether the source said that the stream has this one of its tables. */
static bool is_told(const struct change *c, struct field db, struct field table)
{
	for (size_t i = 0; i < c->ntables; i++)
		if (same(c->tables[i].table, table) && same(c->tables[i].db, db))
			return true;
	return !c->ntables;
}

/* 0, or -1 with *e set: the target failed. */
static int find_spot(struct sink *s, const struct change *c, const struct sql_name *n,
		     struct spot *p, struct err *e)
{
	struct field db = db_of(c, n), table = field(n->table);

	*p = (struct spot){.source = n->table};
	p->followed = mapping_place(&s->tables, &db, &c->schema, &table, &p->schema, &p->name) &&
		      is_told(c, db, table) && !table_is_own(n->table);
	if (!p->followed)
		return 0;
	p->def = mapping_find(&s->tables, &db, &c->schema, &table, e);
	if (p->def) {
		free(p->schema);
		free(p->name);
		p->schema = p->def->schema ? xstrdup(p->def->schema) : NULL;
		p->name = xstrdup(p->def->name);
	} else if (!e->msg) {
		p->followed = false; /* --ignore-unmapped */
	} else if (e->status != EXIT_BAD) {
		return -1;
	}
	err_clear(e);
	return 0;
}

static void free_spot(struct spot *p)
{
	free(p->schema);
	free(p->name);
	table_free(p->def);
}

static void free_spots(struct spots *all)
{
	for (size_t i = 0; i < all->n; i++)
		free_spot(&all->v[i]);
	free(all->v);
	free(all->of);
}

/* The spot of a name, which may come several times. */
static int add_spot(struct sink *s, const struct change *c, const struct sql_alter *a, size_t i,
		    struct spots *all, struct err *e)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(a->name[k].table, a->name[i].table) &&
		    same(db_of(c, &a->name[k]), db_of(c, &a->name[i]))) {
			all->of[i] = all->of[k];
			return 0;
		}
	all->of[i] = all->n++;
	return find_spot(s, c, &a->name[i], &all->v[all->of[i]], e);
}

static int find_spots(struct sink *s, const struct change *c, const struct sql_alter *a,
		      struct spots *all, struct err *e)
{
	*all = (struct spots){.v = xcalloc(a->nnames, sizeof *all->v),
			      .of = xcalloc(a->nnames, sizeof *all->of)};
	for (size_t i = 0; i < a->nnames; i++)
		if (add_spot(s, c, a, i, all, e) < 0)
			return -1;
	return 0;
}

void spot_add_place(struct sink *s, struct buf *sql, const char *schema, const char *name)
{
	if (schema) {
		db_add_ident(s->db, sql, schema);
		buf_addc(sql, '.');
	}
	db_add_ident(s->db, sql, name);
}

void spot_add(struct sink *s, struct buf *sql, const struct spot *p)
{
	spot_add_place(s, sql, p->schema, p->name);
}

/* ---- DROP ---- */

static void drop_table(struct sink *s, const struct spot *p, struct definition_do *d)
{
	struct buf *sql = definition_statement(d);

	buf_adds(sql, "DROP TABLE ");
	spot_add(s, sql, p);
}

static void drop_tables(struct sink *s, const struct spots *all, struct definition_do *d)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].followed && all->v[i].def)
			drop_table(s, &all->v[i], d);
}

/* ---- CREATE ---- */

static void print_warning(void *ctx, const char *text)
{
	(void)ctx;
	warn("warning: %s", text);
}

/* A schema that is called like the source's database takes its tables. */
static int find_schema(struct sink *s, const struct change *c, const struct sql_name *n,
		       struct spot *p, struct err *e)
{
	struct field db = db_of(c, n);
	struct buf sql = BUF_INIT;
	struct result r;
	int status;

	if (p->schema || !db.n || db_engine(s->db) == ENGINE_MYSQL)
		return 0;
	buf_adds(&sql, "SELECT schema_name FROM information_schema.schemata WHERE schema_name = ");
	db_add_literal(s->db, &sql, db.p, db.n);
	status = db_query(s->db, buf_cstr(&sql), &r, e);
	buf_free(&sql);
	if (status < 0)
		return -1;
	if (r.nrows)
		p->schema = result_copy(&r, 0, 0);
	result_free(&r);
	return 0;
}

/* Through the rules of schema(1). */
static int add_translated(struct sink *s, const struct spot *p, struct table *t,
			  struct definition_do *d, struct err *e)
{
	struct typemap map = {.from = ENGINE_MYSQL, .to = db_engine(s->db)};
	struct ddl_options options = {.warning = print_warning};
	struct buf *sql = definition_statement(d);
	struct ddl *ddl;

	/* A table without a schema is at home. */
	t->name = xstrdup(p->name);
	t->schema = xstrdup(p->schema ? p->schema : "-");
	options.home = p->schema ? NULL : t->schema;
	ddl = ddl_new(&options, &map, &t, 1, e);
	if (ddl) {
		ddl_pre_data(ddl, sql);
		ddl_keys(ddl, sql);
		ddl_free(ddl);
	}
	typemap_free(&map);
	return ddl ? 0 : -1;
}

/* PostgreSQL would let the copy take its values from the sequences of the other table. */
static void own_sequences(struct sink *s, const struct spot *p, const struct table *like,
			  struct definition_do *d)
{
	for (size_t i = 0; i < like->ncols; i++) {
		const char *column = like->col[i].name;
		struct buf sequence = BUF_INIT, *sql;
		char *name;

		if (like->col[i].identity != IDENTITY_SERIAL)
			continue;
		name = xasprintf("%s_%s_seq", p->name, column);
		spot_add_place(s, &sequence, p->schema, name);
		buf_addf(definition_statement(d), "CREATE SEQUENCE %s", buf_cstr(&sequence));
		sql = definition_statement(d);
		buf_adds(sql, "ALTER TABLE ");
		spot_add(s, sql, p);
		buf_adds(sql, " ALTER COLUMN ");
		db_add_ident(s->db, sql, column);
		buf_adds(sql, " SET DEFAULT nextval(");
		db_add_literal(s->db, sql, sequence.p, sequence.n);
		buf_adds(sql, ")");
		sql = definition_statement(d);
		buf_addf(sql, "ALTER SEQUENCE %s OWNED BY ", buf_cstr(&sequence));
		spot_add(s, sql, p);
		buf_addc(sql, '.');
		db_add_ident(s->db, sql, column);
		buf_free(&sequence);
		free(name);
	}
}

static int create_table(struct sink *s, const struct change *c, struct sql_alter *a,
			struct spots *all, struct definition_do *d, struct err *e)
{
	struct spot *p = &all->v[0], *like = a->nnames > 1 ? &all->v[all->of[1]] : NULL;
	bool postgres = db_engine(s->db) == ENGINE_POSTGRES;
	struct buf *sql;

	if (like && !like->def)
		return err_set(e, EXIT_GATE, "the target lacks %s", like->source);
	if (!like && postgres && !a->table)
		return err_set(e, EXIT_GATE, "the statement is not understood");
	if (p->def)
		drop_table(s, p, d);
	else if (find_schema(s, c, &a->name[0], p, e) < 0)
		return -1;
	if (a->left_out && postgres)
		warn("warning: %s: its foreign keys, checks, full-text and spatial indexes and "
		     "partitions are left out", p->name);
	if (!like && postgres)
		return add_translated(s, p, a->table, d, e);
	sql = definition_statement(d);
	buf_adds(sql, "CREATE TABLE ");
	spot_add(s, sql, p);
	if (!like) {
		buf_addf(sql, " %s", a->body);
		return 0;
	}
	buf_adds(sql, postgres ? " (LIKE " : " LIKE ");
	spot_add(s, sql, like);
	buf_adds(sql, postgres ? " INCLUDING ALL)" : "");
	if (postgres)
		own_sequences(s, p, like->def, d);
	return 0;
}

/* ---- The whole ---- */

/* Whether the target is as the statement leaves it. */
static bool is_done(const struct sql_alter *a, const struct spots *all)
{
	if (a->kind == STATEMENT_CREATE_TABLE)
		return all->v[0].def && !a->or_replace;
	if (a->kind == STATEMENT_RENAME_TABLE || a->kind == STATEMENT_ALTER)
		return rename_is_done(all);
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].followed && all->v[i].def)
			return false;
	return true;
}

static bool concerns_us(const struct sql_alter *a, const struct spots *all)
{
	if (a->kind == STATEMENT_CREATE_TABLE)
		return all->v[0].followed;
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].followed)
			return true;
	return false;
}

static int plan(struct sink *s, const struct change *c, struct sql_alter *a, struct spots *all,
		struct definition_do *d, struct err *e)
{
	if (s->options->on_ddl != DDL_APPLY)
		return 0;
	if (a->kind == STATEMENT_CREATE_TABLE)
		return create_table(s, c, a, all, d, e) < 0 ? -1 : 2;
	if (a->kind != STATEMENT_DROP_TABLE)
		return rename_plan(s, all, a->nnames, d, e) < 0 ? -1 : 2;
	drop_tables(s, all, d);
	return 2;
}

int definition_tables(struct sink *s, const struct change *c, struct sql_alter *a,
		      struct definition_do *d, struct err *e)
{
	struct spots all;
	bool renames = a->kind == STATEMENT_RENAME_TABLE || a->kind == STATEMENT_ALTER;
	int status = find_spots(s, c, a, &all, e);

	if (status == 0 && !concerns_us(a, &all))
		status = 1;
	else if (status == 0 && renames && rename_follow(s, &all, a->nnames, e) < 0)
		status = -1;
	else if (status == 0)
		status = is_done(a, &all) ? 1 : plan(s, c, a, &all, d, e);
	free_spots(&all);
	return status;
}
