# load: modes, keys, batches, rejects, and every way in which a row does not fit.

# shellcheck disable=SC1003,SC2154,SC2191 # values are words; bats sets stderr
load lib

# both COMMAND...: runs it with U set to the one database's URL, then to the other's.
both() {
	local U
	for U in "$M" "$P"; do
		echo "# $U" | sed 's/:[^:]*@/@/'
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

# refuses COLUMN_TYPE VALUE PART...: the value, in line 3, is an error that holds the
# parts; nothing is committed.
refuses() {
	local type=$1 value=$2
	shift 2
	make r "id int PRIMARY KEY, v $type NULL" # an old TIMESTAMP is NOT NULL by itself
	echo "# $type: $value"
	exits 2 load "$U" r < <(printf 'id,v\n1,\n2,%s\n3,\n\\.\n' "$value")
	one_line "$stderr"
	has "$stderr" 'load: r line 3' 'column v' "$@"
	is "$(rows r)" ''
	is "$output" ''
}

# takes COLUMN_TYPE VALUE
takes() {
	make r "id int PRIMARY KEY, v $1 NULL"
	echo "# $1: $2"
	exits 0 load "$U" r < <(printf 'id,v\n1,\n2,%s\n3,\n\\.\n' "$2")
	is "$(rows r | wc -l)" 3
}

# ---- The receipt, columns ----

receipt() {
	make t 'id int PRIMARY KEY, name varchar(20)'
	printf 'id,name\n1,a\n2,b\n\\.\n' >in.csv
	exits 0 load "$U" t <in.csv
	is "$stderr" ''
	is "$(jq -c '[.table, .rows, .rejected, .bytes, (.seconds >= 0)]' <<<"$output")" "[\"t\",2,0,19,true]"
	is "$(wc -l <<<"$output")" 1
	is "$(rows t)" $'1,a\n2,b'
}
@test "the receipt" { both receipt; }

columns_by_name() {
	make t "id int PRIMARY KEY, a varchar(9), b varchar(9) DEFAULT 'dflt'"
	load "$U" t < <(stream b,a,id B,A,1)
	load "$U" t < <(printf '%s\n' '{"a":"A","id":2,"b":null}' '{"b":"B","id":3,"a":"A"}' '{"$end":2}')
	load -c id,a "$U" t < <(stream b,a,id X,A,4)
	is "$(rows t)" $'1,A,B\n2,A,\n3,A,B\n4,A,dflt'
	exits 2 load "$U" t < <(stream id,a,b,c,d 5,,,,)
	one_line "$stderr"
	has "$stderr" c --ignore-extra
	exits 0 load --ignore-extra "$U" t < <(stream id,c,a,b,d 5,x,A,B,y)
	exits 2 load "$U" t < <(stream id 6)
	one_line "$stderr"
	has "$stderr" a b
	exits 2 load "$U" t < <(stream ID,a,b 6,,)
	has "$stderr" ID
	exits 2 load -c id,nope "$U" t < <(stream id,a,b 6,,)
	has "$stderr" nope
	is "$(rows t | wc -l)" 5
}
@test "columns are matched by name; missing and surplus ones are errors that list them" {
	both columns_by_name
}

generated_target() {
	make t 'id int PRIMARY KEY, g int GENERATED ALWAYS AS (id * 2) STORED'
	exits 2 load "$U" t < <(stream id,g 1,2)
	has "$stderr" g --ignore-extra
	exits 0 load --ignore-extra "$U" t < <(stream id,g 1,2)
	is "$(sql "$U" 'SELECT g FROM t')" 2
}
@test "generated columns are not loaded" { both generated_target; }

csv_from_elsewhere() {
	make t 'id int PRIMARY KEY, v varchar(50)'
	exits 3 load "$U" t < <(printf 'id,v\n1,a\n')
	has "$stderr" --no-end
	exits 0 load --no-end "$U" t < <(printf 'id,v\r\n1,"a ""x"""\r\n2,"l1\r\nl2"\r\n3,""\r\n4,\r\n')
	is "$(sql "$U" "SELECT count(*), count(v), count(CASE WHEN v = '' THEN 1 END) FROM t")" $'4\t3\t1'
	exits 0 load --no-end --truncate "$U" t < <(printf '\xef\xbb\xbfid,v\n1,no line end')
	is "$(rows t)" '1,no line end'
	exits 0 load --no-end --truncate "$U" t < <(printf '"v","id"\n"\\.","1"\n')
	is "$(rows t)" '1,\.'
}
@test "CSV files of other programs: CRLF, a byte-order mark, quoted headers, no end mark" {
	both csv_from_elsewhere
}

# ---- Modes ----

modes() {
	local old="INSERT INTO t (id, a, b) VALUES (1,'old','keep'), (2,'old','keep')"
	make t "id int PRIMARY KEY, a varchar(9), b varchar(9) DEFAULT 'dflt'"
	sql "$U" "$old"
	exits 2 load "$U" t < <(stream id,a,b 3,new,new 1,new,new)
	# MySQL's warning names the value only.
	[ "$U" = "$M" ] && has "$stderr" "'1'" || has "$stderr" 'line 3'
	is "$(rows t | wc -l)" 2
	exits 0 load --mode upsert -c id,a "$U" t < <(stream id,a 1,new 3,new)
	is "$(jq -c '[.rows,.inserted,.updated,.ignored]' <<<"$output")" '[2,1,1,0]'
	is "$(rows t)" $'1,new,keep\n2,old,keep\n3,new,dflt'
	exits 0 load -m ignore "$U" t < <(stream id,a,b 2,x,x 4,new,new)
	is "$(jq -c '[.rows,.inserted,.updated,.ignored]' <<<"$output")" '[2,1,0,1]'
	is "$(rows t)" $'1,new,keep\n2,old,keep\n3,new,dflt\n4,new,new'
	exits 0 load -m replace -c id,a "$U" t < <(stream id,a 2,r 5,r)
	is "$(rows t)" $'1,new,keep\n2,r,dflt\n3,new,dflt\n4,new,new\n5,r,dflt'
	# Of several rows with one key the last counts; ignore: the first.
	exits 0 load -m upsert "$U" t < <(stream id,a,b 9,1st,x 9,2nd,x 9,3rd,x)
	exits 0 load -m ignore "$U" t < <(stream id,a,b 8,1st,x 8,2nd,x)
	is "$(rows t | tail -n 2)" $'8,1st,x\n9,3rd,x'
}
@test "insert, upsert, ignore, replace" { both modes; }

keys() {
	make t 'id int PRIMARY KEY, code varchar(9) NOT NULL UNIQUE, n int'
	sql "$U" "INSERT INTO t VALUES (1,'a',1), (2,'b',2)"
	exits 0 load -m upsert -k code -c code,n,id "$U" t < <(stream id,code,n 1,a,10)
	is "$(rows t)" $'1,a,10\n2,b,2'
	# Only the key decides: a clash in another unique key is an error.
	exits 2 load -m upsert "$U" t < <(stream id,code,n 3,b,3)
	is "$(rows t)" $'1,a,10\n2,b,2'
	exits 2 load -m upsert -k nope "$U" t < <(stream id,code,n 3,c,3)
	has "$stderr" nope
	exits 2 load -m upsert -k n "$U" t < <(stream id,code,n 3,c,3)
	make nokey 'a int'
	exits 2 load -m upsert "$U" nokey < <(stream a 1)
	has "$stderr" nokey key
	make two 'a int, b varchar(5), n int, PRIMARY KEY (a, b)'
	sql "$U" "INSERT INTO two VALUES (1,'x',1), (1,'y',1)"
	exits 0 load -m upsert "$U" two < <(stream a,b,n 1,y,2 2,y,2)
	is "$(rows two)" $'1,x,1\n1,y,2\n2,y,2'
}
@test "--key: other unique keys, composite keys" { both keys; }

into_empty() {
	make t 'id int PRIMARY KEY, v varchar(9)'
	exits 0 load --into-empty --batch 1 "$U" t < <(stream id,v 1,a 2,b)
	exits 1 load --into-empty "$U" t < <(stream id,v 3,c)
	has "$stderr" 't: the table has rows already' 'hint: load --truncate'
	is "$(rows t)" $'1,a\n2,b'
}
@test "--into-empty refuses a table that has rows" { both into_empty; }

truncates() {
	make t 'id int PRIMARY KEY, v varchar(9)'
	sql "$U" "INSERT INTO t VALUES (1,'old')"
	exits 3 load --truncate "$U" t < <(printf 'id,v\n2,new\n')
	is "$(rows t)" 1,old
	exits 0 load --truncate "$U" t < <(stream id,v 2,new)
	is "$(rows t)" 2,new
}
@test "--truncate happens in the same transaction" { both truncates; }

batches() {
	make t 'id int PRIMARY KEY'
	exits 0 load --batch 10 "$U" t < <(echo id; seq 25; echo '\.')
	is "$(jq .rows <<<"$output")" 25
	exits 2 load --batch 10 "$U" t < <(echo id; seq 101 125; echo x; echo '\.')
	has "$stderr" 'line 27' 20
	is "$(rows t | wc -l)" 45
	exits 3 load --batch 10 "$U" t < <(echo id; seq 201 225)
	is "$(rows t | wc -l)" 65
}
@test "--batch commits as it goes" { both batches; }

once() {
	make t 'id int PRIMARY KEY'
	exits 0 load --once part-1 "$U" t < <(stream id 1 2)
	exits 0 load --once part-1 "$U" t < <(stream id 1 2)
	is "$(jq .skipped <<<"$output")" true
	exits 0 load --once "part'2" "$U" t < <(stream id 3)
	# A load that fails records nothing.
	exits 2 load --once part-3 "$U" t < <(stream id 1)
	exits 0 load --once part-3 "$U" t < <(stream id 4)
	is "$(rows t)" $'1\n2\n3\n4'
	is "$(sql "$U" 'SELECT count(*) FROM rowboat_once')" 3
	sql "$U" 'DROP TABLE rowboat_once'
}
@test "--once" { both once; }

once_together() {
	local jobs=() i
	make t 'id int'
	for i in 1 2 3 4; do
		load --once same "$U" t < <(stream id 1 2 3) >"receipt.$i" 2>"err.$i" 3>&- &
		jobs+=($!)
	done
	for i in "${jobs[@]}"; do
		wait "$i" || true
	done
	is "$(rows t)" $'1\n2\n3'
	sql "$U" 'DROP TABLE rowboat_once'
}
@test "--once: several at the same time load once" { both once_together; }

# ---- Rejects ----

rejects() {
	make t 'id int PRIMARY KEY, v smallint'
	rm -f bad.csv bad.json
	exits 1 load --reject bad.csv "$U" t < <(stream id,v 1,1 2,70000 3,3 x,4 5,5)
	is "$(jq -c '[.rows,.rejected]' <<<"$output")" '[3,2]'
	is "$(rows t)" $'1,1\n3,3\n5,5'
	is "$(head -n 1 bad.csv)" id,v,rowboat_line,rowboat_reason
	has "$(cat bad.csv)" '2,70000,3,' 'x,4,5,' 'column v' 'column id'
	is "$(tail -n 1 bad.csv)" '\.'
	# Mended, it loads as it is.
	sed -i 's/^2,70000/2,2/; s/^x,/4,/' bad.csv
	exits 0 load "$U" t <bad.csv
	is "$(rows t)" $'1,1\n2,2\n3,3\n4,4\n5,5'
	# NDJSON, likewise.
	exits 1 load --truncate --reject bad.json "$U" t < <(printf '%s\n' \
		'{"id":1,"v":1}' '{"id":2,"v":70000}' 'broken {' '{"id":3,"v":3}' '{"$end":4}')
	is "$(jq -c '[.rows,.rejected]' <<<"$output")" '[2,2]'
	has "$(cat bad.json)" 70000 '"rowboat_line":2' '"rowboat_line":3' 'broken {'
	is "$(tail -n 1 bad.json)" '{"$end":2}'
	# No rejects, no file; a file with rows is not overwritten.
	rm bad.csv
	exits 0 load --reject bad.csv "$U" t < <(stream id,v 9,9)
	[ ! -e bad.csv ]
	echo precious >bad.csv
	exits 2 load --reject bad.csv "$U" t < <(stream id,v 10,x)
	is "$(cat bad.csv)" precious
}
@test "--reject: all good rows land, bad ones are in the file with their reason" { both rejects; }

malformed_rejects() {
	make t 'id int PRIMARY KEY, v varchar(20)'
	rm -f bad.csv
	exits 1 load --reject bad.csv "$U" t < <(stream id,v 1,a 2 3,c,d 4,d)
	is "$(jq -c '[.rows,.rejected]' <<<"$output")" '[2,2]'
	is "$(rows t)" $'1,a\n4,d'
}
@test "--reject: rows that are not of the stream's form" { both malformed_rejects; }

max_rejects() {
	make t 'id int PRIMARY KEY'
	rm -f bad.csv
	exits 1 load --reject bad.csv --max-rejects 2 "$U" t < <(stream id 1 x y z 2)
	has "$stderr" 2
	is "$(rows t)" ''
	isnt_whole bad.csv
	rm -f bad.csv
	exits 1 load --reject bad.csv --max-rejects 2 "$U" t < <(stream id 1 x y 2)
	is "$(rows t)" $'1\n2'
	rm -f bad.csv
	exits 1 load --reject bad.csv --max-rejects 0 "$U" t < <(stream id 1 x)
	is "$(rows t)" $'1\n2'
}
isnt_whole() {
	[ "$(tail -n 1 "$1")" != '\.' ]
}
@test "--max-rejects stops with nothing committed" { both max_rejects; }

server_rejects() {
	sql "$U" 'DROP TABLE IF EXISTS child'
	make parent 'id int PRIMARY KEY'
	sql "$U" 'INSERT INTO parent VALUES (1), (2)'
	make child 'id int PRIMARY KEY, p int, u varchar(9) UNIQUE, n int,
		CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent (id), CONSTRAINT positive CHECK (n > 0)'
	rm -f bad.csv
	exits 1 load --reject bad.csv "$U" child < <(
		stream id,p,u,n 1,1,a,1 2,7,b,1 3,2,a,1 4,2,d,-1 1,1,e,1 5,,,
	)
	is "$(jq -c '[.rows,.rejected]' <<<"$output")" '[2,4]'
	is "$(rows child)" $'1,1,a,1\n5,,,'
	is "$(cut -d, -f1-5 bad.csv | sed '1d;$d')" $'2,7,b,1,3\n3,2,a,1,4\n4,2,d,-1,5\n1,1,e,1,6'
	has "$(sed -n 2p bad.csv)" fk
	has "$(sed -n 4p bad.csv)" positive
	# Without --reject: the first one is named, nothing stays.
	exits 2 load "$U" child < <(stream id,p,u,n 10,1,x,1 11,7,y,1)
	one_line "$stderr"
	has "$stderr" child fk
	exits 2 load "$U" child < <(stream id,p,u,n 10,1,x,1 12,1,z,1 11,1,y,-1)
	has "$stderr" positive
	exits 2 load "$U" child < <(stream id,p,u,n 10,1,x,1 11,1,x,1)
	one_line "$stderr"
	is "$(rows child | wc -l)" 2
	sql "$U" 'DROP TABLE child'
}
@test "--reject: unique, foreign-key and check violations are isolated" { both server_rejects; }

# One bad row in many: few statements, so it is quick.
one_bad_in_many() {
	make t 'id int PRIMARY KEY, v varchar(20)'
	rm -f bad.csv
	exits 1 load --reject bad.csv "$U" t < <(
		echo id,v
		seq -f '%.0f,row' 100000
		echo 50000,again
		seq -f '%.0f,row' 100001 200000
		echo '\.'
	)
	is "$(jq -c '[.rows,.rejected]' <<<"$output")" '[200000,1]'
	is "$(sed '1d;$d' bad.csv | cut -d, -f1-3)" 50000,again,100002
	jq -e '.seconds < 60' <<<"$output"
}
@test "--reject: one bad row in 200,000" { both one_bad_in_many; }

modes_with_rejects() {
	make t 'id int PRIMARY KEY, n int, CONSTRAINT positive CHECK (n > 0)'
	sql "$U" 'INSERT INTO t VALUES (1, 1)'
	rm -f bad.csv
	exits 1 load -m upsert --reject bad.csv "$U" t < <(stream id,n 1,10 2,-2 3,x 4,4)
	is "$(rows t)" $'1,10\n4,4'
	is "$(sed '1d;$d' bad.csv | cut -d, -f1-3 | sort)" $'2,-2,3\n3,x,4'
}
@test "--reject with --mode upsert" { both modes_with_rejects; }

# ---- What does not fit ----

numbers() {
	refuses smallint 70000 70000 smallint -32768 32767
	refuses smallint -32769 -32769
	refuses int 2147483648 2147483648
	refuses bigint 9223372036854775808 9223372036854775808
	refuses int 1.5 1.5
	refuses int abc abc
	refuses int '""'
	refuses int ' 1x' x
	refuses int 0x10
	refuses 'decimal(5,2)' 1000.00 1000
	refuses 'decimal(5,2)' 1.234 1.234
	refuses 'decimal(5,2)' 1e2x 1e2x
	refuses 'double precision' abc abc
	refuses 'double precision' 1e400 1e400
	takes 'decimal(5,2)' 999.99
	takes 'decimal(5,2)' 1.2300
	takes bigint -9223372036854775808
}
@test "numbers that do not fit" { both numbers; }

@test "numbers that do not fit: MySQL's types" {
	local U=$M
	refuses tinyint 300 300 -128 127
	refuses 'tinyint unsigned' -1 -1
	refuses 'smallint unsigned' 65536 65536
	refuses mediumint 8388608 8388608
	refuses 'bigint unsigned' 18446744073709551616 18446744073709551616
	refuses 'bigint unsigned' -1 -1
	refuses float NaN NaN
	refuses double Infinity Infinity
	refuses double -Infinity Infinity
	refuses 'decimal(10,2)' NaN NaN
	refuses float 3.5e38 3.5e38
	refuses year 1900 1900
	refuses year 2156 2156
	refuses 'bit(4)' 10000 10000
	refuses 'bit(4)' 12 12
	refuses "enum('a','b')" c c
	refuses "enum('a','b')" '""'
	refuses "set('a','b')" '"a,c"' c
	takes "set('a','b')" '"a,b"'
}

@test "numbers that do not fit: PostgreSQL's types" {
	local U=$P
	refuses boolean 2 2 boolean
	refuses boolean maybe maybe
	refuses real 3.5e38 3.5e38
	refuses 'bit(4)' 10000 10000
	refuses 'bit(4)' 101 101
	refuses uuid a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1 a0eebc99
	refuses inet 300.1.1.1 300.1.1.1
	refuses bytea '\x0' x0
	refuses bytea '\xzz' xzz
	refuses jsonb '"{""a"": }"'
	refuses json '{'
	refuses interval '1 dayz' dayz
	refuses 'integer[]' '"{1,x}"'
	takes boolean t
	takes boolean 0
	takes real NaN
	takes numeric NaN
}

text() {
	local x60
	x60=$(printf 'x%.0s' {1..60})
	refuses 'varchar(50)' "$x60" 'xxxxxxxxxx' 50
	refuses 'varchar(50)' "${x60}é" 50
	refuses 'varchar(3)' 'ab  ' 3
	refuses 'char(3)' abcd abcd 3
	takes 'varchar(50)' "$(printf 'é%.0s' {1..50})"
	# The value in a message is cut.
	make r 'id int, v varchar(50)'
	exits 2 load "$U" r < <(stream id,v "1,$(printf 'y%.0s' {1..5000})")
	[ "${#stderr}" -lt 300 ]
}
@test "text that is too long" { both text; }

@test "text that is too long: bytes of MySQL's TEXT and BLOB" {
	local U=$M
	refuses tinytext "$(printf 'é%.0s' {1..128})" 255
	refuses tinyblob "\\x$(printf '00%.0s' {1..256})" 255
	refuses 'varbinary(3)' '\x00000000' 3
	refuses 'binary(3)' '\x00000000' 3
	make r 'id int PRIMARY KEY, v varchar(10) CHARACTER SET latin1'
	exits 2 load "$U" r < <(stream id,v 1, 2,日本 3,)
	has "$stderr" 'r line 3' v
	is "$(rows r)" ''
}

dates() {
	refuses date 2024-02-30 2024-02-30
	refuses date 2023-02-29 2023-02-29
	refuses date 2024-13-01 2024-13-01
	refuses date yesterday yesterday
	refuses date now now
	refuses date 01/02/2024 01/02/2024
	refuses date '2024-01-02 12:00:00'
	refuses 'timestamp(0)' '2024-01-02 25:00:00' 25:00:00
	refuses 'timestamp(0)' '2024-01-02 03:04:05.5' 05.5
	refuses 'timestamp(3)' '2024-01-02 03:04:05.1234' 1234
	takes 'timestamp(3)' '2024-01-02 03:04:05.1230'
	takes date 2024-02-29
}
@test "dates that do not exist, fractions that would be rounded" { both dates; }

@test "dates that do not fit MySQL" {
	local U=$M
	refuses date infinity infinity
	refuses date 10000-01-01 10000-01-01
	refuses date '0044-03-15 BC' BC
	refuses 'datetime(6)' infinity infinity
	refuses datetime '2024-01-02 03:04:05.000001' 000001
	refuses 'datetime(3)' '2024-01-02 03:04:05.9999'
	refuses timestamp '2106-02-07 06:28:16+00' 2106 # MariaDB 11.5 goes on after 2038
	refuses timestamp '1969-12-31 23:59:59+00' 1969
	refuses time '839:00:00' 839
	refuses time '00:00:00.5'
	refuses 'time(6)' '1 day'
	refuses datetime '2024-01-02 03:04:05+05'
	takes datetime '2024-01-02 03:04:05+00'
	takes timestamp '2024-01-02 03:04:05'
	takes timestamp '2024-01-02 03:04:05+00'
}

@test "dates that do not fit PostgreSQL" {
	local U=$P
	refuses timestamp '2024-01-02 03:04:05+05'
	refuses 'time' 24:00:01 24:00:01
	refuses 'interval(0)' 00:00:00.5
	takes timestamp '2024-01-02 03:04:05+00'
	takes timestamptz '2024-01-02 03:04:05'
	takes timestamptz infinity
}

nulls() {
	make t 'id int PRIMARY KEY, v varchar(9) NOT NULL'
	exits 2 load "$U" t < <(stream id,v 1,a 2, 3,c)
	one_line "$stderr"
	has "${stderr,,}" 'line 3' 'column v' null
	is "$(rows t)" ''
	exits 0 load "$U" t < <(stream id,v '1,""')
}
@test "a null in a NOT NULL column" { both nulls; }

encoding() {
	make t 'id int PRIMARY KEY, v varchar(99)'
	exits 2 load "$U" t < <(printf 'id,v\n1,a\n2,\xff\xfe\n\\.\n')
	has "$stderr" 'line 3' 'column v' 'UTF-8'
	exits 2 load "$U" t < <(printf 'id,v\n1,\xed\xa0\x80\n\\.\n') # a lone surrogate
	has "$stderr" 'line 2' 'UTF-8'
	exits 2 load "$U" t < <(printf 'id,v\n1,\xc0\x80\n\\.\n') # an overlong form
	exits 2 load "$U" t < <(printf '%s\n' '{"id":1,"v":"\ud800"}' '{"$end":1}')
	is "$(rows t)" ''
}
@test "invalid UTF-8, lone surrogates" { both encoding; }

@test "NUL in text: PostgreSQL cannot hold it, MySQL can" {
	local U=$P
	make t 'id int PRIMARY KEY, v varchar(99)'
	exits 2 load "$U" t < <(printf 'id,v\n1,a\n2,b\0c\n\\.\n')
	has "$stderr" 'line 3' 'column v' NUL
	exits 2 load "$U" t < <(printf '%s\n' '{"id":1,"v":"a\u0000b"}' '{"$end":1}')
	has "$stderr" 'line 1' NUL
	is "$(rows t)" ''
	U=$M
	make t 'id int PRIMARY KEY, v varchar(99)'
	exits 0 load "$U" t < <(printf 'id,v\n1,a\n2,b\0c\n\\.\n')
	is "$(sql "$U" 'SELECT hex(v) FROM t WHERE id = 2')" 620063
	exits 2 bash -c 'extract "$M" t | load "$P" t'
	has "$stderr" 'line 3' NUL
}

ndjson() {
	make t 'id bigint PRIMARY KEY, d decimal(30,10), v varchar(99), j json'
	exits 0 load "$U" t < <(printf '%s\n' \
		'{"id":9223372036854775807,"d":12345678901234567890.0123456789,"v":"é\n\"","j":{"a":[1]}}' \
		'' '{"v":null,"j":null,"d":1e2,"id":1}' '{"$end":2}')
	is "$(sql "$U" "SELECT id, d FROM t ORDER BY id")" \
		$'1\t100.0000000000\n9223372036854775807\t12345678901234567890.0123456789'
	exits 2 load "$U" t < <(printf '%s\n' '{"id":2,"d":1,"v":"x","j":null}' '{"id":3,"d":1}' '{"$end":2}')
	has "$stderr" 'line 2' v
	exits 2 load "$U" t < <(printf '%s\n' '{"id":2,"d":1,"v":"x","j":null,"z":1}' '{"$end":1}')
	has "$stderr" z
	exits 2 load "$U" t < <(printf '%s\n' '{"id":2,"id":3,"d":1,"v":"x","j":null}' '{"$end":1}')
	has "$stderr" id
	exits 2 load "$U" t < <(printf '%s\n' '{"id":2,"d":1,"v":"x","j":null' '{"$end":1}')
	exits 2 load "$U" t < <(printf '%s\n' '[1,2]' '{"$end":1}')
	exits 3 load "$U" t < <(printf '%s\n' '{"id":2,"d":1,"v":"x","j":null}' '{"$end":5}')
	exits 3 load "$U" t < <(printf '%s\n' '{"id":2,"d":1,"v":"x","j":null}')
	is "$(sql "$U" 'SELECT count(*) FROM t')" 2
}
@test "NDJSON: exact numbers, key order, missing, surplus and doubled keys" { both ndjson; }

csv_form() {
	make t 'id int PRIMARY KEY, v varchar(99)'
	exits 2 load "$U" t < <(stream id,v 1,a 2)
	has "$stderr" 'line 3'
	exits 2 load "$U" t < <(stream id,v 1,a 2,b,c)
	has "$stderr" 'line 3'
	exits 2 load "$U" t < <(stream id,id 1,2)
	has "$stderr" id
	exits 2 load "$U" t < <(printf 'id,v\n1,"a"b\n\\.\n')
	has "$stderr" 'line 2'
	exits 3 load "$U" t < <(printf 'id,v\n1,"a\n\\.\n')
	exits 3 load "$U" t </dev/null
	exits 2 load "$U" t < <(stream id,v 1,a 'x,b')
	has "$stderr" 'line 3' 'column id'
	# Lines are counted in the file, not in rows.
	exits 2 load "$U" t < <(stream id,v $'1,"a\nb\nc"' 2,b x,c)
	has "$stderr" 'line 6'
	# Nothing may come after the mark.
	exits 2 load "$U" t < <(printf 'id,v\n1,a\n\\.\n2,b\n\\.\n')
	is "$(rows t)" ''
}
@test "malformed CSV" { both csv_form; }

# ---- The target ----

sequences() {
	sql "$U" 'DROP TABLE IF EXISTS s'
	if [ "$U" = "$M" ]; then
		make s 'id int AUTO_INCREMENT PRIMARY KEY, v varchar(9)'
	else
		make s 'id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, v varchar(9)'
	fi
	exits 0 load --set-sequences "$U" s < <(stream id,v 1,a 1000,b)
	sql "$U" "INSERT INTO s (v) VALUES ('next')"
	is "$(sql "$U" "SELECT id FROM s WHERE v = 'next'")" 1001
	# It is never lowered.
	exits 0 load --truncate --set-sequences "$U" s < <(stream id,v 5,a)
	sql "$U" "INSERT INTO s (v) VALUES ('later')"
	[ "$(sql "$U" "SELECT id FROM s WHERE v = 'later'")" -gt 1001 ]
}
@test "--set-sequences" { both sequences; }

@test "--set-sequences: serial, ALWAYS identity, names in quotes" {
	local U=$P
	pg 'DROP TABLE IF EXISTS "My S"; CREATE TABLE "My S" ("Id" serial PRIMARY KEY, v text)'
	exits 0 load --set-sequences "$P" 'My S' < <(stream Id,v 41,a)
	is "$(pg "INSERT INTO \"My S\" (v) VALUES ('x') RETURNING \"Id\"")" 42
	make always 'id int GENERATED ALWAYS AS IDENTITY, v text'
	exits 0 load --set-sequences "$P" always < <(stream id,v 41,a)
	is "$(pg "INSERT INTO always (v) VALUES ('x') RETURNING id")" 42
}

