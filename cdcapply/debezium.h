/*
 * What Rowboat's own events and Debezium's have in common: "source" and what follows from it.
 */
#ifndef DEBEZIUM_H
#define DEBEZIUM_H

#include <string.h>

#include "reader_impl.h"

static inline bool field_is(struct field f, const char *text, size_t n)
{
	return f.n == n && (!n || !memcmp(f.p, text, n));
}
#define IS(f, text) field_is(f, text, sizeof text - 1)

/* The members of "source" that matter. */
struct origin {
	struct field version, connector, db, schema, table;
	struct field file, gtid, sequence, tx;
	const struct json_node *row, *pos, *lsn, *commit_lsn, *change_lsn, *snapshot;
	int64_t ts_ms;
};

struct origin origin_of(struct change_reader *r, const struct json_node *source);

/* Whether Rowboat wrote it. */
bool is_own(const struct origin *o);

/* Sets *c's position or sequence: where the event stands in its source. */
int place_own(struct change_reader *r, const struct origin *o, struct change *c, struct err *e);
void place_debezium(struct change_reader *r, const struct origin *o, struct change *c);

/* A transaction's number without the LSN that PostgreSQL's events have behind it. */
struct field without_lsn(struct field id);

#endif
