/*
 * Reads any bytes as a message of pgoutput; the first byte says whether it stands in a stream. All
 * that the parser gives must lie within the message, and the message be read to its end.
 */
#include <stdint.h>
#include <stdlib.h>

#include "event.h"
#include "pgoutput.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct pgoutput_parser parser;
static volatile unsigned char sink;

/* A sanitizer sees it if a byte is out of bounds. */
static void touch(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sink ^= (unsigned char)p[i];
}

static void touch_row(const struct row *row)
{
	for (size_t i = 0; i < row->n; i++)
		if (row->f[i].p && row->f[i].p != event_absent)
			touch(row->f[i].p, row->f[i].n);
}

static void touch_relation(const struct pgoutput *m)
{
	struct pgoutput_relation r;
	struct err e = ERR_INIT;

	if (pgoutput_relation(m->body, &r, &e) == 0) {
		touch(r.schema, strlen(r.schema));
		touch(r.name, strlen(r.name));
		for (size_t i = 0; i < r.ncols; i++)
			touch(r.col[i].name, strlen(r.col[i].name));
		free(r.col);
	}
	err_clear(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pgoutput m;
	struct err e = ERR_INIT;

	if (n == 0)
		return 0;
	if (pgoutput_parse(&parser, (const char *)data + 1, n - 1, data[0] & 1, &m, &e) == 0) {
		touch_row(&m.old);
		touch_row(&m.new);
		touch(m.content.p, m.content.n);
		if (m.kind == PGOUTPUT_MESSAGE)
			touch(m.prefix, strlen(m.prefix));
		for (uint32_t i = 0; i < m.nrelations; i++)
			sink ^= (unsigned char)pgoutput_truncated(&m, i);
		if (m.kind == PGOUTPUT_RELATION)
			touch_relation(&m);
	} else if (!e.msg) {
		abort();
	}
	err_clear(&e);
	return 0;
}
