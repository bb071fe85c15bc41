#include <stdlib.h>
#include <string.h>

#include "reader_impl.h"
#include "value.h"

struct change_field *store_add(struct field_store *s)
{
	if (s->n == MAX_COLUMNS) {
		s->over = true;
		return &s->f[s->n - 1];
	}
	if (s->n == s->cap) {
		s->cap += s->cap / 2 + 32;
		s->f = xrealloc(s->f, s->cap * sizeof *s->f);
	}
	return &s->f[s->n++];
}

struct change_field field_of_node(const struct json_node *n, enum encoding encoding)
{
	static const char nothing[] = "";
	struct change_field f = {.name = n->key, .value = n->text, .encoding = encoding};

	if (!f.name.p)
		f.name.p = nothing;
	switch (n->kind) {
	case NODE_NULL:
		f.value = (struct field){NULL, 0};
		f.kind = JSON_STRING;
		break;
	case NODE_FALSE:
	case NODE_TRUE:
		f.value = (struct field){n->kind == NODE_TRUE ? "t" : "f", 1};
		f.kind = JSON_BOOL;
		break;
	case NODE_NUMBER:
		f.kind = JSON_NUMBER;
		break;
	case NODE_STRING:
		f.kind = JSON_STRING;
		break;
	case NODE_OBJECT:
	case NODE_ARRAY:
		f.kind = JSON_NESTED;
		break;
	}
	return f;
}

int image_of_object(struct change_reader *r, struct field_store *s, const struct json_node *n,
		    enum encoding encoding, struct change_image *image)
{
	if (!n || n->kind != NODE_OBJECT)
		return -1;
	s->n = 0;
	for (const struct json_node *m = json_child(r->tree, n); m; m = json_next(r->tree, m))
		*store_add(s) = field_of_node(m, encoding);
	*image = (struct change_image){.there = true, .f = s->f, .n = s->n};
	return 0;
}

void image_drop(struct change_image *image, size_t i)
{
	memmove(image->f + i, image->f + i + 1, (--image->n - i) * sizeof *image->f);
}

/* The field of that name, most often at `guess`; image->n if there is none. */
static size_t find_field(const struct change_field *f, size_t n, struct field name, size_t guess)
{
	for (size_t k = 0; k < n; k++) {
		size_t i = guess + k < n ? guess + k : guess + k - n;

		if (f[i].name.n == name.n && !memcmp(f[i].name.p, name.p, name.n))
			return i;
	}
	return n;
}

void fill_before(struct change_reader *r, struct change *c)
{
	size_t told = c->before.there ? c->before.n : 0, next = 0;

	if (!c->before.there)
		r->before.n = 0;
	for (size_t i = 0; i < c->after.n; i++) {
		size_t at = find_field(r->before.f, told, c->after.f[i].name,
				       next < told ? next : 0);

		if (at == told)
			*store_add(&r->before) = c->after.f[i];
		else
			next = at + 1;
	}
	c->before = (struct change_image){true, r->before.f, r->before.n};
}

void set_key(const struct change_reader *r, struct change *c, const struct json_node *names)
{
	if (!names || names->kind != NODE_ARRAY)
		return;
	for (const struct json_node *m = json_child(r->tree, names); m; m = json_next(r->tree, m)) {
		if (m->kind != NODE_STRING || c->nkey == sizeof c->key / sizeof *c->key) {
			c->nkey = 0;
			return;
		}
		c->key[c->nkey++] = m->text;
	}
}

int64_t time_of(struct field text)
{
	const int64_t epoch = INT64_C(946684800000); /* 2000-01-01 in ms since 1970 */
	int64_t us;
	bool zoned;
	enum value_status s = text.p ? value_timestamp(text.p, text.n, &us, &zoned) : VALUE_SYNTAX;

	if (s != VALUE_OK || us == VALUE_TIME_INF || us == INT64_MIN)
		return 0;
	return us / 1000 + epoch;
}

struct field text_of(const struct json_node *n)
{
	if (n && (n->kind == NODE_STRING || n->kind == NODE_NUMBER))
		return n->text;
	return (struct field){NULL, 0};
}

int64_t int_of(const struct json_node *n, bool *there)
{
	struct field f = text_of(n);
	int64_t v = 0;
	bool is = f.p && value_int(f.p, f.n, &v) == VALUE_OK;

	if (there)
		*there = is;
	return is ? v : 0;
}

static char *keep_text(struct buf *b, struct field f)
{
	buf_reset(b);
	buf_add(b, f.p, f.n);
	buf_addc(b, '\0');
	return b->p;
}

void set_binlog_position(struct change_reader *r, struct position *p, struct field file,
			 uint64_t pos, struct field gtid)
{
	*p = (struct position){.engine = ENGINE_MYSQL, .pos = pos};
	if (file.p)
		p->file = keep_text(&r->file, file);
	if (gtid.p)
		p->gtid = keep_text(&r->gtid, gtid);
}

int set_position(struct change_reader *r, struct change *c, const struct json_node *n,
		 struct err *e)
{
	const struct json_tree *t = r->tree;
	const struct json_node *connector = json_member(t, n, "connector");
	struct field file = text_of(json_member(t, n, "file"));
	struct field gtid = text_of(json_member(t, n, "gtid"));
	struct field lsn = text_of(json_member(t, n, "lsn"));
	struct field pos = text_of(json_member(t, n, "pos"));
	struct field prepared = text_of(json_member(t, n, "prepared"));
	uint64_t v = 0;

	if (json_is(connector, "postgresql")) {
		c->position = (struct position){.engine = ENGINE_POSTGRES};
		if (lsn.p && position_lsn(lsn.p, lsn.n, &c->position.lsn))
			return 0;
		return err_set(e, EXIT_BAD, "the position has no \"lsn\" like 0/16B3748");
	}
	if (!json_is(connector, "mysql"))
		return err_set(e, EXIT_BAD, "the position's \"connector\" is neither mysql nor postgresql");
	if (!file.p && !gtid.p)
		return err_set(e, EXIT_BAD, "the position has neither \"file\" nor \"gtid\"");
	if (file.p && (!pos.p || value_uint(pos.p, pos.n, &v) != VALUE_OK))
		return err_set(e, EXIT_BAD, "the position's \"pos\" is not a whole number");
	set_binlog_position(r, &c->position, file, v, gtid);
	if (prepared.n) {
		buf_reset(&r->prepared);
		buf_add(&r->prepared, prepared.p, prepared.n);
		c->position.prepared = (char *)buf_cstr(&r->prepared);
	}
	return 0;
}

int lacks(struct err *e, const char *format, const char *member)
{
	return err_set(e, EXIT_BAD, "an event of %s without \"%s\"", format, member);
}
