#include "db_driver.h"

#include <stdlib.h>
#include <string.h>

#include "names.h"

struct db *db_open(const struct url *u, struct err *e)
{
	struct db *db = u->engine == ENGINE_POSTGRES ? pg_new() : mysql_new();

	db->engine = u->engine;
	db->masked_url = u->masked;
	if (db->ops->open(db, u, e) < 0) {
		db->ops->close(db);
		return NULL;
	}
	return db;
}

void db_close(struct db *db)
{
	if (db)
		db->ops->close(db);
}

enum engine db_engine(const struct db *db)
{
	return db->engine;
}

const char *db_url(const struct db *db)
{
	return db->masked_url;
}

bool db_has_schemas(const struct db *db)
{
	return db->ops->schemas;
}

int db_exec(struct db *db, const char *sql, struct err *e)
{
	return db->ops->exec(db, sql, e);
}

bool db_exists_already(struct db *db)
{
	return db->ops->exists_already(db);
}

bool db_outdated_snapshot(struct db *db)
{
	return db->ops->outdated_snapshot(db);
}

int db_query(struct db *db, const char *sql, struct result *r, struct err *e)
{
	*r = (struct result){0};
	return db->ops->query(db, sql, r, e);
}

const char *result_get(const struct result *r, size_t row, size_t col)
{
	return r->f[row * r->ncols + col].p;
}

char *result_copy(const struct result *r, size_t row, size_t col)
{
	const char *s = result_get(r, row, col);

	return s ? xstrdup(s) : NULL;
}

bool result_bool(const struct result *r, size_t row, size_t col)
{
	const char *s = result_get(r, row, col);

	return s && *s == 't';
}

long long result_number(const struct result *r, size_t row, size_t col)
{
	const char *s = result_get(r, row, col);

	return s ? strtoll(s, NULL, 10) : 0;
}

void result_free(struct result *r)
{
	free(r->f);
	free(r->arena);
	*r = (struct result){0};
}

void db_add_ident(struct db *db, struct buf *b, const char *name)
{
	db->ops->add_ident(db, b, name);
}

void db_add_literal(struct db *db, struct buf *b, const char *p, size_t n)
{
	db->ops->add_literal(db, b, p, n);
}

void db_add_table(struct db *db, struct buf *b, const struct table *t)
{
	if (t->schema) {
		db_add_ident(db, b, t->schema);
		buf_addc(b, '.');
	}
	db_add_ident(db, b, t->name);
}

int db_split_name(const char *text, char **schema, char **name, struct err *e)
{
	const char *at = text;

	*schema = NULL;
	*name = names_next(&at, ".");
	if (*name && *at == '.') {
		at++;
		*schema = *name;
		*name = names_next(&at, ".");
	}
	if (*name && !*at)
		return 0;
	free(*schema);
	free(*name);
	*schema = *name = NULL;
	err_set(e, EXIT_BAD, "'%s' is not a table name", text);
	return err_hint(e, "[schema.]table; quote a part that holds a dot: '\"a.b\"'");
}

struct table *db_table(struct db *db, const char *text, bool deep, struct err *e)
{
	char *schema, *name;
	struct table *t;

	if (db_split_name(text, &schema, &name, e) < 0)
		return NULL;
	t = db->ops->table(db, schema, name, deep, e);
	if (!t) /* which of two databases it was */
		err_prefix(e, "%s", db->masked_url);
	free(schema);
	free(name);
	return t;
}

int db_tables(struct db *db, bool views, char ***names, uint64_t **rows, size_t *n, struct err *e)
{
	return db->ops->tables(db, views, names, rows, n, e);
}

int db_extras(struct db *db, char ***texts, size_t *n, struct err *e)
{
	return db->ops->extras(db, texts, n, e);
}

int db_snapshot(struct db *db, const char *id, struct err *e)
{
	return db->ops->snapshot(db, id, e);
}

int db_position_snapshot(struct db *db, struct err *e)
{
	return db->ops->position_snapshot(db, e);
}

int db_hold(struct db *db, struct buf *b, struct err *e)
{
	return db->ops->hold(db, b, e);
}

int db_select(struct db *db, const struct select *s, struct columns *c, struct err *e)
{
	return db->ops->select(db, s, c, e);
}

int db_fetch(struct db *db, struct row *row, struct err *e)
{
	return db->ops->fetch(db, row, e);
}

