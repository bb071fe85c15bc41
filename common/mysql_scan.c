#include "mysql_scan.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static void skip_line(struct scan *s)
{
	while (s->at < s->end && *s->at != '\n')
		s->at++;
}

static bool at_text(const struct scan *s, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(s->end - s->at) >= n && !memcmp(s->at, text, n);
}

/* Of an executable comment, MySQL's or MariaDB's, only the opening mark and the version. */
static void skip_comment(struct scan *s)
{
	if (at_text(s, "/*!") || at_text(s, "/*M!")) {
		s->at = (const char *)memchr(s->at, '!', (size_t)(s->end - s->at)) + 1;
		while (s->at < s->end && isdigit((unsigned char)*s->at))
			s->at++;
		return;
	}
	for (s->at += 2; s->at < s->end && !at_text(s, "*/"); s->at++)
		;
	s->at = s->at < s->end ? s->at + 2 : s->end;
}

void scan_skip_blank(struct scan *s)
{
	for (;;) {
		while (s->at < s->end && isspace((unsigned char)*s->at))
			s->at++;
		if (at_text(s, "/*"))
			skip_comment(s);
		else if (at_text(s, "*/"))
			s->at += 2;
		else if (at_text(s, "#") || at_text(s, "-- ") || at_text(s, "--\n"))
			skip_line(s);
		else
			return;
	}
}

static void quoted(struct scan *s, char quote, bool escapes)
{
	for (s->at++; s->at < s->end; s->at++) {
		if (*s->at == '\\' && escapes && s->at + 1 < s->end) {
			s->at++;
		} else if (*s->at == quote) {
			if (s->at + 1 == s->end || s->at[1] != quote)
				break;
			s->at++;
		}
		buf_addc(&s->text, *s->at);
	}
	if (s->at < s->end)
		s->at++;
}

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

void scan_next(struct scan *s)
{
	char c;

	scan_skip_blank(s);
	buf_reset(&s->text);
	s->kind = T_END;
	if (s->at >= s->end)
		return;
	c = *s->at;
	if (c == '`' || (c == '"' && s->ansi_quotes)) {
		s->kind = T_NAME;
		quoted(s, c, false);
	} else if (c == '\'' || c == '"') {
		s->kind = T_STRING;
		quoted(s, c, !s->no_backslash);
	} else if (word_char(c)) {
		s->kind = T_WORD;
		while (s->at < s->end && word_char(*s->at))
			buf_addc(&s->text, *s->at++);
	} else {
		s->kind = T_CHAR;
		buf_addc(&s->text, c);
		s->at++;
	}
}

bool scan_is_char(struct scan *s, char c)
{
	return s->kind == T_CHAR && *s->text.p == c;
}

bool scan_is_word(struct scan *s, const char *word)
{
	return s->kind == T_WORD && !strcasecmp(buf_cstr(&s->text), word);
}

bool scan_take(struct scan *s, const char *word)
{
	if (!scan_is_word(s, word))
		return false;
	scan_next(s);
	return true;
}
