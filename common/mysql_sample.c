#include "mysql_sample.h"

#include <string.h>

/* Adds an expression for a key column's canonical text, in binary. */
static void add_text(struct my *m, struct buf *b, const struct column *c)
{
	struct buf id = BUF_INIT;
	const char *k;

	db_add_ident(&m->db, &id, c->name);
	k = buf_cstr(&id);
	buf_adds(b, "CAST(");
	switch (c->type.lt) {
	case LT_INT:
	case LT_YEAR:
	case LT_DECIMAL:
		/* adding 0 drops ZEROFILL's zeros */
		buf_addf(b, "%s+0", k);
		break;
	case LT_FLOAT:
		buf_addf(b, "%s*1e0", k);
		break;
	case LT_BYTES:
		buf_addf(b, "CONCAT(0x5c78, LOWER(HEX(%s)))", k);
		break;
	case LT_BITS:
		buf_addf(b, "LPAD(BIN(%s+0), %llu, '0')", k, (unsigned long long)c->type.length);
		break;
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
	case LT_DURATION:
		buf_addf(b, c->type.precision > 0 ? "CONCAT(TRIM(TRAILING '.' FROM TRIM(TRAILING '0'"
						    " FROM CAST(%s AS CHAR))), '%s')"
						  : "CONCAT(CAST(%s AS CHAR), '%s')",
			 k, c->type.lt == LT_TIMESTAMPTZ ? "+00" : "");
		break;
	default:
		buf_addf(b, "CONVERT(%s USING utf8mb4)", k);
	}
	buf_adds(b, " AS BINARY)");
	buf_free(&id);
}

static int add_part(struct my *m, struct buf *b, const struct table *t, const char *name,
		    struct err *e)
{
	const struct column *c = table_column(t, name, strlen(name));
	struct buf text = BUF_INIT;

	if (!c)
		return err_set(e, EXIT_BAD, "table %s has no column %s", t->name, name);
	add_text(m, &text, c);
	buf_adds(b, ", IFNULL(CONCAT(CAST(OCTET_LENGTH(");
	buf_add(b, text.p, text.n);
	buf_adds(b, ") AS BINARY), ':', ");
	buf_add(b, text.p, text.n);
	buf_adds(b, "), '-')");
	buf_free(&text);
	return 0;
}

int my_add_sample(struct my *m, struct buf *b, const struct select *s, struct err *e)
{
	const struct key *k = table_primary(s->table);
	const char *seed = s->seed ? s->seed : "";
	struct buf head = BUF_INIT;

	if (!s->key && !k) {
		err_set(e, EXIT_BAD, "a sample of %s needs a key, and it has no primary key",
			s->table->name);
		return err_hint(e, "name the columns that identify a row with --key");
	}
	buf_adds(&head, seed);
	buf_addc(&head, ';');
	buf_adds(b, " ORDER BY SHA2(CONCAT(CAST(");
	db_add_literal(&m->db, b, head.p, head.n);
	buf_free(&head);
	buf_adds(b, " AS BINARY)");
	for (size_t i = 0; s->key ? s->key[i] != NULL : i < k->nparts; i++)
		if (add_part(m, b, s->table, s->key ? s->key[i] : k->part[i].column, e) < 0)
			return -1;
	buf_addf(b, "), 256) LIMIT %llu", (unsigned long long)s->sample);
	return 0;
}
