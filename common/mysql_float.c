/*
 * The canonical text of FLOAT and DOUBLE columns as SQL. MySQL writes a DOUBLE with the fewest
 * digits that read back to it, as the canonical form has them; only the layout is another
 * outside of [1e-4, 1e15).
 */
#include "mysql_impl.h"

#include <string.h>

#define CAST_AS_FLOAT 80017u /* the first version of MySQL that has it */

const char *my_float_refusal(struct my *m, const struct column *c)
{
	return c->type.bits == 32 && !m->mariadb && m->version < CAST_AS_FLOAT
	       ? "MySQL rounds a FLOAT's text, and before 8.0.17 has no CAST AS FLOAT" : NULL;
}

/* The digits of the text t without sign, point, exponent and zeros at either end. */
static void add_digits(struct buf *b, const char *t)
{
	buf_addf(b, "TRIM(TRAILING '0' FROM TRIM(LEADING '0' FROM "
		    "REPLACE(REPLACE(SUBSTRING_INDEX(%s,'e',1),'-',''),'.','')))", t);
}

/* The absolute exponent of the first digit: the text's own, or by where its point stands. */
static void add_exponent(struct buf *b, const char *v, const char *t)
{
	buf_addf(b, "CASE WHEN LOCATE('e',%s) THEN REPLACE(SUBSTRING_INDEX(%s,'e',-1),'-','') "
		    "WHEN ABS(%s)>=1 THEN CHAR_LENGTH(SUBSTRING_INDEX(REPLACE(%s,'-',''),'.',1))-1 "
		    "ELSE 1+CHAR_LENGTH(SUBSTRING_INDEX(%s,'.',-1))"
		    "-CHAR_LENGTH(TRIM(LEADING '0' FROM SUBSTRING_INDEX(%s,'.',-1))) END",
		 t, t, v, t, t, t);
}

/* d.ddde+XX from the number v and its text t. */
static void add_scientific(struct buf *b, const char *v, const char *t)
{
	struct buf digits = BUF_INIT, exponent = BUF_INIT;
	const char *d, *x;

	add_digits(&digits, t);
	add_exponent(&exponent, v, t);
	d = buf_cstr(&digits);
	x = buf_cstr(&exponent);
	buf_addf(b, "CONCAT(IF(%s<0,'-',''),LEFT(%s,1),IF(CHAR_LENGTH(%s)>1,CONCAT('.',SUBSTR(%s,2)),''),"
		    "IF(ABS(%s)<1,'e-','e+'),LPAD(%s,GREATEST(2,CHAR_LENGTH(%s)),'0'))",
		 v, d, d, d, v, x, x);
	buf_free(&digits);
	buf_free(&exponent);
}

/* True if the digits n with the exponent x read as the double `a`, clear of the border to
 * the next one: a step of 0.1 to either side tells it. For integers from 2^53 up. */
static void add_inside(struct buf *b, const char *a, const char *n, const char *x)
{
	buf_addf(b, "(CONCAT(CAST(CONCAT(%s,'e',%s) AS DECIMAL(65,0))*10+1,'e-1')*1e0=%s AND "
		    "CONCAT(CAST(CONCAT(%s,'e',%s) AS DECIMAL(65,0))*10-1,'e-1')*1e0=%s)",
		 n, x, a, n, x, a);
}

/* Tries the integer @rowboat_x with p digits, which @rowboat_q then holds; @rowboat_k are
 * the digits that are cut off. */
static void add_integer_try(struct buf *b, const char *v, int p)
{
	buf_addf(b, "((@rowboat_k:=CHAR_LENGTH(@rowboat_x)-%d) IS NOT NULL AND "
		    "(@rowboat_q:=(CAST(@rowboat_x AS DECIMAL(65,0))+IF(@rowboat_k>0,"
		    "CAST(CONCAT('5e',@rowboat_k-1) AS DECIMAL(65,0)),0)) DIV "
		    "CAST(CONCAT('1e',@rowboat_k) AS DECIMAL(65,0))) IS NOT NULL AND ", p);
	add_inside(b, v, "@rowboat_q", "@rowboat_k");
	buf_addc(b, ')');
}

