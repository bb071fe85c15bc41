# capture from MySQL and MariaDB: of every type, an event's values are the bytes that extract
# writes of the row, whatever the log tells of the columns.

# shellcheck disable=SC2154 # bats sets stderr
load lib

# A server of its own, whose global settings the tests change.
setup_file() {
	"${BATS_TEST_FILENAME%/*}/servers.sh" start mysql >"$BATS_FILE_TMPDIR/server"
}

teardown_file() {
	"${BATS_TEST_FILENAME%/*}/servers.sh" stop "$(sed -n 's/^SERVERS=//p' "$BATS_FILE_TMPDIR/server")"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	set -a
	# shellcheck disable=SC1091 # made above
	. "$BATS_FILE_TMPDIR/server"
	set +a
	M=$MYSQL_URL/types
	mariadb --defaults-file="$MYSQL_CNF" -e "DROP DATABASE IF EXISTS types;
		CREATE DATABASE types CHARACTER SET utf8mb4; SET GLOBAL binlog_row_metadata = FULL;
		SET GLOBAL binlog_row_image = FULL"
	tables=0
	position=$(extract --position "$M")
}

# add TYPE VALUE...: puts a table of the type with these values (SQL) and a NULL into tables.sql.
add() {
	local type=$1 id=0 value
	printf 'CREATE TABLE t%d (id INT PRIMARY KEY, v %s NULL);\n' "$((++tables))" "$type"
	for value in "${@:2}" NULL; do
		printf 'INSERT INTO t%d VALUES (%d, %s);\n' "$tables" "$((++id))" "$value"
	done
} >>tables.sql

# afters: the rows in the events, from the position on.
afters() {
	capture --from "$position" --until now "$M" >events
	sed -nE 's/^\{"op":"c","before":null,"after":(.*),"source":\{"version.*$/\1/p' events
}

# check: events and tables hold the same bytes.
check() {
	local i
	{
		echo "SET sql_mode = 'ALLOW_INVALID_DATES';"
		cat tables.sql
	} | my
	for ((i = 1; i <= tables; i++)); do
		extract -f ndjson --no-end -o id "$M" "t$i"
	done >extracted
	afters >captured
	same extracted captured
}

numbers() {
	add tinyint -128 127 0 -1
	add 'tinyint unsigned' 255 128 0
	add 'tinyint(1)' 0 1 2 -5
	add smallint -32768 32767
	add 'smallint unsigned' 65535 32768
	add mediumint -8388608 8388607 -1
	add 'mediumint unsigned' 16777215 8388608
	add int -2147483648 2147483647
	add 'int(8) unsigned zerofill' 4294967295 42
	add bigint -9223372036854775808 9223372036854775807
	add 'bigint unsigned' 18446744073709551615 9223372036854775808
	add float 0.1 -0.0 3.4028234e38 1e-45 16777217
	add 'float(10,2)' 1.1 12345678.91
	add 'float unsigned zerofill' 1.5
	add double 1.1 -0.0 1.7976931348623157e308 5e-324 1e15 1e16 1e23 123456789012345680
	add 'double(20,5)' 123456789.12345
	add 'decimal(10,2)' 1.10 -1.10 -0.00 99999999.99 -99999999.99 0.01
	add 'decimal(65,30)' 12345678901234567890123456789012345.123456789012345678901234567890 -1 0
	add 'decimal(65,0)' -99999999999999999999999999999999999999999999999999999999999999999 0
	add 'decimal(30,30)' 0.5 -0.123456789012345678901234567891 0
	add 'decimal(18,9) unsigned zerofill' 123456789.987654321 1.000000001
	add 'decimal(7,3)' 1234.567 -0.001
	add year 1901 2155 0000
	add 'bit(1)' "b'0'" "b'1'"
	add 'bit(9)' "b'000000001'" "b'100000000'"
	add 'bit(64)' "b'1000000000000000000000000000000000000000000000000000000000000001'" 0
}

