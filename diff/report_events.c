/* Differences as change events that turn B into A. */
#include <stdlib.h>
#include <time.h>

#include "event.h"
#include "report.h"

struct state {
	struct event_table table;
	struct event_place place;
	struct field *f[2]; /* rows in the table's own order of columns */
	uint64_t events;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The events are changes to B; so they name B's table. */
static struct event_source source_of(const struct input *in)
{
	if (!in->table)
		return (struct event_source){.table = in->name};
	return event_source_of(db_engine(in->db), in->table->schema, in->table->name);
}

static int open_events(struct report *r, struct err *e)
{
	const struct shape *shape = r->shape;
	struct state *s = r->state = xcalloc(1, sizeof *s);
	struct event_source source = source_of(&r->in[r->in[1].table || !r->in[0].table]);
	const char **names = xcalloc(shape->n, sizeof *names);
	enum json_kind *kinds = xcalloc(shape->n, sizeof *kinds);
	int status;

	for (const char **c = shape->missing; *c; c++)
		warn("column %s is missing in %s", *c, r->in[1].name);
	for (const char **c = shape->surplus; *c; c++)
		warn("column %s is missing in %s", *c, r->in[0].name);
	for (size_t i = 0; i < shape->n; i++) {
		names[i] = shape->name[shape->shown[i]];
		kinds[i] = shape->kind[shape->shown[i]];
	}
	status = event_table_open(&s->table, &source, shape->n, names, kinds, e);
	s->f[0] = xcalloc(shape->n, sizeof *s->f[0]);
	s->f[1] = xcalloc(shape->n, sizeof *s->f[1]);
	s->place.ts_ms = now_ms();
	free(names);
	free(kinds);
	return status;
}

static struct row *arrange(const struct report *r, int side, const struct field *f,
			   struct row *row)
{
	struct state *s = r->state;

	if (!f)
		return NULL;
	for (size_t i = 0; i < r->shape->n; i++)
		s->f[side][i] = f[r->shape->shown[i]];
	*row = (struct row){s->f[side], r->shape->n};
	return row;
}

static int event_of_row(struct report *r, enum difference d, const struct field *a,
			const struct field *b, const bool *changed, struct err *e)
{
	static const enum event_op op[] = {EVENT_CREATE, EVENT_DELETE, EVENT_UPDATE};
	struct state *s = r->state;
	struct row before, after;

	(void)changed;
	s->events++;
	return event_add(&r->out->b, &s->table, op[d], arrange(r, 1, b, &before),
			 arrange(r, 0, a, &after), &s->place, e);
}

static int close_events(struct report *r, struct err *e)
{
	struct state *s = r->state;

	(void)e;
	buf_addf(&r->out->b, "{\"$end\":%llu}\n", (unsigned long long)s->events);
	return 0;
}

static void free_events(struct report *r)
{
	struct state *s = r->state;

	event_table_free(&s->table);
	free(s->f[0]);
	free(s->f[1]);
	free(s);
}

const struct report_ops report_events = {open_events, event_of_row, close_events, free_events};
