# cdcapply's side of the target: each type inserted, updated and deleted, in tables with and
# without a key; and what such tables bring with them.

# shellcheck disable=SC2016,SC2154 # JSON members and evals; bats sets stderr
load lib

# events TABLE OP [BEFORE] [AFTER]: a change of each row of these files of NDJSON, with the end
# mark. Text alone: no program reads the numbers.
events() {
	local table=$1 op=$2
	shift 2
	case $op in
	c) paste -d '\t' <(sed 's/.*/null/' "$1") "$1" ;;
	d) paste -d '\t' "$1" <(sed 's/.*/null/' "$1") ;;
	u) paste -d '\t' "$1" "$2" ;;
	esac | awk -F '\t' -v op="$op" -v table="$table" '{
		printf "{\"op\":\"%s\",\"before\":%s,\"after\":%s,\"source\":{\"version\":\"rowboat 0.1\",", op, $1, $2
		printf "\"connector\":\"test\",\"table\":\"%s\"},\"ts_ms\":1}\n", table
	} END { printf "{\"$end\":%d}\n", NR }'
}

# rows URL TABLE: its rows as NDJSON without the end mark.
rows() {
	extract -f ndjson "$1" "$2" | sed '$d'
}

# put URL OPTION... : applies; the receipt must have seen no conflict.
put() {
	cdcapply "${@:2}" "$1" >receipt || return
	cat receipt
}

