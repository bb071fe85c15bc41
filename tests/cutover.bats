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

# killed_at STEP COMMAND...: SIGKILL for it and all that it has started, once it is there. Exit
# status 1 if it ended without.
killed_at() {
	local step=$1 pid
	shift
	rm -f steps
	setsid "$@" --journal steps 3>&- >killed.out 2>killed.err &
	pid=$!
	wait_until step_or_end "$step" "$pid"
	step_begun "$step" || { wait "$pid" && return 1; }
	pkill -KILL -s "$pid"
	wait "$pid" || true
}

step_begun() {
	grep -q "\"step\":\"$1\",\"status\":\"started\"" steps
}

step_or_end() {
	step_begun "$1" || ! kill -0 "$2" 2>/dev/null
}

# steps_of SCRIPT: what its checklist lists.
steps_of() {
	"$1" --checklist | sed -n 's/^- \[ \] \*\*\([a-z-]*\)\*\*.*/\1/p'
}

# killed_everywhere COMMAND...: at each step of its checklist in turn, and at last run to its end.
# The steps where it was are added to the file `tried`.
killed_everywhere() {
	local step
	for step in $(steps_of "$1"); do
		if killed_at "$step" "$@"; then
			echo "$1 $step" >>tried
		fi
		cutover --status -s s >told
		grep -q 'it can be run again\|run it again\|nothing was \|the application is at' told
	done
	exits 0 "$@" 3>&-
}

# killed_at_all: cutover and rollback under writes, killed at every step.
killed_at_all() {
	local all=(-s s --window 600 --queries q.sql)
	echo 'SELECT sum(balance) AS total FROM account' | sed '1i -- name: total' >q.sql
	follows
	app 3>&- &
	wrote 50
	killed_everywhere cutover "${all[@]}" --checks=types "${hold_a[@]}" \
		--switch 'echo B >where' "$A" "$B"
	wrote 50
	killed_everywhere rollback "${all[@]}" "${hold_b[@]}" --switch 'echo A >where' "$A" "$B"
	wrote 50
	calms
	has_all "$A"
	exits 0 cdcapply -s s --wait-for "$(extract --position "$A")" --timeout 20s "$B"
	has_all "$B"
}

# Both have all steps there are.
@test "killed at every step, from PostgreSQL to PostgreSQL and back" {
	local script
	pair "$P" "$P2"
	killed_at_all
	for script in cutover rollback; do
		steps_of "$script" | sed "s/^/$script /"
	done >expected
	same expected tried
}

@test "killed at every step, from MariaDB to PostgreSQL and back" {
	pair "$M" "$P"
	killed_at_all
}

@test "killed, and run again only when the window has passed" {
	pair "$M" "$P"
	follows
	app 3>&- &
	wrote 20
	killed_at compare cutover -s s --checks=types --no-drain --switch 'echo B >where' "$A" "$B"
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
	killed_at compare "${over[@]}" "$A" "$B"
	exits 0 cutover --status -s s
	has "$output" 'cutover: stopping' 'writes on A are stopped, or about to be'
	exits 1 back
	has "$stderr" 'nothing to go back from: cutover is stopping'
	exits 0 "${over[@]}" "$A" "$B" 3>&-
	has "$stderr" 'broken off while writes on A were stopped: going on'
	killed_at compare rollback -s s --switch 'echo A >where' "$A" "$B"
	exits 1 over
	has "$stderr" 'a rollback was broken off at'
	exits 0 back
}
