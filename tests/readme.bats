# README.md: its blocks of shell (```sh) run as they stand, in order, in one shell, with A and
# B as it says: a MySQL database with the sample shop and an empty PostgreSQL database.

# shellcheck disable=SC2154 # bats sets stderr
load lib

# blocks FILE: the lines of all ```sh blocks.
blocks() {
	awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on' "$1"
}

@test "the pipelines of README.md run as they stand" {
	local readme=$BATS_TEST_DIRNAME/../README.md
	mariadb --defaults-file="$MYSQL_CNF" --default-character-set=utf8mb4 "${M##*/}" \
		<"$BATS_TEST_DIRNAME/sample/shop.sql"
	blocks "$readme" >script
	[ "$(grep -c 'load' script)" -gt 5 ]
	A=$M B=$P run --separate-stderr bash -euo pipefail -x script
	if [ "$status" != 0 ]; then
		tail -n 20 <<<"$stderr"
		return 1
	fi
	# What it promises has happened.
	local table
	for table in customers products orders items; do
		is "$(pg "SELECT count(*) FROM $table")" "$(my "SELECT count(*) FROM $table")"
	done
	is "$(pg 'SELECT count(*) FROM customers WHERE id % 2500 = 0 AND birthday IS NULL')" 8
	is "$(pg "SELECT count(*), min(email) FROM emails")" $'20000\tcustomer.10000@example.org'
	is "$(pg "SELECT count(*) FROM rowboat_once WHERE id LIKE 'items-%'")" 4
	same products.a products.b
	is "$(pg 'SELECT count(*), count(DISTINCT email) FROM test_customers')" $'20000\t20000'
	# Identity columns go on where MySQL was.
	is "$(pg "INSERT INTO orders (customer_id, ordered_at) VALUES (1, now()) RETURNING id")" 100001
}

@test "README.md names programs and options that exist" {
	local readme=$BATS_TEST_DIRNAME/../README.md program option
	for program in extract load schema cast hash diff validate; do
		env "$program" --help >help
		for option in $(blocks "$readme" | grep -oE "\b$program .*" | sed 's/|.*//' | grep -oE -- '--[a-z-]+'); do
			has "$(cat help)" "$option"
		done
	done
}
