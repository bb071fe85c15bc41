/*
 * Partial JSON updates: operations on paths of a value (MySQL source, sql-common/json_diff.cc),
 * applied to its text as the server prints it. What no operation names stays as it is, byte for
 * byte, so that numbers and dates keep their form.
 */
#include <string.h>

#include "mysql_row.h"
#include "value.h"

#define MISFIT "is a partial JSON update that does not fit the value before it"
#define BROKEN "is a malformed partial JSON update"

enum { REPLACE, INSERT, REMOVE };

/* A part of the text. */
struct span {
	size_t from, to;
};

/* ---- The text ---- */

/* The end of the string that begins at `at`. */
static size_t string_end(const struct buf *b, size_t at)
{
	for (at++; at < b->n && b->p[at] != '"'; at++)
		at += b->p[at] == '\\';
	return at < b->n ? at + 1 : b->n;
}

/* The end of the value that begins at `at`. */
static size_t value_end(const struct buf *b, size_t at)
{
	size_t depth = 0;

	while (at < b->n) {
		char c = b->p[at];

		if (c == '"') {
			at = string_end(b, at);
			if (!depth)
				return at;
			continue;
		}
		if ((c == ',' || c == ']' || c == '}') && !depth)
			return at;
		at++;
		depth += c == '[' || c == '{';
		depth -= c == ']' || c == '}';
		if (!depth && (c == ']' || c == '}'))
			return at;
	}
	return b->n;
}

static size_t skip(const struct buf *b, size_t at, char c)
{
	while (at < b->n && (b->p[at] == ' ' || b->p[at] == c))
		at++;
	return at;
}

/* The next element of an array or member of an object (whose `key` is then its name with
 * quotes); item->to is where the one before ended, the container's from + 1 at first. */
struct item {
	struct span key, value;
};

static bool next_item(const struct buf *b, const struct span *in, bool object, struct item *item)
{
	size_t at = skip(b, item->value.to, ',');

	if (at + 1 >= in->to)
		return false;
	item->key = (struct span){at, at};
	if (object) {
		item->key.to = string_end(b, at);
		at = skip(b, item->key.to, ':');
	}
	item->value = (struct span){at, value_end(b, at)};
	return at < in->to && item->value.to > at && item->value.to < in->to;
}

static struct item first_item(const struct span *in)
{
	return (struct item){.value = {in->from, in->from + 1}};
}

/* Puts text (NULL: none) in place of a part. */
static void splice(struct buf *b, struct span part, const struct buf *text)
{
	size_t n = text ? text->n : 0, behind = b->n - part.to;

	buf_room(b, n);
	memmove(b->p + part.from + n, b->p + part.to, behind);
	if (n)
		memcpy(b->p + part.from, text->p, n);
	b->n = part.from + n + behind;
}

/* ---- Names ---- */

static int hex4(const char *p, const char *end, unsigned *v)
{
	*v = 0;
	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *at = memchr(digits, p[i] | 0x20, 16);

		if (!at)
			return -1;
		*v = *v << 4 | (unsigned)(at - digits);
	}
	return 0;
}

/* A \u escape, whose hex digits p is at, with the second half of a pair. Returns what is behind. */
static const char *add_code(struct buf *to, const char *p, const char *end)
{
	unsigned c, low;

	if (hex4(p, end, &c) < 0)
		return NULL;
	p += 4;
	if (c >= 0xd800 && c < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
	    hex4(p + 2, end, &low) == 0 && low >= 0xdc00 && low < 0xe000) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		p += 6;
	}
	if (c >= 0xd800 && c < 0xe000)
		return NULL;
	value_add_utf8(to, c);
	return p;
}

/* The characters of a JSON string, given without its quotes. */
static int add_unescaped(struct buf *to, const char *p, const char *end)
{
	while (p < end) {
		static const char from[] = "\"\\/bfnrt", as[] = "\"\\/\b\f\n\r\t";
		const char *at;

		if (*p != '\\') {
			buf_addc(to, *p++);
			continue;
		}
		if (++p == end)
			return -1;
		if (*p == 'u') {
			p = add_code(to, p + 1, end);
			if (!p)
				return -1;
			continue;
		}
		at = memchr(from, *p++, sizeof from - 1);
		if (!at)
			return -1;
		buf_addc(to, as[at - from]);
	}
	return 0;
}

/* Members are ordered by the length of their names, then by their bytes. */
static int compare_name(const struct buf *b, const struct item *m, const struct buf *name,
			struct buf *scratch)
{
	buf_reset(scratch);
	add_unescaped(scratch, b->p + m->key.from + 1, b->p + m->key.to - 1);
	if (scratch->n != name->n)
		return scratch->n < name->n ? -1 : 1;
	return name->n ? memcmp(scratch->p, name->p, name->n) : 0;
}

/* ---- Paths ---- */

/* One leg of a path: .name, ."name", [3], [last], [last-3]. */
struct leg {
	bool member;
	struct buf name; /* reused from leg to leg */
	bool from_end;
	uint64_t index;
};

struct path {
	const char *p, *end;
};

static bool read_word(struct path *path, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(path->end - path->p) < n || memcmp(path->p, word, n) != 0)
		return false;
	path->p += n;
	return true;
}

static int read_name(struct path *path, struct leg *leg)
{
	const char *start = path->p;

	leg->member = true;
	buf_reset(&leg->name);
	if (start < path->end && *start == '"') {
		for (path->p++; path->p < path->end && *path->p != '"'; path->p++)
			path->p += *path->p == '\\' && path->p + 1 < path->end;
		if (path->p >= path->end)
			return -1;
		return add_unescaped(&leg->name, start + 1, path->p++);
	}
	while (path->p < path->end && *path->p != '.' && *path->p != '[')
		path->p++;
	return path->p > start ? add_unescaped(&leg->name, start, path->p) : -1;
}