/*
 * From 2^53 to 1e40 the fewest digits can lie just on the border to the next double. MySQL takes
 * them if they read back; the canonical form then has as many more as it takes to lie
 * inside, which are 16 or 17. The number's exact digits come from its three parts of 48 bits.
 */
static void add_border_case(struct buf *b, const char *v)
{
	static const char high[] = "79228162514264337593543950336", low[] = "281474976710656";

	buf_addf(b, "CASE WHEN (@rowboat_v:=ABS(%s)) IS NULL OR "
		    "(@rowboat_h:=FLOOR(@rowboat_v/%se0)) IS NULL OR "
		    "(@rowboat_r:=@rowboat_v-@rowboat_h*%se0) IS NULL OR "
		    "(@rowboat_m:=FLOOR(@rowboat_r/%se0)) IS NULL OR "
		    "(@rowboat_x:=CAST(@rowboat_h AS DECIMAL(65,0))*%s+"
		    "CAST(@rowboat_m AS DECIMAL(65,0))*%s+"
		    "CAST(@rowboat_r-@rowboat_m*%se0 AS DECIMAL(65,0))) IS NULL THEN NULL WHEN ",
		 v, high, high, low, high, low, low);
	add_integer_try(b, "@rowboat_v+0e0", 16);
	buf_adds(b, " OR ");
	add_integer_try(b, "@rowboat_v+0e0", 17);
	buf_addf(b, " THEN CONCAT(IF(%s<0,'-',''),LEFT(@rowboat_q,1),'.',"
		    "SUBSTR(TRIM(TRAILING '0' FROM @rowboat_q),2),"
		    "'e+',CHAR_LENGTH(@rowboat_q)+@rowboat_k-1) END", v);
}

/* Whether the text t of the number v lies on such a border. */
static void add_is_border(struct buf *b, const char *v, const char *t)
{
	struct buf magnitude = BUF_INIT, digits = BUF_INIT, exponent = BUF_INIT;

	buf_addf(&magnitude, "ABS(%s)", v);
	buf_addf(&digits, "TRIM(LEADING '-' FROM SUBSTRING_INDEX(%s,'e',1))", t);
	buf_addf(&exponent, "SUBSTRING_INDEX(%s,'e',-1)", t);
	buf_addf(b, "ABS(%s)>=9007199254740992 AND ABS(%s)<1e40 AND NOT ", v, v);
	add_inside(b, buf_cstr(&magnitude), buf_cstr(&digits), buf_cstr(&exponent));
	buf_free(&magnitude);
	buf_free(&digits);
	buf_free(&exponent);
}

static void add_double(struct buf *b, const char *v)
{
	struct buf text = BUF_INIT;
	const char *t;

	buf_addf(&text, "CAST(%s AS CHAR)", v);
	t = buf_cstr(&text);
	buf_addf(b, "CASE WHEN %s=0 OR (ABS(%s)>=1e-4 AND ABS(%s)<1e15) THEN %s WHEN ", v, v, v, t);
	add_is_border(b, v, t);
	buf_adds(b, " THEN ");
	add_border_case(b, v);
	buf_adds(b, " ELSE ");
	add_scientific(b, v, t);
	buf_adds(b, " END");
	buf_free(&text);
}

/* Sets @rowboat_c to the double next to the digits n with the exponent of p digits; true if
 * that reads back to the FLOAT, clear of the border to its neighbour, which a step outwards
 * tells (the largest FLOAT has none above it). Texts are read exactly. */
static void add_check(struct buf *b, const char *n, int p)
{
	buf_addf(b, "((@rowboat_c:=CONCAT(%s,'e',@rowboat_e-%d)*1e0)<3.4028235677973366e38 AND "
		    "CAST(LEAST(@rowboat_c+(@rowboat_c-@rowboat_a)*1e-7,3.4028234663852886e38)"
		    " AS FLOAT)=@rowboat_a)",
		 n, p - 1);
}