# matrix URL ROWS TYPE|VALUE|...: makes table t with a key and a column for each type, and tables
# u (other values under the same keys) and k (no key); row i has the i-th value of each type.
matrix() {
	local url=$1 rows=$2 def='' t u='' spec i n
	local -a value
	shift 2
	for spec; do
		def+=", v$((++n)) ${spec%%|*} NULL"
	done
	sql "$url" "DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS u; DROP TABLE IF EXISTS k;
		CREATE TABLE t (id int PRIMARY KEY$def); CREATE TABLE u (id int PRIMARY KEY$def);
		CREATE TABLE k (${def#, })"
	[ "$rows" -gt 0 ] || return 0
	for ((i = 1; i <= rows; i++)); do
		t+="${t:+,}($i" u+="${u:+,}($i"
		for spec; do
			IFS='|' read -ra value <<<"$spec"
			n=$((${#value[@]} - 1))
			t+=,$([ $((i % 7)) = 0 ] && echo NULL || echo "${value[i % n + 1]}")
			u+=,$([ $((i % 7)) = 1 ] && echo NULL || echo "${value[(i + 1) % n + 1]}")
		done
		t+=')' u+=')'
	done
	sql "$url" "SET sql_mode=''; INSERT INTO t VALUES $t; INSERT INTO u VALUES $u" 2>/dev/null ||
		sql "$url" "INSERT INTO t VALUES $t; INSERT INTO u VALUES $u"
}

# all_ways FROM TO OPTION...: what matrix has made in FROM, as changes in TO.
all_ways() {
	local from=$1 to=$2
	shift 2
	rows "$from" t | sort >t.rows
	rows "$from" u | sort >u.rows
	[ -s t.rows ] && [ "$(wc -l <t.rows)" = "$(wc -l <u.rows)" ]
	events t c t.rows | put "$to" "$@"
	rows "$to" t | sort >got
	same t.rows got
	events t u t.rows u.rows | put "$to" "$@"
	rows "$to" t | sort >got
	same u.rows got
	# every key moves on by one: no two rows ever have the same, if the last goes first
	sort -t: -k2,2nr u.rows >old
	awk '{ match($0, /[0-9]+/); print substr($0, 1, RSTART - 1) substr($0, RSTART, RLENGTH) + 1 substr($0, RSTART + RLENGTH) }' old >new
	events t u old new | put "$to" "$@"
	rows "$to" t | sort >got
	sort new >want
	same want got
	events t d new | put "$to" "$@"
	is "$(sql "$to" 'SELECT count(*) FROM t')" 0
	without_key "$to" "$@"
}

# The same rows, but without their key, each twice.
without_key() {
	local to=$1
	shift
	sed -E 's/^\{"id":[0-9]+,/{/' t.rows >k.rows
	sed -E 's/^\{"id":[0-9]+,/{/' u.rows >l.rows
	cat k.rows k.rows >twice
	events k c twice | put "$to" "$@"
	rows "$to" k | sort >got
	sort twice >want
	same want got
	events k u k.rows l.rows | put "$to" "$@"
	rows "$to" k | sort >got
	sort k.rows l.rows >want
	same want got
	events k d k.rows | put "$to" "$@"
	rows "$to" k | sort >got
	sort l.rows >want
	same want got
	events k d l.rows | put "$to" "$@"
	is "$(sql "$to" 'SELECT count(*) FROM k')" 0
}

mysql_types=(
	'tinyint|-128|127|0' 'tinyint unsigned|255|1' 'smallint|-32768|7' 'mediumint unsigned|16777215|0'
	'int|-2147483648|2147483647' 'bigint|-9223372036854775808|9223372036854775807|9007199254740993'
	'bigint unsigned|18446744073709551615|9223372036854775808|0' 'int(8) unsigned zerofill|42|0' 'year|0000|1901|2155'
	'decimal(65,30)|99999999999999999999999999999999999.999999999999999999999999999999|0|-1.5' 'decimal(10,2)|1.10|-0.01|0'
	'float|1.1|3.402823466e38|0.1|-1.175494351e-38|16777215' 'double|1.7976931348623157e308|0.1e0|0.30000000000000004e0|-1.5e-7|1e15'
	"bit(1)|b'0'|b'1'" "bit(9)|b'000000001'|b'100000000'" "bit(64)|b'1000000000000000000000000000000000000000000000000000000000000001'|b'0'"
	"char(5)|'ab'|''|'😀'" "varchar(30)|'it''s'|'a\\\\\\\\b'|'NULL'|''|'ab  '|'AB  '|concat('a',char(10),'b',char(9),char(0))|'é😀'|'a,b\"c'"
	"varchar(20) CHARACTER SET latin1|'Größe €'|'GRÖSSE'" "varchar(20) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci|'日本語'|'a'|'A'"
	"tinytext|'x'|''" "text|'a''b'|'A''B'" "longtext|repeat('é',3000)|'\\\\\\\\N'"
	"binary(4)|0x61000000|0x20202020" "varbinary(50)|0x005c2e0a2c2227ff|''|0x5c" "blob|0x00ff27|''|0x41|0x61" "longblob|repeat(0x005c0a27,900)|0xc3"
	"date|'1000-01-01'|'9999-12-31'|'2024-02-29'" "datetime|'2024-12-31 23:59:59'|'1000-01-01 00:00:00'"
	"datetime(6)|'9999-12-31 23:59:59.999999'|'2024-01-02 03:04:05.12'" "timestamp(6)|'1970-01-01 00:00:01'|'2038-01-19 03:14:07.999999'"
	"time(6)|'-838:59:59'|'838:59:59'|'-00:00:00.5'" "enum('small','größer','a,b','''')|'small'|'größer'|'a,b'|''''"
	"set('a','b','ç')|'a,ç'|''|'b'" "json|'{\"b\": 1, \"a\": [1, 2.5, null, \"x''y\"]}'|'[]'|'null'"
	"geometry|ST_GeomFromText('POINT(1 2)')|ST_GeomFromText('LINESTRING(0 0,1 1,2 1)')|ST_GeomFromText('POINT(10 20)', 4326)"
)

postgres_types=(
	'smallint|-32768|32767' 'integer|-2147483648|2147483647' 'bigint|-9223372036854775808|9223372036854775807' 'oid|4294967295|0'
	"numeric|1.10|1.100|'NaN'|'1e400'|-0.000" 'numeric(10,2)|1.10|-0.01' 'numeric(65,30)|99999999999999999999999999999999999.999999999999999999999999999999|0'
	"real|'1.1'|'NaN'|'Infinity'|'-0'|'0'|'1e-45'" "double precision|'0.1'|'-Infinity'|'-0'|'0'|'5e-324'|'1.7976931348623157e308'" "money|1.25|-100"
	'boolean|true|false' "bit(8)|B'00000010'|B'11111111'" "bit varying(100)|B''|B'001'"
	"char(5)|'ab'|''|'😀'" "varchar(30)|'it''s'|'a\\b'|'NULL'|''|'ab  '|E'a\\nb\\tc'|'é😀'|'a,b\"c'" "text|repeat('é',3000)|'\\N'|'\\.'|''" '"char"|'"'x'|'y'" "name|'x y'|'z'"
	"bytea|'\\x005c2e0a2c2227ff'|'\\x'|'\\x5c'" "date|'0044-03-15 BC'|'infinity'|'2024-02-29'" "time(6)|'23:59:59.999999'|'24:00:00'" "timetz|'12:34:56.5+05:30'|'00:00:00-15:59'"
	"timestamp|'294276-12-31 23:59:59.999999'|'-infinity'|'0044-03-15 12:00:00 BC'" "timestamptz|'infinity'|'2024-11-03 01:30:00-04'" "timestamp(3)|'2024-01-02 03:04:05.120'|'2000-01-01'"
	"interval|'1 year 2 mons 3 days 04:05:06.7'|'1 mon'|'30 days'|'-1 days'|'-00:00:01'" "uuid|'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'|'00000000-0000-0000-0000-000000000000'"
	"inet|'10.0.0.1'|'2001:db8::/32'" "cidr|'10.0.0.0/8'|'::/0'" "macaddr|'08:00:2b:01:02:03'|'ff:ff:ff:ff:ff:ff'" "mood|'sad'|'o,k'"
	"json|'{\"b\":  1,\"a\":1.10}'|'[]'|'null'" "jsonb|'{\"b\": 1, \"a\": 123456789012345678901234567890.50}'|'1.0'|'1.00'" "xml|'<a>1</a>'|'x'"
	"integer[]|'{1,NULL,3}'|'{}'|'{{1,2},{3,4}}'|'[2:3]={1,2}'" "text[]|array['a,b','\"',null,'','\\']|'{}'" "int4range|'[1,10)'|'empty'" "tstzrange|'[2024-01-01 00:00:00+00,2024-02-01 00:00:00+00)'|'(,)'"
	"point|'(1,2)'|'(0.1,-1e-20)'" "box|'(1,1),(0,0)'|'(2,0.5),(0,0)'" "polygon|'((0,0),(0,1),(1,1))'|'((0,0),(1,1),(0,1))'" "tsvector|'a b:1'|'x'" "bigint[]|'{9223372036854775807}'|'{}'"
)

mood() {
	local url
	for url in "$P" "$P2"; do
		pg -d "$url" "DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS u; DROP TABLE IF EXISTS k; DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('sad', 'o,k')"
	done
}

@test "every type of MySQL, in few changes" {
	matrix "$M2" 12 "${mysql_types[@]}"
	matrix "$M" 0 "${mysql_types[@]}"
	all_ways "$M2" "$M" --group=1
}

@test "every type of MySQL, in sets" {
	matrix "$M2" 40 "${mysql_types[@]}"
	matrix "$M" 0 "${mysql_types[@]}"
	all_ways "$M2" "$M"
}

@test "every type of PostgreSQL, in few changes" {
	mood
	matrix "$P2" 12 "${postgres_types[@]}"
	matrix "$P" 0 "${postgres_types[@]}"
	all_ways "$P2" "$P" --group=1
}

@test "every type of PostgreSQL, in sets" {
	mood
	matrix "$P2" 40 "${postgres_types[@]}"
	matrix "$P" 0 "${postgres_types[@]}"
	all_ways "$P2" "$P"
}

# ---- Tables with habits ----

# event OP BEFORE AFTER [TABLE]
event() {
	printf '{"op":"%s","before":%s,"after":%s,"source":{"version":"rowboat 0.1",' "$1" "$2" "$3"
	printf '"connector":"test","table":%s},"ts_ms":1}\n' "$(jq -Rn --arg t "${4:-t}" '$t')"
}

# apply URL [OPTION]...: the events of standard input, an end mark behind them; in one group,
# however slow the machine is.
apply() {
	awk '{ print } END { printf "{\"$end\":%d}\n", NR }' >applied
	cdcapply --group 60s "${@:2}" "$1" <applied >receipt
}

# many OP BEFORE AFTER: the event for i = 1 to 30, where I stands for the number.
many() {
	local i
	for i in {1..30}; do
		event "$1" "${2//I/$i}" "${3//I/$i}"
	done
}

fresh() { # URL DEFINITION...
	local url=$1
	shift
	sql "$url" 'DROP TABLE IF EXISTS t'
	sql "$url" "CREATE TABLE t ($*)"
}

quoted_names() { # URL QUOTE
	local q=$2 url=$1
	sql "$url" "DROP TABLE IF EXISTS ${q}T 'a'\"$([ "$q" = '"' ] && echo '"')x${q}"
	sql "$url" "CREATE TABLE ${q}T 'a'\"$([ "$q" = '"' ] && echo '"')x${q} (${q}select${q} int PRIMARY KEY, ${q}a b'c\\d${q} text)"
	{
		event c null '{"select":1,"a b'\''c\\d":"x"}' "T 'a'\"x"
		event u '{"select":1}' '{"select":2,"a b'\''c\\d":"y'\''\\"}' "T 'a'\"x"
	} | apply "$url"
	is "$(extract "$url" "$q""T 'a'\"$([ "$q" = '"' ] && echo '"')x""$q")" "$(stream "select,a b'c\\d" "2,y'\\")"
}

@test "names that need quotes" {
	quoted_names "$P" '"'
	quoted_names "$M" '`'
}

generated() { # URL DEFINITION
	fresh "$1" "$2"
	{
		event c null '{"id":1,"a":5,"g":10}'
		event u '{"id":1,"a":5,"g":10}' '{"id":1,"a":6,"g":12}'
		event c null '{"id":2,"a":1}'
		event d '{"id":2,"a":1,"g":2}' null
	} | apply "$1"
	is "$(sql "$1" 'SELECT id, a, g FROM t')" $'1\t6\t12'
	many c null '{"id":10I,"a":I,"g":0}' | apply "$1"
	is "$(sql "$1" 'SELECT count(*), sum(g) FROM t WHERE id > 9')" $'30\t930'
}

@test "generated columns are computed by the target" {
	generated "$M" 'id int PRIMARY KEY, a int, g int AS (a * 2) STORED'
	generated "$P" 'id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a * 2) STORED'
}

identity() { # URL DEFINITION
	fresh "$1" "$2"
	{
		event c null '{"id":7,"v":"a"}'
		event u '{"id":7}' '{"id":7,"v":"b"}'
		event c null '{"id":0,"v":"zero"}'
	} | apply "$1"
	is "$(sql "$1" 'SELECT * FROM t ORDER BY id')" $'0\tzero\n7\tb'
	many c null '{"id":10I,"v":"I"}' | apply "$1"
	many u '{"id":10I,"v":"I"}' '{"id":10I,"v":"x"}' | apply "$1"
	is "$(sql "$1" "SELECT count(*) FROM t WHERE v = 'x'")" 30
}

@test "identity columns take the values of the source" {
	identity "$M" 'id int PRIMARY KEY AUTO_INCREMENT, v varchar(10)'
	identity "$P" 'id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, v text'
	identity "$P" 'id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text'
}

@test "an update of a column GENERATED ALWAYS AS IDENTITY is refused, not dropped" {
	fresh "$P" 'code text PRIMARY KEY, id int GENERATED ALWAYS AS IDENTITY, v text'
	event c null '{"code":"a","id":7,"v":"x"}' | apply "$P"
	event u '{"code":"a"}' '{"code":"a","id":7,"v":"y"}' | apply "$P"
	is "$(pg 'SELECT * FROM t')" $'a\t7\ty'
	many c null '{"code":"I","id":10I,"v":"x"}' | apply "$P"
	many u '{"code":"I"}' '{"code":"I","id":10I,"v":"y"}' | apply "$P"
	is "$(pg "SELECT count(*) FROM t WHERE v = 'y'")" 31
	exits 2 apply "$P" < <(event u '{"code":"a"}' '{"code":"a","id":8,"v":"z"}')
	has "$stderr" 'column id' 'GENERATED ALWAYS' 'SET GENERATED BY DEFAULT'
	exits 2 apply "$P" < <(many u '{"code":"I"}' '{"code":"I","id":20I,"v":"z"}')
	has "$stderr" 'column id'
	is "$(pg "SELECT count(*) FROM t WHERE v = 'y'")" 31
}

# misfit URL DEFINITION ROW PART...: the row does not fit, alone and among others.
misfit() {
	local url=$1 row=$3
	fresh "$url" "$2"
	shift 3
	exits 2 apply "$url" < <(event c null "$row")
	has "$stderr" 'line 1' "$@"
	exits 2 apply "$url" < <(many c null '{"id":10I}'; event c null "$row")
	has "$stderr" "$@"
	is "$(sql "$url" 'SELECT count(*) FROM t')" 0
}

@test "what does not fit names the column, the value and the limit" {
	local url
	for url in "$M" "$P"; do
		misfit "$url" 'id int PRIMARY KEY, v smallint' '{"id":1,"v":"300000"}' 'column v' 300000 smallint
		misfit "$url" 'id int PRIMARY KEY, v varchar(3)' '{"id":1,"v":"abcd"}' 'column v' abcd 'varchar(3)'
		misfit "$url" 'id int PRIMARY KEY, v decimal(5,2)' '{"id":1,"v":"1.234"}' 'column v' 1.234
		misfit "$url" 'id int PRIMARY KEY, v date' '{"id":1,"v":"2024-02-30"}' 'column v' 2024-02-30
		misfit "$url" 'id int PRIMARY KEY, v int NOT NULL DEFAULT 1' '{"id":1,"v":null}' 'column v' null
		misfit "$url" 'id int PRIMARY KEY, v int, CONSTRAINT small CHECK (v < 10)' '{"id":1,"v":11}' small
	done
}

unique() { # URL
	fresh "$1" 'id int PRIMARY KEY, v int UNIQUE, w int'
	sql "$1" 'INSERT INTO t VALUES (1, 1, 0), (2, 2, 0), (3, 3, 0)'
	# two rows swap their values, by way of a third
	{
		event u '{"id":1,"v":1}' '{"id":1,"v":9}'
		event u '{"id":2,"v":2}' '{"id":2,"v":1}'
		event u '{"id":1,"v":9}' '{"id":1,"v":2}'
	} | apply "$1" --conflict=error
	is "$(sql "$1" 'SELECT id, v FROM t ORDER BY id')" $'1\t2\n2\t1\n3\t3'
	# the same among so many that sets are tried
	{
		many c null '{"id":10I,"v":10I,"w":0}'
		event u '{"id":1,"v":2}' '{"id":1,"v":null}'
		event u '{"id":2,"v":1}' '{"id":2,"v":2}'
		event u '{"id":1,"v":null}' '{"id":1,"v":1}'
	} | apply "$1" --conflict=error
	is "$(sql "$1" 'SELECT id, v FROM t WHERE id < 4 ORDER BY id')" $'1\t1\n2\t2\n3\t3'
	# never by another unique key: this is an error, row 3 stays
	exits 2 apply "$1" < <(event c null '{"id":4,"v":3,"w":1}')
	has "$stderr" 'line 1'
	exits 2 apply "$1" < <(many c null '{"id":20I,"v":20I,"w":0}'; event c null '{"id":4,"v":3,"w":1}')
	is "$(sql "$1" 'SELECT id, v, w FROM t WHERE v = 3')" $'3\t3\t0'
	is "$(sql "$1" 'SELECT count(*) FROM t')" 33
}

@test "other unique keys: swaps come out right, and no row is taken for another" {
	unique "$M"
	unique "$P"
}

@test "keys of which only the case of letters changes" {
	local url
	pg 'CREATE EXTENSION IF NOT EXISTS citext'
	fresh "$P" 'k citext PRIMARY KEY, v int'
	fresh "$M" 'k varchar(20) COLLATE utf8mb4_general_ci PRIMARY KEY, v int'
	for url in "$P" "$M"; do
		event c null '{"k":"abc","v":1}' | apply "$url" --conflict=error
		event u '{"k":"abc","v":1}' '{"k":"ABC","v":2}' | apply "$url" --conflict=error
		is "$(sql "$url" 'SELECT k, v FROM t')" $'ABC\t2'
		{
			many c null '{"k":"kI","v":1}'
			event u '{"k":"ABC","v":1}' '{"k":"aBc","v":3}'
		} | apply "$url" --conflict=error
		is "$(sql "$url" 'SELECT k, v FROM t WHERE v = 3')" $'aBc\t3'
		many u '{"k":"kI","v":1}' '{"k":"KI","v":4}' | apply "$url" --conflict=error
		is "$(sql "$url" "SELECT count(*) FROM t WHERE v = 4 AND $([ "$url" = "$P" ] && echo 'k::text' ||
			echo 'CAST(k AS BINARY)') LIKE 'K%'")" 30
	done
}

@test "a table of 400 columns" {
	local url def='id int PRIMARY KEY' row='"id":I' i
	for i in {1..400}; do
		def+=", c$i int" row+=",\"c$i\":$i"
	done
	for url in "$P" "$M"; do
		fresh "$url" "$def"
		many c null "{$row}" | apply "$url"
		many u '{"id":I}' "{${row/I/I}}" | apply "$url" --group=1
		is "$(sql "$url" 'SELECT count(*), sum(c1 + c400) FROM t')" $'30\t12030'
		many d "{$row}" null | apply "$url"
		is "$(sql "$url" 'SELECT count(*) FROM t')" 0
	done
}

@test "partitioned tables" {
	pg 'DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
		CREATE TABLE t0 PARTITION OF t FOR VALUES FROM (minvalue) TO (10);
		CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (10) TO (maxvalue)'
	my 'DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, v int) PARTITION BY RANGE (id)
		(PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)'
	local url
	for url in "$P" "$M"; do
		many c null '{"id":I,"v":I}' | apply "$url" --conflict=error
		event u '{"id":1,"v":1}' '{"id":40,"v":1}' | apply "$url" --conflict=error
		many u '{"id":I,"v":I}' '{"id":I,"v":5}' | apply "$url"
		is "$(sql "$url" 'SELECT count(*), sum(v) FROM t')" $'31\t151'
		is "$(jq .conflicts receipt)" 1
		event c null '{"id":2,"v":7}' | apply "$url"
		exits 2 apply "$url" --conflict=error < <(event c null '{"id":2,"v":7}')
		many d '{"id":I,"v":5}' null | apply "$url" --conflict=error
		is "$(sql "$url" 'SELECT id FROM t')" 40
	done
	pg 'DROP TABLE t; CREATE TABLE t (a int, b int) PARTITION BY LIST (a);
		CREATE TABLE t0 PARTITION OF t DEFAULT; CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
		INSERT INTO t VALUES (1, 1), (1, 1), (2, 1), (2, 1)'
	event d '{"a":1,"b":1}' null | apply "$P" --conflict=error
	is "$(pg 'SELECT * FROM t')" $'1\t1\n2\t1\n2\t1'
}

@test "zero dates as keys and in rows without key" {
	my "DROP TABLE IF EXISTS t; CREATE TABLE t (d date, at datetime(3), v int, PRIMARY KEY (d, at))"
	{
		event c null '{"d":"0000-00-00","at":"2020-00-01 00:00:00","v":1}'
		event u '{"d":"0000-00-00","at":"2020-00-01 00:00:00"}' '{"d":"2020-02-00","at":"0000-00-00 00:00:00","v":2}'
		event u '{"d":"2020-02-00","at":"0000-00-00 00:00:00"}' '{"d":"0000-00-00","at":"0000-00-00 00:00:00","v":3}'
	} | apply "$M" --conflict=error
	is "$(my 'SELECT * FROM t')" $'0000-00-00\t0000-00-00 00:00:00.000\t3'
	my 'ALTER TABLE t DROP PRIMARY KEY, MODIFY d date NULL'
	event d '{"d":"0000-00-00","at":"0000-00-00 00:00:00","v":3}' null | apply "$M" --conflict=error
	is "$(my 'SELECT count(*) FROM t')" 0
}

@test "ON UPDATE CURRENT_TIMESTAMP leaves columns alone that the source did not change" {
	fresh "$M" 'id int PRIMARY KEY, v int, at timestamp NOT NULL DEFAULT current_timestamp ON UPDATE current_timestamp'
	my "INSERT INTO t VALUES (1, 1, '2001-02-03 04:05:06')"
	event u '{"id":1}' '{"id":1,"v":2}' | apply "$M"
	is "$(my 'SELECT * FROM t')" $'1\t2\t2001-02-03 04:05:06'
}

@test "rows near the size of a packet" {
	local packet=4194304
	"$BATS_TEST_DIRNAME/servers.sh" start mysql --max-allowed-packet=$packet >vars
	# shellcheck disable=SC1091
	. ./vars
	mariadb --defaults-file="$MYSQL_CNF" -e 'CREATE DATABASE big'
	near_packet "$MYSQL_URL/big" $packet
}

teardown() {
	[ ! -e vars ] || "$BATS_TEST_DIRNAME/servers.sh" stop "$(sed -n s/^SERVERS=//p vars)"
}

# zeros take two bytes each in a literal
near_packet() { # URL BYTES
	local url=$1 half=$(($2 * 7 / 10)) row
	fresh "$url" 'id int PRIMARY KEY, v longblob, w longtext'
	event c null '{"id":1,"v":"\\x","w":"x"}' | apply "$url"
	row="\"v\":\"\\\\x$(head -c $((2 * half)) /dev/zero | tr '\0' 0)\",\"w\":\"it's\""
	{
		event u '{"id":1}' "{\"id\":1,$row}"
		event c null '{"id":2,"v":"\\x00","w":"x"}'
	} | apply "$url" &&
		is "$(sql "$url" 'SELECT id, length(v), w FROM t ORDER BY id')" "1	$half	it's"$'\n2\t1\tx' || return
	event c null "{\"id\":3,$row}" | apply "$url" --conflict=error || return
	exits 2 apply "$url" --conflict=error < <(event c null "{\"id\":3,$row}") &&
		has "$stderr" 'there already' || return
	{
		event u '{"id":3}' "{\"id\":4,$row}"
		many c null '{"id":10I,"v":"\\x","w":"x"}'
		event c null "{\"id\":5,$row}"
	} | apply "$url" && is "$(sql "$url" "SELECT id FROM t WHERE length(v) = $half ORDER BY id")" $'1\n4\n5' || return
	fresh "$url" 'v longblob, w text'
	event c null "{$row}" | apply "$url" && is "$(sql "$url" 'SELECT count(*) FROM t')" 1 || return
	event d "{$row}" null | apply "$url" --conflict=error && is "$(sql "$url" 'SELECT count(*) FROM t')" 0 || return
	row="\"v\":\"\\\\x$(head -c $((3 * $2)) /dev/zero | tr '\0' 0)\""
	exits 2 apply "$url" < <(event c null "{$row}") && has "$stderr" 'line 1' max_allowed_packet "$2"
}

@test "a column that takes fewer bytes in its own character set" {
	fresh "$M" 'k varchar(20) CHARACTER SET latin1 PRIMARY KEY, v varchar(20) CHARACTER SET latin1'
	event c null '{"k":"Größe","v":"€"}' | apply "$M" --conflict=error
	event u '{"k":"Größe"}' '{"k":"Größe","v":"ß"}' | apply "$M" --conflict=error
	is "$(my 'SELECT * FROM t')" $'Größe\tß'
	exits 2 apply "$M" < <(event c null '{"k":"日本","v":"x"}')
	exits 2 apply "$M" < <(many c null '{"k":"I","v":"x"}'; event c null '{"k":"日本","v":"x"}')
	is "$(my 'SELECT * FROM t')" $'Größe\tß'
}

# ---- The checkpoint ----

# step NUMBER: a transaction of one insert, whose commit is there; the next may begin behind it.
step() {
	event c null "{\"id\":$1}" | sed "s/\"test\"/\"postgresql\",\"commit_lsn\":$1,\"lsn\":$1/
		s/}$/,\"transaction\":{\"id\":\"$1\"}}/"
	printf '{"status":"END","id":"%d","event_count":1,"ts_ms":1,' "$1"
	printf '"position":{"connector":"postgresql","lsn":"0/%X"}}\n' $(($1 + 1))
}

end() {
	printf '{"$end":%d}\n' "$1"
}

@test "two processes with one stream: the later one to come is refused, nothing is applied twice" {
	local url status
	for url in "$P" "$M"; do
		fresh "$url" 'id int PRIMARY KEY'
		sql "$url" 'DROP TABLE IF EXISTS rowboat_checkpoint'
		rm -f go
		{
			step 10
			wait_until test -e go
			step 30
			end 2
		} | cdcapply -s one "$url" >receipt 2>errors &
		wait_until eval '[ "$(sql "$url" "SELECT count(*) FROM t")" = 1 ]'
		{
			step 10
			step 20
			end 2
		} | cdcapply -s one "$url" >receipt2
		is "$(jq -c '[.events, .skipped]' receipt2)" '[1,1]'
		touch go
		status=0
		wait $! || status=$?
		is "$status" 3
		has "$(cat errors)" another
		is "$(sql "$url" 'SELECT id FROM t ORDER BY id')" $'10\n20'
		is "$(cdcapply -s one --from-checkpoint "$url")" '{"connector":"postgresql","lsn":"0/15"}'
		is "$(sql "$url" 'SELECT events, transactions FROM rowboat_checkpoint')" $'2\t2'
	done
}

@test "many processes make the table of checkpoints at once" {
	local url i
	for url in "$P" "$M"; do
		fresh "$url" 'id int PRIMARY KEY'
		sql "$url" 'DROP TABLE IF EXISTS rowboat_checkpoint'
		for i in {1..6}; do
			(step "$i" && end 1) | cdcapply -s "stream $i" "$url" >"receipt$i" &
		done
		wait
		is "$(cat receipt? | jq -s 'map(.events) | add')" 6
		is "$(sql "$url" 'SELECT count(*), sum(events) FROM rowboat_checkpoint')" $'6\t6'
	done
}
