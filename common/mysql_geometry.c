/*
 * Geometry: EWKB, as PostGIS writes it (PostGIS manual, "OpenGIS WKB and WKT"), and MySQL's
 * storage, which is the SRID (4 bytes, little-endian) and WKB in little-endian order (MySQL
 * manual, "Geometry Well-Formedness and Validity", "Internal Geometry Storage Format").
 */
#include <string.h>

#include "mysql_impl.h"
#include "value.h"

#define EWKB_Z 0x80000000u
#define EWKB_M 0x40000000u
#define EWKB_SRID 0x20000000u
#define MAX_DEPTH 64

enum wkb_type { WKB_POINT = 1, WKB_LINE, WKB_POLYGON, WKB_MULTI_POINT, WKB_MULTI_LINE,
		WKB_MULTI_POLYGON, WKB_COLLECTION };

struct wkb {
	const unsigned char *p;
	size_t n;
	bool little;
	struct buf *b;
};

static int take_word(struct wkb *w, uint32_t *v)
{
	if (w->n < 4)
		return -1;
	*v = 0;
	for (int i = 0; i < 4; i++)
		*v |= (uint32_t)w->p[i] << 8 * (w->little ? i : 3 - i);
	w->p += 4;
	w->n -= 4;
	return 0;
}

static void add_word(struct buf *b, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		buf_addc(b, (char)(v >> 8 * i & 255));
}

static int copy_points(struct wkb *w, uint64_t count)
{
	uint64_t n = count * 16;

	if (n > w->n)
		return -1;
	if (w->little)
		buf_add(w->b, w->p, n);
	else
		for (uint64_t i = 0; i < n; i++)
			buf_addc(w->b, (char)w->p[(i & ~7ull) + 7 - (i & 7)]);
	w->p += n;
	w->n -= n;
	return 0;
}

static int copy_line(struct wkb *w)
{
	uint32_t count;

	if (take_word(w, &count) < 0)
		return -1;
	add_word(w->b, count);
	return copy_points(w, count);
}

/* One geometry; *srid is set from the outermost only. */
static int copy_geometry(struct wkb *w, int depth, size_t srid_at)
{
	uint32_t type, srid = 0, count;

	if (depth > MAX_DEPTH || w->n < 1 || *w->p > 1)
		return -1;
	w->little = *w->p++ == 1;
	w->n--;
	if (take_word(w, &type) < 0 || (type & (EWKB_Z | EWKB_M)))
		return -1;
	if ((type & EWKB_SRID) && take_word(w, &srid) < 0)
		return -1;
	type &= ~EWKB_SRID;
	for (int i = 0; depth == 0 && i < 4; i++)
		w->b->p[srid_at + (size_t)i] = (char)(srid >> 8 * i & 255);
	buf_addc(w->b, 1);
	add_word(w->b, type);
	if (type == WKB_POINT)
		return copy_points(w, 1);
	if (type == WKB_LINE)
		return copy_line(w);
	if (type < WKB_POINT || type > WKB_COLLECTION || take_word(w, &count) < 0)
		return -1;
	add_word(w->b, count);
	for (; count; count--)
		if ((type == WKB_POLYGON ? copy_line(w) : copy_geometry(w, depth + 1, 0)) < 0)
			return -1;
	return 0;
}

int my_add_geometry(struct buf *b, const unsigned char *p, size_t n)
{
	struct wkb w = {.p = p, .n = n, .b = b};
	size_t srid_at = b->n;

	buf_add(b, "\0\0\0", 4);
	return copy_geometry(&w, 0, srid_at) < 0 || w.n ? -1 : 0;
}

/* EWKB's type word tells of the SRID, which follows it in the byte order of the WKB. */
void my_add_ewkb(struct buf *b, const unsigned char *p, size_t n)
{
	unsigned char head[9];

	if (n < 9) {
		value_add_hex(b, p, n);
		return;
	}
	if (!(p[0] | p[1] | p[2] | p[3])) {
		value_add_hex(b, p + 4, n - 4);
		return;
	}
	memcpy(head, p + 4, 5);
	head[head[0] ? 4 : 1] |= 0x20;
	for (int i = 0; i < 4; i++)
		head[5 + i] = head[0] ? p[i] : p[3 - i];
	value_add_hex(b, head, sizeof head);
	for (size_t at = 9; at < n; at++) {
		static const char digits[] = "0123456789abcdef";
		char two[2] = {digits[p[at] >> 4], digits[p[at] & 15]};

		buf_add(b, two, 2);
	}
}
