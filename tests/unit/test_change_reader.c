/* Change events of all formats: what the reader makes of them. */
#include "unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../cdcapply/change.h"
#include "io.h"

static const char *const kinds[] = {"row", "truncate", "begin", "commit", "ddl", "heartbeat",
				    "end", "ignored"};

static void add_field(struct buf *b, const char *name, struct field f)
{
	if (f.p && f.n)
		buf_addf(b, " %s=%.*s", name, (int)f.n, f.p);
}

static void add_image(struct buf *b, const char *name, const struct change_image *i)
{
	if (!i->there)
		return;
	buf_addf(b, " %s(", name);
	for (size_t k = 0; k < i->n; k++) {
		buf_addf(b, "%s%.*s=", k ? " " : "", (int)i->f[k].name.n, i->f[k].name.p);
		if (i->f[k].value.p)
			buf_addf(b, "%.*s", (int)i->f[k].value.n, i->f[k].value.p);
		else
			buf_adds(b, "NULL");
	}
	buf_addc(b, ')');
}

/* A line per change. */
static void add_change(struct buf *b, const struct change *c)
{
	buf_adds(b, kinds[c->kind]);
	if (c->kind == CHANGE_ROW)
		buf_addf(b, " %c", (char)c->op);
	add_field(b, "db", c->db);
	add_field(b, "schema", c->schema);
	add_field(b, "table", c->table);
	add_image(b, "before", &c->before);
	add_image(b, "after", &c->after);
	for (size_t i = 0; i < c->nkey; i++)
		add_field(b, "key", c->key[i]);
	add_field(b, "tx", c->transaction);
	if (c->commit)
		buf_adds(b, " last");
	if (c->at_position || c->resume) {
		buf_adds(b, c->resume ? " resume=" : " at=");
		position_add(b, &c->position);
	}
	add_field(b, "seq", c->sequence);
	if (c->ts_ms)
		buf_addf(b, " ts=%lld", (long long)c->ts_ms);
	if (c->count)
		buf_addf(b, " count=%llu", (unsigned long long)c->count);
	add_field(b, "sql", c->sql);
	add_image(b, "columns", &c->columns);
	buf_addc(b, '\n');
}

static int memory_file(const char *p, size_t n)
{
	struct err e = ERR_INIT;
	int fd = memfd_create("input", 0);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, p, n, "memory", &e), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* What the reader makes of a text, line by line, the error at its end. */
static void read_all(struct buf *b, const char *text, size_t chunk, bool no_end)
{
	struct change_reader_options o = {.format = -1, .chunk = chunk, .no_end = no_end};
	struct err e = ERR_INIT;
	struct change c;
	int status, fd = memory_file(text, strlen(text));
	struct change_reader *r = change_reader_open(fd, "in", &o, &e);

	assert_non_null(r);
	while ((status = change_reader_next(r, -1, &c, &e)) == 1)
		add_change(b, &c);
	if (status < 0)
		buf_addf(b, "error %d: %s\n", e.status, e.msg);
	else if (c.kind == CHANGE_END)
		buf_addf(b, "end %llu\n", (unsigned long long)c.count);
	err_clear(&e);
	change_reader_free(r);
	close(fd);
}

static void expect(const char *text, bool no_end, const char *want)
{
	static const size_t chunks[] = {0, 1, 7};
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < COUNT(chunks); i++) {
		read_all(&b, text, chunks[i], no_end);
		assert_buf(&b, want);
	}
	buf_free(&b);
}

#define OWN "\"source\":{\"version\":\"rowboat 0.1\",\"connector\":\"mysql\",\"db\":\"shop\"," \
	"\"schema\":null,\"table\":\"t\""

