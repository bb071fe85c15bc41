/*
 * Well-known text, as Maxwell writes geometries, to WKB in little-endian order (OGC 06-103r4,
 * "Simple Feature Access", 7 and 8.2). Two dimensions, as MySQL has them.
 */
#include <endian.h>
#include <string.h>
#include <strings.h>

#include "value_decode.h"

#define MAX_DEPTH 32

struct wkt {
	const char *p, *end;
	struct buf *b;
};

enum shape { POINT = 1, LINE, POLYGON, MULTI_POINT, MULTI_LINE, MULTI_POLYGON, COLLECTION };

static const char *const names[] = {
	[POINT] = "POINT", [LINE] = "LINESTRING", [POLYGON] = "POLYGON",
	[MULTI_POINT] = "MULTIPOINT", [MULTI_LINE] = "MULTILINESTRING",
	[MULTI_POLYGON] = "MULTIPOLYGON", [COLLECTION] = "GEOMETRYCOLLECTION",
};

static void skip_spaces(struct wkt *w)
{
	while (w->p < w->end && *w->p == ' ')
		w->p++;
}

static bool take(struct wkt *w, char c)
{
	skip_spaces(w);
	if (w->p == w->end || *w->p != c)
		return false;
	w->p++;
	return true;
}

static bool take_word(struct wkt *w, const char *word)
{
	size_t n = strlen(word);

	skip_spaces(w);
	if ((size_t)(w->end - w->p) < n || strncasecmp(w->p, word, n) ||
	    (w->p + n < w->end && ((w->p[n] | 32) >= 'a' && (w->p[n] | 32) <= 'z')))
		return false;
	w->p += n;
	return true;
}

static void add_word(struct buf *b, uint32_t v)
{
	v = htole32(v);
	buf_add(b, &v, sizeof v);
}

static void add_head(struct wkt *w, enum shape shape)
{
	buf_addc(w->b, 1);
	add_word(w->b, shape);
}

static bool take_number(struct wkt *w)
{
	const char *from;
	enum value_status s;
	uint64_t bits;
	double v;

	skip_spaces(w);
	from = w->p;
	while (w->p < w->end && *w->p && strchr("+-.0123456789eE", *w->p))
		w->p++;
	s = value_float64(from, (size_t)(w->p - from), &v);
	if (s != VALUE_OK && s != VALUE_ROUNDS)
		return false;
	memcpy(&bits, &v, sizeof bits);
	bits = htole64(bits);
	buf_add(w->b, &bits, sizeof bits);
	return true;
}

static bool take_pair(struct wkt *w)
{
	return take_number(w) && take_number(w);
}

static bool take_shape(struct wkt *w, int depth);

/* A part of a shape that is a list. */
static bool take_part(struct wkt *w, enum shape shape, int depth);

/* (PART, PART, …) or EMPTY, with the count before it. */
static bool take_list(struct wkt *w, enum shape shape, int depth)
{
	size_t at = w->b->n;
	uint32_t count = 0;

	add_word(w->b, 0);
	if (take_word(w, "EMPTY"))
		return true;
	if (!take(w, '('))
		return false;
	do {
		if (!take_part(w, shape, depth))
			return false;
		count++;
	} while (take(w, ','));
	count = htole32(count);
	memcpy(w->b->p + at, &count, sizeof count);
	return take(w, ')');
}

static bool take_part(struct wkt *w, enum shape shape, int depth)
{
	switch (shape) {
	case LINE:
		return take_pair(w);
	case POLYGON: /* a ring */
		return take_list(w, LINE, depth);
	case MULTI_POINT:
		add_head(w, POINT);
		if (take(w, '('))
			return take_pair(w) && take(w, ')');
		return take_pair(w);
	case MULTI_LINE:
		add_head(w, LINE);
		return take_list(w, LINE, depth);
	case MULTI_POLYGON:
		add_head(w, POLYGON);
		return take_list(w, POLYGON, depth);
	case COLLECTION:
		return take_shape(w, depth + 1);
	case POINT:
		break;
	}
	return false;
}

static bool take_shape(struct wkt *w, int depth)
{
	for (enum shape s = POINT; s <= COLLECTION && depth < MAX_DEPTH; s++) {
		if (!take_word(w, names[s]))
			continue;
		add_head(w, s);
		if (s == POINT)
			return take(w, '(') && take_pair(w) && take(w, ')');
		return take_list(w, s, depth);
	}
	return false;
}

bool add_wkt(struct buf *b, struct field f)
{
	struct wkt w = {.p = f.p, .end = f.p + f.n, .b = b};
	size_t start = b->n;

	if (take_shape(&w, 0)) {
		skip_spaces(&w);
		if (w.p == w.end)
			return true;
	}
	b->n = start;
	return false;
}
