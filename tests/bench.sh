#!/bin/bash
# bench.sh: Rowboat against what people use today, on one table like TPC-H's lineitem.
# Each comparison runs its commands in turn, BENCH_RUNS times, and prints medians of wall
# time and of the CPU time of all clients (not the servers), and the ratio of wall times
# with the one that is aimed at. Run it through `make bench`, which starts the servers.
# shellcheck disable=SC2016 # the commands are expanded by the shell that `once` starts
set -euo pipefail

rows=${ROWS:-3000000}
runs=${BENCH_RUNS:-3}
here=$(cd "$(dirname "$0")" && pwd)
PATH=${BIN:?run this through make bench}:$PATH
scratch=$(mktemp -d "${TMPDIR:-/tmp}/rowboat-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
A=$MYSQL_URL/bench A2=$MYSQL_URL/bench_2 B=$PG_URL/bench B2=$PG_URL/bench_2
export A A2 B B2 MYSQL_CNF MYSQL_PORT PG_PORT scratch

columns='id bigint, l_orderkey bigint NOT NULL, l_partkey int NOT NULL, l_suppkey int NOT NULL,
	l_linenumber int NOT NULL, l_quantity decimal(12,2) NOT NULL,
	l_extendedprice decimal(12,2) NOT NULL, l_discount decimal(12,2) NOT NULL,
	l_tax decimal(12,2) NOT NULL, l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL,
	l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL,
	l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL,
	l_comment varchar(79) NOT NULL'

my() {
	mariadb --defaults-file="$MYSQL_CNF" -BNr -e "$1"
}

prepare() {
	echo "preparing $rows rows"
	cc -O2 -o "$scratch/lineitem" "$here/lineitem.c"
	"$scratch/lineitem" "$rows" >"$scratch/lineitem.csv"
	psql -Xq "$PG_URL/postgres" -c 'CREATE DATABASE bench' -c 'CREATE DATABASE bench_2'
	for url in "$B" "$B2"; do
		psql -Xq "$url" -c "CREATE TABLE lineitem ($columns)"
	done
	for db in bench bench_2; do
		my "CREATE DATABASE $db CHARACTER SET utf8mb4;
			CREATE TABLE $db.lineitem ($columns, PRIMARY KEY (id))"
	done
	load "$A" lineitem <"$scratch/lineitem.csv" >/dev/null
	load "$B" lineitem <"$scratch/lineitem.csv" >/dev/null
	psql -Xq "$B" -c 'VACUUM ANALYZE lineitem'
}

# Before each run: an empty target, and nothing left to be written in the background.
empty_pg() {
	psql -Xq "$B2" -c 'TRUNCATE lineitem' -c CHECKPOINT
}

empty_mysql() {
	my 'TRUNCATE bench_2.lineitem'
}

nothing() {
	:
}

# once COMMAND: its wall and CPU seconds, or "failed".
once() {
	local TIMEFORMAT='%R %U %S' figures
	if figures=$({ time bash -c "set -e -o pipefail; $1" >"$scratch/out" 2>"$scratch/err"; } 2>&1)
	then
		awk '{print $1, $2 + $3}' <<<"$figures"
	else
		tail -n 3 "$scratch/err" >&2
		echo failed
	fi
}

median() {
	sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

# compare TITLE BEFORE [NAME TARGET COMMAND]...: the first is ours (its TARGET is -); each
# other's TARGET is the ratio of our wall time to its that is aimed at.
compare() {
	local title=$1 before=$2 i r n=0 wall cpu ours line
	shift 2
	local names=() targets=() commands=()
	while [ $# -gt 0 ]; do
		names+=("$1") targets+=("$2") commands+=("$3")
		n=$((n + 1))
		shift 3
	done
	for ((r = 0; r < runs; r++)); do
		for ((i = 0; i < n; i++)); do
			"$before"
			once "${commands[i]}" >>"$scratch/figures.$i"
		done
	done
	printf '\n%s\n' "$title"
	for ((i = 0; i < n; i++)); do
		if grep -q failed "$scratch/figures.$i"; then
			printf '  %-38s failed\n' "${names[i]}"
			continue
		fi
		wall=$(cut -d' ' -f1 "$scratch/figures.$i" | median)
		cpu=$(cut -d' ' -f2 "$scratch/figures.$i" | median)
		[ "$i" -gt 0 ] || ours=$wall
		line=$(printf '  %-38s %7.2f s  CPU %6.2f s' "${names[i]}" "$wall" "$cpu")
		if [ "$i" -gt 0 ]; then
			line+=$(awk -v o="$ours" -v w="$wall" -v t="${targets[i]}" \
				'BEGIN {printf "  ratio %.2f (aim: %s)", o / w, t}')
		fi
		echo "$line"
	done
	rm -f "$scratch"/figures.*
}

has_tool() {
	command -v "$1" >/dev/null && return 0
	echo "  ($1 is not installed: left out)"
	return 1
}

mysql_to_postgres() {
	local peers=(
		'mysql | psql \copy' 0.55
		'mariadb --defaults-file=$MYSQL_CNF --quick -BN bench -e "SELECT * FROM lineitem" |
			psql -Xq "$B2" -c "\copy lineitem FROM STDIN"'
	)
	if has_tool pgloader; then
		cat >"$scratch/pgloader.load" <<-EOF
			LOAD DATABASE FROM $A INTO postgresql://postgres@127.0.0.1:$PG_PORT/bench_2
			WITH data only, truncate
			ALTER SCHEMA 'bench' RENAME TO 'public';
		EOF
		# It exits with 0 after errors.
		peers+=(pgloader 0.17 'pgloader --root-dir "$scratch/pgloader" "$scratch/pgloader.load" &&
			[ "$(psql -XAtq "$B2" -c "SELECT count(*) FROM lineitem")" = '"$rows"' ]')
	fi
	compare 'MySQL to PostgreSQL' empty_pg \
		'extract | load' - 'extract "$A" lineitem | load "$B2" lineitem' "${peers[@]}"
}

postgres_to_postgres() {
	compare 'PostgreSQL to PostgreSQL' empty_pg \
		'extract | load' - 'extract "$B" lineitem | load "$B2" lineitem' \
		'psql copy to | psql copy from' 0.85 \
		'psql -Xq "$B" -c "COPY lineitem TO STDOUT" | psql -Xq "$B2" -c "COPY lineitem FROM STDIN"'
}

mysql_to_mysql() {
	local peers=()
	if has_tool mydumper; then
		peers+=('mydumper, then myloader' 1.00 'rm -rf "$scratch/dump";
			mydumper --defaults-file=$MYSQL_CNF -B bench -T lineitem -t 2 -o "$scratch/dump" &&
			myloader --defaults-file=$MYSQL_CNF -d "$scratch/dump" -s bench -B bench_2 -t 2 -o')
	fi
	compare 'MySQL to MySQL' empty_mysql \
		'extract | load' - 'extract "$A" lineitem | load "$A2" lineitem' \
		'mysqldump | mysql' 1.00 'mariadb-dump --defaults-file=$MYSQL_CNF --quick --no-create-info \
			bench lineitem | mariadb --defaults-file=$MYSQL_CNF bench_2' \
		"${peers[@]}"
}

load_alone() {
	compare 'A CSV file into PostgreSQL' empty_pg \
		'load' - 'load "$B2" lineitem <"$scratch/lineitem.csv"' \
		'psql \copy' 1.00 'psql -Xq "$B2" -c "\copy lineitem FROM STDIN CSV HEADER" <"$scratch/lineitem.csv"'
}

extract_alone() {
	compare 'A table out of PostgreSQL' nothing \
		'extract' - 'extract "$B" lineitem >/dev/null' \
		'psql copy to' 1.05 'psql -Xq "$B" -c "COPY lineitem TO STDOUT CSV" >/dev/null'
}

prepare
extract_alone
load_alone
postgres_to_postgres
mysql_to_postgres
mysql_to_mysql