static void test_own(void **state)
{
	(void)state;
	expect("{\"op\":\"c\",\"before\":null,\"after\":{\"id\":1,\"a\\u00e9\":\"x\\ny\",\"ok\":true},"
	       OWN ",\"file\":\"b.000001\",\"pos\":4,\"row\":0,\"ts_ms\":5},"
	       "\"transaction\":{\"id\":\"0-1-2\",\"total_order\":1},\"ts_ms\":7}\n"
	       "{\"op\":\"u\",\"before\":{\"id\":1},\"after\":{\"id\":2,\"n\":null}," OWN "},\"ts_ms\":7}\n"
	       "{\"op\":\"d\",\"before\":{\"id\":1},\"after\":null,\"source\":{\"version\":\"rowboat 0.1\","
	       "\"connector\":\"postgresql\",\"schema\":\"public\",\"table\":\"t\",\"lsn\":\"0/9\","
	       "\"commit_lsn\":\"0/A\"},\"ts_ms\":7}\n"
	       "{\"op\":\"t\",\"before\":null,\"after\":null," OWN "},\"ts_ms\":7}\n"
	       "{\"status\":\"END\",\"id\":\"0-1-2\",\"event_count\":4,\"ts_ms\":5,\"position\":"
	       "{\"connector\":\"mysql\",\"file\":\"b.000001\",\"pos\":99,\"gtid\":null}}\n"
	       "{\"ts_ms\":8,\"position\":{\"connector\":\"postgresql\",\"lsn\":\"1/2\"}}\n"
	       "{" OWN "},\"databaseName\":\"shop\",\"schemaName\":null,\"ddl\":\"alter table t\","
	       "\"tableChanges\":[{\"type\":\"ALTER\",\"table\":{\"columns\":[{\"name\":\"id\","
	       "\"typeName\":\"int\"}]}}],\"ts_ms\":9,\"position\":{\"connector\":\"mysql\",\"file\":"
	       "\"b.000001\",\"pos\":100,\"gtid\":\"0-1-3\"}}\n"
	       "{\"$end\":4}\n", false,
	       "row c db=shop table=t after(id=1 a\u00e9=x\ny ok=t) tx=0-1-2 "
	       "at={\"connector\":\"mysql\",\"file\":\"b.000001\",\"pos\":4,\"gtid\":null} ts=5\n"
	       "row u db=shop table=t before(id=1) after(id=2 n=NULL) ts=7\n"
	       "row d schema=public table=t before(id=1) "
	       "at={\"connector\":\"postgresql\",\"lsn\":\"0/A\"} ts=7\n"
	       "truncate db=shop table=t ts=7\n"
	       "commit tx=0-1-2 "
	       "resume={\"connector\":\"mysql\",\"file\":\"b.000001\",\"pos\":99,\"gtid\":null} "
	       "ts=5 count=4\n"
	       "heartbeat resume={\"connector\":\"postgresql\",\"lsn\":\"1/2\"} ts=8\n"
	       "ddl db=shop table=t resume={\"connector\":\"mysql\",\"file\":\"b.000001\","
	       "\"pos\":100,\"gtid\":\"0-1-3\"} ts=9 sql=alter table t columns(id=int)\n"
	       "end 4\n");
}

static void test_errors(void **state)
{
	(void)state;
	expect("", false, "error 3: in line 1: the stream was cut off: no end mark after event 0\n");
	expect("", true, "");
	expect("null\n\n \t\n{\"$end\":0}\n", false, "ignored\nend 0\n");
	expect("{\"$end\":1}\n", false,
	       "error 3: in line 1: the end mark counts 1 events, but 0 came\n");
	expect("{\"$end\":0}\n\nx", false, "error 2: in line 3: data after the end mark\n");
	expect("{\"$end\":0}", false,
	       "error 3: in line 1: the stream was cut off: no end mark after event 0\n");
	expect("{}\n", false, "error 2: in line 1: an event of no known shape: an empty object\n");
	expect("\n{\"a\":1,\"b\\n\":[]}\n", false, "error 2: in line 2: an event of no known shape: "
	       "an object with the members a, b\\x0a\n");
	expect("[1]\n", false, "error 2: in line 1: the line is no JSON object\n");
	expect("{\"a\":1}{\"b\":2}\n", false,
	       "error 2: in line 1: the line holds more than one value\n");
	expect("{\"a\":\n1}\n", false,
	       "error 2: in line 1: the object does not end on its line\n");
	expect("{\"a\":\"\xff\"}\n", false, "error 2: in line 1: the line is not UTF-8\n");
	expect("{\"a\":\"\\ud800\"}\n", false,
	       "error 2: in line 1: the line holds half of a surrogate pair\n");
	expect("{\"op\":\"c\",\"before\":null,\"after\":null," OWN "},\"ts_ms\":7}\n", false,
	       "error 2: in line 1: op c without \"after\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
