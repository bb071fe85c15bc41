/* cdcapply: change events from standard input into a database. See cdcapply.1. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lag.h"
#include "mapping.h"
#include "names.h"
#include "receipt.h"
#include "watch.h"

/* The table of events that name none. */
static void default_table(const struct options *o, struct change_reader_options *reading,
			  struct err *e)
{
	char *schema, *name;

	if (!o->default_table)
		return;
	if (db_split_name(o->default_table, &schema, &name, e) < 0)
		die_err(e);
	reading->database = schema;
	reading->table = name;
}

/* Its columns are those of CSV files without a header. */
static void default_columns(struct sink *s, struct change_reader_options *reading)
{
	const struct field none = {NULL, 0};
	struct field db = {reading->database, reading->database ? strlen(reading->database) : 0};
	struct err ignored = ERR_INIT;
	struct field name;
	struct table *t;
	const char **columns;
	size_t n = 0;

	reading->csv_null = s->options->encodings.null;
	if (!reading->table)
		return;
	name = (struct field){reading->table, strlen(reading->table)};
	t = mapping_find(&s->tables, &db, &none, &name, &ignored);
	err_clear(&ignored); /* its first event will tell */
	if (!t)
		return;
	columns = xcalloc(t->ncols + 1, sizeof *columns);
	for (size_t i = 0; i < t->ncols; i++)
		if (t->col[i].generated == GEN_NO)
			columns[n++] = xstrdup(t->col[i].name);
	reading->columns = columns;
	table_free(t);
}

static void free_reading(struct change_reader_options *reading)
{
	for (const char *const *c = reading->columns; c && *c; c++)
		free((char *)*c);
	free((void *)reading->columns);
	free((char *)reading->database);
	free((char *)reading->table);
}

static void print_receipt(struct run *r)
{
	struct err e = ERR_INIT;

	watch_clear(r);
	if (receipt_print(r, &e) < 0)
		die_err(&e);
}

static int apply_events(const struct options *o)
{
	struct change_reader_options reading = {.format = o->format, .no_end = o->no_end};
	struct sink sink[2];
	struct run r = {.options = o, .sink = sink, .nsinks = o->shadow ? 2 : 1};
	struct correlate correlate;
	struct err e = ERR_INIT;
	int status;

	default_table(o, &reading, &e);
	if (mapping_check(o, &e) < 0 || sink_open(&sink[0], "", o->url, o, &e) < 0)
		die_err(&e);
	if (o->shadow && sink_open(&sink[1], "shadow: ", o->shadow, o, &e) < 0)
		die_err(&e);
	default_columns(&sink[0], &reading);
	r.in = change_reader_open(STDIN_FILENO, "standard input", &reading, &e);
	if (!r.in)
		die_err(&e);
	correlate_init(&correlate, &sink[0], &sink[1]);
	if (o->correlate)
		r.correlate = &correlate;
	status = run_all(&r, &e);
	print_receipt(&r);
	if (status < 0)
		die_err(&e);
	correlate_free(&correlate);
	change_reader_free(r.in);
	for (size_t i = 0; i < r.nsinks; i++)
		sink_close(&sink[i]);
	buf_free(&r.transaction);
	free_reading(&reading);
	return r.signal;
}

int main(int argc, char **argv)
{
	struct options o;
	int signal_no;

	set_progname(argv[0]);
	options_parse(&o, argc, argv);
	if (o.from_checkpoint)
		return lag_from_checkpoint(&o);
	if (o.set_checkpoint)
		return lag_set_checkpoint(&o);
	if (o.wait_for)
		return lag_wait_for(&o);
	if (o.close)
		return lag_close(&o);
	if (o.lag)
		return lag_report(&o);
	signal_no = apply_events(&o);
	options_free(&o);
	if (signal_no) { /* as if it had not been caught */
		signal(signal_no, SIG_DFL);
		raise(signal_no);
	}
	return EXIT_DONE;
}
