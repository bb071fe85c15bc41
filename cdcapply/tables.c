#include "tables.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "mapping.h"
#include "net.h"
#include "value.h"

#define MANY_SHAPES 64 /* of one table */

void tables_init(struct tables *t, struct db *db, const struct options *o, bool role)
{
	*t = (struct tables){.db = db, .options = o, .role = role};
}

static void free_source(struct source_table *s)
{
	layouts_free(s);
	free((char *)s->db.p);
	free((char *)s->schema.p);
	free((char *)s->name.p);
	free(s->known);
	free(s);
}

static void free_target(struct target_table *t)
{
	shapes_free(t);
	net_free(t->net);
	table_free(t->def);
	checkpoint_free(&t->since);
	free(t->label);
	free(t->writable);
	free(t->key);
	free(t);
}

void tables_forget(struct tables *t)
{
	for (size_t i = 0; i < sizeof t->bucket / sizeof *t->bucket; i++)
		for (struct source_table *s = t->bucket[i], *next; s; s = next) {
			next = s->next;
			free_source(s);
		}
	memset(t->bucket, 0, sizeof t->bucket);
	t->last = NULL;
	for (struct target_table *d = t->targets, *next; d; d = next) {
		next = d->next;
		free_target(d);
	}
	t->targets = NULL;
}

void tables_trim(struct tables *t)
{
	for (struct target_table *d = t->targets; d; d = d->next)
		if (d->nshapes > MANY_SHAPES) {
			tables_forget(t);
			return;
		}
}

void tables_free(struct tables *t)
{
	tables_forget(t);
	free(t->scratch);
}

/* ---- The names of the source ---- */

static bool same(struct field a, struct field b)
{
	return a.n == b.n && !a.p == !b.p && (!a.n || !memcmp(a.p, b.p, a.n));
}

static uint64_t hash_names(const struct change *c)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */
	const struct field *f[] = {&c->table, &c->schema, &c->db};

	for (size_t i = 0; i < sizeof f / sizeof *f; i++)
		for (size_t k = 0; k < f[i]->n; k++)
			h = (h ^ (unsigned char)f[i]->p[k]) * 1099511628211u;
	return h ^ h >> 29;
}

static bool is_of(const struct source_table *s, const struct change *c)
{
	return same(s->name, c->table) && same(s->schema, c->schema) && same(s->db, c->db);
}

struct field tables_keep(struct field f)
{
	char *p = NULL;

	if (f.p) {
		p = xmalloc(f.n + 1);
		memcpy(p, f.p, f.n);
	}
	return (struct field){p, f.n};
}

/* ---- Their targets ---- */

/* A table with triggers that would fire, as they have on the source, is not written to. */
static int check_triggers(const struct tables *t, const struct target_table *d, struct err *e)
{
	bool off = t->role && db_silences_triggers(t->db);

	if (!d->def->has_triggers || off || t->options->fire_triggers)
		return 0;
	err_set(e, EXIT_BAD, "%s has triggers that cannot be put off, and their effects come as "
		"events of their own", d->label);
	return err_hint(e, "drop them until the cut-over, or take --fire-triggers");
}

char *tables_label(const struct table *def)
{
	return def->schema ? xasprintf("%s.%s", def->schema, def->name) : xstrdup(def->name);
}

static struct target_table *new_target(struct tables *t, struct table *def)
{
	struct target_table *d = xcalloc(1, sizeof *d);

	d->def = def;
	d->label = tables_label(def);
	d->writable = xcalloc(def->ncols + 1, sizeof *d->writable);
	for (size_t i = 0; i < def->ncols; i++) {
		d->writable[i] = def->col[i].generated == GEN_NO;
		d->nwritable += d->writable[i];
	}
	if (t->nscratch < 2 * def->ncols) {
		t->nscratch = 2 * def->ncols;
		t->scratch = xrealloc(t->scratch, t->nscratch * sizeof *t->scratch);
	}
	d->next = t->targets;
	t->targets = d;
	return d;
}

/* Two tables of the source may go to one of the target. */
static struct target_table *find_target(const struct tables *t, const struct table *def)
{
	for (struct target_table *d = t->targets; d; d = d->next)
		if (!strcmp(d->def->name, def->name) &&
		    !strcmp(d->def->schema ? d->def->schema : "",
			    def->schema ? def->schema : ""))
			return d;
	return NULL;
}

/* Where the stream begins for this table alone. */
static int read_since(const struct tables *t, struct target_table *d, struct err *e)
{
	char *name = checkpoint_of_table(t->options->stream, d->label);
	int status = checkpoint_read(t->db, name, &d->since, e);

	free(name);
	return status;
}

static int resolve(struct tables *t, struct source_table *s, struct err *e)
{
	struct table *def = mapping_find(t, &s->db, &s->schema, &s->name, e);

	if (!def)
		return e->msg ? -1 : 0;
	s->target = find_target(t, def);
	if (s->target) {
		table_free(def);
	} else {
		s->target = new_target(t, def);
		if (check_triggers(t, s->target, e) < 0 || read_since(t, s->target, e) < 0)
			return -1;
	}
	s->known = xcalloc(s->target->def->ncols + 1, sizeof *s->known);
	return 0;
}

struct source_table *tables_find(struct tables *t, const struct change *c, struct err *e)
{
	struct source_table *s = t->last;
	uint64_t hash;

	if (s && is_of(s, c))
		return s;
	hash = hash_names(c);
	for (s = t->bucket[hash % 256]; s; s = s->next)
		if (s->hash == hash && is_of(s, c))
			return t->last = s;
	s = xcalloc(1, sizeof *s);
	s->db = tables_keep(c->db);
	s->schema = tables_keep(c->schema);
	s->name = tables_keep(c->table);
	s->hash = hash;
	if (resolve(t, s, e) < 0) {
		free_source(s);
		return NULL;
	}
	s->next = t->bucket[hash % 256];
	t->bucket[hash % 256] = s;
	return t->last = s;
}

bool tables_refers(const struct target_table *from, const struct target_table *to)
{
	for (size_t i = 0; i < from->def->nfkeys; i++) {
		const struct fkey *f = &from->def->fkey[i];

		if (!strcmp(f->ref_table, to->def->name) &&
		    (!f->ref_schema || !to->def->schema ||
		     !strcmp(f->ref_schema, to->def->schema)))
			return true;
	}
	return false;
}
