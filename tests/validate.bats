# validate: all checks of all tables in one report.
# shellcheck disable=SC2154 # bats sets output and stderr
load lib

make_tables() {
	local url
	for url in "$M" "$P"; do
		sql "$url" "DROP TABLE IF EXISTS people; DROP TABLE IF EXISTS \
			things; CREATE TABLE people (id int PRIMARY KEY, name varchar(20));
			CREATE TABLE things (id int PRIMARY KEY, price decimal(8,2) NOT NULL);
			INSERT INTO people VALUES (1, 'Ann'), (2, 'Zoë'), (3, NULL);
			INSERT INTO things VALUES (1, 0.50), (2, 12.00)"
	done
}

@test "equal databases: every check of every table" {
	make_tables
	exits 0 validate "$M" "$P"
	is "$(grep -c ' same ' <<<"$output")" 10
	has "$output" '10 checks: 10 the same, 0 differ, 0 in trouble'
	exits 0 validate --checks=count,digest --jobs 1 "$P" "$M" people
	is "$(grep -c '^people .* same ' <<<"$output")" 2
}

@test "one changed value, one missing row: exit 1, and which check found it" {
	make_tables
	pg "UPDATE people SET name = 'Zoe' WHERE id = 2; DELETE FROM things WHERE id = 1"
	exits 1 validate --format json "$M" "$P"
	of() {
		jq -c "select(.table == \"$1\" and .check == \"$2\") | [.match, .trouble]" <<<"$output"
	}
	is "$(of people count)" '[true,false]'
	is "$(of people digest)" '[false,false]'
	is "$(of people sample)" '[false,false]'
	is "$(of things count)" '[false,false]'
	is "$(of things types)" '[true,false]'
	is "$(jq -r 'select(.table == "things" and .check == "count") | .report.things.target' \
		<<<"$output")" 1
	exits 1 validate --checks count "$M" "$P"
	has "$output" 'DIFFERS' '1 the same, 1 differ'
}

@test "a column that cannot hold the rows" {
	make_tables
	pg 'ALTER TABLE people ALTER name TYPE varchar(2) USING substr(name, 1, 2)'
	exits 1 validate --checks types,fit "$M" "$P"
	is "$(grep -cE '^people +(types|fit) +DIFFERS' <<<"$output")" 2
	is "$(grep -cE '^things +(types|fit) +same' <<<"$output")" 2
}

@test "a table that one side lacks is trouble, and does not stop the others" {
	make_tables
	pg 'DROP TABLE things'
	exits 2 validate --checks count,digest "$M" "$P"
	is "$(grep -cE '^people .* same ' <<<"$output")" 2
	has "$output" TROUBLE
}

@test "a JUnit report" {
	make_tables
	pg "UPDATE people SET name = '<&\">' WHERE id = 1"
	exits 1 validate --format junit --checks count,digest,sample "$M" "$P"
	has "$output" '<testsuite name="validate" tests="6" failures="2" errors="0">' \
		'&lt;&amp;' '<testcase classname="things" name="digest"'
	lacks "$output" '<&'
}

@test "rows without a key are not sampled, and the digest has them" {
	make_tables
	for url in "$M" "$P"; do
		sql "$url" 'DROP TABLE things; CREATE TABLE things (n int); INSERT INTO things VALUES (1), (1)'
	done
	exits 0 validate --format json --checks sample,digest "$M" "$P" things
	is "$(jq -r 'select(.check == "sample").report' <<<"$output")" 'no key: not sampled'
	pg 'DELETE FROM things'
	exits 1 validate --checks sample,digest "$M" "$P" things
	has "$output" '1 the same, 1 differ'
}

@test "--recheck: rows that differ are looked at again" {
	make_tables
	pg "UPDATE people SET name = 'Zoe' WHERE id = 2"
	exits 1 validate --recheck=1 --checks=rows,sample,count --format json "$M" "$P"
	is "$(jq -r 'select(.match | not) | .table, .check, .report.mismatches' <<<"$output" | tr '\n' ' ')" \
		'people rows 1 people sample 1 '
	is "$(jq -r 'select(.table == "people" and .check == "rows").report.samples[].source.name' \
		<<<"$output")" Zoë
}

@test "--recheck: rows without a key" {
	new_databases
	local url
	for url in "$M" "$P"; do
		sql "$url" 'CREATE TABLE log (at int, text varchar(9))'
		sql "$url" "INSERT INTO log VALUES (1, 'a'), (1, 'a'), (2, NULL)"
	done
	exits 0 validate --recheck=1 --checks=rows "$M" "$P"
	pg "DELETE FROM log WHERE at = 2"
	exits 1 validate --recheck=1 --checks=rows --format json "$M" "$P"
	is "$(jq -c '.report | [.mismatches, .changing, .samples[0].source.at]' <<<"$output")" '[1,0,2]'
	# what arrives in the meantime does not count
	mkdir meanwhile
	cat >meanwhile/sleep <<-EOT
		#!/bin/sh
		[ "\$1" = 0 ] || psql -Xq "$P" -c "INSERT INTO log SELECT 2, NULL
			WHERE NOT EXISTS (SELECT FROM log WHERE at = 2)"
	EOT
	chmod +x meanwhile/sleep
	PATH=$PWD/meanwhile:$PATH exits 0 validate --recheck=1 --checks=rows --format json "$M" "$P"
	is "$(jq -c '[.check, .match]' <<<"$output")" '["rows",true]'
	is "$(pg 'SELECT count(*) FROM log')" 3
	new_databases
}

