/* cast: changes values and columns of a stream of rows. See cast.1. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cast_args.h"
#include "cast_loss.h"
#include "cast_plan.h"
#include "err.h"
#include "io.h"
#include "names.h"
#include "opt.h"
#include "progress.h"
#include "stream.h"

static const char in_name[] = "standard input";

struct options {
	int format;
	const char *key, *loss, *salt_file;
	bool no_end, no_loss;
	struct progress progress;
	char **args; /* in another order; owned */
};

static int parse_options(int argc, char **argv, struct options *o, char ***rules)
{
	const struct opt opts[] = {
		OPT_ENUM('f', "format", "csv|ndjson", &o->format, opt_formats,
			 "format of the output (default: that of the input)"),
		OPT_FLAG(0, "no-end", &o->no_end,
			 "take end of file as the end; without a mark there, write none"),
		OPT_GROUP("Changes with loss"),
		OPT_STR(0, "loss", "FILE", &o->loss, "write each of them there, one JSON line each"),
		OPT_STR('k', "key", "LIST", &o->key, "the columns that name a row in that file"),
		OPT_FLAG(0, "no-loss", &o->no_loss, "make the first of them an error"),
		OPT_GROUP("Pseudonyms"),
		OPT_STR(0, "salt-file", "FILE", &o->salt_file,
			"the salt of mask (default: the variable ROWBOAT_SALT)"),
		OPT_GROUP("Progress"),
		OPT_PROGRESS(o->progress),
		OPT_END,
	};
	int n;

	o->args = cast_order_args(&argc, argv, opts);
	n = opt_parse(argc, o->args, "[OPTION]... RULE...",
		      "Changes values and columns of the rows on standard input by rules.\n"
		      "A RULE is COLUMN=RULE, '*=RULE', -COLUMN, OLD->NEW or +COLUMN='TEXT'.",
		      opts, 1, argc, rules);
	if (o->key && !o->loss)
		opt_usage("--key goes with --loss");
	return n;
}

/* Adds the salt: a file without the line end behind it, or a variable. */
static int read_salt(const char *path, struct buf *salt, struct err *e)
{
	const char *variable = getenv("ROWBOAT_SALT");
	ssize_t got;
	int fd;

	if (!path) {
		buf_adds(salt, variable ? variable : "");
		return 0;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, EXIT_FAILED, "cannot open %s: %s", path, strerror(errno));
	while ((got = io_read(fd, buf_room(salt, IO_CHUNK), IO_CHUNK, path, e)) > 0)
		salt->n += (size_t)got;
	close(fd);
	if (got < 0)
		return -1;
	salt->n -= salt->n && salt->p[salt->n - 1] == '\n';
	salt->n -= salt->n && salt->p[salt->n - 1] == '\r';
	return salt->n ? 0 : err_set(e, EXIT_BAD, "%s holds no salt", path);
}

static struct rule *parse_rules(char **text, size_t n, const struct buf *salt)
{
	struct rule *rules = xcalloc(n, sizeof *rules);
	struct err e = ERR_INIT;

	for (size_t i = 0; i < n; i++)
		if (rule_parse(&rules[i], text[i], &e) < 0)
			die_err(&e);
	for (size_t i = 0; i < n; i++)
		rules[i].salt = (struct field){salt->p, salt->n};
	return rules;
}

static int copy_rows(struct cast_plan *plan, struct writer *w, struct progress *p, struct err *e)
{
	struct row row;
	enum reader_status got;

	while ((got = reader_next(plan->in, &row, e)) == READER_ROW) {
		if (plan_row(plan, &row, e) < 0)
			return -1;
		if (w->kind)
			for (size_t i = 0; i < plan->ncols; i++)
				w->kind[i] = plan->kind[i];
		if (writer_row(w, &plan->row, e) < 0)
			return -1;
		progress_rows(p, w->rows, reader_bytes(plan->in));
	}
	return got == READER_END ? 0 : -1;
}

