/*
 * Takes anything as events of MySQL's binary log. The first byte says as what: a TABLE_MAP
 * event (behind its length of two bytes, and flags) with a rows event behind it, binary JSON, or
 * a JSON text (likewise) with a partial update. What is decoded must be readable to its end,
 * what is called JSON must be JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "mysql_row.h"
#include "value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Bytes of their own, so that reads beyond them are seen. */
static unsigned char *copy(const uint8_t *p, size_t n)
{
	unsigned char *to = xmalloc(n + !n);

	if (n)
		memcpy(to, p, n);
	return to;
}

static void must_be_json(struct buf *b, size_t from)
{
	struct buf canonical = BUF_INIT;

	if (value_add_json_canonical(&canonical, b->p + from, b->n - from) != VALUE_OK)
		abort();
	buf_free(&canonical);
}

static volatile unsigned char sink;

/* A sanitizer sees it if a byte is out of bounds. */
static void touch(const struct row *row)
{
	for (size_t i = 0; i < row->n; i++)
		for (size_t k = 0; row->f[i].p && k < row->f[i].n; k++)
			sink ^= (unsigned char)row->f[i].p[k];
}

/* A catalogue that says of the table what the event says of it as long as it tells the names:
 * some columns of each kind that it knows better. */
static void complete(struct my_rowdef *d, unsigned flags)
{
	static struct column col[] = {
		{.name = (char *)"id", .type = {.lt = LT_INT, .name = "int", .bits = 32}},
		{.name = (char *)"v", .type = {.lt = LT_UUID, .name = "uuid"}},
	};
	struct table t = {.engine = ENGINE_MYSQL, .col = col, .ncols = 2};
	struct err e = ERR_INIT;

	if (flags & 8)
		col[1].type = (struct coltype){.lt = LT_TEXT, .name = "varchar", .length = 10,
					       .precision = -1, .scale = -1};
	else
		col[1].type = (struct coltype){.lt = LT_UUID, .name = "uuid", .precision = -1,
					       .scale = -1};
	my_rowdef_complete_by(d, &t, &e);
	err_clear(&e);
}

static void read_rows(struct my_rowdef *d, const unsigned char *p, size_t n, bool partial)
{
	size_t width = my_rowdef_width(d), map = (width + 7) / 8;
	const unsigned char *at, *end = p + n;
	struct row before = {xcalloc(width + 1, sizeof *before.f), 0}, after = before;
	struct buf b = BUF_INIT, b2 = BUF_INIT;
	struct err e = ERR_INIT;

	after.f = xcalloc(width + 1, sizeof *after.f);
	if (n < map || map == 0)
		end = p;
	for (at = p + (n < map ? 0 : map); at < end;) {
		const unsigned char *from = at;

		if (my_row_decode(d, &at, end, p, false, NULL, &before, &b, &e) < 0)
			break;
		touch(&before);
		if (partial && at < end) {
			if (my_row_decode(d, &at, end, p, true, &before, &after, &b2, &e) < 0)
				break;
			touch(&before);
			touch(&after);
		}
		if (at > end || at == from)
			abort();
	}
	err_clear(&e);
	buf_free(&b);
	buf_free(&b2);
	free(before.f);
	free(after.f);
}

static void fuzz_rows(const uint8_t *data, size_t n, unsigned flags)
{
	size_t size = n < 2 ? 0 : data[0] | (size_t)data[1] << 8;
	struct err e = ERR_INIT;
	unsigned char *map, *rows;
	struct my_rowdef *d;

	if (n < 2 || size > n - 2)
		return;
	map = copy(data + 2, size);
	rows = copy(data + 2 + size, n - 2 - size);
	d = my_rowdef_open(map, size, flags & 1, &e);
	free(map);
	if (!d && !e.msg)
		abort();
	if (d) {
		if (flags & 4)
			complete(d, flags);
		read_rows(d, rows, n - 2 - size, flags & 2);
	}
	my_rowdef_free(d);
	free(rows);
	err_clear(&e);
}

static void fuzz_json(const uint8_t *data, size_t n)
{
	unsigned char *p = copy(data, n);
	struct buf b = BUF_INIT;

	if (my_json_add(&b, p, n) == 0)
		must_be_json(&b, 0);
	else if (b.n)
		abort();
	buf_free(&b);
	free(p);
}

/* Only of JSON must JSON become; of anything else, anything. */
static void fuzz_diff(const uint8_t *data, size_t n)
{
	size_t size = n < 2 ? 0 : data[0] | (size_t)data[1] << 8;
	struct buf before = BUF_INIT, b = BUF_INIT;
	unsigned char *text, *diff;
	bool json;

	if (n < 2 || size > n - 2)
		return;
	text = copy(data + 2, size);
	diff = copy(data + 2 + size, n - 2 - size);
	json = my_json_add(&before, text, size) == 0;
	if (!json)
		buf_add(&before, text, size);
	buf_adds(&b, "kept");
	if (!my_json_apply(&b, (struct field){before.p, before.n}, diff, n - 2 - size) && json)
		must_be_json(&b, 4);
	if (memcmp(b.p, "kept", 4) != 0)
		abort();
	buf_free(&before);
	buf_free(&b);
	free(text);
	free(diff);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	if (data[0] < 16)
		fuzz_rows(data + 1, n - 1, data[0]);
	else if (data[0] == 16)
		fuzz_json(data + 1, n - 1);
	else
		fuzz_diff(data + 1, n - 1);
	return 0;
}
