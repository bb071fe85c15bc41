# Change events of other programs: every format of tests/events tells of the same changes to a
# table (insert, update, delete, a changed key, null, a column that is left out, decimals, bytes,
# dates and times), and ends in the same rows on both engines.
# shellcheck shell=bash disable=SC2154,SC2016,SC2094

load lib

events() {
	echo "$BATS_TEST_DIRNAME/events/$1"
}

make_items() {
	my "DROP TABLE IF EXISTS item; CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(40),
		price DECIMAL(10,2), data VARBINARY(20), day DATE, at DATETIME(6),
		seen TIMESTAMP(6) NULL, score DOUBLE, note TEXT)"
	pg "DROP TABLE IF EXISTS item; CREATE TABLE item (id int PRIMARY KEY, name varchar(40),
		price numeric(10,2), data bytea, day date, at timestamp, seen timestamptz,
		score float8, note text)"
}

# What is left of the rows, in the order of their keys.
expected() {
	cat <<-'END'
		id,name,price,data,day,at,seen,score,note
		1,fürst,99999999.99,\x00ff,2024-01-02,2024-01-02 03:04:05.12,2024-01-02 03:04:05+00,0.1,"it's ""quoted""
		"
		20,second,-0.05,\x,1969-12-31,1969-12-31 23:59:59.999999,2001-01-01 00:00:00.5+00,-2.5,x
		\.
	END
}

# check FILE [OPTION]...: applies it to both.
check() {
	local file=$1 url
	shift
	make_items
	for url in "$M" "$P"; do
		cdcapply -s "$file" "$@" "$url" <"$(events "$file")"
		extract --quiet -o id "$url" item >got
		expected >want
		same want got
		# Once more: the rows are the same.
		cdcapply -s "$file again" "$@" "$url" <"$(events "$file")"
		extract --quiet -o id "$url" item >again
		same got again
	done
}

@test "Rowboat's own events" {
	check rowboat.ndjson
}

@test "Debezium without and with schemas, and unwrapped" {
	check debezium.ndjson --no-end
	check debezium-schema.ndjson --no-end
	check unwrapped.ndjson --no-end
}

@test "AWS DMS: JSON and CSV, with a header and without" {
	check dms.ndjson --no-end
	check dms.csv --no-end --default-table item
	make_items
	sed 1d "$(events dms.csv)" | cdcapply --no-end --default-table item "$P"
	extract --quiet -o id "$P" item >got
	same want got
}

@test "Datastream, Maxwell, Canal" {
	check datastream.ndjson --no-end
	check maxwell.ndjson --no-end
	check canal.ndjson --no-end
}

@test "wal2json, both versions" {
	check wal2json.ndjson --no-end
	check wal2json-v1.ndjson --no-end
}

@test "formats may change from line to line" {
	make_items
	{
		sed -n 1p "$(events maxwell.ndjson)"
		sed -n 1p "$(events canal.ndjson)"
		sed -n 4p "$(events maxwell.ndjson)"
		sed -n 14p "$(events debezium.ndjson)"
		sed -n 5,8p "$(events datastream.ndjson)"
	} | cdcapply --no-end "$P"
	is "$(pg 'SELECT count(*), max(id) FROM item')" $'2\t20'
}

@test "what is no event is an error with its line" {
	make_items
	{
		sed -n 1p "$(events canal.ndjson)"
		echo '{"id":1,"name":"DROP TABLE item"}'
	} >bad
	exits 2 cdcapply --no-end "$P" <bad
	has "$stderr" 'standard input line 2: an event of no known shape' 'id, name'
	exits 3 cdcapply "$P" <"$(events canal.ndjson)"
	has "$stderr" 'cut off'
}

