# cdcapply: change events into databases.

# shellcheck disable=SC2154 # bats sets stderr
load lib

# ---- Events ----

# Each of these writes lines to standard output. Positions grow from event to event.
pos=1000 txn=0 order=0 events=0

# ev OP TABLE BEFORE AFTER: a row's change, in the transaction of the last `begin`.
ev() {
	order=$((order + 1)) events=$((events + 1)) pos=$((pos + 10))
	printf '{"op":"%s","before":%s,"after":%s,"source":{"version":"rowboat 0.1","connector":"mysql",%s' \
		"$1" "$3" "$4" '"db":"shop","schema":null,'
	printf '"table":"%s","file":"bin.000001","pos":%d,"row":0},' "$2" "$pos"
	printf '"transaction":{"id":"t%d","total_order":%d},"ts_ms":1700000000000}\n' "$txn" "$order"
}

begin() {
	txn=$((txn + 1)) order=0
}

position() {
	printf '{"connector":"mysql","file":"bin.000001","pos":%d,"gtid":"0-1-%d"}' "$pos" "$txn"
}

commit() {
	pos=$((pos + 10))
	printf '{"status":"END","id":"t%d","event_count":%d,"ts_ms":1700000000000,"position":%s}\n' \
		"$txn" "$order" "$(position)"
}

# tx OP TABLE BEFORE AFTER: a transaction of one event.
tx() {
	begin
	ev "$@"
	commit
}

# ddl TABLE SQL
ddl() {
	pos=$((pos + 10))
	printf '{"source":{"version":"rowboat 0.1","connector":"mysql","db":"shop","schema":null,"table":"%s",' "$1"
	printf '"file":"bin.000001","pos":%d},"databaseName":"shop","schemaName":null,"ddl":%s,' \
		"$((pos - 1))" "$(jq -Rn --arg s "$2" '$s')"
	printf '"ts_ms":1700000000000,"position":%s}\n' "$(position)"
}

# ddls SQL TABLE...: a statement on several tables, of which the stream has these.
ddls() {
	local sql=$1 table tables
	shift
	pos=$((pos + 10))
	tables=$(printf '{"db":"shop","table":"%s"}\n' "$@" | jq -sc .)
	for table; do
		pos=$((pos - 10))
		ddl "$table" "$sql" | jq -c --argjson t "$tables" '.tables = $t'
		pos=$((pos + 10))
	done
}

# has_tables NAME...: these of the tables that the tests below make are there.
has_tables() {
	is "$(sql "$U" "SELECT table_name FROM information_schema.tables WHERE table_schema IN
		('public', '${M##*/}') AND table_name LIKE 'dt%' ORDER BY table_name" | paste -sd ' ')" "$*"
}

no_tables() {
	local t
	for t in dt dt_new dt_old dt_a dt_b dt_like dt_tmp; do
		sql "$U" "DROP TABLE IF EXISTS $t"
	done
}

fin() {
	printf '{"$end":%d}\n' "$events"
}

# both COMMAND...: runs it with U set to the one database's URL, then to the other's.
both() {
	local U
	for U in "$M" "$P"; do
		echo "# $U" | sed 's/:[^:]*@/@/'
		sql "$U" "DROP TABLE IF EXISTS rowboat_checkpoint"
		pos=1000 txn=0 order=0 events=0
		"$@"
	done
}

# make NAME COLUMNS: a new table in U's database.
make() {
	sql "$U" "DROP TABLE IF EXISTS $1"
	sql "$U" "CREATE TABLE $1 ($2)"
}

# rows NAME: the table's rows, sorted, without header and mark.
rows() {
	extract --no-end "$U" "$1" | tail -n +2 | sort
}

# counts MEMBER...: of the receipt in $output.
counts() {
	local list=
	for m; do list+="${list:+,}.$m"; done
	jq -c "[$list]" <<<"$output"
}

# ---- Rows ----

basics() {
	make t 'id int PRIMARY KEY, name varchar(20)'
	{
		tx c t null '{"id":1,"name":"a"}'
		begin
		ev c t null '{"id":2,"name":"b"}'
		ev u t '{"id":1,"name":"a"}' '{"id":1,"name":"A, \"x\""}'
		ev d t '{"id":2,"name":"b"}' null
		ev c t null '{"id":3,"name":null}'
		commit
		fin
	} >events
	exits 0 cdcapply "$U" <events
	is "$stderr" ''
	is "$(rows t)" $'1,"A, ""x"""\n3,'
	is "$(counts stream events transactions conflicts skipped)" '["rowboat",5,2,0,0]'
	is "$(jq -c .position <<<"$output")" "$(position)"
	is "$(cdcapply --from-checkpoint "$U")" "$(position)"
}
@test "rows are inserted, updated and deleted; a receipt tells of it" { both basics; }

# Replays do nothing, also to tables without a key.
replay() {
	make t 'id int PRIMARY KEY, n int'
	make log 'line varchar(20)'
	{
		tx c t null '{"id":1,"n":1}'
		tx c log null '{"line":"one"}'
		cp /dev/stdin head.events < <(:)
		begin
		ev u t '{"id":1,"n":1}' '{"id":1,"n":2}'
		ev c log null '{"line":"two"}'
		commit
		fin
	} >events
	exits 0 cdcapply "$U" <events
	exits 0 cdcapply "$U" <events
	is "$(counts events transactions skipped)" '[0,0,4]'
	exits 0 cdcapply --group 1 "$U" <events
	is "$(rows t)" '1,2'
	is "$(rows log)" $'one\ntwo'
	# another stream has a checkpoint of its own
	exits 0 cdcapply --stream other "$U" <events
	is "$(rows log)" $'one\none\ntwo\ntwo'
}
@test "a replay is skipped" { both replay; }

cut_off() {
	make t 'id int PRIMARY KEY, n int'
	{
		tx c t null '{"id":1,"n":1}'
		begin
		ev c t null '{"id":2,"n":1}'
	} >events
	exits 3 cdcapply "$U" <events
	has "$stderr" 'end mark'
	is "$(rows t)" '1,1'
	is "$(counts events transactions)" '[1,1]'
	exits 3 cdcapply --no-end "$U" <events
	has "$stderr" 'inside a transaction'
	is "$(rows t)" '1,1'
	# the rest comes with the next run
	{
		cat events
		ev c t null '{"id":3,"n":1}'
		commit
	} >more
	exits 0 cdcapply --no-end "$U" <more
	is "$(rows t)" $'1,1\n2,1\n3,1'
}
@test "an input that is cut off: whole transactions are applied, parts are not" { both cut_off; }

unique() {
	make t 'id int PRIMARY KEY, u int UNIQUE'
	local i
	for size in 1 40; do
		{
			begin
			ev c t null '{"id":1,"u":1}'
			ev c t null '{"id":2,"u":2}'
			for ((i = 3; i < size; i++)); do ev c t null "{\"id\":$i,\"u\":$i}"; done
			commit
			# a swap
			begin
			ev u t '{"id":1,"u":1}' '{"id":1,"u":null}'
			ev u t '{"id":2,"u":2}' '{"id":2,"u":1}'
			ev u t '{"id":1,"u":null}' '{"id":1,"u":2}'
			for ((i = 3; i < size; i++)); do
				ev u t "{\"id\":$i,\"u\":$i}" "{\"id\":$i,\"u\":$((i + 1000))}"
			done
			commit
			# a key that moves, and one that takes its place
			begin
			ev u t '{"id":1,"u":2}' '{"id":-1,"u":2}'
			ev u t '{"id":2,"u":1}' '{"id":1,"u":1}'
			ev u t '{"id":-1,"u":2}' '{"id":2,"u":3000}'
			for ((i = 3; i < size; i++)); do
				ev d t "{\"id\":$i,\"u\":$((i + 1000))}" null
			done
			commit
			fin
		} >events
		for group in 1 1000; do
			sql "$U" 'DELETE FROM t'
			exits 0 cdcapply --stream "$size-$group" --group "$group" "$U" <events
			is "$(rows t)" $'1,1\n2,3000'
			is "$(counts conflicts)" '[0]'
		done
		events=0
	done
}
@test "swaps of unique values and keys that move" { both unique; }