@test "AUTO_INCREMENT: a zero stays a zero" {
	local U=$M
	make s 'id int AUTO_INCREMENT PRIMARY KEY, v varchar(9)'
	exits 0 load "$U" s < <(stream id,v 0,zero)
	is "$(rows s)" 0,zero
}

@test "--disable-triggers" {
	pg 'CREATE TABLE parent2 (id int PRIMARY KEY);
		CREATE TABLE trg (id int PRIMARY KEY, p int REFERENCES parent2, v text);
		CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN NEW.v := upper(NEW.v); RETURN NEW; END $$;
		CREATE TRIGGER shout BEFORE INSERT ON trg FOR EACH ROW EXECUTE FUNCTION shout()'
	exits 2 load "$P" trg < <(stream id,p,v 1,1,a)
	exits 0 load --disable-triggers "$P" trg < <(stream id,p,v 1,1,a)
	is "$(pg 'SELECT v FROM trg')" a
	pg 'INSERT INTO parent2 VALUES (1)'
	exits 0 load "$P" trg < <(stream id,p,v 2,1,b)
	is "$(pg 'SELECT v FROM trg WHERE id = 2')" B
	my 'CREATE TABLE parent2 (id int PRIMARY KEY);
		CREATE TABLE trg (id int PRIMARY KEY, p int, v varchar(9), FOREIGN KEY (p) REFERENCES parent2 (id))'
	exits 2 load "$M" trg < <(stream id,p,v 1,1,a)
	exits 0 load --disable-triggers "$M" trg < <(stream id,p,v 1,1,a)
	my 'CREATE TRIGGER shout BEFORE INSERT ON trg FOR EACH ROW SET NEW.v = upper(NEW.v)'
	exits 2 load --disable-triggers "$M" trg < <(stream id,p,v 2,1,b)
	has "$stderr" trigger
}

