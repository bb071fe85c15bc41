#include "value_decode.h"

#include <stdlib.h>
#include <string.h>

#include "zone.h"

/* ---- What --encoding says ---- */

struct choice {
	const char *name, *value;
	int number;
};

static const struct choice choices[] = {
	{"binary", "base64", BINARY_BASE64},
	{"binary", "hex", BINARY_HEX},
	{"binary", "latin1", BINARY_LATIN1},
	{"time", "adaptive", TIME_ADAPTIVE},
	{"time", "adaptive_time_microseconds", TIME_ADAPTIVE_MICROS},
	{"time", "connect", TIME_CONNECT},
	{"time", "isostring", TIME_ISO},
	{"time", "microseconds", TIME_MICROS},
	{"time", "nanoseconds", TIME_NANOS},
	{"decimal", "precise", DECIMAL_PRECISE},
	{"decimal", "string", DECIMAL_STRING},
	{"decimal", "double", DECIMAL_DOUBLE},
};

static void choose(struct encodings *enc, const struct choice *c)
{
	if (*c->name == 'b')
		enc->binary = c->number;
	else if (*c->name == 't')
		enc->time = c->number;
	else
		enc->decimal = c->number;
}

/* UTC, an offset like +02:00, or a zone's name. */
static int parse_zone(struct encodings *enc, const char *text, struct err *e)
{
	char *time = xasprintf("00:00:00%s", text);
	int64_t us;
	int32_t west;
	enum value_status s = VALUE_SYNTAX;

	if (*text == '+' || *text == '-')
		s = value_timetz(time, strlen(time), &us, &west);
	free(time);
	zone_free(enc->zone);
	enc->zone = NULL;
	enc->east = 0;
	if (s == VALUE_OK)
		enc->east = -west;
	else if (strcmp(text, "UTC") && !(enc->zone = zone_open(text, e)))
		return -1;
	return 0;
}

int encodings_parse(struct encodings *enc, const char *text, struct err *e)
{
	const char *equals = strchr(text, '=');
	size_t n = equals ? (size_t)(equals - text) : strlen(text);
	bool known = false;

	if (equals && n == 4 && !memcmp(text, "zone", 4))
		return parse_zone(enc, equals + 1, e);
	if (equals && n == 4 && !memcmp(text, "null", 4)) {
		enc->null = equals + 1;
		return 0;
	}
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
		if (strlen(choices[i].name) != n || memcmp(choices[i].name, text, n))
			continue;
		known = true;
		if (equals && !strcmp(choices[i].value, equals + 1)) {
			choose(enc, &choices[i]);
			return 0;
		}
	}
	if (known && equals)
		err_set(e, EXIT_BAD, "--encoding: %.*s has no way of writing called %s", (int)n, text,
			equals + 1);
	else
		err_set(e, EXIT_BAD, "--encoding: '%s' is not one of binary=…, time=…, decimal=…, "
			"zone=…, null=…",
			text);
	return err_hint(e, "cdcapply(1), ENCODINGS, lists them");
}

/* ---- Errors ---- */

int decode_bad(struct decode *d, const char *why)
{
	struct buf b = BUF_INIT;

	value_add_quoted(&b, d->v.p, d->v.n);
	err_set(d->e, EXIT_BAD, "column %s: %s %s", d->column->name, buf_cstr(&b), why);
	buf_free(&b);
	return -1;
}

int decode_status(struct decode *d, enum value_status s)
{
	return s == VALUE_OK ? 0 : decode_bad(d, value_status_text(s));
}

int decode_as_is(struct decode *d)
{
	d->out = d->v;
	return 0;
}

bool is_debezium(const struct decode *d)
{
	return d->format == FORMAT_DEBEZIUM || d->format == FORMAT_UNWRAPPED;
}

/* ---- Where no schema tells ---- */

/* Debezium's time.precision.mode. Adaptive: as many digits as the source's column has, which
 * is taken to be as many as the target's has (its documentation, "Temporal types"). */
static int64_t unit_of_time(const struct decode *d, bool of_day)
{
	bool millis = d->type->precision >= 0 && d->type->precision <= 3;

	switch (d->enc->time) {
	case TIME_CONNECT:
		return 1000;
	case TIME_MICROS:
		return 1000000;
	case TIME_NANOS:
		return 1000000000;
	case TIME_ADAPTIVE_MICROS:
		if (of_day)
			return 1000000;
		break;
	case TIME_DEFAULT:
		if (of_day && d->encoding == ENC_MICROS)
			return 1000000;
		break;
	case TIME_ADAPTIVE:
	case TIME_ISO:
		break;
	}
	return millis ? 1000 : 1000000;
}

/* A number in an event of Debezium. */
static int debezium_number(struct decode *d)
{
	switch (d->type->lt) {
	case LT_DATE:
		return decode_days(d);
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		return decode_epoch(d, unit_of_time(d, false));
	case LT_TIME:
	case LT_DURATION:
		return decode_since_midnight(d, unit_of_time(d, true));
	case LT_INTERVAL:
		return decode_duration_us(d);
	default:
		return 1;
	}
}

/* What flat rows that are not Debezium's write, and no base64 is meant by. */
static bool is_special(struct field v)
{
	return (v.n == 3 && !memcmp(v.p, "NaN", 3)) || (v.n >= 8 && v.n <= 9 &&
	       !memcmp(v.p + v.n - 8, "Infinity", 8));
}

