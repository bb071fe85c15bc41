# hash: one digest for the same rows, whoever computes it: from a stream, by reading the
# table, inside the database.

# shellcheck disable=SC1003,SC2016,SC2154,SC2191,SC2258 # values are words; bats sets stderr
load lib

# In bash, hash is a builtin.
hash() {
	"$BIN/hash" "$@"
}

# The digest alone.
digest() {
	hash "$@" | cut -f 1,2
}

# agree URL TABLE: the three ways to a table's digest give the same, and rows were counted.
agree() {
	local streamed
	streamed=$(extract "$1" "$2" | digest)
	[[ $streamed != 0* ]]
	is "$(digest "$1" "$2")" "$streamed"
	is "$(digest --in-database "$1" "$2")" "$streamed"
}

# values URL TYPE [SQL]...: a table of one column of the type with these values and NULL; the
# three ways agree.
values() {
	local url=$1 type=$2 value insert=''
	shift 2
	sql "$url" 'DROP TABLE IF EXISTS t'
	sql "$url" "CREATE TABLE t (id integer PRIMARY KEY, v $type NULL)"
	for value; do
		insert+="INSERT INTO t VALUES ($((${#insert} + 1)), $value);"
	done
	sql "$url" "$insert INSERT INTO t VALUES (0, NULL)"
	echo "# $type" # shown if it fails
	agree "$url" t
}

# ---- Streams ----

@test "a stream's digest does not depend on the order of rows and columns, or the format" {
	local d
	d=$(stream a,b 1,x 2,y ',"1,x"' | digest)
	is "$(stream a,b ',"1,x"' 2,y 1,x | digest)" "$d"
	is "$(stream b,a y,2 x,1 '"1,x",' | digest)" "$d"
	is "$(printf '%s\n' '{"a":"1","b":"x"}' '{"b":"y","a":2}' '{"a":null,"b":"1,x"}' '{"$end":3}' | digest)" "$d"
	has "$d" $'3\tsha256:'
}

@test "the digest is that of the manual page" {
	local one two
	one=$(printf '1:12:xy' | sha256sum | cut -d ' ' -f 1)
	two=$(printf -- '-0:' | sha256sum | cut -d ' ' -f 1)
	is "$(stream b,a xy,1 | digest)" $'1\tsha256:'"$one"
	is "$(stream a,b ',""' | digest)" $'1\tsha256:'"$two"
	is "$(stream a | digest)" $'0\tsha256:'"$(printf '0%.0s' {1..64})"
}

@test "every difference shows: a value, NULL and the empty string, a moved border, a doubled row" {
	local d rows
	d=$(stream a,b 1,2 | digest)
	for rows in 1,3 ,2 '"",2' 12, ',12' '12,""' 2,1; do
		[ "$(stream a,b "$rows" | digest)" != "$d" ]
	done
	[ "$(stream a,b 1,2 1,2 | digest)" != "$d" ]
	[ "$(stream a,b 1,2 1,2 3,4 | digest)" != "$(stream a,b 1,2 3,4 3,4 | digest)" ]
}

@test "a stream that is cut off has no digest" {
	exits 3 hash < <(printf 'a,b\n1,2\n')
	is "$output" ''
	one_line "$stderr"
	exits 3 hash < <(printf '{"a":1}\n')
	exits 3 hash < <(printf '{"a":1}\n{"$end":2}\n')
	is "$output" ''
	exits 3 hash --every 1 < <(printf 'a,b\n1,2\n')
	lacks "$output" total
	exits 0 hash --no-end < <(printf 'a,b\n1,2\n')
	is "$(stream a,b 1,2 | hash)" "$output"
	exits 2 hash < <(stream a,b 1,2,3)
	has "$stderr" 'line 2'
	exits 2 hash < <(stream a,a 1,2)
	has "$stderr" twice
}

