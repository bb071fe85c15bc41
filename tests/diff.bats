# diff: rows of tables, files and streams.

# shellcheck disable=SC1003,SC2154,SC2191 # values are words; bats sets stderr
load lib

# tables COLUMNS ROWS: table t in $M and in $P.
tables() {
	local U
	for U in "$M" "$P"; do
		sql "$U" 'DROP TABLE IF EXISTS t'
		sql "$U" "CREATE TABLE t ($1)"
		[ -z "$2" ] || sql "$U" "INSERT INTO t VALUES $2"
	done
}

# ops: of the events in $output, op and key column id, one a line.
ops() {
	jq -r 'select(.op) | .op + " " + ((.after // .before).id | tostring)' <<<"$output"
}

# ---- Files ----

@test "files: the same, different, whatever the order of rows and columns" {
	stream id,name 2,Ann 1,'"x,y"' 3, >a.csv
	stream name,id '"x,y",1' ,3 Ann,2 >b.csv
	exits 0 diff -k id a.csv b.csv
	is "$output" '{"$end":0}'
	is "$stderr" ''
	stream name,id '"x,y",1' '"",3' Anne,2 q,10 >b.csv
	exits 1 diff -k id -f text a.csv b.csv
	is "$output" $'> id=10 name=\'q\'\n- id=2 name: \'Ann\' → \'Anne\'\n- id=3 name: NULL → \'\''
	exits 1 diff -k id -f text b.csv a.csv
	is "$output" $'< id=10 name=\'q\'\n- id=2 name: \'Anne\' → \'Ann\'\n- id=3 name: \'\' → NULL'
}

@test "files: events turn B into A" {
	stream id,name 1,a 2,b 4,d >a.csv
	stream id,name 1,a 2,x 3,c >b.csv
	exits 1 diff -k id a.csv b.csv
	is "$(jq -c 'select(.op) | [.op, .before, .after]' <<<"$output")" \
		'["u",{"id":"2","name":"x"},{"id":"2","name":"b"}]
["d",{"id":"3","name":"c"},null]
["c",null,{"id":"4","name":"d"}]'
	is "$(tail -n 1 <<<"$output")" '{"$end":3}'
}

@test "files: CSV and NDJSON, standard input, pipes" {
	stream id,name 1,a 2, >a.csv
	printf '%s\n' '{"name":null,"id":2}' '{"name":"a","id":1}' '{"$end":2}' >b.ndjson
	exits 0 diff -k id a.csv b.ndjson
	exits 0 diff -k id - b.ndjson <a.csv
	exits 0 diff -k id a.csv <(cat b.ndjson)
	exits 2 diff -k id - - <a.csv
	printf '{"$end":0}\n' >empty.ndjson
	exits 1 diff -k id -f text empty.ndjson a.csv
	is "$output" $'> id=1 name=\'a\'\n> id=2 name=NULL'
}

@test "files: a stream that is cut off is trouble, never the same" {
	stream id,name 1,a 2,b >a.csv
	printf 'id,name\n1,a\n2,b\n' >cut.csv
	exits 2 diff -k id a.csv cut.csv
	one_line "$stderr"
	has "$stderr" 'cut.csv' 'end mark'
	lacks "$output" '$end'
	exits 0 diff --no-end -k id a.csv cut.csv
	printf 'id,name\n1,a\n2\n\\.\n' >ragged.csv
	exits 2 diff -k id a.csv ragged.csv
	exits 2 diff -k id a.csv no-such.csv
	exits 2 diff -k nope a.csv a.csv
	exits 2 diff a.csv a.csv
	has "$stderr" '--key'
}

@test "files: no key, so rows count" {
	stream a,b 1,x 1,x 2, 2, 2, >a.csv
	stream a,b 2, 1,x 1,x 1,x 2, >b.csv
	exits 1 diff --no-key -f text a.csv b.csv
	is "$output" $'> a=1 b=\'x\'\n< a=2 b=NULL'
	exits 1 diff --no-key -f summary a.csv b.csv
	is "$(jq -c '[.source_rows,.target_rows,.equal,.missing,.surplus,.changed]' <<<"$output")" '[5,5,4,1,1,0]'
}

@test "files: a key that is not unique" {
	stream id,v 1,a 1,b 1,c 2,x >a.csv
	stream id,v 1,c 1,a 1,b 2,x >b.csv
	exits 0 diff -k id a.csv b.csv
	stream id,v 1,c 1,z 1,a 1,a 2,x >b.csv
	exits 1 diff -k id -f text a.csv b.csv
	is "$output" $'- id=1 v: \'b\' → \'a\'\n> id=1 v=\'z\''
}

@test "files: keys and values with every byte" {
	printf 'id,v\n"a\nb",1\n"a,""b",2\n\t,3\n"",4\n,5\n\001\002,6\n\\.\n' >a.csv
	{ echo id,v; printf '\001\002,6\n,5\n"",4\n\t,3\n"a,""b",2\n"a\nb",1\n\\.\n'; } >b.csv
	exits 0 diff -k id a.csv b.csv
	exits 0 diff --no-key a.csv b.csv
	sed 's/^,5/,6/' b.csv >c.csv
	exits 1 diff -k id -f text a.csv c.csv
	is "$output" '- id=NULL v: 5 → 6'
}

@test "files: --sorted is checked" {
	stream id,v 9,a 10,b 11,c >a.csv
	stream id,v 9,a 11,c >b.csv
	exits 1 diff -k id -f text --sorted numbers a.csv b.csv
	is "$output" "< id=10 v='b'"
	stream id,v 11,c 9,a >b.csv
	exits 2 diff -k id --sorted numbers a.csv b.csv
	has "$stderr" 'not in the order of the key'
	exits 2 diff -k id --sorted bytes a.csv a.csv
}

@test "files: surplus and missing columns are told first" {
	stream id,v,w 1,a,b >a.csv
	stream id,v,x 1,a,b >b.csv
	exits 1 diff -k id -f text a.csv b.csv
	is "$output" $'< column w\n> column x'
	exits 1 diff -k id a.csv b.csv
	has "$stderr" 'column w is missing in b.csv' 'column x is missing in a.csv'
	exits 1 diff -k id -f summary a.csv b.csv
	is "$(jq -c '[.match,.missing_columns,.surplus_columns,.changed]' <<<"$output")" '[false,["w"],["x"],0]'
	exits 0 diff -k id -c id,v a.csv b.csv
	exits 2 diff -k id -c id,w a.csv b.csv
}

@test "summary: counts by column, first rows, --limit" {
	{ echo id,v,w; seq 100 | sed 's/$/,a,b/'; echo '\.'; } >a.csv
	{ echo id,v,w; seq 100 | sed 's/$/,a,b/' | sed 's/^\(.5\),a/\1,x/; s/^7,a,b/7,y,z/'; echo '\.'; } >b.csv
	exits 1 diff -k id -f summary a.csv b.csv
	is "$(jq -c '[.equal,.changed,.columns.v,.columns.w,(.samples|length),.match_rate]' <<<"$output")" \
		'[90,10,10,1,10,0.9]'
	is "$(jq -c '.samples[] | select(.id=="7")' <<<"$output")" \
		'{"id":"7","issue":"value_mismatch","diffs":{"v":{"source":"a","target":"y"},"w":{"source":"b","target":"z"}}}'
	exits 1 diff -k id -f summary --limit 3 a.csv b.csv
	is "$(jq '.samples|length' <<<"$output")" 3
	exits 1 diff -k id --limit 3 a.csv b.csv
	is "$(wc -l <<<"$output")" 4
}

