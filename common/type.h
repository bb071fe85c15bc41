/*
 * Logical types: what both engines' types are called here, and which canonical
 * text their values have in a stream (see stream.5).
 */
#ifndef TYPE_H
#define TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum engine { ENGINE_POSTGRES, ENGINE_MYSQL };

enum logical {
	LT_OTHER,       /* the engine's own text */
	LT_INT,         /* bits (8, 16, 24, 32, 64), is_unsigned */
	LT_YEAR,        /* 1901 to 2155 and 0 */
	LT_DECIMAL,     /* precision, scale; is_unsigned */
	LT_FLOAT,       /* bits 32 or 64; is_unsigned in MySQL */
	LT_BOOL,
	LT_TEXT,        /* length in characters; fixed: CHAR(n); max_bytes: MySQL's TEXT family */
	LT_BYTES,       /* length in bytes; fixed: BINARY(n) */
	LT_BITS,        /* length in bits; fixed: PostgreSQL bit(n), MySQL BIT(n) */
	LT_DATE,
	LT_TIME,        /* time of day; precision: digits of the fraction */
	LT_TIMETZ,
	LT_TIMESTAMP,   /* without zone (MySQL DATETIME); precision */
	LT_TIMESTAMPTZ, /* with zone, shown in UTC (MySQL TIMESTAMP); precision */
	LT_INTERVAL,    /* PostgreSQL interval; precision */
	LT_DURATION,    /* MySQL TIME, -838:59:59 to 838:59:59; precision */
	LT_UUID,
	LT_INET,        /* also cidr, MariaDB's INET4 and INET6 */
	LT_ENUM,        /* labels */
	LT_SET,         /* labels */
	LT_ARRAY,
	LT_RANGE,
	LT_JSON,
	LT_GEOMETRY,
	LT_COUNT
};

/*
 * A column's type. Numbers that a type does not have, and limits that are not
 * set, are 0, but scale and precision: -1 where they are not given
 * (PostgreSQL's numeric without modifiers).
 */
struct coltype {
	enum logical lt;
	const char *name;   /* the engine's bare type name, lower case: "varchar", "int4"; owned by the table */
	uint32_t oid;       /* PostgreSQL's type OID; 0 in MySQL */
	int bits;
	bool is_unsigned;
	bool fixed;         /* CHAR, BINARY, bit(n): padded to the length */
	bool binary_json;   /* jsonb, MySQL's JSON */
	uint64_t length;    /* in characters, bytes or bits, see above; 0: no limit */
	uint64_t max_bytes; /* MySQL: the most bytes a value may take; 0: no limit */
	int precision;      /* decimal digits, or digits of the fraction of seconds */
	int scale;
	uint32_t srid;      /* geometry */
	bool to_2106;       /* TIMESTAMP of MariaDB 11.5 and later, which does not end in 2038 */
	char **labels;      /* ENUM, SET; NULL-ended, owned by the table */
};

/* How NDJSON writes a value of the type. Nested: an object or array whose JSON text
 * is the value; no type has it, a stream that was read may. */
enum json_kind { JSON_STRING, JSON_NUMBER, JSON_BOOL, JSON_NESTED };
enum json_kind type_json_kind(const struct coltype *t);

/* "integer", "decimal", …: the logical type's name in messages and definitions. */
const char *type_logical_name(enum logical lt);

/* The range of an integer type. */
int64_t type_int_min(const struct coltype *t);
uint64_t type_int_max(const struct coltype *t);

/* One line of the table of type names. */
struct type_name {
	enum engine engine;
	const char *name; /* the engine's bare name, as its catalogue spells it */
	enum logical lt;
	int bits;
	bool fixed;
	uint64_t max_bytes;
};

/* The entry of an engine's type name, or NULL for a name that stands for
 * itself (LT_OTHER). */
const struct type_name *type_find(enum engine engine, const char *name);

#endif
