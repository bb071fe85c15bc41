/* Messages of pgoutput, and the file in which transactions wait for their commit. */
#include "unit.h"

#include <stdlib.h>

#include "event.h"
#include "pg_spool.h"
#include "pgoutput.h"

static struct pgoutput_parser parser;

static void put(struct buf *b, size_t n, uint64_t v)
{
	while (n--)
		buf_addc(b, (char)(v >> 8 * n));
}

static void put_text(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s) + 1);
}

/* A tuple from a text: n, u, or t and a value up to a comma. */
static void put_tuple(struct buf *b, const char *text)
{
	size_t at = b->n, columns = 0;

	put(b, 2, 0);
	while (*text) {
		size_t n = strcspn(text, ",");

		buf_addc(b, *text);
		if (*text == 't') {
			put(b, 4, n - 1);
			buf_add(b, text + 1, n - 1);
		}
		columns++;
		text += n + (text[n] == ',');
	}
	b->p[at] = (char)(columns >> 8);
	b->p[at + 1] = (char)columns;
}

/* Parses a message from memory of just that size, so that a sanitizer sees each byte too far. */
static int parse_bytes(const char *p, size_t n, bool in_stream, struct pgoutput *m)
{
	static char *copy;
	struct err e = ERR_INIT;
	int status;

	free(copy);
	copy = malloc(n ? n : 1);
	memcpy(copy, p, n);
	status = pgoutput_parse(&parser, copy, n, in_stream, m, &e);
	if (status < 0) {
		assert_non_null(e.msg);
		assert_int_equal(e.status, EXIT_FAILED);
	}
	err_clear(&e);
	return status;
}

static void assert_row(const struct row *row, const char *want)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < row->n; i++) {
		buf_adds(&b, i ? "," : "");
		if (row->f[i].p == event_absent)
			buf_addc(&b, 'u');
		else if (!row->f[i].p)
			buf_addc(&b, 'n');
		else
			buf_addf(&b, "t%.*s", (int)row->f[i].n, row->f[i].p);
	}
	assert_buf(&b, want);
	buf_free(&b);
}

/* Each message parses whole and not at all when it is cut off anywhere, or goes on. */
static void assert_exact(struct buf *b, bool in_stream)
{
	struct pgoutput m;

	for (size_t n = 0; n < b->n; n++)
		assert_int_equal(parse_bytes(b->p, n, in_stream, &m), -1);
	buf_addc(b, 'N');
	assert_int_equal(parse_bytes(b->p, b->n, in_stream, &m), -1);
	b->n--;
	assert_int_equal(parse_bytes(b->p, b->n, in_stream, &m), 0);
	buf_reset(b);
}

static void transactions(void **state)
{
	struct buf b = BUF_INIT;
	struct pgoutput m;

	(void)state;
	put(&b, 1, 'B');
	put(&b, 8, UINT64_C(0x123456789a));
	put(&b, 8, 1000);
	put(&b, 4, 4000000000);
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), 0);
	assert_int_equal(m.commit_lsn, UINT64_C(0x123456789a));
	assert_int_equal(m.time, 1000);
	assert_int_equal(m.xid, 4000000000);
	assert_exact(&b, false);
	put(&b, 1, 'C');
	put(&b, 1, 0);
	put(&b, 8, 11);
	put(&b, 8, 12);
	put(&b, 8, (uint64_t)-5);
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), 0);
	assert_int_equal(m.commit_lsn, 11);
	assert_int_equal(m.end_lsn, 12);
	assert_int_equal(m.time, -5);
	assert_exact(&b, false);
	put(&b, 1, 'A');
	put(&b, 4, 7);
	put(&b, 4, 8);
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), 0);
	assert_int_equal(m.subxid, 8);
	assert_exact(&b, false);
	buf_free(&b);
}

