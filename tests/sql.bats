# sql: scripts in either engine; extract's moments for many readers.
# shellcheck disable=SC2154 # bats sets output and stderr
load lib
unset -f sql # here it is the program

@test "statements in order, up to the first that fails" {
	for url in "$M" "$P"; do
		exits 2 sql "$url" <<-'EOT'
			-- a comment; no statement
			CREATE TABLE t (a int, b varchar(20));
			INSERT INTO t VALUES (1, 'a;b'), (2, '--');

			SELECT * FROM t; INSERT INTO t VALUES (3, /* ; */ 'c');
			NONSENSE HERE;
			INSERT INTO t VALUES (4, 'never');
		EOT
		has "$stderr" 'sql: line 6: NONSENSE HERE: '
		one_line "$stderr"
		is "$(extract --no-end -o a "$url" t)" $'a,b\n1,a;b\n2,--\n3,c'
		exits 0 sql --skip-existing "$url" <<<"CREATE TABLE t (a int); INSERT INTO t VALUES (5, 'e')"
		is "$stderr" 'sql: there already: CREATE TABLE t (a int)'
		exits 2 sql --skip-existing "$url" <<<'CREATE TABLE u (a int a)'
	done
}

@test "all or nothing" {
	for url in "$M" "$P"; do
		sql "$url" <<<'CREATE TABLE one (a int)'
		exits 2 sql -1 "$url" <<<'INSERT INTO one VALUES (1); INSERT INTO one VALUES (2, 3)'
		is "$(extract --no-end "$url" one)" a
		exits 0 sql -1 "$url" <<<'INSERT INTO one VALUES (1); INSERT INTO one VALUES (2);'
		is "$(extract --no-end "$url" one | wc -l)" 3
	done
}

@test "paragraphs at a time, settings in every session, the worst exit status" {
	for url in "$M" "$P"; do
		seq 20 | awk '{ printf "CREATE TABLE p%d (a int);\nINSERT INTO p%d VALUES (%d);\n\n", $1, $1, $1 }' |
			sql -j 3 "$url"
		is "$(schema --list "$url" | grep -c '^p[0-9]')" 20
		is "$(extract --no-end "$url" p17 | tail -n 1)" 17
		exits 2 sql -j 2 "$url" <<<$'SELECT 1;\n\nNONSENSE;\n\nSELECT 2'
		has "$stderr" 'line 3: NONSENSE'
	done
	exits 0 sql -j 2 "$P" <<-'EOT'
		SET search_path = nowhere, pg_catalog;

		SELECT 1 / (current_setting('search_path') LIKE 'nowhere%')::int;

		SELECT 1 / (current_setting('search_path') LIKE 'nowhere%')::int;
	EOT
	exits 3 sql 'postgres://127.0.0.1:1/x' <<<'SELECT 1'
	exits 2 sql -1 -j 2 "$P" </dev/null
}

# A session that serves on the socket `ask`; the file descriptor 7 keeps it.
serving() {
	mkfifo alive
	exec 7<>alive
	extract --serve ask "$@" <alive >ready 7>&- 3>&- &
	wait_until test -s ready
}

@test "one snapshot for many tables" {
	for url in "$M" "$P"; do
		sql "$url" <<<"DROP TABLE IF EXISTS a; DROP TABLE IF EXISTS b; CREATE TABLE a (x int);
			CREATE TABLE b (x int); INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (3)"
		serving "$url"
		sql "$url" <<<'DELETE FROM a; DELETE FROM b'
		is "$(extract --ask ask a)" $'x\n1\n2\n\\.'
		is "$(extract --ask ask b | cat)" $'x\n3\n\\.'
		extract --ask ask --where 'x > 1' a >out
		is "$(cat out)" $'x\n2\n\\.'
		exits 3 extract --ask ask nowhere
		is "$output" ''
		has "$stderr" 'the session ended'
		wait $! || is $? 2
		exits 3 extract --ask ask a
		has "$stderr" 'no session'
		exec 7>&-
		rm alive ready
		serving "$url"
		exec 7>&-
		wait $!
		test ! -e ask
		rm alive ready
	done
}

@test "a session takes any name, and is its user's alone" {
	sql "$P" <<<$'CREATE TABLE "a\tb" (x int); INSERT INTO "a\tb" VALUES (1), (2)'
	umask 0
	serving "$P"
	is "$(stat -c '%a %F' ask)" '600 socket'
	is "$(extract --ask ask --where $'x >\t1' $'"a\tb"')" $'x\n2\n\\.'
	exits 3 extract --serve ask "$P" </dev/null
	has "$stderr" 'in use'
	has "$stderr" 'hint: remove it'
	is "$(extract --ask ask $'"a\tb"' | wc -l)" 4
	exec 7>&-
	wait $!
}

@test "a session that is killed leaves nobody waiting, nor does one who asked and has gone" {
	sql "$P" <<<'DROP TABLE IF EXISTS a; CREATE TABLE a (x int);
		INSERT INTO a SELECT generate_series(1, 300000)'
	serving "$P"
	session=$!
	mkfifo slow
	# nobody reads: the session stands in the midst of the stream when it is killed
	extract --ask ask a 2>errors >slow 3>&- &
	exec 6<slow
	is "$(head -c 1 <&6)" x
	kill -KILL $session
	wait $! || is $? 3
	has "$(cat errors)" 'the session ended'
	wait $session || is $? 137
	lacks "$(tail -n 1 <&6)" '\.'
	exec 6<&- 7>&-
	rm ask alive ready
	serving "$P"
	session=$!
	extract --ask ask a 3>&- | head -n 1 || is $? 3
	wait $session || true # the signal of a broken pipe
	exits 3 extract --ask ask a
	exec 7>&-
	exits 2 extract --ask ask
	exits 2 extract --ask ask a b
	exits 2 extract --ask ask --query 'SELECT 1' a
}

@test "a moment held: the state changes when something is committed" {
	# MySQL's lock would be the whole server's; bigbang's tests take it.
	state() {
		extract --hold "$P" </dev/null | jq -r .state
	}
	sql "$P" <<<'CREATE TABLE held (a int)'
	mkfifo hold
	extract --hold "$P" <hold >moment 3>&- &
	exec 7>hold
	wait_until test -s moment
	before=$(jq -r .state moment)
	sql "$P" <<<'INSERT INTO held VALUES (1)'
	is "$(extract --no-end --snapshot "$(jq -r .snapshot moment)" "$P" held)" a
	is "$(extract --no-end "$P" held | tail -n 1)" 1
	exec 7>&-
	wait $!
	[ "$(state)" != "$before" ]
	wait_until eval '[ "$(state)" = "$(state)" ]' # others may write to this server
}
