/*
 * NDJSON by yajl: one object a line. yajl gets a line at a time, whole, with
 * its line end, so that its strings and numbers point into the line; only
 * strings with escapes are copied. One yajl handle reads all lines; a line that
 * it refuses costs a new one.
 */
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "stream_impl.h"
#include "value.h"

#define END_KEY "$end"
#define NO_COLUMN ((size_t)-1)

/* Why a line is no row. */
enum flaw {
	SOUND,
	NOT_OBJECT,
	SEVERAL,     /* a second value behind the object */
	NO_END_HERE, /* the object does not end on its line */
	NO_JSON,     /* yajl's message is in s->text */
	ENCODING,
	SURROGATE,
	SURPLUS,     /* a key that is no column; it is in s->text, as in the next two */
	DOUBLED,
	LACKING,
};

struct json_state {
	yajl_handle yajl;
	const char *line;     /* the line being parsed, with its line end */
	size_t line_n;
	size_t scanned;       /* bytes from r->at on that hold no line end */
	uint64_t line_no;
	bool have_first;      /* the first line is parsed and not yet given */
	bool ended;           /* the end mark was read */
	struct buf copy;      /* unescaped strings; does not move while a line is parsed */

	size_t ncols, cap;
	struct field *name;   /* per column */
	struct field *f;
	uint64_t *seen;       /* the line that last had the column */
	size_t *sorted;       /* columns in the order of their names */
	bool open;            /* the columns are being learnt */

	/* The line being parsed. */
	unsigned values;      /* on the top level */
	size_t depth;
	size_t nkeys;
	size_t col, next;     /* the column of the value to come, a guess at the next key's */
	size_t nested_at;     /* where the nested value began */
	bool end_key;         /* the first key was "$end" */
	struct field end_value;
	enum flaw flaw;
	struct buf text;      /* the key, or yajl's message, that goes with the flaw */
};

static void set_flaw(struct json_state *s, enum flaw flaw, const char *p, size_t n)
{
	if (s->flaw != SOUND) /* the first one is told */
		return;
	s->flaw = flaw;
	buf_reset(&s->text);
	buf_add(&s->text, p, n);
}

/* The text itself if it lies in the line, else a copy. */
static struct field keep(struct json_state *s, const void *text, size_t n)
{
	const char *p = text;
	uintptr_t at = (uintptr_t)p - (uintptr_t)s->line;

	if (at >= s->line_n) {
		buf_room(&s->copy, n + 1);
		p = memcpy(s->copy.p + s->copy.n, text, n);
		s->copy.n += n;
	}
	return (struct field){p, n};
}

/* Takes a value that is not nested in another one; `text` is yajl's. */
static int take(struct json_state *s, struct field f, bool number)
{
	if (s->depth == 0) {
		s->values++;
		set_flaw(s, NOT_OBJECT, "", 0);
		return 1;
	}
	if (s->nkeys == 1 && s->end_key)
		s->end_value = number ? f : (struct field){NULL, 0};
	if (s->col != NO_COLUMN)
		s->f[s->col] = f;
	return 1;
}

static int on_null(void *state)
{
	struct json_state *s = state;

	return s->depth > 1 ? 1 : take(s, (struct field){NULL, 0}, false);
}

static int on_boolean(void *state, int v)
{
	struct json_state *s = state;

	return s->depth > 1 ? 1 : take(s, (struct field){v ? "t" : "f", 1}, false);
}

static int on_number(void *state, const char *p, size_t n)
{
	struct json_state *s = state;

	return s->depth > 1 ? 1 : take(s, keep(s, p, n), true);
}

static int on_string(void *state, const unsigned char *p, size_t n)
{
	struct json_state *s = state;

	return s->depth > 1 ? 1 : take(s, keep(s, p, n), false);
}

static int on_start(struct json_state *s)
{
	if (s->depth++ == 1)
		s->nested_at = yajl_get_bytes_consumed(s->yajl) - 1;
	return 1;
}

