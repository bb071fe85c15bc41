/* Which tables a change stream tells of: shell patterns, `[schema.]table`, see capture(1). */
#ifndef PATTERNS_H
#define PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct pattern {
	char *schema; /* NULL: in patterns.schema */
	char *table;
};

struct patterns {
	struct pattern *wanted, *unwanted;
	size_t nwanted, nunwanted;
	const char *schema; /* that of patterns that name none; NULL: any */
	bool only;          /* without wanted patterns, only its tables are wanted */
};

/* Adds a pattern to the wanted or unwanted ones. A dot in "quotes" or `backquotes` is part of
 * a name, and so are * ? [ there. Returns 0, or -1 with *e set (EXIT_BAD). */
int patterns_add(struct patterns *p, const char *text, bool wanted, struct err *e);
void patterns_free(struct patterns *p);

/* Whether a table is wanted and not unwanted. ctx is a struct patterns. */
bool patterns_match(void *ctx, const char *schema, const char *table);

#endif
