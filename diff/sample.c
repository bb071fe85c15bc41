/* --sample: the rows with some keys, chosen by a hash of the key, on both sides. */
#include <stdlib.h>

#include "keys.h"
#include "modes.h"

/* The keys that one side chooses; *whole becomes false unless these are all it has. */
static int take_sample(struct comparison *c, int side, struct rowset *set, bool *whole,
		       struct err *e)
{
	const char **names = xcalloc(c->shape.nkey + 1, sizeof *names);
	struct select s = {.table = c->in[side].table, .columns = names, .where = c->o->where,
			   .sample = c->o->sample, .seed = c->o->seed, .key = names};
	uint64_t before = set->n;
	struct canon_row canon;
	struct columns columns;
	struct row row;
	int got = -1;

	for (size_t i = 0; i < c->shape.nkey; i++)
		names[i] = c->shape.name[i];
	canon_row_open(&canon, c->shape.nkey);
	for (size_t i = 0; i < c->shape.nkey; i++)
		canon.how[i] = c->shape.canon[side][i];
	if (db_select(c->in[side].db, &s, &columns, e) == 0)
		while ((got = db_fetch(c->in[side].db, &row, e)) > 0) {
			canon_row_apply(&canon, row.f);
			rowset_add(set, row.f);
		}
	canon_row_free(&canon);
	free(names);
	*whole &= set->n - before < c->o->sample;
	return got < 0 ? err_prefix(e, "%s", c->in[side].name) : 0;
}

/* All rows are chosen: they need not be found by their keys. */
static int compare_all(struct comparison *c, struct err *e)
{
	const char *where[2] = {c->o->where, c->o->where};

	return c->o->recheck ? recheck(c, NULL, e) : comparison_merge(c, where, &c->report, e);
}

/* Both sides' keys in ascending order, each once. */
static int join_samples(struct comparison *c, struct rowset *set, struct keys *k, struct err *e)
{
	struct key_copy last;
	size_t *order = rowset_sort(set, c->shape.order);
	int status = 0;

	key_copy_open(&last, c->shape.nkey);
	for (size_t i = 0; i < set->n && status == 0; i++) {
		const struct field *f = rowset_row(set, order[i]);

		if (last.set && !key_compare(c->shape.order, c->shape.nkey, last.f, f))
			continue;
		key_copy_set(&last, f);
		status = keys_add(k, f, e);
	}
	key_copy_free(&last);
	free(order);
	return status;
}

int compare_samples(struct comparison *c, struct err *e)
{
	struct keys k = {.to = {.fd = -1}};
	struct rowset set;
	bool whole = true;
	int status = keys_check(c, "--sample", e);

	c->report.sampled = true;
	rowset_open(&set, c->shape.nkey);
	if (status == 0)
		status = keys_open(&k, c->shape.nkey, e);
	for (int side = 0; side < 2 && status == 0; side++)
		status = take_sample(c, side, &set, &whole, e);
	if (status == 0 && !whole)
		status = join_samples(c, &set, &k, e);
	rowset_free(&set);
	if (status == 0)
		status = whole ? compare_all(c, e)
			 : c->o->recheck ? recheck(c, &k, e)
					 : keys_compare(c, &k, &c->report, e);
	keys_close(&k);
	return status;
}

int diff_sample(const struct options *o, struct err *e)
{
	struct comparison c;
	int status;

	status = comparison_open(&c, o, NULL, report_of(options_format(o, FORMAT_SUMMARY)), e);
	if (status == 0)
		status = compare_samples(&c, e);
	return comparison_finish(&c, status, e);
}
