/* Differences as one line of JSON: counts, and the first few rows. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "stream.h"

#define SAMPLES 10

struct state {
	struct buf samples;
};

static int add_name(struct buf *b, const char *name, struct err *e)
{
	if (json_add_string(b, name, strlen(name)) < 0)
		return err_set(e, EXIT_BAD, "a name is not UTF-8");
	return 0;
}

static int open_summary(struct report *r, struct err *e)
{
	(void)e;
	r->state = xcalloc(1, sizeof(struct state));
	return 0;
}

static int add_diffs(struct report *r, struct buf *b, const struct field *x,
		     const struct field *y, const bool *changed)
{
	char open = '{';

	buf_adds(b, ",\"diffs\":");
	for (size_t k = 0; k < r->shape->n; k++) {
		size_t i = r->shape->shown[k];

		if (!changed[i])
			continue;
		buf_addc(b, open);
		open = ',';
		if (json_add_string(b, r->shape->name[i], strlen(r->shape->name[i])) < 0)
			return -1;
		buf_adds(b, ":{\"source\":");
		if (json_add_value(b, r->shape->kind[i], x[i]) < 0)
			return -1;
		buf_adds(b, ",\"target\":");
		if (json_add_value(b, r->shape->kind[i], y[i]) < 0)
			return -1;
		buf_addc(b, '}');
	}
	buf_addc(b, '}');
	return 0;
}

/* The shape of the guide: the key's columns, the issue, the values. */
static int summary_of_row(struct report *r, enum difference d, const struct field *a,
			  const struct field *b, const bool *changed, struct err *e)
{
	static const char *const issue[] = {"missing in target", "missing in source",
					    "value_mismatch"};
	struct state *s = r->state;
	struct buf *out = &s->samples;

	if (r->told >= (r->limit ? r->limit : SAMPLES))
		return 0;
	if (r->told)
		buf_addc(out, ',');
	if (report_add_key(r, out, a ? a : b) < 0)
		return err_set(e, EXIT_BAD, "a value of the key is not UTF-8");
	out->n--; /* the object goes on */
	buf_addf(out, ",\"issue\":\"%s\"", issue[d]);
	if (d == DIFF_CHANGED && add_diffs(r, out, a, b, changed) < 0)
		return err_set(e, EXIT_BAD, "a value is not UTF-8");
	buf_addc(out, '}');
	return 0;
}

static int add_list(struct buf *b, const char *key, const char **names, struct err *e)
{
	if (!*names)
		return 0;
	buf_addf(b, ",\"%s\":[", key);
	for (const char **c = names; *c; c++) {
		buf_adds(b, c == names ? "" : ",");
		if (add_name(b, *c, e) < 0)
			return -1;
	}
	buf_addc(b, ']');
	return 0;
}

static int add_counts(struct report *r, struct buf *b, struct err *e)
{
	const char *between = "";

	buf_adds(b, ",\"columns\":{");
	for (size_t k = 0; k < r->shape->n; k++) {
		size_t i = r->shape->shown[k];

		if (!r->tally.column[i])
			continue;
		buf_adds(b, between);
		between = ",";
		if (add_name(b, r->shape->name[i], e) < 0)
			return -1;
		buf_addf(b, ":%llu", (unsigned long long)r->tally.column[i]);
	}
	buf_addc(b, '}');
	if (!r->treat->n)
		return 0;
	buf_adds(b, ",\"equal_only_under\":{");
	for (size_t i = 0; i < r->treat->n; i++) {
		buf_adds(b, i ? "," : "");
		if (add_name(b, r->treat->policy[i].text, e) < 0)
			return -1;
		buf_addf(b, ":%llu", (unsigned long long)r->treat->policy[i].rows);
	}
	buf_addc(b, '}');
	return 0;
}

static int close_summary(struct report *r, struct err *e)
{
	const struct tally *t = &r->tally;
	struct state *s = r->state;
	struct buf *b = &r->out->b;
	uint64_t wrong = t->missing + t->surplus + t->changed, all = t->equal + wrong;

	buf_addc(b, '{');
	if (r->title) {
		buf_adds(b, "\"query\":");
		if (add_name(b, r->title, e) < 0)
			return -1;
		buf_addc(b, ',');
	}
	buf_addf(b, "\"match\":%s,", report_differs(r) ? "false" : "true");
	if (r->sampled)
		buf_addf(b, "\"sampled\":%llu,\"mismatches\":%llu,", (unsigned long long)all,
			 (unsigned long long)wrong);
	buf_addf(b, "\"source_rows\":%llu,\"target_rows\":%llu,\"equal\":%llu,\"missing\":%llu,"
		    "\"surplus\":%llu,\"changed\":%llu,\"match_rate\":%.12g",
		 (unsigned long long)t->rows[0], (unsigned long long)t->rows[1],
		 (unsigned long long)t->equal, (unsigned long long)t->missing,
		 (unsigned long long)t->surplus, (unsigned long long)t->changed,
		 all ? (double)t->equal / (double)all : 1.0);
	if (add_list(b, "missing_columns", r->shape->missing, e) < 0 ||
	    add_list(b, "surplus_columns", r->shape->surplus, e) < 0 || add_counts(r, b, e) < 0)
		return -1;
	buf_addf(b, ",\"bytes\":%llu", (unsigned long long)t->bytes);
	buf_adds(b, ",\"samples\":[");
	buf_add(b, s->samples.p, s->samples.n);
	buf_adds(b, "]}\n");
	return 0;
}

static void free_summary(struct report *r)
{
	struct state *s = r->state;

	buf_free(&s->samples);
	free(s);
}

const struct report_ops report_summary = {open_summary, summary_of_row, close_summary,
					  free_summary};
