/* The two halves of PostgreSQL's DDL writer. */
#ifndef DDL_POSTGRES_H
#define DDL_POSTGRES_H

#include "ddl_impl.h"

/* Whether a sequence stands behind the column. */
bool postgres_has_sequence(const struct column *c);

void postgres_keys(struct ddl *d, const struct ddl_table *dt);
void postgres_foreign_key(struct ddl *d, const struct ddl_table *dt, const struct fkey *f);

#endif
