#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "reader_impl.h"
#include "value.h"

#define MAX_LINE (UINT64_C(1) << 30)
#define HUGE_LINE (1u << 20) /* memory above this is given back after a line that took it */

struct change_reader *change_reader_open(int fd, const char *name,
					 const struct change_reader_options *o, struct err *e)
{
	struct change_reader *r = xcalloc(1, sizeof *r);

	(void)e;
	io_widen_pipe(fd);
	r->fd = fd;
	r->name = xstrdup(name);
	r->o = o ? *o : (struct change_reader_options){.format = -1};
	if (!r->o.chunk)
		r->o.chunk = IO_CHUNK;
	if (!r->o.max_line)
		r->o.max_line = MAX_LINE;
	r->tree = json_tree_new();
	buf_room(&r->in, r->o.chunk);
	return r;
}

void change_reader_free(struct change_reader *r)
{
	if (!r)
		return;
	json_tree_free(r->tree);
	buf_free(&r->in);
	free(r->before.f);
	free(r->after.f);
	free(r->columns.f);
	buf_free(&r->file);
	buf_free(&r->gtid);
	buf_free(&r->sequence);
	buf_free(&r->text);
	free(r->name);
	free(r);
}

uint64_t change_reader_line(const struct change_reader *r)
{
	return r->line;
}

uint64_t change_reader_bytes(const struct change_reader *r)
{
	return r->bytes;
}

/* ---- Lines ---- */

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

/* Drops the parsed bytes and reads once more: 1 (r->eof may be set), 2, -1. */
static int fill(struct change_reader *r, int ms, struct err *e)
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

/* The next line without its end: 1, 0 at end of file, 2, -1. */
static int next_line(struct change_reader *r, int ms, struct field *line, struct err *e)
{
	for (;;) {
		char *from = r->in.p + r->at, *end;
		size_t n = r->in.n - r->at;
		int status;

		end = n > r->scanned ? memchr(from + r->scanned, '\n', n - r->scanned) : NULL;
		if (!end && (uint64_t)n > r->o.max_line) {
			r->line++;
			return err_set(e, EXIT_BAD, "the line is longer than %llu bytes",
				       (unsigned long long)r->o.max_line);
		}
		if (!end && !r->eof) {
			r->scanned = n;
			if ((status = fill(r, ms, e)) != 1)
				return status;
			continue;
		}
		r->scanned = 0;
		if (!end && n == 0)
			return 0;
		r->line++;
		r->unended = !end;
		*line = (struct field){from, end ? (size_t)(end - from) : n};
		r->at += line->n + (end != NULL);
		return 1;
	}
}

bool change_reader_buffered(const struct change_reader *r)
{
	size_t n = r->in.n - r->at;

	return r->more || (n > r->scanned && memchr(r->in.p + r->at + r->scanned, '\n',
						    n - r->scanned));
}

/* ---- Formats ---- */

static bool has(const struct change_reader *r, const struct json_node *root, const char *name)
{
	return json_member(r->tree, root, name) != NULL;
}

static int unknown(struct change_reader *r, const struct json_node *root, struct err *e)
{
	struct buf b = BUF_INIT;
	unsigned n = 0;

	for (const struct json_node *m = json_child(r->tree, root); m; m = json_next(r->tree, m)) {
		if (n++ == 8) {
			buf_adds(&b, ", …");
			break;
		}
		buf_adds(&b, n > 1 ? ", " : "");
		value_add_quoted(&b, m->key.p, m->key.n);
	}
	err_set(e, EXIT_BAD, "an event of no known shape: %s%s",
		n ? "an object with the members " : "an empty object", n ? buf_cstr(&b) : "");
	buf_free(&b);
	return err_hint(e, "cdcapply(1), FORMATS, lists the shapes that are known");
}

