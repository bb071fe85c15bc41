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

/* The predicates of single keys, of which each counts once. */
struct found {
	char **v;
	size_t n, room;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_keys(const struct keyed *k, struct reader *r, const size_t *field,
		     struct found *found, struct err *e)
{
	struct buf one = BUF_INIT;
	enum reader_status got;
	struct row row;

	while ((got = reader_next(r, &row, e)) == READER_ROW) {
		buf_reset(&one);
		if (add_key(k, &one, field, &row, e) < 0) {
			got = READER_FAILED;
			break;
		}
		if (found->n == found->room) {
			found->room = found->room ? found->room * 2 : 1024;
			found->v = xrealloc(found->v, found->room * sizeof *found->v);
		}
		found->v[found->n++] = xstrndup(one.p, one.n);
	}
	buf_free(&one);
	return got == READER_END ? 0 : -1;
}

static int write_keys(struct found *found, struct out *out, struct err *e)
{
	size_t in_line = 0, keys = 0;

	if (found->n)
		qsort(found->v, found->n, sizeof *found->v, by_text);
	for (size_t i = 0; i < found->n; i++) {
		if (i && !strcmp(found->v[i], found->v[i - 1]))
			continue;
		if (keys == KEYS || in_line > BYTES) {
			buf_addc(&out->b, '\n');
			keys = in_line = 0;
		}
		buf_adds(&out->b, keys++ ? " OR " : "");
		buf_adds(&out->b, found->v[i]);
		in_line += strlen(found->v[i]);
		if (out_drain(out, e) < 0)
			return -1;
	}
	return keys ? out_add(out, "\n", 1, e) : 0;
}

int ranges_of_keys(const struct keyed *k, struct out *out, struct err *e)
{
	struct reader_options options = {0};
	struct reader *r = reader_open(STDIN_FILENO, "standard input", &options, e);
	size_t *field = xcalloc(k->nkey, sizeof *field);
	struct found found = {0};
	int status = r ? find_fields(k, r, field, e) : -1;

	if (status == 0)
		status = read_keys(k, r, field, &found, e);
	if (status == 0)
		status = write_keys(&found, out, e);
	for (size_t i = 0; i < found.n; i++)
		free(found.v[i]);
	free(found.v);
	reader_free(r);
	free(field);
	return status;
}
