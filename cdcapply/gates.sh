# gates.sh: the gates that cutover and rollback share; course.sh runs each in a process of its
# own, with the variables of gates_main in its environment and the tables in $WORK/tables. What
# a gate says is shown if it is not passed; lines `warning: ...` are shown in any case.
# shellcheck shell=sh disable=SC2154 # the variables are course.sh's

# tables TABLE...: those, or all of both databases, of which there is one at least.
tables() {
	if [ $# -gt 0 ]; then
		printf '%s\n' "$@"
		return
	fi
	schema --list "$OLD" >"$WORK/old" && schema --list "$NEW" >"$WORK/new" || return
	sort -u "$WORK/old" "$WORK/new" | grep .
}

# with_tables COMMAND...: with the tables as further arguments. The commands change nothing, so
# they do not hold the lock: when GNU parallel is killed, processes of its own may stay for hours.
with_tables() {
	while IFS= read -r table; do
		set -- "$@" "$table"
	done <"$WORK/tables"
	"$@" 9>&-
}

# no_stream: how to get one.
no_stream() {
	echo "there is no stream $stream from $old to $new: begin it with 'follow -s $stream'"
	return 1
}

# The new database must be able to tell what is written to it: its log, the user's rights. The
# slot comes later.
can_be_source() {
	capture --quiet --from now --until now --slot "$return" --publication "$return" "$NEW" \
		>/dev/null 2>"$WORK/source" && return
	source_status=$?
	case $(cat "$WORK/source") in
	*'there is no replication slot'*) return 0 ;;
	esac
	echo "$new cannot be the source of the stream back:"
	cat "$WORK/source"
	return "$source_status"
}

gate_ready() {
	cdcapply -s "$stream" --from-checkpoint "$NEW" >/dev/null || no_stream || return
	fence status "$OLD" >"$WORK/fence" || return
	if [ "$(jq -r .writes "$WORK/fence")" != on ]; then
		echo "$old refuses writes already, and $state does not say why:"
		cat "$WORK/fence"
		return 1
	fi
	fence status "$NEW" >"$WORK/fence" && back_is_possible
}

# A fence closes a MySQL server as a whole: B would refuse what A does.
are_apart() {
	case $OLD:$NEW in postgres*:* | *:postgres*) return 0 ;; esac
	apart_query='SELECT CONCAT_WS(0x20, @@hostname, @@port, @@datadir) AS server'
	extract --quiet -q "$apart_query" "$OLD" >"$WORK/server_old" &&
		extract --quiet -q "$apart_query" "$NEW" >"$WORK/server_new" || return
	! cmp -s "$WORK/server_old" "$WORK/server_new" && return
	echo "A and B are on one MySQL server, and writes to a server are stopped as a whole: move B" \
		"to a server of its own"
	return 1
}

# Whether the stream back will do, and what no stream brings.
back_is_possible() {
	are_apart && can_be_source && triggers_rest && match_sequences
}

gate_validate() {
	with_tables validate -j "$jobs" --checks="$checks" --recheck=5 -- "$OLD" "$NEW"
}

gate_lag() {
	cdcapply -s "$stream" --lag --max "$max_lag" --source "$OLD" "$NEW"
}

# From where the stream back is to begin; the transactions that this stream applies till then
# are left out there. With PostgreSQL, its slot keeps the log from now on. Nothing is applied
# until the switch: a stream that is open is another one.
gate_prepare() {
	cdcapply -s "$return" --close "$me begins" "$OLD" 2>/dev/null
	case $NEW in
	postgres*)
		capture --drop-slot --slot "$return" --publication "$return" "$NEW" 2>/dev/null
		capture --create-slot --skip-applied --slot "$return" --publication "$return" "$NEW" \
			>"$WORK/position" || return
		jq -c 'del(.slot)' "$WORK/position" >"$WORK/place" || return
		;;
	*) extract --position "$NEW" >"$WORK/place" || return ;;
	esac
	save "position.$return" "$(cat "$WORK/place")"
}

gate_stop() {
	sh -c "$stop"
}

# A statement that is refused at the very moment counts as one of a session that can write.
gate_fence() {
	for try in 1 2 3 4 5; do
		fence off --quiet --timeout "$timeout" ${kill:+"$kill"} "$OLD" && return
		fence_status=$?
		[ $fence_status = 1 ] || return $fence_status
		sleep 0.2
	done
	return 1
}

gate_drain() {
	fence drain --timeout "$timeout" ${clients:+--clients "$clients"} ${kill:+"$kill"} "$OLD"
}

# Whether someone applies the stream, and goes on until the position is reached.
is_applied() {
	[ "$(cdcapply -s "$stream" --lag "$NEW" | jq -r .state)" != silent ] || return 1
	before=none
	while ! cdcapply -s "$stream" --wait-for "$1" --timeout 2s "$NEW" 2>"$WORK/wait"; do
		here_now=$(cdcapply -s "$stream" --from-checkpoint "$NEW") || return 1
		[ "$here_now" != "$before" ] || return 1
		before=$here_now
	done
}

