#include "schema_json.h"

#include <string.h>

#include "stream.h"

/* Adds the comma that the next member or element needs. */
static void comma(struct buf *b)
{
	if (b->n && b->p[b->n - 1] != '{' && b->p[b->n - 1] != '[')
		buf_addc(b, ',');
}

/* A catalogue's text is UTF-8; should it not be, the bytes that are not are
 * replaced, so that the line stays JSON. */
static void string(struct buf *b, const char *s)
{
	struct buf ascii = BUF_INIT;

	if (json_add_string(b, s, strlen(s)) == 0)
		return;
	for (; *s; s++)
		buf_addc(&ascii, (unsigned char)*s < 0x80 ? *s : '?');
	json_add_string(b, ascii.p, ascii.n);
	buf_free(&ascii);
}

static void key(struct buf *b, const char *name)
{
	comma(b);
	string(b, name);
	buf_addc(b, ':');
}

static void add_text(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	key(b, name);
	string(b, value);
}

static void add_number(struct buf *b, const char *name, unsigned long long v)
{
	key(b, name);
	buf_addf(b, "%llu", v);
}

static void add_flag(struct buf *b, const char *name, bool v)
{
	if (!v)
		return;
	key(b, name);
	buf_adds(b, "true");
}

static void add_list(struct buf *b, const char *name, char *const *list)
{
	if (!list)
		return;
	key(b, name);
	buf_addc(b, '[');
	for (; *list; list++) {
		comma(b);
		string(b, *list);
	}
	buf_addc(b, ']');
}

static bool has_precision(enum logical lt)
{
	return lt == LT_DECIMAL || (lt >= LT_TIME && lt <= LT_DURATION);
}

static void add_type(struct buf *b, const struct coltype *t)
{
	add_text(b, "type", type_logical_name(t->lt));
	if (t->bits)
		add_number(b, "bits", (unsigned)t->bits);
	add_flag(b, "unsigned", t->is_unsigned);
	add_flag(b, "fixed", t->fixed);
	if (t->length)
		add_number(b, "length", t->length);
	if (t->max_bytes)
		add_number(b, "max_bytes", t->max_bytes);
	if (has_precision(t->lt) && t->precision >= 0 && !(t->lt == LT_DECIMAL && !t->precision))
		add_number(b, "precision", (unsigned)t->precision);
	if (t->lt == LT_DECIMAL && t->precision > 0) {
		key(b, "scale");
		buf_addf(b, "%d", t->scale);
	}
	if (t->srid)
		add_number(b, "srid", t->srid);
	add_list(b, "labels", t->labels);
}

static void add_column(struct buf *b, const struct column *c)
{
	static const char *const generated[] = {NULL, "stored", "virtual"};
	static const char *const identity[] = {NULL, "by default", "always", "serial",
					       "auto_increment"};

	comma(b);
	buf_addc(b, '{');
	add_text(b, "name", c->name);
	add_type(b, &c->type);
	add_text(b, "native", c->native);
	key(b, "not_null");
	buf_adds(b, c->not_null ? "true" : "false");
	add_text(b, "default", c->default_expr);
	add_text(b, "on_update", c->on_update);
	add_text(b, "generated", generated[c->generated]);
	add_text(b, "expression", c->generation_expr);
	add_text(b, "identity", identity[c->identity]);
	add_text(b, "sequence", c->sequence);
	add_flag(b, "invisible", c->invisible);
	add_text(b, "charset", c->charset);
	add_text(b, "collation", c->collation);
	add_text(b, "comment", c->comment && *c->comment ? c->comment : NULL);
	buf_addc(b, '}');
}

static void add_key(struct buf *b, const struct key *k)
{
	comma(b);
	buf_addc(b, '{');
	add_text(b, "name", k->name);
	add_flag(b, "primary", k->primary);
	add_flag(b, "unique", k->unique);
	add_flag(b, "constraint", k->constraint);
	add_text(b, "method", k->method);
	key(b, "parts");
	buf_addc(b, '[');
	for (size_t i = 0; i < k->nparts; i++) {
		const struct key_part *p = &k->part[i];

		comma(b);
		buf_addc(b, '{');
		add_text(b, "column", p->column);
		add_text(b, "expression", p->expr);
		if (p->prefix)
			add_number(b, "prefix", p->prefix);
		add_text(b, "opclass", p->opclass);
		add_flag(b, "desc", p->desc);
		add_flag(b, "nulls_first", p->nulls_first);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
	add_list(b, "include", k->include);
	add_text(b, "where", k->where);
	add_flag(b, "nulls_not_distinct", k->nulls_not_distinct);
	add_text(b, "comment", k->comment && *k->comment ? k->comment : NULL);
	buf_addc(b, '}');
}

static void add_fkey(struct buf *b, const struct fkey *f)
{
	comma(b);
	buf_addc(b, '{');
	add_text(b, "name", f->name);
	add_list(b, "columns", f->columns);
	add_text(b, "ref_schema", f->ref_schema);
	add_text(b, "ref_table", f->ref_table);
	add_list(b, "ref_columns", f->ref_columns);
	add_text(b, "on_delete", f->on_delete);
	add_text(b, "on_update", f->on_update);
	add_flag(b, "deferrable", f->deferrable);
	add_flag(b, "deferred", f->deferred);
	buf_addc(b, '}');
}

static void add_check(struct buf *b, const struct check *c)
{
	comma(b);
	buf_addc(b, '{');
	add_text(b, "name", c->name);
	add_text(b, "expression", c->expr);
	if (!c->enforced)
		buf_adds(b, ",\"enforced\":false");
	buf_addc(b, '}');
}

void schema_add_json(struct buf *b, const struct table *t)
{
	static const char *const kinds[] = {"table", "view", "partitioned", "foreign"};

	buf_addc(b, '{');
	add_text(b, "schema", t->schema);
	add_text(b, "name", t->name);
	add_text(b, "kind", kinds[t->kind]);
	add_text(b, "comment", t->comment && *t->comment ? t->comment : NULL);
	key(b, "columns");
	buf_addc(b, '[');
	for (size_t i = 0; i < t->ncols; i++)
		add_column(b, &t->col[i]);
	buf_adds(b, "],\"keys\":[");
	for (size_t i = 0; i < t->nkeys; i++)
		add_key(b, &t->key[i]);
	buf_adds(b, "],\"foreign_keys\":[");
	for (size_t i = 0; i < t->nfkeys; i++)
		add_fkey(b, &t->fkey[i]);
	buf_adds(b, "],\"checks\":[");
	for (size_t i = 0; i < t->nchecks; i++)
		add_check(b, &t->check[i]);
	buf_addc(b, ']');
	if (t->next_value)
		add_number(b, "next_value", t->next_value);
	add_number(b, "estimated_rows", t->estimated_rows);
	add_flag(b, "triggers", t->has_triggers);
	buf_adds(b, "}\n");
}
