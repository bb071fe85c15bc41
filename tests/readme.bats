# README.md: its blocks of shell (```sh) run as they stand, in order, in one shell, with A and
# B as it says: a MySQL database with the sample shop and an empty PostgreSQL database.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # words of jq and awk; bats sets stderr
load lib

# blocks FILE: the lines of all ```sh blocks.
blocks() {
	awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on' "$1"
}

# A mock of a Kafka cluster, until the test ends; its brokers in $KAFKA.
start_kafka() {
	gcc -o kafka_mock "$BATS_TEST_DIRNAME/kafka_mock.c" -lrdkafka
	mkfifo kafka
	./kafka_mock <kafka >brokers 3>&- &
	exec 7>kafka
	wait_until test -s brokers
	KAFKA=$(cat brokers)
}

@test "the pipelines of README.md run as they stand" {
	local readme=$BATS_TEST_DIRNAME/../README.md
	mariadb --defaults-file="$MYSQL_CNF" --default-character-set=utf8mb4 "${M##*/}" \
		<"$BATS_TEST_DIRNAME/sample/shop.sql"
	blocks "$readme" >script
	[ "$(grep -c 'load' script)" -gt 5 ]
	start_kafka
	A=$M B=$P C=$P2 KAFKA=$KAFKA run --separate-stderr bash -euo pipefail -x script
	if [ "$status" != 0 ]; then
		tail -n 20 <<<"$stderr"
		return 1
	fi
	# What it promises has happened.
	local table
	for table in customers products orders items; do
		is "$(pg "SELECT count(*) FROM $table")" "$(my "SELECT count(*) FROM $table")"
	done
	is "$(pg 'SELECT count(*) FROM customers WHERE id % 2500 = 0 AND birthday IS NULL')" 8
	is "$(pg "SELECT count(*), count(theme) FROM themes")" "$(my "SELECT count(*), count(settings) FROM customers")"
	is "$(pg "SELECT sum(price), sum((class = 'low')::int) FROM prices")" "$(my 'SELECT sum(price), sum(price < 10) FROM products')"
	is "$(pg "SELECT count(*), min(id), min(ordered_on) FROM days")" $'50000\t2\t2018-01-01'
	is "$(pg "SELECT count(*) FROM rowboat_once WHERE id LIKE 'items-%'")" 4
	same products.a products.b
	is "$(pg "SELECT count(*), count(theme) FROM customers WHERE email LIKE '%@' || domain")" \
		"$(my 'SELECT count(*), count(settings) FROM customers')"
	is "$(pg 'SELECT count(*), count(DISTINCT email) FROM test_customers')" $'20000\t20000'
	# Identity columns go on where MySQL was.
	is "$(pg "INSERT INTO orders (customer_id, ordered_at) VALUES (1, now()) RETURNING id")" 100001
}

# Servers of its own, since writes to all of a MySQL server are stopped.
@test "the cutover of README.md runs as it stands, and its checklist is what cutover does" {
	local readme=$BATS_TEST_DIRNAME/../README.md
	awk '/^```sh cutover$/ { on = 1; next } /^```/ { on = 0 } on' "$readme" >script
	[ "$(grep -c '^cutover\|^rollback' script)" = 2 ]
	cat >all <<-'EOT'
		set -euo pipefail
		mariadb --defaults-file="$MYSQL_CNF" -e 'CREATE DATABASE shop CHARACTER SET utf8mb4'
		mariadb --defaults-file="$MYSQL_CNF" --default-character-set=utf8mb4 shop <"$SHOP"
		psql -qX "$PG_URL/postgres" -c 'CREATE DATABASE shop'
		export A=$MYSQL_URL/shop B=$PG_URL/shop
		schema --to postgres "$A" | psql -qXv ON_ERROR_STOP=1 "$B"
		. ./script
		[ "$(cat url)" = "$A" ]
		[ "$(psql -qXAt "$B" -c 'SELECT count(*) FROM items')" -gt 1000 ]
		cdcapply --close 'the test is over' "$B"
		while pgrep -f "follow .*$B" >/dev/null; do sleep 0.1; done
	EOT
	SHOP=$BATS_TEST_DIRNAME/sample/shop.sql exits 0 "$BATS_TEST_DIRNAME/servers.sh" run bash all 3>&-
	grep -c 'writes stopped for' <<<"$output$stderr" | grep -qx 2
	cutover --checklist A B >checklist
	while read -r line; do grep -qxF -- "$line" "$readme"; done <checklist
}

# passes FILTER [WORD]...: all of a stream passes, and a stream that is cut off does not.
passes() {
	"$@" <whole >out
	exits 0 load --truncate "$P" t <out
	is "$(jq .rows <<<"$output")" 3
	head -c -"$(tail -n 1 whole | wc -c)" whole | "$@" >out
	exits 3 load --truncate "$P" t <out
	head -c 30 whole | { "$@" || true; } >out
	exits 3 load --truncate "$P" t <out
	is "$(pg 'SELECT count(*) FROM t')" 3
}

@test "filters as README.md has them pass the end mark on, and only that" {
	pg 'CREATE TABLE t (id bigint, v text)'
	printf '%s\n' '{"id":9223372036854775807,"v":"1"}' '{"id":2,"v":null}' '{"id":3,"v":""}' '{"$end":3}' >whole
	passes jq -c 'if has("$end") then . else .id = 1 end'
	# a row that jq gives up on is missed
	jq -c 'if has("$end") then . else .id = 1 | .v |= ascii_downcase end' <whole >out || true
	exits 3 load --truncate "$P" t <out
	passes mlr --ijsonl --ojsonl put 'is_absent($*["$end"]) { $v = $v . "" }'
	is "$(pg 'SELECT max(id) FROM t')" 9223372036854775807
	printf '%s\n' id,v '9223372036854775807,"1"' 2, '3,""' '\.' >whole
	passes awk -F, -v OFS=, '$0 != "\\." { $2 = $2 } 1'
	is "$(pg "SELECT max(id), count(v), min(v) = '' FROM t")" $'9223372036854775807\t2\tt'
}

@test "README.md names programs and options that exist" {
	local readme=$BATS_TEST_DIRNAME/../README.md program option
	for program in extract load schema cast hash diff validate capture cdcapply follow ranges bigbang phased backfill fence cutover rollback; do
		env "$program" --help >help
		for option in $(blocks "$readme" | grep -oE "\b$program .*" | sed 's/|.*//' | grep -oE -- '--[a-z-]+'); do
			has "$(cat help)" "$option"
		done
	done
}
