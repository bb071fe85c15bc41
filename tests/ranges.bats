# ranges: predicates that hold for each row exactly once, and evenly.

# shellcheck disable=SC2154 # bats sets output and stderr
load lib

# covers URL TABLE COUNT [OPTION]...: the parts that ranges makes, added up, are the table, none
# of its rows is in two, and there are that many; `parts` has the numbers of rows.
covers() {
	local url=$1 table=$2 count=$3
	shift 3
	exits 0 ranges "$@" "$url" "$table" || return
	cp /dev/stdin ranges <<<"$output"
	is "$(wc -l <ranges)" "$count" || return
	exits 0 env hash "$url" "$table" || return
	whole=$(cut -f 1,2 <<<"$output")
	exits 0 env hash --range ranges "$url" "$table" || return
	grep -v '^#' <<<"$output" | cut -f 1 >parts
	# A digest of all rows is the sum of its parts: with a row twice, or none, it is another.
	is "$(sed -n 's/^# total //p' <<<"$output")" "$whole"
}

# parallel_covers URL TABLE: so they do as parallel runs them, by the shell's quoting.
parallel_covers() {
	parallel --will-cite -k -j 2 'extract -w {} '"'$1' '$2'"' | tail -n +2 | sed \$d' <ranges |
		sort >rows
	extract "$1" "$2" | tail -n +2 | sed '$d' | sort | cmp - rows
}

# even: no part of `parts` is 10 % from the mean.
even() {
	awk '{ n[NR] = $1; sum += $1 } END { for (i in n) if (n[i] < sum / NR * .9 || n[i] > sum / NR * 1.1) exit 1 }' parts || {
		echo "uneven: $(tr '\n' ' ' <parts)"
		return 1
	}
}

# both CREATE_AND_INSERT: on both engines, from one text.
both() {
	my "DROP TABLE IF EXISTS t; $1"
	pg "DROP TABLE IF EXISTS t; $1"
}

numbers='WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 999)'

each() {
	local url
	for url in "$M" "$P"; do
		covers "$url" t "$@" || return
	done
}

@test "integers, skewed" {
	both "CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR(20));
		INSERT INTO t $numbers SELECT CAST(i AS DECIMAL(20)) * i * i * i * i - 5000000000, 'x' FROM s"
	each 7 -n 7
	even
	each 10 -r 100
	even
	# more than rows: one each
	my 'DELETE FROM t WHERE id > 0'
	pg 'DELETE FROM t WHERE id > 0'
	local rows
	rows=$(pg 'SELECT count(*) FROM t')
	each "$rows" -n 5000
	is "$(sort -u parts)" 1
	both 'CREATE TABLE t (id INT PRIMARY KEY)'
	for url in "$M" "$P"; do
		exits 0 ranges -n 4 "$url" t
		is "$output" TRUE
	done
}

@test "unsigned integers, decimals, floating-point numbers" {
	my "DROP TABLE IF EXISTS t; CREATE TABLE t (id BIGINT UNSIGNED PRIMARY KEY);
		INSERT INTO t $numbers SELECT 18446744073709551615 - i * i FROM s"
	covers "$M" t 9 -n 9
	even
	both "CREATE TABLE t (d DECIMAL(30,10) PRIMARY KEY);
		INSERT INTO t $numbers SELECT CAST(i AS DECIMAL(30,10)) * i / 1000003 - 0.1 FROM s"
	each 9 -n 9
	even
	both "CREATE TABLE t (f DOUBLE PRECISION NOT NULL, r REAL NOT NULL);
		INSERT INTO t $numbers SELECT i * i / 3e0 - 7, i / 7e0 FROM s"
	each 9 -n 9 -k f
	each 9 -n 9 -k r,f
	my "DROP TABLE t; CREATE TABLE t (f FLOAT PRIMARY KEY); INSERT INTO t $numbers SELECT i / 7 FROM s"
	covers "$M" t 9 -n 9
	even
	pg "INSERT INTO t VALUES ('NaN', 'Infinity'), ('-Infinity', 'NaN')"
	covers "$P" t 9 -n 9 -k f
}

