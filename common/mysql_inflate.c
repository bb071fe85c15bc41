/*
 * Unpacking zlib's format.
 */
#include "mysql_inflate.h"

#include <limits.h>
#include <zlib.h>

/* Deflate's best ratio: more than so many bytes for one cannot be. */
#define BEST_RATIO 1032

int my_inflate(struct buf *b, const void *p, size_t n, size_t length, bool raw)
{
	z_stream z = {0};
	int status;

	if (n > UINT_MAX || length > UINT_MAX || length / BEST_RATIO > n)
		return -1;
	z.next_in = (Bytef *)p;
	z.avail_in = (uInt)n;
	z.next_out = (Bytef *)buf_room(b, length + 1);
	z.avail_out = (uInt)length;
	if (inflateInit2(&z, raw ? -MAX_WBITS : MAX_WBITS) != Z_OK)
		return -1;
	status = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (status != Z_STREAM_END || z.avail_out)
		return -1;
	b->n += length;
	return 0;
}

uint32_t my_crc32(const void *p, size_t n)
{
	return (uint32_t)crc32_z(crc32_z(0, NULL, 0), p, n);
}