static int read_index(struct path *path, struct leg *leg)
{
	const char *start;

	leg->member = false;
	leg->index = 0;
	leg->from_end = read_word(path, "last");
	if (leg->from_end && read_word(path, "]"))
		return 0;
	if (leg->from_end && !read_word(path, "-"))
		return -1;
	start = path->p;
	while (path->p < path->end && *path->p >= '0' && *path->p <= '9' && path->p - start < 10)
		leg->index = leg->index * 10 + (uint64_t)(*path->p++ - '0');
	return path->p > start && read_word(path, "]") ? 0 : -1;
}

static int read_leg(struct path *path, struct leg *leg)
{
	if (read_word(path, "."))
		return read_name(path, leg);
	return read_word(path, "[") ? read_index(path, leg) : -1;
}

/* ---- Finding ---- */

struct diff {
	struct buf *b;      /* the text, from `start` on */
	size_t start;
	struct leg leg;
	struct buf value;   /* text of the new value */
	struct buf scratch;
};

static size_t count_items(const struct diff *d, const struct span *in)
{
	struct item item = first_item(in);
	size_t n = 0;

	while (next_item(d->b, in, false, &item))
		n++;
	return n;
}

/* What the leg names in a container: 1, or 0 where there is nothing: *item is then the one
 * before its place (or as first_item() makes it); -1: the container is of another kind. */
static int find(struct diff *d, const struct span *in, struct item *item)
{
	bool object = d->b->p[in->from] == '{';
	struct item next = first_item(in);
	uint64_t index = d->leg.index;

	if (object != d->leg.member || (!object && d->b->p[in->from] != '['))
		return -1;
	*item = next;
	if (d->leg.from_end) {
		size_t n = count_items(d, in);

		if (index >= n)
			return 0;
		index = n - 1 - index;
	}
	for (uint64_t i = 0; next_item(d->b, in, object, &next); i++) {
		int order = object ? compare_name(d->b, &next, &d->leg.name, &d->scratch) :
				     i < index ? -1 : 0;

		if (order > 0)
			return 0;
		*item = next;
		if (order == 0)
			return 1;
	}
	return 0;
}

/* ---- Operations ---- */

static void remove_item(struct diff *d, const struct span *in, const struct item *item)
{
	struct span part = {item->key.from, item->value.to};

	if (part.to + 1 < in->to) /* another one follows */
		part.to = skip(d->b, part.to, ',');
	else if (part.from > in->from + 1)
		part.from -= 2; /* the comma and space before */
	splice(d->b, part, NULL);
}

/* Inserts before the item found, or behind the item before its place. */
static void insert_item(struct diff *d, const struct span *in, const struct item *item, bool found)
{
	bool first = item->value.from == in->from, empty = in->to == in->from + 2;
	size_t at = found ? item->key.from : item->value.to;

	buf_reset(&d->scratch);
	if (!found && !first)
		buf_adds(&d->scratch, ", ");
	if (d->leg.member) {
		my_json_add_string(&d->scratch, d->leg.name.p, d->leg.name.n);
		buf_adds(&d->scratch, ": ");
	}
	buf_add(&d->scratch, d->value.p, d->value.n);
	if (found || (first && !empty))
		buf_adds(&d->scratch, ", ");
	splice(d->b, (struct span){at, at}, &d->scratch);
}

static const char *apply(struct diff *d, int operation, struct path path)
{
	struct span in = {d->start, d->b->n};
	struct item item;
	int found;

	if (!read_word(&path, "$") || path.p == path.end)
		return BROKEN;
	for (;;) {
		if (read_leg(&path, &d->leg) < 0)
			return BROKEN;
		found = find(d, &in, &item);
		if (path.p == path.end)
			break;
		if (found != 1)
			return MISFIT;
		in = item.value;
	}
	if (found < 0 || (operation != INSERT && found == 0) ||
	    (operation == INSERT && found && d->leg.member))
		return MISFIT;
	if (operation == REPLACE)
		splice(d->b, item.value, &d->value);
	else if (operation == REMOVE)
		remove_item(d, &in, &item);
	else
		insert_item(d, &in, &item, found);
	return NULL;
}

static const unsigned char *take_bytes(struct my_in *in, size_t *n)
{
	uint64_t length;

	if (my_take_packed(in, &length) < 0 || length > my_left(in))
		return NULL;
	*n = (size_t)length;
	return my_take(in, *n);
}

static const char *apply_all(struct diff *d, struct my_in *in)
{
	const char *why = NULL;

	while (!why && my_left(in)) {
		int operation = *my_take(in, 1);
		size_t length, size, chars;
		const unsigned char *path = take_bytes(in, &length), *value;

		if (!path || operation > REMOVE ||
		    value_text((const char *)path, length, true, &chars) != VALUE_OK)
			return BROKEN;
		buf_reset(&d->value);
		if (operation != REMOVE) {
			value = take_bytes(in, &size);
			if (!value || my_json_add(&d->value, value, size) < 0)
				return BROKEN;
		}
		why = apply(d, operation,
			    (struct path){(const char *)path, (const char *)path + length});
	}
	return why;
}

const char *my_json_apply(struct buf *b, struct field before, const void *p, size_t n)
{
	struct my_in in = {p, (const unsigned char *)p + n};
	struct diff d = {.b = b, .start = b->n};
	const char *why;

	buf_add(b, before.p, before.n);
	why = before.n ? apply_all(&d, &in) : MISFIT;
	buf_free(&d.leg.name);
	buf_free(&d.value);
	buf_free(&d.scratch);
	return why;
}