@test "files, chosen columns, other algorithms, NDJSON" {
	stream a,b,c 1,2,3 >one.csv
	stream c,a 3,1 >two.csv
	is "$(hash one.csv two.csv | cut -f 3)" $'one.csv\ntwo.csv'
	is "$(digest -c a,c one.csv)" "$(digest two.csv)"
	exits 2 hash -c a,x one.csv
	has "$stderr" 'no column x'
	is "$(hash -a sha512 one.csv | cut -f 2)" "sha512:$(printf '1:11:21:3' | sha512sum | cut -d ' ' -f 1)"
	is "$(hash -a md5 one.csv | cut -f 2)" "md5:$(printf '1:11:21:3' | md5sum | cut -d ' ' -f 1)"
	is "$(hash -a SHA2-224 one.csv | cut -f 2 | cut -c 1-55)" \
		"sha224:$(printf '1:11:21:3' | sha224sum | cut -c 1-48)"
	exits 2 hash -a rot13 one.csv
	has "$stderr" rot13 hint
	is "$(hash -f ndjson one.csv | jq -c '[.name, .rows, (.digest | length)]')" '["one.csv",1,71]'
	exits 2 hash missing.csv
}

# ---- Parts ----

@test "parts add up to the whole" {
	local whole
	stream id,v {1..99},x >all.csv
	whole=$(digest all.csv)
	hash -k id --buckets 7 all.csv >buckets
	is "$(grep -vc '^#' buckets)" 7
	is "$(hash --sum buckets | cut -f 1,2)" "$whole"
	hash --every 10 all.csv >every
	is "$(grep -v '^#' every | cut -f 1,3 | tail -n 1)" $'9\trows 91 to 99'
	is "$(hash --sum every | cut -f 1,2)" "$whole"
	stream id,v {1..40},x | hash >a
	stream id,v {41..99},x | hash >b
	is "$(hash --sum a b | cut -f 1,2)" "$whole"
	is "$(cat a b | hash --sum - | cut -f 1,2)" "$whole"
}

@test "manifests that do not add up are refused" {
	stream id,v {1..99},x | hash --every 10 >every
	stream id,w {1..99},x | hash --every 10 >other
	head -n 8 every >short
	exits 3 hash --sum short
	has "$stderr" 'no total'
	sed 's/^10/11/' every >changed
	exits 2 hash --sum changed
	has "$stderr" 'do not add up'
	exits 2 hash --sum every other
	has "$stderr" 'other columns'
	stream id 1 | hash -a sha512 >long
	exits 2 hash --sum long every
	has "$stderr" 'two algorithms'
	exits 2 hash --sum /dev/null
	printf '1\tsha256:' >short
	exits 3 hash --sum short
}

@test "key and digest of each row, as a stream" {
	local one
	one=$(printf '1:74:a"é' | sha256sum | cut -d ' ' -f 1)
	stream 'id,v' '7,"a""é"' >a.csv
	is "$(hash -k id --by-key a.csv)" "$(stream id,digest "7,$one")"
	is "$(hash -k id --by-key -f ndjson a.csv | jq -c 'del(.digest)')" $'{"id":"7"}\n{"$end":1}'
	exits 2 hash --by-key a.csv
	exits 2 hash --by-key -k x a.csv
	has "$stderr" 'no key column x'
}

# ---- Tables ----

new_rows() { # URL
	sql "$1" 'DROP TABLE IF EXISTS s'
	sql "$1" 'CREATE TABLE s (id integer PRIMARY KEY, name varchar(20), v numeric(9,3))'
	sql "$1" "INSERT INTO s VALUES $(for i in {1..200}; do
		printf "(%d,%s,%s)," "$i" "$((i % 7)) is not null" 0; done | sed "s/ is not null//g; s/,$//")"
	sql "$1" "UPDATE s SET name = NULL WHERE id % 5 = 0"
	sql "$1" "UPDATE s SET v = id * 1.5 WHERE id % 3 = 0"
}

