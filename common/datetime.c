#include <endian.h>
#include <string.h>

#include "cursor.h"
#include "value.h"

#define DAY_US (86400 * INT64_C(1000000))
#define DATE_MIN (-2451545)          /* 4714-11-24 BC: Julian day 0 */
#define TIMESTAMP_MAX_DAY 106751983  /* 294277-01-01, the first day that is out */
#define ZONE_MAX_HOUR 15             /* PostgreSQL's MAX_TZDISP_HOUR */

/*
 * Reads eight bytes "dd-dd-dd" (the separator is given) into three numbers, all
 * bytes at once: after XOR with "00-00-00" a digit is 0 to 9 and a separator 0,
 * so that adding 0x76 or 0x7f sets the highest bit of any other byte.
 */
static inline bool three_pairs(const char *p, char separator, int *a, int *b, int *c)
{
	const uint64_t s = (uint64_t)(unsigned char)separator;
	uint64_t x;

	memcpy(&x, p, sizeof x);
	x = le64toh(x) ^ (UINT64_C(0x3030003030003030) | s << 16 | s << 40);
	if (((x + UINT64_C(0x76767f76767f7676)) | x) & UINT64_C(0x8080808080808080))
		return false;
	x = x * 10 + (x >> 8);
	*a = (int)(x & 0xff);
	*b = (int)(x >> 24 & 0xff);
	*c = (int)(x >> 48 & 0xff);
	return true;
}

/* ---- Days ---- */

/* Days from 2000-01-01 in the proleptic Gregorian calendar. year counts from 1
 * and back over 0 (1 BC) to -4713; the whole is shifted by 4800 years, a
 * multiple of the calendar's period of 400, so that all divisions are of
 * numbers above 0. */
