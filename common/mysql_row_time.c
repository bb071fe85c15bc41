/*
 * Dates and times of row images. Since MySQL 5.6 and MariaDB 10.1 (mysql56_temporal_format)
 * they are packed big-endian numbers with a fraction of 0 to 3 bytes behind (MySQL source,
 * mysys/my_time.cc, my_datetime_packed_from_binary()); before, they were decimal numbers.
 */
#include <string.h>

#include "mysql_row.h"

#define CUT "is cut off"
#define BAD "is no date or time"

/* ---- Parts ---- */

void my_add_date(struct buf *b, unsigned year, unsigned month, unsigned day)
{
	char *to = buf_room(b, 10);

	to = my_put2(to, year / 100 % 100);
	to = my_put2(to, year % 100);
	*to++ = '-';
	to = my_put2(to, month % 100);
	*to++ = '-';
	my_put2(to, day % 100);
	b->n += 10;
}

void my_add_time(struct buf *b, bool negative, unsigned hour, unsigned minute, unsigned second)
{
	char *to = buf_room(b, 11), *start = to;

	if (negative)
		*to++ = '-';
	if (hour >= 100)
		*to++ = (char)('0' + hour / 100 % 10);
	to = my_put2(to, hour % 100);
	*to++ = ':';
	to = my_put2(to, minute % 100);
	*to++ = ':';
	to = my_put2(to, second % 100);
	b->n += (size_t)(to - start);
}

/* Microseconds behind the point, without trailing zeros. */
static void add_fraction(struct buf *b, unsigned us)
{
	char *to;

	if (!us)
		return;
	to = buf_room(b, 7);
	*to++ = '.';
	for (unsigned unit = 100000; us; unit /= 10) {
		*to++ = (char)('0' + us / unit);
		us %= unit;
	}
	b->n = (size_t)(to - b->p);
}

static size_t fraction_bytes(int precision)
{
	return (size_t)(precision + 1) / 2;
}

/* What one of the number that so many bytes hold stands for. */
static unsigned fraction_unit(size_t bytes)
{
	static const unsigned unit[] = {0, 10000, 100, 1};

	return unit[bytes];
}

static const char *add_datetime(struct buf *b, unsigned year, unsigned month, unsigned day,
				unsigned seconds, unsigned us)
{
	if (year > 9999 || month > 12 || day > 31 || seconds >= 86400 || us > 999999)
		return BAD;
	my_add_date(b, year, month, day);
	buf_addc(b, ' ');
	my_add_time(b, false, seconds / 3600, seconds / 60 % 60, seconds % 60);
	add_fraction(b, us);
	return NULL;
}