times() {
	local n f
	add date "'2024-02-29'" "'9999-12-31'" "'0000-00-00'" "'2020-00-01'" "'2020-05-00'"
	for n in 0 1 2 3 4 5 6; do
		f=.$(printf '%.*s' "$n" 123456)
		add "time($n)" "'838:59:59'" "'-838:59:59'" "'-00:00:01'" "'12:34:56$f'" "'-12:34:56$f'" \
			"'-00:00:00$f'" "'100:00:00'"
		add "datetime($n)" "'9999-12-31 23:59:59'" "'0000-00-00'" "'2020-00-01'" "'2024-01-02 03:04:05$f'"
		add "timestamp($n)" "'2038-01-19 03:14:07'" "'0000-00-00'" "'1970-01-01 00:00:01$f'" \
			"'2024-02-29 12:34:56$f'"
	done
}

strings() {
	local type
	add 'char(10)' "'abc  '" "''" "'  x'" "'äöü€日😀'"
	add 'char(255)' "repeat('😀',255)" "'a'"
	add 'varchar(10)' "'abc  '" "''" "'a\\0b'" "'\\n\\t\"\\\\'" "'😀'"
	add 'varchar(300)' "repeat('x',300)" "'a'"
	for type in tiny '' medium long; do
		add "${type}text" "'äöü'" "''"
		add "${type}blob" "x'00ff00'" "''"
	done
	add text "repeat('x',65535)"
	add 'binary(4)' "x'61000000'" "x'00000000'" "x'20202020'" "x'0a0b0c'"
	add 'binary(16)' "x'01'"
	add 'binary(255)' "x'01'" "repeat(x'ff',255)"
	add 'varbinary(20)' "x'0100'" "''"
	add 'varbinary(300)' "repeat(x'00ff',150)"
	add "enum('a','b','äöü','it''s','')" "'a'" "'äöü'" "'it''s'" "''"
	add "enum($(printf "'l%d'," {1..299})'z')" "'l1'" "'l299'" "'z'"
	add "set('a','b','c d','ö')" "'a,b,ö'" "''" "'c d'"
	add "set($(printf "'s%d'," {1..63})'z')" "'s1,s63,z'" "'s40'"
	add "enum('ä','ö') CHARACTER SET latin1" "'ö'"
	add "set('ä','日') CHARACTER SET utf16" "'ä,日'"
	add json "'{\"b\": 1, \"a\": [1, 2.50, \"x\"]}'" "'[]'" "'null'"
	add geometry "ST_GeomFromText('POINT(1 2)')" "ST_GeomFromText('POINT(1 2)',4326)" \
		"ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))')"
	add point "ST_GeomFromText('POINT(1 2)')"
}

# What only one of the servers has.
others() {
	if on_mariadb; then
		! mariadb_from 10.7 || add uuid "'123e4567-e89b-12d3-a456-426614174000'" "'00000000-0000-0000-0000-000000000000'"
		add inet6 "'::'" "'::1'" "'1:0:2:3:4:5:6:7'" "'2001:db8:0:0:1:0:0:1'" "'::ffff:192.0.2.128'" \
			"'1:2:3:4:5:6:7:0'" "'0:0:1::'" "'::1.2.3.4'"
		! mariadb_from 10.10 || add inet4 "'1.2.3.0'" "'0.0.0.0'"
		add 'varchar(1000) compressed' "'abc'" "repeat('äbc',300)" "''"
		add 'varbinary(2000) compressed' "repeat('abc',300)" "'a'"
		add 'text compressed' "repeat('äbc',3000)" "''"
		add 'longtext compressed character set latin1' "repeat('äbc',3000)"
		add 'blob compressed' "x'00'" "repeat('abc',3000)"
	else
		json_of_mysql
	fi
	if [ -n "$(to_vector)" ]; then
		add 'vector(3)' "$(to_vector)('[1,2,3]')"
	fi
	if long_timestamps; then
		add timestamp "'2038-01-19 03:14:08'" "'2106-02-07 06:28:15'"
	fi
}

