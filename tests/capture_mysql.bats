# capture from the binary log of MySQL and MariaDB.

# shellcheck disable=SC2154 # bats sets stderr
load lib

tests=$BATS_TEST_DIRNAME

# Servers of its own: the positions of a log are those of all that its server does.
setup_file() {
	start_own_servers
	new_databases
}

teardown_file() {
	stop_own_servers
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	use_own_servers
	my 'SET FOREIGN_KEY_CHECKS = 0; DROP TABLE IF EXISTS t, u, c, renamed, rowboat_checkpoint;
		CREATE TABLE t (id int PRIMARY KEY, v varchar(200), n int)'
	from=$(extract --position "$M")
}

teardown() {
	[ ! -e server ] || kill -KILL "$(cat server)" 2>/dev/null || true
	[ ! -e vars ] || "$tests/servers.sh" stop "$(sed -n s/^SERVERS=//p vars)"
}

# own_server OPTION...: a server of the test's own, with the table t, in $M.
own_server() {
	"$tests/servers.sh" start mysql "$@" >vars
	# shellcheck disable=SC2046 # words
	export $(cat vars)
	export M=$MYSQL_URL/own
	mariadb --defaults-file="$MYSQL_CNF" -e 'CREATE DATABASE own'
	my 'CREATE TABLE t (id int PRIMARY KEY, v varchar(200), n int)'
	from=$(extract --position "$M")
}

# events [OPTION]...: what has happened since $from, in the file events.
events() {
	capture --from "$from" --until now "$@" "$M" >events
}

# told [FILE]: the row events in short.
told() {
	jq -c 'select(.op) | [.op, .source.table, .before, .after]' "${1:-events}"
}

ids() {
	jq -r 'select(.op) | .op + ((.after // .before).id | tostring)' "${1:-events}" | paste -sd ' '
}

@test "inserts, updates, deletes, key changes, in their transactions" {
	my "INSERT INTO t VALUES (1, 'a', NULL), (2, 'ü', 5)"
	my "BEGIN; UPDATE t SET n = 6 WHERE id = 2; UPDATE t SET id = 3 WHERE id = 1; DELETE FROM t;
		COMMIT"
	events
	is "$(told)" '["c","t",null,{"id":1,"v":"a","n":null}]
["c","t",null,{"id":2,"v":"ü","n":5}]
["u","t",{"id":2,"v":"ü","n":5},{"id":2,"v":"ü","n":6}]
["u","t",{"id":1,"v":"a","n":null},{"id":3,"v":"a","n":null}]
["d","t",{"id":2,"v":"ü","n":6},null]
["d","t",{"id":3,"v":"a","n":null},null]'
	is "$(jq -c 'select(.op) | .transaction.total_order' events | paste -sd ' ')" '1 2 1 2 3 4'
	is "$(jq -c 'select(.status) | .event_count' events | paste -sd ' ')" '2 4'
	is "$(jq -r 'select(.transaction) | .transaction.id' events | uniq)" \
		"$(jq -r 'select(.status) | .id' events)"
	is "$(jq -r 'select(.op) | .source.gtid' events | uniq)" \
		"$(jq -r 'select(.status) | .id' events)"
	is "$(tail -n 1 events)" '{"$end":6}'
}

@test "places in the log grow from row to row" {
	my "INSERT INTO t SELECT 1, 'x', 1 UNION SELECT 2, 'y', 2; INSERT INTO t VALUES (3, 'z', 3)"
	events
	jq -s -e '[.[] | select(.op) | .source | [.file, .pos, .row]] |
		. == (sort | unique) and length == 3' events
	jq -s -e '[.[] | select(.status) | .position.pos] | . == sort' events
	now=$(extract --position "$M" | jq -r .pos)
	is "$(jq -s '[.[] | select(.status)][-1].position.pos' events)" "$now"
}

@test "from the position behind any transaction the rest comes, and only that" {
	for i in 1 2 3 4 5; do
		my "INSERT INTO t VALUES ($i, 'x', 1); UPDATE t SET n = 2 WHERE id = $i"
	done
	events
	jq -c 'select(.status) | .position' events >positions
	jq -c 'select(.op) | del(.ts_ms)' events >all
	is "$(wc -l <all)" 10
	n=0
	while read -r from; do
		events
		tail -n +$((++n + 1)) all >rest
		jq -c 'select(.op) | del(.ts_ms)' events | cmp - rest
		# by the GTIDs alone
		from="gtid:$(jq -r .gtid <<<"$from")"
		events
		jq -c 'select(.op) | del(.ts_ms)' events | cmp - rest
	done <positions
	is "$n" 10
}

