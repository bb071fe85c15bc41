/*
 * The rules tz and to-tz: wall time of a zone to UTC and back.
 */
#include <stdlib.h>
#include <string.h>

#include "cast_ops.h"
#include "value.h"
#include "zone.h"

#define EPOCH_2000 INT64_C(946684800) /* 2000-01-01 in seconds since 1970 */
#define US INT64_C(1000000)

enum choice { CHOOSE_NONE, CHOOSE_FIRST, CHOOSE_SECOND };

/* A wall time or an instant that was read: seconds since 1970, and the rest. */
struct moment {
	int64_t s;
	int32_t us;
};

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

/* Adds the canonical text, with `zone` (or "") behind it. */
static void add_moment(struct buf *b, const struct moment *m, const char *zone)
{
	value_add_timestamp(b, (m->s - EPOCH_2000) * US + m->us, zone);
}

/* ---- The rules ---- */

static int set_zone(struct rule *r, const char *name, size_t n, struct err *e)
{
	char *text = xstrndup(name, n);

	r->state = zone_open(text, e);
	free(text);
	return r->state ? 0 : -1;
}

static void free_zone(struct rule *r)
{
	zone_free(r->state);
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
	wall = zone_to_utc(r->state, m.s, utc);
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
	int64_t utc[2];

	if (status != VALUE_OK)
		return cast_unfit(why, status == VALUE_SYNTAX ? "is not a timestamp"
							      : value_status_text(status));
	if (!zoned && !r->column)
		return cast_unfit(why, "has no time zone");
	if (infinite)
		return CAST_SAME;
	m.s += zone_offset(r->state, m.s);
	add_moment(to, &m, "");
	return cast_give(f, to, zone_to_utc(r->state, m.s, utc) == WALL_ONCE ? CAST_CHANGED
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