/* Debezium without schema: 1 if the value says what it is. */
static int debezium_value(struct decode *d)
{
	enum logical lt = d->type->lt;

	if (d->kind == JSON_NUMBER)
		return debezium_number(d);
	if (d->kind == JSON_NESTED && (lt == LT_DECIMAL || lt == LT_INT))
		return decode_variable_decimal(d);
	if (d->kind != JSON_STRING)
		return 1;
	if ((lt == LT_DECIMAL || lt == LT_INT) && d->enc->decimal == DECIMAL_PRECISE &&
	    !is_special(d->v)) {
		if (d->type->scale < 0 && lt == LT_DECIMAL) {
			decode_bad(d, "has a scale that neither the event nor the column tells");
			return err_hint(d->e, "schemas in the events, or --encoding decimal=string, "
					      "which is decimal.handling.mode in Debezium");
		}
		d->scale = lt == LT_INT ? 0 : d->type->scale;
		return decode_decimal_bytes(d);
	}
	/* As many digits as the column has bits are no base64 of so many bits. */
	return lt == LT_BITS && d->v.n != d->type->length ? decode_bits_bytes(d) : 1;
}

/* A text or number that stands for itself. */
static int plain_value(struct decode *d)
{
	switch (d->type->lt) {
	case LT_INT:
	case LT_YEAR:
		return decode_integer(d);
	case LT_DECIMAL:
		return decode_decimal_text(d);
	case LT_FLOAT:
		return decode_float(d);
	case LT_BOOL:
		return decode_bool(d);
	case LT_BITS:
		return decode_bits(d);
	case LT_BYTES:
		return decode_bytes(d);
	case LT_DATE:
		return decode_date(d);
	case LT_TIME:
	case LT_TIMETZ:
		return decode_time(d);
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		return decode_timestamp(d);
	case LT_INTERVAL:
	case LT_DURATION:
		return decode_interval(d);
	case LT_UUID:
		return decode_uuid(d);
	case LT_GEOMETRY:
		return decode_geometry(d);
	case LT_JSON:
		return decode_json(d);
	case LT_ENUM:
		return decode_enum(d);
	case LT_SET:
		return decode_set(d);
	case LT_ARRAY:
		return d->kind == JSON_NESTED ? decode_array(d) : decode_as_is(d);
	default:
		break;
	}
	if (d->kind == JSON_NESTED && d->type->lt == LT_OTHER && *d->v.p == '{')
		return decode_map(d);
	if (d->kind == JSON_BOOL) /* a text column */
		d->v = *d->v.p == 't' ? (struct field){"true", 4} : (struct field){"false", 5};
	if (d->type->lt == LT_TEXT && d->type->fixed && d->kind == JSON_STRING)
		while (d->v.n && d->v.p[d->v.n - 1] == ' ') /* PostgreSQL sends char(n) padded */
			d->v.n--;
	return decode_as_is(d);
}

/* ---- By encoding ---- */

/* A decoded number or text for a column of another kind is what the text would be. */
int decode_value(struct decode *d)
{
	bool json = d->type->lt == LT_JSON;
	int status;

	switch (d->encoding) {
	case ENC_CANONICAL:
		return decode_as_is(d);
	case ENC_TEXT:
	case ENC_MICROS:
		status = is_debezium(d) ? debezium_value(d) : 1;
		return status == 1 ? plain_value(d) : status;
	case ENC_DATE_DAYS:
		return decode_days(d);
	case ENC_TIMESTAMP_MS:
		return decode_epoch(d, 1000);
	case ENC_TIMESTAMP_US:
		return decode_epoch(d, 1000000);
	case ENC_TIMESTAMP_NS:
		return decode_epoch(d, 1000000000);
	case ENC_TIME_MS:
		return decode_since_midnight(d, 1000);
	case ENC_TIME_US:
		return decode_since_midnight(d, 1000000);
	case ENC_TIME_NS:
		return decode_since_midnight(d, 1000000000);
	case ENC_INTERVAL_US:
		return decode_duration_us(d);
	case ENC_DECIMAL:
		return decode_decimal_bytes(d);
	case ENC_VARIABLE_DECIMAL:
		return decode_variable_decimal(d);
	case ENC_BASE64:
	case ENC_HEX:
		return d->type->lt == LT_BITS ? decode_bits_bytes(d) : decode_bytes(d);
	case ENC_BITS:
		return decode_bits_bytes(d);
	case ENC_GEOMETRY:
		return json ? decode_as_is(d) : decode_geometry(d);
	case ENC_UUID:
		return decode_uuid(d);
	case ENC_ARRAY:
		return json || d->kind != JSON_NESTED ? decode_as_is(d) : decode_array(d);
	case ENC_MAP:
		return json || d->kind != JSON_NESTED ? decode_as_is(d) : decode_map(d);
	case ENC_JSON:
		return json ? decode_as_is(d) : plain_value(d);
	case ENC_PLAIN:
	case ENC_ZONED:
	case ENC_ZONED_TIME:
	case ENC_INTERVAL_ISO:
	case ENC_YEAR:
	case ENC_BOOL:
	case ENC_SET:
		break;
	}
	return plain_value(d);
}

int change_value(const struct encodings *enc, enum change_format format,
		 const struct change_field *in, const struct column *target, enum engine engine,
		 struct buf *b, struct field *out, struct err *e)
{
	struct decode d = {
		.enc = enc, .format = format, .in = in, .v = in->value, .kind = in->kind,
		.encoding = in->encoding, .scale = in->scale, .column = target,
		.type = &target->type, .engine = engine, .b = b, .e = e,
	};
	size_t start = b->n;

	*out = in->value;
	if (!in->value.p || in->encoding == ENC_CANONICAL)
		return 0;
	if (decode_value(&d) < 0)
		return -1;
	if (!d.out.p) {
		buf_room(b, 1);
		d.out = (struct field){b->p + start, b->n - start};
	}
	*out = d.out;
	return 0;
}
