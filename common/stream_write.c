#include <stdlib.h>
#include <string.h>

#include "stream_impl.h"

/* The first column's name, which readers tell the formats apart by: it must
 * not look like an object's beginning, nor like a byte-order mark, which they drop. */
static void add_first_name(struct buf *b, const char *name, bool only)
{
	const char *p = name + strspn(name, " \t\r\n");
	size_t start = b->n, n = strlen(name);
	bool taken_for_more = *p == '{' || *p == '\0' || !strncmp(name, "\xef\xbb\xbf", 3);

	csv_add_field(b, (struct field){name, n}, only);
	if (!taken_for_more || b->p[start] == '"')
		return;
	b->n = start;
	buf_addc(b, '"');
	buf_add(b, name, n);
	buf_addc(b, '"');
}

static void add_header(struct buf *b, size_t ncols, const char *const *names)
{
	for (size_t i = 0; i < ncols; i++) {
		if (i)
			buf_addc(b, ',');
		if (i == 0)
			add_first_name(b, names[0], ncols == 1);
		else
			csv_add_field(b, (struct field){names[i], strlen(names[i])}, false);
	}
	buf_addc(b, '\n');
}

int writer_open(struct writer *w, struct out *out, enum stream_format format, size_t ncols,
		const char *const *names, const enum json_kind *kinds, struct err *e)
{
	*w = (struct writer){.out = out, .format = format, .ncols = ncols};
	if (ncols == 0)
		return err_set(e, EXIT_BAD, "there are no columns to write");
	if (stream_check_names(names, ncols, "the rows to write", e) < 0)
		return err_hint(e, "give each column a name of its own (AS)");
	if (format == STREAM_NDJSON && json_writer_open(w, names, kinds, e) < 0) {
		json_writer_free(w);
		return -1;
	}
	if (format == STREAM_NDJSON)
		return 0;
	add_header(&out->b, ncols, names);
	return out_drain(out, e);
}

int writer_row(struct writer *w, const struct row *row, struct err *e)
{
	struct buf *b = &w->out->b;
	bool only = row->n == 1;

	w->rows++;
	if (w->format == STREAM_NDJSON)
		return json_writer_row(w, row, e);
	for (size_t i = 0; i < row->n; i++) {
		if (i)
			buf_addc(b, ',');
		csv_add_field(b, row->f[i], only);
	}
	buf_addc(b, '\n');
	return out_drain(w->out, e);
}

void writer_abandon(struct writer *w)
{
	buf_reset(&w->out->b);
	json_writer_free(w);
}

int writer_end(struct writer *w, bool no_end, struct err *e)
{
	if (!no_end && w->format == STREAM_CSV)
		buf_adds(&w->out->b, "\\.\n");
	else if (!no_end)
		buf_addf(&w->out->b, "{\"$end\":%llu}\n", (unsigned long long)w->rows);
	json_writer_free(w);
	return out_flush(w->out, e);
}
