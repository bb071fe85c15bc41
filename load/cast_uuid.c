/*
 * The rules uuid and bytes: BINARY(16), as MySQL's UUID_TO_BIN() makes it, and the
 * text that PostgreSQL's uuid has. `swap`: as UUID_TO_BIN(u, 1) does, the time's high
 * part stands first (MySQL manual, "Miscellaneous Functions").
 */
#include <string.h>

#include "cast_ops.h"
#include "value.h"

static int parse_swap(struct rule *r, const char *arg, struct err *e)
{
	static const char *const words[] = {"swap", NULL};

	(void)e;
	if (!arg)
		return 0;
	if (cast_parse_word(r, arg, words) < 0)
		return -1;
	r->choice = 1;
	return 0;
}

/* time_low (4), time_mid (2), time_hi (2) ↔ time_hi, time_mid, time_low. */
static void swap_in(unsigned char u[16])
{
	unsigned char t[8] = {u[6], u[7], u[4], u[5], u[0], u[1], u[2], u[3]};

	memcpy(u, t, sizeof t);
}

static void swap_out(unsigned char u[16])
{
	unsigned char t[8] = {u[4], u[5], u[6], u[7], u[2], u[3], u[0], u[1]};

	memcpy(u, t, sizeof t);
}

static void add_uuid(struct buf *b, const unsigned char u[16])
{
	static const char hex[] = "0123456789abcdef";
	char *to = buf_room(b, 36);

	b->n += 36;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = hex[u[i] >> 4];
		*to++ = hex[u[i] & 15];
	}
}

static bool is_hex_bytes(struct field f)
{
	return f.n >= 2 && f.p[0] == '\\' && (f.p[1] == 'x' || f.p[1] == 'X');
}

static enum cast_result apply_uuid(const struct rule *r, struct field *f, struct buf *to,
				   struct cast_why *why)
{
	unsigned char u[16];
	bool bytes = is_hex_bytes(*f);

	if ((bytes && f->n != 34) ||
	    value_uuid(bytes ? f->p + 2 : f->p, bytes ? f->n - 2 : f->n, u) != VALUE_OK)
		return cast_unfit(why, "is neither 16 bytes nor a UUID");
	if (bytes && r->choice)
		swap_out(u);
	add_uuid(to, u);
	if (to->n == f->n && !memcmp(to->p, f->p, f->n))
		return CAST_SAME;
	return cast_give(f, to, CAST_CHANGED);
}

static enum cast_result apply_bytes(const struct rule *r, struct field *f, struct buf *to,
				    struct cast_why *why)
{
	unsigned char u[16];

	if (is_hex_bytes(*f) || value_uuid(f->p, f->n, u) != VALUE_OK)
		return cast_unfit(why, "is not a UUID");
	if (r->choice)
		swap_in(u);
	value_add_hex(to, u, sizeof u);
	return cast_give(f, to, CAST_CHANGED);
}

const struct cast_op cast_uuid = {
	.name = "uuid", .arg = "[:swap]", .parse = parse_swap, .apply = apply_uuid,
};
const struct cast_op cast_bytes = {
	.name = "bytes", .arg = "[:swap]", .parse = parse_swap, .apply = apply_bytes,
};
