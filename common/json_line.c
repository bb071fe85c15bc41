#include "json_line.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json_sax.h"
#include "stream_impl.h"

#define END_KEY "$end"
#define NO_COLUMN ((size_t)-1)

static void set_flaw(struct json_line *s, enum json_flaw flaw, const char *p, size_t n)
{
	if (s->flaw != FLAW_NONE) /* the first one is told */
		return;
	s->flaw = flaw;
	buf_reset(&s->text);
	buf_add(&s->text, p, n);
}

/* The text itself if it lies in the line, else a copy. */
static struct field keep(struct json_line *s, const void *text, size_t n)
{
	const char *p = text;
	uintptr_t at = (uintptr_t)p - (uintptr_t)s->p;

	if (at >= s->n) {
		buf_room(&s->copy, n + 1);
		p = memcpy(s->copy.p + s->copy.n, text, n);
		s->copy.n += n;
	}
	return (struct field){p, n};
}

/* Takes a value that is not nested in another one; `text` is yajl's. */
static int take(struct json_line *s, struct field f, enum json_kind kind)
{
	if (s->depth == 0) {
		s->values++;
		set_flaw(s, FLAW_NOT_OBJECT, "", 0);
		return 1;
	}
	if (s->nkeys == 1 && s->end_key)
		s->end_value = kind == JSON_NUMBER ? f : (struct field){NULL, 0};
	if (s->col != NO_COLUMN) {
		s->f[s->col] = f;
		s->kind[s->col] = kind;
	}
	return 1;
}

static int on_null(void *state)
{
	struct json_line *s = state;

	return s->depth > 1 ? 1 : take(s, (struct field){NULL, 0}, JSON_STRING);
}

static int on_boolean(void *state, int v)
{
	struct json_line *s = state;

	return s->depth > 1 ? 1 : take(s, (struct field){v ? "t" : "f", 1}, JSON_BOOL);
}

static int on_number(void *state, const char *p, size_t n)
{
	struct json_line *s = state;

	return s->depth > 1 ? 1 : take(s, keep(s, p, n), JSON_NUMBER);
}

static int on_string(void *state, const unsigned char *p, size_t n)
{
	struct json_line *s = state;

	return s->depth > 1 ? 1 : take(s, keep(s, p, n), JSON_STRING);
}

static int on_start(struct json_line *s)
{
	if (s->depth++ == 1)
		s->nested_at = json_sax_at(s->sax) - 1;
	return 1;
}

static int on_end(void *state)
{
	struct json_line *s = state;

	if (--s->depth == 1) {
		size_t end = json_sax_at(s->sax);

		take(s, (struct field){s->p + s->nested_at, end - s->nested_at}, JSON_NESTED);
	}
	return 1;
}

static int on_start_array(void *state)
{
	struct json_line *s = state;

	if (s->depth == 0) {
		s->values++;
		set_flaw(s, FLAW_NOT_OBJECT, "", 0);
	}
	return on_start(s);
}

