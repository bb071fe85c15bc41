/* Changed definitions: --on-ddl. */
#ifndef DEFINITION_H
#define DEFINITION_H

#include "sink.h"
#include "sqlalter.h"

/* Deals with a CHANGE_DDL. Nothing waits; no transaction is open. A change that the target has
 * already is passed over, whatever the policy. -1 with *e set: the policy is to stop, or the
 * statement cannot be applied (EXIT_GATE); or the target failed. */
int definition_change(struct sink *s, const struct change *c, uint64_t line, struct err *e);

/* Likewise inside a transaction (PostgreSQL's rows are of a new form from here on), of which all
 * rows that came wait or are applied, but not committed. *drop is set where they must be taken
 * back, and the stream ends here. */
int definition_inside(struct sink *s, const struct change *c, uint64_t line, bool *drop,
		      struct err *e);

/* Statements of the target, to be run in their order. */
struct definition_do {
	struct buf *sql;
	size_t n;
};

/* The next one, empty. */
struct buf *definition_statement(struct definition_do *d);

/* ---- Tables that come, go and change their names (definition_tables.c) ---- */

/* What a CREATE, DROP, RENAME or ALTER … RENAME TO means here: 1 nothing is to be done, 2 what d
 * says, 0 the policy is not to apply it; -1 with *e set: it cannot be applied (EXIT_GATE,
 * EXIT_BAD), or the target failed. */
int definition_tables(struct sink *s, const struct change *c, struct sql_alter *a,
		      struct definition_do *d, struct err *e);

/* Writes the statement's names as the event does, if these differ by case. */
void definition_fold_names(const struct change *c, struct sql_alter *a);

/* ---- Actions (definition_apply.c) ---- */

/* An event without a statement, as actions on the columns of def. 0, or -1 with *e set: that is
 * not clear (EXIT_GATE). sqlalter_free() is due in any case. */
int definition_actions(const struct change *c, const struct table *def, struct sql_alter *a,
		       struct err *e);

/* Whether the table is as the action leaves it. */
bool definition_is_done(const struct sink *s, const struct change *c, const struct table *def,
			const struct alter_action *a);

/* Adds the target's statement for it. -1: EXIT_GATE, the target cannot say it. */
int definition_add_sql(const struct sink *s, const struct change *c, const struct table *def,
		       const struct alter_action *a, struct buf *sql, struct err *e);

#endif