# A set that cannot be applied as one, since values in a unique key wander.
wander() {
	make t 'id int PRIMARY KEY, u int UNIQUE'
	{
		begin
		for i in {1..50}; do ev c t null "{\"id\":$i,\"u\":$i}"; done
		commit
		for i in {50..1}; do tx u t "{\"id\":$i,\"u\":$i}" "{\"id\":$i,\"u\":$((i + 1))}"; done
		fin
	} >events
	head -n 51 events >first
	tail -n +52 events >rest
	exits 0 cdcapply --no-end "$U" <first
	exits 0 cdcapply --no-end "$U" < <(head -n -1 rest)
	is "$(rows t | md5sum)" "$(for i in {1..50}; do echo "$i,$((i + 1))"; done | sort | md5sum)"
}
@test "values of a unique key that wander from row to row" { both wander; }

absent() {
	make t 'id int PRIMARY KEY, n int, long_text varchar(100) NOT NULL'
	for size in 1 30; do
		sql "$U" 'DELETE FROM t'
		{
			begin
			for ((i = 1; i <= size; i++)); do ev c t null "{\"id\":$i,\"n\":0,\"long_text\":\"long $i\"}"; done
			commit
			begin
			for ((i = 1; i <= size; i++)); do ev u t null "{\"id\":$i,\"n\":1}"; done
			# only the key before, only what changed after
			ev u t '{"id":1}' '{"n":2}'
			commit
			fin
		} >events
		exits 0 cdcapply --stream "a$size" "$U" <events
		is "$(rows t)" "$({
			echo '1,2,long 1'
			for ((i = 2; i <= size; i++)); do echo "$i,1,long $i"; done
		} | sort)"
		# without the rows that they complete
		head -n $((size + 1)) events >first
		tail -n +$((size + 2)) events >rest
		sql "$U" 'DELETE FROM t'
		exits 0 cdcapply --stream "b$size" --no-end "$U" <first
		exits 0 cdcapply --stream "b$size" --no-end "$U" < <(head -n -1 rest)
		is "$(rows t | head -n 1)" '1,2,long 1'
		is "$(counts conflicts)" '[0]'
		events=0
	done
}
@test "absent columns are left as they are" { both absent; }

no_key() {
	make t 'a int, b varchar(10), c double precision'
	{
		begin
		ev c t null '{"a":1,"b":"x","c":0.1}'
		ev c t null '{"a":1,"b":"x","c":0.1}'
		ev c t null '{"a":null,"b":null,"c":null}'
		ev c t null '{"a":2,"b":"","c":1.5}'
		commit
		begin
		ev d t '{"a":1,"b":"x","c":0.1}' null
		ev u t '{"a":null,"b":null,"c":null}' '{"a":null,"b":"y","c":null}'
		ev u t '{"a":2,"b":"","c":1.5}' '{"a":3,"b":"","c":1.5}'
		commit
		fin
	} >events
	exits 0 cdcapply "$U" <events
	is "$(rows t)" $',y,\n1,x,0.1\n3,"",1.5'
	is "$(counts conflicts)" '[0]'
}
@test "a table without a key: one of equal rows is meant" { both no_key; }

truncate() {
	make t 'id int PRIMARY KEY, n int'
	{
		begin
		for i in {1..30}; do ev c t null "{\"id\":$i,\"n\":0}"; done
		ev t t null null
		ev c t null '{"id":7,"n":1}'
		commit
		fin
	} >events
	exits 0 cdcapply "$U" <events
	is "$(rows t)" '7,1'
	is "$(counts truncated)" '[1]'
	exits 0 cdcapply --stream 2 --on-truncate skip "$U" <events
	is "$(rows t | wc -l)" 30
	exits 2 cdcapply --stream 3 --on-truncate error "$U" <events
	has "$stderr" 'line 31' 'emptied'
}
@test "TRUNCATE, in its place among the rows" { both truncate; }

# ---- Conflicts ----

conflicts() {
	make t 'id int PRIMARY KEY, n int'
	for size in 1 40; do
		for policy in upsert skip error; do
			sql "$U" 'DELETE FROM t'
			sql "$U" 'INSERT INTO t VALUES (1, 0)'
			{
				begin
				ev c t null '{"id":1,"n":1}'
				ev u t '{"id":2,"n":0}' '{"id":2,"n":1}'
				ev d t '{"id":3,"n":0}' null
				for ((i = 10; i < size; i++)); do ev c t null "{\"id\":$i,\"n\":0}"; done
				commit
				fin
			} >events
			events=0
			echo "# $size $policy"
			if [ $policy = error ]; then
				exits 2 cdcapply --stream "$size$policy" --conflict error "$U" <events
				has "$stderr" 'line 1:' 'insert of a row that is there already (id=1)'
				is "$(rows t)" '1,0'
				continue
			fi
			exits 0 cdcapply --stream "$size$policy" --conflict $policy "$U" <events
			is "$(counts conflicts)" '[3]'
			if [ $policy = skip ]; then
				is "$(rows t | head -n 1)" '1,0'
			else
				is "$(rows t | grep -v ',0$')" $'1,1\n2,1'
			fi
		done
	done
}
@test "conflicts: upsert, skip, error" { both conflicts; }

# Changes that are in the target already, as after a copy made later than the position.
catching_up() {
	make t 'id int PRIMARY KEY, n int, b varchar(10)'
	for size in 1 1000; do
		sql "$U" 'DELETE FROM t'
		sql "$U" "INSERT INTO t VALUES (1, 2, 'x'), (5, 5, 'x')"
		{
			tx c t null '{"id":1,"n":1,"b":"x"}'
			tx u t '{"id":1,"n":1}' '{"id":1,"n":2}'
			tx c t null '{"id":3,"n":3,"b":"x"}'
			tx u t '{"id":3,"n":3}' '{"id":3,"n":4}'
			tx u t '{"id":3,"n":4,"b":"x"}' '{"id":4,"n":5,"b":"x"}'
			tx d t '{"id":4,"n":5}' null
			# 4 was 5 for a while
			tx c t null '{"id":4,"n":5,"b":"x"}'
			tx u t '{"id":4,"n":5,"b":"x"}' '{"id":5,"n":5,"b":"x"}'
			fin
		} >events
		events=0
		exits 0 cdcapply --stream "s$size" --group "$size" "$U" <events
		is "$(rows t)" $'1,2,x\n5,5,x'
	done
}
@test "changes that are in the target already converge" { both catching_up; }

# ---- Tables and columns ----

mapping() {
	sql "$U" 'DROP TABLE IF EXISTS t'
	make users 'id int PRIMARY KEY, n int'
	make other 'id int PRIMARY KEY, n int'
	{
		tx c t null '{"id":1,"n":1}'
		fin
	} >events
	exits 2 cdcapply "$U" <events
	one_line "$stderr"
	has "$stderr" 'line 1' table rb_cdcapply
	exits 0 cdcapply --ignore-unmapped "$U" <events
	is "$(counts events ignored)" '[0,1]'
	exits 0 cdcapply --stream 2 --map shop.t=users "$U" <events
	is "$(rows users)" '1,1'
	exits 0 cdcapply --stream 3 --map 't=other' "$U" <events
	is "$(rows other)" '1,1'
	exits 0 cdcapply --stream 4 --table 'u*' --table 'x.*' "$U" <events
	is "$(counts events ignored)" '[0,1]'
	exits 2 cdcapply --map 't' "$U" <events
	has "$stderr" 'SOURCE=TARGET'
}
@test "--map, --table, --ignore-unmapped" { both mapping; }

