/* The parts of ranges. */
#ifndef RANGES_H
#define RANGES_H

#include "db_ranges.h"
#include "io.h"

/* A table and the columns of its key; `key` is NULL where it has none. */
struct keyed {
	struct url *url;
	struct db *db;
	struct table *table;
	const struct column **key;
	size_t nkey;
};

/* Reads the keys of rows from a stream on standard input, and writes predicates that hold for
 * the rows that have them, a number of keys each, and each key once. Columns that are not of the
 * key are passed over. The keys are held in memory. */
int ranges_of_keys(const struct keyed *k, struct out *out, struct err *e);

#endif