@test "what was rolled back is not told, not even to a savepoint" {
	my "BEGIN; INSERT INTO t VALUES (1, 'x', 1); SAVEPOINT a; INSERT INTO t VALUES (2, 'x', 1);
		ROLLBACK TO a; INSERT INTO t VALUES (3, 'x', 1); COMMIT;
		BEGIN; INSERT INTO t VALUES (4, 'x', 1); ROLLBACK"
	events
	is "$(ids)" 'c1 c3'
}

@test "MariaDB logs what was rolled back where a temporary table went away" {
	on_mariadb || skip
	my "CREATE TEMPORARY TABLE x (a int); INSERT INTO x VALUES (1);
		BEGIN; INSERT INTO t VALUES (1, 'x', 1); DROP TEMPORARY TABLE x; SAVEPOINT a;
		INSERT INTO t VALUES (2, 'x', 1); SAVEPOINT b; INSERT INTO t VALUES (3, 'x', 1);
		ROLLBACK TO a; INSERT INTO t VALUES (4, 'x', 1); COMMIT;
		CREATE TEMPORARY TABLE x (a int); INSERT INTO x VALUES (1);
		BEGIN; INSERT INTO t VALUES (5, 'x', 1); DROP TEMPORARY TABLE x; ROLLBACK"
	events
	is "$(ids)" 'c1 c4'
}

@test "XA transactions come when they are committed" {
	my "XA START 'a'; INSERT INTO t VALUES (1, 'x', 1); XA END 'a'; XA COMMIT 'a' ONE PHASE;
		XA START 'b'; INSERT INTO t VALUES (2, 'x', 1); XA END 'b'; XA PREPARE 'b'"
	my "INSERT INTO t VALUES (3, 'x', 1)"
	my "XA COMMIT 'b'"
	my "XA START 'c'; INSERT INTO t VALUES (4, 'x', 1); XA END 'c'; XA PREPARE 'c'; XA ROLLBACK 'c'"
	events
	is "$(ids)" 'c1 c3 c2'
	jq -s -e '[.[] | select(.op) | .source | [.file, .pos]] | . == sort' events
}

# Checkpoints between XA PREPARE and XA COMMIT let capture read again what is prepared.
@test "XA transactions that capture is restarted in come once" {
	my "INSERT INTO t VALUES (1, 'x', 1);
		XA START 'w', 'q'; INSERT INTO t VALUES (2, 'x', 1); XA END 'w', 'q'; XA PREPARE 'w', 'q'"
	my "XA START 'r'; INSERT INTO t VALUES (3, 'x', 1); XA END 'r'; XA PREPARE 'r'"
	my "INSERT INTO t VALUES (4, 'x', 1)"
	first=$from
	events
	is "$(ids)" 'c1 c4'
	from=$(jq -c 'select(.status) | .position' events | tail -n 1)
	has "$from" '"prepared":"'
	# in between, with nothing to tell
	events --heartbeat 1
	is "$(ids)" ''
	my "XA ROLLBACK 'r'; INSERT INTO t VALUES (5, 'x', 1)"
	events
	is "$(ids)" 'c5'
	from=$(jq -c 'select(.status) | .position' events | tail -n 1)
	has "$from" '"prepared":"'
	my "FLUSH BINARY LOGS; INSERT INTO t VALUES (6, 'x', 1); XA COMMIT 'w', 'q'"
	my "INSERT INTO t VALUES (7, 'x', 1)"
	events
	is "$(ids)" 'c6 c2 c7'
	lacks "$(jq -c 'select(.status) | .position' events | tail -n 1)" prepared
	# from between the commits on, each rest comes
	all=$(jq -c 'select(.status) | .position' events)
	from=$(sed -n 1p <<<"$all")
	events
	is "$(ids)" 'c2 c7'
	from=$(sed -n 2p <<<"$all")
	events
	is "$(ids)" 'c7'
	# the whole, at once
	from=$first
	events
	is "$(ids)" 'c1 c4 c5 c6 c2 c7'
}

