#include "rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "match.h"
#include "value.h"

struct rejects {
	const char *path;
	bool regular;        /* a file that can be removed and made durable */
	struct out out;
	struct writer writer;
	struct field *f;     /* room for one row */
	size_t ncols;        /* of the input, without columns of an earlier reject file */
	bool *dropped;       /* per column of the input: of an earlier reject file */
	size_t nin;
};

static int start_writer(struct rejects *r, const struct reader *in, const struct table *t,
			struct err *e)
{
	const char **names;
	enum json_kind *kinds;
	int status;

	r->nin = reader_ncolumns(in);
	r->dropped = xcalloc(r->nin, sizeof *r->dropped);
	names = xcalloc(r->nin + 2, sizeof *names);
	kinds = xcalloc(r->nin + 2, sizeof *kinds);
	for (size_t i = 0; i < r->nin; i++) {
		const char *name = reader_column(in, i);
		const struct column *col = table_column(t, name, strlen(name));

		r->dropped[i] = !strcmp(name, REJECT_LINE) || !strcmp(name, REJECT_REASON);
		if (r->dropped[i])
			continue;
		if (col)
			kinds[r->ncols] = type_json_kind(&col->type);
		names[r->ncols++] = name;
	}
	names[r->ncols] = REJECT_LINE;
	kinds[r->ncols] = JSON_NUMBER;
	names[r->ncols + 1] = REJECT_REASON;
	r->f = xcalloc(r->ncols + 2, sizeof *r->f);
	status = writer_open(&r->writer, &r->out, reader_format(in), r->ncols + 2, names, kinds, e);
	free(names);
	free(kinds);
	return status;
}

struct rejects *rejects_open(const char *path, const struct reader *in, const struct table *t,
			     struct err *e)
{
	struct rejects *r;
	struct stat st;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fstat(fd, &st) < 0) {
		err_set(e, EXIT_FAILED, "cannot create %s: %s", path, strerror(errno));
		return NULL;
	}
	if (S_ISREG(st.st_mode) && st.st_size > 0) {
		close(fd);
		err_set(e, EXIT_BAD, "%s holds rows of an earlier run", path);
		err_hint(e, "load or remove it first, or name another file");
		return NULL;
	}
	r = xcalloc(1, sizeof *r);
	r->path = path;
	r->regular = S_ISREG(st.st_mode);
	out_open(&r->out, fd, path);
	if (start_writer(r, in, t, e) < 0) {
		rejects_abandon(r, false);
		return NULL;
	}
	return r;
}

static int add(struct rejects *r, uint64_t line, const char *reason, struct err *e)
{
	char digits[24];
	struct row row = {r->f, r->ncols + 2};

	snprintf(digits, sizeof digits, "%llu", (unsigned long long)line);
	r->f[r->ncols] = (struct field){digits, strlen(digits)};
	r->f[r->ncols + 1] = (struct field){reason, strlen(reason)};
	return writer_row(&r->writer, &row, e);
}

int rejects_add(struct rejects *r, const struct row *row, uint64_t line, const char *reason,
		struct err *e)
{
	size_t k = 0;

	for (size_t i = 0; i < r->nin; i++)
		if (!r->dropped[i])
			r->f[k++] = row->f[i];
	return add(r, line, reason, e);
}

int rejects_add_raw(struct rejects *r, struct field raw, uint64_t line, const char *reason,
		    struct err *e)
{
	struct buf text = BUF_INIT;
	size_t chars;
	int status;

	for (size_t i = 0; i < r->ncols; i++)
		r->f[i] = (struct field){NULL, 0};
	buf_addf(&text, "%s: ", reason);
	if (value_text(raw.p, raw.n, false, &chars) == VALUE_OK)
		buf_add(&text, raw.p, raw.n);
	else
		value_add_hex(&text, raw.p, raw.n);
	status = add(r, line, buf_cstr(&text), e);
	buf_free(&text);
	return status;
}

int rejects_sync(struct rejects *r, struct err *e)
{
	if (out_flush(&r->out, e) < 0)
		return -1;
	if (r->regular && fsync(r->out.fd) < 0)
		return err_set(e, EXIT_FAILED, "cannot write %s: %s", r->path, strerror(errno));
	return 0;
}

static void free_rejects(struct rejects *r)
{
	free(r->f);
	free(r->dropped);
	free(r);
}

int rejects_finish(struct rejects *r, struct err *e)
{
	bool none = r->writer.rows == 0;
	int status;

	if (none && r->regular) {
		rejects_abandon(r, false);
		return 0;
	}
	status = writer_end(&r->writer, false, e);
	if (status == 0)
		status = rejects_sync(r, e);
	if (status == 0)
		status = out_close(&r->out, e);
	free_rejects(r);
	return status;
}

void rejects_abandon(struct rejects *r, bool keep)
{
	struct err ignored = ERR_INIT;

	if (keep)
		out_flush(&r->out, &ignored);
	else if (r->regular)
		unlink(r->path);
	buf_reset(&r->out.b);
	if (r->writer.out)
		writer_end(&r->writer, true, &ignored);
	out_close(&r->out, &ignored);
	err_clear(&ignored);
	free_rejects(r);
}
