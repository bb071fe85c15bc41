/* schema: writes definitions of tables as NDJSON or DDL. See schema.1. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "ddl.h"
#include "err.h"
#include "io.h"
#include "opt.h"
#include "schema_json.h"

enum target { TO_POSTGRES, TO_MYSQL, TO_NDJSON };
enum section { PRE_DATA, DATA_TYPES, POST_DATA, KEYS, FOREIGN_KEYS, ALL_SECTIONS };

struct options {
	int to, section;
	struct opt_list casts;
	bool postgis;
	const char *collate;
	bool list, estimate;
};

static void parse_options(int argc, char **argv, struct options *o, char **url, char ***tables,
			  int *ntables)
{
	static const char *const targets[] = {"postgres", "mysql", NULL};
	static const char *const sections[] = {"pre-data", "data-types", "post-data",
					       "keys", "foreign-keys", NULL};
	const struct opt opts[] = {
		OPT_ENUM(0, "to", "postgres|mysql", &o->to, targets,
			 "DDL for this engine, not NDJSON"),
		OPT_ENUM(0, "section", "NAME", &o->section, sections,
			 "only pre-data, data-types, post-data, keys or foreign-keys"),
		OPT_LIST(0, "cast", "FROM=TO", &o->casts,
			 "map a type, or table.column, to this type; may be repeated"),
		OPT_FLAG('l', "list", &o->list, "only the names of the tables, a line each"),
		OPT_FLAG(0, "estimate", &o->estimate,
			 "with --list: each behind its rows in the server's statistics"),
		OPT_FLAG(0, "postgis", &o->postgis, "MySQL's spatial types become PostGIS's"),
		OPT_STR(0, "collate", "NAME", &o->collate,
			"MySQL's collation for all texts (default utf8mb4_bin)"),
		OPT_END,
	};
	char **operand;
	int n = opt_parse(argc, argv, "[OPTION]... URL [TABLE]...",
			  "Writes the definitions of all tables, or of these, to standard output.",
			  opts, 1, INT_MAX, &operand);

	*url = operand[0];
	*tables = operand + 1;
	*ntables = n - 1;
	if (o->to == TO_NDJSON &&
	    (o->section != ALL_SECTIONS || o->casts.n || o->postgis || o->collate))
		opt_usage("--section, --cast, --postgis and --collate go with --to");
	if (o->list && (o->to != TO_NDJSON || *ntables))
		opt_usage("--list goes with no TABLE, and with --estimate alone");
	if (o->estimate && !o->list)
		opt_usage("--estimate goes with --list");
	for (const char *p = o->collate; p && *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		      (*p >= '0' && *p <= '9') || *p == '_'))
			opt_usage("--collate: '%s' is no name of a collation", o->collate);
}

static void free_tables(struct table **tables, size_t n)
{
	for (size_t i = 0; i < n; i++)
		table_free(tables[i]);
	free(tables);
}

static struct table **read_tables(struct db *db, char **names, size_t n, struct err *e)
{
	struct table **tables = xcalloc(n, sizeof *tables);

	for (size_t i = 0; i < n; i++) {
		tables[i] = db_table(db, names[i], true, e);
		if (!tables[i]) {
			free_tables(tables, i);
			return NULL;
		}
	}
	return tables;
}

/* Without names: all tables, and views, which are told of. */
static struct table **read_all(struct db *db, size_t *n, struct err *e)
{
	char **names;
	struct table **tables;

	if (db_tables(db, true, &names, NULL, n, e) < 0)
		return NULL;
	tables = read_tables(db, names, *n, e);
	for (size_t i = 0; i < *n; i++)
		free(names[i]);
	free(names);
	return tables;
}

/* Adds a part of a name as db_split_name() reads it. */
static void add_part(struct buf *b, const char *part)
{
	if (!strpbrk(part, ".\"`")) {
		buf_adds(b, part);
		return;
	}
	buf_addc(b, '"');
	for (; *part; part++)
		buf_addf(b, *part == '"' ? "\"\"" : "%c", *part);
	buf_addc(b, '"');
}

/* The names of all tables, as every program takes them. Those of the home schema
 * stand without it, so that the other side's tables have the same names. */
static int list_tables(struct db *db, const struct options *o, const struct url *u, struct buf *b,
		       struct err *e)
{
	const char *home = url_home(u);
	char **names, *schema, *name;
	uint64_t *rows = NULL;
	size_t n;