@test "an XA transaction that was prepared before the beginning is named" {
	my "XA START 'w', 'q', 7; INSERT INTO t VALUES (2, 'x', 1); XA END 'w', 'q', 7; XA PREPARE 'w', 'q', 7"
	from=$(extract --position "$M")
	my "XA COMMIT 'w', 'q', 7; INSERT INTO t VALUES (3, 'x', 1)"
	exits 2 capture --from "$from" --until now "$M"
	has "$stderr" "XA COMMIT X'77',X'71',7: it was prepared" 'begin before its XA PREPARE'
	one_line "$stderr"
}

# The server and capture go down between XA PREPARE and XA COMMIT; another stream applies.
@test "XA transactions over a crash of the server, applied once" {
	own_server --innodb-flush-log-at-trx-commit=1 --sync-binlog=1
	pg 'DROP TABLE IF EXISTS t, rowboat_checkpoint; CREATE TABLE t (id int, v text, n int)'
	my "XA START 'w'; INSERT INTO t VALUES (1, 'x', 1), (2, 'x', 1); XA END 'w'; XA PREPARE 'w'"
	my "XA START 'r'; INSERT INTO t VALUES (3, 'x', 1); XA END 'r'; XA PREPARE 'r'"
	my "INSERT INTO t VALUES (4, 'x', 1)"
	catch_up() {
		capture --from "$from" --checkpoint "$P" --until now "$M" | cdcapply "$P"
	}
	catch_up
	is "$(pg 'SELECT id FROM t ORDER BY id')" 4
	revive
	wait_until my 'SELECT 1'
	catch_up
	my "XA COMMIT 'w'"
	my "XA ROLLBACK 'r'; INSERT INTO t VALUES (5, 'x', 1)"
	catch_up
	catch_up
	is "$(pg 'SELECT id FROM t ORDER BY id' | paste -sd ' ')" '1 2 4 5'
	is "$(my 'SELECT id FROM t ORDER BY id' | paste -sd ' ')" '1 2 4 5'
}

@test "a table of an engine without transactions" {
	my 'CREATE TABLE u (id int PRIMARY KEY) ENGINE = MyISAM; INSERT INTO u VALUES (1), (2)'
	events
	is "$(ids)" 'c1 c2'
	is "$(jq -c 'select(.status) | .event_count' events)" 2
}

@test "rows of which a MINIMAL image tells nothing are not passed over" {
	my 'CREATE TABLE u (id int PRIMARY KEY DEFAULT 5, a int DEFAULT 1)'
	from=$(extract --position "$M")
	my "SET SESSION binlog_row_image = 'MINIMAL'; INSERT INTO u VALUES ()"
	exits 2 capture --from "$from" --until now "$M"
	has "$stderr" 'rows of u without any column' 'binlog_row_image = FULL'
}

@test "row images: FULL, MINIMAL, NOBLOB; what is absent is left out" {
	my "CREATE TABLE u (id int PRIMARY KEY, a int, b text, c text);
		INSERT INTO u VALUES (1, 1, 'b', 'c');
		SET SESSION binlog_row_image = 'MINIMAL';
		UPDATE u SET b = NULL; INSERT INTO u (id, a) VALUES (2, 2); DELETE FROM u WHERE id = 1;
		SET SESSION binlog_row_image = 'NOBLOB';
		UPDATE u SET a = 3, b = 'x'"
	events
	is "$(told | sed -n 2p)" '["u","u",{"id":1},{"b":null}]'
	is "$(told | sed -n 3p | jq -c '.[3] | [.id, .a]')" '[2,2]'
	is "$(told | sed -n 4p)" '["d","u",{"id":1},null]'
	is "$(told | sed -n 5p)" '["u","u",{"id":2,"a":2},{"id":2,"a":3,"b":"x"}]'
}

