/*
 * random_table SEED ROWS ENGINE WHAT: a table of random columns and rows, the same for the same
 * seed; ENGINE is mysql or postgres. WHAT is
 *   ddl       its CREATE TABLE
 *   rows      its rows, as CSV
 *   plant N   the Nth change of one row: a line that says what it does (`deleted`, `inserted`,
 *             `changed COLUMN`), a line of SQL that does it, and lines that undo it
 * Most changes flip a single bit of a value; others make it NULL or empty, delete a row, insert
 * one or, where the table has no key, repeat one.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	INT, BIGINT, DECIMAL, DOUBLE, FLOAT, TEXT, BYTES, DATE, TIMESTAMP, FLAG, UUID, KINDS
};

static const struct {
	const char *name, *mysql, *postgres;
	size_t bytes;  /* of a value; 0: they vary */
	unsigned bits; /* that may be flipped */
} kinds[KINDS] = {
	[INT] = {"a_int", "int", "int", 4, 32},
	[BIGINT] = {"a_bigint", "bigint", "bigint", 8, 64},
	[DECIMAL] = {"a_decimal", "decimal(14,3)", "numeric", 4, 31},
	[DOUBLE] = {"a_double", "double", "double precision", 8, 52},
	[FLOAT] = {"a_float", "float", "real", 4, 23},
	[TEXT] = {"a_text", "varchar(60) COLLATE utf8mb4_general_ci", "text", 0, 0},
	[BYTES] = {"a_bytes", "varbinary(40)", "bytea", 0, 0},
	[DATE] = {"a_date", "date", "date", 2, 11},
	[TIMESTAMP] = {"a_timestamp", "datetime(6)", "timestamptz", 8, 49},
	[FLAG] = {"a_flag", "tinyint", "boolean", 1, 1},
	[UUID] = {"a_uuid", "binary(16)", "uuid", 16, 128},
};

enum key { KEY_NUMBER, KEY_TEXT, KEY_BOTH, KEY_NONE, KEYS };

#define MAX_COLUMNS 16
#define MAX_BYTES 64

struct value {
	unsigned char b[MAX_BYTES];
	size_t n;
	bool null;
};

static struct {
	uint64_t seed, rows;
	bool mysql;
	enum key key;
	enum kind column[MAX_COLUMNS];
	unsigned ncols;
} table;

/* ---- Randomness (Steele, Lea, Flood: SplitMix64) ---- */

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* Of one place in the table; n tells apart what is wanted there. */
static uint64_t at(uint64_t row, unsigned column, unsigned n)
{
	return mix(mix(mix(table.seed * 1000003 + row) + column) + n);
}

/* ---- Values ---- */

static void make_text(struct value *v, uint64_t r)
{
	static const char *const words[] = {"a", "B", "é", "É", " ", "zz", "\"", "'", ",", "\n",
					    "\\", "ß", "😀", "Q", "\\.", "%"};

	for (unsigned n = r % 12; n > 0; n--) {
		const char *word = words[(r = mix(r)) % 16];

		memcpy(v->b + v->n, word, strlen(word));
		v->n += strlen(word);
	}
}

static struct value make_value(uint64_t row, unsigned column)
{
	enum kind kind = table.column[column];
	struct value v = {.n = kinds[kind].bytes};
	uint64_t r = at(row, column, 0), bits = at(row, column, 1);
	double d = (double)(int64_t)bits / 65536 / (double)(1 + r % 1000000);
	float f = (float)d;

	v.null = r % 10 == 0;
	if (kind == TEXT)
		make_text(&v, r);
	else if (kind == BYTES)
		v.n = r / 16 % 17;
	if (kind == DECIMAL || kind == DATE || kind == TIMESTAMP || kind == FLAG)
		bits &= (UINT64_C(1) << kinds[kind].bits) - 1;
	if (kind == DOUBLE)
		memcpy(v.b, &d, sizeof d);
	else if (kind == FLOAT)
		memcpy(v.b, &f, sizeof f);
	else if (kind != TEXT)
		for (size_t i = 0; i < v.n; i++)
			v.b[i] = (unsigned char)(i < 8 ? bits >> 8 * i : r >> 8 * (i - 8));
	return v;
}

/* Flips one bit that `r` chooses; of a text, one of a letter's. NULL becomes empty or zero, what
 * has no bits NULL. */
static void change_value(struct value *v, enum kind kind, uint64_t r)
{
	unsigned bits = kinds[kind].bytes ? kinds[kind].bits : 8 * (unsigned)v->n;
	unsigned bit = bits ? (unsigned)(r / 8 % bits) : 0;

	if (v->null) {
		*v = (struct value){.n = kinds[kind].bytes};
		return;
	}
	if (kind == TEXT) {
		bits = 0;
		for (size_t i = 0; i < v->n; i++)
			if ((v->b[i] | 0x20) >= 'a' && (v->b[i] | 0x20) <= 'z') {
				bit = 8 * (unsigned)i + r / 8 % 6;
				bits = 1;
			}
	}
	if (r % 8 == 0 || !bits)
		v->null = true;
	else
		v->b[bit / 8] ^= (unsigned char)(1 << bit % 8);
}

