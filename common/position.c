#include "position.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "json_tree.h"
#include "stream.h"

static int refuse(struct err *e, const char *text, size_t n, const char *why)
{
	err_set(e, EXIT_BAD, "%.*s%s is no position: %s", (int)(n > 60 ? 60 : n), text,
		n > 60 ? "…" : "", why);
	return err_hint(e, "a position is what `extract --position` prints, FILE:POS, an LSN like "
			   "0/16B3748, or gtid:SET");
}

/* Digits only, within 64 bits. */
static bool whole_number(const char *p, size_t n, uint64_t *v)
{
	*v = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9' || *v > (UINT64_MAX - 9) / 10)
			return false;
		*v = *v * 10 + (uint64_t)(p[i] - '0');
	}
	return n > 0;
}

static bool hex_number(const char *p, size_t n, uint32_t *v)
{
	*v = 0;
	if (n == 0 || n > 8)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isxdigit((unsigned char)p[i]))
			return false;
		*v = *v << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
	}
	return true;
}

bool position_lsn(const char *text, size_t n, uint64_t *lsn)
{
	const char *slash = memchr(text, '/', n);
	uint32_t high, low;

	if (!slash || !hex_number(text, (size_t)(slash - text), &high) ||
	    !hex_number(slash + 1, n - (size_t)(slash - text) - 1, &low))
		return false;
	*lsn = (uint64_t)high << 32 | low;
	return true;
}

static void add_hex(struct buf *b, uint32_t v)
{
	char digits[8];
	size_t n = sizeof digits;

	do
		digits[--n] = "0123456789ABCDEF"[v & 15];
	while (v >>= 4);
	buf_add(b, digits + n, sizeof digits - n);
}

void position_add_lsn(struct buf *b, uint64_t lsn)
{
	add_hex(b, (uint32_t)(lsn >> 32));
	buf_addc(b, '/');
	add_hex(b, (uint32_t)lsn);
}

/* The members of a JSON object into *p, whose texts are owned even on failure. */
static const char *from_object(struct position *p, const struct json_tree *t,
			       const struct json_node *root)
{
	const struct json_node *connector = json_member(t, root, "connector");
	const struct json_node *lsn = json_member(t, root, "lsn");
	const struct json_node *file = json_member(t, root, "file");
	const struct json_node *pos = json_member(t, root, "pos");
	const struct json_node *gtid = json_member(t, root, "gtid");
	const struct json_node *prepared = json_member(t, root, "prepared");
	struct position at;

	if (json_is(connector, "postgresql")) {
		p->engine = ENGINE_POSTGRES;
		if (!lsn || lsn->kind != NODE_STRING ||
		    !position_lsn(lsn->text.p, lsn->text.n, &p->lsn))
			return "its \"lsn\" is not an LSN";
		return NULL;
	}
	if (!json_is(connector, "mysql"))
		return "its \"connector\" is neither mysql nor postgresql";
	p->engine = ENGINE_MYSQL;
	if (gtid && gtid->kind == NODE_STRING)
		p->gtid = xstrndup(gtid->text.p, gtid->text.n);
	if (file && file->kind == NODE_STRING) {
		p->file = xstrndup(file->text.p, file->text.n);
		if (!pos || pos->kind != NODE_NUMBER ||
		    !whole_number(pos->text.p, pos->text.n, &p->pos))
			return "its \"pos\" is not a whole number";
	}
	if (p->file && prepared && prepared->kind == NODE_STRING) {
		if (!position_of_file(&at, prepared->text.p, prepared->text.n))
			return "its \"prepared\" is not FILE:POS";
		position_free(&at);
		p->prepared = xstrndup(prepared->text.p, prepared->text.n);
	}
	return p->file || p->gtid ? NULL : "it has neither \"file\" nor \"gtid\"";
}

static int parse_object(struct position *p, const char *text, size_t n, struct err *e)
{
	struct json_tree *t = json_tree_new();
	const struct json_node *root = json_tree_parse(t, text, n, e);
	const char *why;
	int status = 0;

	if (!root) {
		struct err json = *e;

		*e = (struct err)ERR_INIT;
		status = refuse(e, text, n, json.msg);
		err_clear(&json);
	} else if ((why = from_object(p, t, root))) {
		position_free(p);
		status = refuse(e, text, n, why);
	}
	json_tree_free(t);
	return status;
}