columns() {
	make t 'id int PRIMARY KEY, n int, m int DEFAULT 7'
	{
		tx c t null '{"id":1,"n":1,"x":5}'
		fin
	} >events
	exits 2 cdcapply "$U" <events
	one_line "$stderr"
	has "$stderr" 'line 1' 't has no column x' '--ignore-extra'
	exits 0 cdcapply --ignore-extra "$U" <events
	is "$(rows t)" '1,1,7'
}
@test "columns that the target lacks" { both columns; }

generated() {
	local stored=STORED
	[ "$U" = "$P" ] || stored=PERSISTENT
	on_mysql && stored=STORED
	make t "id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) $stored"
	{
		tx c t null '{"id":1,"n":1,"twice":99}'
		begin
		for i in {2..30}; do ev c t null "{\"id\":$i,\"n\":$i,\"twice\":99}"; done
		ev u t '{"id":1,"n":1,"twice":99}' '{"id":1,"n":5,"twice":99}'
		commit
		fin
	} >events
	exits 0 cdcapply "$U" <events
	is "$(sql "$U" 'SELECT twice FROM t WHERE id IN (1, 30) ORDER BY id')" $'10\n60'
}
@test "columns that the target computes" { both generated; }

hostile() {
	local t="a\`\"'; DROP TABLE keep; -- x"
	make keep 'id int'
	if [ "$U" = "$M" ]; then
		my "DROP TABLE IF EXISTS \`${t//\`/\`\`}\`;
			CREATE TABLE \`${t//\`/\`\`}\` (\`i\`\`d\"\` int PRIMARY KEY, \`'); --\` text)"
	else
		pg "DROP TABLE IF EXISTS \"${t//\"/\"\"}\""
		pg "CREATE TABLE \"${t//\"/\"\"}\" (\"i\`d\"\"\" int PRIMARY KEY, \"'); --\" text)"
	fi
	{
		for i in {1..30}; do
			tx c "${t//\"/\\\"}" null '{"i`d\"":'$i',"'"'"'); --":"'"'"'; DROP TABLE keep; -- \\"}'
		done
		tx u "${t//\"/\\\"}" null '{"i`d\"":1,"'"'"'); --":"x"}'
		tx d "${t//\"/\\\"}" '{"i`d\"":2}' null
		fin
	} >events
	for group in 1 1000; do
		exits 0 cdcapply --stream "s$group" --group $group "$U" <events
	done
	exits 0 cdcapply --stream "it's \"x\"" "$U" <events
	is "$(cdcapply --stream "it's \"x\"" --from-checkpoint "$U")" "$(position)"
	exits 0 extract "$U" keep
	{
		tx c 'no\u0000such' null '{"a":1}'
		fin
	} >events
	exits 2 cdcapply "$U" <events
	has "$stderr" 'holds a NUL'
	{
		tx c keep null '{"id\u0000x":1,"\u0000":2,"id":3}'
		tx c keep null '{"id\u0000y":1,"\u0000":2,"id":4}'
		fin
	} >events
	exits 2 cdcapply "$U" <events
	exits 0 cdcapply --ignore-extra --stream nul "$U" < <(sed 's/"$end":[0-9]*/"$end":2/' events)
}
@test "hostile names and values" { both hostile; }

misfit() {
	make t 'id int PRIMARY KEY, n smallint'
	{
		tx c t null '{"id":1,"n":1}'
		tx c t null '{"id":2,"n":99999}'
		fin
	} >events
	for group in 1 100; do
		exits 2 cdcapply --group $group "$U" <events
		has "$stderr" 'line 3' 'column n' '99999'
	done
	is "$(rows t)" '1,1'
}
@test "a value that does not fit ends the stream" { both misfit; }

# ---- Foreign keys and triggers ----

foreign_keys() {
	sql "$U" 'DROP TABLE IF EXISTS child, parent'
	make parent 'id int PRIMARY KEY, n int'
	make child 'id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES parent(id) ON DELETE CASCADE'
	{
		begin
		for i in {1..40}; do
			ev c parent null "{\"id\":$i,\"n\":0}"
			ev c child null "{\"id\":$i,\"p\":$i}"
		done
		commit
		begin
		for i in {1..40}; do
			ev d child "{\"id\":$i,\"p\":$i}" null
			ev d parent "{\"id\":$i,\"n\":0}" null
		done
		ev c parent null '{"id":1,"n":0}'
		ev c child null '{"id":1,"p":1}'
		commit
		# the row goes and comes again: its child stays on the source
		begin
		ev u parent '{"id":1,"n":0}' '{"id":1,"n":1}'
		commit
		fin
	} >events
	for option in '' --fire-triggers; do
		sql "$U" 'DELETE FROM child'
		sql "$U" 'DELETE FROM parent'
		# shellcheck disable=SC2086 # none or one
		exits 0 cdcapply --stream "s$option" $option "$U" <events
		is "$(rows parent)" 1,1
		is "$(rows child)" 1,1
		is "$(counts conflicts)" '[0]'
	done
}
@test "foreign keys, checked or not" { both foreign_keys; }

# ---- Streams without positions or transactions ----

repair() {
	local a=$1 b=$2
	sql "$a" 'DROP TABLE IF EXISTS r'
	sql "$a" 'CREATE TABLE r (id int PRIMARY KEY, a varchar(20), b numeric(10,2), c timestamp NULL)'
	sql "$b" 'DROP TABLE IF EXISTS r'
	sql "$b" 'CREATE TABLE r (id int PRIMARY KEY, a varchar(20), b numeric(10,2), c timestamp NULL)'
	sql "$a" "INSERT INTO r VALUES (1,'a',1.5,NULL),(2,'b',2,'2024-01-02 03:04:05'),(3,NULL,NULL,NULL)"
	sql "$b" "INSERT INTO r VALUES (1,'a',1.5,NULL),(2,'B',2,'2024-01-02 03:04:05'),(9,'x',0,NULL)"
	diff "$a" r "$b" r >repair.events || [ $? = 1 ]
	exits 0 cdcapply "$b" <repair.events
	is "$(counts events conflicts)" '[3,0]'
	exits 0 diff "$a" r "$b" r
	# again: no harm
	exits 0 cdcapply "$b" <repair.events
	exits 0 diff "$a" r "$b" r
	# no table of ours is left behind
	run extract "$b" rowboat_checkpoint
	[ "$status" = 2 ]
}
@test "diff | cdcapply repairs" {
	both :
	repair "$M" "$M2"
	repair "$P" "$P2"
	sql "$P" 'DROP TABLE r'
	sql "$P" 'CREATE TABLE r (id int PRIMARY KEY, a varchar(20), b numeric(10,2), c timestamptz NULL)'
	repair_types=1
}

@test "diff | cdcapply repairs a table without a key" {
	local a b
	for pair in "$M $M2" "$P $P2"; do
		read -r a b <<<"$pair"
		sql "$a" 'DROP TABLE IF EXISTS r'
		sql "$a" 'CREATE TABLE r (a varchar(20), b int)'
		sql "$b" 'DROP TABLE IF EXISTS r'
		sql "$b" 'CREATE TABLE r (a varchar(20), b int)'
		sql "$a" "INSERT INTO r VALUES ('a',1),('a',1),(NULL,2),('c',NULL)"
		sql "$b" "INSERT INTO r VALUES ('a',1),('x',1),('x',1),(NULL,2),(NULL,2)"
		diff --no-key "$a" r "$b" r >repair.events || [ $? = 1 ]
		exits 0 cdcapply "$b" <repair.events
		exits 0 diff --no-key "$a" r "$b" r
	done
}

# ---- Crashes ----