@test "text: colours, long values" {
	stream id,v "1,$(printf 'x%.0s' {1..300})one" >a.csv
	stream id,v "1,$(printf 'x%.0s' {1..300})two" >b.csv
	exits 1 diff -k id -f text a.csv b.csv
	has "$output" "xone' → …" "xtwo'"
	lacks "$output" $'\33'
	exits 1 diff -k id -f text --color always a.csv b.csv
	has "$output" $'\33[31m' $'\33[32m'
}

@test "--treat: only what is named, and counted" {
	stream id,f,c,t,j,n '1,0.1234567,a,2024-01-01 00:00:00.1234,"{""b"":1, ""a"":2}",' \
		'2,1.5,b,2024-01-01 00:00:00,[1],x' '3,1,b,2024-01-01 00:00:00,[1],x' >a.csv
	stream id,f,c,t,j,n '1,0.123456712,a  ,2024-01-01 00:00:00.123,"{""a"":2.0,""b"":1}",""' \
		'2,1.5000001,b,2024-01-01 00:00:00,[1],x' '3,2,b,2024-01-01 00:00:00,[1],x' >b.csv
	exits 1 diff -k id -f summary a.csv b.csv
	is "$(jq .changed <<<"$output")" 3
	exits 1 diff -k id -f summary --treat f=float:6 --treat c=char:rtrim --treat ts:ms \
		--treat j=json:parsed --treat n=null=empty a.csv b.csv
	is "$(jq -c '[.equal,.changed,.columns]' <<<"$output")" '[2,1,{"f":1}]'
	is "$(jq -c .equal_only_under <<<"$output")" \
		'{"f=float:6":2,"c=char:rtrim":1,"ts:ms":1,"j=json:parsed":1,"n=null=empty":1}'
	exits 2 diff -k id --treat float:99 a.csv b.csv
	exits 2 diff -k id --treat id=char:rtrim a.csv b.csv
	exits 2 diff -k id --treat nope=char:rtrim a.csv b.csv
}

# ---- Tables ----

@test "tables: integer keys, both engines" {
	tables 'id bigint PRIMARY KEY, v varchar(20), d decimal(10,2)' \
		"(-5,'a',1.50),(0,'b',NULL),(9,'c',2),(10,'d',3),(100,'é',4)"
	exits 0 diff "$M" t "$P"
	exits 0 diff "$P" t "$M" t
	pg "UPDATE t SET v='x' WHERE id=9; DELETE FROM t WHERE id=-5; INSERT INTO t VALUES (11,NULL,NULL)"
	exits 1 diff "$M" t "$P" t
	is "$(ops)" $'c -5\nu 9\nd 11'
	is "$(jq -c 'select(.op=="u") | [.before,.after,.source.connector,.source.db,.source.schema,.source.table]' <<<"$output")" \
		'[{"id":9,"v":"x","d":2},{"id":9,"v":"c","d":2},"postgresql",null,"public","t"]'
	exits 1 diff "$P" t "$M" t
	is "$(ops)" $'d -5\nu 9\nc 11'
	exits 0 diff -w 'id = 0' "$M" t "$P"
	exits 0 diff -c id,d "$M" t "$P" -w 'id BETWEEN 0 AND 10'
}

@test "tables: text keys in byte order, whatever the collation" {
	tables 'id varchar(30) PRIMARY KEY, v int' \
		"('a',1),('B',2),('é',3),('Z',4),('w',5),('_',6),('',7),('aa',8),('a b',9),('x😀',10),('yﬀ',11)"
	my 'ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci'
	exits 0 diff "$M" t "$P"
	pg "DELETE FROM t WHERE id IN ('B','é'); UPDATE t SET v=0 WHERE id='x😀'"
	exits 1 diff -f text "$M" t "$P"
	is "$output" $'< id=\'B\' v=2\n- id=\'x😀\' v: 10 → 0\n< id=\'é\' v=3'
}

@test "tables: composite, unsigned, uuid, bytes, dates as keys" {
	my "DROP TABLE IF EXISTS t; CREATE TABLE t (a bigint unsigned, b char(5), v int, PRIMARY KEY (b, a));
		INSERT INTO t VALUES (18446744073709551615,'x',1),(5,'x',2),(5,'y',3),(40,'x',4)"
	pg "DROP TABLE IF EXISTS t; CREATE TABLE t (a numeric(20), b char(5), v int, PRIMARY KEY (a, b));
		INSERT INTO t VALUES (18446744073709551615,'x',1),(5,'x',2),(5,'y',3),(40,'x',4)"
	exits 0 diff "$M" t "$P"
	exits 0 diff "$P" t "$M"
	my "DROP TABLE t; CREATE TABLE t (id varchar(36) PRIMARY KEY, v int);
		INSERT INTO t VALUES (lower('F47AC10B-58CC-4372-A567-0E02B2C3D479'),1),('00000000-0000-0000-0000-000000000001',2)"
	pg "DROP TABLE t; CREATE TABLE t (id uuid PRIMARY KEY, v int);
		INSERT INTO t VALUES ('F47AC10B-58CC-4372-A567-0E02B2C3D479',1),('00000000-0000-0000-0000-000000000001',2)"
	exits 0 diff "$M" t "$P"
	my "DROP TABLE t; CREATE TABLE t (id binary(16) PRIMARY KEY, v int);
		INSERT INTO t VALUES (x'F47AC10B58CC4372A5670E02B2C3D479',1),(x'00000000000000000000000000000001',2)"
	exits 0 diff "$M" t "$P"
	my "DROP TABLE t; CREATE TABLE t (id datetime(6), b varbinary(10), v int, PRIMARY KEY (id, b));
		INSERT INTO t VALUES ('2024-01-01 00:00:00.5','\\0',1),('2024-01-01 00:00:00',x'ff00',2),('1999-01-01','',3)"
	pg "DROP TABLE t; CREATE TABLE t (id timestamp, b bytea, v int, PRIMARY KEY (id, b));
		INSERT INTO t VALUES ('2024-01-01 00:00:00.5','\\x00',1),('2024-01-01 00:00:00','\\xff00',2),('1999-01-01','',3)"
	exits 0 diff "$M" t "$P"
	pg "UPDATE t SET v=9 WHERE v=2"
	exits 1 diff -f text "$M" t "$P"
	is "$output" $'- id=\'2024-01-01 00:00:00\' b=\'\\xff00\' v: 2 → 9'
}

@test "tables: float and JSON keys are sorted here; NULL in keys" {
	tables 'id double precision, k int, v int, UNIQUE (k)' '(1.5,NULL,1),(10,NULL,2),(-2,3,3),(9,4,4)'
	exits 0 diff -k id "$M" t "$P"
	exits 0 diff -k k "$M" t "$P"
	pg 'UPDATE t SET v=7 WHERE v=2'
	exits 1 diff -k id -f text "$M" t "$P"
	is "$output" '- id=10 v: 2 → 7'
	exits 1 diff -k k -f summary "$M" t "$P"
	is "$(jq -c '[.equal,.changed]' <<<"$output")" '[3,1]'
}

