# gates_objects.sh: what change streams do not carry, for the gates: triggers, and sequences
# that belong to no column.
# shellcheck shell=sh disable=SC2154 # the variables are course.sh's

# ---- Triggers ----

# fires LETTER: whether --fire-triggers names this database.
fires() {
	case ,$fire, in *",$1,"*) ;; *) false ;; esac
}

# fire_in LETTER: the option for a stream to that database, or nothing.
fire_in() {
	! fires "$1" || echo --fire-triggers
}

# Those that cdcapply cannot put off: all of MySQL, and of PostgreSQL for users who may not set
# session_replication_role.
cannot_put_off_triggers() {
	case $OLD in
	postgres*) ! echo 'SET session_replication_role = replica' | sql "$OLD" 2>/dev/null ;;
	esac
}

# The triggers on rows: schema, table, name, and whether the schema is the one that goes without
# saying.
triggers_query() {
	case $1 in
	postgres*)
		echo "SELECT n.nspname AS s, c.relname AS t, g.tgname AS name, n.nspname = 'public' AS home
			FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
			JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			WHERE NOT g.tgisinternal AND g.tgtype & 1 = 1 ORDER BY 1, 2, 3"
		;;
	*)
		echo "SELECT EVENT_OBJECT_SCHEMA AS s, EVENT_OBJECT_TABLE AS t, TRIGGER_NAME AS name,
			COALESCE(EVENT_OBJECT_SCHEMA = DATABASE(), 0) AS home
			FROM information_schema.TRIGGERS ORDER BY 1, 2, 3"
		;;
	esac
}

# What the stream back brings to a table has the effects of B's triggers and code with it; a
# trigger that fires on it would have them a second time, and cdcapply refuses such a table.
triggers_rest() {
	! fires "$old" && cannot_put_off_triggers || return 0
	extract --quiet -f ndjson -q "$(triggers_query "$OLD")" "$OLD" >"$WORK/triggers" || return
	# shellcheck disable=SC2016 # variables of jq
	jq -r --rawfile tables "$WORK/tables" '
		def part: if test("[.\"`]") then "\"" + gsub("\""; "\"\"") + "\"" else . end;
		def names: (.s | part) + "." + (.t | part),
			if .home == true or .home == 1 then .t | part else empty end;
		($tables | split("\n")) as $all | select(has("name")) | select(any(names; IN($all[]))) |
		"  \([names] | last): \(.name)"' "$WORK/triggers" >"$WORK/fire"
	[ -s "$WORK/fire" ] || return 0
	echo "$old has triggers that would fire on what the stream back brings:"
	cat "$WORK/fire"
	echo "drop them, since their effects come by the stream, or let them fire: --fire-triggers=$old"
	return 1
}

# ---- Sequences ----

