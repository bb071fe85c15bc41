#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "reader_impl.h"
#include "value.h"

#define MAX_LINE (UINT64_C(1) << 30)

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
	dms_csv_free(r->csv);
	schemas_free(r->schemas);
	widths_free(r->widths);
	buf_free(&r->in);
	free(r->before.f);
	free(r->after.f);
	free(r->columns.f);
	buf_free(&r->file);
	buf_free(&r->gtid);
	buf_free(&r->prepared);
	free(r->tables);
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

/* The shapes, told by members that must be there; the first that fits is taken. */
struct shape {
	enum change_format format;
	const char *members[3]; /* all of these */
	int (*take)(struct change_reader *r, const struct json_node *root, struct change *c,
		    struct err *e);
};

static const struct shape shapes[] = {
	{FORMAT_DEBEZIUM, {"op", "source"}, format_envelope},
	{FORMAT_DMS, {"metadata"}, format_dms},
	{FORMAT_DATASTREAM, {"source_metadata", "payload"}, format_datastream},
	{FORMAT_CANAL, {"isDdl", "type"}, format_canal},
	{FORMAT_MAXWELL, {"database", "type"}, format_maxwell},
	{FORMAT_WAL2JSON, {"action"}, format_wal2json},
	{FORMAT_WAL2JSON, {"change"}, format_wal2json_v1},
	{FORMAT_DEBEZIUM, {"status", "id"}, format_mark},
	{FORMAT_DEBEZIUM, {"tableChanges"}, format_mark},
	{FORMAT_DEBEZIUM, {"ddl", "source"}, format_mark},
	{FORMAT_ROWBOAT, {"ts_ms", "position"}, format_mark},
};

static bool fits(const struct change_reader *r, const struct json_node *root,
		 const struct shape *s)
{
	for (int i = 0; i < 3 && s->members[i]; i++)
		if (!has(r, root, s->members[i]))
			return false;
	return true;
}

static bool wanted(const struct change_reader *r, enum change_format format)
{
	return r->o.format < 0 || r->o.format == (int)format ||
	       (format == FORMAT_DEBEZIUM && r->o.format == FORMAT_ROWBOAT);
}

static int take_object(struct change_reader *r, const struct json_node *root, struct change *c,
		       struct err *e)
{
	if (r->o.format != FORMAT_UNWRAPPED && (r->o.format >= 0 || !is_unwrapped(r, root))) {
		for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
			if (wanted(r, shapes[i].format) && fits(r, root, &shapes[i]))
				return shapes[i].take(r, root, c, e);
		if (has(r, root, "ts_ms") && root->nchildren == 1)
			return format_mark(r, root, c, e);
		return unknown(r, root, e);
	}
	return format_unwrapped(r, root, c, e);
}

/* What a converter with schemas wraps around every value: {"schema":…,"payload":…}. */
static int take_wrapped(struct change_reader *r, const struct json_node *root, struct change *c,
			struct err *e)
{
	const struct json_node *payload = json_member(r->tree, root, "payload");

	r->schema = schema_of(r, json_member(r->tree, root, "schema"));
	if (payload->kind == NODE_NULL) {
		c->kind = CHANGE_IGNORED;
		return 0;
	}
	if (payload->kind != NODE_OBJECT)
		return err_set(e, EXIT_BAD, "\"payload\" is no object");
	return take_object(r, payload, c, e);
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
	while ((more = lines_next(r, -1, &line, e)) > 0)
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
	r->schema = NULL;
	if (root->nchildren == 2 && has(r, root, "payload") && has(r, root, "schema"))
		return take_wrapped(r, root, c, e) < 0 ? -1 : 1;
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

/* Whether the stream is DMS's CSV: its first line that is not blank begins otherwise than a JSON
 * object or a tombstone. */
static bool is_csv(const struct change_reader *r, struct field line)
{
	size_t i = 0;

	if (r->o.format == FORMAT_DMS_CSV)
		return true;
	if (r->begun || r->o.format >= 0)
		return false;
	while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
		i++;
	return i < line.n && line.p[i] != '{' && line.p[i] != '[' &&
	       !(line.n - i >= 4 && !memcmp(line.p + i, "null", 4));
}

/* A message without a value, as `kcat -Z` prints it. */
static bool is_tombstone(struct field line)
{
	return line.n == 4 && !memcmp(line.p, "NULL", 4);
}

static int next_csv(struct change_reader *r, int ms, struct change *c, struct err *e)
{
	int status = dms_csv_next(r, ms, c, e);

	if (status == 0 && !r->o.no_end && !r->marked)
		return cut_off(r, e);
	return status;
}

static int next_change(struct change_reader *r, int ms, struct change *c, struct err *e)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct field line;
	int status;

	if (r->csv)
		return next_csv(r, ms, c, e);
	if (r->marked)
		return 0;
	if (r->more && (status = r->more(r, c, e)) != 0)
		return status;
	r->more = NULL;
	do {
		if ((status = lines_next(r, ms, &line, e)) < 0 || status == 2)
			return status;
		if (status == 0)
			r->line++;
		if (status == 0 || r->unended) {
			if (!r->o.no_end && (status == 0 || !is_csv(r, line)))
				return cut_off(r, e);
			if (status == 0)
				return 0;
		}
		if (r->line == 1 && line.n >= 3 && !memcmp(line.p, mark, 3))
			line = (struct field){line.p + 3, line.n - 3};
	} while (is_blank(line) || is_tombstone(line));
	if (is_csv(r, line)) {
		r->at -= line.n + !r->unended;
		return next_csv(r, ms, c, e);
	}
	r->begun = true;
	return take_line(r, line, c, e);
}

int change_reader_next(struct change_reader *r, int ms, struct change *c, struct err *e)
{
	int status;

	*c = (struct change){0};
	r->before.over = r->after.over = r->columns.over = false;
	status = next_change(r, ms, c, e);
	if (status >= 0 && (r->before.over || r->after.over || r->columns.over))
		status = err_set(e, EXIT_BAD, "a row of more than %d columns", MAX_COLUMNS);
	if (status < 0)
		return err_prefix(e, "%s line %llu", r->name, (unsigned long long)r->line);
	if (status == 1 && (c->kind == CHANGE_ROW || c->kind == CHANGE_TRUNCATE))
		r->events++;
	return status;
}
