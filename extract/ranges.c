/* ranges: predicates that cut a table into parts. See ranges.1. */
#include "ranges.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "opt.h"

#define DEFAULT_ROWS 100000
#define MAX_COUNT 1000000

struct options {
	uint64_t count, rows;
	const char *key, *other, *other_table;
	bool estimate, keys, show_key;
	char *url, *table;
};

static void parse_options(int argc, char **argv, struct options *o)
{
	const struct opt opts[] = {
		OPT_NUM('n', "count", "COUNT", &o->count, 1, MAX_COUNT, "so many ranges"),
		OPT_NUM('r', "rows", "ROWS", &o->rows, 1, UINT64_MAX / 2,
			"so many rows in a range at most (default 100000)"),
		OPT_STR('k', "key", "LIST", &o->key, "the key's columns (default: the primary key)"),
		OPT_FLAG(0, "estimate", &o->estimate, "cut by a sample of the rows, read no others"),
		OPT_FLAG(0, "show-key", &o->show_key, "print the key's columns instead"),
		OPT_GROUP("Another database"),
		OPT_STR(0, "other", "URL", &o->other,
			"the predicate for the same rows there, too, behind a tab"),
		OPT_STR(0, "other-table", "TABLE", &o->other_table, "the table's name there"),
		OPT_FLAG(0, "keys", &o->keys,
			 "predicates for rows whose keys are on standard input"),
		OPT_END,
	};
	char **operand;

	opt_parse(argc, argv, "[OPTION]... URL TABLE",
		  "Prints SQL predicates, one a line, that cut TABLE into disjoint ranges of its key.",
		  opts, 2, 2, &operand);
	o->url = operand[0];
	o->table = operand[1];
	if (o->count && o->rows)
		opt_usage("--count and --rows exclude each other");
	if (o->show_key && (o->keys || o->count || o->rows || o->estimate || o->other))
		opt_usage("--show-key goes with --key alone");
	if (o->keys && (o->count || o->rows || o->estimate || o->other))
		opt_usage("--keys goes with --key alone");
	if (o->other_table && !o->other)
		opt_usage("--other-table goes with --other");
	if (!o->count && !o->rows)
		o->rows = DEFAULT_ROWS;
}

/* ---- Tables and their keys ---- */

/* Whether all rows can be told apart by the key, and an index serves comparisons with it. */
static bool is_usable(const struct table *t, const struct key *k)
{
	if (!k->unique || k->where || (k->method && strcasecmp(k->method, "btree") != 0))
		return false;
	for (size_t i = 0; i < k->nparts; i++) {
		const struct key_part *p = &k->part[i];
		const struct column *c = p->column ? table_column(t, p->column, strlen(p->column))
						   : NULL;

		if (!c || p->prefix || p->opclass || !c->not_null)
			return false;
	}
	return true;
}

static const struct key *default_key(const struct table *t)
{
	for (size_t i = 0; !table_primary(t) && i < t->nkeys; i++)
		if (is_usable(t, &t->key[i]))
			return &t->key[i];
	return table_primary(t);
}

static int take_key(struct keyed *k, const char *list, struct err *e)
{
	char **names = NULL;
	int status = 0;

	if (list) {
		if (names_split(list, &names, &k->nkey, e) < 0)
			return -1;
		k->key = db_choose_columns(k->table, (const char *const *)names, &k->nkey, e);
		status = k->key ? 0 : -1;
		names_free(names);
		return status;
	}
	const struct key *key = default_key(k->table);
	if (!key)
		return 0;
	k->nkey = key->nparts;
	k->key = xcalloc(k->nkey, sizeof *k->key);
	for (size_t i = 0; i < k->nkey && status == 0; i++) {
		k->key[i] = db_find_column(k->table, key->part[i].column, e);
		status = k->key[i] ? 0 : -1;
	}
	return status;
}

static int open_table(struct keyed *k, char *url, const char *name, struct err *e)
{
	k->url = url_parse(url, e);
	k->db = k->url ? db_open(k->url, e) : NULL;
	if (!k->db || db_snapshot(k->db, NULL, e) < 0)
		return -1;
	k->table = db_table(k->db, name, true, e);
	return k->table ? 0 : -1;
}

