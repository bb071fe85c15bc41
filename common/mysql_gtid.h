/*
 * Sets of global transaction ids. MySQL: per source (a server's UUID, or UUID:tag)
 * intervals of numbers (MySQL manual, "GTID Sets"); MariaDB: per domain the last one
 * (MariaDB Knowledge Base, "Global Transaction ID").
 */
#ifndef MYSQL_GTID_H
#define MYSQL_GTID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

struct gtid_interval {
	uint64_t first, last;
};

struct gtid_source {
	char *name;              /* MySQL: "uuid" or "uuid:tag", lower case */
	struct gtid_interval *v; /* in order, apart */
	size_t n;
	uint32_t domain, server; /* MariaDB; v[0].last is the number */
};

struct gtid_set {
	bool mariadb;
	struct gtid_source *v; /* in the order of their names, domains */
	size_t n;
};

/* Reads a set's text, which may be empty. -1 with *e set (EXIT_BAD), *s is empty then. */
int gtid_set_parse(struct gtid_set *s, bool mariadb, const char *text, struct err *e);
void gtid_set_free(struct gtid_set *s);

/* MySQL: adds a transaction. The source must be one in the form that is kept here. */
void gtid_set_add(struct gtid_set *s, const char *source, uint64_t number);

/* MariaDB: the last one of a domain. */
void gtid_set_put(struct gtid_set *s, uint32_t domain, uint32_t server, uint64_t number);

/* Adds the text, as the server writes it but for line breaks. */
void gtid_set_text(const struct gtid_set *s, struct buf *b);

/* MySQL's binary form, of COM_BINLOG_DUMP_GTID and PREVIOUS_GTIDS events (source
 * documentation, Gtid_set::encode()). gtid_set_decode(): -1 with *e set, *s is empty then. */
void gtid_set_encode(const struct gtid_set *s, struct buf *b);
int gtid_set_decode(struct gtid_set *s, const void *p, size_t n, struct err *e);

#endif
