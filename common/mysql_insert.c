/*
 * Loading rows by prepared multi-row INSERTs, where the server forbids LOAD DATA LOCAL: the
 * lines made for that are taken apart again.
 */
#include <stdlib.h>

#include "mysql_load.h"

#define MAX_PLACEHOLDERS 65535
#define INSERT_ROWS 500
#define INSERT_BYTES (4u << 20)

/* ---- Lines ---- */

/* One field of a line back into its bytes; returns where it ends. */
static const char *decode_field(const char *p, struct buf *arena, bool *null)
{
	*null = p[0] == '\\' && p[1] == 'N' && (p[2] == '\t' || p[2] == '\n');
	if (*null)
		return p + 2;
	for (; *p != '\t' && *p != '\n'; p++) {
		char c = *p;

		if (c == '\\') {
			c = *++p;
			c = c == 't' ? '\t' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
		}
		buf_addc(arena, c);
	}
	return p;
}

const char *my_decode_row(const struct my_encoder *enc, size_t n, const char *at,
			  struct my_param *param, struct buf *arena)
{
	for (size_t i = 0; i < n; i++, at++) {
		size_t start = arena->n;
		bool null;

		at = decode_field(at, arena, &null);
		param[i].null = null;
		param[i].at = start;
		param[i].n = arena->n - start;
		param[i].bytes = enc[i].bytes;
	}
	return at;
}

void my_params_settle(struct my_param *param, size_t n, const struct buf *arena)
{
	for (size_t i = 0; i < n; i++)
		param[i].p = param[i].null ? NULL : param[i].n ? arena->p + param[i].at : "";
}

/* ---- Statements ---- */

struct bulk {
	struct buf lines, arena, sql;
	size_t at;
	struct my_param *param;
	size_t room; /* rows */
	uint64_t rows;
};

static void build_insert(struct my *m, const struct my_load *l, struct buf *b, size_t rows)
{
	buf_reset(b);
	buf_addf(b, "INSERT INTO ");
	buf_add(b, l->target.p, l->target.n);
	buf_adds(b, " (");
	db_add_columns(&m->db, b, "", l->spec.col, l->n);
	buf_adds(b, ") VALUES ");
	for (size_t r = 0; r < rows; r++) {
		buf_adds(b, r ? ",(" : "(");
		for (size_t i = 0; i < l->n; i++)
			buf_adds(b, i ? ",?" : "?");
		buf_addc(b, ')');
	}
}

/* Sends the rows that fit one statement, from k->at on. */
static int insert_some(struct my *m, const struct my_load *l, struct bulk *k, struct load_result *r,
		       struct err *e)
{
	size_t limit = m->max_packet / 2 < INSERT_BYTES ? (size_t)(m->max_packet / 2) : INSERT_BYTES;
	size_t rows = 0, end = k->at;

	buf_reset(&k->arena);
	while (rows < k->room && k->at < k->lines.n && (rows == 0 || k->arena.n < limit)) {
		const char *next = my_decode_row(l->enc, l->n, k->lines.p + k->at,
						 k->param + rows * l->n, &k->arena);

		end = (size_t)(next - k->lines.p);
		k->at = end;
		rows++;
	}
	my_params_settle(k->param, rows * l->n, &k->arena);
	build_insert(m, l, &k->sql, rows);
	if (my_insert(m, buf_cstr(&k->sql), k->param, rows * l->n, e) < 0) {
		int64_t row = my_named_row(e->msg);

		r->row_fault = my_row_fault(my_errno(m));
		r->bad_row = row < 0 ? -1 : (int64_t)k->rows + row;
		return -1;
	}
	k->rows += rows;
	return 0;
}

int my_run_inserts(struct my *m, const struct my_load *l, load_source src, void *ctx,
		       struct load_result *r, struct err *e)
{
	struct bulk k = {.room = MAX_PLACEHOLDERS / (l->n ? l->n : 1)};
	uint64_t given = 0;
	int status;

	if (k.room > INSERT_ROWS)
		k.room = INSERT_ROWS;
	k.param = xcalloc(k.room * l->n, sizeof *k.param);
	do {
		buf_reset(&k.lines);
		k.at = 0;
		status = src(ctx, &k.lines, &given, e);
		while (status == 1 && k.at < k.lines.n)
			if (insert_some(m, l, &k, r, e) < 0)
				status = -1;
	} while (status == 1);
	if (status == 0 && k.rows != given)
		status = err_set(e, EXIT_FAILED, "%llu rows sent of %llu",
				 (unsigned long long)k.rows, (unsigned long long)given);
	r->rows = k.rows;
	my_drop_result(m);
	buf_free(&k.lines);
	buf_free(&k.arena);
	buf_free(&k.sql);
	free(k.param);
	return status;
}
