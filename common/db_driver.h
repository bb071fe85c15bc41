/*
 * What a driver has: the operations behind db.h, for PostgreSQL and for MySQL. Only the drivers
 * and the files db*.c, which call them, include this.
 */
#ifndef DB_DRIVER_H
#define DB_DRIVER_H

#include "db.h"

struct digest_column {
	const struct column *col;
	struct digest_how how;
};

/* One SELECT of a digest_query: its columns found and put in order. */
struct digest_select {
	const struct table *table;
	const struct digest_column *col; /* sorted by name */
	size_t ncols;
	const struct digest_column *key;
	size_t nkey;
	const char *where;
	uint64_t buckets;
	const struct column *split; /* NULL: none */
	const char *split_low, *split_width;
	bool short_split; /* 64-bit integers will do for it */
	bool brief, native, unique;
	unsigned bits; /* of SHA-2 */
	size_t lanes;
	size_t label;  /* without buckets: the group's number */
};

struct apply_ops;
struct fence_ops;
struct range_ops;

struct db_ops {
	const struct apply_ops *apply;  /* see db_apply.h */
	const struct fence_ops *fence;  /* see db_fence.h */
	const struct range_ops *ranges; /* see db_ranges.h */
	bool schemas;                   /* a database has some */
	int (*open)(struct db *db, const struct url *u, struct err *e);
	void (*close)(struct db *db);
	int (*exec)(struct db *db, const char *sql, struct err *e);
	int (*query)(struct db *db, const char *sql, struct result *r, struct err *e);
	bool (*exists_already)(struct db *db);
	bool (*outdated_snapshot)(struct db *db);
	void (*add_ident)(struct db *db, struct buf *b, const char *name);
	void (*add_literal)(struct db *db, struct buf *b, const char *p, size_t n);
	struct table *(*table)(struct db *db, const char *schema, const char *name, bool deep,
			       struct err *e);
	int (*tables)(struct db *db, bool views, char ***names, uint64_t **rows, size_t *n,
		      struct err *e);
	int (*extras)(struct db *db, char ***texts, size_t *n, struct err *e);
	int (*snapshot)(struct db *db, const char *id, struct err *e);
	int (*position_snapshot)(struct db *db, struct err *e);
	int (*hold)(struct db *db, struct buf *b, struct err *e);
	int (*select)(struct db *db, const struct select *s, struct columns *c, struct err *e);
	int (*fetch)(struct db *db, struct row *row, struct err *e);
	int (*fetch_csv)(struct db *db, struct buf *out, uint64_t *rows, struct err *e);
	bool (*add_order)(struct db *db, struct buf *b, const struct column *c);
	bool (*add_equal)(struct db *db, struct buf *b, const struct column *c, struct field v);
	bool (*add_misfit)(struct db *db, struct buf *b, const struct column *c,
			   const struct compat *limits, enum misfit_kind kind);
	void (*add_folded)(struct db *db, struct buf *b, const struct column *c,
			   const struct column *target);
	int (*position)(struct db *db, struct buf *b, struct err *e);
	int (*position_bytes)(struct db *db, const struct position *from,
			      const struct position *to, uint64_t *bytes, struct err *e);
	/* Adds a SELECT that gives a group's number, its rows, the lanes' sums as decimal digits
	 * (modulo 2^64 or not, signed or not), and of how many rows there was a digest. */
	int (*add_digest)(struct db *db, struct buf *b, const struct digest_select *s,
			  struct err *e);
	int (*add_digest_rows)(struct db *db, struct buf *b, const struct digest_select *s,
			       struct err *e);
	/* Whether intervals of the column are faster as a SELECT each than as groups of one. */
	bool (*digest_apart)(const struct table *t, const struct column *c);
	/* Adds an expression for a row's bucket, a number. */
	int (*add_bucket)(struct db *db, struct buf *b, const struct digest_select *s,
			  struct err *e);
	int (*load_open)(struct db *db, const struct load_spec *spec, struct err *e);
	int (*load_encode)(struct db *db, const struct row *row, struct buf *b, struct misfit *why);
	int (*load_run)(struct db *db, load_source src, void *ctx, struct load_result *r,
			struct err *e);
	int (*load_merge)(struct db *db, struct merge_result *m, struct load_result *r,
			  struct err *e);
	int (*load_close)(struct db *db, struct err *e);
	int (*clear)(struct db *db, const struct table *t, struct err *e);
	int (*disable_triggers)(struct db *db, const struct table *t, struct err *e);
	int (*set_sequences)(struct db *db, const struct table *t, uint64_t least, uint64_t gap,
			     struct err *e);
	int (*ledger_create)(struct db *db, struct err *e);
	int (*ledger_enter)(struct db *db, const char *id, struct err *e);
};

/* The driver's struct begins with this one. */
struct db {
	const struct db_ops *ops;
	enum engine engine;
	const char *masked_url; /* for messages */
	bool in_savepoint;
	bool in_run; /* the savepoint of db_target_apply() is set */
};

struct db *pg_new(void);
struct db *mysql_new(void);

#endif
