#include "mysql_binlog.h"

#include <string.h>

#include "mysql_inflate.h"

#define CHECKSUM 4
#define CRC32 1
#define STATEMENT_END 1u

static int malformed(const struct my_event *ev, struct err *e)
{
	return err_set(e, EXIT_FAILED, "a binary log event of type %u is malformed", ev->type);
}

bool my_lenenc(const unsigned char **at, const unsigned char *end, uint64_t *v)
{
	size_t bytes;

	if (*at >= end)
		return false;
	bytes = **at < 251 ? 0 : **at == 252 ? 2 : **at == 253 ? 3 : **at == 254 ? 8 : 9;
	if (bytes == 9 || (size_t)(end - *at) <= bytes)
		return false;
	*v = bytes ? my_uint(*at + 1, bytes) : **at;
	*at += bytes + 1;
	return true;
}

/* ---- Events ---- */

int my_event_plain(struct my_event *ev, const void *p, size_t n, struct err *e)
{
	const unsigned char *h = p;

	if (n < MY_EVENT_HEADER)
		return err_set(e, EXIT_FAILED, "a binary log event is cut short");
	*ev = (struct my_event){
		.timestamp = (uint32_t)my_uint(h, 4),
		.type = h[4],
		.server_id = (uint32_t)my_uint(h + 5, 4),
		.length = (uint32_t)my_uint(h + 9, 4),
		.end = (uint32_t)my_uint(h + 13, 4),
		.flags = (unsigned)my_uint(h + 17, 2),
		.raw = h,
		.body = h + MY_EVENT_HEADER,
		.n = n - MY_EVENT_HEADER,
	};
	return 0;
}

static bool checksum_fits(const struct my_event *ev)
{
	size_t n = MY_EVENT_HEADER + ev->n;

	return ev->n >= CHECKSUM &&
	       my_crc32(ev->raw, n - CHECKSUM) == my_uint(ev->raw + n - CHECKSUM, CHECKSUM);
}

int my_event_read(struct my_event *ev, const void *p, size_t n, bool *checksums, struct err *e)
{
	if (my_event_plain(ev, p, n, e) < 0)
		return -1;
	if (ev->type == MY_FORMAT) {
		/* At its end the algorithm and a checksum's room, filled or not. */
		if (ev->n < 57 + 1 + CHECKSUM)
			return malformed(ev, e);
		*checksums = ev->body[ev->n - CHECKSUM - 1] == CRC32;
		ev->n -= CHECKSUM + 1;
		return 0;
	}
	if (ev->flags & MY_EVENT_ARTIFICIAL || ev->type == MY_HEARTBEAT || !ev->timestamp) {
		/* What the server makes up may have one or not, whatever the files have. */
		if (checksum_fits(ev))
			ev->n -= CHECKSUM;
		return 0;
	}
	if (!*checksums)
		return 0;
	if (!checksum_fits(ev))
		return err_set(e, EXIT_FAILED, "a binary log event of type %u has a wrong checksum",
			       ev->type);
	ev->n -= CHECKSUM;
	return 0;
}

/* ---- MariaDB's compression: 0x80 | bytes of the length, the length (big-endian), zlib ---- */

static int inflate_to(struct buf *b, const unsigned char *p, size_t n, const struct my_event *ev,
		      struct err *e)
{
	size_t bytes = n ? p[0] & 7u : 0, whole = 0;

	if (!bytes || bytes > 4 || (p[0] & 0xf0) != 0x80 || n <= bytes)
		return malformed(ev, e);
	for (size_t i = 1; i <= bytes; i++)
		whole = whole << 8 | p[i];
	return my_inflate(b, p + 1 + bytes, n - 1 - bytes, whole, false) < 0 ? malformed(ev, e) : 0;
}

/* ---- Statements ---- */

enum { Q_FLAGS2 = 0, Q_SQL_MODE = 1 };
#define MODE_ANSI_QUOTES 4u
#define MODE_NO_BACKSLASH_ESCAPES 0x100000u

int my_query_read(struct my_query_event *q, const struct my_event *ev, struct buf *b,
		  struct err *e)
{
	const unsigned char *p = ev->body, *status;
	size_t nschema, nstatus, fixed = 13, nsql;
	uint64_t mode = 0;

	if (ev->n < fixed)
		return malformed(ev, e);
	q->seconds = (uint32_t)my_uint(p + 4, 4);
	nschema = p[8];
	nstatus = my_uint(p + 11, 2);
	if (ev->n < fixed + nstatus + nschema + 1)
		return malformed(ev, e);
	status = p + fixed;
	/* The first variables are written in this order always. */
	if (nstatus >= 5 && status[0] == Q_FLAGS2) {
		status += 5;
		nstatus -= 5;
	}
	if (nstatus >= 9 && status[0] == Q_SQL_MODE)
		mode = my_uint(status + 1, 8);
	q->ansi_quotes = mode & MODE_ANSI_QUOTES;
	q->no_backslash = mode & MODE_NO_BACKSLASH_ESCAPES;
	p = status + nstatus;
	q->schema = (struct field){(const char *)p, nschema};
	p += nschema + 1;
	nsql = (size_t)(ev->body + ev->n - p);
	q->sql = (struct field){(const char *)p, nsql};
	if (ev->type != MY_QUERY_COMPRESSED)
		return 0;
	buf_reset(b);
	if (inflate_to(b, p, nsql, ev, e) < 0)
		return -1;
	q->sql = (struct field){b->p, b->n};
	return 0;
}