static int64_t integer(const struct value *v)
{
	uint64_t u = 0;

	for (size_t i = 0; i < v->n; i++)
		u |= (uint64_t)v->b[i] << 8 * i;
	return v->n == 4 ? (int32_t)u : (int64_t)u;
}

static void put_hex(const struct value *v)
{
	for (size_t i = 0; i < v->n; i++)
		printf("%02x", v->b[i]);
}

/* Days since 2000-01-01 (Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
static void put_date(int64_t days)
{
	int64_t z = days + 730425, era = z / 146097, doe = z % 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;

	printf("%04" PRId64 "-%02" PRId64 "-%02" PRId64, yoe + era * 400 + (month <= 2), month,
	       doy - (153 * mp + 2) / 5 + 1);
}

static void put_timestamp(int64_t us)
{
	int64_t s = us / 1000000;

	put_date(s / 86400);
	printf(" %02d:%02d:%02d.%06d", (int)(s % 86400 / 3600), (int)(s % 3600 / 60), (int)(s % 60),
	       (int)(us % 1000000));
}

static void put_uuid(const struct value *v)
{
	for (size_t i = 0; i < 16; i++)
		printf(i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", v->b[i]);
}

/* The text of a value that is neither NULL nor text. */
static void put_plain(enum kind kind, const struct value *v)
{
	double d;
	float f;

	switch (kind) {
	case DECIMAL:
		printf("%" PRId64 ".%03d", integer(v) / 1000, (int)(integer(v) % 1000));
		break;
	case DOUBLE:
		memcpy(&d, v->b, sizeof d);
		printf("%.17g", d);
		break;
	case FLOAT:
		memcpy(&f, v->b, sizeof f);
		printf("%.9g", (double)f);
		break;
	case DATE:
		put_date(integer(v));
		break;
	case TIMESTAMP:
		put_timestamp(integer(v));
		break;
	case FLAG:
		putchar(table.mysql ? '0' + v->b[0] : v->b[0] ? 't' : 'f');
		break;
	default:
		printf("%" PRId64, integer(v));
	}
}

static void put_csv(enum kind kind, const struct value *v)
{
	if (v->null)
		return;
	if (kind == TEXT) {
		putchar('"');
		for (size_t i = 0; i < v->n; i++)
			printf(v->b[i] == '"' ? "\"\"" : "%c", v->b[i]);
		putchar('"');
	} else if (kind == BYTES || (kind == UUID && table.mysql)) {
		fputs("\\x", stdout);
		put_hex(v);
	} else if (kind == UUID) {
		put_uuid(v);
	} else {
		put_plain(kind, v);
	}
}

/* As a literal of SQL. */
static void put_sql(enum kind kind, const struct value *v)
{
	bool number = kind == INT || kind == BIGINT || kind == DECIMAL || kind == FLAG;

	if (v->null) {
		fputs("NULL", stdout);
	} else if (kind == TEXT || kind == BYTES || (kind == UUID && table.mysql)) {
		fputs(!table.mysql ? kind == TEXT ? "convert_from('\\x" : "('\\x"
		      : kind == TEXT ? "_utf8mb4 x'" : "x'", stdout);
		put_hex(v);
		fputs(!table.mysql ? kind == TEXT ? "','UTF8')" : "'::bytea)" : "'", stdout);
	} else if (number && (kind != FLAG || table.mysql)) {
		put_plain(kind, v);
	} else {
		putchar('\'');
		if (kind == UUID)
			put_uuid(v);
		else
			put_plain(kind, v);
		putchar('\'');
	}
}

/* ---- Rows ---- */

/* Without a key, rows come in pairs. */
static uint64_t content(uint64_t row)
{
	return table.key == KEY_NONE ? row / 2 : row;
}

static int64_t key_number(uint64_t row)
{
	return (int64_t)((row * 2654435761u) & 0xffffffffff) - 0x8000000000;
}

enum how { CSV, LITERALS, PREDICATE };

/* The key of a row. */
static void put_key(uint64_t row, enum how how)
{
	const char *quote = how == CSV ? "" : "'";

	switch (table.key) {
	case KEY_NUMBER:
		printf("%s%" PRId64, how == PREDICATE ? "id = " : "", key_number(row));
		break;
	case KEY_TEXT:
		printf("%s%s%sé%010" PRIx64 "%s", how == PREDICATE ? "id = " : "", quote,
		       row % 2 ? "K" : "k", (uint64_t)key_number(row) & 0xffffffffff, quote);
		break;
	case KEY_BOTH:
		printf("%s%" PRIu64 "%s%sx%" PRIu64 "%s", how == PREDICATE ? "a = " : "", row / 3000,
		       how == PREDICATE ? " AND b = " : ",", quote, row, quote);
		break;
	default:
		printf("%s%" PRIu64, how == PREDICATE ? "n = " : "", content(row));
	}
}