# Killed in the middle, again and again; the whole stream is sent each time.
killed() {
	make t 'id int PRIMARY KEY, n int'
	make log 'line int'
	(
		at_full_speed
		for i in {1..3000}; do
			begin
			if ((i % 3)); then ev c t null "{\"id\":$i,\"n\":0}"; fi
			ev c log null "{\"line\":$i}"
			commit
		done
		fin
	) >events
	for i in {1..12}; do
		cdcapply --group 50 "$U" <events >/dev/null 2>&1 &
		sleep "0.0$((RANDOM % 9))"
		kill -KILL $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	done
	exits 0 cdcapply --group 50 "$U" <events
	is "$(sql "$U" 'SELECT count(*), count(DISTINCT line), min(line), max(line) FROM log')" \
		$'3000\t3000\t1\t3000'
	is "$(sql "$U" 'SELECT count(*) FROM t')" 2000
}
@test "killed at any moment: nothing is lost, nothing comes twice" { both killed; }

# A transaction larger than memory: one transaction of the target all the same.
large() {
	make t 'id int PRIMARY KEY, v varchar(1000)'
	{
		tx c t null '{"id":0,"v":"first"}'
		begin
		awk -v pos="$pos" 'BEGIN {
			v = sprintf("%900s", ""); gsub(" ", "x", v)
			for (i = 1; i <= 40000; i++)
				printf "{\"op\":\"c\",\"before\":null,\"after\":{\"id\":%d,\"v\":\"%s\"},\"source\":{\"version\":\"rowboat 0.1\",\"connector\":\"mysql\",\"db\":\"shop\",\"table\":\"t\",\"file\":\"bin.000001\",\"pos\":%d,\"row\":0},\"transaction\":{\"id\":\"t2\",\"total_order\":%d},\"ts_ms\":1}\n", i, v, pos + i, i
		}'
		pos=$((pos + 50000)) order=40000 events=40001
		commit
		fin
	} >events
	exits 3 cdcapply "$U" < <(head -n -2 events)
	is "$(rows t)" '0,first'
	exits 0 cdcapply "$U" <events
	is "$(counts events transactions skipped)" '[40000,1,1]'
	is "$(sql "$U" 'SELECT count(*), max(id) FROM t')" $'40001\t40000'
	# as the first that a stream ever sees, too, it is applied once
	sed '1,2d;$d' events >alone
	exits 0 cdcapply --no-end --stream alone "$U" <alone
	exits 0 cdcapply --no-end --stream alone "$U" <alone
	is "$(counts events transactions skipped)" '[0,0,40000]'
}
@test "a transaction larger than memory" { both large; }

# A capture that was broken off tells its last transaction once more.
broken_off() {
	make t 'id int PRIMARY KEY, n int'
	make log 'line varchar(2100)'
	local long size
	for size in 1 2000; do
		sql "$U" 'DELETE FROM log'
		printf -v long "%${size}s" x
		(
			at_full_speed
			tx c log null '{"line":"first"}'
			begin
			ev c log null '{"line":"a'"$long"'"}'
			for i in {1..10000}; do
				((size > 1)) || break
				ev c log null '{"line":"x'"$long"'"}'
			done
			order=0 events=$((events - i + 1))
			ev c log null '{"line":"a'"$long"'"}'
			ev c log null '{"line":"b"}'
			commit
			begin
			ev c log null '{"line":"c"}'
			begin
			ev c log null '{"line":"d"}'
			commit
		) >events
		exits 0 cdcapply --no-end --stream "s$size" "$U" <events
		is "$(rows log | cut -c1)" $'a\nb\nd\nf'
		is "$(counts transactions events)" '[3,4]'
	done
}
@test "a transaction that is told once more counts once" { both broken_off; }

# A server that took over: other files, the same transactions.
failover() {
	make log 'line varchar(20)'
	{
		for i in 1 2 3; do tx c log null "{\"line\":\"$i\"}"; done
		fin
	} | sed -E 's/"row":0\}(.*"id":"t)([0-9]+)/"row":0,"gtid":"0-1-\2"}\1\2/' >events
	exits 0 cdcapply "$U" <events
	for file in 000000 000009; do
		sed "s/bin.000001/bin.$file/" events >other
		exits 0 cdcapply "$U" <other
		is "$(counts skipped events)" '[3,0]'
	done
	sed -E 's/0-1-3/0-2-4/; s/bin.000001/bin.000000/; s/"3"/"4"/' events >other
	exits 0 cdcapply "$U" <other
	is "$(rows log)" $'1\n2\n3\n4'
}
@test "a source that took over, by its GTIDs" { both failover; }

# Debezium's events have no marks of where to go on.
debezium() {
	make log 'line int'
	local i
	for i in {0..9}; do
		printf '{"before":null,"after":{"line":%d},"source":{"version":"2.5","connector":"mysql","name":"s","ts_ms":1700000000000,"db":"shop","table":"log","file":"bin.000001","pos":%d,"row":%d},"op":"c","ts_ms":1}\n' \
			"$i" "$((100 + i / 3))" "$((i % 3))"
	done >events
	exits 0 cdcapply --no-end "$U" < <(head -n 5 events)
	exits 0 cdcapply --no-end "$U" <events
	is "$(counts skipped events)" '[5,5]'
	exits 0 cdcapply --no-end "$U" <events
	is "$(rows log)" "$(seq 0 9)"
}
@test "replays of Debezium's events are skipped" { both debezium; }

# Debezium's events of PostgreSQL have an order; the rows of a COPY have one place in it.
debezium_postgres() {
	make log 'line int'
	# dbz LINE LSN TRANSACTION
	dbz() {
		printf '{"before":null,"after":{"line":%d},"source":{"version":"2.5","connector":"postgresql","name":"s","ts_ms":1700000000000,"db":"shop","schema":"public","table":"log","txId":%d,"lsn":%d,"sequence":"[\\"%d\\",\\"%d\\"]"},"op":"c","ts_ms":1}\n' \
			"$1" "$3" "$2" "$((100 * $3))" "$2"
	}
	{
		dbz 0 100 1
		for i in {1..6}; do dbz "$i" 200 2; done
		dbz 7 201 2
		dbz 8 300 3
	} >events
	# cut within the COPY; then all again, and only the rest
	exits 0 cdcapply --no-end "$U" < <(head -n 4 events)
	is "$(sql "$U" 'SELECT sequence FROM rowboat_checkpoint')" "$(printf '%020d:%020d#3' 200 200)"
	exits 0 cdcapply --no-end "$U" < <(head -n 5 events)
	is "$(counts skipped events)" '[4,1]'
	exits 0 cdcapply --no-end "$U" < <(tail -n +6 events | head -n 1)
	is "$(counts skipped events)" '[0,1]'
	exits 0 cdcapply --no-end "$U" <events
	is "$(counts skipped events)" '[6,3]'
	exits 0 cdcapply --no-end "$U" < <(cat events; dbz 9 400 4)
	is "$(counts skipped events)" '[9,1]'
	is "$(rows log)" "$(seq 0 9)"
}
@test "replays of Debezium's events of PostgreSQL are skipped, rows with one LSN are not lost" { both debezium_postgres; }

# A definition of Debezium's counts once, too.
debezium_ddl() {
	no_tables
	make dt 'id int PRIMARY KEY'
	{
		printf '{"source":{"version":"2.5","connector":"mysql","db":"shop","table":"dt","file":"bin.000001","pos":100},"databaseName":"shop","ddl":"RENAME TABLE dt TO dt_old","tableChanges":[],"ts_ms":1}\n'
		printf '{"source":{"version":"2.5","connector":"mysql","db":"shop","table":"dt","file":"bin.000001","pos":200},"databaseName":"shop","ddl":"CREATE TABLE dt (id int PRIMARY KEY)","tableChanges":[],"ts_ms":1}\n'
		printf '{"before":null,"after":{"id":1},"source":{"version":"2.5","connector":"mysql","ts_ms":1,"db":"shop","table":"dt","file":"bin.000001","pos":300,"row":0},"op":"c","ts_ms":1}\n'
		printf '{"source":{"version":"2.5","connector":"mysql","db":"shop","table":"dt_old","file":"bin.000001","pos":400},"databaseName":"shop","ddl":"DROP TABLE dt_old","tableChanges":[],"ts_ms":1}\n'
	} >events
	for i in 1 2; do
		exits 0 cdcapply --no-end --on-ddl apply "$U" <events
		has_tables dt
		is "$(rows dt)" 1
	done
	no_tables
}
@test "replays of Debezium's definitions are skipped" { both debezium_ddl; }

