/*
 * What of a column's values another column may not hold, told from the two
 * definitions alone.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include "buf.h"
#include "table.h"

/* Ways in which values may not fit. */
enum misfit_kind {
	MISFIT_RANGE,    /* numbers */
	MISFIT_LENGTH,   /* texts, bytes, bits */
	MISFIT_DIGITS,   /* decimals: too large, or too many digits behind the point */
	MISFIT_FRACTION, /* of seconds, which would be rounded */
	MISFIT_NULL,
	MISFIT_LABEL,    /* values that an enum or set lacks */
	MISFIT_CHARSET,  /* characters that the column's character set lacks */
	MISFIT_DURATION, /* times of more than a day, or beyond MySQL's TIME */
	MISFIT_ZERO_DATE, /* from here on: rare values of types that fit */
	MISFIT_NUL,
	MISFIT_DATE,     /* before the year 1, after 9999, infinity; MySQL's TIMESTAMP: 1970 to 2038 */
	MISFIT_COUNT
};

struct compat {
	bool incompatible;      /* the types have nothing to do with each other */
	bool may[MISFIT_COUNT]; /* that is: values of the source that the target refuses are possible */
	char min[48], max[48];  /* MISFIT_RANGE: inclusive */
	uint64_t limit;         /* MISFIT_LENGTH */
	bool in_bytes;          /* … in bytes of UTF-8, not characters */
	int precision, scale;   /* MISFIT_DIGITS; precision 0: no limit */
	int fraction;           /* MISFIT_FRACTION: digits kept */
	const char *charset;    /* MISFIT_CHARSET; borrowed */
	char *const *labels;    /* MISFIT_LABEL: those of the target; borrowed */
	const char *first, *last; /* MISFIT_DATE, MISFIT_DURATION: inclusive; static */
};

/* Fills *c for values of column a that go into column b. */
void compat_find(const struct column *a, enum engine from, const struct column *b,
		 enum engine to, struct compat *c);

/* Adds what is narrower: "may be longer than 50 characters, or have …"; nothing for NULL. */
void compat_add_text(struct buf *b, const struct compat *c);

/* Adds what a kind of misfit means: "longer than 50 characters". */
void compat_add_misfit(struct buf *b, const struct compat *c, enum misfit_kind k);

/* "range", "length", …: a kind's name in reports. */
const char *compat_kind_name(enum misfit_kind k);

#endif
