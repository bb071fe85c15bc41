/* --recheck: rows that differ are looked at again, since one side may only lag behind. */
#include <errno.h>
#include <time.h>

#include "keys.h"
#include "modes.h"

static void wait_seconds(uint64_t seconds)
{
	struct timespec t = {.tv_sec = (time_t)seconds};

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		continue;
}

/* The first look only notes the keys of rows that differ; what it found equal counts. */
static int first_look(struct comparison *c, struct keys *of, struct keys *k, struct err *e)
{
	const char *where[2] = {c->o->where, c->o->where};
	struct report first = {.treat = &c->treat, .out = &c->out, .state = k};
	int status = report_open(&first, &report_keys, &c->shape, c->in, e);

	if (status == 0)
		status = of ? keys_compare(c, of, &first, e) : comparison_merge(c, where, &first, e);
	c->report.tally.equal = first.tally.equal;
	c->report.tally.rows[0] = first.tally.rows[0];
	c->report.tally.rows[1] = first.tally.rows[1];
	report_free(&first);
	return status;
}

int recheck(struct comparison *c, struct keys *keys, struct err *e)
{
	uint64_t rows[2];
	struct keys k = {.to = {.fd = -1}};
	int status = keys_check(c, "--recheck", e);

	if (status == 0)
		status = keys_open(&k, c->shape.nkey, e);
	if (status == 0)
		status = first_look(c, keys, &k, e);
	rows[0] = c->report.tally.rows[0];
	rows[1] = c->report.tally.rows[1];
	if (status == 0 && k.n) {
		wait_seconds(c->o->recheck);
		for (int side = 0; side < 2 && status == 0; side++)
			status = input_refresh(&c->in[side], e);
		if (status == 0)
			status = keys_compare(c, &k, &c->report, e);
	}
	c->report.tally.rows[0] = rows[0];
	c->report.tally.rows[1] = rows[1];
	keys_close(&k);
	return status;
}
