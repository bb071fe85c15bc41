/*
 * The rule mask: pseudonyms for test copies. Equal values get equal ones, so that
 * joins and unique keys still hold.
 */
#include "cast_ops.h"
#include "md.h"

#define EMAIL_BYTES 10 /* so many bytes of the digest name a mailbox */

enum { MASK_SHA256, MASK_EMAIL };

static int parse_mask(struct rule *r, const char *arg, struct err *e)
{
	static const char *const words[] = {"sha256", "email", NULL};

	if (cast_parse_word(r, arg, words) < 0)
		return -1;
	r->state = md_open("sha256", e);
	return r->state ? 0 : -1;
}

static void free_mask(struct rule *r)
{
	if (r->state)
		md_free(r->state);
	r->state = NULL;
}

static void add_digits(struct buf *b, const unsigned char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char *to = buf_room(b, n * 2);

	b->n += n * 2;
	for (size_t i = 0; i < n; i++) {
		*to++ = hex[p[i] >> 4];
		*to++ = hex[p[i] & 15];
	}
}

/* The digest is that of the salt and the value behind it. example.com is reserved
 * and takes no mail (RFC 2606, 3). */
static enum cast_result apply_mask(const struct rule *r, struct field *f, struct buf *to,
				   struct cast_why *why)
{
	unsigned char digest[MD_MAX];

	(void)why;
	buf_add(to, r->salt.p, r->salt.n);
	buf_add(to, f->p, f->n);
	md_sum(r->state, to->n ? to->p : "", to->n, digest);
	buf_reset(to);
	add_digits(to, digest, r->choice == MASK_EMAIL ? EMAIL_BYTES : md_size(r->state));
	if (r->choice == MASK_EMAIL)
		buf_adds(to, "@example.com");
	return cast_give(f, to, CAST_CHANGED);
}

const struct cast_op cast_mask = {
	.name = "mask", .arg = ":sha256|email", .every = true,
	.parse = parse_mask, .apply = apply_mask, .free = free_mask,
};
