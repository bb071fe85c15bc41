# Through Kafka: kcat and librdkafka's mock cluster.

# shellcheck disable=SC2154 # bats sets stderr
load lib

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	gcc -o kafka_mock "$BATS_TEST_DIRNAME/kafka_mock.c" -lrdkafka
	mkfifo hold
	./kafka_mock <hold >brokers 3>&- &
	exec 7>hold
	wait_until test -s brokers
	brokers=$(cat brokers)
	my 'DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, v varchar(20))'
	pg 'DROP TABLE IF EXISTS t, rowboat_checkpoint; CREATE TABLE t (id int PRIMARY KEY, v varchar(20))'
	from=$(extract --position "$M")
}

teardown() {
	exec 7>&-
	wait
}

consume() {
	kcat -C -b "$brokers" -t shop -p 0 -o beginning -e -q "$@"
}

@test "there and back, twice: nothing is applied twice" {
	my "INSERT INTO t VALUES (1, 'a'), (2, 'b'); DELETE FROM t WHERE id = 1"
	capture --from "$from" --until now --no-end "$M" | kcat -P -b "$brokers" -t shop -p 0
	exits 0 cdcapply --no-end "$P" < <(consume)
	is "$(jq .events <<<"$output")" 3
	is "$(pg 'SELECT id, v FROM t')" $'2\tb'
	my "UPDATE t SET v = 'c'"
	position=$(cdcapply --from-checkpoint "$P")
	capture --from "$position" --until now --no-end "$M" | kcat -P -b "$brokers" -t shop -p 0
	exits 0 cdcapply --no-end "$P" < <(consume)
	is "$(jq -c '[.events, .skipped]' <<<"$output")" '[1,3]'
	is "$(pg 'SELECT id, v FROM t')" $'2\tc'
}

# A message's key is the row's; behind a delete comes a tombstone, for compaction.
@test "keys and tombstones" {
	my "INSERT INTO t VALUES (1, 'a'), (2, 'b'); DELETE FROM t WHERE id = 1"
	capture --from "$from" --until now --no-end "$M" |
		jq -r '(.after // .before // {}).id as $key |
			"\($key)\t\(tojson)", (select(.op == "d") | "\($key)\t")' |
		kcat -P -Z -K '\t' -b "$brokers" -t shop -p 0
	consume -f '%k %S\n' >keys
	is "$(grep -c ' -1$' keys)" 1
	is "$(grep -cE '^[12] ' keys)" 4
	exits 0 cdcapply --no-end "$P" < <(consume)
	is "$(pg 'SELECT id, v FROM t')" $'2\tb'
	# NULL as kcat -Z shows it, and an unwrapped topic, whose deletes are tombstones alone
	pg 'TRUNCATE t, rowboat_checkpoint'
	exits 0 cdcapply --no-end "$P" < <(consume -Z)
	is "$(pg 'SELECT id, v FROM t')" $'2\tb'
}
