# cast: every rule, losses, the command line, both formats, time zones against PostgreSQL.

# shellcheck disable=SC1003,SC2016,SC2154 # bats sets stderr, output
load lib

# casts IN OUT RULE...: a stream with the column v and these lines becomes the other lines.
casts() {
	local in=$1 out=$2
	shift 2
	exits 0 cast "$@" < <(printf 'id,v\n%s\n\\.\n' "$in")
	is "$output" $'id,v\n'"$out"$'\n\\.'
}

# refused VALUE WHY RULE: the value, in line 3, is an error; there is no end mark.
refused() {
	exits 2 cast "v=$3" < <(printf 'id,v\n1,\n2,%s\n\\.\n' "$1")
	one_line "$stderr"
	has "$stderr" 'cast: standard input line 3: column v: ' "$2" "(v=$3)"
	is "$output" $'id,v\n1,'
}

# ---- The stream ----

@test "what no rule is about passes byte for byte" {
	printf 'id,v,"a,b"\n1,"",x\n2,,"say ""hi"""\n3,"l1\r\nl2",\\.\n\\.\n' >in.csv
	cast id=integer <in.csv >out.csv
	same in.csv out.csv
	printf '%s\n' '{"id":1,"n":1.50,"s":"1.50","b":true,"x":null,"j":[1, {"a":"b"}],"e":"\"\n\u0001"}' \
		'{"id":2,"n":"NaN","s":1e5,"b":"t","x":[],"j":null,"e":{}}' '{"$end":2}' >in.json
	cast id=integer <in.json >out.json
	same in.json out.json
}

@test "a stream that was cut off stays so" {
	exits 3 cast id=integer < <(printf 'id\n1\n')
	is "$output" $'id\n1'
	has "$stderr" --no-end
	exits 3 cast id=integer < <(printf '{"id":1}\n')
	is "$output" '{"id":1}'
	exits 3 cast id=integer < <(printf '{"id":1}\n{"$end":2}\n')
	exits 0 cast --no-end id=integer < <(printf 'id\n1\n')
	is "$output" $'id\n1'
	exits 0 cast --no-end id=integer < <(stream id 1)
	is "$output" $'id\n1\n\\.'
	exits 2 cast id=integer < <(stream id,v 1)
	has "$stderr" 'line 2'
	is "$output" id,v
}

@test "from one format to the other" {
	exits 0 cast -f ndjson v=boolean n=scale:1 +k=7 "+s='x'" +z=NULL < <(stream id,v,n 1,1,2 2,,)
	is "$output" '{"id":"1","v":true,"n":2.0,"k":7,"s":"x","z":null}
{"id":"2","v":null,"n":null,"k":7,"s":"x","z":null}
{"$end":2}'
	exits 0 cast -f csv id=integer < <(printf '%s\n' '{"id":1,"v":true,"j":[1]}' '{"$end":1}')
	is "$output" $'id,v,j\n1,t,[1]\n\\.'
	exits 0 cast -f csv nope=integer < <(echo '{"$end":0}')
	is "$output" '{"$end":0}'
	exits 0 cast nope=integer -id < <(echo '{"$end":0}')
}

@test "in NDJSON the kinds of values follow the rules" {
	exits 0 cast a=boolean b=integer c=scale:2 d=truncate:1 e=default:0 '*=null:gone' \
		< <(printf '%s\n' '{"a":1,"b":true,"c":"1","d":"12","e":null,"f":"gone"}' '{"$end":1}')
	is "${output%%$'\n'*}" '{"a":true,"b":1,"c":1.00,"d":"1","e":"0","f":null}'
}

@test "output that cannot be written" {
	exits 3 bash -c 'cast id=integer >/dev/full' < <(stream id 1)
	has "$stderr" 'standard output'
	exits 3 cast --loss /dev/full id=truncate:0 < <(stream id 1)
	has "$stderr" /dev/full
	lacks "$output" '\.'
	exits 3 cast --loss no/such/folder id=truncate:0 < <(stream id 1)
}

# ---- The command line ----

