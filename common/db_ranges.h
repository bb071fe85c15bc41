/*
 * Ranges of a key: where to cut a table so that the parts have the same number of rows, and
 * SQL predicates for the parts. Predicates have no line break and no tab, whatever the values.
 */
#ifndef DB_RANGES_H
#define DB_RANGES_H

#include "db.h"

struct range_query {
	const struct table *table;
	const struct column *const *key; /* any columns that sort; the more values the better */
	size_t nkey;
	uint64_t count; /* parts, or 0: */
	uint64_t rows;  /* so many rows in a part at most */
	bool estimate;  /* of a sample of the rows, as many as the statistics tell there are */
};

/* The cuts, in the order of the key: n times nkey canonical texts. */
struct bounds {
	struct field *f;
	size_t n, nkey;
	char *arena;
};

/* Finds the cuts by a scan of the key inside the server, in the transaction's snapshot. Values
 * that many rows share leave parts uneven; rows with NULL in the key count as the first. A table
 * without rows has no cut. */
int db_bounds(struct db *db, const struct range_query *q, struct bounds *out, struct err *e);
void bounds_free(struct bounds *bounds);

/* Adds the predicate of part i, 0 to bounds->n: the first has the NULLs, too. */
void db_add_range(struct db *db, struct buf *b, const struct column *const *key,
		  const struct bounds *bounds, size_t i);

/* The number of parts that q asks for, given the table's rows. */
uint64_t range_count(const struct range_query *q, uint64_t rows);

/* Whether two key columns, of either engine, have all of their values in the same order, so
 * that bounds of the one cut the other in the same places. */
bool range_same_order(const struct db *a, const struct column *of_a, const struct db *b,
		      const struct column *of_b);

/* Whether the engine knows another way to cut a table than by a key; then cuts it by where its
 * rows lie, and gives the predicates, which the caller frees. They are right in one snapshot only,
 * since a row may be moved. Returns 1, 0: it does not, or -1. */
int db_place_ranges(struct db *db, const struct range_query *q, char ***predicates, size_t *n,
		    struct err *e);

/* ---- Drivers ---- */

struct range_ops {
	/* Prepares the session for db_bounds(). */
	int (*open)(struct db *db, struct err *e);
	/* Adds an expression that sorts as add_compare() compares. */
	void (*add_key)(struct db *db, struct buf *b, const struct column *c);
	/* Adds a comparison of the column (op: =, <, >, <=, >=) with a canonical text of
	 * add_key()'s expression. */
	void (*add_compare)(struct db *db, struct buf *b, const struct column *c, const char *op,
			    struct field v);
	/* Adds what makes FROM <table> a sample, the same one as long as the table is the same:
	 * behind it, and a term of WHERE (or nothing). */
	void (*add_sample)(struct db *db, struct buf *from, struct buf *where,
			   const struct table *t, double share);
	/* How many blocks the table has, or 0: it cannot be cut by them. */
	int (*blocks)(struct db *db, const struct table *t, uint64_t *n, struct err *e);
	/* Adds the predicate of blocks from low on (0: all) to below high (0: all). */
	void (*add_blocks)(struct db *db, struct buf *b, uint64_t low, uint64_t high);
};

extern const struct range_ops pg_range_ops, mysql_range_ops;

#endif