@test "values are byte for byte what extract writes" {
	my "CREATE TABLE u (id int PRIMARY KEY, a tinyint, b tinyint unsigned, c smallint unsigned,
		d mediumint, e bigint unsigned, f decimal(65,30), g float, h double, i bit(10), j year,
		k date, l datetime(6), m timestamp(3) NULL, n time(2), o char(5), p varchar(20), q binary(4),
		r varbinary(20), s text, t blob, u enum('x','y''z','ü'), v set('a','b','c'), w json,
		x geometry, y varchar(9) CHARACTER SET latin1, z bool, g1 int AS (id + 1) VIRTUAL,
		g2 int AS (id + 2) STORED);
		INSERT INTO u (id, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z)
		VALUES (1, -128, 255, 65535, -8388608, 18446744073709551615,
		-12345678901234567890123456789012345.123456789012345678901234567890, 0.1, 1e-300, b'1000000001',
		2155, '9999-12-31', '1000-01-01 00:00:00.000001', '2038-01-19 03:14:07.999', '-838:59:59',
		'ab ', 'tail  ', x'00ff', x'0100', 'ü€😀', x'5c00ff', 'y''z', 'a,c', '{\"a\": [1, 1.50, \"ü\"]}',
		ST_GeomFromText('POINT(1 2)', 4326), 'é', 2),
		(2, 0, 0, 0, 0, 0, 0, -0.0, 0, 0, 1901, '1000-01-01', '2024-02-29 12:00:00',
		'1970-01-01 00:00:01', '00:00:00.5', '', '', '', '', '', '', 'x', '', '[]', NULL, '', 0);
		INSERT INTO u (id) VALUES (3); UPDATE u SET id = id + 10"
	extract -f ndjson -o id "$M" u | grep -v '^{"\$end' >rows
	for metadata in FULL MINIMAL; do
		mariadb --defaults-file="$MYSQL_CNF" -e "SET GLOBAL binlog_row_metadata = '$metadata'"
		my 'UPDATE u SET id = id + 1000 WHERE id = 11; UPDATE u SET id = id - 1000 WHERE id = 1011;
			UPDATE u SET a = NULL WHERE id = 12; UPDATE u SET a = 0 WHERE id = 12;
			UPDATE u SET a = 1 WHERE id = 13; UPDATE u SET a = NULL WHERE id = 13'
		events
		jq -c 'select(.op) | .after.id' events >/dev/null
		grep '^{"op":"u"' events | sed 's/.*,"after"://; s/,"source":.*//' >after
		for id in 11 12 13; do
			grep "^{\"id\":$id," after | tail -n 1
		done >got
		mariadb --defaults-file="$MYSQL_CNF" -e "SET GLOBAL binlog_row_metadata = 'FULL'"
		same rows got
	done
}

@test "definitions come where they stand among the rows" {
	my "INSERT INTO t VALUES (1, 'x', 1);
		ALTER TABLE t ADD COLUMN m int FIRST, RENAME COLUMN v TO w;
		INSERT INTO t VALUES (7, 2, 'y', 2);
		RENAME TABLE t TO renamed;
		INSERT INTO renamed VALUES (8, 3, 'z', 3);
		DROP TABLE renamed"
	events
	is "$(jq -r 'if .op then .op + ((.after | keys_unsorted) | join(",")) elif .ddl then .source.table
		else empty end' events | paste -sd ' ')" \
		'cid,v,n t cm,id,w,n t renamed cm,id,w,n renamed'
	has "$(grep ALTER events)" '"ddl":"ALTER TABLE t ADD COLUMN m int FIRST, RENAME COLUMN v TO w"' \
		'"position":{"connector":"mysql"'
	# from each definition's position on, the rest comes
	from=$(jq -c 'select(.ddl) | .position' events | sed -n 1p)
	events
	is "$(ids)" 'c2 c3'
}

@test "definitions of tables that are not wanted, views, indexes, users are left out" {
	my "CREATE TABLE u (id int); CREATE INDEX i ON t (n); CREATE OR REPLACE VIEW v1 AS SELECT 1;
		DROP VIEW v1; CREATE TEMPORARY TABLE x (a int); DROP TEMPORARY TABLE x; DROP TABLE u"
	events -t t
	is "$(cat events)" '{"$end":0}'
}

@test "CREATE TABLE … SELECT: the definition, then its rows" {
	my "INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2); CREATE TABLE c SELECT * FROM t"
	events -t c
	is "$(jq -r '.ddl // .op // empty | .[:12]' events | paste -sd ' ')" 'CREATE TABLE c c'
	# begun at the definition's position the rows are there
	from=$(jq -c 'select(.ddl) | .position' events)
	events -t c
	is "$(ids)" 'c1 c2'
}

