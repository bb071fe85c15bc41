/* The report of --fit: per table what does not fit, and the keys of a few such rows. */
#include <stdlib.h>
#include <string.h>

#include "fit.h"
#include "report.h"
#include "stream.h"
#include "value.h"

#define SAMPLES "5"

static int add_string(struct buf *b, const char *s, struct err *e)
{
	if (json_add_string(b, s, strlen(s)) < 0)
		return err_set(e, EXIT_BAD, "a name is not UTF-8");
	return 0;
}

/* The columns that show a row: those of the primary key, and the one that does not fit. */
static const char **sample_columns(const struct fit *f, const struct fit_check *c, size_t *nkey)
{
	const struct key *k = table_primary(f->source);
	const char **list = xcalloc((k ? k->nparts : 0) + 2, sizeof *list);
	size_t n = 0;
	bool listed = false;

	for (size_t i = 0; k && i < k->nparts; i++) {
		list[n++] = k->part[i].column;
		listed |= !strcmp(c->column, k->part[i].column);
	}
	*nkey = n;
	if (!listed || !n)
		list[n++] = c->column;
	return list;
}

static void add_sample(struct buf *b, const struct columns *cols, const struct row *row,
		       size_t nkey, bool text)
{
	for (size_t i = 0; i < row->n; i++) {
		if (text) {
			buf_addf(b, " %s=", cols->name[i]);
			report_add_value(b, row->f[i]);
			continue;
		}
		buf_addc(b, i ? ',' : '{');
		json_add_string(b, cols->name[i], strlen(cols->name[i]));
		buf_addc(b, ':');
		if (i >= nkey && row->f[i].p) {
			struct buf value = BUF_INIT;

			/* Not the whole of a value that may be megabytes long. */
			value_add_quoted(&value, row->f[i].p, row->f[i].n);
			json_add_string(b, value.p, value.n);
			buf_free(&value);
		} else {
			json_add_value(b, type_json_kind(&cols->type[i]), row->f[i]);
		}
	}
	if (!text)
		buf_addc(b, '}');
}

static int add_samples(struct fit *f, const struct fit_check *c, const struct options *o,
		       struct buf *b, struct err *e)
{
	bool text = options_format(o, FORMAT_SUMMARY) == FORMAT_TEXT;
	struct buf where = BUF_INIT, order = BUF_INIT;
	struct select s = {.table = f->source};
	struct columns cols;
	struct row row;
	size_t nkey, n = 0;
	int got = -1;

	s.columns = sample_columns(f, c, &nkey);
	buf_addf(&where, "(%s)", buf_cstr((struct buf *)&c->predicate));
	if (o->where)
		buf_addf(&where, " AND (%s\n)", o->where);
	for (size_t i = 0; i < nkey; i++) {
		buf_adds(&order, i ? ", " : "");
		db_add_ident(f->db, &order, s.columns[i]);
	}
	buf_adds(&order, nkey ? " LIMIT " SAMPLES : "1 LIMIT " SAMPLES);
	s.where = buf_cstr(&where);
	s.order = buf_cstr(&order);
	if (db_select(f->db, &s, &cols, e) == 0)
		while ((got = db_fetch(f->db, &row, e)) > 0) {
			buf_adds(b, text ? n ? ";" : ", as" : n ? "," : "");
			add_sample(b, &cols, &row, nkey, text);
			n++;
		}
	free((void *)s.columns);
	buf_free(&where);
	buf_free(&order);
	return got;
}

static int add_text(struct fit *f, const char *title, const struct options *o, struct buf *b,
		    struct err *e)
{
	for (size_t i = 0; i < f->n; i++) {
		struct fit_check *c = &f->check[i];

		if (!fit_is_misfit(c) && !c->unchecked)
			continue;
		buf_addf(b, "%s%s%s: ", title, *c->column ? "." : "", c->column);
		if (c->flaw)
			buf_adds(b, buf_cstr(&c->what));
		else if (c->unchecked)
			buf_addf(b, "not checked: %s", buf_cstr(&c->what));
		else
			buf_addf(b, "%llu row%s %s", (unsigned long long)c->rows,
				 c->rows == 1 ? "" : "s", buf_cstr(&c->what));
		if (c->rows && !c->group && add_samples(f, c, o, b, e) < 0)
			return -1;
		buf_addc(b, '\n');
	}
	return 0;
}

static int add_misfit(struct fit *f, struct fit_check *c, const struct options *o, struct buf *b,
		      struct err *e)
{
	buf_adds(b, "{\"column\":");
	if (add_string(b, c->column, e) < 0)
		return -1;
	buf_addf(b, ",\"issue\":\"%s\",\"detail\":", c->kind);
	if (add_string(b, buf_cstr(&c->what), e) < 0)
		return -1;
	if (!c->flaw && !c->unchecked)
		buf_addf(b, ",\"rows\":%llu", (unsigned long long)c->rows);
	if (c->rows && !c->group) {
		buf_adds(b, ",\"samples\":[");
		if (add_samples(f, c, o, b, e) < 0)
			return -1;
		buf_addc(b, ']');
	}
	buf_addc(b, '}');
	return 0;
}

static int add_list(struct fit *f, const char *key, bool unchecked, const struct options *o,
		    struct buf *b, struct err *e)
{
	const char *between = "";

	buf_addf(b, ",\"%s\":[", key);
	for (size_t i = 0; i < f->n; i++) {
		struct fit_check *c = &f->check[i];

		if (unchecked ? !c->unchecked : !fit_is_misfit(c))
			continue;
		buf_adds(b, between);
		between = ",";
		if (add_misfit(f, c, o, b, e) < 0)
			return -1;
	}
	buf_addc(b, ']');
	return 0;
}

int fit_report(struct fit *f, const char *title, const struct options *o, struct buf *b,
	       struct err *e)
{
	bool match = true;

	if (options_format(o, FORMAT_SUMMARY) == FORMAT_TEXT)
		return add_text(f, title, o, b, e);
	for (size_t i = 0; i < f->n; i++)
		match &= !fit_is_misfit(&f->check[i]);
	buf_addc(b, b->n ? ',' : '{');
	if (add_string(b, title, e) < 0)
		return -1;
	buf_addf(b, ":{\"match\":%s,\"rows\":%llu", match ? "true" : "false",
		 (unsigned long long)f->rows);
	if (add_list(f, "misfits", false, o, b, e) < 0 ||
	    add_list(f, "unchecked", true, o, b, e) < 0)
		return -1;
	buf_addc(b, '}');
	return 0;
}
