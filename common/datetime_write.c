/* Dates and times as canonical text, as value.h says. */
#include <stdbool.h>

#include "value.h"

#define DAY_US (86400 * INT64_C(1000000))
#define DAYS_TO_2000 10957 /* from 1970-01-01 */

static void add_two(char *p, int v)
{
	p[0] = (char)('0' + v / 10);
	p[1] = (char)('0' + v % 10);
}

/* Day 0 is 1970-01-01. Counts in years that begin in March, in periods of 400
 * years that have 146097 days. */
static void civil_from_days(int64_t days, int64_t *year, int *month, int *day)
{
	int64_t from_march = days + 719468, period, of_year;
	int64_t of_period, y;

	period = from_march / 146097 - (from_march % 146097 < 0);
	of_period = from_march - period * 146097;
	y = (of_period - of_period / 1460 + of_period / 36524 - of_period / 146096) / 365;
	of_year = of_period - (365 * y + y / 4 - y / 100);
	*month = (int)((5 * of_year + 2) / 153);
	*day = (int)(of_year - (153 * *month + 2) / 5 + 1);
	*month += *month < 10 ? 3 : -9;
	*year = y + period * 400 + (*month <= 2);
}

static void add_year(struct buf *b, int64_t year)
{
	char *to;

	if (year > 9999) {
		buf_addf(b, "%lld", (long long)year);
		return;
	}
	to = buf_room(b, 4);
	add_two(to, (int)year / 100);
	add_two(to + 2, (int)year % 100);
	b->n += 4;
}

static void add_fraction(struct buf *b, int32_t us)
{
	int digits = 6;

	if (us == 0)
		return;
	for (; us % 10 == 0; us /= 10)
		digits--;
	buf_room(b, 7);
	b->p[b->n] = '.';
	for (int i = digits; i; i--, us /= 10)
		b->p[b->n + (size_t)i] = (char)('0' + us % 10);
	b->n += (size_t)digits + 1;
}

/* Days since 1970-01-01; returns whether the year is BC. */
static bool add_day(struct buf *b, int64_t days)
{
	char text[] = "-MM-DD";
	int64_t year;
	int month, day;

	civil_from_days(days, &year, &month, &day);
	add_two(text + 1, month);
	add_two(text + 4, day);
	add_year(b, year > 0 ? year : 1 - year);
	buf_add(b, text, sizeof text - 1);
	return year <= 0;
}

void value_add_date(struct buf *b, int32_t days)
{
	if (days == VALUE_DATE_INF || days == INT32_MIN)
		buf_adds(b, days > 0 ? "infinity" : "-infinity");
	else if (add_day(b, (int64_t)days + DAYS_TO_2000))
		buf_adds(b, " BC");
}

void value_add_time(struct buf *b, int64_t us)
{
	uint64_t v = us < 0 ? -(uint64_t)us : (uint64_t)us, s = v / 1000000;
	char text[] = "HH:MM:SS";
	size_t skip = s >= 360000 ? 2 : 0; /* MySQL's TIME has up to three digits of hours */

	if (us < 0)
		buf_addc(b, '-');
	if (skip)
		buf_addf(b, "%llu", (unsigned long long)(s / 3600));
	add_two(text, (int)(s / 3600 % 100));
	add_two(text + 3, (int)(s / 60 % 60));
	add_two(text + 6, (int)(s % 60));
	buf_add(b, text + skip, sizeof text - 1 - skip);
	add_fraction(b, (int32_t)(v % 1000000));
}

void value_add_timestamp(struct buf *b, int64_t us, const char *zone)
{
	int64_t days = us / DAY_US - (us % DAY_US < 0);
	bool bc;

	if (us == VALUE_TIME_INF || us == INT64_MIN) {
		buf_adds(b, us > 0 ? "infinity" : "-infinity");
		return;
	}
	bc = add_day(b, days + DAYS_TO_2000);
	buf_addc(b, ' ');
	value_add_time(b, us - days * DAY_US);
	buf_adds(b, zone);
	if (bc)
		buf_adds(b, " BC");
}
