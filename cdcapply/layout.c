/* From the names in an image to columns of the target. */
#include <stdlib.h>
#include <string.h>

#include "tables.h"
#include "value.h"

static bool same_names(const struct layout *l, const struct change_image *im)
{
	if (l->n != im->n)
		return false;
	for (size_t i = 0; i < l->n; i++)
		if (l->name[i].n != im->f[i].name.n ||
		    memcmp(l->name[i].p, im->f[i].name.p, l->name[i].n) != 0)
			return false;
	return true;
}

static void layout_free(struct layout *l)
{
	for (size_t i = 0; i < l->n; i++)
		free((char *)l->name[i].p);
	free(l->name);
	free(l->col);
	free(l);
}

void layouts_free(struct source_table *s)
{
	for (struct layout *l = s->layouts, *next; l; l = next) {
		next = l->next;
		layout_free(l);
	}
	plans_free(s);
	s->layouts = NULL;
	s->nlayouts = 0;
}

static int unknown_column(const struct source_table *s, struct field name, struct err *e)
{
	struct buf b = BUF_INIT;

	value_add_quoted(&b, name.p, name.n);
	err_set(e, EXIT_BAD, "%s has no column %s", s->target->label, buf_cstr(&b));
	buf_free(&b);
	return err_hint(e, "add it to the target, or leave it out with --ignore-extra");
}

/* Where one name goes. Columns that the target computes itself are left out. */
static int find_column(const struct tables *t, const struct source_table *s, struct field name,
		       size_t *col, struct err *e)
{
	const struct table *def = s->target->def;
	const struct column *c = table_column(def, name.p, name.n);

	*col = NO_COLUMN;
	if (!c && !t->options->ignore_extra)
		return unknown_column(s, name, e);
	if (c && s->target->writable[c - def->col])
		*col = (size_t)(c - def->col);
	return 0;
}

static struct layout *layout_new(struct tables *t, struct source_table *s,
				 const struct change_image *im, struct err *e)
{
	struct layout *l = xcalloc(1, sizeof *l);

	l->name = xcalloc(im->n + 1, sizeof *l->name);
	l->col = xcalloc(im->n + 1, sizeof *l->col);
	for (; l->n < im->n; l->n++) {
		struct field name = im->f[l->n].name;

		if (find_column(t, s, name, &l->col[l->n], e) < 0) {
			layout_free(l);
			return NULL;
		}
		for (size_t k = 0; k < l->n; k++)
			if (l->col[k] != NO_COLUMN && l->col[k] == l->col[l->n]) {
				err_set(e, EXIT_BAD, "column %s stands there twice",
					s->target->def->col[l->col[k]].name);
				layout_free(l);
				return NULL;
			}
		l->name[l->n] = tables_keep(name);
	}
	l->next = s->layouts;
	s->layouts = l;
	s->nlayouts++;
	return l;
}

struct layout *layout_of(struct tables *t, struct source_table *s,
				const struct change_image *im, struct err *e)
{
	for (struct layout *l = s->layouts; l; l = l->next)
		if (same_names(l, im))
			return l;
	return layout_new(t, s, im, e);
}