/*
 * What is added to the digits n when they are rounded: 1 if a is more than t, the decimal number
 * half-way to n+1. Both are compared as doubles; where they are the same one, t is a itself
 * (half to even) if a 24-bit number can be so at all, with an exponent from -14 to 10. Else half
 * a step of doubles further than t tells on which side of a it lies. Two variables might be
 * compared as texts, hence +0e0.
 */
static void add_rounding(struct buf *b, int p)
{
	buf_addf(b, "CASE WHEN @rowboat_a+0e0<>@rowboat_t+0e0 THEN @rowboat_a+0e0>@rowboat_t+0e0 "
		    "WHEN @rowboat_e-%d BETWEEN -14 AND 10 THEN @rowboat_n%%2=1 "
		    "ELSE CONCAT(CAST(CONCAT(@rowboat_n,'5') AS DECIMAL(65,30))+CAST("
		    "(@rowboat_a+@rowboat_a*1.1102230246251568e-16-@rowboat_a)/2*POW(10,%d-@rowboat_e)"
		    " AS DECIMAL(65,30)),'e',@rowboat_e-%d)*1e0<=@rowboat_a+0e0 END", p, p, p);
}

/*
 * Tries a FLOAT's absolute value a with p digits: rounded, half to even; then, since the next
 * FLOAT above a power of two is farther away than that below, rounded up. n are the digits cut
 * off, t is where rounding turns.
 */
static void add_try(struct buf *b, int p)
{
	struct buf rounded = BUF_INIT;

	buf_adds(&rounded, "@rowboat_n+");
	add_rounding(&rounded, p);
	buf_addf(b, "((@rowboat_n:=FLOOR(@rowboat_a*POW(10,%d-@rowboat_e))) IS NOT NULL "
		    "AND (@rowboat_t:=CONCAT(@rowboat_n,'5e',@rowboat_e-%d)*1e0) IS NOT NULL AND (",
		 p - 1, p);
	add_check(b, buf_cstr(&rounded), p);
	buf_adds(b, " OR ");
	add_check(b, "@rowboat_n+1", p);
	buf_adds(b, "))");
	buf_free(&rounded);
}

/*
 * A FLOAT has the fewest digits that read back, six at least unless it is subnormal. v is
 * the FLOAT as a DOUBLE. Conditions are evaluated from left to right, so that each try
 * sees the variables that were set before it.
 */
static void add_float(struct buf *b, const char *v)
{
	buf_addf(b, "CASE WHEN (@rowboat_a:=ABS(%s))=0 THEN CAST(%s AS CHAR) "
		    "WHEN (@rowboat_e:=FLOOR(LOG10(@rowboat_a))) IS NULL THEN NULL "
		    "WHEN (@rowboat_a<1.1754943508222875e-38 AND (", v, v);
	for (int p = 1; p < 6; p++) {
		buf_adds(b, p > 1 ? " OR " : "");
		add_try(b, p);
	}
	buf_adds(b, "))");
	for (int p = 6; p <= 9; p++) {
		buf_adds(b, " OR ");
		add_try(b, p);
	}
	/* the FLOAT next to 1e-4 lies below it */
	buf_addf(b, " THEN CONCAT(IF(%s<0,'-',''),CASE WHEN @rowboat_a>=0.00009999999747378752 AND "
		    "@rowboat_a<1e6 THEN CAST(@rowboat_c*1e0 AS CHAR) ELSE ", v);
	add_scientific(b, "@rowboat_c", "CAST(@rowboat_c*1e0 AS CHAR)");
	buf_adds(b, " END) END");
}

void my_add_float_text(struct buf *b, const struct column *c, const char *k)
{
	bool plain = c->type.bits == 64 && c->type.scale < 0 && !strstr(c->native, "zerofill");
	struct buf number = BUF_INIT;

	buf_addf(&number, plain ? "%s" : "(%s*1e0)", k);
	if (c->type.bits == 32)
		add_float(b, buf_cstr(&number));
	else
		add_double(b, buf_cstr(&number));
	buf_free(&number);
}