@test "dates and moments, zero dates among them" {
	my "DROP TABLE IF EXISTS t; CREATE TABLE t (ts TIMESTAMP(6) PRIMARY KEY);
		INSERT INTO t $numbers SELECT '2020-01-01' + INTERVAL i * 1234567 MICROSECOND FROM s"
	pg "DROP TABLE IF EXISTS t; CREATE TABLE t (ts TIMESTAMPTZ PRIMARY KEY);
		INSERT INTO t $numbers SELECT timestamptz '2020-01-01' + i * interval '1.234567 s' FROM s"
	each 9 -n 9
	even
	both "CREATE TABLE t (d DATE NOT NULL, i INT NOT NULL, PRIMARY KEY (d, i));
		INSERT INTO t $numbers SELECT DATE '2020-01-01' + INTERVAL '1' DAY, i FROM s"
	each 9 -n 9
	even
	my "DROP TABLE t; CREATE TABLE t (d DATETIME(3) NOT NULL, i INT NOT NULL, PRIMARY KEY (d, i));
		INSERT INTO t $numbers SELECT IF(i < 400, '0000-00-00', IF(i < 800, '2020-00-00', '2021-02-03 04:05:06.7')), i FROM s"
	covers "$M" t 9 -n 9
	even
	my "DROP TABLE t; CREATE TABLE t (y YEAR NOT NULL, t TIME(2) NOT NULL, PRIMARY KEY (t, y));
		INSERT INTO t $numbers SELECT 1990, SEC_TO_TIME((i - 500) * 3000.25) FROM s"
	covers "$M" t 9 -n 9
	even
	pg "DROP TABLE t; CREATE TABLE t (d DATE PRIMARY KEY);
		INSERT INTO t $numbers SELECT date '4000-01-01 BC' + i * 3000 FROM s; INSERT INTO t VALUES ('infinity'), ('-infinity')"
	covers "$P" t 9 -n 9
	even
}

# Values that break lines and quotes, of many lengths, in each letter case.
hostile() {
	awk -v quote="'" 'BEGIN {
		n = split("\n;\t;\r;" quote ";\\;\\\\;{};$(x);é;😀;%;_; ;--;/*;\";\\.;" quote " OR 1=1 -- ;A;a;ß;,", p, ";")
		srand(7)
		print "k"
		for (i = 0; i < 1500; i++) {
			s = ""
			for (j = int(rand() * 6); j >= 0; j--) s = s p[1 + int(rand() * n)]
			s = s i
			gsub(/"/, "\"\"", s)
			print "\"" s "\""
		}
		print "\\."
	}'
}

@test "hostile text, under each collation" {
	local collation
	for collation in utf8mb4_bin utf8mb4_general_ci utf8mb4_unicode_ci; do
		my "DROP TABLE IF EXISTS t; CREATE TABLE t (k VARCHAR(190) COLLATE $collation PRIMARY KEY)"
		hostile | load "$M" t
		covers "$M" t 8 -n 8
		even
		covers "$M" t 30 -n 30
		parallel_covers "$M" t
	done
	for collation in C default; do
		pg "DROP TABLE IF EXISTS t; CREATE TABLE t (k TEXT COLLATE \"$collation\" PRIMARY KEY)"
		hostile | load "$P" t
		covers "$P" t 8 -n 8
		even
		covers "$P" t 30 -n 30
		parallel_covers "$P" t
	done
}

@test "long texts with the same beginning" {
	my "DROP TABLE IF EXISTS t; CREATE TABLE t (k VARCHAR(3000) CHARACTER SET latin1 PRIMARY KEY);
		INSERT INTO t $numbers SELECT CONCAT(REPEAT('ö', 2000), LPAD(i * 7 % 999, 4, '0')) FROM s"
	covers "$M" t 9 -n 9
	even
	my "DROP TABLE t; CREATE TABLE t (k MEDIUMTEXT);
		INSERT INTO t $numbers SELECT CONCAT(REPEAT('o', 20000), LPAD(i * 7 % 999, 4, '0')) FROM s"
	exits 2 ranges -n 9 -k k "$M" t
	has "$stderr" 'does not sort k as it compares it'
}

