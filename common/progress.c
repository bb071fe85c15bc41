#include "progress.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"

#define DELAY 1.0        /* seconds before the first line */
#define REDRAW 0.2       /* seconds between two lines */
#define LOOK_SOONER 0.1  /* between two looks at the clock: not more, */
#define LOOK_LATER 0.02  /* and not less, as far as the rows' pace lasts */
#define WIPE "\r\033[K"  /* ECMA-48: erase in line */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void progress_start(struct progress *p, const char *what, uint64_t total)
{
	bool show = !p->quiet && (p->force || isatty(STDERR_FILENO));

	p->what = what;
	p->total = total;
	p->step = 1;
	p->next = show ? 1 : UINT64_MAX;
	p->started = p->looked = p->drawn = now();
	p->visible = false;
}

/* Writes to standard error. That a terminal is gone is no reason to stop. */
static void show(const char *s, size_t n)
{
	ssize_t put = write(STDERR_FILENO, s, n);

	(void)put;
}

static void add_span(struct buf *b, double seconds)
{
	uint64_t s = seconds < 1e9 ? (uint64_t)(seconds + 0.5) : 1000000000;

	if (s >= 3600)
		buf_addf(b, "%" PRIu64 ":%02u:%02u", s / 3600, (unsigned)(s / 60 % 60),
			 (unsigned)(s % 60));
	else
		buf_addf(b, "%u:%02u", (unsigned)(s / 60), (unsigned)(s % 60));
}

static void draw(struct progress *p, uint64_t rows, uint64_t done, double t)
{
	double spent = t - p->started;
	struct buf b = BUF_INIT;

	buf_addf(&b, WIPE "%s: %" PRIu64 " rows, %.0f rows/s", p->what, rows,
		 spent > 0 ? (double)rows / spent : 0);
	if (p->total && done && done <= p->total) {
		double share = (double)done / (double)p->total;

		buf_addf(&b, ", %.0f%%, ", share * 100);
		add_span(&b, spent / share - spent);
		buf_adds(&b, " left");
	}
	show(b.p, b.n);
	buf_free(&b);
	p->drawn = t;
	p->visible = true;
}

void progress_look(struct progress *p, uint64_t rows, uint64_t done)
{
	double t, since;

	if (p->next == UINT64_MAX)
		return;
	t = now();
	since = t - p->looked;
	if (since < LOOK_LATER && p->step < UINT64_MAX / 4)
		p->step *= 2;
	else if (since > LOOK_SOONER)
		p->step = p->step / 2 + (p->step == 1);
	p->looked = t;
	p->next = rows + p->step;
	if (t - p->started >= DELAY && (!p->visible || t - p->drawn >= REDRAW))
		draw(p, rows, done, t);
}

void progress_clear(struct progress *p)
{
	if (p->visible)
		show(WIPE, strlen(WIPE));
	p->visible = false;
}
