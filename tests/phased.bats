# phased: batch after batch, each loaded once and validated.

# shellcheck disable=SC2154 # bats sets output and stderr
load lib

numbers='WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 999)'

# shop URL: a table of 4995 rows with a composite key, JSON, decimals, dates, bytes, text and NULLs.
shop() {
	sql "$1" 'DROP TABLE IF EXISTS t, rowboat_once'
	case $1 in
	mysql*) sql "$1" "CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, j JSON, d DECIMAL(20,6),
		w DATETIME(6), v VARBINARY(20), s VARCHAR(99), PRIMARY KEY (a, b))" ;;
	*) sql "$1" "CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, j JSONB, d NUMERIC(20,6),
		w TIMESTAMP(6), v BYTEA, s VARCHAR(99), PRIMARY KEY (a, b))" ;;
	esac
}

fill() {
	shop "$1"
	sql "$1" "INSERT INTO t (a, b, j, d, s) $numbers
		SELECT i % 7, i * 5 + k, '{\"b\": 1.50, \"a\": []}', i / 7.0, CASE WHEN i % 3 = 0 THEN NULL
			ELSE CONCAT('it''s\\\\ ', i) END FROM s, (SELECT 0 AS k UNION SELECT 1 UNION SELECT 2
			UNION SELECT 3 UNION SELECT 4) AS five"
	sql "$1" "UPDATE t SET w = TIMESTAMP '2024-02-29 01:02:03.25'"
}

# complete A B: all rows of A's t are in B, and nothing else.
complete() {
	exits 0 diff "$1" t "$2" t
}

copies() {
	fill "$1"
	shop "$2"
	exits 0 phased -b 700 -j 2 --work "$BATS_TEST_TMPDIR/work" --journal journal "$1" "$2" t
	is "$(jq -c '[.table, .batches, .rows]' <<<"$output")" '["t",8,4995]'
	complete "$1" "$2"
	is "$(jq -r 'select(.batch) | .batch' journal | sort -n | tr -d '\n')" 12345678
	is "$(sql "$2" 'SELECT count(*) FROM rowboat_once')" 8
	# Again: nothing is left to do.
	exits 0 phased -b 700 -j 2 --work "$BATS_TEST_TMPDIR/work" "$1" "$2" t
	lacks "$stderr" 'batch 1'
	is "$(jq -c '[.table, .batches, .rows]' <<<"$output")" '["t",8,4995]'
}

@test "MySQL to PostgreSQL" { copies "$M" "$P"; }
@test "PostgreSQL to MySQL" { copies "$P" "$M"; }
@test "MySQL to MySQL" { copies "$M" "$M2"; }

@test "keys that two engines order differently" {
	local url A=$M B=$P
	for url in "$M" "$P"; do
		sql "$url" "DROP TABLE IF EXISTS t, rowboat_once"
		sql "$url" "CREATE TABLE t (k VARCHAR(99) NOT NULL PRIMARY KEY, n INT)"
	done
	my "ALTER TABLE t MODIFY k VARCHAR(99) COLLATE utf8mb4_bin;
		INSERT INTO t $numbers SELECT CONCAT(CHAR(33 + i % 90), CHAR(10 USING utf8mb4), '\'', i), i FROM s"
	exits 0 phased -b 300 "$A" "$B" t
	complete "$A" "$B"
	# All is loaded, but not the same any more.
	pg "DELETE FROM t WHERE n = 7"
	exits 1 phased -b 300 "$A" "$B" t
	has "$stderr" 'numbers of rows differ'
}

@test "what differs stops it at that batch" {
	fill "$M"
	shop "$P"
	pg "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
			'BEGIN IF new.a = 3 THEN new.s = ''other''; END IF; RETURN new; END';
		CREATE TRIGGER spoil BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION spoil()"
	exits 1 phased -b 700 "$M" "$P" t
	has "$stderr" 'batch 4 differs: A has 624 sha256:' 'run this again'
	lacks "$stderr" 'batch 5: load'
	# The ledger knows that the batch was loaded; mended in B, it is validated alone.
	pg 'DROP TRIGGER spoil ON t; DROP FUNCTION spoil'
	exits 1 phased -b 700 "$M" "$P" t
	has "$stderr" 'loaded by an earlier run'
	lacks "$stderr" 'batch 3:'
	pg "UPDATE t SET s = CASE WHEN b / 5 % 3 > 0 THEN 'it''s\\ ' || b / 5 END WHERE a = 3"
	exits 0 phased -b 700 "$M" "$P" t
	has "$stderr" 'batch 4:' 'batch 8:'
	complete "$M" "$P"
}

