/* The two sides of a comparison: a table, a query or a file. */
#ifndef DIFF_INPUT_H
#define DIFF_INPUT_H

#include <stdbool.h>

#include "db.h"
#include "stream.h"

/* An operand as given. */
struct operand {
	char *arg;   /* a URL or a file's name, - for standard input */
	char *table; /* of a URL; NULL where none is named */
	bool live;   /* a URL */
};

/* Whether an argument is a database's URL. */
bool operand_is_url(const char *arg);

struct input {
	const char *name;   /* for messages */
	struct url *url;    /* live */
	struct db *db;
	struct table *table;
	const char *query;  /* instead of a table */
	struct reader *reader; /* a file */
	int fd;
	size_t n;                   /* its columns */
	const char **column;
	const struct coltype *type; /* NULL: not known */
	bool lent;                  /* connection and table are another's */
};

/* Opens a side: connects, takes a snapshot, reads the table's definition; or opens the file
 * and reads its columns. query: instead of the table; it is started. Returns 0, or -1. */
int input_open(struct input *in, const struct operand *op, const char *query, bool no_end,
	       struct err *e);

/* Connects only, without a snapshot. */
int input_connect(struct input *in, const struct operand *op, struct err *e);

/* A table of an open connection, with its definition; both stay the lender's. */
void input_borrow(struct input *in, const struct input *from, const char *name, struct table *t);

/* Ends the snapshot and takes a new one. */
int input_refresh(struct input *in, struct err *e);

void input_close(struct input *in);

#endif
