/* Predicates for rows whose values another column would refuse; see db_add_misfit(). */
#include <string.h>

#include "mysql_impl.h"

#define FLOAT_MAX "3.4028234663852886e38"

static const char *const powers[] = {"1", "10", "100", "1000", "10000", "100000", "1000000"};

static void add_length(struct buf *b, const char *k, const struct column *c,
		       const struct compat *limits)
{
	if (c->type.lt == LT_BITS)
		buf_addf(b, "LENGTH(TRIM(LEADING '0' FROM BIN(%s+0)))", k);
	else if (c->type.lt == LT_BYTES || c->type.lt == LT_GEOMETRY)
		buf_addf(b, "OCTET_LENGTH(%s)", k);
	else
		buf_addf(b, limits->in_bytes ? "OCTET_LENGTH(CONVERT(%s USING utf8mb4))"
					     : "CHAR_LENGTH(CONVERT(%s USING utf8mb4))", k);
	buf_addf(b, " > %llu", (unsigned long long)limits->limit);
}

static void add_digits(struct buf *b, const char *k, const struct compat *limits)
{
	if (limits->scale < 0) {
		/* MySQL: a cast out of FLOAT's range is an error */
		buf_addf(b, "CASE WHEN ABS(%s) > " FLOAT_MAX " THEN TRUE"
			 " ELSE %s <> CAST(%s AS FLOAT) END", k, k, k);
		return;
	}
	buf_addf(b, "%s <> ROUND(%s, %d)", k, k, limits->scale);
	if (limits->precision > 0)
		buf_addf(b, " OR ABS(%s) >= 1e%d", k, limits->precision - limits->scale);
}

/* A set's members are looked for one by one: those that the target lacks. */
static void add_set(struct my *m, struct buf *b, const char *k, const struct column *c,
		    const struct compat *limits)
{
	const char *between = "";

	for (char **l = c->type.labels; l && *l; l++) {
		bool known = false;

		for (char *const *t = limits->labels; t && *t; t++)
			known |= !strcmp(*l, *t);
		if (known)
			continue;
		buf_addf(b, "%sFIND_IN_SET(", between);
		db_add_literal(&m->db, b, *l, strlen(*l));
		buf_addf(b, ", %s) > 0", k);
		between = " OR ";
	}
}

static void add_labels(struct my *m, struct buf *b, const char *k, const struct compat *limits)
{
	buf_addf(b, "CAST(CONVERT(%s USING utf8mb4) AS BINARY) NOT IN (", k);
	for (char *const *l = limits->labels; l && *l; l++) {
		buf_adds(b, l == limits->labels ? "CAST(" : ", CAST(");
		db_add_literal(&m->db, b, *l, strlen(*l));
		buf_adds(b, " AS BINARY)");
	}
	buf_addc(b, ')');
}

static bool add_predicate(struct my *m, struct buf *b, const char *k, const struct column *c,
			  const struct compat *limits, enum misfit_kind kind)
{
	switch (kind) {
	case MISFIT_RANGE:
		buf_addf(b, "%s < %s OR %s > %s", k, limits->min, k, limits->max);
		break;
	case MISFIT_LENGTH:
		add_length(b, k, c, limits);
		break;
	case MISFIT_DIGITS:
		if (limits->scale < 0 && c->type.lt != LT_FLOAT)
			return false;
		add_digits(b, k, limits);
		break;
	case MISFIT_FRACTION:
		buf_addf(b, "MICROSECOND(%s) %% %s <> 0", k, powers[6 - limits->fraction]);
		break;
	case MISFIT_NULL:
		buf_addf(b, "%s IS NULL", k);
		break;
	case MISFIT_LABEL:
		if (c->type.lt == LT_SET)
			add_set(m, b, k, c, limits);
		else if (limits->labels)
			add_labels(m, b, k, limits);
		else
			return false;
		break;
	case MISFIT_CHARSET:
		buf_addf(b, "CAST(CONVERT(CONVERT(%s USING %s) USING utf8mb4) AS BINARY) <> "
			    "CAST(CONVERT(%s USING utf8mb4) AS BINARY)", k, limits->charset, k);
		break;
	case MISFIT_DURATION:
	case MISFIT_DATE:
		buf_addf(b, "%s < '%s' OR %s > '%s'", k, limits->first, k, limits->last);
		break;
	case MISFIT_ZERO_DATE:
		buf_addf(b, "%s = 0 OR MONTH(%s) = 0 OR DAY(%s) = 0", k, k, k);
		break;
	case MISFIT_NUL:
		buf_addf(b, "INSTR(CAST(CONVERT(%s USING utf8mb4) AS BINARY), x'00') > 0", k);
		break;
	case MISFIT_COUNT:
		return false;
	}
	return true;
}

bool my_add_misfit(struct db *db, struct buf *b, const struct column *c,
		   const struct compat *limits, enum misfit_kind kind)
{
	struct buf id = BUF_INIT;
	bool can;

	db_add_ident(db, &id, c->name);
	can = add_predicate(my_of(db), b, buf_cstr(&id), c, limits, kind);
	buf_free(&id);
	return can;
}

void my_add_folded(struct db *db, struct buf *b, const struct column *c,
		   const struct column *target)
{
	struct buf id = BUF_INIT;

	db_add_ident(db, &id, c->name);
	if (c->type.lt != LT_TEXT)
		buf_add(b, id.p, id.n);
	else if (target->collation && target->charset)
		buf_addf(b, "CONVERT(%s USING %s) COLLATE %s", buf_cstr(&id), target->charset,
			 target->collation);
	else
		buf_addf(b, "CAST(CONVERT(%s USING utf8mb4) AS BINARY)", buf_cstr(&id));
	buf_free(&id);
}
