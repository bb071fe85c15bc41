/*
 * Inside the MySQL/MariaDB driver: what its files share. mysql.c alone knows
 * the client library; the others see rows as arrays of pointers and lengths.
 */
#ifndef MYSQL_IMPL_H
#define MYSQL_IMPL_H

#include "db.h"

struct my_select;
struct my_load;

struct my {
	struct db db;             /* first */
	void *conn;               /* the library's connection, result and statement */
	void *res;
	void *stmt;
	char *insert_sql;         /* what stmt is, if it is an INSERT */
	struct my_binary *binary; /* bindings of a SELECT in the binary protocol */
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
};

static inline struct my *my_of(struct db *db)
{
	return (struct my *)db;
}

/* ---- mysql.c ---- */

/* Sets *e from the last failure of the connection: 0 or -1 as err_set().
 * Returns -1. */
int my_fail(struct my *m, struct err *e);

/* The last failure's number (2013, 1062, …) and whether it lies in a row's
 * values, so that leaving the row out may help. */
unsigned my_errno(struct my *m);
bool my_row_fault(unsigned code);

int my_exec(struct my *m, const char *sql, struct err *e);
int my_query(struct my *m, const char *sql, struct result *r, struct err *e);

/* Rows that the last statement changed (UPDATE: matched). */
uint64_t my_affected(struct my *m);

/* Ends an unbuffered SELECT that is still under way, and its statement. */
void my_drop_result(struct my *m);

/* What a query's result says about a column. */
struct my_meta {
	char *name;
	struct coltype type;
	bool zerofill;
	bool inexact; /* the text protocol would round it: FLOAT, DOUBLE with fixed decimals */
};

/* Prepares a query without running it: *meta (owned by the caller, my_meta_free()) are its
 * result columns, none for a statement that gives no rows. */
int my_prepare_select(struct my *m, const char *sql, struct my_meta **meta, size_t *n,
		      struct err *e);
void my_meta_free(struct my_meta *meta, size_t n);

/* Runs the SELECT, unbuffered. binary: the prepared statement, whose floats are exact;
 * they then come as canonical text. Otherwise sql as text protocol. */
int my_start_text(struct my *m, const char *sql, struct err *e);
int my_start_binary(struct my *m, struct err *e);

/* The next row: 1, 0 at the end, -1. Pointers are valid until the next call. */
int my_next(struct my *m, char ***row, unsigned long **length, struct err *e);

/* Runs a LOAD DATA LOCAL statement over what src gives; *rows counts the lines
 * sent. *code is the server's error number (0 if the failure is the source's). */
int my_load_data(struct my *m, const char *sql, load_source src, void *ctx, uint64_t *rows,
		 unsigned *code, struct err *e);

/* The counts that LOAD DATA reports. */
bool my_load_counts(struct my *m, uint64_t *records, uint64_t *skipped, uint64_t *warnings);

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

/* ---- mysql_catalog.c ---- */
struct table *my_table(struct db *db, const char *schema, const char *name, bool deep,
		       struct err *e);
int my_tables(struct db *db, bool views, char ***names, size_t *n, struct err *e);

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

/* ---- mysql_select.c ---- */
int my_snapshot(struct db *db, const char *id, struct err *e);
int my_select(struct db *db, const struct select *s, struct columns *c, struct err *e);
int my_fetch(struct db *db, struct row *row, struct err *e);
int my_fetch_csv(struct db *db, struct buf *out, uint64_t *rows, struct err *e);
void my_select_free(struct my *m);

/* ---- mysql_compare.c ---- */
bool my_add_order(struct db *db, struct buf *b, const struct column *c);
bool my_add_equal(struct db *db, struct buf *b, const struct column *c, struct field v);

/* ---- mysql_text.c, mysql_float.c: canonical text as SQL ---- */
int my_add_text(struct my *m, struct buf *b, const struct column *c, bool canonical,
		struct err *e);
/* The text of a FLOAT or DOUBLE column whose quoted name is k; why there is none, or NULL. */
void my_add_float_text(struct buf *b, const struct column *c, const char *k);
const char *my_float_refusal(struct my *m, const struct column *c);

/* ---- mysql_digest.c ---- */
int my_add_digest(struct db *db, struct buf *b, const struct digest_select *s, struct err *e);
int my_add_digest_rows(struct db *db, struct buf *b, const struct digest_select *s,
		       struct err *e);
int my_add_column_text(struct db *db, struct buf *b, const struct column *c, bool canonical,
		       struct err *e);

/* ---- mysql_position.c ---- */
int my_position(struct db *db, struct buf *b, struct err *e);
/* MySQL: notes the position before and after sql, which starts a snapshot. */
int my_snapshot_position(struct my *m, const char *sql, struct err *e);

/* ---- mysql_encode.c ---- */

/* How a value travels in LOAD DATA and what is checked. */
struct my_encoder {
	const struct column *c;
	int (*add)(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		   struct buf *why);
	bool convert;          /* the column needs `SET c = CONVERT(@v USING utf8mb4)` */
	bool bytes;            /* the value is no text (prepared statements) */
	int64_t min;           /* integers */
	uint64_t max;
	double step, limit;    /* FLOAT(M,D): 10^D and the largest value; 0: none */
	bool narrow;           /* utf8mb3: no characters above U+FFFF */
	bool ascii;
	bool single_byte;      /* TEXT: one byte a character in the column */
	const char *last_timestamp;
	bool mariadb;
	size_t *label_length;  /* ENUM, SET */
};
void my_encoder_init(struct my_encoder *enc, const struct column *c, bool mariadb,
		     unsigned version);
void my_encoder_free(struct my_encoder *enc);

/* Adds one row as a line of LOAD DATA; see db_load_encode(). */
int my_encode_row(const struct my_encoder *enc, size_t n, const struct row *row, struct buf *b,
		  struct misfit *why);

/* Takes the line at `at` apart again into n parameters whose bytes are added to
 * arena; returns where the next line begins. my_params_settle() sets their
 * pointers once the arena grows no more. */
const char *my_decode_row(const struct my_encoder *enc, size_t n, const char *at,
			  struct my_param *param, struct buf *arena);
void my_params_settle(struct my_param *param, size_t n, const struct buf *arena);

/* ---- mysql_encode_time.c: encoders as in struct my_encoder ---- */
int my_add_date(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		struct buf *why);
int my_add_timestamp(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		     struct buf *why);
int my_add_duration(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		    struct buf *why);

/* ---- mysql_geometry.c ---- */

/* EWKB → SRID (4 bytes) and little-endian WKB, MySQL's storage of geometry; -1: no
 * well-formed two-dimensional EWKB. */
int my_add_geometry(struct buf *b, const unsigned char *p, size_t n);

/* ---- mysql_load.c ---- */
int my_load_open(struct db *db, const struct load_spec *spec, struct err *e);
int my_load_encode(struct db *db, const struct row *row, struct buf *b, struct misfit *why);
int my_load_run(struct db *db, load_source src, void *ctx, struct load_result *r, struct err *e);
int my_load_close(struct db *db, struct err *e);
int my_clear(struct db *db, const struct table *t, struct err *e);
int my_disable_triggers(struct db *db, const struct table *t, struct err *e);
int my_set_sequences(struct db *db, const struct table *t, struct err *e);
int my_ledger_create(struct db *db, struct err *e);
int my_ledger_enter(struct db *db, const char *id, struct err *e);

/* ---- mysql_merge.c ---- */
int my_load_merge(struct db *db, struct merge_result *mr, struct load_result *r, struct err *e);

#endif
