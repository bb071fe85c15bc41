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
	       "{\"op\":\"u\",\"before\":{\"id\":1},\"after\":{\"id\":2,\"n\":null},"
	       OWN "},\"ts_ms\":7}\n"
	       "{\"op\":\"d\",\"before\":{\"id\":1},\"after\":null,"
	       "\"source\":{\"version\":\"rowboat 0.1\","
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

/* ---- Other programs ---- */

#define PG "\"source\":{\"version\":\"2.5.0.Final\",\"connector\":\"postgresql\",\"db\":\"shop\"," \
	"\"schema\":\"public\",\"table\":\"t\",\"ts_ms\":5,\"txId\":571," \
	"\"sequence\":\"[\\\"16\\\",\\\"24\\\"]\",\"lsn\":24}"
#define MY "\"source\":{\"version\":\"2.5.0.Final\",\"connector\":\"mysql\",\"db\":\"shop\"," \
	"\"table\":\"t\",\"file\":\"b.000001\",\"pos\":4,\"row\":0,\"gtid\":null,\"ts_ms\":5}"

static void test_debezium(void **state)
{
	(void)state;
	expect("{\"status\":\"BEGIN\",\"id\":\"571:24\",\"ts_ms\":1,\"event_count\":null}\n"
	       "{\"before\":{\"id\":1,\"big\":null,\"n\":null},\"after\":{\"id\":1,"
	       "\"big\":\"__debezium_unavailable_value\",\"n\":2,"
	       "\"a\":[\"__debezium_unavailable_value\"],"
	       "\"b\":\"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==\"}," PG ",\"op\":\"u\","
	       "\"transaction\":{\"id\":\"571:24\"}}\n"
	       "{\"status\":\"END\",\"id\":\"571:40\",\"ts_ms\":1,\"event_count\":1}\n"
	       "{\"before\":{\"id\":1},\"after\":null," MY ",\"op\":\"d\",\"transaction\":null}\n"
	       "null\n"
	       "{\"before\":null,\"after\":{\"id\":1}," MY ",\"op\":\"r\"}\n"
	       "{\"op\":\"t\"," PG "}\n"
	       "{\"op\":\"m\"," PG ",\"message\":{\"prefix\":\"x\"}}\n"
	       "{\"ts_ms\":7}\n"
	       "{" MY ",\"ts_ms\":6,\"databaseName\":\"shop\",\"schemaName\":null,\"ddl\":\"DROP x\","
	       "\"tableChanges\":[]}\n",
	       true,
	       "begin tx=571 ts=1\n"
	       "row u db=shop schema=public table=t before(id=1 n=NULL) after(id=1 n=2) tx=571 "
	       "seq=00000000000000000016:00000000000000000024 ts=5\n"
	       "commit tx=571 ts=1 count=1\n"
	       "row d db=shop table=t before(id=1) "
	       "at={\"connector\":\"mysql\",\"file\":\"b.000001\",\"pos\":4,\"gtid\":null} ts=5\n"
	       "ignored\n"
	       "row r db=shop table=t after(id=1) ts=5\n"
	       "truncate db=shop schema=public table=t tx=571 "
	       "seq=00000000000000000016:00000000000000000024 ts=5\n"
	       "ignored\n"
	       "heartbeat ts=7\n"
	       "ddl db=shop table=t at={\"connector\":\"mysql\",\"file\":\"b.000001\",\"pos\":4,"
	       "\"gtid\":null} ts=5 sql=DROP x\n");
	expect("{\"op\":\"x\"," PG "}\n", true,
	       "error 2: in line 1: \"op\" is none of c, u, d, r, t, m\n");
	expect("{\"op\":\"d\",\"before\":null," PG "}\n", true,
	       "error 2: in line 1: op d without \"before\"\n");
	expect("{\"op\":\"c\",\"after\":[]," PG "}\n", true,
	       "error 2: in line 1: \"after\" is no object\n");
	expect("{\"op\":\"c\",\"after\":{},\"source\":{\"connector\":\"mysql\"}}\n", true,
	       "error 2: in line 1: an event of Debezium without \"source.table\"\n");
}

