# bigbang: a whole database in one go.
# shellcheck disable=SC2154 # bats sets output and stderr
load lib

# Servers of its own: whether A has changed, a MySQL server tells of all its databases, and
# PostgreSQL counts what autovacuum commits.
setup_file() {
	start_own_servers '' '-c autovacuum=off'
	new_databases
}

teardown_file() {
	stop_own_servers
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	use_own_servers
}

# sixty URL: the schema of 60 tables, in a MySQL database.
sixty() {
	"$BATS_TEST_DIRNAME/sample/sixty.sh" 20000 | my -d "$1"
}

# small URL: three tables, two of which refer to each other.
small() {
	sql "$1" "CREATE TABLE hen (id int PRIMARY KEY, egg int);
		CREATE TABLE egg (id int PRIMARY KEY, hen int);
		CREATE TABLE log (at int, text varchar(20));
		INSERT INTO hen VALUES (1, 2), (2, 1); INSERT INTO egg VALUES (1, 1), (2, NULL);
		INSERT INTO log VALUES (1, 'a'), (1, 'a'), (2, NULL);
		ALTER TABLE hen ADD CONSTRAINT lays FOREIGN KEY (egg) REFERENCES egg (id);
		ALTER TABLE egg ADD CONSTRAINT hatches FOREIGN KEY (hen) REFERENCES hen (id)"
}

loaded() {
	grep -c '(part [0-9]* of' <<<"$stderr" || true
}

@test "60 tables, MariaDB to PostgreSQL and back" {
	new_databases
	sixty "$M"
	exits 0 bigbang --journal=journal --part=6000 "$M" "$P"
	has "$output" '60 tables, ' '300 checks, 0 not passed' 'big '
	has "$stderr" 'open_invoices_1: a view: not translated'
	is "$(jq -r 'select(.status == "failed").step' journal)" ''
	is "$(jq -r 'select(.status == "done" and (.step | startswith("load big "))).step' journal |
		wc -l)" 4
	is "$(pg "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated")" 28
	id=$(pg "INSERT INTO invoice_1 (customer) VALUES (1) RETURNING id")
	is "$id" "$(my "SELECT auto_increment FROM information_schema.tables
		WHERE table_schema = database() AND table_name = 'invoice_1'")"
	pg "DELETE FROM invoice_1 WHERE id = $id"
	exits 0 bigbang --format=json "$P" "$M2"
	is "$(jq -r '.result, (.tables | length)' <<<"$output" | tr '\n' ' ')" 'same 60 '
	is "$(my -d "$M2" "SELECT count(*) FROM information_schema.referential_constraints
		WHERE constraint_schema = database()")" 28
	exits 0 validate --checks=count,digest "$M" "$M2"
}

