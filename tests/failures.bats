# What goes wrong on the way: nothing half done, no password shown, one line that says why.

# shellcheck disable=SC2154 # bats sets stderr
load lib

setup_file() {
	new_databases
	local columns='(id int PRIMARY KEY, v varchar(100))'
	my "CREATE TABLE big $columns;
		INSERT INTO big WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
			SELECT a.i * 1000 + b.i, repeat('x', 90) FROM n a JOIN n b WHERE a.i <= 300" || return
	pg "CREATE TABLE big $columns; INSERT INTO big SELECT i, repeat('x', 90) FROM generate_series(1, 300000) i"
	my -d "$M2" "CREATE TABLE big $columns" && pg -d "$P2" "CREATE TABLE big $columns"
}

teardown() {
	[ ! -e vars ] || "$BATS_TEST_DIRNAME/servers.sh" stop "$(sed -n s/^SERVERS=//p vars)"
}

# four COMMAND...: runs it with A and B set to source and target, in all four directions.
four() {
	local A B
	for A in "$M" "$P"; do
		for B in "$M2" "$P2"; do
			echo "# ${A%%:*} to ${B%%:*}"
			"$@"
		done
	done
}

count() {
	sql "$1" 'SELECT count(*) FROM big'
}

# some_rows URL: a third of the rows, and no end mark.
some_rows() {
	extract --no-end -o id -w "id BETWEEN 1000 AND 101000" "$1" big
}

# ---- Killed ----

# extract, killed after a random while, at times before its first row and at times in its last.
extract_killed() {
	local killed=0 i status
	for i in 1 2 3 4; do
		rm -f fifo && mkfifo fifo
		load "$B" big <fifo >receipt 2>err 3>&- &
		local loader=$!
		extract "$A" big >fifo 2>/dev/null 3>&- &
		local extractor=$!
		sleep "0.$((RANDOM % 30 + 100 * (i % 2)))"
		kill -KILL $extractor 2>/dev/null && killed=$((killed + 1))
		wait $extractor || true
		status=0
		wait $loader || status=$?
		if [ $status = 0 ]; then # it was through already
			is "$(count "$B")" 300000
			[ "$B" = "$M2" ] && my -d "$B" 'TRUNCATE big' || pg -d "$B" 'TRUNCATE big'
		else
			is $status 3
			is "$(count "$B")" 0
			is "$(cat receipt)" ''
			one_line "$(cat err)"
		fi
	done
	[ $killed -gt 0 ]
}
@test "extract killed at any moment: load exits 3, the target has none of its rows" {
	four extract_killed
}

load_killed() {
	rm -f fifo && mkfifo fifo
	load "$B" big <fifo >receipt 2>err 3>&- &
	local loader=$! status=0
	exec 7>fifo
	some_rows "$A" >&7
	kill -KILL $loader
	wait $loader || true
	exec 7>&-
	wait_until eval '[ "$(count "$B")" = 0 ]'
	is "$(cat receipt)" ''
	# The next try finds nothing in its way.
	extract -w 'id < 1100' "$A" big | load "$B" big >receipt
	[ "$B" = "$M2" ] && my -d "$B" 'TRUNCATE big' || pg -d "$B" 'TRUNCATE big'
}
@test "load killed: the target has none of its rows" { four load_killed; }

@test "a pipeline whose extract fails is a failure of load too" {
	local B
	for B in "$M2" "$P2"; do
		exits 3 bash -c "extract -q 'SELECT 1 / (100 - id) AS id, v FROM big ORDER BY id' '$P' | load '$B' big"
		is "$(count "$B")" 0
	done
}