@test "both engines give one digest: whole, by ranges, by buckets, by key" {
	local url option
	new_rows "$M"
	new_rows "$P"
	printf '%s\n' 'id < 50' 'id >= 50 AND id < 120 -- a comment' 'id >= 120' >ranges
	for url in "$M" "$P"; do
		agree "$url" s
		for option in '' --in-database; do
			# shellcheck disable=SC2086 # words
			{
				hash $option "$url" s
				hash $option -w 'id > 7' -c v,id "$url" s
				hash $option -a sha384 "$url" s
				hash $option --canonical "$url" s
				hash $option --range ranges "$url" s
				hash $option -w 'id > 7 -- yes' --range - "$url" s <ranges
				hash $option --buckets 16 "$url" s
				hash $option --buckets 3 -k v,name "$url" s
				hash $option --by-key "$url" s | sort
				hash $option --by-key -k name,id -f ndjson "$url" s | sort
			} >"all.${url%%:*}$option"
		done
	done
	same all.mysql all.postgres
	same all.mysql all.mysql--in-database
	same all.mysql all.postgres--in-database
	extract "$M" s | hash -k id --buckets 16 >stream
	hash --buckets 16 --in-database "$P" s >table
	same stream table
	is "$(hash --range ranges "$M" s | hash --sum - | cut -f 1,2)" "$(digest "$P" s)"
}

@test "empty tables, no matching rows, many tables" {
	sql "$P" 'DROP TABLE IF EXISTS e; CREATE TABLE e (id int PRIMARY KEY)'
	sql "$M" 'DROP TABLE IF EXISTS e'
	sql "$M" 'CREATE TABLE e (id int PRIMARY KEY)'
	new_rows "$P"
	is "$(digest --in-database "$P" e)" "$(extract "$M" e | digest)"
	is "$(digest --in-database "$M" e)" "$(digest "$P" e)"
	is "$(digest --in-database --buckets 2 "$M" e)" "$(digest --buckets 2 "$P" e)"
	is "$(digest --in-database -w 'id < 0' "$P" s)" "$(digest "$P" e)"
	is "$(hash --in-database "$P" e s | cut -f 1,3)" $'0\te\n200\ts'
	exits 2 hash "$P" nothing
	exits 2 hash --in-database -c nothing "$P" s
	has "$stderr" nothing
	exits 2 hash --in-database -w 'syntax(' "$P" s
}

