/*
 * Databases: one interface, struct db_ops, with a PostgreSQL and a MySQL
 * implementation. Programs call the db_* functions; engine differences end
 * here. Functions return 0, or -1 with *e set, unless said otherwise; a lost
 * connection, a refused one and a server-side failure are EXIT_FAILED, what a
 * user must mend (unknown table, no permission, wrong password) EXIT_BAD,
 * with a hint.
 *
 * Sessions are pinned on opening: UTF-8, UTC, ISO dates, strict SQL mode, exact
 * floats. No statement text or value with a password reaches an error.
 */
#ifndef DB_H
#define DB_H

#include "buf.h"
#include "canon.h"
#include "compat.h"
#include "digest.h"
#include "err.h"
#include "position.h"
#include "row.h"
#include "table.h"
#include "type.h"
#include "url.h"

struct db;

/* ---- Connection and small statements ---- */

struct db *db_open(const struct url *u, struct err *e); /* NULL on failure */
void db_close(struct db *db);
enum engine db_engine(const struct db *db);
/* Whether a database has schemas; in MySQL they are the same. */
bool db_has_schemas(const struct db *db);
/* Its URL for messages, without passwords; as long as it is open. */
const char *db_url(const struct db *db);

/* Runs one statement whose rows, if any, are dropped. */
int db_exec(struct db *db, const char *sql, struct err *e);

/* Whether the last statement failed because what it makes is there already. */
bool db_exists_already(struct db *db);

/* Whether the last statement failed because a table was redefined, or emptied, since the
 * snapshot began: a newer snapshot will do. */
bool db_outdated_snapshot(struct db *db);

/* A small result, whole in memory, as text. */
struct result {
	size_t nrows, ncols;
	struct field *f; /* nrows * ncols; NUL-ended texts */
	char *arena;
};
int db_query(struct db *db, const char *sql, struct result *r, struct err *e);
/* A field: NULL for SQL's NULL; a copy that the caller owns, or NULL; whether it is PostgreSQL's
 * true; a whole number, 0 for NULL. */
const char *result_get(const struct result *r, size_t row, size_t col);
char *result_copy(const struct result *r, size_t row, size_t col);
bool result_bool(const struct result *r, size_t row, size_t col);
long long result_number(const struct result *r, size_t row, size_t col);
void result_free(struct result *r);

/* Adds a quoted identifier, or a string literal, which has no line break and no tab. */
void db_add_ident(struct db *db, struct buf *b, const char *name);
void db_add_literal(struct db *db, struct buf *b, const char *p, size_t n);
/* Adds the quoted schema and name of a table. */
void db_add_table(struct db *db, struct buf *b, const struct table *t);

/* ---- Columns by their names (db_columns.c) ---- */

/* The column, or NULL with *e set (EXIT_BAD) and a hint that names those there are. */
const struct column *db_find_column(const struct table *t, const char *name, struct err *e);

/* The columns of a NULL-ended list of names; without one, all that are stored. Returns their
 * array, which the caller frees, or NULL: a name that is not there, or no columns. */
const struct column **db_choose_columns(const struct table *t, const char *const *names,
					size_t *n, struct err *e);

/* Adds "a", "b": the columns' quoted names, each behind `prefix`. */
void db_add_columns(struct db *db, struct buf *b, const char *prefix,
		    const struct column *const *col, size_t n);

/* ---- Definitions ---- */

/* Reads the definition of `[schema.]table`. A name with a dot inside, or in
 * mixed case, can be quoted in the engine's way ("My.Table", `My.Table`);
 * unquoted names are taken as they stand, exactly, not folded. Not found:
 * EXIT_BAD, with a hint naming near misses (another case, another schema).
 * `deep` also reads keys, foreign keys, checks and sequence values. */
struct table *db_table(struct db *db, const char *name, bool deep, struct err *e);

/* The names of all tables (and views, if `views`) of the database that users
 * made, schema-qualified and quoted as db_table() reads them, in order. *rows: how many rows the
 * server's statistics give each; rows may be NULL. */
