#!/bin/bash
# bench.sh: Rowboat against what people use today, on one machine, in one run. Run by
# `make bench [ROWS=3000000] [BENCH_RUNS=3]`, which starts the servers. The tools take turns
# (A B A B …), so that a disturbance hits all of them; medians are compared.
# shellcheck disable=SC2016 # commands expand their variables when they run
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
ROWS=${ROWS:-3000000}
BENCH_RUNS=${BENCH_RUNS:-3}
export PATH=$BIN:$PATH LC_ALL=C.UTF-8 MYSQL_CNF MYSQL_PORT PG_PORT
work=$(mktemp -d "${TMPDIR:-/tmp}/rowboat-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
export A=$MYSQL_URL/bench A2=$MYSQL_URL/bench2 B=$PG_URL/bench B2=$PG_URL/bench2

columns='l_orderkey bigint NOT NULL, l_partkey int NOT NULL, l_suppkey int NOT NULL,
	l_linenumber int NOT NULL, l_quantity decimal(15,2) NOT NULL,
	l_extendedprice decimal(15,2) NOT NULL, l_discount decimal(15,2) NOT NULL,
	l_tax decimal(15,2) NOT NULL, l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL,
	l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL,
	l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL,
	l_comment varchar(79) NOT NULL'

my() {
	mariadb --defaults-file="$MYSQL_CNF" -BN -e "$1"
}

pg() {
	psql -qXAt -v ON_ERROR_STOP=1 "$@"
}

make_tables() {
	local db
	for db in bench bench2; do
		my "CREATE DATABASE $db CHARACTER SET utf8mb4"
		my "CREATE TABLE $db.lineitem ($columns, l_updated datetime(6) NOT NULL,
			PRIMARY KEY (l_orderkey, l_linenumber))"
		pg "$PG_URL/postgres" -c "CREATE DATABASE $db TEMPLATE template0 ENCODING 'UTF8'"
		pg "$PG_URL/$db" -c "CREATE TABLE lineitem ($columns, l_updated timestamp(6) NOT NULL)"
	done
}

make_rows() {
	gcc -O2 -o lineitem "$here/lineitem.c"
	./lineitem "$ROWS" >lineitem.csv
	load --no-end "$A" lineitem <lineitem.csv >/dev/null
	load --no-end "$B" lineitem <lineitem.csv >/dev/null
	pg "$B" -c 'VACUUM (FREEZE, ANALYZE) lineitem'
	my 'ANALYZE TABLE bench.lineitem' >/dev/null
}

# The servers' CPU time so far, in clock ticks; PostgreSQL's backends count once they ended.
server_ticks() {
	awk '{ sub(/.*\) /, ""); t += $12 + $13 + $14 + $15 } END { print t }' \
		"/proc/$MYSQL_PID/stat" "/proc/$PG_PID/stat"
}

# Empties the targets, and lets the servers write down what they still hold.
settle() {
	my 'TRUNCATE TABLE bench2.lineitem'
	pg "$B2" -c 'TRUNCATE lineitem' -c CHECKPOINT
	rm -rf dump
	sleep 1
}

# measure TOOL COMMAND: appends wall, client and server seconds to the tool's file.
measure() {
	local before after
	settle
	before=$(server_ticks)
	if ! /usr/bin/time -o time -f '%e %U %S' bash -o pipefail -c "$2" >out 2>&1; then
		tail -n 3 out >&2
		echo "  (failed: $1)" >&2
		return 1
	fi
	sleep 0.2
	after=$(server_ticks)
	awk -v s=$((after - before)) -v hz="$(getconf CLK_TCK)" '{ print $1, $2 + $3, s / hz }' time \
		>>"$1.runs"
}

# arrived COMMAND: all rows are in the target, where there is one.
arrived() {
	case $1 in
	*'$B2'* | *pgloader*) [ "$(pg "$B2" -c 'SELECT count(*) FROM lineitem')" = "$ROWS" ] ;;
	*'$A2'* | *bench2*) [ "$(my 'SELECT count(*) FROM bench2.lineitem')" = "$ROWS" ] ;;
	esac
}