@test "tables: without a key, duplicate rows count" {
	tables 'a int, b varchar(10)' "(1,'x'),(1,'x'),(2,NULL),(2,NULL),(3,'z')"
	exits 0 diff "$M" t "$P"
	pg "INSERT INTO t VALUES (2,NULL); DELETE FROM t WHERE a=3"
	exits 1 diff -f text "$M" t "$P"
	is "$output" $'> a=2 b=NULL\n< a=3 b=\'z\''
}

@test "tables: types that differ between the engines, the same values" {
	my "DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, b tinyint(1), n decimal(8,3), j json, d datetime, f float);
		INSERT INTO t VALUES (1,1,1.5,'{\"b\": 1.0, \"a\": [1,2]}','2024-01-01 10:00:00',12345678),(2,0,0,'[]',NULL,0.1),(3,NULL,NULL,NULL,NULL,NULL)"
	pg "DROP TABLE IF EXISTS t; CREATE TABLE t (id bigint PRIMARY KEY, b boolean, n numeric, j jsonb, d timestamptz, f float8);
		INSERT INTO t VALUES (1,true,1.50,'{\"a\": [1,2], \"b\": 1}','2024-01-01 10:00:00+00',12345678),(2,false,0,'[]',NULL,0.1),(3,NULL,NULL,NULL,NULL,NULL)"
	exits 0 diff -f text "$M" t "$P"
	is "$output" ''
	exits 0 diff "$P" t "$M"
	pg "UPDATE t SET b=true WHERE id=2; UPDATE t SET j='{\"a\": [2,1], \"b\": 1}' WHERE id=1"
	exits 1 diff -f summary "$M" t "$P"
	is "$(jq -c '[.changed,.columns]' <<<"$output")" '[2,{"b":1,"j":1}]'
}

@test "tables and files" {
	tables 'id int PRIMARY KEY, v varchar(10)' "(9,'a'),(10,'b')"
	extract "$M" t >t.csv
	exits 0 diff t.csv "$P" t
	exits 0 diff "$P" t t.csv
	exits 0 diff --sorted numbers "$P" t t.csv
	exits 0 diff - "$P" t < <(extract -f ndjson "$M" t)
	my "UPDATE t SET v='x' WHERE id=10"
	exits 1 diff -f text "$M" t t.csv
	is "$output" "- id=10 v: 'x' → 'b'"
}

@test "tables: generated columns, columns in another order, names in quotes" {
	my 'DROP TABLE IF EXISTS `T "1"`; CREATE TABLE `T "1"` (`I d` int PRIMARY KEY, `select` int, g int AS (`select`*2) STORED);
		INSERT INTO `T "1"` (`I d`, `select`) VALUES (1,2)'
	pg 'DROP TABLE IF EXISTS "T ""1"""; CREATE TABLE "T ""1""" ("select" int, g int, "I d" int PRIMARY KEY);
		INSERT INTO "T ""1""" VALUES (2,4,1)'
	exits 0 diff "$M" 'T "1"' "$P"
	pg 'UPDATE "T ""1""" SET g=5'
	exits 1 diff -f text "$M" 'T "1"' "$P"
	is "$output" '- I d=1 g: 4 → 5'
}

@test "trouble is exit 2: tables, servers, usage, full disks" {
	tables 'id int PRIMARY KEY, v varchar(10)' "(9,'a'),(10,'b')"
	exits 2 diff "$M" nope "$P"
	one_line "$stderr"
	exits 2 diff "$M" t "postgres://postgres@127.0.0.1:1/x" t
	one_line "$stderr"
	exits 2 diff "$M" t
	exits 2 diff "$M" "$P"
	exits 2 diff --format=nope "$M" t "$P"
	exits 2 bash -c "diff '$M' t '$P' >/dev/full"
	stream id,v 1,a >a.csv
	exits 2 env PATH="$BIN" diff -k id a.csv a.csv
	has "$stderr" 'sort'
	my 'CREATE TABLE IF NOT EXISTS u (x int)'
	pg 'CREATE TABLE IF NOT EXISTS u (y int)'
	exits 2 diff "$M" u "$P"
	has "$stderr" 'no column in common'
}

# Random tables: what diff finds is what sort(1) and comm(1) find.
@test "tables: random rows, random changes" {
	local seed
	for seed in 1 2 3; do
		awk -v seed=$seed 'BEGIN { srand(seed); for (i = 1; i <= 3000; i++) {
			k = int(rand() * 100000); if (k in seen) continue; seen[k] = 1
			printf "%d,%s,%s\n", k, rand() < .1 ? "" : "v" int(rand() * 50), rand() < .2 ? "\"q,\"\"" k "\"" : int(rand() * 1000) } }' >rows
		awk -v seed=$seed 'BEGIN { srand(seed + 100) } { r = rand() }
			r < .01 { next } r < .02 { sub(/,/, ",changed") } { print } r > .99 { sub(/^/, "7"); print }' rows | sort -u -t, -k1,1 >rows2
		tables 'id int PRIMARY KEY, a varchar(30), b varchar(30)' ''
		{ echo id,a,b; cat rows; echo '\.'; } | command load "$M" t >/dev/null
		{ echo id,a,b; cat rows2; echo '\.'; } | command load "$P" t >/dev/null
		exits 1 diff "$M" t "$P"
		jq -r 'select(.op) | select(.after) | [.after.id, .after.a // "-"] | @tsv' <<<"$output" | sort >after
		comm -23 <(sort rows) <(sort rows2) | awk -F, '{ print $1 "\t" ($2 == "" ? "-" : $2) }' | sort >want
		same after want
		jq -r 'select(.op) | select(.before) | [.before.id, .before.a // "-"] | @tsv' <<<"$output" | sort >before
		comm -13 <(sort rows) <(sort rows2) | awk -F, '{ print $1 "\t" ($2 == "" ? "-" : $2) }' | sort >want
		same before want
	done
}

# ---- Databases ----

@test "--count: all tables, some, text, only on one side" {
	new_databases
	tables 'id int PRIMARY KEY' '(1),(2),(3)'
	my 'CREATE TABLE u (id int); INSERT INTO u VALUES (1); CREATE TABLE only_a (id int); CREATE TABLE rowboat_once (id int); CREATE TABLE rowboat_of_mine (id int)'
	pg 'CREATE TABLE u (id int)'
	exits 1 diff --count "$M" "$P"
	is "$output" '{"only_a":{"source":0,"target":null,"match":false},"rowboat_of_mine":{"source":0,"target":null,"match":false},"t":{"source":3,"target":3,"match":true},"u":{"source":1,"target":0,"match":false}}'
	exits 0 diff --count "$M" "$P" t
	is "$output" '{"t":{"source":3,"target":3,"match":true}}'
	exits 1 diff --count --format text "$P" "$M" t u
	is "$output" $'= t 3 3\n- u 0 1'
	exits 0 diff --count -w 'id > 1' "$M" "$P" t u
	exits 2 diff --count "$M" "$P" only_a
	has "$stderr" 'only_a'
	exits 2 diff --count "$M" "postgres://postgres@127.0.0.1:1/x"
	exits 2 diff --count --format events "$M" "$P"
	exits 2 diff --count a.csv "$P"
	pg 'CREATE SCHEMA s2; CREATE TABLE s2.t (id int)'
	exits 0 diff --count "$P" "$P"
	is "$(jq -c 'keys' <<<"$output")" '["public.t","s2.t","u"]'
	exits 0 diff --count "$P" "$P" public.t s2.t
	pg 'DROP SCHEMA s2 CASCADE'
}

