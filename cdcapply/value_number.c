/* Numbers and bits of other formats, as value_decode.h says. */
#include <stdlib.h>
#include <string.h>

#include "json_tree.h"
#include "value_decode.h"

#define DECIMAL_BYTES 16384 /* of an unscaled number; PostgreSQL's numeric has fewer digits */
#define SCALE_MAX 16383     /* of PostgreSQL's numeric */

static int is_negative_unsigned(struct decode *d)
{
	decode_bad(d, "is negative, and the column is unsigned");
	return err_hint(d->e, "numbers from 2^63 up: bigint.unsigned.handling.mode=precise in Debezium");
}

int decode_integer(struct decode *d)
{
	struct decimal n;

	if (d->kind == JSON_BOOL) {
		d->v = (struct field){*d->v.p == 't' ? "1" : "0", 1};
		return decode_as_is(d);
	}
	if (value_decimal(d->v.p, d->v.n, &n) != VALUE_OK || n.kind != DECIMAL_FINITE)
		return decode_status(d, VALUE_SYNTAX);
	if (n.exp || n.nfrac) /* 1.0E2 */
		return decode_decimal_text(d);
	if (n.negative && n.nwhole && d->type->is_unsigned && is_debezium(d))
		return is_negative_unsigned(d);
	if (n.negative && n.nwhole)
		buf_addc(d->b, '-');
	if (n.nwhole == 0)
		buf_addc(d->b, '0');
	buf_add(d->b, n.whole, n.nwhole);
	return 0;
}

/* Adds digits with the point `scale` digits from the right; then zeros up to the column's scale, or
 * without those beyond it. */
static int add_scaled(struct decode *d, bool negative, const char *digits, size_t n, int64_t scale)
{
	int64_t want = d->type->lt == LT_INT ? 0 : d->type->scale;
	bool zero;

	for (; n && *digits == '0'; digits++)
		n--;
	zero = n == 0;
	if (zero)
		scale = want >= 0 ? want : scale > 0 ? scale : 0;
	else
		while (want >= 0 && scale > want && digits[n - 1] == '0') {
			scale--;
			n--;
		}
	if (negative && !zero)
		buf_addc(d->b, '-');
	if ((int64_t)n <= scale)
		buf_addc(d->b, '0');
	else
		buf_add(d->b, digits, scale < 0 ? n : n - (size_t)scale);
	for (int64_t i = scale; i < 0 && !zero; i++)
		buf_addc(d->b, '0');
	if (scale > 0 || want > 0)
		buf_addc(d->b, '.');
	for (int64_t i = scale; i > (int64_t)n; i--)
		buf_addc(d->b, '0');
	if (scale > 0) {
		size_t frac = (int64_t)n < scale ? n : (size_t)scale;

		buf_add(d->b, digits + (n - frac), frac);
	}
	for (int64_t i = scale < 0 ? 0 : scale; i < want; i++)
		buf_addc(d->b, '0');
	return 0;
}

int decode_decimal_text(struct decode *d)
{
	struct buf digits = BUF_INIT;
	struct decimal n;
	enum value_status s = value_decimal(d->v.p, d->v.n, &n);

	if (d->kind == JSON_BOOL || d->kind == JSON_NESTED)
		return decode_status(d, VALUE_SYNTAX);
	if (s != VALUE_OK)
		return decode_status(d, s);
	if (n.kind != DECIMAL_FINITE)
		return decode_as_is(d);
	if (n.exp > SCALE_MAX || n.exp < -SCALE_MAX)
		return decode_status(d, VALUE_RANGE);
	buf_add(&digits, n.whole, n.nwhole);
	buf_add(&digits, n.frac, n.nfrac);
	add_scaled(d, n.negative, digits.p ? digits.p : "", digits.n, (int64_t)n.nfrac - n.exp);
	buf_free(&digits);
	return 0;
}

/* Big-endian two's complement → decimal digits, nine at a time. */
static void add_big(struct buf *digits, unsigned char *p, size_t n, bool *negative)
{
	uint32_t *group = xcalloc(n * 8 / 29 + 2, sizeof *group);
	size_t groups = 0;
	unsigned carry = 1;

	*negative = n && p[0] & 0x80;
	for (size_t i = n; *negative && i-- > 0;) {
		unsigned v = (unsigned char)~p[i] + carry;

		p[i] = (unsigned char)v;
		carry = v >> 8;
	}
	if (*negative && carry) /* -2^(8n) is not of n bytes */
		*negative = false;
	for (size_t i = 0; i < n; i++) {
		uint64_t rest = p[i];

		for (size_t k = 0; k < groups; k++) {
			rest += (uint64_t)group[k] << 8;
			group[k] = (uint32_t)(rest % 1000000000);
			rest /= 1000000000;
		}
		if (rest)
			group[groups++] = (uint32_t)rest;
	}
	if (groups == 0)
		buf_addc(digits, '0');
	for (size_t k = groups; k-- > 0;)
		buf_addf(digits, k + 1 == groups ? "%u" : "%09u", group[k]);
	free(group);
}

