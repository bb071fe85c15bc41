/*
 * What the catalogue says of a table's columns: whether they can be those of an event, and what
 * the event does not tell of them.
 */
#include <stdlib.h>
#include <string.h>

#include "mysql_row.h"

static bool lengths_agree(const struct my_col *c, const struct column *k)
{
	const struct my_charset *cs = k->charset ? my_charset_named(k->charset) : NULL;
	uint64_t max = cs ? cs->max : 1;

	if (k->type.lt == LT_UUID || k->type.lt == LT_INET)
		return c->width == (strcmp(k->type.name, "inet4") ? 16 : 4);
	if (!k->type.length)
		return true;
	/* A byte in front says how the text is compressed. */
	return c->width == k->type.length * max + (c->type == MY_VARCHAR_COMPRESSED);
}

/* The bytes of a length that a BLOB type has. */
static size_t blob_size(uint64_t max_bytes)
{
	return max_bytes <= 0xff ? 1 : max_bytes <= 0xffff ? 2 : max_bytes <= 0xffffff ? 3 : 4;
}

static bool text_fits(const struct my_col *c, const struct column *k)
{
	const struct my_charset *cs = k->charset ? my_charset_named(k->charset) :
						   my_charset_named("binary");
	enum logical lt = k->type.lt;
	bool blob = c->type == MY_BLOB_COMPRESSED ||
		    (c->type >= MY_TINY_BLOB && c->type <= MY_BLOB);

	if (lt == LT_UUID || lt == LT_INET)
		return c->type == MY_STRING && lengths_agree(c, k);
	if (lt != LT_TEXT && lt != LT_BYTES && lt != LT_JSON)
		return false;
	if (c->charset && c->charset != cs)
		return false;
	if (blob != (k->type.max_bytes > 0))
		return false;
	if (blob)
		return c->size == blob_size(k->type.max_bytes);
	return c->stripped == k->type.fixed && lengths_agree(c, k);
}

static size_t count(char **labels)
{
	size_t n = 0;

	while (labels && labels[n])
		n++;
	return n;
}

/* The bytes of an ENUM or SET of n labels. */
static size_t list_size(enum logical lt, size_t n)
{
	size_t bytes = (n + 7) / 8;

	if (lt == LT_ENUM)
		return n < 256 ? 1 : 2;
	return bytes > 4 ? 8 : bytes;
}

bool my_col_fits(const struct my_col *c, const struct column *k)
{
	const struct coltype *t = &k->type;

	if (my_col_is_text(c))
		return text_fits(c, k);
	if (c->lt != t->lt && !(c->type == MY_VECTOR && t->lt == LT_BYTES))
		return false;
	switch (c->lt) {
	case LT_INT:
	case LT_FLOAT:
		return t->bits == (int)c->size * 8 &&
		       (!c->sign_known || c->is_unsigned == t->is_unsigned);
	case LT_DECIMAL:
		return t->precision == c->precision && t->scale == c->scale &&
		       (!c->sign_known || c->is_unsigned == t->is_unsigned);
	case LT_DURATION:
	case LT_TIMESTAMP:
	case LT_TIMESTAMPTZ:
		return c->precision < 0 || c->precision == (t->precision < 0 ? 0 : t->precision);
	case LT_BITS:
		return t->length == c->width;
	case LT_ENUM:
	case LT_SET:
		return c->size == list_size(c->lt, count(t->labels));
	default:
		return true;
	}
}

void my_col_set_labels(struct my_col *c, char *const *labels, size_t n)
{
	size_t bytes = 0;
	char *arena;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(labels[i]) + 1;
	free(c->label);
	/* The texts stand behind the array. */
	c->label = xmalloc(n * sizeof *c->label + bytes + 1);
	arena = (char *)(c->label + n);
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(labels[i]);

		memcpy(arena, labels[i], length + 1);
		c->label[i] = (struct my_label){arena, length};
		arena += length + 1;
	}
	c->labels = n;
}

void my_col_take(struct my_col *c, const struct column *k)
{
	if (!c->sign_known) {
		c->is_unsigned = k->type.is_unsigned;
		c->sign_known = true;
	}
	if (my_col_is_text(c) && !c->charset)
		c->charset = my_charset_named(k->charset ? k->charset : "binary");
	if (my_col_is_list(c) && !c->label)
		my_col_set_labels(c, k->type.labels, count(k->type.labels));
	if (my_col_is_time(c) && c->precision < 0)
		c->precision = k->type.precision < 0 ? 0 : k->type.precision;
	/* MariaDB's UUID and INET are told as BINARY, its JSON as LONGTEXT. */
	if (my_col_is_text(c) && (k->type.lt == LT_UUID || k->type.lt == LT_INET ||
				  k->type.lt == LT_JSON)) {
		c->lt = k->type.lt;
		c->type_name = type_find(ENGINE_MYSQL, k->type.name)->name;
	}
	c->generated = k->generated != GEN_NO;
	c->row_end = c->generated && k->generation_expr && !strcmp(k->generation_expr, "ROW END");
}