/* Encodings come from the schema, and are kept for the next event of the same. */
static void test_schema(void **state)
{
	static const char line[] =
		"{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"struct\",\"fields\":["
		"{\"type\":\"int32\",\"name\":\"io.debezium.time.Date\",\"field\":\"d\"},"
		"{\"type\":\"bytes\",\"name\":\"org.apache.kafka.connect.data.Decimal\","
		"\"parameters\":{\"scale\":\"3\"},\"field\":\"n\"},"
		"{\"type\":\"array\",\"items\":{\"type\":\"bytes\"},\"field\":\"a\"},"
		"{\"type\":\"string\",\"field\":\"s\"}],\"field\":\"after\"}]},"
		"\"payload\":{\"op\":\"c\",\"after\":{\"s\":\"x\",\"d\":1,\"n\":\"AQ==\",\"a\":[]},"
		PG "}}\n{\"schema\":null,\"payload\":null}\n";
	struct change_reader_options o = {.format = -1, .no_end = true};
	struct err e = ERR_INIT;
	struct buf text = BUF_INIT;
	struct change c;
	int fd;
	struct change_reader *r;

	(void)state;
	for (int i = 0; i < 3; i++)
		buf_adds(&text, line);
	fd = memory_file(text.p, text.n);
	r = change_reader_open(fd, "in", &o, &e);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(change_reader_next(r, -1, &c, &e), 1);
		assert_int_equal(c.after.n, 4);
		assert_int_equal(c.after.f[0].encoding, ENC_PLAIN);
		assert_int_equal(c.after.f[1].encoding, ENC_DATE_DAYS);
		assert_int_equal(c.after.f[2].encoding, ENC_DECIMAL);
		assert_int_equal(c.after.f[2].scale, 3);
		assert_int_equal(c.after.f[3].encoding, ENC_ARRAY);
		assert_int_equal(c.after.f[3].scale, ENC_BASE64);
		assert_int_equal(change_reader_next(r, -1, &c, &e), 1);
		assert_int_equal(c.kind, CHANGE_IGNORED);
	}
	assert_int_equal(change_reader_next(r, -1, &c, &e), 0);
	change_reader_free(r);
	buf_free(&text);
	close(fd);
}

static void test_unwrapped(void **state)
{
	(void)state;
	expect("{\"id\":1,\"__x\":2,\"__table\":\"t\",\"__db\":\"d\",\"__op\":\"u\","
	       "\"__source_ts_ms\":5,\"__lsn\":7,\"__deleted\":\"false\"}\n"
	       "{\"id\":1,\"__table\":\"t\",\"__deleted\":\"true\"}\n"
	       "{\"id\":1,\"__table\":\"t\",\"__deleted\":false}\n"
	       "{\"id\":1,\"__op\":\"c\"}\n", true,
	       "row u db=d table=t after(id=1 __x=2) ts=5\n"
	       "row d table=t before(id=1)\n"
	       "row r table=t after(id=1)\n"
	       "error 2: in line 4: an event of unwrapped Debezium without \"__table\"\n");
}

#define META "\"metadata\":{\"record-type\":\"data\",\"schema-name\":\"s\",\"table-name\":\"t\"," \
	"\"transaction-id\":9,\"commit-timestamp\":\"2024-01-02T03:04:05.000000Z\"," \
	"\"stream-position\":\"b.000001:44:0:50:9:b.000001:40\",\"operation\":"
#define CONTROL "\"metadata\":{\"record-type\":\"control\",\"schema-name\":\"s\"," \
	"\"table-name\":\"t\"," \
	"\"operation\":"
#define AT_44 "at={\"connector\":\"mysql\",\"file\":\"b.000001\",\"pos\":44,\"gtid\":null} " \
	"ts=1704164645000\n"

static void test_dms(void **state)
{
	(void)state;
	expect("{\n\t\"data\":\t{\n\t\t\"id\":\t1\n\t},\n" META "\"load\"}\n}\n"
	       "{\"data\":{\"id\":2},\"before-image\":{\"id\":1}," META "\"update\"}}\n"
	       "{\r\n\"data\":{\"id\":2}," META "\"delete\"}\r\n}\r\n"
	       "{" CONTROL "\"create-table\"}}\n{" CONTROL "\"add-column\"}}\n"
	       "{" CONTROL "\"truncate-table\"}}\n" "{\"data\":[]," META "\"insert\"}}\n",
	       true,
	       "row r schema=s table=t after(id=1) tx=9 ts=1704164645000\n"
	       "row u schema=s table=t before(id=1) after(id=2) tx=9 " AT_44
	       "row d schema=s table=t before(id=2) tx=9 " AT_44
	       "ignored schema=s table=t\nddl schema=s table=t\ntruncate schema=s table=t\n"
	       "error 2: in line 14: an event of AWS DMS without \"data\"\n");
	expect("{\n\"data\":", true, "error 2: in line 2: the object does not end on its line\n");
	expect("{\n\"data\":1\n", false,
	       "error 3: in line 3: the stream was cut off: no end mark after event 0\n");
}