static void put_ddl(void)
{
	static const char *const keys[KEYS] = {"id bigint PRIMARY KEY", "id varchar(40) PRIMARY KEY",
					       "a int, b varchar(20), PRIMARY KEY (a, b)", "n int"};

	printf("CREATE TABLE t (%s", keys[table.key]);
	for (unsigned i = 0; i < table.ncols; i++) {
		enum kind kind = table.column[i];

		printf(", %s %s", kinds[kind].name,
		       table.mysql ? kinds[kind].mysql : kinds[kind].postgres);
	}
	puts(")");
}

static void put_rows(void)
{
	static const char *const keys[KEYS] = {"id", "id", "a,b", "n"};

	fputs(keys[table.key], stdout);
	for (unsigned i = 0; i < table.ncols; i++)
		printf(",%s", kinds[table.column[i]].name);
	for (uint64_t row = 0; row < table.rows; row++) {
		putchar('\n');
		put_key(row, CSV);
		for (unsigned i = 0; i < table.ncols; i++) {
			struct value v = make_value(content(row), i);

			putchar(',');
			put_csv(table.column[i], &v);
		}
	}
	puts("\n\\.");
}

/* ---- Changes ---- */

static void put_insert(uint64_t row)
{
	fputs("INSERT INTO t VALUES (", stdout);
	put_key(row, LITERALS);
	for (unsigned i = 0; i < table.ncols; i++) {
		struct value v = make_value(content(row), i);

		fputs(", ", stdout);
		put_sql(table.column[i], &v);
	}
	puts(");");
}

/* One row of a key's: the table may have no key. */
static void put_where(uint64_t row)
{
	bool some = table.key == KEY_NONE;

	fputs(some && !table.mysql ? " WHERE ctid IN (SELECT ctid FROM t WHERE " : " WHERE ", stdout);
	put_key(row, PREDICATE);
	fputs(!some ? "" : table.mysql ? " LIMIT 1" : " LIMIT 1)", stdout);
}

static void put_delete(uint64_t row)
{
	fputs("DELETE FROM t", stdout);
	put_where(row);
	puts(";");
}

static void put_update(uint64_t row, unsigned column, const struct value *v)
{
	printf("UPDATE t SET %s = ", kinds[table.column[column]].name);
	put_sql(table.column[column], v);
	put_where(row);
	puts(";");
}

static void plant(uint64_t n)
{
	uint64_t r = at(n, 99, 0), row = at(n, 99, 1) % table.rows;
	unsigned i = r / 16 % table.ncols;
	struct value was = make_value(content(row), i), now = was;

	if (n % 8 == 0) {
		puts("deleted");
		put_delete(row);
		put_insert(row);
		return;
	}
	if (n % 8 == 4) {
		/* Without a key: one more of rows that are there. */
		row = table.key == KEY_NONE ? row : table.rows + n;
		puts("inserted");
		put_insert(row);
		put_delete(row);
		return;
	}
	change_value(&now, table.column[i], at(n, 99, 2));
	printf("changed %s\n", kinds[table.column[i]].name);
	put_update(row, i, &now);
	if (table.key != KEY_NONE) {
		put_update(row, i, &was);
		return;
	}
	/* Of equal rows it is not known which one it was. */
	printf("DELETE FROM t WHERE n = %" PRIu64 ";\n", content(row));
	for (uint64_t k = row - row % 2; k < row - row % 2 + 2 && k < table.rows; k++)
		put_insert(k);
}

/* A part of all kinds, each at most once, and three at least. */
static void choose_columns(void)
{
	for (unsigned k = 0; k < KINDS; k++) {
		unsigned kind = (unsigned)(k + table.seed) % KINDS;

		if (mix(table.seed * 100 + k) % 3 || table.ncols + KINDS - k <= 3)
			table.column[table.ncols++] = (enum kind)kind;
	}
}

int main(int argc, char **argv)
{
	if (argc < 5 || (!strcmp(argv[4], "plant") && argc < 6)) {
		fputs("usage: random_table SEED ROWS mysql|postgres ddl|rows|plant [N]\n", stderr);
		return 2;
	}
	table.seed = strtoull(argv[1], NULL, 10);
	table.rows = strtoull(argv[2], NULL, 10);
	table.mysql = !strcmp(argv[3], "mysql");
	table.key = (enum key)(table.seed % KEYS);
	choose_columns();
	if (!strcmp(argv[4], "ddl"))
		put_ddl();
	else if (!strcmp(argv[4], "rows"))
		put_rows();
	else
		plant(strtoull(argv[5], NULL, 10));
	return fflush(stdout) || ferror(stdout);
}