static int on_end(void *state)
{
	struct json_state *s = state;

	if (--s->depth == 1) {
		size_t end = yajl_get_bytes_consumed(s->yajl);

		take(s, (struct field){s->line + s->nested_at, end - s->nested_at}, false);
	}
	return 1;
}

static int on_start_array(void *state)
{
	struct json_state *s = state;

	if (s->depth == 0) {
		s->values++;
		set_flaw(s, NOT_OBJECT, "", 0);
	}
	return on_start(s);
}

static int on_start_map(void *state)
{
	struct json_state *s = state;

	if (s->depth == 0 && s->values++)
		set_flaw(s, SEVERAL, "", 0);
	return on_start(s);
}

static bool is_name(struct field name, const char *p, size_t n)
{
	return name.n == n && !memcmp(name.p, p, n);
}

static int compare_fields(struct field a, struct field b)
{
	int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* The column of that name: most often the one behind the last. */
static size_t find_column(struct json_state *s, struct field key)
{
	size_t low = 0, high = s->ncols;

	if (s->next < s->ncols && is_name(s->name[s->next], key.p, key.n))
		return s->next;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = compare_fields(key, s->name[s->sorted[mid]]);

		if (c == 0)
			return s->sorted[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NO_COLUMN;
}

/* A key of the first object is a new column. */
static size_t add_column(struct json_state *s, struct field key)
{
	if (s->ncols == s->cap) {
		s->cap += s->cap / 2 + 64;
		s->name = xrealloc(s->name, s->cap * sizeof *s->name);
		s->f = xrealloc(s->f, s->cap * sizeof *s->f);
		s->seen = xrealloc(s->seen, s->cap * sizeof *s->seen);
	}
	s->name[s->ncols] = keep(s, key.p, key.n);
	s->seen[s->ncols] = 0;
	return s->ncols++;
}

static int on_key(void *state, const unsigned char *text, size_t n)
{
	struct json_state *s = state;
	const char *p = (const char *)text;

	if (s->depth > 1)
		return 1;
	s->end_key = s->nkeys++ == 0 && n == strlen(END_KEY) && !memcmp(p, END_KEY, n);
	s->col = s->open ? add_column(s, (struct field){p, n})
			 : find_column(s, (struct field){p, n});
	s->next = s->col + 1;
	if (s->col == NO_COLUMN)
		set_flaw(s, SURPLUS, p, n);
	else if (s->seen[s->col] == s->line_no)
		set_flaw(s, DOUBLED, p, n);
	else
		s->seen[s->col] = s->line_no;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end,
};

static void renew_yajl(struct json_state *s)
{
	if (s->yajl)
		yajl_free(s->yajl);
	s->yajl = yajl_alloc(&callbacks, NULL, s);
	if (!s->yajl)
		die(EXIT_FAILED, "out of memory");
	yajl_config(s->yajl, yajl_allow_multiple_values, 1);
	yajl_config(s->yajl, yajl_dont_validate_strings, 1); /* value_text() is stricter */
}

/* The UTF-16 unit of \uXXXX at p, or -1. */
static int32_t unit_at(const char *p, const char *end)
{
	int32_t v = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + c - '0';
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v * 16 + (c | 32) - 'a' + 10;
		else
			return -1;
	}
	return v;
}

/* Whether all surrogates in \u escapes are pairs (RFC 8259, 7 and 8.2); yajl
 * would make a "?" of a lone one. */
static bool surrogates_paired(const char *p, size_t n)
{
	const char *end = p + n;

	while (p < end && (p = memchr(p, '\\', (size_t)(end - p)))) {
		int32_t u = unit_at(p, end);

		if (u < 0xd800 || u > 0xdfff) {
			p += u < 0 ? 2 : 6;
			continue;
		}
		if (u > 0xdbff)
			return false;
		u = unit_at(p + 6, end);
		if (u < 0xdc00 || u > 0xdfff)
			return false;
		p += 12;
	}
	return true;
}

/* Runs yajl over the line. What is no JSON has no other flaw. */
static void run_yajl(struct json_state *s)
{
	const unsigned char *text = (const unsigned char *)s->line;
	unsigned char *msg;

	if (yajl_parse(s->yajl, text, s->line_n) == yajl_status_ok) {
		if (s->depth == 0 && s->line_n <= READER_HUGE)
			return;
		if (s->depth) {
			s->flaw = SOUND;
			set_flaw(s, NO_END_HERE, "", 0);
		}
	} else {
		msg = yajl_get_error(s->yajl, 0, text, s->line_n);
		s->flaw = SOUND;
		set_flaw(s, NO_JSON, (char *)msg, msg ? strcspn((char *)msg, "\n") : 0);
		yajl_free_error(s->yajl, msg);
	}
	renew_yajl(s);
}

static bool is_end_mark(const struct json_state *s)
{
	return s->values == 1 && s->nkeys == 1 && s->end_key && s->end_value.p &&
	       (s->flaw == SOUND || s->flaw == SURPLUS);
}

/* Parses the line into s->f, or finds its flaw. */
static void parse_line(struct json_state *s)
{
	size_t chars;

	s->values = 0;
	s->depth = s->nkeys = s->next = 0;
	s->col = NO_COLUMN;
	s->end_key = false;
	s->end_value = (struct field){NULL, 0};
	s->flaw = SOUND;
	buf_reset(&s->copy);
	if (s->line_n < READER_HUGE)
		buf_trim(&s->copy, READER_HUGE);
	buf_room(&s->copy, s->line_n);
	if (value_text(s->line, s->line_n, true, &chars) != VALUE_OK)
		set_flaw(s, ENCODING, "", 0);
	else if (!surrogates_paired(s->line, s->line_n))
		set_flaw(s, SURROGATE, "", 0);
	else
		run_yajl(s);
	if (s->flaw != SOUND || s->nkeys == s->ncols || is_end_mark(s))
		return;
	for (size_t i = 0; i < s->ncols; i++)
		if (s->seen[i] != s->line_no)
			set_flaw(s, LACKING, s->name[i].p, s->name[i].n);
}

/* Finds the next line that is not blank: 1, 0 at end of file, -1. At end of
 * file the line may lack its line end; s->line has one all the same. */
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
		s->line = from;
		s->line_n = (size_t)(end - from) + 1;
		s->line_no++;
		while (from < end && (*from == ' ' || *from == '\t' || *from == '\r'))
			from++;
		if (from < end)
			return 1;
	}
}