static void test_dms_csv(void **state)
{
	static const char *const names[] = {"id", "a", NULL};
	struct change_reader_options o = {.format = -1, .table = "t", .columns = names};
	static const char text[] = "\nI,1,\"x,\"\"\ny\"\nU,2,NULL\n\nD,3,\n\\.\n";
	static const char *const want[] = {"row c table=t after(id=1 a=x,\"\ny)\n",
		"row u table=t after(id=2 a=NULL)\n", "row d table=t before(id=3 a=)\n"};
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;
	struct change c;

	(void)state;
	for (size_t chunk = 0; chunk < 9; chunk++) {
		int fd = memory_file(text, sizeof text - 1);
		struct change_reader *r;

		o.chunk = chunk;
		r = change_reader_open(fd, "in", &o, &e);
		for (size_t i = 0; i < COUNT(want); i++) {
			assert_int_equal(change_reader_next(r, -1, &c, &e), 1);
			add_change(&b, &c);
			assert_buf(&b, want[i]);
			assert_int_equal(change_reader_line(r), i == 0 ? 2 : i == 1 ? 4 : 6);
		}
		assert_int_equal(change_reader_next(r, -1, &c, &e), 0);
		change_reader_free(r);
		close(fd);
	}
	buf_free(&b);
	expect("I,1\n", true, "error 2: in line 1: the names of the columns are not told: "
	       "there is no header\n");
	expect("Op,id\nI,1\n", true, "error 2: in line 2: DMS's CSV files do not name their table\n");
	expect("hello\n", true, "error 2: in line 1: the line is neither a JSON object nor a row of "
	       "DMS's CSV files, which begin with I, U or D\n");
	expect("Op,id\nX,1\n", true, "error 2: in line 2: the first field is none of I, U, D\n");
	expect("Op,id\nI,1,2\n", true,
	       "error 2: in line 2: 2 columns behind the operation where there are 1\n");
}

static void test_maxwell(void **state)
{
	(void)state;
	expect("{\"database\":\"d\",\"table\":\"t\",\"type\":\"update\",\"ts\":5,\"xid\":7,"
	       "\"position\":\"b.000001:4\",\"primary_key_columns\":[\"id\"],"
	       "\"data\":{\"id\":2,\"a\":[\"x\"],\"b\":null},\"old\":{\"id\":1}}\n"
	       "{\"database\":\"d\",\"table\":\"t\",\"type\":\"delete\",\"ts\":5,\"xid\":7,"
	       "\"commit\":true,\"data\":{\"id\":2}}\n"
	       "{\"database\":\"d\",\"table\":\"t\",\"type\":\"table-alter\",\"ts\":5000,"
	       "\"sql\":\"ALTER\",\"old\":{},\"def\":{}}\n"
	       "{\"database\":\"d\",\"table\":\"t\",\"type\":\"bootstrap-insert\",\"ts\":5,"
	       "\"data\":{\"id\":2}}\n"
	       "{\"database\":\"d\",\"table\":\"t\",\"type\":\"insert\",\"ts\":5}\n", true,
	       "row u db=d table=t before(id=1 a=[\"x\"] b=NULL) after(id=2 a=[\"x\"] b=NULL) key=id tx=7 "
	       "at={\"connector\":\"mysql\",\"file\":\"b.000001\",\"pos\":4,\"gtid\":null} ts=5000\n"
	       "row d db=d table=t before(id=2) tx=7 last ts=5000\n"
	       "ddl db=d table=t ts=5000 sql=ALTER\n"
	       "row r db=d table=t after(id=2) ts=5000\n"
	       "error 2: in line 5: an event of Maxwell without \"data\"\n");
}

#define CANAL "{\"database\":\"d\",\"table\":\"t\",\"isDdl\":false,\"es\":5,\"pkNames\":[\"id\"],"

