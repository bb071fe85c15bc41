#include "zone.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400
#define MARGIN (16 * 3600)            /* no zone is or was further from UTC */
#define DAYS_KEPT 16384               /* a power of 2 */

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

enum wall zone_to_utc(struct zone *z, int64_t s, int64_t utc[2])
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

int32_t zone_offset(struct zone *z, int64_t s)
{
	const struct day *d = day_at(z, s);

	return d->before == d->after ? d->before : offset_at(z, s);
}

struct zone *zone_open(const char *name, struct err *e)
{
	struct zone *z;

	if (!zone_exists(name)) {
		err_set(e, EXIT_BAD, "this system knows no time zone %s", name);
		err_hint(e, "zones have names such as Europe/Paris; Debian's package is tzdata");
		return NULL;
	}
	z = xcalloc(1, sizeof *z);
	z->name = xstrdup(name);
	return z;
}

void zone_free(struct zone *z)
{
	if (!z)
		return;
	if (entered == z)
		entered = NULL;
	free(z->name);
	free(z);
}
