/* Events that begin a group: MariaDB's and MySQL's GTIDs. */
#include "mysql_binlog.h"

static int malformed(const struct my_event *ev, struct err *e)
{
	return err_set(e, EXIT_FAILED, "a binary log event of type %u is malformed", ev->type);
}

enum { STANDALONE = 1, GROUP_COMMIT = 2, PREPARED_XA = 64, COMPLETED_XA = 128 };
enum { START_ALTER = 2, ROLLBACK_ALTER = 8 };

static int read_mariadb_group(struct my_group_event *g, const struct my_event *ev, struct err *e)
{
	const unsigned char *p = ev->body, *end = p + ev->n;
	unsigned flags;

	if (ev->n < 13)
		return malformed(ev, e);
	g->number = my_uint(p, 8);
	g->domain = (uint32_t)my_uint(p + 8, 4);
	g->server = ev->server_id;
	flags = p[12];
	g->standalone = flags & STANDALONE;
	p += 13;
	if (flags & GROUP_COMMIT)
		p += end - p >= 8 ? 8 : end - p;
	if (flags & (PREPARED_XA | COMPLETED_XA)) {
		if (end - p < 6 || end - p < 6 + p[4] + p[5])
			return malformed(ev, e);
		p += 6 + p[4] + p[5];
	}
	if (p < end)
		g->pending = *p & (START_ALTER | ROLLBACK_ALTER);
	return 0;
}

static void add_uuid(char *to, const unsigned char *sid)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = hex[sid[i] >> 4];
		*to++ = hex[sid[i] & 15];
	}
	*to = '\0';
}

static int read_mysql_group(struct my_group_event *g, const struct my_event *ev, struct err *e)
{
	const unsigned char *p = ev->body;

	if (ev->n < 42)
		return malformed(ev, e);
	if (ev->type == MY_GTID_LOG) {
		add_uuid(g->source, p + 1);
		g->number = my_uint(p + 17, 8);
	}
	/* flags, uuid, number, 2, last_committed, sequence_number, then microseconds */
	if (ev->n >= 49)
		g->ts_us = (int64_t)(my_uint(p + 42, 7) & ~((uint64_t)1 << 55));
	return 0;
}

/*
 * Tagged GTIDs come in MySQL's own serialization (source documentation, "Library
 * mysql::serialization"): numbers whose first byte tells by its trailing ones how many bytes
 * follow; a message's version, size and last ignorable field, then numbered fields.
 */
static bool read_varlen(const unsigned char **p, const unsigned char *end, uint64_t *v)
{
	size_t more = 0;
	unsigned first;

	if (*p >= end)
		return false;
	for (first = **p; first & 1; first >>= 1)
		more++;
	if ((size_t)(end - *p) <= more)
		return false;
	/* first is what is left of 8 - 1 - more bits; the zero bit goes as well */
	*v = more >= 7 ? 0 : first >> 1;
	if (more)
		*v |= my_uint(*p + 1, more) << (more >= 7 ? 0 : 7 - more);
	*p += more + 1;
	return true;
}

static bool read_signed(const unsigned char **p, const unsigned char *end, uint64_t *v)
{
	uint64_t raw;

	if (!read_varlen(p, end, &raw))
		return false;
	*v = raw & 1 ? ~(raw >> 1) : raw >> 1;
	return true;
}

enum { FIELD_FLAGS, FIELD_UUID, FIELD_NUMBER, FIELD_TAG, FIELD_LAST, FIELD_SEQUENCE, FIELD_TS };

static bool read_tagged_field(struct my_group_event *g, uint64_t id, const unsigned char **p,
			      const unsigned char *end)
{
	unsigned char sid[16];
	uint64_t v, n;

	switch (id) {
	case FIELD_UUID:
		for (size_t i = 0; i < 16; i++) {
			if (!read_varlen(p, end, &v))
				return false;
			sid[i] = (unsigned char)v;
		}
		add_uuid(g->source, sid);
		return true;
	case FIELD_NUMBER:
		return read_signed(p, end, &g->number);
	case FIELD_TAG:
		if (!read_varlen(p, end, &n) || n > 32 || (size_t)(end - *p) < n)
			return false;
		if (n) {
			size_t at = strnlen(g->source, 36);

			g->source[at] = ':';
			memcpy(g->source + at + 1, *p, n);
			g->source[at + 1 + n] = '\0';
		}
		*p += n;
		return true;
	case FIELD_LAST:
	case FIELD_SEQUENCE:
		return read_signed(p, end, &v);
	case FIELD_TS:
		if (!read_varlen(p, end, &v))
			return false;
		g->ts_us = (int64_t)v;
		return true;
	default:
		return read_varlen(p, end, &v);
	}
}

static int read_tagged_group(struct my_group_event *g, const struct my_event *ev, struct err *e)
{
	const unsigned char *p = ev->body, *end = p + ev->n;
	uint64_t v, id = 0;

	for (int i = 0; i < 3; i++) /* version, size, last ignorable field */
		if (!read_varlen(&p, end, &v))
			return malformed(ev, e);
	while (id < FIELD_TS && p < end)
		if (!read_varlen(&p, end, &id) ||
		    (id <= FIELD_TS && !read_tagged_field(g, id, &p, end)))
			return malformed(ev, e);
	return *g->source ? 0 : malformed(ev, e);
}

int my_group_read(struct my_group_event *g, const struct my_event *ev, struct err *e)
{
	*g = (struct my_group_event){0};
	if (ev->type == MY_GTID)
		return read_mariadb_group(g, ev, e);
	return ev->type == MY_GTID_TAGGED ? read_tagged_group(g, ev, e)
					  : read_mysql_group(g, ev, e);
}