static void test_canal(void **state)
{
	(void)state;
	expect(CANAL "\"type\":\"UPDATE\",\"data\":[{\"id\":\"2\",\"a\":null},{\"id\":\"4\","
	       "\"a\":\"x\"}],\"old\":[{\"id\":\"1\"},{\"a\":\"y\"}]}\n"
	       CANAL "\"type\":\"DELETE\",\"data\":[{\"id\":\"2\"}],\"old\":null}\n"
	       "{\"database\":\"d\",\"table\":\"t\",\"isDdl\":true,\"type\":\"ALTER\","
	       "\"sql\":\"ALTER\",\"data\":null}\n"
	       CANAL "\"type\":\"TIDB_WATERMARK\",\"_tidb\":{\"watermarkTs\":1}}\n"
	       CANAL "\"type\":\"INSERT\",\"data\":[]}\n"
	       CANAL "\"type\":\"INSERT\",\"data\":[1]}\n", true,
	       "row u db=d table=t before(id=1 a=NULL) after(id=2 a=NULL) key=id ts=5\n"
	       "row u db=d table=t before(a=y id=4) after(id=4 a=x) key=id ts=5\n"
	       "row d db=d table=t before(id=2) key=id ts=5\n"
	       "ddl db=d table=t sql=ALTER\n"
	       "heartbeat ts=5\n"
	       "ignored\n"
	       "error 2: in line 6: a row in \"data\" is no object\n");
}

static void test_datastream(void **state)
{
	(void)state;
	expect("{\"read_method\":\"postgresql-cdc\",\"source_timestamp\":\"2024-01-02T03:04:05.000Z\","
	       "\"sort_keys\":[5,\"0/9\"],\"source_metadata\":{\"schema\":\"s\",\"table\":\"t\","
	       "\"is_deleted\":true,\"change_type\":\"UPDATE-DELETE\",\"tx_id\":3,\"lsn\":\"0/9\","
	       "\"primary_keys\":[\"id\"]},\"payload\":{\"id\":1}}\n"
	       "{\"read_method\":\"mysql-backfill-fulldump\",\"source_metadata\":{\"table\":\"t\","
	       "\"change_type\":\"INSERT\"},\"payload\":{\"id\":1}}\n"
	       "{\"source_metadata\":{\"table\":\"t\",\"change_type\":\"MERGE\"},\"payload\":{}}\n", true,
	       "row d schema=s table=t before(id=1) key=id tx=3 seq=00000000000000000005:0/9 "
	       "ts=1704164645000\n"
	       "row r table=t after(id=1)\n"
	       "error 2: in line 3: \"source_metadata.change_type\" is none of INSERT, UPDATE, "
	       "UPDATE-INSERT, UPDATE-DELETE, DELETE\n");
}

static void test_wal2json(void **state)
{
	(void)state;
	expect("{\"action\":\"B\",\"xid\":7,\"lsn\":\"0/10\",\"nextlsn\":\"0/20\"}\n"
	       "{\"action\":\"U\",\"xid\":7,\"schema\":\"s\",\"table\":\"t\",\"columns\":["
	       "{\"name\":\"id\",\"type\":\"integer\",\"value\":2},"
	       "{\"name\":\"a\",\"type\":\"text\",\"value\":null}],"
	       "\"identity\":[{\"name\":\"id\",\"type\":\"integer\",\"value\":1}],"
	       "\"pk\":[{\"name\":\"id\",\"type\":\"integer\"}]}\n"
	       "{\"action\":\"T\",\"schema\":\"s\",\"table\":\"t\"}\n"
	       "{\"action\":\"M\",\"transactional\":true,\"prefix\":\"p\",\"content\":\"c\"}\n"
	       "{\"action\":\"C\",\"xid\":7}\n"
	       "{\"xid\":8,\"change\":[{\"kind\":\"insert\",\"schema\":\"s\",\"table\":\"t\","
	       "\"columnnames\":[\"id\",\"a\"],\"columntypes\":[\"integer\",\"text\"],"
	       "\"columnvalues\":[1,\"x\"]},{\"kind\":\"message\"},"
	       "{\"kind\":\"delete\",\"schema\":\"s\",\"table\":\"t\",\"oldkeys\":{"
	       "\"keynames\":[\"id\"],\"keyvalues\":[1]}}]}\n"
	       "{\"change\":[]}\n"
	       "{\"change\":[{\"kind\":\"insert\",\"schema\":\"s\",\"table\":\"t\","
	       "\"columnnames\":[\"id\"],\"columnvalues\":[]}]}\n", true,
	       "begin tx=7\n"
	       "row u schema=s table=t before(id=1) after(id=2 a=NULL) key=id tx=7 "
	       "at={\"connector\":\"postgresql\",\"lsn\":\"0/1F\"}\n"
	       "truncate schema=s table=t at={\"connector\":\"postgresql\",\"lsn\":\"0/1F\"}\n"
	       "ignored\n"
	       "commit tx=7 resume={\"connector\":\"postgresql\",\"lsn\":\"0/20\"}\n"
	       "begin tx=8\n"
	       "row c schema=s table=t after(id=1 a=x) tx=8\n"
	       "ignored tx=8\n"
	       "row d schema=s table=t before(id=1) tx=8\n"
	       "commit tx=8\n"
	       "begin\ncommit\n"
	       "begin\n"
	       "error 2: in line 8: change 1: \"columnnames\" and \"columnvalues\" do not match\n");
}