median() { # FILE FIELD
	cut -d ' ' -f "$2" "$1" | sort -n | awk '{ v[NR] = $1 }
		END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

report() { # TOOL RATIO TARGET
	printf '  %-34s %8.2f %8.2f %8.2f   %s\n' "$1" "$(median "$1.runs" 1)" "$(median "$1.runs" 2)" \
		"$(median "$1.runs" 3)" "${2:-}"
}

# compare TITLE OURS COMMAND [TARGET TOOL COMMAND]...: TARGET is the most that our wall time
# may be of that tool's.
compare() {
	local title=$1 ours=$2 command=$3 run i ratio verdict
	local -a peers=() targets=() commands=()
	shift 3
	while [ $# -gt 0 ]; do
		if command -v "${2%% *}" >/dev/null; then
			targets+=("$1") peers+=("$2") commands+=("$3")
		else
			echo "  (not installed: ${2%% *})" >&2
		fi
		shift 3
	done
	rm -f ./*.runs
	for ((run = 0; run < BENCH_RUNS; run++)); do
		measure "$ours" "$command"
		arrived "$command" || echo "  (rows are missing: $ours)" >&2
		for i in "${!peers[@]}"; do
			if ! measure "${peers[i]}" "${commands[i]}" || ! arrived "${commands[i]}"; then
				echo "  (left out: ${peers[i]})" >&2
				unset "peers[i]"
			fi
		done
	done
	printf '\n%-36s %8s %8s %8s   %s\n' "$title" wall client server "ours / this: wall, client CPU"
	report "$ours"
	for i in "${!peers[@]}"; do
		ratio=$(awk -v a="$(median "$ours.runs" 1)" -v b="$(median "${peers[i]}.runs" 1)" \
			'BEGIN { printf "%.2f", a / b }')
		verdict=$(awk -v r="$ratio" -v t="${targets[i]}" \
			'BEGIN { print r <= t ? "reached" : "MISSED" }')
		report "${peers[i]}" "$(printf '%s, %s  (at most %s: %s)' "$ratio" \
			"$(awk -v a="$(median "$ours.runs" 2)" -v b="$(median "${peers[i]}.runs" 2)" \
				'BEGIN { printf "%.2f", a / (b > 0 ? b : 0.01) }')" \
			"${targets[i]}" "$verdict")"
	done
}

pgloader_command() {
	cat >lineitem.load <<-EOT
		LOAD DATABASE FROM $A INTO ${B2/postgres:/pgsql:}
		WITH data only, create no tables, create no indexes, reset no sequences
		SET search_path TO 'public'
		INCLUDING ONLY TABLE NAMES MATCHING 'lineitem'
		ALTER SCHEMA 'bench' RENAME TO 'public';
	EOT
}

echo "Rowboat's benchmark: $ROWS rows, medians of $BENCH_RUNS runs, seconds"
make_tables
make_rows
echo "$(nproc) processors, $MYSQL_FLAVOR $(my 'SELECT version()'), PostgreSQL $(pg "$B" -c 'SHOW server_version')," \
	"$(($(stat -c %s lineitem.csv) / 1000000)) MB of CSV"
pgloader_command

mysql="--defaults-file=$MYSQL_CNF"
account="-h 127.0.0.1 -P $MYSQL_PORT -u rowboat -p secret"
compare 'MySQL to PostgreSQL' 'extract | load' 'extract "$A" lineitem | load "$B2" lineitem' \
	0.55 'mariadb -BN | psql copy' "mariadb $mysql --quick -BN -e 'SELECT * FROM bench.lineitem' |
		psql -qX \"\$B2\" -c '\\copy lineitem from stdin'" \
	0.167 'pgloader' 'pgloader --quiet lineitem.load'
compare 'PostgreSQL to PostgreSQL' 'extract | load' 'extract "$B" lineitem | load "$B2" lineitem' \
	0.85 'psql copy to | psql copy from' 'psql -qX "$B" -c "copy lineitem to stdout" |
		psql -qX "$B2" -c "copy lineitem from stdin"'
compare 'MySQL to MySQL' 'extract | load' 'extract "$A" lineitem | load "$A2" lineitem' \
	1 'mariadb-dump | mariadb' "mariadb-dump $mysql --quick --no-create-info bench lineitem |
		mariadb $mysql bench2" \
	1 'mydumper + myloader' "mydumper $account -B bench -T lineitem -o dump -t 2 &&
		myloader $account -d dump -B bench2 -o -t 2"
compare 'PostgreSQL to MySQL' 'extract | load' 'extract "$B" lineitem | load "$A2" lineitem'
compare 'A CSV file into PostgreSQL' 'load' 'load --no-end "$B2" lineitem <lineitem.csv' \
	1 'psql copy' 'psql -qX "$B2" -c "\copy lineitem from lineitem.csv csv header"'
compare 'PostgreSQL to /dev/null' 'extract' 'extract "$B" lineitem >/dev/null' \
	1.05 'psql copy to' 'psql -qX "$B" -c "copy lineitem to stdout (format csv, header)" >/dev/null'
compare 'Digest of all rows' 'extract | hash' 'extract "$A" lineitem | env hash' \
	1.15 'extract' 'extract "$A" lineitem >/dev/null'
pg "$B" -c 'ALTER TABLE lineitem ADD PRIMARY KEY (l_orderkey, l_linenumber)' \
	-c 'VACUUM ANALYZE lineitem'
by_key='-o l_orderkey,l_linenumber'
compare 'Two equal tables' 'diff' 'diff "$A" lineitem "$B" lineitem' \
	1.25 'extract in order, MySQL' "extract $by_key \"\$A\" lineitem >/dev/null" \
	1.25 'extract in order, PostgreSQL' "extract $by_key \"\$B\" lineitem >/dev/null"