@test "run again when all is there, and when A has changed" {
	for pair in "$M $P2" "$P $M2"; do
		new_databases
		A=${pair% *} B=${pair#* }
		small "$A"
		exits 0 bigbang "$A" "$B"
		is "$(loaded)" 3
		exits 0 bigbang "$A" "$B"
		has "$stderr" 'all rows are there already' 'there already: CREATE TABLE'
		is "$(sql "$B" 'SELECT count(*) FROM log')" 3
		sql "$A" "INSERT INTO log VALUES (3, 'later')"
		exits 1 bigbang "$A" "$B"
		has "$stderr" 'A has changed since' '--truncate deletes the rows'
		is "$(sql "$B" 'SELECT count(*) FROM log')" 3
		exits 0 bigbang --truncate "$A" "$B"
		is "$(sql "$B" 'SELECT count(*) FROM log')" 4
	done
}

@test "rows that are there already are not touched" {
	new_databases
	small "$M"
	pg 'CREATE TABLE log (at int, text varchar(20)); INSERT INTO log VALUES (7)'
	exits 1 bigbang "$M" "$P"
	has "$stderr" 'log: the table has rows already' 'nothing was loaded'
	lacks "$stderr" 'A has changed'
	is "$(pg 'SELECT * FROM log')" $'7\t'
	# what cannot be read need not have rows
	pg 'DROP TABLE log; CREATE VIEW log AS SELECT 1 AS at WHERE 1 / (random() * 0)::int = 1'
	exits 2 bigbang "$M" "$P" log
	has "$stderr" 'division by zero'
	lacks "$stderr" '--truncate'
}

@test "a filter for the rows of one table; its digest is compared" {
	new_databases
	small "$M"
	my "INSERT INTO log VALUES (3, '\"\\\\'); ALTER TABLE log ADD seen date DEFAULT NULL;
		SET sql_mode = ''; INSERT INTO log VALUES (4, 'never', '0000-00-00')"
	exits 2 bigbang "$M" "$P"
	has "$stderr" 'log line 6: column seen: 0000-00-00 is a zero date'
	exits 0 bigbang --format=json --filter 'log=cast seen=zero-date:null' "$M" "$P"
	is "$(jq -c '[.result, (.tables | map(.rows) | add)]' <<<"$output")" '["same",9]'
	is "$(jq -c '.checks[] | select(.table == "log") | [.check, .match, .report.filter]' <<<"$output")" \
		'["digest",true,"cast seen=zero-date:null"]'
	is "$(pg "SELECT count(*) FROM log WHERE text = 'never' AND seen IS NULL")" 1
	# what the filter does not explain is found
	pg "UPDATE log SET at = 5 WHERE text = 'never'"
	exits 1 validate --filter 'log=cast seen=zero-date:null' "$M" "$P"
	has "$output" 'log' 'DIFFERS' '11 checks: 10 the same, 1 differ'
	# a filter that fails cuts the stream off
	exits 2 validate --filter 'log=head -n 2' "$M" "$P"
	has "$output" 'TROUBLE' 'cut off'
	exits 3 bigbang --truncate --filter 'log=head -n 2' "$M" "$P"
	exits 2 bigbang --filter 'lag=cat' "$M" "$P"
	has "$stderr" "there is no table 'lag'"
	exits 2 bigbang --filter 'log' "$M" "$P"
}

@test "what is not moved is named, whether tables of our own are there or not" {
	new_databases
	my 'CREATE TABLE t (id int PRIMARY KEY, n int); CREATE VIEW v AS SELECT 1;
		CREATE TRIGGER audit BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1;
		CREATE PROCEDURE renew() SELECT 1'
	exits 0 bigbang --format=json "$M" "$P"
	warnings=$(jq -r '.warnings[]' <<<"$output" | sort)
	is "$warnings" "schema: warning: a.audit: a trigger on t: not translated
schema: warning: a.renew: a procedure: not translated
schema: warning: a.v: a view: not translated"
	my 'CREATE TABLE rowboat_once (id int)'
	exits 0 bigbang --truncate --format=json "$M" "$P"
	is "$(jq -r '.warnings[]' <<<"$output" | sort)" "$warnings"
	is "$(jq -r '.tables[].table' <<<"$output")" t
}

# The fence of MySQL closes the whole server; these servers are this file's own.
@test "the fence of MySQL and MariaDB" {
	new_databases
	small "$M"
	# read_only does not stop who may change it
	my "CREATE USER app IDENTIFIED BY 'app'; GRANT ALL ON ${M##*/}.* TO app"
	sed 's/=rowboat$/=app/; s/=secret$/=app/' "$MYSQL_CNF" >app.cnf
	app() {
		mariadb --defaults-file="$PWD/app.cnf" "${M##*/}" -e "$1"
	}
	pg 'CREATE TABLE log (at int, text varchar(20)); INSERT INTO log VALUES (7)'
	exits 1 bigbang --fence "$M" "$P"
	has "$stderr" 'it failed: writes on A are allowed again'
	is "$(fence status "$M" | jq -r .writes)" on
	app "INSERT INTO log VALUES (8, 'b')"
	exits 0 bigbang --fence --truncate "$M" "$P"
	is "$(pg 'SELECT count(*) FROM log')" 4
	is "$(fence status "$M" | jq -r .writes)" off
	exits 0 bigbang --fence "$M" "$P"
	has "$stderr" 'all rows are there already'
	exits 1 app 'DELETE FROM log'
	has "$stderr" 'read-only'
	exits 0 fence on "$M"
	app 'DELETE FROM log'
	my 'DROP USER app'
}

@test "a dry run says what it would do and does nothing" {
	new_databases
	small "$M"
	exits 0 bigbang --dry-run "$M" "$P" hen egg
	has "$stderr" 'would make the tables' 'would load hen, about'
	lacks "$stderr" secret 'load log'
	is "$(pg "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")" 0
}

@test "a table is missing from what is named: its foreign key is left out" {
	new_databases
	small "$M"
	exits 2 bigbang "$M" "$P" hen
	has "$stderr" 'line '
	new_databases
	small "$M"
	exits 0 bigbang "$M" "$P" log
	lacks "$stderr" 'not translated'
	is "$(pg "SELECT string_agg(tablename, ',' ORDER BY tablename) FROM pg_tables
		WHERE schemaname = 'public'")" log,rowboat_once
}

# nobody_has VARIABLE=VALUE: no process, since children inherit it.
nobody_has() {
	! grep -qszFx "$1" /proc/[0-9]*/environ
}

@test "ended by a signal: at once, and nothing of it is left" {
	new_databases
	small "$M"
	mkdir temporary
	export TMPDIR=$PWD/temporary
	for signal in TERM HUP; do
		rm -f begun
		RUN_OF=$PWD bigbang --fence --filter 'log=touch begun; sleep 600; cat' "$M" "$P" \
			2>errors 3>&- &
		wait_until test -e begun
		kill -$signal $!
		status=0
		wait $! || status=$?
		is "$status" $((128 + $(kill -l $signal)))
		has "$(cat errors)" 'it failed: writes on A are allowed again'
		is "$(fence status "$M" | jq -r .writes)" on
		wait_until nobody_has "RUN_OF=$PWD"
		is "$(ls temporary)" ''
	done
}

@test "no password is in the process list" {
	new_databases
	small "$M"
	# shellcheck disable=SC2016 # the filter's
	spy='for f in /proc/[0-9]*/cmdline; do tr "\\0" " " <$f; echo; done 2>/dev/null >>seen; cat'
	url="${P/postgres@/postgres:tobe\'seen@}?sslpassword=tobe%27seen"
	is "$(grep -o tobe <<<"$url" | wc -l)" 2
	exits 0 bigbang --filter "log=$spy" "$M" "$url" log
	exits 0 validate --filter "log=$spy" "$M" "$url" log
	# programs wipe theirs when they begin: a moment later
	scripts=$(grep -a '^/bin/sh \|^/usr/bin/perl ' seen)
	has "$scripts" 'bigbang --filter log=' 'validate --filter log=' 'parallel' \
		'postgres:***@' 'sslpassword=***'
	lacks "$scripts" tobe
}

# hostile: tables in $P whose names a shell, an option parser or a regular expression would take
# for something else.
hostile() {
	for name in -r --help 'two words' "it's" '"quoted"' 'dot.ted' '100%s' 'back\s\\lash' 'star*' \
		'{1} {%}' "\$(id)" 'žluť' '10' '1e1' ' edge '; do
		name=\"${name//\"/\"\"}\"
		printf 'CREATE TABLE %s (id int PRIMARY KEY, n int);INSERT INTO %s VALUES (1, NULL), (2, 5);\n' \
			"$name" "$name"
	done | pg
}

@test "names of every kind, folders with spaces, options of GNU parallel in the environment" {
	new_databases
	hostile
	mkdir "it's a \$folder"
	export TMPDIR="$PWD/it's a \$folder" PARALLEL=--tag FILTERS=$'10\tfalse\n' dry_run=yes journal=/
	exits 0 bigbang --journal=here --format=json --filter '1e1=cat' "$P" "$P2"
	is "$(jq -r '.tables | length, (map(.rows) | add)' <<<"$output" | tr '\n' ' ')" '15 30 '
	is "$(jq -r .step here | grep -c 'load.*part.*of 15')" 30
	is "$(jq -c '.checks[] | select(.table == "1e1") | .report.filter' <<<"$output")" '"cat"'
	is "$(jq -c '[.checks[] | select(.table == "10")] | length' <<<"$output")" 5
	exits 0 timeout 60 bigbang "$P" "$M" -- -r --help "it's" '"dot.ted"'
	has "$output" '"dot.ted"' '4 tables, 8 rows'
	is "$(ls -A "$TMPDIR")" ''
}

@test "standard input that is closed" {
	new_databases
	small "$P"
	timeout 60 bigbang --checks=none "$P" "$P2" log <&- 2>errors
	timeout 60 bigbang --truncate --checks=none "$P" "$P2" log <&- 2>errors
}

@test "killed at any moment and run again: each row once" {
	new_databases
	sixty "$M"
	for delay in 0.1 0.3 0.6 0.9 1.3 1.8 2.5 4; do
		RUN_OF=$PWD bigbang --checks=none "$M" "$P" >/dev/null 2>&1 3>&- &
		sleep $delay
		kill -KILL $! || true
		wait $! || true
	done
	# what it had begun ends by itself
	wait_until nobody_has "RUN_OF=$PWD"
	# shellcheck disable=SC2016 # expanded at each try
	wait_until eval '[ "$(pg "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")" = 1 ]'
	exits 0 bigbang --checks=count,digest "$M" "$P"
	has "$output" '120 checks, 0 not passed'
}

@test "written to while it runs: one moment of all tables" {
	new_databases
	small "$M"
	my 'CREATE TABLE one (id int PRIMARY KEY); CREATE TABLE two (id int PRIMARY KEY)'
	for ((i = 1; i < 100000; i++)); do
		[ ! -e calm ] || break
		echo "BEGIN; INSERT INTO one VALUES ($i); INSERT INTO two VALUES ($i); COMMIT;"
		sleep 0.002
	done 3>&- | my &
	sleep 0.5
	bigbang --checks=none "$M" "$P" one two
	touch calm
	wait
	is "$(pg 'SELECT max(id), count(*) FROM one')" "$(pg 'SELECT max(id), count(*) FROM two')"
	[ "$(pg 'SELECT count(*) FROM one')" -lt "$(my 'SELECT count(*) FROM one')" ]
}

@test "the fence of PostgreSQL: closed when it succeeded, open when it failed" {
	new_databases
	small "$P"
	my -d "$M2" 'CREATE TABLE log (at int, text varchar(20)); INSERT INTO log VALUES (7, NULL)'
	exits 1 bigbang --fence "$P" "$M2"
	has "$stderr" 'it failed: writes on A are allowed again'
	is "$(fence status "$P" | jq -r .writes)" on
	pg "INSERT INTO log VALUES (8, 'b')"
	exits 0 bigbang --fence --truncate "$P" "$M2"
	is "$(fence status "$P" | jq -r .writes)" off
	exits 0 bigbang --fence "$P" "$M2"
	has "$stderr" 'all rows are there already'
	exits 1 pg 'DELETE FROM log'
	has "$stderr" 'read-only'
	exits 0 fence on "$P"
	pg 'DELETE FROM log'
}

@test "usage" {
	exits 0 bigbang --help
	exits 2 bigbang "$M"
	exits 2 bigbang -j x "$M" "$P"
	exits 2 bigbang --format=xml "$M" "$P"
	exits 2 bigbang --checks='none, of these' "$M" "$P"
	has "$stderr" "--checks: 'none' is none of"
	new_databases
	exits 2 bigbang "$M" "$P"
	has "$stderr" 'A has no tables'
	small "$M"
	exits 2 bigbang "$M" "$P" log egg "${M##*/}.log"
	has "$stderr" "named twice: ${M##*/}.log"
	is "$(pg "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")" 0
}
