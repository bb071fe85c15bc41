/*
 * The PostgreSQL driver's inside, shared by its own files: pg.c (the session),
 * pg_client.c (the only one that sees libpq), pg_error.c, pg_catalog.c and pg_keys.c (definitions),
 * pg_select.c and pg_fetch.c (reading), pg_encode.c, pg_binary.c, pg_time.c
 * and pg_numeric.c (rows to COPY's formats), pg_load.c and pg_merge.c (loading).
 */
#ifndef PG_IMPL_H
#define PG_IMPL_H

#include "db_driver.h"
#include "value.h"

struct pg_client; /* libpq's side, pg_client.c */

/* ---- Encoding rows for COPY FROM ---- */

enum { PG_UNIT_DAY = -1, PG_UNIT_MONTH = -2, PG_UNIT_YEAR = -3 };

/* How one column is encoded, chosen once. encode() appends length and value
 * in binary COPY's form (PostgreSQL manual, "COPY", Binary Format; the value is
 * what the type's receive function reads); on failure b may be longer than before. */
struct pg_field {
	enum value_status (*encode)(const struct pg_field *f, const char *p, size_t n,
				    struct buf *b);
	const struct column *col;
	char *label;          /* the type in messages: "varchar(50)"; owned */
	uint64_t length;      /* characters or bits; 0: no limit */
	bool padded;          /* bpchar: trailing spaces do not count */
	int precision, scale; /* numeric: 0, 0 for no limit; times: precision or -1; money: scale */
	int64_t unit;         /* intervals: the smallest field kept, in microseconds, or one of
	                       * the PG_UNIT_*; 0: all */
	bool infinite;        /* the server knows infinity in this type */
};

struct pg_encoder {
	struct pg_field *f;
	size_t n;
	bool binary;        /* every column has a binary form; else all go as text */
	struct buf scratch; /* text form: where values are tried */
};

/* version: the server's number, 150004. money_scale: digits of fractions in
 * the money type. Returns nothing: a column without a binary form makes the
 * encoder a textual one. Columns are borrowed. */
void pg_encoder_init(struct pg_encoder *enc, const struct column *const *col, size_t ncols,
		     int version, int money_scale);
void pg_encoder_free(struct pg_encoder *enc);

/* As db_load_encode(). */
int pg_encode_row(struct pg_encoder *enc, const struct row *row, struct buf *b,
		  struct misfit *why);

/* Adds the value of column i alone: its length in four bytes and what the type's receive
 * function reads, or, for a type without a binary form, its text. As pg_encode_row() else. */
int pg_encode_value(struct pg_encoder *enc, size_t i, struct field v, struct buf *b,
		    struct misfit *why);

/* What goes before the first and behind the last row; nothing in text form. */
void pg_encode_header(const struct pg_encoder *enc, struct buf *b);
void pg_encode_trailer(const struct pg_encoder *enc, struct buf *b);

/* Chooses f->encode by the column's type; leaves NULL where there is none
 * (pg_binary.c). */
void pg_choose_encoding(struct pg_field *f);

/* ---- The connection ---- */

enum pg_reading { PG_IDLE, PG_READY, PG_TEXT, PG_CSV };

/* The SELECT that runs. */
struct pg_select {
	enum pg_reading state;     /* PG_READY: not yet sent */
	struct table *described;   /* a query's columns; owned */
	const struct column **col; /* in the table given, or in `described` */
	const char **name;
	struct coltype *type;
	size_t n;
	bool *padded;              /* columns of char(n), whose pad is taken off here */
	size_t last_padded;        /* behind the last of them; 0 without any */
	struct buf source;         /* what COPY reads: `s.t (a, b)` or `(SELECT …)` */
	struct field *f;
	uint64_t rows;
};

/* The load that runs. */
struct pg_load {
	bool open;
	struct load_spec spec;     /* its arrays are owned, table and columns borrowed */
	bool nulls_distinct;       /* in the key */
	struct pg_encoder enc;
};

struct pg {
	struct db db; /* first: db.h casts */
	struct pg_client *client; /* NULL until connected */
	int version;           /* 150004 */
	bool utf8;             /* the encoding of the database */
	char *lsn;             /* where the WAL stood when the snapshot began; NULL without one */
	char sqlstate[6];      /* of the last failure; "" if the connection failed */
	char *constraint;      /* the constraint or index that it names, or NULL */
	int64_t bad_line;      /* the line that the last failure of a COPY FROM named, or -1 */
	const char *copying;   /* the bare name of the table that a COPY FROM fills */
	struct pg_select sel;
	struct pg_load load;
	bool plans_pinned;     /* for db_target_open() */
	unsigned statements;   /* prepared so far, for their names */
};

static inline struct pg *pg_of(struct db *db)
{
	return (struct pg *)db;
}

/* By these the server tells our sessions from others (see db_fence.h): a setting, which triggers
 * read, and a lock that each shares (both keys), which other sessions see. */
