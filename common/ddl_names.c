/*
 * Names in DDL: quoted, qualified, shortened and kept apart.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ddl_impl.h"

void ddl_ident(struct ddl *d, const char *name)
{
	sql_add_ident(d->out, d->to, name);
}

void ddl_string(struct ddl *d, const char *text)
{
	sql_add_string(d->out, d->to, text, strlen(text));
}

static bool is_home(const struct ddl *d, const char *schema)
{
	return !schema || (d->options.home && !strcmp(schema, d->options.home));
}

const char *ddl_scope(const struct ddl *d, const char *schema)
{
	return is_home(d, schema) ? "" : schema;
}

void ddl_table_name(struct ddl *d, const char *schema, const char *name)
{
	if (!is_home(d, schema)) {
		ddl_ident(d, schema);
		buf_addc(d->out, '.');
	}
	ddl_ident(d, name);
}

void ddl_ident_list(struct ddl *d, char *const *names)
{
	for (size_t i = 0; names[i]; i++) {
		buf_adds(d->out, i ? ", " : "");
		ddl_ident(d, names[i]);
	}
}

void ddl_labels(struct ddl *d, char *const *labels)
{
	buf_addc(d->out, '(');
	for (size_t i = 0; labels && labels[i]; i++) {
		buf_adds(d->out, i ? ", " : "");
		ddl_string(d, labels[i]);
	}
	buf_addc(d->out, ')');
}

bool ddl_take(struct ddl *d, const char *scope, const char *name)
{
	char *s = xasprintf("%s.%s", scope, name);

	for (size_t i = 0; i < d->taken.n; i++)
		if (!strcmp(d->taken.v[i], s)) {
			free(s);
			return false;
		}
	d->taken.v = xrealloc(d->taken.v, (d->taken.n + 1) * sizeof *d->taken.v);
	d->taken.v[d->taken.n++] = s;
	return true;
}

/* FNV-1a, 32 bits: the same names every time. */
static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

/* name cut to leave room for the hash, at a character's start. */
static char *with_hash(const char *name, const char *of, size_t max)
{
	size_t n = strlen(name);

	if (n > max - 9)
		n = max - 9;
	while (n && ((unsigned char)name[n] & 0xc0) == 0x80)
		n--;
	return xasprintf("%.*s_%08x", (int)n, name, (unsigned)hash(of));
}

char *ddl_name(struct ddl *d, const char *scope, const struct table *t, const char *name,
	       bool as_is)
{
	size_t n = strlen(t->name), max = d->dialect->max_name;
	bool prefixed = !strncmp(name, t->name, n) && name[n] == '_';
	char *full = as_is || prefixed ? xstrdup(name) : xasprintf("%s_%s", t->name, name);
	char *other;

	if (strlen(full) > max) {
		other = with_hash(full, full, max);
		free(full);
		full = other;
	}
	if (!ddl_take(d, scope, full)) {
		char *seed = xasprintf("%s.%s", t->name, name);

		other = with_hash(full, seed, max);
		ddl_take(d, scope, other);
		free(seed);
		free(full);
		full = other;
	}
	return full;
}
