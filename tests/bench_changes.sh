#!/bin/bash
# bench_changes.sh: capture | cdcapply against the servers' own replication, on one machine, in
# one run. Run by `make bench-changes [CHANGES=400000] [BENCH_RUNS=3]`; starts its own servers.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
CHANGES=${CHANGES:-400000}
BENCH_RUNS=${BENCH_RUNS:-3}
export LC_ALL=C.UTF-8
PATH=$BIN:$PATH:$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
work=$(mktemp -d "${TMPDIR:-/tmp}/rowboat-bench.XXXXXX")
cd "$work"
folders=()
cleanup() {
	local folder
	for folder in "${folders[@]}"; do "$here/servers.sh" stop "$folder"; done
	rm -rf "$work"
}
trap cleanup EXIT

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

pg() { # DATABASE SQL
	psql -qXAt -v ON_ERROR_STOP=1 "$(of pg PG_URL)/$1" -c "$2"
}

# wait_for COUNT COMMAND...: until it prints that number.
wait_for() {
	local count=$1
	shift
	until [ "$("$@")" = "$count" ]; do sleep 0.05; done
}

now() {
	date +%s.%N
}

since() {
	awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f", b - a }'
}

median() {
	tr ' ' '\n' | sort -n | awk '{ v[NR] = $1 }
		END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# report TITLE COUNT TARGET OURS THEIRS NAME: seconds of all runs, medians compared; with TARGET 0
# for information.
report() {
	local ours theirs
	ours=$(median <<<"$4")
	theirs=$(median <<<"$5")
	awk -v title="$1" -v n="$2" -v target="$3" -v a="$ours" -v b="$theirs" -v name="$6" 'BEGIN {
		printf "%-34s %8.2f s  %9.0f/s   %-28s %8.2f s  %9.0f/s   %.2f times as fast",
			title, a, n / a, name, b, n / b, b / a
		if (target > 0)
			printf " (at least %s: %s)", target, b / a >= target ? "reached" : "MISSED"
		print "" }'
}

table='id int PRIMARY KEY, a varchar(40), b decimal(12,2), c timestamp'

# ---- PostgreSQL: single-row transactions against a subscription ----

# What the server's walsender takes to decode them, whoever reads; and cdcapply without that.
postgres() {
	local url ours='' theirs='' floor='' file='' run begun end
	url=$(of pg PG_URL)
	for db in src dst sub; do
		pg postgres "CREATE DATABASE $db"
		pg $db "CREATE TABLE t ($table)"
	done
	pg src 'CREATE PUBLICATION bench FOR TABLE t'
	for ((run = 0; run < BENCH_RUNS; run++)); do
		for db in src dst sub; do pg $db 'TRUNCATE t'; done
		pg src "SELECT pg_create_logical_replication_slot(s, 'pgoutput') FROM unnest('{ours,theirs,floor,file}'::text[]) s" >/dev/null
		pg src "DO \$\$ BEGIN FOR i IN 1..$CHANGES LOOP
			INSERT INTO t VALUES (i, 'row ' || i, i / 100.0, now()); COMMIT; END LOOP; END \$\$"
		end=$(pg src 'SELECT pg_current_wal_lsn()')
		capture --slot file --publication bench --until now "$url/src" >events
		pg postgres CHECKPOINT
		begun=$(now)
		pg_recvlogical --dbname="$url/src" --slot=floor --start --endpos="$end" --no-loop --file=/dev/null \
			-o proto_version=1 -o publication_names=bench
		floor+="${floor:+ }$(since "$begun")"
		begun=$(now)
		cdcapply --stream f$run "$url/dst" <events >receipt
		file+="${file:+ }$(since "$begun")"
		wait_for "$CHANGES" pg dst 'SELECT count(*) FROM t'
		pg dst 'TRUNCATE t'
		pg postgres CHECKPOINT
		begun=$(now)
		capture --slot ours --publication bench --until now "$url/src" | cdcapply --stream r$run "$url/dst" >receipt
		ours+="${ours:+ }$(since "$begun")"
		wait_for "$CHANGES" pg dst 'SELECT count(*) FROM t'
		pg sub "CREATE SUBSCRIPTION bench CONNECTION 'dbname=src host=127.0.0.1 port=$(of pg PG_PORT) user=postgres'
			PUBLICATION bench WITH (create_slot = false, enabled = false, slot_name = theirs, copy_data = false)"
		begun=$(now)
		pg sub 'ALTER SUBSCRIPTION bench ENABLE'
		wait_for "$CHANGES" pg sub 'SELECT count(*) FROM t'
		theirs+="${theirs:+ }$(since "$begun")"
		pg sub 'ALTER SUBSCRIPTION bench DISABLE'
		pg sub 'ALTER SUBSCRIPTION bench SET (slot_name = NONE)'
		pg sub 'DROP SUBSCRIPTION bench'
		until pg src "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name IN ('ours', 'theirs', 'floor', 'file')" >/dev/null 2>&1; do sleep 0.2; done
	done
	report 'PostgreSQL: capture | cdcapply' "$CHANGES" 3 "$ours" "$theirs" 'logical subscription'
	report 'PostgreSQL: cdcapply <file' "$CHANGES" 0 "$file" "$theirs" 'logical subscription'
	report 'PostgreSQL: pg_recvlogical >null' "$CHANGES" 0 "$floor" "$theirs" 'logical subscription'
}

