/* The publication: which tables a slot's stream tells of. */
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "pg_impl.h"
#include "pg_slot.h"

#define MADE_HERE "made by rowboat" /* the comment by which we know our own */
#define NAMES_MAX 5                 /* how many tables a message names */

struct publication {
	const char *name;
	bool there, all_tables, via_root;
	bool inserts, updates, deletes, truncates;
	char **tables; /* what it tells of, quoted, NULL-ended */
};

/* ---- Lists of tables in messages ---- */

struct list {
	struct buf names, statements; /* the statements give each a replica identity */
	size_t n;
};

static void list_add(struct list *l, const char *name, const char *identity)
{
	if (l->n++ < NAMES_MAX) {
		buf_addf(&l->names, "%s%s", l->names.n ? ", " : "", name);
		buf_adds(&l->statements, l->statements.n ? "; " : "");
		buf_addf(&l->statements, "ALTER TABLE %s REPLICA IDENTITY %s", name, identity);
	} else if (l->n == NAMES_MAX + 1) {
		buf_adds(&l->names, ", …");
		buf_adds(&l->statements, "; …");
	}
}

static void list_free(struct list *l)
{
	buf_free(&l->names);
	buf_free(&l->statements);
}

/* ---- What there is ---- */

static int read_publication(struct db *db, struct publication *p, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	buf_adds(&b, "SELECT puballtables, pubviaroot, pubinsert, pubupdate, pubdelete, "
		     "pubtruncate FROM pg_catalog.pg_publication WHERE pubname = ");
	db_add_literal(db, &b, p->name, strlen(p->name));
	status = db_query(db, buf_cstr(&b), &r, e);
	if (status == 0 && r.nrows) {
		p->there = true;
		p->all_tables = result_bool(&r, 0, 0);
		p->via_root = result_bool(&r, 0, 1);
		p->inserts = result_bool(&r, 0, 2);
		p->updates = result_bool(&r, 0, 3);
		p->deletes = result_bool(&r, 0, 4);
		p->truncates = result_bool(&r, 0, 5);
	}
	buf_free(&b);
	result_free(&r);
	return status;
}

static int read_tables(struct db *db, struct publication *p, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	buf_adds(&b, "SELECT pg_catalog.quote_ident(schemaname) || '.' || "
		     "pg_catalog.quote_ident(tablename) FROM pg_catalog.pg_publication_tables "
		     "WHERE pubname = ");
	db_add_literal(db, &b, p->name, strlen(p->name));
	status = db_query(db, buf_cstr(&b), &r, e);
	p->tables = xcalloc(r.nrows + 1, sizeof *p->tables);
	for (size_t i = 0; i < r.nrows; i++)
		p->tables[i] = result_copy(&r, i, 0);
	buf_free(&b);
	result_free(&r);
	return status;
}

static bool publishes(const struct publication *p, const char *table)
{
	for (size_t i = 0; p->tables[i]; i++)
		if (!strcmp(p->tables[i], table))
			return true;
	return false;
}

static bool is_wanted(const struct changes_options *o, const char *quoted)
{
	struct err unused = ERR_INIT;
	char *schema, *name;
	bool wanted = false;

	if (db_split_name(quoted, &schema, &name, &unused) == 0) {
		wanted = !table_is_own(name) &&
			 (!o->wanted || o->wanted(o->ctx, schema ? schema : "public", name));
		free(schema);
		free(name);
	}
	err_clear(&unused);
	return wanted;
}

/* ---- Replica identities ---- */

/*
 * Tables whose updates and deletes would be refused or would not tell which row they mean
 * (manual, "ALTER TABLE", REPLICA IDENTITY; "Publication"): each with the table that stands for
 * it, and whether it is as 18 has it: no publication of ours has generated columns, but then an
 * identity of all columns must not have any. A partition's own identity counts; but it is told
 * as its table's.
 */
