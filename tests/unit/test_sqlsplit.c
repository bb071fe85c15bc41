/* SQL scripts into statements. */
#include "unit.h"

#include <string.h>

#include "buf.h"
#include "sqlsplit.h"

/* The statements, each with its line and paragraph, `|` between them. */
static void check(enum engine engine, const char *script, const char *want)
{
	struct sql_script s;
	struct sql_statement st;
	struct buf b = BUF_INIT;

	sql_script_open(&s, engine, script, strlen(script));
	while (sql_script_next(&s, &st)) {
		buf_addf(&b, "%s%zu.%zu ", b.n ? "|" : "", st.line, st.paragraph);
		buf_add(&b, st.text, st.n);
	}
	assert_string_equal(buf_cstr(&b), want);
	buf_free(&b);
}

static void test_both(void **state)
{
	(void)state;
	for (int engine = ENGINE_POSTGRES; ; engine = ENGINE_MYSQL) {
		check((enum engine)engine, "", "");
		check((enum engine)engine, " ;; \n-- only\n/* a; */", "");
		check((enum engine)engine, "a;b", "1.0 a|1.0 b");
		check((enum engine)engine, "a ';' \";\" /*;*/ -- ;\n b;\nc;",
		      "1.0 a ';' \";\" /*;*/ -- ;\n b|3.0 c");
		check((enum engine)engine, "a;\n\nb;\nc;\n\n\n-- x\n\nd", "1.0 a|3.1 b|4.1 c|9.2 d");
		check((enum engine)engine, "a '\n\n;'; b", "1.0 a '\n\n;'|3.0 b");
		check((enum engine)engine, "a 'it''s;';b", "1.0 a 'it''s;'|1.0 b");
		check((enum engine)engine, "a 'no end;", "1.0 a 'no end;");
		if (engine == ENGINE_MYSQL)
			break;
	}
}

static void test_postgres(void **state)
{
	(void)state;
	check(ENGINE_POSTGRES, "a '\\';b", "1.0 a '\\'|1.0 b");
	check(ENGINE_POSTGRES, "a E'\\';';b", "1.0 a E'\\';'|1.0 b");
	check(ENGINE_POSTGRES, "a $$;$$;b $x$ $$;$y$ $x$;c",
	      "1.0 a $$;$$|1.0 b $x$ $$;$y$ $x$|1.0 c");
	check(ENGINE_POSTGRES, "a$b$;c$b$;d $1;e", "1.0 a$b$|1.0 c$b$|1.0 d $1|1.0 e");
	check(ENGINE_POSTGRES, "/* a /* ; */ ; */ b;--;", "1.0 b");
	check(ENGINE_POSTGRES, "a $$ no end;", "1.0 a $$ no end;");
}

static void test_mysql(void **state)
{
	(void)state;
	check(ENGINE_MYSQL, "a '\\';';b", "1.0 a '\\';'|1.0 b");
	check(ENGINE_MYSQL, "a `;`;b \"\\\";\";c", "1.0 a `;`|1.0 b \"\\\";\"|1.0 c");
	check(ENGINE_MYSQL, "# x;\n/*!80000 a; */;1--2;b", "2.0 /*!80000 a; */|2.0 1--2|2.0 b");
	check(ENGINE_MYSQL, "/* /* ; */ a $$;b", "1.0 a $$|1.0 b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_postgres),
		cmocka_unit_test(test_mysql),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
