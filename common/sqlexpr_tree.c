#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "sqlexpr.h"

struct expr_node *expr_add(struct expr *x, enum expr_kind kind, const char *text, size_t n)
{
	struct expr_node *e = xcalloc(1, sizeof *e);

	e->kind = kind;
	buf_add(&e->text, text, n);
	buf_cstr(&e->text);
	e->next = x->all;
	x->all = e;
	return e;
}

void expr_add_arg(struct expr_node *n, struct expr_node *arg)
{
	n->arg = xrealloc(n->arg, (n->nargs + 1) * sizeof *n->arg);
	n->arg[n->nargs++] = arg;
}

void expr_free(struct expr *x)
{
	struct expr_node *next;

	for (struct expr_node *n = x->all; n; n = next) {
		next = n->next;
		buf_free(&n->text);
		free(n->arg);
		free(n);
	}
	*x = (struct expr){0};
}

bool expr_names_column(const struct expr_node *n, const char *column)
{
	if (n->kind == EXPR_COLUMN && !strcasecmp(n->text.p, column))
		return true;
	for (size_t i = 0; i < n->nargs; i++)
		if (expr_names_column(n->arg[i], column))
			return true;
	return false;
}
