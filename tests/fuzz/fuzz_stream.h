/* What the targets for CSV and NDJSON share; each includes it once. */
#ifndef FUZZ_STREAM_H
#define FUZZ_STREAM_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int memory_file(const void *p, size_t n)
{
	struct err e = ERR_INIT;
	int fd = memfd_create("input", 0);

	if (fd < 0 || io_write(fd, p, n, "memory", &e) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	return fd;
}

static void add_text(struct buf *b, const void *p, size_t n)
{
	buf_addf(b, "%zu:", n);
	buf_add(b, p, n);
}

/* Adds all that the reader gives; writes the rows to w, if it is not NULL. */
static enum reader_status tell(struct buf *story, struct reader *r, struct writer *w, bool lines)
{
	struct err e = ERR_INIT;
	enum reader_status status;
	struct row row;

	while ((status = reader_next(r, &row, &e)) > 0) {
		if (lines)
			buf_addf(story, "\n%llu ", (unsigned long long)reader_line(r));
		if (status == READER_MALFORMED) {
			add_text(story, e.msg, strlen(e.msg));
			add_text(story, reader_raw(r).p, reader_raw(r).n);
			err_clear(&e);
			continue;
		}
		for (size_t i = 0; i < row.n; i++)
			if (row.f[i].p)
				add_text(story, row.f[i].p, row.f[i].n);
			else
				buf_addc(story, '~');
		if (w && writer_row(w, &row, &e) < 0) /* not UTF-8, in NDJSON */
			err_clear(&e);
	}
	if (status == READER_FAILED)
		add_text(story, e.msg, strlen(e.msg));
	err_clear(&e);
	return status;
}

static struct reader *open_bytes(struct buf *story, const void *p, size_t n, bool no_end,
				 size_t chunk, int *fd)
{
	struct reader_options options = {.no_end = no_end, .chunk = chunk};
	struct err e = ERR_INIT;
	struct reader *r;

	*fd = memory_file(p, n);
	r = reader_open(*fd, "in", &options, &e);
	if (!r)
		add_text(story, e.msg, strlen(e.msg));
	for (size_t i = 0; r && i < reader_ncolumns(r); i++)
		add_text(story, reader_column(r, i), strlen(reader_column(r, i)));
	err_clear(&e);
	return r;
}

static void must_be_same(const struct buf *a, const struct buf *b)
{
	if (a->n != b->n || (a->n && memcmp(a->p, b->p, a->n)))
		abort();
}

/* Reads in chunks, without and with writing the rows as CSV; what the writer
 * made must read as the same rows. */
static void write_again(const void *p, size_t n, bool no_end)
{
	struct buf story = BUF_INIT, again = BUF_INIT;
	struct err e = ERR_INIT;
	struct writer w;
	struct out out;
	int fd, fd2;
	struct reader *r = open_bytes(&story, p, n, no_end, 0, &fd);
	size_t ncols = r ? reader_ncolumns(r) : 0;
	const char **names = xcalloc(ncols, sizeof *names);
	enum reader_status status = READER_FAILED;

	for (size_t i = 0; i < ncols; i++)
		names[i] = reader_column(r, i);
	out_open(&out, -1, "output");
	buf_room(&out.b, 1);
	if (ncols && writer_open(&w, &out, STREAM_CSV, ncols, names, NULL, &e) == 0) {
		status = tell(&story, r, &w, false);
		buf_adds(&out.b, "\\.\n");
		if (status == READER_END && w.rows == reader_rows(r)) {
			struct reader *r2 = open_bytes(&again, out.b.p, out.b.n, false, 0, &fd2);

			if (!r2 || tell(&again, r2, NULL, false) != READER_END)
				abort();
			must_be_same(&story, &again);
			reader_free(r2);
			close(fd2);
		}
	}
	err_clear(&e);
	reader_free(r);
	close(fd);
	free(names);
	buf_free(&out.b);
	buf_free(&story);
	buf_free(&again);
}

static void fuzz_stream(const uint8_t *data, size_t n, enum stream_format format)
{
	struct buf whole = BUF_INIT, parts = BUF_INIT;
	bool no_end = n && data[0] & 1;
	size_t chunk = n ? 1 + data[0] / 2 % 16 : 1;
	struct reader *r;
	int fd;

	if (n == 0 || n > IO_CHUNK / 2)
		return;
	data++;
	n--;
	r = open_bytes(&whole, data, n, no_end, 0, &fd);
	if (r && reader_format(r) == format) {
		tell(&whole, r, NULL, true);
		reader_free(r);
		close(fd);
		r = open_bytes(&parts, data, n, no_end, chunk, &fd);
		if (!r)
			abort();
		tell(&parts, r, NULL, true);
		must_be_same(&whole, &parts);
		write_again(data, n, no_end);
	}
	reader_free(r);
	close(fd);
	buf_free(&whole);
	buf_free(&parts);
}

#endif
