#include "json_sax.h"

#include <stdint.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>

#include "err.h"
#include "value.h"

struct json_sax {
	yajl_handle yajl;
	yajl_callbacks call; /* the handler's own functions: nothing stands between */
	void *ctx;
};

void json_sax_renew(struct json_sax *s)
{
	if (s->yajl)
		yajl_free(s->yajl);
	s->yajl = yajl_alloc(&s->call, NULL, s->ctx);
	if (!s->yajl)
		die(EXIT_FAILED, "out of memory");
	yajl_config(s->yajl, yajl_allow_multiple_values, 1);
	yajl_config(s->yajl, yajl_dont_validate_strings, 1); /* value_text() is stricter */
}

struct json_sax *json_sax_new(const struct json_handler *h, void *ctx)
{
	struct json_sax *s = xcalloc(1, sizeof *s);

	s->ctx = ctx;
	s->call = (yajl_callbacks){
		.yajl_null = h->on_null,
		.yajl_boolean = h->on_boolean,
		.yajl_number = h->on_number,
		.yajl_string = h->on_string,
		.yajl_start_map = h->on_start_map,
		.yajl_map_key = h->on_key,
		.yajl_end_map = h->on_end_map,
		.yajl_start_array = h->on_start_array,
		.yajl_end_array = h->on_end_array,
	};
	json_sax_renew(s);
	return s;
}

void json_sax_free(struct json_sax *s)
{
	if (!s)
		return;
	yajl_free(s->yajl);
	free(s);
}

int json_sax_parse(struct json_sax *s, const char *p, size_t n, struct buf *why)
{
	const unsigned char *text = (const unsigned char *)p;
	unsigned char *msg;

	if (yajl_parse(s->yajl, text, n) == yajl_status_ok)
		return 0;
	msg = yajl_get_error(s->yajl, 0, text, n);
	buf_reset(why);
	buf_add(why, msg, msg ? strcspn((char *)msg, "\n") : 0);
	yajl_free_error(s->yajl, msg);
	return -1;
}

size_t json_sax_at(const struct json_sax *s)
{
	return yajl_get_bytes_consumed(s->yajl);
}

/* The UTF-16 unit of \uXXXX at p, or -1. */
static int32_t unit_at(const char *p, const char *end)
{
	int32_t v = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + c - '0';
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v * 16 + (c | 32) - 'a' + 10;
		else
			return -1;
	}
	return v;
}

static bool surrogates_paired(const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end && (p = memchr(p, '\\', (size_t)(end - p)))) {
		int32_t u = unit_at(p, end);

		if (u < 0xd800 || u > 0xdfff) {
			p += u < 0 ? 2 : 6;
			continue;
		}
		if (u > 0xdbff)
			return false;
		u = unit_at(p + 6, end);
		if (u < 0xdc00 || u > 0xdfff)
			return false;
		p += 12;
	}
	return true;
}

enum json_text json_text_check(const char *p, size_t n)
{
	size_t chars;

	if (value_text(p, n, true, &chars) != VALUE_OK)
		return JSON_UTF8;
	return surrogates_paired(p, n) ? JSON_TEXT_OK : JSON_SURROGATE;
}
