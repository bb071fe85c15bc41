/*
 * --checks: several checks of many tables, on two connections. A check that cannot be made is
 * told, and keeps no other from being made.
 */
#include "checks.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "modes.h"
#include "names.h"
#include "rows.h"
#include "stream.h"

#define SAMPLE 1000 /* rows, if nothing is said */

/* ---- Rows ---- */

static int rows_of_pair(const struct options *o, const struct input in[2],
			const struct table_pair *p, struct buf *b, bool *differs, struct err *e)
{
	struct options own = *o;
	struct comparison c;
	int status;

	own.sample = 0;
	status = comparison_lend(&c, &own, in, p->name, p->t, e);
	if (status == 0)
		status = compare_rows(&c, e);
	return comparison_return(&c, status, b, differs, e);
}

/* Rows that nothing tells apart are all in the digest. */
static int sample_of_pair(const struct options *o, const struct input in[2],
			  const struct table_pair *p, struct buf *b, bool *differs, struct err *e)
{
	bool keyless = false, ignored = false;
	struct buf none = BUF_INIT;
	struct comparison c;
	int status = comparison_lend(&c, o, in, p->name, p->t, e);

	if (status == 0) {
		keyless = c.shape.whole;
		status = keyless ? 0 : compare_samples(&c, e);
	}
	status = comparison_return(&c, status, keyless ? &none : b,
				   keyless ? &ignored : differs, e);
	if (keyless)
		buf_adds(b, "no key: not sampled");
	buf_free(&none);
	return status;
}

/* ---- The checks that there are ---- */

struct table_check {
	const char *name;
	bool deep;   /* it looks at keys */
	bool both;   /* it wants a table on either side */
	bool member; /* it adds a member of an object */
	table_pair_compare compare;
};

static const struct table_check all[] = {
	{"count", false, false, true, count_of_pair},
	{"types", true, false, true, types_of_pair},
	{"fit", true, false, true, fit_of_pair},
	{"digest", false, true, false, digest_of_pair},
	{"sample", true, true, false, sample_of_pair},
	{"rows", true, true, false, rows_of_pair},
};
enum { CHECKS = sizeof all / sizeof *all };

/* The connections and what is to be done over them. */
struct session {
	const struct options *o;
	struct input in[2];
	const struct table_check *check[CHECKS];
	size_t nchecks;
	bool deep;  /* one of them looks at keys */
	bool fresh; /* both sides are connected, and have no snapshots yet */
	bool differs, trouble;
	struct out out;
};

static int take_check(struct session *s, const char *name, struct err *e)
{
	for (size_t i = 0; i < CHECKS; i++) {
		if (strcmp(all[i].name, name) != 0)
			continue;
		for (size_t k = 0; k < s->nchecks; k++)
			if (s->check[k] == &all[i])
				return err_set(e, EXIT_BAD, "--checks: %s is named twice", name);
		s->check[s->nchecks++] = &all[i];
		s->deep |= all[i].deep;
		return 0;
	}
	return err_set(e, EXIT_BAD, "--checks: '%s' is none of count, types, fit, digest, sample, "
				    "rows", name);
}

static int take_checks(struct session *s, struct err *e)
{
	char **names = NULL;
	size_t n = 0;
	int status = names_split(s->o->checks, &names, &n, e);

	for (size_t i = 0; i < n && status == 0; i++)
		status = take_check(s, names[i], e);
	names_free(names);
	return status;
}

/* ---- Connections ---- */

static void disconnect(struct session *s)
{
	for (int side = 0; side < 2; side++) {
		db_close(s->in[side].db);
		s->in[side].db = NULL;
	}
}

/* Connects unless that is done, takes a snapshot of either side, and reads both definitions. */
static int begin_pair(struct session *s, struct table_pair *p, struct err *e)
{
	for (int side = 0; side < 2; side++) {
		struct input *in = &s->in[side];

		if (in->db && !s->fresh) {
			if (input_refresh(in, e) < 0)
				return -1;
			continue;
		}
		if (!in->db && !(in->db = db_open(in->url, e)))
			return -1;
		if (db_snapshot(in->db, NULL, e) < 0)
			return -1;
	}
	s->fresh = false;
	return table_pair_read(p, s->in, s->deep, e);
}

/* ---- What is told ---- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The report is one of ours, or the text of an error. */
static int add_report(struct buf *b, const struct buf *report, struct err *e)
{
	if (report->n && *report->p == '{')
		buf_add(b, report->p, report->n);
	else if (json_add_string(b, report->n ? report->p : "", report->n) < 0)
		return err_set(e, EXIT_BAD, "an error's text is not UTF-8");
	return 0;
}

