/* Predicates for rows whose values another column would refuse; see db_add_misfit(). */
#include "pg_impl.h"

#include <string.h>

static const char *const powers[] = {"1", "10", "100", "1000", "10000", "100000", "1000000"};

/* Characters that MySQL's latin1, which is Windows' code page 1252, lacks (manual, "West
 * European Character Sets"). */
#define NOT_LATIN1 \
	"[^\\u0001-\\u007f\\u00a0-\\u00ff\\u20ac\\u201a\\u0192\\u201e\\u2026\\u2020\\u2021\\u02c6" \
	"\\u2030\\u0160\\u2039\\u0152\\u017d\\u2018\\u2019\\u201c\\u201d\\u2022\\u2013\\u2014\\u02dc" \
	"\\u2122\\u0161\\u203a\\u0153\\u017e\\u0178]"

static bool add_charset(struct buf *b, const char *k, const char *charset)
{
	if (!strcmp(charset, "ascii"))
		buf_addf(b, "%s::text ~ '[^\\u0001-\\u007f]'", k);
	else if (!strcmp(charset, "latin1"))
		buf_addf(b, "%s::text ~ '" NOT_LATIN1 "'", k);
	else if (!strncmp(charset, "utf8", 4) || !strcmp(charset, "ucs2"))
		buf_addf(b, "%s::text ~ '[\\U00010000-\\U0010ffff]'", k);
	else
		return false;
	return true;
}

static void add_digits(struct buf *b, const char *k, const struct column *c,
		       const struct compat *limits)
{
	if (limits->scale < 0 && c->type.lt == LT_FLOAT) {
		buf_addf(b, "%s <> %s::real::double precision", k, k);
	} else if (limits->scale < 0) {
		buf_addf(b, "%s <> %s::double precision::numeric", k, k);
	} else {
		buf_addf(b, "%s::numeric <> pg_catalog.round(%s::numeric, %d) OR "
			    "%s::text IN ('NaN', 'Infinity', '-Infinity')", k, k, limits->scale, k);
		if (limits->precision > 0)
			buf_addf(b, " OR pg_catalog.abs(%s) >= 1e%d", k,
				 limits->precision - limits->scale);
	}
}

static void add_labels(struct pg *pg, struct buf *b, const char *k, const struct column *c,
		       const struct compat *limits)
{
	bool members = c->type.lt == LT_SET;

	buf_addf(b, members ? "NOT pg_catalog.string_to_array(%s::text, ',') <@ ARRAY["
			    : "%s::text COLLATE \"C\" <> ALL (ARRAY[", k);
	for (char *const *l = limits->labels; l && *l; l++) {
		buf_adds(b, l == limits->labels ? "" : ", ");
		pg_add_literal(&pg->db, b, *l, strlen(*l));
	}
	buf_adds(b, members ? "]::text[]" : "]::text[])");
}

/* MySQL's TIME has hours, but no days and months. */
static void add_duration(struct buf *b, const char *k, const struct column *c,
			 const struct compat *limits)
{
	if (c->type.lt == LT_INTERVAL)
		buf_addf(b, "pg_catalog.date_part('day', %s) <> 0 OR "
			    "pg_catalog.date_part('month', %s) <> 0 OR "
			    "pg_catalog.date_part('year', %s) <> 0 OR ", k, k, k);
	buf_addf(b, "%s < '%s' OR %s > '%s'", k, limits->first, k, limits->last);
}

static bool add_predicate(struct pg *pg, struct buf *b, const char *k, const struct column *c,
			  const struct compat *limits, enum misfit_kind kind)
{
	bool bytes = c->type.lt == LT_BYTES;

	switch (kind) {
	case MISFIT_RANGE:
		buf_addf(b, "%s < %s OR %s > %s", k, limits->min, k, limits->max);
		break;
	case MISFIT_LENGTH:
		if (c->type.lt == LT_BITS)
			buf_addf(b, "pg_catalog.length(%s)", k);
		else
			buf_addf(b, "pg_catalog.%s(%s%s)", bytes || limits->in_bytes
				 ? "octet_length" : "char_length", k, bytes ? "" : "::text");
		buf_addf(b, " > %llu", (unsigned long long)limits->limit);
		break;
	case MISFIT_DIGITS:
		add_digits(b, k, c, limits);
		break;
	case MISFIT_FRACTION:
		buf_addf(b, "(pg_catalog.date_part('microseconds', %s)::numeric %% %s) <> 0", k,
			 powers[6 - limits->fraction]);
		break;
	case MISFIT_NULL:
		buf_addf(b, "%s IS NULL", k);
		break;
	case MISFIT_LABEL:
		add_labels(pg, b, k, c, limits);
		break;
	case MISFIT_CHARSET:
		return add_charset(b, k, limits->charset);
	case MISFIT_DURATION:
		add_duration(b, k, c, limits);
		break;
	case MISFIT_DATE:
		buf_addf(b, "%s < TIMESTAMP '%s' OR %s > TIMESTAMP '%s'", k, limits->first, k,
			 limits->last);
		break;
	default: /* PostgreSQL has no zero dates and no NUL */
		return false;
	}
	return true;
}

bool pg_add_misfit(struct db *db, struct buf *b, const struct column *c,
		   const struct compat *limits, enum misfit_kind kind)
{
	struct buf id = BUF_INIT;
	bool can;

	pg_add_ident(db, &id, c->name);
	can = add_predicate(pg_of(db), b, buf_cstr(&id), c, limits, kind);
	buf_free(&id);
	return can;
}

/* What MySQL's collations take for equal, as near as SQL comes: letter case and marks, and
 * spaces behind (but for the collations of UCA 9.0). */
void pg_add_folded(struct db *db, struct buf *b, const struct column *c,
		   const struct column *target)
{
	const char *collation = target->collation;
	bool mysql = target->charset != NULL && collation;
	bool blind = mysql && strstr(collation, "_ci");
	bool marks = blind && !strstr(collation, "_as_");
	bool pad = mysql && !strstr(collation, "_0900_") && !strstr(collation, "nopad");
	struct buf text = BUF_INIT, next = BUF_INIT;

	pg_add_ident(db, &text, c->name);
	if (c->type.lt == LT_TEXT) {
		buf_addf(&next, pad ? "pg_catalog.rtrim(%s::text)" : "%s::text", buf_cstr(&text));
		buf_reset(&text);
		if (marks)
			buf_addf(&text, "pg_catalog.regexp_replace(normalize(%s, NFD), "
					"'[\\u0300-\\u036f]', '', 'g')", buf_cstr(&next));
		else
			buf_add(&text, next.p, next.n);
		buf_addf(b, blind ? "pg_catalog.lower(%s)" : "%s", buf_cstr(&text));
	} else {
		buf_add(b, text.p, text.n);
	}
	buf_free(&text);
	buf_free(&next);
}
