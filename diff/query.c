/* --query: the results of queries on both sides. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modes.h"
#include "rows.h"

#define NAME_MARK "-- name:"

struct query {
	char *name;    /* NULL: it has none */
	char *text[2];
};

struct queries {
	struct query *v;
	size_t n;
};

static struct query *add_query(struct queries *q, char *name)
{
	q->v = xrealloc(q->v, (q->n + 1) * sizeof *q->v);
	q->v[q->n] = (struct query){.name = name};
	return &q->v[q->n++];
}

static struct query *find_query(struct queries *q, const char *name)
{
	for (size_t i = 0; i < q->n; i++)
		if (!strcmp(q->v[i].name, name))
			return &q->v[i];
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A copy without white space around it and semicolons behind. */
static char *trimmed(const char *p, size_t n)
{
	while (n && (is_blank(p[n - 1]) || p[n - 1] == ';'))
		n--;
	while (n && is_blank(*p)) {
		p++;
		n--;
	}
	return xstrndup(p, n);
}

static char *read_file(const char *name, struct err *e)
{
	struct buf b = BUF_INIT;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0) {
		err_set(e, EXIT_FAILED, "cannot open %s: %s", name, strerror(errno));
		return NULL;
	}
	while ((got = io_read(fd, buf_room(&b, IO_CHUNK), IO_CHUNK, name, e)) > 0)
		b.n += (size_t)got;
	close(fd);
	buf_cstr(&b);
	if (got == 0)
		return buf_detach(&b);
	buf_free(&b);
	return NULL;
}

/* Where the next query's mark begins, or the end. */
static const char *next_mark(const char *p)
{
	for (; *p; p = strchr(p, '\n') + 1) {
		if (!strncmp(p, NAME_MARK, strlen(NAME_MARK)))
			return p;
		if (!strchr(p, '\n'))
			return p + strlen(p);
	}
	return p;
}

static int take_query(struct queries *q, int side, char *name, char *text, const char *file,
		      struct err *e)
{
	struct query *found = find_query(q, name);

	if (!*name || !*text)
		err_set(e, EXIT_BAD, "%s: %s%s", file, *name ? "no query behind the name " :
				     "a query has no name", name);
	else if (side == 0 && found)
		err_set(e, EXIT_BAD, "%s: two queries have the name %s", file, name);
	else if (side == 1 && !found)
		err_set(e, EXIT_BAD, "%s: the queries for A have none of the name %s", file, name);
	if (e->msg) {
		free(name);
		free(text);
		return -1;
	}
	if (!found)
		found = add_query(q, name);
	else
		free(name);
	free(found->text[side]);
	found->text[side] = text;
	return 0;
}

/* Reads a file of queries, each behind a line `-- name: NAME`. */
static int read_queries(struct queries *q, int side, const char *file, struct err *e)
{
	char *all = read_file(file, e), *lead;
	const char *p;
	int status = 0;

	if (!all)
		return -1;
	p = next_mark(all);
	lead = trimmed(all, (size_t)(p - all));
	if (*lead || !*p) {
		status = err_set(e, EXIT_BAD, "%s: a query has no name", file);
		err_hint(e, "a line `%s NAME` stands before each", NAME_MARK);
	}
	free(lead);
	while (status == 0 && *p) {
		const char *line = p + strlen(NAME_MARK), *text = line + strcspn(line, "\n");

		p = next_mark(text + (*text == '\n'));
		status = take_query(q, side, trimmed(line, (size_t)(text - line)),
				    trimmed(text, (size_t)(p - text)), file, e);
	}
	free(all);
	return status;
}

static int gather_queries(struct queries *q, const struct options *o, struct err *e)
{
	struct query *single;

	if (o->query_file) {
		if (read_queries(q, 0, o->query_file, e) < 0)
			return -1;
		return o->query_file_b ? read_queries(q, 1, o->query_file_b, e) : 0;
	}
	single = add_query(q, NULL);
	single->text[0] = trimmed(o->query, strlen(o->query));
	if (o->query_b)
		single->text[1] = trimmed(o->query_b, strlen(o->query_b));
	return 0;
}

/* Compares one query's results; url: both sides' texts, which are overwritten in the copies
 * made here. */
static int compare_query(const struct options *o, const struct query *q, char *const url[2],
			 struct err *e)
{
	const char *text[2] = {q->text[0], q->text[1] ? q->text[1] : q->text[0]};
	const char *where[2] = {NULL, NULL};
	enum format format = options_format(o, FORMAT_SUMMARY);
	struct options own = *o;
	struct comparison c;
	int status;

	for (int side = 0; side < 2; side++)
		own.side[side] = (struct operand){.arg = xstrdup(url[side]), .live = true};
	status = comparison_open(&c, &own, text, report_of(format), e);
	c.report.title = q->name;
	if (status == 0 && q->name && format == FORMAT_TEXT)
		buf_addf(&c.out.b, "-- %s\n", q->name);
	if (status == 0)
		status = comparison_merge(&c, where, &c.report, e);
	if (status < 0 && q->name)
		err_prefix(e, "%s", q->name);
	status = comparison_finish(&c, status, e);
	free(own.side[0].arg);
	free(own.side[1].arg);
	return status;
}

int diff_query(const struct options *o, struct err *e)
{
	struct queries q = {0};
	char *url[2];
	int status = gather_queries(&q, o, e), differs = 0;

	for (int side = 0; side < 2; side++) {
		struct err ignored = ERR_INIT;

		/* Parsed once for the password in argv to be wiped away. */
		url[side] = xstrdup(o->side[side].arg);
		url_free(url_parse(o->side[side].arg, &ignored));
		err_clear(&ignored);
	}
	for (size_t i = 0; i < q.n && status >= 0; i++) {
		status = compare_query(o, &q.v[i], url, e);
		differs |= status == 1;
	}
	for (size_t i = 0; i < q.n; i++) {
		free(q.v[i].name);
		free(q.v[i].text[0]);
		free(q.v[i].text[1]);
	}
	free(q.v);
	free(url[0]);
	free(url[1]);
	return status < 0 ? -1 : differs;
}
