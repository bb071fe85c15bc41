# follow: copy, then changes, in one command.

# shellcheck disable=SC2154 # bats sets stderr
load lib

# tables URL: the tables of the workload, empty.
tables() {
	sql "$1" 'DROP TABLE IF EXISTS item, pair, journal, scrap, rowboat_checkpoint'
	workload "$1" -v tables=1 | sql "$1"
}

# wrote URL COUNT: so many transactions have been.
wrote() {
	[ "$(sql "$1" 'SELECT count(*) FROM journal')" -gt "$2" ]
}

same_tables() {
	local table
	for table in item pair journal scrap; do
		exits 0 diff "$1" $table "$2" $table
	done
}

teardown() {
	touch calm
	wait
	capture --drop-slot "$P" 2>/dev/null || true
}

# Copies A to B while A is written to, and catches up.
follows() {
	local A=$1 B=$2
	tables "$A"
	tables "$B"
	rm -f calm
	writer "$A" 3>&- &
	wait_until wrote "$A" 40
	exits 0 follow --until now "$A" "$B"
	has "$stderr" 'copying 4 tables' 'applying changes'
	# started again, it goes on
	exits 0 follow --until now "$A" "$B"
	lacks "$stderr" copying
	touch calm
	wait
	exits 0 follow --until now "$A" "$B"
	same_tables "$A" "$B"
}

@test "MySQL to PostgreSQL, written to all the while" { follows "$M" "$P"; }
@test "PostgreSQL to MySQL, written to all the while" { follows "$P" "$M"; }

@test "Rowboat's own tables stay where they are, others of such a name do not" {
	local A B pair url
	for pair in "$M $P" "$P $M"; do
		new_databases
		read -r A B <<<"$pair"
		for url in "$A" "$B"; do
			sql "$url" 'CREATE TABLE rowboat_once_more (id int PRIMARY KEY)'
		done
		sql "$A" 'CREATE TABLE rowboat_once (id varchar(9) PRIMARY KEY)'
		sql "$A" 'INSERT INTO rowboat_once_more VALUES (1)'
		is "$(schema --list "$A")" rowboat_once_more
		exits 0 follow --until now "$A" "$B"
		sql "$A" "INSERT INTO rowboat_once_more VALUES (2); INSERT INTO rowboat_once VALUES ('x')"
		exits 0 follow --until now "$A" "$B"
		is "$(sql "$B" 'SELECT id FROM rowboat_once_more ORDER BY id')" $'1\n2'
		[[ $A != postgres* ]] || capture --drop-slot "$A"
	done
	new_databases
}

@test "a copy that cannot be is not half begun" {
	tables "$M"
	tables "$P"
	pg "INSERT INTO pair VALUES (1, 'there', 1)"
	my "INSERT INTO pair VALUES (2, 'new', 2)"
	exits 3 follow --until now "$M" "$P"
	has "$stderr" 'pair: the table has rows already' 'begin again with --truncate'
	exits 1 cdcapply --from-checkpoint "$P"
	exits 0 follow --until now --truncate "$M" "$P"
	is "$(pg 'SELECT a, b FROM pair')" $'2\tnew'
}

@test "some tables, from a position, under another name of the stream" {
	tables "$M"
	tables "$P"
	my "INSERT INTO pair VALUES (1, 'old', 1)"
	position=$(extract --position "$M")
	my "INSERT INTO pair VALUES (2, 'new', 2); INSERT INTO scrap VALUES (1, 'x')"
	exits 0 follow -s other --from "$position" --until now "$M" "$P" pair
	is "$(pg 'SELECT a, b FROM pair')" $'2\tnew'
	is "$(pg 'SELECT count(*) FROM scrap')" 0
	exits 0 cdcapply -s other --from-checkpoint "$P"
	exits 1 cdcapply --from-checkpoint "$P"
}

@test "an altered table stops it, and it goes on once that is dealt with" {
	tables "$M"
	tables "$P"
	exits 0 follow --until now "$M" "$P"
	my "ALTER TABLE pair ADD COLUMN extra INT; INSERT INTO pair VALUES (1, 'a', 1, 7)"
	exits 1 follow --until now "$M" "$P"
	has "$stderr" 'ALTER TABLE pair ADD COLUMN extra INT'
	exits 0 follow --on-ddl apply --until now "$M" "$P"
	is "$(pg 'SELECT a, extra FROM pair')" $'1\t7'
}

