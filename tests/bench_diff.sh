#!/bin/bash
# bench_diff.sh: `diff --in-database` with a few rows that differ: the bytes that it moves, and
# its time against Percona's pt-table-checksum and against streaming over a slow link. Run by
# `make bench [ROWS=3000000] [BENCH_RUNS=3]`; starts its own servers: a MySQL server, a replica of
# it, and PostgreSQL.
# shellcheck disable=SC2016,SC2034 # commands expand their variables when they run
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
ROWS=${ROWS:-3000000}
BENCH_RUNS=${BENCH_RUNS:-3}
CHANGED=10
RATE=10000000 # bytes a second, of the slow link
export PATH=$BIN:$PATH LC_ALL=C.UTF-8
work=$(mktemp -d "${TMPDIR:-/tmp}/rowboat-bench.XXXXXX")
cd "$work"
folders=() relays=()
cleanup() {
	local item
	for item in "${relays[@]}"; do kill "$item" 2>/dev/null || true; done
	for item in "${folders[@]}"; do "$here/servers.sh" stop "$item"; done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

columns='l_orderkey bigint NOT NULL, l_partkey int NOT NULL, l_suppkey int NOT NULL,
	l_linenumber int NOT NULL, l_quantity decimal(15,2) NOT NULL,
	l_extendedprice decimal(15,2) NOT NULL, l_discount decimal(15,2) NOT NULL,
	l_tax decimal(15,2) NOT NULL, l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL,
	l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL,
	l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL,
	l_comment varchar(79) NOT NULL'
key='PRIMARY KEY (l_orderkey, l_linenumber)'

# ---- The servers ----

# start NAME KIND OPTION...: a server; its variables go to the file NAME.
start() {
	local name=$1
	shift
	"$here/servers.sh" start "$@" >"$name"
	folders+=("$(of "$name" SERVERS)")
}

# of NAME VARIABLE: one variable of a server.
of() {
	sed -n "s/^$2=//p" "$1"
}

my() { # SERVER SQL
	mariadb --defaults-file="$(of "$1" MYSQL_CNF)" -BN -e "$2"
}

pg() { # SQL
	psql -qXAt -v ON_ERROR_STOP=1 "$B" -c "$1"
}

# The rows are in both servers before the replication starts.
make_replica() {
	local file position
	read -r file position _ <<<"$(my main 'SHOW MASTER STATUS')"
	my replica "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=$(of main MYSQL_PORT),
		MASTER_USER='rowboat', MASTER_PASSWORD='secret', MASTER_LOG_FILE='$file',
		MASTER_LOG_POS=$position; START SLAVE"
}

make_tables() {
	local server
	gcc -O2 -o lineitem "$here/lineitem.c"
	./lineitem "$ROWS" >lineitem.csv
	for server in main replica; do
		my "$server" "CREATE DATABASE bench CHARACTER SET utf8mb4;
			CREATE TABLE bench.lineitem ($columns, l_updated datetime(6) NOT NULL, $key)"
		load --no-end "$(of "$server" MYSQL_URL)/bench" lineitem <lineitem.csv >/dev/null
		my "$server" 'ANALYZE TABLE bench.lineitem' >/dev/null
	done
	psql -qX "$(of pg PG_URL)/postgres" -c 'CREATE DATABASE bench'
	pg "CREATE TABLE lineitem ($columns, l_updated timestamp(6) NOT NULL, $key)"
	load --no-end "$B" lineitem <lineitem.csv >/dev/null
	pg 'VACUUM (FREEZE, ANALYZE) lineitem'
}

# Some rows, evenly spread, are other ones in the replica and in PostgreSQL.
change_rows() {
	local keys
	keys=$(awk -F, -v every=$((ROWS / CHANGED)) 'NR % every == 2 { print "(" $1 "," $4 ")" }' \
		lineitem.csv | head -n $CHANGED | paste -sd,)
	my replica "SET SESSION sql_log_bin = 0; UPDATE bench.lineitem SET l_quantity = l_quantity + 1
		WHERE (l_orderkey, l_linenumber) IN ($keys)"
	pg "UPDATE lineitem SET l_quantity = l_quantity + 1 WHERE (l_orderkey, l_linenumber) IN ($keys)"
}

# ---- Links ----

# relay FILE PORT [RATE]: passes connections on to that port; sets `port`. Each connection adds
# the bytes of both directions to FILE; what the server says comes at that rate.
relay() {
	local limit=${3:+"pv -q -L $3 |"}
	port=$(shuf -n 1 -i 20000-32000)
	cat >"relay.$port" <<-EOT
		dd bs=64k 2>>$work/$1 | socat -t 10 - TCP:127.0.0.1:$2 | $limit dd bs=64k 2>>$work/$1
	EOT
	socat "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr" "SYSTEM:sh $work/relay.$port" 2>/dev/null &
	relays+=($!)
	sleep 0.3
}

# counted FILE: the bytes that passed, once all connections have ended.
counted() {
	sleep 1
	awk '/bytes?/ { n += $1 } END { printf "%d", n }' "$1"
}

# ---- Measuring ----

# differs COMMAND...: it finds the rows; its seconds go to the file `seconds`.
differs() {
	local status=0
	/usr/bin/time -o seconds -f %e "$@" >out 2>err || status=$?
	# 1: diff; 16: pt-table-checksum
	case $status in
	1 | 16) tail -n 1 seconds ;;
	*)
		tail -n 3 err >&2
		echo "  (failed with exit status $status: $1)" >&2
		return 1
		;;
	esac
}

