/*
 * A database is a URL: postgres://… goes to libpq as it is; mysql://… (or
 * mariadb://…) is taken apart here.
 */
#ifndef URL_H
#define URL_H

#include "err.h"
#include "type.h"

struct url_param {
	char *name;
	char *value;
};

struct url {
	enum engine engine;
	char *text;     /* the whole URL as given, password and all; never printed */
	char *masked;   /* the same with its password as "***", for people */
	/* The parts of a mysql:// URL, percent-decoded; NULL where not given. */
	char *user, *password, *host, *database;
	unsigned port;  /* 0: the default */
	struct url_param *param;
	size_t nparams;
};

/* Parses arg and overwrites the password in it (argv, so that ps(1) does not
 * show it). Returns the URL, which the caller frees, or NULL with *e set
 * (EXIT_BAD; unknown scheme, bad escape, bad port; the message masks the password). */
struct url *url_parse(char *arg, struct err *e);

/* The value of a parameter, or NULL. */
const char *url_param(const struct url *u, const char *name);

/* The schema that is written without its name: PostgreSQL's public, or MySQL's database, NULL if
 * the URL names none. It lives as long as the URL. */
const char *url_home(const struct url *u);

/* Overwrites and frees it. */
void url_free(struct url *u);

#endif
