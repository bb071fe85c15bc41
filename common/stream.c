#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "stream_impl.h"
#include "value.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

int reader_fill(struct reader *r, struct err *e)
{
	ssize_t got;

	if (r->at) {
		r->in.n -= r->at;
		memmove(r->in.p, r->in.p + r->at, r->in.n);
		r->at = 0;
	}
	if (r->in.cap > READER_HUGE && r->in.n < r->in.cap / 8) {
		struct buf small = BUF_INIT;

		buf_add(&small, r->in.p, r->in.n);
		buf_free(&r->in);
		r->in = small;
	}
	got = io_read(r->fd, buf_room(&r->in, r->chunk), r->chunk, r->name, e);
	if (got < 0)
		return -1;
	r->in.n += (size_t)got;
	r->bytes += (uint64_t)got;
	r->eof = got == 0;
	return got > 0;
}

int reader_cut_off(const struct reader *r, uint64_t line, struct err *e)
{
	err_set(e, EXIT_FAILED, "%s line %llu: the stream was cut off: no end mark after row %llu",
		r->name, (unsigned long long)line, (unsigned long long)r->rows);
	return err_hint(e, "a file that another program wrote: --no-end");
}

int reader_after_end(const struct reader *r, uint64_t line, struct err *e)
{
	err_set(e, EXIT_BAD, "%s line %llu: data after the end mark", r->name,
		(unsigned long long)line);
	return err_hint(e, "streams cannot be concatenated: give them one by one");
}

int reader_no_header(const struct reader *r, struct err *e)
{
	return err_set(e, EXIT_BAD, "%s has no header", r->name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int stream_check_names(const char *const *names, size_t n, const char *what, struct err *e)
{
	const char **sorted = xcalloc(n, sizeof *sorted);
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		if (!names[i][0] && !b.n)
			buf_addf(&b, "%s: column %zu has no name", what, i + 1);
		sorted[i] = names[i];
	}
	if (!b.n) {
		qsort(sorted, n, sizeof *sorted, compare_names);
		for (size_t i = 1; i < n; i++) {
			if (strcmp(sorted[i - 1], sorted[i]) ||
			    (i > 1 && !strcmp(sorted[i - 2], sorted[i])))
				continue;
			buf_addf(&b, b.n ? ", " : "%s: column names that stand there twice: ", what);
			value_add_quoted(&b, sorted[i], strlen(sorted[i]));
		}
	}
	free(sorted);
	if (b.n)
		err_set(e, EXIT_BAD, "%s", buf_cstr(&b));
	buf_free(&b);
	return e->msg ? -1 : 0;
}

int reader_set_columns(struct reader *r, const struct field *names, size_t n, struct err *e)
{
	if (n == 0)
		return err_set(e, EXIT_BAD, "%s has no columns", r->name);
	r->column = xcalloc(n, sizeof *r->column);
	r->ncols = n;
	for (size_t i = 0; i < n; i++) {
		r->column[i] = xstrndup(names[i].n ? names[i].p : "", names[i].n);
		if (strlen(r->column[i]) != names[i].n)
			return err_set(e, EXIT_BAD, "%s: the name of column %zu holds a NUL byte",
				       r->name, i + 1);
	}
	return stream_check_names((const char *const *)r->column, n, r->name, e);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Reads up to the first byte that is no white space and chooses the format by it. */
static int detect(struct reader *r, struct err *e)
{
	size_t n = sizeof byte_order_mark - 1, i = 0;

	while (r->in.n < n && !r->eof)
		if (reader_fill(r, e) < 0)
			return -1;
	if (r->in.n >= n && !memcmp(r->in.p, byte_order_mark, n))
		i = r->at = n;
	for (;; i++) {
		while (i == r->in.n && !r->eof) {
			i -= r->at;
			if (reader_fill(r, e) < 0)
				return -1;
		}
		if (i == r->in.n || !is_space(r->in.p[i]))
			break;
	}
	r->format = i < r->in.n && r->in.p[i] == '{' ? STREAM_NDJSON : STREAM_CSV;
	r->ops = r->format == STREAM_CSV ? &csv_reader_ops : &json_reader_ops;
	return 0;
}

struct reader *reader_open(int fd, const char *name, const struct reader_options *options,
			   struct err *e)
{
	struct reader *r = xcalloc(1, sizeof *r);

	io_widen_pipe(fd);
	r->fd = fd;
	r->name = xstrdup(name);
	r->no_end = options && options->no_end;
	r->chunk = options && options->chunk ? options->chunk : IO_CHUNK;
	if (detect(r, e) < 0 || r->ops->open(r, e) < 0) {
		reader_free(r);
		return NULL;
	}
	return r;
}

size_t reader_ncolumns(const struct reader *r)
{
	return r->ncols;
}

const char *reader_column(const struct reader *r, size_t i)
{
	return r->column[i];
}

enum stream_format reader_format(const struct reader *r)
{
	return r->format;
}

enum reader_status reader_next(struct reader *r, struct row *row, struct err *e)
{
	return r->ops->next(r, row, e);
}

enum json_kind reader_kind(const struct reader *r, size_t i)
{
	return r->kind ? r->kind[i] : JSON_STRING;
}

bool reader_marked(const struct reader *r)
{
	return r->marked;
}

uint64_t reader_line(const struct reader *r)
{
	return r->ops->line(r);
}

struct field reader_raw(const struct reader *r)
{
	return (struct field){r->raw.p, r->raw.n};
}

uint64_t reader_rows(const struct reader *r)
{
	return r->rows;
}

uint64_t reader_bytes(const struct reader *r)
{
	return r->bytes;
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	if (r->ops)
		r->ops->free(r);
	for (size_t i = 0; i < r->ncols; i++)
		free(r->column[i]);
	free(r->column);
	free(r->name);
	buf_free(&r->in);
	buf_free(&r->raw);
	free(r);
}
