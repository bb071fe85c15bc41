/*
 * JSON texts as programs write them, without escapes and without space between tokens: several
 * times as fast as json_sax.h, which takes all that this does not.
 */
#ifndef JSON_PLAIN_H
#define JSON_PLAIN_H

#include "json_sax.h"

/* Calls the handlers for the tokens of one value, as json_sax_parse() would; *at is set to what
 * json_sax_at() would tell. True: that was all of the text. False, perhaps after some calls: it
 * is another kind of text, or wrong, or a handler stopped; json_sax_parse() tells. */
bool json_plain(const char *p, size_t n, const struct json_handler *h, void *ctx, size_t *at);

#endif
