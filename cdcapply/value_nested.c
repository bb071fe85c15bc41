/* Arrays, maps, sets, enums and JSON of other formats, as value_decode.h says. */
#include <stdlib.h>
#include <string.h>

#include "json_tree.h"
#include "stream.h"
#include "value_decode.h"

/* ---- Arrays ---- */

struct array {
	struct json_tree *tree;
	struct decode *d;        /* of the whole */
	struct coltype type;     /* of an element */
	struct buf text;         /* of one element */
};

/* Whether an element of an array's text must stand in quotes (PostgreSQL manual, "Array Input
 * and Output Syntax"). */
static bool needs_quotes(struct field f)
{
	if (f.n == 0 || (f.n == 4 && !strncasecmp(f.p, "null", 4)))
		return true;
	for (size_t i = 0; i < f.n; i++)
		if (f.p[i] && strchr("{},\"\\ \t\n\v\f\r", f.p[i]))
			return true;
	return false;
}

static void add_element(struct buf *b, struct field f, bool quotes)
{
	if (quotes)
		buf_addc(b, '"');
	for (size_t i = 0; i < f.n; i++) {
		if (f.p[i] == '"' || f.p[i] == '\\')
			buf_addc(b, '\\');
		buf_addc(b, f.p[i]);
	}
	if (quotes)
		buf_addc(b, '"');
}

static enum json_kind kind_of(const struct json_node *n)
{
	switch (n->kind) {
	case NODE_NUMBER:
		return JSON_NUMBER;
	case NODE_FALSE:
	case NODE_TRUE:
		return JSON_BOOL;
	case NODE_OBJECT:
	case NODE_ARRAY:
		return JSON_NESTED;
	default:
		return JSON_STRING;
	}
}

static struct field text_of_node(const struct json_node *n)
{
	if (n->kind == NODE_TRUE || n->kind == NODE_FALSE)
		return (struct field){n->kind == NODE_TRUE ? "t" : "f", 1};
	return n->text;
}

static int add_array(struct array *a, const struct json_node *n);

static int add_node(struct array *a, const struct json_node *n)
{
	struct decode d = *a->d;
	struct field out;

	if (n->kind == NODE_ARRAY)
		return add_array(a, n);
	if (n->kind == NODE_NULL) {
		buf_adds(a->d->b, "NULL");
		return 0;
	}
	buf_reset(&a->text);
	d.v = text_of_node(n);
	d.kind = kind_of(n);
	d.encoding = a->d->encoding == ENC_ARRAY ? (enum encoding)(a->d->scale & 255) : a->d->encoding;
	d.scale = a->d->scale >> 8;
	d.type = &a->type;
	d.b = &a->text;
	d.out.p = NULL;
	if (d.encoding == ENC_ARRAY)
		d.encoding = ENC_PLAIN;
	if (decode_value(&d) < 0)
		return -1;
	out = d.out.p ? d.out : (struct field){a->text.p ? a->text.p : "", a->text.n};
	add_element(a->d->b, out, needs_quotes(out));
	return 0;
}

static int add_array(struct array *a, const struct json_node *n)
{
	buf_addc(a->d->b, '{');
	for (const struct json_node *m = json_child(a->tree, n); m; m = json_next(a->tree, m)) {
		if (m != json_child(a->tree, n))
			buf_addc(a->d->b, ',');
		if (add_node(a, m) < 0)
			return -1;
	}
	buf_addc(a->d->b, '}');
	return 0;
}

/* PostgreSQL's array types are called after their elements': _int4. */
static struct coltype element_type(const struct coltype *array)
{
	const struct type_name *known;
	struct coltype t = {.lt = LT_OTHER, .name = array->name, .precision = -1, .scale = -1};

	if (array->lt != LT_ARRAY || *array->name != '_')
		return t;
	t.name = array->name + 1;
	known = type_find(ENGINE_POSTGRES, t.name);
	if (known) {
		t.lt = known->lt;
		t.bits = known->bits;
	}
	return t;
}

int decode_array(struct decode *d)
{
	struct array a = {.tree = json_tree_new(), .d = d, .type = element_type(d->type)};
	struct err e = ERR_INIT;
	const struct json_node *root = json_tree_parse(a.tree, d->v.p, d->v.n, &e);
	int status;

	if (d->type->lt == LT_SET)
		status = decode_set(d);
	else if (d->type->lt != LT_ARRAY)
		status = decode_as_is(d);
	else if (!root || root->kind != NODE_ARRAY)
		status = decode_bad(d, "is no array");
	else
		status = add_array(&a, root);
	buf_free(&a.text);
	err_clear(&e);
	json_tree_free(a.tree);
	return status;
}

