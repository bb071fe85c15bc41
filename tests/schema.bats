# schema: definitions as NDJSON and as DDL that runs as it is, on both engines, there and back.

# shellcheck disable=SC1003,SC2016,SC2154 # SQL is quoted as it stands; bats sets stderr
load lib

# What only MariaDB has: UUID (from 10.7), INET6, literal defaults of TEXT without brackets.
only_mariadb() {
	! mariadb_from 10.7 || echo "u uuid DEFAULT (uuid()),"
	! on_mariadb || echo "ip inet6,"
}

rich_mysql() {
	cat <<SQL
CREATE TABLE customers (
	id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
	email varchar(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL COMMENT 'it''s \\\\ unique',
	name varchar(100) NOT NULL DEFAULT 'O''Brien \\\\ "x"',
	active tinyint(1) NOT NULL DEFAULT 1, flag bit(1) NOT NULL DEFAULT b'0', mask bit(10) DEFAULT b'101',
	grade char(2) DEFAULT NULL, balance decimal(12,2) NOT NULL DEFAULT 0.00,
	score float DEFAULT 1.5, ratio double DEFAULT -0.25,
	status enum('new','it''s','back\\\\slash','') NOT NULL DEFAULT 'new', tags set('a','b','c') DEFAULT 'a,b',
	born date DEFAULT '2000-01-02', zero date DEFAULT '0000-00-00',
	created datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
	created6 datetime(6) DEFAULT CURRENT_TIMESTAMP(6),
	updated timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
	since timestamp NOT NULL DEFAULT '2020-01-01 00:00:00',
	lunch time DEFAULT '12:00:00', lunch3 time(3), yr year DEFAULT 2024,
	doc json, guid char(36) DEFAULT (uuid()), $(only_mariadb)
	bin binary(4) DEFAULT 'ab', vbin varbinary(20), pic mediumblob,
	note text DEFAULT ('hello'), lng longtext, loc point, secret int DEFAULT 5 INVISIBLE,
	UNIQUE KEY uq_email (email), KEY name (name), KEY note_prefix (note(20)),
	UNIQUE KEY note_u (note(10)), FULLTEXT KEY ft (note), KEY multi (grade, balance DESC)
) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='The customers';
CREATE TABLE \`order\` (
	id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, \`Customer Id\` int unsigned,
	\`select\` smallint unsigned NOT NULL, qty int NOT NULL DEFAULT 1, price decimal(10,2) NOT NULL,
	ref varchar(20) NOT NULL, at datetime(3) NOT NULL DEFAULT '2024-01-01 00:00:00',
	total decimal(12,2) AS (qty * price) STORED,
	label varchar(64) AS (concat(upper(ref), '-', qty)) VIRTUAL,
	big tinyint AS (qty > 10) STORED, odd int AS (qty DIV 2) VIRTUAL, yy int AS (year(at)) STORED,
	tiny_u tinyint unsigned, med mediumint, med_u mediumint unsigned, t tinyint,
	KEY (\`Customer Id\`), KEY ref_at (ref, at),
	CONSTRAINT fk_customer FOREIGN KEY (\`Customer Id\`) REFERENCES customers (id) ON DELETE SET NULL ON UPDATE CASCADE,
	CONSTRAINT qty_positive CHECK (qty > 0 AND price >= 0),
	CONSTRAINT ref_ok CHECK (ref LIKE 'A%' OR ref IN ('x','y') OR char_length(ref) BETWEEN 3 AND 20),
	CONSTRAINT weird CHECK (tiny_u DIV 2 > 1)
) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci AUTO_INCREMENT=42;
CREATE TABLE a (id int PRIMARY KEY, b_id int, KEY k (b_id));
CREATE TABLE b (id int PRIMARY KEY, a_id int, KEY k (a_id),
	CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE CASCADE);
ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b_id) REFERENCES b (id);
CREATE TABLE a_k (id int);
CREATE TABLE \`Quote"s\` (\`Id\` int, id2 int, \`we\`\`ird "name"\` int);
CREATE TABLE parts (id int NOT NULL, d date NOT NULL, PRIMARY KEY (id, d)) PARTITION BY HASH(id) PARTITIONS 3;
CREATE VIEW v AS SELECT id FROM a;
INSERT INTO customers (email, name, status) VALUES ('e', 'n', 3);
SQL
}

# O: a schema of its own name, for MySQL's databases are for all.
O=${name}_other
rich_postgres() {
	local negscale=
	pg_from 15 && negscale='negscale numeric(5,-2),'
	cat <<SQL
CREATE SCHEMA $O;
CREATE TYPE mood AS ENUM ('sad', 'it''s', 'back\\slash', 'happy');
CREATE TYPE $O."Level" AS ENUM ('low', 'high');
CREATE DOMAIN positive AS integer CHECK (value > 0);
CREATE TABLE users (
	id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE,
	name varchar(50) DEFAULT 'O''Brien \\ x' NOT NULL, nick varchar, initials char(3), ch "char",
	active boolean NOT NULL DEFAULT true, deleted boolean DEFAULT false,
	n2 smallint DEFAULT -5, n8 bigint DEFAULT 9223372036854775807,
	amount numeric(12,3) DEFAULT 0.000, anynum numeric, $negscale wide numeric(100,40),
	f4 real DEFAULT 1.5, f8 double precision DEFAULT 'NaN',
	born date DEFAULT '2000-01-01', tm time DEFAULT '12:34:56', tm3 time(3), tz timetz,
	ts timestamp DEFAULT now(), ts0 timestamp(0) DEFAULT '2020-01-01 00:00:00',
	tsz timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP, tsz3 timestamptz(3) DEFAULT '2020-01-01 00:00:00+02',
	never timestamp DEFAULT 'infinity', span interval DEFAULT '1 day', u uuid DEFAULT gen_random_uuid(),
	j json DEFAULT '{}', jb jsonb DEFAULT '{"a": 1}', ip inet, net cidr,
	m mood DEFAULT 'happy', lvl $O."Level", tags text[] DEFAULT '{}', r int4range, p point,
	b bytea DEFAULT '\\x0102', b8 bit(8) DEFAULT B'00000101', vb bit varying(12), long bit(100),
	x xml, tsv tsvector, mon money, o oid, rnd double precision DEFAULT random(),
	full_name text GENERATED ALWAYS AS (name || ' ' || initials) STORED,
	low_email text GENERATED ALWAYS AS (lower(email)) STORED,
	dbl bigint GENERATED ALWAYS AS (n8 + 2 * n2) STORED,
	isbig boolean GENERATED ALWAYS AS (n2 > 100) STORED,
	j_name text GENERATED ALWAYS AS (jb ->> 'name') STORED, ccoll text COLLATE "C",
	CONSTRAINT users_n2 CHECK (n2 > -10 AND n2 <= 100),
	CONSTRAINT users_name CHECK (name IN ('a', 'b', 'O''Brien \\ x') OR char_length(name) > 2),
	CONSTRAINT users_like CHECK (nick LIKE 'a%' AND nick NOT LIKE '%z'),
	CONSTRAINT users_re CHECK (nick ~ '^a'), CONSTRAINT users_act CHECK (active OR NOT deleted IS TRUE)
);
COMMENT ON TABLE users IS 'the "users"; it''s';
COMMENT ON COLUMN users.email IS 'e-mail \\ of';
CREATE INDEX users_lower ON users (lower(email));
CREATE INDEX users_part ON users (n2) WHERE active;
CREATE INDEX users_gin ON users USING gin (tags);
CREATE INDEX users_multi ON users (name DESC NULLS LAST, n2 ASC NULLS FIRST) INCLUDE (n8);
CREATE INDEX users_nick ON users (nick varchar_pattern_ops);
CREATE INDEX users_hash ON users USING hash (n8);
COMMENT ON INDEX users_hash IS 'hashed';
CREATE SEQUENCE shared;
CREATE TABLE $O.log (
	id bigserial PRIMARY KEY,
	user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
	email text REFERENCES users (email) ON UPDATE CASCADE ON DELETE SET NULL,
	lvl $O."Level" NOT NULL DEFAULT 'low', s integer DEFAULT nextval('shared'), note text, p positive,
	qty numeric(10,2), price numeric(10,2), total numeric(20,4) GENERATED ALWAYS AS (qty * price) STORED,
	CHECK (email <> ''), CHECK (price >= 0)
);
CREATE TABLE "Mixed Case" ("Id" integer, "a""b" text, "user" text, PRIMARY KEY ("Id", "user"), UNIQUE ("a""b"),
	EXCLUDE USING gist (int4range("Id", "Id" + 1) WITH &&));
CREATE TABLE parted (id int, d date, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE VIEW vw AS SELECT id FROM users;
INSERT INTO users (email, name, nick) VALUES ('a', 'abc', 'ab'), ('b', 'abc', 'ac');
SQL
}

setup_file() {
	new_databases
	my "DROP DATABASE IF EXISTS $O"
	rich_mysql | mariadb --defaults-file="$MYSQL_CNF" --default-character-set=utf8mb4 \
		--init-command="SET sql_mode='', time_zone='+00:00'" "${M##*/}" || return
	rich_postgres | pg
}

teardown_file() {
	my "DROP DATABASE IF EXISTS $O"
}

# again URL...: the databases are empty again.
again() {
	local url
	my "DROP DATABASE IF EXISTS $O"
	for url; do
		case $url in
		postgres*) psql -Xq "$PG_URL/postgres" -c "DROP DATABASE IF EXISTS ${url##*/}" \
			-c "CREATE DATABASE ${url##*/} TEMPLATE template0 ENCODING UTF8" 2>/dev/null ;;
		*) my "DROP DATABASE ${url##*/}; CREATE DATABASE ${url##*/} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" ;;
		esac
	done
}

# copy SOURCE TARGET [OPTION...]: makes the source's tables in the target.
copy() {
	local from=$1 to=$2 engine=postgres
	[[ $to == postgres* ]] || engine=mysql
	shift 2
	schema --to $engine "$@" "$from" >ddl.sql 2>warnings || { cat warnings && return 1; }
	sql "$to" <ddl.sql >/dev/null
}

# shape FILTER: columns of definitions, one a line.
shape() {
	jq -r 'select(.name) | .name as $t | '"$1"
}

@test "NDJSON: one table a line and the end mark" {
	schema "$M" >d
	is "$(tail -n 1 d)" '{"$end":8}'
	is "$(jq -r 'select(.name) | .name' d | tr '\n' ' ')" 'Quote"s a a_k b customers order parts v '
	is "$(shape 'select($t == "order") | .columns[0] | [.name, .type, .bits, .unsigned, .not_null, .identity] | @csv' <d)" \
		'"id","integer",64,true,true,"auto_increment"'
	is "$(shape 'select($t == "order") | .next_value' <d)" 42
	is "$(shape 'select($t == "customers") | .columns[] | select(.name == "status") | .labels | @json' <d)" \
		'["new","it'"'"'s","back\\slash",""]'
	is "$(shape '.foreign_keys[] | [$t, .name, .ref_table, .on_delete] | @csv' <d | grep order)" \
		'"order","fk_customer","customers","SET NULL"'
	is "$(schema "$P" users | jq -r '.columns[]? | select(.name == "m") | .labels | join("|")')" \
		"sad|it's|back\\slash|happy"
	is "$(schema "$P" | tail -n 1)" '{"$end":5}'
	is "$(schema "$M" a b | wc -l)" 3
}

@test "MySQL to PostgreSQL: types, and DDL that runs" {
	copy "$M" "$P2"
	is "$(pg -d "$P2" "SELECT string_agg(format_type(atttypid, atttypmod), ',' ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = 'order'::regclass AND attnum > 0 AND attname IN ('id', 'Customer Id', 'select', 'qty',
		'at', 'tiny_u', 'med', 'med_u', 't')")" \
		"numeric(20,0),bigint,integer,integer,timestamp(3) without time zone,smallint,integer,integer,smallint"
	# Generated columns and defaults work, sequences go on, keys hold.
	pg -d "$P2" "INSERT INTO customers (email) VALUES ('a@b');
		INSERT INTO \"order\" (\"Customer Id\", \"select\", qty, price, ref) VALUES (2, 1, 11, 1.50, 'Abc')"
	is "$(pg -d "$P2" 'SELECT id, total, label, big, yy FROM "order"')" $'42\t16.50\tABC-11\t1\t2024'
	is "$(pg -d "$P2" 'SELECT id, name, mask, score, status, lunch, bin, secret FROM customers')" \
		$'2\tO\'Brien \\ "x"\t0000000101\t1.5\tnew\t12:00:00\t\\x61620000\t5'
	exits 1 pg -d "$P2" "UPDATE customers SET status = 'old'"
	has "$stderr" customers_status_check
	pg -d "$P2" "DELETE FROM customers"
	is "$(pg -d "$P2" 'SELECT "Customer Id" IS NULL FROM "order"')" t
	for w in 'customers: column zero: default' 'customers: index ft is left out: fulltext' \
		'customers: index uq_email: column email was unique regardless of case' \
		'order: column odd: generated as' 'order: check weird is left out' 'v: a view' 'parts: its partitions' \
		'customers: column updated: ON UPDATE' 'customers: column secret: is visible'; do
		has "$(cat warnings)" "schema: warning: ${M##*/}.$w"
	done
}

@test "PostgreSQL to MySQL: types, and DDL that runs" {
	again "$M2"
	copy "$P" "$M2"
	my -d "$M2" "INSERT INTO users (email, name, nick, initials) VALUES ('E@x', 'abc', 'ab', 'i')"
	is "$(my -d "$M2" "SELECT id, full_name, low_email, isbig, active, m, b8 + 0, hex(b), n8 FROM users")" \
		$'3\tabc i\te@x\t0\t1\thappy\t5\t0102\t9223372036854775807'
	exits 1 my -d "$M2" "INSERT INTO users (email, name, nick) VALUES ('F', 'x', 'ab')"
	my -d "$M2" "INSERT INTO $O.log (user_id, email, qty, price) VALUES (3, 'E@x', 2, 1.25)"
	is "$(my -d "$M2" "UPDATE users SET email = 'new'; SELECT email, total, lvl FROM $O.log")" $'new\t2.5000\tlow'
	for w in 'users: index users_gin is left out: gin' 'users: index users_part is left out: a partial index' \
		'users: column anynum: numeric becomes' 'users: column email: text becomes VARCHAR(768)' \
		'users: column span: interval becomes TIME(6)' 'users: column j_name: generated as' \
		'users: check users_re is left out' 'Mixed Case: index Mixed Case_int4range_excl is left out'; do
		has "$(cat warnings)" "schema: warning: public.$w"
	done
	has "$(cat warnings)" "$O.log: foreign key log_user_id_fkey: MySQL checks it at once"
}

# What a trip must keep: names, classes of types, NOT NULL, generated, keys' columns, foreign keys, comments.
kept='select(.kind != "view") |
	(.columns[] | [$t, .name, (.type | {enum: "text", set: "text", uuid: "text", inet: "text",
		year: "integer", geometry: "bytes"}[.] // .), .length // "", .not_null,
		.comment // ""] | @csv),
	(.keys[] | select(.primary) | [$t, "primary", (.parts[] | .column)] | @csv),
	(.keys[] | select(.unique and (.primary | not)) | [$t, "unique", (.parts[] | .column, .prefix // 0)] | @csv),
	(.foreign_keys[] | [$t, .name, .columns[], .ref_table, .ref_columns[], .on_delete, .on_update] | @csv),
	([$t, .comment // ""] | @csv)'

@test "MySQL to PostgreSQL and back" {
	again "$P2" "$M2"
	copy "$M" "$P2" --cast enum=enum --cast 'order.id=bigint'
	copy "$P2" "$M2" --cast 'timestamptz=timestamp'
	schema "$M" | shape "$kept" | sort >before
	schema "$M2" | shape "$kept" | sort >after
	# bytea has no length; MySQL proper has neither UUID nor INET6.
	is "$(/usr/bin/diff before after | grep '^>' | grep -v '"ip"\|"u"')" '> "customers","bin","bytes","",false,""
> "customers","vbin","bytes","",false,""'
	is "$(schema "$M2" customers | jq -r '.keys[]? | select(.name | test("note_")) | .name, .parts[].prefix' | xargs)" \
		"customers_note_prefix 20 customers_note_u 10"
	is "$(schema "$M2" order | jq -r 'select(.name).next_value')" 42
	is "$(schema "$M2" customers | jq -r '.columns[]? | select(.name == "status").labels | @json')" \
		'["new","it'"'"'s","back\\slash",""]'
}

@test "PostgreSQL to MySQL and back" {
	again "$M2" "$P2"
	copy "$P" "$M2"
	copy "$M2" "$P2" --cast 'tinyint(1)=boolean' --cast users.u=uuid --cast enum=enum
	schema "$P" | shape "$kept" | grep -v "\"log\"" | sort >before
	schema "$P2" | shape "$kept" | sort >after
	is "$(/usr/bin/diff before after | grep '^>')" '> "Mixed Case","a""b","text",768,false,""
> "Mixed Case","user","text",766,true,""
> "users","ch","text","",false,""
> "users","email","text",768,true,"e-mail \ of"
> "users","ip","text",43,false,""
> "users","long","text",100,false,""
> "users","net","text",43,false,""
> "users","p","text","",false,""
> "users","r","text","",false,""
> "users","tags","text","",false,""
> "users","tm","interval","",false,""
> "users","tm3","interval","",false,""
> "users","tsv","text","",false,""
> "users","tz","text",32,false,""
> "users","vb","text",12,false,""'
	is "$(pg -d "$P2" "INSERT INTO users (email, name, initials) VALUES ('A', 'abc', 'i')
		RETURNING id, active, full_name, low_email, isbig")" $'3\tt\tabc i\ta\tf'
}

@test "the same engine: nothing changes" {
	again "$M2" "$P2"
	copy "$M" "$M2"
	for d in "$M" "$M2"; do
		schema "$d" | jq -S 'select(.kind == "table") | del(.schema, .estimated_rows, .foreign_keys[].ref_schema)' >"${d##*/}"
	done
	same "${M##*/}" <(jq -S 'select(.name != "parts")' "${M2##*/}")
	copy "$P" "$P2"
	for d in "$P" "$P2"; do
		schema "$d" | jq -S 'select(.kind == "table" and .name != "Mixed Case" and .name != "parted") |
			del(.estimated_rows, .checks[].expression) | .columns |= map(if .name == "p" then del(.native) else . end)' \
			>"${d##*/}.pg"
	done
	same "${P##*/}.pg" "${P2##*/}.pg"
}

@test "sections: before and after the data" {
	again "$P2"
	schema --to postgres --section pre-data "$M" a b customers 2>/dev/null | psql -Xq -v ON_ERROR_STOP=1 "$P2"
	is "$(pg -d "$P2" "SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'")" 0
	pg -d "$P2" "INSERT INTO customers (id, email, name) VALUES (77, 'x', 'y')"
	schema --to postgres --section post-data "$M" a b customers 2>/dev/null | psql -Xq -v ON_ERROR_STOP=1 "$P2" >/dev/null
	is "$(pg -d "$P2" "INSERT INTO customers (email, name, note) VALUES ('x2', 'y', 'z') RETURNING id")" 78
	schema --to postgres --section data-types "$M" order >types
	has "$(cat types)" $'.order\tid\tbigint' $'\tnumeric(20)\tno integer of PostgreSQL holds it'
	is "$(head -n 1 types)" $'table\tcolumn\tsource\ttarget\tnote'
}

@test "--cast: by type, by column, later rules win" {
	types() {
		schema --to postgres --section data-types "$@" "$M" 2>warnings | cut -f 2,4
	}
	has "$(types --cast 'tinyint(1)=boolean' --cast timestamp=timestamp --cast 'bit(1)=boolean')" \
		$'active\tboolean' $'since\ttimestamp\n' $'flag\tboolean' $'mask\tbit(10)' $'\nt\tsmallint'
	has "$(types --cast 'int unsigned=integer' --cast 'bigint unsigned=bigint')" $'Customer Id\tinteger' $'qty\tinteger'
	has "$(types --cast order.qty=bigint --cast int=numeric)" $'qty\tbigint' $'odd\tnumeric'
	has "$(types --cast int=numeric --cast int=bigint)" $'odd\tbigint'
	has "$(types --cast enum=enum --postgis)" $'status\t"customers_status"' $'loc\tgeometry(point)'
	types --cast nothing.here=text >/dev/null
	has "$(cat warnings)" "warning: --cast nothing.here=text matches no column"
	again "$P2"
	copy "$M" "$P2" --cast 'tinyint(1)=boolean' --cast 'bit(1)=boolean' --cast enum=enum --cast 'bigint unsigned=bigint'
	pg -d "$P2" "INSERT INTO customers (email, name) VALUES ('a', 'b')"
	is "$(pg -d "$P2" "SELECT active, flag, status, pg_typeof(status) FROM customers")" $'t\tf\tnew\tcustomers_status'
}

@test "errors and usage" {
	exits 2 schema
	exits 2 schema --cast x=y "$M"
	has "$stderr" "go with --to"
	exits 2 schema --to postgres --cast 'int' "$M"
	has "$stderr" "'int' is not a rule"
	exits 2 schema --to postgres --cast 'int=text; drop' "$M"
	exits 2 schema "$M" nosuch
	one_line "$stderr"
	my -d "$M2" "CREATE TABLE long_name ($(printf 'ä%.0s' {1..40}) int)"
	exits 2 schema --to postgres "$M2" long_name
	has "$stderr" "80 bytes, PostgreSQL takes 63"
	is "$output" ""
	pg -d "$P2" 'CREATE TABLE fold ("Id" int, id int)'
	exits 2 schema --to mysql "$P2" fold
	has "$stderr" "columns Id and id are one name to MySQL"
	my -d "$M2" "CREATE TABLE reserved (ctid int)"
	exits 2 schema --to postgres "$M2" reserved
	has "$stderr" "column ctid: PostgreSQL keeps this name for itself"
	pg -d "$P2" 'CREATE TABLE counted (id serial PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)'
	schema --to mysql "$P2" counted 2>warnings | my -d "$M2"
	has "$(cat warnings)" "counted: column twice: is an ordinary column in MySQL"
	exits 3 bash -c 'schema "$M" >/dev/full'
}

@test "long and doubled names of indexes are told apart" {
	again "$P2" "$M2"
	my -d "$M2" "CREATE TABLE $(printf 't%.0s' {1..60}) (a int, b int, KEY $(printf 'k%.0s' {1..60}) (a), KEY $(printf 'k%.0s' {1..60})2 (b));
		CREATE TABLE x (y_z int, KEY y_z (y_z)); CREATE TABLE x_y (z int, KEY z (z))"
	copy "$M2" "$P2"
	copy "$M2" "$P2" 2>/dev/null && return 1
	is "$(pg -d "$P2" "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'")" 4
}

@test "what is not translated is named" {
	my -d "$M2" 'CREATE TABLE t (id int PRIMARY KEY, n int); CREATE VIEW v AS SELECT 1;
		CREATE TRIGGER audit BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1;
		CREATE PROCEDURE renew() SELECT 1; CREATE FUNCTION two() RETURNS int DETERMINISTIC RETURN 2;
		CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO SELECT 1'
	exits 0 schema --to postgres "$M2"
	has "$stderr" 'schema_2.v: a view: not' 'schema_2.audit: a trigger on t: not' \
		'schema_2.renew: a procedure: not' 'schema_2.two: a function: not' 'schema_2.nightly: an event: not'
	exits 0 schema --to postgres --section keys "$M2"
	lacks "$stderr" audit
	exits 0 schema --to postgres "$M2" t
	is "$stderr" 'schema: warning: rb_schema_2.t: its triggers are not translated'
	my -d "$M2" 'DROP TABLE t; DROP VIEW v; DROP PROCEDURE renew; DROP FUNCTION two; DROP EVENT nightly'
	pg -d "$P2" "CREATE TABLE t (id serial PRIMARY KEY, n int DEFAULT 1); CREATE SEQUENCE alone;
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
		CREATE TRIGGER audit BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
		CREATE RULE keep AS ON DELETE TO t DO NOTHING; CREATE POLICY few ON t;
		CREATE MATERIALIZED VIEW m AS SELECT 1"
	exits 0 schema --to mysql "$P2"
	is "$(sort <<<"$stderr")" "schema: warning: public.alone: a sequence: not translated
schema: warning: public.audit: a trigger on t: not translated
schema: warning: public.f: a function: not translated
schema: warning: public.few: a policy on t: not translated
schema: warning: public.keep: a rule on t: not translated
schema: warning: public.m: a view: not translated"
	pg -d "$P2" 'DROP TABLE t; DROP MATERIALIZED VIEW m; DROP FUNCTION f; DROP SEQUENCE alone'
}

@test "--list: names that every program takes, the same on both sides" {
	my -d "$M2" 'CREATE TABLE `Sélect` (id int); CREATE TABLE `a.b` (id int); CREATE VIEW v AS SELECT 1'
	pg -d "$P2" 'CREATE TABLE "Sélect" (id int); CREATE TABLE "a.b" (id int); CREATE VIEW v AS SELECT 1;
		CREATE SCHEMA s; CREATE TABLE s."x""y" (id int)'
	schema --list "$M2" >m
	schema --list "$P2" >p
	has "$(cat m)" 'Sélect' '"a.b"'
	has "$(cat p)" 'Sélect' '"a.b"' 's."x""y"'
	run ! grep -x v m p
	while read -r table; do
		extract "$P2" "$table" >/dev/null
	done <p
	exits 2 schema --list --to mysql "$P2"
	exits 2 schema --estimate "$P2"
	for url in "$M2" "$P2"; do
		sql "$url" 'CREATE TABLE ten (id int PRIMARY KEY);
			INSERT INTO ten VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)'
	done
	my -d "$M2" 'ANALYZE TABLE ten' >out
	pg -d "$P2" 'ANALYZE ten'
	for url in "$M2" "$P2"; do
		schema --list --estimate "$url" >sized
		is "$(grep 'ten$' sized)" $'10\tten'
		is "$(cut -f 2- sized)" "$(schema --list "$url")"
	done
}

@test "vector indexes of MariaDB 11.7" {
	mariadb_from 11.7 || skip "this release has none"
	my "DROP TABLE IF EXISTS vectors; CREATE TABLE vectors (id int PRIMARY KEY, v vector(3) NOT NULL,
		VECTOR INDEX near (v) DISTANCE=cosine)"
	exits 0 schema --to mysql "$M" vectors
	has "$output" 'ADD VECTOR KEY `near` (`v`)'
	has "$stderr" 'index near: its M and DISTANCE'
	my -d "$M2" <<<"DROP TABLE IF EXISTS vectors; $output"
	exits 0 schema --to postgres "$M" vectors
	lacks "$output" near
	has "$stderr" 'index near is left out'
	pg -d "$P2" <<<"DROP TABLE IF EXISTS vectors; $output"
	my 'DROP TABLE vectors'
}
