# Random tables on both engines: a change of one row, or of one bit, planted in one of them is
# found by hash and diff, with and without --in-database, and nothing else is.
#
# ROWBOAT_SEED chooses other tables; ROWBOAT_LONG=1 takes a million rows.

# shellcheck disable=SC2154 # bats sets output
load lib

PLANTS=5

setup_file() {
	new_databases
	export ROWS=20000 SEED=${ROWBOAT_SEED:-1}
	[ -z "$ROWBOAT_LONG" ] || ROWS=1000000
	[ -z "$SANITIZE" ] || ROWS=5000
	export RANDOM_TABLE=$BATS_FILE_TMPDIR/random_table
	gcc -std=c11 -D_GNU_SOURCE -O2 -o "$RANDOM_TABLE" "$BATS_TEST_DIRNAME/random_table.c"
}

engine() {
	case $1 in
	mysql*) echo mysql ;;
	*) echo postgres ;;
	esac
}

# digests URL: the table's digest as a stream gives it, which the database has to confirm.
digests() {
	env hash "$1" t >stream && env hash --in-database "$1" t >inside || return
	is "$(cat inside)" "$(cat stream)" && cat stream
}

# finds WANT: of the tables of $A and $B, diff and diff --in-database find these numbers of missing, surplus, changed rows
# and changed columns, and the same row.
finds() {
	local status=1 how
	[ "$1" != '[0,0,0,[]]' ] || status=0
	for how in '' --in-database; do
		# shellcheck disable=SC2086 # perhaps no word
		exits $status diff $how -f summary "$A" t "$B" || return
		is "$(jq -c '[.missing,.surplus,.changed,(.columns|keys)]' <<<"$output")" "$1" || return
		jq -c .samples <<<"$output" >"samples$how"
	done
	is "$(cat samples--in-database)" "$(cat samples)"
}

# wanted SIDE WHAT [COLUMN]: what diff has to find.
wanted() {
	case $1-$2 in
	A-inserted | B-deleted) echo '[1,0,0,[]]' ;;
	A-deleted | B-inserted) echo '[0,1,0,[]]' ;;
	*)
		if [ "$keyed" = yes ]; then
			echo "[0,0,1,[\"$3\"]]"
		else
			echo '[1,1,0,[]]'
		fi
		;;
	esac
}

# planted SEED N: one change is found, and undone.
planted() {
	local U=$A side=A after
	if [ $(((SEED + $2 / 2) % 2)) = 1 ]; then
		U=$B side=B
	fi
	"$RANDOM_TABLE" "$1" "$ROWS" "$(engine "$U")" plant "$2" >change
	echo "table $1, change $2 on side $side: $(head -n 1 change): $(sed -n 2p change)"
	sed -n 2p change | sql "$U"
	after=$(digests "$U")
	lacks "$after" "$(cat before.$side)"
	# shellcheck disable=SC2046 # words
	finds "$(wanted $side $(head -n 1 change))"
	tail -n +3 change | sql "$U"
}

# table_with_changes SEED
table_with_changes() {
	local U n
	echo "# seed $1, $ROWS rows" >&3
	for U in "$A" "$B"; do
		sql "$U" 'DROP TABLE IF EXISTS t'
		"$RANDOM_TABLE" "$1" "$ROWS" "$(engine "$U")" ddl | sql "$U"
		"$RANDOM_TABLE" "$1" "$ROWS" "$(engine "$U")" rows | command load "$U" t
	done
	for U in "$A" "$B"; do
		case $U in
		mysql*) sql "$U" 'ANALYZE TABLE t' >&2 ;;
		*) sql "$U" 'ANALYZE t' ;;
		esac
	done
	digests "$A" >before.A
	digests "$B" >before.B
	finds '[0,0,0,[]]'
	for ((n = 0; n < PLANTS; n++)); do
		planted "$1" "$n"
	done
	finds '[0,0,0,[]]'
	is "$(digests "$A")" "$(cat before.A)"
	is "$(digests "$B")" "$(cat before.B)"
}

# The kind of key is the seed's remainder: number, text, composite, none.

@test "a key that is a number" {
	A=$M B=$P keyed=yes table_with_changes $((4 * SEED))
}

@test "a key that is a text" {
	A=$M B=$P keyed=yes table_with_changes $((4 * SEED + 1))
}

@test "a composite key" {
	A=$M B=$P keyed=yes table_with_changes $((4 * SEED + 2))
}

@test "no key, rows that are there twice" {
	A=$M B=$P keyed=no table_with_changes $((4 * SEED + 3))
}

@test "two MySQL servers" {
	A=$M B=$M2 keyed=yes table_with_changes $((4 * SEED))
	A=$M B=$M2 keyed=yes table_with_changes $((4 * SEED + 1))
	A=$M B=$M2 keyed=no table_with_changes $((4 * SEED + 3))
}

@test "two PostgreSQL servers" {
	A=$P B=$P2 keyed=yes table_with_changes $((4 * SEED))
}
