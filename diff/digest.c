/* The digests of two tables, the same that hash(1) tells. */
#include <stdlib.h>

#include "checks.h"
#include "digest.h"

/* The forms in which equal values of both engines have one text. */
static void open_forms(struct canon_row *canon, const struct columns *c)
{
	canon_row_open(canon, c->n);
	for (size_t i = 0; i < c->n; i++) {
		canon->how[i] = canon_of_type(&c->type[i]);
		canon->any |= canon->how[i] != CANON_NONE;
	}
}

static int add_rows(struct db *db, const struct columns *c, struct digest *d,
		    struct progress *p, struct digest_sum *sum, struct err *e)
{
	struct canon_row canon;
	struct row row;
	int got, bad = -1;

	open_forms(&canon, c);
	while ((got = db_fetch(db, &row, e)) > 0) {
		if (canon.any && (bad = canon_row_apply(&canon, row.f)) >= 0)
			break;
		digest_sum_row(sum, d, digest_row(d, &row));
		progress_rows(p, sum->rows, sum->rows);
	}
	if (bad >= 0)
		got = err_set(e, EXIT_BAD, "column %s: not JSON", c->name[bad]);
	canon_row_free(&canon);
	return got;
}

/* Adds rows and digest as a JSON string. */
static int add_digest(const struct options *o, struct db *db, const struct table *t,
		      struct digest_sum *sum, struct buf *b, struct err *e)
{
	const struct select s = {.table = t, .where = o->where};
	struct progress p = o->progress;
	struct digest *d = NULL;
	struct columns c;
	int status = db_select(db, &s, &c, e);

	*sum = (struct digest_sum){0};
	if (status == 0 && !(d = digest_open(NULL, c.name, c.n, e)))
		status = -1;
	progress_start(&p, t->name, o->where ? 0 : t->estimated_rows);
	if (status == 0)
		status = add_rows(db, &c, d, &p, sum, e);
	progress_clear(&p);
	if (status == 0) {
		buf_addf(b, "\"%llu ", (unsigned long long)sum->rows);
		digest_sum_text(b, digest_algorithm(d), digest_lanes(d), sum);
		buf_addc(b, '"');
	}
	digest_free(d);
	return status;
}

/* Whether the servers find the tables equal: 1, 0 if they cannot tell, -1. */
static int ask_servers(const struct options *o, const struct input in[2],
		       const struct table_pair *p, struct err *e)
{
	struct err why = ERR_INIT;
	struct digest_sum sum[2];

	for (int side = 0; side < 2; side++) {
		const struct digest_query q = {.table = p->t[side], .where = o->where};

		if (db_digest(in[side].db, &q, &sum[side], &why) < 0) {
			bool lost = why.status == EXIT_FAILED;

			err_clear(&why);
			/* A statement that failed ends a transaction of PostgreSQL's. */
			if (lost && input_refresh((struct input *)&in[side], e) < 0)
				return -1;
			return 0;
		}
	}
	return digest_sum_equal(&sum[0], &sum[1]);
}

int digest_of_pair(const struct options *o, const struct input in[2], const struct table_pair *p,
		   struct buf *b, bool *differs, struct err *e)
{
	struct digest_sum sum[2];
	int equal = o->in_database ? ask_servers(o, in, p, e) : 0;

	if (equal)
		return equal < 0 ? -1 : 0;
	buf_adds(b, "{\"source\":");
	for (int side = 0; side < 2; side++) {
		buf_adds(b, side ? ",\"target\":" : "");
		if (add_digest(o, in[side].db, p->t[side], &sum[side], b, e) < 0)
			return err_prefix(e, "%s", p->title);
	}
	buf_addc(b, '}');
	*differs |= !digest_sum_equal(&sum[0], &sum[1]);
	return 0;
}
