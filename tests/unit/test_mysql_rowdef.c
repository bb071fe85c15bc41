/* Rows of the binary log: what the servers wrote becomes what extract wrote of the same rows. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "event.h"
#include "mysql_rowdef.h"
#include "mysql_rows.h"
#include "stream.h"

/* The bytes of hex digits in memory of just that size, so that the sanitizer sees reads
 * beyond it. */
static unsigned char *unhex(const char *hex, size_t n)
{
	unsigned char *p = malloc(n ? n : 1);

	for (size_t i = 0; i < n; i++) {
		char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		p[i] = (unsigned char)strtoul(two, NULL, 16);
	}
	return p;
}

static struct my_rowdef *open_hex(const char *hex, bool mariadb)
{
	size_t n = strlen(hex) / 2;
	unsigned char *p = unhex(hex, n);
	struct err e = ERR_INIT;
	struct my_rowdef *d = my_rowdef_open(p, n, mariadb, &e);

	free(p);
	if (!d)
		fail_msg("%s", e.msg);
	return d;
}

static void add_csv(struct buf *b, const struct row *row)
{
	for (size_t i = 0; i < row->n; i++) {
		buf_adds(b, i ? "," : "");
		if (row->f[i].p == event_absent)
			buf_adds(b, "absent");
		else
			csv_add_field(b, row->f[i], false);
	}
	buf_adds(b, "\n");
}

/* Decodes rows of an insert, whose bitmap of one byte stands before them, as far as that goes. */
static int decode(struct my_rowdef *d, const unsigned char *p, size_t n, struct buf *csv,
		  struct err *e)
{
	const unsigned char *at = p + 1, *end = p + n;
	struct field f[8];
	struct row row = {f, 0};
	struct buf b = BUF_INIT;
	int status = 0;

	while (status == 0 && at < end) {
		status = my_row_decode(d, &at, end, p, false, NULL, &row, &b, e);
		if (status == 0)
			add_csv(csv, &row);
	}
	buf_free(&b);
	return status;
}

static void check(struct my_rowdef *d, const char *rows, const char *csv, const char *what)
{
	size_t n = strlen(rows) / 2;
	unsigned char *p = unhex(rows, n);
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	if (decode(d, p, n, &b, &e) < 0)
		fail_msg("%s: %s", what, e.msg);
	assert_buf(&b, csv);
	buf_free(&b);
	free(p);
}

/* ---- The catalogue ---- */

/* What the catalogue says of a table (id INT, v …). */
struct catalogue {
	struct table t;
	struct column col[3];
};

static void init_catalogue(struct catalogue *c, const struct coltype *v, char *charset)
{
	*c = (struct catalogue){.t = {.engine = ENGINE_MYSQL, .ncols = 2}};
	c->t.col = c->col;
	c->col[0].name = (char *)"id";
	c->col[0].type = (struct coltype){.lt = LT_INT, .name = "int", .bits = 32, .precision = -1,
					  .scale = -1};
	c->col[1].name = (char *)"v";
	c->col[1].type = *v;
	c->col[1].charset = charset;
}

/* MariaDB tells these as BINARY. */
static bool complete_special(struct my_rowdef *d, const char *type)
{
	struct catalogue c;
	struct coltype t = {.precision = -1, .scale = -1};
	struct err e = ERR_INIT;

	if (!strcmp(type, "UUID"))
		t.lt = LT_UUID, t.name = "uuid";
	else if (!strcmp(type, "INET6"))
		t.lt = LT_INET, t.name = "inet6";
	else if (!strcmp(type, "INET4"))
		t.lt = LT_INET, t.name = "inet4";
	else
		return false;
	init_catalogue(&c, &t, NULL);
	assert_int_equal(my_rowdef_complete_by(d, &c.t, &e), 0);
	assert_string_equal(my_rowdef_columns(d)->col[1].type.name, t.name);
	return true;
}

static void test_captured(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(captured_rows); i++) {
		const struct captured_rows *c = &captured_rows[i];
		struct my_rowdef *d = open_hex(c->map, c->mariadb);
		const struct table *t;

		assert_true(my_rowdef_complete(d));
		complete_special(d, c->type);
		t = my_rowdef_columns(d);
		assert_int_equal(my_rowdef_width(d), 2);
		assert_int_equal(t->ncols, 2);
		assert_string_equal(my_rowdef_schema(d), "cap");
		assert_string_equal(my_rowdef_table(d), "t");
		assert_string_equal(t->col[1].name, "v");
		assert_true(t->col[0].not_null);
		assert_false(t->col[1].not_null);
		check(d, c->rows, c->csv, c->type);
		my_rowdef_free(d);
	}
}

