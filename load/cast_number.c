/* Rules on numbers: boolean, integer, scale. */
#include <string.h>
#include <strings.h>

#include "cast_ops.h"
#include "value.h"

#define SCALE_MAX 16383         /* the most digits behind the point in PostgreSQL's numeric */
#define WHOLE_MAX 131072        /* and before it (manual, "Numeric Types") */

static bool is_word(struct field f, const char *word)
{
	return f.n == strlen(word) && !strncasecmp(f.p, word, f.n);
}

/* As value_bool(), and y, n, yes, no. */
static bool read_boolean(struct field f, bool *v)
{
	if (value_bool(f.p, f.n, v) == VALUE_OK)
		return true;
	*v = is_word(f, "y") || is_word(f, "yes");
	return *v || is_word(f, "n") || is_word(f, "no");
}

static enum cast_result apply_boolean(const struct rule *r, struct field *f, struct buf *to,
				      struct cast_why *why)
{
	bool v;
	char c;

	(void)r;
	(void)to;
	if (!read_boolean(*f, &v))
		return cast_unfit(why, "is not a boolean");
	c = *f->p;
	*f = (struct field){v ? "t" : "f", 1};
	return c == *f->p ? CAST_SAME : CAST_CHANGED;
}

static bool is_integer(struct field f)
{
	size_t i = f.n && f.p[0] == '-';

	if (i == f.n)
		return false;
	while (i < f.n && f.p[i] >= '0' && f.p[i] <= '9')
		i++;
	return i == f.n;
}

static enum cast_result apply_integer(const struct rule *r, struct field *f, struct buf *to,
				      struct cast_why *why)
{
	bool v;

	(void)r;
	(void)to;
	if (is_integer(*f))
		return CAST_SAME;
	if (!read_boolean(*f, &v))
		return cast_unfit(why, "is neither an integer nor a boolean");
	*f = (struct field){v ? "1" : "0", 1};
	return CAST_CHANGED;
}

/* ---- scale ---- */

static int parse_scale(struct rule *r, const char *arg, struct err *e)
{
	(void)e;
	return cast_parse_number(r, arg, SCALE_MAX);
}

/* The digit at place i of whole and frac together; 0 beyond them. */
static char digit_at(const struct decimal *d, int64_t i)
{
	if (i < 0 || i >= (int64_t)(d->nwhole + d->nfrac))
		return '0';
	return i < (int64_t)d->nwhole ? d->whole[i] : d->frac[i - (int64_t)d->nwhole];
}

static bool zeros_from(const struct decimal *d, int64_t i)
{
	for (i = i < 0 ? 0 : i; i < (int64_t)(d->nwhole + d->nfrac); i++)
		if (digit_at(d, i) != '0')
			return false;
	return true;
}

/* Adds the digits up to `scale` behind the point, which stands before place
 * `point`; two zeros in front are room for a carry and a sign. */
static void add_digits(struct buf *to, const struct decimal *d, int64_t point, int64_t scale)
{
	buf_room(to, (size_t)((point > 0 ? point : 0) + scale) + 4);
	buf_add(to, "00", 2);
	if (point < 1)
		buf_addc(to, '0');
	for (int64_t i = 0; i < point; i++)
		buf_addc(to, digit_at(d, i));
	if (scale)
		buf_addc(to, '.');
	for (int64_t i = point; i < point + scale; i++)
		buf_addc(to, digit_at(d, i));
}

/* Adds 1 at the last digit. */
static void round_up(struct buf *to)
{
	char *p = to->p + to->n - 1;

	for (; *p == '9' || *p == '.'; p--)
		if (*p == '9')
			*p = '0';
	++*p;
}

static bool has_digit(const struct buf *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] > '0')
			return true;
	return false;
}

static enum cast_result apply_scale(const struct rule *r, struct field *f, struct buf *to,
				    struct cast_why *why)
{
	int64_t point, scale = (int64_t)r->number;
	struct decimal d;
	size_t start = 1;
	bool loses;

	if (value_decimal(f->p, f->n, &d) != VALUE_OK)
		return cast_unfit(why, "is not a number");
	if (d.kind != DECIMAL_FINITE)
		return CAST_SAME;
	if (zeros_from(&d, 0))
		d.exp = 0;
	point = (int64_t)d.nwhole + d.exp;
	if (point > WHOLE_MAX)
		return cast_bad(why, "is out of range", NULL);
	add_digits(to, &d, point, scale);
	loses = !zeros_from(&d, point + scale);
	if (digit_at(&d, point + scale) >= '5')
		round_up(to);
	while (to->p[start] == '0' && start + 1 < to->n && to->p[start + 1] != '.')
		start++;
	if (d.negative && has_digit(to))
		to->p[--start] = '-';
	if (to->n - start == f->n && !memcmp(to->p + start, f->p, f->n))
		return CAST_SAME;
	*f = (struct field){to->p + start, to->n - start};
	return loses ? CAST_LOSS : CAST_CHANGED;
}

const struct cast_op cast_boolean = {
	.name = "boolean", .arg = "", .typed = true, .kind = JSON_BOOL,
	.parse = cast_parse_nothing, .apply = apply_boolean,
};
const struct cast_op cast_integer = {
	.name = "integer", .arg = "", .typed = true, .kind = JSON_NUMBER,
	.parse = cast_parse_nothing, .apply = apply_integer,
};
const struct cast_op cast_scale = {
	.name = "scale", .arg = ":DIGITS", .typed = true, .kind = JSON_NUMBER,
	.parse = parse_scale, .apply = apply_scale,
};