static int describe(const struct reader *r, struct err *e)
{
	struct json_state *s = r->state;
	struct buf b = BUF_INIT;

	value_add_quoted(&b, s->text.p ? s->text.p : "", s->text.n);
	switch (s->flaw) {
	case SOUND:
		break;
	case NOT_OBJECT:
		err_set(e, EXIT_BAD, "the line is no JSON object");
		break;
	case SEVERAL:
		err_set(e, EXIT_BAD, "the line holds more than one value");
		break;
	case NO_END_HERE:
		err_set(e, EXIT_BAD, "the object does not end on its line");
		break;
	case NO_JSON:
		err_set(e, EXIT_BAD, "the line is no JSON: %s", buf_cstr(&b));
		break;
	case ENCODING:
		err_set(e, EXIT_BAD, "the line is not UTF-8");
		break;
	case SURROGATE:
		err_set(e, EXIT_BAD, "the line holds half of a surrogate pair");
		break;
	case SURPLUS:
		err_set(e, EXIT_BAD, "the first row has no column %s", buf_cstr(&b));
		break;
	case DOUBLED:
		err_set(e, EXIT_BAD, "column %s stands there twice", buf_cstr(&b));
		break;
	case LACKING:
		err_set(e, EXIT_BAD, "column %s is missing", buf_cstr(&b));
		break;
	}
	buf_free(&b);
	return err_prefix(e, "%s line %llu", r->name, (unsigned long long)s->line_no);
}

