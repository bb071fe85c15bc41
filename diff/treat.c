#include "treat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

#define MAX_DIGITS 17 /* that a double has */

static int read_digits(struct policy *p, const char *text)
{
	int64_t n;

	if (value_int(text, strlen(text), &n) != VALUE_OK || n < 1 || n > MAX_DIGITS)
		return -1;
	p->kind = POLICY_FLOAT;
	p->size = n;
	return 0;
}

static int read_policy(struct policy *p, const char *text)
{
	if (!strcmp(text, "null=empty"))
		p->kind = POLICY_EMPTY;
	else if (!strcmp(text, "char:rtrim"))
		p->kind = POLICY_RTRIM;
	else if (!strcmp(text, "json:parsed"))
		p->kind = POLICY_JSON;
	else if (!strcmp(text, "ts:ms") || !strcmp(text, "ts:s"))
		*p = (struct policy){.text = p->text, .column = p->column, .at = p->at,
				     .kind = POLICY_TIME, .size = text[3] == 'm' ? 1000 : 1000000};
	else if (!strncmp(text, "float:", 6))
		return read_digits(p, text + 6);
	else
		return -1;
	return 0;
}

static int bad_policy(const char *text, struct err *e)
{
	err_set(e, EXIT_BAD, "--treat: '%s' is no policy", text);
	return err_hint(e, "[COLUMN=]POLICY, which is float:DIGITS, char:rtrim, ts:ms, ts:s, "
			   "json:parsed or null=empty");
}

int treat_open(struct treat *t, const char *const *texts, size_t n, const struct shape *shape,
	       struct err *e)
{
	*t = (struct treat){.policy = xcalloc(n, sizeof *t->policy)};
	if (n && shape->whole) {
		err_set(e, EXIT_BAD, "--treat needs a key to find the rows that belong together");
		return err_hint(e, "name it with --key");
	}
	while (t->n < n) {
		const char *text = texts[t->n], *sign;
		struct policy *p = &t->policy[t->n++];

		*p = (struct policy){.text = text, .at = -1};
		if (read_policy(p, text) == 0)
			continue;
		/* A policy may hold the sign itself, and so may a column. */
		for (sign = strchr(text, '='); sign; sign = strchr(sign + 1, '='))
			if (read_policy(p, sign + 1) == 0)
				break;
		if (!sign)
			return bad_policy(text, e);
		p->column = xstrndup(text, (size_t)(sign - text));
		p->at = shape_column(shape, p->column);
		if (p->at < 0 || (size_t)p->at < shape->nkey)
			return err_set(e, EXIT_BAD, p->at < 0 ? "--treat: there is no column %s"
							      : "--treat: %s is a column of the key",
				       p->column);
	}
	return 0;
}

void treat_free(struct treat *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->policy[i].column);
	free(t->policy);
	buf_free(&t->text[0]);
	buf_free(&t->text[1]);
}

void treat_row(struct treat *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->policy[i].used = false;
}

static struct field normalize(const struct policy *p, struct field f, struct buf *b)
{
	if (p->kind == POLICY_EMPTY && !f.p)
		return (struct field){"", 0};
	if (p->kind == POLICY_RTRIM)
		while (f.n && f.p[f.n - 1] == ' ')
			f.n--;
	if (p->kind == POLICY_JSON && f.p) {
		buf_reset(b);
		if (value_add_json_canonical(b, f.p, f.n) == VALUE_OK)
			return (struct field){b->p, b->n};
	}
	return f;
}

static bool same(struct field a, struct field b)
{
	return a.n == b.n && !a.p == !b.p && (!a.p || !memcmp(a.p, b.p, a.n));
}

/* Equal when rounded to so many digits, wherever the edge of rounding lies. */
static bool close_numbers(struct field a, struct field b, int64_t digits)
{
	enum value_status s;
	double x, y;

	s = value_float64(a.p, a.n, &x);
	if (s != VALUE_OK && s != VALUE_ROUNDS)
		return false;
	s = value_float64(b.p, b.n, &y);
	if (s != VALUE_OK && s != VALUE_ROUNDS)
		return false;
	if (x == y)
		return true;
	return fabs(x - y) <= 0.5 * pow(10, (double)(1 - digits)) * fmax(fabs(x), fabs(y));
}

static bool close_times(struct field a, struct field b, int64_t us)
{
	int64_t x, y, d;
	bool zoned;

	if (value_timestamp(a.p, a.n, &x, &zoned) != VALUE_OK ||
	    value_timestamp(b.p, b.n, &y, &zoned) != VALUE_OK)
		if (value_time(a.p, a.n, &x) != VALUE_OK || value_time(b.p, b.n, &y) != VALUE_OK)
			return false;
	return !__builtin_sub_overflow(x, y, &d) && d < us && d > -us;
}

static bool is_close(const struct policy *p, struct field a, struct field b)
{
	if (!a.p || !b.p)
		return false;
	if (p->kind == POLICY_FLOAT)
		return close_numbers(a, b, p->size);
	return p->kind == POLICY_TIME && close_times(a, b, p->size);
}

bool treat_equal(struct treat *t, size_t column, struct field a, struct field b)
{
	for (size_t i = 0; i < t->n; i++) {
		struct policy *p = &t->policy[i];
		struct field x, y;

		if (p->at >= 0 && (size_t)p->at != column)
			continue;
		if (is_close(p, a, b)) {
			p->used = true;
			return true;
		}
		x = normalize(p, a, &t->text[0]);
		y = normalize(p, b, &t->text[1]);
		p->used |= !same(x, a) || !same(y, b);
		a = x;
		b = y;
		if (same(a, b))
			return true;
	}
	return false;
}

void treat_count(struct treat *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->policy[i].rows += t->policy[i].used;
}
