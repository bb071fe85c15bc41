/* Dates and times of other formats, as value_decode.h says. */
#include <stdlib.h>
#include <string.h>

#include "value_decode.h"
#include "zone.h"

#define DAY_US (86400 * INT64_C(1000000))
#define DAYS_TO_2000 10957                 /* from 1970-01-01 */
#define EPOCH_2000 INT64_C(946684800)      /* the same in seconds */

/* PostgreSQL's infinity as Debezium writes it, in ms (Debezium connector for PostgreSQL,
 * "Temporal types"); in µs with three zeros more. */
#define INFINITY_MS INT64_C(9223372036825200)
#define MINUS_INFINITY_MS INT64_C(-9223372036832400)

/* As canonical text for the column, with what the column's type wants behind it. */
static int add_timestamp(struct decode *d, int64_t us)
{
	if (d->type->lt == LT_DATE && us != VALUE_TIME_INF && us != INT64_MIN) {
		int64_t days = us / DAY_US - (us % DAY_US < 0);

		if (us % DAY_US)
			return decode_bad(d, "has a time of day");
		value_add_date(d->b, (int32_t)days);
		return 0;
	}
	value_add_timestamp(d->b, us, d->type->lt == LT_TIMESTAMPTZ ? "+00" : "");
	return 0;
}

static int whole_number(struct decode *d, int64_t *v)
{
	if (value_int(d->v.p, d->v.n, v) == VALUE_OK)
		return 0;
	return decode_bad(d, "is not a whole number");
}

int decode_days(struct decode *d)
{
	int64_t v;

	if (d->kind == JSON_STRING && value_int(d->v.p, d->v.n, &v) != VALUE_OK)
		return decode_date(d);
	if (whole_number(d, &v) < 0)
		return -1;
	if (v < -3000000 || v > 200000000) /* beyond what PostgreSQL's date has */
		return decode_status(d, VALUE_RANGE);
	if (d->type->lt == LT_TIMESTAMP || d->type->lt == LT_TIMESTAMPTZ) {
		if (v > 106000000)
			return decode_status(d, VALUE_RANGE);
		return add_timestamp(d, (v - DAYS_TO_2000) * DAY_US);
	}
	value_add_date(d->b, (int32_t)v - DAYS_TO_2000);
	return 0;
}

static bool is_infinite(int64_t v, int64_t per_second, int64_t *us)
{
	int64_t scale = per_second / 1000;

	if (scale > 1000)
		return false;
	*us = v == INFINITY_MS * scale ? VALUE_TIME_INF : INT64_MIN;
	return v == INFINITY_MS * scale || v == MINUS_INFINITY_MS * scale;
}

/* A number of units since 1970 → µs since 2000. */
int decode_epoch(struct decode *d, int64_t per_second)
{
	int64_t v, us, seconds, rest;

	if (d->kind == JSON_STRING && value_int(d->v.p, d->v.n, &v) != VALUE_OK)
		return decode_timestamp(d);
	if (whole_number(d, &v) < 0)
		return -1;
	if (is_infinite(v, per_second, &us))
		return add_timestamp(d, us);
	seconds = v / per_second - (v % per_second < 0);
	rest = v - seconds * per_second;
	if (seconds - EPOCH_2000 > INT64_MAX / 1000000 - 1 ||
	    seconds - EPOCH_2000 < -INT64_C(211813488000)) /* 4714-11-24 BC */
		return decode_status(d, VALUE_RANGE);
	if (per_second > 1000000 && rest % (per_second / 1000000))
		return decode_status(d, VALUE_ROUNDS);
	rest = per_second > 1000000 ? rest / (per_second / 1000000) : rest * (1000000 / per_second);
	return add_timestamp(d, (seconds - EPOCH_2000) * 1000000 + rest);
}

int decode_since_midnight(struct decode *d, int64_t per_second)
{
	bool of_day = d->type->lt == LT_TIME || d->type->lt == LT_TIMETZ;
	int64_t limit = (of_day ? 24 : 839) * 3600 * per_second; /* 839: MySQL's TIME */
	int64_t v;

	if (d->kind == JSON_STRING && value_int(d->v.p, d->v.n, &v) != VALUE_OK)
		return d->type->lt == LT_DURATION ? decode_interval(d) : decode_time(d);
	if (whole_number(d, &v) < 0)
		return -1;
	if (v > limit || v < (of_day ? 0 : -limit))
		return decode_status(d, VALUE_RANGE);
	if (per_second > 1000000 && v % (per_second / 1000000))
		return decode_status(d, VALUE_ROUNDS);
	value_add_time(d->b, per_second > 1000000 ? v / (per_second / 1000000)
						  : v * (1000000 / per_second));
	return 0;
}

