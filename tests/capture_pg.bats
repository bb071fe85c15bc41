# capture from PostgreSQL: values, replica identities, definitions, streamed transactions,
# positions and slots, lost connections, refusals.

# shellcheck disable=SC2154 # bats sets stderr
load lib

# Slots belong to the server: each test has its own, and drops it.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	slot=rb_capture_pg_$BATS_TEST_NUMBER
	pg "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"
}

teardown() {
	[ ! -e own ] || return 0 # a server of the test's own
	drop_slots
	pg "DROP PUBLICATION IF EXISTS rowboat, p"
}

drop_slots() {
	pg "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
		WHERE slot_name LIKE '$slot%' AND active" >drop
	wait_until pg "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
		WHERE slot_name LIKE '$slot%'"
}

make_slot() {
	capture --create-slot --slot "$slot" "$@" "$P" >slot.json
}

# drain [OPTION]...: what has happened up to now.
drain() {
	capture --until now --slot "$slot" "$@" "$P" >events
}

# images FILE: op, before, after of each event, as they stand.
images() {
	sed -nE 's/^\{"op":"(.)","before":(.*),"after":(.*),"source":.*$/\1 \2 \3/p' "${1-events}"
}

confirmed() {
	pg "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '$slot'"
}

# ---- Values ----

# Releases before 14 have neither multiranges nor an infinite numeric.
of_this_release() {
	if pg_from 14; then
		cat
	else
		sed "s/int8multirange/text/; s/0, 'Infinity', -0.001/0, 'NaN', -0.001/"
	fi
}

@test "values are, byte for byte, those of extract" {
	of_this_release <<-'SQL' | pg
		CREATE TYPE mood AS ENUM ('sad', 'it''s');
		CREATE TYPE pair AS (a int, b text, c timestamptz);
		CREATE DOMAIN price AS numeric(12,2);
		CREATE DOMAIN code AS char(4);
		CREATE TABLE v (id int PRIMARY KEY, i2 smallint, i8 bigint, n numeric,
			np numeric(10,3), f4 real,
			f8 float8, m money, b bool, c char(6), "1c" "char", vc varchar(9), x text,
				bb bytea, d date,
			tm time(3), tz timetz, ts timestamp, tstz timestamptz, iv interval, u uuid,
				ip inet,
			cd cidr, mc macaddr, bt bit(3), vb varbit, j json, jb jsonb, e mood,
				p pair, pr price, co code,
			ia int[], ta text[], tsa timestamptz[], ma money[], ca char(4)[],
				r int4range,
			tr tstzrange, mr int8multirange, o oid, nm name, xm xml, pt point,
				tsv tsvector, rc regclass,
			g int GENERATED ALWAYS AS (id * 2) STORED)
	SQL
	make_slot
	of_this_release <<-'SQL' | pg
		INSERT INTO v VALUES
		(1, -32768, 9223372036854775807, 'NaN', 1.500, 0.1, 1e300, -1234567.89, true, 'ab',
			'x', 'v ', E'tab\t"q"\\',
		'\x00ff5c', '2024-02-29', '01:02:03.5', '01:02:03+05:30',
			'2024-01-02 03:04:05.120', '2024-01-02 03:04:05+02',
		'1 year -2 days 03:04:05.6', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '10.0.0.1/8',
			'10.0.0.0/8',
		'08:00:2b:01:02:03', '101', '0011', '{"b": 1,  "a": 1.10}', '{"b": 1, "a": 1.10}',
			'it''s',
		'(1,"a,b","2024-01-02 03:04:05+02")', 12.50, 'ab', '{1,NULL,3}',
			'{a,"b,c",NULL,"NULL",""}',
		'{2024-01-02 03:04:05+02}', '{1.50,-1234.00}', '{ab,c}', '[1,5)',
			'[2024-01-02 03:04:05+02,)',
		'{[1,3),[5,7)}', 4294967295, 'nm', '<a>1</a>', '(1.5,-2)', 'a:1 b:2', 'pg_class');
		INSERT INTO v VALUES (2);
		INSERT INTO v VALUES (3, 0, 0, 'Infinity', -0.001, '-Infinity', 'NaN', 0, false,
			'', '', '', '', '', 'infinity', '24:00',
		'00:00+15:59', '-infinity', '0044-03-15 12:00:00+00 BC', '-00:00:00.000001', NULL,
			'::1', '::/0', NULL,
		'000', '', 'null', 'null', 'sad', '(,,)', 0, '', '{}', '{}', '{infinity}', '{}',
			'{}', 'empty', 'empty',
		'{}', 0, '', '', NULL, '', '-');
		INSERT INTO v VALUES (4, 1, 1, 1e-20, 0, 1e-45, 5e-324, 0.05, true, ' a ', ' ',
			' ', ' ', ' ', '10000-01-01', '23:59:59.999',
		'00:00-15:59', '9999-12-31 23:59:59.999999', '1900-01-01 00:00:00+00',
			'178000000 years', NULL, '1.2.3.4',
		NULL, NULL, '111', '1', '[]', '[1, "ä"]', NULL, NULL, NULL, 'ä', '{{1,2},{3,4}}',
			'{" "}', NULL, NULL, NULL,
		'(,)', NULL, NULL, 1, 'ä', NULL, NULL, NULL, '16384');
	SQL
	drain
	images | sed 's/^c null //' >told
	extract -f ndjson --no-end -o id "$P" v >rows
	same told rows
	pg "ALTER TABLE v DROP g; ALTER TABLE v REPLICA IDENTITY FULL; UPDATE v SET i2 = i2;
		DELETE FROM v"
	drain
	images | sed -n 's/^d \(.*\) null$/\1/p' | sort >told
	sort rows >sorted
	same told sorted
}

