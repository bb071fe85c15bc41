/* sql: runs the statements of a script in a database of either engine. See sql.1. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db.h"
#include "err.h"
#include "io.h"
#include "opt.h"
#include "sqlsplit.h"

struct options {
	bool skip_existing, one_transaction;
	uint64_t jobs;
	const struct url *url;
};

struct script {
	struct buf text;
	struct sql_statement *st;
	size_t n, settings; /* the first statements, as long as they are SET */
};

static void parse_options(int argc, char **argv, struct options *o, char **url)
{
	const struct opt opts[] = {
		OPT_FLAG(0, "skip-existing", &o->skip_existing,
			 "pass over a statement whose object is there already"),
		OPT_FLAG('1', "one-transaction", &o->one_transaction,
			 "all or nothing, as far as the server can undo its statements"),
		OPT_NUM('j', "jobs", "N", &o->jobs, 1, 1000,
			"run so many paragraphs at a time (default 1)"),
		OPT_END,
	};
	char **operand;

	opt_parse(argc, argv, "[OPTION]... URL",
		  "Runs the SQL statements of standard input, up to the first that fails.", opts, 1,
		  1, &operand);
	if (o->one_transaction && (o->jobs > 1 || o->skip_existing))
		opt_usage("--one-transaction does not go with --jobs or --skip-existing");
	*url = operand[0];
}

static int read_all(struct buf *b, struct err *e)
{
	ssize_t n;

	while ((n = io_read(STDIN_FILENO, buf_room(b, IO_CHUNK), IO_CHUNK, "standard input", e)) > 0)
		b->n += (size_t)n;
	return n < 0 ? -1 : 0;
}

static bool is_setting(const struct sql_statement *st)
{
	return st->n > 4 && !strncasecmp(st->text, "SET ", 4);
}

static int read_script(struct script *s, enum engine engine, struct err *e)
{
	struct sql_script in;
	struct sql_statement st;
	size_t room = 0;

	if (read_all(&s->text, e) < 0)
		return -1;
	sql_script_open(&in, engine, buf_cstr(&s->text), s->text.n);
	while (sql_script_next(&in, &st)) {
		if (s->n == room) {
			room = room ? room * 2 : 64;
			s->st = xrealloc(s->st, room * sizeof *s->st);
		}
		if (s->settings == s->n && is_setting(&st))
			s->settings++;
		s->st[s->n++] = st;
	}
	return 0;
}

/* The first line of a statement, cut. */
static void describe(const struct sql_statement *st, char *to, size_t size)
{
	size_t n = 0;

	while (n < st->n && n < size - 1 && st->text[n] != '\n')
		n++;
	while (n && n < st->n && ((unsigned char)st->text[n] & 0xc0) == 0x80)
		n--;
	memcpy(to, st->text, n);
	to[n] = '\0';
}

static int run(struct db *db, const struct options *o, const struct sql_statement *st,
	       struct err *e)
{
	char *text = xstrndup(st->text, st->n), start[61];
	int status = db_exec(db, text, e);

	free(text);
	if (status == 0)
		return 0;
	describe(st, start, sizeof start);
	if (o->skip_existing && db_exists_already(db)) {
		warn("there already: %s", start);
		err_clear(e);
		return 0;
	}
	return err_prefix(e, "line %zu: %s", st->line, start);
}

static struct db *open_session(const struct options *o, const struct script *s, struct err *e)
{
	struct db *db = db_open(o->url, e);

	for (size_t i = 0; db && i < s->settings; i++)
		if (run(db, o, &s->st[i], e) < 0) {
			db_close(db);
			db = NULL;
		}
	return db;
}

static int run_all(const struct options *o, const struct script *s, struct err *e)
{
	struct db *db = open_session(o, s, e);
	int status = db ? 0 : -1;

	if (status == 0 && o->one_transaction)
		status = db_begin(db, e);
	for (size_t i = s->settings; status == 0 && i < s->n; i++)
		status = run(db, o, &s->st[i], e);
	if (status == 0 && o->one_transaction)
		status = db_commit(db, e);
	if (db)
		db_close(db);
	return status;
}

/* ---- Paragraphs at a time ---- */

/* A process of its own: takes numbers of first statements from the queue. Ends the process. */
static _Noreturn void work(const struct options *o, const struct script *s, int queue)
{
	struct err e = ERR_INIT;
	struct db *db = open_session(o, s, &e);
	size_t i;
	ssize_t n = 0;

	if (!db)
		die_err(&e);
	while (!e.msg && (n = io_read(queue, &i, sizeof i, "the queue", &e)) == sizeof i) {
		size_t paragraph = s->st[i].paragraph;

		while (i < s->n && s->st[i].paragraph == paragraph &&
		       run(db, o, &s->st[i], &e) == 0)
			i++;
	}
	db_close(db);
	if (e.msg)
		die_err(&e);
	exit(EXIT_DONE);
}

/* Numbers are written whole, since they are shorter than a pipe's atomic size (pipe(7)). */
static int fill(int queue, const struct script *s, struct err *e)
{
	for (size_t i = s->settings; i < s->n; i++)
		if ((i == s->settings || s->st[i].paragraph != s->st[i - 1].paragraph) &&
		    io_write(queue, &i, sizeof i, "the queue", e) < 0)
			return -1;
	return 0;
}

static int run_jobs(const struct options *o, const struct script *s, struct err *e)
{
	int queue[2], worst = 0, status;
	pid_t filler;

	if (pipe(queue) < 0)
		return err_set(e, EXIT_FAILED, "cannot make a pipe");
	for (uint64_t i = 0; i <= o->jobs; i++) {
		filler = fork();
		if (filler < 0)
			return err_set(e, EXIT_FAILED, "cannot start a process");
		if (filler > 0)
			continue;
		/* The last process fills the queue; once all others have failed it gets SIGPIPE. */
		close(queue[i < o->jobs ? 1 : 0]);
		if (i < o->jobs)
			work(o, s, queue[0]);
		if (fill(queue[1], s, e) < 0)
			die_err(e);
		exit(EXIT_DONE);
	}
	close(queue[0]);
	close(queue[1]);
	for (pid_t pid; (pid = wait(&status)) > 0;) {
		int code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;

		if (code > worst && pid != filler)
			worst = code;
	}
	exit(worst);
}

int main(int argc, char **argv)
{
	struct options o = {.jobs = 1};
	struct script s = {0};
	struct err e = ERR_INIT;
	struct url *url;
	char *arg;

	set_progname(argv[0]);
	parse_options(argc, argv, &o, &arg);
	url = url_parse(arg, &e);
	if (!url || read_script(&s, url->engine, &e) < 0)
		die_err(&e);
	o.url = url;
	if ((o.jobs > 1 ? run_jobs(&o, &s, &e) : run_all(&o, &s, &e)) < 0)
		die_err(&e);
	buf_free(&s.text);
	free(s.st);
	url_free(url);
	return EXIT_DONE;
}