@test "--count --estimate" {
	new_databases
	tables 'id int PRIMARY KEY' ''
	{ echo id; seq 1000; echo '\.'; } | tee >(command load "$M" t >&2) | command load "$P" t >&2
	wait
	my 'ANALYZE TABLE t' >&2
	pg 'ANALYZE t'
	wait_until test "$(my 'SELECT count(*) FROM t')" = 1000
	exits 0 diff --count --estimate "$M" "$P" t
	has "$output" '"match":true'
}

@test "--types: what schema makes fits" {
	new_databases
	my "CREATE TABLE a (id bigint unsigned PRIMARY KEY AUTO_INCREMENT, t1 tinyint, t2 tinyint unsigned, m mediumint,
		u int unsigned, d decimal(10,2) NOT NULL, f float, g double, c char(3), v varchar(50) UNIQUE, x text, lx longtext,
		b blob, vb varbinary(10), dt datetime, dt3 datetime(3), ts timestamp NULL, da date, ti time(2), y year, j json,
		e enum('a','bb'), s set('x','y'), bi bit(5));
		CREATE TABLE b (id int PRIMARY KEY, a_id bigint unsigned, FOREIGN KEY (a_id) REFERENCES a (id))"
	schema --to postgres "$M" | pg >&2
	exits 0 diff --types --format text "$M" "$P"
	is "$output" ''
	exits 0 diff --types "$M" "$P" a
	is "$(jq -c '.a | [.match, .source_types.v, .target_types.v, .mismatches]' <<<"$output")" \
		'[true,"varchar(50)","character varying(50)",[]]'
}

@test "--types: what does not fit, told one by one" {
	new_databases
	my "CREATE TABLE t (id bigint PRIMARY KEY, age int, name varchar(100), price decimal(12,4), at datetime(6), d double,
		big int unsigned, gone int, flag int, e enum('a','b'), txt text, n int, u int UNIQUE);
		CREATE TABLE only_a (id int PRIMARY KEY)"
	pg "CREATE TABLE t (id bigint, age smallint, name varchar(50), price numeric(10,2), at timestamp(0), d real,
		big integer, extra int NOT NULL, flag date, e text, txt varchar(10), n int NOT NULL, u int)"
	exits 1 diff --types --format text "$M" "$P"
	# MySQL has no display widths any more
	is "$(sed -E 's/int\(1[01]\)/int/' <<<"$output")" 'only_a: Table missing in target
t: Nullability mismatch for id: not null -> null
t: Type mismatch for age: int -> smallint (may be outside -32768 to 32767)
t: Type mismatch for name: varchar(100) -> character varying(50) (may be longer than 50 characters)
t: Type mismatch for price: decimal(12,4) -> numeric(10,2) (may have more digits than numeric(10,2) keeps)
t: Type mismatch for at: datetime(6) -> timestamp(0) without time zone (may have more than 0 digits of the second'"'"'s fraction)
t: Type mismatch for d: double -> real (may have more digits than it keeps)
t: Type mismatch for big: int unsigned -> integer (may be outside -2147483648 to 2147483647)
t: Column gone missing in target
t: Type mismatch for flag: int -> date
t: Type mismatch for txt: text -> character varying(10) (may be longer than 10 characters)
t: Nullability mismatch for n: null -> not null
t: Column extra missing in source (not null, without a default)
t: Primary key (id) missing in target
t: Unique key (u) missing in target'
	exits 0 diff --types "$M" "$M"
	exits 0 diff --types "$P" "$P"
	my -d "$M2" "CREATE TABLE t (id bigint PRIMARY KEY, name varchar(100) CHARACTER SET latin1, e enum('a'), tt text)"
	my "DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, name varchar(100), e enum('a','b'), tt mediumtext)"
	exits 1 diff --types --format text "$M" "$M2" t
	has "$output" 'characters that latin1 lacks' 'none of the labels' 'longer than 65535 bytes'
}

# ---- Samples, second looks ----

@test "--sample: the same keys on both sides, whichever side lacks them" {
	tables 'id int PRIMARY KEY, v varchar(20)' ''
	{ echo id,v; seq 2000 | sed 's/$/,x/'; echo '\.'; } | tee >(command load "$M" t >&2) | command load "$P" t >&2
	wait_until test "$(my 'SELECT count(*) FROM t')" = 2000
	exits 0 diff --sample 100 "$M" t "$P"
	is "$(jq -c '[.sampled,.mismatches,.match_rate,.samples]' <<<"$output")" '[100,0,1,[]]'
	pg "UPDATE t SET v='y' WHERE id % 2 = 0; DELETE FROM t WHERE id % 5 = 0"
	my 'DELETE FROM t WHERE id % 7 = 0'
	exits 1 diff --sample 2000 "$M" t "$P"
	is "$(jq -c '[.missing,.surplus,.changed]' <<<"$output")" \
		"$(printf '[%d,%d,%d]' "$(seq 2000 | awk '$1%5==0 && $1%7' | wc -l)" "$(seq 2000 | awk '$1%7==0 && $1%5' | wc -l)" \
			"$(seq 2000 | awk '$1%2==0 && $1%7 && $1%5' | wc -l)")"
	exits 1 diff --sample 100 "$M" t "$P"
	local a=$output
	is "$(jq '.samples|length' <<<"$a")" 10
	has "$a" 'missing in target' 'missing in source' 'value_mismatch'
	exits 1 diff --sample 100 --seed x "$M" t "$P"
	if [ "$a" = "$output" ]; then false; fi
	exits 1 diff --sample 100 --format text "$M" t "$P"
	has "$output" '- id=' '< id=' '> id='
	exits 2 diff --sample 3 -k id a.csv b.csv
}

@test "--sample: keys of every kind" {
	tables 'a varchar(20), b decimal(10,2), c date, d bigint, PRIMARY KEY (a, b, c)' \
		"('é',1.50,'2024-01-02',1),('E',1.50,'2024-01-01',2),('x''y\"',-3,'1999-12-31',3),('',0,'0001-01-01',4)"
	my 'ALTER TABLE t MODIFY a varchar(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci'
	exits 0 diff --sample 10 "$M" t "$P"
	is "$(jq .sampled <<<"$output")" 4
	pg 'UPDATE t SET d = 5 WHERE d = 2'
	exits 1 diff --sample 10 --format text "$M" t "$P"
	is "$output" "- a='E' b=1.5 c='2024-01-01' d: 2 → 5"
	my "DROP TABLE t; CREATE TABLE t (id binary(16) PRIMARY KEY, v int);
		INSERT INTO t VALUES (x'F47AC10B58CC4372A5670E02B2C3D479',1),(x'00000000000000000000000000000001',2)"
	pg "DROP TABLE t; CREATE TABLE t (id uuid PRIMARY KEY, v int);
		INSERT INTO t VALUES ('F47AC10B-58CC-4372-A567-0E02B2C3D479',1),('00000000-0000-0000-0000-000000000001',3)"
	exits 1 diff --sample 10 --format text "$M" t "$P"
	is "$output" "- id='00000000-0000-0000-0000-000000000001' v: 2 → 3"
	tables 'a int, b int' '(1,2)'
	exits 2 diff --sample 10 "$M" t "$P"
	has "$stderr" '--key'
	exits 0 diff --sample 10 -k a "$M" t "$P"
}

