/*
 * The rules tz and to-tz: wall time of a zone to UTC and back, by the C library's
 * reading of the system's time zone database. What it knows is asked for once for
 * each day, and kept: on nearly all days one offset holds.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cast_ops.h"
#include "value.h"

#define DAY 86400
#define EPOCH_2000 INT64_C(946684800) /* 2000-01-01 in seconds since 1970 */
#define US INT64_C(1000000)
#define MARGIN (16 * 3600)            /* no zone is or was further from UTC */
#define DAYS_KEPT 16384               /* a power of 2 */

enum choice { CHOOSE_NONE, CHOOSE_FIRST, CHOOSE_SECOND };

/* A day of wall time. Two changes of a zone's offset are at least 95 hours apart
 * where the second takes the first one back (in all of the database, release
 * 2025b), so that within a day and the margins around it there is one or none. */
struct day {
	int64_t number; /* since 1970 */
	int32_t before; /* seconds east of UTC when it begins anywhere */
	int32_t after;  /* when it has ended everywhere */
	bool known;
};

struct zone {
	char *name;
	struct day day[DAYS_KEPT];
};

/* A wall time or an instant that was read: seconds since 1970, and the rest. */
struct moment {
	int64_t s;
	int32_t us;
};

/* ---- The database ---- */

/* Whether the database has the zone; tzset() takes any name, for UTC. */
static bool zone_exists(const char *name)
{
	const char *folder = getenv("TZDIR");
	char magic[4] = "", *path;
	int fd;

	if (!*name || *name == '/' || strstr(name, ".."))
		return false;
	path = xasprintf("%s/%s", folder ? folder : "/usr/share/zoneinfo", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return false;
	if (read(fd, magic, sizeof magic) < 0)
		magic[0] = 0;
	close(fd);
	return !memcmp(magic, "TZif", sizeof magic);
}

/* The zone that TZ names. */
static const struct zone *entered;

/* The offset from UTC, east of it, that the zone has at an instant. */
static int32_t offset_at(const struct zone *z, int64_t s)
{
	time_t t = (time_t)s;
	struct tm tm;

	if (entered != z) {
		if (setenv("TZ", z->name, 1) < 0)
			die(EXIT_FAILED, "out of memory");
		tzset();
		entered = z;
	}
	return localtime_r(&t, &tm) ? (int32_t)tm.tm_gmtoff : 0;
}

static const struct day *day_at(struct zone *z, int64_t s)
{
	int64_t number = s / DAY - (s % DAY < 0);
	struct day *d = &z->day[(uint64_t)number & (DAYS_KEPT - 1)];

	if (d->known && d->number == number)
		return d;
	*d = (struct day){
		.number = number, .known = true,
		.before = offset_at(z, number * DAY - MARGIN),
		.after = offset_at(z, (number + 1) * DAY + MARGIN),
	};
	return d;
}

/* ---- Wall time to UTC ---- */

enum wall { WALL_ONCE, WALL_TWICE, WALL_NEVER };

/* The instants that a wall time has with the offsets before and behind a change;
 * where it has one only, both are that one. */
static enum wall wall_to_utc(struct zone *z, int64_t s, int64_t utc[2])
{
	const struct day *d = day_at(z, s);
	bool fits[2];

	utc[0] = s - d->before;
	utc[1] = s - d->after;
	if (d->before == d->after)
		return WALL_ONCE;
	fits[0] = offset_at(z, utc[0]) == d->before;
	fits[1] = offset_at(z, utc[1]) == d->after;
	if (fits[0] && fits[1])
		return WALL_TWICE;
	if (!fits[0] && !fits[1])
		return WALL_NEVER;
	utc[0] = utc[1] = utc[fits[1]];
	return WALL_ONCE;
}

/* ---- Text ---- */

/* Reads a timestamp with a time of day: a date alone is in no zone. VALUE_OK, or why
 * not; *infinite is set for an infinity. */
static enum value_status read_moment(struct field f, struct moment *m, bool *zoned, bool *infinite)
{
	enum value_status status;
	int64_t us;

	status = value_timestamp(f.p, f.n, &us, zoned);
	if (status != VALUE_OK)
		return status;
	*infinite = us == VALUE_TIME_INF || us == INT64_MIN;
	if (!*infinite && !memchr(f.p, ':', f.n))
		return VALUE_SYNTAX;
	m->us = (int32_t)(us % US);
	m->s = us / US + EPOCH_2000;
	if (m->us < 0) {
		m->us += (int32_t)US;
		m->s--;
	}
	return VALUE_OK;
}

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

/* Adds the canonical text, with `zone` (or "") behind it. */
static void add_moment(struct buf *b, const struct moment *m, const char *zone)
{
	int64_t days = m->s / DAY - (m->s % DAY < 0), year;
	int of_day = (int)(m->s - days * DAY), month, day;
	char text[] = "-MM-DD HH:MM:SS";

	civil_from_days(days, &year, &month, &day);
	add_two(text + 1, month);
	add_two(text + 4, day);
	add_two(text + 7, of_day / 3600);
	add_two(text + 10, of_day / 60 % 60);
	add_two(text + 13, of_day % 60);
	add_year(b, year > 0 ? year : 1 - year);
	buf_add(b, text, sizeof text - 1);
	add_fraction(b, m->us);
	buf_adds(b, zone);
	if (year <= 0)
		buf_adds(b, " BC");
}

/* ---- The rules ---- */

static int set_zone(struct rule *r, const char *name, size_t n, struct err *e)
{
	struct zone *z = xcalloc(1, sizeof *z);

	r->state = z;
	z->name = xstrndup(name, n);
	if (zone_exists(z->name))
		return 0;
	err_set(e, EXIT_BAD, "this system knows no time zone %s", z->name);
	return err_hint(e, "zones have names such as Europe/Paris; Debian's package is tzdata");
}

static void free_zone(struct rule *r)
{
	struct zone *z = r->state;

	if (entered == z)
		entered = NULL;
	if (z)
		free(z->name);
	free(z);
	r->state = NULL;
}

static int parse_tz(struct rule *r, const char *arg, struct err *e)
{
	size_t n = arg ? strcspn(arg, ":") : 0;

	if (!n)
		return -1;
	if (!strcmp(arg + n, ":first"))
		r->choice = CHOOSE_FIRST;
	else if (!strcmp(arg + n, ":second"))
		r->choice = CHOOSE_SECOND;
	else if (arg[n])
		return -1;
	return set_zone(r, arg, n, e);
}

static int parse_to_tz(struct rule *r, const char *arg, struct err *e)
{
	return arg ? set_zone(r, arg, strlen(arg), e) : -1;
}

static enum cast_result apply_tz(const struct rule *r, struct field *f, struct buf *to,
				 struct cast_why *why)
{
	static const char hint[] = "tz:ZONE:first takes the offset before the change of the clock, "
				   "tz:ZONE:second the one after it";
	bool zoned, infinite;
	struct moment m;
	enum value_status status = read_moment(*f, &m, &zoned, &infinite);
	int64_t utc[2];
	enum wall wall;

	if (status != VALUE_OK)
		return cast_unfit(why, status == VALUE_SYNTAX ? "is not a timestamp"
							      : value_status_text(status));
	if (zoned)
		return cast_unfit(why, "has a time zone already");
	if (infinite)
		return CAST_SAME;
	wall = wall_to_utc(r->state, m.s, utc);
	if (wall != WALL_ONCE && r->choice == CHOOSE_NONE)
		return cast_bad(why, wall == WALL_TWICE ? "comes twice when the clock is set back"
				: "is left out when the clock is set forward", hint);
	m.s = utc[r->choice == CHOOSE_SECOND];
	add_moment(to, &m, "+00");
	return cast_give(f, to, wall == WALL_ONCE ? CAST_CHANGED : CAST_LOSS);
}

static enum cast_result apply_to_tz(const struct rule *r, struct field *f, struct buf *to,
				    struct cast_why *why)
{
	bool zoned, infinite;
	struct moment m;
	enum value_status status = read_moment(*f, &m, &zoned, &infinite);
	const struct day *d;
	int64_t utc[2];

	if (status != VALUE_OK)
		return cast_unfit(why, status == VALUE_SYNTAX ? "is not a timestamp"
							      : value_status_text(status));
	if (!zoned && !r->column)
		return cast_unfit(why, "has no time zone");
	if (infinite)
		return CAST_SAME;
	d = day_at(r->state, m.s);
	m.s += d->before == d->after ? d->before : offset_at(r->state, m.s);
	add_moment(to, &m, "");
	return cast_give(f, to, wall_to_utc(r->state, m.s, utc) == WALL_ONCE ? CAST_CHANGED
									      : CAST_LOSS);
}

const struct cast_op cast_tz = {
	.name = "tz", .arg = ":ZONE[:first|second]", .every = true,
	.parse = parse_tz, .apply = apply_tz, .free = free_zone,
};
const struct cast_op cast_to_tz = {
	.name = "to-tz", .arg = ":ZONE", .every = true,
	.parse = parse_to_tz, .apply = apply_to_tz, .free = free_zone,
};