/* ---- Maps ---- */

/* hstore's text: "a"=>"1", "b"=>NULL (PostgreSQL manual, "hstore"). */
int decode_map(struct decode *d)
{
	struct json_tree *t = json_tree_new();
	struct err e = ERR_INIT;
	const struct json_node *root = json_tree_parse(t, d->v.p, d->v.n, &e);
	int status = 0;

	if (!d->type->name || strcmp(d->type->name, "hstore") || !root || root->kind != NODE_OBJECT) {
		status = decode_as_is(d);
	} else {
		for (const struct json_node *m = json_child(t, root); m; m = json_next(t, m)) {
			buf_adds(d->b, m == json_child(t, root) ? "" : ", ");
			add_element(d->b, m->key, true);
			buf_adds(d->b, "=>");
			if (m->kind == NODE_NULL)
				buf_adds(d->b, "NULL");
			else
				add_element(d->b, text_of_node(m), true);
		}
		buf_room(d->b, 1);
	}
	err_clear(&e);
	json_tree_free(t);
	return status;
}

/* ---- Labels ---- */

static size_t count_labels(const struct decode *d)
{
	size_t n = 0;

	while (d->type->labels && d->type->labels[n])
		n++;
	return n;
}

static bool is_label(const struct decode *d)
{
	for (size_t i = 0; i < count_labels(d); i++)
		if (strlen(d->type->labels[i]) == d->v.n &&
		    !memcmp(d->type->labels[i], d->v.p, d->v.n))
			return true;
	return false;
}

/* A number that is the index of a label, from 1 (TiCDC, old releases of Canal). */
int decode_enum(struct decode *d)
{
	uint64_t v;

	if (d->kind == JSON_NESTED || is_label(d) || value_uint(d->v.p, d->v.n, &v) != VALUE_OK ||
	    v == 0 || v > count_labels(d))
		return decode_as_is(d);
	d->v = (struct field){d->type->labels[v - 1], strlen(d->type->labels[v - 1])};
	return decode_as_is(d);
}

/* ["a","b"] */
static int set_of_array(struct decode *d)
{
	struct json_tree *t = json_tree_new();
	struct err e = ERR_INIT;
	const struct json_node *root = json_tree_parse(t, d->v.p, d->v.n, &e);
	int status = root && root->kind == NODE_ARRAY ? 0 : decode_bad(d, "is no set");
	bool first = true;

	for (const struct json_node *m = status ? NULL : json_child(t, root); m; m = json_next(t, m)) {
		if (m->kind != NODE_STRING) {
			status = decode_bad(d, "is no set of texts");
			break;
		}
		if (m->text.n == 0) /* Maxwell's empty set is [""] */
			continue;
		if (!first)
			buf_addc(d->b, ',');
		first = false;
		buf_add(d->b, m->text.p, m->text.n);
	}
	buf_room(d->b, 1);
	err_clear(&e);
	json_tree_free(t);
	return status;
}

int decode_set(struct decode *d)
{
	uint64_t v;
	bool first = true;

	if (d->kind == JSON_NESTED)
		return set_of_array(d);
	if (is_label(d) || value_uint(d->v.p, d->v.n, &v) != VALUE_OK || !count_labels(d))
		return decode_as_is(d);
	for (size_t i = 0; i < count_labels(d) && i < 64; i++) {
		if (!(v >> i & 1))
			continue;
		if (!first)
			buf_addc(d->b, ',');
		first = false;
		buf_adds(d->b, d->type->labels[i]);
	}
	if (count_labels(d) < 64 && v >> count_labels(d))
		return decode_bad(d, "has bits beyond the set's labels");
	buf_room(d->b, 1);
	return 0;
}

/* ---- JSON ---- */

/* Maxwell embeds JSON; all others write its text as a string. */
int decode_json(struct decode *d)
{
	if (d->kind == JSON_BOOL) {
		buf_adds(d->b, *d->v.p == 't' ? "true" : "false");
		return 0;
	}
	if (d->kind == JSON_STRING && d->format == FORMAT_MAXWELL)
		return json_add_string(d->b, d->v.p, d->v.n) < 0 ? decode_status(d, VALUE_UTF8) : 0;
	return decode_as_is(d);
}
