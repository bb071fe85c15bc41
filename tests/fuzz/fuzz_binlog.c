/*
 * What the binary log's events are read by: the input is an event, header first. Everything
 * that could be asked of it is, whatever its type.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "mysql_binlog.h"
#include "mysql_gtid.h"
#include "mysql_payload.h"
#include "mysql_statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static volatile unsigned sink;

static void touch(const void *p, size_t n)
{
	const unsigned char *s = p;

	for (size_t i = 0; i < n; i++)
		sink += s[i];
}

static void read_statement(struct field sql, bool ansi_quotes, bool no_backslash)
{
	struct my_statement st;

	my_statement_read(&st, sql, ansi_quotes, no_backslash);
	touch(st.rest.p, st.rest.n);
	my_statement_fold(&st);
	my_statement_free(&st);
}

static void read_gtids(const struct my_event *ev, struct err *e)
{
	struct gtid_set s, again;
	struct buf b = BUF_INIT, text = BUF_INIT, second = BUF_INIT;

	if (gtid_set_decode(&s, ev->body, ev->n, e) == 0) {
		gtid_set_text(&s, &text);
		gtid_set_encode(&s, &b);
		if (gtid_set_decode(&again, b.p, b.n, e) < 0)
			abort();
		gtid_set_text(&again, &second);
		if (strcmp(buf_cstr(&text), buf_cstr(&second)))
			abort();
		gtid_set_free(&again);
		gtid_set_free(&s);
	}
	buf_reset(&text);
	buf_add(&text, ev->body, ev->n);
	for (int mariadb = 0; mariadb < 2; mariadb++)
		if (gtid_set_parse(&s, mariadb, buf_cstr(&text), e) == 0)
			gtid_set_free(&s);
	buf_free(&b);
	buf_free(&text);
	buf_free(&second);
}

static void read_payload(const struct my_event *ev, struct err *e)
{
	struct my_payload *p = my_payload_open(ev->body, ev->n, e);
	const void *event;
	size_t n;

	while (p && my_payload_next(p, &event, &n, e) > 0)
		touch(event, n);
	my_payload_close(p);
}

static void read_names(const struct my_event *ev, struct err *e)
{
	struct field schema, table;
	struct buf id = BUF_INIT;
	uint64_t pos;
	bool one_phase;

	if (my_table_map_names(ev, &schema, &table, e) == 0) {
		touch(schema.p, schema.n);
		touch(table.p, table.n);
	}
	if (my_rotate_read(ev, &table, &pos, e) == 0)
		touch(table.p, table.n);
	my_xa_read(ev, &id, &one_phase, e);
	buf_free(&id);
}

static void read_event(const struct my_event *ev, struct err *e)
{
	struct my_group_event group;
	struct my_query_event q;
	struct my_rows_event r;
	struct buf b = BUF_INIT;

	if (my_query_read(&q, ev, &b, e) == 0) {
		touch(q.schema.p, q.schema.n);
		read_statement(q.sql, q.ansi_quotes, q.no_backslash);
	}
	if (my_rows_read(&r, ev, &b, e) == 0)
		touch(r.at, (size_t)(r.end - r.at));
	if (my_group_read(&group, ev, e) == 0)
		sink += (unsigned)strlen(group.source);
	read_names(ev, e);
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct my_event ev;
	struct err e = ERR_INIT;
	bool checksums = false;

	if (my_event_read(&ev, data, n, &checksums, &e) == 0) {
		read_event(&ev, &e);
		read_gtids(&ev, &e);
		read_payload(&ev, &e);
		read_statement((struct field){(const char *)ev.body, ev.n}, ev.flags & 1, ev.flags & 2);
	}
	err_clear(&e);
	return 0;
}