# The last position of the old database, now that nobody writes to it, must be reached: by who
# applies the stream, or by a stream that ends there with all applied.
gate_catch_up() {
	position=$(extract --position "$OLD") || return
	# shellcheck disable=SC2046 # an option or none
	is_applied "$position" ||
		follow -s "$stream" --slot "$stream" --until "$position" $(fire_in "$new") "$OLD" "$NEW" "$@"
}

gate_compare() {
	with_tables validate -j "$jobs" --checks="$final" ${in_database:+"$in_database"} -- "$OLD" "$NEW"
}

gate_queries() {
	of_old=$queries of_new=$queries_b
	# the second file is B's, whichever direction this is
	[ "$old" = A ] || [ -z "$queries_b" ] || { of_old=$queries_b of_new=$queries; }
	diff --query-file "$of_old" ${of_new:+--query-file-b "$of_new"} --format text "$OLD" "$NEW"
}

# gate_sequence NEXT TABLE: its next value in the old database counts, and the largest that is
# there.
gate_sequence() {
	# shellcheck disable=SC2016 # the end mark
	printf '{"$end":0}\n' | load --quiet --set-sequences --sequence-least "$1" \
		--sequence-gap "$gap" -- "$NEW" "$2" >/dev/null
}

# Those of columns, several at a time, then those of none.
gate_sequences() {
	with_tables schema -- "$OLD" >"$WORK/schema_old" &
	with_tables schema -- "$NEW" >"$WORK/schema_new" || return
	wait $! || return
	# shellcheck disable=SC2016 # variables of jq
	jq -rn --rawfile tables "$WORK/tables" --slurpfile of_old "$WORK/schema_old" \
		--slurpfile of_new "$WORK/schema_new" '($tables | split("\n")) as $name |
		range($of_new | length - 1) |
		select(any($of_new[.].columns[]; has("identity") or has("sequence"))) |
		$of_old[.].next_value // 0, $name[.]' >"$WORK/counters" || return
	xargs -r -d '\n' -n 2 -P "$jobs" "$self" --gate sequence <"$WORK/counters" || return 1
	named_sequences
}

gate_switch() {
	sh -c "$switch"
}

# Nobody has written to the new database but the stream, and nobody can.
gate_untouched() {
	fence off "$NEW" || return
	capture --quiet --skip-applied --from "$(saved "position.$return")" --until now \
		--checkpoint "$OLD" --stream "$return/none" --slot "$return" --publication "$return" \
		"$NEW" >"$WORK/changes" || return
	count=$(grep -c '"op":' "$WORK/changes")
	[ "$count" = 0 ] && return
	fence on "$NEW"
	echo "$count changes are in $new that the stream did not bring"
	return 1
}

gate_reopen() {
	fence on "$OLD" || return
	[ -z "$resume" ] || sh -c "$resume" || echo "$resume: failed"
}

# Whoever feeds this stream ends.
gate_close() {
	cdcapply -s "$stream" --close "$me ended it at $(date -u +%Y-%m-%dT%H:%M:%SZ)" "$NEW"
}

# The stream back has its beginning from before the switch.
begin_back() {
	cdcapply -s "$return" --from-checkpoint "$OLD" >/dev/null 2>&1 ||
		cdcapply -s "$return" --set-checkpoint "$(saved "position.$return")" "$OLD"
}

# It has started when all that is there by now has arrived.
gate_follow() {
	begin_back || return
	[ -n "$start" ] || return 0
	# shellcheck disable=SC2046 # an option or none
	setsid flock -n "$state.$return.lock" follow -s "$return" --slot "$return" --skip-applied \
		$(fire_in "$old") "$NEW" "$OLD" "$@" </dev/null >>"${state%.json}.$return.log" 2>&1 4<&- 9>&- &
	position=$(extract --position "$NEW") || return
	cdcapply -s "$return" --wait-for "$position" --timeout 30s "$OLD" && return
	tail -n 5 "${state%.json}.$return.log"
	return 1
}

# The old database need not keep its log any longer for the stream that is closed.
gate_slot() {
	for try in 1 2 3 4 5 6 7 8 9 10; do
		capture --drop-slot --slot "$stream" --publication "$stream" "$OLD" 2>"$WORK/drop" && return
		grep -q 'does not exist' "$WORK/drop" && return
		sleep "$try"
	done
	cat "$WORK/drop"
	return 1
}

gate_verify() {
	fence status "$NEW" >"$WORK/fence" || return
	if [ "$(jq -r .writes "$WORK/fence")" != on ]; then
		cat "$WORK/fence"
		return 1
	fi
	[ -z "$verify" ] || sh -c "$verify"
}

# one_gate NAME TABLE...: the step, in its process.
one_gate() {
	one_gate_name=$(printf '%s' "$1" | tr - _)
	shift
	"gate_$one_gate_name" "$@"
	exit
}
