/*
 * The command line of cast: options, and rules of which some begin with a dash.
 * `-secret` drops a column, `-k` is an option.
 */
#ifndef CAST_ARGS_H
#define CAST_ARGS_H

#include "opt.h"

/* Returns the arguments in another order, for opt_parse(): the options with what
 * belongs to them, `--`, the rules. An argument that begins with one dash is an
 * option only if it is one letter that the table has. *argc is set to their number;
 * the caller frees the array. */
char **cast_order_args(int *argc, char **argv, const struct opt *table);

#endif
