#include "cast_loss.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "value.h"

static int open_file(struct cast_loss *l, struct err *e)
{
	int fd = open(l->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, EXIT_FAILED, "cannot create %s: %s", l->path, strerror(errno));
	l->regular = S_ISREG(st.st_mode);
	if (l->regular && st.st_size > 0) {
		close(fd);
		err_set(e, EXIT_BAD, "%s holds the losses of an earlier run", l->path);
		return err_hint(e, "move it away, or name another file");
	}
	out_open(&l->out, fd, l->path);
	return 0;
}

static int find_keys(struct cast_loss *l, char **keys, const struct reader *in,
		     const char *in_name, struct err *e)
{
	size_t n = reader_ncolumns(in), i;

	while (keys && keys[l->nkey])
		l->nkey++;
	l->key = xcalloc(l->nkey + 1, sizeof *l->key);
	for (size_t k = 0; k < l->nkey; k++) {
		for (i = 0; i < n && strcmp(reader_column(in, i), keys[k]); i++)
			;
		if (i == n)
			return err_set(e, EXIT_BAD, "%s: there is no key column %s", in_name,
				       keys[k]);
		l->key[k] = i;
	}
	return 0;
}

int loss_open(struct cast_loss *l, const char *path, char **keys, const struct reader *in,
	      const char *in_name, struct err *e)
{
	if (reader_ncolumns(in) && find_keys(l, keys, in, in_name, e) < 0)
		return -1;
	if (!path)
		return 0;
	l->path = path;
	if (open_file(l, e) == 0)
		return 0;
	l->path = NULL;
	return -1;
}

/* A value as JSON; what is no UTF-8 as hex. */
static void add_value(struct buf *b, struct field f, enum json_kind kind)
{
	struct buf hex = BUF_INIT;

	if (!f.p) {
		buf_adds(b, "null");
	} else if (kind == JSON_NUMBER || kind == JSON_NESTED) {
		buf_add(b, f.p, f.n);
	} else if (kind == JSON_BOOL) {
		buf_adds(b, *f.p == 't' ? "true" : "false");
	} else if (json_add_string(b, f.p, f.n) < 0) {
		value_add_hex(&hex, f.p, f.n);
		json_add_string(b, hex.p, hex.n);
		buf_free(&hex);
	}
}

static void add_text(struct buf *b, const char *s)
{
	add_value(b, (struct field){s, strlen(s)}, JSON_STRING);
}

static void add_key(struct cast_loss *l, const struct reader *in, const struct row *row)
{
	struct buf *b = &l->out.b;

	if (!l->nkey)
		buf_adds(b, "null");
	for (size_t k = 0; k < l->nkey; k++) {
		size_t i = l->key[k];

		buf_addc(b, k ? ',' : '{');
		add_text(b, reader_column(in, i));
		buf_addc(b, ':');
		add_value(b, row->f[i], reader_kind(in, i));
	}
	if (l->nkey)
		buf_addc(b, '}');
}

int loss_add(struct cast_loss *l, struct rule *r, const struct cast_change *c,
	     const struct reader *in, const struct row *row, struct err *e)
{
	struct buf *b = &l->out.b;

	r->losses++;
	if (!l->path)
		return 0;
	buf_addf(b, "{\"line\":%llu,\"key\":", (unsigned long long)c->line);
	add_key(l, in, row);
	buf_adds(b, ",\"column\":");
	add_text(b, c->column);
	buf_adds(b, ",\"old\":");
	add_value(b, c->old, JSON_STRING);
	buf_adds(b, ",\"new\":");
	add_value(b, c->new, JSON_STRING);
	buf_adds(b, ",\"rule\":");
	add_text(b, r->text);
	buf_adds(b, "}\n");
	return out_drain(&l->out, e);
}

int loss_close(struct cast_loss *l, struct err *e)
{
	if (!l->path)
		return 0;
	if (out_flush(&l->out, e) < 0)
		return -1;
	if (l->regular && fsync(l->out.fd) < 0)
		return err_set(e, EXIT_FAILED, "cannot write %s: %s", l->path, strerror(errno));
	if (out_close(&l->out, e) < 0)
		return -1;
	l->path = NULL;
	return 0;
}

void loss_abandon(struct cast_loss *l)
{
	struct err ignored = ERR_INIT;

	if (!l->path)
		return;
	if (l->regular)
		unlink(l->path);
	out_close(&l->out, &ignored);
	err_clear(&ignored);
	l->path = NULL;
}

void loss_report(const struct rule *rules, size_t nrules)
{
	struct buf b = BUF_INIT;
	uint64_t all = 0;

	for (size_t i = 0; i < nrules; i++) {
		const struct rule *r = &rules[i];

		if (!r->losses)
			continue;
		all += r->losses;
		buf_addf(&b, "%s%s: %llu", b.n ? ", " : "", r->text,
			 (unsigned long long)r->losses);
	}
	if (all)
		warn("%llu value%s changed with loss: %s", (unsigned long long)all,
		     all == 1 ? "" : "s", buf_cstr(&b));
	buf_free(&b);
}
