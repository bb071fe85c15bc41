/*
 * Reading rows: the SELECT and its columns.
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_sample.h"
#include "mysql_select.h"

void my_select_free(struct my *m)
{
	struct my_select *s = m->sel;

	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		buf_free(&s->text[i]);
	if (s->meta)
		my_meta_free(s->meta, s->n);
	free(s->name);
	free(s->type);
	free(s->conv);
	free(s->f);
	free(s->text);
	free(s);
	m->sel = NULL;
}

static struct my_select *select_new(size_t n)
{
	struct my_select *s = xcalloc(1, sizeof *s);

	s->n = n;
	s->name = xcalloc(n, sizeof *s->name);
	s->type = xcalloc(n, sizeof *s->type);
	s->conv = xcalloc(n, sizeof *s->conv);
	s->f = xcalloc(n, sizeof *s->f);
	s->text = xcalloc(n, sizeof *s->text);
	return s;
}

/* ---- The statement ---- */

/* FLOAT comes rounded to six digits and FLOAT(M,D), DOUBLE(M,D) with D digits; times
 * 1e0 is a DOUBLE of the same value, whose text is exact (-0 stays -0). */
static void add_column(struct my *m, struct buf *b, const struct column *c)
{
	bool exact = c->type.lt != LT_FLOAT || (c->type.bits == 64 && c->type.scale < 0);

	db_add_ident(&m->db, b, c->name);
	if (!exact || (c->type.lt == LT_FLOAT && strstr(c->native, "zerofill")))
		buf_adds(b, "*1e0");
}

static void add_tail(struct buf *b, const char *word, const char *sql)
{
	if (sql)
		buf_addf(b, " %s (\n%s\n)", word, sql);
}

static int build(struct my *m, const struct select *s, const struct column **list, size_t n,
		 struct buf *b, struct err *e)
{
	bool nested = s->sample && s->order;

	buf_adds(b, "SELECT ");
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i ? "," : "");
		add_column(m, b, list[i]);
	}
	buf_adds(b, " FROM ");
	if (nested) {
		buf_adds(b, "(SELECT ");
		for (size_t i = 0; i < s->table->ncols; i++) {
			buf_adds(b, i ? "," : "");
			db_add_ident(&m->db, b, s->table->col[i].name);
		}
		buf_adds(b, " FROM ");
	}
	db_add_table(&m->db, b, s->table);
	add_tail(b, "WHERE", s->where);
	if (s->sample && my_add_sample(m, b, s, e) < 0)
		return -1;
	if (nested) {
		buf_adds(b, ") AS ");
		db_add_ident(&m->db, b, s->table->name);
	}
	if (s->order)
		buf_addf(b, " ORDER BY %s", s->order);
	return 0;
}

static int select_table(struct my *m, const struct select *s, struct err *e)
{
	struct buf b = BUF_INIT;
	const struct column **list;
	struct my_select *sel;
	size_t n;
	int status;

	list = db_choose_columns(s->table, s->columns, &n, e);
	if (!list)
		return -1;
	m->sel = sel = select_new(n);
	for (size_t i = 0; i < n; i++) {
		const struct column *c = list[i];

		sel->name[i] = c->name;
		sel->type[i] = c->type;
		sel->conv[i] = my_conversion(&c->type, strstr(c->native, "zerofill") != NULL);
	}
	status = build(m, s, list, n, &b, e);
	if (status == 0)
		status = my_start_text(m, buf_cstr(&b), e);
	buf_free(&b);
	free(list);
	return status;
}

/* ---- Queries ---- */

static int check_names(const struct my_select *sel, struct err *e)
{
	for (size_t i = 0; i < sel->n; i++)
		for (size_t k = 0; k < i; k++)
			if (!strcmp(sel->name[i], sel->name[k])) {
				err_set(e, EXIT_BAD, "the query gives two columns of the name %s",
					sel->name[i]);
				return err_hint(e, "give one of them another name with AS");
			}
	return 0;
}

static int select_query(struct my *m, const char *query, struct err *e)
{
	struct my_meta *meta;
	bool binary = false;
	size_t n;

	if (my_prepare_select(m, query, &meta, &n, e) < 0)
		return -1;
	if (n == 0) {
		free(meta);
		return err_set(e, EXIT_BAD, "the query gives no rows: it is no SELECT");
	}
	m->sel = select_new(n);
	m->sel->meta = meta;
	for (size_t i = 0; i < n; i++) {
		m->sel->name[i] = meta[i].name;
		m->sel->type[i] = meta[i].type;
		m->sel->conv[i] = my_conversion(&meta[i].type, meta[i].zerofill);
		binary = binary || meta[i].inexact;
	}
	if (check_names(m->sel, e) < 0)
		return -1;
	if (!binary)
		return my_start_text(m, query, e);
	for (size_t i = 0; i < n; i++)
		if (meta[i].type.lt == LT_FLOAT)
			m->sel->conv[i] = CONV_PLAIN;
	return my_start_binary(m, e);
}

int my_select(struct db *db, const struct select *s, struct columns *c, struct err *e)
{
	struct my *m = my_of(db);

	my_drop_result(m);
	my_select_free(m);
	if ((s->table ? select_table(m, s, e) : select_query(m, s->query, e)) < 0)
		return -1;
	*c = (struct columns){m->sel->name, m->sel->type, m->sel->n};
	return 0;
}

static const char start_snapshot[] = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

static int repeatable_read(struct my *m, struct err *e)
{
	m->snapshot = true;
	return my_exec(m, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", e);
}

int my_snapshot(struct db *db, const char *id, struct err *e)
{
	struct my *m = my_of(db);

	if (id) {
		err_set(e, EXIT_BAD, "MySQL and MariaDB cannot join an exported snapshot");
		return err_hint(e, "--snapshot ID is for PostgreSQL; each run here takes its own snapshot");
	}
	return repeatable_read(m, e) < 0 ? -1 : my_exec(m, start_snapshot, e);
}

int my_position_snapshot(struct db *db, struct err *e)
{
	struct my *m = my_of(db);

	if (repeatable_read(m, e) < 0)
		return -1;
	/* MariaDB's snapshot knows its own position. */
	return m->mariadb ? my_exec(m, start_snapshot, e)
			  : my_locked_snapshot(m, start_snapshot, e);
}
