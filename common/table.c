#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

static void free_column(struct column *c)
{
	free(c->name);
	free((char *)c->type.name);
	names_free(c->type.labels);
	free(c->native);
	free(c->generation_expr);
	free(c->default_expr);
	free(c->on_update);
	free(c->sequence);
	free(c->charset);
	free(c->collation);
	free(c->comment);
}

static void free_key(struct key *k)
{
	for (size_t i = 0; i < k->nparts; i++) {
		free(k->part[i].column);
		free(k->part[i].expr);
		free(k->part[i].opclass);
	}
	free(k->part);
	free(k->name);
	free(k->method);
	names_free(k->include);
	free(k->where);
	free(k->comment);
}

static void free_fkey(struct fkey *f)
{
	free(f->name);
	names_free(f->columns);
	free(f->ref_schema);
	free(f->ref_table);
	names_free(f->ref_columns);
	free(f->on_delete);
	free(f->on_update);
}

void table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->ncols; i++)
		free_column(&t->col[i]);
	for (size_t i = 0; i < t->nkeys; i++)
		free_key(&t->key[i]);
	for (size_t i = 0; i < t->nfkeys; i++)
		free_fkey(&t->fkey[i]);
	for (size_t i = 0; i < t->nchecks; i++) {
		free(t->check[i].name);
		free(t->check[i].expr);
	}
	free(t->col);
	free(t->key);
	free(t->fkey);
	free(t->check);
	free(t->schema);
	free(t->name);
	free(t->comment);
	free(t);
}

struct column *table_column(const struct table *t, const char *name, size_t n)
{
	for (size_t i = 0; i < t->ncols; i++)
		if (strlen(t->col[i].name) == n && !memcmp(t->col[i].name, name, n))
			return &t->col[i];
	return NULL;
}

const struct key *table_primary(const struct table *t)
{
	return t->nkeys && t->key[0].primary ? &t->key[0] : NULL;
}

bool table_is_own(const char *name)
{
	static const char *const names[] = {"once", "checkpoint", "dual", "fence"};
	static const char prefix[] = "rowboat_", backfill[] = "backfill_";

	if (strncmp(name, prefix, sizeof prefix - 1))
		return false;
	name += sizeof prefix - 1;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	if (strncmp(name, backfill, sizeof backfill - 1))
		return false;
	name += sizeof backfill - 1;
	return strlen(name) == 12 && strspn(name, "0123456789abcdef") == 12;
}

bool column_is_utf8(const struct column *c)
{
	return c->charset && (!strncmp(c->charset, "utf8", 4) || !strcmp(c->charset, "ascii"));
}
