# lib.bash: what the pipeline tests share. Load it with `load lib` at the top of a file.
#
# Each file has databases of its own, so that files can run at the same time: $M and $M2
# are URLs of MySQL databases, $P and $P2 of PostgreSQL databases, empty when the file's
# first test begins. Tests run in a folder of their own, $BATS_TEST_TMPDIR.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0
set -o pipefail
unset -f load # bats has a function of this name; from here on it is the program
export LC_ALL=C.UTF-8
PATH=${BIN:?run the tests with tests/run}:$PATH

name=${BATS_TEST_FILENAME##*/}
name=rb_${name%.bats}
export M=$MYSQL_URL/$name M2=$MYSQL_URL/${name}_2
export P=$PG_URL/$name P2=$PG_URL/${name}_2

# my [-d URL] [SQL]: runs SQL (or standard input) in a MySQL database, $M if not told;
# prints tab-separated rows.
my() {
	local url=$M port=()
	if [ "$1" = -d ]; then
		url=$2
		shift 2
	fi
	[[ ! $url =~ :([0-9]+)/ ]] || port=(-P"${BASH_REMATCH[1]}") # all servers have the same users
	mariadb --defaults-file="$MYSQL_CNF" "${port[@]}" --default-character-set=utf8mb4 -BNr \
		--init-command="SET time_zone='+00:00', sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'" \
		"${url##*/}" ${1+-e "$1"}
}

# pg [-d URL] [SQL]: likewise in a PostgreSQL database, $P if not told.
pg() {
	local url=$P
	if [ "$1" = -d ]; then
		url=$2
		shift 2
	fi
	PGCLIENTENCODING=UTF8 PGOPTIONS="-c datestyle=ISO -c timezone=UTC -c bytea_output=hex \
		-c intervalstyle=postgres -c extra_float_digits=1 -c standard_conforming_strings=on \
		-c client_min_messages=warning" \
		psql -XAtq -v ON_ERROR_STOP=1 -F $'\t' "$url" ${1+-c "$1"}
}

# sql URL [SQL]: in either.
sql() {
	case $1 in
	postgres*) pg -d "$@" ;;
	*) my -d "$@" ;;
	esac
}