@test "triggers that change what arrives are the target's own business" {
	my "CREATE TABLE stamped (id int PRIMARY KEY, v varchar(9));
		CREATE TRIGGER stamp BEFORE INSERT ON stamped FOR EACH ROW SET NEW.v = concat(NEW.v, '!')"
	exits 0 load "$M" stamped < <(stream id,v 1,a)
	is "$(my 'SELECT v FROM stamped')" 'a!'
}

teardown() {
	[ ! -e vars ] || "$BATS_TEST_DIRNAME/servers.sh" stop "$(sed -n s/^SERVERS=//p vars)"
}

# A server of its own, so that its settings disturb no one.
@test "local_infile off: prepared statements, said in a note; a non-strict server changes nothing" {
	local url U
	"$BATS_TEST_DIRNAME/servers.sh" start mysql --local-infile=0 --sql-mode= >vars
	# shellcheck disable=SC1091
	url=$(. ./vars && echo "$MYSQL_URL/test2")
	MYSQL_CNF=$(sed -n s/^MYSQL_CNF=//p vars)
	mariadb --defaults-file="$MYSQL_CNF" -e 'CREATE DATABASE test2 CHARACTER SET utf8mb4'
	U=$url
	make t 'id int PRIMARY KEY, t tinyint, v varchar(5), b varbinary(9), d datetime(3), f float, n decimal(9,2)'
	exits 0 load "$U" t < <(stream id,t,v,b,d,f,n '1,-128,é,\x00ff,2024-01-02 03:04:05.678,0.1,1.50' 2,,,,,,)
	has "$stderr" local_infile
	is "$(rows t)" $'1,-128,é,\\x00ff,2024-01-02 03:04:05.678,0.1,1.50\n2,,,,,,'
	exits 2 load "$U" t < <(stream id,t,v,b,d,f,n 3,300,,,,,)
	has "$stderr" 'line 2' 'column t' 300
	exits 2 load "$U" t < <(stream id,t,v,b,d,f,n 3,,toolong,,,,)
	exits 2 load "$U" t < <(stream id,t,v,b,d,f,n 3,,,,,, 1,,,,,,)
	rm -f bad.csv
	exits 1 load --reject bad.csv "$U" t < <(stream id,t,v,b,d,f,n 3,,,,,, 1,,,,,, 4,,,,,,)
	is "$(rows t | wc -l)" 4
	exits 0 load -m upsert "$U" t < <(stream id,t,v,b,d,f,n 1,1,,,,, 9,,,,,,)
	is "$(sql "$U" 'SELECT count(*), sum(t) FROM t')" $'5\t1'
	is "$(load --truncate "$U" t < <(echo id,t,v,b,d,f,n; seq -f '%.0f,1,x,\x00,,1.5,2' 20000; echo '\.') 2>/dev/null |
		jq .rows)" 20000
	is "$(sql "$U" 'SELECT count(*), sum(f) FROM t')" $'20000\t30000'
}

