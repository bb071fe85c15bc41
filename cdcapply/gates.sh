# gates.sh: what cutover and rollback share. Both stop the writes on a database, prove that
# another one holds all of it, and let the application go there; each step is a gate.
# It lies where steps.sh lies, which is to be sourced first. The script sets $me, $self (its
# path), $usage, $undo_hint, and has
#   roles A B          sets OLD, the database that takes the writes, NEW, the one that shall, old
#                      and new, their letters, stream and return, the change streams from OLD to
#                      NEW and from NEW to OLD
#   steps              lists the steps: NAME PHASE what it is for. Phases are before, stopped
#                      (writes on OLD), switch and after
#   gate_NAME          for each step that is not here
#   where_to_begin     says the phase, by the state, or nothing
# and ends with: gates_start "$@".
# shellcheck shell=sh

gates_usage="      --switch=COMMAND      points the application at the other database; may run twice
      --stop=COMMAND        lets the application stop, before writes are refused
      --resume=COMMAND      lets it go on where it was, if all is given up
      --verify=COMMAND      looks whether the application works after the switch
      --window=SECONDS      give up if writes are stopped for longer (default 60)
      --max-lag=TIME        how far the stream may be behind to begin with (default 10s)
      --timeout=SECONDS     wait so long until no client is connected (default 10)
      --clients=PATTERN     as in fence: only clients that match count
      --kill                end the clients that are still connected then
      --no-drain            let clients stay connected; they cannot write
      --final-checks=LIST   of validate, while writes are stopped (default count,digest, and types in cutover)
      --queries=FILE        queries that must have the same results, as in diff --query-file
      --queries-b=FILE      those that are others in B
      --sequence-gap=N      leave so many values of sequences out (default 100)
      --no-follow           do not start the stream back, only prepare it
  -s, --stream=NAME         the stream from A to B (default rowboat)
      --back=NAME           the stream from B to A (default: NAME_back)
  -j, --jobs=N              so many at a time (default: as there are processors)
      --state=FILE          where the state is kept (default: cutover-NAME.json)
      --journal=FILE        record each step there
      --dry-run             make the checks that change nothing, say what else would be done
      --checklist           print the list of steps and exit
      --status              print where it stands and exit

      --help                print this and exit"

# ---- Options ----

gates_defaults() {
	switch='' stop='' resume='' verify='' window=60 max_lag=10s timeout=10 clients='' kill=''
	drain=yes checks=types,fit,rows final=count,types,digest queries='' queries_b='' gap=100
	# The way back leads into types that may be narrower; the digests show that all fitted.
	[ "$me" != rollback ] || final=count,digest
	start=yes stream_ab=rowboat stream_ba='' jobs=$(nproc) state='' mode=run
}

# is_number NAME VALUE
is_number() {
	case $2 in '' | *[!0-9]*) die 2 "$1: '$2' is no number" ;; esac
}

gates_option() {
	case $1 in
	--help) printf '%s\n' "$usage"; exit 0 ;;
	--switch) switch=$2 ;;
	--stop) stop=$2 ;;
	--resume) resume=$2 ;;
	--verify) verify=$2 ;;
	--window) is_number "$1" "$2" && window=$2 ;;
	--max-lag) max_lag=$2 ;;
	--timeout) is_number "$1" "$2" && timeout=$2 ;;
	--clients) clients=$2 ;;
	--kill) kill=$1 ;;
	--no-drain) drain='' ;;
	--checks)
		[ "$me" = cutover ] || die 2 "unknown option '--checks': try $me --help"
		checks=$2
		;;
	--final-checks) final=$2 ;;
	--queries) queries=$2 ;;
	--queries-b) queries_b=$2 ;;
	--sequence-gap) is_number "$1" "$2" && gap=$2 ;;
	--no-follow) start='' ;;
	--stream | -s) stream_ab=$2 ;;
	--back) stream_ba=$2 ;;
	--jobs | -j) is_number "$1" "$2" && jobs=$2 ;;
	--state) state=$2 ;;
	--journal) journal=$2 ;;
	--dry-run) dry_run=yes ;;
	--checklist | --status) mode=${1#--} ;;
	esac
}

