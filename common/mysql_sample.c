#include "mysql_sample.h"


static int add_part(struct my *m, struct buf *b, const struct table *t, const char *name,
		    struct err *e)
{
	const struct column *c = db_find_column(t, name, e);
	struct buf text = BUF_INIT;
	int status;

	if (!c)
		return -1;
	status = my_add_text(m, &text, c, CANON_NONE, e);
	if (status == 0)
		buf_addf(b, ", IFNULL(CONCAT(CAST(OCTET_LENGTH(CAST(%s AS BINARY)) AS BINARY), ':', "
			    "CAST(%s AS BINARY)), '-')", buf_cstr(&text), buf_cstr(&text));
	else
		err_set(e, EXIT_BAD, "column %s is no key to sample by", name);
	buf_free(&text);
	return status;
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
