#include "event.h"

#include <stdlib.h>
#include <string.h>

#include "stream.h"

const char event_absent[] = "";

static int add_member(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s\"%s\":", b->p[b->n - 1] == '{' ? "" : ",", name);
	if (!value)
		buf_adds(b, "null");
	else if (json_add_string(b, value, strlen(value)) < 0)
		return -1;
	return 0;
}

int event_table_open(struct event_table *t, const struct event_source *source, size_t n,
		     const char *const *names, const enum json_kind *kinds, struct err *e)
{
	*t = (struct event_table){.n = n};
	t->key = xcalloc(n, sizeof *t->key);
	t->kind = xcalloc(n, sizeof *t->kind);
	buf_adds(&t->source, "\"source\":{");
	if (add_member(&t->source, "connector", source->connector) < 0 ||
	    add_member(&t->source, "db", source->db) < 0 ||
	    add_member(&t->source, "schema", source->schema) < 0 ||
	    add_member(&t->source, "table", source->table) < 0)
		return err_set(e, EXIT_BAD, "the name of the table is not UTF-8");
	for (size_t i = 0; i < n; i++) {
		t->kind[i] = kinds[i];
		if (json_add_string(&t->key[i], names[i], strlen(names[i])) < 0)
			return err_set(e, EXIT_BAD, "the name of column %zu is not UTF-8", i + 1);
		buf_addc(&t->key[i], ':');
	}
	return 0;
}

void event_table_free(struct event_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		buf_free(&t->key[i]);
	free(t->key);
	free(t->kind);
	buf_free(&t->source);
	*t = (struct event_table){0};
}

static int add_image(struct buf *b, const struct event_table *t, const struct row *row,
		     struct err *e)
{
	bool first = true;

	if (!row) {
		buf_adds(b, "null");
		return 0;
	}
	buf_addc(b, '{');
	for (size_t i = 0; i < t->n; i++) {
		if (row->f[i].p == event_absent)
			continue;
		if (!first)
			buf_addc(b, ',');
		first = false;
		buf_add(b, t->key[i].p, t->key[i].n);
		if (json_add_value(b, t->kind[i], row->f[i]) < 0)
			return err_set(e, EXIT_BAD, "column %.*s holds bytes that are not UTF-8",
				       (int)t->key[i].n - 1, t->key[i].p);
	}
	buf_addc(b, '}');
	return 0;
}

int event_add(struct buf *b, const struct event_table *t, enum event_op op,
	      const struct row *before, const struct row *after,
	      const struct event_place *place, struct err *e)
{
	size_t start = b->n;

	buf_addf(b, "{\"op\":\"%c\",\"before\":", (char)op);
	if (add_image(b, t, before, e) == 0) {
		buf_adds(b, ",\"after\":");
		if (add_image(b, t, after, e) == 0) {
			buf_addc(b, ',');
			buf_add(b, t->source.p, t->source.n);
			buf_adds(b, place->source ? place->source : "");
			buf_addc(b, '}');
			if (place->transaction)
				buf_addf(b, ",\"transaction\":%s", place->transaction);
			buf_addf(b, ",\"ts_ms\":%lld}\n", (long long)place->ts_ms);
			return 0;
		}
	}
	b->n = start;
	return -1;
}