static enum value_status day_number(int64_t year, int month, int day, int32_t *days)
{
	static const short before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	static const signed char length[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	uint32_t y;
	int64_t d;

	if (month > 12 || day > length[month - 1] + (leap && month == 2))
		return VALUE_NO_DATE;
	if (year < -4713 || year > 5874897)
		return VALUE_RANGE;
	y = (uint32_t)(year + 4799);
	d = (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + before[month - 1] +
	    (leap && month > 2) + day - 1 - 2483283;
	if (d < DATE_MIN)
		return VALUE_RANGE;
	*days = (int32_t)d;
	return VALUE_OK;
}

/* A day as it is written; year 0 is MySQL's. */
static inline enum value_status day_of(int64_t year, int month, int day, bool bc, int32_t *days)
{
	if (year == 0 || month == 0 || day == 0)
		return month > 12 || day > 31 || bc ? VALUE_NO_DATE : VALUE_ZERO_DATE;
	return day_number(bc ? 1 - year : year, month, day, days);
}

static bool take_date(struct cursor *c, int64_t *year, int *month, int *day)
{
	return cursor_number(c, 4, year) && cursor_take(c, '-') && cursor_two(c, month) &&
	       cursor_take(c, '-') && cursor_two(c, day);
}

static enum value_status date_in_general(const char *p, size_t n, int32_t *days)
{
	struct cursor c = {p, p + n};
	int64_t year;
	int month, day, inf = infinity_sign(p, n);
	bool bc;

	if (inf) {
		*days = inf > 0 ? VALUE_DATE_INF : INT32_MIN;
		return VALUE_OK;
	}
	if (!take_date(&c, &year, &month, &day))
		return VALUE_SYNTAX;
	bc = cursor_word(&c, " BC");
	return c.p < c.end ? VALUE_SYNTAX : day_of(year, month, day, bc, days);
}

enum value_status value_date(const char *p, size_t n, int32_t *days)
{
	int year, month, day;

	if (n == 10 && is_digit(p[0]) && is_digit(p[1]) &&
	    three_pairs(p + 2, '-', &year, &month, &day)) {
		year += (p[0] - '0') * 1000 + (p[1] - '0') * 100;
		return day_of(year, month, day, false, days);
	}
	return date_in_general(p, n, days);
}

/* ---- Times ---- */

/* Takes HH:MM[:SS[.ffffff]]; the hours, of two digits, are not checked. */
static enum value_status take_time(struct cursor *c, int64_t *us)
{
	int hour, minute, second = 0;
	bool seconds = true;

	if (c->end - c->p >= 8 && three_pairs(c->p, ':', &hour, &minute, &second)) {
		c->p += 8;
	} else {
		if (!cursor_two(c, &hour) || !cursor_take(c, ':') || !cursor_two(c, &minute))
			return VALUE_SYNTAX;
		seconds = cursor_take(c, ':');
		if (seconds && !cursor_two(c, &second))
			return VALUE_SYNTAX;
	}
	*us = (hour * INT64_C(3600) + minute * 60 + second) * 1000000;
	if (minute > 59 || second > 59)
		return VALUE_RANGE;
	return seconds && cursor_take(c, '.') ? cursor_fraction(c, us) : VALUE_OK;
}

/* Takes Z or ±HH[[:]MM[[:]SS]] into seconds west of UTC. */
static enum value_status take_zone(struct cursor *c, int32_t *west)
{
	int part[3] = {0, 0, 0};
	bool east;

	*west = 0;
	if (cursor_take(c, 'Z') || cursor_take(c, 'z'))
		return VALUE_OK;
	east = cursor_take(c, '+');
	if ((!east && !cursor_take(c, '-')) || !cursor_two(c, &part[0]))
		return VALUE_SYNTAX;
	for (int i = 1; i < 3 && c->p < c->end && *c->p != ' '; i++) {
		cursor_take(c, ':');
		if (!cursor_two(c, &part[i]))
			return VALUE_SYNTAX;
	}
	if (part[0] > ZONE_MAX_HOUR || part[1] > 59 || part[2] > 59)
		return VALUE_RANGE;
	*west = part[0] * 3600 + part[1] * 60 + part[2];
	if (east)
		*west = -*west;
	return VALUE_OK;
}

enum value_status value_time(const char *p, size_t n, int64_t *us)
{
	struct cursor c = {p, p + n};
	enum value_status s = take_time(&c, us);

	if (s == VALUE_SYNTAX || c.p < c.end)
		return VALUE_SYNTAX;
	return s == VALUE_OK && *us > DAY_US ? VALUE_RANGE : s;
}

enum value_status value_timetz(const char *p, size_t n, int64_t *us, int32_t *west)
{
	struct cursor c = {p, p + n};
	enum value_status s = take_time(&c, us), z;

	*west = 0;
	if (s == VALUE_SYNTAX)
		return s;
	z = c.p < c.end ? take_zone(&c, west) : VALUE_OK;
	if (z == VALUE_SYNTAX || c.p < c.end)
		return VALUE_SYNTAX;
	if (s == VALUE_OK && *us > DAY_US)
		s = VALUE_RANGE;
	return s == VALUE_OK ? z : s;
}

/* Takes the zone and " BC" that may follow a time. */
static enum value_status take_end(struct cursor *c, int32_t *west, bool *zoned, bool *bc)
{
	enum value_status s = VALUE_OK;

	if (c->p < c->end && *c->p != ' ') {
		s = take_zone(c, west);
		*zoned = true;
	}
	*bc = cursor_word(c, " BC");
	return c->p < c->end ? VALUE_SYNTAX : s;
}

/* A timestamp that is only a date, which may end in " BC". */
static enum value_status midnight(const char *p, size_t n, int64_t *us)
{
	int32_t days;
	enum value_status s = value_date(p, n, &days);

	if (s == VALUE_OK && days > TIMESTAMP_MAX_DAY - 1)
		s = VALUE_RANGE;
	if (s == VALUE_OK)
		*us = days * DAY_US;
	return s;
}

enum value_status value_timestamp(const char *p, size_t n, int64_t *us, bool *zoned)
{
	struct cursor c = {p, p + n};
	int64_t year, time;
	int32_t days, west = 0;
	int month, day, yy, inf;
	bool bc = false;
	enum value_status s, ends = VALUE_OK;

	*zoned = false;
	if (n >= 16 && p[4] == '-' && is_digit(p[0]) && is_digit(p[1]) &&
	    three_pairs(p + 2, '-', &yy, &month, &day)) {
		year = (p[0] - '0') * 1000 + (p[1] - '0') * 100 + yy;
		c.p += 10;
	} else if ((inf = infinity_sign(p, n)) != 0) {
		*us = inf > 0 ? VALUE_TIME_INF : INT64_MIN;
		return VALUE_OK;
	} else if (!take_date(&c, &year, &month, &day)) {
		return VALUE_SYNTAX;
	}
	if (c.end - c.p == 0 || c.end - c.p == 3)
		return midnight(p, n, us);
	if (!cursor_take(&c, ' ') && !cursor_take(&c, 'T'))
		return VALUE_SYNTAX;
	s = take_time(&c, &time);
	if (s == VALUE_SYNTAX)
		return s;
	if (c.p < c.end)
		ends = take_end(&c, &west, zoned, &bc);
	if (ends == VALUE_SYNTAX)
		return ends;
	if (s == VALUE_OK)
		s = day_of(year, month, day, bc, &days);
	if (s != VALUE_OK || ends != VALUE_OK)
		return s != VALUE_OK ? s : ends;
	if (time >= DAY_US || days > TIMESTAMP_MAX_DAY)
		return VALUE_RANGE;
	*us = days * DAY_US + time + west * INT64_C(1000000);
	if (*us < DATE_MIN * DAY_US || *us >= TIMESTAMP_MAX_DAY * DAY_US)
		return VALUE_RANGE;
	return VALUE_OK;
}

/* ---- Fractions ---- */

enum value_status value_fraction_fits(int64_t us, int precision)
{
	static const int32_t unit[] = {1000000, 100000, 10000, 1000, 100, 10};

	if (precision >= 6 || us == VALUE_TIME_INF || us == INT64_MIN)
		return VALUE_OK;
	return us % unit[precision < 0 ? 0 : precision] ? VALUE_ROUNDS : VALUE_OK;
}

size_t value_trim_fraction(const char *p, size_t n)
{
	size_t keep = n;

	if (n < 2 || p[n - 1] != '0' || !memchr(p, '.', n))
		return n;
	while (keep && p[keep - 1] == '0')
		keep--;
	return keep && p[keep - 1] == '.' ? keep - 1 : keep;
}
