#include "mapping.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "value.h"

/* One --map, taken apart; NULL: not said; "*" as a table: all of the schema. */
struct map {
	char *schema, *name;       /* of the source */
	char *to_schema, *to_name; /* of the target */
};

static void map_free(struct map *m)
{
	free(m->schema);
	free(m->name);
	free(m->to_schema);
	free(m->to_name);
}

/* Reads [schema.]table up to one of the stops. */
static int take_name(const char **at, const char *stops, char **schema, char **name)
{
	char both[8] = ".";

	strcat(both, stops);
	*schema = NULL;
	*name = names_next(at, both);
	if (*name && **at == '.') {
		++*at;
		*schema = *name;
		*name = names_next(at, stops);
	}
	return *name ? 0 : -1;
}

static int map_parse(const char *text, struct map *m, struct err *e)
{
	const char *at = text;

	*m = (struct map){0};
	if (take_name(&at, "=", &m->schema, &m->name) == 0 && *at == '=') {
		at++;
		if (take_name(&at, "", &m->to_schema, &m->to_name) == 0 && !*at &&
		    !strcmp(m->name, "*") == !strcmp(m->to_name, "*"))
			return 0;
	}
	map_free(m);
	err_set(e, EXIT_BAD, "--map: '%s' is not SOURCE=TARGET", text);
	return err_hint(e, "[schema.]table=[schema.]table, or schema.*=schema.*");
}

int mapping_check(const struct options *o, struct err *e)
{
	for (int i = 0; i < o->map.n; i++) {
		struct map m;

		if (map_parse(o->map.v[i], &m, e) < 0)
			return -1;
		map_free(&m);
	}
	return 0;
}

static bool is(const char *s, struct field f)
{
	return strlen(s) == f.n && !memcmp(s, f.p, f.n);
}

/* The schema (PostgreSQL) or database (MySQL) that the event names. */
static struct field scope_of(struct field db, struct field schema)
{
	return schema.p ? schema : db;
}

/* Whether a --map speaks of the table: then *schema and *name (owned by the caller) are the
 * target's. Exact ones go before those of whole schemas. */
static bool mapped(const struct options *o, struct field scope, struct field table, char **schema,
		   char **name)
{
	bool found = false, exact = false;

	for (int i = 0; i < o->map.n && !exact; i++) {
		struct err ignored = ERR_INIT;
		struct map m;
		bool all;

		if (map_parse(o->map.v[i], &m, &ignored) < 0) {
			err_clear(&ignored); /* mapping_check() has seen it */
			continue;
		}
		all = !strcmp(m.name, "*");
		if ((m.schema && !(scope.p && is(m.schema, scope))) ||
		    (!all && !is(m.name, table)) || (all && found)) {
			map_free(&m);
			continue;
		}
		if (found) {
			free(*schema);
			free(*name);
		}
		found = true;
		exact = !all;
		*schema = m.to_schema ? xstrdup(m.to_schema) : NULL;
		*name = all ? xstrndup(table.p, table.n) : xstrdup(m.to_name);
		map_free(&m);
	}
	return found;
}

static bool wanted(const struct options *o, struct field scope, struct field table)
{
	bool is_wanted = !o->table.n;
	char *name = xstrndup(table.p, table.n);
	char *long_name = scope.p ? xasprintf("%.*s.%s", (int)scope.n, scope.p, name) : NULL;

	for (int i = 0; i < o->table.n && !is_wanted; i++)
		is_wanted = !fnmatch(o->table.v[i], name, 0) ||
			    (long_name && !fnmatch(o->table.v[i], long_name, 0));
	free(name);
	free(long_name);
	return is_wanted;
}

static void add_quoted(struct buf *b, const char *name)
{
	buf_addc(b, '"');
	for (; *name; name++) {
		if (*name == '"')
			buf_addc(b, '"');
		buf_addc(b, *name);
	}
	buf_addc(b, '"');
}

struct table *mapping_read(struct tables *t, const char *schema, const char *name,
			   struct err *e)
{
	struct buf b = BUF_INIT;
	struct table *def;

	if (schema) {
		add_quoted(&b, schema);
		buf_addc(&b, '.');
	}
	add_quoted(&b, name);
	def = db_table(t->db, buf_cstr(&b), true, e);
	buf_free(&b);
	return def;
}

/*
 * The same name, in the default schema. PostgreSQL's schemas other than public, and a
 * database of MySQL that became a schema, are looked for by name first; but a database of
 * MySQL is never looked for on a MySQL server, which may be the source itself.
 */
static struct table *read_default(struct tables *t, struct field db, struct field schema,
				  const char *name, struct err *e)
{
	struct field scope = scope_of(db, schema);
	bool try_scope = scope.p && scope.n && !memchr(scope.p, 0, scope.n);

	if (!db_has_schemas(t->db) && (!schema.p || is("public", scope)))
		try_scope = false;
	if (try_scope) {
		char *s = xstrndup(scope.p, scope.n);
		struct table *def = mapping_read(t, s, name, e);

		free(s);
		if (def || e->status != EXIT_BAD)
			return def;
		err_clear(e);
	}
	return mapping_read(t, NULL, name, e);
}

bool mapping_place(const struct tables *t, const struct field *db, const struct field *schema,
		   const struct field *table, char **to_schema, char **to_name)
{
	struct field scope = scope_of(*db, *schema);

	*to_schema = *to_name = NULL;
	if (!wanted(t->options, scope, *table))
		return false;
	if (!mapped(t->options, scope, *table, to_schema, to_name))
		*to_name = xstrndup(table->p, table->n);
	return true;
}

static struct table *refuse(const char *what, struct field name, struct err *e)
{
	struct buf b = BUF_INIT;

	value_add_quoted(&b, name.p, name.n);
	err_set(e, EXIT_BAD, "a table's name %s: %s", what, buf_cstr(&b));
	buf_free(&b);
	return NULL;
}

struct table *mapping_find(struct tables *t, const struct field *db, const struct field *schema,
			   const struct field *table, struct err *e)
{
	const struct options *o = t->options;
	struct field scope = scope_of(*db, *schema);
	char *to_schema = NULL, *name = NULL;
	struct table *def;

	if (!table->p || !table->n)
		return refuse("is missing", (struct field){"", 0}, e);
	if (memchr(table->p, 0, table->n) || (scope.p && memchr(scope.p, 0, scope.n)))
		return refuse("holds a NUL", *table, e);
	if (!wanted(o, scope, *table))
		return NULL;
	if (mapped(o, scope, *table, &to_schema, &name)) {
		def = mapping_read(t, to_schema, name, e);
	} else {
		name = xstrndup(table->p, table->n);
		def = read_default(t, *db, *schema, name, e);
	}
	free(to_schema);
	free(name);
	if (def)
		return def;
	if (e->status == EXIT_BAD && o->ignore_unmapped)
		err_clear(e);
	else if (e->status == EXIT_BAD && !e->hint)
		err_hint(e, "--map names another table, --ignore-unmapped leaves its events out");
	return NULL;
}
