# cutover and rollback of an application that goes on writing: nothing is lost, nothing comes
# twice, whatever is killed.

# shellcheck disable=SC2154 # bats sets stderr
load lib
# shellcheck source=tests/cutover.bash
. "${BATS_TEST_FILENAME%/*}/cutover.bash"

# ---- There and back ----

@test "MariaDB to PostgreSQL under writes; writes there; and back" {
	pair "$M" "$P"
	follows
	app 3>&- &
	wrote 400
	exits 0 over "${hold_a[@]}" --journal journal
	stopped
	has "$output" 'catch-up' 'writes stopped for'
	is "$(jq -r 'select(.step == "compare" and .status == "ok") | .exit' journal)" 0
	is "$(fence status "$A" | jq -r .writes)" off
	# what follows the other way has ended by itself
	wait_until grep -q 'stream s is closed: cutover' follow.log
	wrote 400
	exits 0 over
	has "$stderr" 'it is done already: B takes the writes'
	exits 0 back "${hold_b[@]}"
	stopped
	wrote 400
	calms
	tells_times
	has_all "$A"
	exits 0 cdcapply -s s --wait-for "$(extract --position "$A")" --timeout 20s "$B"
	has_all "$B"
	exits 0 diff "$A" event "$B" event
	exits 0 cutover --status -s s "$A" "$B"
	has "$output" 'rollback: done' '"writes":"on"' '"writes":"off"'
	lacks "$output$stderr$(cat cutover-s*)" secret
}

# Under writes; clients stay connected.
there_and_back() {
	follows
	app 3>&- &
	wrote 100
	exits 0 over --no-drain --checks=types,rows
	stopped
	wrote 200
	exits 0 cdcapply -s s_back --wait-for "$(extract --position "$B")" --timeout 20s "$A"
	exits 0 back "${hold_b[@]}"
	stopped
	wrote 100
	calms
	tells_times
	has_all "$A"
	exits 0 cdcapply -s s --wait-for "$(extract --position "$A")" --timeout 20s "$B"
	has_all "$B"
}

@test "PostgreSQL to MariaDB under writes, and back" {
	pair "$P" "$M"
	there_and_back
}

@test "MariaDB to another MariaDB server under writes, and back" {
	second_server mysql --server-id=2 --innodb-flush-log-at-trx-commit=1
	pair "$M" "$M2"
	there_and_back
}

@test "PostgreSQL to another PostgreSQL server under writes, and back" {
	second_server pg
	pair "$P" "$P2"
	there_and_back
}

@test "one database of a PostgreSQL server to another one under writes, and back" {
	pair "$P" "$P2"
	there_and_back
}

# ---- Killed ----

# killed_at WHEN STEP COMMAND...: SIGKILL for it and all that it has started at that very moment:
# before the step, or after it, when it has done its work and nothing tells so. timeout, which
# runs the steps, does it. Exit status 1 if the command has ended without.
killed_at() {
	local status=0 pid
	[ -e shim/timeout ] || kills
	KILL_WHEN=$1 KILL_STEP=$2 PATH=$PWD/shim:$PATH setsid "${@:3}" 3>&- \
		>killed.out 2>killed.err &
	pid=$!
	wait "$pid" 2>/dev/null || status=$?
	[ $status = 137 ]
}

# kills: makes that timeout. It never ends the session of the tests.
kills() {
	mkdir shim
	cat >shim/timeout <<-END
		#!/bin/sh
		end_all() {
			session=\$(ps -o sid= -p \$\$ | tr -d ' ')
			[ "\$session" = $(ps -o sid= -p $$ | tr -d ' ') ] || pkill -KILL -s "\$session"
		}
		case "\$*" in
		*" --gate \$KILL_STEP" | *" --gate \$KILL_STEP "*) ;;
		*) exec $(command -v timeout) "\$@" ;;
		esac
		[ "\$KILL_WHEN" = after ] || end_all
		$(command -v timeout) "\$@" && end_all
	END
	chmod 755 shim/timeout
}

# steps_of SCRIPT: what its checklist lists.
steps_of() {
	"$1" --checklist | sed -n 's/^- \[ \] \*\*\([a-z-]*\)\*\*.*/\1/p'
}

# killed_everywhere WHEN COMMAND...: at each step of its checklist in turn, and at last run to its
# end. The steps where it was are added to the file `tried`.
killed_everywhere() {
	local step
	for step in $(steps_of "$2"); do
		if killed_at "$1" "$step" "${@:2}"; then
			echo "$2 $step" >>tried
		fi
		cutover --status -s s >told
		grep -q 'it can be run again\|run it again\|nothing was \|the application is at' told
	done
	exits 0 "${@:2}" 3>&-
}

# killed_at_all WHEN: cutover and rollback under writes, killed at every step.
killed_at_all() {
	local all=(-s s --window 600 --queries q.sql)
	printf '%s\n' '-- name: total' 'SELECT sum(balance) AS total FROM account' >q.sql
	follows
	app 3>&- &
	wrote 50
	killed_everywhere "$1" cutover "${all[@]}" --checks=types "${hold_a[@]}" \
		--switch 'echo B >where' "$A" "$B"
	wrote 50
	killed_everywhere "$1" rollback "${all[@]}" "${hold_b[@]}" --switch 'echo A >where' "$A" "$B"
	wrote 50
	calms
	has_all "$A"
	exits 0 cdcapply -s s --wait-for "$(extract --position "$A")" --timeout 20s "$B"
	has_all "$B"
}

# Both have all steps there are.
@test "killed when each step has done its work, from PostgreSQL to PostgreSQL and back" {
	local script
	pair "$P" "$P2"
	killed_at_all after
	for script in cutover rollback; do
		steps_of "$script" | sed "s/^/$script /"
	done >expected
	same expected tried
}

@test "killed before each step, from MariaDB to PostgreSQL and back" {
	pair "$M" "$P"
	killed_at_all before
}

@test "killed, and run again only when the window has passed" {
	pair "$M" "$P"
	follows
	app 3>&- &
	wrote 20
	killed_at after compare cutover -s s --checks=types --no-drain --switch 'echo B >where' "$A" "$B"
	is "$(fence status "$A" | jq -r .writes)" off
	sleep 1 # is what the window lasts
	exits 1 over --window 1
	has "$stderr" 'the window of 1 s has passed' 'given up: writes on A are allowed again'
	wrote 20
	exits 0 over --no-drain --checks=types
	wrote 20
	calms
	has_all "$B"
}

@test "killed during a cutover, a rollback that was broken off, told apart" {
	local over=(cutover -s s --checks=types "${hold_a[@]}" --switch 'echo B >where')
	pair "$M" "$P"
	follows
	killed_at after compare "${over[@]}" "$A" "$B"
	exits 0 cutover --status -s s
	has "$output" 'cutover: stopping' 'writes on A are stopped, or about to be'
	exits 1 back
	has "$stderr" 'nothing to go back from: cutover is stopping'
	exits 0 "${over[@]}" "$A" "$B" 3>&-
	has "$stderr" 'broken off while writes on A were stopped: going on'
	killed_at after compare rollback -s s --switch 'echo A >where' "$A" "$B"
	exits 1 over
	has "$stderr" 'a rollback was broken off at'
	exits 0 back
}
