/*
 * Inside the MySQL/MariaDB driver: what its files share. mysql_client.c alone
 * knows the client library; the others see rows as arrays of pointers and lengths.
 */
#ifndef MYSQL_IMPL_H
#define MYSQL_IMPL_H

#include "db_driver.h"

struct my_client; /* the client library's side, mysql_client.c */
struct my_select;
struct my_load;
struct my_infile;

struct my {
	struct db db;             /* first */
	struct my_client *client; /* NULL until connected */
	bool mariadb;
	unsigned version;         /* 80036 for 8.0.36 */
	bool fold_names;          /* lower_case_table_names is not 0 */
	bool local_infile;
	bool told_no_infile;
	uint64_t max_packet;
	char *database;           /* the default schema or NULL */
	char *position;           /* MySQL: binlog position at the snapshot (JSON) or NULL */
	bool snapshot;
	struct my_select *sel;
	struct my_load *load;
	unsigned stages;          /* made so far by db_target_…_set(), for their names */
};

static inline struct my *my_of(struct db *db)
{
	return (struct my *)db;
}

/* A user-level lock of this name, and the connection's number, is held by each of our sessions,
 * so that others can tell them (see db_fence.h). */
#define MY_OWN_LOCK "rowboat."

/* ---- mysql.c ---- */

int my_exec(struct my *m, const char *sql, struct err *e);
int my_query(struct my *m, const char *sql, struct result *r, struct err *e);

/* ---- mysql_options.c ---- */

enum my_ssl_mode {
	MY_SSL_DISABLED, MY_SSL_PREFERRED, MY_SSL_REQUIRED, MY_SSL_VERIFY_CA,
	MY_SSL_VERIFY_IDENTITY
};

/* What a URL's parameters ask for; texts are borrowed from it, NULL where not given. */
struct my_options {
	enum my_ssl_mode ssl_mode;
	const char *ssl_mode_name;
	const char *ssl_ca, *ssl_cert, *ssl_key;
	const char *socket;
	bool tcp; /* a port is given: also on localhost */
	bool compress;
	unsigned connect_seconds;
};
int my_read_options(const struct url *u, struct my_options *o, struct err *e);

/* ---- mysql_error.c ---- */

/* Sets *e from an error's number, SQLSTATE and message. Returns -1. */
int my_fail_with(struct err *e, unsigned code, const char *state, const char *msg);

/* Whether an error lies in a row's values, so that leaving the row out may help. */
bool my_row_fault(unsigned code);

/* ---- mysql_type.c ---- */

#define MY_TYPE_VECTOR 242 /* MySQL 9's, which MariaDB's library does not know */

/* A column definition of the protocol. */
struct my_field {
	int type;
	unsigned flags, charset, decimals;
	unsigned long length;           /* in bytes */
	struct field data_type, format; /* MariaDB's own names; NULL where it tells none */
};

/* TIMESTAMP ends in 2106, not in 2038 (MariaDB Knowledge Base, "TIMESTAMP"; on 64-bit machines). */
static inline bool my_timestamps_to_2106(bool mariadb, unsigned version)
{
	return mariadb && version >= 110500;
}

/* What a query's result says about a column. */
struct my_meta {
	char *name;
	struct coltype type;
	bool zerofill;
	bool inexact; /* the text protocol would round it: FLOAT, DOUBLE with fixed decimals */
};

/* Sets all of *meta but the name. */
void my_read_field(const struct my_field *f, struct my_meta *meta);
void my_meta_free(struct my_meta *meta, size_t n);

/* ---- mysql_client.c ---- */

/* Sets *e from the last failure of the connection. Returns -1. */
int my_fail(struct my *m, struct err *e);

/* The last failure's number: 2013, 1062, … */
unsigned my_errno(struct my *m);
/* The last failure's message, as the server gave it. */
const char *my_error(struct my *m);

/* Connects; my_disconnect() is due also after a failure, and allowed without a connection. */
int my_connect(struct my *m, const struct url *u, const struct my_options *o, struct err *e);
void my_disconnect(struct my *m);

/* The library's handle of the connection, for mysql_rpl.c. */
void *my_handle(struct my *m);

/* Runs a statement in the text protocol; the rows that it gives come by my_next(). */
int my_start_text(struct my *m, const char *sql, struct err *e);

