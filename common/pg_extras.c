/* What a PostgreSQL database has besides tables and views. */
#include <stdlib.h>

#include "pg_impl.h"

#define OF_USERS "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
#define OF_NO_EXTENSION(class)                                                                 \
	"NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog." class  \
	"'::regclass AND d.objid = x.oid AND d.deptype = 'e')"

/* A trigger that a partition has from its table counts once; a sequence that columns count with
 * comes with them. */
static const char extras[] =
	"SELECT n.nspname, x.tgname, 'a trigger on ' || c.relname FROM pg_catalog.pg_trigger x "
	"JOIN pg_catalog.pg_class c ON c.oid = x.tgrelid "
	"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
	"WHERE NOT x.tgisinternal AND NOT c.relispartition AND " OF_USERS
	" UNION ALL SELECT n.nspname, x.proname, CASE x.prokind WHEN 'p' THEN 'a procedure' "
	"WHEN 'a' THEN 'an aggregate' ELSE 'a function' END FROM pg_catalog.pg_proc x "
	"JOIN pg_catalog.pg_namespace n ON n.oid = x.pronamespace "
	"WHERE " OF_USERS " AND " OF_NO_EXTENSION("pg_proc")
	" UNION ALL SELECT n.nspname, x.rulename, 'a rule on ' || c.relname "
	"FROM pg_catalog.pg_rewrite x JOIN pg_catalog.pg_class c ON c.oid = x.ev_class "
	"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
	"WHERE x.rulename <> '_RETURN' AND " OF_USERS
	" UNION ALL SELECT n.nspname, x.polname, 'a policy on ' || c.relname "
	"FROM pg_catalog.pg_policy x JOIN pg_catalog.pg_class c ON c.oid = x.polrelid "
	"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE " OF_USERS
	" UNION ALL SELECT n.nspname, x.relname, 'a sequence' FROM pg_catalog.pg_class x "
	"JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace "
	"WHERE x.relkind = 'S' AND " OF_USERS " AND " OF_NO_EXTENSION("pg_class")
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype IN ('a', 'i') "
	"AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = x.oid "
	"AND d.refobjsubid > 0) "
	"AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d "
	"WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass "
	"AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = x.oid)"
	" UNION ALL SELECT 'database', x.evtname, 'an event trigger' "
	"FROM pg_catalog.pg_event_trigger x WHERE " OF_NO_EXTENSION("pg_event_trigger")
	" ORDER BY 3, 1, 2";

int pg_extras(struct db *db, char ***texts, size_t *n, struct err *e)
{
	struct result r = {0};
	int status = pg_query(db, extras, &r, e);

	*n = r.nrows;
	*texts = xcalloc(r.nrows + 1, sizeof **texts);
	for (size_t i = 0; i < r.nrows; i++)
		(*texts)[i] = xasprintf("%s.%s: %s", result_get(&r, i, 0), result_get(&r, i, 1),
					result_get(&r, i, 2));
	result_free(&r);
	return status;
}