@test "geometry is EWKB as extract has it" {
	# PostGIS's text form, without PostGIS: a type of that name.
	pg "CREATE TYPE geometry;
		CREATE FUNCTION geometry_in(cstring) RETURNS geometry AS 'byteain' LANGUAGE internal IMMUTABLE STRICT;
		CREATE FUNCTION geometry_out(geometry) RETURNS cstring AS 'textout' LANGUAGE internal
			IMMUTABLE STRICT;
		CREATE TYPE geometry (INPUT = geometry_in, OUTPUT = geometry_out);
		CREATE TABLE t (id int PRIMARY KEY, g geometry, c char(3))"
	make_slot
	pg "INSERT INTO t VALUES (1, '0101000020E6100000', 'a'), (2, NULL, NULL)"
	drain
	is "$(images)" 'c null {"id":1,"g":"\\x0101000020e6100000","c":"a"}
c null {"id":2,"g":null,"c":null}'
}

@test "names with quotes, dots, capitals; text of other encodings" {
	pg 'CREATE SCHEMA "S.1"; CREATE TABLE "S.1"."T ""q"" t" ("I d" int PRIMARY KEY, "ä" text)'
	make_slot -t '"S.1"."T ""q"" t"'
	pg "INSERT INTO \"S.1\".\"T \"\"q\"\" t\" VALUES (1, 'ö')"
	drain -t '"S.1"."T ""q"" t"'
	has "$(<events)" '"after":{"I d":1,"ä":"ö"}' '"schema":"S.1","table":"T \"q\" t"'
	pg 'DROP SCHEMA "S.1" CASCADE; DROP PUBLICATION rowboat'
	psql -Xq "$PG_URL/postgres" -c "DROP DATABASE ${P2##*/}" -c "CREATE DATABASE ${P2##*/}
		TEMPLATE template0 ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'"
	P=$P2 pg "CREATE TABLE t (id int PRIMARY KEY, a text)"
	P=$P2 capture --create-slot --slot "${slot}_2" "$P2" >slot.json
	P=$P2 pg "INSERT INTO t VALUES (1, 'é')"
	capture --until now --slot "${slot}_2" "$P2" >events
	capture --drop-slot --slot "${slot}_2" "$P2"
	is "$(images)" 'c null {"id":1,"a":"é"}'
}

# ---- Images ----

