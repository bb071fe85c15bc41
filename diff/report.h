/* What becomes of the differences. */
#ifndef DIFF_REPORT_H
#define DIFF_REPORT_H

#include "io.h"
#include "shape.h"
#include "treat.h"

struct tally {
	uint64_t rows[2];  /* compared so far */
	uint64_t equal, missing, surplus, changed;
	uint64_t *column;  /* per column: rows that differ in it */
	uint64_t bytes;    /* received from databases */
};

enum difference {
	DIFF_MISSING, /* only A has the row */
	DIFF_SURPLUS, /* only B has it */
	DIFF_CHANGED, /* both have the key */
};

struct report;

struct report_ops {
	/* Begins; tells of columns that one side lacks. */
	int (*open)(struct report *r, struct err *e);
	/* A row that differs; a or b is NULL where there is none. Fields are in the shape's
	 * order. changed: per column, for DIFF_CHANGED. */
	int (*row)(struct report *r, enum difference d, const struct field *a,
		   const struct field *b, const bool *changed, struct err *e);
	/* Ends what is written. */
	int (*close)(struct report *r, struct err *e);
	/* Frees r->state, however it went; NULL: nothing to do. */
	void (*free)(struct report *r);
};

struct report {
	const struct report_ops *ops;
	const struct shape *shape;
	const struct input *in; /* both sides */
	struct treat *treat;    /* policies; may have none */
	struct out *out;
	struct tally tally;
	bool *changed;          /* scratch, per column */
	uint64_t limit;         /* differences to write, or samples; 0: no limit */
	uint64_t told;
	bool color;
	uint64_t position;      /* of the row, from 1, where there is no key */
	const char *title;      /* summary: the name of a query; or NULL */
	bool sampled;           /* summary: the rows are a sample */
	void *state;            /* the format's own */
};

extern const struct report_ops report_events, report_text, report_summary;

int report_open(struct report *r, const struct report_ops *ops, const struct shape *shape,
		const struct input *in, struct err *e);

/* Counts a difference and writes it. */
int report_row(struct report *r, enum difference d, const struct field *a, const struct field *b,
	       struct err *e);

/* Compares two rows of one key: true if they are equal, under the policies at least. Else
 * r->changed says where they differ. */
bool report_equal(struct report *r, const struct field *a, const struct field *b);

/* Whether the limit is reached, so that nothing more need be read. */
bool report_full(const struct report *r);

/* Ends and flushes the output. */
int report_close(struct report *r, struct err *e);

/* Frees what report_open() made; in any case. */
void report_free(struct report *r);

/* Whether the sides differ, in columns or rows. */
bool report_differs(const struct report *r);

/* Adds a value for people: NULL, 12, 'text'. */
void report_add_value(struct buf *b, struct field f);

/* Adds {"name":value,…}, the key's columns or, without a key, all. */
int report_add_key(const struct report *r, struct buf *b, const struct field *f);

#endif
