/* Errors: what the server and libpq say, as one line with a status and a hint. */
#include "pg_impl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DETAIL_MAX 300 /* bytes of a server's text in a message */

/* What to make of an SQLSTATE (PostgreSQL manual, "PostgreSQL Error Codes"): the
 * first prefix that matches counts. */
static const struct rule {
	const char *prefix;
	enum exit_status status;
	const char *hint;
} rules[] = {
	{"08", EXIT_FAILED, NULL},
	{"25006", EXIT_BAD, "the server is a standby, or default_transaction_read_only is on"},
	{"28", EXIT_BAD, "check user and password: in the URL, ~/.pgpass or PGPASSWORD"},
	{"3D000", EXIT_BAD, "check the database's name in the URL"},
	{"40", EXIT_FAILED, "try again"},
	{"42501", EXIT_BAD, "grant the privilege, or connect as another role"},
	{"53", EXIT_FAILED, NULL},
	{"55", EXIT_FAILED, NULL},
	{"57", EXIT_FAILED, NULL},
	{"58", EXIT_FAILED, NULL},
	{"F0", EXIT_FAILED, NULL},
	{"XX", EXIT_FAILED, NULL},
	{"", EXIT_BAD, NULL},
};

/* 42P16 is mostly a second primary key. */
bool pg_exists_already(struct db *db)
{
	static const char *const codes[] = {"42P07", "42710", "42P06", "42P16", "42701", "42723"};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (!strcmp(pg_of(db)->sqlstate, codes[i]))
			return true;
	return false;
}

/* Older snapshots read a table that was rewritten as it is now. */
bool pg_outdated_snapshot(struct db *db)
{
	(void)db;
	return false;
}

static const struct rule *find_rule(const char *sqlstate)
{
	const struct rule *r = rules;

	while (strncmp(sqlstate, r->prefix, strlen(r->prefix)))
		r++;
	return r;
}

/* Adds one line of text without its line ends and its full stop, cut to max bytes;
 * a capital that begins a word, not an abbreviation, becomes small. */
static void add_line(struct buf *b, const char *text, size_t max)
{
	size_t start = b->n, n = strlen(text);
	bool cut = n > max;

	if (cut)
		for (n = max; n && ((unsigned char)text[n] & 0xc0) == 0x80;)
			n--;
	while (n && strchr(".\n\r\t ", text[n - 1]))
		n--;
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\n' || text[i] == '\r' || text[i] == '\t')
			buf_addc(b, ' ');
		else
			buf_addc(b, text[i]);
	if (b->n - start > 1 && isupper((unsigned char)b->p[start]) &&
	    !isupper((unsigned char)b->p[start + 1]))
		b->p[start] = (char)tolower((unsigned char)b->p[start]);
	if (cut)
		buf_adds(b, "…");
}

/* libpq puts two spaces behind "FATAL:". */
static void close_gap(struct buf *b)
{
	char *gap = strstr(buf_cstr(b), ":  ");

	if (gap) {
		memmove(gap + 1, gap + 2, (size_t)(b->p + b->n - gap - 2));
		b->n--;
	}
}

/* A failed connection's message: its lines, "; " between them; lines that begin with
 * a tab are advice and become the hint. */
static int connection_failed(const char *text, enum exit_status status, struct err *e)
{
	struct buf b = BUF_INIT, hint = BUF_INIT, line = BUF_INIT;

	while (*text) {
		size_t n = strcspn(text, "\n");
		struct buf *to = *text == '\t' ? &hint : &b;

		buf_reset(&line);
		buf_add(&line, text + (*text == '\t'), n - (*text == '\t'));
		if (to->n && n)
			buf_adds(to, to == &b ? "; " : " ");
		if (n && !(to == &hint && hint.n))
			add_line(to, buf_cstr(&line), DETAIL_MAX);
		text += n + (text[n] == '\n');
	}
	close_gap(&b);
	err_set(e, status, "%s", b.n ? buf_cstr(&b) : "the connection to the server is lost");
	if (hint.n)
		err_hint(e, "%s", buf_cstr(&hint));
	buf_free(&b);
	buf_free(&hint);
	buf_free(&line);
	return -1;
}

/*
 * Finds "COPY table, line 17, column c: …" in an error's context, the words
 * perhaps in another language, and adds "column c: ". In binary COPY the line is
 * the row's number, too (src/backend/commands/copyfrom.c, CopyFromErrorCallback).
 */
static void read_context(struct pg *pg, const char *context, struct buf *b)
{
	char *where = xasprintf("COPY %s, ", pg->copying ? pg->copying : "");
	const char *p = context && pg->copying ? strstr(context, where) : NULL;
	char *end;

	if (p) {
		p += strlen(where);
		p += strcspn(p, "0123456789\n");
		if (isdigit((unsigned char)*p)) {
			pg->bad_line = strtoll(p, &end, 10);
			p = strncmp(end, ", ", 2) ? NULL : strchr(end + 2, ' ');
			if (p && strcspn(p, ":\n") > 1)
				buf_addf(b, "column %.*s: ", (int)strcspn(p + 1, ":\n"), p + 1);
		}
	}
	free(where);
}

int pg_fail(struct pg *pg, const struct pg_failure *f, struct err *e)
{
	const struct rule *rule;
	struct buf b = BUF_INIT;

	pg->bad_line = -1;
	free(pg->constraint);
	pg->constraint = f->constraint ? xstrdup(f->constraint) : NULL;
	memset(pg->sqlstate, 0, sizeof pg->sqlstate);
	if (!f->sqlstate || !f->primary)
		return connection_failed(f->text, EXIT_FAILED, e);
	strncpy(pg->sqlstate, f->sqlstate, sizeof pg->sqlstate - 1);
	read_context(pg, f->context, &b);
	add_line(&b, f->primary, DETAIL_MAX);
	if (f->detail && *f->detail) {
		buf_adds(&b, " (");
		add_line(&b, f->detail, DETAIL_MAX);
		buf_addc(&b, ')');
	}
	rule = find_rule(f->sqlstate);
	err_set(e, rule->status, "%s", buf_cstr(&b));
	if (f->hint && *f->hint) {
		buf_reset(&b);
		add_line(&b, f->hint, DETAIL_MAX);
		err_hint(e, "%s", buf_cstr(&b));
	} else if (rule->hint) {
		err_hint(e, "%s", rule->hint);
	}
	buf_free(&b);
	return -1;
}

bool pg_row_fault(const struct pg *pg)
{
	const char *s = pg->sqlstate;

	if (!strncmp(s, "22", 2))
		return strcmp(s, "22P04"); /* COPY's own format: not a row's fault */
	return !strncmp(s, "23", 2) || !strncmp(s, "44", 2) || !strncmp(s, "P0", 2) ||
	       (!strncmp(s, "54", 2) && pg->bad_line >= 0);
}

int pg_refused(const char *text, bool needs_password, struct err *e)
{
	static const char *const passing[] = {"the database system is", "too many",
					      "remaining connection slots", "terminating"};
	enum exit_status status = strstr(text, "FATAL:") ? EXIT_BAD : EXIT_FAILED;

	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (strstr(text, passing[i]))
			status = EXIT_FAILED;
	if (needs_password)
		status = EXIT_BAD;
	connection_failed(text, status, e);
	if (needs_password || strstr(text, "password authentication failed"))
		err_hint(e, "%s", find_rule("28P01")->hint);
	else if (status == EXIT_BAD && !e->hint)
		err_hint(e, "check user and database in the URL, and the server's pg_hba.conf");
	else if (!e->hint)
		err_hint(e, "check host and port in the URL, and that the server runs");
	return -1;
}
