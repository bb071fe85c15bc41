/*
 * The rule encoding: text that was UTF-8, was taken for latin1 and encoded once
 * more: "CafÃ©". MySQL's latin1 is Windows code page 1252, whose five holes it
 * fills with the control characters of ISO 8859-1 (MySQL manual, "West European
 * Character Sets").
 */
#include "cast_ops.h"
#include "value.h"

/* Code page 1252 from 0x80 to 0x9f (unicode.org, CP1252.TXT); 0: a hole. */
static const uint16_t cp1252[32] = {
	0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
	0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static int parse_encoding(struct rule *r, const char *arg, struct err *e)
{
	static const char *const words[] = {"latin1", NULL};

	(void)e;
	return cast_parse_word(r, arg, words);
}

/* The byte that a character is in latin1, or -1. */
static int latin1_byte(uint32_t c)
{
	if (c < 0x100)
		return (int)c;
	for (int i = 0; i < 32; i++)
		if (cp1252[i] == c)
			return 0x80 + i;
	return -1;
}

/* Takes a character of two or three bytes off UTF-8 that is known to be right;
 * one of four bytes becomes a number that latin1 does not have. */
static uint32_t take_character(const unsigned char **at)
{
	const unsigned char *p = *at;

	if (p[0] < 0xe0) {
		*at += 2;
		return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	}
	*at += 3;
	if (p[0] < 0xf0)
		return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	return UINT32_MAX;
}

static enum cast_result apply_encoding(const struct rule *r, struct field *f, struct buf *to,
				       struct cast_why *why)
{
	const unsigned char *p = (const unsigned char *)f->p, *end = p + f->n;
	size_t chars;

	(void)r;
	(void)why;
	if (value_text(f->p, f->n, true, &chars) != VALUE_OK || chars == f->n)
		return CAST_SAME;
	buf_room(to, f->n);
	while (p < end) {
		int byte = *p < 0x80 ? *p++ : latin1_byte(take_character(&p));

		if (byte < 0)
			return CAST_SAME;
		buf_addc(to, (char)byte);
	}
	if (value_text(to->p, to->n, true, &chars) != VALUE_OK)
		return CAST_SAME;
	return cast_give(f, to, CAST_LOSS);
}

const struct cast_op cast_encoding = {
	.name = "encoding", .arg = ":latin1", .every = true,
	.parse = parse_encoding, .apply = apply_encoding,
};