@test "--recheck: only what differs still is told" {
	tables 'id int PRIMARY KEY, v varchar(20)' "(1,'a'),(2,'b'),(3,'c'),(4,'d')"
	exits 0 diff --recheck 1 "$M" t "$P"
	pg "UPDATE t SET v='x' WHERE id IN (2,3); DELETE FROM t WHERE id=4; INSERT INTO t VALUES (9,'q')"
	diff --recheck 3 -f summary "$M" t "$P" >out & pid=$!
	sleep 1
	pg "UPDATE t SET v='b' WHERE id=2; INSERT INTO t VALUES (4,'d')"
	my "UPDATE t SET v='z' WHERE id=1"
	status=0; wait "$pid" || status=$?
	is "$status" 1
	is "$(jq -c '[.source_rows,.target_rows,.equal,.missing,.surplus,.changed]' out)" '[4,4,3,0,1,1]'
	exits 2 diff --recheck 1 --no-key "$M" t "$P"
}

# ---- Queries ----

@test "--query: as a set, by key, in order" {
	tables 'id int PRIMARY KEY, g int, v decimal(8,2)' '(1,1,1.5),(2,1,2.5),(3,2,9),(4,2,9)'
	exits 0 diff -q 'SELECT g, sum(v) AS total FROM t GROUP BY g' "$M" "$P"
	is "$(jq -c '[.match,.source_rows]' <<<"$output")" '[true,2]'
	exits 0 diff -q 'SELECT g, v FROM t' "$M" "$P"
	exits 0 diff --ordered -q 'SELECT g, v FROM t ORDER BY id;' "$M" "$P"
	exits 0 diff -q 'SELECT count(*) AS n FROM t' --query-b 'SELECT 4::bigint AS n' "$M" "$P"
	pg 'UPDATE t SET v=8 WHERE id=3'
	exits 1 diff -q 'SELECT g, v FROM t' -f text "$M" "$P"
	is "$output" $'> g=2 v=8\n< g=2 v=9'
	exits 1 diff -k g -q 'SELECT g, sum(v) AS total FROM t GROUP BY g' -f text "$M" "$P"
	is "$output" '- g=2 total: 18 → 17'
	exits 1 diff --ordered -q 'SELECT v FROM t ORDER BY id' -f text "$M" "$P"
	is "$output" '- row=3 v: 9 → 8'
	exits 1 diff --ordered -q 'SELECT v FROM t ORDER BY id' --query-b 'SELECT v FROM t WHERE id < 3 ORDER BY id' "$M" "$M"
	is "$(jq -c '[.missing,.samples]' <<<"$output")" '[2,[{"row":3,"issue":"missing in target"},{"row":4,"issue":"missing in target"}]]'
	exits 2 diff -q 'SELECT nope FROM t' "$M" "$P"
	exits 2 diff -q 'SELECT 1 AS a' --query-b 'SELECT 1 AS b' "$M" "$P"
	has "$stderr" 'AS'
	exits 2 diff -q 'SELECT 1 AS a' -f events "$M" "$P"
	exits 2 diff -q 'SELECT 1 AS a' "$M" t "$P"
}

@test "--query-file: named queries, one summary each" {
	tables 'id int PRIMARY KEY, v int' '(1,5),(2,6)'
	printf '%s\n' '-- name: rows' 'SELECT count(*) AS n FROM t;' '' '-- name: total' '-- a comment' 'SELECT sum(v) AS s' '  FROM t;' >q.sql
	exits 0 diff --query-file q.sql "$M" "$P"
	is "$(jq -c '[.query,.match]' <<<"$output")" $'["rows",true]\n["total",true]'
	pg 'UPDATE t SET v=7 WHERE id=1'
	exits 1 diff --query-file q.sql "$M" "$P"
	is "$(jq -c '[.query,.match]' <<<"$output")" $'["rows",true]\n["total",false]'
	exits 1 diff --query-file q.sql -f text "$M" "$P"
	is "$output" $'-- rows\n-- total\n< s=11\n> s=13'
	printf '%s\n' '-- name: total' 'SELECT sum(v)-2 AS s FROM t' >b.sql
	exits 0 diff --query-file q.sql --query-file-b b.sql "$M" "$P"
	printf '%s\n' '-- name: other' 'SELECT 1' >b.sql
	exits 2 diff --query-file q.sql --query-file-b b.sql "$M" "$P"
	printf 'SELECT 1\n' >b.sql
	exits 2 diff --query-file b.sql "$M" "$P"
	has "$stderr" 'no name'
}

# ---- Fit ----

@test "--fit: MySQL into PostgreSQL" {
	new_databases
	my "SET sql_mode=''; CREATE TABLE t (id int PRIMARY KEY, name varchar(100), age int, price decimal(12,4), at datetime(6),
		d date, txt text, n int, ti time, big bigint unsigned, u varchar(10), f double);
		INSERT INTO t VALUES (1,'ok',1,1.5,'2024-01-01','2024-01-01','x',1,'10:00:00',1,'a',0.5),
		(2,repeat('é',51),40000,1.255,'2024-01-01 00:00:00.5','0000-00-00','a\\0b',NULL,'-10:00:00',18446744073709551615,'b',0.1),
		(3,repeat('é',50),32767,12345678.12,'0000-00-00 00:00:00','2020-00-10','y',3,'30:00:00',9223372036854775807,'b',1e300)"
	pg "CREATE TABLE t (id int PRIMARY KEY, name varchar(50), age smallint, price numeric(10,2), at timestamp(0),
		d date, txt text, n int NOT NULL, ti time, big bigint, u text UNIQUE, f real)"
	exits 1 diff --fit "$M" "$P"
	is "$(jq -r '.t.misfits[] | "\(.column) \(.issue) \(.rows) \([.samples[]?.id] | join(","))"' <<<"$output" | sort)" \
		'age range 1 2
at fraction 1 2
at zero-date 1 3
big range 1 2
d zero-date 2 2,3
f digits 2 2,3
n null 1 2
name length 1 2
price digits 1 2
ti duration 2 2,3
txt nul 1 2
u duplicate 1 '
	is "$(jq -c '[.t.match, .t.rows, .t.unchecked]' <<<"$output")" '[false,3,[]]'
	exits 0 diff --fit -w 'id = 1' "$M" "$P" t
	exits 1 diff --fit --format text "$M" "$P" t
	has "$output" 't.age: 1 row outside -32768 to 32767, as id=2 age=40000'
}

