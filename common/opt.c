#include "opt.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "io.h"
#include "value.h"

#define LONG_BASE 256 /* getopt_long's value of table entry i is LONG_BASE + i */
#define HELP_COLUMN 28

const char *const opt_formats[] = {"csv", "ndjson", NULL};

void opt_usage(const char *fmt, ...)
{
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = xvasprintf(fmt, ap);
	va_end(ap);
	warn("%s", msg);
	die(EXIT_BAD, "hint: try %s --help", progname);
}

static void print_and_exit(struct buf *b)
{
	struct err e = ERR_INIT;
	struct out out;

	out_open(&out, 1, "standard output");
	if (out_add(&out, b->p, b->n, &e) < 0 || out_close(&out, &e) < 0)
		die_err(&e);
	exit(EXIT_DONE);
}

static void add_option_help(struct buf *b, const struct opt *o)
{
	size_t start = b->n;

	if (o->kind == OPT_GROUP_KIND) {
		buf_addf(b, "\n%s:\n", o->help);
		return;
	}
	if (o->letter)
		buf_addf(b, "  -%c%s", o->letter, o->name ? ", " : "");
	else
		buf_adds(b, "      ");
	if (o->name)
		buf_addf(b, "--%s", o->name);
	if (o->arg)
		buf_addf(b, "%c%s", o->name ? '=' : ' ', o->arg);
	if (b->n - start >= HELP_COLUMN) {
		buf_addc(b, '\n');
		start = b->n;
	}
	while (b->n - start < HELP_COLUMN)
		buf_addc(b, ' ');
	buf_addf(b, "%s\n", o->help);
}

static void help(const char *usage, const char *summary, const struct opt *table)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "usage: %s %s\n%s\n", progname, usage, summary);
	if (table->kind != OPT_GROUP_KIND && table->kind != OPT_END_KIND)
		buf_adds(&b, "\nOptions:\n");
	for (const struct opt *o = table; o->kind != OPT_END_KIND; o++)
		add_option_help(&b, o);
	buf_adds(&b, "\n      --help                print this and exit\n"
		     "      --version             print the version and exit\n");
	print_and_exit(&b);
}

static void version(void)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s (Rowboat) %s\n", progname, ROWBOAT_VERSION);
	print_and_exit(&b);
}

static void set_number(const struct opt *o, const char *arg)
{
	uint64_t v;

	if (value_uint(arg, strlen(arg), &v) != VALUE_OK || v < o->min || v > o->max)
		opt_usage("--%s: '%s' is not a number from %llu to %llu", o->name, arg,
			  (unsigned long long)o->min, (unsigned long long)o->max);
	*(uint64_t *)o->to = v;
}

static void set_enum(const struct opt *o, const char *arg)
{
	struct buf all = BUF_INIT;

	for (int i = 0; o->names[i]; i++) {
		if (!strcmp(o->names[i], arg)) {
			*(int *)o->to = i;
			buf_free(&all);
			return;
		}
		buf_addf(&all, "%s%s", i ? ", " : "", o->names[i]);
	}
	opt_usage("--%s: '%s' is none of %s", o->name, arg, buf_cstr(&all));
}

static void add_to_list(struct opt_list *list, const char *arg)
{
	list->v = xrealloc(list->v, (size_t)(list->n + 2) * sizeof *list->v);
	list->v[list->n++] = arg;
	list->v[list->n] = NULL;
}

static void set_option(const struct opt *o, const char *arg)
{
	switch (o->kind) {
	case OPT_FLAG_KIND:
		*(bool *)o->to = true;
		break;
	case OPT_STR_KIND:
		*(const char **)o->to = arg;
		break;
	case OPT_LIST_KIND:
		add_to_list(o->to, arg);
		break;
	case OPT_NUM_KIND:
		set_number(o, arg);
		break;
	case OPT_ENUM_KIND:
		set_enum(o, arg);
		break;
	case OPT_GROUP_KIND:
	case OPT_END_KIND:
		break;
	}
}

static const struct opt *find_letter(const struct opt *table, int letter)
{
	for (const struct opt *o = table; o->kind != OPT_END_KIND; o++)
		if (o->letter && o->letter == letter)
			return o;
	return NULL;
}

/* Fills getopt_long's two descriptions from the table. */
static struct option *long_options(const struct opt *table, struct buf *letters)
{
	size_t n = 0, k = 0;
	struct option *v;

	while (table[n].kind != OPT_END_KIND)
		n++;
	v = xcalloc(n + 3, sizeof *v);
	for (size_t i = 0; i < n; i++) {
		bool arg = table[i].kind != OPT_FLAG_KIND;

		if (table[i].letter)
			buf_addf(letters, "%c%s", table[i].letter, arg ? ":" : "");
		if (table[i].name)
			v[k++] = (struct option){table[i].name, arg, NULL, LONG_BASE + (int)i};
	}
	v[k++] = (struct option){"help", no_argument, NULL, 'H' - 'A' + 1};
	v[k] = (struct option){"version", no_argument, NULL, 'V' - 'A' + 1};
	return v;
}

int opt_parse(int argc, char **argv, const char *usage, const char *summary,
	      const struct opt *table, int min_operands, int max_operands, char ***operands)
{
	struct buf letters = BUF_INIT;
	struct option *longs = long_options(table, &letters);
	int c, n;

	while ((c = getopt_long(argc, argv, buf_cstr(&letters), longs, NULL)) != -1) {
		if (c == '?')
			die(EXIT_BAD, "hint: try %s --help", progname);
		else if (c == 'H' - 'A' + 1)
			help(usage, summary, table);
		else if (c == 'V' - 'A' + 1)
			version();
		else
			set_option(c >= LONG_BASE ? &table[c - LONG_BASE] : find_letter(table, c),
				   optarg);
	}
	free(longs);
	buf_free(&letters);
	n = argc - optind;
	*operands = argv + optind;
	if (n < min_operands || n > max_operands)
		opt_usage("%s: usage: %s %s", n < min_operands ? "too few operands" : "too many operands",
			  progname, usage);
	return n;
}
