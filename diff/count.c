/* --count: the numbers of rows of many tables. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "modes.h"
#include "stream.h"
#include "value.h"

struct counts {
	uint64_t *rows[2];
	bool *known[2];
};

static int count_rows(struct db *db, const struct table *t, const struct options *o,
		      uint64_t *rows, struct err *e)
{
	struct buf sql = BUF_INIT;
	struct result r = {0};
	int status;

	buf_adds(&sql, "SELECT count(*) FROM ");
	db_add_table(db, &sql, t);
	if (o->where)
		buf_addf(&sql, " WHERE (%s\n)", o->where);
	status = db_query(db, buf_cstr(&sql), &r, e);
	if (status == 0)
		value_uint(result_get(&r, 0, 0), strlen(result_get(&r, 0, 0)), rows);
	result_free(&r);
	buf_free(&sql);
	return status;
}

static int count_table(struct db *db, const char *name, const struct options *o, uint64_t *rows,
		       struct err *e)
{
	struct table *t = db_table(db, name, false, e);
	int status = t ? count_rows(db, t, o, rows, e) : -1;

	table_free(t);
	return status < 0 ? err_prefix(e, "%s", name) : 0;
}

/* A process of its own counts one side, so that both servers work at once. */
static _Noreturn void run_counter(const struct options *o, const struct url *url,
				  const struct tables *t, int side, int fd)
{
	struct err e = ERR_INIT;
	struct db *db = db_open(url, &e);
	struct out out;

	out_open(&out, fd, "pipe");
	if (!db || db_snapshot(db, NULL, &e) < 0)
		die_err(&e);
	for (size_t i = 0; i < t->n; i++) {
		uint64_t rows;

		if (!t->pair[i].name[side])
			continue;
		if (count_table(db, t->pair[i].name[side], o, &rows, &e) < 0)
			die_err(&e);
		buf_addf(&out.b, "%zu %llu\n", i, (unsigned long long)rows);
		if (out_flush(&out, &e) < 0)
			die_err(&e);
	}
	db_close(db);
	_exit(EXIT_DONE);
}

struct counter {
	pid_t pid;
	int fd;
};

static int start_counter(struct counter *c, const struct options *o, const struct url *url,
			 const struct tables *t, int side, struct err *e)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return err_set(e, EXIT_FAILED, "cannot make a pipe: %s", strerror(errno));
	c->pid = fork();
	if (c->pid == 0)
		run_counter(o, url, t, side, fd[1]);
	close(fd[1]);
	c->fd = fd[0];
	return c->pid < 0 ? err_set(e, EXIT_FAILED, "cannot fork: %s", strerror(errno)) : 0;
}