static void changes(void **state)
{
	struct buf b = BUF_INIT;
	struct pgoutput m;

	(void)state;
	put(&b, 1, 'I');
	put(&b, 4, 16384);
	put(&b, 1, 'N');
	put_tuple(&b, "t1,n,t,u");
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), 0);
	assert_int_equal(m.relation, 16384);
	assert_int_equal(m.old_kind, 0);
	assert_row(&m.new, "t1,n,t,u");
	assert_exact(&b, false);
	for (const char *old = "KO"; *old; old++) {
		put(&b, 1, 'U');
		put(&b, 4, 77); /* the subtransaction */
		put(&b, 4, 16384);
		put(&b, 1, (unsigned char)*old);
		put_tuple(&b, "t1,n");
		put(&b, 1, 'N');
		put_tuple(&b, "t2,tx");
		assert_int_equal(parse_bytes(b.p, b.n, true, &m), 0);
		assert_int_equal(m.xid, 77);
		assert_int_equal(m.old_kind, *old);
		assert_row(&m.old, "t1,n");
		assert_row(&m.new, "t2,tx");
		assert_exact(&b, true);
	}
	put(&b, 1, 'D');
	put(&b, 4, 16384);
	put(&b, 1, 'K');
	put_tuple(&b, "tabc");
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), 0);
	assert_row(&m.old, "tabc");
	assert_exact(&b, false);
	buf_free(&b);
}

static void truncates_and_messages(void **state)
{
	struct buf b = BUF_INIT;
	struct pgoutput m;

	(void)state;
	put(&b, 1, 'T');
	put(&b, 4, 2);
	put(&b, 1, PGOUTPUT_CASCADE);
	put(&b, 4, 100);
	put(&b, 4, 3000000000);
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), 0);
	assert_int_equal(m.nrelations, 2);
	assert_int_equal(pgoutput_truncated(&m, 0), 100);
	assert_int_equal(pgoutput_truncated(&m, 1), 3000000000);
	assert_exact(&b, false);
	put(&b, 1, 'M');
	put(&b, 1, 1);
	put(&b, 8, 99);
	put_text(&b, "prefix");
	put(&b, 4, 3);
	buf_add(&b, "a\0b", 3);
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), 0);
	assert_string_equal(m.prefix, "prefix");
	assert_memory_equal(m.content.p, "a\0b", 3);
	assert_int_equal(m.content.n, 3);
	assert_exact(&b, false);
	buf_free(&b);
}

static void hostile_messages(void **state)
{
	struct pgoutput m;
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(parse_bytes("", 0, false, &m), -1);
	assert_int_equal(parse_bytes("Z", 1, false, &m), -1);
	put(&b, 1, 'I'); /* 65535 columns that are not there */
	put(&b, 4, 1);
	put(&b, 1, 'N');
	put(&b, 2, 65535);
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), -1);
	b.n -= 2;
	put(&b, 2, 1); /* a value of 4 GiB */
	put(&b, 1, 't');
	put(&b, 4, UINT32_MAX);
	put(&b, 1, 'x');
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), -1);
	b.n -= 6;
	put(&b, 1, 'b'); /* a binary value, which was not asked for */
	put(&b, 4, 0);
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), -1);
	buf_reset(&b);
	put(&b, 1, 'T'); /* 4 billion relations */
	put(&b, 4, UINT32_MAX);
	put(&b, 1, 0);
	put(&b, 4, 1);
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), -1);
	buf_free(&b);
}

static int read_relation(const char *p, size_t n, struct pgoutput_relation *r)
{
	struct err e = ERR_INIT;
	int status = pgoutput_relation((struct field){p, n}, r, &e);

	err_clear(&e);
	return status;
}

static void relations(void **state)
{
	struct buf b = BUF_INIT;
	struct pgoutput_relation r;
	struct pgoutput m;

	(void)state;
	put(&b, 1, 'R');
	put(&b, 4, 16384);
	put_text(&b, "public");
	put_text(&b, "a \"table\"");
	put(&b, 1, 'd');
	put(&b, 2, 2);
	put(&b, 1, 1);
	put_text(&b, "id");
	put(&b, 4, 23);
	put(&b, 4, (uint32_t)-1);
	put(&b, 1, 0);
	put_text(&b, "");
	put(&b, 4, 1042);
	put(&b, 4, 9);
	assert_int_equal(parse_bytes(b.p, b.n, false, &m), 0);
	assert_int_equal(m.relation, 16384);
	assert_int_equal(read_relation(m.body.p, m.body.n, &r), 0);
	assert_string_equal(r.schema, "public");
	assert_string_equal(r.name, "a \"table\"");
	assert_int_equal(r.identity, 'd');
	assert_int_equal(r.ncols, 2);
	assert_true(r.col[0].key);
	assert_string_equal(r.col[0].name, "id");
	assert_int_equal(r.col[0].typmod, -1);
	assert_false(r.col[1].key);
	assert_int_equal(r.col[1].type, 1042);
	free(r.col);
	for (size_t n = 0; n < b.n - 5; n++)
		assert_int_equal(read_relation(b.p + 5, n, &r), -1);
	assert_int_equal(read_relation(b.p + 5, b.n - 5, &r), 0);
	free(r.col);
	buf_free(&b);
}

