/*
 * Time zones: wall time to UTC and back, by the C library's reading of the system's time zone
 * database. What it knows is asked for once for each day, and kept: on nearly all days one
 * offset holds. Seconds count from 1970.
 */
#ifndef ZONE_H
#define ZONE_H

#include <stdint.h>

#include "err.h"

struct zone;

/* A zone by its name (Europe/Paris); NULL with *e set (EXIT_BAD) if the system knows none of
 * that name. Sets the process's TZ as it is used. */
struct zone *zone_open(const char *name, struct err *e);
void zone_free(struct zone *z);

/* The offset from UTC, in seconds east of it, that the zone has at an instant. */
int32_t zone_offset(struct zone *z, int64_t s);

/* The instants that a wall time has with the offsets before and behind a change of the clock;
 * where it has one only, both are that one. */
enum wall { WALL_ONCE, WALL_TWICE, WALL_NEVER };
enum wall zone_to_utc(struct zone *z, int64_t s, int64_t utc[2]);

#endif