# SIGTERM: what is whole is committed.
stopped() {
	make t 'id int PRIMARY KEY, n int'
	mkfifo pipe
	cdcapply --group 1h "$U" <pipe >receipt 2>err &
	local pid=$!
	exec 7>pipe
	{
		tx c t null '{"id":1,"n":1}'
		begin
		ev c t null '{"id":2,"n":1}'
	} >&7
	sleep 0.5
	kill -TERM $pid
	exec 7>&-
	run wait $pid
	rm pipe
	is "$(rows t)" '1,1'
	is "$(jq .events <receipt)" 1
}
@test "SIGTERM: whole transactions are committed" { both stopped; }

other_source() {
	make t 'id int PRIMARY KEY, n int'
	{
		tx c t null '{"id":1,"n":1}'
		fin
	} >events
	exits 0 cdcapply "$U" <events
	cat >pg.events <<'END'
{"op":"c","before":null,"after":{"id":5,"n":1},"source":{"version":"rowboat 0.1","connector":"postgresql","db":"x","schema":"public","table":"t","lsn":"0/10","commit_lsn":"0/20","txId":7},"transaction":{"id":"7:0/20","total_order":1},"ts_ms":1700000000000}
{"status":"END","id":"7:0/20","event_count":1,"ts_ms":1700000000000,"position":{"connector":"postgresql","lsn":"0/30"}}
{"$end":1}
END
	exits 2 cdcapply "$U" <pg.events
	has "$stderr" 'another source' '--stream'
	exits 0 cdcapply --stream pg "$U" <pg.events
	exits 0 cdcapply --stream pg "$U" <pg.events
	is "$(counts skipped)" '[1]'
}
@test "a stream's checkpoint is of one source" { both other_source; }

# ---- Reports ----

lag() {
	make t 'id int PRIMARY KEY, n int'
	exits 1 cdcapply --lag "$U"
	exits 1 cdcapply --from-checkpoint "$U"
	local now=$(($(date +%s) * 1000))
	{
		tx c t null '{"id":1,"n":1}'
		fin
	} >events
	sed -i "s/1700000000000/$((now - 100000))/g" events
	exits 0 cdcapply "$U" <events
	exits 0 cdcapply --lag --max 30m "$U"
	is "$(jq -c '[.stream, .state, .seconds > 90, .events]' <<<"$output")" '["rowboat","applying",true,1]'
	exits 1 cdcapply --lag --max 90s "$U"
	has "$stderr" 'cut-over window is at risk' '90s' 'pause writes'
	# a heartbeat: all that the source has said is applied
	printf '{"ts_ms":%s,"position":%s}\n{"$end":0}\n' "$now" "$(pos=$((pos + 500)) position)" >beat
	sleep 0.01
	exits 0 cdcapply "$U" <beat
	has "$(cdcapply --from-checkpoint "$U")" "$((pos + 500))"
	exits 0 cdcapply --lag --max 90s "$U"
	is "$(jq -c '[.state, .seconds]' <<<"$output")" '["idle",0]'
	# nothing was heard for a while
	sql "$U" 'UPDATE rowboat_checkpoint SET seen_ms = seen_ms - 120000, applied_ms = applied_ms - 120001'
	exits 1 cdcapply --lag --max 90s "$U"
	is "$(jq -c '[.state, .seconds > 110]' <<<"$output")" '["silent",true]'
	has "$stderr" 'do capture and cdcapply run'
	exits 0 cdcapply --set-checkpoint binlog.000007:4 "$U"
	has "$(cdcapply --from-checkpoint "$U")" '"file":"binlog.000007"'
}
@test "--lag: idle, applying, silent; --set-checkpoint" { both lag; }

lag_bytes() {
	local source=$1
	extract --position "$source" >position
	exits 0 cdcapply --set-checkpoint "$(cat position)" "$U"
	sql "$source" 'DROP TABLE IF EXISTS w'
	sql "$source" 'CREATE TABLE w (a int)'
	sql "$source" 'INSERT INTO w VALUES (1), (2)'
	exits 0 cdcapply --lag --source "$source" "$U"
	is "$(jq '.bytes > 0' <<<"$output")" true
	exits 0 cdcapply --set-checkpoint "$(extract --position "$source")" "$U"
}
@test "--lag --source: bytes" {
	both lag_bytes "$M2"
	both lag_bytes "$P2"
}

metrics() {
	make t 'id int PRIMARY KEY, n int'
	{
		tx c t null '{"id":1,"n":1}'
		tx c t null '{"id":1,"n":2}'
		fin
	} >events
	exits 0 cdcapply --stream 'a"b' --metrics m.prom "$U" <events
	has "$(cat m.prom)" 'rowboat_events_total{stream="a\"b",target="primary"} 2' \
		'kind="existing"' '# TYPE rowboat_seconds_behind gauge'
	is "$(ls m.prom*)" m.prom
	exits 3 cdcapply --metrics /no/such/file "$U" <events
}
@test "--metrics" { both metrics; }

# ---- Changed definitions ----

columns_of() {
	schema "$U" "$1" | jq -r '.columns[]|[.name, (.native // .type)]|join(" ")' 2>/dev/null ||
		sql "$U" "SELECT column_name FROM information_schema.columns WHERE table_name = '$1' ORDER BY ordinal_position"
}

on_ddl() {
	make t 'id int PRIMARY KEY, n int'
	{
		tx c t null '{"id":1,"n":1}'
		ddl t "ALTER TABLE \`t\` ADD COLUMN note varchar(30) NOT NULL DEFAULT 'it''s' /* why */ AFTER id, DROP COLUMN n, ADD KEY (note)"
		tx c t null '{"id":2,"note":"two"}'
		ddl t 'ALTER TABLE t RENAME COLUMN note TO Remark'
		tx c t null '{"id":3,"Remark":"three"}'
		ddl t 'alter table shop.t modify Remark varchar(60), add (x int unsigned, `y z` decimal(10,2) null)'
		tx c t null '{"id":4,"Remark":"four, and more than thirty characters","x":4294967295,"y z":1.50}'
		ddl t 'CREATE INDEX i ON t (x)'
		ddl t 'ALTER TABLE t CHANGE COLUMN x X2 bigint'
		ddl t 'ALTER TABLE t ADD COLUMN must int NOT NULL'
		tx c t null '{"id":5,"Remark":"","X2":5,"y z":null,"must":1}'
		fin
	} >events
	# stop: before the change
	exits 1 cdcapply "$U" <events
	has "$stderr" 'line 3' 'ADD COLUMN note' '--on-ddl skip-first' '"pos":'
	is "$(rows t)" '1,1'
	is "$(cdcapply --from-checkpoint "$U" | jq .pos)" 1020
	# apply
	exits 0 cdcapply --on-ddl apply "$U" <events
	is "$stderr" ''
	is "$(counts events skipped)" '[4,1]'
	is "$(extract --no-end -c 'id,Remark,X2,y z,must' "$U" t | sort)" "$(sort <<'END'
1,it's,,,0
2,two,,,0
3,three,,,0
4,"four, and more than thirty characters",4294967295,1.50,0
5,"",5,,1
id,Remark,X2,y z,must
END
)"
	# again: the target has it all
	exits 0 cdcapply --stream again "$U" < <(grep -v '"op"' events | sed 's/"$end":[0-9]*/"$end":0/' | grep -v 'DROP\|RENAME\|modify\|CHANGE')
	is "$stderr" ''
	# done by hand
	make t 'id int PRIMARY KEY, note varchar(40)'
	head -n 5 events | tail -n +3 >second
	exits 0 cdcapply --no-end --stream hand "$U" <second
	is "$(rows t)" '2,two'
}
@test "definitions that change: stop, apply, done already" { both on_ddl; }

