#include "sqllex.h"

#include <ctype.h>
#include <string.h>

#include "value.h"

static bool word_start(char c)
{
	return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool word_char(char c)
{
	return word_start(c) || isdigit((unsigned char)c) || c == '$';
}

/* The character that MySQL's (and E''s) \c stands for. \% and \_ keep their
 * backslash, as the manual has it. */
static void add_escape(struct buf *b, enum engine engine, char c)
{
	switch (c) {
	case 'n': buf_addc(b, '\n'); break;
	case 't': buf_addc(b, '\t'); break;
	case 'r': buf_addc(b, '\r'); break;
	case 'b': buf_addc(b, '\b'); break;
	case '0': buf_addc(b, '\0'); break;
	case 'Z': buf_addc(b, '\x1a'); break;
	case '%':
	case '_':
		if (engine == ENGINE_MYSQL)
			buf_addc(b, '\\');
		buf_addc(b, c);
		break;
	default:
		buf_addc(b, c);
	}
}

/* Reads up to the closing quote, which `at` has just passed the opening one of. */
static void quoted(struct lexer *l, char quote, bool escapes, enum token_kind kind)
{
	const char *p = l->at;

	l->kind = kind;
	for (; *p; p++) {
		if (*p == '\\' && escapes && p[1]) {
			add_escape(&l->text, l->engine, *++p);
		} else if (*p == quote) {
			if (p[1] != quote)
				break;
			p++;
			buf_addc(&l->text, quote);
		} else {
			buf_addc(&l->text, *p);
		}
	}
	if (*p != quote)
		l->kind = TOKEN_BAD;
	l->at = *p ? p + 1 : p;
}

/* Turns the hex digits in text into bytes. */
static void unhex(struct lexer *l)
{
	struct buf hex = BUF_INIT;

	buf_adds(&hex, "\\x");
	if (l->text.n % 2)
		buf_addc(&hex, '0');
	buf_add(&hex, l->text.p, l->text.n);
	buf_reset(&l->text);
	if (value_add_unhex(&l->text, hex.p, hex.n) != VALUE_OK)
		l->kind = TOKEN_BAD;
	else
		l->kind = TOKEN_BYTES;
	buf_free(&hex);
}

static void number(struct lexer *l)
{
	const char *p = l->at;

	l->kind = TOKEN_NUMBER;
	if (l->engine == ENGINE_MYSQL && p[0] == '0' && (p[1] == 'x' || p[1] == 'b')) {
		const char *digits = p += 2;

		while (isxdigit((unsigned char)*p))
			p++;
		buf_add(&l->text, digits, (size_t)(p - digits));
		l->kind = TOKEN_BITS;
		if (digits[-1] == 'x')
			unhex(l);
		l->at = p;
		return;
	}
	while (isdigit((unsigned char)*p) || *p == '.')
		p++;
	if ((*p == 'e' || *p == 'E') &&
	    (isdigit((unsigned char)p[1]) ||
	     ((p[1] == '-' || p[1] == '+') && isdigit((unsigned char)p[2]))))
		for (p += 2; isdigit((unsigned char)*p);)
			p++;
	buf_add(&l->text, l->at, (size_t)(p - l->at));
	l->at = p;
}

/* A word that stands before a quote says what kind of literal follows. */
static bool prefixed_literal(struct lexer *l)
{
	const char *word = buf_cstr(&l->text);
	bool mysql = l->engine == ENGINE_MYSQL;
	enum token_kind kind = TOKEN_STRING;
	bool hex = false;

	if (*l->at != '\'')
		return false;
	if (!strcmp(word, "b"))
		kind = TOKEN_BITS;
	else if (!strcmp(word, "x") && mysql)
		hex = true;
	else if (mysql && !strcmp(word, "_binary"))
		kind = TOKEN_BYTES;
	else if (!(mysql && (*word == '_' || !strcmp(word, "n"))) &&
		 !(!mysql && !strcmp(word, "e")))
		return false;
	buf_reset(&l->text);
	l->at++;
	quoted(l, '\'', mysql || (kind == TOKEN_STRING && !hex), kind);
	if (hex && l->kind != TOKEN_BAD)
		unhex(l);
	return true;
}

static void word(struct lexer *l)
{
	l->kind = TOKEN_WORD;
	while (word_char(*l->at))
		buf_addc(&l->text, (char)tolower((unsigned char)*l->at++));
	prefixed_literal(l);
}

static void operator(struct lexer *l)
{
	/* Longest first. What is not among them is not translated. */
	static const char *const ops[] = {
		"!~~", "<=>", "::", "~~", "||", "<>", "!=", "<=", ">=", "&&", "=", "<", ">",
		"+",   "-",   "*",  "/",  "%",	"(",  ")",  "[",  "]",	",",  ".", "!"};
	/* An operator that goes on with one of these is another one: ->, ~~*, <@. */
	static const char more[] = "~@#^&|?>";

	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
		size_t n = strlen(ops[i]);
		char last = ops[i][n - 1], next;

		if (strncmp(l->at, ops[i], n))
			continue;
		next = l->at[n];
		l->kind = TOKEN_OP;
		if (next && !strchr("()[],.", last) &&
		    (strchr(more, next) || (last == '~' && next == '*')))
			l->kind = TOKEN_BAD;
		buf_add(&l->text, ops[i], n);
		l->at += n;
		return;
	}
	l->kind = TOKEN_BAD;
	buf_addc(&l->text, *l->at++);
}

void lexer_next(struct lexer *l)
{
	bool mysql = l->engine == ENGINE_MYSQL;
	char c;

	buf_reset(&l->text);
	while (isspace((unsigned char)*l->at))
		l->at++;
	c = *l->at;
	if (!c) {
		l->kind = TOKEN_END;
	} else if (c == '\'' || (c == '"' && mysql)) {
		l->at++;
		quoted(l, c, mysql, TOKEN_STRING);
		while (isspace((unsigned char)*l->at))
			l->at++;
	} else if (c == '"' || c == '`') {
		l->at++;
		quoted(l, c, false, TOKEN_IDENT);
	} else if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)l->at[1]))) {
		number(l);
	} else if (word_start(c)) {
		word(l);
	} else {
		operator(l);
	}
}

void lexer_open(struct lexer *l, enum engine engine, const char *text)
{
	*l = (struct lexer){.engine = engine, .at = text};
	lexer_next(l);
}

void lexer_close(struct lexer *l)
{
	buf_free(&l->text);
}

void sql_add_ident(struct buf *b, enum engine engine, const char *name)
{
	char quote = engine == ENGINE_MYSQL ? '`' : '"';

	buf_addc(b, quote);
	for (; *name; name++) {
		if (*name == quote)
			buf_addc(b, quote);
		buf_addc(b, *name);
	}
	buf_addc(b, quote);
}

void sql_add_string(struct buf *b, enum engine engine, const char *p, size_t n)
{
	buf_addc(b, '\'');
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\'' || (p[i] == '\\' && engine == ENGINE_MYSQL))
			buf_addc(b, p[i]);
		if (p[i] == '\0')
			buf_adds(b, engine == ENGINE_MYSQL ? "\\0" : "");
		else
			buf_addc(b, p[i]);
	}
	buf_addc(b, '\'');
}