# As gh-ost and pt-online-schema-change do it: a copy of the table in its new form, kept up to
# date, then both names change at once.
swap() {
	my "CREATE TABLE _new LIKE people; ALTER TABLE _new ADD COLUMN age int NOT NULL DEFAULT 30, DROP COLUMN note;
		INSERT INTO _new (id, name) SELECT id, name FROM people;
		INSERT INTO people VALUES (10$1, 'late', ''); INSERT INTO _new VALUES (10$1, 'late', 3$1);
		RENAME TABLE people TO _old, _new TO people; DROP TABLE _old;
		UPDATE people SET age = 4$1 WHERE id = 1; ALTER TABLE people ADD COLUMN note text, DROP COLUMN age"
}

follow_tables() {
	local table
	my 'DROP TABLE IF EXISTS people, _new, _old, copied, fresh, fresh2, rowboat_checkpoint, item, pair, journal, scrap;
		CREATE TABLE people (id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(50), note text, KEY (name));
		INSERT INTO people (name) VALUES ("a"), ("b")'
	sql "$1" 'DROP TABLE IF EXISTS people, _new, _old, copied, fresh, fresh2, rowboat_checkpoint, item, pair, journal, scrap'
	schema --to "${1%%:*}" "$M" people | sql "$1"
	exits 0 follow --until now "$M" "$1"
	swap 1
	swap 2
	my "CREATE TABLE fresh (id bigint unsigned PRIMARY KEY AUTO_INCREMENT, e enum('x','y') NOT NULL, d datetime(3));
		INSERT INTO fresh (e, d) VALUES ('y', '2020-01-01 00:00:00.5');
		CREATE TEMPORARY TABLE passing (id int); INSERT INTO passing VALUES (1); DROP TABLE passing;
		CREATE TABLE copied SELECT id, name FROM people; TRUNCATE fresh;
		INSERT INTO fresh (e) VALUES ('x'); ALTER TABLE fresh RENAME TO fresh2, ADD COLUMN n int"
	# each statement that the target lacks stops it
	exits 1 follow --until now "$M" "$1"
	has "$stderr" 'CREATE TABLE _new LIKE people'
	exits 0 follow --on-ddl apply --until now "$M" "$1"
	for table in people fresh2 copied; do
		exits 0 diff "$M" $table "$1" $table
	done
	is "$(schema --list "$1" | grep -v rowboat_ | sort | paste -sd ' ')" 'copied fresh2 people'
	# a table that is made of rows stops before them, and again
	my 'DROP TABLE copied; CREATE TABLE copied SELECT id FROM people'
	exits 1 follow --until now "$M" "$1"
	has "$stderr" 'DROP TABLE `copied`'
	sql "$1" 'DROP TABLE copied'
	for i in 1 2; do
		exits 1 follow --until now "$M" "$1"
		has "$stderr" 'CREATE TABLE `copied`'
	done
	sql "$1" 'CREATE TABLE copied (id int)'
	exits 0 follow --until now "$M" "$1"
	exits 0 diff "$M" copied "$1" copied
}

@test "tables that come, go and change their names: MySQL to PostgreSQL" { follow_tables "$P"; }
@test "tables that come, go and change their names: MySQL to MySQL" { follow_tables "$M2"; }

@test "a table or column of PostgreSQL that gets another name is not lost" {
	pg 'DROP TABLE IF EXISTS item, pair, journal, scrap, people, fresh2, copied, rowboat_checkpoint;
		CREATE TABLE people (id int PRIMARY KEY, name text)'
	my 'DROP TABLE IF EXISTS item, pair, journal, scrap, people, fresh2, copied, rowboat_checkpoint;
		CREATE TABLE people (id int PRIMARY KEY, name text)'
	exits 0 follow --until now "$P" "$M" people
	pg "INSERT INTO people VALUES (1, 'a')"
	pg "ALTER TABLE people RENAME name TO label;
		INSERT INTO people VALUES (2, 'b')"
	exits 1 follow --until now "$P" "$M" people
	has "$stderr" "label may be new, or an old one's new name: the columns of people"
	is "$(my 'SELECT * FROM people')" $'1\ta'
	exits 2 follow --on-ddl skip --until now "$P" "$M" people
	has "$stderr" 'has no column label'
	is "$(my 'SELECT * FROM people')" $'1\ta'
	my 'ALTER TABLE people CHANGE name label text'
	exits 0 follow --until now "$P" "$M" people
	is "$(my 'SELECT * FROM people')" $'1\ta\n2\tb'
	pg "ALTER TABLE people RENAME TO folk; INSERT INTO folk VALUES (3, 'c')"
	exits 2 follow --until now "$P" "$M" people
	has "$stderr" 'no table of the source matches --table'
	exits 2 follow --until now "$P" "$M" folk
	has "$stderr" 'table rb_follow.folk does not exist'
	my 'ALTER TABLE people RENAME TO folk'
	exits 0 follow --until now "$P" "$M" folk
	is "$(my 'SELECT count(*) FROM folk')" 3
}

