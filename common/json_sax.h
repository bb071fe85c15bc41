/*
 * JSON texts as yajl reads them, token by token. A text comes whole, so that its strings
 * and numbers point into it; only strings with escapes (and a number at the very end)
 * lie elsewhere, and are valid only during the call. json_sax.c is the only file that sees
 * yajl.
 */
#ifndef JSON_SAX_H
#define JSON_SAX_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* What is called for each token, with the context; 0 stops the parse. Numbers come as their
 * text. */
struct json_handler {
	int (*on_null)(void *ctx);
	int (*on_boolean)(void *ctx, int v);
	int (*on_number)(void *ctx, const char *p, size_t n);
	int (*on_string)(void *ctx, const unsigned char *p, size_t n);
	int (*on_start_map)(void *ctx);
	int (*on_key)(void *ctx, const unsigned char *p, size_t n);
	int (*on_end_map)(void *ctx);
	int (*on_start_array)(void *ctx);
	int (*on_end_array)(void *ctx);
};

struct json_sax;

/* One parser for many texts. */
struct json_sax *json_sax_new(const struct json_handler *h, void *ctx);
void json_sax_free(struct json_sax *s);

/* Parses a text, any number of values. Returns 0, or -1: it is no JSON (why is yajl's
 * message, on one line), or a handler stopped it. A text may end within a value: then,
 * and after -1, json_sax_renew() is due. */
int json_sax_parse(struct json_sax *s, const char *p, size_t n, struct buf *why);

/* Forgets what is unfinished, and the memory that a huge text took. */
void json_sax_renew(struct json_sax *s);

/* In a handler: how many bytes are read, the token itself among them. */
size_t json_sax_at(const struct json_sax *s);

/* Checks what yajl does not: UTF-8 (JSON_UTF8), and that all surrogates in \u escapes are
 * pairs (RFC 8259, 7 and 8.2; JSON_SURROGATE), since yajl would make a "?" of a lone one. */
enum json_text { JSON_TEXT_OK, JSON_UTF8, JSON_SURROGATE };
enum json_text json_text_check(const char *p, size_t n);

#endif
