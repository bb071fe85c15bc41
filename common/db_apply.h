/*
 * Applying changes to single tables: rows one by one in order, and whole sets at once. Both
 * run inside a transaction that the caller has begun. Nothing is committed here.
 *
 * Several targets can be open on one connection at the same time; each keeps its prepared
 * statements or its temporary table until it is closed.
 */
#ifndef DB_APPLY_H
#define DB_APPLY_H

#include "db.h"

/* A table and the columns whose values the changes have. Generated columns may be among them:
 * their values are not written, and not compared in a whole row. */
struct target_spec {
	const struct table *table;
	const struct column *const *col; /* in the order of the rows' fields; borrowed */
	size_t ncols;
	const size_t *key;               /* indexes into col: what names a row; borrowed. All
	                                  * columns for a table without key: then NULLs are compared
	                                  * too, and one of several equal rows is meant */
	size_t nkey;
	bool whole_row;                  /* the key is that of a table without one */
};

struct db_target;

int db_target_open(struct db *db, const struct target_spec *spec, struct db_target **target,
		   struct err *e);
void db_target_close(struct db_target *t);

enum target_op {
	TARGET_INSERT, TARGET_UPDATE, TARGET_DELETE,
	TARGET_UPSERT, /* updates the row that has the key of `row` itself, or inserts it */
};

/* One change of one row. */
struct target_row {
	struct db_target *target;
	enum target_op op;
	bool tolerate;     /* a row that is missing, or there, is counted and stops nothing */
	struct field *key; /* nkey values that find the row (update, delete): the old ones */
	struct field *row; /* ncols values (insert, update) */
};

enum target_result {
	TARGET_DONE,
	TARGET_MISSING, /* update or delete: there was no such row */
	TARGET_EXISTS,  /* insert: a row with that primary key is there */
};

/* What became of a run of changes. */
struct target_outcome {
	size_t done;               /* so many were applied before the one that is told of here */
	enum target_result result; /* why it stopped; TARGET_DONE: it did not, or a failure */
	bool row_fault;            /* on failure: it lies in row `done` (misfit, unique, …) */
	/* If all were applied: */
	uint64_t missing;           /* tolerated: updates and deletes that found no row */
	uint64_t existing;          /* tolerated: inserts that left a row of that key alone */
	uint64_t inserted, updated; /* by upserts */
};

/*
 * Applies n changes in order, as fast as the protocol allows (PostgreSQL: pipelined prepared
 * statements with binary values; MySQL: prepared statements). Stops at the first that is
 * TARGET_MISSING or TARGET_EXISTS (returns 0, out->done < n), or fails (-1). PostgreSQL: the
 * transaction is then as before the whole run if out->done < n (the caller set no savepoint;
 * this function does), since a pipeline cannot be taken back in part: so out->done tells where
 * it stopped, and the caller runs the first `done` again, deals with the one and goes on.
 * MySQL behaves alike (rolled back to the savepoint), so that there is one contract. Messages
 * do not name the table, which the caller knows by out->done; those of sets do.
 */
int db_target_apply(struct db *db, const struct target_row *rows, size_t n,
		    struct target_outcome *out, struct err *e);

/* A set of net changes: at most one per key, no key in both. */
struct target_set {
	struct db_target *target;
	struct field *upsert; /* nupserts * ncols values: whole rows as they shall be */
	size_t nupserts;
	bool fresh;           /* they are most likely not there: the source has created them */
	struct field *delete; /* ndeletes * nkey values */
	size_t ndeletes;
};

struct set_result {
	uint64_t inserted, updated, deleted;
	uint64_t missing;  /* deletes that found no row */
};

/* Deletes, then upserts by the key alone (never by another unique key), in a few statements
 * over a temporary table that COPY or LOAD DATA fills (small sets: however it is fastest).
 * Not for whole_row targets. -1: the caller must go back to its savepoint; *row_fault says
 * whether it lies in the rows. */
int db_target_delete_set(struct db *db, const struct target_set *set, struct set_result *r,
			 bool *row_fault, struct err *e);
int db_target_upsert_set(struct db *db, const struct target_set *set, struct set_result *r,
			 bool *row_fault, struct err *e);

/* Fewer changes than that are applied as rows in place of a set: measured, from 4 or 5 on a
 * set is faster in both engines. */
#define TARGET_FEW 4

/* Empties the table, as TRUNCATE does on the source, inside the transaction (DELETE where
 * the engine's TRUNCATE would commit). */
int db_target_truncate(struct db *db, const struct table *t, struct err *e);

/* For the session: foreign keys are not checked and triggers do not fire, as replication
 * does (PostgreSQL: session_replication_role; MySQL: foreign_key_checks). Returns 1 done, 0 the
 * user may not, -1. */
int db_replica_role(struct db *db, struct err *e);

/* Whether triggers do not fire under that role: MySQL's always do. */
bool db_silences_triggers(const struct db *db);

/* For the session: a commit that has returned outlives a crash of the server, since a source may
 * forget what a checkpoint says is applied (PostgreSQL: synchronous_commit). Returns 1; 0 with
 * *why (static) if only the server's own settings could do it (MySQL); -1. */
int db_durable_commits(struct db *db, const char **why, struct err *e);

/* Runs a statement and gives the number of rows that it changed (MySQL: matched). */
int db_exec_count(struct db *db, const char *sql, uint64_t *rows, struct err *e);

/* The type of a column that holds names, and may be a key. */
const char *db_name_type(const struct db *db);

/* A query for the key that the database made for the row that this session inserted last. */
const char *db_last_key_sql(const struct db *db);

/* ---- The drivers ---- */

struct apply_ops {
	bool silences_triggers;
	int (*open)(struct db *db, const struct target_spec *spec, struct db_target **target,
		    struct err *e);
	void (*close)(struct db_target *t);
	int (*apply)(struct db *db, const struct target_row *rows, size_t n,
		     struct target_outcome *out, struct err *e);
	int (*delete_set)(struct db *db, const struct target_set *set, struct set_result *r,
			  bool *row_fault, struct err *e);
	int (*upsert_set)(struct db *db, const struct target_set *set, struct set_result *r,
			  bool *row_fault, struct err *e);
	int (*truncate)(struct db *db, const struct table *t, struct err *e);
	int (*replica_role)(struct db *db, struct err *e);
	int (*durable_commits)(struct db *db, const char **why, struct err *e);
	int (*exec_count)(struct db *db, const char *sql, uint64_t *rows, struct err *e);
	/* Whether a table of Rowboat's own stands where it is made: 1, 0, -1. */
	int (*has_table)(struct db *db, const char *name, struct err *e);
	const char *name_type; /* for the key of such a table: compared by bytes */
	const char *last_key;  /* a query: see db_last_key_sql() */
};

/* The driver's struct begins with this one. The spec's arrays are owned. */
struct db_target {
	const struct apply_ops *ops;
	struct target_spec spec;
	const struct column **col;
	size_t *key;
};

/* What both drivers do alike (db_apply.c). */
void db_target_init(struct db_target *t, const struct apply_ops *ops,
		    const struct target_spec *spec);
void db_target_destroy(struct db_target *t);

/* Whether column i of the spec is among the key's. */
bool db_target_in_key(const struct db_target *t, size_t i);

/* Sets *e to "column COLUMN: WHY" (EXIT_BAD). Returns -1. */
int db_target_misfit(const struct db_target *t, size_t col, const struct buf *why, struct err *e);

#endif
