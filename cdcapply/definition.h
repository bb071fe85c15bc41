/* Changed definitions: --on-ddl. */
#ifndef DEFINITION_H
#define DEFINITION_H

#include "sink.h"

/* Deals with a CHANGE_DDL. Nothing waits; no transaction is open. -1 with *e set: the policy is
 * to stop (EXIT_GATE), the statement cannot be applied (EXIT_GATE), or the target failed. */
int definition_change(struct sink *s, const struct change *c, uint64_t line, struct err *e);

#endif
