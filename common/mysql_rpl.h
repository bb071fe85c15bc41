/*
 * The binary log over the wire, as a replica gets it.
 */
#ifndef MYSQL_RPL_H
#define MYSQL_RPL_H

#include "mysql_impl.h"

#define MY_RPL_HEARTBEAT_SECONDS 1

/* Where to begin: in a file, or (MySQL only) behind a set of GTIDs in its binary form. MariaDB
 * takes its list from @slave_connect_state; then file is "". */
struct my_rpl_start {
	const char *file;
	uint64_t pos;
	const void *gtids; /* NULL: none */
	size_t ngtids;
	uint32_t server_id;
};

struct my_rpl;

/* Asks for the log on m's connection, which has no other use from then on, and stays the
 * caller's. NULL with *e set. */
struct my_rpl *my_rpl_open(struct my *m, const struct my_rpl_start *start, struct err *e);
void my_rpl_close(struct my_rpl *r);

/* The next event as the server sent it (header first), waiting at most so many milliseconds:
 * 1, 0 nothing came, -1. Valid until the next call. */
int my_rpl_next(struct my_rpl *r, int ms, const void **p, size_t *n, struct err *e);

/* Whether the last failure was that of the connection, so that another one may help. */
bool my_rpl_lost(const struct my_rpl *r);

#endif