# ---- MariaDB ----

# A million rows in large transactions, and single-row ones.
binlog() {
	local ours='' theirs='' run begun file
	my a "CREATE DATABASE bench; CREATE TABLE bench.t ($table)"
	file=$(my a 'SHOW MASTER STATUS' | cut -f1)
	my a "INSERT INTO bench.t SELECT seq, CONCAT('row ', seq), seq / 100, NOW() FROM mysql.seq_1_to_1000000" 2>/dev/null ||
		my a "USE bench; INSERT INTO t SELECT seq, CONCAT('row ', seq), seq / 100, NOW() FROM seq_1_to_1000000"
	for ((run = 0; run < BENCH_RUNS; run++)); do
		begun=$(now)
		capture --from "$file:4" --until now "$(of a MYSQL_URL)/bench" >/dev/null
		ours+="${ours:+ }$(since "$begun")"
		begun=$(now)
		mariadb-binlog --defaults-file="$(of a MYSQL_CNF)" --read-from-remote-server -v "$file" >/dev/null
		theirs+="${theirs:+ }$(since "$begun")"
	done
	report 'MariaDB: capture' 1000000 1 "$ours" "$theirs" 'mariadb-binlog -v'
}

replica() {
	local ours='' theirs='' run begun position gtid n=$((CHANGES / 4))
	my b 'CREATE DATABASE ours'
	my b "CREATE TABLE ours.u ($table)"
	my a "CREATE TABLE bench.u ($table)"
	my b "CREATE DATABASE bench; CREATE TABLE bench.u ($table)"
	for ((run = 0; run < BENCH_RUNS; run++)); do
		my a 'TRUNCATE bench.u'
		my b 'TRUNCATE bench.u; TRUNCATE ours.u'
		position=$(extract --position "$(of a MYSQL_URL)/bench")
		gtid=$(jq -r .gtid <<<"$position")
		seq "$n" | awk '{ printf "INSERT INTO u VALUES (%d, \x27row %d\x27, %d, NOW());\n", $1, $1, $1 }' |
			mariadb --defaults-file="$(of a MYSQL_CNF)" bench
		begun=$(now)
		capture --from "$position" --until now "$(of a MYSQL_URL)/bench" | cdcapply --stream r$run "$(of b MYSQL_URL)/ours" >receipt
		ours+="${ours:+ }$(since "$begun")"
		wait_for "$n" my b 'SELECT count(*) FROM ours.u'
		my b "STOP SLAVE; SET GLOBAL gtid_slave_pos = '$gtid'; CHANGE MASTER TO MASTER_HOST = '127.0.0.1',
			MASTER_PORT = $(of a MYSQL_PORT), MASTER_USER = 'rowboat', MASTER_PASSWORD = 'secret', MASTER_USE_GTID = slave_pos"
		begun=$(now)
		my b 'START SLAVE'
		wait_for "$n" my b 'SELECT count(*) FROM bench.u'
		theirs+="${theirs:+ }$(since "$begun")"
		my b 'STOP SLAVE; RESET SLAVE ALL'
	done
	report 'MariaDB: capture | cdcapply' "$n" 1 "$ours" "$theirs" 'replica of one thread'
}

echo "Rowboat's benchmark of changes: $CHANGES single-row transactions, medians of $BENCH_RUNS runs"
start pg pg
start a mysql
start b mysql --server-id=2
postgres
binlog
replica
