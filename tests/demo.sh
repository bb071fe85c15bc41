#!/bin/bash
# demo.sh: moves the sample shop from MySQL or MariaDB to PostgreSQL and proves that it is the
# same. Run by `make demo`, which starts the servers.
# shellcheck disable=SC2016 # the commands are shown as they are typed
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export PATH=$BIN:$PATH LC_ALL=C.UTF-8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

title() {
	printf '\n\033[1m%s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9]*m//g'; fi
}

# show TEXT: a command line as one would type it; run TEXT: shows it and runs it.
show() {
	printf '  $ %s\n' "$1"
}
run() {
	show "$1"
	bash -o pipefail -c "$1" 2>&1 | sed 's/^/    /'
}

title "A shop in $MYSQL_FLAVOR, generated"
mariadb --defaults-file="$MYSQL_CNF" -e 'CREATE DATABASE shop CHARACTER SET utf8mb4'
mariadb --defaults-file="$MYSQL_CNF" --default-character-set=utf8mb4 shop <"$here/sample/shop.sql"
psql -qX "$PG_URL/postgres" -c "CREATE DATABASE shop TEMPLATE template0 ENCODING 'UTF8'"
export A=$MYSQL_URL/shop B=$PG_URL/shop
mariadb --defaults-file="$MYSQL_CNF" -t shop -e "SELECT table_name AS 'table', table_rows AS 'rows (estimate)',
	round(data_length / 1e6, 1) AS MB FROM information_schema.tables WHERE table_schema = 'shop'" | sed 's/^/    /'
echo "  \$A is its URL, \$B that of an empty PostgreSQL database."

title "1. The tables, in PostgreSQL's terms"
run 'schema --to postgres --section pre-data "$A" | psql -qX -v ON_ERROR_STOP=1 "$B"'

title '2. The rows, two tables at a time'
start=$SECONDS
run "parallel --will-cite -j2 --halt now,fail=1 \\
      'extract \"\$A\" {} | load \"\$B\" {}' ::: items orders products"

title '3. Customers: some birthdays are no dates. They are put aside, all others are loaded'
run 'extract "$A" customers | load --reject bad.csv "$B" customers || test $? = 1'
run 'cat bad.csv'
echo '  Mended (0000-00-00 becomes NULL) and loaded:'
run 'sed "s/0000-00-00//" bad.csv | load "$B" customers'

title '4. Keys, indexes, foreign keys, sequences'
run 'schema --to postgres --section post-data "$A" | psql -qX -o /dev/null -v ON_ERROR_STOP=1 "$B"'
echo "  moved in $((SECONDS - start)) s"

title 'Proof: every row of both sides as canonical text, compared byte by byte'
failed=0
for table in customers products orders items; do
	# The birthdays that were mended are NULL now.
	extract --canonical -o id "$A" $table | sed 's/,0000-00-00,/,,/' >a
	extract --canonical -o id "$B" $table >b
	rows=$(psql -AtX "$B" -c "SELECT count(*) FROM $table")
	source=$(mariadb --defaults-file="$MYSQL_CNF" -BN shop -e "SELECT count(*) FROM $table")
	verdict=identical
	cmp a b && [ "$rows" = "$source" ] || verdict=DIFFERENT failed=1
	printf '  %-10s %7d rows  %7d rows  %s  %s\n' $table "$source" "$rows" \
		"$(sha256sum <b | cut -c 1-16)" $verdict
done
if [ $failed = 0 ]; then
	printf '\nThe shop has moved. The servers are stopped and removed now.\n'
else
	printf '\nThe two sides differ.\n' >&2
fi
exit $failed
