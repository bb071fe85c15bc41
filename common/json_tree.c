#include "json_tree.h"

#include <stdlib.h>
#include <string.h>

#include "json_plain.h"
#include "value.h"

#define MAX_NODES (1u << 22) /* so that a hostile line cannot take memory without bound */
#define HUGE_TEXT (1u << 20)      /* bytes; what longer texts took is given back */
#define HUGE_NODES (1u << 16)

struct json_tree {
	struct json_sax *sax;
	const char *p;     /* the text being parsed */
	size_t n;
	bool plain;        /* by json_plain() */
	size_t plain_at;
	struct json_node *node;
	uint32_t nnodes, cap;
	struct buf copy;   /* unescaped strings; does not move while a text is parsed */
	struct field key;  /* of the value to come */
	size_t depth;
	uint32_t open[JSON_TREE_DEPTH]; /* the objects and arrays around, outermost first */
	uint32_t last[JSON_TREE_DEPTH]; /* and the last child of each; 0: none yet */
	unsigned values;   /* on the top level */
	const char *limit; /* why a handler stopped */
	struct buf why;
};

/* The text itself if it lies in the text being parsed, else a copy. */
static struct field keep(struct json_tree *t, const void *text, size_t n)
{
	const char *p = text;
	uintptr_t at = (uintptr_t)p - (uintptr_t)t->p;

	if (at >= t->n) {
		buf_room(&t->copy, n + 1);
		p = memcpy(t->copy.p + t->copy.n, text, n);
		t->copy.n += n;
	}
	return (struct field){p, n};
}

/* Behind the token at hand. */
static const char *here(const struct json_tree *t)
{
	return t->p + (t->plain ? t->plain_at : json_sax_at(t->sax));
}

static int add(struct json_tree *t, enum json_node_kind kind, struct field text)
{
	uint32_t i = t->nnodes;

	if (t->depth == 0) {
		if (t->values++)
			return 0;
	} else if (i == MAX_NODES) {
		t->limit = "the line holds more than 4194304 values";
		return 0;
	} else {
		size_t d = t->depth - 1;

		if (t->last[d])
			t->node[t->last[d]].next = i;
		else
			t->node[t->open[d]].child = i;
		t->node[t->open[d]].nchildren++;
		t->last[d] = i;
	}
	if (i == t->cap) {
		t->cap += t->cap / 2 + 64;
		t->node = xrealloc(t->node, t->cap * sizeof *t->node);
	}
	t->node[i] = (struct json_node){.kind = kind, .key = t->key, .text = text};
	t->nnodes++;
	return 1;
}

static int on_null(void *state)
{
	struct json_tree *t = state;

	return add(t, NODE_NULL, (struct field){here(t) - 4, 4});
}

static int on_boolean(void *state, int v)
{
	struct json_tree *t = state;
	size_t n = v ? 4 : 5;

	return add(t, v ? NODE_TRUE : NODE_FALSE,
		   (struct field){here(t) - n, n});
}

static int on_number(void *state, const char *p, size_t n)
{
	struct json_tree *t = state;

	return add(t, NODE_NUMBER, keep(t, p, n));
}

static int on_string(void *state, const unsigned char *p, size_t n)
{
	struct json_tree *t = state;

	return add(t, NODE_STRING, keep(t, p, n));
}

static int on_key(void *state, const unsigned char *p, size_t n)
{
	struct json_tree *t = state;

	t->key = keep(t, p, n);
	return 1;
}

static int on_start(struct json_tree *t, enum json_node_kind kind)
{
	uint32_t i = t->nnodes;

	if (t->depth == JSON_TREE_DEPTH) {
		t->limit = "the line nests deeper than 128 levels";
		return 0;
	}
	if (!add(t, kind, (struct field){here(t) - 1, 0}))
		return 0;
	t->open[t->depth] = i;
	t->last[t->depth++] = 0;
	t->key = (struct field){NULL, 0};
	return 1;
}

static int on_start_map(void *state)
{
	return on_start(state, NODE_OBJECT);
}

static int on_start_array(void *state)
{
	return on_start(state, NODE_ARRAY);
}

static int on_end(void *state)
{
	struct json_tree *t = state;
	struct field *text = &t->node[t->open[--t->depth]].text;

	text->n = (size_t)(here(t) - text->p);
	t->key = (struct field){NULL, 0};
	return 1;
}

