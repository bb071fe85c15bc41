/*
 * Samples: rows chosen by a hash of the key that PostgreSQL's driver computes
 * from the same bytes: the seed and ';', then for each key column the
 * length of its canonical text in bytes, ':' and the text ('-' for NULL).
 */
#ifndef MYSQL_SAMPLE_H
#define MYSQL_SAMPLE_H

#include "mysql_impl.h"

/* Adds ORDER BY hash LIMIT n. Without a key: EXIT_BAD with a hint. */
int my_add_sample(struct my *m, struct buf *b, const struct select *s, struct err *e);

#endif
