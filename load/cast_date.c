/* The rule zero-date: MySQL's dates that no calendar has, 0000-00-00 and 2020-00-01. */
#include <string.h>

#include "cast_ops.h"
#include "value.h"

enum { ZERO_NULL, ZERO_ERROR, ZERO_EPOCH };

static int parse_zero_date(struct rule *r, const char *arg, struct err *e)
{
	static const char *const words[] = {"null", "error", "epoch", NULL};

	(void)e;
	return cast_parse_word(r, arg, words);
}

/* Whether year, month or day look like zeros; most values end here. */
static bool may_be_zero(struct field f)
{
	return f.n >= 10 && f.p[4] == '-' && f.p[7] == '-' &&
	       (!memcmp(f.p, "0000", 4) || !memcmp(f.p + 5, "00", 2) || !memcmp(f.p + 8, "00", 2));
}

static enum cast_result apply_zero_date(const struct rule *r, struct field *f, struct buf *to,
					struct cast_why *why)
{
	int32_t days;
	int64_t us;
	bool zoned = false;

	(void)to;
	if (!may_be_zero(*f))
		return CAST_SAME;
	if (value_date(f->p, f->n, &days) != VALUE_ZERO_DATE &&
	    value_timestamp(f->p, f->n, &us, &zoned) != VALUE_ZERO_DATE)
		return CAST_SAME;
	if (r->choice == ZERO_ERROR)
		return cast_bad(why, "is a zero date", "zero-date:null makes NULL of it, "
				"zero-date:epoch 1970-01-01");
	if (r->choice == ZERO_NULL)
		*f = (struct field){NULL, 0};
	else if (f->n == 10)
		*f = (struct field){"1970-01-01", 10};
	else
		*f = (struct field){"1970-01-01 00:00:00+00", zoned ? 22 : 19};
	return CAST_LOSS;
}

const struct cast_op cast_zero_date = {
	.name = "zero-date", .arg = ":null|error|epoch", .every = true,
	.parse = parse_zero_date, .apply = apply_zero_date,
};
