/* ranges --keys: predicates from a stream of keys. */
#include "ranges.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream.h"

/* Long lists slow the servers' planners. */
#define KEYS 500
#define BYTES (64 * 1024)

static int find_fields(const struct keyed *k, const struct reader *r, size_t *field, struct err *e)
{
	for (size_t i = 0; i < k->nkey; i++) {
		size_t n = reader_ncolumns(r), at = 0;

		while (at < n && strcmp(reader_column(r, at), k->key[i]->name) != 0)
			at++;
		/* NDJSON without rows has no columns. */
		if (at == n && (n || reader_format(r) == STREAM_CSV))
			return err_set(e, EXIT_BAD, "the rows have no column %s, which is of the key",
				       k->key[i]->name);
		field[i] = at;
	}
	return 0;
}

static int add_key(const struct keyed *k, struct buf *b, const size_t *field,
		   const struct row *row, struct err *e)
{
	buf_addc(b, '(');
	for (size_t i = 0; i < k->nkey; i++) {
		buf_adds(b, i ? " AND " : "");
		if (!db_add_equal(k->db, b, k->key[i], row->f[field[i]]))
			return err_set(e, EXIT_BAD, "column %s: rows of %s cannot be found by such a key",
				       k->key[i]->name, k->table->name);
	}
	buf_addc(b, ')');
	return 0;
}

/* Writes the predicates gathered so far. */
static int write_line(struct buf *line, size_t *keys, struct out *out, struct err *e)
{
	int status;

	if (!*keys)
		return 0;
	buf_addc(line, '\n');
	status = out_add(out, line->p, line->n, e);
	buf_reset(line);
	*keys = 0;
	return status;
}

static int read_keys(const struct keyed *k, struct reader *r, const size_t *field,
		     struct out *out, struct err *e)
{
	struct buf line = BUF_INIT, one = BUF_INIT, last = BUF_INIT;
	enum reader_status got;
	struct row row;
	size_t keys = 0;
	int status = 0;

	while (status == 0 && (got = reader_next(r, &row, e)) != READER_END) {
		buf_reset(&one);
		if (got != READER_ROW || add_key(k, &one, field, &row, e) < 0) {
			status = -1;
			break;
		}
		if (one.n == last.n && !memcmp(one.p, last.p, one.n))
			continue;
		buf_adds(&line, keys++ ? " OR " : "");
		buf_add(&line, one.p, one.n);
		buf_reset(&last);
		buf_add(&last, one.p, one.n);
		if (keys == KEYS || line.n > BYTES)
			status = write_line(&line, &keys, out, e);
	}
	if (status == 0)
		status = write_line(&line, &keys, out, e);
	buf_free(&line);
	buf_free(&one);
	buf_free(&last);
	return status;
}

int ranges_of_keys(const struct keyed *k, struct out *out, struct err *e)
{
	struct reader_options options = {0};
	struct reader *r = reader_open(STDIN_FILENO, "standard input", &options, e);
	size_t *field = xcalloc(k->nkey, sizeof *field);
	int status = r ? find_fields(k, r, field, e) : -1;

	if (status == 0)
		status = read_keys(k, r, field, out, e);
	reader_free(r);
	free(field);
	return status;
}