json_of_mysql() {
	add json "'18446744073709551615'" "'-9223372036854775808'" "'65536'" "'-32769'" "'true'" \
		"'[1.0, -0.0, 1e20, 1e15, 1e14, 1e23, 5e-324, 1e-5, 1e-15, 1e-16, 1049965794270508.8]'" \
		"'\"a\\\\\"b\\\\\\\\c\\\\n\\\\t\\\\r\\\\b\\\\f\\\\u0001/ä€😀\"'" "'{\"b\":1,\"a\":{\"c\":null},\"aa\":{},\"\":0}'" \
		"JSON_OBJECT('d',DATE'2020-01-02','t',TIME'-12:34:56.5','dt',TIMESTAMP'2020-01-02 03:04:05.5')" \
		"JSON_ARRAY(CAST(-12.340 AS DECIMAL(10,3)), CAST(0 AS DECIMAL(5,5)), 1/3, YEAR('2020-01-01'))" \
		"JSON_ARRAY(x'00ff', CAST(REPEAT('a',100) AS BINARY), b'1010', ST_GeomFromText('POINT(1 2)'))" \
		"JSON_OBJECT('big',REPEAT('x',70000),'small',1)" \
		"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<500)
			SELECT JSON_OBJECTAGG(CONCAT('key',n), REPEAT('v',n)) FROM c)"
}

matrix() {
	numbers
	times
	strings
	others
	check
}

@test "every type, where the log tells the columns (FULL)" {
	matrix
}

@test "every type, where the catalogue tells the columns (MINIMAL)" {
	my 'SET GLOBAL binlog_row_metadata = MINIMAL'
	matrix
}

@test "every type, where the log tells the types alone (MariaDB's NO_LOG)" {
	on_mariadb || skip "MySQL always tells signs and character sets"
	my 'SET GLOBAL binlog_row_metadata = NO_LOG'
	matrix
}

@test "text of every character set" {
	local name max
	while read -r name max; do
		if [ "$max" = 1 ]; then
			# every byte that is a character there
			add "text CHARACTER SET $name" "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<255)
				SELECT GROUP_CONCAT(CONVERT(UNHEX(LPAD(HEX(n),2,'0')) USING $name) ORDER BY n SEPARATOR '') FROM c
				WHERE n=63 OR HEX(CONVERT(CONVERT(UNHEX(LPAD(HEX(n),2,'0')) USING $name) USING utf32)) <> '0000003F')"
		else
			add "char(20) CHARACTER SET $name" "CONVERT('a\\\\~äя日本' USING $name)" "'ab  '"
			add "varchar(90) CHARACTER SET $name" "CONVERT('한국 中文 ｱ' USING $name)" "'ab  '"
			add "text CHARACTER SET $name" "CONVERT('a\\\\~…€' USING $name)"
		fi
	done <<<"$(my "SELECT CHARACTER_SET_NAME, MAXLEN FROM information_schema.CHARACTER_SETS
		WHERE CHARACTER_SET_NAME <> 'binary' ORDER BY 1")"
	[ "$tables" -gt 60 ]
	check
}

@test "what iconv() has otherwise than the servers" {
	local pair
	for pair in sjis:815f5c7eb1 ujis:a1c0f5a1fefe8fa2b78ff5a1 big5:a145a1fea247c6a5c740c7fc \
		cp932:81608191 eucjpms:a1c18fa2b7 euckr:8141c8fe gbk:80a1c4e3; do
		add "varchar(40) CHARACTER SET ${pair%:*}" "x'${pair#*:}'"
	done
	check
}

@test "columns that no SELECT shows or that nobody writes" {
	my <<-'SQL'
		CREATE TABLE t1 (id INT PRIMARY KEY, g INT AS (id*2) VIRTUAL, s INT AS (id*3) STORED, v TEXT, w TEXT,
			i INT INVISIBLE DEFAULT 7);
		INSERT INTO t1 (id, v) VALUES (1, 'a'), (2, NULL);
	SQL
	extract -f ndjson --no-end -o id "$M" t1 >extracted
	afters >captured
	same extracted captured
	on_mariadb || return 0
	# a hash of the text and the times of each row
	position=$(extract --position "$M")
	my <<-'SQL'
		CREATE TABLE h (id INT PRIMARY KEY, v TEXT, UNIQUE (v)) WITH SYSTEM VERSIONING;
		INSERT INTO h VALUES (1, 'a'), (2, 'b');
		UPDATE h SET v = 'c' WHERE id = 1;
		DELETE FROM h WHERE id = 2;
	SQL
	afters >captured
	is "$(cat captured)" $'{"id":1,"v":"a"}\n{"id":2,"v":"b"}'
	is "$(sed -nE 's/^\{"op":"([ud])","before":(.*),"after":(.*),"source".*/\1 \2 \3/p' events)" \
		$'u {"id":1,"v":"a"} {"id":1,"v":"c"}\nd {"id":2,"v":"b"} null'
}