/* The columns of the other table that have the names of the key's. */
static int take_other_key(struct keyed *other, const struct keyed *k, struct err *e)
{
	other->key = xcalloc(k->nkey + 1, sizeof *other->key);
	other->nkey = k->nkey;
	for (size_t i = 0; i < k->nkey; i++) {
		other->key[i] = db_find_column(other->table, k->key[i]->name, e);
		if (!other->key[i])
			return -1;
	}
	return 0;
}

static void close_table(struct keyed *k)
{
	free(k->key);
	table_free(k->table);
	if (k->db)
		db_close(k->db);
	url_free(k->url);
}

/* ---- Predicates ---- */

static bool has_same_order(const struct keyed *a, const struct keyed *b)
{
	for (size_t i = 0; i < a->nkey; i++)
		if (!range_same_order(a->db, a->key[i], b->db, b->key[i]) ||
		    a->key[i]->not_null != b->key[i]->not_null)
			return false;
	return true;
}

static int write_ranges(const struct keyed *k, const struct keyed *other,
			const struct bounds *bounds, struct out *out, struct err *e)
{
	bool same = other && has_same_order(k, other);

	for (size_t i = 0; i <= bounds->n; i++) {
		db_add_range(k->db, &out->b, k->key, bounds, i);
		if (other)
			buf_addc(&out->b, '\t');
		if (same || (other && !bounds->n))
			db_add_range(other->db, &out->b, other->key, bounds, i);
		buf_addc(&out->b, '\n');
		if (out_drain(out, e) < 0)
			return -1;
	}
	return 0;
}

/* Without a key: where the rows lie, or all of them at once, which any database can say. */
static int write_places(const struct keyed *k, const struct range_query *q, bool other,
			struct out *out, struct err *e)
{
	char **predicates = NULL;
	size_t n = 0;
	int status = db_place_ranges(k->db, q, &predicates, &n, e);

	if (status == 0)
		buf_adds(&out->b, other ? "TRUE\tTRUE\n" : "TRUE\n");
	for (size_t i = 0; i < n; i++) {
		buf_addf(&out->b, "%s%s\n", predicates[i],
			 !other ? "" : n == 1 ? "\tTRUE" : "\t");
		free(predicates[i]);
	}
	free(predicates);
	return status < 0 ? -1 : 0;
}

static int print_ranges(const struct options *o, const struct keyed *k, const struct keyed *other,
			struct out *out, struct err *e)
{
	struct range_query q = {.table = k->table, .key = k->key, .nkey = k->nkey,
				.count = o->count, .rows = o->rows, .estimate = o->estimate};
	struct bounds bounds;
	int status;

	if (!k->key)
		return write_places(k, &q, other != NULL, out, e);
	status = db_bounds(k->db, &q, &bounds, e);
	if (status == 0)
		status = write_ranges(k, other, &bounds, out, e);
	bounds_free(&bounds);
	return status;
}

/* As the lists of columns are written in options; nothing without a key. */
static void show_key(const struct keyed *k, struct out *out)
{
	for (size_t i = 0; i < k->nkey; i++) {
		buf_adds(&out->b, i ? ",\"" : "\"");
		for (const char *p = k->key[i]->name; *p; p++) {
			if (*p == '"')
				buf_addc(&out->b, '"');
			buf_addc(&out->b, *p);
		}
		buf_addc(&out->b, '"');
	}
	if (k->nkey)
		buf_addc(&out->b, '\n');
}

int main(int argc, char **argv)
{
	struct options o = {0};
	struct keyed k = {0}, other = {0};
	struct err e = ERR_INIT;
	struct out out;
	int status = 0;

	set_progname(argv[0]);
	parse_options(argc, argv, &o);
	out_open(&out, STDOUT_FILENO, "standard output");
	if (open_table(&k, o.url, o.table, &e) < 0 || take_key(&k, o.key, &e) < 0)
		die_err(&e);
	if (o.other && (open_table(&other, (char *)o.other,
				   o.other_table ? o.other_table : o.table, &e) < 0 ||
			take_other_key(&other, &k, &e) < 0))
		die_err(&e);
	if (o.show_key)
		show_key(&k, &out);
	else if (o.keys && !k.key)
		status = err_set(&e, EXIT_BAD, "table %s has no key", k.table->name);
	else if (o.keys)
		status = ranges_of_keys(&k, &out, &e);
	else
		status = print_ranges(&o, &k, o.other ? &other : NULL, &out, &e);
	if (status < 0 || out_close(&out, &e) < 0)
		die_err(&e);
	close_table(&k);
	close_table(&other);
	return EXIT_DONE;
}
