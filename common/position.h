/*
 * Positions of change streams. A position has one text, a JSON object, wherever it is
 * written: `extract --position`, the events of capture, the checkpoint of cdcapply:
 *
 *   {"connector":"mysql","file":"binlog.000002","pos":1234,"gtid":"0-1-55"}
 *   {"connector":"postgresql","lsn":"0/16B3748"}
 *
 * Where transactions of MySQL wait for their XA COMMIT, "prepared":"binlog.000002:987" says where
 * the earliest of them begins, since a capture that goes on must know their rows.
 *
 * People may also write `binlog.000002:1234`, `0/16B3748`, or `gtid:0-1-55`.
 */
#ifndef POSITION_H
#define POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "type.h"

struct position {
	enum engine engine;
	char *file;    /* MySQL: the binary log's name; NULL in a position of only a GTID */
	uint64_t pos;  /* MySQL: the byte in it at which the next event begins */
	char *gtid;    /* MySQL: the set (MariaDB: list) of GTIDs up to here; NULL: not known */
	char *prepared; /* MySQL: FILE:POS of the earliest transaction that is prepared; NULL: none is */
	uint64_t lsn;  /* PostgreSQL: where the next transaction's commit may begin */
};

/* Reads either form (n bytes). *p is set (position_free() is due) only on success;
 * else -1 with *e set (EXIT_BAD). */
int position_parse(struct position *p, const char *text, size_t n, struct err *e);
void position_free(struct position *p);

/* Reads FILE:POS of MySQL; false: it is not of that form. *p is as after position_parse(). */
bool position_of_file(struct position *p, const char *text, size_t n);

/* A copy with texts of its own. */
void position_copy(struct position *to, const struct position *from);

/* Adds the JSON object. */
void position_add(struct buf *b, const struct position *p);

/* Whether the two can be compared: both of PostgreSQL, or both with a binary log's name of the
 * same stem. */
bool position_comparable(const struct position *a, const struct position *b);

/* Less than, equal to or greater than 0: a is before, at or behind b. Binary logs are compared
 * by the number behind their last dot. */
int position_compare(const struct position *a, const struct position *b);

/* "0/16B3748" ↔ a number. */
bool position_lsn(const char *text, size_t n, uint64_t *lsn);
void position_add_lsn(struct buf *b, uint64_t lsn);

#endif