@test "400 columns, long names, and a planted bit" {
	local i columns='' url
	for i in {1..399}; do
		columns+=", \"column number $i \"\" of many\" varchar(10)"
	done
	sql "$P" "DROP TABLE IF EXISTS wide; CREATE TABLE wide (id int PRIMARY KEY$columns)"
	columns=${columns//'""'/'"'}
	columns=${columns//\" varchar/\` varchar}
	columns=${columns//, \"/, \`}
	sql "$M" 'DROP TABLE IF EXISTS wide'
	sql "$M" "CREATE TABLE wide (id int PRIMARY KEY$columns) ROW_FORMAT=DYNAMIC CHARACTER SET latin1"
	for url in "$M" "$P"; do
		sql "$url" "INSERT INTO wide (id) VALUES (1), (2), (3)"
	done
	extract "$P" wide | sed '2s/,,,,/,a,b,c,/' >wide.csv
	load --truncate "$M" wide <wide.csv
	load --truncate "$P" wide <wide.csv
	agree "$M" wide
	agree "$P" wide
	is "$(digest --in-database "$M" wide)" "$(digest --in-database "$P" wide)"
	sed '2s/,b,/,B,/' wide.csv | load --truncate "$M" wide
	[ "$(digest --in-database "$M" wide)" != "$(digest --in-database "$P" wide)" ]
	agree "$M" wide
}

@test "the statement can be printed and run by hand" {
	new_rows "$M"
	new_rows "$P"
	hash --emit-sql "$M" s >my.sql
	hash --emit-sql "$P" s >pg.sql
	is "$(my <my.sql | cut -f 2)" 200
	is "$(pg <pg.sql | cut -f 2)" 200
	printf '%s\n' 'id < 50' 'id >= 50' >ranges
	hash --emit-sql --range ranges "$P" s >pg.sql
	is "$(pg <pg.sql | wc -l)" 2
}

# ---- Every type ----

@test "in the database: numbers of MySQL" {
	values "$M" tinyint -128 127 0
	values "$M" 'tinyint(1)' 0 1 2
	values "$M" 'smallint unsigned' 65535
	values "$M" 'mediumint' -8388608
	values "$M" bigint -9223372036854775808 9223372036854775807
	values "$M" 'bigint unsigned' 18446744073709551615 9223372036854775808
	values "$M" 'int(8) unsigned zerofill' 42 0 4294967295
	values "$M" 'decimal(8,3) zerofill' 1.5 0 12345.678
	values "$M" 'decimal(65,30)' -99999999999999999999999999999999999.999999999999999999999999999999 0 1.10
	values "$M" 'decimal(65,0)' 99999999999999999999999999999999999999999999999999999999999999999
	values "$M" 'decimal(5,5) unsigned' 0.00001 0.99999
	values "$M" year 1901 2155 0000
	values "$M" 'bit(1)' "b'0'" "b'1'"
	values "$M" 'bit(9)' "b'000000001'" "b'100000000'"
	values "$M" 'bit(64)' "b'1000000000000000000000000000000000000000000000000000000000000001'"
}

@test "in the database: DOUBLE and FLOAT of MySQL" {
	values "$M" double 0 1 -1 0.1 1e15 999999999999999 1e-4 9.999999999999999e-5 1.5e-7 -1.5e-7 1e22 1e23 -1152921504606864000 4.0532396646334464e16 1.6817375987118081e21 1e39 \
		-123456789012345.67 99999999999999.98 123456789012345678 9007199254740993 5e-324 \
		2.2250738585072014e-308 1.7976931348623157e308 -1.7976931348623157e308 1e100 -0.0001 \
		0.00012345678901234567 4.35 0.30000000000000004 1e-10 123456789e-14 1e14 1.25e15 -2e0 100
	values "$M" 'double unsigned' 1.5
	values "$M" 'double(10,2)' 1.5 99999999.99 0.01 1e-2
	values "$M" float 0 1 -1 0.1 3.402823466e38 -3.402823466e38 1.175494351e-38 16777216 16777215 123456.789 \
		1e6 999999.9 100000 0.0001 0.00001 1.5 8388609 67108896 1048576.25 1048576.75 1.4e-45 1e-40 0.3 \
		-9.5367e10 7.038531e-26 1.2621774483536189e-29 6.2038204500000002e29 \
		6.2038204500000002e30 1.0194606650000001e-16 33554432 1e10 3e-5 9.9999e-5
	values "$M" 'float(7,2)' 1.5 99999.99 0.01
}

@test "in the database: text and bytes of MySQL" {
	local all type
	all=$(for i in {0..255}; do printf %02x "$i"; done)
	for type in 'varchar(50)' longtext 'varchar(50) CHARACTER SET utf8mb3' 'char(50)' \
		'varchar(50) CHARACTER SET latin1' 'varchar(50) CHARACTER SET utf16' \
		'varchar(50) COLLATE utf8mb4_unicode_ci'; do
		values "$M" "$type" "'é'" "''" "' a '" "'a,\"b'" "'\\\\.'" "concat('a',char(10),'b')" "'-'" "'1:2'" \
			"repeat('ü',50)"
	done
	values "$M" 'varchar(20)' "'😀🏳️‍🌈'" "'日本語'" "char(0)"
	values "$M" 'varchar(20) CHARACTER SET sjis' "'日本'"
	values "$M" 'binary(4)' 0x61000000 "''"
	values "$M" 'varbinary(300)' "0x$all" "''" 0x00
	values "$M" longblob "0x$all" "repeat(0x005c0a2c22,2000)"
	values "$M" "enum('small','größer','a,b')" "'small'" "'größer'" "'a,b'"
	values "$M" "set('a','b','ç')" "'a,ç'" "''"
	values "$M" json "'{\"b\": 1, \"a\": [1, 2.50, null, true, \"x\\\\ny é\"]}'" "'[]'" "'null'"
	values "$M" geometry "ST_GeomFromText('POINT(1 2)')" "ST_GeomFromText('POINT(10 20)', 4326)" \
		"ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2),POLYGON((0 0,0 1,1 1,0 0)))')"
	values "$M" point "ST_GeomFromText('POINT(1 2)')"
	if on_mariadb; then
		! mariadb_from 10.7 || values "$M" uuid "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"
		values "$M" inet6 "'::1'" "'2001:db8::ff00:42:8329'" "'::ffff:192.0.2.1'"
		! mariadb_from 10.10 || values "$M" inet4 "'192.0.2.1'"
	fi
	if [ -n "$(to_vector)" ]; then
		values "$M" 'vector(3)' "$(to_vector)('[1,2.5,-3]')"
	fi
}

@test "in the database: dates and times of MySQL" {
	values "$M" date "'1000-01-01'" "'9999-12-31'" "'2024-02-29'"
	values "$M" datetime "'2024-12-31 23:59:59'"
	values "$M" 'datetime(6)' "'9999-12-31 23:59:59.999999'" "'2024-01-02 03:04:05.12'" "'2024-01-02 00:00:00'"
	values "$M" 'datetime(3)' "'2024-12-31 23:59:59.100'" "'2024-12-31 10:00:00'"
	values "$M" 'timestamp(6)' "'1970-01-01 00:00:01'" "'2038-01-19 03:14:07.999999'" "'2024-11-03 05:30:00.5'"
	values "$M" timestamp "'2024-03-10 07:30:00'"
	! long_timestamps || values "$M" 'timestamp(6)' "'2106-02-07 06:28:15.999999'"
	values "$M" 'time(6)' "'-838:59:59'" "'838:59:59'" "'-00:00:00.5'" "'00:00:00'" "'100:00:00'"
	values "$M" time "'-01:02:03'"
	sql "$M" 'DROP TABLE IF EXISTS t'
	sql "$M" 'CREATE TABLE t (d date, t datetime(3), z timestamp(2) NULL)'
	my "SET sql_mode=''; INSERT INTO t VALUES ('0000-00-00', '2020-00-01 01:02:03.5', '0000-00-00')"
	agree "$M" t
}

@test "in the database: numbers of PostgreSQL" {
	values "$P" smallint -32768 32767
	values "$P" bigint -9223372036854775808 9223372036854775807
	values "$P" oid 4294967295
	values "$P" numeric 1.10 "'NaN'" "'1e400'" -0.000 "'1e-300'"
	! pg_from 14 || values "$P" numeric "'Infinity'" "'-Infinity'"
	values "$P" 'numeric(10,2)' 1.5 -0.01 100
	values "$P" money "'-1234.50'" 0
	values "$P" real "'3.4028235e38'" "'1e-45'" "'NaN'" "'-0'" "'-Infinity'" 0.1 1048576.25
	values "$P" 'double precision' "'1.7976931348623157e308'" "'5e-324'" "'NaN'" "'Infinity'" 0.1 1e15 1e-5
	values "$P" boolean true false
	values "$P" 'bit(8)' "B'00000010'"
	values "$P" 'bit varying(100)' "B''" "B'001'"
}

@test "in the database: text, bytes and times of PostgreSQL" {
	values "$P" text "'é'" "''" "' a '" "'a,\"b'" "'\\.'" "E'a\\nb\\tc'" "'-'" "'😀日本'" "repeat('ü', 9999)"
	values "$P" 'varchar(50)' "'x  '"
	values "$P" 'char(5)' "'ab'" "''" "' b '"
	values "$P" '"char"' "'x'"
	values "$P" name "'x y'"
	values "$P" bytea "'\\x00ff5c'" "''"
	values "$P" date "'0044-03-15 BC'" "'infinity'" "'5874897-12-31'" "'2024-02-29'"
	values "$P" timestamp "'0044-03-15 12:00:00 BC'" "'-infinity'" "'2024-01-02 03:04:05.12'"
	values "$P" timestamptz "'2024-11-03 01:30:00-04'" "'infinity'" "'12345-06-07 08:09:10.5+00'"
	values "$P" time "'24:00:00'" "'12:00:00.5'"
	values "$P" timetz "'12:34:56.5+05:30'"
	values "$P" interval "'1 year 2 mons 3 days 04:05:06.7'" "'-1 days'" "'838:59:59'" "'0'"
}

@test "in the database: other types of PostgreSQL" {
	sql "$P" 'DROP TABLE IF EXISTS t; DROP TYPE IF EXISTS mood, pair; DROP DOMAIN IF EXISTS age, host'
	sql "$P" "CREATE TYPE mood AS ENUM ('sad','o,k'); CREATE TYPE pair AS (a int, b text)"
	sql "$P" 'CREATE DOMAIN age AS int; CREATE DOMAIN host AS inet'
	values "$P" mood "'sad'" "'o,k'"
	values "$P" pair "row(1,'x,y')" 'row(null,null)'
	values "$P" age 42
	values "$P" host "'10.0.0.1'"
	values "$P" uuid "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"
	values "$P" inet "'10.0.0.1'" "'10.0.0.0/8'" "'::1'" "'10.0.0.1/32'"
	values "$P" cidr "'10.0.0.0/8'" "'2001:db8::/32'" "'10.0.0.1'"
	values "$P" macaddr "'08:00:2b:01:02:03'"
	values "$P" json "'{\"b\":  1,\"a\":1.10}'"
	values "$P" jsonb "'{\"b\":  1,\"a\":1.10}'"
	values "$P" 'integer[]' "'{1,NULL,3}'" "'{}'" "'[2:3]={1,2}'"
	values "$P" 'text[]' "array['a,b','\"',null,'']"
	values "$P" 'inet[]' "'{10.0.0.1}'"
	values "$P" 'boolean[]' "'{t,f,NULL}'"
	values "$P" 'char(3)[]' "'{a,b}'"
	values "$P" int4range "'[1,10)'" "'empty'"
	values "$P" tstzrange "'[2024-01-01 00:00:00+00,2024-02-01 00:00:00+00)'"
	values "$P" point "'(1,2.5)'"
	values "$P" tsvector "'''a'':1'"
	values "$P" xml "'<a b=\"c\"/>'" "'<?xml version=\"1.0\" encoding=\"utf-8\"?><a/>'"
	values "$P" pg_lsn "'16/B374D848'"
	values "$P" 'bytea[]' "array['\\x00ff'::bytea]"
	values "$P" 'double precision[]' "'{0.1,NaN,1e-5}'"
}

@test "what SQL cannot make exactly is refused by name" {
	sql "$P" 'DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, "my doc" jsonb)'
	exits 2 hash --in-database --canonical "$P" t
	has "$stderr" 'my doc' JSON hint
	one_line "$stderr"
	exits 0 hash --in-database --canonical -c id "$P" t
	exits 2 hash --in-database -a md5 "$P" t
	has "$stderr" md5 sha256
}

@test "a row longer than the server can put together is an error, not another digest" {
	[ "$(my 'SELECT @@max_allowed_packet')" -le 67108864 ] || skip "max_allowed_packet is large"
	sql "$M" 'DROP TABLE IF EXISTS t'
	sql "$M" 'CREATE TABLE t (id int PRIMARY KEY, v longblob)'
	sql "$M" "INSERT INTO t VALUES (1, repeat('x', @@max_allowed_packet DIV 2)), (2, NULL)"
	exits 2 hash --in-database "$M" t
	has "$stderr" '1 of 2 rows' max_allowed_packet
	is "$output" ''
	exits 0 hash --in-database -w 'id > 1' "$M" t
}

@test "a database that is not in UTF-8" {
	local url=$P2
	psql -Xq "$PG_URL/postgres" -c "DROP DATABASE IF EXISTS ${url##*/}" -c "CREATE DATABASE ${url##*/}
		TEMPLATE template0 ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'"
	values "$url" text "'é'" "'abc'" "'ÿ'"
	is "$(digest --in-database "$url" t)" "$(values "$P" text "'é'" "'abc'" "'ÿ'" >/dev/null; digest "$P" t)"
}

@test "one row changed among many is found" {
	local before
	sql "$P" "DROP TABLE IF EXISTS big; CREATE TABLE big AS SELECT i AS id, md5(i::text) AS v,
		i * 0.5 AS n FROM generate_series(1, 100000) i"
	before=$(digest --in-database "$P" big)
	agree "$P" big
	sql "$P" "UPDATE big SET v = overlay(v placing 'x' from 7) WHERE id = 54321"
	[ "$(digest --in-database "$P" big)" != "$before" ]
	agree "$P" big
}
