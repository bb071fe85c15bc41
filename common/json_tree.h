/*
 * One JSON text as a tree, for the small and various objects of change events; rows of data go
 * through json_line.h, which is faster. Numbers keep their text. Nodes and bytes live in buffers
 * that the next text uses again.
 */
#ifndef JSON_TREE_H
#define JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "row.h"

enum json_node_kind { NODE_NULL, NODE_FALSE, NODE_TRUE, NODE_NUMBER, NODE_STRING, NODE_OBJECT, NODE_ARRAY };

struct json_node {
	enum json_node_kind kind;
	struct field key;  /* in an object */
	struct field text; /* a string unescaped; everything else as it stands in the text */
	uint32_t next;     /* index of the next sibling; 0: none */
	uint32_t child;    /* index of the first child; 0: none */
	uint32_t nchildren;
};

#define JSON_TREE_DEPTH 128 /* deeper nesting is refused */

struct json_tree;
struct json_tree *json_tree_new(void);
void json_tree_free(struct json_tree *t);

/* Parses exactly one value. The root, or NULL with *e set (EXIT_BAD: what is wrong, without a
 * place). It and all below are valid until the next parse, and as long as the text. */
const struct json_node *json_tree_parse(struct json_tree *t, const char *p, size_t n,
					struct err *e);

const struct json_node *json_child(const struct json_tree *t, const struct json_node *n);
const struct json_node *json_next(const struct json_tree *t, const struct json_node *n);

/* The member of that name (the last, if there are several), or NULL: none, or no object. */
const struct json_node *json_member(const struct json_tree *t, const struct json_node *object,
				    const char *name);

/* Whether n is a string that is this text. */
bool json_is(const struct json_node *n, const char *text);

#endif
