/*
 * What a stream of changes needs of the source: settings and rights, a publication
 * (pg_publication.c) and a replication slot. Each refusal hints at the statement that mends it.
 */
#ifndef PG_SLOT_H
#define PG_SLOT_H

#include "changes.h"

#define PG_DEFAULT_NAME "rowboat" /* of slot and publication */
#define PG_OWN_PREFIX "rowboat"   /* of messages that no stream tells */

static inline const char *pg_slot_name(const struct changes_options *o)
{
	return o->slot ? o->slot : PG_DEFAULT_NAME;
}

static inline const char *pg_publication_name(const struct changes_options *o)
{
	return o->publication ? o->publication : PG_DEFAULT_NAME;
}

/* Checks wal_level, the right to replicate, that it is no standby that cannot. */
int pg_check_source(struct db *db, struct err *e);

/* Finds the slot and checks that it can be used: *lsn is its confirmed position. *pid is the
 * process that uses it now, 0: none. */
int pg_slot_find(struct db *db, const struct changes_options *o, uint64_t *lsn, int *pid,
		 struct err *e);

/* Makes the publication, if it is not there; checks that it tells of all tables that are wanted,
 * and that their rows can be known again (replica identity). */
int pg_publication_prepare(struct db *db, const struct changes_options *o, struct err *e);

/* Drops the publication if pg_publication_prepare() made it. */
int pg_publication_drop(struct db *db, const char *name, struct err *e);

#endif
