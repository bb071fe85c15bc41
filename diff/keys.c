#include "keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "line.h"

#define BATCH_KEYS 256
#define BATCH_BYTES 65536

int keys_open(struct keys *k, size_t nkey, struct err *e)
{
	int fd = io_temporary(e);

	*k = (struct keys){.nkey = nkey};
	if (fd < 0)
		return -1;
	out_open(&k->to, fd, "temporary file");
	return 0;
}

int keys_add(struct keys *k, const struct field *f, struct err *e)
{
	line_add(&k->to.b, f, k->nkey);
	k->n++;
	return out_drain(&k->to, e);
}

void keys_close(struct keys *k)
{
	if (k->to.fd > 0)
		close(k->to.fd);
	buf_free(&k->to.b);
}

static const struct column *key_column(const struct comparison *c, int side, size_t i)
{
	const char *name = c->shape.name[i];

	return table_column(c->in[side].table, name, strlen(name));
}

int keys_check(const struct comparison *c, const char *option, struct err *e)
{
	struct buf b = BUF_INIT;
	bool can = true;

	if (!c->in[0].table || !c->in[1].table)
		return err_set(e, EXIT_BAD, "%s needs two tables", option);
	if (c->shape.whole) {
		err_set(e, EXIT_BAD, "%s needs a key, and %s has none", option, c->in[0].name);
		return err_hint(e, "name columns that tell the rows apart with --key");
	}
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; can && i < c->shape.nkey; i++) {
			can = db_add_equal(c->in[side].db, &b, key_column(c, side, i),
					   (struct field){NULL, 0});
			if (!can)
				err_set(e, EXIT_BAD, "%s: rows cannot be found by column %s of "
					"type %s", option, c->shape.name[i],
					key_column(c, side, i)->native);
		}
	buf_free(&b);
	return can ? 0 : -1;
}

/* Adds the predicate for the keys of a batch. */
static void add_predicate(struct comparison *c, int side, struct rowset *batch, struct buf *b)
{
	if (c->o->where)
		buf_addf(b, "(%s\n) AND ", c->o->where);
	buf_addc(b, '(');
	for (size_t k = 0; k < batch->n; k++) {
		const struct field *f = rowset_row(batch, k);

		buf_adds(b, k ? " OR (" : "(");
		for (size_t i = 0; i < c->shape.nkey; i++) {
			buf_adds(b, i ? " AND " : "");
			db_add_equal(c->in[side].db, b, key_column(c, side, i), f[i]);
		}
		buf_addc(b, ')');
	}
	buf_addc(b, ')');
}

static int compare_batch(struct comparison *c, struct rowset *batch, struct report *to,
			 struct err *e)
{
	struct buf sql[2] = {BUF_INIT, BUF_INIT};
	const char *where[2];
	int status;

	for (int side = 0; side < 2; side++) {
		add_predicate(c, side, batch, &sql[side]);
		where[side] = buf_cstr(&sql[side]);
	}
	c->only = batch;
	status = comparison_merge(c, where, to, e);
	c->only = NULL;
	buf_free(&sql[0]);
	buf_free(&sql[1]);
	rowset_reset(batch);
	return status;
}

/* Compares the keys of all whole lines, and leaves the rest in the buffer. */
static int compare_lines(struct comparison *c, struct keys *k, struct buf *lines,
			 struct rowset *batch, struct report *to, struct err *e)
{
	const char *p = lines->p, *end = p + lines->n, *nl;
	struct field *f = xcalloc(k->nkey, sizeof *f);
	struct buf arena = BUF_INIT;
	int status = 0;

	while (status == 0 && p < end && (nl = line_end(p, end))) {
		for (size_t i = line_split(p, (size_t)(nl - p), f, k->nkey, &arena); i < k->nkey; i++)
			f[i] = (struct field){NULL, 0};
		rowset_add(batch, f);
		p = nl + 1;
		if (batch->n == BATCH_KEYS || batch->bytes.n >= BATCH_BYTES)
			status = compare_batch(c, batch, to, e);
	}
	lines->n = (size_t)(end - p);
	memmove(lines->p, p, lines->n);
	buf_free(&arena);
	free(f);
	return status;
}

int keys_compare(struct comparison *c, struct keys *k, struct report *to, struct err *e)
{
	struct buf lines = BUF_INIT;
	struct rowset batch;
	ssize_t got = 0;
	int status = out_flush(&k->to, e);

	if (status == 0 && lseek(k->to.fd, 0, SEEK_SET) < 0)
		status = err_set(e, EXIT_FAILED, "cannot read %s: %s", k->to.name, strerror(errno));
	rowset_open(&batch, k->nkey);
	while (status == 0 && !report_full(to) &&
	       (got = io_read(k->to.fd, buf_room(&lines, IO_CHUNK), IO_CHUNK, k->to.name, e)) > 0) {
		lines.n += (size_t)got;
		status = compare_lines(c, k, &lines, &batch, to, e);
	}
	if (status == 0 && got == 0 && batch.n && !report_full(to))
		status = compare_batch(c, &batch, to, e);
	rowset_free(&batch);
	buf_free(&lines);
	return got < 0 ? -1 : status;
}

static int open_keys(struct report *r, struct err *e)
{
	(void)r;
	(void)e;
	return 0;
}

static int key_of_row(struct report *r, enum difference d, const struct field *a,
		      const struct field *b, const bool *changed, struct err *e)
{
	(void)d;
	(void)changed;
	return keys_add(r->state, a ? a : b, e);
}

static int close_keys(struct report *r, struct err *e)
{
	(void)r;
	(void)e;
	return 0;
}

const struct report_ops report_keys = {open_keys, key_of_row, close_keys, NULL};
