#include "mysql_payload.h"

#include <stdlib.h>
#include <zstd.h>

#include "mysql_binlog.h"

enum { FIELD_END, FIELD_SIZE, FIELD_COMPRESSION };
enum { COMPRESSION_ZSTD = 0, COMPRESSION_NONE = 255 };

struct my_payload {
	ZSTD_DCtx *zstd; /* NULL: not compressed */
	ZSTD_inBuffer in;
	struct buf out;
	size_t read; /* bytes of out that were told */
};

static void *refuse(struct err *e, const char *why)
{
	err_set(e, EXIT_FAILED, "a compressed transaction of the binary log %s", why);
	return NULL;
}

/* Fields of a type, a length, a value, then the events. */
static bool read_fields(const unsigned char **p, const unsigned char *end, uint64_t *compression)
{
	uint64_t type, n;

	*compression = COMPRESSION_NONE;
	while (my_lenenc(p, end, &type)) {
		const unsigned char *value;

		if (type == FIELD_END)
			return true;
		if (!my_lenenc(p, end, &n) || n > (size_t)(end - *p))
			return false;
		value = *p;
		*p += n;
		if (type == FIELD_COMPRESSION && !my_lenenc(&value, *p, compression))
			return false;
	}
	return false;
}

struct my_payload *my_payload_open(const void *body, size_t n, struct err *e)
{
	const unsigned char *at = body, *end = at + n;
	struct my_payload *p;
	uint64_t compression;

	if (!read_fields(&at, end, &compression))
		return refuse(e, "is malformed");
	if (compression != COMPRESSION_ZSTD && compression != COMPRESSION_NONE)
		return refuse(e, "is not compressed by Zstandard");
	p = xcalloc(1, sizeof *p);
	p->in = (ZSTD_inBuffer){at, (size_t)(end - at), 0};
	if (compression == COMPRESSION_ZSTD)
		p->zstd = ZSTD_createDCtx();
	return p;
}

void my_payload_close(struct my_payload *p)
{
	if (!p)
		return;
	ZSTD_freeDCtx(p->zstd);
	buf_free(&p->out);
	free(p);
}

/* Adds bytes to out: 1, 0 at the end, -1. */
static int inflate_some(struct my_payload *p, struct err *e)
{
	size_t room = ZSTD_DStreamOutSize(), before = p->out.n, status;
	ZSTD_outBuffer out = {buf_room(&p->out, room), room, 0};

	if (!p->zstd) {
		buf_add(&p->out, (const char *)p->in.src + p->in.pos, p->in.size - p->in.pos);
		p->in.pos = p->in.size;
		return p->out.n > before;
	}
	status = ZSTD_decompressStream(p->zstd, &out, &p->in);
	if (ZSTD_isError(status)) {
		refuse(e, ZSTD_getErrorName(status));
		return -1;
	}
	p->out.n += out.pos;
	return out.pos > 0 || p->in.pos < p->in.size;
}

/* Has out hold n bytes that were not told yet: 1, 0 at the end, -1. */
static int fill(struct my_payload *p, size_t n, struct err *e)
{
	int status = 1;

	if (p->out.n - p->read >= n)
		return 1;
	if (p->read) {
		p->out.n -= p->read;
		memmove(p->out.p, p->out.p + p->read, p->out.n);
		p->read = 0;
	}
	while (p->out.n < n && (status = inflate_some(p, e)) > 0)
		;
	return status;
}

int my_payload_next(struct my_payload *p, const void **event, size_t *n, struct err *e)
{
	int status = fill(p, MY_EVENT_HEADER, e);
	size_t length;

	if (status == 0 && p->out.n == p->read)
		return 0;
	if (status > 0) {
		length = my_uint((unsigned char *)p->out.p + p->read + 9, 4);
		if (length < MY_EVENT_HEADER) {
			refuse(e, "is malformed");
			return -1;
		}
		status = fill(p, length, e);
		*event = p->out.p + p->read;
		*n = length;
	}
	if (status <= 0) {
		if (status == 0)
			refuse(e, "is cut short");
		return -1;
	}
	p->read += length;
	return 1;
}