/* After the end mark: nothing but blank lines, and the right count. */
static enum reader_status check_end(struct reader *r, struct err *e)
{
	struct json_state *s = r->state;
	char *want = xasprintf("%llu", (unsigned long long)r->rows);
	bool right = is_name(s->end_value, want, strlen(want));
	int more;

	free(want);
	s->ended = true;
	if (!right) {
		err_set(e, EXIT_FAILED, "%s line %llu: the end mark counts %.*s rows, but %llu came",
			r->name, (unsigned long long)s->line_no,
			(int)(s->end_value.n < 60 ? s->end_value.n : 60), s->end_value.p,
			(unsigned long long)r->rows);
		return READER_FAILED;
	}
	more = next_line(r, e);
	if (more > 0)
		reader_after_end(r, s->line_no, e);
	return more ? READER_FAILED : READER_END;
}

static enum reader_status malformed(struct reader *r, struct err *e)
{
	struct json_state *s = r->state;
	size_t n = s->line_n - 1;

	n -= n && s->line[n - 1] == '\r';
	buf_reset(&r->raw);
	buf_trim(&r->raw, READER_HUGE);
	buf_add(&r->raw, s->line, n);
	r->rows++;
	describe(r, e);
	return READER_MALFORMED;
}

static enum reader_status json_next(struct reader *r, struct row *row, struct err *e)
{
	struct json_state *s = r->state;
	int more;

	if (s->ended)
		return READER_END;
	if (!s->have_first) {
		more = next_line(r, e);
		if (more < 0)
			return READER_FAILED;
		if (more)
			parse_line(s);
		if (more && is_end_mark(s))
			return check_end(r, e);
		if (r->eof && r->at == r->in.n && !r->no_end && (!more || r->in.p[r->in.n - 1] != '\n')) {
			reader_cut_off(r, s->line_no + !more, e);
			return READER_FAILED;
		}
		if (!more)
			return READER_END;
		if (s->flaw != SOUND)
			return malformed(r, e);
	}
	s->have_first = false;
	r->rows++;
	*row = (struct row){s->f, s->ncols};
	return READER_ROW;
}

static uint64_t json_line(const struct reader *r)
{
	struct json_state *s = r->state;

	return s->line_no;
}

static int compare_columns(const void *a, const void *b, void *names)
{
	const struct field *name = names;

	return compare_fields(name[*(const size_t *)a], name[*(const size_t *)b]);
}

static int learn_columns(struct reader *r, struct err *e)
{
	struct json_state *s = r->state;

	if (reader_set_columns(r, s->name, s->ncols, e) < 0)
		return -1;
	s->sorted = xcalloc(s->ncols, sizeof *s->sorted);
	for (size_t i = 0; i < s->ncols; i++) {
		s->name[i].p = r->column[i];
		s->sorted[i] = i;
	}
	qsort_r(s->sorted, s->ncols, sizeof *s->sorted, compare_columns, s->name);
	return 0;
}

static int json_open(struct reader *r, struct err *e)
{
	struct json_state *s = xcalloc(1, sizeof *s);
	int more;

	r->state = s;
	renew_yajl(s);
	more = next_line(r, e);
	if (more < 0)
		return -1;
	if (!more)
		return reader_cut_off(r, 1, e);
	s->open = true;
	parse_line(s);
	s->open = false;
	if (is_end_mark(s)) {
		s->ncols = 0;
		return check_end(r, e) == READER_END ? 0 : -1;
	}
	if (r->eof && r->at == r->in.n && !r->no_end && s->flaw != SOUND)
		return reader_cut_off(r, s->line_no, e);
	if (s->flaw != SOUND)
		return describe(r, e);
	s->have_first = true;
	return learn_columns(r, e);
}

static void json_close(struct reader *r)
{
	struct json_state *s = r->state;

	if (!s)
		return;
	if (s->yajl)
		yajl_free(s->yajl);
	buf_free(&s->copy);
	buf_free(&s->text);
	free(s->name);
	free(s->f);
	free(s->seen);
	free(s->sorted);
	free(s);
}

const struct reader_ops json_reader_ops = {json_open, json_next, json_line, json_close};