@test "replica identities and key changes" {
	pg "CREATE TABLE d (a int, b int, c text, PRIMARY KEY (a, b));
		CREATE TABLE i (x int, y int NOT NULL UNIQUE);
			ALTER TABLE i REPLICA IDENTITY USING INDEX i_y_key;
		CREATE TABLE f (x int, y text); ALTER TABLE f REPLICA IDENTITY FULL"
	make_slot
	pg "INSERT INTO d VALUES (1, 2, 'c'); UPDATE d SET c = 'd'; UPDATE d SET b = 3;
		DELETE FROM d;
		INSERT INTO i VALUES (NULL, 1); UPDATE i SET x = 1; UPDATE i SET y = 2;
			DELETE FROM i;
		INSERT INTO f VALUES (1, NULL); UPDATE f SET y = 'y'; DELETE FROM f"
	drain
	is "$(images)" 'c null {"a":1,"b":2,"c":"c"}
u null {"a":1,"b":2,"c":"d"}
u {"a":1,"b":2} {"a":1,"b":3,"c":"d"}
d {"a":1,"b":3} null
c null {"x":null,"y":1}
u null {"x":1,"y":1}
u {"y":1} {"x":1,"y":2}
d {"y":2} null
c null {"x":1,"y":null}
u {"x":1,"y":null} {"x":1,"y":"y"}
d {"x":1,"y":"y"} null'
}

@test "unchanged TOAST is absent, or taken from the old row" {
	pg "CREATE TABLE t (id int PRIMARY KEY, big text, n int);
		ALTER TABLE t ALTER big SET STORAGE EXTERNAL;
		CREATE TABLE f (id int PRIMARY KEY, big text, n int);
			ALTER TABLE f ALTER big SET STORAGE EXTERNAL;
		ALTER TABLE f REPLICA IDENTITY FULL;
		CREATE TABLE k (big text PRIMARY KEY, n int);
			ALTER TABLE k ALTER big SET STORAGE EXTERNAL"
	make_slot
	pg "INSERT INTO t VALUES (1, repeat('x', 5000), 1); UPDATE t SET n = 2;
		UPDATE t SET big = NULL;
		INSERT INTO f VALUES (1, repeat('x', 5000), 1); UPDATE f SET n = 2;
		INSERT INTO k VALUES (repeat('y', 2500), 1); UPDATE k SET n = 2"
	drain
	sed -i -E 's/x{5000}/X/g; s/y{2500}/Y/g' events
	is "$(images)" 'c null {"id":1,"big":"X","n":1}
u null {"id":1,"n":2}
u null {"id":1,"big":null,"n":2}
c null {"id":1,"big":"X","n":1}
u {"id":1,"big":"X","n":1} {"id":1,"big":"X","n":2}
c null {"big":"Y","n":1}
u {"big":"Y"} {"big":"Y","n":2}'
}

