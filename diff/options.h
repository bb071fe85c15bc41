/* What diff was asked for. */
#ifndef DIFF_OPTIONS_H
#define DIFF_OPTIONS_H

#include "input.h"
#include "opt.h"
#include "progress.h"
#include "report.h"

enum format { FORMAT_DEFAULT, FORMAT_EVENTS, FORMAT_TEXT, FORMAT_SUMMARY };
enum mode { MODE_ROWS, MODE_SAMPLE, MODE_QUERY, MODE_COUNT, MODE_TYPES, MODE_FIT,
	    MODE_CHECKS };
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
	const char *key, *columns, *where, *seed;
	const char *query, *query_b, *query_file, *query_file_b;
	const char *checks; /* a list */
	int format, color, sorted;
	uint64_t limit, sample, recheck;
	bool no_key, no_end;
	bool count, types, fit, estimate, ordered, in_database;
	enum mode mode;
	struct opt_list treat;
	struct progress progress;
	struct operand side[2];
	char **table; /* --count and the like: names behind the URLs */
	int ntables;
};

/* The format asked for, or the mode's own. */
enum format options_format(const struct options *o, enum format preset);

/* Whether text on standard output is to be coloured. */
bool options_color(const struct options *o);

/* Reads the options and operands; a usage error ends the process. */
void options_parse(struct options *o, int argc, char **argv);

#endif