ddl_skip() {
	make t 'id int PRIMARY KEY, n int'
	{
		ddl t 'ALTER TABLE t DISCARD TABLESPACE'
		tx c t null '{"id":1,"n":1}'
		ddl t 'ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4'
		tx c t null '{"id":2,"n":1}'
		ddl u 'CREATE TABLE u (a int)'
		ddl u 'RENAME TABLE u TO v'
		fin
	} >events
	exits 1 cdcapply --on-ddl skip-first "$U" <events
	has "$stderr" 'line 4' 'CONVERT'
	is "$(rows t)" '1,1'
	exits 1 cdcapply --on-ddl apply "$U" <events
	has "$stderr" 'not understood' 'line 4'
	exits 1 cdcapply --on-ddl skip-first "$U" <events
	has "$stderr" 'line 7' 'CREATE TABLE u'
	exits 0 cdcapply --on-ddl skip "$U" <events
	is "$(rows t)" $'1,1\n2,1'
	exits 0 cdcapply "$U" <events
}
@test "definitions that change: skip, skip-first" { both ddl_skip; }

# A type that differs in digits, sign or labels alone is another one: values would be rounded.
ddl_digits() {
	for type in 'decimal(10,2)|decimal(12,4)|1.2345' 'datetime|datetime(6)|2020-01-01 00:00:00.654321' \
		"enum('a','b')|enum('a','b','c')|c" 'int|int unsigned|4000000000' 'time|time(3)|10:00:00.123'; do
		IFS='|' read -r old new want <<<"$type"
		# in PostgreSQL labels are a CHECK, which refuses others
		[ "$U" = "$M" ] || [ "$want" != c ] || continue
		no_tables
		{
			ddl dt "CREATE TABLE dt (id int PRIMARY KEY, n $old)"
			ddl dt "ALTER TABLE dt MODIFY n $new"
			tx c dt null "{\"id\":1,\"n\":\"$want\"}"
		} >events
		exits 0 cdcapply --on-ddl apply --no-end "$U" <events
		is "$(rows dt)" "1,$want"
		# the target has it already
		ddl dt "ALTER TABLE dt MODIFY n $new" >event
		exits 0 cdcapply --no-end "$U" <event
	done
}
@test "definitions that change: digits, labels, signs" { both ddl_digits; }

# What MySQL gives the rows that are there; where PostgreSQL has no such value, it wants no rows.
ddl_values() {
	make t 'id int PRIMARY KEY'
	make u 'id int PRIMARY KEY'
	sql "$U" 'INSERT INTO t VALUES (1)'
	{
		ddl t "ALTER TABLE t ADD a enum('p','q') NOT NULL, ADD b set('p','q') NOT NULL, ADD c char(3) NOT NULL,
			ADD d decimal(5,2) NOT NULL, ADD e binary(3) NOT NULL, ADD f varbinary(3) NOT NULL,
			ADD g bit(3) NOT NULL, ADD h time NOT NULL, ADD i year NOT NULL, ADD j double NOT NULL DEFAULT 2.5,
			ADD k enum('p','q') NOT NULL DEFAULT 'q', ADD l int"
		ddl u 'ALTER TABLE u ADD d date NOT NULL'
		fin
	} >events
	exits 0 cdcapply --on-ddl apply "$U" <events
	is "$(extract --no-end "$U" t | tail -n 1)" '1,p,"","",0.00,\x000000,\x,000,00:00:00,0,2.5,q,'
	is "$(extract --no-end "$U" u)" id,d
	exits 1 sql "$U" 'INSERT INTO u (id) VALUES (1)'
	[ "$U" = "$P" ] || return 0
	for column in 'x date NOT NULL' 'y int NOT NULL AUTO_INCREMENT UNIQUE' 'z int DEFAULT (rand() * 5)'; do
		ddl t "ALTER TABLE t ADD $column" >event
		exits 1 cdcapply --on-ddl apply --no-end --stream "${column::1}" "$U" <event
		has "${stderr//\"/}" 'line 1' "column ${column::1}"
		is "$(extract --no-end "$U" t | head -n 1)" id,a,b,c,d,e,f,g,h,i,j,k,l
	done
}
@test "definitions that change: the rows that are there" { both ddl_values; }

# Tables come and go, and change their names as gh-ost and pt-online-schema-change let them.
ddl_tables() {
	no_tables
	{
		ddl dt "CREATE TABLE /* gh */ IF NOT EXISTS \`dt\` (
			id bigint unsigned NOT NULL AUTO_INCREMENT, v varchar(20) CHARACTER SET latin1 DEFAULT 'x, (y)',
			n decimal(10,2), period date, PRIMARY KEY (id), UNIQUE KEY u (v, id), KEY k (v(5))
			) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COMMENT='it''s'"
		tx c dt null '{"id":1,"v":"a","n":1.50,"period":"2020-01-01"}'
		ddl dt_new 'CREATE TABLE shop.dt_new LIKE shop.dt'
		ddl dt_new 'ALTER TABLE dt_new ADD COLUMN w int DEFAULT 7'
		tx c dt_new null '{"id":1,"v":"a","n":1.50,"period":"2020-01-01","w":7}'
		tx c dt null '{"id":2,"v":"b","n":2.50,"period":null}'
		tx c dt_new null '{"id":2,"v":"b","n":2.50,"period":null,"w":7}'
		ddls 'RENAME TABLE `shop`.`dt` TO `shop`.`dt_old`, `shop`.`dt_new` TO `shop`.`dt`' dt dt_old dt_new
		tx c dt null '{"id":3,"v":"c","n":3.50,"period":null,"w":8}'
		ddl dt_old 'DROP TABLE IF EXISTS `dt_old` /* generated by server */'
		ddl dt 'ALTER TABLE dt DROP COLUMN n, RENAME TO dt_b'
		tx c dt_b null '{"id":4,"v":"d","period":null,"w":8}'
		ddl dt_b 'RENAME TABLE dt_b TO dt_tmp, dt_tmp TO dt'
		# and once more, with the same names
		ddl dt_new "CREATE TABLE dt_new (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, e enum('p','q'),
			t tinyint(1) DEFAULT '1', j json, ts timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
			g int GENERATED ALWAYS AS (t + 1) VIRTUAL, UNIQUE (e), CHECK (t < 100)) START TRANSACTION"
		tx c dt_new null '{"id":9,"e":"q","t":2,"j":"{\"a\": 1}","ts":"2020-01-01 00:00:00+00"}'
		ddls 'RENAME TABLE shop.dt TO dt_old, dt_new TO dt' dt dt_old dt_new
		ddl dt_old 'DROP TABLE dt_old'
		ddl dt_new "CREATE TABLE dt_new (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, v int)"
		tx c dt_new null '{"id":1,"v":1}'
		ddls 'RENAME TABLE dt TO dt_old, dt_new TO dt' dt dt_old dt_new
		tx c dt null '{"id":2,"v":1}'
		fin
	} >events
	exits 1 cdcapply "$U" <events
	has "$stderr" 'line 1' 'CREATE TABLE /* gh */ IF NOT EXISTS `dt`'
	has_tables
	# up to the first swap
	head -n 14 events >part
	exits 0 cdcapply --on-ddl apply --no-end "$U" <part
	has_tables dt dt_old
	is "$(extract --no-end -o id "$U" dt)" $'id,v,n,period,w\n1,a,1.50,2020-01-01,7\n2,b,2.50,,7'
	is "$(extract --no-end -o id "$U" dt_old | wc -l)" 3
	# each statement counts once, however often it comes
	head -n 17 events >part
	exits 0 cdcapply --on-ddl apply --no-end "$U" <part
	has_tables dt
	is "$(rows dt | tail -n 1)" '3,c,3.50,,8'
	head -n 21 events >part
	exits 0 cdcapply --on-ddl apply --no-end "$U" <part
	is "$(extract --no-end -o id "$U" dt | tail -n 1)" '4,d,,8'
	exits 0 cdcapply --on-ddl apply "$U" <events
	has_tables dt dt_old
	is "$(rows dt)" $'1,1\n2,1'
	is "$(extract --no-end -c id,e,t,j,ts "$U" dt_old | tail -n 1)" '9,q,2,"{""a"": 1}",2020-01-01 00:00:00+00'
	# done by hand
	{
		ddls 'RENAME TABLE dt TO dt_a, dt_old TO dt' dt dt_a dt_old
		tx u dt '{"id":9}' '{"id":9,"t":3}'
		fin
	} >second
	sed -i 's/{"$end".*/{"$end":1}/' second
	exits 1 cdcapply --stream hand "$U" <second
	sql "$U" 'ALTER TABLE dt RENAME TO dt_a; ALTER TABLE dt_old RENAME TO dt'
	exits 0 cdcapply --stream hand "$U" <second
	is "$(extract --no-end -c id,t "$U" dt | tail -n 1)" 9,3
}
@test "tables come, go and change their names" { both ddl_tables; }