static const char identity_sql[] =
	"SELECT pg_catalog.quote_ident(rn.nspname) || '.' || pg_catalog.quote_ident(r.relname), "
	"pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), "
	"g.generated FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
	"c.relnamespace JOIN pg_catalog.pg_class r ON r.oid = "
	"coalesce(pg_catalog.pg_partition_root(c.oid)::oid, c.oid) "
	"JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace "
	"CROSS JOIN LATERAL (SELECT c.relreplident = 'f' AND "
	"pg_catalog.current_setting('server_version_num')::int >= 180000 AND "
	"EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 "
	"AND a.attgenerated <> '' AND NOT a.attisdropped) AS generated) g "
	"WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' "
	"AND n.nspname <> 'information_schema' "
	"AND (g.generated OR r.relreplident = 'f' AND c.relreplident <> 'f' "
	"OR NOT (c.relreplident = 'f' "
	"OR c.relreplident = 'd' AND EXISTS (SELECT FROM pg_catalog.pg_index i "
	"WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate AND i.indisvalid) "
	"OR c.relreplident = 'i' AND EXISTS (SELECT FROM pg_catalog.pg_index i "
	"WHERE i.indrelid = c.oid AND i.indisreplident AND i.indisvalid))) ORDER BY 1, 2";

static bool names_table(char **tables, const char *name)
{
	for (size_t i = 0; tables[i]; i++)
		if (!strcmp(tables[i], name))
			return true;
	return false;
}

/* A publication that has such tables makes the source itself refuse their updates and deletes, so
 * none is made; where one has done so already, it is said. */
static int check_identities(struct db *db, const struct changes_options *o,
			    const struct publication *p, struct err *e)
{
	struct list bad = {0};
	struct result r = {0};
	int status = 0;

	if (p->there && !p->updates && !p->deletes)
		return 0;
	status = db_query(db, identity_sql, &r, e);
	for (size_t i = 0; i < r.nrows; i++) {
		const char *root = result_get(&r, i, 0), *name = result_get(&r, i, 1);
		bool generated = result_bool(&r, i, 2);

		if (p->there ? !generated && publishes(p, p->via_root ? root : name) &&
			       is_wanted(o, root)
			     : !o->tables || names_table(o->tables, root))
			list_add(&bad, name, generated ? "USING INDEX (a unique one)" : "FULL");
	}
	if (bad.n && p->there && !o->tables) {
		warn("publication %s makes the source refuse updates and deletes in tables without "
		     "replica identity: %s", p->name, buf_cstr(&bad.names));
	} else if (bad.n) {
		status = err_set(e, EXIT_BAD, "there is no primary key or other replica identity "
				 "by which updates and deletes could tell their rows in %s",
				 buf_cstr(&bad.names));
		err_hint(e, "%s%s", buf_cstr(&bad.statements),
			 o->tables ? "" : "; or name the tables with --table");
	}
	list_free(&bad);
	result_free(&r);
	return status;
}

/* ---- A publication that is there ---- */

/* What is wanted must be in it. */
static int check_tables(struct db *db, const struct changes_options *o,
			const struct publication *p, struct err *e)
{
	struct list missing = {0};
	char **names;
	size_t n;
	int status;

	if (p->all_tables && p->via_root)
		return 0;
	status = db_tables(db, false, &names, NULL, &n, e);
	for (size_t i = 0; i < n; i++)
		if (is_wanted(o, names[i]) && !publishes(p, names[i]))
			list_add(&missing, names[i], "");
	if (missing.n && !o->tables) {
		warn("publication %s does not tell of %s", p->name, buf_cstr(&missing.names));
	} else if (missing.n) {
		status = err_set(e, EXIT_BAD, "publication %s does not tell of %s", p->name,
				 buf_cstr(&missing.names));
		if (p->all_tables)
			err_hint(e, "it tells of partitions as such: ALTER PUBLICATION %s SET "
				    "(publish_via_partition_root = true)", p->name);
		else
			err_hint(e, "ALTER PUBLICATION %s ADD TABLE %s%s; or name another one with "
				 "--publication", p->name, buf_cstr(&missing.names),
				 p->via_root ? "" : " (partitioned tables want SET "
				 "(publish_via_partition_root = true), too)");
	}
	list_free(&missing);
	names_free(names);
	return status;
}

static void check_actions(const struct publication *p)
{
	if (!p->inserts || !p->updates || !p->deletes || !p->truncates)
		warn("publication %s leaves out%s%s%s%s", p->name, p->inserts ? "" : " inserts",
		     p->updates ? "" : " updates", p->deletes ? "" : " deletes",
		     p->truncates ? "" : " truncates");
}

