# fence: what is refused in sessions old and new, what is waited for, what is told, and that
# nothing is left of it. On servers of its own, since MySQL's is closed as a whole.
# shellcheck disable=SC2154,SC2034,SC2016 # bats sets some, lib.bash reads some; quoted as meant

load lib

setup_file() {
	local tests=${BATS_TEST_FILENAME%/*}
	"$tests/servers.sh" start mysql >"$BATS_FILE_TMPDIR/my"
	"$tests/servers.sh" start pg -c max_prepared_transactions=4 >"$BATS_FILE_TMPDIR/pg"
}

teardown_file() {
	local tests=${BATS_TEST_FILENAME%/*} server
	for server in my pg; do
		"$tests/servers.sh" stop "$(sed -n 's/^SERVERS=//p' "$BATS_FILE_TMPDIR/$server")"
	done
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	set -a
	# shellcheck disable=SC1091 # made above
	. "$BATS_FILE_TMPDIR/my"
	# shellcheck disable=SC1091
	. "$BATS_FILE_TMPDIR/pg"
	set +a
	M=$MYSQL_URL/a M2=$MYSQL_URL/b P=$PG_URL/a P2=$PG_URL/b
	my -d "$MYSQL_URL/mysql" "SET GLOBAL read_only = 0"
	new_databases
	my "CREATE TABLE t (i int PRIMARY KEY); CREATE USER IF NOT EXISTS app IDENTIFIED BY 'app';
		GRANT ALL ON a.* TO app; GRANT ALL ON b.* TO app"
	pg "CREATE TABLE t (i int PRIMARY KEY)"
	A=mysql://app:app@127.0.0.1:$MYSQL_PORT/a
}

# Whatever failed, no session is left open.
teardown() {
	touch calm
	app_leave
	wait
}

# app URL: an application, whose session stays open; app_say SQL... runs statements in it, one
# each. What it prints is in the file app.
app() {
	local sql
	sql=(mariadb --no-defaults -h127.0.0.1 -P"$MYSQL_PORT" -uapp -papp -BN --unbuffered
		--force a)
	say="SELECT 'said';"
	rm -f in
	mkfifo in
	case $1 in
	postgres*) sql=(psql -XAtq "$1?application_name=shop") say='\echo said' ;;
	esac
	"${sql[@]}" <in >app 2>&1 3>&- 4>&- &
	exec 4>in
	app_say 'SELECT 1'
}

app_say() {
	local marker sql
	for sql; do
		marker=said$RANDOM$RANDOM
		printf '%s;\n%s\n' "$sql" "${say/said/$marker}" >&4
		wait_until grep -q "$marker" app
	done
}

app_leave() {
	{ exec 4>&-; } 2>/dev/null || true
}

state() {
	fence status "$1" | jq -r "$2"
}

state_is() {
	test "$(state "$1" "$2")" = "$3"
}

# can_write URL: whether a new session of an application can.
can_write() {
	case $1 in
	postgres*) psql -Xq "$1" -v ON_ERROR_STOP=1 -c "INSERT INTO t VALUES ($RANDOM)" ;;
	*) mariadb --no-defaults -h127.0.0.1 -P"$MYSQL_PORT" -uapp -papp a \
		-e "INSERT INTO t VALUES ($RANDOM)" ;;
	esac 2>/dev/null
}

# Everything that someone else could see of a PostgreSQL database.
definitions() {
	pg "SELECT relname, relkind, relacl FROM pg_class WHERE oid >= 16384
		AND relnamespace <> 'pg_toast'::regnamespace
		AND relpersistence <> 't' ORDER BY 1;
		SELECT tgname FROM pg_trigger WHERE NOT tgisinternal; SELECT proname FROM pg_proc WHERE
		oid >= 16384; SELECT setconfig FROM pg_db_role_setting"
}

@test "PostgreSQL: new sessions and open ones are refused, whatever they set; on undoes it all" {
	pg 'CREATE TABLE "Odd ""name" (a int); CREATE SCHEMA s; CREATE TABLE s.p (i int)
			PARTITION BY LIST (i);
		CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES IN (1); CREATE VIEW v AS SELECT * FROM t'
	definitions >before
	app "$P"
	app_say 'INSERT INTO t VALUES (1)'
	exits 0 fence off "$P"
	has "$stderr" "stopping writes on $P; \`fence on\` allows them again" "writes are off"
	is "$(state "$P" .writes)" off
	is "$(state "$P" .by)" "$(id -un)@$(hostname)"
	[[ $(state "$P" .since) == 20[0-9][0-9]-*T*Z ]]
	app_say 'INSERT INTO t VALUES (2)' 'UPDATE t SET i = 3' 'DELETE FROM t' 'TRUNCATE t' \
		'INSERT INTO "Odd ""name" VALUES (1)' 'INSERT INTO s.p VALUES (1)' \
		'INSERT INTO s.p1 VALUES (1)' 'INSERT INTO v VALUES (5)' \
		'SET default_transaction_read_only = off' 'BEGIN READ WRITE' 'INSERT INTO t VALUES (6)' \
		'ROLLBACK' "COPY t FROM PROGRAM 'echo 7'"
	is "$(grep -c 'ERROR:  database a is closed for writes' app)" 10
	app_say 'CREATE TEMP TABLE own (i int)' 'INSERT INTO own VALUES (1)'
	is "$(grep -c ERROR app)" 10
	run ! can_write "$P"
	run ! psql -Xq "$P" -c 'CREATE TABLE more (i int)'
	is "$(pg 'TABLE t')" 1
	exits 0 fence off "$P"
	exits 0 fence on "$P"
	is "$(state "$P" '.writes, .since // "-"')" $'on\n-'
	app_say 'INSERT INTO t VALUES (8)'
	can_write "$P"
	definitions >after
	cmp before after
	exits 0 fence on "$P"
	has "$stderr" "writes were on"
}

@test "PostgreSQL: other databases of the server stay open; an earlier setting is restored" {
	pg -d "$P2" 'CREATE TABLE t (i int)'
	pg 'ALTER DATABASE a SET default_transaction_read_only = off; ALTER DATABASE a SET work_mem = 4096'
	fence off "$P"
	psql -Xq "$P2" -v ON_ERROR_STOP=1 -c 'INSERT INTO t VALUES (1)'
	fence on "$P"
	is "$(pg "SELECT setconfig FROM pg_db_role_setting")" \
		'{default_transaction_read_only=off,work_mem=4096}'
	pg 'ALTER DATABASE a SET default_transaction_read_only = on'
	is "$(state "$P" '.writes, .detail')" $'partly\ndefault_transaction_read_only is on'
	exits 1 fence on "$P"
	has "$stderr" "writes are off, but not by fence off" "--force"
	exits 0 fence on --force "$P"
	can_write "$P"
}

@test "PostgreSQL: off waits for open transactions, tells whose they are, and ends none" {
	app "$P"
	pg 'CREATE TABLE other (i int)'
	app_say BEGIN 'INSERT INTO t VALUES (1)'
	exits 1 fence off --timeout 1 "$P"
	has "$stderr" "1 connection may still write" "postgres@127.0.0.1 (shop)" "idle in transaction" \
		"in part" "fence on"
	is "$(state "$P" '.writes, .detail, .client[0].writes')" \
		$'partly\n1 of 2 tables are still open to open sessions\ntrue'
	# readers do not wait, and what else the transaction wants to write is refused
	is "$(timeout 2 psql -XAtq "$P" -c 'SELECT count(*) FROM t')" 0
	app_say 'INSERT INTO other VALUES (1)'
	has "$(cat app)" "closed for writes"
	app_say ROLLBACK BEGIN 'SELECT * FROM t'
	exits 0 fence off --timeout 5 "$P"
	app_say ROLLBACK
	exits 0 fence on "$P"
	app_say BEGIN 'INSERT INTO t VALUES (2)'
	fence off --timeout 20 "$P" 2>/dev/null &
	wait_until state_is "$P" .writes partly
	app_say 'INSERT INTO t VALUES (3)' COMMIT
	wait $!
	is "$(pg 'SELECT i FROM t ORDER BY i')" $'2\n3'
}

@test "PostgreSQL: --kill ends what is left, and says whom; prepared transactions are never ended" {
	app "$P"
	app_say BEGIN 'INSERT INTO t VALUES (1)'
	exits 0 fence off --timeout 1 --kill "$P"
	has "$stderr" "ended session" "(shop)" "idle in transaction" "writes are off"
	fence on "$P"
	pg "BEGIN; INSERT INTO t VALUES (5); PREPARE TRANSACTION 'two'"
	exits 1 fence off --timeout 1 --kill "$P"
	has "$stderr" "did not end" "two: postgres, prepared transaction"
	pg "COMMIT PREPARED 'two'"
	exits 0 fence off "$P"
	is "$(pg 'TABLE t')" 5
}

@test "PostgreSQL: on opens at once under long readers, and tells of sessions that stay read-only" {
	app "$P"
	fence off "$P"
	app_leave
	wait
	app "$P"
	app_say BEGIN 'SELECT * FROM t'
	exits 0 fence on "$P"
	has "$stderr" "writes are on" "1 connections that began meanwhile stay read-only" \
		"1 tables in use keep the trigger rowboat_fence"
	can_write "$P"
	app_say ROLLBACK
	# closing and opening it again is not misled by the trigger that was left
	exits 0 fence off "$P"
	run ! can_write "$P"
	exits 0 fence on "$P"
	is "$(pg "SELECT count(*) FROM pg_trigger")" 0
}

@test "PostgreSQL: the owner can close it, others are told what to grant" {
	pg "DROP ROLE IF EXISTS boss; DROP ROLE IF EXISTS guest; CREATE ROLE boss LOGIN;
		CREATE ROLE guest LOGIN; ALTER DATABASE a OWNER TO boss; ALTER TABLE t OWNER TO boss;
		CREATE TABLE u (i int)"
	local boss=${P/postgres@/boss@} guest=${P/postgres@/guest@}
	exits 2 fence off "$boss"
	has "$stderr" "table u belongs to another role" "hint: GRANT postgres TO \"boss\""
	is "$(state "$P" .writes)" on
	pg 'ALTER TABLE u OWNER TO boss'
	exits 0 fence off "$boss"
	run ! can_write "$P"
	exits 0 fence on "$boss"
	exits 2 fence off "$guest"
	has "$stderr" "database a belongs to another role" "hint: GRANT boss TO \"guest\""
	is "$(state "$P" .writes)" on
	pg 'ALTER DATABASE a OWNER TO postgres; DROP OWNED BY boss; DROP ROLE boss, guest'
}

@test "MySQL: new sessions and open ones are refused; on undoes it all" {
	app "$A"
	app_say 'INSERT INTO t VALUES (1)' BEGIN 'INSERT INTO t VALUES (2)'
	exits 0 fence off "$M"
	has "$stderr" "stopping writes on ${M/secret/***}" "writes are off"
	is "$(state "$M" '.writes, .by')" $'off\n'"$(id -un)@$(hostname)"
	app_say COMMIT 'INSERT INTO t VALUES (3)'
	is "$(grep -c 'ERROR 1290' app)" 2
	run ! can_write "$A"
	is "$(my 'SELECT * FROM t')" 1
	exits 0 fence off "$M"
	exits 0 fence on "$M"
	app_say 'INSERT INTO t VALUES (4)'
	can_write "$A"
	is "$(my 'SELECT @@GLOBAL.read_only; SHOW TABLES')" $'0\nt'
	exits 0 fence on "$M"
	has "$stderr" "writes were on"
}

@test "MySQL: off waits for LOCK TABLES; --kill ends what is left" {
	app "$A"
	app_say 'LOCK TABLES t WRITE'
	exits 1 fence off --timeout 1 "$M"
	has "$stderr" "1 connection may still write" "app@127.0.0.1" "in part"
	has "$(state "$M" '.writes, .detail')" on "fence off did not finish"
	exits 0 fence off --timeout 1 --kill "$M"
	has "$stderr" "ended session" "app@127.0.0.1"
}

@test "MySQL: administrators that are connected are told of, and exit status is 1" {
	mariadb --defaults-file="$MYSQL_CNF" a -e 'SELECT SLEEP(20)' >/dev/null 2>&1 3>&- &
	local client=$!
	wait_until state_is "$M" .clients 1
	exits 1 fence off "$M"
	has "$stderr" "1 connection can write nevertheless" "rowboat@127.0.0.1"
	is "$(state "$M" .client[0].writes)" true
	if on_mysql; then
		exits 0 fence off --all "$M"
		exits 1 fence off "$M"
		is "$(my 'SELECT @@GLOBAL.super_read_only')" 0
	else
		exits 2 fence off --all "$M"
		has "$stderr" "READ_ONLY ADMIN"
	fi
	exits 0 fence off --clients app "$M"
	exits 0 fence drain --timeout 0 --kill --clients rowboat "$M"
	has "$stderr" "ended session" "rowboat@127.0.0.1"
	wait $client || true
	exits 0 fence off "$M"
}

@test "MySQL: what was closed before stays closed; a record that a restart made stale is told of" {
	my 'SET GLOBAL read_only = 1'
	is "$(state "$M" '.writes, .detail')" $'off\nread_only is on'
	exits 1 fence on "$M"
	has "$stderr" "not by fence off" "--force"
	fence off "$M"
	exits 0 fence on "$M"
	has "$stderr" "read_only was on before"
	is "$(my 'SELECT @@GLOBAL.read_only')" 1
	exits 0 fence on --force "$M"
	can_write "$A"
	fence off "$M"
	my 'SET GLOBAL read_only = 0' # as a restart does
	has "$(state "$M" .detail)" "the server was started again since"
	exits 0 fence off "$M"
	run ! can_write "$A"
	exits 0 fence on "$M"
	can_write "$A"
}

@test "MySQL: a lacking privilege is told with the GRANT, and nothing is left" {
	exits 2 fence off "$A"
	has "$stderr" "hint: GRANT" "TO 'app'@'%'"
	is "$(my 'SHOW TABLES')" t
	exits 2 fence drain "$A"
	has "$stderr" "may not see who is connected" "GRANT PROCESS ON *.*"
	exits 2 fence off "$MYSQL_URL"
	has "$stderr" "database"
}

@test "drain waits until clients are gone; by pattern; with the list at the timeout" {
	local url user
	for url in "$P" "$M"; do
		exits 0 fence drain --timeout 0 "$url"
		is "$stderr" ""
		case $url in
		postgres*) user=postgres && app "$P" ;;
		*) user=app && app "$A" ;;
		esac
		exits 1 fence drain --timeout 0 "$url"
		has "$stderr" "1 connection still on ${url/secret/***}" "$user@127.0.0.1"
		is "$(state "$url" '.clients, .client[0].user')" $'1\n'"$user"
		exits 1 fence drain --timeout 0 --clients 'x*' --clients "${user:0:3}*" "$url"
		exits 0 fence drain --timeout 0 --clients 'x*' "$url"
		(sleep 0.5; exec 4>&-) &
		app_leave
		exits 0 fence drain --timeout 20 "$url"
		wait
	done
	app "$P"
	exits 0 fence drain --timeout 0 --clients 'sh?p' --kill "$P"
	has "$stderr" "ended session" "postgres@127.0.0.1 (shop)"
	# it said nothing on standard output, and the other options are refused
	is "$output" ""
	exits 2 fence drain --force "$P"
	exits 2 fence status --kill "$P"
	exits 2 fence shut "$P"
}

@test "Rowboat's own programs write to a closed database, and are no clients" {
	pg 'ALTER TABLE t REPLICA IDENTITY FULL'
	my 'INSERT INTO t VALUES (1)'
	fence off "$P"
	fence off "$M"
	(
		printf 'i\n7\n'
		sleep 3
		printf '\\.\n'
	) | load "$P" t >/dev/null 3>&- &
	sleep 0.5
	exits 0 fence drain --timeout 0 "$P"
	wait
	(diff "$M" t "$P" t || true) | cdcapply "$P" >/dev/null
	is "$(pg 'TABLE t')" 1
	is "$(state "$P" .writes)" off
	exits 3 load "${M/rowboat:secret/app:app}" t < <(stream i 8)
	has "$stderr" "hint: the server is a replica, or closed (fence status tells)"
	stream i 9 | load "$M" t >/dev/null
	(diff "$P" t "$M" t || true) | cdcapply "$M" >/dev/null
	is "$(my 'SELECT * FROM t')" 1
	# a closed source can be captured from, and the fence is no change of it
	local position
	position=$(extract --position "$M")
	fence on "$M"
	fence off "$M"
	capture --quiet --from "$position" --until now "$M" | grep -v '"status"' >events || true
	is "$(cat events)" '{"$end":0}'
	capture --create-slot "$P" >/dev/null
	stream i 11 | load "$P" t >/dev/null
	fence on "$P"
	fence off "$P"
	is "$(capture --quiet --until now "$P" | grep -c '"op":"c"')" 1
	capture --drop-slot "$P"
	is "$(schema --list "$P"; schema --list "$M")" $'t\nt'
}

@test "on is refused while clients of the other side are connected" {
	local i
	fence off "$P"
	for i in 1 2 3; do
		psql -Xq "$P2" -c 'SELECT pg_sleep(20)' >/dev/null 2>&1 3>&- &
	done
	wait_until state_is "$P2" .clients 3
	exits 1 fence on --other source="$P2" "$P"
	has "$stderr" "3 connections still on source: writes stay off" "postgres@127.0.0.1 (psql)"
	is "$(state "$P" .writes)" off
	exits 1 fence on --other "$P2" "$P"
	has "$stderr" "3 connections still on $P2"
	exits 0 fence on --other "$P2" --clients shop "$P"
	fence off "$P"
	exits 0 fence on --other "$P2" --force "$P"
	fence drain --timeout 0 --kill "$P2"
	wait
	fence off "$P"
	exits 0 fence on --other "$P2" "$P"
}

# writers URL: sessions that insert numbers and note what is committed in acked.*
writers() {
	local url=$1 i
	for i in 1 2 3 4; do
		(
			n=$i
			while [ ! -e calm ]; do
				case $url in
				postgres*) printf "INSERT INTO t VALUES (%s) RETURNING i;\n" $((n += 4)) ;;
				*) printf "INSERT INTO t VALUES (%s); SELECT %s;\n" $((n += 4)) $n ;;
				esac
				sleep 0.005
			done | case $url in
			postgres*) psql -XAtq -v ON_ERROR_STOP=1 "$url" ;;
			*) mariadb --no-defaults -h127.0.0.1 -P"$MYSQL_PORT" -uapp -papp -BN \
				--unbuffered a ;;
			esac >acked.$i 2>>errors
		) 3>&- &
	done
}

@test "under load: what is committed when off ends is all there ever is" {
	local url count
	for url in "$P" "$M"; do
		rm -f calm acked.* errors
		writers "$url"
		wait_until eval '[ "$(cat acked.* | wc -l)" -gt 200 ]'
		exits 0 fence off --timeout 20 "$url"
		count=$(sql "$url" 'SELECT count(*) FROM t')
		sleep 0.5
		touch calm
		wait
		is "$(sql "$url" 'SELECT count(*) FROM t')" "$count"
		# nothing that an application was told is committed is missing
		cat acked.* | sort >acked
		sql "$url" 'SELECT i FROM t' | sort >there
		is "$(comm -23 acked there)" ""
		[ "$(grep -c 'closed for writes\|read.only' errors)" = 4 ]
	done
}

@test "killed at any moment, it says how things are, and can be run again" {
	local moment url
	pg "$(for i in $(seq 60); do echo "CREATE TABLE k$i (i int);"; done)"
	for url in "$P" "$M"; do
		for moment in 0 0.005 0.01 0.02 0.03 0.05 0.1; do
			fence off "$url" 2>messages &
			sleep "$moment"
			kill -KILL $! 2>/dev/null || true
			wait $! || true
			[[ $(state "$url" .writes) == @(on|partly|off) ]]
			[ "$(state "$url" .writes)" = on ] || grep -q 'fence on' messages
			exits 0 fence off "$url"
			is "$(state "$url" .writes)" off
			fence on "$url" 2>/dev/null &
			sleep "$moment"
			kill -KILL $! 2>/dev/null || true
			wait $! || true
			exits 0 fence on "$url"
			is "$(state "$url" .writes)" on
		done
	done
	is "$(pg "SELECT count(*) FROM pg_trigger")" 0
}

@test "interrupted while it waits, it says how to open the database again" {
	app "$P"
	app_say BEGIN 'INSERT INTO t VALUES (1)'
	(exec fence off "$P") 2>messages 3>&- &
	wait_until state_is "$P" .writes partly
	sleep 0.3
	kill -TERM $!
	wait $! && return 1
	has "$(cat messages)" "1 connection may still write" '`fence on` allows them again'
	exits 0 fence on "$P"
	app_say COMMIT
	is "$(pg 'TABLE t')" 1
}
