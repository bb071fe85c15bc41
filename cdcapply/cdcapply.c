/* cdcapply: change events from standard input into a database. See cdcapply.1. */
#include <signal.h>
#include <stdlib.h>
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
	struct err e = ERR_INIT;
	int status;

	default_table(o, &reading, &e);
	if (mapping_check(o, &e) < 0 || sink_open(&sink[0], "", o->url, o, &e) < 0)
		die_err(&e);
	if (o->shadow && sink_open(&sink[1], "shadow: ", o->shadow, o, &e) < 0)
		die_err(&e);
	r.in = change_reader_open(STDIN_FILENO, "standard input", &reading, &e);
	if (!r.in)
		die_err(&e);
	status = run_all(&r, &e);
	print_receipt(&r);
	if (status < 0)
		die_err(&e);
	change_reader_free(r.in);
	for (size_t i = 0; i < r.nsinks; i++)
		sink_close(&sink[i]);
	buf_free(&r.transaction);
	free((char *)reading.database);
	free((char *)reading.table);
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
	if (o.lag)
		return lag_report(&o);
	signal_no = apply_events(&o);
	if (signal_no) { /* as if it had not been caught */
		signal(signal_no, SIG_DFL);
		raise(signal_no);
	}
	return EXIT_DONE;
}
