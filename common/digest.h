/*
 * Digests of rows, the same from a stream and from each engine (see hash(1), db_digest()).
 *
 * A row's encoding: its columns sorted by name (bytes), so that their order does not matter;
 * for each, `-` for NULL, else the number of bytes of its canonical text in decimal digits,
 * `:`, and that text. No two rows have the same encoding. A row's digest is the message
 * digest of that. The digest of many rows is the number of rows and a sum: a row's digest is cut
 * into 64-bit lanes (big-endian; bytes behind the last whole lane do not count), each of them
 * summed modulo 2^64. So the order of rows does not matter, equal rows count as often as they
 * come, and the digests of two parts add up to that of the whole.
 *
 * A key's bucket: the first lane of SHA-256 of the key's encoding, its columns in the key's own
 * order, modulo the number of buckets.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "md.h"
#include "row.h"

#define DIGEST_LANES (MD_MAX / 8)
#define DIGEST_MAX_BUCKETS 65536

/* Of no rows: all zeros. Lanes that the algorithm does not have stay 0. */
struct digest_sum {
	uint64_t rows;
	uint64_t lane[DIGEST_LANES];
};

void digest_sum_add(struct digest_sum *to, const struct digest_sum *part);
bool digest_sum_equal(const struct digest_sum *a, const struct digest_sum *b);

/* Adds "sha256:" and the lanes as hex digits, 16 for each. */
void digest_sum_text(struct buf *b, const char *algorithm, size_t lanes,
		     const struct digest_sum *s);

/* Reads that text (n bytes), NUL-free: the algorithm's name goes to `algorithm` (emptied
 * before), the lanes to s, whose rows stay. Returns the number of lanes, 0 if it is none. */
size_t digest_sum_parse(const char *p, size_t n, struct buf *algorithm, struct digest_sum *s);

struct digest;

/* For rows of these columns; algorithm as in md_open(). NULL with *e set (EXIT_BAD): an unknown
 * algorithm, two columns of one name. The names are borrowed. */
struct digest *digest_open(const char *algorithm, const char *const *names, size_t ncols,
			   struct err *e);
void digest_free(struct digest *d);

const char *digest_algorithm(const struct digest *d);
size_t digest_lanes(const struct digest *d);
size_t digest_size(const struct digest *d); /* bytes of a row's digest */

/* The digest of one row; valid until the next call. */
const unsigned char *digest_row(struct digest *d, const struct row *row);

/* Counts a row with that digest. */
void digest_sum_row(struct digest_sum *s, const struct digest *d, const unsigned char *digest);

/* The bucket of a row by its key: nkey indexes of columns, in the key's order. */
uint64_t digest_bucket(struct digest *d, const struct row *row, const size_t *key, size_t nkey,
		       uint64_t buckets);

#endif
