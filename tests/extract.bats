# extract: what comes out of tables, views, partitions and queries, and from which moment.

# shellcheck disable=SC1003,SC2154,SC2191 # values are words; bats sets stderr
load lib

setup_file() {
	new_databases
	local rows="(1,'one',1.50), (2,NULL,NULL), (3,'three',3.00)"
	my "CREATE TABLE t (id int PRIMARY KEY, name varchar(20), price decimal(8,2));
		INSERT INTO t VALUES $rows;
		CREATE TABLE big (id int PRIMARY KEY, v varchar(50));
		INSERT INTO big WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
			SELECT a.i * 1000 + b.i, concat('row ', b.i) FROM n a JOIN n b WHERE a.i <= 200" ||
		return
	pg "CREATE TABLE t (id int PRIMARY KEY, name varchar(20), price numeric(8,2));
		INSERT INTO t VALUES $rows;
		CREATE TABLE big (id int PRIMARY KEY, v varchar(50));
		INSERT INTO big SELECT a * 1000 + b, 'row ' || b
			FROM generate_series(1, 200) a, generate_series(1, 1000) b"
}

# both COMMAND...: runs it with U set to the one database's URL, then to the other's.
both() {
	local U
	for U in "$M" "$P"; do
		"$@"
	done
}

whole_table() {
	is "$(extract "$U" t)" "$(stream id,name,price 1,one,1.50 2,, 3,three,3.00)"
	is "$(extract -f ndjson "$U" t)" '{"id":1,"name":"one","price":1.50}
{"id":2,"name":null,"price":null}
{"id":3,"name":"three","price":3.00}
{"$end":3}'
}
@test "a table as CSV and NDJSON" { both whole_table; }

options() {
	is "$(extract -c price,id -w 'id > 1' -o 'id DESC' "$U" t)" "$(stream price,id 3.00,3 ,2)"
	is "$(extract --canonical -c price "$U" t)" "$(stream price 1.5 '' 3)"
	is "$(extract --no-end -c id "$U" t)" $'id\n1\n2\n3'
	is "$(extract --no-end -f ndjson -c id -w 'id = 1' "$U" t)" '{"id":1}'
	is "$(extract -q 'SELECT id + 1 AS next, name FROM t WHERE id < 3 ORDER BY id' "$U")" \
		"$(stream next,name 2,one 3,)"
	is "$(extract -q 'SELECT count(*) AS n FROM big' "$U")" "$(stream n 200000)"
	is "$(extract -w "name = 'o''ne'" "$U" t)" "$(stream id,name,price)"
}
@test "columns, WHERE, ORDER, queries, --canonical, --no-end" { both options; }