/* The columns of its result, 0 for a statement that gives none. */
size_t my_width(struct my *m);

/* Rows that the last statement changed (UPDATE: matched). */
uint64_t my_affected(struct my *m);

/* What the last statement reports of itself beside that, or NULL. */
const char *my_info(struct my *m);

/* Prepares a query without running it: *meta (owned by the caller, my_meta_free()) are its
 * result columns, none for a statement that gives no rows. */
int my_prepare_select(struct my *m, const char *sql, struct my_meta **meta, size_t *n,
		      struct err *e);

/* Runs the prepared SELECT, whose floats are exact; they come as canonical text. */
int my_start_binary(struct my *m, struct err *e);

/* The next row of either, unbuffered: 1, 0 at the end, -1. Pointers are valid until the
 * next call. */
int my_next(struct my *m, char ***row, unsigned long **length, struct err *e);

/* Ends a SELECT that is still under way, and the prepared statement. */
void my_drop_result(struct my *m);

/* One value of a multi-row INSERT. p == NULL: NULL. */
struct my_param {
	const char *p;
	size_t n;
	size_t at;  /* where in the arena p will be */
	bool null;
	bool bytes; /* not text */
};
/* Keeps one prepared INSERT; prepares anew when the text differs. */
int my_insert(struct my *m, const char *sql, const struct my_param *param, size_t n, struct err *e);

/* Runs a LOAD DATA LOCAL statement over what in's source gives. */
int my_load_data(struct my *m, const char *sql, struct my_infile *in, struct err *e);

/* Runs several statements, each but the last with a `;` behind, that give no rows; then
 * my_batch_next() tells of them in order: 1, 0 behind the last, -1 with *e set: that one failed,
 * and those behind it were not run. affected: as my_affected(). */
void my_batch(struct my *m, const char *sql, size_t n);
int my_batch_next(struct my *m, uint64_t *affected, unsigned *warnings, struct err *e);

/* ---- mysql_infile.c ---- */

/* Set src, ctx and e; after the statement rows are the lines given, and failed says that
 * the source failed, with *e set. b is the caller's to free. */
struct my_infile {
	load_source src;
	void *ctx;
	struct err *e;
	uint64_t rows;
	bool failed;
	struct buf b;
	size_t at;
};
int my_infile_init(void **p, const char *name, void *ctx);
int my_infile_read(void *p, char *to, unsigned room);
void my_infile_end(void *p);
int my_infile_error(void *p, char *msg, unsigned room);

/* ---- mysql_catalog.c ---- */
struct table *my_table(struct db *db, const char *schema, const char *name, bool deep,
		       struct err *e);
int my_tables(struct db *db, bool views, char ***names, uint64_t **rows, size_t *n,
	      struct err *e);
int my_extras(struct db *db, char ***texts, size_t *n, struct err *e); /* mysql_extras.c */

/* ---- mysql_columns.c ---- */
int my_read_columns(struct my *m, struct table *t, struct err *e);
/* Mends the defaults of byte strings, which needs a query for each. */
int my_read_bytes_defaults(struct my *m, struct table *t, struct err *e);

/* ---- mysql_keys.c: keys, foreign keys, checks ---- */
int my_read_keys(struct my *m, struct table *t, struct err *e);
int my_read_fkeys(struct my *m, struct table *t, struct err *e);
int my_read_checks(struct my *m, struct table *t, struct err *e);

/* SQL text of MySQL's information_schema without the backslashes that it puts
 * before quotes in expressions. Owned by the caller. */
char *my_unescape(const char *s);

/* Adds "column = 'schema' AND column = 'name'" for a table. */
void my_add_where_table(struct my *m, struct buf *b, const char *schema_column,
			const char *name_column, const struct table *t);

/* ---- mysql_select.c (what to read), mysql_fetch.c (reading it) ---- */
int my_snapshot(struct db *db, const char *id, struct err *e);
int my_position_snapshot(struct db *db, struct err *e);
bool my_exists_already(struct db *db);
bool my_outdated_snapshot(struct db *db);
int my_hold(struct db *db, struct buf *b, struct err *e);
int my_select(struct db *db, const struct select *s, struct columns *c, struct err *e);
int my_fetch(struct db *db, struct row *row, struct err *e);
int my_fetch_csv(struct db *db, struct buf *out, uint64_t *rows, struct err *e);
void my_select_free(struct my *m);