@test "--fit: PostgreSQL into MySQL" {
	new_databases
	pg "CREATE TABLE t (id bigint PRIMARY KEY, name text UNIQUE, price numeric, at timestamp, i interval, ts timestamptz, l text, e text, b bytea);
		INSERT INTO t VALUES (1,'Ann',1.5,'2024-01-01','10:00:00','2024-01-01 00:00:00+00','x','a','\\x00'),
		(2,'ann ',1.234,'infinity','1000:00:00','1960-01-01 00:00:00+00','☃','zz','\\x010203'),
		(3,'Änn',NULL,'0044-03-15 BC','1 day','2110-01-01 00:00:00+00','€','b',NULL)"
	my "CREATE TABLE t (id int PRIMARY KEY, name varchar(20) COLLATE utf8mb4_general_ci UNIQUE, price decimal(10,2), at datetime(6), i time,
		ts timestamp(6) NULL, l varchar(10) CHARACTER SET latin1, e enum('a','b'), b varbinary(2))"
	exits 1 diff --fit "$P" "$M"
	is "$(jq -r '.t.misfits[] | "\(.column) \(.issue) \(.rows) \([.samples[]?.id] | join(","))"' <<<"$output" | sort)" \
		'at date 2 2,3
b length 1 2
e label 1 2
i duration 2 2,3
l charset 1 2
name duplicate 2 
price digits 1 2
ts date 2 2,3'
	pg 'DELETE FROM t WHERE id > 1'
	exits 0 diff --fit "$P" "$M"
	is "$(jq -c '.t.misfits' <<<"$output")" '[]'
	pg "UPDATE t SET ts = '2040-01-01 00:00:00+00'"
	exits "$(long_timestamps && echo 0 || echo 1)" diff --fit "$P" "$M"
}

@test "--fit: tables and columns that are missing" {
	new_databases
	my 'CREATE TABLE a (id int PRIMARY KEY, x int); CREATE TABLE b (id int PRIMARY KEY)'
	pg 'CREATE TABLE a (id int PRIMARY KEY, y int NOT NULL, z int)'
	exits 1 diff --fit --format text "$M" "$P"
	is "$output" $'a.x: no such column in the target\na.y: no value for a column that is NOT NULL\nb: no such table in the target'
}

# ---- In the databases ----

# without_time: events without their time.
without_time() {
	sed 's/,"ts_ms":[0-9]*//'
}

@test "--in-database: finds what the merge finds, random tables" {
	local seed
	for seed in 1 2 3; do
		tables 'id bigint PRIMARY KEY, a varchar(30), d decimal(10,2), t date' ''
		awk -v seed=$seed 'BEGIN { srand(seed); print "id,a,d,t"; for (i = 1; i <= 20000; i++) {
			k = seed == 2 ? i : int(rand() * 2000000000) - 1000000000; if (k in seen) continue; seen[k] = 1
			printf "%d,%s,%.2f,2024-01-%02d\n", k, rand() < .1 ? "" : "é" int(rand() * 50), rand() * 1000, 1 + rand() * 28 }
			print "\\." }' >rows
		command load "$M" t <rows >&2
		command load "$P" t <rows >&2
		my 'ANALYZE TABLE t' >&2
		pg 'ANALYZE t'
		exits 0 diff --in-database "$M" t "$P"
		is "$output" '{"$end":0}'
		pg "UPDATE t SET a='changed' WHERE id IN (SELECT id FROM t ORDER BY md5(id::text) LIMIT 5);
			DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY md5(id::text || 'x') LIMIT 3);
			INSERT INTO t VALUES (-1999999999,'new',1,NULL),(1999999999,'new',1,NULL)"
		exits 1 diff "$M" t "$P"
		without_time <<<"$output" >merged
		exits 1 diff --in-database "$M" t "$P"
		without_time <<<"$output" >in_database
		same merged in_database
		is "$(wc -l <merged)" 11
		exits 1 diff --in-database -f summary "$M" t "$P"
		is "$(jq -c '[.source_rows,.target_rows,.equal]' <<<"$output")" \
			"$(exits 1 diff -f summary "$M" t "$P"; jq -c '[.source_rows,.target_rows,.equal]' <<<"$output")"
	done
}

@test "--in-database: extreme keys, NULL, duplicates, empty tables" {
	my 'DROP TABLE IF EXISTS t; CREATE TABLE t (id bigint unsigned PRIMARY KEY, v int); INSERT INTO t VALUES (0,1),(18446744073709551615,2),(9223372036854775808,3)'
	pg 'DROP TABLE IF EXISTS t; CREATE TABLE t (id numeric(20) PRIMARY KEY, v int); INSERT INTO t VALUES (0,1),(18446744073709551615,2),(9223372036854775808,4)'
	exits 1 diff --in-database -f text "$M" t "$P"
	is "$output" '- id=9223372036854775808 v: 3 → 4'
	tables 'id bigint PRIMARY KEY, v int' '(-9223372036854775808,1),(9223372036854775807,2),(0,3)'
	exits 0 diff --in-database "$M" t "$P"
	pg 'DELETE FROM t'
	exits 1 diff --in-database -f summary "$M" t "$P"
	is "$(jq -c '[.missing,.equal]' <<<"$output")" '[3,0]'
	exits 1 diff --in-database -f summary "$P" t "$M"
	is "$(jq -c '[.surplus,.equal]' <<<"$output")" '[3,0]'
	my 'DELETE FROM t'
	exits 0 diff --in-database "$M" t "$P"
	tables 'id int, v int' '(NULL,1),(NULL,2),(1,1),(1,2),(1,3),(7,7)'
	exits 0 diff --in-database -k id "$M" t "$P"
	pg 'DELETE FROM t WHERE v = 2; UPDATE t SET v = 8 WHERE id = 7'
	exits 1 diff --in-database -k id -f text "$M" t "$P"
	is "$output" $'< id=NULL v=2\n< id=1 v=2\n- id=7 v: 7 → 8'
	exits 0 diff --in-database -k id -w 'id = 7' -c id "$M" t "$P"
	exits 1 diff --in-database -f text "$M" t "$P"
	is "$output" $'< id=NULL v=2\n< id=1 v=2\n< id=7 v=7\n> id=7 v=8'
	stream id,v 1,2 >a.csv
	exits 2 diff --in-database -k id a.csv "$P" t
}

# in_database_too: `diff "$M" t "$P"` finds the differences that it finds with --in-database, and
# there are so many.
in_database_too() {
	exits 1 diff "$@" "$M" t "$P"
	without_time <<<"$output" >merged
	exits 1 diff --in-database "$@" "$M" t "$P"
	without_time <<<"$output" >in_database
	same merged in_database
	is "$(tail -n 1 merged)" "{\"\$end\":$changes}"
}

# both_loaded COLUMNS_MYSQL COLUMNS_POSTGRES: table t in $M and $P with the rows of the file rows.
both_loaded() {
	my "DROP TABLE IF EXISTS t; CREATE TABLE t ($1)"
	pg "DROP TABLE IF EXISTS t; CREATE TABLE t ($2)"
	command load "$M" t <rows >&2
	command load "$P" t <rows >&2
	exits 0 diff --in-database "$M" t "$P"
	is "$output" '{"$end":0}'
}

