# Values come back as they were: every type, with its extremes, over the other engine and
# over the same one, as CSV and as NDJSON.

# shellcheck disable=SC1003,SC2154,SC2191 # values are words; bats sets stderr
load lib

# table URL TYPE: makes table t with a column v of that type.
table() {
	sql "$1" 'DROP TABLE IF EXISTS t'
	sql "$1" "CREATE TABLE t (id integer PRIMARY KEY, v $2 NULL)"
}

# carry A TYPE B TYPE C [SQL TEXT]...: puts the values of these SQL expressions into a column
# of the first type in A, carries them to B, and from there to C, a database of A's engine.
# TEXT is the value's CSV text in all streams; `=` where it is the SQL itself without its
# quotes, `?` where only the streams are compared. A NULL is added. MIDDLE=differs: B's text
# is its own. EXTRACT: more options for extract.
carry() {
	local a=$1 atype=$2 b=$3 btype=$4 c=$5 id=0 insert='' text
	shift 5
	table "$a" "$atype" && table "$b" "$btype" && table "$c" "$atype"
	echo 'id,v' >expected
	while [ $# -gt 0 ]; do
		text=$2
		if [ "$text" = = ]; then
			text=${1#\'} text=${text%\'}
		fi
		insert+="INSERT INTO t VALUES ($((++id)), $1);"
		printf '%s,%s\n' "$id" "$text" >>expected
		shift 2
	done
	sql "$a" "$insert INSERT INTO t VALUES ($((++id)), NULL)"
	printf '%s,\n\\.\n' "$id" >>expected
	echo "# $atype -> $btype -> $atype" # shown if it fails
	# shellcheck disable=SC2086 # words
	extract $EXTRACT -o id "$a" t >a.csv
	grep -q '^[0-9]*,?$' expected || same expected a.csv
	rows=$id
	hops "$a" "$b" "$c"
}

# hops A B C: over B to C as CSV, then straight to C as NDJSON, then over B as NDJSON.
hops() {
	local receipt
	receipt=$(load "$2" t <a.csv)
	is "$(jq -c '[.rows, .rejected]' <<<"$receipt")" "[$rows,0]"
	# shellcheck disable=SC2086
	extract $EXTRACT -o id "$2" t >b.csv
	[ -n "$MIDDLE" ] || same a.csv b.csv
	load --truncate "$3" t <b.csv >receipt
	# shellcheck disable=SC2086
	extract $EXTRACT -o id "$3" t >c.csv
	same a.csv c.csv
	extract -f ndjson "$1" t >a.ndjson
	load --truncate "$3" t <a.ndjson >receipt
	# shellcheck disable=SC2086
	extract $EXTRACT -o id "$3" t >c.csv
	same a.csv c.csv
	extract -f ndjson "$1" t | load --truncate "$2" t >receipt
	extract -f ndjson "$2" t | load --truncate "$3" t >receipt
	# shellcheck disable=SC2086
	extract $EXTRACT -o id "$3" t >c.csv
	same a.csv c.csv
}

my_over_pg() { # TYPE PGTYPE [SQL TEXT]...
	carry "$M" "$1" "$P" "$2" "$M2" "${@:3}"
}

pg_over_my() { # TYPE MYTYPE [SQL TEXT]...
	carry "$P" "$1" "$M" "$2" "$P2" "${@:3}"
}

# The same engine on both ends.
pg_over_pg() { # TYPE [SQL TEXT]...
	carry "$P" "$1" "$P2" "$1" "$P2" "${@:2}"
}

my_over_my() {
	carry "$M" "$1" "$M2" "$1" "$M2" "${@:2}"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	MIDDLE='' EXTRACT=''
}

# ---- Numbers ----

@test "integers of MySQL over PostgreSQL" {
	my_over_pg tinyint smallint -128 = 127 = 0 =
	my_over_pg 'tinyint unsigned' smallint 0 = 255 =
	my_over_pg smallint smallint -32768 = 32767 =
	my_over_pg 'smallint unsigned' integer 65535 =
	my_over_pg mediumint integer -8388608 = 8388607 =
	my_over_pg 'mediumint unsigned' integer 16777215 =
	my_over_pg int integer -2147483648 = 2147483647 =
	my_over_pg 'int unsigned' bigint 4294967295 =
	my_over_pg bigint bigint -9223372036854775808 = 9223372036854775807 =
}

@test "BIGINT UNSIGNED from 2^63 up" {
	my_over_pg 'bigint unsigned' 'numeric(20)' 0 = 9223372036854775807 = \
		9223372036854775808 = 18446744073709551615 =
}

@test "TINYINT(1) holds more than 0 and 1" {
	my_over_pg 'tinyint(1)' smallint 0 = 1 = 2 = -128 = 127 =
}

@test "ZEROFILL is display, not data" {
	my_over_pg 'int(8) unsigned zerofill' bigint 42 = 0 = 4294967295 =
}

@test "YEAR, with 0000" {
	my_over_pg year smallint 1901 = 2155 = 0000 0
}

@test "integers of PostgreSQL over MySQL" {
	pg_over_my smallint smallint -32768 = 32767 =
	pg_over_my integer int -2147483648 = 2147483647 =
	pg_over_my bigint bigint -9223372036854775808 = 9223372036854775807 =
	pg_over_my oid 'int unsigned' 4294967295 =
}

@test "decimals, up to DECIMAL(65,30)" {
	local n=99999999999999999999999999999999999.999999999999999999999999999999
	my_over_pg 'decimal(65,30)' 'numeric(65,30)' $n = -$n = 0 0.000000000000000000000000000000
	my_over_pg 'decimal(65,0)' 'numeric(65)' 99999999999999999999999999999999999999999999999999999999999999999 =
	my_over_pg 'decimal(10,2)' 'numeric(10,2)' 1.10 = -0.01 = 12345678.90 = 100 100.00
	my_over_pg 'decimal(5,5) unsigned' 'numeric(5,5)' 0.00001 = 0.99999 =
	pg_over_my 'numeric(65,30)' 'decimal(65,30)' $n = -$n =
	pg_over_my 'numeric(4,2)' 'decimal(4,2)' 0 0.00 -99.99 = 0.5 0.50
	pg_over_my 'numeric(4)' 'decimal(4)' 9999 =
}

@test "NUMERIC without limits, negative scale, NaN, Infinity" {
	local big
	big=$(printf '9%.0s' {1..2000}).$(printf '1%.0s' {1..3000})
	pg_over_pg numeric 1.10 = 1.100 = "'1e400'::numeric" "1$(printf '0%.0s' {1..400})" \
		"$big" = "'NaN'" NaN 0 = -0.000 0.000 \
		"'1e-300'" "0.$(printf '0%.0s' {1..299})1" 10000 = 99990000 = 0.0001 =
	! pg_from 14 || pg_over_pg numeric "'Infinity'" Infinity "'-Infinity'" -Infinity
	! pg_from 15 || pg_over_pg 'numeric(5,-2)' 1234500 = 100 =
	! pg_from 15 || pg_over_pg 'numeric(3,7)' 0.0000123 = 0.0000999 =
	pg_over_my numeric longtext "$big" = "'NaN'" NaN 1.10 =
}

@test "FLOAT with all its digits" {
	my_over_pg float real 3.402823466e38 3.4028235e+38 -3.402823466e38 -3.4028235e+38 \
		1.175494351e-38 1.1754944e-38 0.1 = 16777216 1.6777216e+07 16777215 1.6777215e+07 \
		123456.789 123456.79 1e6 1e+06 100000 = 0.0001 = 0.00001 1e-05 0 = 1.5 = 8388609 8.388609e+06
	pg_over_my real float "'3.4028235e38'" 3.4028235e+38 "'1.1754944e-38'" 1.1754944e-38 \
		"'-0.3'" -0.3 "'7.038531e-26'" 7.038531e-26 "'9.5367e+10'" 9.5367e+10 0 =
	pg_over_pg real "'NaN'" NaN "'Infinity'" Infinity "'-Infinity'" -Infinity "'-0'" -0 \
		"'1e-45'" 1e-45
}

@test "DOUBLE with all its digits" {
	my_over_pg double 'double precision' 1.7976931348623157e308 1.7976931348623157e+308 \
		2.2250738585072014e-308 2.2250738585072014e-308 0.1e0 0.1 \
		0.30000000000000004e0 0.30000000000000004 1e15 1e+15 123456789012345e0 123456789012345 \
		9007199254740993e0 9.007199254740992e+15 -1.5e-7 -1.5e-07 0 =
	pg_over_my 'double precision' double "'1.7976931348623157e308'" 1.7976931348623157e+308 \
		"'2.2250738585072014e-308'" 2.2250738585072014e-308 "'0.1'" 0.1 \
		"'123456789.12345678'" 123456789.12345678
	pg_over_pg 'double precision' "'NaN'" NaN "'-Infinity'" -Infinity "'-0'" -0 "'5e-324'" 5e-324
}

@test "booleans of PostgreSQL over TINYINT(1)" {
	MIDDLE=differs pg_over_my boolean 'tinyint(1)' true t false f
	pg_over_pg boolean true t false f
}

@test "bits: order, leading zeros, widths" {
	my_over_pg 'bit(1)' 'bit(1)' "b'0'" 0 "b'1'" 1
	my_over_pg 'bit(9)' 'bit(9)' "b'000000001'" 000000001 "b'100000000'" 100000000
	my_over_pg 'bit(64)' 'bit(64)' "b'1000000000000000000000000000000000000000000000000000000000000001'" \
		1000000000000000000000000000000000000000000000000000000000000001
	pg_over_my 'bit(8)' 'bit(8)' "B'00000010'" 00000010 "B'11111111'" 11111111
	pg_over_my 'bit varying(100)' 'varchar(100)' "B'001'" 001 "B''" '""' \
		"repeat('10',50)::varbit" "$(printf '10%.0s' {1..50})"
}

# ---- Text and bytes ----

@test "text: quotes, newlines, commas, the end mark, a byte-order mark, CRLF, empty strings" {
	local values=(
		"'say \"hi\"'" '"say ""hi"""' "'a,b'" '"a,b"' "'a;b'" 'a;b' "''" '""' "' '" ' ' "'  x  '" '  x  '
		"'\\\\.'" '\.' "'\\\\N'" '\N' "'NULL'" NULL "'null'" null "concat('a',char(10),'b')" $'"a\nb"'
		"concat('a',char(13),char(10),'b')" $'"a\r\nb"' "char(10)" $'"\n"' "char(13)" $'"\r"' "char(9)" $'\t' "'\"'" '""""' "','" '","'
		"'\\\\x41'" '\x41' "'it''s'" "it's" "concat('a', char(92))" 'a\' "'{\"a\": 1}'" '"{""a"": 1}"'
	)
	# PostgreSQL: chr() for char(), and backslashes as they are.
	local pgvalues=("${values[@]//char(/chr(}")
	pgvalues=("${pgvalues[@]//\\\\/\\}")
	my_over_pg 'varchar(50)' 'varchar(50)' "${values[@]}"
	my_over_pg longtext text "${values[@]}"
	pg_over_my text longtext "${pgvalues[@]}"
	pg_over_my 'varchar(50)' 'varchar(50)' "${pgvalues[@]}"
}

@test "text: all of Unicode's planes, combining marks, a byte-order mark, control characters" {
	local values=("'é'" = "'日本語'" = "'😀🏳️‍🌈'" = "'é'" = $'\'\ufeffx\'' = $'\'\u2028\'' = "'ß'" =
		$'\'\U10ffff\'' = $'\'\u0001\u001f\u007f\'' = $'\'\ufffd\'' =)
	my_over_pg 'varchar(20)' 'varchar(20)' "${values[@]}"
	my_over_pg mediumtext text "${values[@]}"
	pg_over_my text longtext "${values[@]}"
}

@test "text of limited length holds characters, not bytes" {
	my_over_pg 'varchar(4)' 'varchar(4)' "'😀😀😀😀'" = "'éééé'" =
	my_over_pg tinytext text "repeat('x',255)" "$(printf 'x%.0s' {1..255})"
	pg_over_my 'varchar(4)' 'varchar(4)' "'😀😀😀😀'" =
}

@test "text of other character sets" {
	my_over_pg 'varchar(20) CHARACTER SET latin1' 'varchar(20)' "'Größe €'" =
	my_over_pg 'varchar(20) CHARACTER SET utf8mb3' 'varchar(20)' "'日本語'" =
	my_over_pg 'varchar(20) CHARACTER SET utf16' 'varchar(20)' "'😀日本'" =
	my_over_pg 'varchar(20) CHARACTER SET ascii' 'varchar(20)' "'plain'" =
	my_over_pg 'varchar(20) CHARACTER SET sjis' 'varchar(20)' "'日本'" =
}

@test "CHAR without pad spaces" {
	my_over_pg 'char(5)' 'char(5)' "'ab   '" ab "'ab'" ab "''" '""' "'😀'" = "'  a'" '  a'
	pg_over_my 'char(5)' 'char(5)' "'ab   '" ab "'ab'" ab "''" '""' "'😀'" =
	pg_over_pg 'char(5)' "'ab '" ab "''" '""'
	pg_over_pg '"char"' "'x'" x
	pg_over_pg name "'x y'" 'x y'
}

@test "trailing spaces of VARCHAR stay" {
	my_over_pg 'varchar(10)' 'varchar(10)' "'ab  '" 'ab  ' "' '" ' '
	pg_over_my 'varchar(10)' 'varchar(10)' "'ab  '" 'ab  '
}

@test "bytes: NUL, backslashes, newlines, all 256, trailing zeros, hex of hex" {
	local all
	all=$(for i in {0..255}; do printf %02x "$i"; done)
	my_over_pg 'binary(4)' bytea 0x61000000 '\x61000000' 0x00000000 '\x00000000' 0x20202020 '\x20202020'
	my_over_pg 'varbinary(300)' bytea "0x$all" "\\x$all" "''" '\x' 0x5c '\x5c' 0x5c2e '\x5c2e' \
		"'\\\\x41'" '\x5c783431' 0x00 '\x00' 0x0a '\x0a'
	my_over_pg blob bytea "0x$all" "\\x$all" "''" '\x'
	my_over_pg tinyblob bytea 0xff '\xff'
	my_over_pg mediumblob bytea "0x$all" "\\x$all"
	my_over_pg longblob bytea "repeat(0x005c0a2c22,2000)" "\\x$(printf '005c0a2c22%.0s' {1..2000})"
	pg_over_my bytea longblob "'\\x$all'" "\\x$all" "''" '\x' "'\\x5c'" '\x5c'
	pg_over_my bytea 'varbinary(300)' "'\\x$all'" "\\x$all"
}

@test "UTF-8 bytes in a latin1 column come as what the column says they are" {
	# C3 A9 in latin1 is Ã©, wrong as it may look: what is stored is what moves.
	my_over_pg 'varchar(20) CHARACTER SET latin1' text \
		"convert(cast(0xc3a9 as binary) using latin1)" 'Ã©'
}

# ---- Dates and times ----

@test "dates" {
	my_over_pg date date "'1000-01-01'" = "'9999-12-31'" = "'2024-02-29'" = "'1582-10-10'" =
	pg_over_my date date "'1000-01-01'" = "'9999-12-31'" = "'1970-01-01'" =
	pg_over_pg date "'0044-03-15 BC'" '0044-03-15 BC' "'infinity'" infinity "'-infinity'" -infinity \
		"'5874897-12-31'" 5874897-12-31 "'4713-01-01 BC'" '4713-01-01 BC' "'10000-01-01'" 10000-01-01 \
		"'0001-01-01'" 0001-01-01
}

@test "DATETIME: extremes, fractions without trailing zeros" {
	my_over_pg 'datetime(6)' 'timestamp(6)' "'1000-01-01 00:00:00'" = \
		"'9999-12-31 23:59:59.999999'" = "'2024-01-02 03:04:05.120000'" '2024-01-02 03:04:05.12' \
		"'2024-01-02 03:04:05.000001'" = "'2024-01-02 00:00:00'" =
	my_over_pg datetime 'timestamp(0)' "'2024-12-31 23:59:59'" = "'2016-12-31 23:59:59'" =
	my_over_pg 'datetime(3)' 'timestamp(3)' "'2024-12-31 23:59:59.999'" = "'2024-12-31 23:59:59.100'" \
		'2024-12-31 23:59:59.1'
	pg_over_my 'timestamp(6)' 'datetime(6)' "'1000-01-01 00:00:00'" = "'9999-12-31 23:59:59.999999'" =
	pg_over_my timestamp 'datetime(6)' "'2024-03-31 02:30:00'" = "'2024-01-02 03:04:05.5'" =
	pg_over_pg timestamp "'0044-03-15 12:00:00 BC'" '0044-03-15 12:00:00 BC' "'infinity'" infinity \
		"'-infinity'" -infinity "'294276-12-31 23:59:59.999999'" '294276-12-31 23:59:59.999999' \
		"'4713-01-01 00:00:00 BC'" '4713-01-01 00:00:00 BC'
}

@test "TIMESTAMP: in UTC whatever the session's zone, over daylight-saving folds" {
	my_over_pg 'timestamp(6)' 'timestamptz(6)' "'1970-01-01 00:00:01'" '1970-01-01 00:00:01+00' \
		"'2038-01-19 03:14:07.999999'" '2038-01-19 03:14:07.999999+00' \
		"'2024-11-03 05:30:00'" '2024-11-03 05:30:00+00' \
		"'2024-11-03 06:30:00'" '2024-11-03 06:30:00+00' \
		"'2024-03-10 07:30:00.5'" '2024-03-10 07:30:00.5+00'
	pg_over_my 'timestamptz(6)' 'timestamp(6)' "'2024-11-03 01:30:00-04'" '2024-11-03 05:30:00+00' \
		"'2024-11-03 01:30:00-05'" '2024-11-03 06:30:00+00'
	MIDDLE=differs pg_over_my timestamptz 'datetime(6)' "'1000-01-01 00:00:00+00'" \
		'1000-01-01 00:00:00+00' "'9999-12-31 23:59:59.999999+00'" '9999-12-31 23:59:59.999999+00'
	pg_over_pg timestamptz "'infinity'" infinity "'0001-12-31 23:59:59+00 BC'" '0001-12-31 23:59:59+00 BC' \
		"'12345-06-07 08:09:10.5+00'" '12345-06-07 08:09:10.5+00'
}

@test "TIME from -838:59:59 to 838:59:59" {
	my_over_pg 'time(6)' interval "'-838:59:59'" = "'838:59:59'" = "'-00:00:00.5'" = "'00:00:00'" = \
		"'-01:02:03.000001'" = "'24:00:00'" = "'100:00:00'" =
	my_over_pg time interval "'-838:59:59'" = "'838:59:59'" =
	my_over_pg time time "'23:59:59'" = "'00:00:00'" =
	pg_over_my 'time(6)' 'time(6)' "'23:59:59.999999'" = "'00:00:00'" = "'12:00:00.5'" = "'24:00:00'" =
	pg_over_my interval 'time(6)' "'838:59:59'" = "'-00:00:01.5'" =
}

@test "intervals and times with zones" {
	local values=("'1 year 2 mons 3 days 04:05:06.7'" = "'-1 years -2 mons +3 days -04:05:06.7'" =
		"'1 mon'" = "'-1 days'" = "'1 day -00:00:01'" = "'178000000 years'" = "'00:00:00'" =)
	pg_over_pg interval "${values[@]}"
	pg_over_my interval 'varchar(100)' "${values[@]}"
	pg_over_pg timetz "'12:34:56.5+05:30'" = "'00:00:00-15:59'" = "'24:00:00+00'" =
	pg_over_my timetz 'varchar(40)' "'12:34:56.5+05:30'" =
}

@test "zero dates of MySQL over MySQL" {
	table "$M" date && table "$M2" date
	my "SET sql_mode=''; INSERT INTO t VALUES (1, '0000-00-00'), (2, '2020-00-01'), (3, '2020-02-00')"
	extract -o id "$M" t >a.csv
	is "$(cat a.csv)" "$(stream id,v 1,0000-00-00 2,2020-00-01 3,2020-02-00)"
	load "$M2" t <a.csv
	extract -o id "$M2" t >b.csv
	same a.csv b.csv
	table "$M" 'datetime(3)' && table "$M2" 'datetime(3)'
	my "SET sql_mode=''; INSERT INTO t VALUES (1, '0000-00-00 00:00:00'), (2, '2020-00-01 01:02:03.5')"
	extract -o id "$M" t >a.csv
	is "$(cat a.csv)" "$(stream id,v '1,0000-00-00 00:00:00' '2,2020-00-01 01:02:03.5')"
	load "$M2" t <a.csv
	extract -o id "$M2" t >b.csv
	same a.csv b.csv
}

@test "zero dates are refused by PostgreSQL's columns, never written as NULL or 1970" {
	local type time=''
	for type in date timestamp timestamptz; do
		table "$P" $type
		exits 2 load "$P" t < <(stream id,v "1,2020-01-01$time" "2,0000-00-00$time")
		has "$stderr" 'line 3' 'column v' 0000-00-00
		exits 2 load "$P" t < <(stream id,v "1,2020-00-01$time")
		has "$stderr" 'line 2' 'column v' 2020-00-01
		time=' 01:02:03'
		is "$(pg 'SELECT count(*) FROM t')" 0
	done
}

# ---- Other types ----

@test "ENUM with its empty error value, SET" {
	my_over_pg "enum('small','größer','a,b','NULL')" text "'small'" = "'größer'" = "'a,b'" '"a,b"' "'NULL'" NULL
	my_over_pg "set('a','b','ç')" text "'a,ç'" '"a,ç"' "''" '""' "'b'" b "'a,b,ç'" '"a,b,ç"'
	my_over_pg "enum('0','1','2')" text "'0'" 0 "'1'" 1 "'2'" 2
	pg "DROP TABLE IF EXISTS t; DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('sad','o,k')"
	pg -d "$P2" "DROP TABLE IF EXISTS t; DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('sad','o,k')"
	pg_over_my mood "enum('sad','o,k')" "'sad'" = "'o,k'" '"o,k"'
	pg_over_pg mood "'sad'" =
	table "$M" "enum('x')" && table "$M2" "enum('x')" && table "$P" text
	my "SET sql_mode=''; INSERT INTO t VALUES (1, 'nothing')"
	extract "$M" t >a.csv
	is "$(cat a.csv)" "$(stream id,v '1,""')"
	load "$P" t <a.csv
	extract "$P" t >b.csv
	same a.csv b.csv
}

@test "JSON: the same meaning has the same canonical text" {
	EXTRACT=--canonical
	my_over_pg json jsonb "'{\"b\": 1, \"a\": [1, 2.50, null, true, \"x\\\\ny\"]}'" \
		'"{""a"":[1,2.5,null,true,""x\ny""],""b"":1}"' "'[]'" '[]' "'null'" null "'\"é😀\"'" '"""é😀"""' \
		"'1.10'" 1.1 "'11e-1'" 1.1 "'{}'" '{}' "'-0.5'" -0.5 "'1e2'" 100 "'true'" true
	pg_over_my jsonb json "'{\"b\": 1, \"a\": [1, 2.50, null, true]}'" \
		'"{""a"":[1,2.5,null,true],""b"":1}"' "'18446744073709551615'" 18446744073709551615
	pg_over_my json longtext "'{\"b\": 1, \"a\": 123456789012345678901234567890.50}'" \
		'"{""a"":123456789012345678901234567890.5,""b"":1}"'
	pg_over_pg jsonb "'{\"a\": 123456789012345678901234567890.50}'" \
		'"{""a"":123456789012345678901234567890.5}"'
}

@test "JSON: MariaDB and PostgreSQL keep big numbers" {
	on_mariadb || skip "MySQL's JSON holds doubles"
	EXTRACT=--canonical my_over_pg json jsonb "'{\"a\": 123456789012345678901234567890.50}'" \
		'"{""a"":123456789012345678901234567890.5}"'
}

@test "JSON as stored, over the same engine" {
	pg_over_pg json "'{\"b\":  1,\"a\":1.10}'" '"{""b"":  1,""a"":1.10}"'
	my_over_my json "'{\"b\": 1, \"a\": 1.5}'" ?
}

@test "UUID and network addresses" {
	local uuid=a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
	pg_over_my uuid 'char(36)' "'$uuid'" =
	pg_over_my inet 'varchar(43)' "'10.0.0.1'" = "'10.0.0.0/8'" = "'::1'" = "'2001:db8::/32'" =
	pg_over_my cidr 'varchar(43)' "'10.0.0.0/8'" = "'2001:db8::/32'" =
	pg_over_my macaddr 'char(17)' "'08:00:2b:01:02:03'" =
	pg_over_pg macaddr8 "'08:00:2b:01:02:03:04:05'" =
	my_over_pg 'char(36)' uuid "'$uuid'" =
	on_mariadb || return 0
	! mariadb_from 10.7 || my_over_pg uuid uuid "'$uuid'" =
	my_over_pg inet6 inet "'::1'" = "'2001:db8::ff00:42:8329'" =
	! mariadb_from 10.10 || my_over_pg inet4 inet "'192.0.2.1'" =
}

@test "geometry: EWKB with its SRID" {
	local point=0101000000000000000000f03f0000000000000040
	my_over_pg geometry bytea "ST_GeomFromText('POINT(1 2)')" "\\x$point" \
		"ST_GeomFromText('LINESTRING(0 0,1 1,2 1)')" ? \
		"ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2),POLYGON((0 0,0 1,1 1,0 0)))')" ?
	my_over_pg point bytea "ST_GeomFromText('POINT(1 2)')" "\\x$point"
	my_over_pg geometry bytea "ST_GeomFromText('POINT(10 20)', 4326)" ?
	is "$(my 'SELECT ST_SRID(v), ST_AsText(v) FROM t WHERE id = 1')" \
		"$(my -d "$M2" 'SELECT ST_SRID(v), ST_AsText(v) FROM t WHERE id = 1')"
	has "$(cat a.csv)" '1,\x0101000020e6100000'
}

@test "arrays, ranges, composite and other types of PostgreSQL" {
	local array=("'{1,NULL,3}'" '"{1,NULL,3}"' "'{}'" '{}' "'{{1,2},{3,4}}'" '"{{1,2},{3,4}}"' "'[2:3]={1,2}'" '"[2:3]={1,2}"')
	pg_over_pg 'integer[]' "${array[@]}"
	pg_over_my 'integer[]' longtext "${array[@]}"
	pg_over_pg 'text[]' "array['a,b','\"',null,'','\\']" '"{""a,b"",""\"""",NULL,"""",""\\""}"'
	pg_over_pg 'timestamptz[]' "array['2024-01-02 03:04:05+00'::timestamptz]" '"{""2024-01-02 03:04:05+00""}"'
	pg_over_pg int4range "'[1,10)'" '"[1,10)"' "'empty'" empty "'(,5)'" '"(,5)"'
	pg_over_pg tstzrange "'[2024-01-01 00:00:00+00,2024-02-01 00:00:00+00)'" \
		'"[""2024-01-01 00:00:00+00"",""2024-02-01 00:00:00+00"")"'
	pg_over_my numrange 'varchar(100)' "'[1.5,2.50]'" '"[1.5,2.50]"'
	pg_over_pg point "'(1,2.5)'" '"(1,2.5)"'
	pg_over_pg tsvector "'''a'':1 ''b'':2'" "'a':1 'b':2"
	pg_over_pg xml "'<a b=\"c\"/>'" '"<a b=""c""/>"'
	pg_over_pg pg_lsn "'16/B374D848'" =
	pg_over_pg bytea[] "array['\\x00ff'::bytea]" '"{""\\x00ff""}"'
	pg_over_pg 'double precision[]' "'{0.1,NaN,1e-5}'" '"{0.1,NaN,1e-05}"'
	pg "DROP TABLE IF EXISTS t; DROP TYPE IF EXISTS pair; CREATE TYPE pair AS (a int, b text)"
	pg -d "$P2" "DROP TABLE IF EXISTS t; DROP TYPE IF EXISTS pair; CREATE TYPE pair AS (a int, b text)"
	pg_over_pg pair "row(1,'x,y')" '"(1,""x,y"")"'
	pg "DROP TABLE IF EXISTS t; DROP DOMAIN IF EXISTS age; CREATE DOMAIN age AS int CHECK (value >= 0)"
	pg -d "$P2" "DROP TABLE IF EXISTS t; DROP DOMAIN IF EXISTS age; CREATE DOMAIN age AS int CHECK (value >= 0)"
	pg_over_pg age 42 =
	pg_over_my age int 42 =
}

@test "VECTOR of MySQL 9 and MariaDB 11.7" {
	[ -n "$(to_vector)" ] || skip "this release has none"
	my_over_my 'vector(3)' "$(to_vector)('[1,2.5,-3]')" ?
}

# ---- Rows ----

@test "a table of one column, all of it NULL, empty or the end mark" {
	my "DROP TABLE IF EXISTS one; CREATE TABLE one (v varchar(10));
		INSERT INTO one VALUES (NULL), (''), (NULL), ('\\\\.'), (' ')"
	pg "DROP TABLE IF EXISTS one; CREATE TABLE one (v varchar(10))"
	my -d "$M2" "DROP TABLE IF EXISTS one; CREATE TABLE one (v varchar(10))"
	extract "$M" one >a.csv
	is "$(cat a.csv)" "$(stream v '' '""' '' '"\."' ' ')"
	load "$P" one <a.csv
	is "$(pg "SELECT count(*), count(v), count(*) FILTER (WHERE v = '\\.') FROM one")" $'5\t3\t1'
	extract "$P" one >b.csv
	same a.csv b.csv
	load "$M2" one <b.csv
	is "$(my -d "$M2" "SELECT count(*), count(v), sum(v = '\\\\.') FROM one")" $'5\t3\t1'
	extract "$P" -f ndjson one | load --truncate "$M2" one
	extract "$M2" one >c.csv
	same a.csv c.csv
}

@test "an empty table is a stream of a header and a mark, and loads as nothing" {
	table "$M" int && table "$P" int
	extract "$M" t >a.csv
	is "$(cat a.csv)" "$(stream id,v)"
	is "$(load "$P" t <a.csv | jq .rows)" 0
	extract -f ndjson "$M" t >a.ndjson
	is "$(cat a.ndjson)" '{"$end":0}'
	is "$(load "$P" t <a.ndjson | jq .rows)" 0
}

@test "1,000 columns" {
	local columns
	columns=$(printf 'c%d int,' {1..999})
	my "DROP TABLE IF EXISTS wide; CREATE TABLE wide ($columns c1000 int);
		INSERT INTO wide (c1, c1000) VALUES (1, 2)"
	pg "DROP TABLE IF EXISTS wide; CREATE TABLE wide ($columns c1000 int)"
	extract "$M" wide >a.csv
	load "$P" wide <a.csv
	extract "$P" wide >b.csv
	same a.csv b.csv
}

@test "many rows keep their values in bulk" {
	local rows=100000
	pg "DROP TABLE IF EXISTS bulk; CREATE TABLE bulk (id int PRIMARY KEY, n numeric(12,2),
			t text, b bytea, f real, d timestamp(6), x bigint);
		INSERT INTO bulk SELECT i, i * 1.37, nullif(md5(i::text), ''), decode(md5(i::text), 'hex'),
			i / 7.0, '2000-01-01'::timestamp + i * interval '1.000001 s',
			CASE WHEN i % 10 > 0 THEN i::bigint * 4000000007 END FROM generate_series(1, $rows) i"
	my "DROP TABLE IF EXISTS bulk; CREATE TABLE bulk (id int PRIMARY KEY, n decimal(12,2),
			t longtext, b longblob, f float, d datetime(6), x bigint)"
	pg -d "$P2" "DROP TABLE IF EXISTS bulk; CREATE TABLE bulk (id int PRIMARY KEY, n numeric(12,2),
			t text, b bytea, f real, d timestamp(6), x bigint)"
	extract -o id "$P" bulk >a.csv
	is "$(load "$M" bulk <a.csv | jq .rows)" $rows
	extract -o id "$M" bulk >b.csv
	same a.csv b.csv
	is "$(extract -f ndjson "$M" bulk | load "$P2" bulk | jq .rows)" $rows
	extract -o id "$P2" bulk >c.csv
	same a.csv c.csv
}