/* ---- Rows ---- */

bool my_is_rows(unsigned type)
{
	return (type >= MY_WRITE_V1 && type <= MY_DELETE_V1) ||
	       (type >= MY_WRITE && type <= MY_DELETE) || type == MY_PARTIAL_UPDATE ||
	       (type >= MY_WRITE_COMPRESSED_V1 && type <= MY_DELETE_COMPRESSED);
}

static char rows_op(unsigned type)
{
	switch (type) {
	case MY_WRITE_V1:
	case MY_WRITE:
	case MY_WRITE_COMPRESSED_V1:
	case MY_WRITE_COMPRESSED:
		return 'c';
	case MY_DELETE_V1:
	case MY_DELETE:
	case MY_DELETE_COMPRESSED_V1:
	case MY_DELETE_COMPRESSED:
		return 'd';
	default:
		return 'u';
	}
}

/* Version 2 has more data behind its fixed part; its length counts itself. */
static bool skip_extra(unsigned type, const unsigned char **p, const unsigned char *end)
{
	size_t n;

	if (type < MY_WRITE ||
	    (type >= MY_WRITE_COMPRESSED_V1 && type <= MY_DELETE_COMPRESSED_V1))
		return true;
	n = end - *p >= 2 ? my_uint(*p, 2) : 0;
	if (n < 2 || (size_t)(end - *p) < n)
		return false;
	*p += n;
	return true;
}

int my_rows_read(struct my_rows_event *r, const struct my_event *ev, struct buf *b, struct err *e)
{
	const unsigned char *p = ev->body, *end = p + ev->n;
	const unsigned char *bitmap[2] = {NULL, NULL};
	uint64_t width;
	size_t bytes, images;

	*r = (struct my_rows_event){.op = rows_op(ev->type),
				    .partial = ev->type == MY_PARTIAL_UPDATE};
	if (ev->n < 8)
		return malformed(ev, e);
	r->table_id = my_uint(p, 6);
	r->last = my_uint(p + 6, 2) & STATEMENT_END;
	p += 8;
	images = r->op == 'u' ? 2 : 1;
	if (!skip_extra(ev->type, &p, end) || !my_lenenc(&p, end, &width) || width > 65535)
		return malformed(ev, e);
	bytes = (width + 7) / 8;
	if ((size_t)(end - p) < images * bytes)
		return malformed(ev, e);
	for (size_t i = 0; i < images; i++, p += bytes)
		bitmap[i] = p;
	r->width = width;
	r->before = r->op == 'c' ? NULL : bitmap[0];
	r->after = r->op == 'd' ? NULL : bitmap[images - 1];
	r->at = p;
	r->end = end;
	if (ev->type < MY_WRITE_COMPRESSED_V1)
		return 0;
	buf_reset(b);
	if (inflate_to(b, p, (size_t)(end - p), ev, e) < 0)
		return -1;
	r->at = (const unsigned char *)b->p;
	r->end = r->at + b->n;
	return 0;
}

uint64_t my_event_table_id(const struct my_event *ev)
{
	return ev->n < 6 ? UINT64_MAX : my_uint(ev->body, 6);
}

int my_table_map_names(const struct my_event *ev, struct field *schema, struct field *table,
		       struct err *e)
{
	const unsigned char *p = ev->body + 8, *end = ev->body + ev->n;

	if (ev->n < 10 || end - p < p[0] + 3)
		return malformed(ev, e);
	*schema = (struct field){(const char *)p + 1, p[0]};
	p += p[0] + 2;
	if (end - p < p[0] + 2)
		return malformed(ev, e);
	*table = (struct field){(const char *)p + 1, p[0]};
	return 0;
}

/* ---- The rest ---- */

int my_xa_read(const struct my_event *ev, struct buf *id, bool *one_phase, struct err *e)
{
	const unsigned char *p = ev->body;
	size_t n[2];

	if (ev->n < 13)
		return malformed(ev, e);
	n[0] = my_uint(p + 5, 4);
	n[1] = my_uint(p + 9, 4);
	if (n[0] > 64 || n[1] > 64 || ev->n < 13 + n[0] + n[1])
		return malformed(ev, e);
	*one_phase = p[0];
	for (size_t part = 0, at = 13; part < 2; part++) {
		buf_adds(id, "X'");
		for (size_t i = 0; i < n[part]; i++)
			buf_addf(id, "%02x", p[at++]);
		buf_adds(id, "',");
	}
	buf_addf(id, "%llu", (unsigned long long)my_uint(p + 1, 4));
	return 0;
}

int my_rotate_read(const struct my_event *ev, struct field *file, uint64_t *pos, struct err *e)
{
	if (ev->n <= 8)
		return malformed(ev, e);
	*pos = my_uint(ev->body, 8);
	*file = (struct field){(const char *)ev->body + 8, ev->n - 8};
	return 0;
}