@test "TRUNCATE of several tables, partitions, generated columns" {
	pg "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
		CREATE TABLE c (id int PRIMARY KEY);
		CREATE TABLE part (id int PRIMARY KEY,
			g int GENERATED ALWAYS AS (id + 1) STORED) PARTITION BY RANGE (id);
		CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10);
		CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10) TO (20)"
	make_slot -x c
	pg <<<"TRUNCATE a, c CASCADE; INSERT INTO part(id) VALUES (1), (11);
		UPDATE part SET id = 12 WHERE id = 1;
		TRUNCATE part"
	drain -x c
	is "$(sed -nE 's/.*"op":"(.)".*"table":"([^"]*)".*"total_order":([0-9]*).*/\1 \2 \3/p' events)" 't a 1
t b 2
c part 1
c part 2
d part 1
c part 2
t part 1'
}

@test "definitions: what changed is told before the first row of the new form" {
	pg "CREATE TABLE t (id int PRIMARY KEY, a int)"
	make_slot
	pg <<<"INSERT INTO t VALUES (1, 1); ALTER TABLE t ADD b varchar(5);
		BEGIN; INSERT INTO t VALUES (2, 2, 'x'); ALTER TABLE t DROP a;
			ALTER TABLE t RENAME b TO c;
		INSERT INTO t VALUES (3, 'y'); COMMIT;
		ALTER TABLE t ALTER c TYPE text; TRUNCATE t;
		DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (4);
		ALTER TABLE t REPLICA IDENTITY FULL; INSERT INTO t VALUES (5);
		BEGIN; ALTER TABLE t ADD z int; INSERT INTO t VALUES (6, 6); ROLLBACK;
			INSERT INTO t VALUES (7)"
	drain
	is "$(sed -E 's/.*"after":(.*),"source".*/\1/; s/.*"columns":(.*)\}\}\].*/\1/;/END/d;/\$end/d' events)" \
'{"id":1,"a":1}
[{"name":"id","typeName":"integer"},{"name":"a","typeName":"integer"},{"name":"b","typeName":"character varying(5)"}]
{"id":2,"a":2,"b":"x"}
[{"name":"id","typeName":"integer"},{"name":"c","typeName":"character varying(5)"}]
{"id":3,"c":"y"}
[{"name":"id","typeName":"integer"},{"name":"c","typeName":"text"}]
null
[{"name":"id","typeName":"integer"}]
{"id":4}
{"id":5}
{"id":7}'
}

# ---- Transactions ----

@test "transactions: whole, numbered, without what was rolled back; messages do no harm" {
	pg "CREATE TABLE t (id int PRIMARY KEY)"
	make_slot
	pg >messages <<<"BEGIN; INSERT INTO t VALUES (1); SAVEPOINT a; INSERT INTO t VALUES (2);
		ROLLBACK TO a;
			SELECT pg_logical_emit_message(true, 'p', 'in'); INSERT INTO t VALUES (3);
				COMMIT;
		BEGIN; INSERT INTO t VALUES (9); ROLLBACK; BEGIN; COMMIT;
		SELECT pg_logical_emit_message(false, 'p', 'out')"
	drain
	is "$(sed -nE 's/.*"id":(.*)\},"source".*"total_order":([0-9]+).*/\1 \2/p' events)" $'1 1\n3 2'
	is "$(grep -c '"status":"END".*"event_count":2' events)" 1
	is "$(grep -c END events)" 1
	# The transaction's id, and the numbers in source, are as Debezium has them.
	has "$(tail -n 2 events)" "$(sed -nE '1s/.*"txId":([0-9]+),"commit_lsn":([0-9]+),"lsn":[0-9]+.*/"id":"\1:\2"/p' events)"
}

# large: a transaction that the server sends before its end, with savepoints in it.
large() {
	pg <<<"BEGIN; INSERT INTO t SELECT i, 'first ' || i FROM generate_series(1, 3000) i;
		SAVEPOINT a; INSERT INTO t SELECT i, 'gone ' || i FROM generate_series(3001,
			6000) i;
			INSERT INTO late SELECT i FROM generate_series(1, 1000) i;
			SAVEPOINT b; UPDATE t SET a = 'x'; RELEASE b; ROLLBACK TO a;
		INSERT INTO late VALUES (7);
		SAVEPOINT c; UPDATE t SET a = 'kept ' || id; RELEASE c;
		ALTER TABLE t ADD y int; UPDATE t SET y = id WHERE id < 2000;
		DELETE FROM t WHERE id % 2 = 0; COMMIT"
}

@test "large transactions sent before they commit tell the same" {
	[ "$(pg 'SHOW server_version_num')" -ge 140000 ] || skip "PostgreSQL 14 and later"
	pg "ALTER DATABASE ${P##*/} SET logical_decoding_work_mem = '64kB';
		CREATE TABLE t (id int PRIMARY KEY, a text); CREATE TABLE late (id int PRIMARY KEY)"
	make_slot
	capture --create-slot --slot "${slot}_2" "$P" >slot2.json
	large
	# One that is rolled back whole, one that is still open, meanwhile.
	pg "BEGIN; INSERT INTO t SELECT i, 'x' FROM generate_series(10001, 14000) i; ROLLBACK"
	(pg "BEGIN; INSERT INTO t SELECT i, 'open' FROM generate_series(20001, 24000) i;
		SELECT pg_sleep(3); COMMIT") &
	sleep 1
	pg "INSERT INTO t VALUES (30000)"
	drain
	mv events plain
	is "$(grep -c open plain)" 0
	capture --until now --slot "${slot}_2" --streaming "$P" >streamed
	wait
	has "$(tail -n 1 plain)" '{"$end":9501}'
	sed -i -E 's/"ts_ms":[0-9]+(,"position".*)?\}$//' plain streamed
	same plain streamed
	pg "ALTER DATABASE ${P##*/} RESET logical_decoding_work_mem; DROP TABLE t"
}

@test "an idle stream's memory and time are small in a large transaction" {
	pg "CREATE TABLE t (id int PRIMARY KEY, a text)"
	make_slot
	pg "INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 300000) i"
	/usr/bin/time -f %M capture --until now --slot "$slot" "$P" 2>size | tail -n 1 >last
	is "$(<last)" '{"$end":300000}'
	case $SANITIZE in *address*) skip "a sanitizer wants memory of its own" ;; esac
	[ "$(<size)" -lt 40000 ]
}

# ---- Positions and the slot ----

@test "the slot forgets what was written; --from goes on behind a transaction" {
	pg "CREATE TABLE t (id int PRIMARY KEY)"
	make_slot
	pg <<<"INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)"
	drain
	first=$(sed -nE '/END/{s/.*"position":(.*)\}$/\1/p;q}' events)
	last=$(grep END events | sed -nE '$s/.*"lsn":"(.*)"\}\}$/\1/p')
	is "$(grep -c '"op"' events)" 3
	is "$(pg "SELECT '$(confirmed)'::pg_lsn >= '$last'")" t
	drain
	is "$(<events)" '{"$end":0}'
	exits 2 capture --from "$first" --until now --slot "$slot" "$P"
	has "$stderr" 'are gone: the slot was told' 'hint: load the tables again'
	pg <<<"INSERT INTO t VALUES (4); INSERT INTO t VALUES (5)"
	# Not written, so not acknowledged.
	exits 3 sh -c 'capture --until now --slot "$1" "$2" >/dev/full' sh "$slot" "$P"
	drain
	is "$(images)" $'c null {"id":4}\nc null {"id":5}'
	exits 2 capture --from FFFFFFFF/0 --until now --slot "$slot" "$P"
	has "$stderr" 'lies ahead of the server'
}

@test "with a checkpoint, only what is applied is forgotten" {
	pg "CREATE TABLE t (id int PRIMARY KEY)"
	pg -d "$P2" "CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY); TRUNCATE t;
		DROP TABLE IF EXISTS rowboat_checkpoint"
	make_slot
	begin=$(confirmed)
	pg "INSERT INTO t VALUES (1)"
	drain --checkpoint "$P2" -s "$slot"
	is "$(confirmed)" "$begin"
	drain --checkpoint "$P2" -s "$slot"
	is "$(images)" 'c null {"id":1}'
	cdcapply --stream "$slot" "$P2" <events >receipt
	pg "INSERT INTO t VALUES (2)"
	drain --checkpoint "$P2" -s "$slot"
	is "$(images)" 'c null {"id":2}'
	is "$(pg "SELECT '$(confirmed)'::pg_lsn > '$begin'")" t
}

@test "an idle slot does not keep the log" {
	pg "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY)"
	make_slot -t t
	capture --slot "$slot" -t t "$P" >events &
	begin=$(confirmed)
	pg "INSERT INTO other SELECT generate_series(1, 1000)"
	now=$(pg "SELECT pg_current_wal_lsn()")
	moved() { [ "$(pg "SELECT confirmed_flush_lsn >= '$now' AND confirmed_flush_lsn > '$begin'
		FROM pg_replication_slots WHERE slot_name = '$slot'")" = t ]; }
	wait_until moved
	kill -TERM $!
	wait $!
	is "$(tail -n 1 events)" '{"$end":0}'
}

@test "the slot's snapshot and its first change fit" {
	pg "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)"
	mkfifo hold
	capture --create-slot --hold --slot "$slot" "$P" <hold >slot.json &
	exec 8>hold
	wait_until test -s slot.json
	snapshot=$(sed -nE 's/.*"snapshot":"([^"]*)".*/\1/p' slot.json)
	pg "INSERT INTO t VALUES (2)"
	is "$(extract --snapshot "$snapshot" "$P" t)" "$(stream id 1)"
	exec 8>&-
	wait
	drain
	is "$(images)" 'c null {"id":2}'
}

@test "a slot that has to wait for other transactions says so" {
	pg "CREATE TABLE t (id int PRIMARY KEY)"
	pg "BEGIN; INSERT INTO t VALUES (1); SELECT pg_sleep(4); COMMIT" >slept &
	sleep 2.5
	exits 0 capture --create-slot --slot "$slot" "$P"
	has "$stderr" 'making the slot waits until transactions that run already have ended: PID '
	wait
	drain
	is "$(<events)" '{"$end":0}'
}

# ---- Lost connections ----

end_walsender() {
	[ "$(pg "SELECT count(pg_terminate_backend(active_pid)) FROM pg_replication_slots
		WHERE slot_name = '$slot' AND active")" = 1 ]
}

@test "a walsender that is ended in mid-transaction: nothing lost, nothing twice" {
	pg "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE TABLE u (id int PRIMARY KEY)"
	make_slot
	pg <<<"INSERT INTO t VALUES (0, ''); INSERT INTO t SELECT i, repeat('x',
		100) FROM generate_series(1, 100000) i;
		INSERT INTO u SELECT generate_series(1, 10)"
	mkfifo pipe
	capture --until now --slot "$slot" "$P" >pipe &
	exec 8<pipe
	head -c 3000000 <&8 >events
	end_walsender
	(for _ in 1 2 3; do sleep 0.7; end_walsender; done || true) &
	cat <&8 >>events
	wait
	exec 8<&-
	is "$(tail -n 1 events)" '{"$end":100011}'
	seq 0 100000 | cmp - <(sed -nE 's/.*"after":\{"id":([0-9]+),"a".*/\1/p' events)
	is "$(grep -c '"status":"END"' events)" 3
	is "$(sed -nE '/"a":/s/.*"total_order":([0-9]+).*/\1/p' events | tail -n +2 | cmp - <(seq 1 100000))" ''
}