@test "--in-database: keys of every kind, without an order" {
	local changes=3 ops="DELETE FROM t WHERE v = 7; UPDATE t SET v = -1 WHERE v = 8; UPDATE t SET w = 'X' WHERE v = 9"
	rows() { # FORMAT [MODULUS FIRST]: of the key, a number
		awk -v key="$1" -v mod="${2:-100003}" -v first="${3:-0}" 'BEGIN { print "id,v,w"; for (i = 1; i <= 3000; i++) {
			printf key, first + (i * 7919) % mod; print "," i ",w" i }; print "\\." }' >rows
	}
	# Text: case, accents and spaces count, whatever the collations.
	rows 'É%05d'
	both_loaded 'id varchar(40) COLLATE utf8mb4_general_ci PRIMARY KEY, v int, w text' \
		'id varchar(40) PRIMARY KEY, v int, w text'
	pg "$ops"
	in_database_too
	rows 'É%05d'
	both_loaded 'id varchar(40) COLLATE utf8mb4_general_ci PRIMARY KEY, v int, w text' \
		'id varchar(40) COLLATE "und-x-icu" PRIMARY KEY, v int, w text'
	my "UPDATE t SET id = REPLACE(id, 'É', 'é') WHERE v = 10; UPDATE t SET w = 'W11' WHERE v = 11"
	in_database_too
	# uuid, date, timestamp, decimal, bytes
	rows 'f47ac10b-58cc-4372-a567-0e02b2c%05d'
	both_loaded 'id char(36) PRIMARY KEY, v int, w text' 'id uuid PRIMARY KEY, v int, w text'
	pg "$ops"
	in_database_too
	awk -F, -v OFS=, 'NR > 1 && NF == 3 { gsub("-", "", $1); $1 = "\\x" $1 } 1' rows >hex
	my 'DROP TABLE t; CREATE TABLE t (id binary(16) PRIMARY KEY, v int, w text)'
	command load "$M" t <hex >&2
	in_database_too
	exits 1 diff --in-database -f summary "$M" t "$P"
	[ "$(jq .bytes <<<"$output")" -lt 100000 ]
	rows '%04d-02-28' 8999 1000
	both_loaded 'id date PRIMARY KEY, v int, w text' 'id date PRIMARY KEY, v int, w text'
	pg "$ops"
	in_database_too
	rows '2024-02-29 10:00:00.%05d'
	both_loaded 'id datetime(6) PRIMARY KEY, v int, w text' 'id timestamptz PRIMARY KEY, v int, w text'
	pg "$ops"
	in_database_too
	exits 1 diff --in-database -f summary "$M" t "$P"
	[ "$(jq .bytes <<<"$output")" -lt 100000 ]
	rows '-1.%05d'
	both_loaded 'id decimal(12,6) PRIMARY KEY, v int, w text' 'id numeric PRIMARY KEY, v int, w text'
	pg "$ops"
	in_database_too
}

@test "--in-database: composite keys, and one number with many rows" {
	local changes=3
	awk 'BEGIN { print "a,b,v"; for (i = 1; i <= 6000; i++) print (i < 5000 ? 1 : i) ",k" i "," i; print "\\." }' >rows
	both_loaded 'a int, b varchar(20), v int, PRIMARY KEY (a, b)' 'a int, b varchar(20), v int, PRIMARY KEY (b, a)'
	pg 'DELETE FROM t WHERE v = 17; UPDATE t SET v = 0 WHERE v = 4000; UPDATE t SET v = 0 WHERE v = 5500'
	in_database_too -k a,b
	exits 1 diff --in-database -f summary -k a,b "$M" t "$P"
	is "$(jq -c '[.source_rows,.target_rows,.equal]' <<<"$output")" '[6000,5999,5997]'
	[ "$(jq .bytes <<<"$output")" -lt 60000 ]
	in_database_too -k b,a
	exits 1 diff --in-database -f summary -k b,a -w 'v > 5000' "$M" t "$P"
	is "$(jq -c '[.source_rows,.target_rows,.changed]' <<<"$output")" '[1000,999,0]'
}

@test "--in-database: no key, JSON, decimals of another scale, far too small an estimate" {
	local changes=4
	awk 'BEGIN { print "a,b,j"; for (i = 1; i <= 6000; i++) print i % 3 "," i % 1000 ".50,\"{\"\"k\"\": " i % 7 "}\""; print "\\." }' >rows
	both_loaded 'a int, b decimal(10,2), j json' 'a int, b numeric, j jsonb'
	pg "DELETE FROM t WHERE ctid IN (SELECT ctid FROM t WHERE b = 7.5 LIMIT 2);
		UPDATE t SET a = NULL WHERE ctid IN (SELECT ctid FROM t WHERE b = 8.5 LIMIT 1)"
	in_database_too
	exits 1 diff --in-database -f summary "$M" t "$P"
	is "$(jq -c '[.missing,.surplus,.equal]' <<<"$output")" '[3,1,5997]'
	pg 'CREATE VIEW w AS SELECT * FROM t'
	exits 1 diff --in-database --no-key -f summary -c a,b "$M" t "$P" w
	is "$(jq -c '[.missing,.surplus,.equal]' <<<"$output")" '[3,1,5997]'
	pg 'DROP VIEW w'
}

@test "--in-database: equal values that are held differently, decimals of another scale" {
	my 'DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, b tinyint(1), d decimal(10,2)); INSERT INTO t VALUES (1,1,1.50),(2,0,2),(3,NULL,NULL)'
	pg 'DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, b boolean, d numeric); INSERT INTO t VALUES (1,true,1.5),(2,false,2.000),(3,NULL,NULL)'
	exits 0 diff --in-database "$M" t "$P"
	exits 0 diff --in-database -f summary -c id,d "$M" t "$P"
	is "$(jq .equal <<<"$output")" 3
}

@test "--in-database: between two of one engine, whose own texts will do" {
	new_databases
	local U columns rows column
	rows="(1,'a,b','Ä','2024-01-02 03:04:05.120000','-838:59:59',x'00ff2c','2,',1.5,'x'),
		(2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),(3,'','','1000-01-01 00:00:00','00:00:00',x'','',0,''),
		(4,'-','é','2024-01-02 03:04:05','00:00:01.5',x'2d','-,',2,'y'),(5,'a','b,','2024-01-02',NULL,x'','2,',-1,NULL)"
	for U in "$M" "$M2"; do
		columns='id int PRIMARY KEY, a varchar(20) COLLATE utf8mb4_general_ci, b varchar(20) CHARACTER SET latin1,
			t datetime(6), d time(2), y varbinary(9), c varchar(9) COLLATE utf8mb4_unicode_ci, f double'
		my -d "$U" "CREATE TABLE t ($columns, z varchar(9) CHARACTER SET utf8mb3); INSERT INTO t VALUES $rows;
			CREATE TABLE l ($columns, z longtext); INSERT INTO l VALUES $rows"
	done
	my -d "$M2" 'ALTER TABLE t MODIFY b varchar(20) CHARACTER SET utf8mb4; ALTER TABLE l MODIFY t datetime(3)'
	for U in t l; do
		exits 0 diff --in-database "$M" $U "$M2"
		for column in a b t d y c f z; do
			my -d "$M2" "UPDATE $U SET $column = NULL WHERE id = 3"
			exits 1 diff --in-database -f text "$M" $U "$M2"
			has "$output" "- id=3 $column: "
			is "$(wc -l <<<"$output")" 1
			my -d "$M2" "REPLACE INTO $U SELECT * FROM ${M##*/}.$U WHERE id = 3"
		done
		# what moves from one column to the next
		my -d "$M2" "UPDATE $U SET a = 'a,', b = 'b,' WHERE id = 5"
		exits 1 diff --in-database -f text "$M" $U "$M2"
		is "$output" "- id=5 a: 'a' → 'a,'"
	done
	for U in "$P" "$P2"; do
		pg -d "$U" "CREATE TABLE t (id int PRIMARY KEY, a text, t timestamptz, y bytea);
			INSERT INTO t VALUES (1,'a,b','2024-01-02 03:04:05.12+00','\\x2c'),(2,NULL,NULL,NULL),(3,'','infinity','')"
	done
	exits 0 diff --in-database "$P" t "$P2"
	pg -d "$P2" "UPDATE t SET a = '' WHERE id = 2"
	exits 1 diff --in-database -f text "$P" t "$P2"
	is "$output" "- id=2 a: NULL → ''"
}

