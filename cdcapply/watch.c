#include "watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io.h"
#include "stream.h"

#define PAUSE 500 /* milliseconds between two writes */

/* How far the last commit was behind the source; 0 if nothing more has come since. */
static double seconds_behind(const struct run *r, const struct sink *s)
{
	int64_t behind = s->applied_ms - s->source_ms;

	(void)r;
	return s->source_ms && !s->idle && behind > 0 ? (double)behind / 1e3 : 0;
}

/* ---- --metrics ---- */

/* A label's value, quoted (Prometheus documentation, "Exposition formats"). */
static void add_label(struct buf *b, const char *s)
{
	buf_addc(b, '"');
	for (; *s; s++)
		if (*s == '\n')
			buf_adds(b, "\\n");
		else {
			if (*s == '"' || *s == '\\')
				buf_addc(b, '\\');
			buf_addc(b, *s);
		}
	buf_addc(b, '"');
}

static void add_line(struct buf *b, const struct run *r, const struct sink *s, const char *name,
		     const char *kind, double value)
{
	buf_addf(b, "rowboat_%s{stream=", name);
	add_label(b, r->options->stream);
	buf_addf(b, ",target=\"%s\"", s == r->sink ? "primary" : "shadow");
	if (kind)
		buf_addf(b, ",kind=\"%s\"", kind);
	buf_addf(b, "} %.15g\n", value);
}

static void add_head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_addf(b, "# HELP rowboat_%s %s\n# TYPE rowboat_%s %s\n", name, help, name, type);
}

static double count_of(const struct sink *s, size_t i)
{
	const struct applied *a = &s->applied;
	const uint64_t count[] = {s->count.events, s->count.transactions, s->count.replayed,
				  s->count.ignored, a->inserted, a->updated, a->deleted};

	return (double)count[i];
}

static void add_counts(struct buf *b, const struct run *r)
{
	static const struct {
		const char *name, *help;
	} counts[] = {
		{"events_total", "Row events applied."},
		{"transactions_total", "Source transactions applied."},
		{"skipped_total", "Events left out because the checkpoint has them."},
		{"ignored_total", "Events of tables that are not wanted."},
		{"inserted_total", "Rows inserted."},
		{"updated_total", "Rows updated."},
		{"deleted_total", "Rows deleted."},
	};

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		add_head(b, counts[i].name, "counter", counts[i].help);
		for (size_t k = 0; k < r->nsinks; k++)
			add_line(b, r, &r->sink[k], counts[i].name, NULL,
				 count_of(&r->sink[k], i));
	}
}

static void add_metrics(struct buf *b, const struct run *r)
{
	add_counts(b, r);
	add_head(b, "conflicts_total", "counter", "Rows that were missing or there already.");
	for (size_t k = 0; k < r->nsinks; k++) {
		const struct sink *s = &r->sink[k];

		add_line(b, r, s, "conflicts_total", "existing", (double)s->applied.existing);
		add_line(b, r, s, "conflicts_total", "missing", (double)s->applied.missing);
		add_line(b, r, s, "conflicts_total", "missing_in_part",
			 (double)s->applied.missing_partly);
		add_line(b, r, s, "conflicts_total", "gone", (double)s->applied.gone);
	}
	add_head(b, "seconds_behind", "gauge", "Time from the source's commit to the target's.");
	for (size_t k = 0; k < r->nsinks; k++)
		add_line(b, r, &r->sink[k], "seconds_behind", NULL,
			 seconds_behind(r, &r->sink[k]));
	add_head(b, "heard_timestamp_seconds", "gauge", "When the source was last heard of.");
	for (size_t k = 0; k < r->nsinks; k++)
		add_line(b, r, &r->sink[k], "heard_timestamp_seconds", NULL,
			 (double)r->sink[k].heard_ms / 1e3);
}

/* A reader never sees half a file: it is written beside and moved. */
static int write_metrics(const struct run *r, struct err *e)
{
	const char *name = r->options->metrics;
	char *beside = xasprintf("%s.%ld", name, (long)getpid());
	struct out out;
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), status;

	if (fd < 0) {
		status = err_set(e, EXIT_FAILED, "cannot write %s: %m", beside);
		free(beside);
		return status;
	}
	out_open(&out, fd, beside);
	add_metrics(&out.b, r);
	status = out_close(&out, e);
	if (status == 0 && rename(beside, name) < 0)
		status = err_set(e, EXIT_FAILED, "cannot write %s: %m", name);
	if (status < 0)
		unlink(beside);
	free(beside);
	return status;
}

/* ---- --watch ---- */

static void draw(struct run *r)
{
	const struct sink *s = &r->sink[0];
	double seconds = run_seconds(r), recent = seconds - r->watch.drawn;
	double events = (double)(s->count.events - r->watch.events);
	uint64_t rate = recent > 0 ? (uint64_t)(events / recent) : 0;

	fprintf(stderr, "\r\033[K%s: %llu events, %llu/s, %.1f s behind, %llu conflicts",
		r->options->stream, (unsigned long long)s->count.events, (unsigned long long)rate,
		seconds_behind(r, s), (unsigned long long)applied_conflicts(&s->applied));
	fflush(stderr);
	r->watch.drawn = seconds;
	r->watch.events = s->count.events;
	r->watch.visible = true;
}

void watch_clear(struct run *r)
{
	if (r->watch.visible)
		fputs("\r\033[K", stderr);
	r->watch.visible = false;
}

/* ---- When ---- */

int watch_look(struct run *r, bool last, struct err *e)
{
	int64_t now;

	if (!r->options->metrics && !r->options->watch)
		return 0;
	now = checkpoint_now();
	if (!last && now - r->watch.looked_ms < PAUSE)
		return 0;
	r->watch.looked_ms = now;
	if (r->options->watch && isatty(STDERR_FILENO))
		draw(r);
	return r->options->metrics ? write_metrics(r, e) : 0;
}
