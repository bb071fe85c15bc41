/*
 * MySQL's TRANSACTION_PAYLOAD event: the events of a transaction, compressed (MySQL source
 * documentation, "Transaction_payload_event").
 */
#ifndef MYSQL_PAYLOAD_H
#define MYSQL_PAYLOAD_H

#include <stddef.h>

#include "err.h"

struct my_payload;

/* body (n bytes) must stay. NULL with *e set: malformed, or compressed in another way than
 * by Zstandard. */
struct my_payload *my_payload_open(const void *body, size_t n, struct err *e);
void my_payload_close(struct my_payload *p);

/* The next event in it, header first, without a checksum: 1, 0 at the end, -1. Valid until
 * the next call. */
int my_payload_next(struct my_payload *p, const void **event, size_t *n, struct err *e);

#endif
