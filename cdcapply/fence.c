/* fence: stops writes to a database, waits until its clients are gone, allows writes. See fence.1. */
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint.h"
#include "fence.h"
#include "io.h"
#include "progress.h"

#define PAUSE 200000000 /* ns between two looks */
#define TELL 10.0       /* s between two lines on what is waited for */

static volatile sig_atomic_t stopped;

static void parse_options(int argc, char **argv, struct options *o)
{
	static const char *const commands[] = {"off", "drain", "on", "status"};
	const struct opt opts[] = {
		OPT_NUM('t', "timeout", "SECONDS", &o->timeout, 0, 604800,
			"off, drain: wait no longer (default 60)"),
		OPT_LIST('c', "clients", "PATTERN", &o->clients,
			 "only clients whose application or user matches; may be repeated"),
		OPT_FLAG('k', "kill", &o->kill,
			 "off, drain: end the sessions that are left then, and say whose they were"),
		OPT_FLAG(0, "all", &o->all, "off: stop administrators too (MySQL's super_read_only)"),
		OPT_STR(0, "other", "[NAME=]URL", &o->other,
			"on: not while clients are connected to that database"),
		OPT_FLAG(0, "force", &o->force, "on: whatever speaks against it"),
		OPT_FLAG('q', "quiet", &o->quiet, "do not tell what is waited for"),
		OPT_END,
	};
	char **operand;
	size_t i;

	opt_parse(argc, argv, "off|drain|on|status [OPTION]... URL",
		  "Stops writes to a database, waits until its clients are gone, allows writes.",
		  opts, 2, 2, &operand);
	for (i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(operand[0], commands[i]))
			break;
	if (i == sizeof commands / sizeof *commands)
		opt_usage("off, drain, on or status is wanted, not '%s'", operand[0]);
	o->command = (enum command)i;
	o->url = operand[1];
	if (o->kill && o->command != OFF && o->command != DRAIN)
		opt_usage("--kill goes with off and drain");
	if (o->all && o->command != OFF)
		opt_usage("--all goes with off");
	if ((o->other || o->force) && o->command != ON)
		opt_usage("--other and --force go with on");
}

/* ---- Waiting ---- */

