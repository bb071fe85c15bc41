#include "digest.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

struct digest {
	struct md *md;
	struct md *key_md; /* for buckets; NULL until asked for */
	size_t *order;     /* the columns sorted by name */
	size_t ncols;
	size_t lanes;
	struct buf b;      /* an encoding */
	unsigned char out[MD_MAX];
};

/* ---- Sums ---- */

void digest_sum_add(struct digest_sum *to, const struct digest_sum *part)
{
	to->rows += part->rows;
	for (size_t i = 0; i < DIGEST_LANES; i++)
		to->lane[i] += part->lane[i];
}

bool digest_sum_equal(const struct digest_sum *a, const struct digest_sum *b)
{
	return a->rows == b->rows && !memcmp(a->lane, b->lane, sizeof a->lane);
}

void digest_sum_text(struct buf *b, const char *algorithm, size_t lanes,
		     const struct digest_sum *s)
{
	buf_addf(b, "%s:", algorithm);
	for (size_t i = 0; i < lanes; i++)
		buf_addf(b, "%016llx", (unsigned long long)s->lane[i]);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t digest_sum_parse(const char *p, size_t n, struct buf *algorithm, struct digest_sum *s)
{
	const char *colon = memchr(p, ':', n);
	size_t name = colon ? (size_t)(colon - p) : 0, digits = n - name - 1;

	if (!name || !digits || digits % 16 || digits / 16 > DIGEST_LANES)
		return 0;
	buf_reset(algorithm);
	buf_add(algorithm, p, name);
	memset(s->lane, 0, sizeof s->lane);
	for (size_t i = 0; i < digits; i++) {
		int v = hex_digit(colon[1 + i]);

		if (v < 0)
			return 0;
		s->lane[i / 16] = s->lane[i / 16] << 4 | (unsigned)v;
	}
	return digits / 16;
}

/* ---- Rows ---- */

static int by_name(const void *a, const void *b, void *names)
{
	const char *const *name = names;

	return strcmp(name[*(const size_t *)a], name[*(const size_t *)b]);
}

struct digest *digest_open(const char *algorithm, const char *const *names, size_t ncols,
			   struct err *e)
{
	struct md *md = md_open(algorithm, e);
	struct digest *d;

	if (!md)
		return NULL;
	d = xcalloc(1, sizeof *d);
	d->md = md;
	d->lanes = md_size(md) / 8;
	d->ncols = ncols;
	d->order = xcalloc(ncols + 1, sizeof *d->order);
	for (size_t i = 0; i < ncols; i++)
		d->order[i] = i;
	qsort_r(d->order, ncols, sizeof *d->order, by_name, (void *)names);
	for (size_t i = 1; i < ncols; i++) {
		if (strcmp(names[d->order[i - 1]], names[d->order[i]]))
			continue;
		err_set(e, EXIT_BAD, "there are two columns of the name %s", names[d->order[i]]);
		digest_free(d);
		return NULL;
	}
	return d;
}

void digest_free(struct digest *d)
{
	if (!d)
		return;
	md_free(d->md);
	md_free(d->key_md);
	free(d->order);
	buf_free(&d->b);
	free(d);
}

const char *digest_algorithm(const struct digest *d)
{
	return md_name(d->md);
}

size_t digest_lanes(const struct digest *d)
{
	return d->lanes;
}

size_t digest_size(const struct digest *d)
{
	return md_size(d->md);
}

#define LENGTH_ROOM 24 /* the digits of any length, and `:` */

static inline char *put_length(char *to, size_t n)
{
	char digits[LENGTH_ROOM], *at = digits + sizeof digits;

	if (n < 10) {
		*to++ = (char)('0' + n);
	} else if (n < 100) {
		*to++ = (char)('0' + n / 10);
		*to++ = (char)('0' + n % 10);
	} else {
		for (; n; n /= 10)
			*--at = (char)('0' + n % 10);
		memcpy(to, at, (size_t)(digits + sizeof digits - at));
		to += digits + sizeof digits - at;
	}
	*to++ = ':';
	return to;
}

static void encode(struct buf *b, const struct row *row, const size_t *order, size_t n)
{
	buf_reset(b);
	for (size_t i = 0; i < n; i++) {
		struct field f = row->f[order[i]];
		char *to = buf_room(b, f.n + LENGTH_ROOM), *start = to;

		if (f.p) {
			to = put_length(to, f.n);
			memcpy(to, f.p, f.n);
			to += f.n;
		} else {
			*to++ = '-';
		}
		b->n += (size_t)(to - start);
	}
}

const unsigned char *digest_row(struct digest *d, const struct row *row)
{
	encode(&d->b, row, d->order, d->ncols);
	md_sum(d->md, d->b.p, d->b.n, d->out);
	return d->out;
}

static uint64_t lane_at(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return be64toh(v);
}

void digest_sum_row(struct digest_sum *s, const struct digest *d, const unsigned char *digest)
{
	s->rows++;
	for (size_t i = 0; i < d->lanes; i++)
		s->lane[i] += lane_at(digest + 8 * i);
}

uint64_t digest_bucket(struct digest *d, const struct row *row, const size_t *key, size_t nkey,
		       uint64_t buckets)
{
	struct err e = ERR_INIT;
	unsigned char out[MD_MAX];

	if (!d->key_md && !(d->key_md = md_open(NULL, &e)))
		die_err(&e);
	encode(&d->b, row, key, nkey);
	md_sum(d->key_md, d->b.p, d->b.n, out);
	return lane_at(out) % buckets;
}
