/*
 * Names as people write them in arguments: `[schema.]table` and lists of
 * columns. A part may stand in "double quotes" or `backquotes`, doubled
 * inside; everything else is taken as it stands, no case is folded.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stddef.h>

#include "err.h"

/* Takes one name up to (not including) a byte of `stops` or the end, and moves
 * *at there. The caller owns the name; NULL if it is empty or a quote stays open. */
char *names_next(const char **at, const char *stops);

/* Splits `a,b,"c,d"`. *names is NULL-ended, or NULL after an error; the caller frees it by
 * names_free(). */
int names_split(const char *text, char ***names, size_t *n, struct err *e);

void names_free(char **names);

#endif
