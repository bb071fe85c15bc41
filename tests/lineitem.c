/*
 * lineitem ROWS: a table like TPC-H's lineitem, with one more column, as CSV. The same rows
 * every time: values come from a linear congruential generator (Knuth's MMIX constants).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 42;

static unsigned below(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((state >> 33) % n);
}

static const char *one_of(const char *const *v, unsigned n)
{
	return v[below(n)];
}

static void date(unsigned day)
{
	printf(",%u-%02u-%02u", 1992 + day / 336, 1 + day / 28 % 12, 1 + day % 28);
}

static void comment(void)
{
	static const char *const words[] = {
		"carefully", "final", "deposits", "sleep", "quickly", "among", "the", "ironic",
		"packages", "über", "pending", "requests", "nag", "even", "accounts", "haggle",
	};
	unsigned n = 4 + below(4);

	putchar(',');
	for (unsigned i = 0; i < n; i++)
		printf("%s%s", i ? " " : "", one_of(words, 16));
}

static void row(unsigned long i)
{
	static const char *const instructions[] = {"DELIVER IN PERSON", "COLLECT COD", "NONE",
						   "TAKE BACK RETURN"};
	static const char *const modes[] = {"REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"};
	unsigned quantity = 1 + below(50), price = 90000 + below(11000000), day = below(2350);

	printf("%lu,%u,%u,%lu,%u.00,%u.%02u,0.%02u,0.%02u,%c,%c", i / 4 + 1, 1 + below(600000),
	       1 + below(30000), i % 4 + 1, quantity, price / 100, price % 100, below(11), below(9),
	       "ANR"[below(3)], "FO"[below(2)]);
	date(day);
	date(day + below(60));
	date(day + below(30));
	printf(",%s,%s", one_of(instructions, 4), one_of(modes, 7));
	comment();
	printf(",2024-%02u-%02u %02u:%02u:%02u.%06u\n", 1 + below(12), 1 + below(28), below(24),
	       below(60), below(60), 100000 + 10 * below(90000) + 1);
}

int main(int argc, char **argv)
{
	unsigned long rows = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	puts("l_orderkey,l_partkey,l_suppkey,l_linenumber,l_quantity,l_extendedprice,l_discount,"
	     "l_tax,l_returnflag,l_linestatus,l_shipdate,l_commitdate,l_receiptdate,"
	     "l_shipinstruct,l_shipmode,l_comment,l_updated");
	for (unsigned long i = 0; i < rows; i++)
		row(i);
	return fflush(stdout) || ferror(stdout);
}