@test "uuid, bytes, enum, set, bits, boolean" {
	my "DROP TABLE IF EXISTS t; CREATE TABLE t (b BINARY(8) PRIMARY KEY, v VARBINARY(30) NOT NULL,
			e ENUM('z','a','m') NOT NULL, s SET('y','x') NOT NULL, bits BIT(12) NOT NULL, l BLOB NOT NULL,
			u CHAR(36) NOT NULL);
		INSERT INTO t $numbers SELECT UNHEX(LEFT(SHA2(i, 256), 16)), UNHEX(LEFT(SHA2(i, 256), 40)), 1 + i % 3, i % 4, i,
			SHA2(i, 256), UUID() FROM s"
	for key in '' -kv -ke,v -ks,bits -kbits -kl -ku; do
		covers "$M" t 9 -n 9 $key
		even
	done
	if on_mariadb; then
		my "DROP TABLE t; CREATE TABLE t (u UUID PRIMARY KEY, i INET6 NOT NULL);
			INSERT INTO t $numbers SELECT UUID(), CONCAT('::', HEX(i)) FROM s"
		covers "$M" t 9 -n 9
		even
		covers "$M" t 9 -n 9 -k i,u
		even
	fi
	pg "DROP TABLE IF EXISTS t; DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('z', 'a''b', 'm');
		CREATE TABLE t (u uuid PRIMARY KEY, b bytea NOT NULL, e mood NOT NULL, o boolean NOT NULL,
			i inet NOT NULL, a int[] NOT NULL, c char(9) NOT NULL, r int4range NOT NULL, j jsonb NOT NULL, s interval NOT NULL);
		INSERT INTO t $numbers SELECT md5(i::text)::uuid, decode(md5(i::text), 'hex'),
			(ARRAY['z', 'a''b', 'm']::mood[])[1 + i % 3], i % 2 = 0, '10.0.0.0'::inet + i,
			ARRAY[i % 5, i], i, int4range(i % 7, i + 7), to_jsonb(i), i * interval '7 min' FROM s"
	for key in '' -kb -ke,u -ko,b -ki -ka -kc -kr -kj -ks; do
		covers "$P" t 9 -n 9 $key
		even
	done
}

@test "composite keys" {
	both "CREATE TABLE t (a INT NOT NULL, b VARCHAR(20) NOT NULL, c INT NOT NULL, d INT NOT NULL,
			PRIMARY KEY (a, b, c, d));
		INSERT INTO t $numbers SELECT i % 3, CASE WHEN i % 2 = 0 THEN 'x' ELSE 'y''\\ ' END, i % 5, i FROM s"
	each 13 -n 13
	even
	each 2 -n 2
	even
}

@test "an index serves a range of a composite key" {
	both "CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, v VARCHAR(100), PRIMARY KEY (a, b));
		INSERT INTO t $numbers SELECT s.i / 10, s.i % 10 + r.i * 10, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' FROM s, s r WHERE r.i < 30"
	sql "$P" "ANALYZE t" && sql "$M" "ANALYZE TABLE t" >/dev/null
	ranges -n 100 "$P" t >ranges
	has "$(pg "EXPLAIN SELECT * FROM t WHERE $(sed -n 50p ranges)")" Index
	ranges -n 100 "$M" t >ranges
	has "$(my "EXPLAIN SELECT * FROM t WHERE $(sed -n 50p ranges)")" range PRIMARY
}

@test "keys with NULLs" {
	both "CREATE TABLE t (k INT UNIQUE, l INT, m INT NOT NULL);
		INSERT INTO t $numbers SELECT CASE WHEN i > 100 THEN i END, CASE WHEN i % 10 > 0 THEN i END, i FROM s"
	each 9 -n 9 -k k
	even
	has "$(head -n 1 ranges)" 'IS NULL'
	each 9 -n 9 -k m,l
	even
	each 8 -n 9 -k l,m,k # 190 rows have a NULL
	each 8 -n 9 -k m,l,k
}

@test "keys that are not unique: parts end where values do" {
	both "CREATE TABLE t (k INT NOT NULL, s VARCHAR(9) NOT NULL, v INT);
		INSERT INTO t $numbers SELECT CASE WHEN i < 700 THEN 5 ELSE i END, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, i FROM s"
	each 4 -n 10 -k k
	each 2 -n 10 -k s
	my "UPDATE t SET s = CONCAT(s, 'A') WHERE v % 3 = 0; ALTER TABLE t MODIFY s VARCHAR(9) COLLATE utf8mb4_general_ci;
		UPDATE t SET s = UPPER(s) WHERE v % 5 = 0"
	covers "$M" t 4 -n 400 -k s
}