# A large table is checked apart from the others, by what the statistics say.
@test "large and small tables: a record for each check, in the order asked for" {
	make_tables
	seq 60000 | sed '1i id' >large.csv
	for url in "$M" "$P"; do
		sql "$url" 'CREATE TABLE large (id int PRIMARY KEY)'
		load --no-end "$url" large <large.csv
	done >receipts
	my 'ANALYZE TABLE large' >out
	pg 'ANALYZE'
	pg 'DELETE FROM large WHERE id = 30000'
	exits 1 validate --checks=rows,types,sample,count,digest,fit "$M" "$P"
	is "$(awk '$1 == "large" { printf "%s:%s ", $2, $3 }' <<<"$output")" \
		'rows:DIFFERS types:same sample:same count:DIFFERS digest:DIFFERS fit:same '
	is "$(awk '$1 == "things" { printf "%s:%s ", $2, $3 }' <<<"$output")" \
		'rows:same types:same sample:same count:same digest:same fit:same '
	has "$output" '18 checks: 15 the same, 3 differ, 0 in trouble'
	exits 1 validate --in-database "$M" "$P"
	has "$output" '15 checks: 13 the same, 2 differ'
	for url in "$M" "$P"; do
		sql "$url" 'DROP TABLE large'
	done
}

@test "diff --checks: what cannot be checked is told, and the next checks are made" {
	make_tables
	my 'CREATE TABLE broken (id int PRIMARY KEY)'
	pg 'CREATE VIEW broken AS SELECT 1 / (random() * 0)::int AS id'
	exits 2 diff --checks=count,digest,types,sample -f text "$M" "$P" people broken none things
	is "$stderr" ''
	is "$(cut -f 1-3 <<<"$output" | tr '\t' ' ')" 'people count same
people digest same
people types same
people sample same
broken count TROUBLE
broken digest TROUBLE
broken types DIFFERS
broken sample TROUBLE
none count TROUBLE
none digest TROUBLE
none types TROUBLE
none sample TROUBLE
things count same
things digest same
things types same
things sample same'
	has "$(grep '^broken.digest' <<<"$output")" 'division by zero'
	exits 2 diff --checks=digest,count "$M" "$P"
	is "$(jq -r 'select(.table == "broken") | .check, .report' -c <<<"$output" | tr '\n' ' ')" \
		'digest diff: broken: no such table in the target count {"broken":{"source":0,"target":null,"match":false}} '
	my 'DROP TABLE broken'
	pg 'DROP VIEW broken'
	exits 0 diff --checks=fit,rows --where 'id < 3' "$M" "$P"
	is "$(jq -c '[.table, .check, .report.equal]' <<<"$output" | tr '\n' ' ')" \
		'["people","fit",null] ["people","rows",2] ["things","fit",null] ["things","rows",2] '
	exits 2 diff --checks=count,nothing "$M" "$P"
	has "$stderr" "'nothing' is none of count"
	exits 2 diff --checks=count,count "$M" "$P"
	exits 2 diff --checks=count, "$M" "$P"
	has "$stderr" "'count,' is not a list"
	exits 2 diff --checks=count --count "$M" "$P"
	exits 2 diff --checks=count --key id "$M" "$P"
}

@test "usage" {
	exits 2 validate "$M"
	exits 2 validate --checks=nothing "$M" "$P"
	exits 2 validate --checks=count,fit,count "$M" "$P"
	is "$stderr" 'validate: --checks: count is named twice'
	for checks in '' count, ,count '*'; do
		exits 2 validate --checks="$checks" "$M" "$P"
		one_line "$stderr"
		exits 2 diff --checks="$checks" "$M" "$P"
		one_line "$stderr"
	done
	my 'CREATE TABLE twice (id int PRIMARY KEY)'
	exits 0 validate --checks=count --filter twice=cat "$M" "$M" twice twice
	has "$output" '1 checks: 1 the same'
	exits 2 validate --format=xml "$M" "$P"
	exits 2 validate --sample=some "$M" "$P"
	exits 2 validate --jobs=none "$M" "$P"
	exits 2 validate --nonsense "$M" "$P"
	exits 0 validate --help
	has "$output" '--checks=LIST'
	exits 2 validate "${M/secret/wrong}" "$P"
	lacks "$stderr$output" wrong
}