@test "a table of an engine without transactions is refused" {
	my 'CREATE TABLE my_isam (a int) ENGINE=MyISAM'
	exits 2 load "$M" my_isam < <(stream a 1)
	has "$stderr" my_isam MyISAM
}

views_and_others() {
	sql "$U" 'DROP VIEW IF EXISTS two_tables'
	make t 'id int PRIMARY KEY'
	sql "$U" 'CREATE VIEW two_tables AS SELECT a.id FROM t a JOIN t b ON a.id = b.id'
	exits 2 load "$U" two_tables < <(stream id 1)
	one_line "$stderr"
	sql "$U" 'DROP VIEW two_tables'
	exits 2 load "$U" nothing_there < <(stream id 1)
	one_line "$stderr"
	has "$stderr" nothing_there
	exits 2 load "$U" T < <(stream id 1)
	has "$stderr" hint t
}
@test "targets that are no tables" { both views_and_others; }

usage() {
	exits 2 load "$U"
	exits 2 load "$U" t --mode merge </dev/null
	exits 2 load --batch 0 "$U" t </dev/null
	exits 2 load --once x --batch 5 "$U" t </dev/null
	exits 2 load --max-rejects 5 "$U" t </dev/null
	exits 2 load -k id "$U" t </dev/null
	has "$stderr" --key
	exits 0 load --help
	has "$output" --mode --reject
}
@test "usage" { both usage; }