@test "columns: dropped, renamed, added, in the order of the rules" {
	exits 0 cast -secret "+status='it''s'" +n=-1.50 +yes=true +z=NULL 'a->id' 'b→name' name=truncate:1 \
		< <(stream a,b,secret 1,xy,s)
	is "$output" $'id,name,status,n,yes,z\n1,x,it\'s,-1.50,t,\n\\.'
	exits 0 cast -a 'b->a' "+b=''" < <(stream a,b 1,2)
	is "$output" $'a,b\n2,""\n\\.'
	exits 0 cast '"a=b"->"c->d"' '-"k"' -- -f < <(stream a=b,k,f,x 1,2,3,4)
	is "$output" $'c->d,x\n1,4\n\\.'
	exits 0 cast '`-x`=truncate:1' '"*"=truncate:2' -f ndjson < <(stream '-x,*,y' 123,123,123)
	is "${output%%$'\n'*}" '{"-x":"1","*":"12","y":"123"}'
}

@test "what the rules leave must be columns" {
	exits 2 cast nope=integer < <(stream a,b 1,2)
	has "$stderr" nope 'a, b'
	exits 2 cast -a a=integer < <(stream a,b 1,2)
	exits 2 cast 'a->b' < <(stream a,b 1,2)
	has "$stderr" 'a column b already'
	exits 2 cast +a=1 < <(stream a,b 1,2)
	exits 2 cast -a -b < <(stream a,b 1,2)
	exits 2 cast --loss l -k nope a=integer < <(stream a,b 1,2)
	has "$stderr" nope
}

@test "usage errors" {
	local rule
	for rule in a a= =integer a=nope a=integer:1 a=scale a=scale:x a=scale:-1 a=truncate a=truncate:-1 \
		a=zero-date a=zero-date:x a=tz a=tz: a=tz:Europe a=tz:No/Where a=tz:../UTC a=tz:/etc/passwd \
		a=tz:UTC:third a=to-tz a=nul a=nul:x a=encoding a=encoding:x a=trim:x a=null a=default \
		a=uuid:x a=array:x a=mask a=mask:md5 '*=boolean' '*=uuid' '*' -- - + +a "+a='x" +a=x '+a=' \
		'a->' '->a' '"a' '"a"b=integer' 'a->b=integer'; do
		echo "# $rule"
		exits 2 cast "$rule" </dev/null
		is "$output" ''
	done
	exits 2 cast a=nope </dev/null
	has "$stderr" 'boolean, integer, scale:DIGITS, zero-date:null|error|epoch'
	exits 2 cast a=tz:No/Where </dev/null
	has "$stderr" 'no time zone No/Where'
	exits 2 cast -k a a=integer </dev/null
	exits 2 cast --nope a=integer </dev/null
	exits 0 cast --help
	has "$output" --loss
}

# ---- Losses ----

