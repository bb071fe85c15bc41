/*
 * The rule array: the members of a MySQL SET, 'a,b', or a JSON array, as a
 * PostgreSQL array, {a,b} (manual, "Arrays", "Array Input and Output Syntax").
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cast_ops.h"
#include "value.h"

static bool element_needs_quotes(const char *p, size_t n)
{
	if (n == 0 || (n == 4 && !strncasecmp(p, "null", 4)))
		return true;
	for (size_t i = 0; i < n; i++)
		if (p[i] && strchr("{},\"\\ \t\n\r\v\f", p[i]))
			return true;
	return false;
}

static void add_element(struct buf *b, const char *p, size_t n)
{
	if (!element_needs_quotes(p, n)) {
		buf_add(b, p, n);
		return;
	}
	buf_addc(b, '"');
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"' || p[i] == '\\')
			buf_addc(b, '\\');
		buf_addc(b, p[i]);
	}
	buf_addc(b, '"');
}

static void add_members(struct buf *b, const char *p, size_t n)
{
	const char *end = p + n, *comma;

	buf_addc(b, '{');
	while (n) {
		comma = memchr(p, ',', (size_t)(end - p));
		add_element(b, p, (size_t)((comma ? comma : end) - p));
		if (!comma)
			break;
		buf_addc(b, ',');
		p = comma + 1;
	}
	buf_addc(b, '}');
}

/* ---- JSON arrays, whose syntax has been checked ---- */

static unsigned hex_unit(const char *p)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		unsigned c = (unsigned char)p[i];

		v = v << 4 | (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
	}
	return v;
}

/* Takes an escape, behind its backslash (RFC 8259, 7). */
static const char *add_escape(struct buf *b, const char *p)
{
	static const char letters[] = "bfnrt", bytes[] = "\b\f\n\r\t";
	const char *letter;
	unsigned c;

	if (*p != 'u') {
		letter = strchr(letters, *p);
		buf_addc(b, letter ? bytes[letter - letters] : *p);
		return p + 1;
	}
	c = hex_unit(p + 1);
	p += 5;
	if (c >= 0xd800 && c < 0xdc00) {
		c = 0x10000 + ((c - 0xd800) << 10) + (hex_unit(p + 2) - 0xdc00);
		p += 6;
	}
	value_add_utf8(b, c);
	return p;
}

/* Takes a string from behind its opening quote as an element. */
static const char *add_json_string(struct buf *b, struct buf *text, const char *p)
{
	buf_reset(text);
	while (*p != '"')
		if (*p == '\\')
			p = add_escape(text, p + 1);
		else
			buf_addc(text, *p++);
	add_element(b, text->n ? text->p : "", text->n);
	return p + 1;
}

/* What an escape, from its backslash on, has that no text can hold; *n is its length. */
static const char *escape_flaw(const char *p, const char *end, size_t *n)
{
	unsigned c = p[1] == 'u' ? hex_unit(p + 2) : 'x', low = 0;

	*n = p[1] == 'u' ? 6 : 2;
	if (c == 0)
		return "holds a NUL byte";
	if (c < 0xd800 || c > 0xdfff)
		return NULL;
	if (c < 0xdc00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u')
		low = hex_unit(p + 8);
	*n = 12;
	return low >= 0xdc00 && low <= 0xdfff ? NULL : "holds half of a surrogate pair";
}

/* What in the array no element can hold, or NULL. */
static const char *json_flaw(const char *p, const char *end)
{
	const char *flaw = NULL;
	bool inside = false;
	size_t n;

	for (; p < end && !flaw; p += n) {
		n = 1;
		if (inside && *p == '\\')
			flaw = escape_flaw(p, end, &n);
		else if (*p == '"')
			inside = !inside;
		else if (!inside && *p == '{')
			flaw = "holds a JSON object, which no array element can be";
	}
	return flaw;
}

/* Takes a number, true, false or null. */
static const char *add_literal(struct buf *b, const char *p)
{
	size_t n = strcspn(p, ",] \t\r\n");

	if (*p == 'n')
		buf_adds(b, "NULL");
	else
		buf_add(b, p, n);
	return p + n;
}

static void add_json_array(struct buf *b, struct buf *text, const char *p, const char *end)
{
	while (p < end) {
		if (*p == '"')
			p = add_json_string(b, text, p + 1);
		else if (*p == '[' || *p == ']')
			buf_addc(b, *p++ == '[' ? '{' : '}');
		else if (*p == ',')
			buf_addc(b, *p++);
		else if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
			p++;
		else
			p = add_literal(b, p);
	}
}

static enum cast_result apply_array(const struct rule *r, struct field *f, struct buf *to,
				    struct cast_why *why)
{
	const char *flaw;

	if (f->n && *f->p == '[' && value_add_json_canonical(to, f->p, f->n) == VALUE_OK) {
		buf_reset(to);
		flaw = json_flaw(f->p, f->p + f->n);
		if (flaw)
			return cast_unfit(why, flaw);
		add_json_array(to, r->state, f->p, f->p + f->n);
	} else {
		buf_reset(to);
		add_members(to, f->p, f->n);
	}
	return cast_give(f, to, CAST_CHANGED);
}

/* The state is a buffer for the text of one string. */
static int parse_array(struct rule *r, const char *arg, struct err *e)
{
	(void)e;
	if (arg)
		return -1;
	r->state = xcalloc(1, sizeof(struct buf));
	return 0;
}

static void free_array(struct rule *r)
{
	if (r->state)
		buf_free(r->state);
	free(r->state);
	r->state = NULL;
}

const struct cast_op cast_array = {
	.name = "array", .arg = "", .parse = parse_array, .apply = apply_array, .free = free_array,
};
