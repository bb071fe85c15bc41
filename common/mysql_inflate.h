/*
 * Unpacking what MySQL and MariaDB compress with zlib; mysql_inflate.c alone knows it.
 */
#ifndef MYSQL_INFLATE_H
#define MYSQL_INFLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/* Adds the `length` bytes that p stands for; raw: there is no zlib header. -1, and b as it
 * was: malformed, or another length. */
int my_inflate(struct buf *b, const void *p, size_t n, size_t length, bool raw);

/* The checksum of binary log events. */
uint32_t my_crc32(const void *p, size_t n);

#endif