/* Lines beyond the limits. */
static void test_limits(void **state)
{
	struct change_reader_options o = {.format = -1, .max_line = 100, .no_end = true, .chunk = 16};
	struct buf b = BUF_INIT, found = BUF_INIT;
	struct err e = ERR_INIT;
	struct change c;
	struct change_reader *r;
	int fd;

	(void)state;
	for (int i = 0; i < 200; i++)
		buf_adds(&b, "[");
	buf_addc(&b, '\n');
	expect(buf_cstr(&b), true, "error 2: in line 1: the line nests deeper than 128 levels\n");
	buf_reset(&b);
	buf_adds(&b, "{\"op\":\"c\"," OWN "},\"after\":{\"a0\":0");
	for (int i = 1; i < 8193; i++)
		buf_addf(&b, ",\"a%d\":0", i);
	buf_adds(&b, "}}\n");
	read_all(&found, buf_cstr(&b), 0, true);
	assert_buf(&found, "error 2: in line 1: a row of more than 8192 columns\n");
	buf_free(&found);
	for (int text = 0; text < 2; text++) {
		buf_reset(&b);
		buf_adds(&b, text ? "{\"a\":\"" : "Op,id\nI,\"");
		for (int i = 0; i < 200; i++)
			buf_addc(&b, 'x');
		fd = memory_file(b.p, b.n);
		r = change_reader_open(fd, "in", &o, &e);
		assert_int_equal(change_reader_next(r, -1, &c, &e), -1);
		assert_string_equal(e.msg, text ? "in line 1: the line is longer than 100 bytes"
						: "in line 2: the row is longer than 100 bytes");
		err_clear(&e);
		change_reader_free(r);
		close(fd);
	}
	buf_free(&b);
}

/* Waiting ends in time, and what is there comes without it. */
static void test_wait(void **state)
{
	static const char line[] = "{\"ts_ms\":1}\n{\"ts_ms\":2}\n{\"ts";
	struct change_reader_options o = {.format = -1, .no_end = true};
	struct err e = ERR_INIT;
	struct change c;
	int fd[2];
	struct change_reader *r;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	r = change_reader_open(fd[0], "in", &o, &e);
	assert_false(change_reader_buffered(r));
	assert_int_equal(change_reader_next(r, 1, &c, &e), 2);
	assert_int_equal(write(fd[1], line, sizeof line - 1), sizeof line - 1);
	assert_int_equal(change_reader_next(r, 1000, &c, &e), 1);
	assert_true(change_reader_buffered(r));
	assert_int_equal(change_reader_next(r, 0, &c, &e), 1);
	assert_int_equal(c.ts_ms, 2);
	assert_false(change_reader_buffered(r));
	assert_int_equal(change_reader_next(r, 1, &c, &e), 2);
	assert_int_equal(write(fd[1], "_ms\":3}\n", 8), 8);
	close(fd[1]);
	assert_int_equal(change_reader_next(r, -1, &c, &e), 1);
	assert_int_equal(c.ts_ms, 3);
	assert_int_equal(change_reader_next(r, -1, &c, &e), 0);
	change_reader_free(r);
	close(fd[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_debezium),
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_unwrapped),
		cmocka_unit_test(test_dms),
		cmocka_unit_test(test_dms_csv),
		cmocka_unit_test(test_maxwell),
		cmocka_unit_test(test_canal),
		cmocka_unit_test(test_datastream),
		cmocka_unit_test(test_wal2json),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