@test "ended by a signal: at once, and started again it goes on" {
	local signal
	tables "$M"
	tables "$P"
	mkdir temporary
	for signal in TERM HUP; do
		TMPDIR=$PWD/temporary RUN_OF=$PWD follow "$M" "$P" pair >receipt 2>errors 3>&- &
		wait_until grep -q 'applying changes' errors
		my "INSERT INTO pair VALUES ($(kill -l $signal), '$signal', 1)"
		wait_until eval '[ "$(pg "SELECT count(*) FROM pair WHERE b = '\'$signal\''")" = 1 ]' || { kill $!; false; }
		kill -$signal $!
		status=0
		wait $! || status=$?
		is "$status" $((128 + $(kill -l $signal)))
		wait_until eval '! grep -qszFx "RUN_OF=$PWD" /proc/[0-9]*/environ'
		is "$(ls temporary)" ''
	done
	is "$(pg 'SELECT count(*) FROM pair')" 2
}

@test "usage" {
	exits 2 follow
	exits 2 follow "$M"
	exits 2 follow --nonsense "$M" "$P"
	has "$stderr" 'follow: unknown option' --help
	exits 0 follow --help
	has "$output" usage --until
}

@test "parts loaded at different moments converge" {
	local from
	tables "$M"
	tables "$P"
	rm -f calm
	writer "$M" 3>&- &
	position=$(extract --position "$M")
	my "INSERT INTO pair VALUES (1000, 'after the position', 1)" # a conflict at least
	for from in 0 8 16 24 1000; do
		wait_until wrote "$M" $((from % 1000 * 10))
		extract -w "a >= $from AND a < $from + 8" "$M" pair | load --mode upsert "$P" pair
	done
	touch calm
	wait
	exits 0 capture --from "$position" --until now -t pair "$M" >events
	exits 0 cdcapply "$P" <<<"$output"
	[ "$(jq .conflicts <<<"$output")" -gt 0 ]
	exits 0 diff "$M" pair "$P" pair
}

# around: both streams, one round; how many events each applied.
around() {
	follow -s there --skip-applied --until now "$M" "$P" pair >there.out 2>>around.log
	follow -s back --skip-applied --until now "$P" "$M" pair >back.out 2>>around.log
	echo "$(jq .events there.out) $(jq .events back.out)"
}

@test "there and back at once do not feed each other" {
	tables "$M"
	tables "$P"
	# the table of checkpoints is there when the publication is made
	cdcapply -s there --set-checkpoint "$(extract --position "$M")" "$P"
	exits 0 capture --create-slot --slot back --publication back --skip-applied -t pair "$P"
	cdcapply -s back --set-checkpoint "$output" "$M"
	my "INSERT INTO pair VALUES (1, 'a', 1), (2, 'a', 1)"
	pg "INSERT INTO pair VALUES (101, 'b', 1), (102, 'b', 1)"
	is "$(around)" '2 2'
	is "$(around)" '0 0'
	my "UPDATE pair SET v = 2 WHERE a = 101"
	pg "UPDATE pair SET v = 3 WHERE a = 1; DELETE FROM pair WHERE a = 2"
	is "$(around)" '1 2'
	is "$(around)" '0 0'
	exits 0 diff "$M" pair "$P" pair
	is "$(pg 'SELECT a, v FROM pair ORDER BY a' | paste -sd ' ')" $'1\t3.00 101\t2.00 102\t1.00'
	capture --drop-slot --slot back --publication back "$P"
}