/* ---- Transactions that are put aside ---- */

static void add(struct pg_spool *s, uint32_t xid, const char *text, bool keep)
{
	struct err e = ERR_INIT;

	assert_int_equal(pg_spool_add(s, xid, xid * 10, *text, text + 1, strlen(text + 1), keep, &e),
			 0);
}

static void take_back(struct pg_spool *s, uint32_t xid)
{
	struct err e = ERR_INIT;

	assert_int_equal(pg_spool_abort(s, xid, &e), 0);
}

static void assert_spool(struct pg_spool *s, const char *want)
{
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;
	uint64_t lsn;
	size_t n;
	const char *p;

	while (pg_spool_next(s, &lsn, &p, &n, &e) > 0)
		buf_addf(&b, "%s%.*s", b.n ? " " : "", (int)n, p);
	assert_null(e.msg);
	assert_buf(&b, want);
	buf_free(&b);
	pg_spool_close(s);
}

static void subtransactions(void **state)
{
	struct pg_spool *s = pg_spool_open(10);

	(void)state;
	add(s, 10, "one", false);
	add(s, 11, "two", false);
	add(s, 12, "three", false);
	add(s, 12, "four", false);
	take_back(s, 12);
	add(s, 11, "five", false);
	take_back(s, 99); /* never sent */
	assert_spool(s, "one two five");
	s = pg_spool_open(10);
	add(s, 12, "one", false); /* its parent, 11, writes later and is taken back with it */
	add(s, 11, "two", false);
	take_back(s, 12);
	take_back(s, 11);
	add(s, 10, "three", false);
	assert_spool(s, "three");
	s = pg_spool_open(UINT32_MAX - 1); /* ids begin again at 3 */
	add(s, UINT32_MAX, "one", false);
	add(s, 3, "two", false);
	take_back(s, 3);
	assert_spool(s, "one");
}

/* The server describes a relation once in a transaction, even if a savepoint takes it back. */
static void kept_messages(void **state)
{
	struct pg_spool *s = pg_spool_open(10);

	(void)state;
	add(s, 10, "one", false);
	add(s, 11, "Relation", true);
	add(s, 11, "two", false);
	add(s, 12, "Second", true);
	take_back(s, 12);
	take_back(s, 11);
	add(s, 10, "three", false);
	assert_spool(s, "one Relation Second three");
}

/* More than fits in memory, with rollbacks on either side of what was written. */
static void large_transaction(void **state)
{
	struct err e = ERR_INIT;
	struct pg_spool *s = pg_spool_open(1);
	char *text = malloc(100001);
	const char *p;
	uint64_t lsn;
	size_t n, left = 0;

	(void)state;
	memset(text, 'x', 100000);
	text[100000] = '\0';
	for (uint32_t xid = 2; xid < 42; xid++) {
		add(s, xid, text, false);
		add(s, xid, "end", false);
		if (xid % 4 == 3)
			take_back(s, xid);
		if (xid % 10 == 9)
			take_back(s, xid - 3); /* and what followed it */
	}
	while (pg_spool_next(s, &lsn, &p, &n, &e) > 0) {
		left += n;
		assert_true(n == 100000 || n == 3);
	}
	assert_null(e.msg);
	assert_int_equal(left % 100003, 0);
	assert_int_equal(left / 100003, 40 - 10 - 4 * 3);
	pg_spool_close(s);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transactions),
		cmocka_unit_test(changes),
		cmocka_unit_test(truncates_and_messages),
		cmocka_unit_test(hostile_messages),
		cmocka_unit_test(relations),
		cmocka_unit_test(subtransactions),
		cmocka_unit_test(kept_messages),
		cmocka_unit_test(large_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
