/*
 * Takes any text apart as a statement of MySQL's binary log. Names are there wherever the parser
 * says that there is one, and a CREATE TABLE that is understood has whole columns and keys.
 */
#include <stdint.h>
#include <stdlib.h>

#include "sqlalter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_action(const struct alter_action *a)
{
	bool has_def = a->kind == ALTER_ADD || a->kind == ALTER_CHANGE;

	if ((has_def && (!a->def.name || !a->raw)) || (a->kind == ALTER_RENAME && !a->new_name) ||
	    (a->kind != ALTER_ADD && a->kind != ALTER_REST && !a->name))
		abort();
}

static void check_table(const struct table *t)
{
	for (size_t i = 0; i < t->ncols; i++)
		if (!t->col[i].name || !t->col[i].native)
			abort();
	for (size_t i = 0; i < t->nkeys; i++)
		for (size_t k = 0; k < t->key[i].nparts; k++)
			if (!t->key[i].name || !t->key[i].part[k].column)
				abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *sql = xstrndup(n ? (const char *)data : "", n);
	struct sql_alter a;

	sqlalter_parse(&a, sql);
	for (size_t i = 0; i < a.nnames; i++)
		if (!a.name[i].table)
			abort();
	for (size_t i = 0; i < a.n && a.kind == STATEMENT_ALTER; i++)
		check_action(&a.action[i]);
	if (a.kind == STATEMENT_CREATE_TABLE && a.table)
		check_table(a.table);
	sqlalter_free(&a);
	free(sql);
	return 0;
}