@test "TRUNCATE is an event of its own" {
	my "INSERT INTO t VALUES (1, 'x', 1); TRUNCATE t; INSERT INTO t VALUES (2, 'x', 1)"
	events
	is "$(jq -r 'select(.op) | .op + .source.table' events | paste -sd ' ')" 'ct tt ct'
	is "$(jq -c 'select(.status) | .event_count' events | paste -sd ' ')" '1 1 1'
}

@test "tables are chosen by patterns; another database is not captured" {
	my 'CREATE TABLE u (id int PRIMARY KEY)'
	my -d "$M2" 'CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY); REPLACE INTO t VALUES (9)'
	my "INSERT INTO u VALUES (1); INSERT INTO t VALUES (2, 'x', 1)"
	events
	is "$(ids)" 'c1 c2'
	events -t u
	is "$(ids)" 'c1'
	events -x u
	is "$(ids)" 'c2'
}

@test "--skip-applied leaves out transactions that begin with a checkpoint" {
	my "CREATE TABLE rowboat_checkpoint (stream varchar(9) PRIMARY KEY, started int);
		BEGIN; INSERT INTO rowboat_checkpoint VALUES ('s', 1); INSERT INTO t VALUES (1, 'x', 1); COMMIT;
		BEGIN; INSERT INTO t VALUES (2, 'x', 1); UPDATE rowboat_checkpoint SET started = 2; COMMIT"
	events --skip-applied
	is "$(ids)" 'c2'
	events
	is "$(ids)" 'c1 c2'
}

@test "rows that a session logs as statements are an error that says where" {
	my "INSERT INTO t VALUES (1, 'x', 1)"
	my "SET SESSION binlog_format = 'STATEMENT'; UPDATE t SET n = 5"
	exits 2 capture --from "$from" --until now "$M"
	one_line "$stderr"
	has "$stderr" 'a session logged UPDATE as a statement, not its rows' \
		"$(jq -r .file <<<"$from"):" "hint: SET GLOBAL binlog_format = 'ROW'"
	is "$(ids /dev/stdin <<<"$output")" 'c1'
}

@test "foreign keys that change rows by themselves are named" {
	my 'CREATE TABLE u (id int PRIMARY KEY, t int,
		FOREIGN KEY (t) REFERENCES t (id) ON DELETE CASCADE)'
	exits 0 capture --from "$from" --until now "$M"
	if on_mariadb; then
		one_line "$stderr"
		has "$stderr" 'foreign keys' ".u (u_ibfk_1)"
	fi
	exits 0 capture --from "$from" --until now -t t "$M"
	is "$stderr" ''
}

@test "privileges that are missing are named with the statement that grants them" {
	my "DROP USER IF EXISTS cap1, cap2;
		CREATE USER cap1 IDENTIFIED BY 'x'; GRANT SELECT ON *.* TO cap1;
		CREATE USER cap2 IDENTIFIED BY 'x';
		GRANT SELECT, $(on_mariadb && echo BINLOG MONITOR || echo REPLICATION CLIENT) ON *.* TO cap2"
	for user in cap1 cap2; do
		exits 2 capture "mysql://$user:x@127.0.0.1:$MYSQL_PORT/${M##*/}"
		one_line "$stderr"
		has "$stderr" 'hint: GRANT REPLICATION SLAVE, ' "TO '$user'@'%'"
	done
	my 'DROP USER cap1, cap2'
}

@test "positions that are not in the log" {
	file=$(jq -r .file <<<"$from")
	for position in nolog.000009:4 "$file:999999999"; do
		exits 2 capture --from "$position" --until now "$M"
		one_line "$stderr"
		has "$stderr" "cannot read the binary log from $position" 'hint:'
	done
	exits 2 capture --from gtid:xyz --until now "$M"
	has "$stderr" "'xyz' is no"
	exits 2 capture --from '0/16B3748' --until now "$M"
}

@test "an idle source: heartbeats tell a position" {
	timeout 4 capture --heartbeat 1 "$M" >events || true
	jq -s -e 'map(select(.position)) | length >= 2' events
	is "$(jq -c 'select(.position) | .position' events | tail -n 1)" "$(extract --position "$M")"
}