cut_stream() {
	local n
	extract -o id -w 'id < 1100' "$A" big >whole
	for n in 0 1 5 6 7 100 1000 $(($(wc -c <whole) - 1)) $(($(wc -c <whole) - 2)) $(($(wc -c <whole) - 3)); do
		head -c "$n" whole >cut
		echo "# cut at $n"
		# The mark's own line end may be missing; all else is a cut.
		if [ "$n" = $(($(wc -c <whole) - 1)) ]; then
			load --truncate "$B" big <cut >receipt || is $? 3
		else
			exits 3 load "$B" big <cut
			one_line "$stderr"
		fi
		[ "$B" = "$M2" ] && my -d "$B" 'TRUNCATE big' || pg -d "$B" 'TRUNCATE big'
	done
	extract -f ndjson -o id -w 'id < 1100' "$A" big >whole
	for n in 0 1 5 100 5000 $(($(wc -c <whole) - 2)) $(($(wc -c <whole) - 5)); do
		head -c "$n" whole >cut
		echo "# NDJSON cut at $n"
		exits 3 load "$B" big <cut
		is "$(count "$B")" 0
	done
	sed 1d whole >cut # a row that went missing is one too few for the mark
	exits 3 load "$B" big <cut
	is "$(count "$B")" 0
}
@test "a stream cut off anywhere" { four cut_stream; }

# kill_server PID: with PostgreSQL's backends, which live on for a while without their parent.
kill_server() {
	# shellcheck disable=SC2046 # words
	kill -KILL "$1" $(cat "/proc/$1"/task/*/children)
}

# Servers of their own, to be killed.
server_killed() { # mysql|pg source|target
	local pid url status=0
	"$BATS_TEST_DIRNAME/servers.sh" start "$1" >vars
	case $1 in
	mysql)
		pid=$(sed -n s/^MYSQL_PID=//p vars) url=$(sed -n s/^MYSQL_URL=//p vars)/mysql
		MYSQL_CNF=$(sed -n s/^MYSQL_CNF=//p vars)
		;;
	pg) pid=$(sed -n s/^PG_PID=//p vars) url=$(sed -n s/^PG_URL=//p vars)/postgres ;;
	esac
	sql "$url" 'CREATE TABLE big (id int PRIMARY KEY, v varchar(100))'
	rm -f fifo && mkfifo fifo
	if [ "$2" = target ]; then
		load "$url" big <fifo >receipt 2>err 3>&- &
		exec 7>fifo
		some_rows "$P" >&7
		kill_server "$pid"
		some_rows "$P" | sed '1d; s/^/-/' >&7 || true
		exec 7>&-
	else
		extract --no-end "$P" big | load --no-end "$url" big >receipt
		{ extract "$url" big 2>err.extract || echo $? >status; } >fifo 3>&- &
		{
			head -c 1000
			kill_server "$pid"
			cat
		} <fifo | load "$P2" big >receipt 2>err 3>&- &
	fi
	wait $! || status=$?
	cat err
	is $status 3
	is "$(cat receipt)" ''
	one_line "$(cat err)"
	if [ "$2" = source ]; then
		wait_until test -e status
		is "$(cat status)" 3
		one_line "$(cat err.extract)"
		is "$(count "$P2")" 0
	fi
}
@test "the target's server is killed: PostgreSQL" { server_killed pg target; }
@test "the target's server is killed: MySQL" { server_killed mysql target; }
@test "the source's server is killed: PostgreSQL" { server_killed pg source; }
@test "the source's server is killed: MySQL" { server_killed mysql source; }

@test "the backend of a load is ended by an administrator" {
	rm -f fifo && mkfifo fifo
	load "$P2" big <fifo >receipt 2>err 3>&- &
	local loader=$! status=0
	exec 7>fifo
	some_rows "$P" >&7
	pg "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${P2##*/}'"
	some_rows "$P" | sed '1d; s/^/-/' >&7 || true
	exec 7>&-
	wait $loader || status=$?
	is $status 3
	is "$(count "$P2")" 0
}

# ---- Output ----

full_disk() {
	local U
	for U in "$M" "$P"; do
		exits 3 bash -c "extract '$U' big >/dev/full"
		one_line "$stderr"
		has "$stderr" 'o space'
		exits 3 bash -c "extract -w 'id < 1001' '$U' big >/dev/full"
		exits 3 bash -c "extract -f ndjson '$U' big >/dev/full"
		exits 3 bash -c "extract --position '$U' >/dev/full"
	done
	exits 3 bash -c 'extract --help >/dev/full'
}
@test "/dev/full: an error, never exit 0" { full_disk; }