@test "idle when the connection is lost: it is made again" {
	pg "CREATE TABLE t (id int PRIMARY KEY)"
	make_slot
	capture --slot "$slot" "$P" >events &
	told() { grep -q "\"after\":{\"id\":$1}" events; }
	pg "INSERT INTO t VALUES (1)"
	wait_until told 1
	pg "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = '${P##*/}' AND application_name = 'rowboat'" >ended
	pg <<<"INSERT INTO t VALUES (2); ALTER TABLE t ADD a int; INSERT INTO t VALUES (3, 4)"
	wait_until grep -q '"after":{"id":3,"a":4}' events
	kill -TERM $!
	wait $!
	is "$(images | wc -l)" 3
	is "$(grep -c '"typeName"' events)" 1
}

# ---- Back and forth ----

@test "--skip-applied leaves out what cdcapply wrote" {
	pg "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE x (id int PRIMARY KEY)"
	exits 2 capture --create-slot --skip-applied --slot "$slot" -t t "$P"
	has "$stderr" 'does not tell of table rowboat_checkpoint' 'hint: ALTER PUBLICATION rowboat ADD TABLE'
	pg "DROP PUBLICATION rowboat; CREATE TABLE rowboat_checkpoint (stream text PRIMARY KEY,
		n int);
		INSERT INTO rowboat_checkpoint VALUES ('s', 0)"
	make_slot --skip-applied -t t
	pg <<<"BEGIN; UPDATE rowboat_checkpoint SET n = 1; INSERT INTO t VALUES (1); COMMIT;
		BEGIN; INSERT INTO t VALUES (2); UPDATE rowboat_checkpoint SET n = 2; COMMIT;
			INSERT INTO t VALUES (3)"
	drain --skip-applied -t t
	is "$(images)" $'c null {"id":2}\nc null {"id":3}'
}

