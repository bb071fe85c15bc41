#include "pg_relation.h"

#include <stdlib.h>
#include <string.h>

#include "pg_type.h"

/* ---- The connection to the catalogue ---- */

static int connect_catalogue(struct pg_relations *rs, struct err *e)
{
	db_close(rs->catalogue);
	rs->catalogue = db_open(rs->url, e);
	return rs->catalogue ? 0 : -1;
}

/* Calls a function that asks the catalogue; once more, with a new connection, if that was lost. */
static int ask(struct pg_relations *rs,
	       int (*question)(struct pg_relations *rs, void *ctx, struct err *e), void *ctx,
	       struct err *e)
{
	if (!rs->catalogue && connect_catalogue(rs, e) < 0)
		return -1;
	if (question(rs, ctx, e) == 0)
		return 0;
	if (e->status != EXIT_FAILED)
		return -1;
	err_clear(e);
	return connect_catalogue(rs, e) < 0 ? -1 : question(rs, ctx, e);
}

static int ask_database(struct pg_relations *rs, void *ctx, struct err *e)
{
	struct result r = {0};
	int status = db_query(rs->catalogue, "SELECT current_database()", &r, e);

	(void)ctx;
	if (status == 0)
		rs->database = result_copy(&r, 0, 0);
	result_free(&r);
	return status;
}

static int ask_money(struct pg_relations *rs, void *ctx, struct err *e)
{
	struct result r = {0};
	int status = db_query(rs->catalogue, "SELECT pg_catalog.scale(1::money::numeric)", &r, e);

	(void)ctx;
	if (status == 0)
		rs->money_scale = (int)result_number(&r, 0, 0);
	result_free(&r);
	return status;
}

struct type_question {
	struct table *table;
	struct buf values;
};

static int ask_types(struct pg_relations *rs, void *ctx, struct err *e)
{
	struct type_question *q = ctx;

	return q->table->ncols ? pg_read_types(pg_of(rs->catalogue), q->table,
					       buf_cstr(&q->values), e) : 0;
}

int pg_relations_open(struct pg_relations *rs, const struct url *u,
		      const struct changes_options *o, struct db *catalogue, struct err *e)
{
	*rs = (struct pg_relations){.url = u, .o = o, .catalogue = catalogue, .money_scale = -1};
	return ask(rs, ask_database, NULL, e);
}

/* ---- The relations by their OIDs ---- */

static void free_built(struct pg_relation *r)
{
	table_free(r->definition);
	event_table_free(&r->table);
	free(r->key);
	free(r->fix);
	r->definition = NULL;
	r->key = NULL;
	r->fix = NULL;
}

static void free_relation(struct pg_relation *r)
{
	free_built(r);
	buf_free(&r->body);
	buf_free(&r->shape);
	free(r->schema);
	free(r->name);
	free(r);
}

void pg_relations_free(struct pg_relations *rs)
{
	for (size_t i = 0; i < rs->room; i++)
		if (rs->slot[i])
			free_relation(rs->slot[i]);
	free(rs->slot);
	free(rs->database);
	buf_free(&rs->fixed);
	db_close(rs->catalogue);
	*rs = (struct pg_relations){0};
}

/* Open addressing: the relation's slot, or the empty one where it would go. */
static struct pg_relation **find_slot(struct pg_relations *rs, uint32_t oid)
{
	size_t i = (oid * UINT32_C(2654435769)) & (rs->room - 1);

	while (rs->slot[i] && rs->slot[i]->oid != oid)
		i = (i + 1) & (rs->room - 1);
	return &rs->slot[i];
}

static void rehash(struct pg_relations *rs, size_t room)
{
	struct pg_relation **old = rs->slot;
	size_t n = rs->room;

	rs->slot = xcalloc(room, sizeof *rs->slot);
	rs->room = room;
	for (size_t i = 0; i < n; i++)
		if (old[i])
			*find_slot(rs, old[i]->oid) = old[i];
	free(old);
}

static const char *schema_of(const struct pgoutput_relation *d)
{
	return *d->schema ? d->schema : "pg_catalog";
}

/* A table that was dropped and made again has another OID, but is the same one to a reader. */
static struct pg_relation *find_name(struct pg_relations *rs, const struct pgoutput_relation *d)
{
	for (size_t i = 0; i < rs->room; i++) {
		struct pg_relation *r = rs->slot[i];

		if (r && !strcmp(r->name, d->name) && !strcmp(r->schema, schema_of(d)))
			return r;
	}
	return NULL;
}

/* The relation of that OID, new if there was none. */
static struct pg_relation *enter(struct pg_relations *rs, uint32_t oid,
				 const struct pgoutput_relation *d)
{
	struct pg_relation *r;

	if (2 * rs->n >= rs->room)
		rehash(rs, rs->room ? 2 * rs->room : 64);
	if (*find_slot(rs, oid))
		return *find_slot(rs, oid);
	r = find_name(rs, d);
	if (r) {
		r->oid = oid;
		rehash(rs, rs->room);
	} else {
		r = xcalloc(1, sizeof *r);
		r->oid = oid;
		*find_slot(rs, oid) = r;
		rs->n++;
	}
	return r;
}

struct pg_relation *pg_relations_find(struct pg_relations *rs, uint32_t oid, struct err *e)
{
	struct pg_relation *r = rs->last;