@test "/dev/full for the receipt and for rejects" {
	pg -d "$P2" 'CREATE TABLE few (id int)'
	run -3 --separate-stderr bash -c "printf 'id\n1\n\\\\.\n' | load '$P2' few >/dev/full"
	has "$stderr" 'o space'
	run --separate-stderr bash -c "printf 'id\n1\nx\n\\\\.\n' | load --reject /dev/full '$P2' few"
	[ "$status" -ge 2 ]
	exits 3 load --reject /nonexistent/file "$P2" few < <(stream id x)
	has "$stderr" /nonexistent/file
}

@test "SIGPIPE: a quiet exit" {
	local U
	for U in "$M" "$P"; do
		run --separate-stderr bash -c "extract '$U' big | head -n 1; exit \${PIPESTATUS[0]}"
		is "$status" 141
		is "$stderr" ''
		is "$output" id,v
		# The server's side is gone as well.
		wait_until eval '[ "$(sql "$U" "SELECT count(*) FROM $(processes)")" -le 1 ]'
	done
}
processes() {
	case $U in
	mysql*) echo "information_schema.processlist WHERE db = '${U##*/}' AND info LIKE '%big%' AND info NOT LIKE '%processlist%'" ;;
	*) echo "pg_stat_activity WHERE datname = '${U##*/}' AND state = 'active' AND query LIKE '%big%' AND query NOT LIKE '%pg_stat_activity%'" ;;
	esac
}

@test "SIGINT and SIGTERM end a load with nothing committed" {
	local signal B loader
	for B in "$M2" "$P2"; do
		for signal in TERM HUP; do
			rm -f fifo && mkfifo fifo
			load "$B" big <fifo >receipt 2>err 3>&- &
			loader=$!
			exec 7>fifo
			some_rows "$P" >&7
			kill -$signal $loader
			run wait $loader
			exec 7>&-
			wait_until eval '[ "$(count "$B")" = 0 ]'
		done
	done
}

# ---- Connections ----

@test "wrong password, unknown database, unreachable host: one line and a hint, no password" {
	local url
	local wrong=(
		"mysql://rowboat:hunter2@127.0.0.1:$MYSQL_PORT/${M##*/}"
		"mysql://nobody_here:hunter2@127.0.0.1:$MYSQL_PORT/${M##*/}"
		"postgres://locked:hunter2@127.0.0.1:$PG_PORT/${P##*/}"
		"postgres://nobody_here:hunter2@127.0.0.1:$PG_PORT/${P##*/}"
		"mysql://rowboat:secret@127.0.0.1:$MYSQL_PORT/no_such_db"
		"postgres://postgres:hunter2@127.0.0.1:$PG_PORT/no_such_db"
	)
	for url in "${wrong[@]}"; do
		echo "# $url"
		exits 2 extract "$url" big
		one_line "$stderr"
		lacks "$stderr" hunter2
		is "$output" ''
		exits 2 load "$url" big < <(stream id,v 1,)
		one_line "$stderr"
		lacks "$stderr" hunter2
	done
	exits 2 extract "${wrong[0]}" big
	has "$stderr" hint password
	for url in "mysql://rowboat:hunter2@127.0.0.1:1/x" "postgres://postgres:hunter2@127.0.0.1:1/x" \
		"postgres://postgres:hunter2@no-such-host.invalid/x" "mysql://u:hunter2@no-such-host.invalid/x"; do
		echo "# $url"
		exits 3 extract "$url" big
		one_line "$stderr"
		lacks "$stderr" hunter2
	done
	is "$(extract -q 'SELECT 1 AS a' "postgres://locked:sesame@127.0.0.1:$PG_PORT/${P##*/}")" "$(stream a 1)"
}