/* Nothing is read beyond the end, wherever it is cut off. */
static void test_cut_off(void **state)
{
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(captured_rows); i++) {
		const struct captured_rows *c = &captured_rows[i];
		struct my_rowdef *d = open_hex(c->map, c->mariadb);
		size_t n = strlen(c->map) / 2, rows = strlen(c->rows) / 2;

		for (size_t k = 0; k < n; k++) {
			unsigned char *p = unhex(c->map, k);
			struct my_rowdef *cut = my_rowdef_open(p, k, c->mariadb, &e);

			/* Behind a whole field of the optional metadata it may end. */
			assert_true(cut ? !my_rowdef_complete(cut) || k > n / 2 : e.msg != NULL);
			my_rowdef_free(cut);
			err_clear(&e);
			free(p);
		}
		for (size_t k = 1; k < rows && k < 400; k++) {
			unsigned char *p = unhex(c->rows, k);

			buf_reset(&b);
			if (decode(d, p, k, &b, &e) < 0)
				assert_non_null(strstr(e.msg, "table cap.t"));
			/* What came before is whole. */
			assert_true(b.n <= strlen(c->csv));
			if (b.n && !complete_special(d, c->type))
				assert_memory_equal(b.p, c->csv, b.n);
			err_clear(&e);
			free(p);
		}
		my_rowdef_free(d);
	}
	buf_free(&b);
}

/* A TABLE_MAP event of t.v (INT, …) without optional metadata. */
#define MAP(types, metadata, nulls) \
	"010000000000" "0100" "0163" "00" "0174" "00" types metadata nulls

static void test_by_catalogue(void **state)
{
	char *labels[] = {(char *)"a", (char *)"\303\244", NULL};
	struct coltype decimal = {.lt = LT_DECIMAL, .name = "decimal", .precision = 5, .scale = 2};
	struct coltype list = {.lt = LT_ENUM, .name = "enum", .precision = -1, .scale = -1,
			       .labels = labels};
	struct coltype text = {.lt = LT_TEXT, .name = "varchar", .length = 10, .precision = -1,
			       .scale = -1};
	struct coltype big = {.lt = LT_INT, .name = "bigint", .bits = 64, .is_unsigned = true,
			      .precision = -1, .scale = -1};
	static char latin1[] = "latin1", utf8[] = "utf8mb4";
	struct {
		const struct coltype *t;
		char *charset;
		const char *map, *rows, *csv; /* csv NULL: another table */
	} cases[] = {
		{&big, NULL, MAP("020308", "00", "02"), "03fc01000000ffffffffffffffff",
		 "1,18446744073709551615\n"},
		{&decimal, NULL, MAP("0203f6", "020502", "02"), "03fc01000000817b2d", "1,379.45\n"},
		{&decimal, NULL, MAP("0203f6", "020602", "02"), "03", NULL},
		{&list, latin1, MAP("0203fe", "02f701", "02"), "03fc0100000002fc0200000000",
		 "1,\303\244\n2,\"\"\n"},
		{&list, latin1, MAP("0203fe", "02f702", "02"), "03", NULL},
		{&text, latin1, MAP("02030f", "020a00", "02"), "03fc0100000001e4", "1,\303\244\n"},
		{&text, utf8, MAP("02030f", "022800", "02"), "03fc0100000002c3a4", "1,\303\244\n"},
		{&text, utf8, MAP("02030f", "020a00", "02"), "03", NULL},
		{&text, utf8, MAP("03030f03", "022800", "02"), "07", NULL},
		{&text, utf8, MAP("0103", "00", "00"), "01", NULL},
	};
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct my_rowdef *d = open_hex(cases[i].map, true);
		struct catalogue c;

		init_catalogue(&c, cases[i].t, cases[i].charset);
		assert_false(my_rowdef_complete(d));
		if (cases[i].csv) {
			assert_int_equal(my_rowdef_complete_by(d, &c.t, &e), 0);
			check(d, cases[i].rows, cases[i].csv, cases[i].csv);
		} else {
			assert_int_equal(my_rowdef_complete_by(d, &c.t, &e), -1);
			assert_int_equal(e.status, EXIT_BAD);
			assert_non_null(e.hint);
			err_clear(&e);
		}
		my_rowdef_free(d);
	}
}

