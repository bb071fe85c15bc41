#include "err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *progname = "rowboat";

void set_progname(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	progname = slash ? slash + 1 : argv0;
	if (!strncmp(progname, "row-", 4))
		progname += 4;
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		die(EXIT_FAILED, "out of memory");
	return s;
}

int err_set(struct err *e, enum exit_status status, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = xvasprintf(fmt, ap);
	va_end(ap);
	err_clear(e);
	e->status = status;
	e->msg = msg;
	return -1;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	va_list ap;
	char *prefix, *old = e->msg;

	va_start(ap, fmt);
	prefix = xvasprintf(fmt, ap);
	va_end(ap);
	e->msg = xasprintf("%s: %s", prefix, old ? old : "");
	free(prefix);
	free(old);
	return -1;
}

int err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;
	char *hint;

	va_start(ap, fmt);
	hint = xvasprintf(fmt, ap);
	va_end(ap);
	free(e->hint);
	e->hint = hint;
	return -1;
}

void err_clear(struct err *e)
{
	free(e->msg);
	free(e->hint);
	*e = (struct err)ERR_INIT;
}

static void vreport(const char *fmt, va_list ap)
{
	char *msg = xvasprintf(fmt, ap);

	fprintf(stderr, "%s: %s\n", progname, msg);
	free(msg);
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(fmt, ap);
	va_end(ap);
}

static int failed_status = EXIT_FAILED;

void set_failed_status(int status)
{
	failed_status = status;
}

static _Noreturn void exit_with(enum exit_status status)
{
	exit(status == EXIT_FAILED ? failed_status : (int)status);
}

void die(enum exit_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(fmt, ap);
	va_end(ap);
	exit_with(status);
}

void die_err(const struct err *e)
{
	warn("%s", e->msg ? e->msg : "failed without a message");
	if (e->hint)
		warn("hint: %s", e->hint);
	exit_with(e->status == EXIT_DONE ? EXIT_FAILED : e->status);
}

static void *checked(void *p)
{
	if (!p) {
		fprintf(stderr, "%s: out of memory\n", progname);
		exit_with(EXIT_FAILED);
	}
	return p;
}

void *xmalloc(size_t n)
{
	return checked(malloc(n ? n : 1));
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t n)
{
	return checked(realloc(p, n ? n : 1));
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}