# gates_options ARGUMENT...: sets the variables; the operands are left in $words, quoted.
gates_options() {
	long=switch:,stop:,resume:,verify:,window:,max-lag:,timeout:,clients:,kill,no-drain,checks:
	long=$long,final-checks:,queries:,queries-b:,sequence-gap:,no-follow,stream:,back:,jobs:
	long=$long,state:,journal:,dry-run,checklist,status,help
	words=$(getopt -n "$me" -o s:j: -l "$long" -- "$@") || exit 2
	eval set -- "$words"
	while [ "$1" != -- ]; do
		gates_option "$1" "$2"
		case $1 in
		--help | --kill | --no-drain | --no-follow | --dry-run | --checklist | --status) shift ;;
		*) shift 2 ;;
		esac
	done
	stream_ba=${stream_ba:-${stream_ab}_back}
	state=${state:-cutover-$stream_ab.json}
	words=$(getopt -o + -- "$@") || exit 2
}

# ---- The state, which outlives a crash ----

# saved NAME: a member of the state, or nothing.
saved() {
	[ ! -s "$state" ] || jq -r --arg name "$1" 'getpath($name | split(".")) // empty' "$state"
}

# save NAME VALUE...: members, on the disk before anything else happens.
save() {
	[ -z "$dry_run" ] || return 0
	[ -s "$state" ] || echo '{}' >"$state" || die 3 "cannot write the state $state"
	# shellcheck disable=SC2016 # variables of jq
	jq -c --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" '.at = $at | reduce
		range(0; $ARGS.positional | length; 2) as $i
		(.; setpath($ARGS.positional[$i] | split("."); $ARGS.positional[$i + 1]))' \
		"$state" --args "$@" >"$state.new" && sync "$state.new" &&
		mv "$state.new" "$state" || die 3 "cannot write the state $state"
}

# One run at a time; what a killed run has left running holds the lock, too.
lock() {
	exec 9>"$state.lock" || die 3 "cannot write $state.lock"
	flock -w 15 9 || die 3 "another run holds $state.lock: wait for it, or end it"
}

# ---- The window ----

# The whole seconds that are left while writes are stopped.
left() {
	awk -v since="$since" -v now="$(now)" -v window="$window" \
		'BEGIN { left = window - (now - since); print (left > 0 ? int(left + 0.999) : 0) }'
}

# ---- Running the steps, each in a process of its own ----

# run_gate NAME PHASE TABLE...: its exit status; 124: the window has passed.
run_gate() {
	run_name=$1 run_phase=$2
	shift 2
	run_limit=0
	[ "$run_phase" != stopped ] || run_limit=$(left)
	[ "$run_phase:$run_limit" != stopped:0 ] || return 124
	timeout -k 5 "$run_limit" "$self" --gate "$run_name" "$@" >"$WORK/out" 2>&1 </dev/null &
	gate=$!
	wait "$gate"
	run_status=$?
	gate=''
	return "$run_status"
}

# pass NAME PHASE WHAT TABLE...: says, runs, records one step; ends all if it fails.
pass() {
	pass_name=$1 pass_phase=$2 pass_what=$3
	shift 3
	pass_start=$(now) pass_status=0 pass_word='ok'
	say "$pass_name: $pass_what"
	record "$pass_name" started
	run_gate "$pass_name" "$pass_phase" "$@" || pass_status=$? pass_word=failed
	pass_seconds=$(since "$pass_start")
	[ $pass_word = ok ] || mask <"$WORK/out" | sed 's/^/    /' >&2
	record "$pass_name" $pass_word "$pass_status" "$pass_seconds"
	printf '%s\t%s\t%s\n' "$pass_name" $pass_word "$pass_seconds" >>"$WORK/report"
	return "$pass_status"
}

report() {
	[ -s "$WORK/report" ] || return 0
	awk -F '\t' '{ printf "%-12s %-6s %9.3f s\n", $1, $2, $3 }' "$WORK/report"
	[ -z "$stopped" ] || printf 'writes stopped for %s s (the limit is %s s)\n' "$stopped" "$window"
}

# Writes on the old database are allowed again, and the application goes on with it.
give_up() {
	case $(saved state) in stopping) ;; *) return 0 ;; esac
	for give_up_try in 1 2 3; do
		if "$self" --gate reopen >"$WORK/out" 2>&1 </dev/null; then
			stopped=$(since "$since")
			save script "$me" state given-up reason "$1" stopped "$stopped"
			record give-up 'done'
			say "given up: writes on $old are allowed again; nothing was switched"
			return 0
		fi
		sleep "$give_up_try"
	done
	mask <"$WORK/out" | sed 's/^/    /' >&2
	record give-up failed
	say "writes on $old are STILL REFUSED, since it could not be opened: run $me again, or" \
		"fence on $(printf '%s' "$OLD")"
	return 1
}

