/* Definitions as JSON, for the program schema. */
#ifndef SCHEMA_JSON_H
#define SCHEMA_JSON_H

#include "buf.h"
#include "table.h"

/* Adds the definition of a table as one JSON object on one line (see
 * schema.1). Members that a thing does not have are left away. */
void schema_add_json(struct buf *b, const struct table *t);

#endif