# All sequences: the name that both databases know it by, that in SQL, and whether it is free: no
# column's own. Those of columns count since the other side's of that name may be free.
sequences_query() {
	case $1 in
	postgres*)
		echo "SELECT * FROM (SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END
			|| c.relname AS name, format('%I.%I', n.nspname, c.relname) AS sql,
			NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
				WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND
				d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND
				d.deptype IN ('a', 'i')) AS free,
			has_sequence_privilege(c.oid, 'SELECT') AS readable
			FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND NOT EXISTS (SELECT
				FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND
				d.objid = c.oid AND d.deptype = 'e')) AS s WHERE free OR readable ORDER BY 1"
		;;
	*)
		echo "SELECT TABLE_NAME AS name,
			CONCAT('\`', REPLACE(TABLE_NAME, '\`', '\`\`'), '\`') AS \`sql\`, 1 AS free
			FROM information_schema.TABLES
			WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'SEQUENCE' ORDER BY 1"
		;;
	esac
}

# sequences_of URL FILE
sequences_of() {
	extract --quiet -f ndjson -q "$(sequences_query "$1")" "$1" >"$2"
}

# Both databases' sequences, matched by their names; the free ones of OLD that NEW lacks are
# told of.
match_sequences() {
	sequences_of "$OLD" "$WORK/of_old" && sequences_of "$NEW" "$WORK/of_new" || return
	# shellcheck disable=SC2016 # variables of jq
	jq -cn --slurpfile a "$WORK/of_old" --slurpfile b "$WORK/of_new" '
		(reduce ($b[] | select(has("name"))) as $s ({}; .[$s.name] = $s.sql)) as $there |
		$a[] | select(has("name")) | . + {there: $there[.name]} |
		select(.there or .free == true or .free == 1)' >"$WORK/sequences" || return
	jq -r --arg old "$old" --arg new "$new" 'select(.there | not) |
		"warning: \($new) has no sequence of the name \(.name), which belongs to no column in \($old)"' \
		"$WORK/sequences"
}

# sequence_values URL MEMBER FILE: lines of next value, step, least, greatest, of those that both
# have, in their order. MariaDB's next value is one that no session has cached.
sequence_values() {
	# shellcheck disable=SC2016 # jq's; \u0027 is a quote
	case $1 in
	postgres*)
		value='"last_value::numeric + CASE WHEN is_called THEN seqincrement ELSE 0 END AS next,
			seqincrement AS step, seqmin AS least, seqmax AS greatest FROM \(.), pg_catalog.pg_sequence WHERE
			seqrelid = \u0027\(gsub("\u0027"; "\u0027\u0027"))\u0027::regclass"'
		;;
	*)
		value='"next_not_cached_value AS next,
			CASE increment WHEN 0 THEN 1 ELSE increment END AS step,
			minimum_value AS least, maximum_value AS greatest FROM \(.)"'
		;;
	esac
	# shellcheck disable=SC2016 # a variable of jq
	jq -rn --arg m "$2" '[inputs | select(.there)[$m]] | to_entries | map("SELECT \(.key) AS n, " +
		(.value | '"$value"')) | join(" UNION ALL ") + " ORDER BY 1"' \
		"$WORK/sequences" >"$WORK/query" || return
	extract --quiet -q "$(cat "$WORK/query")" "$1" >"$WORK/values" || return
	sed '1d; /^\\\.$/d; s/^[^,]*,//; y/,/ /' "$WORK/values" >"$3"
}

# set_sequence SQL VALUE: the statement by which NEW's sequence has this as its next value.
set_sequence() {
	case $NEW in
	postgres*)
		printf "SELECT pg_catalog.setval('%s'::regclass, %s, false);\n" \
			"$(printf '%s' "$1" | sed "s/'/''/g")" "$2"
		;;
	*) printf 'SELECT SETVAL(%s, %s, 0);\n' "$1" "$2" ;;
	esac
}

# Only forward, as NEW counts. The gap is left out where there is no room for it.
set_sequences() {
	paste -d ' ' "$WORK/values_old" "$WORK/values_new" "$WORK/names" |
		while read -r next _ _ _ now step least greatest name; do
			wanted=$next ahead=$gap
			[ "$step" -gt 0 ] || ahead=-$gap
			if [ "$((greatest - next))" -ge "$ahead" ] && [ "$((next - least))" -ge "$((-ahead))" ]; then
				wanted=$((next + ahead))
			fi
			if [ "$wanted" -lt "$least" ] || [ "$wanted" -gt "$greatest" ]; then
				echo "sequence $name: $wanted, where it stands in $old, is not within $least and" \
					"$greatest, its limits in $new" >&2
				return 1
			fi
			[ "$(((wanted - now) * (step > 0 ? 1 : -1)))" -le 0 ] || set_sequence "$name" "$wanted"
		done
}

# Sequences of the same name go on in the new database where they are in the old one.
named_sequences() {
	match_sequences >/dev/null || return # gate_ready has told
	jq -r 'select(.there) | .there' "$WORK/sequences" >"$WORK/names" || return
	[ -s "$WORK/names" ] || return 0
	sequence_values "$OLD" sql "$WORK/values_old" &&
		sequence_values "$NEW" there "$WORK/values_new" &&
		set_sequences >"$WORK/set" && sql "$NEW" <"$WORK/set"
}
