#include "rows.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "merge.h"
#include "modes.h"
#include "names.h"

const struct report_ops *report_of(enum format f)
{
	if (f == FORMAT_TEXT)
		return &report_text;
	return f == FORMAT_SUMMARY ? &report_summary : &report_events;
}

static int open_shape(struct comparison *c, struct err *e)
{
	const struct options *o = c->o;
	struct shape_options so = {.sorted = o->sorted, .no_key = o->no_key,
				   .positional = o->ordered};
	size_t n;
	int status = 0;

	if ((o->key && names_split(o->key, &so.key, &n, e) < 0) ||
	    (o->columns && names_split(o->columns, &so.columns, &n, e) < 0))
		return -1;
	status = shape_open(&c->shape, c->in, &so, e);
	c->key = so.key;
	c->columns = so.columns;
	if (status == 0)
		status = treat_open(&c->treat, o->treat.v, (size_t)o->treat.n, &c->shape, e);
	return status;
}

/* An NDJSON file without rows has no columns: those of the other side are meant. */
static void borrow_columns(struct input in[2])
{
	for (int side = 0; side < 2; side++) {
		struct input *to = &in[side], *from = &in[!side];

		if (!to->reader || to->n)
			continue;
		to->n = from->n;
		free(to->column);
		to->column = xcalloc(from->n, sizeof *to->column);
		for (size_t i = 0; i < from->n; i++)
			to->column[i] = from->column[i];
	}
}

static uint64_t expected_rows(const struct comparison *c)
{
	if (c->o->sample)
		return c->o->sample;
	return c->in[0].table && !c->o->where ? c->in[0].table->estimated_rows : 0;
}

/* Both sides are open. */
static int begin(struct comparison *c, const struct report_ops *ops, struct err *e)
{
	if (open_shape(c, e) < 0)
		return -1;
	progress_start(&c->progress, c->in[0].name, expected_rows(c));
	c->report.limit = c->o->limit;
	c->report.color = options_color(c->o);
	c->report.treat = &c->treat;
	c->report.out = &c->out;
	return report_open(&c->report, ops, &c->shape, c->in, e);
}

int comparison_open(struct comparison *c, const struct options *o, const char *const *query,
		    const struct report_ops *ops, struct err *e)
{
	*c = (struct comparison){.o = o, .progress = o->progress};
	/* A copy, since it is closed at the end, and another comparison may follow. */
	out_open(&c->out, fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0), "standard output");
	for (int side = 0; side < 2; side++)
		if (input_open(&c->in[side], &o->side[side], query ? query[side] : NULL, o->no_end,
			       e) < 0)
			return -1;
	borrow_columns(c->in);
	return begin(c, ops, e);
}

int comparison_merge(struct comparison *c, const char *const where[2], struct report *to,
		     struct err *e)
{
	struct source s[2] = {{.sorter = {.to = -1, .from = -1}}, {.sorter = {.to = -1, .from = -1}}};
	int status = 0;

	s[0].only = s[1].only = c->only;
	for (int side = 0; side < 2 && status == 0; side++)
		status = source_open(&s[side], &c->in[side], &c->shape, side, where[side], e);
	if (status == 0)
		status = merge(s, to, &c->progress, e);
	progress_clear(&c->progress);
	source_close(&s[0]);
	source_close(&s[1]);
	return status;
}

static void close_comparison(struct comparison *c)
{
	report_free(&c->report);
	for (int side = 0; side < 2; side++)
		input_close(&c->in[side]);
	treat_free(&c->treat);
	shape_free(&c->shape);
	names_free(c->key);
	names_free(c->columns);
}

int comparison_finish(struct comparison *c, int status, struct err *e)
{
	if (status == 0) {
		bool differs = report_differs(&c->report);

		status = report_close(&c->report, e) < 0 || out_close(&c->out, e) < 0 ? -1 : differs;
	} else if (c->out.b.n) {
		struct err ignored = ERR_INIT;

		/* What was found so far helps whoever watches; it has no end mark. */
		out_flush(&c->out, &ignored);
		err_clear(&ignored);
	}
	buf_free(&c->out.b);
	close_comparison(c);
	return status;
}

int comparison_lend(struct comparison *c, const struct options *o, const struct input in[2],
		    char *const name[2], struct table *const t[2], struct err *e)
{
	*c = (struct comparison){.o = o, .progress = o->progress, .out = {.fd = -1}};
	for (int side = 0; side < 2; side++)
		input_borrow(&c->in[side], &in[side], name[side], t[side]);
	return begin(c, &report_summary, e);
}

int comparison_return(struct comparison *c, int status, struct buf *b, bool *differs,
		      struct err *e)
{
	progress_clear(&c->progress);
	if (status == 0)
		status = c->report.ops->close(&c->report, e);
	if (status == 0) {
		*differs |= report_differs(&c->report);
		buf_add(b, c->out.b.p, c->out.b.n);
	}
	buf_free(&c->out.b);
	close_comparison(c);
	return status;
}

int compare_rows(struct comparison *c, struct err *e)
{
	const char *where[2] = {c->o->where, c->o->where};

	return c->o->recheck ? recheck(c, NULL, e)
	       : c->o->in_database ? compare_in_database(c, e)
				   : comparison_merge(c, where, &c->report, e);
}

int diff_rows(const struct options *o, struct err *e)
{
	struct comparison c;
	int status;

	status = comparison_open(&c, o, NULL, report_of(options_format(o, FORMAT_EVENTS)), e);
	if (status == 0)
		status = compare_rows(&c, e);
	return comparison_finish(&c, status, e);
}
