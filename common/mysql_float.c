/*
 * The canonical text of FLOAT and DOUBLE columns as SQL. MySQL writes a DOUBLE with the fewest
 * digits that read back to it, as the canonical form has them; only the layout is another
 * outside of [1e-4, 1e15).
 */
#include "mysql_impl.h"

#include <string.h>

const char *my_float_refusal(struct my *m, const struct column *c)
{
	(void)m;
	return c->type.bits == 32 ? "MySQL rounds a FLOAT's text" : NULL;
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

/*
 * From 2^53 to 1e40 the fewest digits can lie just on the border to the next double. MySQL
 * takes them if they read back, the canonical form does not: the text is NULL then, which
 * db_digest() reports. A step of 0.1 to either side tells it.
 */
static void add_border(struct buf *b, const char *v, const char *t)
{
	buf_addf(b, "ABS(%s)>=9007199254740992 AND ABS(%s)<1e40 AND "
		    "(CONCAT(CAST(%s AS DECIMAL(65,0))*10+1,'e-1')*1e0<>%s OR "
		    "CONCAT(CAST(%s AS DECIMAL(65,0))*10-1,'e-1')*1e0<>%s)",
		 v, v, t, v, t, v);
}

void my_add_float_text(struct buf *b, const struct column *c, const char *k)
{
	bool plain = c->type.scale < 0 && !strstr(c->native, "zerofill");
	struct buf number = BUF_INIT, text = BUF_INIT;
	const char *v, *t;

	buf_addf(&number, plain ? "%s" : "(%s*1e0)", k);
	v = buf_cstr(&number);
	buf_addf(&text, "CAST(%s AS CHAR)", v);
	t = buf_cstr(&text);
	buf_addf(b, "CASE WHEN %s=0 OR (ABS(%s)>=1e-4 AND ABS(%s)<1e15) THEN %s WHEN ", v, v, v, t);
	add_border(b, v, t);
	buf_adds(b, " THEN NULL ELSE ");
	add_scientific(b, v, t);
	buf_adds(b, " END");
	buf_free(&number);
	buf_free(&text);
}