static const struct json_handler handler = {
	.on_null = on_null,
	.on_boolean = on_boolean,
	.on_number = on_number,
	.on_string = on_string,
	.on_start_map = on_start_map,
	.on_key = on_key,
	.on_end_map = on_end,
	.on_start_array = on_start_array,
	.on_end_array = on_end,
};

struct json_tree *json_tree_new(void)
{
	struct json_tree *t = xcalloc(1, sizeof *t);

	t->sax = json_sax_new(&handler, t);
	return t;
}

void json_tree_free(struct json_tree *t)
{
	if (!t)
		return;
	json_sax_free(t->sax);
	free(t->node);
	buf_free(&t->copy);
	buf_free(&t->why);
	free(t);
}

/* Empties the tree; what a huge text took is given back. */
static void begin(struct json_tree *t, const char *p, size_t n, bool plain)
{
	t->plain = plain;
	t->p = p;
	t->n = n;
	t->nnodes = 0;
	t->depth = 0;
	t->values = 0;
	t->limit = NULL;
	t->key = (struct field){NULL, 0};
	buf_reset(&t->copy);
	if (n < HUGE_TEXT) {
		buf_trim(&t->copy, HUGE_TEXT);
		if (t->cap > HUGE_NODES) {
			free(t->node);
			t->node = NULL;
			t->cap = 0;
		}
	}
	buf_room(&t->copy, n + 1);
}

static int refuse(struct json_tree *t, struct err *e)
{
	struct buf b = BUF_INIT;

	if (t->limit) {
		err_set(e, EXIT_BAD, "%s", t->limit);
	} else if (t->values > 1) {
		err_set(e, EXIT_BAD, "the line holds more than one value");
	} else if (t->why.n == 0 && t->depth) {
		err_set(e, EXIT_BAD, "the %s does not end on its line",
			t->node[0].kind == NODE_ARRAY ? "array" : "object");
	} else {
		value_add_quoted(&b, t->why.p ? t->why.p : "no value", t->why.p ? t->why.n : 8);
		err_set(e, EXIT_BAD, "the line is no JSON: %s", buf_cstr(&b));
		buf_free(&b);
	}
	json_sax_renew(t->sax);
	return -1;
}

const struct json_node *json_tree_parse(struct json_tree *t, const char *p, size_t n,
					struct err *e)
{
	enum json_text text = json_text_check(p, n);

	if (text != JSON_TEXT_OK) {
		err_set(e, EXIT_BAD, text == JSON_UTF8 ? "the line is not UTF-8"
						       : "the line holds half of a surrogate pair");
		return NULL;
	}
	begin(t, p, n, true);
	if (json_plain(p, n, &handler, t, &t->plain_at))
		return &t->node[0];
	begin(t, p, n, false);
	buf_reset(&t->why);
	/* The line end behind the text ends a number on the top level. */
	if (json_sax_parse(t->sax, p, n, &t->why) < 0 || t->depth ||
	    json_sax_parse(t->sax, "\n", 1, &t->why) < 0 || t->values != 1) {
		refuse(t, e);
		return NULL;
	}
	if (n > HUGE_TEXT)
		json_sax_renew(t->sax);
	return &t->node[0];
}

const struct json_node *json_child(const struct json_tree *t, const struct json_node *n)
{
	return n && n->child ? &t->node[n->child] : NULL;
}

const struct json_node *json_next(const struct json_tree *t, const struct json_node *n)
{
	return n && n->next ? &t->node[n->next] : NULL;
}

const struct json_node *json_member(const struct json_tree *t, const struct json_node *object,
				    const char *name)
{
	const struct json_node *found = NULL;
	size_t n = strlen(name);

	if (!object || object->kind != NODE_OBJECT)
		return NULL;
	for (const struct json_node *m = json_child(t, object); m; m = json_next(t, m))
		if (m->key.n == n && !memcmp(m->key.p, name, n))
			found = m;
	return found;
}

bool json_is(const struct json_node *n, const char *text)
{
	return n && n->kind == NODE_STRING && n->text.n == strlen(text) &&
	       !memcmp(n->text.p, text, n->text.n);
}