@test "a transaction larger than memory: flat memory, every row" {
	my "CREATE TABLE u (id int PRIMARY KEY, v varchar(200));
		INSERT INTO u WITH RECURSIVE d AS (SELECT 0 AS d UNION ALL SELECT d + 1 FROM d WHERE d < 9)
			SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d, REPEAT('x', 150)
			FROM d a, d b, d c, d e, d f"
	/usr/bin/time -f %M -o kb capture --from "$from" --until now "$M" >events
	is "$(tail -n 1 events)" '{"$end":100000}'
	jq -s -e 'map(select(.op) | .after.id) | (length, (unique | length)) == 100000' events
	[ -n "$SANITIZE" ] || [ "$(cat kb)" -lt 65536 ]
}

@test "compressed logs" {
	if on_mariadb; then
		own_server --log-bin-compress=ON --log-bin-compress-min-len=10
	else
		own_server --binlog-transaction-compression=ON
	fi
	my "INSERT INTO t VALUES (1, REPEAT('x', 200), 1), (2, REPEAT('y', 200), 2);
		UPDATE t SET n = 5; ALTER TABLE t ADD COLUMN a int; DELETE FROM t WHERE id = 1;
		BEGIN; INSERT INTO t VALUES (3, 'x', 1, 1); SAVEPOINT a; INSERT INTO t VALUES (4, 'x', 1, 1);
		ROLLBACK TO a; COMMIT"
	events
	is "$(ids)" 'c1 c2 u1 u2 d1 c3'
	is "$(jq -c 'select(.ddl) | .ddl' events)" '"ALTER TABLE t ADD COLUMN a int"'
	is "$(told | sed -n 4p | jq -c .[3].v)" "\"$(printf 'y%.0s' {1..200})\""
}

@test "without names of columns in the log, they are the catalogue's, unless it has changed since" {
	own_server --binlog-row-metadata=MINIMAL
	my "CREATE TABLE u (id int unsigned PRIMARY KEY, e enum('a', 'b'),
			g bigint AS (id + 1) STORED, s char(3));
		INSERT INTO u (id, e, s) VALUES (4294967295 - 1, 'b', 'ü')"
	events -t u
	is "$(told)" '["c","u",null,{"id":4294967294,"e":"b","s":"ü"}]'
	sleep 2
	my 'ALTER TABLE u RENAME COLUMN s TO z'
	exits 2 capture --from "$from" --until now "$M"
	has "$stderr" 'own.u' 'its definition has changed since' "SET GLOBAL binlog_row_metadata = 'FULL'"
}

@test "settings that cannot work are refused with what mends them" {
	own_server --server-id=1 --binlog-format=MIXED
	exits 2 capture "$M"
	one_line "$stderr"
	has "$stderr" 'binlog_format is MIXED' "hint: SET GLOBAL binlog_format = 'ROW'"
	"$tests/servers.sh" stop "$(sed -n s/^SERVERS=//p vars)"
	own_server --skip-log-bin || true
	exits 2 capture "$M"
	has "$stderr" 'the server writes no binary log' 'hint: start the server with'
}

# purged FILE: the logs before that one are gone, at the server's leisure.
purged() {
	my "PURGE BINARY LOGS TO '$1'"
	[ "$(my 'SHOW BINARY LOGS' | cut -f 1 | head -n 1)" = "$1" ]
}

@test "a log that was removed is an error; one that is continued in the next file is not" {
	own_server
	my "INSERT INTO t VALUES (1, 'x', 1); FLUSH BINARY LOGS; INSERT INTO t VALUES (2, 'x', 1);
		FLUSH BINARY LOGS; INSERT INTO t VALUES (3, 'x', 1)"
	events
	is "$(ids)" 'c1 c2 c3'
	is "$(jq -r 'select(.op) | .source.file' events | sort -u | wc -l)" 3
	last=$(jq -r 'select(.op) | .source.file' events | tail -n 1)
	wait_until purged "$last"
	exits 2 capture --from "$from" --until now "$M"
	has "$stderr" 'cannot read the binary log from' 'hint: if the server has removed'
	exits 2 capture --from "gtid:$(jq -r .gtid <<<"$from")" --until now "$M"
	has "$stderr" 'hint: if the server has removed'
}

