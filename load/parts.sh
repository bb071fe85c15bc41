# parts.sh: the parts into which bigbang divides tables, and which of them are loaded already. It
# lies beside steps.sh and is sourced behind it. It takes
#   A B           the URLs
#   work          a folder; tables in it: estimated rows, a tab and a name, a line for each table
#   part          how many rows a part is to have
#   given truncate  whether tables were named; whether rows that are there may be deleted
#   state         what the server says of the moment that is read; empty: nothing
# shellcheck shell=sh disable=SC2154

digest() {
	sha256sum | cut -c 1-16
}

# predicates ROWS TABLE: those of the table's parts, one a line; an empty one is the whole table. A
# sample of the rows tells them, the same one as long as the table is the same: to number all rows
# takes as long as to load them.
predicates() {
	if [ "$1" -gt "$part" ] && command -v ranges >/dev/null; then
		ranges --estimate -r "$part" -- "$A" "$2"
	else
		echo
	fi
}

# What an earlier run has recorded in B about this state of A.
read_ledger() {
	: >"$work/ledger"
	moment=$(printf '%s %s' "$A" "${state:-$work}" | mask | digest)
	case $B in
	postgres*) there="SELECT count(*) AS n FROM pg_catalog.pg_tables WHERE tablename = 'rowboat_once'
		AND schemaname = current_schema()" ;;
	*) there="SELECT count(*) AS n FROM information_schema.tables WHERE table_name = 'rowboat_once'
		AND table_schema = database()" ;;
	esac
	[ "$(extract --no-end -q "$there" "$B" | tail -n 1)" != 0 ] || return 0
	case $B in postgres*) text=id ;; *) text='CAST(id AS CHAR)' ;; esac
	extract --no-end -q "SELECT $text AS id FROM rowboat_once WHERE id LIKE 'bigbang %'" "$B" \
		>"$work/ledger"
}

# Digests of the tables' names, in their order.
name_digests() {
	mkdir "$work/name"
	number=1000000
	cut -f 2- "$work/tables" | while IFS= read -r table; do
		number=$((number + 1))
		printf %s "$table" >"$work/name/$number"
	done
	(cd "$work/name" && find . -type f | sort | xargs sha256sum) | cut -c 1-16
}

# Divides each table: its rows, the digest of the division, the file of the predicates, its name.
divide() {
	echo >"$work/whole"
	whole=$(digest <"$work/whole") number=0
	while IFS=$tab read -r rows table; do
		division=$whole file=$work/whole
		if [ "$rows" -gt "$part" ]; then
			file=$work/predicates.$((number += 1))
			predicates "$rows" "$table" >"$file" || return $?
			division=$(digest <"$file")
		fi
		filter=$(filter_of "$table")
		[ -z "$filter" ] || division=$({ cat "$file" && echo "$filter"; } | digest)
		printf '%s\t%s\t%s\t%s\n' "$rows" "$division" "$file" "$table"
	done <"$work/tables"
}

# The parts that are not loaded yet go to the list; a table that has to be emptied, or to be empty,
# to another. A part's ID is made of the moment, the table, how often it was emptied, the division,
# and the part.
plan_parts() {
	awk -F '\t' -v moment="$moment" -v given="$given" -v truncate="$truncate" \
		-v empty="$work/empty" -v ledger="$work/ledger" -v before="$work/before" '
	BEGIN {
		while ((getline id <ledger) > 0) {
			recorded[id] = 1
			split(id, word, " ")
			key = word[1] " " word[2] " " word[3]
			if (word[4] == "emptied")
				emptied[key]++
			versions[key] = versions[key] " " word[4]
		}
		while ((getline name <before) > 0)
			there[name] = 1
	}
	# Whether a part of another division is in the table since it was last emptied.
	function is_divided_otherwise(key, times, division,   n, version, i) {
		n = split(versions[key], version, " ")
		for (i = 1; i <= n; i++)
			if (index(version[i], times ".") == 1 && version[i] != times "." division)
				return 1
		return 0
	}
	{
		prefix = "bigbang " moment " " $1
		times = emptied[prefix] + 0
		made = given == "" && !($5 in there)
		begun = prefix in versions
		if (!begun && made)
			; # nothing can be in there
		else if (!begun && truncate == "")
			print $5 "\t" >empty
		else if (!begun || made || is_divided_otherwise(prefix, times, $3))
			print $5 "\t" prefix " emptied " times++ >empty
		for (n = 0; (getline predicate[n + 1] <$4) > 0; n++)
			;
		close($4)
		for (i = 1; i <= n; i++) {
			id = prefix " " times "." $3 " " i "/" n
			if (!(id in recorded))
				printf "%d\t%s\t%s%s\n", $2 / n, id, $5,
					(predicate[i] == "" ? "" : "\t" predicate[i])
		}
	}'
}

plan() {
	read_ledger && name_digests >"$work/digests" && divide >"$work/divided" || return $?
	: >"$work/empty"
	paste "$work/digests" "$work/divided" | plan_parts | sort -t "$tab" -k 1,1nr -s >"$work/sorted"
	cut -f 2- "$work/sorted" >"$work/parts"
	wc -l <"$work/parts" >"$work/count"
	# Small parts go ten to a job.
	awk -F "$tab" '
		function flush() { if (n) print first "\t" NR - ended; rows = n = 0 }
		n == 10 || (n && rows + $1 > 10000) { ended = 1; flush() }
		{ if (!n) first = NR; n++; rows += $1 }
		END { ended = 0; flush() }' "$work/sorted" >"$work/jobs"
}
