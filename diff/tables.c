#include "tables.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The tables of one side. */
struct side {
	char **full;   /* as db_tables() has them; taken over by the pairs, NULL then */
	char **schema;
	char **bare;
	size_t n;
};

static struct table_pair *add_pair(struct tables *t, const char *title)
{
	t->pair = xrealloc(t->pair, (t->n + 1) * sizeof *t->pair);
	t->pair[t->n] = (struct table_pair){.title = xstrdup(title)};
	return &t->pair[t->n++];
}

static int list_side(struct side *s, struct db *db, struct err *e)
{
	if (db_tables(db, false, &s->full, NULL, &s->n, e) < 0)
		return -1;
	s->schema = xcalloc(s->n, sizeof *s->schema);
	s->bare = xcalloc(s->n, sizeof *s->bare);
	for (size_t i = 0; i < s->n; i++)
		if (db_split_name(s->full[i], &s->schema[i], &s->bare[i], e) < 0)
			return -1;
	return 0;
}

static bool is_single(const struct side *s, size_t at)
{
	for (size_t i = 0; i < s->n; i++)
		if (i != at && !strcmp(s->bare[i], s->bare[at]))
			return false;
	return true;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* The table of `other` that stands for table `at` of s, or -1. */
static int find_partner(const struct side *s, size_t at, const struct side *other)
{
	for (size_t i = 0; i < other->n; i++)
		if (other->full[i] && !strcmp(other->bare[i], s->bare[at]) &&
		    ((is_single(s, at) && is_single(other, i)) ||
		     is_same(other->schema[i], s->schema[at])))
			return (int)i;
	return -1;
}

static char *take(char **name)
{
	char *taken = *name;

	*name = NULL;
	return taken;
}

static void pair_sides(struct tables *t, struct side s[2])
{
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i < s[side].n; i++) {
			struct table_pair *p;
			int k;

			if (!s[side].full[i])
				continue;
			k = side == 0 ? find_partner(&s[0], i, &s[1]) : -1;
			p = add_pair(t, is_single(&s[side], i) ? s[side].bare[i] : s[side].full[i]);
			p->name[side] = take(&s[side].full[i]);
			if (k >= 0)
				p->name[1] = take(&s[1].full[k]);
		}
	}
}

static void free_side(struct side *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->full[i]);
		if (s->schema)
			free(s->schema[i]);
		if (s->bare)
			free(s->bare[i]);
	}
	free(s->full);
	free(s->schema);
	free(s->bare);
}

int tables_open(struct tables *t, const struct options *o, const struct input in[2],
		struct err *e)
{
	struct side s[2] = {{0}, {0}};
	int status = 0;

	*t = (struct tables){0};
	for (int i = 0; i < o->ntables; i++) {
		struct table_pair *p = add_pair(t, o->table[i]);

		p->name[0] = xstrdup(o->table[i]);
		p->name[1] = xstrdup(o->table[i]);
	}
	if (o->ntables)
		return 0;
	for (int side = 0; side < 2 && status == 0; side++)
		status = list_side(&s[side], in[side].db, e);
	if (status == 0)
		pair_sides(t, s);
	free_side(&s[0]);
	free_side(&s[1]);
	return status;
}

void tables_free(struct tables *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->pair[i].title);
		free(t->pair[i].name[0]);
		free(t->pair[i].name[1]);
	}
	free(t->pair);
}

int table_pair_read(struct table_pair *p, const struct input in[2], bool deep, struct err *e)
{
	for (int side = 0; side < 2; side++) {
		if (!p->name[side])
			continue;
		p->t[side] = db_table(in[side].db, p->name[side], deep, e);
		if (!p->t[side])
			return -1;
	}
	return 0;
}

void table_pair_drop(struct table_pair *p)
{
	for (int side = 0; side < 2; side++) {
		table_free(p->t[side]);
		p->t[side] = NULL;
	}
}

int tables_compare(const struct options *o, bool snapshot, table_pair_compare compare,
		   struct err *e)
{
	struct input in[2] = {{.fd = -1}, {.fd = -1}};
	bool differs = false;
	struct tables t = {0};
	struct out out;
	int status = 0;

	out_open(&out, STDOUT_FILENO, "standard output");
	for (int side = 0; side < 2 && status == 0; side++)
		status = input_connect(&in[side], &o->side[side], e);
	if (status == 0 && snapshot)
		status = db_snapshot(in[0].db, NULL, e);
	if (status == 0)
		status = tables_open(&t, o, in, e);
	for (size_t i = 0; i < t.n && status == 0; i++) {
		status = table_pair_read(&t.pair[i], in, true, e);
		if (status == 0)
			status = compare(o, in, &t.pair[i], &out.b, &differs, e);
		table_pair_drop(&t.pair[i]);
	}
	if (status == 0 && options_format(o, FORMAT_SUMMARY) != FORMAT_TEXT)
		buf_adds(&out.b, out.b.n ? "}\n" : "{}\n");
	if (status == 0 && out_close(&out, e) < 0)
		status = -1;
	for (int side = 0; side < 2; side++)
		input_close(&in[side]);
	tables_free(&t);
	return status < 0 ? -1 : differs;
}