static int on_start_map(void *state)
{
	struct json_line *s = state;

	if (s->depth == 0 && s->values++)
		set_flaw(s, FLAW_SEVERAL, "", 0);
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
static size_t find_column(struct json_line *s, struct field key)
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
static size_t add_column(struct json_line *s, struct field key)
{
	if (s->ncols == s->cap) {
		s->cap += s->cap / 2 + 64;
		s->name = xrealloc(s->name, s->cap * sizeof *s->name);
		s->f = xrealloc(s->f, s->cap * sizeof *s->f);
		s->kind = xrealloc(s->kind, s->cap * sizeof *s->kind);
		s->seen = xrealloc(s->seen, s->cap * sizeof *s->seen);
	}
	s->name[s->ncols] = keep(s, key.p, key.n);
	s->seen[s->ncols] = 0;
	return s->ncols++;
}

static int on_key(void *state, const unsigned char *text, size_t n)
{
	struct json_line *s = state;
	const char *p = (const char *)text;

	if (s->depth > 1)
		return 1;
	s->end_key = s->nkeys++ == 0 && n == strlen(END_KEY) && !memcmp(p, END_KEY, n);
	s->col = s->learning ? add_column(s, (struct field){p, n})
			 : find_column(s, (struct field){p, n});
	s->next = s->col + 1;
	if (s->col == NO_COLUMN)
		set_flaw(s, FLAW_SURPLUS, p, n);
	else if (s->seen[s->col] == s->no)
		set_flaw(s, FLAW_DOUBLED, p, n);
	else
		s->seen[s->col] = s->no;
	return 1;
}

static const struct json_handler handler = {
	.on_null = on_null,
	.on_boolean = on_boolean,
	.on_number = on_number,
	.on_string = on_string,
	.on_start_map = on_start_map,
	.on_key = on_key,
	.on_end_map = on_end,
	.on_start_array = on_start_array,
	.on_end_array = on_end,
};

/* Runs the parser over the line. What is no JSON has no other flaw. */
static void run_parser(struct json_line *s)
{
	struct buf why = BUF_INIT;

	if (json_sax_parse(s->sax, s->p, s->n, &why) == 0) {
		if (s->depth == 0 && s->n <= READER_HUGE)
			return;
		if (s->depth) {
			s->flaw = FLAW_NONE;
			set_flaw(s, FLAW_NO_END_HERE, "", 0);
		}
	} else {
		s->flaw = FLAW_NONE;
		set_flaw(s, FLAW_NO_JSON, why.p, why.n);
		buf_free(&why);
	}
	json_sax_renew(s->sax);
}

bool json_line_is_end(const struct json_line *s)
{
	return s->values == 1 && s->nkeys == 1 && s->end_key && s->end_value.p &&
	       (s->flaw == FLAW_NONE || s->flaw == FLAW_SURPLUS);
}

void json_line_parse(struct json_line *s)
{
	enum json_text text = json_text_check(s->p, s->n);

	s->values = 0;
	s->depth = s->nkeys = s->next = 0;
	s->col = NO_COLUMN;
	s->end_key = false;
	s->end_value = (struct field){NULL, 0};
	s->flaw = FLAW_NONE;
	buf_reset(&s->copy);
	if (s->n < READER_HUGE)
		buf_trim(&s->copy, READER_HUGE);
	buf_room(&s->copy, s->n);
	if (text != JSON_TEXT_OK)
		set_flaw(s, text == JSON_UTF8 ? FLAW_ENCODING : FLAW_SURROGATE, "", 0);
	else
		run_parser(s);
	if (s->flaw != FLAW_NONE || s->nkeys == s->ncols || json_line_is_end(s))
		return;
	for (size_t i = 0; i < s->ncols; i++)
		if (s->seen[i] != s->no)
			set_flaw(s, FLAW_LACKING, s->name[i].p, s->name[i].n);
}

void json_line_learn(struct json_line *s)
{
	s->learning = true;
	json_line_parse(s);
	s->learning = false;
}

static int compare_columns(const void *a, const void *b, void *names)
{
	const struct field *name = names;

	return compare_fields(name[*(const size_t *)a], name[*(const size_t *)b]);
}

void json_line_columns(struct json_line *s, char *const *names)
{
	s->sorted = xcalloc(s->ncols, sizeof *s->sorted);
	for (size_t i = 0; i < s->ncols; i++) {
		s->name[i].p = names[i];
		s->sorted[i] = i;
	}
	qsort_r(s->sorted, s->ncols, sizeof *s->sorted, compare_columns, s->name);
}

void json_line_init(struct json_line *s)
{
	*s = (struct json_line){.sax = json_sax_new(&handler, s)};
}

void json_line_free(struct json_line *s)
{
	json_sax_free(s->sax);
	buf_free(&s->copy);
	buf_free(&s->text);
	free(s->name);
	free(s->f);
	free(s->kind);
	free(s->seen);
	free(s->sorted);
}
