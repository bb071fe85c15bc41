# backfill: a column more in a table in use.
# shellcheck disable=SC2154 # bats sets output and stderr
load lib

# people URL: 2500 rows, a key of two columns.
people() {
	sql "$1" 'DROP TABLE IF EXISTS people'
	sql "$1" 'CREATE TABLE people (a int, b varchar(20), name varchar(40), PRIMARY KEY (a, b))'
	seq 2500 | awk 'BEGIN { print "a,b,name" } { printf "%d,k%d,name %d\n", $1 % 50, $1, $1 }
		END { print "\\." }' | load "$1" people >/dev/null
}

not_null() {
	schema "$1" people | jq -r 'select(.name).columns[] | select(.name == "more") | .not_null // false'
}

@test "from an expression, NOT NULL in the end" {
	for url in "$M" "$P"; do
		people "$url"
		exits 0 backfill --expr "concat(name, '!')" --default "'none'" --not-null -r 1000 \
			--journal=journal "$url" people more 'varchar(60)'
		has "$stderr" 'add the column' 'fill batch 1 of 3' 'people.more is filled'
		is "$(sql "$url" "SELECT count(*) FROM people WHERE more = concat(name, '!')")" 2500
		is "$(not_null "$url")" true
		sql "$url" "INSERT INTO people (a, b) VALUES (99, 'new')"
		is "$(sql "$url" "SELECT more FROM people WHERE a = 99")" none
	done
	is "$(pg "SELECT count(*) FROM pg_constraint WHERE conrelid = 'people'::regclass
		AND contype = 'c'")" 0
	is "$(jq -r 'select(.status == "failed").step' journal)" ''
}

@test "PostgreSQL's table is not rewritten" {
	people "$P"
	node=$(pg "SELECT pg_relation_filenode('people')")
	exits 0 backfill --expr 1 --default 'random() * 9' --not-null "$P" people more int
	is "$(pg "SELECT pg_relation_filenode('people')")" "$node"
}

@test "from the source, by the key" {
	for pair in "$M $P" "$P $M"; do
		A=${pair% *} B=${pair#* }
		people "$A"
		people "$B"
		sql "$A" "ALTER TABLE people ADD more int; UPDATE people SET more = a * 2 WHERE a <> 7"
		sql "$B" "DELETE FROM people WHERE a = 3; INSERT INTO people VALUES (3, 'own', NULL)"
		exits 1 backfill --from "$A" --not-null -r 700 "$B" people more int
		has "$stderr" '51 rows of people still have no value in more'
		is "$(sql "$B" 'SELECT count(*) FROM people WHERE more = a * 2')" 2400
		is "$(not_null "$B")" false
		# what is left gets another value
		exits 0 backfill --expr 0 --not-null "$B" people more int
		has "$stderr" 'the column is there already'
		is "$(sql "$B" 'SELECT count(*) FROM people WHERE more = 0 AND a IN (0, 3, 7)')" 101
		is "$(not_null "$B")" true
		is "$(sql "$B" "SELECT count(*) FROM information_schema.tables
			WHERE table_name LIKE 'rowboat_backfill%'")" 0
	done
}

@test "an expression in the source's SQL, another table there" {
	people "$M"
	people "$P"
	my 'DROP TABLE IF EXISTS persons; RENAME TABLE people TO persons'
	exits 0 backfill --from "$M" --from-table persons --expr 'LENGTH(name)' "$P" people more smallint
	is "$(pg 'SELECT count(*) FROM people WHERE more = length(name)')" 2500
}

@test "a value that the column cannot hold" {
	people "$M"
	people "$P"
	exits 2 backfill --from "$M" --expr 'a + 32760' "$P" people more smallint
	has "$stderr" 'column more' 'does not fit smallint'
	exits 0 backfill --from "$M" --expr 'a' "$P" people more smallint
}

@test "killed and run again, while rows come" {
	for url in "$M" "$P"; do
		people "$url"
		for delay in 0.4 0.8 1.2; do
			backfill --expr 'a + 1' --default 0 -r 200 --throttle 1000 "$url" people more int \
				>/dev/null 2>&1 3>&- &
			sleep $delay
			kill -KILL $! || true
			wait $! || true
			sql "$url" "INSERT INTO people (a, b) VALUES (77, 'after $delay')" || true
		done
		exits 0 backfill --expr 'a + 1' --default 0 --not-null -r 200 "$url" people more int
		is "$(sql "$url" 'SELECT count(*) FROM people WHERE more = a + 1 OR (a = 77 AND more = 0)')" \
			2503
		is "$(not_null "$url")" true
	done
}

@test "a lock that cannot be had is given up and tried again" {
	people "$P"
	pg 'BEGIN; SELECT count(*) FROM people; SELECT pg_sleep(4); COMMIT' >/dev/null 3>&- &
	sleep 0.3
	exits 3 backfill --expr 1 --lock-timeout 1 --tries 1 "$P" people more int
	has "$stderr" 'lock timeout'
	exits 0 backfill --expr 1 --lock-timeout 1 "$P" people more int
	has "$stderr" 'trying again in'
	wait
}

@test "MySQL: a time of the last change stays" {
	people "$M"
	my "ALTER TABLE people ADD changed timestamp NOT NULL DEFAULT '2020-01-01 00:00:00'
		ON UPDATE CURRENT_TIMESTAMP"
	exits 0 backfill --expr 5 "$M" people more int
	is "$(my "SELECT count(*) FROM people WHERE changed = '2020-01-01 00:00:00' AND more = 5")" 2500
}

@test "a dry run, and usage" {
	people "$P"
	exits 0 backfill --expr 1 --not-null -r 1000 --dry-run "$P" people more int
	has "$stderr" 'would add the column: ALTER TABLE' 'would fill 3 batches' 'NOT VALID'
	is "$(pg "SELECT count(*) FROM information_schema.columns WHERE table_name = 'people'")" 3
	exits 0 backfill --help
	exits 2 backfill "$P" people more int
	exits 2 backfill --expr 1 "$P" people more
	exits 2 backfill --expr 1 --rows no "$P" people more int
	exits 2 backfill --expr 1 "$P" nowhere more int
}

@test "names that could be options" {
	my 'CREATE TABLE `-r` (`--help` INT PRIMARY KEY); INSERT INTO `-r` VALUES (1), (2)'
	pg 'CREATE TABLE "-r" ("--help" INT PRIMARY KEY); INSERT INTO "-r" VALUES (1), (2)'
	exits 0 backfill --from "$M" --expr '`--help` * 5' -- "$P" -r '-k "x' int
	is "$(pg 'SELECT sum("-k ""x") FROM "-r"')" 15
}
