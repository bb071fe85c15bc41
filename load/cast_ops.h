/* The rules on values, file by file. Each is described in cast.1. */
#ifndef CAST_OPS_H
#define CAST_OPS_H

#include "cast_rules.h"

/* cast_number.c */
extern const struct cast_op cast_boolean, cast_integer, cast_scale;

/* cast_date.c, cast_zone.c */
extern const struct cast_op cast_zero_date, cast_tz, cast_to_tz;

/* cast_text.c, cast_encoding.c */
extern const struct cast_op cast_truncate, cast_nul, cast_trim, cast_null, cast_default;
extern const struct cast_op cast_encoding;

/* cast_mask.c */
extern const struct cast_op cast_mask;

/* cast_uuid.c, cast_array.c, cast_set.c */
extern const struct cast_op cast_uuid, cast_bytes, cast_array, cast_set;

#endif