new_databases() {
	local url
	for url in "$M" "$M2"; do
		mariadb --defaults-file="$MYSQL_CNF" -e "DROP DATABASE IF EXISTS ${url##*/};
			CREATE DATABASE ${url##*/} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
	done
	for url in "$P" "$P2"; do
		psql -Xq -v ON_ERROR_STOP=1 "$PG_URL/postgres" -c "DROP DATABASE IF EXISTS ${url##*/}" \
			-c "CREATE DATABASE ${url##*/} TEMPLATE template0 ENCODING UTF8" 2>/dev/null
	done
}

setup_file() {
	new_databases
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# on_mysql, on_mariadb: which server the tests run against.
on_mysql() {
	[ "$MYSQL_FLAVOR" = mysql ]
}

on_mariadb() {
	[ "$MYSQL_FLAVOR" = mariadb ]
}

# pg_from RELEASE: the tests run against that release of PostgreSQL or a later one.
pg_from() {
	[ "$(pg -d "$PG_URL/postgres" 'SHOW server_version_num')" -ge "${1}0000" ]
}

# mariadb_from RELEASE: the tests run against that release of MariaDB or a later one.
mariadb_from() {
	on_mariadb && printf '%s\n' "$1" "$(my 'SELECT VERSION()')" | sort -CV
}

# to_vector: MySQL's or MariaDB's function that reads a vector, nothing where there is none.
to_vector() {
	if mariadb_from 11.7; then
		echo VEC_FromText
	elif on_mysql && [[ $(my 'SELECT VERSION()') != 8.* ]]; then
		echo STRING_TO_VECTOR
	fi
}

# long_timestamps: MariaDB's TIMESTAMP ends in 2106, not in 2038.
long_timestamps() {
	mariadb_from 11.5
}

# has TEXT PART...: the text holds every part.
has() {
	local text=$1 part
	shift
	for part; do
		if [[ $text != *"$part"* ]]; then
			printf 'not found: %s\nin: %s\n' "$part" "${text:0:2000}"
			return 1
		fi
	done
}

# lacks TEXT PART...: the text holds none of them.
lacks() {
	local text=$1 part
	shift
	for part; do
		if [[ $text == *"$part"* ]]; then
			printf 'found: %s\nin: %s\n' "$part" "${text:0:2000}"
			return 1
		fi
	done
}

# is ACTUAL EXPECTED: equal texts.
is() {
	if [[ $1 != "$2" ]]; then
		printf 'expected: %q\n     got: %q\n' "$2" "$1"
		return 1
	fi
}

# same FILE FILE: equal bytes, and at least one.
same() {
	if ! cmp "$1" "$2" || [ ! -s "$1" ]; then
		/usr/bin/diff -a "$1" "$2" | cut -c1-300 | head -n 20
		return 1
	fi
}

# exits STATUS COMMAND...: runs it, with its output in $output and $stderr; the status must
# be that one. Standard input is the caller's.
exits() {
	local want=$1
	shift
	run --separate-stderr "$@"
	# shellcheck disable=SC2154 # bats sets them
	if [ "$status" != "$want" ]; then
		printf 'exit status %s instead of %s from: %s\n' "$status" "$want" "$*"
		printf 'stdout: %s\nstderr: %s\n' "${output:0:1000}" "${stderr:0:2000}"
		return 1
	fi
}

# one_line TEXT: an error is one line, and perhaps one more that begins as a hint.
one_line() {
	local rest
	rest=$(grep -v '^[a-z]*: hint: ' <<<"$1") || true
	[ "$(wc -l <<<"$rest")" = 1 ] && [ -n "$rest" ] && return 0
	printf 'not one line: %s\n' "$1"
	return 1
}

# wait_until COMMAND...: until it succeeds; half a minute at most.
wait_until() {
	local i
	for ((i = 0; i < 300; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	echo "waited in vain for: $*"
	return 1
}

# at_full_speed: for a subshell with thousands of commands, each of which bats looks at otherwise.
at_full_speed() {
	trap - DEBUG
}

# stream LINE...: a CSV stream of these lines, with the end mark.
stream() {
	printf '%s\n' "$@" '\.'
}

# ---- Random transactions, see workload.awk ----

engine() {
	case $1 in mysql*) echo mysql ;; *) echo pg ;; esac
}

# workload URL [-v NAME=VALUE]...: SQL for that server.
workload() {
	awk -v engine="$(engine "$1")" "${@:2}" -f "$BATS_TEST_DIRNAME/workload.awk"
}

# run_all URL: runs SQL from standard input to its end, whatever fails.
run_all() {
	case $1 in
	mysql*) mariadb --defaults-file="$MYSQL_CNF" --default-character-set=utf8mb4 --force "${1##*/}" ;;
	*) psql -Xq "$1" ;;
	esac >/dev/null 2>&1
}

# writer URL: random transactions until the file `calm` appears.
writer() {
	local seed=$RANDOM
	while [ ! -e calm ]; do
		workload "$1" -v seed=$((++seed)) -v transactions=60 | run_all "$1" || sleep 0.2
	done
}

# ---- Servers of a file's own, where those of all files will not do ----

# start_own_servers [OPTIONS [OPTIONS]]: of MySQL, of PostgreSQL, as words; for setup_file.
start_own_servers() {
	# shellcheck disable=SC2086 # words
	"${BATS_TEST_FILENAME%/*}/servers.sh" start mysql ${1:-} >"$BATS_FILE_TMPDIR/my"
	# shellcheck disable=SC2086 # words
	"${BATS_TEST_FILENAME%/*}/servers.sh" start pg ${2:-} >"$BATS_FILE_TMPDIR/pg"
	use_own_servers
}

# Their variables, and URLs of databases there.
use_own_servers() {
	set -a
	# shellcheck disable=SC1091 # made above
	. "$BATS_FILE_TMPDIR/my"
	# shellcheck disable=SC1091
	. "$BATS_FILE_TMPDIR/pg"
	set +a
	export M=$MYSQL_URL/a M2=$MYSQL_URL/b P=$PG_URL/a P2=$PG_URL/b
}

stop_own_servers() {
	local server
	for server in my pg; do
		"${BATS_TEST_FILENAME%/*}/servers.sh" stop \
			"$(sed -n 's/^SERVERS=//p' "$BATS_FILE_TMPDIR/$server")"
	done
}