	if (r && r->oid == oid)
		return r;
	r = rs->room ? *find_slot(rs, oid) : NULL;
	if (!r)
		err_set(e, EXIT_FAILED, "the server sent a change of relation %u, which it did not "
			"describe", oid);
	rs->last = r;
	return r;
}

/* ---- Definitions ---- */

int pg_relations_note(struct pg_relations *rs, const struct pgoutput *m, struct err *e)
{
	struct pg_relation *r = rs->room ? *find_slot(rs, m->relation) : NULL;
	struct pgoutput_relation d;

	if (r && r->body.n == m->body.n && !memcmp(r->body.p, m->body.p, m->body.n))
		return 0;
	if (pgoutput_relation(m->body, &d, e) < 0)
		return -1;
	r = enter(rs, m->relation, &d);
	buf_reset(&r->body);
	buf_add(&r->body, m->body.p, m->body.n);
	free(r->schema);
	free(r->name);
	r->schema = xstrdup(schema_of(&d));
	r->name = xstrdup(d.name);
	r->checkpoint = !strcmp(r->name, CHANGES_CHECKPOINT_TABLE);
	r->wanted = !table_is_own(r->name) &&
		    (!rs->o->wanted || rs->o->wanted(rs->o->ctx, r->schema, r->name));
	r->stale = true;
	free(d.col);
	return 0;
}

static void add_shape(struct buf *b, const struct pgoutput_relation *d)
{
	buf_addf(b, "%s.%s", d->schema, d->name);
	for (size_t i = 0; i < d->ncols; i++)
		buf_addf(b, "\n%s\n%u %d", d->col[i].name, d->col[i].type, (int)d->col[i].typmod);
}

/* Columns with their types; a type that is gone from the catalogue is text of its own. */
static int read_definition(struct pg_relations *rs, struct table *t,
			   const struct pgoutput_relation *d, struct err *e)
{
	struct type_question q = {.table = t};
	int status;

	t->engine = ENGINE_POSTGRES;
	t->schema = xstrdup(schema_of(d));
	t->name = xstrdup(d->name);
	t->ncols = d->ncols;
	t->col = xcalloc(d->ncols, sizeof *t->col);
	for (size_t i = 0; i < d->ncols; i++) {
		t->col[i].name = xstrdup(d->col[i].name);
		buf_addf(&q.values, "%s(%zu, %u, %d)", i ? ", " : "", i, d->col[i].type,
			 (int)d->col[i].typmod);
	}
	status = ask(rs, ask_types, &q, e);
	buf_free(&q.values);
	for (size_t i = 0; status == 0 && i < d->ncols; i++)
		if (!t->col[i].native)
			t->col[i].native = xasprintf("type %u", d->col[i].type);
	return status;
}

static enum pg_fix choose_fix(const struct coltype *t)
{
	if (t->lt == LT_TEXT && t->fixed)
		return PG_FIX_PAD;
	if (t->lt == LT_DECIMAL && t->name && !strcmp(t->name, "money"))
		return PG_FIX_MONEY;
	return t->lt == LT_GEOMETRY ? PG_FIX_GEOMETRY : PG_FIX_NONE;
}

static int open_events(struct pg_relations *rs, struct pg_relation *r, struct err *e)
{
	struct event_source source = {"postgresql", rs->database, r->schema, r->name};
	const struct table *t = r->definition;
	const char **names = xcalloc(t->ncols, sizeof *names);
	enum json_kind *kinds = xcalloc(t->ncols, sizeof *kinds);
	int status;

	for (size_t i = 0; i < t->ncols; i++) {
		names[i] = t->col[i].name;
		kinds[i] = type_json_kind(&t->col[i].type);
	}
	status = event_table_open(&r->table, &source, t->ncols, names, kinds, e);
	free(names);
	free(kinds);
	return status;
}

static int build(struct pg_relations *rs, struct pg_relation *r,
		 const struct pgoutput_relation *d, struct err *e)
{
	struct table *t = xcalloc(1, sizeof *t);
	bool money = false;

	if (read_definition(rs, t, d, e) < 0) {
		table_free(t);
		return -1;
	}
	free_built(r);
	r->definition = t;
	r->has_key = r->has_fix = false;
	r->key = xcalloc(d->ncols, sizeof *r->key);
	r->fix = xcalloc(d->ncols, sizeof *r->fix);
	for (size_t i = 0; i < d->ncols; i++) {
		r->key[i] = d->col[i].key;
		r->has_key |= r->key[i];
		r->fix[i] = choose_fix(&t->col[i].type);
		r->has_fix |= r->fix[i] != PG_FIX_NONE;
		money |= r->fix[i] == PG_FIX_MONEY;
	}
	if (money && rs->money_scale < 0 && ask(rs, ask_money, NULL, e) < 0)
		return -1;
	return open_events(rs, r, e);
}

int pg_relation_refresh(struct pg_relations *rs, struct pg_relation *r, struct err *e)
{
	struct field body = {r->body.p, r->body.n};
	struct pgoutput_relation d;
	struct buf shape = BUF_INIT;
	bool known, same;

	if (!r->stale)
		return 0;
	if (pgoutput_relation(body, &d, e) < 0)
		return -1;
	add_shape(&shape, &d);
	known = r->shape.n > 0;
	same = known && shape.n == r->shape.n && !memcmp(shape.p, r->shape.p, shape.n);
	r->stale = build(rs, r, &d, e) < 0;
	free(d.col);
	if (r->stale) {
		buf_free(&shape);
		return -1;
	}
	buf_free(&r->shape);
	r->shape = shape;
	return known && !same;
}