bool position_of_file(struct position *p, const char *text, size_t n)
{
	const char *colon = n ? memrchr(text, ':', n) : NULL;

	*p = (struct position){.engine = ENGINE_MYSQL};
	if (!colon || colon == text ||
	    !whole_number(colon + 1, n - (size_t)(colon + 1 - text), &p->pos))
		return false;
	p->file = xstrndup(text, (size_t)(colon - text));
	return true;
}

int position_parse(struct position *p, const char *text, size_t n, struct err *e)
{
	*p = (struct position){0};
	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	while (n && isspace((unsigned char)*text))
		text++, n--;
	if (memchr(text, '\0', n))
		return refuse(e, text, n, "it holds a NUL byte");
	if (n && *text == '{')
		return parse_object(p, text, n, e);
	if (position_lsn(text, n, &p->lsn)) {
		p->engine = ENGINE_POSTGRES;
		return 0;
	}
	p->engine = ENGINE_MYSQL;
	if (n > 5 && !strncasecmp(text, "gtid:", 5)) {
		p->gtid = xstrndup(text + 5, n - 5);
		return 0;
	}
	return position_of_file(p, text, n) ? 0
					    : refuse(e, text, n, "it has none of their forms");
}

void position_free(struct position *p)
{
	free(p->file);
	free(p->gtid);
	free(p->prepared);
	*p = (struct position){0};
}

void position_copy(struct position *to, const struct position *from)
{
	*to = *from;
	to->file = from->file ? xstrdup(from->file) : NULL;
	to->gtid = from->gtid ? xstrdup(from->gtid) : NULL;
	to->prepared = from->prepared ? xstrdup(from->prepared) : NULL;
}

static void add_string(struct buf *b, const char *s)
{
	if (!s || json_add_string(b, s, strlen(s)) < 0)
		buf_adds(b, "null");
}

void position_add(struct buf *b, const struct position *p)
{
	if (p->engine == ENGINE_POSTGRES) {
		buf_adds(b, "{\"connector\":\"postgresql\",\"lsn\":\"");
		position_add_lsn(b, p->lsn);
		buf_adds(b, "\"}");
		return;
	}
	buf_adds(b, "{\"connector\":\"mysql\",\"file\":");
	add_string(b, p->file);
	if (p->file)
		buf_addf(b, ",\"pos\":%llu", (unsigned long long)p->pos);
	else
		buf_adds(b, ",\"pos\":null");
	buf_adds(b, ",\"gtid\":");
	add_string(b, p->gtid);
	if (p->prepared) {
		buf_adds(b, ",\"prepared\":");
		add_string(b, p->prepared);
	}
	buf_addc(b, '}');
}

/* A binary log's name is its stem and a number: binlog.000002. */
static bool split_log(const char *file, size_t *stem, uint64_t *number)
{
	const char *dot = strrchr(file, '.');

	if (!dot || !whole_number(dot + 1, strlen(dot + 1), number))
		return false;
	*stem = (size_t)(dot - file);
	return true;
}

bool position_comparable(const struct position *a, const struct position *b)
{
	uint64_t number;
	size_t m, n;

	if (a->engine != b->engine)
		return false;
	if (a->engine == ENGINE_POSTGRES)
		return true;
	return a->file && b->file && split_log(a->file, &m, &number) &&
	       split_log(b->file, &n, &number) && m == n && !memcmp(a->file, b->file, m);
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int position_compare(const struct position *a, const struct position *b)
{
	uint64_t m = 0, n = 0;
	size_t stem;
	int order;

	if (a->engine == ENGINE_POSTGRES)
		return compare(a->lsn, b->lsn);
	split_log(a->file, &stem, &m);
	split_log(b->file, &stem, &n);
	order = compare(m, n);
	return order ? order : compare(a->pos, b->pos);
}