# What is not understood, or would lose rows, stops the stream.
ddl_tables_stop() {
	no_tables
	make dt 'id int PRIMARY KEY'
	make dt_a 'id int PRIMARY KEY'
	stops() {
		exits 1 cdcapply --on-ddl apply --no-end "$U" <event
		has "$stderr" "$@" 'line 1' '"pos":'
		exits 0 cdcapply --on-ddl skip-first --no-end "$U" <event
	}
	ddls 'RENAME TABLE dt TO dt_old, dt_a TO dt' dt dt_old >event
	stops 'the rows of dt_a, which becomes dt, are not followed' 'RENAME TABLE dt TO'
	ddls 'RENAME TABLE dt TO dt_old, dt_b TO dt' dt dt_old dt_b >event
	stops 'the rows of dt_b, which becomes dt, are not in the target'
	ddl dt 'RENAME TABLE dt TO dt_a' >event
	stops 'the target has a table dt_a'
	ddl dt_b 'CREATE TABLE dt_b SELECT * FROM dt' >event
	stops 'not understood'
	ddl dt_b 'CREATE TABLE dt_b LIKE dt_old' >event
	stops 'the target lacks dt_old'
	ddl dt 'ALTER TABLE dt DROP PARTITION p0' >event
	exits 1 cdcapply --no-end "$U" <event
	stops 'not understood'
	ddl dt 'ALTER TABLE "dt" ADD a int' >event
	stops 'not understood'
	ddl dt 'ALTER TABLE dt ADD a int' >x
	jq -c '.ddl += "\u0000, DROP id"' x >event
	stops 'not understood'
	ddl dt_b 'CREATE TABLE dt_b (id nonsense)' >event
	run --separate-stderr cdcapply --on-ddl apply --no-end "$U" <event
	[ "$status" != 0 ]
	has "$stderr" 'line 1' 'CREATE TABLE dt_b (id nonsense)'
	ddl dt 'DROP TABLE dt; DROP TABLE dt_a' >event
	stops 'not understood'
	ddl x 'DROP DATABASE shop' >x
	jq -c '.source.table = null' x >event
	stops 'not understood'
	ddl dt 'CREATE OR REPLACE TABLE dt (id int, v int)' >event
	exits 1 cdcapply --no-end "$U" <event
	has_tables dt dt_a
	# names that go round
	{
		tx c dt_a null '{"id":5}'
		ddls 'RENAME TABLE dt TO dt_tmp, dt_a TO dt, dt_tmp TO dt_a' dt dt_a
		fin
	} >events
	sed -i 's/{"$end".*/{"$end":1}/' events
	if [ "$U" = "$P" ]; then
		exits 0 cdcapply --stream round --on-ddl apply "$U" <events
		exits 0 cdcapply --stream round --on-ddl apply "$U" <events
		is "$(rows dt)" 5
	else
		exits 1 cdcapply --stream round --on-ddl apply "$U" <events
		has "$stderr" 'change their names round'
	fi
	# tables that are not wanted, or not mapped, or Rowboat's own
	{
		ddl unwanted 'CREATE TABLE unwanted (id int)'
		ddls 'RENAME TABLE unwanted TO dt_x, dt_y TO dt_z' unwanted dt_x dt_y dt_z
		ddl unwanted 'DROP TABLE unwanted'
		ddl unwanted 'ALTER TABLE unwanted RENAME TO unwanted2, ADD COLUMN x int'
		ddl rowboat_checkpoint 'DROP TABLE rowboat_checkpoint'
		ddl other 'CREATE TEMPORARY TABLE dt (id int)'
	} >events
	exits 0 cdcapply --stream x --table 'dt' --no-end "$U" <events
	exits 0 cdcapply --stream y --table 'dt' --on-ddl apply --no-end "$U" <events
	exits 0 cdcapply --stream z --ignore-unmapped --on-ddl apply --no-end "$U" <events
	has_tables dt dt_a
	# CREATE OR REPLACE; a mapped table
	{
		ddl dt 'CREATE OR REPLACE TABLE dt (id int, v int)'
		tx c dt null '{"id":1,"v":2}'
		ddl from 'CREATE TABLE `from` (id int PRIMARY KEY)'
		tx c from null '{"id":1}'
		ddl from 'RENAME TABLE `from` TO `to`'
		tx c to null '{"id":2}'
		fin
	} >events
	sed -i 's/{"$end".*/{"$end":3}/' events
	exits 0 cdcapply --stream m --on-ddl apply --map from=dt_b --map to=dt_old "$U" <events
	is "$(rows dt)" 1,2
	is "$(rows dt_old)" $'1\n2'
	has_tables dt dt_a dt_old
	no_tables
}
@test "tables: what stops the stream, what is not its concern" { both ddl_tables_stop; }

# PostgreSQL tells the columns as they are now.
ddl_columns() {
	make t 'id int PRIMARY KEY, n int'
	new_columns() {
		printf '{"source":{"version":"rowboat 0.1","connector":"postgresql","db":"a","schema":"public","table":"t","lsn":"0/%X"},"databaseName":"a","schemaName":"public","ddl":null,"tableChanges":[{"type":"ALTER","id":"x","table":{"columns":[%s]}}],"ts_ms":1,"position":{"connector":"postgresql","lsn":"0/%X"}}\n' \
			"$1" "$2" "$1"
	}
	{
		new_columns 4096 '{"name":"id","typeName":"integer"},{"name":"n","typeName":"integer"},{"name":"a b","typeName":"character varying(20)"},{"name":"c","typeName":"timestamp with time zone"},{"name":"d","typeName":"numeric(10,2)"}'
		fin
	} >events
	exits 1 cdcapply "$U" <events
	exits 0 cdcapply --on-ddl apply "$U" <events
	is "$(extract --no-end "$U" t)" 'id,n,a b,c,d'
	{
		new_columns 8192 '{"name":"id","typeName":"integer"},{"name":"n2","typeName":"integer"}'
		fin
	} >events
	exits 1 cdcapply --on-ddl apply "$U" <events
	has "$stderr" 'n2 may be new'
	{
		new_columns 8192 '{"name":"id","typeName":"integer"}'
		new_columns 8193 '{"name":"id","typeName":"integer"},{"name":"n","typeName":"integer"},{"name":"a b","typeName":"x"},{"name":"c","typeName":"x"},{"name":"d","typeName":"x"},{"name":"x","typeName":"int); DROP TABLE t; --"}'
		fin
	} >events
	exits 1 cdcapply --on-ddl apply "$U" <events
	has "$stderr" 'line 2' 'type of column x is not understood'
}
@test "definitions that change: the columns as they are now" { both ddl_columns; }