static int add_unscaled(struct decode *d, struct field base64, int64_t scale)
{
	struct buf bytes = BUF_INIT, digits = BUF_INIT;
	bool negative;
	int status = -1;

	if (base64.n > DECIMAL_BYTES * 4 / 3 || scale > SCALE_MAX || scale < -SCALE_MAX) {
		decode_status(d, VALUE_RANGE);
	} else if (!add_base64(&bytes, base64)) {
		decode_bad(d, "is not the base64 of a number");
		err_hint(d->e, "--encoding decimal=string takes text; Debezium: decimal.handling.mode");
	} else {
		add_big(&digits, (unsigned char *)bytes.p, bytes.n, &negative);
		status = add_scaled(d, negative, digits.p, digits.n, scale);
	}
	buf_free(&bytes);
	buf_free(&digits);
	return status;
}

int decode_decimal_bytes(struct decode *d)
{
	if (d->kind != JSON_STRING)
		return decode_decimal_text(d);
	return add_unscaled(d, d->v, d->scale);
}

/* {"scale":2,"value":"BNI="} */
int decode_variable_decimal(struct decode *d)
{
	struct json_tree *t;
	const struct json_node *root, *value, *scale;
	struct err e = ERR_INIT;
	int64_t n = 0;
	int status;

	if (d->kind != JSON_NESTED)
		return decode_decimal_text(d);
	t = json_tree_new();
	root = json_tree_parse(t, d->v.p, d->v.n, &e);
	value = json_member(t, root, "value");
	scale = json_member(t, root, "scale");
	if (!value || value->kind != NODE_STRING || !scale ||
	    value_int(scale->text.p, scale->text.n, &n) != VALUE_OK)
		status = decode_bad(d, "is not a number with scale and value");
	else
		status = add_unscaled(d, value->text, n);
	err_clear(&e);
	json_tree_free(t);
	return status;
}

/* Whether a text that is not the shortest of its float can be what another program wrote for it:
 * so many digits tell all floats apart, and not more are ever written. */
static bool is_long_form(struct field f, size_t most)
{
	struct decimal n;
	size_t digits, zeros = 0;

	if (value_decimal(f.p, f.n, &n) != VALUE_OK || n.kind != DECIMAL_FINITE)
		return false;
	while (n.nwhole == 0 && zeros < n.nfrac && n.frac[zeros] == '0')
		zeros++;
	digits = n.nwhole + n.nfrac - zeros;
	return digits <= most;
}

static enum value_status add_float32(struct decode *d)
{
	enum value_status s;
	double wide;
	float v;

	s = value_float32(d->v.p, d->v.n, &v);
	if (s == VALUE_ROUNDS && is_long_form(d->v, 9)) {
		s = VALUE_OK;
	} else if (s == VALUE_ROUNDS) { /* a float that was widened */
		enum value_status as_double = value_float64(d->v.p, d->v.n, &wide);

		if ((as_double == VALUE_OK || (as_double == VALUE_ROUNDS && is_long_form(d->v, 17))) &&
		    (double)v == wide)
			s = VALUE_OK;
	}
	if (s == VALUE_OK)
		value_add_float32(d->b, v);
	return s;
}

int decode_float(struct decode *d)
{
	enum value_status s;
	double v;

	if (d->kind == JSON_BOOL || d->kind == JSON_NESTED)
		return decode_status(d, VALUE_SYNTAX);
	if (d->type->bits == 32)
		return decode_status(d, add_float32(d));
	s = value_float64(d->v.p, d->v.n, &v);
	if (s == VALUE_ROUNDS && is_long_form(d->v, 17))
		s = VALUE_OK;
	if (s == VALUE_OK)
		value_add_float64(d->b, v);
	return decode_status(d, s);
}

int decode_bool(struct decode *d)
{
	bool v;
	enum value_status s = value_bool(d->v.p, d->v.n, &v);

	if (s != VALUE_OK)
		return decode_status(d, s);
	buf_addc(d->b, v ? 't' : 'f');
	return 0;
}

/* ---- Bits ---- */

static bool is_digits_of_bits(const struct decode *d)
{
	for (size_t i = 0; i < d->v.n; i++)
		if (d->v.p[i] != '0' && d->v.p[i] != '1')
			return false;
	return d->v.n && (!d->type->length || d->v.n == d->type->length ||
			  (!d->type->fixed && d->v.n < d->type->length));
}

/* A number, a truth value, hex (DMS), or the digits themselves, which only PostgreSQL writes. */
int decode_bits(struct decode *d)
{
	uint64_t v, length = d->type->length ? d->type->length : 1;

	if (d->kind == JSON_STRING && (d->format == FORMAT_WAL2JSON || is_debezium(d)) &&
	    is_digits_of_bits(d))
		return decode_as_is(d);
	if (d->kind == JSON_STRING && d->v.n > 2 && d->v.p[0] == '0' && d->v.p[1] == 'x')
		return decode_bits_bytes(d);
	if (d->kind == JSON_BOOL)
		d->v = (struct field){*d->v.p == 't' ? "1" : "0", 1};
	if (value_uint(d->v.p, d->v.n, &v) != VALUE_OK)
		return decode_bad(d, "is not a number of bits");
	if (length > 64 || (length < 64 && v >> length))
		return decode_status(d, VALUE_TOO_LONG);
	for (uint64_t i = length; i-- > 0;)
		buf_addc(d->b, v >> i & 1 ? '1' : '0');
	return 0;
}