@test "rows that were there, another plan, two at once" {
	fill "$M"
	shop "$P"
	pg "INSERT INTO t (a, b) VALUES (1, 1)"
	exits 1 phased -b 700 "$M" "$P" t
	has "$stderr" 't in B has rows already'
	pg 'DELETE FROM t'
	exits 0 phased -b 700 "$M" "$P" t
	exits 2 phased -b 800 "$M" "$P" t
	has "$stderr" 'plan of another run'
	flock phased-t/lock sleep 3 3>&- &
	sleep 0.5
	exits 3 phased -b 700 "$M" "$P" t
	has "$stderr" 'another phased is at work'
	wait
}

# Kills the process group of a run at a random moment, until one ends by itself.
@test "killed at random and resumed: each row once, finished batches are not repeated" {
	local tries=0 pid done_before
	export TMPDIR=$BATS_TEST_TMPDIR
	fill "$M"
	shop "$P"
	while :; do
		done_before=$(awk 'NR > 1 && $7 == 0 { print $1 }' phased-t/joblog 2>/dev/null | sort || true)
		setsid phased -b 150 -j 2 --journal journal.$tries "$M" "$P" t >receipt 2>err.$tries 3>&- &
		pid=$!
		[ $((tries++)) -lt 12 ] || { wait $pid; break; }
		sleep "$(awk -v s=$RANDOM 'BEGIN { srand(s); print 0.2 + rand() * 2 }')"
		kill -KILL -- -$pid 2>/dev/null || { wait $pid || { tail err.*; false; }; break; }
		wait $pid || true
		for n in $done_before; do
			! grep -q "batch $n: " err.$((tries - 1)) || { echo "repeated: $n"; false; }
		done
	done
	echo "$tries runs"
	is "$(jq -c '[.batches]' receipt)" '[34]'
	complete "$M" "$P"
	is "$(pg 'SELECT count(*) FROM rowboat_once')" 34
	# A killed run's file with the URLs does not outlive the next.
	is "$(find . -name settings)" ''
}

@test "a signal ends it after the batch under way" {
	fill "$M"
	shop "$P"
	phased -b 200 "$M" "$P" t >receipt 2>err 3>&- &
	wait_until grep -q 'batch 2: load' err
	kill $!
	code=0
	wait $! || code=$?
	is $code 143
	is "$(wc -l <receipt)" 0
	has "$(cat err)" 'run this again'
	lacks "$(cat err)" 'batch 9: load'
	exits 0 phased -b 200 "$M" "$P" t
	lacks "$stderr" 'batch 1:'
	complete "$M" "$P"
}

@test "NULLs in the key, and no key at all" {
	for url in "$M" "$P"; do
		sql "$url" "DROP TABLE IF EXISTS t, rowboat_once"
		sql "$url" "CREATE TABLE t (k INT, v VARCHAR(20), UNIQUE (k))"
	done
	my "INSERT INTO t $numbers SELECT CASE WHEN i > 100 THEN i END, 'x' FROM s"
	exits 0 phased -b 200 -k k "$M" "$P" t
	is "$(jq -c '[.batches, .rows]' <<<"$output")" '[5,999]'
	exits 0 diff --no-key "$M" t "$P" t
	my "DROP TABLE t; CREATE TABLE t (k INT, v VARCHAR(20), UNIQUE (k))"
	exits 0 phased -b 200 --work back "$P" "$M" t
	[ "$(jq .batches <<<"$output")" -ge 1 ]
	exits 0 diff --no-key "$M" t "$P" t
}

@test "a filter, some columns, throttles, an estimate, digests in the servers" {
	fill "$M"
	shop "$P"
	exits 0 phased -b 1000 --estimate --filter 'sed s/it/IT/' -c a,b,s --throttle load:1000 \
		--throttle rows:4000 --throttle "lag:$P" "$M" "$P" t
	has "$stderr" 'keep to 4000 rows a second' 'wait for the replica' 'wait for a load below 1000'
	is "$(pg "SELECT count(*) FROM t WHERE s LIKE 'IT%'")" 3330
	shop "$P"
	start=$SECONDS
	exits 0 phased -b 1000 -c a,b,d,s --work other --in-database --throttle rows:1000 "$M" "$P" t
	[ $((SECONDS - start)) -ge 4 ] || { echo "$stderr"; cat other/log; false; }
	exits 0 diff -c a,b,d,s "$M" t "$P" t
}

@test "a rehearsal" {
	fill "$M"
	shop "$P"
	exits 0 phased --dry-run -b 2500 "$M" "$P" t
	has "$stderr" 'would load and validate batch 1:' '`a` <= 3' 'batch 2:'
	lacks "$stderr" secret
	[ ! -e phased-t ]
	is "$(pg 'SELECT count(*) FROM t')" 0
}