int db_tables(struct db *db, bool views, char ***names, uint64_t **rows, size_t *n,
	      struct err *e);

/* What users made in the database besides tables and views (triggers, routines, events, rules,
 * policies, sequences that no column has), each as a text: `shop.audit: a trigger on orders`. */
int db_extras(struct db *db, char ***texts, size_t *n, struct err *e);

/* ---- Reading rows ---- */

struct select {
	const struct table *table;  /* or NULL, then */
	const char *query;          /* a SELECT */
	const char *const *columns; /* names, NULL-ended; NULL: all stored columns, invisible ones
	                             * too, generated ones not */
	const char *where;          /* SQL predicate or NULL */
	const char *order;          /* SQL ORDER BY list or NULL */
	uint64_t sample;            /* at most so many rows, chosen by a hash of the key; 0: all */
	const char *seed;           /* text mixed into that hash; NULL: none */
	const char *const *key;     /* key columns for the sample, NULL-ended; NULL: primary key */
};

/* What a SELECT gives: valid until the next db_select() on this connection. */
struct columns {
	const char **name;
	const struct coltype *type;
	size_t n;
};

/* Starts a read-only transaction with one consistent snapshot. id: a snapshot
 * exported by another PostgreSQL session, or NULL. */
int db_snapshot(struct db *db, const char *id, struct err *e);

/* Likewise, so that db_position() then tells the snapshot's very position: changes from there on
 * are those that the snapshot lacks. MySQL takes a short global read lock for it (privilege
 * RELOAD). PostgreSQL tells a position at or a little before it; only a slot's own snapshot has
 * an exact one (see changes.h). */
int db_position_snapshot(struct db *db, struct err *e);

/* Begins a moment for other sessions to share, which lasts until this one is closed: PostgreSQL
 * exports its snapshot; MySQL holds a global read lock (privilege RELOAD), under which the others
 * open theirs. Adds a JSON object: "snapshot", its ID or null, and "state", a text that stays
 * the same as long as nothing is committed, or null if the server does not tell. */
int db_hold(struct db *db, struct buf *b, struct err *e);

/* Starts a SELECT; rows are then asked for one by one, unbuffered. Values
 * come as canonical text. */
int db_select(struct db *db, const struct select *s, struct columns *c, struct err *e);

/* The next row: 1, 0 at the end, -1. Valid until the next call. */
int db_fetch(struct db *db, struct row *row, struct err *e);

/* Adds a few rows as CSV lines, exactly as writer_row() would write them, and
 * counts them in *rows: 1, 0 at the end, -1. An engine whose own output is
 * canonical CSV passes it through. Not to be mixed with db_fetch() in one SELECT. */
int db_fetch_csv(struct db *db, struct buf *out, uint64_t *rows, struct err *e);

/*
 * Adds a term of ORDER BY by which rows come in the order of the column's canonical
 * text as bytes, numbers (LT_INT, LT_YEAR, LT_DECIMAL) in that of their values, NULL
 * first; whatever the column's collation. False, with nothing added, if the engine
 * cannot promise that for the type.
 */
bool db_add_order(struct db *db, struct buf *b, const struct column *c);

/* Adds a predicate that holds for all rows with this canonical text in the column
 * (v.p == NULL: NULL), and perhaps for a few more that the engine takes for equal
 * (letter case). An index serves it where there is one. False as db_add_order(). */
bool db_add_equal(struct db *db, struct buf *b, const struct column *c, struct field v);

/* Adds a predicate that holds for rows whose value in the column another column refuses in
 * this way; limits are those that compat_find() told. False, with nothing added, if the
 * engine's SQL cannot tell. */
bool db_add_misfit(struct db *db, struct buf *b, const struct column *c,
		   const struct compat *limits, enum misfit_kind kind);

/* Adds an expression for a column's value that is the same for values that a unique key on
 * `target`, a column of either engine, takes for equal. */
void db_add_folded(struct db *db, struct buf *b, const struct column *c,
		   const struct column *target);