int decode_duration_us(struct decode *d)
{
	int64_t v;

	if (d->kind == JSON_STRING && value_int(d->v.p, d->v.n, &v) != VALUE_OK)
		return decode_interval(d);
	if (whole_number(d, &v) < 0)
		return -1;
	value_add_time(d->b, v);
	return 0;
}

/* ---- Text ---- */

/* MySQL's zero dates stay what they are for MySQL. */
static int bad_or_zero(struct decode *d, enum value_status s)
{
	return s == VALUE_ZERO_DATE && d->engine == ENGINE_MYSQL ? decode_as_is(d) : decode_status(d, s);
}

/* Without the zone of a text like 2024-01-02Z. */
static void strip_utc(struct field *v)
{
	if (v->n && (v->p[v->n - 1] == 'Z' || v->p[v->n - 1] == 'z'))
		v->n--;
}

int decode_date(struct decode *d)
{
	struct field v = d->v;
	enum value_status s;
	int32_t days;

	if (v.n <= 12)
		strip_utc(&v);
	s = value_date(v.p, v.n, &days);
	if (s == VALUE_SYNTAX && memchr(v.p, ':', v.n))
		return decode_timestamp(d);
	if (s != VALUE_OK)
		return bad_or_zero(d, s);
	value_add_date(d->b, days);
	return 0;
}

/* The wall time of the zone that --encoding names, in UTC. */
static int from_zone(struct decode *d, int64_t *us)
{
	int64_t seconds = *us / 1000000 - (*us % 1000000 < 0), rest = *us - seconds * 1000000;
	int64_t utc[2];
	enum wall wall;

	if (!d->enc->zone) {
		*us -= (int64_t)d->enc->east * 1000000;
		return 0;
	}
	wall = zone_to_utc(d->enc->zone, seconds + EPOCH_2000, utc);
	if (wall != WALL_ONCE)
		return decode_bad(d, wall == WALL_TWICE ? "comes twice when the clock is set back"
							: "is left out when the clock is set forward");
	*us = (utc[0] - EPOCH_2000) * 1000000 + rest;
	return 0;
}

int decode_timestamp(struct decode *d)
{
	struct field v = d->v;
	enum value_status s;
	int64_t us;
	bool zoned;

	if (d->kind == JSON_BOOL || d->kind == JSON_NESTED)
		return decode_status(d, VALUE_SYNTAX);
	if (v.n <= 12)
		strip_utc(&v);
	s = value_timestamp(v.p, v.n, &us, &zoned);
	if (s != VALUE_OK)
		return bad_or_zero(d, s);
	if (d->type->lt == LT_TIMESTAMPTZ && !zoned && us != VALUE_TIME_INF && us != INT64_MIN &&
	    from_zone(d, &us) < 0)
		return -1;
	return add_timestamp(d, us);
}

int decode_time(struct decode *d)
{
	enum value_status s;
	int64_t us;
	int32_t west, m;

	if (d->kind == JSON_BOOL || d->kind == JSON_NESTED)
		return decode_status(d, VALUE_SYNTAX);
	s = value_timetz(d->v.p, d->v.n, &us, &west);
	if (s != VALUE_OK)
		return decode_status(d, s);
	if (d->type->lt == LT_TIME && west)
		return decode_status(d, VALUE_ZONE);
	value_add_time(d->b, us);
	if (d->type->lt == LT_TIME)
		return 0;
	m = abs(west);
	buf_addf(d->b, "%c%02d", west > 0 ? '-' : '+', m / 3600);
	if (m % 3600)
		buf_addf(d->b, ":%02d", m / 60 % 60);
	if (m % 60)
		buf_addf(d->b, ":%02d", m % 60);
	return 0;
}

/* ---- Intervals ---- */