struct wait {
	const struct options *o;
	double started, told;
	bool killed;         /* and given a little more time */
	double end;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void wait_start(struct wait *w, const struct options *o)
{
	w->o = o;
	w->started = w->told = now();
	w->killed = false;
	w->end = w->started + (double)o->timeout;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* A line now and then; on a terminal, one that is drawn over. */
static void wait_tell(struct wait *w, size_t n, const char *what)
{
	bool tty = isatty(STDERR_FILENO);
	double t = now();

	if (w->o->quiet || (!tty && t - w->told < TELL))
		return;
	w->told = t;
	fprintf(stderr, "%s%s: waiting for %zu %s%s, %.0f s left%s", tty ? "\r\033[K" : "", progname,
		n, what, plural(n), w->end > t ? w->end - t : 0, tty ? "" : "\n");
	fflush(stderr);
}

/* Milliseconds to the end. */
static int wait_left(const struct wait *w)
{
	double left = w->end - now();

	return left <= 0 ? 0 : left > 1e6 ? 1000000000 : (int)(left * 1e3);
}

static void wait_clear(const struct wait *w)
{
	if (!w->o->quiet && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static void pause_shortly(void)
{
	nanosleep(&(struct timespec){0, PAUSE}, NULL);
}

/* Whether waiting is over; with --kill those that are left are ended first, and have five
 * seconds to go. 1, 0 or -1. */
static int wait_over(struct wait *w, struct db *db, const struct fence_clients *c, size_t n,
		     struct err *e)
{
	if (stopped)
		return 1;
	if (now() < w->end)
		return 0;
	if (!w->o->kill || w->killed)
		return 1;
	wait_clear(w);
	w->killed = true;
	w->end = now() + 5;
	return clients_kill(db, c, n, e);
}

/* ---- off ---- */

static char *who(void)
{
	const struct passwd *pw = getpwuid(geteuid());
	char host[256] = "";

	gethostname(host, sizeof host - 1);
	return xasprintf("%s@%s", pw ? pw->pw_name : "?", host);
}

/* What is left when writes are stopped: sessions that can write nevertheless. */
static int tell_leaks(struct db *db, const struct options *o, struct err *e)
{
	struct fence_clients c;
	size_t n;

	if (fence_stops_all(db))
		return EXIT_DONE;
	if (fence_clients(db, &c, e) < 0)
		return -1;
	n = clients_choose(o, &c, true);
	if (n) {
		warn("writes are off, but %zu connection%s can write nevertheless:", n, plural(n));
		clients_tell(&c, n);
	}
	fence_clients_free(&c);
	return n ? EXIT_GATE : EXIT_DONE;
}

static void tell_in_the_way(const struct wait *w, const struct fence_clients *c, size_t n)
{
	wait_clear(w);
	warn("%zu connection%s may still write:", n, plural(n));
	clients_tell(c, n);
}

static int stop_writes(struct db *db, const struct options *o, struct err *e)
{
	char *by = who();
	struct fence_options f = {by, o->all, 0};
	struct fence_clients c;
	struct wait w;
	size_t n;
	int status = 0, over = 0;

	wait_start(&w, o);
	while (!over) {
		f.wait_ms = wait_left(&w);
		status = fence_close(db, &f, e);
		if (status == 0)
			status = fence_clients(db, &c, e) < 0 ? -1 : 0;
		if (status)
			break;
		n = fence_in_the_way(db, &c);
		over = wait_over(&w, db, &c, n, e);
		if (over > 0)
			tell_in_the_way(&w, &c, n);
		else
			wait_tell(&w, n, "connection");
		fence_clients_free(&c);
	}
	wait_clear(&w);
	free(by);
	if (status < 0 || over < 0)
		return -1;
	return over ? EXIT_GATE : tell_leaks(db, o, e);
}

static int off(struct db *db, const struct options *o, struct err *e)
{
	int status;

	warn("stopping writes on %s; `fence on` allows them again", db_url(db));
	status = stop_writes(db, o, e);
	if (status == EXIT_DONE)
		warn("writes are off");
	else if (status > 0 || e->status != EXIT_BAD)
		warn("writes are stopped in part: `fence status` tells, `fence on` allows them again");
	return status;
}

/* ---- drain ---- */

static int drain(struct db *db, const struct options *o, struct err *e)
{
	struct fence_clients c;
	struct wait w;
	size_t n;
	int over = 0;

	wait_start(&w, o);
	for (;;) {
		if (fence_clients(db, &c, e) < 0)
			return -1;
		n = clients_choose(o, &c, false);
		if (n)
			over = wait_over(&w, db, &c, n, e);
		if (!n || over)
			break;
		wait_tell(&w, n, "connection");
		fence_clients_free(&c);
		pause_shortly();
	}
	wait_clear(&w);
	if (n && over > 0) {
		warn("%zu connection%s still on %s:", n, plural(n), db_url(db));
		clients_tell(&c, n);
	}
	fence_clients_free(&c);
	return over < 0 ? -1 : n ? EXIT_GATE : EXIT_DONE;
}

/* ---- on ---- */

/* Refuses while clients are connected to the other database. */
static int check_other(const struct options *o, struct err *e)
{
	const char *equals = strchr(o->other, '='), *scheme = strstr(o->other, "://");
	bool named = equals && scheme && equals < scheme;
	char *text = xstrdup(named ? equals + 1 : o->other);
	struct url *u = url_parse(text, e);
	struct db *db = u ? db_open(u, e) : NULL;
	struct fence_clients c = {0};
	int status = db ? fence_clients(db, &c, e) : -1;
	size_t n = clients_choose(o, &c, false);

	if (status == 0 && n) {
		warn("%zu connection%s still on %.*s: writes stay off (--force allows them)", n,
		     plural(n), named ? (int)(equals - o->other) : (int)strlen(u->masked),
		     named ? o->other : u->masked);
		clients_tell(&c, n);
		status = EXIT_GATE;
	}
	fence_clients_free(&c);
	db_close(db);
	url_free(u);
	free(text);
	return status;
}

static int on(struct db *db, const struct options *o, struct err *e)
{
	char *left = NULL;
	int status = o->other && !o->force ? check_other(o, e) : 0;

	if (status)
		return status;
	status = fence_open(db, o->force, &left, e);
	if (status >= 0)
		warn(status ? "writes were on" : "writes are on");
	if (left)
		warn("%s", left);
	free(left);
	return status < 0 ? -1 : EXIT_DONE;
}

/* ---- The program ---- */

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* off and drain end between two looks, so that they can say how things are. */
static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = stop};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

int main(int argc, char **argv)
{
	static int (*const run[])(struct db *, const struct options *, struct err *) = {
		off, drain, on, fence_status};
	struct options o = {.timeout = 60};
	struct err e = ERR_INIT;
	struct url *u;
	struct db *db;
	int status;

	set_progname(argv[0]);
	parse_options(argc, argv, &o);
	u = url_parse(o.url, &e);
	db = u ? db_open(u, &e) : NULL;
	if (!db)
		die_err(&e);
	if (o.command == OFF || o.command == DRAIN)
		catch_signals();
	status = run[o.command](db, &o, &e);
	if (status < 0)
		die_err(&e);
	db_close(db);
	url_free(u);
	free(o.clients.v);
	return status;
}
