/* SQL scripts into statements. */
#include "sqlsplit.h"

#include <ctype.h>
#include <string.h>

void sql_script_open(struct sql_script *s, enum engine engine, const char *text, size_t n)
{
	*s = (struct sql_script){.engine = engine, .at = text, .end = text + n, .line = 1};
}

static bool looking_at(const struct sql_script *s, const char *p, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(s->end - p) >= n && !memcmp(p, what, n);
}

/* Behind `what`, searched from p; or the end. */
static const char *behind(const struct sql_script *s, const char *p, const char *what)
{
	const char *found = p < s->end ? memmem(p, (size_t)(s->end - p), what, strlen(what)) : NULL;

	return found ? found + strlen(what) : s->end;
}

/* Behind a comment to the end of the line, its line end not included; NULL: there is none. */
static const char *line_comment(const struct sql_script *s, const char *p)
{
	const char *end;

	if (s->engine == ENGINE_MYSQL) {
		bool dashes = looking_at(s, p, "--") &&
			      (p + 2 == s->end || isspace((unsigned char)p[2]));

		if (*p != '#' && !dashes)
			return NULL;
	} else if (!looking_at(s, p, "--")) {
		return NULL;
	}
	end = memchr(p, '\n', (size_t)(s->end - p));
	return end ? end : s->end;
}

/* Behind a comment in slashes, which PostgreSQL lets nest; NULL: there is none. */
static const char *block_comment(const struct sql_script *s, const char *p)
{
	size_t depth = 1;

	if (!looking_at(s, p, "/*"))
		return NULL;
	if (s->engine == ENGINE_MYSQL)
		return behind(s, p + 2, "*/");
	for (p += 2; p < s->end && depth; p++) {
		if (looking_at(s, p, "/*")) {
			depth++;
			p++;
		} else if (looking_at(s, p, "*/")) {
			depth--;
			p++;
		}
	}
	return p;
}

static const char *quoted(const struct sql_script *s, const char *p, bool backslashes)
{
	char quote = *p;

	for (p++; p < s->end && *p != quote; p++)
		if (*p == '\\' && backslashes && p + 1 < s->end)
			p++;
	return p < s->end ? p + 1 : s->end;
}

/* Behind $tag$ … $tag$; NULL: there is none. */
static const char *dollar_quoted(const struct sql_script *s, const char *p)
{
	const char *q = p + 1;
	size_t n;

	while (q < s->end && (isalnum((unsigned char)*q) || *q == '_' || (*q & 0x80)))
		q++;
	if (q == s->end || *q != '$' || isdigit((unsigned char)p[1]))
		return NULL;
	n = (size_t)(q + 1 - p);
	for (q++; (q = memchr(q, '$', (size_t)(s->end - q))); q++)
		if ((size_t)(s->end - q) >= n && !memcmp(q, p, n))
			return q + n;
	return s->end;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (c & 0x80);
}

/* Behind the token at p, of which a `;` is no part. */
static const char *token(const struct sql_script *s, const char *p)
{
	const char *q = line_comment(s, p);

	if (!q)
		q = block_comment(s, p);
	if (q)
		return q;
	if (*p == '\'' || *p == '"')
		return quoted(s, p, s->engine == ENGINE_MYSQL);
	if (*p == '`' && s->engine == ENGINE_MYSQL)
		return quoted(s, p, false);
	if (*p == '$' && s->engine == ENGINE_POSTGRES && (q = dollar_quoted(s, p)))
		return q;
	if (!in_word(*p))
		return p + 1;
	/* E'…' has backslashes; a $ inside a name begins no string. */
	if ((*p == 'e' || *p == 'E') && s->engine == ENGINE_POSTGRES && looking_at(s, p + 1, "'"))
		return quoted(s, p + 1, true);
	while (p < s->end && in_word(*p))
		p++;
	return p;
}

static size_t lines(const char *p, const char *end)
{
	size_t n = 0;

	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		n++;
		p++;
	}
	return n;
}

/* Blanks, comments and lone semicolons. MySQL runs what stands in a comment that begins
 * with an exclamation mark. */
static void skip(struct sql_script *s)
{
	size_t start = s->line;

	while (s->at < s->end) {
		const char *next = line_comment(s, s->at);

		if (isspace((unsigned char)*s->at) || *s->at == ';')
			next = s->at + 1;
		else if (!next && !(s->engine == ENGINE_MYSQL && (looking_at(s, s->at, "/*!") ||
								  looking_at(s, s->at, "/*M!"))))
			next = block_comment(s, s->at);
		if (!next)
			break;
		s->line += lines(s->at, next);
		s->at = next;
	}
	if (s->line > start + 1)
		s->paragraph++;
}

bool sql_script_next(struct sql_script *s, struct sql_statement *st)
{
	const char *p;

	skip(s);
	if (s->at == s->end)
		return false;
	*st = (struct sql_statement){.text = s->at, .line = s->line, .paragraph = s->paragraph};
	for (p = s->at; p < s->end && *p != ';';)
		p = token(s, p);
	st->n = (size_t)(p - s->at);
	s->line += lines(s->at, p);
	s->at = p < s->end ? p + 1 : p;
	return true;
}
