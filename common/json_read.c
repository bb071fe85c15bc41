/* The NDJSON reader: lines, and the end mark. */
#include <stdlib.h>
#include <string.h>

#include "json_line.h"
#include "stream_impl.h"
#include "value.h"

struct json_state {
	struct json_line line;
	size_t scanned;       /* bytes from r->at on that hold no line end */
	bool have_first;      /* the first line is parsed and not yet given */
};

/* Finds the next line that is not blank: 1, 0 at end of file, -1. At end of
 * file the line may lack its line end; the line has one all the same. */
static int next_line(struct reader *r, struct err *e)
{
	struct json_state *s = r->state;

	for (;;) {
		char *from = r->in.p + r->at, *end;
		size_t n = r->in.n - r->at;

		end = n > s->scanned ? memchr(from + s->scanned, '\n', n - s->scanned) : NULL;
		if (!end && !r->eof) {
			s->scanned = n;
			if (reader_fill(r, e) < 0)
				return -1;
			continue;
		}
		s->scanned = 0;
		if (!end && n == 0)
			return 0;
		if (!end) {
			*buf_room(&r->in, 1) = '\n';
			from = r->in.p + r->at;
			end = from + n;
			r->at = r->in.n;
		} else {
			r->at += (size_t)(end - from) + 1;
		}
		s->line.p = from;
		s->line.n = (size_t)(end - from) + 1;
		s->line.no++;
		while (from < end && (*from == ' ' || *from == '\t' || *from == '\r'))
			from++;
		if (from < end)
			return 1;
	}
}

/* Whether the line ends with the file and not with a line end. */
static bool is_last_half(const struct reader *r)
{
	return r->eof && r->at == r->in.n && r->in.p[r->in.n - 1] != '\n';
}

/* Says why the line is no row. */
static int describe(const struct reader *r, struct err *e)
{
	struct json_state *s = r->state;
	struct buf b = BUF_INIT;

	value_add_quoted(&b, s->line.text.p ? s->line.text.p : "", s->line.text.n);
	switch (s->line.flaw) {
	case FLAW_NONE:
		break;
	case FLAW_NOT_OBJECT:
		err_set(e, EXIT_BAD, "the line is no JSON object");
		break;
	case FLAW_SEVERAL:
		err_set(e, EXIT_BAD, "the line holds more than one value");
		break;
	case FLAW_NO_END_HERE:
		err_set(e, EXIT_BAD, "the object does not end on its line");
		break;
	case FLAW_NO_JSON:
		err_set(e, EXIT_BAD, "the line is no JSON: %s", buf_cstr(&b));
		break;
	case FLAW_ENCODING:
		err_set(e, EXIT_BAD, "the line is not UTF-8");
		break;
	case FLAW_SURROGATE:
		err_set(e, EXIT_BAD, "the line holds half of a surrogate pair");
		break;
	case FLAW_SURPLUS:
		err_set(e, EXIT_BAD, "the first row has no column %s", buf_cstr(&b));
		break;
	case FLAW_DOUBLED:
		err_set(e, EXIT_BAD, "column %s stands there twice", buf_cstr(&b));
		break;
	case FLAW_LACKING:
		err_set(e, EXIT_BAD, "column %s is missing", buf_cstr(&b));
		break;
	}
	buf_free(&b);
	return err_prefix(e, "%s line %llu", r->name, (unsigned long long)s->line.no);
}

/* After the end mark: nothing but blank lines, and the right count. */
static enum reader_status check_end(struct reader *r, struct err *e)
{
	struct json_state *s = r->state;
	char *want = xasprintf("%llu", (unsigned long long)r->rows);
	size_t n = strlen(want);
	bool right = n == s->line.end_value.n && !memcmp(s->line.end_value.p, want, n);
	int more;

	free(want);
	r->marked = true;
	if (!right) {
		err_set(e, EXIT_FAILED, "%s line %llu: the end mark counts %.*s rows, but %llu came",
			r->name, (unsigned long long)s->line.no,
			(int)(s->line.end_value.n < 60 ? s->line.end_value.n : 60), s->line.end_value.p,
			(unsigned long long)r->rows);
		return READER_FAILED;
	}
	more = next_line(r, e);
	if (more > 0)
		reader_after_end(r, s->line.no, e);
	return more ? READER_FAILED : READER_END;
}

static enum reader_status malformed(struct reader *r, struct err *e)
{
	struct json_state *s = r->state;
	size_t n = s->line.n - 1;

	n -= n && s->line.p[n - 1] == '\r';
	buf_reset(&r->raw);
	buf_trim(&r->raw, READER_HUGE);
	buf_add(&r->raw, s->line.p, n);
	r->rows++;
	describe(r, e);
	return READER_MALFORMED;
}

static enum reader_status json_next(struct reader *r, struct row *row, struct err *e)
{
	struct json_state *s = r->state;
	int more;

	if (r->marked)
		return READER_END;
	if (!s->have_first) {
		more = next_line(r, e);
		if (more < 0)
			return READER_FAILED;
		if (more)
			json_line_parse(&s->line);
		if (more && json_line_is_end(&s->line))
			return check_end(r, e);
		if (!r->no_end && (!more || is_last_half(r))) {
			reader_cut_off(r, s->line.no + !more, e);
			return READER_FAILED;
		}
		if (!more)
			return READER_END;
		if (s->line.flaw != FLAW_NONE)
			return malformed(r, e);
	}
	s->have_first = false;
	r->rows++;
	*row = (struct row){s->line.f, s->line.ncols};
	return READER_ROW;
}

static uint64_t line_of(const struct reader *r)
{
	struct json_state *s = r->state;

	return s->line.no;
}

static int learn_columns(struct reader *r, struct err *e)
{
	struct json_state *s = r->state;

	if (reader_set_columns(r, s->line.name, s->line.ncols, e) < 0)
		return -1;
	json_line_columns(&s->line, r->column);
	r->kind = s->line.kind;
	return 0;
}

static int json_open(struct reader *r, struct err *e)
{
	struct json_state *s = xcalloc(1, sizeof *s);
	int more;

	r->state = s;
	json_line_init(&s->line);
	more = next_line(r, e);
	if (more < 0)
		return -1;
	if (!more)
		return reader_cut_off(r, 1, e);
	json_line_learn(&s->line);
	if (json_line_is_end(&s->line)) {
		s->line.ncols = 0;
		return check_end(r, e) == READER_END ? 0 : -1;
	}
	if (!r->no_end && is_last_half(r) && s->line.flaw != FLAW_NONE)
		return reader_cut_off(r, s->line.no, e);
	if (s->line.flaw != FLAW_NONE)
		return describe(r, e);
	s->have_first = true;
	return learn_columns(r, e);
}

static void json_close(struct reader *r)
{
	struct json_state *s = r->state;

	if (s)
		json_line_free(&s->line);
	free(s);
}

const struct reader_ops json_reader_ops = {json_open, json_next, line_of, json_close};