#define PG_OWN_SETTING "rowboat.session"
#define PG_OWN_LOCK 1919907682u /* "rowb" */

/* ---- pg.c ---- */

/* Pins what values look like, and that nothing times out. One statement, as a walsender of
 * PostgreSQL 13 wants it; and so poolers, which refuse start-up options, let it pass. */
int pg_pin_session(struct pg *pg, struct err *e);

int pg_exec(struct db *db, const char *sql, struct err *e);
void pg_add_ident(struct db *db, struct buf *b, const char *name);
void pg_add_literal(struct db *db, struct buf *b, const char *p, size_t n);

/* ---- pg_client.c ---- */

/* Connects; pg_disconnect() is due also after a failure, and allowed without a connection.
 * replication: to a walsender for the URL's database. */
int pg_connect(struct pg *pg, const struct url *u, bool replication, struct err *e);
void pg_disconnect(struct pg *pg);

/* The server's number, 150004; what it says of itself in one of libpq's parameters, or NULL. */
int pg_server_version(const struct pg *pg);
const char *pg_parameter(const struct pg *pg, const char *name);

int pg_query(struct db *db, const char *sql, struct result *r, struct err *e);

/* Runs a statement and gives the number of rows in its command tag. */
int pg_exec_count(struct pg *pg, const char *sql, uint64_t *rows, struct err *e);

/* What a query would return: called for each column in order. */
typedef void (*pg_described)(void *ctx, const char *name, uint32_t oid, int typmod);
int pg_describe(struct pg *pg, const char *query, pg_described tell, void *ctx, struct err *e);

/* COPY TO STDOUT: rows one by one (1, 0 at the end, -1), writable and valid until the next
 * call. pg_copy_out_stop() breaks it off. */
int pg_copy_out(struct pg *pg, const char *sql, struct err *e);
int pg_copy_out_row(struct pg *pg, char **p, size_t *n, struct err *e);
void pg_copy_out_stop(struct pg *pg);

/* COPY FROM STDIN. pg_copy_in_put() sends all bytes: 0; 1 if the server has
 * answered meanwhile, which it does only to refuse; -1 if the connection is
 * lost. Whatever it says, pg_copy_in_end() must follow: it ends the data or, with
 * `abort` (a reason), breaks the statement off, and returns what the server says. */
int pg_copy_in(struct pg *pg, const char *sql, struct err *e);
int pg_copy_in_put(struct pg *pg, const void *p, size_t n);
int pg_copy_in_end(struct pg *pg, const char *abort, uint64_t *rows, struct err *e);

/* Prepares a statement whose parameters have these types. */
int pg_prepare(struct pg *pg, const char *name, const char *sql, const uint32_t *types, size_t n,
	       struct err *e);

/* Parameters of a prepared statement: NULL pointers are NULLs; binary[i] is 1 for the type's
 * binary form, 0 for text. */
struct pg_params {
	int n;
	const char **p;
	int *length, *binary;
};

/* Statements sent without waiting for their answers (manual, "Pipeline Mode"): after
 * pg_pipeline_start() any number of pg_pipeline_query() and pg_pipeline_send(), then
 * pg_pipeline_sync(); then their answers in order by pg_pipeline_answer(), as many as statements
 * and one more: 1, 0 (the last), -1 with *e set: that statement failed, those behind it were not
 * run are skipped. Then pg_pipeline_stop(), which drops answers that are left.
 * A failure to send shows in the answers. */
struct pg_answer {
	bool skipped;
	uint64_t rows; /* of the command tag */
	uint64_t number; /* the first row's first column as a number */
	char value[2]; /* first letters of the first row's first two columns; '\0': NULL or none */
};
int pg_pipeline_start(struct pg *pg, struct err *e);
void pg_pipeline_query(struct pg *pg, const char *sql);
void pg_pipeline_send(struct pg *pg, const char *name, const struct pg_params *params);
void pg_pipeline_sync(struct pg *pg);
int pg_pipeline_answer(struct pg *pg, struct pg_answer *a, struct err *e);
int pg_pipeline_stop(struct pg *pg, struct err *e);

/* START_REPLICATION: messages go both ways. pg_copy_both_get() gives the next (1; writable, valid
 * until the next call), waiting at most so many milliseconds, less if a signal comes (0), or -1:
 * the server ended it, or it is lost. pg_copy_both_end() tells the server that no more comes from
 * here; its own end is to be read. */
int pg_copy_both(struct pg *pg, const char *sql, struct err *e);
int pg_copy_both_get(struct pg *pg, char **p, size_t *n, int ms, struct err *e);
int pg_copy_both_put(struct pg *pg, const void *p, size_t n, struct err *e);
void pg_copy_both_end(struct pg *pg);

/* ---- pg_error.c ---- */

/* What is known of a failure: the fields of a server's error (each may be NULL), or only text. */
struct pg_failure {
	const char *sqlstate, *primary, *detail, *hint, *context, *constraint;
	const char *text;
};

