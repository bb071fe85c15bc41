/* Intervals, as value.h says. */
#include "cursor.h"

/* Takes a number with an optional sign. */
static bool take_signed(struct cursor *c, bool *negative, int64_t *v)
{
	*negative = cursor_take(c, '-');
	if (!*negative)
		cursor_take(c, '+');
	return cursor_number(c, 1, v);
}

static bool take_unit(struct cursor *c, const char *unit)
{
	if (!cursor_word(c, unit))
		return false;
	cursor_take(c, 's');
	return c->p == c->end || *c->p == ' ';
}

static enum value_status take_clock(struct cursor *c, bool negative, int64_t hours, int64_t *us)
{
	const int64_t limit = INT64_MAX / 1000000 / 3600;
	enum value_status s = VALUE_OK;
	int minute, second = 0;
	int64_t fraction = 0;
	bool too_large;

	if (!cursor_two(c, &minute))
		return VALUE_SYNTAX;
	if (cursor_take(c, ':')) {
		if (!cursor_two(c, &second))
			return VALUE_SYNTAX;
		if (cursor_take(c, '.'))
			s = cursor_fraction(c, &fraction);
	}
	if (s == VALUE_SYNTAX || c->p < c->end)
		return VALUE_SYNTAX;
	if (hours > limit || minute > 59 || second > 59)
		return VALUE_RANGE;
	*us = hours * -INT64_C(3600000000);
	too_large = __builtin_sub_overflow(*us, (minute * 60 + second) * INT64_C(1000000), us) ||
		    __builtin_sub_overflow(*us, fraction, us) ||
		    (!negative && __builtin_sub_overflow(0, *us, us));
	return too_large ? VALUE_RANGE : s;
}

static bool add_part(int32_t *to, int64_t v, bool negative, int32_t times)
{
	int64_t sum = *to;

	if (v > INT32_MAX + INT64_C(1))
		return false;
	sum += negative ? -v * times : v * times;
	*to = (int32_t)sum;
	return sum >= INT32_MIN && sum <= INT32_MAX;
}

enum value_status value_interval(const char *p, size_t n, struct interval *v)
{
	struct cursor c = {p, p + n};
	bool negative, fits = true;
	enum value_status s;
	int64_t number;
	int stage = 0, inf = infinity_sign(p, n);

	if (inf) {
		*v = inf > 0 ? (struct interval){INT64_MAX, INT32_MAX, INT32_MAX}
			     : (struct interval){INT64_MIN, INT32_MIN, INT32_MIN};
		return VALUE_OK;
	}
	*v = (struct interval){0};
	do {
		if (!take_signed(&c, &negative, &number))
			return VALUE_SYNTAX;
		if (cursor_take(&c, ':')) {
			s = take_clock(&c, negative, number, &v->us);
			return s == VALUE_OK && !fits ? VALUE_RANGE : s;
		}
		if (!cursor_take(&c, ' '))
			return VALUE_SYNTAX;
		if (stage < 1 && take_unit(&c, "year")) {
			fits &= add_part(&v->months, number, negative, 12);
			stage = 1;
		} else if (stage < 2 && take_unit(&c, "mon")) {
			fits &= add_part(&v->months, number, negative, 1);
			stage = 2;
		} else if (stage < 3 && take_unit(&c, "day")) {
			fits &= add_part(&v->days, number, negative, 1);
			stage = 3;
		} else {
			return VALUE_SYNTAX;
		}
	} while (cursor_take(&c, ' '));
	if (c.p < c.end)
		return VALUE_SYNTAX;
	return fits ? VALUE_OK : VALUE_RANGE;
}