	if (db_tables(db, false, &names, o->estimate ? &rows : NULL, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (o->estimate)
			buf_addf(b, "%llu\t", (unsigned long long)rows[i]);
		if (db_split_name(names[i], &schema, &name, e) < 0)
			return -1;
		if (schema && (!home || strcmp(schema, home))) {
			add_part(b, schema);
			buf_addc(b, '.');
		}
		add_part(b, name);
		buf_addc(b, '\n');
		free(schema);
		free(name);
		free(names[i]);
	}
	free(names);
	free(rows);
	return 0;
}

static void print_warning(void *ctx, const char *text)
{
	(void)ctx;
	warn("warning: %s", text);
}

static int write_ddl(const struct options *o, const struct url *u, struct table *const *tables,
		     size_t n, struct buf *b, struct err *e)
{
	struct typemap map = {.from = u->engine,
			      .to = o->to == TO_POSTGRES ? ENGINE_POSTGRES : ENGINE_MYSQL};
	struct ddl_options options = {.home = url_home(u), .collate = o->collate,
				      .warning = print_warning};
	struct ddl *d;

	if (!options.home && n)
		options.home = tables[0]->schema;
	if (o->postgis && typemap_add_rule(&map, "geometry=postgis", e) < 0)
		return -1;
	for (int i = 0; i < o->casts.n; i++)
		if (typemap_add_rule(&map, o->casts.v[i], e) < 0)
			return -1;
	d = ddl_new(&options, &map, tables, n, e);
	if (!d)
		return -1;
	if (o->section == PRE_DATA || o->section == ALL_SECTIONS)
		ddl_pre_data(d, b);
	if (o->section == DATA_TYPES)
		ddl_data_types(d, b);
	if (o->section == KEYS || o->section == POST_DATA || o->section == ALL_SECTIONS)
		ddl_keys(d, b);
	if (o->section == FOREIGN_KEYS || o->section == POST_DATA || o->section == ALL_SECTIONS)
		ddl_foreign_keys(d, b);
	ddl_free(d);
	typemap_free(&map);
	return 0;
}

/* With all tables: what else there is. With some: only their triggers. */
static int tell_extras(struct db *db, bool all, struct table *const *tables, size_t n,
		       struct err *e)
{
	char **texts = NULL;
	size_t count = 0;

	for (size_t i = 0; !all && i < n; i++)
		if (tables[i]->has_triggers)
			warn("warning: %s.%s: its triggers are not translated", tables[i]->schema,
			     tables[i]->name);
	if (all && db_extras(db, &texts, &count, e) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		warn("warning: %s: not translated", texts[i]);
		free(texts[i]);
	}
	free(texts);
	return 0;
}

static void write_json(struct table *const *tables, size_t n, struct buf *b)
{
	for (size_t i = 0; i < n; i++)
		schema_add_json(b, tables[i]);
	buf_addf(b, "{\"$end\":%zu}\n", n);
}

/* The definitions of these tables, or of all where n is 0. */
static int write_definitions(struct db *db, const struct url *u, const struct options *o,
			     char **names, size_t n, struct buf *b, struct err *e)
{
	bool all = n == 0;
	struct table **tables = all ? read_all(db, &n, e) : read_tables(db, names, n, e);
	int status = 0;

	if (!tables)
		return -1;
	if (o->to == TO_NDJSON)
		write_json(tables, n, b);
	else
		status = write_ddl(o, u, tables, n, b, e);
	if (status == 0 && o->to != TO_NDJSON &&
	    (o->section == PRE_DATA || o->section == ALL_SECTIONS))
		status = tell_extras(db, all, tables, n, e);
	free_tables(tables, n);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = {.to = TO_NDJSON, .section = ALL_SECTIONS};
	struct err e = ERR_INIT;
	struct out out;
	struct url *url;
	struct db *db;
	char *arg, **names;
	int nnames;

	set_progname(argv[0]);
	parse_options(argc, argv, &o, &arg, &names, &nnames);
	url = url_parse(arg, &e);
	if (!url || !(db = db_open(url, &e)))
		die_err(&e);
	if (db_snapshot(db, NULL, &e) < 0)
		die_err(&e);
	out_open(&out, STDOUT_FILENO, "standard output");
	if (o.list ? list_tables(db, &o, url, &out.b, &e) < 0
		   : write_definitions(db, url, &o, names, (size_t)nnames, &out.b, &e) < 0)
		die_err(&e);
	if (out_close(&out, &e) < 0)
		die_err(&e);
	free(o.casts.v);
	db_close(db);
	url_free(url);
	return EXIT_DONE;
}
