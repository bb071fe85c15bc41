/*
 * Reads any bytes as change events, at once and in small chunks: the same changes must come of
 * it. Every value is decoded for a column of every type; what comes out must be of its form.
 * The last byte chooses options.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../cdcapply/change.h"
#include "io.h"
#include "value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char *labels[] = {(char[]){"a"}, (char[]){"b"}, NULL};

static struct column columns[] = {
	{.type = {.lt = LT_OTHER, .name = "hstore"}},
	{.type = {.lt = LT_INT, .bits = 32}},
	{.type = {.lt = LT_DECIMAL, .precision = 10, .scale = 2}},
	{.type = {.lt = LT_DECIMAL, .precision = -1, .scale = -1}},
	{.type = {.lt = LT_FLOAT, .bits = 32}},
	{.type = {.lt = LT_FLOAT, .bits = 64}},
	{.type = {.lt = LT_BOOL}},
	{.type = {.lt = LT_TEXT, .fixed = true, .length = 3}},
	{.type = {.lt = LT_BYTES}},
	{.type = {.lt = LT_BITS, .fixed = true, .length = 10}},
	{.type = {.lt = LT_BITS}},
	{.type = {.lt = LT_DATE}},
	{.type = {.lt = LT_TIME, .precision = -1}},
	{.type = {.lt = LT_TIMETZ, .precision = -1}},
	{.type = {.lt = LT_TIMESTAMP, .precision = 3}},
	{.type = {.lt = LT_TIMESTAMPTZ, .precision = -1}},
	{.type = {.lt = LT_INTERVAL, .precision = -1}},
	{.type = {.lt = LT_DURATION, .precision = 6}},
	{.type = {.lt = LT_UUID}},
	{.type = {.lt = LT_ENUM, .labels = labels}},
	{.type = {.lt = LT_SET, .labels = labels}},
	{.type = {.lt = LT_JSON}},
	{.type = {.lt = LT_GEOMETRY}},
	{.type = {.lt = LT_ARRAY, .name = "_date"}},
	{.type = {.lt = LT_ARRAY, .name = "_text"}},
	{.type = {.lt = LT_YEAR}},
};

static void add_text(struct buf *b, struct field f)
{
	if (!f.p) {
		buf_addc(b, '~');
		return;
	}
	buf_addf(b, "%zu:", f.n);
	buf_add(b, f.p, f.n);
}

/* How a decoded text reads as its type. */
static enum value_status read_back(const struct coltype *t, struct field f)
{
	struct interval interval;
	unsigned char id[16];
	struct decimal d;
	bool flag;
	int64_t v;
	int32_t w;
	double x;

	switch (t->lt) {
	case LT_INT:
	case LT_DECIMAL:
		return value_decimal(f.p, f.n, &d);
	case LT_FLOAT:
		return value_float64(f.p, f.n, &x);
	case LT_BOOL:
		return value_bool(f.p, f.n, &flag);
	case LT_DATE:
		return value_date(f.p, f.n, &w);
	case LT_TIME:
	case LT_TIMETZ:
		return value_timetz(f.p[0] == '-' ? f.p + 1 : f.p, f.p[0] == '-' ? f.n - 1 : f.n, &v, &w);
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		return value_timestamp(f.p, f.n, &v, &flag);
	case LT_INTERVAL:
	case LT_DURATION:
		return value_interval(f.p, f.n, &interval);
	case LT_UUID:
		return value_uuid(f.p, f.n, id);
	default:
		return VALUE_OK;
	}
}

/* The type alone decided; else a schema may say one thing and the column another, which is an error
 * that the target finds. */
static bool is_by_type(enum encoding e)
{
	return e == ENC_TEXT || e == ENC_MICROS || e == ENC_PLAIN;
}

static void decode(struct buf *story, const struct change *c, const struct change_field *f,
		   const struct encodings *enc)
{
	struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	struct field out;

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		buf_reset(&b);
		if (change_value(enc, c->format, f, &columns[i], ENGINE_POSTGRES, &b, &out, &e) < 0) {
			err_clear(&e);
			continue;
		}
		add_text(story, out);
		if (out.p && is_by_type(f->encoding) &&
		    read_back(&columns[i].type, out) == VALUE_SYNTAX) {
			fprintf(stderr, "type %d: '%.*s' → '%.*s'\n", columns[i].type.lt,
				(int)f->value.n, f->value.p, (int)out.n, out.p);
			abort();
		}
	}
	buf_free(&b);
}

static void add_image(struct buf *story, const struct change *c, const struct change_image *image,
		      const struct encodings *enc)
{
	for (size_t i = 0; image->there && i < image->n; i++) {
		add_text(story, image->f[i].name);
		add_text(story, image->f[i].value);
		decode(story, c, &image->f[i], enc);
	}
}

static void add_change(struct buf *story, const struct change *c, const struct encodings *enc)
{
	buf_addf(story, "\n%d %d %d", c->kind, c->format, c->op);
	add_text(story, c->db);
	add_text(story, c->schema);
	add_text(story, c->table);
	add_text(story, c->transaction);
	add_text(story, c->sequence);
	add_text(story, c->sql);
	for (size_t i = 0; i < c->nkey; i++)
		add_text(story, c->key[i]);
	if (c->at_position || c->resume)
		position_add(story, &c->position);
	add_image(story, c, &c->before, enc);
	add_image(story, c, &c->after, enc);
	add_image(story, c, &c->columns, enc);
}

static void tell(struct buf *story, const uint8_t *data, size_t n, size_t chunk, uint8_t options)
{
	static const char *const names[] = {"a", "b", NULL};
	struct change_reader_options o = {
		.format = -1, .no_end = options & 1, .chunk = chunk, 
		.max_line = n && data[0] == '{' ? 3000 : 0, .table = "t",
		.columns = options & 2 ? names : NULL};
	const struct encodings enc = {.time = options >> 2 & 3, .decimal = options >> 4 & 1,
				      .binary = options >> 5 & 3};
	struct err e = ERR_INIT;
	struct change c;
	int status, fd = memfd_create("input", 0);
	struct change_reader *r = change_reader_open(fd, "in", &o, &e);

	if (fd < 0 || io_write(fd, data, n, "memory", &e) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	while ((status = change_reader_next(r, -1, &c, &e)) == 1)
		add_change(story, &c, &enc);
	if (status < 0)
		buf_adds(story, e.msg);
	err_clear(&e);
	change_reader_free(r);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole = BUF_INIT, parts = BUF_INIT;
	uint8_t options = n ? data[n - 1] : 0;

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		columns[i].name = (char *)"c";
	tell(&whole, data, n, 0, options);
	tell(&parts, data, n, 1 + options % 7, options);
	if (whole.n != parts.n || (whole.n && memcmp(whole.p, parts.p, whole.n))) {
		fprintf(stderr, "whole: %s\nparts: %s\n", buf_cstr(&whole), buf_cstr(&parts));
		abort();
	}
	buf_free(&whole);
	buf_free(&parts);
	return 0;
}