/* Days since 1970-01-01, from 0 on → the date (Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", civil_from_days). */
static void civil(unsigned days, unsigned *year, unsigned *month, unsigned *day)
{
	unsigned z = days + 719468, era = z / 146097, doe = z - era * 146097;
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

/* Second 0 without a fraction is MySQL's zero timestamp. */
static const char *add_timestamp(struct buf *b, uint32_t seconds, unsigned us)
{
	unsigned year = 0, month = 0, day = 0;
	const char *why;

	if (seconds || us)
		civil(seconds / 86400, &year, &month, &day);
	why = add_datetime(b, year, month, day, seconds % 86400, us);
	if (!why)
		buf_add(b, "+00", 3);
	return why;
}

/* ---- Today's formats ---- */

const char *my_decode_date(const struct my_col *c, struct my_in *in, struct buf *b, struct field *f)
{
	const unsigned char *p = my_take(in, 3);
	unsigned v;

	(void)c, (void)f;
	if (!p)
		return CUT;
	v = (unsigned)my_le(p, 3);
	if (v >> 9 > 9999 || (v >> 5 & 15) > 12)
		return BAD;
	my_add_date(b, v >> 9, v >> 5 & 15, v & 31);
	return NULL;
}

/* A negative time is the complement of the whole number, fraction included. */
const char *my_decode_time2(const struct my_col *c, struct my_in *in, struct buf *b,
			    struct field *f)
{
	size_t more = fraction_bytes(c->precision);
	const unsigned char *p = my_take(in, 3 + more);
	int64_t v;
	uint64_t m;
	unsigned us;
	bool negative;

	(void)f;
	if (!p)
		return CUT;
	v = (int64_t)my_be(p, 3 + more) - (INT64_C(0x800000) << 8 * more);
	negative = v < 0;
	m = (uint64_t)(negative ? -v : v);
	us = (unsigned)(m & ((1ull << 8 * more) - 1)) * fraction_unit(more);
	m >>= 8 * more;
	if ((m & 63) > 59 || (m >> 6 & 63) > 59 || us > 999999)
		return BAD;
	my_add_time(b, negative, m >> 12 & 1023, m >> 6 & 63, m & 63);
	add_fraction(b, us);
	return NULL;
}

const char *my_decode_datetime2(const struct my_col *c, struct my_in *in, struct buf *b,
				struct field *f)
{
	size_t more = fraction_bytes(c->precision);
	const unsigned char *p = my_take(in, 5 + more);
	uint64_t v, months;
	unsigned seconds;

	(void)f;
	if (!p)
		return CUT;
	v = my_be(p, 5) & 0x7fffffffff;
	if (!(p[0] & 0x80) || (v & 63) > 59 || (v >> 6 & 63) > 59)
		return BAD;
	months = v >> 22;
	seconds = (unsigned)((v >> 12 & 31) * 3600 + (v >> 6 & 63) * 60 + (v & 63));
	return add_datetime(b, (unsigned)(months / 13), (unsigned)(months % 13), v >> 17 & 31,
			    seconds, (unsigned)my_be(p + 5, more) * fraction_unit(more));
}

const char *my_decode_timestamp2(const struct my_col *c, struct my_in *in, struct buf *b,
				 struct field *f)
{
	size_t more = fraction_bytes(c->precision);
	const unsigned char *p = my_take(in, 4 + more);

	(void)f;
	if (!p)
		return CUT;
	return add_timestamp(b, (uint32_t)my_be(p, 4),
			     (unsigned)my_be(p + 4, more) * fraction_unit(more));
}

/* ---- MariaDB's formats before mysql56_temporal_format ---- */

const char *my_decode_time(const struct my_col *c, struct my_in *in, struct buf *b, struct field *f)
{
	const unsigned char *p = my_take(in, 3);
	int32_t v;
	uint32_t m;

	(void)c, (void)f;
	if (!p)
		return CUT;
	v = (int32_t)((uint32_t)my_le(p, 3) << 8) >> 8;
	m = (uint32_t)(v < 0 ? -v : v);
	if (m % 100 > 59 || m / 100 % 100 > 59)
		return BAD;
	my_add_time(b, v < 0, m / 10000, m / 100 % 100, m % 100);
	return NULL;
}

const char *my_decode_datetime(const struct my_col *c, struct my_in *in, struct buf *b,
			       struct field *f)
{
	const unsigned char *p = my_take(in, 8);
	uint64_t v;
	unsigned date, time;

	(void)c, (void)f;
	if (!p)
		return CUT;
	v = my_le(p, 8);
	if (v > 99999999999999)
		return BAD;
	date = (unsigned)(v / 1000000);
	time = (unsigned)(v % 1000000);
	if (time % 100 > 59 || time / 100 % 100 > 59)
		return BAD;
	return add_datetime(b, date / 10000, date / 100 % 100, date % 100,
			    time / 10000 * 3600 + time / 100 % 100 * 60 + time % 100, 0);
}

const char *my_decode_timestamp(const struct my_col *c, struct my_in *in, struct buf *b,
				struct field *f)
{
	const unsigned char *p = my_take(in, 4);

	(void)c, (void)f;
	return p ? add_timestamp(b, (uint32_t)my_le(p, 4), 0) : CUT;
}

/* 10 to the power of the digits that the fraction has not. */
static unsigned missing_power(int precision)
{
	static const unsigned power[] = {1000000, 100000, 10000, 1000, 100, 10, 1};

	return power[precision];
}

/* A mixed-radix number from years (or hours) down to the fraction's units; of TIME, zero
 * stands in the middle of the range (MariaDB source, sql/compat56.h, sql/field.cc,
 * Field_time_hires). */
const char *my_decode_time_hires(const struct my_col *c, struct my_in *in, struct buf *b,
				 struct field *f)
{
	static const unsigned char bytes[] = {3, 4, 4, 5, 5, 5, 6};
	size_t size = bytes[c->precision];
	const unsigned char *p = my_take(in, size);
	uint64_t power = missing_power(c->precision), unit = 1000000 / power, m;
	int64_t v;

	(void)f;
	if (!p)
		return CUT;
	v = (int64_t)my_be(p, size) - (int64_t)(839 * 3600 * unit);
	m = (uint64_t)(v < 0 ? -v : v);
	if (m / unit >= 839 * 3600)
		return BAD;
	my_add_time(b, v < 0, (unsigned)(m / unit / 3600), m / unit / 60 % 60, m / unit % 60);
	add_fraction(b, (unsigned)(m % unit * power));
	return NULL;
}

const char *my_decode_datetime_hires(const struct my_col *c, struct my_in *in, struct buf *b,
				     struct field *f)
{
	static const unsigned char bytes[] = {5, 6, 6, 7, 7, 7, 8};
	size_t size = bytes[c->precision];
	const unsigned char *p = my_take(in, size);
	uint64_t power = missing_power(c->precision), unit = 1000000 / power, v;
	unsigned us, seconds, day, month;

	(void)f;
	if (!p)
		return CUT;
	v = my_be(p, size);
	us = (unsigned)(v % unit * power);
	v /= unit;
	seconds = (unsigned)(v % 86400);
	v /= 86400;
	day = (unsigned)(v % 32);
	v /= 32;
	month = (unsigned)(v % 13);
	v /= 13;
	return v > 9999 ? BAD : add_datetime(b, (unsigned)v, month, day, seconds, us);
}

const char *my_decode_timestamp_hires(const struct my_col *c, struct my_in *in, struct buf *b,
				      struct field *f)
{
	size_t more = (size_t)(c->precision + 1) / 2;
	const unsigned char *p = my_take(in, 4 + more);

	(void)f;
	if (!p)
		return CUT;
	return add_timestamp(b, (uint32_t)my_be(p, 4),
			     (unsigned)my_be(p + 4, more) * missing_power(c->precision));
}