/* The bytes of a regular file, for progress; 0 for a pipe. */
static uint64_t file_size(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

static int open_writer(struct writer *w, struct out *out, const struct cast_plan *plan,
		       enum stream_format format, struct err *e)
{
	const char **names = xcalloc(plan->ncols, sizeof *names);
	int status;

	for (size_t i = 0; i < plan->ncols; i++)
		names[i] = plan->col[i].name;
	status = writer_open(w, out, format, plan->ncols, names, plan->kind, e);
	free(names);
	return status;
}

static int cast_rows(struct cast_plan *plan, const struct options *o, struct out *out,
		     struct err *e)
{
	struct progress progress = o->progress;
	struct writer w;
	int status;

	if (open_writer(&w, out, plan, (enum stream_format)o->format, e) < 0)
		return -1;
	progress.quiet |= !progress.force;
	progress_start(&progress, "cast", file_size(STDIN_FILENO));
	status = copy_rows(plan, &w, &progress, e);
	progress_clear(&progress);
	if (status < 0) {
		struct err ignored = ERR_INIT;

		/* The rows so far help whoever watches; without the mark they are cut off. */
		out_flush(out, &ignored);
		err_clear(&ignored);
		return -1;
	}
	if (out_flush(out, e) < 0 || loss_close(plan->loss, e) < 0)
		return -1;
	return writer_end(&w, !reader_marked(plan->in), e);
}

/* An NDJSON stream without rows has no columns, and no rule can be wrong about it.
 * Its mark is all there is, whatever the output's format: CSV would need a header. */
static int cast_nothing(struct reader *in, struct out *out, struct err *e)
{
	struct writer w = {.out = out, .format = STREAM_NDJSON};
	struct row row;

	if (reader_next(in, &row, e) != READER_END)
		return -1;
	return writer_end(&w, !reader_marked(in), e);
}

static int cast_stream(const struct options *o, struct reader *in, struct rule *rules, size_t n,
		       struct cast_loss *loss, struct err *e)
{
	struct cast_plan plan = {0};
	struct out out;
	int status;

	out_open(&out, STDOUT_FILENO, "standard output");
	if (!reader_ncolumns(in)) {
		status = cast_nothing(in, &out, e);
	} else {
		status = plan_make(&plan, in, in_name, rules, n, loss, e);
		if (status == 0)
			status = cast_rows(&plan, o, &out, e);
		plan_free(&plan);
	}
	if (status < 0) {
		buf_free(&out.b);
		return -1;
	}
	return loss_close(loss, e) < 0 ? -1 : out_close(&out, e);
}

int main(int argc, char **argv)
{
	struct options o = {.format = -1};
	struct reader_options reading = {0};
	struct cast_loss loss = {0};
	struct buf salt = BUF_INIT;
	struct err e = ERR_INIT;
	char **rule_texts, **key = NULL;
	struct reader *in;
	struct rule *rules;
	size_t n, nkey;

	set_progname(argv[0]);
	n = (size_t)parse_options(argc, argv, &o, &rule_texts);
	if (read_salt(o.salt_file, &salt, &e) < 0)
		die_err(&e);
	rules = parse_rules(rule_texts, n, &salt);
	if (o.key && names_split(o.key, &key, &nkey, &e) < 0)
		die_err(&e);
	reading.no_end = o.no_end;
	loss.refuse = o.no_loss;
	in = reader_open(STDIN_FILENO, in_name, &reading, &e);
	if (!in || loss_open(&loss, o.loss, key, in, in_name, &e) < 0)
		die_err(&e);
	if (o.format < 0)
		o.format = (int)reader_format(in);
	if (cast_stream(&o, in, rules, n, &loss, &e) < 0) {
		loss_abandon(&loss);
		die_err(&e);
	}
	loss_report(rules, n);
	for (size_t i = 0; i < n; i++)
		rule_free(&rules[i]);
	free(rules);
	free(loss.key);
	free(o.args);
	buf_free(&salt);
	names_free(key);
	reader_free(in);
	return EXIT_DONE;
}