/* Adds the position of the change stream as one JSON object: {"connector":
 * "mysql","file":…,"pos":…,"gtid":…} or {"connector":"postgresql","lsn":…}.
 * After db_position_snapshot() it is the snapshot's. */
int db_position(struct db *db, struct buf *b, struct err *e);

/* How much the server has logged from one position to a later one, in bytes: 1 with *bytes, 0 it
 * does not know (a binary log that is gone), -1. */
int db_position_bytes(struct db *db, const struct position *from, const struct position *to,
		      uint64_t *bytes, struct err *e);

/* ---- Digests that the server computes ---- */

/* How a column is digested. */
struct digest_how {
	enum canon form; /* a form that SQL can make: not CANON_FLOAT64 */
	bool plain;      /* brief: on no side its text is empty or has a comma */
	bool own;        /* brief: both sides have the same engine, type and character set, whose
	                  * own text will do */
	bool utf8;       /* native: text that both sides hold as UTF-8 */
};

/* What to digest; see digest.h. Without buckets, intervals and ranges: all rows at once. */
struct digest_query {
	const struct table *table;
	const char *const *columns; /* as in struct select */
	const struct digest_how *how; /* per column of those; NULL: canonical texts as they are */
	const char *where;          /* SQL predicate or NULL */
	const char *algorithm;      /* sha224, sha256, sha384 or sha512; NULL: sha256 */
	bool brief;                 /* for comparisons alone: one lane of a shorter encoding, in which a
	                             * column that is plain has no length, and a comma between all */
	bool native;                /* brief, and both sides are of one engine, which may take a lane, a
	                             * row's encoding and buckets of its own */
	bool unique;                /* on both sides no row is there twice */
	bool canonical;             /* the forms of canon_of_type() instead; JSON is refused then */
	const char *const *key;     /* key columns, NULL-ended; for buckets, and db_digest_rows() */
	uint64_t buckets;           /* a group for each bucket of the key; 0: no buckets */
	const char *split;          /* a column of whole numbers: a group for each interval of its
	                             * values, of which those outside are left out */
	const char *split_low;      /* where the first interval begins, in decimal digits */
	const char *split_high;     /* where the last one ends, at the latest */
	const char *split_width;
	uint64_t splits;            /* intervals; 0: none. Not with buckets or ranges */
	const char *const *range;   /* predicates, each a group of its own (they may overlap) */
	size_t nranges;             /* 0: no ranges. Not with buckets */
};

/* Computes digests inside the server: one sum for each range, bucket or interval, or one; `sums`
 * has room for them and is overwritten. One statement, where it does not grow too long. A column
 * whose canonical text SQL cannot make exactly is refused by name (EXIT_BAD). */
int db_digest(struct db *db, const struct digest_query *q, struct digest_sum *sums, struct err *e);

/* Adds the statements that db_digest() would run, each with a `;` and a line end behind. */
int db_digest_sql(struct db *db, const struct digest_query *q, struct buf *b, struct err *e);

/* Adds a query, for db_select(), that gives for each row its key's columns and the digest as
 * hex digits in a column `digest`. q->key is needed; buckets and ranges are not heeded. */
int db_digest_rows(struct db *db, const struct digest_query *q, struct buf *b, struct err *e);

/* Adds a predicate that holds for the rows in these buckets, of q->buckets, by q->key. */
int db_add_in_buckets(struct db *db, const struct digest_query *q, const uint64_t *bucket,
		      size_t n, struct buf *b, struct err *e);

/* ---- Loading rows ---- */

enum load_mode { LOAD_INSERT, LOAD_UPSERT, LOAD_IGNORE, LOAD_REPLACE };

struct load_spec {
	const struct table *table;
	const struct column **col; /* the target's columns in the order of the input's fields */
	size_t ncols;
	enum load_mode mode;
	const struct column **key; /* upsert, ignore, replace: the key's columns */
	size_t nkey;
};

/* Whether the key has a column of that name. */
bool load_has_key(const struct load_spec *spec, const char *name);