@test "tables without a key" {
	both "CREATE TABLE t (v VARCHAR(200)); INSERT INTO t $numbers SELECT CONCAT(i, '$(printf '%0150d' 0)') FROM s;
		INSERT INTO t SELECT * FROM t"
	covers "$M" t 1 -n 7
	covers "$P" t 7 -n 7
	has "$(cat ranges)" ctid
	covers "$P" t 20 -r 100
	pg "DROP TABLE t; CREATE TABLE t (v INT) PARTITION BY RANGE (v);
		CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (500); CREATE TABLE t_2 PARTITION OF t DEFAULT;
		INSERT INTO t $numbers SELECT i FROM s"
	covers "$P" t 1 -n 7
	covers "$P" t 7 -n 7 -k v
	pg "DROP TABLE t; DROP TABLE IF EXISTS p; CREATE TABLE p (v INT); CREATE TABLE q () INHERITS (p);
		INSERT INTO p $numbers SELECT i FROM s; INSERT INTO q VALUES (1)"
	covers "$P" p 1 -n 7
	# The unique key without NULLs will do.
	both 'CREATE TABLE t (a INT UNIQUE, b INT NOT NULL UNIQUE); INSERT INTO t VALUES (1, 2), (NULL, 3)'
	each 2 -n 2
	has "$(cat ranges)" b
	lacks "$(cat ranges)" a
}

@test "an estimate" {
	both "CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t $numbers SELECT s.i * 1000 + r.i FROM s, s r WHERE r.i <= 250"
	pg 'ANALYZE t'
	my 'ANALYZE TABLE t'
	each 9 -n 9 --estimate
	awk '$1 < 15000 || $1 > 45000 { exit 1 }' parts
	for url in "$M" "$P"; do
		is "$(ranges -n 9 --estimate "$url" t)" "$(ranges -n 9 --estimate "$url" t)"
	done
}

@test "names of every kind" {
	my 'DROP TABLE IF EXISTS `a "b`; CREATE TABLE `a "b` (`or"d``er` INT PRIMARY KEY); INSERT INTO `a "b` VALUES (1), (2), (3)'
	covers "$M" 'a "b' 3 -n 3
	pg 'CREATE TABLE "a `B" ("or""d`er" INT PRIMARY KEY); INSERT INTO "a `B" VALUES (1), (2), (3)'
	covers "$P" '`a ``B`' 3 -n 3
}

@test "the same cuts in another database" {
	both "CREATE TABLE t (a INT NOT NULL, b DECIMAL(9,2) NOT NULL, v VARCHAR(9), PRIMARY KEY (a, b));
		INSERT INTO t $numbers SELECT i % 9, i / 4.0, 'x' FROM s"
	ranges -n 5 --other "$P" "$M" t >both
	cut -f 1 both >ra
	cut -f 2 both >rb
	is "$(env hash --range ra "$M" t | grep -v '^#' | cut -f 1,2)" \
		"$(env hash --range rb "$P" t | grep -v '^#' | cut -f 1,2)"
	# text is ordered in its own way
	both "CREATE TABLE t (a VARCHAR(9) PRIMARY KEY); INSERT INTO t VALUES ('a'), ('B')"
	exits 0 ranges -n 2 --other "$M" "$P" t
	is "$(cut -f 2 <<<"$output")" ''
}

@test "predicates from keys" {
	my "DROP TABLE IF EXISTS t; CREATE TABLE t (k VARCHAR(190) COLLATE utf8mb4_bin PRIMARY KEY)"
	pg "DROP TABLE IF EXISTS t; CREATE TABLE t (k TEXT PRIMARY KEY)"
	hostile | load "$M" t
	hostile | load "$P" t
	for url in "$M" "$P"; do
		extract "$url" t | ranges --keys "$url" t >ranges
		is "$(wc -l <ranges)" 3
		is "$(env hash --range ranges "$url" t | sed -n 's/^# total //p')" \
			"$(env hash "$url" t | cut -f 1,2)"
	done
}

@test "usage" {
	exits 2 ranges -n 2 -r 3 "$M" t
	exits 2 ranges -n 0 "$M" t
	exits 2 ranges "$M"
	exits 2 ranges "$M" nowhere
	both 'CREATE TABLE t (a INT)'
	exits 2 ranges -k b "$M" t
	exits 2 ranges --keys "$M" t
	exits 0 ranges --help
}