# ---- Refusals ----

@test "slots that cannot be used are refused" {
	pg "CREATE TABLE t (id int PRIMARY KEY)"
	exits 2 capture --until now --slot "$slot" "$P"
	has "$stderr" "there is no replication slot $slot" 'hint: make it with capture --create-slot'
	one_line "$stderr"
	exits 2 capture --drop-slot --slot "$slot" "$P"
	pg "SELECT pg_create_logical_replication_slot('$slot',
		'test_decoding')" >made || skip "no test_decoding"
	exits 2 capture --until now --slot "$slot" "$P"
	has "$stderr" "slot $slot is one of test_decoding, not of pgoutput"
	drop_slots
	make_slot
	exits 2 capture --create-slot --slot "$slot" "$P"
	has "$stderr" 'already exists' 'hint: remove it with capture --drop-slot'
	exits 2 capture --until now --slot "$slot" "$P2"
	has "$stderr" "slot $slot belongs to database ${P##*/}"
	capture --slot "$slot" "$P" >events &
	active() { [ "$(pg "SELECT active FROM pg_replication_slots WHERE slot_name = '$slot'")" = t ]; }
	wait_until active
	exits 3 capture --until now --slot "$slot" "$P"
	has "$stderr" "slot $slot is used by another process (PID" 'hint: end it'
	kill -TERM $!
	wait $!
	exits 2 capture --create-slot --slot 'No Name' "$P"
	exits 2 capture --create-slot "$M"
	has "$stderr" 'MySQL has no replication slots'
}

