/* extract --serve: many streams of rows from one session. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "rows.h"

static int answer(struct db *db, const struct extract_how *o, char *line, struct err *e)
{
	char *file = strsep(&line, "\t"), *name = strsep(&line, "\t");
	struct table *table;
	struct select select;
	struct out out;
	int fd, status;

	if (!name)
		return err_set(e, EXIT_BAD, "a request is no FILE, TAB and TABLE");
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_set(e, EXIT_FAILED, "%s: %s", file, strerror(errno));
	table = db_table(db, name, false, e);
	if (!table) {
		close(fd);
		return -1;
	}
	io_widen_pipe(fd);
	out_open(&out, fd, file);
	select = (struct select){.table = table, .where = line};
	status = extract_rows(db, o, &select, &out, e);
	if (status == 0)
		status = out_close(&out, e);
	else
		close(fd);
	table_free(table);
	return status == 0 ? 0 : -1;
}

/* Answers the whole lines that are there. */
static int answer_lines(struct db *db, const struct extract_how *o, struct buf *b, struct err *e)
{
	char *start = b->p, *end;

	while ((end = memchr(start, '\n', (size_t)(b->p + b->n - start)))) {
		*end = '\0';
		if (answer(db, o, start, e) < 0)
			return -1;
		start = end + 1;
	}
	b->n = (size_t)(b->p + b->n - start);
	memmove(b->p, start, b->n);
	return 0;
}

/* 1: there are requests; 0: standard input has ended. */
static int wait_for_request(int fifo, struct err *e)
{
	char ignored[256];
	struct pollfd p[] = {{.fd = fifo, .events = POLLIN},
			     {.fd = STDIN_FILENO, .events = POLLIN}};

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return err_set(e, EXIT_FAILED, "poll: %s", strerror(errno));
		if (p[0].revents)
			return 1;
		if (p[1].revents) {
			ssize_t n = io_read(STDIN_FILENO, ignored, sizeof ignored, "standard input",
					    e);

			if (n <= 0)
				return (int)n;
		}
	}
}

int serve(struct db *db, const struct extract_how *o, const char *name, struct err *e)
{
	/* Open for writing as well, so that it does not end when a writer leaves. */
	int fifo = open(name, O_RDWR | O_CLOEXEC), status;
	struct buf b = BUF_INIT;

	if (fifo < 0)
		return err_set(e, EXIT_FAILED, "%s: %s", name, strerror(errno));
	while ((status = wait_for_request(fifo, e)) > 0) {
		ssize_t n = io_read(fifo, buf_room(&b, IO_CHUNK), IO_CHUNK, name, e);

		b.n += n > 0 ? (size_t)n : 0;
		if (n < 0 || answer_lines(db, o, &b, e) < 0) {
			status = -1;
			break;
		}
	}
	buf_free(&b);
	close(fifo);
	return status;
}
