#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "value.h"

#define DEPTH_MAX 1000

/* A member of an object, as it stands in the output: `"key":value`. */
struct member {
	size_t key, nkey; /* the key with its quotes */
	size_t end;       /* of the value */
};

struct json {
	const char *p, *end;
	struct buf *out;
	struct member *member; /* of all objects that are open, innermost last */
	size_t n, cap;
	struct buf moved;      /* members in their new order */
};

static bool read_value(struct json *j, int depth);

static void skip_spaces(struct json *j)
{
	while (j->p < j->end &&
	       (*j->p == ' ' || *j->p == '\n' || *j->p == '\t' || *j->p == '\r'))
		j->p++;
}

static bool take(struct json *j, char c)
{
	skip_spaces(j);
	if (j->p == j->end || *j->p != c)
		return false;
	j->p++;
	return true;
}

/* ---- Strings ---- */

/* Reads the four digits behind \u. */
static bool take_hex(struct json *j, unsigned *v)
{
	unsigned u = 0;

	if (j->end - j->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = *j->p++;

		if (c >= '0' && c <= '9')
			u = u << 4 | (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			u = u << 4 | (unsigned)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*v = u;
	return true;
}

/* Adds a character in its one form: quote, backslash, control characters and
 * lone halves of surrogate pairs as escapes, all else as UTF-8. */
static void add_char(struct buf *b, unsigned c)
{
	static const char names[] = "\bb\ff\nn\rr\tt\"\"\\\\";

	for (const char *s = names; *s; s += 2)
		if ((unsigned char)*s == c) {
			buf_addc(b, '\\');
			buf_addc(b, s[1]);
			return;
		}
	if (c < 0x20 || (c >= 0xd800 && c < 0xe000)) {
		buf_addf(b, "\\u%04x", c);
		return;
	}
	value_add_utf8(b, c);
}

/* Reads what stands behind a backslash. */
static bool read_escape(struct json *j)
{
	static const char names[] = "b\bf\fn\nr\rt\t\"\"\\\\//";
	unsigned c, low;
	const char *back;

	if (j->p == j->end)
		return false;
	if (*j->p != 'u') {
		for (const char *s = names; *s; s += 2)
			if (*s == *j->p) {
				j->p++;
				add_char(j->out, (unsigned char)s[1]);
				return true;
			}
		return false;
	}
	j->p++;
	if (!take_hex(j, &c))
		return false;
	back = j->p;
	if (c >= 0xd800 && c < 0xdc00 && j->end - j->p >= 6 && j->p[0] == '\\' && j->p[1] == 'u') {
		j->p += 2;
		if (!take_hex(j, &low))
			return false;
		if (low >= 0xdc00 && low < 0xe000)
			c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
		else
			j->p = back;
	}
	add_char(j->out, c);
	return true;
}

/* Reads a string behind its first quote. The text is known to be UTF-8. */
static bool read_string(struct json *j)
{
	buf_addc(j->out, '"');
	for (;;) {
		const char *run = j->p;

		while (j->p < j->end && *j->p != '"' && *j->p != '\\' &&
		       (unsigned char)*j->p >= 0x20)
			j->p++;
		buf_add(j->out, run, (size_t)(j->p - run));
		if (j->p == j->end || (unsigned char)*j->p < 0x20)
			return false;
		if (*j->p++ == '"') {
			buf_addc(j->out, '"');
			return true;
		}
		if (!read_escape(j))
			return false;
	}
}

/* ---- Numbers ---- */

static size_t take_digits(struct json *j)
{
	const char *start = j->p;

	while (j->p < j->end && (unsigned char)(*j->p - '0') < 10)
		j->p++;
	return (size_t)(j->p - start);
}

/* Finds the end of a number: RFC 8259, section 6. */
static bool take_number(struct json *j)
{
	bool zero;

	if (j->p < j->end && *j->p == '-')
		j->p++;
	zero = j->p < j->end && *j->p == '0';
	if (zero)
		j->p++;
	else if (take_digits(j) == 0)
		return false;
	if (j->p < j->end && *j->p == '.') {
		j->p++;
		if (take_digits(j) == 0)
			return false;
	}
	if (j->p < j->end && (*j->p == 'e' || *j->p == 'E')) {
		j->p++;
		if (j->p < j->end && (*j->p == '+' || *j->p == '-'))
			j->p++;
		if (take_digits(j) == 0)
			return false;
	}
	return true;
}

/* ---- Objects ---- */

/* The next byte of a key in the form of add_char(), its escapes undone; a lone
 * surrogate sorts as the bytes that UTF-8 would have for it. */
static unsigned next_byte(const char **p)
{
	static const char names[] = "b\bf\fn\nr\rt\t\"\"\\\\";
	unsigned c;

	if (**p != '\\')
		return (unsigned char)*(*p)++;
	*p += 2;
	for (const char *s = names; *s; s += 2)
		if (*s == (*p)[-1])
			return (unsigned char)s[1];
	c = (unsigned)strtoul((char[]){(*p)[0], (*p)[1], (*p)[2], (*p)[3], 0}, NULL, 16);
	*p += 4;
	return c < 0x20 ? c : 0xed;
}

static int compare_keys(const char *a, size_t na, const char *b, size_t nb)
{
	const char *enda = a + na - 1, *endb = b + nb - 1;

	for (a++, b++; a < enda && b < endb;) {
		const char *a0 = a, *b0 = b;
		unsigned ca = next_byte(&a), cb = next_byte(&b);

		if (ca != cb)
			return ca < cb ? -1 : 1;
		if (ca == 0xed && a - a0 != b - b0)
			return a - a0 < b - b0 ? -1 : 1;
		if (ca == 0xed && a - a0 == 6 && memcmp(a0, b0, 6) != 0)
			return memcmp(a0, b0, 6);
	}
	return (a < enda) - (b < endb);
}

static int compare_members(const void *va, const void *vb, void *text)
{
	const struct member *a = va, *b = vb;
	const char *p = text;
	int c = compare_keys(p + a->key, a->nkey, p + b->key, b->nkey);

	return c ? c : a->key < b->key ? -1 : 1;
}

/* Puts the members from index `first` on into order; of doubled keys the last stays. */
static void sort_members(struct json *j, size_t first)
{
	struct member *m = j->member + first;
	size_t n = j->n - first, start = n ? m[0].key : 0, i;
	char *p = j->out->p;

	for (i = 1; i < n; i++)
		if (compare_keys(p + m[i - 1].key, m[i - 1].nkey, p + m[i].key, m[i].nkey) >= 0)
			break;
	if (i >= n)
		return;
	qsort_r(m, n, sizeof *m, compare_members, p);
	buf_reset(&j->moved);
	for (i = 0; i < n; i++) {
		if (i + 1 < n && m[i].nkey == m[i + 1].nkey &&
		    !memcmp(p + m[i].key, p + m[i + 1].key, m[i].nkey))
			continue;
		if (j->moved.n)
			buf_addc(&j->moved, ',');
		buf_add(&j->moved, p + m[i].key, m[i].end - m[i].key);
	}
	j->out->n = start;
	buf_add(j->out, j->moved.p, j->moved.n);
}

static bool read_member(struct json *j, int depth)
{
	struct member m = {.key = j->out->n};

	if (!take(j, '"') || !read_string(j))
		return false;
	m.nkey = j->out->n - m.key;
	if (!take(j, ':'))
		return false;
	buf_addc(j->out, ':');
	if (!read_value(j, depth))
		return false;
	m.end = j->out->n;
	if (j->n == j->cap) {
		j->cap = j->cap * 2 + 16;
		j->member = xrealloc(j->member, j->cap * sizeof *j->member);
	}
	j->member[j->n++] = m;
	return true;
}

static bool read_object(struct json *j, int depth)
{
	size_t first = j->n;

	buf_addc(j->out, '{');
	if (!take(j, '}')) {
		do {
			if (j->n > first)
				buf_addc(j->out, ',');
			if (!read_member(j, depth))
				return false;
		} while (take(j, ','));
		if (!take(j, '}'))
			return false;
		sort_members(j, first);
		j->n = first;
	}
	buf_addc(j->out, '}');
	return true;
}

/* ---- Values ---- */

static bool read_array(struct json *j, int depth)
{
	buf_addc(j->out, '[');
	if (!take(j, ']')) {
		do {
			if (j->out->p[j->out->n - 1] != '[')
				buf_addc(j->out, ',');
			if (!read_value(j, depth))
				return false;
		} while (take(j, ','));
		if (!take(j, ']'))
			return false;
	}
	buf_addc(j->out, ']');
	return true;
}

static bool read_word(struct json *j, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(j->end - j->p) < n || memcmp(j->p, word, n) != 0)
		return false;
	j->p += n;
	buf_add(j->out, word, n);
	return true;
}

static bool read_value(struct json *j, int depth)
{
	const char *start;

	skip_spaces(j);
	if (j->p == j->end)
		return false;
	switch (*j->p) {
	case '{':
		j->p++;
		return depth < DEPTH_MAX && read_object(j, depth + 1);
	case '[':
		j->p++;
		return depth < DEPTH_MAX && read_array(j, depth + 1);
	case '"':
		j->p++;
		return read_string(j);
	case 't':
		return read_word(j, "true");
	case 'f':
		return read_word(j, "false");
	case 'n':
		return read_word(j, "null");
	default:
		start = j->p;
		if (!take_number(j))
			return false;
		value_add_json_number(j->out, start, (size_t)(j->p - start));
		return true;
	}
}

enum value_status value_add_json_canonical(struct buf *b, const char *p, size_t n)
{
	struct json j = {.p = p, .end = p + n, .out = b};
	size_t before = b->n, chars;
	bool good;

	if (value_text(p, n, true, &chars) != VALUE_OK)
		return VALUE_UTF8;
	good = read_value(&j, 0);
	skip_spaces(&j);
	good = good && j.p == j.end;
	if (!good)
		b->n = before;
	free(j.member);
	buf_free(&j.moved);
	return good ? VALUE_OK : VALUE_SYNTAX;
}