/* Without a definition nothing is decoded, and no value is guessed. */
static void test_unknown(void **state)
{
	static const unsigned char rows[] = {3, 0xfc, 1, 0, 0, 0, 2};
	struct my_rowdef *d = open_hex(MAP("0203fe", "02f701", "02"), true);
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(decode(d, rows, sizeof rows, &b, &e), -1);
	err_clear(&e);
	my_rowdef_free(d);
	d = NULL;
	for (int type = 0; type < 256; type++) {
		char map[100];
		size_t n;
		unsigned char *p;

		snprintf(map, sizeof map, MAP("0203%02x", "00", "02"), (unsigned)type);
		n = strlen(map) / 2;
		p = unhex(map, n);
		d = my_rowdef_open(p, n, true, &e);
		if (!d)
			assert_non_null(e.msg);
		my_rowdef_free(d);
		err_clear(&e);
		free(p);
	}
}

/* The names of columns and rows that are told in part: only what is there, NULLs of those. */
static void test_images(void **state)
{
	const struct captured_rows *c = captured_rows; /* TINYINT */
	struct my_rowdef *d = open_hex(c->map, c->mariadb);

	(void)state;
	check(d, "01fe01000000ff", "1,absent\n,absent\n", "key");
	check(d, "02fe05fffe06", "absent,5\nabsent,\nabsent,6\n", "value");
	my_rowdef_free(d);
}

/* MariaDB's system versioning: (id INT, v INT, row_start, row_end), not in the catalogue. */
static void test_past(void **state)
{
	static const unsigned char rows[] = {
		0x0f,
		0xf0, 1, 0, 0, 0, 2, 0, 0, 0, 0x60, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0x0f, 0x42, 0x3f,
		0xf0, 1, 0, 0, 0, 2, 0, 0, 0, 0x60, 0, 0, 0, 0, 0, 0, 0x60, 0, 0, 1, 0, 0, 0,
	};
	struct coltype number = {.lt = LT_INT, .name = "int", .bits = 32, .precision = -1,
				 .scale = -1};
	const unsigned char *at = rows + 1, *end = rows + sizeof rows;
	struct my_rowdef *d = open_hex(MAP("0403031111", "020606", "00"), true);
	struct catalogue c;
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;
	struct field f[4];
	struct row row = {f, 0};

	(void)state;
	init_catalogue(&c, &number, NULL);
	assert_int_equal(my_rowdef_complete_by(d, &c.t, &e), 0);
	assert_int_equal(my_rowdef_columns(d)->ncols, 2);
	assert_int_equal(my_rowdef_width(d), 4);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(my_row_decode(d, &at, end, rows, false, NULL, &row, &b, &e), 0);
		assert_int_equal(row.n, 2);
		assert_int_equal(my_rowdef_is_past(d), i == 1);
	}
	assert_ptr_equal(at, end);
	my_rowdef_free(d);
	buf_free(&b);
}

/* Values that are wrong are refused by table and column. */
static void test_wrong(void **state)
{
	static const struct {
		const char *type; /* of captured_rows */
		const char *rows, *message;
	} cases[] = {
		{"VARCHAR(10)", "03fc0100000001ff", "column v: the value in the binary log holds bytes"},
		{"VARCHAR(10)", "03fc0100000005ff", "is cut off"},
		{"DATE", "03fc01000000ffffff", "no date"},
		{"DATETIME(0)", "03fc010000000000000000", "no date"},
		{"ENUM('a','b','\303\244\303\266\303\274','it''s','')", "03fc0100000006", "beyond its labels"},
		{"SET('a','b','c d','\303\266')", "03fc0100000010", "beyond its labels"},
	};
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t k = 0; k < COUNT(captured_rows); k++) {
			struct my_rowdef *d;
			unsigned char *p;

			if (strcmp(captured_rows[k].type, cases[i].type) != 0)
				continue;
			d = open_hex(captured_rows[k].map, captured_rows[k].mariadb);
			p = unhex(cases[i].rows, strlen(cases[i].rows) / 2);
			assert_int_equal(decode(d, p, strlen(cases[i].rows) / 2, &b, &e), -1);
			assert_non_null(strstr(e.msg, "table cap.t column v: "));
			assert_non_null(strstr(e.msg, cases[i].message));
			err_clear(&e);
			free(p);
			my_rowdef_free(d);
		}
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_by_catalogue),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_past),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
