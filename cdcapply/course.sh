# course.sh: the course of cutover and rollback. Both stop the writes on a database, prove that
# another one holds all of it, and let the application go there; each step is a gate, run in a
# process of its own.
# It lies where steps.sh lies, which is to be sourced first. The script sets $me, $self (its
# path), $usage, $undo_hint, and has
#   roles A B          sets OLD, the database that takes the writes, NEW, the one that shall, old
#                      and new, their letters, stream and return, the change streams from OLD to
#                      NEW and from NEW to OLD
#   steps              lists the steps: NAME PHASE what it is for. Phases are before, stopped
#                      (writes on OLD), switch and after
#   gate_NAME          for each step that is not in gates.sh
#   where_to_begin     says the phase, by the state, or nothing
# and ends with: gates_start "$@".
# shellcheck shell=sh

# shellcheck source=cdcapply/course_options.sh
. "${here:?}/course_options.sh"
# shellcheck source=cdcapply/gates.sh
. "$here/gates.sh"
# shellcheck source=cdcapply/gates_objects.sh
. "$here/gates_objects.sh"

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
	if [ $pass_word = ok ]; then
		sed -n "s/^warning: /$me: &/p" "$WORK/out" | mask >&2
	else
		mask <"$WORK/out" | sed 's/^/    /' >&2
	fi
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
	jq -r --arg account "$account" '"\(.script // "cutover"): \(.state // "begun"), at \(.at)", $account,
		(.reason // "" | select(. != "") | "reason: \(.)"),
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
		kill drain checks final in_database queries queries_b gap fire start jobs state me self
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
	[ "$1" != "$2" ] || die 2 "A and B are the same database"
	roles "$1" "$2"
	shift 2
	gates_main "$@"
}
