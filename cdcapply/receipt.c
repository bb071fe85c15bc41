#include "receipt.h"

#include <unistd.h>

#include "io.h"
#include "stream.h"

static void add(struct buf *b, const char *name, uint64_t n)
{
	buf_addf(b, ",\"%s\":%llu", name, (unsigned long long)n);
}

static void add_sink(struct buf *b, const struct sink *s)
{
	const struct applied *a = &s->applied;

	buf_addf(b, "\"events\":%llu", (unsigned long long)s->count.events);
	add(b, "transactions", s->count.transactions);
	add(b, "inserted", a->inserted);
	add(b, "updated", a->updated);
	add(b, "deleted", a->deleted);
	add(b, "truncated", a->truncated);
	add(b, "skipped", s->count.replayed);
	add(b, "ignored", s->count.ignored);
	add(b, "conflicts", applied_conflicts(a));
	buf_adds(b, ",\"position\":");
	if (s->now.at_position)
		position_add(b, &s->now.position);
	else
		buf_adds(b, "null");
}

/* The one conflict that leaves something of the source out is not only counted. */
static void warn_of_gaps(const struct sink *s)
{
	unsigned long long n = s->applied.missing_partly;

	if (n)
		warn("%swarning: %llu updates were left out: the rows are not there, and the events tell "
		     "only some of their columns; diff shows whether something is missing", s->label, n);
}

int receipt_print(const struct run *r, struct err *e)
{
	struct out out;

	out_open(&out, STDOUT_FILENO, "standard output");
	buf_adds(&out.b, "{\"stream\":");
	json_add_string(&out.b, r->options->stream, strlen(r->options->stream));
	buf_addc(&out.b, ',');
	add_sink(&out.b, &r->sink[0]);
	if (r->nsinks > 1) {
		buf_adds(&out.b, ",\"shadow\":{");
		add_sink(&out.b, &r->sink[1]);
		buf_addc(&out.b, '}');
	}
	for (size_t i = 0; i < r->nsinks; i++)
		warn_of_gaps(&r->sink[i]);
	buf_addf(&out.b, ",\"seconds\":%.3f}\n", run_seconds(r));
	return out_close(&out, e);
}