# at_end: whatever ends the script.
at_end() {
	at_end_status=$?
	trap - EXIT
	if [ -n "$gate" ]; then
		kill "$gate" 2>/dev/null
		wait "$gate"
	fi
	[ "$at_end_status" = 0 ] || [ -z "$since" ] || give_up "${failed:-it was ended}"
	report
	rm -rf "$WORK"
	exit "$at_end_status"
}

# refuse NAME STATUS: a gate that was not passed.
refuse() {
	failed=$1
	case $2 in
	124 | 137) say "$1: the window of $window s has passed" ;;
	*) say "$1: not passed" ;;
	esac
	case $2 in 2 | 3) exit "$2" ;; esac
	exit 1
}

# ---- The course of it ----

# The switch failed. If nobody can have written to the new database, the old one goes on.
undo_switch() {
	if "$self" --gate untouched >"$WORK/out" 2>&1 </dev/null; then
		say "the switch failed; nothing was written to $new, which takes no writes now"
		save script "$me" state stopping
		return
	fi
	mask <"$WORK/out" | sed 's/^/    /' >&2
	say "the switch failed, and $new may hold writes already: $old stays closed, so that none" \
		"is lost; run $me again to switch anew$undo_hint"
	exit 1
}

# begin_phase PHASE
begin_phase() {
	case $1 in
	stopped)
		[ -n "$since" ] || since=$(now)
		save script "$me" state stopping since "$since" reason ""
		;;
	switch)
		[ "$since" = over ] || [ "$(left)" -gt 0 ] || refuse window 124
		save script "$me" state switching
		;;
	after)
		[ "$since" = over ] || stopped=$(since "$since")
		save script "$me" state switched stopped "$stopped"
		since=''
		;;
	esac
}

# go FROM TABLE...: the steps from that phase on.
go() {
	go_phase=$1 phase='' begun=''
	shift
	steps >"$WORK/steps"
	while read -r name in_phase what <&4; do
		[ -n "$begun" ] || [ "$in_phase" = "$go_phase" ] || continue
		begun=yes
		is_wanted "$name" || continue
		if [ -n "$dry_run" ] && ! is_harmless "$name"; then
			say "would $name: $what"
			continue
		fi
		[ "$phase" = "$in_phase" ] || begin_phase "$in_phase"
		phase=$in_phase
		pass "$name" "$phase" "$what" "$@" && continue
		go_status=$?
		case $name in
		open) save script "$me" state stopping ;;
		switch) undo_switch ;;
		esac
		refuse "$name" "$go_status"
	done 4<"$WORK/steps"
}

is_wanted() {
	case $1 in
	stop) [ -n "$stop" ] ;;
	drain) [ -n "$drain" ] ;;
	queries) [ -n "$queries" ] ;;
	slot) case $OLD in postgres*) ;; *) false ;; esac ;;
	esac
}

is_harmless() {
	case $1 in ready | validate | lag) ;; *) false ;; esac
}

checklist() {
	steps | awk '
	BEGIN {
		title["before"] = "Before"; title["stopped"] = "Writes stopped"
		title["switch"] = "Switch"; title["after"] = "After"
	}
	$2 != phase { printf "%s%s\n\n", n++ ? "\n" : "", "### " title[phase = $2] "\n" }
	{ name = $1; sub(/^[^ ]* [^ ]* /, ""); printf "- [ ] **%s**: %s\n", name, $0 }' | cat -s
}