@test "--drop-slot takes the publication along that was made here, and no other" {
	pg "CREATE TABLE t (id int PRIMARY KEY)"
	make_slot
	capture --create-slot --slot "${slot}_2" "$P" >slot2.json
	capture --drop-slot --slot "$slot" "$P"
	is "$(pg "SELECT pubname FROM pg_publication")" rowboat # another slot needs it
	capture --drop-slot --slot "${slot}_2" "$P"
	is "$(pg "SELECT count(*) FROM pg_publication")" 0
	pg "CREATE PUBLICATION p FOR TABLE t"
	make_slot --publication p
	capture --drop-slot --slot "$slot" --publication p "$P"
	is "$(pg "SELECT pubname FROM pg_publication")" p
}

@test "tables without replica identity are refused, before the source refuses their updates" {
	pg "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE log (x int);
		CREATE TABLE \"No\" (x int);
		CREATE TABLE gone (id int PRIMARY KEY); ALTER TABLE gone REPLICA IDENTITY NOTHING"
	exits 2 capture --create-slot --slot "$slot" "$P"
	has "$stderr" 'public."No", public.gone, public.log' 'hint: ALTER TABLE public."No" REPLICA IDENTITY FULL;' \
		'or name the tables with --table'
	is "$(pg "SELECT count(*) FROM pg_publication")" 0
	exits 2 capture --create-slot --slot "$slot" -t t -t log "$P"
	has "$stderr" 'in public.log' 'hint: ALTER TABLE public.log REPLICA IDENTITY FULL'
	pg <<<"INSERT INTO log VALUES (1); UPDATE log SET x = 2; DELETE FROM log"
	make_slot -t t
	drain -t t
	# A partition has an identity of its own.
	pg "CREATE TABLE part (x int) PARTITION BY LIST (x); ALTER TABLE part REPLICA IDENTITY FULL;
		CREATE TABLE part1 PARTITION OF part DEFAULT"
	exits 2 capture --create-slot --slot "${slot}_2" --publication p -t part "$P"
	has "$stderr" 'in public.part1' 'hint: ALTER TABLE public.part1 REPLICA IDENTITY FULL'
	pg "ALTER TABLE part1 REPLICA IDENTITY FULL"
	capture --create-slot --slot "${slot}_2" --publication p -t part "$P" >slot2.json
	pg "INSERT INTO part VALUES (1); UPDATE part SET x = 2"
	capture --until now --slot "${slot}_2" --publication p -t part "$P" >events
	is "$(images)" $'c null {"x":1}\nu {"x":1} {"x":2}'
}

@test "an identity of all columns goes with no generated ones, from PostgreSQL 18 on" {
	[ "$(pg 'SHOW server_version_num')" -ge 180000 ] || skip "PostgreSQL 18 and later"
	pg "CREATE TABLE t (id int PRIMARY KEY, g int GENERATED ALWAYS AS (id + 1) STORED);
		ALTER TABLE t REPLICA IDENTITY FULL"
	exits 2 capture --create-slot --slot "$slot" "$P"
	has "$stderr" 'hint: ALTER TABLE public.t REPLICA IDENTITY USING INDEX'
}

@test "a publication that is there is used as it is" {
	pg "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY);
		CREATE TABLE part (x int PRIMARY KEY) PARTITION BY LIST (x);
		CREATE TABLE part1 PARTITION OF part DEFAULT;
		CREATE PUBLICATION p FOR TABLE t, part WITH (publish = 'insert')"
	exits 2 capture --create-slot --slot "$slot" --publication p -t t -t u "$P"
	has "$stderr" 'publication p does not tell of public.u' 'hint: ALTER PUBLICATION p ADD TABLE public.u'
	exits 0 capture --create-slot --slot "$slot" --publication p "$P"
	has "$stderr" 'publication p does not tell of public.part, public.u' \
		'publication p leaves out updates deletes truncates'
	pg "DROP PUBLICATION p; CREATE PUBLICATION p FOR ALL TABLES"
	exits 2 capture --slot "$slot" --until now --publication p -t part "$P"
	has "$stderr" 'hint: it tells of partitions as such: ALTER PUBLICATION p SET (publish_via_partition_root'
	pg "DROP PUBLICATION p"
}