# Inside of a transaction: all of it is applied, once, or none of it.
ddl_inside() {
	make log 'line int'
	{
		printf '{"op":"c","before":null,"after":{"line":1},"source":{"version":"rowboat 0.1","connector":"postgresql","db":"a","schema":"public","table":"log","commit_lsn":8000,"lsn":7000},"transaction":{"id":"5:8000","total_order":1},"ts_ms":1}\n'
		printf '{"source":{"version":"rowboat 0.1","connector":"postgresql","db":"a","schema":"public","table":"log","commit_lsn":8000,"lsn":7001},"databaseName":"a","schemaName":"public","ddl":null,"tableChanges":[{"type":"ALTER","table":{"columns":[{"name":"line","typeName":"integer"},{"name":"w","typeName":"text"}]}}],"ts_ms":1,"position":{"connector":"postgresql","lsn":"0/1000"}}\n'
		printf '{"op":"c","before":null,"after":{"line":2,"w":"x"},"source":{"version":"rowboat 0.1","connector":"postgresql","db":"a","schema":"public","table":"log","commit_lsn":8000,"lsn":7002},"transaction":{"id":"5:8000","total_order":2},"ts_ms":1}\n'
		printf '{"status":"END","id":"5:8000","event_count":2,"ts_ms":1,"position":{"connector":"postgresql","lsn":"0/1F41"}}\n{"$end":2}\n'
	} >events
	exits 0 cdcapply --set-checkpoint 0/1000 "$U"
	exits 1 cdcapply "$U" <events
	has "$stderr" 'line 2: a definition changed on the source: the columns of log'
	is "$(rows log)" ''
	is "$(cdcapply --from-checkpoint "$U" | jq -r .lsn)" 0/1000
	if [ "$U" = "$M" ]; then
		exits 3 cdcapply --on-ddl apply "$U" <events
		has "$stderr" 'changed inside a transaction' 'begin again'
		is "$(rows log)" ''
	fi
	exits 0 cdcapply --on-ddl apply "$U" <events
	is "$(rows log)" $'1,\n2,x'
	exits 0 cdcapply --on-ddl apply "$U" <events
	is "$(rows log)" $'1,\n2,x'
	is "$(cdcapply --from-checkpoint "$U" | jq -r .lsn)" 0/1F41
}
@test "definitions that change inside of a transaction" { both ddl_inside; }

# ---- Dual-write ----

@test "--shadow: both databases, each with its own checkpoint" {
	local i
	for i in "$M" "$P"; do
		sql "$i" 'DROP TABLE IF EXISTS rowboat_checkpoint'
		U=$i make log 'line int'
	done
	{
		for i in {1..50}; do tx c log null "{\"line\":$i}"; done
		fin
	} >events
	exits 0 cdcapply --group 7 --shadow "$P" "$M" <events
	is "$(counts events shadow.events)" '[50,50]'
	# killed between the two: the shadow is behind
	pg 'DELETE FROM log WHERE line > 21'
	cdcapply --stream x --set-checkpoint bin.000001:1420 "$P"
	pg "UPDATE rowboat_checkpoint SET position = (SELECT position FROM rowboat_checkpoint WHERE stream = 'x') WHERE stream = 'rowboat'"
	exits 0 cdcapply --shadow "$P" "$M" <events
	is "$(counts events shadow.events skipped shadow.skipped)" '[0,29,50,21]'
	is "$(pg 'SELECT count(*), count(DISTINCT line) FROM log')" $'50\t50'
	is "$(my 'SELECT count(*), count(DISTINCT line) FROM log')" $'50\t50'
	# killed anywhere
	(
		at_full_speed
		pos=50000 events=0
		for i in {51..2000}; do tx c log null "{\"line\":$i}"; done
		fin
	) >more
	for i in {1..8}; do
		cdcapply --group 20 --shadow "$P" "$M" <more >/dev/null 2>&1 &
		sleep "0.$((RANDOM % 3))$((RANDOM % 9))"
		kill -KILL $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	done
	exits 0 cdcapply --shadow "$P" "$M" <more
	is "$(pg 'SELECT count(*), count(DISTINCT line) FROM log')" $'2000\t2000'
	is "$(my 'SELECT count(*), count(DISTINCT line) FROM log')" $'2000\t2000'
}

correlated() {
	local primary=$1 shadow=$2 i
	for i in "$M" "$P"; do
		sql "$i" 'DROP TABLE IF EXISTS rowboat_checkpoint, rowboat_dual, orders'
	done
	my 'CREATE TABLE orders (id int AUTO_INCREMENT PRIMARY KEY, item varchar(20), dual_write_id bigint, shadow_id bigint) AUTO_INCREMENT = 100'
	pg 'CREATE TABLE orders (id serial PRIMARY KEY, item text, dual_write_id bigint, shadow_id bigint)'
	# plain rows
	printf '%s\n' '{"item":"tea"}' '{"item":null}' '{"$end":2}' >rows.nd
	exits 0 cdcapply -f unwrapped --default-table orders --shadow "$shadow" --correlate "$primary" <rows.nd
	is "$(jq -c 'select(.table)|.table' <<<"$output")" $'"orders"\n"orders"'
	is "$(sql "$primary" 'SELECT item, shadow_id FROM orders WHERE id = dual_write_id OR dual_write_id IS NULL ORDER BY id' | cut -f 2 | sort)" \
		"$(sql "$shadow" 'SELECT id FROM orders ORDER BY id' | sort)"
	is "$(sql "$shadow" 'SELECT dual_write_id FROM orders ORDER BY id')" "$(sql "$primary" 'SELECT id FROM orders ORDER BY id')"
	is "$(jq -c 'select(.table)|[.id, .shadow_id]' <<<"$output")" \
		"$(sql "$primary" 'SELECT id, shadow_id FROM orders ORDER BY id' | jq -Rc 'split("\t")|map(tonumber)')"
	# events, and a crash between the two commits
	{
		for i in 1 2; do tx c orders null "{\"item\":\"event $i\"}"; done
		begin
		for i in 3 4 5; do ev c orders null "{\"item\":\"event $i\"}"; done
		commit
		fin
	} >events
	exits 0 cdcapply --group 1 --shadow "$shadow" --correlate "$primary" <events
	sql "$primary" 'SELECT id, item, shadow_id FROM orders ORDER BY id' >primary.before
	sql "$shadow" 'SELECT id, item, dual_write_id FROM orders ORDER BY id' >shadow.before
	sql "$shadow" "DELETE FROM orders WHERE item IN ('event 3', 'event 4', 'event 5')"
	cdcapply --stream x --set-checkpoint "$(jq -c 'select(.status and .id == "t2").position' events)" "$shadow"
	sql "$shadow" "UPDATE rowboat_checkpoint SET position = '$(jq -c 'select(.status and .id == "t2").position' events)' WHERE stream = 'rowboat'"
	{
		cat events
		tx c orders null '{"item":"event 6"}'
	} >more
	exits 0 cdcapply --no-end --shadow "$shadow" --correlate "$primary" < <(grep -v end more)
	sql "$primary" "SELECT id, item, shadow_id FROM orders WHERE item IS NULL OR item <> 'event 6' ORDER BY id" >primary.after
	sql "$shadow" "SELECT id, item, dual_write_id FROM orders WHERE item IS NULL OR item <> 'event 6' ORDER BY id" >shadow.after
	same primary.before primary.after
	same shadow.before shadow.after
	is "$(sql "$shadow" 'SELECT count(*) FROM orders')" 8
	{
		tx u orders '{"id":1,"item":"x"}' '{"id":1,"item":"y"}'
		events=1
		fin
	} >events
	exits 2 cdcapply --shadow "$shadow" --correlate "$primary" <events
	has "$stderr" 'takes inserts only' 'line 1'
}
@test "--correlate: each database tells the other's keys" {
	correlated "$M" "$P"
	pos=1000 txn=0 order=0 events=0
	correlated "$P" "$M"
}
