/* extract --serve: many streams of rows from one session. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
	if (status < 0)
		close(fd);
	else
		status = out_close(&out, e);
	table_free(table);
	return status;
}

int serve(struct db *db, const struct extract_how *o, struct err *e)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int status = 0;

	while (status == 0 && (n = getline(&line, &room, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		status = answer(db, o, line, e);
	}
	if (status == 0 && ferror(stdin))
		status = err_set(e, EXIT_FAILED, "standard input: %s", strerror(errno));
	free(line);
	return status;
}
