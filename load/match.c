#include "match.h"

#include <stdlib.h>
#include <string.h>

static bool listed(char **names, const char *name)
{
	for (char **s = names; *s; s++)
		if (!strcmp(*s, name))
			return true;
	return false;
}

static bool reserved(const char *name)
{
	return !strcmp(name, REJECT_LINE) || !strcmp(name, REJECT_REASON);
}

static void add_name(struct buf *b, const char *name)
{
	buf_addf(b, "%s%s", b->n ? ", " : "", name);
}

static bool in_input(const struct job *job, const char *name)
{
	for (size_t i = 0; i < reader_ncolumns(job->in); i++)
		if (!strcmp(reader_column(job->in, i), name))
			return true;
	return false;
}

/* The names in `only` that the input lacks. */
static int check_only(const struct job *job, char **only, struct err *e)
{
	struct buf absent = BUF_INIT;

	for (char **s = only; s && *s; s++)
		if (!in_input(job, *s))
			add_name(&absent, *s);
	if (absent.n)
		err_set(e, EXIT_BAD, "%s: the input has no column %s", job->in_name,
			buf_cstr(&absent));
	buf_free(&absent);
	return e->msg ? -1 : 0;
}

static int take_columns(struct job *job, char **only, bool ignore_extra, struct err *e)
{
	struct load_spec *spec = &job->spec;
	struct buf surplus = BUF_INIT, generated = BUF_INIT;
	size_t n = reader_ncolumns(job->in);

	spec->col = xcalloc(n, sizeof *spec->col);
	job->field = xcalloc(n, sizeof *job->field);
	job->mapped.f = xcalloc(n, sizeof *job->mapped.f);
	for (size_t i = 0; i < n; i++) {
		const char *name = reader_column(job->in, i);
		const struct column *col = table_column(job->table, name, strlen(name));

		if (only ? !listed(only, name) : !col && reserved(name))
			continue;
		if (!col) {
			add_name(&surplus, name);
		} else if (col->generated != GEN_NO) {
			add_name(&generated, name);
		} else {
			job->field[spec->ncols] = i;
			spec->col[spec->ncols++] = col;
		}
	}
	job->mapped.n = spec->ncols;
	job->in_order = spec->ncols == n;
	if (generated.n && !ignore_extra) {
		err_set(e, EXIT_BAD, "%s: %s computes its column %s itself", job->in_name,
			job->table_name, buf_cstr(&generated));
		err_hint(e, "--ignore-extra drops columns that cannot be loaded");
	} else if (surplus.n && (only || !ignore_extra)) {
		err_set(e, EXIT_BAD, "%s: %s has no column %s", job->in_name, job->table_name,
			buf_cstr(&surplus));
		err_hint(e, only ? "the names are compared exactly, capital letters too"
				 : "--ignore-extra drops columns that the table lacks");
	}
	buf_free(&surplus);
	buf_free(&generated);
	return e->msg ? -1 : 0;
}

/* The table's columns that nothing fills. */
static int check_missing(const struct job *job, struct err *e)
{
	struct buf missing = BUF_INIT;

	for (size_t i = 0; i < job->table->ncols; i++) {
		const struct column *col = &job->table->col[i];

		if (col->generated == GEN_NO && !in_input(job, col->name))
			add_name(&missing, col->name);
	}
	if (missing.n) {
		err_set(e, EXIT_BAD, "%s: lacks column %s of %s", job->in_name, buf_cstr(&missing),
			job->table_name);
		err_hint(e, "--columns LIST loads just those; the others take their defaults");
	}
	buf_free(&missing);
	return e->msg ? -1 : 0;
}

int match_columns(struct job *job, char **only, bool ignore_extra, struct err *e)
{
	if (check_only(job, only, e) < 0 || take_columns(job, only, ignore_extra, e) < 0)
		return -1;
	if (!only && check_missing(job, e) < 0)
		return -1;
	if (!job->spec.ncols)
		return err_set(e, EXIT_BAD, "%s: no column to load", job->in_name);
	return 0;
}

static const struct column *loaded_column(const struct job *job, const char *name)
{
	for (size_t i = 0; i < job->spec.ncols; i++)
		if (!strcmp(job->spec.col[i]->name, name))
			return job->spec.col[i];
	return NULL;
}

int match_key(struct job *job, char **names, struct err *e)
{
	const struct key *primary = table_primary(job->table);
	size_t n = 0;

	if (!names && !primary) {
		err_set(e, EXIT_BAD, "%s has no primary key", job->table_name);
		return err_hint(e, "--key LIST names the columns of another unique key");
	}
	if (names)
		while (names[n])
			n++;
	else
		n = primary->nparts;
	job->spec.key = xcalloc(n, sizeof *job->spec.key);
	for (size_t i = 0; i < n; i++) {
		const char *name = names ? names[i] : primary->part[i].column;
		const struct column *col = loaded_column(job, name);

		if (!col)
			return err_set(e, EXIT_BAD, "key column %s is not among the loaded ones",
				       name);
		job->spec.key[job->spec.nkey++] = col;
	}
	return 0;
}

const struct row *match_row(struct job *job, const struct row *row)
{
	if (job->in_order)
		return row;
	for (size_t i = 0; i < job->mapped.n; i++)
		job->mapped.f[i] = row->f[job->field[i]];
	return &job->mapped;
}
