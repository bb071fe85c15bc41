/* The command line of cdcapply. */
#ifndef CDCAPPLY_OPTIONS_H
#define CDCAPPLY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "change.h"
#include "opt.h"
#include "progress.h"

enum conflict_policy { CONFLICT_ERROR, CONFLICT_UPSERT, CONFLICT_SKIP };
enum ddl_policy { DDL_STOP, DDL_SKIP, DDL_SKIP_FIRST, DDL_APPLY };
enum truncate_policy { TRUNCATE_APPLY, TRUNCATE_SKIP, TRUNCATE_ERROR };

struct options {
	/* What to do; at most one. */
	bool lag, from_checkpoint;
	const char *set_checkpoint, *of_table, *wait_for, *close;

	const char *stream;
	char *url, *shadow, *source;

	int format;                /* enum change_format; -1: told apart */
	struct encodings encodings;
	const char *default_table; /* of events that name none */
	bool no_end;

	struct opt_list map, table;
	bool ignore_unmapped, ignore_extra;

	int conflict, on_ddl, on_truncate;
	bool fire_triggers;
	bool correlate;

	uint64_t group_events, group_ms;

	uint64_t max_ms;           /* --max; UINT64_MAX: no limit */
	uint64_t timeout_ms;       /* --timeout; likewise */
	const char *metrics;
	bool watch;
	struct opt_list group, encoding; /* as given */
	const char *max, *timeout;
};

/* Parses, checks; usage errors end the process. */
void options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);

/* "30m", "200ms", "15" (seconds): the milliseconds; false if it is nothing like that. */
bool options_duration(const char *text, uint64_t *ms);

#endif
