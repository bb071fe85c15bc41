# Memory does not grow with the table; one huge value passes.

# shellcheck disable=SC2154 # bats sets stderr
load lib

ROWS=${MEMORY_ROWS:-2000000}
LIMIT=32768 # KiB, each program, whatever the number of rows

setup_file() {
	new_databases
	local U
	for U in "$M" "$P"; do
		sql "$U" 'CREATE TABLE t (id int PRIMARY KEY, n decimal(12,2), v varchar(60), d date)'
		sql "$U" 'CREATE TABLE huge (id int PRIMARY KEY, v text)'
	done
	my 'ALTER TABLE huge MODIFY v longtext'
}

# peak FILE COMMAND...: runs it; its peak memory in KiB goes to FILE.
peak() {
	/usr/bin/time -f %M -o "$@"
}

# below LIMIT FILE: under the sanitizers, memory is not measured.
below() {
	echo "# $2: $(tail -n 1 "$2") KiB"
	[ -n "$SANITIZE" ] || [ "$(tail -n 1 "$2")" -lt "$1" ]
}

rows() {
	echo id,n,v,d
	awk -v n="$ROWS" 'BEGIN { for (i = 1; i <= n; i++) print i "," i ".50,a text of some length " i ",2024-02-29" }'
	echo '\.'
}

@test "millions of rows, each program" {
	[ -z "$SANITIZE" ] || ROWS=100000
	local U
	for U in "$P" "$M"; do
		peak load.kb load "$U" t < <(rows) >receipt
		is "$(jq .rows receipt)" "$ROWS"
		below $LIMIT load.kb
		peak csv.kb extract "$U" t | tail -n 1 >mark
		is "$(cat mark)" '\.'
		below $LIMIT csv.kb
		peak json.kb extract -f ndjson "$U" t | tail -n 1 >mark
		is "$(cat mark)" "{\"\$end\":$ROWS}"
		below $LIMIT json.kb
		peak sample.kb extract --sample 1000 "$U" t | wc -l >lines
		is "$(cat lines)" 1002
		below $LIMIT sample.kb
		peak order.kb extract -o 'v, id' "$U" t | wc -l >lines
		is "$(cat lines)" $((ROWS + 2))
		below $LIMIT order.kb
	done
}

@test "upsert, NDJSON and rejects take no more memory" {
	ROWS=300000
	local U
	for U in "$P" "$M"; do
		peak upsert.kb load --mode upsert "$U" t < <(rows) >receipt
		below $LIMIT upsert.kb
		rm -f bad.csv
		run peak reject.kb load --truncate --reject bad.csv "$U" t < <(rows | sed 's/^\([0-9]*7\),/x\1,/')
		is "$status" 1
		is "$(wc -l <bad.csv)" 30002
		below $LIMIT reject.kb
		extract -f ndjson "$U" t >all.ndjson
		peak json.kb load --truncate "$U" t <all.ndjson >receipt
		is "$(jq .rows receipt)" 270000
		below $LIMIT json.kb
	done
}

# A value of 100 MB, to and fro. Two copies of the row and its encoded form may be held.
@test "a value of 100 MB" {
	local size=100000000
	[ -z "$SANITIZE" ] || size=20000000
	awk -v n=$size 'BEGIN { print "id,v"; printf "1,"; s = "0123456789abcdef"
		for (i = 0; i < n / 16; i++) printf "%s", s; print ""; print "\\." }' >in.csv
	peak pg.kb load "$P" huge <in.csv >receipt
	peak out.kb extract "$P" huge | cmp - in.csv
	extract "$P" huge | peak my.kb load "$M" huge >receipt
	peak myout.kb extract "$M" huge | cmp - in.csv
	extract -f ndjson "$M" huge | peak json.kb load --truncate "$P" huge >receipt
	extract "$P" huge | cmp - in.csv
	local f
	for f in pg.kb out.kb my.kb myout.kb json.kb; do
		below $((LIMIT + 8 * size / 1024)) $f
	done
}

# count FIRST LAST [BIT]: a stream of rows, upwards or downwards; that of 4321 may have another bit.
count() {
	awk -v first="$1" -v last="$2" -v bit="${3:-0}" 'BEGIN {
		step = first < last ? 1 : -1
		print "id,n,v,d"
		for (i = first; i != last + step; i += step)
			print i "," i ".50,a text of some length " i - (i == 4321) * bit ",2024-02-29"
		print "\\." }'
}

# diff runs two of sort(1), each of which takes what is below LIMIT, too; all together stay
# below 64 MiB.
# ROWBOAT_LONG=1: ten million rows.
@test "millions of rows: hash, diff of streams, sorted or not" {
	local n=3000000
	[ -z "$ROWBOAT_LONG" ] || n=10000000
	[ -z "$SANITIZE" ] || n=100000
	count 1 $n | peak hash.kb env hash >digest
	is "$(cut -f 1 digest)" $n
	below $LIMIT hash.kb
	peak merge.kb diff -k id --sorted numbers -f summary <(count 1 $n) <(count 1 $n) >summary
	is "$(jq .equal summary)" $n
	below $LIMIT merge.kb
	run peak sort.kb diff -k id -f text <(count 1 $n) <(count $n 1 1)
	is "$output" "- id=4321 v: 'a text of some length 4321' → 'a text of some length 4320'"
	below 28672 sort.kb
}
