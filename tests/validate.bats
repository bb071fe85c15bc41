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

@test "usage" {
	exits 2 validate "$M"
	exits 2 validate --checks=nothing "$M" "$P"
	exits 2 validate --format=xml "$M" "$P"
	exits 2 validate --sample=some "$M" "$P"
	exits 2 validate --nonsense "$M" "$P"
	exits 0 validate --help
	has "$output" '--checks=LIST'
	exits 2 validate "${M/secret/wrong}" "$P"
	lacks "$stderr$output" wrong
}