@test "row images of changed columns alone" {
	local image
	for image in MINIMAL NOBLOB; do
		position=$(extract --position "$M")
		my <<-SQL
			SET SESSION binlog_row_image = $image;
			CREATE TABLE $image (id INT PRIMARY KEY, a INT, b TEXT, c DECIMAL(5,2));
			INSERT INTO $image VALUES (1, 2, 'x', 3), (2, NULL, NULL, NULL);
			UPDATE $image SET c = 4 WHERE id = 1;
			UPDATE $image SET b = NULL WHERE id = 1;
		SQL
		capture --from "$position" --until now "$M" >events
		sed -nE 's/^\{"op":"u","before":(.*),"after":(.*),"source".*/\1 \2/p' events >$image
	done
	is "$(cat MINIMAL)" $'{"id":1} {"c":4.00}\n{"id":1} {"b":null}'
	is "$(cat NOBLOB)" $'{"id":1,"a":2,"c":3.00} {"id":1,"a":2,"c":4.00}
{"id":1,"a":2,"c":4.00} {"id":1,"a":2,"b":null,"c":4.00}'
}

@test "times in MariaDB's format of before 10.1" {
	on_mariadb || skip "MySQL has no other format"
	times
	sed -i '1i SET GLOBAL mysql56_temporal_format = OFF;' tables.sql
	echo 'SET GLOBAL mysql56_temporal_format = ON;' >>tables.sql
	check
}

# changes N: random partial updates of two JSON columns.
changes() {
	awk -v n="$1" 'BEGIN {
		srand(1)
		split("$.a|$.b|$.aa|$.\"k k\"|$[0]|$.a[1]|$.b[last]|$.b[last-1].c|$.a.b|$.c[0]|$.c.d.e|$.aa[2]", path, "|")
		split("1|\"x\"|CAST(\"[1, {\\\"c\\\": 2}]\" AS JSON)|CAST(\"{\\\"b\\\": [1, 2, 3]}\" AS JSON)|NULL|1.5e0|REPEAT(\"y\", 300)|CAST(2.50 AS DECIMAL(5,2))", value, "|")
		split("JSON_SET JSON_SET JSON_REPLACE JSON_REMOVE", f, " ")
		for (i = 0; i < n; i++) {
			col = rand() < .5 ? "a" : "b"
			call = f[1 + int(rand() * 4)]
			args = "\x27" path[1 + int(rand() * 12)] "\x27"
			if (call != "JSON_REMOVE")
				args = args ", " value[1 + int(rand() * 8)]
			printf "UPDATE j SET %s = %s(%s, %s)%s WHERE id = %d;\n", col, call, col, args,
				rand() < .3 ? ", n = " i : "", 1 + int(rand() * 5)
		}
	}'
}

@test "partial JSON updates come as the whole value" {
	on_mysql || skip "MariaDB has none"
	my <<-SQL
		SET SESSION binlog_row_value_options = PARTIAL_JSON;
		CREATE TABLE j (id INT PRIMARY KEY, a JSON, n INT, b JSON);
		INSERT INTO j SELECT id, JSON_OBJECT('a', JSON_ARRAY(1, 'x', id), 'b', JSON_ARRAY(1, JSON_OBJECT('c', 2)),
			'pad', REPEAT('p', 900)), 0, JSON_ARRAY(id, REPEAT('q', 900), JSON_OBJECT('a', 1))
			FROM (SELECT 1 id UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5) s;
		$(changes 400)
	SQL
	has "$(my "SHOW BINLOG EVENTS IN '$(jq -r .file <<<"$position")'")" Update_rows_partial
	capture --from "$position" --until now "$M" >events
	extract -f ndjson --no-end -o id "$M" j >extracted
	# the last image of each row
	sed -nE 's/^\{"op":"[cu]".*,"after":(\{"id":[0-9]+,.*),"source":\{"version.*$/\1/p' events |
		tac | sort -s -u -t, -k1,1 >captured
	same extracted captured
	is "$(wc -l <captured)" 5
}