@test "bad URLs" {
	exits 2 extract 'mysql://u:hunter2@h:99999/x' t
	lacks "$stderr" hunter2
	exits 2 extract 'mysql://u:hunter2%zz@h/x' t
	lacks "$stderr" hunter2
	exits 2 extract nonsense t
	exits 2 extract "$M?no-such-option=1" big
	has "$stderr" no-such-option
	lacks "$stderr" secret
	exits 2 extract 'postgres://u:hunter2@h:port/x' t
	lacks "$stderr" hunter2
}

@test "no permission" {
	my "DROP USER IF EXISTS 'guest'@'%'; CREATE USER 'guest'@'%' IDENTIFIED BY 'hunter2';
		CREATE TABLE open_ (id int); GRANT SELECT ON ${M##*/}.open_ TO 'guest'@'%'"
	pg "CREATE TABLE open_ (id int); GRANT SELECT ON open_ TO locked"
	local U
	for U in "mysql://guest:hunter2@127.0.0.1:$MYSQL_PORT/${M##*/}" \
		"postgres://locked:sesame@127.0.0.1:$PG_PORT/${P##*/}"; do
		exits 0 extract "$U" open_
		exits 2 extract "$U" big
		one_line "$stderr"
		has "$stderr" big
		lacks "$stderr" hunter2 sesame
		exits 2 load "$U" open_ < <(stream id 1)
		one_line "$stderr"
		lacks "$stderr" hunter2 sesame
	done
	my "DROP USER 'guest'@'%'"
}

# The arguments of a running process, read until its connection stands.
@test "passwords are wiped from the process list at once" {
	local url pid
	for url in "$M2" "postgres://locked:sesame@127.0.0.1:$PG_PORT/${P##*/}" \
		"postgres://127.0.0.1:$PG_PORT/${P##*/}?user=locked&password=sesame"; do
		rm -f fifo && mkfifo fifo
		load "$url" big <fifo >receipt 2>err 3>&- &
		pid=$!
		exec 7>fifo
		sleep 0.3
		tr '\0' ' ' <"/proc/$pid/cmdline" >cmdline
		exec 7>&-
		wait $pid || true
		has "$(cat cmdline)" load 127.0.0.1 big
		lacks "$(cat cmdline err)" secret sesame
	done
}

@test "passwords from the usual places" {
	local bare="mysql://rowboat@127.0.0.1:$MYSQL_PORT/${M##*/}"
	is "$(MYSQL_PWD=secret extract -q 'SELECT 1 AS a' "$bare")" "$(stream a 1)"
	printf '[client]\npassword=secret\n' >"$BATS_TEST_TMPDIR/.my.cnf"
	chmod 600 "$BATS_TEST_TMPDIR/.my.cnf"
	is "$(HOME=$BATS_TEST_TMPDIR extract -q 'SELECT 1 AS a' "$bare")" "$(stream a 1)"
	bare=postgres://locked@127.0.0.1:$PG_PORT/${P##*/}
	is "$(PGPASSWORD=sesame extract -q 'SELECT 1 AS a' "$bare")" "$(stream a 1)"
	echo "127.0.0.1:*:*:locked:sesame" >pgpass
	chmod 600 pgpass
	is "$(PGPASSFILE=$PWD/pgpass extract -q 'SELECT 1 AS a' "$bare")" "$(stream a 1)"
	is "$(extract -q 'SELECT 1 AS a' "mysql://rowboat:secret@localhost/${M##*/}?socket=$MYSQL_SOCKET")" \
		"$(stream a 1)"
	is "$(PGHOST=$PG_SOCKET PGPORT=$PG_PORT PGUSER=postgres extract -q 'SELECT 1 AS a' "postgres:///${P##*/}")" \
		"$(stream a 1)"
}

@test "special characters in passwords" {
	my "DROP USER IF EXISTS 'odd'@'%'; CREATE USER 'odd'@'%' IDENTIFIED BY 'p@:/?#%é'; GRANT ALL ON *.* TO 'odd'@'%'"
	is "$(extract -q 'SELECT 1 AS a' "mysql://odd:p%40%3a%2F%3f%23%25%C3%A9@127.0.0.1:$MYSQL_PORT/${M##*/}")" \
		"$(stream a 1)"
	my "DROP USER 'odd'@'%'"
}
