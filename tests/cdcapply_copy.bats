# cdcapply's sets of new rows, which PostgreSQL takes by COPY: what makes it go otherwise, and that
# both ways come to the same.

# shellcheck disable=SC2016,SC2154 # JSON members; bats sets stderr
load lib

# rows FROM TO OP BEFORE AFTER [TABLE]: a change for each number, which I stands for.
rows() {
	awk -v from="$1" -v to="$2" -v op="$3" -v before="$4" -v after="$5" -v t="${6:-t}" 'BEGIN {
		for (i = from; i <= to; i++) {
			b = before; a = after; gsub("I", i, b); gsub("I", i, a)
			printf "{\"op\":\"%s\",\"before\":%s,\"after\":%s,\"source\":{\"version\":\"rowboat 0.1\",", op, b, a
			printf "\"connector\":\"test\",\"table\":\"%s\"},\"ts_ms\":1}\n", t
		}
	}'
}

new() { # FROM TO [ROW [TABLE]]
	rows "$1" "$2" c null "${3-{\"id\":I,\"v\":\"I\"\}}" "${4:-t}"
}

# apply [OPTION]...: the events of standard input, an end mark behind them.
apply() {
	awk '{ print } END { printf "{\"$end\":%d}\n", NR }' >events
	cdcapply "$@" "$P" <events >receipt
}

# counts MEMBER...: of the receipt.
counts() {
	jq -c "[.$(sed 's/ /,./g' <<<"$*")]" receipt
}

# Each statement that adds rows to the table leaves a line in `ways`.
watched() { # TABLE
	pg "CREATE TABLE IF NOT EXISTS ways (way text);
		CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
			INSERT INTO ways VALUES (CASE WHEN current_query() ~ 'COPY' THEN 'copy' ELSE 'other' END);
			RETURN NULL; END \$\$;
		CREATE TRIGGER watched AFTER INSERT ON $1 EXECUTE FUNCTION note();
		ALTER TABLE $1 ENABLE ALWAYS TRIGGER watched"
}

# went WAY...: how sets have been added since the last time.
went() {
	is "$(pg 'SELECT way FROM ways' | xargs)" "$*"
	pg 'TRUNCATE ways'
}

table() { # DEFINITION [MORE]
	pg "DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t ($1) ${2-}"
	watched t
	pg 'TRUNCATE ways'
}

@test "new rows go by COPY, few and old ones do not" {
	table 'id int PRIMARY KEY, v text'
	new 1 1000 | apply --group=500
	is "$(counts inserted updated conflicts)" '[1000,0,0]'
	is "$(pg 'SELECT count(*), sum(v::int) FROM t')" $'1000\t500500'
	went copy copy
	new 1001 1050 | apply
	went other
	rows 1 500 u '{"id":I}' '{"id":I,"v":"x"}' | apply
	is "$(counts inserted updated conflicts)" '[0,500,0]'
	went other
	# Mixed: what changed and what is new are two sets.
	{
		rows 1 500 u '{"id":I}' '{"id":I,"v":"y"}'
		new 2001 2500
		rows 2001 2100 u '{"id":I}' '{"id":I,"v":"y"}'
		rows 2101 2200 d '{"id":I}' null
		rows 1001 1050 d '{"id":I}' null
	} | apply
	is "$(counts inserted updated deleted conflicts)" '[400,500,50,0]'
	is "$(pg "SELECT count(*), count(*) FILTER (WHERE v = 'y') FROM t")" $'1400\t600'
	went other copy
}

@test "a row that is there: the set goes the other way, and so do the next ones" {
	table 'id int PRIMARY KEY, v text'
	pg "INSERT INTO t VALUES (777, 'old'), (778, 'old')"
	pg 'TRUNCATE ways'
	new 1 1000 | apply
	is "$(counts inserted updated conflicts)" '[998,2,2]'
	is "$(pg 'SELECT count(*), sum(v::int) FROM t')" $'1000\t500500'
	went other
	# 1 fails, 2 goes otherwise, 3 and 4 are new again; 5 to 6 fail, and so more go otherwise
	{
		new 1 500
		new 1001 2500
		new 1 500
		new 3001 4500
	} | apply --group=500
	is "$(counts inserted updated conflicts)" '[3000,1000,1000]'
	went other other copy copy other other copy copy
	pg 'TRUNCATE t; TRUNCATE ways'
	{
		for i in 1 2 3 4 5 6; do new 1 500; done
	} | apply --group=500
	is "$(counts inserted updated conflicts)" '[500,2500,2500]'
	went copy other other other other other
}

@test "a row that is there and --conflict=skip or error" {
	local policy
	for policy in skip error; do
		table 'id int PRIMARY KEY, v text'
		pg "INSERT INTO t VALUES (300, 'old')"
		new 1 600 >new
		if [ $policy = error ]; then
			exits 2 apply --conflict=error <new
			has "$stderr" 'line 300:' '(id=300)'
			is "$(pg 'SELECT * FROM t')" $'300\told'
		else
			apply --conflict=skip <new
			is "$(counts inserted updated conflicts)" '[599,0,1]'
			is "$(pg 'SELECT count(*) FROM t'; pg 'SELECT v FROM t WHERE id = 300')" $'600\nold'
		fi
	done
}

