/* What a column cannot hold, in words. */
#include "compat.h"

const char *compat_kind_name(enum misfit_kind k)
{
	static const char *const names[] = {
		[MISFIT_RANGE] = "range", [MISFIT_LENGTH] = "length",
		[MISFIT_DIGITS] = "digits", [MISFIT_FRACTION] = "fraction",
		[MISFIT_NULL] = "null", [MISFIT_LABEL] = "label",
		[MISFIT_CHARSET] = "charset", [MISFIT_DURATION] = "duration",
		[MISFIT_ZERO_DATE] = "zero-date", [MISFIT_NUL] = "nul", [MISFIT_DATE] = "date",
	};

	return names[k];
}

static void add_digits(struct buf *b, const struct compat *c, const char *more)
{
	if (c->scale < 0)
		buf_addf(b, "%sdigits than it keeps", more);
	else if (c->precision > 0)
		buf_addf(b, "%sdigits than numeric(%d,%d) keeps", more, c->precision, c->scale);
	else
		buf_addf(b, "%sdigits than a whole number has", more);
}

void compat_add_misfit(struct buf *b, const struct compat *c, enum misfit_kind k)
{
	switch (k) {
	case MISFIT_RANGE:
		buf_addf(b, "outside %s to %s", c->min, c->max);
		break;
	case MISFIT_LENGTH:
		buf_addf(b, "longer than %llu %s", (unsigned long long)c->limit,
			 c->in_bytes ? "bytes" : "characters");
		break;
	case MISFIT_DIGITS:
		add_digits(b, c, "more ");
		break;
	case MISFIT_FRACTION:
		buf_addf(b, "more than %d digits of the second's fraction", c->fraction);
		break;
	case MISFIT_NULL:
		buf_adds(b, "NULL in a column that is NOT NULL");
		break;
	case MISFIT_LABEL:
		buf_adds(b, "none of the labels");
		break;
	case MISFIT_CHARSET:
		buf_addf(b, "characters that %s lacks", c->charset);
		break;
	case MISFIT_DURATION:
	case MISFIT_DATE:
		buf_addf(b, "outside %s to %s", c->first, c->last);
		break;
	case MISFIT_ZERO_DATE:
		buf_adds(b, "a zero date");
		break;
	case MISFIT_NUL:
		buf_adds(b, "a NUL byte in text");
		break;
	case MISFIT_COUNT:
		break;
	}
}

void compat_add_text(struct buf *b, const struct compat *c)
{
	static const char *const verb[] = {
		[MISFIT_RANGE] = "be", [MISFIT_LENGTH] = "be", [MISFIT_DIGITS] = "have",
		[MISFIT_FRACTION] = "have", [MISFIT_NULL] = "be", [MISFIT_LABEL] = "be",
		[MISFIT_CHARSET] = "have", [MISFIT_DURATION] = "be",
	};
	const char *between = "may ";

	for (int k = 0; k < MISFIT_ZERO_DATE; k++) {
		if (!c->may[k] || k == MISFIT_NULL)
			continue;
		buf_addf(b, "%s%s ", between, verb[k]);
		compat_add_misfit(b, c, (enum misfit_kind)k);
		between = ", or ";
	}
}