@test "hostile events: an error with line and reason, and no harm" {
	make_items
	local source='"source":{"version":"rowboat 0.1","table":"item"}'
	hostile() { # LINE MESSAGE...
		local line=$1
		shift
		printf '\n%s\n{"$end":1}\n' "$line" >bad
		exits 2 cdcapply "$P" <bad
		has "$stderr" 'line 2' "$@"
		one_line "$stderr"
	}
	hostile '{"op":"c","after":{"id":"1); DROP TABLE item; --"},'"$source}" 'column id' 'DROP TABLE'
	hostile '{"op":"c","after":{"id":1},"source":{"version":"rowboat","table":"item\"; DROP TABLE item; --"}}' \
		'no table' 'item"; DROP'
	hostile '{"op":"c","after":{"id":1,"name":"a\u0000b"},'"$source}" 'column name' NUL
	hostile '{"op":"c","after":{"id":1,"name":"'$'\xff''"},'"$source}" UTF-8
	hostile '{"op":"c","after":{"id":1,"no such":2},'"$source}" 'no such'
	hostile '{"op":"c","after":{"name":"x"},'"$source}" 'column "id"'
	hostile '{"op":"c","before":null,'"$source}" 'without "after"'
	hostile '{"op":"u","after":{"id":1},"source":{"version":"rowboat 0.1"}}' 'source.table'
	hostile "{\"a\":$(printf '[%.0s' {1..200})" 'nests deeper'
	{
		echo '{"op":"c","before":null,"after":{"id":7,"note":"'
		head -c 50000000 /dev/zero | tr '\0' x
		echo "\"},$source}"
	} | tr -d '\n' >long
	printf '\n{"$end":1}\n' >>long
	cdcapply -s long "$P" <long
	is "$(pg 'SELECT id, length(note) FROM item')" $'7\t50000000'
}

@test "the types of each engine, as Debezium with schemas, Maxwell and Canal write them" {
	pg "CREATE TYPE en AS ENUM ('a', 'b'); CREATE TABLE types (id int PRIMARY KEY, t time, tz timetz,
		iv interval, iv2 interval, x bit(10), u uuid, j jsonb, ai int[], at text[], ad date[], e en,
		n numeric, r real, ip inet, c char(5), ok bool, ts timestamp(3), big bigint)"
	cdcapply --no-end "$P" <"$(events types-debezium.ndjson)"
	extract --quiet "$P" types >got
	cat >want <<-'END'
		id,t,tz,iv,iv2,x,u,j,ai,at,ad,e,n,r,ip,c,ok,ts,big
		1,03:04:05.5,03:04:05+02,01:02:03,1 year 2 mons 3 days 04:05:06.78,1000000101,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,"{""b"": 1.0}","{1,NULL,3}","{""a b"",""\""q\"""",""""}",{2024-01-02},b,123.456,0.1,10.0.0.1/8,ab,t,2024-01-02 03:04:05.12,9223372036854775807
		\.
	END
	same want got
	my "CREATE TABLE types (id BIGINT UNSIGNED PRIMARY KEY, x BIT(10), y YEAR, e ENUM('a','b'),
		s SET('a','b','c d'), j JSON, g GEOMETRY, t TIME(3), d DATETIME(3), f FLOAT, b BINARY(4),
		l TINYINT(1), u BIGINT UNSIGNED, ts TIMESTAMP(3) NULL)"
	cdcapply --no-end -e zone=+08:00 "$M" <"$(events types-mysql.ndjson)"
	my "SELECT id, x = b'1000000101', y, e, s, json_extract(j, '$.k'), hex(st_aswkb(g)), t, d, f,
		hex(b), l, u, ts FROM types" >got
	cat >want <<-'END'
		1	1	2024	b	a,c d	7	0101000000000000000000F03F0000000000000040	03:04:05.500	2024-01-02 03:04:05.120	0.1	00010200	1	18446744073709551615	2024-01-01 19:04:05.120
		2	1	2024	b	a,c d	7	0101000000000000000000F03F0000000000000040	-03:04:05.500	2024-01-02 03:04:05.120	0.1	000102FF	1	18446744073709551615	2024-01-02 03:04:05.120
		3	1	2024	b	a,c d	7	0101000000000000000000F03F0000000000000040	-03:04:05.500	2024-01-02 03:04:05.120	0.1	000102FF	1	18446744073709551615	2024-01-02 03:04:05.120
	END
	same want got
}
