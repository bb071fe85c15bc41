#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool operand_is_url(const char *arg)
{
	static const char *const schemes[] = {"mysql://", "mariadb://", "postgres://",
					      "postgresql://", NULL};

	for (const char *const *s = schemes; *s; s++)
		if (!strncmp(arg, *s, strlen(*s)))
			return true;
	return false;
}

int input_connect(struct input *in, const struct operand *op, struct err *e)
{
	*in = (struct input){.fd = -1, .name = op->table ? op->table : "query"};
	in->url = url_parse(op->arg, e);
	if (!in->url)
		return -1;
	in->db = db_open(in->url, e);
	return in->db ? 0 : -1;
}

static void take_columns(struct input *in)
{
	struct coltype *type;

	in->n = in->table->ncols;
	in->column = xcalloc(in->n, sizeof *in->column);
	type = xcalloc(in->n, sizeof *type);
	for (size_t i = 0; i < in->n; i++) {
		in->column[i] = in->table->col[i].name;
		type[i] = in->table->col[i].type;
	}
	in->type = type;
}

static int open_table(struct input *in, const struct operand *op, struct err *e)
{
	in->table = db_table(in->db, op->table, true, e);
	if (!in->table)
		return err_prefix(e, "%s", in->url->masked);
	take_columns(in);
	return 0;
}

void input_borrow(struct input *in, const struct input *from, const char *name, struct table *t)
{
	*in = (struct input){.fd = -1, .name = name, .url = from->url, .db = from->db, .table = t,
			     .lent = true};
	take_columns(in);
}

static int open_query(struct input *in, const char *query, struct err *e)
{
	struct select s = {.query = query};
	struct columns c;
	struct coltype *type;

	in->query = query;
	if (db_select(in->db, &s, &c, e) < 0)
		return err_prefix(e, "%s", in->url->masked);
	in->n = c.n;
	in->column = xcalloc(c.n, sizeof *in->column);
	type = xcalloc(c.n, sizeof *type);
	for (size_t i = 0; i < c.n; i++) {
		in->column[i] = c.name[i];
		type[i] = c.type[i];
	}
	in->type = type;
	return 0;
}

static int open_file(struct input *in, const char *name, bool no_end, struct err *e)
{
	struct reader_options options = {.no_end = no_end};
	bool standard = !strcmp(name, "-");

	*in = (struct input){.name = standard ? "standard input" : name};
	in->fd = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0)
		return err_set(e, EXIT_FAILED, "cannot open %s: %s", name, strerror(errno));
	in->reader = reader_open(in->fd, in->name, &options, e);
	if (!in->reader)
		return -1;
	in->n = reader_ncolumns(in->reader);
	in->column = xcalloc(in->n, sizeof *in->column);
	for (size_t i = 0; i < in->n; i++)
		in->column[i] = reader_column(in->reader, i);
	return 0;
}

int input_open(struct input *in, const struct operand *op, const char *query, bool no_end,
	       struct err *e)
{
	if (!op->live)
		return open_file(in, op->arg, no_end, e);
	if (input_connect(in, op, e) < 0 || db_snapshot(in->db, NULL, e) < 0)
		return -1;
	return query ? open_query(in, query, e) : open_table(in, op, e);
}

int input_refresh(struct input *in, struct err *e)
{
	if (!in->db)
		return 0;
	return db_rollback(in->db, e) < 0 ? -1 : db_snapshot(in->db, NULL, e);
}

void input_close(struct input *in)
{
	free((void *)in->type);
	free(in->column);
	if (in->lent)
		return;
	reader_free(in->reader);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	db_close(in->db);
	table_free(in->table);
	url_free(in->url);
}
