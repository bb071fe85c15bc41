/* schema: writes definitions of tables as NDJSON or DDL. See schema.1. */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "db.h"
#include "ddl.h"
#include "err.h"
#include "io.h"
#include "opt.h"
#include "schema_json.h"

enum target { TO_POSTGRES, TO_MYSQL, TO_NDJSON };
enum section { PRE_DATA, DATA_TYPES, POST_DATA, ALL_SECTIONS };

struct options {
	int to, section;
	struct opt_list casts;
	bool postgis;
	const char *collate;
};

static void parse_options(int argc, char **argv, struct options *o, char **url, char ***tables,
			  int *ntables)
{
	static const char *const targets[] = {"postgres", "mysql", NULL};
	static const char *const sections[] = {"pre-data", "data-types", "post-data", NULL};
	const struct opt opts[] = {
		OPT_ENUM(0, "to", "postgres|mysql", &o->to, targets,
			 "DDL for this engine, not NDJSON"),
		OPT_ENUM(0, "section", "NAME", &o->section, sections,
			 "only pre-data, data-types or post-data"),
		OPT_LIST(0, "cast", "FROM=TO", &o->casts,
			 "map a type, or table.column, to this type; may be repeated"),
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

	if (db_tables(db, true, &names, n, e) < 0)
		return NULL;
	tables = read_tables(db, names, *n, e);
	for (size_t i = 0; i < *n; i++)
		free(names[i]);
	free(names);
	return tables;
}

static void print_warning(void *ctx, const char *text)
{
	(void)ctx;
	warn("warning: %s", text);
}

/* The schema that is written without its name: PostgreSQL's public, or the
 * database of MySQL's URL. */
static const char *home_of(const struct url *u, struct table *const *tables, size_t n)
{
	if (u->engine == ENGINE_POSTGRES)
		return "public";
	return u->database ? u->database : n ? tables[0]->schema : NULL;
}

static int write_ddl(const struct options *o, const struct url *u, struct table *const *tables,
		     size_t n, struct buf *b, struct err *e)
{
	struct typemap map = {.from = u->engine,
			      .to = o->to == TO_POSTGRES ? ENGINE_POSTGRES : ENGINE_MYSQL};
	struct ddl_options options = {.home = home_of(u, tables, n), .collate = o->collate,
				      .warning = print_warning};
	struct ddl *d;

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
	if (o->section == POST_DATA || o->section == ALL_SECTIONS)
		ddl_post_data(d, b);
	ddl_free(d);
	typemap_free(&map);
	return 0;
}

static void write_json(struct table *const *tables, size_t n, struct buf *b)
{
	for (size_t i = 0; i < n; i++)
		schema_add_json(b, tables[i]);
	buf_addf(b, "{\"$end\":%zu}\n", n);
}

int main(int argc, char **argv)
{
	struct options o = {.to = TO_NDJSON, .section = ALL_SECTIONS};
	struct err e = ERR_INIT;
	struct out out;
	struct url *url;
	struct db *db;
	struct table **tables;
	char *arg, **names;
	int nnames;
	size_t n;

	set_progname(argv[0]);
	parse_options(argc, argv, &o, &arg, &names, &nnames);
	url = url_parse(arg, &e);
	if (!url || !(db = db_open(url, &e)))
		die_err(&e);
	n = (size_t)nnames;
	if (db_snapshot(db, NULL, &e) < 0)
		die_err(&e);
	tables = n ? read_tables(db, names, n, &e) : read_all(db, &n, &e);
	if (!tables)
		die_err(&e);
	out_open(&out, STDOUT_FILENO, "standard output");
	if (o.to == TO_NDJSON)
		write_json(tables, n, &out.b);
	else if (write_ddl(&o, url, tables, n, &out.b, &e) < 0)
		die_err(&e);
	if (out_close(&out, &e) < 0)
		die_err(&e);
	free_tables(tables, n);
	free(o.casts.v);
	db_close(db);
	url_free(url);
	return EXIT_DONE;
}