/* Why one row does not fit, found before the server sees it. */
struct misfit {
	size_t col;      /* index into load_spec.col */
	struct buf text; /* "300 does not fit smallint (-32768 to 32767)"; reused, freed by the caller */
};

/* Prepares loads: chooses the encoding and, for modes other than insert, makes
 * a temporary staging table. In a transaction, or before one as the engine needs. */
int db_load_open(struct db *db, const struct load_spec *spec, struct err *e);

/* Adds one row in the wire format. Returns 0, or -1 with *why filled and b as
 * it was. All that can be known without the server is checked here: form,
 * range, length, precision, NULL, UTF-8, NUL. */
int db_load_encode(struct db *db, const struct row *row, struct buf *b, struct misfit *why);

/* Gives the next encoded rows (whole rows, empty buffer on entry) and adds their
 * number to *rows: 1, 0 at the
 * end, -1 with *e set: the statement is then broken off. */
typedef int (*load_source)(void *ctx, struct buf *b, uint64_t *rows, struct err *e);

struct load_result {
	uint64_t rows;     /* rows that the server took */
	int64_t bad_row;   /* on failure: which row of this run (from 0) the server named; -1: it did not */
	bool row_fault;    /* the failure lies in a row (unique, check, foreign key, type), so that
	                    * leaving it out may help; not in the connection or the server */
};

/* Runs one COPY or LOAD DATA over all rows that src gives, into the table
 * (insert) or the staging table. Counts what arrived and reads the warnings:
 * a row that the server dropped or changed is a failure. After a failure the
 * transaction must be rolled back, at least to a savepoint set before. */
int db_load_run(struct db *db, load_source src, void *ctx, struct load_result *r, struct err *e);

struct merge_result {
	uint64_t inserted, updated, ignored;
};

/* Modes other than insert: moves the staged rows into the table by the key
 * and empties the stage. The last of several rows with one key wins
 * (ignore: the first). Failures are told as by db_load_run(). */
int db_load_merge(struct db *db, struct merge_result *m, struct load_result *r, struct err *e);

/* Ends the use of the stage, if there is one. */
int db_load_close(struct db *db, struct err *e);

/* Whether the table has no rows: 1, 0 or -1. */
int db_is_empty(struct db *db, const struct table *t, struct err *e);

/* Deletes all rows, inside the transaction. */
int db_clear(struct db *db, const struct table *t, struct err *e);

/* Puts off triggers and foreign-key checks until the end of the session (PostgreSQL:
 * session_replication_role; MySQL: foreign_key_checks; a MySQL table with
 * triggers is refused, since MySQL cannot put them off). */
int db_disable_triggers(struct db *db, const struct table *t, struct err *e);

/* Sets the identity column's sequence (if any) so that the next value is above the largest in
 * the table and at least `least` (0: whatever), and `gap` further than that; never lowers it. A
 * sequence that counts down goes by the smallest value and the gap. */
int db_set_sequences(struct db *db, const struct table *t, uint64_t least, uint64_t gap,
		     struct err *e);

/* The ledger of --once, table rowboat_once in the target. db_ledger_create()
 * makes it if need be, outside a transaction. db_ledger_enter() records
 * the ID inside the transaction: 1 entered, 0 it stands there already. */
int db_ledger_create(struct db *db, struct err *e);
int db_ledger_enter(struct db *db, const char *id, struct err *e);

/* Transactions. */
int db_begin(struct db *db, struct err *e);
int db_commit(struct db *db, struct err *e);
int db_rollback(struct db *db, struct err *e);
int db_savepoint(struct db *db, struct err *e);          /* sets or moves the one savepoint */
int db_rollback_savepoint(struct db *db, struct err *e); /* back to it; it stays set */

/* Splits `[schema.]table` at its dot; quotes of either engine may stand around
 * each part. *schema is NULL where there is none. Both are owned by the caller. */
int db_split_name(const char *text, char **schema, char **name, struct err *e);

#endif
