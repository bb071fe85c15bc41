/* diff: what differs between two tables or files. See diff.1. */
#include "modes.h"

/* As diff(1): 0 the same, 1 different, 2 any trouble. */
enum { SAME, DIFFERENT, TROUBLE };

static int (*const modes[])(const struct options *o, struct err *e) = {
	[MODE_ROWS] = diff_rows,
	[MODE_SAMPLE] = diff_sample,
	[MODE_QUERY] = diff_query,
	[MODE_COUNT] = diff_count,
	[MODE_FIT] = diff_fit,
	[MODE_TYPES] = diff_types,
	[MODE_CHECKS] = diff_checks,
};

int main(int argc, char **argv)
{
	struct options o = {0};
	struct err e = ERR_INIT;
	int status;

	set_progname(argv[0]);
	set_failed_status(TROUBLE);
	options_parse(&o, argc, argv);
	status = modes[o.mode](&o, &e);
	if (status < 0) {
		e.status = EXIT_BAD;
		die_err(&e);
	}
	return status == 0 ? SAME : status == 1 ? DIFFERENT : TROUBLE;
}
