/*
 * Message digests by OpenSSL (EVP), fetched once and used for many short messages.
 */
#ifndef MD_H
#define MD_H

#include <stddef.h>

#include "err.h"

#define MD_MAX 64 /* bytes that the longest digest has */

struct md;

/* Fetches an algorithm by OpenSSL's name for it, in any case ("sha256", "SHA2-512",
 * "blake2s256"); NULL is sha256. Refused (EXIT_BAD) are unknown ones and those of less than 8
 * or more than MD_MAX bytes. The caller frees it; NULL with *e set. */
struct md *md_open(const char *algorithm, struct err *e);
void md_free(struct md *md);

/* The name in lower case, sha256 for each of its names; and the digest's bytes. */
const char *md_name(const struct md *md);
size_t md_size(const struct md *md);

/* The digest of n bytes, md_size() bytes at out. Ends the process (EXIT_FAILED) if OpenSSL
 * fails, which it does for lack of memory only. */
void md_sum(struct md *md, const void *p, size_t n, unsigned char *out);

#endif