/* Tells the format by the members that are there. */
static int take_object(struct change_reader *r, const struct json_node *root, struct change *c,
		       struct err *e)
{
	if (has(r, root, "op") && has(r, root, "source"))
		return format_envelope(r, root, c, e);
	if ((has(r, root, "status") && has(r, root, "id")) || has(r, root, "tableChanges") ||
	    (has(r, root, "ddl") && has(r, root, "source")) ||
	    (has(r, root, "ts_ms") && (root->nchildren == 1 || has(r, root, "position"))))
		return format_mark(r, root, c, e);
	return unknown(r, root, e);
}

/* Whether it is {"$end":COUNT}. */
static bool is_end_mark(const struct change_reader *r, const struct json_node *root)
{
	const struct json_node *m = json_child(r->tree, root);

	return root->kind == NODE_OBJECT && root->nchildren == 1 && m->kind == NODE_NUMBER &&
	       m->key.n == 4 && !memcmp(m->key.p, "$end", 4);
}

/* After the end mark: nothing but blank lines, and the right count. 0 or -1. */
static int check_end(struct change_reader *r, const struct json_node *count, struct change *c,
		     struct err *e)
{
	struct field line;
	int more;

	if (value_uint(count->text.p, count->text.n, &c->count) != VALUE_OK ||
	    c->count != r->events)
		return err_set(e, EXIT_FAILED, "the end mark counts %.*s events, but %llu came",
			       (int)(count->text.n < 60 ? count->text.n : 60), count->text.p,
			       (unsigned long long)r->events);
	c->kind = CHANGE_END;
	r->marked = true;
	while ((more = next_line(r, -1, &line, e)) > 0)
		for (size_t i = 0; i < line.n; i++)
			if (!strchr(" \t\r", line.p[i]) || !line.p[i]) {
				err_set(e, EXIT_BAD, "data after the end mark");
				return err_hint(e, "streams cannot be concatenated: "
						   "give them one by one");
			}
	return more;
}

/* The change of a line: 1; 0 at the end mark; -1. */
static int take_line(struct change_reader *r, struct field line, struct change *c, struct err *e)
{
	const struct json_node *root = json_tree_parse(r->tree, line.p, line.n, e);

	if (!root)
		return -1;
	if (root->kind == NODE_NULL) { /* a tombstone of Kafka */
		c->kind = CHANGE_IGNORED;
		return 1;
	}
	if (root->kind != NODE_OBJECT)
		return err_set(e, EXIT_BAD, "the line is no JSON object");
	if (is_end_mark(r, root))
		return check_end(r, json_child(r->tree, root), c, e);
	return take_object(r, root, c, e) < 0 ? -1 : 1;
}

static bool is_blank(struct field line)
{
	size_t i = 0;

	while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t' || line.p[i] == '\r'))
		i++;
	return i == line.n;
}

static int cut_off(struct change_reader *r, struct err *e)
{
	err_set(e, EXIT_FAILED, "the stream was cut off: no end mark after event %llu",
		(unsigned long long)r->events);
	return err_hint(e, "a stream of another program: --no-end");
}

static int next_change(struct change_reader *r, int ms, struct change *c, struct err *e)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct field line;
	int status;

	if (r->marked)
		return 0;
	if (r->more && (status = r->more(r, c, e)) != 0)
		return status;
	r->more = NULL;
	do {
		if ((status = next_line(r, ms, &line, e)) < 0 || status == 2)
			return status;
		if (status == 0)
			r->line++;
		if (status == 0 || r->unended) {
			if (!r->o.no_end)
				return cut_off(r, e);
			if (status == 0)
				return 0;
		}
		if (r->line == 1 && line.n >= 3 && !memcmp(line.p, mark, 3))
			line = (struct field){line.p + 3, line.n - 3};
	} while (is_blank(line));
	return take_line(r, line, c, e);
}

int change_reader_next(struct change_reader *r, int ms, struct change *c, struct err *e)
{
	int status;

	*c = (struct change){0};
	status = next_change(r, ms, c, e);
	if (status < 0)
		return err_prefix(e, "%s line %llu", r->name, (unsigned long long)r->line);
	if (status == 1 && (c->kind == CHANGE_ROW || c->kind == CHANGE_TRUNCATE))
		r->events++;
	return status;
}