# one_engine TYPE VALUE OTHER: columns of that type in $M and $M2 are the same with the value;
# with the other one, or NULL, they are not.
one_engine() {
	local U
	for U in "$M" "$M2"; do
		my -d "$U" "SET sql_mode = ''; DROP TABLE IF EXISTS t; SET @v = $2, @o = $3;
			CREATE TABLE t (id int PRIMARY KEY, a $1 NOT NULL, b $1 NULL DEFAULT NULL);
			INSERT INTO t VALUES (1,$2,NULL),(2,$3,$2),(3,$2,$3)"
	done
	exits 0 diff --in-database "$M" t "$M2"
	for U in "a = $3 WHERE id = 1" "a = $2 WHERE id = 2" "b = $2 WHERE id = 1" "b = NULL WHERE id = 3"; do
		my -d "$M2" "SET sql_mode = ''; UPDATE t SET $U"
		exits 1 diff --in-database -f text "$M" t "$M2"
		has "$output" "- id=${U##* } ${U%% *}: "
		is "$(wc -l <<<"$output")" 1
		my -d "$M2" "REPLACE INTO t SELECT * FROM ${M##*/}.t"
	done
}

@test "--in-database: between two of one engine, each value of each type" {
	new_databases
	local type value other
	while IFS='|' read -r type value other; do
		echo "$type"
		one_engine "$type" "$value" "$other"
	done <<-EOT
		tinyint(1)|1|2
		tinyint unsigned|255|254
		smallint zerofill|7|8
		mediumint|-8388608|8388607
		int|-1|1
		bigint|9223372036854775807|9223372036854775806
		bigint unsigned|18446744073709551615|18446744073709551614
		decimal(65,30)|0.000000000000000000000000000001|0.000000000000000000000000000002
		decimal(10,2) zerofill|1.5|1.51
		float|16777216|16777218
		float|0.1|0.10000001
		float|-0e0|1e-45
		double|0.1|0.10000000000000002
		double|9007199254740992|9007199254740994
		double(22,2)|100000000000000000|100000000000000016
		year|2024|2025
		date|'0000-00-00'|'0000-01-00'
		date|'9999-12-31'|'9999-12-30'
		datetime|'2024-01-02 03:04:05'|'2024-01-02 03:04:06'
		datetime(6)|'2024-01-02 03:04:05.123456'|'2024-01-02 03:04:05.123457'
		timestamp(3)|'2024-01-02 03:04:05.1'|'2024-01-02 03:04:05.101'
		time(6)|'-838:59:59'|'838:59:59'
		bit(1)|b'0'|b'1'
		bit(64)|0xffffffffffffffff|0xfffffffffffffffe
		char(9)|'a'|'A'
		char(9) COLLATE utf8mb4_general_ci|'É'|'é'
		char(9) CHARACTER SET latin1|'é'|'ÿ'
		varchar(9)|'a'|'a '
		varchar(9) CHARACTER SET ascii|''|'-'
		varchar(9) CHARACTER SET utf8mb3|'€'|'₭'
		varchar(9) CHARACTER SET utf16|'😀'|'😁'
		tinytext CHARACTER SET latin1|'þ'|'ÿ'
		text|',1'|'1,'
		longtext|''|' '
		longtext CHARACTER SET cp1251|'ж'|'Ж'
		binary(3)|X'00'|X'000001'
		varbinary(9)|X'FF'|X'FE'
		blob|X''|X'00'
		longblob|X'FFFE'|X'FFFF'
		enum('a','b')|'a'|'b'
		enum('é','ÿ') CHARACTER SET latin1|'é'|'ÿ'
		set('a','b')|'a'|'a,b'
		json|'{"a": 1}'|'{"a": 2}'
		point|ST_GeomFromText('POINT(1 2)')|ST_GeomFromText('POINT(1 3)')
	EOT
	[ "$MYSQL_FLAVOR" = mariadb ] || return 0
	one_engine uuid "'123e4567-e89b-12d3-a456-426614174000'" "'123e4567-e89b-12d3-a456-426614174001'"
	one_engine inet6 "'::1'" "'::'"
}

@test "--in-database: between two of one engine, what moves from one column to the next" {
	new_databases
	local U at key
	local rows=("NULL,NULL,NULL,NULL" "'',NULL,NULL,NULL" "NULL,'',NULL,NULL" "NULL,NULL,'',NULL"
		"'-','','',NULL" "'','-','',NULL" "'','','-',NULL" "'1','','',NULL" "'','1','',NULL" "'','','1',NULL"
		"'','','',1" "'',X'FF','',1" "'',X'FE','',1" "'',X'FFFE',NULL,1" "'',X'FE',X'FF',1" "'a',X'FF61','b',1"
		"'a',X'61FF','b',1" "'a','61','ÿb',1" "'a','61ÿ','b',1" "',',',',',',2" "',,','',',',2" "'1,2',NULL,'',2")
	for key in 'id int PRIMARY KEY' 'id int, g point DEFAULT NULL'; do
		for U in "$M" "$M2"; do
			my -d "$U" "SET sql_mode = ''; DROP TABLE IF EXISTS t;
				CREATE TABLE t ($key, a varchar(9), b varbinary(9), c varchar(9) CHARACTER SET latin1, d int)"
		done
		for ((at = 0; at < ${#rows[@]}; at++)); do
			my -d "$M" "REPLACE INTO t (id,a,b,c,d) VALUES (1,${rows[at]}); DELETE FROM ${M2##*/}.t;
				INSERT INTO ${M2##*/}.t (id,a,b,c,d) VALUES (1,${rows[(at + 1) % ${#rows[@]}]})"
			exits 1 diff --in-database -k id "$M" t "$M2"
			my -d "$M" "DELETE FROM t"
		done
	done
}

@test "--in-database: between two of one engine, rows that are there twice" {
	new_databases
	local U
	for U in "$M" "$M2"; do
		my -d "$U" 'CREATE TABLE t (id int, a int)'
	done
	my -d "$M" 'INSERT INTO t VALUES (1,1),(1,1),(2,1)'
	my -d "$M2" 'INSERT INTO t VALUES (1,2),(1,2),(2,1)'
	exits 1 diff --in-database -k id -f summary "$M" t "$M2"
	is "$(jq -c '[.equal,.changed,.missing,.surplus]' <<<"$output")" '[1,2,0,0]'
}