@test "another unique key: the row that breaks it is named" {
	table 'id int PRIMARY KEY, v text UNIQUE'
	pg "INSERT INTO t VALUES (5000, '400')"
	exits 2 apply < <(new 1 500)
	has "$stderr" 'line 400:' 't: '
	is "$(pg 'SELECT * FROM t')" $'5000\t400'
	# values that wander from row to row
	pg 'TRUNCATE t'
	{
		new 1 500
		rows 1 500 d '{"id":I}' null
		new 1001 1500 '{"id":I,"v":"w"}' | awk '{ sub("\"w\"", "\"" NR "\""); print }'
	} | apply
	is "$(pg 'SELECT count(*), min(id), sum(v::int) FROM t')" $'500\t1001\t125250'
}

@test "what does not fit names the row" {
	table 'id int PRIMARY KEY, v varchar(3), n int NOT NULL DEFAULT 7 CHECK (n > 0)'
	exits 2 apply < <(new 1 300; new 1000 1300)
	has "$stderr" 'line 301:' 'column v' '1000' 'varchar(3)'
	exits 2 apply < <(new 1 300 '{"id":I,"v":"x","n":1}'; new 301 301 '{"id":I,"v":"x","n":null}')
	has "$stderr" 'line 301:' 'column n' 'NOT NULL'
	exits 2 apply < <(new 1 300 '{"id":I,"v":"x","n":1}'; new 301 301 '{"id":I,"v":"x","n":-1}')
	has "$stderr" 'line 301:' 't_n_check'
	is "$(pg 'SELECT count(*) FROM t')" 0
	# a column that the events lack takes its default
	new 1 300 '{"id":I,"v":"x"}' | apply
	is "$(pg 'SELECT count(*), sum(n) FROM t')" $'300\t2100'
}

@test "generated and identity columns" {
	table 'id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, g int GENERATED ALWAYS AS (id * 2) STORED, v text'
	new 1 500 '{"id":I,"g":0,"v":"x"}' | apply
	is "$(counts inserted conflicts)" '[500,0]'
	is "$(pg 'SELECT count(*), sum(id), sum(g) FROM t')" $'500\t125250\t250500'
	went copy
	table 'code text PRIMARY KEY, id int GENERATED ALWAYS AS IDENTITY'
	new 1 500 '{"code":"cI","id":10I}' | apply
	is "$(pg 'SELECT count(*), min(id), max(id) FROM t')" $'500\t101\t10500'
	went copy
}

@test "types that have only a text form go the other way" {
	table 'id int PRIMARY KEY, v int[]'
	new 1 500 '{"id":I,"v":"{I,NULL}"}' | apply
	is "$(counts inserted conflicts)" '[500,0]'
	is "$(pg 'SELECT count(*), sum(v[1]) FROM t')" $'500\t125250'
	went other
}

@test "partitioned and inherited tables" {
	pg 'DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
		CREATE TABLE t0 PARTITION OF t FOR VALUES FROM (minvalue) TO (300);
		CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (300) TO (10000)'
	watched t
	new 1 1000 | apply
	is "$(counts inserted conflicts)" '[1000,0]'
	is "$(pg 'SELECT count(*) FROM t1')" 701
	went copy
	new 900 1500 | apply
	is "$(counts inserted updated conflicts)" '[500,101,101]'
	is "$(pg 'SELECT count(*), sum(v::int) FROM t')" $'1500\t1125750'
	exits 2 apply < <(new 9700 10000)
	has "$stderr" 'line 301:'
	# A child's rows are no part of the parent's index.
	pg 'TRUNCATE ways'
	table 'id int PRIMARY KEY, v text'
	pg "CREATE TABLE child () INHERITS (t); INSERT INTO child VALUES (100, 'old')"
	new 1 500 | apply
	is "$(pg 'SELECT count(*) FROM t'; pg 'SELECT v FROM child')" $'500\n100'
	went other
}

@test "keys that no index keeps unique at once" {
	local key
	for key in 'PRIMARY KEY DEFERRABLE INITIALLY DEFERRED' ''; do
		table "id int NOT NULL $key, v text"
		pg "INSERT INTO t VALUES (100, 'old'); TRUNCATE ways"
		if [ -n "$key" ]; then
			new 1 500 | apply
			is "$(counts inserted updated conflicts)" '[499,1,1]'
		else
			new 1 500 | apply
			is "$(pg 'SELECT count(*) FROM t')" 501
		fi
		is "$(pg "SELECT count(*) FROM ways WHERE way = 'copy'")" 0
	done
}

@test "foreign keys and triggers with --fire-triggers" {
	pg 'DROP TABLE IF EXISTS t CASCADE; DROP TABLE IF EXISTS p CASCADE'
	pg 'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, v int REFERENCES p(id))'
	watched t
	watched p
	pg 'TRUNCATE ways'
	{
		new 1 500 '{"id":I}' p
		new 1 500 '{"id":I,"v":I}' t
	} >both
	apply --fire-triggers <both
	is "$(counts inserted conflicts)" '[1000,0]'
	went copy copy
	exits 2 apply --fire-triggers < <(new 501 900 '{"id":I,"v":77I}')
	has "$stderr" 'line 1:' 't_v_fkey'
	is "$(pg 'SELECT count(*) FROM t')" 500
	pg "CREATE FUNCTION less() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
		RETURN CASE WHEN NEW.id % 2 = 0 THEN NEW END; END \$\$;
		CREATE TRIGGER less BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION less(); TRUNCATE ways"
	new 1001 1500 '{"id":I}' p | apply --fire-triggers
	is "$(pg 'SELECT count(*) FROM p WHERE id > 1000')" 250
	went other
}
