#include "lag.h"

#include <string.h>
#include <unistd.h>

#include "checkpoint.h"
#include "io.h"

static struct db *connect(char *text, struct url **url)
{
	struct err e = ERR_INIT;
	struct db *db;

	*url = url_parse(text, &e);
	if (!*url || !(db = db_open(*url, &e)))
		die_err(&e);
	return db;
}

static void read_checkpoint(const struct options *o, struct checkpoint *c)
{
	struct err e = ERR_INIT;
	struct url *url;
	struct db *db = connect(o->url, &url);

	if (checkpoint_read(db, o->stream, c, &e) < 0)
		die_err(&e);
	db_close(db);
	url_free(url);
}

static void print(struct buf *b)
{
	struct err e = ERR_INIT;
	struct out out;

	out_open(&out, STDOUT_FILENO, "standard output");
	if (out_add(&out, b->p, b->n, &e) < 0 || out_close(&out, &e) < 0)
		die_err(&e);
	buf_free(b);
}

int lag_from_checkpoint(const struct options *o)
{
	struct checkpoint c;
	struct buf b = BUF_INIT;

	read_checkpoint(o, &c);
	if (!c.at_position)
		die(EXIT_GATE, "the target has no position of stream %s", o->stream);
	position_add(&b, &c.position);
	buf_addc(&b, '\n');
	print(&b);
	checkpoint_free(&c);
	return EXIT_DONE;
}

int lag_set_checkpoint(const struct options *o)
{
	struct checkpoint c;
	struct position p;
	struct err e = ERR_INIT;
	struct url *url;
	struct db *db;

	if (position_parse(&p, o->set_checkpoint, strlen(o->set_checkpoint), &e) < 0)
		die_err(&e);
	db = connect(o->url, &url);
	if (checkpoint_create(db, o->stream, &e) < 0 || checkpoint_read(db, o->stream, &c, &e) < 0)
		die_err(&e);
	checkpoint_free(&c);
	c.at_position = true;
	c.position = p;
	c.source_ms = c.seen_ms = 0;
	c.applied_ms = checkpoint_now();
	if (db_begin(db, &e) < 0 || checkpoint_begin(db, o->stream, &c, &e) < 0 ||
	    checkpoint_write(db, o->stream, &c, &e) < 0 || db_commit(db, &e) < 0)
		die_err(&e);
	checkpoint_free(&c);
	db_close(db);
	url_free(url);
	return EXIT_DONE;
}

int lag_report(const struct options *o)
{
	(void)o;
	return 0;
}
