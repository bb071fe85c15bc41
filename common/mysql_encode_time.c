/*
 * Dates and times for LOAD DATA. MySQL's ranges: dates to the year 9999, zero
 * dates among them, which are data; TIME to 838:59:59 (MySQL manual, "The DATE,
 * DATETIME, and TIMESTAMP Types", "The TIME Type").
 */
#include <string.h>

#include "mysql_encode.h"
#include "value.h"

#define DATE_LENGTH 10
#define MICROSECONDS 1000000ll
#define MAX_HOURS 838

/* The number of two digits, or a negative one. */
static inline int two(const char *p)
{
	unsigned a = (unsigned)(p[0] - '0'), b = (unsigned)(p[1] - '0');

	return a > 9 || b > 9 ? -1000 : (int)(a * 10 + b);
}

/* Checks YYYY-MM-DD; zero days and months are allowed. */
static enum value_status check_date(const char *p)
{
	static const unsigned char days[] = {31, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int century = two(p), year = two(p + 2), month = two(p + 5), day = two(p + 8);

	if (century < 0 || year < 0 || month < 0 || day < 0 || p[4] != '-' || p[7] != '-')
		return VALUE_SYNTAX;
	year += century * 100;
	if (month > 12 || day > days[month])
		return VALUE_NO_DATE;
	if (month == 2 && day == 29 && (year == 0 || year % 4 || (year % 100 == 0 && year % 400)))
		return VALUE_NO_DATE;
	return VALUE_OK;
}

static int bad_date(const struct my_encoder *enc, struct buf *why, const char *p, size_t n,
		    enum value_status s)
{
	if (s == VALUE_NO_DATE)
		return my_misfit(enc, why, p, n, "no calendar has that day");
	if (memchr(p, 'i', n) || (n > 3 && !memcmp(p + n - 2, "BC", 2)))
		return my_misfit(enc, why, p, n, "MySQL has dates from the year 0 to 9999 only");
	return my_misfit(enc, why, p, n, NULL);
}

int my_encode_date(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		struct buf *why)
{
	enum value_status s = n == DATE_LENGTH ? check_date(p) : VALUE_SYNTAX;

	if (s != VALUE_OK)
		return bad_date(enc, why, p, n, s);
	buf_add(b, p, n);
	return 0;
}

/* Checks :MM:SS[.ffffff] at p. *n is set to its length without zeros at the
 * fraction's end, *rest to its whole length. */
static enum value_status check_clock(const char *p, size_t room, int precision, size_t *n,
				     size_t *rest)
{
	size_t end = 6;

	if (room < 6 || p[0] != ':' || p[3] != ':' || two(p + 1) < 0 || two(p + 1) > 59 ||
	    two(p + 4) < 0 || two(p + 4) > 59)
		return VALUE_SYNTAX;
	*n = end;
	if (end < room && p[end] == '.') {
		for (end++; end < room && p[end] >= '0' && p[end] <= '9'; end++)
			if (p[end] != '0')
				*n = end + 1;
		if (end == 7)
			return VALUE_SYNTAX;
	}
	*rest = end;
	return *n > 6 && *n - 7 > (size_t)precision ? VALUE_ROUNDS : VALUE_OK;
}

static bool is_utc(const char *p, size_t n)
{
	static const char *const zones[] = {"Z", "+00", "+00:00", "-00", "+0000", " UTC", NULL};

	if (n == 0)
		return true;
	for (int i = 0; zones[i]; i++)
		if (strlen(zones[i]) == n && !memcmp(zones[i], p, n))
			return true;
	return false;
}

/* Another zone, into a TIMESTAMP: the same moment in UTC. */
static int shift_zone(struct buf *b, const char *p, size_t n)
{
	int64_t us, days, left, z, era, doe, yoe, doy, mp;
	bool zoned;
	int y, mo, d;

	if (value_timestamp(p, n, &us, &zoned) != VALUE_OK || !zoned)
		return -1;
	days = us / (86400 * MICROSECONDS);
	left = us % (86400 * MICROSECONDS);
	if (left < 0) {
		left += 86400 * MICROSECONDS;
		days--;
	}
	/* days since 2000-01-01 → the civil date, years counted from March */
	z = days + 730425;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d = (int)(doy - (153 * mp + 2) / 5 + 1);
	mo = (int)(mp < 10 ? mp + 3 : mp - 9);
	y = (int)(yoe + era * 400) + (mo <= 2);
	if (y < 0 || y > 9999)
		return -1;
	buf_addf(b, "%04d-%02d-%02d %02d:%02d:%02d", y, mo, d, (int)(left / (3600 * MICROSECONDS)),
		 (int)(left / (60 * MICROSECONDS) % 60), (int)(left / MICROSECONDS % 60));
	if (left % MICROSECONDS)
		buf_addf(b, ".%06d", (int)(left % MICROSECONDS));
	return 0;
}

static int timestamp_range(const struct my_encoder *enc, struct buf *b, size_t start, const char *p,
			   size_t n, struct buf *why)
{
	const char *at = b->p + start;

	if ((memcmp(at, "1970-01-01 00:00:01", 19) >= 0 && memcmp(at, enc->last_timestamp, 19) <= 0) ||
	    !memcmp(at, "0000-00-00 00:00:00", 19))
		return 0;
	b->n = start;
	my_misfit(enc, why, p, n, NULL);
	buf_addf(why, " (1970-01-01 00:00:01 to %s)", enc->last_timestamp);
	return -1;
}

int my_encode_timestamp(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		     struct buf *why)
{
	bool zoned = enc->c->type.lt == LT_TIMESTAMPTZ;
	size_t start = b->n, keep = 0, rest = 0;
	enum value_status s;
	int hour;

	s = n >= DATE_LENGTH ? check_date(p) : VALUE_SYNTAX;
	if (s != VALUE_OK)
		return bad_date(enc, why, p, n, s);
	if (n == DATE_LENGTH) {
		buf_add(b, p, n);
		buf_add(b, " 00:00:00", 9);
		return zoned ? timestamp_range(enc, b, start, p, n, why) : 0;
	}
	hour = n > 13 ? two(p + 11) : -1;
	if ((p[10] != ' ' && p[10] != 'T') || hour < 0 || hour > 23)
		return bad_date(enc, why, p, n, VALUE_SYNTAX);
	s = check_clock(p + 13, n - 13, enc->c->type.precision, &keep, &rest);
	if (s == VALUE_ROUNDS)
		return my_misfit(enc, why, p, n, "its fraction would be rounded");
	if (s != VALUE_OK)
		return bad_date(enc, why, p, n, s);
	if (is_utc(p + 13 + rest, n - 13 - rest)) {
		buf_add(b, p, 13 + keep);
		b->p[start + 10] = ' ';
	} else if (!zoned) {
		return my_misfit(enc, why, p, n, "the column keeps no time zone");
	} else if (shift_zone(b, p, n) < 0) {
		return bad_date(enc, why, p, n, VALUE_SYNTAX);
	}
	return zoned ? timestamp_range(enc, b, start, p, n, why) : 0;
}

int my_encode_duration(const struct my_encoder *enc, struct buf *b, const char *p, size_t n,
		    struct buf *why)
{
	size_t at = n && *p == '-', start = at, keep = 0, rest = 0;
	unsigned hours = 0;
	enum value_status s;

	for (; at < n && at - start < 5 && p[at] >= '0' && p[at] <= '9'; at++)
		hours = hours * 10 + (unsigned)(p[at] - '0');
	if (at == start)
		return my_misfit(enc, why, p, n, NULL);
	s = check_clock(p + at, n - at, enc->c->type.precision, &keep, &rest);
	if (s == VALUE_ROUNDS)
		return my_misfit(enc, why, p, n, "its fraction would be rounded");
	if (s != VALUE_OK || at + rest != n)
		return my_misfit(enc, why, p, n, "TIME holds hours, minutes and seconds only");
	/* MySQL ends at 838:59:59.000000, MariaDB at .999999 */
	if (hours > MAX_HOURS || (hours == MAX_HOURS && !enc->mariadb && keep > 6 &&
				  !memcmp(p + at, ":59:59", 6)))
		return my_misfit(enc, why, p, n, "TIME ends at 838:59:59");
	buf_add(b, p, at + keep);
	return 0;
}