@test "rights and settings that lack are refused with what mends them" {
	pg "CREATE TABLE t (id int PRIMARY KEY); DROP ROLE IF EXISTS rb_capture" 
	pg "CREATE ROLE rb_capture LOGIN; GRANT USAGE ON SCHEMA public TO rb_capture"
	local U=${P/postgres@/rb_capture@}
	exits 2 capture --create-slot --slot "$slot" "$U"
	has "$stderr" 'the user may not replicate' 'hint: ALTER ROLE rb_capture REPLICATION'
	pg "ALTER ROLE rb_capture REPLICATION"
	exits 2 capture --create-slot --slot "$slot" -t t "$U"
	has "$stderr" 'no publication can be made' 'hint: have it made by who may: CREATE PUBLICATION "rowboat" FOR TABLE public.t'
	pg 'CREATE PUBLICATION p FOR TABLE t WITH (publish_via_partition_root)'
	capture --create-slot --slot "$slot" --publication p "$U" >slot.json
	pg "INSERT INTO t VALUES (1)"
	capture --until now --slot "$slot" --publication p "$U" >events
	is "$(images)" 'c null {"id":1}'
	pg "DROP OWNED BY rb_capture; DROP ROLE rb_capture"
}

# ---- Servers with settings of their own ----

# own OPTION...: a server with these options; P is a database of it.
own() {
	"${BATS_TEST_FILENAME%/*}/servers.sh" start pg "$@" >own
	# shellcheck disable=SC1091 # made above
	. ./own
	P=$PG_URL/postgres
	slot=s
}

disown_server() {
	"${BATS_TEST_FILENAME%/*}/servers.sh" stop "$SERVERS"
}

@test "settings that tell too little, slots and senders that are all taken" {
	own -c wal_level=replica -c max_wal_senders=0
	exits 2 capture --create-slot "$P"
	disown_server
	has "$stderr" "wal_level is replica" 'hint: ALTER SYSTEM SET wal_level = logical'
	one_line "$stderr"
	own -c max_wal_senders=1 -c max_replication_slots=1
	pg "CREATE TABLE t (id int PRIMARY KEY)"
	capture --create-slot --slot s "$P" >slot.json
	exits 3 capture --create-slot --slot s2 "$P"
	has "$stderr" 'all replication slots are in use' 'max_replication_slots'
	capture --slot s "$P" >events &
	connected() { [ "$(pg "SELECT count(*) FROM pg_stat_replication")" = 1 ]; }
	wait_until connected
	exits 3 capture --create-slot --slot s2 "$P"
	has "$stderr" 'max_wal_senders' 'hint: ALTER SYSTEM SET max_wal_senders'
	# A server that is shut down does not wait for a capture that has told all.
	pg "INSERT INTO t VALUES (1)"
	wait_until grep -q END events
	kill -INT "$PG_PID"
	wait_until sh -c "! kill -0 $PG_PID"
	kill -TERM $!
	wait $!
	disown_server
	is "$(images)" 'c null {"id":1}'
	is "$(tail -n 1 events)" '{"$end":1}'
}

@test "a slot whose log the server has removed is lost" {
	own -c max_slot_wal_keep_size=1MB
	pg "CREATE TABLE t (id int PRIMARY KEY, a text)"
	capture --create-slot --slot s "$P" >slot.json
	lost() {
		pg "INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) i;
			TRUNCATE t" &&
			pg "SELECT pg_switch_wal(); CHECKPOINT" &&
			[ "$(pg "SELECT wal_status FROM pg_replication_slots")" = lost ]
	}
	wait_until lost
	exits 2 capture --slot s "$P"
	capture --drop-slot --slot s "$P"
	disown_server
	has "$stderr" 'slot s is lost: the server has removed WAL that it needs' 'hint: raise max_slot_wal_keep_size'
}
