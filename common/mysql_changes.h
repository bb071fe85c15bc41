/*
 * What a server must be like for its binary log to tell all changes of rows.
 */
#ifndef MYSQL_CHANGES_H
#define MYSQL_CHANGES_H

#include "mysql_feed.h"
#include "mysql_impl.h"

/* Refuses (EXIT_BAD) settings that cannot work and privileges that are missing, with the
 * statement that mends them as the hint; warns of what the log lacks. */
int my_changes_check(struct my *m, const struct my_feed *f, struct err *e);

#endif
