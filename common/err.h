/*
 * Errors. Code under common/ never ends the process for bad input or a failed
 * server: it fills a struct err and returns -1, so that it can be unit-tested
 * and fuzzed; a program passes the struct to die_err(). Only the lack of
 * memory ends the process at once (exit status 3).
 *
 * Messages are one lower-case line without a full stop and without the
 * program's name; a hint says what to do about it. No message ever holds a
 * password.
 */
#ifndef ERR_H
#define ERR_H

#include <stdarg.h>
#include <stddef.h>

/* Exit statuses of all programs but diff, which keeps those of diff(1). */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_GATE = 1,   /* a difference, a reject, a gate not passed */
	EXIT_BAD = 2,    /* usage or bad input: trying again does not help */
	EXIT_FAILED = 3, /* database, system or cut-off stream: a retry may help */
};

/* Invariant: msg is NULL as long as nothing failed. Start it with ERR_INIT. */
struct err {
	enum exit_status status;
	char *msg;  /* owned */
	char *hint; /* owned; NULL where there is none */
};

#define ERR_INIT {EXIT_DONE, NULL, NULL}

/* Sets message and status; an earlier message and hint are dropped. Returns -1,
 * so that a caller can write `return err_set(e, EXIT_BAD, "...")`. */
int err_set(struct err *e, enum exit_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "text: " before the message that is there. Returns -1. */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets the hint. Returns -1. */
int err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Forgets the error; *e can be used again. */
void err_clear(struct err *e);

/* The program's name for messages; call it first in main() with argv[0]
 * (folders and the prefix "row-" are left away). */
void set_progname(const char *argv0);
extern const char *progname;

/* Makes EXIT_FAILED another number for die() and die_err(): diff has 2 for any trouble. */
void set_failed_status(int status);

/* Prints "progname: message" (and "progname: hint: …") to stderr. */
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints like warn() and exits with status. */
_Noreturn void die(enum exit_status status, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints e's message and hint and exits with its status. */
_Noreturn void die_err(const struct err *e);

/* Allocation that cannot fail: ends the process with status 3 instead. */
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

#endif
