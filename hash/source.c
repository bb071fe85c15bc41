#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job.h"

/* ---- Streams ---- */

static int find_column(const struct reader *in, const char *name)
{
	for (size_t i = 0; i < reader_ncolumns(in); i++)
		if (!strcmp(reader_column(in, i), name))
			return (int)i;
	return -1;
}

/* Picks the columns asked for. */
static int pick_columns(struct source *s, char **names, struct err *e)
{
	for (s->n = 0; names[s->n]; s->n++)
		continue;
	s->column = xcalloc(s->n + 1, sizeof *s->column);
	s->pick = xcalloc(s->n + 1, sizeof *s->pick);
	s->f = xcalloc(s->n + 1, sizeof *s->f);
	for (size_t i = 0; i < s->n; i++) {
		int at = find_column(s->in, names[i]);

		if (at < 0)
			return err_set(e, EXIT_BAD, "%s has no column %s", s->where, names[i]);
		s->column[i] = reader_column(s->in, (size_t)at);
		s->pick[i] = (size_t)at;
	}
	return 0;
}

int source_open_stream(struct source *s, const struct job *job, const char *file, struct err *e)
{
	const struct reader_options options = {.no_end = job->no_end};
	bool standard = !strcmp(file, "-");
	int fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);

	*s = (struct source){.name = file, .where = standard ? "standard input" : file};
	if (fd < 0)
		return err_set(e, EXIT_BAD, "%s: %s", file, strerror(errno));
	s->in = reader_open(fd, s->where, &options, e);
	if (!s->in)
		return -1;
	s->fd = fd;
	if (job->columns && reader_ncolumns(s->in))
		return pick_columns(s, job->columns, e);
	s->n = reader_ncolumns(s->in);
	s->column = xcalloc(s->n + 1, sizeof *s->column);
	for (size_t i = 0; i < s->n; i++)
		s->column[i] = reader_column(s->in, i);
	return 0;
}

static int next_of_stream(struct source *s, struct row *row, struct err *e)
{
	enum reader_status status = reader_next(s->in, row, e);

	if (status != READER_ROW)
		return status == READER_END ? 0 : -1;
	if (s->pick) {
		for (size_t i = 0; i < s->n; i++)
			s->f[i] = row->f[s->pick[i]];
		*row = (struct row){s->f, s->n};
	}
	return 1;
}

/* ---- Tables ---- */

/* Takes what a SELECT gives; its names last as long as the SELECT. */
static int start_select(struct source *s, const struct select *select, bool canonical,
			struct err *e)
{
	struct columns cols;

	if (db_select(s->db, select, &cols, e) < 0)
		return -1;
	s->n = cols.n;
	s->column = xcalloc(s->n + 1, sizeof *s->column);
	s->type = xcalloc(s->n + 1, sizeof *s->type);
	canon_row_open(&s->canon, s->n);
	for (size_t i = 0; i < s->n; i++) {
		s->column[i] = cols.name[i];
		s->type[i] = cols.type[i];
		s->canon.how[i] = canonical ? canon_of_type(&cols.type[i]) : CANON_NONE;
		s->canon.any |= s->canon.how[i] != CANON_NONE;
	}
	return 0;
}

int source_open_table(struct source *s, const struct job *job, struct db *db,
		      const struct table *t, const char *where, struct err *e)
{
	const struct select select = {.table = t, .columns = (const char *const *)job->columns,
				      .where = where};

	*s = (struct source){.db = db, .name = t->name, .where = t->name,
			     .total = where ? 0 : t->estimated_rows};
	return start_select(s, &select, job->canonical, e);
}

int source_open_query(struct source *s, struct db *db, const char *query, const char *name,
		      struct err *e)
{
	const struct select select = {.query = query};

	*s = (struct source){.db = db, .name = name, .where = name};
	return start_select(s, &select, false, e);
}

static int next_of_table(struct source *s, struct row *row, struct err *e)
{
	int status = db_fetch(s->db, row, e), bad;

	if (status <= 0 || !s->canon.any)
		return status;
	bad = canon_row_apply(&s->canon, row->f);
	if (bad >= 0)
		return err_set(e, EXIT_BAD, "column %s: not JSON", s->column[bad]);
	return 1;
}

int source_next(struct source *s, struct row *row, struct err *e)
{
	return s->in ? next_of_stream(s, row, e) : next_of_table(s, row, e);
}

void source_close(struct source *s)
{
	if (s->in && s->fd != STDIN_FILENO)
		close(s->fd);
	if (s->in)
		reader_free(s->in);
	else if (s->db)
		canon_row_free(&s->canon);
	free(s->column);
	free(s->type);
	free(s->pick);
	free(s->f);
	*s = (struct source){0};
}