# Two hosts, network namespaces with an sshd each; the databases are reached by their sockets.
hosts() {
	local i ns=rb$$
	mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f key
	ssh-keygen -q -t ed25519 -N '' -f host_key
	for i in 1 2; do
		ip netns add $ns-$i
		ip link add $ns.$i type veth peer name eth0 netns $ns-$i
		ip addr add 192.0.2.$((i * 4 + 1))/30 dev $ns.$i
		ip link set $ns.$i up
		ip -n $ns-$i addr add 192.0.2.$((i * 4 + 2))/30 dev eth0
		ip -n $ns-$i link set eth0 up
		ip netns exec $ns-$i "$(command -v sshd || echo /usr/sbin/sshd)" -D -f /dev/null \
			-h "$PWD/host_key" -o PidFile=none -o StrictModes=no -o UsePAM=no \
			-o PermitRootLogin=prohibit-password \
			-o "AuthorizedKeysFile=$PWD/key.pub" -E "sshd.$i" 3>&- &
		echo $! >>sshds
	done
	export PARALLEL_SSH="ssh -q -i $PWD/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
	wait_until $PARALLEL_SSH 192.0.2.6 true
	wait_until $PARALLEL_SSH 192.0.2.10 true
}

teardown() {
	local i
	[ -e sshds ] || return 0
	# shellcheck disable=SC2046 # a list
	kill $(cat sshds)
	for i in 1 2; do
		ip netns del rb$$-$i
	done
}

@test "installed under its long name; a table, folders with spaces and quotes" {
	make -sC "$BATS_TEST_DIRNAME/.." BIN="$BIN" PREFIX="$PWD/here" install
	mv here "it's here"
	for url in "$M" "$P"; do
		sql "$url" 'CREATE TABLE spaced (id INT PRIMARY KEY, n INT); INSERT INTO spaced VALUES (1, 2), (2, 3)'
	done
	my "RENAME TABLE spaced TO \`-b it's\`"
	pg "ALTER TABLE spaced RENAME TO \"-b it's\"; TRUNCATE \"-b it's\""
	mkdir "temporary \$folder"
	export TMPDIR="$PWD/temporary \$folder" PARALLEL=--tag
	PATH=${PATH//$BIN/} exits 0 "it's here/bin/row-phased" -b 1 -- "$M" "$P" "-b it's"
	is "$(jq -c '[.batches, .rows]' <<<"$output")" '[2,2]'
	exits 0 diff -- "$M" "-b it's" "$P" "-b it's"
	is "$(ls -A "$TMPDIR")" ''
}

@test "workers on two hosts" {
	[ "$(id -u)" = 0 ] && ip netns add rb$$ 2>/dev/null || skip "wants network namespaces"
	ip netns del rb$$
	hosts
	fill "$M"
	shop "$P"
	exits 0 phased -b 400 --ssh 192.0.2.6,192.0.2.10 --journal journal "${M/127.0.0.1:$MYSQL_PORT/localhost}?socket=$MYSQL_SOCKET" \
		"postgres://postgres@/${P##*/}?host=$PG_SOCKET&port=$PG_PORT" t
	is "$(jq .rows <<<"$output")" 4995
	complete "$M" "$P"
	is "$(awk 'NR > 1 { print $2 }' phased-t/joblog | sort -u | tr '\n' ' ')" '192.0.2.10 192.0.2.6 '
	is "$(jq -r 'select(.batch) | .batch' journal | wc -l)" 13
}

@test "a target that cannot be read is not taken for an empty one" {
	sql "$M" 'DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY)'
	pg 'DROP TABLE IF EXISTS t; DROP VIEW IF EXISTS t'
	pg 'CREATE VIEW t AS SELECT 1 / (random() * 0)::int AS id'
	exits 3 phased "$M" "$P" t
	has "$stderr" 'division by zero'
	[ ! -e phased-t/plan ]
	pg 'DROP VIEW t'
}

@test "usage" {
	exits 2 phased "$M" "$P"
	exits 2 phased --nonsense "$M" "$P" t
	exits 2 phased --throttle often "$M" "$P" t
	for option in --batch=0 --batch=0.5 --jobs=1.5 --jobs=. --throttle=rows:. --throttle=load:1.2.3 \
		--throttle=rows:0.0; do
		exits 2 phased $option "$M" "$P" t
		has "$stderr" 'is no number above zero'
	done
	exits 2 phased "$M" "$P" nowhere
	exits 0 phased --help
}