/* The parts of an interval of ISO 8601: P1Y2M3W4DT5H6M7.8S; each may have a sign. */
struct iso {
	const char *p, *end;
	int64_t months, days, us;
};

/* Takes a number and its unit: 1, 0 at the end, -1. */
static int take_part(struct iso *i, bool time)
{
	const char *from = i->p, *point = NULL;
	int64_t v = 0, fraction = 0, unit = 100000;
	bool negative;
	char name;

	if (i->p == i->end)
		return 0;
	while (i->p < i->end && (strchr("+-.,", *i->p) || (*i->p >= '0' && *i->p <= '9')) && *i->p) {
		if (*i->p == '.' || *i->p == ',')
			point = i->p;
		i->p++;
	}
	if (i->p == i->end || i->p == from)
		return -1;
	name = *i->p++;
	negative = *from == '-';
	from += *from == '-' || *from == '+';
	if (value_int(from, (size_t)((point ? point : i->p - 1) - from), &v) != VALUE_OK ||
	    v > INT32_MAX || v < 0)
		return -1;
	for (const char *q = point ? point + 1 : i->p - 1; q < i->p - 1; q++, unit /= 10) {
		if (*q < '0' || *q > '9' || (!unit && *q != '0'))
			return -1;
		fraction += (*q - '0') * unit;
	}
	if (point && (name != 'S' || !time))
		return -1;
	v = negative ? -v : v;
	fraction = negative ? -fraction : fraction;
	switch (name) {
	case 'Y':
		i->months += 12 * v;
		return time ? -1 : 1;
	case 'W':
		i->days += 7 * v;
		return time ? -1 : 1;
	case 'D':
		i->days += v;
		return time ? -1 : 1;
	case 'H':
		i->us += v * INT64_C(3600000000);
		return time ? 1 : -1;
	case 'S':
		i->us += v * 1000000 + fraction;
		return time ? 1 : -1;
	case 'M':
		if (time)
			i->us += v * 60000000;
		else
			i->months += v;
		return 1;
	}
	return -1;
}

static int take_iso(struct iso *i)
{
	int status = 1;

	i->p++;
	while (status == 1 && i->p < i->end && *i->p != 'T')
		status = take_part(i, false);
	if (status == 1 && i->p < i->end)
		i->p++;
	while (status == 1 && i->p < i->end)
		status = take_part(i, true);
	return status < 0 ? -1 : 0;
}

/* One unit in PostgreSQL's style: "1 year", "-2 mons", "+3 days" behind something negative. */
static void add_unit(struct buf *b, int64_t v, const char *unit, bool *first, bool *negative)
{
	if (v == 0)
		return;
	buf_addf(b, "%s%s%lld %s%s", *first ? "" : " ", *negative && v > 0 ? "+" : "", (long long)v,
		 unit, v == 1 ? "" : "s");
	*first = false;
	*negative = v < 0;
}

static void add_interval(struct buf *b, const struct iso *i)
{
	bool first = true, negative = false;

	add_unit(b, i->months / 12, "year", &first, &negative);
	add_unit(b, i->months % 12, "mon", &first, &negative);
	add_unit(b, i->days, "day", &first, &negative);
	if (!first && i->us == 0)
		return;
	if (!first)
		buf_adds(b, negative && i->us > 0 ? " +" : " ");
	value_add_time(b, i->us);
}

int decode_interval(struct decode *d)
{
	struct iso i = {.p = d->v.p, .end = d->v.p + d->v.n};
	struct interval v;
	enum value_status s;

	if (d->kind == JSON_BOOL || d->kind == JSON_NESTED)
		return decode_status(d, VALUE_SYNTAX);
	if (d->v.n > 1 && *d->v.p == 'P') {
		if (take_iso(&i) < 0)
			return decode_status(d, VALUE_SYNTAX);
		if (d->type->lt == LT_DURATION && !i.months) {
			i.us += i.days * DAY_US;
			i.days = 0;
		}
		add_interval(d->b, &i);
		return 0;
	}
	s = value_interval(d->v.p, d->v.n, &v);
	if (s != VALUE_OK)
		return decode_status(d, s);
	if (memchr(d->v.p, '.', d->v.n))
		d->v.n = value_trim_fraction(d->v.p, d->v.n);
	return decode_as_is(d);
}