@test "schema-qualified tables" {
	pg 'CREATE SCHEMA other; CREATE TABLE other.t (a int); INSERT INTO other.t VALUES (7)'
	is "$(extract "$P" other.t)" "$(stream a 7)"
	is "$(extract "$P" public.t | wc -l)" 5
	is "$(extract "$M2" "${M##*/}.t" | wc -l)" 5
}

@test "names: mixed case, reserved words, quotes, dots, commas, spaces, 63 characters" {
	local long
	long=$(printf 'n%.0s' {1..63})
	my 'CREATE TABLE `Select` (`From` int, `a``b"c` int, `x,y` int, `d e` int, `é.f` int);
		INSERT INTO `Select` VALUES (1,2,3,4,5)'
	pg 'CREATE TABLE "Select" ("From" int, "a`b""c" int, "x,y" int, "d e" int, "é.f" int);
		INSERT INTO "Select" VALUES (1,2,3,4,5)'
	is "$(extract "$M" Select)" "$(stream 'From,"a`b""c","x,y",d e,é.f' 1,2,3,4,5)"
	is "$(extract "$P" Select)" "$(extract "$M" Select)"
	is "$(extract -c '"x,y",From' "$P" Select)" "$(stream '"x,y",From' 3,1)"
	is "$(extract -c '`x,y`,From' "$M" Select)" "$(stream '"x,y",From' 3,1)"
	my "CREATE TABLE \`a.b\` (\`$long\` int); INSERT INTO \`a.b\` VALUES (1)"
	pg "CREATE TABLE \"a.b\" (\"$long\" int); INSERT INTO \"a.b\" VALUES (1)"
	is "$(extract "$M" '`a.b`')" "$(stream "$long" 1)"
	is "$(extract "$P" 'public."a.b"')" "$(stream "$long" 1)"
	# Two names that differ by case only.
	pg 'CREATE TABLE "T" ("ID" int, id int); INSERT INTO "T" VALUES (1, 2)'
	is "$(extract "$P" T)" "$(stream ID,id 1,2)"
	load "$P" T < <(stream id,ID 3,4)
	is "$(extract -w 'id = 3' "$P" T)" "$(stream ID,id 4,3)"
}

@test "views and partitioned tables" {
	my 'CREATE VIEW v AS SELECT id, upper(name) AS u FROM t WHERE id < 3;
		CREATE TABLE part (id int PRIMARY KEY, v int) PARTITION BY RANGE (id)
			(PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE);
		INSERT INTO part VALUES (1,1), (10,2), (1000,3)'
	pg 'CREATE VIEW v AS SELECT id, upper(name) AS u FROM t WHERE id < 3;
		CREATE MATERIALIZED VIEW mv AS SELECT * FROM v;
		CREATE TABLE part (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
		CREATE TABLE part0 PARTITION OF part FOR VALUES FROM (minvalue) TO (10);
		CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (10) TO (maxvalue);
		INSERT INTO part VALUES (1,1), (10,2), (1000,3);
		CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent);
		INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2)'
	is "$(extract "$M" v)" "$(stream id,u 1,ONE 2,)"
	is "$(extract "$P" v)" "$(stream id,u 1,ONE 2,)"
	is "$(extract "$P" mv)" "$(stream id,u 1,ONE 2,)"
	is "$(extract -o id "$M" part)" "$(stream id,v 1,1 10,2 1000,3)"
	is "$(extract -o id "$P" part)" "$(stream id,v 1,1 10,2 1000,3)"
	is "$(extract -o id "$P" parent)" "$(stream id 1 2)"
	# Partitions as targets.
	load --truncate "$P" part < <(extract "$M" part)
	is "$(pg 'SELECT count(*) FROM part1')" 2
	load --truncate "$M" part < <(extract "$P" part)
	is "$(my 'SELECT count(*) FROM part PARTITION (p1)')" 2
}

@test "generated columns stay out, invisible ones come along" {
	local invisible=INVISIBLE
	my "CREATE TABLE g (a int, hidden int $invisible, b int AS (a * 2) STORED, c int AS (a + 1) VIRTUAL, d int);
		INSERT INTO g (a, hidden, d) VALUES (1, 2, 3)"
	pg 'CREATE TABLE g (a int, hidden int, b int GENERATED ALWAYS AS (a * 2) STORED, d int)'
	is "$(extract "$M" g)" "$(stream a,hidden,d 1,2,3)"
	extract "$M" g | load "$P" g
	is "$(pg 'SELECT * FROM g')" $'1\t2\t2\t3'
	is "$(extract "$P" g)" "$(stream a,hidden,d 1,2,3)"
	extract -w 'a = 1' "$P" g | load --truncate "$M" g
	is "$(my 'SELECT a, hidden, b, c, d FROM g')" $'1\t2\t2\t2\t3'
	is "$(extract -c a,b,c "$M" g)" "$(stream a,b,c 1,2,2)"
	is "$(extract -c b "$P" g)" "$(stream b 2)"
}

@test "a dropped column leaves no trace" {
	pg 'CREATE TABLE dropped (a int, gone int, b int); INSERT INTO dropped VALUES (1,2,3);
		ALTER TABLE dropped DROP gone'
	is "$(extract "$P" dropped)" "$(stream a,b 1,3)"
	load "$P" dropped < <(stream b,a 5,4)
	is "$(extract -o a "$P" dropped)" "$(stream a,b 1,3 4,5)"
}

# Rows that come while extract runs are not in its snapshot: a slow reader makes it wait.
one_moment() {
	local writer out=rows.$RANDOM
	sql "$U" 'DROP TABLE IF EXISTS busy'
	sql "$U" 'CREATE TABLE busy (id int PRIMARY KEY, v varchar(200))'
	sql "$U" "INSERT INTO busy SELECT id, concat(v, '$(printf '%0150d' 0)') FROM big"
	{
		sleep 1 # extract has begun
		sql "$U" "UPDATE busy SET v = 'changed'; INSERT INTO busy VALUES (1, 'new')"
		echo done >writer.done
	} 3>&- &
	writer=$!
	rm -f writer.done
	extract "$U" busy | { head -c 1000; wait_until test -e writer.done; cat; } >"$out"
	wait "$writer"
	is "$(grep -c '^[0-9]' "$out")" 200000
	is "$(grep -c 'changed\|new' "$out")" 0
	is "$(tail -n 1 "$out")" '\.'
	is "$(extract -w "v = 'changed'" "$U" busy | wc -l)" 200002
}
@test "one consistent snapshot under a concurrent writer" { both one_moment; }

# In MySQL a snapshot cannot read a table that was emptied since (ER_TABLE_DEF_CHANGED).
@test "a table that is emptied just then is read in another snapshot" {
	my 'DROP TABLE IF EXISTS emptied; CREATE TABLE emptied (id int PRIMARY KEY)'
	my 'INSERT INTO emptied VALUES (1)'
	mkfifo session
	mariadb --defaults-file="$MYSQL_CNF" -BN --unbuffered "${M##*/}" <session >locked 3>&- &
	exec 5>session
	echo "LOCK TABLES emptied WRITE; SELECT 'locked';" >&5
	wait_until test -s locked
	extract "$M" emptied >got 5>&- &
	local reader=$!
	wait_until eval '[ "$(my "SELECT count(*) FROM information_schema.processlist
		WHERE db = database() AND state LIKE '\''Waiting for table%'\''")" = 1 ]'
	echo 'TRUNCATE emptied; INSERT INTO emptied VALUES (2);' >&5
	exec 5>&-
	wait "$reader"
	is "$(cat got)" "$(stream id 2)"
}

@test "--snapshot joins an exported snapshot of PostgreSQL" {
	local id
	pg 'CREATE TABLE moment (a int); INSERT INTO moment VALUES (1)'
	mkfifo in out
	psql -XAtq "$P" <in >out 3>&- &
	exec 7>in 6<out
	echo 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_export_snapshot();' >&7
	read -r id <&6
	pg 'INSERT INTO moment VALUES (2)'
	is "$(extract --snapshot "$id" "$P" moment)" "$(stream a 1)"
	is "$(extract "$P" moment | wc -l)" 4
	exec 7>&- 6<&-
	wait
	exits 2 extract --snapshot nonsense "$P" moment
	has "$stderr" snapshot
	exits 2 extract --snapshot "$id" "$M" t
	has "$stderr" snapshot
}

@test "--sample: the same rows from both engines, others with another seed" {
	extract --sample 500 "$M" big | sort >a
	extract --sample 500 "$P" big | sort >b
	same a b
	is "$(wc -l <a)" 502
	extract --sample 500 --seed x "$M" big | sort >c
	extract --sample 500 --seed x "$P" big | sort >d
	same c d
	exits 1 cmp -s a c
	# Not just the first ones: the sample reaches over the whole table.
	[ "$(grep '^[0-9]' a | cut -d, -f1 | awk '$1 > 100000' | wc -l)" -gt 150 ]
	# A sample within a predicate, and by another key.
	is "$(extract --sample 10 -w 'id < 1011' "$P" big | sort)" "$(extract -w 'id < 1011' "$P" big | sort)"
	extract --sample 50 -k id,v "$M" big | sort >a
	extract --sample 50 -k id,v "$P" big | sort >b
	same a b
	# More than there is: all.
	is "$(extract --sample 1000 "$M" t | sort)" "$(extract "$M" t | sort)"
}

@test "--sample by keys of other types" {
	local rows="('a',1.50), ('é',2.00), ('Z',3.25), ('quote\"',4.00), ('',5.10)"
	my "CREATE TABLE keys_ (k varchar(20), n decimal(8,2), PRIMARY KEY (k, n)); INSERT INTO keys_ VALUES $rows"
	pg "CREATE TABLE keys_ (k varchar(20), n numeric(8,2), PRIMARY KEY (k, n)); INSERT INTO keys_ VALUES $rows"
	local n
	for n in 1 2 3 4; do
		is "$(extract --sample $n "$M" keys_ | sort)" "$(extract --sample $n "$P" keys_ | sort)"
	done
	my 'CREATE TABLE nokey (a int)'
	exits 2 extract --sample 3 "$M" nokey
	has "$stderr" nokey key
}

@test "--position" {
	is "$(extract --position "$M" | jq -r '.connector, (.pos > 0)')" $'mysql\ntrue'
	has "$(extract --position "$M")" '"file":"binlog.'
	is "$(extract --position "$P" | jq -r .connector)" postgresql
	[[ $(extract --position "$P" | jq -r .lsn) =~ ^[0-9A-F]+/[0-9A-F]+$ ]]
	# It moves with writes.
	local before
	before=$(extract --position "$P")
	pg 'SET synchronous_commit = on; INSERT INTO t VALUES (99); DELETE FROM t WHERE id = 99'
	[ "$(extract --position "$P")" != "$before" ]
	before=$(extract --position "$M")
	my 'INSERT INTO t (id) VALUES (99); DELETE FROM t WHERE id = 99'
	[ "$(extract --position "$M")" != "$before" ]
}

unknown() {
	exits 2 extract "$U" nothing_there
	one_line "$stderr"
	has "$stderr" nothing_there
	exits 2 extract -c id,nam "$U" t
	one_line "$stderr"
	has "$stderr" nam
	exits 2 extract "$U" T1
	exits 2 extract -w 'no such thing' "$U" t
	one_line "$stderr"
	exits 2 extract -q 'SELECT 1 AS a, 2 AS a' "$U"
	has "$stderr" 'a'
	exits 2 extract -o nothing "$U" t
	one_line "$stderr"
	lacks "$output" '\.'
}
@test "unknown tables and columns, wrong SQL" { both unknown; }

@test "usage" {
	exits 2 extract
	has "$stderr" usage
	exits 2 extract "$M"
	exits 2 extract --nonsense "$M" t
	exits 2 extract "$M" t more
	exits 2 extract -q 'SELECT 1' -w 'a = 1' "$M"
	exits 2 extract -f xml "$M" t
	exits 2 extract --sample 0 "$M" t
	exits 2 extract mongodb://x/y t
	has "$stderr" mongodb
	exits 0 extract --help
	has "$output" --sample --where URL
	exits 0 extract --version
	[[ $output =~ [0-9]\.[0-9] ]]
}

@test "errors in mid-stream: what was read goes out, without the end mark" {
	exits 2 extract -q 'SELECT 1 / (3 - id) AS x FROM t ORDER BY id' "$P"
	has "$stderr" division
	lacks "$output" '\.'
}

@test "row-level security is an error, not fewer rows" {
	pg "CREATE TABLE secret (a int); INSERT INTO secret VALUES (1), (2);
		ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
		DROP ROLE IF EXISTS viewer; CREATE ROLE viewer LOGIN; GRANT SELECT ON secret TO viewer;
		CREATE POLICY p ON secret USING (a = 1)"
	exits 2 extract "${P/postgres@/viewer@}" secret
	has "$stderr" secret
	lacks "$output" '\.'
	pg 'DROP OWNED BY viewer; DROP ROLE viewer'
}

@test "identifiers in a query keep their names and types" {
	is "$(extract -f ndjson -q "SELECT cast('1.10' AS decimal(5,2)) AS \"D\", 'x' AS s" "$P")" \
		$'{"D":1.10,"s":"x"}\n{"$end":1}'
	is "$(extract -f ndjson -q "SELECT cast('1.10' AS decimal(5,2)) AS D, 'x' AS s, 1.5e0 AS f" "$M")" \
		$'{"D":1.10,"s":"x","f":1.5}\n{"$end":1}'
}