status() {
	if [ ! -s "$state" ]; then
		printf 'no state in %s: nothing was begun\n' "$state"
		return
	fi
	case $(saved script) in rollback) of=B to=A ;; *) of=A to=B ;; esac
	case $(saved state) in
	stopping) account="writes on $of are stopped, or about to be; run it again: it goes on" ;;
	given-up) account="writes on $of are allowed, nothing was switched; it can be run again" ;;
	switching) account="$to has all and is being switched to; run it again: it goes on" ;;
	switched) account="the application is at $to; run it again, to start the stream back" ;;
	'done') account="the application is at $to" ;;
	*) account='nothing was stopped' ;;
	esac
	jq -r --arg account "$account" '"\(.script // "cutover"): \(.state // "begun"), at \(.at)", $account, (.reason // "" | select(. != "") | "reason: \(.)"),
		(.stopped // "" | select(. != "") | "writes were stopped for \(.) s")' "$state"
	[ $# -lt 2 ] || for url; do
		printf '%s: %s\n' "$(printf '%s' "$url" | mask)" "$(fence status "$url")"
	done
}

# gates_main TABLE...: all of it, from where it stands.
gates_main() {
	WORK=$(mktemp -d) || exit 3
	since='' stopped='' gate='' failed=''
	export OLD NEW old new stream return WORK switch stop resume verify max_lag timeout clients \
		kill drain checks final queries queries_b gap start jobs state me self
	trap at_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	want jq parallel flock timeout getopt
	lock
	tables "$@" >"$WORK/tables" || exit 2
	from=$(where_to_begin) || exit $?
	case $from in
	nothing) exit 0 ;;
	stopped)
		since=$(saved since)
		if [ "$(left)" -eq 0 ]; then
			say "an earlier run was broken off while writes on $old were stopped, $(since "$since")" \
				"s ago; the window of $window s has passed"
			failed=window
			exit 1
		fi
		say "an earlier run was broken off while writes on $old were stopped: going on"
		;;
	switch)
		say "an earlier run was broken off at the switch: going on, since $new may have it already"
		since=over
		;;
	after)
		say "an earlier run was broken off after the switch: going on"
		since=over
		;;
	esac
	go "$from" "$@"
	[ -n "$dry_run" ] && return
	save script "$me" state 'done'
	say "done: $new takes the writes"
}

# ---- The gates ----

# tables TABLE...: those, or all of both databases but for Rowboat's own.
tables() {
	if [ $# -gt 0 ]; then
		printf '%s\n' "$@"
		return
	fi
	schema --list "$OLD" >"$WORK/old" && schema --list "$NEW" >"$WORK/new" || return
	sort -u "$WORK/old" "$WORK/new" | grep -v '^rowboat_'
}

# with_tables COMMAND...: with the tables as further arguments.
with_tables() {
	while IFS= read -r table; do
		set -- "$@" "$table"
	done <"$WORK/tables"
	"$@"
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
	fence status "$NEW" >"$WORK/fence" && can_be_source
}

gate_validate() {
	with_tables validate -j "$jobs" --checks="$checks" --recheck=5 "$OLD" "$NEW"
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
	is_applied "$position" ||
		follow -s "$stream" --slot "$stream" --until "$position" "$OLD" "$NEW" "$@"
}

gate_compare() {
	with_tables validate -j "$jobs" --checks="$final" --in-database "$OLD" "$NEW"
}

gate_queries() {
	of_old=$queries of_new=$queries_b
	# the second file is B's, whichever direction this is
	[ "$old" = A ] || [ -z "$queries_b" ] || { of_old=$queries_b of_new=$queries; }
	diff --query-file "$of_old" ${of_new:+--query-file-b "$of_new"} --format text "$OLD" "$NEW"
}

# gate_sequence TABLE: its next value in the old database counts, and the largest that is there.
gate_sequence() {
	schema "$NEW" "$1" >"$WORK/sequence.$$" || return
	grep -qE '"(identity|sequence)":' "$WORK/sequence.$$" || return 0
	next=$(schema "$OLD" "$1" | sed -nE 's/.*"next_value":([0-9]+).*/\1/p') || return
	# shellcheck disable=SC2016 # the end mark
	printf '{"$end":0}\n' | load --quiet --set-sequences --sequence-least "${next:-0}" \
		--sequence-gap "$gap" "$NEW" "$1" >/dev/null
}

gate_sequences() {
	parallel --will-cite -j "$jobs" --halt now,fail=1 "$self" --gate sequence '{}' \
		:::: "$WORK/tables"
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
	setsid flock -n "$state.$return.lock" follow -s "$return" --slot "$return" --skip-applied \
		"$NEW" "$OLD" "$@" </dev/null >>"${state%.json}.$return.log" 2>&1 4<&- 9>&- &
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

# gates_start ARGUMENT...: the script's options and operands, and then the work.
gates_start() {
	gates_defaults
	gates_options "$@"
	eval set -- "$words"
	shift
	[ "$mode" != checklist ] || { checklist; exit; }
	[ "$mode" != status ] || { status "$@"; exit; }
	[ $# -ge 2 ] || die 2 "wants two databases: try $me --help"
	[ -n "$switch" ] || [ -n "$dry_run" ] || die 2 "wants --switch=COMMAND: try $me --help"
	roles "$1" "$2"
	shift 2
	gates_main "$@"
}
