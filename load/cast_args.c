#include "cast_args.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"

static bool takes_value(const struct opt *o)
{
	return o->kind != OPT_FLAG_KIND;
}

/* The option that an argument is, or NULL; `--na` is `--name`, as in getopt_long. */
static const struct opt *find_option(const struct opt *table, const char *arg)
{
	const struct opt *o;

	for (o = table; o->kind != OPT_END_KIND; o++) {
		if (o->letter && arg[0] == '-' && arg[1] == o->letter && !arg[2])
			return o;
		if (o->name && !strncmp(arg, "--", 2) &&
		    !strncmp(o->name, arg + 2, strlen(arg + 2)))
			return o;
	}
	return NULL;
}

char **cast_order_args(int *argc, char **argv, const struct opt *table)
{
	char **v = xcalloc((size_t)*argc + 2, sizeof *v), **rules;
	static char end[] = "--";
	int n = 0, nrules = 0, i;

	rules = xcalloc((size_t)*argc + 1, sizeof *rules);
	v[n++] = argv[0];
	for (i = 1; i < *argc && strcmp(argv[i], "--"); i++) {
		const struct opt *o = find_option(table, argv[i]);

		if (!o && strncmp(argv[i], "--", 2)) {
			rules[nrules++] = argv[i];
			continue;
		}
		v[n++] = argv[i];
		if (o && takes_value(o) && i + 1 < *argc)
			v[n++] = argv[++i];
	}
	while (++i < *argc)
		rules[nrules++] = argv[i];
	v[n++] = end;
	memcpy(v + n, rules, (size_t)nrules * sizeof *rules);
	free(rules);
	*argc = n + nrules;
	return v;
}
