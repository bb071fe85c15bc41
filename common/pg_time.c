/* Dates, times and intervals in binary COPY's form. */
#include "pg_binary.h"

enum value_status pg_encode_date(const struct pg_field *f, const char *p, size_t n,
				 struct buf *b)
{
	int32_t days;
	enum value_status status = value_date(p, n, &days);

	(void)f;
	return status == VALUE_OK ? pg_add32(b, (uint32_t)days) : status;
}

static enum value_status fraction_fits(const struct pg_field *f, int64_t us)
{
	return f->precision < 0 || f->precision >= 6 ? VALUE_OK
						     : value_fraction_fits(us, f->precision);
}

static bool is_infinite(int64_t us)
{
	return us == INT64_MAX || us == INT64_MIN;
}

enum value_status pg_encode_timestamptz(const struct pg_field *f, const char *p, size_t n,
					struct buf *b)
{
	int64_t us;
	bool zoned;
	enum value_status status = value_timestamp(p, n, &us, &zoned);

	if (status == VALUE_OK && !is_infinite(us))
		status = fraction_fits(f, us);
	return status == VALUE_OK ? pg_add64(b, (uint64_t)us) : status;
}

/* Whether a time's text names UTC: Z, or an offset whose digits are all zero. */
static bool is_utc(const char *p, size_t n)
{
	if (n >= 3 && !memcmp(p + n - 3, " BC", 3))
		n -= 3;
	if (n && (p[n - 1] == 'Z' || p[n - 1] == 'z'))
		return true;
	while (n && (p[n - 1] == '0' || p[n - 1] == ':'))
		n--;
	return n && (p[n - 1] == '+' || p[n - 1] == '-');
}

enum value_status pg_encode_timestamp(const struct pg_field *f, const char *p, size_t n,
				      struct buf *b)
{
	int64_t us;
	bool zoned = false;
	enum value_status status = value_timestamp(p, n, &us, &zoned);

	if (status == VALUE_OK && zoned && !is_utc(p, n))
		return VALUE_ZONE;
	if (status == VALUE_OK && !is_infinite(us))
		status = fraction_fits(f, us);
	return status == VALUE_OK ? pg_add64(b, (uint64_t)us) : status;
}

enum value_status pg_encode_time(const struct pg_field *f, const char *p, size_t n,
				 struct buf *b)
{
	int64_t us;
	enum value_status status = value_time(p, n, &us);

	if (status == VALUE_OK)
		status = fraction_fits(f, us);
	return status == VALUE_OK ? pg_add64(b, (uint64_t)us) : status;
}

enum value_status pg_encode_timetz(const struct pg_field *f, const char *p, size_t n,
				   struct buf *b)
{
	int64_t us;
	int32_t west;
	char *to;
	enum value_status status = value_timetz(p, n, &us, &west);

	if (status == VALUE_OK)
		status = fraction_fits(f, us);
	if (status != VALUE_OK)
		return status;
	to = buf_room(b, 16);
	pg_put32(to, 12);
	pg_put64(to + 4, (uint64_t)us);
	pg_put32(to + 12, (uint32_t)west);
	b->n += 16;
	return VALUE_OK;
}

/* Whether an interval has nothing below the smallest field that its type keeps. */
static bool unit_fits(int64_t unit, const struct interval *v)
{
	if (unit > 0)
		return v->us % unit == 0;
	return (unit == 0 || v->us == 0) && (unit > PG_UNIT_MONTH || v->days == 0) &&
	       (unit != PG_UNIT_YEAR || v->months % 12 == 0);
}

/* PostgreSQL 17's infinite intervals have all fields at their ends (src/include/datatype/
 * timestamp.h). */
static bool is_infinite_interval(const struct interval *v)
{
	return (v->us == INT64_MAX && v->days == INT32_MAX && v->months == INT32_MAX) ||
	       (v->us == INT64_MIN && v->days == INT32_MIN && v->months == INT32_MIN);
}

enum value_status pg_encode_interval(const struct pg_field *f, const char *p, size_t n,
				     struct buf *b)
{
	struct interval v;
	enum value_status status = value_interval(p, n, &v);
	char *to;

	if (status != VALUE_OK)
		return status;
	if (is_infinite_interval(&v)) {
		if (!f->infinite)
			return VALUE_RANGE;
	} else if (!unit_fits(f->unit, &v) || fraction_fits(f, v.us) != VALUE_OK) {
		return VALUE_ROUNDS;
	}
	to = buf_room(b, 20);
	pg_put32(to, 16);
	pg_put64(to + 4, (uint64_t)v.us);
	pg_put32(to + 12, (uint32_t)v.days);
	pg_put32(to + 16, (uint32_t)v.months);
	b->n += 20;
	return VALUE_OK;
}