/* ---- mysql_fit.c ---- */
bool my_add_misfit(struct db *db, struct buf *b, const struct column *c,
		   const struct compat *limits, enum misfit_kind kind);
void my_add_folded(struct db *db, struct buf *b, const struct column *c,
		   const struct column *target);

/* ---- mysql_compare.c ---- */
bool my_add_order(struct db *db, struct buf *b, const struct column *c);
bool my_add_equal(struct db *db, struct buf *b, const struct column *c, struct field v);

/* ---- mysql_text.c, mysql_float.c: canonical text as SQL ---- */
int my_add_text(struct my *m, struct buf *b, const struct column *c, enum canon form,
		struct err *e);
/* Adds the length of that text in bytes, if there is a shorter way to it than the text. */
bool my_add_length(struct my *m, struct buf *b, const struct column *c, enum canon form);
/* The text of a FLOAT or DOUBLE column whose quoted name is k; why there is none, or NULL. */
void my_add_float_text(struct buf *b, const struct column *c, const char *k);
const char *my_float_refusal(struct my *m, const struct column *c);

/* ---- mysql_digest.c ---- */
int my_add_digest(struct db *db, struct buf *b, const struct digest_select *s, struct err *e);
int my_add_digest_rows(struct db *db, struct buf *b, const struct digest_select *s,
		       struct err *e);
bool my_digest_apart(const struct table *t, const struct column *c);
int my_add_bucket(struct db *db, struct buf *b, const struct digest_select *s, struct err *e);

/* ---- mysql_position.c ---- */
int my_position(struct db *db, struct buf *b, struct err *e);
int my_position_bytes(struct db *db, const struct position *from, const struct position *to,
		      uint64_t *bytes, struct err *e);
/* Gives an error of that number, which came for lack of a privilege of replication, the
 * statement that grants them as its hint. Returns -1. */
#define MY_LACKS_PRIVILEGE 1227
int my_lacks_replication(struct my *m, struct err *e);
/* The binary log that follows this one: *next is owned by the caller, or NULL if it is the last. */
int my_next_binlog(struct my *m, const char *file, char **next, struct err *e);
/* MySQL: runs sql, which starts a snapshot, and notes its position, both under a lock. */
int my_locked_snapshot(struct my *m, const char *sql, struct err *e);

/* ---- mysql_geometry.c ---- */

/* EWKB → SRID (4 bytes) and little-endian WKB, MySQL's storage of geometry; -1: no
 * well-formed two-dimensional EWKB. */
int my_add_geometry(struct buf *b, const unsigned char *p, size_t n);

/* MySQL's storage of geometry → the hex of its EWKB. */
void my_add_ewkb(struct buf *b, const unsigned char *p, size_t n);

/* ---- mysql_load.c ---- */
int my_load_open(struct db *db, const struct load_spec *spec, struct err *e);
int my_load_encode(struct db *db, const struct row *row, struct buf *b, struct misfit *why);
int my_load_run(struct db *db, load_source src, void *ctx, struct load_result *r, struct err *e);
int my_load_close(struct db *db, struct err *e);
int my_clear(struct db *db, const struct table *t, struct err *e);
int my_disable_triggers(struct db *db, const struct table *t, struct err *e);
int my_set_sequences(struct db *db, const struct table *t, uint64_t least, uint64_t gap,
		     struct err *e);
/* -1 with *e set for a table that cannot roll back. */
int my_check_engine(struct my *m, const struct table *t, struct err *e);

int my_has_own_table(struct db *db, const char *name, struct err *e);
int my_ledger_create(struct db *db, struct err *e);
int my_ledger_enter(struct db *db, const char *id, struct err *e);

/* Reads the warnings of the last statement: -1 with *e set if one means a dropped or changed
 * row, else 0. *harmless counts the others. */
int my_read_warnings(struct my *m, struct load_result *r, uint64_t *harmless, struct err *e);

/* ---- mysql_apply.c ---- */

extern const struct apply_ops my_apply_ops;

/* ---- mysql_merge.c ---- */
int my_load_merge(struct db *db, struct merge_result *mr, struct load_result *r, struct err *e);

#endif
