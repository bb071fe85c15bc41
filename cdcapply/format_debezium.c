#include "debezium.h"

#include "value.h"

#define OWN "rowboat"

static void take_member(struct origin *o, const struct json_node *m)
{
	struct field k = m->key, v = text_of(m);

	switch (k.n) {
	case 2:
		if (IS(k, "db"))
			o->db = v;
		break;
	case 3:
		if (IS(k, "pos"))
			o->pos = m;
		else if (IS(k, "lsn"))
			o->lsn = m;
		else if (IS(k, "row"))
			o->row = m;
		break;
	case 4:
		if (IS(k, "file"))
			o->file = v;
		else if (IS(k, "gtid"))
			o->gtid = v;
		else if (IS(k, "txId"))
			o->tx = v;
		break;
	case 5:
		if (IS(k, "table"))
			o->table = v;
		else if (IS(k, "ts_ms"))
			o->ts_ms = int_of(m, NULL);
		break;
	case 6:
		if (IS(k, "schema"))
			o->schema = v;
		break;
	case 7:
		if (IS(k, "version"))
			o->version = v;
		break;
	case 8:
		if (IS(k, "sequence"))
			o->sequence = v;
		else if (IS(k, "snapshot"))
			o->snapshot = m;
		break;
	case 9:
		if (IS(k, "connector"))
			o->connector = v;
		break;
	case 10:
		if (IS(k, "commit_lsn"))
			o->commit_lsn = m;
		else if (IS(k, "change_lsn"))
			o->change_lsn = m;
		break;
	}
}

struct origin origin_of(struct change_reader *r, const struct json_node *source)
{
	struct origin o = {0};

	for (const struct json_node *m = json_child(r->tree, source); m; m = json_next(r->tree, m))
		take_member(&o, m);
	return o;
}

bool is_own(const struct origin *o)
{
	return o->version.n >= sizeof OWN - 1 && !memcmp(o->version.p, OWN, sizeof OWN - 1);
}

/* Where the event stands in its source. */
int place_own(struct change_reader *r, const struct origin *o, struct change *c,
		     struct err *e)
{
	struct field lsn = text_of(o->commit_lsn), pos = text_of(o->pos);
	uint64_t v;

	if (lsn.p) {
		c->position = (struct position){.engine = ENGINE_POSTGRES};
		if (value_uint(lsn.p, lsn.n, &c->position.lsn) != VALUE_OK &&
		    !position_lsn(lsn.p, lsn.n, &c->position.lsn))
			return err_set(e, EXIT_BAD,
				       "\"commit_lsn\" is no number and not like 0/16B3748");
		c->at_position = true;
	} else if (o->file.p) {
		if (!pos.p || value_uint(pos.p, pos.n, &v) != VALUE_OK)
			return err_set(e, EXIT_BAD, "\"pos\" is not a whole number");
		set_binlog_position(r, &c->position, o->file, v, o->gtid);
		c->at_position = true;
	}
	return 0;
}

/* The next whole number in a text like ["24023119","24023128"]. */
static bool next_number(struct field *f, uint64_t *v)
{
	const char *from;

	for (; f->n && (*f->p < '0' || *f->p > '9'); f->p++)
		f->n--;
	from = f->p;
	for (; f->n && *f->p >= '0' && *f->p <= '9'; f->p++)
		f->n--;
	return value_uint(from, (size_t)(f->p - from), v) == VALUE_OK;
}

/* Debezium's: MySQL's events have a position. PostgreSQL's are in the order of their commits:
 * the last commit before and the own LSN, by which they grow. SQL Server's LSNs are
 * fixed-width hex. */
void place_debezium(struct change_reader *r, const struct origin *o, struct change *c)
{
	struct field pos = text_of(o->pos), s = o->sequence, commit = text_of(o->commit_lsn);
	uint64_t v, lsn;

	if (c->op == EVENT_READ)
		return;
	if (o->file.n && pos.p && value_uint(pos.p, pos.n, &v) == VALUE_OK) {
		set_binlog_position(r, &c->position, o->file, v, o->gtid);
		c->at_position = true;
		c->row = (uint64_t)int_of(o->row, &c->has_row);
		return;
	}
	buf_reset(&r->sequence);
	if (s.n && next_number(&s, &v) && next_number(&s, &lsn)) {
		buf_addf(&r->sequence, "%020llu:%020llu", (unsigned long long)v,
			 (unsigned long long)lsn);
	} else if (commit.n && text_of(o->change_lsn).n) {
		buf_add(&r->sequence, commit.p, commit.n);
		buf_addc(&r->sequence, ':');
		buf_add(&r->sequence, text_of(o->change_lsn).p, text_of(o->change_lsn).n);
	}
	c->sequence = (struct field){r->sequence.p, r->sequence.n};
}

/* "571:53195829": in Debezium for PostgreSQL each event's LSN stands behind the transaction's
 * number, so that only the number is the same in all of them. */
struct field without_lsn(struct field id)
{
	size_t i = 0;

	while (i < id.n && id.p[i] >= '0' && id.p[i] <= '9')
		i++;
	if (i == 0 || i == id.n || id.p[i] != ':')
		return id;
	for (size_t k = i + 1; k < id.n; k++)
		if (id.p[k] < '0' || id.p[k] > '9')
			return id;
	return (struct field){id.p, i};
}

/* ---- Rows ---- */

#define UNAVAILABLE "__debezium_unavailable_value"

/* What Debezium for PostgreSQL writes for a column that was stored out of line and did not
 * change: the text (an option of the connector has another one), its base64, an array of it or
 * a map. */
static bool is_unavailable(const struct change_field *f)
{
	static const char base64[] = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==";
	struct field v = f->value;

	if (v.n < sizeof UNAVAILABLE - 1 || !v.p)
		return false;
	if (f->kind == JSON_NESTED)
		return v.n >= sizeof UNAVAILABLE + 2 && v.n <= 2 * sizeof UNAVAILABLE + 8 &&
		       (v.p[0] == '[' || v.p[0] == '{') && v.p[1] == '"' &&
		       !memcmp(v.p + 2, UNAVAILABLE "\"", sizeof UNAVAILABLE);
	return f->kind == JSON_STRING && (IS(v, UNAVAILABLE) || IS(v, base64));
}

/* The old row of Debezium for PostgreSQL has null for what the replica identity leaves out: where
 * the new row lacks a value too, null is not one. */
static void drop_unavailable(struct change *c)
{
	for (size_t i = 0; i < c->after.n;) {
		if (!is_unavailable(&c->after.f[i])) {
			i++;
			continue;
		}
		for (size_t k = 0; k < c->before.n; k++)
			if (!c->before.f[k].value.p &&
			    field_is(c->before.f[k].name, c->after.f[i].name.p, c->after.f[i].name.n)) {
				image_drop(&c->before, k);
				break;
			}
		image_drop(&c->after, i);
	}
	for (size_t i = 0; i < c->before.n;)
		if (is_unavailable(&c->before.f[i]))
			image_drop(&c->before, i);
		else
			i++;
}

void debezium_values(struct change_reader *r, struct change *c)
{
	schema_apply(r->schema, &c->before);
	schema_apply(r->schema, &c->after);
	drop_unavailable(c);
}

enum encoding debezium_encoding(struct field connector)
{
	return IS(connector, "mysql") || IS(connector, "mariadb") ? ENC_MICROS : ENC_TEXT;
}