int db_fetch_csv(struct db *db, struct buf *out, uint64_t *rows, struct err *e)
{
	return db->ops->fetch_csv(db, out, rows, e);
}

bool db_add_order(struct db *db, struct buf *b, const struct column *c)
{
	return db->ops->add_order(db, b, c);
}

bool db_add_equal(struct db *db, struct buf *b, const struct column *c, struct field v)
{
	return db->ops->add_equal(db, b, c, v);
}

bool db_add_misfit(struct db *db, struct buf *b, const struct column *c,
		   const struct compat *limits, enum misfit_kind kind)
{
	return db->ops->add_misfit(db, b, c, limits, kind);
}

void db_add_folded(struct db *db, struct buf *b, const struct column *c,
		   const struct column *target)
{
	db->ops->add_folded(db, b, c, target);
}

int db_position_bytes(struct db *db, const struct position *from, const struct position *to,
		      uint64_t *bytes, struct err *e)
{
	return db->ops->position_bytes(db, from, to, bytes, e);
}

int db_position(struct db *db, struct buf *b, struct err *e)
{
	return db->ops->position(db, b, e);
}

bool load_has_key(const struct load_spec *spec, const char *name)
{
	for (size_t i = 0; i < spec->nkey; i++)
		if (!strcmp(spec->key[i]->name, name))
			return true;
	return false;
}

int db_load_open(struct db *db, const struct load_spec *spec, struct err *e)
{
	return db->ops->load_open(db, spec, e);
}

int db_load_encode(struct db *db, const struct row *row, struct buf *b, struct misfit *why)
{
	return db->ops->load_encode(db, row, b, why);
}

int db_load_run(struct db *db, load_source src, void *ctx, struct load_result *r, struct err *e)
{
	*r = (struct load_result){.bad_row = -1};
	return db->ops->load_run(db, src, ctx, r, e);
}

int db_load_merge(struct db *db, struct merge_result *m, struct load_result *r, struct err *e)
{
	*m = (struct merge_result){0};
	*r = (struct load_result){.bad_row = -1};
	return db->ops->load_merge(db, m, r, e);
}

int db_load_close(struct db *db, struct err *e)
{
	return db->ops->load_close(db, e);
}

int db_is_empty(struct db *db, const struct table *t, struct err *e)
{
	struct buf sql = BUF_INIT;
	struct result r = {0};
	int status;

	buf_adds(&sql, "SELECT 1 FROM ");
	db_add_table(db, &sql, t);
	buf_adds(&sql, " LIMIT 1");
	status = db_query(db, buf_cstr(&sql), &r, e);
	buf_free(&sql);
	if (status == 0)
		status = r.nrows == 0;
	result_free(&r);
	return status;
}

int db_clear(struct db *db, const struct table *t, struct err *e)
{
	return db->ops->clear(db, t, e);
}

int db_disable_triggers(struct db *db, const struct table *t, struct err *e)
{
	return db->ops->disable_triggers(db, t, e);
}

int db_set_sequences(struct db *db, const struct table *t, uint64_t least, uint64_t gap,
		     struct err *e)
{
	return db->ops->set_sequences(db, t, least, gap, e);
}

int db_ledger_create(struct db *db, struct err *e)
{
	return db->ops->ledger_create(db, e);
}

int db_ledger_enter(struct db *db, const char *id, struct err *e)
{
	return db->ops->ledger_enter(db, id, e);
}

int db_begin(struct db *db, struct err *e)
{
	return db_exec(db, "BEGIN", e);
}

int db_commit(struct db *db, struct err *e)
{
	db->in_savepoint = db->in_run = false;
	return db_exec(db, "COMMIT", e);
}

int db_rollback(struct db *db, struct err *e)
{
	db->in_savepoint = db->in_run = false;
	return db_exec(db, "ROLLBACK", e);
}

/* PostgreSQL keeps a savepoint of the same name that is set again as one more
 * level, so the old one is released first; both engines read these statements. */
int db_savepoint(struct db *db, struct err *e)
{
	if (db->in_savepoint && db_exec(db, "RELEASE SAVEPOINT rowboat", e) < 0)
		return -1;
	db->in_savepoint = db->in_run = false;
	if (db_exec(db, "SAVEPOINT rowboat", e) < 0)
		return -1;
	db->in_savepoint = true;
	return 0;
}

int db_rollback_savepoint(struct db *db, struct err *e)
{
	db->in_run = false;
	return db_exec(db, "ROLLBACK TO SAVEPOINT rowboat", e);
}
