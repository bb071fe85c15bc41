#!/bin/bash
# bench_bigbang.sh: bigbang and pgloader move the schema of 60 tables from MariaDB to
# PostgreSQL, in turns. Run by `make bench [ROWS=3000000] [BENCH_RUNS=3]`, which starts the servers.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
ROWS=${ROWS:-3000000}
BENCH_RUNS=${BENCH_RUNS:-3}
export PATH=$BIN:$PATH LC_ALL=C.UTF-8
work=$(mktemp -d "${TMPDIR:-/tmp}/rowboat-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
A=$MYSQL_URL/sixty B=$PG_URL/sixty

my() {
	mariadb --defaults-file="$MYSQL_CNF" --default-character-set=utf8mb4 -BN "$@"
}

new_target() {
	psql -Xq "$PG_URL/postgres" -c 'DROP DATABASE IF EXISTS sixty' \
		-c "CREATE DATABASE sixty TEMPLATE template0 ENCODING 'UTF8'" -c CHECKPOINT 2>out
}

# measure TOOL COMMAND...: the wall time of a run into an empty database.
measure() {
	new_target
	if ! /usr/bin/time -a -o "$1.runs" -f %e "${@:2}" >out 2>&1; then
		tail -n 5 out >&2
		echo "  (failed: $1)" >&2
		return 1
	fi
}

median() {
	sort -n "$1.runs" | awk '{ v[NR] = $1 }
		END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# pgloader drops nothing, makes the tables, copies, makes indexes and foreign keys, resets
# sequences and comments: what bigbang does without the proof.
pgloader_command() {
	cat >sixty.load <<-EOT
		LOAD DATABASE FROM $A INTO ${B/postgres:/pgsql:}
		WITH workers = 4, concurrency = 1
		ALTER SCHEMA 'sixty' RENAME TO 'public';
	EOT
}

echo "60 tables, one of $ROWS rows: medians of $BENCH_RUNS runs, seconds"
my -e "CREATE DATABASE sixty CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
"$here/sample/sixty.sh" "$ROWS" | my sixty
# pgloader cannot make the default CURRENT_TIMESTAMP(3).
for n in 1 2 3 4; do
	my sixty -e "ALTER TABLE invoice_$n ALTER made DROP DEFAULT"
done
my -e 'ANALYZE TABLE sixty.big' >/dev/null
pgloader_command
for ((run = 0; run < BENCH_RUNS; run++)); do
	measure bigbang bigbang --checks=none "$A" "$B"
	measure proven bigbang "$A" "$B"
	measure pgloader pgloader sixty.load || true
	[ "$(psql -XAt "$B" -c 'SELECT count(*) FROM big')" = "$ROWS" ] ||
		{ tail -n 20 out >&2; rm -f pgloader.runs; }
done
printf '  %-34s %8.2f\n' 'bigbang --checks=none' "$(median bigbang)" 'bigbang, all checks' "$(median proven)"
if [ -s pgloader.runs ]; then
	printf '  %-34s %8.2f   %s\n' pgloader "$(median pgloader)" \
		"$(awk -v a="$(median bigbang)" -v b="$(median proven)" -v c="$(median pgloader)" \
			'BEGIN { printf "bigbang / this: %.2f; with all checks: %.2f", a / c, b / c }')"
fi
