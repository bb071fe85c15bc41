/*
 * lineitem ROWS: rows like those of TPC-H's table lineitem, behind a number of
 * their own, as a CSV stream: for measuring. The same rows at every run.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 88172645463325252u;

/* Marsaglia's xorshift: 0 .. n - 1. */
static unsigned below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % n;
}

static const char *const words[] = {
	"furiously", "carefully", "quickly", "ideas", "deposits,", "packages", "requests",
	"accounts", "sleep", "haggle", "nag", "final", "bold", "even", "regular", "blithely",
};
static const char *const instructions[] = {"DELIVER IN PERSON", "COLLECT COD", "NONE",
					   "TAKE BACK RETURN"};
static const char *const modes[] = {"AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB", "REG AIR"};

static void put_date(void)
{
	printf("199%u-%02u-%02u,", below(7) + 2, below(12) + 1, below(28) + 1);
}

static void put_comment(void)
{
	char text[128];
	int n = 0, comma = 0;

	for (unsigned i = below(4) + 2; i; i--) {
		const char *word = words[below(16)];

		comma |= word[0] == 'd';
		n += sprintf(text + n, "%s%s", n ? " " : "", word);
	}
	printf(comma ? "\"%s\"\n" : "%s\n", text);
}

int main(int argc, char **argv)
{
	long rows = argc == 2 ? atol(argv[1]) : 0;

	puts("id,l_orderkey,l_partkey,l_suppkey,l_linenumber,l_quantity,l_extendedprice,"
	     "l_discount,l_tax,l_returnflag,l_linestatus,l_shipdate,l_commitdate,"
	     "l_receiptdate,l_shipinstruct,l_shipmode,l_comment");
	for (long i = 1; i <= rows; i++) {
		printf("%ld,%ld,%u,%u,%ld,%u.00,%u.%02u,0.%02u,0.%02u,%c,%c,", i, i / 4 * 8 + i % 4,
		       below(2000000) + 1, below(100000) + 1, i % 4 + 1, below(50) + 1,
		       below(100000) + 900, below(100), below(11), below(9), "NRA"[below(3)],
		       "OF"[below(2)]);
		put_date();
		put_date();
		put_date();
		printf("%s,%s,", instructions[below(4)], modes[below(7)]);
		put_comment();
	}
	puts("\\.");
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