@test "losses are counted by rule, written down, or refused" {
	exits 0 cast '*=truncate:2' v=nul:strip < <(printf 'id,v\n100,abc\n2,ab\n3,"h\xc3\xa9ll"\n4,\\.\n\\.\n')
	is "$stderr" 'cast: 3 values changed with loss: *=truncate:2: 3'
	is "$output" $'id,v\n10,ab\n2,ab\n3,hé\n4,\\.\n\\.'
	exits 0 cast --loss loss -k id,v 'v=truncate:2' v=truncate:1 'v->w' < <(stream id,v 1,abc 2,a '3,"x
y"')
	is "$stderr" 'cast: 4 values changed with loss: v=truncate:2: 2, v=truncate:1: 2'
	is "$(jq -c . loss)" '{"line":2,"key":{"id":"1","v":"abc"},"column":"v","old":"abc","new":"ab","rule":"v=truncate:2"}
{"line":2,"key":{"id":"1","v":"abc"},"column":"v","old":"ab","new":"a","rule":"v=truncate:1"}
{"line":4,"key":{"id":"3","v":"x\ny"},"column":"v","old":"x\ny","new":"x\n","rule":"v=truncate:2"}
{"line":4,"key":{"id":"3","v":"x\ny"},"column":"v","old":"x\n","new":"x","rule":"v=truncate:1"}'
	exits 2 cast --loss loss v=truncate:1 < <(stream id,v 1,abc)
	has "$stderr" 'earlier run'
	exits 2 cast --no-loss v=truncate:1 < <(stream id,v 1,a 2,abc)
	has "$stderr" 'line 3' 'column v' abc v=truncate:1
	lacks "$output" '\.'
	exits 0 cast --no-loss v=truncate:3 v=mask:sha256 < <(stream id,v 1,abc)
	is "$stderr" ''
}

@test "the file of losses: kinds of keys, bytes that are no text, nothing after a failure" {
	exits 0 cast --loss loss -k id,t a=zero-date:null \
		< <(printf '%s\n' '{"id":1,"t":true,"a":"0000-00-00"}' '{"$end":1}')
	is "$(cat loss)" '{"line":1,"key":{"id":1,"t":true},"column":"a","old":"0000-00-00","new":null,"rule":"a=zero-date:null"}'
	exits 0 cast --loss bytes v=nul:strip < <(printf 'v\nx\377\\0\0\n\\.\n')
	is "$(jq -r .old bytes)" '\x78ff5c3000'
	exits 2 cast --loss gone v=truncate:1 n=integer < <(stream v,n ab,1 cd,x)
	[ ! -e gone ]
	exits 0 cast --loss empty v=truncate:9 < <(stream v,n ab,1)
	[ -e empty ]
	[ ! -s empty ]
}

# ---- The rules ----

@test "boolean, integer" {
	casts $'1,1\n2,0\n3,t\n4,F\n5,TRUE\n6,no\n7,Y\n8,' $'1,t\n2,f\n3,t\n4,f\n5,t\n6,f\n7,t\n8,' v=boolean
	refused 2 'is not a boolean' boolean
	refused '""' 'is not a boolean' boolean
	casts $'1,t\n2,f\n3,-17\n4,\n5,99999999999999999999' $'1,1\n2,0\n3,-17\n4,\n5,99999999999999999999' v=integer
	refused 1.5 'neither an integer' integer
}

@test "scale rounds decimal text exactly, halves away from zero" {
	casts $'1,1.005\n2,-1.005\n3,9.995\n4,-0.004\n5,1\n6,1.500\n7,-.5\n8,1e3\n9,1e-3\n10,NaN\n11,-Infinity' \
		$'1,1.01\n2,-1.01\n3,10.00\n4,0.00\n5,1.00\n6,1.50\n7,-0.50\n8,1000.00\n9,0.00\n10,NaN\n11,-Infinity' v=scale:2
	is "$stderr" 'cast: 5 values changed with loss: v=scale:2: 5'
	casts 1,123456789012345678901234567890.4999999999999999999 1,123456789012345678901234567890 v=scale:0
	casts $'1,0.5\n2,99.5\n3,-0.49\n4,007' $'1,1\n2,100\n3,0\n4,7' v=scale:0
	refused x 'is not a number' scale:2
	refused 1e999999 'out of range' scale:2
}

@test "zero-date" {
	local in=$'1,0000-00-00\n2,2020-00-01 00:00:00\n3,0000-00-00 00:00:00+00\n4,2020-02-30\n5,0000-00-00x\n6,2020-10-10\n7,'
	casts "$in" $'1,\n2,\n3,\n4,2020-02-30\n5,0000-00-00x\n6,2020-10-10\n7,' v=zero-date:null
	is "$stderr" 'cast: 3 values changed with loss: v=zero-date:null: 3'
	casts "$in" $'1,1970-01-01\n2,1970-01-01 00:00:00\n3,1970-01-01 00:00:00+00\n4,2020-02-30\n5,0000-00-00x\n6,2020-10-10\n7,' \
		'*=zero-date:epoch'
	refused 2024-01-00 'is a zero date' zero-date:error
}

@test "tz: folds and gaps" {
	casts $'1,2024-07-01 12:00:00.1234\n2,1900-01-01 00:00:00\n3,infinity\n4,9999-12-31 23:59:59' \
		$'1,2024-07-01 10:00:00.1234+00\n2,1899-12-31 23:50:39+00\n3,infinity\n4,9999-12-31 22:59:59+00' v=tz:Europe/Paris
	is "$stderr" ''
	refused '2024-10-27 02:30:00' 'comes twice' tz:Europe/Paris
	refused '2024-03-31 02:30:00' 'is left out' tz:Europe/Paris
	refused '2024-03-31 02:30:00+00' 'has a time zone already' tz:Europe/Paris
	refused '0000-00-00 00:00:00' 'is a zero date' tz:Europe/Paris
	refused '2024-03-31' 'is not a timestamp' tz:Europe/Paris
	local in=$'1,2024-10-27 02:00:00\n2,2024-10-27 02:59:59.999999\n3,2024-03-31 02:30:00\n4,2024-10-27 03:00:00'
	casts "$in" $'1,2024-10-27 00:00:00+00\n2,2024-10-27 00:59:59.999999+00\n3,2024-03-31 01:30:00+00\n4,2024-10-27 02:00:00+00' \
		v=tz:Europe/Paris:first
	casts "$in" $'1,2024-10-27 01:00:00+00\n2,2024-10-27 01:59:59.999999+00\n3,2024-03-31 00:30:00+00\n4,2024-10-27 02:00:00+00' \
		v=tz:Europe/Paris:second
	is "$stderr" 'cast: 3 values changed with loss: v=tz:Europe/Paris:second: 3'
	casts $'1,2024-10-27 00:30:00+00\n2,2024-10-27 01:30:00\n3,2024-07-01 12:00:00+02' \
		$'1,2024-10-27 02:30:00\n2,2024-10-27 02:30:00\n3,2024-07-01 12:00:00' v=to-tz:Europe/Paris
	is "$stderr" 'cast: 2 values changed with loss: v=to-tz:Europe/Paris: 2'
	casts $'1,text\n2,2024-07-01 12:00:00+00\n3,2024-07-01 12:00:00\n4,2024-07-01' \
		$'1,text\n2,2024-07-01 12:00:00+00\n3,2024-07-01 16:00:00+00\n4,2024-07-01' '*=tz:America/New_York'
	exits 0 env TZ=Asia/Tokyo cast a=tz:Europe/Paris b=tz:Asia/Kolkata \
		< <(stream a,b '2024-07-01 12:00:00,2024-07-01 12:00:00' '2024-10-27 04:00:00,2024-10-27 04:00:00')
	is "$output" $'a,b\n2024-07-01 10:00:00+00,2024-07-01 06:30:00+00\n2024-10-27 03:00:00+00,2024-10-26 22:30:00+00\n\\.'
}

# Up to 2017: of later years the server's rules may be newer than this machine's.
@test "tz and to-tz agree with PostgreSQL" {
	local zone
	pg "CREATE TABLE w AS SELECT i AS id, timestamp '1960-01-01' + hashint4(i) * interval '1 second'
			+ i % 7 * interval '1 microsecond' AS at FROM generate_series(1, 5000) i
		WHERE timestamp '1960-01-01' + hashint4(i) * interval '1 second' < '2018-01-01'
		UNION ALL SELECT 10000 + row_number() OVER (), d + m * interval '13 minutes'
			FROM generate_series(timestamp '2004-01-04', '2017-12-31', '7 days') d, generate_series(0, 20) m"
	for zone in Europe/Paris America/New_York Africa/Casablanca Pacific/Apia Australia/Lord_Howe Europe/Dublin America/St_Johns; do
		extract -q "SELECT id, at AT TIME ZONE '$zone' AS at FROM w ORDER BY id" "$P" >want
		extract -q "SELECT id, at FROM w ORDER BY id" "$P" >wall
		cast "at=tz:$zone:first" <wall >first 2>loss
		cast "at=tz:$zone:second" <wall >second 2>loss
		# PostgreSQL takes the second of two, and for none the offset before.
		is "$(paste -d'|' want first second | awk -F'|' '$1 != $2 && $1 != $3')" ''
		extract -q "SELECT id, at AT TIME ZONE 'UTC' AS at FROM w ORDER BY id" "$P" | cast "at=to-tz:$zone" >got 2>loss
		extract -q "SELECT id, (at AT TIME ZONE 'UTC') AT TIME ZONE '$zone' AS at FROM w ORDER BY id" "$P" >want
		same want got
	done
}

@test "truncate, trim, nul, null, default" {
	casts $'1,héllo\n2,hé\n3,' $'1,hél\n2,hé\n3,' v=truncate:3
	casts '1,  a b  ' '1,a b' v=trim
	exits 0 cast v=nul:strip < <(printf 'v\n\0a\0\0b\0\n\\.\n')
	is "$output" $'v\nab\n\\.'
	exits 0 cast '*=nul:replace:<0>' < <(printf '%s\n' '{"v":"a\u0000b"}' '{"$end":1}')
	is "$output" $'{"v":"a<0>b"}\n{"$end":1}'
	exits 2 cast v=nul:error < <(printf 'v\na\0\n\\.\n')
	has "$stderr" 'NUL byte' nul:strip
	casts $'1,N/A\n2,\n3,""\n4,N/A2' $'1,\n2,\n3,""\n4,N/A2' v=null:N/A
	casts $'1,N/A\n2,\n3,""' $'1,x:y\n2,x:y\n3,""' v=null:N/A v=default:x:y
	casts $'1,\n2,""' $'1,\n2,' '*=null:'
	is "$stderr" ''
}

@test "encoding repairs what was encoded twice, and nothing else" {
	casts $'1,CafÃ©\n2,Café\n3,â‚¬ 5\n4,naïve Ã©\n5,plain\n6,日本\n7,Ã' \
		$'1,Café\n2,Café\n3,€ 5\n4,naïve Ã©\n5,plain\n6,日本\n7,Ã' v=encoding:latin1
	is "$stderr" 'cast: 2 values changed with loss: v=encoding:latin1: 2'
	casts '1,ÃƒÂ©' 1,é v=encoding:latin1 v=encoding:latin1
	# Many characters, encoded twice as MySQL would have done it.
	local perl='binmode STDOUT, ":utf8"; print "id,v\n"; for $i (0x80..0x2fff) { print "$i,", t($i), "\n" } print "\\.\n";'
	perl -MEncode -e "$perl"' sub t { join "", map { $c = decode("cp1252", $_); $c eq "\x{fffd}" ? $_ : $c }
		split //, encode("UTF-8", chr $_[0]) }' >twice
	perl -e "$perl"' sub t { chr $_[0] }' >once
	exits 0 cast v=encoding:latin1 <twice
	is "$stderr" 'cast: 12160 values changed with loss: v=encoding:latin1: 12160'
	cast v=encoding:latin1 <twice 2>/dev/null >got
	same once got
}

@test "uuid and bytes" {
	casts $'1,\\x0123456789ABCDEF0123456789abcdef\n2,01234567-89ab-cdef-0123-456789abcdef\n3,' \
		$'1,01234567-89ab-cdef-0123-456789abcdef\n2,01234567-89ab-cdef-0123-456789abcdef\n3,' v=uuid
	casts 1,01234567-89ab-cdef-0123-456789abcdef '1,\x0123456789abcdef0123456789abcdef' v=bytes
	refused '\x00' '16 bytes' uuid
	refused '\x01234567-89abcdef0123456789abcdef' '16 bytes' uuid
	# The example of MySQL's manual for UUID_TO_BIN().
	casts '1,\x11E8EAF76CCD91F2A2A1B0C3F2D9E3A1' 1,6ccd91f2-eaf7-11e8-a2a1-b0c3f2d9e3a1 v=uuid:swap
	casts 1,6ccd91f2-eaf7-11e8-a2a1-b0c3f2d9e3a1 '1,\x11e8eaf76ccd91f2a2a1b0c3f2d9e3a1' v=bytes:swap
}

@test "array and set, as PostgreSQL reads and writes arrays" {
	pg 'CREATE TABLE a (id int, v text[])'
	printf '%s\n' 'id,v' '1,"a,b"' '2,""' '3,"NULL,x y,""q"",{b},c\d"' '4,' '5,"[""a,b"", null, 1.50, ""\u00e9\ud83d\ude00\n"", ""NULL""]"' \
		'6,[]' '7,"[[1,2],[3,4]]"' '8,[x' '9,"a,,b"' '\.' | cast v=array | load "$P" a
	is "$(pg "SELECT id, to_json(v) FROM a ORDER BY id")" '1	["a","b"]
2	[]
3	["NULL","x y","\"q\"","{b}","c\\d"]
4	
5	["a,b",null,"1.50","é😀\n","NULL"]
6	[]
7	[["1","2"],["3","4"]]
8	["[x"]
9	["a","","b"]'
	exits 0 cast v=set < <(extract -w 'id IN (1, 2, 3, 4)' -o id "$P" a)
	is "$output" $'id,v\n1,"a,b"\n2,""\n3,"NULL,x y,""q"",{b},c\\d"\n4,\n\\.'
	refused '"{a,NULL}"' NULL set
	refused '{{a}}' 'one dimension' set
	refused '"{""a,b""}"' comma set
	refused '{a' 'one dimension' set
	refused 'a' 'one dimension' set
	refused '"[{""a"":1}]"' 'JSON object' array
	refused '"[""\u0000""]"' NUL array
	refused '"[""\ud800""]"' surrogate array
}

@test "mask" {
	local digest
	digest=$(printf 'saltann@x.org' | sha256sum | cut -d' ' -f1)
	printf 'salt\n' >salt
	casts $'1,ann@x.org\n2,' $'1,'"$digest"$'\n2,' --salt-file salt v=mask:sha256
	is "$stderr" ''
	ROWBOAT_SALT=salt casts 1,ann@x.org "1,${digest:0:20}@example.com" v=mask:email
	casts '1,""' "1,$(sha256sum </dev/null | cut -d' ' -f1)" v=mask:sha256
	: >empty
	exits 2 cast --salt-file empty v=mask:sha256 < <(stream v 1)
	exits 3 cast --salt-file nope v=mask:sha256 < <(stream v 1)
}

# ---- Between the databases ----

@test "from MySQL to PostgreSQL and back" {
	my "CREATE TABLE t (id int PRIMARY KEY, active tinyint(1), born date, at datetime(6), u binary(16),
		tags set('a','b','x y'), price decimal(10,4), name varchar(50), secret text)"
	my "SET sql_mode=''; INSERT INTO t VALUES
		(1, 1, '0000-00-00', '2024-07-01 12:00:00.5', UNHEX('0123456789ABCDEF0123456789ABCDEF'), 'a,x y', 1.2350, 'Jürgen', 's'),
		(2, 0, '2000-01-01', '2024-12-01 12:00:00', UNHEX('FF23456789ABCDEF0123456789ABCDEF'), '', -2, 'Ann', NULL),
		(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
	pg "CREATE TABLE t (id int PRIMARY KEY, active boolean, born date, created timestamptz, u uuid, tags text[],
		price numeric(10,2), name varchar(3), status text)"
	extract "$M" t | cast -secret active=boolean '*=zero-date:null' at=tz:Europe/Paris 'at->created' u=uuid \
		tags=array price=scale:2 name=truncate:3 "+status='new'" 2>err | load "$P" t
	is "$(cat err)" 'cast: 3 values changed with loss: *=zero-date:null: 1, price=scale:2: 1, name=truncate:3: 1'
	is "$(pg 'SELECT * FROM t ORDER BY id')" "1	t		2024-07-01 10:00:00.5+00	01234567-89ab-cdef-0123-456789abcdef	{a,\"x y\"}	1.24	Jür	new
2	f	2000-01-01	2024-12-01 11:00:00+00	ff234567-89ab-cdef-0123-456789abcdef	{}	-2.00	Ann	new
3								new"
	my 'CREATE TABLE back LIKE t'
	extract -o id "$P" t | cast -status active=integer created=to-tz:Europe/Paris 'created->at' u=bytes tags=set \
		+secret=NULL | load "$M" back
	extract -o id -c id,active,at,u,tags "$M" t >want
	extract -o id -c id,active,at,u,tags "$M" back >got
	same want got
	extract -f ndjson -o id "$M" t | cast -secret active=boolean '*=zero-date:null' at=tz:Europe/Paris 'at->created' \
		u=uuid tags=array price=scale:2 name=truncate:3 "+status='new'" 2>err | load --truncate "$P" t
	is "$(pg 'SELECT count(*) FROM t WHERE active OR NOT active')" 2
}
