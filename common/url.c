#include "url.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define SHOWN 3 /* a password is this many signs long for everyone else */

/* The schemes; all that follow "://" is read alike. */
static const struct scheme {
	const char *name;
	enum engine engine;
} schemes[] = {
	{"mysql", ENGINE_MYSQL},
	{"mariadb", ENGINE_MYSQL},
	{"postgres", ENGINE_POSTGRES},
	{"postgresql", ENGINE_POSTGRES},
};

/* A part of the argument. */
struct span {
	char *p;
	size_t n;
};

/* The argument taken apart, nothing decoded; p is NULL where a part is missing. */
struct parts {
	const struct scheme *scheme;
	struct span user, password, hosts, path, query;
};

static struct span span(char *p, const char *end)
{
	return (struct span){p, (size_t)(end - p)};
}

static char *find(struct span s, char c)
{
	return s.p ? memchr(s.p, c, s.n) : NULL;
}

static int bad(struct err *e, const char *what)
{
	err_set(e, EXIT_BAD, "database URL: %s", what);
	return err_hint(e, "in names and passwords write / as %%2F, @ as %%40, : as %%3A, ? as %%3F, "
			"%% as %%25");
}

static int no_url(const char *arg, struct err *e)
{
	if (strpbrk(arg, "=@:")) /* may hold a password */
		err_set(e, EXIT_BAD, "this is no database URL");
	else
		err_set(e, EXIT_BAD, "'%.60s' is no database URL", arg);
	return err_hint(e, "write it as postgres://user@host/database or mysql://user@host/database");
}

static int find_scheme(char *arg, struct parts *parts, char **rest, struct err *e)
{
	char *colon = strstr(arg, "://");
	size_t n = colon ? (size_t)(colon - arg) : 0;

	if (!colon || memchr(arg, ':', n) || memchr(arg, '@', n) || memchr(arg, '=', n))
		return no_url(arg, e);
	*rest = colon + 3;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (strlen(schemes[i].name) == n && !strncmp(arg, schemes[i].name, n))
			parts->scheme = &schemes[i];
	if (parts->scheme)
		return 0;
	err_set(e, EXIT_BAD, "database URL: unknown scheme '%.*s'", (int)(n < 60 ? n : 60), arg);
	return err_hint(e, "the schemes are mysql, mariadb, postgres, postgresql");
}

/* [user[:password]@][hosts][/path][?query]. The authority ends at the first /
 * or ?; the user's part of it at the last @, so that a raw @ in a password is
 * taken for what it is meant to be. */
static void take_apart(char *rest, struct parts *parts)
{
	char *end = rest + strcspn(rest, "/?"), *at = memrchr(rest, '@', (size_t)(end - rest));
	char *query = strchr(end, '?');
	struct span user = {0};
	char *colon;

	if (at)
		user = span(rest, at);
	colon = find(user, ':');
	if (colon) {
		parts->password = span(colon + 1, at);
		user = span(rest, colon);
	}
	parts->user = user;
	parts->hosts = span(at ? at + 1 : rest, end);
	if (*end == '/')
		parts->path = span(end + 1, query ? query : end + strlen(end));
	if (query)
		parts->query = span(query + 1, query + strlen(query));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

/* Adds the text that a part stands for (RFC 3986, 2.1). 0 or -1. */
static int decode(struct buf *b, struct span s, struct err *e)
{
	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '%') {
			buf_addc(b, s.p[i]);
			continue;
		}
		high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
		low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0)
			return bad(e, "a % is not followed by two hex digits other than 00");
		buf_addc(b, (char)(high * 16 + low));
		i += 2;
	}
	return 0;
}

/* The decoded part, which the caller owns; NULL, too, for a missing one. */
static int decoded(char **to, struct span s, struct err *e)
{
	struct buf b = BUF_INIT;

	*to = NULL;
	if (!s.p)
		return 0;
	if (decode(&b, s, e) < 0) {
		if (b.p)
			explicit_bzero(b.p, b.n);
		buf_free(&b);
		return -1;
	}
	*to = buf_detach(&b);
	return 0;
}

