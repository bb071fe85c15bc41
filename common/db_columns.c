/* Columns by their names. */
#include "db.h"

#include <stdlib.h>
#include <string.h>

const struct column *db_find_column(const struct table *t, const char *name, struct err *e)
{
	const struct column *c = table_column(t, name, strlen(name));
	struct buf b = BUF_INIT;

	if (c)
		return c;
	for (size_t i = 0; i < t->ncols; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", t->col[i].name);
	if (t->name)
		err_set(e, EXIT_BAD, "table %s has no column %s", t->name, name);
	else
		err_set(e, EXIT_BAD, "the query has no column %s", name);
	if (b.n)
		err_hint(e, "it has %s", buf_cstr(&b));
	buf_free(&b);
	return NULL;
}

const struct column **db_choose_columns(const struct table *t, const char *const *names,
					size_t *n, struct err *e)
{
	const struct column **list;
	size_t room = t->ncols;

	for (size_t i = 0; names && names[i]; i++)
		room = i + 1;
	list = xcalloc(room + 1, sizeof *list);
	*n = 0;
	for (size_t i = 0; names ? names[i] != NULL : i < t->ncols; i++) {
		const struct column *c = names ? db_find_column(t, names[i], e) : &t->col[i];

		if (!c) {
			free(list);
			return NULL;
		}
		if (names || c->generated == GEN_NO)
			list[(*n)++] = c;
	}
	if (*n)
		return list;
	if (t->name)
		err_set(e, EXIT_BAD, "table %s has no columns to read", t->name);
	else
		err_set(e, EXIT_BAD, "the query has no columns to read");
	free(list);
	return NULL;
}

void db_add_columns(struct db *db, struct buf *b, const char *prefix,
		    const struct column *const *col, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i ? ", " : "");
		buf_adds(b, prefix);
		db_add_ident(db, b, col[i]->name);
	}
}