# revive [COMMAND...]: kills the test's own server, runs the command, and starts the server
# as it was.
revive() {
	local args root
	mapfile -d '' args <"/proc/$MYSQL_PID/cmdline"
	root=$(readlink "/proc/$MYSQL_PID/root")
	kill -KILL "$MYSQL_PID"
	wait_until test ! -e "/proc/$MYSQL_PID"
	[ $# = 0 ] || "$@"
	if [ "$root" = / ]; then
		setpriv --reuid nobody --regid nogroup --clear-groups -- "${args[@]}" >log 2>&1 3>&- &
	else
		chroot --userspec=nobody:nogroup "$root" "${args[@]}" >log 2>&1 3>&- &
	fi
	echo $! >server
}

# A server that is killed while it writes leaves a file that ends within an event.
@test "a log that a crash has cut off is passed over, with what was not committed" {
	on_mysql && skip "MySQL cuts its log to whole transactions when it starts"
	own_server
	my "INSERT INTO t VALUES (1, 'whole', 1)"
	log=${MYSQL_SOCKET%/*}/my/$(my 'SHOW MASTER STATUS' | cut -f 1)
	my "INSERT INTO t VALUES (2, 'torn', 2)"
	revive truncate -s -40 "$log"
	wait_until my 'SELECT 1'
	my "INSERT INTO t VALUES (3, 'after', 3)"
	exits 0 capture --from "$from" --until now "$M"
	is "$(ids /dev/stdin <<<"$output")" 'c1 c3'
	has "$stderr" "${log##*/} ends within a transaction that a crash of the server undid"
}

@test "the server goes away and comes back: nothing is lost, nothing told twice" {
	own_server --innodb-flush-log-at-trx-commit=1 --sync-binlog=1
	capture --from "$from" "$M" >events 2>errors 3>&- &
	pid=$!
	my "INSERT INTO t VALUES (1, 'x', 1)"
	wait_until grep -q '"event_count":1' events
	revive
	wait_until my "SELECT 1"
	my "INSERT INTO t VALUES (2, 'x', 1); INSERT INTO t VALUES (3, 'x', 1)"
	wait_until grep -q '"after":{"id":3' events
	kill -TERM "$pid"
	wait "$pid" || true
	is "$(ids)" 'c1 c2 c3'
	is "$(cat errors)" ''
}

@test "partial updates of JSON, tagged GTIDs of MySQL 8.3" {
	on_mysql || skip
	local tag=:tag
	[[ $(my 'SELECT VERSION()') != 8.[0-2].* ]] || tag=
	my "CREATE TABLE u (id int PRIMARY KEY, j json);
		INSERT INTO u VALUES (1, '{\"a\": 1, \"b\": [1, 2, 3], \"c\": \"$(printf 'x%.0s' {1..100})\"}');
		SET SESSION binlog_row_value_options = 'PARTIAL_JSON';
		UPDATE u SET j = JSON_SET(j, '$.a', 2);
		UPDATE u SET j = JSON_REMOVE(JSON_SET(j, '$.b[3]', 4), '$.c');
		SET gtid_next = 'AUTOMATIC$tag'; INSERT INTO u VALUES (2, '[]')"
	events
	is "$(told | sed -n 3p | jq -c '.[3].j')" '"{\"a\": 2, \"b\": [1, 2, 3, 4]}"'
	[ -z "$tag" ] || has "$(tail -n 2 events)" ':tag:1'
	from=gtid:$(jq -r 'select(.status) | .position.gtid' events | sed -n 2p)
	events
	is "$(ids)" 'u1 c2'
}

@test "sequences are no tables, other databases no concern" {
	on_mariadb || skip
	my "CREATE SEQUENCE s; DO NEXT VALUE FOR s; SELECT SETVAL(s, 100);
		INSERT INTO t VALUES (NEXT VALUE FOR s, 'x', 1);
		CREATE DATABASE IF NOT EXISTS rb_other; DROP DATABASE rb_other; DROP SEQUENCE s"
	events
	is "$(ids)" 'c101'
	is "$(grep -c '"ddl"' events)" 0
}

@test "a position inside of a transaction" {
	my "INSERT INTO t VALUES (1, 'x', 1)"
	events
	inside=$(jq -r 'select(.op) | .source | "\(.file):\(.pos)"' events)
	exits 2 capture --from "$inside" --until now "$M"
	one_line "$stderr"
	has "$stderr" "$inside: the position that was begun at is inside of a transaction"
}