/* Fills *e, pg->sqlstate and pg->bad_line. Returns -1. */
int pg_fail(struct pg *pg, const struct pg_failure *f, struct err *e);

/* Fills *e for a connection that was not made. libpq tells no SQLSTATE of it, so its text
 * must do: what the server refuses is the user's to mend, unless it is only busy. Returns -1. */
int pg_refused(const char *text, bool needs_password, struct err *e);

/* Whether the last failure lies in a row's values. */
bool pg_row_fault(const struct pg *pg);

/* ---- pg_catalog.c, pg_keys.c ---- */

struct table *pg_table(struct db *db, const char *schema, const char *name, bool deep,
		       struct err *e);
int pg_tables(struct db *db, bool views, char ***names, uint64_t **rows, size_t *n,
	      struct err *e);
int pg_extras(struct db *db, char ***texts, size_t *n, struct err *e); /* pg_extras.c */

/* The columns of a query as a table of its own, which the caller frees; or NULL. */
struct table *pg_describe_query(struct pg *pg, const char *query, struct err *e);

/* Reads the primary key; if `deep`, also the other keys, foreign keys, checks and the next
 * sequence value. oid: the table's, in digits. */
int pg_read_constraints(struct pg *pg, struct table *t, const char *oid, bool deep,
			struct err *e);

/* ---- pg_select.c (what to read), pg_fetch.c (reading it) ---- */

int pg_select_start(struct db *db, const struct select *s, struct columns *c, struct err *e);
void pg_select_free(struct pg *pg);
int pg_snapshot(struct db *db, const char *id, struct err *e);
int pg_position_snapshot(struct db *db, struct err *e);
bool pg_exists_already(struct db *db);
bool pg_outdated_snapshot(struct db *db);
int pg_hold(struct db *db, struct buf *b, struct err *e);
int pg_position(struct db *db, struct buf *b, struct err *e);
int pg_position_bytes(struct db *db, const struct position *from, const struct position *to,
		      uint64_t *bytes, struct err *e);
int pg_fetch(struct db *db, struct row *row, struct err *e);
int pg_fetch_csv(struct db *db, struct buf *out, uint64_t *rows, struct err *e);

/* ---- pg_fit.c ---- */
bool pg_add_misfit(struct db *db, struct buf *b, const struct column *c,
		   const struct compat *limits, enum misfit_kind kind);
void pg_add_folded(struct db *db, struct buf *b, const struct column *c,
		   const struct column *target);

/* ---- pg_compare.c ---- */

bool pg_add_order(struct db *db, struct buf *b, const struct column *c);
bool pg_add_equal(struct db *db, struct buf *b, const struct column *c, struct field v);

/* ---- pg_text.c (canonical text as SQL), pg_digest.c ---- */

int pg_add_text(struct db *db, struct buf *b, const struct column *c, enum canon form,
		struct err *e);
int pg_add_digest(struct db *db, struct buf *b, const struct digest_select *s, struct err *e);
int pg_add_digest_rows(struct db *db, struct buf *b, const struct digest_select *s,
		       struct err *e);
bool pg_digest_apart(const struct table *t, const struct column *c);
int pg_add_bucket(struct db *db, struct buf *b, const struct digest_select *s, struct err *e);

/* ---- pg_load.c, pg_merge.c ---- */

#define PG_STAGE "rowboat_stage" /* the temporary table of the modes other than insert */
#define PG_STAGE_ORDER "rowboat_row"

/* How many digits money has behind its point, if a column has that type; else 0. */
int pg_money_scale(struct pg *pg, const struct column *const *col, size_t n, int *scale,
		   struct err *e);

int pg_load_open(struct db *db, const struct load_spec *spec, struct err *e);
int pg_load_encode(struct db *db, const struct row *row, struct buf *b, struct misfit *why);
int pg_load_run(struct db *db, load_source src, void *ctx, struct load_result *r, struct err *e);
int pg_load_close(struct db *db, struct err *e);
void pg_load_free(struct pg *pg);
int pg_clear(struct db *db, const struct table *t, struct err *e);
int pg_disable_triggers(struct db *db, const struct table *t, struct err *e);
int pg_set_sequences(struct db *db, const struct table *t, uint64_t least, uint64_t gap,
		     struct err *e);
int pg_has_own_table(struct db *db, const char *name, struct err *e);
int pg_ledger_create(struct db *db, struct err *e);
int pg_ledger_enter(struct db *db, const char *id, struct err *e);

/* Adds a query for the unique indexes on just the key's columns: whether NULLs are not distinct
 * in it, and its name. */
void pg_add_unique_query(struct pg *pg, struct buf *b, const struct table *t,
			 const struct column *const *key, size_t n);

/* Checks that the mode's key can be used, and makes the stage. */
int pg_stage_open(struct pg *pg, struct err *e);
int pg_load_merge(struct db *db, struct merge_result *m, struct load_result *r, struct err *e);

/* ---- pg_apply.c ---- */

extern const struct apply_ops pg_apply_ops;

#endif