in_database() { # A B
	differs diff --in-database -f summary "$1" lineitem "$2" lineitem
	[ "$(jq .changed out)" = $CHANGED ] || echo "  (rows were not found)" >&2
}

streaming() { # A B
	differs diff -f summary "$1" lineitem "$2" lineitem
}

checksum() {
	differs pt-table-checksum --defaults-file="$(of main MYSQL_CNF)" --no-version-check \
		--no-check-binlog-format --recursion-method=hosts --databases=bench --quiet \
		h=127.0.0.1,P="$(of main MYSQL_PORT)",u=rowboat,p=secret
}

median() { # FILE
	sort -n "$1" | awk '{ v[NR] = $1 }
		END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# compare TITLE OTHER OURS THEIRS: two commands that print seconds take turns.
compare() {
	local run
	rm -f ours theirs
	for ((run = 0; run < BENCH_RUNS; run++)); do
		eval "$3" >>ours
		eval "$4" >>theirs
	done
	awk -v title="$1" -v other="$2" -v a="$(median ours)" -v b="$(median theirs)" 'BEGIN {
		printf "\n%-36s %8s   ours / this\n", title, "wall"
		printf "  %-34s %8.2f\n", "diff --in-database", a
		printf "  %-34s %8.2f   %.2f  (less than 1: %s)\n", other, b, a / b, a < b ? "reached" : "MISSED" }'
}

moved() { # TITLE A PORT B PORT: the bytes that a comparison moves
	local a b size
	rm -f bytes
	relay bytes "$3"
	a=${2/:$3/:$port}
	relay bytes "$5"
	b=${4/:$5/:$port}
	in_database "$a" "$b" >/dev/null
	size=$(stat -c %s lineitem.csv)
	awk -v title="$1" -v n="$(counted bytes)" -v size="$size" 'BEGIN {
		printf "  %-34s %8d   %.2f %% of %d MB  (less than 1 %%: %s)\n", title, n, 100 * n / size,
			size / 1e6, n < size / 100 ? "reached" : "MISSED" }'
}

echo "diff --in-database: $ROWS rows, $CHANGED of them differ, medians of $BENCH_RUNS runs, seconds"
options=(--innodb-buffer-pool-size=1G)
start main mysql "${options[@]}"
start replica mysql "${options[@]}" --server-id=2 --report-host=127.0.0.1
start pg pg
A=$(of main MYSQL_URL)/bench R=$(of replica MYSQL_URL)/bench B=$(of pg PG_URL)/bench
make_tables
if [ "$(of main MYSQL_FLAVOR)" = mariadb ] && command -v pt-table-checksum >/dev/null; then
	make_replica
	change_rows
	compare 'MySQL and its replica' 'pt-table-checksum' 'in_database "$A" "$R"' checksum
else
	change_rows
fi
relay slow "$(of pg PG_PORT)" $RATE
far=${B/:$(of pg PG_PORT)/:$port}
compare 'PostgreSQL over 10 MB/s' 'diff, streaming' 'in_database "$A" "$far"' 'streaming "$A" "$far"'
printf '\n%-36s %8s\n' 'What diff --in-database moves' bytes
moved 'MySQL and PostgreSQL' "$A" "$(of main MYSQL_PORT)" "$B" "$(of pg PG_PORT)"
moved 'MySQL and its replica' "$A" "$(of main MYSQL_PORT)" "$R" "$(of replica MYSQL_PORT)"