/* Transactions of cdcapply are known by the checkpoint, which must be told of, too. */
static int check_checkpoint(const struct publication *p, struct err *e)
{
	if (p->all_tables)
		return 0;
	for (size_t i = 0; p->tables[i]; i++) {
		const char *dot = strrchr(p->tables[i], '.');

		if (dot && !strcmp(dot + 1, CHANGES_CHECKPOINT_TABLE))
			return 0;
	}
	err_set(e, EXIT_BAD, "publication %s does not tell of table " CHANGES_CHECKPOINT_TABLE
		", by which the transactions of cdcapply are known", p->name);
	return err_hint(e, "ALTER PUBLICATION %s ADD TABLE " CHANGES_CHECKPOINT_TABLE "; cdcapply "
			"makes that table when it is first run", p->name);
}

/* ---- Making one ---- */

static int has_checkpoint(struct db *db, struct err *e)
{
	struct result r = {0};
	int status = db_query(db, "SELECT pg_catalog.to_regclass('" CHANGES_CHECKPOINT_TABLE
			      "') IS NOT NULL", &r, e);

	if (status == 0)
		status = result_bool(&r, 0, 0);
	result_free(&r);
	return status;
}

static int explain(struct db *db, const char *sql, struct err *e)
{
	const char *sqlstate = pg_of(db)->sqlstate;

	if (!strcmp(sqlstate, "42501"))
		err_hint(e, "have it made by who may: %s", sql);
	else if (!strcmp(sqlstate, "25006"))
		err_hint(e, "make it on the primary server: %s", sql);
	return err_prefix(e, "no publication can be made");
}

static int create(struct db *db, const struct changes_options *o, const char *name, struct err *e)
{
	struct buf b = BUF_INIT, comment = BUF_INIT;
	int status = o->tables ? has_checkpoint(db, e) : 0;
	bool checkpoint = status > 0;

	if (status < 0)
		return -1;
	buf_adds(&b, "CREATE PUBLICATION ");
	db_add_ident(db, &b, name);
	buf_adds(&b, o->tables ? " FOR TABLE " : " FOR ALL TABLES");
	for (size_t i = 0; o->tables && o->tables[i]; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", o->tables[i]);
	if (checkpoint)
		buf_adds(&b, ", " CHANGES_CHECKPOINT_TABLE);
	buf_adds(&b, " WITH (publish_via_partition_root = true)");
	status = db_exec(db, buf_cstr(&b), e);
	if (status < 0) {
		explain(db, buf_cstr(&b), e);
	} else {
		buf_adds(&comment, "COMMENT ON PUBLICATION ");
		db_add_ident(db, &comment, name);
		buf_adds(&comment, " IS '" MADE_HERE "'");
		status = db_exec(db, buf_cstr(&comment), e);
	}
	buf_free(&b);
	buf_free(&comment);
	return status;
}

int pg_publication_prepare(struct db *db, const struct changes_options *o, struct err *e)
{
	struct publication p = {.name = pg_publication_name(o)};
	int status = read_publication(db, &p, e);

	if (status == 0 && !p.there) {
		status = check_identities(db, o, &p, e);
		if (status == 0)
			status = create(db, o, p.name, e);
		if (status == 0)
			status = read_publication(db, &p, e);
	} else if (status == 0) {
		status = read_tables(db, &p, e);
		if (status == 0 && (status = check_tables(db, o, &p, e)) == 0 &&
		    (status = check_identities(db, o, &p, e)) == 0)
			check_actions(&p);
	}
	if (status == 0 && o->skip_applied && (p.tables || (status = read_tables(db, &p, e)) == 0))
		status = check_checkpoint(&p, e);
	names_free(p.tables);
	return status;
}

int pg_publication_drop(struct db *db, const char *name, struct err *e)
{
	struct buf b = BUF_INIT;
	struct result r = {0};
	int status;

	buf_adds(&b, "SELECT FROM pg_catalog.pg_publication WHERE "
		     "pg_catalog.obj_description(oid, 'pg_publication') = '" MADE_HERE "' AND "
		     "pubname = ");
	db_add_literal(db, &b, name, strlen(name));
	status = db_query(db, buf_cstr(&b), &r, e);
	if (status == 0 && r.nrows) {
		buf_reset(&b);
		buf_adds(&b, "DROP PUBLICATION ");
		db_add_ident(db, &b, name);
		status = db_exec(db, buf_cstr(&b), e);
	}
	buf_free(&b);
	result_free(&r);
	return status;
}
