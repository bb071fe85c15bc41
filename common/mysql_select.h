/*
 * A SELECT under way: what mysql_select.c and mysql_fetch.c share.
 */
#ifndef MYSQL_SELECT_H
#define MYSQL_SELECT_H

#include "mysql_impl.h"

/* What is to be done to a column's text. */
enum convert {
	CONV_PLAIN,   /* as it is; can need no quotes in CSV */
	CONV_TEXT,    /* as it is; may need quotes */
	CONV_HEX,
	CONV_BITS,
	CONV_TIME,    /* trim the fraction */
	CONV_ZONED,   /* and put +00 behind */
	CONV_YEAR,    /* 0000 is 0 */
	CONV_NUMBER,  /* ZEROFILL: strip zeros */
	CONV_FLOAT32, /* text of the DOUBLE */
	CONV_FLOAT64,
	CONV_GEOMETRY,
};

struct my_select {
	struct my_meta *meta; /* of a query */
	const char **name;
	struct coltype *type;
	enum convert *conv;
	size_t n;
	struct field *f;
	struct buf *text; /* per column: a converted value */
};

/* What a column of the type needs. */
enum convert my_conversion(const struct coltype *t, bool zerofill);

#endif
