/*
 * Options: one declarative table per program, on the C library's getopt_long.
 * The table prints the program's --help by itself; --help and --version are
 * understood everywhere. A usage error is exit status 2.
 */
#ifndef OPT_H
#define OPT_H

#include <stdbool.h>
#include <stdint.h>

enum opt_kind {
	OPT_END_KIND,
	OPT_GROUP_KIND, /* a heading in --help */
	OPT_FLAG_KIND,  /* bool: set to true */
	OPT_STR_KIND,   /* const char *: the argument, borrowed from argv */
	OPT_LIST_KIND,  /* struct opt_list: gathers each occurrence */
	OPT_NUM_KIND,   /* uint64_t within min and max */
	OPT_ENUM_KIND,  /* int: the index of the argument among `names` */
};

struct opt_list {
	const char **v;
	int n;
};

struct opt {
	enum opt_kind kind;
	char letter;            /* 0 for none */
	const char *name;       /* the long option without dashes */
	const char *arg;        /* the argument's name in --help, or NULL */
	void *to;               /* where the value goes */
	const char *help;       /* one line */
	uint64_t min, max;      /* OPT_NUM_KIND */
	const char *const *names; /* OPT_ENUM_KIND: NULL-ended */
};

#define OPT_GROUP(h) {.kind = OPT_GROUP_KIND, .help = (h)}
#define OPT_FLAG(l, n, t, h) {.kind = OPT_FLAG_KIND, .letter = (l), .name = (n), .to = (t), .help = (h)}
#define OPT_STR(l, n, a, t, h) \
	{.kind = OPT_STR_KIND, .letter = (l), .name = (n), .arg = (a), .to = (t), .help = (h)}
#define OPT_LIST(l, n, a, t, h) \
	{.kind = OPT_LIST_KIND, .letter = (l), .name = (n), .arg = (a), .to = (t), .help = (h)}
#define OPT_NUM(l, n, a, t, lo, hi, h)                                                          \
	{.kind = OPT_NUM_KIND, .letter = (l), .name = (n), .arg = (a), .to = (t), .help = (h),  \
	 .min = (lo), .max = (hi)}
#define OPT_ENUM(l, n, a, t, v, h) \
	{.kind = OPT_ENUM_KIND, .letter = (l), .name = (n), .arg = (a), .to = (t), .help = (h), \
	 .names = (v)}
#define OPT_END {.kind = OPT_END_KIND}

/* Entries that programs share. They expand to table entries. */
#define OPT_PROGRESS(p)                                                                        \
	OPT_FLAG(0, "progress", &(p).force, "show progress on stderr even if it is no terminal"), \
	OPT_FLAG(0, "quiet", &(p).quiet, "show no progress")
#define OPT_FORMAT(t) \
	OPT_ENUM('f', "format", "csv|ndjson", t, opt_formats, "format of the rows (default csv)")
extern const char *const opt_formats[]; /* indexes are enum stream_format */

/* Parses argv with the table; usage lines ("[OPTION]... URL [TABLE]") and
 * one sentence on the program stand at the top of --help. Returns the number
 * of operands, which *operands then points to (in argv, options removed).
 * Between min_operands and max_operands are wanted, else a usage error. */
int opt_parse(int argc, char **argv, const char *usage, const char *summary,
	      const struct opt *table, int min_operands, int max_operands, char ***operands);

/* A usage error found after parsing: message, pointer to --help, exit 2. */
_Noreturn void opt_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
