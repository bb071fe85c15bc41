/*
 * Classes of values, and the functions that both engines have; for the
 * writer of SQL expressions only.
 */
#ifndef SQLEXPR_CLASS_H
#define SQLEXPR_CLASS_H

#include "sqlexpr.h"

enum value_class {
	CLASS_BAD,
	CLASS_NULL,
	CLASS_STRING, /* a literal, which takes the type of its other side */
	CLASS_BOOL,
	CLASS_INT,
	CLASS_DECIMAL,
	CLASS_FLOAT,
	CLASS_TEXT,
	CLASS_DATE,
	CLASS_TIME,
	CLASS_TIMESTAMP,
	CLASS_OTHER,  /* only IS NULL can be asked of it */
};

/* Functions that mean the same under either name. The result's class is that
 * of the arguments where it is CLASS_NULL. */
struct function {
	const char *mysql, *postgres;
	size_t min, max;
	enum value_class arg, result;
	bool counts; /* arguments behind the first are positive numbers */
};

bool class_is_number(enum value_class c);
enum value_class class_of_type(enum logical lt);

/* The class that both sides share, or CLASS_BAD. */
enum value_class class_common(enum value_class a, enum value_class b);

/* The class of an expression; CLASS_BAD if it cannot be translated. */
enum value_class class_of(const struct expr_env *env, const struct expr_node *n);

/* The class that the arguments from, from + step, ... share. */
enum value_class class_of_args(const struct expr_env *env, const struct expr_node *n, size_t from,
			 size_t step);

/* The column of that name and its index, or NULL. */
const struct column *class_column(const struct expr_env *env, const char *name, size_t *i);

/* The function that a call is of, or NULL. */
const struct function *class_function(const struct expr_env *env, const struct expr_node *n);

bool class_is_call(const struct expr_node *n, const char *name, size_t nargs);

/* A literal that is a whole number above zero. */
bool class_is_positive(const struct expr_node *n);

/* EXTRACT and MySQL's functions for the same parts of a date: the part and,
 * in *of, the date; or NULL. */
const char *class_date_part(const struct expr_node *n, const struct expr_node **of);

#endif
