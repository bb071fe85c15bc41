/* Reading: snapshots, positions, and the rows of a SELECT that runs as COPY TO STDOUT. */
#include "pg_impl.h"

#include <stdlib.h>
#include <string.h>

#include "io.h"

/* ---- Snapshots and positions ---- */

/* A standby has no position of its own, only how far it has replayed. */
static char *read_lsn(struct pg *pg, struct err *e)
{
	struct result r = {0};
	char *lsn = NULL;

	if (pg_query(&pg->db, "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() "
			      "THEN pg_catalog.pg_last_wal_replay_lsn() "
			      "ELSE pg_catalog.pg_current_wal_lsn() END", &r, e) == 0) {
		lsn = result_copy(&r, 0, 0);
		if (!lsn)
			err_set(e, EXIT_FAILED, "the standby has not replayed any WAL yet");
	}
	result_free(&r);
	return lsn;
}

/*
 * The position is read before the snapshot is taken, so that nothing that
 * commits after the snapshot lies before it: changes from there on are applied
 * again rather than lost. (Only a replication slot that exports its snapshot
 * knows the very position.) A query takes the snapshot now, not at the first row.
 */
int pg_snapshot(struct db *db, const char *id, struct err *e)
{
	struct pg *pg = pg_of(db);
	struct buf b = BUF_INIT;
	int status;

	free(pg->lsn);
	pg->lsn = id ? NULL : read_lsn(pg, e);
	if (!id && !pg->lsn)
		return -1;
	if (pg_exec(db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", e) < 0)
		return -1;
	buf_adds(&b, id ? "SET TRANSACTION SNAPSHOT "
			: "SELECT 1 FROM pg_catalog.pg_class LIMIT 1");
	if (id)
		pg_add_literal(db, &b, id, strlen(id));
	status = pg_exec(db, buf_cstr(&b), e);
	buf_free(&b);
	return status;
}

int pg_position_snapshot(struct db *db, struct err *e)
{
	return pg_snapshot(db, NULL, e);
}

/* Two snapshots with equal texts see the same transactions. */
int pg_hold(struct db *db, struct buf *b, struct err *e)
{
	struct result r;

	if (pg_snapshot(db, NULL, e) < 0 ||
	    pg_query(db, "SELECT pg_catalog.pg_export_snapshot(), "
			 "pg_catalog.txid_current_snapshot()::text", &r, e) < 0)
		return -1;
	buf_addf(b, "{\"snapshot\":\"%s\",\"state\":\"%s\"}", result_get(&r, 0, 0),
		 result_get(&r, 0, 1));
	result_free(&r);
	return 0;
}

int pg_position(struct db *db, struct buf *b, struct err *e)
{
	struct pg *pg = pg_of(db);
	char *lsn = pg->lsn ? xstrdup(pg->lsn) : read_lsn(pg, e);

	if (!lsn)
		return -1;
	buf_addf(b, "{\"connector\":\"postgresql\",\"lsn\":\"%s\"}", lsn);
	free(lsn);
	return 0;
}

int pg_position_bytes(struct db *db, const struct position *from, const struct position *to,
		      uint64_t *bytes, struct err *e)
{
	(void)db;
	(void)e;
	*bytes = to->lsn - from->lsn;
	return 1;
}

/* ---- Rows ---- */

/* Sends the SELECT at the first row asked for, in the format that suits. */
static int start(struct pg *pg, enum pg_reading format, struct err *e)
{
	char *sql;
	int status;

	if (pg->sel.state == format)
		return 0;
	if (pg->sel.state != PG_READY)
		return err_set(e, EXIT_FAILED, "no SELECT runs that could be read so");
	sql = xasprintf("COPY %s TO STDOUT (FORMAT %s)", buf_cstr(&pg->sel.source),
			format == PG_CSV ? "csv" : "text");
	status = pg_copy_out(pg, sql, e);
	free(sql);
	if (status == 0)
		pg->sel.state = format;
	return status;
}

/* The end of the CSV field that begins at p: its comma, or the end of the row. */
static const char *field_end(const char *p, const char *end)
{
	while (p < end && *p == '"') {
		p = memchr(p + 1, '"', (size_t)(end - p - 1));
		p = p ? p + 1 : end;
	}
	while (p < end && *p != ',')
		p++;
	return p;
}

/* Adds a CSV row without the pad of char(n) columns. An empty text is "", unlike NULL; quotes
 * stay, since what they stand for is no trailing space. */
static void add_unpadded(const struct pg_select *sel, struct buf *out, const char *p, size_t n)
{
	const char *end = p + n - 1, *from = p; /* a line end is the last byte */

	for (size_t i = 0; i < sel->last_padded; i++) {
		const char *field = p, *stop;
		bool quoted = *p == '"';

		p = stop = field_end(p, end);
		stop -= quoted;
		if (sel->padded[i] && stop > field + quoted && stop[-1] == ' ') {
			while (stop > field + quoted && stop[-1] == ' ')
				stop--;
			buf_add(out, from, (size_t)(stop - from));
			if (stop == field)
				buf_adds(out, "\"\"");
			from = p - quoted;
		}
		p++;
	}
	buf_add(out, from, (size_t)(end + 1 - from));
}

int pg_fetch_csv(struct db *db, struct buf *out, uint64_t *rows, struct err *e)
{
	struct pg *pg = pg_of(db);
	size_t begin = out->n;
	uint64_t before = pg->sel.rows;
	int got = 1;

	if (pg->sel.state == PG_IDLE)
		return *rows = 0, 0;
	if (start(pg, PG_CSV, e) < 0)
		return -1;
	while (out->n - begin < IO_CHUNK) {
		size_t n;
		char *p;

		got = pg_copy_out_row(pg, &p, &n, e);
		if (got <= 0)
			break;
		if (pg->sel.last_padded)
			add_unpadded(&pg->sel, out, p, n);
		else
			buf_add(out, p, n);
		pg->sel.rows++;
	}
	*rows = pg->sel.rows - before;
	if (got <= 0)
		pg->sel.state = PG_IDLE;
	return got < 0 ? -1 : out->n > begin;
}

/* Undoes COPY's backslash escapes in place (PostgreSQL manual, "COPY", Text Format); the
 * server writes no others. Returns the end. */
static char *unescape(char *p, const char *end)
{
	static const char from[] = "bfnrtv", to[] = "\b\f\n\r\t\v";
	char *out = p;

	while (p < end) {
		const char *named;

		if (*p != '\\' || p + 1 == end) {
			*out++ = *p++;
			continue;
		}
		named = strchr(from, p[1]);
		*out++ = named ? to[named - from] : p[1];
		p += 2;
	}
	return out;
}

static int split_row(struct pg *pg, char *p, size_t n, struct err *e)
{
	struct pg_select *sel = &pg->sel;
	char *end = p + n;

	if (n && end[-1] == '\n')
		end--;
	for (size_t i = 0; i < sel->n; i++) {
		char *tab = memchr(p, '\t', (size_t)(end - p));
		char *stop = tab ? tab : end;

		if (!tab != (i + 1 == sel->n))
			return err_set(e, EXIT_FAILED, "row %llu of COPY has another number of "
				       "columns than %zu", (unsigned long long)sel->rows + 1,
				       sel->n);
		sel->f[i] = (struct field){p, (size_t)(stop - p)};
		if (stop - p == 2 && p[0] == '\\' && p[1] == 'N')
			sel->f[i] = (struct field){NULL, 0};
		else if (memchr(p, '\\', (size_t)(stop - p)))
			sel->f[i].n = (size_t)(unescape(p, stop) - p);
		while (sel->padded[i] && sel->f[i].n && p[sel->f[i].n - 1] == ' ')
			sel->f[i].n--;
		p = stop + 1;
	}
	sel->rows++;
	return 1;
}

int pg_fetch(struct db *db, struct row *row, struct err *e)
{
	struct pg *pg = pg_of(db);
	size_t n;
	char *p;
	int got;

	if (pg->sel.state == PG_IDLE)
		return 0;
	if (start(pg, PG_TEXT, e) < 0)
		return -1;
	got = pg_copy_out_row(pg, &p, &n, e);
	if (got <= 0) {
		pg->sel.state = PG_IDLE;
		return got;
	}
	if (split_row(pg, p, n, e) < 0)
		return -1;
	*row = (struct row){pg->sel.f, pg->sel.n};
	return 1;
}
