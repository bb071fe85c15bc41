/* The lines of a stream of change events, and the waiting for them. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "io.h"
#include "reader_impl.h"

#define HUGE_LINE (1u << 20) /* memory above this is given back after a line that took it */

/* Waits for input: 1, or 2 if none came in time; -1. */
static int wait_for_input(struct change_reader *r, int ms, struct err *e)
{
	struct pollfd p = {.fd = r->fd, .events = POLLIN};
	int n;

	if (ms < 0)
		return 1;
	n = poll(&p, 1, ms);
	if (n < 0 && errno != EINTR)
		return err_set(e, EXIT_FAILED, "cannot wait for %s: %s", r->name, strerror(errno));
	return n > 0 ? 1 : 2;
}

int lines_read(struct change_reader *r, int ms, struct err *e)
{
	ssize_t got;
	int status = wait_for_input(r, ms, e);

	if (status != 1)
		return status;
	if (r->at) {
		r->in.n -= r->at;
		memmove(r->in.p, r->in.p + r->at, r->in.n);
		r->at = 0;
	}
	if (r->in.cap > HUGE_LINE && r->in.n < r->in.cap / 8) {
		struct buf small = BUF_INIT;

		buf_add(&small, r->in.p, r->in.n);
		buf_free(&r->in);
		r->in = small;
	}
	got = io_read(r->fd, buf_room(&r->in, r->o.chunk), r->o.chunk, r->name, e);
	if (got < 0)
		return -1;
	r->in.n += (size_t)got;
	r->bytes += (uint64_t)got;
	r->eof = got == 0;
	return 1;
}

/* Where a line ends. One that is only `{` begins an object over several lines, as AWS DMS
 * writes them if it is not told otherwise: that ends with a line of `}`. NULL: not yet read. */
static const char *line_end(struct change_reader *r, const char *from, size_t n)
{
	const char *end, *p;

	if (!r->tall) {
		end = n > r->scanned ? memchr(from + r->scanned, '\n', n - r->scanned) : NULL;
		r->scanned = end ? 0 : n;
		if (!end || *from != '{' || end > from + 2 || (end == from + 2 && from[1] != '\r'))
			return end;
		r->tall = true;
	}
	for (p = from + r->scanned; (p = memmem(p, n - (size_t)(p - from), "\n}", 2)); p++) {
		end = memchr(p + 2, '\n', n - (size_t)(p + 2 - from));
		if (!end || end == p + 2 || (end == p + 3 && p[2] == '\r'))
			break;
	}
	r->scanned = p ? (size_t)(p - from) : n - (n > 0);
	return p ? end : NULL;
}

static void count_lines(struct change_reader *r, struct field line)
{
	for (const char *p = line.p; (p = memchr(p, '\n', line.n - (size_t)(p - line.p))); p++)
		r->line++;
}

int lines_next(struct change_reader *r, int ms, struct field *line, struct err *e)
{
	for (;;) {
		const char *from = r->in.p + r->at, *end;
		size_t n = r->in.n - r->at;
		int status;

		end = line_end(r, from, n);
		if ((uint64_t)(end ? (size_t)(end - from) : n) > r->o.max_line) {
			r->line++;
			return err_set(e, EXIT_BAD, "the line is longer than %llu bytes",
				       (unsigned long long)r->o.max_line);
		}
		if (!end && !r->eof) {
			if ((status = lines_read(r, ms, e)) != 1)
				return status;
			continue;
		}
		r->scanned = 0;
		if (!end && n == 0)
			return 0;
		r->line++;
		r->unended = !end;
		*line = (struct field){from, end ? (size_t)(end - from) : n};
		if (r->tall)
			count_lines(r, *line);
		r->tall = false;
		r->at += line->n + (end != NULL);
		return 1;
	}
}

bool change_reader_buffered(const struct change_reader *r)
{
	const char *from = r->in.p + r->at, *end;
	size_t n = r->in.n - r->at;

	if (r->csv)
		return dms_csv_buffered(r->csv) || n > 0;
	if (r->more)
		return true;
	end = n > r->scanned ? memchr(from + r->scanned, '\n', n - r->scanned) : NULL;
	if (!end || (!r->tall && (*from != '{' || end > from + 2)))
		return end != NULL;
	return memmem(from, n, "\n}", 2) != NULL; /* an object over several lines */
}
