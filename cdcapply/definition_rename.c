/* Tables that change their names, several at once, perhaps round. */
#include <stdlib.h>
#include <string.h>

#include "definition_impl.h"
#include "mapping.h"

/* Pairs that the stream has nothing to do with, or that are one name. */
static bool is_idle(const struct spots *all, size_t pair)
{
	return all->of[pair] == all->of[pair + 1] ||
	       (!all->v[all->of[pair]].followed && !all->v[all->of[pair + 1]].followed);
}

/* A table that leaves the stream goes where it would be. */
static int find_aside(struct sink *s, const struct spots *all, size_t pair, struct err *e)
{
	const struct spot *from = &all->v[all->of[pair]];
	struct spot *to = &all->v[all->of[pair + 1]];

	if (to->def)
		return 0;
	if (!to->schema && from->schema)
		to->schema = xstrdup(from->schema);
	if (to->followed)
		return 0;
	if (!to->name)
		to->name = xstrdup(to->source);
	to->def = mapping_read(&s->tables, to->schema, to->name, e);
	if (!to->def && e->status != EXIT_BAD)
		return -1;
	err_clear(e);
	return 0;
}

int rename_follow(struct sink *s, struct spots *all, size_t n, struct err *e)
{
	for (size_t i = 0; i < all->n; i++)
		all->v[i].content = i;
	for (size_t i = 0; i < n; i += 2) {
		struct spot *from = &all->v[all->of[i]], *to = &all->v[all->of[i + 1]];

		if (is_idle(all, i))
			continue;
		if (find_aside(s, all, i, e) < 0)
			return -1;
		from->origin = from->origin || from->content == all->of[i];
		to->content = from->content;
		from->content = NOTHING;
	}
	return 0;
}

/* Whether the names change round, so that the same ones are there before and after. */
static bool is_circle(const struct spots *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].origin && all->v[i].content == NOTHING)
			return false;
	return true;
}

bool rename_is_done(const struct spots *all)
{
	bool any = false;

	for (size_t i = 0; i < all->n; i++) {
		const struct spot *p = &all->v[i];

		if (p->content != NOTHING && p->content != i) {
			if (!p->def || !all->v[p->content].followed)
				return false;
			any = true;
		} else if (p->content == NOTHING && p->origin && p->def) {
			return false;
		}
	}
	return !any || !is_circle(all);
}

/* The rows of what gets a name of the stream must be known, and the name be free. */
static int check_pair(const struct spots *all, size_t pair, struct err *e)
{
	const struct spot *from = &all->v[all->of[pair]], *to = &all->v[all->of[pair + 1]];
	const struct spot *table = from->after == NOTHING ? NULL : &all->v[from->after];

	if (!table || !table->def || !table->followed)
		return err_set(e, EXIT_GATE, "the rows of %s, which becomes %s, are not %s",
			       table ? table->source : from->source, to->source,
			       table && !table->followed ? "followed" : "in the target");
	if (to->after != NOTHING && all->v[to->after].def)
		return err_set(e, EXIT_GATE, "the target has a table %s", to->name);
	return 0;
}

/* Names of indexes and sequences that PostgreSQL made of the table's, so that a table that gets
 * this name later can have them. */
static void rename_part(struct sink *s, const struct spot *from, const struct spot *to,
			const char *kind, const char *part, struct definition_do *d)
{
	size_t n = strlen(from->name);
	char *name;

	if (!part || strncmp(part, from->name, n) != 0 || part[n] != '_' ||
	    strlen(to->name) + strlen(part + n) > 63)
		return;
	name = xasprintf("%s%s", to->name, part + n);
	buf_addf(definition_statement(d), "ALTER %s IF EXISTS ", kind);
	spot_add_place(s, &d->sql[d->n - 1], to->schema, part);
	buf_adds(&d->sql[d->n - 1], " RENAME TO ");
	db_add_ident(s->db, &d->sql[d->n - 1], name);
	free(name);
}

static void rename_parts(struct sink *s, const struct spot *from, const struct spot *to,
			 struct definition_do *d)
{
	const struct table *t = from->def;
	char *schema, *name;
	struct err ignored = ERR_INIT;

	for (size_t i = 0; i < t->nkeys; i++)
		rename_part(s, from, to, "INDEX", t->key[i].name, d);
	for (size_t i = 0; i < t->ncols; i++) {
		if (!t->col[i].sequence ||
		    db_split_name(t->col[i].sequence, &schema, &name, &ignored) < 0)
			continue;
		rename_part(s, from, to, "SEQUENCE", name, d);
		free(schema);
		free(name);
	}
	err_clear(&ignored);
}

static void rename_in_postgres(struct sink *s, const struct spot *from, const struct spot *to,
			       struct definition_do *d)
{
	struct buf *sql;

	if (strcmp(from->name, to->name) != 0) {
		sql = definition_statement(d);
		buf_adds(sql, "ALTER TABLE ");
		spot_add(s, sql, from);
		buf_adds(sql, " RENAME TO ");
		db_add_ident(s->db, sql, to->name);
	}
	if (to->schema && from->schema && strcmp(from->schema, to->schema) != 0) {
		sql = definition_statement(d);
		buf_adds(sql, "ALTER TABLE ");
		spot_add_place(s, sql, from->schema, to->name);
		buf_adds(sql, " SET SCHEMA ");
		db_add_ident(s->db, sql, to->schema);
	}
}

/* In MySQL one statement renames all or none. */
static void add_rename(struct sink *s, const struct spots *all, size_t pair, bool circle,
		       struct definition_do *d)
{
	const struct spot *from = &all->v[all->of[pair]], *to = &all->v[all->of[pair + 1]];
	struct buf *sql;

	if (db_engine(s->db) == ENGINE_POSTGRES) {
		rename_in_postgres(s, from, to, d);
		if (!circle && from->after == all->of[pair])
			rename_parts(s, from, to, d);
		return;
	}
	sql = d->n ? &d->sql[d->n - 1] : NULL;
	if (sql && sql->n > 7 && !memcmp(sql->p, "RENAME ", 7)) {
		buf_adds(sql, ", ");
	} else {
		sql = definition_statement(d);
		buf_adds(sql, "RENAME TABLE ");
	}
	spot_add(s, sql, from);
	buf_adds(sql, " TO ");
	spot_add(s, sql, to);
}

int rename_plan(struct sink *s, struct spots *all, size_t n, struct definition_do *d,
		struct err *e)
{
	bool circle = is_circle(all);

	/* A crash behind it, before the checkpoint moves, could not be told from one before it. */
	if (circle && db_engine(s->db) == ENGINE_MYSQL)
		return err_set(e, EXIT_GATE, "tables change their names round");
	for (size_t i = 0; i < all->n; i++)
		all->v[i].after = i;
	for (size_t i = 0; i < n; i += 2) {
		struct spot *from = &all->v[all->of[i]], *to = &all->v[all->of[i + 1]];

		if (is_idle(all, i))
			continue;
		if (check_pair(all, i, e) < 0)
			return -1;
		add_rename(s, all, i, circle, d);
		to->after = from->after;
		from->after = NOTHING;
	}
	return 0;
}