static void erase(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

/* The text without its passwords: each is "***" (or xxx in argv). */
static char *masked(const char *arg, const struct span *secret, size_t n, char sign)
{
	struct buf b = BUF_INIT;
	const char *p = arg;

	for (size_t i = 0; i < n; i++) {
		buf_add(&b, p, (size_t)(secret[i].p - p));
		for (int k = 0; k < SHOWN; k++)
			buf_addc(&b, sign);
		p = secret[i].p + secret[i].n;
	}
	buf_adds(&b, p);
	return buf_detach(&b);
}

/* Overwrites the passwords in arg. Where they are long enough for SHOWN signs,
 * what stands behind them moves up, so that ps(1) does not show their length. */
static void wipe(char *arg, const struct span *secret, size_t n)
{
	size_t len = strlen(arg);
	char *shown;

	for (size_t i = 0; i < n; i++)
		memset(secret[i].p, 'x', secret[i].n);
	shown = masked(arg, secret, n, 'x');
	if (strlen(shown) <= len) {
		memset(arg, 0, len);
		strcpy(arg, shown);
	}
	free(shown);
}

static bool is_secret(const char *name)
{
	return !strcmp(name, "password") || !strcmp(name, "sslpassword");
}

/* One name=value of the query. */
static int add_param(struct url *u, struct span s, struct span *value, struct err *e)
{
	char *equals = find(s, '=');
	struct url_param *p;

	if (!equals || memchr(equals + 1, '=', s.n - (size_t)(equals - s.p) - 1))
		return bad(e, "the part behind ? is no list of name=value&name=value");
	*value = span(equals + 1, s.p + s.n);
	u->param = xrealloc(u->param, (u->nparams + 1) * sizeof *u->param);
	p = &u->param[u->nparams++];
	p->value = NULL;
	if (decoded(&p->name, span(s.p, equals), e) < 0)
		return -1;
	return decoded(&p->value, *value, e);
}

/* Reads the query; adds the places of passwords to secret[]. */
static int read_query(struct url *u, struct span q, struct span **secret, size_t *nsecrets,
		      struct err *e)
{
	char *end;

	if (!q.n)
		return 0;
	end = q.p + q.n;
	for (char *p = q.p; p <= end;) {
		struct span value, rest = span(p, end);
		char *amp = find(rest, '&');

		if (add_param(u, span(p, amp ? amp : end), &value, e) < 0)
			return -1;
		if (is_secret(u->param[u->nparams - 1].name)) {
			*secret = xrealloc(*secret, (*nsecrets + 1) * sizeof **secret);
			(*secret)[(*nsecrets)++] = value;
		}
		p = amp ? amp + 1 : end + 1;
	}
	return 0;
}

/* Takes one host[:port] apart; *port is 0 where it is not given. */
static int split_host(struct span s, struct span *host, unsigned *port, struct err *e)
{
	char *end = s.p + s.n, *colon;

	*port = 0;
	*host = s;
	if (s.n && *s.p == '[') {
		char *close = find(s, ']');

		if (!close || (close + 1 < end && close[1] != ':'))
			return bad(e, "an IPv6 address is written as [::1]");
		*host = span(s.p + 1, close);
		colon = close + 1 < end ? close + 1 : NULL;
	} else {
		colon = find(s, ':');
		if (colon)
			*host = span(s.p, colon);
	}
	if (!colon)
		return 0;
	for (const char *p = colon + 1; p < end; p++) {
		*port = *port * 10 + (unsigned)(*p - '0');
		if (*p < '0' || *p > '9' || *port > 65535)
			return bad(e, "the port is no number from 1 to 65535");
	}
	if (*port == 0 && colon + 1 < end)
		return bad(e, "the port is no number from 1 to 65535");
	return 0;
}

/* libpq takes several hosts, and reports a bad port with its text, which may be
 * half a password: so all are checked here. */
static int check_hosts(struct span hosts, struct err *e)
{
	for (char *p = hosts.p, *end = hosts.p + hosts.n; p <= end;) {
		char *comma = find(span(p, end), ',');
		struct span host;
		unsigned port;

		if (split_host(span(p, comma ? comma : end), &host, &port, e) < 0)
			return -1;
		p = comma ? comma + 1 : end + 1;
	}
	return 0;
}

/* The URL for libpq, whose user ends at the first @: those of a password are
 * written as %40. */
static char *libpq_text(const char *arg, struct span password)
{
	struct buf b = BUF_INIT;

	for (const char *p = arg; *p; p++) {
		if (*p == '@' && password.p && p >= password.p && p < password.p + password.n)
			buf_adds(&b, "%40");
		else
			buf_addc(&b, *p);
	}
	return buf_detach(&b);
}

static int read_parts(struct url *u, const struct parts *parts, struct err *e)
{
	struct span host;
	char *unused;
	int ok;

	if (find(parts->path, '@')) /* user:12/3@host: else the password would be shown */
		return bad(e, "there is an @ behind the first /");
	if (u->engine == ENGINE_POSTGRES) {
		/* Only checked: libpq reads them, but would print what it cannot decode. */
		ok = check_hosts(parts->hosts, e);
		for (int i = 0; i < 4 && ok == 0; i++) {
			ok = decoded(&unused, (const struct span[]){parts->user, parts->password,
				     parts->hosts, parts->path}[i], e);
			erase(unused);
		}
		return ok;
	}
	if (find(parts->path, '/'))
		return bad(e, "there is more than one / behind the host");
	if (split_host(parts->hosts, &host, &u->port, e) < 0 ||
	    decoded(&u->user, parts->user, e) < 0 ||
	    decoded(&u->password, parts->password, e) < 0)
		return -1;
	if (host.n && decoded(&u->host, host, e) < 0)
		return -1;
	return parts->path.n ? decoded(&u->database, parts->path, e) : 0;
}

struct url *url_parse(char *arg, struct err *e)
{
	struct parts parts = {0};
	struct url *u = xcalloc(1, sizeof *u);
	struct span *secret = xcalloc(1, sizeof *secret);
	size_t nsecrets = 0;
	char *rest;
	int ok = find_scheme(arg, &parts, &rest, e);

	if (ok == 0) {
		u->engine = parts.scheme->engine;
		take_apart(rest, &parts);
		if (parts.password.p)
			secret[nsecrets++] = parts.password;
		ok = read_query(u, parts.query, &secret, &nsecrets, e);
	}
	if (ok == 0)
		ok = read_parts(u, &parts, e);
	if (ok == 0) {
		u->text = u->engine == ENGINE_POSTGRES ? libpq_text(arg, parts.password)
						       : xstrdup(arg);
		u->masked = masked(arg, secret, nsecrets, '*');
		wipe(arg, secret, nsecrets);
	} else {
		/* Where its password begins and ends is not known. */
		memset(arg, 'x', strlen(arg));
		url_free(u);
		u = NULL;
	}
	free(secret);
	return u;
}

const char *url_param(const struct url *u, const char *name)
{
	for (size_t i = 0; i < u->nparams; i++)
		if (!strcmp(u->param[i].name, name))
			return u->param[i].value;
	return NULL;
}

const char *url_home(const struct url *u)
{
	return u->engine == ENGINE_POSTGRES ? "public" : u->database;
}

void url_free(struct url *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < u->nparams; i++) {
		free(u->param[i].name);
		erase(u->param[i].value);
	}
	free(u->param);
	erase(u->text);
	free(u->masked);
	free(u->user);
	erase(u->password);
	free(u->host);
	free(u->database);
	free(u);
}