static int add_json(struct buf *b, const char *table, const char *check, int result,
		    double seconds, const struct buf *report, struct err *e)
{
	buf_adds(b, "{\"table\":");
	if (json_add_string(b, table, strlen(table)) < 0)
		return err_set(e, EXIT_BAD, "the name of a table is not UTF-8");
	buf_addf(b, ",\"check\":\"%s\",\"match\":%s,\"trouble\":%s,\"seconds\":%.3f,\"report\":",
		 check, result == 0 ? "true" : "false", result < 0 ? "true" : "false", seconds);
	if (add_report(b, report, e) < 0)
		return -1;
	buf_adds(b, "}\n");
	return 0;
}

/* Fields behind tabs, of which no text has one. */
static void add_text(struct buf *b, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(b, text[i] == '\t' || text[i] == '\n' ? ' ' : text[i]);
}

/* result: as of a mode. */
static int tell(struct session *s, const char *table, const struct table_check *c, int result,
		double seconds, const struct buf *report, struct err *e)
{
	struct buf *b = &s->out.b;

	s->differs |= result == 1;
	s->trouble |= result < 0;
	if (options_format(s->o, FORMAT_SUMMARY) != FORMAT_TEXT) {
		if (add_json(b, table, c->name, result, seconds, report, e) < 0)
			return -1;
	} else {
		add_text(b, table, strlen(table));
		buf_addf(b, "\t%s\t%s\t%.3f\t", c->name,
			 result < 0 ? "TROUBLE" : result ? "DIFFERS" : "same", seconds);
		add_text(b, report->p, report->n);
		buf_addc(b, '\n');
	}
	return out_flush(&s->out, e);
}

/* ---- The work ---- */

/* Makes one check: 0, 1 or -1, as a mode; in any case the report has something to tell. */
static int make_check(struct session *s, const struct table_check *c, const struct table_pair *p,
		      struct buf *report, struct err *e)
{
	struct options own = *s->o;
	bool differs = false;
	int status = 0;

	own.format = FORMAT_SUMMARY;
	if (!own.sample)
		own.sample = SAMPLE;
	for (int side = 0; side < 2 && c->both && status == 0; side++)
		if (!p->t[side])
			status = err_set(e, EXIT_BAD, "%s: no such table in the %s", p->title,
					 side ? "target" : "source");
	if (status == 0)
		status = c->compare(&own, s->in, p, report, &differs, e);
	if (status == 0 && c->member)
		buf_adds(report, report->n ? "}" : "{}");
	while (report->n && report->p[report->n - 1] == '\n')
		report->n--;
	return status < 0 ? -1 : differs;
}

/* The report of what could not be checked. The connections may be lost, or in the midst of a
 * statement: the next check gets new ones. */
static void add_trouble(struct session *s, struct table_pair *p, struct buf *report,
			struct err *e)
{
	buf_reset(report);
	buf_addf(report, "%s: %s", progname, e->msg);
	if (e->hint)
		buf_addf(report, " %s: hint: %s", progname, e->hint);
	err_clear(e);
	table_pair_drop(p);
	disconnect(s);
}

/* Makes all checks of a pair, at one moment of either side. */
static int check_pair(struct session *s, struct table_pair *p, struct err *e)
{
	struct buf report = BUF_INIT;
	bool begun = false;
	int status = 0;

	for (size_t i = 0; i < s->nchecks && status == 0; i++) {
		struct err trouble = ERR_INIT;
		double start = now();
		int result = begun ? 0 : begin_pair(s, p, &trouble);

		buf_reset(&report);
		if (result == 0)
			result = make_check(s, s->check[i], p, &report, &trouble);
		begun = result >= 0;
		if (result < 0)
			add_trouble(s, p, &report, &trouble);
		status = tell(s, p->title, s->check[i], result, now() - start, &report, e);
	}
	table_pair_drop(p);
	buf_free(&report);
	return status;
}

int diff_checks(const struct options *o, struct err *e)
{
	struct session s = {.o = o, .in = {{.fd = -1}, {.fd = -1}}, .fresh = true};
	struct tables t = {0};
	int status = take_checks(&s, e);

	out_open(&s.out, STDOUT_FILENO, "standard output");
	for (int side = 0; side < 2 && status == 0; side++)
		status = input_connect(&s.in[side], &o->side[side], e);
	if (status == 0)
		status = tables_open(&t, o, s.in, e);
	for (size_t i = 0; i < t.n && status == 0; i++)
		status = check_pair(&s, &t.pair[i], e);
	if (out_close(&s.out, e) < 0)
		status = -1;
	for (int side = 0; side < 2; side++)
		input_close(&s.in[side]);
	tables_free(&t);
	return status < 0 ? -1 : s.trouble ? 2 : s.differs;
}