/* Reads what a counter found. It has told its own errors. */
static int read_counter(struct counter *c, struct counts *n, int side)
{
	FILE *f = fdopen(c->fd, "r");
	unsigned long long rows;
	int status;
	size_t i;

	while (f && fscanf(f, "%zu %llu", &i, &rows) == 2) {
		n->rows[side][i] = rows;
		n->known[side][i] = true;
	}
	if (f)
		fclose(f);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int count_all(const struct options *o, const struct input in[2], const struct tables *t,
		     struct counts *n, struct err *e)
{
	struct counter c[2];
	int failed = 0;

	for (int side = 0; side < 2; side++)
		if (start_counter(&c[side], o, in[side].url, t, side, e) < 0)
			return -1;
	for (int side = 0; side < 2; side++)
		failed |= read_counter(&c[side], n, side);
	return failed ? err_set(e, EXIT_FAILED, "the tables could not all be counted") : 0;
}

static int estimate_all(const struct input in[2], const struct tables *t, struct counts *n,
			struct err *e)
{
	for (size_t i = 0; i < t->n; i++) {
		for (int side = 0; side < 2; side++) {
			struct table *table;

			if (!t->pair[i].name[side])
				continue;
			table = db_table(in[side].db, t->pair[i].name[side], false, e);
			if (!table)
				return -1;
			n->rows[side][i] = table->estimated_rows;
			n->known[side][i] = true;
			table_free(table);
		}
	}
	return 0;
}

/* Statistics are rough: a tenth more or less is taken for the same. */
static bool is_match(const struct options *o, const struct counts *n, size_t i)
{
	uint64_t a = n->rows[0][i], b = n->rows[1][i];

	if (!n->known[0][i] || !n->known[1][i])
		return false;
	return o->estimate ? (a > b ? a - b : b - a) <= (a > b ? a : b) / 10 : a == b;
}

static void add_count(struct buf *b, const struct counts *n, int side, size_t i, const char *none)
{
	if (n->known[side][i])
		buf_addf(b, "%llu", (unsigned long long)n->rows[side][i]);
	else
		buf_adds(b, none);
}

/* The i-th table as a member of an object. */
static int add_json(const struct options *o, const char *title, const struct counts *n, size_t i,
		    struct buf *b, struct err *e)
{
	buf_addc(b, b->n ? ',' : '{');
	if (json_add_string(b, title, strlen(title)) < 0)
		return err_set(e, EXIT_BAD, "the name of a table is not UTF-8");
	buf_adds(b, ":{\"source\":");
	add_count(b, n, 0, i, "null");
	buf_adds(b, ",\"target\":");
	add_count(b, n, 1, i, "null");
	buf_addf(b, ",\"match\":%s}", is_match(o, n, i) ? "true" : "false");
	return 0;
}

static int print_json(const struct options *o, const struct tables *t, const struct counts *n,
		      struct buf *b, struct err *e)
{
	for (size_t i = 0; i < t->n; i++)
		if (add_json(o, t->pair[i].title, n, i, b, e) < 0)
			return -1;
	buf_adds(b, t->n ? "}\n" : "{}\n");
	return 0;
}

static void print_text(const struct options *o, const struct tables *t, const struct counts *n,
		       struct buf *b)
{
	for (size_t i = 0; i < t->n; i++) {
		buf_addf(b, "%s %s ", is_match(o, n, i) ? "=" : "-", t->pair[i].title);
		add_count(b, n, 0, i, "missing");
		buf_addc(b, ' ');
		add_count(b, n, 1, i, "missing");
		buf_addc(b, '\n');
	}
}

static int print_counts(const struct options *o, const struct tables *t, const struct counts *n,
			struct err *e)
{
	bool differs = false;
	struct out out;

	out_open(&out, STDOUT_FILENO, "standard output");
	if (options_format(o, FORMAT_SUMMARY) == FORMAT_TEXT)
		print_text(o, t, n, &out.b);
	else if (print_json(o, t, n, &out.b, e) < 0)
		return -1;
	for (size_t i = 0; i < t->n; i++)
		differs |= !is_match(o, n, i);
	return out_close(&out, e) < 0 ? -1 : differs;
}

int count_of_pair(const struct options *o, const struct input in[2], const struct table_pair *p,
		  struct buf *b, bool *differs, struct err *e)
{
	uint64_t rows[2] = {0, 0};
	bool known[2] = {p->t[0], p->t[1]};
	const struct counts n = {{&rows[0], &rows[1]}, {&known[0], &known[1]}};

	for (int side = 0; side < 2; side++)
		if (known[side] && count_rows(in[side].db, p->t[side], o, &rows[side], e) < 0)
			return err_prefix(e, "%s", p->title);
	*differs |= !is_match(o, &n, 0);
	return add_json(o, p->title, &n, 0, b, e);
}

int diff_count(const struct options *o, struct err *e)
{
	struct input in[2] = {{.fd = -1}, {.fd = -1}};
	struct tables t = {0};
	struct counts n = {0};
	int status = 0;

	for (int side = 0; side < 2 && status == 0; side++)
		status = input_connect(&in[side], &o->side[side], e);
	if (status == 0)
		status = tables_open(&t, o, in, e);
	for (int side = 0; side < 2; side++) {
		n.rows[side] = xcalloc(t.n, sizeof *n.rows[side]);
		n.known[side] = xcalloc(t.n, sizeof *n.known[side]);
	}
	if (status == 0 && o->estimate)
		status = estimate_all(in, &t, &n, e);
	for (int side = 0; side < 2; side++) {
		db_close(in[side].db);
		in[side].db = NULL;
	}
	if (status == 0 && !o->estimate)
		status = count_all(o, in, &t, &n, e);
	if (status == 0)
		status = print_counts(o, &t, &n, e);
	for (int side = 0; side < 2; side++) {
		input_close(&in[side]);
		free(n.rows[side]);
		free(n.known[side]);
	}
	tables_free(&t);
	return status;
}
