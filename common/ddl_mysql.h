/* The parts of MySQL's DDL writer. */
#ifndef DDL_MYSQL_H
#define DDL_MYSQL_H

#include "ddl_impl.h"

#define MYSQL_KEY_BYTES 3072u  /* InnoDB's limit of a key (manual, "InnoDB Limits") */
#define MYSQL_KEY_PARTS 16u
#define MYSQL_CHAR_BYTES 4u    /* of a character in utf8mb4 */

/* Narrows texts and bytes that unique keys and foreign keys are made of, and
 * moves long texts out of rows that would be too large. */
void mysql_plan(struct ddl *d, struct ddl_table *dt);

/* How many characters (or bytes) of a column an index of nparts columns can
 * take: 0 for all of them. */
uint64_t mysql_key_share(const struct ddl_table *dt, const char *const *columns, size_t n,
			 const char *column);

/* Whether a column of the type can be part of a key at all. */
bool mysql_can_index(const struct target_type *type);

/* Adds the definition of column i, from its name to its comment. */
void mysql_column(struct ddl *d, const struct ddl_table *dt, size_t i, bool auto_increment);

/* The column that counts up, or NULL: MySQL has one in a table. */
const struct column *mysql_auto_column(const struct table *t);

void mysql_keys(struct ddl *d, const struct ddl_table *dt);
void mysql_foreign_key(struct ddl *d, const struct ddl_table *dt, const struct fkey *f);

#endif
